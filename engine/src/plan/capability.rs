//! Whether the model kinds that a character needs are served, and by whom (GAL0013).

use super::{Condition, Enabled, snippet::plugin_table};
use crate::{
    character::Document,
    definition::Target,
    diagnostic::{Code, Diagnostic},
    registry::{RegisteredPlugin, Registry},
};
use serde_json::Value;
use std::{collections::BTreeSet, ops::Range};

/// The kind without which an agent cannot converse.
const CONVERSATION: &str = "text-large";

/// A selected plugin that may run.
pub(super) struct Chosen<'a> {
    pub(super) plugin: &'a RegisteredPlugin,
    pub(super) condition: Condition,
}

impl Chosen<'_> {
    fn serves(&self, kind: &str) -> bool {
        self.rank(kind).is_some()
    }

    /// The rank of its handler of a kind.
    fn rank(&self, kind: &str) -> Option<i32> {
        let models =
            self.plugin.models.iter().filter(|model| model.kinds.iter().any(|served| served.name() == kind));
        models.map(|model| model.priority.unwrap_or(self.plugin.def.priority)).max()
    }

    fn can_run(&self) -> bool {
        self.condition.enabled != Enabled::Never
    }
}

/// What is wrong with the serving of model kinds, apart from what the resolver finds.
pub(super) fn doubts(
    registry: &Registry,
    document: &Document,
    chosen: &[Chosen<'_>],
    complete: bool,
) -> Vec<Diagnostic> {
    let mut diagnostics = wrong_choices(registry, document, chosen);
    diagnostics.extend(ambiguous(document, chosen));
    if complete && !chosen.iter().any(|one| one.can_run() && one.serves(CONVERSATION)) {
        diagnostics.push(speechless(registry, document));
    }
    diagnostics
}

/// `[models.provider]` names plugins that are not selected, or that do not serve the kind.
fn wrong_choices(registry: &Registry, document: &Document, chosen: &[Chosen<'_>]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for (kind, name) in choices(document) {
        if chosen.iter().any(|one| one.plugin.def.name == name && one.serves(kind)) {
            continue;
        }
        let path = ["models", "provider", kind];
        let place = document.value_span(&path).unwrap_or(0..0);
        let (title, label) = match registry.get(name) {
            None => (format!("unknown plugin `{name}`"), "not in this build".to_owned()),
            Some(plugin) if chosen.iter().any(|one| one.plugin.def.name == name) => {
                let kinds: Vec<String> =
                    plugin.capabilities().iter().map(|kind| format!("`{kind}`")).collect();
                let serves = if kinds.is_empty() { "no model kind".to_owned() } else { kinds.join(", ") };
                (format!("plugin `{name}` does not serve `{kind}`"), format!("it serves {serves}"))
            }
            Some(_) => {
                (format!("plugin `{name}` is not selected"), "this character does not select it".to_owned())
            }
        };
        let known: Vec<&str> =
            chosen.iter().filter(|one| one.serves(kind)).map(|one| one.plugin.def.name).collect();
        let help = match known.as_slice() {
            [] => format!("no selected plugin serves `{kind}`"),
            known => format!("selected plugins that serve `{kind}`: {}", known.join(", ")),
        };
        diagnostics.push(Diagnostic::error(Code::Capability, title).at(place, label).help(help));
    }
    diagnostics
}

/// The kinds and plugins of `[models.provider]`.
fn choices(document: &Document) -> impl Iterator<Item = (&str, &str)> {
    let table = document.json.pointer("/models/provider").and_then(Value::as_object);
    table.into_iter().flatten().filter_map(|(kind, name)| Some((kind.as_str(), name.as_str()?)))
}

/// A plugin needs a kind that two plugins serve with the same rank, and the character does not say which it wants.
fn ambiguous(document: &Document, chosen: &[Chosen<'_>]) -> Vec<Diagnostic> {
    let decided: BTreeSet<&str> = choices(document).map(|(kind, _)| kind).collect();
    let needed: BTreeSet<&str> = chosen.iter().filter(|one| one.can_run()).flat_map(needs).collect();
    needed
        .into_iter()
        .filter(|kind| !decided.contains(kind))
        .filter_map(|kind| tie(document, chosen, kind))
        .collect()
}

fn needs(chosen: &Chosen<'_>) -> impl Iterator<Item = &'static str> + use<> {
    chosen.plugin.def.requirements.iter().filter_map(|requirement| match requirement.target {
        Target::Capability(kind) => Some(kind),
        Target::Plugin(_) => None,
    })
}

fn tie(document: &Document, chosen: &[Chosen<'_>], kind: &str) -> Option<Diagnostic> {
    let certain = chosen.iter().filter(|one| one.condition.is_always());
    let ranked: Vec<(i32, &str)> =
        certain.filter_map(|one| Some((one.rank(kind)?, one.plugin.def.name))).collect();
    let best = ranked.iter().map(|(rank, _)| *rank).max()?;
    let mut names: Vec<&str> =
        ranked.iter().filter(|(rank, _)| *rank == best).map(|(_, name)| *name).collect();
    names.sort_unstable();
    let [first, others @ ..] = names.as_slice() else {
        return None;
    };
    let place = document.key_span(&["plugins", first])?;
    let title = format!("plugins `{}` serve `{kind}` with the same rank", names.join("`, `"));
    let others = others.iter().filter_map(|name| document.key_span(&["plugins", name]));
    let others: Vec<Range<usize>> = others.collect();
    let diagnostic =
        Diagnostic::error(Code::Capability, title).warning().at(place, "the one that loads first is used");
    let diagnostic = others
        .iter()
        .cloned()
        .fold(diagnostic, |diagnostic, place| diagnostic.related(place, "serves it too"));
    let help = format!("say which, e.g.\n[models.provider]\n{kind} = \"{first}\"");
    (!others.is_empty()).then(|| diagnostic.help(help))
}

/// Nothing can converse.
fn speechless(registry: &Registry, document: &Document) -> Diagnostic {
    let title = format!("no plugin of this character serves `{CONVERSATION}`");
    let diagnostic = Diagnostic::error(Code::Capability, title).warning();
    let place = document.value_span(&["name"]).unwrap_or(0..0);
    let diagnostic = diagnostic.at(place, "it has no model to converse with");
    let known: Vec<&str> = registry.serving(CONVERSATION).map(|plugin| plugin.def.name).collect();
    if document.key_span(&["plugins", "offline"]).is_some() && known.contains(&"offline") {
        return diagnostic.help(
            "`offline` needs no key and no network, but it is switched off: take out `enabled = false`",
        );
    }
    match (registry.get("offline"), known.as_slice()) {
        (Some(offline), _) => {
            diagnostic.help(format!("`offline` needs no key and no network; add\n{}", plugin_table(offline)))
        }
        (None, []) => diagnostic.help(
            "no plugin of this build does; link one, e.g. `galatea-offline`, and add `[plugins.offline]`",
        ),
        (None, known) => diagnostic.help(format!("these serve it: {}", known.join(", "))),
    }
}
