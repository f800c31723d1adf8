//! A deployment's (or a job source's) live tasks by provider, zone and phase: whom to count, whom
//! to stop, whom a reclaim touches, without looking at any other task.

use crate::engine::prefetch::prefetch;
use crate::ids::{ProviderId, TaskId, ZoneId};

/// How far a live task has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// PROVISIONING, PENDING or ACTIVATING.
    Launching,
    /// RUNNING, not counted as healthy.
    Running,
    /// RUNNING, and found UNHEALTHY.
    Unhealthy,
    /// RUNNING and counted as healthy for its deployment.
    Healthy,
}

impl Phase {
    /// All phases, in the order in which scale-in takes tasks.
    pub const ALL: [Phase; 4] = [
        Phase::Launching,
        Phase::Running,
        Phase::Unhealthy,
        Phase::Healthy,
    ];
}

/// Live tasks (desired status RUNNING) by provider, zone and phase.
#[derive(Clone, Debug)]
pub struct TaskGroups {
    zones: usize,
    lists: Vec<Vec<TaskId>>,
}

impl TaskGroups {
    /// No tasks, over `providers` × `zones` of the plan.
    pub fn new(providers: usize, zones: usize) -> Self {
        TaskGroups {
            zones,
            // The last place is that of tasks that wait for an instance (`ZoneId::NOWHERE`).
            lists: vec![Vec::new(); providers * (zones + 1) * Phase::ALL.len()],
        }
    }

    /// No tasks, over the same providers and zones.
    #[must_use]
    pub fn emptied(&self) -> Self {
        TaskGroups {
            zones: self.zones,
            lists: vec![Vec::new(); self.lists.len()],
        }
    }

    fn index(&self, provider: ProviderId, zone: ZoneId, phase: Phase) -> usize {
        let zone = zone.index().min(self.zones);
        (provider.index() * (self.zones + 1) + zone) * Phase::ALL.len() + phase as usize
    }

    /// Adds a task; the returned position is to be kept with it.
    #[must_use = "the position is needed to take the task out again"]
    pub fn insert(
        &mut self,
        provider: ProviderId,
        zone: ZoneId,
        phase: Phase,
        task: TaskId,
    ) -> u32 {
        let index = self.index(provider, zone, phase);
        self.lists[index].push(task);
        (self.lists[index].len() - 1) as u32
    }

    /// Takes the task at `position` out. The task that moved to its position, if any, is returned:
    /// its position must be set to `position`.
    #[must_use = "the moved task's position must be set"]
    pub fn remove(
        &mut self,
        provider: ProviderId,
        zone: ZoneId,
        phase: Phase,
        position: u32,
    ) -> Option<TaskId> {
        let index = self.index(provider, zone, phase);
        let list = &mut self.lists[index];
        list.swap_remove(position as usize);
        list.get(position as usize).copied()
    }

    /// Has the place of a task that may be taken out soon fetched into the cache, and says who
    /// would move there.
    #[inline]
    pub fn prefetch(
        &self,
        provider: ProviderId,
        zone: ZoneId,
        phase: Phase,
        position: u32,
    ) -> Option<TaskId> {
        let list = self.list(provider, zone, phase);
        prefetch(list.get(position as usize)?);
        list.last().copied()
    }

    /// The tasks of one provider, zone and phase.
    pub fn list(&self, provider: ProviderId, zone: ZoneId, phase: Phase) -> &[TaskId] {
        &self.lists[self.index(provider, zone, phase)]
    }

    /// Live tasks of a provider in a zone.
    pub fn count(&self, provider: ProviderId, zone: ZoneId) -> u32 {
        let first = self.index(provider, zone, Phase::Launching);
        self.lists[first..first + Phase::ALL.len()]
            .iter()
            .map(|list| list.len() as u32)
            .sum()
    }

    /// Live tasks of a provider in a zone and phase.
    pub fn count_in(&self, provider: ProviderId, zone: ZoneId, phase: Phase) -> u32 {
        self.lists[self.index(provider, zone, phase)].len() as u32
    }

    /// RUNNING tasks in a zone.
    pub fn running_in(&self, zone: ZoneId) -> u32 {
        let providers = self.lists.len() / ((self.zones + 1) * Phase::ALL.len());
        let of = |provider: usize| {
            let provider = ProviderId(provider as u32);
            self.count(provider, zone) - self.count_in(provider, zone, Phase::Launching)
        };
        (0..providers).map(of).sum()
    }

    /// Live tasks of a provider.
    pub fn provider_count(&self, provider: ProviderId) -> u32 {
        (0..=self.zones)
            .map(|zone| self.count(provider, ZoneId(zone as u32)))
            .sum()
    }

    /// Live tasks of a provider in a phase, wherever they are.
    pub fn provider_count_in(&self, provider: ProviderId, phase: Phase) -> u32 {
        (0..=self.zones)
            .map(|zone| self.count_in(provider, ZoneId(zone as u32), phase))
            .sum()
    }

    /// Live tasks of a provider in a phase, zone by zone, those without an instance last.
    pub fn provider_tasks_in(
        &self,
        provider: ProviderId,
        phase: Phase,
    ) -> impl Iterator<Item = TaskId> + '_ {
        let zones = (0..=self.zones).map(|zone| ZoneId(zone as u32));
        zones.flat_map(move |zone| self.list(provider, zone, phase).iter().copied())
    }

    /// All live tasks in a phase, by provider, zone and place in their list.
    pub fn all_in(&self, phase: Phase) -> impl Iterator<Item = TaskId> + '_ {
        let lists = self
            .lists
            .iter()
            .skip(phase as usize)
            .step_by(Phase::ALL.len());
        lists.flat_map(|list| list.iter().copied())
    }

    /// All live tasks.
    pub fn total(&self) -> u32 {
        self.lists.iter().map(|list| list.len() as u32).sum()
    }

    /// All live tasks in a phase.
    pub fn total_in(&self, phase: Phase) -> u32 {
        self.lists
            .iter()
            .skip(phase as usize)
            .step_by(Phase::ALL.len())
            .map(|list| list.len() as u32)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removal_names_the_task_that_moved() {
        let mut groups = TaskGroups::new(2, 3);
        let (provider, zone) = (ProviderId(1), ZoneId(2));
        let ids = [0, 1, 2].map(|index| TaskId {
            index,
            generation: 0,
        });
        for (at, id) in ids.into_iter().enumerate() {
            assert_eq!(groups.insert(provider, zone, Phase::Running, id), at as u32);
        }
        assert_eq!(
            groups.remove(provider, zone, Phase::Running, 0),
            Some(ids[2])
        );
        assert_eq!(groups.remove(provider, zone, Phase::Running, 1), None);
        assert_eq!(groups.provider_count(provider), 1);
        assert_eq!(groups.total_in(Phase::Launching), 0);
        assert_eq!(groups.list(provider, zone, Phase::Running), &[ids[2]]);
    }
}
