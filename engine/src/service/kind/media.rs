//! Data with a media type.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::fmt;

/// Data with a media type: a sound, a picture, a document. Serialised with the data in base64.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Media {
    /// The data.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub bytes: Vec<u8>,
    /// What they are, e.g. `audio/mpeg`.
    pub media_type: String,
    /// A file name, if it has one; without folders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What should be base64 is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data are not base64: {0}")]
pub struct NotBase64(String);

impl Media {
    /// Data of a media type, without a name.
    #[must_use]
    pub fn new(media_type: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), media_type: media_type.into(), name: None }
    }

    /// The data in base64, as many providers want them.
    #[must_use]
    pub fn base64(&self) -> String {
        BASE64_STANDARD.encode(&self.bytes)
    }

    /// Data in base64, as many providers give them.
    ///
    /// # Errors
    /// If that is not base64.
    pub fn from_base64(media_type: impl Into<String>, data: &str) -> Result<Self, NotBase64> {
        let bytes = BASE64_STANDARD.decode(data).map_err(|error| NotBase64(error.to_string()))?;
        Ok(Self::new(media_type, bytes))
    }

    /// Whether it is of a kind: `image`, `audio`, `video`.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        self.media_type.split('/').next().is_some_and(|own| own.eq_ignore_ascii_case(kind))
    }
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    BASE64_STANDARD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// The data are not shown, only how many there are.
impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Media({}, {} bytes, {:?})", self.media_type, self.bytes.len(), self.name)
    }
}
