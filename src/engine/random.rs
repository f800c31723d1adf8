//! Random streams keyed by what they are for, never by order of creation: a draw made in one
//! variant of a scenario and not in another shifts nobody else's. Generator: xoshiro256++, seeded
//! through splitmix64.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// What a stream is for, as a constant beside the code that draws from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Purpose(u64);

/// The hash of a thing's name: streams follow the name, so adding a service shifts nobody's draws.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NameHash(u64);

/// The random streams of one run: seed and replication.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Streams {
    /// What the keys of all of them begin with.
    key: u64,
}

/// One stream of uniform draws; a pure function of its key.
#[derive(Clone, Debug)]
pub struct Stream(Xoshiro256PlusPlus);

impl Purpose {
    /// A purpose by its words; different words give unrelated streams.
    pub const fn new(words: &str) -> Self {
        Purpose(fnv1a(words.as_bytes()))
    }
}

impl NameHash {
    /// The key of the thing with this name.
    pub const fn of(name: &str) -> Self {
        NameHash(fnv1a(name.as_bytes()))
    }

    /// The key of a part of the thing: that of the name with these words behind it.
    pub const fn part(self, words: &str) -> Self {
        NameHash(fnv1a_after(self.0, words.as_bytes()))
    }

    /// The hash as a number.
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl Streams {
    /// The streams of replication `replication` under `seed`.
    pub const fn new(seed: u64, replication: u64) -> Self {
        let key = mix(seed ^ 0x9E37_79B9_7F4A_7C15);
        Streams {
            key: stirred(key, replication),
        }
    }

    /// The stream for `purpose` of the thing `name`, for its `ordinal`-th use (0 where there is one
    /// only).
    #[inline]
    pub fn stream(&self, purpose: Purpose, name: NameHash, ordinal: u64) -> Stream {
        let key = stirred(stirred(self.key, purpose.0), name.0);
        Stream::seeded(stirred(key, ordinal))
    }
}

impl Stream {
    /// The generator whose state are the next four numbers of splitmix64, as `seed_from_u64` has
    /// it: word by word, as there may be a stream for every draw.
    #[inline]
    fn seeded(key: u64) -> Self {
        let mut seed = [0; 32];
        let mut state = key;
        for word in seed.as_chunks_mut::<8>().0 {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            *word = mix(state).to_le_bytes();
        }
        Stream(Xoshiro256PlusPlus::from_seed(seed))
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A uniform draw from the open interval (0, 1): the middles of 2⁵² cells, which a double holds
    /// exactly (those of 2⁵³ cells would round, the last of them to 1).
    pub fn uniform(&mut self) -> f64 {
        uniform_of(self.bits())
    }
}

/// A key with one part more.
const fn stirred(key: u64, part: u64) -> u64 {
    mix(key.rotate_left(23) ^ part.wrapping_mul(0xD6E8_FEB8_6659_FD93))
}

fn uniform_of(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
}

/// FNV-1a: short, portable, and good enough for keys that `mix` stirs afterwards.
const fn fnv1a(bytes: &[u8]) -> u64 {
    fnv1a_after(0xCBF2_9CE4_8422_2325, bytes)
}

/// The same of bytes that come after those of `hash`.
const fn fnv1a_after(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0000_0100_0000_01B3);
        index += 1;
    }
    hash
}

/// The finaliser of splitmix64 (Steele, Lea, Flood 2014).
const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use std::hash::Hasher;

    use super::*;
    use crate::engine::run::EventHash;

    #[test]
    fn the_key_of_a_part_is_that_of_the_longer_name() {
        assert_eq!(
            NameHash::of("web").part(" (zone a)"),
            NameHash::of("web (zone a)")
        );
    }

    #[test]
    fn a_seed_is_that_of_the_generators_own_way() {
        for key in [0, 1, 42, u64::MAX, 0x9E37_79B9_7F4A_7C15] {
            let own = Xoshiro256PlusPlus::seed_from_u64(key);
            assert_eq!(Stream::seeded(key).0, own);
        }
    }

    #[test]
    fn a_stream_is_a_function_of_its_key_alone() {
        let streams = Streams::new(42, 0);
        let draw = |purpose, name, ordinal| {
            streams
                .stream(Purpose::new(purpose), NameHash::of(name), ordinal)
                .bits()
        };
        assert_eq!(draw("pull", "api", 3), draw("pull", "api", 3));
        assert_ne!(draw("pull", "api", 3), draw("pull", "api", 4));
        assert_ne!(draw("pull", "api", 3), draw("pull", "web", 3));
        assert_ne!(draw("pull", "api", 3), draw("eni", "api", 3));
        assert_ne!(
            draw("pull", "api", 3),
            Streams::new(42, 1)
                .stream(Purpose::new("pull"), NameHash::of("api"), 3)
                .bits()
        );
    }

    /// A change of these digits is a change of every result: it must be meant.
    #[test]
    fn a_hundred_thousand_streams_have_the_committed_bytes() {
        let purposes = ["task launch", "spot grant", "demand noise"].map(Purpose::new);
        let mut hash = EventHash::new();
        for ordinal in 0..100_000_u64 {
            let streams = Streams::new(ordinal % 11, ordinal % 3);
            let name = NameHash::of(&format!("service-{}", ordinal % 1_009));
            let mut stream = streams.stream(purposes[(ordinal % 3) as usize], name, ordinal);
            hash.write_u64(stream.bits());
            hash.write_u64(stream.uniform().to_bits());
        }
        assert_eq!(hash.to_string(), "9d820a6089d65d68");
    }

    #[test]
    fn uniform_draws_reach_neither_end() {
        assert!(0.0 < uniform_of(0));
        assert!(uniform_of(u64::MAX) < 1.0);
    }
}
