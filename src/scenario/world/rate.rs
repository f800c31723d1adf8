//! The grammar of rates: `20/s`, or one of `constant`, `daily`, `weekly`, `step`, `ramp`, `spike`,
//! `noise`, `trace`, `sum`.

use crate::demand::generator::{
    Daily, Noise, RATE_PER_SECOND_MAX, Ramp, RateSpec, SMOOTH_GRID, Spike, SpikeEffect, Step,
};
use crate::demand::place::Align;
use crate::demand::trace::{Gaps, TraceOptions, TracePoint, is_cloudwatch};
use crate::demand::value_unit::{ValueUnit, parse_time_unit};
use crate::engine::SimDuration;
use crate::scenario::context::Context;
use crate::scenario::plan::RunPlan;
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::run::moment;
use crate::scenario::values::ValueError;

use super::traces;

/// The deepest nesting of sums.
const DEPTH_MAX: usize = 16;
/// The shortest step of noise and of smooth curves: a limit against millions of changes.
const EVERY_MIN: SimDuration = SimDuration::from_secs(1);

pub(super) const ALIGNS: [(&str, Align); 4] = [
    ("none", Align::None),
    ("start", Align::Start),
    ("weekday", Align::Weekday),
    ("timeOfDay", Align::TimeOfDay),
];
const GAPS: [(&str, Gaps); 4] = [
    ("interpolate", Gaps::Interpolate),
    ("hold", Gaps::Hold),
    ("zero", Gaps::Zero),
    ("error", Gaps::Error),
];

/// Reads a rate, and checks it as a whole.
pub(super) fn rate(cx: &Context<'_>, field: &Field<'_>, run: &RunPlan) -> Option<RateSpec> {
    let spec = entry(cx, field, run, 0)?;
    if let Err(wrong) = spec.check() {
        let message = format!("{} ({})", wrong.reason, wrong.path);
        field.error("invalid-rate", message).report();
        return None;
    }
    is_bounded(field, &spec).then_some(spec)
}

/// Whether no trace goes beyond the highest rate there is; what a product does is said, as it is
/// cut there.
fn is_bounded(field: &Field<'_>, spec: &RateSpec) -> bool {
    const MOST: f64 = RATE_PER_SECOND_MAX;
    if let Some(most) = spec.most_of_traces().filter(|most| MOST < *most) {
        let message =
            format!("the trace goes up to {most:e} a second, and a rate is at most {MOST:e}");
        let help = "look at the trace's numbers and at its `unit` and `scale`";
        field.error("invalid-rate", message).help(help).report();
        return false;
    }
    let most = spec.most();
    if MOST < most {
        let message = format!(
            "the rate may come to {most:e} a second: it is cut to {MOST:e}, the most there is"
        );
        field.warning("rate-cut", message).report();
    }
    true
}

fn entry(cx: &Context<'_>, field: &Field<'_>, run: &RunPlan, depth: usize) -> Option<RateSpec> {
    if !field.is_mapping() {
        return Some(RateSpec::Constant(field.rate()?.per_second));
    }
    if DEPTH_MAX < depth {
        field.error("invalid-rate", "rates nest too deep").report();
        return None;
    }
    let mut map = field.map()?;
    let mut found = Vec::new();
    let kinds = [
        "constant", "daily", "weekly", "step", "ramp", "spike", "noise", "trace", "sum",
    ];
    for kind in kinds {
        if let Some(inner) = map.field(kind) {
            found.push((kind, inner));
        }
    }
    let is_trace = matches!(found.as_slice(), [("trace", inner)] if !inner.is_mapping());
    if is_trace {
        // `rate: { trace: file.csv, unit: … }`: the trace's options stand beside it.
        return trace(cx, (map, &found[0].1), run);
    }
    let is_empty = found.is_empty();
    map.finish();
    let [(kind, inner)] = found.as_slice() else {
        let what = if is_empty {
            "no kind of rate"
        } else {
            "several kinds of rate"
        };
        let help = format!("write one of {}, or a sum of them", kinds.join(", "));
        field
            .error("invalid-rate", format!("found {what}"))
            .help(help)
            .report();
        return None;
    };
    match *kind {
        "constant" => Some(RateSpec::Constant(inner.rate()?.per_second)),
        "weekly" => weekly(inner),
        "trace" => {
            let mut map = inner.map()?;
            let Some(file) = map.required("file") else {
                map.finish_open();
                return None;
            };
            trace(cx, (map, &file), run)
        }
        "sum" => {
            let parts = inner.list()?;
            let read: Vec<_> = parts
                .iter()
                .map(|part| entry(cx, part, run, depth + 1))
                .collect();
            Some(RateSpec::Sum(read.into_iter().collect::<Option<_>>()?))
        }
        shape => {
            let mut map = inner.map()?;
            let spec = curve(shape, &mut map, run);
            map.finish();
            spec
        }
    }
}

/// A weekday's factor each, Monday first.
fn weekly(field: &Field<'_>) -> Option<RateSpec> {
    let fields = field.list()?;
    let factors: Vec<f64> = fields.iter().filter_map(|it| it.f64(0.0..=1e6)).collect();
    match <[f64; 7]>::try_from(factors) {
        Ok(factors) => Some(RateSpec::Weekly(factors)),
        Err(_) if fields.len() == 7 => None,
        Err(_) => {
            let message = format!(
                "found {} factors, expected seven, Monday first",
                fields.len()
            );
            field.error("invalid-rate", message).report();
            None
        }
    }
}

fn curve(shape: &str, map: &mut MapReader<'_>, run: &RunPlan) -> Option<RateSpec> {
    match shape {
        "daily" => {
            let (low, high) = (required_rate(map, "low"), required_rate(map, "high"));
            let peak = map.required("peak").and_then(|field| field.time_of_day());
            let every = map.field("every").map(|field| every(&field));
            let peak = clock_time(peak?.since_midnight)?;
            Some(RateSpec::Daily(Daily {
                low: low?,
                high: high?,
                peak,
                every: every.unwrap_or(Some(SMOOTH_GRID))?,
            }))
        }
        "step" => {
            let at = map.required("at").and_then(|field| moment(&field, run));
            let from = optional_rate(map, "from");
            let to = required_rate(map, "to");
            Some(RateSpec::Step(Step {
                at: at?,
                from,
                to: to?,
            }))
        }
        "ramp" => {
            let at = map.required("at").and_then(|field| moment(&field, run));
            let over = map.required("over").and_then(|field| field.duration());
            let from = optional_rate(map, "from");
            let to = required_rate(map, "to");
            Some(RateSpec::Ramp(Ramp {
                at: at?,
                over: over?,
                from,
                to: to?,
            }))
        }
        "spike" => {
            let at = map.required("at").and_then(|field| moment(&field, run));
            let lasts = map.required("for").and_then(|field| field.duration());
            let times = map.f64("times", 0.0..=1e6);
            let to = map.field("to").and_then(|field| field.rate());
            let effect = match (times, to) {
                (Some(times), None) => SpikeEffect::Times(times),
                (None, Some(to)) => SpikeEffect::To(to.per_second),
                (None, None) | (Some(_), Some(_)) => {
                    map.error("invalid-rate", "a spike has either times or to")
                        .report();
                    return None;
                }
            };
            Some(RateSpec::Spike(Spike {
                at: at?,
                lasts: lasts?,
                effect,
            }))
        }
        _ => {
            let cv = map.required("cv").and_then(|field| field.f64(0.0..=100.0));
            let every = map.required("every").and_then(|field| every(&field));
            Some(RateSpec::Noise(Noise {
                cv: cv?,
                every: every?,
            }))
        }
    }
}

fn every(field: &Field<'_>) -> Option<SimDuration> {
    let every = field.duration()?;
    if every < EVERY_MIN {
        field
            .error("out-of-range", format!("{every} is shorter than 1s"))
            .report();
        return None;
    }
    Some(every)
}

fn clock_time(since_midnight: SimDuration) -> Option<jiff::civil::Time> {
    let seconds = since_midnight.as_micros() / 1_000_000;
    let part = |value: u64| i8::try_from(value).ok();
    let (hour, minute) = (part(seconds / 3_600)?, part(seconds / 60 % 60)?);
    jiff::civil::Time::new(hour, minute, part(seconds % 60)?, 0).ok()
}

fn required_rate(map: &mut MapReader<'_>, key: &'static str) -> Option<f64> {
    Some(map.required(key)?.rate()?.per_second)
}

fn optional_rate(map: &mut MapReader<'_>, key: &'static str) -> f64 {
    let rate = map.field(key).and_then(|field| field.rate());
    rate.map_or(0.0, |rate| rate.per_second)
}

fn trace(
    cx: &Context<'_>,
    (mut map, file): (MapReader<'_>, &Field<'_>),
    run: &RunPlan,
) -> Option<RateSpec> {
    let path = cx.file_path(file).unwrap_or_default();
    // CloudWatch counts requests a period; a CSV file's numbers may be anything.
    let unit = match is_cloudwatch(&path) && !map.has("unit") {
        true => Some(ValueUnit::PerStep),
        false => map
            .required("unit")
            .and_then(|field| field.value("a unit", value_unit)),
    };
    let mut options = TraceOptions::new(path, unit.unwrap_or(ValueUnit::PerStep));
    options.metric = map.str("metric").map(str::to_owned);
    options.period = map.duration("period");
    options.time = map.str("time").map(str::to_owned);
    options.time_unit = map
        .field("timeUnit")
        .and_then(|field| field.value("a unit", time_unit));
    options.value = map.str("value").map(str::to_owned);
    options.scale = map.f64("scale", 0.0..=1e9).unwrap_or(1.0);
    options.align = map.choice("align", &ALIGNS).unwrap_or_default();
    options.repeat = map.bool("repeat").unwrap_or(false);
    options.resample = map.duration("resample");
    options.gaps = map.choice("gaps", &GAPS).unwrap_or_default();
    let is_calendar = options.time_unit.is_none();
    options.from = map
        .field("from")
        .and_then(|field| trace_point(&field, is_calendar));
    options.to = map
        .field("to")
        .and_then(|field| trace_point(&field, is_calendar));
    map.finish();
    unit?;
    traces::rate(cx, file, &options, run).map(RateSpec::Trace)
}

fn trace_point(field: &Field<'_>, is_calendar: bool) -> Option<TracePoint> {
    match is_calendar {
        true => field.instant().map(TracePoint::Instant),
        false => field.duration().map(TracePoint::Offset),
    }
}

fn value_unit(text: &str) -> Result<ValueUnit, ValueError> {
    ValueUnit::parse(text).map_err(|wrong| ValueError {
        message: wrong.to_string(),
        help: None,
    })
}

pub(super) fn time_unit(text: &str) -> Result<SimDuration, ValueError> {
    parse_time_unit(text).map_err(|wrong| ValueError {
        message: wrong.to_string(),
        help: None,
    })
}
