//! The discrete-event engine: a clock, a queue, random streams. It knows nothing of ECS.

pub mod distribution;
pub mod prefetch;
pub mod queue;
pub mod random;
pub mod run;
pub mod time;

pub use time::{SimDuration, SimTime};
