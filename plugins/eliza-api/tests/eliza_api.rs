//! The elizaOS routes over real connections, with a model that is foreseen. That its published client is content with them is
//! shown by the program's own tests (`tests/sdk`).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed assumption fails the test")]
#![allow(missing_docs, unreachable_pub, reason = "tests")]

mod eliza_api {
    mod refusals;
    mod rooms;
    mod sessions;
    mod support;
}
