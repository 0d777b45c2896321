//! What a plugin may touch: it declares it, the character grants it, and nothing else is allowed, neither at
//! build time nor at run time. An action may declare more for itself, and is offered only where that is granted too.

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

/// Which day.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Day {
    /// The day, as `2026-01-31`.
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub day: String,
}

/// Reads the news of a day gone by. It alone wants to reach the archive: where the character does not grant that, the
/// plugin works without it, and the model never hears of it.
#[action(plugin = Headlines, permissions(Network("archive.example")))]
async fn read_archive(
    Args(day): Args<Day>,
    http: galatea_http::Client,
) -> Result<String, galatea_http::HttpError> {
    Ok(http.get(&format!("https://archive.example/{}", day.day))?.send().await?.text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::testing::{GET, HttpDouble, Script, TestAgent, TestResult};
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
    async fn an_action_without_its_grant_is_not_offered() -> TestResult {
        for granted in [true, false] {
            let agent = TestAgent::with::<Headlines>()
                .config::<Headlines>(json!({ "url": "https://news.example/today" }))
                .grants_only()
                .grant::<Headlines>("network", "news.example");
            let agent = if granted { agent.grant::<Headlines>("network", "archive.example") } else { agent };
            let script = Script::new().answers(|request| {
                let names: Vec<&str> = request.tools.iter().map(|tool| tool.name.as_str()).collect();
                names.join(", ")
            });
            let agent = agent.model(script).start().await?;
            let offered = if granted { "READ_ARCHIVE, READ_NEWS" } else { "READ_NEWS" };
            agent.says("What can you do?").await?.assert_replied(offered);
            // A day that is none: where it may be called, that is the only mistake.
            let result = agent.run_action("READ_ARCHIVE", json!({ "day": "yesterday" })).await?;
            let told = result.error.unwrap_or_default();
            let why = if granted {
                "the arguments do not fit: `day`"
            } else {
                "READ_ARCHIVE needs the permission `network` for `archive.example`, which this character does not grant"
            };
            assert!(told.starts_with(why), "{told}");
        }
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
