//! Long-run shares and correlations of regimes, against the chain and the published figures.

use super::*;
use crate::policy::spot::{Facts, facts};

/// Time-weighted sums over replications: how long each pool was empty, and each pair at once.
struct Occupancy {
    total_hours: f64,
    empty_hours: Vec<f64>,
    both_hours: Vec<Vec<f64>>,
    shortages: Vec<u32>,
}

fn occupancy(plan: &MarketPlan, replication: u64, horizon: SimTime) -> Occupancy {
    let mut run = Run::new(plan, Streams::new(2026, replication));
    let count = plan.pools.len();
    let mut sums = Occupancy {
        total_hours: horizon.as_secs_f64() / 3_600.0,
        empty_hours: vec![0.0; count],
        both_hours: vec![vec![0.0; count]; count],
        shortages: vec![0; count],
    };
    let is_empty = |run: &Run, pool: usize| run.market.regime(PoolId(pool as u32)) == Regime::Empty;
    let mut empty: Vec<bool> = (0..count).map(|pool| is_empty(&run, pool)).collect();
    let mut since = SimTime::ZERO;
    loop {
        let until = run.next_at().min(horizon);
        let change = if until < horizon { run.step() } else { None };
        if change.is_none() && until < horizon {
            continue;
        }
        let passed = (until - since).as_secs_f64() / 3_600.0;
        for a in (0..count).filter(|pool| empty[*pool]) {
            sums.empty_hours[a] += passed;
            for b in (0..a).filter(|pool| empty[*pool]) {
                sums.both_hours[a][b] += passed;
            }
        }
        since = until;
        let Some(change) = change else { return sums };
        empty[change.pool.index()] = change.to == Regime::Empty;
        sums.shortages[change.pool.index()] += u32::from(change.to == Regime::Empty);
    }
}

/// Mean and standard error.
pub(super) fn estimate(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let square = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum::<f64>();
    (mean, libm::sqrt(square / (count - 1.0) / count))
}

fn facts_of(parameters: &SpotParameters) -> Facts {
    facts(parameters, &calibrate(parameters).unwrap())
}

/// Share of time empty and shortages a month of one family of three zones equal the chain's within
/// three standard errors (over replications).
#[track_caller]
fn check_level(what: &str, parameters: SpotParameters, replications: u64, months_each: f64) {
    let plan = grid(&[behaviour(parameters)], 3);
    let chain = facts_of(&parameters);
    let (mut shares, mut shortages) = (Vec::new(), Vec::new());
    for replication in 0..replications {
        let sums = occupancy(&plan, replication, months(months_each));
        shares.push(sums.empty_hours.iter().sum::<f64>() / 3.0 / sums.total_hours);
        shortages.push(f64::from(sums.shortages.iter().sum::<u32>()) / 3.0 / months_each);
    }
    for (name, values, wanted) in [
        ("share empty", &shares, chain.share_empty),
        ("shortages a month", &shortages, chain.shortages_per_month),
    ] {
        let (mean, error) = estimate(values);
        println!("{what}: {name} {mean:.5} +- {error:.5}, chain {wanted:.5}");
        assert!(
            (mean - wanted).abs() < 3.0 * error,
            "{what}: {name} {mean} +- {error}, {wanted}"
        );
        // A wide interval must not pass for agreement.
        assert!(
            error < 0.03 * wanted,
            "{what}: {name} is too uncertain, {mean} +- {error}"
        );
    }
}

#[test]
fn the_long_run_equals_the_chain_without_and_with_a_daily_cycle() {
    for daily_amplitude in [0.0, 0.3] {
        let with = |parameters| SpotParameters {
            daily_amplitude,
            ..parameters
        };
        let pessimistic = SpotParameters {
            level: Level::MonthlyShare(0.145),
            ..ec2(Preset::Pessimistic, 2)
        };
        let name = |preset: &str| format!("{preset}, daily {daily_amplitude}");
        check_level(
            &name("default F .37"),
            with(ec2(Preset::Default, 4)),
            400,
            60.0,
        );
        check_level(&name("pessimistic F .145"), with(pessimistic), 100, 24.0);
        check_level(&name("scarce"), with(ec2(Preset::Scarce, 0)), 100, 24.0);
    }
}

#[test]
fn a_run_starts_in_the_long_run_not_in_calm() {
    let parameters = ec2(Preset::Scarce, 0);
    let plan = grid(&[behaviour(parameters)], 1);
    let starts = 4_000;
    let empty = (0..starts)
        .map(|replication| SpotMarket::new(&plan, Streams::new(1, replication)))
        .filter(|market| market.regime(PoolId(0)) == Regime::Empty)
        .count();
    let share = empty as f64 / starts as f64;
    let wanted = facts_of(&parameters).share_empty;
    println!("empty at the start {share:.4}, chain {wanted:.4}");
    assert!((share - wanted).abs() < 3.0 * libm::sqrt(wanted * (1.0 - wanted) / starts as f64));
}

/// Correlations of "empty" of two families × three zones: zones of one family, families of one
/// zone.
fn correlations(parameters: SpotParameters, replications: u64, months_each: f64) -> (f64, f64) {
    let plan = grid(&[behaviour(parameters); 2], 3);
    let mut total = 0.0;
    let mut empty = [0.0; 6];
    let mut both = [[0.0; 6]; 6];
    for replication in 0..replications {
        let sums = occupancy(&plan, replication, months(months_each));
        total += sums.total_hours;
        for a in 0..6 {
            empty[a] += sums.empty_hours[a];
            for (b, sum) in both[a].iter_mut().enumerate().take(a) {
                *sum += sums.both_hours[a][b];
            }
        }
    }
    let phi = |a: usize, b: usize| {
        let (p, q, pq) = (empty[a] / total, empty[b] / total, both[a][b] / total);
        (pq - p * q) / libm::sqrt(p * (1.0 - p) * q * (1.0 - q))
    };
    let mean = |pairs: &[(usize, usize)]| {
        pairs.iter().map(|(a, b)| phi(*a, *b)).sum::<f64>() / pairs.len() as f64
    };
    (
        mean(&[(1, 0), (2, 0), (2, 1), (4, 3), (5, 3), (5, 4)]),
        mean(&[(3, 0), (4, 1), (5, 2)]),
    )
}

#[test]
fn zones_of_one_family_run_short_together_and_other_families_do_not() {
    let unshared = SpotParameters {
        family_share: 0.0,
        zone_share: 0.0,
        ..ec2(Preset::Default, 4)
    };
    let pessimistic = ec2(Preset::Pessimistic, 2);
    // Exact: the 128-state chain of two pools and the three shocks on them, without the daily
    // cycle.
    for (name, parameters, replications, zones, families) in [
        ("default F .37", ec2(Preset::Default, 4), 150, 0.308, 0.026),
        ("pessimistic F .145", pessimistic, 40, 0.414, 0.059),
        ("scarce", ec2(Preset::Scarce, 0), 40, 0.472, 0.0),
        ("default F .37, nothing shared", unshared, 40, 0.0, 0.0),
    ] {
        let (got_zones, got_families) = correlations(parameters, replications, 60.0);
        println!("{name}: phi of zones {got_zones:.3}, of families {got_families:.3}");
        assert!(
            (got_zones - zones).abs() < 0.05,
            "{name}: {got_zones}, table {zones}"
        );
        assert!(
            (got_families - families).abs() < 0.03,
            "{name}: {got_families}, table {families}"
        );
    }
}

#[test]
fn pools_of_different_level_in_one_family_keep_their_own() {
    let (low, high) = (ec2(Preset::Default, 3), ec2(Preset::Default, 4));
    let mut plan = grid(&[behaviour(low)], 2);
    plan.behaviours.push(behaviour(high));
    plan.pools[1].behaviour = 1;
    let mut shares = [Vec::new(), Vec::new()];
    for replication in 0..400 {
        let sums = occupancy(&plan, replication, months(60.0));
        for (pool, shares) in shares.iter_mut().enumerate() {
            shares.push(sums.empty_hours[pool] / sums.total_hours);
        }
    }
    for (shares, parameters) in shares.iter().zip([low, high]) {
        let (mean, error) = estimate(shares);
        let wanted = facts_of(&parameters).share_empty;
        println!("mixed family: {mean:.5} +- {error:.5}, own chain {wanted:.5}");
        assert!((mean - wanted).abs() < 3.0 * error);
        assert!(error < 0.05 * wanted);
    }
}
