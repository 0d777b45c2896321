//! What browsers are told of every answer.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What holds for every answer that says nothing else of it.
const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];

/// Data are no page: whatever is in them does nothing.
const DATA: &str = "default-src 'none'; frame-ancestors 'none'";

/// A page of which its maker says nothing: only what comes from here, and no script within it. It has the origin of the console,
/// so a script that somebody smuggled into it could do whatever its reader may.
const PAGE: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Adds what an answer does not say itself.
pub(crate) fn secure(headers: &mut HeaderMap) {
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    let is_page =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let policy = HeaderValue::from_static(if is_page { PAGE } else { DATA });
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
}
