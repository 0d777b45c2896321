//! Rooms over a WebSocket.

use super::workshop::*;
use futures_util::{SinkExt, StreamExt};
use galatea::{
    memory::Role,
    testing::{Script, TestAgent, TestResult},
};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(agent: &TestAgent, origin: Option<&str>) -> Result<Self, Error> {
        let origin = origin.map(|origin| ("origin", origin.to_owned()));
        Self::open_with(agent, origin).await
    }

    async fn open_with(agent: &TestAgent, header: Option<(&'static str, String)>) -> Result<Self, Error> {
        let base = Client::of(agent).base.replace("http://", "ws://");
        let mut request = format!("{base}{ADA}/ws").into_client_request().unwrap();
        if let Some((name, value)) = header {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        connect_async(request).await.map(|(socket, _)| Self(socket))
    }

    async fn say(&mut self, said: Value) {
        self.0.send(Message::text(said.to_string())).await.unwrap();
    }

    async fn next(&mut self) -> Value {
        loop {
            let frame =
                tokio::time::timeout(Duration::from_secs(20), self.0.next()).await.expect("nothing came");
            match frame.unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(_) => return json!({ "type": "close" }),
                _ => {}
            }
        }
    }

    /// Everything until this comes.
    async fn until(&mut self, wanted: &str) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            all.push(self.next().await);
            if all.last().unwrap()["type"] == wanted {
                return all;
            }
        }
    }
}

fn types(all: &[Value]) -> Vec<&str> {
    let mut types: Vec<&str> = all.iter().map(|said| said["type"].as_str().unwrap()).collect();
    types.dedup();
    types
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_are_talked_in_and_followed() -> TestResult {
    let ada = workshop(says("Hello.")).start().await?;
    let mut ann = Socket::open(&ada, None).await?;
    ann.say(json!({ "type": "send", "room": "lobby", "text": "hi", "id": "1" })).await;
    let mut all = ann.until("ended").await;
    // What is accepted and what happens come side by side.
    let at = all.iter().position(|said| said["type"] == "accepted").unwrap();
    let accepted = all.remove(at);
    assert_eq!((types(&all), &accepted["id"]), (vec!["started", "text", "reply", "ended"], &json!("1")));
    assert!(all.iter().all(|said| said["run"] == accepted["run"] && said["room"] == accepted["room"]));
    // Another connection follows the room.
    let mut bob = Socket::open(&ada, None).await?;
    bob.say(json!({ "type": "subscribe", "room": accepted["room"] })).await;
    assert_eq!(bob.next().await["type"], "subscribed");
    ann.say(json!({ "type": "send", "room": "lobby", "text": "again" })).await;
    // Pieces of the text come only where the connection was there in time.
    let said = bob.until("ended").await;
    let mut told = types(&said);
    told.retain(|name| *name != "text");
    assert_eq!(told, ["started", "reply", "ended"]);
    // The same id is the same message.
    ann.until("ended").await;
    ann.say(json!({ "type": "send", "room": "lobby", "text": "hi", "id": "1" })).await;
    assert_eq!(ann.next().await["message"], accepted["message"]);
    for (said, wanted) in [
        (json!({ "type": "dance" }), "not-understood"),
        (json!({ "type": "send", "room": "lobby", "text": "" }), "no-text"),
        (json!({ "type": "subscribe", "room": "00000000-0000-0000-0000-000000000000" }), "no-room"),
        (json!({ "type": "cancel", "run": accepted["run"] }), "run-ended"),
    ] {
        ann.say(said.clone()).await;
        let answer = ann.until("error").await.pop().unwrap();
        assert_eq!(answer["error"]["code"], wanted, "{said} {answer}");
    }
    ada.stop().await;
    assert_eq!(bob.next().await["type"], "close", "it is told of the end");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_are_refused_and_runs_are_ended() -> TestResult {
    let ada = workshop(Script::new().hangs()).start().await?;
    match Socket::open(&ada, Some("https://evil.example")).await {
        Err(Error::Http(response)) => {
            assert!([401, 403].contains(&response.status().as_u16()), "{response:?}")
        }
        other => panic!("{:?}", other.map(|_| "it is open")),
    }
    let own = Client::of(&ada).base;
    let mut ann = Socket::open(&ada, Some(&own)).await?;
    ann.say(json!({ "type": "send", "room": "lobby", "text": "think" })).await;
    let run = ann.until("started").await.pop().unwrap()["run"].clone();
    ann.say(json!({ "type": "cancel", "run": run })).await;
    let ended = ann.until("ended").await.pop().unwrap();
    assert_eq!((&ended["run"], &ended["status"]), (&run, &json!("cancelled")));
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_a_token_loses_what_it_opened() -> TestResult {
    let ada = workshop(says("Hello.")).start().await?;
    let client = Client::of(&ada);
    let phone = token(&ada, "phone", Role::Admin).await;
    let bearer = Some(("authorization", format!("Bearer {phone}")));
    let mut asking = Socket::open_with(&ada, bearer.clone()).await?;
    let mut hearing = Socket::open_with(&ada, bearer).await?;
    let events = client.request(Method::GET, &format!("{ADA}/events?names=RUN_ENDED")).bearer_auth(&phone);
    let mut reading = Reader::open(events).await;
    let (_, done) = client.post("/rooms/lobby/messages", json!({ "text": "hi", "wait": 20 })).await;
    assert_eq!(reading.next().await.map(|event| event.name).as_deref(), Some("RUN_ENDED"));
    asking.say(json!({ "type": "send", "room": "kitchen", "text": "hi" })).await;
    asking.until("ended").await;
    assert_eq!(reading.next().await.map(|event| event.name).as_deref(), Some("RUN_ENDED"));
    hearing.say(json!({ "type": "subscribe", "room": done["room"] })).await;
    // Admins see every room.
    assert_eq!(hearing.next().await["type"], "subscribed");

    let known = ada.store().tokens().await?.into_iter().find(|token| token.name == "phone").unwrap();
    assert!(ada.store().delete_token(known.id).await?);
    asking.say(json!({ "type": "send", "room": "kitchen", "text": "hi" })).await;
    assert_eq!(asking.next().await["error"]["code"], "unauthorized");
    // What was looked at a moment ago is not looked at again.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    client.post("/rooms/lobby/messages", json!({ "text": "hi", "wait": 20 })).await;
    assert_eq!(hearing.next().await["type"], "close");
    let rest = reading.rest().await;
    assert_eq!((rest[0].name.as_str(), &rest[0].data["code"]), ("refused", &json!("unauthorized")));
    assert_eq!(rest.len(), 1, "{rest:?}");
    ada.stop().await;
    Ok(())
}
