//! How the models of an agent are.

use super::{Health, ModelKind, health::Place};
use crate::agent::Agent;
use jiff::Timestamp;
use serde::Serialize;

/// How the models of one plugin are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ModelStatus {
    /// The plugin.
    pub plugin: &'static str,
    /// What it serves, in the order in which it is declared.
    pub kinds: Vec<ModelKind>,
    /// How many of its calls run.
    pub running: u32,
    /// How many may at the same time.
    pub most: u32,
    /// What failed lately.
    pub failing: Vec<ModelRest>,
}

/// A kind of a plugin's models that failed lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ModelRest {
    /// The kind; `None`: all that the plugin serves.
    pub kind: Option<ModelKind>,
    /// How often in a row.
    pub failures: u32,
    /// Until when it is not asked; `None`: it is asked still. In the past: the next call finds out.
    pub until: Option<Timestamp>,
    /// A call is finding out whether it answers again.
    pub probing: bool,
    /// Why it failed last.
    pub why: String,
}

impl Agent {
    /// How its models are, by plugin.
    #[must_use]
    pub fn model_status(&self) -> Vec<ModelStatus> {
        let (parts, health) = (self.parts(), &self.shared().health);
        let mut all: Vec<ModelStatus> = Vec::new();
        for model in &parts.models {
            let plugin = model.plugin.name;
            let status = match all.iter_mut().find(|known| known.plugin == plugin) {
                Some(known) => known,
                None => {
                    let (running, most) = health.running(plugin);
                    let failing = failing(health, plugin);
                    all.push(ModelStatus { plugin, kinds: Vec::new(), running, most, failing });
                    let Some(last) = all.last_mut() else { continue };
                    last
                }
            };
            status.kinds.extend(model.def.kinds.iter().cloned());
        }
        all
    }
}

fn failing(health: &Health, plugin: &str) -> Vec<ModelRest> {
    let circuits = health.circuits();
    let own = circuits.iter().filter(|((of, _), _): &(&Place, _)| *of == plugin);
    own.map(|((_, kind), circuit)| ModelRest {
        kind: kind.clone(),
        failures: circuit.failures,
        until: circuit.until,
        probing: circuit.probing,
        why: circuit.why.clone(),
    })
    .collect()
}
