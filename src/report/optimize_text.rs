//! The cheapest cell that keeps all objectives: a table of the cells and what may be said of the
//! best.

use std::fmt::Write;

use serde_json::{Value, json};

use super::axis::Unit;
use super::interval::{self, unit_of_measure};
use super::table::{Align, Cell, Colour, Table, Tone};
use super::wording;
use crate::experiment::cell::Grid;
use crate::experiment::optimize::{Candidate, OptimizePlan, Optimum, Standing};
use crate::experiment::statistics::MeanInterval;

/// Cells shown on a terminal.
const CELLS_SHOWN: usize = 30;

/// A search that came to its end.
#[derive(Clone, Copy, Debug)]
pub struct Searched<'a> {
    /// The scenario's name.
    pub scenario: &'a str,
    /// Its seed.
    pub seed: u64,
    /// What was asked.
    pub plan: &'a OptimizePlan,
    /// The cells.
    pub grid: &'a Grid,
    /// What came out.
    pub optimum: &'a Optimum,
}

impl Searched<'_> {
    /// For people.
    pub fn render(&self, colour: Colour) -> String {
        let mut text = String::new();
        // Writing to a String can't fail.
        let mut line = |words: &str| {
            let _ = writeln!(text, "{words}");
        };
        line(&format!(
            "{}: the least {} of {} cells that keep all objectives, seed {}, {} runs",
            self.scenario,
            self.plan.minimize,
            self.grid.cells.len(),
            self.seed,
            wording::count(self.optimum.runs as f64)
        ));
        for (index, objective) in self.objectives().iter().enumerate() {
            line(&format!("  [{}] {objective}", index + 1));
        }
        line("");
        line(&self.table().render(colour));
        if CELLS_SHOWN < self.grid.cells.len() {
            line(&format!(
                "… and {} more cells",
                self.grid.cells.len() - CELLS_SHOWN
            ));
        }
        for sentence in self.sentences() {
            line(&sentence);
        }
        text
    }

    /// The texts of the objectives of the cell with the most.
    fn objectives(&self) -> Vec<String> {
        let cells = self.grid.cells.iter().map(|it| &it.plan.objectives);
        let most = cells.max_by_key(|objectives| objectives.len());
        most.map_or_else(Vec::new, |it| it.iter().map(|it| it.text.clone()).collect())
    }

    /// The cells: the best first, then those that were left, were beaten, break an objective; each
    /// by its value.
    fn ranked(&self) -> Vec<&Candidate> {
        let rank = |candidate: &Candidate| match candidate.standing {
            Standing::Left => 0,
            Standing::Beaten(_) => 1,
            Standing::Breaks(_) => 2,
        };
        let mean = |candidate: &Candidate| candidate.value.map_or(f64::MAX, |it| it.mean);
        let mut ranked: Vec<&Candidate> = self.optimum.candidates.iter().collect();
        ranked.sort_by(|a, b| rank(a).cmp(&rank(b)).then(mean(a).total_cmp(&mean(b))));
        ranked
    }

    fn table(&self) -> Table {
        let mut columns: Vec<(&str, Align)> = Vec::new();
        columns.extend(
            self.grid
                .parameters
                .iter()
                .map(|it| (it.as_str(), Align::Right)),
        );
        columns.extend([
            (self.plan.minimize.as_str(), Align::Right),
            ("runs", Align::Right),
            ("", Align::Left),
        ]);
        let mut table = Table::new(&columns);
        for candidate in self.ranked().into_iter().take(CELLS_SHOWN) {
            let labels = &self.grid.cells[candidate.cell].labels;
            let mut cells: Vec<Cell> = labels.iter().map(|it| it.as_str().into()).collect();
            let value = candidate.value.as_ref();
            cells.push(
                value
                    .map_or_else(|| "–".to_owned(), |it| self.interval(it))
                    .into(),
            );
            cells.push(candidate.rows.len().to_string().into());
            let is_best = self.optimum.best == Some(candidate.cell);
            cells.push(match candidate.standing {
                Standing::Left if is_best => Cell::new("best", Tone::Good),
                Standing::Left => Cell::new("may be as good", Tone::Plain),
                Standing::Beaten(by) => {
                    let words = format!("behind {}", self.grid.cells[by].name);
                    Cell::new(words, Tone::Faint)
                }
                Standing::Breaks(index) => Cell::new(self.broken(candidate, index), Tone::Bad),
            });
            table.row(cells);
        }
        table
    }

    fn broken(&self, candidate: &Candidate, index: usize) -> String {
        let over = &candidate.objectives[index];
        match over.judged_runs {
            0 => format!("[{}] could not be judged", index + 1),
            _ => format!(
                "breaks [{}]: held in {} of {} runs",
                index + 1,
                over.held_runs,
                over.judged_runs
            ),
        }
    }

    /// How sure the result is, and what would make it surer.
    fn sentences(&self) -> Vec<String> {
        let Some(best) = self.optimum.best else {
            return self.none_is_feasible();
        };
        let candidate = &self.optimum.candidates[best];
        let name = &self.grid.cells[best].name;
        let value = candidate
            .value
            .as_ref()
            .map_or_else(String::new, |it| self.interval(it));
        let mut sentences = vec![format!("best: {name}: {} {value}", self.plan.minimize)];
        let confidence = wording::share(self.plan.confidence);
        let width = self.unit().show(self.optimum.indifference);
        let others = self.left().len() - 1;
        sentences.push(match (self.optimum.is_settled, others) {
            (true, _) => format!(
                "with a probability of {confidence} no other cell that keeps all objectives is \
                 better by more than {width} (Kim and Nelson 2001)"
            ),
            (false, 0) => "the selection is over, the objectives are not sure yet".to_owned(),
            (false, _) => format!(
                "not settled: {} can't be told from it by {width} yet",
                wording::counted(others as u64, "other cell")
            ),
        });
        for (index, over) in candidate.objectives.iter().enumerate() {
            let sure = match (over.probability, over.is_sure) {
                (None, _) => String::new(),
                (Some(_), true) => ", which is sure".to_owned(),
                (Some(wanted), false) => format!(", {} wanted", wording::share(wanted)),
            };
            sentences.push(format!(
                "[{}] held in {} of {} runs: one may be 95 % sure of at least {}{sure}",
                index + 1,
                over.held_runs,
                over.judged_runs,
                wording::share(over.at_least)
            ));
        }
        if let (false, Some(more)) = (self.optimum.is_settled, self.optimum.runs_more) {
            sentences.push(format!(
                "about {} more runs would settle it: optimize.runs, or --runs",
                wording::count(more as f64)
            ));
        }
        sentences
    }

    fn left(&self) -> Vec<usize> {
        let is_left = |it: &&Candidate| it.standing == Standing::Left;
        let left = self.optimum.candidates.iter().filter(is_left);
        left.map(|it| it.cell).collect()
    }

    /// Which cell came nearest.
    fn none_is_feasible(&self) -> Vec<String> {
        let least_held = |candidate: &Candidate| {
            let shares = candidate
                .objectives
                .iter()
                .map(|over| match over.judged_runs {
                    0 => 0.0,
                    judged => over.held_runs as f64 / judged as f64,
                });
            shares.fold(1.0, f64::min)
        };
        let mean = |candidate: &Candidate| candidate.value.map_or(f64::MAX, |it| it.mean);
        let nearest = self.optimum.candidates.iter().max_by(|a, b| {
            let held = least_held(a).total_cmp(&least_held(b));
            held.then(mean(b).total_cmp(&mean(a)))
        });
        let mut sentences = vec!["no cell keeps all objectives".to_owned()];
        if let Some(candidate) = nearest
            && let Standing::Breaks(index) = candidate.standing
        {
            sentences.push(format!(
                "the nearest miss: {}: {}",
                self.grid.cells[candidate.cell].name,
                self.broken(candidate, index)
            ));
        }
        sentences
    }

    fn unit(&self) -> Unit {
        unit_of_measure(&self.plan.minimize)
    }

    fn interval(&self, interval: &MeanInterval) -> String {
        interval::shown(interval, &self.unit(), 1.0)
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let cells = self.ranked().into_iter().map(|candidate| {
            let cell = &self.grid.cells[candidate.cell];
            let (standing, by, broken) = match candidate.standing {
                Standing::Left => ("left", None, None),
                Standing::Beaten(by) => ("beaten", Some(&self.grid.cells[by].name), None),
                Standing::Breaks(index) => ("breaks", None, Some(index + 1)),
            };
            json!({
                "cell": candidate.cell,
                "name": cell.name,
                "labels": cell.labels,
                "standing": standing,
                "beaten_by": by,
                "breaks_objective": broken,
                "value": candidate.value,
                "runs": candidate.rows.len(),
                "objectives": candidate.objectives,
            })
        });
        json!({
            "scenario": self.scenario,
            "seed": self.seed,
            "minimize": self.plan.minimize,
            "confidence": self.plan.confidence,
            "indifference": self.optimum.indifference,
            "parameters": self.grid.parameters,
            "best": self.optimum.best.map(|best| &self.grid.cells[best].name),
            "is_settled": self.optimum.is_settled,
            "runs": self.optimum.runs,
            "runs_more": self.optimum.runs_more,
            "objectives": self.objectives(),
            "sentences": self.sentences(),
            "cells": cells.collect::<Vec<_>>(),
        })
    }
}
