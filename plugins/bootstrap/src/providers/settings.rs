//! SETTINGS.

use super::{list, section};
use galatea::prelude::*;
use serde_json::Value;

/// The settings of this world (server, workspace).
#[provider]
async fn settings(place: Place) -> Context {
    let world = place.world().filter(|world| !world.settings.is_empty());
    let Some(world) = world else {
        return Context::default().with_value("settings", "No settings available.");
    };
    let lines = world.settings.iter().map(|(key, value)| format!("{key} is set to {}", written(value)));
    let text = section(&format!("Settings of {}", world.name), &list(lines));
    Context::text(text.clone()).with_value("settings", text)
}

fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
