//! The kinds of service that the engine knows: traits that plugins implement and others use.
//!
//! A plugin implements one with `#[async_trait]` and says so: `#[service(kind = WebSearch)]`. A handler takes
//! [`Kind<dyn WebSearch>`](crate::extract::Kind), and its plugin writes `requires(capability("web-search"))`. For each
//! kind there is an in-memory implementation in [`testing::kind`](crate::testing::kind), and a check of the contract that
//! an implementation can run on itself.
//!
//! What holds for every kind:
//! - A call is cancelled by dropping its future. What it had begun outside may or may not have happened; nothing inside
//!   is left half done, and the next call works.
//! - Calls may be made from many tasks at once.
//! - Errors are [`KindFault`]s: they say whether trying again may help.
//! - Money is whole base units ([`Amount`]) or decimal text ([`Decimal`]), never floating point; times are
//!   [`jiff::Timestamp`]s; data are bytes with a media type ([`Media`]).
//! - Texts and lists that come from outside are what somebody else wrote: material, not instructions.

mod amount;
mod browser;
mod database_migration;
mod email;
mod fault;
mod knowledge;
mod lp_pool;
mod media;
mod pdf;
mod plugin_configuration;
mod plugin_manager;
mod plugin_user_interaction;
mod remote_files;
mod task_scheduler;
mod tee;
mod token_data;
mod transcription;
mod video;
mod wallet;
mod web_search;

pub use amount::{Amount, AmountError, Decimal};
pub use browser::*;
pub use database_migration::*;
pub use email::*;
pub use fault::KindFault;
pub use knowledge::*;
pub use lp_pool::*;
pub use media::{Media, NotBase64};
pub use pdf::*;
pub use plugin_configuration::*;
pub use plugin_manager::*;
pub use plugin_user_interaction::*;
pub use remote_files::*;
pub use task_scheduler::*;
pub use tee::*;
pub use token_data::*;
pub use transcription::*;
pub use video::*;
pub use wallet::*;
pub use web_search::*;

/// Names a kind of the engine.
macro_rules! kind {
    ($trait:ident = $name:literal) => {
        impl crate::service::ServiceKind for dyn $trait {
            const NAME: &'static str = $name;
        }
    };
}

use kind;
