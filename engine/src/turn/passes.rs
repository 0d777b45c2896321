//! The bounded loop of deciding and acting, and where it is left to wait for a person.

use super::{
    Suspended, TurnContext,
    act::{self, Calls, Leave, Outcome},
    compose, decide, deliver, journal,
    run::{Ending, TurnError, asked_for, timed},
    trim, words,
};
use crate::{
    agent::Agent,
    memory::{Content, Memory},
    model::{Line, ModelKind, ModelRequest, Purpose, Speaker, TextSink, ToolCall},
};
use serde_json::Value;
use std::sync::Arc;

/// How the engine begins what it asks about the model's own last message.
pub(crate) const ASKED_AGAIN: &str = "(Your last message";

/// How often a model may call what there is not, or with arguments that do not fit: once, then it is told and
/// mends it or has to answer without actions.
const MOST_MISTAKES: u32 = 1;

/// How far the loop has come.
#[derive(Debug, Default)]
struct Progress {
    /// How often the model has decided and acted.
    pass: u32,
    /// What came of it, as the model sees it.
    lines: Vec<Line>,
    /// Its passes with mistakes.
    mistakes: u32,
    /// The providers that it asked for by name; it may do so once.
    providers: Vec<String>,
}

impl Progress {
    /// What it takes to go on with the calls of a decision.
    fn with(&self, decision: &decide::Decision) -> Suspended {
        Suspended {
            pass: self.pass,
            lines: self.lines.clone(),
            text: decision.text.clone(),
            calls: decision.calls.clone(),
            mistaken: false,
            aloud: false,
            mistakes: self.mistakes,
            providers: self.providers.clone(),
        }
    }
}

impl Progress {
    /// The model sees what it wrote and what was wrong with it.
    fn ask_again(&mut self, agent: &Agent, turn: &TurnContext, decision: &decide::Decision, problem: &str) {
        // What was streamed of it is not said.
        turn.settle_stream("");
        tracing::info!(run = %turn.run, "the model is asked again: its answer {problem}");
        if !decision.text.is_empty() {
            self.lines.push(Line::new(Speaker::Assistant, &agent.character().name, &decision.text));
        }
        let told = format!("{ASKED_AGAIN} {problem}. Answer again.)");
        self.lines.push(Line::new(Speaker::User, turn.sender.name(), told));
        self.mistakes += 1;
        self.pass += 1;
    }
}

/// One pass that acts.
struct Pass {
    /// What the model said with its calls.
    text: String,
    calls: Vec<ToolCall>,
    /// An action said something before the pass was left to wait for a person.
    aloud: bool,
    /// How many replies there were when it began or went on.
    said: usize,
    outcome: Outcome,
}

/// The loop from its beginning: a plain reply takes one pass, actions that say nothing themselves another one.
pub(super) async fn decide_and_act(agent: &Agent, turn: &Arc<TurnContext>) -> Result<Ending, TurnError> {
    Box::pin(passes(agent, turn, Progress::default())).await
}

/// The loop from where it was left: to wait for a person, or by a process that ended. `asked` is the place of the
/// step that a person was asked about, `leave` the answer.
pub(super) async fn go_on(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    suspended: Suspended,
    asked: Option<usize>,
    leave: Leave,
) -> Result<Ending, TurnError> {
    let Suspended { pass, lines, text, calls, mistaken, aloud, mistakes, providers } = suspended;
    let mut progress = Progress { pass, lines, mistakes, providers };
    let first = turn.plan().len().saturating_sub(calls.len());
    let said_by_step = |reply: &Arc<Memory>| {
        reply.metadata.get("step").and_then(Value::as_u64).is_some_and(|step| step > first as u64)
    };
    let aloud = aloud || turn.replies().iter().any(said_by_step);
    let said = turn.replies().len();
    let mut outcome =
        timed(agent, turn, "act", act::act(agent, turn, Calls { calls: &calls, first, asked }, leave))
            .await?;
    outcome.mistaken |= mistaken;
    let pass = Pass { text, calls, aloud, said, outcome };
    match acted(agent, turn, &mut progress, pass).await? {
        Some(ending) => Ok(ending),
        None => Box::pin(passes(agent, turn, progress)).await,
    }
}

async fn passes(agent: &Agent, turn: &Arc<TurnContext>, mut progress: Progress) -> Result<Ending, TurnError> {
    while progress.pass < agent.character().limits.steps {
        let offered = decide::offered(agent, turn).await;
        let mut decision =
            timed(agent, turn, "decide", decide::decide(agent, turn, &offered, &progress.lines)).await?;
        if !decision.providers.is_empty() && progress.providers.is_empty() {
            // What was streamed was said without knowing what the model wants to know first.
            turn.settle_stream("");
            progress.providers = decision.providers;
            timed(
                agent,
                turn,
                "compose",
                compose::compose(agent, turn, &asked_for(turn, &progress.providers)),
            )
            .await;
            continue;
        }
        if let Some(problem) = decision.problem.take()
            && results(&progress.lines).is_empty()
        {
            if progress.mistakes < MOST_MISTAKES {
                progress.ask_again(agent, turn, &decision, &problem);
                continue;
            }
            if decision.text.is_empty() {
                return Ok(Ending::Reply(words::failure(agent, turn, words::NO_ANSWER)));
            }
        }
        if decision.ignore && turn.replies().is_empty() {
            turn.note(|record| "the model decided to say nothing".clone_into(&mut record.reason));
            return Ok(Ending::Silent);
        }
        if decision.calls.is_empty() {
            if decision.cut {
                decision.text = whole(agent, turn, &progress.lines, decision.text).await;
            }
            return last_words(agent, turn, &decision, &progress.lines).await;
        }
        let plan = progress.with(&decision);
        let first = act::plan(turn, &decision.calls, plan);
        if decision.text.is_empty() {
            // A preview that came to nothing.
            turn.settle_stream("");
        } else {
            say_with_plan(agent, turn, Content::text(decision.text.clone())).await?;
        }
        let said = turn.replies().len();
        let calls = Calls { calls: &decision.calls, first, asked: None };
        let outcome = timed(agent, turn, "act", act::act(agent, turn, calls, Leave::Unasked)).await?;
        let pass = Pass { text: decision.text, calls: decision.calls, aloud: false, said, outcome };
        if let Some(ending) = acted(agent, turn, &mut progress, pass).await? {
            return Ok(ending);
        }
    }
    Ok(Ending::Reply(in_words(agent, turn, &progress.lines).await))
}

/// Says what the model says with its calls. It is stored together with the plan: a restart that finds one finds both.
async fn say_with_plan(agent: &Agent, turn: &Arc<TurnContext>, content: Content) -> Result<(), TurnError> {
    let memory = deliver::reply(agent, turn, content).await;
    turn.note(|record| record.replies.push(memory.id));
    if let Err(error) = journal::plan_aloud(agent, turn, &memory).await {
        turn.note(|record| record.replies.retain(|said| *said != memory.id));
        return Err(error.into());
    }
    deliver::told(agent, turn, memory).await;
    Ok(())
}

/// What follows from a pass: an ending, or another pass.
async fn acted(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    progress: &mut Progress,
    pass: Pass,
) -> Result<Option<Ending>, TurnError> {
    let aloud = pass.aloud || turn.replies().len() > pass.said;
    let Pass { text, calls, outcome, .. } = pass;
    if let Some(ask) = outcome.asks {
        let suspended = Suspended {
            pass: progress.pass,
            lines: std::mem::take(&mut progress.lines),
            text,
            calls,
            mistaken: outcome.mistaken,
            aloud,
            mistakes: progress.mistakes,
            providers: std::mem::take(&mut progress.providers),
        };
        return Ok(Some(Ending::Waits(Box::new((ask, suspended)))));
    }
    progress.lines.push(Line { calls, ..Line::new(Speaker::Assistant, &agent.character().name, text) });
    progress.lines.extend(outcome.lines);
    if let Some(action) = outcome.stopped_by {
        journal::settle(agent, turn).await?;
        let told = format!("I stopped: {action} failed. {}", results(&progress.lines));
        return Ok(Some(Ending::Reply(words::failure(agent, turn, told.trim()))));
    }
    if aloud && !outcome.failed {
        return Ok(Some(Ending::Said));
    }
    journal::settle(agent, turn).await?;
    progress.pass += 1;
    progress.mistakes += u32::from(outcome.mistaken);
    timed(agent, turn, "compose", compose::compose_again(agent, turn, &asked_for(turn, &progress.providers)))
        .await;
    if progress.mistakes > MOST_MISTAKES {
        return Ok(Some(Ending::Reply(in_words(agent, turn, &progress.lines).await)));
    }
    Ok(None)
}

/// What the actions gave, put into words by the model without any more actions; as it is where it has no words.
async fn in_words(agent: &Agent, turn: &Arc<TurnContext>, lines: &[Line]) -> String {
    match reply(agent, turn, lines).await {
        Ok(text) if !text.is_empty() => return text,
        Ok(_) => {}
        Err(error) => tracing::warn!(run = %turn.run, "the results are told as they are: {error}"),
    }
    let told = results(lines);
    if told.is_empty() { words::failure(agent, turn, words::NO_ANSWER) } else { told }
}

/// The rest of a text that ends in the middle, asked for once; as much of it as there is where the model gives no more.
async fn whole(agent: &Agent, turn: &Arc<TurnContext>, lines: &[Line], text: String) -> String {
    let mut lines = lines.to_vec();
    lines.push(Line::new(Speaker::Assistant, &agent.character().name, text.clone()));
    let asked =
        format!("{ASKED_AGAIN} ends in the middle. Write only what follows, without repeating anything.)");
    lines.push(Line::new(Speaker::User, turn.sender.name(), asked));
    match quiet_reply(agent, turn, &lines).await {
        Ok(rest) if rest.starts_with(&text) => rest,
        Ok(rest) if rest.starts_with(char::is_alphanumeric) => format!("{} {rest}", text.trim_end()),
        Ok(rest) => format!("{}{rest}", text.trim_end()),
        Err(error) => {
            tracing::warn!(run = %turn.run, "the text stays as short as it is: {error}");
            text
        }
    }
}

/// A reply of the model that has no actions to choose from, streamed while it comes.
async fn reply(agent: &Agent, turn: &Arc<TurnContext>, lines: &[Line]) -> Result<String, TurnError> {
    let request = reply_request(agent, turn, lines).await;
    Ok(decide::ask(agent, turn, request).await?.text.trim().to_owned())
}

/// The same, not streamed: it is only a part of what is said.
async fn quiet_reply(agent: &Agent, turn: &Arc<TurnContext>, lines: &[Line]) -> Result<String, TurnError> {
    let request = reply_request(agent, turn, lines).await;
    let answer = agent.generate(ModelKind::TextLarge, request, Some(turn), TextSink::default()).await?;
    Ok(answer.text.trim().to_owned())
}

async fn reply_request(agent: &Agent, turn: &Arc<TurnContext>, lines: &[Line]) -> ModelRequest {
    let mut request = super::prompt::decide(agent, turn, Vec::new(), lines);
    request.purpose = Purpose::Reply;
    trim::fit(agent, turn, &mut request, lines.len()).await;
    request
}

/// A decision without actions: its text, or words for it if it has none.
async fn last_words(
    agent: &Agent,
    turn: &Arc<TurnContext>,
    decision: &decide::Decision,
    lines: &[Line],
) -> Result<Ending, TurnError> {
    if !decision.text.is_empty() {
        return Ok(Ending::Reply(decision.text.clone()));
    }
    let told = results(lines);
    if !told.is_empty() && !decision.reply_without_text {
        return Ok(Ending::Reply(told));
    }
    let text = reply(agent, turn, lines).await?;
    Ok(Ending::Reply(if text.is_empty() { words::failure(agent, turn, words::NO_ANSWER) } else { text }))
}

/// The results of the actions, for when nobody put them into words.
fn results(lines: &[Line]) -> String {
    let told: Vec<String> =
        lines
            .iter()
            .filter(|line| line.speaker == Speaker::Tool)
            .map(|line| {
                if line.success { line.text.clone() } else { format!("{} failed: {}", line.name, line.text) }
            })
            .collect();
    told.join("\n")
}
