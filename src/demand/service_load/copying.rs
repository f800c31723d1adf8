//! Messages that are worked on more than once: as many as find a slot before their first copy ends,
//! which changes with the load. What they cost is a part of what a message costs.

use super::{LoadSpec, ServiceLoad};
use crate::policy::load::{Piece, Task, WorkShape};
use crate::policy::message_queue::{Copies, Hidden, Wait};

/// Neighbouring steps of the work of all copies differ by this share: each has tables of its own.
const WORK_STEP: f64 = 0.002;
/// Within this share a step is kept.
const WORK_KEPT: f64 = 0.0015;
/// Copies that add less than this share of the work are none.
const WORK_FELT: f64 = 1e-4;
/// A backlog is one from this many times the settled wait on.
const BACKLOG: f64 = 2.0;

/// Copies as they are now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    /// How often a message is taken from its queue.
    pub(super) receives: f64,
    /// The work of all copies over that of the message, in steps.
    work: f64,
    /// How much older messages are when they are received than they waited, seconds.
    pub(super) age_s: f64,
}

/// What copies of messages add to a service's work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copying {
    pub(super) now: Now,
    /// Work that may outlast the visibility time-out, and what one message costs; `None`: nothing
    /// does.
    of: Option<(Hidden, WorkShape)>,
    /// Slots and rate that were asked about last, and what settles there.
    asked: [f64; 2],
    settled: (Copies, f64),
}

impl Default for Copying {
    fn default() -> Self {
        let once = Copies {
            receives: 1.0,
            work: 1.0,
            age_s: 0.0,
        };
        Copying {
            now: Now {
                receives: 1.0,
                work: 1.0,
                age_s: 0.0,
            },
            of: None,
            // No question equals it.
            asked: [f64::NAN; 2],
            settled: (once, 0.0),
        }
    }
}

impl Now {
    /// A piece as those see it who hear of the first copy that ends.
    pub(super) fn first_of(&self, piece: &Piece) -> Piece {
        Piece {
            holding_s: piece.holding_s / self.work,
            holding_full_s: piece.holding_full_s / self.work,
            ..*piece
        }
    }
}

impl Copying {
    /// What messages of `spec` cost with the copies that there are now.
    pub(super) fn follow(&mut self, mut spec: LoadSpec) -> LoadSpec {
        let Some(visibility_s) = spec.visibility_s else {
            return spec;
        };
        let hidden = Hidden {
            mean_s: Task::new(spec.shape).holding_full_s,
            cv: spec.shape.cv,
            visibility_s,
        };
        let of = Some((hidden, spec.shape));
        let most = hidden.copies(Wait::Fixed(0.0));
        if most.work < 1.0 + WORK_FELT {
            *self = Copying::default();
        } else if of != self.of {
            (self.of, self.asked) = (of, [f64::NAN; 2]);
        }
        spec.shape = self.shape(spec.shape);
        spec
    }

    /// Whether some work outlasts the visibility time-out.
    pub(super) fn is_felt(&self) -> bool {
        self.of.is_some()
    }

    fn shape(&self, once: WorkShape) -> WorkShape {
        WorkShape {
            cpu_s: once.cpu_s * self.now.work,
            wait_s: once.wait_s * self.now.work,
            ..once
        }
    }
}

impl ServiceLoad {
    /// Finds how many copies go with the rate, the tasks and the backlog of now.
    pub(super) fn recount_copies(&mut self) {
        let Some((hidden, once)) = self.copying.of.filter(|_| 0 < self.serving) else {
            return;
        };
        let slots = f64::from(self.serving) * f64::from(once.slots);
        let asked = [slots, self.rate_per_s];
        if self.copying.asked != asked {
            self.copying.asked = asked;
            self.copying.settled = hidden.settled(slots, self.rate_per_s);
        }
        let (settled, wait_s) = self.copying.settled;
        let each_s = hidden.mean_s * self.copying.now.work / slots;
        let backlog_s = (self.first.queue.n - slots).max(0.0) * each_s;
        let copies = if BACKLOG * (wait_s + each_s) < backlog_s {
            hidden.copies(Wait::Fixed(backlog_s))
        } else {
            settled
        };
        let now = &mut self.copying.now;
        (now.receives, now.age_s) = (copies.receives, copies.age_s);
        if (copies.work / now.work - 1.0).abs() <= WORK_KEPT {
            return;
        }
        let unit = libm::log1p(WORK_STEP);
        now.work = libm::exp(libm::round(libm::log(copies.work) / unit) * unit);
        let shape = self.copying.shape(once);
        self.take_spec(LoadSpec { shape, ..self.spec });
    }
}
