//! Do intervals of simulations hold the truth as often as they say? The truth is M/M/c's closed
//! form; an experiment is ten replications of an M/M/c from the engine's own parts that begin in its
//! steady state, so that the mean number of customers over time has no other expectation.

use fleetcast::engine::distribution::Distribution;
use fleetcast::engine::queue::Queue;
use fleetcast::engine::random::{NameHash, Purpose, Streams};
use fleetcast::engine::time::{SimDuration, SimTime};
use fleetcast::experiment::statistics::{mean_interval, paired_difference};
use fleetcast::policy::load::erlang::delay_share;

const PURPOSE: Purpose = Purpose::new("coverage");
/// Simulated seconds of a run; a customer is served for one of them on average.
const HORIZON_S: u64 = 400;

#[derive(Clone, Copy)]
enum Event {
    Arrival,
    Departure,
}

/// The mean number of customers in an M/M/c.
fn truth(servers: u32, load: f64) -> f64 {
    let servers = f64::from(servers);
    servers * load + delay_share(servers, load) * load / (1.0 - load)
}

/// A number of customers drawn from the steady state.
fn steady(servers: u32, load: f64, uniform: f64) -> u32 {
    let offered = f64::from(servers) * load;
    let weight = |number: u32| {
        let mut weight = 1.0;
        for customer in 1..=number {
            weight *= offered / f64::from(customer.min(servers));
        }
        weight
    };
    let all: f64 = (0..servers).map(weight).sum::<f64>() + weight(servers) / (1.0 - load);
    let mut below = 0.0;
    (0..)
        .find(|number| {
            below += weight(*number) / all;
            uniform < below || 10_000 < *number
        })
        .unwrap()
}

/// The mean number of customers over a run.
fn run(servers: u32, load: f64, replication: u64) -> f64 {
    let streams = Streams::new(2_026, replication);
    let stream = |name: &str| streams.stream(PURPOSE, NameHash::of(name), 0);
    let (mut gaps, mut services) = (stream("arrivals"), stream("services"));
    let gap = Distribution::exponential(1.0 / (load * f64::from(servers))).unwrap();
    let service = Distribution::exponential(1.0).unwrap();
    let mut queue: Queue<Event> = Queue::new();
    let mut here = steady(servers, load, stream("start").uniform());
    let in_s = |seconds: f64| SimDuration::from_secs_f64(seconds);
    for _ in 0..here.min(servers) {
        queue.schedule_in(in_s(service.sample(&mut services)), Event::Departure);
    }
    queue.schedule_in(in_s(gap.sample(&mut gaps)), Event::Arrival);
    let horizon = SimTime::from_secs(HORIZON_S);
    let (mut area, mut last) = (0.0, SimTime::ZERO);
    while let Some((now, event)) = queue.pop_until(horizon) {
        area += f64::from(here) * now.since(last).as_secs_f64();
        last = now;
        match event {
            Event::Arrival => {
                queue.schedule_in(in_s(gap.sample(&mut gaps)), Event::Arrival);
                here += 1;
                if here <= servers {
                    queue.schedule_in(in_s(service.sample(&mut services)), Event::Departure);
                }
            }
            Event::Departure => {
                if servers < here {
                    queue.schedule_in(in_s(service.sample(&mut services)), Event::Departure);
                }
                here -= 1;
            }
        }
    }
    area += f64::from(here) * horizon.since(last).as_secs_f64();
    area / HORIZON_S as f64
}

/// Of 1,000 experiments of ten runs 95 % hold the truth, ± 1.5 points (936 to 964 are the binomial
/// 95 % range); the same of the paired difference of two loads under the same draws.
#[test]
fn intervals_of_ten_runs_hold_mmcs_truth_as_often_as_they_say() {
    let (servers, low, high) = (4, 0.5, 0.55);
    let (mut held, mut differences_held) = (0, 0);
    let mut ratios = Vec::new();
    for experiment in 0..1_000_u64 {
        let replications = experiment * 10..experiment * 10 + 10;
        let runs = replications.map(|it| (run(servers, high, it), run(servers, low, it)));
        let runs: Vec<(f64, f64)> = runs.collect();
        let lows: Vec<f64> = runs.iter().map(|it| it.1).collect();
        let interval = mean_interval(&lows).unwrap();
        held +=
            u32::from((interval.mean - truth(servers, low)).abs() <= interval.half_width.unwrap());
        let found = paired_difference(&runs).unwrap();
        let off = found.mean - (truth(servers, high) - truth(servers, low));
        differences_held += u32::from(off.abs() <= found.half_width.unwrap());
        ratios.push(found.variance_ratio.unwrap());
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "held {held}, differences {differences_held}, variance ratio {:.1}",
        ratios[500]
    );
    assert!((935..=965).contains(&held), "{held} of 1,000 intervals");
    assert!(
        (935..=965).contains(&differences_held),
        "{differences_held} of 1,000 differences"
    );
    // The same draws: so many times as many runs it would take without.
    assert!(2.0 < ratios[500], "{}", ratios[500]);
}

/// An interval that stops when it is narrow covers a little less (Chow and Robbins 1965): looked at
/// every ten runs from ten on, until it is within 4 % of the mean.
#[test]
fn intervals_that_stop_when_narrow_hold_the_truth_nearly_as_often() {
    let (servers, load) = (4, 0.5);
    let (mut held, mut played) = (0, 0);
    let mut next = 0;
    for _ in 0..400 {
        let mut values: Vec<f64> = Vec::new();
        let interval = loop {
            values.extend((next..next + 10).map(|replication| run(servers, load, replication)));
            next += 10;
            let interval = mean_interval(&values).unwrap();
            if interval.half_width.unwrap() <= 0.04 * interval.mean {
                break interval;
            }
        };
        played += values.len();
        let off = (interval.mean - truth(servers, load)).abs();
        held += u32::from(off <= interval.half_width.unwrap());
    }
    println!("held {held} of 400, {} runs each", played as f64 / 400.0);
    assert!(364 <= held, "{held} of 400: 91 % at least");
}
