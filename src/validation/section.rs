//! A section of the validation page as a value: what was compared, tables, and what is claimed of
//! them.

use serde::Serialize;

/// A computed part of the page.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Section {
    /// What `--only` calls it.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// What is compared with what and how often, as paragraphs of Markdown.
    pub intro: Vec<String>,
    /// The figures.
    pub tables: Vec<Table>,
    /// What is claimed, and whether it holds.
    pub verdicts: Vec<Verdict>,
    /// What a reader should know besides: assumptions, what is off and why; paragraphs of Markdown.
    pub notes: Vec<String>,
}

/// Figures in rows. All cells are text: a number is rounded by whoever knows what it means.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Table {
    /// What stands in it.
    pub caption: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, one cell a column.
    pub rows: Vec<Vec<String>>,
    /// Lines below it.
    pub notes: Vec<String>,
}

/// A column of a [`Table`].
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Column {
    /// Its heading, with the unit.
    pub heading: String,
    /// Whether it holds numbers, which stand to the right.
    pub is_number: bool,
}

/// A claim about the section's figures.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Verdict {
    /// What is claimed.
    pub claim: String,
    /// The bound, in words: `at most 5.3 %`.
    pub bound: String,
    /// What was measured, in the bound's unit.
    pub measured: String,
    /// Whether the bound holds.
    pub holds: bool,
}

impl Section {
    /// Whether all that is claimed holds.
    pub fn holds(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.holds)
    }
}

impl Column {
    /// A column of words.
    pub fn text(heading: &str) -> Self {
        Column {
            heading: heading.to_owned(),
            is_number: false,
        }
    }

    /// A column of numbers.
    pub fn number(heading: &str) -> Self {
        Column {
            heading: heading.to_owned(),
            is_number: true,
        }
    }
}

impl Table {
    /// A table without rows.
    pub fn new(caption: &str, columns: Vec<Column>) -> Self {
        Table {
            caption: caption.to_owned(),
            columns,
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If it has not one cell a column: a defect of the section.
    pub fn row(&mut self, cells: Vec<String>) {
        assert_eq!(cells.len(), self.columns.len(), "a cell a column");
        self.rows.push(cells);
    }
}

impl Verdict {
    /// That `measured` is at most `bound`, both shown by `show`.
    pub fn at_most(claim: &str, measured: f64, bound: f64, show: impl Fn(f64) -> String) -> Self {
        Verdict {
            claim: claim.to_owned(),
            bound: format!("at most {}", show(bound)),
            measured: show(measured),
            // NaN holds nothing.
            holds: measured <= bound,
        }
    }

    /// That all of `judged` things hold, of which `held` do.
    pub fn all(claim: &str, held: usize, judged: usize) -> Self {
        Verdict {
            claim: claim.to_owned(),
            bound: format!("all {judged}"),
            measured: held.to_string(),
            holds: held == judged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_that_is_met_exactly_holds_and_nan_holds_nothing() {
        let holds = |measured| Verdict::at_most("", measured, 5.0, |it| format!("{it} %")).holds;
        assert!(holds(5.0) && holds(-1.0));
        assert!(!holds(5.000_001) && !holds(f64::NAN));
        assert!(Verdict::all("", 3, 3).holds && !Verdict::all("", 2, 3).holds);
    }
}
