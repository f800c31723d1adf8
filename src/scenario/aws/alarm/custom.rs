//! Metrics that the code publishes (`world.customMetrics`), where an alarm or a policy names one.

use std::cell::Cell;

use crate::ids::ServiceId;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::plan::WatchedMetric;
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::custom_metrics::{CustomMetric, CustomMetricList, read_dimensions};

use super::Around;
use super::math::math;
use super::metric_names::is_own;
use super::source::{SHAPES, one_service};

/// The metrics, each with what it stands for; by default none, as none is made of another.
#[derive(Default)]
pub(in crate::scenario::aws) struct CustomMetrics {
    entries: Vec<Entry>,
    /// Whether somebody looks at one that is not among them, and may have meant one that is.
    has_unknown: Cell<bool>,
    /// Whether one was refused: who names it has done nothing wrong.
    has_refused: bool,
}

struct Entry {
    namespace: String,
    name: String,
    dimensions: Vec<(String, String)>,
    /// `None`: refused, and said so.
    of: Option<(ServiceId, WatchedMetric)>,
    is_watched: Cell<bool>,
}

/// The statistics of one data point a minute: they are all of them its value.
const STATISTICS: [&str; 4] = ["Average", "Sum", "Minimum", "Maximum"];

impl CustomMetrics {
    /// Reads what each of them is made of.
    pub(in crate::scenario::aws) fn read(
        metrics: &CustomMetricList<'_>,
        around: &Around<'_>,
    ) -> Self {
        let entries = metrics.all.iter().map(|metric| Entry {
            namespace: metric.namespace.clone(),
            name: metric.name.clone(),
            dimensions: metric.dimensions.clone(),
            of: of(metric, around),
            is_watched: Cell::new(false),
        });
        CustomMetrics {
            entries: entries.collect(),
            has_unknown: Cell::new(metrics.has_refused),
            has_refused: metrics.has_refused,
        }
    }

    /// The services that publish, once for each metric that they pay for.
    pub(in crate::scenario::aws) fn owners(&self) -> Vec<ServiceId> {
        let owners = self.entries.iter().filter_map(|entry| entry.of.as_ref());
        owners.map(|(service, _)| *service).collect()
    }

    /// Those of one name, whatever their dimensions.
    fn named<'e>(&'e self, namespace: &'e str, name: &'e str) -> impl Iterator<Item = &'e Entry> {
        let entries = self.entries.iter();
        entries.filter(move |it| it.namespace == namespace && it.name == name)
    }

    /// Says which of them nobody looks at.
    pub(in crate::scenario::aws) fn note_unwatched(&self, metrics: &CustomMetricList<'_>) {
        for (entry, metric) in self.entries.iter().zip(&metrics.all) {
            if entry.of.is_some() && !entry.is_watched.get() && !self.has_unknown.get() {
                let message = format!(
                    "no alarm and no policy looks at {} of {}: it is paid for, and does nothing",
                    entry.name, entry.namespace
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
    let metric = WatchedMetric {
        name: metric.name.clone(),
        is_published: true,
        ..math.into_metric()
    };
    Some((service, metric))
}

/// What is found where a metric is named: none of one's own, or what it stands for, `None` in it
/// where that is wrong.
pub(in crate::scenario::aws) type Found = Option<Option<(ServiceId, WatchedMetric)>>;

/// Reads a metric of one's own, if such a namespace is named; `period`: the field and its seconds,
/// where there is one, as an alarm's is.
pub(in crate::scenario::aws) fn published(
    map: &mut MapReader<'_>,
    around: &Around<'_>,
    period: Option<(&Field<'_>, u32)>,
) -> Found {
    let place = map.field("Namespace").filter(is_own)?;
    let name = map.required("MetricName");
    let dimensions = map.field("Dimensions");
    let is_right = is_its(map, period);
    let dimensions = dimensions.map_or(Some(Vec::new()), |it| read_dimensions(&it));
    let (Some(name), Some(dimensions)) = (name, dimensions) else {
        return Some(None);
    };
    let (namespace, name_text) = (place.str()?, name.str()?);
    let mut named = around.custom.named(namespace, name_text);
    let Some(entry) = named.find(|it| it.dimensions == dimensions) else {
        unknown((&place, &name), dimensions, around);
        return Some(None);
    };
    entry.is_watched.set(true);
    Some(entry.of.clone().filter(|_| is_right))
}

/// Whether statistic and period are such as the metric has.
fn is_its(map: &mut MapReader<'_>, period: Option<(&Field<'_>, u32)>) -> bool {
    // What a policy tracks has no such field (API CustomizedMetricSpecification).
    let extended = period.and_then(|_| map.field("ExtendedStatistic"));
    let statistic = map.field("Statistic");
    if let (Some(_), Some(extended)) = (&statistic, &extended) {
        let message = "an alarm has a Statistic or an ExtendedStatistic, not both";
        let pending = extended.error("invalid-entry", message);
        pending.help("leave ExtendedStatistic out").report();
        return false;
    }
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
    let Some((field, seconds)) = period.filter(|(_, seconds)| *seconds != 60) else {
        return true;
    };
    let pending = match seconds < 60 {
        true => {
            let message = format!("the metric has one data point a minute, not one in {seconds} s");
            field.error("invalid-value", message)
        }
        false => {
            let message = format!(
                "data points of {seconds} s of a metric that the code publishes are not simulated \
                 yet"
            );
            field.error("not-built-yet", message)
        }
    };
    let help = "write Period: 60, and EvaluationPeriods and DatapointsToAlarm for more minutes";
    pending.help(help).report();
    false
}

/// Says of a metric of one's own that nothing is known of it.
fn unknown(
    (place, name_field): (&Field<'_>, &Field<'_>),
    dimensions: Vec<(String, String)>,
    around: &Around<'_>,
) {
    let text = |field: &Field<'_>| field.node().as_text().unwrap_or_default().to_owned();
    let (namespace, name) = (text(place), text(name_field));
    around.custom.has_unknown.set(true);
    if around.custom.has_refused {
        return;
    }
    let same = around.custom.named(&namespace, &name);
    let known: Vec<String> = same.map(|it| words(&it.dimensions)).collect();
    if !known.is_empty() {
        let message = format!(
            "world.customMetrics has {name} of {namespace} {}, not {}: to CloudWatch that is \
             another metric, which has no data",
            known.join(" and "),
            words(&dimensions)
        );
        let help = "write the same Dimensions here and there";
        name_field
            .error("unknown-name", message)
            .help(help)
            .report();
        return;
    }
    let message = format!(
        "{namespace} is a namespace of one's own, and world.customMetrics does not say what is \
         published there as {name}"
    );
    let entries = around.custom.entries.iter();
    let names = entries.map(|it| format!("{} of {}", it.name, it.namespace));
    let names: Vec<String> = names.collect();
    let asked = format!("{name} of {namespace}");
    let near = suggestion(&asked, names.iter().map(String::as_str));
    let help = near.unwrap_or_else(|| {
        format!(
            "write world.customMetrics: [{{ namespace: {namespace}, metricName: {name}, metrics: \
             [...] }}], what AWS measures and an expression over it, as Metrics of an alarm are"
        )
    });
    place.error("unknown-name", message).help(help).report();
}

/// Says of a namespace of one's own inside of an expression that it cannot stand there.
pub(super) fn in_expression(place: &Field<'_>) {
    let message = "a metric that the code publishes in an expression";
    let help = "write out here what it is made of: metrics of AWS's namespaces";
    place.error("not-built-yet", message).help(help).report();
}

/// `with Of: worker`.
fn words(dimensions: &[(String, String)]) -> String {
    if dimensions.is_empty() {
        return "without dimensions".to_owned();
    }
    let each = dimensions.iter();
    let each = each.map(|(name, value)| format!("{name}: {value}"));
    format!("with {}", each.collect::<Vec<String>>().join(", "))
}
