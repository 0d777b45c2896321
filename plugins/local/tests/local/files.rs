//! Files that cannot be run, each with what to do about it.

use crate::support::{model, refused};
use serde_json::json;
use std::fs;

#[tokio::test]
async fn what_cannot_be_run_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(model().await).unwrap();
    // The architecture is the first value of this file; the new name has the same length.
    let key = b"general.architecture";
    let at = whole.windows(key.len()).position(|bytes| bytes == key).unwrap() + key.len() + 4 + 8;
    assert_eq!(&whole[at..at + 5], b"llama");
    let other = [&whole[..at], b"mamba", &whole[at + 5..]].concat();
    for (name, bytes, parts) in [
        ("none.gguf", None, &["cannot read", "none.gguf", "hub:OWNER/REPOSITORY/FILE.gguf"][..]),
        ("text.gguf", Some(&b"<html>Not found</html>"[..]), &["text.gguf", "is damaged", "fetch it anew"]),
        ("empty.gguf", Some(&b""[..]), &["empty.gguf", "is damaged"]),
        ("head.gguf", Some(&whole[..1000]), &["head.gguf", "is damaged"]),
        ("half.gguf", Some(&whole[..whole.len() / 2]), &["is damaged", "it has 49181216 bytes", "98362432"]),
        ("mamba.gguf", Some(&other[..]), &["architecture `mamba`", "llama, qwen2, qwen3, gemma3, phi3"]),
    ] {
        let path = folder.path().join(name);
        if let Some(bytes) = bytes {
            fs::write(&path, bytes).unwrap();
        }
        let told = refused(json!({ "model": path })).await;
        for part in parts {
            assert!(told.contains(part), "{name}: {part} is missing: {told}");
        }
    }
}

#[tokio::test]
async fn a_model_of_the_hub_needs_a_client_and_a_grant() {
    let told = refused(json!({ "model": "hub:owner/model.gguf" })).await;
    assert!(told.contains("hub:OWNER/REPOSITORY/FILE.gguf"), "{told}");
    let cache = tempfile::tempdir().unwrap();
    let told = refused(json!({ "model": "hub:owner/repository/model.gguf", "cache": cache.path() })).await;
    assert!(told.contains("needs the plugin http") && told.contains("[plugins.http]"), "{told}");
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 0, "nothing is made before it may be fetched");
}
