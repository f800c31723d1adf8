//! What stands below a comparison's table.

use super::Compared;
use crate::experiment::side_by_side::{Line, What};
use crate::report::sweep_text::{never_broken, wide_or_not};
use crate::report::wording;

impl Compared<'_> {
    /// What to know of the numbers, the most important first.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.runs.complete {
            notes.push(format!(
                "incomplete: {} of {} runs were played to their ends",
                self.runs
                    .rows
                    .iter()
                    .filter(|row| row.is_complete())
                    .count(),
                self.runs.asked
            ));
        }
        notes.push(
            "± and intervals: 95 % each by itself, differences paired by replication; \
             * sure for all lines together (Holm)"
                .to_owned(),
        );
        notes.extend(self.pairs_left_out());
        let cost = |line: &&Line| line.what == What::Measure(1);
        let ratio = self.lines.iter().find(cost).and_then(|line| {
            let change = line.changes.iter().flatten().next()?;
            change.difference.variance_ratio
        });
        if let Some(ratio) = ratio {
            notes.push(format!(
                "the same draws in each: with separate ones a cost difference as sure as this \
                 would take {} times as many runs",
                wording::times(ratio)
            ));
        }
        notes.extend(wide_or_not(self.grid, self.cells, self.runs));
        notes.extend(never_broken(self.grid, self.cells));
        notes.extend(self.caveats());
        notes
    }

    /// How many pairs counted where that are not all.
    fn pairs_left_out(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for line in self.lines {
            for (cell, change) in self.cells.iter().zip(&line.changes) {
                if cell.cell == self.grid.baseline {
                    continue;
                }
                let all = cell.runs.min(self.cells[self.grid.baseline].runs);
                let pairs = change.map_or(0, |change| change.difference.count);
                if pairs < all {
                    notes.push(format!(
                        "{}: {pairs} of {all} pairs with {} counted, as the other replications \
                         have no value of it in one of the two",
                        self.title(&line.what),
                        self.grid.cells[cell.cell].name
                    ));
                }
            }
        }
        notes
    }

    /// What to know of the scenarios: what holds for all of them is said once.
    fn caveats(&self) -> Vec<String> {
        let mut caveats: Vec<&String> = Vec::new();
        for caveat in self.cells.iter().flat_map(|cell| &cell.caveats) {
            if !caveats.contains(&caveat) {
                caveats.push(caveat);
            }
        }
        let word = |caveat: &String| {
            let its = self
                .cells
                .iter()
                .filter(|cell| cell.caveats.contains(caveat));
            let names: Vec<&str> = its
                .map(|cell| self.grid.cells[cell.cell].name.as_str())
                .collect();
            match names.len() == self.cells.len() {
                true => format!("note: {caveat}"),
                false => format!("note ({}): {caveat}", names.join(", ")),
            }
        };
        caveats.into_iter().map(word).collect()
    }
}
