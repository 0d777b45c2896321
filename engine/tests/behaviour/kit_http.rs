//! The HTTP server of the testing kit, over real connections.

use galatea::testing::{GET, HttpDouble, POST, TestResult};
use serde_json::{Value, json};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What comes back: the status, nothing where the connection was dropped; head and body.
async fn ask(http: &HttpDouble, request: &str, body: &str) -> std::io::Result<(Option<u16>, String, String)> {
    let mut stream = TcpStream::connect(http.address()).await?;
    let length = body.len();
    let text = format!(
        "{request} HTTP/1.1\r\nhost: test\r\nX-Key: Ada\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).await?;
    let mut answer = String::new();
    // A dropped connection may end in an error or in nothing.
    drop(stream.read_to_string(&mut answer).await);
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    Ok((status, head.to_owned(), body.to_owned()))
}

#[tokio::test]
async fn requests_get_what_was_said() -> TestResult {
    let http = HttpDouble::start().await?;
    http.on(GET, "/a").with_query("q", "ü b").json(json!({ "n": 1 }));
    http.on(GET, "/a").text("any other");
    http.on(POST, "/notes")
        .with_json(json!({ "x": [1] }))
        .with_header("x-key", "Ada")
        .status(201)
        .header("x-id", "7");
    http.on(GET, "/files/*").body([104, 105]).times(2);
    http.on(GET, "/slow").delay(Duration::from_millis(60)).text("late");
    http.on(GET, "/gone").drops_connection();
    http.on(GET, "/perhaps").maybe();
    let begun = Instant::now();
    let rows = [
        ("GET /a?z=1&q=%C3%BC+b", "", Some(200), r#"{"n":1}"#),
        ("GET /a?q=b", "", Some(200), "any other"),
        ("GET /a", "", Some(200), "any other"),
        ("POST /notes", r#"{ "x" : [1] }"#, Some(201), ""),
        ("GET /files/x/y", "", Some(200), "hi"),
        ("GET /files/", "", Some(200), "hi"),
        ("GET /slow", "", Some(200), "late"),
        ("GET /gone", "", None, ""),
    ];
    for (request, body, status, wanted) in rows {
        let (got, head, answer) = ask(&http, request, body).await?;
        assert_eq!((got, answer.as_str()), (status, wanted), "{request}: {head}");
        assert_eq!(head.contains("x-id: 7"), request == "POST /notes");
    }
    assert!(begun.elapsed() >= Duration::from_millis(60));
    http.assert_all_met();
    let requests = http.requests();
    assert_eq!(requests.len(), rows.len());
    assert_eq!((requests[0].query("q"), requests[0].query("none")), (Some("ü b"), None));
    assert_eq!((requests[3].header("X-KEY"), requests[3].json()?), (Some("Ada"), json!({ "x": [1] })));
    assert_eq!(http.url(), format!("http://{}:{}", http.host(), http.address().port()));
    Ok(())
}

#[tokio::test]
async fn what_is_not_expected_is_refused_and_told() -> TestResult {
    let http = HttpDouble::start().await?;
    http.on(GET, "/once").times(1);
    http.on(GET, "/never").with_query("a", "b");
    ask(&http, "GET /once", "").await?;
    for (request, body) in [("GET /once", ""), ("POST /once?x=1", "hello")] {
        let (status, _, answer) = ask(&http, request, body).await?;
        let answer: Value = serde_json::from_str(&answer)?;
        assert_eq!(status, Some(501));
        assert_eq!(answer["expected"], json!(["GET /once", "GET /never?a=b"]));
    }
    let panic = catch_unwind(AssertUnwindSafe(|| http.assert_all_met())).expect_err("not met");
    assert_eq!(
        panic.downcast_ref::<String>().map(String::as_str),
        Some(
            "GET /never?a=b was not asked\nGET /once was not expected\nPOST /once?x=1 hello was not expected\n\
             requests so far:\n  GET /once\n  GET /once\n  POST /once?x=1 hello"
        )
    );
    Ok(())
}

#[tokio::test]
async fn an_order_is_kept_where_one_is_asked_for() -> TestResult {
    let http = HttpDouble::start().await?;
    http.on(GET, "/first").times(2);
    http.on(GET, "/second");
    http.in_order();
    for (request, status) in
        [("GET /first", 200), ("GET /second", 501), ("GET /first", 200), ("GET /second", 200)]
    {
        assert_eq!(ask(&http, request, "").await?.0, Some(status), "{request}");
    }
    assert_eq!(http.unmet(), ["GET /second was not expected"]);
    Ok(())
}

#[tokio::test]
async fn the_server_ends_with_its_value() -> TestResult {
    let http = HttpDouble::start().await?;
    let address = http.address();
    ask(&http, "GET /", "").await?;
    drop(http);
    for _ in 0..200 {
        if TcpStream::connect(address).await.is_err() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Err("it still listens".into())
}
