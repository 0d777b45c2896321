//! What is wanted of what is no text.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is wanted of pictures, sound and vectors. What is `None` is left to the model; what a model cannot do it
/// ignores, unless that would give something else than was asked for.
///
/// ```
/// use galatea::model::{ModelRequest, Purpose, Wanted};
///
/// let request = ModelRequest::new(Purpose::Other("cover".to_owned()), "A lighthouse in fog, woodcut")
///     .wanting(Wanted { size: Some((1024, 1536)), count: Some(2), ..Wanted::default() });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Wanted {
    /// How many pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Width and height of a picture, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<(u32, u32)>,
    /// The media type of what is made, e.g. `audio/mpeg`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Who speaks, by the provider's own name of a voice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice: Option<String>,
    /// The language of speech as BCP 47 tag, e.g. `en`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How long vectors are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimension: Option<usize>,
    /// What only some provider knows, under the provider's own names.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub more: Map<String, Value>,
}

impl Wanted {
    /// Whether everything is left to the model.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}
