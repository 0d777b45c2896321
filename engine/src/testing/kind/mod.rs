//! The kinds of service in memory, for tests of who uses them; and checks of what each kind promises, for tests of who
//! implements them.
//!
//! ```
//! use galatea::{service::kind::WebSearch, testing::kind::{FixedSearch, check_web_search}};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), String> {
//! let search = FixedSearch::new([("Tides", "https://example.com/tides", "High water at noon.")]);
//! // The same on a service of your own; the query must find something there.
//! check_web_search(&search, "tides").await
//! # }
//! ```
//!
//! A check gives what the service did and should have done. It works on the service that it is given: files, letters and
//! payments of a real one are real, so give it an account for tests.

mod browser;
mod database_migration;
mod email;
mod knowledge;
mod lp_pool;
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

pub use browser::*;
pub use database_migration::*;
pub use email::*;
pub use knowledge::*;
pub use lp_pool::*;
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

use crate::service::kind::KindFault;
use std::{
    fmt::Debug,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Passed, or what the service did and should have done.
type Outcome = Result<(), String>;

fn demand(holds: bool, what: &str) -> Outcome {
    if holds { Ok(()) } else { Err(format!("it does not hold that {what}")) }
}

/// What a call gave, or which call failed and why.
fn given<T>(result: Result<T, KindFault>, call: &str) -> Result<T, String> {
    result.map_err(|fault| format!("{call}: {fault}"))
}

fn refused<T: Debug>(result: Result<T, KindFault>, call: &str) -> Outcome {
    match result {
        Err(KindFault::Refused(_)) => Ok(()),
        other => Err(format!("{call} should be refused and gave {other:?}")),
    }
}

fn not_found<T: Debug>(result: Result<T, KindFault>, call: &str) -> Outcome {
    match result {
        Err(KindFault::NotFound(_)) => Ok(()),
        other => Err(format!("{call} should be not found and gave {other:?}")),
    }
}

fn unsupported<T: Debug>(result: Result<T, KindFault>, call: &str) -> Outcome {
    match result {
        Err(KindFault::Unsupported(_)) => Ok(()),
        other => Err(format!("{call} should be unsupported and gave {other:?}")),
    }
}

fn refuse<T>(why: impl Into<String>) -> Result<T, KindFault> {
    Err(KindFault::Refused(why.into()))
}

fn missing(what: &str) -> KindFault {
    KindFault::NotFound(format!("`{what}`"))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
