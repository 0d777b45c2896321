//! Figures.

use galatea::{
    prelude::*,
    route::{Json, Query},
    telemetry::Stats,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// How much of the past.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HowLong {
    /// The last so many minutes, at most a day.
    #[serde(default = "hour")]
    #[schemars(range(min = 1, max = 1440))]
    minutes: u32,
}

const fn hour() -> u32 {
    60
}

/// What the agent did, in numbers: one point a minute, and everything since its start.
#[route(GET, "/stats", roles("admin"), scope = "metrics")]
pub(crate) async fn show_stats(
    agent: Agent,
    Query(HowLong { minutes }): Query<HowLong>,
) -> Result<Json<Stats>, RouteError> {
    if !(1..=1440).contains(&minutes) {
        return Err(RouteError::bad_request("`minutes` is 1 to 1440").with_code("wrong-minutes"));
    }
    galatea::telemetry::refresh(std::slice::from_ref(&agent)).await;
    Ok(Json(agent.stats(minutes as usize)))
}
