//! The metrics of the cluster's own instances: of each Auto Scaling group and its capacity
//! provider, and of the cluster over all of them.

use crate::engine::{SimDuration, SimTime};
use crate::ids::{GroupId, ProviderId};
use crate::observe::levels::LevelsGauge;
use crate::observe::observation::CapacityObservation;
use crate::observe::series::CapacitySeries;
use crate::policy::utilization::reservation_percent;
use crate::scenario::plan::Plan;
use crate::world::instance::{Amounts, GroupCounts};

/// What a group shows, in the order of [`Metric::OF_A_GROUP`].
///
/// [`Metric::OF_A_GROUP`]: crate::observe::series::Metric::OF_A_GROUP
pub const GROUP_LEVELS: usize = 6;
/// What the cluster shows, in the order of [`Metric::OF_INSTANCES`], and what its instances have.
///
/// [`Metric::OF_INSTANCES`]: crate::observe::series::Metric::OF_INSTANCES
pub const CLUSTER_LEVELS: usize = 6;
/// The places of the CPU units and the MiB that instances have among the cluster's levels.
pub const REGISTERED: [usize; 2] = [4, 5];
/// The place of `CapacityProviderReservation` among a group's levels.
const RESERVATION: usize = 5;

/// The sink of these metrics.
#[derive(Clone, Debug)]
pub(super) struct CapacitySink {
    groups: Vec<GroupSink>,
    /// The group of each provider.
    group_of: Vec<Option<GroupId>>,
    cluster: LevelsGauge<CLUSTER_LEVELS>,
    sum: Registered,
}

#[derive(Clone, Debug)]
struct GroupSink {
    gauge: LevelsGauge<GROUP_LEVELS>,
    last: Registered,
}

/// Registered instances, what they have and what of it is reserved.
#[derive(Clone, Copy, Debug, Default)]
struct Registered {
    instances: u32,
    has: Amounts,
    reserved: Amounts,
}

impl CapacitySink {
    /// Nothing there yet.
    pub(super) fn new(plan: &Plan, period: SimDuration) -> Self {
        let mut nothing = [0.0; GROUP_LEVELS];
        nothing[RESERVATION] = f64::NAN;
        let group = GroupSink {
            gauge: LevelsGauge::new(period, nothing),
            last: Registered::default(),
        };
        CapacitySink {
            groups: vec![group; plan.groups.len()],
            group_of: plan.providers.iter().map(|it| it.kind.group()).collect(),
            cluster: LevelsGauge::new(period, Registered::default().levels()),
            sum: Registered::default(),
        }
    }

    /// Takes what happened.
    pub(super) fn observe(&mut self, at: SimTime, what: &CapacityObservation<'_>) {
        match what {
            CapacityObservation::GroupCounts { group, counts } => self.counts(at, *group, counts),
            CapacityObservation::Reservation { provider, percent } => {
                self.reservation(at, *provider, *percent);
            }
            CapacityObservation::Instance(..)
            | CapacityObservation::GroupScaling { .. }
            | CapacityObservation::InstanceLaunchFailed { .. }
            | CapacityObservation::RebalanceRecommended { .. }
            | CapacityObservation::MachineLost { .. }
            | CapacityObservation::RequestRefused { .. }
            | CapacityObservation::TaskPlaced { .. }
            | CapacityObservation::Unplaced { .. }
            | CapacityObservation::Asked { .. } => {}
        }
    }

    /// The series up to the end of the run.
    pub(super) fn finish(self, ended_at: SimTime) -> CapacitySeries {
        let groups = self.groups.into_iter();
        CapacitySeries {
            groups: groups.map(|it| it.gauge.finish(ended_at)).collect(),
            cluster: self.cluster.finish(ended_at),
        }
    }

    fn counts(&mut self, at: SimTime, group: GroupId, counts: &GroupCounts) {
        let sink = &mut self.groups[group.index()];
        let total = counts.launching + counts.active + counts.draining;
        let levels = [
            counts.desired,
            counts.active,
            counts.launching,
            counts.draining,
            total,
        ];
        let mut values = *sink.gauge.values();
        for (value, level) in values.iter_mut().zip(levels) {
            *value = f64::from(level);
        }
        sink.gauge.set(at, values);
        let now = Registered {
            instances: counts.active + counts.draining,
            has: counts.registered,
            reserved: counts.reserved,
        };
        self.sum.replace(&sink.last, &now);
        sink.last = now;
        self.cluster.set(at, self.sum.levels());
    }

    fn reservation(&mut self, at: SimTime, provider: ProviderId, percent: f64) {
        if let Some(group) = self.group_of[provider.index()] {
            let gauge = &mut self.groups[group.index()].gauge;
            let mut values = *gauge.values();
            values[RESERVATION] = percent;
            gauge.set(at, values);
        }
    }
}

impl Registered {
    fn replace(&mut self, old: &Registered, new: &Registered) {
        self.instances = self.instances - old.instances + new.instances;
        for (sum, old, new) in [
            (&mut self.has, &old.has, &new.has),
            (&mut self.reserved, &old.reserved, &new.reserved),
        ] {
            sum.cpu = sum.cpu - old.cpu + new.cpu;
            sum.memory = sum.memory - old.memory + new.memory;
            sum.gpus = sum.gpus - old.gpus + new.gpus;
        }
    }

    /// Without registered instances there is no reservation, as with AWS, and without GPUs none of
    /// them.
    fn levels(&self) -> [f64; CLUSTER_LEVELS] {
        let percent = |part, whole| reservation_percent(part, whole).unwrap_or(f64::NAN);
        [
            percent(self.reserved.cpu, self.has.cpu),
            percent(self.reserved.memory, self.has.memory),
            percent(self.reserved.gpus, self.has.gpus),
            f64::from(self.instances),
            self.has.cpu as f64,
            self.has.memory as f64,
        ]
    }
}
