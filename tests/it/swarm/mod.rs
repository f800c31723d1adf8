//! The swarm: random legal scenario files, small and strange on purpose, each from a seed that a
//! failure prints, in the spirit of TigerBeetle's VOPR. Each is loaded, played (audited after every
//! event), written, read back and played again; what must add up does. `ARCHITECTURE.md` says how to
//! let it run for longer.

mod alarms;
mod boundary;
mod checks;
mod containers;
mod deployers;
mod dice;
mod draft;
mod folder;
mod found;
mod futures;
mod generator;
mod hosted;
mod knobs;
mod metamorphic;
mod metrics;
mod pipelines;
mod queues;
mod schedules;
mod volumes;
mod warm_up;
mod work;
mod world;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use fleetcast::experiment::run::{PlayedRun, play};
use fleetcast::scenario::plan::{Fidelity, Plan};
use fleetcast::scenario::{LoadOptions, Loaded, load};
use fleetcast::simulation::outcome::RunLimits;
use rayon::prelude::*;
use tempfile::TempDir;

use draft::Draft;

/// Scenarios that every run of the tests plays.
const SEEDS: u64 = 1_000;
/// Events of a scenario at most: a year of strange minutes is cut off there.
const EVENTS_MAX: u64 = 4_000;
/// The same where every request is played, of the cluster: its programs may call each second.
const EXACT_EVENTS_MAX: u64 = 20_000;
/// Events of requests at most.
const REQUEST_EVENTS_MAX: u64 = 200_000;
/// Tries of making a failing scenario smaller.
const SHRINK_TRIES: u32 = 400;

/// A number from the environment.
fn from_environment(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().expect("a whole number"),
        Err(_) => otherwise,
    }
}

/// The limits of a run of `plan`.
fn limits(plan: &Plan) -> RunLimits {
    RunLimits {
        events: match plan.run.fidelity {
            Fidelity::Fluid => EVENTS_MAX,
            Fidelity::Requests => EXACT_EVENTS_MAX,
        },
        request_events: REQUEST_EVENTS_MAX,
        ..RunLimits::default()
    }
}

/// Loads what a draft says, which is to be legal.
fn loaded(draft: &Draft, folder: &Path) -> Result<Loaded, String> {
    let path = draft.write(folder);
    load(&path, &LoadOptions::default())
        .map_err(|failure| failure.diagnostics.render(&failure.sources, false))
}

/// A draft as it plays.
struct Run {
    loaded: Loaded,
    played: PlayedRun,
    /// Where its file and its traces are, as long as it lives.
    _folder: TempDir,
}

/// Loads and plays a draft.
fn run(draft: &Draft) -> Run {
    run_within(draft, limits)
}

fn run_within(draft: &Draft, limits: impl Fn(&Plan) -> RunLimits) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let loaded = match loaded(draft, folder.path()) {
        Ok(loaded) => loaded,
        Err(said) => panic!("the generator's scenario is refused: {said}"),
    };
    let played = play(&loaded.plan, 0, &limits(&loaded.plan));
    Run {
        loaded,
        played,
        _folder: folder,
    }
}

/// Why `check` fails on a draft; `None` if it does not.
fn failure(draft: &Draft, check: impl Fn(&Draft)) -> Option<String> {
    let result = catch_unwind(AssertUnwindSafe(|| check(draft)));
    let panic = result.err()?;
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    Some(text.unwrap_or_default())
}

/// Whether two failures are alike: the same words, whatever the numbers.
fn is_alike(one: &str, other: &str) -> bool {
    let words = |text: &str| -> String {
        let line = text.lines().next().unwrap_or_default();
        line.chars()
            .filter(|c| c.is_alphabetic())
            .take(40)
            .collect()
    };
    words(one) == words(other)
}

/// Runs `check` on the scenarios of many seeds; panics with one of each kind that fails, made
/// smaller.
fn swarm(name: &str, seeds: u64, check: impl Fn(&Draft) + Sync) {
    let from = from_environment("FLEETCAST_SWARM_FROM", 0);
    let seeds = from_environment("FLEETCAST_SWARM_SEEDS", seeds);
    let failed = (from..from + seeds).into_par_iter().filter_map(|seed| {
        let why = failure(&generator::scenario(seed), &check)?;
        Some((seed, why))
    });
    let failed: Vec<(u64, String)> = failed.collect();
    let mut kinds: Vec<&(u64, String)> = Vec::new();
    for one in &failed {
        if kinds.iter().all(|(_, why)| !is_alike(why, &one.1)) {
            kinds.push(one);
        }
    }
    let told: Vec<String> = kinds
        .into_iter()
        .map(|(seed, why)| {
            let count = failed.iter().filter(|(_, it)| is_alike(it, why)).count();
            let smallest = smallest((*seed, why), &check);
            let folder = std::env::temp_dir().join(format!("fleetcast-swarm-{name}-{seed}"));
            fs::create_dir_all(&folder).unwrap();
            let path = smallest.write(&folder).display().to_string();
            let text = smallest.text();
            format!("{count} times, first at seed {seed}: {why}\n\nin {path}:\n\n{text}")
        })
        .collect();
    assert!(
        told.is_empty(),
        "{} of {seeds} scenarios fail; play one alone with FLEETCAST_SWARM_FROM and \
         FLEETCAST_SWARM_SEEDS=1\n\n{}",
        failed.len(),
        told.join("\n\n")
    );
}

/// The scenario of a seed, made smaller as long as it is legal and fails like it.
fn smallest((seed, why): (u64, &str), check: impl Fn(&Draft)) -> Draft {
    generator::scenario(seed).shrunk(SHRINK_TRIES, |draft| {
        let folder = tempfile::tempdir().unwrap();
        loaded(draft, folder.path()).is_ok()
            && failure(draft, &check).is_some_and(|other| is_alike(why, &other))
    })
}

#[test]
fn strange_scenarios_add_up() {
    swarm("adds-up", SEEDS, checks::check);
}

#[test]
fn a_failing_scenario_is_made_smaller() {
    let draft = generator::scenario(1);
    assert!(600 < draft.text().len(), "there is something to leave out");
    // As if a run could have no seed.
    let fails = |draft: &Draft| draft.text().contains("seed:");
    let smallest = draft.shrunk(SHRINK_TRIES, fails);
    assert_eq!(smallest.text().lines().count(), 4, "{}", smallest.text());
}
