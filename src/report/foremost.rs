//! Which services matter most, where a page or a terminal has no room for all.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Services in which most requests failed, among those that matter most; the rest are the dearest.
const WORST_MAX: usize = 6;

/// The places of the `most` services that matter most, in their order, by the failed requests and
/// the cost of each: all where they are no more.
pub(super) fn foremost(services: &[(f64, f64)], most: usize) -> Vec<usize> {
    let ranked = |of: fn(&(f64, f64)) -> f64| {
        let mut places: Vec<usize> = (0..services.len()).collect();
        places.sort_by(|a, b| of(&services[*b]).total_cmp(&of(&services[*a])));
        places
    };
    let failed = |at: &usize| 0.0 < services[*at].0;
    let worst = ranked(|it| it.0).into_iter().filter(failed);
    let mut chosen: BTreeSet<usize> = worst.take(WORST_MAX.min(most)).collect();
    for place in ranked(|it| it.1) {
        if most <= chosen.len() {
            break;
        }
        chosen.insert(place);
    }
    chosen.into_iter().collect()
}

/// What services are weighed by, in the order of their names: the failed requests and the cost of
/// each, as `summary.json` has them.
pub(super) fn weights(names: &[&str], summary: &Value) -> Vec<(f64, f64)> {
    let mut costs: BTreeMap<&str, f64> = BTreeMap::new();
    for owner in summary["cost"]["by_owner"].as_array().into_iter().flatten() {
        if let (Some("service"), Some(name)) = (owner["kind"].as_str(), owner["name"].as_str()) {
            costs.insert(name, owner["usd"].as_f64().unwrap_or(0.0));
        }
    }
    let weights = names.iter().enumerate().map(|(index, name)| {
        let load = &summary["services"][index]["load"];
        let failed = load["failed_requests"].as_f64().unwrap_or(0.0);
        (failed, costs.get(name).copied().unwrap_or(0.0))
    });
    weights.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dear(count: usize) -> Vec<(f64, f64)> {
        let cost = |at: usize| ((at * 7) % count) as f64;
        (0..count).map(|at| (0.0, cost(at))).collect()
    }

    #[test]
    fn of_few_services_all_are_told_of() {
        assert_eq!(foremost(&dear(12), 12), (0..12).collect::<Vec<_>>());
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
        assert_eq!(foremost(&services, 12), expected);
    }
}
