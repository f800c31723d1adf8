use super::*;
use crate::demand::period::ServicePeriod;
use crate::engine::SimDuration;
use crate::ids::{JobSourceId, PoolId, ScalableTargetId, ZoneId};
use crate::observe::Observer;
use crate::observe::fixture::{self, API, FARGATE, SPOT};
use crate::observe::observation::DeploymentStep;
use crate::policy::life_cycle::StopCause;
use crate::policy::strategy::ChoiceReason;
use crate::policy::target_tracking::{Proposal, Proposer, ScalingReason};
use crate::scenario::plan::{Bound, ObjectiveMetric, ObjectivePlan, Scope, Statistic};

const ETL: JobSourceId = JobSourceId(0);

fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

fn counts(desired: u32, running: u32) -> Observation<'static> {
    Observation::ServiceCounts {
        service: API,
        counts: ServiceCounts {
            desired,
            pending: desired - running,
            running,
            serving: running,
            ..ServiceCounts::default()
        },
        is_steady: false,
    }
}

/// What an observer says of these observations after `ended_s` seconds.
fn summary(plan: &Plan, what: &[(u64, Observation<'_>)], ended_s: u64) -> RunSummary {
    let mut observer = Observer::new(plan);
    for (seconds, what) in what {
        observer.observe(at(*seconds), what);
    }
    observer.finish(plan, at(ended_s)).summary
}

#[test]
fn time_below_the_desired_count_is_summed() {
    let plan = fixture::plan();
    let what = [
        (0, counts(2, 0)),
        (40, counts(2, 2)),
        (100, counts(3, 2)),
        (120, counts(3, 3)),
        (190, counts(4, 3)),
    ];
    let summary = summary(&plan, &what, 200);
    let api = &summary.services[0];
    // 40 + 20 + 10 s.
    assert_eq!(api.short_of_desired_s, 70.0);
    // 0 · 40 + 2 · 80 + 3 · 80 s of 200.
    assert_eq!(api.running_count.mean, 2.0);
    assert_eq!((api.running_count.min, api.running_count.max), (0, 3));
    assert_eq!(api.desired_count.max, 4);
    assert_eq!(summary.simulated_s, 200.0);
}

#[test]
fn tasks_are_counted_by_owner_provider_and_stop_code() {
    let plan = fixture::plan();
    let owner = Owner::Service(API);
    let stopped = fixture::task(FARGATE, StopCause::ScalingActivity);
    let taken = fixture::task(SPOT, StopCause::SpotInterruption);
    let started = |seconds| Observation::TaskStarted {
        owner,
        deployment: 0,
        provider: SPOT,
        delay: SimDuration::from_secs(seconds),
    };
    let refused = Observation::LaunchRefused {
        owner,
        provider: Some(SPOT),
        reason: Refusal::SpotCapacity,
        nearest: None,
        until: SimTime::ZERO,
    };
    let interrupted = Observation::TaskInterrupted {
        owner,
        provider: SPOT,
        zone: ZoneId(1),
    };
    let what = [
        (50, refused),
        (80, refused),
        (100, started(40)),
        (100, started(60)),
        (1_000, interrupted),
        (1_070, Observation::TaskGone(&stopped)),
        (1_070, Observation::TaskGone(&taken)),
    ];
    let summary = summary(&plan, &what, 7_200);
    let tasks = &summary.services[0].tasks;
    assert_eq!((tasks.started, tasks.interruptions), (2, 1));
    assert_eq!(tasks.launch_delay.mean_s, Some(50.0));
    assert_eq!(tasks.launch_delay.max_s, Some(60.0));
    assert_eq!(tasks.stopped["ServiceSchedulerInitiated"], 1);
    assert_eq!(tasks.stopped["SpotInterruption"], 1);
    assert_eq!(tasks.refusals["spot_capacity"], 2);
    assert_eq!(summary.total.tasks, *tasks);
    // Each ran from 100 to 1,000 s.
    let spot = &summary.providers[1];
    assert_eq!((spot.task_hours, spot.task_hours_percent), (0.25, 50.0));
    assert_eq!((spot.started, spot.interruptions), (2, 1));
    let zones: Vec<_> = summary
        .spot_zones
        .iter()
        .map(|zone| &zone.zone[..])
        .collect();
    assert_eq!(zones, ["us-east-1b"]);
}

#[test]
fn jobs_wait_start_and_end() {
    let plan = fixture::plan();
    let finished = |seconds, succeeded, starts| Observation::JobFinished {
        source: ETL,
        sojourn: SimDuration::from_secs(seconds),
        succeeded,
        starts,
        skipped: false,
    };
    let waiting = |waiting| Observation::JobsWaiting {
        source: ETL,
        waiting,
    };
    let picked = Observation::ProviderPicked {
        owner: Owner::Job(ETL),
        provider: FARGATE,
        reason: ChoiceReason::Base { have: 0, of: 1 },
    };
    let what = [
        (0, waiting(3)),
        (5, picked),
        (6, picked),
        (10, waiting(1)),
        (100, finished(100, true, 1)),
        (400, finished(300, false, 4)),
        // Dropped: no task of it was ever started.
        (5_000, finished(4_000, false, 0)),
    ];
    let etl = summary(&plan, &what, 7_200).job_sources.remove(0);
    assert_eq!((etl.succeeded, etl.failed, etl.starts), (1, 2, 2));
    assert_eq!(etl.waiting_max, 3);
    assert_eq!(etl.sojourn.mean_s, Some(200.0));
}

#[test]
fn the_spot_market_has_shares_of_time() {
    let plan = fixture::plan();
    let regime = |regime, reclaim| Observation::SpotRegime {
        pool: PoolId(0),
        regime,
        reclaim,
    };
    let what = [
        (1_800, regime(Regime::Tight, None)),
        (3_600, regime(Regime::Empty, Some(0.5))),
        (5_400, regime(Regime::Calm, None)),
    ];
    let zones = summary(&plan, &what, 7_200).spot_zones;
    assert_eq!(zones.len(), 1, "the other zone never spoke");
    let zone = &zones[0];
    assert_eq!(
        [zone.calm_percent, zone.tight_percent, zone.empty_percent],
        [50.0, 25.0, 25.0]
    );
    assert_eq!(zone.reclaims, 1);
}

#[test]
fn scalings_and_deployments_are_counted_but_not_looks_without_a_change() {
    let plan = fixture::plan();
    let proposal = Proposal {
        by: Proposer::Tracking(0),
        metric: 90.0,
        from: 2,
        wanted: 3,
    };
    let scaling = |to, reason| Observation::Scaling {
        target: ScalableTargetId(0),
        from: 2,
        to,
        reason,
    };
    let deployment = |step| Observation::Deployment {
        ordinal: 1,
        service: API,
        definition: crate::ids::TaskDefinitionId(0),
        step,
    };
    let what = [
        (60, scaling(3, ScalingReason::ScaledOut(proposal))),
        (120, scaling(2, ScalingReason::Quiet)),
        (180, deployment(DeploymentStep::Started)),
        (300, deployment(DeploymentStep::Completed)),
    ];
    let api = summary(&plan, &what, 7_200).services.remove(0);
    assert_eq!((api.scale_outs, api.scale_ins), (1, 0));
    assert_eq!((api.deployments_started, api.deployments_completed), (1, 1));
}

#[test]
fn response_times_and_doubts_come_from_the_load_model() {
    let plan = fixture::plan();
    let mut responses = Histogram::new();
    responses.add_value(0.1, 99.0);
    responses.add_value(2.0, 1.0);
    let mut observer = Observer::new(&plan);
    observer.load_totals(API, &responses, &[0.0, 120.0, 0.0, 0.0, 0.0, 0.0]);
    let summary = observer.finish(&plan, at(7_200)).summary;
    let load = summary.services[0].load.as_ref().unwrap();
    assert!((load.response.mean_s.unwrap() - 0.119).abs() < 1e-12);
    assert_eq!(load.response.p99_s, responses.quantile_s(0.99));
    assert_eq!(load.distrust_s["few slots with a CV above 1"], 120.0);
    assert_eq!(load.distrust_s.len(), 1);
    assert_eq!(summary.total.response, load.response);
}

#[test]
fn objectives_judge_minutes_of_counts_and_the_whole_run() {
    let mut plan = fixture::plan();
    let objective = |metric, statistic, bound, scope| ObjectivePlan {
        text: "an objective".to_owned(),
        metric,
        service: Some(API),
        statistic,
        bound,
        scope,
        completion: None,
        probability: None,
    };
    let running = ObjectiveMetric::RunningTaskCount;
    plan.objectives = vec![
        objective(
            running,
            Statistic::Minimum,
            Bound::Above(1.5),
            Scope::Minutes(0.5),
        ),
        objective(running, Statistic::Average, Bound::Above(1.5), Scope::Run),
        objective(
            ObjectiveMetric::CpuUtilization,
            Statistic::Maximum,
            Bound::Below(80.0),
            Scope::Run,
        ),
    ];
    let minute = ServicePeriod {
        cpu_used: 54.0,
        cpu_reserved: 60.0,
        ..ServicePeriod::default()
    };
    let load = Observation::ServicePeriods {
        service: API,
        first: 0,
        count: 4,
        period: &minute,
    };
    let what = [
        (0, counts(2, 2)),
        (90, counts(2, 1)),
        (150, counts(2, 2)),
        (240, load),
    ];
    let objectives = summary(&plan, &what, 240).objectives;
    // Of the minutes 0 to 3, the second and the third saw one task for a while.
    assert_eq!(
        (objectives[0].minutes_judged, objectives[0].minutes_held),
        (4, 2)
    );
    assert_eq!(objectives[0].holds, Some(true));
    // 2 · 180 + 1 · 60 s of 240.
    assert_eq!(
        (objectives[1].value, objectives[1].holds),
        (Some(1.75), Some(true))
    );
    assert_eq!(
        (objectives[2].value, objectives[2].holds),
        (Some(90.0), Some(false))
    );
}

#[test]
fn a_summary_reads_back_as_it_was_written() {
    let plan = fixture::plan();
    let task = fixture::task(FARGATE, StopCause::ScalingActivity);
    let what = [(0, counts(2, 1)), (1_070, Observation::TaskGone(&task))];
    let mut written = summary(&plan, &what, 7_200);
    let text = serde_json::to_string(&written).unwrap();
    // The task stood from the start on: it ran, and did not start. How many ran is not in the file.
    assert_eq!(
        (written.total.tasks.ran, written.total.tasks.started),
        (1, 0)
    );
    (written.total.tasks.ran, written.services[0].tasks.ran) = (0, 0);
    assert_eq!(serde_json::from_str::<RunSummary>(&text).unwrap(), written);
    assert!(text.starts_with("{\"version\":1,\"scenario\":\"web-api\""));
}
