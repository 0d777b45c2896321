//! Questions are answered over the API.

use super::workshop::*;
use galatea::{
    memory::Role,
    testing::{Script, TestResult},
};
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_action_is_allowed_by_who_may() -> TestResult {
    let script = Script::new().calls("PAY", json!({ "amount": 3 })).says("Done.");
    let ada = workshop(script).start().await?;
    let client = Client::of(&ada);
    let ann = token(&ada, "ann", Role::Member).await;
    let bob = token(&ada, "bob", Role::Member).await;
    let as_who = |method: Method, path: &str, token: &str| {
        client.request(method, &format!("{ADA}{path}")).bearer_auth(token)
    };
    let send = as_who(Method::POST, "/rooms/shop/messages", &ann).json(&json!({ "text": "Pay 3" }));
    let events = Reader::open(send).await.rest().await;
    assert_eq!(names(&events), ["started", "reply", "approval", "ended"], "{events:?}");
    let approval = &events[events.len() - 2].data;
    assert_eq!((&approval["action"], &approval["arguments"]), (&json!("PAY"), &json!({ "amount": 3 })));
    assert_eq!(events.last().unwrap().data["status"], "waiting");
    let path = format!("/approvals/{}", approval["id"].as_str().unwrap());
    let allow = json!({ "answer": "allow" });
    // Members are not asked, and others do not know of it.
    let listed = code(said(as_who(Method::GET, "/approvals", &ann)).await).1;
    assert_eq!(listed["items"], json!([]));
    let answered = code(said(as_who(Method::POST, &path, &ann).json(&allow)).await);
    assert_eq!(refusal(answered), (403, "may-not-answer".to_owned()));
    let answered = code(said(as_who(Method::POST, &path, &bob).json(&allow)).await);
    assert_eq!(refusal(answered), (404, "no-approval".to_owned()));
    let listed = client.read("/approvals").await;
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["text"]), (&approval["id"], &json!("Pay 3")));
    let (status, run) = client.post(&path, allow.clone()).await;
    assert_eq!((status, &run["run"]), (200, &approval["run"]));
    ada.settled().await?;
    let run = client.read(&format!("/runs/{}", run["run"].as_str().unwrap())).await;
    assert_eq!((&run["status"], &run["steps"][0]["result"]["text"]), (&json!("completed"), &json!("paid 3")));
    assert_eq!(refusal(client.post(&path, allow).await), (409, "answered".to_owned()));
    assert_eq!(client.read("/approvals").await["items"], json!([]));
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_waits_is_ended() -> TestResult {
    let ada = workshop(Script::new().calls("PAY", json!({ "amount": 3 }))).start().await?;
    let client = Client::of(&ada);
    let (_, done) = client.post("/rooms/shop/messages", json!({ "text": "Pay 3", "wait": 20 })).await;
    assert_eq!(done["record"]["status"], "waiting", "{done}");
    let run = done["run"].as_str().unwrap();
    assert_eq!(client.post(&format!("/runs/{run}/cancel"), json!({})).await.0, 200);
    assert_eq!(client.read(&format!("/runs/{run}")).await["status"], "cancelled");
    assert_eq!(client.read("/approvals").await["items"], json!([]));
    ada.stop().await;
    Ok(())
}
