//! Worked examples of capacity that a whole run shows: what is drained under the bounds of its
//! deployment, and what managed scaling makes of waiting tasks and of empty instances.

use super::instance_tests::{desired_at, on_instances, played, running};
use super::*;
use crate::ids::{GroupId, InstanceId};
use crate::policy::placement::{Binpack, PlacementRule};
use crate::scenario::plan::*;
use crate::world::instance::InstanceStatus;

const DRAINED: InstanceId = InstanceId(0);

/// Four tasks on the first of so many instances, each of which holds four; it is drained at
/// 1,000 s.
fn drained(instances: u32, minimum_healthy: u32, maximum: u32) -> Plan {
    let mut plan = on_instances();
    let group = &mut plan.groups[0];
    group.desired_capacity = instances;
    group.max_size = instances;
    group.protects_new_instances = false;
    group.types[0].registered.cpu = 4_096;
    group.types[0].registered.memory = 15_400;
    let provider = plan.providers[0].group.as_mut().unwrap();
    provider.managed_scaling = None;
    provider.termination_protection = false;
    let service = &mut plan.services[0];
    service.desired_count = 4;
    service.minimum_healthy_percent = minimum_healthy;
    service.maximum_percent = maximum;
    service.placement.rules = vec![PlacementRule::Binpack(Binpack::Memory)];
    plan.timeline = vec![TimelineEntry {
        at: SimTime::from_secs(1_000),
        action: TimelineAction::Drain(DrainPlan {
            group: GroupId(0),
            count: 1,
            newest_first: false,
        }),
    }];
    plan
}

/// On the drained instance and on others: tasks that are to run, and those that are told to stop.
fn tasks(simulation: &Simulation<'_>) -> ([u32; 2], [u32; 2]) {
    let (mut live, mut stopping) = ([0; 2], [0; 2]);
    for (_, task) in simulation.world.tasks.iter() {
        let at = usize::from(task.record.instance != Some(DRAINED));
        match task.record.times.stopping {
            None => live[at] += 1,
            Some(_) => stopping[at] += 1,
        }
    }
    (live, stopping)
}

/// The fewest tasks RUNNING in any tenth second of the span.
fn fewest_running(plan: &Plan, seconds: std::ops::Range<u64>) -> u32 {
    let all = seconds.step_by(10).map(|at| running(&played(plan, at)));
    all.min().unwrap()
}

#[test]
fn half_of_a_drained_service_stops_first_at_50_and_100_percent() {
    // CAP-E21, API UpdateContainerInstancesState: desired 4, minimum 50, maximum 100: two tasks
    // stop, then their replacements start; then the other two.
    let plan = drained(2, 50, 100);
    let before = tasks(&played(&plan, 999));
    assert_eq!(before, ([4, 0], [0, 0]), "all on the drained instance");
    let at_once = tasks(&played(&plan, 1_001));
    assert_eq!(at_once, ([2, 0], [2, 0]));
    let live = |at: u64| tasks(&played(&plan, at)).0;
    let replaced = (1_002..1_200).step_by(2).find(|at| 0 < live(*at)[1]);
    assert_eq!(live(replaced.unwrap()), [2, 2], "when both have stopped");
    let simulation = played(&plan, 3_000);
    assert_eq!(tasks(&simulation), ([0, 4], [0, 0]));
    let status = simulation.world.capacity.instances[0].status;
    assert_eq!(status, InstanceStatus::Draining, "it stays in its group");
    assert_eq!(fewest_running(&plan, 990..1_400), 2);
}

#[test]
fn a_drained_service_starts_all_anew_first_at_100_and_200_percent_if_there_is_room() {
    // CAP-E22, API UpdateContainerInstancesState: desired 4, minimum 100, maximum 200, all on the
    // drained instance: four new ones start before the four old ones stop.
    let plan = drained(2, 100, 200);
    assert_eq!(tasks(&played(&plan, 1_001)), ([4, 4], [0, 0]));
    assert_eq!(tasks(&played(&plan, 3_000)), ([0, 4], [0, 0]));
    assert_eq!(fewest_running(&plan, 990..1_400), 4);
    // Without room nothing starts, and so nothing stops.
    let plan = drained(1, 100, 200);
    let simulation = played(&plan, 3_000);
    assert_eq!(tasks(&simulation), ([4, 0], [0, 0]));
    let unplaced = &simulation.world.capacity.unplaced;
    assert_eq!(unplaced.iter().map(|it| it.tasks).sum::<u32>(), 4);
    assert_eq!(running(&simulation), 4);
}

#[test]
fn nothing_of_a_drained_service_is_replaced_at_100_and_100_percent() {
    // CAP-E23, container-instance-draining: stuck.
    let plan = drained(2, 100, 100);
    for at in [1_001, 3_000, 20_000] {
        assert_eq!(tasks(&played(&plan, at)), ([4, 0], [0, 0]));
    }
}

#[test]
fn of_ten_tasks_one_waits_in_provisioning_and_brings_a_fourth_instance() {
    // CAP-E6 and CAP-E7, AWS-KR: three instances of three tasks each stand at 100; with ten tasks
    // one is in PROVISIONING, M is 4, the metric 133, and four are desired.
    let mut plan = on_instances();
    plan.groups[0].types[0].registered.cpu = 3_072;
    plan.services[0].desired_count = 9;
    plan.timeline = vec![desired_at(1_000, 10)];
    let group = |simulation: &Simulation<'_>| {
        let capacity = &simulation.world.capacity;
        let published = capacity.groups[0].scaling.published;
        let desired = capacity.groups[0].counts.desired;
        let waiting = capacity.waiting[0].count;
        (waiting, published.map(|it| it as u32), desired)
    };
    let before = played(&plan, 999);
    assert_eq!(running(&before), 9);
    assert_eq!((group(&before).0, group(&before).2), (0, 3));
    let raised = played(&plan, 1_001);
    assert_eq!((group(&raised).0, running(&raised)), (1, 9));
    let started = raised.world.tasks.iter();
    let waits = started.filter(|(_, task)| task.record.instance.is_none());
    assert_eq!(
        waits.count(),
        1,
        "it is there, in PROVISIONING, without an instance"
    );
    // The minute at 1,020 s sees it.
    assert_eq!(group(&played(&plan, 1_021)), (1, Some(133), 4));
    let placed = played(&plan, 1_300);
    assert_eq!((group(&placed).0, running(&placed)), (0, 10));
}

#[test]
fn ten_empty_instances_go_in_halves_minute_by_minute() {
    // CAP-E16, DG-managed-scaling: ten instances, ten empty, minimum 0: 5, 3, 2, 1, 0.
    let mut plan = on_instances();
    plan.services[0].desired_count = 20;
    plan.timeline = vec![desired_at(1_000, 0)];
    let desired = |at: u64| played(&plan, at).world.capacity.groups[0].counts.desired;
    assert_eq!(desired(999), 10);
    // The tasks exit after their minute of deregistration; the first minute that sees all
    // instances empty is at 1,020 s, as what is told to stop no longer counts, and the fifteenth
    // at 1,860 s.
    let each_minute = [1_859, 1_861, 1_921, 1_981, 2_041, 2_101].map(desired);
    assert_eq!(each_minute, [10, 5, 3, 2, 1, 0]);
}
