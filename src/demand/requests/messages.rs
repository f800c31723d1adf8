//! What the messages of a queue need beyond requests: when they are seen again.

use std::collections::{BTreeMap, VecDeque};

use super::arena::{Arena, Place};

/// So many time-outs are kept, whether or not their messages are done.
const KEPT: usize = 4_096;

/// When a message that is worked on can be received again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeout {
    pub(super) at_s: f64,
    pub(super) request: u32,
    pub(super) generation: u32,
}

/// A message whose task is gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Returning {
    pub(super) at_s: f64,
    pub(super) arrived_s: f64,
    pub(super) draw: f64,
}

/// What is seen again.
#[derive(Clone, Copy, Debug)]
pub(super) enum Again {
    /// A message that its first task still works on.
    Copy(Timeout),
    /// A message that nobody works on.
    Back(Returning),
}

/// The copies of a message that is worked on more than once.
#[derive(Clone, Copy, Debug)]
struct Several {
    /// Those in the queue and in slots.
    alive: u32,
    is_done: bool,
}

/// Messages that will be seen again, and those that have been.
#[derive(Clone, Debug)]
pub(super) struct Messages {
    /// In order of time: all have the same time-out.
    timeouts: VecDeque<Timeout>,
    /// At so many those of messages that are done are thrown away.
    timeouts_max: usize,
    /// Those whose task is gone, the next one last.
    returning: Vec<Returning>,
    /// Messages with several copies, by number.
    several: BTreeMap<u64, Several>,
    newest: u64,
}

impl Default for Messages {
    fn default() -> Self {
        Messages {
            timeouts: VecDeque::new(),
            timeouts_max: KEPT,
            returning: Vec::new(),
            several: BTreeMap::new(),
            newest: 0,
        }
    }
}

impl Messages {
    /// Messages that are in nobody's hands and not to be seen yet.
    pub(super) fn returning(&self) -> usize {
        self.returning.len()
    }

    /// When one is seen again, if any.
    #[inline]
    pub(super) fn next_s(&self) -> Option<f64> {
        let timeout = self.timeouts.front().map(|it| it.at_s);
        let back = self.returning.last().map(|it| it.at_s);
        match (timeout, back) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    /// The next one that is seen again.
    pub(super) fn pop(&mut self) -> Option<Again> {
        let at_s = self.next_s()?;
        match self.returning.last() {
            Some(back) if back.at_s <= at_s => self.returning.pop().map(Again::Back),
            _ => self.timeouts.pop_front().map(Again::Copy),
        }
    }

    /// A message was received: others see it again at that time.
    pub(super) fn received(&mut self, timeout: Timeout, arena: &Arena) {
        if self.timeouts_max <= self.timeouts.len() {
            self.timeouts.retain(|it| is_in_work(arena, it));
            self.timeouts_max = (2 * self.timeouts.len()).max(KEPT);
        }
        self.timeouts.push_back(timeout);
    }

    /// A message whose task is gone is seen again at that time.
    pub(super) fn give_back(&mut self, back: Returning) {
        let later = self.returning.partition_point(|it| back.at_s < it.at_s);
        self.returning.insert(later, back);
    }

    /// A further copy of a message, which has this number or none yet; its number, unless it is
    /// done.
    pub(super) fn copy(&mut self, message: u64) -> Option<u64> {
        let number = if message == 0 {
            self.newest += 1;
            self.newest
        } else {
            message
        };
        let fresh = Several {
            alive: 1,
            is_done: false,
        };
        let several = self.several.entry(number).or_insert(fresh);
        if several.is_done {
            return None;
        }
        several.alive += 1;
        Some(number)
    }

    /// Whether a message is done.
    pub(super) fn is_done(&self, message: u64) -> bool {
        message != 0 && self.several.get(&message).is_some_and(|it| it.is_done)
    }

    /// A copy is finished; true if it is the first of its message.
    pub(super) fn finish(&mut self, message: u64) -> bool {
        let Some(several) = self.several.get_mut(&message) else {
            return true;
        };
        let is_first = !several.is_done;
        several.is_done = true;
        self.drop_copy(message);
        is_first
    }

    /// A copy is no more; true if its message has to come back for want of another.
    pub(super) fn lose(&mut self, message: u64) -> bool {
        if message == 0 {
            return true;
        }
        let is_done = self.is_done(message);
        !self.drop_copy(message) && !is_done
    }

    /// A copy is no more; whether others are left.
    pub(super) fn drop_copy(&mut self, message: u64) -> bool {
        let Some(several) = self.several.get_mut(&message) else {
            return false;
        };
        several.alive -= 1;
        let is_left = 0 < several.alive;
        if !is_left {
            self.several.remove(&message);
        }
        is_left
    }
}

/// Whether a time-out is of a message that is still worked on by the task that received it.
pub(super) fn is_in_work(arena: &Arena, timeout: &Timeout) -> bool {
    let request = arena.get(timeout.request);
    let in_work = matches!(request.place, Place::Computing | Place::Holding);
    in_work && request.generation == timeout.generation
}
