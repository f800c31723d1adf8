//! `arrivals` of a demand: rows of a trace, or drawn at a rate.

use crate::demand::arrivals::ArrivalOptions;
use crate::demand::source::ArrivalProcess;
use crate::demand::value_unit::parse_memory_unit;
use crate::scenario::context::Context;
use crate::scenario::plan::{ArrivalPlan, RunPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::values::ValueError;

use super::law::law;
use super::rate::{ALIGNS, rate, time_unit};
use super::traces;

const PROCESSES: [(&str, ArrivalProcess); 2] = [
    ("poisson", ArrivalProcess::Poisson),
    ("regular", ArrivalProcess::Regular),
];

/// Reads the block.
pub(super) fn read(cx: &Context<'_>, field: &Field<'_>, run: &RunPlan) -> Option<ArrivalPlan> {
    let mut map = field.map()?;
    match (map.field("trace"), map.field("rate")) {
        (Some(file), None) => {
            let options = options(cx, &mut map, &file);
            map.finish();
            let trace = traces::arrivals(cx, &file, &options?, run)?;
            Some(ArrivalPlan::Trace(trace))
        }
        (None, Some(field)) => {
            let process = map.choice("process", &PROCESSES).unwrap_or_else(|| {
                cx.default_text("world.demand.*.arrivals.process");
                ArrivalProcess::Poisson
            });
            let work = map.field("work").and_then(|field| law(&field));
            map.finish();
            Some(ArrivalPlan::Generated {
                rate: rate(cx, &field, run)?,
                process,
                work,
            })
        }
        (None, None) | (Some(_), Some(_)) => {
            map.finish_open();
            field
                .error("invalid-arrivals", "arrivals have either a trace or a rate")
                .report();
            None
        }
    }
}

fn options(cx: &Context<'_>, map: &mut MapReader<'_>, file: &Field<'_>) -> Option<ArrivalOptions> {
    let mut options = ArrivalOptions::new(cx.file_path(file)?);
    options.time = map.str("time").map(str::to_owned);
    options.time_unit = map
        .field("timeUnit")
        .and_then(|field| field.value("a unit", time_unit));
    let work = map.str("work").map(str::to_owned);
    let unit = map.field("workUnit");
    if let Some(work) = work {
        let Some(unit) = unit else {
            let message = "\"workUnit\" is missing";
            map.error("missing-field", message)
                .help("write workUnit: s, or what it is")
                .report();
            return None;
        };
        options.work = Some((work, unit.value("a unit", time_unit)?));
    }
    options.cpu = map.str("cpu").map(str::to_owned);
    let memory = map.str("memory").map(str::to_owned);
    let unit = map
        .field("memoryUnit")
        .and_then(|field| field.value("a unit", memory_unit));
    options.memory = memory.map(|column| (column, unit.unwrap_or(1.0)));
    options.time_scale = map.f64("timeScale", 0.0..=1e9).unwrap_or(1.0);
    options.work_scale = map.f64("workScale", 0.0..=1e9).unwrap_or(1.0);
    options.align = map.choice("align", &ALIGNS).unwrap_or_default();
    Some(options)
}

fn memory_unit(text: &str) -> Result<f64, ValueError> {
    parse_memory_unit(text).map_err(|wrong| ValueError {
        message: wrong.to_string(),
        help: None,
    })
}
