//! Service auto scaling: the minutes' data points reach the alarms with a delay, the alarms ask the
//! policy, the policy moves the desired count. The next minute at which anything can happen is
//! computed, not polled.

use crate::engine::SimTime;
use crate::engine::queue::Queue;
use crate::ids::{ScalableTargetId, ServiceId};
use crate::observe::inputs::DecisionInputs;
use crate::observe::observation::Observation;
use crate::policy::scheduled_scaling::scheduled;
use crate::policy::target_tracking::{
    Reading, RunLengths, ScalableTarget, ScalingDecision, ScalingReason, Signals, decide,
};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::simulation::minutes::{Minutes, are_quiet, points_to_alarm, read};
use crate::world::scaling::{MetricWindow, STEADY_MINUTES};
use crate::world::task::Owner;

impl Simulation<'_> {
    /// Something that scaling depends on has changed.
    pub(super) fn scaling_changed(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let clock = self.world.clocks[service.index()];
        if clock.delay < clock.period {
            // A minute that ends just now reaches the alarms before the next one is looked at.
            self.catch_up(service);
        }
        self.schedule_load_wake(service, queue);
    }

    /// Evaluates a service's policies, if a data point arrives just now; each one is seen once.
    pub(super) fn evaluate_scaling(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let arrivals = self.world.clocks[service.index()];
        let minute = arrivals.newest_arrived(self.now);
        if arrivals.arrival_us(minute) != self.now.as_micros() as i64 {
            return;
        }
        self.see_alarms(service, minute, queue);
        let Some(target) = self.target_id(service) else {
            return;
        };
        let state = &mut self.world.targets[target.index()];
        if minute <= state.decided {
            return;
        }
        state.see_all_at(self.now);
        state.decided = minute;
        let mut readings = std::mem::take(&mut self.readings);
        let mut steps = std::mem::take(&mut self.steps);
        let mut points = std::mem::take(&mut self.points);
        let state = &self.world.targets[target.index()];
        read(
            &state.windows,
            |window| {
                let newest = window.clock.newest_arrived(self.now);
                (window.lengths, window.at(newest))
            },
            &mut readings,
        );
        let sample = |index: usize, metric, minute| self.world.alarms[index].at(metric, minute);
        let at_us = self.now.as_micros() as i64;
        self.read_steps(service, at_us, sample, (&mut steps, &mut points));
        let input = self.scalable(service);
        let signals = Signals {
            tracking: &readings,
            steps: &steps,
        };
        let decision = decide(&input, signals, self.now);
        self.world.targets[target.index()].cooldown = decision.cooldown;
        if input.desired != decision.desired {
            let scaled = DecisionInputs::Scaled {
                target,
                minute,
                input,
                signals,
                decision,
            };
            self.observer.note(self.now, &scaled);
        }
        self.readings = readings;
        self.steps = steps;
        self.points = points;
        self.scale(target, decision.desired, decision.reason, queue);
    }

    /// Sets a target's desired count, and says why, if it is another.
    pub(super) fn scale(
        &mut self,
        target: ScalableTargetId,
        to: u32,
        reason: ScalingReason,
        queue: &mut Queue<Event>,
    ) {
        let service = self.plan.scalable_targets[target.index()].service;
        let from = self.world.services[service.index()].desired;
        if from == to {
            return;
        }
        self.observe(&Observation::Scaling {
            target,
            from,
            to,
            reason,
        });
        self.set_desired(service, to, queue);
        self.counts_changed(Owner::Service(service));
        self.reconcile(service, queue);
    }

    /// A scheduled action of a target falls due: it sets the bounds, and takes the desired count
    /// along.
    pub(super) fn scale_on_schedule(
        &mut self,
        (target, action): (ScalableTargetId, usize),
        queue: &mut Queue<Event>,
    ) {
        let plan = &self.plan.scalable_targets[target.index()];
        let service = plan.service;
        let from = self.world.services[service.index()].desired;
        let state = &mut self.world.targets[target.index()];
        let update = &plan.scheduled[action].update;
        let decision = scheduled(from, state.bounds, update, plan.scheduled_suspended);
        state.bounds = decision.bounds;
        let reason = ScalingReason::Scheduled {
            action,
            outcome: decision.outcome,
        };
        if from == decision.desired {
            let to = from;
            self.observe(&Observation::Scaling {
                target,
                from,
                to,
                reason,
            });
        }
        self.scale(target, decision.desired, reason, queue);
        self.scaling_changed(service, queue);
    }

    /// When a minute, or a data point of fine metrics, of an index reaches a service's alarms, in
    /// microseconds of the run.
    pub(super) fn arrival_of(&self, service: ServiceId, minute: i64) -> i64 {
        self.world.clocks[service.index()].arrival_us(minute)
    }

    /// What the policies ask for at `at`.
    pub(super) fn decide(
        &self,
        service: ServiceId,
        signals: Signals<'_>,
        at: SimTime,
    ) -> ScalingDecision {
        decide(&self.scalable(service), signals, at)
    }

    /// A service's target as a decision finds it.
    fn scalable(&self, service: ServiceId) -> ScalableTarget {
        let index = self.world.target_of[service.index()].expect("the service has a target");
        let (plan, state) = (
            &self.plan.scalable_targets[index],
            &self.world.targets[index],
        );
        let shifts = self.plan.service(service).traffic_shift.as_ref();
        let by_code_deploy = shifts.is_some_and(|shift| shift.by_code_deploy);
        let service = &self.world.services[service.index()];
        ScalableTarget {
            desired: service.desired,
            current: match by_code_deploy && service.is_in_progress() {
                true => service.counts().running,
                false => service.desired,
            },
            min: state.bounds.min.max(state.predicted.0),
            max: state.bounds.max.max(state.predicted.1),
            cooldown: state.cooldown,
            is_deploying: service.is_in_progress(),
            scale_out_suspended: plan.scale_out_suspended,
            scale_in_suspended: plan.scale_in_suspended,
        }
    }

    /// The first instant from now on at which an evaluation would change the desired count, as far
    /// as the minutes are known or steady; one later than `by`, which asks again, may be left out.
    pub(super) fn next_scaling_at(&mut self, service: ServiceId, by: SimTime) -> SimTime {
        if self.world.fine[service.index()].is_some() {
            return self.next_fine_at(service);
        }
        if !self.world.alarms_of[service.index()].is_empty() {
            return self.next_alarming_at(service);
        }
        let Some(index) = self.world.target_of[service.index()] else {
            return SimTime::MAX;
        };
        let arrivals = self.world.clocks[service.index()];
        let arrived = arrivals.newest_arrived(self.now);
        let newest = self.world.targets[index].newest();
        let is_undecided = self.world.targets[index].decided < arrived
            && arrivals.arrival_us(arrived) == self.now.as_micros() as i64;
        // A data point that arrives at this very instant is still to be decided on.
        let seen = if is_undecided { arrived - 1 } else { arrived };
        let seen = seen.min(newest);
        let until = self.demand_until(service).min(micros_of(by));
        // Most often no alarm could go off before that, whatever the minutes until then see.
        if let Some(soonest) = self.world.targets[index].quiet_until(seen)
            && until < arrivals.arrival_us(soonest)
        {
            return SimTime::MAX;
        }
        let input = self.scalable(service);
        let state = &self.world.targets[index];
        let minutes = Minutes::of(newest, self.world.minutes_of(service));
        if minutes.are_served(seen, state, &input) {
            return SimTime::MAX;
        }
        self.world.targets[index].see_up_to(seen);
        let mut readings = std::mem::take(&mut self.readings);
        let mut ahead = std::mem::take(&mut self.ahead);
        ahead.clear();
        ahead.extend(
            self.world.targets[index]
                .windows
                .iter()
                .map(|window| window.lengths),
        );
        let at = self.first_change((service, &input), (seen, until), &mut ahead, &mut readings);
        self.ahead = ahead;
        self.readings = readings;
        at
    }

    /// When the demand on a service changes next, in microseconds of the run: that asks again, and
    /// nothing after it need be known.
    pub(super) fn demand_until(&self, service: ServiceId) -> i64 {
        match &self.world.rates[service.index()] {
            Some(cursor) => micros_of(cursor.peek()),
            None => i64::MAX,
        }
    }

    /// Walks the minutes after `seen` as the alarms will see them, as far as data points arrive by
    /// `until`; `ahead` has what they have seen.
    fn first_change(
        &self,
        (service, input): (ServiceId, &ScalableTarget),
        (seen, until): (i64, i64),
        ahead: &mut [RunLengths],
        readings: &mut Vec<Reading>,
    ) -> SimTime {
        let index = self.world.target_of[service.index()].expect("the service has a target");
        let target = &self.world.targets[index];
        let minutes = Minutes::of(target.newest(), self.world.minutes_of(service));
        let windows = &target.windows;
        let arrivals = self.world.clocks[service.index()];
        let last = minutes.last(STEADY_MINUTES);
        let mut minute = minutes.pass_quiet(seen, target, ahead);
        while minute < last {
            minute += 1;
            if let Some(period) = minutes.steady()
                && minutes.newest < minute
            {
                // Until an alarm goes off, steady minutes only lengthen the runs.
                let Some(points) = points_to_alarm(ahead, windows, period) else {
                    return SimTime::MAX;
                };
                let quiet = points.saturating_sub(1);
                for (lengths, window) in ahead.iter_mut().zip(windows) {
                    *lengths = lengths.after_many(&window.alarms, window.value_of(period), quiet);
                }
                minute += i64::from(quiet);
            }
            if until < arrivals.arrival_us(minute) {
                return SimTime::MAX;
            }
            let mut has_changed = minute <= minutes.newest;
            for (lengths, window) in ahead.iter_mut().zip(windows) {
                let after = lengths.after(&window.alarms, minutes.value(window, minute));
                has_changed |= after != *lengths;
                *lengths = after;
            }
            if are_quiet(ahead, windows) {
                if has_changed {
                    continue;
                }
                return SimTime::MAX;
            }
            let at = arrivals.arrival_us(minute).max(self.now.as_micros() as i64);
            let at = SimTime::from_micros(at as u64);
            let mut lengths = ahead.iter();
            let look = |window: &MetricWindow| {
                let lengths = lengths.next().expect("one a window");
                (*lengths, minutes.value(window, minute))
            };
            read(windows, look, readings);
            let signals = Signals {
                tracking: readings,
                steps: &[],
            };
            let decision = decide(input, signals, at);
            if decision.desired != input.desired {
                return at;
            }
            if !has_changed {
                return self.after_cooldown(service, decision.reason, signals);
            }
        }
        SimTime::MAX
    }

    /// Alarms that stay as they are can change the count again only when a cooldown is over: the
    /// first data point's arrival after that.
    pub(super) fn after_cooldown(
        &self,
        service: ServiceId,
        reason: ScalingReason,
        signals: Signals<'_>,
    ) -> SimTime {
        let until = match reason {
            ScalingReason::ScaleOutCooldown { until, .. }
            | ScalingReason::ScaleInCooldown { until } => until,
            ScalingReason::Quiet
            | ScalingReason::ScaledOut(_)
            | ScalingReason::ScaledIn(_)
            | ScalingReason::Enough(_)
            | ScalingReason::NotAllReady { .. }
            | ScalingReason::Deploying
            | ScalingReason::Suspended
            | ScalingReason::AtMaximum
            | ScalingReason::AtMinimum
            | ScalingReason::Scheduled { .. }
            | ScalingReason::Predicted { .. } => return SimTime::MAX,
        };
        let period = self.world.clocks[service.index()].period.as_micros() as i64;
        let phase = self.arrival_of(service, 0).rem_euclid(period);
        let until = until.as_micros().min(i64::MAX as u64 / 2) as i64;
        let at = (until - phase).div_euclid(period) * period + phase;
        let at = if at < until { at + period } else { at };
        let at = SimTime::from_micros(at.max(0) as u64);
        let changes = self.decide(service, signals, at).desired
            != self.world.services[service.index()].desired;
        if changes { at } else { SimTime::MAX }
    }
}

/// An instant in microseconds of the run, as arrivals of data points are counted.
fn micros_of(at: SimTime) -> i64 {
    at.as_micros().min(i64::MAX as u64) as i64
}
