//! `whatIf.repacking`: an instance whose tasks fit on the others is drained and ended, as a script
//! of the operator's would do it. Not AWS's behaviour.
//!
//! A group is looked at after a change only: as long as nothing changes, the rule would say what it
//! said before.

use std::sync::Arc;

use crate::engine::SimTime;
use crate::engine::queue::Queue;
use crate::ids::{GroupId, InstanceId, ServiceId, TaskId};
use crate::observe::inputs::DecisionInputs;
use crate::policy::deployment::bounds;
use crate::policy::placement::Need;
use crate::policy::what_if::{Emptied, Repacking, Room};
use crate::scenario::plan::Launcher;
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::capacity::{need_of, placement_of, ports_of};
use crate::world::instance::{InstanceStatus, TerminationCause};
use crate::world::placement::ClassId;
use crate::world::task::{Owner, Task, TaskState};

/// A task that would move.
pub(super) struct Moved {
    pub(super) need: Need,
    owner: Owner,
    /// Where it may go, by class.
    classes: Arc<[ClassId]>,
    task: TaskId,
}

impl Simulation<'_> {
    /// Something has changed on a group's instances: its next look is a live one.
    pub(super) fn repack_soon(&mut self, group: GroupId, queue: &mut Queue<Event>) {
        let Some(rule) = self.plan.what_if.repacking else {
            return;
        };
        let state = &mut self.world.capacity.groups[group.index()];
        // Managed Instances are consolidated by ECS itself.
        if state.is_repack_due || self.plan.group(group).launcher() != Launcher::AutoScalingGroup {
            return;
        }
        let every = rule.every.as_micros();
        let looks = self.now.as_micros() / every + 1;
        let at = SimTime::from_micros(looks.saturating_mul(every));
        if at < self.plan.horizon() {
            state.is_repack_due = true;
            state.repack_tick += 1;
            let tick = state.repack_tick;
            queue.schedule_at(at, Event::Repack { group, tick });
        }
    }

    /// Looks at a group: one instance at a time is emptied, and none while the group is busy with
    /// itself. That it ends its business is a change.
    pub(super) fn on_repack(&mut self, group: GroupId, tick: u32, queue: &mut Queue<Event>) {
        let Some(rule) = self.plan.what_if.repacking else {
            return;
        };
        let state = &mut self.world.capacity.groups[group.index()];
        if state.repack_tick != tick {
            return;
        }
        state.is_repack_due = false;
        let counts = &state.counts;
        let is_busy = 0 < counts.launching + counts.draining + counts.waiting
            || state.refresh.is_some()
            || !state.replacements.is_empty();
        // TerminateInstanceInAutoScalingGroup with ShouldDecrementDesiredCapacity is refused at
        // MinSize (API reference).
        if is_busy || counts.desired <= state.min {
            return;
        }
        let Some((id, emptied)) = self.instance_to_empty(group, rule) else {
            return;
        };
        self.note(&DecisionInputs::Emptied {
            instance: id,
            emptied,
        });
        let capacity = &mut self.world.capacity;
        capacity.groups[group.index()].counts.desired -= 1;
        let cause = Some(TerminationCause::Repacking);
        capacity.instances[id.index()].record.cause = cause;
        self.drain(id, queue);
    }

    /// The instance that the rule empties.
    fn instance_to_empty(
        &mut self,
        group: GroupId,
        rule: Repacking,
    ) -> Option<(InstanceId, Emptied)> {
        let capacity = &self.world.capacity;
        let is_active = |id: &&InstanceId| {
            let instance = &capacity.instances[id.index()];
            instance.status == InstanceStatus::Active && instance.is_connected
        };
        let members = capacity.groups[group.index()].members.iter();
        let mut members: Vec<InstanceId> = members.filter(is_active).copied().collect();
        members.sort_unstable();
        let room = |id: &InstanceId| Room {
            has: self.registered(*id),
            free: capacity.index.free(*id).unwrap_or_default(),
        };
        let rooms: Vec<Room> = members.iter().map(room).collect();
        for which in rule.candidates(&rooms) {
            let Some(tasks) = self.tasks_to_move(members[which]) else {
                continue;
            };
            let needs: Vec<Need> = tasks.iter().map(|task| task.need).collect();
            let may = |task: usize, at: usize| self.may_move(&tasks[task], members[at]);
            if let Some(emptied) = rule.empty((&rooms, which), &needs, may) {
                return Some((members[which], emptied));
            }
        }
        None
    }

    /// What an instance has for tasks.
    fn registered(&self, id: InstanceId) -> Need {
        let record = &self.world.capacity.instances[id.index()].record;
        self.plan.group(record.group).types[record.type_index as usize].registered
    }

    /// The tasks of an instance that have to move; `None` if one of them can't be.
    fn tasks_to_move(&mut self, id: InstanceId) -> Option<Vec<Moved>> {
        let plan = self.plan;
        let mut moved = Vec::new();
        for task in self.world.capacity.instances[id.index()].tasks.clone() {
            let record = match self.world.tasks.get(task) {
                Some(it) if it.state() != TaskState::Stopping => &it.record,
                Some(_) | None => continue,
            };
            let owner = record.owner;
            if owner.is_daemon(plan) {
                continue;
            }
            if !self.is_movable(self.world.tasks.live(task)) {
                return None;
            }
            moved.push(self.moved(task));
        }
        Some(moved)
    }

    /// A task that would move.
    pub(super) fn moved(&mut self, task: TaskId) -> Moved {
        let plan = self.plan;
        let record = &self.world.tasks.live(task).record;
        let (owner, need) = (record.owner, need_of(plan, record));
        let key = (owner, record.definition, record.provider);
        let eligible = self.world.capacity.find_eligible(plan, key);
        Moved {
            need,
            owner,
            classes: self.world.capacity.eligible(eligible).into(),
            task,
        }
    }

    /// A task of a steady service that is up, and may be started once more before it stops.
    fn is_movable(&self, task: &Task) -> bool {
        let Owner::Service(service) = task.record.owner else {
            return false;
        };
        let is_up = matches!(task.state(), TaskState::Running | TaskState::Serving);
        is_up && !task.is_draining && self.is_steady(service)
    }

    fn is_steady(&self, service: ServiceId) -> bool {
        let state = &self.world.services[service.index()];
        let bounds = bounds(state.desired, self.percentages(service));
        let is_alone = state.deployments.len() == 1 && state.draining.is_empty();
        is_alone && state.live() <= state.desired && state.desired < bounds.upper
    }

    /// Whether what lasts of a task's constraints lets it be on an instance.
    pub(super) fn may_move(&self, moved: &Moved, to: InstanceId) -> bool {
        let capacity = &self.world.capacity;
        let class = capacity.instances[to.index()].class;
        let is_alone = placement_of(self.plan, moved.owner).distinct_instance;
        let has_same = 0 < capacity.hosting(moved.owner).on(to);
        let record = &self.world.tasks.live(moved.task).record;
        let ports = ports_of(self.plan, record);
        let taken = capacity.index.ports(to);
        moved.classes.contains(&class)
            && !(is_alone && has_same)
            && taken.is_none_or(|taken| ports.clash(taken).is_none())
    }
}
