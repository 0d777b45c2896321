//! The files of the console: found by name, compressed as the browser takes them, kept by it as long as may be.

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use galatea_server::Whole;
use rust_embed::{EmbeddedFile, RustEmbed};
use std::{borrow::Cow, fmt::Write};

/// What is built from `web`; beside each text lie `FILE.br` and `FILE.gz`.
#[derive(RustEmbed)]
#[folder = "dist"]
struct Dist;

/// The page; its address has no name.
const PAGE: &str = "index.html";

/// Their names change with what is in them.
const HASHED: &str = "assets/";

/// Nothing comes from elsewhere, and nothing that a model writes is run: no inline script or style, no frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; \
    img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The encodings that files are kept in, the smallest first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Answers a request for a file.
pub(crate) async fn serve(whole: Whole, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    // Names in the page are relative to its folder.
    if path.is_empty() && !whole.0.path().ends_with('/') {
        let to = format!("{}/", whole.0.path());
        return (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, to)]).into_response();
    }
    let name = if path.is_empty() { PAGE } else { path };
    match find(name, request.headers()) {
        Some(found) => found.respond(name, request.headers()),
        None => (StatusCode::NOT_FOUND, "The console has no such file.\n").into_response(),
    }
}

/// A file in the encoding that was chosen for it.
struct Found {
    file: EmbeddedFile,
    encoding: Option<&'static str>,
    /// It is there in several, so what is answered depends on who asks.
    varies: bool,
}

fn find(name: &str, headers: &HeaderMap) -> Option<Found> {
    // They are answers to the name without the ending.
    if ENCODINGS.iter().any(|(_, ending)| name.ends_with(ending)) {
        return None;
    }
    let plain = Dist::get(name)?;
    let mut varies = false;
    for (encoding, ending) in ENCODINGS {
        let Some(file) = Dist::get(&format!("{name}{ending}")) else { continue };
        varies = true;
        if accepts(headers, encoding) {
            return Some(Found { file, encoding: Some(encoding), varies });
        }
    }
    Some(Found { file: plain, encoding: None, varies })
}

/// Whether `Accept-Encoding` names the encoding, and not with a weight of nothing.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.trim().parse::<f32>().ok());
        is_named && weight.is_none_or(|weight| weight > 0.0)
    })
}

impl Found {
    fn respond(self, name: &str, headers: &HeaderMap) -> Response {
        let tag = tag(&self.file);
        let mut response = if is_known(headers, &tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let content = match self.file.data {
                Cow::Borrowed(content) => Bytes::from_static(content),
                Cow::Owned(content) => Bytes::from(content),
            };
            let mut response = Response::new(Body::from(content));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(name)));
            if let Some(encoding) = self.encoding {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
            response
        };
        let all = response.headers_mut();
        let keep = if name.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
        all.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            all.insert(header::ETAG, tag);
        }
        if self.varies {
            all.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        if name == PAGE {
            all.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        }
        all.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        all.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        response
    }
}

/// Half of the hash of what is sent, so that each encoding has its own.
fn tag(file: &EmbeddedFile) -> String {
    let mut tag = String::from("\"");
    for byte in file.metadata.sha256_hash().iter().take(16) {
        // Writing to a string does not fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}

/// The media type by the name's ending.
fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;
    use axum::{Router, http::Request as Asked};
    use tower::ServiceExt;

    async fn get(path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Asked::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let router = Router::new().fallback(serve);
        router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    fn header(response: &Response, name: &str) -> String {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    fn script() -> String {
        let is_script = |name: &Cow<'static, str>| name.starts_with("assets/index-") && name.ends_with(".js");
        format!("/{}", Dist::iter().find(is_script).unwrap())
    }

    #[tokio::test]
    async fn the_smallest_encoding_that_is_taken_is_sent() {
        for (accepted, sent) in [
            ("gzip, deflate, br", "br"),
            ("gzip", "gzip"),
            ("br;q=0, gzip;q=0.5", "gzip"),
            ("GZIP", "gzip"),
            ("identity", ""),
            ("", ""),
        ] {
            let response = get(&script(), &[("accept-encoding", accepted)]).await;
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(header(&response, "content-encoding"), sent, "{accepted}");
            assert_eq!(header(&response, "vary"), "accept-encoding");
            assert_eq!(header(&response, "content-type"), "text/javascript; charset=utf-8");
        }
    }

    #[tokio::test]
    async fn hashed_files_are_kept_for_ever_and_the_page_is_asked_for_again() {
        let page = get("/", &[]).await;
        assert_eq!(header(&page, "cache-control"), "no-cache");
        assert!(header(&page, "content-security-policy").contains("script-src 'self';"));
        let tag = header(&page, "etag");
        let again = get("/", &[("if-none-match", &format!("W/{tag}"))]).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(header(&again, "etag"), tag);
        assert_ne!(header(&get("/", &[("accept-encoding", "br")]).await, "etag"), tag, "another encoding");
        assert!(header(&get(&script(), &[]).await, "cache-control").ends_with("immutable"));
    }

    #[tokio::test]
    async fn what_is_not_there_is_not_found() {
        for path in ["/nothing", "/../Cargo.toml", "/index.html.br", "/assets", "/assets/"] {
            assert_eq!(get(path, &[]).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
        let posted = Asked::post("/").body(Body::empty()).unwrap();
        let response = Router::new().fallback(serve).oneshot(posted).await.unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(header(&response, "allow"), "GET, HEAD");
    }

    /// What comes over the wire for the whole of the console, every page of it: the budget is 150 kB.
    #[test]
    fn the_console_is_small() {
        let sizes = Dist::iter().filter(|name| !name.ends_with(".gz") && !name.ends_with(".txt")).filter_map(
            |name| {
                let smaller = Dist::get(&format!("{name}.br"));
                let is_smaller = name.ends_with(".br");
                (!is_smaller).then(|| smaller.or_else(|| Dist::get(&name)).unwrap().data.len())
            },
        );
        let whole: usize = sizes.sum();
        assert!(whole < 150_000, "{whole} bytes");
    }
}
