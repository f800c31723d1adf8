//! Whose work is asked for.

use crate::units::CpuUnits;

/// The revision whose work is asked for.
#[derive(Clone, Copy)]
pub(in crate::scenario) struct Revision<'n> {
    pub(in crate::scenario) family: &'n str,
    pub(in crate::scenario) revision: u32,
    pub(in crate::scenario) cpu: CpuUnits,
}

impl<'n> Revision<'n> {
    pub(in crate::scenario) fn new(family: &'n str, revision: u32, cpu: CpuUnits) -> Self {
        Revision {
            family,
            revision,
            cpu,
        }
    }
}
