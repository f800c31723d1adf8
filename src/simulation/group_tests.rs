//! Small runs of Auto Scaling groups beyond managed scaling, worked out by hand in the comment
//! above the assertion.

use super::fixture::{always, s};
use super::instance_tests::{desired_at, on_instances, played, played_with, running, with_status};
use super::*;
use crate::ids::{GroupId, InstanceId, PoolId, ServiceId, ZoneId};
use crate::policy::auto_scaling_group::{Distribution, PoolState, SizeUpdate, TerminationPolicy};
use crate::policy::spot::{InterruptionBucket, Preset, Regime, SpotParameters, calibrate};
use crate::scenario::plan::*;
use crate::simulation::event::HostFate;
use crate::world::instance::{InstanceStatus, TerminationCause};
use crate::world::spot_market::Forced;

const GROUP: GroupId = GroupId(0);

/// The fixture's group at a fixed size, without managed scaling.
fn fixed(size: u32) -> Plan {
    let mut plan = on_instances();
    plan.groups[0].desired_capacity = size;
    plan.services[0].desired_count = 1;
    let provider = plan.providers[0].group.as_mut().unwrap();
    provider.managed_scaling = None;
    provider.termination_protection = false;
    plan.groups[0].protects_new_instances = false;
    plan
}

fn at(seconds: u64, action: TimelineAction) -> TimelineEntry {
    TimelineEntry {
        at: SimTime::from_secs(seconds),
        action,
    }
}

fn update(
    seconds: u64,
    (min, max, desired): (Option<u32>, Option<u32>, Option<u32>),
) -> TimelineEntry {
    let update = SizeUpdate { min, max, desired };
    at(
        seconds,
        TimelineAction::UpdateGroup {
            group: GROUP,
            update,
        },
    )
}

#[test]
fn a_scheduled_action_moves_a_group_s_bounds_and_its_size_with_them() {
    let mut plan = fixed(3);
    plan.timeline = vec![
        update(1_000, (Some(5), None, None)),
        update(2_000, (None, Some(2), None)),
        update(3_000, (Some(0), Some(2), None)),
        update(4_000, (None, None, Some(9))),
    ];
    let active = |seconds| with_status(&played(&plan, seconds), InstanceStatus::Active);
    // ACTIVE 90 s after the decision.
    assert_eq!((active(1_089), active(1_091)), (3, 5));
    // MaxSize 2 is below MinSize 5: refused; with MinSize 0 it holds.
    assert_eq!((active(2_500), active(3_001)), (5, 2));
    // 9 is above MaxSize 2: refused.
    let simulation = played(&plan, 5_000);
    let group = &simulation.world.capacity.groups[0];
    assert_eq!((group.min, group.max, group.counts.desired), (0, 2, 2));
    let outcome = Simulation::new(&plan, 0).run(&outcome::RunLimits::default());
    let refused = &outcome.observed.summary.groups[0].refused_requests;
    assert_eq!(refused["scheduled_action_min_above_max"], 1);
    assert_eq!(refused["scheduled_action_desired_outside"], 1);
}

#[test]
fn managed_scaling_stays_within_the_bounds_of_the_moment() {
    let mut plan = on_instances();
    plan.run.begin = Begin::Empty;
    plan.services[0].desired_count = 12;
    plan.groups[0].max_size = 3;
    plan.timeline = vec![update(2_000, (None, Some(20), None))];
    // Six instances would hold them; at most three are there until MaxSize moves.
    assert_eq!(
        with_status(&played(&plan, 1_999), InstanceStatus::Active),
        3
    );
    assert_eq!(
        with_status(&played(&plan, 4_000), InstanceStatus::Active),
        6
    );
}

/// The same with a warm pool: stopped instances start in 10 s and register in 20 s.
fn with_warm_pool(size: u32, state: PoolState) -> Plan {
    let mut plan = fixed(size);
    plan.groups[0].max_size = 5;
    plan.groups[0].warm_pool = Some(WarmPoolPlan {
        min_size: 0,
        prepared: None,
        state,
        start: always(10.0),
    });
    plan
}

#[test]
fn a_group_takes_from_its_warm_pool_before_it_launches() {
    for (state, start) in [(PoolState::Stopped, 10), (PoolState::Running, 0)] {
        let mut plan = with_warm_pool(2, state);
        plan.timeline = vec![update(1_000, (None, None, Some(4)))];
        let warm = |seconds| with_status(&played(&plan, seconds), InstanceStatus::Warm);
        let active = |seconds| with_status(&played(&plan, seconds), InstanceStatus::Active);
        // Three of five wait; two are taken, and one is what four of five leave.
        assert_eq!((warm(999), warm(1_001)), (3, 1));
        let ready = 1_000 + start + 20;
        assert_eq!((active(ready - 1), active(ready + 1)), (2, 4), "{state:?}");
        let simulation = played(&plan, 2_000);
        let instances = &simulation.world.capacity.instances;
        assert_eq!(instances.len(), 5, "nothing was launched");
        // Each zone has its share: two, one and one.
        assert_eq!(simulation.world.capacity.groups[0].by_zone, [2, 1, 1]);
    }
}

#[test]
fn a_warm_pool_fills_again_when_its_group_scales_in_and_boots_what_it_fills_with() {
    let mut plan = with_warm_pool(5, PoolState::Stopped);
    plan.timeline = vec![
        update(1_000, (None, None, Some(3))),
        update(1_060, (None, None, Some(5))),
    ];
    // Two are ended and two launched, +25 s running, +45 s booted: ready at 1,070 s.
    let simulation = played(&plan, 1_059);
    assert_eq!(with_status(&simulation, InstanceStatus::Warming), 2);
    // At 1,060 s none is ready: both are launched anew, and the pool is to be empty.
    let simulation = played(&plan, 1_061);
    assert_eq!(with_status(&simulation, InstanceStatus::Warming), 0);
    assert_eq!(with_status(&simulation, InstanceStatus::Launching), 2);
    let record = &simulation.world.capacity.instances[5].record;
    assert_eq!(record.cause, Some(TerminationCause::ScaleIn));
}

#[test]
fn a_zone_that_fails_takes_its_warm_instances_with_it() {
    let mut plan = with_warm_pool(2, PoolState::Stopped);
    let outage = TimelineAction::Outage {
        zone: ZoneId(0),
        length: s(600),
    };
    plan.timeline = vec![at(1_000, outage)];
    let simulation = played(&plan, 1_300);
    let instances = simulation.world.capacity.instances.iter();
    let there = instances.filter(|it| it.status != InstanceStatus::Terminated);
    assert!(there.clone().all(|it| it.record.zone != ZoneId(0)));
    assert_eq!(there.count(), 5);
}

fn zones(simulation: &Simulation<'_>) -> Vec<u32> {
    simulation.world.capacity.groups[0].by_zone.clone()
}

#[test]
fn a_group_goes_back_to_a_zone_that_is_back_one_instance_at_a_time() {
    let mut plan = fixed(6);
    plan.groups[0].max_size = 6;
    let outage = TimelineAction::Outage {
        zone: ZoneId(0),
        length: s(600),
    };
    plan.timeline = vec![at(1_000, outage)];
    assert_eq!(zones(&played(&plan, 1_599)), [0, 3, 3]);
    // At 1,600 s a seventh is launched in zone a, ACTIVE at 1,690 s: one of b ends, and it goes on.
    let simulation = played(&plan, 1_689);
    assert_eq!(zones(&simulation), [1, 3, 3]);
    assert_eq!(with_status(&simulation, InstanceStatus::Active), 6);
    assert_eq!(zones(&played(&plan, 1_691)), [2, 2, 3]);
    let simulation = played(&plan, 3_000);
    assert_eq!(zones(&simulation), [2, 2, 2]);
    let ended = simulation.world.capacity.instances.iter();
    let cause = Some(TerminationCause::ZoneBalance);
    assert_eq!(ended.filter(|it| it.record.cause == cause).count(), 2);
    plan.groups[0].balances_zones = false;
    assert_eq!(zones(&played(&plan, 3_000)), [0, 3, 3]);
}

/// Found by a reviewer: what one instance of the zone lost was put on the next one to fail.
#[test]
fn what_a_failing_zone_loses_is_not_put_on_its_other_instances() {
    let mut plan = fixed(6);
    plan.groups[0].balances_zones = false;
    plan.services[0].desired_count = 6;
    let outage = TimelineAction::Outage {
        zone: ZoneId(0),
        length: s(600),
    };
    plan.timeline = vec![at(1_000, outage)];
    let started = |seconds| played(&plan, seconds).world.services[0].started;
    assert_eq!((started(999), started(1_001)), (6, 8), "two were lost");
}

#[test]
fn zones_wait_where_every_instance_is_protected() {
    let mut plan = fixed(6);
    plan.groups[0].protects_new_instances = true;
    let outage = TimelineAction::Outage {
        zone: ZoneId(0),
        length: s(600),
    };
    plan.timeline = vec![at(1_000, outage)];
    assert_eq!(zones(&played(&plan, 3_000)), [0, 3, 3]);
}

/// Two types of Spot in three zones, all instances of the group in the first pool.
fn on_spot(rebalances: bool) -> Plan {
    let mut plan = fixed(3);
    // EC2 sees each pool as it is, and all are alike.
    let parameters = SpotParameters {
        signal: 1.0,
        depth_noise: 0.0,
        ..SpotParameters::ec2(
            Preset::Default,
            InterruptionBucket::from_label("5-10%").unwrap(),
        )
    };
    let mut kind = plan.groups[0].types[0].clone();
    kind.spot = Some(PoolBehaviour {
        parameters,
        rates: calibrate(&parameters).unwrap(),
    });
    let other = GroupTypePlan {
        instance_type: crate::catalog::instances::find("m5.large").unwrap(),
        ..kind.clone()
    };
    plan.groups[0].types = vec![kind, other];
    plan.groups[0].distribution = Distribution {
        on_demand_base: 0,
        on_demand_percent: 0,
    };
    plan.groups[0].max_size = 3;
    plan.groups[0].capacity_rebalance = rebalances;
    plan
}

/// Plays to `seconds`; at 100 s all pools are calm, at 200 s the first instance's becomes tight.
fn tight_at_200(plan: &Plan, seconds: u64) -> Simulation<'_> {
    tight(plan, &[(200, 0)], seconds)
}

/// Plays to `seconds`; at 100 s all pools are calm, and at each moment (seconds) the pool of an
/// instance becomes tight.
fn tight<'a>(plan: &'a Plan, moments: &[(u64, u32)], seconds: u64) -> Simulation<'a> {
    let mut simulation = Simulation::new(plan, 0);
    let mut queue = Queue::new();
    simulation.begin(&mut queue);
    let mut hash = EventHash::new();
    let mut play = |simulation: &mut Simulation<'_>, queue: &mut Queue<Event>, until| {
        while step_hashed(simulation, queue, SimTime::from_secs(until), &mut hash) {
            crate::world::audit::audit(&simulation.world, plan, simulation.now);
            audit::audit(&simulation.world, plan, queue);
        }
    };
    let forced = |regime| Forced {
        regime,
        until: SimTime::from_secs(100_000),
    };
    play(&mut simulation, &mut queue, 100);
    let market = simulation.world.capacity.market.as_mut().unwrap();
    for index in 0..market.pool_count() {
        let calm = forced(Regime::Calm);
        let id = PoolId::from_index(index);
        let _ = market.force(id, calm, SimTime::from_secs(100), &mut Vec::new());
    }
    for &(second, instance) in moments {
        play(&mut simulation, &mut queue, second);
        let at = SimTime::from_secs(second);
        simulation.now = at;
        let class = simulation.world.capacity.instances[instance as usize].class;
        let pool = simulation.world.capacity.pool(class).unwrap();
        let market = simulation.world.capacity.market.as_mut().unwrap();
        let change = market.force(pool, forced(Regime::Tight), at, &mut Vec::new());
        simulation.pool_changed(&change.unwrap(), &mut queue);
    }
    play(&mut simulation, &mut queue, seconds);
    simulation
}

#[test]
fn a_group_replaces_a_spot_instance_at_risk_before_it_is_taken() {
    let mut plan = on_spot(true);
    for kind in &mut plan.groups[0].types {
        kind.spot.as_mut().unwrap().parameters.rebalance_share = 1.0;
    }
    // 90 s to ACTIVE, above MaxSize 3 for as long.
    let simulation = tight_at_200(&plan, 289);
    assert_eq!(with_status(&simulation, InstanceStatus::Active), 3);
    assert_eq!(with_status(&simulation, InstanceStatus::Launching), 1);
    let simulation = tight_at_200(&plan, 400);
    assert_eq!(with_status(&simulation, InstanceStatus::Active), 3);
    let instances = &simulation.world.capacity.instances;
    let cause = instances[0].record.cause;
    assert_eq!(cause, Some(TerminationCause::Rebalance));
    let class = |id: u32| simulation.world.capacity.instances[id as usize].class;
    assert_ne!(class(0), class(3), "another pool");
}

/// Plays to `until` seconds; the first instance has its notice at `noticed`.
fn noticed(plan: &Plan, (noticed, until): (u64, u64)) -> Simulation<'_> {
    let fate = Event::InstanceFate {
        instance: InstanceId(0),
        fate: HostFate::SpotNotice,
    };
    played_with(plan, until, |queue| {
        queue.schedule_at(SimTime::from_secs(noticed), fate);
    })
}

/// EC2 Auto Scaling user guide, "Capacity Rebalancing": where it is off, an interrupted instance is
/// replaced when it is gone, whether it drains or not.
#[test]
fn a_group_replaces_what_is_taken_when_it_is_gone() {
    let launched = |plan: &Plan| {
        let simulation = noticed(plan, (200, 1_000));
        let instances = &simulation.world.capacity.instances;
        assert_eq!(instances.len(), 4, "one replacement");
        let taken = instances[0].record.times;
        assert_eq!(taken.terminated, Some(SimTime::from_secs(320)));
        (taken.draining, instances[3].record.times.launched)
    };
    let mut plan = on_spot(false);
    for kind in &mut plan.groups[0].types {
        kind.spot.as_mut().unwrap().parameters.notice_missing_share = 0.0;
    }
    let (at_notice, when_gone) = (SimTime::from_secs(200), SimTime::from_secs(320));
    assert_eq!(launched(&plan), (Some(at_notice), when_gone));
    let mut rebalanced = plan.clone();
    rebalanced.groups[0].capacity_rebalance = true;
    assert_eq!(launched(&rebalanced), (Some(at_notice), at_notice));
    plan.providers[0].group.as_mut().unwrap().managed_draining = false;
    assert_eq!(launched(&plan), (None, when_gone));
    // A notice that never comes: it works on until it vanishes.
    let mut silent = on_spot(false);
    for kind in &mut silent.groups[0].types {
        kind.spot.as_mut().unwrap().parameters.notice_missing_share = 1.0;
    }
    assert_eq!(launched(&silent), (None, when_gone));
}

#[test]
fn an_instance_that_had_its_notice_while_it_was_launched_drains_when_it_is_active() {
    let mut plan = on_spot(false);
    plan.run.begin = Begin::Empty;
    for kind in &mut plan.groups[0].types {
        kind.spot.as_mut().unwrap().parameters.notice_missing_share = 0.0;
    }
    let simulation = noticed(&plan, (60, 600));
    let times = simulation.world.capacity.instances[0].record.times;
    assert!(times.active.is_some());
    assert_eq!(times.draining, times.active);
    assert_eq!(times.terminated, Some(SimTime::from_secs(180)));
}

#[test]
fn a_replacement_that_is_at_risk_is_replaced_in_turn() {
    // CAP-E32 (ASG-UG, Amazon EC2 Auto Scaling user guide, Capacity Rebalancing): a recommendation
    // at 0:00 for A, at 0:30 for its replacement B: each is replaced from then on; two
    // replacements where A's own notice would have cost one.
    let mut plan = on_spot(true);
    for kind in &mut plan.groups[0].types {
        kind.spot.as_mut().unwrap().parameters.rebalance_share = 1.0;
    }
    let heeded = plan.clone();
    let simulation = tight(&heeded, &[(200, 0), (2_000, 3)], 2_400);
    let instances = &simulation.world.capacity.instances;
    assert_eq!(instances.len(), 5, "two replacements");
    assert_eq!(with_status(&simulation, InstanceStatus::Active), 3);
    for (old, new, recommended_at) in [(0, 3, 200), (3, 4, 2_000)] {
        let (old, new) = (&instances[old].record, &instances[new].record);
        assert_eq!(new.times.launched, SimTime::from_secs(recommended_at));
        assert_eq!(old.cause, Some(TerminationCause::Rebalance));
        // Once its replacement is ACTIVE.
        assert!(new.times.active <= old.times.terminated);
    }
    // Where nobody heeds recommendations A runs until its own notice, at 0:32, and B is never
    // there: one replacement instead of two.
    plan.groups[0].capacity_rebalance = false;
    plan.groups[0].balances_zones = false;
    let notice = DroughtPlan {
        group: Some(GROUP),
        zone: Some(instances[0].record.zone),
        length: s(60),
        reclaims: 1.0,
    };
    plan.timeline = vec![at(200 + 1_920, TimelineAction::Drought(notice))];
    let simulation = tight(&plan, &[(200, 0)], 2_800);
    let instances = &simulation.world.capacity.instances;
    assert_eq!(instances.len(), 4, "one replacement");
    let cause = instances[0].record.cause;
    assert_eq!(cause, Some(TerminationCause::SpotInterruption));
}

#[test]
fn without_capacity_rebalance_or_a_recommendation_nothing_is_replaced() {
    let instances = |plan: &Plan| tight_at_200(plan, 400).world.capacity.instances.len();
    let mut plan = on_spot(false);
    plan.groups[0].types[0]
        .spot
        .as_mut()
        .unwrap()
        .parameters
        .rebalance_share = 1.0;
    assert_eq!(instances(&plan), 3);
    let mut plan = on_spot(true);
    for kind in &mut plan.groups[0].types {
        kind.spot.as_mut().unwrap().parameters.rebalance_share = 0.0;
    }
    assert_eq!(instances(&plan), 3);
}

#[test]
fn a_drained_instance_stays_in_its_group_and_its_tasks_move() {
    let mut plan = fixed(3);
    plan.services[0].desired_count = 3;
    let drain = DrainPlan {
        group: GROUP,
        count: 1,
        newest_first: false,
    };
    plan.timeline = vec![at(1_000, TimelineAction::Drain(drain))];
    // Each of three instances has a task; the group keeps three, the task starts on another.
    let simulation = played(&plan, 3_000);
    let instances = &simulation.world.capacity.instances;
    assert_eq!(instances.len(), 3);
    assert_eq!(instances[0].status, InstanceStatus::Draining);
    assert!(instances[0].tasks.is_empty());
    assert_eq!(simulation.world.capacity.groups[0].members.len(), 3);
    assert_eq!(running(&simulation), 3);
}

#[test]
fn what_drains_and_what_is_too_much_go_in_one_round_and_no_task_more() {
    let mut plan = fixed(4);
    plan.services[0].desired_count = 5;
    let drain = DrainPlan {
        group: GROUP,
        count: 1,
        newest_first: false,
    };
    let fewer = ServiceUpdate {
        service: ServiceId(0),
        desired_count: Some(3),
        strategy: None,
        task_definition: None,
        force_new_deployment: false,
        deployment: Default::default(),
    };
    plan.timeline = vec![
        at(1_000, TimelineAction::Drain(drain)),
        at(1_001, TimelineAction::UpdateService(fewer)),
    ];
    // Replacements are on their way when two tasks fewer are wanted: the drained ones and as many
    // of the others go at once, and nothing has to be started again.
    let simulation = played(&plan, 3_000);
    assert_eq!(running(&simulation), 3);
    assert!(simulation.world.services[0].started <= 5 + 2);
}

#[test]
fn managed_scaling_ends_what_was_drained_and_is_empty() {
    let mut plan = on_instances();
    plan.services[0].desired_count = 6;
    let drain = DrainPlan {
        group: GROUP,
        count: 1,
        newest_first: true,
    };
    plan.timeline = vec![at(1_000, TimelineAction::Drain(drain))];
    // Six tasks fill three instances: two wait for a fourth, then the drained one is empty.
    let simulation = played(&plan, 7_200);
    let instances = &simulation.world.capacity.instances;
    assert_eq!(instances[2].record.cause, Some(TerminationCause::ScaleIn));
    assert_eq!(with_status(&simulation, InstanceStatus::Active), 3);
    assert_eq!(running(&simulation), 6);
}

#[test]
fn instances_without_their_agents_take_no_tasks_and_keep_those_they_have() {
    let mut plan = fixed(3);
    plan.services[0].desired_count = 3;
    let lost = DisconnectPlan {
        group: Some(GROUP),
        zone: None,
        length: s(600),
        share: 1.0,
    };
    plan.timeline = vec![
        at(1_000, TimelineAction::AgentDisconnect(lost)),
        desired_at(1_100, 6),
    ];
    assert_eq!(running(&played(&plan, 1_599)), 3);
    assert_eq!(running(&played(&plan, 2_400)), 6);
    // The scan says what they lack.
    let simulation = Simulation::new(&plan, 0)
        .following(Trail::of(None))
        .audited();
    let outcome = simulation.run(&outcome::RunLimits::default());
    let trail = outcome.observed.trail.unwrap();
    let refused = trail.placements.iter().filter(|it| it.found.is_none());
    let lacking: Vec<_> = refused.filter_map(|it| it.closest).collect();
    assert!(!lacking.is_empty());
    assert!(
        lacking
            .iter()
            .all(|it| it.1 == crate::policy::placement::Lacking::Agent),
        "{lacking:?}"
    );
    for placement in &trail.placements {
        assert_eq!(placement.found, placement.scanned, "{placement:?}");
    }
}

#[test]
fn a_second_instance_refresh_is_refused_while_one_runs() {
    let mut plan = fixed(3);
    let refresh = TimelineAction::InstanceRefresh {
        group: GROUP,
        min_healthy_percent: 90,
    };
    plan.timeline = vec![at(1_000, refresh.clone()), at(1_100, refresh.clone())];
    let refused = |plan: &Plan| {
        let outcome = Simulation::new(plan, 0).run(&outcome::RunLimits::default());
        outcome.observed.summary.groups[0].refused_requests.clone()
    };
    assert_eq!(refused(&plan)["instance_refresh_in_progress"], 1);
    plan.timeline = vec![at(1_000, refresh.clone()), at(9_000, refresh)];
    assert!(refused(&plan).is_empty());
}

#[test]
fn the_oldest_launch_template_goes_first_while_a_refresh_runs() {
    let mut plan = fixed(4);
    plan.groups[0].zones = vec![ZoneId(0)];
    plan.services[0].zones = vec![ZoneId(0)];
    plan.groups[0].termination_policies = vec![
        TerminationPolicy::OldestLaunchTemplate,
        TerminationPolicy::NewestInstance,
    ];
    let refresh = TimelineAction::InstanceRefresh {
        group: GROUP,
        min_healthy_percent: 75,
    };
    // One of four is replaced at 1,000 s, its successor ACTIVE at 1,090 s; then two more of the old
    // ones are left when one has to go: the newest of those, and not the newest of all.
    plan.timeline = vec![at(1_000, refresh), update(1_100, (None, None, Some(2)))];
    let simulation = played(&plan, 1_101);
    let ended = simulation.world.capacity.instances.iter();
    let ended = ended.filter(|it| it.record.cause == Some(TerminationCause::ScaleIn));
    let versions: Vec<_> = ended.map(|it| it.template_version).collect();
    assert!(
        !versions.is_empty() && versions.iter().all(|it| *it == 0),
        "{versions:?}"
    );
    let left = simulation.world.capacity.groups[0].members.iter();
    let left = left.map(|id| &simulation.world.capacity.instances[id.index()]);
    assert!(left.clone().any(|it| it.template_version == 1));
}

#[test]
fn pools_above_the_maximum_price_grant_nothing() {
    let mut plan = on_spot(false);
    plan.groups[0].types[0].spot_micro_usd = 50_000;
    plan.groups[0].types[1].spot_micro_usd = 40_000;
    plan.groups[0].spot_max_micro_usd = Some(45_000);
    let kinds = |plan: &Plan| -> Vec<u32> {
        let simulation = played(plan, 60);
        let instances = simulation.world.capacity.instances.iter();
        instances.map(|it| it.record.type_index).collect()
    };
    assert_eq!(kinds(&plan), [1, 1, 1]);
    plan.groups[0].spot_max_micro_usd = Some(30_000);
    assert!(kinds(&plan).is_empty());
}

#[test]
fn a_refresh_ends_although_an_instance_drains_by_hand() {
    let mut plan = fixed(3);
    plan.services[0].desired_count = 3;
    let drain = DrainPlan {
        group: GROUP,
        count: 1,
        newest_first: false,
    };
    let refresh = TimelineAction::InstanceRefresh {
        group: GROUP,
        min_healthy_percent: 90,
    };
    plan.timeline = vec![at(1_000, TimelineAction::Drain(drain)), at(1_500, refresh)];
    let simulation = played(&plan, 6_000);
    let group = &simulation.world.capacity.groups[0];
    assert!(group.refresh.is_none());
    let instances = &simulation.world.capacity.instances;
    let members = group.members.iter().map(|id| &instances[id.index()]);
    assert!(members.clone().all(|it| it.template_version == 1));
    assert_eq!(members.count(), 3);
}
