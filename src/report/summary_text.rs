//! The summary of a run for a terminal.
use super::results::{Placed, Results};
use super::table::Colour;
use std::time::Duration;

/// How long a command took, for the terminal only.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Reading the scenario and its traces.
    pub load: Duration,
    /// Playing.
    pub play: Duration,
    /// Writing files and charts.
    pub write: Duration,
}

/// What is said.
#[derive(Clone, Copy, Debug)]
pub struct SummaryText<'a> {
    /// The run.
    pub results: &'a Results<'a>,
    /// Where it stands.
    pub placed: &'a Placed,
    /// How long it took; `None` in tests.
    pub timing: Option<Timing>,
}
impl SummaryText<'_> {
    /// s
    pub fn render(&self, _: Colour) -> String {
        String::new()
    }
}
