//! The metrics of one agent.

use super::family::{Labels, Name, Page, Value};
use crate::{
    agent::{Agent, Standing},
    budget::{Money, Unit},
    service::{Part, ServiceState},
    telemetry::Histogram,
};

/// How long the calls of a kind of part took, and which label has its name.
const PARTS: [(Part, Name, Name, &str); 4] = [
    (
        Part::Action,
        ("galatea_action_duration", "How long actions took, with all checks", Some("seconds")),
        ("galatea_action_failures", "Actions that failed", None),
        "action",
    ),
    (
        Part::Provider,
        ("galatea_provider_duration", "How long providers took; cached results count too", Some("seconds")),
        ("galatea_provider_failures", "Providers that were left out because they failed", None),
        "provider",
    ),
    (
        Part::Evaluator,
        ("galatea_evaluator_duration", "How long evaluators took", Some("seconds")),
        ("galatea_evaluator_failures", "Evaluators that failed", None),
        "evaluator",
    ),
    (
        Part::Task,
        ("galatea_task_duration", "How long attempts of tasks took", Some("seconds")),
        ("galatea_task_failures", "Attempts of tasks that failed", None),
        "task",
    ),
];

/// Puts all that is known of an agent on the page; quickly, without asking its storage.
pub(super) fn collect(page: &mut Page, label: &str, agent: &Agent) {
    let agent = agent.live();
    let mut page = Of { page, label };
    turns(&mut page, &agent);
    parts(&mut page, &agent);
    models(&mut page, &agent);
    queues(&mut page, &agent);
    services(&mut page, &agent);
    storage(&mut page, &agent);
}

/// The page, for metrics of one agent.
struct Of<'a> {
    page: &'a mut Page,
    label: &'a str,
}

impl Of<'_> {
    fn put(&mut self, name: Name, more: &[(&'static str, &str)], value: Value) {
        let mut labels: Labels = vec![("agent", self.label.to_owned())];
        labels.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.page.put(name, labels, value);
    }

    fn count(&mut self, name: &'static str, help: &'static str, more: &[(&'static str, &str)], count: u64) {
        self.put((name, help, None), more, Value::Count(count));
    }

    fn times(&mut self, name: Name, more: &[(&'static str, &str)], times: Histogram) {
        self.put(name, more, Value::Times(Box::new(times)));
    }

    #[allow(clippy::cast_precision_loss, reason = "what is counted here is far below 2^53")]
    fn level(&mut self, name: &'static str, help: &'static str, more: &[(&'static str, &str)], level: usize) {
        self.put((name, help, None), more, Value::Level(level as f64));
    }
}

fn turns(page: &mut Of<'_>, agent: &Agent) {
    let tally = &agent.shared().tally;
    let (times, by_status) = tally.turns();
    page.count("galatea_messages", "Messages that were accepted", &[], tally.messages());
    for (status, count) in by_status {
        page.count("galatea_turns", "Turns that ended, by how", &[("status", status)], count);
    }
    page.times(
        (
            "galatea_turn_duration",
            "How long turns took, from their beginning to the stored reply",
            Some("seconds"),
        ),
        &[],
        times,
    );
    let stage = ("galatea_stage_duration", "How long the stages of turns took", Some("seconds"));
    for (_, name, times) in tally.parts_of(Part::Stage) {
        page.times(stage, &[("stage", name)], times);
    }
    let since = agent.analytics().since;
    let started = ("galatea_agent_start_time", "When the agent was started, as Unix time", Some("seconds"));
    #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^53")]
    page.put(started, &[], Value::Level(since.as_millisecond() as f64 / 1000.0));
}

fn parts(page: &mut Of<'_>, agent: &Agent) {
    let tally = &agent.shared().tally;
    for (part, duration, failures, name_of) in PARTS {
        for (plugin, name, times) in tally.parts_of(part) {
            let labels = [("plugin", plugin), (name_of, name)];
            page.put(failures, &labels, Value::Count(times.failed));
            page.times(duration, &labels, times);
        }
    }
    for cache in tally.caches() {
        let (of, name) = cache.name.split_once(' ').unwrap_or((cache.name.as_str(), ""));
        let labels = [("cache", of), ("name", name)];
        page.count("galatea_cache_hits", "What was asked of caches and was there", &labels, cache.hits);
        page.count(
            "galatea_cache_misses",
            "What was asked of caches and had to be made",
            &labels,
            cache.misses,
        );
    }
}

fn models(page: &mut Of<'_>, agent: &Agent) {
    let duration = (
        "galatea_model_duration",
        "How long calls of models took, to the end of the answer",
        Some("seconds"),
    );
    let cost = (
        "galatea_model_cost",
        "What answers of models cost whose price is known: US dollars",
        Some("dollars"),
    );
    for (plugin, kind, model, counted) in agent.shared().tally.models() {
        let labels = [("plugin", plugin), ("kind", kind.name()), ("model", model.as_str())];
        page.count("galatea_model_failures", "Calls of models that failed", &labels, counted.times.failed);
        page.times(duration, &labels, counted.times);
        for (name, help, tokens) in [
            ("galatea_model_input_tokens", "Tokens of requests to models", counted.used.prompt),
            ("galatea_model_output_tokens", "Tokens of answers of models", counted.used.completion),
            (
                "galatea_model_cached_tokens",
                "Tokens of requests that the provider knew already",
                counted.used.cached,
            ),
            ("galatea_model_reasoning_tokens", "Tokens of answers that are thoughts", counted.used.reasoning),
        ] {
            page.count(name, help, &labels, tokens);
        }
        page.put(cost, &labels, Value::Sum(counted.used.cost.unwrap_or_default().dollars()));
    }
    let now = agent.clock().now();
    for status in agent.model_status() {
        let plugin = [("plugin", status.plugin)];
        page.level(
            "galatea_model_calls_running",
            "Calls of models that run",
            &plugin,
            status.running as usize,
        );
        page.level(
            "galatea_model_calls_limit",
            "Calls of models that may run at once",
            &plugin,
            status.most as usize,
        );
        let mut resting = 0;
        for rest in status.failing {
            let kind = rest.kind.as_ref().map_or("all", |kind| kind.name());
            let is_open = rest.until.is_some_and(|until| until > now);
            resting += usize::from(is_open);
            let labels = [("plugin", status.plugin), ("kind", kind)];
            page.level(
                "galatea_model_circuit_open",
                "1 while a model is left alone because it failed",
                &labels,
                usize::from(is_open),
            );
            page.level(
                "galatea_model_failures_in_a_row",
                "How often a model failed since it answered last",
                &labels,
                rest.failures as usize,
            );
        }
        page.level(
            "galatea_model_circuits_open",
            "Kinds of models of a plugin that are left alone",
            &plugin,
            resting,
        );
    }
}

fn queues(page: &mut Of<'_>, agent: &Agent) {
    let queues = agent.queues();
    page.level("galatea_messages_waiting", "Messages that wait for their turn", &[], queues.waiting);
    page.level(
        "galatea_rooms_busy",
        "Rooms that are worked on, or in which messages wait",
        &[],
        queues.rooms,
    );
    page.level("galatea_turns_running", "Turns that run", &[], queues.running);
    page.level(
        "galatea_background_jobs",
        "Rooms, evaluators and other work in the background",
        &[],
        agent.running_tasks(),
    );
    page.level("galatea_events_waiting", "Events in the queues of handlers", &[], queues.events);
    page.count(
        "galatea_events_dropped",
        "Events that did not reach a handler",
        &[],
        agent.events().dropped(),
    );
}

fn services(page: &mut Of<'_>, agent: &Agent) {
    for service in agent.services() {
        let labels = [("plugin", service.plugin), ("service", service.service)];
        let is_up = usize::from(matches!(service.state, ServiceState::Up) && service.unwell.is_none());
        // One that waits for its first use is no failure.
        if !matches!(service.state, ServiceState::Waiting) {
            page.level("galatea_service_up", "1 while a service runs and is well", &labels, is_up);
        }
        page.count(
            "galatea_service_restarts",
            "How often services were started anew",
            &labels,
            service.restarts.into(),
        );
    }
    let plugins = agent.plugins().list();
    for (standing, name) in [(Standing::Running, "running"), (Standing::Off, "off")] {
        let count = plugins.iter().filter(|plugin| plugin.standing == standing).count();
        let help = "Plugins that the character selects, by whether they run";
        page.level("galatea_plugins", help, &[("standing", name)], count);
    }
}

/// What the storage said last.
fn storage(page: &mut Of<'_>, agent: &Agent) {
    let Some(asked) = agent.shared().slow.latest() else { return };
    page.level(
        "galatea_messages_parked",
        "Messages that were set aside because their turns failed too often",
        &[],
        asked.parked,
    );
    page.level("galatea_approvals_waiting", "Actions that wait for a person", &[], asked.approvals);
    for budget in &asked.budgets {
        let period = match budget.period {
            crate::budget::Period::Turn => "turn",
            crate::budget::Period::Hour => "hour",
            crate::budget::Period::Day => "day",
        };
        #[allow(clippy::cast_precision_loss, reason = "tokens of a day are far below 2^53")]
        let (unit, used, limit) = match budget.unit {
            Unit::Tokens => ("tokens", budget.used as f64, budget.limit as f64),
            Unit::Money => (
                "dollars",
                Money::from_nanos(budget.used).dollars(),
                Money::from_nanos(budget.limit).dollars(),
            ),
        };
        let labels = [("period", period)];
        page.put(
            ("galatea_budget_used", "What of the agent's budget is used", Some(unit)),
            &labels,
            Value::Level(used),
        );
        page.put(
            ("galatea_budget_limit", "What the agent's budget allows", Some(unit)),
            &labels,
            Value::Level(limit),
        );
    }
}
