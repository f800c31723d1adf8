//! State, plain data: what the simulated cluster is at an instant.

pub mod spot_market;
