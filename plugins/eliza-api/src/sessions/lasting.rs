//! How long a session lasts.

use crate::failure::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The bounds of a timeout, in minutes.
const SHORTEST: f64 = 5.0;
const LONGEST: f64 = 1440.0;

/// How long a session lasts, in minutes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Lasting {
    /// After what was last said in it; after its beginning, where it does not renew itself.
    pub(crate) timeout_minutes: f64,
    /// What is said in it renews it.
    pub(crate) auto_renew: bool,
    /// At most, however often it is renewed.
    pub(crate) max_duration_minutes: f64,
    /// So long before its end it counts as near it.
    pub(crate) warning_threshold_minutes: f64,
}

impl Default for Lasting {
    fn default() -> Self {
        Self {
            timeout_minutes: 30.0,
            auto_renew: true,
            max_duration_minutes: 720.0,
            warning_threshold_minutes: 5.0,
        }
    }
}

impl Lasting {
    /// The same with what a client wants of it, as far as that is within bounds; what is no number does not count.
    pub(crate) fn with(&self, wanted: &Value) -> Self {
        let mut lasting = self.clone();
        if let Some(minutes) = minutes(wanted, "timeoutMinutes") {
            lasting.timeout_minutes = minutes.clamp(SHORTEST, LONGEST);
        }
        if let Some(renews) = wanted.get("autoRenew").and_then(Value::as_bool) {
            lasting.auto_renew = renews;
        }
        if let Some(minutes) = minutes(wanted, "maxDurationMinutes") {
            lasting.max_duration_minutes = minutes.min(LONGEST * 2.0).max(lasting.timeout_minutes);
        }
        if let Some(minutes) = minutes(wanted, "warningThresholdMinutes") {
            lasting.warning_threshold_minutes = minutes.max(1.0);
        }
        lasting
    }

    /// Refuses what a client wants of a session that runs.
    pub(crate) fn check(wanted: &Value) -> Result<(), Failure> {
        let is_minutes =
            |name: &str| wanted.get(name).is_none_or(|value| value.is_number() || value.is_string());
        let renews = wanted.get("autoRenew").is_none_or(Value::is_boolean);
        let all =
            ["timeoutMinutes", "maxDurationMinutes", "warningThresholdMinutes"].into_iter().all(is_minutes);
        if !(renews && all) {
            let message = "Invalid timeout configuration: Invalid timeout configuration format";
            return Err(Failure::invalid(message));
        }
        match minutes(wanted, "timeoutMinutes") {
            Some(minutes) if !(SHORTEST..=LONGEST).contains(&minutes) => Err(Failure::invalid(format!(
                "Invalid timeout configuration: Timeout must be between {SHORTEST} and {LONGEST} minutes"
            ))),
            _ => Ok(()),
        }
    }
}

/// A number, or a text that is one.
fn minutes(wanted: &Value, name: &str) -> Option<f64> {
    let value = wanted.get(name)?;
    let minutes = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    minutes.is_finite().then_some(minutes)
}
