//! From `tracing` to log records.

use super::{
    log::{LogRecord, logs},
    redact::{is_secret_name, redact},
};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::{
    fmt::{self, Debug},
    sync::Arc,
};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

/// A layer of `tracing` that makes a [`LogRecord`] of every event, without secrets, and gives it to somebody.
pub struct LogLayer(Box<dyn Fn(Arc<LogRecord>) + Send + Sync>);

/// The layer that keeps records for [`logs`](super::logs()). To be installed once, by the program, with a filter that says which
/// events are worth it.
#[must_use]
pub fn log_layer() -> LogLayer {
    LogLayer::to(|record| logs().put(record))
}

impl LogLayer {
    /// A layer that gives its records to `sink`, on the thread that logs: it should be quick, and must not log.
    #[must_use]
    pub fn to(sink: impl Fn(Arc<LogRecord>) + Send + Sync + 'static) -> Self {
        Self(Box::new(sink))
    }
}

impl Debug for LogLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogLayer").finish_non_exhaustive()
    }
}

/// What is known of a span: what it is called in records, and whose it is.
#[derive(Clone)]
struct Named {
    /// Nothing where it only says whose work something is.
    label: Option<String>,
    agent: Option<String>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LogLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let is_frame = span.metadata().target() == super::CONTEXT;
        let mut names = Names::default();
        attributes.record(&mut names);
        let label =
            names.name.map_or_else(|| span.name().to_owned(), |name| format!("{} {name}", span.name()));
        span.extensions_mut().replace(Named { label: (!is_frame).then_some(label), agent: names.agent });
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let (mut spans, mut agent) = (Vec::new(), fields.agent());
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(named) = span.extensions().get::<Named>() {
                spans.extend(named.label.clone());
                agent = agent.or_else(|| named.agent.clone());
            }
        }
        spans.reverse();
        (self.0)(Arc::new(LogRecord {
            at: Timestamp::now(),
            level: event.metadata().level().into(),
            target: event.metadata().target().to_owned(),
            message: redact(&fields.message).into_owned(),
            fields: fields.others,
            spans,
            agent,
        }));
    }
}

/// The two fields of a span that name it.
#[derive(Default)]
struct Names {
    name: Option<String>,
    agent: Option<String>,
}

impl Visit for Names {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "name" => self.name = Some(redact(value).into_owned()),
            "agent" => self.agent = Some(value.to_owned()),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if matches!(field.name(), "name" | "agent") {
            self.record_str(field, &format!("{value:?}"));
        }
    }
}

/// The fields of an event.
#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn agent(&self) -> Option<String> {
        self.others.get("agent").and_then(Value::as_str).map(str::to_owned)
    }

    fn put(&mut self, field: &Field, value: Value) {
        self.others.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else if is_secret_name(field.name()) {
            self.put(field, "[secret]".into());
        } else {
            self.put(field, redact(value).into());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}
