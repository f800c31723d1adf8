//! Random choices, from the library's own streams: a seed says it all.

use fleetcast::engine::random::{NameHash, Purpose, Stream, Streams};

/// The choices of one seed.
pub(super) struct Dice(Stream);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Dice::of("scenario", seed)
    }

    /// Choices of their own, which leave all others as they are.
    pub(super) fn of(what: &str, seed: u64) -> Self {
        let name = NameHash::of(what);
        Dice(Streams::new(seed, 0).stream(Purpose::new("swarm"), name, 0))
    }

    /// True in so many of a hundred cases.
    pub(super) fn percent(&mut self, chance: u64) -> bool {
        self.0.bits() % 100 < chance
    }

    /// A whole number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.0.bits() % (high - low + 1)
    }

    /// One of these.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[(self.0.bits() % from.len() as u64) as usize]
    }
}
