//! Objectives over replications: whether what is to hold does, and how sure that is.

use serde::Serialize;

use super::statistics::{CONFIDENCE, HeldShare, share_at_least};
use crate::scenario::plan::ObjectivePlan;

/// Beyond so many runs nobody waits for certainty.
const RUNS_MAX: usize = 1_000_000;

/// What replications say of an objective.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct OverRuns {
    /// Runs in which it held.
    pub held_runs: usize,
    /// Runs in which there was something to judge.
    pub judged_runs: usize,
    /// In what share of runs it is to hold; `null`: in each that is played.
    pub probability: Option<f64>,
    /// Whether it is kept as far as these runs tell; `null` where there was nothing to judge.
    pub holds: Option<bool>,
    /// Whether more runs would hardly say otherwise: one is 95 % sure (Clopper and Pearson).
    pub is_sure: bool,
    /// One is 95 % sure that it holds at least so often.
    pub at_least: f64,
    /// One is 95 % sure that it holds at most so often.
    pub at_most: f64,
    /// How many runs more would settle it if they went like these; `null` where it is settled, or
    /// would not be within a million.
    pub runs_more: Option<usize>,
}

/// Judges an objective by how often it held.
///
/// With a `probability` p it is kept where at least that share of runs held it, and that is sure
/// where the one-sided bound of Clopper and Pearson lies on the same side of p. Without one every
/// run has to hold it, and a single one that does not settles it.
pub fn over_runs(objective: &ObjectivePlan, share: &HeldShare) -> OverRuns {
    let HeldShare { held, judged, .. } = *share;
    let probability = objective.probability;
    let holds = (0 < judged).then_some(match probability {
        Some(probability) => probability * judged as f64 * (1.0 - 1e-12) <= held as f64,
        None => held == judged,
    });
    let is_sure = match (holds, probability) {
        (None, _) => false,
        (Some(holds), Some(probability)) => is_sure(holds, (held, judged), probability),
        // All that were played held: it says nothing of those that were not.
        (Some(holds), None) => !holds,
    };
    let runs_more = match (holds, probability) {
        (Some(holds), Some(probability)) if !is_sure => {
            runs_more(holds, (held, judged), probability)
        }
        _ => None,
    };
    OverRuns {
        held_runs: held,
        judged_runs: judged,
        probability,
        holds,
        is_sure,
        at_least: at_least(held, judged),
        at_most: 1.0 - at_least(judged - held, judged),
        runs_more,
    }
}

fn at_least(held: usize, judged: usize) -> f64 {
    share_at_least(held, judged, CONFIDENCE)
}

fn is_sure(holds: bool, (held, judged): (usize, usize), probability: f64) -> bool {
    match holds {
        true => probability <= at_least(held, judged),
        false => 1.0 - at_least(judged - held, judged) < probability,
    }
}

/// The fewest further runs, held as often as these, after which one is sure.
fn runs_more(holds: bool, (held, judged): (usize, usize), probability: f64) -> Option<usize> {
    let share = held as f64 / judged as f64;
    let settled = |runs: usize| {
        let held = libm::round(share * runs as f64) as usize;
        is_sure(holds, (held.min(runs), runs), probability)
    };
    let (mut few, mut many) = (judged, judged);
    while !settled(many) {
        few = many;
        many *= 2;
        if RUNS_MAX < many {
            return None;
        }
    }
    // Nearly monotone: held runs are whole, so that the last few may be one off.
    while 1 < many - few {
        let middle = few + (many - few) / 2;
        match settled(middle) {
            true => many = middle,
            false => few = middle,
        }
    }
    Some(many - judged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::statistics::wilson;
    use crate::scenario::plan::{Bound, ObjectiveMetric, Scope, Statistic};

    fn objective(probability: Option<f64>) -> ObjectivePlan {
        ObjectivePlan {
            text: "an objective".to_owned(),
            metric: ObjectiveMetric::Cost { per_month: true },
            service: None,
            statistic: Statistic::Sum,
            bound: Bound::Below(1.0),
            scope: Scope::Run,
            completion: None,
            probability,
        }
    }

    /// 59 of 59 are the fewest that make sure of 95 % (0.95⁵⁹ < 0.05); of 20 that all held 39 more
    /// are wanted.
    #[test]
    fn a_probability_is_kept_by_the_share_and_sure_by_its_bound() {
        let of = |held, judged| over_runs(&objective(Some(0.95)), &wilson(held, judged));
        let found = of(59, 59);
        assert_eq!(
            (found.holds, found.is_sure, found.runs_more),
            (Some(true), true, None)
        );
        let found = of(20, 20);
        assert_eq!(
            (found.holds, found.is_sure, found.runs_more),
            (Some(true), false, Some(39))
        );
        let found = of(10, 20);
        assert_eq!((found.holds, found.is_sure), (Some(false), true));
        let found = of(18, 20);
        assert_eq!((found.holds, found.is_sure), (Some(false), false));
        assert!(found.runs_more.is_some());
        assert_eq!(of(19, 20).holds, Some(true), "95 % of 20 are 19");
        assert_eq!(of(0, 0).holds, None);
    }

    #[test]
    fn without_a_probability_one_run_is_enough_to_break_it() {
        let of = |held, judged| over_runs(&objective(None), &wilson(held, judged));
        assert_eq!((of(10, 10).holds, of(10, 10).is_sure), (Some(true), false));
        assert_eq!((of(9, 10).holds, of(9, 10).is_sure), (Some(false), true));
        assert!((of(10, 10).at_least - libm::pow(0.05, 0.1)).abs() < 1e-12);
    }
}
