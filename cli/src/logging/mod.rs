//! What the program tells of its work while it runs: log lines on stderr, the newest records for who looks at a running agent
//! (`galatea::telemetry`), and spans for a collector of OpenTelemetry where one is named.
//!
//! `lines` writes log lines, `otlp` exports spans, `collector` sends them, `covered` takes secrets out of them. A panic of a
//! plugin's handler is one line among the others.

mod collector;
mod covered;
mod lines;
mod otlp;

use std::{
    io::{self, IsTerminal},
    panic::{self, PanicHookInfo},
};
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// What has to be done at the end of the program.
#[derive(Debug)]
pub(crate) struct Logging(Option<otlp::Export>);

impl Logging {
    /// Sends what a collector has not got yet; takes a few seconds at most.
    pub(crate) fn end(self) {
        if let Some(export) = self.0 {
            export.end();
        }
    }
}

/// Begins to log: warnings, more with `-v`, or what `RUST_LOG` says. Spans are exported if the environment names a collector.
pub(crate) fn install(verbose: u8, format: LogFormat, service: &'static str) -> Logging {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = |least: &str| EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(least));
    let text = (format == LogFormat::Text).then(|| lines::text(verbose).with_filter(filter(level)));
    let json = (format == LogFormat::Json).then(|| lines::json().with_filter(filter(level)));
    // Who looks at a running agent wants to know what happens, whatever the terminal shows.
    let kept = galatea::telemetry::log_layer().with_filter(filter(if verbose == 0 { "info" } else { level }));
    let export = otlp::Export::begin(service);
    let (export, why_not) = match export {
        Ok(export) => (export, None),
        Err(why) => (None, Some(why)),
    };
    let spans = export.as_ref().map(otlp::Export::layer);
    let subscriber = tracing_subscriber::registry().with(spans).with(text).with(json).with(kept);
    // Only a test that runs twice in a process has a subscriber already.
    drop(subscriber.try_init());
    panic::set_hook(Box::new(panicked));
    if let Some(why) = why_not {
        tracing::warn!("spans are not exported: {why}");
    }
    Logging(export)
}

/// Whether log lines are coloured.
fn is_coloured() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// The engine catches panics of handlers and goes on; a backtrace in the middle of a chat would help nobody.
fn panicked(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!("panic at {place}: {message}");
}
