//! Files of a folder. What is asked for is found first and must lie in the folder, links followed; only then it
//! is served.

use super::RouteError;
use axum::{
    body::Body,
    extract::{FromRequestParts, RawPathParams},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use std::path::{Path, PathBuf};
use tower::ServiceExt;
use tower_http::services::ServeFile;

/// What a folder is asked for with a `/` at the end.
const INDEX: &str = "index.html";

/// The only name with a dot first that is served: agreed places for programs, RFC 8615.
const WELL_KNOWN: &str = ".well-known";

/// Serves the file of the folder that the request names: the rest of its path, as axum matched it.
pub(super) async fn serve(folder: &Path, mut parts: Parts) -> Result<Response, RouteError> {
    let root = tokio::fs::canonicalize(folder)
        .await
        .map_err(|error| RouteError::internal(format!("the folder `{}`: {error}", folder.display())))?;
    let path = parts.uri.path().to_owned();
    let params = RawPathParams::from_request_parts(&mut parts, &()).await;
    // A part that is not UTF-8 names no file of ours.
    let params = params.map_err(|_| missing(&path))?;
    let rest = params.iter().last().map(|(_, rest)| rest).unwrap_or_default();
    let target = inside(&root, rest).ok_or_else(|| missing(&path))?;
    let real = found(&root, &target).await.ok_or_else(|| missing(&path))?;
    let (is_folder, ends_open) = (real.is_dir(), path.ends_with('/'));
    let file = match (is_folder, ends_open) {
        (true, false) => return Ok(with_slash(&path)),
        (true, true) => {
            let index = target.join(INDEX);
            found(&root, &index).await.ok_or_else(|| missing(&path))?;
            index
        }
        (false, true) => return Err(missing(&path)),
        (false, false) => target,
    };
    let request = axum::extract::Request::from_parts(parts, Body::empty());
    // Cannot fail: what cannot be read is a status.
    let response = ServeFile::new(file).oneshot(request).await.map_err(RouteError::from)?;
    if response.status() == StatusCode::NOT_FOUND {
        return Err(missing(&path));
    }
    Ok(response.map(Body::new))
}

fn missing(path: &str) -> RouteError {
    RouteError::not_found(format!("there is no file at {path}"))
}

/// The place in the folder that a path names; `None` for one that leads out of it or to what is hidden.
fn inside(root: &Path, rest: &str) -> Option<PathBuf> {
    let mut target = root.to_owned();
    for name in rest.split('/').filter(|name| !name.is_empty()) {
        // Backslashes and colons mean something on some systems.
        let is_plain = !name.contains(['\\', ':', '\0']);
        if !is_plain || (name.starts_with('.') && name != WELL_KNOWN) {
            return None;
        }
        target.push(name);
    }
    Some(target)
}

/// What is really there, if it is in the folder.
async fn found(root: &Path, target: &Path) -> Option<PathBuf> {
    tokio::fs::canonicalize(target).await.ok().filter(|real| real.starts_with(root))
}

/// The address of a folder ends with a slash: what its pages refer to is below it. Relative, so that it is right
/// wherever the router is mounted.
fn with_slash(path: &str) -> Response {
    let last = path.rsplit('/').next().unwrap_or_default();
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, format!("{last}/"))]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_lead_inside() {
        let root = Path::new("/srv");
        for (rest, wanted) in [
            ("", Some("/srv")),
            ("a/b.txt", Some("/srv/a/b.txt")),
            ("a//b/", Some("/srv/a/b")),
            (".well-known/x", Some("/srv/.well-known/x")),
            ("..", None),
            ("a/../../etc/passwd", None),
            ("./a", None),
            (".env", None),
            ("a/.git/config", None),
            ("..\\x", None),
            ("c:/x", None),
            ("a\0b", None),
        ] {
            assert_eq!(inside(root, rest).as_deref(), wanted.map(Path::new), "{rest}");
        }
    }
}
