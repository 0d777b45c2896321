//! Documents over HTTP.

use super::support::*;
use axum::{body::Body, http::Request};
use galatea::{
    prelude::{Caller, RouteError},
    route::{Authenticate, HeaderMap},
    testing::TestResult,
};
use galatea_knowledge::KnowledgeRead;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// Lets in whoever brings any badge.
#[derive(Debug)]
struct AnyBadge;

#[async_trait::async_trait]
impl Authenticate for AnyBadge {
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Caller>, RouteError> {
        Ok(headers.get("authorization").map(|_| Caller::default()))
    }
}

#[tokio::test]
async fn documents_are_uploaded_listed_searched_and_deleted() -> TestResult {
    let agent = agent(json!(["Named by the character."])).start().await?;
    agent.event::<KnowledgeRead>().await?;
    let router = agent.router_with(AnyBadge);
    let ask = async |method: &str, path: &str, form: Option<&str>| -> TestResult<(u16, Value)> {
        let mut request = Request::builder().method(method).uri(path).header("authorization", "any");
        if form.is_some() {
            request = request.header("content-type", "multipart/form-data; boundary=X");
        }
        let request = request.body(Body::from(form.unwrap_or_default().to_owned()))?;
        let response = router.clone().oneshot(request).await?;
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await?;
        Ok((status, serde_json::from_slice(&body)?))
    };
    let form = "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../faq.md\"\r\n\
        Content-Type: text/markdown\r\n\r\n# FAQ\n\nThe pool opens at nine.\r\n--X--\r\n";
    let (status, added) = ask("POST", "/knowledge/documents", Some(form)).await?;
    assert_eq!((status, &added["documents"][0][0]["source"]), (200, &json!("faq.md")), "{added}");
    let id = added["documents"][0][0]["id"].as_str().ok_or("no id")?.to_owned();
    let (_, listed) = ask("GET", "/knowledge/documents", None).await?;
    assert_eq!(listed.as_array().map(Vec::len), Some(2), "{listed}");
    let (_, found) = ask("GET", "/knowledge/search?q=pool&limit=3", None).await?;
    assert_eq!(found[0]["citation"]["heading"], json!(["FAQ"]));
    let (status, _) = ask("DELETE", &format!("/knowledge/documents/{id}"), None).await?;
    assert_eq!(status, 200);
    let (status, problem) = ask("DELETE", &format!("/knowledge/documents/{id}"), None).await?;
    assert_eq!(status, 404, "{problem}");
    let (status, problem) = ask("POST", "/knowledge/documents", Some("--X--\r\n")).await?;
    assert_eq!(status, 400, "{problem}");
    agent.stop().await;
    Ok(())
}
