//! A node of an order: instances, or nodes below it, by place.

use crate::world::placement::place::{Place, Room};

/// Entries or children of a node, at most.
pub(super) const WIDTH: usize = 32;
/// A node with fewer is joined with its neighbour if both fit into one.
pub(super) const THIN: usize = WIDTH / 4;
/// No node.
pub(super) const NONE: u32 = u32::MAX;

/// An instance, or a child with the last place and the most room below it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) room: Room,
    pub(super) child: u32,
}

/// A leaf holds instances, another node its children, in order. Places, rooms and children stand
/// apart: a search reads of one kind only.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) is_leaf: bool,
    len: u8,
    pub(super) places: [Place; WIDTH],
    pub(super) rooms: [Room; WIDTH],
    /// Of a leaf: nothing.
    pub(super) children: [u32; WIDTH],
}

impl Node {
    pub(super) fn new(is_leaf: bool) -> Self {
        Node {
            is_leaf,
            len: 0,
            places: [Place::LAST; WIDTH],
            rooms: [Room::default(); WIDTH],
            children: [NONE; WIDTH],
        }
    }

    /// Entries or children.
    pub(super) fn len(&self) -> usize {
        usize::from(self.len)
    }

    pub(super) fn places(&self) -> &[Place] {
        &self.places[..self.len()]
    }

    pub(super) fn rooms(&self) -> &[Room] {
        &self.rooms[..self.len()]
    }

    /// The most room of each.
    pub(super) fn most(&self) -> Room {
        let rooms = self.rooms().iter();
        rooms.fold(Room::default(), |most, room| most.most(*room))
    }

    /// The same, where it is known to be no less than `least` and no more than `bound`: as soon as
    /// that is reached, that.
    pub(super) fn most_within(&self, least: Room, bound: Room) -> Room {
        let mut most = least;
        for room in self.rooms() {
            most = most.most(*room);
            if most == bound {
                break;
            }
        }
        most
    }

    /// Puts an entry before the one at `at`; there is room for it.
    pub(super) fn insert(&mut self, at: usize, entry: Entry) {
        let len = self.len();
        self.places.copy_within(at..len, at + 1);
        self.rooms.copy_within(at..len, at + 1);
        (self.places[at], self.rooms[at]) = (entry.place, entry.room);
        if !self.is_leaf {
            self.children.copy_within(at..len, at + 1);
            self.children[at] = entry.child;
        }
        self.len += 1;
    }

    /// Takes the entry at `at` out.
    pub(super) fn remove(&mut self, at: usize) {
        let len = self.len();
        self.places.copy_within(at + 1..len, at);
        self.rooms.copy_within(at + 1..len, at);
        if !self.is_leaf {
            self.children.copy_within(at + 1..len, at);
        }
        self.len -= 1;
    }

    /// Moves what stands from `at` on behind what another node has.
    pub(super) fn move_tail(&mut self, at: usize, to: &mut Node) {
        let (len, begin) = (self.len(), to.len());
        let end = begin + len - at;
        to.places[begin..end].copy_from_slice(&self.places[at..len]);
        to.rooms[begin..end].copy_from_slice(&self.rooms[at..len]);
        to.children[begin..end].copy_from_slice(&self.children[at..len]);
        to.len += (len - at) as u8;
        self.len = at as u8;
    }

    /// The first entry that is not before `place`.
    #[inline]
    pub(super) fn at_or_after(&self, place: Place) -> usize {
        // Most nodes that a search comes to lie behind the place that it began with.
        if place <= self.places[0] {
            return 0;
        }
        self.places().partition_point(|it| *it < place)
    }

    /// The first entry from `at` on with room.
    #[inline]
    pub(super) fn with_room(&self, at: usize, room: Room) -> Option<usize> {
        let rest = self.rooms().get(at..)?;
        // Four at a time: most have none.
        let (fours, last) = rest.as_chunks::<4>();
        for (index, four) in fours.iter().enumerate() {
            let [a, b, c, d] = four.map(|it| room.fits(it));
            if a | b | c | d {
                let of_four = [a, b, c, d].iter().position(|fits| *fits);
                return of_four.map(|more| at + 4 * index + more);
            }
        }
        let more = last.iter().position(|it| room.fits(*it))?;
        Some(at + 4 * fours.len() + more)
    }
}
