//! A program that calls RunTask: its queue of work and the tasks that do it.

use std::collections::VecDeque;
use std::iter::Peekable;

use crate::catalog::fargate::TaskSize;
use crate::demand::source::ArrivalCursor;
use crate::engine::{SimDuration, SimTime};
use crate::policy::strategy::ChoiceReason;
use crate::world::groups::TaskGroups;

/// A piece of work: one task's worth.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// When it came in.
    pub arrived: SimTime,
    /// When it was last ready to start: its arrival, or the end of a wait before a further try.
    pub ready: SimTime,
    /// How long a task works on it from the beginning; `None`: until something else stops it.
    pub work: Option<SimDuration>,
    /// How much of it is done and kept.
    pub done: SimDuration,
    /// The size of its task.
    pub size: TaskSize,
    /// Where its task goes, by position in the source's strategy.
    pub item: u32,
    /// Why it goes there.
    pub reason: ChoiceReason,
    /// Whether it is the first task of its RunTask call: the call counts once.
    pub opens_call: bool,
    /// How often it was started.
    pub starts: u32,
    /// How often it failed.
    pub failures: u32,
}

/// The state of a job source.
pub struct JobSource {
    /// Its further arrivals.
    pub arrivals: Option<Peekable<ArrivalCursor>>,
    /// Its jobs that are not over; slots are reused.
    pub jobs: Vec<Option<Job>>,
    /// Free slots of `jobs`.
    pub free: Vec<u32>,
    /// Jobs that wait to be started, in order.
    pub waiting: VecDeque<u32>,
    /// Its live tasks.
    pub groups: TaskGroups,
    /// Tasks that are not STOPPED's desired: the concurrency in use.
    pub live: u32,
    /// Tasks started so far.
    pub started: u64,
    /// Launches tried so far.
    pub attempts: u64,
    /// Jobs that came in so far.
    pub arrived: u64,
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

    /// The job of this index.
    ///
    /// # Panics
    /// If it is over: tasks and queues name jobs that are not.
    pub fn job_mut(&mut self, index: u32) -> &mut Job {
        self.jobs[index as usize]
            .as_mut()
            .expect("tasks and queues name jobs that are not over")
    }

    /// Forgets a job that is over.
    ///
    /// # Panics
    /// If it was over already.
    pub fn finish(&mut self, index: u32) -> Job {
        self.free.push(index);
        self.jobs[index as usize]
            .take()
            .expect("a job ends only once")
    }
}
