//! The pattern of a plugin that serves language models: it answers requests and says how many tokens that took.

use galatea::{
    model::{Speaker, Usage},
    prelude::*,
};

/// Which model answers.
#[config]
pub struct Settings {
    /// The model's name, as the provider calls it.
    #[serde(default = "parrot")]
    pub model: String,
}

fn parrot() -> String {
    "parrot-1".to_owned()
}

/// A model that repeats what it hears.
#[plugin("parrot", config = Settings)]
pub struct Parrot;

/// Repeats the last thing that was said, word by word.
#[model(TextSmall, TextLarge, plugin = Parrot)]
async fn repeat(request: Request, chunks: Chunks, config: Config<Parrot>) -> Result<ModelAnswer, ModelError> {
    let heard = request.lines.iter().rev().find(|line| line.speaker == Speaker::User);
    let heard = heard
        .map(|line| line.text.as_str())
        .ok_or_else(|| ModelError::Rejected("nobody said anything".to_owned()))?;
    for word in heard.split_inclusive(' ') {
        chunks.send(word).await;
    }
    let words = u64::try_from(heard.split_whitespace().count()).unwrap_or(u64::MAX);
    Ok(ModelAnswer {
        model: config.model.clone(),
        usage: Usage::new(words, words),
        ..ModelAnswer::text(heard)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::{
        event::ModelUsed,
        testing::{TestAgent, TestResult},
    };

    #[tokio::test]
    async fn it_answers_streams_and_is_accounted_for() -> TestResult {
        let agent = TestAgent::with::<Parrot>().real_models().start().await?;
        let turn = agent.says("Polly wants a cracker").await?;
        turn.assert_replied("Polly wants a cracker");
        assert_eq!(turn.streamed(), "Polly wants a cracker");
        let used = agent.event::<ModelUsed>().await?;
        assert_eq!((used.model.as_str(), used.usage.completion), ("parrot-1", 4));
        Ok(())
    }
}
