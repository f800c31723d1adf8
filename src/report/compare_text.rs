//! Scenarios beside one another: a table of their numbers and the sentences that may be said of
//! them.

mod notes;

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::axis::Unit;
use super::interval::{self, unit_of_measure};
use super::sweep_charts::objective_scale;
use super::sweep_text::objective_unit;
use super::table::{Align, Cell, Colour, Table, Tone};
use super::wording;
use crate::experiment::cell::Grid;
use crate::experiment::comparison::CellResult;
use crate::experiment::measure::MeasureKind;
use crate::experiment::side_by_side::{Change, Line, What, held};
use crate::experiment::statistics::{CONFIDENCE, MeanInterval};
use crate::experiment::sweep::SweepRuns;

/// Scenarios played and compared.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'a> {
    /// The scenarios; the first is the one that others are compared with.
    pub grid: &'a Grid,
    /// Their runs.
    pub runs: &'a SweepRuns,
    /// Their results, in their order.
    pub cells: &'a [CellResult],
    /// Their numbers.
    pub lines: &'a [Line],
    /// The seed of all of them.
    pub seed: u64,
}

impl Compared<'_> {
    /// The comparison as a text for people.
    pub fn render(&self, colour: Colour) -> String {
        let mut text = String::new();
        // Writing to a String can't fail.
        let mut line = |words: &str| {
            let _ = writeln!(text, "{words}");
        };
        let names: Vec<&str> = self.grid.cells.iter().map(|it| it.name.as_str()).collect();
        line(&format!(
            "{} against {}: {} replications, seed {}, the same draws in each",
            names[1..].join(", "),
            names[0],
            self.replications(),
            self.seed
        ));
        line("");
        line(&self.table().render(colour));
        for sentence in self.sentences() {
            line(&sentence);
        }
        for note in self.notes() {
            line(&note);
        }
        text
    }

    fn replications(&self) -> String {
        let counts = self.cells.iter().map(|cell| cell.runs);
        let (least, most) = (counts.clone().min(), counts.max());
        match (least, most) {
            (Some(least), Some(most)) if least < most => format!("{least} to {most}"),
            (least, _) => least.unwrap_or(0).to_string(),
        }
    }

    fn table(&self) -> Table {
        let mut columns: Vec<(String, Align)> = vec![(String::new(), Align::Left)];
        for (index, cell) in self.grid.cells.iter().enumerate() {
            columns.push((cell.name.clone(), Align::Right));
            if index != self.grid.baseline {
                columns.push(("difference".to_owned(), Align::Right));
            }
        }
        let columns: Vec<(&str, Align)> = columns.iter().map(|it| (it.0.as_str(), it.1)).collect();
        let mut table = Table::new(&columns);
        for line in self.lines {
            let shown = self.shown(&line.what);
            let mut cells: Vec<Cell> = vec![self.title(&line.what).into()];
            for (index, mean) in line.means.iter().enumerate() {
                let text = mean.map_or_else(|| "–".to_owned(), |mean| shown.interval(&mean));
                cells.push(text.into());
                if index != self.grid.baseline {
                    cells.push(
                        line.changes[index]
                            .map_or_else(|| Cell::from("–"), |change| shown.change(&change)),
                    );
                }
            }
            table.row(cells);
            if let What::Objective(text) = &line.what {
                table.row(self.held_row(text));
            }
        }
        table
    }

    /// How often an objective held in each scenario.
    fn held_row(&self, text: &str) -> Vec<Cell> {
        let mut cells: Vec<Cell> = vec![Cell::new("  held in", Tone::Faint)];
        for index in 0..self.grid.cells.len() {
            let share = held(self.grid, self.cells, (index, text));
            cells.push(share.map_or_else(|| "–".into(), super::sweep_text::held));
            if index != self.grid.baseline {
                cells.push("".into());
            }
        }
        cells
    }

    fn title(&self, what: &What) -> String {
        let measure = match what {
            What::Objective(text) => return text.clone(),
            What::Measure(index) => &self.runs.measures[*index],
        };
        match measure.kind {
            MeasureKind::CostMonth => "cost a month",
            MeasureKind::CostPerMillionRequests => "cost a million requests",
            MeasureKind::Failed => "failed requests",
            MeasureKind::ResponseMean => "mean response time",
            MeasureKind::ResponseP99 => "p99 response time",
            MeasureKind::LaunchDelayP95 => "p95 wait for a task",
            MeasureKind::TasksMean => "running tasks",
            MeasureKind::Interruptions => "interrupted tasks",
            _ => return measure.name.clone(),
        }
        .to_owned()
    }

    fn shown(&self, what: &What) -> Shown {
        match what {
            What::Measure(index) => {
                let name = &self.runs.measures[*index].name;
                Shown {
                    unit: unit_of_measure(name),
                    scale: 1.0,
                }
            }
            What::Objective(text) => {
                let objectives = self.grid.cells.iter().flat_map(|it| &it.plan.objectives);
                let found = objectives.into_iter().find(|it| it.text == *text);
                Shown {
                    unit: found.map_or(Unit::Count, objective_unit),
                    scale: found.map_or(1.0, objective_scale),
                }
            }
        }
    }

    /// What may be said of each scenario against the first.
    fn sentences(&self) -> Vec<String> {
        let others = (0..self.grid.cells.len()).filter(|cell| *cell != self.grid.baseline);
        others.map(|cell| self.sentence(cell)).collect()
    }

    fn sentence(&self, cell: usize) -> String {
        let name = &self.grid.cells[cell].name;
        let mut sure: Vec<String> = Vec::new();
        for line in self.lines {
            let change = line.changes[cell].filter(Change::is_sure);
            if let (Some(change), What::Measure(index)) = (change, &line.what) {
                let words = self.words(self.runs.measures[*index].kind.clone(), &change, line);
                sure.extend(words);
            }
        }
        match (sure.is_empty(), self.grid.replications.at_most) {
            (_, 1) => {
                format!("{name}: one run says nothing of chance; ask for more with --replications")
            }
            (true, _) => format!("{name}: no difference is sure at 95 % for all of them together"),
            (false, _) => format!(
                "{name} is {} (95 % for all of them together)",
                sure.join(", ")
            ),
        }
    }

    fn words(&self, kind: MeasureKind, change: &Change, line: &Line) -> Option<String> {
        let (less, more) = match kind {
            MeasureKind::CostMonth => ("cheaper", "dearer"),
            MeasureKind::ResponseMean => (
                "shorter in the mean response time",
                "longer in the mean response time",
            ),
            MeasureKind::ResponseP99 => (
                "shorter in the p99 response time",
                "longer in the p99 response time",
            ),
            MeasureKind::LaunchDelayP95 => (
                "shorter in the p95 wait for a task",
                "longer in the p95 wait for a task",
            ),
            MeasureKind::Failed => ("lower in failed requests", "higher in failed requests"),
            MeasureKind::Interruptions => {
                ("lower in interrupted tasks", "higher in interrupted tasks")
            }
            _ => return None,
        };
        let word = if change.difference.mean < 0.0 {
            less
        } else {
            more
        };
        let amount = match (kind, change.relative) {
            (MeasureKind::CostMonth, Some(relative)) => percent_of(&relative),
            _ => {
                let difference = MeanInterval {
                    mean: change.difference.mean.abs(),
                    count: change.difference.count,
                    half_width: change.difference.half_width,
                };
                self.shown(&line.what).difference(&difference)
            }
        };
        Some(format!("{amount} {word}"))
    }

    /// The comparison for programs.
    pub fn json(&self) -> Value {
        let names: Vec<&str> = self.grid.cells.iter().map(|it| it.name.as_str()).collect();
        let lines = self.lines.iter().map(|line| {
            let what = match &line.what {
                What::Measure(index) => self.runs.measures[*index].name.clone(),
                What::Objective(text) => text.clone(),
            };
            let mut scenarios = Map::new();
            for (index, name) in names.iter().enumerate() {
                let share = match &line.what {
                    What::Objective(text) => held(self.grid, self.cells, (index, text)),
                    What::Measure(_) => None,
                };
                let change = line.changes[index];
                let entry = json!({
                    "mean": line.means[index],
                    "held": share,
                    "difference": change.map(|it| it.difference),
                    "relative_difference": change.and_then(|it| it.relative),
                    "p_value_of_all_lines": change.and_then(|it| it.adjusted),
                    "is_sure": change.map(|it| it.is_sure()),
                });
                scenarios.insert((*name).to_owned(), entry);
            }
            json!({ "what": what, "scenarios": scenarios })
        });
        json!({
            "baseline": names[self.grid.baseline],
            "scenarios": names,
            "seed": self.seed,
            "runs": self.cells.iter().map(|cell| cell.runs).collect::<Vec<_>>(),
            "complete": self.runs.complete,
            "confidence": CONFIDENCE,
            "lines": lines.collect::<Vec<_>>(),
            "sentences": self.sentences(),
        })
    }
}

/// How a number is shown.
struct Shown {
    unit: Unit,
    scale: f64,
}

impl Shown {
    fn interval(&self, interval: &MeanInterval) -> String {
        interval::shown(interval, &self.unit, self.scale)
    }

    /// A difference: of percentages in points, as percent of percent would be something else.
    fn difference(&self, interval: &MeanInterval) -> String {
        let text = self.interval(interval);
        match self.unit {
            Unit::Percent => format!("{} points", text.replace(" %", "")),
            _ => text,
        }
    }

    /// `−18.5 % ± 0.9 % *` of a cost, `+9 ms ± 2 ms *` of anything else.
    fn change(&self, change: &Change) -> Cell {
        let star = if change.is_sure() { " *" } else { "" };
        let text = match (&self.unit, change.relative) {
            (Unit::Usd, Some(relative)) => {
                let sign = if relative.mean < 0.0 { "−" } else { "+" };
                format!("{sign}{}", percent_of(&relative))
            }
            _ => {
                let difference = &change.difference;
                let sign = if 0.0 < difference.mean { "+" } else { "" };
                let interval = MeanInterval {
                    count: difference.count,
                    mean: difference.mean,
                    half_width: difference.half_width,
                };
                format!("{sign}{}", self.difference(&interval))
            }
        };
        let tone = if change.is_sure() {
            Tone::Strong
        } else {
            Tone::Faint
        };
        Cell::new(format!("{text}{star}"), tone)
    }
}

fn in_percent(share: f64, half_width: f64) -> String {
    interval::in_unit(100.0 * share, Some(100.0 * half_width), &Unit::Percent)
}

/// `12.1 % ± 0.8 %`, without its sign.
fn percent_of(relative: &MeanInterval) -> String {
    match relative.half_width {
        Some(half) => in_percent(relative.mean.abs(), half),
        None => wording::share(relative.mean.abs()),
    }
}
