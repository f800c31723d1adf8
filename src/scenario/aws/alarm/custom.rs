//! Metrics that the code publishes (`world.customMetrics`), where an alarm or a policy names one.

use std::cell::Cell;

use crate::ids::ServiceId;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::plan::WatchedMetric;
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::custom_metrics::CustomMetric;

use super::Around;
use super::math::math;
use super::source::{SHAPES, one_service};

/// The metrics, each with what it stands for.
pub(in crate::scenario::aws) struct CustomMetrics {
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    /// `None`: refused, and said so.
    of: Option<(ServiceId, WatchedMetric)>,
    is_watched: Cell<bool>,
}

/// The statistics of one data point a minute: they are all of them its value.
const STATISTICS: [&str; 4] = ["Average", "Sum", "Minimum", "Maximum"];

impl CustomMetrics {
    /// Their names alone, while what they are made of is read.
    pub(in crate::scenario::aws) fn named_only(metrics: &[CustomMetric<'_>]) -> Self {
        let entries = metrics.iter().map(|metric| Entry {
            name: metric.name.clone(),
            of: None,
            is_watched: Cell::new(false),
        });
        CustomMetrics {
            entries: entries.collect(),
        }
    }

    /// Reads what each of them is made of.
    pub(in crate::scenario::aws) fn read(
        metrics: &[CustomMetric<'_>],
        around: &Around<'_>,
    ) -> Self {
        let entries = metrics.iter().map(|metric| Entry {
            name: metric.name.clone(),
            of: of(metric, around),
            is_watched: Cell::new(false),
        });
        CustomMetrics {
            entries: entries.collect(),
        }
    }

    /// One that is named by its namespace and name, if it is among them.
    fn named(&self, map: &mut MapReader<'_>) -> Option<&Entry> {
        let mut text = |key| map.field(key).and_then(|it| it.node().as_text());
        let name = format!("{}/{}", text("Namespace")?, text("MetricName")?);
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The services that publish, once for each metric that they pay for.
    pub(in crate::scenario::aws) fn owners(&self) -> Vec<ServiceId> {
        let owners = self.entries.iter().filter_map(|entry| entry.of.as_ref());
        owners.map(|(service, _)| *service).collect()
    }

    /// The names of all.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// Says which of them nobody looks at.
    pub(in crate::scenario::aws) fn note_unwatched(&self, metrics: &[CustomMetric<'_>]) {
        for (entry, metric) in self.entries.iter().zip(metrics) {
            if entry.of.is_some() && !entry.is_watched.get() {
                let message = format!(
                    "no alarm and no policy looks at {}: it is paid for, and does nothing",
                    entry.name
                );
                metric.place.note("no-effect", message).report();
            }
        }
    }
}

fn of(metric: &CustomMetric<'_>, around: &Around<'_>) -> Option<(ServiceId, WatchedMetric)> {
    let math = math(&metric.metrics, around, SHAPES)?;
    for period in &math.periods {
        if period.u32(1..=86_400)? != 60 {
            let message = "a metric is published once a minute here, of that minute";
            let pending = period.error("not-built-yet", message);
            pending.help("write Period: 60").report();
            return None;
        }
    }
    let service = one_service(&math.metrics, &metric.metrics, around)?;
    let name = metric.name.rsplit('/').next().unwrap_or(&metric.name);
    let metric = WatchedMetric {
        name: name.to_owned(),
        is_published: true,
        ..math.into_metric()
    };
    Some((service, metric))
}

/// What is found where a metric is named: nothing that is published, or what it stands for, `None`
/// in it where that is wrong.
pub(in crate::scenario::aws) type Found = Option<Option<(ServiceId, WatchedMetric)>>;

/// Reads a metric of the code's own, if one is named; `period`: the field and its seconds, where
/// there is one.
pub(in crate::scenario::aws) fn published(
    map: &mut MapReader<'_>,
    around: &Around<'_>,
    shape: &str,
    period: Option<(&Field<'_>, u32)>,
) -> Found {
    let entry = around.custom.named(map)?;
    entry.is_watched.set(true);
    let is_right = is_its(map, shape, period);
    Some(entry.of.clone().filter(|_| is_right))
}

/// Whether statistic, dimensions and period are such as the metric has.
fn is_its(map: &mut MapReader<'_>, shape: &str, period: Option<(&Field<'_>, u32)>) -> bool {
    for item in map.list("Dimensions") {
        if let Some(mut dimension) = item.map() {
            dimension.required("Name");
            dimension.required("Value");
            dimension.finish_aws(shape);
        }
    }
    let extended = map.field("ExtendedStatistic");
    let statistic = map.field("Statistic");
    let Some(field) = statistic.or(extended) else {
        let pending = map.error("missing-field", "\"Statistic\" is missing");
        pending.help("write Statistic: Average").report();
        return false;
    };
    let Some(text) = field.str() else {
        return false;
    };
    if !STATISTICS.contains(&text) {
        let message = format!("\"{text}\" of a metric that has one data point a minute");
        let pending = field.error("not-built-yet", message);
        pending.help("write Statistic: Average").report();
        return false;
    }
    match period {
        Some((field, seconds)) if seconds < 60 => {
            let message = format!("the metric has one data point a minute, not one in {seconds} s");
            let pending = field.error("invalid-value", message);
            pending.help("write Period: 60").report();
            false
        }
        Some((_, seconds)) if seconds != 60 && text != "Average" => {
            let message = format!("the {text} of a metric of one's own over {seconds} s");
            let pending = field.error("not-built-yet", message);
            pending
                .help("write Period: 60, or Statistic: Average")
                .report();
            false
        }
        _ => true,
    }
}

/// Says of a namespace of one's own that nothing is known of what is published there.
pub(super) fn unknown(map: &mut MapReader<'_>, field: &Field<'_>, around: &Around<'_>) {
    let namespace = field.node().as_text().unwrap_or_default();
    let name = map.field("MetricName");
    let name = name.as_ref().and_then(|it| it.node().as_text());
    let asked = format!("{namespace}/{}", name.unwrap_or("MetricName"));
    if around.custom.names().any(|known| known == asked) {
        let message = format!("{asked} of world.customMetrics in an expression");
        let help = "write out here what it is made of";
        field.error("not-built-yet", message).help(help).report();
        return;
    }
    let message = format!(
        "\"{namespace}\" is a namespace of one's own, and world.customMetrics does not say what is \
         published as {asked}"
    );
    let help = suggestion(&asked, around.custom.names()).unwrap_or_else(|| {
        format!(
            "write world.customMetrics: {{ {asked}: {{ metrics: [...] }} }}, what AWS measures and \
             an expression over it, as Metrics of an alarm are"
        )
    });
    field.error("unknown-name", message).help(help).report();
}
