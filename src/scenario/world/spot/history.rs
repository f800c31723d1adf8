//! What a block of instances in `world.spot` says of the past: a trace of capacity to replay, and
//! prices over time.

use std::sync::Arc;

use crate::catalog::instances::InstanceType;
use crate::demand::spot_history::{CapacityOptions, PoolCapacity, PriceHistory};
use crate::engine::{SimDuration, SimTime};
use crate::ids::ZoneId;
use crate::policy::spot::price::PriceProcess;
use crate::policy::spot::{ReplayStep, most_running};
use crate::scenario::context::Context;
use crate::scenario::plan::{RunPlan, SpotPoolPlan, SpotPrice, ZonePlan};
use crate::scenario::reader::Field;
use crate::scenario::world::{prices, traces};

/// Whose rows of a trace are Fargate Spot's, where no other type is named.
const FARGATE_SPOT: &str = "FARGATE_SPOT";
/// The most steps of a trace that repeats.
const STEPS_MAX: u64 = 5_000_000;
/// How far after the last row a price is taken without a word.
const HOLDS: SimDuration = SimDuration::from_secs(86_400);

/// What comes after a trace's last row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum AtEnd {
    Error,
    Hold,
    Loop,
}

const AT_END: [(&str, AtEnd); 3] = [
    ("error", AtEnd::Error),
    ("hold", AtEnd::Hold),
    ("loop", AtEnd::Loop),
];

/// The two as a block has them.
#[derive(Clone, Default)]
pub(super) struct History<'a> {
    trace: Option<Trace<'a>>,
    prices: Option<Prices<'a>>,
}

#[derive(Clone)]
struct Trace<'a> {
    /// Where the file is named.
    place: Field<'a>,
    options: CapacityOptions,
    /// Which type's rows count, if not those of the pool's own.
    instance_type: Option<String>,
    offset: SimDuration,
    at_end: AtEnd,
    scale: Option<u32>,
}

#[derive(Clone)]
enum Prices<'a> {
    Constant,
    File {
        place: Field<'a>,
        path: std::path::PathBuf,
        instance_type: Option<String>,
        offset: SimDuration,
        is_calendar: bool,
    },
    Process {
        process: PriceProcess,
        level: u64,
    },
}

impl<'a> History<'a> {
    /// Reads `trace` and `prices`, where they stand.
    pub(super) fn read(
        cx: &Context<'_>,
        trace: Option<Field<'a>>,
        prices: Option<Field<'a>>,
    ) -> Self {
        History {
            trace: trace.and_then(|field| read_trace(cx, field)),
            prices: prices.and_then(|field| read_prices(cx, field)),
        }
    }

    /// The later of two wins, of each of the two things.
    fn over(self, earlier: History<'a>) -> History<'a> {
        History {
            trace: self.trace.or(earlier.trace),
            prices: self.prices.or(earlier.prices),
        }
    }
}

fn read_trace<'a>(cx: &Context<'_>, field: Field<'a>) -> Option<Trace<'a>> {
    let mut map = field.map()?;
    let place = map.required("file");
    let path = place.as_ref().and_then(|place| cx.file_path(place));
    let only = map.field("only").and_then(|only| {
        let mut columns = only.map()?;
        let mut entries = columns.entries();
        columns.finish();
        if entries.len() != 1 {
            let message = format!("{} columns stand here, one is wanted", entries.len());
            only.error("invalid-value", message).report();
        }
        let (key, text) = entries.pop()?;
        Some((key.text.clone(), text.str()?.to_owned()))
    });
    let read = Trace {
        options: CapacityOptions { path: path?, only },
        instance_type: map.str("instanceType").map(str::to_owned),
        offset: map.duration("offset").unwrap_or(SimDuration::ZERO),
        at_end: map.choice("end", &AT_END).unwrap_or(AtEnd::Error),
        scale: map.u32("scale", 1..=1_000_000),
        place: place?,
    };
    map.finish();
    Some(read)
}

fn read_prices<'a>(cx: &Context<'_>, field: Field<'a>) -> Option<Prices<'a>> {
    if field.node().as_text() == Some("constant") {
        return Some(Prices::Constant);
    }
    let mut map = field.map()?;
    let process = map.choice("process", &[("meanReverting", ())]);
    let read = match (map.field("file"), process) {
        (Some(place), None) => {
            let aligns = [("start", false), ("none", true)];
            let is_calendar = map.choice("align", &aligns).unwrap_or(false);
            cx.file_path(&place).map(|path| Prices::File {
                place,
                path,
                instance_type: map.str("instanceType").map(str::to_owned),
                offset: map.duration("offset").unwrap_or(SimDuration::ZERO),
                is_calendar,
            })
        }
        (None, Some(())) => {
            let number = |key: &str| cx.default_f64(&format!("world.spot.EC2.prices.{key}"));
            let share = |key: &str| {
                let text = cx.default_text(&format!("world.spot.EC2.prices.{key}"));
                crate::scenario::values::share(text).expect("the table holds a share here")
            };
            let days = |length: SimDuration| length.as_secs_f64() / 86_400.0;
            let changes = map.f64("changesPerDay", 0.001..=96.0);
            let revert = map.field("revert").and_then(|field| {
                let length = field.duration()?;
                if length < SimDuration::from_secs(3_600) {
                    let message = format!("{length} is shorter than 1h");
                    field.error("out-of-range", message).report();
                }
                Some(days(length))
            });
            let level = map
                .field("level")
                .and_then(|field| prices::price("instance-hour", &field));
            let default_revert = || days(cx.default_duration("world.spot.EC2.prices.revert"));
            Some(Prices::Process {
                process: PriceProcess {
                    changes_per_day: changes.unwrap_or_else(|| number("changesPerDay")),
                    revert_days: revert.unwrap_or_else(default_revert),
                    step: map.share("step").unwrap_or_else(|| share("step")),
                    shared: map.share("shared").unwrap_or_else(|| share("shared")),
                },
                level: level.map_or(0, |usd| (usd * 1e6).round() as u64),
            })
        }
        _ => {
            let message = "either file or process stands here";
            let help = "prices: { file: spot-price-history.json } or { process: meanReverting }";
            field.error("invalid-value", message).help(help).report();
            None
        }
    };
    map.finish();
    read
}

/// What is needed to lay a history over the run.
#[derive(Clone, Copy)]
pub(super) struct Around<'c> {
    pub(super) cx: &'c Context<'c>,
    pub(super) run: &'c RunPlan,
    pub(super) zones: &'c [ZonePlan],
}

/// What the blocks say of a type's pools, zone by zone; the later of them wins. Empty if nothing.
pub(super) fn pools(
    around: Around<'_>,
    (it, zones): (&InstanceType, &[ZoneId]),
    histories: &[&History<'_>],
) -> Vec<SpotPoolPlan> {
    let nothing = History::default();
    let all = histories.iter().map(|history| (*history).clone());
    let History { trace, prices } = all.fold(nothing, |earlier, later| later.over(earlier));
    if trace.is_none() && prices.is_none() {
        return Vec::new();
    }
    let zone_name = |zone: &ZoneId| around.zones[zone.index()].name.as_str();
    let pool = |zone: &ZoneId| SpotPoolPlan {
        replay: trace
            .as_ref()
            .and_then(|trace| trace.steps(around, (it.name, it.name, zone_name(zone)))),
        price: prices.as_ref().map_or(SpotPrice::Constant, |prices| {
            prices.of(around, (it, zone_name(zone)))
        }),
    };
    zones.iter().map(pool).collect()
}

/// What the blocks say of Fargate Spot's capacity, zone by zone; the later of them wins. Empty if
/// nothing. Nobody publishes such a trace: it is a record of one's own, or that of a type (its
/// name at `instanceType`) taken for Fargate's.
pub(super) fn fargate(
    around: Around<'_>,
    histories: &[&History<'_>],
) -> Vec<Option<Arc<[ReplayStep]>>> {
    let mut histories = histories.iter().rev();
    let Some(trace) = histories.find_map(|history| history.trace.as_ref()) else {
        return Vec::new();
    };
    if trace.scale.is_some() {
        let message = "scale counts instances of a pool: Fargate Spot has none, and no limit";
        trace.place.warning("no-effect", message).report();
    }
    let zones = around.zones.iter();
    let steps = |zone: &ZonePlan| trace.steps(around, (FARGATE_SPOT, FARGATE_SPOT, &zone.name));
    zones.map(steps).collect()
}

impl Trace<'_> {
    /// The steps of a pool over the run; none where the file says nothing of it.
    fn steps(
        &self,
        around: Around<'_>,
        (whose, own, zone): (&str, &str, &str),
    ) -> Option<Arc<[ReplayStep]>> {
        let history = traces::spot_capacity(around.cx, &self.place, &self.options)?;
        let wanted = self.instance_type.as_deref().unwrap_or(own);
        let Some(pool) = history.pool(wanted, zone) else {
            let note = format!(
                "the trace has no rows of {wanted} in {zone}: that pool of {whose} follows the \
                 process"
            );
            around.cx.say(&self.place, "spot-history", note);
            return None;
        };
        let horizon = around.run.duration.as_micros();
        let offset = self.offset.as_micros();
        let first = pool.spans[0].start;
        let wrong = if offset < first {
            Some((format!("begins {} in", span(first)), "a later offset"))
        } else if pool.end <= offset {
            Some((format!("ends after {}", span(pool.end)), "a smaller offset"))
        } else if self.at_end == AtEnd::Error && pool.end - offset < horizon {
            let left = span(pool.end - offset);
            let help = "end: hold (its last value holds) or loop (from its beginning again)";
            Some((format!("ends {left} after the run's start"), help))
        } else if self.at_end == AtEnd::Loop
            && STEPS_MAX < (horizon / (pool.end - first) + 1) * pool.spans.len() as u64
        {
            Some((
                format!("has more than {STEPS_MAX} steps"),
                "a shorter run, or end: hold",
            ))
        } else {
            None
        };
        if let Some((wrong, help)) = wrong {
            let message = format!("the trace of {wanted} in {zone} {wrong}");
            let wrong = self.place.error("invalid-trace", message);
            wrong.help(help).report();
            return None;
        }
        Some(self.laid_out(pool, (offset, horizon)))
    }

    fn laid_out(&self, pool: &PoolCapacity, (offset, horizon): (u64, u64)) -> Arc<[ReplayStep]> {
        let length = pool.end - pool.spans[0].start;
        let mut steps: Vec<ReplayStep> = Vec::new();
        let mut turn = 0;
        loop {
            for known in &pool.spans {
                // What began before the run is in force from its start on.
                let at = (known.start + turn).saturating_sub(offset);
                if horizon <= at {
                    return steps.into();
                }
                let step = ReplayStep {
                    at: SimTime::from_micros(at),
                    share: known.available / known.target,
                    most: self
                        .scale
                        .map(|scale| most_running(known.available, known.target, scale)),
                };
                match steps.last_mut().filter(|last| last.at == step.at) {
                    Some(last) => *last = step,
                    None => steps.push(step),
                }
            }
            if self.at_end != AtEnd::Loop {
                return steps.into();
            }
            turn += length;
        }
    }
}

impl Prices<'_> {
    fn of(&self, around: Around<'_>, (it, zone): (&InstanceType, &str)) -> SpotPrice {
        match self {
            Prices::Constant => SpotPrice::Constant,
            Prices::Process { process, level } => SpotPrice::Process {
                process: *process,
                level: *level,
                most: 0,
            },
            Prices::File {
                place,
                path,
                instance_type,
                ..
            } => {
                let Some(history) = traces::spot_prices(around.cx, place, path) else {
                    return SpotPrice::Constant;
                };
                let wanted = instance_type.as_deref().unwrap_or(it.name);
                self.file_price(around, place, (&history, wanted, zone))
            }
        }
    }

    fn file_price(
        &self,
        around: Around<'_>,
        place: &Field<'_>,
        (history, wanted, zone): (&PriceHistory, &str, &str),
    ) -> SpotPrice {
        let Prices::File {
            offset,
            is_calendar,
            ..
        } = self
        else {
            return SpotPrice::Constant;
        };
        let cx = around.cx;
        let Some(pool) = history.pool(wanted, zone) else {
            let path = format!("world.prices.spot.{wanted}.{zone}");
            let source = "ASSUMPTION: the price history has no rows of this pool";
            cx.assume(path, "the type's price, all along".to_owned(), source);
            return SpotPrice::Constant;
        };
        let start = match is_calendar {
            true => around.run.start.as_microsecond(),
            false => history.first(),
        };
        let offset = i64::try_from(offset.as_micros()).unwrap_or(i64::MAX);
        let start = start.saturating_add(offset);
        let run = i64::try_from(around.run.duration.as_micros()).unwrap_or(i64::MAX);
        let (first, last) = (pool.changes[0], pool.changes[pool.changes.len() - 1]);
        let end = start.saturating_add(run);
        if end <= first.at || last.at.saturating_add(run) <= start {
            let message = format!("the run lies outside the prices of {wanted} in {zone}");
            let help = "align: start lays their first row at the run's start";
            place.error("invalid-trace", message).help(help).report();
            return SpotPrice::Constant;
        }
        if start < first.at {
            let length = span(first.at.abs_diff(start));
            let note =
                format!("the first price of {wanted} in {zone} holds for {length} before it");
            cx.say(place, "spot-history", note);
        }
        if HOLDS.as_micros() < end.saturating_sub(last.at).max(0) as u64 {
            let length = span(end.abs_diff(last.at));
            let note = format!("the last price of {wanted} in {zone} holds for {length} after it");
            cx.say(place, "spot-history", note);
        }
        let mut changes: Vec<(SimTime, u64)> = Vec::new();
        for change in pool.changes.iter().filter(|change| change.at < end) {
            let at = u64::try_from(change.at.saturating_sub(start)).unwrap_or(0);
            let at = SimTime::from_micros(if changes.is_empty() { 0 } else { at });
            match changes.last_mut().filter(|known| known.0 == at) {
                Some(known) => known.1 = change.micro_usd,
                None => changes.push((at, change.micro_usd)),
            }
        }
        SpotPrice::Changes(changes.into())
    }
}

fn span(micros: u64) -> SimDuration {
    SimDuration::from_secs(micros / 1_000_000)
}
