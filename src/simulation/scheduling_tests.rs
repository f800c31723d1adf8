//! Who starts tasks where: the launch type EC2, DAEMON services, rebalancing of zones.

use super::fixture::plan;
use super::instance_tests::{desired_at, on_instances, played, running, with_status};
use crate::engine::{SimDuration, SimTime};
use crate::ids::{GroupId, InstanceId, ServiceId, TaskDefinitionId, ZoneId};
use crate::policy::circuit_breaker::{CircuitBreaker, Threshold};
use crate::policy::cluster_query::Expression;
use crate::policy::life_cycle::StopCause;
use crate::scenario::plan::{Plan, ProviderKind, ServiceUpdate, TimelineAction, TimelineEntry};
use crate::simulation::Simulation;
use crate::simulation::outcome::RunLimits;
use crate::world::instance::InstanceStatus;
use crate::world::task::{Owner, TaskRecord};

/// A second group, and tasks that no provider is asked for.
fn of_launch_type() -> Plan {
    let mut plan = on_instances();
    plan.groups.push(plan.groups[0].clone());
    plan.groups[1].name = "other".into();
    for group in &mut plan.groups {
        group.desired_capacity = 1;
    }
    plan.providers[0].kind = ProviderKind::Ec2;
    plan.providers[0].group = None;
    plan
}

#[test]
fn tasks_of_the_launch_type_go_to_any_group_and_nothing_grows_for_them() {
    let mut plan = of_launch_type();
    plan.services[0].desired_count = 9;
    let simulation = played(&plan, 3_600);
    // Two instances of two places each.
    assert_eq!(running(&simulation), 4);
    assert_eq!(simulation.world.services[0].counts().pending, 0);
    let instances = &simulation.world.capacity.instances;
    let groups: Vec<GroupId> = instances.iter().map(|it| it.record.group).collect();
    assert_eq!(groups, [GroupId(0), GroupId(1)]);
    for (_, task) in simulation.world.tasks.iter() {
        let record = &task.record;
        let instance = record.instance.unwrap();
        assert_eq!(record.group, Some(groups[instance.index()]));
    }
}

/// The fixture's service as a DAEMON, of a quarter of the size, beside a second service.
fn with_daemon() -> Plan {
    let mut plan = on_instances();
    let mut daemon = plan.services[0].clone();
    let mut definition = plan.task_definitions[0].clone();
    plan.services[0].desired_count = 2;
    definition.cpu = crate::units::CpuUnits(256);
    definition.memory = crate::units::MiB(512);
    plan.task_definitions.push(definition);
    let mut provider = plan.providers[0].clone();
    provider.kind = ProviderKind::Ec2;
    provider.group = None;
    plan.providers.push(provider);
    let its = crate::ids::ProviderId::from_index(plan.providers.len() - 1);
    daemon.name = "agent".into();
    daemon.key = crate::engine::random::NameHash::of("agent");
    daemon.task_definition = crate::ids::TaskDefinitionId(1);
    daemon.strategy = crate::policy::strategy::Strategy::only(its);
    daemon.is_daemon = true;
    daemon.desired_count = 0;
    daemon.placement.distinct_instance = true;
    daemon.minimum_healthy_percent = 0;
    daemon.maximum_percent = 100;
    daemon.target_group = None;
    daemon.demand = None;
    plan.services.push(daemon);
    plan
}

const DAEMON: ServiceId = ServiceId(1);

fn daemons(simulation: &Simulation<'_>) -> Vec<InstanceId> {
    let tasks = simulation.world.tasks.iter();
    let its = tasks.filter(|(_, task)| task.record.owner == Owner::Service(DAEMON));
    let mut on: Vec<InstanceId> = its.filter_map(|(_, task)| task.record.instance).collect();
    on.sort_unstable();
    on
}

#[test]
fn a_daemon_runs_once_on_every_active_instance_and_starts_first() {
    // Each instance has 2,048 CPU units: a daemon leaves room for one task of 1,024.
    let plan = with_daemon();
    let simulation = played(&plan, 3_000);
    assert_eq!(running(&simulation), 2);
    assert_eq!(with_status(&simulation, InstanceStatus::Active), 2);
    let all: Vec<InstanceId> = (0..2).map(InstanceId).collect();
    assert_eq!(daemons(&simulation), all);
    let counts = simulation.world.services[DAEMON.index()].counts();
    assert_eq!((counts.desired, counts.running), (2, 2));
    for id in all {
        let tasks = simulation.world.tasks.iter();
        let on = tasks.filter(|(_, task)| task.record.instance == Some(id));
        let mut placed: Vec<_> = on
            .map(|(_, task)| {
                let is_daemon = task.record.owner == Owner::Service(DAEMON);
                (task.record.times.placed, !is_daemon)
            })
            .collect();
        placed.sort_unstable();
        assert!(!placed[0].1, "the daemon is the first");
    }
}

/// Managed scaling knows what a daemon takes, and that an instance with nothing else is empty.
#[test]
fn an_instance_with_daemons_only_is_empty() {
    let mut plan = with_daemon();
    plan.timeline = vec![desired_at(3_000, 0)];
    let simulation = played(&plan, 3 * 3_600);
    assert_eq!(with_status(&simulation, InstanceStatus::Active), 0);
    assert_eq!(daemons(&simulation), []);
    assert_eq!(simulation.world.services[DAEMON.index()].desired, 0);
}

#[test]
fn a_daemon_stops_last_on_an_instance_that_drains() {
    let mut plan = with_daemon();
    plan.run.duration = SimDuration::from_secs(8_000);
    plan.timeline = vec![TimelineEntry {
        at: SimTime::from_secs(3_000),
        action: TimelineAction::InstanceRefresh {
            group: GroupId(0),
            min_healthy_percent: 50,
        },
    }];
    let outcome = Simulation::new(&plan, 0).run(&RunLimits::default());
    let on_old = |task: &&TaskRecord| task.instance.is_some_and(|id| id.0 < 2);
    let old: Vec<&TaskRecord> = outcome.observed.tasks.iter().filter(on_old).collect();
    assert_eq!(old.len(), 4, "a task and a daemon each");
    for id in [InstanceId(0), InstanceId(1)] {
        let on = |owner| {
            let mut its = old.iter().filter(move |task| task.instance == Some(id));
            its.find(move |task| task.owner == Owner::Service(owner))
                .expect("both were there")
        };
        let (daemon, other) = (on(DAEMON), on(ServiceId(0)));
        assert_eq!(daemon.stop.unwrap().cause, StopCause::InstanceDraining);
        assert!(other.times.stopped.unwrap() <= daemon.times.stopping.unwrap());
    }
    let new = outcome.observed.tasks.iter().filter(|task| !on_old(task));
    let daemons = new.filter(|task| task.owner == Owner::Service(DAEMON));
    assert_eq!(daemons.count(), 2);
}

/// Tasks of a service by zone, without those on their way out.
fn by_zone(simulation: &Simulation<'_>) -> [usize; 3] {
    let in_zone = |zone| {
        let tasks = simulation.world.tasks.iter();
        let live = tasks.filter(|(_, task)| task.record.stop.is_none());
        live.filter(|(_, task)| task.record.zone == ZoneId(zone))
            .count()
    };
    [in_zone(0), in_zone(1), in_zone(2)]
}

/// Six tasks on Fargate, and a zone that fails for ten minutes.
fn after_an_outage() -> Plan {
    let mut plan = plan();
    plan.services[0].desired_count = 6;
    plan.services[0].rebalances = true;
    plan.scalable_targets.clear();
    plan.timeline = vec![TimelineEntry {
        at: SimTime::from_secs(1_000),
        action: TimelineAction::Outage {
            zone: ZoneId(2),
            length: SimDuration::from_secs(600),
        },
    }];
    plan
}

#[test]
fn after_an_outage_tasks_move_back_one_by_one() {
    let mut plan = after_an_outage();
    let before = played(&plan, 1_590);
    assert_eq!(by_zone(&before), [3, 3, 0]);
    let after = played(&plan, 3_600);
    assert_eq!(by_zone(&after), [2, 2, 2]);
    let service = &after.world.services[0];
    assert_eq!((service.desired, service.moving), (6, None));
    plan.services[0].rebalances = false;
    assert_eq!(by_zone(&played(&plan, 3_600)), [3, 3, 0]);
}

/// CAP-E24's order (DG-azr): never fewer than desired, one more while a task moves.
#[test]
fn a_task_is_healthy_in_the_poor_zone_before_one_stops_in_the_rich_one() {
    let plan = after_an_outage();
    let mut seen = Vec::new();
    for second in (1_600..3_600).step_by(5) {
        let simulation = played(&plan, second);
        let counts = simulation.world.services[0].counts();
        assert!(6 <= counts.running, "{second}: {counts:?}");
        assert!(counts.running + counts.pending <= 7, "{second}: {counts:?}");
        seen.push(by_zone(&simulation));
    }
    seen.dedup();
    // The next one starts as soon as the first one's place was given up.
    let moves = [[3, 3, 0], [3, 3, 1], [2, 3, 2], [2, 2, 2]];
    assert_eq!(seen, moves);
}

#[test]
fn a_deployment_ends_what_rebalancing_began() {
    let mut plan = after_an_outage();
    plan.timeline.push(desired_at(1_905, 9));
    let simulation = played(&plan, 3_600);
    assert_eq!(by_zone(&simulation), [3, 3, 3]);
    assert_eq!(simulation.world.services[0].moving, None);
}

/// UpdateService of the DAEMON service: another revision.
fn update(seconds: u64, definition: u32) -> TimelineEntry {
    TimelineEntry {
        at: SimTime::from_secs(seconds),
        action: TimelineAction::UpdateService(ServiceUpdate {
            service: DAEMON,
            desired_count: None,
            strategy: None,
            task_definition: Some(TaskDefinitionId(definition)),
            force_new_deployment: false,
            deployment: Default::default(),
        }),
    }
}

/// The instances of a DAEMON service are those that its newest revision may go to.
#[test]
fn a_daemon_follows_the_constraints_of_its_newest_revision() {
    let mut plan = with_daemon();
    let mut bound = plan.task_definitions[1].clone();
    let zone = "attribute:ecs.availability-zone == us-east-1a";
    bound.hosting.constraints = vec![Expression::parse(zone).unwrap()];
    plan.task_definitions.push(bound);
    plan.timeline = vec![update(3_000, 2), update(4_000, 1)];
    let on = |seconds: u64| {
        let simulation = played(&plan, seconds);
        let state = &simulation.world.services[DAEMON.index()];
        (daemons(&simulation), state.desired, state.deployments.len())
    };
    let (first, second) = (InstanceId(0), InstanceId(1));
    assert_eq!(on(2_999), (vec![first, second], 2, 1));
    // The first of them stands in us-east-1a.
    assert_eq!(on(3_999), (vec![first], 1, 1));
    assert_eq!(on(5_000), (vec![first, second], 2, 1));
}

/// The circuit breaker counts a DAEMON service's tasks as it does any other's, of as many as there
/// are instances: two make the least threshold, 3. What it goes back to is wanted on the instances
/// that the failed revision was not for.
#[test]
fn a_daemon_is_rolled_back_by_the_circuit_breaker() {
    let mut plan = with_daemon();
    let mut bad = plan.task_definitions[1].clone();
    bad.work.start_failures = 1.0;
    let zone = "attribute:ecs.availability-zone == us-east-1a";
    bad.hosting.constraints = vec![Expression::parse(zone).unwrap()];
    plan.task_definitions.push(bad);
    plan.services[DAEMON.index()].circuit_breaker = Some(CircuitBreaker {
        rollback: true,
        reset_on_healthy_task: true,
        threshold: Threshold::default(),
    });
    plan.timeline = vec![update(3_000, 2)];
    let (first, second) = (InstanceId(0), InstanceId(1));
    let simulation = played(&plan, 3_010);
    assert_eq!(simulation.world.services[DAEMON.index()].desired, 1);
    let simulation = played(&plan, 5_000);
    let state = &simulation.world.services[DAEMON.index()];
    assert_eq!(daemons(&simulation), [first, second]);
    assert_eq!((state.desired, state.deployments.len()), (2, 1));
    assert_eq!(state.primary().definition, TaskDefinitionId(1));
    let outcome = Simulation::new(&plan, 0).run(&RunLimits::default());
    let tasks = outcome.observed.tasks.iter();
    let failed = tasks.filter(|task| task.definition == TaskDefinitionId(2));
    assert_eq!(failed.count(), 3);
    let summary = &outcome.observed.summary.services[DAEMON.index()];
    assert_eq!(summary.deployments_rolled_back, 1);
}

/// Without a rollback a failed deployment starts no task any more, on no instance.
#[test]
fn a_failed_deployment_of_a_daemon_starts_nothing() {
    let mut plan = with_daemon();
    let mut bad = plan.task_definitions[1].clone();
    bad.work.start_failures = 1.0;
    plan.task_definitions.push(bad);
    plan.services[DAEMON.index()].circuit_breaker = Some(CircuitBreaker {
        rollback: false,
        reset_on_healthy_task: true,
        threshold: Threshold::default(),
    });
    plan.timeline = vec![update(3_000, 2), update(5_000, 1)];
    let simulation = played(&plan, 4_900);
    assert_eq!(daemons(&simulation), []);
    assert_eq!(simulation.world.services[DAEMON.index()].desired, 2);
    let simulation = played(&plan, 6_000);
    assert_eq!(daemons(&simulation), [InstanceId(0), InstanceId(1)]);
}
