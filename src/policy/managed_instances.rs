//! ECS Managed Instances: which type is launched for the tasks that wait, in which zone, and when
//! an instance ends: idle, under-used, or because of its age.
//!
//! Sources:
//! - DG-mi: ECS developer guide, "Managed Instances"
//! - DG-mi-scaling: ECS developer guide, "auto scaling and task placement"
//! - DG-mi-opt: ECS developer guide, "infrastructure optimization"
//! - DG-mi-patch: ECS developer guide, "patching"

use crate::engine::time::SimDuration;
use crate::policy::placement::Need;
use crate::policy::spot::{CapacitySignal, better_half};

/// From this age on an instance drains (DG-mi-patch).
pub const DRAINING_FROM: SimDuration = SimDuration::from_secs(14 * 86_400);
/// At this age it ends, whatever runs on it (DG-mi-patch).
pub const ENDS_AT: SimDuration = SimDuration::from_secs(21 * 86_400);
/// A type of which the price is at most this share of an instance's replaces it, if the instance's
/// tasks fit on it, percent. ASSUMPTION: AWS publishes no threshold.
pub const REPLACE_BELOW_PERCENT: u32 = 50;
/// How many GB of memory weigh as much as a vCPU where tasks are set against prices: as where the
/// cost of an instance is split (ASSUMPTION: AWS speaks of the cheapest suitable types).
pub const VCPU_WEIGHT: u64 = 9;

/// `scaleInAfter` of a provider's infrastructure optimization.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScaleInAfter {
    /// After so long without a task, or without a change of its tasks, 0 to 3,600 s.
    After(SimDuration),
    /// Never (-1).
    Never,
}

/// What age asks of an instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// It is old: no new tasks, those it has are replaced elsewhere.
    Drain,
    /// It is too old and ends with what runs on it.
    Expire,
}

/// Ages of a provider's instances at which something is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lifetime {
    /// It drains from here on.
    pub drains_from: SimDuration,
    /// It ends here.
    pub ends_at: SimDuration,
}

impl Default for Lifetime {
    fn default() -> Self {
        Lifetime {
            drains_from: DRAINING_FROM,
            ends_at: ENDS_AT,
        }
    }
}

/// What is due for an instance of this age (DG-mi-patch).
pub fn due(age: SimDuration, lifetime: Lifetime) -> Due {
    if lifetime.ends_at <= age {
        Due::Expire
    } else if lifetime.drains_from <= age {
        Due::Drain
    } else {
        Due::Nothing
    }
}

/// An ACTIVE instance as infrastructure optimization looks at it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Usage {
    /// How long it has been without a task, or without a task that started or stopped.
    pub quiet: SimDuration,
    /// Its tasks.
    pub tasks: u32,
    /// Whether all of them are of services: others are left alone.
    pub are_of_services: bool,
    /// Whether all of them find room on other instances of its zone.
    pub fit_elsewhere: bool,
    /// What an hour of it costs.
    pub price: u64,
    /// What an hour of the cheapest type costs that would hold all its tasks.
    pub cheapest: Option<u64>,
}

/// What infrastructure optimization does with an instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Optimization {
    /// It stays.
    Keep,
    /// It is idle for long enough and ends.
    End,
    /// Its tasks find room on others: it drains.
    Consolidate,
    /// A far cheaper type would do: it drains, and its tasks bring the other.
    Replace,
}

/// What infrastructure optimization does: an idle instance ends, an under-used one drains once
/// `scale_in` has passed without a task that starts or stops there; only tasks of services are
/// moved (DG-mi-opt). Under-used is one whose tasks find room on other instances of its zone, or
/// on a type at most `replace_below_percent` as dear (ASSUMPTION: AWS does not say what counts).
pub fn optimize(usage: &Usage, scale_in: ScaleInAfter, replace_below_percent: u32) -> Optimization {
    let is_due = matches!(scale_in, ScaleInAfter::After(after) if after <= usage.quiet);
    if !is_due {
        return Optimization::Keep;
    }
    if usage.tasks == 0 {
        return Optimization::End;
    }
    if !usage.are_of_services {
        return Optimization::Keep;
    }
    if usage.fit_elsewhere {
        return Optimization::Consolidate;
    }
    let most = u128::from(usage.price) * u128::from(replace_below_percent);
    match usage.cheapest {
        Some(price) if u128::from(price) * 100 <= most => Optimization::Replace,
        Some(_) | None => Optimization::Keep,
    }
}

/// An instance type that may be launched in a zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Offer {
    /// What an instance of it has for tasks.
    pub room: Need,
    /// What an hour of it costs, in any unit.
    pub price: u64,
    /// What EC2 lets on of its pool's capacity; on demand always the same.
    pub signal: CapacitySignal,
}

/// Tasks that wait and are alike.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Batch {
    /// What each needs.
    pub need: Need,
    /// How many.
    pub tasks: u32,
}

/// What an instance of a type would take of the tasks that wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    /// The type, by its place among the offers.
    pub offer: usize,
    /// How many tasks.
    pub tasks: u32,
    /// What they need, a vCPU as much as 9 GB.
    weight: u64,
}

impl Taken {
    /// What an hour costs for each of the tasks' weight, as a fraction.
    fn ratio(self, offers: &[Offer]) -> (u128, u128) {
        let price = u128::from(offers[self.offer].price);
        (price, u128::from(self.weight.max(1)))
    }
}

/// How much dearer than the cheapest a Spot pool may be for what it would take, to be chosen for
/// its capacity (ASSUMPTION: AWS names the allocation price-capacity-optimized and no figure).
pub const SPOT_DEARER: u128 = 2;

/// The types in the order in which they are tried for tasks that wait: the cheapest for what it
/// would take of them first, a vCPU counting as much as 9 GB (ASSUMPTION); of equals the cheaper
/// one, then the earlier. Of Spot pools that are at most [`SPOT_DEARER`] times as dear as the
/// cheapest the better half by capacity comes first, in it those in the best regime. Types that do
/// not take the first task are left out (DG-mi: the cheapest suitable types; several small tasks
/// share a larger instance).
pub fn types_in_order(offers: &[Offer], waiting: &[Batch]) -> Vec<Taken> {
    let Some(first) = waiting.first() else {
        return Vec::new();
    };
    let suits = |at: &usize| first.need.fits(&offers[*at].room);
    let mut order: Vec<Taken> = (0..offers.len())
        .filter(suits)
        .map(|at| taken(at, &offers[at], waiting))
        .collect();
    let cheapest = order.iter().map(|it| it.ratio(offers));
    let cheapest = cheapest.min_by(|a, b| (a.0 * b.1).cmp(&(b.0 * a.1)));
    let is_dear = |it: &Taken| {
        let (price, weight) = it.ratio(offers);
        cheapest.is_some_and(|(least, of)| SPOT_DEARER * least * weight < price * of)
    };
    let near = order.iter().filter(|it| !is_dear(it));
    let near: Vec<usize> = near.map(|it| it.offer).collect();
    let half = better_half(near.iter().map(|at| offers[*at].signal));
    let is_good = |it: &Taken| near.binary_search(&it.offer).is_ok_and(|at| half[at]);
    order.sort_by(|a, b| {
        let tightness = |it: &Taken| match is_dear(it) {
            true => (true, true, 0),
            false => (false, !is_good(it), offers[it.offer].signal.tightness),
        };
        let ((price, weight), (others_price, others_weight)) = (a.ratio(offers), b.ratio(offers));
        let dearness = (price * others_weight).cmp(&(others_price * weight));
        let by_price = offers[a.offer].price.cmp(&offers[b.offer].price);
        let by_tightness = tightness(a).cmp(&tightness(b));
        by_tightness
            .then(dearness)
            .then(by_price)
            .then(a.offer.cmp(&b.offer))
    });
    order
}

fn taken(at: usize, offer: &Offer, waiting: &[Batch]) -> Taken {
    let mut room = offer.room;
    let mut taken = Taken {
        offer: at,
        tasks: 0,
        weight: 0,
    };
    for batch in waiting {
        let tasks = batch.need.times_in(&room).min(batch.tasks);
        let all = |each: u32| each.saturating_mul(tasks);
        let need = &batch.need;
        room = room.less(&Need {
            cpu: all(need.cpu),
            memory: all(need.memory),
            gpus: all(need.gpus),
            enis: all(need.enis),
        });
        let weight = VCPU_WEIGHT * u64::from(need.cpu) + u64::from(need.memory);
        taken.tasks += tasks;
        taken.weight += weight * u64::from(tasks);
    }
    taken
}

/// The zones that a service's next task may go to, the emptiest of its tasks first; of equals those
/// that have room on an instance, then the earlier. A task that finds no room in a zone that has
/// fewest brings an instance there: spreading over zones goes before packing (DG-mi-scaling).
/// Closed zones have no place.
pub fn zones_in_order(tasks: &[u32], has_room: &[bool], closed: &[bool]) -> Vec<usize> {
    let is = |list: &[bool], zone: usize| list.get(zone).copied().unwrap_or(false);
    let mut order: Vec<usize> = (0..tasks.len()).filter(|zone| !is(closed, *zone)).collect();
    order.sort_by_key(|zone| (tasks[*zone], !is(has_room, *zone)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u32 = 1_024;

    fn usage(quiet: u64, tasks: u32) -> Usage {
        Usage {
            quiet: SimDuration::from_secs(quiet),
            tasks,
            are_of_services: true,
            fit_elsewhere: false,
            price: 100,
            cheapest: Some(100),
        }
    }

    fn after(seconds: u64) -> ScaleInAfter {
        ScaleInAfter::After(SimDuration::from_secs(seconds))
    }

    fn decided(usage: &Usage, scale_in: ScaleInAfter) -> Optimization {
        optimize(usage, scale_in, REPLACE_BELOW_PERCENT)
    }

    /// CAP-E33: `scaleInAfter` of 300 s, a task arrives after 200 (DG-mi-opt).
    #[test]
    fn a_task_cancels_the_timer_of_an_idle_instance() {
        assert_eq!(decided(&usage(200, 0), after(300)), Optimization::Keep);
        assert_eq!(decided(&usage(0, 1), after(300)), Optimization::Keep);
        assert_eq!(decided(&usage(300, 0), after(300)), Optimization::End);
        assert_eq!(decided(&usage(0, 0), after(0)), Optimization::End);
        let never = decided(&usage(90_000, 0), ScaleInAfter::Never);
        assert_eq!(never, Optimization::Keep);
    }

    /// DG-mi-opt: under-used instances are drained and consolidated, tasks of services only, and
    /// the timer restarts when a task starts or stops.
    #[test]
    fn an_under_used_instance_drains_when_its_tasks_find_room_elsewhere() {
        let spare = Usage {
            fit_elsewhere: true,
            ..usage(300, 2)
        };
        assert_eq!(decided(&spare, after(300)), Optimization::Consolidate);
        let restarted = Usage {
            quiet: SimDuration::from_secs(10),
            ..spare
        };
        assert_eq!(decided(&restarted, after(300)), Optimization::Keep);
        let of_nobody = Usage {
            are_of_services: false,
            ..spare
        };
        assert_eq!(decided(&of_nobody, after(300)), Optimization::Keep);
        assert_eq!(decided(&spare, ScaleInAfter::Never), Optimization::Keep);
    }

    #[test]
    fn a_type_at_half_the_price_replaces_an_instance_and_a_dearer_one_does_not() {
        let with = |cheapest| Usage {
            cheapest,
            ..usage(300, 2)
        };
        assert_eq!(
            decided(&with(Some(50)), after(300)),
            Optimization::Replace,
            "at the bound"
        );
        assert_eq!(decided(&with(Some(51)), after(300)), Optimization::Keep);
        assert_eq!(decided(&with(None), after(300)), Optimization::Keep);
    }

    /// DG-mi-patch: drained from day 14, ended a week later.
    #[test]
    fn every_instance_is_replaced_within_three_weeks() {
        let days = |days: u64| SimDuration::from_secs(days * 86_400);
        let at = |age| due(age, Lifetime::default());
        assert_eq!(at(days(13)), Due::Nothing);
        assert_eq!(at(days(14)), Due::Drain);
        assert_eq!(at(days(21)), Due::Expire);
    }

    fn offer((vcpus, gib): (u32, u32), price: u64) -> Offer {
        Offer {
            room: Need {
                cpu: vcpus * 1_024,
                memory: gib * GIB,
                gpus: 0,
                enis: 10,
            },
            price,
            signal: CapacitySignal::default(),
        }
    }

    const TIGHT: CapacitySignal = CapacitySignal {
        tightness: 1,
        stress: 0,
    };

    fn batch((cpu, gib): (u32, u32), tasks: u32) -> Batch {
        Batch {
            need: Need {
                cpu,
                memory: gib * GIB,
                gpus: 0,
                enis: 1,
            },
            tasks,
        }
    }

    fn order(offers: &[Offer], waiting: &[Batch]) -> Vec<(usize, u32)> {
        let order = types_in_order(offers, waiting).into_iter();
        order.map(|it| (it.offer, it.tasks)).collect()
    }

    /// DG-mi: the cheapest suitable type; several small tasks share a larger one.
    #[test]
    fn one_small_task_brings_the_cheapest_type_and_many_a_larger_one() {
        let offers = [offer((4, 16), 200), offer((2, 8), 100), offer((8, 32), 380)];
        let one = [batch((1_024, 2), 1)];
        assert_eq!(order(&offers, &one), [(1, 1), (0, 1), (2, 1)]);
        // Two each, four and eight: 50, 50 and 47.5 a task; the cheaper of equals comes first.
        let many = [batch((1_024, 2), 8)];
        assert_eq!(order(&offers, &many), [(2, 8), (1, 2), (0, 4)]);
        // What does not take the first task is no offer.
        let large = [batch((4_096, 8), 1)];
        assert_eq!(order(&offers, &large), [(0, 1), (2, 1)]);
        assert_eq!(order(&offers, &[]), []);
    }

    #[test]
    fn tasks_of_several_kinds_share_an_instance_and_its_interfaces_bound_them() {
        let offers = [offer((2, 8), 100)];
        let mixed = [batch((1_024, 2), 1), batch((256, 1), 9)];
        assert_eq!(order(&offers, &mixed), [(0, 5)]);
        let few_enis = [Offer {
            room: Need {
                enis: 2,
                ..offers[0].room
            },
            ..offers[0]
        }];
        assert_eq!(order(&few_enis, &[batch((256, 1), 9)]), [(0, 2)]);
    }

    #[test]
    fn a_spot_pool_with_capacity_comes_before_a_cheaper_one_without() {
        let tight = Offer {
            signal: TIGHT,
            ..offer((2, 8), 60)
        };
        let offers = [tight, offer((2, 8), 100)];
        assert_eq!(order(&offers, &[batch((256, 1), 1)]), [(1, 1), (0, 1)]);
    }

    #[test]
    fn a_spot_pool_is_not_chosen_for_its_capacity_at_any_price() {
        let tight = |it| Offer {
            signal: TIGHT,
            ..it
        };
        let (small, large) = (offer((2, 8), 50), offer((192, 768), 4_000));
        let twice = offer((4, 16), 100);
        let offers = [large, tight(small), twice];
        let found = order(&offers, &[batch((512, 1), 2)]);
        assert_eq!(found, [(2, 2), (1, 2), (0, 2)]);
    }

    #[test]
    fn of_calm_spot_pools_the_cheapest_of_the_less_stressed_half_comes_first() {
        let stressed = |price, stress| Offer {
            signal: CapacitySignal {
                tightness: 0,
                stress,
            },
            ..offer((2, 8), price)
        };
        let offers = [(60, 0), (70, -3_000), (65, -2_000), (69, -100)];
        let offers = offers.map(|(price, stress)| stressed(price, stress));
        let found = order(&offers, &[batch((512, 1), 1)]);
        assert_eq!(found, [(2, 1), (1, 1), (0, 1), (3, 1)]);
    }

    /// DG-mi-scaling: a service's tasks are spread over three zones before they are packed.
    #[test]
    fn the_emptiest_zone_comes_first_and_of_equals_the_one_with_room() {
        let zones = |tasks: &[u32], room: &[bool]| zones_in_order(tasks, room, &[]);
        assert_eq!(zones(&[1, 0, 0], &[true, false, false]), [1, 2, 0]);
        assert_eq!(zones(&[1, 1, 1], &[false, false, true]), [2, 0, 1]);
        assert_eq!(zones(&[4], &[true]), [0], "one zone packs");
        let closed = [false, true, false];
        assert_eq!(zones_in_order(&[1, 0, 0], &[true; 3], &closed), [2, 0]);
    }
}
