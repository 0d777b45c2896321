//! Spans without secrets, and a warning where they cannot be exported.

use galatea::telemetry::{is_secret_name, redact};
use opentelemetry::{Array, Key, KeyValue, StringValue, Value, trace::Status};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};
use std::{
    borrow::Cow,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Fields of the engine's spans that are nobody else's names; exported with `galatea.` before them.
const OWN: [&str; 14] = [
    "name", "plugin", "run", "room", "message", "agent", "kind", "purpose", "cost", "status", "reason",
    "attempt", "version", "turns",
];

/// An exporter that gets spans without secrets.
#[derive(Debug)]
pub(super) struct CoveredExporter<E> {
    inner: E,
    endpoint: String,
    failures: AtomicU64,
}

impl<E> CoveredExporter<E> {
    pub(super) fn new(inner: E, endpoint: String) -> Self {
        Self { inner, endpoint, failures: AtomicU64::new(0) }
    }
}

impl<E: SpanExporter> SpanExporter for CoveredExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let exported = self.inner.export(batch.into_iter().map(covered).collect()).await;
        match &exported {
            Ok(()) => self.failures.store(0, Ordering::Relaxed),
            Err(error) => {
                let failures = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
                // The 1st, 2nd, 4th, 8th … in a row.
                if failures.is_power_of_two() {
                    let endpoint = &self.endpoint;
                    tracing::warn!(failures, "{spans} spans could not be exported to {endpoint}: {error}");
                }
            }
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

fn covered(mut span: SpanData) -> SpanData {
    if let Cow::Owned(name) = redact(&span.name) {
        span.name = name.into();
    }
    span.attributes.iter_mut().for_each(cover);
    for event in &mut span.events.events {
        if let Cow::Owned(name) = redact(&event.name) {
            event.name = name.into();
        }
        event.attributes.iter_mut().for_each(cover);
    }
    if let Status::Error { description } = &span.status {
        span.status = Status::error(redact(description).into_owned());
    }
    span
}

fn cover(attribute: &mut KeyValue) {
    let is_secret = is_secret_name(attribute.key.as_str());
    match &mut attribute.value {
        Value::String(text) if is_secret => *text = StringValue::from("[secret]"),
        Value::String(text) => cover_text(text),
        Value::Array(Array::String(texts)) => texts.iter_mut().for_each(cover_text),
        _ => {}
    }
    if OWN.contains(&attribute.key.as_str()) {
        attribute.key = Key::from(format!("galatea.{}", attribute.key));
    }
}

fn cover_text(text: &mut StringValue) {
    if let Cow::Owned(covered) = redact(text.as_str()) {
        *text = covered.into();
    }
}
