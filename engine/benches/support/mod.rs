//! Plugins made by the hundred, a model that answers at once, and agents of them.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "shared by benches; a failed assumption ends them"
)]

use galatea::{
    action::ActionResult,
    agent::{Agent, Incoming, StartOptions},
    character::Document,
    definition::{
        ActionDef, ConfigDef, ListenerDef, ModelDef, NoConfig, Origin, PluginDef, ProviderCall, ProviderDef,
        Requirement, Strength, Submission, Target,
    },
    diagnostic::Source,
    event::{EventType, MessageReceived},
    extract::{Input, Signature},
    model::{ModelAnswer, ModelKind, Speaker, ToolCall},
    plan::Plan,
    provider::Context,
    registry::Registry,
    turn::RunRecord,
};
use std::{fmt::Write, sync::Arc, time::Duration};

const ORIGIN: Origin = Origin { package: "bench", module: "bench", file: "bench", line: 1 };

pub(crate) fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// A plugin of this name that requires these others.
pub(crate) fn plugin(name: &str, requires: &[String]) -> Submission {
    let requirements: Vec<Requirement> = requires
        .iter()
        .map(|name| Requirement {
            target: Target::Plugin(leak(name.clone())),
            strength: Strength::Required,
            versions: None,
        })
        .collect();
    Submission::Plugin(Box::leak(Box::new(PluginDef {
        name: leak(name.to_owned()),
        version: "1.0.0",
        description: "Made for a measurement.",
        authors: "",
        license: "",
        path: "bench::Plugin",
        origin: ORIGIN,
        requirements: Box::leak(requirements.into_boxed_slice()),
        permissions: &[],
        priority: 0,
        lazy: false,
        engine: None,
        config: ConfigDef::of::<NoConfig>(),
        members: &[],
        middleware: &[],
    })))
}

/// A model that answers at once: `chain 10` with ten actions, then with a word; anything else with a word.
pub(crate) fn model() -> Submission {
    Submission::Model(Box::leak(Box::new(ModelDef {
        name: "instant",
        description: "Answers at once.",
        plugin: "bench",
        origin: ORIGIN,
        kinds: &[ModelKind::TextSmall, ModelKind::TextLarge],
        priority: None,
        tools: true,
        config: None,
        describe: |_: &mut Signature| {},
        call: |invocation| {
            Box::pin(async move {
                let Input::Request(request, ..) = &invocation.input else {
                    return Ok(ModelAnswer::default());
                };
                let acted = request.lines.iter().any(|line| line.speaker == Speaker::Tool);
                let wanted = request.last_user_text().strip_prefix("chain ").filter(|_| !acted);
                let Some(count) = wanted.and_then(|count| count.parse::<usize>().ok()) else {
                    return Ok(ModelAnswer::text("ok"));
                };
                let calls = (0..count).map(|i| ToolCall {
                    id: i.to_string(),
                    name: format!("ACT_{i}"),
                    arguments: serde_json::Map::new(),
                });
                Ok(ModelAnswer { calls: calls.collect(), ..ModelAnswer::default() })
            })
        },
    })))
}

pub(crate) fn providers(count: usize) -> impl Iterator<Item = Submission> {
    (0..count).map(|i| {
        Submission::Provider(Box::leak(Box::new(ProviderDef {
            name: leak(format!("TELL_{i}")),
            description: "Tells a line.",
            plugin: "bench",
            origin: ORIGIN,
            position: 0,
            dynamic: false,
            private: false,
            timeout: Duration::from_secs(5),
            cache: None,
            describe: |_: &mut Signature| {},
            call: ProviderCall::Ask(|_| {
                Box::pin(async { Ok(Context::text("A line of context.").with_value("told", 1)) })
            }),
        })))
    })
}

pub(crate) fn actions(count: usize) -> impl Iterator<Item = Submission> {
    (0..count).map(|i| {
        Submission::Action(Box::leak(Box::new(ActionDef {
            name: leak(format!("ACT_{i}")),
            description: "Does nothing, at once.",
            similes: &[],
            examples: &[],
            tags: &[],
            plugin: "bench",
            origin: ORIGIN,
            describe: |_: &mut Signature| {},
            validate: &[],
            priority: 0,
            timeout: Duration::from_secs(60),
            rate_limit: None,
            roles: &[],
            permissions: &[],
            approval: None,
            idempotent: false,
            critical: false,
            call: |_| Box::pin(async { Ok(ActionResult::text("done").with_value("done", 1)) }),
        })))
    })
}

pub(crate) fn listeners(count: usize) -> impl Iterator<Item = Submission> {
    (0..count).map(|i| {
        Submission::Listener(Box::leak(Box::new(ListenerDef {
            name: leak(format!("hear_{i}")),
            plugin: "bench",
            origin: ORIGIN,
            event: MessageReceived::NAME,
            queue: None,
            describe: |_: &mut Signature| {},
            call: |_| Box::pin(async { Ok(()) }),
        })))
    })
}

/// The plan of a character that selects every plugin of a registry, with more lines of TOML.
pub(crate) fn plan(registry: &Registry, more: &str) -> Arc<Plan> {
    let mut toml = "name = \"Bench\"\n".to_owned();
    for name in registry.names().filter(|name| !more.contains(&format!("[plugins.{name}]"))) {
        writeln!(toml, "[plugins.{name}]").unwrap();
    }
    toml.push_str(more);
    let (document, problems) = Document::parse(Source { path: "bench.toml".to_owned(), text: toml.into() });
    assert!(problems.is_empty(), "{problems:?}");
    Arc::new(Plan::of(registry, &document).unwrap_or_else(|report| panic!("{report:#?}")))
}

/// An agent of these parts, with the instant model, in memory.
pub(crate) async fn agent(parts: impl Iterator<Item = Submission>) -> Agent {
    let parts = [plugin("bench", &[]), model()].into_iter().chain(parts);
    let registry = Registry::new(parts).unwrap_or_else(|errors| panic!("{errors:?}"));
    Agent::start(plan(&registry, ""), &registry, StartOptions::default()).await.unwrap()
}

/// A whole turn; its record.
pub(crate) async fn turn(agent: &Agent, room: &str, text: &str) -> Arc<RunRecord> {
    let handle = agent.send(Incoming::direct("bench", room, "sam", text)).await.unwrap();
    let (replies, record) = handle.finish().await;
    assert_eq!(replies.len(), 1);
    record.unwrap()
}

/// How long the stages of this name took.
pub(crate) fn stage(record: &RunRecord, name: &str) -> Duration {
    let micros = record.stages.iter().filter(|stage| stage.stage == name).map(|stage| stage.micros).sum();
    Duration::from_micros(micros)
}
