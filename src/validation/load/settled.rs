//! The fluid model beside the exact one at constant load.

use rayon::prelude::*;

use crate::policy::load::Routing;
use crate::validation::number;
use crate::validation::section::{Column, Section, Table, Tally, Verdict};
use crate::validation::{Effort, SectionSpec, Watch};

use super::errors::{Errors, INTERVALS, of_hundred, percent};
use super::pair::{self, Off, Pair};
use super::service::{Service, routing_name};
use super::settled_cells::{LOADS, Line, cells};
use super::steady::{self, CONTROLLED, Settling};
use super::truth::Figures;

/// The section, before it is computed.
pub const SPEC: SectionSpec = SectionSpec {
    name: "settled",
    about: "the fluid model beside the exact one at constant load",
    steps: |_| cells().len() as u64,
    compute,
};

/// The holding time of a lone request, seconds.
const HOLDING_S: f64 = 0.1;
/// At least, and at most as long as each has time to settle.
const REPLICATIONS: [u64; 2] = [12, 32];
/// So many times as many requests are played, at most, to know on which side of its bound each is.
const MORE: f64 = 32.0;

/// The tables: a balancer, without or with a CPU that is shared.
const GROUPS: [(&str, Routing, bool); 5] = [
    ("One queue in front of all slots", Routing::Pooled, false),
    ("A queue per task, round robin", Routing::RoundRobin, false),
    (
        "A queue per task, least outstanding requests",
        Routing::LeastOutstanding,
        false,
    ),
    (
        "Requests share a CPU, round robin",
        Routing::RoundRobin,
        true,
    ),
    (
        "Requests share a CPU, least outstanding requests",
        Routing::LeastOutstanding,
        true,
    ),
];

/// Of the table of what is excused.
const EXCUSED: &str = "What the reference of the model itself calls out of its range (queues per \
     task at a CV of 4; one slot a task behind least outstanding requests from a CV of 2 on) or \
     has not measured (a shared CPU), and what a run flags with the seconds that it was there \
     (`caveats`). It is measured like all others, but no bound is claimed. Cells of these that a \
     run does not flag are held to their bounds.";

/// What is off, and why.
const NOTES: [&str; 2] = [
    "The bounds of queues where requests only wait are those of the model that ours began as, of \
     its own measurements: pooled queues, the worst up to load 0.9; queues per task, those of \
     each cell of slots, CV and load (its worst over the numbers of tasks). It did not measure \
     queues per task at load 0.3, and nobody had where requests share a CPU; those bounds are \
     ours, set after a first run (load 0.3: 5 and 12 %; shared CPU: round robin 12 and 26 %, least \
     outstanding 8 and 15 %).",
    "With few slots and a CV of 4 a truth of some million requests is itself far off, because a \
     request of a thousand times the mean work comes once in some hundred thousand: without the \
     control variates ± was up to 34 % of the mean behind one queue.",
];

/// A cell, both models' figures of it, and whether a run that is there says so.
#[derive(Clone, Copy, Debug)]
struct Played {
    line: Line,
    tasks: u32,
    load: f64,
    pair: Pair,
    is_distrusted: bool,
}

impl Played {
    /// The errors that may be bounded.
    fn errors(&self) -> [Off; 2] {
        [self.pair.mean(), self.pair.p99()]
    }

    /// Those errors, each with its bound, where there are bounds.
    fn held(&self) -> Option<[(Off, f64); 2]> {
        let [mean, p99] = self.line.bounds(self.load)?;
        Some([(self.pair.mean(), mean), (self.pair.p99(), p99)])
    }

    /// Whether each error is surely on one side of its bound; what has none needs nothing.
    fn is_decided(&self) -> bool {
        let mut held = self.held().into_iter().flatten();
        held.all(|(off, bound)| off.is_decided(bound))
    }

    /// Whether it is out of the range of the reference's bounds, and a run says so.
    fn is_excused(&self) -> bool {
        self.line.is_out_of_range() && self.is_distrusted
    }
}

fn play(index: usize, &(line, tasks, load): &(Line, u32, f64), effort: &Effort) -> Played {
    let service = Service::new(
        line.routing,
        [tasks, line.slots],
        line.cv,
        [line.computing, HOLDING_S],
    );
    let rate_per_s = load * service.capacity_per_s(tasks);
    let mut fluid = service.fluid();
    fluid.set_rate(rate_per_s);
    fluid.settle();
    let (minute, _) = fluid.minute();
    let played = |exact: Figures| Played {
        line,
        tasks,
        load,
        pair: Pair {
            exact,
            fluid: Figures::of_period(&minute),
        },
        is_distrusted: 0.0 < minute.distrust_s,
    };
    // Queues that vary more and settle later need more requests for the same certainty.
    let varied = match line.cv {
        cv if cv < 2.0 => 1.0,
        cv if cv < 4.0 => 3.0,
        _ => effort.choose(8.0, 3.0),
    };
    let late = match load {
        load if load < 0.8 => 1.0,
        load if load < 0.95 => 2.0,
        _ => 4.0,
    };
    let requests = effort.choose(0.5e6, 4.0e4) * varied * late;
    let most = effort.choose(6_000.0, 200.0);
    let how = Settling::from_empty(requests, REPLICATIONS[0])
        .at_load(&service, load, most)
        // A quick one's replications are short as they are, and skewed for it.
        .as_many(REPLICATIONS[effort.choose(1, 0)], rate_per_s)
        .up_to(requests * effort.choose(MORE, 1.0));
    let suffices = |exact: &Figures| played(*exact).is_decided();
    let name = format!("settled {index}");
    let key = (effort.seed, name.as_str());
    let exact = steady::settled(&service, rate_per_s, &how, &suffices, key);
    played(exact)
}

fn compute(effort: &Effort, watch: &Watch<'_>) -> Option<Section> {
    let cells = cells();
    let all: Vec<Option<Played>> = cells
        .par_iter()
        .enumerate()
        .map(|(index, cell)| {
            let played = (!watch.is_cancelled()).then(|| play(index, cell, effort));
            watch.step();
            played
        })
        .collect();
    let all: Vec<Played> = all.into_iter().collect::<Option<_>>()?;
    let groups = GROUPS.map(|(name, routing, is_shared)| {
        let is_here =
            |it: &&Played| it.line.routing == routing && (0.0 < it.line.computing) == is_shared;
        (name, all.iter().filter(is_here).copied().collect::<Group>())
    });
    let mut tables = vec![summary(&groups)];
    tables.extend(groups.iter().map(|(name, group)| grid(name, group)));
    tables.push(excused(&groups));
    let mut verdicts = vec![one_slot(&all)];
    verdicts.extend(
        groups
            .iter()
            .flat_map(|(name, group)| verdicts_of(name, group)),
    );
    let requests = effort.choose("0.5 to 16 million", "40 to 480 thousand");
    let [least, most] = REPLICATIONS;
    let replications = effort.choose(
        format!("{least} to {most} replications, as many as leave each time to settle"),
        format!("{least} replications"),
    );
    let more = effort.choose(
        " Where a bound lies within ± of an error, replications are doubled, up to 32 times as \
         many.",
        "",
    );
    Some(Section {
        name: SPEC.name.to_owned(),
        title: "Fluid beside exact, constant load".to_owned(),
        intro: vec![
            format!(
                "{} cells, each {requests} requests of the exact model in {replications}; 4 and \
                 16 tasks where each has a queue, 4 of 64 slots.{more} Bounds are those of the \
                 model's reference measurements where it has them; of queues per task with the \
                 95 % interval of its own truth, two standard errors: 2 % of the mean and 4 % of \
                 p99, at a CV of 4 4 and 7.4 %, there from load 0.9 on 10 %.",
                cells.len()
            ),
            CONTROLLED.to_owned(),
            "Cells are **error of the mean / error of p99 of the response time, %**, the worse of \
             the two numbers of tasks."
                .to_owned(),
            INTERVALS.to_owned(),
        ],
        tables,
        cells: vec![singles(&all)],
        verdicts,
        notes: NOTES.map(str::to_owned).to_vec(),
    })
}

type Group = Vec<Played>;

/// Averages over the cells up to load 0.9.
fn summary(groups: &[(&str, Group)]) -> Table {
    let mut table = Table::new(
        "Errors up to load 0.9: mean / 95th percentile / worst of their sizes",
        vec![
            Column::text("queues"),
            Column::number("cells"),
            Column::number("utilization, points"),
            Column::number("mean, %"),
            Column::number("p50, %"),
            Column::number("p95, %"),
            Column::number("p99, %"),
        ],
    );
    for (name, group) in groups {
        let mut errors: [Errors; 5] = Default::default();
        for Played { pair, .. } in group.iter().filter(|it| it.load <= 0.9) {
            errors[0].add(pair.utilization());
            errors[1].add(pair.mean());
            errors[2].add(pair.p50());
            errors[3].add(pair.p95());
            errors[4].add(pair.p99());
        }
        let mut row = vec![(*name).to_owned(), errors[0].count().to_string()];
        row.extend(errors.iter().map(Errors::cell));
        table.row(row);
    }
    table
}

/// What is out of the bounds' range and flagged by a run: a row a queue, all of it measured.
fn excused(groups: &[(&str, Group)]) -> Table {
    let mut table = Table::new(
        "Regions of distrust: mean / 95th percentile / worst of the errors' sizes",
        vec![
            Column::text("queues"),
            Column::number("cells"),
            Column::number("mean, %"),
            Column::number("its bound would hold in"),
            Column::number("p99, %"),
            Column::number("its bound would hold in"),
        ],
    );
    for (name, group) in groups {
        let here: Vec<&Played> = group
            .iter()
            .filter(|it| it.held().is_some() && it.is_excused())
            .collect();
        if here.is_empty() {
            continue;
        }
        let mut row = vec![(*name).to_owned(), here.len().to_string()];
        for at in [0, 1] {
            let (mut errors, mut tally) = (Errors::default(), Tally::default());
            for (off, bound) in here.iter().filter_map(|it| Some(it.held()?[at])) {
                errors.add(off);
                tally.add(off.error, off.chance, bound);
            }
            row.extend([errors.cell(), tally.within.to_string()]);
        }
        table.row(row);
    }
    table.notes.push(EXCUSED.to_owned());
    table
}

/// A row a line, a column a load.
fn grid(name: &str, group: &Group) -> Table {
    let shares = group.iter().any(|it| 0.0 < it.line.computing);
    let mut columns = vec![Column::number("slots"), Column::number("CV")];
    if shares {
        columns.push(Column::number("CPU share"));
    }
    columns.extend(LOADS.map(|load| Column::number(&number::fixed(load, 2))));
    let mut table = Table::new(name, columns);
    let mut lines: Vec<Line> = group.iter().map(|it| it.line).collect();
    lines.dedup();
    for line in lines {
        let mut row = vec![line.slots.to_string(), line.cv.to_string()];
        if shares {
            row.push(line.computing.to_string());
        }
        for load in LOADS {
            let mut worst = [Off::default(); 2];
            for it in group.iter().filter(|it| it.line == line && it.load == load) {
                worst = [0, 1].map(|at| worst[at].larger(it.errors()[at]));
            }
            row.push(worst.map(|off| off.text()).join(" / "));
        }
        table.row(row);
    }
    table
}

/// A row a cell.
fn singles(all: &[Played]) -> Table {
    let numbers = ["tasks", "slots", "CV", "CPU share", "load"];
    let mut columns = pair::columns(&["queues"], &numbers);
    columns.push(Column::text("distrusted"));
    let mut table = Table::new("Constant load", columns);
    for it in all {
        let mut row = vec![
            routing_name(it.line.routing).to_owned(),
            it.tasks.to_string(),
            it.line.slots.to_string(),
            it.line.cv.to_string(),
            it.line.computing.to_string(),
            number::fixed(it.load, 2),
        ];
        row.extend(it.pair.all().map(|off| off.text()));
        row.push(if it.is_distrusted { "yes" } else { "no" }.to_owned());
        table.row(row);
    }
    table
}

/// A queue with a closed form, at every CV and load: what the truth's intervals are worth.
fn one_slot(all: &[Played]) -> Verdict {
    let here = |it: &&Played| it.line.routing == Routing::Pooled && it.line.slots == 1;
    let here: Vec<&Played> = all.iter().filter(here).collect();
    let held = here.iter().filter(|it| {
        let (cv, load, exact) = (it.line.cv, it.load, it.pair.exact);
        let mean_s = HOLDING_S * (1.0 + load / (1.0 - load) * (1.0 + cv * cv) / 2.0);
        libm::fabs(percent(mean_s, exact.mean_s)) <= exact.chance.mean
    });
    let claim = "one queue, one slot, every load: the mean of Pollaczek and Khinchine lies in the \
                 exact model's 99.9 % interval";
    Verdict::all(claim, held.count(), here.len())
}

/// Each mean and each p99 is within the bounds of its cell, but for those out of their range: those
/// of one bound in one claim, those that have the reference's of their own in another.
fn verdicts_of(name: &str, group: &Group) -> Vec<Verdict> {
    let is_its_own = |it: &Played| it.line.has_measured(it.load);
    let (cells, others): (Vec<&Played>, Vec<&Played>) = group
        .iter()
        .filter(|it| it.held().is_some())
        .partition(|it| is_its_own(it));
    let some = match group.iter().any(Played::is_excused) {
        true => ", trusted",
        false => "",
    };
    let claims = |loads: &str, which: &dyn Fn(usize) -> String, of: &[&Played]| {
        [0, 1].map(|at| {
            let mut tally = Tally::default();
            let trusted = of.iter().filter(|it| !it.is_excused());
            for (off, bound) in trusted.filter_map(|it| Some(it.held()?[at])) {
                tally.add(off.error, off.chance, bound);
            }
            let (figure, which) = (["mean", "p99"][at], which(at));
            let claim = format!("{name}, load {loads}{some}: {figure} {which}");
            Verdict::each(&claim, &tally, "%")
        })
    };
    let mut verdicts = Vec::new();
    if !cells.is_empty() {
        let of_each = "within the reference's of that cell, and two of its standard errors";
        verdicts.extend(claims("0.5 to 0.95", &|_| of_each.to_owned(), &cells));
    }
    if let Some(bounds) = others.first().and_then(|it| it.held()) {
        let loads = if cells.is_empty() { "up to 0.9" } else { "0.3" };
        let of_all = |at: usize| format!("within {}", of_hundred(bounds[at].1));
        verdicts.extend(claims(loads, &of_all, &others));
    }
    verdicts
}
