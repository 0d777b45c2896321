//! An agent as a server, for programs that speak the protocol: its actions are tools, its memories resources, and there is a
//! tool to talk with it.
//!
//! `http` mounts it below `/mcp` of the listener, `stdio` serves it to the program that started this process; `handler` answers
//! what clients ask, with `tools`, `chat`, `resources` and `prompts`; `who` is the person for whom that is done.

mod chat;
mod handler;
mod http;
mod prompts;
mod resources;
mod stdio;
mod tools;
mod who;

pub use stdio::Desk;
