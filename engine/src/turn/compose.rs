//! Runs the providers and puts together what they tell.

use super::{Composed, ProviderRecord, TurnContext, caught, guarded};
use crate::{
    agent::{Agent, Parts, RegisteredProvider},
    definition::ProviderCall,
    extract::Invocation,
    middleware,
    provider::Context,
    service::Part,
    telemetry::span,
    text::name::{NameMatch, match_name},
};
use futures_util::future::join_all;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};
use tracing::Instrument;

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
    /// Whether only what is named runs.
    fn is_only(&self) -> bool {
        matches!(self, Self::Only(names) if !names.is_empty())
    }

    fn names(&self) -> &[String] {
        match self {
            Self::Default => &[],
            Self::With(names) | Self::Only(names) => names,
        }
    }

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

/// What a provider told: its name, its position, the context.
pub(super) type Contexts = Vec<(&'static str, i32, Context)>;

/// Runs the providers of a selection that have not run in this turn, and puts the state together anew.
pub(crate) async fn compose(agent: &Agent, turn: &Arc<TurnContext>, selection: &Selection) {
    let done = turn.state().composed_by.clone();
    let (ran, told) = run(agent, turn, selection, &done).await;
    let mut state = turn.state();
    let mut known: BTreeSet<&str> = state.contexts.iter().map(|(name, ..)| *name).collect();
    // Two handlers may have asked for one provider at once.
    state.contexts.extend(told.into_iter().filter(|(name, ..)| known.insert(name)));
    state.composed_by.extend(ran);
    in_order(&turn.parts, &mut state.contexts);
    let working_memory = state.composed.working_memory.clone();
    let mut composed = Composed { working_memory, ..put_together(&state.contexts) };
    for step in &state.finished {
        composed.values.extend(step.result.values.clone());
    }
    state.composed = Arc::new(composed);
}

/// What the providers of a selection tell, apart from the turn's state: those that have run are taken from it, the
/// others run now.
pub(crate) async fn compose_apart(agent: &Agent, turn: &Arc<TurnContext>, selection: &Selection) -> Composed {
    let (done, known) = {
        let state = turn.state();
        (state.composed_by.clone(), state.contexts.clone())
    };
    let (_, mut contexts) = run(agent, turn, selection, &done).await;
    let taken = turn.parts.providers.iter().filter(|provider| selection.takes(provider));
    let taken: BTreeSet<&str> = taken.map(|provider| provider.def.name).collect();
    contexts.extend(known.into_iter().filter(|(name, ..)| taken.contains(name)));
    in_order(&turn.parts, &mut contexts);
    put_together(&contexts)
}

/// Runs the providers of a selection that are not done; which those were, and what they told. Names that nothing has
/// are noted as providers that were left out.
async fn run(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    selection: &Selection,
    done: &BTreeSet<&'static str>,
) -> (Vec<&'static str>, Contexts) {
    note_unknown(turn, selection);
    let mut chosen: Vec<&RegisteredProvider> = turn
        .parts
        .providers
        .iter()
        .filter(|provider| selection.takes(provider) && !done.contains(provider.def.name))
        .collect();
    // Stable: within a position the order of registration stays.
    chosen.sort_by_key(|provider| provider.def.position);
    let told = join_all(chosen.iter().map(|provider| tell(agent, turn, provider))).await;
    let mut contexts = Contexts::new();
    for (provider, (context, record)) in chosen.iter().zip(told) {
        contexts.extend(context.map(|context| (provider.def.name, provider.def.position, context)));
        turn.note(|all| all.providers.push(record));
    }
    (chosen.into_iter().map(|provider| provider.def.name).collect(), contexts)
}

/// By position, then in the order of registration.
fn in_order(parts: &Parts, contexts: &mut Contexts) {
    let registered = parts.providers.iter().enumerate().map(|(index, provider)| (provider.def.name, index));
    let registered: BTreeMap<&str, usize> = registered.collect();
    contexts.sort_by_key(|(name, position, _)| (*position, registered.get(name).copied()));
}

/// Notes, once a turn, every name of the selection that no provider has.
fn note_unknown(turn: &TurnContext, selection: &Selection) {
    let known = || turn.parts.providers.iter().map(|provider| provider.def.name);
    for name in selection.names().iter().filter(|name| !known().any(|known| known == *name)) {
        let none: &[&str] = &[];
        let nearest = match match_name(name, known().map(|known| (known, none))) {
            NameMatch::None { nearest } => nearest,
            found => found.index().and_then(|index| known().nth(index)).map(str::to_owned),
        };
        let near = nearest.map(|nearest| format!("; did you mean {nearest}?")).unwrap_or_default();
        let error = format!("there is no provider {name}{near}");
        let start = turn.start_of(Instant::now());
        turn.note(|record| {
            if !record.providers.iter().any(|noted| noted.name == *name) {
                tracing::warn!(run = %record.run, "{error}");
                let error = Some(error);
                record.providers.push(ProviderRecord {
                    name: name.clone(),
                    start,
                    micros: 0,
                    characters: 0,
                    error,
                });
            }
        });
    }
}

/// Composes anew after actions: only the providers that read what actions change run again, also those that an action
/// asked for.
pub(super) async fn compose_again(agent: &Agent, turn: &Arc<TurnContext>, selection: &Selection) {
    let mut names = selection.names().to_vec();
    {
        let mut state = turn.state();
        for provider in turn.parts.providers.iter().filter(|provider| provider.reads_turn) {
            if state.composed_by.remove(provider.def.name) {
                names.push(provider.def.name.to_owned());
            }
            state.contexts.retain(|(name, ..)| *name != provider.def.name);
        }
    }
    let selection = if selection.is_only() { Selection::Only(names) } else { Selection::With(names) };
    compose(agent, turn, &selection).await;
}

async fn tell(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    provider: &RegisteredProvider,
) -> (Option<Context>, ProviderRecord) {
    let begun = Instant::now();
    let (plugin, name) = (provider.plugin.name, provider.def.name);
    let span = span::provider(plugin, name);
    let outcome = ask(agent, turn, provider).instrument(span.clone()).await;
    if let Err(why) = &outcome {
        span::failed(&span, "failed", why);
    }
    agent.shared().tally.part(Part::Provider, plugin, name, micros(begun), outcome.is_ok());
    let mut record = ProviderRecord {
        name: provider.def.name.to_owned(),
        start: turn.start_of(begun),
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

/// What a provider tells now, or why nothing.
async fn ask(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    provider: &RegisteredProvider,
) -> Result<Context, String> {
    match (provider.def.call, &provider.latest) {
        (ProviderCall::Subscribe(_), None) => return Err("nothing yet".to_owned()),
        (ProviderCall::Subscribe(_), Some(latest)) => return latest.borrow().told(),
        (ProviderCall::Ask(_), _) => {}
    }
    let invocation =
        Invocation { turn: Some(Arc::clone(turn)), ..Invocation::of(agent.clone(), provider.plugin) };
    if let (Some(cache), Some(def)) = (&provider.cache, provider.def.cache) {
        // The key is the plugin's code too.
        let cached = caught(agent.cached_context(provider, (cache, def), &turn.message, &invocation)).await;
        return cached.unwrap_or_else(|failure| Err(failure.to_string()));
    }
    let call = middleware::provider(&turn.parts, provider, &invocation);
    match guarded(provider.def.timeout, call).await {
        Ok(told) => told.map_err(|error| error.to_string()),
        Err(failure) => Err(failure.to_string()),
    }
}

fn put_together(contexts: &Contexts) -> Composed {
    let mut composed = Composed::default();
    for (name, _, context) in contexts {
        if !context.text.trim().is_empty() {
            if !composed.text.is_empty() {
                composed.text.push('\n');
            }
            composed.text.push_str(&context.text);
        }
        composed.values.extend(context.values.clone());
        composed.citations.extend(context.citations.iter().cloned());
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
        middleware: &[],
        members: &[],
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
            call: ProviderCall::Ask(|_| Box::pin(async { Ok(Context::default()) })),
        };
        RegisteredProvider::new(&PLUGIN, Box::leak(Box::new(def)))
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
