//! A sweep on the terminal: a table of its cells, and what to know before believing it.

use std::fmt::Write;

use super::axis::Unit;
use super::caveats;
use super::interval;
use super::results::Placed;
use super::sweep_analysis;
use super::sweep_charts::objective_scale;
use super::sweep_files::SweepResults;
use super::table::{Align, Cell, Colour, Table, Tone};
use super::wording;
use crate::experiment::cell::Grid;
use crate::experiment::comparison::CellResult;
use crate::experiment::measure::MeasureKind;
use crate::experiment::statistics::{CONFIDENCE, HeldShare, PairedDifference};
use crate::experiment::sweep::SweepRuns;
use crate::experiment::verdict::Looks;
use crate::scenario::plan::{ObjectiveMetric, ObjectivePlan, Scope};

/// Cells shown on a terminal; `cells.csv` has all.
const CELLS_SHOWN: usize = 60;
/// Names of cells in a sentence.
const NAMES_SHOWN: usize = 8;

/// The unit that an objective's value is shown in, shares in percent.
pub(super) fn objective_unit(objective: &ObjectivePlan) -> Unit {
    match (objective.scope, objective.metric) {
        (Scope::Minutes(_) | Scope::Calls(_), _) => Unit::Percent,
        (
            _,
            ObjectiveMetric::TargetResponseTime
            | ObjectiveMetric::OldestMessage
            | ObjectiveMetric::LaunchDelay,
        ) => Unit::Seconds,
        (
            _,
            ObjectiveMetric::CpuUtilization
            | ObjectiveMetric::MemoryUtilization
            | ObjectiveMetric::FailedRequests
            | ObjectiveMetric::InterruptedTasks
            | ObjectiveMetric::LostWork
            | ObjectiveMetric::CompletedAt,
        ) => Unit::Percent,
        (_, ObjectiveMetric::RunningTaskCount | ObjectiveMetric::Interruptions) => Unit::Count,
        (_, ObjectiveMetric::Cost { .. }) => Unit::Usd,
    }
}

/// The sweep as a text for people.
pub fn render(results: &SweepResults<'_>, placed: &Placed, colour: Colour) -> String {
    let (plan, grid) = (results.plan, results.grid);
    let mut text = String::new();
    // Writing to a String can't fail.
    let mut line = |words: String| {
        let _ = writeln!(text, "{words}");
    };
    line(format!(
        "{}: {} of {} replication{}, seed {}",
        plan.name,
        wording::counted(grid.cells.len() as u64, "cell"),
        grid.replications,
        if grid.replications.at_most == 1 {
            ""
        } else {
            "s"
        },
        plan.run.seed
    ));
    for (index, objective) in plan.objectives.iter().enumerate() {
        line(format!("  [{}] {}", index + 1, objective.text));
    }
    line(String::new());
    line(main_table(results, colour));
    for section in sweep_analysis::below_cells(results, colour) {
        line(section);
    }
    for note in notes(results) {
        line(note);
    }
    line(String::new());
    line(format!(
        "results: {}{}",
        placed.path.display(),
        placed.note()
    ));
    text
}

/// The table that answers what the sweep asks.
fn main_table(results: &SweepResults<'_>, colour: Colour) -> String {
    if let Some(text) = sweep_analysis::instead_of_cells(results, colour) {
        return text;
    }
    let mut text = cell_table(results).render(colour);
    let cells = results.grid.cells.len();
    if CELLS_SHOWN < cells {
        let more = cells - CELLS_SHOWN;
        let _ = write!(text, "\n… and {more} more cells: see cells.csv");
    }
    text
}

fn cell_table(results: &SweepResults<'_>) -> Table {
    let grid = results.grid;
    let objectives = results.plan.objectives.len();
    let mut columns: Vec<(String, Align)> = grid
        .parameters
        .iter()
        .map(|name| (name.clone(), Align::Right))
        .collect();
    columns.push(("cost/month".to_owned(), Align::Right));
    for index in 1..=objectives {
        columns.push((format!("[{index}]"), Align::Right));
        columns.push(("held".to_owned(), Align::Right));
    }
    columns.push(("against baseline".to_owned(), Align::Right));
    let columns: Vec<(&str, Align)> = columns.iter().map(|it| (it.0.as_str(), it.1)).collect();
    let mut table = Table::new(&columns);
    for cell in results.cells.iter().take(CELLS_SHOWN) {
        table.row(row(results, cell, objectives));
    }
    table
}

fn row(results: &SweepResults<'_>, cell: &CellResult, objectives: usize) -> Vec<Cell> {
    let measures = &results.runs.measures;
    let place = |kind: MeasureKind| measures.iter().position(|it| it.kind == kind);
    let mean = |kind| place(kind).and_then(|measure| cell.means[measure]);
    let labels = &results.grid.cells[cell.cell].labels;
    let mut cells: Vec<Cell> = labels.iter().map(|label| label.clone().into()).collect();
    let cost = mean(MeasureKind::CostMonth).map_or_else(
        || "–".to_owned(),
        |cost| interval::usd(cost.mean, cost.half_width),
    );
    cells.push(Cell::new(cost, Tone::Strong));
    for index in 0..objectives {
        let objective = results.grid.cells[cell.cell].plan.objectives.get(index);
        let value = mean(MeasureKind::Objective(index)).zip(objective);
        cells.push(value.map_or_else(
            || Cell::from("–"),
            |(mean, objective)| {
                let (unit, scale) = (objective_unit(objective), objective_scale(objective));
                Cell::from(unit.show(mean.mean * scale))
            },
        ));
        cells.push(cell.held.get(index).map_or_else(|| "–".into(), held));
    }
    let measure = place(MeasureKind::CostMonth);
    let difference = measure.and_then(|measure| cell.differences[measure]);
    cells.push(match difference {
        Some(difference) => against(&difference),
        None if cell.cell == results.grid.baseline => Cell::new("baseline", Tone::Faint),
        None => "–".into(),
    });
    cells
}

/// How often something held: `57/60`.
pub(super) fn held(share: &HeldShare) -> Cell {
    let tone = match share {
        HeldShare { judged: 0, .. } => return Cell::from("–"),
        _ if share.held == share.judged => Tone::Good,
        _ => Tone::Bad,
    };
    Cell::new(format!("{}/{}", share.held, share.judged), tone)
}

fn against(difference: &PairedDifference) -> Cell {
    let sign = if 0.0 < difference.mean { "+" } else { "" };
    let shown = interval::usd(difference.mean, difference.half_width);
    format!("{sign}{shown}").into()
}

/// What to know about the numbers, the most important first.
fn notes(results: &SweepResults<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(results.grid.notes.iter().cloned());
    let (played, asked) = (results.runs.rows.len(), results.runs.asked);
    if !results.runs.complete {
        notes.push(format!(
            "incomplete: {played} of {asked} runs were played; those that did not reach their end \
             are left out"
        ));
    }
    if results.grid.replications.at_most == 1 {
        notes.push(
            "1 replication: no intervals, and a difference may be chance; ask for more with \
             --replications"
                .to_owned(),
        );
    } else {
        notes.push(
            "± and intervals: 95 % each by itself (Student's t over replications; differences \
             paired by replication)"
                .to_owned(),
        );
        if !sweep_analysis::is_about_assumptions(results) {
            notes.extend(gain(results));
            notes.extend(surely_different(results));
        }
        notes.extend(sweep_analysis::notes(results));
        notes.extend(never_broken(results.grid, results.cells));
        notes.extend(wide_or_not(results.grid, results.cells, results.runs));
    }
    let cells = results.cells.iter();
    let caveats = caveats::together(cells.map(|cell| cell.caveats.as_slice()));
    notes.extend(caveats::notes(&caveats, "cells.json"));
    notes
}

/// What "never" means where something held in every run: an objective that was never broken may
/// still break.
pub(super) fn never_broken(grid: &Grid, cells: &[CellResult]) -> Option<String> {
    let shares = cells.iter().flat_map(|cell| &cell.held);
    let all = shares.filter(|share| 0 < share.judged && share.held == share.judged);
    let runs = all.map(|share| share.judged).min()?;
    let looks = Looks::of(&grid.replications);
    let most = 1.0 - looks.bounds((runs, runs), CONFIDENCE).0;
    let bound = match looks {
        Looks::Once => "Clopper and Pearson; about 3/n",
        Looks::Any => "at all looks together, as the runs decide when it stops",
    };
    Some(format!(
        "held in {runs} of {runs} runs is no certainty: an objective may still break in up to {} \
         of runs (95 %, {bound})",
        wording::share(most)
    ))
}

/// Which cells surely cost less or more than the baseline, all statements together.
fn surely_different(results: &SweepResults<'_>) -> Vec<String> {
    let mut measures = results.runs.measures.iter();
    let Some(cost) = measures.position(|it| it.kind == MeasureKind::CostMonth) else {
        return Vec::new();
    };
    let mut notes = Vec::new();
    for (word, is_it) in [
        ("less", (|mean| mean < 0.0) as fn(f64) -> bool),
        ("more", |mean| 0.0 < mean),
    ] {
        let is_sure = |cell: &&CellResult| {
            let adjusted = cell.adjusted[cost].is_some_and(|p| p <= 1.0 - CONFIDENCE);
            adjusted && cell.differences[cost].is_some_and(|it| is_it(it.mean))
        };
        let names: Vec<&str> = results
            .cells
            .iter()
            .filter(is_sure)
            .map(|cell| results.grid.cells[cell.cell].name.as_str())
            .collect();
        let shown = names
            .iter()
            .take(NAMES_SHOWN)
            .copied()
            .collect::<Vec<_>>()
            .join("; ");
        let more = names.len().saturating_sub(NAMES_SHOWN);
        let more = if more == 0 {
            String::new()
        } else {
            format!(" and {more} more")
        };
        if !names.is_empty() {
            notes.push(format!(
                "surely {word} than the baseline (95 % for all cells together, Holm): {shown}{more}"
            ));
        }
    }
    notes
}

/// Cells that were given up before their interval was narrow enough.
pub(super) fn wide_or_not(grid: &Grid, cells: &[CellResult], runs: &SweepRuns) -> Option<String> {
    let until = grid.replications.until.as_ref()?;
    let mut measures = runs.measures.iter();
    let measure = measures.position(|it| it.name == until.measure)?;
    let is_wide = |cell: &&CellResult| {
        let mean = cell.means[measure];
        let half = mean.and_then(|it| it.half_width);
        !mean
            .zip(half)
            .is_some_and(|(mean, half)| until.within.is_met(mean.mean, half))
    };
    let without = cells.iter().filter(|cell| cell.means[measure].is_none());
    let without = without.count();
    if 0 < without {
        let (name, all) = (&until.measure, cells.len());
        let which = match without == all {
            true => "no run".to_owned(),
            false => format!("in {without} of {all} cells no run"),
        };
        return Some(format!(
            "{which} has a value of {name}, so that there is no interval to be narrow: it ended \
             after {} replications; ask for another measure in replications.until",
            runs.rows
                .iter()
                .map(|row| row.replication + 1)
                .max()
                .unwrap_or(0)
        ));
    }
    let wide = cells.iter().filter(is_wide).count();
    // What was cut short is said by itself.
    (0 < wide && runs.complete).then(|| {
        let most = grid.replications.at_most;
        format!(
            "{wide} of {} cells are wider than asked after {most} runs: allow more with \
             replications.atMost",
            cells.len()
        )
    })
}

/// What pairing brought for the cost, over all cells.
fn gain(results: &SweepResults<'_>) -> Option<String> {
    let is_cost = |kind: &MeasureKind| *kind == MeasureKind::CostMonth;
    let mut measures = results.runs.measures.iter();
    let cost = measures.position(|it| is_cost(&it.kind))?;
    let ratio = |cell: &CellResult| cell.differences[cost]?.variance_ratio;
    let mut ratios: Vec<f64> = results.cells.iter().filter_map(ratio).collect();
    ratios.sort_by(f64::total_cmp);
    let (least, most) = (ratios.first()?, ratios.last()?);
    let [least, most] = [*least, *most].map(wording::times);
    let times = match least == most {
        true => least,
        false => format!("{least} to {most}"),
    };
    Some(format!(
        "every cell met the same draws: with separate ones, cost differences as sure as these \
         would take {times} times as many runs"
    ))
}
