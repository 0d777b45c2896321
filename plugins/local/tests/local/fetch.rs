//! A model of the hub, fetched from a server that answers as the hub does: a note, a redirect, ranges, and connections that break.

use crate::support::{asked, model};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use galatea::{
    model::{ModelError, ModelKind, TextSink},
    testing::{TestAgent, TestResult},
};
use galatea_http::Http;
use galatea_local::Local;
use serde_json::json;
use std::{
    fs, io,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

const SHA256: &str = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

struct Hub {
    whole: Bytes,
    sha256: &'static str,
    /// How large it says that the file is.
    told: usize,
    /// Where each request began.
    asked: Mutex<Vec<usize>>,
}

/// The first answer breaks off in the middle.
async fn file(State(hub): State<Arc<Hub>>, headers: HeaderMap) -> Response {
    let range = headers.get("range").and_then(|range| range.to_str().ok());
    let from = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let count = {
        let mut asked = hub.asked.lock().unwrap();
        asked.push(from.unwrap_or(0));
        asked.len()
    };
    let rest = hub.whole.slice(from.unwrap_or(0)..);
    let status = if from.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    if count > 1 {
        return (status, Body::from(rest)).into_response();
    }
    let (first, broken) = (rest.slice(..rest.len() / 3), io::Error::other("the cable was pulled"));
    let pieces = futures_util::stream::iter([Ok(first), Err(broken)]);
    (status, Body::from_stream(pieces)).into_response()
}

async fn serve(hub: Arc<Hub>) -> String {
    let note = |State(hub): State<Arc<Hub>>, Path((_, _, file)): Path<(String, String, String)>| async move {
        match file.as_str() {
            "model.gguf" => {
                let size = hub.told;
                format!(
                    "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {size}\n",
                    hub.sha256
                )
                .into_response()
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    };
    let routes = Router::new()
        .route("/{owner}/{repository}/raw/main/{file}", get(note))
        .route("/{owner}/{repository}/resolve/main/{file}", get(|| async { Redirect::temporary("/blob") }))
        .route("/blob", get(file))
        .with_state(hub);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}

/// Asks until the model answers, or says something else than that it is being fetched.
async fn answered(agent: &TestAgent) -> Result<String, ModelError> {
    let begun = Instant::now();
    loop {
        match agent.generate(ModelKind::TextLarge, asked("Hello!", 2), None, TextSink::default()).await {
            Err(error)
                if error.to_string().contains("is being fetched")
                    && begun.elapsed() < Duration::from_secs(120) =>
            {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Err(error) => return Err(error),
            Ok(answer) => return Ok(answer.text),
        }
    }
}

async fn agent(hub: &str, file: &str, cache: &std::path::Path) -> TestAgent {
    let config = json!({ "model": format!("hub:owner/repository/{file}"), "hub": hub, "cache": cache });
    let agent = TestAgent::with::<Local>().plugin::<Http>().config::<Local>(config);
    // Asked often while it is not there, it would be left alone for a while.
    agent.character(json!({ "limits": { "model-retries": 0 } })).real_models().start().await.unwrap()
}

#[tokio::test]
async fn a_model_is_fetched_once_and_taken_up_where_it_broke_off() -> TestResult {
    let whole = Bytes::from(fs::read(model().await)?);
    let told = whole.len();
    let hub = Arc::new(Hub { whole: whole.clone(), sha256: SHA256, told, asked: Mutex::default() });
    let (url, cache) = (serve(Arc::clone(&hub)).await, tempfile::tempdir()?);
    let first = agent(&url, "model.gguf", cache.path()).await;
    let path = cache.path().join("owner/repository/model.gguf");
    let begun = Instant::now();
    while !path.is_file() && begun.elapsed() < Duration::from_secs(120) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!answered(&first).await?.is_empty());
    first.stop().await;
    let asked = hub.asked.lock().unwrap().clone();
    assert!(asked.len() == 2 && asked[0] == 0 && asked[1] > 1_000_000, "{asked:?}");
    assert!(fs::read(&path)? == whole, "the file is not what was sent");
    // It is here now: no request, no plugin http, no grant.
    let config = json!({ "model": "hub:owner/repository/model.gguf", "hub": url, "cache": cache.path() });
    let second = TestAgent::with::<Local>().config::<Local>(config).real_models().start().await?;
    assert!(!answered(&second).await?.is_empty());
    second.stop().await;
    assert_eq!(hub.asked.lock().unwrap().len(), 2);
    Ok(())
}

#[tokio::test]
async fn what_was_changed_on_the_way_is_thrown_away() -> TestResult {
    let whole = Bytes::from_static(&[7; 100_000]);
    let hub = Arc::new(Hub { whole, sha256: SHA256, told: 100_000, asked: Mutex::default() });
    let (url, cache) = (serve(Arc::clone(&hub)).await, tempfile::tempdir()?);
    for (file, part) in [("model.gguf", "is wanted"), ("none.gguf", "answered 404")] {
        let agent = agent(&url, file, cache.path()).await;
        let begun = Instant::now();
        let told = loop {
            let error = answered(&agent).await.unwrap_err().to_string();
            if error.contains(part) || begun.elapsed() > Duration::from_secs(60) {
                break error;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        assert!(told.contains(part), "{file}: {told}");
        agent.stop().await;
        let left = fs::read_dir(cache.path().join("owner/repository"))?.flatten();
        let names: Vec<_> = left.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        assert!(names.iter().all(|name| name.ends_with(".lock")), "{names:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_could_never_be_used_is_not_fetched_for_ever() -> TestResult {
    let other = "0".repeat(64);
    for (told, sha256, part, most) in [
        // What the character wants the hub has not, as the hub says before the download.
        (100_000, Some(&other), "is wanted: change `sha256`", 0),
        // The file is another one than the hub says: broken off once, taken up once.
        (50_000, None, "the hub sent more bytes than it told", 2),
    ] {
        let whole = Bytes::from_static(&[7; 100_000]);
        let hub = Arc::new(Hub { whole, sha256: SHA256, told, asked: Mutex::default() });
        let (url, cache) = (serve(Arc::clone(&hub)).await, tempfile::tempdir()?);
        let config = json!({
            "model": "hub:owner/repository/model.gguf", "hub": url, "cache": cache.path(), "sha256": sha256,
        });
        let agent = TestAgent::with::<Local>().plugin::<Http>().config::<Local>(config);
        let agent =
            agent.character(json!({ "limits": { "model-retries": 0 } })).real_models().start().await?;
        let begun = Instant::now();
        let error = loop {
            let error = answered(&agent).await.unwrap_err().to_string();
            if error.contains(part) || begun.elapsed() > Duration::from_secs(60) {
                break error;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        assert!(error.contains(part), "{error}");
        // Time for a service that is brought back.
        tokio::time::sleep(Duration::from_secs(4)).await;
        assert_eq!(hub.asked.lock().unwrap().len(), most, "{part}");
        agent.stop().await;
    }
    Ok(())
}

#[tokio::test]
async fn a_host_that_is_not_granted_is_not_asked() {
    let cache = tempfile::tempdir().unwrap();
    let config = json!({ "model": "hub:owner/repository/model.gguf", "hub": "http://127.0.0.1:9", "cache": cache.path() });
    let agent = TestAgent::with::<Local>().plugin::<Http>().config::<Local>(config).grants_only();
    let Err(error) = agent.real_models().start().await else { panic!("it started without a grant") };
    let told = error.to_string();
    assert!(told.contains("127.0.0.1") && told.contains("grants.local"), "{told}");
}
