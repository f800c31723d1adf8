//! What one block of `world.spot` says: a preset, and what it overrides of it.

use crate::engine::SimDuration;
use crate::policy::spot::{InterruptionBucket, Level, Preset, SpotParameters};
use crate::scenario::reader::{Field, MapReader};

const PRESETS: [(&str, Preset); 4] = [
    ("optimistic", Preset::Optimistic),
    ("default", Preset::Default),
    ("pessimistic", Preset::Pessimistic),
    ("scarce", Preset::Scarce),
];

/// What ends names of lengths in the policy.
const UNITS: [&str; 3] = ["hours", "seconds", "local"];

/// One block as read.
pub(super) struct Layer<'a> {
    /// Where it names a preset.
    pub(super) preset: Option<Field<'a>>,
    chosen: Option<Preset>,
    /// Where it says how often interruptions come.
    pub(super) level: Option<Field<'a>>,
    frequency: Option<Frequency>,
    interruptions: Option<f64>,
    /// Given, and what: `none` is no lifetime.
    lifetime: Option<Option<f64>>,
    reclaim_all: Option<f64>,
    advanced: Vec<(Setter, f64)>,
}

type Setter = fn(&mut SpotParameters, f64);

/// A bucket's share depends on the preset.
#[derive(Clone, Copy)]
enum Frequency {
    Bucket(InterruptionBucket),
    Share(f64),
}

impl<'a> Layer<'a> {
    /// Reads the fields of a block; others are the caller's.
    pub(super) fn read(map: &mut MapReader<'a>) -> Self {
        let preset = map.field("preset");
        let frequency_field = map.field("frequency");
        let count = map.field("interruptionsPerSlotMonth");
        Layer {
            chosen: preset.as_ref().and_then(|field| field.choice(&PRESETS)),
            preset,
            frequency: frequency_field.as_ref().and_then(frequency),
            interruptions: count.as_ref().and_then(|field| field.f64(0.0..=10_000.0)),
            level: count.or(frequency_field),
            lifetime: map.field("lifetime").and_then(|field| {
                Some(match field.node().as_text() {
                    Some("none") => None,
                    _ => Some(hours(some_time(&field)?)),
                })
            }),
            reclaim_all: map.share("reclaimAll"),
            advanced: advanced(map),
        }
    }

    /// Whether it says how often interruptions come.
    pub(super) fn has_level(&self) -> bool {
        self.frequency.is_some() || self.interruptions.is_some()
    }

    /// Whether it says how the monthly share is to be read.
    pub(super) fn has_lifetime(&self) -> bool {
        self.lifetime.is_some()
    }

    /// Puts what it says onto a preset's parameters.
    pub(super) fn apply(&self, preset: Preset, parameters: &mut SpotParameters) {
        let share = match self.frequency {
            Some(Frequency::Share(share)) => Some(share),
            Some(Frequency::Bucket(bucket)) => preset
                .monthly_share(bucket)
                .or_else(|| Preset::Default.monthly_share(bucket)),
            None => None,
        };
        parameters.level = share.map_or(parameters.level, Level::MonthlyShare);
        if let Some(count) = self.interruptions {
            parameters.level = Level::InterruptionsPerSlotMonth(count);
        }
        parameters.lifetime_hours = self.lifetime.unwrap_or(parameters.lifetime_hours);
        parameters.reclaim_all = self.reclaim_all.unwrap_or(parameters.reclaim_all);
        for (set, value) in &self.advanced {
            set(parameters, *value);
        }
    }
}

/// The preset of the last layer that names one; `otherwise` where none does.
pub(super) fn preset(layers: &[&Layer<'_>], otherwise: impl FnOnce() -> Preset) -> Preset {
    let named = layers.iter().rev().find(|layer| layer.preset.is_some());
    match named {
        // A wrong one is reported.
        Some(layer) => layer.chosen.unwrap_or_default(),
        None => otherwise(),
    }
}

fn frequency(field: &Field<'_>) -> Option<Frequency> {
    let text = field.node().as_text().unwrap_or_default();
    match InterruptionBucket::from_label(text.trim_end_matches(" per month")) {
        Some(bucket) => Some(Frequency::Bucket(bucket)),
        None => {
            let share = field.share()?;
            if 1.0 <= share {
                let message = format!(
                    "{} of a month's instances can't be interrupted",
                    field.node().describe()
                );
                let help = "of those that run some always live on: below 100 %, or a bucket such \
                            as 5-10%";
                field.error("out-of-range", message).help(help).report();
                return None;
            }
            Some(Frequency::Share(share))
        }
    }
}

fn advanced(map: &mut MapReader<'_>) -> Vec<(Setter, f64)> {
    let mut found: Vec<(Setter, f64)> = Vec::new();
    let Some(mut map) = map.map("advanced") else {
        return found;
    };
    let shares: [(&'static str, Setter); 12] = [
        ("shareEmpty", |it, value| it.share_empty = Some(value)),
        ("reclaimsPerShortage", |it, value| {
            it.reclaims_per_shortage = value;
        }),
        ("isolatedShare", |it, value| it.isolated_share = value),
        ("emptyChance", |it, value| it.empty_chance = value),
        ("tightGrant", |it, value| it.tight_grant = value),
        ("familyShare", |it, value| it.family_share = value),
        ("zoneShare", |it, value| it.zone_share = value),
        ("rebalanceShare", |it, value| it.rebalance_share = value),
        ("noticeMissing", |it, value| it.notice_missing_share = value),
        ("signal", |it, value| it.signal = value),
        ("hold", |it, value| it.hold = value),
        ("dailyAmplitude", |it, value| it.daily_amplitude = value),
    ];
    for (key, set) in shares {
        found.extend(map.share(key).map(|value| (set, value)));
    }
    let lengths: [(&'static str, Setter); 4] = [
        ("tight", |it, value| it.tight_hours = value),
        ("empty", |it, value| it.empty_hours = value),
        ("shock", |it, value| it.shock_hours = value),
        ("join", |it, value| it.join_hours = value),
    ];
    for (key, set) in lengths {
        let length = map.field(key).and_then(|field| some_time(&field));
        found.extend(length.map(|value| (set, hours(value))));
    }
    let noise = map.f64("depthNoise", 0.0..=10.0);
    let set: Setter = |it, value| it.depth_noise = value;
    found.extend(noise.map(|noise| (set, noise)));
    let spread = map.duration("noticeSpread");
    let set: Setter = |it, value| it.notice_spread_seconds = value;
    found.extend(spread.map(|spread| (set, spread.as_secs_f64())));
    let peak = map.field("peakHour").and_then(|field| field.time_of_day());
    let set: Setter = |it, value| it.peak_hour_local = value;
    found.extend(peak.map(|peak| (set, hours(peak.since_midnight))));
    map.finish();
    found
}

/// A length above 0.
fn some_time(field: &Field<'_>) -> Option<SimDuration> {
    let length = field.duration()?;
    if length.is_zero() {
        let message = format!("{} is no time: it must be above 0", field.node().describe());
        field.error("out-of-range", message).report();
        return None;
    }
    Some(length)
}

/// The policy names its fields as Rust does and with their units; the scenario's are in camel case
/// and have none.
pub(super) fn camel_case(message: &str) -> String {
    let word = |word: &str| {
        let mut parts = word.split('_');
        let first = parts.next().unwrap_or_default().to_owned();
        let parts = parts.filter(|part| !UNITS.contains(&part.trim_end_matches([':', ';', ','])));
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
