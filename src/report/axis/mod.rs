//! Where ticks stand and what they say: round numbers with units, and natural instants of a time
//! zone.

mod number;
mod time;

pub use number::{MAGNITUDE_MAX, Ticks, Unit, linear, logarithmic, within_shares};
pub use time::{TimeFrame, TimeTick, time_ticks, zone_note};
