//! Speech to text and text to speech.

use super::{KindFault, Media, kind};
use async_trait::async_trait;
use std::time::Duration;

/// How speech is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TranscriptionOptions {
    /// The language as BCP 47 tag, e.g. `en`; `None` lets the service find out.
    pub language: Option<String>,
    /// Names and words that are likely to occur, in a sentence.
    pub hint: Option<String>,
    /// Tell speakers apart, where the service can.
    pub speakers: bool,
}

/// What was said in a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The words.
    pub text: String,
    /// Where it begins, from the beginning of the recording.
    pub start: Duration,
    /// Where it ends; not before `start`.
    pub end: Duration,
    /// Who speaks: `1`, `2` …, where speakers are told apart.
    pub speaker: Option<String>,
}

/// What was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// All of it; empty where nothing was said.
    pub text: String,
    /// The language as BCP 47 tag, if it is known.
    pub language: Option<String>,
    /// Its parts in the order of time; empty where the service does not know them.
    pub segments: Vec<Segment>,
}

/// How text is spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpeechOptions {
    /// A name of [`Transcription::voices`]; `None` is the service's own choice.
    pub voice: Option<String>,
    /// The media type wanted, e.g. `audio/mpeg`; `None` is the service's own choice.
    pub media_type: Option<String>,
}

/// A voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    /// Its name, unique in a service.
    pub name: String,
    /// The languages it speaks, as BCP 47 tags; empty for any.
    pub languages: Vec<String>,
}

/// Writes down speech, and speaks. (The name is not `transcription`, which is a model kind.)
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `Transcription`",
    label = "`Transcription` is not implemented",
    note = "write `#[async_trait] impl Transcription for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait Transcription: Send + Sync {
    /// Writes down what is said in a recording, sound or film.
    ///
    /// # Errors
    /// [`KindFault::Refused`] if it is empty, [`KindFault::Unsupported`] if its media type cannot be read.
    async fn transcribe(
        &self,
        recording: &Media,
        options: &TranscriptionOptions,
    ) -> Result<Transcript, KindFault>;

    /// Speaks a text.
    ///
    /// # Errors
    /// [`KindFault::Refused`] if the text is blank, [`KindFault::NotFound`] for an unknown voice, [`KindFault::Unsupported`]
    /// if the service cannot speak or not in this media type.
    async fn speak(&self, text: &str, options: &SpeechOptions) -> Result<Media, KindFault>;

    /// The voices there are; none if it cannot speak.
    ///
    /// # Errors
    /// If they cannot be found out.
    async fn voices(&self) -> Result<Vec<Voice>, KindFault>;
}

kind!(Transcription = "speech-transcription");
