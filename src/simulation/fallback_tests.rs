//! `whatIf.spotFallback`: tasks and instances that Spot has no capacity for go on demand.

use super::fixture::plan;
use super::instance_tests::{on_instances, played};
use crate::engine::{SimDuration, SimTime};
use crate::ids::{GroupId, ProviderId};
use crate::policy::auto_scaling_group::{Distribution, Purchase};
use crate::policy::spot::{
    InterruptionBucket, Level, Preset, ReplayStep, SpotParameters, calibrate,
};
use crate::policy::strategy::Strategy;
use crate::policy::what_if::SpotFallback;
use crate::scenario::plan::{
    Begin, DroughtPlan, Plan, PoolBehaviour, TimelineAction, TimelineEntry, WhatIfPlan,
};
use crate::simulation::Simulation;

const FARGATE: ProviderId = ProviderId(0);
const FARGATE_SPOT: ProviderId = ProviderId(1);

fn after_600() -> WhatIfPlan {
    let after = SimDuration::from_secs(600);
    WhatIfPlan {
        spot_fallback: Some(SpotFallback { after }),
        on_demand: Some(FARGATE),
        ..WhatIfPlan::default()
    }
}

fn drought(group: Option<GroupId>, at: u64) -> TimelineEntry {
    TimelineEntry {
        at: SimTime::from_secs(at),
        action: TimelineAction::Drought(DroughtPlan {
            group,
            zone: None,
            length: SimDuration::from_secs(7_200),
            reclaims: 1.0,
        }),
    }
}

/// Four tasks on Fargate Spot, all taken back at 1,000 s, and no capacity for two hours.
fn on_fargate_spot() -> Plan {
    let mut plan = plan();
    plan.services[0].desired_count = 4;
    plan.services[0].strategy = Strategy::only(FARGATE_SPOT);
    plan.scalable_targets.clear();
    plan.timeline = vec![drought(None, 1_000)];
    plan
}

/// Tasks of a provider that are not on their way out, and when the first was created.
fn on(simulation: &Simulation<'_>, provider: ProviderId) -> (usize, Option<SimTime>) {
    let tasks = simulation.world.tasks.iter().map(|(_, task)| &task.record);
    let its = tasks.filter(|record| record.provider == provider && record.stop.is_none());
    let created: Vec<SimTime> = its.map(|record| record.times.created).collect();
    (created.len(), created.iter().min().copied())
}

/// All is taken back where a trace falls to nothing, and nothing else befalls Fargate Spot.
#[test]
fn fargate_spot_follows_its_trace() {
    let mut plan = on_fargate_spot();
    plan.timeline.clear();
    plan.spot.parameters.level = Level::InterruptionsPerSlotMonth(120.0);
    plan.spot.rates = calibrate(&plan.spot.parameters).unwrap();
    let step = |seconds, share| ReplayStep {
        at: SimTime::from_secs(seconds),
        share,
        most: None,
    };
    let steps = [step(0, 1.0), step(40_000, 0.0), step(42_000, 1.0)];
    plan.spot.replays = vec![Some(steps.into()); plan.zones.len()];
    let interrupted = |until| played(&plan, until).world.services[0].started - 4;
    assert_eq!(interrupted(39_990), 0);
    assert_eq!(on(&played(&plan, 41_900), FARGATE_SPOT).0, 0);
    assert_eq!(on(&played(&plan, 43_000), FARGATE_SPOT).0, 4);
    assert_eq!(interrupted(80_000), 4);
}

#[test]
fn tasks_fall_back_to_fargate_once_they_have_waited() {
    let mut plan = on_fargate_spot();
    assert_eq!(on(&played(&plan, 5_000), FARGATE).0, 0, "as AWS has it");
    plan.what_if = after_600();
    let simulation = played(&plan, 5_000);
    let (tasks, first) = on(&simulation, FARGATE);
    assert_eq!(tasks, 4);
    // They are wanted from the reclaim on, and its notices take some seconds.
    let first = first.unwrap();
    assert!(SimTime::from_secs(1_600) <= first && first < SimTime::from_secs(1_620));
    assert_eq!(simulation.world.services[0].counts().running, 4);
    // What fell back stays where it is when Spot is back.
    assert_eq!(on(&played(&plan, 20_000), FARGATE).0, 4);
}

#[test]
fn a_group_without_spot_capacity_buys_on_demand() {
    let mut plan = on_instances();
    let bucket = InterruptionBucket::from_label("<5%").unwrap();
    let parameters = SpotParameters::ec2(Preset::Default, bucket);
    plan.groups[0].types[0].spot = Some(PoolBehaviour {
        parameters,
        rates: calibrate(&parameters).unwrap(),
    });
    plan.groups[0].distribution = Distribution {
        on_demand_base: 0,
        on_demand_percent: 0,
    };
    plan.services[0].desired_count = 4;
    plan.run.begin = Begin::Empty;
    plan.timeline = vec![drought(Some(GroupId(0)), 1)];
    let of = |plan: &Plan| {
        let simulation = played(plan, 3_600);
        let instances = simulation.world.capacity.instances.iter();
        let bought: Vec<_> = instances
            .map(|it| (it.record.purchase, it.record.times.launched))
            .collect();
        (bought, simulation.world.services[0].counts().running)
    };
    assert_eq!(of(&plan), (vec![], 0), "as AWS has it");
    plan.what_if = after_600();
    let (bought, running) = of(&plan);
    assert_eq!(running, 4);
    assert!(
        bought
            .iter()
            .all(|(purchase, _)| *purchase == Purchase::OnDemand)
    );
    // The first look for an instance was after the first minute.
    let first = bought.iter().map(|(_, at)| *at).min().unwrap();
    assert_eq!(first, SimTime::from_secs(660));
}
