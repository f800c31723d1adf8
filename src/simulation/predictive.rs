//! Predictive scaling: hourly forecasts from a run's own history, and what is started by them.

use crate::engine::SimTime;
use crate::engine::queue::Queue;
use crate::ids::ScalableTargetId;
use crate::observe::inputs::{DecisionInputs, ForetoldHour};
use crate::observe::observation::Observation;
use crate::policy::predictive_scaling::{capacity, effective_max, forecast, predicted};
use crate::policy::target_tracking::ScalingReason;
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::scaling::{HOUR, HOUR_S};

impl Simulation<'_> {
    /// Each target with predictive policies looks ahead once an hour.
    pub(super) fn begin_predicting(&mut self, queue: &mut Queue<Event>) {
        let targets = self.plan.scalable_targets.iter().enumerate();
        let predicts = targets.filter(|(_, target)| !target.predictive.is_empty());
        let predicts: Vec<usize> = predicts.map(|(index, _)| index).collect();
        for index in predicts {
            self.await_hour((ScalableTargetId::from_index(index), 1), queue);
        }
    }

    /// The next look at an hour is so long before it as its policies start for it.
    fn await_hour(&mut self, (target, hour): (ScalableTargetId, u64), queue: &mut Queue<Event>) {
        let plan = &self.plan.scalable_targets[target.index()];
        let buffers = plan.predictive.iter().map(|policy| policy.buffer);
        let longest = buffers.max().unwrap_or_default();
        let begins = SimTime::from_secs(hour * HOUR_S);
        let at = SimTime::from_micros(begins.as_micros().saturating_sub(longest.as_micros()));
        if at < self.plan.horizon() {
            queue.schedule_at(at, Event::ForeseeHour { target, hour });
        }
    }

    /// What is foretold of an hour that is about to begin: its capacity is the least from now on.
    pub(super) fn on_foresee_hour(
        &mut self,
        (target, hour): (ScalableTargetId, u64),
        queue: &mut Queue<Event>,
    ) {
        let plan = &self.plan.scalable_targets[target.index()];
        let service = plan.service;
        self.catch_up(service);
        let refreshed = self.now.as_micros() / (HOUR.as_micros() * REFRESH_HOURS) * REFRESH_HOURS;
        // What was started for this hour stays for all of it.
        let state = &self.world.targets[target.index()];
        let (before, _) = state.foretold;
        let (mut floor, mut most) = (0, state.bounds.max);
        for (index, policy) in plan.predictive.iter().enumerate() {
            let state = &self.world.targets[target.index()];
            let history = state.hours[index].before(refreshed);
            let Some(load) = forecast(history, hour as usize) else {
                continue;
            };
            let wanted = capacity(load, policy.target);
            let max = effective_max(wanted, state.bounds.max, policy.breach);
            let from = self.world.services[service.index()].desired;
            self.note_forecast((target, hour), (index, load), refreshed);
            let (to, outcome) = predicted(from, wanted, max, policy.acts);
            if policy.acts {
                (floor, most) = (floor.max(wanted.min(max)), most.max(max));
            }
            let reason = ScalingReason::Predicted {
                policy: index,
                forecast: wanted,
                outcome,
            };
            self.world.targets[target.index()].predicted = (floor.max(before), most);
            if from == to {
                self.observe(&Observation::Scaling {
                    target,
                    from,
                    to,
                    reason,
                });
            }
            self.scale(target, to, reason, queue);
        }
        let state = &mut self.world.targets[target.index()];
        state.foretold = (floor, most);
        let begins = SimTime::from_secs(hour * HOUR_S);
        let now_most = if before < floor {
            most
        } else {
            most.max(before)
        };
        let bounds = match self.now < begins {
            true => (floor.max(before), now_most),
            false => (floor, most),
        };
        self.set_predicted(target, bounds);
        if self.now < begins && bounds != (floor, most) && begins < self.plan.horizon() {
            queue.schedule_at(begins, Event::HourBegins { target });
        }
        self.await_hour((target, hour + 1), queue);
        self.scaling_changed(service, queue);
    }

    /// Tells whoever asks why what a policy foretold of an hour, and from which.
    fn note_forecast(
        &mut self,
        (target, hour): (ScalableTargetId, u64),
        (policy, load): (usize, f64),
        refreshed: u64,
    ) {
        let service = self.plan.scalable_targets[target.index()].service;
        let state = &self.world.targets[target.index()];
        let foretold = DecisionInputs::Foretold {
            target,
            history: state.hours[policy].before(refreshed),
            hour: ForetoldHour {
                policy,
                hour,
                load,
                desired: self.world.services[service.index()].desired,
                max: state.bounds.max,
            },
        };
        self.observer.note(self.now, &foretold);
    }

    fn set_predicted(&mut self, target: ScalableTargetId, bounds: (u32, u32)) {
        self.world.targets[target.index()].predicted = bounds;
        self.note(&DecisionInputs::Predicted { target, bounds });
    }

    /// An hour begins: what was foretold of the one before no longer holds.
    pub(super) fn on_hour_begins(&mut self, target: ScalableTargetId, queue: &mut Queue<Event>) {
        let bounds = self.world.targets[target.index()].foretold;
        self.set_predicted(target, bounds);
        let service = self.plan.scalable_targets[target.index()].service;
        self.scaling_changed(service, queue);
    }
}

/// Hours between two forecasts.
const REFRESH_HOURS: u64 = crate::policy::predictive_scaling::REFRESH as u64;
