//! One request, one turn: the message is sent, and what happens is followed.

use crate::{
    OpenAiFront, conversation::Conversation, door::Door, error::ApiError, marks::Marks, prompt::Prompt,
};
use axum::http::{HeaderMap, StatusCode};
use galatea::{
    agent::{Agent, Incoming, TurnHandle},
    event::{EventType, RunEnded},
    memory::{Content, Memory},
    store::StoreError,
    text::id::stable_id_for,
    turn::{RunRecord, RunStatus, TurnEvent},
};
use std::{collections::VecDeque, sync::Arc, time::Duration};
use uuid::Uuid;

/// The header by which a request that is sent again is known.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// How often it is looked whether a turn of another process is over.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The id of the message of a request: the same for requests with the same `Idempotency-Key`.
pub(crate) fn message_id(door: &Door, headers: &HeaderMap) -> Uuid {
    let key = headers.get(IDEMPOTENCY_KEY).and_then(|key| key.to_str().ok()).filter(|key| !key.is_empty());
    match key {
        Some(key) => stable_id_for(door.agent.id(), &format!("openai:{}:{key}", door.name)),
        None => Uuid::now_v7(),
    }
}

/// Whether the message of this id has been heard, in a request like this one.
pub(crate) async fn is_heard(agent: &Agent, message: Uuid, prompt: &Prompt) -> Result<bool, ApiError> {
    match agent.store().memories_by_id(&[message]).await?.pop() {
        None => Ok(false),
        Some(heard) if heard.content.text == prompt.last.text => Ok(true),
        Some(_) => {
            let message = "This `Idempotency-Key` was used for another request; each request takes its own.";
            let error = ApiError::new(StatusCode::CONFLICT, message).code("idempotency_key_reused");
            Err(error.never_again())
        }
    }
}

/// Tells the agent what is asked of it, and follows the turn.
pub(crate) async fn ask(
    door: &Door,
    conversation: &Conversation,
    prompt: Prompt,
    marks: &Marks,
    message: Uuid,
) -> Result<Following, ApiError> {
    if !is_heard(&door.agent, message, &prompt).await? {
        conversation.prepare(door, &prompt, message).await?;
    }
    let mut content = Content {
        source: Some(conversation.address.source.clone()),
        attachments: prompt.last.attachments,
        ..Content::text(prompt.last.text)
    };
    marks.write(&mut content);
    let incoming = Incoming {
        id: Some(message),
        address: conversation.address.clone(),
        from: conversation.from.clone(),
        founder: false,
        content,
    };
    let handle = door.agent.send(incoming).await?;
    let ends_when_gone = door.agent.service::<OpenAiFront>().is_none_or(|front| front.cancels_when_gone());
    Ok(Following::of(door.agent.clone(), handle, ends_when_gone))
}

/// A turn that is followed. Dropped before its end, it ends the turn where that is wanted.
#[derive(Debug)]
pub(crate) struct Following {
    pub(crate) run: Uuid,
    agent: Agent,
    handle: TurnHandle,
    ends_when_gone: bool,
    is_over: bool,
    /// What a turn that was asked for before has come to.
    before: Option<VecDeque<TurnEvent>>,
}

impl Following {
    const fn of(agent: Agent, handle: TurnHandle, ends_when_gone: bool) -> Self {
        Self { run: handle.run, agent, handle, ends_when_gone, is_over: false, before: None }
    }

    /// The next thing that happens; `None` after the end.
    pub(crate) async fn next(&mut self) -> Option<TurnEvent> {
        let event =
            if self.handle.duplicate { self.next_of_before().await } else { self.handle.next().await };
        self.is_over |= matches!(event, None | Some(TurnEvent::Ended(_)));
        event
    }

    /// Waits for the end: the replies in order, and the record.
    pub(crate) async fn finish(mut self) -> Result<(Vec<Arc<Memory>>, Arc<RunRecord>), ApiError> {
        let mut replies = Vec::new();
        while let Some(event) = self.next().await {
            match event {
                TurnEvent::Reply(reply) => replies.push(reply),
                TurnEvent::Ended(record) => return Ok((replies, record)),
                _ => {}
            }
        }
        Err(cut_off())
    }

    async fn next_of_before(&mut self) -> Option<TurnEvent> {
        if self.before.is_none() {
            let ended = ended(&self.agent, self.run).await.unwrap_or_else(|error| {
                tracing::error!(run = %self.run, "the turn that was asked for before cannot be read: {error}");
                None
            });
            let events = ended.into_iter().flat_map(|(replies, record)| {
                let replies = replies.into_iter().map(|reply| TurnEvent::Reply(Arc::new(reply)));
                replies.chain([TurnEvent::Ended(Arc::new(record))]).collect::<Vec<_>>()
            });
            self.before = Some(events.collect());
        }
        self.before.as_mut().and_then(VecDeque::pop_front)
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        if self.ends_when_gone && !self.is_over && !self.handle.duplicate {
            self.handle.cancel();
        }
    }
}

/// Why there is no more to come.
pub(crate) fn cut_off() -> ApiError {
    let message = "The agent ended in the middle; it goes on with this when it runs again.";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message).code("interrupted").never_again()
}

/// Waits until a run is over, or waits for a person: what was said in it, and its record.
async fn ended(agent: &Agent, run: Uuid) -> Result<Option<(Vec<Memory>, RunRecord)>, StoreError> {
    let mut notices = agent.events().subscribe();
    loop {
        if let Some(ended) = come_to(agent, run).await?
            && ended.1.status != RunStatus::Running
        {
            return Ok(Some(ended));
        }
        let told = async {
            while let Ok(notice) = notices.recv().await {
                if notice.name() == RunEnded::NAME {
                    return;
                }
            }
        };
        // A turn of another process is told of by nobody.
        tokio::select! {
            () = told => {}
            () = agent.clock().sleep(LOOK_AGAIN) => {}
        }
    }
}

/// What a run has come to: what was said about its message, and the record. Where the message answered the question of another run,
/// that one's.
pub(crate) async fn come_to(
    agent: &Agent,
    run: Uuid,
) -> Result<Option<(Vec<Memory>, RunRecord)>, StoreError> {
    let store = agent.store();
    let Some(stored) = store.run(run).await? else { return Ok(None) };
    let since = stored.at;
    let mut record: RunRecord = serde_json::from_value(stored.record).unwrap_or_default();
    if let Some(other) = record.answers
        && let Some(stored) = store.run(other).await?
    {
        record = serde_json::from_value(stored.record).unwrap_or_default();
    }
    let mut replies = store.memories_by_id(&record.replies).await?;
    replies.retain(|reply| reply.at >= since);
    replies.sort_by_key(|reply| reply.sequence);
    Ok(Some((replies, record)))
}
