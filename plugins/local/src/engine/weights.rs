//! The weights of a model, and computing with them.

use super::file::Gguf;
use crate::LocalError;
use candle_core::{
    Device, Tensor,
    quantized::{
        GgmlDType, QTensor,
        gguf_file::{self, Content},
    },
};
use candle_transformers::models::{
    quantized_gemma3 as gemma3, quantized_llama as llama, quantized_phi3 as phi3, quantized_qwen2 as qwen2,
    quantized_qwen3 as qwen3,
};
use std::io::{Cursor, Read, Seek};

/// What can be run, by `general.architecture`.
const KNOWN: [&str; 5] = ["llama", "qwen2", "qwen3", "gemma3", "phi3"];

/// The most tokens of a prompt that are computed at once; between them it is looked whether anybody still waits.
const MOST_AT_ONCE: usize = 64;

/// The weights of a model.
pub(super) enum Weights {
    Llama(llama::ModelWeights),
    Qwen2(qwen2::ModelWeights),
    Qwen3(qwen3::ModelWeights),
    Gemma3(gemma3::ModelWeights),
    Phi3(phi3::ModelWeights),
}

/// Weights at work at one answer, with what was computed for it.
pub(super) enum Run<'w> {
    Llama(Box<llama::ModelWeights>),
    Qwen2(&'w mut qwen2::ModelWeights),
    Qwen3(Box<qwen3::ModelWeights>),
    Gemma3(Box<gemma3::ModelWeights>),
    Phi3(Box<phi3::ModelWeights>),
}

/// Refuses what cannot be run.
pub(super) fn check(gguf: &Gguf) -> Result<(), LocalError> {
    if KNOWN.contains(&gguf.architecture()) {
        return Ok(());
    }
    Err(LocalError::UnknownArchitecture {
        path: gguf.path.clone(),
        architecture: gguf.architecture().to_owned(),
        known: KNOWN.join(", "),
    })
}

/// The most tokens that a prompt and its answer may have, as the model was made and as it is run.
pub(super) fn longest(gguf: &Gguf) -> usize {
    let architecture = gguf.architecture();
    let made_for = gguf.number(&format!("{architecture}.context_length"));
    let made_for = made_for.and_then(|tokens| usize::try_from(tokens).ok()).unwrap_or(llama::MAX_SEQ_LEN);
    match architecture {
        // The library computes positions no farther.
        "llama" => made_for.min(llama::MAX_SEQ_LEN),
        _ => made_for,
    }
}

impl Weights {
    /// Reads the weights of a file.
    pub(super) fn load(gguf: &mut Gguf) -> Result<Self, LocalError> {
        check(gguf)?;
        let architecture = gguf.architecture().to_owned();
        let loaded = if gguf.content.tensor_infos.values().any(|tensor| is_slow(tensor.ggml_dtype)) {
            faster(gguf).and_then(|mut file| {
                let content = Content::read(&mut file)?;
                Self::of(&architecture, content, &mut file)
            })
        } else {
            let content = Content {
                magic: gguf.content.magic,
                metadata: gguf.content.metadata.clone(),
                tensor_infos: std::mem::take(&mut gguf.content.tensor_infos),
                tensor_data_offset: gguf.content.tensor_data_offset,
            };
            Self::of(&architecture, content, &mut gguf.reader)
        };
        loaded.map_err(|error| gguf.damaged(&error))
    }

    fn of(architecture: &str, content: Content, file: &mut (impl Read + Seek)) -> candle_core::Result<Self> {
        let device = &Device::Cpu;
        Ok(match architecture {
            "qwen2" => Self::Qwen2(qwen2::ModelWeights::from_gguf(content, file, device)?),
            "qwen3" => Self::Qwen3(qwen3::ModelWeights::from_gguf(content, file, device)?),
            "gemma3" => Self::Gemma3(gemma3::ModelWeights::from_gguf(content, file, device)?),
            "phi3" => Self::Phi3(phi3::ModelWeights::from_gguf(false, content, file, device)?),
            _ => Self::Llama(llama::ModelWeights::from_gguf(content, file, device)?),
        })
    }

    /// Begins an answer: nothing of an earlier one is left. The weights themselves are shared, not copied.
    pub(super) fn begin(&mut self) -> Run<'_> {
        match self {
            Self::Llama(weights) => Run::Llama(Box::new(weights.clone())),
            Self::Qwen2(weights) => {
                weights.clear_kv_cache();
                Run::Qwen2(weights)
            }
            Self::Qwen3(weights) => Run::Qwen3(Box::new(weights.clone())),
            Self::Gemma3(weights) => Run::Gemma3(Box::new(weights.clone())),
            Self::Phi3(weights) => Run::Phi3(Box::new(weights.clone())),
        }
    }
}

impl Run<'_> {
    /// How many of so many tokens are best computed at once.
    pub(super) fn at_once(&self, tokens: usize) -> usize {
        let tokens = tokens.min(MOST_AT_ONCE);
        match self {
            // It keeps a mask for each length at each place, and cannot be copied to forget them: few lengths, few masks.
            Self::Qwen2(_) if tokens > 0 => 1 << tokens.ilog2(),
            _ => tokens,
        }
    }

    /// Reads tokens that stand behind the `at` first ones; how likely each token is next, as logarithms.
    pub(super) fn read(&mut self, tokens: &[u32], at: usize) -> candle_core::Result<Vec<f32>> {
        let tokens = Tensor::new(tokens, &Device::Cpu)?.unsqueeze(0)?;
        let next = match self {
            Self::Llama(weights) => weights.forward(&tokens, at),
            Self::Qwen2(weights) => weights.forward(&tokens, at),
            Self::Qwen3(weights) => weights.forward(&tokens, at),
            Self::Gemma3(weights) => weights.forward(&tokens, at),
            Self::Phi3(weights) => weights.forward(&tokens, at),
        }?;
        next.flatten_all()?.to_dtype(candle_core::DType::F32)?.to_vec1()
    }
}

/// Whether the library computes with such weights number by number, which is ten times slower.
const fn is_slow(kind: GgmlDType) -> bool {
    matches!(kind, GgmlDType::Q4_1 | GgmlDType::Q5_0 | GgmlDType::Q5_1)
}

/// The same weights in a file in memory, those that are slow with eight bits each.
fn faster(gguf: &mut Gguf) -> candle_core::Result<Cursor<Vec<u8>>> {
    let mut tensors = Vec::with_capacity(gguf.content.tensor_infos.len());
    // In the order of the file: it is read through once.
    let mut infos: Vec<_> = gguf.content.tensor_infos.iter().collect();
    infos.sort_by_key(|(_, info)| info.offset);
    for (name, _) in infos {
        let tensor = gguf.content.tensor(&mut gguf.reader, name, &Device::Cpu)?;
        let tensor = match is_slow(tensor.dtype()) {
            true => QTensor::quantize(&tensor.dequantize(&Device::Cpu)?, GgmlDType::Q8_0)?,
            false => tensor,
        };
        tensors.push((name.as_str(), tensor));
    }
    let own = gguf.content.metadata.iter().filter(|(key, _)| !key.starts_with("tokenizer."));
    // The file is written anew, with the usual alignment.
    let own = own.filter(|(key, _)| key.as_str() != "general.alignment");
    let metadata: Vec<_> = own.map(|(key, value)| (key.as_str(), value)).collect();
    let tensors: Vec<_> = tensors.iter().map(|(name, tensor)| (*name, tensor)).collect();
    let mut file = Cursor::new(Vec::new());
    gguf_file::write(&mut file, &metadata, &tensors)?;
    file.set_position(0);
    Ok(file)
}
