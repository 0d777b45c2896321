//! What a plugin may touch: it declares it, the character grants it, and nothing else is allowed, neither at
//! build time nor at run time.

use galatea::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

/// Where the news comes from.
#[config]
pub struct Settings {
    /// The address of the news.
    pub url: String,
}

/// Reads the headlines. It declares that it wants to reach the host in `url`: without the declaration,
/// [`Client`](galatea_http::Client) does not compile below; without the character's grant, the character is refused.
#[plugin("headlines", requires(galatea_http::Http), permissions(Network(config = "url")), config = Settings)]
pub struct Headlines;

/// Which page.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Page {
    /// The address of a page, instead of the headlines.
    pub url: Option<String>,
}

/// Reads the headlines, or the page of one of them.
#[action(plugin = Headlines)]
async fn read_news(
    Args(page): Args<Page>,
    config: Config<Headlines>,
    http: galatea_http::Client,
) -> Result<String, galatea_http::HttpError> {
    // The model chooses the address; the client goes nowhere that was not granted.
    Ok(http.get(page.url.as_ref().unwrap_or(&config.url))?.send().await?.text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::testing::{GET, HttpDouble, TestAgent, TestResult};
    use serde_json::json;

    #[tokio::test]
    async fn only_a_host_that_is_granted_can_be_reached() -> TestResult {
        let http = HttpDouble::start().await?;
        http.on(GET, "/news").text("Statue comes to life");
        let agent = TestAgent::with::<Headlines>()
            .config::<Headlines>(json!({ "url": format!("{}/news", http.url()) }))
            .grants_only()
            .grant::<Headlines>("network", &http.host())
            .start()
            .await?;
        let news = agent.run_action("READ_NEWS", json!({})).await?;
        assert_eq!(news.text.as_deref(), Some("Statue comes to life"));
        let elsewhere = agent.run_action("READ_NEWS", json!({ "url": "https://elsewhere.example/" })).await?;
        let told = elsewhere.error.unwrap_or_default();
        assert!(told.contains("plugin `headlines` may not call elsewhere.example"), "{told}");
        http.assert_all_met();
        Ok(())
    }

    #[tokio::test]
    async fn a_character_that_does_not_grant_it_does_not_start() {
        let started = TestAgent::with::<Headlines>()
            .config::<Headlines>(json!({ "url": "https://news.example/today" }))
            .grants_only()
            .start()
            .await;
        let told = started.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told.contains("[grants.headlines]") && told.contains("news.example"), "{told}");
    }
}
