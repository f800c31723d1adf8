//! The load model: what a rate of requests does to a service's tasks, without a request.
//!
//! Pure functions and values; time comes in as seconds, nothing is drawn. The road of a number:
//! [`sharing`] turns a request's work into a task's throughput, [`stationary`] (with [`erlang`])
//! into the settled number in system and wait, [`curve`] tabulates that once per number of tasks,
//! [`fluid`] moves a service's state along it ([`limits`]: with a bounded queue, `patience`: with
//! clients that leave it), [`age`] tells how long those have waited who are answered, [`response`]
//! reads their response times from it, [`residual`] what of them a killed task takes along, and
//! [`histogram`] adds them up; [`retries`] closes the loop to the clients. [`special`] and
//! [`wait_law`] are the mathematics below.
//!
//! Marks in the docs: FITTED, a constant chosen on measured truth tables of a request-by-request
//! simulation; DERIVED, logic without a measurement; ASSUMPTION, a choice of this model.

pub mod age;
pub mod curve;
pub mod distrust;
pub mod erlang;
mod exp;
mod flow;
pub mod fluid;
pub mod histogram;
pub mod limits;
mod patience;
pub mod piece;
pub mod residual;
pub mod response;
mod response_cells;
pub mod retries;
pub mod sharing;
pub mod special;
pub mod stationary;
pub mod wait_law;

pub use age::{Arrivals, ArrivalsMark};
pub use curve::{Curve, CurveCache, Reading};
pub use distrust::Distrust;
pub use fluid::FluidQueue;
pub use histogram::{Histogram, PlacedLaw};
pub use limits::{Bounded, Limits};
pub use piece::Piece;
pub use response::{Percentile, PercentileLaw, Response, ResponseTable};
pub use retries::{Retried, retried, retried_same};
pub use sharing::{Task, WorkShape};
pub use stationary::Routing;
#[cfg(test)]
mod tests;
