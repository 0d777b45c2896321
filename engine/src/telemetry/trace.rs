//! Traces that go on across processes, by the W3C header `traceparent`.
//!
//! The engine makes spans of `tracing` and knows nothing of who exports them. Who does, tells it once, with
//! [`propagate_with`], how the ids of a span are found out and how a span becomes the child of a remote one.

use std::{fmt, str::FromStr, sync::OnceLock};
use tracing::{Span, field::Empty};

/// A place in a trace, as the header `traceparent` says it: `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace; not zero.
    pub trace: u128,
    /// The span; not zero.
    pub span: u64,
    /// Whether who began the trace wants it to be kept.
    pub sampled: bool,
}

/// The text is no `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no `traceparent` of W3C Trace Context: `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`")]
pub struct NoTraceParent;

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}

impl fmt::Debug for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TraceParent {
    type Err = NoTraceParent;

    fn from_str(text: &str) -> Result<Self, NoTraceParent> {
        let parts: Vec<&str> = text.trim().split('-').collect();
        let (version, trace, span, flags) = match parts.as_slice() {
            ["00", trace, span, flags] => ("00", trace, span, flags),
            // Later versions may say more behind it.
            [version, trace, span, flags, ..] if *version != "00" => (*version, trace, span, flags),
            _ => return Err(NoTraceParent),
        };
        let lengths = [(version, 2), (*trace, 32), (*span, 16), (*flags, 2)];
        let hex =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if version == "ff" || lengths.iter().any(|(text, length)| text.len() != *length || !hex(text)) {
            return Err(NoTraceParent);
        }
        let flags = u8::from_str_radix(flags, 16).map_err(|_| NoTraceParent)?;
        let parent = Self {
            trace: u128::from_str_radix(trace, 16).map_err(|_| NoTraceParent)?,
            span: u64::from_str_radix(span, 16).map_err(|_| NoTraceParent)?,
            sampled: flags & 1 == 1,
        };
        if parent.trace == 0 || parent.span == 0 { Err(NoTraceParent) } else { Ok(parent) }
    }
}

/// How traces go on across processes; implemented by who exports spans.
pub trait Propagation: Send + Sync + 'static {
    /// Where a span stands; `None` where it is not exported.
    fn place_of(&self, span: &Span) -> Option<TraceParent>;

    /// Makes a span, which nobody has entered yet, the child of one that may be elsewhere.
    fn continue_from(&self, span: &Span, parent: TraceParent);
}

static PROPAGATION: OnceLock<Box<dyn Propagation>> = OnceLock::new();

/// Says how traces go on across processes. To be called once, by the program that exports spans; later calls change nothing.
pub fn propagate_with(propagation: impl Propagation) {
    drop(PROPAGATION.set(Box::new(propagation)));
}

/// Where the running code stands in its trace, for a request to another process; `None` where nobody exports spans.
#[must_use]
pub fn traceparent() -> Option<TraceParent> {
    PROPAGATION.get()?.place_of(&Span::current())
}

/// Makes a new span the child of one that may be elsewhere.
pub(crate) fn continue_from(span: &Span, parent: Option<TraceParent>) {
    if let (Some(propagation), Some(parent)) = (PROPAGATION.get(), parent) {
        propagation.continue_from(span, parent);
    }
}

/// The span of a request that a server handles, to be put around its handler with [`tracing::Instrument`]. A turn that begins
/// in it, by [`Agent::send`](crate::agent::Agent::send), belongs to its trace, also when it goes on after the answer.
///
/// `route` is the pattern of the path (`/api/v1/agents/{agent}`), never the path itself: names of spans must be few.
/// `traceparent` is that header of the request, if it has one; one that is none is ignored. When the status is known:
/// `span.record("http.response.status_code", 200)`.
#[must_use]
pub fn request(method: &str, route: &str, traceparent: Option<&str>) -> Span {
    let span = tracing::info_span!(
        parent: None,
        "request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        otel.status_code = Empty,
        error.r#type = Empty,
    );
    continue_from(&span, traceparent.and_then(|header| header.parse().ok()));
    span
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_as_w3c_says() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let parent: TraceParent = text.parse().unwrap();
        assert_eq!((parent.to_string(), parent.sampled), (text.to_owned(), true));
        assert!(text.replacen("00", "cc", 1).parse::<TraceParent>().is_ok());
        assert!(format!("{}-more", text.replacen("00", "01", 1)).parse::<TraceParent>().is_ok());
        for bad in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(bad.parse::<TraceParent>(), Err(NoTraceParent), "{bad}");
        }
    }
}
