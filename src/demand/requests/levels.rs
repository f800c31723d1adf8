//! Tasks by the number of requests at them: the one with the fewest in constant time. Among
//! equals the one that has been at its number for longest comes first (ASSUMPTION: AWS does not say
//! how ties are broken).

use super::server::NONE;

/// Tasks in lists by level.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    first: Vec<u32>,
    last: Vec<u32>,
    /// Level, neighbour before, neighbour after, by task.
    places: Vec<(u32, u32, u32)>,
    least: usize,
    count: usize,
}

impl Levels {
    /// A task joins at a level.
    #[inline]
    pub(super) fn insert(&mut self, task: u32, level: u32) {
        let (index, at) = (task as usize, level as usize);
        if self.places.len() <= index {
            self.places.resize(index + 1, (0, NONE, NONE));
        }
        if self.first.len() <= at {
            self.first.resize(at + 1, NONE);
            self.last.resize(at + 1, NONE);
        }
        let last = self.last[at];
        self.places[index] = (level, last, NONE);
        match last {
            NONE => self.first[at] = task,
            last => self.places[last as usize].2 = task,
        }
        self.last[at] = task;
        self.least = if self.count == 0 {
            at
        } else {
            self.least.min(at)
        };
        self.count += 1;
    }

    /// A task leaves.
    #[inline]
    pub(super) fn remove(&mut self, task: u32) {
        let (level, before, after) = self.places[task as usize];
        match before {
            NONE => self.first[level as usize] = after,
            before => self.places[before as usize].2 = after,
        }
        match after {
            NONE => self.last[level as usize] = before,
            after => self.places[after as usize].1 = before,
        }
        self.count -= 1;
    }

    /// A task is at another level.
    #[inline]
    pub(super) fn shift(&mut self, task: u32, level: u32) {
        self.remove(task);
        self.insert(task, level);
    }

    /// The task with the fewest, if there is one.
    #[inline]
    pub(super) fn fewest(&mut self) -> Option<u32> {
        if self.count == 0 {
            return None;
        }
        while self.first[self.least] == NONE {
            self.least += 1;
        }
        Some(self.first[self.least])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_is_found_and_equals_take_turns() {
        let mut levels = Levels::default();
        for task in 0..3 {
            levels.insert(task, 0);
        }
        let mut served = Vec::new();
        let mut numbers = [0u32; 3];
        for _ in 0..6 {
            let task = levels.fewest().unwrap();
            served.push(task);
            numbers[task as usize] += 1;
            levels.shift(task, numbers[task as usize]);
        }
        assert_eq!(served, [0, 1, 2, 0, 1, 2]);
        levels.remove(0);
        levels.shift(1, 5);
        assert_eq!(levels.fewest(), Some(2));
        levels.remove(2);
        assert_eq!(levels.fewest(), Some(1));
        levels.remove(1);
        assert_eq!(levels.fewest(), None);
        levels.insert(2, 9);
        assert_eq!(levels.fewest(), Some(2));
    }
}
