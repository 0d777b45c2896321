//! Browsers that sign in.

use super::support::{Client, Headers, OWNER, far, said, token};
use galatea::{memory::Role, testing::TestResult};
use reqwest::{Method, header};
use serde_json::{Value, json};
use std::time::Duration;

/// Signs in; the cookie and the CSRF token.
async fn sign_in(client: &Client, token: &str) -> (String, String) {
    let request = client.request(Method::POST, "/api/v1/session").json(&json!({ "token": token }));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let set = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(set.ends_with("; HttpOnly; SameSite=Strict; Path=/"), "{set}");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["signed-in"], true);
    (set.split(';').next().unwrap().to_owned(), body["csrf"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_signs_in_and_out() -> TestResult {
    let ada = far("Ada").clock("2026-01-01T12:00:00Z").start().await?;
    let client = Client::of(&ada);
    let phone = token(&ada, "phone", Role::Member, Some(&["chat", "read"]), None).await;
    let (status, told) =
        said(client.request(Method::POST, "/api/v1/session").json(&json!({ "token": "wrong" }))).await;
    assert_eq!((status.as_u16(), &told["error"]["code"]), (401, &json!("unauthorized")));
    for wrong in [json!({}), json!({ "token": "x", "more": 1 }), json!([])] {
        let (status, _) = said(client.request(Method::POST, "/api/v1/session").json(&wrong)).await;
        assert_eq!(status, 422, "{wrong}");
    }

    // What a browser shows is never taken up as a session.
    let fixed = "galatea-session=chosen-by-somebody-else";
    let request = client.request(Method::POST, "/api/v1/session").header(header::COOKIE, fixed);
    let response = request.json(&json!({ "token": phone })).send().await?;
    let set = response.headers()[header::SET_COOKIE].to_str()?.to_owned();
    assert!(!set.contains("chosen"), "{set}");
    let look =
        |cookie: &str| said(client.request(Method::GET, "/api/v1/session").header(header::COOKIE, cookie));
    assert_eq!(look(fixed).await.1["signed-in"], false);

    let (cookie, csrf) = sign_in(&client, &phone).await;
    let (_, session) = look(&cookie).await;
    let known = json!({ "signed-in": true, "name": "phone", "role": "member", "scopes": ["read", "chat"], "csrf": csrf, "agents": [{ "id": ada.id(), "name": "Ada" }] });
    assert_eq!(session, known);
    let (status, names) =
        said(client.request(Method::GET, "/porch/names").header(header::COOKIE, &cookie)).await;
    assert_eq!((status.as_u16(), names), (200, json!({ "names": ["Ada"], "by": "phone" })));

    // Signing in again ends the session before.
    let again = client.request(Method::POST, "/api/v1/session").header(header::COOKIE, &cookie);
    assert_eq!(said(again.json(&json!({ "token": phone }))).await.0, 200);
    assert_eq!(look(&cookie).await.1["signed-in"], false);

    let (cookie, csrf) = sign_in(&client, OWNER).await;
    let out = |csrf: Option<&str>| {
        let request = client.request(Method::DELETE, "/api/v1/session").header(header::COOKIE, &cookie);
        said(csrf.map_or(request.try_clone().unwrap(), |csrf| request.header("x-csrf-token", csrf)))
    };
    assert_eq!(out(None).await.0, 403);
    assert_eq!(look(&cookie).await.1["signed-in"], true);
    assert_eq!(out(Some(&csrf)).await.0, 204);
    assert_eq!(look(&cookie).await.1["signed-in"], false);
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_something_needs_the_csrf_token_and_an_own_page() -> TestResult {
    let ada = far("Ada").start().await?;
    let client = Client::of(&ada);
    let (cookie, csrf) = sign_in(&client, OWNER).await;
    let (_, other) = sign_in(&client, OWNER).await;
    let own = client.base.clone();
    let rows: [(Method, Headers<'_>, u16); 10] = [
        (Method::GET, &[], 200),
        (Method::POST, &[], 403),
        (Method::POST, &[("x-csrf-token", "")], 403),
        (Method::POST, &[("x-csrf-token", &other)], 403),
        (Method::POST, &[("x-csrf-token", &csrf)], 201),
        (Method::POST, &[("x-csrf-token", &csrf), ("origin", &own)], 201),
        (Method::POST, &[("x-csrf-token", &csrf), ("origin", "http://127.0.0.1:1")], 403),
        (Method::POST, &[("x-csrf-token", &csrf), ("sec-fetch-site", "same-site")], 403),
        // A page of another port shares the cookies, but not the origin.
        (Method::GET, &[("origin", "http://127.0.0.1:1")], 403),
        (Method::GET, &[("sec-fetch-site", "same-origin")], 200),
    ];
    for (number, (method, headers, status)) in rows.into_iter().enumerate() {
        let mut request =
            client.request(method.clone(), "/api/v1/agents/ada/tokens").header(header::COOKIE, &cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if method == Method::POST {
            request = request.json(&json!({ "name": format!("t{number}") }));
        }
        let (got, told) = said(request).await;
        assert_eq!(got, status, "{method} {headers:?}: {told}");
        if status == 403 {
            assert_eq!(told["error"]["code"], "csrf");
        }
    }
    // Nor can a page of somebody else sign its visitors in.
    let request = client.request(Method::POST, "/api/v1/session").header("origin", "http://evil.example");
    assert_eq!(said(request.json(&json!({ "token": OWNER }))).await.0, 403);
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_with_their_token_and_when_nobody_uses_them() -> TestResult {
    let ada = far("Ada").clock("2026-01-01T12:00:00Z").start().await?;
    let client = Client::of(&ada);
    let phone = token(&ada, "phone", Role::Member, None, None).await;
    let is_in = async |cookie: &str| {
        let request = client.request(Method::GET, "/api/v1/session").header(header::COOKIE, cookie);
        said(request).await.1["signed-in"] == true
    };
    let (cookie, _) = sign_in(&client, &phone).await;
    let id = ada.store().tokens().await?[0].id;
    assert!(is_in(&cookie).await);
    ada.store().delete_token(id).await?;
    assert!(!is_in(&cookie).await, "its token was revoked");

    let (cookie, _) = sign_in(&client, OWNER).await;
    for hours in [11, 11] {
        ada.advance(Duration::from_secs(hours * 3600)).await?;
        assert!(is_in(&cookie).await, "it is used");
    }
    ada.advance(Duration::from_secs(12 * 3600)).await?;
    assert!(!is_in(&cookie).await, "nobody used it");
    ada.stop().await;
    Ok(())
}
