//! Tasks by the number of requests at them: one with the fewest in constant time. Among equals
//! chance decides (ASSUMPTION: AWS does not say how ties are broken; a load balancer is several
//! nodes that do not count together).

use crate::engine::random::Stream;

/// Tasks in lists by level.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    lists: Vec<Vec<u32>>,
    /// Level and place in its list, by task.
    places: Vec<(u32, u32)>,
    least: usize,
    count: usize,
}

impl Levels {
    /// A task joins at a level.
    #[inline]
    pub(super) fn insert(&mut self, task: u32, level: u32) {
        let (index, at) = (task as usize, level as usize);
        if self.places.len() <= index {
            self.places.resize(index + 1, (0, 0));
        }
        if self.lists.len() <= at {
            self.lists.resize(at + 1, Vec::new());
        }
        let list = &mut self.lists[at];
        self.places[index] = (level, list.len() as u32);
        list.push(task);
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
        let (level, place) = self.places[task as usize];
        let list = &mut self.lists[level as usize];
        list.swap_remove(place as usize);
        if let Some(moved) = list.get(place as usize) {
            self.places[*moved as usize].1 = place;
        }
        self.count -= 1;
    }

    /// A task is at another level.
    #[inline]
    pub(super) fn shift(&mut self, task: u32, level: u32) {
        self.remove(task);
        self.insert(task, level);
    }

    /// A task with the fewest, if there is one; a draw is taken only where there are several.
    #[inline]
    pub(super) fn fewest(&mut self, ties: &mut Stream) -> Option<u32> {
        if self.count == 0 {
            return None;
        }
        while self.lists[self.least].is_empty() {
            self.least += 1;
        }
        let list = &self.lists[self.least];
        let at = match list.len() {
            1 => 0,
            several => (ties.uniform() * several as f64) as usize,
        };
        list.get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::random::{NameHash, Purpose, Streams};

    #[test]
    fn the_fewest_is_found_and_chance_decides_between_equals() {
        let mut ties = Streams::new(1, 0).stream(Purpose::new("ties"), NameHash::of("test"), 0);
        let mut levels = Levels::default();
        for task in 0..3 {
            levels.insert(task, 0);
        }
        let mut numbers = [0u32; 3];
        for served in 0..300 {
            let task = levels.fewest(&mut ties).unwrap();
            numbers[task as usize] += 1;
            levels.shift(task, numbers[task as usize]);
            // As level as can be, whoever was first.
            let least = numbers.iter().min().unwrap();
            let most = numbers.iter().max().unwrap();
            assert!(most - least <= 1, "after {served}: {numbers:?}");
        }
        levels.remove(0);
        levels.shift(1, 500);
        assert_eq!(levels.fewest(&mut ties), Some(2));
        levels.remove(2);
        assert_eq!(levels.fewest(&mut ties), Some(1));
        levels.remove(1);
        assert_eq!(levels.fewest(&mut ties), None);
        levels.insert(2, 9);
        assert_eq!(levels.fewest(&mut ties), Some(2));
    }
}
