//! The charts of a sweep: a month's cost of each cell against each objective, and both over the
//! sweep's parameters.

mod curves;
mod heat_maps;

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

const COST_TITLE: &str = "Cost per month (US dollars)";
/// Letters of an objective in the name of its chart.
const NAME_LETTERS: usize = 60;

/// A chart and the name of its files, without their endings.
type Named = (String, Box<dyn Chart + Sync>);

/// The charts as pictures, each as SVG and as PNG.
///
/// # Errors
/// If a chart can't be drawn, a defect of ours.
pub fn pictures(results: &SweepResults<'_>) -> Result<Vec<ResultFile>, WriteError> {
    let mut charts = sweep_analysis::charts(results);
    // Worlds are no alternatives to each other.
    if !sweep_analysis::is_about_assumptions(results) {
        charts.extend(costs_by_objectives(results));
        charts.extend(curves::charts(results));
        charts.extend(heat_maps::charts(results));
    }
    drawn(&named_once(charts))
}

/// Charts as pictures, each as SVG and as PNG.
///
/// # Errors
/// If a chart can't be drawn, a defect of ours.
pub(super) fn drawn(charts: &[Named]) -> Result<Vec<ResultFile>, WriteError> {
    let jobs: Vec<(&Named, bool)> = charts
        .iter()
        .flat_map(|chart| [(chart, false), (chart, true)])
        .collect();
    let draw = |&((name, chart), as_png): &(&Named, bool)| {
        let (bytes, ending) = match as_png {
            true => (png(chart.as_ref()), "png"),
            false => (svg(chart.as_ref()).map(String::into_bytes), "svg"),
        };
        match bytes {
            Ok(bytes) => Ok(ResultFile::new(format!("charts/{name}.{ending}"), bytes)),
            Err(error) => Err(WriteError::Table {
                name: "a chart".to_owned(),
                problem: error.to_string(),
            }),
        }
    };
    jobs.par_iter().map(draw).collect()
}

/// The same charts, no two of one name.
fn named_once(charts: Vec<Named>) -> Vec<Named> {
    let mut taken: Vec<String> = Vec::new();
    let once = |(wanted, chart): Named| {
        let mut name = wanted.clone();
        let mut next = 2;
        while taken.contains(&name) {
            name = format!("{wanted}-{next}");
            next += 1;
        }
        taken.push(name.clone());
        (name, chart)
    };
    charts.into_iter().map(once).collect()
}

/// A month's cost of each cell against each objective.
fn costs_by_objectives(results: &SweepResults<'_>) -> Vec<Named> {
    let objectives = results.plan.objectives.iter().enumerate();
    objectives
        .filter(|(_, objective)| is_drawn(objective))
        .map(|(index, objective)| -> Named {
            let name = format!("cost-by-{}", slug(&objective.text));
            (name, Box::new(chart(results, index, objective)))
        })
        .collect()
}

/// Whether an objective has a chart of its own: cost against cost is a line.
fn is_drawn(objective: &ObjectivePlan) -> bool {
    !matches!(objective.metric, ObjectiveMetric::Cost { .. })
}

/// The scenario and the sweep, below a heading.
fn subtitle(results: &SweepResults<'_>) -> String {
    format!(
        "{}, {} cells of {} replications, seed {}",
        results.plan.name,
        results.grid.cells.len(),
        results.grid.replications,
        results.plan.run.seed
    )
}

/// The measures that are drawn over parameters: a month's cost, and what each objective judges.
fn drawn_measures(results: &SweepResults<'_>) -> Vec<Drawn> {
    let measures = &results.runs.measures;
    let place = |kind: &MeasureKind| measures.iter().position(|it| it.kind == *kind);
    let mut drawn = Vec::new();
    if let Some(measure) = place(&MeasureKind::CostMonth) {
        drawn.push(Drawn {
            measure,
            slug: "cost-month".to_owned(),
            title: COST_TITLE.to_owned(),
            unit: Unit::Usd,
            scale: 1.0,
            bound: None,
        });
    }
    for (index, objective) in results.plan.objectives.iter().enumerate() {
        let Some(measure) = place(&MeasureKind::Objective(index)).filter(|_| is_drawn(objective))
        else {
            continue;
        };
        let scale = objective_scale(objective);
        drawn.push(Drawn {
            measure,
            slug: slug(&objective.text),
            title: x_title(objective),
            unit: objective_unit(objective),
            scale,
            bound: bound(results, index).map(|bound| bound * scale),
        });
    }
    drawn
}

/// A measure as it is drawn.
struct Drawn {
    /// Its place among the measures.
    measure: usize,
    /// As a part of a file's name.
    slug: String,
    title: String,
    unit: Unit,
    /// What its values are multiplied with: shares are shown in percent.
    scale: f64,
    /// What an objective compares it with, if that is the same in all cells.
    bound: Option<f64>,
}

impl Drawn {
    fn of(&self, cell: &CellResult) -> Option<Estimate> {
        Some(scaled(estimate(cell.means[self.measure]?), self.scale))
    }
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
    let scale = objective_scale(objective);
    SweepChart {
        title: format!("Cost by {}", objective.text),
        subtitle: subtitle(results),
        x_title: x_title(objective),
        x_unit: objective_unit(objective),
        y_title: COST_TITLE.to_owned(),
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

/// A mean with its interval, as it is drawn.
pub(super) fn estimate(interval: MeanInterval) -> Estimate {
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

/// What an objective's value is compared with.
pub(super) fn compared_with(objective: &ObjectivePlan) -> f64 {
    match (objective.scope, objective.bound) {
        (Scope::Minutes(share) | Scope::Calls(share), _) => share,
        (Scope::Run, Bound::Below(bound) | Bound::Above(bound)) => bound,
    }
}

/// What the objective's value is compared with, if that is the same in all cells.
pub(super) fn bound(results: &SweepResults<'_>, index: usize) -> Option<f64> {
    let cells = results.grid.cells.iter();
    let mut bounds = cells.map(|cell| cell.plan.objectives.get(index).map(compared_with));
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
