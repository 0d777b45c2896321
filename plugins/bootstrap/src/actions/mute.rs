//! MUTE_ROOM and UNMUTE_ROOM.

use crate::error::Problem;
use galatea::{memory::Attention, prelude::*};

#[validate]
fn is_not_muted(room: Snapshot) -> Result<(), &'static str> {
    if room.attention == Attention::Muted { Err("this room is muted already") } else { Ok(()) }
}

#[validate]
fn is_muted(room: Snapshot) -> Result<(), &'static str> {
    if room.attention == Attention::Muted { Ok(()) } else { Err("this room is not muted") }
}

/// Mutes this room: the agent stays silent in it unless it is named. Only if it is asked to, or if it annoys people.
#[action(
    similes("MUTE_CHAT", "MUTE_CONVERSATION", "MUTE_THREAD", "MUTE_CHANNEL"),
    validate = is_not_muted,
    example(user = "Please mute this channel", agent = "I'll be quiet in here."),
    example(user = "Mute this room, will you?", agent = "I'll be quiet in here."),
    example(user = "Can you mute yourself in this chat", agent = "I'll be quiet in here."),
    example(user = "Be quiet in this room from now on", agent = "I'll be quiet in here.")
)]
async fn mute_room(message: Message, memories: Memories, reply: Reply) -> Result<ActionResult, Problem> {
    memories.set_attention(message.room, Attention::Muted).await?;
    reply.text("I'll be quiet in here from now on. Say my name if you need me.").await?;
    Ok(ActionResult::text("This room is muted now.").with_value("roomAttention", Attention::Muted.name()))
}

/// Unmutes this room: the agent may respond to its messages again.
#[action(
    similes("UNMUTE_CHAT", "UNMUTE_CONVERSATION", "UNMUTE_THREAD"),
    validate = is_muted,
    example(user = "Please unmute this channel", agent = "I'm listening again."),
    example(user = "Unmute this room", agent = "I'm listening again."),
    example(user = "You can talk in this room again", agent = "I'm listening again.")
)]
async fn unmute_room(message: Message, memories: Memories, reply: Reply) -> Result<ActionResult, Problem> {
    memories.set_attention(message.room, Attention::Normal).await?;
    reply.text("I'm listening in this room again.").await?;
    Ok(ActionResult::text("This room is not muted any more.")
        .with_value("roomAttention", Attention::Normal.name()))
}
