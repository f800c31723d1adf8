//! Which assumption moves the answer most: tornados and Sobol indices of a sweep's measures.

pub mod indices;
pub mod tornado;

use super::cell::Grid;
use super::comparison::CellResult;
use super::layout::{IndexRow, LaidOut};
use super::statistics::{CONFIDENCE, MeanInterval, student_t_quantile};
use super::sweep::SweepRuns;
use crate::engine::random::{NameHash, Purpose, Streams};
use indices::{IndexAnswers, SobolIndices, sobol_indices};
use tornado::{Tornado, tornado};

/// What draws the rows of an interval again.
const RESAMPLING: Purpose = Purpose::new("bootstrap of Sobol indices");

/// What a sweep's design says of its parameters, by measure; `None` where no answer varies, or
/// there is none.
#[derive(Clone, PartialEq, Debug)]
pub enum Sensitivity {
    /// Each parameter at its ends by itself.
    Tornado(Vec<Option<Tornado>>),
    /// Shares of the variance over all ranges.
    Indices(Vec<Option<MeasureIndices>>),
}

/// The indices of a measure's mean over a cell's replications.
#[derive(Clone, PartialEq, Debug)]
pub struct MeasureIndices {
    /// The indices, one a parameter that is moved.
    pub indices: SobolIndices,
    /// Which parameters these are.
    pub moved: Vec<usize>,
    /// Rows that were left out, as one of their cells has no value.
    pub left_out: usize,
    /// The standard deviation of single runs around their cells' means: what chance does; `None`
    /// with one replication.
    pub chance: Option<f64>,
}

/// The sensitivity of all measures; `None` where the design does not ask for it.
pub fn sensitivity(grid: &Grid, runs: &SweepRuns, cells: &[CellResult]) -> Option<Sensitivity> {
    let measures = 0..runs.measures.len();
    let layout = grid.varied.layout.as_ref()?;
    Some(match &layout.points {
        LaidOut::Tornado(ends) => {
            let ends: Vec<_> = layout
                .moved
                .iter()
                .copied()
                .zip(ends.iter().copied())
                .collect();
            let of = |measure| tornado(grid.baseline, &ends, (cells, measure));
            Sensitivity::Tornado(measures.map(of).collect())
        }
        LaidOut::Indices(rows) => {
            let of = |measure| of_measure(grid, rows, (runs, cells), measure);
            Sensitivity::Indices(measures.map(of).collect())
        }
    })
}

/// Every cell met the same draws, so that a cell's mean over them is a function of the parameters
/// alone: its indices are those of that function.
fn of_measure(
    grid: &Grid,
    rows: &[IndexRow],
    (runs, cells): (&SweepRuns, &[CellResult]),
    measure: usize,
) -> Option<MeasureIndices> {
    let mean = |cell: &usize| Some(cells[*cell].means[measure]?.mean);
    let answers = |row: &IndexRow| {
        Some(IndexAnswers {
            a: mean(&row.a)?,
            b: mean(&row.b)?,
            mixed: row.mixed.iter().map(mean).collect::<Option<_>>()?,
        })
    };
    let whole: Vec<IndexAnswers> = rows.iter().filter_map(answers).collect();
    let name = NameHash::of(&runs.measures[measure].name);
    let mut stream = Streams::new(grid.varied.seed, 0).stream(RESAMPLING, name, 0);
    Some(MeasureIndices {
        indices: sobol_indices(&whole, &mut stream)?,
        moved: grid.varied.layout.as_ref()?.moved.clone(),
        left_out: rows.len() - whole.len(),
        chance: chance(rows, (cells, measure)),
    })
}

/// The root of the mean variance within the cells of A and B. Runs of a weighed measure are no
/// values of their own: what each adds to the ratio (its pseudo-value) stands for one.
fn chance(rows: &[IndexRow], (cells, measure): (&[CellResult], usize)) -> Option<f64> {
    let variances: Vec<f64> = rows
        .iter()
        .flat_map(|row| [row.a, row.b])
        .filter_map(|cell| variance(cells[cell].means[measure]?))
        .collect();
    let mean = variances.iter().sum::<f64>() / variances.len() as f64;
    (!variances.is_empty()).then(|| libm::sqrt(mean))
}

/// The sample variance that an interval was made from; of one value there is none.
fn variance(interval: MeanInterval) -> Option<f64> {
    let (half_width, count) = (interval.half_width?, interval.count as f64);
    let error = half_width / student_t_quantile(0.5 + CONFIDENCE / 2.0, count - 1.0);
    Some(error * error * count)
}
