//! Plugins that are not there, and grants to plugins that are not used.

use super::{Checker, name};
use crate::{
    definition::PermissionKind,
    diagnostic::{Code, Diagnostic},
    model::ModelKind,
};
use serde_json::Value;

/// Plugins of Galatea, which a build may have left out.
const WELL_KNOWN: [&str; 18] = [
    "anthropic",
    "bootstrap",
    "console",
    "discord",
    "google-genai",
    "http",
    "knowledge",
    "local",
    "mcp",
    "offline",
    "ollama",
    "openai",
    "openrouter",
    "server",
    "sql",
    "telegram",
    "wasm",
    "weather",
];

/// What is wrong with a key that names a plugin.
pub(super) fn unknown(checker: &Checker<'_>, path: &[String], wanted: &str) -> Diagnostic {
    let names: Vec<&str> = checker.registry.names().collect();
    let plain = without_package(wanted);
    let near = name::near(&plain, names.iter().copied());
    let label =
        near.map(|near| format!("did you mean `{near}`?")).unwrap_or_else(|| "not in this build".to_owned());
    let diagnostic = Diagnostic::error(Code::UnknownPlugin, format!("unknown plugin `{wanted}`"))
        .at(checker.key_place(path), label)
        .help(name::known(&plain, &names));
    let crate_of = name::near(&plain, WELL_KNOWN).filter(|known| near.is_none() && !names.contains(known));
    match crate_of {
        Some(known) => diagnostic.help(format!(
            "if there is a crate `galatea-{known}`, add it to Cargo.toml and name it in `src/linked.rs`"
        )),
        None => diagnostic,
    }
}

/// What is wrong with a key of `models.provider`.
pub(super) fn unserved_kind(
    checker: &Checker<'_>,
    path: &[String],
    kind: &str,
    served: &[&str],
) -> Diagnostic {
    let place = checker.key_place(path);
    let exists = ModelKind::KNOWN.iter().any(|known| known.name() == kind);
    if exists {
        return Diagnostic::error(Code::Capability, format!("no plugin of this build serves `{kind}`"))
            .at(place, "nothing to choose from")
            .help(format!("served: {}", name::known(kind, served).trim_start_matches("known: ")));
    }
    Diagnostic::error(Code::UnknownKey, format!("unknown model kind `{kind}`"))
        .at(place, name::suggestion(kind, served.iter().copied()))
        .help(name::known(kind, served))
}

/// Grants that have no effect: to plugins that the character does not use, and of kinds that a plugin never asks
/// for.
pub(super) fn useless_grants(checker: &Checker<'_>) -> Vec<Diagnostic> {
    let mut useless = grants_to_strangers(checker);
    let grants = checker.document.json.get("grants").and_then(Value::as_object).into_iter().flatten();
    for (name, kinds) in grants {
        let Some(plugin) = checker.registry.get(name).filter(|_| is_selected(checker, name)) else {
            continue;
        };
        for kind in kinds.as_object().into_iter().flatten().map(|(kind, _)| kind) {
            let known = PermissionKind::ALL.iter().find(|known| known.key() == kind);
            if known.is_some_and(|known| !plugin.permissions().any(|wanted| wanted.kind == *known)) {
                let path = ["grants".to_owned(), name.clone(), kind.clone()];
                useless.push(
                    Diagnostic::error(Code::UselessGrant, format!("`{name}` never asks for `{kind}`"))
                        .warning()
                        .at(checker.key_place(&path), "has no effect")
                        .help(format!("remove it; `galatea plugins {name}` shows what the plugin asks for")),
                );
            }
        }
    }
    useless
}

fn grants_to_strangers(checker: &Checker<'_>) -> Vec<Diagnostic> {
    let json = &checker.document.json;
    let grants = json.get("grants").and_then(Value::as_object).into_iter().flatten();
    grants
        .map(|(name, _)| name)
        .filter(|name| checker.registry.get(name).is_some() && !is_selected(checker, name))
        .map(|name| {
            let path = ["grants".to_owned(), name.clone()];
            Diagnostic::error(
                Code::UselessGrant,
                format!("a grant for `{name}`, which the character does not use"),
            )
            .warning()
            .at(checker.key_place(&path), "has no effect")
            .help(format!("add `[plugins.{name}]`, or remove the grant"))
        })
        .collect()
}

/// Whether the character selects a plugin, alone or as a member of another.
pub(super) fn is_selected(checker: &Checker<'_>, plugin: &str) -> bool {
    let tables = checker.document.json.get("plugins").and_then(Value::as_object).into_iter().flatten();
    tables.map(|(name, _)| name).any(|name| {
        let members = || checker.registry.get(name).map(|chosen| chosen.def.all_members());
        name == plugin || members().is_some_and(|all| all.iter().any(|member| member.name == plugin))
    })
}

/// The name of a plugin without what elizaOS and Cargo put before it: `@elizaos/plugin-sql`, `galatea-sql`.
fn without_package(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase().replace('_', "-");
    let bare =
        ["plugin-", "client-", "adapter-", "galatea-"].iter().find_map(|prefix| name.strip_prefix(prefix));
    bare.map_or_else(|| name.clone(), str::to_owned)
}
