//! The lines that a help tells the user to write into the character file.

use super::config::follow;
use crate::{
    character::Grants,
    definition::PermissionKind,
    registry::{RegisteredPlugin, plugin_config_schema},
};
use serde_json::Value;

/// The mark of a secret in a schema.
const SECRET_MARK: &str = "x-secret";

/// The table that selects a plugin, with the keys that it cannot do without.
pub(super) fn plugin_table(plugin: &RegisteredPlugin) -> String {
    let schema = plugin_config_schema(plugin.def);
    let mut lines = format!("[plugins.{}]", plugin.def.name);
    for key in
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    {
        let property = schema.pointer(&format!("/properties/{key}")).unwrap_or(&Value::Null);
        lines.push_str(&format!("\n{key} = {}", placeholder(plugin.def.name, key, property, &schema)));
    }
    lines
}

/// A value of the right type to start from.
fn placeholder(plugin: &str, key: &str, property: &Value, root: &Value) -> String {
    let schema = follow(property, root);
    let is_secret = [property, schema].iter().any(|schema| schema.get(SECRET_MARK).is_some());
    if is_secret {
        let variable = format!("{plugin}-{key}").replace('-', "_").to_uppercase();
        return format!("{{ env = \"{variable}\" }}");
    }
    if let Some(Value::String(first)) = schema.get("enum").and_then(|values| values.get(0)) {
        return quoted(first);
    }
    let kind = schema.get("type").and_then(|kind| kind.as_str().or_else(|| kind.get(0)?.as_str()));
    match kind {
        Some("integer") => "0",
        Some("number") => "0.0",
        Some("boolean") => "false",
        Some("array") => "[]",
        Some("object") => "{}",
        _ => "\"…\"",
    }
    .to_owned()
}

/// The grants of a plugin as they should be.
pub(super) fn grants_table(
    plugin: &str,
    granted: &Grants,
    wanted: &[(PermissionKind, Option<String>)],
) -> String {
    let mut lines = format!("[grants.{plugin}]");
    for kind in PermissionKind::ALL {
        let mut scopes: Vec<String> = granted.scopes(kind).to_vec();
        let is_open = |scope: &(PermissionKind, Option<String>)| scope.0 == kind && scope.1.is_none();
        for scope in wanted.iter().filter(|(other, _)| *other == kind).filter_map(|(_, scope)| scope.clone())
        {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        let comment = match (scopes.is_empty(), wanted.iter().any(is_open)) {
            (true, false) => continue,
            (true, true) => format!("  # {}", kind_of_scope(kind)),
            (false, _) => String::new(),
        };
        if scopes.is_empty() {
            scopes.push("…".to_owned());
        }
        let scopes: Vec<String> = scopes.iter().map(|scope| quoted(scope)).collect();
        lines.push_str(&format!("\n{kind} = [{}]{comment}", scopes.join(", ")));
    }
    lines
}

fn kind_of_scope(kind: PermissionKind) -> &'static str {
    match kind {
        PermissionKind::Network => "the hosts it may call",
        PermissionKind::Filesystem => "the paths it may read and write",
        PermissionKind::Process => "the programs it may start",
        PermissionKind::Environment => "the environment variables it may read",
    }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
