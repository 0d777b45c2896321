//! How services are.

use jiff::Timestamp;
use serde::Serialize;
use std::fmt;

/// What a service is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum ServiceState {
    /// It belongs to a lazy plugin and nobody has used it yet.
    Waiting,
    /// It runs.
    Up,
    /// It failed and is being started anew.
    Restarting {
        /// Why it failed, or why the last try failed.
        why: String,
    },
    /// It failed too often. Whoever uses it causes one more try, at most one a minute.
    Down {
        /// Why the last try failed.
        why: String,
    },
    /// Its plugin was unloaded.
    Stopped,
}

/// How a service is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ServiceStatus {
    /// The service.
    pub service: &'static str,
    /// Its plugin.
    pub plugin: &'static str,
    /// The kinds it serves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<&'static str>,
    /// What it is doing.
    #[serde(flatten)]
    pub state: ServiceState,
    /// Since when; `None` while it waits for its first use.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub since: Option<Timestamp>,
    /// How often it was started anew since its plugin was loaded.
    pub restarts: u32,
    /// What it said is wrong when it was last asked; `None` if it is well or was never asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unwell: Option<String>,
}

impl fmt::Display for ServiceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of `{}`: ", self.service, self.plugin)?;
        match &self.state {
            ServiceState::Waiting => f.write_str("starts on first use")?,
            ServiceState::Up => f.write_str("up")?,
            ServiceState::Restarting { why } => write!(f, "restarting: {why}")?,
            ServiceState::Down { why } => write!(f, "down: {why}")?,
            ServiceState::Stopped => f.write_str("stopped")?,
        }
        if let Some(since) = self.since {
            write!(f, ", since {since}")?;
        }
        if let Some(unwell) = &self.unwell {
            write!(f, "; it says: {unwell}")?;
        }
        Ok(())
    }
}

/// Why a service that was started cannot be had now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("service `{service}` of plugin `{plugin}` is down since {since}: {why}; {outlook}")]
pub struct ServiceDown {
    /// The service.
    pub service: &'static str,
    /// Its plugin.
    pub plugin: &'static str,
    /// Why it failed.
    pub why: String,
    /// When it failed.
    pub since: Timestamp,
    /// What happens next.
    pub outlook: &'static str,
}
