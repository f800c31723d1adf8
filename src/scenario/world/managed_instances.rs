//! `world.instances.*.managedInstances`: what AWS does not say of ECS Managed Instances.

use crate::engine::SimDuration;
use crate::policy::managed_instances::{Lifetime, REPLACE_BELOW_PERCENT};
use crate::scenario::context::Context;
use crate::scenario::plan::{InstanceLatencyPlan, ShortagePlan};
use crate::scenario::reader::{Field, MapReader};

/// The longest of the waits here but for ages: an hour, as `scaleInAfter` has at most.
const WAIT_MAX: SimDuration = SimDuration::from_secs(3_600);
/// The oldest that an instance may become: a year.
const AGE_MAX: SimDuration = SimDuration::from_secs(366 * 86_400);
/// The youngest age at which one may be drained: a limit against slips.
const AGE_MIN: SimDuration = SimDuration::from_secs(3_600);

const AGES: [(&str, bool); 2] = [("any", true), ("new", false)];

/// The block as read; what it does not say is `None`.
#[derive(Default)]
pub(super) struct Managed<'a> {
    gathering: Option<SimDuration>,
    scale_in_after: Option<SimDuration>,
    replace_below: Option<u32>,
    drains_from: Option<SimDuration>,
    ends_at: Option<SimDuration>,
    is_of_any_age: Option<bool>,
    /// Where the block stands.
    place: Option<Field<'a>>,
}

/// What the world does to Managed Instances and to who waits for them.
pub(in crate::scenario) struct OfProvider {
    pub(in crate::scenario) agent_version: String,
    pub(in crate::scenario) latencies: InstanceLatencyPlan,
    pub(in crate::scenario) launch_failures: f64,
    pub(in crate::scenario) launch_retry: SimDuration,
    pub(in crate::scenario) shortages: Option<ShortagePlan>,
    pub(in crate::scenario) wait: (SimDuration, SimDuration),
    pub(in crate::scenario) gathering: SimDuration,
    /// Where the scenario gives one in place of AWS's own.
    pub(in crate::scenario) scale_in_after: Option<SimDuration>,
    pub(in crate::scenario) replace_below_percent: u32,
    pub(in crate::scenario) lifetime: Lifetime,
    pub(in crate::scenario) is_of_any_age: bool,
}

/// Reads the block.
pub(super) fn read(field: Field<'_>) -> Option<Managed<'_>> {
    let mut map = field.map()?;
    let managed = Managed {
        gathering: within(&mut map, "gathering", (SimDuration::ZERO, WAIT_MAX)),
        scale_in_after: within(&mut map, "scaleInAfter", (SimDuration::ZERO, WAIT_MAX)),
        replace_below: map
            .share("replaceBelow")
            .map(|share| (share * 100.0).round() as u32),
        drains_from: within(&mut map, "drainsFrom", (AGE_MIN, AGE_MAX)),
        ends_at: within(&mut map, "endsAt", (AGE_MIN, AGE_MAX)),
        is_of_any_age: map.choice("agesAtStart", &AGES),
        place: Some(field),
    };
    map.finish();
    Some(managed)
}

fn within(
    map: &mut MapReader<'_>,
    key: &'static str,
    (min, max): (SimDuration, SimDuration),
) -> Option<SimDuration> {
    let field = map.field(key)?;
    let length = field.duration()?;
    if length < min || max < length {
        let message = format!("{length} is not between {min} and {max}");
        field.error("out-of-range", message).report();
    }
    Some(length)
}

/// What a block says, or what stands in for it.
pub(super) struct Settled {
    pub(super) gathering: SimDuration,
    pub(super) scale_in_after: Option<SimDuration>,
    pub(super) replace_below_percent: u32,
    pub(super) lifetime: Lifetime,
    pub(super) is_of_any_age: bool,
}

impl<'a> Managed<'a> {
    /// Where the block stands.
    pub(super) fn place(&self) -> Option<&Field<'a>> {
        self.place.as_ref()
    }

    /// Its own values, else those of the default's block, else the table's.
    pub(super) fn settle(&self, cx: &Context<'_>, otherwise: &Managed<'_>) -> Settled {
        let path = |key: &str| format!("world.instances.*.managedInstances.{key}");
        let length = |key: &str| cx.default_duration(&path(key));
        let text = |key: &str| {
            cx.default_text(&path(key));
        };
        let either = |of: fn(&Managed<'_>) -> Option<SimDuration>, key: &str| {
            of(self).or(of(otherwise)).unwrap_or_else(|| length(key))
        };
        let lifetime = Lifetime {
            drains_from: either(|it| it.drains_from, "drainsFrom"),
            ends_at: either(|it| it.ends_at, "endsAt"),
        };
        let place = self.place.as_ref().or(otherwise.place.as_ref());
        if let Some(place) = place.filter(|_| lifetime.ends_at < lifetime.drains_from) {
            let message = format!(
                "endsAt {} comes before drainsFrom {}",
                lifetime.ends_at, lifetime.drains_from
            );
            place.error("out-of-range", message).report();
        }
        let percent = self.replace_below.or(otherwise.replace_below);
        let any_age = self.is_of_any_age.or(otherwise.is_of_any_age);
        Settled {
            gathering: either(|it| it.gathering, "gathering"),
            scale_in_after: self.scale_in_after.or(otherwise.scale_in_after),
            replace_below_percent: percent.unwrap_or_else(|| {
                text("replaceBelow");
                REPLACE_BELOW_PERCENT
            }),
            lifetime,
            is_of_any_age: any_age.unwrap_or_else(|| {
                text("agesAtStart");
                true
            }),
        }
    }
}
