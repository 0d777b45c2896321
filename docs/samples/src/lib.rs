//! Small examples, one file each, of what plugins are made of. Each is a whole plugin with the test that shows
//! what it does; `cargo test -p galatea-samples` runs them all.
//!
//! | file | shows |
//! |---|---|
//! | `plugins/weather` | a whole plugin with config, service, action and provider: read it first |
//! | [`my_plugin`] | the smallest plugin with each common part, and its test |
//! | [`linear`] | an action that talks with a web API, and a second one that reads its result |
//! | [`advanced`] | an action with several checks, limits, roles, and a person's approval |
//! | [`market`] | a provider with a cache, and one that is pushed to |
//! | [`sentiment`] | an evaluator, alone and in batches, whose scores are kept |
//! | [`database`] | queries, cached reads and transactions over the agent's database |
//! | [`composed`] | one plugin out of several |
//! | [`logging`] | a middleware around actions |
//! | [`talking`] | two plugins that talk over an event of their own |
//! | [`permissions`] | what a plugin may touch: declared, granted, checked |
//! | [`lazy`] | a service that starts on first use |
//! | [`pool`] | plugins that share one expensive object |
//! | [`hello_route`] | a route of the web server |
//! | [`platform`] | a plugin that brings messages in from a platform and sends replies out |
//! | [`llm`] | a plugin that serves language models |

pub mod advanced;
pub mod composed;
pub mod database;
pub mod hello_route;
pub mod lazy;
pub mod linear;
pub mod llm;
pub mod logging;
pub mod market;
pub mod my_plugin;
pub mod permissions;
pub mod platform;
pub mod pool;
pub mod sentiment;
pub mod talking;
