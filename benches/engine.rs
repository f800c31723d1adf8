//! The engine's parts beside std's `BinaryHeap` in the same run: the event queue under the hold
//! model (take the earliest, schedule one at now + exponential), and an M/M/c queue of queue,
//! streams and distributions. Both ways fire the same events, and the committed ones: each bench checks
//! the sum of the keys it popped.

mod shared;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fleetcast::engine::distribution::Distribution;
use fleetcast::engine::queue::Queue;
use fleetcast::engine::random::{NameHash, Purpose, Stream, Streams};
use fleetcast::engine::{SimDuration, SimTime};
use shared::{Checksum, in_turn, size};

/// Events that are pending: the earliest is fired, ties in the order scheduled.
trait Pending<E> {
    fn new() -> Self;
    fn schedule(&mut self, at: SimTime, event: E);
    fn fire(&mut self) -> (SimTime, E);
}

impl<E: Copy> Pending<E> for Queue<E> {
    fn new() -> Self {
        Queue::new()
    }

    fn schedule(&mut self, at: SimTime, event: E) {
        self.schedule_at(at, event);
    }

    fn fire(&mut self) -> (SimTime, E) {
        self.pop_until(SimTime::MAX)
            .expect("an event is always pending")
    }
}

/// The plain way: time, sequence number and event in a heap of std's.
struct StdHeap<E> {
    heap: BinaryHeap<Reverse<(SimTime, u64, E)>>,
    sequence: u64,
}

impl<E: Copy + Ord> Pending<E> for StdHeap<E> {
    fn new() -> Self {
        StdHeap {
            heap: BinaryHeap::new(),
            sequence: 0,
        }
    }

    fn schedule(&mut self, at: SimTime, event: E) {
        self.sequence += 1;
        self.heap.push(Reverse((at, self.sequence, event)));
    }

    fn fire(&mut self) -> (SimTime, E) {
        let Reverse((at, _, event)) = self.heap.pop().expect("an event is always pending");
        (at, event)
    }
}

fn stream(name: &str) -> Stream {
    Streams::new(1, 0).stream(Purpose::new("bench"), NameHash::of(name), 0)
}

/// Exponential delays of mean 1 s, drawn beforehand so that only the queue is timed.
fn delays(count: usize) -> Vec<SimDuration> {
    let law = Distribution::exponential(1.0).expect("a mean of 1");
    let mut draws = stream("hold");
    (0..count)
        .map(|_| SimDuration::from_secs_f64(law.sample(&mut draws)))
        .collect()
}

fn filled<P: Pending<u64>>(delays: &[SimDuration]) -> P {
    let mut pending = P::new();
    for (event, delay) in (0..).zip(delays) {
        pending.schedule(SimTime::ZERO + *delay, event);
    }
    pending
}

fn hold<P: Pending<u64>>(pending: &mut P, delays: &[SimDuration]) -> Checksum {
    let mut sum = Checksum::default();
    for (event, delay) in (0..).zip(delays) {
        let (at, fired) = pending.fire();
        sum.add(fired ^ at.as_micros());
        pending.schedule(at + *delay, event);
    }
    sum
}

fn hold_model(c: &mut Criterion) {
    let mut group = c.benchmark_group("hold");
    for pending in size(vec![100usize, 10_000, 1_000_000], vec![100, 1_000]) {
        let (start, delays) = (delays(pending), delays(size(100_000, 1_000)));
        let mut queue: Queue<u64> = filled(&start);
        let mut heap: StdHeap<u64> = filled(&start);
        in_turn(
            (&format!("hold/{pending}"), "std's BinaryHeap"),
            size(31, 1),
            || hold(&mut queue, &delays),
            || hold(&mut heap, &delays),
        );
        group.throughput(Throughput::Elements(delays.len() as u64));
        group.bench_function(BenchmarkId::new("fleetcast", pending), |b| {
            b.iter(|| black_box(hold(&mut queue, &delays)));
        });
        group.bench_function(BenchmarkId::new("std_binary_heap", pending), |b| {
            b.iter(|| black_box(hold(&mut heap, &delays)));
        });
    }
    group.finish();
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival,
    Departure,
}

/// 90 arrivals a second to 100 servers of mean 1 s, until so many customers have left. Two events a
/// customer.
fn mmc<P: Pending<Event>>(customers: u64) -> Checksum {
    let gap = Distribution::exponential(1.0 / 90.0).expect("a mean above 0");
    let service = Distribution::exponential(1.0).expect("a mean above 0");
    let (mut gaps, mut services) = (stream("arrivals"), stream("services"));
    let mut after = |law: &Distribution, now: SimTime, is_arrival: bool| {
        let draws = if is_arrival { &mut gaps } else { &mut services };
        now + SimDuration::from_secs_f64(law.sample(draws))
    };
    let mut pending = P::new();
    pending.schedule(after(&gap, SimTime::ZERO, true), Event::Arrival);
    let (mut busy, mut line, mut left) = (0, VecDeque::new(), 0);
    let mut sum = Checksum::default();
    while left < customers {
        let (now, event) = pending.fire();
        match event {
            Event::Arrival => {
                pending.schedule(after(&gap, now, true), Event::Arrival);
                if busy < 100 {
                    busy += 1;
                    pending.schedule(after(&service, now, false), Event::Departure);
                } else {
                    line.push_back(now);
                }
            }
            Event::Departure => {
                left += 1;
                if let Some(came) = line.pop_front() {
                    sum.add(now.since(came).as_micros());
                    pending.schedule(after(&service, now, false), Event::Departure);
                } else {
                    busy -= 1;
                }
            }
        }
    }
    sum
}

fn queueing(c: &mut Criterion) {
    let customers = size(100_000, 1_000);
    in_turn(
        ("mmc", "std's BinaryHeap"),
        size(31, 1),
        || mmc::<Queue<Event>>(customers),
        || mmc::<StdHeap<Event>>(customers),
    );
    let mut group = c.benchmark_group("mmc");
    group.throughput(Throughput::Elements(2 * customers));
    group.bench_function("fleetcast", |b| {
        b.iter(|| black_box(mmc::<Queue<Event>>(customers)));
    });
    group.bench_function("std_binary_heap", |b| {
        b.iter(|| black_box(mmc::<StdHeap<Event>>(customers)));
    });
    group.finish();
}

criterion_group!(benches, hold_model, queueing);
criterion_main!(benches);
