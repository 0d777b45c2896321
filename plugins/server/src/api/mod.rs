//! The resources of an agent: `#[route]`s of the plugin, which the listener serves at `/api/v1/agents/{agent}/…`.
//!
//! One subject a file. `who` is the caller as somebody who takes part in rooms, `page` what lists have in common, `stream` a turn
//! as server-sent events and `following` how one is found again; `json` is what is answered in the engine's own forms.

mod about;
mod approvals;
mod attachments;
mod configs;
mod events;
mod following;
mod logs;
mod memories;
mod messages;
mod models;
mod page;
mod parked;
mod people;
mod plugins;
mod rooms;
mod runs;
mod sending;
mod sent;
mod stats;
mod stream;
mod tasks;
mod uploads;
mod who;
mod ws;

pub(crate) use about::{AgentView, view as agent_view};
