//! Spans to a collector of OpenTelemetry, over HTTP as protobuf, if the environment names one: `OTEL_EXPORTER_OTLP_ENDPOINT`
//! or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`. Headers, time limits, names, sampling and sizes are what the standard's other
//! variables say. Without one nothing of this runs.

use super::{collector::Collector, covered::CoveredExporter};
use galatea::telemetry::{CONTEXT, Propagation, TraceParent, capture_content, propagate_with};
use opentelemetry::{
    Context, KeyValue, SpanId, TraceFlags, TraceId,
    trace::{SpanContext, TraceContextExt, TraceState, TracerProvider},
};
use opentelemetry_otlp::{Protocol, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use std::{env, time::Duration};
use tokio::runtime::Runtime;
use tracing::{Level, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

/// How long the end of the program waits for what is not sent yet.
const AT_THE_END: Duration = Duration::from_secs(3);
/// How long a collector may take where the environment does not say it; that of the standard.
const PATIENCE: Duration = Duration::from_secs(10);

/// The export of spans, while the program runs.
#[derive(Debug)]
pub(super) struct Export {
    provider: SdkTracerProvider,
    /// What sends lives on threads of its own: there are spans before the agents' runtime is there, and after it.
    runtime: Runtime,
}

/// The value of a variable that is set to something.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// What a signal's own variable says, else the one of all signals.
fn of_traces(name: &str) -> Option<String> {
    let own = format!("OTEL_EXPORTER_OTLP_TRACES_{name}");
    variable(&own).or_else(|| variable(&format!("OTEL_EXPORTER_OTLP_{name}")))
}

fn is_true(name: &str) -> bool {
    variable(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
}

impl Export {
    /// Begins to export, if the environment names a collector.
    pub(super) fn begin(service: &'static str) -> Result<Option<Self>, String> {
        let is_off = is_true("OTEL_SDK_DISABLED")
            || variable("OTEL_TRACES_EXPORTER").is_some_and(|exporter| exporter.trim() == "none");
        let Some(endpoint) = of_traces("ENDPOINT").filter(|_| !is_off) else { return Ok(None) };
        if let Some(protocol) = of_traces("PROTOCOL").filter(|protocol| protocol.trim() != "http/protobuf") {
            return Err(format!(
                "the protocol `{protocol}` is not spoken here; set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, usually with port 4318"
            ));
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("otlp")
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let patience = of_traces("TIMEOUT").and_then(|millis| millis.trim().parse().ok());
        let patience = patience.map_or(PATIENCE, Duration::from_millis);
        let collector =
            Collector::new(runtime.handle().clone(), patience).map_err(|error| error.to_string())?;
        let retries = RetryPolicy::default()
            .with_max_retries(2)
            .with_initial_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_millis(400));
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(collector)
            .with_retry_policy(retries)
            .with_protocol(Protocol::HttpBinary)
            .build()
            .map_err(|error| error.to_string())?;
        let provider = SdkTracerProvider::builder()
            .with_resource(resource(service))
            .with_batch_exporter(CoveredExporter::new(exporter, endpoint))
            .build();
        capture_content(is_true("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"));
        propagate_with(ByOpenTelemetry);
        Ok(Some(Self { provider, runtime }))
    }

    /// The layer that makes spans of OpenTelemetry out of the program's. Log records do not become events of spans: they are
    /// logs, and may say what nobody asked to be exported.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let wanted = filter_fn(|metadata| {
            metadata.is_span() && *metadata.level() <= Level::INFO && metadata.target() != CONTEXT
        });
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("galatea"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_level(false)
            .with_target(false)
            .with_context_activation(false)
            .with_filter(wanted)
    }

    /// Sends the rest, within a time limit.
    pub(super) fn end(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(AT_THE_END) {
            tracing::warn!("the last spans may not have been exported: {error}");
        }
        self.runtime.shutdown_background();
    }
}

fn resource(service: &'static str) -> Resource {
    let builder = Resource::builder().with_attribute(KeyValue::new("service.version", galatea::VERSION));
    let named = variable("OTEL_SERVICE_NAME").is_some()
        || variable("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|all| all.contains("service.name="));
    if named { builder.build() } else { builder.with_service_name(service).build() }
}

/// Traces go on across processes as OpenTelemetry says.
#[derive(Debug)]
struct ByOpenTelemetry;

impl Propagation for ByOpenTelemetry {
    fn place_of(&self, span: &Span) -> Option<TraceParent> {
        let context = span.context();
        let place = context.span().span_context().clone();
        place.is_valid().then(|| TraceParent {
            trace: u128::from_be_bytes(place.trace_id().to_bytes()),
            span: u64::from_be_bytes(place.span_id().to_bytes()),
            sampled: place.is_sampled(),
        })
    }

    fn continue_from(&self, span: &Span, parent: TraceParent) {
        let flags = if parent.sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
        let (trace, id) = (TraceId::from(parent.trace), SpanId::from(parent.span));
        let place = SpanContext::new(trace, id, flags, true, TraceState::NONE);
        // A span that nobody exports has no parent.
        drop(span.set_parent(Context::new().with_remote_span_context(place)));
    }
}
