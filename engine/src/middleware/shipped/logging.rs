//! `logging`: one record a call.

use crate::middleware::{Answered, Call, Middleware, from_fn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// What `logging` writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct LoggingSettings {
    /// How loud a call that succeeded is; one that failed is a warning at least. Default `info`.
    pub level: LogLevel,
    /// Whether the arguments of actions are written too; they may hold what users said in confidence. Default false.
    pub arguments: bool,
}

/// How loud a record is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// Everything that goes on.
    Trace,
    /// Why things happen.
    Debug,
    /// What happens.
    #[default]
    Info,
    /// What may be wrong.
    Warn,
}

pub(super) fn logging(settings: LoggingSettings) -> impl Middleware {
    from_fn(move |call, next| async move {
        let (part, arguments) = (call.part, written(&call, settings));
        let run = call.invocation.turn.as_ref().map(|turn| turn.run);
        let begun = Instant::now();
        let answered = next.run(call).await;
        let failure = failure(&answered);
        let level = if failure.is_some() { LogLevel::Warn } else { settings.level };
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        // The level of a record is fixed where it stands.
        macro_rules! record {
            ($level:ident) => {
                tracing::$level!(
                    kind = part.kind.name(),
                    name = part.name,
                    plugin = part.plugin,
                    run = run.map(tracing::field::display),
                    arguments = arguments.as_deref(),
                    micros,
                    failure = failure.as_deref(),
                    "called"
                )
            };
        }
        match level {
            LogLevel::Trace => record!(trace),
            LogLevel::Debug => record!(debug),
            LogLevel::Info => record!(info),
            LogLevel::Warn => record!(warn),
        }
        answered
    })
}

/// The arguments, where they shall be written.
fn written(call: &Call, settings: LoggingSettings) -> Option<String> {
    let arguments = call.arguments().filter(|_| settings.arguments)?;
    serde_json::to_string(arguments).ok()
}

/// Why a call failed, if it did.
fn failure(answered: &Answered) -> Option<String> {
    match answered {
        Ok(crate::middleware::Outcome::Action(result)) if !result.success => {
            Some(result.summary().to_owned())
        }
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}
