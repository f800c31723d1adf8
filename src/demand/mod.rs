//! Who asks: traces and generators as piecewise constant rates, and rows of work.

pub mod arrivals;
pub mod generator;
pub mod trace;
