//! Predictive scaling, worked out by hand in the comment above the assertion.

use super::fixture::{cpu_target, demand, plan, s};
use super::outcome::{RunLimits, RunOutcome};
use super::*;
use crate::demand::generator::RateSpec;
use crate::demand::series::{RateStep, StepSeries};
use crate::observe::trail::Trail;
use crate::policy::predictive_scaling::{Breach, PredictedOutcome};
use crate::scenario::plan::{PredictivePolicyPlan, TrackedMetric};

/// Requests at 10/s by night and 100/s from 9 to 17; a target of 1,000 requests a minute and task.
fn office(acts: bool) -> Plan {
    let mut plan = plan();
    plan.run.duration = s(3 * 86_400);
    plan.services[0].desired_count = 1;
    let mut rate = Vec::new();
    for day in 0..3 {
        for (hour, rate_per_second) in [(0, 10.0), (9, 100.0), (17, 10.0)] {
            let start = SimTime::from_secs(86_400 * day + 3_600 * hour);
            rate.push(RateStep {
                start,
                rate_per_second,
            });
        }
    }
    let series = StepSeries::new(rate, None);
    plan.services[0].demand = Some(demand(RateSpec::Trace(series)));
    let mut target = cpu_target(1, 20);
    target.policies.clear();
    target.predictive = vec![PredictivePolicyPlan {
        name: "office".into(),
        metric: TrackedMetric::RequestCountPerTarget,
        target: 1_000.0,
        acts,
        buffer: s(300),
        breach: Breach::Honor,
    }];
    plan.scalable_targets = vec![target];
    plan
}

fn play(plan: &Plan) -> RunOutcome {
    let simulation = Simulation::new(plan, 0).following(Trail::of(None));
    simulation.audited().run(&RunLimits::default())
}

/// When the count changed and to what, by forecasts.
fn raised(outcome: &RunOutcome) -> Vec<(u64, u32)> {
    let trail = outcome.observed.trail.as_ref().unwrap();
    let all = trail.forecasts.iter();
    let raised = all.filter(|it| it.outcome == PredictedOutcome::Raised);
    raised
        .map(|it| (it.at.as_micros() / 1_000_000, it.counts[1]))
        .collect()
}

#[test]
fn the_second_morning_is_ready_five_minutes_before_it_begins() {
    let outcome = play(&office(true));
    // 6,000 requests a minute over 1,000: 6 tasks at 8:55 of the second day, for which 24 hours are
    // known; nothing scales in, so that the third finds them.
    assert_eq!(raised(&outcome), [(86_400 + 9 * 3_600 - 300, 6)]);
    let trail = outcome.observed.trail.as_ref().unwrap();
    // Forecasts are made every 6 hours: the one of hour 24 is the first, for hours 25 to 72.
    let first = trail.forecasts[0];
    assert_eq!(first.at, SimTime::from_secs(86_400 + 3_600 - 300));
    assert_eq!(first.forecast, 1, "600 requests a minute");
    assert_eq!(trail.forecasts.len(), 48);
}

#[test]
fn a_forecast_only_tells() {
    let outcome = play(&office(false));
    assert_eq!(raised(&outcome), []);
    let trail = outcome.observed.trail.as_ref().unwrap();
    let only = |it: &&crate::observe::trail::Forecast| it.outcome == PredictedOutcome::ForecastOnly;
    assert_eq!(trail.forecasts.iter().filter(only).count(), 48);
}

#[test]
fn a_maximum_holds_unless_it_may_be_raised() {
    let mut plan = office(true);
    plan.scalable_targets[0].max = 4;
    assert_eq!(raised(&play(&plan)), [(86_400 + 9 * 3_600 - 300, 4)]);
    plan.scalable_targets[0].predictive[0].breach = Breach::Increase { buffer: 10 };
    assert_eq!(raised(&play(&plan)), [(86_400 + 9 * 3_600 - 300, 6)]);
}

#[test]
fn target_tracking_does_not_go_below_what_is_foretold() {
    let mut plan = office(true);
    let cpu = cpu_target(1, 20).policies;
    plan.scalable_targets[0].policies = cpu;
    let outcome = play(&plan);
    // 3 of CPU x 100/s are 3 vCPUs: 6 tasks at 50 %, which no policy would take away; at night 10/s
    // are 0.3 vCPUs, 1 task. From 17:00 on the forecast is 1 too.
    let mornings = raised(&outcome);
    assert_eq!(mornings.len(), 2);
    for (at, to) in mornings {
        assert_eq!((at % 86_400, to), (9 * 3_600 - 300, 6));
    }
}
