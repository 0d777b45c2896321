//! An action with everything that holds it back: several checks with reasons, a role, a limit, a time, and a
//! person who must allow it.

use galatea::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use std::{sync::atomic::{AtomicU32, Ordering}, time::Instant};

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
    if data.numbers.len() > 1000 { Err(format!("{} numbers are too many", data.numbers.len())) } else { Ok(()) }
}

/// How often the analysis really ran.
pub static RAN: AtomicU32 = AtomicU32::new(0);

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
    RAN.fetch_add(1, Ordering::Relaxed);
    #[allow(clippy::cast_precision_loss, reason = "at most a thousand")]
    let mean = data.numbers.iter().sum::<f64>() / data.numbers.len() as f64;
    let mut result = ActionResult::text(format!("Analysis complete: the mean is {mean}")).with_data(&mean)?;
    result.metadata.insert("micros".to_owned(), (begun.elapsed().as_micros() as u64).into());
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::testing::{Script, TestAgent, TestResult};
    use serde_json::json;

    /// The tests count the same runs.
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

    fn asks_for(numbers: &[f64]) -> Script {
        Script::new().calls("ANALYSE", json!({ "numbers": numbers })).says("That is it.")
    }

    #[tokio::test]
    async fn it_waits_for_a_persons_yes() -> TestResult {
        let _alone = ONE_AT_A_TIME.lock().await;
        let agent = TestAgent::with::<Analysis>().model(asks_for(&[1.0, 2.0, 6.0])).start().await?;
        let owner = agent.user("grace").founder();
        let before = RAN.load(Ordering::Relaxed);
        let asked = owner.says("Analyse 1, 2 and 6").await?;
        assert!(asked.replies()[0].contains("ANALYSE"), "{:?}", asked.replies());
        assert_eq!(RAN.load(Ordering::Relaxed), before, "nobody has allowed it yet");
        let allowed = owner.says("yes").await?;
        allowed.assert_replied("That is it.");
        assert_eq!(
            allowed.result("ANALYSE").and_then(|result| result.text.as_deref()),
            Some("Analysis complete: the mean is 3")
        );
        assert_eq!(RAN.load(Ordering::Relaxed), before + 1);
        Ok(())
    }

    #[tokio::test]
    async fn a_check_that_refuses_says_why() -> TestResult {
        let _alone = ONE_AT_A_TIME.lock().await;
        let agent = TestAgent::with::<Analysis>().model(asks_for(&[])).start().await?;
        let turn = agent.user("grace").founder().says("Analyse nothing").await?;
        let error = turn.result("ANALYSE").and_then(|result| result.error.clone()).unwrap_or_default();
        assert!(error.contains("there are no numbers in it"), "{error}");
        Ok(())
    }

    #[tokio::test]
    async fn it_is_not_for_everybody() -> TestResult {
        let _alone = ONE_AT_A_TIME.lock().await;
        let agent = TestAgent::with::<Analysis>().model(asks_for(&[1.0])).start().await?;
        let turn = agent.user("stranger").says("Analyse 1").await?;
        let error = turn.result("ANALYSE").and_then(|result| result.error.clone()).unwrap_or_default();
        assert!(error.contains("ANALYSE is for admin"), "{error}");
        Ok(())
    }
}
