//! The event queue: what falls due, in order of time, equal times in the order scheduled.
//!
//! An event is known by one `u128` key (time, sequence, slot). The events themselves lie still in
//! slots; only keys move. What falls due soon is in a small heap (`heap`) or in a sorted run; all
//! that is later waits unsorted in buckets of time (`later`), the next of which becomes the run
//! when its time comes. A queue of a few hundred is the heap alone. Scheduling and firing cost the
//! same however many are pending, as long as not most of them fall due at much the same time, then
//! O(log pending); memory is kept for as many as there were before.
//!
//! There is no cancel: an event that its state has moved past is dropped by its handler.

mod heap;
mod later;

use std::fmt;

use self::heap::Heap;
use self::later::Later;
use super::prefetch::prefetch;
use super::time::{SimDuration, SimTime};

/// Bits of a key that hold the event's slot: at most 2²⁴ = 16,777,216 events pending.
const SLOT_BITS: u32 = 24;
/// Bits of a key that hold the sequence number: at most 2⁴⁰ = 10¹² events scheduled in a run.
const SEQUENCE_BITS: u32 = 64 - SLOT_BITS;
/// Greater than every key: no node here.
const NONE: u128 = u128::MAX;
/// Keys in the heap from which on buckets are better.
const MANY: usize = 512;
/// Events of the run that a model is told of before they come.
pub const FORESEEN: usize = 3;
/// How far ahead in the run events are fetched into the cache.
const AHEAD: usize = FORESEEN + 2;

/// A place in the order of events at equal times, kept for one that is scheduled later.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place(u64);

/// Fires events in order of time; equal times in the order scheduled.
#[derive(Clone)]
pub struct Queue<E> {
    /// What falls due soon, as far as it is not in `run`: before all that is `later`.
    heap: Heap,
    /// What falls due soon in order, the next at the end. Something is near as long as anything
    /// is pending.
    run: Vec<u128>,
    /// Whether the event fired last was in the run.
    has_run_moved: bool,
    later: Later,
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
            heap: Heap::with_capacity(capacity.min(MANY)),
            run: Vec::new(),
            has_run_moved: false,
            later: Later::new(),
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
        self.heap.len() + self.run.len() + self.later.len()
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
    #[inline]
    pub fn next_time(&self) -> Option<SimTime> {
        let key = self.heap.first().min(self.first_of_run());
        (key != NONE).then(|| time_of(key))
    }

    /// Of a long queue, while most of its events come: some that come soon, in order, among which
    /// others may come. They are still to be fired; what they will read may be fetched.
    #[inline]
    pub fn foreseen(&self) -> Option<[E; FORESEEN]> {
        let keys = self
            .run
            .last_chunk::<FORESEEN>()
            .filter(|_| self.has_run_moved)?;
        let [third, second, first] = *keys;
        Some([first, second, third].map(|key| self.events[slot_of(key)]))
    }

    /// The least key of the run, [`NONE`] if it is over.
    #[inline(always)]
    fn first_of_run(&self) -> u128 {
        self.run.last().copied().unwrap_or(NONE)
    }

    /// All pending events with their times, in no order: for audits.
    pub fn pending(&self) -> impl Iterator<Item = (SimTime, E)> + '_ {
        let near = self.heap.keys().chain(self.run.iter().copied());
        let keys = near.chain(self.later.keys());
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
        let (in_heap, in_run) = (self.heap.closed_first(), self.first_of_run());
        let key = in_heap.min(in_run);
        let time = time_of(key);
        if key == NONE || horizon <= time {
            return None;
        }
        self.has_run_moved = in_run < in_heap;
        match self.has_run_moved {
            true => drop(self.run.pop()),
            false => self.heap.take(),
        }
        if self.later.is_in_use() && self.run.is_empty() && self.heap.len() == 0 {
            self.later.open(&mut self.run);
        }
        self.now = time;
        let slot = slot_of(key);
        self.slots_free.push(slot as u32);
        if let Some(ahead) = self.run.len().checked_sub(AHEAD) {
            prefetch(&self.events[slot_of(self.run[ahead])]);
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

    #[inline(always)]
    fn insert(&mut self, key: u128) {
        if self.later.holds(micros_of(key)) {
            self.later.insert(key);
            return;
        }
        self.heap.insert(key);
        if MANY <= self.heap.len() {
            self.spread();
        }
    }

    /// Puts all keys into buckets, once those in the heap are many and most of all: as often as the
    /// queue has become twice as long at most.
    #[cold]
    fn spread(&mut self) {
        if self.heap.len() < self.run.len() + self.later.len() {
            return;
        }
        let near = self.heap.keys().chain(self.run.drain(..));
        self.later.take_all(near);
        self.heap.clear();
        self.later.open(&mut self.run);
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

fn micros_of(key: u128) -> u64 {
    (key >> 64) as u64
}

fn time_of(key: u128) -> SimTime {
    SimTime::from_micros(micros_of(key))
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

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

    /// A delay of laws that are hard in different ways: much alike, of all orders of magnitude, few
    /// instants for many events, now or never.
    fn delay(law: u8, bits: u64) -> SimDuration {
        SimDuration::from_micros(match law {
            0 => bits >> 40,
            1 => (bits >> 20) >> (bits % 44),
            2 => (bits >> 60) * 1_000_000,
            _ if bits.is_multiple_of(3) => u64::MAX,
            _ => bits >> 61,
        })
    }

    /// Grows, stays and shrinks again and again beside std's heap.
    fn lives_like_a_heap(law: u8, seed: u64) {
        let streams = Streams::new(seed, 0);
        let mut stream = streams.stream(Purpose::new("test"), NameHash::of("lives"), law.into());
        let (mut queue, mut heap) = (Queue::new(), BinaryHeap::new());
        let (mut event, mut were_buckets) = (0u32, false);
        for (steps, out_of_ten) in [(6_000, 8), (4_000, 5), (9_000, 1), (3_000, 9), (9_000, 0)] {
            for step in 0..steps {
                if stream.bits() % 10 < out_of_ten {
                    let delay = delay(law, stream.bits());
                    queue.schedule_in(delay, event);
                    heap.push(Reverse((queue.now().saturating_add(delay), event)));
                    event += 1;
                } else {
                    let expected = heap.pop().map(|Reverse(first)| first);
                    let is_never = expected.is_some_and(|(time, _)| time == SimTime::MAX);
                    if is_never {
                        assert_eq!(queue.pop_until(SimTime::MAX), None);
                        heap.push(Reverse(expected.expect("it never fires")));
                        continue;
                    }
                    assert_eq!(queue.pop_until(SimTime::MAX), expected);
                }
                let first = heap.peek().map(|Reverse(first)| *first);
                assert_eq!(queue.next_time(), first.map(|(time, _)| time));
                assert_eq!(queue.len(), heap.len());
                if step % 1_000 == 0 {
                    let mut pending: Vec<_> = queue.pending().collect();
                    pending.sort_unstable();
                    let mut all: Vec<_> = heap.iter().map(|Reverse(it)| *it).collect();
                    all.sort_unstable();
                    assert_eq!(pending, all);
                    queue = queue.clone();
                }
                were_buckets |= 0 < queue.later.len();
            }
        }
        assert!(were_buckets, "so many are in buckets");
        assert!(law == 3 || !queue.later.is_in_use(), "none are not");
    }

    #[test]
    fn a_queue_that_grows_and_shrinks_behaves_like_a_heap() {
        (0..4).for_each(|law| (0..3).for_each(|seed| lives_like_a_heap(law, seed)));
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
