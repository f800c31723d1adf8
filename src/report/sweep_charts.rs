//! The charts of a sweep: a month's cost of each cell against each objective.

use rayon::prelude::*;

use super::axis::Unit;
use super::chart::{Chart, Estimate, Mark, SweepChart, SweepPoint, png, svg};
use super::results::WriteError;
use super::results::files::ResultFile;
use super::sweep_analysis;
use super::sweep_files::SweepResults;
use super::sweep_text::objective_unit;
use crate::experiment::comparison::CellResult;
use crate::experiment::front::Standing;
use crate::experiment::measure::MeasureKind;
use crate::experiment::statistics::MeanInterval;
use crate::scenario::plan::{Bound, ObjectiveMetric, ObjectivePlan, Scope};

/// Letters of an objective in the name of its chart.
const NAME_LETTERS: usize = 60;

/// The charts as pictures, each as SVG and as PNG.
///
/// # Errors
/// If a chart can't be drawn, a defect of ours.
pub fn pictures(results: &SweepResults<'_>) -> Result<Vec<ResultFile>, WriteError> {
    let objectives = results.plan.objectives.iter().enumerate();
    let mut names: Vec<String> = Vec::new();
    let mut charts = sweep_analysis::charts(results);
    for (index, objective) in objectives {
        // Cost against cost is a line; worlds are no alternatives to each other.
        let is_cost = matches!(objective.metric, ObjectiveMetric::Cost { .. });
        if is_cost || sweep_analysis::is_about_assumptions(results) {
            continue;
        }
        let mut name = slug(&objective.text);
        if names.contains(&name) {
            name = format!("{name}-{}", index + 1);
        }
        names.push(name.clone());
        let chart = chart(results, index, objective);
        charts.push((format!("cost-by-{name}"), Box::new(chart)));
    }
    draw_all(&charts)
}

/// Each chart with its name.
type Charts = [(String, Box<dyn Chart + Sync>)];

fn draw_all(charts: &Charts) -> Result<Vec<ResultFile>, WriteError> {
    let jobs: Vec<(&str, &(dyn Chart + Sync), bool)> = charts
        .iter()
        .flat_map(|(name, chart)| [false, true].map(|as_png| (name.as_str(), &**chart, as_png)))
        .collect();
    let draw = |&(name, chart, as_png): &(&str, &(dyn Chart + Sync), bool)| {
        let (bytes, ending) = match as_png {
            true => (png(chart), "png"),
            false => (svg(chart).map(String::into_bytes), "svg"),
        };
        let file = format!("charts/{name}.{ending}");
        match bytes {
            Ok(bytes) => Ok(ResultFile::new(file, bytes)),
            Err(error) => Err(WriteError::Table {
                name: "a chart".to_owned(),
                problem: error.to_string(),
            }),
        }
    };
    jobs.par_iter().map(draw).collect()
}

fn chart(results: &SweepResults<'_>, index: usize, objective: &ObjectivePlan) -> SweepChart {
    let measures = &results.runs.measures;
    let place = |kind: &MeasureKind| measures.iter().position(|it| it.kind == *kind);
    let across = place(&MeasureKind::Objective(index));
    let upwards = place(&MeasureKind::CostMonth);
    let standings = sweep_analysis::standings_of(results, index);
    let mark = |cell: usize| match standings.and_then(|it| it[cell]) {
        Some(Standing::Undecided) => Mark::Ring,
        Some(Standing::Dominated(_)) => Mark::Small,
        Some(Standing::OnFront) | None => Mark::Full,
    };
    let point = |cell: &CellResult| {
        let estimate = |measure: Option<usize>| cell.means[measure?].map(estimate);
        Some(SweepPoint {
            label: results.grid.cells[cell.cell].name.clone(),
            x: estimate(across)?,
            y: estimate(upwards)?,
            passes: cell.keeps_all_objectives(),
            mark: mark(cell.cell),
        })
    };
    let plan = results.plan;
    let scale = objective_scale(objective);
    SweepChart {
        title: format!("Cost by {}", objective.text),
        subtitle: format!(
            "{}, {} cells of {} replications, seed {}",
            plan.name,
            results.grid.cells.len(),
            results.grid.replications,
            plan.run.seed
        ),
        x_title: x_title(objective),
        x_unit: objective_unit(objective),
        y_title: "Cost per month (US dollars)".to_owned(),
        y_unit: Unit::Usd,
        bound: bound(results, index).map(|bound| ("objective".to_owned(), bound * scale)),
        points: results
            .cells
            .iter()
            .filter_map(point)
            .map(|point| SweepPoint {
                x: scaled(point.x, scale),
                ..point
            })
            .collect(),
        has_front: standings.is_some(),
    }
}

/// Shares are shown in percent.
pub(super) fn objective_scale(objective: &ObjectivePlan) -> f64 {
    let is_share = matches!(objective.scope, Scope::Minutes(_) | Scope::Calls(_))
        || matches!(
            objective.metric,
            ObjectiveMetric::FailedRequests
                | ObjectiveMetric::InterruptedTasks
                | ObjectiveMetric::LostWork
        );
    if is_share { 100.0 } else { 1.0 }
}

fn scaled(estimate: Estimate, by: f64) -> Estimate {
    Estimate {
        mean: estimate.mean * by,
        low: estimate.low * by,
        high: estimate.high * by,
    }
}

fn estimate(interval: MeanInterval) -> Estimate {
    let half = interval.half_width.unwrap_or(0.0);
    Estimate {
        mean: interval.mean,
        low: interval.mean - half,
        high: interval.mean + half,
    }
}

pub(super) fn x_title(objective: &ObjectivePlan) -> String {
    match objective.scope {
        Scope::Run => objective.text.clone(),
        Scope::Minutes(_) => format!("Minutes in which it held: {}", objective.text),
        Scope::Calls(_) => format!("Runs in which it held: {}", objective.text),
    }
}

/// What the objective's value is compared with, if that is the same in all cells.
pub(super) fn bound(results: &SweepResults<'_>, index: usize) -> Option<f64> {
    let of = |objective: &ObjectivePlan| match (objective.scope, objective.bound) {
        (Scope::Minutes(share) | Scope::Calls(share), _) => share,
        (Scope::Run, Bound::Below(bound) | Bound::Above(bound)) => bound,
    };
    let cells = results.grid.cells.iter();
    let mut bounds = cells.map(|cell| cell.plan.objectives.get(index).map(of));
    let first = bounds.next()??;
    bounds.all(|bound| bound == Some(first)).then_some(first)
}

/// A text as a part of a file's name.
pub(super) fn slug(text: &str) -> String {
    let safe = |letter: char| match letter.is_ascii_alphanumeric() {
        true => letter.to_ascii_lowercase(),
        false => '-',
    };
    let name: String = text.chars().map(safe).collect();
    let words: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
    let name: String = words.join("-").chars().take(NAME_LETTERS).collect();
    name.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_objective_names_its_chart_in_letters_that_every_system_takes() {
        let name = slug("TargetResponseTime p99 of api below 500 ms in 99.9 % of minutes");
        assert_eq!(
            name,
            "targetresponsetime-p99-of-api-below-500-ms-in-99-9-of-minute"
        );
        assert_eq!(slug("../Ümläut"), "ml-ut");
    }
}
