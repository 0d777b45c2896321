//! The store that needs no plugin does what every store must do.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use galatea::{
    store::{InMemory, Store},
    testing::store::suite,
};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_memory_behaves() {
    suite(|| async { Arc::new(InMemory::new()) as Arc<dyn Store> }).await.unwrap();
}

#[test]
fn an_empty_one_is_small() {
    assert!(size_of::<InMemory>() < 750, "{} bytes", size_of::<InMemory>());
}
