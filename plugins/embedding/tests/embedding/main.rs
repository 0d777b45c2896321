//! The plugin `embedding` in a running agent, and its model by itself.

#![allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]

use galatea::{
    model::{ModelAnswer, ModelError, ModelKind, ModelRequest, TextSink},
    service::{Embeddings, Priority},
    testing::{TestAgent, TestResult},
};
use galatea_embedding::{Embedding, StaticModel};
use serde_json::json;

async fn embedded(agent: &TestAgent, texts: &[String]) -> Result<ModelAnswer, ModelError> {
    let request = ModelRequest::embedding(texts);
    agent.generate(ModelKind::TextEmbedding, request, None, TextSink::default()).await
}

#[tokio::test]
async fn an_agent_embeds_without_anything_else() -> TestResult {
    let agent = TestAgent::with::<Embedding>().real_models().start().await?;
    let model = StaticModel::shipped()?;
    // A text of this length is not embedded on the thread of a turn; the vector is the same.
    let texts = ["My passport expires in June.".to_owned(), "travel documents ".repeat(20_000)];
    for texts in [&texts[..1], &texts[..]] {
        let answer = embedded(&agent, texts).await?;
        assert_eq!(answer.model, model.name());
        let expected: Vec<Vec<f32>> = texts.iter().map(|text| model.embed(text)).collect();
        assert_eq!(answer.vectors, expected);
    }
    let one = Embeddings::of(&agent).embed(&texts[0], Priority::High).await?;
    assert_eq!(one, model.embed(&texts[0]));
    agent.stop().await;
    Ok(())
}

#[tokio::test]
async fn vectors_can_be_shorter_and_are_named_so() -> TestResult {
    let config = json!({ "dimension": 64 });
    let agent = TestAgent::with::<Embedding>().config::<Embedding>(config).real_models().start().await?;
    let answer = embedded(&agent, &["hello".to_owned()]).await?;
    let whole = StaticModel::shipped()?;
    assert_eq!((answer.vectors[0].len(), answer.model), (64, format!("{}:64", whole.name())));
    for (dimension, ok) in
        [(31, false), (32, true), (whole.dimension(), true), (whole.dimension() + 1, false)]
    {
        let started = TestAgent::with::<Embedding>()
            .config::<Embedding>(json!({ "dimension": dimension }))
            .start()
            .await;
        assert_eq!(started.is_ok(), ok, "{dimension}");
    }
    Ok(())
}

#[test]
fn every_text_has_a_vector_of_length_one() {
    let model = StaticModel::shipped().unwrap();
    let long = "a".repeat(100_000);
    for text in ["", " \n", "hello", "!!!", "👍", "東京", "\u{0}", "ꙮ", "Привет", &long] {
        let vector = model.embed(text);
        let length: f32 = vector.iter().map(|value| value * value).sum();
        assert!((length - 1.0).abs() < 1e-5, "{:.20}: {length}", text);
        assert_eq!(vector.len(), model.dimension());
    }
    assert_eq!(model.embed(""), model.embed("\u{200b}"));
    assert_eq!(model.embed("The DOG"), model.embed("the dög"));
}

#[test]
fn the_file_that_ships_is_in_order() {
    let model = StaticModel::shipped().unwrap();
    assert_eq!(model.name(), format!("minilm-static-{}", model.dimension()));
    for (text, expected) in [
        ("unaffordable puppies", "una ##ff ##ord ##able pup ##pies"),
        ("Lisbon", "lisbon"),
        ("zzxqw", "z ##z ##x ##q ##w"),
    ] {
        assert_eq!(model.tokens(text).join(" "), expected);
    }
}
