//! The shipped replay of real capacity: instances run where and when the trace had some, and cost
//! what the price of each of their hours says.

use fleetcast::engine::random::Streams;
use fleetcast::experiment::run::play;
use fleetcast::policy::auto_scaling_group::Purchase;
use fleetcast::policy::spot::ReplayStep;
use fleetcast::policy::spot::price::instance_hours;
use fleetcast::scenario::{LoadOptions, load};
use fleetcast::simulation::outcome::RunLimits;
use fleetcast::world::instance::TerminationCause;
use fleetcast::world::spot_prices::{SpotPrices, price_in_force};

/// The two minutes of the notice, and what a reclaim's notices may be spread over.
const NOTICE_S: u64 = 120 + 180;

#[test]
fn instances_run_where_the_trace_has_capacity_at_the_price_of_the_hour() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/scenarios/ec2-spot-replay.yaml"
    );
    let options = LoadOptions {
        set: vec![("record.tasks".into(), "all".into())],
        ..LoadOptions::default()
    };
    let plan = load(path.as_ref(), &options).expect("it loads").plan;
    let played = play(&plan, 0, &RunLimits::default());
    let group = &plan.groups[0];
    let pools = &group.types[0].pools;
    let prices = SpotPrices::new(&plan, &Streams::new(plan.run.seed, 0));
    let (mut taken, mut micro_usd_seconds) = (0, 0u128);
    for record in &played.outcome.observed.instances {
        assert_eq!(record.purchase, Purchase::Spot);
        let zone = group.zones.iter().position(|zone| *zone == record.zone);
        let steps = pools[zone.unwrap()].replay.as_ref().unwrap();
        let share = |at| {
            let next = steps.partition_point(|step: &ReplayStep| step.at <= at);
            steps[next.saturating_sub(1)].share
        };
        assert_eq!(share(record.times.launched), 1.0, "granted from nothing");
        let end = record.times.terminated.unwrap_or(plan.horizon());
        let gone = steps
            .iter()
            .find(|step| record.times.launched < step.at && step.share == 0.0);
        if let Some(gone) = gone {
            let most = gone.at.as_micros() + NOTICE_S * 1_000_000;
            assert!(
                end.as_micros() <= most,
                "{:?} went at {}, the capacity at {}: {:?}",
                record.times,
                end,
                gone.at,
                record.cause
            );
        }
        taken += u32::from(record.cause == Some(TerminationCause::SpotInterruption));
        let Some(running) = record.times.running.filter(|running| *running <= end) else {
            continue;
        };
        let ran_us = end.as_micros() - running.as_micros();
        let is_interrupted = record.cause == Some(TerminationCause::SpotInterruption)
            && record.times.terminated.is_some();
        if is_interrupted && ran_us < 3_600_000_000 {
            continue;
        }
        let least = if record.times.terminated.is_some() {
            60
        } else {
            0
        };
        let path = prices.path(record.group, 0, record.zone).unwrap();
        for (from, seconds) in instance_hours(running, ran_us.div_ceil(1_000_000).max(least)) {
            // What lies beyond the run is not billed.
            let left = plan.horizon().as_micros().saturating_sub(from.as_micros()) / 1_000_000;
            micro_usd_seconds += u128::from(seconds.min(left + 1) * price_in_force(path, from));
        }
    }
    assert!(50 < taken, "{taken} taken back");
    let spot = played
        .bill
        .lines
        .iter()
        .filter(|line| line.item.item().is_none());
    let billed: f64 = spot.map(|line| line.cost.usd()).sum();
    let expected = micro_usd_seconds as f64 / 3_600.0 / 1e6;
    assert!(
        (billed / expected - 1.0).abs() < 1e-4,
        "{billed} {expected}"
    );
}
