//! The rules that explanations name, each with the function that has it and its source. The test
//! holds each source to the text of that function's file.

use serde::Serialize;

/// A rule of `policy`; or of the handler of `simulation` that has it, where no function is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Rule {
    /// The function that has it.
    pub function: &'static str,
    /// The rule in one sentence.
    pub says: &'static str,
    /// AWS's page, a paper, or what was assumed.
    pub source: &'static str,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident: $function:literal, $says:literal, $source:literal;)*) => {
        $($(#[$doc])* pub const $name: Rule =
            Rule { function: $function, says: $says, source: $source };)*
        /// All of them.
        pub const ALL: &[Rule] = &[$($name),*];
    };
}

rules! {
    /// The provider of the next task.
    NEXT_PROVIDER: "policy::strategy::next_provider",
        "a base that is not met comes first; then the provider with the fewest tasks beyond its \
         base per weight; ties go by the order in the strategy (ASSUMPTION)",
        "API CapacityProviderStrategyItem";
    /// The provider of a drawn call.
    DRAWN_PROVIDER: "policy::strategy::drawn_provider",
        "the program draws the provider in proportion to the weights",
        "ASSUMPTION: AWS does not say how calls of one task each are spread";
    /// Blue/green deployments.
    TRAFFIC_SHIFT: "policy::traffic_shift::Shift",
        "the new revision gets all of its tasks beside the old one's, then traffic in the steps of \
         the strategy; the old one's are stopped after the bake time",
        "API LinearConfiguration, CanaryConfiguration";
    /// CodeDeploy's patience.
    UNSTEADY: "policy::traffic_shift::CODE_DEPLOY_UNSTEADY",
        "CodeDeploy goes on for 5 minutes when the desired count changes during a deployment; if \
         the new task set is not steady by then, the deployment fails",
        "ECS developer guide, deployment-type-bluegreen";
    /// A scale-out during a deployment.
    SHARED: "policy::rollout::older_share",
        "tasks that are added during a rolling deployment are of both revisions, in proportion to \
         what each has (ASSUMPTION)",
        "AWS announcement of November 2025 on rolling deployments";
    /// A deployment that is stopped.
    STOPPED: "policy::rollout::stop_rolls_back",
        "StopServiceDeployment with ROLLBACK brings the last completed deployment back, also where \
         no rollback was configured; with ABORT the deployment starts no more tasks",
        "API StopServiceDeployment";
    /// Task sets.
    TASK_SET: "policy::task_set::computed_desired_count",
        "a task set is to have the service's desired count times its scale, rounded up",
        "API TaskSet.computedDesiredCount";
    /// Lifecycle hooks.
    LIFECYCLE_HOOK: "policy::traffic_shift::hook",
        "a hook that fails, or says nothing until its time-out with action ROLLBACK, rolls the \
         deployment back",
        "API DeploymentLifecycleHookTimeoutConfiguration";
    /// Spot's fallback.
    SPOT_FALLBACK: "policy::what_if::SpotFallback",
        "what has waited for Spot capacity for the time that the scenario gives goes on demand \
         instead: a what-if, not AWS's behaviour",
        "asked of AWS in containers-roadmap #773 and #852";
    /// Choice by size.
    BY_SIZE: "policy::what_if::rule_of_size",
        "tasks have the strategy of the first rule that is for their size: a what-if, not AWS's \
         behaviour",
        "ECS developer guide, asg-capacity-providers";
    /// Repacking.
    REPACKING: "policy::what_if::Repacking",
        "an instance of which little is reserved is drained, if all of its tasks fit on others: a \
         what-if, not AWS's behaviour",
        "asked of AWS in containers-roadmap #42 and #105";
    /// The zone of the next task.
    ZONE: "policy::fargate::zone_for_task",
        "a task goes to the zone with the fewest tasks of its service on the same provider; ties \
         go by the order of the zones (ASSUMPTION)",
        "ECS developer guide, service-rebalancing";
    /// The order of containers.
    CONTAINER_ORDER: "policy::container_order::starts",
        "a container starts when all that it depends on have come so far as it asks; a task is \
         RUNNING when its last container has started",
        "API ContainerDependency";
    /// Restarts within a task.
    RESTART: "policy::restart::restart",
        "a container that ends is started again in its task, unless the policy ignores its exit \
         code, or it had not run for the policy's period",
        "API ContainerRestartPolicy";
    /// The launch rate.
    LAUNCH_RATE: "policy::launch_rate::TokenBucket",
        "a launch takes a token; of a full bucket of 100 that refills 20 a second, 100 start at \
         once and then 20 a second",
        "ECS developer guide, throttling";
    /// The rate of RunTask calls.
    RUN_TASK_RATE: "policy::launch_rate::RUN_TASK_CALLS",
        "RunTask takes 20 calls a second, of up to ten tasks each",
        "ECS developer guide, throttling";
    /// The service's own rate.
    SERVICE_RATE: "policy::launch_rate::SERVICE_LAUNCHES",
        "one service's scheduler launches 500 tasks a minute",
        "service quotas, 2026-11";
    /// The quota of vCPUs.
    VCPU_QUOTA: "policy::launch_rate::vcpu_quota",
        "a Fargate task is launched while the vCPUs of all, with it, are within the account's \
         quota",
        "service quotas: 6 vCPUs by default, On-Demand and Spot apart";
    /// The instance of the next task.
    PLACEMENT: "policy::placement::place",
        "instances with enough room come first, of those the ones that meet all constraints, then \
         each rule of the strategy narrows the ties of the one before",
        "ECS developer guide, \"task placement\"";
    /// The type of a Managed Instance.
    INSTANCE_TYPE: "policy::managed_instances::types_in_order",
        "of the types that take the first task that waits the one is launched that is cheapest \
         for what it would take of all that wait, a vCPU counting as much as 9 GB (ASSUMPTION)",
        "ECS developer guide, \"Managed Instances\"";
    /// What ends a Managed Instance before its age does.
    OPTIMIZATION: "policy::managed_instances::optimize",
        "an idle instance ends after scaleInAfter, an under-used one drains when no task started \
         or stopped there for as long; only tasks of services are moved",
        "ECS developer guide, \"infrastructure optimization\"";
    /// What the age of a Managed Instance brings.
    LIFETIME: "policy::managed_instances::due",
        "from day 14 an instance drains, at day 21 it ends with what runs on it",
        "ECS developer guide, \"patching\"";
    /// Managed scaling's group.
    MANAGED_SCALING: "policy::managed_scaling::decide",
        "managed scaling launches instances for the tasks in PROVISIONING, within MinSize and \
         MaxSize of the group",
        "ECS developer guide, \"managed scaling behavior\"";
    /// Managed scaling's way down.
    MANAGED_SCALE_IN: "policy::managed_scaling::SCALE_IN_MINUTES",
        "a group scales in when its reservation was below the target for 15 minutes, not within \
         15 minutes of a scale-out, and by half of its instances at most",
        "ECS developer guide, \"managed scaling behavior\"";
    /// On demand or Spot.
    BOUGHT: "policy::auto_scaling_group::Distribution",
        "the base is bought on demand, and of the rest its percentage, fractions counted in \
         favour of on demand",
        "EC2 Auto Scaling user guide";
    /// The pool of a launch.
    POOL: "policy::auto_scaling_group::spot_order",
        "the zone with the fewest instances comes first, in it the types in the order of the \
         allocation strategy, until one has capacity",
        "EC2 Auto Scaling user guide";
    /// The times of a schedule.
    SCHEDULE: "policy::schedule::ScheduleExpression",
        "EventBridge calls at the times that the expression names in its time zone, somewhere in \
         the flexible window, whatever still runs of the call before",
        "EventBridge Scheduler user guide, \"schedule types\"";
    /// EventBridge's further tries.
    DELIVERY: "policy::schedule::delivery::after_failure",
        "an error of RunTask is tried again by the target's retry policy; a task that it names in \
         failures is lost",
        "EventBridge user guide, \"how EventBridge retries delivering events\"";
    /// How many tasks may wait in PROVISIONING.
    PROVISIONING_LIMIT: "policy::managed_scaling::PROVISIONING_MAX",
        "500 tasks of a cluster may wait in PROVISIONING for instances",
        "service quotas, 2026-11";
    /// How long a task may wait in PROVISIONING.
    WAIT_LIMIT: "policy::managed_scaling::WAIT_FOR_CAPACITY",
        "a task that waits in PROVISIONING is given up after 10 to 30 minutes, each length as \
         likely (ASSUMPTION)",
        "AWS containers blog, \"deep dive on Amazon ECS cluster auto scaling\"";
    /// What a start comes to where something is missing.
    START: "policy::task_start::StartPhase",
        "a start needs, in this order, its roles, a network interface, secrets and log drivers, \
         its image, its containers; the first that is missing ends it before RUNNING",
        "ECS developer guide, task execution IAM role, cannot pull image and service throttle \
         logic";
    /// The end of an essential container.
    ESSENTIAL: "policy::life_cycle::EssentialContainerExited",
        "when an essential container ends, whatever its exit code, the task is stopped",
        "API ContainerDefinition, essential";
    /// The hard limit of memory.
    MEMORY_LIMIT: "policy::life_cycle::OutOfMemory",
        "a container that uses more memory than its hard limit is killed",
        "API ContainerDefinition, memory";
    /// Memory that a code never gives back.
    MEMORY_GROWTH: "policy::memory_growth::kept_mib",
        "a code that gives no memory back keeps so much an hour and a request, each task at a \
         pace of its own (`work.memory.growth`)",
        "ASSUMPTION, the usual description of a leak";
    /// Checks of a target group.
    TARGET_CHECKS: "policy::health_check::unhealthy_at",
        "a target is unhealthy after as many failed checks in a row as UnhealthyThresholdCount \
         says, one every HealthCheckIntervalSeconds",
        "ELB user guide, target-group-health-checks";
    /// Checks of a container.
    CONTAINER_CHECKS: "policy::task_health::unhealthy_at",
        "a container is UNHEALTHY after as many failed checks in a row as retries says, one every \
         interval, those within startPeriod left out; a task is as healthy as its worst essential \
         container",
        "API HealthCheck";
    /// UNHEALTHY tasks of a service.
    GRACE: "simulation::health::on_unhealthy",
        "failing checks within healthCheckGracePeriodSeconds of a task's start are ignored; later \
         the service replaces what is UNHEALTHY, a new task first where there is room",
        "ECS developer guide, ecs_services";
    /// Retired platform revisions.
    RETIREMENT: "policy::retirement::concerns",
        "Fargate tasks launched before a retirement's notice are replaced, those of services \
         within the bounds of a deployment, or else stopped when \
         fargateTaskRetirementWaitPeriod is over",
        "ECS developer guide, \"task retirement\"";
    /// Instances that drain.
    DRAINING: "simulation::draining::drain",
        "tasks of services on a DRAINING instance are replaced within minimumHealthyPercent and \
         maximumPercent, those that have not started stop at once, tasks of no service go on",
        "ECS developer guide, \"container instance draining\"";
    /// What is lost with its host.
    HOST_LOST: "policy::life_cycle::stop_code",
        "a task does not outlive its host; its stopCode is InfrastructureHealth (ASSUMPTION)",
        "ECS developer guide, stopped-task-error-codes";
    /// The instance that a group gives up.
    GROUP_SCALE_IN: "policy::auto_scaling_group::instance_to_terminate",
        "a group that scales in takes an unprotected instance of the zone with the most, then as \
         its termination policies say",
        "EC2 Auto Scaling user guide, \"termination policies\"";
    /// The zones of a group.
    GROUP_ZONES: "policy::auto_scaling_group::balance::zones_to_balance",
        "a group whose zones differ launches in the emptiest one and then ends an instance of the \
         fullest",
        "EC2 Auto Scaling user guide, \"rebalancing activities\"";
    /// Spot instances at risk.
    GROUP_REBALANCE: "policy::auto_scaling_group::balance::most_while_rebalancing",
        "with CapacityRebalance a group replaces Spot Instances that are at risk, early",
        "EC2 Auto Scaling user guide, \"capacity rebalancing\"";
    /// Spot instances that are taken back.
    INSTANCE_SPOT: "simulation::instance_spot::on_spot_notice",
        "two minutes after the notice EC2 takes the Spot Instance back, with what runs on it",
        "EC2 user guide, \"Spot Instance interruption notices\"";
    /// New versions of a group's template.
    REFRESH: "simulation::world_events::start_refresh",
        "an instance refresh replaces the group's instances, so many at a time as \
         MinHealthyPercentage leaves",
        "API StartInstanceRefresh";
    /// The count of a DAEMON service.
    DAEMON: "simulation::daemons::daemons_want",
        "a DAEMON service has one task on each ACTIVE container instance that meets its \
         constraints, and none elsewhere",
        "ECS developer guide, \"service scheduler concepts\"";
    /// A desired count that is set.
    UPDATE_SERVICE: "policy::deployment::tasks_to_stop",
        "UpdateService sets desiredCount; the scheduler starts what is missing and stops what is \
         too many",
        "API DeploymentConfiguration, UpdateService";
    /// A task that is stopped by hand.
    STOP_TASK: "policy::life_cycle::StoppedByUser",
        "StopTask stops a task; a service starts another one",
        "API StopTask";
    /// How many tasks of a program run at once.
    CONCURRENCY: "simulation::jobs::start_jobs",
        "a program starts its jobs in order, at most as many tasks at once as `concurrency` says: \
         the scenario's own limit, AWS has none",
        "the scenario's `concurrency`: AWS has no such limit";
    /// A desired capacity that is set.
    DESIRED_CAPACITY: "simulation::world_events::set_desired_capacity",
        "a group launches or ends instances until it has as many as desired",
        "API SetDesiredCapacity";
    /// What a pool of Spot grants.
    SPOT_GRANT: "policy::spot::grants",
        "calm capacity grants every launch, tight a share of them, empty none; no other provider \
         takes the task over",
        "ASSUMPTION (docs/spot.md): AWS publishes nothing about Fargate Spot's capacity";
    /// The back-off of failing starts.
    THROTTLE: "policy::throttle::delay_before_start",
        "a service whose tasks fail before RUNNING waits longer after each round of them, at most \
         27 minutes; the doubling is ASSUMPTION",
        "ECS developer guide, service-throttle-logic";
    /// What a failed task is to the circuit breaker.
    FAILED_TASKS: "policy::circuit_breaker::Failures",
        "a task that never reaches RUNNING counts, one whose health checks fail, and one that ends \
         before they have passed; a healthy one sets the count back to 0, unless \
         resetOnHealthyTask is false",
        "ECS developer guide, deployment-circuit-breaker";
    /// The circuit breaker.
    CIRCUIT_BREAKER: "policy::circuit_breaker::verdict",
        "a deployment fails when as many of its tasks have failed as the threshold says: by \
         default half of the desired count, 3 at least and 200 at most; with rollback the last \
         completed deployment takes its place again",
        "ECS developer guide, deployment-circuit-breaker";
    /// The alarms of a deployment.
    DEPLOYMENT_ALARMS: "policy::deployment_alarms::watch",
        "an alarm that goes to ALARM while a deployment is in progress, or bakes, fails it; one \
         that is in ALARM when it begins silences all of them",
        "ECS developer guide, deployment-alarm-failure";
    /// The upper bound.
    TO_START: "policy::deployment::tasks_to_start",
        "new tasks start as long as old and new together stay within maximumPercent of the \
         desired count",
        "ECS developer guide, deployment-type-ecs";
    /// Lost tasks of the older side.
    TO_REPLACE: "policy::deployment::old_tasks_to_replace",
        "during a deployment a lost task is replaced by one of its own revision, within \
         maximumPercent, while fewer than minimumHealthyPercent are healthy; new tasks come first \
         where room is short (ASSUMPTION)",
        "AWS announcement of November 2025 on rolling deployments";
    /// The lower bound.
    TO_STOP: "policy::deployment::tasks_to_stop",
        "old tasks stop as long as the healthy ones stay at minimumHealthyPercent of the desired \
         count; UNHEALTHY ones when healthy ones are in their place, or to make room for these",
        "API DeploymentConfiguration, UpdateService";
    /// The provider that loses a task.
    PROVIDER_TO_STOP: "policy::scale_in::provider_to_stop",
        "the provider that would have been the last to get a task loses it",
        "ASSUMPTION: AWS publishes no rule";
    /// The zone that loses a task.
    ZONE_TO_STOP: "policy::scale_in::zone_to_stop",
        "a task is stopped in the zone that has the most; in it at random",
        "ECS developer guide, ecs_services";
    /// The task on instances that goes.
    TASK_TO_STOP: "policy::placement::stop::task_to_stop",
        "on instances a task that still waits for one is stopped first, then by the reverse of the \
         placement strategy: binpack frees the emptiest instance, spread takes from the fullest \
         zone or instance; further rules narrow the ties (ASSUMPTION)",
        "ECS developer guide, \"task placement\"";
    /// Availability Zone rebalancing.
    REBALANCING: "policy::placement::zones::rebalancing",
        "a steady service whose zones differ by more than one task starts one in the poorest zone \
         and, once it is healthy, stops one in the richest",
        "ECS developer guide, \"service rebalancing\"";
    /// Who is taken by a reclaim.
    RECLAIM: "policy::spot::is_reclaimed",
        "a reclaim takes each task of the zone (of instances: each of the pool) with a chance \
         equal to its severity",
        "ASSUMPTION (docs/spot.md): AWS publishes nothing about who is taken";
    /// The grace of a reclaimed task.
    SIGKILL: "policy::fargate::sigkill_at",
        "SIGTERM comes with the notice, SIGKILL stopTimeout later",
        "ECS developer guide, fargate-capacity-providers";
    /// The alarms of a policy.
    ALARMS: "policy::target_tracking::alarms",
        "the alarm above the target takes 3 of 3 minutes, the one below 90 % of it 15 of 15",
        "a dump of the alarms that AWS made";
    /// What a policy asks for.
    CAPACITY: "policy::target_tracking::proportional_capacity",
        "the capacity is proportional to metric over target, rounded up",
        "EC2 Auto Scaling user guide, as-using-sqs-queue";
    /// Several policies.
    DECIDE: "policy::target_tracking::decide",
        "any policy scales out, by the one that asks for most; all must agree to scale in",
        "Application Auto Scaling user guide, application-auto-scaling-target-tracking";
    /// An alarm of the scenario's.
    ALARM: "policy::alarm::evaluate",
        "an alarm goes off when M of the newest N data points breach its threshold; missing ones \
         count as it says",
        "CloudWatch user guide, alarms-and-missing-data";
    /// A step policy.
    STEP: "policy::step_scaling::aggregated",
        "the step that holds the distance of the metric from the alarm's threshold says by how \
         much; the metric is the mean (or least, or most) of the breaching data points \
         (ASSUMPTION)",
        "API StepAdjustment";
    /// Several policies, step policies among them.
    LARGEST: "policy::target_tracking::decide",
        "of several policies the one that asks for the largest capacity wins, out and in; one that \
         scales out outdoes all that scale in",
        "API PutScalingPolicy";
    /// A scheduled action.
    SCHEDULED: "policy::scheduled_scaling::scheduled",
        "a scheduled action sets MinCapacity and MaxCapacity; a count outside of them is taken \
         along, and no cooldown is asked",
        "Application Auto Scaling user guide, \"scheduled scaling\"";
    /// Predictive scaling.
    PREDICTED: "policy::predictive_scaling::forecast",
        "the load of an hour is foretold as the mean of the same hour of the days so far, or of \
         the same weekday once a week is known (ASSUMPTION); as many tasks as it takes are started \
         before it, and none is stopped",
        "Application Auto Scaling user guide, \"predictive scaling\"";
    /// The cooldowns and bounds of scaling.
    COOLDOWN: "policy::target_tracking::scale_out",
        "within the scale-out cooldown only what goes beyond the capacity already added is added; \
         the scale-in cooldown blocks scale-in",
        "Application Auto Scaling user guide, target-tracking-scaling-policy-overview";
    /// The cooldowns of step scaling.
    STEP_COOLDOWN: "policy::target_tracking::scale_out",
        "within the cooldown of a scale-out a larger step adds the difference only; that of a \
         scale-in blocks scale-in; the policies of a target share one (ASSUMPTION)",
        "Application Auto Scaling user guide, step-scaling-policy-overview";
    /// The bounds of a target.
    CAPACITY_BOUNDS: "policy::target_tracking::scale_out",
        "no policy scales out at or above MaxCapacity, or in at or below MinCapacity",
        "ECS developer guide, service-auto-scaling";
    /// Scale-in while a deployment is in progress.
    DEPLOYING: "policy::target_tracking::scale_in",
        "nothing scales in while a deployment of the service is in progress",
        "ECS developer guide, troubleshoot-service-auto-scaling";
    /// Scaling that is suspended.
    SUSPENDED: "policy::target_tracking::ScalableTarget",
        "DynamicScalingOutSuspended and DynamicScalingInSuspended switch a direction off",
        "API SuspendedState";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file's text with the marks and breaks of comments gone.
    fn plain(text: &str) -> String {
        let words = text.split_whitespace();
        let words = words.filter(|word| !["///", "//!", "//"].contains(word));
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_source_is_a_page_in_words() {
        for rule in ALL {
            let is_label = rule.source.split_whitespace().any(|word| {
                let word = word.trim_matches(|c: char| !c.is_alphanumeric());
                word.starts_with("DG-") || word.starts_with("UG-")
            });
            let is_label = is_label || !rule.source.contains(' ');
            assert!(!is_label, "{}: {}", rule.function, rule.source);
        }
    }

    #[test]
    fn every_rule_is_cited_as_its_policy_cites_it() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for rule in ALL {
            let mut path: Vec<&str> = rule.function.split("::").collect();
            let name = path.pop().unwrap();
            let folder = root.join(path.join("/"));
            let candidates = [
                folder.with_extension("rs"),
                folder.join("mod.rs"),
                folder.join("alarms.rs"),
                folder.join("by_size.rs"),
                folder.join("repacking.rs"),
            ];
            let texts = candidates
                .iter()
                .filter_map(|path| std::fs::read_to_string(path).ok());
            let text = plain(&texts.collect::<String>());
            assert!(
                text.contains(&format!(" {name}")),
                "{} is gone",
                rule.function
            );
            if rule.source.starts_with("ASSUMPTION (docs/spot.md)") {
                continue;
            }
            assert!(
                text.contains(rule.source),
                "{} no longer cites {:?}",
                rule.function,
                rule.source
            );
        }
    }
}
