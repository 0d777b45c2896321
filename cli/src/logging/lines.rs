//! Log lines on stderr, without secrets.

use galatea::telemetry::{LogLayer, is_secret_name, redact};
use std::{
    fmt::{self, Debug},
    io::{self, Write},
};
use tracing::{
    Subscriber,
    field::{Field, Visit},
    span::Record,
};
use tracing_subscriber::{
    Layer,
    field::RecordFields,
    fmt::{FormatFields, FormattedFields, format::Writer},
    registry::LookupSpan,
};

/// Lines for people.
pub(super) fn text<S>(verbose: u8) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| Covered)
        .with_ansi(super::is_coloured())
        .with_target(verbose > 0)
        .compact()
        .fmt_fields(Fields);
    if verbose == 0 { Box::new(lines.without_time()) } else { Box::new(lines) }
}

/// Lines for programs: a log record each.
pub(super) fn json() -> LogLayer {
    LogLayer::to(|record| {
        if let Ok(line) = serde_json::to_string(&*record) {
            // There is nobody to tell that stderr is gone.
            drop(writeln!(io::stderr().lock(), "{line}"));
        }
    })
}

/// Stderr, for whole lines in which secrets are to be covered.
struct Covered;

impl Write for Covered {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        io::stderr().lock().write_all(redact(&text).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Fields as `name=value`. Those with dots in their names are for programs, and those that are noted at the end of a span come
/// too late for a line; both are left out.
struct Fields;

impl<'w> FormatFields<'w> for Fields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut written = Written { writer, is_first: true, result: Ok(()) };
        fields.record(&mut written);
        written.result
    }

    fn add_fields(&self, _: &'w mut FormattedFields<Self>, _: &Record<'_>) -> fmt::Result {
        Ok(())
    }
}

struct Written<'w> {
    writer: Writer<'w>,
    is_first: bool,
    result: fmt::Result,
}

impl Written<'_> {
    fn put(&mut self, name: &str, value: fmt::Arguments<'_>) {
        if self.result.is_err() || name.contains('.') {
            return;
        }
        let space = if std::mem::replace(&mut self.is_first, false) { "" } else { " " };
        let (on, off) = if self.writer.has_ansi_escapes() { ("\x1b[3m", "\x1b[0m") } else { ("", "") };
        self.result = match name {
            "message" => write!(self.writer, "{space}{value}"),
            secret if is_secret_name(secret) => write!(self.writer, "{space}{on}{name}{off}=[secret]"),
            _ => write!(self.writer, "{space}{on}{name}{off}={value}"),
        };
    }
}

impl Visit for Written<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.put("message", format_args!("{value}"));
        } else {
            self.put(field.name(), format_args!("{value:?}"));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field.name(), format_args!("{value:?}"));
    }
}
