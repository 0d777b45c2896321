//! Metrics of one name with different labels, collected before they are written.

use crate::telemetry::{BOUNDS, Histogram};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet},
    metrics::MetricType,
    registry::Unit,
};
use std::fmt;

/// The labels of one sample.
pub(super) type Labels = Vec<(&'static str, String)>;

/// What is measured.
#[derive(Debug)]
pub(super) enum Value {
    /// It only grows.
    Count(u64),
    /// The same of what is no whole number.
    Sum(f64),
    /// It comes and goes.
    Level(f64),
    /// Times in seconds; on the heap, for the others are small.
    Times(Box<Histogram>),
    /// The labels say it all.
    Info,
}

impl Value {
    const fn metric_type(&self) -> MetricType {
        match self {
            Self::Count(_) | Self::Sum(_) => MetricType::Counter,
            Self::Level(_) => MetricType::Gauge,
            Self::Times(_) => MetricType::Histogram,
            Self::Info => MetricType::Info,
        }
    }
}

/// What a family is called: its name without unit and `_total`, what it is, its unit.
pub(super) type Name = (&'static str, &'static str, Option<&'static str>);

#[derive(Debug)]
struct Family {
    name: Name,
    samples: Vec<(Labels, Value)>,
}

/// Every family, in the order in which they were begun.
#[derive(Debug, Default)]
pub(super) struct Page(Vec<Family>);

impl Page {
    pub(super) fn put(&mut self, name: Name, labels: Labels, value: Value) {
        match self.0.iter_mut().find(|family| family.name.0 == name.0 && family.name.2 == name.2) {
            Some(family) => family.samples.push((labels, value)),
            None => self.0.push(Family { name, samples: vec![(labels, value)] }),
        }
    }
}

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for Family { name: (name, help, unit), samples } in &self.0 {
            let Some((_, first)) = samples.first() else { continue };
            let unit = unit.map(|unit| Unit::Other(unit.to_owned()));
            let mut family = encoder.encode_descriptor(name, help, unit.as_ref(), first.metric_type())?;
            for (labels, value) in samples {
                if let Value::Info = value {
                    family.encode_info(labels)?;
                } else if labels.is_empty() {
                    write(&mut family, value)?;
                } else {
                    write(&mut family.encode_family(labels)?, value)?;
                }
            }
        }
        Ok(())
    }
}

fn write(encoder: &mut MetricEncoder<'_>, value: &Value) -> Result<(), fmt::Error> {
    match value {
        Value::Count(count) => encoder.encode_counter::<NoLabelSet, _, u64>(count, None),
        Value::Sum(sum) => encoder.encode_counter::<NoLabelSet, _, u64>(sum, None),
        Value::Level(level) => encoder.encode_gauge(level),
        Value::Times(times) => {
            let counts = times.by_bounds();
            let within: u64 = counts.iter().sum();
            let bounds = BOUNDS.iter().map(|micros| seconds(*micros));
            let mut buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
            buckets.push((f64::INFINITY, times.count.saturating_sub(within)));
            encoder.encode_histogram::<NoLabelSet>(seconds(times.total()), times.count, &buckets, None)
        }
        Value::Info => Ok(()),
    }
}

#[allow(clippy::cast_precision_loss, reason = "2^53 microseconds are 285 years")]
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1_000_000.0
}
