//! An alarm of the scenario's asked again: with which threshold, or how many periods, its data
//! points would have come to something else.

use super::Difference;
use crate::policy::alarm::{AlarmState, evaluate};
use crate::scenario::plan::AlarmPlan;

/// Digits of a threshold that is told.
const DIGITS: i32 = 3;
/// Periods that are tried.
const PERIODS_MAX: u32 = 10;

/// A threshold as it is told, in [`DIGITS`] digits.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Told {
    /// What is told.
    pub(super) text: String,
    /// Its value.
    pub(super) value: f64,
}

/// A value in a few digits, from the present threshold away.
pub(super) fn told(value: f64, present: f64) -> Option<Told> {
    if !value.is_finite() || value == 0.0 {
        return None;
    }
    let size = libm::floor(libm::log10(value.abs())) as i32;
    let decimals = (DIGITS - 1 - size).max(0);
    let step = libm::pow(10.0, f64::from(DIGITS - 1 - size));
    // What is in so few digits already stays as it is.
    let scaled = value * step;
    let nearest = libm::round(scaled);
    let away = match (scaled - nearest).abs() < 1e-9 * scaled.abs() {
        true => nearest,
        false if present < value => libm::ceil(scaled),
        false => libm::floor(scaled),
    };
    let text = format!("{:.*}", decimals as usize, away / step);
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    };
    let value: f64 = text.parse().ok()?;
    (value != present && (value < 0.0) == (present < 0.0)).then_some(Told { text, value })
}

/// The next value further away, in the last digit that is told.
pub(super) fn further(threshold: &Told, present: f64) -> Option<Told> {
    let size = libm::floor(libm::log10(threshold.value.abs())) as i32;
    let step = libm::pow(10.0, f64::from(size - DIGITS + 1));
    let step = if present < threshold.value {
        step
    } else {
        -step
    };
    told(threshold.value + step, present)
}

/// The nearest threshold with which an alarm that went off would have been silent.
pub(super) fn silent_threshold(alarm: &AlarmPlan, points: &[Option<f64>]) -> Option<Told> {
    let present = alarm.rule.threshold;
    let is_silent = |told: &Told| {
        let mut rule = alarm.rule;
        rule.threshold = told.value;
        evaluate(&rule, points, AlarmState::Ok).state != AlarmState::Alarm
    };
    let breaching = points.iter().flatten().copied();
    let breaching = breaching.filter(|value| alarm.rule.is_breaching(*value));
    let values = breaching.filter_map(|value| told(value, present));
    // Where a point on the threshold breaches, the next one beyond it does not.
    let values = values.flat_map(|it| {
        let next = further(&it, present);
        [Some(it), next]
    });
    let mut values: Vec<Told> = values.flatten().filter(is_silent).collect();
    let distance = |it: &Told| (it.value - present).abs();
    values.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    values.into_iter().next()
}

/// `Threshold 1230 instead of 100`, and what comes of it.
pub(super) fn higher_threshold(
    alarm: &AlarmPlan,
    points: &[Option<f64>],
    then: &str,
) -> Option<Difference> {
    let silent = silent_threshold(alarm, points)?;
    let with = threshold_words(alarm, &silent);
    Some(Difference::new(with, then))
}

/// `Threshold 1230 instead of 100 of alarm errors`.
pub(super) fn threshold_words(alarm: &AlarmPlan, told: &Told) -> String {
    let (name, present) = (&alarm.name, alarm.rule.threshold);
    format!(
        "Threshold {} instead of {present} of alarm {name}",
        told.text
    )
}

/// The least number of periods, all of which must breach, with which an alarm would have been
/// silent; `points` are its data points for a number of periods.
pub(super) fn more_periods(
    alarm: &AlarmPlan,
    points: impl Fn(&AlarmPlan) -> Vec<Option<f64>>,
    then: &str,
) -> Option<Difference> {
    let had = alarm.rule.evaluation_periods;
    let is_silent = |periods: &u32| {
        let mut changed = alarm.clone();
        changed.rule.evaluation_periods = *periods;
        changed.rule.datapoints_to_alarm = *periods;
        let points = points(&changed);
        evaluate(&changed.rule, &points, AlarmState::Ok).state != AlarmState::Alarm
    };
    let periods = (had + 1..=PERIODS_MAX.max(had + 1)).find(is_silent)?;
    let with = format!(
        "EvaluationPeriods {periods} instead of {had} of alarm {}",
        alarm.name
    );
    Some(Difference::new(with, then))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_told_in_three_digits_away_from_the_present_one() {
        let text = |value, present| told(value, present).map(|told| told.text);
        for (value, present, expected) in [
            (66.183, 60.0, Some("66.2")),
            (1_234.0, 100.0, Some("1240")),
            (0.012_34, 0.01, Some("0.0124")),
            (53.39, 60.0, Some("53.3")),
            (100.0, 60.0, Some("100")),
            (60.0, 60.0, None),
            (0.0, 60.0, None),
            (-5.0, 60.0, None),
        ] {
            assert_eq!(text(value, present).as_deref(), expected, "{value}");
        }
    }
}
