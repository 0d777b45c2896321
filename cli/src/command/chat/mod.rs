//! `galatea chat`: `session` is one conversation, `input` where lines come from, `turn` shows what happens in a
//! turn, `slash` are the commands of the chat, `why` tells how a reply came about.

mod cost;
mod input;
mod session;
mod slash;
mod turn;
mod why;

use crate::{
    cli::Chat,
    failure::Failure,
    news::News,
    output,
    reach::{self, Reach},
    signal::{Signal, Signals},
    start,
};
use input::{Input, Line};
use session::{Ended, Session};
use std::process::ExitCode;

pub(super) fn run(args: Chat) -> Result<ExitCode, Failure> {
    let registry = start::registry()?;
    let (plan, base) = start::plan(&registry, args.character.as_deref())?;
    let reach = if args.serve { Reach::listening(args.address.as_deref()) } else { Reach::default() };
    let runtime = start::runtime()?;
    let code = runtime.block_on(async {
        let mut signals =
            Signals::new().map_err(|error| Failure::new(format!("signals cannot be heard: {error}")))?;
        let agent = start::agent(plan, &registry, base, &reach).await?;
        let places = reach::told(std::slice::from_ref(&agent)).await;
        let left_over = agent.left_over();
        let (person, is_named) = (person(args.name.as_deref()), args.name.is_some());
        let session = Session::new(agent, person, is_named, args.json).await;
        let mut session =
            session.map_err(|error| Failure::new(format!("what was said before cannot be read: {error}")))?;
        start::tell_left_over(left_over);
        // Stdout is for the conversation.
        places.iter().for_each(|place| output::notice(place));
        let code = if args.say.is_empty() {
            converse(&mut session, &mut signals, !args.no_watch).await
        } else {
            say(&mut session, &args.say, &mut signals).await
        };
        Ok(end(&session, &mut signals).await.unwrap_or(code))
    });
    // A thread may still wait for a line that never comes.
    runtime.shutdown_background();
    code
}

/// Who talks: as they say, else the account's name.
fn person(given: Option<&str>) -> String {
    let account = || ["USER", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    let name = given.map(str::to_owned).or_else(account).unwrap_or_default();
    if name.trim().is_empty() { "you".to_owned() } else { name.trim().to_owned() }
}

/// Says the texts in order. The code tells whether every turn was completed.
async fn say(session: &mut Session, texts: &[String], signals: &mut Signals) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    session.remember_aloud().await;
    session.catch_up().await;
    for text in texts {
        session.echo(text);
        match session.message(text, signals).await {
            Ended::Completed => {}
            Ended::Failed => code = ExitCode::FAILURE,
            Ended::Interrupted(signal) => return signal.code(),
        }
    }
    code
}

/// Lines and answers until somebody ends it.
async fn converse(session: &mut Session, signals: &mut Signals, watches: bool) -> ExitCode {
    let mut input = Input::open(session.label());
    if input.is_terminal() {
        session.banner().await;
    } else {
        session.remember_aloud().await;
    }
    let mut news = News::of(session.agent(), watches);
    let mut code = ExitCode::SUCCESS;
    let mut was_interrupted = false;
    loop {
        news.catch_up();
        session.catch_up().await;
        let line = tokio::select! {
            line = input.next() => line,
            // Not into a line that somebody is typing: then it comes before the answer.
            item = news.next(), if !input.is_terminal() => {
                item.tell();
                continue;
            }
            signal = signals.next() => {
                input.abandon().await;
                return signal.code();
            }
        };
        news.catch_up();
        match line {
            Line::Text(text) if text.trim().is_empty() => {}
            Line::Text(text) => {
                was_interrupted = false;
                if !input.is_terminal() {
                    session.echo(&text);
                }
                if let Some(command) = text.trim().strip_prefix('/') {
                    if slash::run(session, command).await == slash::Next::Quit {
                        return code;
                    }
                    continue;
                }
                match session.message(&text, signals).await {
                    Ended::Completed => {}
                    // A person sees it; a program asks for the code.
                    Ended::Failed if input.is_terminal() => {}
                    Ended::Failed => code = ExitCode::FAILURE,
                    Ended::Interrupted(Signal::Interrupt) if input.is_terminal() => was_interrupted = true,
                    Ended::Interrupted(signal) => return signal.code(),
                }
            }
            Line::Interrupted if was_interrupted => return code,
            Line::Interrupted => {
                was_interrupted = true;
                output::aside("Ctrl-C again, or Ctrl-D, ends the chat");
            }
            Line::End => return code,
        }
    }
}

/// Ends the agent. Who asks again does not wait: what was accepted is stored. Then the code says so.
async fn end(session: &Session, signals: &mut Signals) -> Option<ExitCode> {
    tokio::select! {
        () = session.agent().stop() => None,
        signal = signals.next() => Some(signal.code()),
    }
}
