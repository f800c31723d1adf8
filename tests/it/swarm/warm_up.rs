//! The warm-up, over random scenarios: the run goes on as it would, and its figures are those of
//! the whole run less those of a run that ends where the warm-up does.

use std::collections::{BTreeMap, BTreeSet};

use fleetcast::engine::{SimDuration, SimTime};
use fleetcast::experiment::run::{PlayedRun, judge, play};
use fleetcast::observe::usage::{InstanceKind, Meter, UsageClass, UsageKey};
use fleetcast::scenario::plan::RunPlan;
use fleetcast::scenario::{LoadOptions, load};
use fleetcast::simulation::course::Course;
use fleetcast::simulation::outcome::RunLimits;
use rayon::prelude::*;
use serde_json::Value;

use super::super::home::root;
use super::{limits, run, swarm};

/// Figures that are sums over time.
const SUMS: [&str; 47] = [
    "requests",
    "first_tries",
    "failed_requests",
    "target_5xx",
    "elb_5xx",
    "elb_502",
    "elb_503",
    "elb_504",
    "timed_out",
    "received",
    "distrust_any_s",
    "short_of_desired_s",
    "started",
    "interruptions",
    "restarts",
    "lost_work_s",
    "scale_outs",
    "scale_ins",
    "deployments_started",
    "deployments_completed",
    "deployments_failed",
    "deployments_rolled_back",
    "deployment_alarms_ignored",
    "task_hours",
    "instance_hours",
    "launches",
    "failed_launches",
    "rebalance_recommendations",
    "failures",
    "disconnects",
    "stuck_s",
    "fragmented_vcpu_hours",
    "fragmented_gib_hours",
    "succeeded",
    "failed",
    "skipped",
    "starts",
    "runs",
    "overlapping",
    "retries",
    "given_up",
    "reclaims",
    "state_changes",
    "in_alarm_s",
    "insufficient_data_s",
    "minutes_judged",
    "minutes_held",
];
/// Objects of sums.
const SUMS_BY_NAME: [&str; 6] = [
    "stopped",
    "refusals",
    "ended",
    "refused_requests",
    "lost",
    "distrust_s",
];
/// Counts over time, whose means are sums by their time.
const COUNTS: [&str; 10] = [
    "desired_count",
    "running_count",
    "pending_count",
    "unplaced_count",
    "desired_capacity",
    "on_demand",
    "spot",
    "empty",
    "warm",
    "waiting_tasks",
];

/// The sums of a summary by where they stand, with lists by the names of their entries.
fn sums(at: &str, value: &Value, seconds: f64, found: &mut BTreeMap<String, f64>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                sums(&format!("{at}[{index}]"), item, seconds, found);
            }
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                let at = format!("{at}.{key}");
                if COUNTS.contains(&key.as_str()) && value.is_object() {
                    let mean = value["mean"].as_f64().unwrap();
                    found.insert(at, mean * seconds);
                } else if SUMS_BY_NAME.contains(&key.as_str()) {
                    for (name, times) in value.as_object().into_iter().flatten() {
                        found.insert(format!("{at}.{name}"), times.as_f64().unwrap());
                    }
                } else if let Some(sum) = value.as_f64().filter(|_| SUMS.contains(&key.as_str())) {
                    found.insert(at, sum);
                } else {
                    sums(&at, value, seconds, found);
                }
            }
        }
        _ => {}
    }
}

fn sums_of(played: &PlayedRun) -> BTreeMap<String, f64> {
    let summary = &played.outcome.observed.summary;
    let mut found = BTreeMap::new();
    let value = serde_json::to_value(summary).unwrap();
    sums("", &value, summary.measured_s(), &mut found);
    found
}

fn check_sums([whole, past, measured]: [&PlayedRun; 3]) {
    let [whole, past, measured] = [whole, past, measured].map(sums_of);
    let names: BTreeSet<&String> = whole.keys().chain(measured.keys()).collect();
    let of = |sums: &BTreeMap<String, f64>, name: &String| sums.get(name).copied().unwrap_or(0.0);
    // What is to end an instance that lives may be another thing in the end.
    let is_sum = |name: &&&String| !name.contains(".ended.");
    for name in names.iter().filter(is_sum) {
        let (all, before, after) = (of(&whole, name), of(&past, name), of(&measured, name));
        let off = (all - before - after).abs();
        assert!(
            off <= 1e-6 + 1e-9 * all.abs(),
            "{name}: {all} less {before} is not {after}"
        );
    }
}

/// What a Spot instance costs is known when it ends: interrupted in its first hour, nothing. What
/// of a task's time was in vain likewise. A volume that outlives its task is paid beyond any end.
fn is_sum(key: &UsageKey) -> bool {
    use UsageClass::{Billed, Empty, StartUp};
    match key.meter {
        Meter::Ec2Spot(_) | Meter::SpotSpend(_) => false,
        Meter::TaskVolumes(_) | Meter::TaskVolumeIops(_) | Meter::TaskVolumeThroughput => false,
        Meter::UnlimitedCpu(_) | Meter::StandardCpu(_) => false,
        Meter::ManagedFee(InstanceKind::Spot(_)) => false,
        _ => matches!(key.class, Billed | StartUp | Empty),
    }
}

fn check_usage([whole, past, measured]: [&PlayedRun; 3]) {
    let [all, before, after] = [whole, past, measured].map(|it| &it.outcome.observed.usage);
    let keys: BTreeSet<UsageKey> = all.keys().chain(after.keys()).filter(is_sum).collect();
    // Each hour's sum of a load is rounded, and each task's share of an instance.
    let hours = all.reported().as_micros().div_ceil(3_600_000_000) as f64;
    let rounded = 2.0 + hours + whole.outcome.observed.tasks.len() as f64;
    for key in keys {
        let [all, before, after] = [all, before, after].map(|it| it.total(key) as f64);
        let off = (all - before - after).abs();
        let allowed = match key.meter {
            Meter::LogsIngested
            | Meter::InstanceReserved(_)
            | Meter::NewConnections
            | Meter::ActiveConnections
            | Meter::ProcessedBytes
            | Meter::RuleEvaluations
            | Meter::NewFlows(_)
            | Meter::ActiveFlows(_)
            | Meter::FlowBytes(_)
            | Meter::DataCrossZone
            | Meter::DataOutInternet
            | Meter::QueueRequests
            | Meter::NatBytes
            | Meter::VpcEndpointBytes => rounded + 1e-9 * all,
            // Hours begun: the one that the warm-up ends in is paid on both sides.
            Meter::NatGateways | Meter::VpcEndpoints => all / hours,
            _ => 0.0,
        };
        assert!(
            off <= allowed,
            "usage of {key:?}: {all} less {before} is not {after}"
        );
    }
}

/// The same of a run that ends where the warm-up does: a longer one does not change its past. Of
/// services with target tracking on Fargate and Spot, groups, programs, schedules, queues, rollouts
/// and alarms.
#[test]
fn shipped_scenarios_measure_the_whole_less_the_past() {
    let names = [
        "web-api",
        "ec2-spot-mixed",
        "ec2-autoscaling",
        "batch-queue",
        "nightly-jobs",
        "queue-workers",
        "canary",
        "circuit-breaker",
        "deployment-alarm",
        "daemon-load",
        "price-change",
        "managed-instances",
    ];
    names.par_iter().for_each(|name| {
        let path = root().join(format!("scenarios/{name}.yaml"));
        let mut plan = load(&path, &LoadOptions::default()).unwrap().plan;
        let day = SimDuration::from_secs(86_400);
        plan.run.duration = plan.run.duration.min(day);
        let minutes = plan.run.duration.as_micros() / 60_000_000;
        let warm_up = SimDuration::from_secs(60 * (minutes / 3));
        let limits = RunLimits::default();
        let whole = play(&plan, 0, &limits);
        let with = |change: &dyn Fn(&mut RunPlan)| {
            let mut plan = plan.clone();
            change(&mut plan.run);
            play(&plan, 0, &limits)
        };
        let past = with(&|run| run.duration = warm_up);
        let measured = with(&|run| run.warm_up = warm_up);
        println!("{name}");
        check_same_run(&whole, &measured, warm_up);
        check_sums([&whole, &past, &measured]);
        check_usage([&whole, &past, &measured]);
    });
}

/// The run goes on as it would: its events, series and lists.
fn check_same_run(whole: &PlayedRun, measured: &PlayedRun, warm_up: SimDuration) {
    let (one, other) = (&whole.outcome, &measured.outcome);
    assert_eq!(one.event_hash, other.event_hash, "it goes on as it would");
    let [one, other] = [one, other].map(|it| &it.observed);
    assert_eq!(
        format!("{:?} {:?} {:?}", one.metrics, one.tasks, one.instances),
        format!(
            "{:?} {:?} {:?}",
            other.metrics, other.tasks, other.instances
        ),
        "series and lists stay whole"
    );
    assert_eq!(other.summary.warm_up_s, warm_up.as_secs_f64());
    assert_eq!(other.usage.from(), SimTime::ZERO + warm_up);
}

#[test]
fn what_is_measured_after_a_warm_up_is_the_whole_less_the_past() {
    swarm("warm-up", 100, |draft| {
        let whole = run(draft);
        let plan = &whole.loaded.plan;
        let minutes = whole.played.outcome.stopped_at.as_micros() / 60_000_000;
        let warm_up = SimDuration::from_secs(60 * (minutes / 3));
        if warm_up.is_zero() {
            return;
        }
        let limits = limits(plan);
        let at = SimTime::ZERO + warm_up;
        let past = Course::past(plan, 0, at, &limits).so_far(at);
        let past = judge(plan, past);
        let mut warm = plan.clone();
        warm.run.warm_up = warm_up;
        let measured = play(&warm, 0, &limits);
        check_same_run(&whole.played, &measured, warm_up);
        let runs = [&whole.played, &past, &measured];
        check_sums(runs);
        check_usage(runs);
    });
}
