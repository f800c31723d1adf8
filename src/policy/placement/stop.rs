//! Which task a service on container instances gives up.

use super::{Binpack, PlacementRule, Spread};

/// A task that may be stopped, and where it runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    /// Its instance.
    pub instance: usize,
    /// The instance's zone.
    pub zone: usize,
    /// What the instance would have free of CPU units and MiB without it.
    pub free_after: (u32, u32),
    /// Tasks of the same service on the instance.
    pub same: u32,
    /// Whether scale-in protection keeps it.
    pub is_protected: bool,
}

/// The position of the task that scale-in stops; `None` if all are protected.
///
/// With `binpack` the one whose end leaves its instance with the most of the resource free; with
/// `spread` over zones one of the zone with the most tasks, by chance within it; with no strategy
/// the zone with the most tasks of the service, then the instance with the most of them (ECS
/// developer guide, "task placement"; DG-2023).
/// `random` gives a uniform number in `[0, 1)` where chance decides. ASSUMPTION: of a chain the
/// first rule decides and the next ones narrow its ties, as when placing; `spread` over anything
/// else is its reverse.
pub fn task_to_stop(
    tasks: &[Held],
    rules: &[PlacementRule],
    random: impl FnOnce() -> f64,
) -> Option<usize> {
    let mut left: Vec<usize> = (0..tasks.len())
        .filter(|at| !tasks[*at].is_protected)
        .collect();
    let by_zone = |left: &mut Vec<usize>| {
        let zones = tasks.iter().map(|task| task.zone + 1).max().unwrap_or(0);
        let mut count = vec![0u32; zones];
        tasks.iter().for_each(|task| count[task.zone] += 1);
        keep_most(left, |at| count[tasks[at].zone]);
    };
    let by_instance = |left: &mut Vec<usize>| keep_most(left, |at| tasks[at].same);
    for rule in rules {
        match rule {
            PlacementRule::Binpack(Binpack::Cpu) => {
                keep_most(&mut left, |at| tasks[at].free_after.0)
            }
            PlacementRule::Binpack(Binpack::Memory) => {
                keep_most(&mut left, |at| tasks[at].free_after.1);
            }
            PlacementRule::Spread(Spread::Zone) => by_zone(&mut left),
            PlacementRule::Spread(Spread::Instance | Spread::Attribute(_)) => {
                by_instance(&mut left)
            }
            PlacementRule::Random => break,
        }
    }
    if rules.is_empty() {
        by_zone(&mut left);
        by_instance(&mut left);
        return left.first().copied();
    }
    let at = ((random() * left.len() as f64) as usize).min(left.len().saturating_sub(1));
    left.get(at).copied()
}

fn keep_most(left: &mut Vec<usize>, key: impl Fn(usize) -> u32) {
    let most = left.iter().map(|at| key(*at)).max();
    left.retain(|at| Some(key(*at)) == most);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(instance: usize, zone: usize, free: u32, same: u32) -> Held {
        Held {
            instance,
            zone,
            free_after: (free, free),
            same,
            is_protected: false,
        }
    }

    /// DG-2023, "scale-in": each rule's own sentence.
    #[test]
    fn the_strategy_says_which_task_goes() {
        let tasks = [
            held(0, 0, 500, 2),
            held(0, 0, 900, 2),
            held(1, 0, 700, 1),
            held(2, 1, 2000, 1),
        ];
        let binpack = [PlacementRule::Binpack(Binpack::Memory)];
        assert_eq!(task_to_stop(&tasks, &binpack, || 0.0), Some(3));
        let spread = [PlacementRule::Spread(Spread::Zone)];
        assert_eq!(task_to_stop(&tasks, &spread, || 0.99), Some(2));
        assert_eq!(task_to_stop(&tasks, &[], || 0.0), Some(0));
        let both = [spread[0], binpack[0]];
        assert_eq!(task_to_stop(&tasks, &both, || 0.0), Some(1));
    }

    #[test]
    fn protected_tasks_stay() {
        let mut tasks = [held(0, 0, 1, 1), held(1, 1, 2, 1)];
        tasks[0].is_protected = true;
        assert_eq!(task_to_stop(&tasks, &[], || 0.0), Some(1));
        tasks[1].is_protected = true;
        assert_eq!(task_to_stop(&tasks, &[], || 0.0), None);
    }
}
