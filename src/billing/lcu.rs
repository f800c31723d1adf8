//! Load balancer capacity units: each hour, the largest of four dimensions is paid (Elastic Load
//! Balancing pricing).

use super::BYTES_PER_GB;
use super::eras::{self, Era, Eras};
use crate::catalog::item::Item;
use crate::observe::usage::{Meter, Owner, SECONDS_PER_HOUR, UsageClass, UsageKey, UsageTable};

/// One LCU-hour in a unit that every dimension divides exactly: the least common multiple of the
/// four quantities below.
pub(super) const LCU_HOUR: u128 = BYTES_PER_GB * 27 * 78_125;

/// What an LCU holds for an hour, in base units of its meter: 25 new connections a second (in
/// thousandths), 3,000 active connections, 1 GB, 1,000 rule evaluations a second.
const DIMENSIONS: [(Meter, u128); 4] = [
    (Meter::NewConnections, 25 * 1_000 * SECONDS_PER_HOUR as u128),
    (Meter::ActiveConnections, 3_000 * SECONDS_PER_HOUR as u128),
    (Meter::ProcessedBytes, BYTES_PER_GB),
    (Meter::RuleEvaluations, 1_000 * SECONDS_PER_HOUR as u128),
];

/// The LCU-hours of a load balancer over all hours, in parts of [`LCU_HOUR`], at each price: an
/// hour costs what it does when it begins (ASSUMPTION).
pub(super) fn lcu_hours(eras: &Eras<'_>, owner: Owner) -> Vec<(Era, u128)> {
    let mut most: Vec<u128> = Vec::new();
    for (meter, per_lcu_hour) in DIMENSIONS {
        let parts_of_one = LCU_HOUR / per_lcu_hour;
        for (hour, quantity) in dimension_hours(eras.table, owner, meter)
            .into_iter()
            .enumerate()
        {
            let parts = quantity.saturating_mul(parts_of_one);
            match most.get_mut(hour) {
                Some(most) => *most = parts.max(*most),
                None => most.push(parts),
            }
        }
    }
    let since = eras.since(&[Item::AlbLcuHour.into()]);
    let mut sums: Vec<(Era, u128)> = Vec::new();
    for (hour, parts) in most.into_iter().enumerate() {
        let era = since.at_hour(hour);
        match sums.iter_mut().find(|sum| sum.0 == era) {
            Some(sum) => sum.1 = sum.1.saturating_add(parts),
            None => sums.push((era, parts)),
        }
    }
    sums
}

/// A dimension of each hour, whatever provider the usage names.
fn dimension_hours(table: &UsageTable, owner: Owner, meter: Meter) -> Vec<u128> {
    let is_of = |key: &UsageKey| {
        key.owner == owner && key.meter == meter && key.class == UsageClass::Billed
    };
    let mut sums: Vec<u128> = Vec::new();
    for key in table.keys().filter(is_of) {
        for (hour, quantity) in table.hours(key).into_iter().enumerate() {
            match sums.get_mut(hour) {
                Some(sum) => *sum += quantity,
                None => sums.push(quantity),
            }
        }
    }
    sums
}

/// The hours and parts of hours in which a load balancer existed, at each price.
pub(super) fn hours_begun(eras: &Eras<'_>, key: UsageKey) -> Vec<(Era, u128)> {
    let since = eras.since(&[Item::AlbHour.into()]);
    let mut sums = Vec::new();
    for (hour, seconds) in eras.table.hours(key).into_iter().enumerate() {
        let begun = seconds.div_ceil(u128::from(SECONDS_PER_HOUR));
        eras::add(&mut sums, since.at_hour(hour), begun);
    }
    sums
}

/// The owners with any of the four dimensions, in order.
pub(super) fn owners(table: &UsageTable) -> Vec<Owner> {
    let is_dimension = |key: &UsageKey| {
        let known = DIMENSIONS.iter().any(|(meter, _)| *meter == key.meter);
        known && key.class == UsageClass::Billed
    };
    let mut owners: Vec<Owner> = table
        .keys()
        .filter(is_dimension)
        .map(|key| key.owner)
        .collect();
    owners.dedup();
    owners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::prices::PriceBook;
    use crate::engine::time::SimTime;
    use crate::ids::LoadBalancerId;

    const LB: Owner = Owner::LoadBalancer(LoadBalancerId(0));

    fn check(usage: &[(u32, Meter, u64)], lcu_hours_expected: f64) {
        let mut table = UsageTable::new(SimTime::ZERO, SimTime::from_secs(36_000));
        for (hour, meter, quantity) in usage {
            let key = UsageKey::billed(*meter, LB, None);
            table.add(*hour, key, u128::from(*quantity));
        }
        let (prices, _) = PriceBook::for_region("us-east-1");
        assert_eq!(
            lcu_hours(&Eras::of(&table, &prices), LB)[0].1 as f64 / LCU_HOUR as f64,
            lcu_hours_expected
        );
    }

    #[test]
    fn every_dimension_divides_an_lcu_hour() {
        for (meter, per_lcu_hour) in DIMENSIONS {
            assert_eq!(LCU_HOUR % per_lcu_hour, 0, "{meter:?}");
        }
    }

    /// Elastic Load Balancing pricing: 25 new connections a second, 3,000 active ones, 1 GB, 1,000
    /// evaluations a second.
    #[test]
    fn one_lcu_is_any_of_its_four_dimensions_for_an_hour() {
        check(&[(0, Meter::NewConnections, 25 * 3_600 * 1_000)], 1.0);
        check(&[(0, Meter::ActiveConnections, 3_000 * 3_600)], 1.0);
        check(&[(0, Meter::ProcessedBytes, 1 << 30)], 1.0);
        check(&[(0, Meter::RuleEvaluations, 1_000 * 3_600)], 1.0);
    }

    #[test]
    fn each_hour_pays_its_own_largest_dimension() {
        let (bytes, connections) = (Meter::ProcessedBytes, Meter::NewConnections);
        let lcu_of_connections = 25 * 3_600 * 1_000;
        check(
            &[(0, bytes, 2 << 30), (0, connections, lcu_of_connections)],
            2.0,
        );
        check(
            &[(0, bytes, 2 << 30), (3, connections, lcu_of_connections)],
            3.0,
        );
        check(
            &[
                (0, bytes, 1 << 29),
                (1, bytes, 1 << 30),
                (1, connections, lcu_of_connections),
            ],
            1.5,
        );
    }

    #[test]
    fn a_part_of_an_hour_is_billed_full() {
        let mut table = UsageTable::new(SimTime::ZERO, SimTime::from_secs(36_000));
        let key = UsageKey::billed(Meter::LoadBalancerTime, LB, None);
        table.add_span(key, SimTime::from_secs(3_599), SimTime::from_secs(7_201), 1);
        let (prices, _) = PriceBook::for_region("us-east-1");
        assert_eq!(hours_begun(&Eras::of(&table, &prices), key), [(0, 3)]);
    }
}
