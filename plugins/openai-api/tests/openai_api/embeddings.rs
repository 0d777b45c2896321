//! Vectors.

use super::support::ada;
use galatea::testing::TestResult;
use serde_json::{Value, json};

#[tokio::test]
async fn texts_become_vectors() -> TestResult {
    let (agent, client) = ada().await;
    let (status, answer) =
        client.post("/embeddings", json!({ "model": "ada", "input": ["a", "four"] })).await;
    assert_eq!(status, 200, "{answer}");
    let vectors: Vec<&Value> =
        answer["data"].as_array().ok_or("data")?.iter().map(|one| &one["embedding"]).collect();
    assert_eq!(vectors, [&json!([1.0, 0.5, -1.0]), &json!([4.0, 0.5, -1.0])]);
    assert_eq!(answer["data"][1]["index"], 1);
    assert!(answer["usage"]["prompt_tokens"].as_u64().is_some_and(|tokens| tokens > 0));

    let coded = json!({ "model": "ada", "input": "a", "encoding_format": "base64", "dimensions": 3 });
    let (_, answer) = client.post("/embeddings", coded).await;
    // 1.0, 0.5, -1.0 as little-endian floats.
    assert_eq!(answer["data"][0]["embedding"], "AACAPwAAAD8AAIC/");
    agent.stop().await;
    Ok(())
}
