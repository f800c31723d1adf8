//! A scenario in both fidelities, and how far apart their minutes are.

use crate::experiment::run::{PlayedRun, play, prepare_tables};
use crate::observe::series::LoadSample;
use crate::scenario::plan::Plan;
use crate::simulation::outcome::RunLimits;
use crate::validation::published::plan;
use crate::validation::{Effort, Watch};

use super::super::errors::percent;
use super::super::pair::Pair;
use super::super::truth::{Chance, Figures, half_width};
use super::texts::SLOTS_OF_MEMORY;

/// Minutes in which fewer requests than this are answered say nothing of percentiles.
const REQUESTS_MIN: f64 = 200.0;
/// Half of a bin of a run's response times, percent.
/// Source: `policy::load::Histogram`, bins of 2.5 %.
const HALF_BIN: f64 = 1.25;
/// Between the seeds of two cells.
const SEEDS_APART: u64 = 1_000_003;

/// A comparison: one scenario.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// The table that it belongs to.
    pub(super) table: usize,
    /// Its row there.
    pub(super) kind: String,
    /// What else it is.
    pub(super) what: String,
    /// The scenario; `FIDELITY` is to be filled in.
    pub(super) text: String,
    /// The services that are compared.
    pub(super) services: &'static [&'static str],
    /// Whether nothing changes, so that all minutes are one.
    pub(super) is_settled: bool,
}

/// A minute of both fidelities (or all minutes of a settled service).
#[derive(Clone, Debug)]
pub(super) struct Both {
    pub(super) pair: Pair,
    /// The pair as each replication has it.
    pub(super) batches: Vec<Pair>,
    /// Whether the fluid says that it is out of its validated range.
    pub(super) is_distrusted: bool,
}

/// The minutes of each service of a cell; `None` if nobody waits any more. The first minute, in
/// which a run has just begun, is left out.
pub(super) fn compared(
    cell: &Cell,
    (effort, watch): (&Effort, &Watch<'_>),
    (index, replications): (usize, u32),
) -> Option<Vec<Vec<Both>>> {
    // Draws of its own: averages over cells take them for independent.
    let seed = effort
        .seed
        .wrapping_add(SEEDS_APART.wrapping_mul(1 + index as u64));
    let [fluid, exact] =
        ["fluid", "requests"].map(|fidelity| plan(&cell.text.replace("FIDELITY", fidelity), seed));
    prepare_tables(&fluid);
    let of = |plan: &Plan, replication: u32| {
        let limits = RunLimits {
            cancelled: watch.cancelled,
            ..RunLimits::default()
        };
        let played = play(plan, u64::from(replication), &limits);
        let services = cell.services.iter();
        let all = services.map(|name| stretches(&played, plan, name, cell.is_settled));
        played.is_complete().then(|| all.collect::<Vec<_>>())
    };
    let fluid = of(&fluid, 0)?;
    let exact: Vec<_> = (0..replications)
        .map(|replication| of(&exact, replication))
        .collect::<Option<_>>()?;
    let service = |(at, fluid): (usize, Vec<Stretch>)| {
        let minute = |(minute, fluid): (usize, Stretch)| {
            // A run may end a service's minutes sooner: nobody asked any more.
            let drawn = exact.iter().filter_map(|run| run[at].get(minute));
            both(&fluid, &drawn.map(|it| it.figures).collect::<Vec<_>>())
        };
        fluid.into_iter().enumerate().filter_map(minute).collect()
    };
    Some(fluid.into_iter().enumerate().map(service).collect())
}

/// What a fidelity says of a minute, or of all.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    figures: Figures,
    distrust_s: f64,
}

fn stretches(played: &PlayedRun, plan: &Plan, name: &str, is_settled: bool) -> Vec<Stretch> {
    let at = plan.services.iter().position(|it| it.name == name);
    let store = played.outcome.observed.metrics.as_ref();
    let (Some(at), Some(store)) = (at, store) else {
        return Vec::new();
    };
    let runs = store.services[at].loads.iter();
    let minutes: Vec<&LoadSample> = runs
        .flat_map(|run| std::iter::repeat_n(&run.sample, run.count as usize))
        .skip(1)
        .collect();
    if is_settled {
        vec![stretch(&minutes)]
    } else {
        minutes
            .into_iter()
            .map(|minute| stretch(&[minute]))
            .collect()
    }
}

/// Minutes together: times are those of a minute, weighted by its requests.
fn stretch(minutes: &[&LoadSample]) -> Stretch {
    let sum = |of: &dyn Fn(&LoadSample) -> f64| minutes.iter().map(|it| of(it)).sum::<f64>();
    let requests = sum(&|it| it.requests);
    let mean = |of: &dyn Fn(&LoadSample) -> f32| {
        sum(&|it| it.requests * f64::from(of(it))) / requests.max(1e-300)
    };
    // Of those answered or given up in the minute, over those that came in it.
    let failed = |it: &LoadSample| f64::from(it.target_5xx + it.elb_5xx + it.timed_out);
    let slots = sum(&|it| f64::from(it.memory_reserved)) * SLOTS_OF_MEMORY;
    let figures = Figures {
        requests: requests / minutes.len().max(1) as f64,
        utilization: sum(&|it| f64::from(it.memory_used)) / slots.max(1e-300),
        mean_s: mean(&|it| it.response_mean),
        p95_s: mean(&|it| it.response_quantiles[2]),
        p99_s: mean(&|it| it.response_quantiles[3]),
        failed_tries: sum(&failed) / requests.max(1e-300),
        tries: 1.0,
        ..Figures::default()
    };
    Stretch {
        figures,
        distrust_s: sum(&|it| f64::from(it.distrust_s)),
    }
}

/// A minute beside that of every replication; `None` if too few requests are in it.
fn both(fluid: &Stretch, exact: &[Figures]) -> Option<Both> {
    let mean =
        |of: fn(&Figures) -> f64| exact.iter().map(of).sum::<f64>() / exact.len().max(1) as f64;
    let half =
        |of: fn(&Figures) -> f64| 100.0 * half_width(&exact.iter().map(of).collect::<Vec<_>>());
    let share = |half: f64, of: f64| if 0.0 < of { half / of } else { 0.0 };
    let mut all = Figures {
        requests: mean(|it| it.requests),
        utilization: mean(|it| it.utilization),
        mean_s: mean(|it| it.mean_s),
        p95_s: mean(|it| it.p95_s),
        p99_s: mean(|it| it.p99_s),
        failed_tries: mean(|it| it.failed_tries),
        tries: 1.0,
        ..Figures::default()
    };
    all.chance = Chance {
        utilization: half(|it| it.utilization),
        mean: share(half(|it| it.mean_s), all.mean_s),
        p95: share(half(|it| it.p95_s), all.p95_s) + HALF_BIN,
        p99: share(half(|it| it.p99_s), all.p99_s) + HALF_BIN,
        failed: half(|it| it.failed_tries),
        ..Chance::default()
    };
    let paired = |exact: Figures| Pair {
        exact,
        fluid: fluid.figures,
    };
    let is_told = REQUESTS_MIN <= all.requests && percent(1.0, all.mean_s).is_finite();
    is_told.then(|| Both {
        pair: paired(all),
        batches: exact.iter().map(|it| paired(*it)).collect(),
        is_distrusted: 0.0 < fluid.distrust_s,
    })
}
