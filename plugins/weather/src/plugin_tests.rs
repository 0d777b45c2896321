//! What `galatea test weather` runs: the plugin against a server on this machine.

use crate::Weather;
use galatea::{
    prelude::*,
    testing::{GET, HttpDouble, PluginTest, Script, TestResult},
};
use serde_json::json;

/// Finds the place, asks for its weather, and tells it in the units of the config.
#[plugin_test(config = "units = \"imperial\"")]
async fn tells_the_weather(test: PluginTest, http: HttpDouble) -> TestResult {
    http.on(GET, "/v1/search").with_query("name", "Oslo").times(1).json(json!({ "results": [
        { "name": "Oslo", "country": "Norway", "latitude": 59.9, "longitude": 10.7 }
    ] }));
    http.on(GET, "/v1/forecast").with_query("wind_speed_unit", "mph").times(1).json(json!({ "current": {
        "temperature_2m": 28.0, "weather_code": 71, "wind_speed_10m": 4.0
    } }));
    let agent = test
        .agent()
        .config::<Weather>(json!({ "base-url": http.url(), "geocoding-url": http.url() }))
        .model(Script::new().calls("GET_WEATHER", json!({ "place": "Oslo" })).says("It snows."))
        .start()
        .await?;
    let turn = agent.says("Do I need boots in Oslo?").await?;
    turn.assert_replied("It snows.");
    let result = turn.result("GET_WEATHER").ok_or("the action gave nothing")?;
    assert_eq!(result.summary(), "Oslo, Norway: 28 °F, snow, wind 4 mph");
    http.assert_all_met();
    agent.stop().await;
    Ok(())
}
