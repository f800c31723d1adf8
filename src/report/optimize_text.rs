//! The cheapest cell that keeps all objectives: a table of the cells and what may be said of the
//! best.

use std::fmt::Write;

use super::axis::Unit;
use super::caveats::{self, Caveat};
use super::interval::{self, unit_of_measure};
use super::table::{Align, Cell, Colour, Table, Tone};
use super::wording;
use crate::experiment::cell::Grid;
use crate::experiment::measure::Measure;
use crate::experiment::optimize::{Candidate, Ended, OptimizePlan, Optimum, Searching, Standing};
use crate::experiment::pilots::SweepWarmUp;
use crate::experiment::selection::RARE;
use crate::experiment::statistics::{MeanInterval, PairedDifference};

mod json;
mod miss;

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
        if self.optimum.best.is_some() {
            line("± 95 % each by itself; against best: paired by replication");
        }
        if CELLS_SHOWN < self.grid.cells.len() {
            line(&format!(
                "… and {} more cells",
                self.grid.cells.len() - CELLS_SHOWN
            ));
        }
        for sentence in self.sentences() {
            line(&sentence);
        }
        for note in caveats::notes(&self.caveats(), "--json") {
            line(&note);
        }
        text
    }

    /// What to know of the runs before believing them; of each cell the first run has it.
    fn caveats(&self) -> Vec<Caveat<'_>> {
        let candidates = self.optimum.candidates.iter();
        let rows = candidates.flat_map(|it| it.rows.iter().chain(&it.searched));
        caveats::together(rows.map(|row| row.caveats.as_slice()))
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
            Standing::Valueless => 4,
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
            ("against best", Align::Right),
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
            let above = self.above_best(candidate);
            let shown = above.map(|it| interval::difference(&as_interval(&it), &self.unit()));
            cells.push(shown.unwrap_or_else(|| "–".to_owned()).into());
            cells.push(candidate.runs().to_string().into());
            cells.push(self.standing(candidate, above));
            table.row(cells);
        }
        table
    }

    /// How far a cell lies above the best one.
    fn above_best(&self, candidate: &Candidate) -> Option<PairedDifference> {
        let best = self.optimum.best.filter(|best| *best != candidate.cell)?;
        let named = |it: &Measure| it.name == self.plan.minimize;
        let measure = self.grid.measures.iter().position(named)?;
        candidate.above(&self.optimum.candidates[best], measure)
    }

    fn standing(&self, candidate: &Candidate, above: Option<PairedDifference>) -> Cell {
        let is_best = self.optimum.best == Some(candidate.cell);
        let is_worse = above.is_some_and(|it| it.half_width.is_some_and(|half| half < it.mean));
        match candidate.standing {
            Standing::Left if is_best => Cell::new("best", Tone::Good),
            Standing::Left if candidate.runs() == 0 => Cell::new("not played", Tone::Faint),
            Standing::Left if is_worse => Cell::new("worse so far, not settled", Tone::Plain),
            Standing::Left => Cell::new("may be as good", Tone::Plain),
            Standing::Beaten(by) => {
                let words = format!("behind {}", self.grid.cells[by].name);
                Cell::new(words, Tone::Faint)
            }
            Standing::Dropped => Cell::new("promised less than others", Tone::Faint),
            Standing::Breaks(index) => Cell::new(self.broken(candidate, index), Tone::Bad),
            Standing::Valueless => Cell::new("no run has a value", Tone::Faint),
        }
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
        sentences.extend(self.still());
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
                "about {} more runs would settle it if they went like these: optimize.runs, or \
                 --runs; a larger optimize.indifference takes fewer",
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
        let width = wording::width(width, &self.unit());
        let others = self.left().len() - 1;
        let among = match &self.optimum.search {
            None => "the cells that keep all objectives".to_owned(),
            Some(search) => format!("the {} finalists", search.finalists),
        };
        let is_beaten = |it: &Candidate| matches!(it.standing, Standing::Beaten(_));
        let has_others = self.optimum.candidates.iter().any(is_beaten);
        match (self.optimum.is_settled, others) {
            (true, _) if !has_others => {
                "no other cell was left that keeps all objectives".to_owned()
            }
            // No more than this is proven: where the two best are nearer to one another, either may
            // have been given up for the other.
            (true, _) => format!(
                "if one of {among} is better than all others by {width} or more, it is this one \
                 with a probability of {confidence} (Kim and Nelson 2001)"
            ),
            (false, 0) => "the selection is over, the objectives are not sure yet".to_owned(),
            (false, _) => format!(
                "not settled: {} can't be told from it by {width} yet",
                wording::counted(others as u64, "other cell")
            ),
        }
    }

    /// What the selection cannot have seen.
    fn still(&self) -> Option<String> {
        let (cells, runs) = self.optimum.still?;
        let rare = wording::share(RARE);
        Some(format!(
            "{} given up over a difference that was the same in all of {runs} runs: what happens \
             in fewer than {rare} of runs may not have been met",
            match cells {
                1 => "1 cell was".to_owned(),
                _ => format!("{} were", wording::counted(cells as u64, "cell")),
            }
        ))
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
        let is_valueless = |it: &Candidate| it.standing == Standing::Valueless;
        let measured = !self.optimum.candidates.iter().any(is_valueless);
        let mut sentences = vec![match (self.optimum.ended, &self.optimum.search) {
            (Ended::Settled, _) if !measured => format!(
                "no run of a cell that keeps all objectives has a value of {}: there is nothing \
                 to compare",
                self.plan.minimize
            ),
            (Ended::Settled, None) => "no cell keeps all objectives".to_owned(),
            (Ended::Settled, Some(_)) => {
                "no cell that was searched keeps all objectives".to_owned()
            }
            (Ended::Runs | Ended::Time | Ended::Cancelled, _) => {
                "no cell is known to keep all objectives".to_owned()
            }
        }];
        let nearest = self.optimum.nearest.filter(|_| measured);
        if let Some(candidate) = nearest.map(|it| &self.optimum.candidates[it])
            && let Standing::Breaks(_) = candidate.standing
        {
            sentences.push(format!(
                "the nearest miss: {}: {}",
                self.grid.cells[candidate.cell].name,
                self.missed_in_words(candidate)
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
}

fn as_interval(difference: &PairedDifference) -> MeanInterval {
    MeanInterval {
        count: difference.count,
        mean: difference.mean,
        half_width: difference.half_width,
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
