//! What predictive scaling foretold: the hours that it looked back on, the load, the tasks that it
//! takes, and with what it had been another count.

use serde_json::{Value, json};

use crate::engine::{SimDuration, SimTime};
use crate::explain::{Difference, Finding, Replay, rules, words};
use crate::ids::ServiceId;
use crate::observe::times::iso8601;
use crate::observe::trail::{Forecast, Foretold};
use crate::policy::predictive_scaling::{Breach, capacity, effective_max, predicted};
use crate::scenario::plan::{PredictivePolicyPlan, ScalableTargetPlan, TrackedMetric};

/// Hours that are told of those that a forecast looks back on.
const HOURS_TOLD: usize = 4;
/// `TargetValue` is looked at in tenths.
const STEPS: f64 = 10.0;
/// The longest `SchedulingBufferTime` (API PredictiveScalingPolicyConfiguration), seconds.
const BUFFER_MAX_S: u64 = 3_600;
const HOUR_S: u64 = 3_600;

/// A forecast that changed a count, with what it was made from.
#[derive(Clone, Copy, Debug)]
struct Made<'t> {
    forecast: &'t Forecast,
    foretold: &'t Foretold,
    target: &'t ScalableTargetPlan,
    policy: &'t PredictivePolicyPlan,
}

/// The forecast that changed the desired count of a service at an instant.
fn changed<'t>(replay: &Replay<'t>, service: ServiceId, at: SimTime) -> Option<&'t Forecast> {
    let targets = &replay.plan.scalable_targets;
    let mut all = replay.trail.forecasts.iter();
    all.find(|it| {
        let [from, to] = it.counts;
        it.at == at && from != to && targets[it.target.index()].service == service
    })
}

/// What predictive scaling did at an instant, if it changed the desired count of a service then.
pub(in crate::explain) fn foretold(
    replay: &Replay<'_>,
    service: ServiceId,
    at: SimTime,
) -> Option<String> {
    let forecast = changed(replay, service, at)?;
    let target = &replay.plan.scalable_targets[forecast.target.index()];
    let policy = &target.predictive[forecast.policy];
    Some(format!(
        "predictive policy {} foretells {} tasks for the hour that begins",
        policy.name, forecast.forecast
    ))
}

/// The same explained: the hours, the load, the formula.
pub(in crate::explain) fn finding(
    replay: &Replay<'_>,
    (service, question): (ServiceId, &str),
    at: SimTime,
) -> Option<Finding> {
    let forecast = changed(replay, service, at)?;
    let [from, to] = forecast.counts;
    let Some(made) = made(replay, forecast) else {
        let answer = foretold(replay, service, at)?;
        let inputs = json!({ "from": from, "to": to });
        let finding = Finding::new(question, answer, inputs).decided(replay.plan, at);
        return Some(finding.by(&[rules::PREDICTED]));
    };
    let begins = SimTime::from_secs(made.foretold.hour.hour * HOUR_S);
    let answer = format!(
        "predictive policy {} foretells {} for the hour from {}: {}",
        made.policy.name,
        words::tasks(forecast.forecast),
        replay.clock().show(begins),
        made.formula()
    );
    let inputs = made.inputs(replay);
    Some(
        Finding::new(question, answer, inputs)
            .decided(replay.plan, at)
            .details(made.hours(replay))
            .details(made.bound())
            .by(&[rules::PREDICTED])
            .otherwise(made.differences(from)),
    )
}

/// With what a forecast that holds a count would have been of another one.
pub(super) fn held_differences(replay: &Replay<'_>, forecast: &Forecast) -> Vec<Difference> {
    let made = made(replay, forecast);
    let others = made.map(|made| made.other_targets(0));
    others.unwrap_or_default()
}

fn made<'t>(replay: &Replay<'t>, forecast: &'t Forecast) -> Option<Made<'t>> {
    let mut all = replay.trail.foretold.iter();
    let foretold = all.find(|it| {
        (it.at, it.target, it.hour.policy) == (forecast.at, forecast.target, forecast.policy)
    })?;
    let target = &replay.plan.scalable_targets[forecast.target.index()];
    Some(Made {
        forecast,
        foretold,
        target,
        policy: &target.predictive[forecast.policy],
    })
}

impl Made<'_> {
    /// What a load is counted in.
    fn unit(&self) -> &'static str {
        match self.policy.metric {
            TrackedMetric::Cpu => "% CPU of a task",
            TrackedMetric::Memory => "% memory of a task",
            TrackedMetric::RequestCountPerTarget | TrackedMetric::Custom => "requests a minute",
        }
    }

    /// `a load of 702.4 % CPU of a task over a TargetValue of 45 is 15.609, so 16`.
    fn formula(&self) -> String {
        let (load, target) = (self.foretold.hour.load, self.policy.target);
        let exact = words::short_of_whole(load / target);
        format!(
            "a load of {} {} over a TargetValue of {} is {exact}, so {}",
            words::number(load),
            self.unit(),
            words::number(target),
            self.forecast.forecast
        )
    }

    /// The hours that the load is the mean of, the newest first.
    fn hours(&self, replay: &Replay<'_>) -> Option<String> {
        let alike = &self.foretold.alike;
        let shown = |(hour, load): &(usize, f64)| {
            let at = SimTime::from_secs(*hour as u64 * HOUR_S);
            format!("{} {}", replay.clock().show(at), words::number(*load))
        };
        let mut told: Vec<String> = alike.iter().take(HOURS_TOLD).map(shown).collect();
        if HOURS_TOLD < alike.len() {
            told.push(format!("{} more", alike.len() - HOURS_TOLD));
        }
        let whose = match alike.len() {
            0 => return None,
            1 => "that of 1 hour that it is like".to_owned(),
            count => format!("the mean of {count} hours that it is like"),
        };
        let known = self.foretold.known as u32;
        Some(format!(
            "the load is {whose}: {} ({} were known)",
            words::listed(&told),
            words::counted(known, "hour")
        ))
    }

    /// The maximum, where it held the forecast back.
    fn bound(&self) -> Option<String> {
        let max = self.most();
        (max < self.forecast.forecast).then(|| format!("MaxCapacity {max} held it back"))
    }

    /// The most tasks that may be started for it.
    fn most(&self) -> u32 {
        let max = self.foretold.hour.max;
        effective_max(self.forecast.forecast, max, self.policy.breach)
    }

    fn inputs(&self, replay: &Replay<'_>) -> Value {
        let start = replay.plan.run.start;
        let hour = |hour: u64| iso8601(start, SimTime::from_secs(hour * HOUR_S));
        let [from, to] = self.forecast.counts;
        let alike = self.foretold.alike.iter();
        json!({
            "from": from,
            "to": to,
            "PolicyName": self.policy.name,
            "hour": hour(self.foretold.hour.hour),
            "load": self.foretold.hour.load,
            "unit": self.unit(),
            "hoursKnown": self.foretold.known,
            "hoursAlike": alike
                .map(|(at, load)| json!({ "hour": hour(*at as u64), "load": load }))
                .collect::<Vec<_>>(),
            "TargetValue": self.policy.target,
            "forecast": self.forecast.forecast,
            "MinCapacity": self.target.min,
            "MaxCapacity": self.foretold.hour.max,
            "Mode": if self.policy.acts { "ForecastAndScale" } else { "ForecastOnly" },
            "SchedulingBufferTime": self.policy.buffer.as_secs_f64(),
            "MaxCapacityBreachBehavior": match self.policy.breach {
                Breach::Honor => "HonorMaxCapacity",
                Breach::Increase { .. } => "IncreaseMaxCapacity",
            },
        })
    }

    /// What the forecast makes of a count with another `TargetValue`.
    fn count_with(&self, from: u32, target: f64) -> u32 {
        let wanted = capacity(self.foretold.hour.load, target);
        let max = effective_max(wanted, self.foretold.hour.max, self.policy.breach);
        predicted(from, wanted, max, self.policy.acts).0
    }

    /// The nearest `TargetValue` below and above with which it had been another count.
    fn other_targets(&self, from: u32) -> Vec<Difference> {
        let had = self.policy.target;
        let to = self.count_with(from, had);
        let load = self.foretold.hour.load;
        // Where the whole number of tasks is another: just below, and just beyond, their share.
        let above = libm::floor(load / f64::from(to.max(2) - 1) * STEPS) / STEPS;
        let below = libm::floor(load / f64::from(to.max(1)) * STEPS) / STEPS;
        let near = |first: f64, up: bool| {
            let step = if up { 1.0 } else { -1.0 } / STEPS;
            let mut steps = (0..3).map(|at| first + step * f64::from(at));
            steps.find(|target| 0.0 < *target && self.count_with(from, *target) != to)
        };
        let found = [near(above, true), near(below, false)];
        let told = found.into_iter().flatten().map(|target| {
            let then = match self.count_with(from, target) {
                count if count == from => words::stayed_at(from),
                count => format!("{count} tasks instead of {to}"),
            };
            let (target, had) = (words::number(target), words::number(had));
            Difference::new(format!("TargetValue {target} instead of {had}"), then)
        });
        told.collect()
    }

    fn differences(&self, from: u32) -> Vec<Difference> {
        let mut found = self.other_targets(from);
        let most = self.most();
        if most < self.forecast.forecast {
            let wanted = self.forecast.forecast;
            let with = format!("MaxCapacity {wanted} instead of {most}");
            found.push(Difference::new(with, words::tasks(wanted)));
        }
        found.push(Difference::new("Mode ForecastOnly", words::stayed_at(from)));
        let twice = SimDuration::from_micros(self.policy.buffer.as_micros() * 2);
        if !twice.is_zero() && twice <= SimDuration::from_secs(BUFFER_MAX_S) {
            found.push(Difference::new(
                format!(
                    "SchedulingBufferTime {}",
                    words::number(twice.as_secs_f64())
                ),
                format!(
                    "the same tasks {} earlier",
                    words::length(self.policy.buffer)
                ),
            ));
        }
        found
    }
}
