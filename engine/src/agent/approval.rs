//! The answers to what turns wait for: in the room, through the API, or none in time.

use super::{
    Agent, TurnHandle,
    handle::{Job, Work},
    rooms::{Coming, Phase},
};
use crate::{
    event::{ApprovalAnswered, RunStarted},
    memory::{Memory, Role},
    store::{StoreError, StoredRun, Window},
    text::consent::read_consent,
    turn::{Answer, Answered, Approval, Ruling, RunRecord, RunStatus, TurnEvent},
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long to wait before a run whose time is over and that could not be stored is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// Why an answer did not count. What waited waits on, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// Nothing with this id was ever asked, or it was deleted.
    #[error("no approval has the id {0}; `approvals` lists those that wait")]
    Unknown(Uuid),
    /// It was answered before, or nobody answered in time.
    #[error("{action} has its answer already: {} at {at}", ruling.name())]
    Answered {
        /// The action.
        action: String,
        /// The first answer, which counts.
        ruling: Ruling,
        /// When it came.
        at: jiff::Timestamp,
    },
    /// Its time is over; it is about to be refused.
    #[error("the time to answer whether {action} may be run ended at {at}; ask the agent again")]
    Expired {
        /// The action.
        action: String,
        /// When it ended.
        at: jiff::Timestamp,
    },
    /// Who answers may not.
    #[error("{name} is {} here and may not answer whether {action} may be run: {who} must", role.name())]
    NotAllowed {
        /// Who answered.
        name: String,
        /// Their role in the world of the room.
        role: Role,
        /// The action.
        action: String,
        /// Who may, in words.
        who: String,
    },
    /// The message that the run is about was deleted while it waited; the run is cancelled.
    #[error("the message that run {0} is about was deleted while it waited, so it was cancelled")]
    Deleted(Uuid),
    /// The agent is stopping; the next start takes answers.
    #[error("the agent is stopping and takes no more answers")]
    Stopping,
    /// It could not be read or stored.
    #[error("the answer could not be stored: {0}")]
    Store(#[from] StoreError),
}

/// What is shared by all that answer.
#[derive(Debug, Default)]
pub(super) struct Approvals {
    /// Held while an answer is judged and stored: the first one counts.
    one_at_a_time: tokio::sync::Mutex<()>,
    /// Ends the waiting for answers, not what waits.
    closed: CancellationToken,
}

impl Approvals {
    pub(super) fn close(&self) {
        self.closed.cancel();
    }
}

/// An answer as it comes in.
struct Said {
    ruling: Ruling,
    /// Who; `None` for the program that runs the agent, and for nobody.
    by: Option<Uuid>,
    /// The message that says it, if it is said in the room.
    message: Option<Uuid>,
}

/// An approval that was answered; nobody was told yet.
struct Settled<'a> {
    record: RunRecord,
    message: Memory,
    approval: Approval,
    /// The room keeps its place for the turn.
    _coming: Coming<'a>,
}

impl Agent {
    /// The actions that wait for a person to allow them, oldest run first.
    ///
    /// # Errors
    /// If the storage cannot be read.
    pub async fn approvals(&self) -> Result<Vec<Approval>, StoreError> {
        let waiting = self.store().waiting().await?;
        // One that cannot be read keeps no other one waiting; a start of the only process sets it aside.
        let records = waiting.iter().filter_map(|run| record(run).ok());
        Ok(records.filter_map(|record| record.waiting_approval().cloned()).collect())
    }

    /// Answers whether an action may be run; the turn goes on in its room's order. `by` is who answers: their role
    /// in the world of the room must suffice. `None` is the program that runs the agent, which may always. Once
    /// this returns, the answer is stored and counts, also if the process ends now.
    ///
    /// # Errors
    /// [`AnswerError`], also for a second answer and one that comes too late.
    pub async fn answer(
        &self,
        approval: Uuid,
        answer: Answer,
        by: Option<Uuid>,
    ) -> Result<TurnHandle, AnswerError> {
        let agent = self.live();
        let said = Said { ruling: answer.into(), by, message: None };
        // On a task of its own: a caller that goes away must not leave an answer stored and the turn not queued.
        let answered = self.0.tasks.spawn(async move { agent.answer_and_queue(approval, said).await }).await;
        answered
            .unwrap_or_else(|error| Err(StoreError::Failed(format!("answering it ended: {error}")).into()))
    }

    async fn answer_and_queue(&self, approval: Uuid, said: Said) -> Result<TurnHandle, AnswerError> {
        if self.0.rooms.phase() == Phase::Closed {
            return Err(AnswerError::Stopping);
        }
        let Settled { record, message, approval, _coming } = self.settle(approval, said).await?;
        let cancelled = self.0.stopping.child_token();
        let (sender, events) = self.0.turns.teller(record.run, message.id, cancelled.clone());
        // Who hears of it can follow what goes on.
        self.0.turns.open(record.run, &sender);
        self.emit(ApprovalAnswered { approval }).await;
        let handle = TurnHandle::new(record.run, message.id, &sender, events, cancelled.clone());
        let message = Arc::new(message);
        self.enqueue(Job {
            work: Work::Resume,
            message,
            run: record.run,
            events: sender,
            cancelled,
            attempts: record.attempts,
            counted: true,
            recovered: false,
            trace: crate::telemetry::traceparent(),
        });
        Ok(handle)
    }

    /// Judges an answer and stores it if it counts: the run is no longer a waiting one. Gives the run's record,
    /// the message that it is about, and what is to be kept until the run is queued.
    async fn settle(&self, id: Uuid, said: Said) -> Result<Settled<'_>, AnswerError> {
        let one_at_a_time = self.0.approvals.one_at_a_time.lock().await;
        let mut run = self.asked(id).await?;
        let mut record = record(&run)?;
        let Some(approval) = record.approvals.iter_mut().find(|approval| approval.id == id) else {
            return Err(AnswerError::Unknown(id));
        };
        let name = self.judge(approval, &said).await?;
        let at = self.clock().now();
        approval.answered = Some(Answered { ruling: said.ruling, by: said.by, name, at });
        approval.answered_in = said.message;
        let approval = approval.clone();
        let message = self.store().memories_by_id(&[run.message]).await?.into_iter().next();
        // To wait is no failed try; this is the first one to go on.
        record.attempts = 1;
        // Without its message there is nothing to go on with.
        record.status = if message.is_some() { RunStatus::Running } else { RunStatus::Cancelled };
        if message.is_none() {
            record.error = Some("its message was deleted".to_owned());
            record.suspended = None;
        }
        record.status.name().clone_into(&mut run.status);
        run.record = serde_json::to_value(&record).unwrap_or_default();
        let coming = self.0.rooms.comes(run.id);
        if !self.store().change_run(&run, StoredRun::WAITING).await? {
            // Another process was faster.
            let stored = self.store().run(run.id).await?.as_ref().map(self::record).transpose()?;
            let given = stored
                .and_then(|record| record.approvals.into_iter().find(|approval| approval.id == id)?.answered);
            let action = approval.action.clone();
            return Err(given.map_or(AnswerError::Unknown(id), |given| AnswerError::Answered {
                action,
                ruling: given.ruling,
                at: given.at,
            }));
        }
        // Who listens may answer something else.
        drop(one_at_a_time);
        let (action, ruling) = (&approval.action, said.ruling.name());
        tracing::info!(run = %run.id, room = %run.room, action, ruling, "an approval was answered");
        let Some(message) = message else {
            self.emit(ApprovalAnswered { approval }).await;
            return Err(AnswerError::Deleted(run.id));
        };
        Ok(Settled { record, message, approval, _coming: coming })
    }

    /// Whether an answer counts: the first one, in time, of somebody who may. Gives their name.
    async fn judge(&self, approval: &Approval, said: &Said) -> Result<String, AnswerError> {
        let action = approval.action.clone();
        if let Some(before) = &approval.answered {
            return Err(AnswerError::Answered { action, ruling: before.ruling, at: before.at });
        }
        if said.ruling == Ruling::Expired {
            return Ok(String::new());
        }
        if self.clock().now() >= approval.expires_at {
            return Err(AnswerError::Expired { action, at: approval.expires_at });
        }
        match said.by {
            Some(entity) => self.may_answer(approval, entity).await,
            None => Ok("the operator".to_owned()),
        }
    }

    /// The run that asked.
    async fn asked(&self, id: Uuid) -> Result<StoredRun, AnswerError> {
        for run in self.store().waiting().await? {
            let asks = |record: RunRecord| record.waiting_approval().is_some_and(|asked| asked.id == id);
            if record(&run).is_ok_and(asks) {
                return Ok(run);
            }
        }
        // It does not wait; the question in the room still knows the run, which says why.
        let question = self.store().memories_by_id(&[id]).await?.into_iter().next();
        let run = question.as_ref().and_then(|question| question.metadata.get("run")?.as_str()?.parse().ok());
        let run = match run {
            Some(run) => self.store().run(run).await?,
            None => None,
        };
        run.ok_or(AnswerError::Unknown(id))
    }

    /// The name of who answers, if their role suffices.
    async fn may_answer(&self, approval: &Approval, entity: Uuid) -> Result<String, AnswerError> {
        let snapshot = self.store().snapshot(approval.room, Window::default()).await?;
        let role = snapshot.world.and_then(|world| world.roles.get(&entity).copied()).unwrap_or_default();
        let known = self.store().entities(&[entity]).await?.into_iter().next();
        let name = known.map_or_else(|| "somebody".to_owned(), |entity| entity.name().to_owned());
        if approval.may_be_answered_by(role) {
            return Ok(name);
        }
        let who = approval.who().to_lowercase();
        Err(AnswerError::NotAllowed { name, role, action: approval.action.clone(), who })
    }

    /// Runs the turn about a message, unless it answers the question of a turn of its room: then gives that
    /// turn, to go on with, and the message has no turn of its own.
    pub(super) async fn answer_in_room(&self, job: &Job) -> Result<Option<Job>, StoreError> {
        let Some(yes) = read_consent(&job.message.content.text, &self.character().name) else {
            return Box::pin(self.turn(job)).await.map(|()| None);
        };
        let waiting = self.asked_before(&job.message).await?;
        let Some(newest) = waiting.last() else {
            return Box::pin(self.turn(job)).await.map(|()| None);
        };
        self.emit(RunStarted { run: job.run, room: newest.room, message: job.message.id }).await;
        let ruling = if yes { Ruling::Granted } else { Ruling::Denied };
        let said = Said { ruling, by: Some(job.message.entity), message: Some(job.message.id) };
        let mut record = answering(&job.message, job.run);
        match self.settle(newest.id, said).await {
            Ok(Settled { record: resumed, message, approval, _coming }) => {
                // Who asks for either run finds what goes on.
                self.0.turns.open(resumed.run, &job.events);
                self.emit(ApprovalAnswered { approval }).await;
                record.reason = reason(newest, ruling);
                record.answers = Some(resumed.run);
                let told = (waiting.len() > 1).then(|| {
                    let count = waiting.len();
                    format!(
                        "I take that as the answer to {}, the newest of {count} that wait.",
                        newest.action
                    )
                });
                let (_, reply) = self.end_without_turn(&job.message, record, told).await;
                if let Some(reply) = reply {
                    job.events.send(TurnEvent::Reply(reply));
                }
                let message = Arc::new(message);
                let attempts = resumed.attempts;
                Ok(Some(Job {
                    work: Work::Resume,
                    message,
                    run: resumed.run,
                    attempts,
                    counted: true,
                    ..job.clone()
                }))
            }
            Err(AnswerError::Store(error)) => Err(error),
            Err(error) => {
                record.reason = format!("its answer to the approval of {} does not count", newest.action);
                self.tell_end(job, record, Some(format!("That does not count: {error}."))).await;
                Ok(None)
            }
        }
    }

    /// The approvals of a message's room that wait and were asked before it, in the order of asking: nobody
    /// answers a question that was not there yet, or is not there any more.
    async fn asked_before(&self, message: &Memory) -> Result<Vec<Approval>, StoreError> {
        let mut waiting = self.approvals().await?;
        waiting.retain(|approval| approval.room == message.room);
        if waiting.is_empty() {
            return Ok(waiting);
        }
        let ids: Vec<Uuid> = waiting.iter().map(|approval| approval.id).chain([message.id]).collect();
        let placed = self.store().memories_by_id(&ids).await?;
        let places: BTreeMap<Uuid, i64> = placed.iter().map(|memory| (memory.id, memory.sequence)).collect();
        let place = places.get(&message.id);
        waiting.retain(|approval| places.get(&approval.id).is_some_and(|asked| Some(asked) < place));
        waiting.sort_by_key(|approval| places.get(&approval.id).copied());
        Ok(waiting)
    }

    /// At a start: ends the run of a message that has answered a question already, so that it answers no other
    /// one. A process that ends between storing the answer and ending that run leaves it. Whether it was one.
    pub(super) async fn end_if_answer(&self, message: &Memory, run: Uuid) -> Result<bool, StoreError> {
        if read_consent(&message.content.text, &self.character().name).is_none() {
            return Ok(false);
        }
        for answered in self.store().runs(Some(message.room), usize::MAX).await? {
            // Also an old record that cannot be read keeps nobody from starting.
            let Ok(answered) = self::record(&answered) else { continue };
            let approval = answered.approvals.iter().find(|asked| asked.answered_in == Some(message.id));
            if let Some(approval) = approval {
                let ruling = approval.answered.as_ref().map_or(Ruling::Denied, |answer| answer.ruling);
                let reason = reason(approval, ruling);
                let record = RunRecord { reason, answers: Some(answered.run), ..answering(message, run) };
                self.end_without_turn(message, record, None).await;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Refuses an action when nobody has answered in time. Does not keep the agent from ending.
    pub(crate) fn expect_answer(&self, approval: &Approval) {
        let (id, until, clock) = (approval.id, approval.expires_at, self.clock().clone());
        let (agent, closed) = (Arc::downgrade(&self.0), self.0.approvals.closed.clone());
        self.spawn_timer(async move {
            tokio::select! {
                () = closed.cancelled() => return,
                () = clock.sleep_until(until) => {}
            }
            let Some(agent) = agent.upgrade() else { return };
            let agent = Self(agent, super::view::View::Live);
            agent.expire(id).await;
        });
    }

    async fn expire(&self, id: Uuid) {
        loop {
            let said = Said { ruling: Ruling::Expired, by: None, message: None };
            match self.answer_and_queue(id, said).await {
                Err(AnswerError::Store(error)) => {
                    tracing::error!(approval = %id, "what nobody allowed still waits, trying again: {error}");
                }
                _ => return,
            }
            tokio::select! {
                () = self.0.approvals.closed.cancelled() => return,
                () = tokio::time::sleep(TRY_AGAIN) => {}
            }
        }
    }

    /// Waits for the answers that an earlier process waited for. A run that this version cannot read is left to one that can.
    pub(super) async fn expect_answers(&self) -> Result<(), StoreError> {
        for run in self.store().waiting().await? {
            match record(&run) {
                Ok(record) => drop(record.waiting_approval().map(|approval| self.expect_answer(approval))),
                Err(error) => tracing::warn!(run = %run.id, "a question cannot be read: {error}"),
            }
        }
        Ok(())
    }
}

/// The end of the run about a message that answers a question.
fn answering(message: &Memory, run: Uuid) -> RunRecord {
    RunRecord {
        run,
        room: message.room,
        message: message.id,
        status: RunStatus::Completed,
        responded: true,
        ..RunRecord::default()
    }
}

fn reason(approval: &Approval, ruling: Ruling) -> String {
    format!("answered approval of {}: {}", approval.action, ruling.name())
}

fn record(run: &StoredRun) -> Result<RunRecord, StoreError> {
    serde_json::from_value(run.record.clone())
        .map_err(|error| StoreError::Damaged { what: format!("the run {}", run.id), why: error.to_string() })
}
