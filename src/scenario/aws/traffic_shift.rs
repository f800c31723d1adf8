//! `strategy` of `deploymentConfiguration` and what belongs to it: deployments that shift traffic.

use crate::engine::SimDuration;
use crate::policy::traffic_shift::{
    BAKE_MAX_MINUTES, CANARY_BAKE, CANARY_SHARE, HOOK_TIMEOUT_MINUTES, HOOK_TIMEOUT_RANGE,
    LINEAR_BAKE, LINEAR_STEP, LINEAR_STEP_LEAST, STAGE_TIMEOUT, Shift, Stage, TimeoutAction,
    TrafficShare,
};
use crate::scenario::arn::function_name;
use crate::scenario::context::Context;
use crate::scenario::plan::{HookPlan, TrafficShiftPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::hooks::{Hooks, PAUSE};

use super::service::{block, service_fields};

const PATH: &str = "aws.services.*.deploymentConfiguration";
const STRATEGIES: [(&str, Strategy); 4] = [
    ("ROLLING", Strategy::Rolling),
    ("BLUE_GREEN", Strategy::BlueGreen),
    ("LINEAR", Strategy::Linear),
    ("CANARY", Strategy::Canary),
];
const ACTIONS: [(&str, TimeoutAction); 2] = [
    ("ROLLBACK", TimeoutAction::Rollback),
    ("CONTINUE", TimeoutAction::Continue),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strategy {
    Rolling,
    BlueGreen,
    Linear,
    Canary,
    /// The word for it was refused: what goes with it may be right.
    Unknown,
}

impl Strategy {
    /// Whether what belongs to other strategies than these has no effect.
    fn is_one_of(self, those: &[Strategy]) -> bool {
        self == Strategy::Unknown || those.contains(&self)
    }

    /// Whether it shifts traffic, as far as is known.
    fn may_shift(self) -> bool {
        self != Strategy::Rolling
    }
}

/// What is said about shifting traffic.
pub(super) struct Shifting {
    /// How it is shifted; `None` of a ROLLING service.
    pub(super) plan: Option<TrafficShiftPlan>,
    /// Whether the strategy was not refused.
    pub(super) is_known: bool,
}

/// Reads what is about shifting traffic.
pub(super) fn read(
    cx: &Context<'_>,
    map: &mut MapReader<'_>,
    (is_daemon, hooks): (bool, &Hooks<'_>),
) -> Shifting {
    let field = map.field("strategy");
    let strategy = match &field {
        None => Strategy::Rolling,
        Some(field) => field.choice(&STRATEGIES).unwrap_or(Strategy::Unknown),
    };
    let linear = linear(cx, map, strategy);
    let canary = canary(cx, map, strategy);
    let bake = bake(cx, map, (strategy, field.as_ref()));
    let hooks = lifecycle_hooks(cx, map, (strategy, hooks));
    if let Some(field) = field.filter(|_| is_daemon && strategy.may_shift()) {
        let message = "deployments of a DAEMON service are ROLLING";
        field.error("invalid-value", message).report();
    }
    let shift = match strategy {
        Strategy::Rolling | Strategy::Unknown => {
            return Shifting {
                plan: None,
                is_known: strategy == Strategy::Rolling,
            };
        }
        Strategy::BlueGreen => Shift::AllAtOnce,
        Strategy::Linear => linear,
        Strategy::Canary => canary,
    };
    let breaker = map.field("deploymentCircuitBreaker");
    if let Some(field) = breaker.filter(|field| field.node().get("enable").is_some()) {
        let message = "the circuit breaker counts failed tasks of ROLLING deployments only";
        let help = "alarms and lifecycle hooks fail a deployment that shifts traffic";
        field.warning("no-effect", message).help(help).report();
    }
    let plan = TrafficShiftPlan {
        shift,
        bake,
        scale_up: STAGE_TIMEOUT,
        rolls_back: true,
        by_code_deploy: false,
        hooks,
    };
    Shifting {
        plan: Some(plan),
        is_known: true,
    }
}

fn minutes(count: u64) -> SimDuration {
    SimDuration::from_secs(60 * count)
}

/// What has no effect under another strategy is said.
fn only_of(field: &Field<'_>, (is_used, strategy): (bool, &str)) {
    if !is_used {
        let message = format!("this is of strategy {strategy}, and the service's is another");
        field.note("no-effect", message).report();
    }
}

/// `canaryPercent` at most: with more there is no canary.
const CANARY_MOST: TrafficShare = TrafficShare(999);

/// A percentage in tenths.
fn share(field: &Field<'_>, (least, most): (TrafficShare, TrafficShare)) -> Option<TrafficShare> {
    let percent = field.f64(f64::MIN..=f64::MAX)?;
    let [least, most] = [least, most].map(TrafficShare::percent);
    if percent < least || most < percent {
        let message = format!("{percent} is not between {least} and {most}");
        let help = format!("write {least} to {most}");
        field.error("out-of-range", message).help(help).report();
        return None;
    }
    let tenths = (percent * 10.0).round();
    if 1e-6 < (percent * 10.0 - tenths).abs() {
        let message = format!("{percent} is finer than AWS takes it: tenths of a percent");
        field.error("invalid-value", message).report();
        return None;
    }
    Some(TrafficShare(tenths as u16))
}

fn linear(cx: &Context<'_>, map: &mut MapReader<'_>, strategy: Strategy) -> Shift {
    let is_used = strategy == Strategy::Linear;
    let field = map.field("linearConfiguration");
    let (mut step, mut bake) = (None, None);
    if let Some(field) = &field {
        only_of(field, (strategy.is_one_of(&[Strategy::Linear]), "LINEAR"));
        if let Some(mut map) = field.map() {
            let percent = map.field("stepPercent");
            step = percent.and_then(|field| share(&field, (LINEAR_STEP_LEAST, TrafficShare::ALL)));
            bake = map.u64("stepBakeTimeInMinutes", 0..=BAKE_MAX_MINUTES);
            map.finish_aws("ecs.LinearConfiguration");
        }
    }
    let assume = |key: &str, value: &str| {
        if is_used {
            let path = format!("{PATH}.linearConfiguration.{key}");
            cx.assume(path, value.to_owned(), "AWS API reference, 2026-11");
        }
    };
    Shift::Linear {
        step: step.unwrap_or_else(|| {
            assume("stepPercent", "10.0");
            LINEAR_STEP
        }),
        bake: bake.map(minutes).unwrap_or_else(|| {
            assume("stepBakeTimeInMinutes", "6");
            LINEAR_BAKE
        }),
    }
}

fn canary(cx: &Context<'_>, map: &mut MapReader<'_>, strategy: Strategy) -> Shift {
    let is_used = strategy == Strategy::Canary;
    let field = map.field("canaryConfiguration");
    let (mut part, mut bake) = (None, None);
    if let Some(field) = &field {
        only_of(field, (strategy.is_one_of(&[Strategy::Canary]), "CANARY"));
        if let Some(mut map) = field.map() {
            part = map.field("canaryPercent").and_then(|field| {
                if field.f64(f64::MIN..=f64::MAX)? == TrafficShare::ALL.percent() {
                    let message = "a canary of 100 % is none: all traffic goes over at once";
                    let help = "write less, or strategy: BLUE_GREEN";
                    field.error("out-of-range", message).help(help).report();
                    return None;
                }
                share(&field, (TrafficShare(1), CANARY_MOST))
            });
            bake = map.u64("canaryBakeTimeInMinutes", 0..=BAKE_MAX_MINUTES);
            map.finish_aws("ecs.CanaryConfiguration");
        }
    }
    let assume = |key: &str, value: &str| {
        if is_used {
            let path = format!("{PATH}.canaryConfiguration.{key}");
            cx.assume(path, value.to_owned(), "AWS API reference, 2026-11");
        }
    };
    Shift::Canary {
        share: part.unwrap_or_else(|| {
            assume("canaryPercent", "5.0");
            CANARY_SHARE
        }),
        bake: bake.map(minutes).unwrap_or_else(|| {
            assume("canaryBakeTimeInMinutes", "10");
            CANARY_BAKE
        }),
    }
}

/// `bakeTimeInMinutes`, which BLUE_GREEN has to have.
fn bake(
    cx: &Context<'_>,
    map: &mut MapReader<'_>,
    (strategy, place): (Strategy, Option<&Field<'_>>),
) -> SimDuration {
    let field = map.field("bakeTimeInMinutes");
    if let Some(field) = &field {
        let is_used = strategy.may_shift();
        only_of(field, (is_used, "BLUE_GREEN, LINEAR or CANARY"));
    }
    let given = field.as_ref().map(|field| field.u64(0..=BAKE_MAX_MINUTES));
    match (given, strategy) {
        (Some(given), _) => given.map_or(SimDuration::ZERO, minutes),
        (None, Strategy::Rolling | Strategy::Unknown) => SimDuration::ZERO,
        (None, Strategy::BlueGreen) => {
            if let Some(place) = place {
                let message = "BLUE_GREEN needs bakeTimeInMinutes: how long both revisions run \
                               when the new one has all traffic";
                let help = "bakeTimeInMinutes: 5";
                place.error("missing-field", message).help(help).report();
            }
            SimDuration::ZERO
        }
        (None, Strategy::Linear | Strategy::Canary) => {
            let path = format!("{PATH}.bakeTimeInMinutes");
            let source = "ASSUMPTION: AWS requires it of BLUE_GREEN only and gives no default";
            cx.assume(path, "0".to_owned(), source);
            SimDuration::ZERO
        }
    }
}

fn lifecycle_hooks(
    cx: &Context<'_>,
    map: &mut MapReader<'_>,
    (strategy, world): (Strategy, &Hooks<'_>),
) -> Vec<HookPlan> {
    let list = map.field("lifecycleHooks");
    if let Some(field) = &list {
        let is_used = strategy.may_shift();
        only_of(field, (is_used, "BLUE_GREEN, LINEAR or CANARY"));
    }
    let fields = list.and_then(|field| field.list()).unwrap_or_default();
    let hooks = fields.iter().filter_map(|field| hook(cx, field, world));
    hooks.collect()
}

fn hook(cx: &Context<'_>, field: &Field<'_>, world: &Hooks<'_>) -> Option<HookPlan> {
    let mut map = field.map()?;
    let kinds = [("AWS_LAMBDA", false), ("PAUSE", true)];
    let pauses = map.choice("targetType", &kinds).unwrap_or(false);
    let target = map.field("hookTargetArn");
    let stages = map.list("lifecycleStages");
    let limit = map.map("timeoutConfiguration").map(timeout);
    // Who may call it, and with what, is no matter of time.
    for key in ["roleArn", "hookDetails"] {
        let _ = map.field(key);
    }
    map.finish_aws("ecs.DeploymentLifecycleHook");
    let name = match (pauses, &target) {
        (true, None) => PAUSE,
        (true, Some(target)) => {
            let message = "a PAUSE hook has no hookTargetArn: it waits for somebody";
            target.error("invalid-value", message).report();
            PAUSE
        }
        (false, Some(target)) => function_name(target.str()?),
        (false, None) => {
            let message = "a lifecycle hook names its Lambda function in hookTargetArn";
            let help = "hookTargetArn: smoke-test, or targetType: PAUSE";
            field.error("missing-field", message).help(help).report();
            return None;
        }
    };
    if stages.is_empty() {
        let message = "this hook names no lifecycleStages: it never runs";
        field.warning("no-effect", message).report();
    }
    let stages = stages.iter().filter_map(|field| stage(field, pauses));
    let stages: Vec<Stage> = stages.collect();
    let (takes, fails) = world.of(cx, name);
    let (timeout, action) =
        limit.unwrap_or((minutes(HOOK_TIMEOUT_MINUTES), TimeoutAction::default()));
    Some(HookPlan {
        name: name.to_owned(),
        stages,
        timeout,
        action,
        takes,
        fails,
    })
}

fn timeout(mut map: MapReader<'_>) -> (SimDuration, TimeoutAction) {
    let limit = map.u64("timeoutInMinutes", HOOK_TIMEOUT_RANGE);
    let action = map.choice("action", &ACTIONS).unwrap_or_default();
    map.finish_aws("ecs.DeploymentLifecycleHookTimeoutConfiguration");
    (minutes(limit.unwrap_or(HOOK_TIMEOUT_MINUTES)), action)
}

fn stage(field: &Field<'_>, pauses: bool) -> Option<Stage> {
    let stage = field.choice(&Stage::ALL)?;
    let may = match pauses {
        true => stage.may_pause(),
        false => stage.may_have_hooks(),
    };
    if !may {
        let what = if pauses { "PAUSE hooks" } else { "hooks" };
        let known = Stage::ALL.iter().filter(|(_, stage)| match pauses {
            true => stage.may_pause(),
            false => stage.may_have_hooks(),
        });
        let known: Vec<&str> = known.map(|(name, _)| *name).collect();
        let message = format!("{} has no {what}", stage.name());
        let help = format!("{what} run at {}", known.join(", "));
        field.error("invalid-value", message).help(help).report();
        return None;
    }
    Some(stage)
}

/// Where each service has its `strategy`.
pub(in crate::scenario) fn places<'a>(aws: &mut MapReader<'a>) -> Vec<(&'a str, Field<'a>)> {
    let all = service_fields(aws, "deploymentConfiguration").into_iter();
    let strategy = |(name, deploying)| Some((name, block(deploying)?.field("strategy")?));
    all.filter_map(strategy).collect()
}
