//! A plan out of the one that runs, with the table of a plugin changed.

use super::ChangeError;
use crate::{
    character::Document,
    diagnostic::{Code, Diagnostic, Report, Severity, Source},
    plan::{Options, Plan, Reason, without_nulls},
    registry::Registry,
};
use serde_json::{Map, Value};

/// The plan of the running character with its plugins' tables changed. It is examined as a file would be, so
/// what is wrong with it is said as `galatea check` says it; places are those of the character written out.
pub(super) fn redrawn(
    registry: &Registry,
    current: &Plan,
    edit: impl FnOnce(&mut Map<String, Value>),
) -> Result<Plan, ChangeError> {
    let mut json = serde_json::to_value(current.character.as_ref()).unwrap_or_default();
    if let Some(plugins) = json.get_mut("plugins").and_then(Value::as_object_mut) {
        edit(plugins);
    }
    let written = without_nulls(json).map(|json| toml::to_string_pretty(&json));
    let text = match written {
        Some(Ok(text)) => text,
        Some(Err(error)) => return Err(unwritten(current, &error.to_string())),
        None => return Err(unwritten(current, "there is nothing of it")),
    };
    let source = Source { path: current.path.clone(), text: text.into() };
    let (document, syntax) = Document::parse(source);
    let examined = Plan::examine(registry, &document, &Options::default(), syntax);
    let (mut plan, _) = examined.map_err(|mut report| {
        report.diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
        ChangeError::Rejected(Box::new(report))
    })?;
    plan.name.clone_from(&current.name);
    // The lines are those of no file.
    for reason in plan.plugins.iter_mut().flat_map(|plugin| &mut plugin.why) {
        if let Reason::Selected { line } = reason {
            *line = None;
        }
    }
    Ok(plan)
}

fn unwritten(current: &Plan, why: &str) -> ChangeError {
    let diagnostic =
        Diagnostic::error(Code::WrongValue, format!("the character cannot be written as TOML: {why}"));
    let source = Source { path: current.path.clone(), text: "".into() };
    ChangeError::Rejected(Box::new(Report { source, diagnostics: vec![diagnostic] }))
}
