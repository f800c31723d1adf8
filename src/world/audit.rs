//! The audit: every counter that can be recomputed is, and compared; what must hold of each thing
//! is looked at. Run after every event in test builds.

mod capacity;

use crate::demand::load::Load;
use crate::demand::split_load::Side;
use crate::engine::SimTime;
use crate::ids::{ServiceId, TaskId};
use crate::scenario::plan::Plan;
use crate::world::World;
use crate::world::groups::{Phase, TaskGroups};
use crate::world::jobs::JobSource;
use crate::world::service::{Deployment, RolloutState, Service};
use crate::world::task::{Owner, Task, TaskState};

/// What one pass over all tasks counts.
struct Recount {
    /// By service, then by deployment.
    deployments: Vec<Vec<DeploymentCounts>>,
    /// Tasks that were told to stop and still run, by service.
    leaving: Vec<usize>,
    /// Live tasks, by job source.
    live: Vec<u32>,
    /// How many live tasks and queues hold each job, by source.
    jobs: Vec<Vec<u32>>,
    /// CPU units, by provider.
    cpu_units: Vec<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct DeploymentCounts {
    pending: u32,
    running: u32,
    serving: u32,
    healthy: u32,
    draining: u32,
    unhealthy: u32,
}

/// Checks the whole state as it stands after an event at `now`. Its cost grows with the tasks and
/// jobs that exist.
///
/// # Panics
/// If something does not add up: a defect of ours.
pub fn audit(world: &World, plan: &Plan, now: SimTime) {
    world.tasks.audit();
    let mut recount = Recount::new(world);
    for (id, task) in world.tasks.iter() {
        audit_task(world, plan, (id, task), now);
        recount.add(world, task, now);
    }
    for (index, service) in world.services.iter().enumerate() {
        audit_service(service, &recount.deployments[index], now);
        let leaving = service.leaving.iter().filter(|until| now < until.0.0);
        assert_eq!(leaving.count(), recount.leaving[index], "what still stops");
        audit_load(world, index, now);
    }
    for target in &world.targets {
        assert!(target.bounds.min <= target.bounds.max, "a target's bounds");
    }
    audit_alarms(world, plan, now);
    for (index, source) in world.jobs.iter().enumerate() {
        let concurrency = plan.job_sources[index].concurrency;
        let (live, held) = (recount.live[index], &mut recount.jobs[index]);
        audit_source(source, concurrency, (live, held), now);
    }
    for (account, used) in world.accounts.iter().zip(recount.cpu_units) {
        assert_eq!(account.cpu_units, used, "CPU units of a provider");
        assert!(used <= account.cpu_units_max, "the most CPU units at once");
        if let Some(quota) = account.quota_vcpus {
            assert!(used <= u64::from(quota) * 1024, "the vCPU quota holds");
        }
    }
    audit_addresses(world, plan);
    capacity::audit(world, plan);
    if let Some(market) = &world.spot {
        market.audit();
    }
}

/// Each address of a subnet is free or a task's.
fn audit_addresses(world: &World, plan: &Plan) {
    if world.addresses.is_empty() {
        return;
    }
    let mut free = world.addresses.clone();
    for (_, task) in world.tasks.iter() {
        if let Some(subnet) = task.record.subnet {
            free[subnet.index()] += 1;
        }
    }
    let subnets = plan.boundary.subnets.iter();
    let all = subnets.map(|subnet| subnet.addresses.unwrap_or(u32::MAX));
    assert!(free.into_iter().eq(all), "addresses of the subnets");
}

impl Recount {
    fn new(world: &World) -> Self {
        let services = world.services.iter();
        Recount {
            deployments: services
                .map(|service| vec![DeploymentCounts::default(); service.deployments.len()])
                .collect(),
            leaving: vec![0; world.services.len()],
            live: vec![0; world.jobs.len()],
            jobs: world
                .jobs
                .iter()
                .map(|source| vec![0; source.jobs.len()])
                .collect(),
            cpu_units: vec![0; world.accounts.len()],
        }
    }

    fn add(&mut self, world: &World, task: &Task, now: SimTime) {
        let record = &task.record;
        self.cpu_units[record.provider.index()] += u64::from(record.cpu.0);
        if task.state() == TaskState::Stopping {
            let still_runs = record.times.execution_stopped.is_some_and(|at| now < at);
            if let Owner::Service(service) = record.owner {
                self.leaving[service.index()] += usize::from(still_runs);
            }
            return;
        }
        match record.owner {
            Owner::Service(service) => {
                let position = position_of(&world.services[service.index()], record.deployment);
                let counts = &mut self.deployments[service.index()][position];
                counts.pending += u32::from(task.state() == TaskState::Launching);
                counts.running += u32::from(task.state().is_running());
                counts.serving += u32::from(task.is_serving());
                counts.healthy += u32::from(task.healthy);
                counts.draining += u32::from(task.is_draining);
                counts.unhealthy += u32::from(task.is_unhealthy);
            }
            Owner::Job(source) => {
                self.live[source.index()] += 1;
                let job = task.job.expect("a program's task has a job");
                self.jobs[source.index()][job as usize] += 1;
            }
        }
    }
}

/// The alarms of a service know the same minutes, as its target does, and none that is not over;
/// each is in the state that its newest data point says, as long as it has seen one.
fn audit_alarms(world: &World, plan: &Plan, now: SimTime) {
    let mut points = Vec::new();
    for (service, alarms) in world.alarms_of.iter().enumerate() {
        let seen = world.alarms_seen[service];
        for index in alarms.clone() {
            let (alarm, rule) = (&world.alarms[index], &plan.alarms[index]);
            let newest = alarm.newest();
            let is_like = |other: &usize| world.alarms[*other].is_fine == alarm.is_fine;
            let first = alarms.clone().find(is_like).unwrap_or(index);
            assert_eq!(newest, world.alarms[first].newest(), "minutes of alarms");
            assert!(
                newest < now.period_index(rule.clock.period) as i64,
                "a minute that is over"
            );
            let target = world.target_of[service].map(|target| &world.targets[target]);
            let windows = target.iter().flat_map(|target| &target.windows);
            let mut minutes = windows.filter(|window| !window.clock.is_fine());
            if let Some(window) = minutes.next().filter(|_| !alarm.is_fine) {
                assert_eq!(newest, window.newest(), "minutes of a target");
            }
            // Asked again it stays as it is, as long as the minutes are kept.
            let seen_us = (seen != i64::MIN).then(|| world.clocks[service].arrival_us(seen));
            let seen_us = seen_us.filter(|at| newest - rule.clock.newest_arrived_us(*at) < 60);
            if let Some(seen_us) = seen_us {
                let again = alarm.verdict_at(rule, seen_us, &mut points).state;
                assert_eq!(again, alarm.state, "the state of alarm {}", rule.name);
            }
        }
    }
}

fn position_of(service: &Service, ordinal: u32) -> usize {
    let mut deployments = service.deployments.iter();
    let found = deployments.position(|deployment| deployment.ordinal == ordinal);
    found.expect("a deployment outlives its live tasks")
}

/// A task's state, timestamps and place in its group agree.
fn audit_task(world: &World, plan: &Plan, (id, task): (TaskId, &Task), now: SimTime) {
    let record = &task.record;
    let times = &record.times;
    let (zones, started, groups) = match record.owner {
        Owner::Service(id) => {
            let service = &world.services[id.index()];
            let mut deployments = service.deployments.iter();
            let deployment = deployments.find(|it| it.ordinal == record.deployment);
            let groups = deployment.map(|deployment| &deployment.groups);
            (&plan.service(id).zones, service.started, groups)
        }
        Owner::Job(id) => {
            let source = &world.jobs[id.index()];
            let zones = &plan.job_sources[id.index()].zones;
            (zones, source.started, Some(&source.groups))
        }
    };
    if !plan.provider(record.provider).kind.is_hosted() {
        assert!(zones.contains(&record.zone), "a task's zone is its owner's");
    }
    assert!(record.ordinal < started, "ordinals count what was started");
    assert!(record.wanted_at <= times.created, "wanted before created");
    assert!(times.created <= now, "created by now");
    let has_been = |time: Option<SimTime>| time.is_some_and(|time| time <= now);
    let is_stopping = task.state() == TaskState::Stopping;
    assert_eq!(
        record.stop.is_some(),
        is_stopping,
        "how a stopped task ended"
    );
    match task.state() {
        TaskState::Launching => assert!(times.in_service.is_none(), "not in service yet"),
        TaskState::Running => assert!(has_been(times.started), "a running task has started"),
        TaskState::Serving => assert!(has_been(times.in_service), "a serving task is in service"),
        TaskState::Stopping => {
            assert!(has_been(times.stopping), "a stopping task began to stop");
            assert!(times.stopped.is_some_and(|at| now <= at), "and is not gone");
        }
    }
    assert!(
        !task.is_unhealthy || (task.is_draining && !task.healthy && task.failing().is_some()),
        "an UNHEALTHY task is to be replaced"
    );
    assert!(
        !task.healthy || matches!(task.state(), TaskState::Serving | TaskState::Stopping),
        "only a task in service is healthy"
    );
    if !is_stopping {
        let groups = groups.expect("a deployment outlives its live tasks");
        audit_place(groups, (id, world.tasks.position(id)), task);
    }
}

fn audit_place(groups: &TaskGroups, (id, position): (TaskId, u32), task: &Task) {
    let record = &task.record;
    let list = groups.list(record.provider, record.zone, task.phase());
    let there = list.get(position as usize);
    assert_eq!(there, Some(&id), "a live task stands in its group's list");
}

fn audit_service(service: &Service, recounted: &[DeploymentCounts], now: SimTime) {
    let deployments = &service.deployments;
    // In the order in which they became PRIMARY: one gone back to stands behind newer ones.
    for (at, deployment) in deployments.iter().enumerate() {
        let is_its = |other: &Deployment| other.ordinal == deployment.ordinal;
        assert!(
            !deployments[..at].iter().any(is_its),
            "a deployment stands once"
        );
    }
    assert!(
        service.rolling
            || service.has_task_sets()
            || service.defers_cleanup
            || deployments.len() == 1,
        "old deployments are gone once the rollout is over"
    );
    for (deployment, recounted) in deployments.iter().zip(recounted) {
        let counts = DeploymentCounts {
            pending: deployment.pending,
            running: deployment.running,
            serving: deployment.serving,
            healthy: deployment.healthy,
            draining: deployment.draining,
            unhealthy: deployment.unhealthy,
        };
        assert_eq!(counts, *recounted, "counts of a deployment");
        let groups = &deployment.groups;
        let grouped = DeploymentCounts {
            pending: groups.total_in(Phase::Launching),
            running: groups.total() - groups.total_in(Phase::Launching),
            healthy: groups.total_in(Phase::Healthy),
            unhealthy: groups.total_in(Phase::Unhealthy),
            ..counts
        };
        assert_eq!(grouped, *recounted, "groups of a deployment");
    }
    let (primary, old) = deployments
        .split_last()
        .expect("a service has a deployment");
    let staying = primary.live() - primary.draining;
    // While a task moves to a poorer zone one more is wanted: a lost one is replaced meanwhile.
    let target = service.desired + u32::from(service.moving.is_some());
    let keeps_all = service.keeps_all();
    let target = match primary.rollout {
        RolloutState::Failed => 0,
        // The new revision of a deployment that shifts traffic comes up at its time.
        _ if keeps_all => service.target_of(deployments.len() - 1),
        RolloutState::InProgress | RolloutState::Completed => target,
    };
    audit_wishes(primary, target.saturating_sub(staying), now);
    audit_rollout(service);
    for deployment in old {
        let (sound, kept) = (deployment.sound(), deployment.kept);
        assert!(
            sound <= kept,
            "an older deployment has what it is left at most"
        );
        audit_wishes(deployment, deployment.lost(), now);
    }
}

/// What is over is no longer rolled out, and what failed is not over.
fn audit_rollout(service: &Service) {
    let primary = service.primary();
    assert_eq!(
        service.rolling,
        primary.rollout != RolloutState::Completed,
        "a rollout ends with its deployment's completion"
    );
    for deployment in &service.deployments {
        assert!(
            deployment.ordinal <= service.deployed,
            "deployments are counted"
        );
        assert!(
            deployment.rollout != RolloutState::Completed || deployment.was_completed,
            "a completed deployment is one to go back to"
        );
    }
}

/// Every task that a deployment lacks is wanted.
fn audit_wishes(deployment: &Deployment, missing: u32, now: SimTime) {
    let wanted = &deployment.wanted;
    assert!(
        wanted.iter().is_sorted_by(|a, b| a.0 < b.0),
        "the oldest wish comes first"
    );
    for (since, count) in wanted {
        assert!(0 < *count, "a wish is for a task");
        assert!(*since <= now, "a wish is not from the future");
    }
    let listed: u32 = wanted.iter().map(|(_, count)| count).sum();
    assert_eq!(listed, missing, "every missing task is wanted");
}

fn audit_load(world: &World, index: usize, now: SimTime) {
    let Some(load) = &world.loads[index] else {
        return;
    };
    let id = ServiceId::from_index(index);
    let tasks = match load {
        Load::Fluid(_) => Side::BOTH.map(|side| world.asked_on(id, side)),
        Load::Split(load) if load.is_fluid() => Side::BOTH.map(|side| world.asked_on(id, side)),
        _ => Side::BOTH.map(|side| world.services[index].counts_on(side)),
    };
    load.audit(tasks, now);
}

/// Every job that is not over is held once: by a live task, or by a queue.
fn audit_source(
    source: &JobSource,
    concurrency: Option<u32>,
    (live, held): (u32, &mut [u32]),
    now: SimTime,
) {
    assert_eq!(source.live, live, "live tasks of a program");
    assert_eq!(source.groups.total(), live, "grouped tasks of a program");
    if !source.pipeline.next.is_empty() {
        let open = source.jobs.iter().flatten().count() as u64;
        assert_eq!(source.pipeline.left(), open, "jobs that others wait for");
    }
    assert!(source.over.is_empty(), "what is over was passed on");
    assert!(
        live <= concurrency.unwrap_or(u32::MAX),
        "the concurrency holds"
    );
    for job in source.ready.iter().flatten() {
        held[*job as usize] += 1;
    }
    for waiting in &source.delayed {
        let (_, job) = waiting.0;
        held[job as usize] += 1;
    }
    for (job, held) in source.jobs.iter().zip(held.iter()) {
        assert_eq!(u32::from(job.is_some()), *held, "a job is held once");
        if let Some(job) = job {
            assert!(job.arrived <= now, "a job is not from the future");
            let work = job.work.unwrap_or(job.done);
            assert!(job.done <= work, "no more than its work is done of a job");
        }
    }
    let over = source.jobs.iter().filter(|job| job.is_none()).count();
    assert_eq!(source.free.len(), over, "free slots of jobs");
}
