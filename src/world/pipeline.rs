//! Batches of a program's jobs that others wait for: fan-out is a call of several tasks, fan-in a
//! program that waits for all of them, and for several programs.

use std::collections::VecDeque;

use crate::ids::JobSourceId;

/// What a program knows of those before and after it.
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    /// Who comes after it.
    pub next: Vec<JobSourceId>,
    /// How many it comes after.
    pub after: u32,
    /// Its batches so far.
    opened: u64,
    /// Those that are not over, and over ones behind them; the first is the `told`-th.
    batches: VecDeque<Batch>,
    told: u64,
    /// What came of the batches of those before it, by number; the first is the `begun`-th.
    before: VecDeque<Before>,
    begun: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Batch {
    left: u32,
    has_failed: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Before {
    over: u32,
    has_failed: bool,
}

impl Pipeline {
    /// Of a program with so many before it.
    pub fn new(next: Vec<JobSourceId>, after: u32) -> Self {
        Pipeline {
            next,
            after,
            ..Pipeline::default()
        }
    }

    /// A batch of so many jobs begins: its number.
    pub fn open(&mut self, jobs: u32) -> u64 {
        let number = self.opened;
        self.opened += 1;
        if !self.next.is_empty() {
            self.batches.push_back(Batch {
                left: jobs,
                has_failed: false,
            });
        }
        number
    }

    /// A job of a batch is over. Whether its whole batch is, and whether one of it failed.
    pub fn close(&mut self, batch: u64, succeeded: bool) -> Option<bool> {
        if self.next.is_empty() {
            return None;
        }
        let at = batch.checked_sub(self.told)?;
        let of = self.batches.get_mut(at as usize)?;
        of.left = of.left.saturating_sub(1);
        of.has_failed |= !succeeded;
        let over = (of.left == 0).then_some(of.has_failed);
        while self.batches.front().is_some_and(|it| it.left == 0) {
            self.batches.pop_front();
            self.told += 1;
        }
        over
    }

    /// A batch of this number of one before it is over. Whether all of that number are, and whether
    /// one of them failed.
    pub fn hear(&mut self, batch: u64, has_failed: bool) -> Option<bool> {
        let at = batch.checked_sub(self.begun)? as usize;
        while self.before.len() <= at {
            self.before.push_back(Before::default());
        }
        let of = &mut self.before[at];
        of.over += 1;
        of.has_failed |= has_failed;
        let over = (of.over == self.after).then_some(of.has_failed);
        while self.before.front().is_some_and(|it| it.over == self.after) {
            self.before.pop_front();
            self.begun += 1;
        }
        over
    }

    /// Jobs of batches that are not over.
    pub fn left(&self) -> u64 {
        self.batches.iter().map(|batch| u64::from(batch.left)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_end_in_any_order_and_are_told_once() {
        let mut pipeline = Pipeline {
            next: vec![JobSourceId::from_index(1)],
            ..Pipeline::default()
        };
        let (first, second) = (pipeline.open(2), pipeline.open(1));
        assert_eq!(pipeline.close(second, true), Some(false));
        assert_eq!(pipeline.close(first, false), None);
        assert_eq!(pipeline.left(), 1);
        assert_eq!(pipeline.close(first, true), Some(true), "one of it failed");
        assert_eq!((pipeline.left(), pipeline.open(1)), (0, 2));
        assert_eq!(pipeline.close(2, true), Some(false));
    }

    #[test]
    fn who_comes_after_two_waits_for_both_of_one_number() {
        let mut load = Pipeline {
            after: 2,
            ..Pipeline::default()
        };
        // The second ones of both are over before the first one of the slower.
        assert_eq!(load.hear(0, false), None);
        assert_eq!(load.hear(1, false), None);
        assert_eq!(load.hear(1, true), Some(true));
        assert_eq!(load.hear(0, false), Some(false));
        assert_eq!(load.hear(2, false), None);
    }
}
