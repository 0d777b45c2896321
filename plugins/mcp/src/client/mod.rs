//! Servers that the agent uses.
//!
//! `service` holds a [`Connection`] to each; `connection` keeps one, coming back after it broke, and `session` is one
//! unbroken stretch of it, over a program (`stdio`) or an address (`http`). `handler` answers what servers ask of us,
//! `tools` makes actions of tools, `content` makes results of what they give, `names` the actions' names.

mod connection;
mod content;
mod handler;
mod http;
mod names;
mod service;
mod session;
mod stdio;
mod tools;

pub use connection::{Connection, Standing};
pub(crate) use content::{contents_text, read_result};
pub use service::McpServers;
