//! The exact model against closed forms, with confidence intervals over replications; and what
//! holds for whatever happens: every try ends once, and the areas are the sums of the stays.

use proptest::prelude::*;

use super::*;
use crate::engine::distribution::Distribution;
use crate::engine::random::{NameHash, Streams};
use crate::policy::load::{Routing, erlang};

/// Replications of each closed form; 99.9 % quantile of Student's t with one fewer.
const REPLICATIONS: u64 = 20;
const T_999: f64 = 3.883;

/// Sums over the tries that arrived from `from_s` on.
#[derive(Clone, Debug, Default)]
struct Sums {
    from_s: f64,
    answered: f64,
    response_s: f64,
    wait_s: f64,
    lost: f64,
}

impl Watch for Sums {
    fn answered(&mut self, answer: &Answer) {
        if self.from_s <= answer.arrived_s {
            self.answered += 1.0;
            self.response_s += answer.answered_s - answer.arrived_s;
            self.wait_s += answer.started_s - answer.arrived_s;
        }
    }

    fn lost(&mut self, arrived_s: f64) {
        self.lost += f64::from(u8::from(self.from_s <= arrived_s));
    }
}

fn work(law: WorkLaw, slots: u32) -> RequestWork {
    RequestWork {
        cpu_s: 0.0,
        wait_s: 1.0,
        law,
        slots,
        vcpus: 1.0,
        errors: 0.0,
        places: u32::MAX,
    }
}

fn exponential() -> WorkLaw {
    WorkLaw::Of(Distribution::exponential(1.0).unwrap())
}

/// A settled queue to hold to a closed form.
struct Settled {
    routing: Routing,
    tasks: u32,
    work: RequestWork,
    rate_per_s: f64,
    clients: Clients,
    requests: f64,
}

impl Settled {
    fn of(work: RequestWork, rate_per_s: f64) -> Self {
        Settled {
            routing: Routing::Pooled,
            tasks: 1,
            work,
            rate_per_s,
            clients: Clients::default(),
            requests: 60_000.0,
        }
    }

    fn sums(&self, replication: u64) -> Sums {
        let key = NameHash::of("settled");
        let streams = Streams::new(11, replication);
        let mut fleet = Fleet::new(self.routing, self.clients, (streams, key), 0.0);
        for _ in 0..self.tasks {
            fleet.join(&self.work);
        }
        fleet.set_rate(self.rate_per_s);
        let length_s = self.requests / self.rate_per_s;
        let mut sums = Sums {
            from_s: 0.2 * length_s,
            ..Sums::default()
        };
        assert!(fleet.advance(1.2 * length_s, u64::MAX, &mut sums));
        fleet.audit();
        sums
    }

    /// Holds the mean of a figure over the replications to the truth: inside the 99.9 % interval,
    /// and the interval no wider than `within` of the truth either way.
    fn check(&self, of: impl Fn(&Sums) -> f64, truth: f64, within: f64) {
        let values: Vec<f64> = (0..REPLICATIONS).map(|r| of(&self.sums(r))).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        let half = T_999 * libm::sqrt(squares / (n * (n - 1.0)));
        assert!(
            (mean - truth).abs() <= half && half <= within * truth,
            "measured {mean:.5} ± {half:.5} (99.9 %), expected {truth:.5}"
        );
    }
}

fn response_s(sums: &Sums) -> f64 {
    sums.response_s / sums.answered
}

fn wait_s(sums: &Sums) -> f64 {
    sums.wait_s / sums.answered
}

#[test]
fn mmc_waits_as_erlang_has_it() {
    for (slots, load) in [(1u32, 0.7), (4, 0.8), (16, 0.9)] {
        let c = f64::from(slots);
        let truth = erlang::delay_share(c, load) / (c * (1.0 - load));
        let mut queue = Settled::of(work(exponential(), slots), load * c);
        queue.requests *= 4.0;
        queue.check(wait_s, truth, 0.08);
    }
}

#[test]
fn md1_and_mg1_wait_as_pollaczek_and_khinchine_have_it() {
    for (cv, within) in [(0.0, 0.05), (0.5, 0.05), (2.0, 0.15)] {
        let truth = 0.7 / 0.3 * (1.0 + cv * cv) / 2.0;
        let mut queue = Settled::of(work(WorkLaw::lognormal(cv), 1), 0.7);
        queue.requests *= 4.0;
        queue.check(wait_s, truth, within);
    }
}

#[test]
fn mmck_turns_away_as_its_chain_has_it() {
    // M/M/2 with 3 places at load 0.9: weights 1, a, a²/2, then times ρ for each place.
    let (a, load) = (1.8f64, 0.9f64);
    let full = a * a / 2.0;
    let weights = [
        1.0,
        a,
        full,
        full * load,
        full * load.powi(2),
        full * load.powi(3),
    ];
    let total: f64 = weights.iter().sum();
    let mut queue = Settled::of(
        RequestWork {
            places: 3,
            ..work(exponential(), 2)
        },
        a,
    );
    let lost = weights[5] / total;
    queue.check(|sums| sums.lost / (sums.lost + sums.answered), lost, 0.05);
    let number: f64 = weights
        .iter()
        .zip(0..6)
        .map(|(w, n)| w * f64::from(n))
        .sum();
    let response = number / total / (a * (1.0 - lost));
    queue.requests *= 2.0;
    queue.check(response_s, response, 0.03);
}

#[test]
fn shared_cpu_answers_as_mg1_processor_sharing_whatever_the_cv() {
    for (cv, vcpus) in [(0.5, 1.0), (1.0, 0.25), (3.0, 1.0)] {
        let mut queue = Settled::of(
            RequestWork {
                cpu_s: vcpus,
                wait_s: 0.0,
                vcpus,
                ..work(WorkLaw::lognormal(cv), 10_000)
            },
            0.6,
        );
        queue.requests *= 3.0;
        queue.check(response_s, 1.0 / 0.4, 0.08);
    }
}

#[test]
fn waiting_beside_a_shared_cpu_adds_up() {
    // An open network of a shared CPU and a pure wait: cpu/(1−ρ) + wait.
    let mut queue = Settled::of(
        RequestWork {
            cpu_s: 0.03,
            wait_s: 0.05,
            ..work(WorkLaw::lognormal(1.0), 10_000)
        },
        20.0,
    );
    queue.requests *= 3.0;
    queue.check(response_s, 0.03 / 0.4 + 0.05, 0.03);
}

#[test]
fn round_robin_over_four_tasks_is_erlang_arrivals_at_each() {
    // E4/M/1: σ = (4λ/(4λ + 1 − σ))^4, response 1/(1 − σ).
    let load = 0.7;
    let mut sigma = 0.5;
    for _ in 0..200 {
        sigma = f64::powi(4.0 * load / (4.0 * load + 1.0 - sigma), 4);
    }
    let mut queue = Settled::of(work(exponential(), 1), 4.0 * load);
    (queue.routing, queue.tasks, queue.requests) = (Routing::RoundRobin, 4, 200_000.0);
    queue.check(response_s, 1.0 / (1.0 - sigma), 0.03);
}

#[test]
fn constant_patience_loses_as_its_closed_form_has_it() {
    // M/M/1 with patience 2 at load 0.9: lost share ρe^(−d)/(1 + ρ·mid + ρe^(−d)) with
    // d = (1−ρ)·2, mid = (1 − e^(−d))/(1−ρ), less the empty queue's 1/B(0) = 1.
    let (load, patience_s) = (0.9f64, 2.0);
    let e = libm::exp(-(1.0 - load) * patience_s);
    let mid = (1.0 - e) / (1.0 - load);
    let truth = load * e / (1.0 + load * mid + load * e);
    let mut queue = Settled::of(work(exponential(), 1), load);
    queue.clients.timeout_s = patience_s;
    queue.check(|sums| sums.lost / (sums.lost + sums.answered), truth, 0.05);
}

#[test]
fn failures_are_tried_again_and_counted_once_for_their_user() {
    let mut fleet = Fleet::new(
        Routing::RoundRobin,
        Clients {
            retry_attempts: 2,
            backoff_s: 0.5,
            ..Clients::default()
        },
        (Streams::new(3, 0), NameHash::of("retries")),
        0.0,
    );
    let code = RequestWork {
        errors: 0.3,
        ..work(exponential(), 1_000)
    };
    fleet.join(&code);
    fleet.set_rate(100.0);
    fleet.advance(5_000.0, u64::MAX, &mut Sums::default());
    fleet.set_rate(0.0);
    fleet.advance(6_000.0, u64::MAX, &mut Sums::default());
    let totals = fleet.totals();
    let first = totals.first_tries as f64;
    // 1 + f + f² tries a request, f³ of the requests fail: within 5 standard errors.
    assert!((totals.arrived as f64 / first - 1.39).abs() < 5.0 * 0.7 / first.sqrt());
    assert!((totals.failed as f64 / first - 0.027).abs() < 5.0 * 0.17 / first.sqrt());
    assert!(fleet.is_idle());
}

#[test]
fn a_killed_task_fails_its_requests_and_a_draining_one_finishes_them() {
    let key = || (Streams::new(5, 0), NameHash::of("ends"));
    for kills in [true, false] {
        let mut fleet = Fleet::new(Routing::RoundRobin, Clients::default(), key(), 0.0);
        let slow = RequestWork {
            wait_s: 100.0,
            ..work(WorkLaw::lognormal(0.0), 5)
        };
        let task = fleet.join(&slow);
        fleet.set_rate(2.0);
        fleet.advance(10.0, u64::MAX, &mut Sums::default());
        let there = fleet.in_system();
        assert!(5 < there, "slots are full and some wait");
        fleet.set_rate(0.0);
        if kills {
            fleet.kill(task);
            assert_eq!((fleet.totals().elb_5xx, fleet.in_system()), (there, 0));
        } else {
            fleet.drain(task, 105.0);
            fleet.advance(200.0, u64::MAX, &mut Sums::default());
            // Those that began before second 5 are over by 105, the rest dies with the task.
            let totals = fleet.totals();
            assert!(0 < totals.answered && totals.answered + totals.elb_5xx == there);
        }
        fleet.audit();
    }
}

#[test]
fn clients_that_leave_keep_the_queue_of_an_overload_short() {
    let standing = |leaves_queue| {
        let clients = Clients {
            timeout_s: 2.0,
            leaves_queue,
            ..Clients::default()
        };
        let key = (Streams::new(8, 0), NameHash::of("overload"));
        let mut fleet = Fleet::new(Routing::RoundRobin, clients, key, 0.0);
        fleet.join(&work(WorkLaw::lognormal(0.0), 10));
        fleet.set_rate(20.0);
        fleet.advance(1_000.0, u64::MAX, &mut Sums::default());
        let totals = fleet.totals();
        // First come, first served: whoever gets a slot in an overload has waited until just before
        // its client gives up, and is answered too late either way.
        assert!(0.95 < totals.timed_out as f64 / totals.arrived as f64);
        fleet.in_system()
    };
    let (short, long) = (standing(true), standing(false));
    assert!(
        short < 100,
        "two seconds of arrivals and the slots: {short}"
    );
    assert!(9_000 < long, "half of all that ever came: {long}");
}

#[test]
fn the_clock_never_goes_back_to_what_a_quiet_stretch_passed_over() {
    let clients = Clients {
        timeout_s: 300.0,
        ..Clients::default()
    };
    let key = (Streams::new(5, 0), NameHash::of("quiet"));
    let mut fleet = Fleet::new(Routing::RoundRobin, clients, key, 0.0);
    let task = fleet.join(&work(exponential(), 5));
    fleet.join(&work(exponential(), 5));
    fleet.set_rate(2.0);
    fleet.advance(10.0, u64::MAX, &mut Sums::default());
    fleet.set_rate(0.0);
    fleet.drain(task, 200.0);
    fleet.advance(100.0, u64::MAX, &mut Sums::default());
    assert!(fleet.is_idle());
    // The end of the draining task and the time-outs of answered requests lie behind.
    fleet.skip_to(600.0);
    fleet.set_rate(1.0);
    while fleet.now_s() < 610.0 {
        fleet.advance(610.0, 1, &mut Sums::default());
        assert!(600.0 <= fleet.now_s(), "{}", fleet.now_s());
    }
    fleet.audit();
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Join(bool),
    Drain(usize, u8),
    Kill(usize),
    Rate(u8),
    Play(u8),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        any::<bool>().prop_map(Act::Join),
        (any::<usize>(), any::<u8>()).prop_map(|(task, after)| Act::Drain(task, after)),
        any::<usize>().prop_map(Act::Kill),
        any::<u8>().prop_map(Act::Rate),
        any::<u8>().prop_map(Act::Play),
        any::<u8>().prop_map(Act::Play),
    ]
}

/// Adds up the stays of those that were answered; the lost ones stay too.
#[derive(Default)]
struct Stays {
    answered_s: f64,
    lost: u64,
}

impl Watch for Stays {
    fn answered(&mut self, answer: &Answer) {
        assert!(answer.arrived_s <= answer.started_s && answer.started_s <= answer.answered_s);
        self.answered_s += answer.answered_s - answer.arrived_s;
    }
    fn lost(&mut self, _: f64) {
        self.lost += 1;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 64 } else { 512 }))]

    /// Whatever tasks and clients do: counters are what recounting gives, every try ends once, and
    /// the area under the number in system is the sum of the stays (Little's law, to the last bit
    /// that floats have).
    #[test]
    fn every_try_ends_once(
        acts in proptest::collection::vec(act(), 1..60),
        routing in prop_oneof![
            Just(Routing::RoundRobin), Just(Routing::LeastOutstanding), Just(Routing::Pooled)
        ],
        (timeout_s, leaves_queue) in (prop_oneof![Just(f64::INFINITY), Just(0.5)], any::<bool>()),
        (retry_attempts, backoff_s) in (0u32..3, prop_oneof![Just(0.0), Just(0.7)]),
        (slots, places) in (1u32..6, prop_oneof![Just(u32::MAX), 0u32..4]),
        cpu_s in prop_oneof![Just(0.0), Just(0.3), Just(1.0)],
        (seed, errors) in (any::<u64>(), prop_oneof![Just(0.0), Just(0.4)]),
    ) {
        let clients = Clients {
            timeout_s,
            leaves_queue,
            retry_attempts,
            backoff_s,
            visibility_s: None,
        };
        let key = (Streams::new(seed, 0), NameHash::of("any"));
        let mut fleet = Fleet::new(routing, clients, key, 0.0);
        let code = RequestWork {
            cpu_s,
            wait_s: 1.0 - cpu_s,
            slots,
            places,
            errors,
            ..work(WorkLaw::lognormal(1.0), slots)
        };
        let larger = RequestWork { slots: slots + 2, vcpus: 2.0, ..code.clone() };
        let mut tasks = Vec::new();
        let mut stays = Stays::default();
        for act in acts {
            match act {
                Act::Join(is_larger) => tasks.push(fleet.join(if is_larger { &larger } else { &code })),
                Act::Drain(at, after) if !tasks.is_empty() => {
                    let task = tasks.swap_remove(at % tasks.len());
                    fleet.drain(task, fleet.now_s() + f64::from(after) / 16.0);
                }
                Act::Kill(at) if !tasks.is_empty() => fleet.kill(tasks.swap_remove(at % tasks.len())),
                Act::Drain(..) | Act::Kill(_) => {}
                Act::Rate(rate) => fleet.set_rate(f64::from(rate) / 8.0),
                Act::Play(sixteenths) => {
                    let until_s = fleet.now_s() + f64::from(sixteenths) / 16.0;
                    prop_assert!(fleet.advance(until_s, u64::MAX, &mut stays));
                }
            }
            fleet.audit();
        }
        let before = fleet.totals();
        fleet.set_rate(0.0);
        for task in tasks {
            fleet.kill(task);
        }
        fleet.advance(fleet.now_s() + 1e4, u64::MAX, &mut stays);
        fleet.audit();
        let totals = fleet.totals();
        prop_assert!(fleet.is_idle());
        prop_assert_eq!(totals.arrived - totals.first_tries <= u64::from(retry_attempts) * totals.first_tries, true);
        prop_assert!(before.arrived <= totals.arrived);
        let area_s = fleet.areas().in_system_s;
        let nobody_killed = totals.elb_5xx == totals.turned_away && totals.gave_up_queued == 0
            && totals.dropped == 0;
        if nobody_killed {
            prop_assert!((area_s - stays.answered_s).abs() <= 1e-6 * (1.0 + area_s));
        } else {
            prop_assert!(stays.answered_s <= area_s + 1e-6 * (1.0 + area_s));
        }
    }
}
