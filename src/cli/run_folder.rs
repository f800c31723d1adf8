//! Which run's folder is meant: its path, the folder of its scenario's runs, or the name of either.

use std::fs;
use std::path::{Path, PathBuf};

use super::exit::Stop;
use super::{Console, scenario_file};
use crate::report::results::folder::{MANIFEST, is_complete};
use crate::report::results::{FinishedRun, FinishedSweep};
use crate::scenario::diagnostic::nearest;
use crate::scenario::{LoadOptions, Loaded, load};

/// The folder of all results, below the present one.
pub(super) const RESULTS: &str = "results";

/// A run's folder, and what to say of how it was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Chosen {
    /// The folder.
    pub(super) path: PathBuf,
    /// What to say, if it was not named outright.
    pub(super) note: Option<String>,
}

/// The folder of `name`: a path, or below `results/` a scenario or a run.
pub(super) fn choose(name: &Path) -> Result<Chosen, Stop> {
    let results = Path::new(RESULTS);
    let mut places = vec![name.to_owned(), results.join(name)];
    places.extend(folders(results).iter().map(|scenario| scenario.join(name)));
    for place in &places {
        if place.is_file() || place.join(MANIFEST).is_file() {
            return Ok(Chosen {
                path: place.clone(),
                note: None,
            });
        }
        let mut runs = runs(place);
        if let Some(newest) = runs.pop() {
            let note = note(place, &runs, &newest);
            return Ok(Chosen { path: newest, note });
        }
    }
    match name.is_dir() {
        // What is wrong with it is said by whoever reads it.
        true => Ok(Chosen {
            path: name.to_owned(),
            note: None,
        }),
        false => Err(Stop::Mistake(missing(name, results))),
    }
}

/// As [`choose`]; where a scenario has no runs the newest of its sweeps.
pub(super) fn choose_run_or_sweep(name: &Path) -> Result<Chosen, Stop> {
    let outright = choose(name);
    let is_one = |found: &Chosen| found.path.join(MANIFEST).is_file();
    if outright.as_ref().is_ok_and(is_one) {
        return outright;
    }
    let places = [name.to_owned(), Path::new(RESULTS).join(name)];
    let mut sweeps = places
        .iter()
        .flat_map(|place| folders(place))
        .filter(|place| FinishedSweep::is_at(place))
        .collect::<Vec<PathBuf>>();
    sweeps.sort_by_cached_key(|sweep| {
        let written = fs::metadata(sweep.join(MANIFEST)).and_then(|found| found.modified());
        (written.ok(), sweep.clone())
    });
    let count = sweeps.len();
    match sweeps.pop() {
        None => outright,
        Some(path) => {
            let newest = || format!("of {count} sweeps this is the newest, {}", path.display());
            let note = (1 < count).then(newest);
            Ok(Chosen { path, note })
        }
    }
}

/// The scenario of a run's folder; `None` if it can't be read any more, which was said.
pub(super) fn load_again(
    run: &FinishedRun,
    console: &mut Console<'_>,
) -> Result<Option<Loaded>, Stop> {
    let options = LoadOptions {
        seed: Some(run.manifest.seed),
        ..LoadOptions::default()
    };
    match load(&run.scenario(), &options) {
        Ok(loaded) => Ok(Some(loaded)),
        Err(failure) => {
            scenario_file::show_failure(&failure, console)?;
            if run.manifest.fleetcast != env!("CARGO_PKG_VERSION") {
                console.complain(&format!(
                    "fleetcast {} wrote this run; this is {}, which refuses its scenario",
                    run.manifest.fleetcast,
                    env!("CARGO_PKG_VERSION")
                ))?;
            }
            Ok(None)
        }
    }
}

/// What to say of a run that was chosen before others.
fn note(folder: &Path, others: &[PathBuf], chosen: &Path) -> Option<String> {
    if others.is_empty() {
        return None;
    }
    let whole = others.iter().filter(|run| is_complete(run)).count();
    let which = match is_complete(chosen) {
        false => "none was played to its end; this is the newest",
        true if whole == others.len() => "this is the newest",
        true if whole == 0 => "this is the only one that was played to its end",
        true => "this is the newest that was played to its end",
    };
    let count = others.len() + 1;
    let [folder, chosen] = [folder, chosen].map(Path::display);
    Some(format!("{folder} holds {count} runs; {which}, {chosen}"))
}

/// The folders of runs in a folder: those that were not played to their end first, the newest last.
fn runs(folder: &Path) -> Vec<PathBuf> {
    let mut runs: Vec<PathBuf> = folders(folder);
    runs.retain(|run| run.join(MANIFEST).is_file() && !is_of_many_runs(run));
    runs.sort_by_cached_key(|run| {
        let written = fs::metadata(run.join(MANIFEST)).and_then(|found| found.modified());
        (is_complete(run), written.ok(), run.clone())
    });
    runs
}

/// Whether it is a sweep's, a slice's of one, or a Savings Plan's.
fn is_of_many_runs(folder: &Path) -> bool {
    let files = ["cells.csv", "runs.ndjson", "savings_plan.json"];
    files.iter().any(|file| folder.join(file).is_file())
}

/// The folders in a folder, sorted; none if it can't be read.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = paths
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            path.is_dir() && !name.starts_with('.')
        })
        .collect();
    folders.sort();
    folders
}

fn missing(name: &Path, results: &Path) -> String {
    let folder_name = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let scenarios = folders(results);
    let names: Vec<String> = scenarios.iter().map(folder_name).collect();
    let runs: Vec<String> = scenarios
        .iter()
        .flat_map(|scenario| runs(scenario))
        .map(|run| folder_name(&run))
        .collect();
    let last = name.file_name().unwrap_or_default().to_string_lossy();
    let all = names.iter().chain(&runs).map(String::as_str);
    let near = nearest(&last, all);
    let hint = match (near.is_empty(), names.is_empty()) {
        _ if names.iter().any(|known| *known == last) => {
            "of that scenario there are sweeps only, whose runs leave no folders of their own"
                .into()
        }
        (false, _) => format!("did you mean {}?", near.join(" or ")),
        (true, false) => format!("there are runs of {}", names.join(", ")),
        (true, true) => format!("there are no runs in {RESULTS}/ yet"),
    };
    format!(
        "no run is at {} nor below {RESULTS}/; {hint}",
        name.display()
    )
}
