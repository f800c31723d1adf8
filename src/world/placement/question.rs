//! What is asked of the index, and what the rules have left of it so far.

use crate::ids::InstanceId;
use crate::policy::placement::{Binpack, Need, PlacementRule, Ports};
use crate::world::placement::hosting::Hosting;
use crate::world::placement::index::ClassId;
use crate::world::placement::place::Room;

/// A task that looks for an instance.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What it needs.
    pub need: &'a Need,
    /// Host ports it needs.
    pub ports: &'a Ports,
    /// Classes that meet its lasting constraints, in zones that its subnets reach.
    pub classes: &'a [ClassId],
    /// Its strategy.
    pub rules: &'a [PlacementRule],
    /// Whether each task of its service or group is to have an instance of its own
    /// (`distinctInstance`).
    pub is_alone: bool,
    /// Where the tasks of its service or group are.
    pub hosting: &'a Hosting,
    /// Which instances meet its constraints about what changes with every task, where it has any.
    pub live: Option<Live<'a>>,
}

/// Constraints that each instance has to be asked for: no order knows them, so that a search is as
/// long as the way to the first instance that meets them.
#[derive(Clone, Copy)]
pub struct Live<'a>(pub &'a dyn Fn(InstanceId) -> bool);

impl std::fmt::Debug for Live<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Live")
    }
}

/// What the rules have left so far: classes, and amounts or a number of tasks that all share.
pub(super) struct Left<'a> {
    pub(super) classes: Vec<ClassId>,
    /// How many of these, from the front, are looked at now.
    pub(super) count: usize,
    pub(super) cpu: Option<u32>,
    pub(super) memory: Option<u32>,
    /// Tasks of the service that each has.
    pub(super) same: Option<u32>,
    pub(super) question: Question<'a>,
    /// What it needs, as orders know it.
    pub(super) room: Room,
    /// Whether an order knows all that is asked for but what the rules leave.
    pub(super) is_room_enough: bool,
}

impl Question<'_> {
    /// Whether an order knows all that is asked for but what the rules leave.
    pub(super) fn is_room_enough(&self) -> bool {
        self.ports.is_empty() && self.live.is_none() && Room::holds(self.need)
    }
}

impl Left<'_> {
    /// The classes that are looked at now.
    pub(super) fn classes(&self) -> &[ClassId] {
        &self.classes[..self.count]
    }

    /// Whether nothing but room that an order can tell has been asked for so far: no order knows
    /// the rest.
    pub(super) fn has_all_with_room(&self) -> bool {
        let is_any = self.cpu.is_none() && self.memory.is_none() && self.same.is_none();
        is_any && self.is_room_enough
    }

    /// The least that an instance which is left has free: what all share, else what is needed.
    pub(super) fn least_free(&self) -> Need {
        let need = self.question.need;
        Need {
            cpu: self.cpu.unwrap_or(need.cpu),
            memory: self.memory.unwrap_or(need.memory),
            ..*need
        }
    }

    /// The amounts that all share.
    pub(super) fn shared(&self) -> [Option<Binpack>; 2] {
        [
            self.cpu.map(|_| Binpack::Cpu),
            self.memory.map(|_| Binpack::Memory),
        ]
    }
}
