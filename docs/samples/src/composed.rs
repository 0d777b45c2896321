//! One plugin out of several: a character that selects it has them all, and sets each below it.

use galatea::prelude::*;

/// Rings.
#[plugin("bell")]
pub struct Bell;

/// Rings the bell.
#[action(plugin = Bell)]
async fn ring() -> &'static str {
    "Ding."
}

/// How the door is.
#[config]
pub struct DoorSettings {
    /// Its colour.
    #[serde(default = "red")]
    pub colour: String,
}

fn red() -> String {
    "red".to_owned()
}

/// Opens.
#[plugin("door", config = DoorSettings)]
pub struct Door;

/// Opens the door.
#[action(plugin = Door)]
async fn open_door(config: Config<Door>) -> String {
    format!("The {} door is open.", config.colour)
}

compose!(
    /// Everything at the entrance.
    pub struct Entrance = "entrance", [Bell, Door];
);

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::testing::{TestAgent, TestResult};
    use serde_json::json;

    #[tokio::test]
    async fn whoever_selects_it_has_all_of_it() -> TestResult {
        let agent = TestAgent::with::<Entrance>()
            .config::<Entrance>(json!({ "door": { "colour": "green" } }))
            .start()
            .await?;
        assert_eq!(agent.run_action("RING", json!({})).await?.text.as_deref(), Some("Ding."));
        let opened = agent.run_action("OPEN_DOOR", json!({})).await?;
        assert_eq!(opened.text.as_deref(), Some("The green door is open."));
        let order: Vec<String> = agent.plan().plugins.iter().map(|plugin| plugin.name.to_owned()).collect();
        let place = |name: &str| order.iter().position(|plugin| plugin == name);
        assert!(place("bell") < place("door") && place("door") < place("entrance"), "{order:?}");
        Ok(())
    }
}
