//! Makes `data/static.bin`, the table of word vectors, from a sentence model; `data/README.md` says how it is called.
//!
//! Every word of the model's vocabulary is run through the model alone; that gives the first table. Then the model is run over texts, and the table is
//! trained until the sums of its rows point where the model's vectors do. Texts are the definitions, examples and words of WordNet.

mod corpus;
mod pca;
mod random;
mod train;

use galatea_embedding::{
    minilm::{Encoder, Files, MiniLmError},
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

const USAGE: &str = "distill MODEL-FOLDER WORDNET-FOLDER TABLE [texts=35328] [dimension=176] [rounds=8] [rate=0.003] [cache=FILE]";

/// Vectors between two words about how far it is.
const GROUP: usize = 512;

/// The length of the model's vectors.
const LENGTH: usize = 384;

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
        texts: 35_328,
        dimension: 176,
        plan: Plan { rounds: 8, rate: 0.003 },
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
    let words = encoder.vocabulary();
    let cache = wishes.cache.as_deref();
    // `[CLS]` and `[SEP]`; what stands between them is the text.
    let frame = encoder.ids("")?;
    let kept: Vec<usize> =
        words.iter().enumerate().filter(|(_, word)| is_kept(word)).map(|(id, _)| id).collect();
    let mut place = vec![None; words.len()];
    kept.iter().enumerate().for_each(|(at, id)| place[*id] = Some(at));
    let alone: Vec<Vec<u32>> = (0..words.len() as u32).map(|id| vec![frame[0], id, frame[1]]).collect();
    let rows = in_groups(&alone, "words", cache, |group| encoder.encode_ids(group))?;
    let targets = in_groups(&texts, "texts", cache, |group| encoder.encode(group))?;

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

/// Computes vectors, group by group. What the file beside `cache` has already is not computed again, what is new is added to it: an
/// interrupted run goes on where it was.
fn in_groups<T>(
    all: &[T],
    what: &str,
    cache: Option<&Path>,
    mut each: impl FnMut(&[T]) -> Result<Vec<Vec<f32>>, MiniLmError>,
) -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
    let path = cache.map(|cache| cache.with_extension(format!("{what}.f32")));
    let mut done = match &path {
        Some(path) if path.exists() => vectors(&fs::read(path)?),
        _ => Vec::new(),
    };
    done.truncate(all.len());
    let begun = Instant::now();
    for group in all[done.len()..].chunks(GROUP) {
        let new = each(group)?;
        if let Some(path) = &path {
            let mut file = fs::OpenOptions::new().create(true).append(true).open(path)?;
            file.write_all(&new.iter().flatten().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())?;
        }
        done.extend(new);
        tell(&format!("{what}: {} of {} in {:?}", done.len(), all.len(), begun.elapsed()));
    }
    Ok(done)
}

fn vectors(bytes: &[u8]) -> Vec<Vec<f32>> {
    let numbers: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
    numbers.as_chunks::<LENGTH>().0.iter().map(|vector| vector.to_vec()).collect()
}

fn tell(what: &str) {
    // Nobody may be listening.
    let _ = writeln!(std::io::stderr(), "{what}");
}
