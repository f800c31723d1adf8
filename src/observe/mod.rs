//! What happened, as observations; the sinks that listen, and the writers of their files.
//!
//! Every sink takes observations as they come and schedules nothing; with all of them off, a run is
//! the same run. A sink keeps numbers and ids only, names come in from the plan when its file is
//! written.

pub mod alarms;
pub mod daemons;
pub mod decisions;
pub mod deployments;
pub mod events;
#[cfg(test)]
pub(crate) mod fixture;
pub mod fleet;
pub mod gauge;
pub mod incidents;
pub mod inputs;
pub mod instances;
pub mod levels;
pub mod meters;
pub mod metrics;
pub mod observation;
mod observer;
pub mod packing;
pub mod picture;
pub mod placements;
pub mod series;
pub mod states;
pub mod summary;
pub mod tally;
pub mod tasks;
pub mod times;
pub mod trail;
pub mod usage;

pub use observer::{Observed, Observer};
