//! Every difference that is told holds when the rule is asked with it, and is the nearest.

use super::provider::ProviderQuestion;
use super::series::Series;
use super::{Replay, bounds, scaling, wait};
use crate::demand::period::ServicePeriod;
use crate::engine::SimTime;
use crate::ids::{ProviderId, ServiceId, ZoneId};
use crate::observe::fixture;
use crate::observe::inputs::{HeldLaunch, Limiter, ServiceStep, StopBecause, StopHow};
use crate::observe::observation::Refusal;
use crate::observe::trail::{Minutes, StopChosen, Trail, Zones};
use crate::policy::deployment::{
    Percentages, Rollout, Side, StartReason, bounds as bounds_of, old_tasks_to_replace,
    tasks_to_start, tasks_to_stop,
};
use crate::policy::fargate::WhenZoneRefuses;
use crate::policy::launch_rate::{FARGATE_ON_DEMAND, TokenBucket, vcpu_quota};
use crate::policy::scale_in::provider_to_stop;
use crate::policy::strategy::{Strategy, StrategyItem, WEIGHT_MAX, next_provider};
use crate::policy::target_tracking::TrackingPolicy;
use crate::scenario::plan::{Plan, ScalingPolicyPlan};
use crate::units::CpuUnits;
use crate::world::groups::Phase;
use crate::world::service::ServiceCounts;
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

/// What a difference of providers says: the item that changes, and what of it becomes how many.
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

/// The nearest change of one kind to one item that sends the task elsewhere, by trying all: what it
/// becomes (of tasks, how many fewer), and where the task goes.
fn nearest(
    (items, counts): (&[(u32, u32)], &[u32]),
    (item, what): (usize, &str),
) -> Option<(u32, usize)> {
    let was = next_provider(&strategy(items).unwrap(), counts).item;
    let carried_out = |to: u32| {
        let (mut items, mut counts) = (items.to_vec(), counts.to_vec());
        match what {
            "weight" => items[item].1 = to,
            "base" => items[item].0 = to,
            _ => counts[item] -= to,
        }
        Some(next_provider(&strategy(&items)?, &counts).item)
    };
    let is_new = |to: &u32| {
        let becomes = carried_out(*to);
        becomes.is_some_and(|now| now != was && (item == was || now == item))
    };
    let (base, weight) = items[item];
    let to = match (what, item == was) {
        ("fewer", true) => None,
        ("fewer", false) => (1..=counts[item]).find(is_new),
        ("weight", true) => (0..weight).rev().find(is_new),
        ("weight", false) => (weight + 1..=WEIGHT_MAX).find(is_new),
        (_, true) => (0..base).rev().find(is_new),
        (_, false) => (base + 1..base + 100).find(is_new),
    };
    to.and_then(|to| Some((to, carried_out(to)?)))
}

proptest! {
    #[test]
    fn every_difference_of_a_provider_is_the_nearest_and_no_nearest_is_missing(
        bases in prop::sample::select(vec![[0, 0, 0], [2, 0, 0], [0, 3, 0]]),
        weights in prop::array::uniform3(0_u32..6),
        counts in prop::array::uniform3(0_u32..9),
    ) {
        let items: Vec<(u32, u32)> = bases.into_iter().zip(weights).collect();
        let Some(question) = question(&items, &counts) else { return Ok(()) };
        let mut expected = Vec::new();
        for item in 0..items.len() {
            for what in ["weight", "base", "fewer"] {
                if let Some((to, becomes)) = nearest((&items, &counts), (item, what)) {
                    expected.push((item, what, to, names()[becomes].clone()));
                }
            }
        }
        let told = super::provider::nearest_changes(&names(), &question);
        let mut told: Vec<_> = told.iter().map(|difference| {
            let (item, what, to) = read(&difference.with);
            (item, what, to, difference.then.clone())
        }).collect();
        told.sort();
        expected.sort();
        prop_assert_eq!(told, expected);
    }

    #[test]
    fn every_difference_of_a_deployments_bounds_holds_and_is_the_nearest(
        desired in 1_u32..40,
        minimum_healthy in 0_u32..=100,
        maximum in 100_u32..=200,
        (old, healthy, new) in (0_u32..40, 0_u32..40, 0_u32..40),
        (lost, unhealthy) in (0_u32..5, 0_u32..10),
        refused in prop::sample::select(vec![0, 0, 1, 100]),
        (added, stopping) in (0_u32..4, 0_u32..4),
    ) {
        let side = |tasks: u32, healthy: u32| Side {
            pending: 0,
            running: tasks,
            healthy: healthy.min(tasks),
        };
        let old = side(old, healthy);
        let rollout = Rollout {
            desired,
            old,
            new: side(new, new),
            unhealthy: unhealthy.min(old.running - old.healthy),
            lost,
            added,
            stopping,
            is_rolling: true,
            has_failed: false,
        };
        let percentages = Percentages { minimum_healthy, maximum };
        let bounds = bounds_of(desired, percentages);
        let start = tasks_to_start(rollout, bounds);
        let refused = start.tasks.min(refused);
        let mut after = rollout;
        after.new.pending += start.tasks - refused;
        let step = ServiceStep {
            percentages,
            before: rollout,
            start,
            started: after,
            replace: old_tasks_to_replace(after, bounds),
            after,
            stop: tasks_to_stop(after, bounds),
        };
        prop_assert_eq!(bounds::refused(&step), refused);
        let starts = |percent| {
            let wider = bounds_of(desired, Percentages { maximum: percent, ..percentages });
            let replace = match step.start.reason {
                StartReason::Upper { .. } | StartReason::Failed => step.replace,
                StartReason::Missing { .. } => old_tasks_to_replace(after, wider),
            };
            tasks_to_start(rollout, wider).tasks + replace.tasks
        };
        let stops = |percent| {
            let lower = Percentages { minimum_healthy: percent, ..percentages };
            let stop = tasks_to_stop(after, bounds_of(desired, lower));
            stop.old_healthy + stop.old_not_healthy
        };
        for difference in bounds::differences(&step) {
            let (name, percent) = difference.with.split_once(' ').unwrap();
            let percent: u32 = percent.parse().unwrap();
            let more: u32 = difference.then.split(' ').next().unwrap().parse().unwrap();
            if name == "maximumPercent" {
                prop_assert_eq!(refused, 0, "launches that are refused are no matter of bounds");
                prop_assert_eq!(starts(percent), starts(maximum) + more);
                prop_assert_eq!(starts(percent - 1), starts(maximum));
            } else {
                prop_assert_eq!(stops(percent), stops(minimum_healthy) + more);
                prop_assert_eq!(stops(percent + 1), stops(minimum_healthy));
            }
        }
    }

    #[test]
    fn the_weight_that_is_told_of_a_stopped_task_is_the_nearest(
        bases in prop::sample::select(vec![[0, 0, 0], [2, 0, 0], [0, 3, 0]]),
        weights in prop::array::uniform3(1_u32..6),
        counts in prop::array::uniform3(0_u32..9),
    ) {
        let items: Vec<(u32, u32)> = bases.into_iter().zip(weights).collect();
        let stopped = |items: &[(u32, u32)]| {
            Some(provider_to_stop(&strategy(items).unwrap(), &counts)?.item)
        };
        let Some(was) = stopped(&items) else { return Ok(()) };
        let with_weight = |weight: u32| {
            let mut items = items.clone();
            items[was].1 = weight;
            stopped(&items).unwrap()
        };
        let nearest = (items[was].1 + 1..=WEIGHT_MAX).find(|weight| with_weight(*weight) != was);
        let chosen = StopChosen {
            at: SimTime::ZERO,
            service: ServiceId(0),
            ordinal: 0,
            strategy: strategy(&items).unwrap(),
            counts: counts.to_vec(),
            zones: Vec::new(),
            by_zone: Vec::new(),
            phase: Phase::Healthy,
            among: 1,
            because: StopBecause::Surplus,
            how: StopHow::Drawn,
        };
        let told = super::stop::another(&["P0", "P1", "P2"], &chosen);
        let told = told.map(|told| {
            let (item, what, to) = read(&told.with);
            assert_eq!((item, what), (was, "weight"));
            (to, told.then)
        });
        let expected = nearest.map(|weight| {
            (weight, format!("a task on P{} would have gone", with_weight(weight)))
        });
        prop_assert_eq!(told, expected);
    }
}

/// A scaled service and twenty minutes of its CPU.
fn scaled((desired, min, max): (u32, u32, u32), targets: &[f64], cpu: &[f64]) -> (Plan, Trail) {
    let mut plan = fixture::plan();
    let scaled = &mut plan.scalable_targets[0];
    (scaled.min, scaled.max) = (min, max);
    let policy = scaled.policies.pop().unwrap();
    scaled.policies = (0..)
        .zip(targets)
        .map(|(index, target)| ScalingPolicyPlan {
            name: format!("cpu{index}"),
            target: *target,
            ..policy.clone()
        })
        .collect();
    let mut trail = Trail::default();
    let counts = ServiceCounts {
        desired,
        running: desired,
        ..ServiceCounts::default()
    };
    trail.counts.push((SimTime::ZERO, ServiceId(0), counts));
    let minutes = (0..).zip(cpu).map(|(first, cpu)| Minutes {
        first,
        count: 1,
        cpu: Some(*cpu),
        memory: None,
        requests_per_target: None,
        period: ServicePeriod::default(),
    });
    trail
        .minutes
        .extend(minutes.map(|minutes| (ServiceId(0), minutes)));
    (plan, trail)
}

/// `12 tasks instead of 10`, `it would have stayed at 10 at that moment`: the count.
fn count_of(then: &str) -> Option<u32> {
    let stayed = then
        .strip_prefix("it would have stayed at ")
        .map(|rest| rest.trim_end_matches(" at that moment"));
    let words = stayed.or_else(|| then.split_once(" task").map(|(count, _)| count))?;
    words.parse().ok()
}

proptest! {
    #[test]
    fn every_difference_of_a_scaling_decision_holds_and_is_the_nearest(
        desired in 1_u32..12,
        (min, above) in (0_u32..6, 0_u32..12),
        targets in prop::sample::select(vec![vec![60.0], vec![45.5], vec![60.0, 33.3]]),
        level in prop::sample::select(vec![5.0, 25.0, 40.0, 60.0, 90.0]),
        noise in prop::collection::vec(0.0_f64..25.0, 20),
    ) {
        let cpu: Vec<f64> = noise.iter().map(|noise| level + noise).collect();
        let (plan, trail) = scaled((desired, min, min + above), &targets, &cpu);
        let replay = Replay { plan: &plan, trail: &trail, ended_at: SimTime::from_secs(1_300) };
        let series = Series::of(&replay, ServiceId(0)).unwrap();
        let asked = series.ask(19).unwrap();
        let with_target = |policy: usize, tenths: f64| {
            let target = tenths / 10.0;
            let changed = TrackingPolicy { target, ..series.policy(policy) };
            series.reading(policy, changed, asked.minute)
        };
        for told in scaling::finding(&series, &asked).otherwise {
            let Some(count) = count_of(&told.then) else { continue };
            let words: Vec<&str> = told.with.split(' ').collect();
            match words[..] {
                ["MaxCapacity", to, ..] => {
                    let to: u32 = to.parse().unwrap();
                    let with = |max| asked.again(|input, _| input.max = max).desired;
                    prop_assert_eq!((with(to), with(to + 1)), (count, count), "{}", told.with);
                    prop_assert!(with(to - 1) < count, "{}", told.with);
                }
                ["MinCapacity", to, ..] => {
                    let to: u32 = to.parse().unwrap();
                    let with = |min| asked.again(|input, _| input.min = min).desired;
                    prop_assert_eq!((with(to), with(0)), (count, count), "{}", told.with);
                    prop_assert!(count < with(to + 1), "{}", told.with);
                }
                ["TargetValue", to, "instead", "of", _, ref of @ ..] => {
                    let policy = of.last().map_or(0, |name| name[3..].parse().unwrap());
                    let tenths = (10.0 * to.parse::<f64>().unwrap()).round();
                    let reading = with_target(policy, tenths);
                    let decision = asked.again(|_, readings| readings[policy] = reading);
                    prop_assert_eq!(decision.desired, count, "{}", told.with);
                    let closer = match reading.policy.target < targets[policy] {
                        true => tenths + 1.0,
                        false => tenths - 1.0,
                    };
                    let closer = with_target(policy, closer);
                    let closer = asked.again(|_, readings| readings[policy] = closer);
                    prop_assert_ne!(closer.desired, count, "{}", told.with);
                }
                _ => {}
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
        failed_rounds: 3,
        nearest: None,
    }
}

fn told(held: &HeldLaunch, zones: Option<&Zones>) -> Vec<(String, String)> {
    let plan = fixture::plan();
    let told = wait::differences(&plan, (SimTime::ZERO, held, zones), held.retry_at);
    told.into_iter()
        .map(|told| (told.with, told.then))
        .collect()
}

#[test]
fn the_quota_that_is_told_is_the_smallest_that_has_room() {
    let held = held(Refusal::VcpuQuota);
    assert_eq!(told(&held, None)[0].0, "a quota of 8 vCPUs (L-3032A538)");
    let allowed = |quota| vcpu_quota(Some(quota), held.in_use_cpu_units, held.cpu).is_allowed;
    assert!(allowed(8) && !allowed(7));
}

#[test]
fn a_faster_bucket_is_told_by_its_own_rule() {
    let mut bucket = TokenBucket::full(FARGATE_ON_DEMAND, SimTime::ZERO);
    let _ = bucket.take_up_to(SimTime::ZERO, 100);
    let table = [
        (50, "a wait of 25 ms instead of 50 ms"),
        // 2,800 tokens come in in 140 s, the launch's own is the last of them.
        (
            140_000,
            "a wait of 70 s instead of 2.3 min, if the same 2799 launches came before it",
        ),
    ];
    for (millis, then) in table {
        let held = HeldLaunch {
            bucket: Some((Limiter::Account, bucket)),
            retry_at: SimTime::from_micros(1_000 * millis),
            ..held(Refusal::LaunchRate)
        };
        let expected = ("40 launches a second".to_owned(), then.to_owned());
        assert_eq!(told(&held, None), [expected]);
    }
}

#[test]
fn so_many_failed_rounds_fewer_are_told_as_make_the_wait_shorter() {
    let table = [
        (1, "1 failed round fewer", "no wait instead of 60 s"),
        (
            3,
            "1 failed round fewer",
            "a wait of 2 min instead of 4 min",
        ),
        // From the sixth on the wait is always 27 minutes.
        (
            9,
            "4 failed rounds fewer",
            "a wait of 16 min instead of 27 min",
        ),
    ];
    for (failed_rounds, with, then) in table {
        let held = HeldLaunch {
            failed_rounds,
            ..held(Refusal::Throttled)
        };
        let expected = (with.to_owned(), then.to_owned());
        assert_eq!(told(&held, None), [expected], "{failed_rounds}");
    }
}

#[test]
fn calm_capacity_is_told_of_the_zones_that_would_have_taken_the_task() {
    let zones = |when_refused| Zones {
        zones: vec![ZoneId(0), ZoneId(1)],
        counts: vec![2, 1],
        refuses: vec![true, true],
        when_refused,
    };
    let table = [
        (WhenZoneRefuses::TryOthers, "us-east-1a or us-east-1b"),
        (WhenZoneRefuses::Wait, "us-east-1b"),
    ];
    for (when_refused, names) in table {
        let told = told(&held(Refusal::SpotCapacity), Some(&zones(when_refused)));
        assert_eq!(told[0].0, format!("calm Spot capacity in {names}"));
    }
}

/// A step of a service of four whose new tasks are UNHEALTHY, three of them already.
fn ailing(maximum: u32) -> ServiceStep {
    let percentages = Percentages {
        minimum_healthy: 100,
        maximum,
    };
    let all = |tasks: u32, healthy: u32| Side {
        pending: 0,
        running: tasks,
        healthy,
    };
    let before = Rollout {
        desired: 4,
        old: all(3, 0),
        new: all(1, 0),
        unhealthy: 3,
        lost: 0,
        added: 0,
        stopping: 0,
        is_rolling: true,
        has_failed: false,
    };
    let bounds = bounds_of(4, percentages);
    let start = tasks_to_start(before, bounds);
    let mut after = before;
    after.new.pending += start.tasks;
    ServiceStep {
        percentages,
        before,
        start,
        started: after,
        replace: old_tasks_to_replace(after, bounds),
        after,
        stop: tasks_to_stop(after, bounds),
    }
}

#[test]
fn unhealthy_tasks_are_called_so_and_no_bounds_are_advised_against_them() {
    let step = ailing(125);
    assert_eq!(
        bounds::sides_words(step.after),
        "2 new, 0 old and 3 UNHEALTHY tasks"
    );
    assert_eq!(bounds::lower_words(&step), None, "no old task stayed");
    // Three are missing and one had room; two make it for the others.
    assert_eq!(
        bounds::unhealthy_words(&step).unwrap(),
        "3 tasks were UNHEALTHY: 2 stopped, and 1 until healthy ones are there"
    );
    assert_eq!(bounds::differences(&step), []);
    assert_eq!(
        bounds::unhealthy_words(&ailing(200)).unwrap(),
        "3 tasks were UNHEALTHY: each stays until a healthy one is in its place"
    );
}
