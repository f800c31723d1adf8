//! The fluid model beside the exact one while demand or tasks change, minute by minute.

use rayon::prelude::*;

use crate::engine::SimTime;
use crate::policy::load::Routing;
use crate::validation::number;
use crate::validation::section::{Column, Section, Table, Verdict};
use crate::validation::{Effort, SectionSpec, Watch};

use super::errors::{Errors, INTERVALS, in_points, of_hundred};
use super::pair::{FIGURES, Off, Pair};
use super::paths::{Cell, HOLDINGS, PATHS, ROUTINGS, cells};
use super::service::{Service, routing_name};
use super::truth::{self, Figures, Minute};

/// The section, before it is computed.
pub const SPEC: SectionSpec = SectionSpec {
    name: "change",
    about: "the fluid model beside the exact one while demand and tasks change",
    steps: |_| cells().len() as u64,
    compute,
};

/// Requests in all replications of a cell, about.
const REQUESTS: [f64; 2] = [9e6, 4e4];
/// Minutes with fewer requests than this say nothing of percentiles.
const REQUESTS_MIN: f64 = 5.0;

/// The fluid model along a path, from empty.
fn fluid(service: &Service, path: &[Minute]) -> Vec<Figures> {
    let mut load = service.fluid();
    let mut figures = Vec::with_capacity(path.len());
    for (index, minute) in path.iter().enumerate() {
        load.set_rate(minute.rate_per_s);
        load.set_tasks(minute.tasks, minute.tasks);
        let end = SimTime::from_secs(60 * (index as u64 + 1));
        load.advance_to(end, |(_, count, period)| {
            let figure = Figures::of_period(period);
            figures.extend(std::iter::repeat_n(figure, count as usize));
        });
    }
    figures
}

/// A minute of both models, and whether requests stood in line in it or the one before.
struct Both {
    /// Which path's draws its truth is from.
    path: usize,
    pair: Pair,
    /// The pair as each batch of replications has it.
    batches: Vec<Pair>,
    is_backlogged: bool,
}

fn pairs(index: usize, cell: &Cell, effort: &Effort) -> Vec<Both> {
    let service = cell.service();
    let path = cell.minutes(&service);
    let once: f64 = path.iter().map(|minute| 60.0 * minute.rate_per_s).sum();
    let requests = effort.choose(REQUESTS[0], REQUESTS[1]);
    let replications = (requests / once).clamp(8.0, 12_000.0) as u64;
    let key = format!("change {index}");
    let exact = truth::along(&service, &path, replications, (effort.seed, &key));
    let fluid = fluid(&service, &path);
    let mut was = false;
    let all = exact.into_iter().zip(fluid).zip(&path);
    let pair = |(((exact, batches), fluid), minute): (((Figures, Vec<Figures>), _), &Minute)| {
        let is = f64::from(minute.tasks * service.shape.slots) < exact.number;
        let is_backlogged = is || was;
        was = is;
        let paired = |exact| Pair { exact, fluid };
        Both {
            path: index,
            pair: paired(exact),
            batches: batches.into_iter().map(paired).collect(),
            is_backlogged,
        }
    };
    // The first minute starts cold.
    all.map(pair).skip(1).collect()
}

/// What is added up over minutes.
#[derive(Clone, Debug, Default)]
struct Sums {
    utilization: Errors,
    number: Errors,
    mean: Errors,
    p95: Errors,
    p99: Errors,
    failed: Errors,
}

impl Sums {
    fn add(&mut self, both: &Both) {
        if both.pair.exact.requests < REQUESTS_MIN {
            return;
        }
        let add = |errors: &mut Errors, figure: fn(&Pair) -> Off| {
            let batches: Vec<f64> = both.batches.iter().map(|it| figure(it).error).collect();
            errors.add_drawn(figure(&both.pair), both.path, &batches);
        };
        add(&mut self.utilization, Pair::utilization);
        add(&mut self.number, Pair::number);
        add(&mut self.mean, Pair::mean);
        add(&mut self.p95, Pair::p95);
        add(&mut self.p99, Pair::p99);
        add(&mut self.failed, Pair::failed);
    }

    fn cells(&self) -> Vec<String> {
        let mut cells = vec![self.number.count().to_string()];
        let all = [
            &self.utilization,
            &self.number,
            &self.mean,
            &self.p95,
            &self.p99,
        ];
        cells.extend(all.map(Errors::cell));
        cells
    }
}

fn columns(first: &[&str]) -> Vec<Column> {
    let mut columns: Vec<Column> = first.iter().map(|it| Column::text(it)).collect();
    columns.extend(
        [
            "minutes",
            "utilization, points",
            "number, %",
            "mean, %",
            "p95, %",
            "p99, %",
        ]
        .map(Column::number),
    );
    columns
}

fn compute(effort: &Effort, watch: &Watch<'_>) -> Option<Section> {
    let cells = cells();
    let all: Vec<Option<Vec<Both>>> = cells
        .par_iter()
        .enumerate()
        .map(|(index, cell)| {
            let pairs = (!watch.is_cancelled()).then(|| pairs(index, cell, effort));
            watch.step();
            pairs
        })
        .collect();
    let played = Played {
        cells,
        pairs: all.into_iter().collect::<Option<_>>()?,
    };
    let requests = effort.choose("9 million", "40 thousand");
    Some(Section {
        name: SPEC.name.to_owned(),
        title: "Fluid beside exact, in change".to_owned(),
        intro: vec![
            format!(
                "{} paths of 24 minutes, each played with about {requests} requests (8 to 12,000 \
                 replications, the mean over them): 8 tasks of 8 slots with every CV and length, 4 \
                 of 4 and 16 of 16 at CV 1. Nobody gives up and nothing is turned away: no request \
                 fails in either model. Requests only wait, or (each task with a queue of its own) \
                 half of a lone one's time is CPU. Percentiles are those of the requests answered \
                 in a minute.",
                played.cells.len()
            ),
            "Cells are **mean / 95th percentile / worst** of the errors' sizes over minutes; the \
             first minute, which starts empty, is left out. The exact model's own chance is in \
             them: a day's path differs from the mean of many."
                .to_owned(),
            INTERVALS.to_owned(),
        ],
        tables: vec![played.by_path(), played.by_length(), played.by_work()],
        cells: vec![played.singles()],
        verdicts: played.verdicts(),
        notes: vec![
            "The last minute of a drain is random in the truth as well: that is where the worst \
             errors are. Minutes of 5 holding times are outside of the validated range: a run says \
             for how long it was there."
                .to_owned(),
            "The bounds of one queue are the means that the model's reference measured over \
             minutes of 50 and 300 service times. Nobody had measured queues per task in change: \
             those bounds are ours, set after a first run, so that a change that makes the model \
             worse is seen."
                .to_owned(),
        ],
    })
}

/// All cells with their minutes.
struct Played {
    cells: Vec<Cell>,
    pairs: Vec<Vec<Both>>,
}

impl Played {
    fn sums(&self, wanted: impl Fn(&Cell, &Both) -> bool) -> Sums {
        let mut sums = Sums::default();
        for (cell, pairs) in self.cells.iter().zip(&self.pairs) {
            let pairs = pairs.iter().filter(|pair| wanted(cell, pair));
            pairs.for_each(|pair| sums.add(pair));
        }
        sums
    }

    fn by_path(&self) -> Table {
        let mut table = Table::new(
            "By what changes, minutes of 50 and 300 slot-holding times",
            columns(&["path", "balancer"]),
        );
        for (index, (name, what)) in PATHS.iter().enumerate() {
            for routing in ROUTINGS {
                let of = self.sums(|cell, _| {
                    cell.path == index && cell.routing == routing && cell.is_long()
                });
                let mut row = vec![format!("{name}: {what}"), routing_name(routing).to_owned()];
                row.extend(of.cells());
                table.row(row);
            }
        }
        table
    }

    fn by_length(&self) -> Table {
        let mut table = Table::new(
            "By the length of a minute and whether requests queue",
            columns(&["slot-holding times in a minute", "requests"]),
        );
        for holdings in HOLDINGS {
            for (is_backlogged, words) in
                [(false, "no backlog"), (true, "a backlog, or just after it")]
            {
                let of = self.sums(|cell, pair| {
                    cell.holdings == holdings && pair.is_backlogged == is_backlogged
                });
                let mut row = vec![number::fixed(holdings, 0), words.to_owned()];
                row.extend(of.cells());
                table.row(row);
            }
        }
        table
    }

    fn by_work(&self) -> Table {
        let mut table = Table::new(
            "By what requests do, minutes of 50 and 300 slot-holding times",
            columns(&["CPU share", "CV"]),
        );
        for computing in [0.0, 0.5] {
            for cv in [0.5, 1.0, 2.0] {
                let of = self
                    .sums(|cell, _| cell.computing == computing && cell.cv == cv && cell.is_long());
                let mut row = vec![number::fixed(computing, 1), number::fixed(cv, 1)];
                row.extend(of.cells());
                table.row(row);
            }
        }
        table
    }

    /// A row a path: the means over its minutes.
    fn singles(&self) -> Table {
        let mut columns = columns(&["path", "balancer"]);
        columns.truncate(2);
        let numbers = ["tasks", "slots", "CV", "CPU share", "holdings a minute"];
        columns.extend(numbers.iter().chain(&FIGURES).map(|it| Column::number(it)));
        let mut table = Table::new(
            "In change: mean ± its chance / worst of the sizes over 23 minutes",
            columns,
        );
        for (cell, minutes) in self.cells.iter().zip(&self.pairs) {
            let mut sums = Sums::default();
            minutes.iter().for_each(|minute| sums.add(minute));
            let mut row = vec![
                PATHS[cell.path].0.to_owned(),
                routing_name(cell.routing).to_owned(),
                cell.size[0].to_string(),
                cell.size[1].to_string(),
                cell.cv.to_string(),
                cell.computing.to_string(),
                number::fixed(cell.holdings, 0),
            ];
            let figures = [
                &sums.utilization,
                &sums.mean,
                &sums.p95,
                &sums.p99,
                &sums.failed,
            ];
            row.extend(figures.map(Errors::mean_and_worst));
            table.row(row);
        }
        table
    }

    fn verdicts(&self) -> Vec<Verdict> {
        let of_tasks = |cell: &Cell| cell.routing != Routing::Pooled && cell.is_long();
        let calm = self.sums(|cell, both| !both.is_backlogged && of_tasks(cell));
        let backlog = self.sums(|cell, both| both.is_backlogged && of_tasks(cell));
        let comes_and_goes = self.sums(|cell, _| 3 <= cell.path && of_tasks(cell));
        let pooled = self.sums(|cell, _| cell.routing == Routing::Pooled && cell.is_long());
        let of = |claim: &str, errors: &Errors, bound: f64| {
            Verdict::at_most_within(claim, errors.mean_within(), bound, of_hundred)
        };
        vec![
            Verdict::at_most_within(
                "utilization, minutes of 50 and 300 holding times without backlog, mean",
                calm.utilization.mean_within(),
                1.0,
                in_points,
            ),
            of(
                "mean response, the same minutes, mean error",
                &calm.mean,
                4.0,
            ),
            of("p99, the same minutes, mean error", &calm.p99, 6.0),
            of(
                "number in system, minutes with a backlog, mean error",
                &backlog.number,
                7.0,
            ),
            of(
                "mean response, minutes with a backlog, mean error",
                &backlog.mean,
                12.0,
            ),
            of(
                "mean response while tasks come and go, mean error",
                &comes_and_goes.mean,
                6.0,
            ),
            of("one queue: mean response, mean error", &pooled.mean, 2.2),
            of("one queue: p99, mean error", &pooled.p99, 5.1),
        ]
    }
}
