//! `whatIf.repacking`: small runs, worked out by hand in the comment above the assertion.

use super::fixture::s;
use super::instance_tests::{on_instances, played, running, with_status};
use crate::policy::placement::{PlacementRule, Spread};
use crate::policy::what_if::Repacking;
use crate::scenario::plan::Plan;
use crate::world::instance::{InstanceStatus, TerminationCause};

/// Four tasks of 1 vCPU, each on an instance of 2 vCPU of its own; nothing scales the group.
fn loose() -> Plan {
    let mut plan = on_instances();
    plan.groups[0].desired_capacity = 4;
    plan.services[0].desired_count = 4;
    plan.services[0].placement.rules = vec![PlacementRule::Spread(Spread::Instance)];
    let provider = plan.providers[0].group.as_mut().unwrap();
    provider.managed_scaling = None;
    plan.scalable_targets.clear();
    plan
}

fn repacked(reserved_below: f64) -> Plan {
    let mut plan = loose();
    plan.what_if.repacking = Some(Repacking {
        every: s(600),
        reserved_below,
        tasks_max: 5,
    });
    plan
}

fn active(plan: &Plan, seconds: u64) -> usize {
    with_status(&played(plan, seconds), InstanceStatus::Active)
}

#[test]
fn half_empty_instances_are_emptied_one_at_a_time_until_none_fits_on_the_others() {
    // Half of each is reserved: below 60 %. At 600 s one drains, its task starts on another first;
    // at 1,200 s (it is gone since) one of the two that are half empty still; then both are full.
    let plan = repacked(0.6);
    let counts = [599, 1_190, 1_790, 6_000].map(|at| active(&plan, at));
    assert_eq!(counts, [4, 3, 2, 2]);
    let simulation = played(&plan, 6_000);
    assert_eq!(simulation.world.capacity.groups[0].counts.desired, 2);
    let ended = simulation.world.capacity.instances.iter();
    let cause = Some(TerminationCause::Repacking);
    let emptied =
        ended.filter(|it| it.record.cause == cause && it.status == InstanceStatus::Terminated);
    assert_eq!(emptied.count(), 2);
    for at in (600..700).chain(1_200..1_300) {
        assert!(
            4 <= running(&played(&plan, at)),
            "start before stop, at {at} s"
        );
    }
}

#[test]
fn what_cannot_be_started_first_or_is_full_enough_stays() {
    assert_eq!(active(&loose(), 6_000), 4, "off by default");
    assert_eq!(
        active(&repacked(0.5), 6_000),
        4,
        "half of it is not below half"
    );
    let mut plan = repacked(0.6);
    plan.services[0].maximum_percent = 100;
    plan.services[0].minimum_healthy_percent = 50;
    assert_eq!(active(&plan, 6_000), 4, "no task may be started first");
    let mut plan = repacked(0.6);
    plan.services[0].placement.distinct_instance = true;
    assert_eq!(active(&plan, 6_000), 4, "each needs an instance of its own");
    let mut plan = repacked(0.6);
    plan.groups[0].min_size = 3;
    assert_eq!(active(&plan, 6_000), 3, "MinSize holds");
}
