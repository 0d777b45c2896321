//! Who is let in where: every route that is described, with every kind of caller.

use super::support::{Client, Headers, OWNER, Porch, agent, far, said, token};
use galatea::{
    memory::Role,
    prelude::*,
    testing::{TestAgent, TestResult},
};
use galatea_server::{Scope, Server};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

/// A route of the description.
struct Described {
    method: Method,
    path: String,
    has_body: bool,
    is_public: bool,
    role: Role,
    scope: Option<String>,
}

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Every route of a description, its parameters filled in with what is not there.
fn described(api: &Value, agent: &str) -> Vec<Described> {
    let mut all = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        let parts = path.split('/').map(|part| match part {
            "{agent}" => agent.to_owned(),
            part if part.starts_with('{') => uuid::Uuid::nil().to_string(),
            part => part.to_owned(),
        });
        let filled = parts.collect::<Vec<_>>().join("/");
        for method in METHODS {
            let Some(operation) = item.get(method.as_str().to_lowercase()) else { continue };
            let security = operation.get("security").unwrap_or(&api["security"]);
            let roles = operation["x-roles"].as_array().into_iter().flatten();
            let role = roles.filter_map(|role| Role::from_name(role.as_str()?)).min();
            all.push(Described {
                method,
                path: filled.clone(),
                has_body: operation.get("requestBody").is_some(),
                is_public: security.as_array().is_some_and(Vec::is_empty),
                role: role.unwrap_or(Role::Guest),
                scope: operation["x-scope"].as_str().map(str::to_owned),
            });
        }
    }
    all
}

/// Somebody who calls, and what is to be answered.
struct Somebody {
    what: String,
    token: Option<String>,
    /// `None`: nobody.
    role: Option<Role>,
    scope: Option<&'static str>,
}

async fn everybody(ada: &Agent, bob: &Agent) -> Vec<(Somebody, bool)> {
    let one = |what: &str, token: Option<String>, role: Option<Role>| Somebody {
        what: what.to_owned(),
        token,
        role,
        scope: None,
    };
    let past = Some("1999-12-31T00:00:00Z".parse::<Timestamp>().unwrap());
    let expired = token(ada, "expired", Role::Owner, None, past).await;
    let revoked = token(ada, "revoked", Role::Owner, None, None).await;
    let last = ada.store().tokens().await.unwrap().into_iter().find(|token| token.name == "revoked").unwrap();
    assert!(ada.store().delete_token(last.id).await.unwrap());
    let foreign = token(bob, "foreign", Role::Owner, None, None).await;
    let flipped = foreign[..foreign.len() - 8].to_owned() + "AAAAAAAA";
    let mut all = vec![
        (one("nobody", None, None), false),
        (one("a wrong token", Some("wrong".to_owned()), None), false),
        (one("a token that is nearly right", Some(flipped), None), false),
        (one("an expired token", Some(expired), None), false),
        (one("a revoked token", Some(revoked), None), false),
        (one("the owner of another agent", Some(foreign), None), true),
        (one("the owner", Some(OWNER.to_owned()), Some(Role::Owner)), true),
    ];
    for role in [Role::Guest, Role::Member, Role::Admin, Role::Owner] {
        let text = token(ada, &format!("an {}", role.name()), role, None, None).await;
        all.push((one(role.name(), Some(text), Some(role)), true));
    }
    for scope in Scope::ALL.map(Scope::name) {
        let text = token(ada, scope, Role::Owner, Some(&[scope]), None).await;
        let who = Somebody {
            scope: Some(scope),
            ..one(&format!("for {scope} only"), Some(text), Some(Role::Owner))
        };
        all.push((who, true));
    }
    all
}

/// What is wrong with an answer, if anything is.
fn wrong(route: &Described, who: &Somebody, is_known: bool, status: u16) -> Option<&'static str> {
    let names_agent = route.path.contains("/ada");
    if status >= 500 && status != 503 && status != 501 {
        return Some("the server failed");
    }
    if route.is_public {
        // To sign in, one shows a token in the body: there is none.
        return matches!(status, 401 | 403).then_some("it is public");
    }
    let Some(role) = who.role else {
        return match (is_known, names_agent) {
            (false, _) => (status != 401).then_some("nobody is let in"),
            (true, true) => (status != 403).then_some("it is another agent"),
            // Of all agents, such a caller sees its own.
            (true, false) => None,
        };
    };
    let may = role >= route.role
        && who.scope.is_none_or(|own| route.scope.as_deref().is_none_or(|scope| scope == own));
    match may {
        false => (status != 403).then_some("it may not"),
        // What is not there is nobody's: a member may be refused still.
        true if role >= Role::Admin => matches!(status, 401 | 403).then_some("it may"),
        true => (status == 401).then_some("it is known"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_route_answers_without_authorisation_off_loopback() -> TestResult {
    let ada = far("Ada").start().await?;
    let client = Client::of(&ada);
    let at = json!({ "address": client.base.replace("http://127.0.0.1", "0.0.0.0"), "token": "another-owner-of-bob" });
    let bob = TestAgent::with::<Porch>().named("Bob").config::<Server>(at).listens().start().await?;
    let (status, api) = client.get("/api/v1/openapi.json").await;
    assert_eq!(status, 200);
    let routes = described(&api, "ada");
    let mut mistakes = Vec::new();
    let mut asked = 0;
    let mut everybody = everybody(&ada, &bob).await;
    // Who showed a right token is not slowed down by the wrong ones of others.
    everybody.sort_by_key(|(_, is_known)| !is_known);
    for (who, is_known) in everybody {
        for route in &routes {
            let mut request = client.request(route.method.clone(), &route.path);
            if let Some(token) = &who.token {
                request = request.bearer_auth(token);
            }
            if route.has_body {
                request = request.json(&json!({}));
            }
            // Streams go on for ever: the status is enough.
            let status = request.send().await?.status().as_u16();
            asked += 1;
            // So many wrong tokens from one place are slowed down; that is no way in either.
            let is_slowed = status == 429 && who.role.is_none();
            if let Some(why) = wrong(route, &who, is_known, status).filter(|_| !is_slowed) {
                mistakes
                    .push(format!("{} {} by {}: {status}, but {why}", route.method, route.path, who.what));
            }
        }
    }
    assert!(mistakes.is_empty(), "{} of {asked}:\n{}", mistakes.len(), mistakes.join("\n"));
    let public: Vec<&str> =
        routes.iter().filter(|route| route.is_public).map(|route| route.path.as_str()).collect();
    let known = [
        "/agents/ada/porch/open",
        "/api/v1",
        "/api/v1/docs",
        "/api/v1/health/live",
        "/api/v1/health/ready",
        "/api/v1/openapi.json",
        "/api/v1/session",
    ];
    assert!(public.iter().all(|path| known.contains(path)), "more is public than was meant: {public:?}");
    assert!(routes.len() >= 14 && asked >= 16 * 14, "{} routes, {asked} requests", routes.len());
    ada.stop().await;
    bob.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_nobody_is_not_told_which_agents_there_are() -> TestResult {
    let ada = far("Ada").start().await?;
    let client = Client::of(&ada);
    for path in [
        "/agents/ada/porch/hello",
        "/agents/bob/porch/hello",
        "/api/v1/agents/bob/tokens",
        "/api/v1/agents/ada/x",
    ] {
        let (status, body) = client.get(path).await;
        let is_told = path.ends_with("/x");
        assert_eq!(status, if is_told { 404 } else { 401 }, "{path}: {body}");
    }
    let root = client.get("/api/v1").await.1;
    assert_eq!(
        root,
        json!({ "name": "galatea", "version": galatea::VERSION, "agents": 1, "anonymous": false })
    );
    assert_eq!(client.get("/api/v1/session").await.1, json!({ "signed-in": false, "agents": [] }));
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_sits_at_this_machine_needs_no_token() -> TestResult {
    let open = agent("Ada").start().await?;
    let never = agent("Bob").config::<Server>(json!({ "anonymous": "never" })).start().await?;
    let (open_at, never_at) = (Client::of(&open), Client::of(&never));
    let rows: [(&Client, Headers<'_>, bool); 9] = [
        (&open_at, &[], true),
        (&open_at, &[("host", "localhost:1")], true),
        (&open_at, &[("host", "evil.example")], false),
        (&open_at, &[("x-forwarded-for", "192.0.2.1")], false),
        (&open_at, &[("origin", "http://evil.example")], false),
        (&open_at, &[("sec-fetch-site", "cross-site")], false),
        // Clients of other APIs must show something; it does not matter what.
        (&open_at, &[("authorization", "Bearer sk-none")], true),
        (&open_at, &[("authorization", "Basic YTpi")], false),
        (&never_at, &[], false),
    ];
    for (client, headers, is_let_in) in rows {
        let mut request = client.request(Method::GET, "/porch/names");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (status, body) = said(request).await;
        assert_eq!(status, if is_let_in { 200 } else { 401 }, "{headers:?}: {body}");
    }
    // A token of ours that is wrong is wrong anywhere.
    let text = token(&never, "foreign", Role::Owner, None, None).await;
    let (status, _) = said(open_at.with(Method::GET, "/porch/names", &text)).await;
    assert_eq!(status, 401);
    open.stop().await;
    never.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_made_used_and_revoked_over_http() -> TestResult {
    let ada = far("Ada").clock("2026-01-01T12:00:00Z").start().await?;
    let client = Client::of(&ada);
    let tokens = "/api/v1/agents/ada/tokens";
    let make = |by: &str, body: Value| client.with(Method::POST, tokens, by).json(&body);
    let (status, made) = said(make(OWNER, json!({ "name": "phone", "expires": "2d" }))).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!((&made["role"], &made["scopes"]), (&json!("member"), &json!(["read", "chat"])));
    assert_eq!(made["expires"], "2026-01-03T12:00:00Z");
    let phone = made["token"].as_str().unwrap();
    let (_, names) = said(client.with(Method::GET, "/porch/names", phone)).await;
    assert_eq!(names, json!({ "names": ["Ada"], "by": "phone" }));
    let (_, list) = said(client.with(Method::GET, tokens, OWNER)).await;
    assert_eq!(list["items"][0]["used"], "2026-01-01T12:00:00Z", "{list}");
    assert!(!list.to_string().contains(&phone[26..]));

    for (body, status, why) in [
        (json!({ "name": "phone" }), 409, "called `phone` already"),
        (json!({ "name": "" }), 422, "no name"),
        (json!({ "name": "loopback" }), 422, "those who have none"),
        (json!({ "name": "x", "scopes": [] }), 422, "for nothing"),
        (json!({ "name": "x", "scopes": ["fly"] }), 422, "fly"),
        (json!({ "name": "x", "expires": "soon" }), 422, "no time"),
        (json!({ "name": "x", "expires": "2020-01-01T00:00:00Z" }), 422, "over already"),
    ] {
        let (got, told) = said(make(OWNER, body.clone())).await;
        assert_eq!(got, status, "{body}: {told}");
        assert!(told.to_string().contains(why), "{body}: {told}");
    }
    // Nobody gives what they have not.
    let manager = token(&ada, "manager", Role::Owner, Some(&["manage"]), None).await;
    let (status, told) = said(make(&manager, json!({ "name": "more", "scopes": ["manage", "chat"] }))).await;
    assert_eq!(status, 403, "{told}");

    ada.advance(std::time::Duration::from_secs(49 * 3600)).await?;
    assert_eq!(said(client.with(Method::GET, "/porch/names", phone)).await.0, 401, "its time is over");
    let (_, made) = said(make(OWNER, json!({ "name": "desk", "scopes": ["chat"] }))).await;
    let (id, desk) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
    assert_eq!(said(client.with(Method::GET, "/porch/names", desk)).await.0, 200);
    let revoke = || client.with(Method::DELETE, &format!("{tokens}/{id}"), OWNER);
    assert_eq!(said(revoke()).await.0, 204);
    assert_eq!(said(revoke()).await.0, 404);
    assert_eq!(said(client.with(Method::GET, "/porch/names", desk)).await.0, 401, "it was revoked");
    ada.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_tokens_are_slowed_down_and_right_ones_are_not() -> TestResult {
    let ada = far("Ada").start().await?;
    let client = Client::of(&ada);
    let right = token(&ada, "phone", Role::Member, None, None).await;
    let names = |token: &str| client.with(Method::GET, "/porch/names", token);
    assert_eq!(said(names(&right)).await.0, 200);
    let mut statuses = Vec::new();
    for number in 0..12 {
        statuses.push(said(names(&format!("wrong-{number}"))).await.0.as_u16());
    }
    assert_eq!((&statuses[..10], &statuses[10..]), (&[401; 10][..], &[429; 2][..]));
    assert_eq!(said(names(&right)).await.0, 200, "it was right before");
    let weak = far("Eve").config::<Server>(json!({ "token": "short" })).start().await;
    assert!(weak.is_err_and(|error| error.to_string().contains("can be guessed")));
    ada.stop().await;
    Ok(())
}
