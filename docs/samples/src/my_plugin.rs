//! The smallest plugin with each common part: config, hook, service, action, provider, and its test.

use galatea::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

/// What a character sets in `[plugins.my-plugin]`.
#[config]
pub struct Settings {
    /// The word in front of every answer.
    #[serde(default = "done")]
    pub prefix: String,
}

fn done() -> String {
    "Action completed".to_owned()
}

/// Does something, and tells when.
#[plugin("my-plugin", config = Settings)]
pub struct MyPlugin;

/// What a schema cannot say is checked when the plugin is loaded.
#[on_load(plugin = MyPlugin)]
async fn check(config: Config<MyPlugin>) -> Result<(), &'static str> {
    if config.prefix.trim().is_empty() { Err("the prefix is empty") } else { Ok(()) }
}

/// Does the work that action and provider share.
#[derive(Debug)]
pub struct MyService {
    prefix: String,
}

/// Does something with a text.
#[service(plugin = MyPlugin)]
impl MyService {
    async fn start(config: Config<MyPlugin>) -> Self {
        Self { prefix: config.prefix.clone() }
    }

    /// Does something.
    pub fn do_something(&self, what: &str) -> String {
        format!("{}: did something with {what}", self.prefix)
    }
}

/// What to do something with.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Something {
    /// Anything.
    pub what: String,
}

/// Whether the message is about something at all.
#[validate(plugin = MyPlugin)]
fn is_about_something(message: Message) -> Result<(), &'static str> {
    if message.content.text.to_lowercase().contains("something") {
        Ok(())
    } else {
        Err("it is about nothing")
    }
}

/// Does something with what the user names.
#[action(plugin = MyPlugin, validate = is_about_something, example(user = "Do something", agent = "Something done!"))]
async fn my_action(Args(something): Args<Something>, service: Service<MyService>) -> String {
    service.do_something(&something.what)
}

/// The time, for whoever answers.
#[provider(plugin = MyPlugin)]
async fn my_context(clock: Clock) -> Context {
    Context::text(format!("It is {}.", clock.now()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::testing::{Script, TestAgent, TestResult};
    use serde_json::json;

    #[tokio::test]
    async fn it_does_something_when_it_is_asked() -> TestResult {
        let model = Script::new().calls("MY_ACTION", json!({ "what": "tea" })).says("Done.");
        let agent = TestAgent::with::<MyPlugin>().model(model).clock("2026-01-01T12:00:00Z").start().await?;
        let turn = agent.says("Do something please").await?;
        assert_eq!(
            turn.result("MY_ACTION").and_then(|r| r.text.as_deref()),
            Some("Action completed: did something with tea")
        );
        turn.assert_replied("Done.");
        assert_eq!(agent.context("MY_CONTEXT").await?.text, "It is 2026-01-01T12:00:00Z.");
        Ok(())
    }

    #[tokio::test]
    async fn it_is_not_offered_when_nothing_is_asked() -> TestResult {
        let agent = TestAgent::with::<MyPlugin>().model(Script::new().says("Hello.")).start().await?;
        agent.says("Good morning").await?.assert_not_ran("MY_ACTION");
        assert!(agent.requests()[0].request.tools.iter().all(|tool| tool.name != "MY_ACTION"));
        Ok(())
    }

    #[tokio::test]
    async fn it_is_not_loaded_with_a_senseless_config() {
        let agent = TestAgent::with::<MyPlugin>().config::<MyPlugin>(json!({ "prefix": " " }));
        let told = agent.start().await.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told.contains("the prefix is empty"), "{told}");
    }

    #[tokio::test]
    async fn the_service_can_be_used_alone() {
        let service = MyService { prefix: "Well".to_owned() };
        assert_eq!(service.do_something("milk"), "Well: did something with milk");
    }
}
