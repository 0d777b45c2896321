//! Messages that come in: answered as they are asked for, once.

use super::workshop::*;
use galatea::testing::{Script, TestResult};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_answered_as_it_is_asked_for() -> TestResult {
    let ada = workshop(says("Good morning, 🦀!")).start().await?;
    let client = Client::of(&ada);
    // Without waiting.
    let (status, accepted) = client.post("/rooms/general/messages", json!({ "text": "hi" })).await;
    assert_eq!(status, 202, "{accepted}");
    ada.settled().await?;
    let run = client.read(&format!("/runs/{}", accepted["run"].as_str().unwrap())).await;
    assert_eq!((&run["status"], &run["message"]), (&json!("completed"), &accepted["message"]));
    assert_eq!(
        (&run["text"], &run["said"][0]["content"]["text"]),
        (&json!("hi"), &json!("Good morning, 🦀!"))
    );
    assert_eq!(run["prompts"].as_array().map(Vec::len), run["model-calls"].as_array().map(Vec::len));
    // Waiting for it.
    let odd = "Ünïcödé \u{0} 🦀 \u{202e}rtl\nline";
    let (status, done) = client.post("/rooms/general/messages", json!({ "text": odd, "wait": 20 })).await;
    assert_eq!((status, &done["record"]["status"]), (200, &json!("completed")), "{done}");
    assert_eq!(
        (&done["replies"][0]["content"]["text"], &done["room"]),
        (&json!("Good morning, 🦀!"), &accepted["room"])
    );
    // As it goes on.
    let request = client.request(Method::POST, &format!("{ADA}/rooms/general/messages"));
    let events = Reader::open(request.json(&json!({ "text": "stream" }))).await.rest().await;
    assert_eq!(names(&events), ["started", "text", "reply", "ended"]);
    let streamed: String = events
        .iter()
        .filter_map(|event| event.data["text"].as_str().filter(|_| event.name == "text"))
        .collect();
    assert_eq!(streamed, "Good morning, 🦀!");
    assert!(events.iter().all(|event| event.id.is_some()));
    // In the room it is all there.
    let room = accepted["room"].as_str().unwrap();
    let messages = client.read(&format!("/rooms/{room}/messages?limit=2")).await;
    assert_eq!(messages["items"][0]["content"]["text"], "stream");
    let before = messages["next"].as_str().unwrap();
    let older = client.read(&format!("/rooms/{room}/messages?before={before}")).await;
    let texts: Vec<&str> =
        older["items"].as_array().unwrap().iter().map(|m| m["content"]["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["hi", "Good morning, 🦀!", odd, "Good morning, 🦀!"]);
    assert_eq!(older["next"], Value::Null);
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_refused_in_our_form() -> TestResult {
    let ada = workshop(says("x")).start().await?;
    let client = Client::of(&ada);
    let message = "/rooms/general/messages";
    let long = "x".repeat(256 * 1024 + 1);
    for (path, body, wanted) in [
        (message, json!({ "text": "" }), (422, "no-text")),
        (message, json!({ "text": " \n" }), (422, "no-text")),
        (message, json!({ "text": long }), (422, "text-too-long")),
        (message, json!({ "text": "x", "wait": 121 }), (422, "wait-too-long")),
        (message, json!({ "text": "x", "extra": 1 }), (422, "unprocessable-entity")),
        (message, json!({ "text": 1 }), (422, "unprocessable-entity")),
        (message, json!([]), (422, "unprocessable-entity")),
        (message, json!({ "text": "x", "from": { "name": " " } }), (422, "no-name")),
        (message, json!({ "text": "x", "attachments": [{}] }), (422, "wrong-attachment")),
        (
            message,
            json!({ "text": "x", "attachments": [{ "url": "file:///etc/passwd" }] }),
            (422, "wrong-attachment"),
        ),
        (message, json!({ "text": "x", "attachments": [{ "data-base64": "!" }] }), (422, "wrong-attachment")),
        ("/rooms/a%0Ab/messages", json!({ "text": "x" }), (400, "no-room-name")),
        ("/rooms/00000000-0000-0000-0000-000000000000/messages", json!({ "text": "x" }), (404, "no-room")),
        ("/runs/00000000-0000-0000-0000-000000000000/cancel", json!({}), (404, "no-run")),
        ("/runs/no-uuid/cancel", json!({}), (400, "bad-request")),
        (
            "/approvals/00000000-0000-0000-0000-000000000000",
            json!({ "answer": "allow" }),
            (404, "no-approval"),
        ),
        (
            "/approvals/00000000-0000-0000-0000-000000000000",
            json!({ "answer": "perhaps" }),
            (422, "unprocessable-entity"),
        ),
        ("/nothing", json!({}), (404, "not-found")),
    ] {
        let (status, code) = refusal(client.post(path, body.clone()).await);
        assert_eq!((status, code.as_str()), wanted, "{path} {:.80}", body.to_string());
    }
    for (method, path, wanted) in [
        (Method::GET, "/rooms?limit=0", (400, "bad-request")),
        (Method::GET, "/rooms?limit=201", (400, "bad-request")),
        (Method::GET, "/rooms?limit=99999999999999999999999", (400, "bad-request")),
        (Method::GET, "/rooms?limit=-1", (400, "bad-request")),
        (Method::GET, "/rooms?before=x", (400, "no-cursor")),
        (Method::GET, "/rooms?nonsense=1", (400, "bad-request")),
        (Method::GET, "/rooms/x", (400, "bad-request")),
        (Method::GET, "/runs?status=lost", (400, "bad-request")),
        (Method::GET, "/runs?before=x", (400, "bad-request")),
        (Method::GET, "/runs/00000000-0000-0000-0000-000000000000/prompts/0", (404, "no-prompt")),
        (Method::GET, "/runs/00000000-0000-0000-0000-000000000000/events", (404, "no-run")),
        (Method::GET, "/stats?minutes=0", (400, "wrong-minutes")),
        (Method::GET, "/memories/00000000-0000-0000-0000-000000000000", (404, "no-memory")),
        (Method::GET, "/uploads/00000000-0000-0000-0000-000000000000", (404, "no-upload")),
        (Method::GET, "/plugins/nothing", (404, "no-plugin")),
        (Method::DELETE, "/tasks/00000000-0000-0000-0000-000000000000", (404, "no-task")),
        (Method::POST, "/parked/00000000-0000-0000-0000-000000000000/retry", (404, "not-parked")),
        (Method::PATCH, "/rooms", (405, "method-not-allowed")),
        (Method::GET, "/ws", (400, "bad-request")),
    ] {
        let (status, code) = refusal(client.ask(method, path).await);
        assert_eq!((status, code.as_str()), wanted, "{path}");
    }
    let send = || client.request(Method::POST, &format!("{ADA}{message}"));
    let no_json = send().header("content-type", "text/plain").body("hi");
    assert_eq!(refusal(code(said(no_json).await)), (415, "unsupported-media-type".to_owned()));
    let broken = send().header("content-type", "application/json").body("{");
    assert_eq!(refusal(code(said(broken).await)), (400, "bad-request".to_owned()));
    let keyed = send().header("idempotency-key", "é").json(&json!({ "text": "x" }));
    assert_eq!(refusal(code(said(keyed).await)), (400, "no-key".to_owned()));
    let elsewhere = client.request(Method::GET, "/api/v1/agents/bob/rooms");
    assert_eq!(refusal(code(said(elsewhere).await)), (404, "no-agent".to_owned()));
    assert_eq!(client.read("/runs").await["items"], json!([]), "nothing was begun");
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_is_one_message_also_after_a_restart() -> TestResult {
    // One answer only: a second turn would fail the test.
    let ada = workshop(Script::new().says("Paid once.")).start().await?;
    let client = Client::of(&ada);
    let send = |client: &Client, text: &str, wait: u32| {
        let request = client.request(Method::POST, &format!("{ADA}/rooms/shop/messages"));
        said(request.header("idempotency-key", "order 7").json(&json!({ "text": text, "wait": wait })))
    };
    let all = futures_util::future::join_all((0..20).map(|_| send(&client, "pay", 20))).await;
    for (status, body) in &all {
        assert_eq!(status.as_u16(), 200, "{body}");
        assert_eq!(body["replies"][0]["content"]["text"], "Paid once.");
        assert_eq!((&body["run"], &body["message"]), (&all[0].1["run"], &all[0].1["message"]));
    }
    let (status, reused) = code(send(&client, "pay more", 0).await);
    assert_eq!(refusal((status, reused)), (422, "key-used".to_owned()));
    // The same key elsewhere is another message; nothing answers it any more.
    let room = client.read("/rooms").await["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(all[0].1["room"], room.as_str());

    let ada = ada.restarted().await?;
    let client = Client::of(&ada);
    let (status, again) = code(send(&client, "pay", 0).await);
    assert_eq!((status, &again["message"], &again["run"]), (200, &all[0].1["message"], &all[0].1["run"]));
    assert_eq!(again["replies"], all[0].1["replies"], "the stored result");
    let request = client.request(Method::POST, &format!("{ADA}/rooms/shop/messages"));
    let request = request.header("idempotency-key", "order 7").json(&json!({ "text": "pay" }));
    let events = Reader::open(request).await.rest().await;
    assert_eq!(names(&events), ["started", "reply", "ended"], "as it is stored");
    assert_eq!(client.read(&format!("/rooms/{room}/messages")).await["items"].as_array().unwrap().len(), 2);
    ada.stop().await;
    Ok(())
}
