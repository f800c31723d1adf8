//! What becomes of a Spot Instance that EC2 takes back, worked out by hand in the comment above the
//! assertion.

use super::instance_tests::on_instances;
use super::*;
use crate::ids::InstanceId;
use crate::policy::spot::{InterruptionBucket, Preset, SpotParameters, calibrate};
use crate::scenario::plan::{Begin, PoolBehaviour};
use crate::simulation::event::HostFate;
use crate::world::instance::InstanceRecord;

/// The instances of a plan at 600 s whose first one gets EC2's notice at a second.
fn noticed(plan: &Plan, seconds: u64) -> Vec<InstanceRecord> {
    let mut simulation = Simulation::new(plan, 0);
    let (mut queue, mut hash) = (Queue::new(), EventHash::new());
    simulation.begin(&mut queue);
    let (instance, fate) = (InstanceId(0), HostFate::SpotNotice);
    let event = Event::InstanceFate { instance, fate };
    queue.schedule_at(SimTime::from_secs(seconds), event);
    while simulation.step(&mut queue, SimTime::from_secs(600), &mut hash) {
        if simulation.soon.is_empty() {
            crate::world::audit::audit(&simulation.world, plan, simulation.now);
        }
    }
    let all = simulation.world.capacity.instances.iter();
    all.map(|it| it.record.clone()).collect()
}

/// Two instances whose number only the operator changes.
fn steady() -> Plan {
    let mut plan = on_instances();
    plan.services[0].desired_count = 4;
    plan.providers[0].group.as_mut().unwrap().managed_scaling = None;
    plan
}

/// EC2 Auto Scaling user guide, "Capacity Rebalancing": without it a Spot Instance is replaced when
/// it was interrupted, two minutes after its notice. That ECS has it DRAINING meanwhile is nothing to
/// its group.
#[test]
fn a_spot_instance_that_drains_is_replaced_when_it_is_gone() {
    for (rebalances, replaced_at) in [(false, 220), (true, 100)] {
        let mut plan = steady();
        plan.groups[0].capacity_rebalance = rebalances;
        let instances = noticed(&plan, 100);
        let times = instances[0].times;
        assert_eq!(times.draining, Some(SimTime::from_secs(100)));
        assert_eq!(times.terminated, Some(SimTime::from_secs(220)));
        let later = instances.iter().map(|it| it.times.launched);
        let launched = later.filter(|at| SimTime::ZERO < *at).min();
        assert_eq!(launched, Some(SimTime::from_secs(replaced_at)));
    }
}

/// spot.md, `notice_missing`: the instance vanishes when it would have, and nobody heard of it.
#[test]
fn a_notice_that_never_comes_lets_nothing_drain() {
    let mut plan = steady();
    let bucket = InterruptionBucket::from_label("<5%").unwrap();
    let mut parameters = SpotParameters::ec2(Preset::Default, bucket);
    parameters.notice_missing_share = 1.0;
    plan.groups[0].types[0].spot = Some(PoolBehaviour {
        parameters,
        rates: calibrate(&parameters).unwrap(),
    });
    let times = noticed(&plan, 100)[0].times;
    assert_eq!(times.draining, None);
    assert_eq!(times.terminated, Some(SimTime::from_secs(220)));
}

/// Launched in the second minute, ACTIVE 90 s later: whoever hears of the notice by then has the
/// instance drain from there on.
#[test]
fn a_notice_before_an_instance_is_active_is_heard_when_it_is() {
    let mut plan = on_instances();
    plan.run.begin = Begin::Empty;
    let times = noticed(&plan, 130)[0].times;
    let active = times.active.expect("it comes before its end");
    assert!(SimTime::from_secs(130) < active, "{active}");
    assert_eq!(times.draining, Some(active));
    assert_eq!(times.terminated, Some(SimTime::from_secs(250)));
}
