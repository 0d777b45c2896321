//! The client against a real server on this machine: grants, redirects, sizes, errors.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed assumption fails the test")]

use axum::{
    Router,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    routing::get,
};
use galatea::{
    character::Grants,
    telemetry::{Propagation, TraceParent, propagate_with},
};
use galatea_http::{Client, HttpError, Pool, Settings};
use std::{sync::Arc, time::Duration};

async fn server() -> u16 {
    let app = Router::new()
        .route("/ok", get(|| async { "{\"n\": 1}" }))
        .route("/big", get(|| async { "x".repeat(3000) }))
        .route("/slow", get(|| async { tokio::time::sleep(Duration::from_secs(30)).await }))
        .route("/teapot", get(|| async { (StatusCode::IM_A_TEAPOT, "no coffee here") }))
        .route("/loop", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/loop")]) }))
        .route("/away", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "http://elsewhere.test/")]) }))
        .route("/trace", get(|headers: HeaderMap| async move { text_of(headers.get("traceparent")) }))
        .route("/near", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/ok")]) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    port
}

fn text_of(header: Option<&HeaderValue>) -> String {
    header.and_then(|value| value.to_str().ok()).unwrap_or("none").to_owned()
}

fn client(granted: &str) -> Client {
    client_that(granted, false)
}

fn client_that(granted: &str, traceparent: bool) -> Client {
    let (timeout, user_agent) = (Duration::from_millis(500), "test".to_owned());
    let settings = Settings { timeout, max_response_kb: 1, user_agent, traceparent };
    let pool = Pool::new(&settings).expect("a pool");
    let granted = Grants { network: vec![granted.to_owned()], ..Grants::default() };
    Client::new(Arc::new(pool), "tester", granted)
}

#[tokio::test]
async fn what_is_asked_gets_an_answer_or_a_plain_reason() {
    let port = server().await;
    let client = client("127.0.0.1");
    for (path, wanted) in [
        ("/ok", "200 {\"n\": 1}".to_owned()),
        ("/near", "200 {\"n\": 1}".to_owned()),
        ("/big", "the answer of 127.0.0.1 is larger than 1024 bytes".to_owned()),
        ("/slow", "127.0.0.1 did not answer in time".to_owned()),
        ("/teapot", "127.0.0.1 answered 418: no coffee here".to_owned()),
        ("/loop", "127.0.0.1 redirects too often".to_owned()),
        (
            "/away",
            "plugin `tester` may not call elsewhere.test; grant it in the character: \
             [grants.tester] network = [\"elsewhere.test\"]"
                .to_owned(),
        ),
    ] {
        let request = client.get(&format!("http://127.0.0.1:{port}{path}?apikey=secret")).unwrap();
        let said = match request.send().await {
            Ok(response) => format!("{} {}", response.status, response.text()),
            Err(error) => error.to_string(),
        };
        assert_eq!(said, wanted, "{path}");
        assert!(!said.contains("secret"));
    }
}

/// A key is for the server that it was given to, by whatever header; another port is another server.
#[tokio::test]
async fn a_key_does_not_follow_a_redirect_to_another_server() {
    let said = |headers: HeaderMap| async move {
        let mut names: Vec<_> = headers.keys().map(|name| name.as_str().to_owned()).collect();
        names.sort();
        names.join(" ")
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = listener.local_addr().unwrap();
    let app = Router::new().route("/said", get(said));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let to = |place: String| move || async move { (StatusCode::FOUND, [(header::LOCATION, place)]) };
    let app = Router::new()
        .route("/near", get(to("/said".to_owned())))
        .route("/far", get(to(format!("http://{other}/said"))))
        .route("/said", get(said));
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    for (path, wanted) in [
        ("near", "accept authorization cookie host range user-agent x-api-key"),
        ("far", "accept host range user-agent"),
    ] {
        let mut request = client("127.0.0.1").get(&format!("http://127.0.0.1:{port}/{path}")).unwrap();
        for (name, value) in [
            ("authorization", "Bearer secret"),
            ("cookie", "session=secret"),
            ("x-api-key", "secret"),
            ("range", "bytes=5-"),
        ] {
            request = request.header(name, value);
        }
        assert_eq!(request.send().await.unwrap().text(), wanted, "{path}");
    }
}

#[tokio::test]
async fn a_host_that_is_not_granted_is_never_called() {
    let client = client("api.example.com");
    let refused = client.get("http://127.0.0.1:9/x").expect_err("no grant");
    assert!(matches!(refused, HttpError::NotGranted { .. }), "{refused}");
    let bad = client.get("ftp://api.example.com/?key=secret").expect_err("not http");
    assert_eq!(bad.to_string(), "`ftp://api.example.com/` is not an address: write http:// or https://");
}

/// Every span stands in the same place.
struct Here;

const PLACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

impl Propagation for Here {
    fn place_of(&self, _: &tracing::Span) -> Option<TraceParent> {
        PLACE.parse().ok()
    }

    fn continue_from(&self, _: &tracing::Span, _: TraceParent) {}
}

#[tokio::test]
async fn a_request_says_to_which_trace_it_belongs_where_the_settings_want_it() {
    propagate_with(Here);
    let url = format!("http://127.0.0.1:{}/trace", server().await);
    let said = async |client: Client, own: Option<&str>| {
        let request = client.get(&url).unwrap();
        let request = if let Some(own) = own { request.header("traceparent", own) } else { request };
        request.send().await.unwrap().text()
    };
    assert_eq!(said(client("127.0.0.1"), None).await, "none");
    assert_eq!(said(client_that("127.0.0.1", true), None).await, PLACE);
    assert_eq!(said(client_that("127.0.0.1", true), Some("own")).await, "own");
}
