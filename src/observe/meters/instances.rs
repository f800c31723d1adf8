//! Usage of the cluster's own instances: billed time by type, EBS, and what tasks could have had of
//! them, by which the bill splits their cost.

use crate::engine::{SimDuration, SimTime};
use crate::ids::{GroupId, InstanceId, ProviderId};
use crate::observe::usage::{
    InstanceKind, Meter, Owner, UsageClass, UsageKey, UsageTable, weighted, whole_seconds,
};
use crate::policy::auto_scaling_group::Purchase;
use crate::scenario::plan::{Plan, ProviderKind, ProviderPlan};
use crate::world::instance::{InstanceRecord, TerminationCause};

/// The least that an instance, or an EBS volume, is billed for (EC2 and EBS pricing, Linux by the
/// second, 2026-11).
const SECONDS_MIN: u64 = 60;
/// A Spot instance that EC2 interrupts before it ran for so long costs nothing, its volumes aside
/// (EC2 user guide, "Billing for interrupted Spot Instances", 2026-11; not so if its owner ends
/// it).
const FREE_IF_INTERRUPTED: SimDuration = SimDuration::from_secs(3_600);

/// Usage of instances, by group.
#[derive(Clone, Debug)]
pub(super) struct InstanceMeters {
    groups: Vec<GroupMeters>,
    /// The kinds that there are.
    kinds: Vec<InstanceKind>,
    /// The kind of each instance that was ever ACTIVE, by its id: two bytes an instance.
    kind_of: Vec<u16>,
}

#[derive(Clone, Debug)]
struct GroupMeters {
    provider: Option<ProviderId>,
    /// What an instance of each type has for tasks, weighted.
    capacities: Vec<u64>,
    volume_gib: u64,
    /// Machines of one's own: an hour of each is paid while it is registered, whatever is on it.
    is_external: bool,
}

impl InstanceMeters {
    /// Nothing used yet.
    pub(super) fn new(plan: &Plan) -> Self {
        let group = |index: usize| {
            let id = GroupId::from_index(index);
            let group = plan.group(id);
            let is_external = group.is_external();
            let is_its = |it: &ProviderPlan| match is_external {
                true => it.kind == ProviderKind::External,
                false => it.kind.group() == Some(id),
            };
            let provider = plan.providers.iter().position(is_its);
            let types = group.types.iter().map(|it| &it.registered);
            GroupMeters {
                provider: provider.map(ProviderId::from_index),
                capacities: types
                    .map(|it| weighted(u64::from(it.cpu), u64::from(it.memory)))
                    .collect(),
                volume_gib: group.volumes.iter().map(|it| u64::from(it.gib)).sum(),
                is_external,
            }
        };
        InstanceMeters {
            groups: (0..plan.groups.len()).map(group).collect(),
            kinds: Vec::new(),
            kind_of: Vec::new(),
        }
    }

    /// An instance is ACTIVE: tasks may be on it from now on.
    pub(super) fn active(&mut self, record: &InstanceRecord) {
        if self.groups[record.group.index()].is_external {
            return;
        }
        let kind = kind_of(record);
        let known = self.kinds.iter().position(|known| *known == kind);
        let place = known.unwrap_or_else(|| {
            self.kinds.push(kind);
            self.kinds.len() - 1
        });
        let id = record.id.index();
        if self.kind_of.len() <= id {
            self.kind_of.resize(id + 1, u16::MAX);
        }
        self.kind_of[id] = u16::try_from(place).unwrap_or(u16::MAX);
    }

    /// The kind of an instance that is or was ACTIVE.
    pub(super) fn kind(&self, id: InstanceId) -> Option<InstanceKind> {
        let place = self.kind_of.get(id.index())?;
        self.kinds.get(usize::from(*place)).copied()
    }

    /// An instance is gone, or the run is over: from `running` on it was paid.
    pub(super) fn gone(&self, usage: &mut UsageTable, at: SimTime, record: &InstanceRecord) {
        let Some(running) = record.times.running.filter(|running| *running <= at) else {
            return;
        };
        let group = &self.groups[record.group.index()];
        let end = record.times.terminated.unwrap_or(at).min(at);
        if group.is_external {
            let key = group.key(Meter::EcsAnywhere);
            return usage.add_seconds(key, running, whole_seconds(running, end), 1);
        }
        let has_ended = record.times.terminated.is_some_and(|ended| ended <= at);
        // One that outlives the run has not had its minimum yet.
        let least = if has_ended { SECONDS_MIN } else { 0 };
        let is_free = has_ended
            && record.purchase == Purchase::Spot
            && record.cause == Some(TerminationCause::SpotInterruption)
            && end.since(running) < FREE_IF_INTERRUPTED;
        let kind = kind_of(record);
        let capacity = group.capacities[record.type_index as usize];
        // Its volumes are paid while it stands stopped in a warm pool, too.
        let seconds = whole_seconds(running, end).max(least);
        let volumes = group.key(Meter::EbsStorage);
        let mut paid = 0;
        for (from, until) in record.paid(end) {
            // Each start has its minimum (EC2 pricing); one that begins the run stopped has none.
            let is_over = until < end;
            let least = if is_over && from < until {
                SECONDS_MIN
            } else {
                least
            };
            let seconds = match is_over && from == until {
                true => 0,
                false => whole_seconds(from, until).max(least),
            };
            usage.add_seconds(group.key(kind.time()), from, seconds, u64::from(!is_free));
            let of_tasks = group.key(Meter::InstanceCapacity(kind));
            usage.add_seconds(of_tasks, from, seconds, capacity);
            paid += seconds;
        }
        usage.add_seconds(volumes, running, seconds, group.volume_gib);
        if !is_free {
            // When it was empty is of no matter to the bill: its price is the same all along.
            let key = group.key(kind.time()).as_waste(UsageClass::Empty);
            let empty = record.empty.as_micros() / 1_000_000;
            usage.add_seconds(key, running, empty.min(paid), 1);
        }
    }
}

fn kind_of(record: &InstanceRecord) -> InstanceKind {
    match record.purchase {
        Purchase::OnDemand => InstanceKind::OnDemand(record.instance_type),
        Purchase::Spot => InstanceKind::Spot(record.instance_type),
    }
}

impl GroupMeters {
    /// Nobody reserved an instance as such: its owner is the cluster.
    fn key(&self, meter: Meter) -> UsageKey {
        UsageKey::billed(meter, Owner::Cluster, self.provider)
    }
}
