//! Somebody who talks with a test's agent.

use super::{
    Script, TestAgent, TestError, Turn,
    stand_in::{Own, locked},
};
use crate::{
    action::ActionResult,
    agent::{Address, Incoming, TurnHandle},
    memory::{Content, RoomKind},
    provider::Context,
    text::name::{NameMatch, match_name},
};
use serde_json::Value;
use std::sync::Mutex;
use uuid::Uuid;

/// Somebody who talks with a test's agent, in one room. Cheap to clone and to change: every method gives another one.
///
/// ```
/// # use galatea::{memory::RoomKind, model::Purpose, testing::{Script, TestAgent, TestResult}};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> TestResult {
/// let script = Script::new()
///     .on(Purpose::ShouldRespond, Script::new().says("IGNORE").forever())
///     .says("Good evening, Ann.")
///     .says("Hello, Bob.");
/// let agent = TestAgent::from_toml("name = \"Ada\"").model(script).start().await?;
/// let ann = agent.user("Ann").in_room("lobby", RoomKind::Group);
/// ann.says("Where did I put it?").await?.assert_silent();
/// ann.mention("Good evening.").await?.assert_replied("Good evening, Ann.");
/// agent.user("Bob").says("Hello.").await?.assert_replied("Hello, Bob.");
/// assert_eq!(agent.store().snapshot(ann.room(), Default::default()).await?.participants.len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TestUser<'a> {
    agent: &'a TestAgent,
    name: &'a str,
    room: String,
    kind: RoomKind,
    source: String,
    founder: bool,
}

impl<'a> TestUser<'a> {
    pub(super) fn new(agent: &'a TestAgent, name: &'a str) -> Self {
        let room = format!("direct chat with {name}");
        Self { agent, name, room, kind: RoomKind::Dm, source: "test".to_owned(), founder: false }
    }

    /// The same one in another room. The same name is the same room, whoever is in it.
    #[must_use]
    pub fn in_room(self, name: &str, kind: RoomKind) -> Self {
        Self { room: name.to_owned(), kind, ..self }
    }

    /// The same one on another platform. Default: `test`. A platform is one world.
    #[must_use]
    pub fn on(self, source: &str) -> Self {
        Self { source: source.to_owned(), ..self }
    }

    /// Owns the world, if this is the first message in it.
    #[must_use]
    pub fn founder(self) -> Self {
        Self { founder: true, ..self }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.agent.entity_id(&self.source, self.name)
    }

    /// The id of the room it is in.
    #[must_use]
    pub fn room(&self) -> Uuid {
        self.agent.place_id(&self.source, &self.room)
    }

    /// Says something and waits for the end of the turn.
    ///
    /// # Errors
    /// If the message is not accepted, the turn takes too long, or a model is asked what the test did not foresee.
    pub async fn says(&self, text: &str) -> Result<Turn, TestError> {
        self.sends(Content::text(text)).await
    }

    /// Says several things one after another.
    ///
    /// # Errors
    /// As [`says`](Self::says), at the first one that fails.
    pub async fn says_many<'t>(
        &self,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Result<Vec<Turn>, TestError> {
        let mut turns = Vec::new();
        for text in texts {
            turns.push(self.says(text).await?);
        }
        Ok(turns)
    }

    /// Says something to the agent by its name, as platforms mark it (`@agent`).
    ///
    /// # Errors
    /// As [`says`](Self::says).
    pub async fn mention(&self, text: &str) -> Result<Turn, TestError> {
        let mut content = Content::text(text);
        content.mention.mention = true;
        self.sends(content).await
    }

    /// Sends a whole content: attachments, mentions, providers by name.
    ///
    /// # Errors
    /// As [`says`](Self::says).
    pub async fn sends(&self, content: Content) -> Result<Turn, TestError> {
        let turn = self.finished(self.incoming(None, content)).await?;
        self.agent.as_foreseen()?;
        Ok(turn)
    }

    /// Says something and does not wait: to follow the turn, to cancel it, to let several run at once.
    ///
    /// # Errors
    /// If the message is not accepted.
    pub async fn begins(&self, text: &str) -> Result<TurnHandle, TestError> {
        Ok(self.agent.send(self.incoming(None, Content::text(text))).await?)
    }

    /// Runs one action for this user in this room; see [`TestAgent::run_action`].
    ///
    /// # Errors
    /// See [`TestAgent::run_action`].
    pub async fn runs(&self, action: &str, arguments: Value) -> Result<ActionResult, TestError> {
        let parts = self.agent.parts();
        let action =
            known("action", action, parts.actions.iter().map(|part| (part.def.name, part.def.similes)))?;
        let text = format!("{action} {arguments}");
        let script = Script::new().calls(action, arguments).says("(done)").forever();
        let own = Own { script, provider: None, told: Mutex::default() };
        let (turn, _) = self.agent.own_turn(self, &text, own, Vec::new()).await?;
        let step = turn.record().steps.first().and_then(|step| step.result.clone());
        step.ok_or_else(|| TestError::Wrong(format!("{action} did not run\n{turn}")))
    }

    /// What one provider tells in this room; see [`TestAgent::context`].
    ///
    /// # Errors
    /// See [`TestAgent::context`].
    pub async fn context(&self, provider: &str) -> Result<Context, TestError> {
        let parts = self.agent.parts();
        let provider =
            known("provider", provider, parts.providers.iter().map(|part| (part.def.name, &[][..])))?;
        let script = Script::new().says("(seen)").forever();
        let own = Own { script, provider: Some(provider.to_owned()), told: Mutex::default() };
        let text = format!("What does {provider} tell?");
        let (turn, own) = self.agent.own_turn(self, &text, own, vec![provider.to_owned()]).await?;
        if let Some(context) = locked(&own.told).take() {
            return Ok(context);
        }
        let record = turn.record().providers.iter().find(|record| record.name == provider);
        let why = record.and_then(|record| record.error.clone());
        let why = why.map_or_else(|| format!("it was not asked\n{turn}"), |why| format!("it failed: {why}"));
        Err(TestError::Wrong(format!("{provider} told nothing: {why}")))
    }

    pub(super) async fn sends_as(
        &self,
        id: Option<Uuid>,
        text: &str,
        providers: Vec<String>,
    ) -> Result<Turn, TestError> {
        // The kit's own questions are answered wherever they are asked.
        let mut content = Content { providers, ..Content::text(text) };
        content.mention.mention = true;
        self.finished(self.incoming(id, content)).await
    }

    async fn finished(&self, incoming: Incoming) -> Result<Turn, TestError> {
        let said = incoming.content.text.clone();
        let mut handle = self.agent.send(incoming).await?;
        let mut turn = Turn::about(self.name, &said);
        let follow = async {
            while let Some(event) = handle.next().await {
                self.agent.capture();
                turn.happened(event);
            }
        };
        self.agent.in_time(&format!("the turn about “{said}”"), follow).await?;
        self.agent.capture();
        turn.ended()
    }

    fn incoming(&self, id: Option<Uuid>, content: Content) -> Incoming {
        let address = Address {
            source: self.source.clone(),
            kind: self.kind,
            room: self.room.clone(),
            world: Some(self.source.clone()),
        };
        let content = Content { source: Some(self.source.clone()), ..content };
        Incoming { id, address, from: self.name.to_owned(), founder: self.founder, content }
    }
}

/// The part of this name; an error if there is none, with what may have been meant.
fn known<'n>(
    what: &str,
    name: &str,
    parts: impl Iterator<Item = (&'n str, &'n [&'n str])>,
) -> Result<&'n str, TestError> {
    let parts: Vec<_> = parts.collect();
    let found = match_name(name, parts.iter().copied());
    if let Some((name, _)) = found.index().and_then(|index| parts.get(index)) {
        return Ok(name);
    }
    let near = match found {
        NameMatch::None { nearest } => nearest,
        _ => None,
    };
    let hint = match near {
        Some(near) => format!("did you mean {near}?"),
        None if parts.is_empty() => format!("this agent has no {what} at all"),
        None => format!("there are {}", parts.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")),
    };
    Err(TestError::Wrong(format!("there is no {what} {name}; {hint}")))
}
