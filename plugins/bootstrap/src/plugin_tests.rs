//! What `galatea test bootstrap` runs.

use galatea::{
    memory::{Attention, RoomKind},
    prelude::*,
    store::Window,
    testing::{PluginTest, Script, TestResult},
};
use serde_json::json;

/// Falls silent in a room where it is muted, listens to its name there, and answers again when it is unmuted.
#[plugin_test]
async fn mutes_and_unmutes_rooms(test: PluginTest) -> TestResult {
    let script = Script::new().says("Here.").calls("UNMUTE_ROOM", json!({})).says("Back.");
    let agent = test.agent().model(script).start().await?;
    let sam = agent.user("Sam").in_room("square", RoomKind::Group);
    assert!(sam.runs("MUTE_ROOM", json!({})).await?.success);
    let attention = agent.store().snapshot(sam.room(), Window::newest(0)).await?.attention;
    assert_eq!(attention, Attention::Muted);
    sam.says("Anybody there?").await?.assert_silent();
    sam.mention("And now?").await?.assert_replied("Here.");
    sam.mention("Speak again.").await?.assert_ran("UNMUTE_ROOM");
    sam.says("Anybody there?").await?.assert_replied("Back.");
    agent.stop().await;
    Ok(())
}
