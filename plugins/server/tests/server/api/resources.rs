//! Every resource answers, in the form that its description says.

use super::workshop::*;
use galatea::{
    event::{Control, ControlMessage},
    memory::{Content, Memory, MemoryKind},
    testing::TestResult,
};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn every_list_and_view_answers() -> TestResult {
    let ada = workshop(says("Rain in Oslo.")).start().await?;
    let client = Client::of(&ada);
    let (_, done) = client.post("/rooms/general/messages", json!({ "text": "weather?", "wait": 20 })).await;
    let (room, run, message) =
        (&done["room"], done["run"].as_str().unwrap(), done["message"].as_str().unwrap());
    for (path, pointer, wanted) in [
        ("", "/name", json!("Ada Lovelace")),
        ("/", "/status", json!("ready")),
        ("/character", "/name", json!("Ada Lovelace")),
        ("/plan", "/plugins/1/name", json!("server")),
        ("/schema", "/properties/name/type", json!("string")),
        ("/graph", "/nodes/1/id", json!("server")),
        ("/models", "/items/0/health", json!("ok")),
        ("/plugins", "/items/1/name", json!("server")),
        ("/rooms", "/items/0/id", room.clone()),
        ("/rooms", "/items/0/last/text", json!("Rain in Oslo.")),
        ("/runs", "/items/0/run", json!(run)),
        ("/runs", "/items/0/text", json!("weather?")),
        ("/parked", "/items", json!([])),
        ("/tasks", "/items/0/name", json!("SWEEP")),
        ("/approvals", "/items", json!([])),
        ("/worlds", "/items/0/name", json!("api")),
        ("/memories?kind=message&limit=1", "/items/0/memory/content/text", json!("Rain in Oslo.")),
        ("/memories?q=weather", "/items/0/memory/id", json!(message)),
        ("/memories?q=weather", "/items/0/snippet/marks", json!([[0, 7]])),
        ("/memories?q=weather", "/method/by", json!("words")),
        ("/stats", "/spent/tokens-in", json!(0)),
    ] {
        let body = client.read(path).await;
        if path == "/stats" {
            assert!(body["series"].as_array().is_some_and(|series| !series.is_empty()), "{body}");
            continue;
        }
        assert_eq!(body.pointer(pointer), Some(&wanted), "{path} {pointer}: {body:#}");
    }
    let prompts = client.read(&format!("/runs/{run}")).await["prompts"].clone();
    assert_eq!(prompts, json!([true]));
    let prompt = client.read(&format!("/runs/{run}/prompts/0")).await;
    assert_eq!(prompt["answer"]["text"], "Rain in Oslo.", "{prompt}");
    let entities = client.read("/entities").await;
    // Who sits at this machine is called by their account.
    let account = ["USER", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    let known = account.filter(|name| !name.is_empty()).unwrap_or_else(|| "loopback".to_owned());
    assert!(entities["items"].to_string().contains(&known), "{known}: {entities}");
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn memories_tasks_and_rooms_are_changed() -> TestResult {
    let ada = workshop(says("x")).start().await?;
    let client = Client::of(&ada);
    let (status, room) = client.post("/rooms", json!({ "name": "desk" })).await;
    assert_eq!(
        (status, &room["name"], &room["kind"], &room["mine"]),
        (200, &json!("desk"), &json!("dm"), &json!(true))
    );
    let again = client.post("/rooms", json!({ "name": "desk" })).await.1;
    assert_eq!(again["id"], room["id"]);
    let unnamed = client.ask(Method::POST, "/rooms").await;
    assert_eq!(unnamed.0, 200, "{}", unnamed.1);
    assert_eq!(
        refusal(client.post("/rooms", json!({ "name": "x".repeat(201) })).await),
        (400, "no-room-name".to_owned())
    );
    let id = room["id"].as_str().unwrap();
    for text in ["one", "two"] {
        assert_eq!(
            client.post(&format!("/rooms/{id}/messages"), json!({ "text": text, "wait": 20 })).await.0,
            200
        );
    }
    let fact = Memory {
        id: Uuid::now_v7(),
        kind: MemoryKind::Fact,
        agent: ada.id(),
        entity: ada.id(),
        room: id.parse()?,
        world: None,
        at: ada.clock().now(),
        sequence: 0,
        content: Content::text("Sam lives in Oslo"),
        metadata: Value::Null,
    };
    ada.store().add_memories(std::slice::from_ref(&fact)).await?;
    assert_eq!(client.read("/memories?kind=fact").await["items"][0]["memory"]["id"], json!(fact.id));
    let path = format!("/memories/{}", fact.id);
    assert_eq!(client.ask(Method::DELETE, &path).await.0, 204);
    assert_eq!(client.ask(Method::DELETE, &path).await.0, 404);
    let mut pages = Vec::new();
    let mut path = "/memories?limit=2".to_owned();
    loop {
        let page = client.read(&path).await;
        pages.push(page["items"].as_array().unwrap().len());
        match page["next"].as_str() {
            Some(next) => path = format!("/memories?limit=2&before={next}"),
            None => break,
        }
    }
    assert_eq!(pages, [2, 2]);
    let (status, deleted) = client.ask(Method::DELETE, &format!("/rooms/{id}/messages")).await;
    assert_eq!((status, &deleted["deleted"]), (200, &json!(4)));

    let task = client.read("/tasks").await["items"][0].clone();
    let id = task["id"].as_str().unwrap();
    let (status, due) = client.ask(Method::POST, &format!("/tasks/{id}/run")).await;
    assert_eq!((status, &due["id"]), (200, &task["id"]));
    ada.settled().await?;
    let ran = client.read("/tasks").await["items"][0].clone();
    assert!(ran["last-run"].is_string() && task["last-run"].is_null(), "{ran}");
    assert_eq!(client.ask(Method::DELETE, &format!("/tasks/{id}")).await.0, 204);
    assert_eq!(client.read("/tasks").await["items"], json!([]));
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_told_as_they_happen() -> TestResult {
    let ada = workshop(says("x")).start().await?;
    let client = Client::of(&ada);
    let open = |names: &str| client.request(Method::GET, &format!("{ADA}/events{names}"));
    let mut ended = Reader::open(open("?names=RUN_ENDED,CONTROL_MESSAGE")).await;
    let mut all = Reader::open(open("")).await;
    let (_, done) = client.post("/rooms/general/messages", json!({ "text": "hi", "wait": 20 })).await;
    let event = ended.next().await.unwrap();
    assert_eq!(
        (event.name.as_str(), &event.data["run"], &event.data["room"]),
        ("RUN_ENDED", &done["run"], &done["room"])
    );
    assert!(event.data["at"].is_string() && event.data["data"]["status"] == "completed", "{event:?}");
    let room = done["room"].as_str().unwrap().parse()?;
    ada.emit(ControlMessage { room, control: Control::DisableInput, target: None }).await;
    assert_eq!(ended.next().await.unwrap().data["data"]["control"], "disable-input");
    let mut seen = Vec::new();
    while !seen.contains(&"RUN_ENDED".to_owned()) {
        seen.push(all.next().await.unwrap().name);
    }
    assert!(seen.contains(&"MESSAGE_SENT".to_owned()), "{seen:?}");
    ada.stop().await;
    assert_eq!(names(&ended.rest().await), ["ending"], "it ends with the agent");
    Ok(())
}
