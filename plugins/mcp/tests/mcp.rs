//! The Model Context Protocol against servers and clients that others wrote, and against ones that misbehave.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed assumption fails the test")]
#![allow(missing_docs, unreachable_pub, reason = "what is here is for these tests only")]
#![allow(clippy::print_stderr, reason = "how much of the suite is passed is told")]
#![allow(deprecated, reason = "sampling leaves the protocol; servers of today use it")]

mod mcp {
    mod conformance;
    mod everything;
    mod own_server;
    mod serve;
    mod support;
}
