//! Service laws of real code: the fluid model knows the CV only and takes the law for lognormal.

use rayon::prelude::*;

use crate::demand::requests::WorkLaw;
use crate::engine::distribution::Distribution;
use crate::policy::load::Routing;
use crate::validation::number;
use crate::validation::section::{Column, Section, Table, Verdict};
use crate::validation::{Effort, SectionSpec, Watch};

use super::errors::{Errors, INTERVALS, in_points, of_hundred};
use super::pair::{self, Off, Pair};
use super::service::{Service, routing_name};
use super::steady::{self, CONTROLLED, Settling};
use super::truth::Figures;

/// The section, before it is computed.
pub const SPEC: SectionSpec = SectionSpec {
    name: "laws",
    about: "service laws of real code, which the fluid model knows by their CV only",
    steps: |_| cells().len() as u64,
    compute,
};

const LOADS: [f64; 3] = [0.5, 0.7, 0.9];
/// The holding time of a lone request, seconds.
const HOLDING_S: f64 = 0.1;
const REPLICATIONS: u64 = 24;
const REPLICATIONS_QUICK: u64 = 12;

/// Seconds that requests to an image generation service took: means of 50 equal parts of 26,392
/// that succeeded. Source: Alibaba cluster trace v2026-GenAI, `lora_request_trace.csv` (November
/// and December 2024), github.com/alibaba/clusterdata.
const IMAGE_GENERATION_S: [f64; 50] = [
    8.0, 9.9, 11.0, 12.0, 12.8, 13.2, 14.0, 14.3, 15.0, 15.2, 16.0, 16.1, 17.0, 17.0, 18.0, 18.0,
    19.0, 19.0, 19.8, 20.0, 20.7, 21.0, 21.5, 22.0, 22.5, 23.0, 23.6, 24.0, 24.9, 25.2, 26.0, 26.9,
    27.6, 28.4, 29.3, 30.5, 31.7, 33.2, 34.8, 36.6, 38.8, 41.1, 43.9, 47.1, 50.8, 55.3, 61.2, 69.8,
    82.0, 116.6,
];

/// The laws, and what kind of code has them.
fn laws() -> Vec<(&'static str, WorkLaw)> {
    let of = |law: Result<Distribution, _>| WorkLaw::Of(law.expect("the CV is in range"));
    // Nine of ten are answered from a cache, the tenth takes 20 times as long.
    let mut cached = [1.0; 10];
    cached[9] = 20.0;
    // Half of the calls are writes that take three times as long.
    let mixed = [1.0, 3.0];
    vec![
        (
            "exponential (no memory)",
            of(Distribution::exponential(1.0)),
        ),
        (
            "gamma, CV 0.5 (several stages)",
            of(Distribution::gamma(1.0, 0.5)),
        ),
        (
            "Weibull, CV 2 (little often, much seldom)",
            of(Distribution::weibull(1.0, 2.0)),
        ),
        (
            "Pareto, CV 2 (a heavy tail)",
            of(Distribution::pareto(1.0, 2.0)),
        ),
        (
            "cache: 90 % hits, misses 20 times as long",
            WorkLaw::of_values(&cached),
        ),
        ("two paths, one 3 times as long", WorkLaw::of_values(&mixed)),
        (
            "image generation, as measured",
            WorkLaw::of_values(&IMAGE_GENERATION_S),
        ),
    ]
}

/// Those with one hump and no heavy tail: their percentiles can be told from a CV.
const SMOOTH: [usize; 4] = [0, 1, 2, 6];

type Cell = (usize, Routing, [u32; 2], f64, f64);

/// Law, balancer, tasks and slots, CPU share, load.
fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for law in 0..laws().len() {
        for (routing, size) in [
            (Routing::RoundRobin, [4, 4]),
            (Routing::RoundRobin, [4, 16]),
            (Routing::LeastOutstanding, [4, 4]),
            (Routing::LeastOutstanding, [4, 16]),
        ] {
            for computing in [0.0, 0.5] {
                for load in LOADS {
                    cells.push((law, routing, size, computing, load));
                }
            }
        }
    }
    cells
}

fn pair(index: usize, cell: &Cell, effort: &Effort) -> Pair {
    let &(law, routing, size, computing, load) = cell;
    let (_, law) = &laws()[law];
    let mut service = Service::new(routing, size, law.cv(), [computing, HOLDING_S]);
    service.law = Some(law.clone());
    let rate_per_s = load * service.capacity_per_s(service.tasks);
    let requests = effort.choose(5e5, 4e4) * if 0.8 < load { 2.0 } else { 1.0 };
    let key = format!("laws {index}");
    let most = effort.choose(6_000.0, 200.0);
    let replications = effort.choose(REPLICATIONS, REPLICATIONS_QUICK);
    let how = Settling::from_empty(requests, replications).at_load(&service, load, most);
    let exact = steady::settled(&service, rate_per_s, &how, &|_| true, (effort.seed, &key));
    let mut fluid = service.fluid();
    fluid.set_rate(rate_per_s);
    fluid.settle();
    let fluid = Figures::of_period(&fluid.minute().0);
    Pair { exact, fluid }
}

fn compute(effort: &Effort, watch: &Watch<'_>) -> Option<Section> {
    let cells = cells();
    let pairs: Vec<Option<Pair>> = cells
        .par_iter()
        .enumerate()
        .map(|(index, cell)| {
            let pair = (!watch.is_cancelled()).then(|| pair(index, cell, effort));
            watch.step();
            pair
        })
        .collect();
    let pairs: Vec<Pair> = pairs.into_iter().collect::<Option<_>>()?;
    let requests = effort.choose("0.5 to 1 million", "40 to 80 thousand");
    let replications = effort.choose(REPLICATIONS, REPLICATIONS_QUICK);
    Some(Section {
        name: SPEC.name.to_owned(),
        title: "Service laws of real code".to_owned(),
        intro: vec![
            format!(
                "The fluid model is told the CV of a law and takes it for lognormal. {} cells, \
                 each {requests} requests of the exact model with the law itself, in \
                 {replications} replications; 4 tasks; requests only wait, or half of a lone \
                 one's time is CPU; nobody gives up, so none fails in either model.",
                cells.len()
            ),
            CONTROLLED.to_owned(),
            INTERVALS.to_owned(),
        ],
        tables: vec![table(&cells, &pairs)],
        cells: vec![singles(&cells, &pairs)],
        verdicts: verdicts(&cells, &pairs),
        notes: vec![
            "Of code with a heavy tail, or with two clearly different paths (a cache, reads and \
             writes), trust the mean and the utilization: its percentiles are its own, not a \
             lognormal law's, and no model that knows the CV only can tell them. Both fidelities \
             of a run draw lognormal work."
                .to_owned(),
            "These bounds are ours, set after a first run.".to_owned(),
        ],
    })
}

/// A row a law, balancer and slots, a column a load.
fn table(cells: &[Cell], pairs: &[Pair]) -> Table {
    let mut columns = vec![
        Column::text("law"),
        Column::number("CV"),
        Column::text("balancer, slots a task"),
    ];
    columns.extend(LOADS.map(|load| Column::number(&number::fixed(load, 1))));
    let mut table = Table::new(
        "Error of the mean / p95 / p99 of the response time, %; the worse with and without CPU",
        columns,
    );
    for (index, (name, law)) in laws().iter().enumerate() {
        for routing in [Routing::RoundRobin, Routing::LeastOutstanding] {
            for size in [[4, 4], [4, 16]] {
                let mut row = vec![
                    (*name).to_owned(),
                    number::fixed(law.cv(), 2),
                    format!("{}, {}", routing_name(routing), size[1]),
                ];
                for load in LOADS {
                    let is_here = |(of, by, at, _, under): &Cell| {
                        (*of, *by, *at, *under) == (index, routing, size, load)
                    };
                    let here = cells.iter().zip(pairs).filter(|(cell, _)| is_here(cell));
                    row.push(worst(here.map(|(_, pair)| pair)));
                }
                table.row(row);
            }
        }
    }
    table
}

/// The worst errors of some cells: mean, p95, p99.
fn worst<'p>(pairs: impl Iterator<Item = &'p Pair>) -> String {
    let mut worst = [Off::default(); 3];
    for pair in pairs {
        let errors = [pair.mean(), pair.p95(), pair.p99()];
        for (worst, error) in worst.iter_mut().zip(errors) {
            *worst = worst.larger(error);
        }
    }
    worst.map(|off| off.text()).join(" / ")
}

/// A row a cell.
fn singles(cells: &[Cell], pairs: &[Pair]) -> Table {
    let numbers = ["slots", "CPU share", "load"];
    let columns = pair::columns(&["law", "balancer"], &numbers);
    let mut table = Table::new("Service laws of real code", columns);
    let laws = laws();
    for ((law, routing, size, computing, load), pair) in cells.iter().zip(pairs) {
        let mut row = vec![
            laws[*law].0.to_owned(),
            routing_name(*routing).to_owned(),
            size[1].to_string(),
            computing.to_string(),
            number::fixed(*load, 1),
        ];
        row.extend(pair.all().map(|off| off.text()));
        table.row(row);
    }
    table
}

fn verdicts(cells: &[Cell], pairs: &[Pair]) -> Vec<Verdict> {
    let (mut means, mut p95s, mut p99s) = <(Errors, Errors, Errors)>::default();
    let (mut utilizations, mut other_means) = <(Errors, Errors)>::default();
    for ((law, ..), pair) in cells.iter().zip(pairs) {
        utilizations.add(pair.utilization());
        if SMOOTH.contains(law) {
            means.add(pair.mean());
            p95s.add(pair.p95());
            p99s.add(pair.p99());
        } else {
            other_means.add(pair.mean());
        }
    }
    let of = |claim: &str, errors: &Errors, bound: f64| {
        Verdict::at_most_within(claim, errors.mean_within(), bound, of_hundred)
    };
    vec![
        Verdict::at_most_within(
            "utilization, all laws, mean",
            utilizations.mean_within(),
            1.5,
            in_points,
        ),
        of(
            "mean response, laws with one hump and no heavy tail, mean error",
            &means,
            4.0,
        ),
        of("p95, the same laws, mean error", &p95s, 11.0),
        of("p99, the same laws, mean error", &p99s, 12.0),
        of(
            "mean response, a heavy tail or two paths, mean error",
            &other_means,
            8.0,
        ),
    ]
}
