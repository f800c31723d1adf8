//! Which services are told of where there are many.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::report::results::Results;
use crate::units::MicroUsd;

/// Services that are told of.
const SERVICES_MAX: usize = 12;
/// Of them, those in which most requests failed; the rest are the dearest.
const WORST_MAX: usize = 6;

/// The places of the services that matter most, in their order: all where they are few.
pub(super) fn services(results: &Results<'_>) -> Vec<usize> {
    let summary = &results.played.outcome.observed.summary;
    let mut costs: BTreeMap<&str, MicroUsd> = BTreeMap::new();
    let lines = results.played.bill.lines.iter();
    for line in lines.filter(|line| line.owner_kind == "service") {
        *costs.entry(&line.owner_name).or_default() += line.cost;
    }
    let figures = summary.services.iter().map(|service| {
        let load = service.load.as_ref();
        let failed = load.map_or(0.0, |load| load.failed_requests);
        let cost = costs.get(service.name.as_str()).copied();
        (failed, cost.unwrap_or(MicroUsd::ZERO))
    });
    chosen(&figures.collect::<Vec<_>>())
}

/// The same by each service's failed requests and cost.
fn chosen(services: &[(f64, MicroUsd)]) -> Vec<usize> {
    if services.len() <= SERVICES_MAX {
        return (0..services.len()).collect();
    }
    let mut by_failed: Vec<usize> = (0..services.len()).collect();
    by_failed.retain(|at| 0.0 < services[*at].0);
    by_failed.sort_by(|a, b| services[*b].0.total_cmp(&services[*a].0));
    let mut chosen: Vec<usize> = by_failed.into_iter().take(WORST_MAX).collect();
    let mut by_cost: Vec<usize> = (0..services.len()).collect();
    by_cost.retain(|at| !chosen.contains(at));
    by_cost.sort_by_key(|at| Reverse(services[*at].1));
    chosen.extend(by_cost.into_iter().take(SERVICES_MAX - chosen.len()));
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dear(count: usize) -> Vec<(f64, MicroUsd)> {
        let cost = |at: usize| MicroUsd(((at * 7) % count) as i128);
        (0..count).map(|at| (0.0, cost(at))).collect()
    }

    #[test]
    fn of_few_services_all_are_told_of() {
        assert_eq!(chosen(&dear(12)), (0..12).collect::<Vec<_>>());
    }

    #[test]
    fn of_many_those_that_fail_most_and_the_dearest() {
        let mut services = dear(100);
        for (at, service) in services.iter_mut().take(10).enumerate() {
            service.0 = 1_000.0 + at as f64;
        }
        // The six that fail most, and 99 to 94 dollars: 7 * 57 % 100 = 99.
        let mut expected = vec![4, 5, 6, 7, 8, 9, 57, 14, 71, 28, 85, 42];
        expected.sort_unstable();
        assert_eq!(chosen(&services), expected);
    }
}
