//! What is wrong with kinds of service in a build.

use super::{RegisteredPlugin, Registry, RegistryError};
use crate::{definition::Target, extract::Signature, model::ModelKind};
use std::collections::BTreeSet;

pub(super) fn check(registry: &Registry, errors: &mut Vec<RegistryError>) {
    let model_kinds: BTreeSet<String> = ModelKind::KNOWN
        .into_iter()
        .chain(registry.iter().flat_map(RegisteredPlugin::capabilities))
        .map(|kind| kind.name().to_owned())
        .collect();
    for plugin in registry.iter() {
        for why in names(plugin, &model_kinds).into_iter().chain(undeclared(plugin)) {
            let (plugin, origin) = (plugin.def.name, plugin.def.origin);
            errors.push(RegistryError::Malformed { plugin, origin, why });
        }
    }
}

/// A capability is one thing: a plugin that requires it must not get a model where it wants a service.
fn names(plugin: &RegisteredPlugin, model_kinds: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for kind in plugin.service_kinds() {
        if model_kinds.contains(kind) {
            wrong.push(format!(
                "`{kind}` is a model kind and cannot be the name of a kind of service; rename it"
            ));
        }
        if !super::check::is_kebab_case(kind) {
            wrong.push(format!(
                "`{kind}` is no name of a kind of service; write lower-case letters, digits and single hyphens"
            ));
        }
    }
    wrong
}

/// A part takes `Kind<dyn …>`, and the plugin does not say that it cannot do without.
fn undeclared(plugin: &RegisteredPlugin) -> Vec<String> {
    let declared: BTreeSet<&str> = plugin
        .def
        .requirements
        .iter()
        .filter_map(|requirement| match requirement.target {
            Target::Capability(kind) => Some(kind),
            Target::Plugin(_) => None,
        })
        .collect();
    let served = plugin.service_kinds();
    let mut wrong = Vec::new();
    for (part, describe) in parts(plugin) {
        for kind in Signature::of(describe).kinds {
            if !declared.contains(kind) && !served.contains(&kind) {
                wrong.push(format!(
                    "{part} takes a service of the kind `{kind}`; write `requires(capability(\"{kind}\"))` where \
                     `{}` is declared, or take an `Option`",
                    plugin.def.name
                ));
            }
        }
    }
    wrong
}

/// What asks a part what it takes.
type Describe = fn(&mut Signature);

/// The parts of a plugin that say what they take.
fn parts(plugin: &RegisteredPlugin) -> Vec<(String, Describe)> {
    let actions = plugin.actions.iter().map(|def| (format!("action {}", def.name), def.describe));
    let providers = plugin.providers.iter().map(|def| (format!("provider {}", def.name), def.describe));
    let evaluators = plugin.evaluators.iter().map(|def| (format!("evaluator {}", def.name), def.describe));
    let services = plugin.services.iter().map(|def| (format!("service `{}`", def.name), def.describe));
    let models = plugin.models.iter().map(|def| (format!("model handler `{}`", def.name), def.describe));
    let listeners =
        plugin.listeners.iter().map(|def| (format!("event handler `{}`", def.name), def.describe));
    actions.chain(providers).chain(evaluators).chain(services).chain(models).chain(listeners).collect()
}
