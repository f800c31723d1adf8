//! Small runs on container instances, worked out by hand in the comment above the assertion.

use super::fixture::{always, jobs, plan, s, strategy};
use super::*;
use crate::catalog::instances;
use crate::ids::{GroupId, InstanceId, ServiceId, ZoneId};
use crate::policy::auto_scaling_group::{Distribution, TerminationPolicy};
use crate::policy::circuit_breaker::{CircuitBreaker, Threshold};
use crate::policy::image_cleanup::ImageCleanup;
use crate::policy::life_cycle::{Shortage, StopCause, StopCode};
use crate::policy::managed_scaling::{ManagedScaling, WAIT_FOR_CAPACITY};
use crate::policy::placement::{Binpack, Need, PlacementRule, Ports, SERVICE_DEFAULT};
use crate::policy::spot::{InterruptionBucket, Level, Preset, SpotParameters, calibrate};
use crate::scenario::plan::*;
use crate::simulation::outcome::RunLimits;
use crate::world::instance::{InstanceStatus, TerminationCause};
use crate::world::task::{Task, TaskState, TaskTimes};

/// A group of one type in three zones, empty at first.
fn group(kind: GroupTypePlan) -> GroupPlan {
    GroupPlan {
        name: "ec2".into(),
        key: crate::engine::random::NameHash::of("ec2"),
        min_size: 0,
        max_size: 20,
        desired_capacity: 0,
        zones: vec![ZoneId(0), ZoneId(1), ZoneId(2)],
        subnets: vec![],
        types: vec![kind],
        distribution: Distribution::default(),
        on_demand_allocation: OnDemandAllocation::Prioritized,
        spot_allocation: SpotAllocation::PriceCapacityOptimized,
        spot_max_micro_usd: None,
        protects_new_instances: true,
        termination_policies: vec![TerminationPolicy::Default],
        warm_pool: None,
        capacity_rebalance: false,
        balances_zones: true,
        latencies: InstanceLatencyPlan {
            request: always(5.0),
            pending: always(20.0),
            boot: always(45.0),
            register: always(20.0),
        },
        agent: AgentPlan {
            stop_timeout: None,
            reserved_ports: Ports::default(),
            spot_draining: false,
            image_pull: ImagePull::Default,
            image_cleanup: Some(ImageCleanup::DEFAULT),
            attributes: vec![],
        },
        agent_version: "1.90.0".into(),
        is_unlimited: None,
        volumes: vec![],
        shortages: None,
        launch_failures: 0.0,
        launch_retry: s(60),
        external: None,
        managed: None,
    }
}

/// The fixture's service on instances that hold two of its tasks of 1 vCPU / 2 GiB each: launched,
/// +90 s ACTIVE; tasks +1 s told, +10 s pulled (0.5 s if the image is there), +2 s running.
pub(super) fn on_instances() -> Plan {
    let mut plan = plan();
    let kind = |name: &str, cpu, memory| GroupTypePlan {
        instance_type: instances::find(name).unwrap(),
        registered: Need {
            cpu,
            memory,
            gpus: 0,
            enis: 2,
        },
        only: None,
        on_demand_micro_usd: u64::from(cpu) * 47,
        spot_micro_usd: u64::from(cpu) * 16,
        spot: None,
        pools: Vec::new(),
    };
    plan.groups = vec![group(kind("m6i.large", 2048, 7_700))];
    let provider = &mut plan.providers[0];
    provider.name = "ec2".into();
    provider.kind = ProviderKind::AutoScalingGroup(GroupId(0));
    provider.latencies = LatencyPlan {
        eni: always(4.0),
        prepare: always(1.0),
        pull_base: always(1.0),
        pull_per_mib: 0.09,
        pull_cached: always(0.5),
        volume: always(5.0),
        create: always(2.0),
        deprovision: always(2.0),
        registration: always(10.0),
    };
    provider.group = Some(GroupProviderPlan {
        group: GroupId(0),
        managed_scaling: Some(ManagedScaling::default()),
        termination_protection: true,
        managed_draining: true,
        placement_retry: s(10),
        wait_min: WAIT_FOR_CAPACITY.0,
        wait_max: WAIT_FOR_CAPACITY.1,
        is_managed_instances: false,
    });
    plan.services[0].placement.rules = SERVICE_DEFAULT.to_vec();
    plan.task_definitions[0].hosting.network = NetworkMode::Bridge;
    plan
}

/// Plays a plan, audited, up to a second of it.
pub(super) fn played<'p>(plan: &'p Plan, seconds: u64) -> Simulation<'p> {
    played_with(plan, seconds, |_| {})
}

/// The same with further events.
pub(super) fn played_with<'p>(
    plan: &'p Plan,
    seconds: u64,
    adds: impl FnOnce(&mut Queue<Event>),
) -> Simulation<'p> {
    let mut simulation = Simulation::new(plan, 0);
    let mut queue = Queue::new();
    let mut hash = EventHash::new();
    simulation.begin(&mut queue);
    adds(&mut queue);
    let until = SimTime::from_secs(seconds);
    while simulation.step(&mut queue, until, &mut hash) {
        if !simulation.soon.is_empty() {
            continue;
        }
        crate::world::audit::audit(&simulation.world, plan, simulation.now);
        audit::audit(&simulation.world, plan, &queue);
    }
    simulation
}

pub(super) fn desired_at(seconds: u64, count: u32) -> TimelineEntry {
    let update = ServiceUpdate {
        service: ServiceId(0),
        desired_count: Some(count),
        strategy: None,
        task_definition: None,
        force_new_deployment: false,
        deployment: Default::default(),
    };
    TimelineEntry {
        at: SimTime::from_secs(seconds),
        action: TimelineAction::UpdateService(update),
    }
}

pub(super) fn with_status(simulation: &Simulation<'_>, status: InstanceStatus) -> usize {
    let all = simulation.world.capacity.instances.iter();
    all.filter(|instance| instance.status == status).count()
}

pub(super) fn running(simulation: &Simulation<'_>) -> u32 {
    simulation.world.services[0].counts().running
}

/// AGENT, "automated task and image cleanup": the last task stopped at 1,000 s and a little, its
/// container goes three hours later, the image at the half hour after that, 12,600 s. Full pulls
/// take 10 s, those of an image that is there 0.5 s or nothing.
#[test]
fn an_image_that_nobody_uses_for_hours_is_pulled_again() {
    let pull_s = |at: u64, change: &dyn Fn(&mut AgentPlan)| {
        let mut plan = on_instances();
        plan.providers[0].group.as_mut().unwrap().managed_scaling = None;
        plan.services[0].desired_count = 1;
        let group = &mut plan.groups[0];
        (group.min_size, group.desired_capacity) = (1, 1);
        change(&mut group.agent);
        plan.timeline = vec![desired_at(1_000, 0), desired_at(at, 1)];
        let simulation = played(&plan, at + 60);
        let mut tasks = simulation.world.tasks.iter();
        let is_up = |task: &Task| task.state() == TaskState::Serving;
        let (_, task) = tasks.find(|(_, task)| is_up(task)).unwrap();
        let times = &task.record.times;
        let started = times.pull_started.unwrap();
        times.pull_stopped.unwrap().since(started).as_secs_f64()
    };
    let with = |pull: ImagePull, cleans: bool| {
        move |agent: &mut AgentPlan| {
            agent.image_pull = pull;
            agent.image_cleanup = cleans.then_some(ImageCleanup::DEFAULT);
        }
    };
    assert_eq!(pull_s(12_590, &with(ImagePull::Default, true)), 0.5);
    assert_eq!(pull_s(12_610, &with(ImagePull::Default, true)), 10.0);
    assert_eq!(pull_s(12_590, &with(ImagePull::Once, true)), 0.0);
    assert_eq!(pull_s(12_610, &with(ImagePull::Once, true)), 10.0);
    assert_eq!(pull_s(12_610, &with(ImagePull::PreferCached, false)), 0.0);
    // Its containers go within a minute here, and images every ten minutes: at 1,200 s.
    let soon = |agent: &mut AgentPlan| {
        agent.image_cleanup = Some(ImageCleanup {
            task_wait: s(60),
            interval: s(600),
            minimum_age: s(60),
        });
    };
    assert_eq!(pull_s(1_190, &soon), 0.5);
    assert_eq!(pull_s(1_210, &soon), 10.0);
}

#[test]
fn an_empty_group_starts_with_two_instances_and_grows_by_what_still_waits() {
    let mut plan = on_instances();
    plan.run.begin = Begin::Empty;
    plan.services[0].desired_count = 5;
    // The first minute sees 200 % and starts two; ACTIVE at 60 + 90 s; placed 10 s later, running
    // 1 + 10 + 2 s after that: four tasks at 173 s.
    let simulation = played(&plan, 172);
    assert_eq!(
        (
            running(&simulation),
            with_status(&simulation, InstanceStatus::Active)
        ),
        (0, 2)
    );
    assert_eq!(running(&played(&plan, 174)), 4);
    // The fifth is seen at 180 s; the warm-up of 300 s holds until the minute at 360 s; the third
    // instance is ACTIVE at 450 s.
    assert_eq!(
        with_status(&played(&plan, 359), InstanceStatus::Launching),
        0
    );
    assert_eq!(
        with_status(&played(&plan, 361), InstanceStatus::Launching),
        1
    );
    let simulation = played(&plan, 480);
    assert_eq!(
        (
            running(&simulation),
            with_status(&simulation, InstanceStatus::Active)
        ),
        (5, 3)
    );
    let waited: Vec<_> = simulation.world.tasks.iter().collect();
    let placed = waited
        .iter()
        .map(|(_, task)| task.record.times.placed.unwrap());
    assert_eq!(placed.max(), Some(SimTime::from_secs(460)));
}

#[test]
fn a_steady_run_begins_with_the_instances_that_its_tasks_need_and_the_target_s_spare() {
    let mut plan = on_instances();
    plan.services[0].desired_count = 5;
    let simulation = played(&plan, 3_600);
    assert_eq!(
        (
            running(&simulation),
            with_status(&simulation, InstanceStatus::Active)
        ),
        (5, 3)
    );
    let group = plan.providers[0].group.as_mut().unwrap();
    group.managed_scaling.as_mut().unwrap().target_capacity = 60;
    let simulation = played(&plan, 3_600);
    assert_eq!(
        with_status(&simulation, InstanceStatus::Active),
        5,
        "3 of 5 are 60 %"
    );
}

#[test]
fn a_group_scales_in_after_fifteen_minutes_and_keeps_busy_instances() {
    let mut plan = on_instances();
    plan.services[0].desired_count = 8;
    plan.services[0].placement.rules = vec![PlacementRule::Binpack(Binpack::Memory)];
    plan.timeline = vec![desired_at(1_000, 2)];
    // Tasks go one by one from the instance that then has the most free: after six stops three
    // instances are empty. The first minute below is at 1,020 s, the fifteenth at 1,860 s; half of
    // four go at once, half of two in the minute after.
    assert_eq!(
        with_status(&played(&plan, 1_859), InstanceStatus::Active),
        4
    );
    assert_eq!(
        with_status(&played(&plan, 1_861), InstanceStatus::Active),
        2
    );
    let simulation = played(&plan, 3_600);
    assert_eq!(with_status(&simulation, InstanceStatus::Active), 1);
    assert_eq!(running(&simulation), 2);
}

#[test]
fn a_task_waits_for_capacity_for_ten_to_thirty_minutes() {
    let mut plan = on_instances();
    plan.run.begin = Begin::Empty;
    plan.groups[0].max_size = 0;
    plan.job_sources = vec![jobs(1.0 / 7_200.0, 60.0)];
    plan.services.clear();
    plan.job_sources[0].placement.rules = vec![PlacementRule::Random];
    plan.run.duration = s(3 * 3_600);
    let outcome = Simulation::new(&plan, 0).run(&RunLimits::default());
    let task = &outcome.observed.tasks[0];
    let waited = task.times.stopping.unwrap() - task.times.created;
    assert!(s(600) <= waited && waited <= s(1_800), "{waited}");
    assert_eq!(task.stop.unwrap().cause, StopCause::CapacityUnavailable);
    // Where an instance is and is full, the reason is what it lacks (DG-failures).
    plan.run.begin = Begin::Steady;
    plan.groups[0].max_size = 1;
    plan.groups[0].desired_capacity = 1;
    plan.job_sources = vec![jobs(1.0 / 600.0, 10_000.0)];
    let outcome = Simulation::new(&plan, 0).run(&RunLimits::default());
    let stops = outcome.observed.tasks.iter().filter_map(|it| it.stop);
    let mut full = stops.filter(|it| it.code == StopCode::TaskFailedToStart);
    let cause = full.next().unwrap().cause;
    assert_eq!(cause, StopCause::NoInstanceHadRoom(Shortage::Cpu));
    assert_eq!(cause.stopped_reason(""), "RESOURCE:CPU");
}

#[test]
fn without_managed_scaling_what_finds_no_room_is_refused() {
    let mut plan = on_instances();
    plan.groups[0].desired_capacity = 1;
    plan.services[0].desired_count = 3;
    plan.providers[0].group.as_mut().unwrap().managed_scaling = None;
    let simulation = played(&plan, 600);
    assert_eq!(running(&simulation), 2);
    assert_eq!(simulation.world.services[0].counts().pending, 0);
}

/// Told to stop at 1,000 s, 60 s of draining, 2,500 s until they exit: managed scaling wants half of
/// the two from 16 minutes on, but a protected instance ends no earlier than its tasks, and the other
/// half a minute later.
#[test]
fn a_protected_instance_does_not_end_under_a_task_that_stops() {
    let mut plan = on_instances();
    plan.services[0].desired_count = 4;
    plan.task_definitions[0].stop_timeout = s(3_000);
    plan.task_definitions[0].work.stops_in = s(2_500);
    plan.timeline = vec![desired_at(1_000, 0)];
    let at = |seconds| {
        let simulation = played(&plan, seconds);
        let desired = simulation.world.capacity.groups[0].counts.desired;
        (desired, with_status(&simulation, InstanceStatus::Active))
    };
    assert_eq!(at(3_559), (1, 2));
    assert_eq!(at(3_561), (1, 1));
    assert_eq!(at(3_700), (0, 0));
}

/// A container that wants 50 s to exit is killed before, or not: after the 30 s of its definition,
/// or after what the agent of its instance has instead.
#[test]
fn a_container_without_a_stop_timeout_has_its_agents() {
    for (by_agent, takes) in [(None, 30), (Some(s(60)), 50), (Some(s(5)), 5)] {
        let mut plan = on_instances();
        plan.groups[0].agent.stop_timeout = by_agent;
        plan.task_definitions[0].work.stops_in = s(50);
        plan.timeline = vec![desired_at(1_000, 0)];
        let outcome = Simulation::new(&plan, 0).run(&RunLimits::default());
        let all = outcome.observed.tasks.iter().map(|it| it.times);
        let mut told = all.filter_map(|it| it.execution_stopped.zip(it.sigterm));
        let (stopped, sigterm) = told.next().unwrap();
        assert_eq!(stopped.since(sigterm), s(takes), "{by_agent:?}");
    }
}

#[test]
fn a_stopping_task_has_its_share_of_the_host_until_it_is_gone() {
    let mut plan = on_instances();
    plan.groups[0].desired_capacity = 1;
    plan.groups[0].max_size = 1;
    plan.services[0].desired_count = 2;
    plan.services[0].minimum_healthy_percent = 50;
    plan.services[0].maximum_percent = 150;
    let force = ServiceUpdate {
        service: ServiceId(0),
        desired_count: None,
        strategy: None,
        task_definition: None,
        force_new_deployment: true,
        deployment: Default::default(),
    };
    plan.timeline = vec![TimelineEntry {
        at: SimTime::from_secs(1_000),
        action: TimelineAction::UpdateService(force),
    }];
    // One old task drains for 60 s and exits 4 s later; the new one, which 150 % lets start beside
    // it, finds no room at first, is placed when it is looked at again, and held until 1,064 s.
    let simulation = played(&plan, 1_063);
    let held = &simulation.world.capacity.instances[0].held;
    assert_eq!(held.len(), 1);
    let new = simulation.world.tasks.live(held[0]);
    assert_eq!(new.record.times.placed, Some(SimTime::from_secs(1_010)));
    assert_eq!(new.record.times.connectivity, new.record.times.placed);
    let simulation = played(&plan, 1_066);
    assert!(simulation.world.capacity.instances[0].held.is_empty());
    // PENDING since it was placed (GH-a3852), ACTIVATING since the host had the room.
    let mut times = (simulation.world.tasks.iter()).map(|(_, task)| task.record.times);
    let is_held = |it: &TaskTimes| it.placed == Some(SimTime::from_secs(1_010));
    let held = times.find(is_held).unwrap();
    assert_eq!(held.connectivity, Some(SimTime::from_secs(1_010)));
    assert_eq!(held.pull_started, Some(SimTime::from_secs(1_065)));
    // The image is there: half a second instead of ten.
    let tasks = simulation.world.tasks.iter();
    let started = tasks
        .filter_map(|(_, task)| task.record.times.started)
        .max();
    assert_eq!(started, Some(SimTime::from_micros(1_067_500_000)));
}

/// services.md's rule of the breaker's first stage (deployment-circuit-breaker): a task that never
/// reaches RUNNING counts, also one that waits for an instance until it is given up.
#[test]
fn tasks_that_find_no_instance_fail_their_deployment() {
    let mut plan = on_instances();
    plan.groups[0].desired_capacity = 1;
    plan.groups[0].max_size = 1;
    plan.services[0].desired_count = 2;
    plan.services[0].minimum_healthy_percent = 100;
    plan.services[0].maximum_percent = 200;
    plan.services[0].circuit_breaker = Some(CircuitBreaker {
        rollback: true,
        reset_on_healthy_task: true,
        threshold: Threshold::default(),
    });
    let force = ServiceUpdate {
        service: ServiceId(0),
        desired_count: None,
        strategy: None,
        task_definition: None,
        force_new_deployment: true,
        deployment: Default::default(),
    };
    plan.timeline = vec![TimelineEntry {
        at: SimTime::from_secs(1_000),
        action: TimelineAction::UpdateService(force),
    }];
    plan.run.duration = s(4 * 3_600);
    let outcome = Simulation::new(&plan, 0).run(&RunLimits::default());
    let summary = &outcome.observed.summary.services[0];
    assert_eq!(
        (summary.deployments_failed, summary.deployments_rolled_back),
        (1, 1)
    );
}

/// Instances of a steady start are older than the warm-up: the first minute that sees a task wait
/// launches.
#[test]
fn a_group_of_a_steady_start_grows_at_once() {
    let mut plan = on_instances();
    plan.services[0].desired_count = 2;
    plan.timeline = vec![desired_at(70, 3)];
    let launching = |seconds| with_status(&played(&plan, seconds), InstanceStatus::Launching);
    assert_eq!((launching(119), launching(121)), (0, 1));
    plan.run.begin = Begin::Empty;
    plan.groups[0].min_size = 1;
    plan.groups[0].desired_capacity = 1;
    let simulation = played(&plan, 299);
    assert_eq!(
        with_status(&simulation, InstanceStatus::Launching),
        0,
        "it warms up"
    );
}

/// capacity.md's rule of a host that is gone: nothing runs on there, whatever it was told before.
#[test]
fn a_task_that_is_stopping_ends_with_its_instance() {
    let mut plan = on_instances();
    plan.groups[0].desired_capacity = 1;
    plan.groups[0].zones = vec![ZoneId(0)];
    plan.services[0].desired_count = 2;
    let outage = TimelineEntry {
        at: SimTime::from_secs(1_030),
        action: TimelineAction::Outage {
            zone: ZoneId(0),
            length: s(600),
        },
    };
    plan.timeline = vec![desired_at(1_000, 0), outage];
    plan.run.duration = s(2_000);
    let outcome = Simulation::new(&plan, 0).run(&RunLimits::default());
    assert_eq!(outcome.observed.tasks.len(), 2);
    for task in &outcome.observed.tasks {
        // Told at 1,000 s, drained until 1,060 s without the outage.
        assert_eq!(task.times.stopping, Some(SimTime::from_secs(1_000)));
        assert_eq!(task.times.sigterm, None);
        assert_eq!(
            task.times.execution_stopped,
            Some(SimTime::from_secs(1_030))
        );
        assert_eq!(task.times.stopped, Some(SimTime::from_secs(1_030)));
        let stop = task.stop.unwrap();
        assert_eq!(
            (stop.cause, stop.exit_code),
            (StopCause::ScalingActivity, Some(137))
        );
    }
    // The audit counts what still stops after every event.
    played(&plan, 1_100);
}

#[test]
fn spot_instances_are_taken_with_notice_and_their_service_tasks_replaced() {
    let mut plan = on_instances();
    let bucket = InterruptionBucket::from_label(">20%").unwrap();
    let mut parameters = SpotParameters::ec2(Preset::Default, bucket);
    parameters.level = Level::InterruptionsPerSlotMonth(60.0);
    plan.groups[0].types[0].spot = Some(PoolBehaviour {
        parameters,
        rates: calibrate(&parameters).unwrap(),
    });
    plan.groups[0].distribution = Distribution {
        on_demand_base: 1,
        on_demand_percent: 0,
    };
    plan.services[0].desired_count = 8;
    plan.run.duration = s(5 * 86_400);
    let simulation = played(&plan, 5 * 86_400);
    let taken: Vec<_> = simulation
        .world
        .capacity
        .instances
        .iter()
        .filter(|instance| instance.record.cause == Some(TerminationCause::SpotInterruption))
        .collect();
    assert!(5 < taken.len(), "{}", taken.len());
    for instance in &taken {
        let times = instance.record.times;
        if let (Some(draining), Some(terminated)) = (times.draining, times.terminated) {
            assert_eq!(terminated - draining, s(120));
        }
    }
    assert_eq!(running(&simulation), 8);
}

#[test]
fn without_draining_a_spot_instance_vanishes_with_its_tasks() {
    let mut plan = on_instances();
    plan.services[0].desired_count = 4;
    plan.providers[0].group.as_mut().unwrap().managed_draining = false;
    let mut simulation = Simulation::new(&plan, 0);
    let mut queue = Queue::new();
    simulation.begin(&mut queue);
    let fate = event::HostFate::SpotNotice;
    let instance = InstanceId(0);
    queue.schedule_at(
        SimTime::from_secs(100),
        Event::InstanceFate { instance, fate },
    );
    let mut hash = EventHash::new();
    let states = |simulation: &Simulation<'_>| {
        let tasks = simulation.world.tasks.iter();
        tasks
            .filter(|(_, task)| task.state() == TaskState::Stopping)
            .count()
    };
    while simulation.step(&mut queue, SimTime::from_secs(219), &mut hash) {}
    assert_eq!((running(&simulation), states(&simulation)), (4, 0));
    while simulation.step(&mut queue, SimTime::from_secs(221), &mut hash) {
        crate::world::audit::audit(&simulation.world, &plan, simulation.now);
    }
    assert_eq!(running(&simulation), 2);
    while simulation.step(&mut queue, SimTime::from_secs(600), &mut hash) {
        crate::world::audit::audit(&simulation.world, &plan, simulation.now);
    }
    assert_eq!(running(&simulation), 4);
}

#[test]
fn strategies_of_fargate_and_instances_play_side_by_side() {
    let mut plan = on_instances();
    let mut other = plan.services[0].clone();
    other.name = "spot".into();
    other.key = crate::engine::random::NameHash::of("spot");
    other.strategy = strategy(&[(1, 0, 1)]);
    other.target_group = None;
    plan.services.push(other);
    let simulation = played(&plan, 86_400);
    assert_eq!(running(&simulation), 3);
}

#[test]
fn every_instance_is_the_one_that_a_scan_of_all_finds() {
    let strategies: [&[PlacementRule]; 4] = [
        &SERVICE_DEFAULT,
        &[PlacementRule::Random],
        &[PlacementRule::Binpack(Binpack::Cpu)],
        &[],
    ];
    for rules in strategies {
        let mut plan = on_instances();
        plan.run.duration = s(7_200);
        plan.services[0].placement.rules = rules.to_vec();
        plan.services[0].desired_count = 7;
        plan.timeline = vec![
            desired_at(600, 11),
            desired_at(3_000, 5),
            desired_at(4_000, 9),
        ];
        let mut source = jobs(0.02, 300.0);
        source.placement = PlacementPlan {
            rules: vec![PlacementRule::Random],
            constraints: vec![],
            live_constraints: vec![],
            distinct_instance: true,
        };
        plan.job_sources = vec![source];
        let simulation = Simulation::new(&plan, 0)
            .following(Trail::of(None))
            .audited();
        let outcome = simulation.run(&RunLimits::default());
        let trail = outcome.observed.trail.unwrap();
        assert!(100 < trail.placements.len(), "{}", trail.placements.len());
        for placement in &trail.placements {
            assert_eq!(placement.found, placement.scanned, "{placement:?}");
        }
        let waited = trail.placements.iter().filter(|it| it.found.is_none());
        assert!(
            waited
                .clone()
                .all(|it| it.instances == 0 || it.closest.is_some())
        );
        assert!(0 < waited.count());
    }
}

#[test]
fn a_search_tells_how_many_tasks_of_its_program_are_there_whatever_the_strategy() {
    for rule in [
        PlacementRule::Binpack(Binpack::Memory),
        PlacementRule::Random,
    ] {
        let mut plan = on_instances();
        plan.services.clear();
        plan.groups[0].desired_capacity = 6;
        // None of them ends in the run.
        let mut source = jobs(0.1, 100_000.0);
        source.placement.rules = vec![rule];
        plan.job_sources = vec![source];
        plan.run.duration = s(600);
        let simulation = Simulation::new(&plan, 0).following(Trail::of(None));
        let outcome = simulation.run(&RunLimits::default());
        let mut there = std::collections::BTreeMap::new();
        for placement in &outcome.observed.trail.unwrap().placements {
            let (Some(found), Some((_, same))) = (placement.found, placement.chosen) else {
                continue;
            };
            let count = there.entry(found).or_insert(0);
            assert_eq!(same, *count, "{placement:?}");
            *count += 1;
        }
        assert!(there.values().any(|count| 1 < *count), "{there:?}");
    }
}

#[test]
fn steps_that_take_no_time_come_as_the_queue_would_have_them() {
    let mut plan = on_instances();
    plan.services.clear();
    plan.groups[0].desired_capacity = 6;
    let provider = &mut plan.providers[0];
    let nothing = always(0.0);
    provider.latencies = LatencyPlan {
        eni: nothing,
        prepare: nothing,
        pull_base: nothing,
        pull_per_mib: 0.0,
        pull_cached: nothing,
        volume: nothing,
        create: nothing,
        deprovision: nothing,
        registration: nothing,
    };
    // Three a second that work for four seconds each, so that ends and arrivals fall together; two
    // at once for each arrival, of the same kind from two programs.
    plan.job_sources = vec![jobs(1.5, 4.0), jobs(1.5, 4.0)];
    plan.job_sources[1].name = "others".into();
    plan.job_sources[1].key = crate::engine::random::NameHash::of("others");
    for source in &mut plan.job_sources {
        source.count = 2;
    }
    plan.run.duration = s(600);
    let play = |is_queued: bool| {
        let mut simulation = Simulation::new(&plan, 0);
        simulation.is_queued = is_queued;
        simulation.run(&RunLimits::default())
    };
    let (queued, passing) = (play(true), play(false));
    assert_eq!(passing.event_hash, queued.event_hash);
    assert_eq!(passing.events, queued.events);
    assert_eq!(passing.observed.summary, queued.observed.summary);
    let started = passing.observed.summary.total.tasks.started;
    assert!(1_000 < started, "{started} of 3,600 tasks found room");
}

/// An expression about what changes with every task.
fn live(text: &str) -> Vec<crate::policy::cluster_query::Expression> {
    let read = crate::policy::cluster_query::Expression::parse(text).unwrap();
    assert!(!read.is_lasting());
    vec![read]
}

/// How many tasks of the first service each ACTIVE instance has.
fn tasks_by_instance(simulation: &Simulation<'_>) -> Vec<u32> {
    let capacity = &simulation.world.capacity;
    let all = capacity.instances.iter().map(|it| it.record.id);
    all.map(|id| capacity.services[0].on(id)).collect()
}

/// DG-2023, "Cluster query language": anti-affinity keeps tasks of a group apart, as
/// `distinctInstance` does; a bound on RUNNING tasks holds for those that run when it is asked.
#[test]
fn constraints_about_an_instance_s_tasks_are_asked_of_each_instance() {
    let placed = |expression: &str| {
        let mut plan = on_instances();
        plan.services[0].desired_count = 3;
        let group = format!("service:{}", plan.services[0].name);
        let text = expression.replace("OWN", &group);
        plan.services[0].placement.live_constraints = live(&text);
        tasks_by_instance(&played(&plan, 60))
    };
    assert_eq!(placed("not(task:group == OWN)"), [1, 1, 1]);
    assert_eq!(placed("task:group !in [OWN, a]"), [1, 1, 1]);
    assert_eq!(placed("runningTasksCount < 1"), [1, 1, 1]);
    assert_eq!(placed("runningTasksCount < 2"), [2, 1]);
    assert_eq!(placed("ec2InstanceId =~ i-.*"), [2, 1]);
    // The run begins at the instant that it is asked for; nobody is there before it.
    assert_eq!(placed("registeredAt > 2020-01-01"), [2, 1]);
    // No instance can have a task of its before the first: one is brought for it, and no more.
    assert_eq!(placed("task:group == OWN"), [0]);
    assert_eq!(placed("agentConnected == false"), [0]);
    assert_eq!(placed("ec2InstanceId =~ mi-.*"), [0]);
    assert_eq!(placed("registeredAt > 2100-01-01"), [0]);
}

/// A task that wants to stand beside a service waits for it, and is placed again the usual 10 s
/// after the service's task was placed.
#[test]
fn a_task_that_waits_for_a_neighbour_is_placed_when_it_comes() {
    let mut plan = on_instances();
    // No instance comes, which would wake who waits as well.
    plan.groups[0].desired_capacity = 2;
    plan.groups[0].max_size = 2;
    plan.services[0].desired_count = 0;
    plan.services[0].rebalances = false;
    let mut source = jobs(0.01, 3_000.0);
    let group = format!("service:{}", plan.services[0].name);
    source.placement.rules = vec![PlacementRule::Binpack(Binpack::Memory)];
    source.placement.live_constraints = live(&format!("task:group == {group}"));
    plan.job_sources = vec![source];
    plan.timeline = vec![desired_at(400, 1)];
    let placed_at = |until: u64| {
        let simulation = played(&plan, until);
        let tasks = simulation
            .world
            .tasks
            .iter()
            .map(|(_, task)| task.record.clone());
        let of_job = tasks.filter(|it| matches!(it.owner, crate::world::task::Owner::Job(_)));
        let mut placed: Vec<_> = of_job.filter_map(|it| it.times.placed).collect();
        placed.sort();
        (placed, simulation)
    };
    assert_eq!(placed_at(400).0, []);
    let (placed, simulation) = placed_at(460);
    assert_eq!(placed, [SimTime::from_secs(410)]);
    let beside = simulation
        .world
        .tasks
        .iter()
        .map(|(_, task)| task.record.instance);
    let beside: std::collections::BTreeSet<_> = beside.flatten().collect();
    assert_eq!(beside.len(), 1, "on the service's instance");
}

/// Against instances 100 calls at once and 40 a second, against Fargate 20 and 20 (ECS developer
/// guide, API request throttling): 130 calls of one task at 100 s are over at 101 s.
#[test]
fn calls_against_instances_have_a_rate_of_their_own() {
    let mut plan = on_instances();
    plan.services.clear();
    let mut source = jobs(1.0, 60.0);
    source.arrivals = None;
    source.placement.rules = vec![PlacementRule::Random];
    plan.job_sources = vec![source];
    plan.timeline = (0..130)
        .map(|_| TimelineEntry {
            at: SimTime::from_secs(100),
            action: TimelineAction::RunTask {
                source: crate::ids::JobSourceId(0),
                count: 1,
            },
        })
        .collect();
    let created = |plan: &Plan, milliseconds: u64| {
        let mut simulation = Simulation::new(plan, 0);
        let (mut queue, mut hash) = (Queue::new(), EventHash::new());
        simulation.begin(&mut queue);
        let until = SimTime::from_micros(milliseconds * 1_000);
        while simulation.step(&mut queue, until, &mut hash) {}
        simulation.world.jobs[0].started
    };
    assert_eq!(created(&plan, 100_001), 100);
    assert_eq!(created(&plan, 100_501), 120);
    assert_eq!(created(&plan, 101_001), 130);
    plan.quotas.run_task_calls_on_instances = plan.quotas.run_task_calls;
    assert_eq!(created(&plan, 100_001), 20);
}

/// Five hundred of seven hundred tasks wait in PROVISIONING, where no instance ever comes. The
/// service is refused first at 100 s, and pauses for 1, 2, 4, 8, 16, 16 minutes: up to 160, 280, 520,
/// 1,000, 1,960 and 2,920 s.
#[test]
fn a_service_backs_off_from_the_limit_of_tasks_in_provisioning() {
    let mut plan = on_instances();
    plan.groups[0].max_size = 0;
    plan.services[0].desired_count = 0;
    let provider = plan.providers[0].group.as_mut().unwrap();
    (provider.wait_min, provider.wait_max) = (s(36_000), s(36_000));
    plan.timeline = vec![
        desired_at(100, 700),
        desired_at(3_000, 0),
        desired_at(3_400, 10),
    ];
    let pauses = |seconds| {
        let simulation = played(&plan, seconds);
        let state = &simulation.world.services[0];
        let until = state.provisioning_paused_until.as_secs_f64().round();
        (state.provisioning_pauses, until)
    };
    assert_eq!(pauses(99), (0, 0.0));
    assert_eq!(pauses(150), (1, 160.0));
    assert_eq!(pauses(270), (2, 280.0));
    assert_eq!(pauses(990), (4, 1_000.0));
    assert_eq!(pauses(2_900), (6, 2_920.0));
    // A launch that is granted ends it.
    assert_eq!(pauses(3_500).0, 0);
}
