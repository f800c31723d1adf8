//! Repacking: which instance of a group is emptied, so that its tasks share the others.

use crate::engine::time::SimDuration;
use crate::policy::placement::{Need, fit_together};

/// Instances that are tried in one look, the emptiest first: what the tenth does not give, its
/// fuller ones hardly will.
const TRIED_MAX: usize = 10;

/// Repacking (asked of AWS in containers-roadmap #42 and #105): from time to time an instance of
/// which little is reserved is drained and ended, if all of its tasks fit on the other ones.
///
/// The rule is the workaround that users describe in #42: take an instance of the group whose tasks
/// would fit on the others, drain it, and let the scheduler place them anew.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Repacking {
    /// A group is looked at no more often than this.
    pub every: SimDuration,
    /// Only instances of which a smaller share is reserved: of CPU or memory, whichever is more.
    pub reserved_below: f64,
    /// Only instances with so many tasks to move at most.
    pub tasks_max: u32,
}

/// An instance as repacking sees it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Room {
    /// What it has for tasks.
    pub has: Need,
    /// What of it no task has reserved.
    pub free: Need,
}

/// Why an instance is emptied.
#[derive(Clone, Copy, PartialEq, Debug)]
#[must_use]
pub struct Emptied {
    /// The share of it that was reserved.
    pub reserved: f64,
    /// Tasks that are moved.
    pub tasks: u32,
}

impl Room {
    /// The share that is reserved, of CPU or memory, whichever is more.
    pub fn reserved(&self) -> f64 {
        let share = |has: u32, free: u32| {
            let has = f64::from(has.max(1));
            (has - f64::from(free)).max(0.0) / has
        };
        share(self.has.cpu, self.free.cpu).max(share(self.has.memory, self.free.memory))
    }
}

impl Repacking {
    /// The instances that may be emptied, the one with the least reserved first; of equal ones the
    /// first.
    pub fn candidates(&self, rooms: &[Room]) -> Vec<usize> {
        let share = |at: &usize| rooms[*at].reserved();
        let is_loose = |at: &usize| share(at) < self.reserved_below;
        let mut found: Vec<usize> = (0..rooms.len()).filter(is_loose).collect();
        found.sort_by(|a, b| share(a).total_cmp(&share(b)).then(a.cmp(b)));
        found.truncate(TRIED_MAX);
        found
    }

    /// Whether the tasks of an instance fit on the others ([`fit_together`]); `may` says whether a
    /// task may be on an instance. An instance without tasks is no case for it: scale-in takes it.
    pub fn empty(
        &self,
        (rooms, which): (&[Room], usize),
        tasks: &[Need],
        may: impl Fn(usize, usize) -> bool,
    ) -> Option<Emptied> {
        let count = u32::try_from(tasks.len()).unwrap_or(u32::MAX);
        if tasks.is_empty() || self.tasks_max < count {
            return None;
        }
        let free = rooms.iter().map(|room| room.free).collect();
        let fit = fit_together(free, tasks, |task, at| at != which && may(task, at));
        fit.then(|| Emptied {
            reserved: rooms[which].reserved(),
            tasks: count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(cpu: u32, memory: u32) -> Need {
        Need {
            cpu,
            memory,
            gpus: 0,
            enis: 0,
        }
    }

    /// Four vCPU and 16 GiB, with so much free.
    fn room(cpu: u32, memory: u32) -> Room {
        Room {
            has: need(4_096, 16_384),
            free: need(cpu, memory),
        }
    }

    fn rule() -> Repacking {
        Repacking {
            every: SimDuration::from_secs(600),
            reserved_below: 0.5,
            tasks_max: 3,
        }
    }

    /// Reserved are 75 %, 25 % (of memory 31 %), 44 % and all: the second is emptied first, its task of
    /// 1 vCPU goes to the first, which it leaves full.
    #[test]
    fn the_emptiest_instance_goes_whose_tasks_fit_elsewhere() {
        let rooms = [
            room(1_024, 8_192),
            room(3_072, 11_264),
            room(2_304, 16_384),
            room(0, 0),
        ];
        assert_eq!(rule().candidates(&rooms), [1, 2]);
        let one = [need(1_024, 5_120)];
        let emptied = rule().empty((&rooms, 1), &one, |_, _| true).unwrap();
        assert_eq!((emptied.reserved, emptied.tasks), (0.3125, 1));
        // Two of them need the third as well, three have no room, four are too many to ask.
        let tasks = [need(1_024, 1_024); 4];
        let goes = |count: usize| rule().empty((&rooms, 1), &tasks[..count], |_, _| true);
        assert_eq!(
            [1, 2, 3, 4].map(|count| goes(count).is_some()),
            [true, true, true, false]
        );
        assert!(goes(0).is_none(), "scale-in takes what is empty");
        let large = [need(2_048, 1_024), need(1_024, 1_024), need(1_024, 1_024)];
        assert!(rule().empty((&rooms, 1), &large, |_, _| true).is_none());
        // Nobody may be on the first: the third has the room.
        assert!(rule().empty((&rooms, 1), &one, |_, at| at != 0).is_some());
        assert!(rule().empty((&rooms, 1), &one, |_, at| at == 3).is_none());
    }
}
