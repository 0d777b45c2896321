//! What is wrong with a config, by the place in it.

use super::{
    ChangeError,
    draft::redrawn,
    plugins::{configure, known, switch_on},
};
use crate::{
    agent::Plugins,
    character::Document,
    diagnostic::{Diagnostic, Report, Severity},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::ops::Range;

/// Something that is wrong with the config of a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ConfigProblem {
    /// Where: a JSON pointer into the config, e.g. `/cache/minutes`; empty for the whole of it.
    pub path: String,
    /// What is wrong, in one line, as `galatea check` says it.
    pub message: String,
    /// What to do about it, if there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Plugins {
    /// What would be wrong with a config of a plugin, if anything; nothing is changed. A plugin that the character does not
    /// select is looked at as if it were [enabled](Self::enable_with) with it. Secrets are not read.
    ///
    /// # Errors
    /// [`ChangeError::Unknown`]
    pub async fn check(&self, plugin: &str, config: Value) -> Result<Vec<ConfigProblem>, ChangeError> {
        let (agent, plugin) = (self.agent().live(), plugin.to_owned());
        let plan = agent.plan();
        // Compiles schemas; that stays off the threads that serve turns.
        let checked = tokio::task::spawn_blocking(move || {
            let registry = agent.registry();
            known(registry, &plugin)?;
            let drawn = redrawn(registry, &plan, |plugins| {
                let is_selected = plan.plugin(&plugin).is_some();
                configure(plugins, &plugin, config);
                if !is_selected && plugins.get(&plugin).is_some_and(Value::is_object) {
                    switch_on(plugins, &plugin);
                }
            });
            match drawn {
                Ok(_) => Ok(Vec::new()),
                Err(error @ ChangeError::Rejected(_)) => Ok(error.problems(&plugin)),
                Err(other) => Err(other),
            }
        });
        checked.await.map_err(|error| ChangeError::Broken(error.to_string()))?
    }
}

impl ChangeError {
    /// What is wrong with the config of a plugin, where it was [rejected](Self::Rejected); else the error as it is, about
    /// no place.
    #[must_use]
    pub fn problems(&self, plugin: &str) -> Vec<ConfigProblem> {
        match self {
            Self::Rejected(report) => problems(report, plugin),
            other => vec![ConfigProblem { path: String::new(), message: other.to_string(), help: None }],
        }
    }
}

fn problems(report: &Report, plugin: &str) -> Vec<ConfigProblem> {
    let (document, _) = Document::parse(report.source.clone());
    let table = ["plugins".to_owned(), plugin.to_owned()];
    let config = document.json.pointer(&pointer(&table)).cloned().unwrap_or_default();
    let errors = report.diagnostics.iter().filter(|one| one.severity == Severity::Error);
    errors.map(|one| problem(one, &document, &table, &config)).collect()
}

fn problem(diagnostic: &Diagnostic, document: &Document, table: &[String], config: &Value) -> ConfigProblem {
    let place = diagnostic.span.as_ref().and_then(|span| deepest(document, table.to_vec(), config, span));
    let path = place.map(|path| pointer(path.get(table.len()..).unwrap_or_default())).unwrap_or_default();
    let message = match diagnostic.label.as_str() {
        "" => diagnostic.title.clone(),
        label => format!("{}: {label}", diagnostic.title),
    };
    let help = (!diagnostic.help.is_empty()).then(|| diagnostic.help.join("; "));
    ConfigProblem { path, message, help }
}

/// The path of the deepest value of a table at whose key or value the place is.
fn deepest(
    document: &Document,
    path: Vec<String>,
    value: &Value,
    span: &Range<usize>,
) -> Option<Vec<String>> {
    let below = |key: String, value: &Value| {
        let path: Vec<String> = path.iter().cloned().chain([key]).collect();
        deepest(document, path, value, span)
    };
    let inner = match value {
        Value::Object(table) => table.iter().find_map(|(key, value)| below(key.clone(), value)),
        Value::Array(items) => items.iter().enumerate().find_map(|(at, item)| below(at.to_string(), item)),
        _ => None,
    };
    inner.or_else(|| {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let places = [document.key_span(&names), document.value_span(&names)];
        let is_here = |place: &Range<usize>| place.start <= span.start && span.end <= place.end;
        places.iter().flatten().any(is_here).then(|| path.clone())
    })
}

fn pointer(path: &[String]) -> String {
    path.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
}
