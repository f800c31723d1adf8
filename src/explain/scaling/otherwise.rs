//! What would have made the difference to a scaling decision: its rules asked again with another
//! target, bound, cooldown or delay, on the same data points.

use super::steps;
use crate::engine::{SimDuration, SimTime};
use crate::explain::series::{Asked, Series};
use crate::explain::{Difference, words};
use crate::policy::target_tracking::{
    Cooldown, HIGH_DATAPOINTS, Proposer, Reading, ScalingDecision, ScalingReason, Signals,
    TrackingPolicy, TrackingSignal, decide,
};

/// Minutes back that an earlier alarm is looked for.
const EARLIER_MAX: i64 = 60;
/// The lowest target that is tried, as a share of the present one: below it is another policy.
const LOWEST_SHARE: f64 = 0.5;
/// Steps of `TargetValue` that are tried in a unit: one decimal, as values are printed.
const STEPS: f64 = 10.0;

/// The changes that would have led to another answer.
pub(super) fn differences(series: &Series<'_>, asked: &Asked) -> Vec<Difference> {
    let mut found = Vec::new();
    match asked.decision.reason {
        ScalingReason::ScaledOut(proposal) => {
            found.extend(higher_maximum(asked));
            match proposal.by {
                Proposer::Tracking(index) => {
                    found.extend(earlier(series, asked, index));
                    found.extend(no_more(series, asked, index));
                }
                Proposer::Step(policy, alarm) => {
                    found.extend(steps::differences(series, asked, (policy, alarm)));
                    found.extend(without_step(series, asked, policy));
                }
            }
            found.extend(no_delay(series, asked));
            found.extend(without_cooldown(asked));
        }
        ScalingReason::ScaledIn(proposal) => {
            found.extend(lower_minimum(asked));
            match proposal.by {
                Proposer::Tracking(index) => {
                    found.extend(no_less(series, asked, index));
                    found.extend(without_scale_in(series, asked, index));
                }
                Proposer::Step(policy, alarm) => {
                    found.extend(steps::differences(series, asked, (policy, alarm)));
                    found.extend(without_step(series, asked, policy));
                }
            }
        }
        ScalingReason::ScaleOutCooldown { .. } | ScalingReason::ScaleInCooldown { .. } => {
            found.extend(without_cooldown(asked));
        }
        ScalingReason::AtMaximum => found.extend(higher_maximum(asked)),
        ScalingReason::AtMinimum => found.extend(lower_minimum(asked)),
        ScalingReason::Deploying => {
            let idle = asked.again(|input, _| input.is_deploying = false);
            found.extend(changed(asked, "no deployment in progress", idle));
        }
        ScalingReason::NotAllReady { policy } => {
            let name = &series.target.policies[policy].name;
            let ready = asked.again(|_, readings| {
                readings.remove(policy);
            });
            found.extend(changed(asked, &format!("no policy {name}"), ready));
        }
        ScalingReason::Quiet => found.extend(lower_targets(series, asked)),
        ScalingReason::Enough(_)
        | ScalingReason::Suspended
        | ScalingReason::Scheduled { .. }
        | ScalingReason::Predicted { .. } => {}
    }
    found
}

/// `DisableScaleIn` of the policy that scaled in.
fn without_scale_in(series: &Series<'_>, asked: &Asked, policy: usize) -> Option<Difference> {
    let disabled = asked.again(|_, readings| {
        readings[policy].policy.disable_scale_in = true;
        readings[policy].signal = TrackingSignal::Quiet;
    });
    let of = of_policy(series, policy);
    changed(asked, &format!("DisableScaleIn: true{of}"), disabled)
}

/// The other policies alone.
fn without_step(series: &Series<'_>, asked: &Asked, policy: usize) -> Option<Difference> {
    let others = asked.again_with(|steps| steps.retain(|it| it.policy != policy));
    let name = &series.target.step_policies[policy].name;
    changed(asked, &format!("no policy {name}"), others)
}

/// What another decision comes to, if it is another.
pub(super) fn changed(asked: &Asked, with: &str, decision: ScalingDecision) -> Option<Difference> {
    let (had, would) = (asked.decision.desired, decision.desired);
    let then = match would == asked.input.desired {
        true => words::stayed_at(would),
        false => format!("{} instead of {had}", words::tasks(would)),
    };
    (would != had).then(|| Difference::new(with, then))
}

/// The least `MaxCapacity` that does not hold the policies back.
fn higher_maximum(asked: &Asked) -> Option<Difference> {
    let free = asked.again(|input, _| input.max = u32::MAX).desired;
    let with = format!("MaxCapacity {free} instead of {}", asked.input.max);
    changed(asked, &with, asked.again(|input, _| input.max = free))
}

/// The largest `MinCapacity` that does not hold the policies up.
fn lower_minimum(asked: &Asked) -> Option<Difference> {
    let free = asked.again(|input, _| input.min = 0).desired;
    let with = format!("MinCapacity {free} instead of {}", asked.input.min);
    changed(asked, &with, asked.again(|input, _| input.min = free))
}

fn without_cooldown(asked: &Asked) -> Option<Difference> {
    let free = asked.again(|input, _| input.cooldown = Cooldown::None);
    changed(asked, "no cooldown running", free)
}

/// A policy with another target.
fn retargeted(series: &Series<'_>, policy: usize, target: f64) -> TrackingPolicy {
    TrackingPolicy {
        target,
        ..series.policy(policy)
    }
}

/// The first minute from `first` up to the decision's own on which the policies would have raised
/// the count, with another policy `index`: the minute, and the count.
fn raised_on(
    series: &Series<'_>,
    asked: &Asked,
    (index, policy): (usize, TrackingPolicy),
    first: i64,
) -> Option<(i64, u32)> {
    (first..=asked.minute).find_map(|minute| {
        let at = series.arrival(minute)?;
        let readings: Vec<Reading> = (0..asked.readings.len())
            .map(|other| match other == index {
                true => series.reading(index, policy, minute),
                false => series.reading(other, series.policy(other), minute),
            })
            .collect();
        let input = series.input(at);
        let signals = Signals {
            tracking: &readings,
            steps: &series.steps(minute),
        };
        let decision = decide(&input, signals, at);
        (input.desired < decision.desired).then_some((minute, decision.desired))
    })
}

/// The nearest whole `TargetValue` below with which the count is raised earlier, and to what. It is
/// looked for after the count's last change only: until then the data points are the same.
fn earlier(series: &Series<'_>, asked: &Asked, index: usize) -> Option<Difference> {
    let policy = series.policy(index);
    let last = series.last_change_before(asked.at);
    let first = last.map_or(i64::MIN, |at| series.newest_arrived(at) + 1);
    let first = first.max(asked.minute - EARLIER_MAX);
    let lower = |below: &i32| libm::ceil(policy.target) - f64::from(*below);
    let lowest = (LOWEST_SHARE * policy.target).max(1.0);
    let targets = (1..).map(|below| lower(&below));
    let mut targets = targets.take_while(|target| lowest <= *target);
    let (target, (minute, count)) = targets.find_map(|target| {
        let changed = (index, retargeted(series, index, target));
        let raised = raised_on(series, asked, changed, first)?;
        (raised.0 < asked.minute).then_some((target, raised))
    })?;
    // With that target the count would not have been what it was.
    if minute == first {
        return None;
    }
    let points = u64::try_from(asked.minute - minute).unwrap_or(0);
    let sooner = SimDuration::from_micros(series.target.clock.period.as_micros() * points);
    let sooner = match series.target.clock.is_fine() {
        true => words::length(sooner),
        false => words::counted(points as u32, "minute"),
    };
    let (to, had) = (words::number(target), words::number(policy.target));
    let of = of_policy(series, index);
    Some(Difference::new(
        format!("TargetValue {to} instead of {had}{of}"),
        format!("to {count}, {sooner} earlier"),
    ))
}

/// The lowest `TargetValue` above with which the policy raises the count no more than the others
/// do.
fn no_more(series: &Series<'_>, asked: &Asked, index: usize) -> Option<Difference> {
    let enough = asked.again(|_, readings| readings[index].signal = TrackingSignal::Quiet);
    let is_enough = |tenths: u64| {
        let decision = decided_with(series, asked, (index, tenths as f64 / STEPS));
        decision.desired <= enough.desired
    };
    let newest = series.newest(index, asked.minute);
    let first = newest + 1 - i64::from(HIGH_DATAPOINTS);
    let lowest = (first..=newest)
        .filter_map(|minute| series.value(index, minute))
        .fold(f64::INFINITY, f64::min);
    // With this one its alarm is silent, and a higher target never asks for more.
    let silent = libm::ceil(lowest * STEPS) as u64;
    let had = libm::floor(series.policy(index).target * STEPS) as u64;
    let target = least(had + 1, silent, is_enough)?;
    with_target(series, asked, (index, target as f64 / STEPS))
}

/// The highest `TargetValue` below with which the count would not have fallen.
fn no_less(series: &Series<'_>, asked: &Asked, index: usize) -> Option<Difference> {
    let stays = |tenths: u64| {
        let decision = decided_with(series, asked, (index, tenths as f64 / STEPS));
        asked.input.desired <= decision.desired
    };
    let had = libm::ceil(series.policy(index).target * STEPS) as u64;
    // A lower target never asks for less: counted down from the present one.
    let below = least(1, had.saturating_sub(1), |steps| stays(had - steps))?;
    with_target(series, asked, (index, (had - below) as f64 / STEPS))
}

/// The least number from `first` to `last` that is so, where all above one that is are so too.
fn least(first: u64, last: u64, is_so: impl Fn(u64) -> bool) -> Option<u64> {
    if last < first || !is_so(last) {
        return None;
    }
    let (mut low, mut high) = (first, last);
    while low < high {
        let middle = low + (high - low) / 2;
        match is_so(middle) {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    Some(low)
}

/// ` of policy cpu`, where there are several.
fn of_policy(series: &Series<'_>, index: usize) -> String {
    match &series.target.policies[..] {
        [_] => String::new(),
        several => format!(" of policy {}", several[index].name),
    }
}

/// What is decided with another target of one policy, on the same data points.
fn decided_with(
    series: &Series<'_>,
    asked: &Asked,
    (index, target): (usize, f64),
) -> ScalingDecision {
    let reading = series.reading(index, retargeted(series, index, target), asked.minute);
    asked.again(|_, readings| readings[index] = reading)
}

/// The decision with another target of one policy, on the same data points.
fn with_target(
    series: &Series<'_>,
    asked: &Asked,
    (index, target): (usize, f64),
) -> Option<Difference> {
    if target <= 0.0 {
        return None;
    }
    let plan = &series.target.policies[index];
    let decision = decided_with(series, asked, (index, target));
    let (to, had) = (words::number(target), words::number(plan.target));
    let of = of_policy(series, index);
    changed(
        asked,
        &format!("TargetValue {to} instead of {had}{of}"),
        decision,
    )
}

/// Of each policy the highest `TargetValue` with which a silent `AlarmHigh` would have gone off.
fn lower_targets(series: &Series<'_>, asked: &Asked) -> Vec<Difference> {
    let policies = 0..asked.readings.len();
    let highest = |index: usize| {
        let newest = series.newest(index, asked.minute);
        let first = newest + 1 - i64::from(HIGH_DATAPOINTS);
        let values: Option<Vec<f64>> = (first..=newest)
            .map(|minute| series.value(index, minute))
            .collect();
        let lowest = values?.into_iter().fold(f64::INFINITY, f64::min);
        let target = (libm::ceil(lowest * STEPS) - 1.0) / STEPS;
        with_target(series, asked, (index, target))
    };
    policies.filter_map(highest).collect()
}

/// The same data points without CloudWatch's delay: what would have been decided when their last
/// minute ended.
fn no_delay(series: &Series<'_>, asked: &Asked) -> Option<Difference> {
    let delay = series.target.clock.delay;
    let at = asked.at.as_micros().checked_sub(delay.as_micros());
    let at = SimTime::from_micros(at.filter(|_| !delay.is_zero())?);
    let signals = Signals {
        tracking: &asked.readings,
        steps: &asked.steps,
    };
    let decision = decide(&series.input(at), signals, at);
    (decision.desired == asked.decision.desired).then(|| {
        Difference::new(
            "data points that reach the alarm at once",
            format!("the same decision {} earlier", words::length(delay)),
        )
    })
}
