//! An evaluator that looks at how people feel: alone, or many turns at once when several wait. Its scores are
//! kept; `galatea scores` draws them.

use galatea::prelude::*;
use serde_json::json;

/// How people feel.
#[plugin("sentiment")]
pub struct Sentiment;

const GOOD: [&str; 4] = ["good", "great", "love", "thanks"];
const BAD: [&str; 4] = ["bad", "awful", "hate", "broken"];

/// From 0, very bad, to 1, very good.
fn feeling(text: &str) -> f64 {
    let text = text.to_lowercase();
    let count = |words: &[&str]| words.iter().filter(|word| text.contains(**word)).count();
    let (good, bad) = (count(&GOOD), count(&BAD));
    #[allow(clippy::cast_precision_loss, reason = "there are eight words")]
    let share = (good as f64 + 0.5) / ((good + bad) as f64 + 1.0);
    share
}

fn judge(text: &str) -> Evaluation {
    let score = feeling(text);
    let label = if score > 0.6 { "positive" } else if score < 0.4 { "negative" } else { "neutral" };
    Evaluation { metadata: json!({ "sentiment": label }), ..Evaluation::new(score, score >= 0.25) }
}

/// How the user feels about the conversation.
#[evaluator(plugin = Sentiment, always_run, batch = sentiments)]
async fn sentiment(message: Message) -> Evaluation {
    judge(&message.content.text)
}

/// The same for many turns at once: one call of a model, say, instead of thirty.
#[batch(plugin = Sentiment)]
async fn sentiments(turns: Turns) -> Vec<Evaluation> {
    turns.iter().map(|turn| judge(&turn.message.content.text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::{store::ScoreQuery, testing::{Script, TestAgent, TestResult}};

    #[tokio::test]
    async fn scores_are_kept_over_time() -> TestResult {
        let agent = TestAgent::with::<Sentiment>().model(Script::new().says("I see.").forever()).start().await?;
        for text in ["I love it, thanks!", "It is broken, I hate it.", "It is a table."] {
            agent.says(text).await?;
            agent.settled().await?;
        }
        let scores = agent.store().scores(&ScoreQuery::default()).await?;
        let passed: Vec<bool> = scores.iter().map(|score| score.passed).collect();
        assert_eq!(passed, [true, false, true]);
        assert_eq!(scores[0].metadata["sentiment"], "positive");
        Ok(())
    }
}
