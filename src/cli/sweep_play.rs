//! A sweep as it is played: with its journal, and a bar that says how far it is, how fast, and how
//! long it will take.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use rayon::ThreadPool;

use super::Console;
use super::exit::Stop;
use crate::experiment::cell::{Cell, Grid, GridError};
use crate::experiment::pilots;
use crate::experiment::sweep::{Conduct, RunRow, Shard, SweepRuns, sweep, threads};
use crate::report::sweep_journal::{self, Heading, Journal, Kept};
use crate::scenario::Loaded;
use crate::simulation::outcome::RunLimits;

/// How a sweep is played.
pub(super) struct Playing<'a> {
    /// Who plays.
    pub(super) pool: &'a ThreadPool,
    /// When to give up.
    pub(super) limits: &'a RunLimits,
    /// The slice to play; without one all.
    pub(super) shard: Option<Shard>,
    /// Whether a bar is shown.
    pub(super) is_shown: bool,
}

/// The journal of the sweep that is to stand in `place`.
fn journal_path(place: &Path) -> PathBuf {
    let mut name = place.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}", sweep_journal::ENDING));
    place.with_file_name(name)
}

/// Plays the sweep whose results are to stand in `place`, with `resume` from where an unfinished
/// one stopped. The journal has all runs: it is to be closed when the results are written.
pub(super) fn play(
    grid: &Grid,
    playing: &Playing<'_>,
    (place, heading, resume): (&Path, &Heading, bool),
    console: &mut Console<'_>,
) -> Result<(SweepRuns, Journal), Stop> {
    let (journal, known) = begin_journal(grid, (place, heading), resume, console)?;
    let runs = watched(grid, playing, &known, Some(&journal));
    match journal.has_failed() {
        true => Err(match journal.close(false) {
            Err(error) => mistake(error),
            Ok(()) => mistake("the journal of the sweep can't be written"),
        }),
        false => Ok((runs, journal)),
    }
}

/// Plays the pilot runs of a grid that asks for some, with a bar of their own.
///
/// # Errors
/// If the warm-up that they find leaves nothing of a cell's runs.
pub(super) fn settle(
    grid: &mut Grid,
    (pool, limits): (&ThreadPool, &RunLimits),
    is_shown: bool,
) -> Result<(), GridError> {
    let count = pilots::pilots(grid);
    let bar = match is_shown && 0 < count {
        true => ProgressBar::new(count as u64),
        false => ProgressBar::hidden(),
    };
    let template = "{bar:30} {pos}/{len} pilot runs, {per_sec}, {eta} left  {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    let on_pilot = |cell: &Cell| {
        bar.set_message(cell.name.clone());
        bar.inc(1);
    };
    let settled = pool.install(|| pilots::settle(grid, limits, &on_pilot));
    bar.finish_and_clear();
    settled
}

/// Begins the journal of the sweep whose results are to stand in `place`; with `resume` the runs of
/// an unfinished one, which are known then.
///
/// # Errors
/// If it can't be written, or holds the runs of another sweep.
pub fn begin_journal(
    grid: &Grid,
    (place, heading): (&Path, &Heading),
    resume: bool,
    console: &mut Console<'_>,
) -> Result<(Journal, Vec<RunRow>), Stop> {
    let path = journal_path(place);
    let known = known(grid, (&path, heading), resume, console)?;
    let journal = Journal::begin(&path, heading, &known).map_err(mistake)?;
    Ok((journal, known))
}

/// Plays scenarios that nobody waits for long: without a journal.
pub(super) fn play_at_once(
    grid: &Grid,
    (jobs, cancelled): (Option<u16>, &'static AtomicBool),
    is_shown: bool,
) -> Result<SweepRuns, Stop> {
    let limits = RunLimits {
        cancelled,
        ..RunLimits::default()
    };
    let playing = Playing {
        pool: &threads(jobs.map(usize::from)).map_err(mistake)?,
        limits: &limits,
        shard: None,
        is_shown,
    };
    Ok(watched(grid, &playing, &[], None))
}

/// Refuses a scenario whose warm-up pilot runs of its sweep would find, where there is no sweep.
pub(super) fn refuse_pilots(file: &Path, loaded: &Loaded) -> Result<(), Stop> {
    let asks = loaded.sweep.as_ref().and_then(|it| it.warm_up.as_ref());
    match asks {
        None => Ok(()),
        Some(_) => Err(mistake(format!(
            "{}: sweep.warmUp is found by pilot runs of the sweep, which is not played here; give \
             the warm-up that fleetcast sweep prints, as run.warmUp, instead of it",
            file.display()
        ))),
    }
}

/// The runs of a journal that is gone on with.
fn known(
    grid: &Grid,
    (path, heading): (&Path, &Heading),
    resume: bool,
    console: &mut Console<'_>,
) -> Result<Vec<RunRow>, Stop> {
    let found = sweep_journal::read(path, heading);
    if !resume {
        if !matches!(found, Ok(None)) {
            set_aside(path, &found.unwrap_or_default(), console)?;
        }
        return Ok(Vec::new());
    }
    let Some(Kept { mut rows, damaged }) = found.map_err(mistake)? else {
        return nothing_kept(path, heading, console);
    };
    let is_of_grid = |row: &RunRow| {
        row.cell < grid.cells.len()
            && row.replication < grid.replications.at_most
            && row.is_complete()
    };
    rows.retain(is_of_grid);
    let mut said = format!("goes on after {} runs that were played before", rows.len());
    if 0 < damaged {
        said.push_str(&format!(
            "; {damaged} lines of {} are damaged: these runs are played again",
            path.display()
        ));
    }
    console.warn(&format!("{said}\n"))?;
    Ok(rows)
}

/// Keeps a journal that is not gone on with out of the way of the new one.
fn set_aside(path: &Path, kept: &Option<Kept>, console: &mut Console<'_>) -> Result<(), Stop> {
    let old = path.with_extension(format!("{}-old", sweep_journal::ENDING));
    fs::rename(path, &old)
        .map_err(|error| mistake(format!("can't rename {}: {}", path.display(), error.kind())))?;
    let runs = kept.as_ref().map_or(0, |kept| kept.rows.len());
    Ok(console.warn(&format!(
        "an earlier sweep of this stopped after {runs} runs; --resume would have gone on with \
         them. This one begins anew; they are kept in {}\n",
        old.display()
    ))?)
}

/// There is no journal of this sweep; one of another of the same scenario says that something of it
/// changed.
fn nothing_kept(
    path: &Path,
    heading: &Heading,
    console: &mut Console<'_>,
) -> Result<Vec<RunRow>, Stop> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let entries = fs::read_dir(folder.unwrap_or(Path::new(".")))
        .into_iter()
        .flatten();
    let mut others: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("sweep-") && name.ends_with(".journal"))
        .collect();
    others.sort();
    if let Some(other) = others.first() {
        return Err(mistake(format!(
            "there is no unfinished {}, but {other}: the scenario, a trace, the seed, the \
             replications or the version of fleetcast is not what it was. Put that back, or begin \
             anew without --resume",
            heading.sweep
        )));
    }
    console.warn("there is no unfinished sweep of this to go on with; it begins\n")?;
    Ok(Vec::new())
}

fn watched(
    grid: &Grid,
    playing: &Playing<'_>,
    known: &[RunRow],
    journal: Option<&Journal>,
) -> SweepRuns {
    let bar = match playing.is_shown {
        true => ProgressBar::new(0),
        false => ProgressBar::hidden(),
    };
    let template = "{bar:30} {pos}/{len} runs, {per_sec}, {eta} left  {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    let on_run = |cell: &Cell, row: &RunRow| {
        if let Some(journal) = journal {
            journal.add(row);
            if journal.has_failed() {
                playing.limits.cancelled.store(true, Ordering::Relaxed);
            }
        }
        bar.set_message(cell.name.clone());
        bar.inc(1);
    };
    let conduct = Conduct {
        pool: playing.pool,
        limits: playing.limits,
        known,
        shard: playing.shard,
        on_run: &on_run,
        on_round: &|more| bar.inc_length(more as u64),
    };
    let runs = sweep(grid, &conduct);
    bar.finish_and_clear();
    runs
}

fn mistake(error: impl ToString) -> Stop {
    Stop::Mistake(error.to_string())
}
