//! An evaluator that looks at how people feel: alone, or many turns at once when several wait. Its scores are
//! kept; `galatea scores` draws them.

use galatea::prelude::*;
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};

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
    let label = if score > 0.6 {
        "positive"
    } else if score < 0.4 {
        "negative"
    } else {
        "neutral"
    };
    Evaluation { metadata: json!({ "sentiment": label }), ..Evaluation::new(score, score >= 0.25) }
}

/// Reads feelings, one call at a time: in the place of a model, whose calls cost.
#[derive(Debug, Default)]
pub struct Reader {
    free: tokio::sync::Mutex<()>,
    calls: AtomicU32,
}

/// Reads the feelings of texts.
#[service(plugin = Sentiment)]
impl Reader {
    async fn start() -> Self {
        Self::default()
    }

    /// One call, however many texts there are.
    async fn read(&self, texts: Vec<&str>) -> Vec<Evaluation> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let _call = self.free.lock().await;
        texts.into_iter().map(judge).collect()
    }
}

/// How the user feels about the conversation.
#[evaluator(plugin = Sentiment, always_run, batch = sentiments)]
async fn sentiment(message: Message, reader: Service<Reader>) -> Option<Evaluation> {
    reader.read(vec![&message.content.text]).await.pop()
}

/// The same for all the turns that ended meanwhile: one call instead of thirty.
#[batch(plugin = Sentiment)]
async fn sentiments(turns: Turns, reader: Service<Reader>) -> Vec<Evaluation> {
    reader.read(turns.iter().map(|turn| turn.message.content.text.as_str()).collect()).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::{
        store::ScoreQuery,
        testing::{Script, TestAgent, TestResult},
    };

    const SAID: [&str; 4] = ["I love it, thanks!", "It is broken, I hate it.", "It is a table.", "Great!"];

    async fn start() -> TestResult<TestAgent> {
        Ok(TestAgent::with::<Sentiment>().model(Script::new().says("I see.").forever()).start().await?)
    }

    async fn calls_and_labels(agent: &TestAgent) -> TestResult<(u32, Vec<serde_json::Value>)> {
        agent.settled().await?;
        let scores = agent.store().scores(&ScoreQuery::default()).await?;
        assert!(scores.iter().all(|score| score.passed == (score.metadata["sentiment"] != "negative")));
        let calls = agent.service::<Reader>().ok_or("no reader")?.calls.load(Ordering::Relaxed);
        Ok((calls, scores.into_iter().map(|score| score.metadata["sentiment"].clone()).collect()))
    }

    #[tokio::test]
    async fn scores_are_kept_over_time() -> TestResult {
        let agent = start().await?;
        for text in SAID {
            agent.says(text).await?;
            agent.settled().await?;
        }
        let wanted = ["positive", "negative", "neutral", "positive"].map(Into::into).to_vec();
        assert_eq!(calls_and_labels(&agent).await?, (4, wanted));
        Ok(())
    }

    #[tokio::test]
    async fn turns_that_wait_are_read_together() -> TestResult {
        let agent = start().await?;
        let reader = agent.service::<Reader>().ok_or("no reader")?;
        let busy = reader.free.lock().await;
        for (text, user) in SAID.into_iter().zip(["ann", "ben", "cid", "dot"]) {
            agent.user(user).says(text).await?;
        }
        drop(busy);
        let wanted = ["positive", "negative", "neutral", "positive"].map(Into::into).to_vec();
        assert_eq!(
            calls_and_labels(&agent).await?,
            (2, wanted),
            "the first alone, then the three that waited"
        );
        Ok(())
    }
}
