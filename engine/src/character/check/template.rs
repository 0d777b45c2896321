//! Templates: each must compile, and have a name that something asks for.

use super::{Checker, name};
use crate::{
    diagnostic::{Code, Diagnostic},
    text::template::Template,
};
use serde_json::Value;

/// The templates that the engine and the plugins that come with it ask for.
const KNOWN: [&str; 5] = ["failure", "message-handler", "reflection", "reply", "should-respond"];

/// Templates that do not compile, and names that are nearly one of those that are asked for.
pub(super) fn faults(checker: &Checker<'_>) -> Vec<Diagnostic> {
    let templates = checker.document.json.get("templates").and_then(Value::as_object);
    let mut faults = Vec::new();
    for (key, value) in templates.into_iter().flatten() {
        let path = ["templates".to_owned(), key.clone()];
        // A template of a plugin's own may have any name; upstream's end with `Template`.
        let bare = key.strip_suffix("Template").unwrap_or(key);
        if !KNOWN.contains(&key.as_str())
            && let Some(near) = name::near(bare, KNOWN)
        {
            faults.push(
                Diagnostic::error(Code::UnknownKey, format!("nothing asks for a template `{key}`"))
                    .warning()
                    .at(checker.key_place(&path), format!("did you mean `{near}`?")),
            );
        }
        if let Some(Err(error)) = value.as_str().map(Template::compile) {
            faults.push(
                Diagnostic::error(Code::WrongValue, format!("the template `{key}` cannot be used"))
                    .at(checker.place(&path), error.to_string()),
            );
        }
    }
    faults
}
