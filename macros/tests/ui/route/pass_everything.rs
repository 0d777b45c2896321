//! Routes with every key and every parameter are registered as they are declared.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub)]

use galatea::{
    definition::RouteMethod,
    extract::Signature,
    prelude::*,
    registry::Registry,
    route::{
        Bytes, Form, HeaderMap, Html, IntoResponse, Json, Method, Multipart, Path, Query, Response, StatusCode, Uri,
    },
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// A site.
#[plugin("site")]
pub struct Site;

/// A greeting.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Hello {
    /// Who.
    pub name: String,
}

/// Greets.
///
/// At length.
#[route(PUT, "/hello/{name}", name = "greet", roles("admin", "owner"), timeout = "5s", body = "10mb")]
async fn hello(
    Path(name): Path<String>,
    _query: Query<BTreeMap<String, String>>,
    _body: Option<Json<Hello>>,
    _headers: HeaderMap,
    _method: Method,
    _uri: Uri,
    _caller: Caller,
    _agent: Agent,
    _config: Config<Site>,
    _memories: Memories,
    _models: Models,
    _events: Events,
    _clock: Clock,
    _components: Components,
) -> Result<(StatusCode, Json<Hello>), RouteError> {
    Ok((StatusCode::CREATED, Json(Hello { name })))
}

/// An answer of its own, which describes nothing.
pub struct Own;

impl IntoResponse for Own {
    fn into_response(self) -> Response {
        StatusCode::OK.into_response()
    }
}

/// An alias is no obstacle.
type Words = String;

/// Reads text.
#[route(POST, "/text", public)]
async fn text(_words: Words, _caller: Option<Caller>) -> Own {
    Own
}

/// Reads bytes.
#[route(PATCH, "/bytes")]
async fn bytes(_bytes: Bytes) -> Html<&'static str> {
    Html("")
}

/// Reads a form.
#[route(DELETE, "/form")]
async fn form(_form: Form<Hello>) {}

/// Reads files.
#[route(POST, "/files")]
async fn files(mut files: Multipart) -> Result<String, RouteError> {
    while files.next_field().await?.is_some() {}
    Ok(String::new())
}

/// The first page.
#[route(GET, "/")]
async fn first_page() -> &'static str {
    ""
}

/// The files of a folder.
#[route(STATIC, "/assets", public)]
async fn assets() -> Result<PathBuf, std::io::Error> {
    Ok(PathBuf::from("public"))
}

fn main() {
    let registry = Registry::linked().unwrap();
    let site = registry.get("site").unwrap();
    let names: Vec<_> = site.routes.iter().map(|r| (r.name, r.method.name(), r.path)).collect();
    assert_eq!(
        names,
        [
            ("assets", "STATIC", "/assets"),
            ("bytes", "PATCH", "/bytes"),
            ("files", "POST", "/files"),
            ("first-page", "GET", "/"),
            ("form", "DELETE", "/form"),
            ("greet", "PUT", "/hello/{name}"),
            ("text", "POST", "/text"),
        ]
    );
    let greet = site.routes[5];
    assert_eq!((greet.method, greet.public, greet.roles), (RouteMethod::Put, false, &["admin", "owner"][..]));
    assert_eq!((greet.timeout, greet.body), (Duration::from_secs(5), 10 * 1024 * 1024));
    assert_eq!(greet.description, "Greets.\n\nAt length.");
    let shape = Signature::of(greet.describe).route;
    assert_eq!((shape.path.len(), shape.query.len()), (1, 1));
    let body = shape.body.unwrap();
    assert_eq!((body.media_type, body.required), ("application/json", false));
    let answer = shape.answer.unwrap();
    assert_eq!((answer.status, answer.media_type), (None, Some("application/json")));
    let text = site.routes[6];
    assert_eq!((text.timeout, text.body), (Duration::from_secs(30), 2 * 1024 * 1024));
    let shape = Signature::of(text.describe).route;
    assert_eq!(shape.body.unwrap().media_type, "text/plain");
    assert!(shape.answer.is_none());
}
