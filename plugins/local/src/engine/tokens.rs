//! Text to tokens and back.

use super::file::Gguf;
use crate::LocalError;
use candle_core::quantized::{gguf_file::Value, tokenizer::TokenizerFromGguf};
use llguidance::{panic_utils::catch_unwind, token_bytes_from_tokenizer_json, toktrie::TokTrie};
use std::{collections::BTreeSet, panic::AssertUnwindSafe, path::Path};
use tokenizers::{
    PreTokenizerWrapper, Tokenizer,
    pre_tokenizers::{byte_level::ByteLevel, digits::Digits, sequence::Sequence},
};

/// How models end what they say, besides the token that their file names.
const ENDS: [&str; 10] = [
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<end_of_turn>",
    "</s>",
    "<eos>",
    "<|return|>",
];

/// The tokens of a model.
pub(super) struct Tokens {
    tokenizer: Tokenizer,
    /// The bytes of each token; those of special ones begin with [`TokTrie::SPECIAL_TOKEN_MARKER`].
    bytes: Vec<Vec<u8>>,
    /// What ends an answer.
    ends: BTreeSet<u32>,
    end: u32,
    /// What every prompt begins with, where the model wants that.
    begin: Option<u32>,
    /// The texts of special tokens, which nobody may say.
    marks: Vec<String>,
}

impl Tokens {
    /// The tokens of a file, or of a `tokenizer.json`.
    pub(super) fn of(gguf: &mut Gguf, json: Option<&Path>) -> Result<Self, LocalError> {
        let tokenizer = tokenizer(gguf, json)?;
        let unfit = |why: &dyn std::fmt::Display| gguf.unfit(format!("its tokenizer: {why}"));
        let told = tokenizer.to_string(false).map_err(|error| unfit(&error))?;
        let told = serde_json::from_str(&told).map_err(|error| unfit(&error))?;
        let bytes = catch_unwind(AssertUnwindSafe(|| token_bytes_from_tokenizer_json(&told)));
        let bytes = bytes.map_err(|error| unfit(&error))?;
        let special = |bytes: &&Vec<u8>| bytes.first() == Some(&TokTrie::SPECIAL_TOKEN_MARKER);
        let marks =
            bytes.iter().filter(special).map(|bytes| String::from_utf8_lossy(&bytes[1..]).into_owned());
        let marks = marks.filter(|mark| mark.len() > 2).collect();
        let named = |key: &str| gguf.number(key).and_then(|token| u32::try_from(token).ok());
        let end = named("tokenizer.ggml.eos_token_id");
        let ends = ENDS.iter().filter_map(|text| tokenizer.token_to_id(text));
        let ends: BTreeSet<u32> = ends.chain(end).chain(named("tokenizer.ggml.eot_token_id")).collect();
        let end = end.or_else(|| ends.first().copied()).ok_or_else(|| unfit(&"no token ends an answer"))?;
        let begins = gguf.says("tokenizer.ggml.add_bos_token").unwrap_or(false);
        let begin = named("tokenizer.ggml.bos_token_id").filter(|_| begins);
        Ok(Self { tokenizer, bytes, ends, end, begin, marks })
    }

    /// The tokens of a prompt, its marks among them.
    pub(super) fn of_prompt(&self, text: &str) -> Result<Vec<u32>, LocalError> {
        let mut tokens = self.of_text(text)?;
        if let Some(begin) = self.begin.filter(|begin| tokens.first() != Some(begin)) {
            tokens.insert(0, begin);
        }
        Ok(tokens)
    }

    /// The tokens of a text.
    pub(super) fn of_text(&self, text: &str) -> Result<Vec<u32>, LocalError> {
        let read = self.tokenizer.encode_fast(text, false);
        Ok(read.map_err(|error| LocalError::Compute(format!("the tokenizer: {error}")))?.get_ids().to_vec())
    }

    /// What a token adds to an answer: nothing, where it is a special one.
    pub(super) fn bytes_of(&self, token: u32) -> &[u8] {
        let bytes = usize::try_from(token).ok().and_then(|at| self.bytes.get(at)).map(Vec::as_slice);
        bytes.filter(|bytes| bytes.first() != Some(&TokTrie::SPECIAL_TOKEN_MARKER)).unwrap_or_default()
    }

    /// The text of tokens, without special ones.
    pub(super) fn text_of(&self, tokens: &[u32]) -> String {
        let bytes: Vec<u8> = tokens.iter().flat_map(|token| self.bytes_of(*token)).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The bytes of all tokens.
    pub(super) fn words(&self) -> &[Vec<u8>] {
        &self.bytes
    }

    /// Whether a token ends an answer.
    pub(super) fn is_end(&self, token: u32) -> bool {
        self.ends.contains(&token)
    }

    /// The token that ends an answer.
    pub(super) const fn end(&self) -> u32 {
        self.end
    }

    /// The text of the token that the head names, as the chat template wants it.
    pub(super) fn named(&self, gguf: &Gguf, key: &str) -> String {
        let token = gguf.number(key).and_then(|token| u32::try_from(token).ok());
        token.and_then(|token| self.tokenizer.id_to_token(token)).unwrap_or_default()
    }

    /// Whether there is such a token.
    pub(super) fn has(&self, text: &str) -> bool {
        self.tokenizer.token_to_id(text).is_some()
    }

    /// A text in which no special token stands: who writes `<|im_end|>` does not end anything.
    pub(super) fn without_marks(&self, text: &str) -> String {
        if !text.contains(['<', '[', '|']) {
            return text.to_owned();
        }
        self.marks.iter().fold(text.to_owned(), |text, mark| match text.contains(mark.as_str()) {
            true => {
                let first = mark.chars().next().map_or(0, char::len_utf8);
                text.replace(mark.as_str(), &format!("{} {}", &mark[..first], &mark[first..]))
            }
            false => text,
        })
    }
}

fn tokenizer(gguf: &mut Gguf, json: Option<&Path>) -> Result<Tokenizer, LocalError> {
    let kind = gguf.text("tokenizer.ggml.model").unwrap_or_default().to_owned();
    let beside = gguf.path.with_file_name("tokenizer.json");
    let read = |path: &Path| {
        let unfit = |why: String| LocalError::Unfit { path: path.to_owned(), why };
        Tokenizer::from_file(path).map_err(|error| unfit(error.to_string()))
    };
    match json {
        Some(path) => read(path),
        None if kind == "gpt2" => of_head(gguf),
        None if beside.is_file() => read(&beside),
        None => Err(gguf.unfit(format!(
            "its tokenizer is of the kind `{kind}`, which can only be read from the `tokenizer.json` of the model; put that beside the \
             file, or name it as `tokenizer`"
        ))),
    }
}

/// The tokenizer that the head describes, one of byte pairs.
fn of_head(gguf: &mut Gguf) -> Result<Tokenizer, LocalError> {
    let pre = gguf.text("tokenizer.ggml.pre").unwrap_or_default().to_owned();
    if pre == "llama-bpe" {
        // The library knows it by its other name only.
        gguf.content.metadata.insert("tokenizer.ggml.pre".to_owned(), Value::String("llama3".to_owned()));
    }
    let made = Tokenizer::from_gguf(&gguf.content);
    let mut tokenizer = made.map_err(|error| gguf.unfit(format!("its tokenizer: {error}")))?;
    let space = gguf.says("tokenizer.ggml.add_space_prefix").unwrap_or(false);
    let bytes = ByteLevel::new(space, true, false);
    match pre.as_str() {
        "llama-bpe" | "llama3" | "smaug-bpe" | "lfm2" | "qwen2" => {}
        // Each digit is a token of its own.
        "smollm" | "starcoder" | "refact" | "command-r" | "codeshell" => {
            let both: Vec<PreTokenizerWrapper> = vec![Digits::new(true).into(), bytes.into()];
            tokenizer.with_pre_tokenizer(Some(Sequence::new(both)));
        }
        _ => {
            tokenizer.with_pre_tokenizer(Some(bytes));
        }
    }
    Ok(tokenizer)
}
