//! What holds for every legal plan: the audit after each event, the quotas, the bill's seconds, the
//! desired count, and that sinks never change a run.

use proptest::prelude::*;

use super::fixture::{cpu_target, demand, jobs, plan, s, strategy, watch_errors};
use super::*;
use crate::demand::generator::{RateSpec, Step};
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::policy::circuit_breaker::{CircuitBreaker, Threshold, ThresholdType};
use crate::policy::spot::{Level, calibrate};
use crate::scenario::plan::{Begin, ServiceUpdate, TimelineAction, TimelineEntry, UnhealthyPlan};
use crate::simulation::outcome::RunEnd;

/// Small and strange on purpose: zero tasks, quotas of one vCPU, a market that takes tasks back
/// every few hours, everything at once.
fn any_plan() -> impl Strategy<Value = Plan> {
    let service = (
        0u32..12,
        0u32..4,
        (0u32..3, 0u32..5),
        any::<bool>(),
        0.0f64..300.0,
    );
    let source = (
        proptest::option::of((1u64..4000, 1u64..3000)),
        proptest::option::of(1u32..4),
    );
    let world = (
        proptest::option::of(1u32..6),
        0.0f64..0.3,
        proptest::option::of(600u64..9000),
    );
    let updates = proptest::collection::vec((0u64..20_000, 0u32..3, 0u32..15), 0..4);
    let bake = proptest::option::of(0u64..600);
    let world = (world, any_defects(), (any_breaker(), bake));
    (service, source, world, updates, any::<bool>(), any::<u64>()).prop_map(
        |(service, source, (world, defects, (breaker, bake)), updates, steady, seed)| {
            let mut plan = plan();
            plan.run.seed = seed;
            plan.run.duration = s(20_000);
            plan.run.begin = if steady { Begin::Steady } else { Begin::Empty };
            let (desired, base, (on_demand, spot), scaled, rate) = service;
            plan.services[0].desired_count = desired;
            plan.services[0].strategy = strategy(&[(0, base, on_demand), (1, 0, spot + 1)]);
            plan.services[0].demand = Some(demand(RateSpec::Sum(vec![
                RateSpec::Constant(rate),
                RateSpec::Step(Step {
                    at: SimTime::from_secs(7000),
                    from: 0.0,
                    to: 2.0 * rate,
                }),
            ])));
            if scaled {
                plan.scalable_targets = vec![cpu_target(1, 20)];
            }
            if let (Some((gap, work)), concurrency) = source {
                let mut jobs = jobs(1.0 / gap as f64, work as f64);
                jobs.strategy = strategy(&[(1, 0, 1)]);
                jobs.concurrency = concurrency;
                jobs.retry_attempts = 1;
                plan.job_sources = vec![jobs];
            }
            let (quota, start_failures, mttf) = world;
            plan.quotas.fargate_spot_vcpus = quota;
            plan.task_definitions[0].work.start_failures = start_failures;
            plan.task_definitions[0].work.mttf = mttf.map(s);
            plan.spot.parameters.level = Level::InterruptionsPerSlotMonth(120.0);
            plan.spot.rates = calibrate(&plan.spot.parameters).unwrap();
            let mut defective = plan.task_definitions[0].clone();
            defective.revision = 2;
            (defective.work.unhealthy, defective.work.crash_after) = defects;
            plan.task_definitions.push(defective);
            plan.services[0].circuit_breaker = breaker;
            if let Some(bake) = bake {
                plan.task_definitions[1].work.errors = 0.5;
                watch_errors(&mut plan, (100.0, s(150)), s(bake));
            }
            plan.timeline = updates.into_iter().map(update).collect();
            plan.timeline.sort_by_key(|entry| entry.at);
            plan
        },
    )
}

/// What is wrong with the second revision.
fn any_defects() -> impl Strategy<Value = (Option<UnhealthyPlan>, Option<SimDuration>)> {
    let unhealthy = proptest::option::of((0.1f64..1.0, 0u64..4000));
    let crash = proptest::option::weighted(0.2, 0u64..4000);
    (unhealthy, crash).prop_map(|(unhealthy, crash)| {
        let unhealthy = unhealthy.map(|(share, after)| UnhealthyPlan {
            share,
            after: s(after),
        });
        (unhealthy, crash.map(s))
    })
}

fn any_breaker() -> impl Strategy<Value = Option<CircuitBreaker>> {
    let kinds = [
        ThresholdType::BoundedPercent,
        ThresholdType::UnboundedPercent,
        ThresholdType::Count,
    ];
    let breaker = (any::<bool>(), any::<bool>(), 0..kinds.len(), 1u32..20);
    let breaker = breaker.prop_map(move |(rollback, reset, kind, value)| CircuitBreaker {
        rollback,
        reset_on_healthy_task: reset,
        threshold: Threshold {
            kind: kinds[kind],
            value,
        },
    });
    proptest::option::of(breaker)
}

/// Kind 0 only sets the count, the others deploy the revision of this number.
fn update((at, kind, desired): (u64, u32, u32)) -> TimelineEntry {
    let update = ServiceUpdate {
        service: ServiceId(0),
        desired_count: Some(desired),
        strategy: None,
        task_definition: kind.checked_sub(1).map(TaskDefinitionId),
        force_new_deployment: false,
        deployment: Default::default(),
    };
    TimelineEntry {
        at: SimTime::from_secs(at),
        action: TimelineAction::UpdateService(update),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn the_world_adds_up_after_every_event(plan in any_plan()) {
        let outcome = Simulation::new(&plan, 0).audited().run(&RunLimits::default());
        prop_assert_eq!(outcome.end, RunEnd::Horizon);
        for task in &outcome.observed.tasks {
            let times = &task.times;
            let order = [
                Some(times.created), times.connectivity, times.pull_started, times.pull_stopped,
                times.started, times.in_service, times.stopping, times.sigterm,
                times.execution_stopped, times.stopped,
            ];
            let known: Vec<SimTime> = order.into_iter().flatten().collect();
            prop_assert!(known.is_sorted(), "{:?}", times);
            prop_assert!(task.wanted_at <= times.created);
            prop_assert!(*known.last().unwrap() <= plan.horizon());
        }
    }

    #[test]
    fn with_every_sink_off_a_run_is_the_same_run(plan in any_plan()) {
        let mut silent = plan.clone();
        silent.record.metrics = None;
        silent.record.tasks = false;
        let mut loud = plan.clone();
        loud.record.events = true;
        loud.record.decisions = true;
        let hash = |plan: &Plan| {
            Simulation::new(plan, 3).run(&RunLimits::default()).event_hash
        };
        prop_assert_eq!(hash(&silent), hash(&loud));
    }

    #[test]
    fn a_longer_horizon_does_not_change_the_past(plan in any_plan()) {
        let mut longer = plan.clone();
        longer.run.duration = s(26_000);
        let early = |plan: &Plan| {
            let outcome = Simulation::new(plan, 0).run(&RunLimits::default());
            let tasks = outcome.observed.tasks.into_iter();
            let seen = tasks.map(|task| (task.times.created, task.provider, task.zone));
            seen.filter(|(created, ..)| *created < SimTime::from_secs(20_000)).collect::<Vec<_>>()
        };
        prop_assert_eq!(early(&plan), early(&longer));
    }

    #[test]
    fn futures_of_one_past_are_what_each_would_have_been(
        plan in any_plan(),
        at in 1u64..20_000,
        later in proptest::collection::vec((0u64..20_000, 0u32..3, 0u32..15), 0..4),
    ) {
        let at = SimTime::from_secs(at);
        let mut other = plan.clone();
        other.timeline.retain(|entry| entry.at < at);
        other.timeline.extend(later.into_iter().map(update).filter(|entry| at <= entry.at));
        other.timeline.sort_by_key(|entry| entry.at);
        let limits = RunLimits::default();
        let past = Course::past(&plan, 0, at, &limits);
        for plan in [&other, &plan, &other] {
            let (future, whole) = (past.future(plan, &limits), Simulation::new(plan, 0).run(&limits));
            prop_assert_eq!(future.event_hash, whole.event_hash);
            prop_assert_eq!(future.events, whole.events);
            prop_assert_eq!(format!("{:?}", future.observed), format!("{:?}", whole.observed));
        }
    }
}
