//! Both models beside closed forms of queueing theory.

use rayon::prelude::*;

use crate::demand::requests::{Answer, Clients, Fleet, RequestWork, Watch as Listen, WorkLaw};
use crate::engine::distribution::Distribution;
use crate::engine::random::{NameHash, Streams};
use crate::experiment::statistics::{mean_interval, student_t_quantile};
use crate::policy::load::{Routing, erlang};
use crate::validation::number;
use crate::validation::section::{Column, Section, Table, Verdict};
use crate::validation::{Effort, SectionSpec, Watch};

use super::closed_forms::{gives_up, turned_away};
use super::errors::{Errors, of_hundred, percent};
use super::pair::Off;
use super::service::Service;

/// The section, before it is computed.
pub const SPEC: SectionSpec = SectionSpec {
    name: "theory",
    about: "both load models beside closed forms: M/M/c, M/D/1, M/G/1, M/M/c/K, M/G/1-PS",
    steps: |_| CASES.len() as u64,
    compute,
};

/// Replications of each case of the exact model.
const REPLICATIONS: u64 = 20;

/// A queue with a closed form.
#[derive(Clone, Copy, Debug)]
struct Case {
    name: &'static str,
    kind: Kind,
    slots: u32,
    load: f64,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    /// Exponential work: mean wait by Erlang's C.
    Exponential,
    /// Lognormal work of this CV, one slot: mean wait by Pollaczek and Khinchine.
    General(f64),
    /// Exponential work and so many places: the share turned away.
    Places(u32),
    /// Exponential work, clients that wait so long: the share that gives up.
    Patience(f64),
    /// Slots without end on one vCPU, work of this CV: mean response.
    Shared(f64),
    /// Round robin over so many tasks of one slot, exponential work: mean response.
    Turns(u32),
}

const fn case(name: &'static str, kind: Kind, slots: u32, load: f64) -> Case {
    Case {
        name,
        kind,
        slots,
        load,
    }
}

const CASES: [Case; 16] = [
    case("M/M/1, wait", Kind::Exponential, 1, 0.8),
    case("M/M/4, wait", Kind::Exponential, 4, 0.8),
    case("M/M/16, wait", Kind::Exponential, 16, 0.9),
    case("M/M/64, wait", Kind::Exponential, 64, 0.95),
    case("M/D/1, wait", Kind::General(0.0), 1, 0.8),
    case("M/G/1, CV 0.5, wait", Kind::General(0.5), 1, 0.8),
    case("M/G/1, CV 2, wait", Kind::General(2.0), 1, 0.7),
    case("M/M/1/4, share turned away", Kind::Places(3), 1, 0.9),
    case("M/M/4/12, share turned away", Kind::Places(8), 4, 1.1),
    case(
        "M/M/1 + D, share that gives up",
        Kind::Patience(2.0),
        1,
        0.9,
    ),
    case(
        "M/M/4 + D, share that gives up",
        Kind::Patience(1.0),
        4,
        1.2,
    ),
    case("M/G/1-PS, CV 0.5, response", Kind::Shared(0.5), 10_000, 0.7),
    case("M/G/1-PS, CV 1, response", Kind::Shared(1.0), 10_000, 0.7),
    case("M/G/1-PS, CV 3, response", Kind::Shared(3.0), 10_000, 0.7),
    case(
        "E4/M/1 (round robin, 4 tasks), response",
        Kind::Turns(4),
        1,
        0.8,
    ),
    case(
        "E16/M/1 (round robin, 16 tasks), response",
        Kind::Turns(16),
        1,
        0.8,
    ),
];

/// Sums over the tries of the measured time.
#[derive(Default)]
struct Sums {
    from_s: f64,
    answered: f64,
    response_s: f64,
    wait_s: f64,
    lost: f64,
    in_system_s: f64,
}

impl Listen for Sums {
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

impl Case {
    /// The closed form; work has mean 1.
    fn truth(&self) -> f64 {
        let (c, load) = (f64::from(self.slots), self.load);
        match self.kind {
            Kind::Exponential => erlang::delay_share(c, load) / (c * (1.0 - load)),
            Kind::General(cv) => load / (1.0 - load) * (1.0 + cv * cv) / 2.0,
            Kind::Shared(_) => 1.0 / (1.0 - load),
            Kind::Places(places) => turned_away(self.slots, places, load),
            Kind::Patience(patience) => gives_up(self.slots, patience, load),
            Kind::Turns(tasks) => {
                let n = f64::from(tasks);
                let step = |s: f64| libm::pow(n * load / (n * load + 1.0 - s), n);
                1.0 / (1.0 - (0..500).fold(0.5, |sigma, _| step(sigma)))
            }
        }
    }

    /// What is measured of a replication.
    fn measure(&self, sums: &Sums) -> f64 {
        match self.kind {
            Kind::Exponential | Kind::General(_) => sums.wait_s / sums.answered,
            Kind::Shared(_) | Kind::Turns(_) => sums.response_s / sums.answered,
            Kind::Places(_) | Kind::Patience(_) => sums.lost / (sums.lost + sums.answered),
        }
    }

    fn work(&self) -> RequestWork {
        let exponential = || Distribution::exponential(1.0).expect("1 is a mean");
        let law = match self.kind {
            Kind::General(cv) | Kind::Shared(cv) => WorkLaw::lognormal(cv),
            _ => WorkLaw::Of(exponential()),
        };
        let shares = matches!(self.kind, Kind::Shared(_));
        RequestWork {
            cpu_s: f64::from(u8::from(shares)),
            wait_s: f64::from(u8::from(!shares)),
            law,
            slots: self.slots,
            vcpus: 1.0,
            errors: 0.0,
            places: match self.kind {
                Kind::Places(places) => places,
                _ => u32::MAX,
            },
        }
    }

    fn tasks(&self) -> u32 {
        match self.kind {
            Kind::Turns(tasks) => tasks,
            _ => 1,
        }
    }

    fn capacity_per_s(&self) -> f64 {
        let slots = match self.kind {
            Kind::Shared(_) => 1,
            _ => self.slots,
        };
        f64::from(self.tasks() * slots)
    }

    /// One replication of `requests` requests after a warm-up of a quarter as many.
    fn play(&self, requests: f64, seed: u64, replication: u64) -> Sums {
        let clients = Clients {
            timeout_s: match self.kind {
                Kind::Patience(patience_s) => patience_s,
                _ => f64::INFINITY,
            },
            ..Clients::default()
        };
        let routing = match self.kind {
            Kind::Turns(_) => Routing::RoundRobin,
            _ => Routing::Pooled,
        };
        let key = (Streams::new(seed, replication), NameHash::of(self.name));
        let mut fleet = Fleet::new(routing, clients, key, 0.0);
        for _ in 0..self.tasks() {
            fleet.join(&self.work());
        }
        let rate_per_s = self.load * self.capacity_per_s();
        fleet.set_rate(rate_per_s);
        let length_s = requests / rate_per_s;
        let mut sums = Sums {
            from_s: 0.25 * length_s,
            ..Sums::default()
        };
        fleet.advance(sums.from_s, u64::MAX, &mut sums);
        let before_s = fleet.areas().in_system_s;
        fleet.advance(1.25 * length_s, u64::MAX, &mut sums);
        fleet.audit();
        sums.in_system_s = fleet.areas().in_system_s - before_s;
        sums
    }

    /// The fluid model's answer, where it has the law of the work.
    fn fluid(&self) -> Option<f64> {
        let cv = match self.kind {
            Kind::General(cv) | Kind::Shared(cv) => cv,
            Kind::Exponential | Kind::Turns(_) | Kind::Places(_) | Kind::Patience(_) => 1.0,
        };
        let shares = f64::from(u8::from(matches!(self.kind, Kind::Shared(_))));
        let routing = match self.kind {
            Kind::Turns(_) => Routing::RoundRobin,
            _ => Routing::Pooled,
        };
        let slots = self.slots;
        let mut service = Service::new(routing, [self.tasks(), slots], cv, [shares, 0.01]);
        let mut load = match self.kind {
            Kind::Places(places) => {
                service.places = places;
                service.fluid()
            }
            Kind::Patience(patience) => {
                service.clients.timeout_s = patience * 0.01;
                service.fluid()
            }
            _ => service.fluid(),
        };
        load.set_rate(self.load * self.capacity_per_s() / 0.01);
        let mut last = None;
        load.settle();
        load.advance_to(crate::engine::SimTime::from_secs(36_000), |(_, _, it)| {
            last = Some(*it);
        });
        let last = last?;
        Some(match self.kind {
            Kind::Exponential | Kind::General(_) => last.response_mean / 0.01 - 1.0,
            Kind::Shared(_) | Kind::Turns(_) => last.response_mean / 0.01,
            Kind::Places(_) => last.elb_5xx / last.requests,
            // Those that give up in a slot are counted too: not the closed form's.
            Kind::Patience(_) => return None,
        })
    }
}

/// A case with its figures.
struct Row {
    truth: f64,
    mean: f64,
    half_width_95: f64,
    is_within_999: bool,
    little: f64,
    fluid: Option<f64>,
}

fn row(case: &Case, effort: &Effort) -> Row {
    let requests = effort.choose(500_000.0, 40_000.0);
    let all: Vec<Sums> = (0..REPLICATIONS)
        .map(|replication| case.play(requests, effort.seed, replication))
        .collect();
    let values: Vec<f64> = all.iter().map(|sums| case.measure(sums)).collect();
    let interval = mean_interval(&values).expect("there are replications");
    let half = interval.half_width.unwrap_or(f64::INFINITY);
    let degrees = (REPLICATIONS - 1) as f64;
    let wider = student_t_quantile(0.9995, degrees) / student_t_quantile(0.975, degrees);
    let truth = case.truth();
    // Number in system over rate × response, of those answered.
    let area: f64 = all.iter().map(|sums| sums.in_system_s).sum();
    let stays: f64 = all.iter().map(|sums| sums.response_s).sum();
    Row {
        truth,
        mean: interval.mean,
        half_width_95: half,
        is_within_999: libm::fabs(interval.mean - truth) <= wider * half,
        little: percent(area, stays),
        fluid: case.fluid(),
    }
}

fn compute(effort: &Effort, watch: &Watch<'_>) -> Option<Section> {
    let rows: Vec<Option<Row>> = CASES
        .par_iter()
        .map(|case| {
            let row = (!watch.is_cancelled()).then(|| row(case, effort));
            watch.step();
            row
        })
        .collect();
    let rows: Vec<Row> = rows.into_iter().collect::<Option<_>>()?;
    Some(section(&rows, effort))
}

/// An error against a truth without chance.
fn exact_off(error: f64) -> Off {
    Off { error, chance: 0.0 }
}

fn section(rows: &[Row], effort: &Effort) -> Section {
    let mut table = Table::new(
        "Closed forms. Work has mean 1; the error is that of the mean over the replications",
        vec![
            Column::text("queue"),
            Column::number("load"),
            Column::number("closed form"),
            Column::number("exact model, 95 %"),
            Column::number("error"),
            Column::number("fluid model"),
            Column::number("error"),
        ],
    );
    let (mut exact, mut fluid, mut little) = (0, Errors::default(), Errors::default());
    for (case, row) in CASES.iter().zip(rows) {
        let three = |value: f64| number::significant(value);
        let none = || "–".to_owned();
        let half = 100.0 * row.half_width_95 / row.mean;
        exact += usize::from(row.is_within_999);
        if !matches!(case.kind, Kind::Places(_) | Kind::Patience(_)) {
            little.add(exact_off(row.little));
        }
        if let Some(value) = row.fluid {
            fluid.add(exact_off(percent(value, row.truth)));
        }
        table.row(vec![
            case.name.to_owned(),
            number::fixed(case.load, 2),
            three(row.truth),
            format!("{} ± {} %", three(row.mean), number::fixed(half, 1)),
            number::percent(percent(row.mean, row.truth)),
            row.fluid.map_or_else(none, three),
            row.fluid
                .map_or_else(none, |it| number::percent(percent(it, row.truth))),
        ]);
    }
    let requests = effort.choose("500,000", "40,000");
    Section {
        name: SPEC.name.to_owned(),
        title: "Load models and queueing theory".to_owned(),
        intro: vec![format!(
            "The exact model plays each queue {REPLICATIONS} times with {requests} requests after \
             a warm-up of a quarter as many; the fluid model is asked as a run asks it. Every \
             replication is audited: each try is over or still there, each counter is what \
             recounting gives."
        )],
        tables: vec![table],
        cells: Vec::new(),
        verdicts: vec![
            Verdict::all(
                "the closed form lies in the exact model's 99.9 % interval",
                exact,
                CASES.len(),
            ),
            Verdict::at_most(
                "Little's law: number in system against rate × response, worst queue",
                libm::fabs(little.worst().error),
                0.5,
                of_hundred,
            ),
            Verdict::at_most(
                "the fluid model against closed forms, worst queue",
                libm::fabs(fluid.worst().error),
                8.0,
                of_hundred,
            ),
        ],
        notes: Vec::new(),
    }
}
