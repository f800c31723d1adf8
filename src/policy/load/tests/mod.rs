//! The load model as a whole: against closed forms, measured truth and its own laws.

mod change;
mod processor_sharing;
mod response_times;
mod settled;

use std::sync::Arc;

use super::{Curve, FluidQueue, Piece, Routing, Task, WorkShape};

/// Requests that only wait, for a second: the unit of the measured tables.
fn pure_wait(slots: u32, cv: f64) -> WorkShape {
    WorkShape {
        cpu_s: 0.0,
        wait_s: 1.0,
        cv,
        slots,
        vcpus: 1.0,
    }
}

fn computing(slots: u32, vcpus: f64) -> WorkShape {
    WorkShape {
        cpu_s: 1.0,
        wait_s: 0.0,
        cv: 1.0,
        slots,
        vcpus,
    }
}

fn curve(routing: Routing, tasks: u32, shape: WorkShape) -> Curve {
    Curve::new(routing, tasks, &Arc::new(Task::new(shape)))
}

fn pieces(queue: &mut FluidQueue, curve: &Curve, rate_per_s: f64, dt_s: f64) -> Vec<Piece> {
    let mut pieces = Vec::new();
    queue.advance(curve, rate_per_s, dt_s, |piece| pieces.push(piece));
    pieces
}

#[track_caller]
fn near(found: f64, expected: f64, relative: f64) {
    assert!(
        (found - expected).abs() <= relative * expected.abs(),
        "found {found}, expected {expected} within {relative}"
    );
}
