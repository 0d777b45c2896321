//! Films of a fixed list.

use super::{Outcome, demand, given, missing, not_found, refuse, refused};
use crate::service::kind::{KindFault, Media, Video, VideoFormat, VideoInfo};
use async_trait::async_trait;
use std::{collections::BTreeMap, time::Duration};

/// Films that are there from the beginning, by address. Their data are their title.
#[derive(Clone, Debug, Default)]
pub struct FixedVideos(BTreeMap<String, VideoInfo>);

impl FixedVideos {
    /// Films of a minute each: address and title.
    #[must_use]
    pub fn new<'a>(films: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let format = VideoFormat {
            id: "small".to_owned(),
            media_type: "video/mp4".to_owned(),
            width: 640,
            height: 360,
            bytes: None,
        };
        let film = |title: &str| VideoInfo {
            title: title.to_owned(),
            description: String::new(),
            duration: Some(Duration::from_secs(60)),
            author: None,
            published: None,
            formats: vec![format.clone()],
        };
        Self(films.into_iter().map(|(url, title)| (url.to_owned(), film(title))).collect())
    }

    fn film(&self, url: &str) -> Result<&VideoInfo, KindFault> {
        self.0.get(url).ok_or_else(|| missing(url))
    }
}

#[async_trait]
impl Video for FixedVideos {
    async fn info(&self, url: &str) -> Result<VideoInfo, KindFault> {
        self.film(url).cloned()
    }

    async fn download(&self, url: &str, format: Option<&str>) -> Result<Media, KindFault> {
        let film = self.film(url)?;
        match format.unwrap_or("small") {
            "small" => Ok(Media::new("video/mp4", film.title.as_bytes())),
            other => Err(KindFault::NotFound(format!("the format `{other}`"))),
        }
    }

    async fn audio(&self, url: &str) -> Result<Media, KindFault> {
        Ok(Media::new("audio/mpeg", self.film(url)?.title.as_bytes()))
    }

    async fn frame(&self, url: &str, at: Duration) -> Result<Media, KindFault> {
        let film = self.film(url)?;
        if film.duration.is_some_and(|whole| at > whole) {
            return refuse("the film is over before");
        }
        Ok(Media::new("image/png", film.title.as_bytes()))
    }
}

/// Checks a service for films; there is a film at `url`, and none at `nothing`.
///
/// # Errors
/// What it did and should have done.
pub async fn check_video(service: &dyn Video, url: &str, nothing: &str) -> Outcome {
    let info = given(service.info(url).await, "info")?;
    let format = info.formats.first().ok_or("a film can be had in some format")?;
    let best = given(service.download(url, None).await, "download")?;
    let same = given(service.download(url, Some(&format.id)).await, "download in the best format")?;
    demand(
        !best.bytes.is_empty() && best.bytes == same.bytes,
        "the first format is the one without a choice",
    )?;
    not_found(service.download(url, Some("no such format")).await, "an unknown format")?;
    demand(!given(service.audio(url).await, "audio")?.bytes.is_empty(), "its sound is there")?;
    demand(
        !given(service.frame(url, Duration::ZERO).await, "frame")?.bytes.is_empty(),
        "its first picture is there",
    )?;
    if let Some(whole) = info.duration {
        refused(service.frame(url, whole + Duration::from_secs(1)).await, "a picture after the end")?;
    }
    not_found(service.info(nothing).await, "the film at an empty address")?;
    not_found(service.audio(nothing).await, "the sound at an empty address")
}
