//! Instances in an order of their free resources, each for itself: the first of them that has room
//! for a task, in time that grows with the logarithm of how many there are.
//!
//! A B+ tree whose nodes know the most of each resource that is free below them, so whole branches
//! without room are passed over. Nodes stand in one arena and are used again: nothing is allocated
//! once the tree has had its largest size. With one resource beside the ordered one the search
//! never turns back; with more of them it may, where the most of each is another instance's.

use crate::ids::InstanceId;
use crate::world::placement::firsts::Firsts;
use crate::world::placement::node::{Entry, NONE, Node, THIN, WIDTH};
use crate::world::placement::place::{Place, Room};

/// Instances in one order.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    unused: Vec<u32>,
    root: u32,
    /// What searches have found.
    firsts: Firsts,
}

impl Tree {
    /// Nothing in it.
    pub(super) fn new() -> Self {
        Tree {
            nodes: vec![Node::new(true)],
            unused: Vec::new(),
            root: 0,
            firsts: Firsts::new(),
        }
    }

    /// Puts an instance in; it must not be there yet.
    pub(super) fn insert(&mut self, place: Place, room: Room) {
        let entry = Entry {
            place,
            room,
            child: NONE,
        };
        self.firsts.comes(place, room);
        let Some(right) = self.insert_below(self.root, entry) else {
            return;
        };
        let left = self.root;
        self.root = self.node(false);
        for child in [left, right] {
            let entry = self.entry(child);
            let root = &mut self.nodes[self.root as usize];
            root.insert(root.len(), entry);
        }
    }

    /// Takes an instance out, which must be there.
    pub(super) fn remove(&mut self, place: Place) {
        self.firsts.goes(place);
        let was_there = self.remove_below(self.root, place).is_some();
        debug_assert!(was_there, "the instance stood elsewhere");
        while !self.nodes[self.root as usize].is_leaf {
            let root = &mut self.nodes[self.root as usize];
            match root.len() {
                0 => root.is_leaf = true,
                1 => {
                    let child = root.children[0];
                    self.unused.push(self.root);
                    self.root = child;
                }
                _ => break,
            }
        }
    }

    /// What is free of an instance has changed, and where it stands has not.
    pub(super) fn set_room(&mut self, place: Place, room: Room) {
        self.firsts.goes(place);
        self.firsts.comes(place, room);
        let changed = self.set_room_below(self.root, place, room);
        debug_assert!(changed.is_some(), "the instance stood elsewhere");
    }

    /// The room of the instance before, if it was there.
    fn set_room_below(&mut self, index: u32, place: Place, room: Room) -> Option<Room> {
        let node = &mut self.nodes[index as usize];
        let at = node.at_or_after(place);
        let known = *node.rooms().get(at)?;
        if node.is_leaf {
            node.rooms[at] = room;
            return (node.places[at] == place).then_some(known);
        }
        let child = node.children[at];
        let before = self.set_room_below(child, place, room)?;
        let bound = known.most(room);
        let most = match before.left_out_of(known) {
            Some(least) => self.nodes[child as usize].most_within(least, bound),
            None => bound,
        };
        self.nodes[index as usize].rooms[at] = most;
        Some(before)
    }

    /// The first instance from a place on that seems to have the room for a need and `suits`
    /// ([`Room::holds`] says whether it has it then); from `until` on it may be missed.
    #[inline]
    pub(super) fn first(
        &self,
        (from, until): (Place, Place),
        room: Room,
        mut suits: impl FnMut(InstanceId) -> bool,
    ) -> Option<Place> {
        self.first_below(self.root, (from, until), room, &mut suits)
    }

    /// The same of any instance: what was found before is not looked for again.
    #[inline]
    pub(super) fn first_with_room(
        &self,
        (from, until): (Place, Place),
        room: Room,
    ) -> Option<Place> {
        let known = self.firsts.of(from, room);
        let begin = match known {
            Some((_, first)) if first.is_it => return Some(first.place),
            Some((_, first)) => first.place,
            None => from,
        };
        let found = self.first((begin, until), room, |_| true)?;
        let at = known.map(|(at, _)| at);
        self.firsts.found(at, (from, room), found);
        Some(found)
    }

    fn first_below(
        &self,
        node: u32,
        (from, until): (Place, Place),
        room: Room,
        suits: &mut impl FnMut(InstanceId) -> bool,
    ) -> Option<Place> {
        let node = &self.nodes[node as usize];
        let mut next = node.at_or_after(from);
        while let Some(at) = node.with_room(next, room) {
            if 0 < at && until <= node.places[at - 1] {
                return None;
            }
            let found = if node.is_leaf {
                Some(node.places[at]).filter(|place| suits(place.instance()))
            } else {
                self.first_below(node.children[at], (from, until), room, suits)
            };
            if found.is_some() {
                return found;
            }
            next = at + 1;
        }
        None
    }

    fn node(&mut self, is_leaf: bool) -> u32 {
        if let Some(index) = self.unused.pop() {
            self.nodes[index as usize] = Node::new(is_leaf);
            return index;
        }
        self.nodes.push(Node::new(is_leaf));
        (self.nodes.len() - 1) as u32
    }

    /// A node as its parent knows it.
    fn entry(&self, child: u32) -> Entry {
        let node = &self.nodes[child as usize];
        Entry {
            place: node.places[node.len() - 1],
            room: node.most(),
            child,
        }
    }

    fn refresh(&mut self, parent: u32, at: usize) {
        let entry = self.entry(self.nodes[parent as usize].children[at]);
        let parent = &mut self.nodes[parent as usize];
        (parent.places[at], parent.rooms[at]) = (entry.place, entry.room);
    }

    /// The new right half, if the node had to be split.
    fn insert_below(&mut self, index: u32, entry: Entry) -> Option<u32> {
        let node = &self.nodes[index as usize];
        let at = node.at_or_after(entry.place);
        if node.is_leaf {
            return self.add(index, at, entry);
        }
        // Behind all of them: into the last.
        let at = at.min(node.len() - 1);
        let child = node.children[at];
        let Some(right) = self.insert_below(child, entry) else {
            let node = &mut self.nodes[index as usize];
            node.places[at] = node.places[at].max(entry.place);
            node.rooms[at] = node.rooms[at].most(entry.room);
            return None;
        };
        self.refresh(index, at);
        let right = self.entry(right);
        self.add(index, at + 1, right)
    }

    /// Adds an entry, after a split if the node is full.
    fn add(&mut self, index: u32, at: usize, entry: Entry) -> Option<u32> {
        let node = &mut self.nodes[index as usize];
        if node.len() < WIDTH {
            node.insert(at, entry);
            return None;
        }
        let is_leaf = node.is_leaf;
        let right = self.node(is_leaf);
        // In an order that grows at its end nodes stay full.
        let half = if at == WIDTH { WIDTH - 1 } else { WIDTH / 2 };
        let (left, new) = self.pair(index, right);
        left.move_tail(half, new);
        if at <= half {
            left.insert(at, entry);
        } else {
            new.insert(at - half, entry);
        }
        Some(right)
    }

    fn pair(&mut self, a: u32, b: u32) -> (&mut Node, &mut Node) {
        let (a, b) = (a as usize, b as usize);
        if a < b {
            let (left, right) = self.nodes.split_at_mut(b);
            (&mut left[a], &mut right[0])
        } else {
            let (left, right) = self.nodes.split_at_mut(a);
            (&mut right[0], &mut left[b])
        }
    }

    /// The room of what was taken out, if it was there.
    fn remove_below(&mut self, index: u32, place: Place) -> Option<Room> {
        let node = &mut self.nodes[index as usize];
        let at = node.at_or_after(place);
        let known = *node.rooms().get(at)?;
        if node.is_leaf {
            if node.places[at] != place {
                return None;
            }
            node.remove(at);
            return Some(known);
        }
        let child = node.children[at];
        let removed = self.remove_below(child, place)?;
        let below = &self.nodes[child as usize];
        let left = below.len();
        if left == 0 {
            self.unused.push(child);
            self.nodes[index as usize].remove(at);
            return Some(removed);
        }
        let room = match removed.left_out_of(known) {
            Some(least) => below.most_within(least, known),
            None => known,
        };
        let last = below.places[left - 1];
        let node = &mut self.nodes[index as usize];
        (node.places[at], node.rooms[at]) = (last, room);
        if left < THIN {
            self.join(index, at);
        }
        Some(removed)
    }

    /// Joins a thin child with a neighbour, if one of them has room for both.
    fn join(&mut self, index: u32, at: usize) {
        let node = &self.nodes[index as usize];
        let fits = |a: usize, b: usize| {
            let len = |at: usize| self.nodes[node.children[at] as usize].len();
            len(a) + len(b) <= WIDTH - THIN
        };
        let left = if at + 1 < node.len() && fits(at, at + 1) {
            at
        } else if 0 < at && fits(at - 1, at) {
            at - 1
        } else {
            return;
        };
        let (a, b) = (node.children[left], node.children[left + 1]);
        let (first, second) = self.pair(a, b);
        second.move_tail(0, first);
        self.unused.push(b);
        self.nodes[index as usize].remove(left + 1);
        self.refresh(index, left);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::policy::placement::Need;

    fn free(cpu: u32, memory: u32) -> Need {
        Need {
            cpu,
            memory,
            gpus: cpu % 3,
            enis: memory % 4,
        }
    }

    impl Tree {
        /// Checks every summary, place and length.
        fn audit(&self, node: u32) -> usize {
            let it = &self.nodes[node as usize];
            assert!(it.places().is_sorted());
            if it.is_leaf {
                return it.len();
            }
            let children = &it.children[..it.len()];
            let is_leaf = |child: &u32| self.nodes[*child as usize].is_leaf;
            let first = is_leaf(&children[0]);
            assert!(children.iter().all(|child| is_leaf(child) == first));
            let mut count = 0;
            for (at, child) in children.iter().enumerate() {
                let found = self.entry(*child);
                assert_eq!((found.place, found.room), (it.places[at], it.rooms[at]));
                count += self.audit(*child);
            }
            count
        }
    }

    fn place(i: u32) -> Place {
        Place::new(i * 7919 % 997, (i % 3, Place::CPU_BITS), InstanceId(i))
    }

    #[test]
    fn nodes_are_used_again() {
        let mut order = Tree::new();
        for _ in 0..3 {
            for i in 0..2_000 {
                order.insert(place(i), Room::of(&free(i, i)));
            }
            assert_eq!(order.audit(order.root), 2_000);
            for i in 0..2_000 {
                order.remove(place(i));
            }
            assert_eq!(order.audit(order.root), 0);
        }
        assert!(order.nodes.len() < 400, "{} nodes", order.nodes.len());
    }

    #[test]
    fn places_are_ordered_by_amounts_then_id() {
        let place =
            |first, second, id| Place::new(first, (second, Place::CPU_BITS), InstanceId(id));
        let mut places = [
            place(2, 0, 0),
            place(1, 5, 1),
            place(1, 5, 0),
            place(1, 4, 9),
            place(u32::MAX, u32::MAX, 3),
        ];
        places.sort_unstable();
        assert_eq!(places.map(|it| it.instance().0), [9, 0, 1, 0, 3]);
    }

    proptest! {
        /// Against a sorted map that is looked through.
        #[test]
        fn the_first_with_room_is_the_one_that_a_scan_finds(
            steps in prop::collection::vec((0u32..300, 0u32..40, 0u32..40, 0u8..4), 1..900),
        ) {
            let (mut order, mut plain) = (Tree::new(), BTreeMap::new());
            let mut places = BTreeMap::new();
            for (instance, cpu, memory, asks) in steps {
                let need = free(cpu, memory);
                // A few needs are asked for again and again: a few more than are kept.
                let often = free(cpu / 8 * 8, memory / 20 * 20);
                let from = Place::from(memory / 20 * 20);
                let found = order.first_with_room((from, Place::LAST), Room::of(&often));
                let fits = |(_, free): &(&Place, &Need)| often.fits(free);
                prop_assert_eq!(found, plain.range(from..).find(fits).map(|it| *it.0));
                if asks == 0 {
                    let odd = |it: InstanceId| !it.0.is_multiple_of(5);
                    let among = (Place::from(memory), Place::LAST);
                    let found = order.first(among, Room::of(&need), odd);
                    let scan = plain.range(Place::from(memory)..);
                    let fits = |(place, free): &(&Place, &Need)| {
                        place.instance().0 % 5 != 0 && need.fits(free)
                    };
                    let expected = scan.into_iter().find(fits).map(|it| *it.0);
                    prop_assert_eq!(found, expected);
                    continue;
                }
                if asks == 1
                    && let Some(place) = places.get(&instance)
                {
                    let room: &mut Need = plain.get_mut(place).expect("it has a place");
                    (room.gpus, room.enis) = (cpu % 4, memory % 5);
                    order.set_room(*place, Room::of(room));
                    prop_assert_eq!(order.audit(order.root), plain.len());
                    continue;
                }
                if let Some(place) = places.remove(&instance) {
                    order.remove(place);
                    plain.remove(&place);
                } else {
                    let place = Place::new(memory, (cpu, Place::CPU_BITS), InstanceId(instance));
                    order.insert(place, Room::of(&need));
                    plain.insert(place, need);
                    places.insert(instance, place);
                }
                prop_assert_eq!(order.audit(order.root), plain.len());
            }
        }
    }
}
