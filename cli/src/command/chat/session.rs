//! One conversation with one agent.

use super::turn::Shown;
use crate::{
    output::{self, STRONG, styled},
    signal::{Signal, Signals},
    start,
};
use galatea::{
    agent::{Agent, Incoming, Outbox, TurnHandle},
    memory::{Memory, MemoryKind},
    store::{MemoryQuery, StoreError, StoredRun},
    turn::{RunRecord, RunStatus, TurnEvent},
};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// The source of the chat's messages, and the name of its room: everybody who uses the chat of a folder is in it.
const CHAT: &str = "chat";

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// As it should.
    Completed,
    /// Otherwise; it was told why.
    Failed,
    /// The person did not wait.
    Interrupted(Signal),
}

/// A conversation of a person with an agent.
pub(super) struct Session {
    agent: Agent,
    person: String,
    label: String,
    json: bool,
    /// What was said in the chat and nobody has seen.
    outbox: Outbox,
}

impl Session {
    /// `is_named` is whether the person said who they are; otherwise they are `you` to themselves.
    pub(super) async fn new(
        agent: Agent,
        person: String,
        is_named: bool,
        json: bool,
    ) -> Result<Self, StoreError> {
        let label = if is_named { person.clone() } else { "you".to_owned() };
        let outbox = agent.outbox(CHAT).await?;
        Ok(Self { agent, person, label, json, outbox })
    }

    pub(super) fn agent(&self) -> &Agent {
        &self.agent
    }

    /// What stands before the lines of the person.
    pub(super) fn label(&self) -> &str {
        &self.label
    }

    fn room(&self) -> Uuid {
        self.agent.place_id(CHAT, CHAT)
    }

    /// Who is there, and how to begin.
    pub(super) async fn banner(&self) {
        let name = styled(STRONG, &self.agent.character().name);
        output::notice(&format!("{name}  (Galatea {})", galatea::VERSION));
        output::aside(&start::who_answers(&self.agent));
        self.remember_aloud().await;
        output::aside("/help lists what you can do, Ctrl-D ends\n");
    }

    /// Says how much is remembered of former starts, if anything.
    pub(super) async fn remember_aloud(&self) {
        let query = MemoryQuery {
            kind: Some(MemoryKind::Message),
            room: Some(self.room()),
            ..MemoryQuery::default()
        };
        let name = &self.agent.character().name;
        match self.agent.store().count_memories(&query).await {
            Ok(0) => {}
            Ok(1) => output::aside(&format!("{name} remembers one earlier message")),
            Ok(count) => output::aside(&format!("{name} remembers {count} earlier messages")),
            Err(error) => output::aside(&format!("earlier messages cannot be counted: {error}")),
        }
    }

    /// Shows what was said meanwhile, or before an earlier process ended, and was not seen.
    pub(super) async fn catch_up(&mut self) {
        let mut seen = Vec::new();
        while let Some(memory) = self.outbox.next_now() {
            if !self.json {
                Shown::new(&self.agent.character().name, false).event(&TurnEvent::Reply(Arc::clone(&memory)));
            }
            seen.push(memory.id);
        }
        self.saw(&seen).await;
    }

    /// These messages were shown: they do not come again.
    async fn saw(&mut self, messages: &[Uuid]) {
        if let Err(error) = self.outbox.delivered(messages).await {
            output::aside(&format!("what you have seen will be shown again: {error}"));
        }
    }

    /// Repeats what the person says, where nobody saw them type it.
    pub(super) fn echo(&self, text: &str) {
        if !self.json {
            output::line(&format!("{}: {text}", self.label));
        }
    }

    /// Says something to the agent and shows the turn.
    pub(super) async fn message(&mut self, text: &str, signals: &mut Signals) -> Ended {
        // Who first uses the terminal of a folder owns its world.
        let incoming = Incoming { founder: true, ..Incoming::direct(CHAT, CHAT, &self.person, text) };
        let turn = match self.agent.send(incoming).await {
            Ok(turn) => turn,
            Err(error) => {
                output::failure(&crate::failure::Failure::new(error.to_string()));
                return Ended::Failed;
            }
        };
        let ended = self.follow(turn, signals).await;
        // The replies of the turn were shown as they came; anything else that was said is shown now.
        self.catch_up().await;
        ended
    }

    async fn follow(&mut self, mut turn: TurnHandle, signals: &mut Signals) -> Ended {
        let character = self.agent.character();
        let mut shown = Shown::new(&character.name, self.json);
        let (mut replies, mut record, mut interrupted) = (Vec::new(), None, None);
        loop {
            let event = tokio::select! {
                event = turn.next() => event,
                signal = signals.next() => {
                    if interrupted.is_some() {
                        return Ended::Interrupted(signal);
                    }
                    // The turn ends and says so; a second signal does not wait for that.
                    turn.cancel();
                    interrupted = Some(signal);
                    continue;
                }
            };
            match event {
                Some(TurnEvent::Ended(ended)) => {
                    shown.ended(&ended);
                    record = Some(ended);
                }
                Some(event) => {
                    if let TurnEvent::Reply(reply) = &event {
                        replies.push(Arc::clone(reply));
                    }
                    shown.event(&event);
                }
                None => break,
            }
        }
        if self.json {
            output::json_line(&self.turn_json(turn.message, &replies, record.as_deref()).await);
        }
        let shown: Vec<Uuid> = replies.iter().map(|reply| reply.id).collect();
        self.saw(&shown).await;
        match (record.map(|record| record.status), interrupted) {
            (_, Some(signal)) => Ended::Interrupted(signal),
            (Some(RunStatus::Completed | RunStatus::Waiting), None) => Ended::Completed,
            _ => Ended::Failed,
        }
    }

    async fn turn_json(&self, message: Uuid, replies: &[Arc<Memory>], record: Option<&RunRecord>) -> Value {
        let stored = self.agent.store().memories_by_id(&[message]).await.unwrap_or_default();
        let replies: Vec<&Memory> = replies.iter().map(AsRef::as_ref).collect();
        json!({ "message": stored.first(), "replies": replies, "record": record })
    }

    /// The record of the newest turn of this room, whenever it was, with what evaluators thought since.
    pub(super) async fn last_record(&self) -> Result<Option<RunRecord>, String> {
        let runs = self.agent.store().runs(Some(self.room()), 1).await.map_err(|error| error.to_string())?;
        let read = |run: StoredRun| serde_json::from_value(run.record).map_err(|error| error.to_string());
        let newest: Option<RunRecord> = runs.into_iter().next().map(read).transpose()?;
        // A message that answered a question made another turn go on; that is the one to tell of.
        let Some(run) = newest.as_ref().and_then(|record| record.answers) else { return Ok(newest) };
        let resumed = self.agent.store().run(run).await.map_err(|error| error.to_string())?;
        resumed.map(read).transpose()
    }

    /// The records of this chat's turns, newest first; one of a version that nobody can read is left out.
    pub(super) async fn records(&self) -> Result<Vec<RunRecord>, StoreError> {
        let runs = self.agent.store().runs(Some(self.room()), usize::MAX).await?;
        Ok(runs.into_iter().filter_map(|run| serde_json::from_value(run.record).ok()).collect())
    }

    /// The person and the room.
    pub(super) fn place(&self) -> (Uuid, Uuid) {
        (self.agent.entity_id(CHAT, &self.person), self.room())
    }
}
