//! Clients that give up, below, near and over load 1: how many fail, fluid beside exact.

use rayon::prelude::*;

use crate::demand::requests::Clients;
use crate::engine::SimTime;
use crate::policy::load::Routing;
use crate::validation::number;
use crate::validation::section::{Column, Section, Table, Tally, Verdict};
use crate::validation::{Effort, SectionSpec, Watch};

use super::errors::{Errors, INTERVALS, in_points};
use super::pair::{self, Pair};
use super::service::{Service, routing_name};
use super::steady::{self, CONTROLLED, Settling};
use super::truth::Figures;

/// The section, before it is computed.
pub const SPEC: SectionSpec = SectionSpec {
    name: "overload",
    about: "clients that give up below, near and over load 1: fluid beside exact",
    steps: |_| cells().len() as u64,
    compute,
};

const ROUTINGS: [Routing; 3] = [
    Routing::RoundRobin,
    Routing::LeastOutstanding,
    Routing::Pooled,
];
const LOADS: [f64; 7] = [0.8, 0.95, 1.05, 1.1, 1.3, 1.5, 2.0];
const SLOTS: [u32; 4] = [1, 4, 16, 64];
const CVS: [f64; 3] = [0.0, 1.0, 4.0];
/// In slot-holding times.
const TIMEOUTS: [f64; 3] = [2.0, 10.0, 50.0];
/// The holding time of a lone request, seconds.
const HOLDING_S: f64 = 0.1;
const REPLICATIONS: u64 = 12;
const TASKS: u32 = 4;
/// So many times as many tries are played, at most, to know on which side of a bound an error is.
const MORE: f64 = 64.0;
/// The bound of each trusted cell's share of failed tries, points.
const FAILED_MOST: f64 = 2.5;
/// The most that p99 of a trusted cell may be off, %: what the reference allows of pooled queues.
const P99_MOST: f64 = 15.0;
/// The same of the mean, %.
const MEAN_MOST: f64 = 10.0;

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

/// A cell's figures, and whether the model says that it is out of its validated range.
#[derive(Clone, Copy)]
struct Both {
    pair: Pair,
    is_distrusted: bool,
}

fn both(index: usize, cell: &Cell, effort: &Effort) -> Both {
    let &(routing, slots, cv, timeout, load) = cell;
    let tasks = if routing == Routing::Pooled { 1 } else { TASKS };
    let mut service = Service::new(routing, [tasks, slots], cv, [0.0, HOLDING_S]);
    service.clients = Clients {
        timeout_s: timeout * HOLDING_S,
        ..Clients::default()
    };
    let rate_per_s = load * service.capacity_per_s(tasks);
    // Over load 1 the queue is full for good, but fills slowly: at three times the capacity in half
    // a time-out.
    let fill = if 1.0 < load { 0.55 * timeout } else { 0.0 };
    // At least ten times as long as clients wait.
    let least = REPLICATIONS as f64 * 10.0 * service.clients.timeout_s * rate_per_s;
    let requests = effort.choose(least.max(3e5), 4e4);
    let how = Settling {
        requests,
        requests_most: requests * effort.choose(MORE, 1.0),
        replications: REPLICATIONS,
        fill_s: fill * HOLDING_S,
        settle_s: (4.0 * timeout + 20.0) * HOLDING_S,
        settle_most_s: f64::INFINITY,
        // It sways in far less: over load 1 the wait is held at the time-out.
        settlings_least: 1.0,
    };
    let key = format!("overload {index}");
    let mut fluid = service.fluid();
    fluid.set_rate(rate_per_s);
    let mut last = Figures::default();
    fluid.advance_to(SimTime::from_secs(7_200), |(_, _, period)| {
        last = Figures::of_period(period);
    });
    let is_distrusted = fluid.distrust_s().iter().any(|seconds| 0.0 < *seconds);
    let pair = |exact: &Figures| Pair {
        exact: *exact,
        fluid: last,
    };
    // What is not bounded is not played for longer.
    let suffices = |exact: &Figures| {
        let pair = pair(exact);
        let failed = pair.failed().is_decided(FAILED_MOST);
        let times = pair.mean().is_decided(MEAN_MOST) && pair.p99().is_decided(P99_MOST);
        is_distrusted || failed && times
    };
    let exact = steady::settled(&service, rate_per_s, &how, &suffices, (effort.seed, &key));
    Both {
        pair: pair(&exact),
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
    let requests = effort.choose("300,000 tries or more", "40,000 tries");
    let more = effort.choose(", up to 64 times as many where a bound is undecided", "");
    Some(Section {
        name: SPEC.name.to_owned(),
        title: "Fluid beside exact: clients that give up".to_owned(),
        intro: vec![
            format!(
                "{} cells, each {requests} of the exact model in {REPLICATIONS} \
                 replications{more}, settled (over load 1 from a queue that is full): {TASKS} \
                 tasks of 1 to 64 slots, or as many slots of one queue; CV 0, 1 and 4; time-outs \
                 of 2, 10 and 50 slot-holding times; no further tries, and who gives up leaves \
                 the queue.",
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
            "Near load 1 a queue takes long to fill, and whoever is served has waited about \
             as long as clients are patient: small errors of the wait are large ones of the \
             share that is answered in time; with few slots the order in which the balancer \
             fills them matters as much. Response times are of those who were answered in \
             time: with constant work nobody is at a load of 1.3 and more, so that those cells \
             have none. A run says for how long it was there. These bounds are ours, set after \
             a first run, and the region of distrust (load 0.9 to 1.2, fewer than 16 slots, 64 \
             at a CV of 4) was drawn around what that had shown: they catch regressions and \
             confirm little."
                .to_owned(),
        ],
    })
}

/// All cells with their figures.
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

    fn row(&self, words: Vec<String>, wanted: impl Fn(&Cell) -> bool) -> Vec<String> {
        let mut row = words;
        for is_distrusted in [false, true] {
            let pairs = self.of(is_distrusted, &wanted);
            row.push(pairs.len().to_string());
            row.push(sum(&pairs, Pair::failed).cell());
            if !is_distrusted {
                row.push(sum(&pairs, Pair::utilization).cell());
                row.push(sum(&pairs, Pair::mean).cell());
                row.push(sum(&pairs, Pair::p99).cell());
            }
        }
        row
    }

    fn tables(&self) -> Vec<Table> {
        let mut loads = Table::new("By load", columns("load"));
        for load in LOADS {
            loads.row(self.row(vec![number::fixed(load, 2)], |cell| cell.4 == load));
        }
        let mut queues = Table::new("By queue", columns("balancer, slots"));
        for routing in ROUTINGS {
            for slots in SLOTS {
                let words = vec![format!("{}, {slots}", routing_name(routing))];
                queues.row(self.row(words, |cell| (cell.0, cell.1) == (routing, slots)));
            }
        }
        let mut clients = Table::new("By work and time-out", columns("CV, time-out"));
        for cv in CVS {
            for timeout in TIMEOUTS {
                let words = vec![format!("{cv}, {timeout}")];
                clients.row(self.row(words, |cell| (cell.2, cell.3) == (cv, timeout)));
            }
        }
        vec![loads, queues, clients]
    }

    /// A row a cell.
    fn singles(&self) -> Table {
        let numbers = ["slots", "CV", "time-out", "load"];
        let mut columns = pair::columns(&["balancer"], &numbers);
        columns.push(Column::text("distrusted"));
        let mut table = Table::new("Clients that give up", columns);
        for ((routing, slots, cv, timeout, load), both) in self.cells.iter().zip(&self.all) {
            let mut row = vec![
                routing_name(*routing).to_owned(),
                slots.to_string(),
                cv.to_string(),
                timeout.to_string(),
                number::fixed(*load, 2),
            ];
            row.extend(both.pair.all().map(|off| off.text()));
            row.push(if both.is_distrusted { "yes" } else { "no" }.to_owned());
            table.row(row);
        }
        table
    }

    fn verdicts(&self) -> Vec<Verdict> {
        let trusted = self.of(false, |_| true);
        let each = |figure: Figure, most: f64| {
            let mut tally = Tally::default();
            // Where nobody is answered in time there is no response time to be off.
            let errors = trusted.iter().map(|pair| figure(pair));
            let errors = errors.filter(|off| off.error.is_finite());
            errors.for_each(|off| tally.add(off.error, off.chance, most));
            tally
        };
        let mut all = trusted.clone();
        all.extend(self.of(true, |_| true));
        let of = |claim: &str, pairs: &[&Pair], figure: Figure, bound: f64| {
            Verdict::at_most_within(claim, sum(pairs, figure).mean_within(), bound, in_points)
        };
        vec![
            Verdict::each(
                "share of failed tries, trusted cells: within 2.5 points",
                &each(Pair::failed, FAILED_MOST),
                "points",
            ),
            Verdict::each(
                "p99, trusted cells: within 15 %",
                &each(Pair::p99, P99_MOST),
                "%",
            ),
            Verdict::each(
                "mean response, trusted cells: within 10 %",
                &each(Pair::mean, MEAN_MOST),
                "%",
            ),
            of(
                "share of failed tries, trusted cells, mean",
                &trusted,
                Pair::failed,
                0.5,
            ),
            of(
                "share of failed tries, all cells, mean",
                &all,
                Pair::failed,
                2.0,
            ),
            of(
                "utilization, trusted cells, mean",
                &trusted,
                Pair::utilization,
                1.0,
            ),
        ]
    }
}

type Figure = fn(&Pair) -> pair::Off;

fn sum(pairs: &[&Pair], figure: Figure) -> Errors {
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
    ];
    columns.extend(figures.map(Column::number));
    columns
}
