//! Services with metrics of a period below a minute. Their alarms and policies are asked with each
//! data point, until all that any of them remembers was of a steady load; others look ahead.

use crate::engine::{SimDuration, SimTime};
use crate::ids::ServiceId;
use crate::policy::target_tracking::Signals;
use crate::simulation::Simulation;
use crate::simulation::minutes::read;
use crate::world::scaling::STEADY_MINUTES;

impl Simulation<'_> {
    /// Of a service with fine metrics: when its alarms and policies are asked next.
    pub(super) fn next_fine_at(&mut self, service: ServiceId) -> SimTime {
        let clock = self.world.clocks[service.index()];
        let arrived = clock.newest_arrived(self.now);
        let is_new = self.world.alarms_seen[service.index()] < arrived;
        if is_new && clock.arrival_us(arrived) == self.now.as_micros() as i64 {
            // A data point that arrives at this very instant is still to be looked at.
            return self.now;
        }
        let next = SimTime::from_micros(clock.arrival_us(arrived + 1).max(0) as u64);
        if self.is_at_rest(service) {
            return self.next_change_at_rest(service, next);
        }
        next
    }

    /// Whether all that a service's alarms remember is of a steady load.
    fn is_at_rest(&self, service: ServiceId) -> bool {
        let index = service.index();
        let is_steady = self.world.loads[index]
            .as_ref()
            .is_some_and(|load| load.steady().is_some());
        let Some(meter) = self.world.fine[index].as_ref().filter(|_| is_steady) else {
            return false;
        };
        let long = |period: SimDuration, count: i64, delay: SimDuration| {
            SimDuration::from_micros(period.as_micros() * count.unsigned_abs()) + delay
        };
        let windows = self.world.target_of[index].map(|at| &self.world.targets[at].windows);
        let windows = windows.into_iter().flatten();
        let windows = windows.map(|it| long(it.clock.period, STEADY_MINUTES + 1, it.clock.delay));
        let alarms = self.plan.alarms[self.world.alarms_of[index].clone()].iter();
        let alarms = alarms.map(|it| long(it.clock.period, it.memory_units() + 1, it.clock.delay));
        let memory = windows.chain(alarms).max().unwrap_or(SimDuration::ZERO);
        meter.restless_until() + memory <= self.now
    }

    /// The first instant at which alarms that stay as they are change the desired count: now, as
    /// far as data points go, or when a cooldown is over.
    fn next_change_at_rest(&mut self, service: ServiceId, next: SimTime) -> SimTime {
        let Some(index) = self.world.target_of[service.index()] else {
            return SimTime::MAX;
        };
        self.world.targets[index].see_all_at(self.now);
        let mut readings = std::mem::take(&mut self.readings);
        let mut steps = std::mem::take(&mut self.steps);
        let mut points = std::mem::take(&mut self.points);
        read(
            &self.world.targets[index].windows,
            |window| {
                let newest = window.clock.newest_arrived(self.now);
                (window.lengths, window.at(newest))
            },
            &mut readings,
        );
        let sample = |alarm: usize, metric, part| self.world.alarms[alarm].at(metric, part);
        let at_us = self.now.as_micros() as i64;
        self.read_steps(service, at_us, sample, (&mut steps, &mut points));
        let signals = Signals {
            tracking: &readings,
            steps: &steps,
        };
        let decision = self.decide(service, signals, self.now);
        let at = match decision.desired == self.world.services[service.index()].desired {
            true => self.after_cooldown(service, decision.reason, signals),
            false => next,
        };
        self.readings = readings;
        self.steps = steps;
        self.points = points;
        at
    }
}
