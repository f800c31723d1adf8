//! `world.customMetrics`: what the code, or a function beside it, publishes to CloudWatch, said as
//! metric math over what AWS measures.

use crate::scenario::aws::is_aws_namespace;
use crate::scenario::context::bounded;
use crate::scenario::reader::{Field, MapReader};

const TABLE_MAX: usize = 10_000;

/// One such metric as it stands in the file. CloudWatch takes each set of dimensions for a metric
/// of its own (user guide, cloudwatch_concepts, Dimensions).
pub(in crate::scenario) struct CustomMetric<'a> {
    pub(in crate::scenario) namespace: String,
    pub(in crate::scenario) name: String,
    /// Names and values, in the order of names.
    pub(in crate::scenario) dimensions: Vec<(String, String)>,
    /// A list as `Metrics` of an alarm is.
    pub(in crate::scenario) metrics: Field<'a>,
    pub(in crate::scenario) place: Field<'a>,
}

impl CustomMetric<'_> {
    /// Whether it is one and the same as another.
    fn is(&self, other: &Self) -> bool {
        let parts = |it: &Self| (it.namespace.clone(), it.name.clone(), it.dimensions.clone());
        parts(self) == parts(other)
    }
}

/// All of them.
#[derive(Default)]
pub(in crate::scenario) struct CustomMetricList<'a> {
    pub(in crate::scenario) all: Vec<CustomMetric<'a>>,
    /// Whether one was refused: who names it has done nothing wrong.
    pub(in crate::scenario) has_refused: bool,
}

/// Reads the list.
pub(super) fn read<'a>(world: &mut MapReader<'a>) -> CustomMetricList<'a> {
    let mut list = CustomMetricList::default();
    for place in bounded(world, "customMetrics", TABLE_MAX) {
        let Some(metric) = one(place) else {
            list.has_refused = true;
            continue;
        };
        if list.all.iter().any(|other| other.is(&metric)) {
            let message = format!(
                "{} of {} is there already, with the same dimensions",
                metric.name, metric.namespace
            );
            let help = "keep one of the two, or give each its dimensions";
            let pending = metric.place.error("duplicate-name", message);
            pending.help(help).report();
            continue;
        }
        list.all.push(metric);
    }
    list
}

fn one(place: Field<'_>) -> Option<CustomMetric<'_>> {
    let mut map = place.map()?;
    let namespace_field = map.required("namespace");
    let name = map.required("metricName").and_then(|field| field.str());
    let dimensions = map
        .field("dimensions")
        .map_or(Some(Vec::new()), |it| read_dimensions(&it));
    let metrics = map.required("metrics");
    map.finish();
    let namespace_field = namespace_field?;
    let namespace = namespace_field.str()?;
    if is_aws_namespace(namespace) {
        let message = format!("{namespace} is a namespace of AWS's: nobody else publishes there");
        let help = "write the Namespace that the code publishes to, or leave the metric out";
        let pending = namespace_field.error("invalid-name", message);
        pending.help(help).report();
        return None;
    }
    Some(CustomMetric {
        namespace: namespace.to_owned(),
        name: name?.to_owned(),
        dimensions: dimensions?,
        metrics: metrics?,
        place,
    })
}

/// `[{ Name: Service, Value: worker }]`, in the order of names.
pub(in crate::scenario) fn read_dimensions(field: &Field<'_>) -> Option<Vec<(String, String)>> {
    let mut all = Vec::new();
    for item in field.list()? {
        let mut dimension = item.map()?;
        let name = dimension.required("Name").and_then(|it| it.str());
        let value = dimension.required("Value").and_then(|it| it.str());
        dimension.finish_aws("cloudwatch.Dimension");
        all.push((name?.to_owned(), value?.to_owned()));
    }
    all.sort_unstable();
    Some(all)
}
