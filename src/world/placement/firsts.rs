//! What searches of an order have found, kept for as long as it holds: the tasks of a cluster have
//! few sizes, and of all instances that change few become the first for one, or cease to be it.

use std::cell::Cell;

use crate::world::placement::place::{Place, Room};

/// Searches that are kept: each costs some instructions whenever an instance comes.
const KEPT: usize = 8;

/// The first instance from a place on with room for a need.
#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    room: Room,
    from: Place,
    /// None before it has the room.
    pub(super) place: Place,
    /// Whether it is the first one; else that is to be looked for from it on.
    pub(super) is_it: bool,
}

/// The first instances for the needs asked for last.
#[derive(Clone, Debug)]
pub(super) struct Firsts {
    kept: [Cell<First>; KEPT],
    count: Cell<usize>,
    /// The one that the next one takes the place of.
    next: Cell<usize>,
}

impl Firsts {
    pub(super) fn new() -> Self {
        let none = First {
            room: Room::default(),
            from: Place::LAST,
            place: Place::LAST,
            is_it: false,
        };
        Firsts {
            kept: std::array::from_fn(|_| Cell::new(none)),
            count: Cell::new(0),
            next: Cell::new(0),
        }
    }

    fn kept(&self) -> &[Cell<First>] {
        &self.kept[..self.count.get()]
    }

    /// What is known of a search, and where that is kept.
    #[inline]
    pub(super) fn of(&self, from: Place, room: Room) -> Option<(usize, First)> {
        let mut all = self.kept().iter().map(Cell::get).enumerate();
        all.find(|(_, it)| it.room == room && it.from == from)
    }

    /// A search has found an instance: kept where it is known, or in place of another.
    #[inline]
    pub(super) fn found(&self, known: Option<usize>, (from, room): (Place, Room), place: Place) {
        let at = known.unwrap_or_else(|| {
            let at = self.next.get();
            self.next.set((at + 1) % KEPT);
            self.count.set(self.count.get().max(at + 1));
            at
        });
        self.kept[at].set(First {
            room,
            from,
            place,
            is_it: true,
        });
    }

    /// An instance with this room is there now.
    #[inline]
    pub(super) fn comes(&self, place: Place, room: Room) {
        for kept in self.kept() {
            let mut first = kept.get();
            if place <= first.place && first.from <= place && first.room.fits(room) {
                (first.place, first.is_it) = (place, true);
                kept.set(first);
            }
        }
    }

    /// An instance is not there any more.
    #[inline]
    pub(super) fn goes(&self, place: Place) {
        for kept in self.kept() {
            let mut first = kept.get();
            if first.place == place {
                first.is_it = false;
                kept.set(first);
            }
        }
    }
}
