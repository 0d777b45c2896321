//! The server over real connections: who is let in, what is answered, what happens when much is asked or the end comes.
#![allow(
    clippy::type_complexity,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed assumption fails the test"
)]
#![allow(missing_docs, unreachable_pub, reason = "the plugins here are for these tests only")]

mod server {
    mod access;
    mod api;
    mod browsers;
    mod limits;
    mod seam;
    mod sessions;
    mod support;
}
