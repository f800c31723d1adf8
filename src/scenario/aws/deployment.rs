//! `deploymentConfiguration` of services: how far a rollout may go, and what fails it.

use crate::engine::SimDuration;
use crate::ids::{AlarmId, ServiceId};
use crate::policy::circuit_breaker::{CircuitBreaker, Threshold, ThresholdType};
use crate::policy::deployment::Percentages;
use crate::policy::deployment_alarms::{self, bake_time};
use crate::policy::rollout::EarlySuccess;
use crate::scenario::arn::arn_name;
use crate::scenario::context::{Context, is_empty, unknown_name};
use crate::scenario::plan::{AlarmPlan, DeploymentAlarmsPlan, ServicePlan, TrafficShiftPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::hooks::Hooks;

use super::code_deploy::Group;
use super::rollout_bounds::{check_bounds, minimum_healthy_percent, warn_at_desired};
use super::traffic_shift;

const THRESHOLD_TYPES: [(&str, ThresholdType); 3] = [
    ("BOUNDED_PERCENT", ThresholdType::BoundedPercent),
    ("UNBOUNDED_PERCENT", ThresholdType::UnboundedPercent),
    ("COUNT", ThresholdType::Count),
];
/// The most failed tasks that `COUNT` takes. ASSUMPTION: AWS publishes no bound.
const COUNT_MAX: u32 = 1_000_000;

/// What a service's rollouts keep to.
pub(super) struct Deploying<'a> {
    pub(super) percentages: Percentages,
    pub(super) circuit_breaker: Option<CircuitBreaker>,
    pub(super) alarms: Option<Alarms<'a>>,
    pub(super) early_success: Option<EarlySuccess>,
    pub(super) traffic_shift: Option<TrafficShiftPlan>,
    /// Whether the strategy was not refused.
    pub(super) is_strategy_known: bool,
}

/// `alarms` that are enabled, by names that are looked up when the alarms are known.
pub(in crate::scenario) struct Alarms<'a> {
    names: Vec<Field<'a>>,
    rollback: bool,
}

/// Reads the block; `desired` are the tasks at the start, `None` of a DAEMON service.
pub(super) fn read<'a>(
    cx: &Context<'_>,
    service: &mut MapReader<'a>,
    (desired, hooks): (Option<u32>, &Hooks<'_>),
) -> Deploying<'a> {
    let mut map = service.map("deploymentConfiguration");
    let (percentages, are_legal) = percentages(cx, map.as_mut(), desired.is_none());
    let (mut circuit_breaker, mut watched, mut shift) = (None, None, None);
    let mut is_strategy_known = true;
    let mut early = None;
    if let Some(mut map) = map {
        let shifting = traffic_shift::read(cx, &mut map, (desired.is_none(), hooks));
        (shift, is_strategy_known) = (shifting.plan, shifting.is_known);
        if are_legal && shift.is_none() && is_strategy_known {
            check_bounds(&mut map, desired, percentages);
            if let Some(desired) = desired {
                warn_at_desired(&mut map, desired, percentages);
            }
        }
        circuit_breaker = map
            .field("deploymentCircuitBreaker")
            .and_then(|field| breaker(cx, &field));
        watched = map.field("alarms").and_then(|field| alarms(&field));
        early = map.field("earlySuccessCriteria").and_then(|field| {
            let early = early_success(cx, &field, percentages.minimum_healthy);
            let is_of_rolling = shift.is_none() && is_strategy_known;
            only_of_rolling(&field, early.filter(|_| is_strategy_known), is_of_rolling)
        });
        map.finish_aws("ecs.DeploymentConfiguration");
    }
    Deploying {
        percentages,
        circuit_breaker,
        alarms: watched,
        early_success: early,
        traffic_shift: shift,
        is_strategy_known,
    }
}

impl<'a> Deploying<'a> {
    /// Whoever makes task sets deploys: with EXTERNAL the percentages are the defaults, for
    /// draining only, and nothing fails a deployment (API DeploymentConfiguration).
    pub(super) fn by_others(&mut self, service: &mut MapReader<'_>) {
        if let Some(field) = service.field("deploymentConfiguration")
            && !is_empty(&field)
        {
            let message = "ECS deploys no service with EXTERNAL: this has no effect";
            field.note("no-effect", message).report();
        }
        *self = Deploying {
            percentages: Percentages::default(),
            circuit_breaker: None,
            alarms: None,
            early_success: None,
            traffic_shift: None,
            is_strategy_known: true,
        };
    }

    /// CodeDeploy deploys instead, as its group says.
    pub(super) fn by_code_deploy(&mut self, group: &Group<'a>) {
        self.traffic_shift = Some(group.plan.clone());
        let (names, rollback) = &group.alarms;
        self.alarms = (!names.is_empty()).then(|| Alarms {
            names: names.clone(),
            rollback: *rollback,
        });
    }
}

/// `enable`, without which nothing of such a block is done (API DeploymentCircuitBreaker and
/// DeploymentAlarms want it written out).
fn is_enabled(field: &Field<'_>, map: &mut MapReader<'_>) -> bool {
    if let Some(enable) = map.field("enable") {
        return enable.bool().unwrap_or(false);
    }
    let message = "without enable nothing of this is done";
    let help = "write enable: true, or false";
    field.warning("no-effect", message).help(help).report();
    false
}

/// `earlySuccessCriteria`; `None` where it is not enabled.
pub(super) fn early_success(
    cx: &Context<'_>,
    field: &Field<'_>,
    minimum_healthy: u32,
) -> Option<EarlySuccess> {
    let mut map = field.map()?;
    let enabled = is_enabled(field, &mut map);
    let percent_field = map.field("healthyPercent");
    let percent = percent_field.as_ref().and_then(|field| field.u32(0..=100));
    let kinds = [("BLOCKING", false), ("DEFERRED", true)];
    let cleanup = map.field("sourceServiceRevisionCleanup");
    let defers = cleanup.as_ref().and_then(|field| field.choice(&kinds));
    map.finish_aws("ecs.DeploymentEarlySuccessCriteria");
    if enabled && percent_field.is_none() {
        let message = "healthyPercent is missing: how many healthy tasks are enough";
        let help = "healthyPercent: 80";
        field.error("missing-field", message).help(help).report();
    }
    if let (Some(field), Some(percent)) = (&percent_field, percent)
        && percent < minimum_healthy
    {
        let message = format!(
            "healthyPercent {percent} is less than minimumHealthyPercent {minimum_healthy}: so \
             many have to be healthy in any case"
        );
        let help = format!("write {minimum_healthy} or more, or a smaller minimumHealthyPercent");
        field.error("out-of-range", message).help(help).report();
    }
    if enabled && cleanup.is_none() {
        let path = "aws.services.*.deploymentConfiguration.earlySuccessCriteria.\
                    sourceServiceRevisionCleanup";
        let source = "ASSUMPTION: AWS gives no default";
        cx.assume(path.to_owned(), "BLOCKING".to_owned(), source);
    }
    let healthy_percent = percent.filter(|_| enabled)?;
    Some(EarlySuccess {
        healthy_percent,
        defers_cleanup: defers.unwrap_or(false),
    })
}

/// What a deployment that shifts traffic does not heed.
fn only_of_rolling(
    field: &Field<'_>,
    early: Option<EarlySuccess>,
    is_of_rolling: bool,
) -> Option<EarlySuccess> {
    if early.is_some() && !is_of_rolling {
        let message = "an early success is of ROLLING deployments only";
        field.note("no-effect", message).report();
    }
    early.filter(|_| is_of_rolling)
}

/// Both, and whether neither was refused: what stands for one that was is nobody's mistake.
fn percentages(
    cx: &Context<'_>,
    mut map: Option<&mut MapReader<'_>>,
    is_daemon: bool,
) -> (Percentages, bool) {
    let mut field = |key: &'static str| map.as_mut().and_then(|map| map.field(key));
    let (least, most) = (field("minimumHealthyPercent"), field("maximumPercent"));
    let maximum = most.as_ref().and_then(|field| field.u32(0..=10_000));
    let minimum = least
        .as_ref()
        .and_then(|field| minimum_healthy_percent(field, maximum));
    let are_legal = least.is_some() == minimum.is_some() && most.is_some() == maximum.is_some();
    let or_default = |given: Option<u32>, key: &'static str, of_daemon: u32| {
        let path = format!("aws.services.*.deploymentConfiguration.{key}");
        given.unwrap_or_else(|| {
            if !is_daemon {
                return cx.default_u32(&path);
            }
            let source = "API DeploymentConfiguration, of a DAEMON service";
            cx.assume(path, of_daemon.to_string(), source);
            of_daemon
        })
    };
    let percentages = Percentages {
        minimum_healthy: or_default(minimum, "minimumHealthyPercent", 0),
        maximum: or_default(maximum, "maximumPercent", 100),
    };
    (percentages, are_legal)
}

/// `deploymentCircuitBreaker`; `None` where it is not enabled.
pub(super) fn breaker(cx: &Context<'_>, field: &Field<'_>) -> Option<CircuitBreaker> {
    const PATH: &str = "aws.services.*.deploymentConfiguration.deploymentCircuitBreaker";
    let mut map = field.map()?;
    let enabled = is_enabled(field, &mut map);
    let rollback = map.bool("rollback").unwrap_or(false);
    let reset = map.bool("resetOnHealthyTask");
    let threshold = map.map("thresholdConfiguration").map(threshold);
    map.finish_aws("ecs.DeploymentCircuitBreaker");
    enabled.then(|| CircuitBreaker {
        rollback,
        reset_on_healthy_task: reset.unwrap_or_else(|| {
            cx.default_text(&format!("{PATH}.resetOnHealthyTask"));
            true
        }),
        threshold: threshold.unwrap_or_else(|| {
            cx.default_text(&format!("{PATH}.thresholdConfiguration"));
            Threshold::default()
        }),
    })
}

fn threshold(mut map: MapReader<'_>) -> Threshold {
    let default = Threshold::default();
    let kind = map.choice("type", &THRESHOLD_TYPES).unwrap_or(default.kind);
    let most = match kind {
        ThresholdType::BoundedPercent | ThresholdType::UnboundedPercent => 100,
        ThresholdType::Count => COUNT_MAX,
    };
    let value = map.u32("value", 1..=most).unwrap_or(default.value);
    map.finish_aws("ecs.ThresholdConfiguration");
    Threshold { kind, value }
}

/// `alarms`; `None` where they are not enabled.
pub(super) fn alarms<'a>(field: &Field<'a>) -> Option<Alarms<'a>> {
    let mut map = field.map()?;
    let enabled = is_enabled(field, &mut map);
    let rollback = map.bool("rollback").unwrap_or(false);
    let names = map.list("alarmNames");
    map.finish_aws("ecs.DeploymentAlarms");
    if enabled && names.is_empty() {
        let message = "no alarmNames: nothing is watched";
        let help = "name alarms of aws.alarms";
        field.warning("no-effect", message).help(help).report();
    }
    (enabled && !names.is_empty()).then_some(Alarms { names, rollback })
}

/// The alarms that services' deployments name, found among those of the scenario.
pub(super) fn attach_alarms(
    cx: &Context<'_>,
    (watched, bake): (Vec<(String, Alarms<'_>)>, Option<SimDuration>),
    services: &mut [ServicePlan],
    alarms: &mut [AlarmPlan],
) {
    for (service, of) in watched {
        let Some(index) = services.iter().position(|known| known.name == service) else {
            continue;
        };
        let id = ServiceId::from_index(index);
        services[index].deployment_alarms = Some(watched_by(cx, (id, bake), &of, alarms));
    }
}

/// The alarms that fail deployments of a service, which know it from now on.
pub(in crate::scenario) fn watched_by(
    cx: &Context<'_>,
    (service, bake): (ServiceId, Option<SimDuration>),
    of: &Alarms<'_>,
    alarms: &mut [AlarmPlan],
) -> DeploymentAlarmsPlan {
    let mut ids = Vec::new();
    for field in &of.names {
        let Some(name) = field.str() else { continue };
        let name = arn_name(name);
        let Some(at) = alarms.iter().position(|alarm| alarm.name == name) else {
            let known = alarms.iter().map(|alarm| alarm.name.as_str());
            unknown_name(field, "alarm", name, known);
            continue;
        };
        let id = AlarmId::from_index(at);
        if !ids.contains(&id) {
            ids.push(id);
        }
        let known_to = &mut alarms[at].fails_deployments_of;
        if !known_to.contains(&service) {
            known_to.push(service);
        }
    }
    let window = |id: &AlarmId| {
        let alarm = &alarms[id.index()];
        let periods = (alarm.period(), alarm.rule.evaluation_periods);
        let between_points = alarm.asked_at().period;
        deployment_alarms::window(periods, between_points, alarm.clock.delay)
    };
    let by_alarms = || {
        cx.default_text("world.latencies.default.bake");
        bake_time(ids.iter().map(window))
    };
    DeploymentAlarmsPlan {
        bake: bake.unwrap_or_else(by_alarms),
        alarms: ids,
        rollback: of.rollback,
    }
}
