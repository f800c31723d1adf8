//! `world.latencies`: how long each phase of a task's life takes, by capacity provider or by
//! default.

use crate::engine::SimDuration;
use crate::engine::distribution::Distribution;
use crate::scenario::context::{Context, unknown_name};
use crate::scenario::plan::LatencyPlan;
use crate::scenario::reader::MapReader;

use super::law::law;

/// The longest mean of a phase: a day, beyond any start that was ever measured.
const MEAN_SECONDS_MAX: f64 = 86_400.0;

/// The block as read: `default`, `FARGATE`, `FARGATE_SPOT`.
#[derive(Default)]
pub(in crate::scenario) struct Latencies {
    default: Phases,
    fargate: Phases,
    fargate_spot: Phases,
    metrics: Option<SimDuration>,
    checks_to_healthy: Option<u32>,
}

#[derive(Default)]
struct Phases {
    eni: Option<Distribution>,
    prepare: Option<Distribution>,
    pull_base: Option<Distribution>,
    pull_per_mib: Option<SimDuration>,
    create: Option<Distribution>,
    deprovision: Option<Distribution>,
    registration: Option<Distribution>,
}

/// Reads the block.
pub(super) fn read(map: Option<MapReader<'_>>) -> Latencies {
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
                latencies.metrics = metric_delay(&mut phases);
                latencies.checks_to_healthy = phases.u32("checksToHealthy", 1..=10);
                latencies.default = read_phases(phases);
            }
            "FARGATE" => latencies.fargate = read_phases(phases),
            "FARGATE_SPOT" => latencies.fargate_spot = read_phases(phases),
            other => {
                phases.finish_open();
                let known = ["default", "FARGATE", "FARGATE_SPOT"];
                unknown_name(&field, "capacity provider", other, known);
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
        deprovision: phase(&mut map, "deprovision"),
        registration: phase(&mut map, "registration"),
        ..Phases::default()
    };
    if let Some(mut pull) = map.map("pull") {
        phases.pull_base = phase(&mut pull, "base");
        phases.pull_per_mib = pull.duration("perMiB");
        pull.finish();
    }
    map.finish();
    phases
}

impl Latencies {
    /// The latencies of a provider: its own, else the default block's, else the table's.
    pub(in crate::scenario) fn plan(&self, cx: &Context<'_>, provider: &str) -> LatencyPlan {
        let own = match provider {
            "FARGATE_SPOT" => &self.fargate_spot,
            _ => &self.fargate,
        };
        let phase = |of: fn(&Phases) -> Option<Distribution>, path: &str| {
            of(own)
                .or(of(&self.default))
                .unwrap_or_else(|| cx.default_law(path))
        };
        let per_mib = own.pull_per_mib.or(self.default.pull_per_mib);
        let per_mib =
            per_mib.unwrap_or_else(|| cx.default_duration("world.latencies.*.pull.perMiB"));
        let pull_base = phase(|phases| phases.pull_base, "world.latencies.*.pull.base");
        LatencyPlan {
            pull_cached: pull_base,
            eni: phase(|phases| phases.eni, "world.latencies.*.eni"),
            prepare: phase(|phases| phases.prepare, "world.latencies.*.prepare"),
            pull_base,
            pull_per_mib: per_mib.as_secs_f64(),
            create: phase(|phases| phases.create, "world.latencies.*.create"),
            deprovision: phase(|phases| phases.deprovision, "world.latencies.*.deprovision"),
            registration: phase(
                |phases| phases.registration,
                "world.latencies.*.registration",
            ),
        }
    }

    /// How late CloudWatch's data points reach the alarms.
    pub(super) fn metric_delay(&self, cx: &Context<'_>) -> SimDuration {
        let default = || cx.default_duration("world.latencies.default.metrics");
        self.metrics.unwrap_or_else(default)
    }

    /// Passing checks until a new target is healthy.
    pub(super) fn checks_to_healthy(&self, cx: &Context<'_>) -> u32 {
        let default = || cx.default_u32("world.latencies.default.checksToHealthy");
        self.checks_to_healthy.unwrap_or_else(default)
    }
}

/// The delay of CloudWatch's data points; the alarms look back over an hour and no further.
fn metric_delay(phases: &mut MapReader<'_>) -> Option<SimDuration> {
    let field = phases.field("metrics")?;
    let delay = field.duration()?;
    if METRIC_DELAY_MAX < delay {
        let message = format!("data points are at most {METRIC_DELAY_MAX} late, not {delay}");
        field.error("out-of-range", message).report();
        return None;
    }
    Some(delay)
}

/// Longer than any delay that CloudWatch is known for; the windows of alarms keep 64 minutes.
const METRIC_DELAY_MAX: SimDuration = SimDuration::from_secs(30 * 60);
