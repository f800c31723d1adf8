//! Memory that the tasks of a service keep: how much each has kept since its start, and which of
//! them reaches its limit next. A task's share is found from two numbers of its own, so that no
//! minute looks at each task.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::demand::period::{PERIOD, ServicePeriod};
use crate::engine::{SimDuration, SimTime};
use crate::ids::{TaskDefinitionId, TaskId};
use crate::policy::memory_growth::MemoryGrowth;

/// The memory that the tasks of a service with a load keep.
#[derive(Clone, Debug, Default)]
pub struct Growth {
    /// Requests that a task which always served would have answered so far.
    requests: f64,
    /// The revisions that keep memory.
    revisions: Vec<Revision>,
}

/// The tasks of a revision that keep memory.
#[derive(Clone, Debug)]
struct Revision {
    definition: TaskDefinitionId,
    growth: MemoryGrowth,
    /// Who reaches the limit, at what growth of a task of mean pace; tasks that are gone stay in
    /// it until their turn.
    full: BinaryHeap<Reverse<(Mib, TaskId)>>,
    /// The sum of their paces.
    paces: f64,
    /// The sum of what each has to take off: pace times the growth at its start.
    offsets: f64,
}

/// A finite number of MiB, in order.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Mib(f64);

impl Eq for Mib {}

impl PartialOrd for Mib {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Mib {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// What is known of a task that keeps memory.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Leak {
    revision: usize,
    /// How fast it keeps memory, over the mean.
    pub pace: f64,
    /// The growth of a task of mean pace when it began.
    from: f64,
    /// The growth at which it has kept all of its headroom.
    full: f64,
}

impl Growth {
    /// A task of this pace keeps memory from now on; it has so much headroom, of which it has kept
    /// the share `age` already.
    pub fn join(
        &mut self,
        (definition, growth): (TaskDefinitionId, MemoryGrowth),
        (pace, headroom_mib, age): (f64, f64, f64),
        now: SimTime,
    ) -> Leak {
        let revision = self.revision(definition, growth);
        let lasts = headroom_mib.max(0.0) / pace;
        let from = self.grown(&growth, now, self.requests) - age * lasts;
        let leak = Leak {
            revision,
            pace,
            from,
            full: from + lasts,
        };
        let tasks = &mut self.revisions[revision];
        tasks.paces += pace;
        tasks.offsets += pace * from;
        leak
    }

    /// It depends on requests when a task is full: [`Growth::next_full`] tells.
    pub fn await_full(&mut self, leak: Leak, task: TaskId) {
        let tasks = &mut self.revisions[leak.revision];
        tasks.full.push(Reverse((Mib(leak.full), task)));
    }

    /// It keeps none any longer.
    pub fn leave(&mut self, leak: Leak) {
        let tasks = &mut self.revisions[leak.revision];
        tasks.paces -= leak.pace;
        tasks.offsets -= leak.pace * leak.from;
    }

    /// A minute is over: with what was kept in it, MiB-seconds more.
    pub fn close(&mut self, minute: u64, period: &ServicePeriod) -> ServicePeriod {
        let answered = (period.requests - period.elb_5xx).max(0.0);
        let each = match 0.0 < period.serving {
            true => answered / period.serving,
            false => 0.0,
        };
        let middle = PERIOD.as_micros() * minute + PERIOD.as_micros() / 2;
        let middle = SimTime::from_micros(middle);
        let kept = self.kept_mib(middle, self.requests + each / 2.0);
        self.requests += each;
        ServicePeriod {
            memory_used: (period.memory_used + kept * PERIOD.as_secs_f64())
                .min(period.memory_reserved),
            ..*period
        }
    }

    /// What a minute under the present load is expected to see.
    pub fn expected(&self, now: SimTime, period: &ServicePeriod) -> ServicePeriod {
        self.during(now, PERIOD, period)
    }

    /// A length of time with what is kept at an instant of it; of requests, those of the minutes
    /// that are over count.
    pub fn during(
        &self,
        at: SimTime,
        length: SimDuration,
        period: &ServicePeriod,
    ) -> ServicePeriod {
        let kept = self.kept_mib(at, self.requests) * length.as_secs_f64();
        ServicePeriod {
            memory_used: (period.memory_used + kept).min(period.memory_reserved),
            ..*period
        }
    }

    /// A task of those that have kept all of their headroom but `busy_mib`, which requests take;
    /// each is told once.
    pub fn next_full(&mut self, now: SimTime, busy_mib: f64) -> Option<TaskId> {
        for revision in 0..self.revisions.len() {
            let growth = self.revisions[revision].growth;
            let grown = self.grown(&growth, now, self.requests) + busy_mib;
            let full = &mut self.revisions[revision].full;
            if let Some(Reverse((at, task))) = full.peek().copied()
                && at.0 <= grown
            {
                full.pop();
                return Some(task);
            }
        }
        None
    }

    /// Whether a task has kept all of its headroom but `busy_mib`.
    pub fn is_full(&self, leak: Leak, now: SimTime, busy_mib: f64) -> bool {
        let growth = self.revisions[leak.revision].growth;
        leak.full <= self.grown(&growth, now, self.requests) + busy_mib
    }

    /// What a task has kept, MiB.
    pub fn kept_by(&self, leak: Leak, now: SimTime) -> f64 {
        let growth = self.revisions[leak.revision].growth;
        leak.pace * (self.grown(&growth, now, self.requests) - leak.from)
    }

    /// What all tasks have kept, MiB.
    fn kept_mib(&self, at: SimTime, requests: f64) -> f64 {
        let kept = self.revisions.iter().map(|revision| {
            let grown = self.grown(&revision.growth, at, requests);
            (revision.paces * grown - revision.offsets).max(0.0)
        });
        kept.sum()
    }

    fn grown(&self, growth: &MemoryGrowth, at: SimTime, requests: f64) -> f64 {
        let run = SimDuration::from_micros(at.as_micros());
        growth.kept_mib(run, requests)
    }

    fn revision(&mut self, definition: TaskDefinitionId, growth: MemoryGrowth) -> usize {
        let known = self.revisions.iter();
        let mut known = known.map(|revision| revision.definition);
        if let Some(known) = known.position(|it| it == definition) {
            return known;
        }
        self.revisions.push(Revision {
            definition,
            growth,
            full: BinaryHeap::new(),
            paces: 0.0,
            offsets: 0.0,
        });
        self.revisions.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY_BOTH: MemoryGrowth = MemoryGrowth {
        per_hour_mib: 60.0,
        per_request_mib: 0.1,
    };

    /// A minute of 200 requests at two tasks of 100 MiB.
    fn minute() -> ServicePeriod {
        ServicePeriod {
            requests: 200.0,
            serving: 2.0,
            running: 2.0,
            memory_used: 2.0 * 10.0 * 60.0,
            memory_reserved: 2.0 * 100.0 * 60.0,
            ..ServicePeriod::default()
        }
    }

    #[test]
    fn tasks_fill_up_in_the_order_of_pace_and_age() {
        let mut growth = Growth::default();
        let task = |index: u32| TaskId {
            index,
            generation: 0,
        };
        let at = SimTime::from_secs;
        let join = |growth: &mut Growth, index: u32, pace: (f64, f64, f64), now: SimTime| {
            let leak = growth.join((TaskDefinitionId(0), BY_BOTH), pace, now);
            growth.await_full(leak, task(index));
            leak
        };
        // 1 MiB a minute and 0.1 for each of 100 requests: 11 MiB a minute.
        let slow = join(&mut growth, 0, (1.0, 90.0, 0.0), at(0));
        let fast = join(&mut growth, 1, (1.5, 90.0, 0.0), at(0));
        for index in 0..5 {
            assert_eq!(growth.next_full(at(index * 60), 0.0), None, "{index}");
            let grown = growth.close(index, &minute());
            // Halfway through a minute the two have kept 2.5 times what one of mean pace has.
            let kept = 2.5 * 11.0 * (index as f64 + 0.5);
            let used = 2.0 * 10.0 + kept;
            assert!((grown.memory_used / 60.0 - used).abs() < 1e-9, "{index}");
        }
        // After 5 minutes 55 and 82.5; 60 and 90 by 5.45 minutes.
        assert_eq!(growth.next_full(at(300), 5.0), Some(task(1)));
        assert_eq!(growth.next_full(at(300), 5.0), None, "each is told once");
        assert!(growth.is_full(fast, at(300), 5.0) && !growth.is_full(slow, at(300), 5.0));
        growth.leave(fast);
        let grown = growth.close(5, &minute()).memory_used / 60.0;
        assert!((grown - (20.0 + 60.5)).abs() < 1e-9, "{grown}");
        // One that had kept two thirds already when it began is full before.
        let _ = join(&mut growth, 2, (1.0, 30.0, 2.0 / 3.0), at(360));
        let _ = growth.close(6, &minute());
        assert_eq!(growth.next_full(at(420), 0.0), Some(task(2)));
        assert_eq!(growth.next_full(at(420), 15.0), Some(task(0)));
    }
}
