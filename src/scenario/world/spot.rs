//! `world.spot`: Fargate Spot's market, by preset and what a scenario overrides of it.

use jiff::tz::TimeZone;

use crate::catalog::regions::Region;
use crate::engine::SimDuration;
use crate::policy::spot::{InterruptionBucket, Level, Preset, SpotParameters, calibrate};
use crate::scenario::context::{Context, not_built};
use crate::scenario::plan::{RunPlan, SpotPlan};
use crate::scenario::reader::{Field, MapReader};

const PRESETS: [(&str, Preset); 4] = [
    ("optimistic", Preset::Optimistic),
    ("default", Preset::Default),
    ("pessimistic", Preset::Pessimistic),
    ("scarce", Preset::Scarce),
];

/// Refused launches may not be tried again more often than this: a limit against slips.
const RETRY_MIN: SimDuration = SimDuration::from_secs(1);

/// Reads the block: its fields stand in it, or under `default` or `FARGATE_SPOT`, the last winning.
pub(in crate::scenario) fn read(
    cx: &Context<'_>,
    world: Option<&mut MapReader<'_>>,
    (run, region): (&RunPlan, &Region),
) -> Option<SpotPlan> {
    let block = world.and_then(|map| map.field("spot"));
    let mut layers = Vec::new();
    if let Some(mut map) = block.as_ref().and_then(|field| field.map()) {
        let inner = ["default", "FARGATE_SPOT"].map(|key| map.map(key));
        layers.push(map);
        layers.extend(inner.into_iter().flatten());
    }
    let preset_fields: Vec<Field<'_>> = layers
        .iter_mut()
        .filter_map(|map| map.field("preset"))
        .collect();
    let preset = preset_fields
        .last()
        .and_then(|field| field.choice(&PRESETS));
    let preset = preset.unwrap_or_else(|| {
        if preset_fields.is_empty() {
            cx.default_text("world.spot.*.preset");
        }
        Preset::Default
    });
    let parameters = SpotParameters::fargate_spot(preset);
    if let (Err(wrong), Some(field)) = (&parameters, preset_fields.last()) {
        field.error("invalid-value", wrong.to_string()).report();
    }
    let mut plan = SpotPlan {
        parameters: parameters.ok()?,
        ..stand_in()?
    };
    let (mut other_zones, mut retry) = (None, None);
    for mut map in layers {
        other_zones = map.bool("otherZones").or(other_zones);
        retry = map
            .field("retry")
            .and_then(|field| retry_after(&field))
            .or(retry);
        override_level(&mut map, preset, &mut plan.parameters);
        override_rest(&mut map, &mut plan.parameters);
        finish(map);
    }
    plan.other_zones =
        other_zones.unwrap_or_else(|| cx.default_text("world.spot.*.otherZones") == "true");
    plan.retry = retry.unwrap_or_else(|| cx.default_duration("world.spot.*.retry"));
    plan.start_hour = local_hour(run, region);
    match calibrate(&plan.parameters) {
        Ok(rates) => plan.rates = rates,
        Err(wrong) => {
            let place = block?;
            let message = camel_case(&wrong.to_string());
            place.error("invalid-spot", message).report();
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
    })
}

/// A trace to replay, prices and single zones come with a later release.
fn finish(mut map: MapReader<'_>) {
    for key in ["trace", "prices"] {
        if let Some(field) = map.field(key) {
            not_built(&field);
        }
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

fn override_level(map: &mut MapReader<'_>, preset: Preset, parameters: &mut SpotParameters) {
    if let Some(field) = map.field("frequency") {
        let text = field.node().as_text().unwrap_or_default();
        let bucket = InterruptionBucket::from_label(text.trim_end_matches(" per month"));
        let share = match bucket.and_then(|bucket| preset.monthly_share(bucket)) {
            Some(share) => Some(share),
            None => field.share(),
        };
        parameters.level = share.map_or(parameters.level, Level::MonthlyShare);
    }
    if let Some(count) = map.f64("interruptionsPerSlotMonth", 0.0..=10_000.0) {
        parameters.level = Level::InterruptionsPerSlotMonth(count);
    }
    if let Some(field) = map.field("lifetime") {
        parameters.lifetime_hours = match field.node().as_text() {
            Some("none") => None,
            _ => field.duration().map(hours),
        };
    }
    if let Some(share) = map.share("reclaimAll") {
        parameters.reclaim_all = share;
    }
}

fn override_rest(map: &mut MapReader<'_>, parameters: &mut SpotParameters) {
    let Some(mut map) = map.map("advanced") else {
        return;
    };
    if let Some(share) = map.share("shareEmpty") {
        parameters.share_empty = Some(share);
    }
    let shares: [(&'static str, &mut f64); 8] = [
        ("reclaimsPerShortage", &mut parameters.reclaims_per_shortage),
        ("isolatedShare", &mut parameters.isolated_share),
        ("emptyChance", &mut parameters.empty_chance),
        ("tightGrant", &mut parameters.tight_grant),
        ("familyShare", &mut parameters.family_share),
        ("zoneShare", &mut parameters.zone_share),
        ("hold", &mut parameters.hold),
        ("dailyAmplitude", &mut parameters.daily_amplitude),
    ];
    for (key, value) in shares {
        *value = map.share(key).unwrap_or(*value);
    }
    let lengths: [(&'static str, &mut f64); 4] = [
        ("tight", &mut parameters.tight_hours),
        ("empty", &mut parameters.empty_hours),
        ("shock", &mut parameters.shock_hours),
        ("join", &mut parameters.join_hours),
    ];
    for (key, value) in lengths {
        *value = map.duration(key).map_or(*value, hours);
    }
    if let Some(spread) = map.duration("noticeSpread") {
        parameters.notice_spread_seconds = spread.as_secs_f64();
    }
    if let Some(peak) = map.field("peakHour").and_then(|field| field.time_of_day()) {
        parameters.peak_hour_local = hours(peak.since_midnight);
    }
    map.finish();
}

/// The policy names its fields as Rust does; the scenario's are in camel case.
fn camel_case(message: &str) -> String {
    let word = |word: &str| {
        let mut parts = word.split('_');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |name, part| {
            let mut letters = part.chars();
            let initial = letters.next().map(|letter| letter.to_ascii_uppercase());
            name + &initial.into_iter().chain(letters).collect::<String>()
        })
    };
    message.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn hours(duration: SimDuration) -> f64 {
    duration.as_secs_f64() / 3_600.0
}

/// The region's local hour at the start of the run.
fn local_hour(run: &RunPlan, region: &Region) -> f64 {
    let zone = TimeZone::get(region.time_zone).unwrap_or(TimeZone::UTC);
    let time = zone.to_datetime(run.start).time();
    f64::from(time.hour()) + f64::from(time.minute()) / 60.0 + f64::from(time.second()) / 3_600.0
}
