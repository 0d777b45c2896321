//! REFLECTION: looks back at a conversation and keeps facts and relationships.
//!
//! `due` decides when, `ask` writes the request, `read` takes the answer apart, `facts` and `ties` store what is new.

mod ask;
mod due;
mod facts;
mod read;
mod ties;

pub(crate) use ties::interactions;

use crate::{Bootstrap, error::Problem};
use galatea::{memory::Entity, prelude::*, store::MemoryQuery};
use serde_json::json;

/// How many known facts about the sender, and of the room, a new one is compared with.
const COMPARED: usize = 200;

#[validate]
async fn is_due(
    config: Config<Bootstrap>,
    agent: Agent,
    history: History,
    message: Message,
    memories: Memories,
) -> Result<(), Problem> {
    if !config.reflection || message.entity == agent.id() {
        return Err(Problem::refused("reflection is off"));
    }
    let last = due::last(&memories, message.room).await?;
    // No more than the history is ever seen, so a shorter one is full earlier.
    let every = config.reflect_every.min(agent.character().limits.history);
    if due::is_due(&history, &message, last, every) {
        return Ok(());
    }
    Err(Problem::refused("too little was said since the last time"))
}

/// Looks back at the conversation: keeps what people say about themselves and each other, and what they are to
/// each other.
#[evaluator(
    similes("REFLECT", "SELF_REFLECT", "EVALUATE_INTERACTION", "ASSESS_SITUATION"),
    always_run,
    timeout = "60s",
    validate = is_due,
    example(user = "My name is Sam and I live in Oslo", agent = "Nice to meet you, Sam."),
    example(user = "My sister Emma works at the harbour", agent = "What does she do there?")
)]
#[expect(clippy::too_many_arguments, reason = "each is something that is looked at")]
async fn reflection(
    agent: Agent,
    place: Place,
    history: History,
    message: Message,
    state: State,
    replies: Replies,
    models: Models,
    memories: Memories,
) -> Result<Evaluation, Problem> {
    // Noted before the model is asked: a model that fails is not asked about the same message again.
    due::note(&memories, &message).await?;
    let known = known(&memories, &message).await?;
    let scene = Scene { agent: &agent, place: &place, message: &message, known: &known };
    let request = ask::request(&scene, &history, &state, &replies);
    let answer = models.ask(ModelKind::TextSmall, request).await?;
    let reflection = read::read(&answer.text).ok_or_else(|| {
        Problem::refused("the model's reflection is neither JSON nor XML; nothing was kept")
    })?;
    let ties = ties::keep(&scene, &memories, &reflection.relationships).await?;
    let facts = facts::keep(&scene, &memories, &reflection.facts).await?;
    let proposed = reflection.facts.len();
    let score = if proposed == 0 { 0.0 } else { ratio(facts, proposed) };
    let metadata = json!({
        "facts": facts,
        "known-facts": proposed - facts,
        "relationships": ties,
        "thought": reflection.thought,
    });
    Ok(Evaluation { metadata, ..Evaluation::new(score, true) })
}

/// What a reflection is about.
struct Scene<'a> {
    agent: &'a Agent,
    place: &'a Place,
    message: &'a Memory,
    known: &'a [Memory],
}

impl Scene<'_> {
    fn people(&self) -> &[Entity] {
        self.place.participants()
    }
}

/// What the agent knows about the sender and learned in this room.
async fn known(memories: &Memories, message: &Memory) -> Result<Vec<Memory>, Problem> {
    let query = MemoryQuery { kind: Some(MemoryKind::Fact), limit: COMPARED, ..MemoryQuery::default() };
    let mut known = memories.memories(&MemoryQuery { room: Some(message.room), ..query.clone() }).await?;
    for fact in memories.memories(&MemoryQuery { entity: Some(message.entity), ..query }).await? {
        if !known.iter().any(|other| other.id == fact.id) {
            known.push(fact);
        }
    }
    Ok(known)
}

#[expect(clippy::cast_precision_loss, reason = "counts of facts in one answer are small")]
fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
