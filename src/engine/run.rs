//! How a run moves: one event at a time, and a hash over the sequence that two equal runs share.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::queue::{FORESEEN, Queue};
use super::time::SimTime;

/// What a simulation is to the engine: something that handles events.
pub trait Model {
    /// What falls due: one small `Copy` enum.
    type Event: Copy;

    /// Handles one event; `now` is its time, and `queue` takes what it makes fall due later.
    fn handle(&mut self, event: Self::Event, now: SimTime, queue: &mut Queue<Self::Event>);

    /// Told of events that come soon, in order: what they will read may be fetched. It must change
    /// no result.
    fn foresee(&self, _coming: [Self::Event; FORESEEN]) {}
}

/// Fires the next event before `horizon`; false if there is none. The only way time moves.
pub fn step<M: Model>(model: &mut M, queue: &mut Queue<M::Event>, horizon: SimTime) -> bool {
    match queue.pop_until(horizon) {
        Some((now, event)) => {
            model.handle(event, now, queue);
            true
        }
        None => false,
    }
}

/// [`step`], with the event added to `hash` before it is handled.
pub fn step_hashed<M>(
    model: &mut M,
    queue: &mut Queue<M::Event>,
    horizon: SimTime,
    hash: &mut EventHash,
) -> bool
where
    M: Model,
    M::Event: Hash,
{
    match queue.pop_until(horizon) {
        Some((now, event)) => {
            hash.add(now, &event);
            if let Some(coming) = queue.foreseen() {
                model.foresee(coming);
            }
            model.handle(event, now, queue);
            true
        }
        None => false,
    }
}

/// The hash of a run's (time, event) sequence: equal runs have equal hashes on one target, and one
/// event more, less, elsewhere or otherwise changes it.
///
/// Every word stirs the state by a bijection (xor, multiply by an odd number, rotate), so two
/// sequences that differ in one word can't meet again while the rest agrees. A few ns an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventHash(u64);

impl EventHash {
    /// The hash of no event.
    pub const fn new() -> Self {
        EventHash(0x9E37_79B9_7F4A_7C15)
    }

    /// Adds one event at its time.
    pub fn add<E: Hash>(&mut self, time: SimTime, event: &E) {
        self.word(time.as_micros());
        event.hash(self);
    }

    /// The hash so far.
    pub const fn value(self) -> u64 {
        // The finaliser of splitmix64 (Steele, Lea, Flood 2014): each bit of the state moves all.
        let value = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    #[inline]
    fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word)
            .wrapping_mul(0xD6E8_FEB8_6659_FD93)
            .rotate_left(29);
    }
}

impl Default for EventHash {
    fn default() -> Self {
        EventHash::new()
    }
}

/// Sixteen hexadecimal digits.
impl fmt::Display for EventHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.value())
    }
}

/// Integers of every width are one word each, so that an enum of small fields costs little.
impl Hasher for EventHash {
    fn finish(&self) -> u64 {
        self.value()
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
        self.word(bytes.len() as u64);
    }

    fn write_u8(&mut self, value: u8) {
        self.word(u64::from(value));
    }

    fn write_u16(&mut self, value: u16) {
        self.word(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.word(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.word(value);
    }

    fn write_u128(&mut self, value: u128) {
        self.word(value as u64);
        self.word((value >> 64) as u64);
    }

    fn write_usize(&mut self, value: usize) {
        self.word(value as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::SimDuration;

    #[derive(Clone, Copy, Hash)]
    enum Event {
        Arrival,
        Departure { server: u32 },
    }

    /// Arrivals every 2 s, each served for 3 s; writes down what happened.
    #[derive(Default)]
    struct Shop {
        log: Vec<(u64, &'static str)>,
    }

    impl Model for Shop {
        type Event = Event;
        fn handle(&mut self, event: Event, now: SimTime, queue: &mut Queue<Event>) {
            let seconds = now.as_micros() / 1_000_000;
            match event {
                Event::Arrival => {
                    self.log.push((seconds, "arrival"));
                    queue.schedule_in(SimDuration::from_secs(3), Event::Departure { server: 0 });
                    queue.schedule_in(SimDuration::from_secs(2), Event::Arrival);
                }
                Event::Departure { server: _ } => self.log.push((seconds, "departure")),
            }
        }
    }

    #[test]
    fn a_run_steps_through_its_events_up_to_the_horizon() {
        let (mut shop, mut queue) = (Shop::default(), Queue::new());
        queue.schedule_at(SimTime::from_secs(1), Event::Arrival);
        let horizon = SimTime::from_secs(5);
        while step(&mut shop, &mut queue, horizon) {}
        // Arrivals at 1 and 3; the departure at 4; the arrival at 5 is the horizon's.
        assert_eq!(shop.log, [(1, "arrival"), (3, "arrival"), (4, "departure")]);
        assert_eq!(queue.next_time(), Some(horizon));
    }

    fn hash_of_run(seconds: u64) -> EventHash {
        let (mut shop, mut queue) = (Shop::default(), Queue::new());
        let mut hash = EventHash::new();
        queue.schedule_at(SimTime::ZERO, Event::Arrival);
        let horizon = SimTime::from_secs(seconds);
        while step_hashed(&mut shop, &mut queue, horizon, &mut hash) {}
        hash
    }

    #[test]
    fn equal_runs_have_equal_hashes_and_one_event_more_changes_it() {
        assert_eq!(hash_of_run(100), hash_of_run(100));
        assert_ne!(hash_of_run(100), hash_of_run(102));
    }

    #[test]
    fn the_hash_tells_order_time_variant_and_field_apart() {
        let of = |events: &[(u64, Event)]| {
            let mut hash = EventHash::new();
            for (micros, event) in events {
                hash.add(SimTime::from_micros(*micros), event);
            }
            hash.value()
        };
        let (arrival, departure) = (Event::Arrival, Event::Departure { server: 1 });
        let all = [
            of(&[]),
            of(&[(0, arrival)]),
            of(&[(1, arrival)]),
            of(&[(0, departure)]),
            of(&[(0, Event::Departure { server: 2 })]),
            of(&[(0, arrival), (0, departure)]),
            of(&[(0, departure), (0, arrival)]),
        ];
        for (index, value) in all.iter().enumerate() {
            assert!(!all[..index].contains(value), "row {index} met another");
        }
    }

    #[test]
    fn the_hash_is_the_same_in_every_build() {
        assert_eq!(EventHash::new().to_string(), "e220a8397b1dcdaf");
        assert_eq!(hash_of_run(1_000).to_string(), "4e5fac5d6b303406");
    }
}
