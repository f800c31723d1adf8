//! Free room that is of no use to those who want it: tasks in PROVISIONING, and those that a
//! service misses because no instance takes them.

use std::ops::Range;

use crate::ids::{GroupId, ProviderId, ServiceId, TaskDefinitionId};
use crate::policy::placement::{Need, is_fragmented};
use crate::scenario::plan::Plan;
use crate::world::capacity::Capacity;
use crate::world::instance::Amounts;

/// Tasks of a service that no instance took when the scheduler looked last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unplaced {
    /// Whose they are.
    pub service: ServiceId,
    /// The provider, or launch type, that they are wanted on.
    pub provider: ProviderId,
    /// What they would run.
    pub definition: TaskDefinitionId,
    /// What each needs.
    pub need: Need,
    /// How many.
    pub tasks: u32,
}

impl Capacity {
    /// Where a service's unplaced tasks stand, or would.
    pub fn unplaced_of(&self, service: ServiceId) -> Range<usize> {
        let from = self.unplaced.partition_point(|it| it.service < service);
        let its = &self.unplaced[from..];
        from..from + its.partition_point(|it| it.service == service)
    }

    /// Whether anybody waits for an instance of a group, or is refused for want of one.
    fn is_wanted(&self, plan: &Plan, group: GroupId) -> bool {
        0 < self.groups[group.index()].counts.waiting
            || !self.unplaced.is_empty() && self.lacking(plan, group).next().is_some()
    }

    /// Of the unplaced tasks, those that might go to a group.
    fn lacking<'a>(&'a self, plan: &'a Plan, group: GroupId) -> impl Iterator<Item = &'a Unplaced> {
        let launcher = plan.group(group).launcher();
        let may_go = move |it: &&Unplaced| plan.provider(it.provider).kind.takes((group, launcher));
        self.unplaced.iter().filter(may_go)
    }

    /// What is free on a group's ACTIVE instances, if it is of no use to the tasks that wait for
    /// one of them, or that are refused for want of one.
    pub fn fragmented(&self, plan: &Plan, group: GroupId) -> Amounts {
        let state = &self.groups[group.index()];
        let nothing = Amounts::default();
        if !self.is_wanted(plan, group) {
            return nothing;
        }
        let (has, reserved) = (&state.counts.registered, &state.counts.reserved);
        let leaving = state.leaving.iter();
        let leaving: Vec<Need> = leaving.filter_map(|id| self.index.free(*id)).collect();
        let sum =
            |of: fn(&Need) -> u32| leaving.iter().map(|free| u64::from(of(free))).sum::<u64>();
        let free = Amounts {
            cpu: has.cpu.saturating_sub(reserved.cpu + sum(|it| it.cpu)),
            memory: has
                .memory
                .saturating_sub(reserved.memory + sum(|it| it.memory)),
            gpus: has.gpus.saturating_sub(reserved.gpus + sum(|it| it.gpus)),
        };
        let most = |amount: u64| u32::try_from(amount).unwrap_or(u32::MAX);
        let together = Need {
            cpu: most(free.cpu),
            memory: most(free.memory),
            gpus: most(free.gpus),
            enis: 0,
        };
        let waiting = state.provider.map(|on| &self.waiting[on.index()].shapes);
        let waiting = waiting.into_iter().flatten().map(|shape| shape.need);
        let refused = self.lacking(plan, group).map(|it| it.need);
        match is_fragmented(&together, waiting.chain(refused)) {
            true => free,
            false => nothing,
        }
    }
}
