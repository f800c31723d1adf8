//! How far a run is, for whoever waits for it: simulated time, speed, time left. Short runs show
//! nothing.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::report::wording;
use crate::scenario::plan::Plan;

/// The time between two looks at the run.
const LOOK: Duration = Duration::from_millis(125);
/// A run that is done after fewer looks shows no bar.
const LOOKS_UNSHOWN: u32 = 4;
/// Letters of a scenario's name beside the bar at most.
const NAME_LETTERS: usize = 24;

/// Simulated microseconds of the run that is played at present.
pub(super) static PLAYED: AtomicU64 = AtomicU64::new(0);

/// Does `work`, which counts in [`PLAYED`], with a bar beside it if `is_shown`; `what` is done with
/// the plan, empty where that is plain.
pub(super) fn watched<R>(what: &str, plan: &Plan, is_shown: bool, work: impl FnOnce() -> R) -> R {
    PLAYED.store(0, Ordering::Relaxed);
    let make = || new_bar(what, plan);
    beside(is_shown, make, work)
}

/// Does `work`, with what it is and how long it has taken beside it if `is_shown`.
pub(super) fn doing<R>(what: &str, is_shown: bool, work: impl FnOnce() -> R) -> R {
    PLAYED.store(0, Ordering::Relaxed);
    let make = || {
        let bar = ProgressBar::new_spinner().with_elapsed(LOOK * LOOKS_UNSHOWN);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}, {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar
    };
    beside(is_shown, make, work)
}

fn beside<R>(is_shown: bool, make: impl Fn() -> ProgressBar + Send, work: impl FnOnce() -> R) -> R {
    if !is_shown {
        return work();
    }
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        scope.spawn(move || show(make, &is_done));
        let result = work();
        drop(done);
        result
    })
}

/// Shows the bar until the other end of `is_done` is gone.
fn show(make: impl Fn() -> ProgressBar, is_done: &mpsc::Receiver<()>) {
    let mut looks = 0;
    let mut bar: Option<ProgressBar> = None;
    while is_done.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        looks += 1;
        if LOOKS_UNSHOWN <= looks {
            let bar = bar.get_or_insert_with(&make);
            bar.set_position(PLAYED.load(Ordering::Relaxed));
            bar.tick();
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

fn new_bar(what: &str, plan: &Plan) -> ProgressBar {
    let bar = ProgressBar::new(plan.run.duration.as_micros()).with_elapsed(LOOK * LOOKS_UNSHOWN);
    // The bar has the room that is left: a line that is broken in two would jump.
    let template = "{msg} {wide_bar} {played} of {whole}, {speed} a second, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        let speed = |state: &ProgressState, text: &mut dyn fmt::Write| {
            let seconds = state.per_sec() / 1e6;
            let _ = text.write_str(&wording::length(seconds));
        };
        let played = |state: &ProgressState, text: &mut dyn fmt::Write| {
            let _ = text.write_str(&wording::length(state.pos() as f64 / 1e6));
        };
        let whole = |state: &ProgressState, text: &mut dyn fmt::Write| {
            let length = state.len().unwrap_or_default();
            let _ = text.write_str(&wording::length(length as f64 / 1e6));
        };
        let style = style.with_key("speed", speed).with_key("played", played);
        bar.set_style(style.with_key("whole", whole));
    }
    let name: String = plan.name.chars().take(NAME_LETTERS).collect();
    bar.set_message([what, &name].join(" ").trim().to_owned());
    bar
}
