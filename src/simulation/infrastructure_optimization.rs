//! ECS Managed Instances: which of them end because they are idle, under-used or old.
//!
//! ASSUMPTION: one under-used instance of a provider is moved at a time, and each is looked at once
//! after its own tasks changed.

use crate::engine::SimDuration;
use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::ids::{InstanceId, TaskDefinitionId, TaskId};
use crate::policy::managed_instances::{Due, Optimization, ScaleInAfter, Usage, due, optimize};
use crate::policy::placement::{Need, fit_together};
use crate::scenario::plan::ManagedPlan;
use crate::simulation::Simulation;
use crate::simulation::event::{Event, HostFate};
use crate::simulation::repacking::Moved;
use crate::world::instance::{InstanceStatus, TerminationCause};
use crate::world::task::{Owner, TaskState};

/// Draws of how old what stands at the start is.
const AGE: Purpose = Purpose::new("managed instance age");
/// How long one that is under-used waits at least while another is moved.
const NEXT_LOOK: SimDuration = SimDuration::from_secs(60);

impl Simulation<'_> {
    fn managed_plan(&self, id: InstanceId) -> Option<ManagedPlan> {
        let group = self.world.capacity.instances[id.index()].record.group;
        self.plan.group(group).managed
    }

    /// Of a Managed Instance: a task starts or stops there, or it is ACTIVE: its timer restarts.
    pub(super) fn tasks_changed_on(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        if let Some(managed) = self.managed_plan(id) {
            self.world.capacity.instances[id.index()].quiet_since = self.now;
            self.watch(id, &managed, queue);
        }
    }

    /// Sees to it that an instance is looked at once it has been quiet for long enough.
    fn watch(&mut self, id: InstanceId, managed: &ManagedPlan, queue: &mut Queue<Event>) {
        let ScaleInAfter::After(after) = managed.scale_in_after else {
            return;
        };
        let instance = &self.world.capacity.instances[id.index()];
        if instance.is_watched || instance.status != InstanceStatus::Active {
            return;
        }
        let at = (instance.quiet_since + after).max(self.now);
        self.look_at(id, at.since(self.now), queue);
    }

    fn look_at(&mut self, id: InstanceId, after: SimDuration, queue: &mut Queue<Event>) {
        let is_within = self.now.saturating_add(after) < self.plan.horizon();
        self.world.capacity.instances[id.index()].is_watched = is_within;
        self.schedule_instance_fate(id, HostFate::Quiet, after, queue);
    }

    /// An instance may have been quiet for long enough.
    pub(super) fn on_quiet(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let instance = &self.world.capacity.instances[id.index()];
        let quiet = self.now.since(instance.quiet_since);
        let (status, live, group) = (instance.status, instance.live, instance.record.group);
        let Some(managed) = self.managed_plan(id) else {
            return;
        };
        let ScaleInAfter::After(after) = managed.scale_in_after else {
            return;
        };
        if status != InstanceStatus::Active {
            return;
        }
        if quiet < after {
            // Something changed meanwhile.
            return self.watch(id, &managed, queue);
        }
        if 0 < live
            && self.world.capacity.groups[group.index()]
                .consolidating
                .is_some()
        {
            return self.look_at(id, after.max(NEXT_LOOK), queue);
        }
        let usage = self.usage(id, quiet);
        let decided = optimize(
            &usage,
            managed.scale_in_after,
            managed.replace_below_percent,
        );
        match decided {
            Optimization::Keep => {}
            // A task that stops is there until it has: then the timer begins anew.
            Optimization::End if self.is_occupied(id) => {}
            Optimization::End => self.end_instance(id, TerminationCause::Idle, queue),
            Optimization::Consolidate | Optimization::Replace => {
                self.world.capacity.groups[group.index()].consolidating = Some(id);
                self.end_instance(id, TerminationCause::Consolidation, queue);
            }
        }
    }

    /// An instance as the rule looks at it.
    fn usage(&mut self, id: InstanceId, quiet: SimDuration) -> Usage {
        let instance = &self.world.capacity.instances[id.index()];
        let is_there = |id: &TaskId| {
            let task = self.world.tasks.get(*id);
            task.is_some_and(|it| it.state() != TaskState::Stopping && it.record.stop.is_none())
        };
        let tasks: Vec<TaskId> = instance.tasks.iter().copied().filter(is_there).collect();
        let record = |id: &TaskId| &self.world.tasks.live(*id).record;
        let is_of_service = |id: &TaskId| matches!(record(id).owner, Owner::Service(_));
        let are_of_services = tasks.iter().all(is_of_service);
        let nothing = Usage {
            quiet,
            tasks: tasks.len() as u32,
            are_of_services,
            fit_elsewhere: false,
            price: 0,
            cheapest: None,
        };
        if tasks.is_empty() || !are_of_services {
            return nothing;
        }
        let kind = |id: &TaskId| (record(id).owner, record(id).definition);
        let mut kinds: Vec<(Owner, TaskDefinitionId)> = tasks.iter().map(kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let moved: Vec<Moved> = tasks.iter().map(|task| self.moved(*task)).collect();
        let sum = |all: Need, task: &Moved| all.plus(&task.need);
        let all = moved.iter().fold(Need::default(), sum);
        let fit_elsewhere = self.fit_elsewhere(id, &moved, &all);
        let (price, cheapest) = self.price_and_cheapest(id, &kinds, &all);
        Usage {
            fit_elsewhere,
            price,
            cheapest,
            ..nothing
        }
    }

    /// Whether tasks of an instance find room on others of its zone.
    fn fit_elsewhere(&self, id: InstanceId, tasks: &[Moved], all: &Need) -> bool {
        let capacity = &self.world.capacity;
        let record = &capacity.instances[id.index()].record;
        let (group, zone) = (record.group, record.zone);
        // All that is free together is an upper bound that costs nothing to look at.
        let counts = &capacity.groups[group.index()].counts;
        let (has, taken) = (&counts.registered, &counts.reserved);
        let is_short = |need: u32, has: u64, taken: u64| has < taken + u64::from(need);
        if is_short(all.cpu, has.cpu, taken.cpu) || is_short(all.memory, has.memory, taken.memory) {
            return false;
        }
        let is_other = |other: &&InstanceId| {
            let it = &capacity.instances[other.index()];
            let is_there = it.status == InstanceStatus::Active && it.is_connected;
            // What is idle ends by itself: tasks that moved there would keep it.
            is_there && 0 < it.live && **other != id && it.record.zone == zone
        };
        let members = capacity.groups[group.index()].members.iter();
        let mut others: Vec<InstanceId> = members.filter(is_other).copied().collect();
        others.sort_unstable();
        let free = |id: &InstanceId| capacity.index.free(*id).unwrap_or_default();
        let needs: Vec<Need> = tasks.iter().map(|task| task.need).collect();
        let may = |task: usize, at: usize| self.may_move(&tasks[task], others[at]);
        fit_together(others.iter().map(free).collect(), &needs, may)
    }

    /// A Managed Instance that stands from the start: it may be of any age, and its tasks have
    /// been there for long.
    pub(super) fn stand_managed(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let Some(managed) = self.managed_plan(id) else {
            return;
        };
        if managed.is_of_any_age {
            let group = self.world.capacity.instances[id.index()].record.group;
            let key = self.plan.group(group).key;
            let share = self.streams.stream(AGE, key, u64::from(id.0)).uniform();
            let most = managed.lifetime.drains_from.as_secs_f64();
            self.world.capacity.instances[id.index()].age_at_start =
                SimDuration::from_secs_f64(most * share);
        }
        self.schedule_old(id, queue);
        self.watch(id, &managed, queue);
    }

    /// Schedules what an instance's age brings next.
    pub(super) fn schedule_old(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let Some(managed) = self.managed_plan(id) else {
            return;
        };
        let age = self.age(id);
        let lifetime = managed.lifetime;
        let next = match due(age, lifetime) {
            Due::Nothing => lifetime.drains_from,
            Due::Drain => lifetime.ends_at,
            Due::Expire => return,
        };
        let after = SimDuration::from_micros(next.as_micros() - age.as_micros());
        self.schedule_instance_fate(id, HostFate::Old, after, queue);
    }

    fn age(&self, id: InstanceId) -> SimDuration {
        let instance = &self.world.capacity.instances[id.index()];
        instance.age_at_start + self.now.since(instance.record.times.launched)
    }

    /// An instance is old: it drains, or ends with what runs on it.
    pub(super) fn on_old(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let Some(managed) = self.managed_plan(id) else {
            return;
        };
        match due(self.age(id), managed.lifetime) {
            Due::Nothing => {}
            Due::Drain => {
                self.schedule_old(id, queue);
                self.end_instance(id, TerminationCause::Patching, queue);
            }
            Due::Expire => {
                let group = self.world.capacity.instances[id.index()].record.group;
                self.terminate(id, TerminationCause::EndOfLife, queue);
                self.follow_desired(group, queue);
            }
        }
    }
}
