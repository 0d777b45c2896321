//! The plugin `minilm` with the real model, which `tools/minilm` fetches. Run as `.ci/minilm` does:
//! `cargo --config tools/minilm.toml test -p galatea-embedding --features minilm --test minilm`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed assumption fails the test; figures are printed"
)]

#[allow(dead_code, reason = "other tests use more of it")]
#[path = "../quality/labelled.rs"]
mod labelled;

use galatea::{
    model::{ModelAnswer, ModelError, ModelKind, ModelRequest, TextSink},
    testing::{TestAgent, TestResult},
};
use galatea_embedding::{
    Embedding, StaticModel,
    minilm::{Encoder, Files, FilesError, MiniLm},
};
use labelled::{Labelled, cosine, nearest};
use serde::Deserialize;
use serde_json::json;
use std::{fs, path::PathBuf, sync::LazyLock, time::Instant};

const SHA256: &str = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db";

/// What NumPy computed; see `tools/minilm-reference.py`.
#[derive(Deserialize)]
struct Said {
    text: String,
    tokens: Vec<String>,
    vector: Vec<f32>,
}

fn reference() -> Vec<Said> {
    serde_json::from_str(include_str!("reference.json")).unwrap()
}

fn folder() -> PathBuf {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.tools/minilm"));
    assert!(
        folder.join("model.safetensors").exists(),
        "the model is not there: run `tools/minilm`, which fetches it"
    );
    folder
}

/// One for all tests of this file: it takes 90 MB.
static ENCODER: LazyLock<Encoder> =
    LazyLock::new(|| Encoder::open(&Files::find(&folder(), Some(SHA256)).unwrap(), 4).unwrap());

#[test]
fn it_says_what_the_reference_says() {
    let (reference, vocabulary) = (reference(), ENCODER.vocabulary());
    let texts: Vec<&str> = reference.iter().map(|said| said.text.as_str()).collect();
    // The batch holds texts of very different lengths: what they are filled up with must not show.
    let together = ENCODER.encode(&texts).unwrap();
    for (said, vector) in reference.iter().zip(&together) {
        let ids = ENCODER.ids(&said.text).unwrap();
        let tokens: Vec<&str> = ids.iter().map(|id| vocabulary[*id as usize].as_str()).collect();
        assert_eq!(tokens, said.tokens);
        let most =
            vector.iter().zip(&said.vector).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
        let cosine = cosine(vector, &said.vector);
        println!("cosine {cosine:.7}, largest difference {most:.2e}: {:.40}", said.text);
        assert!(cosine > 0.99999 && most < 2e-5, "{}", said.text);
        let alone = ENCODER.encode(&[&said.text]).unwrap();
        assert!(labelled::cosine(vector, &alone[0]) > 0.99999, "{}", said.text);
    }
    assert_eq!((ENCODER.dimension(), ENCODER.name()), (384, "minilm-53aa5117"));
    assert!(ENCODER.encode(&[] as &[&str]).unwrap().is_empty());
}

#[test]
fn the_table_reads_words_as_the_model_does() {
    let (all, vocabulary) = (Labelled::read(), ENCODER.vocabulary());
    let table = StaticModel::shipped().unwrap();
    let reference = reference();
    let short = reference.iter().map(|said| &said.text).filter(|text| text.len() < 500);
    for text in all.documents.iter().chain(all.questions.iter().map(|(text, _)| text)).chain(short) {
        let ids = ENCODER.ids(text).unwrap();
        let tokens: Vec<&str> =
            ids[1..ids.len() - 1].iter().map(|id| vocabulary[*id as usize].as_str()).collect();
        assert_eq!(table.tokens(text), tokens, "{text}");
    }
}

#[test]
fn it_finds_more_than_the_table() {
    let (all, table) = (Labelled::read(), StaticModel::shipped().unwrap());
    let begun = Instant::now();
    let documents = ENCODER.encode(&all.documents).unwrap();
    println!("{:?} a text", begun.elapsed() / u32::try_from(all.documents.len()).unwrap());
    let minilm = all.measure(|question| nearest(&documents, &ENCODER.encode(&[question]).unwrap()[0]));
    let documents: Vec<Vec<f32>> = all.documents.iter().map(|text| table.embed(text)).collect();
    let by_table = all.measure(|question| nearest(&documents, &table.embed(question)));
    println!("MiniLM {minilm}\nstatic {by_table}");
    assert!(minilm.ndcg > by_table.ndcg);
}

async fn embedded(agent: &TestAgent, texts: &[&str]) -> Result<ModelAnswer, ModelError> {
    let request = ModelRequest::embedding(texts.iter().copied());
    agent.generate(ModelKind::TextEmbedding, request, None, TextSink::default()).await
}

#[tokio::test]
async fn an_agent_embeds_with_it_and_not_with_the_table() -> TestResult {
    let config = json!({ "folder": folder(), "sha256": SHA256.to_uppercase() });
    let agent = TestAgent::with::<MiniLm>()
        .plugin::<Embedding>()
        .config::<MiniLm>(config)
        .config::<Embedding>(json!({ "fallback": "text-embedding" }))
        .real_models()
        .start()
        .await?;
    let answer = embedded(&agent, &["hello world", ""]).await?;
    assert_eq!((answer.model.as_str(), answer.vectors.len()), ("minilm-53aa5117", 2));
    assert!(cosine(&answer.vectors[0], &reference()[2].vector) > 0.99999);
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_the_files_is_told_at_the_start() -> TestResult {
    let empty = tempfile::tempdir()?;
    let foreign = tempfile::tempdir()?;
    for name in ["config.json", "tokenizer.json"] {
        fs::copy(folder().join(name), foreign.path().join(name))?;
    }
    fs::write(foreign.path().join("model.safetensors"), b"not weights")?;
    let other = tempfile::tempdir()?;
    fs::create_dir(other.path().join("1_Pooling"))?;
    for name in ["config.json", "tokenizer.json"] {
        fs::copy(folder().join(name), other.path().join(name))?;
    }
    std::os::unix::fs::symlink(folder().join("model.safetensors"), other.path().join("model.safetensors"))?;
    fs::write(other.path().join("1_Pooling/config.json"), r#"{"pooling_mode_max_tokens": true}"#)?;
    for (config, expected) in [
        (json!({ "folder": "/nowhere/minilm" }), "cannot read `/nowhere/minilm/config.json`: No such file"),
        (json!({ "folder": "/nowhere/minilm" }), "`tools/minilm` fetches them"),
        (json!({ "folder": empty.path() }), "config.json`: No such file"),
        (
            json!({ "folder": folder(), "sha256": "00" }),
            &format!("has the SHA-256 {SHA256}, and `sha256` wants 00"),
        ),
        (json!({ "folder": foreign.path() }), "model.safetensors`: "),
        (json!({ "folder": other.path() }), "it wants [\"pooling_mode_max_tokens\"]"),
    ] {
        let started =
            TestAgent::with::<MiniLm>().config::<MiniLm>(config.clone()).real_models().start().await;
        let error = match started {
            Err(error) => error.to_string(),
            Ok(agent) => embedded(&agent, &["hello"]).await.unwrap_err().to_string(),
        };
        assert!(error.contains(expected), "{config}: {error}");
    }
    let error = Files::find(empty.path(), None).unwrap_err();
    assert!(matches!(error, FilesError::Unreadable { .. }));
    Ok(())
}
