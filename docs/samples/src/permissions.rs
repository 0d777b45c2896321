//! What a plugin may touch: it declares it, the character grants it, and nothing else is allowed, neither at
//! build time nor at run time.

use galatea::prelude::*;

/// Where the news comes from.
#[config]
pub struct Settings {
    /// The address of the news.
    pub url: String,
}

/// Reads the headlines. It declares that it wants to reach the host in `url`: without the declaration,
/// `Client` below does not compile; without the character's grant, the character is refused.
#[plugin("headlines", requires(galatea_http::Http), permissions(Network(config = "url")), config = Settings)]
pub struct Headlines;

/// Reads the headlines.
#[action(plugin = Headlines)]
async fn read_headlines(
    config: Config<Headlines>,
    http: galatea_http::Client,
) -> Result<String, galatea_http::HttpError> {
    Ok(http.get(&config.url)?.send().await?.text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::testing::{HttpDouble, Method, Script, TestAgent, TestResult};
    use serde_json::json;

    #[tokio::test]
    async fn a_host_that_is_granted_can_be_reached() -> TestResult {
        let http = HttpDouble::start().await?;
        http.on(Method::GET, "/news").text("Statue comes to life");
        let agent = TestAgent::with::<Headlines>()
            .config::<Headlines>(json!({ "url": format!("{}/news", http.url()) }))
            .grant::<Headlines>("network", &http.host())
            .model(Script::new().calls("READ_HEADLINES", json!({})).says("That is all."))
            .start()
            .await?;
        agent.says("What is new?").await?.assert_ran("READ_HEADLINES");
        Ok(())
    }

    #[tokio::test]
    async fn a_character_that_does_not_grant_it_does_not_start() {
        let started = TestAgent::with::<Headlines>()
            .config::<Headlines>(json!({ "url": "https://news.example/today" }))
            .grants_only()
            .start()
            .await;
        let Err(error) = started else { panic!("it started") };
        let told = error.to_string();
        assert!(told.contains("[grants.headlines]") && told.contains("news.example"), "{told}");
    }
}
