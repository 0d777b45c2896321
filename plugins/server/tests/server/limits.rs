//! Much is asked, slowly, or at the end.

use super::support::{Client, FLOODED, OWNER, Porch, agent, far, said, token, url};
use galatea::{
    memory::Role,
    testing::{TestAgent, TestResult},
};
use galatea_server::{HttpServer, Server};
use http_body_util::StreamBody;
use hyper::body::{Bytes, Frame};
use reqwest::{Body, Method, header};
use serde_json::json;
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

fn limited(settings: serde_json::Value) -> galatea::testing::TestAgentBuilder {
    agent("Ada").config::<Server>(settings)
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_are_refused() -> TestResult {
    let ada = limited(json!({ "body-limit": "1kb" })).start().await?;
    let client = Client::of(&ada);
    let post = |body: Body| client.request(Method::POST, "/porch/echo").body(body);
    let (status, told) = said(post("x".repeat(1024).into())).await;
    assert_eq!((status.as_u16(), told.as_str().map(str::len)), (200, Some(1024)));
    let (status, told) = said(post("x".repeat(1025).into())).await;
    assert_eq!((status.as_u16(), told), (413, json!({ "oops": "payload-too-large" })));
    // Nor where its length is not told before.
    let chunk = || Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![b'x'; 128])));
    let chunks = futures_util::stream::iter((0..9).map(move |_| chunk()));
    assert_eq!(said(post(Body::wrap(StreamBody::new(chunks)))).await.0, 413);
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_have_a_rate_each() -> TestResult {
    let ada = far("Ada").config::<Server>(json!({ "rate": 3 })).start().await?;
    let client = Client::of(&ada);
    let phone = token(&ada, "phone", Role::Member, None, None).await;
    for expected in [401, 401, 401, 429] {
        let response = client.request(Method::GET, "/porch/names").send().await?;
        assert_eq!(response.status().as_u16(), expected);
        let wait =
            response.headers().get(header::RETRY_AFTER).map(|value| value.to_str().unwrap().parse::<u64>());
        assert_eq!(wait.is_some_and(|wait| wait.is_ok_and(|wait| (1..=20).contains(&wait))), expected == 429);
    }
    for caller in [phone.as_str(), OWNER] {
        for expected in [200, 200, 200, 429] {
            let (status, _) = said(client.with(Method::GET, "/porch/names", caller)).await;
            assert_eq!(status, expected, "each has its own");
        }
    }
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_wait() -> TestResult {
    let ada = limited(json!({ "connections": 2 })).start().await?;
    let at = ada.service::<HttpServer>().unwrap().address().unwrap();
    let (first, _second) = (TcpStream::connect(at).await?, TcpStream::connect(at).await?);
    sleep(Duration::from_millis(100)).await;
    let client = Client::of(&ada);
    let waiting = client.get("/api/v1/health/live");
    tokio::pin!(waiting);
    assert!(timeout(Duration::from_millis(300), &mut waiting).await.is_err(), "there is no room");
    drop(first);
    let (status, _) = timeout(Duration::from_secs(10), waiting).await?;
    assert_eq!(status, 200);
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_hurts_nobody() -> TestResult {
    let ada = agent("Ada").start().await?;
    let at = ada.service::<HttpServer>().unwrap().address().unwrap();
    let mut slow = TcpStream::connect(at).await?;
    slow.write_all(b"GET /porch/flood HTTP/1.1\r\nhost: localhost\r\n\r\n").await?;
    // What it does not take stays where it is made, but for what the system's buffers hold.
    let mut before = usize::MAX;
    while FLOODED.load(Ordering::Relaxed) != before {
        before = FLOODED.load(Ordering::Relaxed);
        sleep(Duration::from_millis(200)).await;
    }
    assert!((1..64 << 20).contains(&before), "{before} bytes were made for who takes none");
    let client = Client::of(&ada);
    let begun = Instant::now();
    for _ in 0..50 {
        assert_eq!(client.get("/api/v1/health/live").await.0, 200);
    }
    assert!(begun.elapsed() < Duration::from_secs(10));
    drop(slow);
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_end_requests_finish_and_streams_are_told() -> TestResult {
    let ada = limited(json!({ "drain": "5s" })).start().await?;
    let client = std::sync::Arc::new(Client::of(&ada));
    let stream = client.request(Method::GET, "/porch/ticks").send().await?;
    let slow = tokio::spawn({
        let client = std::sync::Arc::clone(&client);
        async move { client.get("/porch/slow").await }
    });
    sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    ada.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(4), "nothing was waited for: {:?}", begun.elapsed());
    assert_eq!(slow.await?, (reqwest::StatusCode::OK, json!("slow")));
    let text = stream.text().await?;
    assert!(text.starts_with("data: tick\n\n") && text.ends_with(": the server ends\n\n"), "{text}");
    assert!(client.request(Method::GET, "/api/v1").send().await.is_err(), "it is closed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_finish_is_broken_off() -> TestResult {
    let ada = limited(json!({ "drain": "300ms" })).start().await?;
    let at = ada.service::<HttpServer>().unwrap().address().unwrap();
    let mut stuck = TcpStream::connect(at).await?;
    stuck.write_all(b"GET /porch/stuck HTTP/1.1\r\nhost: localhost\r\n\r\n").await?;
    sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    ada.stop().await;
    let took = begun.elapsed();
    assert!((Duration::from_millis(250)..Duration::from_secs(5)).contains(&took), "{took:?}");
    let mut rest = Vec::new();
    assert_eq!(stuck.read_to_end(&mut rest).await.unwrap_or(0), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_leaves_ends_its_own_streams_only() -> TestResult {
    let ada = agent("Ada").start().await?;
    let at = json!({ "address": url(&ada).replace("http://", "") });
    let bob = TestAgent::with::<Porch>().named("Bob").config::<Server>(at).listens().start().await?;
    let client = Client::of(&bob);
    let mut of_all = client.request(Method::GET, "/porch/ticks").send().await?;
    ada.stop().await;
    for _ in 0..5 {
        assert!(timeout(Duration::from_secs(5), of_all.chunk()).await??.is_some(), "it goes on for Bob");
    }
    bob.stop().await;
    Ok(())
}
