//! An action that talks with a web API, and a second one that reads the first one's result.

use galatea::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Where Linear is, and with which key.
#[config]
pub struct Settings {
    /// The address of the API.
    #[serde(default = "linear")]
    pub url: String,
    /// The key of the workspace.
    pub api_key: Secret,
}

fn linear() -> String {
    "https://api.linear.app/graphql".to_owned()
}

/// Issues in Linear: makes them and assigns them.
#[plugin("linear", requires(galatea_http::Http), permissions(Network(config = "url")), config = Settings)]
pub struct Linear;

/// What shall be made.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct NewIssue {
    /// One line that says what is wrong or wanted.
    pub title: String,
}

/// An issue, as later actions may read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// What people call it, e.g. `ENG-42`.
    pub identifier: String,
    /// The title.
    pub title: String,
}

/// Makes an issue in Linear.
#[action(plugin = Linear, similes("NEW_ISSUE", "FILE_BUG"), example(user = "File a bug: the login fails"), timeout = "15s")]
async fn create_issue(
    Args(new): Args<NewIssue>,
    config: Config<Linear>,
    http: galatea_http::Client,
) -> Result<ActionResult, Box<dyn std::error::Error + Send + Sync>> {
    let request = json!({
        "query": "mutation($title: String!) { issueCreate(input: { title: $title }) { issue { identifier title } } }",
        "variables": { "title": new.title },
    });
    let request = http.post(&config.url)?.header("authorization", config.api_key.expose()).json(&request);
    let answer: serde_json::Value = request.send().await?.json()?;
    let issue: Issue = serde_json::from_value(answer["data"]["issueCreate"]["issue"].clone())?;
    let told = format!("Created {}: {}", issue.identifier, issue.title);
    Ok(ActionResult::text(told).with_value("issue", issue.identifier.clone()).with_data(&issue)?)
}

/// Whom to tell.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Whom {
    /// The person's name.
    pub person: String,
}

/// Tells somebody about the issue that was just made.
#[action(plugin = Linear)]
async fn announce_issue(
    Args(whom): Args<Whom>,
    previous: Previous<Issue>,
) -> Result<String, galatea::extract::ExtractError> {
    // The first action need not know that anybody reads its result.
    let issue = previous.named("CREATE_ISSUE")?;
    Ok(format!("{}: please look at {} ({})", whom.person, issue.identifier, issue.title))
}

#[cfg(test)]
mod tests {
    use super::*;
    use galatea::testing::{HttpDouble, POST, Script, TestAgent, TestResult};

    #[tokio::test]
    async fn the_second_action_reads_what_the_first_one_made() -> TestResult {
        let http = HttpDouble::start().await?;
        http.on(POST, "/graphql")
            .with_header("authorization", "key of the workspace")
            .json(json!({ "data": { "issueCreate": { "issue": { "identifier": "ENG-42", "title": "Login fails" } } } }));
        let script = Script::new()
            .calls_all([
                ("CREATE_ISSUE", json!({ "title": "Login fails" })),
                ("ANNOUNCE_ISSUE", json!({ "person": "Grace" })),
            ])
            .says("Done.");
        let agent = TestAgent::with::<Linear>()
            .config::<Linear>(
                json!({ "url": format!("{}/graphql", http.url()), "api-key": "key of the workspace" }),
            )
            .model(script)
            .start()
            .await?;
        let turn = agent.says("File a bug: the login fails. Tell Grace.").await?;
        assert_eq!(
            turn.result("ANNOUNCE_ISSUE").and_then(|result| result.text.as_deref()),
            Some("Grace: please look at ENG-42 (Login fails)")
        );
        assert_eq!(http.requests()[0].json()?["variables"]["title"], "Login fails");
        http.assert_all_met();
        Ok(())
    }

    #[tokio::test]
    async fn without_the_first_the_second_says_what_is_missing() -> TestResult {
        let script =
            Script::new().calls("ANNOUNCE_ISSUE", json!({ "person": "Grace" })).says("There is none.");
        let agent = TestAgent::with::<Linear>()
            .config::<Linear>(json!({ "api-key": "key of the workspace" }))
            .model(script)
            .start()
            .await?;
        let turn = agent.says("Tell Grace about it").await?;
        let error = turn.result("ANNOUNCE_ISSUE").and_then(|result| result.error.clone()).unwrap_or_default();
        assert!(error.contains("CREATE_ISSUE"), "{error}");
        Ok(())
    }
}
