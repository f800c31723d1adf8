//! The market against the chain and against the figures that docs/spot.md states. Printed figures
//! show with `--nocapture`.

mod fleet;
mod levels;
mod replay;
mod strategies;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::*;
use crate::engine::random::NameHash;
use crate::policy::spot::{InterruptionBucket, Level, Preset, SpotParameters, calibrate};

/// A market with a queue of its own.
struct Run {
    market: SpotMarket,
    queue: BinaryHeap<Reverse<(SimTime, u64, SpotEvent)>>,
    pushed: u64,
    due: Vec<Due>,
    now: SimTime,
}

impl Run {
    fn new(plan: &MarketPlan, streams: Streams) -> Self {
        let mut market = SpotMarket::new(plan, streams);
        let mut due = Vec::new();
        market.start(&mut due);
        let queue = BinaryHeap::new();
        let mut run = Run {
            market,
            queue,
            pushed: 0,
            due,
            now: SimTime::ZERO,
        };
        run.schedule();
        run
    }

    fn schedule(&mut self) {
        for Due { at, what } in self.due.drain(..) {
            self.queue.push(Reverse((at, self.pushed, what)));
            self.pushed += 1;
        }
    }

    fn next_at(&self) -> SimTime {
        self.queue
            .peek()
            .map_or(SimTime::MAX, |Reverse((at, ..))| *at)
    }

    /// Plays the next event; none if the market is at rest for ever.
    fn step(&mut self) -> Option<PoolChange> {
        let Reverse((now, _, event)) = self.queue.pop()?;
        assert!(self.now <= now, "time can't run backwards");
        self.now = now;
        let change = self.market.on_event(event, now, &mut self.due);
        self.schedule();
        change
    }

    fn changes_until(&mut self, horizon: SimTime) -> Vec<(SimTime, PoolChange)> {
        let mut changes = Vec::new();
        while self.next_at() < horizon {
            if let Some(change) = self.step() {
                changes.push((self.now, change));
            }
        }
        changes
    }
}

fn hours(count: f64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs_f64(3_600.0 * count)
}

fn months(count: f64) -> SimTime {
    hours(730.0 * count)
}

fn behaviour(parameters: SpotParameters) -> Behaviour {
    Behaviour {
        parameters,
        rates: calibrate(&parameters).unwrap(),
    }
}

fn ec2(preset: Preset, bucket: usize) -> SpotParameters {
    SpotParameters::ec2(preset, InterruptionBucket::ALL[bucket])
}

/// Pools of every family in every zone, in that order.
fn grid(behaviours: &[Behaviour], zones: usize) -> MarketPlan {
    let names = |kind: &str, count: usize| -> Vec<NameHash> {
        (0..count)
            .map(|index| NameHash::of(&format!("{kind}{index}")))
            .collect()
    };
    let pool = |family: usize, zone: usize| PoolPlan {
        name: NameHash::of(&format!("family{family}/zone{zone}")),
        family,
        zone,
        behaviour: family,
    };
    let pools = (0..behaviours.len())
        .flat_map(|family| (0..zones).map(move |zone| pool(family, zone)))
        .collect();
    MarketPlan {
        replays: Vec::new(),
        behaviours: behaviours.to_vec(),
        families: names("family", behaviours.len()),
        zones: names("zone", zones),
        pools,
        start_hour_local: 0.0,
    }
}

fn path(plan: &MarketPlan, pool: u32, seed: u64) -> Vec<(SimTime, PoolChange)> {
    let mut changes = Run::new(plan, Streams::new(seed, 0)).changes_until(months(12.0));
    changes.retain(|(_, change)| change.pool == PoolId(pool));
    changes
}

#[test]
fn a_pools_path_is_the_same_beside_other_families_and_zones() {
    // Check 6 of the model: no draw depends on who else is there, nor on the order of events
    // between pools.
    let one = behaviour(ec2(Preset::Pessimistic, 2));
    let alone = path(&grid(&[one], 1), 0, 7);
    assert!(
        200 < alone.len(),
        "the path must say something: {} changes",
        alone.len()
    );
    assert_eq!(path(&grid(&[one], 1), 0, 7), alone);
    assert_eq!(path(&grid(&[one, one, one], 3), 0, 7), alone);
    assert_ne!(path(&grid(&[one], 1), 0, 8), alone);
}

#[test]
fn asking_for_launches_does_not_move_the_market() {
    let plan = grid(&[behaviour(ec2(Preset::Pessimistic, 2))], 3);
    let quiet = Run::new(&plan, Streams::new(7, 0)).changes_until(months(6.0));
    let mut run = Run::new(&plan, Streams::new(7, 0));
    let mut asked = Vec::new();
    while run.next_at() < months(6.0) {
        for pool in 0..3 {
            std::hint::black_box(run.market.grants(PoolId(pool), 0.3));
        }
        asked.extend(run.step().map(|change| (run.now, change)));
    }
    assert_eq!(asked, quiet);
}

#[test]
fn how_hard_reclaims_are_does_not_shift_when_shortages_come() {
    let soft = behaviour(SpotParameters {
        reclaim_all: 0.0,
        ..ec2(Preset::Pessimistic, 2)
    });
    let mut hard = soft;
    hard.parameters.reclaim_all = 1.0;
    hard.rates.reclaims_per_shortage = 1.0;
    let regimes = |behaviour| -> Vec<_> {
        let changes = path(&grid(&[behaviour], 1), 0, 3);
        changes
            .into_iter()
            .map(|(at, change)| (at, change.to))
            .collect()
    };
    assert_eq!(regimes(soft), regimes(hard));
}

#[test]
fn changes_are_the_legal_ones_and_only_shortages_reclaim() {
    let behaviours = [
        behaviour(ec2(Preset::Default, 4)),
        behaviour(ec2(Preset::Scarce, 0)),
    ];
    let mut run = Run::new(&grid(&behaviours, 3), Streams::new(11, 0));
    let mut regimes: Vec<Regime> = (0..6).map(|pool| run.market.regime(PoolId(pool))).collect();
    let mut reclaims = 0;
    while run.next_at() < months(24.0) {
        let Some(change) = run.step() else { continue };
        assert_eq!(regimes[change.pool.index()], change.from);
        assert_eq!(run.market.regime(change.pool), change.to);
        assert!(
            matches!(
                (change.from, change.to),
                (Regime::Calm, Regime::Tight)
                    | (Regime::Tight, Regime::Empty | Regime::Calm)
                    | (Regime::Empty, Regime::Tight)
            ),
            "{change:?}"
        );
        assert!(change.reclaim.is_none() || change.to == Regime::Empty);
        reclaims += usize::from(change.reclaim.is_some());
        regimes[change.pool.index()] = change.to;
        run.market.audit();
    }
    assert!(100 < reclaims);
}

#[test]
fn a_stale_event_does_nothing() {
    let plan = grid(&[behaviour(ec2(Preset::Scarce, 0))], 1);
    let mut market = SpotMarket::new(&plan, Streams::new(5, 0));
    let mut due = Vec::new();
    market.start(&mut due);
    let pool = *due
        .iter()
        .find(|due| matches!(due.what, SpotEvent::Pool { .. }))
        .unwrap();
    due.clear();
    let _ = market.on_event(pool.what, pool.at, &mut due);
    due.clear();
    assert_eq!(market.on_event(pool.what, pool.at, &mut due), None);
    assert!(due.is_empty());
}

#[test]
fn each_pool_and_each_shock_has_one_live_event() {
    let plan = grid(&[behaviour(ec2(Preset::Pessimistic, 4)); 2], 3);
    let mut run = Run::new(&plan, Streams::new(2, 0));
    run.changes_until(months(3.0));
    let live = |Reverse((_, _, event)): &&Reverse<(SimTime, u64, SpotEvent)>| match *event {
        SpotEvent::Pool { pool, tick } => run.market.pools[pool.index()].tick == tick,
        SpotEvent::Shock { .. } => true,
    };
    assert_eq!(run.queue.iter().filter(live).count(), 6 + 2 + 3);
}

#[test]
fn a_forced_drought_holds_until_its_end_and_then_recovers() {
    let quiet = SpotParameters {
        level: Level::MonthlyShare(0.0),
        ..ec2(Preset::Default, 0)
    };
    let mut run = Run::new(&grid(&[behaviour(quiet)], 1), Streams::new(1, 0));
    assert_eq!(run.step(), None, "a pool without stress never leaves calm");
    let drought = Forced {
        regime: Regime::Empty,
        until: hours(6.0),
    };
    let change = run
        .market
        .force(PoolId(0), drought, hours(1.0), &mut run.due)
        .unwrap();
    assert_eq!(
        (change.from, change.to, change.reclaim),
        (Regime::Calm, Regime::Empty, None)
    );
    assert!(!run.market.grants(PoolId(0), 0.0));
    run.schedule();
    let end = run.step().unwrap();
    assert_eq!(
        (run.now, end.from, end.to),
        (hours(6.0), Regime::Empty, Regime::Tight)
    );
}

#[test]
fn a_forced_calm_ends_in_calm_and_shocks_do_not_break_it() {
    let plan = grid(&[behaviour(ec2(Preset::Pessimistic, 4))], 1);
    let mut run = Run::new(&plan, Streams::new(1, 0));
    let calm = Forced {
        regime: Regime::Calm,
        until: months(2.0),
    };
    let _ = run
        .market
        .force(PoolId(0), calm, SimTime::ZERO, &mut run.due);
    run.schedule();
    assert_eq!(run.changes_until(months(2.0)), []);
    assert!(!run.changes_until(months(3.0)).is_empty());
}
