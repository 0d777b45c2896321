//! The sentence model itself.

use super::{Files, MiniLmError, files::Pooling};
use candle_core::{D, DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use std::fmt;
use tokenizers::{Tokenizer, TruncationParams};

/// The most tokens of a text where the folder does not say.
const LONGEST: usize = 256;

/// A sentence model that is ready to compute, on the processor.
pub struct Encoder {
    name: String,
    tokenizer: Tokenizer,
    model: BertModel,
    pooling: Pooling,
    batch: usize,
    dimension: usize,
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder")
            .field("name", &self.name)
            .field("batch", &self.batch)
            .finish_non_exhaustive()
    }
}

impl Encoder {
    /// Makes a model of its files; it computes at most `batch` texts at once, at least one.
    ///
    /// # Errors
    /// [`MiniLmError`].
    pub fn open(files: &Files, batch: usize) -> Result<Self, MiniLmError> {
        let config: Config = files.config()?;
        let longest = files.longest()?.unwrap_or(LONGEST).min(config.max_position_embeddings);
        let mut tokenizer =
            Tokenizer::from_bytes(files.tokenizer()).map_err(|error| files.unfit_tokenizer(error))?;
        let truncation = TruncationParams { max_length: longest, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(|error| files.unfit_tokenizer(error))?;
        tokenizer.with_padding(None);
        let weights = VarBuilder::from_slice_safetensors(files.weights(), DType::F32, &Device::Cpu)
            .and_then(|weights| BertModel::load(weights, &config))
            .map_err(|error| files.unfit_weights(error))?;
        let beginning = files.sha256().get(..8).unwrap_or_default();
        Ok(Self {
            name: format!("minilm-{beginning}"),
            tokenizer,
            model: weights,
            pooling: files.pooling()?,
            batch: batch.max(1),
            dimension: config.hidden_size,
        })
    }

    /// Its name: `minilm-` and the beginning of the checksum of its weights.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The length of its vectors.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The words of the model's vocabulary, by their ids.
    #[must_use]
    pub fn vocabulary(&self) -> Vec<String> {
        let mut words: Vec<(String, u32)> = self.tokenizer.get_vocab(true).into_iter().collect();
        words.sort_by_key(|(_, id)| *id);
        words.into_iter().map(|(word, _)| word).collect()
    }

    /// The ids of a text's tokens, with those that begin and end it; a text that is too long for the model is cut.
    ///
    /// # Errors
    /// [`MiniLmError::Tokens`].
    pub fn ids(&self, text: &str) -> Result<Vec<u32>, MiniLmError> {
        let encoding =
            self.tokenizer.encode(text, true).map_err(|error| MiniLmError::Tokens(error.to_string()))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The vectors of texts, in their order, each of length one.
    ///
    /// # Errors
    /// [`MiniLmError`].
    pub fn encode(&self, texts: &[impl AsRef<str>]) -> Result<Vec<Vec<f32>>, MiniLmError> {
        let ids = texts.iter().map(|text| self.ids(text.as_ref())).collect::<Result<Vec<_>, _>>()?;
        self.encode_ids(&ids)
    }

    /// The vectors of texts that are ids already, in their order, each of length one.
    ///
    /// # Errors
    /// [`MiniLmError::Compute`].
    pub fn encode_ids(&self, texts: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, MiniLmError> {
        // Texts of about the same length go together: what is filled up is computed as well.
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|at| texts[*at].len());
        let mut vectors = vec![Vec::new(); texts.len()];
        for group in order.chunks(self.batch) {
            let ids: Vec<&[u32]> = group.iter().map(|at| texts[*at].as_slice()).collect();
            for (at, vector) in group.iter().zip(self.compute(&ids)?) {
                vectors[*at] = vector;
            }
        }
        Ok(vectors)
    }

    fn compute(&self, texts: &[&[u32]]) -> Result<Vec<Vec<f32>>, MiniLmError> {
        let longest = texts.iter().map(|ids| ids.len()).max().unwrap_or(0).max(1);
        let filled = |of: &dyn Fn(&[u32], usize) -> u32| {
            let numbers = texts.iter().flat_map(|ids| (0..longest).map(|at| of(ids, at))).collect::<Vec<_>>();
            Tensor::from_vec(numbers, (texts.len(), longest), &Device::Cpu)
        };
        let ids = filled(&|ids, at| ids.get(at).copied().unwrap_or(0))?;
        let there = filled(&|ids, at| u32::from(at < ids.len()))?;
        let tokens = self.model.forward(&ids, &ids.zeros_like()?, Some(&there))?;
        let pooled = match self.pooling {
            Pooling::First => tokens.narrow(1, 0, 1)?.squeeze(1)?,
            Pooling::Mean => {
                let there = there.to_dtype(DType::F32)?.unsqueeze(D::Minus1)?;
                tokens.broadcast_mul(&there)?.sum(1)?.broadcast_div(&there.sum(1)?)?
            }
        };
        let length = pooled.sqr()?.sum_keepdim(1)?.sqrt()?;
        Ok(pooled.broadcast_div(&length)?.to_vec2()?)
    }
}
