//! Makes `data/static.bin`, the table of word vectors, from a sentence model; `data/README.md` says how it is called.
//!
//! Every word of the model's vocabulary is run through the model alone; that gives the first table. Then the model is run over texts, and the table is
//! trained until the sums of its rows point where the model's vectors do. Texts are the definitions, examples and words of WordNet.

mod corpus;
mod pca;
mod random;
mod train;

use galatea_embedding::{
    minilm::{Encoder, Files},
    table,
};
use pca::Projection;
use std::{
    error::Error,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    time::Instant,
};
use train::{Lesson, Plan};

const USAGE: &str = "distill MODEL-FOLDER WORDNET-FOLDER TABLE [texts=60000] [dimension=192] [rounds=12] [rate=0.003] [cache=FILE]";

/// What is asked for on the command line.
struct Wishes {
    model: PathBuf,
    wordnet: PathBuf,
    table: PathBuf,
    cache: Option<PathBuf>,
    texts: usize,
    dimension: usize,
    plan: Plan,
}

fn wishes() -> Result<Wishes, Box<dyn Error>> {
    let (mut paths, mut wishes) = (Vec::new(), Vec::new());
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            Some((key, value)) => wishes.push((key.to_owned(), value.to_owned())),
            None => paths.push(PathBuf::from(argument)),
        }
    }
    let [model, wordnet, table] = <[PathBuf; 3]>::try_from(paths).map_err(|_| USAGE)?;
    let mut all = Wishes {
        model,
        wordnet,
        table,
        cache: None,
        texts: 60_000,
        dimension: 192,
        plan: Plan { rounds: 12, rate: 0.003 },
    };
    for (key, value) in wishes {
        match key.as_str() {
            "texts" => all.texts = value.parse()?,
            "dimension" => all.dimension = value.parse()?,
            "rounds" => all.plan.rounds = value.parse()?,
            "rate" => all.plan.rate = value.parse()?,
            "cache" => all.cache = Some(value.into()),
            _ => return Err(format!("unknown: {key}; {USAGE}").into()),
        }
    }
    Ok(all)
}

fn main() -> Result<(), Box<dyn Error>> {
    let wishes = wishes()?;
    let encoder = Encoder::open(&Files::find(&wishes.model, None)?, 32)?;
    let texts = corpus::texts(&wishes.wordnet, wishes.texts)?;
    let (words, targets) = teach(&encoder, &texts, wishes.cache.as_deref())?;

    // `[CLS]` and `[SEP]`; what stands between them is the text.
    let frame = encoder.ids("")?;
    let kept: Vec<usize> =
        words.iter().enumerate().filter(|(_, word)| is_kept(word)).map(|(id, _)| id).collect();
    let mut place = vec![None; words.len()];
    kept.iter().enumerate().for_each(|(at, id)| place[*id] = Some(at));
    let rows = cached(wishes.cache.as_deref(), "words", || {
        let alone: Vec<Vec<u32>> = (0..words.len() as u32).map(|id| vec![frame[0], id, frame[1]]).collect();
        in_groups(&alone, "words", |group| Ok(encoder.encode_ids(group)?))
    })?;

    let projection = Projection::of(&targets, wishes.dimension);
    let first: Vec<Vec<f32>> = kept.iter().map(|id| rows[*id].clone()).collect();
    let first = projection.around(pca::mean(&first)).all(&first);
    let first = weighted(first, &kept);
    let mut lessons = Vec::new();
    for (text, target) in texts.iter().zip(projection.all(&targets)) {
        let ids = encoder.ids(text)?;
        let rows: Vec<usize> = ids.iter().filter_map(|id| place[*id as usize]).collect();
        if !rows.is_empty() {
            lessons.push(Lesson { rows, target });
        }
    }
    let trained = train::train(first, lessons, &wishes.plan);
    let spelt: Vec<String> = kept.iter().map(|id| words[*id].clone()).collect();
    let name = format!("minilm-static-{}", wishes.dimension);
    fs::write(&wishes.table, table::write(&name, &spelt, &trained))?;
    tell(&format!("{} words of {} dimensions in {}", spelt.len(), wishes.dimension, wishes.table.display()));
    Ok(())
}

/// The model's vocabulary, and its vectors of the texts.
fn teach(
    encoder: &Encoder,
    texts: &[String],
    cache: Option<&Path>,
) -> Result<(Vec<String>, Vec<Vec<f32>>), Box<dyn Error>> {
    let vectors = cached(cache, "texts", || in_groups(texts, "texts", |group| Ok(encoder.encode(group)?)))?;
    if vectors.len() != texts.len() {
        return Err("the cache is of other texts; delete it".into());
    }
    Ok((encoder.vocabulary(), vectors))
}

/// Places that the vocabulary keeps free, and marks that no text has, need no row.
fn is_kept(word: &str) -> bool {
    let special = word.starts_with('[') && word.ends_with(']') && word.len() > 2;
    !special || word == "[UNK]"
}

/// Rare words weigh more than frequent ones. The vocabulary is in the order of frequency behind its first thousand places.
fn weighted(rows: Vec<Vec<f32>>, ids: &[usize]) -> Vec<Vec<f32>> {
    let share = |id: usize| 1.0 / ((id.saturating_sub(996) + 1) as f32);
    let sum: f32 = ids.iter().map(|id| share(*id)).sum();
    let weight = |id: usize| 1e-3 / (1e-3 + share(id) / sum);
    rows.into_iter()
        .zip(ids)
        .map(|(row, id)| row.into_iter().map(|value| value * weight(*id)).collect())
        .collect()
}

fn in_groups<T>(
    all: &[T],
    what: &str,
    mut each: impl FnMut(&[T]) -> Result<Vec<Vec<f32>>, Box<dyn Error>>,
) -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
    let (begun, mut done) = (Instant::now(), Vec::with_capacity(all.len()));
    for group in all.chunks(1024) {
        done.extend(each(group)?);
        tell(&format!("{what}: {} of {} in {:?}", done.len(), all.len(), begun.elapsed()));
    }
    Ok(done)
}

/// What was computed before, from the file beside `cache`; else it is computed, and kept there.
fn cached(
    cache: Option<&Path>,
    what: &str,
    compute: impl FnOnce() -> Result<Vec<Vec<f32>>, Box<dyn Error>>,
) -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
    let Some(path) = cache.map(|cache| cache.with_extension(format!("{what}.f32"))) else { return compute() };
    if let Ok(bytes) = fs::read(&path) {
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or("the cache is empty; delete it")?;
        let length = u32::from_le_bytes(*length) as usize;
        let numbers: Vec<f32> =
            rest.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
        return Ok(numbers.chunks(length).map(<[f32]>::to_vec).collect());
    }
    let vectors = compute()?;
    let length = vectors.first().map_or(0, Vec::len) as u32;
    let numbers = vectors.iter().flatten().flat_map(|value| value.to_le_bytes());
    fs::write(path, length.to_le_bytes().into_iter().chain(numbers).collect::<Vec<u8>>())?;
    Ok(vectors)
}

fn tell(what: &str) {
    // Nobody may be listening.
    let _ = writeln!(std::io::stderr(), "{what}");
}
