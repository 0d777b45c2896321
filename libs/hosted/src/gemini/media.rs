//! What is no conversation: vectors, pictures, sound. <https://ai.google.dev/api/embeddings>,
//! <https://ai.google.dev/gemini-api/docs/image-generation>, <https://ai.google.dev/gemini-api/docs/speech-generation>

use super::{Gemini, GeminiReading, request::shown};
use crate::{Host, Reading, building::malformed};
use galatea::{
    model::{ModelAnswer, ModelError, ModelRequest, Usage},
    service::kind::Media,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// How many texts are made vectors of with one request.
const BATCH: usize = 100;

/// How many pictures are made for one request; each is a request of its own.
const MOST_PICTURES: u32 = 8;

/// How often sound is measured a second, where the server does not say.
const RATE: u32 = 24_000;

const TRANSCRIBE: &str = "Write down word for word what is said. Nothing else: no title, no remarks.";

#[derive(Debug, Deserialize)]
struct Vectors {
    embeddings: Vec<Vector>,
}

#[derive(Debug, Deserialize)]
struct Vector {
    values: Vec<f32>,
}

impl Gemini {
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
        let mut vectors = Vec::with_capacity(texts.len());
        for texts in texts.chunks(BATCH) {
            let one = |text: &&str| {
                let mut one = Map::new();
                one.insert("model".to_owned(), format!("models/{model}").into());
                one.insert("content".to_owned(), json!({ "parts": [{ "text": text }] }));
                let length = request.wanted.dimension;
                one.extend(length.map(|length| ("outputDimensionality".to_owned(), length.into())));
                Value::Object(one)
            };
            let body = json!({ "requests": texts.iter().map(one).collect::<Vec<_>>() });
            let response = host.post(&format!("/models/{model}:batchEmbedContents"), &body).await?;
            let made: Vectors = response.json().map_err(|error| malformed("the vectors", &error))?;
            if made.embeddings.len() != texts.len() {
                let why = format!("{} vectors for {} texts", made.embeddings.len(), texts.len());
                return Err(ModelError::Unavailable(why));
            }
            vectors.extend(made.embeddings.into_iter().map(|vector| vector.values));
        }
        Ok(ModelAnswer { model: model.to_owned(), ..ModelAnswer::of_vectors(vectors) })
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
        let mut config = Map::from_iter([("responseModalities".to_owned(), json!(["TEXT", "IMAGE"]))]);
        let ratio = request.wanted.size.map(|(wide, high)| json!({ "aspectRatio": ratio(wide, high) }));
        config.extend(ratio.map(|ratio| ("imageConfig".to_owned(), ratio)));
        let mut parts: Vec<Value> = request.media().map(shown).collect();
        parts.push(json!({ "text": request.last_user_text() }));
        let body = json!({ "contents": [{ "role": "user", "parts": parts }], "generationConfig": config });
        let mut all = ModelAnswer { model: model.to_owned(), ..ModelAnswer::default() };
        for _ in 0..request.wanted.count.unwrap_or(1).clamp(1, MOST_PICTURES) {
            let answer = match self.generate(host, model, &body).await {
                Ok(answer) => answer,
                Err(error) if all.media.is_empty() => return Err(error),
                Err(error) => {
                    tracing::warn!(model, pictures = all.media.len(), "fewer pictures than wanted: {error}");
                    break;
                }
            };
            all.media.extend(answer.media.into_iter().filter(|media| media.is("image")));
            all.usage = all.usage.and(answer.usage);
        }
        if all.media.is_empty() {
            return Err(ModelError::Rejected("the model made no picture of that".to_owned()));
        }
        all.usage.pictures = all.media.len() as u64;
        Ok(all)
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
        let mut told = TRANSCRIBE.to_owned();
        if let Some(language) = &request.wanted.language {
            told.push_str(&format!(" The language is {language}."));
        }
        let hint = request.last_user_text();
        if !hint.is_empty() {
            told.push_str(&format!(" It is about: {hint}"));
        }
        let body = json!({ "contents": [{ "role": "user", "parts": [{ "text": told }, shown(sound)] }] });
        let answer = self.generate(host, model, &body).await?;
        Ok(ModelAnswer { text: answer.text.trim().to_owned(), ..answer })
    }

    /// Speaks the last thing that was said, as `audio/wav`.
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
        if let Some(other) =
            wanted.media_type.as_deref().filter(|kind| !matches!(*kind, "audio/wav" | "audio/x-wav"))
        {
            return Err(ModelError::Rejected(format!("speech cannot be had as {other}; ask for audio/wav")));
        }
        let voice = wanted.voice.as_deref().unwrap_or(voice);
        let mut speech = Map::new();
        speech.insert("voiceConfig".to_owned(), json!({ "prebuiltVoiceConfig": { "voiceName": voice } }));
        speech.extend(wanted.language.clone().map(|language| ("languageCode".to_owned(), language.into())));
        let text = request.last_user_text();
        let body = json!({
            "contents": [{ "role": "user", "parts": [{ "text": text }] }],
            "generationConfig": { "responseModalities": ["AUDIO"], "speechConfig": speech },
        });
        let answer = self.generate(host, model, &body).await?;
        let sound = answer.media.into_iter().find(|media| media.is("audio"));
        let sound = sound.ok_or_else(|| ModelError::Unavailable("the model made no sound".to_owned()))?;
        let usage = Usage { characters: text.chars().count() as u64, ..answer.usage };
        Ok(ModelAnswer { usage, model: answer.model, ..ModelAnswer::of_media([as_wav(sound)]) })
    }

    async fn generate(&self, host: &Host, model: &str, body: &Value) -> Result<ModelAnswer, ModelError> {
        let response = host.post(&format!("/models/{model}:generateContent"), body).await?;
        let mut reading = GeminiReading::default();
        reading.whole(&response.text())?;
        let answer = reading.finish(host.kept())?;
        let name = if answer.model.is_empty() { model.to_owned() } else { answer.model };
        Ok(ModelAnswer { model: name, ..answer })
    }
}

/// The nearest of the ratios that the server knows.
fn ratio(wide: u32, high: u32) -> &'static str {
    const KNOWN: [(&str, f64); 10] = [
        ("1:1", 1.0),
        ("2:3", 2.0 / 3.0),
        ("3:2", 1.5),
        ("3:4", 0.75),
        ("4:3", 4.0 / 3.0),
        ("4:5", 0.8),
        ("5:4", 1.25),
        ("9:16", 9.0 / 16.0),
        ("16:9", 16.0 / 9.0),
        ("21:9", 21.0 / 9.0),
    ];
    let wanted = f64::from(wide.max(1)) / f64::from(high.max(1));
    let distance = |ratio: f64| (ratio.ln() - wanted.ln()).abs();
    KNOWN
        .iter()
        .min_by(|one, other| distance(one.1).total_cmp(&distance(other.1)))
        .map_or("1:1", |(name, _)| name)
}

/// Bare samples, as the server gives them, with the head that makes them a file.
fn as_wav(sound: Media) -> Media {
    if !sound.media_type.to_ascii_lowercase().starts_with("audio/l16") {
        return sound;
    }
    let said = sound.media_type.split(';').filter_map(|part| part.trim().strip_prefix("rate="));
    let rate = said.filter_map(|rate| rate.parse().ok()).next().unwrap_or(RATE);
    let length = u32::try_from(sound.bytes.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(sound.bytes.len() + 44);
    bytes.extend_from_slice(b"RIFF");
    bytes.extend_from_slice(&length.saturating_add(36).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    for number in [16, 0x0001_0001, rate, rate.saturating_mul(2), 0x0010_0002] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&sound.bytes);
    Media { name: sound.name, ..Media::new("audio/wav", bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_become_a_file() {
        let wav = as_wav(Media::new("audio/L16;codec=pcm;rate=16000", [1, 0, 2, 0]));
        assert_eq!(wav.media_type, "audio/wav");
        assert_eq!(wav.bytes.len(), 48);
        assert_eq!(&wav.bytes[..4], b"RIFF");
        assert_eq!(wav.bytes[4..8], 40_u32.to_le_bytes());
        assert_eq!(wav.bytes[20..24], [1, 0, 1, 0], "bare samples, one channel");
        assert_eq!(wav.bytes[24..28], 16_000_u32.to_le_bytes());
        assert_eq!(wav.bytes[28..32], 32_000_u32.to_le_bytes());
        assert_eq!(wav.bytes[32..36], [2, 0, 16, 0], "two bytes a sample, sixteen bits");
        assert_eq!(wav.bytes[40..44], 4_u32.to_le_bytes());
    }

    #[test]
    fn a_size_has_a_ratio() {
        for (size, wanted) in
            [((1024, 1024), "1:1"), ((1024, 1536), "2:3"), ((1920, 1080), "16:9"), ((0, 9), "9:16")]
        {
            assert_eq!(ratio(size.0, size.1), wanted);
        }
    }
}
