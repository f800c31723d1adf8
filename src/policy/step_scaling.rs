//! Step scaling of a service's desired count: by how much for how far beyond the alarm's threshold.
//!
//! Sources: Application Auto Scaling user guide, "step scaling policies" (AAS); API StepAdjustment
//! and StepScalingPolicyConfiguration, 2026-11.

use std::cmp::Ordering;

use crate::engine::time::SimDuration;
use crate::ids::AlarmId;
use crate::policy::alarm::AlarmRule;

/// `Cooldown` where none is given (API StepScalingPolicyConfiguration).
pub const COOLDOWN: SimDuration = SimDuration::from_secs(300);

/// `AdjustmentType`: what a step's adjustment is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AdjustmentType {
    /// `ChangeInCapacity`: so many tasks more or fewer.
    ChangeInCapacity,
    /// `ExactCapacity`: so many tasks.
    ExactCapacity,
    /// `PercentChangeInCapacity`: per cent of the capacity more or fewer.
    PercentChangeInCapacity,
}

/// `StepAdjustment`: bounds are relative to the alarm's threshold.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Step {
    /// `MetricIntervalLowerBound`; none: without end.
    pub lower: Option<f64>,
    /// `MetricIntervalUpperBound`; none: without end.
    pub upper: Option<f64>,
    /// `ScalingAdjustment`.
    pub adjustment: i32,
}

/// What the adjustments of a policy's steps mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Adjustment {
    /// What they are.
    pub kind: AdjustmentType,
    /// `MinAdjustmentMagnitude`: a change in per cent is of so many tasks at least; 0: no such
    /// bound.
    pub min_magnitude: u32,
}

/// `MetricAggregationType`: which value an alarm's data points come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MetricAggregation {
    /// `Average`, the default.
    #[default]
    Average,
    /// `Minimum`.
    Minimum,
    /// `Maximum`.
    Maximum,
}

/// A step scaling policy.
#[derive(Clone, PartialEq, Debug)]
pub struct StepPolicy {
    /// What its adjustments mean.
    pub adjustment: Adjustment,
    /// How the data points of its alarm become one value.
    pub aggregation: MetricAggregation,
    /// `Cooldown`.
    pub cooldown: SimDuration,
    /// Its steps, which leave no gaps and do not overlap ([`check_steps`]).
    pub steps: Vec<Step>,
}

/// What one of a service's step policies asks for, its alarm being in ALARM.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct StepReading {
    /// The policy, by its index among the target's step policies.
    pub policy: usize,
    /// The alarm.
    pub alarm: AlarmId,
    /// The value of the alarm's data points.
    pub metric: f64,
    /// The step that holds it.
    pub step: Step,
    /// What the step's adjustment means.
    pub adjustment: Adjustment,
    /// The policy's cooldown.
    pub cooldown: SimDuration,
}

/// The value of an alarm's data points, from which the step follows; none without a breaching one.
///
/// ASSUMPTION: those that breach among the newest that the alarm counts, so that the value is on
/// the alarm's side of its threshold; AWS says no more than that the aggregated metric value counts
/// (API StepAdjustment). `points` end with the newest.
pub fn aggregated(
    rule: &AlarmRule,
    points: &[Option<f64>],
    aggregation: MetricAggregation,
) -> Option<f64> {
    let range = &points[points.len().saturating_sub(rule.evaluation_range())..];
    let newest_first = range.iter().rev().flatten().copied();
    let counted = newest_first.take(rule.evaluation_periods as usize);
    let (mut count, mut sum) = (0.0, 0.0);
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in counted.filter(|value| rule.is_breaching(*value)) {
        (count, sum) = (count + 1.0, sum + value);
        (least, most) = (least.min(value), most.max(value));
    }
    (0.0 < count).then_some(match aggregation {
        MetricAggregation::Average => sum / count,
        MetricAggregation::Minimum => least,
        MetricAggregation::Maximum => most,
    })
}

/// What is wrong with the steps of a policy.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
pub enum StepsError {
    /// There are none.
    #[error("there is no step")]
    None,
    /// A step's bounds.
    #[error("the step from {lower} to {upper} ends before it begins")]
    Empty {
        /// Where it begins.
        lower: f64,
        /// Where it ends.
        upper: f64,
    },
    /// Two steps hold the same values.
    #[error("two steps overlap at {at}")]
    Overlap {
        /// Where the second begins.
        at: f64,
    },
    /// Values between two steps.
    #[error("no step holds what is between {from} and {to}")]
    Gap {
        /// Where one ends.
        from: f64,
        /// Where the next begins.
        to: f64,
    },
    /// More than one step without a bound on the same side.
    #[error("two steps have no {side} bound")]
    TwoOpen {
        /// `lower` or `upper`.
        side: &'static str,
    },
    /// A negative lower bound without a step that is open below, or a positive upper bound without
    /// one that is open above (API StepAdjustment).
    #[error("a step is to have no {side} bound: the others end at {at}")]
    NoneOpen {
        /// `lower` or `upper`.
        side: &'static str,
        /// The outermost bound.
        at: f64,
    },
}

/// Checks that the steps leave no gaps, do not overlap and are open where they have to be (API
/// StepAdjustment).
///
/// # Errors
/// The first thing that is wrong, from below.
pub fn check_steps(steps: &[Step]) -> Result<(), StepsError> {
    let lower = |step: &Step| step.lower.unwrap_or(f64::NEG_INFINITY);
    let upper = |step: &Step| step.upper.unwrap_or(f64::INFINITY);
    let mut sorted = steps.to_vec();
    sorted.sort_by(|a, b| lower(a).total_cmp(&lower(b)));
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else {
        return Err(StepsError::None);
    };
    let open = |side: &'static str, of: &dyn Fn(&Step) -> Option<f64>| {
        let count = steps.iter().filter(|step| of(step).is_none()).count();
        match count {
            0 | 1 => Ok(()),
            _ => Err(StepsError::TwoOpen { side }),
        }
    };
    open("lower", &|step| step.lower)?;
    open("upper", &|step| step.upper)?;
    if let Some(step) = steps.iter().find(|step| upper(step) <= lower(step)) {
        let (lower, upper) = (lower(step), upper(step));
        return Err(StepsError::Empty { lower, upper });
    }
    for pair in sorted.windows(2) {
        let (from, to) = (upper(&pair[0]), lower(&pair[1]));
        if to < from {
            return Err(StepsError::Overlap { at: to });
        }
        if from < to {
            return Err(StepsError::Gap { from, to });
        }
    }
    if lower(first) < 0.0
        && let Some(at) = first.lower
    {
        return Err(StepsError::NoneOpen { side: "lower", at });
    }
    match last.upper {
        Some(at) if 0.0 < at => Err(StepsError::NoneOpen { side: "upper", at }),
        Some(_) | None => Ok(()),
    }
}

impl StepPolicy {
    /// The step of a metric so far beyond the alarm's threshold (negative: below it); none: no step
    /// holds it.
    ///
    /// Above the threshold a lower bound is within its step and an upper one is not; below it the
    /// other way round (API StepAdjustment).
    pub fn step(&self, beyond: f64) -> Option<&Step> {
        let holds = |step: &&Step| {
            let (lower, upper) = (
                step.lower.unwrap_or(f64::NEG_INFINITY),
                step.upper.unwrap_or(f64::INFINITY),
            );
            match 0.0 <= beyond {
                true => lower <= beyond && beyond < upper,
                false => lower < beyond && beyond <= upper,
            }
        };
        self.steps.iter().find(holds)
    }

    /// What the policy asks for while an alarm is in ALARM whose data points come to `metric`;
    /// none: no step holds that value.
    pub fn reading(
        &self,
        policy: usize,
        alarm: AlarmId,
        (metric, threshold): (f64, f64),
    ) -> Option<StepReading> {
        let step = *self.step(metric - threshold)?;
        Some(StepReading {
            policy,
            alarm,
            metric,
            step,
            adjustment: self.adjustment,
            cooldown: self.cooldown,
        })
    }
}

impl Adjustment {
    /// The capacity that a step asks for, from this one on.
    ///
    /// A change in per cent is rounded: above 1 down, between 0 and 1 to 1, between −1 and 0 to −1,
    /// below −1 toward 0 (AAS: 12.7 is 12, 0.67 is 1, −0.58 is −1, −6.67 is −6).
    pub fn capacity(self, current: u32, step: &Step) -> u32 {
        let adjustment = i64::from(step.adjustment);
        let change = match self.kind {
            AdjustmentType::ExactCapacity => return adjustment.max(0) as u32,
            AdjustmentType::ChangeInCapacity => adjustment,
            AdjustmentType::PercentChangeInCapacity => {
                let hundredths = i64::from(current) * adjustment;
                let rounded = match hundredths {
                    0 => return current,
                    1..=99 => 1,
                    -99..=-1 => -1,
                    _ => hundredths / 100,
                };
                let least = i64::from(self.min_magnitude);
                rounded.signum() * rounded.abs().max(least)
            }
        };
        let wanted = i64::from(current) + change;
        wanted.clamp(0, i64::from(u32::MAX)) as u32
    }

    /// Which way a step goes from this capacity: by its sign, or by the capacity that it names.
    pub fn direction(self, current: u32, step: &Step) -> Ordering {
        match self.kind {
            AdjustmentType::ExactCapacity => step.adjustment.max(0).cmp(&clamped(current)),
            AdjustmentType::ChangeInCapacity | AdjustmentType::PercentChangeInCapacity => {
                step.adjustment.cmp(&0)
            }
        }
    }
}

fn clamped(capacity: u32) -> i32 {
    i32::try_from(capacity).unwrap_or(i32::MAX)
}

impl StepReading {
    /// The capacity that is asked for, counted from this one: within the cooldown of a scale-out
    /// from the one before it, so that a larger step adds the difference only (AAS).
    pub fn wanted(&self, counted_from: u32) -> u32 {
        self.adjustment.capacity(counted_from, &self.step)
    }

    /// Which way it goes from this capacity.
    pub fn direction(&self, current: u32) -> Ordering {
        self.adjustment.direction(current, &self.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn step(lower: Option<f64>, upper: Option<f64>, adjustment: i32) -> Step {
        Step {
            lower,
            upper,
            adjustment,
        }
    }

    fn policy(kind: AdjustmentType, min_magnitude: u32, steps: &[Step]) -> StepPolicy {
        StepPolicy {
            adjustment: Adjustment {
                kind,
                min_magnitude,
            },
            aggregation: MetricAggregation::Average,
            cooldown: COOLDOWN,
            steps: steps.to_vec(),
        }
    }

    fn percent(steps: &[Step], magnitude: u32) -> StepPolicy {
        policy(AdjustmentType::PercentChangeInCapacity, magnitude, steps)
    }

    /// AAS: no change within 10 of the threshold, then 10 %, then 30 %.
    fn guide() -> StepPolicy {
        percent(
            &[
                step(Some(0.0), Some(10.0), 0),
                step(Some(10.0), Some(20.0), 10),
                step(Some(20.0), None, 30),
            ],
            0,
        )
    }

    /// SVC-E7 (AAS, step-scaling): threshold 50, capacity 10; at 60 it becomes 11, at 70 then 14
    /// (3.3 down to 3).
    #[test]
    fn svc_e7_steps_in_per_cent() {
        let policy = guide();
        let to = |current, metric: f64| {
            let step = policy.step(metric - 50.0).unwrap();
            policy.adjustment.capacity(current, step)
        };
        assert_eq!((to(10, 59.9), to(10, 60.0), to(11, 70.0)), (10, 11, 14));
    }

    /// SVC-E8 (API StepScalingPolicyConfiguration): 25 % of 4 with a magnitude of 2 at least.
    #[test]
    fn svc_e8_the_least_change_in_per_cent() {
        let policy = percent(&[step(Some(0.0), None, 25)], 2);
        assert_eq!(policy.adjustment.capacity(4, &policy.steps[0]), 6);
    }

    /// SVC-E9 (AAS, step-scaling): two were added and the cooldown runs; a step of three adds one.
    #[test]
    fn svc_e9_what_the_cooldown_has_added_counts() {
        let steps = [step(Some(0.0), Some(10.0), 2), step(Some(10.0), None, 3)];
        let policy = policy(AdjustmentType::ChangeInCapacity, 0, &steps);
        let read = |metric| policy.reading(0, AlarmId(0), (metric, 50.0)).unwrap();
        assert_eq!((read(55.0).wanted(10), read(65.0).wanted(10)), (12, 13));
    }

    /// AAS: 12.7, 0.67, −0.58, −6.67.
    #[test]
    fn changes_in_per_cent_are_rounded_toward_0_but_not_to_it() {
        let change = |current: u32, adjustment: i32| {
            let policy = percent(&[step(None, None, adjustment)], 0);
            let to = policy.adjustment.capacity(current, &policy.steps[0]);
            i64::from(to) - i64::from(current)
        };
        assert_eq!(change(10, 127), 12);
        assert_eq!(change(1, 67), 1);
        assert_eq!(change(1, -58), -1);
        assert_eq!(change(23, -29), -6);
        assert_eq!((change(0, 50), change(10, 0)), (0, 0));
    }

    /// API StepAdjustment: bounds belong to the step further from the threshold.
    #[test]
    fn bounds_belong_to_the_step_further_out() {
        let steps = [
            step(None, Some(-10.0), 1),
            step(Some(-10.0), Some(0.0), 2),
            step(Some(0.0), Some(10.0), 3),
            step(Some(10.0), None, 4),
        ];
        let policy = policy(AdjustmentType::ExactCapacity, 0, &steps);
        assert_eq!(check_steps(&policy.steps), Ok(()));
        let to = |beyond: f64| policy.adjustment.capacity(7, policy.step(beyond).unwrap());
        assert_eq!([-10.1, -10.0, -9.9, -0.1].map(to), [1, 1, 2, 2]);
        assert_eq!([0.0, 9.9, 10.0, 99.0].map(to), [3, 3, 4, 4]);
    }

    /// An alarm above 50 for 2 of 3: the points that breach among the newest three count.
    #[test]
    fn the_value_of_an_alarm_is_that_of_its_breaching_points() {
        use crate::policy::alarm::{Comparison, TreatMissingData};
        let rule = AlarmRule {
            comparison: Comparison::GreaterThan,
            threshold: 50.0,
            evaluation_periods: 3,
            datapoints_to_alarm: 2,
            treat_missing_data: TreatMissingData::Missing,
        };
        let points = [Some(99.0), Some(60.0), None, Some(40.0), Some(70.0)];
        let of = |aggregation| aggregated(&rule, &points, aggregation);
        assert_eq!(of(MetricAggregation::Average), Some(65.0));
        assert_eq!(of(MetricAggregation::Minimum), Some(60.0));
        assert_eq!(of(MetricAggregation::Maximum), Some(70.0));
        let quiet = [Some(40.0), None, None];
        assert_eq!(aggregated(&rule, &quiet, MetricAggregation::Average), None);
    }

    /// What stands for a capacity goes up or down by where the service is.
    #[test]
    fn an_exact_capacity_is_a_way_up_or_down() {
        let exact = Adjustment {
            kind: AdjustmentType::ExactCapacity,
            min_magnitude: 0,
        };
        let to = step(Some(0.0), None, 8);
        let way = |current| exact.direction(current, &to);
        assert_eq!(
            [6, 8, 9].map(way),
            [Ordering::Greater, Ordering::Equal, Ordering::Less]
        );
    }

    #[test]
    fn steps_that_leave_gaps_or_overlap_are_refused() {
        let said = |steps: &[Step]| check_steps(steps).unwrap_err().to_string();
        assert_eq!(said(&[]), "there is no step");
        let gap = [step(Some(0.0), Some(5.0), 1), step(Some(6.0), None, 2)];
        assert_eq!(said(&gap), "no step holds what is between 5 and 6");
        let overlap = [step(Some(0.0), Some(5.0), 1), step(Some(4.0), None, 2)];
        assert_eq!(said(&overlap), "two steps overlap at 4");
        let two = [step(Some(0.0), None, 1), step(Some(4.0), None, 2)];
        assert_eq!(said(&two), "two steps have no upper bound");
        let closed = [step(Some(0.0), Some(5.0), 1)];
        assert_eq!(
            said(&closed),
            "a step is to have no upper bound: the others end at 5"
        );
        let below = [step(Some(-5.0), Some(0.0), -1)];
        assert_eq!(
            said(&below),
            "a step is to have no lower bound: the others end at -5"
        );
        let empty = [step(Some(5.0), Some(5.0), 1)];
        assert_eq!(said(&empty), "the step from 5 to 5 ends before it begins");
    }

    proptest! {
        /// Steps that pass the check hold every value on their side of the threshold once.
        #[test]
        fn checked_steps_hold_each_value_once(
            cuts in proptest::collection::vec(1u16..1_000, 0..6),
            beyond in 0.0..2_000.0f64,
        ) {
            let mut cuts: Vec<f64> = cuts.into_iter().map(f64::from).collect();
            cuts.sort_by(f64::total_cmp);
            cuts.dedup();
            let lowers = std::iter::once(0.0).chain(cuts.iter().copied());
            let uppers = cuts.iter().copied().map(Some).chain([None]);
            let steps: Vec<Step> = lowers
                .zip(uppers)
                .map(|(lower, upper)| step(Some(lower), upper, 1))
                .collect();
            prop_assert_eq!(check_steps(&steps), Ok(()));
            let policy = percent(&steps, 0);
            let found = policy.step(beyond).unwrap();
            prop_assert!(found.lower.unwrap() <= beyond);
            prop_assert!(found.upper.is_none_or(|upper| beyond < upper));
        }
    }
}
