//! Who asks: traces and generators as piecewise constant rates, and rows of work.
//!
//! A rate becomes a [`cursor::RateCursor`], which yields the next change only; rows of work become
//! an [`source::ArrivalCursor`], which yields the next arrival only. Neither looks at what the
//! cluster does.

pub mod arrivals;
pub mod calendar;
mod cloudwatch;
mod cohorts;
pub mod cursor;
pub mod error;
pub mod fine_meter;
pub mod generator;
mod head;
mod known;
pub mod load;
mod load_memory;
pub mod open_period;
mod parts;
pub mod period;
pub mod place;
#[cfg(test)]
mod queue_tests;
pub mod requests;
mod responses;
mod row_bound;
pub mod scheduled;
pub mod series;
pub mod service_load;
pub mod source;
pub mod split_load;
pub mod spot_history;
pub mod stationary;
mod steps;
mod table;
pub mod tables;
pub mod timestamp;
pub mod trace;
pub mod value_unit;
pub mod zonal_load;
