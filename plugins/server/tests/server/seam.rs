//! What is mounted, where it answers, and for whose agents.

use super::support::{Client, PORCH, Porch, agent, url};
use galatea::{
    prelude::*,
    testing::{TestAgent, TestResult},
};
use galatea_server::{HttpServer, MountError, Part, Server};
use serde_json::json;

/// Selects the server and mounts nothing.
#[plugin("shy", requires(Server))]
pub struct Shy;

#[tokio::test(flavor = "multi_thread")]
async fn who_sits_at_this_machine_owns_it() -> TestResult {
    let ada = agent("Ada Lovelace").start().await?;
    let client = Client::of(&ada);
    let id = ada.id();
    let rows = [
        (
            "/api/v1",
            200,
            json!({ "name": "galatea", "version": galatea::VERSION, "agents": 1, "anonymous": true }),
        ),
        (
            "/api/v1/session",
            200,
            json!({ "signed-in": true, "name": "loopback", "role": "owner", "scopes": ["read", "chat", "manage", "metrics", "routes"], "agents": [{ "id": id, "name": "Ada Lovelace" }] }),
        ),
        ("/api/v1/health/live", 200, json!({ "status": "live" })),
        ("/api/v1/health/ready", 200, json!({ "status": "ready" })),
        ("/porch", 200, json!("the porch")),
        ("/porch/", 200, json!("the porch")),
        ("/porch/names", 200, json!({ "names": ["Ada Lovelace"], "by": "loopback" })),
        ("/agents/ada-lovelace/porch/hello", 200, json!("hello loopback")),
        ("/agents/Ada%20Lovelace/porch/open?x=1", 200, json!("hello loopback")),
        (&format!("/agents/{id}/porch/hello"), 200, json!("hello loopback")),
        (
            "/agents/bob/porch/hello",
            404,
            json!({ "error": { "code": "no-agent", "message": "there is no agent `bob` here" } }),
        ),
        (
            "/agents/ada-lovelace/server/",
            404,
            json!({ "error": { "code": "not-found", "message": "there is nothing at /agents/ada-lovelace/server/" } }),
        ),
        ("/porch/whole?a=%20", 200, json!("/porch/whole?a=%20")),
        ("/porch/nowhere", 404, json!({ "oops": "not-found" })),
        (
            "/nowhere",
            404,
            json!({ "error": { "code": "not-found", "message": "there is nothing at /nowhere" } }),
        ),
    ];
    for (path, status, body) in rows {
        let answer = client.get(path).await;
        assert_eq!((answer.0.as_u16(), answer.1), (status, body), "{path}");
    }
    ada.stop().await;
    assert!(client.request(reqwest::Method::GET, "/api/v1").send().await.is_err(), "it is closed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_agents_share_an_address_and_each_part_serves_its_own() -> TestResult {
    let ada = agent("Ada").start().await?;
    let address = url(&ada).replace("http://", "");
    let at = json!({ "address": address });
    let bob = TestAgent::with::<Shy>().named("Bob").config::<Server>(at.clone()).listens().start().await?;
    let client = Client::of(&bob);
    assert_eq!(client.base, url(&ada));
    assert_eq!(client.get("/porch/names").await.1["names"], json!(["Ada"]));
    assert_eq!(client.get("/api/v1/session").await.1["agents"].as_array().map(Vec::len), Some(2));

    // What Ada has not unloaded is there; then it is not, and the listener stays for Bob.
    ada.plugins().disable("porch").await?;
    assert_eq!(client.get("/porch/names").await.0, 404);
    ada.plugins().enable("porch").await?;
    assert_eq!(client.get("/porch/names").await.0, 200);
    for _ in 0..10 {
        let report = ada.plugins().reload("server").await?;
        let (status, told) = client.get("/porch/names").await;
        assert_eq!((status.as_u16(), &told["names"]), (200, &json!(["Ada"])), "{told} {report:?}");
    }
    ada.stop().await;
    assert_eq!(client.get("/porch/names").await.0, 404);
    assert_eq!(client.get("/api/v1").await.1["agents"], 1);

    let dora = agent("Dora").config::<Server>(at).start().await?;
    assert_eq!(client.get("/porch/names").await.1["names"], json!(["Dora"]));
    dora.stop().await;
    bob.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_listens_unless_the_program_says_so() -> TestResult {
    let quiet =
        TestAgent::with::<Porch>().config::<Server>(json!({ "address": "127.0.0.1:0" })).start().await?;
    let server = quiet.service::<HttpServer>().unwrap();
    assert_eq!((server.url(), server.address()), (None, None));
    assert_eq!(server.mount(PORCH), Ok(()));
    quiet.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_and_prefixes_that_are_taken_are_told() -> TestResult {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let at = taken.local_addr()?.to_string();
    for (address, told) in [
        (at.as_str(), format!("another program listens at {at} already")),
        ("nowhere", "`nowhere` is no address".to_owned()),
    ] {
        let refused = agent("Ada").config::<Server>(json!({ "address": address })).start().await;
        let why = refused.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(why.contains(&told), "{why}");
    }
    let ada = agent("Ada").start().await?;
    let server = ada.service::<HttpServer>().unwrap();
    let at = |at| server.mount(Part { at, ..PORCH });
    assert_eq!(at("/porch"), Err(MountError::Taken { at: "/porch", plugin: "porch" }));
    assert_eq!(at("/api/v1"), Err(MountError::Reserved("/api/v1")));
    assert_eq!(at("porch"), Err(MountError::Malformed("porch")));
    // Mounted by nobody in particular, it stays for as long as the server.
    assert_eq!(at("/porch/deeper"), Ok(()));
    assert_eq!(Client::of(&ada).get("/porch/deeper/names").await.0, 200);
    ada.stop().await;
    Ok(())
}
