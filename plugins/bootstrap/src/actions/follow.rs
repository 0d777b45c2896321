//! FOLLOW_ROOM and UNFOLLOW_ROOM.

use crate::error::Problem;
use galatea::{memory::Attention, prelude::*};

#[validate]
fn is_not_followed(room: Snapshot) -> Result<(), &'static str> {
    if room.attention == Attention::Followed { Err("this room is followed already") } else { Ok(()) }
}

#[validate]
fn is_followed(room: Snapshot) -> Result<(), &'static str> {
    if room.attention == Attention::Followed { Ok(()) } else { Err("this room is not followed") }
}

/// Follows this room with interest: the agent takes part without being named. Only if it is asked to.
#[action(
    similes("FOLLOW_CHAT", "FOLLOW_CHANNEL", "FOLLOW_CONVERSATION", "FOLLOW_THREAD"),
    validate = is_not_followed,
    example(user = "Hey, follow this channel please", agent = "I'll follow this room."),
    example(user = "Please follow this conversation and join in", agent = "I'll follow this room."),
    example(user = "Can you follow this room?", agent = "I'll follow this room."),
    example(user = "Keep an eye on this thread", agent = "I'll follow this room.")
)]
async fn follow_room(message: Message, memories: Memories, reply: Reply) -> Result<ActionResult, Problem> {
    memories.set_attention(message.room, Attention::Followed).await?;
    reply.text("I'll follow this room from now on, and join in without being named.").await?;
    Ok(ActionResult::text("This room is followed now.")
        .with_value("roomAttention", Attention::Followed.name()))
}

/// Stops following this room: the agent answers when it is named, but does not chime in by itself. If it is
/// asked to, or if it annoys people.
#[action(
    similes("UNFOLLOW_CHAT", "UNFOLLOW_CONVERSATION", "UNFOLLOW_THREAD"),
    validate = is_followed,
    example(user = "Stop following this channel", agent = "I'll stop following this room."),
    example(user = "Please unfollow this room", agent = "I'll stop following this room."),
    example(user = "You don't need to follow this conversation any more", agent = "I'll stop following this room.")
)]
async fn unfollow_room(message: Message, memories: Memories, reply: Reply) -> Result<ActionResult, Problem> {
    memories.set_attention(message.room, Attention::Normal).await?;
    reply.text("I'll stop following this room. Say my name when you want me.").await?;
    Ok(ActionResult::text("This room is not followed any more.")
        .with_value("roomAttention", Attention::Normal.name()))
}
