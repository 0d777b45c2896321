//! Films at addresses.

use super::{KindFault, Media, kind};
use async_trait::async_trait;
use std::time::Duration;

/// A form in which a film can be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoFormat {
    /// Names it in [`Video::download`].
    pub id: String,
    /// Its media type, e.g. `video/mp4`.
    pub media_type: String,
    /// Width in pixels; 0 for sound only.
    pub width: u32,
    /// Height in pixels; 0 for sound only.
    pub height: u32,
    /// Bytes, if they are known.
    pub bytes: Option<u64>,
}

/// What is known of a film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoInfo {
    /// Its title.
    pub title: String,
    /// What is written about it.
    pub description: String,
    /// How long it is; `None` while it is being sent live.
    pub duration: Option<Duration>,
    /// Who published it.
    pub author: Option<String>,
    /// When it was published.
    pub published: Option<jiff::Timestamp>,
    /// The forms in which it can be had, the best first.
    pub formats: Vec<VideoFormat>,
}

/// Fetches films, their sound and their pictures. (The name is not `video`, which is a model kind.)
///
/// Every call gives [`KindFault::NotFound`] where the address holds no film and [`KindFault::Unsupported`] for addresses
/// that the service does not know how to read.
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `Video`",
    label = "`Video` is not implemented",
    note = "write `#[async_trait] impl Video for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait Video: Send + Sync {
    /// What is known of the film at an address, without fetching it.
    ///
    /// # Errors
    /// See the trait.
    async fn info(&self, url: &str) -> Result<VideoInfo, KindFault>;

    /// The film, in a format of its [`info`](Self::info); `None` is the best.
    ///
    /// # Errors
    /// See the trait; [`KindFault::NotFound`] for an unknown format, [`KindFault::Refused`] if it is larger than the service allows.
    async fn download(&self, url: &str, format: Option<&str>) -> Result<Media, KindFault>;

    /// Its sound.
    ///
    /// # Errors
    /// See the trait.
    async fn audio(&self, url: &str) -> Result<Media, KindFault>;

    /// The picture at a moment.
    ///
    /// # Errors
    /// See the trait; [`KindFault::Refused`] for a moment after its end.
    async fn frame(&self, url: &str, at: Duration) -> Result<Media, KindFault>;
}

kind!(Video = "video-processing");
