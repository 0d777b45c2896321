//! The folder of a sentence model.

use sha2::{Digest, Sha256};
use std::{
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
};

const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";
const WEIGHTS: &str = "model.safetensors";

/// Why a folder holds no model that can be run.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// A file is not there, or may not be read.
    #[error(
        "cannot read `{}`: {error}; `folder` must hold `config.json`, `tokenizer.json` and `model.safetensors` \
         as sentence-transformers saves them, `tools/minilm` fetches them", .path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file says something that the model is not built for.
    #[error("cannot use `{}`: {why}", .path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// These are other weights than the character wants.
    #[error(
        "`{}` has the SHA-256 {found}, and `sha256` wants {wanted}: fetch the file anew, or change `sha256`", .path.display()
    )]
    OtherWeights {
        /// The file.
        path: PathBuf,
        /// The SHA-256 of the file.
        found: String,
        /// The SHA-256 that is set.
        wanted: String,
    },
}

/// How the vectors of tokens become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pooling {
    /// Their mean.
    Mean,
    /// That of the first.
    First,
}

/// The files of a sentence model, read.
pub struct Files {
    folder: PathBuf,
    weights: Vec<u8>,
    sha256: String,
    config: Vec<u8>,
    tokenizer: Vec<u8>,
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files")
            .field("folder", &self.folder)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}

impl Files {
    /// Reads the files of a folder; `sha256` is that of the weights, where only one will do.
    ///
    /// # Errors
    /// [`FilesError`].
    pub fn find(folder: &Path, sha256: Option<&str>) -> Result<Self, FilesError> {
        let (config, tokenizer) = (read(&folder.join(CONFIG))?, read(&folder.join(TOKENIZER))?);
        let weights = read(&folder.join(WEIGHTS))?;
        let found = hexadecimal(&Sha256::digest(&weights));
        if let Some(wanted) = sha256.map(str::to_lowercase).filter(|wanted| *wanted != found) {
            return Err(FilesError::OtherWeights { path: folder.join(WEIGHTS), found, wanted });
        }
        Ok(Self { folder: folder.to_owned(), weights, sha256: found, config, tokenizer })
    }

    /// The SHA-256 of the weights, in hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    pub(crate) fn weights(&self) -> &[u8] {
        &self.weights
    }

    pub(crate) fn tokenizer(&self) -> &[u8] {
        &self.tokenizer
    }

    /// The config of the model, as its library reads it.
    pub(crate) fn config<T: serde::de::DeserializeOwned>(&self) -> Result<T, FilesError> {
        serde_json::from_slice(&self.config).map_err(|error| self.unfit(CONFIG, error))
    }

    pub(crate) fn unfit_tokenizer(&self, why: impl std::fmt::Display) -> FilesError {
        self.unfit(TOKENIZER, why)
    }

    pub(crate) fn unfit_weights(&self, why: impl std::fmt::Display) -> FilesError {
        self.unfit(WEIGHTS, why)
    }

    /// The most tokens of a text that the model was trained on; nothing if the folder does not say.
    pub(crate) fn longest(&self) -> Result<Option<usize>, FilesError> {
        let said = self.optional("sentence_bert_config.json")?;
        Ok(said.and_then(|said| usize::try_from(said.get("max_seq_length")?.as_u64()?).ok()))
    }

    /// How the vectors of tokens become one; the mean if the folder does not say.
    pub(crate) fn pooling(&self) -> Result<Pooling, FilesError> {
        const FILE: &str = "1_Pooling/config.json";
        let Some(said) = self.optional(FILE)? else { return Ok(Pooling::Mean) };
        let modes = said.as_object().into_iter().flatten();
        let chosen: Vec<&str> = modes
            .filter(|(key, value)| key.starts_with("pooling_mode_") && **value == true)
            .map(|(key, _)| key.as_str())
            .collect();
        match chosen[..] {
            ["pooling_mode_mean_tokens"] => Ok(Pooling::Mean),
            ["pooling_mode_cls_token"] => Ok(Pooling::First),
            _ => Err(self
                .unfit(FILE, format!("it wants {chosen:?}, and only the mean or the first token is known"))),
        }
    }

    fn optional(&self, name: &str) -> Result<Option<serde_json::Value>, FilesError> {
        let path = self.folder.join(name);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| self.unfit(name, error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FilesError::Unreadable { path, error }),
        }
    }

    fn unfit(&self, name: &str, why: impl std::fmt::Display) -> FilesError {
        FilesError::Unfit { path: self.folder.join(name), why: why.to_string() }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, FilesError> {
    std::fs::read(path).map_err(|error| FilesError::Unreadable { path: path.to_owned(), error })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
