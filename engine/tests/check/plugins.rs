//! The plugins that the fixtures are checked against, written by hand: what the macros would write.

#![allow(dead_code, reason = "configs are described and read, not used")]

use galatea::{
    character::Secret,
    definition::{
        ConfigDef, MiddlewareDef, ModelDef, NoConfig, Origin, PartKind, PermissionDef, PermissionKind,
        PermissionScope, PluginConfig, PluginDef, Submission,
    },
    model::{ModelAnswer, ModelKind},
    registry::Registry,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// The registry of these plugins.
pub(crate) fn registry() -> Registry {
    let plugins = [&WEATHER, &TELEGRAM, &OFFLINE, &CLOUD, &HTTP].map(Submission::Plugin);
    let models = [&OFFLINE_MODEL, &CLOUD_MODEL].map(Submission::Model);
    let layers = [Submission::Middleware(&AUDIT)];
    Registry::new(plugins.into_iter().chain(models).chain(layers)).unwrap()
}

mod weather {
    use super::*;

    /// Settings of the weather plugin.
    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    pub(crate) struct Settings {
        /// Key of the weather service.
        api_key: Secret,
        /// How temperatures are told.
        #[serde(default)]
        units: Units,
        /// How long answers are kept.
        #[serde(default)]
        cache: Cache,
        /// Places it knows by name.
        #[serde(default)]
        places: Vec<Place>,
        /// Days of a forecast.
        #[schemars(range(min = 1, max = 14))]
        days: Option<u32>,
        /// Who is told of storms.
        #[serde(default)]
        alert: Option<Alert>,
        /// Keys for other regions.
        #[serde(default)]
        regions: std::collections::BTreeMap<String, Secret>,
    }

    /// How temperatures are told.
    #[derive(Default, Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    pub(crate) enum Units {
        /// Degrees Celsius.
        #[default]
        Metric,
        /// Degrees Fahrenheit.
        Imperial,
    }

    /// How long answers are kept.
    #[derive(Default, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    pub(crate) struct Cache {
        /// Minutes.
        #[serde(default)]
        #[schemars(range(min = 1, max = 1440))]
        minutes: u32,
        /// The key with which the cache is encrypted.
        key: Option<Secret>,
    }

    /// A place.
    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    pub(crate) struct Place {
        /// Its name.
        #[schemars(length(min = 1))]
        name: String,
        /// Degrees north.
        #[serde(default)]
        #[schemars(range(min = -90.0, max = 90.0))]
        latitude: f64,
    }

    /// Who is told of storms.
    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    pub(crate) enum Alert {
        /// Nobody.
        Nobody,
        /// Everybody in a room.
        Room(String),
        /// One person.
        #[serde(rename_all = "kebab-case")]
        Person {
            /// Their name.
            name: String,
            /// How often, in minutes.
            every: u8,
        },
    }

    impl PluginConfig for Settings {}
}

mod telegram {
    use super::*;

    /// Settings of the telegram plugin.
    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    pub(crate) struct Settings {
        /// Chats to join.
        #[serde(default)]
        chats: Vec<Chat>,
        /// How messages come.
        #[serde(default)]
        mode: Option<Mode>,
        /// Tokens of several bots.
        #[serde(default)]
        tokens: Vec<Secret>,
    }

    /// A chat.
    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    pub(crate) struct Chat {
        /// Its number.
        id: i64,
        /// What it is called.
        title: Option<String>,
    }

    /// How messages come.
    #[derive(Deserialize, JsonSchema)]
    #[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
    pub(crate) enum Mode {
        /// Ask for them.
        Polling {
            /// Seconds between two questions.
            seconds: u16,
        },
        /// Be told.
        Webhook {
            /// Where.
            #[schemars(url)]
            url: String,
        },
    }

    impl PluginConfig for Settings {}
}

const fn plugin(name: &'static str, description: &'static str, config: ConfigDef) -> PluginDef {
    PluginDef {
        name,
        version: "1.2.0",
        description,
        authors: "",
        license: "MIT",
        path: "",
        origin: ORIGIN,
        requirements: &[],
        permissions: &[],
        priority: 0,
        lazy: false,
        engine: None,
        config,
        middleware: &[],
        members: &[],
    }
}

const ORIGIN: Origin = Origin { package: "tests", module: "check", file: "check.rs", line: 1 };

static WEATHER: PluginDef = PluginDef {
    permissions: &[
        PermissionDef { kind: PermissionKind::Network, scope: PermissionScope::Fixed("api.weather.example") },
        PermissionDef { kind: PermissionKind::Filesystem, scope: PermissionScope::Open },
    ],
    ..plugin("weather", "Weather for any place on Earth.", ConfigDef::of::<weather::Settings>())
};
static TELEGRAM: PluginDef = plugin("telegram", "Talks on Telegram.", ConfigDef::of::<telegram::Settings>());
static OFFLINE: PluginDef = plugin("offline", "Answers without any network.", ConfigDef::of::<NoConfig>());
static CLOUD: PluginDef = plugin("cloud", "A model somewhere else.", ConfigDef::of::<NoConfig>());
static HTTP: PluginDef = plugin("http", "Calls hosts.", ConfigDef::of::<NoConfig>());

const fn model(plugin: &'static str, kinds: &'static [ModelKind]) -> ModelDef {
    ModelDef {
        name: "complete",
        description: "",
        plugin,
        origin: ORIGIN,
        kinds,
        priority: None,
        tools: false,
        config: None,
        describe: |_| {},
        call: |_| Box::pin(async { Ok(ModelAnswer::default()) }),
    }
}

static OFFLINE_MODEL: ModelDef = model("offline", &[ModelKind::TextLarge, ModelKind::TextSmall]);
static CLOUD_MODEL: ModelDef = model("cloud", &[ModelKind::TextLarge]);

/// What is written down.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Audit {
    /// Where to.
    file: String,
}

static AUDIT: MiddlewareDef = MiddlewareDef {
    name: "audit",
    description: "Writes down what ran.",
    plugin: "cloud",
    origin: ORIGIN,
    kinds: &PartKind::ALL,
    schema: |generator| generator.subschema_for::<Audit>(),
    make: |settings| {
        let _: Audit = serde_json::from_value(settings)?;
        Ok(std::sync::Arc::new(galatea::middleware::from_fn(
            |call, next| async move { next.run(call).await },
        )))
    },
};
