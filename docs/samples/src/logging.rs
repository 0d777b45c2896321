//! A middleware: a layer around parts of any plugin, put there by the character.

use galatea::{middleware::Outcome, prelude::*};
use schemars::JsonSchema;
use serde::Deserialize;
use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// Writes down what ran.
#[plugin("diary")]
pub struct Diary;

/// The diary of this process.
pub static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// How to write.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DiarySettings {
    /// What stands before every line.
    pub prefix: String,
}

/// Writes down which actions ran, how long they took, and whether they failed.
#[middleware(plugin = Diary, of(action))]
fn with_diary(settings: DiarySettings) -> impl Middleware {
    galatea::middleware::from_fn(move |call, next| {
        let prefix = settings.prefix.clone();
        async move {
            let (name, begun) = (call.part.name, Instant::now());
            let outcome = next.run(call).await;
            // An action that fails still gives a result; an error is a call that gave none.
            let failed = outcome.as_ref().map_or(true, Outcome::is_failure);
            let how = if failed { "failed" } else { "completed" };
            tracing::debug!("{name} {how} after {:?}", begun.elapsed());
            LINES.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{prefix}{name} {how}"));
            outcome
        }
    })
}

/// Sweeps the floor.
#[action(plugin = Diary)]
async fn sweep() -> &'static str {
    "Swept."
}

/// Dusts the shelves.
#[action(plugin = Diary)]
async fn dust() -> Result<(), &'static str> {
    Err("the duster is gone")
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::testing::{Script, TestAgent, TestResult};
    use serde_json::json;

    #[tokio::test]
    async fn it_is_around_every_action_of_the_character() -> TestResult {
        let agent = TestAgent::with::<Diary>()
            .character(json!({ "middleware": [{ "with-diary": { "prefix": "today: " } }] }))
            .model(Script::new().calls_all([("SWEEP", json!({})), ("DUST", json!({}))]).says("Clean."))
            .start()
            .await?;
        agent.says("Sweep and dust, please").await?.assert_replied("Clean.");
        let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner).clone();
        assert_eq!(lines, ["today: SWEEP completed", "today: DUST failed"]);
        Ok(())
    }
}
