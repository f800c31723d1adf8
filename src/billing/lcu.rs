//! Load balancer capacity units: each hour, the largest of four dimensions is paid, and of three of
//! a Network Load Balancer's (Elastic Load Balancing pricing).

use super::BYTES_PER_GB;
use super::charge::Charge;
use super::eras::{self, Era, Eras};
use super::money::MonthScale;
use crate::catalog::item::Item;
use crate::observe::usage::{Meter, Owner, SECONDS_PER_HOUR, UsageClass, UsageKey, UsageTable};
use crate::policy::balancing::FlowKind;

/// One LCU-hour, or NLCU-hour, in a unit that every dimension divides exactly: the least common
/// multiple of the quantities below.
pub(super) const LCU_HOUR: u128 = BYTES_PER_GB * 27 * 78_125;

/// What an LCU holds for an hour, in base units of its meter: 25 new connections a second (in
/// thousandths), 3,000 active connections, 1 GB, 1,000 rule evaluations a second.
const DIMENSIONS: [(Meter, u128); 4] = [
    (Meter::NewConnections, 25 * 1_000 * SECONDS_PER_HOUR as u128),
    (Meter::ActiveConnections, 3_000 * SECONDS_PER_HOUR as u128),
    (Meter::ProcessedBytes, BYTES_PER_GB),
    (Meter::RuleEvaluations, 1_000 * SECONDS_PER_HOUR as u128),
];

/// What an NLCU holds for an hour: new flows a second (in thousandths), active flows, 1 GB.
/// Source: Elastic Load Balancing pricing, Network Load Balancer (2026-09): 800 and 100,000 of TCP,
/// 50 and 3,000 of TLS, 400 and 50,000 of UDP.
const fn flow_dimensions(kind: FlowKind) -> [(Meter, u128); 3] {
    let (new_per_s, active) = match kind {
        FlowKind::Tcp => (800, 100_000),
        FlowKind::Tls => (50, 3_000),
        FlowKind::Udp => (400, 50_000),
    };
    let hour = SECONDS_PER_HOUR as u128;
    [
        (Meter::NewFlows(kind), new_per_s * 1_000 * hour),
        (Meter::ActiveFlows(kind), active * hour),
        (Meter::FlowBytes(kind), BYTES_PER_GB),
    ]
}

/// The LCU-hours of an Application Load Balancer over all hours, in parts of [`LCU_HOUR`], at each
/// price: an hour costs what it does when it begins (ASSUMPTION).
fn lcu_hours(eras: &Eras<'_>, owner: Owner) -> Vec<(Era, u128)> {
    let most = most_by_hour(eras.table, owner, &DIMENSIONS);
    priced(eras, Item::AlbLcuHour, most)
}

/// The NLCU-hours of a Network Load Balancer, likewise: each kind of flow pays its largest
/// dimension.
fn nlcu_hours(eras: &Eras<'_>, owner: Owner) -> Vec<(Era, u128)> {
    let mut sums: Vec<u128> = Vec::new();
    for kind in FlowKind::ALL {
        let most = most_by_hour(eras.table, owner, &flow_dimensions(kind));
        sums.resize(sums.len().max(most.len()), 0);
        for (sum, parts) in sums.iter_mut().zip(most) {
            *sum = sum.saturating_add(parts);
        }
    }
    priced(eras, Item::NlbNlcuHour, sums)
}

/// Of each hour, the largest of some dimensions in parts of [`LCU_HOUR`].
fn most_by_hour(table: &UsageTable, owner: Owner, dimensions: &[(Meter, u128)]) -> Vec<u128> {
    let mut most: Vec<u128> = Vec::new();
    for (meter, per_lcu_hour) in dimensions {
        let parts_of_one = LCU_HOUR / per_lcu_hour;
        for (hour, quantity) in dimension_hours(table, owner, *meter)
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
    most
}

/// The hours at each price.
fn priced(eras: &Eras<'_>, item: Item, hours: Vec<u128>) -> Vec<(Era, u128)> {
    let since = eras.since(&[item.into()]);
    let mut sums: Vec<(Era, u128)> = Vec::new();
    for (hour, parts) in hours.into_iter().enumerate() {
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
pub(super) fn hours_begun(eras: &Eras<'_>, key: UsageKey, item: Item) -> Vec<(Era, u128)> {
    let since = eras.since(&[item.into()]);
    let mut sums = Vec::new();
    for (hour, seconds) in eras.table.hours(key).into_iter().enumerate() {
        let begun = seconds.div_ceil(u128::from(SECONDS_PER_HOUR));
        eras::add(&mut sums, since.at_hour(hour), begun);
    }
    sums
}

/// How a meter's usage is scaled to a month, of the scales of seconds and of hours begun: gateways
/// and endpoints are paid by the hour begun, and their meters count so.
pub(super) fn month_scale(meter: Meter, [by_seconds, by_hours]: [MonthScale; 2]) -> MonthScale {
    match meter {
        Meter::NatGateways | Meter::VpcEndpoints => by_hours,
        _ => by_seconds,
    }
}

/// The capacity units of all load balancers: on which line, at which price, in parts of
/// [`LCU_HOUR`].
pub(super) fn units(eras: &Eras<'_>) -> Vec<(UsageKey, (Charge, Era), u128)> {
    let mut units = Vec::new();
    for owner in owners(eras.table, is_of_application) {
        let key = UsageKey::billed(Meter::ProcessedBytes, owner, None);
        let hours = lcu_hours(eras, owner).into_iter();
        units.extend(hours.map(|(era, parts)| (key, (Item::AlbLcuHour.into(), era), parts)));
    }
    for owner in owners(eras.table, is_of_network) {
        let key = UsageKey::billed(Meter::FlowBytes(FlowKind::Tcp), owner, None);
        let hours = nlcu_hours(eras, owner).into_iter();
        units.extend(hours.map(|(era, parts)| (key, (Item::NlbNlcuHour.into(), era), parts)));
    }
    units
}

/// Whether a meter is a dimension of an Application Load Balancer.
fn is_of_application(meter: Meter) -> bool {
    DIMENSIONS.iter().any(|(known, _)| *known == meter)
}

/// Whether a meter is a dimension of a Network Load Balancer.
fn is_of_network(meter: Meter) -> bool {
    let mut all = FlowKind::ALL.into_iter().flat_map(flow_dimensions);
    all.any(|(known, _)| known == meter)
}

/// The owners with any of some dimensions, in order.
fn owners(table: &UsageTable, is_dimension: impl Fn(Meter) -> bool) -> Vec<Owner> {
    let is_dimension = |key: &UsageKey| is_dimension(key.meter) && key.class == UsageClass::Billed;
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
    fn each_dimension_of_flows_makes_an_nlcu() {
        for (kind, new_per_s, active) in [
            (FlowKind::Tcp, 800, 100_000),
            (FlowKind::Tls, 50, 3_000),
            (FlowKind::Udp, 400, 50_000),
        ] {
            for (_, per_hour) in flow_dimensions(kind) {
                assert_eq!(LCU_HOUR % per_hour, 0, "{kind:?}: parts without a rest");
            }
            check_flows(
                &[(0, Meter::NewFlows(kind), new_per_s * 3_600 * 1_000)],
                1.0,
            );
            check_flows(&[(0, Meter::ActiveFlows(kind), active * 3_600)], 1.0);
            check_flows(&[(0, Meter::FlowBytes(kind), 3 << 30)], 3.0);
        }
        // The largest of a kind, and all kinds.
        let (bytes, new) = (
            Meter::FlowBytes(FlowKind::Tcp),
            Meter::NewFlows(FlowKind::Tcp),
        );
        let udp = Meter::FlowBytes(FlowKind::Udp);
        let one = 800 * 3_600 * 1_000;
        check_flows(
            &[(0, bytes, 2 << 30), (0, new, one), (0, udp, 1 << 30)],
            3.0,
        );
    }

    fn check_flows(usage: &[(u32, Meter, u64)], nlcu_hours_expected: f64) {
        let mut table = UsageTable::new(SimTime::ZERO, SimTime::from_secs(36_000));
        for (hour, meter, quantity) in usage {
            let key = UsageKey::billed(*meter, LB, None);
            table.add(*hour, key, u128::from(*quantity));
        }
        let (prices, _) = PriceBook::for_region("us-east-1");
        let eras = Eras::of(&table, &prices);
        assert_eq!(owners(&table, is_of_network), [LB]);
        assert!(owners(&table, is_of_application).is_empty(), "no LCU");
        let hours: u128 = nlcu_hours(&eras, LB).iter().map(|it| it.1).sum();
        assert_eq!(
            hours as f64 / LCU_HOUR as f64,
            nlcu_hours_expected,
            "{usage:?}"
        );
    }

    #[test]
    fn a_part_of_an_hour_is_billed_full() {
        let mut table = UsageTable::new(SimTime::ZERO, SimTime::from_secs(36_000));
        let key = UsageKey::billed(Meter::LoadBalancerTime, LB, None);
        table.add_span(key, SimTime::from_secs(3_599), SimTime::from_secs(7_201), 1);
        let (prices, _) = PriceBook::for_region("us-east-1");
        assert_eq!(
            hours_begun(&Eras::of(&table, &prices), key, Item::AlbHour),
            [(0, 3)]
        );
    }
}
