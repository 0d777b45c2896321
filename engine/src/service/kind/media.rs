//! Data with a media type.

use std::fmt;

/// Data with a media type: a sound, a picture, a document.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Media {
    /// The data.
    pub bytes: Vec<u8>,
    /// What they are, e.g. `audio/mpeg`.
    pub media_type: String,
    /// A file name, if it has one; without folders.
    pub name: Option<String>,
}

impl Media {
    /// Data of a media type, without a name.
    #[must_use]
    pub fn new(media_type: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), media_type: media_type.into(), name: None }
    }
}

/// The data are not shown, only how many there are.
impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Media({}, {} bytes, {:?})", self.media_type, self.bytes.len(), self.name)
    }
}
