//! The testing kit: agents in memory, scripted models, a clock that tests move, HTTP servers that answer as a test says.
//!
//! What a plugin's test looks like:
//!
//! ```standalone_crate
//! use galatea::{prelude::*, testing::{Script, TestAgent, TestResult}};
//! use serde_json::json;
//!
//! /// Greets people.
//! #[plugin("greeter")]
//! pub struct Greeter;
//!
//! /// Greets somebody.
//! #[action(plugin = Greeter)]
//! async fn greet() -> &'static str {
//!     "Hello!"
//! }
//!
//! #[tokio::main]
//! async fn main() -> TestResult {
//!     let agent = TestAgent::with::<Greeter>()
//!         .model(Script::new().calls("GREET", json!({})).says("I greeted you."))
//!         .clock("2026-01-01T12:00:00Z")
//!         .start()
//!         .await?;
//!     let turn = agent.says("Say hello.").await?;
//!     turn.assert_ran("GREET");
//!     turn.assert_replied("I greeted you.");
//!     agent.stop().await;
//!     Ok(())
//! }
//! ```
//!
//! - [`TestAgent`] is a real agent with a plugin and all it requires; its character is made and checked as a file would
//!   be. [`TestUser`] talks with it, [`Turn`] is what came of it, [`CapturedEvents`] what happened.
//! - [`Script`] answers in the place of models; [`Recording`] asks the real ones once and repeats what they said;
//!   [`ModelDouble`] is what both are.
//! - [`HttpDouble`] is a server for plugins that call one.
//! - [`replay`] plays a turn again that was stored.
//! - [`PluginTest`] is what the tests that a plugin ships (`#[plugin_test]`) begin with; [`run_tests`] runs them.
//! - [`store`] is what every storage must do, [`fabric`] what every way of sharing rooms between processes must.
//!
//! Nothing in the engine calls it but `definition`, for the tests that plugins ship.

mod agent;
mod builder;
mod character;
mod difference;
mod double;
mod error;
mod events;
pub mod fabric;
mod http;
pub mod kind;
mod plugin_test;
mod recording;
mod replay;
mod run;
mod script;
mod secrets;
mod stand_in;
pub mod store;
mod turn;
mod user;

pub use agent::TestAgent;
pub use builder::TestAgentBuilder;
pub use difference::Difference;
pub use double::{Asked, DoubleError, ModelDouble, RealModels};
pub use error::{TestError, TestResult};
pub use events::CapturedEvents;
pub use http::{DELETE, Expectation, GET, HttpDouble, HttpRequest, Method, PATCH, POST, PUT};
pub use plugin_test::{FromTest, PluginTest};
#[doc(hidden)]
pub use plugin_test::{FromTestCall, from_test};
pub use recording::{RECORD, Recording};
pub use replay::{ReplayError, Replayable, Replayed, replay};
pub use run::{Chosen, TestOutcome, TestReport, choose, note_panics, run_tests};
pub use script::Script;
pub use turn::Turn;
pub use user::TestUser;
