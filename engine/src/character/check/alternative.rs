//! Values that may have several shapes: what is said is about the shape that was probably meant.

use super::{Checker, explain::path_of, name, value};
use crate::{
    character::walk::shown,
    diagnostic::{Code, Diagnostic},
};
use jsonschema::{ValidationError, error::ValidationErrorKind as Kind};
use serde_json::Value;
use std::collections::BTreeSet;

/// How far a value is from one of its shapes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    /// The shape is meant, something in it is wrong.
    Inside,
    /// Of the right type, but it has not the key or the word that marks this shape.
    Unmarked,
    /// Of another type.
    Other,
}

/// A shape, with what keeps the value from having it.
struct Shape<'e> {
    errors: Vec<&'e ValidationError<'static>>,
    distance: Distance,
}

impl Checker<'_> {
    /// The mistakes of a value that has none of its shapes.
    pub(super) fn alternatives(
        &self,
        path: &[String],
        found: &Value,
        context: &[Vec<ValidationError<'static>>],
    ) -> Vec<Diagnostic> {
        let mut shapes = Vec::new();
        collect(path, context, &mut shapes);
        let Some(least) = shapes.iter().map(|shape| shape.distance).min() else {
            return Vec::new();
        };
        shapes.retain(|shape| shape.distance == least);
        match least {
            Distance::Inside => {
                let nearest = shapes.iter().min_by_key(|shape| shape.errors.len());
                nearest
                    .into_iter()
                    .flat_map(|shape| &shape.errors)
                    .flat_map(|error| self.explain(error))
                    .collect()
            }
            Distance::Unmarked => self.unmarked(path, found, &shapes),
            Distance::Other => {
                if let Some(options) = words(path, &shapes) {
                    return vec![self.no_option(path, found, &options)];
                }
                let mut wanted: Vec<String> = Vec::new();
                for kind in shapes.iter().flat_map(|shape| &shape.errors).filter_map(|error| type_of(error)) {
                    wanted.extend(kind.into_iter().filter(|word| !wanted.contains(word)).collect::<Vec<_>>());
                }
                vec![self.wrong_type(path, found, &wanted)]
            }
        }
    }

    /// None of the words or keys that mark a shape is there.
    fn unmarked(&self, path: &[String], found: &Value, shapes: &[Shape<'_>]) -> Vec<Diagnostic> {
        let errors = || shapes.iter().flat_map(|shape| &shape.errors).copied();
        let options = |at: &[String]| -> Vec<Value> {
            errors().filter(|error| path_of(error) == at).flat_map(options_of).collect()
        };
        if !options(path).is_empty() {
            return vec![self.no_option(path, found, &options(path))];
        }
        if let Some(tagged) = errors().find(|error| !options_of(error).is_empty()) {
            let at = path_of(tagged);
            return vec![self.no_option(&at, tagged.instance(), &options(&at))];
        }
        let required: BTreeSet<&str> = errors().filter_map(required_of).collect();
        let keys: Vec<&str> = required.into_iter().collect();
        let unknown: BTreeSet<&str> =
            errors().flat_map(unexpected_of).filter(|key| !keys.contains(key)).collect();
        let written: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        if unknown.is_empty() {
            let title = format!("`{}` needs {}", shown(path), name::either(&written));
            return vec![
                Diagnostic::error(Code::MissingKey, title)
                    .at(self.place(path), "one of these is missing here"),
            ];
        }
        let diagnostic = |key: &str| {
            let full: Vec<String> = path.iter().cloned().chain([key.to_owned()]).collect();
            Diagnostic::error(Code::UnknownKey, format!("unknown key `{key}` in `{}`", shown(path)))
                .at(self.key_place(&full), name::suggestion(key, keys.iter().copied()))
                .help(format!("expected {}", name::either(&written)))
        };
        unknown.into_iter().map(diagnostic).collect()
    }
}

/// The words to choose from, where every shape is a word.
fn words(path: &[String], shapes: &[Shape<'_>]) -> Option<Vec<Value>> {
    let of_shape = |shape: &Shape<'_>| -> Option<Vec<Value>> {
        let options =
            shape.errors.iter().filter(|error| path_of(error) == path).flat_map(|error| options_of(error));
        Some(options.collect::<Vec<_>>()).filter(|options| !options.is_empty())
    };
    let each: Option<Vec<Vec<Value>>> = shapes.iter().map(of_shape).collect();
    each.map(|options| options.into_iter().flatten().collect())
}

/// The shapes, those of shapes that have several themselves among them.
fn collect<'e>(path: &[String], context: &'e [Vec<ValidationError<'static>>], shapes: &mut Vec<Shape<'e>>) {
    for errors in context {
        if let [only] = errors.as_slice()
            && let Kind::AnyOf { context } | Kind::OneOfNotValid { context } = only.kind()
            && path_of(only) == path
        {
            collect(path, context, shapes);
            continue;
        }
        let distance = distance(path, errors);
        shapes.push(Shape { errors: errors.iter().collect(), distance });
    }
}

fn distance(path: &[String], errors: &[ValidationError<'_>]) -> Distance {
    let here = |error: &&ValidationError<'_>| path_of(error) == path;
    if errors.iter().filter(here).any(|error| type_of(error).is_some()) {
        return Distance::Other;
    }
    let marked_wrong = errors.iter().any(|error| match error.kind() {
        Kind::Enum { .. } => path_of(error) == path,
        Kind::Constant { .. } => true,
        _ => false,
    });
    let lacks_key = errors.iter().filter(here).any(|error| required_of(error).is_some());
    let has_other = errors.iter().filter(here).any(|error| !unexpected_of(error).is_empty());
    // A table that lacks a key and has none too many may be unfinished, if it holds anything of the shape at all.
    let is_empty =
        errors.iter().filter(here).any(|error| error.instance().as_object().is_some_and(|o| o.is_empty()));
    if marked_wrong || lacks_key && (has_other || is_empty) { Distance::Unmarked } else { Distance::Inside }
}

fn type_of(error: &ValidationError<'_>) -> Option<Vec<String>> {
    match error.kind() {
        Kind::Type { kind } => Some(value::wanted(kind)),
        _ => None,
    }
}

fn options_of(error: &ValidationError<'_>) -> Vec<Value> {
    match error.kind() {
        Kind::Enum { options } => options.as_array().cloned().unwrap_or_default(),
        Kind::Constant { expected_value } => vec![(**expected_value).clone()],
        _ => Vec::new(),
    }
}

fn required_of<'e>(error: &'e ValidationError<'_>) -> Option<&'e str> {
    match error.kind() {
        Kind::Required { property } => property.as_str(),
        _ => None,
    }
}

fn unexpected_of<'e>(error: &'e ValidationError<'_>) -> Vec<&'e str> {
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => unexpected.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}
