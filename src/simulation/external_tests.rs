//! Machines of one's own, worked out by hand in the comment above the assertion.

use super::fixture::{always, jobs, s};
use super::instance_tests::{desired_at, on_instances, played, running};
use super::*;
use crate::ids::{InstanceId, ServiceId, TaskDefinitionId, ZoneId};
use crate::policy::life_cycle::StopCause;
use crate::scenario::plan::{
    Begin, DisconnectPlan, DrainPlan, ExternalPlan, ProviderKind, RecurringPlan, TimelineAction,
    TimelineEntry,
};
use crate::simulation::event::HostFate;
use crate::simulation::outcome::RunLimits;
use crate::world::instance::InstanceStatus;
use crate::world::task::{Task, TaskState};

const NEVER: u64 = 1 << 40;

/// Two machines that hold two tasks of the fixture's service each; three tasks of it.
fn on_machines() -> Plan {
    let mut plan = on_instances();
    let lasting = |lasts: u64| {
        Some(RecurringPlan {
            every: s(NEVER),
            lasts: s(lasts),
        })
    };
    let rack = &mut plan.groups[0];
    rack.name = "rack".into();
    (rack.min_size, rack.max_size, rack.desired_capacity) = (2, 2, 2);
    rack.zones = vec![ZoneId::NOWHERE];
    rack.external = Some(ExternalPlan {
        failures: lasting(600),
        disconnects: lasting(300),
    });
    let provider = &mut plan.providers[0];
    provider.name = "EXTERNAL".into();
    provider.kind = ProviderKind::External;
    provider.group = None;
    plan.services[0].target_group = None;
    plan
}

/// A run that can be stopped and gone on with, audited.
struct Paused<'p> {
    simulation: Simulation<'p>,
    queue: Queue<Event>,
    hash: EventHash,
}

impl<'p> Paused<'p> {
    fn begun(plan: &'p Plan) -> Self {
        let mut paused = Paused {
            simulation: Simulation::new(plan, 0),
            queue: Queue::new(),
            hash: EventHash::new(),
        };
        paused.simulation.begin(&mut paused.queue);
        paused
    }

    fn play(&mut self, until: SimTime) {
        let (simulation, queue) = (&mut self.simulation, &mut self.queue);
        while simulation.step(queue, until, &mut self.hash) {
            self::audit(simulation, queue);
        }
        simulation.now = until;
    }

    /// Something befalls the machine with the most tasks; when it is over.
    fn befall(&mut self, fate: HostFate) -> (InstanceId, SimTime) {
        let all = self.simulation.world.capacity.instances.iter();
        let id = all.max_by_key(|it| it.live).unwrap().record.id;
        self.simulation.machine_is_lost(id, fate, &mut self.queue);
        audit(&self.simulation, &self.queue);
        let until = self.simulation.world.capacity.instances[id.index()].disconnected_until;
        (id, until)
    }

    /// It is over, and ECS hears of it: who is told STOPPED is not gone yet.
    fn is_over(&mut self, id: InstanceId, back: SimTime) {
        self.play(back);
        self.simulation.agent_back(id, &mut self.queue);
        audit(&self.simulation, &self.queue);
    }

    fn counts(&self) -> (u32, u32) {
        let counts = self.simulation.world.services[0].counts();
        (counts.running, counts.serving)
    }

    fn on(&self, id: InstanceId) -> Vec<&Task> {
        let tasks = self.simulation.world.tasks.iter();
        let on = tasks.filter(|(_, task)| task.record.instance == Some(id));
        on.map(|(_, task)| task).collect()
    }
}

fn audit(simulation: &Simulation<'_>, queue: &Queue<Event>) {
    // What is due at this very instant does not pend.
    if !simulation.soon.is_empty() {
        return;
    }
    crate::world::audit::audit(&simulation.world, simulation.plan, simulation.now);
    super::audit::audit(&simulation.world, simulation.plan, queue);
}

fn before(time: SimTime) -> SimTime {
    SimTime::from_micros(time.as_micros() - 1_000_000)
}

fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

#[test]
fn of_a_machine_that_fails_ecs_hears_when_it_is_back() {
    let mut plan = on_machines();
    plan.timeline = vec![desired_at(1_001, 4)];
    let mut run = Paused::begun(&plan);
    run.play(at(1_000));
    assert_eq!(run.counts(), (3, 3));
    let (id, back) = run.befall(HostFate::Fails);
    // Two of three were there: ECS believes in them, requests do not.
    assert_eq!(run.counts(), (3, 1));
    // The fourth goes to the other machine: the broken one takes none.
    run.play(before(back));
    assert_eq!(run.counts(), (4, 2));
    assert_eq!(run.on(id).len(), 2);
    let is_lost = |task: &&Task| task.lost_at == Some(at(1_000));
    assert!(run.on(id).iter().all(is_lost));
    // Back: they are STOPPED, and the service starts two where there is room.
    run.is_over(id, back);
    assert_eq!(run.counts(), (2, 2));
    let stopped: Vec<_> = run.on(id).iter().filter_map(|it| it.record.stop).collect();
    assert_eq!(stopped.len(), 2);
    assert!(
        stopped
            .iter()
            .all(|it| it.cause == StopCause::InfrastructureHealth)
    );
    run.play(back + s(60));
    assert_eq!(run.counts(), (4, 4));
    assert_eq!(run.on(id).len(), 2);
}

#[test]
fn what_runs_on_a_disconnected_machine_runs_on() {
    let mut plan = on_machines();
    plan.timeline = vec![desired_at(1_001, 4)];
    let mut run = Paused::begun(&plan);
    run.play(at(1_000));
    let (id, back) = run.befall(HostFate::Disconnects);
    run.play(before(back));
    assert_eq!(run.counts(), (4, 4));
    run.play(back + s(60));
    assert_eq!(run.counts(), (4, 4));
    assert!(run.on(id).iter().all(|it| it.state() == TaskState::Serving));
    let machine = &run.simulation.world.capacity.instances[id.index()];
    assert!(machine.is_connected && !machine.is_down);
}

#[test]
fn a_job_on_a_machine_that_fails_begins_again_when_that_is_known() {
    let mut plan = on_machines();
    plan.services.clear();
    plan.job_sources = vec![jobs(1e-9, 3_000.0)];
    let source = &mut plan.job_sources[0];
    source.task_definition = TaskDefinitionId(0);
    plan.task_definitions[0].work.duration = Some(always(3_000.0));
    plan.timeline = vec![TimelineEntry {
        at: at(0),
        action: TimelineAction::RunTask {
            source: crate::ids::JobSourceId(0),
            count: 1,
        },
    }];
    let mut run = Paused::begun(&plan);
    run.play(at(1_000));
    let (id, back) = run.befall(HostFate::Fails);
    // It would have been done at about 3,013 s; nobody hears of that, or of its end.
    run.is_over(id, back);
    let lost = run.on(id)[0];
    let started = lost.record.times.started.unwrap();
    assert_eq!(lost.record.lost_work, at(1_000).since(started));
    run.play(back + s(3_600));
    assert_eq!(run.simulation.world.jobs[0].live, 0);
}

#[test]
fn machines_stand_from_the_start_and_no_outage_touches_them() {
    let mut plan = on_machines();
    plan.run.begin = Begin::Empty;
    let outage = |zone| TimelineEntry {
        at: at(100),
        action: TimelineAction::Outage {
            zone: ZoneId(zone),
            length: s(3_600),
        },
    };
    plan.timeline = vec![outage(0), outage(1), outage(2)];
    let simulation = played(&plan, 1_000);
    assert_eq!(running(&simulation), 3);
    let instances = &simulation.world.capacity.instances;
    assert!(
        instances
            .iter()
            .all(|it| it.status == InstanceStatus::Active)
    );
    assert_eq!(instances.len(), 2);
    for (_, task) in simulation.world.tasks.iter() {
        assert_eq!(task.record.zone, ZoneId::NOWHERE);
    }
}

#[test]
fn tasks_of_the_launch_type_ec2_never_go_to_machines() {
    let mut plan = on_machines();
    plan.providers[0].kind = ProviderKind::Ec2;
    let simulation = played(&plan, 1_000);
    assert_eq!(running(&simulation), 0);
    let counts = simulation.world.services[ServiceId(0).index()].counts();
    assert_eq!(counts.pending, 0);
}

#[test]
fn machines_fail_as_often_as_they_are_said_to() {
    let mut plan = on_machines();
    plan.run.duration = s(400 * 86_400);
    plan.groups[0].external = Some(ExternalPlan {
        failures: Some(RecurringPlan {
            every: s(9 * 86_400),
            lasts: s(86_400),
        }),
        disconnects: None,
    });
    let outcome = Simulation::new(&plan, 0).run(&RunLimits::default());
    let external = outcome.observed.summary.groups[0].external.unwrap();
    // 800 machine days, one in ten: 80 failures, ± 3 √80.
    assert!((53..=107).contains(&external.failures), "{external:?}");
    assert_eq!(external.disconnects, 0);
    // Registered all along, whatever befell them.
    let hours = outcome.observed.summary.groups[0].instance_hours;
    assert!((hours - 2.0 * 400.0 * 24.0).abs() < 1e-6, "{hours}");
}

/// The operator drains a machine of the two, the world disconnects the other's agent: tasks move
/// off the first as far as the second has room and is heard of.
#[test]
fn machines_are_drained_and_disconnected_at_a_stated_time() {
    let mut plan = on_machines();
    plan.services[0].desired_count = 2;
    plan.services[0].minimum_healthy_percent = 0;
    let rack = crate::ids::GroupId(0);
    let entry = |seconds: u64, action| TimelineEntry {
        at: SimTime::from_secs(seconds),
        action,
    };
    let drain = TimelineAction::Drain(DrainPlan {
        group: rack,
        count: 1,
        newest_first: false,
    });
    let disconnect = TimelineAction::AgentDisconnect(DisconnectPlan {
        group: Some(rack),
        zone: None,
        length: s(1_000),
        share: 1.0,
    });
    plan.timeline = vec![entry(500, disconnect), entry(600, drain)];
    let on_second = |seconds: u64| {
        let simulation = played(&plan, seconds);
        let host = &simulation.world.capacity.instances[1];
        let statuses = [0, 1].map(|at| simulation.world.capacity.instances[at].status);
        (host.live, host.is_connected, statuses)
    };
    let (active, draining) = (InstanceStatus::Active, InstanceStatus::Draining);
    // One task each at first; nobody takes the drained one's while the other is not heard of.
    assert_eq!(on_second(499), (1, true, [active, active]));
    assert_eq!(on_second(1_499), (1, false, [draining, active]));
    assert_eq!(on_second(1_700), (2, true, [draining, active]));
    // Both agents, by the timeline alone.
    plan.run.duration = s(3_600);
    let outcome = Simulation::new(&plan, 0).run(&RunLimits::default());
    let external = outcome.observed.summary.groups[0].external.unwrap();
    assert_eq!((external.failures, external.disconnects), (0, 2));
}
