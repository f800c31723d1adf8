//! The cost of instances, shared out over whoever had tasks on them.
//!
//! An hour of a provider's instances is split by what tasks reserved of their CPU and memory, a
//! vCPU weighing as much as 9 GB: AWS's own rule (Cost and Usage Report guide, "Example of split
//! cost allocation data", 2026-11; there what is used beyond a reservation counts as well). What
//! nobody reserved is a part of its own and not, as there, laid on those who did. The price of an
//! hour is the mean of the provider's instances in it, whichever of them a task was on.

use std::collections::BTreeMap;

use super::charge::of_instances;
use super::money::mul_div;
use crate::ids::ProviderId;
use crate::observe::usage::{Meter, Owner, UsageClass, UsageKey, UsageTable};

/// Parts of a base unit that shares are counted in, so that small ones are not lost.
pub(super) const FINE: u128 = 1_000_000;

/// An owner's share of the usage of instances.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Share {
    /// Whose, of which meter and provider, billed or why it was wasted. The cluster's own is what
    /// nobody reserved.
    pub(super) key: UsageKey,
    /// How much, in [`FINE`] parts of a base unit.
    pub(super) quantity: u128,
}

/// The hours of a key of the table.
type Hours = Vec<u128>;

/// What a provider's instances had, and what became of it, hour by hour.
#[derive(Debug, Default)]
struct Pool {
    /// What is paid.
    paid: Vec<(UsageKey, Hours)>,
    /// What instances had for tasks.
    capacity: Hours,
    /// Instance time, and that without a task.
    time: Hours,
    empty: Hours,
    /// What was reserved, by owner.
    reserved: Vec<(Owner, Hours)>,
    /// What of that was wasted.
    wasted: Vec<(Owner, UsageClass, Hours)>,
}

/// The usage of all instances, shared out: the billed shares of a meter are together exactly its
/// usage.
pub(super) fn shares(table: &UsageTable) -> Vec<Share> {
    let mut pools: BTreeMap<Option<ProviderId>, Pool> = BTreeMap::new();
    for key in table.keys() {
        let is_of_instances = matches!(
            key.meter,
            Meter::InstanceCapacity | Meter::InstanceReserved | Meter::InstanceTime
        );
        if is_of_instances || of_instances(key.meter).is_some() {
            let hours: Hours = table.hours(key).collect();
            pools.entry(key.provider).or_default().take(key, hours);
        }
    }
    pools.values().flat_map(Pool::shares).collect()
}

impl Pool {
    fn take(&mut self, key: UsageKey, hours: Hours) {
        match (key.meter, key.class) {
            (Meter::InstanceCapacity, _) => self.capacity = hours,
            (Meter::InstanceTime, UsageClass::Empty) => self.empty = hours,
            (Meter::InstanceTime, _) => self.time = hours,
            (Meter::InstanceReserved, UsageClass::Billed) => {
                self.reserved.push((key.owner, hours));
            }
            (Meter::InstanceReserved, class) => self.wasted.push((key.owner, class, hours)),
            _ => self.paid.push((key, hours)),
        }
    }

    fn shares(&self) -> Vec<Share> {
        let mut shares = Vec::new();
        for (key, hours) in &self.paid {
            self.share_out(*key, hours, &mut shares);
        }
        shares
    }

    fn share_out(&self, key: UsageKey, paid: &Hours, shares: &mut Vec<Share>) {
        let mut owned = vec![0; self.reserved.len()];
        let mut wasted = vec![0; self.wasted.len()];
        let (mut unreserved, mut empty) = (0, 0);
        for (hour, paid) in paid.iter().enumerate().filter(|(_, paid)| 0 < **paid) {
            let paid = paid * FINE;
            let reserved: u128 = self.reserved.iter().map(|it| at(&it.1, hour)).sum();
            // Rounded seconds may let tasks have a little more than there is.
            let whole = at(&self.capacity, hour).max(reserved).max(1);
            // Running sums are rounded, not shares, so that nothing is lost.
            let (mut sum, mut until) = (0, 0);
            for (owned, (_, hours)) in owned.iter_mut().zip(&self.reserved) {
                sum += at(hours, hour);
                let next = mul_div(paid, sum, whole);
                *owned += next - until;
                until = next;
            }
            let rest = paid - until;
            unreserved += rest;
            let time = at(&self.time, hour).max(1);
            let idle = at(&self.empty, hour).min(time);
            empty += mul_div(paid, idle, time).min(rest);
            for (wasted, (_, _, hours)) in wasted.iter_mut().zip(&self.wasted) {
                *wasted += mul_div(paid, at(hours, hour).min(whole), whole);
            }
        }
        let mut add = |owner, class, quantity| {
            let key = UsageKey {
                owner,
                class,
                ..key
            };
            shares.push(Share { key, quantity });
        };
        for ((owner, _), quantity) in self.reserved.iter().zip(owned) {
            add(*owner, UsageClass::Billed, quantity);
        }
        add(Owner::Cluster, UsageClass::Billed, unreserved);
        for ((owner, class, _), quantity) in self.wasted.iter().zip(wasted) {
            add(*owner, *class, quantity);
        }
        add(Owner::Cluster, UsageClass::Unreserved, unreserved);
        add(Owner::Cluster, UsageClass::Empty, empty);
    }
}

fn at(hours: &Hours, hour: usize) -> u128 {
    hours.get(hour).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::instances;
    use crate::engine::SimTime;
    use crate::ids::{JobSourceId, ServiceId};
    use crate::observe::usage::{SECONDS_PER_HOUR, weighted};

    const ON: Option<ProviderId> = Some(ProviderId(0));
    const WEB: Owner = Owner::Service(ServiceId(0));
    const ETL: Owner = Owner::Job(JobSourceId(0));

    fn m5_xlarge() -> Meter {
        Meter::Ec2OnDemand(instances::find("m5.xlarge").unwrap())
    }

    fn table() -> UsageTable {
        UsageTable::new(SimTime::ZERO, SimTime::from_secs(10 * SECONDS_PER_HOUR))
    }

    fn key(meter: Meter, owner: Owner) -> UsageKey {
        UsageKey::billed(meter, owner, ON)
    }

    /// An hour of an m5.xlarge that has all of its 4 vCPU and 16 GB for tasks.
    fn hour_of_m5_xlarge(table: &mut UsageTable) {
        for (meter, rate) in [
            (m5_xlarge(), 1),
            (Meter::InstanceTime, 1),
            (Meter::InstanceCapacity, weighted(4 * 1_024, 16 * 1_024)),
        ] {
            let key = key(meter, Owner::Cluster);
            table.add_seconds(key, SimTime::ZERO, SECONDS_PER_HOUR, rate);
        }
    }

    /// An owner's part of the instance's hour.
    fn part(table: &UsageTable, owner: Owner, class: UsageClass) -> f64 {
        let is_it = |it: &&Share| it.key == key(m5_xlarge(), owner).as_waste(class);
        let shares = shares(table);
        let quantity: u128 = shares.iter().filter(is_it).map(|it| it.quantity).sum();
        quantity as f64 / (FINE * u128::from(SECONDS_PER_HOUR)) as f64
    }

    /// Cost and Usage Report guide, "Example of split cost allocation data": an m5.xlarge of 1 USD
    /// an hour costs 1 / (16 + 9 × 4) USD a weight: 0.17 a vCPU-hour, 0.02 a GB-hour.
    #[test]
    fn a_vcpu_hour_weighs_as_much_as_nine_gb_hours() {
        let mut table = table();
        hour_of_m5_xlarge(&mut table);
        let reserved = |owner| key(Meter::InstanceReserved, owner);
        let hour = SECONDS_PER_HOUR;
        let (vcpu, gb) = (weighted(1_024, 0), weighted(0, 1_024));
        table.add_seconds(reserved(WEB), SimTime::ZERO, hour, vcpu);
        table.add_seconds(reserved(ETL), SimTime::ZERO, hour / 2, 4 * gb);
        let idle = reserved(WEB).as_waste(UsageClass::Idle);
        table.add_seconds(idle, SimTime::ZERO, hour, vcpu / 2);
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found}");
        near(part(&table, WEB, UsageClass::Billed), 9.0 / 52.0);
        near(part(&table, ETL, UsageClass::Billed), 2.0 / 52.0);
        near(part(&table, WEB, UsageClass::Idle), 4.5 / 52.0);
        for class in [UsageClass::Billed, UsageClass::Unreserved] {
            near(part(&table, Owner::Cluster, class), 41.0 / 52.0);
        }
    }

    #[test]
    fn empty_instances_are_a_part_of_what_nobody_reserved() {
        let mut table = table();
        hour_of_m5_xlarge(&mut table);
        let empty = key(Meter::InstanceTime, Owner::Cluster).as_waste(UsageClass::Empty);
        table.add_seconds(empty, SimTime::ZERO, 900, 1);
        assert_eq!(part(&table, Owner::Cluster, UsageClass::Empty), 0.25);
        // A launching instance is empty before it is paid.
        table.add_seconds(empty, SimTime::ZERO, 3_600, 1);
        assert_eq!(part(&table, Owner::Cluster, UsageClass::Empty), 1.0);
        let reserved = key(Meter::InstanceReserved, WEB);
        table.add_seconds(reserved, SimTime::ZERO, 3_600, weighted(4_096, 16_384));
        assert_eq!(part(&table, Owner::Cluster, UsageClass::Empty), 0.0);
        assert_eq!(part(&table, WEB, UsageClass::Billed), 1.0);
    }

    proptest! {
        /// Whatever is reserved, more than there is included: nothing is lost and nothing invented.
        #[test]
        fn shares_are_together_what_was_used(
            paid in prop::collection::vec((0..10u32, 0..1u128 << 40, 0..1u128 << 60), 1..8),
            reserved in prop::collection::vec((0..10u32, 0..3usize, 0..1u128 << 60), 0..12),
        ) {
            let owners = [WEB, ETL, Owner::Service(ServiceId(1))];
            let mut table = table();
            for (hour, time, capacity) in &paid {
                table.add(*hour, key(m5_xlarge(), Owner::Cluster), *time);
                table.add(*hour, key(Meter::InstanceCapacity, Owner::Cluster), *capacity);
            }
            for (hour, owner, quantity) in &reserved {
                table.add(*hour, key(Meter::InstanceReserved, owners[*owner]), *quantity);
            }
            let shares = shares(&table);
            let billed = shares.iter().filter(|it| it.key.class == UsageClass::Billed);
            let sum: u128 = billed.map(|it| it.quantity).sum();
            prop_assert_eq!(sum, FINE * paid.iter().map(|it| it.1).sum::<u128>());
        }
    }
}
