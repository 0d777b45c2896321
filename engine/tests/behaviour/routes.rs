//! Routes over HTTP: what reaches a handler, what comes back, who is let in, and how it is described.

use crate::support::start;
use async_trait::async_trait;
use galatea::{
    agent::Agent,
    memory::Role,
    prelude::*,
    route::{
        Authenticate, Body, Bytes, Form, HeaderMap, Html, IntoResponse, Json, Method, Multipart, NoContent,
        Path, Query, Router, StatusCode, Uri,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{path::PathBuf, sync::Mutex, time::Duration};
use tower::ServiceExt;
use uuid::Uuid;

/// Answers over HTTP.
#[plugin("site", config = SiteSettings)]
pub struct Site;

/// What the site shows.
#[config]
pub struct SiteSettings {
    /// The folder of its files.
    #[serde(default)]
    pub folder: PathBuf,
    /// What it greets with.
    #[serde(default = "hello_word")]
    pub greeting: String,
}

fn hello_word() -> String {
    "Hello".to_owned()
}

/// Says hello.
///
/// In the words of the config.
#[route(GET, "/hello/{name}", public, plugin = Site)]
async fn hello(Path(name): Path<String>, config: Config<Site>, agent: Agent) -> String {
    format!("{}, {name}! This is {}.", config.greeting, agent.character().name)
}

/// What to look for.
#[derive(Deserialize, JsonSchema)]
struct Search {
    /// The words.
    words: String,
    /// How many.
    #[serde(default)]
    limit: Option<u8>,
}

/// Looks for something.
#[route(GET, "/search", public, plugin = Site)]
async fn search(Query(search): Query<Search>, caller: Option<Caller>) -> Json<Value> {
    Json(json!({ "words": search.words, "limit": search.limit, "known": caller.is_some() }))
}

/// An item in the shop.
#[derive(Deserialize, Serialize, JsonSchema)]
struct Item {
    /// What it is.
    name: String,
    /// How many there are.
    #[schemars(range(min = 1))]
    count: u32,
    /// What it is made of.
    #[serde(default)]
    parts: Vec<Self>,
}

/// Adds an item.
#[route(POST, "/items", public, body = "1kb", plugin = Site)]
async fn add_item(
    headers: HeaderMap,
    Json(item): Json<Item>,
) -> Result<(StatusCode, Json<Item>), RouteError> {
    if item.name == "taken" {
        return Err(RouteError::conflict("there is one already").with_code("item-taken"));
    }
    assert!(headers.contains_key("content-type"));
    Ok((StatusCode::CREATED, Json(item)))
}

/// Which item.
#[derive(Deserialize, JsonSchema)]
struct ItemPath {
    /// The number of the item.
    id: u32,
    /// The part of it.
    part: Uuid,
}

/// Changes an item.
#[route(PATCH, "/items/{id}/parts/{part}", public, plugin = Site)]
async fn change_item(Path(path): Path<ItemPath>, body: Option<Json<Item>>) -> String {
    format!("{} {} {}", path.id, path.part, body.map(|Json(item)| item.name).unwrap_or_default())
}

/// Takes an item away.
#[route(DELETE, "/items/{id}", public, name = "drop-item", plugin = Site)]
async fn remove_item(Path(_id): Path<u32>) -> NoContent {
    NoContent
}

/// Replaces the whole text.
#[route(PUT, "/text", public, plugin = Site)]
async fn put_text(text: String, method: Method, uri: Uri) -> String {
    format!("{method} {} {text}", uri.path())
}

/// Counts bytes.
#[route(POST, "/bytes", public, plugin = Site)]
async fn count_bytes(bytes: Bytes) -> Html<String> {
    Html(format!("<b>{}</b>", bytes.len()))
}

/// Reads a form.
#[route(POST, "/form", public, plugin = Site)]
async fn read_form(Form(search): Form<Search>) -> String {
    search.words
}

/// Takes files.
#[route(POST, "/upload", public, body = "64kb", plugin = Site)]
async fn upload(mut files: Multipart) -> Result<String, RouteError> {
    let mut told = Vec::new();
    while let Some(field) = files.next_field().await? {
        let name = field.file_name().or(field.name()).unwrap_or_default().to_owned();
        told.push(format!("{name}={}", field.bytes().await?.len()));
    }
    Ok(told.join(","))
}

/// Files.
#[route(STATIC, "/assets", public, plugin = Site)]
async fn assets(config: Config<Site>) -> PathBuf {
    config.folder.clone()
}

/// A folder that is not there.
#[route(STATIC, "/nowhere", public, plugin = Site)]
async fn nowhere() -> Result<&'static str, String> {
    Ok("no/such/folder")
}

/// The rest of a path.
#[route(GET, "/rest/{first}/{*rest}", public, plugin = Site)]
async fn rest(Path((first, rest)): Path<(String, String)>) -> String {
    format!("{first}|{rest}")
}

/// For those who are known.
#[route(GET, "/me", plugin = Site)]
async fn me(caller: Caller) -> Json<Value> {
    Json(json!({ "entity": caller.entity, "roles": caller.roles }))
}

/// For admins.
#[route(POST, "/restart", roles("admin"), plugin = Site)]
async fn restart() -> &'static str {
    "restarting"
}

/// Falls over.
#[route(GET, "/panic", public, plugin = Site)]
async fn falls() -> String {
    panic!("the secret is 42")
}

/// Fails with an error of its own.
#[route(GET, "/fail", public, plugin = Site)]
async fn fails() -> Result<String, RouteError> {
    let number: u8 = "the secret is 42".parse()?;
    Ok(number.to_string())
}

/// Takes too long.
#[route(GET, "/slow", public, timeout = "50ms", plugin = Site)]
async fn slow() {
    std::future::pending::<()>().await;
}

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The first page, with what an extractor and a response of axum's own can do.
#[route(GET, "/", public, plugin = Site)]
async fn first_page(memories: Memories, clock: Clock) -> page::Page {
    SEEN.lock().unwrap().push(memories.description());
    page::Page(clock.now().to_string())
}

mod page {
    use super::IntoResponse;
    use galatea::route::Response;

    /// A response type that says nothing of itself.
    pub struct Page(pub String);

    impl IntoResponse for Page {
        fn into_response(self) -> Response {
            ([("x-page", "first")], self.0).into_response()
        }
    }
}

/// The same path in another plugin.
#[plugin("twin")]
pub struct Twin;

/// Says hello too.
#[route(GET, "/hello/{name}", public, plugin = Twin)]
async fn hello_twin(Path(name): Path<String>) -> String {
    format!("twin of {name}")
}

async fn site() -> Agent {
    start("name = \"Ada\"\n[plugins.puppet]\n[plugins.site]\n[plugins.twin]").await
}

struct Got {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Status, code and message of a problem.
    fn problem(&self) -> (u16, String, String) {
        let json = self.json();
        let text = |key: &str| json["error"][key].as_str().unwrap_or_default().to_owned();
        (self.status, text("code"), text("message"))
    }
}

async fn call(
    router: &Router,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Got {
    let mut request = axum::http::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Got {
        status: parts.status.as_u16(),
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

async fn get(router: &Router, path: &str) -> Got {
    call(router, "GET", path, &[], "").await
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn parameters_reach_the_handler_and_answers_come_back() {
    let agent = site().await;
    let router = agent.router();
    let part = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let form = ("content-type", "application/x-www-form-urlencoded");
    let change = format!("/site/items/7/parts/{part}");
    for (method, path, header, body, status, text) in [
        ("GET", "/site/hello/Grace%20H.", None, "", 200, "Hello, Grace H.! This is Ada."),
        ("GET", "/twin/hello/Grace", None, "", 200, "twin of Grace"),
        (
            "GET",
            "/site/search?words=a+b&limit=3",
            None,
            "",
            200,
            r#"{"words":"a b","limit":3,"known":false}"#,
        ),
        (
            "POST",
            "/site/items",
            Some(JSON),
            r#"{"name":"nut","count":2}"#,
            201,
            r#"{"name":"nut","count":2,"parts":[]}"#,
        ),
        ("PATCH", change.as_str(), None, "", 200, &format!("7 {part} ")),
        ("PATCH", change.as_str(), Some(JSON), r#"{"name":"nut","count":2}"#, 200, &format!("7 {part} nut")),
        ("DELETE", "/site/items/7", None, "", 204, ""),
        ("PUT", "/site/text", None, "whole", 200, "PUT /site/text whole"),
        ("POST", "/site/bytes", None, "12345", 200, "<b>5</b>"),
        ("POST", "/site/form", Some(form), "words=a%20b", 200, "a b"),
        ("GET", "/site/rest/a/b/c.txt", None, "", 200, "a|b/c.txt"),
        ("HEAD", "/site/hello/Grace", None, "", 200, ""),
    ] {
        let headers: Vec<(&str, &str)> = header.into_iter().collect();
        let got = call(&router, method, path, &headers, body.to_owned()).await;
        assert_eq!((got.status, got.text.as_str()), (status, text), "{method} {path}");
    }
    for path in ["/site", "/site/"] {
        let page = get(&router, path).await;
        assert_eq!((page.status, page.headers["x-page"].as_bytes()), (200, &b"first"[..]), "{path}");
    }
    assert!(SEEN.lock().unwrap().iter().all(|store| store.contains("memory")));
    agent.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said_as_json() {
    let agent = site().await;
    let router = agent.router();
    let big = format!("{{\"name\":\"{}\",\"count\":1}}", "x".repeat(2000));
    for (method, path, header, body, status, code, message) in [
        ("GET", "/site/nothing", None, "", 404, "not-found", "there is no route /site/nothing"),
        ("GET", "/other/hello/x", None, "", 404, "not-found", "there is no route"),
        ("GET", "/", None, "", 404, "not-found", "there is no route /"),
        ("POST", "/site/hello/x", None, "", 405, "method-not-allowed", "does not answer POST"),
        ("GET", "/site/search", None, "", 400, "bad-request", "words"),
        ("GET", "/site/search?words=a&limit=many", None, "", 400, "bad-request", "limit"),
        ("DELETE", "/site/items/x", None, "", 400, "bad-request", "`x`"),
        ("GET", "/site/hello/%ff", None, "", 400, "bad-request", "UTF-8"),
        ("POST", "/site/items", None, "{}", 415, "unsupported-media-type", "application/json"),
        ("POST", "/site/items", Some(JSON), "{", 400, "bad-request", "JSON"),
        ("POST", "/site/items", Some(JSON), r#"{"name":1}"#, 422, "unprocessable-entity", "name"),
        (
            "POST",
            "/site/items",
            Some(JSON),
            r#"{"name":"taken","count":1}"#,
            409,
            "item-taken",
            "one already",
        ),
        ("POST", "/site/items", Some(JSON), big.as_str(), 413, "payload-too-large", "body"),
        ("POST", "/site/form", Some(JSON), "{}", 415, "unsupported-media-type", "urlencoded"),
        ("POST", "/site/upload", Some(JSON), "{}", 415, "unsupported-media-type", "multipart/form-data"),
        ("GET", "/site/panic", None, "", 500, "internal-server-error", "the log"),
        ("GET", "/site/fail", None, "", 500, "internal-server-error", "the log"),
        ("GET", "/site/slow", None, "", 504, "gateway-timeout", "50ms"),
        ("GET", "/site/nowhere/x", None, "", 500, "internal-server-error", "the log"),
        ("GET", "/site/me", None, "", 401, "unauthorized", "authenticator"),
    ] {
        let headers: Vec<(&str, &str)> = header.into_iter().collect();
        let got = call(&router, method, path, &headers, body.to_owned()).await;
        let (found, its_code, its_message) = got.problem();
        assert_eq!((found, its_code.as_str()), (status, code), "{method} {path}: {}", got.text);
        assert!(its_message.contains(message), "{method} {path}: {its_message}");
        assert!(!got.text.contains("secret"), "{}", got.text);
        assert_eq!(got.headers["content-type"], "application/json");
    }
    let wrong = call(&router, "DELETE", "/site/hello/x", &[], "").await;
    assert_eq!(wrong.headers["allow"], "GET,HEAD");
    assert_eq!(get(&router, "/site/me").await.headers["www-authenticate"], "Bearer");
    agent.stop().await;
}

#[tokio::test]
async fn files_are_uploaded() {
    let agent = site().await;
    let router = agent.router();
    let upload = async |size: usize| {
        let body = format!(
            "--X\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi\r\n--X\r\nContent-Disposition: form-data; \
             name=\"file\"; filename=\"a.bin\"\r\n\r\n{}\r\n--X--\r\n",
            "y".repeat(size)
        );
        let header = ("content-type", "multipart/form-data; boundary=X");
        call(&router, "POST", "/site/upload", &[header], body).await
    };
    let got = upload(40_000).await;
    assert_eq!((got.status, got.text.as_str()), (200, "note=2,a.bin=40000"));
    let got = upload(70_000).await;
    assert_eq!(got.problem().0, 413, "{}", got.text);
    agent.stop().await;
}

#[tokio::test]
async fn a_folder_gives_its_files_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = place.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("public/index.html", "<p>first</p>");
    write("public/css/a b.css", "p {}");
    write("public/docs/index.html", "<p>docs</p>");
    write("public/.env", "KEY=1");
    write("public/.well-known/x", "known");
    write("secret.txt", "secret");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(place.path().join("secret.txt"), place.path().join("public/link.txt"))
            .unwrap();
        std::os::unix::fs::symlink(place.path(), place.path().join("public/up")).unwrap();
    }
    let folder = place.path().join("public");
    let toml = format!(
        "name = \"Ada\"\n[plugins.puppet]\n[plugins.site]\nfolder = {:?}",
        folder.display().to_string()
    );
    let agent = start(&toml).await;
    let router = agent.router();
    for (path, kind, text) in [
        ("/site/assets/", "text/html", "<p>first</p>"),
        ("/site/assets/index.html", "text/html", "<p>first</p>"),
        ("/site/assets/css/a%20b.css", "text/css", "p {}"),
        ("/site/assets/docs/", "text/html", "<p>docs</p>"),
        ("/site/assets/.well-known/x", "application/octet-stream", "known"),
    ] {
        let got = get(&router, path).await;
        assert_eq!((got.status, got.text.as_str()), (200, text), "{path}");
        assert!(got.headers["content-type"].to_str().unwrap().starts_with(kind), "{path}: {:?}", got.headers);
    }
    for (path, to) in [("/site/assets", "assets/"), ("/site/assets/docs", "docs/")] {
        let got = get(&router, path).await;
        assert_eq!((got.status, got.headers["location"].to_str().unwrap()), (308, to), "{path}");
    }
    for path in [
        "/site/assets/../secret.txt",
        "/site/assets/%2e%2e/secret.txt",
        "/site/assets/..%2fsecret.txt",
        "/site/assets/css/..%2f..%2fsecret.txt",
        "/site/assets/..%5csecret.txt",
        "/site/assets//etc/passwd",
        "/site/assets/%2fetc/passwd",
        "/site/assets/link.txt",
        "/site/assets/up/secret.txt",
        "/site/assets/.env",
        "/site/assets/%00",
        "/site/assets/%ff",
        "/site/assets/css/",
        "/site/assets/index.html/",
        "/site/assets/none",
    ] {
        let got = get(&router, path).await;
        assert_eq!(got.problem().0, 404, "{path}: {}", got.text);
        assert!(!got.text.contains("KEY") && !got.text.contains("root:"), "{path}");
    }
    let part = call(&router, "GET", "/site/assets/index.html", &[("range", "bytes=3-7")], "").await;
    assert_eq!((part.status, part.text.as_str()), (206, "first"));
    assert_eq!(call(&router, "POST", "/site/assets/index.html", &[], "").await.problem().0, 405);
    agent.stop().await;
}

/// Knows `Bearer <role>`.
#[derive(Debug)]
struct Badges;

#[async_trait]
impl Authenticate for Badges {
    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Caller>, RouteError> {
        let Some(badge) = headers.get("authorization").and_then(|value| value.to_str().ok()) else {
            return Ok(None);
        };
        let role = badge.strip_prefix("Bearer ").and_then(Role::from_name);
        let role = role.ok_or_else(|| RouteError::unauthorized("nobody has this badge"))?;
        Ok(Some(Caller::new(Uuid::from_u128(7), [role])))
    }
}

#[tokio::test]
async fn callers_are_let_in_as_their_roles_say() {
    let agent = site().await;
    let router = agent.router_with(Badges);
    let badge = |name: &str| format!("Bearer {name}");
    for (method, path, who, status, text) in [
        ("GET", "/site/me", None, 401, "say who you are"),
        ("GET", "/site/me", Some("nobody"), 401, "nobody has this badge"),
        ("GET", "/site/me", Some("guest"), 200, "00000000-0000-0000-0000-000000000007"),
        ("POST", "/site/restart", None, 401, "say who you are"),
        ("POST", "/site/restart", Some("member"), 403, "this is for admin only"),
        ("POST", "/site/restart", Some("admin"), 200, "restarting"),
        ("POST", "/site/restart", Some("owner"), 200, "restarting"),
        ("GET", "/site/search?words=a", None, 200, "\"known\":false"),
        ("GET", "/site/search?words=a", Some("guest"), 200, "\"known\":true"),
        ("GET", "/site/search?words=a", Some("nobody"), 200, "\"known\":false"),
    ] {
        let badge = who.map(badge);
        let headers: Vec<(&str, &str)> =
            badge.iter().map(|badge| ("authorization", badge.as_str())).collect();
        let got = call(&router, method, path, &headers, "").await;
        assert_eq!(got.status, status, "{path} as {who:?}: {}", got.text);
        assert!(got.text.contains(text), "{path} as {who:?}: {}", got.text);
    }
    agent.stop().await;
}

#[tokio::test]
async fn it_can_be_nested_and_ends_with_the_agent() {
    let agent = site().await;
    let router = Router::new().nest("/agents/{id}/plugins", agent.router());
    let path = "/agents/1/plugins/site/hello/Grace";
    assert_eq!(get(&router, path).await.text, "Hello, Grace! This is Ada.");
    // A request that runs is waited for.
    let slow = {
        let router = agent.router();
        tokio::spawn(async move { get(&router, "/site/slow").await.status })
    };
    tokio::time::sleep(Duration::from_millis(10)).await;
    agent.stop().await;
    assert!(slow.is_finished(), "the end of the agent waits for requests");
    assert_eq!(slow.await.unwrap(), 504);
    assert_eq!(get(&router, path).await.problem().0, 503);
}

#[tokio::test]
async fn the_description_is_sound() {
    let agent = site().await;
    let document = agent.openapi();
    agent.stop().await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["title"], "Ada");
    let mut ids = std::collections::BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with('/') && !path.contains('*'), "{path}");
        for (method, operation) in operations.as_object().unwrap() {
            assert!(["get", "post", "put", "patch", "delete"].contains(&method.as_str()), "{method}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{operation}");
            assert!(!operation["summary"].as_str().unwrap().is_empty());
            assert!(
                operation["responses"]
                    .as_object()
                    .unwrap()
                    .values()
                    .all(|r| { r["description"].is_string() || r["$ref"].is_string() })
            );
            let declared = operation["parameters"].as_array().into_iter().flatten();
            let mut declared: Vec<String> = declared
                .filter(|p| p["in"] == "path")
                .map(|p| {
                    assert_eq!(p["required"], true);
                    p["name"].as_str().unwrap().to_owned()
                })
                .collect();
            let mut named: Vec<String> = path
                .split('/')
                .filter_map(|s| s.strip_prefix('{')?.strip_suffix('}'))
                .map(str::to_owned)
                .collect();
            declared.sort();
            named.sort();
            assert_eq!(declared, named, "{path}");
        }
    }
    references_lead_somewhere(&document, &document);
    let at = |pointer: &str| document.pointer(pointer).unwrap_or_else(|| panic!("{pointer} in {document:#}"));
    assert_eq!(
        at("/paths/~1site~1hello~1{name}/get/description"),
        "Says hello.\n\nIn the words of the config."
    );
    assert_eq!(at("/paths/~1site~1hello~1{name}/get/security"), &json!([]));
    assert_eq!(at("/paths/~1site~1me/get/security"), &json!([{ "caller": [] }]));
    assert_eq!(at("/paths/~1site~1restart/post/x-roles"), &json!(["admin"]));
    let words = json!({ "name": "words", "in": "query", "required": true, "schema": { "type": "string" }, "description": "The words." });
    assert_eq!(at("/paths/~1site~1search/get/parameters/0"), &words);
    assert_eq!(at("/paths/~1site~1search/get/parameters/1/required"), &json!(false));
    assert_eq!(at("/paths/~1site~1items~1{id}~1parts~1{part}/patch/parameters/1/schema/format"), "uuid");
    let item = json!({ "$ref": "#/components/schemas/Item" });
    assert_eq!(at("/paths/~1site~1items/post/requestBody/content/application~1json/schema"), &item);
    assert_eq!(at("/paths/~1site~1items/post/requestBody/required"), &json!(true));
    assert_eq!(at("/paths/~1site~1items/post/responses/2XX/content/application~1json/schema"), &item);
    assert_eq!(at("/paths/~1site~1items~1{id}~1parts~1{part}/patch/requestBody/required"), &json!(false));
    assert_eq!(at("/components/schemas/Item/properties/parts/items"), &item);
    assert_eq!(at("/components/schemas/Item/properties/name/description"), "What it is.");
    assert!(at("/paths/~1site~1items~1{id}/delete/responses").get("204").is_some());
    assert!(at("/paths/~1site~1bytes/post/responses/200/content").get("text/html").is_some());
    assert!(at("/paths/~1site~1assets~1{path}/get/responses").get("200").is_some());
}

fn references_lead_somewhere(document: &Value, value: &Value) {
    if let Some(target) = value.get("$ref").and_then(Value::as_str) {
        let found = target.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        assert!(found.is_some(), "{target} leads nowhere");
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| references_lead_somewhere(document, item)),
        Value::Object(fields) => fields.values().for_each(|field| references_lead_somewhere(document, field)),
        _ => {}
    }
}

#[tokio::test]
async fn loading_tells_of_routes() {
    let agent = site().await;
    let report = agent.report();
    let twin = report.plugins.iter().find(|plugin| plugin.plugin == "twin").unwrap();
    let step = twin.steps.iter().find(|step| step.step == galatea::agent::LoadStep::Routes).unwrap();
    assert_eq!(step.registered, ["GET /hello/{name}"]);
    let plan = serde_json::to_value(agent.plan().plugin("twin").unwrap().components.clone()).unwrap();
    assert_eq!(plan["routes"], json!(["GET /hello/{name}"]));
    agent.stop().await;
}
