//! The cheapest cell that keeps all objectives: a table of the cells and what may be said of the
//! best.

use std::fmt::Write;

use serde_json::{Value, json};

use super::axis::Unit;
use super::interval::{self, unit_of_measure};
use super::table::{Align, Cell, Colour, Table, Tone};
use super::wording;
use crate::experiment::cell::Grid;
use crate::experiment::optimize::{Candidate, Ended, OptimizePlan, Optimum, Searching, Standing};
use crate::experiment::pilots::SweepWarmUp;
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
            "{}: the least {} of {} cells{} that keep all objectives, seed {}, {} runs",
            self.scenario,
            self.plan.minimize,
            self.grid.cells.len(),
            self.space(),
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

    /// Of how many the cells are a part.
    fn space(&self) -> String {
        let space = self.optimum.search.as_ref().map(|it| it.space);
        match space {
            None => String::new(),
            Some(None) => " searched in a continuous space".to_owned(),
            Some(Some(all)) => format!(" searched of {}", wording::count(all as f64)),
        }
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
            Standing::Dropped => 2,
            Standing::Breaks(_) => 3,
        };
        let mut ranked: Vec<&Candidate> = self.optimum.candidates.iter().collect();
        ranked.sort_by(|a, b| {
            let by_rank = rank(a).cmp(&rank(b));
            by_rank.then(a.mean().total_cmp(&b.mean()))
        });
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
            cells.push(candidate.runs().to_string().into());
            let is_best = self.optimum.best == Some(candidate.cell);
            cells.push(match candidate.standing {
                Standing::Left if is_best => Cell::new("best", Tone::Good),
                Standing::Left if candidate.runs() == 0 => Cell::new("not played", Tone::Faint),
                Standing::Left => Cell::new("may be as good", Tone::Plain),
                Standing::Beaten(by) => {
                    let words = format!("behind {}", self.grid.cells[by].name);
                    Cell::new(words, Tone::Faint)
                }
                Standing::Dropped => Cell::new("promised less than others", Tone::Faint),
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
        sentences.push(self.how_sure());
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
        sentences.extend(self.notes());
        sentences
    }

    /// What may be said of the others.
    fn how_sure(&self) -> String {
        let confidence = wording::share(self.plan.confidence);
        let Some(width) = self.optimum.indifference else {
            return "it is the best of few runs: no selection was made, and nothing is sure"
                .to_owned();
        };
        let width = self.unit().show(width);
        let others = self.left().len() - 1;
        let among = match &self.optimum.search {
            None => "cell that keeps all objectives".to_owned(),
            Some(search) => format!("of the {} finalists", search.finalists),
        };
        match (self.optimum.is_settled, others) {
            (true, _) => format!(
                "with a probability of {confidence} no other {among} is better by more than \
                 {width} (Kim and Nelson 2001)"
            ),
            (false, 0) => "the selection is over, the objectives are not sure yet".to_owned(),
            (false, _) => format!(
                "not settled: {} can't be told from it by {width} yet",
                wording::counted(others as u64, "other cell")
            ),
        }
    }

    /// How it was searched, and what ended it.
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(search) = &self.optimum.search {
            notes.extend(said_of_search(search));
        }
        if let Some(SweepWarmUp::Found(found)) = &self.grid.warm_up {
            notes.extend(found.notes());
        }
        match self.optimum.ended {
            Ended::Settled => {}
            Ended::Runs => notes.push("ended as the runs were used up".to_owned()),
            Ended::Time => notes.push("ended as the time was used up".to_owned()),
            Ended::Cancelled => notes.push("ended before its end, as was asked".to_owned()),
        }
        if !self.is_reproducible() {
            let words = "what was played depends on how fast this machine is: the same file and \
                         seed may come to another result";
            notes.push(words.to_owned());
        }
        notes
    }

    /// Whether the same file and seed give the same again.
    fn is_reproducible(&self) -> bool {
        let is_cut = matches!(self.optimum.ended, Ended::Time | Ended::Cancelled);
        self.plan.time.is_none() && !is_cut
    }

    fn left(&self) -> Vec<usize> {
        let is_left = |it: &&Candidate| it.standing == Standing::Left;
        let left = self.optimum.candidates.iter().filter(is_left);
        left.map(|it| it.cell).collect()
    }

    /// Which cell came nearest.
    fn none_is_feasible(&self) -> Vec<String> {
        let mut sentences = vec![match (self.optimum.ended, &self.optimum.search) {
            (Ended::Settled, None) => "no cell keeps all objectives".to_owned(),
            (Ended::Settled, Some(_)) => {
                "no cell that was searched keeps all objectives".to_owned()
            }
            (Ended::Runs | Ended::Time | Ended::Cancelled, _) => {
                "no cell is known to keep all objectives".to_owned()
            }
        }];
        let nearest = self.optimum.nearest;
        if let Some(candidate) = nearest.map(|it| &self.optimum.candidates[it])
            && let Standing::Breaks(index) = candidate.standing
        {
            sentences.push(format!(
                "the nearest miss: {}: {}",
                self.grid.cells[candidate.cell].name,
                self.broken(candidate, index)
            ));
        }
        sentences.extend(self.notes());
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
                Standing::Dropped => ("dropped", None, None),
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
                "runs": candidate.runs(),
                "runs_before_selection": candidate.searched.len(),
                "miss": candidate.miss,
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
            "ended_by": match self.optimum.ended {
                Ended::Settled => "settled",
                Ended::Runs => "runs",
                Ended::Time => "time",
                Ended::Cancelled => "cancelled",
            },
            "is_reproducible": self.is_reproducible(),
            "search": self.optimum.search.as_ref().map(search_json),
            "runs": self.optimum.runs,
            "runs_more": self.optimum.runs_more,
            "objectives": self.objectives(),
            "sentences": self.sentences(),
            "cells": cells.collect::<Vec<_>>(),
        })
    }
}

fn said_of_search(search: &Searching) -> Vec<String> {
    let rungs: Vec<String> = search
        .rungs
        .iter()
        .map(|(replications, cells)| format!("{cells} cells {replications} times"))
        .collect();
    let mut said = vec![format!(
        "searched: {}; {} went into the selection and were played anew, under draws that had no \
         part in choosing them",
        rungs.join(", "),
        wording::counted(search.finalists as u64, "finalist")
    )];
    if 0 < search.finalists {
        let words = "of cells that were left before the selection, or were never proposed, no \
                     probability is known: one of them may be better";
        said.push(words.to_owned());
    }
    said.extend(search.notes.iter().cloned());
    said
}

fn search_json(search: &Searching) -> Value {
    let rungs = search.rungs.iter();
    let rungs =
        rungs.map(|(replications, cells)| json!({ "replications": replications, "cells": cells }));
    json!({
        "proposed_by": "tree-structured Parzen estimator",
        "points_in_space": search.space,
        "rungs": rungs.collect::<Vec<_>>(),
        "finalists": search.finalists,
        "confidence_holds_among": "finalists",
        "notes": search.notes,
    })
}
