//! Which services are told of where there are many.

use std::collections::BTreeMap;

use crate::report::foremost::foremost;
use crate::report::results::Results;

/// Services that are told of.
const SERVICES_MAX: usize = 12;

/// The places of the services that matter most, in their order: all where they are few.
pub(super) fn services(results: &Results<'_>) -> Vec<usize> {
    let summary = &results.played.outcome.observed.summary;
    let mut costs: BTreeMap<&str, f64> = BTreeMap::new();
    let lines = results.played.bill.lines.iter();
    for line in lines.filter(|line| line.owner_kind == "service") {
        *costs.entry(&line.owner_name).or_default() += line.cost.usd();
    }
    let figures = summary.services.iter().map(|service| {
        let load = service.load.as_ref();
        let failed = load.map_or(0.0, |load| load.failed_requests);
        let cost = costs.get(service.name.as_str()).copied();
        (failed, cost.unwrap_or(0.0))
    });
    foremost(&figures.collect::<Vec<_>>(), SERVICES_MAX)
}
