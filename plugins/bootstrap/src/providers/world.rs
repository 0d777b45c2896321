//! WORLD.

use super::section;
use galatea::{
    memory::{Room, RoomKind},
    prelude::*,
    store::StoreError,
};

/// The world (server, workspace) of this room: its name and its rooms by kind.
#[provider(dynamic)]
async fn world(place: Place, memories: Memories) -> Result<Context, StoreError> {
    let (Some(room), Some(world)) = (place.room(), place.world()) else {
        return Ok(Context::default().with_value("worldInfo", "No world information available."));
    };
    let rooms = memories.rooms().await?;
    let inside: Vec<&Room> = rooms.iter().filter(|other| other.world == Some(world.id)).collect();
    let count = |kinds: &[RoomKind]| inside.iter().filter(|room| kinds.contains(&room.kind)).count();
    let kinds = [
        ("Text", count(&[RoomKind::Group, RoomKind::World, RoomKind::Forum])),
        ("Voice", count(&[RoomKind::VoiceGroup, RoomKind::VoiceDm])),
        ("DM", count(&[RoomKind::Dm])),
        ("Feed", count(&[RoomKind::Feed])),
        ("Thread", count(&[RoomKind::Thread])),
        ("Other", count(&[RoomKind::Own, RoomKind::Api])),
    ];
    let mut info = format!(
        "# World: {}\nCurrent Channel: {} ({})\nTotal Channels: {}\nParticipants in current channel: {}\n",
        world.name,
        room.name,
        room.kind.name().to_uppercase(),
        inside.len(),
        place.participants().len(),
    );
    for (kind, count) in kinds {
        info.push_str(&format!("\n{kind} channels: {count}"));
    }
    Ok(Context::text(section("World Information", &info))
        .with_value("worldName", world.name.clone())
        .with_value("currentChannelName", room.name.clone())
        .with_value("worldInfo", info))
}
