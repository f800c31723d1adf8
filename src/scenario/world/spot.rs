//! `world.spot`: Fargate Spot's market and the Spot pools of instances, by preset and what a
//! scenario overrides of it.

mod history;
mod layer;
mod pools;

use jiff::tz::TimeZone;

use crate::catalog::regions::Region;
use crate::engine::SimDuration;
use crate::policy::spot::{Preset, SpotParameters, calibrate};
use crate::scenario::aws::Aws;
use crate::scenario::context::{Context, not_built};
use crate::scenario::plan::{RunPlan, SpotPlan};
use crate::scenario::reader::{Field, MapReader};
use history::{Around, History};
use layer::{Layer, camel_case, preset};

/// Refused launches may not be tried again more often than this: a limit against slips.
const RETRY_MIN: SimDuration = SimDuration::from_secs(1);

/// A block of Fargate's, with the fields that only Fargate has.
struct FargateLayer<'a> {
    layer: Layer<'a>,
    other_zones: Option<bool>,
    retry: Option<SimDuration>,
    history: History<'a>,
}

/// Reads the block: its fields stand in it, or under `default` or a kind of capacity, the last
/// winning. The pools of instances go to the groups of `aws`.
pub(in crate::scenario) fn read(
    cx: &Context<'_>,
    world: Option<&mut MapReader<'_>>,
    (run, aws): (&RunPlan, &mut Aws),
) -> Option<SpotPlan> {
    let block = world.and_then(|map| map.field("spot"));
    let mut layers = Vec::new();
    let mut shared = 0;
    let mut pools = pools::Layers::default();
    if let Some(mut map) = block.as_ref().and_then(|field| field.map()) {
        let [default, own] = ["default", "FARGATE_SPOT"].map(|key| map.map(key));
        pools = pools::read(cx, &mut map, &aws.groups);
        layers.push(fargate_layer(cx, map));
        layers.extend(default.map(|map| fargate_layer(cx, map)));
        shared = layers.len();
        layers.extend(own.map(|map| fargate_layer(cx, map)));
    }
    // FARGATE_SPOT's own block is nobody else's.
    let of_all: Vec<&Layer<'_>> = layers[..shared].iter().map(|it| &it.layer).collect();
    pools::settle(cx, block.as_ref(), (&of_all, &pools), (run, aws));
    let start_hour = local_hour(run, aws.region);
    let mut plan = fargate(cx, block.as_ref(), &layers, start_hour)?;
    let around = Around {
        cx,
        run,
        zones: &aws.zones,
    };
    let histories: Vec<&History<'_>> = layers.iter().map(|it| &it.history).collect();
    plan.replays = history::fargate(around, &histories);
    Some(plan)
}

fn fargate_layer<'a>(cx: &Context<'_>, mut map: MapReader<'a>) -> FargateLayer<'a> {
    let read = FargateLayer {
        layer: Layer::read(&mut map),
        history: History::read(cx, map.field("trace"), None),
        other_zones: map.bool("otherZones"),
        retry: map.field("retry").and_then(|field| retry_after(&field)),
    };
    finish(map);
    read
}

fn fargate(
    cx: &Context<'_>,
    block: Option<&Field<'_>>,
    layers: &[FargateLayer<'_>],
    start_hour: f64,
) -> Option<SpotPlan> {
    let each: Vec<&Layer<'_>> = layers.iter().map(|it| &it.layer).collect();
    let preset = preset(&each, || {
        cx.default_text("world.spot.*.preset");
        Preset::Default
    });
    let parameters = SpotParameters::fargate_spot(preset);
    let place = each.iter().rev().find_map(|layer| layer.preset.as_ref());
    if let (Err(wrong), Some(field)) = (&parameters, place) {
        field.error("invalid-value", wrong.to_string()).report();
    }
    let mut plan = SpotPlan {
        parameters: parameters.ok()?,
        ..stand_in()?
    };
    for layer in &each {
        layer.apply(preset, &mut plan.parameters);
    }
    let last = |of: fn(&FargateLayer<'_>) -> Option<bool>| layers.iter().rev().find_map(of);
    plan.other_zones = last(|layer| layer.other_zones)
        .unwrap_or_else(|| cx.default_text("world.spot.*.otherZones") == "true");
    let retry = layers.iter().rev().find_map(|layer| layer.retry);
    plan.retry = retry.unwrap_or_else(|| cx.default_duration("world.spot.*.retry"));
    plan.start_hour = start_hour;
    match calibrate(&plan.parameters) {
        Ok(rates) => plan.rates = rates,
        Err(wrong) => {
            let message = camel_case(&wrong.to_string());
            let mut levels = each.iter().filter_map(|layer| layer.level.as_ref());
            levels
                .next_back()
                .or(block)?
                .error("invalid-spot", message)
                .report();
            return None;
        }
    }
    Some(plan)
}

/// The default market.
pub(in crate::scenario) fn stand_in() -> Option<SpotPlan> {
    let parameters = SpotParameters::fargate_spot(Preset::Default).ok()?;
    Some(SpotPlan {
        parameters,
        rates: calibrate(&parameters).ok()?,
        other_zones: true,
        retry: SimDuration::from_secs(60),
        start_hour: 0.0,
        replays: Vec::new(),
    })
}

/// Of Fargate Spot: it has one price, which the timeline may change.
fn finish(mut map: MapReader<'_>) {
    if let Some(field) = map.field("prices") {
        not_built(&field);
    }
    map.finish();
}

fn retry_after(field: &Field<'_>) -> Option<SimDuration> {
    let retry = field.duration()?;
    if retry < RETRY_MIN {
        let message = format!("{retry} is shorter than 1s");
        field.error("out-of-range", message).report();
    }
    Some(retry)
}

/// The region's local hour at the start of the run.
fn local_hour(run: &RunPlan, region: &Region) -> f64 {
    let zone = TimeZone::get(region.time_zone).unwrap_or(TimeZone::UTC);
    let time = zone.to_datetime(run.start).time();
    f64::from(time.hour()) + f64::from(time.minute()) / 60.0 + f64::from(time.second()) / 3_600.0
}
