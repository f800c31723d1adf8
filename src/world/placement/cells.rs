//! Instances in an order of their free resources, those that have the same free of everything
//! together: tasks of few sizes leave few amounts free, so that a change moves an instance from one
//! set to another, and a search looks at some dozens of rooms at most.

use std::cell::Cell;

use crate::ids::InstanceId;
use crate::world::placement::members::Members;
use crate::world::placement::place::{Place, Room};

/// Cells, at most: of which the filled ones have a bit each.
const CELLS_MAX: usize = 128;
/// Filled cells that leave enough others free.
const FILLED_MAX: usize = CELLS_MAX * 3 / 4;
/// Cells on one level, at most: a search that asks instance by instance merges them.
const ON_LEVEL_MAX: usize = 8;
/// Cells whose places are remembered, a power of two.
const HINTS: usize = 256;
/// Needs whose cells are remembered.
const FITTING: usize = 8;

/// Instances by level, then by what is free on them.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    /// What the order sorts by, of each cell, in order.
    levels: Vec<u64>,
    /// What all instances of a cell have free.
    rooms: Vec<Room>,
    /// The instances of each cell.
    members: Vec<Members>,
    /// Which cells have any.
    filled: u128,
    /// Where a cell may stand, by a hash of its level and room.
    hints: Hints,
    /// The cells with room for the needs asked for last, a bit each.
    fitting: [Cell<Fitting>; FITTING],
    /// The one that the next one takes the place of.
    next: Cell<usize>,
}

/// Cells from a level on with room for a need.
#[derive(Clone, Copy, Debug)]
struct Fitting {
    /// Of an entry that holds nothing: no level is as high.
    from: u64,
    room: Room,
    cells: u128,
}

impl Default for Fitting {
    fn default() -> Self {
        Fitting {
            from: u64::MAX,
            room: Room::default(),
            cells: 0,
        }
    }
}

#[derive(Clone, Debug)]
struct Hints([u8; HINTS]);

impl Default for Hints {
    fn default() -> Self {
        Hints([0; HINTS])
    }
}

impl Cells {
    /// Puts an instance in, which must not be there yet; false: instances are too little alike, and
    /// it is not in.
    #[inline(always)]
    pub(super) fn insert(&mut self, place: Place, room: Room) -> bool {
        let level = place.level();
        let Some(at) = self.find(level, room).or_else(|| self.add(level, room)) else {
            return false;
        };
        let id = place.instance();
        if Members::END <= id.0 {
            return false;
        }
        self.members[at].insert(id);
        self.filled |= 1 << at;
        true
    }

    /// Takes an instance out, which must be there.
    #[inline(always)]
    pub(super) fn remove(&mut self, place: Place, room: Room) {
        let Some(at) = self.find(place.level(), room) else {
            debug_assert!(false, "the instance stood elsewhere");
            return;
        };
        if self.members[at].remove(place.instance()) {
            self.filled &= !(1 << at);
        }
    }

    /// The first instance of a level or a later one that seems to have the room for a need; from
    /// `until` on it may be missed.
    #[inline]
    pub(super) fn first_with_room(
        &self,
        (from, until): (Place, Place),
        room: Room,
    ) -> Option<Place> {
        debug_assert_eq!(from.instance(), InstanceId(0), "it begins with a level");
        let mut left = self.filled & self.fitting(from.level(), room);
        if left == 0 {
            return None;
        }
        let at = left.trailing_zeros() as usize;
        let level = self.levels[at];
        if until.level() < level {
            return None;
        }
        let mut least = self.least(at);
        loop {
            left &= left - 1;
            let next = left.trailing_zeros() as usize;
            if self.levels.get(next) != Some(&level) {
                return Some(Place::on(level, least));
            }
            least = least.min(self.least(next));
        }
    }

    /// The cells from a level on with room for a need, whether they are filled or not.
    #[inline]
    fn fitting(&self, from: u64, room: Room) -> u128 {
        let all = self.fitting.iter().map(Cell::get);
        let mut known = all.filter(|it| it.room == room && it.from == from);
        match known.next() {
            Some(known) => known.cells,
            None => self.look_for_fitting(from, room),
        }
    }

    #[cold]
    fn look_for_fitting(&self, from: u64, room: Room) -> u128 {
        let first = self.first_of_level(from);
        let later = self.rooms.iter().enumerate().skip(first);
        let fits = later.filter(|(_, other)| room.fits(**other));
        let cells = fits.fold(0, |cells, (at, _)| cells | 1 << at);
        let at = self.next.get();
        self.next.set((at + 1) % FITTING);
        self.fitting[at].set(Fitting { from, room, cells });
        cells
    }

    /// The first instance from a place on that seems to have the room for a need and `suits`. As a
    /// tree does, it asks those before `until` and the first one from there on.
    pub(super) fn first(
        &self,
        (from, until): (Place, Place),
        room: Room,
        mut suits: impl FnMut(InstanceId) -> bool,
    ) -> Option<Place> {
        let last = match until == Place::LAST {
            true => until,
            false => self.next(until, |_| true).unwrap_or(Place::LAST),
        };
        let mut next = from;
        loop {
            let place = self.next(next, |other| room.fits(other))?;
            if last < place {
                return None;
            }
            if suits(place.instance()) {
                return Some(place);
            }
            next = Place::on(place.level(), InstanceId(place.instance().0 + 1));
        }
    }

    /// The first instance from a place on in a cell with a room that is asked for.
    fn next(&self, from: Place, is_asked_for: impl Fn(Room) -> bool) -> Option<Place> {
        let mut left = self.filled_from(self.first_of_level(from.level()));
        let mut first: Option<Place> = None;
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            left &= left - 1;
            let level = self.levels[at];
            if first.is_some_and(|first| first.level() < level) {
                break;
            }
            if !is_asked_for(self.rooms[at]) {
                continue;
            }
            let members = &self.members[at];
            let least = match level == from.level() {
                true => members.from(from.instance()),
                false => members.first(),
            };
            let Some(least) = least else { continue };
            let place = Place::on(level, least);
            first = Some(first.map_or(place, |first| first.min(place)));
        }
        first
    }

    /// All instances and what is free on them.
    pub(super) fn all(&self) -> impl Iterator<Item = (Place, Room)> {
        let cells = self.levels.iter().zip(&self.rooms).zip(&self.members);
        cells.flat_map(|((level, room), members)| {
            let members = members.all();
            members.map(|it| (Place::on(*level, it), *room))
        })
    }

    /// The lowest id of a filled cell.
    fn least(&self, at: usize) -> InstanceId {
        let first = self.members[at].first();
        first.expect("it is filled")
    }

    /// The filled cells from one on, a bit each.
    fn filled_from(&self, at: usize) -> u128 {
        let all = self.filled.checked_shr(at as u32);
        all.map_or(0, |filled| filled << at)
    }

    fn first_of_level(&self, level: u64) -> usize {
        self.levels.partition_point(|it| *it < level)
    }

    /// The cell of a level with a room, if there is one.
    #[inline]
    fn find(&mut self, level: u64, room: Room) -> Option<usize> {
        let at = usize::from(self.hints.0[hash(level, room) % HINTS]);
        if self.rooms.get(at) == Some(&room) && self.levels.get(at) == Some(&level) {
            return Some(at);
        }
        self.look_for(level, room)
    }

    #[cold]
    fn look_for(&mut self, level: u64, room: Room) -> Option<usize> {
        let first = self.levels.partition_point(|it| *it < level);
        let all = self.levels[first..].iter().zip(&self.rooms[first..]);
        let mut on_level = all.take_while(|it| *it.0 == level);
        let at = first + on_level.position(|it| *it.1 == room)?;
        self.hints.0[hash(level, room) % HINTS] = at as u8;
        Some(at)
    }

    /// Adds an empty cell, which there must not be yet; `None`: there are too many.
    #[cold]
    fn add(&mut self, level: u64, room: Room) -> Option<usize> {
        let on_level = |cells: &Self| {
            let from = cells.first_of_level(level);
            let all = cells.levels[from..].iter();
            all.take_while(|it| **it == level).count()
        };
        if CELLS_MAX <= self.levels.len() || ON_LEVEL_MAX <= on_level(self) {
            self.forget_empty();
            if FILLED_MAX <= self.levels.len() || ON_LEVEL_MAX <= on_level(self) {
                return None;
            }
        }
        self.fitting = Default::default();
        let at = self.first_of_level(level);
        self.levels.insert(at, level);
        self.rooms.insert(at, room);
        self.members.insert(at, Members::default());
        let before = self.filled & ((1 << at) - 1);
        self.filled = before | (self.filled ^ before) << 1;
        Some(at)
    }

    fn forget_empty(&mut self) {
        let filled = self.filled;
        let is_filled = |at: &usize| filled >> at & 1 == 1;
        let kept: Vec<usize> = (0..self.levels.len()).filter(is_filled).collect();
        self.levels = kept.iter().map(|at| self.levels[*at]).collect();
        self.rooms = kept.iter().map(|at| self.rooms[*at]).collect();
        let members = kept.iter().map(|at| std::mem::take(&mut self.members[*at]));
        self.members = members.collect();
        let last = 128 - kept.len() as u32;
        self.filled = u128::MAX.checked_shr(last).unwrap_or(0);
    }
}

fn hash(level: u64, room: Room) -> usize {
    let mixed = (level ^ room.bits()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 48) as usize
}
