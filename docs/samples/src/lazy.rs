//! A service that starts on first use: an agent that never needs it never pays for it.

use galatea::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};

/// Looks words up in a dictionary that takes long to open.
#[plugin("dictionary", lazy)]
pub struct DictionaryPlugin;

/// How often a dictionary was opened in this process.
pub static OPENED: AtomicU32 = AtomicU32::new(0);

/// The words and what they mean.
#[derive(Debug)]
pub struct Dictionary(Vec<(&'static str, &'static str)>);

/// Knows what words mean.
#[service(plugin = DictionaryPlugin)]
impl Dictionary {
    async fn start() -> Self {
        OPENED.fetch_add(1, Ordering::Relaxed);
        Self(vec![("galatea", "a statue that came to life")])
    }

    /// What a word means.
    pub fn meaning(&self, word: &str) -> Option<&'static str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, meaning)| *meaning)
    }
}

/// Tells what the word galatea means.
#[action(plugin = DictionaryPlugin)]
async fn define_galatea(dictionary: Service<Dictionary>) -> Result<&'static str, &'static str> {
    dictionary.meaning("Galatea").ok_or("it is not in the dictionary")
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::testing::{Script, TestAgent, TestResult};
    use serde_json::json;

    #[tokio::test]
    async fn it_starts_once_and_only_when_it_is_used() -> TestResult {
        let script = Script::new().says("Hello.").calls("DEFINE_GALATEA", json!({})).says("There.");
        let agent = TestAgent::with::<DictionaryPlugin>().model(script).start().await?;
        agent.says("Hello").await?;
        assert_eq!(OPENED.load(Ordering::Relaxed), 0);
        agent.says("What does galatea mean?").await?.assert_ran("DEFINE_GALATEA");
        agent.run_action("DEFINE_GALATEA", json!({})).await?;
        assert_eq!(OPENED.load(Ordering::Relaxed), 1);
        Ok(())
    }
}
