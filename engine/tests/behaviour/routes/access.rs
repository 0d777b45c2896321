//! Who is let in, and how long the site stands.

use super::*;

/// Knows `Bearer <role>`.
#[derive(Debug)]
struct Badges;

#[async_trait]
impl Authenticate for Badges {
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Caller>, RouteError> {
        let Some(badge) = headers.get("authorization").and_then(|value| value.to_str().ok()) else {
            return Ok(None);
        };
        let role = badge.strip_prefix("Bearer ").and_then(Role::from_name);
        let role = role.ok_or_else(|| RouteError::unauthorized("nobody has this badge"))?;
        Ok(Some(Caller::new(Uuid::from_u128(7), [role])))
    }
}

#[tokio::test]
async fn callers_are_let_in_as_their_roles_say() {
    let agent = site().await;
    let router = agent.router_with(Badges);
    let badge = |name: &str| format!("Bearer {name}");
    for (method, path, who, status, text) in [
        ("GET", "/site/me", None, 401, "say who you are"),
        ("GET", "/site/me", Some("nobody"), 401, "nobody has this badge"),
        ("GET", "/site/me", Some("guest"), 200, "00000000-0000-0000-0000-000000000007"),
        ("POST", "/site/restart", None, 401, "say who you are"),
        ("POST", "/site/restart", Some("member"), 403, "this is for admin only"),
        ("POST", "/site/restart", Some("admin"), 200, "restarting"),
        ("POST", "/site/restart", Some("owner"), 200, "restarting"),
        ("GET", "/site/search?words=a", None, 200, "\"known\":false"),
        ("GET", "/site/search?words=a", Some("guest"), 200, "\"known\":true"),
        ("GET", "/site/search?words=a", Some("nobody"), 200, "\"known\":false"),
    ] {
        let badge = who.map(badge);
        let headers: Vec<(&str, &str)> =
            badge.iter().map(|badge| ("authorization", badge.as_str())).collect();
        let got = call(&router, method, path, &headers, "").await;
        assert_eq!(got.status, status, "{path} as {who:?}: {}", got.text);
        assert!(got.text.contains(text), "{path} as {who:?}: {}", got.text);
    }
    agent.stop().await;
}

#[tokio::test]
async fn it_can_be_nested_and_ends_with_the_agent() {
    let agent = site().await;
    let router = Router::new().nest("/agents/{id}/plugins", agent.router());
    let path = "/agents/1/plugins/site/hello/Grace";
    assert_eq!(get(&router, path).await.text, "Hello, Grace! This is Ada.");
    // A request that runs is waited for.
    let slow = {
        let router = agent.router();
        tokio::spawn(async move { get(&router, "/site/slow").await.status })
    };
    tokio::time::sleep(Duration::from_millis(10)).await;
    agent.stop().await;
    assert!(slow.is_finished(), "the end of the agent waits for requests");
    assert_eq!(slow.await.unwrap(), 504);
    assert_eq!(get(&router, path).await.problem().0, 503);
}
