//! Measures tables of word vectors against the sentence model they come from, against a search for words, and against people.
//! `docs/embeddings.md` says how it is called and what came out.

#[path = "../tests/quality/bm25.rs"]
mod bm25;
#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "tests use more of it; a file of this repository is in order"
)]
#[path = "../tests/quality/labelled.rs"]
mod labelled;

use bm25::Bm25;
use galatea_embedding::{
    StaticModel,
    minilm::{Encoder, Files},
    table::Table,
};
use labelled::{Labelled, cosine, fused, nearest};
use std::{
    error::Error,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::Instant,
};

const USAGE: &str = "measure MODEL-FOLDER JUDGED-FOLDER [TABLE …]";

/// Gives the vectors of texts.
type Embed<'e> = dyn Fn(&[String]) -> Result<Vec<Vec<f32>>, Box<dyn Error>> + 'e;

/// What people said: pairs of words, and documents with the nearness of each to each; and sentences nobody judged.
struct Judged {
    words: Vec<(String, String, f64)>,
    documents: Vec<String>,
    nearness: Vec<Vec<f64>>,
    sentences: Vec<String>,
}

impl Judged {
    fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let lines = |name: &str| -> Result<Vec<String>, Box<dyn Error>> {
            let path = folder.join(name);
            let text = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
        };
        let mut words = Vec::new();
        for line in lines("simlex999.txt")?.iter().filter(|line| !line.starts_with('#')) {
            let fields: Vec<&str> = line.split('\t').collect();
            if let [one, other, judged] = fields[..] {
                words.push((one.to_owned(), other.to_owned(), judged.parse()?));
            }
        }
        let rows = lines("similarities0-1.txt")?;
        let numbers = |row: &String| row.split('\t').map(str::parse).collect::<Result<Vec<f64>, _>>();
        let sentences = lines("lee_background.cor")?
            .iter()
            .flat_map(|text| text.split(['.', '!', '?']))
            .map(|sentence| sentence.trim().to_owned())
            .filter(|sentence| sentence.len() > 30)
            .take(2500)
            .collect();
        Ok(Self {
            words,
            documents: lines("lee.cor")?,
            nearness: rows.iter().map(numbers).collect::<Result<_, _>>()?,
            sentences,
        })
    }

    /// SimLex-999, as Spearman's correlation with what people said.
    fn by_words(&self, embed: &Embed<'_>) -> Result<f64, Box<dyn Error>> {
        let (ones, others): (Vec<_>, Vec<_>) =
            self.words.iter().map(|(one, other, _)| (one.clone(), other.clone())).unzip();
        let (ones, others) = (embed(&ones)?, embed(&others)?);
        let near: Vec<f64> =
            ones.iter().zip(&others).map(|(one, other)| f64::from(cosine(one, other))).collect();
        let judged: Vec<f64> = self.words.iter().map(|(.., judged)| *judged).collect();
        Ok(correlation(&ranks(&near), &ranks(&judged)))
    }

    /// The documents of Lee, as Pearson's correlation with what people said.
    fn by_documents(&self, embed: &Embed<'_>) -> Result<f64, Box<dyn Error>> {
        let vectors = embed(&self.documents)?;
        let (mut near, mut judged) = (Vec::new(), Vec::new());
        for (at, row) in self.nearness.iter().enumerate() {
            for (other, said) in row.iter().enumerate().skip(at + 1) {
                near.push(f64::from(cosine(&vectors[at], &vectors[other])));
                judged.push(*said);
            }
        }
        Ok(correlation(&near, &judged))
    }
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, other| values[*one].total_cmp(&values[*other]));
    let mut ranks = vec![0.0; values.len()];
    let mut begin = 0;
    for end in 1..=order.len() {
        if end == order.len() || values[order[end]] != values[order[begin]] {
            // Equal values share the mean of their ranks.
            order[begin..end].iter().for_each(|at| ranks[*at] = (begin + end - 1) as f64 / 2.0);
            begin = end;
        }
    }
    ranks
}

fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_one, mean_other) = (mean(one), mean(other));
    let (mut both, mut first, mut second) = (0.0, 0.0, 0.0);
    for (one, other) in one.iter().zip(other) {
        let (one, other) = (one - mean_one, other - mean_other);
        (both, first, second) = (both + one * other, first + one * one, second + other * other);
    }
    both / (first * second).sqrt()
}

/// The share of the model's nearest ten that another ranking has among its own.
fn overlap(truth: &[Vec<usize>], mut rank: impl FnMut(usize) -> Vec<usize>) -> f64 {
    let asked: Vec<usize> = asked(truth.len());
    let shared = |at: &usize| {
        let found = ten(rank(*at), *at);
        truth[*at].iter().filter(|place| found.contains(place)).count() as f64 / 10.0
    };
    asked.iter().map(shared).sum::<f64>() / asked.len() as f64
}

/// Every fifth sentence is a question.
fn asked(count: usize) -> Vec<usize> {
    (0..count).step_by(5).collect()
}

fn ten(ranked: Vec<usize>, without: usize) -> Vec<usize> {
    ranked.into_iter().filter(|place| *place != without).take(10).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let mut out = io::stdout();
    // First of all: what the table costs whoever uses it for the first time.
    let begun = Instant::now();
    if let Ok(shipped) = StaticModel::shipped() {
        let vector = shipped.embed("The quick brown fox jumps over the lazy dog near the river bank");
        writeln!(
            out,
            "first sentence with {} after {:?}, {} numbers\n",
            shipped.name(),
            begun.elapsed(),
            vector.len()
        )?;
    }
    let (model, judged) = (arguments.next().ok_or(USAGE)?, arguments.next().ok_or(USAGE)?);
    let judged = Judged::read(&judged)?;
    let all = Labelled::read();

    let encoder = Encoder::open(&Files::find(&model, None)?, 32)?;
    let embed = |texts: &[String]| Ok(encoder.encode(texts)?);
    let sentences = embed(&judged.sentences)?;
    let mut truth = vec![Vec::new(); sentences.len()];
    for at in asked(sentences.len()) {
        truth[at] = ten(nearest(&sentences, &sentences[at]), at);
    }
    let words = (Bm25::of(&judged.sentences), Bm25::of(&all.documents));
    let word_overlap = overlap(&truth, |at| words.0.rank(&judged.sentences[at]));
    writeln!(
        out,
        "| | SimLex | Lee | overlap@10 | fused | labelled | fused, all words | fused, weighty words | µs |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|")?;
    let (every, weighty) =
        (all.measure(|text| words.1.rank(text)), all.measure(|text| words.1.rank_weighty(text)));
    writeln!(out, "| BM25, all words | | | {word_overlap:.3} | | {:.3} | | | |", every.ndcg)?;
    writeln!(out, "| BM25, weighty words | | | | | {:.3} | | | |", weighty.ndcg)?;

    let mut line =
        |name: &str, embed: &Embed<'_>, known: Option<&Vec<Vec<f32>>>| -> Result<(), Box<dyn Error>> {
            let begun = Instant::now();
            let documents = embed(&all.documents)?;
            let micros = begun.elapsed().as_secs_f64() * 1e6 / documents.len() as f64;
            let sentences = known.map_or_else(|| embed(&judged.sentences), |known| Ok(known.clone()))?;
            let alone = overlap(&truth, |at| nearest(&sentences, &sentences[at]));
            let both = overlap(&truth, |at| {
                fused(&[nearest(&sentences, &sentences[at]), words.0.rank(&judged.sentences[at])])
            });
            let question =
                |text: &str| embed(&[text.to_owned()]).ok().and_then(|mut one| one.pop()).unwrap_or_default();
            let near = |text: &str| nearest(&documents, &question(text));
            writeln!(
                out,
                "| {name} | {:.3} | {:.3} | {alone:.3} | {both:.3} | {:.3} | {:.3} | {:.3} | {micros:.1} |",
                judged.by_words(embed)?,
                judged.by_documents(embed)?,
                all.measure(near).ndcg,
                all.measure(|text| fused(&[near(text), words.1.rank(text)])).ndcg,
                all.measure(|text| fused(&[near(text), words.1.rank_weighty(text)])).ndcg,
            )?;
            Ok(())
        };
    line("MiniLM", &embed, Some(&sentences))?;
    let files: Vec<Vec<u8>> = arguments.map(fs::read).collect::<Result<_, _>>()?;
    let mut tables: Vec<StaticModel<'_>> = StaticModel::shipped().into_iter().collect();
    for file in &files {
        tables.push(StaticModel::of(Table::read(file)?));
    }
    for table in &tables {
        for cut in [table.dimension(), 128, 64] {
            let table = table.clone().cut(cut);
            let embed = |texts: &[String]| Ok(texts.iter().map(|text| table.embed(text)).collect());
            line(&table.name(), &embed, None)?;
        }
    }
    Ok(())
}
