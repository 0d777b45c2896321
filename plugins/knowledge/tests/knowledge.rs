//! The plugin in agents: what is read, told, cited, changed and removed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod knowledge {
    mod actions;
    mod answers;
    mod documents;
    mod routes;
    mod sources;
    mod support;
    mod urls;
}
