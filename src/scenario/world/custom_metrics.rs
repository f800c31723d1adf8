//! `world.customMetrics`: what the code, or a function beside it, publishes to CloudWatch, said as
//! metric math over what AWS measures.

use crate::scenario::reader::{Field, MapReader};

/// One such metric as it stands in the file.
pub(in crate::scenario) struct CustomMetric<'a> {
    /// `Namespace` and `MetricName`, with a `/` between them.
    pub(in crate::scenario) name: String,
    /// A list as `Metrics` of an alarm is.
    pub(in crate::scenario) metrics: Field<'a>,
    pub(in crate::scenario) place: Field<'a>,
}

/// Reads the block.
pub(super) fn read(map: Option<MapReader<'_>>) -> Vec<CustomMetric<'_>> {
    let mut all = Vec::new();
    let Some(mut map) = map else {
        return all;
    };
    for (key, place) in map.entries() {
        let Some(mut entry) = place.map() else {
            continue;
        };
        let metrics = entry.required("metrics");
        entry.finish();
        let parts: Vec<&str> = key.text.split('/').collect();
        if parts.len() < 2 || parts.iter().any(|part| part.trim().is_empty()) {
            let message = format!(
                "\"{}\" is no metric: Namespace and MetricName are wanted, with a / between",
                key.text
            );
            let help = "write Shop/BacklogPerTask of the Namespace Shop, for one";
            place.error("invalid-name", message).help(help).report();
            continue;
        }
        if parts[0] == "AWS" {
            let message = "a Namespace that begins with AWS/ is AWS's own (API PutMetricData)";
            let help = "leave the metric out, or write the Namespace that the code publishes to";
            place.error("invalid-name", message).help(help).report();
            continue;
        }
        all.extend(metrics.map(|metrics| CustomMetric {
            name: key.text.clone(),
            metrics,
            place,
        }));
    }
    map.finish();
    all
}
