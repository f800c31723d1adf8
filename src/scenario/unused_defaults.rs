//! Which defaults no part of a plan asks for, so that no report lists them.

use super::context::Log;
use super::plan::{Plan, ProviderKind};
use crate::policy::strategy::StrategyItem;

/// Only defaults that may have moved a number are listed.
pub(super) fn forget(plan: &Plan, log: &mut Log) {
    if plan.services.iter().all(|service| service.demand.is_none()) {
        let of_requests = [
            "cpu",
            "wait",
            "cv",
            "slots",
            "queue",
            "errors",
            "memory.perRequest",
            "logs.perRequest",
            "crossZone",
        ];
        let paths = of_requests.map(|field| format!("world.work.*.{field}"));
        log.forget(&paths.each_ref().map(String::as_str));
    }
    let strategies = plan.services.iter().map(|service| &service.strategy);
    let strategies = strategies.chain(plan.job_sources.iter().map(|source| &source.strategy));
    let is_spot =
        |item: &StrategyItem| plan.provider(item.provider).kind == ProviderKind::FargateSpot;
    if !strategies
        .flat_map(|strategy| strategy.items())
        .any(is_spot)
    {
        log.forget(&["world.spot.*", "aws.account.quotas.L-36FBB829"]);
    }
    let targets = &plan.scalable_targets;
    if plan.alarms.is_empty() && targets.iter().all(|target| target.policies.is_empty()) {
        log.forget(&["world.latencies.default.metrics"]);
    }
    if plan.target_groups.is_empty() {
        log.forget(&[
            "world.latencies.default.checksToHealthy",
            "world.latencies.*.registration",
        ]);
    }
    let shifts_flows = plan.services.iter().any(|service| {
        let group = service.target_group;
        let is_network = group.is_some_and(|it| plan.target_groups[it.index()].flows.is_some());
        is_network && service.is_shifted_by_ecs()
    });
    if !shifts_flows {
        log.forget(&["world.latencies.default.networkShift"]);
    }
    let volumes = plan.services.iter().map(|service| service.volume);
    let mut volumes = volumes.chain(plan.job_sources.iter().map(|source| source.volume));
    if volumes.all(|volume| volume.is_none()) {
        log.forget(&["world.latencies.*.volume"]);
    }
    if plan.services.is_empty() {
        log.forget(&["aws.account.quotas.serviceLaunchesPerMinute"]);
    }
    let definitions = plan.task_definitions.iter();
    let mut failing = definitions.filter(|it| 0.0 < it.work.start_failures);
    if plan.services.is_empty() || plan.boundary.problems.is_empty() && failing.next().is_none() {
        log.forget(&["world.latencies.default.startThrottle"]);
    }
    let mut settings = plan.providers.iter().filter_map(|it| it.group.as_ref());
    if plan.services.is_empty() || !settings.any(|it| it.brings_instances()) {
        log.forget(&["world.latencies.default.provisioningRetry"]);
    }
    if plan.job_sources.is_empty() {
        log.forget(&["aws.account.quotas.runTaskCallRate"]);
    }
}
