//! Every wire against a real HTTP server that answers as the provider's reference documents: texts, streams, tool calls, usage,
//! errors, limits, and all the ways in which a connection can fail.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a failed assumption fails the test; what is not tried is said"
)]

mod conformance {
    mod answers;
    mod changes;
    mod failures;
    mod fixtures;
    mod media;
    mod plugins;
    mod real;
    mod recordings;
    mod requests;
    mod support;
}
