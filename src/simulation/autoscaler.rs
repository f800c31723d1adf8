//! Service auto scaling: the minutes' data points reach the alarms with a delay, the alarms ask the
//! policy, the policy moves the desired count. The next minute at which anything can happen is
//! computed, not polled.

use crate::demand::period::PERIOD;
use crate::engine::queue::Queue;
use crate::engine::{SimDuration, SimTime};
use crate::ids::ServiceId;
use crate::observe::observation::Observation;
use crate::policy::target_tracking::{
    self, HIGH_DATAPOINTS, LOW_DATAPOINTS, LOW_FACTOR, Reading, ScalingDecision, TrackingSignal,
};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::scaling::MetricWindow;
use crate::world::task::Owner;

/// A service's steady values from some minute on, one a policy: what its windows will hold.
type Steady = Option<Vec<Option<f64>>>;

impl Simulation<'_> {
    /// Something that scaling depends on has changed.
    pub(super) fn scaling_changed(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        self.schedule_load_wake(service, queue);
    }

    /// Evaluates a service's policies on the data points that have arrived by now.
    pub(super) fn evaluate_scaling(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let Some(target) = self.target_id(service) else {
            return;
        };
        let since_arrival = self.now.as_micros() + PERIOD.as_micros()
            - self.metric_delay(service).as_micros() % PERIOD.as_micros();
        if !since_arrival.is_multiple_of(PERIOD.as_micros()) {
            // Alarms are evaluated when a data point arrives, once.
            return;
        }
        let minute = self.newest_arrived(service, self.now);
        let from = self.world.services[service.index()].desired;
        let decision = self.decide(service, minute, self.now, &None);
        self.world.targets[target.index()].cooldown = decision.cooldown;
        let to = decision.desired;
        if from == to {
            return;
        }
        self.observe(&Observation::Scaling {
            target,
            from,
            to,
            reason: decision.reason,
        });
        self.world.services[service.index()].desired = to;
        self.counts_changed(Owner::Service(service));
        self.reconcile(service, queue);
    }

    /// The newest minute whose data point has reached the alarms at `at`.
    fn newest_arrived(&self, service: ServiceId, at: SimTime) -> i64 {
        let delay = self.metric_delay(service).as_micros() as i64;
        (at.as_micros() as i64 - delay).div_euclid(PERIOD.as_micros() as i64) - 1
    }

    fn metric_delay(&self, service: ServiceId) -> SimDuration {
        match self.world.target_of[service.index()] {
            Some(target) => self.plan.scalable_targets[target].metric_delay,
            None => SimDuration::ZERO,
        }
    }

    /// What the policies ask for at `at`, with the data points up to `minute`.
    fn decide(
        &self,
        service: ServiceId,
        minute: i64,
        at: SimTime,
        steady: &Steady,
    ) -> ScalingDecision {
        let index = self.world.target_of[service.index()].expect("the service has a target");
        let (plan, state) = (
            &self.plan.scalable_targets[index],
            &self.world.targets[index],
        );
        let mut readings = [None; 8];
        let mut count = 0;
        for (policy, window) in state.windows.iter().enumerate().take(readings.len()) {
            let future = steady.as_ref().and_then(|values| values[policy]);
            readings[count] = Some(read(window, minute, future));
            count += 1;
        }
        let readings: [Reading; 8] = readings.map(|reading| {
            reading.unwrap_or(Reading {
                policy: target_tracking::TrackingPolicy::new(1.0),
                signal: TrackingSignal::Quiet,
                metric: 0.0,
            })
        });
        let service = &self.world.services[service.index()];
        let target = target_tracking::ScalableTarget {
            desired: service.desired,
            min: plan.min,
            max: plan.max,
            cooldown: state.cooldown,
            is_deploying: service.rolling,
            scale_out_suspended: false,
            scale_in_suspended: false,
        };
        target_tracking::decide(&target, &readings[..count], at)
    }

    /// The first instant from now on at which an evaluation would change the desired count, as far
    /// as the minutes are known or steady.
    pub(super) fn next_scaling_at(&self, service: ServiceId) -> SimTime {
        let Some(index) = self.world.target_of[service.index()] else {
            return SimTime::MAX;
        };
        let state = &self.world.targets[index];
        let Some(load) = &self.world.loads[service.index()] else {
            return SimTime::MAX;
        };
        let steady: Steady = load
            .steady()
            .map(|period| state.windows.iter().map(|w| w.value_of(period)).collect());
        let newest = state.windows.first().map_or(-1, MetricWindow::newest);
        // Beyond this many steady minutes no run of data points grows any more; a cooldown may
        // still end.
        let last = match &steady {
            Some(_) => newest + 2 * i64::from(LOW_DATAPOINTS),
            None => newest,
        };
        let delay = self.metric_delay(service);
        let first = self.newest_arrived(service, self.now) + 1;
        for minute in first..=last {
            let end = (minute + 1) * PERIOD.as_micros() as i64;
            let at = SimTime::from_micros((end + delay.as_micros() as i64).max(0) as u64);
            if self.decide(service, minute, at, &steady).desired
                != self.world.services[service.index()].desired
            {
                return at.max(self.now);
            }
        }
        SimTime::MAX
    }
}

/// A policy's alarms at `minute`: 3 of 3 data points above the target, 15 of 15 below 90 % of it.
/// Minutes after the window's newest have the value `future`.
fn read(window: &MetricWindow, minute: i64, future: Option<f64>) -> Reading {
    let value = |minute: i64| {
        if window.newest() < minute {
            future
        } else {
            window.at(minute)
        }
    };
    let (mut high, mut low) = (0, 0);
    let is_high = |value: f64| window.policy.target < value;
    let is_low = |value: f64| value < LOW_FACTOR * window.policy.target;
    while high < HIGH_DATAPOINTS && value(minute - i64::from(high)).is_some_and(is_high) {
        high += 1;
    }
    while high == 0 && low < LOW_DATAPOINTS && value(minute - i64::from(low)).is_some_and(is_low) {
        low += 1;
    }
    let signal = if high == HIGH_DATAPOINTS {
        TrackingSignal::High
    } else if low == LOW_DATAPOINTS && !window.policy.disable_scale_in {
        TrackingSignal::Low
    } else {
        TrackingSignal::Quiet
    };
    Reading {
        policy: window.policy,
        signal,
        metric: value(minute).unwrap_or(0.0),
    }
}
