//! The nearest miss: what each of its broken objectives comes to, and what was wanted.

use serde_json::{Value, json};

use super::Searched;
use crate::experiment::comparison::mean;
use crate::experiment::measure::{Measure, MeasureKind};
use crate::experiment::objective::{unit, wanted};
use crate::experiment::optimize::{Candidate, Standing};
use crate::report::axis::Unit;
use crate::report::wording;

/// An objective that a cell breaks.
struct Missed {
    /// From 1 on, as the objectives are listed.
    number: usize,
    /// What is judged, the mean over its runs.
    value: Option<f64>,
    bound: f64,
    wanted: &'static str,
    unit: &'static str,
    held_runs: usize,
    judged_runs: usize,
}

impl Searched<'_> {
    /// Each broken objective with its value and its bound.
    pub(super) fn missed_in_words(&self, candidate: &Candidate) -> String {
        let missed = self.missed(candidate);
        let words: Vec<String> = missed.iter().map(Missed::in_words).collect();
        words.join("; ")
    }

    /// The same for programs.
    pub(super) fn nearest_miss(&self) -> Option<Value> {
        let candidate = &self.optimum.candidates[self.optimum.nearest?];
        matches!(candidate.standing, Standing::Breaks(_)).then(|| {
            let broken = self.missed(candidate).into_iter().map(|it| {
                json!({
                    "objective": it.number,
                    "value": it.value,
                    "bound": it.bound,
                    "wanted": it.wanted,
                    "unit": it.unit,
                    "held_runs": it.held_runs,
                    "judged_runs": it.judged_runs,
                })
            });
            json!({
                "name": self.grid.cells[candidate.cell].name,
                "broken": broken.collect::<Vec<_>>(),
            })
        })
    }

    fn missed(&self, candidate: &Candidate) -> Vec<Missed> {
        let plans = &self.grid.cells[candidate.cell].plan.objectives;
        let judged = candidate.objectives.iter().zip(plans).enumerate();
        let broken = judged.filter(|(_, (over, _))| over.holds != Some(true));
        let missed = broken.map(|(index, (over, plan))| {
            let (bound, wanted) = wanted(plan);
            Missed {
                number: index + 1,
                value: self.judged_value(candidate, index),
                bound,
                wanted,
                unit: unit(plan),
                held_runs: over.held_runs,
                judged_runs: over.judged_runs,
            }
        });
        missed.collect()
    }

    /// What an objective judges, over the cell's complete runs; a share that of all of them.
    fn judged_value(&self, candidate: &Candidate, objective: usize) -> Option<f64> {
        let is_it = |it: &Measure| it.kind == MeasureKind::Objective(objective);
        let place = self.grid.measures.iter().position(is_it)?;
        let measure = (&self.grid.measures[place], place);
        Some(mean(candidate.counted(), measure)?.mean)
    }
}

impl Missed {
    /// `[2] 912 ms on average, below 800 ms wanted, held in 3 of 10 runs`.
    fn in_words(&self) -> String {
        let number = self.number;
        if self.judged_runs == 0 {
            return format!("[{number}] could not be judged");
        }
        let value = self.value.map_or_else(String::new, |value| {
            format!("{} on average, ", self.shown(value))
        });
        let wanted = match self.wanted {
            "at_least" => "at least",
            other => other,
        };
        format!(
            "[{number}] {value}{wanted} {} wanted, held in {} of {} runs",
            self.bound(),
            self.held_runs,
            self.judged_runs
        )
    }

    /// The bound as it is: `under 0.001 %` would not be one.
    fn bound(&self) -> String {
        match self.unit {
            "percent" => wording::width(self.bound, &Unit::Percent),
            "share" => wording::width(100.0 * self.bound, &Unit::Percent),
            _ => self.shown(self.bound),
        }
    }

    fn shown(&self, value: f64) -> String {
        match self.unit {
            "seconds" => wording::seconds(Some(value)),
            "percent" => wording::percent(Some(value)),
            "share" => wording::share(value),
            "usd" | "usd_per_month" => wording::small_usd(value),
            _ => wording::count(value),
        }
    }
}
