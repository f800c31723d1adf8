//! The two alarms that Application Auto Scaling makes for a target tracking policy, and their
//! incremental form.

use crate::engine::time::SimDuration;
use crate::policy::alarm::{AlarmRule, Comparison, TreatMissingData};

/// The period of both alarms (public dump of alarms, read 2026-11).
pub const PERIOD: SimDuration = SimDuration::from_secs(60);
/// Data points above the target until `AlarmHigh` goes off (public dump of alarms, read 2026-11).
pub const HIGH_DATAPOINTS: u32 = 3;
/// Data points below the low threshold until `AlarmLow` goes off (public dump of alarms, read
/// 2026-11).
pub const LOW_DATAPOINTS: u32 = 15;
/// The low threshold as a share of the target (public dump of real alarms, read 2026-11: target 70,
/// low alarm at 63).
pub const LOW_FACTOR: f64 = 0.9;
/// From the end of a period until its data point can set off an alarm.
///
/// DERIVED: AWS's benchmark of June 2026 has 363 s from the load's change to the scale-out's
/// trigger with 60 s metrics: three periods, half a period until the first of them begins, and this
/// delay.
pub const METRIC_DELAY: SimDuration = SimDuration::from_secs(150);
/// The period of the alarms on 20 s metrics. ASSUMPTION: as many data points as with 60 s ones.
pub const PERIOD_HIGH_RESOLUTION: SimDuration = SimDuration::from_secs(20);
/// [`METRIC_DELAY`] with 20 s metrics. DERIVED: the benchmark's 86 s less three periods and a half.
pub const METRIC_DELAY_HIGH_RESOLUTION: SimDuration = SimDuration::from_secs(16);

/// A predefined metric of a target tracking policy: `PredefinedMetricType`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PredefinedMetric {
    /// `ECSServiceAverageCPUUtilization`, percent.
    CpuUtilization,
    /// `ECSServiceAverageMemoryUtilization`, percent.
    MemoryUtilization,
    /// `ALBRequestCountPerTarget`, requests per target and minute. ASSUMPTION: its alarms are as
    /// the others'.
    RequestCountPerTarget,
}

impl PredefinedMetric {
    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            PredefinedMetric::CpuUtilization => "ECSServiceAverageCPUUtilization",
            PredefinedMetric::MemoryUtilization => "ECSServiceAverageMemoryUtilization",
            PredefinedMetric::RequestCountPerTarget => "ALBRequestCountPerTarget",
        }
    }
}

/// The alarms of one policy.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TrackingAlarms {
    /// `AlarmHigh`, which scales out.
    pub high: AlarmRule,
    /// `AlarmLow`, which scales in; none with `DisableScaleIn`.
    pub low: Option<AlarmRule>,
}

impl TrackingAlarms {
    /// Whether a data point breaches neither: it ends the run of both.
    pub fn is_clear(&self, value: f64) -> bool {
        !self.high.is_breaching(value) && self.low.is_none_or(|low| !low.is_breaching(value))
    }
}

/// What a policy's alarms say.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TrackingSignal {
    /// `AlarmHigh` is in ALARM.
    High,
    /// `AlarmLow` is in ALARM.
    Low,
    /// Neither is, or they have too little data: nothing is scaled.
    #[default]
    Quiet,
}

/// A target tracking policy has an alarm above the target for 3 of 3 minutes, and one below 90 % of
/// it for 15 of 15; with `DisableScaleIn` the second is not made.
///
/// Source: a dump of the alarms that AWS made: a target of 70 % CPU has 70 and 63. They treat
/// missing data as missing.
pub fn alarms(target: f64, disable_scale_in: bool) -> TrackingAlarms {
    let rule = |comparison, threshold, datapoints| AlarmRule {
        comparison,
        threshold,
        evaluation_periods: datapoints,
        datapoints_to_alarm: datapoints,
        treat_missing_data: TreatMissingData::Missing,
    };
    let low = rule(Comparison::LessThan, LOW_FACTOR * target, LOW_DATAPOINTS);
    TrackingAlarms {
        high: rule(Comparison::GreaterThan, target, HIGH_DATAPOINTS),
        low: (!disable_scale_in).then_some(low),
    }
}

/// How many data points in a row, up to now, breached each alarm: all that full data leaves to
/// remember.
///
/// The counts stop at the number that sets off the alarm, so a steady metric leaves them as they
/// are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RunLengths {
    /// Data points above the target.
    pub above: u32,
    /// Data points below the low threshold.
    pub below: u32,
}

impl RunLengths {
    /// The run lengths after one more data point; a missing one ends both runs (ASSUMPTION; where
    /// gaps matter, ask [`crate::policy::alarm::evaluate`]).
    #[must_use]
    pub fn after(self, alarms: &TrackingAlarms, value: Option<f64>) -> Self {
        self.after_many(alarms, value, 1)
    }

    /// The run lengths after `count` more data points of one and the same value.
    #[must_use]
    pub fn after_many(self, alarms: &TrackingAlarms, value: Option<f64>, count: u32) -> Self {
        let run = |rule: &AlarmRule, length: u32| match value {
            Some(value) if rule.is_breaching(value) => {
                (length.saturating_add(count)).min(rule.datapoints_to_alarm)
            }
            _ => 0,
        };
        if count == 0 {
            return self;
        }
        RunLengths {
            above: run(&alarms.high, self.above),
            below: alarms.low.map_or(0, |low| run(&low, self.below)),
        }
    }

    /// How many more data points set off an alarm at the soonest, whatever their values.
    pub fn datapoints_to_any_alarm(self, alarms: &TrackingAlarms) -> u32 {
        let left = |rule: &AlarmRule, length: u32| rule.datapoints_to_alarm.saturating_sub(length);
        let high = left(&alarms.high, self.above);
        alarms
            .low
            .map_or(high, |low| high.min(left(&low, self.below)))
    }

    /// What the alarms say; equal to evaluating both over data without gaps.
    pub fn signal(self, alarms: &TrackingAlarms) -> TrackingSignal {
        if alarms.high.datapoints_to_alarm <= self.above {
            return TrackingSignal::High;
        }
        match alarms.low {
            Some(low) if low.datapoints_to_alarm <= self.below => TrackingSignal::Low,
            _ => TrackingSignal::Quiet,
        }
    }

    /// How many more data points of this value set off an alarm: 0 if it is off already, `None` if
    /// they never do.
    pub fn datapoints_to_alarm(self, alarms: &TrackingAlarms, value: f64) -> Option<u32> {
        if alarms.high.is_breaching(value) {
            return Some(alarms.high.datapoints_to_alarm.saturating_sub(self.above));
        }
        let low = alarms.low.filter(|low| low.is_breaching(value))?;
        Some(low.datapoints_to_alarm.saturating_sub(self.below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::alarm::{AlarmState, evaluate};
    use proptest::prelude::*;

    #[test]
    fn the_alarms_are_those_that_aws_makes() {
        // SVC-E12: a dump of real alarms, target 70.
        let TrackingAlarms { high, low } = alarms(70.0, false);
        let low = low.unwrap();
        assert_eq!((high.threshold, low.threshold), (70.0, 63.0));
        assert_eq!((high.evaluation_periods, high.datapoints_to_alarm), (3, 3));
        assert_eq!((low.evaluation_periods, low.datapoints_to_alarm), (15, 15));
        assert!(!high.is_breaching(70.0) && high.is_breaching(70.1));
        assert!(!low.is_breaching(63.0) && low.is_breaching(62.9));
        assert_eq!(alarms(70.0, true).low, None);
    }

    #[test]
    fn the_metric_delays_give_the_published_times_to_scale_out() {
        // AWS's benchmark of high-resolution metrics: 363 s and 86 s, from anywhere within a
        // period.
        let table = [
            (PERIOD, METRIC_DELAY, 363.0),
            (PERIOD_HIGH_RESOLUTION, METRIC_DELAY_HIGH_RESOLUTION, 86.0),
        ];
        for (period, delay, published) in table {
            let seconds =
                (f64::from(HIGH_DATAPOINTS) + 0.5) * period.as_secs_f64() + delay.as_secs_f64();
            assert!((seconds - published).abs() <= 3.0, "{seconds}");
        }
    }

    #[test]
    fn the_next_alarm_is_computed_not_polled() {
        let alarms = alarms(70.0, false);
        let runs = RunLengths { above: 1, below: 0 };
        assert_eq!(runs.datapoints_to_alarm(&alarms, 80.0), Some(2));
        assert_eq!(runs.datapoints_to_alarm(&alarms, 65.0), None);
        assert_eq!(runs.datapoints_to_alarm(&alarms, 10.0), Some(15));
    }

    #[test]
    fn many_data_points_at_once_are_as_many_one_by_one() {
        for alarms in [alarms(50.0, false), alarms(50.0, true)] {
            for value in [None, Some(44.0), Some(47.0), Some(51.0)] {
                for start in [(0, 0), (1, 0), (3, 0), (0, 14), (0, 15)] {
                    let start = RunLengths {
                        above: start.0,
                        below: start.1,
                    };
                    let mut runs = start;
                    for count in 0..20 {
                        assert_eq!(start.after_many(&alarms, value, count), runs);
                        runs = runs.after(&alarms, value);
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn run_lengths_say_what_the_alarms_say_on_full_data(
            // Long stretches on one side, so that both alarms do go off.
            stretches in prop::collection::vec((0_usize..5, 1_usize..20), 1..8),
            disable_scale_in: bool,
        ) {
            let alarms = alarms(50.0, disable_scale_in);
            let (mut points, mut runs) = (Vec::new(), RunLengths::default());
            for (level, length) in stretches {
                let value = [40.0, 44.9, 45.0, 50.0, 50.1][level];
                for _ in 0..length {
                    points.push(Some(value));
                    let expected = runs.datapoints_to_alarm(&alarms, value);
                    let soonest = runs.datapoints_to_any_alarm(&alarms);
                    prop_assert!(expected.is_none_or(|points| soonest <= points));
                    runs = runs.after(&alarms, Some(value));
                    let is_alarm = |rule: &AlarmRule| {
                        evaluate(rule, &points, AlarmState::Ok).state == AlarmState::Alarm
                    };
                    let low = alarms.low.is_some_and(|low| is_alarm(&low));
                    let signal = match (is_alarm(&alarms.high), low) {
                        (true, _) => TrackingSignal::High,
                        (false, true) => TrackingSignal::Low,
                        (false, false) => TrackingSignal::Quiet,
                    };
                    prop_assert_eq!(runs.signal(&alarms), signal);
                    let goes_off = expected.is_some_and(|points| points <= 1);
                    prop_assert_eq!(goes_off, signal != TrackingSignal::Quiet);
                }
            }
        }
    }
}
