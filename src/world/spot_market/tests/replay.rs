//! Pools that follow a trace.

use std::sync::Arc;

use super::*;
use crate::policy::spot::ReplayStep;

fn steps(shares: &[(u64, f64, Option<u32>)]) -> Arc<[ReplayStep]> {
    let step = |(at, share, most): &(u64, f64, Option<u32>)| ReplayStep {
        at: SimTime::from_secs(*at),
        share: *share,
        most: *most,
    };
    shares.iter().map(step).collect()
}

/// Two zones of a family, the first of them with a trace.
fn plan(trace: &[(u64, f64, Option<u32>)]) -> MarketPlan {
    MarketPlan {
        replays: vec![Some(steps(trace)), None],
        ..grid(&[behaviour(ec2(Preset::Pessimistic, 4))], 2)
    }
}

const TRACE: [(u64, f64, Option<u32>); 5] = [
    (0, 1.0, Some(8)),
    (100, 0.25, Some(2)),
    (200, 0.0, Some(0)),
    (300, 0.5, Some(4)),
    (400, 0.5, None),
];

#[test]
fn a_pool_follows_its_trace_and_reclaims_what_a_fall_takes() {
    let mut run = Run::new(&plan(&TRACE), Streams::new(7, 0));
    let pool = PoolId(0);
    assert_eq!(run.market.regime(pool), Regime::Calm);
    assert_eq!(run.market.most_running(pool), Some(8));
    let mut changes = run.changes_until(SimTime::from_secs(10_000));
    changes.retain(|(_, change)| change.pool == pool);
    let seen: Vec<(u64, Regime, Option<f64>)> = changes
        .iter()
        .map(|(at, change)| {
            let severity = change.reclaim.map(|reclaim| reclaim.severity);
            (at.as_micros() / 1_000_000, change.to, severity)
        })
        .collect();
    assert_eq!(
        seen,
        [
            (100, Regime::Calm, Some(0.75)),
            (200, Regime::Empty, Some(1.0)),
            (300, Regime::Calm, None),
        ]
    );
    assert_eq!(run.market.most_running(pool), None);
    run.market.audit();
}

#[test]
fn a_trace_goes_on_under_a_drought_and_holds_after_it() {
    let mut run = Run::new(&plan(&TRACE), Streams::new(7, 0));
    let forced = Forced {
        regime: Regime::Empty,
        until: SimTime::from_secs(250),
    };
    let mut due = Vec::new();
    let change = run
        .market
        .force(PoolId(0), forced, SimTime::from_secs(50), &mut due);
    assert_eq!(change.unwrap().to, Regime::Empty);
    run.due = due;
    run.schedule();
    let mut changes = run.changes_until(SimTime::from_secs(10_000));
    changes.retain(|(_, change)| change.pool == PoolId(0));
    // At 250 the trace has nothing: whoever outlived the drought is taken.
    let (at, back) = changes[0];
    assert_eq!(at, SimTime::from_secs(250));
    assert_eq!(
        (back.to, back.reclaim.unwrap().severity),
        (Regime::Empty, 1.0)
    );
    assert_eq!(
        (changes[1].0, changes[1].1.to),
        (SimTime::from_secs(300), Regime::Calm)
    );
}

#[test]
fn a_trace_beside_it_changes_nothing_of_a_pool() {
    let with = path(&plan(&TRACE), 1, 7);
    let other = [(0, 0.0, None), (5_000, 1.0, None)];
    assert!(20 < with.len());
    assert_eq!(with, path(&plan(&other), 1, 7));
}
