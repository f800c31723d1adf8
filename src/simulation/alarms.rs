//! CloudWatch alarms on services' metrics: each sees the minutes as their data points arrive, says
//! when its state changes, and asks step policies while it is in ALARM. The next minute at which
//! any of that happens is computed, not polled.

use crate::engine::SimTime;
use crate::engine::queue::Queue;
use crate::ids::{AlarmId, ServiceId};
use crate::observe::observation::Observation;
use crate::policy::alarm::{AlarmState, evaluate};
use crate::policy::step_scaling::{StepReading, aggregated};
use crate::policy::target_tracking::{Reading, RunLengths, Signals};
use crate::scenario::plan::StepPolicyPlan;
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::simulation::minutes::{Minutes, read};
use crate::world::alarm::{Sample, points};
use crate::world::scaling::STEADY_MINUTES;

impl Simulation<'_> {
    /// The alarms of a service see a minute whose data point arrives just now.
    pub(super) fn see_alarms(&mut self, service: ServiceId, minute: i64, queue: &mut Queue<Event>) {
        if minute <= self.world.alarms_seen[service.index()] {
            return;
        }
        self.world.alarms_seen[service.index()] = minute;
        let mut points = std::mem::take(&mut self.points);
        let at_us = self.arrival_of(service, minute);
        for index in self.world.alarms_of[service.index()].clone() {
            let alarm = &mut self.world.alarms[index];
            let from = alarm.state;
            let verdict = alarm.verdict_at(&self.plan.alarms[index], at_us, &mut points);
            alarm.state = verdict.state;
            if from != verdict.state {
                let changed = Observation::AlarmState {
                    alarm: AlarmId::from_index(index),
                    from,
                    verdict,
                    newest: points.last().copied().flatten(),
                };
                self.observer.observe(self.now, &changed);
            }
            let goes_off = from != AlarmState::Alarm && verdict.state == AlarmState::Alarm;
            if goes_off && !self.plan.alarms[index].fails_deployments_of.is_empty() {
                self.gone_off.push(AlarmId::from_index(index));
            }
        }
        self.points = points;
        // An alarm that fails a deployment changes what the others see.
        let mut gone_off = std::mem::take(&mut self.gone_off);
        for alarm in gone_off.drain(..) {
            self.fail_deployments(alarm, queue);
        }
        self.gone_off = gone_off;
    }

    /// Counts have changed that alarms watch: they look ahead anew.
    pub(super) fn look_at_counts(&mut self, queue: &mut Queue<Event>) {
        self.recounted.sort_unstable();
        self.recounted.dedup();
        while let Some(service) = self.recounted.pop() {
            self.catch_up(service);
            self.schedule_load_wake(service, queue);
        }
    }

    /// What a service's step policies ask for at an instant, in microseconds of the run, in the
    /// order of policies and alarms. `sample_at` is of an alarm, one of its metrics, and a minute.
    pub(super) fn read_steps(
        &self,
        service: ServiceId,
        at_us: i64,
        sample_at: impl Fn(usize, usize, i64) -> Sample,
        (into, buffer): (&mut Vec<StepReading>, &mut Vec<Option<f64>>),
    ) {
        into.clear();
        let Some(target) = self.world.target_of[service.index()] else {
            return;
        };
        let policies = &self.plan.scalable_targets[target].step_policies;
        for (
            policy,
            StepPolicyPlan {
                policy: rule,
                alarms,
                ..
            },
        ) in policies.iter().enumerate()
        {
            for alarm in alarms {
                let index = alarm.index();
                if self.world.alarms[index].state != AlarmState::Alarm {
                    continue;
                }
                let plan = &self.plan.alarms[index];
                let newest = plan.clock.newest_arrived_us(at_us);
                let sample = |metric, minute| sample_at(index, metric, minute);
                points(plan, newest, sample, buffer);
                let metric = aggregated(&plan.rule, buffer, rule.aggregation);
                let threshold = plan.rule.threshold;
                let reading = metric.map(|it| rule.reading(policy, *alarm, (it, threshold)));
                into.extend(reading.flatten());
            }
        }
    }

    /// Of a service with alarms: the first instant from now on at which an alarm changes its state
    /// or an evaluation would change the desired count, as far as the minutes are known or steady.
    pub(super) fn next_alarming_at(&mut self, service: ServiceId) -> SimTime {
        let arrivals = self.world.clocks[service.index()];
        let arrived = arrivals.newest_arrived(self.now);
        let first = self.world.alarms_of[service.index()].start;
        let newest = self.world.alarms[first].newest();
        let is_unseen = self.world.alarms_seen[service.index()] < arrived
            && arrivals.arrival_us(arrived) == self.now.as_micros() as i64;
        // A data point that arrives at this very instant is still to be looked at.
        let seen = if is_unseen { arrived - 1 } else { arrived };
        let seen = seen.min(newest);
        let mut ahead = std::mem::take(&mut self.ahead);
        ahead.clear();
        if let Some(target) = self.world.target_of[service.index()] {
            let target = &mut self.world.targets[target];
            target.see_up_to(seen);
            ahead.extend(target.windows.iter().map(|window| window.lengths));
        }
        let mut walk = Walk {
            ahead,
            readings: std::mem::take(&mut self.readings),
            steps: std::mem::take(&mut self.steps),
            points: std::mem::take(&mut self.points),
        };
        let at = self.first_alarming(service, seen, &mut walk);
        self.ahead = walk.ahead;
        self.readings = walk.readings;
        self.steps = walk.steps;
        self.points = walk.points;
        at
    }

    /// Walks the minutes after `seen` as the alarms will see them, as far as data points arrive
    /// before the next change of demand, which asks again.
    fn first_alarming(&self, service: ServiceId, seen: i64, walk: &mut Walk) -> SimTime {
        let alarms = self.world.alarms_of[service.index()].clone();
        let newest = self.world.alarms[alarms.start].newest();
        let minutes = Minutes::of(newest, self.world.minutes_of(service));
        let memory = alarms
            .clone()
            .map(|index| self.plan.alarms[index].memory_units());
        let memory = memory.fold(STEADY_MINUTES, i64::max);
        let last = minutes.last(memory);
        let until = self.demand_until(service);
        let arrivals = self.world.clocks[service.index()];
        let sample = |index: usize, metric: usize, minute: i64| {
            self.sample_at(&minutes, (index, metric), minute)
        };
        let mut minute = seen;
        while minute < last {
            minute += 1;
            let arrival = arrivals.arrival_us(minute);
            if until < arrival {
                return SimTime::MAX;
            }
            let at = SimTime::from_micros(arrival.max(self.now.as_micros() as i64) as u64);
            for index in alarms.clone() {
                let (plan, state) = (&self.plan.alarms[index], self.world.alarms[index].state);
                let of_alarm = |metric, minute| sample(index, metric, minute);
                points(plan, minute, of_alarm, &mut walk.points);
                if evaluate(&plan.rule, &walk.points, state).state != state {
                    return at;
                }
            }
            let Some(target) = self.world.target_of[service.index()] else {
                continue;
            };
            let windows = &self.world.targets[target].windows;
            for (lengths, window) in walk.ahead.iter_mut().zip(windows) {
                *lengths = lengths.after(&window.alarms, minutes.value(window, minute));
            }
            let mut lengths = walk.ahead.iter();
            read(
                windows,
                |window| {
                    let lengths = lengths.next().expect("one a window");
                    (*lengths, minutes.value(window, minute))
                },
                &mut walk.readings,
            );
            let into = (&mut walk.steps, &mut walk.points);
            self.read_steps(service, arrival, sample, into);
            let signals = Signals {
                tracking: &walk.readings,
                steps: &walk.steps,
            };
            let decision = self.decide(service, signals, at);
            if decision.desired != self.world.services[service.index()].desired {
                return at;
            }
            if minute == last && minutes.is_steady() {
                return self.after_cooldown(service, decision.reason, signals);
            }
        }
        SimTime::MAX
    }

    /// What a minute adds to the data points of an alarm's metric, of those that are over, the one
    /// that has begun and the steady ones after it.
    fn sample_at(
        &self,
        minutes: &Minutes<'_>,
        (alarm, metric): (usize, usize),
        minute: i64,
    ) -> Sample {
        match minutes.ahead_at(minute) {
            Some(period) => Sample::of(self.plan.alarms[alarm].metric.metrics[metric], period),
            None => self.world.alarms[alarm].at(metric, minute),
        }
    }
}

/// What a walk over the minutes works with.
struct Walk {
    ahead: Vec<RunLengths>,
    readings: Vec<Reading>,
    steps: Vec<StepReading>,
    points: Vec<Option<f64>>,
}
