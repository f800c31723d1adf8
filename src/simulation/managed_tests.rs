//! ECS Managed Instances, worked out by hand in the comment above the assertion.

use super::fixture::{jobs, s};
use super::instance_tests::{desired_at, on_instances, played, running, with_status};
use super::*;
use crate::catalog::instances;
use crate::ids::{GroupId, ZoneId};
use crate::policy::managed_instances::{Lifetime, REPLACE_BELOW_PERCENT, ScaleInAfter};
use crate::policy::placement::{Binpack, Need, PlacementRule};
use crate::scenario::plan::{Begin, ManagedPlan, ProviderKind};
use crate::world::instance::{Instance, InstanceStatus, TerminationCause};
use crate::world::task::TaskState;

const DAY: u64 = 86_400;

/// The fixture's service on Managed Instances: types for two tasks and for four, the larger one
/// `cheaper` than two of the smaller by so many micro-USD an hour.
fn on_managed(cheaper: u64) -> Plan {
    let mut plan = on_instances();
    let group = &mut plan.groups[0];
    group.managed = Some(ManagedPlan {
        scale_in_after: ScaleInAfter::After(s(300)),
        lifetime: Lifetime::default(),
        replace_below_percent: REPLACE_BELOW_PERCENT,
        gathering: s(1),
        is_of_any_age: false,
    });
    group.max_size = 1_000;
    group.protects_new_instances = false;
    group.balances_zones = false;
    let mut larger = group.types[0].clone();
    larger.instance_type = instances::find("m6i.xlarge").unwrap();
    larger.registered = Need {
        cpu: 4_096,
        memory: 15_500,
        gpus: 0,
        enis: 4,
    };
    larger.on_demand_micro_usd = 2 * group.types[0].on_demand_micro_usd - cheaper;
    group.types.push(larger);
    let provider = &mut plan.providers[0];
    provider.kind = ProviderKind::ManagedInstances(GroupId(0));
    let settings = provider.group.as_mut().unwrap();
    settings.managed_scaling = None;
    settings.termination_protection = false;
    settings.is_managed_instances = true;
    settings.placement_retry = s(1);
    plan.services[0].placement.rules = vec![PlacementRule::Binpack(Binpack::Memory)];
    plan.services[0].target_group = None;
    plan
}

/// The same with one zone.
fn in_one_zone(cheaper: u64) -> Plan {
    let mut plan = on_managed(cheaper);
    plan.groups[0].zones = vec![ZoneId(0)];
    plan
}

fn active<'s>(simulation: &'s Simulation<'_>) -> Vec<&'s Instance> {
    let all = simulation.world.capacity.instances.iter();
    all.filter(|it| it.status == InstanceStatus::Active)
        .collect()
}

fn causes(simulation: &Simulation<'_>) -> Vec<TerminationCause> {
    let all = simulation.world.capacity.instances.iter();
    all.filter_map(|it| it.record.cause).collect()
}

#[test]
fn three_tasks_bring_an_instance_in_each_of_three_zones() {
    let mut plan = on_managed(1);
    plan.run.begin = Begin::Empty;
    plan.services[0].desired_count = 3;
    // Gathered for 1 s, ACTIVE 90 s later, their tasks placed at once, RUNNING 1 + 10 + 2 s after.
    assert_eq!(
        with_status(&played(&plan, 90), InstanceStatus::Launching),
        3
    );
    assert_eq!(running(&played(&plan, 103)), 0);
    let simulation = played(&plan, 105);
    assert_eq!(running(&simulation), 3);
    let mut zones: Vec<ZoneId> = active(&simulation)
        .iter()
        .map(|it| it.record.zone)
        .collect();
    zones.sort_unstable();
    assert_eq!(zones, [ZoneId(0), ZoneId(1), ZoneId(2)]);
    // A fourth shares an instance: all zones have one, and there is room.
    plan.timeline = vec![desired_at(200, 4)];
    let simulation = played(&plan, 300);
    assert_eq!((running(&simulation), active(&simulation).len()), (4, 3));
}

/// Six tasks in three zones, two in each: of the two that are left each is in a zone of its own
/// (DG-mi-scaling: spreading over zones goes before packing; DG-2023: the zone with the most tasks).
#[test]
fn scale_in_takes_tasks_of_the_fullest_zones_before_it_unpacks() {
    let mut plan = on_managed(0);
    plan.services[0].desired_count = 6;
    plan.timeline = vec![desired_at(1_000, 2)];
    let simulation = played(&plan, 1_001);
    let live = simulation.world.tasks.iter();
    let left = live.filter(|(_, task)| task.state() == TaskState::Serving);
    let mut zones: Vec<ZoneId> = left.map(|(_, task)| task.record.zone).collect();
    zones.sort_unstable();
    zones.dedup();
    assert_eq!(zones.len(), 2, "{zones:?}");
}

#[test]
fn tasks_of_one_zone_share_the_type_that_is_cheapest_for_them() {
    let mut plan = in_one_zone(1);
    plan.run.begin = Begin::Empty;
    plan.services[0].desired_count = 4;
    let simulation = played(&plan, 200);
    let types: Vec<u32> = active(&simulation)
        .iter()
        .map(|it| it.record.type_index)
        .collect();
    assert_eq!((running(&simulation), types), (4, vec![1]));
    // Of equals the smaller one is taken, twice.
    let mut plan = in_one_zone(0);
    plan.run.begin = Begin::Empty;
    plan.services[0].desired_count = 4;
    let simulation = played(&plan, 200);
    assert_eq!((running(&simulation), active(&simulation).len()), (4, 2));
}

/// CAP-E33: no task on an instance, `scaleInAfter` of 300 s (DG-mi-opt).
#[test]
fn an_idle_instance_ends_after_its_delay_and_not_if_a_task_comes_before() {
    let mut plan = on_managed(0);
    plan.services[0].desired_count = 3;
    plan.timeline = vec![desired_at(1_000, 0)];
    // Told to stop at 1,000 s, gone 4 s later: idle from then on.
    assert_eq!(active(&played(&plan, 1_303)).len(), 3);
    let simulation = played(&plan, 1_305);
    assert_eq!(active(&simulation).len(), 0);
    assert_eq!(causes(&simulation), [TerminationCause::Idle; 3]);
    plan.timeline.push(desired_at(1_200, 3));
    assert_eq!(active(&played(&plan, 1_600)).len(), 3);
    plan.timeline.pop();
    let managed = plan.groups[0].managed.as_mut().unwrap();
    managed.scale_in_after = ScaleInAfter::Never;
    assert_eq!(active(&played(&plan, 90_000 - 4_000)).len(), 3);
}

#[test]
fn tasks_of_an_under_used_instance_move_to_others_before_it_ends() {
    let mut plan = in_one_zone(0);
    plan.services[0].desired_count = 4;
    // Two instances of two tasks. Three tasks are left: nothing fits elsewhere. Of two, either one
    // stands idle, or each is half empty and one is drained.
    plan.timeline = vec![desired_at(1_000, 3)];
    assert_eq!(active(&played(&plan, 5_000)).len(), 2);
    plan.timeline = vec![desired_at(1_000, 2)];
    let simulation = played(&plan, 5_000);
    assert_eq!((running(&simulation), active(&simulation).len()), (2, 1));
    for at in (1_000..2_000).step_by(10) {
        assert!(2 <= running(&played(&plan, at)), "at {at} s");
    }
}

/// `whatIf.repacking` is for groups: ECS consolidates Managed Instances itself.
#[test]
fn repacking_leaves_managed_instances_alone() {
    let mut plan = in_one_zone(0);
    plan.groups[0].managed.as_mut().unwrap().scale_in_after = ScaleInAfter::Never;
    plan.services[0].desired_count = 8;
    plan.timeline = vec![desired_at(1_000, 3)];
    plan.what_if.repacking = Some(crate::policy::what_if::Repacking {
        every: s(60),
        reserved_below: 1.0,
        tasks_max: 10,
    });
    let simulation = played(&plan, 5_000);
    let before = active(&played(&plan, 900)).len();
    assert_eq!(
        (running(&simulation), active(&simulation).len()),
        (3, before)
    );
}

#[test]
fn a_far_cheaper_type_takes_the_place_of_an_instance_with_little_on_it() {
    let mut plan = in_one_zone(1);
    plan.services[0].desired_count = 4;
    plan.timeline = vec![desired_at(1_000, 1)];
    // Half of the larger one's price is less than the smaller one's by half a micro-USD.
    let simulation = played(&plan, 5_000);
    assert_eq!(active(&simulation)[0].record.type_index, 1);
    let managed = plan.groups[0].managed.as_mut().unwrap();
    managed.replace_below_percent = 60;
    // The last task left at 1,004 s: drained at 1,304 s; the other is launched 1 s later and ACTIVE
    // 90 s after that.
    let simulation = played(&plan, 1_500);
    let [only] = active(&simulation)[..] else {
        panic!("one is ACTIVE")
    };
    let launched = only.record.times.launched;
    assert_eq!(only.record.type_index, 0);
    assert_eq!(launched, SimTime::from_secs(1_305));
    assert_eq!(causes(&simulation), [TerminationCause::Consolidation]);
    assert_eq!(running(&simulation), 1);
}

/// DG-mi-patch.
#[test]
fn an_instance_drains_on_day_14_and_its_service_has_another_before() {
    let mut plan = on_managed(0);
    plan.run.duration = s(30 * DAY);
    plan.services[0].desired_count = 3;
    assert_eq!(causes(&played(&plan, 14 * DAY)), []);
    let simulation = played(&plan, 14 * DAY + 600);
    assert_eq!((running(&simulation), active(&simulation).len()), (3, 3));
    assert_eq!(causes(&simulation), [TerminationCause::Patching; 3]);
    for after in (0..300).step_by(10) {
        assert_eq!(running(&played(&plan, 14 * DAY + after)).min(3), 3);
    }
    // Of any age, they do not go together.
    plan.groups[0].managed.as_mut().unwrap().is_of_any_age = true;
    let simulation = played(&plan, 7 * DAY);
    assert!(causes(&simulation).len() < 3);
}

#[test]
fn a_task_of_no_service_stays_until_its_instance_ends_on_day_21() {
    let mut plan = on_managed(0);
    plan.run.duration = s(30 * DAY);
    plan.run.begin = Begin::Empty;
    plan.services[0].desired_count = 0;
    plan.job_sources = vec![jobs(1.0 / (100.0 * DAY as f64), 40.0 * DAY as f64)];
    plan.job_sources[0].placement.rules = vec![PlacementRule::Binpack(Binpack::Memory)];
    plan.timeline = vec![crate::scenario::plan::TimelineEntry {
        at: SimTime::from_secs(1_000),
        action: crate::scenario::plan::TimelineAction::RunTask {
            source: crate::ids::JobSourceId(0),
            count: 1,
        },
    }];
    let launched = 1_001;
    let simulation = played(&plan, launched + 20 * DAY);
    let statuses: Vec<InstanceStatus> = simulation
        .world
        .capacity
        .instances
        .iter()
        .map(|it| it.status)
        .collect();
    assert_eq!(statuses, [InstanceStatus::Draining]);
    let simulation = played(&plan, launched + 21 * DAY + 1);
    let ended = &simulation.world.capacity.instances[0].record;
    assert_eq!(ended.cause, Some(TerminationCause::EndOfLife));
    // What ran there is gone at once.
    let mut tasks = simulation.world.tasks.iter();
    assert!(tasks.all(|(_, task)| task.record.instance != Some(ended.id)));
}

#[test]
fn a_launch_that_fails_is_tried_again_for_the_same_tasks() {
    let mut plan = in_one_zone(0);
    plan.run.begin = Begin::Empty;
    plan.services[0].desired_count = 2;
    plan.groups[0].launch_failures = 0.9;
    let simulation = played(&plan, 40_000);
    assert_eq!(running(&simulation), 2);
    assert!(causes(&simulation).contains(&TerminationCause::LaunchFailed));
}
