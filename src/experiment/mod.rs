//! Runs with their bills and verdicts; sweeps: cells and replications in parallel.

pub mod caveats;
pub mod cell;
pub mod comparison;
pub mod measure;
pub mod objective;
pub mod quota;
pub mod readings;
pub mod run;
pub mod statistics;
pub mod sweep;

#[cfg(test)]
mod sweep_tests;
