//! The plain scan over all instances: what placement means.

use std::collections::BTreeMap;

use super::failure::shortages;
use super::{Binpack, Lacking, Missing, Need, PlacementRule, Ports, Spread};

/// An instance as placement sees it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What it has free for placement.
    pub free: Need,
    /// Host ports that are taken.
    pub ports: Ports,
    /// Its zone.
    pub zone: usize,
    /// Values of the attributes that rules spread over; `None`: it has none.
    pub values: Vec<Option<usize>>,
    /// Tasks of the same service (or of the same group, for standalone tasks), older revisions
    /// included.
    pub same: u32,
    /// Whether it is ACTIVE with a connected agent.
    pub is_connected: bool,
    /// Whether the task's subnets reach its zone.
    pub is_reached: bool,
    /// Whether it has the capabilities that the task needs.
    pub is_suitable: bool,
    /// Whether it meets the task's constraints about what lasts.
    pub meets_lasting: bool,
    /// Whether it has no task of those beside which the task may not stand (`distinctInstance`).
    pub is_without_own: bool,
    /// Whether it meets the task's constraints about what changes with every task
    /// ([`cluster_query`](crate::policy::cluster_query)): its tasks, its agent, its id, its age.
    pub meets_live: bool,
}

/// Where a task goes, and how sure the rules were.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct Chosen {
    /// The position among the candidates.
    pub instance: usize,
    /// Candidates with room that met all constraints.
    pub possible: u32,
    /// How many of these the rules left equal; the first of them was taken, or one by chance.
    pub tied: u32,
}

/// Draws of `random` that may hit an instance which is not among those left.
pub const RANDOM_TRIES: u32 = 32;

/// The instance that takes a task, if any does.
///
/// `random` gives uniform numbers in `[0, 1)` where a rule asks for chance. What the rules leave
/// equal: the first in the order of the candidates (ASSUMPTION: AWS does not say).
pub fn place(
    need: &Need,
    ports: &Ports,
    candidates: &[Candidate],
    rules: &[PlacementRule],
    random: impl FnMut() -> f64,
) -> Option<Chosen> {
    let mut left: Vec<usize> = (0..candidates.len())
        .filter(|at| lacks(need, ports, &candidates[*at]).next().is_none())
        .collect();
    let possible = left.len() as u32;
    for rule in rules {
        match rule {
            PlacementRule::Binpack(field) => keep_least(&mut left, |at| {
                let free = &candidates[at].free;
                match field {
                    Binpack::Cpu => free.cpu,
                    Binpack::Memory => free.memory,
                }
            }),
            // Spreading looks at all instances' tasks, those without room as well.
            PlacementRule::Spread(field) => {
                let tasks = tasks_by_value(candidates, *field);
                keep_least(&mut left, |at| tasks[&value(candidates, at, *field)]);
            }
            PlacementRule::Random => {
                let is_left = |at: usize| left.binary_search(&at).is_ok();
                let from = random_start(candidates.len(), is_left, random);
                let next = left.partition_point(|at| *at < from);
                let at = if next < left.len() { next } else { 0 };
                return chosen(&left, at, possible);
            }
        }
    }
    chosen(&left, 0, possible)
}

fn chosen(left: &[usize], at: usize, possible: u32) -> Option<Chosen> {
    left.get(at).map(|instance| Chosen {
        instance: *instance,
        possible,
        tied: left.len() as u32,
    })
}

/// Where `random` begins to look, of `count` candidates: at one of those left, each as likely.
/// After [`RANDOM_TRIES`] misses anywhere: the next one left is then taken (ASSUMPTION, so that
/// nobody need count them).
pub fn random_start(
    count: usize,
    is_left: impl Fn(usize) -> bool,
    mut random: impl FnMut() -> f64,
) -> usize {
    let mut draw = || ((random() * count as f64) as usize).min(count.saturating_sub(1));
    for _ in 0..RANDOM_TRIES {
        let at = draw();
        if is_left(at) {
            return at;
        }
    }
    draw()
}

fn keep_least(left: &mut Vec<usize>, key: impl Fn(usize) -> u32) {
    let least = left.iter().map(|at| key(*at)).min();
    left.retain(|at| Some(key(*at)) == least);
}

fn value(candidates: &[Candidate], at: usize, field: Spread) -> Option<usize> {
    match field {
        Spread::Instance => Some(at),
        Spread::Zone => Some(candidates[at].zone),
        Spread::Attribute(which) => candidates[at].values.get(which).copied().flatten(),
    }
}

fn tasks_by_value(candidates: &[Candidate], field: Spread) -> BTreeMap<Option<usize>, u32> {
    let mut tasks = BTreeMap::new();
    for (at, candidate) in candidates.iter().enumerate() {
        *tasks.entry(value(candidates, at, field)).or_insert(0) += candidate.same;
    }
    tasks
}

/// All that an instance lacks for a task.
fn lacks(need: &Need, ports: &Ports, candidate: &Candidate) -> impl Iterator<Item = Lacking> {
    let states = [
        (!candidate.is_connected).then_some(Lacking::Agent),
        (!candidate.is_reached).then_some(Lacking::Location),
        (!candidate.is_suitable).then_some(Lacking::Attribute),
        (!candidate.meets_lasting).then_some(Lacking::MemberOf),
        (!candidate.is_without_own).then_some(Lacking::Distinct),
        (!candidate.meets_live).then_some(Lacking::Constraint),
    ];
    shortages(need, ports, &candidate.free, &candidate.ports).chain(states.into_iter().flatten())
}

/// What an instance lacks for a task first, in the order of the steps of placement; `None`: it
/// would take it.
pub fn first_lacking(need: &Need, ports: &Ports, candidate: &Candidate) -> Option<Lacking> {
    lacks(need, ports, candidate).next()
}

/// The instance that comes closest to taking a task, and what it lacks: the fewest shortages, then
/// the smallest share of the need that is short, then the first (ASSUMPTION: the service event
/// names "the closest match" and not how it is found).
pub fn closest(need: &Need, ports: &Ports, candidates: &[Candidate]) -> Option<Missing> {
    let parts = |at: usize| {
        let all: Vec<Lacking> = lacks(need, ports, &candidates[at]).collect();
        let share: f64 = all.iter().map(|lacking| short_share(*lacking, need)).sum();
        (all, share)
    };
    let nearest = (0..candidates.len())
        .map(|at| (at, parts(at)))
        .filter(|(_, (all, _))| !all.is_empty())
        .min_by(|(_, (a, a_share)), (_, (b, b_share))| {
            a.len().cmp(&b.len()).then(a_share.total_cmp(b_share))
        });
    nearest.map(|(instance, (all, _))| Missing {
        instance,
        lacking: all[0],
        count: all.len() as u32,
    })
}

fn short_share(lacking: Lacking, need: &Need) -> f64 {
    let share = |short: u32, of: u32| f64::from(short) / f64::from(of.max(1));
    match lacking {
        Lacking::Cpu(short) => share(short, need.cpu),
        Lacking::Memory(short) => share(short, need.memory),
        Lacking::Gpu(short) => share(short, need.gpus),
        Lacking::Eni(short) => share(short, need.enis),
        Lacking::Port(_)
        | Lacking::Agent
        | Lacking::Location
        | Lacking::Attribute
        | Lacking::MemberOf
        | Lacking::Distinct
        | Lacking::Constraint => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(memory: u32, zone: usize, same: u32) -> Candidate {
        Candidate {
            free: Need {
                cpu: 2048,
                memory,
                gpus: 0,
                enis: 3,
            },
            ports: Ports::default(),
            zone,
            values: vec![],
            same,
            is_connected: true,
            is_reached: true,
            is_suitable: true,
            meets_lasting: true,
            is_without_own: true,
            meets_live: true,
        }
    }

    fn task(memory: u32) -> Need {
        Need {
            cpu: 256,
            memory,
            gpus: 0,
            enis: 1,
        }
    }

    fn chosen(memory: u32, candidates: &[Candidate], rules: &[PlacementRule]) -> Option<usize> {
        let ports = Ports::default();
        let placed = place(&task(memory), &ports, candidates, rules, || 0.5);
        placed.map(|it| it.instance)
    }

    const MEMORY: PlacementRule = PlacementRule::Binpack(Binpack::Memory);
    const ZONES: PlacementRule = PlacementRule::Spread(Spread::Zone);

    /// CAP-E31: 1000, 3000 and 600 MiB free, a task of 800 (API PlacementStrategy).
    #[test]
    fn binpack_takes_the_least_room_that_still_fits() {
        let instances = [1000, 3000, 600].map(|memory| instance(memory, 0, 0));
        assert_eq!(chosen(800, &instances, &[MEMORY]), Some(0));
        assert_eq!(chosen(600, &instances, &[MEMORY]), Some(2));
        assert_eq!(chosen(3001, &instances, &[MEMORY]), None);
    }

    /// CAP-E26: an m4.large registers 7,985 MiB, so a task of 8,192 has no place (ECS developer
    /// guide, "memory management", DG-2023).
    #[test]
    fn a_task_of_the_nominal_memory_does_not_fit() {
        let m4_large = [instance(7985, 0, 0)];
        assert_eq!(chosen(8192, &m4_large, &[]), None);
        let missing = closest(&task(8192), &Ports::default(), &m4_large).unwrap();
        assert_eq!(missing.lacking, Lacking::Memory(207));
        assert_eq!(missing.lacking.reason(), "RESOURCE:MEMORY");
    }

    /// DG-2023, "strategies": spread over zones, binpack within the one that is chosen.
    #[test]
    fn each_rule_narrows_the_ties_of_the_one_before() {
        let instances = [
            instance(900, 0, 2),
            instance(4000, 1, 1),
            instance(2000, 1, 0),
            // Its zone has the fewest tasks, and it no room.
            instance(100, 2, 0),
        ];
        assert_eq!(chosen(800, &instances, &[ZONES, MEMORY]), Some(2));
        assert_eq!(chosen(800, &instances, &[MEMORY, ZONES]), Some(0));
        // A service's default: zones, then the instance with the fewest of its tasks.
        assert_eq!(
            chosen(800, &instances, &super::super::SERVICE_DEFAULT),
            Some(2)
        );
    }

    #[test]
    fn random_takes_one_of_those_that_are_left() {
        let instances = [1, 0, 0, 0].map(|same| instance(1000, 0, same));
        let rules = [
            PlacementRule::Spread(Spread::Instance),
            PlacementRule::Random,
        ];
        // The first has a task already: a draw that hits it is drawn again.
        for (draw, expected) in [(0.25, 1), (0.5, 2), (0.999, 3)] {
            let mut draws = [0.0, draw].into_iter();
            let random = || draws.next().unwrap_or(0.0);
            let placed = place(&task(800), &Ports::default(), &instances, &rules, random);
            let placed = placed.unwrap();
            assert_eq!(placed.instance, expected);
            assert_eq!((placed.possible, placed.tied), (4, 3));
        }
    }

    #[test]
    fn attributes_spread_and_those_without_one_count_as_a_value() {
        let rack = |rack: Option<usize>, same| Candidate {
            values: vec![rack],
            ..instance(1000, 0, same)
        };
        let instances = [
            rack(Some(0), 1),
            rack(None, 0),
            rack(None, 2),
            rack(Some(1), 1),
        ];
        let rules = [PlacementRule::Spread(Spread::Attribute(0))];
        assert_eq!(chosen(800, &instances, &rules), Some(0));
    }

    #[test]
    fn the_closest_instance_is_named_with_what_it_lacks() {
        let port = Ports::tcp(&[80]);
        let taken = Candidate {
            ports: port.clone(),
            ..instance(4000, 0, 0)
        };
        let off = Candidate {
            is_connected: false,
            ..instance(400, 0, 0)
        };
        let none = instance(700, 0, 0);
        let near = |candidates: &[Candidate]| {
            closest(&task(800), &port, candidates).map(|it| (it.instance, it.lacking))
        };
        let all = [off.clone(), taken.clone(), none];
        assert_eq!(near(&all), Some((2, Lacking::Memory(100))));
        let taken_port = port.iter().next().map(Lacking::Port);
        assert_eq!(near(&[off, taken]), taken_port.map(|port| (1, port)));
        assert_eq!(near(&[instance(4000, 0, 0)]), None);
    }
}
