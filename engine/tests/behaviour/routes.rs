//! Routes over HTTP: what reaches a handler, what comes back, who is let in, and how it is described.

#[path = "routes/access.rs"]
mod access;
#[path = "routes/description.rs"]
mod description;
#[path = "routes/requests.rs"]
mod requests;

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
