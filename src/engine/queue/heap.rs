//! A 4-ary min-heap of keys, for what falls due soon: the four children of a node share one cache
//! line.

use super::NONE;

/// Nodes in a group, and children of a node.
const ARITY: usize = 4;

/// The siblings below one node, in one cache line; missing ones are [`NONE`].
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Siblings([u128; ARITY]);

/// Keys, the least of them at hand.
#[derive(Clone)]
pub(super) struct Heap {
    /// The least key, or [`NONE`]: then it was just taken and its place is still open, so that the
    /// key which comes next can take it with one walk down instead of two walks.
    root: u128,
    /// Group 0 lies below the root, group `n + 1` below node `n`; node `n` is in group `n / 4`.
    groups: Vec<Siblings>,
    /// Nodes in `groups`.
    node_count: usize,
}

impl Heap {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Heap {
            root: NONE,
            groups: Vec::with_capacity(capacity.div_ceil(ARITY)),
            node_count: 0,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.node_count + usize::from(self.root != NONE)
    }

    /// All keys, in no order.
    pub(super) fn keys(&self) -> impl Iterator<Item = u128> + '_ {
        let nodes = self.groups.iter().flat_map(|group| group.0);
        let keys = std::iter::once(self.root).chain(nodes);
        keys.filter(|key| *key != NONE)
    }

    /// Takes all keys out.
    pub(super) fn clear(&mut self) {
        (self.root, self.node_count) = (NONE, 0);
        self.groups.clear();
    }

    /// The least key, [`NONE`] if there is none.
    #[inline]
    pub(super) fn first(&self) -> u128 {
        match self.groups.first() {
            Some(top) if self.root == NONE => least(top).1,
            _ => self.root,
        }
    }

    /// The least key, [`NONE`] if there is none, which [`Heap::take`] may take now.
    #[inline]
    pub(super) fn closed_first(&mut self) -> u128 {
        if self.root == NONE {
            self.close_root();
        }
        self.root
    }

    /// Takes the least key out, which was looked at just now.
    #[inline]
    pub(super) fn take(&mut self) {
        self.root = NONE;
    }

    #[inline]
    pub(super) fn insert(&mut self, key: u128) {
        if self.root == NONE {
            self.sink(key);
        } else if key < self.root {
            let old_root = std::mem::replace(&mut self.root, key);
            self.rise(old_root);
        } else {
            self.rise(key);
        }
    }

    /// Fills the open root with the last node; leaves it open if there is none.
    fn close_root(&mut self) {
        let Some(last) = self.node_count.checked_sub(1) else {
            return;
        };
        let key = std::mem::replace(&mut self.groups[last / ARITY].0[last % ARITY], NONE);
        self.node_count = last;
        if last.is_multiple_of(ARITY) {
            self.groups.pop();
        }
        self.sink(key);
    }

    /// Lets `key` sink from the open root to its place, each lesser child rising by one level.
    fn sink(&mut self, key: u128) {
        let Some(top) = self.groups.first() else {
            self.root = key;
            return;
        };
        let (mut hole, child) = least(top);
        if key < child {
            self.root = key;
            return;
        }
        self.root = child;
        while let Some(children) = self.groups.get(hole + 1) {
            let (lane, child) = least(children);
            if key < child {
                break;
            }
            self.groups[hole / ARITY].0[hole % ARITY] = child;
            hole = (hole + 1) * ARITY + lane;
        }
        self.groups[hole / ARITY].0[hole % ARITY] = key;
    }

    /// Lets `key`, not less than the root, rise from a new last node to its place.
    fn rise(&mut self, key: u128) {
        let mut hole = self.node_count;
        self.node_count += 1;
        if hole.is_multiple_of(ARITY) {
            self.groups.push(Siblings([NONE; ARITY]));
        }
        while let Some(parent) = (hole / ARITY).checked_sub(1) {
            let above = self.groups[parent / ARITY].0[parent % ARITY];
            if above < key {
                break;
            }
            self.groups[hole / ARITY].0[hole % ARITY] = above;
            hole = parent;
        }
        self.groups[hole / ARITY].0[hole % ARITY] = key;
    }
}

/// The position and the key of the least sibling; the pairing keeps the two halves independent.
#[inline(always)]
fn least(siblings: &Siblings) -> (usize, u128) {
    let [a, b, c, d] = siblings.0;
    let left = if b < a { (1, b) } else { (0, a) };
    let right = if d < c { (3, d) } else { (2, c) };
    if right.1 < left.1 { right } else { left }
}
