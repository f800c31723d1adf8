//! A scalable target's minutes as its alarms saw them, and its decisions asked again: at any
//! minute, with any policy.

use crate::engine::SimTime;
use crate::ids::{AlarmId, ServiceId};
use crate::observe::trail::{Minutes, Scaled};
use crate::policy::alarm::AlarmState;
use crate::policy::scheduled_scaling::{Bounds, ScheduledOutcome};
use crate::policy::step_scaling::{StepReading, aggregated};
use crate::policy::target_tracking::{
    Cooldown, LOW_DATAPOINTS, Reading, RunLengths, ScalableTarget, ScalingDecision, Signals,
    TrackingPolicy, alarms, decide,
};
use crate::scenario::plan::{AlarmPlan, ScalableTargetPlan, ScalingPolicyPlan, TrackedMetric};
use crate::world::alarm::{Sample, at_part, custom_data_point, point_of_part, points};
use crate::world::begins_rolling;

use super::Replay;

/// Minutes before the run that primed alarms know: more than any alarm looks at.
const PRIMED: i64 = 64;

/// The minutes of a service's target.
pub(super) struct Series<'a> {
    pub(super) replay: &'a Replay<'a>,
    pub(super) service: ServiceId,
    /// The target's index in the plan.
    pub(super) index: usize,
    /// The target.
    pub(super) target: &'a ScalableTargetPlan,
    line: Line<'a>,
}

/// The minutes of a service, in order of time.
pub(super) struct Line<'a> {
    minutes: Vec<&'a Minutes>,
    /// Data points of fine metrics.
    fine: Vec<&'a Minutes>,
    primed: Option<&'a Minutes>,
}

impl<'a> Line<'a> {
    pub(super) fn of(replay: &'a Replay<'a>, service: ServiceId) -> Self {
        let is_its = |(of, _): &&(ServiceId, Minutes)| *of == service;
        let minutes = replay.trail.minutes.iter().filter(is_its);
        let fine = replay.trail.fine_points.iter().filter(is_its);
        let primed = replay.trail.primed.iter().find(is_its);
        Line {
            minutes: minutes.map(|(_, minutes)| minutes).collect(),
            fine: fine.map(|(_, points)| points).collect(),
            primed: primed.map(|(_, minutes)| minutes),
        }
    }

    /// What a minute saw, or a data point of fine metrics, counted from the run's start.
    pub(super) fn at(&self, index: i64, is_fine: bool) -> Option<&'a Minutes> {
        let Ok(index) = u64::try_from(index) else {
            return self.primed;
        };
        let runs = if is_fine { &self.fine } else { &self.minutes };
        let after = runs.partition_point(|run| run.first <= index);
        let run = runs[..after].last()?;
        (index < run.first + run.count).then_some(*run)
    }

    /// What a period of an alarm's clock adds to one of its metrics.
    fn sample(&self, alarm: &AlarmPlan, metric: usize, index: i64) -> Sample {
        let metric = alarm.metric.metrics[metric];
        if !alarm.clock.is_fine() {
            let of = |minutes: &Minutes| Sample::of(metric, &minutes.period);
            return self.at(index, false).map_or_else(Sample::default, of);
        }
        let point = point_of_part(index);
        let Some(found) = self.at(point, true) else {
            return Sample::default();
        };
        let period = match point < 0 {
            // What it was primed with is a minute's.
            true => found.period.fine_part(),
            false => found.period,
        };
        at_part(Sample::of(metric, &period), index)
    }

    /// The data points of an alarm at an instant, in microseconds of the run, the newest last.
    pub(super) fn points(&self, alarm: &AlarmPlan, at_us: i64) -> Vec<Option<f64>> {
        let mut found = Vec::new();
        let newest = alarm.clock.newest_arrived_us(at_us);
        let sample = |metric, index| self.sample(alarm, metric, index);
        points(alarm, newest, sample, &mut found);
        found
    }
}

/// A decision that can be asked again.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// When.
    pub(super) at: SimTime,
    /// The newest minute that the alarms had seen.
    pub(super) minute: i64,
    /// The target as the decision found it.
    pub(super) input: ScalableTarget,
    /// What the alarms of target tracking policies said.
    pub(super) readings: Vec<Reading>,
    /// What step policies asked for.
    pub(super) steps: Vec<StepReading>,
    /// The answer.
    pub(super) decision: ScalingDecision,
}

impl<'a> Series<'a> {
    /// The minutes of a service; `None` if nothing scales it.
    pub(super) fn of(replay: &'a Replay<'a>, service: ServiceId) -> Option<Self> {
        let targets = &replay.plan.scalable_targets;
        let index = targets
            .iter()
            .position(|target| target.service == service)?;
        let target = &targets[index];
        if !target.has_policies() {
            return None;
        }
        Some(Series {
            replay,
            service,
            index,
            target,
            line: Line::of(replay, service),
        })
    }

    /// A policy's data point, by its index on the policy's clock.
    pub(super) fn value(&self, policy: usize, index: i64) -> Option<f64> {
        let plan = &self.target.policies[policy];
        let found = self.line.at(index, plan.clock.is_fine());
        metric(plan, found.filter(|_| -PRIMED <= index)?)
    }

    /// The newest data point of a policy when the target was asked with one of its own.
    pub(super) fn newest(&self, policy: usize, minute: i64) -> i64 {
        let at_us = self.target.clock.arrival_us(minute);
        self.target.policies[policy].clock.newest_arrived_us(at_us)
    }

    /// The data points of an alarm at a minute, the newest last.
    pub(super) fn points(&self, alarm: AlarmId, minute: i64) -> Vec<Option<f64>> {
        let plan = &self.replay.plan.alarms[alarm.index()];
        self.points_of(plan, minute)
    }

    /// The data points of an alarm that is not the plan's at a minute.
    pub(super) fn points_of(&self, alarm: &AlarmPlan, minute: i64) -> Vec<Option<f64>> {
        self.line
            .points(alarm, self.target.clock.arrival_us(minute))
    }

    /// The state of an alarm at an instant, what happens at it included.
    pub(super) fn alarm_state(&self, alarm: AlarmId, at: SimTime) -> AlarmState {
        let all = &self.replay.trail.alarm_states;
        let until = all.partition_point(|(when, ..)| *when <= at);
        let mut before = all[..until].iter().rev();
        let found = before.find(|(_, of, _)| *of == alarm);
        found.map_or_else(AlarmState::default, |(.., verdict)| verdict.state)
    }

    /// What step policies ask for at a minute.
    pub(super) fn steps(&self, minute: i64) -> Vec<StepReading> {
        let Some(at) = self.arrival(minute) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (index, policy) in self.target.step_policies.iter().enumerate() {
            for alarm in &policy.alarms {
                if self.alarm_state(*alarm, at) != AlarmState::Alarm {
                    continue;
                }
                let rule = &self.replay.plan.alarms[alarm.index()].rule;
                let points = self.points(*alarm, minute);
                let metric = aggregated(rule, &points, policy.policy.aggregation);
                let reading = |metric| {
                    let values = (metric, rule.threshold);
                    policy.policy.reading(index, *alarm, values)
                };
                found.extend(metric.and_then(reading));
            }
        }
        found
    }

    /// When a minute's data point reaches the alarms.
    pub(super) fn arrival(&self, minute: i64) -> Option<SimTime> {
        let at = u64::try_from(self.target.clock.arrival_us(minute)).ok()?;
        Some(SimTime::from_micros(at))
    }

    /// The newest minute whose data point has reached the alarms at an instant.
    pub(super) fn newest_arrived(&self, at: SimTime) -> i64 {
        self.target.clock.newest_arrived(at)
    }

    /// A policy as the rules read it.
    pub(super) fn policy(&self, policy: usize) -> TrackingPolicy {
        let plan = &self.target.policies[policy];
        TrackingPolicy {
            target: plan.target,
            disable_scale_in: plan.disable_scale_in,
            scale_out_cooldown: plan.scale_out_cooldown,
            scale_in_cooldown: plan.scale_in_cooldown,
        }
    }

    /// What the alarms of a policy have seen up to a minute, whatever its target is.
    pub(super) fn lengths(&self, index: usize, policy: TrackingPolicy, minute: i64) -> RunLengths {
        let alarms = alarms(policy.target, policy.disable_scale_in);
        // No run grows longer than the longest alarm's, so nothing older matters.
        let newest = self.newest(index, minute);
        let first = (newest - i64::from(LOW_DATAPOINTS)).max(-PRIMED);
        (first..=newest).fold(RunLengths::default(), |lengths, minute| {
            lengths.after(&alarms, self.value(index, minute))
        })
    }

    /// What a policy's alarms say at a minute, whatever its target is.
    pub(super) fn reading(&self, index: usize, policy: TrackingPolicy, minute: i64) -> Reading {
        let alarms = alarms(policy.target, policy.disable_scale_in);
        Reading {
            policy,
            signal: self.lengths(index, policy, minute).signal(&alarms),
            metric: self.value(index, self.newest(index, minute)).unwrap_or(0.0),
        }
    }

    /// What the target's policies decided on a minute, or would have if they had been asked.
    pub(super) fn ask(&self, minute: i64) -> Option<Asked> {
        let at = self.arrival(minute)?;
        if let Some(scaled) = self.scaled_at(at) {
            return Some(Asked {
                at,
                minute: scaled.minute,
                input: scaled.input,
                readings: scaled.readings.clone(),
                steps: scaled.steps.clone(),
                decision: scaled.decision,
            });
        }
        let policies = 0..self.target.policies.len();
        let readings: Vec<Reading> = policies
            .map(|index| self.reading(index, self.policy(index), minute))
            .collect();
        let input = self.input(at);
        let steps = self.steps(minute);
        let signals = Signals {
            tracking: &readings,
            steps: &steps,
        };
        Some(Asked {
            at,
            minute,
            input,
            decision: decide(&input, signals, at),
            readings,
            steps,
        })
    }

    /// The decision that changed the desired count at an instant.
    pub(super) fn decided_at(&self, at: SimTime) -> Option<Asked> {
        self.scaled_at(at)?;
        self.ask(self.newest_arrived(at))
    }

    /// The change of the desired count at an instant, as it was made.
    pub(super) fn scaled_at(&self, at: SimTime) -> Option<&'a Scaled> {
        let all = &self.replay.trail.scalings;
        let first = all.partition_point(|scaled| scaled.at < at);
        let mut now = all[first..].iter().take_while(|scaled| scaled.at == at);
        now.find(|scaled| scaled.target.index() == self.index)
    }

    /// When the desired count changed last before an instant.
    pub(super) fn last_change_before(&self, at: SimTime) -> Option<SimTime> {
        let steps = super::changes::desired_steps(self.replay, self.service);
        let mut before = steps.iter().rev().filter(|(when, ..)| *when < at);
        before.next().map(|(when, ..)| *when)
    }

    /// The target as a decision at an instant finds it.
    pub(super) fn input(&self, at: SimTime) -> ScalableTarget {
        let trail = self.replay.trail;
        let until = trail.scalings.partition_point(|scaled| scaled.at < at);
        let before = trail.scalings[..until].iter().rev();
        let mut before = before.filter(|scaled| scaled.target.index() == self.index);
        let deployments = trail.deployments.iter().rev();
        let mut deployments =
            deployments.filter(|(when, service, ..)| *when <= at && *service == self.service);
        let service = self.replay.plan.service(self.service);
        let is_deploying = match deployments.next() {
            Some((.., step)) => !step.is_over(),
            None => begins_rolling(self.replay.plan, service),
        };
        let bounds = self.bounds(at);
        let (floor, most) = self.predicted(at);
        let counts = super::changes::counts_at(self.replay, self.service, at);
        let shifts = service.traffic_shift.as_ref();
        let by_code_deploy = shifts.is_some_and(|shift| shift.by_code_deploy);
        ScalableTarget {
            desired: counts.desired,
            current: match by_code_deploy && is_deploying {
                true => counts.running,
                false => counts.desired,
            },
            min: bounds.min.max(floor),
            max: bounds.max.max(most),
            cooldown: before
                .next()
                .map_or(Cooldown::None, |scaled| scaled.decision.cooldown),
            is_deploying,
            scale_out_suspended: self.target.scale_out_suspended,
            scale_in_suspended: self.target.scale_in_suspended,
        }
    }

    /// What predictive scaling has set at an instant: the least and the most tasks.
    fn predicted(&self, at: SimTime) -> (u32, u32) {
        let predicted = &self.replay.trail.predicted;
        let until = predicted.partition_point(|(when, ..)| *when <= at);
        let mut before = predicted[..until].iter().rev();
        let own = before.find(|(_, target, _)| target.index() == self.index);
        own.map_or((0, 0), |(.., bounds)| *bounds)
    }

    /// The target's bounds at an instant, what scheduled actions do at it included.
    pub(super) fn bounds(&self, at: SimTime) -> Bounds {
        let scheduled = self.replay.trail.scheduled.iter().rev();
        let mut before = scheduled.filter(|it| it.at <= at && it.target.index() == self.index);
        let set = before.find_map(|it| match it.outcome {
            ScheduledOutcome::Set(bounds) => Some(bounds),
            ScheduledOutcome::Suspended | ScheduledOutcome::MinAboveMax(_) => None,
        });
        set.unwrap_or_else(|| self.target.bounds())
    }
}

impl Asked {
    /// The desired count that the rule gives with another target or other readings.
    pub(super) fn again(
        &self,
        change: impl FnOnce(&mut ScalableTarget, &mut Vec<Reading>),
    ) -> ScalingDecision {
        let (mut input, mut readings) = (self.input, self.readings.clone());
        change(&mut input, &mut readings);
        let signals = Signals {
            tracking: &readings,
            steps: &self.steps,
        };
        decide(&input, signals, self.at)
    }

    /// The same with other step policies.
    pub(super) fn again_with(&self, change: impl FnOnce(&mut Vec<StepReading>)) -> ScalingDecision {
        let mut steps = self.steps.clone();
        change(&mut steps);
        let signals = Signals {
            tracking: &self.readings,
            steps: &steps,
        };
        decide(&self.input, signals, self.at)
    }
}

fn metric(policy: &ScalingPolicyPlan, minutes: &Minutes) -> Option<f64> {
    match policy.metric {
        TrackedMetric::Cpu => minutes.cpu,
        TrackedMetric::Memory => minutes.memory,
        TrackedMetric::RequestCountPerTarget => {
            let of_service = minutes.requests_per_target;
            of_service.map(|requests| requests * policy.part)
        }
        TrackedMetric::Custom => custom_data_point(policy.custom.as_ref()?, &minutes.period),
    }
}
