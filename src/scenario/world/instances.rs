//! `world.instances`: how long an instance takes from the decision to launch it until tasks run on
//! it, what goes wrong on the way, and what of managed scaling AWS does not say; by Auto Scaling
//! group, or for all of them; types that the catalog lacks; and what befalls one's own machines.

use std::collections::BTreeMap;

use crate::engine::SimDuration;
use crate::engine::distribution::Distribution;
use crate::policy::auto_scaling_group::PoolState;
use crate::policy::cluster_query::is_version;
use crate::policy::managed_scaling::{Combining, EmptyGroup};
use crate::scenario::context::{Context, refuse_not_built, unknown_name};
use crate::scenario::defaults::AGENT_VERSION;
use crate::scenario::node::quote;
use crate::scenario::plan::{ExternalPlan, InstanceLatencyPlan, RecurringPlan, ShortagePlan};
use crate::scenario::reader::{Field, MapReader};

use super::instance_types;
use super::law::law;
use super::managed_instances::{self, Managed, OfProvider};
use super::recurring::{RETRY_MIN, recurring, shortages};

/// The longest mean of a phase, and the longest of the waits here: a day.
const LONGEST: SimDuration = SimDuration::from_secs(86_400);

const COMBINING: [(&str, Combining); 2] =
    [("maximum", Combining::Maximum), ("sum", Combining::Sum)];
const EMPTY: [(&str, EmptyGroup); 2] = [
    ("rests", EmptyGroup::Rests),
    ("literal", EmptyGroup::Literal),
];

/// The block as read.
#[derive(Default)]
pub(in crate::scenario) struct Instances<'a> {
    default: Entry<'a>,
    by_group: BTreeMap<String, (Entry<'a>, Field<'a>)>,
}

#[derive(Default)]
struct Entry<'a> {
    request: Option<Distribution>,
    pending: Option<Distribution>,
    boot: Option<Distribution>,
    register: Option<Distribution>,
    start: Option<Distribution>,
    resume: Option<Distribution>,
    failures: Option<f64>,
    retry: Option<SimDuration>,
    /// Given, and what.
    shortages: Option<Option<ShortagePlan>>,
    /// Of one's own machines, and where they stand.
    machine_failures: Option<(Option<RecurringPlan>, Field<'a>)>,
    disconnects: Option<(Option<RecurringPlan>, Field<'a>)>,
    placement_retry: Option<SimDuration>,
    wait_min: Option<SimDuration>,
    wait_max: Option<SimDuration>,
    /// Where the two stand.
    wait: Option<Field<'a>>,
    combining: Option<Combining>,
    empty_group: Option<EmptyGroup>,
    agent_version: Option<String>,
    managed: Option<Managed<'a>>,
}

impl Entry<'_> {
    /// Whether it says something that only groups have.
    fn is_of_groups(&self) -> bool {
        let phases = [&self.request, &self.pending, &self.boot, &self.register];
        let more = [&self.start, &self.resume];
        phases.into_iter().chain(more).any(Option::is_some)
            || [
                self.retry,
                self.placement_retry,
                self.wait_min,
                self.wait_max,
            ]
            .iter()
            .any(Option::is_some)
            || self.failures.is_some()
            || self.shortages.is_some()
            || self.combining.is_some()
            || self.empty_group.is_some()
            || self.managed.is_some()
    }
}

/// Reads the block.
pub(super) fn read<'a>(cx: &Context<'_>, map: Option<MapReader<'a>>) -> Instances<'a> {
    let mut instances = Instances::default();
    let Some(mut map) = map else {
        return instances;
    };
    if let Some(types) = map.field("types") {
        instance_types::read(cx, &types);
    }
    for (key, field) in map.entries() {
        let Some(entry) = field.map() else { continue };
        let entry = read_entry(entry);
        match key.text.as_str() {
            "default" => instances.default = entry,
            group => {
                let known = (entry, field);
                instances.by_group.insert(group.to_owned(), known);
            }
        }
    }
    map.finish();
    instances
}

fn read_entry(mut map: MapReader<'_>) -> Entry<'_> {
    let mut entry = Entry::default();
    if let Some(mut launch) = map.map("launch") {
        entry.request = phase(&mut launch, "request");
        entry.pending = phase(&mut launch, "pending");
        entry.boot = phase(&mut launch, "boot");
        entry.register = phase(&mut launch, "register");
        refuse_not_built(&mut launch, &["terminate"]);
        entry.start = phase(&mut launch, "start");
        entry.resume = phase(&mut launch, "resume");
        launch.finish();
    }
    entry.failures = map.field("launchFailures").and_then(|field| {
        let share = field.share()?;
        if share == 1.0 {
            let message = "if every launch fails no instance ever comes";
            field.error("out-of-range", message).report();
        }
        Some(share)
    });
    entry.retry = within(map.field("launchRetry"), RETRY_MIN);
    entry.shortages = map.field("shortages").and_then(|field| shortages(&field));
    let mut befalling = |key: &'static str| {
        let field = map.field(key)?;
        Some((recurring(&field)?, field))
    };
    entry.machine_failures = befalling("failures");
    entry.disconnects = befalling("disconnects");
    entry.placement_retry = within(map.field("placementRetry"), RETRY_MIN);
    if let Some(field) = map.field("waitForCapacity")
        && let Some(mut wait) = field.map()
    {
        entry.wait_min = within(wait.field("min"), SimDuration::ZERO);
        entry.wait_max = within(wait.field("max"), SimDuration::ZERO);
        wait.finish();
        entry.wait = Some(field);
    }
    if let Some(mut scaling) = map.map("managedScaling") {
        entry.combining = scaling.choice("combining", &COMBINING);
        entry.empty_group = scaling.choice("emptyGroup", &EMPTY);
        scaling.finish();
    }
    entry.agent_version = map.field("agentVersion").and_then(|field| {
        let text = field.str()?;
        if !is_version(text) {
            let message = format!("{} is no version, such as 1.90.0", quote(text));
            field.error("invalid-value", message).report();
            return None;
        }
        Some(text.to_owned())
    });
    entry.managed = map
        .field("managedInstances")
        .and_then(managed_instances::read);
    map.finish();
    entry
}

fn phase(map: &mut MapReader<'_>, key: &'static str) -> Option<Distribution> {
    let field = map.field(key)?;
    let read = law(&field)?;
    if LONGEST.as_secs_f64() < read.mean() {
        let message = format!("a mean of {} s is more than a day", read.mean());
        field.error("out-of-range", message).report();
    }
    Some(read)
}

fn within(field: Option<Field<'_>>, min: SimDuration) -> Option<SimDuration> {
    let field = field?;
    let length = field.duration()?;
    if length < min || LONGEST < length {
        let message = format!("{length} is not between {min} and {LONGEST}");
        field.error("out-of-range", message).report();
    }
    Some(length)
}

/// What the world does to the instances of a group and to who waits for them.
pub(in crate::scenario) struct OfGroup {
    pub(in crate::scenario) latencies: InstanceLatencyPlan,
    pub(in crate::scenario) launch_failures: f64,
    pub(in crate::scenario) launch_retry: SimDuration,
    pub(in crate::scenario) shortages: Option<ShortagePlan>,
    pub(in crate::scenario) placement_retry: SimDuration,
    pub(in crate::scenario) wait: (SimDuration, SimDuration),
    pub(in crate::scenario) combining: Combining,
    pub(in crate::scenario) empty_group: EmptyGroup,
}

/// What of that comes with buying instances at all.
struct Bought {
    latencies: InstanceLatencyPlan,
    launch_failures: f64,
    launch_retry: SimDuration,
    shortages: Option<ShortagePlan>,
    wait: (SimDuration, SimDuration),
}

impl Instances<'_> {
    /// Of this group: its own entry, else the default's, else the table's.
    pub(in crate::scenario) fn of(&self, cx: &Context<'_>, group: &str) -> OfGroup {
        let nothing = Entry::default();
        let own = self.own(group, &nothing);
        if let Some(place) = own.managed.as_ref().and_then(Managed::place) {
            let message = "only capacity providers of Managed Instances have this";
            place.error("invalid-value", message).report();
        }
        let combining = own.combining.or(self.default.combining);
        let empty_group = own.empty_group.or(self.default.empty_group);
        let bought = self.bought(cx, own);
        OfGroup {
            placement_retry: own
                .placement_retry
                .or(self.default.placement_retry)
                .unwrap_or_else(|| cx.default_duration("world.instances.*.placementRetry")),
            combining: combining.unwrap_or_else(|| {
                cx.default_text("world.instances.*.managedScaling.combining");
                Combining::Maximum
            }),
            empty_group: empty_group.unwrap_or_else(|| {
                cx.default_text("world.instances.*.managedScaling.emptyGroup");
                EmptyGroup::Rests
            }),
            latencies: bought.latencies,
            launch_failures: bought.launch_failures,
            launch_retry: bought.launch_retry,
            shortages: bought.shortages,
            wait: bought.wait,
        }
    }

    /// Of this capacity provider of Managed Instances, likewise.
    pub(in crate::scenario) fn of_managed(&self, cx: &Context<'_>, provider: &str) -> OfProvider {
        let nothing = Entry::default();
        let own = self.own(provider, &nothing);
        if own.combining.is_some() || own.empty_group.is_some() || own.placement_retry.is_some() {
            let place = self.by_group.get(provider).map(|(_, field)| field);
            let message = "no Auto Scaling group stands behind Managed Instances: managedScaling \
                           and placementRetry have no effect here";
            if let Some(place) = place {
                place.warning("no-effect", message).report();
            }
        }
        let nothing = Managed::default();
        let managed = own.managed.as_ref().unwrap_or(&nothing);
        let otherwise = self.default.managed.as_ref().unwrap_or(&nothing);
        let settled = managed.settle(cx, otherwise);
        let bought = self.bought(cx, own);
        OfProvider {
            agent_version: self.agent_version(provider).to_owned(),
            latencies: bought.latencies,
            launch_failures: bought.launch_failures,
            launch_retry: bought.launch_retry,
            shortages: bought.shortages,
            wait: bought.wait,
            gathering: settled.gathering,
            scale_in_after: settled.scale_in_after,
            replace_below_percent: settled.replace_below_percent,
            lifetime: settled.lifetime,
            is_of_any_age: settled.is_of_any_age,
        }
    }

    fn own<'s>(&'s self, name: &str, nothing: &'s Entry<'s>) -> &'s Entry<'s> {
        let own = self.by_group.get(name).map_or(nothing, |(own, _)| own);
        for (_, field) in [&own.machine_failures, &own.disconnects]
            .into_iter()
            .flatten()
        {
            let message = "only machines of aws.externalInstances have this: EC2 replaces its own";
            field.error("invalid-value", message).report();
        }
        own
    }

    /// What befalls instances that somebody launches.
    fn bought(&self, cx: &Context<'_>, own: &Entry<'_>) -> Bought {
        let phase = |of: fn(&Entry<'_>) -> Option<Distribution>, key: &str| {
            let given = of(own).or(of(&self.default));
            given.unwrap_or_else(|| cx.default_law(&format!("world.instances.*.launch.{key}")))
        };
        let length = |of: fn(&Entry<'_>) -> Option<SimDuration>, key: &str| {
            let given = of(own).or(of(&self.default));
            given.unwrap_or_else(|| cx.default_duration(&format!("world.instances.*.{key}")))
        };
        let failures = own.failures.or(self.default.failures);
        let shortages = own.shortages.or(self.default.shortages);
        Bought {
            latencies: InstanceLatencyPlan {
                request: phase(|it| it.request, "request"),
                pending: phase(|it| it.pending, "pending"),
                boot: phase(|it| it.boot, "boot"),
                register: phase(|it| it.register, "register"),
            },
            launch_failures: failures.unwrap_or_else(|| {
                cx.default_text("world.instances.*.launchFailures");
                0.0
            }),
            launch_retry: length(|it| it.retry, "launchRetry"),
            shortages: shortages.unwrap_or_else(|| {
                cx.default_text("world.instances.*.shortages");
                None
            }),
            wait: {
                let min = length(|it| it.wait_min, "waitForCapacity.min");
                let max = length(|it| it.wait_max, "waitForCapacity.max");
                let place = own.wait.as_ref().or(self.default.wait.as_ref());
                if let Some(place) = place.filter(|_| max < min) {
                    let message = format!("min {min} is more than max {max}");
                    place.error("out-of-range", message).report();
                }
                (min, max)
            },
        }
    }

    /// What befalls one's own machines of this name: its own entry, else the default's, else
    /// nothing does.
    pub(in crate::scenario) fn of_machines(&self, cx: &Context<'_>, name: &str) -> ExternalPlan {
        let nothing = Entry::default();
        let own = self.by_group.get(name);
        let (own, place) = own.map_or((&nothing, None), |(own, field)| (own, Some(field)));
        if let Some(place) = place.filter(|_| own.is_of_groups()) {
            let message = "nobody launches the machines of aws.externalInstances, and no group \
                           scales: failures and disconnects alone have an effect";
            place.warning("no-effect", message).report();
        }
        let befalls = |of: fn(&Entry<'_>) -> Option<Option<RecurringPlan>>, key: &str| {
            of(own).or(of(&self.default)).unwrap_or_else(|| {
                cx.default_text(&format!("world.instances.*.{key}"));
                None
            })
        };
        ExternalPlan {
            failures: befalls(|it| it.machine_failures.as_ref().map(|it| it.0), "failures"),
            disconnects: befalls(|it| it.disconnects.as_ref().map(|it| it.0), "disconnects"),
        }
    }

    /// The version of the agent of a group's instances, or of one's own machines.
    pub(in crate::scenario) fn agent_version(&self, name: &str) -> &str {
        let own = self.by_group.get(name);
        let own = own.and_then(|(own, _)| own.agent_version.as_deref());
        own.or(self.default.agent_version.as_deref())
            .unwrap_or(AGENT_VERSION)
    }

    /// Whether the version of all agents is given.
    pub(in crate::scenario) fn has_agent_version(&self) -> bool {
        self.default.agent_version.is_some()
    }

    /// How long an instance of a group's warm pool takes until its agent runs again.
    pub(in crate::scenario) fn warm_start(
        &self,
        cx: &Context<'_>,
        group: &str,
        state: PoolState,
    ) -> Distribution {
        let nothing = Entry::default();
        let own = self.by_group.get(group).map_or(&nothing, |(own, _)| own);
        match state {
            PoolState::Stopped => {
                let given = own.start.or(self.default.start);
                given.unwrap_or_else(|| cx.default_law("world.instances.*.launch.start"))
            }
            PoolState::Hibernated => {
                let given = own.resume.or(self.default.resume);
                given.unwrap_or_else(|| cx.default_law("world.instances.*.launch.resume"))
            }
            // It runs already.
            PoolState::Running => Distribution::constant(0.0).expect("no time is a length"),
        }
    }

    /// Reports the entries that no group has.
    pub(super) fn check_names<'n>(&self, groups: impl Iterator<Item = &'n str> + Clone) {
        for (name, (_, field)) in &self.by_group {
            let is_known = groups.clone().any(|known| known == name);
            if !is_known {
                let known = groups.clone().chain(["default", "types"]);
                unknown_name(field, "Auto Scaling group", name, known);
            }
        }
    }
}
