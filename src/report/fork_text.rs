//! Futures of one past beside one another: what each came to from there on.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::axis::Unit;
use super::caveats;
use super::results::summary::event_hash;
use super::sweep_charts::objective_scale;
use super::sweep_text::objective_unit;
use super::table::{Align, Cell, Colour, Table, Tone};
use super::wording;
use crate::experiment::futures::Forked;
use crate::experiment::run::PlayedRun;
use crate::scenario::plan::{ObjectivePlan, Plan};

/// A forked run.
#[derive(Clone, Copy, Debug)]
pub struct ForkText<'a> {
    /// What came out.
    pub forked: &'a Forked,
    /// The futures' names and plans; the first is the run as it was.
    pub futures: &'a [(String, Plan)],
    /// When they parted, for people.
    pub at: &'a str,
    /// Seconds from the start to where they parted.
    pub at_s: f64,
    /// Where the futures' results stand; empty where none was written.
    pub places: &'a [String],
}

/// Sums of the same numbers differ by as much of them at most.
const CRUMBS: f64 = 1e-12;

/// A number of a future.
struct Figure {
    name: &'static str,
    words: &'static str,
    unit: Unit,
    values: Vec<Option<f64>>,
}

/// A sum that grows over a run.
type Sum = fn(&PlayedRun) -> f64;

const SUMS: [(&str, &str, Unit, Sum); 6] = [
    ("cost_usd", "cost", Unit::Usd, |run| run.bill.total.usd()),
    ("requests", "requests", Unit::Count, |run| {
        total(run).requests
    }),
    ("failed_requests", "failed requests", Unit::Count, |run| {
        total(run).failed_requests
    }),
    ("tasks_started", "tasks started", Unit::Count, |run| {
        total(run).tasks.started as f64
    }),
    ("interruptions", "interrupted tasks", Unit::Count, |run| {
        total(run).tasks.interruptions as f64
    }),
    ("task_hours", "task hours", Unit::Count, |run| {
        let providers = &run.outcome.observed.summary.providers;
        providers.iter().map(|it| it.task_hours).sum()
    }),
];

fn total(run: &PlayedRun) -> &crate::observe::summary::TotalSummary {
    &run.outcome.observed.summary.total
}

impl ForkText<'_> {
    /// The futures as a table and notes.
    pub fn render(&self, colour: Colour) -> String {
        let plan = &self.futures[0].1;
        let mut text = String::new();
        // Writing to a String can't fail.
        let _ = writeln!(
            text,
            "{} parted at {}: {} futures under the same draws\n",
            plan.name,
            self.at,
            self.futures.len()
        );
        let mut columns = vec![("from there on", Align::Left)];
        for (index, (name, _)) in self.futures.iter().enumerate() {
            columns.push((name, Align::Right));
            if 0 < index {
                columns.push(("difference", Align::Right));
            }
        }
        let mut table = Table::new(&columns);
        for figure in self.rest() {
            table.row(row(figure.words.to_owned(), &figure.unit, &figure.values));
        }
        let whole = self.of_the_whole();
        if !whole.is_empty() {
            table.rule();
            table.row([Cell::new("of the whole run", Tone::Faint)]);
        }
        for (words, unit, values) in whole {
            table.row(row(words, &unit, &values));
        }
        for (index, objective) in plan.objectives.iter().enumerate() {
            table.row(self.verdicts(index, objective));
        }
        let _ = writeln!(text, "{}", table.render(colour));
        for note in self.notes() {
            let _ = writeln!(text, "{note}");
        }
        for ((name, _), place) in self.futures.iter().zip(self.places) {
            let _ = writeln!(text, "{name}: {place}");
        }
        text
    }

    /// The same as JSON.
    pub fn json(&self) -> Value {
        let figures = self.rest();
        let future = |(index, (name, _)): (usize, &(String, Plan))| {
            let run = &self.forked.futures[index];
            let figure = |it: &Figure| (it.name.to_owned(), json!(it.values[index]));
            json!({
                "name": name,
                "from_there_on": figures.iter().map(figure).collect::<Map<_, _>>(),
                "objectives": run.objectives.iter().map(|it| json!({
                    "text": it.text,
                    "value": it.value,
                    "held": it.held,
                })).collect::<Vec<_>>(),
                "same_past": self.forked.same_past[index],
                "event_hash": event_hash(run.outcome.event_hash),
                "results": self.places.get(index),
                "caveats": run.caveats,
            })
        };
        json!({
            "version": 1,
            "scenario": self.futures[0].1.name,
            "at": self.at,
            "at_s": self.at_s,
            "futures": self.futures.iter().enumerate().map(future).collect::<Vec<_>>(),
        })
    }

    /// Sums over the rest of the run.
    fn rest(&self) -> Vec<Figure> {
        let rest = |of: Sum| -> Vec<f64> {
            let before = of(&self.forked.past);
            self.forked
                .futures
                .iter()
                .map(|run| of(run) - before)
                .collect()
        };
        let mut figures: Vec<Figure> = SUMS
            .iter()
            .map(|(name, words, unit, of)| Figure {
                name,
                words,
                unit: unit.clone(),
                values: rest(*of).into_iter().map(Some).collect(),
            })
            .collect();
        // What nobody has is left out: a cluster without services has no requests.
        figures.retain(|it| it.values.iter().flatten().any(|value| *value != 0.0));
        figures
    }

    /// What can't be told of a part of the run: means and quantiles of response times, waits.
    fn of_the_whole(&self) -> Vec<(String, Unit, Vec<Option<f64>>)> {
        let runs = || self.forked.futures.iter();
        let mean: Vec<_> = runs().map(|run| total(run).response.mean_s).collect();
        let p99: Vec<_> = runs().map(|run| total(run).response.p99_s).collect();
        let mut all = vec![
            ("mean response time".to_owned(), Unit::Seconds, mean),
            ("p99 response time".to_owned(), Unit::Seconds, p99),
        ];
        let wait: Vec<_> = runs()
            .map(|run| total(run).tasks.launch_delay.p95_s)
            .collect();
        all.push(("p95 wait for a task".to_owned(), Unit::Seconds, wait));
        all.retain(|(.., values)| values.iter().any(Option::is_some));
        all
    }

    fn verdicts(&self, index: usize, objective: &ObjectivePlan) -> Vec<Cell> {
        let (unit, scale) = (objective_unit(objective), objective_scale(objective));
        let mut cells: Vec<Cell> = vec![objective.text.clone().into()];
        for (future, run) in self.forked.futures.iter().enumerate() {
            let verdict = &run.objectives[index];
            let value = verdict
                .value
                .map_or_else(|| "–".to_owned(), |it| unit.show(it * scale));
            cells.push(match verdict.held {
                Some(true) => Cell::new(format!("{value} held"), Tone::Good),
                Some(false) => Cell::new(format!("{value} broken"), Tone::Bad),
                None => value.into(),
            });
            if 0 < future {
                cells.push("".into());
            }
        }
        cells
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let names = self.futures.iter().zip(&self.forked.same_past);
        for ((name, _), _) in names.filter(|(_, same)| !**same) {
            notes.push(format!(
                "{name} did not have the same past: what it changes came to bear before; its \
                 figures are those of its whole run less the other's past"
            ));
        }
        let one = "one run each: what chance does to the difference, fleetcast compare says, of \
                   the futures' scenario.yaml";
        if !self.places.is_empty() {
            notes.push(one.to_owned());
        }
        let futures = self.forked.futures.iter();
        let known = caveats::together(futures.map(|run| run.caveats.as_slice()));
        notes.extend(caveats::notes(&known, "--json"));
        notes
    }
}

fn row(words: String, unit: &Unit, values: &[Option<f64>]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = vec![words.into()];
    for (index, value) in values.iter().enumerate() {
        cells.push(value.map_or_else(|| "–".into(), |it| unit.show(it).into()));
        if 0 < index {
            let both = value.zip(values[0]);
            cells.push(both.map_or_else(|| "–".into(), |both| signed(unit, both)));
        }
    }
    cells
}

/// A difference with its sign, in as many digits as it takes to be one; none is said in full.
fn signed(unit: &Unit, (new, old): (f64, f64)) -> Cell {
    let difference = new - old;
    if difference.abs() <= CRUMBS * new.abs().max(old.abs()) {
        return Cell::new("same", Tone::Faint);
    }
    let shown = match wording::width(difference.abs(), unit) {
        // Of seconds nobody asks below a microsecond, and of amounts below a millionth.
        shown if shown == unit.show(0.0) => format!("less than {}", least(unit)),
        shown => shown,
    };
    let sign = if difference < 0.0 { "-" } else { "+" };
    format!("{sign}{shown}").into()
}

/// What is not shown below.
fn least(unit: &Unit) -> &'static str {
    match unit {
        Unit::Usd => "$0.000001",
        Unit::Seconds => "1 µs",
        Unit::Count | Unit::Percent => "any digit shown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_the_same_is_called_the_same() {
        let of = |unit: Unit, new: f64, old: f64| signed(&unit, (new, old)).text().to_owned();
        assert_eq!(of(Unit::Usd, 12.3, 12.3), "same");
        assert_eq!(of(Unit::Usd, 12.303, 12.3), "+$0.003");
        assert_eq!(of(Unit::Usd, 12.3, 14.0), "-$1.70");
        assert_eq!(of(Unit::Count, 1_000.000_4, 1_000.0), "+0.0004");
        assert_eq!(of(Unit::Usd, 1.000_000_1, 1.0), "+less than $0.000001");
        // Sums in another order.
        assert_eq!(of(Unit::Count, 0.1 + 0.2, 0.3), "same");
    }
}
