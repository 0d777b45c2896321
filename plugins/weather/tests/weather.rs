//! The weather plugin in a running agent, against a real HTTP server on this machine that answers as Open-Meteo documents.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed assumption fails the test")]

use axum::{Json, Router, extract::Query, http::StatusCode, routing::get};
use galatea::{
    agent::{Agent, Incoming, StartOptions},
    character::Document,
    diagnostic::Source,
    plan::Plan,
    prelude::*,
    registry::Registry,
    turn::RunRecord,
};
use galatea_weather as _;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// A model for tests: asks for the weather of whatever stands after "in", puts results into words.
#[plugin("parrot")]
pub struct Parrot;

/// Asks for the weather of whatever stands after "in".
#[model(TextSmall, TextLarge, tools, plugin = Parrot)]
async fn parrot(request: Request) -> ModelAnswer {
    use galatea::model::{Speaker, ToolCall};
    let results: Vec<String> = request
        .lines
        .iter()
        .filter(|line| line.speaker == Speaker::Tool)
        .map(|line| format!("{}: {}", line.success, line.text))
        .collect();
    if !results.is_empty() {
        return ModelAnswer::text(results.join("; "));
    }
    let text = request.last_user_text();
    let place = text.split(" in ").last().unwrap_or_default().trim_end_matches('?');
    let arguments = json!({ "place": place }).as_object().cloned().unwrap_or_default();
    let call = ToolCall { id: "1".to_owned(), name: "GET_WEATHER".to_owned(), arguments };
    ModelAnswer { calls: vec![call], ..ModelAnswer::default() }
}

#[derive(Clone, Default)]
struct Asked {
    times: Arc<AtomicUsize>,
    queries: Arc<Mutex<Vec<BTreeMap<String, String>>>>,
}

/// Serves both APIs; returns the address.
async fn open_meteo(asked: Asked) -> String {
    let forecasts = asked.clone();
    let app = Router::new()
        .route(
            "/v1/search",
            get(|Query(query): Query<BTreeMap<String, String>>| async move {
                match query.get("name").map(String::as_str) {
                    Some("London") => Json(json!({ "results": [
                        { "name": "London", "country": "United Kingdom", "latitude": 51.5, "longitude": -0.12 }
                    ] })),
                    _ => Json(json!({ "generationtime_ms": 0.5 })),
                }
            }),
        )
        .route(
            "/v1/forecast",
            get(move |Query(query): Query<BTreeMap<String, String>>| async move {
                forecasts.times.fetch_add(1, Ordering::SeqCst);
                forecasts.queries.lock().unwrap().push(query);
                (StatusCode::OK, Json(json!({ "current": {
                    "temperature_2m": 11.4, "weather_code": 61, "wind_speed_10m": 18.0
                } })))
            }),
        );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    format!("http://{address}")
}

async fn agent(weather: &str) -> Agent {
    let toml = format!(
        "name = \"Ada\"\n[plugins.parrot]\n[plugins.http]\ntimeout = \"2s\"\n[plugins.weather]\n{weather}\n\
         [grants.weather]\nnetwork = [\"127.0.0.1\"]\n"
    );
    let registry = Registry::linked().expect("a registry");
    let (document, problems) = Document::parse(Source { path: "test.toml".to_owned(), text: toml.into() });
    assert!(problems.is_empty(), "{problems:?}");
    let plan = Plan::of(&registry, &document).expect("a plan");
    Agent::start(plan, &registry, StartOptions::default()).await.expect("an agent")
}

async fn ask(agent: &Agent, text: &str) -> (String, RunRecord) {
    let (replies, record) =
        agent.send(Incoming::direct("test", "room", "sam", text)).await.unwrap().finish().await;
    let said: Vec<&str> = replies.iter().map(|reply| reply.content.text.as_str()).collect();
    (said.join("\n"), record.expect("a record").as_ref().clone())
}

#[tokio::test]
async fn it_asks_the_server_once_and_remembers() {
    let asked = Asked::default();
    let url = open_meteo(asked.clone()).await;
    let agent =
        agent(&format!("base-url = \"{url}\"\ngeocoding-url = \"{url}\"\nunits = \"imperial\"")).await;

    let (said, record) = ask(&agent, "How is the weather in London?").await;
    assert_eq!(said, "true: London, United Kingdom: 11 °F, rain, wind 18 mph");
    let result = record.steps[0].result.as_ref().unwrap();
    assert_eq!(result.data["sky"], Value::from("rain"));
    let query = asked.queries.lock().unwrap()[0].clone();
    assert_eq!(query.get("temperature_unit").map(String::as_str), Some("fahrenheit"));

    ask(&agent, "And once more in London?").await;
    assert_eq!(asked.times.load(Ordering::SeqCst), 1, "the second answer comes from memory");
    agent.stop().await;
}

#[tokio::test]
async fn an_unknown_place_and_a_dead_server_are_told_plainly() {
    let url = open_meteo(Asked::default()).await;
    let up = agent(&format!("base-url = \"{url}\"\ngeocoding-url = \"{url}\"")).await;
    let (said, _) = ask(&up, "How is it in Atlantis?").await;
    assert_eq!(said, "false: the weather service knows no place called Atlantis");

    let dead = "base-url = \"http://127.0.0.1:1\"\ngeocoding-url = \"http://127.0.0.1:1\"";
    let down = agent(dead).await;
    let (said, record) = ask(&down, "How is it in London?").await;
    assert!(said.starts_with("false: the weather service gave no answer: cannot reach 127.0.0.1"), "{said}");
    assert_eq!(record.status.name(), "completed", "a failed action does not fail the turn");
}

/// Lets in whoever brings any badge.
#[derive(Debug)]
struct AnyBadge;

#[async_trait::async_trait]
impl galatea::route::Authenticate for AnyBadge {
    async fn authenticate(&self, headers: &galatea::route::HeaderMap) -> Result<Option<Caller>, RouteError> {
        Ok(headers.get("authorization").map(|_| Caller::default()))
    }
}

#[tokio::test]
async fn other_programs_can_ask_it() {
    use tower::ServiceExt;
    let url = open_meteo(Asked::default()).await;
    let agent = agent(&format!("base-url = \"{url}\"\ngeocoding-url = \"{url}\"")).await;
    let router = agent.router_with(AnyBadge);
    let ask = async |place: &str, badge: bool| {
        let mut request = axum::http::Request::builder().uri(format!("/weather/now/{place}"));
        if badge {
            request = request.header("authorization", "any");
        }
        let response = router.clone().oneshot(request.body(String::new()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.status.as_u16(), serde_json::from_slice::<Value>(&body).unwrap())
    };
    let (status, report) = ask("London", true).await;
    assert_eq!(
        (status, &report["place"], &report["sky"]),
        (200, &json!("London, United Kingdom"), &json!("rain"))
    );
    let (status, problem) = ask("Atlantis", true).await;
    assert_eq!(status, 404);
    assert_eq!(problem["error"]["message"], "the weather service knows no place called Atlantis");
    assert_eq!(ask("London", false).await.0, 401);
    agent.stop().await;
}
