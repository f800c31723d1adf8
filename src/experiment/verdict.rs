//! Objectives over replications: whether what is to hold does, and how sure that is.

use serde::Serialize;

use super::statistics::{
    CONFIDENCE, HeldShare, is_surely_at_least, share_at_least, share_at_least_at_any_look,
};
use crate::scenario::plan::ObjectivePlan;
use crate::scenario::sweep::Replications;

/// Beyond so many runs nobody waits for certainty.
const RUNS_MAX: usize = 1_000_000;

/// How often one looks at the runs before one stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Looks {
    /// Once, after a number of runs that was set before: the bounds of Clopper and Pearson.
    Once,
    /// As often as one likes, to stop when one likes: bounds that hold at all looks together (see
    /// [`is_surely_at_least`]).
    Any,
}

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
    /// Whether more runs would hardly say otherwise: one is 95 % sure.
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
/// where the one-sided bound lies on the same side of p. Without one every run has to hold it,
/// and a single one that does not settles it.
pub fn over_runs(objective: &ObjectivePlan, share: &HeldShare, looks: Looks) -> OverRuns {
    let HeldShare { held, judged, .. } = *share;
    let probability = objective.probability;
    let holds = (0 < judged).then_some(match probability {
        Some(probability) => probability * judged as f64 * (1.0 - 1e-12) <= held as f64,
        None => held == judged,
    });
    let is_sure = match (holds, probability) {
        (None, _) => false,
        (Some(holds), Some(probability)) => looks.is_sure(holds, (held, judged), probability),
        // All that were played held: it says nothing of those that were not.
        (Some(holds), None) => !holds,
    };
    let runs_more = match (holds, probability) {
        (Some(holds), Some(probability)) if !is_sure => {
            runs_more(holds, (held, judged), (probability, looks))
        }
        _ => None,
    };
    let (at_least, at_most) = looks.bounds((held, judged), CONFIDENCE);
    OverRuns {
        held_runs: held,
        judged_runs: judged,
        probability,
        holds,
        is_sure,
        at_least,
        at_most,
        runs_more,
    }
}

impl Looks {
    /// How often a sweep looks: where it goes on until an interval is narrow, when it stops is
    /// decided by the same runs that are judged then.
    pub fn of(replications: &Replications) -> Looks {
        match replications.until {
            Some(_) => Looks::Any,
            None => Looks::Once,
        }
    }

    /// One is `confidence` sure that something that held in so many of the judged runs does at
    /// least so often, and by a bound of its own at most so often.
    pub fn bounds(self, (held, judged): (usize, usize), confidence: f64) -> (f64, f64) {
        let at_least = |held| match self {
            Looks::Once => share_at_least(held, judged, confidence),
            Looks::Any => share_at_least_at_any_look(held, judged, confidence),
        };
        (at_least(held), 1.0 - at_least(judged - held))
    }

    /// Whether one is sure that what holds at least so often does, or that it does not.
    fn is_sure(self, holds: bool, (held, judged): (usize, usize), probability: f64) -> bool {
        let missed = judged - held;
        match (self, holds) {
            (Looks::Once, true) => probability <= share_at_least(held, judged, CONFIDENCE),
            (Looks::Once, false) => 1.0 - share_at_least(missed, judged, CONFIDENCE) < probability,
            (Looks::Any, true) => is_surely_at_least((held, judged), probability, CONFIDENCE),
            (Looks::Any, false) => {
                is_surely_at_least((missed, judged), 1.0 - probability, CONFIDENCE)
            }
        }
    }
}

/// The fewest further runs, held as often as these, after which one is sure.
fn runs_more(
    holds: bool,
    (held, judged): (usize, usize),
    (probability, looks): (f64, Looks),
) -> Option<usize> {
    let share = held as f64 / judged as f64;
    let settled = |runs: usize| {
        let held = libm::round(share * runs as f64) as usize;
        looks.is_sure(holds, (held.min(runs), runs), probability)
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
        let of =
            |held, judged| over_runs(&objective(Some(0.95)), &wilson(held, judged), Looks::Once);
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
        let of = |held, judged| over_runs(&objective(None), &wilson(held, judged), Looks::Once);
        assert_eq!((of(10, 10).holds, of(10, 10).is_sure), (Some(true), false));
        assert_eq!((of(9, 10).holds, of(9, 10).is_sure), (Some(false), true));
        assert!((of(10, 10).at_least - libm::pow(0.05, 0.1)).abs() < 1e-12);
    }
    /// The probability that one is ever wrongly sure, looking after every ten of 1,000 runs, by
    /// adding up all ways: at the bound itself (where "less often" would be wrong) and just below
    /// it (where "at least so often" would be). With the bound of a single look it is 20 % and
    /// more.
    #[test]
    fn one_is_wrongly_sure_in_5_percent_of_all_experiments_at_most() {
        for (bound, share) in [
            (0.5, 0.5),
            (0.6, 0.6),
            (0.9, 0.9),
            (0.95, 0.95),
            (0.99, 0.99),
        ] {
            let of = |looks| [false, true].map(|holds| wrongly_sure(bound, share, holds, looks));
            for wrong in of(Looks::Any) {
                assert!(wrong <= 0.05, "{bound}: {wrong}");
            }
            if bound < 0.99 {
                assert!(of(Looks::Once).iter().all(|it| 0.1 < *it), "{bound}");
            }
        }
    }

    /// All ways of 1,000 runs of which each holds with `share`, until one is sure.
    fn wrongly_sure(bound: f64, share: f64, holds: bool, looks: Looks) -> f64 {
        let (mut open, mut wrong) = (vec![1.0_f64], 0.0);
        for runs in 1..=1_000_usize {
            let mut next = vec![0.0; runs + 1];
            for (held, probability) in open.iter().enumerate().filter(|it| 0.0 < *it.1) {
                next[held] += probability * (1.0 - share);
                next[held + 1] += probability * share;
            }
            if runs % 10 == 0 {
                // Sure from a count on, or up to one.
                let is_sure = |held: &usize| looks.is_sure(holds, (*held, runs), bound);
                let mut counts: Vec<usize> = (0..=runs).collect();
                if holds {
                    counts.reverse();
                }
                let sure = counts.partition_point(is_sure);
                for held in &counts[..sure] {
                    wrong += std::mem::take(&mut next[*held]);
                }
            }
            open = next;
        }
        wrong
    }

    /// Where all hold or none does a few looks are enough, though one may look as often as one
    /// likes.
    #[test]
    fn what_is_clear_is_soon_sure_at_any_look() {
        let fewest = |share: f64, bound: f64| {
            let sure = |runs: &usize| {
                let held = wilson((share * *runs as f64) as usize, *runs);
                over_runs(&objective(Some(bound)), &held, Looks::Any).is_sure
            };
            (10..10_000).step_by(10).find(sure)
        };
        assert_eq!(fewest(0.0, 0.95), Some(10));
        assert_eq!(fewest(1.0, 0.5), Some(10));
        assert_eq!(fewest(1.0, 0.9), Some(40));
        assert_eq!(fewest(1.0, 0.95), Some(80));
        assert_eq!(fewest(0.5, 0.95), Some(10));
        let found = over_runs(&objective(Some(0.95)), &wilson(20, 20), Looks::Any);
        let more = 20 + found.runs_more.unwrap();
        let at = |runs| over_runs(&objective(Some(0.95)), &wilson(runs, runs), Looks::Any);
        assert!(at(more).is_sure && !at(more - 1).is_sure, "{more}");
    }
}
