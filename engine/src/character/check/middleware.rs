//! Middleware of plugins that the character does not use.

use super::{Checker, plugin::is_selected};
use crate::{
    character::Listed,
    diagnostic::{Code, Diagnostic},
};
use serde_json::Value;

/// One diagnostic for each mention.
pub(super) fn of_strangers(checker: &Checker<'_>) -> Vec<Diagnostic> {
    let json = &checker.document.json;
    let plugins = json.get("plugins").and_then(Value::as_object).into_iter().flatten();
    let tables = plugins.map(|(name, table)| (vec!["plugins".to_owned(), name.clone()], table));
    [(Vec::new(), json)]
        .into_iter()
        .chain(tables)
        .flat_map(|(path, table)| of_list(checker, path, table.get("middleware")))
        .collect()
}

fn of_list(checker: &Checker<'_>, path: Vec<String>, list: Option<&Value>) -> Vec<Diagnostic> {
    let entries = list.and_then(Value::as_array).into_iter().flatten().enumerate();
    entries
        .filter_map(|(number, entry)| {
            let listed = Listed::read(entry)?;
            let def = checker.registry.middleware().find(|def| def.name == listed.name)?;
            let owner = def.owner().filter(|owner| !is_selected(checker, owner))?;
            let path: Vec<String> =
                path.iter().cloned().chain(["middleware".to_owned(), number.to_string()]).collect();
            let title = format!(
                "the middleware `{}` belongs to plugin `{owner}`, which is not selected",
                listed.name
            );
            let diagnostic = Diagnostic::error(Code::MissingDependency, title)
                .at(checker.place(&path), format!("needs `{owner}`"))
                .help(format!("add\n[plugins.{owner}]"));
            Some(diagnostic)
        })
        .collect()
}
