//! Speech that is text in disguise.

use super::{Outcome, demand, given, not_found, refuse, refused, unsupported};
use crate::service::kind::{
    KindFault, Media, Segment, SpeechOptions, Transcript, Transcription, TranscriptionOptions, Voice,
};
use async_trait::async_trait;
use std::time::Duration;

/// What it speaks is the text itself as `audio/x-text`, and that is what it understands; a word takes a second.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextAsSpeech;

const SOUND: &str = "audio/x-text";

#[async_trait]
impl Transcription for TextAsSpeech {
    async fn transcribe(
        &self,
        recording: &Media,
        options: &TranscriptionOptions,
    ) -> Result<Transcript, KindFault> {
        if recording.bytes.is_empty() {
            return refuse("the recording is empty");
        }
        if recording.media_type != SOUND {
            return Err(KindFault::Unsupported(format!("the media type `{}`", recording.media_type)));
        }
        let text = String::from_utf8_lossy(&recording.bytes).into_owned();
        let second = |at: usize| Duration::from_secs(at as u64);
        let segment = |(at, word): (usize, &str)| Segment {
            text: word.to_owned(),
            start: second(at),
            end: second(at + 1),
            speaker: options.speakers.then(|| "1".to_owned()),
        };
        let segments = text.split_whitespace().enumerate().map(segment).collect();
        Ok(Transcript { language: options.language.clone(), segments, text })
    }

    async fn speak(&self, text: &str, options: &SpeechOptions) -> Result<Media, KindFault> {
        if text.trim().is_empty() {
            return refuse("the text is blank");
        }
        if let Some(voice) = options.voice.as_ref().filter(|voice| *voice != "plain") {
            return Err(KindFault::NotFound(format!("the voice `{voice}`")));
        }
        match options.media_type.as_deref() {
            None | Some(SOUND) => Ok(Media::new(SOUND, text)),
            Some(other) => Err(KindFault::Unsupported(format!("the media type `{other}`"))),
        }
    }

    async fn voices(&self) -> Result<Vec<Voice>, KindFault> {
        Ok(vec![Voice { name: "plain".to_owned(), languages: Vec::new() }])
    }
}

/// Checks a transcription; `recording` is one in which something is said.
///
/// # Errors
/// What it did and should have done.
pub async fn check_transcription(service: &dyn Transcription, recording: &Media) -> Outcome {
    let options = TranscriptionOptions::default();
    let said = given(service.transcribe(recording, &options).await, "transcribe")?;
    demand(!said.text.trim().is_empty(), "what is said in the recording is written down")?;
    demand(said.segments.iter().all(|part| part.start <= part.end), "no segment ends before it begins")?;
    demand(said.segments.is_sorted_by_key(|part| part.start), "segments are in the order of time")?;
    let empty = Media::new(recording.media_type.clone(), Vec::new());
    refused(service.transcribe(&empty, &options).await, "transcribing an empty recording")?;
    let strange = Media::new("application/x-nothing", *b"x");
    unsupported(service.transcribe(&strange, &options).await, "transcribing an unknown media type")?;
    let voices = given(service.voices().await, "voices")?;
    let mut names: Vec<&str> = voices.iter().map(|voice| voice.name.as_str()).collect();
    names.sort_unstable();
    demand(names.windows(2).all(|pair| pair[0] != pair[1]), "the names of voices are unique")?;
    if voices.is_empty() {
        return unsupported(
            service.speak("hello", &SpeechOptions::default()).await,
            "speaking without voices",
        );
    }
    let spoken = given(service.speak("hello", &SpeechOptions::default()).await, "speak")?;
    demand(!spoken.bytes.is_empty(), "something is heard of a text")?;
    refused(service.speak(" ", &SpeechOptions::default()).await, "speaking a blank text")?;
    let nobody = SpeechOptions { voice: Some("no such voice".to_owned()), ..SpeechOptions::default() };
    not_found(service.speak("hello", &nobody).await, "speaking with an unknown voice")
}
