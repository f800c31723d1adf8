//! Ctrl-C and SIGTERM: the first one asks the run to end, so that what was played is written.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use crate::report::results::folder;

static CANCELLED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Listens for Ctrl-C and SIGTERM from now on; the flag that they set. A Ctrl-C after one of them
/// ends the process at once, and leaves nothing unfinished behind.
pub(super) fn listen() -> &'static AtomicBool {
    let on_interrupt = || {
        if CANCELLED.swap(true, Ordering::Relaxed) {
            let code = i32::from(super::Exit::Cancelled.code());
            folder::remove_unfinished(|| std::process::exit(code));
        }
    };
    // A second listener in one process is refused, and not needed.
    let _ = ctrlc::set_handler(on_interrupt);
    #[cfg(unix)]
    let _ = signal_hook::flag::register(signal_hook::consts::SIGTERM, Arc::clone(&CANCELLED));
    &CANCELLED
}
