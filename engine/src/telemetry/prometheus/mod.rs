//! What agents did, as Prometheus reads it: OpenMetrics text.
//!
//! `agent` collects the metrics of agents, `process` those of the process, `family` is what both are made of. Labels come
//! from the program and its characters only: names of agents, plugins, parts and models, never of people, rooms or messages.

mod agent;
mod family;
mod process;

use crate::agent::Agent;
use family::Page;
use prometheus_client::{encoding::text, registry::Registry};
use std::collections::BTreeMap;

/// The media type of what [`prometheus`] gives.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The metrics of these agents and of the process, as OpenMetrics text: media type [`MEDIA_TYPE`]. It is quick and asks
/// nothing of storages: what only these know is as it was when they were asked last; see [`refresh`](super::refresh()).
#[must_use]
pub fn prometheus(agents: &[Agent]) -> String {
    let mut page = Page::default();
    for (label, agent) in labelled(agents) {
        agent.refresh_soon();
        agent::collect(&mut page, &label, agent);
    }
    process::collect(&mut page);
    let mut registry = Registry::default();
    registry.register_collector(Box::new(page));
    let mut written = String::new();
    if text::encode(&mut written, &registry).is_err() {
        // Writing to a text does not fail; half a page would be read as all of it.
        tracing::error!("the metrics could not be written");
        written.clear();
    }
    written
}

/// The agents, each once and with a name that no other one has.
fn labelled(agents: &[Agent]) -> Vec<(String, &Agent)> {
    let mut names: BTreeMap<String, u32> = BTreeMap::new();
    let mut all: Vec<(String, &Agent)> = Vec::new();
    for agent in agents {
        if all.iter().any(|(_, known)| known.is(agent)) {
            continue;
        }
        let name = agent.live().character().name.clone();
        let number = names.entry(name.clone()).or_default();
        *number += 1;
        all.push((if *number == 1 { name } else { format!("{name} {number}") }, agent));
    }
    all
}
