//! What the configs of these plugins have in common.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a server may take. The engine's own limits (`[limits] model-timeout` among them) hold beside these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Timeouts {
    /// To connect.
    #[serde(with = "galatea::text::duration")]
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(ms|s|m|h)$"))]
    pub connect: Duration,
    /// From asking to the first piece of the answer; models that think may be silent for long.
    #[serde(with = "galatea::text::duration")]
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(ms|s|m|h)$"))]
    pub first: Duration,
    /// Between two pieces of an answer.
    #[serde(with = "galatea::text::duration")]
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(ms|s|m|h)$"))]
    pub idle: Duration,
    /// From asking to the end of the answer.
    #[serde(with = "galatea::text::duration")]
    #[schemars(with = "String", regex(pattern = r"^[0-9]+(ms|s|m|h)$"))]
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first: Duration::from_secs(120),
            idle: Duration::from_secs(60),
            total: Duration::from_secs(600),
        }
    }
}
