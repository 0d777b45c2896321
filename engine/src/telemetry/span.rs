//! Every span of the engine but those of model calls (`genai`). Names and attributes follow OpenTelemetry's conventions for
//! generative AI (v1.41) where these say something; other attributes are exported with `galatea.` before their names.
//!
//! A span that nobody wants costs a look at one number: what it says is made only where it is wanted. None of them holds what
//! people wrote, unless the program asked for that ([`capture_content`]).

use super::{
    redact::redact,
    trace::{TraceParent, continue_from, traceparent},
};
use crate::{
    agent::{Agent, RegisteredAction, RegisteredEvaluator},
    budget::Money,
    definition::{PluginDef, ServiceDef, TaskDef},
    evaluator::Evaluation,
    turn::{Failure, RunRecord, RunStatus, TurnContext},
};
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::{Span, field::Empty, info_span};

/// The target of spans that only say whose work something is. Who exports spans leaves them out: they may never end.
pub const CONTEXT: &str = "galatea::context";

static CONTENT: AtomicBool = AtomicBool::new(false);

/// Whether spans hold what people and models wrote: messages, instructions, arguments and results of actions. Default: no. For
/// the program to say, by `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`; secrets are covered all the same.
pub fn capture_content(wanted: bool) {
    CONTENT.store(wanted, Ordering::Relaxed);
}

pub(super) fn captures_content() -> bool {
    CONTENT.load(Ordering::Relaxed)
}

/// What is done in the background for an agent.
pub(crate) fn background(agent: &Agent) -> Span {
    info_span!(target: CONTEXT, parent: None, "agent", agent = agent.character().name)
}

/// A turn. It belongs to the trace of who sent the message, also when that is over.
pub(crate) fn turn(agent: &Agent, turn: &TurnContext) -> Span {
    let (run, room, message) = (turn.run, turn.message.room, turn.message.id);
    let character = agent.character();
    let span = info_span!(
        parent: None,
        "turn",
        %run,
        %room,
        %message,
        agent = character.name,
        otel.name = format_args!("invoke_agent {}", character.name),
        otel.status_code = Empty,
        "error.type" = Empty,
        status = Empty,
        reason = Empty,
        cost = Empty,
        "gen_ai.operation.name" = "invoke_agent",
        "gen_ai.provider.name" = "galatea",
        "gen_ai.agent.id" = %agent.id(),
        "gen_ai.agent.name" = character.name,
        "gen_ai.conversation.id" = %room,
        "gen_ai.usage.input_tokens" = Empty,
        "gen_ai.usage.output_tokens" = Empty,
    );
    continue_from(&span, turn.trace);
    span
}

/// Notes how a turn ended.
pub(crate) fn turn_ended(span: &Span, record: &RunRecord) {
    if span.is_disabled() {
        return;
    }
    span.record("status", record.status.name());
    span.record("reason", &*redact(&record.reason));
    let tokens = |of: fn(&crate::model::Usage) -> u64| -> u64 {
        record.model_calls.iter().map(|call| of(&call.usage)).sum()
    };
    span.record("gen_ai.usage.input_tokens", tokens(|usage| usage.prompt));
    span.record("gen_ai.usage.output_tokens", tokens(|usage| usage.completion));
    let costs = record.model_calls.iter().filter_map(|call| call.cost);
    span.record("cost", costs.sum::<Money>().dollars());
    if matches!(record.status, RunStatus::Failed | RunStatus::Timeout | RunStatus::Interrupted) {
        span.record("error.type", record.status.name());
        span.record("otel.status_code", "ERROR");
    }
}

/// A stage of a turn.
pub(crate) fn stage(name: &'static str) -> Span {
    info_span!("stage", name, otel.name = name)
}

/// What evaluators do when a turn is over. It belongs to the turn's trace; the turn does not wait for it.
pub(crate) fn look_back(agent: &Agent, turn: &TurnContext) -> Span {
    let (agent, run, room) = (agent.character(), turn.run, turn.message.room);
    let span = info_span!(
        parent: None,
        "stage",
        name = "evaluate",
        otel.name = "evaluate",
        %run,
        agent = agent.name,
        "gen_ai.conversation.id" = %room,
    );
    continue_from(&span, traceparent());
    span
}

/// What an evaluator with a batch form does about so many turns at once.
pub(crate) fn judge(agent: &Agent, turns: usize, trace: Option<TraceParent>) -> Span {
    let agent = agent.character();
    let span = info_span!(
        parent: None,
        "stage",
        name = "judge",
        turns,
        otel.name = "judge turns together",
        agent = agent.name,
    );
    continue_from(&span, trace);
    span
}

/// A provider, its cache included.
pub(crate) fn provider(plugin: &'static str, name: &'static str) -> Span {
    info_span!(
        "provider",
        name,
        plugin,
        otel.name = format_args!("provider {name}"),
        otel.status_code = Empty,
        "error.type" = Empty
    )
}

/// A provider that fills its cache. Whoever asked first may not wait for it, so it only belongs to their trace.
pub(crate) fn provider_apart(agent: &Agent, plugin: &'static str, name: &'static str) -> Span {
    let span = info_span!(
        parent: None,
        "provider",
        name,
        plugin,
        agent = agent.character().name,
        otel.name = format_args!("provider {name} for the cache"),
        otel.status_code = Empty,
        "error.type" = Empty,
    );
    continue_from(&span, traceparent());
    span
}

/// An action.
pub(crate) fn action(action: &RegisteredAction, call: &str) -> Span {
    let name = action.def.name;
    info_span!(
        "action",
        name,
        plugin = action.plugin.name,
        otel.name = format_args!("execute_tool {name}"),
        otel.status_code = Empty,
        otel.status_description = Empty,
        "error.type" = Empty,
        "gen_ai.operation.name" = "execute_tool",
        "gen_ai.tool.name" = name,
        "gen_ai.tool.type" = "function",
        "gen_ai.tool.description" = action.description(),
        "gen_ai.tool.call.id" = call,
        "gen_ai.tool.call.arguments" = Empty,
        "gen_ai.tool.call.result" = Empty,
    )
}

/// An evaluator.
pub(crate) fn evaluator(evaluator: &RegisteredEvaluator) -> Span {
    let name = evaluator.def.name;
    info_span!(
        "evaluator",
        name,
        plugin = evaluator.plugin.name,
        otel.name = format_args!("evaluator {name}"),
        otel.status_code = Empty,
        "error.type" = Empty,
        "gen_ai.evaluation.name" = name,
        "gen_ai.evaluation.score.value" = Empty,
        "gen_ai.evaluation.score.label" = Empty,
    )
}

/// Notes what an evaluator thinks.
pub(crate) fn evaluated(span: &Span, evaluation: &Evaluation) {
    span.record("gen_ai.evaluation.score.value", evaluation.score);
    span.record("gen_ai.evaluation.score.label", if evaluation.passed { "pass" } else { "fail" });
}

/// An attempt of a task.
pub(crate) fn task(agent: &Agent, plugin: &'static str, def: &TaskDef, attempt: u32) -> Span {
    info_span!(
        parent: None,
        "task",
        name = def.name,
        plugin,
        agent = agent.character().name,
        attempt,
        otel.name = format_args!("task {}", def.name),
        otel.status_code = Empty,
        otel.status_description = Empty,
        "error.type" = Empty,
    )
}

/// The start of an agent.
pub(crate) fn start(agent: &Agent) -> Span {
    let name = &agent.character().name;
    info_span!(
        "start",
        agent = name,
        otel.name = format_args!("start {name}"),
        otel.status_code = Empty,
        otel.status_description = Empty,
        "error.type" = Empty,
        "gen_ai.agent.id" = %agent.id(),
        "gen_ai.agent.name" = name,
    )
}

/// The loading of a plugin.
pub(crate) fn plugin(agent: &Agent, def: &PluginDef) -> Span {
    info_span!(
        "plugin",
        name = def.name,
        version = def.version,
        agent = agent.character().name,
        otel.name = format_args!("load {}", def.name),
        otel.status_code = Empty,
        otel.status_description = Empty,
        "error.type" = Empty,
    )
}

/// The start of a service. It outlives the turn that may have caused it.
pub(crate) fn service(agent: &Agent, plugin: &PluginDef, def: &ServiceDef) -> Span {
    info_span!(
        "service",
        name = def.name,
        plugin = plugin.name,
        agent = agent.character().name,
        otel.name = format_args!("start {}", def.name),
        otel.status_code = Empty,
        otel.status_description = Empty,
        "error.type" = Empty,
    )
}

/// Notes that what a span stands for failed: `kind` is a word for this kind of failure, `why` is told where the span has a
/// place for it.
pub(crate) fn failed(span: &Span, kind: &str, why: &str) {
    if !span.is_disabled() {
        span.record("error.type", kind);
        span.record("otel.status_code", "ERROR");
        span.record("otel.status_description", &*redact(why));
    }
}

/// A word for a failure of a plugin's code.
pub(crate) const fn kind_of(failure: &Failure) -> &'static str {
    match failure {
        Failure::Timeout(_) => "timeout",
        Failure::Panic(_) => "panic",
        Failure::Handler(_) => "failed",
        Failure::Extract(_) => "missing-parameter",
    }
}
