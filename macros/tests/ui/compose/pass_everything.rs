//! A composed plugin is registered as it is declared.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use galatea::{
    definition::Plugin,
    prelude::*,
    registry::{Registry, plugin_config_schema},
};

/// Settings of the weather.
#[config]
pub struct Settings {
    /// Where the service is.
    pub base_url: String,
}

/// Weather for any place on Earth.
#[plugin("weather", config = Settings)]
pub struct Weather;

/// Places and times.
pub mod places {
    use galatea::prelude::*;

    /// Places.
    #[plugin("geo")]
    pub struct Geo;

    /// Times.
    #[plugin("times", config = Settings)]
    pub struct Times;

    /// Settings of another plugin, of the same name.
    #[config]
    pub struct Settings {
        /// Which zone.
        #[serde(default)]
        pub zone: String,
    }

    compose!(
        /// Where and when.
        pub struct Where = "where", [Geo, Times];
    );
}

compose! {
    /// Weather, and where people are.
    ///
    /// With the time.
    pub struct Suite = "suite", [places::Where, Weather]
}

/// Needs all of it.
#[plugin("news", requires(Suite, Weather))]
pub struct News;

/// Says something.
#[action(plugin = News)]
async fn say(_suite: Agent) -> String {
    String::new()
}

fn main() {
    let registry = Registry::linked().unwrap();
    let suite = registry.get("suite").unwrap().def;
    assert!(std::ptr::eq(suite, Suite::DEF));
    assert_eq!(suite.description, "Weather, and where people are.\n\nWith the time.");
    assert_eq!(suite.version, env!("CARGO_PKG_VERSION"));
    let names = |defs: &[&'static galatea::definition::PluginDef]| {
        defs.iter().map(|def| def.name).collect::<Vec<_>>()
    };
    assert_eq!(names(suite.members), ["where", "weather"]);
    assert_eq!(names(&suite.all_members()), ["geo", "times", "where", "weather"]);
    let schema = plugin_config_schema(suite);
    assert_eq!(schema["required"], serde_json::json!(["weather"]));
    assert_eq!(schema["properties"]["weather"]["description"], "Weather for any place on Earth.");
    assert_eq!(schema["properties"]["where"]["allOf"][0]["required"], serde_json::json!([]));
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["definitions"].as_object().unwrap().len(), 3);
}
