//! Turns are followed by those who come late, lose their connection, or read slowly.

use super::workshop::*;
use galatea::testing::{Script, TestResult};
use reqwest::Method;
use serde_json::json;

fn pieces() -> Script {
    Script::new().streams((0..40).map(|number| format!("{number}, "))).forever()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_was_lost_goes_on_where_it_was() -> TestResult {
    let ada = workshop(pieces()).start().await?;
    let client = Client::of(&ada);
    let request = client.request(Method::POST, &format!("{ADA}/rooms/general/messages"));
    let mut reader = Reader::open(request.json(&json!({ "text": "count" }))).await;
    let mut seen = vec![reader.next().await.unwrap()];
    let run = seen[0].data["run"].as_str().unwrap().to_owned();
    seen.push(reader.next().await.unwrap());
    seen.push(reader.next().await.unwrap());
    drop(reader);
    // The turn does not care.
    ada.settled().await?;
    let last = seen.last().unwrap().id.clone().unwrap();
    let follow = || client.request(Method::GET, &format!("{ADA}/runs/{run}/events"));
    let rest = Reader::open(follow().header("last-event-id", last)).await.rest().await;
    let whole = Reader::open(follow()).await.rest().await;
    assert_eq!([seen, rest].concat(), whole, "nothing is lost and nothing comes twice");
    assert_eq!(names(&whole), ["started", "text", "reply", "ended"]);
    let text: String = whole
        .iter()
        .filter(|event| event.name == "text")
        .map(|event| event.data["text"].as_str().unwrap())
        .collect();
    assert_eq!(text.trim(), whole[whole.len() - 2].data["content"]["text"].as_str().unwrap().trim());
    // What is no id of this turn begins anew.
    for id in ["1.1", "nonsense", "é"] {
        let again = Reader::open(follow().header("last-event-id", id)).await.rest().await;
        assert_eq!(again.len(), whole.len(), "{id}");
    }
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_hangs_is_followed_and_ended_by_its_id() -> TestResult {
    let ada = workshop(Script::new().hangs()).start().await?;
    let client = Client::of(&ada);
    let (status, accepted) =
        client.post("/rooms/general/messages", json!({ "text": "think", "wait": 1 })).await;
    assert_eq!(status, 202, "{accepted}");
    let run = accepted["run"].as_str().unwrap();
    let mut reader = Reader::open(client.request(Method::GET, &format!("{ADA}/runs/{run}/events"))).await;
    assert_eq!(reader.next().await.unwrap().name, "started");
    let (status, cancelled) = client.post(&format!("/runs/{run}/cancel"), json!({})).await;
    assert_eq!((status, &cancelled["run"]), (200, &accepted["run"]));
    let ended = reader.rest().await.pop().unwrap();
    assert_eq!((ended.name.as_str(), &ended.data["status"]), ("ended", &json!("cancelled")));
    assert_eq!(
        refusal(client.post(&format!("/runs/{run}/cancel"), json!({})).await),
        (409, "run-ended".to_owned())
    );
    let runs = client.read("/runs?status=cancelled").await;
    assert_eq!(runs["items"][0]["run"].as_str(), Some(run));
    assert_eq!(client.read("/runs?status=completed").await["items"], json!([]));
    ada.stop().await;
    Ok(())
}
