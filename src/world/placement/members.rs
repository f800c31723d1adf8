//! A set of instances, the least of them at hand: a bit each, and a bit for each word that has one,
//! so that to come and to go costs the same however many there are.

use crate::ids::InstanceId;

/// Instances by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    /// Bit `id % 64` of word `id / 64`.
    words: Vec<u64>,
    /// Bit `word % 64` of word `word / 64`: whether that word has a bit.
    summary: Vec<u64>,
}

impl Members {
    /// An id that is too large for a set: it would take 8 KiB and more.
    pub(super) const END: u32 = 1 << 16;

    #[inline]
    pub(super) fn insert(&mut self, id: InstanceId) {
        let (word, bit) = (id.index() / 64, id.0 % 64);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
            self.summary.resize(word / 64 + 1, 0);
        }
        self.words[word] |= 1 << bit;
        self.summary[word / 64] |= 1 << (word % 64);
    }

    /// Takes one out that is in it; whether none is left.
    #[inline]
    pub(super) fn remove(&mut self, id: InstanceId) -> bool {
        let (word, bit) = (id.index() / 64, id.0 % 64);
        debug_assert_eq!(
            self.words[word] >> bit & 1,
            1,
            "the instance stood elsewhere"
        );
        self.words[word] &= !(1 << bit);
        if self.words[word] != 0 {
            return false;
        }
        self.summary[word / 64] &= !(1 << (word % 64));
        self.summary.iter().all(|words| *words == 0)
    }

    /// The least one.
    #[inline]
    pub(super) fn first(&self) -> Option<InstanceId> {
        let of_summary = self.summary.iter().position(|words| *words != 0)?;
        self.least_of(of_summary, self.summary[of_summary])
    }

    /// The least one that is not below `id`.
    pub(super) fn from(&self, id: InstanceId) -> Option<InstanceId> {
        let word = id.index() / 64;
        let left = self.words.get(word)? & (u64::MAX << (id.0 % 64));
        if left != 0 {
            return Some(InstanceId(word as u32 * 64 + left.trailing_zeros()));
        }
        // What is after the word, in its part of the summary and in all further ones.
        let later = (u64::MAX << (word % 64)) << 1;
        let parts = self.summary.iter().enumerate().skip(word / 64);
        let mut parts = parts.map(|(part, words)| match part == word / 64 {
            true => (part, words & later),
            false => (part, *words),
        });
        let (part, words) = parts.find(|(_, words)| *words != 0)?;
        self.least_of(part, words)
    }

    /// All of them, the least first.
    pub(super) fn all(&self) -> impl Iterator<Item = InstanceId> {
        let after = |id: &InstanceId| self.from(InstanceId(id.0 + 1));
        std::iter::successors(self.first(), after)
    }

    /// The least one in the words of a part of the summary that are marked.
    #[inline]
    fn least_of(&self, part: usize, words: u64) -> Option<InstanceId> {
        let word = part * 64 + words.trailing_zeros() as usize;
        let bits = self.words.get(word)?;
        Some(InstanceId(word as u32 * 64 + bits.trailing_zeros()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_of_bits_is_a_set(
            steps in prop::collection::vec((prop_oneof![0..300u32, 0..Members::END], 0..3u8), 1..400),
        ) {
            let (mut members, mut plain) = (Members::default(), BTreeSet::new());
            for (id, step) in steps {
                match step {
                    0 if plain.remove(&InstanceId(id)) => {
                        prop_assert_eq!(members.remove(InstanceId(id)), plain.is_empty());
                    }
                    0 | 1 => {
                        members.insert(InstanceId(id));
                        plain.insert(InstanceId(id));
                    }
                    _ => {
                        let later = plain.range(InstanceId(id)..).next();
                        prop_assert_eq!(members.from(InstanceId(id)), later.copied());
                    }
                }
                prop_assert_eq!(members.first(), plain.first().copied());
            }
            prop_assert!(members.all().eq(plain.iter().copied()));
        }
    }
}
