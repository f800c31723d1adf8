//! `run:` and `record:`: when, how long, with which seed, and what is kept.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::context::{Context, not_built_value};
use super::diagnostic::suggestion;
use super::plan::{Begin, RecordPlan, RunPlan};
use super::reader::{Field, MapReader};
use super::values;
use crate::catalog::names::nearest;
use crate::demand::load::Fidelity;
use crate::engine::{SimDuration, SimTime};

/// The longest run: ten years, far beyond any plan for capacity.
const DURATION_MAX: SimDuration = SimDuration::from_secs(10 * 366 * 86_400);
/// The first second that a run may begin at: CloudWatch's own timestamps count from here.
const START_FIRST_S: i64 = 0;
/// The first second that no run reaches: 2262-01-01. Readers of tables that count nanoseconds in 64
/// bits (pandas) have no later time.
const END_LAST_S: i64 = 9_214_646_400;
/// CloudWatch's period of metrics.
const PERIOD_MICROS: u64 = 60_000_000;

const BEGINS: [(&str, Begin); 2] = [("steady", Begin::Steady), ("empty", Begin::Empty)];
const FIDELITIES: [(&str, Fidelity); 2] =
    [("fluid", Fidelity::Fluid), ("requests", Fidelity::Requests)];
const ALL_OR_NONE: [(&str, bool); 2] = [("all", true), ("none", false)];

/// Reads `run:`; what is wrong or missing is reported, and something legal stands in for it.
pub(super) fn read_run(cx: &Context<'_>, root: &mut MapReader<'_>) -> RunPlan {
    let Some(mut map) = root.required("run").and_then(|field| field.map()) else {
        return stand_in(cx);
    };
    let duration = map.required("duration").and_then(|field| length(&field));
    let start_field = map.field("start");
    let start = start_field.as_ref().and_then(Field::instant);
    let warm_up = map.field("warmUp");
    let zone = map.field("timeZone").and_then(|field| time_zone(&field));
    let begin = map.choice("begin", &BEGINS);
    let seed = map.u64("seed", 0..=u64::MAX);
    let fidelity = map.choice("fidelity", &FIDELITIES);
    let mut run = stand_in(cx);
    map.finish();
    run.duration = duration.unwrap_or(run.duration);
    if let Some(field) = warm_up {
        // Without a legal duration there is nothing to hold it against.
        let within = duration.unwrap_or(DURATION_MAX);
        run.warm_up = warm_up_of(&field, within).unwrap_or(SimDuration::ZERO);
    }
    run.start = start.unwrap_or_else(|| default_start(cx));
    run.time_zone = zone.unwrap_or_else(|| {
        cx.default_text("run.timeZone");
        TimeZone::UTC
    });
    run.begin = begin.unwrap_or_else(|| {
        cx.default_text("run.begin");
        Begin::Steady
    });
    run.fidelity = fidelity.unwrap_or_else(|| {
        cx.default_text("run.fidelity");
        Fidelity::Fluid
    });
    run.seed = match (cx.options.seed, seed) {
        (Some(seed), _) | (None, Some(seed)) => seed,
        (None, None) => u64::from(cx.default_u32("run.seed")),
    };
    if let Some(field) = start_field {
        check_start(&field, &run);
    }
    run
}

/// Refuses a run in years that nobody means.
fn check_start(field: &Field<'_>, run: &RunPlan) {
    let start_s = run.start.as_second();
    let end_s = start_s + run.duration.as_secs_f64().ceil() as i64;
    let year = run.start.to_zoned(TimeZone::UTC).year();
    let message = if start_s < START_FIRST_S {
        format!("the run starts in the year {year}, before 1970")
    } else if END_LAST_S < end_s {
        "the run ends after the year 2261".to_owned()
    } else {
        return;
    };
    let help = "write date, time and zone, like 2026-03-05T00:00:00Z";
    field.error("out-of-range", message).help(help).report();
}

fn stand_in(cx: &Context<'_>) -> RunPlan {
    RunPlan {
        start: Timestamp::UNIX_EPOCH,
        duration: SimDuration::from_secs(3_600),
        warm_up: SimDuration::ZERO,
        time_zone: TimeZone::UTC,
        begin: Begin::Steady,
        seed: cx.options.seed.unwrap_or(0),
        fidelity: Fidelity::Fluid,
    }
}

fn default_start(cx: &Context<'_>) -> Timestamp {
    values::instant(cx.default_text("run.start")).expect("the table holds an instant here")
}

fn length(field: &Field<'_>) -> Option<SimDuration> {
    let duration = field.duration()?;
    if duration.is_zero() || DURATION_MAX < duration {
        let message = format!("a run of {duration} is not between 1us and 10 years");
        field.error("out-of-range", message).report();
        return None;
    }
    Some(duration)
}

/// The part that is not reported: whole minutes, as load is measured by the minute.
fn warm_up_of(field: &Field<'_>, duration: SimDuration) -> Option<SimDuration> {
    let warm_up = field.duration()?;
    let (message, help) = if duration <= warm_up {
        (
            format!("a warm-up of {warm_up} leaves nothing of a run of {duration}"),
            "a warm-up is shorter than `duration`, which it is a part of",
        )
    } else if !warm_up.as_micros().is_multiple_of(PERIOD_MICROS) {
        (
            format!("a warm-up of {warm_up} ends within a minute"),
            "load is measured by the minute: write whole minutes, like 15m",
        )
    } else {
        return Some(warm_up);
    };
    field.error("out-of-range", message).help(help).report();
    None
}

/// A time zone by its name in the IANA database.
pub(super) fn time_zone(field: &Field<'_>) -> Option<TimeZone> {
    let name = field.str()?;
    match zone_named(name) {
        Ok(zone) => Some(zone),
        Err(help) => {
            let message = format!("\"{name}\" is no time zone");
            field.error("invalid-value", message).help(help).report();
            None
        }
    }
}

/// The time zone of an IANA name.
///
/// # Errors
/// What to write instead.
pub fn zone_named(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| {
        let known = jiff::tz::db().available().map(|it| it.to_string());
        let known: Vec<String> = known.collect();
        // A city alone: with its continent.
        let city = |zone: &'_ str| zone.rsplit('/').next().unwrap_or_default().to_owned();
        let cities: Vec<String> = known.iter().map(|it| city(it)).collect();
        let near = nearest(name, cities.iter().map(String::as_str));
        if let Some(at) = cities
            .iter()
            .position(|it| near.first() == Some(&it.as_str()))
        {
            return format!("did you mean \"{}\"?", known[at]);
        }
        let near = suggestion(name, known.iter().map(String::as_str));
        near.unwrap_or_else(|| "write a name of the IANA database, like Europe/Berlin".to_owned())
    })
}

/// Most moments of `record.packing`: each is a picture.
const PACKING_MAX: usize = 24;

/// Reads `record:`; the field of chosen moments is given back, as they need instances.
pub(super) fn read_record<'a>(
    cx: &Context<'_>,
    root: &mut MapReader<'a>,
    run: &RunPlan,
) -> (RecordPlan, Option<Field<'a>>) {
    let mut record = RecordPlan {
        metrics: Some(SimDuration::from_micros(PERIOD_MICROS)),
        tasks: true,
        events: false,
        decisions: false,
        packing: Vec::new(),
    };
    let field = root.field("record");
    if let Some(field) = field.as_ref().filter(|field| !field.is_mapping()) {
        if field.choice(&[("summary", ())]).is_some() {
            record.metrics = None;
            record.tasks = false;
        }
        return (record, None);
    }
    let mut map = field.and_then(|field| field.map());
    let mut given = |key| map.as_mut().and_then(|map| map.field(key));
    match given("metrics") {
        None => {
            cx.default_text("record.metrics");
        }
        Some(field) if field.node().as_text() == Some("none") => record.metrics = None,
        Some(field) => record.metrics = period(&field),
    }
    let mut switch = |key, path: &str, value: &mut bool| match given(key) {
        None => {
            cx.default_text(path);
        }
        Some(field) => *value = field.choice(&ALL_OR_NONE).unwrap_or(*value),
    };
    switch("tasks", "record.tasks", &mut record.tasks);
    switch("events", "record.events", &mut record.events);
    switch("decisions", "record.decisions", &mut record.decisions);
    let chosen = given("packing");
    if let Some(field) = &chosen {
        record.packing = packing(field, run, record.tasks || record.events);
    }
    match given("format") {
        None => {
            cx.default_text("record.format");
        }
        Some(field) => {
            if field.choice(&[("csv", true), ("parquet", false)]) == Some(false) {
                not_built_value(&field);
            }
        }
    }
    if let Some(map) = map {
        map.finish();
    }
    (record, chosen)
}

/// Says that moments are chosen where there is nothing to look at.
pub(super) fn check_packing(chosen: Option<&Field<'_>>, has_instances: bool) {
    if let Some(field) = chosen.filter(|_| !has_instances) {
        let message = "the cluster has no instances: no chart of packing is drawn";
        field.warning("no-effect", message).report();
    }
}

/// Says of what lies beyond a run's end that it never happens.
pub(super) fn never_happens(place: &Field<'_>, message: &str, run: &RunPlan) {
    let help = format!(
        "the run lasts {}: let it be longer, or this earlier",
        run.duration
    );
    let pending = place.warning("never-happens", message);
    pending.help(help).report();
}

/// The moments of charts of packing, in order, each once.
fn packing(field: &Field<'_>, run: &RunPlan, has_tasks: bool) -> Vec<SimTime> {
    let items = field.list().unwrap_or_default();
    if PACKING_MAX < items.len() {
        let message = format!("{} moments; at most {PACKING_MAX} are drawn", items.len());
        field.error("out-of-range", message).report();
    }
    if !has_tasks && !items.is_empty() {
        let message = "without recorded tasks nothing says how full instances are";
        let help = "write `tasks: all`, or leave this out";
        field.warning("no-effect", message).help(help).report();
    }
    let within = |item: &Field<'_>| {
        let at = moment(item, run)?;
        let is_within = at < SimTime::ZERO + run.duration;
        if !is_within {
            let message = "this lies beyond the run's end: no chart is drawn";
            never_happens(item, message, run);
        }
        is_within.then_some(at)
    };
    let mut moments: Vec<SimTime> = items.iter().filter_map(within).collect();
    moments.sort();
    moments.dedup();
    moments
}

fn period(field: &Field<'_>) -> Option<SimDuration> {
    let period = field.duration()?;
    if period.is_zero() || period.as_micros() % PERIOD_MICROS != 0 {
        let message = format!("{period} is no multiple of 60s, the period of ECS's metrics");
        field.error("out-of-range", message).report();
    }
    Some(period)
}

/// A moment of the run: an offset such as `2d 14h`, or an instant.
pub(super) fn moment(field: &Field<'_>, run: &RunPlan) -> Option<SimTime> {
    let text = field.node().as_text().unwrap_or_default();
    let is_instant = text.contains('-') || text.contains('T');
    if !is_instant {
        return Some(SimTime::ZERO + field.duration()?);
    }
    let micros = field.instant()?.duration_since(run.start).as_micros();
    match u64::try_from(micros) {
        Ok(micros) => Some(SimTime::from_micros(micros)),
        Err(_) => {
            let message = format!("{text} lies before the run's start");
            field.error("out-of-range", message).report();
            None
        }
    }
}
