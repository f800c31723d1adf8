//! Clients that give up and try again, queues with an end, answers that are errors: the fluid model
//! beside the exact one.

use rayon::prelude::*;

use crate::demand::requests::Clients;
use crate::engine::SimTime;
use crate::policy::load::{Distrust, Routing};
use crate::validation::number;
use crate::validation::section::{Between, Column, Section, Table, Verdict};
use crate::validation::{Effort, SectionSpec, Watch};

use super::errors::{Errors, INTERVALS, in_points};
use super::pair::{self, Pair};
use super::service::{Service, routing_name};
use super::steady::{self, CONTROLLED, Settling};
use super::truth::Figures;

/// The section, before it is computed.
pub const SPEC: SectionSpec = SectionSpec {
    name: "clients",
    about: "time-outs, retries, errors and queues with an end: fluid beside exact",
    steps: |_| cells().len() as u64,
    compute,
};

const LOADS: [f64; 5] = [0.5, 0.8, 0.95, 1.1, 1.5];
/// The holding time of a lone request, seconds.
const HOLDING_S: f64 = 0.1;
const REPLICATIONS: u64 = 12;
/// Between a failure and the next try: slot-holding times of a lone request.
const BACKOFF: f64 = 20.0;

/// What clients and queues are like; times in slot-holding times.
#[derive(Clone, Copy, Debug)]
struct Habit {
    name: &'static str,
    timeout: f64,
    leaves_queue: bool,
    retries: u32,
    /// Places a slot.
    places: Option<f64>,
    errors: f64,
}

const PATIENT: Habit = Habit {
    name: "",
    timeout: f64::INFINITY,
    leaves_queue: true,
    retries: 0,
    places: None,
    errors: 0.0,
};

const HABITS: [Habit; 7] = [
    Habit {
        name: "2 places a slot",
        places: Some(2.0),
        ..PATIENT
    },
    Habit {
        name: "2 places a slot, 2 retries",
        places: Some(2.0),
        retries: 2,
        ..PATIENT
    },
    Habit {
        name: "time-out 10, leave the queue",
        timeout: 10.0,
        ..PATIENT
    },
    Habit {
        name: "time-out 10, leave the queue, 2 retries",
        timeout: 10.0,
        retries: 2,
        ..PATIENT
    },
    Habit {
        name: "time-out 4, stay in the queue",
        timeout: 4.0,
        leaves_queue: false,
        ..PATIENT
    },
    Habit {
        name: "10 % errors, 2 retries",
        errors: 0.1,
        retries: 2,
        ..PATIENT
    },
    Habit {
        name: "20 % errors, time-out 10, 1 retry",
        errors: 0.2,
        timeout: 10.0,
        retries: 1,
        ..PATIENT
    },
];

type Cell = (Habit, Routing, f64, f64, f64);

/// Habit, balancer, CPU share, CV, load of first tries.
fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for habit in HABITS {
        for routing in [Routing::RoundRobin, Routing::LeastOutstanding] {
            for (computing, cv) in [(0.0, 1.0), (0.5, 1.0), (0.0, 2.0)] {
                for load in LOADS {
                    // An overload that nothing bounds has no settled state.
                    let is_bounded = habit.places.is_some() || habit.timeout.is_finite();
                    let settles = is_bounded && habit.leaves_queue;
                    if settles || load < 0.9 {
                        cells.push((habit, routing, computing, cv, load));
                    }
                }
            }
        }
    }
    cells
}

#[derive(Clone, Copy)]
struct Both {
    pair: Pair,
    /// The model says that further tries could tip the service over.
    tips: bool,
}

fn both(index: usize, cell: &Cell, effort: &Effort) -> Both {
    let &(habit, routing, computing, cv, load) = cell;
    let mut service = Service::new(routing, [4, 16], cv, [computing, HOLDING_S]);
    service.clients = Clients {
        timeout_s: habit.timeout * HOLDING_S,
        leaves_queue: habit.leaves_queue,
        retry_attempts: habit.retries,
        backoff_s: BACKOFF * HOLDING_S,
        visibility_s: None,
    };
    service.errors = habit.errors;
    if let Some(places) = habit.places {
        service.places = (places * f64::from(service.shape.slots)) as u32;
    }
    let rate_per_s = load * service.capacity_per_s(service.tasks);
    let key = format!("clients {index}");
    // Fewer would end before an overload has settled.
    let requests = effort.choose(5e5, 2e5);
    let how = Settling::from_empty(requests, REPLICATIONS);
    let exact = steady::settled(&service, rate_per_s, &how, &|_| true, (effort.seed, &key));
    let mut fluid = service.fluid();
    fluid.set_rate(rate_per_s);
    let mut last = Figures::default();
    fluid.advance_to(SimTime::from_secs(7_200), |(_, _, period)| {
        last = Figures::of_period(period);
    });
    let tips = Distrust::ALL
        .iter()
        .zip(fluid.distrust_s())
        .any(|((flag, _), seconds)| *flag == Distrust::RETRIES && 0.0 < *seconds);
    let pair = Pair { exact, fluid: last };
    Both { pair, tips }
}

#[derive(Clone, Debug, Default)]
struct Sums {
    failed: Errors,
    tries: Errors,
    utilization: Errors,
    mean: Errors,
    p99: Errors,
}

impl Sums {
    fn add(&mut self, Both { pair, .. }: &Both) {
        self.failed.add(pair.failed());
        self.tries.add(pair.tries());
        self.utilization.add(pair.utilization());
        self.mean.add(pair.mean());
        self.p99.add(pair.p99());
    }

    fn cells(&self) -> Vec<String> {
        let all = [
            &self.failed,
            &self.tries,
            &self.utilization,
            &self.mean,
            &self.p99,
        ];
        let mut cells = vec![self.failed.count().to_string()];
        cells.extend(all.map(Errors::cell));
        cells
    }
}

fn compute(effort: &Effort, watch: &Watch<'_>) -> Option<Section> {
    let cells = cells();
    let pairs: Vec<Option<Both>> = cells
        .par_iter()
        .enumerate()
        .map(|(index, cell)| {
            let pair = (!watch.is_cancelled()).then(|| both(index, cell, effort));
            watch.step();
            pair
        })
        .collect();
    let played = Played {
        cells,
        pairs: pairs.into_iter().collect::<Option<_>>()?,
    };
    let requests = effort.choose("500,000", "200,000");
    Some(Section {
        name: SPEC.name.to_owned(),
        title: "Fluid beside exact: time-outs, retries, errors, rejections".to_owned(),
        intro: vec![
            format!(
                "{} cells, 4 tasks of 16 slots, each {requests} first tries of the exact model in \
                 {REPLICATIONS} replications, settled; times in slot-holding times of a lone \
                 request, a back-off of 20 before a further try. An overload that nothing bounds \
                 has no settled state and is left out.",
                played.cells.len()
            ),
            "Cells are **mean / 95th percentile / worst** of the errors' sizes.".to_owned(),
            CONTROLLED.to_owned(),
            INTERVALS.to_owned(),
        ],
        tables: played.tables(),
        cells: vec![played.singles()],
        verdicts: played.verdicts(),
        notes: vec![
            "Clients that give up and try again can overload a service by their tries alone. It \
             then has two states, calm and collapsed; the exact model falls into the second one by \
             chance, the fluid model stays in the one it is in. The last table has those cells; a \
             run says for how long it was there."
                .to_owned(),
            "These bounds are ours, set after a first run.".to_owned(),
        ],
    })
}

/// All cells with their figures.
struct Played {
    cells: Vec<Cell>,
    pairs: Vec<Both>,
}

impl Played {
    fn sums(&self, tips: bool, wanted: impl Fn(&Cell) -> bool) -> Sums {
        let mut sums = Sums::default();
        for (cell, pair) in self.cells.iter().zip(&self.pairs) {
            if pair.tips == tips && wanted(cell) {
                sums.add(pair);
            }
        }
        sums
    }

    fn tables(&self) -> Vec<Table> {
        let row = |first: String, sums: Sums| {
            let mut row = vec![first];
            row.extend(sums.cells());
            row
        };
        let mut habits = Table::new("By what clients and queues are like", columns("habit"));
        for habit in HABITS {
            let of = self.sums(false, |cell| cell.0.name == habit.name);
            habits.row(row(habit.name.to_owned(), of));
        }
        let mut loads = Table::new("By load of first tries", columns("load"));
        let mut tipping = Table::new(
            "Cells in which the model says that further tries could tip the service over",
            columns("load"),
        );
        for load in LOADS {
            let of = |tips| self.sums(tips, |cell| cell.4 == load);
            loads.row(row(number::fixed(load, 2), of(false)));
            if 0 < of(true).failed.count() {
                tipping.row(row(number::fixed(load, 2), of(true)));
            }
        }
        let mut balancers = Table::new("By balancer and work", columns("balancer, CPU share, CV"));
        for routing in [Routing::RoundRobin, Routing::LeastOutstanding] {
            for (computing, cv) in [(0.0, 1.0), (0.5, 1.0), (0.0, 2.0)] {
                let name = format!("{}, {computing}, {cv}", routing_name(routing));
                let here = |cell: &Cell| (cell.1, cell.2, cell.3) == (routing, computing, cv);
                balancers.row(row(name, self.sums(false, here)));
            }
        }
        vec![habits, loads, balancers, tipping]
    }

    /// A row a cell.
    fn singles(&self) -> Table {
        let numbers = ["CPU share", "CV", "load"];
        let mut columns = pair::columns(&["habit", "balancer"], &numbers);
        columns.push(Column::text("could tip over"));
        let mut table = Table::new("Time-outs, retries, errors, rejections", columns);
        for ((habit, routing, computing, cv, load), Both { pair, tips }) in
            self.cells.iter().zip(&self.pairs)
        {
            let mut row = vec![
                habit.name.to_owned(),
                routing_name(*routing).to_owned(),
                computing.to_string(),
                cv.to_string(),
                number::fixed(*load, 2),
            ];
            row.extend(pair.all().map(|off| off.text()));
            row.push(if *tips { "yes" } else { "no" }.to_owned());
            table.row(row);
        }
        table
    }

    fn verdicts(&self) -> Vec<Verdict> {
        let all = self.sums(false, |_| true);
        let under = self.sums(false, |cell| cell.4 < 0.9);
        let of = |claim: &str, measured: Between, bound: f64| {
            Verdict::at_most_within(claim, measured, bound, in_points)
        };
        let worst = under.failed.worst();
        vec![
            of(
                "share of failed tries at load 0.5 and 0.8, worst",
                Between {
                    value: libm::fabs(worst.error),
                    low: libm::fabs(worst.error) - worst.chance,
                    high: libm::fabs(worst.error) + worst.chance,
                },
                3.0,
            ),
            of(
                "share of failed tries, all loads, mean",
                all.failed.mean_within(),
                1.5,
            ),
            of(
                "utilization, all loads, mean",
                all.utilization.mean_within(),
                1.5,
            ),
        ]
    }
}

fn columns(first: &str) -> Vec<Column> {
    let mut columns = vec![Column::text(first)];
    let figures = [
        "cells",
        "failed tries, points",
        "tries a request, %",
        "utilization, points",
        "mean, %",
        "p99, %",
    ];
    columns.extend(figures.map(Column::number));
    columns
}
