//! A GGUF file: its head, and whether it is whole.

use crate::LocalError;
use candle_core::quantized::gguf_file::{Content, Value};
use sha2::{Digest, Sha256};
use std::{
    fmt::{Display, Write as _},
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

/// A GGUF file whose head was read.
pub(super) struct Gguf {
    pub(super) path: PathBuf,
    pub(super) content: Content,
    pub(super) reader: BufReader<File>,
}

impl Gguf {
    /// Reads the head of a file, and checks that the rest is there.
    pub(super) fn open(path: &Path) -> Result<Self, LocalError> {
        let unreadable = |error| LocalError::Unreadable { path: path.to_owned(), error };
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let damaged = |why: String| LocalError::Damaged { path: path.to_owned(), why };
        let content = Content::read(&mut reader).map_err(|error| damaged(first_line(&error)))?;
        let whole = content.tensor_infos.values().map(|tensor| {
            let blocks = tensor.shape.elem_count() / tensor.ggml_dtype.block_size();
            let bytes =
                u64::try_from(blocks.saturating_mul(tensor.ggml_dtype.type_size())).unwrap_or(u64::MAX);
            content.tensor_data_offset.saturating_add(tensor.offset).saturating_add(bytes)
        });
        match whole.max() {
            None => Err(damaged("it holds no weights".to_owned())),
            Some(whole) if whole > length => {
                Err(damaged(format!("it has {length} bytes, and its head tells of {whole}")))
            }
            Some(_) => Ok(Self { path: path.to_owned(), content, reader }),
        }
    }

    /// A text that the head says.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.content.metadata.get(key).and_then(|value| value.to_string().ok()).map(String::as_str)
    }

    /// A number that the head says, not below 0.
    pub(super) fn number(&self, key: &str) -> Option<u64> {
        match self.content.metadata.get(key)? {
            Value::I8(number) => u64::try_from(*number).ok(),
            Value::I16(number) => u64::try_from(*number).ok(),
            Value::I32(number) => u64::try_from(*number).ok(),
            Value::I64(number) => u64::try_from(*number).ok(),
            value => value.to_u64().ok(),
        }
    }

    /// A yes or no that the head says.
    pub(super) fn says(&self, key: &str) -> Option<bool> {
        self.content.metadata.get(key).and_then(|value| value.to_bool().ok())
    }

    /// What the model is built like.
    pub(super) fn architecture(&self) -> &str {
        self.text("general.architecture").unwrap_or_default()
    }

    /// What is wrong with the file, apart from being damaged.
    pub(super) fn unfit(&self, why: impl Display) -> LocalError {
        LocalError::Unfit { path: self.path.clone(), why: why.to_string() }
    }

    /// What was wrong with the weights.
    pub(super) fn damaged(&self, why: &candle_core::Error) -> LocalError {
        LocalError::Damaged { path: self.path.clone(), why: first_line(why) }
    }
}

/// The library adds a backtrace to some errors.
fn first_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

/// Checks a file against its SHA-256, in hexadecimal digits.
pub(super) fn check_sum(path: &Path, wanted: &str) -> Result<(), LocalError> {
    let found = sum_of(path).map_err(|error| LocalError::Unreadable { path: path.to_owned(), error })?;
    let wanted = wanted.to_lowercase();
    if found == wanted { Ok(()) } else { Err(LocalError::OtherFile { path: path.to_owned(), found, wanted }) }
}

fn sum_of(path: &Path) -> std::io::Result<String> {
    let (mut file, mut sum, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => sum.update(&buffer[..count]),
        }
    }
    Ok(sum.finalize().iter().fold(String::new(), |mut digits, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    }))
}
