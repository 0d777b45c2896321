//! Runs the providers and puts together what they tell.

use super::{Composed, ProviderRecord, TurnContext, guarded};
use crate::{
    agent::{Agent, RegisteredProvider},
    extract::Invocation,
    provider::Context,
    service::Part,
};
use futures_util::future::join_all;
use std::{sync::Arc, time::Instant};

/// Which providers run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// All that are neither dynamic nor private.
    #[default]
    Default,
    /// Those, and these.
    With(Vec<String>),
    /// These only; an empty list is the default set.
    Only(Vec<String>),
}

impl Selection {
    fn takes(&self, provider: &RegisteredProvider) -> bool {
        let usual = !provider.def.dynamic && !provider.def.private;
        let named = |names: &[String]| names.iter().any(|name| name == provider.def.name);
        match self {
            Self::Default => usual,
            Self::With(names) => usual || named(names),
            Self::Only(names) if names.is_empty() => usual,
            Self::Only(names) => named(names),
        }
    }
}

/// Runs the providers of a selection that have not run in this turn, and puts the state together anew.
pub(super) async fn compose(agent: &Agent, turn: &Arc<TurnContext>, selection: &Selection) {
    let done = turn.state().composed_by.clone();
    let mut chosen: Vec<&RegisteredProvider> = turn
        .parts
        .providers
        .iter()
        .filter(|provider| selection.takes(provider) && !done.contains(provider.def.name))
        .collect();
    // Stable: within a position the order of registration stays.
    chosen.sort_by_key(|provider| provider.def.position);
    let told = join_all(chosen.iter().map(|provider| tell(agent, turn, provider))).await;
    let mut state = turn.state();
    for (provider, (context, record)) in chosen.iter().zip(told) {
        state.composed_by.insert(provider.def.name);
        if let Some(context) = context {
            state.contexts.push((provider.def.name, provider.def.position, context));
        }
        state.record.providers.push(record);
    }
    let registered = |name: &str| turn.parts.providers.iter().position(|provider| provider.def.name == name);
    state.contexts.sort_by_key(|(name, position, _)| (*position, registered(name)));
    let working_memory = state.composed.working_memory.clone();
    let mut composed = Composed { working_memory, ..put_together(&state.contexts) };
    for step in &state.finished {
        composed.values.extend(step.result.values.clone());
    }
    state.composed = Arc::new(composed);
}

/// Composes anew after actions: only the providers that read what actions change run again.
pub(super) async fn compose_again(agent: &Agent, turn: &Arc<TurnContext>, selection: &Selection) {
    {
        let mut state = turn.state();
        for provider in turn.parts.providers.iter().filter(|provider| provider.reads_turn) {
            state.composed_by.remove(provider.def.name);
            state.contexts.retain(|(name, ..)| *name != provider.def.name);
        }
    }
    compose(agent, turn, selection).await;
}

async fn tell(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    provider: &RegisteredProvider,
) -> (Option<Context>, ProviderRecord) {
    let begun = Instant::now();
    let invocation =
        Invocation { turn: Some(Arc::clone(turn)), ..Invocation::of(agent.clone(), provider.plugin) };
    let outcome = match agent.cached_context(provider, &turn.message, &invocation) {
        Some(context) => Ok(context),
        None => match guarded(provider.def.timeout, (provider.def.call)(&invocation)).await {
            Ok(Ok(context)) => {
                agent.cache_context(provider, &turn.message, &context);
                Ok(context)
            }
            Ok(Err(error)) => Err(error.to_string()),
            Err(failure) => Err(failure.to_string()),
        },
    };
    let (plugin, name) = (provider.plugin.name, provider.def.name);
    agent.shared().tally.part(Part::Provider, plugin, name, micros(begun), outcome.is_ok());
    let mut record = ProviderRecord {
        name: provider.def.name.to_owned(),
        micros: micros(begun),
        characters: 0,
        error: None,
    };
    match outcome {
        Ok(context) => {
            record.characters = context.text.chars().count();
            (Some(context), record)
        }
        Err(error) => {
            tracing::warn!(provider = provider.def.name, plugin = provider.plugin.name, "left out: {error}");
            record.error = Some(error);
            (None, record)
        }
    }
}

fn put_together(contexts: &[(&'static str, i32, Context)]) -> Composed {
    let mut composed = Composed::default();
    for (name, _, context) in contexts {
        if !context.text.trim().is_empty() {
            if !composed.text.is_empty() {
                composed.text.push('\n');
            }
            composed.text.push_str(&context.text);
        }
        composed.values.extend(context.values.clone());
        if !context.data.is_null() {
            composed.data.insert((*name).to_owned(), context.data.clone());
        }
    }
    let text = composed.text.clone();
    composed.values.insert("providers".to_owned(), text.into());
    composed
}

pub(super) fn micros(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;
    use crate::{
        definition::{ConfigDef, NoConfig, PluginDef, ProviderDef},
        extract::Signature,
    };
    use std::time::Duration;

    static PLUGIN: PluginDef = PluginDef {
        name: "stage",
        version: "1.0.0",
        description: "",
        authors: "",
        license: "",
        path: "",
        origin: crate::__origin!(),
        requirements: &[],
        permissions: &[],
        priority: 0,
        lazy: false,
        engine: None,
        config: ConfigDef::of::<NoConfig>(),
    };

    fn provider(name: &'static str, position: i32) -> RegisteredProvider {
        let def = ProviderDef {
            name,
            description: "",
            plugin: "stage",
            origin: crate::__origin!(),
            position,
            dynamic: name == "DYN",
            private: name == "PRIV",
            timeout: Duration::from_secs(1),
            cache: None,
            describe: |_: &mut Signature| {},
            call: |_| Box::pin(async { Ok(Context::default()) }),
        };
        RegisteredProvider { plugin: &PLUGIN, def: Box::leak(Box::new(def)), reads_turn: false }
    }

    #[test]
    fn the_selection_is_that_of_elizaos() {
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/core-runtime.json");
        let golden: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(golden).unwrap()).unwrap();
        // As the golden file registers them.
        let registered: Vec<RegisteredProvider> = [
            ("Z", 10),
            ("DYN", 0),
            ("PRIV", 0),
            ("A", -5),
            ("N1", 0),
            ("N2", 0),
            ("BLANK", 0),
            ("NOTEXT", 0),
        ]
        .map(|(name, position)| provider(name, position))
        .into();
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        for (case, selection) in [
            ("default", Selection::Default),
            ("include_dyn", Selection::With(names(&["DYN"]))),
            ("include_private", Selection::With(names(&["PRIV"]))),
            ("only", Selection::Only(names(&["Z", "A"]))),
            ("only_empty", Selection::Only(names(&[]))),
            ("unknown", Selection::With(names(&["NOPE"]))),
            ("only_unknown", Selection::Only(names(&["NOPE"]))),
        ] {
            let mut chosen: Vec<&RegisteredProvider> =
                registered.iter().filter(|provider| selection.takes(provider)).collect();
            chosen.sort_by_key(|provider| provider.def.position);
            let chosen: Vec<&str> = chosen.iter().map(|provider| provider.def.name).collect();
            let wanted: Vec<&str> = golden["composeState"][case]["calls"]
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap())
                .collect();
            assert_eq!(chosen, wanted, "{case}");
        }
    }
}
