//! Runs with their bills and verdicts; sweeps: cells and replications in parallel.

pub mod caveats;
pub mod objective;
pub mod quota;
pub mod run;
pub mod statistics;
