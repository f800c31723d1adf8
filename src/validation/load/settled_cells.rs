//! The cells of [`super::settled`], and what each is held to.

use crate::policy::load::Routing;

use super::reference_cells::{self, CVS, SLOTS, measured};

pub(super) const LOADS: [f64; 6] = [0.3, 0.5, 0.7, 0.8, 0.9, 0.95];
/// Slots of one queue in front of all.
const SLOTS_OF_ONE: [u32; 6] = [1, 4, 16, 64, 256, 1_000];

/// A line of a table: the tasks and loads vary.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Line {
    pub(super) routing: Routing,
    pub(super) slots: u32,
    pub(super) cv: f64,
    pub(super) computing: f64,
}

/// What the reference of the model measured for one queue in front of all slots, load up to 0.9.
const POOLED: [f64; 2] = [5.3, 15.0];

/// Queues per task below the first load at which the reference measured them: ours, from this page.
const LOW: [f64; 2] = [5.0, 12.0];

/// Where requests share the CPU nobody had measured; these bounds are ours, from this page.
const SHARED_LEAST: [f64; 2] = [8.0, 15.0];
const SHARED_ROUND: [f64; 2] = [12.0, 26.0];

impl Line {
    /// The error that is allowed in the mean and in p99 at a load, percent; nothing where there is
    /// no bound: over 0.9 of what has no queue per task.
    pub(super) fn bounds(&self, load: f64) -> Option<[f64; 2]> {
        let of_all = match self.routing {
            Routing::Pooled => POOLED,
            Routing::RoundRobin if 0.0 < self.computing => SHARED_ROUND,
            Routing::LeastOutstanding if 0.0 < self.computing => SHARED_LEAST,
            _ if load < reference_cells::LOADS[0] => LOW,
            queues => return measured(queues, self.slots, self.cv, load),
        };
        (load <= 0.9).then_some(of_all)
    }

    /// Whether the reference measured this very queue at this load: its own figure bounds it.
    pub(super) fn has_measured(&self, load: f64) -> bool {
        self.computing == 0.0 && measured(self.routing, self.slots, self.cv, load).is_some()
    }

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

const BALANCERS: [Routing; 2] = [Routing::RoundRobin, Routing::LeastOutstanding];

fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for slots in SLOTS_OF_ONE {
        for cv in CVS {
            lines.push(Line {
                routing: Routing::Pooled,
                slots,
                cv,
                computing: 0.0,
            });
        }
    }
    for routing in BALANCERS {
        for slots in SLOTS {
            for cv in CVS {
                lines.push(Line {
                    routing,
                    slots,
                    cv,
                    computing: 0.0,
                });
            }
        }
    }
    for routing in BALANCERS {
        for slots in [4, 16] {
            for computing in [0.5, 1.0] {
                for cv in [0.5, 1.0, 2.0] {
                    lines.push(Line {
                        routing,
                        slots,
                        cv,
                        computing,
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
        Routing::RoundRobin | Routing::LeastOutstanding | Routing::Random if 64 <= line.slots => {
            &[4]
        }
        Routing::RoundRobin | Routing::LeastOutstanding | Routing::Random => &[4, 16],
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
