//! Managed scaling: once a minute a provider's reservation is measured, and its group follows.

use crate::engine::SimTime;
use crate::engine::queue::Queue;
use crate::ids::{GroupId, ProviderId};
use crate::observe::inputs::{DecisionInputs, GroupInputs, GroupLook};
use crate::observe::observation::{CapacityObservation, Observation};
use crate::policy::managed_scaling::{
    self, Group, History, Scaling, ScalingReason, WaitingGroup, Wanted, decide, reservation, wanted,
};
use crate::policy::placement::Need;
use crate::scenario::plan::{Begin, GroupTypePlan};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::capacity::placement_of;
use crate::world::instance::GroupCounts;

/// The metric's period (ECS developer guide, "managed scaling behavior").
const MINUTE_US: u64 = 60_000_000;

impl Simulation<'_> {
    /// Announces a group's counts.
    #[inline]
    pub(super) fn group_counts_changed(&mut self, group: GroupId) {
        let capacity = &self.world.capacity;
        let counts = &capacity.groups[group.index()].counts;
        if counts.waiting == 0 && capacity.unplaced.is_empty() {
            // Nothing is of no use while nobody wants it.
            return self.observer.group_counts(self.now, group, counts);
        }
        self.tell_fragmented(group);
    }

    #[inline(never)]
    fn tell_fragmented(&mut self, group: GroupId) {
        let counts = &self.world.capacity.groups[group.index()].counts;
        let fragmented = self.world.capacity.fragmented(self.plan, group);
        let counts = GroupCounts {
            fragmented,
            ..*counts
        };
        self.observer.group_counts(self.now, group, &counts);
    }

    /// What managed scaling looks at has changed: its next minute is a live one. A minute that
    /// would see what the one before saw is never played.
    pub(super) fn capacity_changed(&mut self, group: GroupId, queue: &mut Queue<Event>) {
        self.repack_soon(group, queue);
        let Some(provider) = self.world.capacity.groups[group.index()].provider else {
            return;
        };
        let settings = self.group_provider(provider);
        if settings.is_managed_instances {
            self.wake_placing(provider, queue);
        } else if settings.managed_scaling.is_some() {
            self.wake_minute(provider, group, queue);
        }
    }

    fn wake_minute(&mut self, provider: ProviderId, group: GroupId, queue: &mut Queue<Event>) {
        let next = (self.now.as_micros() / MINUTE_US + 1) * MINUTE_US;
        let at = SimTime::from_micros(next);
        let memory = &mut self.world.capacity.groups[group.index()].scaling;
        if memory.is_awake {
            return;
        }
        memory.is_awake = true;
        memory.minute_tick += 1;
        let tick = memory.minute_tick;
        if at < self.plan.horizon() {
            queue.schedule_at(at, Event::CapacityMinute { provider, tick });
        }
    }

    /// A provider's minute: waiting tasks are placed, the reservation is measured, the alarms say
    /// what they say.
    pub(super) fn on_capacity_minute(
        &mut self,
        provider: ProviderId,
        tick: u32,
        queue: &mut Queue<Event>,
    ) {
        let Some(group) = self.plan.provider(provider).kind.group() else {
            return;
        };
        let memory = &mut self.world.capacity.groups[group.index()].scaling;
        if memory.minute_tick != tick {
            return;
        }
        self.place_waiting(provider, queue);
        self.world.capacity.groups[group.index()].scaling.is_awake = false;
        let Some(scaling) = self.group_provider(provider).managed_scaling else {
            return;
        };
        let (waiting, types) = self.waiting_for(provider, group);
        let measured = self.measure(provider, group, wanted(&waiting, &types, scaling.combining));
        let at = reservation(&scaling, &measured);
        self.publish(provider, group, at.percent(scaling.target_capacity));
        let history = self.history(group, at.is_below(scaling.target_capacity));
        let decided = decide(&scaling, at, &history);
        let look = GroupLook {
            group,
            waiting: &waiting,
            types: &types,
            measured,
            history,
            decided,
        };
        let inputs = DecisionInputs::Group(GroupInputs::Scaling(&look));
        self.observer.note(self.now, &inputs);
        self.carry_out(provider, group, (decided, history.desired), queue);
        if !is_at_rest(decided.reason) {
            self.wake_minute(provider, group, queue);
        }
    }

    /// What waits for instances of a group, and what is left for tasks on each of its types.
    fn waiting_for(&self, provider: ProviderId, group: GroupId) -> (Vec<WaitingGroup>, Vec<Need>) {
        let waiting = &self.world.capacity.waiting[provider.index()];
        let groups: Vec<WaitingGroup> = waiting
            .shapes
            .iter()
            .map(|shape| WaitingGroup {
                tasks: shape.count,
                need: shape.need,
                is_alone: placement_of(self.plan, shape.owner).distinct_instance
                    || !self
                        .plan
                        .task_definition(shape.definition)
                        .hosting
                        .ports
                        .is_empty(),
            })
            .collect();
        let types = self.plan.group(group).types.iter().enumerate();
        // What DAEMON services take of each instance is not there for others.
        let left = |(kind, known): (usize, &GroupTypePlan)| {
            let class = self.world.capacity.class_of(self.plan, group, (kind, 0));
            known.registered.less(&self.daemons_need(class))
        };
        (groups, types.map(left).collect())
    }

    /// What the group is like in this minute.
    fn measure(&self, provider: ProviderId, group: GroupId, wanted: Wanted) -> Group {
        let state = &self.world.capacity.groups[group.index()];
        Group {
            instances: state.members.len() as u32,
            empty: state.counts.empty,
            waiting: self.world.capacity.waiting[provider.index()].count,
            wanted,
        }
    }

    fn publish(&mut self, provider: ProviderId, group: GroupId, percent: f64) {
        let memory = &mut self.world.capacity.groups[group.index()].scaling;
        if memory.published != Some(percent) {
            memory.published = Some(percent);
            let observation = CapacityObservation::Reservation { provider, percent };
            self.observe(&Observation::Capacity(observation));
        }
    }

    /// What came before this minute.
    fn history(&mut self, group: GroupId, is_below: bool) -> History {
        let now = self.now;
        // What a steady start finds there is older than any warm-up (ASSUMPTION).
        let is_steady = self.plan.run.begin == Begin::Steady;
        let is_older = |at: SimTime| is_steady && at == SimTime::ZERO;
        let minute = now.as_micros() / MINUTE_US;
        let capacity = &mut self.world.capacity;
        let state = &mut capacity.groups[group.index()];
        let since = is_below.then(|| state.scaling.below_since.unwrap_or(minute));
        state.scaling.below_since = since;
        let youngest = capacity.youngest(group);
        let state = &capacity.groups[group.index()];
        History {
            desired: state.counts.desired,
            min: state.min,
            max: state.max,
            youngest: youngest.filter(|at| !is_older(*at)).map(|at| now - at),
            minutes_below: since.map_or(0, |since| (minute - since + 1) as u32),
            since_scale_out: state.scaling.scaled_out.map(|at| now - at),
        }
    }

    /// The group follows the decision.
    fn carry_out(
        &mut self,
        provider: ProviderId,
        group: GroupId,
        (decided, from): (Scaling, u32),
        queue: &mut Queue<Event>,
    ) {
        let Scaling { desired, reason } = decided;
        let observation = CapacityObservation::GroupScaling {
            provider,
            from,
            to: desired,
            reason,
        };
        self.observe(&Observation::Capacity(observation));
        if from < desired {
            let now = self.now;
            self.world.capacity.groups[group.index()].scaling.scaled_out = Some(now);
        }
        if desired != from {
            self.world.capacity.groups[group.index()].counts.desired = desired;
            self.follow_desired(group, queue);
        }
    }
}

/// Whether the next minute would decide the same again unless something changes.
fn is_at_rest(reason: managed_scaling::ScalingReason) -> bool {
    match reason {
        ScalingReason::AtTarget
        | ScalingReason::Nothing
        | ScalingReason::Stuck
        | ScalingReason::Bounded
        | ScalingReason::AlreadyDesired => true,
        ScalingReason::ScaleOut { .. }
        | ScalingReason::First
        | ScalingReason::WarmingUp
        | ScalingReason::Quiet { .. }
        | ScalingReason::AfterScaleOut
        | ScalingReason::ScaleIn { .. } => false,
    }
}
