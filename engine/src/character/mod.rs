//! Characters: the TOML file that says who an agent is, which plugins it uses and what each may touch.
//!
//! `file` is the text as data, `spans` finds the place of a value, `schema` makes the JSON Schema of the whole
//! file out of the plugins' own, `walk` goes through a schema and a value together, `check` compares the two
//! and gives diagnostics, `secret` reads referenced secrets, `import` turns elizaOS characters into ours.
//! Called by `plan`, by `build` and by the CLI; knows the registry, never the agent.

mod check;
mod file;
pub mod import;
mod listed;
mod schema;
mod secret;
mod spans;
mod walk;

pub use check::*;
pub use file::*;
pub use listed::*;
pub use schema::*;
pub(crate) use secret::plain_secrets;
pub use secret::*;
pub use spans::*;
