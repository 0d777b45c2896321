//! What plugins and their actions declare to need against what the character grants (GAL0011).

use super::snippet::grants_table;
use crate::{
    character::{Document, Grants},
    definition::{ActionDef, PermissionDef, PermissionKind, PermissionScope, PluginDef},
    diagnostic::{Code, Diagnostic},
    registry::RegisteredPlugin,
};
use serde_json::Value;
use std::{collections::BTreeMap, ops::Range};

/// A declared permission that is not granted.
struct Ungranted {
    kind: PermissionKind,
    /// `None` where any scope would do.
    scope: Option<String>,
    place: Range<usize>,
}

/// One diagnostic for each place where permissions of a plugin are wanting. `table` is the way to its config.
pub(super) fn ungranted(
    document: &Document,
    def: &PluginDef,
    table: &[&str],
    config: &Value,
    grants: &Grants,
) -> Vec<Diagnostic> {
    let missing: Vec<Ungranted> = def
        .permissions
        .iter()
        .flat_map(|permission| missing(document, def, table, config, grants, permission))
        .collect();
    let wanted: Vec<_> = missing.iter().map(|one| (one.kind, one.scope.clone())).collect();
    let lines = grants_table(def.name, grants, &wanted);
    let mut places: BTreeMap<(usize, usize), Vec<Ungranted>> = BTreeMap::new();
    for one in missing {
        places.entry((one.place.start, one.place.end)).or_default().push(one);
    }
    let verb = if document.key_span(&["grants", def.name]).is_some() { "change" } else { "add" };
    let help = format!("to allow it, {verb}\n{lines}");
    places.into_values().map(|group| diagnostic(def.name, &group).help(help.clone())).collect()
}

/// A warning for each action that is not offered because of what is not granted. One that needs a kind which the
/// character grants nothing of in so many words (`network = []`) was decided about and is no news.
pub(super) fn not_offered(
    document: &Document,
    plugin: &RegisteredPlugin,
    table: &[&str],
    config: &Value,
    grants: &Grants,
) -> Vec<Diagnostic> {
    let def = plugin.def;
    let is_refused = |kind: PermissionKind| {
        let written = document.json.get("grants").and_then(|all| all.get(def.name)?.get(kind.key()));
        written.and_then(Value::as_array).is_some_and(Vec::is_empty)
    };
    let mut warnings = Vec::new();
    for action in &plugin.actions {
        let all = action.permissions.iter();
        let missing: Vec<Ungranted> =
            all.flat_map(|permission| missing(document, def, table, config, grants, permission)).collect();
        if missing.iter().any(|one| is_refused(one.kind)) {
            continue;
        }
        let Some(place) = missing.first().map(|one| one.place.clone()) else { continue };
        let wanted: Vec<_> = missing.into_iter().map(|one| (one.kind, one.scope)).collect();
        let title = format!(
            "action {} of plugin `{}` is not offered: it needs the {}",
            action.name,
            def.name,
            names(&wanted)
        );
        let lines = grants_table(def.name, grants, &wanted);
        let verb = if document.key_span(&["grants", def.name]).is_some() { "change" } else { "add" };
        let warning = Diagnostic::error(Code::UngrantedPermission, title)
            .warning()
            .at(place, "not granted by this character")
            .help(format!("to allow it, {verb}\n{lines}"));
        let refusable = wanted.iter().map(|(kind, _)| *kind).find(|kind| grants.scopes(*kind).is_empty());
        warnings.push(match refusable {
            Some(kind) => warning.help(format!(
                "to do without it, and without this warning, write `{kind} = []` in `[grants.{}]`",
                def.name
            )),
            None => warning,
        });
    }
    warnings
}

/// Why an action may not be used by a plugin with this config and these grants; `None` if it may.
pub(crate) fn refusal(action: &ActionDef, config: &Value, grants: &Grants) -> Option<String> {
    let wanted: Vec<_> =
        action.permissions.iter().flat_map(|permission| lacking(permission, config, grants)).collect();
    let needs =
        || format!("{} needs the {}, which this character does not grant", action.name, names(&wanted));
    (!wanted.is_empty()).then(needs)
}

fn diagnostic(plugin: &str, group: &[Ungranted]) -> Diagnostic {
    let wanted: Vec<_> = group.iter().map(|one| (one.kind, one.scope.clone())).collect();
    let title = format!("plugin `{plugin}` needs the {}", names(&wanted));
    let place = group.first().map_or(0..0, |one| one.place.clone());
    Diagnostic::error(Code::UngrantedPermission, title).at(place, "not granted by this character")
}

/// Permissions in words.
fn names(wanted: &[(PermissionKind, Option<String>)]) -> String {
    let name = |(kind, scope): &(PermissionKind, Option<String>)| match scope {
        Some(scope) => format!("`{kind}` for `{scope}`"),
        None => format!("`{kind}`"),
    };
    let names: Vec<String> = wanted.iter().map(name).collect();
    match names.as_slice() {
        [one] => format!("permission {one}"),
        _ => format!("permissions {}", names.join(", ")),
    }
}

/// The scopes that a permission asks for and that are not granted; `None` where any would do.
fn lacking(
    permission: &PermissionDef,
    config: &Value,
    grants: &Grants,
) -> Vec<(PermissionKind, Option<String>)> {
    let kind = permission.kind;
    let scopes = match permission.scope {
        PermissionScope::Open => vec![None],
        PermissionScope::Fixed(scope) => vec![Some(scope.to_owned())],
        PermissionScope::Of(find) => find(config).into_iter().map(Some).collect(),
        PermissionScope::Config(key) => {
            let value = key.split('.').try_fold(config, |value, key| value.get(key));
            value.map(|value| scopes_of(kind, value)).unwrap_or_default()
        }
    };
    let is_granted = |scope: &Option<String>| match scope {
        Some(scope) => grants.allow(kind, scope),
        None => !grants.scopes(kind).is_empty(),
    };
    scopes.into_iter().filter(|scope| !is_granted(scope)).map(|scope| (kind, scope)).collect()
}

/// The scopes of one permission that are not granted.
fn missing(
    document: &Document,
    def: &PluginDef,
    table: &[&str],
    config: &Value,
    grants: &Grants,
    permission: &PermissionDef,
) -> Vec<Ungranted> {
    let kind = permission.kind;
    let written = |path: &[&str]| document.value_span(path);
    let grant =
        || written(&["grants", def.name, kind.key()]).or_else(|| document.key_span(&["grants", def.name]));
    // The table of a member may be left out; then its place is that of the composed plugin.
    let header = || document.key_span(table).or_else(|| document.key_span(table.get(..2)?)).unwrap_or(0..0);
    let place = match permission.scope {
        PermissionScope::Open | PermissionScope::Fixed(_) | PermissionScope::Of(_) => None,
        PermissionScope::Config(key) => {
            let path: Vec<&str> = table.iter().copied().chain(key.split('.')).collect();
            written(&path)
        }
    };
    let place = place.or_else(grant).unwrap_or_else(header);
    let lacking = lacking(permission, config, grants).into_iter();
    lacking.map(|(kind, scope)| Ungranted { kind, scope, place: place.clone() }).collect()
}

/// The scopes that a value of the config asks for; a secret reference may turn out to be anything.
fn scopes_of(kind: PermissionKind, value: &Value) -> Vec<Option<String>> {
    match value {
        Value::String(text) => vec![Some(wanted_scope(kind, text))],
        Value::Array(values) => values.iter().flat_map(|value| scopes_of(kind, value)).collect(),
        Value::Object(_) => vec![None],
        _ => Vec::new(),
    }
}

/// The scope that a value of a plugin's config asks for: of a URL the host (for the network) or the path (for files);
/// anything else as it stands.
#[must_use]
pub fn wanted_scope(kind: PermissionKind, value: &str) -> String {
    let rest = value.split_once("://").map(|(_, rest)| rest);
    match kind {
        PermissionKind::Network => host(rest.unwrap_or(value)).to_ascii_lowercase(),
        PermissionKind::Filesystem => {
            rest.and_then(|path| path.split('?').next()).unwrap_or(value).to_owned()
        }
        PermissionKind::Process | PermissionKind::Environment => value.to_owned(),
    }
}

/// The host of what follows `://`.
fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
    match address.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
        Some((v6, _)) => v6,
        None => address.split_once(':').map_or(address, |(host, _)| host),
    }
}

#[cfg(test)]
mod tests {
    use super::{PermissionKind::*, wanted_scope};

    #[test]
    fn a_value_asks_for_its_host_or_path() {
        for (kind, value, scope) in [
            (Network, "https://API.example.com/v1?x=1", "api.example.com"),
            (Network, "wss://user:word@host.test:8443", "host.test"),
            (Network, "http://[::1]:80/", "::1"),
            (Network, "host.test:443", "host.test"),
            (Network, "host.test", "host.test"),
            (Filesystem, "sqlite://ada.db?mode=rwc", "ada.db"),
            (Filesystem, "data/notes", "data/notes"),
            (Process, "git", "git"),
        ] {
            assert_eq!(wanted_scope(kind, value), scope, "{kind} {value}");
        }
    }
}
