//! Documents at addresses, from a server on this machine.

use super::support::*;
use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use galatea::testing::TestResult;
use galatea_http::Http;
use galatea_knowledge::KnowledgeRead;
use serde_json::json;
use std::sync::{Arc, Mutex};

/// A server, and the text of one of its pages.
async fn server() -> TestResult<(String, Arc<Mutex<String>>)> {
    let page =
        Arc::new(Mutex::new("<html><title>News</title><p>The bridge is closed.</p></html>".to_owned()));
    let shown = Arc::clone(&page);
    let router = Router::new()
        .route("/news", get(move || async move { axum::response::Html(shown.lock().unwrap().clone()) }))
        .route("/guide.md", get(|| async { "# Guide\n\n## Tower\n\nThe tower is white." }))
        .route(
            "/rules",
            get(|| async { ([(CONTENT_TYPE, "application/pdf")], pdf("Rules", &["No bells after nine."])) }),
        )
        .route("/large", get(|| async { "x".repeat(2_000_000) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((url, page))
}

#[tokio::test]
async fn addresses_are_read_as_what_they_are() -> TestResult {
    let (url, page) = server().await?;
    let sources = ["news", "guide.md", "rules", "large", "none"].map(|path| format!("{url}/{path}"));
    let agent = agent(json!(sources)).plugin::<Http>().start().await?;
    let read = agent.event::<KnowledgeRead>().await?;
    assert_eq!((read.new.len(), read.failed.len()), (3, 2), "{read:?}");
    assert!(read.failed[0].1.contains("larger than"), "{read:?}");
    assert!(read.failed[1].1.contains("404"), "{read:?}");
    for (question, path, heading, page) in
        [("bridge", "news", 0, None), ("tower", "guide.md", 2, None), ("bells", "rules", 0, Some(1))]
    {
        let hit = documents(&agent).find(question, 1).await?.remove(0).citation;
        assert_eq!((hit.source, hit.heading.len(), hit.page), (format!("{url}/{path}"), heading, page));
    }
    *page.lock().unwrap() = "<html><p>The bridge is open again.</p></html>".to_owned();
    let read = documents(&agent).read_sources().await?;
    assert_eq!(read.replaced, [format!("{url}/news")]);
    assert!(documents(&agent).find("bridge", 1).await?[0].citation.text.contains("open again"));
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_address_needs_its_grant_and_the_plugin_http() -> TestResult {
    let (url, _) = server().await?;
    let sources = json!([format!("{url}/guide.md")]);
    let refused = agent(sources.clone()).plugin::<Http>().grants_only().start().await.err();
    assert!(refused.ok_or("it needs a grant")?.to_string().contains("network = [\"127.0.0.1\"]"));
    let agent = agent(sources).start().await?;
    let read = agent.event::<KnowledgeRead>().await?;
    assert!(read.failed[0].1.contains("[plugins.http]"), "{read:?}");
    agent.stop().await;
    Ok(())
}
