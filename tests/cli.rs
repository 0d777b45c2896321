//! The program as people and scripts meet it: what is typed, what comes out, which code it ends with.
//!
//! Snapshots stand in `cli/snapshots`; `INSTA_UPDATE=always` renews them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod cli {
    mod support;

    mod chat;
    mod check;
    mod db;
    mod health;
    mod help;
    mod import;
    mod inspect;
    mod knowledge;
    mod models;
    mod otlp;
    mod schema;
    mod scores;
    mod search;
    #[cfg(unix)]
    mod serve;
    #[cfg(unix)]
    mod signal;
    mod tasks;
    mod test;
    mod watch;
}
