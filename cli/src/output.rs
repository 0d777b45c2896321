//! The only place that prints. Colours and cursor movements reach terminals only, and never under `NO_COLOR`.
//!
//! Stdout carries what was asked for, so that it can be piped; notices, problems and logs go to stderr. A
//! reader that is gone is no error: what an agent does counts, whoever watches.

use crate::failure::Failure;
use anstyle::{AnsiColor, Style};
use galatea::{
    diagnostic::{Report, render_all},
    service::kind::KnowledgeProgress,
};
use serde_json::Value;
use std::{
    io::{self, IsTerminal, Write},
    sync::atomic::{AtomicBool, Ordering},
};

/// What is of less weight.
pub(crate) const DIM: Style = Style::new().dimmed();
/// Who speaks, what a list is about.
pub(crate) const STRONG: Style = Style::new().bold();
/// What can be typed.
pub(crate) const CODE: Style = AnsiColor::Cyan.on_default();
/// What went well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What went wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();

/// The text in a style.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Something could not be written to stdout.
static FAILED: AtomicBool = AtomicBool::new(false);

/// Whether something could not be written to stdout; then the program did not do what was asked.
pub(crate) fn has_failed() -> bool {
    FAILED.load(Ordering::Relaxed)
}

/// Says once that stdout cannot be written to. That its reader is gone is no failure.
fn written(result: io::Result<()>) {
    let Err(error) = result else { return };
    if error.kind() != io::ErrorKind::BrokenPipe && !FAILED.swap(true, Ordering::Relaxed) {
        notice(&format!("{}: stdout cannot be written to: {error}", styled(BAD, "error")));
    }
}

/// A line on stdout.
pub(crate) fn line(text: &str) {
    let mut out = anstream::stdout();
    written(writeln!(out, "{text}").and_then(|()| out.flush()));
}

/// Text on stdout, as it is, at once.
pub(crate) fn text(text: &str) {
    let mut out = anstream::stdout();
    written(write!(out, "{text}").and_then(|()| out.flush()));
}

/// JSON on stdout, for reading by people too.
pub(crate) fn json(value: &Value) {
    line(&format!("{value:#}"));
}

/// JSON on one line of stdout.
pub(crate) fn json_line(value: &Value) {
    line(&value.to_string());
}

/// A line on stderr.
pub(crate) fn notice(text: &str) {
    drop(writeln!(anstream::stderr(), "{text}"));
}

/// A line of less weight on stderr.
pub(crate) fn aside(text: &str) {
    notice(&styled(DIM, text));
}

/// What is wrong with files, on stderr.
pub(crate) fn reports(reports: &[Report]) {
    drop(write!(anstream::stderr(), "{}", render_all(reports, true)));
}

/// Why a command ends, on stderr.
pub(crate) fn failure(failure: &Failure) {
    match failure {
        Failure::Reports(all) => reports(all),
        Failure::One { what, help } => {
            notice(&format!("{}: {what}", styled(BAD, "error")));
            for advice in help {
                notice(&format!("{}: {advice}", styled(CODE, "help")));
            }
        }
    }
}

/// How far the reading of documents is: a bar on stderr at a terminal, else nothing.
#[derive(Debug)]
pub(crate) struct Bar(indicatif::ProgressBar);

impl Bar {
    pub(crate) fn new() -> Self {
        let bar = match io::stderr().is_terminal() {
            true => indicatif::ProgressBar::new(0),
            false => indicatif::ProgressBar::hidden(),
        };
        let style = indicatif::ProgressStyle::with_template(
            "{bar:24} {bytes:>10} of {total_bytes}  {bytes_per_sec}  {eta}  {wide_msg}",
        );
        Self(match style {
            Ok(style) => bar.with_style(style),
            // A mistake in the line above; the plain bar does, too.
            Err(_) => bar,
        })
    }

    pub(crate) fn show(&self, progress: &KnowledgeProgress) {
        if let Some(of) = progress.of {
            self.0.set_length(of);
        }
        self.0.set_position(progress.bytes);
        let KnowledgeProgress { source, document, documents, fragments, .. } = progress;
        self.0.set_message(format!("{document}/{documents} {source}, {fragments} fragments"));
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// Whether a person sits at both ends.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}
