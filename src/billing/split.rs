//! The cost of instances, shared out over whoever had tasks on them.
//!
//! An hour of a provider's instances of one kind is split by what tasks reserved of their CPU and
//! memory, a vCPU weighing as much as 9 GB: AWS's own rule (Cost and Usage Report guide, "Example
//! of split cost allocation data", 2026-11; there what is used beyond a reservation counts as
//! well). What nobody reserved is a part of its own and not, as there, laid on those who did.
//! Volumes are split over all kinds together.

use std::collections::BTreeMap;

use super::charge::of_instances;
use super::eras::{self, Era, Eras, Since};
use super::money::mul_div;
use crate::ids::ProviderId;
use crate::observe::usage::{InstanceKind, Meter, Owner, UsageClass, UsageKey};

/// Parts of a base unit that shares are counted in, so that small ones are not lost.
pub(super) const FINE: u128 = 1_000_000;

/// An owner's share of the usage of instances.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Share {
    /// Whose, of which meter and provider, billed or why it was wasted. The cluster's own is what
    /// nobody reserved.
    pub(super) key: UsageKey,
    /// At which prices.
    pub(super) era: Era,
    /// How much, in [`FINE`] parts of a base unit.
    pub(super) quantity: u128,
}

/// The hours of a key of the table, or the parts of those in which a price changes.
type Parts = Vec<u128>;

/// What instances had for tasks and what became of it, hour by hour.
#[derive(Debug, Default)]
struct Pool {
    capacity: Parts,
    /// What was reserved, and what of it was wasted, by owner.
    reserved: BTreeMap<(UsageClass, Owner), Parts>,
}

/// The usage of all instances, shared out: the billed shares of a meter are together exactly its
/// usage.
pub(super) fn shares(eras: &Eras<'_>) -> Vec<Share> {
    let table = eras.table;
    // By provider: each kind's, and under `None` all kinds' together.
    let mut pools: BTreeMap<(Option<ProviderId>, Option<InstanceKind>), Pool> = BTreeMap::new();
    for key in table.keys() {
        let (Meter::InstanceCapacity(kind) | Meter::InstanceReserved(kind)) = key.meter else {
            continue;
        };
        let parts: Parts = table.parts(key).collect();
        for kind in [Some(kind), None] {
            pools
                .entry((key.provider, kind))
                .or_default()
                .add(key, &parts);
        }
    }
    let nothing = Pool::default();
    let mut shares = Vec::new();
    for key in table.keys() {
        let Some((charge, _)) = of_instances(key.meter) else {
            continue;
        };
        let since = eras.since(&[charge]);
        if key.class != UsageClass::Billed {
            let sums = since.quantities(key).into_iter();
            shares.extend(sums.map(|(era, quantity)| Share {
                key,
                era,
                quantity: quantity * FINE,
            }));
            continue;
        }
        let kind = match key.meter {
            Meter::Ec2OnDemand(id) => Some(InstanceKind::OnDemand(id)),
            Meter::Ec2Spot(id) => Some(InstanceKind::Spot(id)),
            Meter::ManagedFee(kind) => Some(kind),
            _ => None,
        };
        let pool = pools.get(&(key.provider, kind)).unwrap_or(&nothing);
        pool.share_out((key, &since), table.parts(key), &mut shares);
    }
    shares
}

impl Pool {
    fn add(&mut self, key: UsageKey, parts: &Parts) {
        let sums = match key.meter {
            Meter::InstanceCapacity(_) => &mut self.capacity,
            _ => self.reserved.entry((key.class, key.owner)).or_default(),
        };
        sums.resize(sums.len().max(parts.len()), 0);
        sums.iter_mut()
            .zip(parts)
            .for_each(|(sum, more)| *sum += more);
    }

    fn share_out(
        &self,
        (key, since): (UsageKey, &Since<'_>),
        paid: impl Iterator<Item = u128>,
        shares: &mut Vec<Share>,
    ) {
        let is_billed = |class: UsageClass| class == UsageClass::Billed;
        let mut sums = vec![Vec::new(); self.reserved.len()];
        let mut unreserved = Vec::new();
        for (part, paid) in paid.enumerate().filter(|(_, paid)| 0 < *paid) {
            let era = since.at_part(part);
            let paid = paid * FINE;
            let billed = self.reserved.iter().filter(|(key, _)| is_billed(key.0));
            let reserved: u128 = billed.map(|(_, parts)| at(parts, part)).sum();
            // Rounded seconds may let tasks have a little more than there is.
            let whole = at(&self.capacity, part).max(reserved).max(1);
            // Running sums are rounded, not shares, so that nothing is lost.
            let (mut sum, mut until) = (0, 0);
            for (owned, ((class, _), parts)) in sums.iter_mut().zip(&self.reserved) {
                if !is_billed(*class) {
                    let wasted = mul_div(paid, at(parts, part).min(whole), whole);
                    eras::add(owned, era, wasted);
                    continue;
                }
                sum += at(parts, part);
                let next = mul_div(paid, sum, whole);
                eras::add(owned, era, next - until);
                until = next;
            }
            eras::add(&mut unreserved, era, paid - until);
        }
        let mut add = |class, owner, sums: &[(Era, u128)]| {
            let key = UsageKey {
                owner,
                class,
                ..key
            };
            let share = |&(era, quantity): &(Era, u128)| Share { key, era, quantity };
            shares.extend(sums.iter().map(share));
        };
        for ((class, owner), sums) in self.reserved.keys().zip(sums) {
            add(*class, *owner, &sums);
        }
        for class in [UsageClass::Billed, UsageClass::Unreserved] {
            add(class, Owner::Cluster, &unreserved);
        }
    }
}

fn at(parts: &Parts, part: usize) -> u128 {
    parts.get(part).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::instances;
    use crate::engine::SimTime;
    use crate::ids::{JobSourceId, ServiceId};
    use crate::observe::usage::{SECONDS_PER_HOUR, UsageTable, weighted};

    fn shares(table: &UsageTable) -> Vec<Share> {
        let (prices, _) = crate::catalog::prices::PriceBook::for_region("us-east-1");
        super::shares(&Eras::of(table, &prices))
    }

    const ON: Option<ProviderId> = Some(ProviderId(0));
    const WEB: Owner = Owner::Service(ServiceId(0));
    const ETL: Owner = Owner::Job(JobSourceId(0));

    fn kind() -> InstanceKind {
        InstanceKind::OnDemand(instances::find("m5.xlarge").unwrap())
    }

    fn m5_xlarge() -> Meter {
        kind().time()
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
            (
                Meter::InstanceCapacity(kind()),
                weighted(4 * 1_024, 16 * 1_024),
            ),
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
        let reserved = |owner| key(Meter::InstanceReserved(kind()), owner);
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

    /// A Spot instance beside it: who is on it pays for it, and volumes go by both.
    #[test]
    fn each_kind_is_split_over_its_own_tasks_and_volumes_over_all() {
        let mut table = table();
        hour_of_m5_xlarge(&mut table);
        let InstanceKind::OnDemand(id) = kind() else {
            unreachable!("it is")
        };
        let (spot, whole) = (InstanceKind::Spot(id), weighted(4 * 1_024, 16 * 1_024));
        let hour = SECONDS_PER_HOUR;
        for (meter, owner, rate) in [
            (spot.time(), Owner::Cluster, 1),
            (Meter::InstanceCapacity(spot), Owner::Cluster, whole),
            (Meter::EbsStorage, Owner::Cluster, 2),
            (Meter::InstanceReserved(spot), ETL, whole / 2),
            (Meter::InstanceReserved(kind()), WEB, whole),
        ] {
            table.add_seconds(key(meter, owner), SimTime::ZERO, hour, rate);
        }
        assert_eq!(part(&table, WEB, UsageClass::Billed), 1.0);
        assert_eq!(part(&table, ETL, UsageClass::Billed), 0.0);
        let shares = shares(&table);
        let of = |meter, owner| {
            let its = |it: &&Share| it.key == key(meter, owner);
            let sum: u128 = shares.iter().filter(its).map(|it| it.quantity).sum();
            sum as f64 / (FINE * u128::from(hour)) as f64
        };
        assert_eq!((of(spot.time(), WEB), of(spot.time(), ETL)), (0.0, 0.5));
        assert_eq!(of(Meter::EbsStorage, WEB), 1.0);
        assert_eq!(of(Meter::EbsStorage, ETL), 0.5);
        assert_eq!(of(Meter::EbsStorage, Owner::Cluster), 0.5);
    }

    #[test]
    fn empty_time_is_told_as_it_is_metered() {
        let mut table = table();
        hour_of_m5_xlarge(&mut table);
        let empty = key(m5_xlarge(), Owner::Cluster).as_waste(UsageClass::Empty);
        table.add_seconds(empty, SimTime::ZERO, 900, 1);
        assert_eq!(part(&table, Owner::Cluster, UsageClass::Empty), 0.25);
        assert_eq!(part(&table, Owner::Cluster, UsageClass::Billed), 1.0);
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
                table.add(*hour, key(Meter::InstanceCapacity(kind()), Owner::Cluster), *capacity);
            }
            for (hour, owner, quantity) in &reserved {
                table.add(*hour, key(Meter::InstanceReserved(kind()), owners[*owner]), *quantity);
            }
            let shares = shares(&table);
            let billed = shares.iter().filter(|it| it.key.class == UsageClass::Billed);
            let sum: u128 = billed.map(|it| it.quantity).sum();
            prop_assert_eq!(sum, FINE * paid.iter().map(|it| it.1).sum::<u128>());
        }
    }
}
