//! What services reserved and did not use, and what they used on burstable instances: known by
//! service, split over where its tasks were once those are known.

use std::collections::BTreeMap;

use crate::ids::ProviderId;
use crate::observe::usage::{
    InstanceKind, KnownPlace, Meter, Owner, UsageClass, UsageKey, UsageTable, VCPU_WEIGHT,
};

/// What a service reserved in an hour and did not use.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Idle {
    pub(super) cpu_unit_seconds: f64,
    pub(super) mib_seconds: f64,
    /// Beside it, the CPU that was used.
    pub(super) used_cpu_unit_seconds: f64,
}

/// Idle size is known by service; each hour's is split over providers as the hour's billed size is
/// (the tasks of a service share its load alike). A service is on Fargate or on instances.
pub(super) fn write_idle(usage: &mut UsageTable, owner: Owner, parts: &[Idle]) {
    let is_cpu = |meter: Meter| matches!(meter, Meter::FargateVcpu(_) | Meter::FargateSpotVcpu(_));
    let is_memory =
        |meter: Meter| matches!(meter, Meter::FargateMemory(_) | Meter::FargateSpotMemory(_));
    split_idle(
        usage,
        owner,
        is_cpu,
        parts.iter().map(|it| it.cpu_unit_seconds),
    );
    split_idle(
        usage,
        owner,
        is_memory,
        parts.iter().map(|it| it.mib_seconds),
    );
    let is_placed = |meter: Meter| matches!(meter, Meter::InstanceReserved(_));
    let weight = VCPU_WEIGHT as f64;
    let idle = |it: &Idle| weight * it.cpu_unit_seconds + it.mib_seconds;
    split_idle(usage, owner, is_placed, parts.iter().map(idle));
}

/// Meters of credits, by the provider and kind of burstable instances.
pub(super) type CreditKey = (Option<ProviderId>, InstanceKind);

/// The CPU that a service used on burstable instances: as its load is, split by what its tasks
/// reserved of each kind.
pub(super) fn write_used(
    usage: &mut UsageTable,
    (owner, credit): (Owner, &BTreeMap<CreditKey, Meter>),
    parts: &[Idle],
) {
    if credit.is_empty() {
        return;
    }
    let of_owner = |key: &UsageKey| key.owner == owner && key.class == UsageClass::Billed;
    let placed = usage
        .keys()
        .filter(of_owner)
        .filter_map(|key| match key.meter {
            Meter::InstanceReserved(kind) => {
                Some((key, credit.get(&(key.provider, kind)).copied()))
            }
            _ => None,
        });
    let placed: Vec<(UsageKey, Option<Meter>)> = placed.collect();
    let reserved: Vec<Vec<u128>> = placed
        .iter()
        .map(|it| usage.parts(it.0).collect())
        .collect();
    for (part, of_part) in parts.iter().enumerate() {
        let of = |series: &Vec<u128>| series.get(part).copied().unwrap_or(0);
        let total: u128 = reserved.iter().map(of).sum();
        for ((key, meter), series) in placed.iter().zip(&reserved) {
            if let Some(meter) = meter.filter(|_| 0 < total) {
                let share = of(series) as f64 / total as f64;
                let quantity = (of_part.used_cpu_unit_seconds * share).round() as u128;
                let key = UsageKey { meter, ..*key };
                usage.add(part as u32, key, quantity);
            }
        }
    }
}

fn split_idle(
    usage: &mut UsageTable,
    owner: Owner,
    is_meant: impl Fn(Meter) -> bool,
    idle: impl Iterator<Item = f64>,
) {
    let keys = usage
        .keys()
        .filter(|key| key.owner == owner && key.class == UsageClass::Billed && is_meant(key.meter));
    let keys: Vec<UsageKey> = keys.collect();
    let billed: Vec<Vec<u128>> = keys.iter().map(|key| usage.parts(*key).collect()).collect();
    let mut places = vec![KnownPlace::default(); keys.len()];
    for (part, idle) in idle.enumerate() {
        let of = |series: &Vec<u128>| series.get(part).copied().unwrap_or(0);
        let total: u128 = billed.iter().map(of).sum();
        if total == 0 {
            continue;
        }
        // Never more than what was paid for.
        let idle = idle.min(total as f64);
        for ((key, series), place) in keys.iter().zip(&billed).zip(&mut places) {
            let share = of(series) as f64 / total as f64;
            let quantity = (idle * share).round() as u128;
            let key = key.as_waste(UsageClass::Idle);
            usage.add_known(part as u32, key, quantity, place);
        }
    }
}
