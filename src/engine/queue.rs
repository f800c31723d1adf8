//! The event queue: what falls due, in order of time, equal times in the order scheduled.
//!
//! A 4-ary min-heap over one `u128` key (time, sequence, slot). The events themselves lie still in
//! slots; only keys move, and the four children of a node share one cache line. Scheduling and
//! firing cost O(log₄ pending), and nothing is allocated once the queue has been as long before.
//!
//! There is no cancel: an event that its state has moved past is dropped by its handler.

use std::fmt;

use super::prefetch::prefetch;
use super::time::{SimDuration, SimTime};

/// Bits of a key that hold the event's slot: at most 2²⁴ = 16,777,216 events pending.
const SLOT_BITS: u32 = 24;
/// Bits of a key that hold the sequence number: at most 2⁴⁰ = 10¹² events scheduled in a run.
const SEQUENCE_BITS: u32 = 64 - SLOT_BITS;
/// Greater than every key: no node here.
const NONE: u128 = u128::MAX;
/// Nodes in a group, and children of a node.
const ARITY: usize = 4;

/// The first groups, which no event misses: 5 KiB.
const NEAR_GROUPS: usize = 1 + 4 + 16;

/// The siblings below one node, in one cache line; missing ones are [`NONE`].
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Siblings([u128; ARITY]);

/// A place in the order of events at equal times, kept for one that is scheduled later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place(u64);

/// Fires events in order of time; equal times in the order scheduled.
#[derive(Clone)]
pub struct Queue<E> {
    /// The least key, or [`NONE`]: then it was just fired and its place is still open, so that the
    /// event which the handler schedules next can take it with one walk down instead of two walks.
    root: u128,
    /// Group 0 lies below the root, group `n + 1` below node `n`; node `n` is in group `n / 4`.
    groups: Vec<Siblings>,
    /// Nodes in `groups`.
    node_count: usize,
    /// The events, by slot; free slots hold their last event.
    events: Vec<E>,
    slots_free: Vec<u32>,
    sequence_next: u64,
    now: SimTime,
}

impl<E: Copy> Queue<E> {
    /// An empty queue at the start of the run.
    pub fn new() -> Self {
        Queue::with_capacity(0)
    }

    /// An empty queue with room for `capacity` pending events.
    pub fn with_capacity(capacity: usize) -> Self {
        Queue {
            root: NONE,
            groups: Vec::with_capacity(capacity.div_ceil(ARITY)),
            node_count: 0,
            events: Vec::with_capacity(capacity),
            slots_free: Vec::with_capacity(capacity),
            sequence_next: 0,
            now: SimTime::ZERO,
        }
    }

    /// The time of the event fired last.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Events pending.
    pub fn len(&self) -> usize {
        self.node_count + usize::from(self.root != NONE)
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Events scheduled since the start, fired ones included.
    pub fn scheduled(&self) -> u64 {
        self.sequence_next
    }

    /// When the next event falls due.
    pub fn next_time(&self) -> Option<SimTime> {
        let key = match self.groups.first() {
            Some(top) if self.root == NONE => least(top).1,
            _ => self.root,
        };
        (key != NONE).then(|| time_of(key))
    }

    /// The next event, if nothing that falls due sooner is scheduled before it.
    #[inline]
    pub fn peek(&self) -> Option<E> {
        let key = match self.groups.first() {
            Some(top) if self.root == NONE => least(top).1,
            _ => self.root,
        };
        (key != NONE).then(|| self.events[slot_of(key)])
    }

    /// All pending events with their times, in no order: for audits.
    pub fn pending(&self) -> impl Iterator<Item = (SimTime, E)> + '_ {
        let nodes = self.groups.iter().flat_map(|group| group.0);
        let keys = std::iter::once(self.root).chain(nodes);
        let keys = keys.filter(|key| *key != NONE);
        keys.map(|key| (time_of(key), self.events[slot_of(key)]))
    }

    /// Schedules `event` at `time`, after whatever is scheduled there already.
    ///
    /// # Panics
    /// If `time` is in the past, or a limit of the queue is reached: 2²⁴ events pending, 2⁴⁰
    /// events in a run.
    pub fn schedule_at(&mut self, time: SimTime, event: E) {
        assert!(
            self.now <= time,
            "events may not be scheduled in the past: it is {}, the event is for {time}",
            self.now
        );
        let place = self.reserve();
        self.put(time, place, event);
    }

    /// Keeps the place that an event scheduled now would have, for [`Queue::schedule_kept`]. One
    /// that stays empty changes nothing for the others.
    ///
    /// # Panics
    /// If a run has 2⁴⁰ events.
    pub fn reserve(&mut self) -> Place {
        let sequence = self.sequence_next;
        assert!(
            sequence < (1 << SEQUENCE_BITS) - 1,
            "a run has at most 2^40 events"
        );
        self.sequence_next = sequence + 1;
        Place(sequence)
    }

    /// Schedules `event` at `time` in a place that was kept, once at most.
    ///
    /// # Panics
    /// If `time` lies before the event fired last, or 2²⁴ events are pending.
    pub fn schedule_kept(&mut self, time: SimTime, place: Place, event: E) {
        assert!(self.now <= time, "events may not be scheduled in the past");
        self.put(time, place, event);
    }

    #[inline(always)]
    fn put(&mut self, time: SimTime, place: Place, event: E) {
        let slot = self.keep(event);
        let order = (place.0 << SLOT_BITS) | u64::from(slot);
        self.insert((u128::from(time.as_micros()) << 64) | u128::from(order));
    }

    /// Schedules `event` after `delay`; one that would fall beyond [`SimTime::MAX`] never fires.
    pub fn schedule_in(&mut self, delay: SimDuration, event: E) {
        self.schedule_at(self.now.saturating_add(delay), event);
    }

    /// Takes the next event and moves the clock to it, if it falls due before `horizon`: a run is
    /// half-open, `[0, horizon)`. Otherwise the clock and the queue stay as they are.
    pub fn pop_until(&mut self, horizon: SimTime) -> Option<(SimTime, E)> {
        if self.root == NONE {
            self.close_root();
        }
        let key = self.root;
        let time = time_of(key);
        if key == NONE || horizon <= time {
            return None;
        }
        self.root = NONE;
        self.now = time;
        let slot = slot_of(key);
        self.slots_free.push(slot as u32);
        // One of these comes after the next one, most of the time.
        if let Some(top) = self.groups.first() {
            for key in top.0 {
                if let Some(event) = self.events.get(slot_of(key)) {
                    prefetch(event);
                }
            }
        }
        Some((time, self.events[slot]))
    }

    /// Puts `event` into a free slot: the one freed last, which is still in the cache.
    fn keep(&mut self, event: E) -> u32 {
        if let Some(slot) = self.slots_free.pop() {
            self.events[slot as usize] = event;
            return slot;
        }
        let slot = self.events.len();
        assert!(
            slot < 1 << SLOT_BITS,
            "a queue holds at most 2^24 pending events"
        );
        self.events.push(event);
        slot as u32
    }

    fn insert(&mut self, key: u128) {
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
            self.prefetch_below(hole + 1);
            let (lane, child) = least(children);
            if key < child {
                break;
            }
            self.groups[hole / ARITY].0[hole % ARITY] = child;
            hole = (hole + 1) * ARITY + lane;
        }
        self.groups[hole / ARITY].0[hole % ARITY] = key;
    }

    /// Of a group whose least is to be found: what is below any of its nodes is fetched meanwhile.
    /// The groups at the top are in a near cache anyway.
    #[inline(always)]
    fn prefetch_below(&self, group: usize) {
        if NEAR_GROUPS <= group {
            let below = group * ARITY + 1;
            if let Some(below) = self.groups.get(below..below + ARITY) {
                prefetch(below);
            }
        }
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

impl<E: Copy> Default for Queue<E> {
    fn default() -> Self {
        Queue::new()
    }
}

impl<E: Copy> fmt::Debug for Queue<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Queue({} pending at {})", self.len(), self.now)
    }
}

fn slot_of(key: u128) -> usize {
    (key as u32 & ((1 << SLOT_BITS) - 1)) as usize
}

fn time_of(key: u128) -> SimTime {
    SimTime::from_micros((key >> 64) as u64)
}

/// The position and the key of the least sibling; the pairing keeps the two halves independent.
#[inline(always)]
fn least(siblings: &Siblings) -> (usize, u128) {
    let [a, b, c, d] = siblings.0;
    let left = if b < a { (1, b) } else { (0, a) };
    let right = if d < c { (3, d) } else { (2, c) };
    if right.1 < left.1 { right } else { left }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::random::{NameHash, Purpose, Streams};
    use proptest::prelude::*;

    fn at(micros: u64) -> SimTime {
        SimTime::from_micros(micros)
    }

    fn drain(queue: &mut Queue<u32>) -> Vec<(u64, u32)> {
        std::iter::from_fn(|| queue.pop_until(SimTime::MAX))
            .map(|(time, event)| (time.as_micros(), event))
            .collect()
    }

    #[test]
    fn events_fire_in_order_of_time() {
        let mut queue = Queue::new();
        for (time, event) in [(30, 3), (10, 1), (20, 2), (40, 4), (5, 0)] {
            queue.schedule_at(at(time), event);
        }
        assert_eq!(queue.next_time(), Some(at(5)));
        assert_eq!(
            drain(&mut queue),
            [(5, 0), (10, 1), (20, 2), (30, 3), (40, 4)]
        );
        assert_eq!(queue.now(), at(40));
        assert_eq!(queue.scheduled(), 5);
        assert!(queue.is_empty());
    }

    #[test]
    fn what_pends_is_what_will_fire_also_while_the_root_is_open() {
        let mut queue = Queue::new();
        for (time, event) in [(30, 3), (10, 1), (20, 2), (40, 4), (5, 0), (50, 5)] {
            queue.schedule_at(at(time), event);
        }
        queue.pop_until(at(8));
        let mut pending: Vec<(u64, u32)> = queue
            .pending()
            .map(|(time, event)| (time.as_micros(), event))
            .collect();
        pending.sort_unstable();
        assert_eq!(pending.len(), queue.len());
        assert_eq!(pending, drain(&mut queue));
    }

    #[test]
    fn equal_times_fire_in_the_order_scheduled_also_while_firing() {
        let mut queue = Queue::new();
        for event in 0..50 {
            queue.schedule_at(at(7), event);
        }
        assert_eq!(queue.pop_until(at(8)), Some((at(7), 0)));
        queue.schedule_in(SimDuration::ZERO, 50);
        let rest: Vec<(u64, u32)> = (1..=50).map(|event| (7, event)).collect();
        assert_eq!(drain(&mut queue), rest);
    }

    #[test]
    fn an_event_at_the_horizon_does_not_fire() {
        let mut queue = Queue::new();
        queue.schedule_at(at(99), 'a');
        queue.schedule_at(at(100), 'b');
        assert_eq!(queue.pop_until(at(100)), Some((at(99), 'a')));
        assert_eq!(queue.pop_until(at(100)), None);
        assert_eq!((queue.now(), queue.len()), (at(99), 1));
        assert_eq!(queue.pop_until(at(101)), Some((at(100), 'b')));
    }

    #[test]
    fn an_event_beyond_all_time_never_fires() {
        let mut queue = Queue::new();
        queue.schedule_in(SimDuration::MAX, ());
        assert_eq!(queue.next_time(), Some(SimTime::MAX));
        assert_eq!(queue.pop_until(SimTime::MAX), None);
    }

    #[test]
    #[should_panic(expected = "events may not be scheduled in the past")]
    fn scheduling_in_the_past_panics() {
        let mut queue = Queue::new();
        queue.schedule_at(at(10), ());
        queue.pop_until(SimTime::MAX);
        queue.schedule_at(at(9), ());
    }

    #[test]
    fn a_long_queue_fires_in_order_while_its_length_holds() {
        let streams = Streams::new(1, 0);
        let mut stream = streams.stream(Purpose::new("test"), NameHash::of("queue"), 0);
        let mut delay = || SimDuration::from_micros(stream.bits() >> 48);
        let mut queue = Queue::with_capacity(10_000);
        (0..10_000u64).for_each(|event| queue.schedule_in(delay(), event));
        let mut last = (SimTime::ZERO, 0);
        for event in 10_000..60_000 {
            let fired = queue.pop_until(SimTime::MAX).expect("it is never empty");
            // Events are numbered as scheduled, so ties grow by number.
            assert!(last <= fired, "{fired:?} fired after {last:?}");
            last = fired;
            queue.schedule_in(delay(), event);
            assert_eq!(queue.len(), 10_000);
        }
        assert_eq!(queue.events.len(), 10_000, "slots are used again");
    }

    /// What a random walk does next: schedule after a delay, or fire with a look-ahead.
    #[derive(Clone, Copy, Debug)]
    enum Move {
        Schedule(u64),
        Fire(u64),
    }

    fn moves() -> impl Strategy<Value = Vec<Move>> {
        // Small delays, so that ties are common; more scheduling than firing, so that it grows.
        let one = prop_oneof![
            3 => (0..20u64).prop_map(Move::Schedule),
            2 => (0..15u64).prop_map(Move::Fire),
        ];
        prop::collection::vec(one, 0..400)
    }

    proptest! {
        #[test]
        fn the_queue_behaves_like_a_stably_sorted_list(moves in moves()) {
            let mut queue = Queue::with_capacity(4);
            let mut list: Vec<(SimTime, u32)> = Vec::new();
            for (event, step) in (0u32..).zip(moves) {
                match step {
                    Move::Schedule(delay) => {
                        let delay = SimDuration::from_micros(delay);
                        queue.schedule_in(delay, event);
                        list.push((queue.now().saturating_add(delay), event));
                        list.sort_by_key(|&(time, _)| time);
                    }
                    Move::Fire(ahead) => {
                        let horizon = queue.now() + SimDuration::from_micros(ahead);
                        let due = list.first().is_some_and(|&(time, _)| time < horizon);
                        let expected = due.then(|| list.remove(0));
                        prop_assert_eq!(queue.pop_until(horizon), expected);
                    }
                }
                prop_assert_eq!(queue.len(), list.len());
                prop_assert_eq!(queue.next_time(), list.first().map(|&(time, _)| time));
            }
        }
    }
}
