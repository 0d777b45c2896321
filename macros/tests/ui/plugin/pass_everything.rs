//! A plugin with every key is registered as it is declared.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use galatea::{
    definition::{PermissionKind, PermissionScope, Plugin, Strength, Target},
    prelude::*,
    registry::{Registry, plugin_config_schema},
};

/// Plugins that others name.
pub mod others {
    use super::*;

    /// Storage.
    #[plugin("sql", version = "0.2.1")]
    pub struct Sql;

    /// Places.
    #[plugin("geo", version = "2.0.0", requires(Sql = "^0.2"))]
    pub struct Geo;
}

/// Settings of the weather.
#[config]
#[derive(Debug)]
pub struct Settings {
    /// Where the service is.
    pub base_url: String,
    /// How often to ask.
    #[serde(default)]
    pub retries: u8,
}

/// Weather for any place on Earth.
///
/// With forecasts.
#[plugin(
    "weather",
    version = "1.2.3",
    requires(others::Sql = "^0.2", capability("text-large")),
    optional(others::Geo),
    tests(Fake),
    permissions(Network("api.example.com", "*.example.org"), Network(config = "base-url"), Filesystem, Environment(of = variables)),
    config = Settings,
    priority = -5,
    lazy,
    engine = "^0.1"
)]
pub struct Weather;

/// Stands in for the service.
#[plugin("fake", requires(Weather))]
pub struct Fake;

/// The variables that a config names.
fn variables(config: &serde_json::Value) -> Vec<String> {
    config["variables"].as_array().into_iter().flatten().map(ToString::to_string).collect()
}

fn main() {
    let registry = Registry::linked().unwrap();
    assert_eq!(
        registry.names().collect::<Vec<_>>(),
        ["fake", "geo", "sql", "weather"]
    );
    let def = registry.get("weather").unwrap().def;
    assert!(std::ptr::eq(def, Weather::DEF));
    assert_eq!(
        (def.version, def.priority, def.lazy, def.engine),
        ("1.2.3", -5, true, Some("^0.1"))
    );
    assert_eq!(
        def.description,
        "Weather for any place on Earth.\n\nWith forecasts."
    );
    assert!(def.path.ends_with("::Weather"), "{}", def.path);
    let requirements: Vec<_> = def
        .requirements
        .iter()
        .map(|r| (r.target, r.strength, r.versions))
        .collect();
    assert_eq!(
        requirements,
        [
            (Target::Plugin("sql"), Strength::Required, Some("^0.2")),
            (Target::Capability("text-large"), Strength::Required, None),
            (Target::Plugin("geo"), Strength::Optional, None),
            (Target::Plugin("fake"), Strength::Test, None),
        ]
    );
    let permissions: Vec<_> = def.permissions.iter().map(|p| (p.kind, p.scope)).collect();
    assert_eq!(
        permissions,
        [
            (PermissionKind::Network, PermissionScope::Fixed("api.example.com")),
            (PermissionKind::Network, PermissionScope::Fixed("*.example.org")),
            (PermissionKind::Network, PermissionScope::Config("base-url")),
            (PermissionKind::Filesystem, PermissionScope::Open),
            (PermissionKind::Environment, PermissionScope::Of(variables)),
        ]
    );
    let schema = plugin_config_schema(def);
    assert_eq!(schema["required"], serde_json::json!(["base-url"]));
    assert_eq!(
        schema["properties"]["base-url"]["description"],
        "Where the service is."
    );
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(Fake::DEF.version, env!("CARGO_PKG_VERSION"));
}
