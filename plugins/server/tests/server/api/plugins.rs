//! Plugins are shown, configured and switched, and what is wrong is said by its place.

use super::workshop::*;
use galatea::testing::TestResult;
use reqwest::Method;
use serde_json::{Value, json};

fn places(body: &Value) -> Vec<&str> {
    body.as_array().unwrap().iter().map(|problem| problem["path"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_is_configured_and_mistakes_are_said_by_place() -> TestResult {
    let ada =
        workshop(says("x")).config::<Workshop>(json!({ "amount": 3, "key": "open sesame" })).start().await?;
    let client = Client::of(&ada);
    let shown = client.read("/plugins/workshop").await;
    assert_eq!((&shown["config"]["amount"], &shown["config"]["units"]), (&json!(3), &json!("metric")));
    assert_eq!(shown["config"]["key"]["secret"], true, "{shown}");
    assert!(!shown.to_string().contains("sesame"));
    assert_eq!(shown["actions"], json!(["PAY"]));
    assert_eq!((&shown["standing"], &shown["requires"]), (&json!("running"), &json!(["server"])));
    assert_eq!(shown["config-schema"]["properties"]["amount"]["maximum"], 9);

    for (config, wanted) in [
        (json!({}), vec![]),
        (json!({ "units": "imperial", "amount": 9 }), vec![]),
        (json!({ "units": "kelvin" }), vec!["/units"]),
        (json!({ "amount": 10, "units": 3 }), vec!["/amount", "/units"]),
        (json!({ "nonsense": 1 }), vec!["/nonsense"]),
        (json!({ "drawers": [{ "width": 1 }, { "width": "wide" }] }), vec!["/drawers/1/width"]),
        (json!({ "key": "in clear" }), vec!["/key"]),
    ] {
        let (status, checked) = client.post("/plugins/workshop/config/check", config.clone()).await;
        assert_eq!(status, 200);
        let mut found = places(&checked["problems"]);
        found.sort_unstable();
        assert_eq!(
            (found.as_slice(), &checked["ok"]),
            (wanted.as_slice(), &json!(wanted.is_empty())),
            "{config} {checked}"
        );
    }
    let put = |config: Value| {
        said(client.request(Method::PUT, &format!("{ADA}/plugins/workshop/config")).json(&config))
    };
    let (status, refused) = code(put(json!({ "units": "kelvin" })).await);
    assert_eq!((status, &refused["error"]["code"]), (422, &json!("rejected")), "{refused}");
    assert_eq!(places(&refused["error"]["problems"]), ["/units"]);
    assert!(refused["error"]["message"].as_str().unwrap().contains("plugins.workshop.units"), "{refused}");
    // What was masked stays what it is.
    let mut config = client.read("/plugins/workshop").await["config"].clone();
    config["amount"] = json!(5);
    let (status, report) = code(put(config).await);
    assert_eq!(status, 200, "{report}");
    let change =
        report["plugins"].as_array().unwrap().iter().find(|plugin| plugin["plugin"] == "workshop").unwrap();
    assert_eq!(change["change"]["reloaded"]["why"], json!(["amount"]), "{report}");
    let shown = client.read("/plugins/workshop").await;
    assert_eq!((&shown["config"]["amount"], &shown["config"]["key"]["secret"]), (&json!(5), &json!(true)));
    assert_eq!(refusal(client.post("/plugins/workshop/config/check", json!([])).await).0, 422);
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn plugins_are_switched_and_drawn() -> TestResult {
    let ada = workshop(says("x")).start().await?;
    let client = Client::of(&ada);
    let standing = async |name: &str| client.read(&format!("/plugins/{name}")).await["standing"].clone();
    assert_eq!(
        refusal(client.post("/plugins/server/disable", json!({})).await),
        (409, "required".to_owned())
    );
    assert_eq!(client.post("/plugins/workshop/disable", json!({})).await.0, 200);
    assert_eq!(standing("workshop").await, "off");
    assert_eq!(
        refusal(client.post("/plugins/workshop/reload", json!({})).await),
        (409, "not-running".to_owned())
    );
    let enable = json!({ "config": { "units": "imperial" } });
    assert_eq!(client.post("/plugins/workshop/enable", enable).await.0, 200);
    assert_eq!(standing("workshop").await, "running");
    assert_eq!(client.read("/plugins/workshop").await["config"]["units"], "imperial");
    assert_eq!(client.post("/plugins/workshop/reload", json!({})).await.0, 200);
    for (path, wanted) in
        [("/plugins/nothing/enable", "no-plugin"), ("/plugins/nothing/config/check", "no-plugin")]
    {
        assert_eq!(refusal(client.post(path, json!({})).await), (404, wanted.to_owned()), "{path}");
    }
    let graph = client.read("/graph").await;
    let edge = json!({ "from": "workshop", "to": "server", "kind": "requires" });
    assert!(graph["edges"].as_array().unwrap().contains(&edge), "{graph}");
    let grants = client.read("/grants").await;
    assert!(grants["items"].as_array().unwrap().iter().any(|granted| granted["plugin"] == "workshop"));
    ada.stop().await;
    Ok(())
}
