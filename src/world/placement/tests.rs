//! The index against the plain scan.

use proptest::prelude::*;

use super::*;
use crate::ids::InstanceId;
use crate::policy::placement::{Binpack, Candidate, Need, PlacementRule, Ports, Spread, place};

const ZONES: usize = 3;
const RACKS: usize = 2;

/// Both sides: the index, and what a scan would look at.
struct Cluster {
    index: PlacementIndex,
    classes: Vec<ClassId>,
    candidates: Vec<Candidate>,
    class_of: Vec<usize>,
}

fn rules() -> impl Strategy<Value = Vec<PlacementRule>> {
    let rule = prop_oneof![
        Just(PlacementRule::Binpack(Binpack::Cpu)),
        Just(PlacementRule::Binpack(Binpack::Memory)),
        Just(PlacementRule::Spread(Spread::Instance)),
        Just(PlacementRule::Spread(Spread::Zone)),
        Just(PlacementRule::Spread(Spread::Attribute(0))),
        Just(PlacementRule::Random),
    ];
    prop::collection::vec(rule, 0..4)
}

fn need() -> impl Strategy<Value = Need> {
    (1u32..5, 1u32..5, 0u32..2, 0u32..2).prop_map(|(cpu, memory, gpus, enis)| Need {
        cpu: cpu * 256,
        memory: memory * 512,
        gpus,
        enis,
    })
}

impl Cluster {
    fn new(rules: &[PlacementRule], hosts: &[(usize, u32)]) -> Self {
        let mut index = PlacementIndex::new(std::iter::once(rules));
        let mut classes = Vec::new();
        for zone in 0..ZONES {
            for rack in [None, Some(0), Some(1)] {
                classes.push(index.add_class(zone, vec![rack]));
            }
        }
        let mut cluster = Cluster {
            index,
            classes,
            candidates: Vec::new(),
            class_of: Vec::new(),
        };
        for (at, (class, size)) in hosts.iter().enumerate() {
            let free = Need {
                cpu: 1024 * (1 + size % 3),
                memory: 2048 * (1 + size % 2),
                gpus: size % 2,
                enis: 2,
            };
            let instance = InstanceId(at as u32);
            let class = class % cluster.classes.len();
            let id = cluster.classes[class];
            cluster.index.register(instance, id, free, Ports::default());
            cluster.index.open(instance);
            cluster.class_of.push(class);
            cluster.candidates.push(Candidate {
                free,
                ports: Ports::default(),
                zone: class / 3,
                values: vec![(class % 3).checked_sub(1)],
                same: 0,
                is_connected: true,
                is_reached: true,
                is_suitable: true,
                meets_lasting: true,
                is_without_own: true,
                meets_live: true,
            });
        }
        cluster
    }

    fn hosting(&self, in_order: bool) -> Hosting {
        let mut hosting = Hosting::new(ZONES, &[RACKS]);
        if in_order {
            hosting = hosting.in_order();
        }
        for (at, candidate) in self.candidates.iter().enumerate() {
            if 0 < candidate.same {
                let place = (candidate.zone, &candidate.values[..]);
                hosting.change(InstanceId(at as u32), place, candidate.same as i32);
            }
        }
        hosting
    }
}

/// Some numbers that both sides draw.
fn draws(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 11) as f64 / (1u64 << 53) as f64
    }
}

proptest! {
    /// Tasks come and go, instances close and open: every answer is the scan's.
    #[test]
    fn the_index_answers_as_the_scan_does(
        rules in rules(),
        hosts in prop::collection::vec((0usize..9, 0u32..6), 0..40),
        tasks in prop::collection::vec((need(), 0u8..10, 0usize..40, any::<bool>()), 1..80),
        unreached in 0usize..9,
        is_alone in prop_oneof![4 => Just(false), 1 => Just(true)],
        most in prop_oneof![3 => Just(None), 1 => (0u32..3).prop_map(Some)],
        seed: u64,
    ) {
        let mut cluster = Cluster::new(&rules, &hosts);
        let classes: Vec<ClassId> = (0..9)
            .filter(|class| *class != unreached)
            .map(|class| cluster.classes[class])
            .collect();
        let mut running: Vec<(usize, Need, Ports, bool)> = Vec::new();
        for (step, (need, what, at, is_ours)) in tasks.into_iter().enumerate() {
            let ports = Ports::tcp(if what == 0 { &[80][..] } else { &[] });
            match what {
                8 if !running.is_empty() => {
                    let (host, need, ports, is_ours) = running.swap_remove(at % running.len());
                    cluster.index.give(InstanceId(host as u32), &need, &ports);
                    let candidate = &mut cluster.candidates[host];
                    candidate.free = candidate.free.plus(&need);
                    candidate.ports.free(&ports);
                    candidate.same -= u32::from(is_ours);
                    continue;
                }
                9 if at < cluster.candidates.len() => {
                    let instance = InstanceId(at as u32);
                    let candidate = &mut cluster.candidates[at];
                    candidate.is_connected = !candidate.is_connected;
                    if candidate.is_connected {
                        cluster.index.open(instance);
                    } else {
                        cluster.index.close(instance);
                    }
                    continue;
                }
                _ => {}
            }
            for (candidate, class) in cluster.candidates.iter_mut().zip(&cluster.class_of) {
                candidate.is_reached = *class != unreached;
                candidate.is_without_own = !is_alone || candidate.same == 0;
                // As `runningTasksCount < N` would.
                candidate.meets_live = most.is_none_or(|most| candidate.same <= most);
            }
            let seed = seed ^ step as u64;
            let expected = place(&need, &ports, &cluster.candidates, &rules, draws(seed));
            let hosting = cluster.hosting(seed.is_multiple_of(2));
            let meets = |id: InstanceId| most.is_none_or(|most| hosting.on(id) <= most);
            let question = Question {
                live: most.is_some().then_some(Live(&meets)),
                need: &need,
                ports: &ports,
                classes: &classes,
                rules: &rules,
                is_alone,
                hosting: &hosting,
            };
            let found = cluster.index.find(&question, draws(seed));
            let expected = expected.map(|it| InstanceId(it.instance as u32));
            prop_assert_eq!(found, expected, "step {}", step);
            if let Some(instance) = found {
                cluster.index.take(instance, &need, &ports);
                let host = instance.index();
                let candidate = &mut cluster.candidates[host];
                candidate.free = candidate.free.less(&need);
                candidate.ports.take(&ports);
                candidate.same += u32::from(is_ours);
                running.push((host, need, ports, is_ours));
                let free = cluster.candidates[host].free;
                prop_assert_eq!(cluster.index.free(instance), Some(free));
            }
        }
    }
}
