//! The OpenAI API over real connections, with a model that is foreseen.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed assumption fails the test")]
#![allow(missing_docs, unreachable_pub, reason = "the plugin here is for these tests only")]

mod openai_api {
    mod chat;
    mod conversation;
    mod embeddings;
    mod refusals;
    mod responses;
    mod stream;
    mod support;
}
