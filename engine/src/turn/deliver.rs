//! What the agent says: through the gates, into the store, to whoever follows.

use super::{TurnContext, TurnEvent, evaluate::gate, key_of};
use crate::{
    agent::Agent,
    citation::{CITATIONS, cited},
    memory::{Content, Memory, MemoryKind},
    store::StoreError,
    text::id::stable_id_for,
};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// Says something now: stored, then told. What gates hold back is replaced by what they want said. A step that is
/// repeated says it under the same id, so that it is stored once.
pub(crate) async fn say(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    content: Content,
) -> Result<Arc<Memory>, StoreError> {
    turn.be_firm();
    let memory = reply(agent, turn, content).await;
    let id = turn.next_saying().unwrap_or(memory.id);
    keep_and_tell(agent, turn, Memory { id, ..memory }).await
}

/// Says that a step was not run again, past all gates. It is stored once, however often it is said.
pub(super) async fn notice(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    index: usize,
    text: String,
) -> Result<Arc<Memory>, StoreError> {
    let id = stable_id_for(key_of(turn.run, index + 1), "interrupted");
    keep_and_tell(agent, turn, Memory { id, ..memory(agent, turn, Content::text(text)) }).await
}

async fn keep_and_tell(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    memory: Memory,
) -> Result<Arc<Memory>, StoreError> {
    let stored = agent.store().add_memories(std::slice::from_ref(&memory)).await?;
    let memory = match stored.first() {
        Some((sequence, true)) => Memory { sequence: *sequence, ..memory },
        None => memory,
        // Said by an earlier process already; what was said then counts.
        Some((_, false)) => agent.store().memories_by_id(&[memory.id]).await?.pop().unwrap_or(memory),
    };
    Ok(told(agent, turn, memory).await)
}

/// The memory of a reply, after the gates; not stored yet.
pub(super) async fn reply(agent: &Agent, turn: &Arc<TurnContext>, mut content: Content) -> Memory {
    content = gate(agent, turn, content).await;
    attach(turn, &mut content);
    memory(agent, turn, content)
}

/// The memory of something that no gate may hold or rewrite; not stored yet.
pub(super) fn memory(agent: &Agent, turn: &TurnContext, mut content: Content) -> Memory {
    cite(turn, &mut content);
    content.in_reply_to.get_or_insert(turn.message.id);
    if content.source.is_none() {
        content.source.clone_from(&turn.message.content.source);
    }
    Memory {
        id: Uuid::now_v7(),
        kind: MemoryKind::Message,
        agent: agent.id(),
        entity: agent.id(),
        room: turn.message.room,
        world: turn.message.world,
        at: agent.clock().now(),
        sequence: 0,
        content,
        metadata: said_in(turn),
    }
}

/// Puts into a reply what it cites of all that the turn was told.
fn cite(turn: &TurnContext, content: &mut Content) {
    let mut told = turn.composed().citations.clone();
    told.extend(turn.finished().iter().flat_map(|step| step.result.citations()));
    let cited = cited(&told, &content.text);
    if !cited.is_empty() && !content.extra.contains_key(CITATIONS) {
        content.extra.insert(CITATIONS.to_owned(), json!(cited));
    }
}

/// Puts into a reply the files that actions gave and no earlier reply of the turn has.
fn attach(turn: &TurnContext, content: &mut Content) {
    let given = turn.finished().into_iter().flat_map(|step| step.result.attachments());
    let replies = turn.replies();
    for file in given {
        let has = |content: &Content| content.attachments.iter().any(|other| other.url == file.url);
        if !has(content) && !replies.iter().any(|reply| has(&reply.content)) {
            content.attachments.push(file);
        }
    }
}

/// The run in which a reply is said, and the step that says it, if one does.
fn said_in(turn: &TurnContext) -> Value {
    let mut metadata = json!({ "run": turn.run });
    if let (Some(step), Some(metadata)) = (turn.running_step(), metadata.as_object_mut()) {
        metadata.insert("step".to_owned(), step.into());
    }
    metadata
}

/// Tells of a reply that is stored.
pub(super) async fn told(agent: &Agent, turn: &Arc<TurnContext>, memory: Memory) -> Arc<Memory> {
    let memory = Arc::new(memory);
    {
        let mut state = turn.state();
        if !state.replies.iter().any(|reply| reply.id == memory.id) {
            state.replies.push(Arc::clone(&memory));
        }
        if !state.record.replies.contains(&memory.id) {
            state.record.replies.push(memory.id);
        }
    }
    turn.settle_stream(&memory.content.text);
    turn.tell(TurnEvent::Reply(Arc::clone(&memory)));
    agent.announce(&memory, turn.snapshot.room.as_ref()).await;
    memory
}

/// The results of the turn's actions as memories.
pub(super) fn action_results(agent: &Agent, turn: &TurnContext) -> Vec<Memory> {
    let steps = turn.record().steps;
    let total = steps.len();
    let finished =
        steps.into_iter().enumerate().filter_map(|(i, step)| Some((i, step.result.clone()?, step)));
    finished
        .map(|(i, result, step)| Memory {
            id: Uuid::now_v7(),
            kind: MemoryKind::ActionResult,
            agent: agent.id(),
            entity: agent.id(),
            room: turn.message.room,
            world: turn.message.world,
            at: agent.clock().now(),
            sequence: 0,
            content: Content {
                actions: vec![step.action],
                in_reply_to: Some(turn.message.id),
                ..Content::text(result.summary())
            },
            metadata: json!({
                "run": turn.run,
                "plan-step": format!("{}/{total}", i + 1),
                "arguments": Value::Object(step.arguments),
                "result": result,
            }),
        })
        .collect()
}
