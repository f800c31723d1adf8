//! Requests that share a task's CPU: closed forms, and the chain against its plain sum.

use super::*;
use crate::policy::load::stationary::Pool;
use crate::policy::load::{Percentile, ResponseTable};
use Routing::{LeastOutstanding, Pooled, RoundRobin};

#[test]
fn endless_slots_on_one_vcpu_are_mg1_processor_sharing() {
    // Mean response S/(1−ρ), whatever the CV.
    for cv in [0.0, 1.0, 3.0] {
        let curve = curve(
            Pooled,
            1,
            WorkShape {
                cv,
                ..computing(20_000, 1.0)
            },
        );
        for load in [0.01, 0.06, 0.3, 0.5, 0.8, 0.95, 0.99] {
            let at = curve.at_load(load);
            near(at.holding_s + at.wait_s, 1.0 / (1.0 - load), 1e-3);
            assert!(at.wait_share < 1e-6);
        }
    }
}

#[test]
fn wait_beside_a_shared_cpu_adds_up_in_an_open_network() {
    // Poisson in, wait is a pure delay: S = wait + cpu/(1−ρ) with slots to spare.
    let shape = WorkShape {
        cpu_s: 0.03,
        wait_s: 0.05,
        cv: 1.0,
        slots: 4000,
        vcpus: 1.0,
    };
    let curve = curve(Pooled, 1, shape);
    near(curve.at_load(0.6).holding_s, 0.05 + 0.03 / 0.4, 2e-3);
}

#[test]
fn one_slot_that_computes_is_mg1_with_a_queue() {
    let task = Arc::new(Task::new(WorkShape {
        cv: 2.0,
        ..computing(1, 1.0)
    }));
    let point = Pool::new(Pooled, 1, task).stationary(0.8);
    near(point.wait_s, 0.8 / 0.2 * 2.5, 1e-6);
}

#[test]
fn as_many_vcpus_as_slots_is_a_pure_wait() {
    let load = 0.85;
    let busy = curve(Pooled, 2, computing(4, 4.0)).at_load(load);
    let idle = curve(Pooled, 2, pure_wait(4, 1.0)).at_load(load);
    near(busy.n, idle.n, 1e-3);
    near(busy.wait_share, idle.wait_share, 1e-3);
}

#[test]
fn half_a_vcpu_takes_twice_as_long() {
    // 30 ms of cpu takes 60 ms alone on 0.5 vCPU; the task serves at most 0.5/0.03 per second.
    let shape = WorkShape {
        cpu_s: 0.03,
        wait_s: 0.0,
        cv: 1.0,
        slots: 50,
        vcpus: 0.5,
    };
    let task = Task::new(shape);
    near(task.holding_alone_s, 0.06, 1e-12);
    near(task.capacity_per_s, 0.5 / 0.03, 1e-9);
    near(curve(Pooled, 1, shape).at_load(1e-6).holding_s, 0.06, 1e-5);
}

#[test]
fn capacity_with_wait_and_cpu_lies_between_the_bottlenecks() {
    let shape = |slots| WorkShape {
        cpu_s: 0.03,
        wait_s: 0.05,
        cv: 1.0,
        slots,
        vcpus: 1.0,
    };
    let capacity = |slots| Task::new(shape(slots)).capacity_per_s;
    near(capacity(1), 1.0 / 0.08, 1e-12);
    // Two requests, by hand: G(2)/G(1) with G(j) = Σ wait^(j−m)/(j−m)!·cpu^m.
    let (g1, g2) = (0.05 + 0.03, 0.05 * 0.05 / 2.0 + 0.05 * 0.03 + 0.03 * 0.03);
    near(capacity(2), g1 / g2, 1e-12);
    near(capacity(64), 1.0 / 0.03, 1e-9);
    // Two vCPU and two slots: nobody is slowed.
    near(
        Task::new(WorkShape {
            vcpus: 2.0,
            ..shape(2)
        })
        .capacity_per_s,
        2.0 / 0.08,
        1e-12,
    );
    // A fractional vCPU: three computing share 1.5.
    near(Task::new(computing(3, 1.5)).capacity_per_s, 1.5, 1e-12);
}

/// The definition: every state added up.
fn occupancy_plain(task: &Task, copies: u32, load: f64) -> (f64, f64) {
    let top = copies * task.shape.slots;
    let copies = f64::from(copies);
    let arrivals = load * copies * task.capacity_per_s;
    let (mut log_weight, mut log_weights) = (0.0, vec![0.0]);
    for j in 1..=top {
        let rate = copies * task.throughput_per_s(f64::from(j) / copies);
        log_weight += libm::log(arrivals / rate);
        log_weights.push(log_weight);
    }
    let most = log_weights.iter().copied().fold(f64::MIN, f64::max);
    let weights: Vec<f64> = log_weights.iter().map(|w| libm::exp(w - most)).collect();
    let (within, last) = (weights.iter().sum::<f64>(), weights[top as usize]);
    let queued = last * load / (1.0 - load);
    let first: f64 = weights.iter().enumerate().map(|(j, w)| j as f64 * w).sum();
    let in_slots = (first + queued * f64::from(top)) / (within + queued);
    (within / last, in_slots)
}

#[test]
fn the_chain_in_blocks_agrees_with_every_state_added_up() {
    let mixed = WorkShape {
        cpu_s: 0.03,
        wait_s: 0.05,
        cv: 1.0,
        slots: 16,
        vcpus: 1.5,
    };
    let wide = WorkShape {
        slots: 1000,
        vcpus: 12.0,
        ..mixed
    };
    for shape in [mixed, wide, computing(16, 0.25), computing(7, 4.0)] {
        let task = Task::new(shape);
        for copies in [1, 3, 40] {
            for load in [0.1, 0.5, 0.8, 0.95, 0.999, 0.99999] {
                let (inverse_loss, in_slots) = occupancy_plain(&task, copies, load);
                let found = task.occupancy(f64::from(copies), load);
                near(found.in_slots, in_slots, 5e-4);
                if inverse_loss < 1e9 {
                    near(found.inverse_loss, inverse_loss, 3e-3);
                }
            }
        }
    }
}

#[test]
fn level_tasks_pool_towards_saturation() {
    // Least outstanding, CPU-bound: near load 1 ten tasks act as one of ten times the speed.
    let curve = curve(LeastOutstanding, 10, computing(2000, 1.0));
    let load = 0.99;
    let pooled_s = 1.0 / (1.0 - load) / 10.0;
    let response_s = curve.at_load(load).holding_s + curve.at_load(load).wait_s;
    assert!(
        pooled_s < response_s && response_s < 1.2 * pooled_s,
        "{response_s}"
    );
}

#[test]
fn round_robin_lies_between_level_and_lonely_tasks() {
    let response_s = |routing, tasks| {
        let at = curve(routing, tasks, computing(100, 1.0)).at_load(0.8);
        at.holding_s + at.wait_s
    };
    let lonely = response_s(Pooled, 1);
    assert!(response_s(RoundRobin, 10) < lonely);
    assert!(response_s(LeastOutstanding, 10) < response_s(RoundRobin, 10));
    near(response_s(RoundRobin, 1), lonely, 1e-9);
}

#[test]
fn overload_uses_the_whole_cpu_and_all_slots() {
    let shape = WorkShape {
        cpu_s: 0.03,
        wait_s: 0.05,
        cv: 1.5,
        slots: 16,
        vcpus: 2.0,
    };
    for routing in [Pooled, RoundRobin, LeastOutstanding] {
        let curve = curve(routing, 5, shape);
        let at = curve.at_number(1e5);
        near(at.throughput_per_s, curve.capacity_per_s(), 1e-4);
        near(at.throughput_per_s * at.holding_s, 80.0, 1e-3);
    }
}

/// Routing, tasks, CPU and wait in ms, CV, slots, vCPU, load; mean and p99 in ms of a simulation
/// request by request (360,000 requests each; round robin by the exact model, 2 to 8 million).
type Cell = (Routing, u32, [f64; 2], f64, u32, f64, f64, [f64; 2]);

#[rustfmt::skip]
const SIMULATED: [Cell; 9] = [
    (Pooled, 1, [30.0, 50.0], 1.0, 8, 1.0, 0.5, [110.5, 584.0]),
    (Pooled, 1, [30.0, 50.0], 1.0, 8, 1.0, 0.9, [363.9, 1803.0]),
    (Pooled, 1, [30.0, 50.0], 2.0, 16, 0.5, 0.8, [366.5, 3587.0]),
    (LeastOutstanding, 10, [30.0, 50.0], 1.2, 16, 0.5, 0.9, [206.8, 1276.0]),
    (LeastOutstanding, 10, [30.0, 50.0], 1.2, 16, 2.0, 0.9, [110.4, 651.0]),
    (RoundRobin, 4, [30.0, 50.0], 1.0, 8, 1.0, 0.8, [146.8, 846.0]),
    (RoundRobin, 10, [30.0, 50.0], 1.2, 16, 0.5, 0.8, [240.8, 1865.0]),
    (RoundRobin, 4, [30.0, 0.0], 2.0, 16, 1.0, 0.9, [290.1, 2868.0]),
    (Pooled, 1, [30.0, 0.0], 0.0, 16, 1.0, 0.9, [274.3, 889.0]),
];

#[test]
fn shared_cpus_come_near_a_simulation_of_every_request() {
    for (routing, tasks, [cpu_ms, wait_ms], cv, slots, vcpus, load, [mean_ms, p99_ms]) in SIMULATED
    {
        let shape = WorkShape {
            cpu_s: cpu_ms / 1e3,
            wait_s: wait_ms / 1e3,
            cv,
            slots,
            vcpus,
        };
        let curve = curve(routing, tasks, shape);
        let rate = load * curve.capacity_per_s();
        let mut queue = FluidQueue::settled_at(&curve, rate);
        let piece = pieces(&mut queue, &curve, rate, 1.0)[0];
        let response = ResponseTable::shared(cv).response(&piece);
        near(1e3 * response.mean_s, mean_ms, 0.08);
        near(1e3 * response.percentile_s(Percentile::P99), p99_ms, 0.18);
    }
}
