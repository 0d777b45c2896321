//! What comes with a message.

use super::uploads::{self, is_media_type};
use base64::{Engine, engine::general_purpose::STANDARD};
use galatea::{agent::Agent, memory::Attachment, route::RouteError};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

/// How many there may be.
const MOST: usize = 16;

/// How much of an attached text the agent reads, in bytes.
const READ: usize = 64 * 1024;

/// Something that comes with a message: where it is, or what is in it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Attached {
    /// Where it is: what an upload gave, or an address on the web.
    #[serde(default)]
    url: Option<String>,
    /// What is in it, as base64.
    #[serde(default)]
    data_base64: Option<String>,
    /// What it is, e.g. `image/png`.
    #[serde(default)]
    media_type: Option<String>,
    /// Its title, e.g. the name of the file.
    #[serde(default)]
    #[schemars(length(max = 500))]
    title: Option<String>,
}

/// The attachments of a message. What came as data is kept as an upload; what of it is text, the agent reads.
pub(super) async fn read(agent: &Agent, attached: Vec<Attached>) -> Result<Vec<Attachment>, RouteError> {
    if attached.len() > MOST {
        return Err(wrong(format!("a message has at most {MOST} attachments")));
    }
    let mut attachments = Vec::with_capacity(attached.len());
    for attached in attached {
        attachments.push(one(agent, attached).await?);
    }
    Ok(attachments)
}

async fn one(agent: &Agent, attached: Attached) -> Result<Attachment, RouteError> {
    let Attached { url, data_base64, media_type, title } = attached;
    if media_type.as_ref().is_some_and(|media_type| !is_media_type(media_type)) {
        return Err(wrong("`media-type` is not one; write e.g. `image/png`".to_owned()));
    }
    if title.as_ref().is_some_and(|title| title.chars().count() > 500) {
        return Err(wrong("a title has at most 500 characters".to_owned()));
    }
    let id = Uuid::now_v7().to_string();
    match (url, data_base64) {
        (Some(url), None) if is_address(&url) => {
            Ok(Attachment { id, url, title, media_type, ..Attachment::default() })
        }
        (Some(_), None) => {
            Err(wrong("`url` is neither `http://…` nor `https://…` nor what an upload gave".to_owned()))
        }
        (None, Some(data)) => {
            let bytes = STANDARD.decode(data.as_bytes());
            let bytes = bytes.map_err(|error| wrong(format!("`data-base64` is not base64: {error}")))?;
            let text = text_of(&bytes, media_type.as_deref());
            let kept = uploads::keep(agent, &bytes, media_type, title.clone()).await?;
            let (url, media_type) = (kept.url, Some(kept.media_type));
            Ok(Attachment { id, url, title, media_type, text, ..Attachment::default() })
        }
        (Some(_), Some(_)) => Err(wrong("an attachment has `url` or `data-base64`, not both".to_owned())),
        (None, None) => Err(wrong("an attachment has `url` or `data-base64`".to_owned())),
    }
}

fn is_address(url: &str) -> bool {
    let known = ["https://", "http://", "/api/v1/agents/"];
    url.len() <= 2000
        && !url.chars().any(|c| c.is_control() || c == ' ')
        && known.iter().any(|p| url.starts_with(p))
}

/// The text of what is one.
fn text_of(bytes: &[u8], media_type: Option<&str>) -> Option<String> {
    let kind = media_type?.split(';').next()?.trim().to_ascii_lowercase();
    let is_text =
        kind.starts_with("text/") || ["application/json", "application/xml"].contains(&kind.as_str());
    let text = std::str::from_utf8(bytes).ok().filter(|_| is_text)?;
    let end = text.floor_char_boundary(READ.min(text.len()));
    text.get(..end).map(str::to_owned)
}

fn wrong(why: String) -> RouteError {
    RouteError::unprocessable(why).with_code("wrong-attachment")
}
