//! A page that shows the description of the API, for people.

use crate::listener::missing;
use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use galatea::route::RouteError;

const PAGE: &str = include_str!("docs/index.html");
const STYLE: &str = include_str!("docs/docs.css");
const SCRIPT: &str = include_str!("docs/docs.js");

/// Nothing but what is here, and requests to here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) async fn page() -> Response {
    file_of("text/html; charset=utf-8", PAGE)
}

pub(super) async fn file(Path(file): Path<String>) -> Result<Response, RouteError> {
    match file.as_str() {
        "docs.css" => Ok(file_of("text/css; charset=utf-8", STYLE)),
        "docs.js" => Ok(file_of("text/javascript; charset=utf-8", SCRIPT)),
        _ => Err(missing(&format!("/api/v1/docs/{file}"))),
    }
}

fn file_of(kind: &'static str, text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}
