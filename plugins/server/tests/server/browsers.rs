//! What browsers are told: headers, pages of other origins, forms of refusals, the description of the API.

use super::support::{Client, OWNER, agent, said};
use galatea::testing::TestResult;
use galatea_server::Server;
use reqwest::{Method, Response, header};
use serde_json::json;

fn told<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_what_browsers_may_do_with_it() -> TestResult {
    let ada = agent("Ada").start().await?;
    let client = Client::of(&ada);
    for (path, policy, cache) in [
        ("/api/v1", "default-src 'none'; frame-ancestors 'none'", "no-store"),
        ("/nowhere", "default-src 'none'; frame-ancestors 'none'", "no-store"),
        ("/porch/page", "default-src 'self'; style-src 'self' 'unsafe-inline';", "no-store"),
        ("/api/v1/docs", "default-src 'none'; script-src 'self'; style-src 'self';", "no-cache"),
        ("/api/v1/docs/docs.js", "default-src 'none'; script-src 'self'; style-src 'self';", "no-cache"),
    ] {
        let response = client.request(Method::GET, path).send().await?;
        assert!(told(&response, "content-security-policy").starts_with(policy), "{path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cache-control", cache),
        ] {
            assert_eq!(told(&response, name), value, "{path} {name}");
        }
        assert_eq!(told(&response, "access-control-allow-origin"), "");
        assert_eq!(told(&response, "x-request-id").len(), 36);
    }
    for (id, is_kept) in [("abc-1", true), ("a b", false), (&"x".repeat(65), false)] {
        let response = client.request(Method::GET, "/api/v1").header("x-request-id", id).send().await?;
        assert_eq!(told(&response, "x-request-id") == id, is_kept, "{id}");
    }
    let home = client.request(Method::GET, "/").send().await?;
    assert_eq!((home.status().as_u16(), told(&home, "location")), (307, "/api/v1/docs"));
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_paths_and_methods_are_refused_in_one_form() -> TestResult {
    let ada = agent("Ada").start().await?;
    let client = Client::of(&ada);
    for (method, path, status, body) in [
        (
            Method::POST,
            "/api/v1",
            405,
            json!({ "error": { "code": "method-not-allowed", "message": "/api/v1 does not answer POST" } }),
        ),
        (
            Method::TRACE,
            "/api/v1",
            405,
            json!({ "error": { "code": "method-not-allowed", "message": "/api/v1 does not answer TRACE" } }),
        ),
        (
            Method::GET,
            "/api/v1/nothing",
            404,
            json!({ "error": { "code": "not-found", "message": "there is nothing at /api/v1/nothing" } }),
        ),
        (Method::PUT, "/porch/names", 405, json!({ "oops": "method-not-allowed" })),
        (Method::GET, "/porch/panic", 500, json!({ "oops": "internal-server-error" })),
        (
            Method::DELETE,
            "/agents/ada/porch/hello",
            405,
            json!({ "error": { "code": "method-not-allowed", "message": "/porch/hello does not answer DELETE" } }),
        ),
    ] {
        let (got, told) = said(client.request(method.clone(), path)).await;
        assert_eq!((got.as_u16(), told), (status, body), "{method} {path}");
    }
    let head = client.request(Method::HEAD, "/api/v1").send().await?;
    assert_eq!((head.status().as_u16(), head.text().await?.as_str()), (200, ""));
    let head = client.request(Method::HEAD, "/agents/ada/porch/hello").send().await?;
    assert_eq!((head.status().as_u16(), head.text().await?.as_str()), (200, ""));
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_call_only_where_they_are_named() -> TestResult {
    let settings = json!({ "cors": ["https://app.example"], "token": OWNER });
    let ada = agent("Ada").config::<Server>(settings).start().await?;
    let client = Client::of(&ada);
    for (origin, allowed) in
        [("https://app.example", true), ("https://app.example.evil", false), ("null", false)]
    {
        let ask = client.request(Method::OPTIONS, "/porch/names").header(header::ORIGIN, origin);
        let asked = ask.header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST").send().await?;
        assert_eq!(asked.status().as_u16(), if allowed { 204 } else { 403 }, "{origin}");
        assert_eq!(told(&asked, "access-control-allow-origin"), if allowed { origin } else { "" });
        assert_eq!(told(&asked, "access-control-allow-headers").contains("authorization"), allowed);
        let request = || client.request(Method::GET, "/porch/names").header(header::ORIGIN, origin);
        let nobody = request().send().await?;
        assert_eq!(nobody.status().as_u16(), 401, "{origin} is not whoever sits here");
        let response = request().bearer_auth(OWNER).send().await?;
        assert_eq!(response.status().as_u16(), 200, "{origin}");
        assert_eq!(told(&response, "access-control-allow-origin"), if allowed { origin } else { "" });
        assert_eq!(told(&response, "access-control-allow-credentials"), "", "cookies are not for them");
        assert!(response.headers().get_all(header::VARY).iter().any(|value| value == "origin"));
    }
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_described_once() -> TestResult {
    let ada = agent("Ada").start().await?;
    let client = Client::of(&ada);
    let (_, api) = client.get("/api/v1/openapi.json").await;
    assert_eq!(api["openapi"], "3.1.0");
    for (path, method) in [
        ("/api/v1", "get"),
        ("/api/v1/session", "post"),
        ("/api/v1/agents", "get"),
        ("/api/v1/agents/{agent}/tokens", "post"),
        ("/api/v1/agents/{agent}/tokens/{id}", "delete"),
        ("/agents/{agent}/porch/hello", "get"),
        ("/porch/names", "get"),
        ("/metrics", "get"),
    ] {
        assert!(api["paths"][path][method].is_object(), "{method} {path}");
    }
    let made = &api["paths"]["/api/v1/agents/{agent}/tokens"];
    assert_eq!(made["parameters"][0]["$ref"], "#/components/parameters/agent");
    assert_eq!((&made["post"]["x-roles"], &made["post"]["x-scope"]), (&json!(["owner"]), &json!("manage")));
    assert_eq!(made["post"]["security"], json!([{ "caller": [] }, { "session": [] }]));
    assert_eq!(api["paths"]["/agents/{agent}/porch/open"]["get"]["security"], json!([]));
    let text = api.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(api.pointer(reference).is_some(), "{reference} leads nowhere");
    }
    // It follows what is loaded.
    ada.plugins().disable("porch").await?;
    let (_, api) = client.get("/api/v1/openapi.json").await;
    assert!(api["paths"]["/porch/names"].is_null() && api["paths"]["/agents/{agent}/porch/hello"].is_null());
    let metrics = client.request(Method::GET, "/metrics").send().await?;
    assert!(told(&metrics, "content-type").starts_with("application/openmetrics-text"));
    assert!(metrics.text().await?.ends_with("# EOF\n"));
    ada.stop().await;
    Ok(())
}
