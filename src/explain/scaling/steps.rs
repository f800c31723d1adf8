//! What would have made the difference to a decision of a step policy: another threshold of its
//! alarm, more periods, another adjustment.

use super::otherwise::changed;
use crate::explain::Difference;
use crate::explain::alarm::{Told, further, more_periods, threshold_words, told};
use crate::explain::series::{Asked, Series};
use crate::ids::AlarmId;
use crate::policy::alarm::{AlarmState, evaluate};
use crate::policy::step_scaling::{StepReading, aggregated};
use crate::policy::target_tracking::ScalingDecision;
use crate::scenario::plan::AlarmPlan;

/// The nearest of each kind that leads to another count.
pub(super) fn differences(
    series: &Series<'_>,
    asked: &Asked,
    key: (usize, AlarmId),
) -> Vec<Difference> {
    let alarm = &series.replay.plan.alarms[key.1.index()];
    let threshold = other_threshold(series, asked, (key, alarm));
    let adjustment = other_adjustment(series, asked, key);
    let silent = with(asked, key, None);
    let periods = more_periods(alarm, |changed| series.points_of(changed, asked.minute), "");
    let periods = periods.and_then(|it| changed(asked, &it.with, silent));
    [threshold, adjustment, periods]
        .into_iter()
        .flatten()
        .collect()
}

/// The decision with something else in place of what a policy asks for by an alarm; `None`: it asks
/// for nothing.
fn with(
    asked: &Asked,
    (policy, alarm): (usize, AlarmId),
    reading: Option<StepReading>,
) -> ScalingDecision {
    asked.again_with(|steps| {
        let at = steps
            .iter()
            .position(|it| (it.policy, it.alarm) == (policy, alarm));
        match (at, reading) {
            (Some(at), Some(reading)) => steps[at] = reading,
            (Some(at), None) => {
                steps.remove(at);
            }
            (None, _) => {}
        }
    })
}

/// The nearest threshold, on either side of the present one, at which the alarm is silent or
/// another step holds, and the count is another.
fn other_threshold(
    series: &Series<'_>,
    asked: &Asked,
    (key, alarm): ((usize, AlarmId), &AlarmPlan),
) -> Option<Difference> {
    let (rule, present) = (&alarm.rule, alarm.rule.threshold);
    let points = series.points(key.1, asked.minute);
    let policy = &series.target.step_policies[key.0].policy;
    let metric = aggregated(rule, &points, policy.aggregation)?;
    let decided = |threshold: f64| {
        let mut rule = *rule;
        rule.threshold = threshold;
        let is_off = evaluate(&rule, &points, AlarmState::Alarm).state == AlarmState::Alarm;
        let metric = aggregated(&rule, &points, policy.aggregation).filter(|_| is_off);
        let reading = metric.and_then(|it| policy.reading(key.0, key.1, (it, threshold)));
        with(asked, key, reading)
    };
    let bounds = policy
        .steps
        .iter()
        .flat_map(|step| [step.lower, step.upper]);
    let bounds = bounds.flatten().map(|bound| metric - bound);
    let values = points.iter().flatten().copied().chain(bounds);
    let values = values.filter_map(|value| told(value, present));
    let values = values.flat_map(|it| {
        let next = further(&it, present);
        [Some(it), next]
    });
    let mut values: Vec<Told> = values.flatten().collect();
    let distance = |it: &Told| (it.value - present).abs();
    values.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    values.iter().find_map(|it| {
        let words = threshold_words(alarm, it);
        changed(asked, &words, decided(it.value))
    })
}

/// The nearest adjustment of the step, towards none, with another count.
fn other_adjustment(
    series: &Series<'_>,
    asked: &Asked,
    key: (usize, AlarmId),
) -> Option<Difference> {
    let mut steps = asked.steps.iter();
    let reading = *steps.find(|it| (it.policy, it.alarm) == key)?;
    let had = reading.step.adjustment;
    let name = &series.target.step_policies[key.0].name;
    (1..=had.unsigned_abs()).find_map(|less| {
        let mut other = reading;
        other.step.adjustment = had.signum() * (had.unsigned_abs() - less) as i32;
        let words = format!(
            "ScalingAdjustment {} instead of {had} of policy {name}",
            other.step.adjustment
        );
        changed(asked, &words, with(asked, key, Some(other)))
    })
}
