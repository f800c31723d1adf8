//! What a CloudWatch alarm says: M breaching data points of the last N, with some of them missing.

/// How a data point breaches the threshold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// `GreaterThanThreshold`.
    GreaterThan,
    /// `GreaterThanOrEqualToThreshold`.
    GreaterThanOrEqualTo,
    /// `LessThanThreshold`.
    LessThan,
    /// `LessThanOrEqualToThreshold`.
    LessThanOrEqualTo,
}

/// What a missing data point counts as: `TreatMissingData`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TreatMissingData {
    /// `missing`, the default: as nothing.
    #[default]
    Missing,
    /// `ignore`: the state stays as it is.
    Ignore,
    /// `breaching`.
    Breaching,
    /// `notBreaching`.
    NotBreaching,
}

/// The state of an alarm: `StateValue`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AlarmState {
    /// `OK`.
    Ok,
    /// `ALARM`.
    Alarm,
    /// `INSUFFICIENT_DATA`, also the state of a new alarm.
    #[default]
    InsufficientData,
}

/// An alarm's settings.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AlarmRule {
    /// The comparison of data point and threshold.
    pub comparison: Comparison,
    /// The threshold, in the metric's unit.
    pub threshold: f64,
    /// `EvaluationPeriods`, the N of M of N.
    pub evaluation_periods: u32,
    /// `DatapointsToAlarm`, the M.
    pub datapoints_to_alarm: u32,
    /// What a missing data point counts as.
    pub treat_missing_data: TreatMissingData,
}

/// An alarm's state, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct Verdict {
    /// The state after this evaluation.
    pub state: AlarmState,
    /// Why.
    pub reason: VerdictReason,
}

/// Why an alarm is in its state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VerdictReason {
    /// The data points decide, missing ones filled as `TreatMissingData` says.
    Datapoints {
        /// Breaching ones.
        breaching: u32,
        /// How many it takes.
        of: u32,
        /// How many of those evaluated were filled in.
        filled: u32,
    },
    /// Every point in the evaluation range is missing.
    NoData,
    /// Too few points, all breaching, the oldest too fresh: another may still not breach.
    TooFresh {
        /// How many periods back the oldest breaching one is, the newest period being 1.
        oldest: u32,
    },
    /// Too few points, all breaching, the oldest of them old enough.
    Premature {
        /// How many periods back the oldest breaching one is, the newest period being 1.
        oldest: u32,
    },
    /// The points do not decide, and `ignore` keeps the state.
    Ignored,
}

impl AlarmRule {
    /// The number of periods CloudWatch looks at: 5 for N = 3. ASSUMPTION: two more than N for any
    /// N.
    pub fn evaluation_range(&self) -> usize {
        self.evaluation_periods as usize + 2
    }

    /// Whether a data point breaches.
    pub fn is_breaching(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::GreaterThan => self.threshold < value,
            Comparison::GreaterThanOrEqualTo => self.threshold <= value,
            Comparison::LessThan => value < self.threshold,
            Comparison::LessThanOrEqualTo => value <= self.threshold,
        }
    }
}

/// An alarm goes off when M of the newest N real data points of its evaluation range breach; only
/// where fewer than N are real does the setting for missing data count.
///
/// Source: CloudWatch user guide, alarms-and-missing-data (with "avoiding premature transitions"):
/// 3 of 3, newest last, `missing`: `0 - X - X` and `0 - - - -` are OK, `- - - - -` has
/// INSUFFICIENT_DATA, and of points too few but all breaching `- - X - -` is in ALARM, `- - - - X`
/// not yet (it keeps `previous`: ASSUMPTION).
///
/// `points` end with the newest; what is older than the evaluation range is not looked at.
pub fn evaluate(rule: &AlarmRule, points: &[Option<f64>], previous: AlarmState) -> Verdict {
    let range = &points[points.len().saturating_sub(rule.evaluation_range())..];
    let newest_first = range.iter().rev().flatten().copied();
    let (mut real, mut breaching) = (0, 0);
    for value in newest_first.take(rule.evaluation_periods as usize) {
        real += 1;
        breaching += u32::from(rule.is_breaching(value));
    }
    let of = rule.datapoints_to_alarm;
    let filled = rule.evaluation_periods - real;
    let counted = |breaching| Verdict {
        state: if of <= breaching {
            AlarmState::Alarm
        } else {
            AlarmState::Ok
        },
        reason: VerdictReason::Datapoints {
            breaching,
            of,
            filled,
        },
    };
    if filled == 0 || of <= breaching {
        return counted(breaching);
    }
    match rule.treat_missing_data {
        TreatMissingData::Breaching => counted(breaching + filled),
        TreatMissingData::NotBreaching => counted(breaching),
        TreatMissingData::Missing | TreatMissingData::Ignore if breaching < real => {
            counted(breaching)
        }
        TreatMissingData::Ignore => Verdict {
            state: previous,
            reason: VerdictReason::Ignored,
        },
        TreatMissingData::Missing => premature(rule, range, previous),
    }
}

/// Every real point breaches, but there are fewer than M of them: the age of the oldest within N
/// periods decides.
fn premature(rule: &AlarmRule, range: &[Option<f64>], previous: AlarmState) -> Verdict {
    let ages = (1..=rule.evaluation_periods).zip(range.iter().rev());
    let oldest = ages.filter(|(_, point)| point.is_some()).last();
    match oldest.map(|(age, _)| age) {
        Some(oldest) if rule.datapoints_to_alarm <= oldest => Verdict {
            state: AlarmState::Alarm,
            reason: VerdictReason::Premature { oldest },
        },
        Some(oldest) => Verdict {
            state: previous,
            reason: VerdictReason::TooFresh { oldest },
        },
        None if range.iter().all(Option::is_none) => Verdict {
            state: AlarmState::InsufficientData,
            reason: VerdictReason::NoData,
        },
        None => Verdict {
            state: previous,
            reason: VerdictReason::Ignored,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PREVIOUS: [AlarmState; 3] = [
        AlarmState::Ok,
        AlarmState::Alarm,
        AlarmState::InsufficientData,
    ];

    fn rule(m: u32, treat_missing_data: TreatMissingData) -> AlarmRule {
        AlarmRule {
            comparison: Comparison::GreaterThan,
            threshold: 50.0,
            evaluation_periods: 3,
            datapoints_to_alarm: m,
            treat_missing_data,
        }
    }

    fn points(drawn: &str) -> Vec<Option<f64>> {
        let point = |word| match word {
            "X" => Some(51.0),
            "0" => Some(50.0),
            _ => None,
        };
        drawn.split(' ').map(point).collect()
    }

    /// `None`: the state before is retained.
    fn check(m: u32, drawn: &str, treat: TreatMissingData, expected: Option<AlarmState>) {
        for previous in PREVIOUS {
            let verdict = evaluate(&rule(m, treat), &points(drawn), previous);
            let expected = expected.unwrap_or(previous);
            assert_eq!(
                verdict.state, expected,
                "{m} of 3, {drawn}, {treat:?}: {verdict:?}"
            );
        }
    }

    #[test]
    fn alarms_with_missing_data_say_what_aws_prints() {
        use AlarmState::{Alarm, InsufficientData as Insufficient, Ok};
        let (ok, alarm, keep) = (Some(Ok), Some(Alarm), None);
        // CloudWatch user guide, alarms-and-missing-data (SVC-E20 is the first three rows, first
        // column): missing, ignore, breaching, notBreaching.
        let table = [
            (3, "0 - X - X", [ok, ok, ok, ok]),
            (3, "0 - - - -", [ok, ok, ok, ok]),
            (3, "- - - - -", [Some(Insufficient), keep, alarm, ok]),
            (3, "0 X X - X", [alarm, alarm, alarm, alarm]),
            (3, "- - X - -", [alarm, keep, alarm, ok]),
            (2, "0 - X - X", [alarm, alarm, alarm, alarm]),
            (2, "0 0 X 0 X", [alarm, alarm, alarm, alarm]),
            (2, "0 - X - -", [ok, ok, alarm, ok]),
            (2, "- - - - 0", [ok, ok, alarm, ok]),
            (2, "- - - X -", [alarm, keep, alarm, ok]),
            // The text on premature transitions: not yet.
            (3, "- - - - X", [keep, keep, alarm, ok]),
            (3, "- - - X -", [keep, keep, alarm, ok]),
        ];
        for (m, drawn, [missing, ignore, breaching, not_breaching]) in table {
            check(m, drawn, TreatMissingData::Missing, missing);
            check(m, drawn, TreatMissingData::Ignore, ignore);
            check(m, drawn, TreatMissingData::Breaching, breaching);
            check(m, drawn, TreatMissingData::NotBreaching, not_breaching);
        }
    }

    #[test]
    fn only_the_evaluation_range_counts() {
        check(
            3,
            "X X X - - - - -",
            TreatMissingData::Missing,
            Some(AlarmState::InsufficientData),
        );
    }

    proptest! {
        #[test]
        fn with_full_data_m_of_the_newest_n_decide(
            drawn in prop::collection::vec(any::<bool>(), 5..12),
            m in 1_u32..=3,
        ) {
            let points: Vec<_> = drawn.iter().map(|&x| Some(if x { 60.0 } else { 40.0 })).collect();
            let breaching = drawn.iter().rev().take(3).filter(|&&x| x).count() as u32;
            let verdict = evaluate(&rule(m, TreatMissingData::Missing), &points, AlarmState::Ok);
            prop_assert_eq!(verdict.state == AlarmState::Alarm, m <= breaching);
        }
    }
}
