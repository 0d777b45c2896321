//! How agents behave, through the public interface: loading, turns, rooms.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed assumption fails the test")]
#![allow(missing_docs, unreachable_pub, reason = "the plugins here are for these tests only")]

#[path = "behaviour/answers.rs"]
mod answers;
#[path = "behaviour/approvals.rs"]
mod approvals;
#[path = "behaviour/arguments.rs"]
mod arguments;
#[path = "behaviour/budgets.rs"]
mod budgets;
#[path = "behaviour/builtin.rs"]
mod builtin;
#[path = "behaviour/cache.rs"]
mod cache;
#[path = "behaviour/chain.rs"]
mod chain;
#[path = "behaviour/components.rs"]
mod components;
#[path = "behaviour/compose.rs"]
mod compose;
#[path = "behaviour/composed.rs"]
mod composed;
#[path = "behaviour/contracts.rs"]
mod contracts;
#[path = "behaviour/durable.rs"]
mod durable;
#[path = "behaviour/evaluators.rs"]
mod evaluators;
#[path = "behaviour/events.rs"]
mod events;
#[path = "behaviour/every_event.rs"]
mod every_event;
#[path = "behaviour/failover.rs"]
mod failover;
#[path = "behaviour/hot.rs"]
mod hot;
#[path = "behaviour/keeper.rs"]
mod keeper;
#[path = "behaviour/kinds.rs"]
mod kinds;
#[path = "behaviour/kit.rs"]
mod kit;
#[path = "behaviour/kit_http.rs"]
mod kit_http;
#[path = "behaviour/kit_recording.rs"]
mod kit_recording;
#[path = "behaviour/kit_replay.rs"]
mod kit_replay;
#[path = "behaviour/load.rs"]
mod load;
#[path = "behaviour/middleware.rs"]
mod middleware;
#[path = "behaviour/models.rs"]
mod models;
#[path = "behaviour/offers.rs"]
mod offers;
#[path = "behaviour/plugin_tests.rs"]
mod plugin_tests;
#[path = "behaviour/respond.rs"]
mod respond;
#[path = "behaviour/restart.rs"]
mod restart;
#[path = "behaviour/rooms.rs"]
mod rooms;
#[path = "behaviour/routes.rs"]
mod routes;
#[path = "behaviour/routes_registry.rs"]
mod routes_registry;
#[path = "behaviour/scenarios.rs"]
mod scenarios;
#[path = "behaviour/script.rs"]
mod script;
#[path = "behaviour/search.rs"]
mod search;
#[path = "behaviour/spans.rs"]
mod spans;
#[path = "behaviour/subscribe.rs"]
mod subscribe;
#[path = "behaviour/supersede.rs"]
mod supersede;
#[path = "behaviour/supervision.rs"]
mod supervision;
#[path = "behaviour/support.rs"]
mod support;
#[path = "behaviour/task_support.rs"]
mod task_support;
#[path = "behaviour/tasks.rs"]
mod tasks;
#[path = "behaviour/telemetry.rs"]
mod telemetry;
#[path = "behaviour/till.rs"]
mod till;
#[path = "behaviour/told_after.rs"]
mod told_after;
#[path = "behaviour/turns.rs"]
mod turns;
