//! What an hour of each Spot pool costs over the run: known from its start on, whatever the cluster
//! does.

use crate::catalog::instances::get;
use crate::engine::SimTime;
use crate::engine::distribution::normal_quantile;
use crate::engine::random::{NameHash, Purpose, Stream, Streams};
use crate::ids::{GroupId, ZoneId};
use crate::policy::spot::price::{PriceProcess, price_at, quarter_hour_after};
use crate::scenario::plan::{GroupPlan, GroupTypePlan, Plan, SpotPrice};

/// Draws of a pool's own changes.
const OWN: Purpose = Purpose::new("spot price of a pool");
/// Draws of what the zones of a type share.
const SHARED: Purpose = Purpose::new("spot price of a type");
const MICROS_PER_DAY: f64 = 86_400.0 * 1e6;

/// From each time on an hour costs so many micro-USD; the first is the start of the run.
type Path = Vec<(SimTime, u64)>;

/// The prices of the pools of all groups, before discounts.
#[derive(Clone, Debug, Default)]
pub struct SpotPrices {
    groups: Vec<OfGroup>,
}

#[derive(Clone, Debug)]
struct OfGroup {
    zones: Vec<ZoneId>,
    /// By type, then zone; none where the price stays.
    paths: Vec<Vec<Option<Path>>>,
}

impl SpotPrices {
    /// The prices of a run. Each pool has a stream of its own by its name, and each type one for
    /// what its zones share: the same pool costs the same in every group and variant.
    pub fn new(plan: &Plan, streams: &Streams) -> Self {
        let of_group = |group: &GroupPlan| {
            let of_type = |known: &GroupTypePlan| {
                let name = get(known.instance_type).name;
                let pools = known.pools.iter().zip(&group.zones);
                pools
                    .map(|(pool, zone)| match &pool.price {
                        SpotPrice::Constant => None,
                        SpotPrice::Changes(changes) => Some(changes.to_vec()),
                        SpotPrice::Process {
                            process,
                            level,
                            most,
                        } => {
                            let zone = &plan.zones[zone.index()].name;
                            let pool = NameHash::of(&format!("{name} {zone}"));
                            let drawn = Drawn {
                                own: streams.stream(OWN, pool, 0),
                                shared: streams.stream(SHARED, NameHash::of(name), 0),
                            };
                            let days = plan.run.duration.as_micros() as f64 / MICROS_PER_DAY;
                            Some(drawn.path(process, (*level, *most), days))
                        }
                    })
                    .collect()
            };
            OfGroup {
                zones: group.zones.clone(),
                paths: group.types.iter().map(of_type).collect(),
            }
        };
        SpotPrices {
            groups: plan.groups.iter().map(of_group).collect(),
        }
    }

    /// The price over the run of a group's type, by position, in a zone; none if it stays.
    pub fn path(&self, group: GroupId, kind: usize, zone: ZoneId) -> Option<&[(SimTime, u64)]> {
        let group = self.groups.get(group.index())?;
        let zone = group.zones.iter().position(|known| *known == zone)?;
        group.paths.get(kind)?.get(zone)?.as_deref()
    }
}

/// The price in force at a time.
pub fn price_in_force(path: &[(SimTime, u64)], at: SimTime) -> u64 {
    let next = path.partition_point(|(from, _)| *from <= at);
    path.get(next.saturating_sub(1))
        .map_or(0, |(_, price)| *price)
}

struct Drawn {
    own: Stream,
    shared: Stream,
}

impl Drawn {
    /// The price at its level first, then with each change of the process.
    fn path(mut self, process: &PriceProcess, (level, cap): (u64, u64), days: f64) -> Path {
        let mut path = vec![(SimTime::ZERO, level)];
        let (mut last, mut deviation, mut price) = (0.0, 0.0, level);
        let mut shared_at = process.days_to_shared(self.shared.uniform());
        loop {
            let uniforms = [self.own.uniform(), self.own.uniform()];
            let at = last + process.days_to_change(uniforms);
            if days <= at {
                return path;
            }
            deviation = process.reverted(deviation, at - last);
            deviation += process.shock(normal_quantile(self.own.uniform()), false);
            while shared_at <= at {
                let normal = normal_quantile(self.shared.uniform());
                deviation += process.shock(normal, true);
                shared_at += process.days_to_shared(self.shared.uniform());
            }
            last = at;
            price = price_at(level, deviation, price, cap);
            let from = SimTime::from_micros(quarter_hour_after(at));
            match path.last_mut().filter(|(known, _)| *known == from) {
                Some(known) => known.1 = price,
                None => path.push((from, price)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURED: PriceProcess = PriceProcess {
        changes_per_day: 1.3,
        revert_days: 20.0,
        step: 0.018,
        shared: 0.8,
    };

    fn path(pool: &str, days: f64) -> Path {
        let streams = Streams::new(42, 0);
        let drawn = Drawn {
            own: streams.stream(OWN, NameHash::of(pool), 0),
            shared: streams.stream(SHARED, NameHash::of("t3.micro"), 0),
        };
        drawn.path(&MEASURED, (4_100, 10_400), days)
    }

    /// DescribeSpotPriceHistory of t3.micro, 89 days: 1.2 to 1.4 changes a day and zone, most by one
    /// tick, a daily mean that deviates by 3 to 20 %.
    #[test]
    fn prices_change_as_often_and_as_much_as_measured() {
        let days = 2_000.0;
        let path = path("t3.micro a", days);
        let a_day = path.len() as f64 / days;
        assert!((1.2..1.4).contains(&a_day), "{a_day}");
        let mut ticks: Vec<u64> = path.windows(2).map(|w| w[0].1.abs_diff(w[1].1)).collect();
        ticks.sort_unstable();
        assert_eq!(ticks[ticks.len() / 2], 100, "the median change is a tick");
        let logs = path
            .iter()
            .map(|(_, price)| libm::log(*price as f64 / 4_100.0));
        let variance = logs.map(|log| log * log).sum::<f64>() / path.len() as f64;
        assert!(
            (0.03..0.20).contains(&variance.sqrt()),
            "{}",
            variance.sqrt()
        );
    }

    #[test]
    fn zones_of_a_type_move_together() {
        let (one, other) = (path("t3.micro a", 800.0), path("t3.micro b", 800.0));
        let log = |path: &[(SimTime, u64)], day: u64| {
            libm::log(price_in_force(path, SimTime::from_secs(day * 86_400)) as f64 / 4_100.0)
        };
        let pairs = (0..800).map(|day| (log(&one, day), log(&other, day)));
        let (mut both, mut first, mut second) = (0.0, 0.0, 0.0);
        for (a, b) in pairs {
            both += a * b;
            first += a * a;
            second += b * b;
        }
        let correlation = both / (first * second).sqrt();
        assert!(0.5 < correlation, "{correlation}");
    }

    #[test]
    fn the_price_of_a_moment_is_the_last_change_s() {
        let path = [(SimTime::ZERO, 5), (SimTime::from_secs(900), 7)];
        let at = |seconds| price_in_force(&path, SimTime::from_secs(seconds));
        assert_eq!([at(0), at(899), at(900), at(9_000)], [5, 5, 7, 7]);
    }
}
