//! What an alarm watches: one metric, or metric math over several of one service.

use crate::ids::ServiceId;
use crate::scenario::plan::WatchedMetric;
use crate::scenario::reader::{Field, MapReader};

use super::custom::published;
use super::math::{Shapes, math};
use super::period::{period, seconds};
use super::{Around, Watched};

/// The shapes of an alarm's metrics.
pub(super) const SHAPES: Shapes = Shapes {
    query: "cloudwatch.MetricDataQuery",
    stat: "cloudwatch.MetricStat",
    metric: "cloudwatch.Metric",
    dimension: "cloudwatch.Dimension",
    verb: "watched",
};
/// What says of an alarm on one metric which, and what an alarm on several leaves out (API
/// PutMetricAlarm: Metrics).
const OF_ONE: [&str; 6] = [
    "MetricName",
    "Namespace",
    "Dimensions",
    "Period",
    "Statistic",
    "ExtendedStatistic",
];

/// What an alarm watches, and by which period.
pub(super) struct Source<'a> {
    pub(super) service: ServiceId,
    pub(super) metric: WatchedMetric,
    /// The metrics by themselves; none of one that the code publishes.
    pub(super) watched: Vec<Watched>,
    /// `Period`, seconds, and where it stands.
    pub(super) period: (Field<'a>, u32),
}

impl<'a> Source<'a> {
    /// That of an alarm on one metric.
    pub(super) fn of_metric(map: &mut MapReader<'a>, around: &Around<'_>) -> Option<Self> {
        let period = period(map);
        let at = period.as_ref().map(|(field, seconds)| (field, *seconds));
        if let Some(found) = published(map, around, at) {
            let (service, metric) = found?;
            return Some(Source {
                service,
                metric,
                watched: Vec::new(),
                period: period?,
            });
        }
        let watched = Watched::read(map, around);
        let (watched, period) = (watched?, period?);
        Some(Source {
            service: watched.service,
            metric: WatchedMetric::of(watched.metric, watched.part),
            watched: vec![watched],
            period,
        })
    }

    /// That of an alarm with `Metrics`: they are of one service and have one period.
    pub(super) fn of_math(
        metrics: &Field<'a>,
        map: &mut MapReader<'a>,
        around: &Around<'_>,
    ) -> Option<Self> {
        for name in OF_ONE {
            if let Some(field) = map.field(name) {
                let message = match name {
                    "Period" => "with Metrics the Period stands in each MetricStat".to_owned(),
                    name => format!("an alarm has Metrics or a {name}, not both"),
                };
                field.error("invalid-entry", message).report();
            }
        }
        let mut math = math(metrics, around, SHAPES)?;
        let service = one_service(&math.metrics, metrics, around)?;
        let period = one_period(std::mem::take(&mut math.periods), metrics)?;
        let mut watched = Vec::with_capacity(math.metrics.len());
        watched.extend(math.metrics.iter().map(|(it, _)| *it));
        Some(Source {
            service,
            metric: math.into_metric(),
            watched,
            period,
        })
    }
}

/// The service that all metrics are of.
pub(super) fn one_service(
    metrics: &[(Watched, Field<'_>)],
    place: &Field<'_>,
    around: &Around<'_>,
) -> Option<ServiceId> {
    let Some((first, _)) = metrics.first() else {
        let message = "an expression without a metric: nothing is measured";
        let help = "add a metric with a MetricStat and ReturnData: false";
        place.error("invalid-entry", message).help(help).report();
        return None;
    };
    let Some((other, at)) = metrics.iter().find(|(it, _)| it.service != first.service) else {
        return Some(first.service);
    };
    let name = |service: ServiceId| &around.services[service.index()].name;
    let message = format!(
        "metrics of {} and of {} in one expression: that is not simulated yet",
        name(first.service),
        name(other.service)
    );
    let help = "make an alarm of each service's metrics";
    at.error("not-built-yet", message).help(help).report();
    None
}

/// The period that all metrics have.
fn one_period<'a>(fields: Vec<Field<'a>>, place: &Field<'_>) -> Option<(Field<'a>, u32)> {
    let mut read = Vec::with_capacity(fields.len());
    for field in fields {
        let seconds = seconds(&field)?;
        read.push((field, seconds));
    }
    let Some((_, first)) = read.first() else {
        let help = "write Period: 60 beside each Stat";
        let pending = place.error("missing-field", "no metric has a Period");
        pending.help(help).report();
        return None;
    };
    let first = *first;
    if let Some((field, other)) = read.iter().find(|(_, seconds)| *seconds != first) {
        let message =
            format!("a Period of {other} s beside one of {first} s: that is not simulated yet");
        let help = format!("write Period: {first}");
        field.error("not-built-yet", message).help(help).report();
        return None;
    }
    read.into_iter().next()
}
