//! Time-outs with further tries, below load 1: the fluid model beside the exact one.

use rayon::prelude::*;

use crate::demand::requests::Clients;
use crate::engine::SimTime;
use crate::policy::load::Routing;
use crate::validation::number;
use crate::validation::section::{Column, Section, Table, Tally, Verdict};
use crate::validation::{Effort, SectionSpec, Watch};

use super::errors::{Errors, INTERVALS, in_points, of_hundred};
use super::pair::{self, Off, Pair};
use super::service::{Service, routing_name};
use super::steady::{self, CONTROLLED, Settling};
use super::truth::Figures;

/// The section, before it is computed.
pub const SPEC: SectionSpec = SectionSpec {
    name: "tries",
    about: "time-outs with further tries below load 1: fluid beside exact",
    steps: |_| cells().len() as u64,
    compute,
};

const ROUTINGS: [Routing; 2] = [Routing::RoundRobin, Routing::LeastOutstanding];
/// Of first tries.
const LOADS: [f64; 5] = [0.4, 0.5, 0.6, 0.7, 0.8];
const SLOTS: [u32; 3] = [4, 16, 64];
const CVS: [f64; 3] = [0.5, 1.0, 2.0];
/// In slot-holding times.
const TIMEOUTS: [f64; 4] = [5.0, 10.0, 20.0, 50.0];
const RETRIES: u32 = 2;
const TASKS: u32 = 4;
/// The holding time of a lone request, seconds.
const HOLDING_S: f64 = 0.1;
/// Between a failure and the next try, holding times.
const BACKOFF: f64 = 20.0;
const REPLICATIONS: u64 = 12;
/// Bounds of trusted cells, set after a first run: the share of failed tries, points; the mean and
/// p99, %; the utilization, points.
const FAILED_MOST: f64 = 1.0;
const MEAN_MOST: f64 = 6.0;
const P99_MOST: f64 = 12.0;
const UTILIZATION_MOST: f64 = 2.0;

/// Balancer, slots a task, CV, time-out, load.
type Cell = (Routing, u32, f64, f64, f64);

fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for routing in ROUTINGS {
        for slots in SLOTS {
            for cv in CVS {
                for timeout in TIMEOUTS {
                    cells.extend(LOADS.map(|load| (routing, slots, cv, timeout, load)));
                }
            }
        }
    }
    cells
}

#[derive(Clone, Copy)]
struct Both {
    pair: Pair,
    is_distrusted: bool,
}

fn both(index: usize, cell: &Cell, effort: &Effort) -> Both {
    let &(routing, slots, cv, timeout, load) = cell;
    let mut service = Service::new(routing, [TASKS, slots], cv, [0.0, HOLDING_S]);
    service.clients = Clients {
        timeout_s: timeout * HOLDING_S,
        retry_attempts: RETRIES,
        backoff_s: BACKOFF * HOLDING_S,
        ..Clients::default()
    };
    let rate_per_s = load * service.capacity_per_s(TASKS);
    let mut fluid = service.fluid();
    fluid.set_rate(rate_per_s);
    let mut last = Figures::default();
    fluid.advance_to(SimTime::from_secs(7_200), |(_, _, period)| {
        last = Figures::of_period(period);
    });
    let is_distrusted = fluid.distrust_s().iter().any(|seconds| 0.0 < *seconds);
    let how = Settling::from_empty(effort.choose(2.4e5, 1.2e5), REPLICATIONS);
    let key = format!("tries {index}");
    let exact = steady::settled(&service, rate_per_s, &how, &|_| true, (effort.seed, &key));
    let pair = Pair { exact, fluid: last };
    Both {
        pair,
        is_distrusted,
    }
}

fn compute(effort: &Effort, watch: &Watch<'_>) -> Option<Section> {
    let cells = cells();
    let all: Vec<Option<Both>> = cells
        .par_iter()
        .enumerate()
        .map(|(index, cell)| {
            let both = (!watch.is_cancelled()).then(|| both(index, cell, effort));
            watch.step();
            both
        })
        .collect();
    let played = Played {
        cells,
        all: all.into_iter().collect::<Option<_>>()?,
    };
    let requests = effort.choose("240,000", "120,000");
    Some(Section {
        name: SPEC.name.to_owned(),
        title: "Fluid beside exact: time-outs with further tries".to_owned(),
        intro: vec![
            format!(
                "{} cells, 4 tasks, each {requests} first tries of the exact model in \
                 {REPLICATIONS} replications, settled; {RETRIES} further tries, {BACKOFF} \
                 slot-holding times after a failure; who gives up leaves the queue; requests only \
                 wait. A further try takes as long as the first.",
                played.cells.len()
            ),
            "Cells are **mean / 95th percentile / worst** of the errors' sizes.".to_owned(),
            CONTROLLED.to_owned(),
            INTERVALS.to_owned(),
        ],
        tables: played.tables(),
        cells: vec![played.singles()],
        verdicts: played.verdicts(),
        notes: vec!["These bounds are ours, set after a first run.".to_owned()],
    })
}

struct Played {
    cells: Vec<Cell>,
    all: Vec<Both>,
}

impl Played {
    fn of(&self, is_distrusted: bool, wanted: impl Fn(&Cell) -> bool) -> Vec<&Pair> {
        let both = self.cells.iter().zip(&self.all);
        let here = both.filter(|(cell, it)| it.is_distrusted == is_distrusted && wanted(cell));
        here.map(|(_, both)| &both.pair).collect()
    }

    fn row(&self, word: String, wanted: impl Fn(&Cell) -> bool) -> Vec<String> {
        let mut row = vec![word];
        for is_distrusted in [false, true] {
            let pairs = self.of(is_distrusted, &wanted);
            row.push(pairs.len().to_string());
            for figure in [Pair::failed, Pair::utilization, Pair::mean, Pair::p99] {
                row.push(sum(&pairs, figure).cell());
            }
        }
        row
    }

    fn tables(&self) -> Vec<Table> {
        let mut loads = Table::new("By load of first tries", columns("load"));
        for load in LOADS {
            loads.row(self.row(number::fixed(load, 1), |cell| cell.4 == load));
        }
        let mut queues = Table::new("By queue", columns("balancer, slots"));
        for routing in ROUTINGS {
            for slots in SLOTS {
                let word = format!("{}, {slots}", routing_name(routing));
                queues.row(self.row(word, |cell| (cell.0, cell.1) == (routing, slots)));
            }
        }
        let mut works = Table::new("By work and time-out", columns("CV, time-out"));
        for cv in CVS {
            for timeout in TIMEOUTS {
                let word = format!("{cv}, {timeout}");
                works.row(self.row(word, |cell| (cell.2, cell.3) == (cv, timeout)));
            }
        }
        vec![loads, queues, works]
    }

    /// A row a cell.
    fn singles(&self) -> Table {
        let numbers = ["slots", "CV", "time-out", "load"];
        let mut columns = pair::columns(&["balancer"], &numbers);
        columns.push(Column::text("distrusted"));
        let mut table = Table::new("Time-outs with further tries", columns);
        for ((routing, slots, cv, timeout, load), both) in self.cells.iter().zip(&self.all) {
            let mut row = vec![
                routing_name(*routing).to_owned(),
                slots.to_string(),
                cv.to_string(),
                timeout.to_string(),
                number::fixed(*load, 1),
            ];
            row.extend(both.pair.all().map(|off| off.text()));
            row.push(if both.is_distrusted { "yes" } else { "no" }.to_owned());
            table.row(row);
        }
        table
    }

    fn verdicts(&self) -> Vec<Verdict> {
        let trusted = self.of(false, |_| true);
        let each = |what: &str, figure: fn(&Pair) -> Off, bound: f64, unit: &str| {
            let mut tally = Tally::default();
            for off in trusted.iter().map(|pair| figure(pair)) {
                tally.add(off.error, off.chance, bound);
            }
            let claim = format!("{what}, trusted cells: within {bound} {unit}");
            Verdict::each(&claim, &tally, unit)
        };
        let failed = sum(&trusted, Pair::failed).mean_within();
        let mean = sum(&trusted, Pair::mean).mean_within();
        vec![
            each("share of failed tries", Pair::failed, FAILED_MOST, "points"),
            each("utilization", Pair::utilization, UTILIZATION_MOST, "points"),
            each("mean response", Pair::mean, MEAN_MOST, "%"),
            each("p99", Pair::p99, P99_MOST, "%"),
            Verdict::at_most_within(
                "share of failed tries, trusted cells, mean",
                failed,
                0.2,
                in_points,
            ),
            Verdict::at_most_within("mean response, trusted cells, mean", mean, 1.5, of_hundred),
        ]
    }
}

fn sum(pairs: &[&Pair], figure: fn(&Pair) -> Off) -> Errors {
    let mut errors = Errors::default();
    pairs.iter().for_each(|pair| errors.add(figure(pair)));
    errors
}

fn columns(first: &str) -> Vec<Column> {
    let mut columns = vec![Column::text(first)];
    let figures = [
        "trusted cells",
        "failed tries, points",
        "utilization, points",
        "mean, %",
        "p99, %",
        "distrusted cells",
        "their failed tries, points",
        "utilization, points",
        "mean, %",
        "p99, %",
    ];
    columns.extend(figures.map(Column::number));
    columns
}
