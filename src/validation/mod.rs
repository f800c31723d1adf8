//! Ours against theory, against itself and against published figures: what `fleetcast validate`
//! computes, and the page that it writes. A section is a value; printing is the caller's.

pub mod load;
pub mod number;
pub mod page;
pub mod published;
pub mod section;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use section::Section;

/// The seed of every section that gets no other: the committed page's.
pub const SEED_DEFAULT: u64 = 1;

/// How much work a section does, and with which draws.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effort {
    /// The seed of all draws.
    pub seed: u64,
    /// A small part of the work, with the same tables and bounds: for tests and a first look.
    pub is_quick: bool,
}

/// Who waits for a section: whether they still do, and whom to tell of a step that is done.
#[derive(Clone, Copy)]
pub struct Watch<'w> {
    /// Set from outside to end the work.
    pub cancelled: &'static AtomicBool,
    /// Told of each step that is done, from any thread.
    pub on_step: &'w (dyn Fn() + Sync),
}

/// A part of the page, before it is computed.
#[derive(Clone, Copy)]
pub struct SectionSpec {
    /// What `--only` calls it.
    pub name: &'static str,
    /// What it answers, in a line.
    pub about: &'static str,
    /// How many steps it reports.
    pub steps: fn(&Effort) -> u64,
    /// Computes it on the threads of the current pool; `None` if it was cancelled. The same effort
    /// gives the same value on any number of threads.
    pub compute: fn(&Effort, &Watch<'_>) -> Option<Section>,
}

/// All sections, in the order of the page.
pub const SECTIONS: &[SectionSpec] = &[
    load::theory::SPEC,
    load::settled::SPEC,
    load::change::SPEC,
    load::clients::SPEC,
    load::overload::SPEC,
    load::tries::SPEC,
    load::laws::SPEC,
    load::whole::sessions::SPEC,
    load::whole::balancers::SPEC,
    load::whole::calls::SPEC,
    published::SPEC,
];

impl SectionSpec {
    /// The section of this name.
    pub fn named(name: &str) -> Option<&'static SectionSpec> {
        SECTIONS.iter().find(|spec| spec.name == name)
    }
}

impl Effort {
    /// One of two numbers: the work of a whole page, or of a quick one.
    pub fn choose<T>(&self, full: T, quick: T) -> T {
        if self.is_quick { quick } else { full }
    }
}

impl Watch<'_> {
    /// A step is done.
    pub fn step(&self) {
        (self.on_step)();
    }

    /// Whether nobody waits any more.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("cancelled", &self.cancelled)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SectionSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
