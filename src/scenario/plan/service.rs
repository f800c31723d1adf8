//! Services: who asks of them, and what distributes the requests.

use super::Plan;
use super::alarm::AlarmMetric;
use super::boundary::TaskSubnetPlan;
use super::deployment::{DeploymentAlarmsPlan, DeploymentRules, TaskSetPlan, TrafficShiftPlan};
use super::ec2::PlacementPlan;
use super::volume::TaskVolumePlan;
use crate::demand::generator::RateSpec;
use crate::engine::random::NameHash;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{LoadBalancerId, TargetGroupId, TaskDefinitionId, ZoneId};
use crate::policy::balancing::FlowKind;
use crate::policy::circuit_breaker::CircuitBreaker;
use crate::policy::load::Routing;
use crate::policy::rollout::EarlySuccess;
use crate::policy::strategy::Strategy;

/// Which utilization metrics of a service ECS publishes every 20 s (`monitoring`).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct FineMetrics {
    /// `CPUUtilization`.
    pub cpu: bool,
    /// `MemoryUtilization`.
    pub memory: bool,
}

impl FineMetrics {
    /// How many.
    pub fn count(self) -> u64 {
        u64::from(self.cpu) + u64::from(self.memory)
    }

    /// Whether a metric is one of them.
    pub fn has(self, metric: AlarmMetric) -> bool {
        match metric {
            AlarmMetric::CpuUtilization => self.cpu,
            AlarmMetric::MemoryUtilization => self.memory,
            _ => false,
        }
    }
}

/// A service.
#[derive(Clone, Debug)]
pub struct ServicePlan {
    /// `serviceName`.
    pub name: String,
    /// The key of its random streams (its name, unless `world.streams` pins another).
    pub key: NameHash,
    /// The revision at the start.
    pub task_definition: TaskDefinitionId,
    /// `schedulingStrategy` DAEMON: a task on each ACTIVE instance that it may go to, instead of
    /// REPLICA: as many tasks as desired.
    pub is_daemon: bool,
    /// The EBS volume of each of its tasks.
    pub volume: Option<TaskVolumePlan>,
    /// `desiredCount` at the start; of a DAEMON service none.
    pub desired_count: u32,
    /// Where its tasks go.
    pub strategy: Strategy,
    /// How its tasks are placed on container instances.
    pub placement: PlacementPlan,
    /// Whether `availabilityZoneRebalancing` is ENABLED, and the service is one that it is for.
    pub rebalances: bool,
    /// `minimumHealthyPercent`.
    pub minimum_healthy_percent: u32,
    /// `maximumPercent`.
    pub maximum_percent: u32,
    /// `deploymentCircuitBreaker`; `None`: not enabled.
    pub circuit_breaker: Option<CircuitBreaker>,
    /// `deploymentConfiguration.alarms`; `None`: not enabled.
    pub deployment_alarms: Option<DeploymentAlarmsPlan>,
    /// What UpdateService changes `alarms` to, in the order of the file.
    pub later_alarms: Vec<DeploymentAlarmsPlan>,
    /// `earlySuccessCriteria`; `None`: not enabled.
    pub early_success: Option<EarlySuccess>,
    /// Whether, and how, deployments shift traffic (`strategy`); `None`: `ROLLING`.
    pub traffic_shift: Option<TrafficShiftPlan>,
    /// What UpdateService changes `strategy` to, in the order of the file.
    pub later_shifts: Vec<TrafficShiftPlan>,
    /// Its task sets at the start, the PRIMARY one last; none unless its deploymentController is
    /// EXTERNAL.
    pub task_sets: Vec<TaskSetPlan>,
    /// `healthCheckGracePeriodSeconds`: for so long after a task started its failing checks do not
    /// count.
    pub health_check_grace: SimDuration,
    /// The target group it registers with.
    pub target_group: Option<TargetGroupId>,
    /// The others that each of its tasks registers with as well.
    pub further_groups: Vec<TargetGroupId>,
    /// The part of its requests that comes by each of these, the first one's first; empty: all come
    /// by that.
    pub group_parts: Vec<f64>,
    /// The second one, where its deployments shift traffic.
    pub alternate_group: Option<TargetGroupId>,
    /// Whether its tasks' security groups keep the load balancer out: no check ever passes.
    pub is_cut_off: bool,
    /// The zones of its subnets, in the plan's order.
    pub zones: Vec<ZoneId>,
    /// Its subnets, where something is known of them.
    pub subnets: Vec<TaskSubnetPlan>,
    /// Whether each task gets (and pays) a public IPv4 address.
    pub assign_public_ip: bool,
    /// Services of Cloud Map that its tasks are registered with.
    pub registries: u32,
    /// `serviceConnectConfiguration.enabled`: a proxy beside each task finds those of others.
    pub service_connect: bool,
    /// `monitoring`: which of its metrics ECS publishes every 20 s.
    pub fine_metrics: FineMetrics,
    /// Who asks of it.
    pub demand: Option<DemandPlan>,
}

impl ServicePlan {
    /// Whether its deploymentController is EXTERNAL: it has task sets.
    pub fn has_task_sets(&self) -> bool {
        !self.task_sets.is_empty()
    }

    /// Whether its deploymentController is CODE_DEPLOY.
    pub fn is_by_code_deploy(&self) -> bool {
        let shift = self.traffic_shift.as_ref();
        shift.is_some_and(|it| it.by_code_deploy)
    }

    /// Whether its deployments are task sets: of CodeDeploy, or of whoever makes them.
    pub fn makes_task_sets(&self) -> bool {
        self.has_task_sets() || self.is_by_code_deploy()
    }

    /// How deployments shift traffic, by its place: that of the start is the first, those of
    /// UpdateService come after it.
    pub fn shift(&self, place: u32) -> Option<&TrafficShiftPlan> {
        match place.checked_sub(1) {
            None => self.traffic_shift.as_ref(),
            Some(later) => self.later_shifts.get(later as usize),
        }
    }

    /// The alarms that fail deployments, by their place: those of the start are the first, those of
    /// UpdateService come after them.
    pub fn watched(&self, place: u32) -> Option<&DeploymentAlarmsPlan> {
        match place.checked_sub(1) {
            None => self.deployment_alarms.as_ref(),
            Some(later) => self.later_alarms.get(later as usize),
        }
    }

    /// Whether any of its deployments may shift traffic.
    pub fn may_shift(&self) -> bool {
        self.traffic_shift.is_some() || !self.later_shifts.is_empty()
    }

    /// Whether ECS itself shifts the traffic of any of them, not CodeDeploy.
    pub fn is_shifted_by_ecs(&self) -> bool {
        let mut all = self.traffic_shift.iter().chain(&self.later_shifts);
        all.any(|shift| !shift.by_code_deploy)
    }

    /// Lifecycle hooks of what stands before this place.
    pub fn hooks_before(&self, place: u32) -> u32 {
        let before = (0..place).filter_map(|it| self.shift(it));
        before.map(|shift| shift.hooks.len() as u32).sum()
    }

    /// The name of one of its lifecycle hooks, by its place among all of them.
    pub fn hook_name(&self, hook: u32) -> &str {
        let all = self.traffic_shift.iter().chain(&self.later_shifts);
        let mut hooks = all.flat_map(|shift| &shift.hooks);
        hooks.nth(hook as usize).map_or("", |hook| &hook.name)
    }

    /// All target groups that each of its tasks registers with, in the order of `loadBalancers`.
    pub fn groups(&self) -> impl Iterator<Item = TargetGroupId> + '_ {
        let further = self.further_groups.iter();
        self.target_group.iter().chain(further).copied()
    }

    /// The same, with the part of the service's requests that each gets.
    pub fn group_parts(&self) -> impl Iterator<Item = (TargetGroupId, f64)> + '_ {
        let of = |(at, group)| {
            let all = if at == 0 { 1.0 } else { 0.0 };
            (group, self.group_parts.get(at).copied().unwrap_or(all))
        };
        self.groups().enumerate().map(of)
    }

    /// The part of the service's requests that some of its target groups get together.
    pub fn part_of(&self, is_meant: impl Fn(TargetGroupId) -> bool) -> f64 {
        if self.further_groups.is_empty() {
            return 1.0;
        }
        let meant = self.group_parts().filter(|(group, _)| is_meant(*group));
        meant.map(|(_, part)| part).sum()
    }

    /// What its deployments keep to at the start.
    pub fn deployment_rules(&self) -> DeploymentRules {
        DeploymentRules {
            minimum_healthy_percent: self.minimum_healthy_percent,
            maximum_percent: self.maximum_percent,
            circuit_breaker: self.circuit_breaker,
            alarms: self.deployment_alarms.as_ref().map(|_| 0),
            early_success: self.early_success,
            shift: self.traffic_shift.as_ref().map(|_| 0),
        }
    }
}

impl Plan {
    /// The target group whose checks a task failed: the one that was foreseen, else the one whose
    /// failed checks are through soonest.
    pub fn failed_group(
        &self,
        service: &ServicePlan,
        foreseen: Option<(SimTime, TargetGroupId)>,
    ) -> Option<&TargetGroupPlan> {
        if let Some((_, group)) = foreseen {
            return self.target_groups.get(group.index());
        }
        let groups = service.groups().chain(service.alternate_group);
        let groups = groups.map(|group| &self.target_groups[group.index()]);
        groups.min_by_key(|it| {
            let interval_us = it.health_check_interval.as_micros();
            interval_us.saturating_mul(u64::from(it.checks_to_unhealthy))
        })
    }

    /// Whether the load balancers of a service all have a node in a zone; true without one.
    pub fn has_node(&self, service: &ServicePlan, zone: ZoneId) -> bool {
        let alternate = match service.target_group {
            Some(_) => None,
            None => service.alternate_group,
        };
        let mut groups = service.groups().chain(alternate);
        groups.all(|group| self.has_node_of(group, zone))
    }

    /// Whether the load balancer of a target group has a node in a zone.
    pub fn has_node_of(&self, group: TargetGroupId, zone: ZoneId) -> bool {
        let balancer = self.target_groups[group.index()].load_balancer;
        let zones = &self.load_balancers[balancer.index()].zones;
        zone == ZoneId::NOWHERE || zones.contains(&zone)
    }
}

/// Requests to a service.
#[derive(Clone, Debug)]
pub struct DemandPlan {
    /// The key of the demand's random streams.
    pub key: NameHash,
    /// The queue that the service's tasks pull from; `None`: it is asked.
    pub queue: Option<QueuePlan>,
    /// The rate of first tries.
    pub rate: RateSpec,
    /// The client gives up after this long; `None`: it waits for ever.
    pub timeout: Option<SimDuration>,
    /// What becomes of a request in a task's queue whose client has given up.
    pub on_timeout: OnTimeout,
    /// Tries after the first one that failed.
    pub retry_attempts: u32,
    /// The wait before a further try.
    pub retry_backoff: SimDuration,
    /// Bytes of a request.
    pub bytes_in: f64,
    /// Bytes of a response.
    pub bytes_out: f64,
    /// New connections per request.
    pub connections_per_request: f64,
    /// How long a connection stays open.
    pub connection_length: SimDuration,
    /// The requests that belong to sessions bound to a target, where stickiness is on.
    pub sessions: Option<SessionsPlan>,
}

/// Sessions that a load balancer binds to the target that they began at.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SessionsPlan {
    /// The share of requests that belong to one, 0 to 1.
    pub share: f64,
    /// How long one lasts, mean.
    pub length: SimDuration,
}

/// An SQS queue that a service's tasks pull from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueuePlan {
    /// `QueueName`.
    pub name: String,
    /// `VisibilityTimeout`.
    pub visibility: SimDuration,
}

/// What becomes of a request in a task's queue whose client has given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnTimeout {
    /// It leaves the queue: nobody works for a connection that is closed.
    LeavesQueue,
    /// It is worked on all the same: overload then feeds itself.
    StaysInQueue,
}

/// A load balancer.
#[derive(Clone, Debug)]
pub struct LoadBalancerPlan {
    /// Its name.
    pub name: String,
    /// Whether it is a Network Load Balancer, not an Application Load Balancer.
    pub is_network: bool,
    /// Whether it faces the internet: public addresses and data out are paid.
    pub internet_facing: bool,
    /// Its zones.
    pub zones: Vec<ZoneId>,
    /// Listener rules evaluated per request, beyond the default one.
    pub rules: u32,
    /// `load_balancing.cross_zone.enabled`, where a target group does not say otherwise.
    pub cross_zone: bool,
    /// `idle_timeout.timeout_seconds`: an answer that takes longer is a 504. `None` of a Network
    /// Load Balancer, which knows of no answers.
    pub idle_timeout: Option<SimDuration>,
}

/// A target group.
#[derive(Clone, PartialEq, Debug)]
pub struct TargetGroupPlan {
    /// `TargetGroupName`.
    pub name: String,
    /// The load balancer it hangs on.
    pub load_balancer: LoadBalancerId,
    /// What its flows are, behind a Network Load Balancer; `None`: HTTP.
    pub flows: Option<FlowKind>,
    /// `load_balancing.algorithm.type`; of flows, any target.
    pub routing: Routing,
    /// `load_balancing.cross_zone.enabled`: each node of the balancer asks all zones' targets.
    pub cross_zone: bool,
    /// `slow_start.duration_seconds`; zero: none.
    pub slow_start: SimDuration,
    /// `load_balancing.algorithm.anomaly_mitigation`.
    pub mitigates: bool,
    /// `stickiness.enabled`.
    pub is_sticky: bool,
    /// `deregistration_delay.timeout_seconds`.
    pub deregistration_delay: SimDuration,
    /// `HealthCheckIntervalSeconds`.
    pub health_check_interval: SimDuration,
    /// `UnhealthyThresholdCount`: failing checks in a row until a target is unhealthy.
    pub checks_to_unhealthy: u32,
    /// `HealthyThresholdCount`: passing checks in a row until an unhealthy target is healthy again.
    pub checks_to_recover: u32,
    /// Passing checks until a new target is healthy: 1, or the healthy threshold in the pessimistic
    /// reading.
    pub checks_to_healthy: u32,
    /// How much longer each shift of traffic by ECS takes: behind a Network Load Balancer.
    pub shift_wait: SimDuration,
}
