//! The weather plugin in a running agent, against a real HTTP server on this machine that answers as Open-Meteo documents.

use galatea::{
    prelude::*,
    testing::{GET, HttpDouble, Script, TestAgent, TestAgentBuilder, TestResult},
};
use galatea_weather::Weather;
use serde_json::{Value, json};
use tower::ServiceExt;

/// An agent whose weather comes from a server of the test.
fn agent(http: &HttpDouble) -> TestAgentBuilder {
    TestAgent::with::<Weather>()
        .config::<Weather>(json!({ "base-url": http.url(), "geocoding-url": http.url() }))
}

/// A server that knows London, and that it rains there.
async fn open_meteo() -> TestResult<HttpDouble> {
    let http = HttpDouble::start().await?;
    http.on(GET, "/v1/search").with_query("name", "London").maybe().json(json!({ "results": [
        { "name": "London", "country": "United Kingdom", "latitude": 51.5, "longitude": -0.12 }
    ] }));
    http.on(GET, "/v1/search").maybe().json(json!({ "generationtime_ms": 0.5 }));
    http.on(GET, "/v1/forecast").with_query("latitude", "51.5").maybe().json(json!({ "current": {
        "temperature_2m": 11.4, "weather_code": 61, "wind_speed_10m": 18.0
    } }));
    Ok(http)
}

#[tokio::test]
async fn it_asks_the_server_once_and_remembers() -> TestResult {
    let http = open_meteo().await?;
    let weather_of =
        |script: Script| script.calls("GET_WEATHER", json!({ "place": "London" })).says("It rains.");
    let agent = agent(&http)
        .config::<Weather>(json!({ "units": "imperial" }))
        .model(weather_of(weather_of(Script::new())))
        .start()
        .await?;

    let turn = agent.says("How is the weather in London?").await?;
    turn.assert_ran("GET_WEATHER");
    turn.assert_replied("It rains.");
    let result = turn.result("GET_WEATHER").ok_or("a result")?;
    assert_eq!(result.text.as_deref(), Some("London, United Kingdom: 11 °F, rain, wind 18 mph"));
    assert_eq!(result.data["sky"], "rain");
    assert_eq!(http.requests()[1].query("temperature_unit"), Some("fahrenheit"));

    agent.says("And once more?").await?.assert_ran("GET_WEATHER");
    assert_eq!(http.requests().len(), 2, "the second answer comes from memory");
    assert!(agent.context("WEATHER_CONTEXT").await?.text.ends_with("rain, wind 18 mph"));
    http.assert_all_met();
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_unknown_place_and_a_dead_server_are_told_plainly() -> TestResult {
    let http = open_meteo().await?;
    let script =
        Script::new().calls("GET_WEATHER", json!({ "place": "Atlantis" })).says("I know of no such place.");
    let turn = agent(&http).model(script).start().await?.says("How is it in Atlantis?").await?;
    turn.assert_completed();
    turn.assert_replied("I know of no such place.");
    let error = turn.result("GET_WEATHER").and_then(|result| result.error.as_deref());
    assert_eq!(error, Some("the weather service knows no place called Atlantis"));

    let dead = HttpDouble::start().await?;
    dead.on(GET, "/v1/search").drops_connection();
    let result = agent(&dead).start().await?.run_action("GET_WEATHER", json!({ "place": "London" })).await?;
    assert!(result.summary().starts_with("the weather service gave no answer: "), "{}", result.summary());
    Ok(())
}

#[tokio::test]
async fn it_reaches_only_what_is_granted() -> TestResult {
    let http = open_meteo().await?;
    let refused = agent(&http).grants_only().start().await.err().ok_or("it needs a grant")?.to_string();
    assert!(refused.contains("network = [\"127.0.0.1\"]"), "{refused}");
    let granted = agent(&http).grants_only().grant::<Weather>("network", &http.host()).start().await?;
    assert!(granted.run_action("FORECAST", json!({ "place": "London" })).await?.success);
    Ok(())
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
async fn other_programs_can_ask_it() -> TestResult {
    let http = open_meteo().await?;
    let agent = agent(&http).start().await?;
    let router = agent.router_with(AnyBadge);
    let ask = async |place: &str, badge: bool| -> TestResult<(u16, Value)> {
        let mut request = axum::http::Request::get(format!("/weather/now/{place}"));
        if badge {
            request = request.header("authorization", "any");
        }
        let response = router.clone().oneshot(request.body(String::new())?).await?;
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await?;
        Ok((status, serde_json::from_slice(&body)?))
    };
    let (status, report) = ask("London", true).await?;
    assert_eq!(
        (status, &report["place"], &report["sky"]),
        (200, &json!("London, United Kingdom"), &json!("rain"))
    );
    let (status, problem) = ask("Atlantis", true).await?;
    assert_eq!(status, 404);
    assert_eq!(problem["error"]["message"], "the weather service knows no place called Atlantis");
    assert_eq!(ask("London", false).await?.0, 401);
    Ok(())
}
