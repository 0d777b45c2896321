//! An action with everything that holds it back: several checks with reasons, a role, a limit, a time, and a
//! person who must allow it.

use galatea::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Instant;

/// Analyses data, carefully.
#[plugin("analysis")]
pub struct Analysis;

/// What to analyse.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Data {
    /// Numbers.
    pub numbers: Vec<f64>,
}

/// The first check that refuses says why; the model and the user hear it.
#[validate(plugin = Analysis)]
fn has_numbers(Args(data): Args<Data>) -> Result<(), &'static str> {
    if data.numbers.is_empty() { Err("there are no numbers in it") } else { Ok(()) }
}

#[validate(plugin = Analysis)]
fn is_not_too_much(Args(data): Args<Data>) -> Result<(), String> {
    if data.numbers.len() > 1000 {
        Err(format!("{} numbers are too many", data.numbers.len()))
    } else {
        Ok(())
    }
}

/// Analyses numbers: their mean. Expensive.
#[action(
    plugin = Analysis,
    example(user = "Analyse this data: 1 2 3", agent = "Analysis complete."),
    validate(has_numbers, is_not_too_much),
    priority = 10,
    timeout = "30s",
    rate_limit = "10/min",
    roles("admin"),
    approval(by = "admin", expires = "10m"),
    tags("data")
)]
async fn analyse(Args(data): Args<Data>) -> Result<ActionResult, serde_json::Error> {
    let begun = Instant::now();
    #[allow(clippy::cast_precision_loss, reason = "at most a thousand")]
    let mean = data.numbers.iter().sum::<f64>() / data.numbers.len() as f64;
    let mut result = ActionResult::text(format!("Analysis complete: the mean is {mean}")).with_data(&mean)?;
    result.metadata.insert("micros".to_owned(), (begun.elapsed().as_micros() as u64).into());
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::{
        event::ActionCompleted,
        testing::{Script, TestAgent, TestResult},
    };
    use serde_json::json;

    async fn asked_for(numbers: &[f64], times: u32) -> TestResult<TestAgent> {
        let model = (0..times).fold(Script::new(), |script, _| {
            script.calls("ANALYSE", json!({ "numbers": numbers })).says("That is it.")
        });
        Ok(TestAgent::with::<Analysis>().model(model).start().await?)
    }

    #[tokio::test]
    async fn it_waits_for_a_persons_yes() -> TestResult {
        let agent = asked_for(&[1.0, 2.0, 6.0], 1).await?;
        let owner = agent.user("grace").founder();
        owner.says("Analyse 1, 2 and 6").await?.assert_reply_contains("ANALYSE");
        assert!(agent.events().of::<ActionCompleted>().is_empty(), "nobody has allowed it yet");
        let allowed = owner.says("yes").await?;
        allowed.assert_replied("That is it.");
        let result = allowed.result("ANALYSE").ok_or("it did not run")?;
        assert_eq!(result.text.as_deref(), Some("Analysis complete: the mean is 3"));
        assert_eq!(agent.events().of::<ActionCompleted>().len(), 1);
        Ok(())
    }

    #[tokio::test]
    async fn it_is_refused_with_a_reason() -> TestResult {
        for (who, numbers, wanted) in [
            ("owner", &[] as &[f64], "there are no numbers in it"),
            ("owner", &[0.0; 1001], "1001 numbers are too many"),
            ("stranger", &[1.0], "ANALYSE is for admin"),
        ] {
            let agent = asked_for(numbers, 1).await?;
            let user = agent.user(who);
            let user = if who == "owner" { user.founder() } else { user };
            let turn = user.says("Analyse it").await?;
            let error = turn.result("ANALYSE").and_then(|result| result.error.as_deref()).unwrap_or_default();
            assert!(error.contains(wanted), "{error}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn it_runs_ten_times_a_minute() -> TestResult {
        let agent = asked_for(&[1.0], 11).await?;
        for _ in 0..10 {
            agent.says("Analyse 1").await?;
            agent.says("yes").await?.assert_ran("ANALYSE");
        }
        let turn = agent.says("Analyse 1").await?;
        let error = turn.result("ANALYSE").and_then(|result| result.error.as_deref()).unwrap_or_default();
        assert!(error.contains("may be used 10 times in 60s"), "{error}");
        Ok(())
    }
}
