//! What became of container instances and of the groups that launch them.

use super::Trail;
use crate::engine::SimTime;
use crate::ids::{GroupId, ProviderId};
use crate::observe::observation::CapacityObservation;
use crate::policy::managed_scaling;
use crate::world::instance::InstanceStep;

/// A look of managed scaling at a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Managed {
    /// When.
    pub at: SimTime,
    /// The group's provider.
    pub provider: ProviderId,
    /// The desired capacity from then on.
    pub desired: u32,
    /// By which rule.
    pub reason: managed_scaling::ScalingReason,
}

/// Pools that refused an instance, all of them each time that they were asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefusedPools {
    /// The first time.
    pub from: SimTime,
    /// The last time.
    pub to: SimTime,
    /// Whose they are.
    pub group: GroupId,
    /// By the positions of type and zone in the group.
    pub pools: Vec<(u32, u32)>,
}

impl Trail {
    /// Pools refused an instance; the same ones again are told once.
    pub(super) fn refuse_pools(&mut self, at: SimTime, group: GroupId, pools: &[(u32, u32)]) {
        let last = self.refused_pools.iter_mut().rev();
        match last
            .take(1)
            .find(|it| it.group == group && it.pools == pools)
        {
            Some(known) => known.to = at,
            None => self.refused_pools.push(RefusedPools {
                from: at,
                to: at,
                group,
                pools: pools.to_vec(),
            }),
        }
    }

    /// Takes what happened to instances and groups.
    pub(super) fn observe_capacity(&mut self, at: SimTime, what: &CapacityObservation<'_>) {
        match *what {
            CapacityObservation::Instance(record, InstanceStep::Active) => {
                self.instances.push(record.clone());
            }
            CapacityObservation::Instance(record, step) => {
                if step == InstanceStep::Draining {
                    self.drains.push((at, record.id, record.cause));
                }
                let mut known = self.instances.iter_mut().rev();
                match known.find(|known| known.id == record.id) {
                    Some(known) => known.clone_from(record),
                    None if step == InstanceStep::Gone => self.never_active.push(record.clone()),
                    None => {}
                }
            }
            CapacityObservation::InstanceLaunchFailed { group, purchase } => {
                self.launch_failures.push((at, group, purchase));
            }
            CapacityObservation::GroupScaling {
                provider,
                to,
                reason,
                ..
            } => self.managed.push(Managed {
                at,
                provider,
                desired: to,
                reason,
            }),
            _ => {}
        }
    }
}
