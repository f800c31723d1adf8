//! Traces of a scenario: read once, kept for every cell of a sweep, and their faults shown at the
//! field that names them.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::demand::arrivals::{ArrivalOptions, ArrivalTrace};
use crate::demand::calendar::RunCalendar;
use crate::demand::error::{TraceError, TraceProblem};
use crate::demand::place::PlacedTrace;
use crate::demand::series::StepSeries;
use crate::demand::spot_history::{self, CapacityHistory, CapacityOptions, PriceHistory};
use crate::demand::trace::{Trace, TraceOptions};
use crate::scenario::context::Context;
use crate::scenario::plan::RunPlan;
use crate::scenario::reader::Field;

/// Traces read before, by all that decides what came of them; clones share it.
#[derive(Clone, Default, Debug)]
pub struct TraceCache {
    read: Arc<Mutex<Cached>>,
}

#[derive(Default, Debug)]
struct Cached {
    hashes: BTreeMap<String, blake3::Hash>,
    rates: BTreeMap<String, Arc<Trace>>,
    placed: BTreeMap<String, Arc<PlacedTrace>>,
    arrivals: BTreeMap<String, ArrivalTrace>,
    capacities: BTreeMap<String, Arc<CapacityHistory>>,
    prices: BTreeMap<String, Arc<PriceHistory>>,
}

impl TraceCache {
    /// The cached value under a key, or what `make` makes; errors are not kept.
    fn get<T: Clone, E>(
        &self,
        of: impl Fn(&mut Cached) -> &mut BTreeMap<String, T>,
        key: &str,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        // A panic while the lock was held left whole entries only, so a poisoned cache is as good
        // as any.
        let mut cached = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = of(&mut cached).get(key) {
            return Ok(known.clone());
        }
        drop(cached);
        let made = make()?;
        let mut cached = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        of(&mut cached).insert(key.to_owned(), made.clone());
        Ok(made)
    }
}

/// Reads and places a trace of a rate; `place` is the field that names the file.
pub(super) fn rate(
    cx: &Context<'_>,
    place: &Field<'_>,
    options: &TraceOptions,
    run: &RunPlan,
) -> Option<StepSeries> {
    let cache = &cx.options.traces;
    let file_key = format!("{options:?}");
    let placed_key = format!(
        "{file_key} {} {:?} {}",
        run.start, run.time_zone, run.duration
    );
    let read = || {
        cache.get(
            |it| &mut it.rates,
            &file_key,
            || {
                match in_memory(cx, &options.path) {
                    None => Trace::read(options),
                    Some(bytes) => Trace::from_reader(bytes?, options),
                }
                .map(Arc::new)
            },
        )
    };
    let placed = cache.get(
        |it| &mut it.placed,
        &placed_key,
        || {
            let trace = read()?;
            let calendar = RunCalendar::new(run.start, run.time_zone.clone());
            trace.place(options, &calendar, run.duration).map(Arc::new)
        },
    );
    let (trace, placed) = match (read(), placed) {
        (Ok(trace), Ok(placed)) => (trace, placed),
        (Err(wrong), _) | (_, Err(wrong)) => return fault(place, &wrong),
    };
    let name = file_name(&options.path);
    for note in trace.facts.notes.iter().chain(&placed.notes) {
        cx.say(place, "trace", format!("{name}: {note}"));
    }
    register(cx, place, &options.path)?;
    Some(placed.series.clone())
}

/// Reads a trace of arrivals.
pub(super) fn arrivals(
    cx: &Context<'_>,
    place: &Field<'_>,
    options: &ArrivalOptions,
    run: &RunPlan,
) -> Option<ArrivalTrace> {
    let key = format!("{options:?} {} {:?}", run.start, run.time_zone);
    let read = || {
        let calendar = RunCalendar::new(run.start, run.time_zone.clone());
        match in_memory(cx, &options.path) {
            None => ArrivalTrace::read(options, &calendar),
            Some(bytes) => ArrivalTrace::from_reader(bytes?, options, &calendar),
        }
    };
    let trace = match cx.options.traces.get(|it| &mut it.arrivals, &key, read) {
        Ok(trace) => trace,
        Err(wrong) => return fault(place, &wrong),
    };
    let name = file_name(&options.path);
    for note in &trace.facts.notes {
        cx.say(place, "trace", format!("{name}: {note}"));
    }
    register(cx, place, &options.path)?;
    Some(trace)
}

/// Reads a history of Spot pools' capacity.
pub(super) fn spot_capacity(
    cx: &Context<'_>,
    place: &Field<'_>,
    options: &CapacityOptions,
) -> Option<Arc<CapacityHistory>> {
    let read = || {
        match in_memory(cx, &options.path) {
            None => CapacityHistory::read(options),
            Some(bytes) => CapacityHistory::from_reader(bytes?, options),
        }
        .map(Arc::new)
    };
    let cache = &cx.options.traces;
    match cache.get(|it| &mut it.capacities, &format!("{options:?}"), read) {
        Ok(history) => {
            register(cx, place, &options.path)?;
            Some(history)
        }
        Err(wrong) => {
            let help = spot_history::CAPACITY_HELP;
            fault(place, &spot_history::in_words_of(wrong, help))
        }
    }
}

/// Reads a history of Spot prices.
pub(super) fn spot_prices(
    cx: &Context<'_>,
    place: &Field<'_>,
    path: &Path,
) -> Option<Arc<PriceHistory>> {
    let read = || {
        match in_memory(cx, path) {
            None => PriceHistory::read(path),
            Some(bytes) => PriceHistory::from_reader(bytes?, path),
        }
        .map(Arc::new)
    };
    let cache = &cx.options.traces;
    match cache.get(|it| &mut it.prices, &path.display().to_string(), read) {
        Ok(history) => {
            for note in &history.notes {
                cx.say(place, "trace", format!("{}: {note}", file_name(path)));
            }
            register(cx, place, path)?;
            Some(history)
        }
        Err(wrong) => {
            let help = spot_history::PRICES_HELP;
            fault(place, &spot_history::in_words_of(wrong, help))
        }
    }
}

/// The bytes of a trace that is read from memory; nothing where the disk has it.
fn in_memory<'a>(cx: &Context<'a>, path: &Path) -> Option<Result<&'a [u8], TraceError>> {
    let missing = |_| TraceError {
        path: path.to_owned(),
        line: None,
        problem: TraceProblem::NotFound { nearest: None },
    };
    let files = &cx.options.files;
    Some(files.in_memory_bytes(path)?.map_err(missing))
}

fn hash(cx: &Context<'_>, path: &Path) -> io::Result<blake3::Hash> {
    if let Some(Ok(bytes)) = cx.options.files.in_memory_bytes(path) {
        return Ok(blake3::hash(bytes));
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(path)?)?;
    Ok(hasher.finalize())
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

fn fault<T>(place: &Field<'_>, wrong: &TraceError) -> Option<T> {
    let help = wrong.help();
    let pending = place.error("invalid-trace", wrong.to_string());
    pending
        .maybe_help((!help.is_empty()).then_some(help))
        .report();
    None
}

/// Takes down the file with its hash, for the run's folder.
fn register(cx: &Context<'_>, place: &Field<'_>, path: &Path) -> Option<()> {
    let key = path.display().to_string();
    let hash = cx
        .options
        .traces
        .get(|it| &mut it.hashes, &key, || hash(cx, path));
    match hash {
        Ok(hash) => {
            cx.trace_file(place.span(), path.to_path_buf(), hash);
            Some(())
        }
        Err(error) => {
            let message = format!("can't read {}: {}", path.display(), error.kind());
            place.error("invalid-trace", message).report();
            None
        }
    }
}
