//! A section of the validation page as a value: what was compared, tables, and what is claimed of
//! them.

use serde::Serialize;

use super::number;

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
    /// The figures of every single comparison: on a page of their own.
    pub cells: Vec<Table>,
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
    /// Whether the bound holds, or is not refuted.
    pub holds: bool,
    /// Whether chance leaves no doubt about that.
    pub is_certain: bool,
}

/// What became of a claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Its bound holds.
    Holds,
    /// The bound lies within the interval of what was measured: neither shown nor refuted.
    Undecided,
    /// Its bound does not hold.
    Broken,
}

/// A figure that was measured, and the ends of its interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Between {
    /// The figure.
    pub value: f64,
    /// It is hardly less than this.
    pub low: f64,
    /// It is hardly more than this.
    pub high: f64,
}

/// How single errors stand to their bounds; each is known within an interval of its truth.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Tally {
    /// The error is within its bound.
    pub within: usize,
    /// It is beyond, by less than its interval.
    pub undecided: usize,
    /// It is beyond by more.
    pub beyond: usize,
    /// The widest interval of all that are known.
    pub widest: f64,
}

impl Tally {
    /// Counts an error that is known within `chance`.
    pub fn add(&mut self, error: f64, chance: f64, bound: f64) {
        let size = error.abs();
        if size <= bound {
            self.within += 1;
        } else if size - chance <= bound {
            self.undecided += 1;
        } else {
            self.beyond += 1;
        }
        if chance.is_finite() {
            self.widest = self.widest.max(chance);
        }
    }
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
    /// What became of it.
    pub fn outcome(&self) -> Outcome {
        match (self.holds, self.is_certain) {
            (true, true) => Outcome::Holds,
            (true, false) => Outcome::Undecided,
            (false, _) => Outcome::Broken,
        }
    }

    /// That `measured` is at most `bound`, both shown by `show`.
    pub fn at_most(claim: &str, measured: f64, bound: f64, show: impl Fn(f64) -> String) -> Self {
        Verdict {
            claim: claim.to_owned(),
            bound: format!("at most {}", show(bound)),
            measured: show(measured),
            // NaN holds nothing.
            holds: measured <= bound,
            is_certain: true,
        }
    }

    /// That `measured`, known within its ends, is at most `bound`: shown where all of the interval
    /// is, refuted where none of it is.
    pub fn at_most_within(
        claim: &str,
        measured: Between,
        bound: f64,
        show: impl Fn(f64) -> String,
    ) -> Self {
        let Between { value, low, high } = measured;
        let ends = [low, high].map(|it| number::fixed(it, 1)).join(" to ");
        Verdict {
            claim: claim.to_owned(),
            bound: format!("at most {}", show(bound)),
            measured: format!("{} ({ends})", show(value)),
            // NaN holds nothing.
            holds: low <= bound,
            is_certain: high <= bound || bound < low,
        }
    }

    /// That every one of some errors is within its bound; `unit` is theirs.
    pub fn each(claim: &str, tally: &Tally, unit: &str) -> Self {
        let Tally {
            within,
            undecided,
            beyond,
            widest,
        } = *tally;
        Verdict {
            claim: claim.to_owned(),
            bound: format!("all {}", within + undecided + beyond),
            measured: format!(
                "{within}; {undecided} within ± of it, at most {widest:.1} {unit}; {beyond} beyond"
            ),
            holds: beyond == 0,
            is_certain: undecided == 0 || 0 < beyond,
        }
    }

    /// That all of `judged` things hold, of which `held` do.
    pub fn all(claim: &str, held: usize, judged: usize) -> Self {
        Verdict {
            claim: claim.to_owned(),
            bound: format!("all {judged}"),
            measured: held.to_string(),
            holds: held == judged,
            is_certain: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_alone_refutes_nothing_and_proves_nothing() {
        let of = |value: f64, chance: f64| {
            let measured = Between {
                value,
                low: value - chance,
                high: value + chance,
            };
            let it = Verdict::at_most_within("", measured, 5.0, |it| format!("{it} %"));
            (it.holds, it.is_certain)
        };
        assert_eq!(of(1.0, 3.0), (true, true));
        assert_eq!(of(4.0, 3.0), (true, false));
        assert_eq!(of(6.0, 3.0), (true, false));
        assert_eq!(of(9.0, 3.0), (false, true));
        assert!(!of(f64::NAN, 3.0).0);
        let mut tally = Tally::default();
        tally.add(-4.0, 3.0, 5.0);
        assert!(Verdict::each("", &tally, "%").is_certain);
        tally.add(-6.0, 3.0, 5.0);
        let doubtful = Verdict::each("", &tally, "%");
        assert!(doubtful.holds && !doubtful.is_certain);
        assert_eq!(
            doubtful.measured,
            "1; 1 within ± of it, at most 3.0 %; 0 beyond"
        );
        tally.add(f64::NAN, 3.0, 5.0);
        assert!(!Verdict::each("", &tally, "%").holds);
    }

    #[test]
    fn a_bound_that_is_met_exactly_holds_and_nan_holds_nothing() {
        let holds = |measured| Verdict::at_most("", measured, 5.0, |it| format!("{it} %")).holds;
        assert!(holds(5.0) && holds(-1.0));
        assert!(!holds(5.000_001) && !holds(f64::NAN));
        assert!(Verdict::all("", 3, 3).holds && !Verdict::all("", 2, 3).holds);
    }
}
