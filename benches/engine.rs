//! The event queue under the hold model (take the earliest, schedule one at now + exponential),
//! beside std's `BinaryHeap` in the same run. Each bench checks that both fire the same events.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fleetcast::engine::queue::Queue;
use fleetcast::engine::random::{NameHash, Purpose, Streams};
use fleetcast::engine::{SimDuration, SimTime};

/// Holds per measured iteration.
const HOLDS: usize = 100_000;

/// Exponential delays of mean 1 s, drawn beforehand so that only the queue is timed.
fn delays(count: usize) -> Vec<SimDuration> {
    let mut draws = Streams::new(1, 0).stream(Purpose::new("bench"), NameHash::of("hold"), 0);
    (0..count)
        .map(|_| SimDuration::from_secs_f64(-libm::log(draws.uniform())))
        .collect()
}

fn hold_queue(queue: &mut Queue<u64>, delays: &[SimDuration]) -> u64 {
    let mut hash = 0u64;
    for (index, delay) in delays.iter().enumerate() {
        let (at, event) = queue
            .pop_until(SimTime::MAX)
            .expect("the hold model never runs dry");
        hash = hash
            .wrapping_mul(1_000_003)
            .wrapping_add(event ^ at.as_micros());
        queue.schedule_in(*delay, index as u64);
    }
    hash
}

type StdHeap = BinaryHeap<Reverse<(u64, u64, u64)>>;

fn hold_std(heap: &mut StdHeap, sequence: &mut u64, delays: &[SimDuration]) -> u64 {
    let mut hash = 0u64;
    for (index, delay) in delays.iter().enumerate() {
        let Reverse((at, _, event)) = heap.pop().expect("the hold model never runs dry");
        hash = hash.wrapping_mul(1_000_003).wrapping_add(event ^ at);
        *sequence += 1;
        heap.push(Reverse((at + delay.as_micros(), *sequence, index as u64)));
    }
    hash
}

fn hold(c: &mut Criterion) {
    let mut group = c.benchmark_group("hold");
    group.throughput(Throughput::Elements(HOLDS as u64));
    for pending in [100usize, 10_000, 1_000_000] {
        let (start, delays) = (delays(pending), delays(HOLDS));
        let (mut queue, mut heap, mut sequence) = (Queue::new(), StdHeap::new(), 0);
        for (index, delay) in start.iter().enumerate() {
            queue.schedule_in(*delay, index as u64);
            sequence += 1;
            heap.push(Reverse((delay.as_micros(), sequence, index as u64)));
        }
        let same = hold_queue(&mut queue, &delays) == hold_std(&mut heap, &mut sequence, &delays);
        assert!(same, "both queues fire the same events in the same order");
        group.bench_function(BenchmarkId::new("fleetcast", pending), |b| {
            b.iter(|| black_box(hold_queue(&mut queue, &delays)));
        });
        group.bench_function(BenchmarkId::new("std_binary_heap", pending), |b| {
            b.iter(|| black_box(hold_std(&mut heap, &mut sequence, &delays)));
        });
    }
    group.finish();
}

criterion_group!(benches, hold);
criterion_main!(benches);
