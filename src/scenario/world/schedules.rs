//! `world.schedules`: how late EventBridge calls, and how long it waits before it tries again; by
//! the schedule's or rule's name, or by default.

use std::collections::BTreeMap;

use crate::engine::distribution::Distribution;
use crate::policy::schedule::delivery::Backoff;
use crate::scenario::context::{Context, unknown_name};
use crate::scenario::reader::{Field, MapReader};

use super::law::law;

/// The longest mean delay: beyond it is a slip.
const DELAY_MAX_S: f64 = 86_400.0;

/// The block as read.
#[derive(Default)]
pub(in crate::scenario) struct Schedules<'a> {
    default: Given,
    by_name: BTreeMap<String, (Given, Field<'a>)>,
}

#[derive(Clone, Copy, Default)]
struct Given {
    delay: Option<Distribution>,
    backoff: Option<crate::engine::SimDuration>,
    longest: Option<crate::engine::SimDuration>,
}

/// What holds for one schedule or rule.
#[derive(Clone, Copy)]
pub(in crate::scenario) struct Punctuality {
    /// How long after its time the call is made, in seconds.
    pub(in crate::scenario) delay: Distribution,
    pub(in crate::scenario) backoff: Backoff,
}

/// Reads the block.
pub(super) fn read(map: Option<MapReader<'_>>) -> Schedules<'_> {
    let mut schedules = Schedules::default();
    let Some(mut map) = map else {
        return schedules;
    };
    for (key, field) in map.entries() {
        let Some(given) = field.map().map(entry) else {
            continue;
        };
        match key.text.as_str() {
            "default" => schedules.default = given,
            name => {
                schedules.by_name.insert(name.to_owned(), (given, field));
            }
        }
    }
    map.finish();
    schedules
}

fn entry(mut map: MapReader<'_>) -> Given {
    let delay_field = map.field("delay");
    let delay = delay_field.as_ref().and_then(law);
    if let (Some(field), Some(law)) = (&delay_field, delay)
        && DELAY_MAX_S < law.mean()
    {
        let message = format!("a mean of {} s is more than a day", law.mean());
        field.error("out-of-range", message).report();
    }
    let backoff = map.duration("backoff");
    let longest_field = map.field("backoffMax");
    let longest = longest_field.as_ref().and_then(|field| field.duration());
    if let (Some(field), Some(first), Some(longest)) = (&longest_field, backoff, longest)
        && longest < first
    {
        let message = "the longest wait is shorter than the first";
        field.error("out-of-range", message).report();
    }
    map.finish();
    Given {
        delay,
        backoff,
        longest,
    }
}

impl Schedules<'_> {
    /// What holds for a schedule or rule of this name.
    pub(in crate::scenario) fn of(&self, cx: &Context<'_>, name: &str) -> Punctuality {
        let own = self.by_name.get(name).map(|it| it.0).unwrap_or_default();
        let all = self.default;
        let first = own.backoff.or(all.backoff);
        let longest = own.longest.or(all.longest);
        let first = first.unwrap_or_else(|| cx.default_duration("world.schedules.*.backoff"));
        let longest =
            longest.unwrap_or_else(|| cx.default_duration("world.schedules.*.backoffMax"));
        Punctuality {
            delay: own
                .delay
                .or(all.delay)
                .unwrap_or_else(|| cx.default_law("world.schedules.*.delay")),
            backoff: Backoff { first, longest },
        }
    }

    /// Reports entries whose name no schedule and no rule has.
    pub(super) fn check_names(&self, known: &[&str]) {
        for (name, (_, field)) in &self.by_name {
            if !known.contains(&name.as_str()) {
                unknown_name(field, "schedule or rule", name, known.iter().copied());
            }
        }
    }
}
