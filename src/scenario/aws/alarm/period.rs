//! The `Period` of an alarm, and when data reach it.

use crate::demand::period::{ALARM_PART, FINE_PERIOD, MetricClock};
use crate::scenario::context::Context;
use crate::scenario::plan::AlarmMetric;
use crate::scenario::reader::{Field, MapReader};

use super::{Around, Watched};

impl Around<'_> {
    /// When the data points of fine metrics are seen.
    pub(in crate::scenario::aws) fn points(&self, cx: &Context<'_>) -> MetricClock {
        let default = || cx.default_duration("world.latencies.default.highResolutionMetrics");
        MetricClock {
            period: FINE_PERIOD,
            delay: self.fine_metric_delay.unwrap_or_else(default),
        }
    }
}

/// The clock of an alarm with a `Period` below a minute, and its `Period` in that clock's periods:
/// only metrics that ECS publishes every 20 s have data for it.
pub(super) fn fine_clock(
    cx: &Context<'_>,
    (field, seconds): (&Field<'_>, u32),
    watched: &Watched,
    around: &Around<'_>,
) -> Option<(MetricClock, u32)> {
    let service = &around.services[watched.service.index()];
    if !service.fine_metrics.has(watched.metric) {
        let (name, metric) = (&service.name, watched.metric.name());
        let message =
            format!("{metric} of {name} has one data point a minute, not one in {seconds} s");
        let may = [AlarmMetric::CpuUtilization, AlarmMetric::MemoryUtilization];
        let help = match may.contains(&watched.metric) {
            true => monitoring_help(name, metric),
            false => {
                "write 60: ECS publishes CPUUtilization and MemoryUtilization alone more often"
                    .to_owned()
            }
        };
        field.error("invalid-value", message).help(help).report();
        return None;
    }
    if seconds < 20 {
        let message = "the metric has a data point every 20 s: every second period has none";
        let help = "write 20";
        field.warning("no-data", message).help(help).report();
    }
    let clock = MetricClock {
        period: ALARM_PART,
        ..around.points(cx)
    };
    Some((clock, seconds / 10))
}

/// How a metric is had every 20 s.
pub(in crate::scenario::aws) fn monitoring_help(service: &str, metric: &str) -> String {
    format!(
        "give {service} monitoring: {{ metricConfigurations: [{{ metricNames: [{metric}], \
         resolutionSeconds: 20 }}] }}"
    )
}

/// `Period`, in seconds.
pub(super) fn period<'a>(map: &mut MapReader<'a>) -> Option<(Field<'a>, u32)> {
    let field = map.required("Period")?;
    let seconds = seconds(&field)?;
    Some((field, seconds))
}

/// A `Period`: a number of minutes, or 10, 20 or 30 s.
pub(super) fn seconds(field: &Field<'_>) -> Option<u32> {
    let seconds = field.u32(1..=86_400)?;
    if seconds % 60 != 0 && !matches!(seconds, 10 | 20 | 30) {
        let message =
            format!("a Period of {seconds} s is neither a number of minutes nor 10, 20 or 30 s");
        let nearest = (seconds.div_ceil(60)) * 60;
        let help = format!("write {nearest}");
        field.error("invalid-value", message).help(help).report();
        return None;
    }
    Some(seconds)
}
