//! One task as its requests see it: slots, a queue, a CPU.

use super::arena::Line;
use super::calls::CallWork;
use super::law::WorkLaw;
use super::processor::Processor;

/// A task of a [`super::Fleet`]; valid until the task is gone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ServerId(pub(super) u32);

/// What requests cost a task: its revision's code, and its size.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestWork {
    /// Mean seconds of CPU.
    pub cpu_s: f64,
    /// Mean seconds in a slot without using CPU.
    pub wait_s: f64,
    /// The law that both follow together.
    pub law: WorkLaw,
    /// Requests handled at once.
    pub slots: u32,
    /// The task's vCPU.
    pub vcpus: f64,
    /// The share of answers that are a 5xx.
    pub errors: f64,
    /// Requests that may queue; further ones are turned away.
    pub places: u32,
}

/// Work of nothing at all counts as this, in seconds, as in the fluid model.
const HOLDING_MIN_S: f64 = 1e-6;

/// How a request passes through a slot.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Passage {
    /// Nobody slows it: so many seconds, and the share of a vCPU that it uses.
    Alone { holding_s: f64, vcpus: f64 },
    /// It computes beside others, then waits.
    Shared { cpu_s: f64, wait_s: f64 },
}

/// A revision's work, with what the fleet adds up over its tasks.
#[derive(Clone, Debug)]
pub(super) struct Class {
    pub(super) work: RequestWork,
    pub(super) passage: Passage,
    /// Slots taken on its tasks, those that drain left out.
    pub(super) busy: u32,
    /// Integral of `busy`, up to `since_s`.
    pub(super) busy_s: f64,
    pub(super) since_s: f64,
    /// What its requests call.
    pub(super) calls: Vec<CallWork>,
}

impl Class {
    pub(super) fn new(work: RequestWork, now_s: f64) -> Self {
        let (cpu_s, wait_s) = (work.cpu_s.max(0.0), work.wait_s.max(0.0));
        let alone_s = cpu_s / work.vcpus.min(1.0);
        let nobody_slows = cpu_s == 0.0 || f64::from(work.slots) <= work.vcpus.max(1.0);
        let passage = if nobody_slows {
            let holding_s = (wait_s + alone_s).max(HOLDING_MIN_S);
            Passage::Alone {
                holding_s,
                vcpus: cpu_s / holding_s,
            }
        } else {
            Passage::Shared { cpu_s, wait_s }
        };
        Class {
            work,
            passage,
            busy: 0,
            busy_s: 0.0,
            since_s: now_s,
            calls: Vec::new(),
        }
    }

    /// One slot more or less is taken from now on.
    #[inline]
    pub(super) fn change_busy(&mut self, now_s: f64, change: i32) {
        self.bring_to(now_s);
        self.busy = self.busy.wrapping_add_signed(change);
    }

    #[inline]
    pub(super) fn bring_to(&mut self, now_s: f64) {
        self.busy_s += f64::from(self.busy) * (now_s - self.since_s);
        self.since_s = now_s;
    }
}

/// What a task is to the balancer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// It gets requests.
    Serving,
    /// It finishes what it has.
    Draining,
    /// It is gone, its place is free.
    Gone,
}

/// A task.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) class: u32,
    pub(super) standing: Standing,
    pub(super) in_slots: u32,
    pub(super) line: Line,
    pub(super) cpu: Processor,
    /// Tells the tasks in this place apart.
    pub(super) life: u32,
}

impl Server {
    /// Requests at it.
    pub(super) fn outstanding(&self) -> u32 {
        self.in_slots + self.line.length
    }
}
