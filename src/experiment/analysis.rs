//! What a sweep's cells say together, beyond each by itself.

use super::cell::Grid;
use super::comparison::CellResult;
use super::front::{Front, fronts};
use super::mixture::{Mixtures, mixtures};
use super::regret::{Regret, regret};
use super::sensitivity::{Sensitivity, sensitivity};
use super::sweep::SweepRuns;

/// All that a sweep's cells say together; what does not apply to it is missing.
#[derive(Clone, PartialEq, Debug)]
pub struct Analysis {
    /// Which assumption moves the answers most.
    pub sensitivity: Option<Sensitivity>,
    /// The cells that no other is better than.
    pub fronts: Vec<Front>,
    /// What each choice costs more than the best one.
    pub regret: Option<Regret>,
    /// Cells weighed by the probabilities of what sets them apart.
    pub mixtures: Option<Mixtures>,
}

/// Looks at all cells together.
pub fn analyse(grid: &Grid, runs: &SweepRuns, cells: &[CellResult]) -> Analysis {
    Analysis {
        sensitivity: sensitivity(grid, runs, cells),
        fronts: fronts(grid, runs),
        regret: regret(grid, runs, cells),
        mixtures: mixtures(grid, runs, cells),
    }
}
