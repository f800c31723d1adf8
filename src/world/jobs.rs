//! A program that calls RunTask: its queue of work and the tasks that do it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::iter::Peekable;

use crate::catalog::fargate::TaskSize;
use crate::demand::source::ArrivalCursor;
use crate::engine::{SimDuration, SimTime};
use crate::policy::strategy::ChoiceReason;
use crate::world::groups::TaskGroups;
use crate::world::pipeline::Pipeline;

/// A piece of work: one task's worth.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// The source's how-manieth job it is, from 0.
    pub number: u64,
    /// Which arrival it is of, from 0.
    pub batch: u64,
    /// When it came in.
    pub arrived: SimTime,
    /// How long a task works on it from the beginning; `None`: until something else stops it.
    pub work: Option<SimDuration>,
    /// How much of it is done and kept.
    pub done: SimDuration,
    /// The size of its task.
    pub size: TaskSize,
    /// The rule of `providerBySize` that is for its size; `None`: its source's own strategy.
    pub rule: Option<u32>,
    /// Where its task goes, by position among all items of its source (see `Plan::job_strategy`).
    pub item: u32,
    /// Why it goes there.
    pub reason: ChoiceReason,
    /// How many tasks of its RunTask call go before it; the first one opens the call, which counts
    /// once.
    pub in_call: u32,
    /// When its present start was first tried; `None`: it waits for its turn.
    pub first_tried: Option<SimTime>,
    /// Its place in the order of jobs that became ready.
    pub order: u64,
    /// How often it was started.
    pub starts: u32,
    /// How often it failed.
    pub failures: u32,
    /// How often EventBridge's call for it failed.
    pub refused_calls: u32,
}

/// The state of a job source.
#[derive(Clone)]
pub struct JobSource {
    /// Its further arrivals.
    pub arrivals: Option<Peekable<ArrivalCursor>>,
    /// Its jobs that are not over; slots are reused.
    pub jobs: Vec<Option<Job>>,
    /// Free slots of `jobs`.
    pub free: Vec<u32>,
    /// Jobs that are ready to be started, in order, by the item of the strategy they go to: one
    /// provider's lack of capacity holds up no job of another.
    pub ready: Vec<VecDeque<u32>>,
    /// Jobs that wait before a further try, the earliest first.
    pub delayed: BinaryHeap<Reverse<(SimTime, u32)>>,
    /// Jobs that became ready so far: the order among providers.
    pub queued: u64,
    /// Its live tasks.
    pub groups: TaskGroups,
    /// Tasks that are not STOPPED's desired: the concurrency in use.
    pub live: u32,
    /// Tasks started so far.
    pub started: u64,
    /// Launches tried so far.
    pub attempts: u64,
    /// Further tries so far: key the draws of their providers.
    pub further_tries: u64,
    /// Jobs that came in so far.
    pub arrived: u64,
    /// Who comes before and after it.
    pub pipeline: Pipeline,
    /// Batches that are over and not passed on yet: which, and whether a job of it failed.
    pub over: VecDeque<(u64, bool)>,
    /// The tick of its live wake-up.
    pub wake_tick: u32,
    /// When that wake-up falls due.
    pub wake_at: SimTime,
}

impl JobSource {
    /// Keeps a job and returns its index.
    pub fn add(&mut self, job: Job) -> u32 {
        self.arrived += 1;
        match self.free.pop() {
            Some(index) => {
                self.jobs[index as usize] = Some(job);
                index
            }
            None => {
                self.jobs.push(Some(job));
                (self.jobs.len() - 1) as u32
            }
        }
    }

    /// A job is ready to be started: it goes behind all that were before it.
    pub fn enqueue(&mut self, index: u32) {
        self.queued += 1;
        let order = self.queued;
        let job = self.job_mut(index);
        job.order = order;
        job.first_tried = None;
        let item = job.item as usize;
        self.ready[item].push_back(index);
    }

    /// Jobs whose wait is over become ready.
    pub fn release_delayed(&mut self, now: SimTime) {
        while let Some(Reverse((at, index))) = self.delayed.peek().copied() {
            if now < at {
                return;
            }
            self.delayed.pop();
            self.enqueue(index);
        }
    }

    /// The item whose first ready job has waited longest, among those that are not blocked.
    pub fn next_item(&self, is_blocked: impl Fn(usize) -> bool) -> Option<usize> {
        if self.ready.len() == 1 {
            return (!self.ready[0].is_empty() && !is_blocked(0)).then_some(0);
        }
        let order = |item: &usize| {
            let front = self.ready[*item].front()?;
            self.jobs[*front as usize].map(|job| job.order)
        };
        (0..self.ready.len())
            .filter(|item| !is_blocked(*item) && !self.ready[*item].is_empty())
            .min_by_key(order)
    }

    /// Jobs that wait, for whatever reason.
    pub fn waiting(&self) -> usize {
        self.ready.iter().map(VecDeque::len).sum::<usize>() + self.delayed.len()
    }

    /// The job of this index.
    ///
    /// # Panics
    /// If it is over: tasks and queues name jobs that are not.
    pub fn job_mut(&mut self, index: u32) -> &mut Job {
        self.jobs[index as usize]
            .as_mut()
            .expect("tasks and queues name jobs that are not over")
    }

    /// The job of this index; `None`: it is over.
    pub fn job(&self, index: u32) -> Option<&Job> {
        self.jobs[index as usize].as_ref()
    }

    /// Forgets a job that is over.
    ///
    /// # Panics
    /// If it was over already.
    pub fn finish(&mut self, index: u32, succeeded: bool) -> Job {
        self.free.push(index);
        let job = self.jobs[index as usize].take();
        let job = job.expect("a job ends only once");
        self.close(job.batch, succeeded);
        job
    }

    /// A job of a batch is over.
    pub fn close(&mut self, batch: u64, succeeded: bool) {
        if let Some(has_failed) = self.pipeline.close(batch, succeeded) {
            self.over.push_back((batch, has_failed));
        }
    }
}
