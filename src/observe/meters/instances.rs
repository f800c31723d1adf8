//! Usage of the cluster's own instances: billed time by type, EBS, and what tasks could have had of
//! them, by which the bill splits their cost.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::idle::CreditKey;
use crate::catalog::instances::get;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{GroupId, InstanceId, ProviderId};
use crate::observe::usage::{
    InstanceKind, KnownPlace, Meter, Owner, UsageClass, UsageKey, UsageTable, weighted,
    whole_seconds,
};
use crate::policy::auto_scaling_group::Purchase;
use crate::policy::spot::price::instance_hours;
use crate::scenario::plan::{Plan, ProviderKind, ProviderPlan};
use crate::world::instance::{Amounts, InstanceRecord, TerminationCause};
use crate::world::spot_prices::{SpotPrices, price_in_force};

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
    /// Of instances that lived when metering began: how long they had been empty before.
    empty_before: BTreeMap<InstanceId, SimDuration>,
    /// What Spot costs over the run.
    prices: Arc<SpotPrices>,
    /// Under which meter the CPU used on burstable instances stands.
    credit: BTreeMap<CreditKey, Meter>,
}

#[derive(Clone, Debug)]
struct GroupMeters {
    provider: Option<ProviderId>,
    /// What an instance of each type has for tasks, weighted.
    capacities: Vec<u64>,
    volume_gib: u64,
    /// What instances that are there have for tasks, weighted, by kind.
    there: BTreeMap<InstanceKind, u64>,
    /// What of it is free and of no use to who waits, weighted, and since when.
    fragmented: (u64, SimTime),
    /// Machines of one's own: an hour of each is paid while it is registered, whatever is on it.
    is_external: bool,
    /// Managed Instances, whose management is paid beside them.
    is_managed: bool,
}

impl InstanceMeters {
    /// Nothing used yet.
    pub(super) fn new(plan: &Plan) -> Self {
        let group = |index: usize| {
            let id = GroupId::from_index(index);
            let group = plan.group(id);
            let is_external = group.is_external();
            let external = |it: &ProviderPlan| it.kind == ProviderKind::External;
            let provider = match is_external {
                true => {
                    let place = plan.providers.iter().position(external);
                    place.map(ProviderId::from_index)
                }
                false => plan.provider_of(id),
            };
            let types = group.types.iter().map(|it| &it.registered);
            GroupMeters {
                provider,
                capacities: types
                    .map(|it| weighted(u64::from(it.cpu), u64::from(it.memory)))
                    .collect(),
                volume_gib: group.volumes.iter().map(|it| u64::from(it.gib)).sum(),
                there: BTreeMap::new(),
                fragmented: (0, SimTime::ZERO),
                is_external,
                is_managed: group.managed.is_some(),
            }
        };
        InstanceMeters {
            groups: (0..plan.groups.len()).map(group).collect(),
            kinds: Vec::new(),
            kind_of: Vec::new(),
            empty_before: BTreeMap::new(),
            prices: Arc::default(),
            credit: credit_meters(plan),
        }
    }

    /// Meters from now on; `living` are the instances that there are.
    pub(super) fn restart(&mut self, living: &[InstanceRecord]) {
        let empty = living.iter().map(|it| (it.id, it.empty));
        self.empty_before = empty.collect();
    }

    /// What Spot costs over the run; without, its price stays.
    pub(super) fn set_prices(&mut self, prices: &Arc<SpotPrices>) {
        self.prices = Arc::clone(prices);
    }

    /// Under which meter the CPU used on burstable instances stands, by provider and kind.
    pub(super) fn credit_meters(&self) -> &BTreeMap<CreditKey, Meter> {
        &self.credit
    }

    /// An instance is ACTIVE: tasks may be on it from now on.
    pub(super) fn active(&mut self, record: &InstanceRecord) {
        if self.groups[record.group.index()].is_external {
            return;
        }
        let kind = kind_of(record);
        let group = &mut self.groups[record.group.index()];
        let capacity = group.capacities[record.type_index as usize];
        *group.there.entry(kind).or_insert(0) += capacity;
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

    /// The provider of a group; `None`: it has none.
    pub(super) fn provider(&self, group: GroupId) -> Option<ProviderId> {
        self.groups[group.index()].provider
    }

    /// The kind of an instance that is or was ACTIVE.
    pub(super) fn kind(&self, id: InstanceId) -> Option<InstanceKind> {
        let place = self.kind_of.get(id.index())?;
        self.kinds.get(usize::from(*place)).copied()
    }

    /// An instance is gone, or the run is over: from `running` on it was paid.
    pub(super) fn gone(&mut self, usage: &mut UsageTable, at: SimTime, record: &InstanceRecord) {
        self.settle_fragments(usage, at, record.group);
        self.no_more_there(record);
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
        // One that outlives the run has not had its minimum yet; one that is older than the run
        // had it, and its first hour, before.
        let least = if has_ended && !record.stood {
            SECONDS_MIN
        } else {
            0
        };
        let is_free = has_ended
            && !record.stood
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
            if group.is_managed {
                // Also where EC2 gives an interrupted hour away (ASSUMPTION).
                usage.add_seconds(group.key(Meter::ManagedFee(kind)), from, seconds, 1);
            }
            paid += seconds;
        }
        usage.add_seconds(volumes, running, seconds, group.volume_gib);
        if !is_free {
            self.add_spend(usage, record, (running, seconds));
            // When it was empty is of no matter to the bill: its price is the same all along.
            let key = group.key(kind.time()).as_waste(UsageClass::Empty);
            let empty = self.empty_seconds(record).min(paid);
            // Of one that stood when metering began, all of it lies after that.
            let from = running.max(usage.from());
            usage.add_seconds(key, from, empty, 1);
            if group.is_managed {
                let fee = group.key(Meter::ManagedFee(kind));
                let key = fee.as_waste(UsageClass::Empty);
                usage.add_seconds(key, from, empty, 1);
            }
        }
    }
}

impl InstanceMeters {
    /// For how long an instance was empty while it was metered, whole seconds.
    fn empty_seconds(&self, record: &InstanceRecord) -> u64 {
        let whole = |length: SimDuration| length.as_micros() / 1_000_000;
        let before = self.empty_before.get(&record.id).copied();
        whole(record.empty) - before.map_or(0, whole).min(whole(record.empty))
    }

    fn no_more_there(&mut self, record: &InstanceRecord) {
        let group = &mut self.groups[record.group.index()];
        let capacity = group.capacities[record.type_index as usize];
        if let Some(there) = group.there.get_mut(&kind_of(record))
            && record.times.active.is_some()
        {
            *there = there.saturating_sub(capacity);
        }
    }

    /// So much of a group is free and of no use to who waits from now on. It is laid on the
    /// kinds of its instances by what they have (ASSUMPTION: it is spread like that).
    pub(super) fn fragmented(
        &mut self,
        usage: &mut UsageTable,
        (at, group): (SimTime, GroupId),
        free: &Amounts,
    ) {
        let now = weighted(free.cpu, free.memory);
        if self.groups[group.index()].fragmented.0 != now {
            self.settle_fragments(usage, at, group);
            self.groups[group.index()].fragmented.0 = now;
        }
    }

    /// Writes what was of no use until now.
    fn settle_fragments(&mut self, usage: &mut UsageTable, at: SimTime, group: GroupId) {
        let group = &mut self.groups[group.index()];
        let (free, since) = group.fragmented;
        let all: u64 = group.there.values().sum();
        for (kind, there) in group.there.iter().filter(|_| 0 < free) {
            let share = u128::from(free) * u128::from(*there) / u128::from(all.max(1));
            let key = group.key(Meter::InstanceReserved(*kind));
            let key = key.as_waste(UsageClass::Fragmented);
            let rate = u64::try_from(share).unwrap_or(u64::MAX);
            usage.add_exact(key, (since, at), rate, &mut KnownPlace::default());
        }
        group.fragmented.1 = at;
    }

    /// What a Spot instance costs at the prices of the moment, where those move.
    fn add_spend(
        &self,
        usage: &mut UsageTable,
        record: &InstanceRecord,
        (running, seconds): (SimTime, u64),
    ) {
        let kind = record.type_index as usize;
        let path = self.prices.path(record.group, kind, record.zone);
        let Some(path) = path.filter(|_| record.purchase == Purchase::Spot) else {
            return;
        };
        let meter = Meter::SpotSpend(record.instance_type);
        let key = self.groups[record.group.index()].key(meter);
        for (from, seconds) in instance_hours(running, seconds) {
            usage.add_seconds(key, from, seconds, price_in_force(path, from));
        }
    }
}

fn credit_meters(plan: &Plan) -> BTreeMap<CreditKey, Meter> {
    let mut meters = BTreeMap::new();
    for (index, group) in plan.groups.iter().enumerate() {
        let provider = plan.provider_of(GroupId::from_index(index));
        for id in group.types.iter().map(|known| known.instance_type) {
            let Some(burst) = get(id).burst() else {
                continue;
            };
            let is_unlimited = group.is_unlimited.unwrap_or(burst.is_unlimited_by_default);
            for kind in [InstanceKind::OnDemand(id), InstanceKind::Spot(id)] {
                let meter = match is_unlimited {
                    true => Meter::UnlimitedCpu(kind),
                    false => Meter::StandardCpu(kind),
                };
                meters.insert((provider, kind), meter);
            }
        }
    }
    meters
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
