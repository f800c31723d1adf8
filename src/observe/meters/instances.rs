//! Usage of the cluster's own instances: billed time by type, EBS, and what tasks could have had of
//! them, by which the bill splits their cost.

use crate::engine::{SimDuration, SimTime};
use crate::ids::{GroupId, ProviderId};
use crate::observe::usage::{
    Meter, Owner, UsageClass, UsageKey, UsageTable, weighted, whole_seconds,
};
use crate::policy::auto_scaling_group::Purchase;
use crate::scenario::plan::Plan;
use crate::world::instance::{GroupCounts, InstanceRecord, TerminationCause};

/// The least that an instance, or an EBS volume, is billed for (EC2 and EBS pricing, Linux by the
/// second, 2026-11).
const SECONDS_MIN: u64 = 60;
const MICROS_PER_SECOND: u64 = 1_000_000;
/// A Spot instance that EC2 interrupts before it ran for so long costs nothing, its volumes aside
/// (EC2 user guide, "Billing for interrupted Spot Instances", 2026-11; not so if its owner ends
/// it).
const FREE_IF_INTERRUPTED: SimDuration = SimDuration::from_secs(3_600);

/// Usage of instances, by group.
#[derive(Clone, Debug)]
pub(super) struct InstanceMeters {
    groups: Vec<GroupMeters>,
}

#[derive(Clone, Debug)]
struct GroupMeters {
    provider: Option<ProviderId>,
    /// What an instance of each type has for tasks, weighted.
    capacities: Vec<u64>,
    volume_gib: u64,
    /// Instances without a task, and since when so many.
    empty: u32,
    since: SimTime,
    /// Parts of seconds of empty instances that are not in the table yet, microseconds.
    rest_us: u64,
}

impl InstanceMeters {
    /// Nothing used yet.
    pub(super) fn new(plan: &Plan) -> Self {
        let group = |index: usize| {
            let id = GroupId::from_index(index);
            let group = plan.group(id);
            let is_its = |it: &crate::scenario::plan::ProviderPlan| it.kind.group() == Some(id);
            let provider = plan.providers.iter().position(is_its);
            let types = group.types.iter().map(|it| &it.registered);
            GroupMeters {
                provider: provider.map(ProviderId::from_index),
                capacities: types
                    .map(|it| weighted(u64::from(it.cpu), u64::from(it.memory)))
                    .collect(),
                volume_gib: group.volumes.iter().map(|it| u64::from(it.gib)).sum(),
                empty: 0,
                since: SimTime::ZERO,
                rest_us: 0,
            }
        };
        InstanceMeters {
            groups: (0..plan.groups.len()).map(group).collect(),
        }
    }

    /// An instance is gone, or the run is over: from `running` on it was paid.
    pub(super) fn gone(&self, usage: &mut UsageTable, at: SimTime, record: &InstanceRecord) {
        let Some(running) = record.times.running.filter(|running| *running <= at) else {
            return;
        };
        let group = &self.groups[record.group.index()];
        let end = record.times.terminated.unwrap_or(at).min(at);
        let has_ended = record.times.terminated.is_some_and(|ended| ended <= at);
        // One that outlives the run has not had its minimum yet.
        let least = if has_ended { SECONDS_MIN } else { 0 };
        let seconds = whole_seconds(running, end).max(least);
        let meter = match record.purchase {
            Purchase::OnDemand => Meter::Ec2OnDemand(record.instance_type),
            Purchase::Spot => Meter::Ec2Spot(record.instance_type),
        };
        let is_free = has_ended
            && record.purchase == Purchase::Spot
            && record.cause == Some(TerminationCause::SpotInterruption)
            && end.since(running) < FREE_IF_INTERRUPTED;
        let capacity = group.capacities[record.type_index as usize];
        for (meter, rate) in [
            (meter, u64::from(!is_free)),
            (Meter::EbsStorage, group.volume_gib),
            (Meter::InstanceCapacity, capacity),
            (Meter::InstanceTime, 1),
        ] {
            usage.add_seconds(group.key(meter), running, seconds, rate);
        }
    }

    /// A group's counts are these from now on.
    pub(super) fn counts(
        &mut self,
        usage: &mut UsageTable,
        at: SimTime,
        group: GroupId,
        counts: &GroupCounts,
    ) {
        let group = &mut self.groups[group.index()];
        if group.empty != counts.empty {
            group.close(usage, at);
            group.empty = counts.empty;
        }
    }

    /// Adds what is open at the end of the run.
    pub(super) fn finish(&mut self, usage: &mut UsageTable, ended_at: SimTime) {
        for group in &mut self.groups {
            group.close(usage, ended_at);
        }
    }
}

impl GroupMeters {
    /// Nobody reserved an instance as such: its owner is the cluster.
    fn key(&self, meter: Meter) -> UsageKey {
        UsageKey::billed(meter, Owner::Cluster, self.provider)
    }

    fn close(&mut self, usage: &mut UsageTable, at: SimTime) {
        let key = self.key(Meter::InstanceTime).as_waste(UsageClass::Empty);
        let length_us = at.since(self.since).as_micros();
        let (seconds, rest_us) = (length_us / MICROS_PER_SECOND, length_us % MICROS_PER_SECOND);
        usage.add_seconds(key, self.since, seconds, u64::from(self.empty));
        self.rest_us += rest_us * u64::from(self.empty);
        let whole = self.rest_us / MICROS_PER_SECOND;
        // The last second before `at`: at the end of a run it is the last of the table.
        let last = SimTime::from_micros(at.as_micros().saturating_sub(1));
        usage.add_at(last, key, whole);
        self.rest_us %= MICROS_PER_SECOND;
        self.since = at;
    }
}
