//! What a message says: a text, or parts of text, pictures, sound and files.

use crate::{error::ApiError, fields::Fields};
use galatea::memory::Attachment;
use serde_json::Value;

/// The parts that are understood, of both endpoints.
const PARTS: [&str; 8] =
    ["text", "input_text", "output_text", "image_url", "input_image", "input_audio", "file", "input_file"];

/// Media types by the ends of addresses.
const ENDS: [(&str, &str); 14] = [
    (".png", "image/png"),
    (".jpg", "image/jpeg"),
    (".jpeg", "image/jpeg"),
    (".gif", "image/gif"),
    (".webp", "image/webp"),
    (".svg", "image/svg+xml"),
    (".wav", "audio/wav"),
    (".mp3", "audio/mpeg"),
    (".mp4", "video/mp4"),
    (".pdf", "application/pdf"),
    (".txt", "text/plain"),
    (".md", "text/markdown"),
    (".html", "text/html"),
    (".json", "application/json"),
];

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) attachments: Vec<Attachment>,
}

impl Said {
    pub(crate) fn is_nothing(&self) -> bool {
        self.text.trim().is_empty() && self.attachments.is_empty()
    }
}

/// Reads the content of a message; nothing where there is none.
pub(crate) fn read(message: &Fields<'_>) -> Result<Said, ApiError> {
    match message.get("content") {
        None => Ok(Said::default()),
        Some(Value::String(text)) => Ok(Said { text: text.clone(), attachments: Vec::new() }),
        Some(Value::Array(parts)) => {
            let mut said = Said::default();
            for (index, part) in parts.iter().enumerate() {
                let part = Fields::of(part, format!("{}[{index}]", message.at("content")))?;
                add(&mut said, &part)?;
            }
            Ok(said)
        }
        Some(_) => Err(message.mistyped("content", "one of a string or array of objects")),
    }
}

fn add(said: &mut Said, part: &Fields<'_>) -> Result<(), ApiError> {
    let attachment = match part.required_text("type")? {
        "text" | "input_text" | "output_text" => return add_text(said, part.required_text("text")?),
        "refusal" => return add_text(said, part.required_text("refusal")?),
        "image_url" => {
            let picture = part.object("image_url")?.ok_or_else(|| part.missing("image_url"))?;
            attached(picture.required_text("url")?, "image/*")
        }
        "input_image" => {
            attached(part.text("image_url")?.ok_or_else(|| no_files(part, "image_url"))?, "image/*")
        }
        "input_audio" => {
            let sound = part.object("input_audio")?.ok_or_else(|| part.missing("input_audio"))?;
            let format = sound.text("format")?.unwrap_or("wav");
            let media_type =
                if format == "mp3" { "audio/mpeg".to_owned() } else { format!("audio/{format}") };
            attached(&format!("data:{media_type};base64,{}", sound.required_text("data")?), &media_type)
        }
        "file" => file(&part.object("file")?.ok_or_else(|| part.missing("file"))?)?,
        "input_file" => file(part)?,
        other => return Err(part.unfit("type", other, &PARTS)),
    };
    let id = (said.attachments.len() + 1).to_string();
    said.attachments.push(Attachment { id, ..attachment });
    Ok(())
}

fn add_text(said: &mut Said, text: &str) -> Result<(), ApiError> {
    if !said.text.is_empty() && !text.is_empty() {
        said.text.push('\n');
    }
    said.text.push_str(text);
    Ok(())
}

fn file(part: &Fields<'_>) -> Result<Attachment, ApiError> {
    let name = part.text("filename")?;
    let by_name = name.and_then(by_end).unwrap_or("application/octet-stream");
    let held = match part.text("file_data")? {
        // The data alone, or as an address.
        Some(data) if data.starts_with("data:") => Some(data.to_owned()),
        Some(data) => Some(format!("data:{by_name};base64,{data}")),
        None => part.text("file_url")?.map(str::to_owned),
    };
    let url = held.ok_or_else(|| no_files(part, "file_data"))?;
    Ok(Attachment { title: name.map(str::to_owned), ..attached(&url, by_name) })
}

fn no_files(part: &Fields<'_>, instead: &str) -> ApiError {
    match part.get("file_id") {
        Some(_) => {
            let message = format!("Files are not stored here; send the thing itself as `{instead}`.");
            ApiError::unsupported(&part.at("file_id"), message)
        }
        None => part.missing(instead),
    }
}

fn attached(url: &str, otherwise: &str) -> Attachment {
    let in_data = url.strip_prefix("data:").and_then(|rest| rest.split([';', ',']).next());
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let media_type = in_data.filter(|it| !it.is_empty()).or_else(|| by_end(path)).unwrap_or(otherwise);
    Attachment { url: url.to_owned(), media_type: Some(media_type.to_owned()), ..Attachment::default() }
}

fn by_end(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    ENDS.iter().find(|(end, _)| name.ends_with(end)).map(|(_, media_type)| *media_type)
}
