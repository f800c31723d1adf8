//! A finished run played again from its folder, with more kept of it than its files hold.

use std::sync::atomic::Ordering;

use super::Console;
use super::interrupt;
use super::progress::{PLAYED, watched};
use crate::experiment::run::replay;
use crate::observe::trail::Trail;
use crate::report::results::FinishedRun;
use crate::report::results::summary::event_hash;
use crate::scenario::plan::{Plan, RecordPlan};
use crate::simulation::outcome::{RunEnd, RunLimits, RunOutcome};

/// A run that was played again, and how.
pub(super) struct Again {
    /// What was played.
    pub(super) plan: Plan,
    /// What came of it.
    pub(super) outcome: RunOutcome,
    /// Whether it went as the run did.
    pub(super) reproduced: bool,
}

/// Plays a run again with its trail kept, and what `record` says beside it: with other sinks on or
/// off, a run is the same run. `None` if Ctrl-C ended it.
pub(super) fn play_again(
    run: &FinishedRun,
    plan: Plan,
    kept: (RecordPlan, Trail),
    console: &Console<'_>,
) -> Option<Again> {
    play_beginning(run, plan, (kept, None), console)
}

/// The same up to so many events, if it has more.
pub(super) fn play_beginning(
    run: &FinishedRun,
    plan: Plan,
    ((record, trail), most): ((RecordPlan, Trail), Option<u64>),
    console: &Console<'_>,
) -> Option<Again> {
    let plan = Plan { record, ..plan };
    let manifest = &run.manifest;
    let cancelled = interrupt::listen();
    let defaults = RunLimits::default();
    let limits = RunLimits {
        // A run that ended early ends where it did, whatever ended it.
        events: match (most, manifest.complete) {
            (Some(most), _) => most.min(manifest.events),
            (None, true) => defaults.events,
            (None, false) => manifest.events,
        },
        requests: u64::MAX,
        cancelled,
        played: Some(&PLAYED),
        ..defaults
    };
    let outcome = watched("playing again", &plan, console.is_watched(), || {
        replay(&plan, manifest.replication, &limits, trail)
    });
    if outcome.end == RunEnd::Cancelled && cancelled.load(Ordering::Relaxed) {
        return None;
    }
    let reproduced = event_hash(outcome.event_hash) == manifest.event_hash;
    Some(Again {
        plan,
        outcome,
        reproduced,
    })
}
