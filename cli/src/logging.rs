//! Logs go to stderr; a panic of a plugin's handler is one line among them.

use std::{
    io::{self, IsTerminal},
    panic::{self, PanicHookInfo},
};
use tracing_subscriber::EnvFilter;

/// Begins to log: warnings, more with `-v`, or what `RUST_LOG` says.
pub(crate) fn install(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let coloured =
        io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let logging = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(coloured)
        .with_target(verbose > 0)
        .compact();
    // Only a test that runs twice in a process has a subscriber already.
    drop(if verbose == 0 { logging.without_time().try_init() } else { logging.try_init() });
    panic::set_hook(Box::new(panicked));
}

/// The engine catches panics of handlers and goes on; a backtrace in the middle of a chat would help nobody.
fn panicked(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!("panic at {place}: {message}");
}
