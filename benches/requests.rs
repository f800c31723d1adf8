//! The exact load model at a hundred slots: requests a second, with the sum of their responses held
//! to the bit.

mod shared;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fleetcast::demand::requests::{Answer, Clients, Fleet, RequestWork, Totals, Watch, WorkLaw};
use fleetcast::engine::random::{NameHash, Streams};
use fleetcast::policy::load::Routing;
use shared::{hashes, size};

/// First tries of one measurement, about.
fn tries() -> f64 {
    size(200_000.0, 2_000.0)
}

/// Adds up the response times.
#[derive(Default)]
struct Responses {
    sum_s: f64,
}

impl Watch for Responses {
    #[inline]
    fn answered(&mut self, answer: &Answer) {
        self.sum_s += answer.answered_s - answer.arrived_s;
    }
}

/// A service with a hundred slots.
struct Case {
    name: &'static str,
    routing: Routing,
    tasks: u32,
    cpu_s: f64,
    wait_s: f64,
    rate_per_s: f64,
    clients: Clients,
}

impl Case {
    fn play(&self) -> (Totals, u64) {
        let key = (Streams::new(42, 0), NameHash::of("bench"));
        let mut fleet = Fleet::new(self.routing, self.clients, key, 0.0);
        let work = RequestWork {
            cpu_s: self.cpu_s,
            wait_s: self.wait_s,
            law: WorkLaw::lognormal(1.0),
            slots: 100 / self.tasks,
            vcpus: 1.0,
            errors: 0.0,
            places: u32::MAX,
        };
        for _ in 0..self.tasks {
            fleet.join(&work);
        }
        fleet.set_rate(self.rate_per_s);
        let mut responses = Responses::default();
        assert!(fleet.advance(tries() / self.rate_per_s, u64::MAX, &mut responses));
        (fleet.totals(), responses.sum_s.to_bits())
    }
}

fn requests(c: &mut Criterion) {
    // Waits of 50 ms at a load of 0.8; or 10 ms of a CPU of one vCPU, 70 % of it, and 40 ms of waits.
    let wait = |name, routing, tasks| Case {
        name,
        routing,
        tasks,
        cpu_s: 0.0,
        wait_s: 0.05,
        rate_per_s: 1_600.0,
        clients: Clients::default(),
    };
    let shared = |name, clients| Case {
        name,
        routing: Routing::LeastOutstanding,
        tasks: 10,
        cpu_s: 0.01,
        wait_s: 0.04,
        rate_per_s: 700.0,
        clients,
    };
    let impatient = Clients {
        timeout_s: 0.2,
        retry_attempts: 2,
        backoff_s: 0.5,
        ..Clients::default()
    };
    let cases = [
        wait("wait, pooled 1x100", Routing::Pooled, 1),
        wait(
            "wait, least outstanding 10x10",
            Routing::LeastOutstanding,
            10,
        ),
        wait("wait, round robin 10x10", Routing::RoundRobin, 10),
        shared("shared CPU, least outstanding 10x10", Clients::default()),
        shared("shared CPU, time-outs and retries", impatient),
    ];
    let mut group = c.benchmark_group("requests");
    group.sample_size(20);
    for case in cases {
        let first = case.play();
        hashes::hold(&format!("requests/{}", case.name), hashes::of(&first));
        group.throughput(Throughput::Elements(first.0.arrived));
        group.bench_function(case.name, |b| {
            b.iter(|| {
                let again = case.play();
                assert_eq!(again, first, "every measurement plays the same requests");
                black_box(again)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, requests);
criterion_main!(benches);
