//! Measures as people read them.

use crate::experiment::measure::MeasureKind;
use crate::report::axis::Unit;
use crate::report::interval::{in_unit, unit_of_measure};
use crate::report::sweep_charts::{bound, objective_scale, slug, x_title};
use crate::report::sweep_files::SweepResults;
use crate::report::sweep_text::objective_unit;
use crate::scenario::plan::{ObjectiveMetric, ObjectivePlan};

/// Names in a sentence.
pub(super) const NAMES_SHOWN: usize = 8;

/// A measure that a sweep's reader wants to see.
pub(super) struct Shown {
    /// Its index.
    pub measure: usize,
    /// What it is, in a sentence: `cost/month`, `[1]`.
    pub word: String,
    /// What a chart of it says on its axis.
    pub title: String,
    /// A part of a file's name.
    pub slug: String,
    /// The objective's bound, in the unit shown.
    pub bound: Option<f64>,
    unit: Unit,
    scale: f64,
}

impl Shown {
    /// A value for people.
    pub fn value(&self, value: f64) -> String {
        self.unit.show(value * self.scale)
    }

    /// A value with half of its interval.
    pub fn interval(&self, mean: f64, half_width: Option<f64>) -> String {
        let half = half_width.map(|half| half * self.scale);
        in_unit(mean * self.scale, half, &self.unit)
    }

    /// A difference with its sign and half of its interval.
    pub fn difference(&self, mean: f64, half_width: Option<f64>) -> String {
        let sign = if 0.0 < mean { "+" } else { "" };
        format!("{sign}{}", self.interval(mean, half_width))
    }

    /// The unit of its values times [`Shown::scale`].
    pub fn unit(&self) -> Unit {
        self.unit.clone()
    }

    /// What its values are multiplied with to be shown.
    pub fn scale(&self) -> f64 {
        self.scale
    }
}

/// A month's cost, and what each objective but costs judges.
pub(super) fn shown(results: &SweepResults<'_>) -> Vec<Shown> {
    let measures = || results.runs.measures.iter().enumerate();
    let cost = measures().filter(|it| it.1.kind == MeasureKind::CostMonth);
    let cost = cost.map(|(measure, it)| Shown {
        measure,
        word: "cost/month".to_owned(),
        title: "Cost per month (US dollars)".to_owned(),
        slug: "cost-per-month".to_owned(),
        bound: None,
        unit: unit_of_measure(&it.name),
        scale: 1.0,
    });
    let objective = |(index, plan): (usize, &ObjectivePlan)| {
        let is_cost = matches!(plan.metric, ObjectiveMetric::Cost { .. });
        let mut found = measures().filter(|it| it.1.kind == MeasureKind::Objective(index));
        let measure = found.next().filter(|_| !is_cost)?.0;
        let scale = objective_scale(plan);
        Some(Shown {
            measure,
            word: format!("[{}]", index + 1),
            title: x_title(plan),
            slug: format!("{}-{}", index + 1, slug(&plan.text)),
            bound: bound(results, index).map(|bound| bound * scale),
            unit: objective_unit(plan),
            scale,
        })
    };
    let objectives = results.plan.objectives.iter().enumerate();
    cost.chain(objectives.filter_map(objective)).collect()
}

/// The first names, and how many more there are.
pub(super) fn names<'a>(all: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = all.len().saturating_sub(NAMES_SHOWN);
    let shown: Vec<&str> = all.take(NAMES_SHOWN).collect();
    match more {
        0 => shown.join("; "),
        _ => format!("{} and {more} more", shown.join("; ")),
    }
}
