//! Runs with their bills and verdicts; sweeps: cells and replications in parallel.

pub mod analysis;
pub mod caveats;
pub mod cell;
pub mod commitment;
pub mod comparison;
pub mod design;
pub mod front;
pub mod futures;
pub mod grid_error;
pub mod layout;
pub mod measure;
pub mod mixture;
pub mod objective;
pub mod optimize;
pub mod pilots;
pub mod quota;
pub mod readings;
pub mod regret;
pub mod run;
pub mod scale;
pub mod search;
pub mod selection;
pub mod sensitivity;
pub mod side_by_side;
pub mod statistics;
pub mod sweep;
pub mod tested;
pub mod varied;
pub mod verdict;

#[cfg(test)]
mod futures_tests;
#[cfg(test)]
mod sweep_tests;
