//! Every difference that is told holds when the rule is asked with it.

use super::provider::ProviderQuestion;
use super::{bounds, wait};
use crate::engine::SimTime;
use crate::ids::{ProviderId, ServiceId};
use crate::observe::fixture;
use crate::observe::inputs::{HeldLaunch, Limiter, ServiceStep};
use crate::observe::observation::Refusal;
use crate::policy::deployment::{
    Percentages, Rollout, Side, StartReason, bounds as bounds_of, old_tasks_to_replace,
    tasks_to_start, tasks_to_stop,
};
use crate::policy::launch_rate::{FARGATE_ON_DEMAND, TokenBucket, vcpu_quota};
use crate::policy::strategy::{Strategy, StrategyItem, next_provider};
use crate::units::CpuUnits;
use crate::world::task::Owner;
use proptest::prelude::*;

fn strategy(items: &[(u32, u32)]) -> Option<Strategy> {
    let item = |(index, &(base, weight))| StrategyItem {
        provider: ProviderId::from_index(index),
        base,
        weight,
    };
    Strategy::new(items.iter().enumerate().map(item).collect()).ok()
}

fn question(items: &[(u32, u32)], counts: &[u32]) -> Option<ProviderQuestion> {
    Some(ProviderQuestion {
        strategy: strategy(items)?,
        counts: counts.to_vec(),
        uniform: None,
    })
}

fn names() -> Vec<String> {
    ["P0", "P1", "P2"].map(str::to_owned).to_vec()
}

/// What a difference says: the item that changes, and what of it becomes how many.
fn read(with: &str) -> (usize, &str, u32) {
    let item = |text: &str| text[text.len() - 1..].parse::<usize>().unwrap();
    let words: Vec<&str> = with.split(' ').collect();
    match words[..] {
        ["weight", to, "instead", "of", _, "on", on] => (item(on), "weight", to.parse().unwrap()),
        ["a", "base", "of", to, "instead", "of", _, "on", on] => {
            (item(on), "base", to.parse().unwrap())
        }
        [less, "task" | "tasks", "fewer", "on", on] => (item(on), "fewer", less.parse().unwrap()),
        _ => panic!("{with}"),
    }
}

/// The provider with a difference carried out, `closer` by so many to what it was.
fn carried_out(
    items: &[(u32, u32)],
    counts: &[u32],
    (item, what, to): (usize, &str, u32),
    closer: u32,
) -> usize {
    let (mut items, mut counts) = (items.to_vec(), counts.to_vec());
    let towards = |was: u32| match to < was {
        true => to + closer,
        false => to - closer,
    };
    match what {
        "weight" => items[item].1 = towards(items[item].1),
        "base" => items[item].0 = towards(items[item].0),
        _ => counts[item] -= to - closer,
    }
    next_provider(&strategy(&items).unwrap(), &counts).item
}

proptest! {
    #[test]
    fn every_difference_of_a_provider_holds_and_is_the_nearest(
        bases in prop::sample::select(vec![[0, 0, 0], [2, 0, 0], [0, 3, 0]]),
        weights in prop::array::uniform3(0_u32..6),
        counts in prop::array::uniform3(0_u32..9),
    ) {
        let items: Vec<(u32, u32)> = bases.into_iter().zip(weights).collect();
        let Some(question) = question(&items, &counts) else { return Ok(()) };
        let was = question.answer().item;
        for difference in super::provider::differences(&names(), &question) {
            let change = read(&difference.with);
            let becomes = carried_out(&items, &counts, change, 0);
            prop_assert_ne!(becomes, was, "{}", difference.with);
            prop_assert_eq!(&names()[becomes], &difference.then);
            // One less of it changes nothing, unless a base is met exactly by the tasks there are.
            if change.1 != "base" {
                prop_assert_eq!(carried_out(&items, &counts, change, 1), was);
            }
        }
    }

    #[test]
    fn every_difference_of_a_deployments_bounds_holds(
        desired in 1_u32..40,
        minimum_healthy in 0_u32..=100,
        maximum in 100_u32..=200,
        (old, healthy, new) in (0_u32..40, 0_u32..40, 0_u32..40),
        lost in 0_u32..5,
    ) {
        let side = |tasks: u32, healthy: u32| Side {
            pending: 0,
            running: tasks,
            healthy: healthy.min(tasks),
        };
        let rollout = Rollout { desired, old: side(old, healthy), new: side(new, new) };
        let percentages = Percentages { minimum_healthy, maximum };
        let bounds = bounds_of(desired, percentages);
        let step = ServiceStep {
            percentages,
            before: rollout,
            start: tasks_to_start(rollout, bounds),
            started: rollout,
            old_kept: old + lost,
            replace: old_tasks_to_replace(old + lost, rollout, bounds),
            after: rollout,
            stop: tasks_to_stop(rollout, bounds),
        };
        for difference in bounds::differences(&step) {
            let (name, percent) = difference.with.split_once(' ').unwrap();
            let percent: u32 = percent.parse().unwrap();
            let more: u32 = difference.then.split(' ').next().unwrap().parse().unwrap();
            if name == "maximumPercent" {
                let wider = Percentages { maximum: percent, ..percentages };
                let start = tasks_to_start(rollout, bounds_of(desired, wider)).tasks;
                let replace = match step.start.reason {
                    StartReason::Upper { .. } => step.replace,
                    StartReason::Missing { .. } => {
                        old_tasks_to_replace(old + lost, rollout, bounds_of(desired, wider))
                    }
                };
                let was = step.start.tasks + step.replace.tasks;
                prop_assert_eq!(start + replace.tasks, was + more);
            } else {
                let lower = Percentages { minimum_healthy: percent, ..percentages };
                let stop = tasks_to_stop(rollout, bounds_of(desired, lower));
                let was = step.stop.old_healthy + step.stop.old_not_healthy;
                prop_assert_eq!(stop.old_healthy + stop.old_not_healthy, was + more);
            }
        }
    }
}

fn held(reason: Refusal) -> HeldLaunch {
    HeldLaunch {
        owner: Owner::Service(ServiceId(0)),
        provider: Some(ProviderId(0)),
        reason,
        retry_at: SimTime::MAX,
        cpu: CpuUnits(1_024),
        in_use_cpu_units: 6 * 1_024 + 512,
        bucket: None,
        failed_starts: 3,
    }
}

#[test]
fn the_quota_that_is_told_is_the_smallest_that_has_room() {
    let plan = fixture::plan();
    let held = held(Refusal::VcpuQuota);
    let told = wait::differences(&plan, SimTime::ZERO, &held);
    assert_eq!(told[0].with, "a quota of 8 vCPUs (L-3032A538)");
    let allowed = |quota| vcpu_quota(Some(quota), held.in_use_cpu_units, held.cpu).is_allowed;
    assert!(allowed(8) && !allowed(7));
}

#[test]
fn a_faster_bucket_is_told_by_its_own_rule() {
    let plan = fixture::plan();
    let mut bucket = TokenBucket::full(FARGATE_ON_DEMAND, SimTime::ZERO);
    let _ = bucket.take_up_to(SimTime::ZERO, 100);
    let held = HeldLaunch {
        bucket: Some((Limiter::Account, bucket)),
        ..held(Refusal::LaunchRate)
    };
    let told = wait::differences(&plan, SimTime::ZERO, &held);
    assert_eq!(told[0].with, "40 launches a second");
    assert_eq!(
        told[0].then,
        "the next token 25 ms after this refusal instead of 50 ms"
    );
}

#[test]
fn failed_starts_are_told_by_the_throttle() {
    let plan = fixture::plan();
    let told = wait::differences(&plan, SimTime::ZERO, &held(Refusal::Throttled));
    assert_eq!(told[0].with, "one failed start fewer (2)");
    assert_eq!(told[0].then, "a wait of 2 min instead of 4 min");
}
