//! Spans: a turn, its stages, and the calls in them.

use crate::support::{ask, start};
use galatea::prelude::*;
use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex},
};
use tracing::{
    Dispatch, Event as Record, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{Layer, layer::Context as Spans, prelude::*, registry::LookupSpan};

/// Two things to do.
#[plugin("pair")]
pub struct Pair;

/// The first.
#[action(plugin = Pair)]
async fn left() -> String {
    "left".to_owned()
}

/// The second.
#[action(plugin = Pair)]
async fn right() -> String {
    "right".to_owned()
}

/// Goes nowhere.
#[action(plugin = Pair)]
async fn nowhere() -> Result<(), String> {
    Err("no such side".to_owned())
}

/// Which side is which.
#[provider(plugin = Pair)]
async fn sides() -> Context {
    Context::text("left and right")
}

/// Looks back at both.
#[evaluator(plugin = Pair)]
async fn both() -> Evaluation {
    Evaluation::new(1.0, true)
}

/// What was told of the engine.
#[derive(Clone, Default)]
struct Collected {
    /// Every span as the path from its root, in the order in which they began.
    paths: Arc<Mutex<Vec<String>>>,
    /// The fields of the turn.
    turn: Arc<Mutex<BTreeMap<String, String>>>,
    /// What the middleware `logging` wrote.
    logged: Arc<Mutex<Vec<String>>>,
}

impl Collected {
    /// Collects what happens on this thread, until what it gives is dropped.
    fn begin() -> (Self, (tracing::subscriber::DefaultGuard, Dispatch)) {
        // While there is only one subscriber, tracing asks the thread that first comes by a place whether that place
        // is wanted; other tests run on threads that want nothing.
        let second = Dispatch::new(tracing_subscriber::registry());
        let collected = Self::default();
        let subscriber = tracing_subscriber::registry().with(collected.clone());
        (collected, (tracing::subscriber::set_default(subscriber), second))
    }
}

#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

struct Path(String);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collected {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, spans: Spans<'_, S>) {
        // Starting the agent has its own tree; what is done in the background has only a frame.
        let is_frame = ["agent", "start", "plugin", "service"].contains(&attributes.metadata().name());
        if !attributes.metadata().target().starts_with("galatea::") || is_frame {
            return;
        }
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let Some(span) = spans.span(id) else { return };
        let name = fields.0.get("name").map(|name| format!(":{name}")).unwrap_or_default();
        let own = format!("{}{name}", span.name());
        let parent = span.parent().and_then(|p| p.extensions().get::<Path>().map(|path| path.0.clone()));
        let path = parent.map_or_else(|| own.clone(), |parent| format!("{parent}/{own}"));
        span.extensions_mut().insert(Path(path.clone()));
        if path == "turn" {
            self.turn.lock().unwrap().extend(fields.0);
        }
        self.paths.lock().unwrap().push(path);
    }

    fn on_event(&self, record: &Record<'_>, _: Spans<'_, S>) {
        if record.metadata().target().ends_with("shipped::logging") {
            let mut fields = Fields::default();
            record.record(&mut fields);
            let field = |name: &str| fields.0.get(name).cloned().unwrap_or_default();
            self.logged.lock().unwrap().push(format!(
                "{} {} {} of {} {}{}",
                record.metadata().level(),
                field("kind"),
                field("name"),
                field("plugin"),
                field("arguments").replace('\\', ""),
                field("failure")
            ));
        }
    }
}

#[tokio::test]
async fn a_turn_is_a_tree_of_spans() {
    let (collected, _until) = Collected::begin();
    let agent = start("name = 'Tree'\n[plugins.puppet]\n[plugins.pair]").await;
    let (said, record) = ask(&agent, "do LEFT,RIGHT").await;
    assert_eq!(said, ["[left|right]"]);
    agent.stop().await;
    let paths = collected.paths.lock().unwrap().clone();
    assert_eq!(
        paths,
        [
            "turn",
            "turn/stage:respond",
            "turn/stage:compose",
            "turn/stage:compose/provider:SIDES",
            "turn/stage:decide",
            "turn/stage:decide/model:puppet",
            "turn/stage:act",
            "turn/stage:act/action:LEFT",
            "turn/stage:act/action:RIGHT",
            "turn/stage:compose",
            "turn/stage:decide",
            "turn/stage:decide/model:puppet",
            "turn/stage:deliver",
            // The turn does not wait for it.
            "stage:evaluate",
            "stage:evaluate/evaluator:BOTH",
        ]
    );
    let mut fields = collected.turn.lock().unwrap().clone();
    let genai = [
        ("gen_ai.operation.name", "invoke_agent".to_owned()),
        ("gen_ai.conversation.id", record.room.to_string()),
        ("gen_ai.agent.id", agent.id().to_string()),
        ("gen_ai.agent.name", "Tree".to_owned()),
        ("otel.name", "invoke_agent Tree".to_owned()),
    ];
    for (name, value) in genai {
        assert_eq!(fields.remove(name), Some(value), "{name}");
    }
    fields.retain(|name, _| !name.contains('.'));
    let expected = [
        ("agent", "Tree".to_owned()),
        ("message", record.message.to_string()),
        ("room", record.room.to_string()),
        ("run", record.run.to_string()),
    ];
    assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value)).into());
}

#[tokio::test]
async fn logging_writes_a_record_a_call() {
    let (collected, _until) = Collected::begin();
    let toml = "name = 'Log'
        [plugins.puppet]
        [plugins.pair]
        middleware = [{ logging = { level = 'debug', arguments = true } }]";
    let agent = start(toml).await;
    ask(&agent, "do LEFT=far,NOWHERE").await;
    agent.stop().await;
    let logged = collected.logged.lock().unwrap().clone();
    let expected = [
        "DEBUG provider SIDES of pair ",
        "DEBUG action LEFT of pair {\"value\":\"far\"}",
        "WARN action NOWHERE of pair {}no such side",
        "DEBUG evaluator BOTH of pair ",
    ];
    assert_eq!(logged, expected);
}
