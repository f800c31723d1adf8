//! Ctrl-C: the first one asks the run to end, so that what was played is written.

use std::sync::atomic::{AtomicBool, Ordering};

static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Listens for Ctrl-C from now on; the flag that it sets. A second one ends the process at once.
pub(super) fn listen() -> &'static AtomicBool {
    let on_interrupt = || {
        if CANCELLED.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(super::Exit::Cancelled.code()));
        }
    };
    // A second listener in one process is refused, and not needed.
    let _ = ctrlc::set_handler(on_interrupt);
    &CANCELLED
}
