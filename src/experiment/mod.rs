//! Sweeps: cells and replications in parallel.
