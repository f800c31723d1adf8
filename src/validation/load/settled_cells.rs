//! The cells of [`super::settled`], and what each is held to.

use crate::policy::load::Routing;

pub(super) const LOADS: [f64; 5] = [0.5, 0.7, 0.8, 0.9, 0.95];

/// A line of a table: the tasks and loads vary.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Line {
    pub(super) routing: Routing,
    pub(super) slots: u32,
    pub(super) cv: f64,
    pub(super) computing: f64,
    /// The error that is allowed in the mean and in p99 up to load 0.9, percent.
    pub(super) bounds: [f64; 2],
}

/// What the reference of the model measured for one queue in front of all slots, load up to 0.9.
const POOLED: [f64; 2] = [5.3, 15.0];

/// The worst cells, up to load 0.9, of the reference's tables of queues per task, by slots (1, 4,
/// 16) and CV (0, 0.5, 1, 2, 4).
const ROUND_ROBIN: [[[f64; 2]; 5]; 3] = [
    [[1.1, 4.6], [2.7, 3.8], [1.1, 8.3], [4.3, 10.5], [7.6, 18.5]],
    [[0.7, 3.0], [0.6, 1.4], [1.9, 2.5], [3.3, 10.6], [5.5, 8.9]],
    [[0.2, 1.5], [0.3, 0.3], [0.8, 0.6], [2.2, 5.3], [9.6, 11.5]],
];
const LEAST_OUTSTANDING: [[[f64; 2]; 5]; 3] = [
    [
        [1.1, 19.3],
        [0.6, 8.4],
        [1.8, 1.8],
        [6.9, 14.8],
        [25.1, 51.0],
    ],
    [[0.6, 8.5], [0.6, 3.5], [0.2, 2.2], [0.8, 0.8], [5.6, 8.3]],
    [[0.1, 1.6], [0.1, 0.4], [0.2, 0.2], [0.3, 0.3], [0.8, 1.8]],
];
const CVS: [f64; 5] = [0.0, 0.5, 1.0, 2.0, 4.0];
const SLOTS: [u32; 3] = [1, 4, 16];

/// Standard errors of the reference's own truth, of the mean and of p99 (with its bins of 1 %): up
/// to a CV of 2, and at one of 4. What it measured of a queue per task is no better known.
const STANDARD_ERRORS: [[f64; 2]; 2] = [[1.0, 2.0], [2.0, 3.7]];

/// Where requests share the CPU nobody had measured; these bounds are ours, from this page.
const SHARED_LEAST: [f64; 2] = [8.0, 15.0];
const SHARED_ROUND: [f64; 2] = [12.0, 26.0];

impl Line {
    /// Where the reference says that its formula is not to be trusted: queues per task at a CV of
    /// 4, behind least outstanding requests with one slot from a CV of 2 on; and what it did not
    /// measure, requests that slow each other down.
    pub(super) fn is_out_of_range(&self) -> bool {
        let one_slot = self.routing == Routing::LeastOutstanding && self.slots == 1;
        let varied = 4.0 <= self.cv || one_slot && 2.0 <= self.cv;
        let per_task = self.routing != Routing::Pooled;
        per_task && varied || 0.0 < self.computing
    }
}

/// What the reference measured, and its standard error.
fn within_error(cv: f64, measured: [f64; 2]) -> [f64; 2] {
    let errors = STANDARD_ERRORS[usize::from(4.0 <= cv)];
    [0, 1].map(|at| measured[at] + errors[at])
}

fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for slots in [1, 4, 16, 64] {
        for cv in CVS {
            lines.push(Line {
                routing: Routing::Pooled,
                slots,
                cv,
                computing: 0.0,
                bounds: POOLED,
            });
        }
    }
    for (routing, table) in [
        (Routing::RoundRobin, ROUND_ROBIN),
        (Routing::LeastOutstanding, LEAST_OUTSTANDING),
    ] {
        for (slots, row) in SLOTS.into_iter().zip(table) {
            for (cv, bounds) in CVS.into_iter().zip(row) {
                lines.push(Line {
                    routing,
                    slots,
                    cv,
                    computing: 0.0,
                    bounds: within_error(cv, bounds),
                });
            }
        }
    }
    for (routing, bounds) in [
        (Routing::RoundRobin, SHARED_ROUND),
        (Routing::LeastOutstanding, SHARED_LEAST),
    ] {
        for slots in [4, 16] {
            for computing in [0.5, 1.0] {
                for cv in [0.5, 1.0, 2.0] {
                    lines.push(Line {
                        routing,
                        slots,
                        cv,
                        computing,
                        bounds,
                    });
                }
            }
        }
    }
    lines
}

/// The numbers of tasks of a line.
fn tasks(line: &Line) -> &'static [u32] {
    match line.routing {
        Routing::Pooled => &[1],
        Routing::RoundRobin | Routing::LeastOutstanding => &[4, 16],
    }
}

/// A line, tasks, load.
pub(super) fn cells() -> Vec<(Line, u32, f64)> {
    let mut cells = Vec::new();
    for line in lines() {
        for &tasks in tasks(&line) {
            for load in LOADS {
                cells.push((line, tasks, load));
            }
        }
    }
    cells
}
