//! `galatea parked`

use crate::{
    cli::Parked as Args,
    failure::Failure,
    output::{self, BAD, CODE, DIM, styled},
    start,
};
use galatea::{
    agent::{Agent, Parked},
    turn::StepStatus,
};
use serde_json::Value;
use std::process::ExitCode;

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let registry = start::registry()?;
    let (plan, base) = start::plan(&registry, args.character.as_deref())?;
    start::runtime()?.block_on(async {
        let agent = start::storage(plan, &registry, base).await?;
        let done = work(&agent, args).await;
        agent.stop().await;
        done.map(|()| ExitCode::SUCCESS)
    })
}

async fn work(agent: &Agent, args: &Args) -> Result<(), Failure> {
    let unread = |error| Failure::new(format!("what was set aside cannot be read: {error}"));
    let parked = agent.parked().await.map_err(unread)?;
    let (retry, discard) = (args.retry.as_deref(), args.discard.as_deref());
    if let Some(wanted) = retry.or(discard) {
        for one in chosen(&parked, wanted)? {
            let changed =
                if retry.is_some() { agent.requeue(one.run).await } else { agent.discard(one.run).await };
            changed.map_err(|error| Failure::new(error.to_string()))?;
            let what = if retry.is_some() { "is tried again when the agent starts" } else { "is given up" };
            output::line(&format!("{} {what}", styled(CODE, &one.run.to_string())));
        }
        return Ok(());
    }
    if args.json {
        output::json(&serde_json::to_value(&parked).unwrap_or(Value::Null));
    } else if parked.is_empty() {
        output::aside("nothing was set aside");
    } else {
        parked.iter().for_each(tell);
        output::aside(
            "`--retry RUN` tries one again, `--discard RUN` gives it up, `all` stands for all of them",
        );
    }
    Ok(())
}

/// What is meant by `all`, or by the id of a run or its beginning.
fn chosen<'a>(parked: &'a [Parked], wanted: &str) -> Result<Vec<&'a Parked>, Failure> {
    if wanted == "all" {
        return Ok(parked.iter().collect());
    }
    let fits =
        |one: &&Parked| !wanted.is_empty() && one.run.to_string().starts_with(&wanted.to_ascii_lowercase());
    let found: Vec<&Parked> = parked.iter().filter(fits).collect();
    let list = "`galatea parked` lists what was set aside";
    match found.as_slice() {
        [_] => Ok(found),
        [] => Err(Failure::new(format!("nothing that was set aside has the run `{wanted}`")).help(list)),
        several => {
            let what = format!("`{wanted}` begins {} runs", several.len());
            Err(Failure::new(what).help("write more of it"))
        }
    }
}

fn tell(parked: &Parked) {
    let text = parked.message.as_ref().map_or("(deleted)", |message| message.content.text.as_str());
    let at = parked.message.as_ref().map(|message| format!("{:.0}", message.at)).unwrap_or_default();
    output::line(&format!("{}  {text:?}", styled(CODE, &parked.run.to_string())));
    let times = if parked.attempts == 1 { "once".to_owned() } else { format!("{} times", parked.attempts) };
    output::line(&format!(
        "    {} {}",
        styled(DIM, &format!("{at} tried {times}:")),
        styled(BAD, &parked.why)
    ));
    for (action, status) in &parked.steps {
        let how = match status {
            StepStatus::Pending | StepStatus::Skipped => "not begun",
            StepStatus::Running => "begun; whether it took effect is not known",
            StepStatus::Completed => "done",
            StepStatus::Failed => "failed",
        };
        output::line(&format!("    {action}: {how}"));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_run_is_chosen_by_its_beginning() {
        let one = |run: u128| Parked {
            run: Uuid::from_u128(run << 96),
            message: None,
            attempts: 3,
            why: String::new(),
            steps: Vec::new(),
        };
        let parked = [one(0xab11), one(0xab22)];
        for (wanted, found) in [("all", 2), ("0000ab1", 1), ("0000AB22", 1)] {
            assert_eq!(chosen(&parked, wanted).unwrap().len(), found, "{wanted}");
        }
        for wanted in ["0000ab", "", "7"] {
            assert!(chosen(&parked, wanted).is_err(), "{wanted}");
        }
    }
}
