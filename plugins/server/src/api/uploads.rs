//! Files that are sent to the agent, to be attached to messages.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use galatea::{
    prelude::*,
    route::{AnswerShape, Bytes, DescribeAnswer, Json, Multipart, Path, RouteShape},
    service::Cache,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// How large a file may be.
pub(super) const LARGEST: usize = 8 << 20;

/// For how long it is kept.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Media types that a browser may show in the page; anything else it only saves, since it could hold a program.
const SHOWN: [&str; 5] = ["image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"];

/// A file that was taken.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Uploaded {
    /// Where it is, for `attachments` of a message.
    pub(super) url: String,
    /// What it is, e.g. `image/png`.
    pub(super) media_type: String,
    /// How large it is, in bytes.
    pub(super) size: usize,
}

/// A file as it is kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Kept {
    media_type: String,
    title: Option<String>,
    data: String,
}

/// Which file.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct WhichUpload {
    /// Its id.
    upload: Uuid,
}

/// Takes a file: the first part of the form that has a file name, at most 8 MiB. It is kept for 30 days.
#[route(POST, "/uploads", roles("member"), scope = "chat", timeout = "2m", body = "9mb")]
pub(crate) async fn upload(agent: Agent, mut form: Multipart) -> Result<Json<Uploaded>, RouteError> {
    while let Some(part) = form.next_field().await? {
        let Some(title) = part.file_name().map(str::to_owned) else { continue };
        let media_type = part.content_type().map(str::to_owned);
        let bytes = part.bytes().await?;
        return keep(&agent, &bytes, media_type, Some(title)).await.map(Json);
    }
    let why = "the form has no file; send one in a part with a file name, as `multipart/form-data`";
    Err(RouteError::bad_request(why).with_code("no-file"))
}

/// Keeps a file.
pub(super) async fn keep(
    agent: &Agent,
    bytes: &[u8],
    media_type: Option<String>,
    title: Option<String>,
) -> Result<Uploaded, RouteError> {
    if bytes.len() > LARGEST {
        let why = format!("a file has at most {LARGEST} bytes");
        return Err(RouteError::new(StatusCode::PAYLOAD_TOO_LARGE, why).with_code("file-too-large"));
    }
    let media_type = media_type.map(|media_type| media_type.trim().to_ascii_lowercase());
    let media_type = media_type.filter(|media_type| is_media_type(media_type));
    let media_type = media_type.unwrap_or_else(|| "application/octet-stream".to_owned());
    // Not to be guessed: who knows it may read the file.
    let id = Uuid::new_v4();
    let kept = Kept { media_type: media_type.clone(), title, data: STANDARD.encode(bytes) };
    Cache::of(agent, "server").durable().set(&key(id), &kept, Some(KEPT)).await?;
    let url = format!("/api/v1/agents/{}/uploads/{id}", agent.id());
    Ok(Uploaded { url, media_type, size: bytes.len() })
}

fn key(id: Uuid) -> String {
    format!("upload:{id}")
}

/// `type/subtype`, perhaps with parameters, in visible ASCII.
pub(super) fn is_media_type(text: &str) -> bool {
    let is_visible = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    let kind = text.split(';').next().unwrap_or_default().trim();
    let mut halves = kind.split('/');
    let is_name = |half: Option<&str>| {
        half.is_some_and(|half| {
            !half.is_empty()
                && half.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
        })
    };
    text.len() <= 200
        && is_visible
        && is_name(halves.next())
        && is_name(halves.next())
        && halves.next().is_none()
}

/// A file as it was sent.
#[derive(Debug)]
pub(crate) struct Download(Kept);

impl DescribeAnswer for Download {
    fn describe_answer(shape: &mut RouteShape) {
        shape.answer = Some(AnswerShape { status: Some(200), media_type: Some("*/*"), schema: None });
    }
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        let Kept { media_type, title, data } = self.0;
        let bytes = STANDARD.decode(data).unwrap_or_default();
        let mut response = Bytes::from(bytes).into_response();
        let is_shown = SHOWN.contains(&media_type.split(';').next().unwrap_or_default().trim());
        let name: String =
            title.unwrap_or_default().chars().map(|c| if is_plain(c) { c } else { '_' }).take(100).collect();
        let place = if is_shown { "inline" } else { "attachment" };
        let headers = response.headers_mut();
        for (header, value) in [
            (header::CONTENT_TYPE, media_type),
            (header::CONTENT_DISPOSITION, format!("{place}; filename=\"{name}\"")),
            (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            (header::CACHE_CONTROL, "private, max-age=86400, immutable".to_owned()),
        ] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(header, value);
            }
        }
        response
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || " .-_()".contains(c)
}

/// A file that was sent, for 30 days after it was.
#[route(GET, "/uploads/{upload}", roles("member"), scope = "chat")]
pub(crate) async fn download(
    agent: Agent,
    Path(WhichUpload { upload }): Path<WhichUpload>,
) -> Result<Download, RouteError> {
    let kept = Cache::of(&agent, "server").durable().get::<Kept>(&key(upload)).await?;
    let missing = || RouteError::not_found(format!("there is no upload {upload}")).with_code("no-upload");
    kept.map(Download).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::is_media_type;

    #[test]
    fn media_types_are_checked() {
        for (text, fine) in [
            ("image/png", true),
            ("text/plain; charset=utf-8", true),
            ("application/vnd.x+json", true),
            ("image", false),
            ("image/", false),
            ("a/b/c", false),
            ("text/html\r\nx: y", false),
            ("", false),
        ] {
            assert_eq!(is_media_type(text), fine, "{text}");
        }
    }
}
