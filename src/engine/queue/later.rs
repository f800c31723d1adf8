//! Keys of what falls due later than all that is near: unsorted, in buckets of equal lengths of
//! time, so that to schedule one costs the same however many there are. A bucket is sorted when its
//! time comes. Lengths are chosen anew when all buckets are used up, by the density of what is left
//! (as calendar queues do it: Brown, CACM 31(10), 1988; ladder queues: Tang, Goh and Thng, ACM
//! TOMACS 15(3), 2005).

use super::micros_of;

/// Keys that are not worth buckets.
const FEW: usize = 256;
/// Keys of a bucket, half as many at least as it is to have near its beginning.
const A_BUCKET: usize = 24;
/// The share of the keys that says how dense they are, and so how many are used up at least before
/// the lengths are chosen anew.
const EARLY: usize = 4;

/// Keys at and after an instant.
#[derive(Clone)]
pub(super) struct Later {
    /// Microseconds of the instant; what falls due before it is near.
    limit: u64,
    /// Where bucket 0 begins, microseconds.
    base: u64,
    /// The logarithm of a bucket's length in microseconds.
    shift: u32,
    /// The bucket to be opened next, and how many are in use.
    next: usize,
    in_use: usize,
    /// The buckets; those that are not in use keep their memory.
    buckets: Vec<Vec<u128>>,
    /// Keys after all buckets.
    beyond: Vec<u128>,
    /// Keys in all.
    len: usize,
}

impl Later {
    /// No keys: all that comes is near.
    pub(super) fn new() -> Self {
        Later {
            limit: u64::MAX,
            base: 0,
            shift: 0,
            next: 0,
            in_use: 0,
            buckets: Vec::new(),
            beyond: Vec::new(),
            len: 0,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether not all that comes is near.
    #[inline]
    pub(super) fn is_in_use(&self) -> bool {
        self.limit != u64::MAX
    }

    /// Whether a key of these microseconds belongs here.
    #[inline]
    pub(super) fn holds(&self, micros: u64) -> bool {
        self.limit <= micros
    }

    /// All keys, in no order.
    pub(super) fn keys(&self) -> impl Iterator<Item = u128> + '_ {
        let buckets = self.buckets[self.next..self.in_use].iter().flatten();
        buckets.chain(&self.beyond).copied()
    }

    /// Keeps a key that belongs here.
    #[inline]
    pub(super) fn insert(&mut self, key: u128) {
        self.len += 1;
        match self.bucket_of(key) {
            Some(bucket) => bucket.push(key),
            None => self.beyond.push(key),
        }
    }

    /// The bucket of a key; `None`: it lies beyond them.
    #[inline]
    fn bucket_of(&mut self, key: u128) -> Option<&mut Vec<u128>> {
        let at = (micros_of(key) - self.base) >> self.shift;
        match at < self.in_use as u64 {
            true => self.buckets.get_mut(at as usize),
            false => None,
        }
    }

    /// Takes the keys of the next bucket out, the last ones first, into `run`, which is empty; it
    /// stays so only if there are none.
    pub(super) fn open(&mut self, run: &mut Vec<u128>) {
        while !self.open_bucket(run) && self.spread() {}
        if run.is_empty() {
            // Too few for buckets: all are near from now on.
            std::mem::swap(run, &mut self.beyond);
            self.limit = u64::MAX;
        }
        self.len -= run.len();
        run.sort_unstable_by(|one, other| other.cmp(one));
    }

    /// Takes the keys of the next bucket that has some.
    fn open_bucket(&mut self, run: &mut Vec<u128>) -> bool {
        let left = &mut self.buckets[self.next..self.in_use];
        let Some(empty) = left.iter().position(|bucket| !bucket.is_empty()) else {
            self.next = self.in_use;
            return false;
        };
        std::mem::swap(run, &mut left[empty]);
        self.next += empty + 1;
        let end = u128::from(self.base) + ((self.next as u128) << self.shift);
        self.limit = u64::try_from(end).unwrap_or(u64::MAX);
        true
    }

    /// Takes the keys that are near too, and chooses the buckets for all.
    pub(super) fn take_all(&mut self, near: impl Iterator<Item = u128>) {
        for bucket in &mut self.buckets[self.next..self.in_use] {
            self.beyond.append(bucket);
        }
        self.beyond.extend(near);
        self.len = self.beyond.len();
        self.spread();
    }

    /// Chooses the buckets for what lies beyond, and fills them, unless that is too little.
    fn spread(&mut self) -> bool {
        let count = self.beyond.len();
        (self.next, self.in_use) = (0, 0);
        if count < FEW {
            return false;
        }
        let (early, last, _) = self.beyond.select_nth_unstable(count / EARLY);
        let first = early.iter().min().unwrap_or(last);
        let (base, span) = (micros_of(*first), micros_of(*last) - micros_of(*first));
        self.in_use = count / A_BUCKET;
        let length = span / (self.in_use / EARLY) as u64;
        (self.base, self.shift) = (base, u64::BITS - length.leading_zeros());
        if self.buckets.len() < self.in_use {
            self.buckets.resize_with(self.in_use, Vec::new);
        }
        let mut all = std::mem::take(&mut self.beyond);
        all.retain(|key| {
            let bucket = self.bucket_of(*key);
            bucket.map(|bucket| bucket.push(*key)).is_none()
        });
        self.beyond = all;
        true
    }
}
