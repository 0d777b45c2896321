//! What is no conversation: vectors, pictures, sound.
//!
//! <https://developers.openai.com/api/reference/resources/embeddings>, …`/images`, …`/audio`.

use super::{Dialect, OpenAi, OpenAiReading, reading::Tokens, request::user};
use crate::{Host, Reading, building::malformed};
use galatea::{
    model::{ModelAnswer, ModelError, ModelRequest, Usage},
    service::kind::Media,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// How many texts are made vectors of with one request.
const BATCH: usize = 512;

#[derive(Debug, Deserialize)]
struct Vectors {
    data: Vec<Vector>,
    model: Option<String>,
    #[serde(default)]
    usage: Tokens,
}

#[derive(Debug, Deserialize)]
struct Vector {
    index: Option<usize>,
    embedding: Vec<f32>,
}

#[derive(Debug, Deserialize)]
struct Pictures {
    data: Vec<Picture>,
    output_format: Option<String>,
    #[serde(default)]
    usage: Tokens,
}

#[derive(Debug, Deserialize)]
struct Picture {
    b64_json: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Transcript {
    text: String,
    #[serde(default)]
    usage: Option<Heard>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Heard {
    seconds: Option<f64>,
    #[serde(flatten)]
    tokens: Tokens,
}

impl OpenAi {
    /// Makes vectors of the texts of a request.
    ///
    /// # Errors
    /// [`ModelError`], as the server's answer means it.
    pub async fn embed(
        &self,
        host: &Host,
        model: &str,
        request: &ModelRequest,
    ) -> Result<ModelAnswer, ModelError> {
        let texts: Vec<&str> = request.texts().collect();
        let mut answer = ModelAnswer { model: model.to_owned(), ..ModelAnswer::default() };
        for texts in texts.chunks(BATCH) {
            let mut body =
                Map::from_iter([("model".to_owned(), model.into()), ("input".to_owned(), json!(texts))]);
            body.insert("encoding_format".to_owned(), "float".into());
            body.extend(request.wanted.dimension.map(|length| ("dimensions".to_owned(), length.into())));
            let response = host.post("/embeddings", &Value::Object(body)).await?;
            let mut vectors: Vectors = response.json().map_err(|error| malformed("the vectors", &error))?;
            if vectors.data.len() != texts.len() {
                let why = format!("{} vectors for {} texts", vectors.data.len(), texts.len());
                return Err(ModelError::Unavailable(why));
            }
            // In the order of the texts, whatever the order of the answer.
            vectors.data.sort_by_key(|vector| vector.index);
            answer.vectors.extend(vectors.data.into_iter().map(|vector| vector.embedding));
            answer.usage = answer.usage.and(vectors.usage.usage());
            answer.model = vectors.model.filter(|name| !name.is_empty()).unwrap_or(answer.model);
        }
        Ok(answer)
    }

    /// Makes pictures of the last thing that was said.
    ///
    /// # Errors
    /// [`ModelError`], as the server's answer means it.
    pub async fn image(
        &self,
        host: &Host,
        model: &str,
        request: &ModelRequest,
    ) -> Result<ModelAnswer, ModelError> {
        if self.dialect == Dialect::OpenRouter {
            return self.image_by_chat(host, model, request).await;
        }
        let wanted = &request.wanted;
        let mut body = wanted.more.clone();
        body.insert("model".to_owned(), model.into());
        body.insert("prompt".to_owned(), request.last_user_text().into());
        body.extend(wanted.count.map(|count| ("n".to_owned(), count.into())));
        body.extend(wanted.size.map(|(wide, high)| ("size".to_owned(), format!("{wide}x{high}").into())));
        let format = wanted.media_type.as_deref().and_then(|kind| kind.strip_prefix("image/"));
        body.extend(format.map(|format| ("output_format".to_owned(), format.into())));
        if !model.starts_with("gpt-image") && !body.contains_key("response_format") {
            // The older models, and most other servers, give an address unless they are told.
            body.insert("response_format".to_owned(), "b64_json".into());
        }
        let response = host.post("/images/generations", &Value::Object(body)).await?;
        let pictures: Pictures = response.json().map_err(|error| malformed("the pictures", &error))?;
        let format = pictures.output_format.as_deref().or(format).unwrap_or("png");
        let kind = format!("image/{format}");
        let held = pictures.data.iter().map(|picture| match &picture.b64_json {
            Some(data) => Media::from_base64(&kind, data).map_err(|error| malformed("a picture", &error)),
            None => {
                let why = "a picture was answered as an address, which is not fetched".to_owned();
                Err(ModelError::Unavailable(why))
            }
        });
        let media: Vec<Media> = held.collect::<Result<_, _>>()?;
        let usage = Usage { pictures: media.len() as u64, ..pictures.usage.usage() };
        Ok(ModelAnswer { usage, model: model.to_owned(), ..ModelAnswer::of_media(media) })
    }

    /// OpenRouter's models make pictures in a conversation. <https://openrouter.ai/docs/guides/overview/multimodal/image-generation>
    async fn image_by_chat(
        &self,
        host: &Host,
        model: &str,
        request: &ModelRequest,
    ) -> Result<ModelAnswer, ModelError> {
        let mut body = request.wanted.more.clone();
        body.insert("model".to_owned(), model.into());
        let shown: Vec<&Media> = request.media().collect();
        body.insert("messages".to_owned(), json!([user(request.last_user_text(), &shown)]));
        body.insert("modalities".to_owned(), json!(["image", "text"]));
        let response = host.post("/chat/completions", &Value::Object(body)).await?;
        let mut reading = OpenAiReading::of(self.dialect);
        reading.whole(&response.text())?;
        let mut answer = reading.finish(host.kept())?;
        if answer.media.is_empty() {
            return Err(ModelError::Rejected("the model made no picture of that".to_owned()));
        }
        answer.usage.pictures = answer.media.len() as u64;
        Ok(answer)
    }

    /// Writes down what is said in a sound.
    ///
    /// # Errors
    /// [`ModelError`], as the server's answer means it.
    pub async fn transcribe(
        &self,
        host: &Host,
        model: &str,
        request: &ModelRequest,
        sound: &Media,
    ) -> Result<ModelAnswer, ModelError> {
        let mut fields = vec![("model", model.to_owned()), ("response_format", "json".to_owned())];
        fields.extend(request.wanted.language.clone().map(|language| ("language", language)));
        let prompt = Some(request.last_user_text()).filter(|text| !text.is_empty());
        fields.extend(prompt.map(|prompt| ("prompt", prompt.to_owned())));
        fields.extend(request.parameters.temperature.map(|value| ("temperature", value.to_string())));
        let (media_type, body) = form(&fields, sound);
        let response = host.post_bytes("/audio/transcriptions", &media_type, body).await?;
        let transcript: Transcript = response.json().map_err(|error| malformed("the transcript", &error))?;
        let heard = transcript.usage.unwrap_or_default();
        let sound = heard.seconds.map(|seconds| (seconds * 1000.0) as u64).unwrap_or_default();
        let usage = Usage { sound, ..heard.tokens.usage() };
        Ok(ModelAnswer { usage, model: model.to_owned(), ..ModelAnswer::text(transcript.text) })
    }

    /// Speaks the last thing that was said.
    ///
    /// # Errors
    /// [`ModelError`], as the server's answer means it.
    pub async fn speak(
        &self,
        host: &Host,
        model: &str,
        voice: &str,
        request: &ModelRequest,
    ) -> Result<ModelAnswer, ModelError> {
        let wanted = &request.wanted;
        let (format, kind) = match wanted.media_type.as_deref() {
            Some("audio/wav" | "audio/x-wav") => ("wav", "audio/wav"),
            Some("audio/ogg" | "audio/opus") => ("opus", "audio/ogg"),
            Some("audio/aac") => ("aac", "audio/aac"),
            Some("audio/flac") => ("flac", "audio/flac"),
            Some("audio/pcm" | "audio/L16") => ("pcm", "audio/pcm"),
            None | Some("audio/mpeg" | "audio/mp3") => ("mp3", "audio/mpeg"),
            Some(other) => {
                return Err(ModelError::Rejected(format!(
                    "speech cannot be had as {other}; ask for audio/mpeg"
                )));
            }
        };
        let text = request.last_user_text();
        let mut body = wanted.more.clone();
        body.insert("model".to_owned(), model.into());
        body.insert("input".to_owned(), text.into());
        body.insert("voice".to_owned(), wanted.voice.as_deref().unwrap_or(voice).into());
        body.insert("response_format".to_owned(), format.into());
        let response = host.post("/audio/speech", &Value::Object(body)).await?;
        let usage = Usage { characters: text.chars().count() as u64, ..Usage::default() };
        let sound = Media::new(kind, response.bytes());
        Ok(ModelAnswer { usage, model: model.to_owned(), ..ModelAnswer::of_media([sound]) })
    }
}

/// A form with a file, and its media type.
fn form(fields: &[(&str, String)], sound: &Media) -> (String, Vec<u8>) {
    let boundary = format!("galatea-{}", Uuid::now_v7().simple());
    let mut body = Vec::new();
    for (name, value) in fields {
        let head =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(head.as_bytes());
    }
    // Servers tell the format by the file's name.
    let ending = match sound.media_type.split('/').nth(1).unwrap_or_default() {
        "mpeg" => "mp3",
        "x-wav" | "wave" => "wav",
        "mp4" | "x-m4a" => "m4a",
        other => other,
    };
    let named = sound.name.as_deref().filter(|name| !name.contains(['"', '\r', '\n']));
    let name = named.map_or_else(|| format!("sound.{ending}"), str::to_owned);
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {}\r\n\r\n",
        sound.media_type.replace(['\r', '\n'], "")
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(&sound.bytes);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}
