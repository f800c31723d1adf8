//! What allocation strategies are worth: a group of thirty in twelve pools whose stress has nothing
//! to do with their price.

use super::levels::estimate;
use super::*;
use crate::engine::distribution::normal_quantile;
use crate::engine::random::Stream;
use crate::policy::auto_scaling_group::{PoolView, SpotAllocation, spot_order, zone_to_launch};

const ZONES: usize = 3;
/// How many times bucket 10-15 %'s stress each family has.
const STRESSES: [f64; 4] = [0.3, 0.7, 1.0, 2.0];
const INSTANCES: u32 = 30;
const MONTHS: f64 = 12.0;

struct Group {
    run: Run,
    prices: Vec<u64>,
    by_pool: Vec<u32>,
    draws: Stream,
    allocation: SpotAllocation,
}

impl Group {
    fn new(allocation: SpotAllocation, replication: u64) -> Self {
        let common = behaviour(SpotParameters {
            level: Level::MonthlyShare(0.123),
            ..ec2(Preset::Default, 2)
        });
        let behaviours = STRESSES.map(|times| {
            let mut of_family = common;
            of_family.rates.stress_per_hour *= times;
            of_family
        });
        let streams = Streams::new(11, replication);
        let mut draws = streams.stream(Purpose::new("test group"), NameHash::of("group"), 0);
        let pools = STRESSES.len() * ZONES;
        let mut price = || (1e6 * libm::exp(0.15 * normal_quantile(draws.uniform()))) as u64;
        Group {
            prices: (0..pools).map(|_| price()).collect(),
            run: Run::new(&grid(&behaviours, ZONES), streams),
            by_pool: vec![0; pools],
            draws,
            allocation,
        }
    }

    fn fill(&mut self) {
        let mut closed = [false; ZONES];
        while self.by_pool.iter().sum::<u32>() < INSTANCES {
            let in_zone = |zone: usize| (zone..self.by_pool.len()).step_by(ZONES);
            let count = |zone| in_zone(zone).map(|pool| self.by_pool[pool]).sum();
            let by_zone: Vec<u32> = (0..ZONES).map(count).collect();
            let Some(zone) = zone_to_launch(&by_zone, &closed) else {
                return;
            };
            let mut view = |pool: usize| PoolView {
                price: self.prices[pool],
                signal: (self.run.market).signal(PoolId(pool as u32), self.draws.uniform()),
                instances: self.by_pool[pool],
            };
            let views: Vec<PoolView> = in_zone(zone).map(&mut view).collect();
            let order = spot_order(self.allocation, &views).into_iter();
            let mut order = order.map(|family| family * ZONES + zone);
            let found = order.find(|pool| {
                let uniform = self.draws.uniform();
                self.run.market.grants(PoolId(*pool as u32), uniform)
            });
            match found {
                Some(pool) => self.by_pool[pool] += 1,
                None => closed[zone] = true,
            }
        }
    }

    /// Interruptions a month by reclaims of pools.
    fn interruptions(mut self) -> f64 {
        let mut lost = 0;
        self.fill();
        while self.run.next_at() < months(MONTHS) {
            let change = self.run.step();
            let reclaim = change.and_then(|it| Some((it.pool, it.reclaim?)));
            if let Some((pool, reclaim)) = reclaim {
                let running = &mut self.by_pool[pool.index()];
                let goes = |_: &u32| self.draws.uniform() < reclaim.severity;
                let gone = (0..*running).filter(goes).count() as u32;
                *running -= gone;
                lost += gone;
            }
            self.fill();
        }
        f64::from(lost) / MONTHS
    }
}

/// The model's own comparison has 1.94, 1.28 and 0.93, each within 0.12 to 0.15, with halves taken
/// over all zones; here a group takes them within a zone.
#[test]
fn who_looks_at_capacity_is_interrupted_less() {
    let mean_of = |allocation| {
        let runs = (0..300).map(|replication| Group::new(allocation, replication).interruptions());
        estimate(&runs.collect::<Vec<f64>>())
    };
    let by_price = mean_of(SpotAllocation::LowestPrice { pools: 1 });
    let by_both = mean_of(SpotAllocation::PriceCapacityOptimized);
    let by_capacity = mean_of(SpotAllocation::CapacityOptimized);
    for (name, (mean, error), wanted, of_it) in [
        ("lowest-price", by_price, 1.94, 0.15),
        ("price-capacity-optimized", by_both, 1.28, 0.13),
        ("capacity-optimized", by_capacity, 0.93, 0.12),
    ] {
        println!("{name}: {mean:.3} +- {error:.3}, table {wanted}");
        assert!(
            (mean - wanted).abs() < 2.0 * error.hypot(of_it),
            "{name}: {mean}"
        );
    }
    assert!(by_capacity.0 < by_both.0 && by_both.0 < by_price.0);
}
