//! Components of entities are registered as they are declared.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use galatea::{
    component::{ComponentError, EntityComponent},
    prelude::*,
    registry::Registry,
};

/// Plugins that others name.
pub mod others {
    use super::*;

    /// Knows people.
    #[plugin("people")]
    pub struct People;

    /// What is known of somebody.
    ///
    /// Kept for ever.
    #[component("profile", plugin = People)]
    #[derive(Clone, Debug, Default)]
    pub struct Profile {
        /// The city where they live.
        pub home_city: Option<String>,
        /// How old they are.
        #[serde(default)]
        pub age: u8,
    }

    /// In a spelling of its own.
    #[component("mood", plugin = People)]
    #[serde(rename_all = "camelCase")]
    pub struct Mood {
        /// How it was last.
        pub last_mood: String,
    }
}

/// Greets people.
#[plugin("greeter", requires(others::People))]
pub struct Greeter;

/// Another one, which can do without.
#[plugin("waver", optional(others::People))]
pub struct Waver;

/// An alias is no obstacle.
type Profiles = Component<others::Profile>;

/// Greets somebody.
#[action(plugin = Greeter)]
async fn greet(profiles: Profiles, message: Message) -> Result<String, ComponentError> {
    let profile = profiles.get(message.entity).await?.unwrap_or_default();
    profiles.in_world(message.room).said_by(message.agent).set(message.entity, &profile).await?;
    Ok(profile.home_city.unwrap_or_default())
}

/// Waves.
#[action(plugin = Waver)]
async fn wave(_profiles: Option<Profiles>, _all: Components) {}

fn main() {
    let registry = Registry::linked().unwrap();
    let people = registry.get("people").unwrap();
    let names: Vec<_> = people.component_types.iter().map(|t| t.name).collect();
    assert_eq!(names, ["mood", "profile"]);
    assert_eq!(others::Profile::NAME, "profile");
    assert!(std::ptr::eq(others::Profile::DEF, people.component_types[1]));
    assert_eq!(others::Profile::DEF.description, "What is known of somebody.\n\nKept for ever.");
    let schema = others::Profile::DEF.json_schema();
    assert_eq!(schema["properties"]["home-city"]["description"], "The city where they live.");
    assert_eq!(schema["additionalProperties"], false);
    assert!(others::Mood::DEF.json_schema()["properties"]["lastMood"].is_object());
}
