//! Traces that go on across processes, with somebody who notes them instead of exporting: there is one such in a process, so
//! this is a test program of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed assumption fails the test")]
#![allow(missing_docs, unreachable_pub, reason = "the plugin here is for this test only")]

use galatea::{
    agent::{Agent, Incoming, StartOptions},
    character::Document,
    diagnostic::Source,
    plan::Plan,
    prelude::*,
    registry::Registry,
    telemetry::{self, Propagation, TraceParent, propagate_with},
};
use std::sync::{Mutex, PoisonError};
use tracing::{Dispatch, Instrument, Span};
use tracing_subscriber::prelude::*;

/// Says something.
#[plugin("parrot")]
pub struct Parrot;

/// Says it again.
#[model(TextSmall, TextLarge, plugin = Parrot)]
async fn parrot(request: Request) -> Result<ModelAnswer, ModelError> {
    let place = telemetry::traceparent().map(|place| place.to_string());
    Ok(ModelAnswer::text(format!("{} at {}", request.last_user_text(), place.unwrap_or_default())))
}

/// Looks back at what was said.
#[evaluator(plugin = Parrot)]
async fn again() -> Evaluation {
    Evaluation::new(1.0, true)
}

/// Which span continues what: its name, and where its parent stands.
static CONTINUED: Mutex<Vec<(&'static str, TraceParent)>> = Mutex::new(Vec::new());

/// Exports nothing. Every span stands where its number in `tracing` says.
struct Noting;

fn place(span: &Span) -> Option<TraceParent> {
    Some(TraceParent { trace: 4711, span: span.id()?.into_u64(), sampled: true })
}

impl Propagation for Noting {
    fn place_of(&self, span: &Span) -> Option<TraceParent> {
        place(span)
    }

    fn continue_from(&self, span: &Span, parent: TraceParent) {
        let name = span.metadata().map_or("", |metadata| metadata.name());
        CONTINUED.lock().unwrap_or_else(PoisonError::into_inner).push((name, parent));
    }
}

async fn start(toml: &str) -> Agent {
    let registry = Registry::linked().unwrap();
    let (document, problems) = Document::parse(Source { path: "test.toml".to_owned(), text: toml.into() });
    assert!(problems.is_empty(), "{problems:?}");
    let plan = Plan::of(&registry, &document).unwrap_or_else(|report| panic!("{report:#?}"));
    Agent::start(plan, &registry, StartOptions::default()).await.unwrap()
}

#[tokio::test]
async fn a_turn_belongs_to_the_trace_of_the_request_that_sent_its_message() {
    // While there is only one subscriber, tracing asks only the thread that first comes by a place.
    let _second = Dispatch::new(tracing_subscriber::registry());
    let _until =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(telemetry::log_layer()));
    assert_eq!(telemetry::traceparent(), None, "nobody exports yet");
    propagate_with(Noting);
    let agent = start("name = 'Traced'\n[plugins.parrot]").await;
    let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let request = telemetry::request("POST", "/say", Some(header));
    let own = place(&request).unwrap();
    let sent = async { agent.send(Incoming::direct("test", "room", "sam", "hello")).await.unwrap() };
    let handle = sent.instrument(request).await;
    // The request is over; its turn goes on.
    let (replies, _) = handle.finish().await;
    assert!(replies[0].content.text.starts_with("hello at 00-"), "{:?}", replies[0].content.text);
    agent.stop().await;
    let continued = CONTINUED.lock().unwrap_or_else(PoisonError::into_inner);
    let names: Vec<&str> = continued.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["request", "turn", "stage"], "the last one looks back");
    assert_eq!(continued[0].1.to_string(), header);
    assert_eq!(continued[1].1, own);
    assert_eq!(continued[2].1.trace, 4711);
    // Without a header, or with one that is none, a request begins a trace.
    drop(continued);
    for header in [None, Some("none")] {
        drop(telemetry::request("GET", "/", header));
    }
    assert_eq!(CONTINUED.lock().unwrap().len(), 3);
}
