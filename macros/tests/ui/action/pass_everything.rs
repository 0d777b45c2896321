//! An action with every key, patterns, aliases and validate stages is registered as it is declared.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use galatea::{
    definition::{Example, LimitScope, PermissionKind, PermissionScope},
    extract::Signature,
    prelude::*,
    registry::Registry,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

/// Weather.
#[plugin("weather")]
pub struct Weather;

/// The service.
pub struct WeatherApi;

/// Asks the service.
#[service]
impl WeatherApi {
    async fn start() -> Self {
        Self
    }
}

/// A place.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct City {
    /// City name, e.g. "Oslo".
    pub city: String,
}

use galatea::extract::Args as Input;
type Api = Service<WeatherApi>;

/// Stages of others.
pub mod stages {
    use super::*;

    /// Not a stage of its own crate only.
    #[validate]
    pub async fn known_city(Args(city): Args<City>) -> Result<(), String> {
        if city.city.is_empty() {
            Err("no city".to_owned())
        } else {
            Ok(())
        }
    }
}

#[validate]
fn always() -> bool {
    true
}

/// Current weather for a city.
#[action(
    similes("FORECAST", "RAIN"),
    example(user = "Is it raining in Oslo?", agent = "Let me look."),
    example("Weather in Paris"),
    tags("weather"),
    validate(stages::known_city, always),
    timeout = "10s",
    rate_limit("10/min", per = room),
    roles("admin", "owner"),
    permissions(Network("api.example.com"), Network(config = "base-url"), Filesystem),
    approval(by = "admin", expires = "10m"),
    idempotent,
    critical,
    priority = 5
)]
async fn get_weather(Input(City { city }): Input<City>, _api: Api) -> Result<ActionResult, std::fmt::Error> {
    Ok(ActionResult::text(format!("sunny in {city}")))
}

/// Does nothing.
#[action(name = "REST", validate = always, rate_limit = "1/s", plugin = Weather)]
async fn relax() {}

/// Does nothing, if somebody allows it.
#[action(approval)]
async fn sleep() {}

fn main() {
    let registry = Registry::linked().unwrap();
    let weather = registry.get("weather").unwrap();
    assert_eq!(
        weather.actions.iter().map(|a| a.name).collect::<Vec<_>>(),
        ["GET_WEATHER", "REST", "SLEEP"]
    );
    let (action, rest) = (weather.actions[0], weather.actions[1]);
    assert_eq!(action.description, "Current weather for a city.");
    assert_eq!(action.similes, ["FORECAST", "RAIN"]);
    assert_eq!(
        action.examples,
        [
            Example {
                user: "Is it raining in Oslo?",
                agent: "Let me look."
            },
            Example {
                user: "Weather in Paris",
                agent: ""
            }
        ]
    );
    assert_eq!(
        (action.tags, action.roles),
        (&["weather"][..], &["admin", "owner"][..])
    );
    assert_eq!(action.timeout, Duration::from_secs(10));
    let approval = weather.actions[2].approval.unwrap();
    assert_eq!(
        (approval.by, approval.expires),
        (None, Duration::from_secs(3600))
    );
    let limit = action.rate_limit.unwrap();
    assert_eq!(
        (limit.calls, limit.per, limit.scope),
        (10, Duration::from_secs(60), LimitScope::Room)
    );
    let approval = action.approval.unwrap();
    assert_eq!(
        (approval.by, approval.expires),
        (
            Some(galatea::memory::Role::Admin),
            Duration::from_secs(600)
        )
    );
    let permissions: Vec<_> = action
        .permissions
        .iter()
        .map(|p| (p.kind, p.scope))
        .collect();
    assert_eq!(
        permissions,
        [
            (
                PermissionKind::Network,
                PermissionScope::Fixed("api.example.com")
            ),
            (PermissionKind::Network, PermissionScope::Config("base-url")),
            (PermissionKind::Filesystem, PermissionScope::Open),
        ]
    );
    assert!(rest.permissions.is_empty());
    assert!(action.idempotent && action.critical);
    assert_eq!((action.priority, action.validate.len()), (5, 2));
    let signature = Signature::of(action.describe);
    let arguments = signature.arguments.unwrap();
    assert_eq!(
        arguments["properties"]["city"]["description"],
        "City name, e.g. \"Oslo\"."
    );
    assert_eq!(signature.services, [std::any::TypeId::of::<WeatherApi>()]);
    assert_eq!(
        (rest.timeout, rest.priority, rest.approval),
        (Duration::from_secs(60), 0, None)
    );
    assert_eq!(rest.rate_limit.unwrap().scope, LimitScope::User);
    // Handlers stay ordinary functions.
    drop(relax());
    assert!(always());
}
