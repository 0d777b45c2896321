//! What tools, resources and prompts give, as the agent keeps it.

use galatea::{memory::Attachment, prelude::*};
use rmcp::model::{CallToolResult, ContentBlock, Resource, ResourceContents};
use serde_json::json;

/// How much of pictures and the like one result keeps, as base64; more would be stored many times over.
const MOST_MEDIA: usize = 1024 * 1024;

/// How much text one result keeps.
const MOST_TEXT: usize = 200_000;

/// The parts of a result, put together piece by piece.
#[derive(Default)]
struct Parts {
    text: String,
    attachments: Vec<Attachment>,
    media: usize,
}

/// The result of a tool as the result of an action: text for the model, structured content as data, media as attachments.
pub(super) fn action_result(result: CallToolResult) -> ActionResult {
    let mut parts = Parts::default();
    for block in result.content {
        parts.add(block);
    }
    if parts.text.is_empty()
        && let Some(structured) = &result.structured_content
    {
        parts.say(&structured.to_string());
    }
    let failed = result.is_error == Some(true);
    let (text, error) = match (failed, parts.text.is_empty()) {
        (true, true) => (None, Some("the tool failed and did not say why".to_owned())),
        (true, false) => (None, Some(parts.text)),
        (false, true) => (Some("done".to_owned()), None),
        (false, false) => (Some(parts.text), None),
    };
    let made = ActionResult { success: !failed, text, error, ..ActionResult::default() };
    let made = ActionResult { data: result.structured_content.unwrap_or_default(), ..made };
    made.with_attachments(&parts.attachments)
}

impl Parts {
    fn add(&mut self, block: ContentBlock) {
        match block {
            ContentBlock::Text(text) => self.say(&text.text),
            ContentBlock::Image(image) => self.attach("image", &image.mime_type, image.data),
            ContentBlock::Audio(audio) => self.attach("audio", &audio.mime_type, audio.data),
            ContentBlock::Resource(embedded) => self.resource(embedded.resource),
            ContentBlock::ResourceLink(link) => self.link(&link),
            other => {
                let kind = serde_json::to_value(&other).ok();
                let kind = kind.and_then(|kind| Some(kind.get("type")?.as_str()?.to_owned()));
                self.say(&format!("[{}, which cannot be shown]", kind.as_deref().unwrap_or("something")));
            }
        }
    }

    fn say(&mut self, text: &str) {
        if !self.text.is_empty() && !text.is_empty() {
            self.text.push('\n');
        }
        let room = MOST_TEXT.saturating_sub(self.text.len());
        if text.len() <= room {
            self.text.push_str(text);
        } else if room > 0 {
            let end = (0..=room).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            self.text.push_str(&text[..end]);
            self.text.push_str("\n[the rest was left out: it is too long]");
        }
    }

    /// Media are attached as `data:` addresses; the model is told that they are there.
    fn attach(&mut self, kind: &str, media_type: &str, base64: String) {
        let size = base64.len() / 4 * 3;
        if self.media + base64.len() > MOST_MEDIA {
            self.say(&format!("[{kind}, {media_type}, {size} bytes: too large to be kept]"));
            return;
        }
        self.media += base64.len();
        self.say(&format!("[{kind}, {media_type}, {size} bytes: attached]"));
        self.attachments.push(Attachment {
            id: format!("{kind}-{}", self.attachments.len() + 1),
            url: format!("data:{media_type};base64,{base64}"),
            media_type: Some(media_type.to_owned()),
            ..Attachment::default()
        });
    }

    fn resource(&mut self, contents: ResourceContents) {
        match contents {
            ResourceContents::TextResourceContents { uri, text, .. } => self.say(&format!("{uri}:\n{text}")),
            ResourceContents::BlobResourceContents { uri, mime_type, blob, .. } => {
                self.say(&format!("{uri}:"));
                self.attach("file", mime_type.as_deref().unwrap_or("application/octet-stream"), blob);
            }
            _ => self.say("[a resource that cannot be shown]"),
        }
    }

    fn link(&mut self, link: &Resource) {
        let about = link.description.as_deref().or(link.title.as_deref()).unwrap_or(&link.name);
        self.say(&format!("{} ({about})", link.uri));
        self.attachments.push(Attachment {
            id: format!("link-{}", self.attachments.len() + 1),
            url: link.uri.clone(),
            title: Some(link.title.clone().unwrap_or_else(|| link.name.clone())),
            description: link.description.clone(),
            media_type: link.mime_type.clone(),
            ..Attachment::default()
        });
    }
}

/// The contents of a resource as the result of an action.
pub(crate) fn read_result(uri: &str, contents: Vec<ResourceContents>) -> ActionResult {
    let mut parts = Parts::default();
    contents.into_iter().for_each(|content| parts.resource(content));
    let text = if parts.text.is_empty() { format!("{uri} is empty") } else { parts.text };
    let made = ActionResult { data: json!({ "uri": uri }), ..ActionResult::text(text) };
    made.with_attachments(&parts.attachments)
}

/// What content says in words.
pub(crate) fn contents_text(blocks: impl IntoIterator<Item = ContentBlock>) -> String {
    let mut parts = Parts::default();
    blocks.into_iter().for_each(|block| parts.add(block));
    parts.text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_content_is_told_or_attached() {
        let result = |value| action_result(serde_json::from_value(value).unwrap());
        let all = result(json!({ "content": [
            { "type": "text", "text": "Two files." },
            { "type": "image", "data": "AAAA", "mimeType": "image/png" },
            { "type": "audio", "data": "BBBB", "mimeType": "audio/wav" },
            { "type": "resource", "resource": { "uri": "file:///a", "mimeType": "text/plain", "text": "Inside." } },
            { "type": "resource", "resource": { "uri": "file:///b", "blob": "CCCC" } },
            { "type": "resource_link", "uri": "file:///c", "name": "c" },
        ], "structuredContent": { "files": 2 } }));
        let text = all.text.clone().unwrap();
        for part in ["Two files.", "[image, image/png, 3 bytes: attached]", "Inside.", "file:///c (c)"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let urls: Vec<String> = all.attachments().into_iter().map(|file| file.url).collect();
        assert_eq!(
            urls,
            [
                "data:image/png;base64,AAAA",
                "data:audio/wav;base64,BBBB",
                "data:application/octet-stream;base64,CCCC",
                "file:///c"
            ]
        );
        assert_eq!((all.success, all.data), (true, json!({ "files": 2 })));

        let failed =
            result(json!({ "content": [{ "type": "text", "text": "No such file." }], "isError": true }));
        assert_eq!((failed.success, failed.error.as_deref()), (false, Some("No such file.")));
        let structured = result(json!({ "content": [], "structuredContent": { "a": 1 } }));
        assert_eq!(structured.text.as_deref(), Some("{\"a\":1}"));
        let large = result(
            json!({ "content": [{ "type": "image", "data": "A".repeat(2 << 20), "mimeType": "image/png" }] }),
        );
        assert!(large.attachments().is_empty() && large.text.unwrap().contains("too large"));
    }
}
