//! `world.latencies`: how long each phase of a task's life takes, by capacity provider, for all
//! providers of instances (`EC2`), or by default.

use std::collections::BTreeMap;

use crate::engine::SimDuration;
use crate::engine::distribution::Distribution;
use crate::policy::throttle::DELAY_MAX;
use crate::scenario::context::{Context, unknown_name};
use crate::scenario::plan::{LatencyPlan, ProviderKind, ProviderPlan};
use crate::scenario::reader::{Field, MapReader};

use super::law::law;

/// The longest mean of a phase: a day, beyond any start that was ever measured.
const MEAN_SECONDS_MAX: f64 = 86_400.0;

/// The block as read: `default`, `EC2`, and entries of providers.
#[derive(Default)]
pub(in crate::scenario) struct Latencies<'a> {
    default: Phases,
    /// Of all providers of instances.
    ec2: Phases,
    by_provider: BTreeMap<String, (Phases, Field<'a>)>,
    metrics: Option<SimDuration>,
    fine_metrics: Option<SimDuration>,
    bake: Option<SimDuration>,
    unreachable: Option<SimDuration>,
    network_shift: Option<SimDuration>,
    checks_to_healthy: Option<u32>,
    start_throttle: Option<SimDuration>,
    provisioning_retry: Option<SimDuration>,
}

#[derive(Default)]
struct Phases {
    eni: Option<Distribution>,
    prepare: Option<Distribution>,
    pull_base: Option<Distribution>,
    pull_per_mib: Option<SimDuration>,
    pull_cached: Option<Distribution>,
    create: Option<Distribution>,
    volume: Option<Distribution>,
    deprovision: Option<Distribution>,
    registration: Option<Distribution>,
}

/// Reads the block.
pub(super) fn read(map: Option<MapReader<'_>>) -> Latencies<'_> {
    let mut latencies = Latencies::default();
    let Some(mut map) = map else {
        return latencies;
    };
    for (key, field) in map.entries() {
        let Some(mut phases) = field.map() else {
            continue;
        };
        match key.text.as_str() {
            "default" => {
                latencies.metrics = metric_delay(&mut phases, "metrics");
                latencies.fine_metrics = metric_delay(&mut phases, "highResolutionMetrics");
                latencies.bake = phases.duration("bake");
                latencies.unreachable = phases.duration("unreachable");
                latencies.network_shift = phases.duration("networkShift");
                latencies.checks_to_healthy = phases.u32("checksToHealthy", 1..=10);
                latencies.start_throttle = start_throttle(&mut phases);
                latencies.provisioning_retry = provisioning_retry(&mut phases);
                latencies.default = read_phases(phases);
            }
            "EC2" => latencies.ec2 = read_phases(phases),
            provider => {
                let phases = read_phases(phases);
                let entry = (phases, field);
                latencies.by_provider.insert(provider.to_owned(), entry);
            }
        }
    }
    map.finish();
    latencies
}

fn read_phases(mut map: MapReader<'_>) -> Phases {
    let phase = |map: &mut MapReader<'_>, key| {
        let field = map.field(key)?;
        let read = law(&field)?;
        if MEAN_SECONDS_MAX < read.mean() {
            let message = format!("a mean of {} s is more than a day", read.mean());
            field.error("out-of-range", message).report();
        }
        Some(read)
    };
    let mut phases = Phases {
        eni: phase(&mut map, "eni"),
        prepare: phase(&mut map, "prepare"),
        create: phase(&mut map, "create"),
        volume: phase(&mut map, "volume"),
        deprovision: phase(&mut map, "deprovision"),
        registration: phase(&mut map, "registration"),
        ..Phases::default()
    };
    if let Some(mut pull) = map.map("pull") {
        phases.pull_base = phase(&mut pull, "base");
        phases.pull_per_mib = pull.duration("perMiB");
        phases.pull_cached = phase(&mut pull, "cached");
        pull.finish();
    }
    map.finish();
    phases
}

impl Latencies<'_> {
    /// The latencies of a provider: its own, else those of all providers of instances if it is one,
    /// else the default block's, else the table's.
    pub(in crate::scenario) fn plan(
        &self,
        cx: &Context<'_>,
        (provider, kind): (&str, ProviderKind),
    ) -> LatencyPlan {
        let nothing = Phases::default();
        let own = self.by_provider.get(provider);
        let own = own.map_or(&nothing, |(own, _)| own);
        let (of_kind, rows) = match kind {
            ProviderKind::AutoScalingGroup(_)
            | ProviderKind::ManagedInstances(_)
            | ProviderKind::Ec2
            | ProviderKind::External => (&self.ec2, "world.latencies.EC2"),
            ProviderKind::Fargate | ProviderKind::FargateSpot => (&nothing, "world.latencies.*"),
        };
        let given =
            |of: fn(&Phases) -> Option<Distribution>| of(own).or(of(of_kind)).or(of(&self.default));
        let phase = |of: fn(&Phases) -> Option<Distribution>, key: &str| {
            given(of).unwrap_or_else(|| cx.default_law(&format!("{rows}.{key}")))
        };
        let per_mib = own.pull_per_mib.or(of_kind.pull_per_mib);
        let per_mib = per_mib.or(self.default.pull_per_mib);
        let per_mib =
            per_mib.unwrap_or_else(|| cx.default_duration(&format!("{rows}.pull.perMiB")));
        let pull_base = phase(|phases| phases.pull_base, "pull.base");
        LatencyPlan {
            pull_cached: match kind.is_hosted() {
                true => phase(|phases| phases.pull_cached, "pull.cached"),
                // Fargate keeps no images.
                false => pull_base,
            },
            eni: phase(|phases| phases.eni, "eni"),
            prepare: phase(|phases| phases.prepare, "prepare"),
            pull_base,
            pull_per_mib: per_mib.as_secs_f64(),
            create: phase(|phases| phases.create, "create"),
            volume: given(|phases| phases.volume)
                .unwrap_or_else(|| cx.default_law("world.latencies.*.volume")),
            deprovision: phase(|phases| phases.deprovision, "deprovision"),
            registration: given(|phases| phases.registration)
                .unwrap_or_else(|| cx.default_law("world.latencies.*.registration")),
        }
    }

    /// Reports the entries that no provider has; Fargate's two may stand there unused.
    pub(super) fn check_names(&self, providers: &[ProviderPlan]) {
        let names = providers.iter().map(|provider| provider.name.as_str());
        let fixed = ["default", "EC2", "FARGATE", "FARGATE_SPOT"];
        let known: Vec<&str> = fixed.into_iter().chain(names).collect();
        for (name, (_, field)) in &self.by_provider {
            if !known.contains(&name.as_str()) {
                let mut known = known.clone();
                known.sort_unstable();
                known.dedup();
                unknown_name(field, "capacity provider", name, known);
            }
        }
    }

    /// How late CloudWatch's data points reach the alarms.
    pub(super) fn metric_delay(&self, cx: &Context<'_>) -> SimDuration {
        let default = || cx.default_duration("world.latencies.default.metrics");
        self.metrics.unwrap_or_else(default)
    }

    /// How late the data points of metrics of 20 s reach the alarms, if it is said.
    pub(super) fn fine_metric_delay(&self) -> Option<SimDuration> {
        self.fine_metrics
    }

    /// How long the alarms of a deployment are watched after it; `None`: as they ask for it.
    pub(super) fn bake(&self) -> Option<SimDuration> {
        self.bake
    }

    /// How long a task's start tries to reach what it can't reach; `None`: nobody says.
    pub(in crate::scenario) fn unreachable(&self) -> Option<SimDuration> {
        self.unreachable
    }

    /// How long a service waits after the first round of starts that fail.
    pub(super) fn start_throttle(&self, cx: &Context<'_>) -> SimDuration {
        let default = || cx.default_duration("world.latencies.default.startThrottle");
        self.start_throttle.unwrap_or_else(default)
    }

    /// A service's first pause where the cluster has as many tasks in PROVISIONING as it may.
    pub(super) fn provisioning_retry(&self, cx: &Context<'_>) -> SimDuration {
        let default = || cx.default_duration("world.latencies.default.provisioningRetry");
        self.provisioning_retry.unwrap_or_else(default)
    }

    /// How much longer a Network Load Balancer makes each shift of traffic.
    pub(super) fn network_shift(&self, cx: &Context<'_>) -> SimDuration {
        let default = || cx.default_duration("world.latencies.default.networkShift");
        self.network_shift.unwrap_or_else(default)
    }

    /// Passing checks until a new target is healthy.
    pub(super) fn checks_to_healthy(&self, cx: &Context<'_>) -> u32 {
        let default = || cx.default_u32("world.latencies.default.checksToHealthy");
        self.checks_to_healthy.unwrap_or_else(default)
    }
}

/// The delay of CloudWatch's data points; the alarms look back over an hour and no further.
fn metric_delay(phases: &mut MapReader<'_>, key: &'static str) -> Option<SimDuration> {
    let field = phases.field(key)?;
    let delay = field.duration()?;
    if METRIC_DELAY_MAX < delay {
        let message = format!("data points are at most {METRIC_DELAY_MAX} late, not {delay}");
        field.error("out-of-range", message).report();
        return None;
    }
    Some(delay)
}

/// Starts that fail at once would be tried without end at one instant.
const THROTTLE_LEAST: SimDuration = SimDuration::from_secs(1);

/// The first wait of the throttle, which only grows from there.
fn start_throttle(phases: &mut MapReader<'_>) -> Option<SimDuration> {
    let field = phases.field("startThrottle")?;
    let first = field.duration()?;
    if first < THROTTLE_LEAST || DELAY_MAX < first {
        let message = format!(
            "ECS waits {DELAY_MAX} at the longest, and here {THROTTLE_LEAST} at least, not {first}"
        );
        field.error("out-of-range", message).report();
        return None;
    }
    Some(first)
}

/// A service's first pause while too many tasks wait in PROVISIONING, which only grows from there.
fn provisioning_retry(phases: &mut MapReader<'_>) -> Option<SimDuration> {
    let field = phases.field("provisioningRetry")?;
    let first = field.duration()?;
    if first < THROTTLE_LEAST || DELAY_MAX < first {
        let message = format!("is {THROTTLE_LEAST} to {DELAY_MAX}, not {first}");
        field.error("out-of-range", message).report();
        return None;
    }
    Some(first)
}

/// Longer than any delay that CloudWatch is known for; the windows of alarms keep 64 minutes.
const METRIC_DELAY_MAX: SimDuration = SimDuration::from_secs(30 * 60);
