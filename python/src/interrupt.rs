//! Work without the interpreter's lock that Ctrl-C can end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;

/// How often the interpreter is asked whether somebody pressed Ctrl-C.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Flags that no work has in hand: the library wants them to live for ever, so they are used again.
static FREE: Mutex<Vec<&'static AtomicBool>> = Mutex::new(Vec::new());

/// Does `work` on a thread of its own; its flag is set by Ctrl-C, which is raised when `work` has
/// come to its end.
///
/// # Errors
/// `KeyboardInterrupt`, or what a handler of another signal raised.
pub(crate) fn interruptible<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&'static AtomicBool) -> T + Send,
) -> PyResult<T> {
    let flag = free_flags().pop();
    let flag = flag.unwrap_or_else(|| Box::leak(Box::default()));
    flag.store(false, Ordering::Relaxed);
    let done = py.detach(|| watched(flag, work));
    free_flags().push(flag);
    done
}

fn free_flags() -> std::sync::MutexGuard<'static, Vec<&'static AtomicBool>> {
    FREE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn watched<T: Send>(
    flag: &'static AtomicBool,
    work: impl FnOnce(&'static AtomicBool) -> T + Send,
) -> PyResult<T> {
    thread::scope(|scope| {
        let (end, ended) = mpsc::channel::<()>();
        let worker = scope.spawn(move || {
            let done = work(flag);
            drop(end);
            done
        });
        let mut signals = Ok(());
        while ended.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            if signals.is_ok() {
                signals = Python::attach(|py| py.check_signals());
            }
            if signals.is_err() {
                flag.store(true, Ordering::Relaxed);
            }
        }
        match worker.join() {
            Ok(done) => signals.map(|()| done),
            // A defect of ours: the interpreter is told of it as of any panic.
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
