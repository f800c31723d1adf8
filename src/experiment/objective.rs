//! Objectives judged: what a run says about each thing that is to hold.

use serde::Serialize;

use crate::billing::{Bill, Subtotal};
use crate::observe::summary::{ObjectiveSummary, RunSummary, TaskSummary};
use crate::scenario::plan::{Bound, ObjectiveMetric, ObjectivePlan, Plan, Scope};
use crate::units::MicroUsd;

/// What a run says about an objective.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ObjectiveVerdict {
    /// The objective in words.
    pub text: String,
    /// Whether it held; `null` where there was nothing to judge.
    pub held: Option<bool>,
    /// The value that was judged, in `unit`: the metric's, or the share of minutes in which its
    /// bound held.
    pub value: Option<f64>,
    /// What the value is compared with, in `unit`.
    pub bound: f64,
    /// `below` or `above` the bound; `at_least` for a share of minutes.
    pub wanted: &'static str,
    /// `seconds`, `percent`, `share`, `tasks`, `usd`, `usd_per_month`.
    pub unit: &'static str,
    /// How far the value is on the good side of the bound; negative where it is broken.
    pub margin: Option<f64>,
    /// What a share is of: minutes, calls, first tries, tasks or hours of tasks; 1 for what is no
    /// share. Over replications a share is that of all of them together.
    #[serde(skip)]
    pub weight: f64,
    /// Minutes in which there was a value, for an objective about minutes.
    pub minutes_judged: Option<u64>,
    /// Minutes among them in which the bound held.
    pub minutes_held: Option<u64>,
    /// A schedule's calls whose time is over, for an objective about them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_judged: Option<u64>,
    /// Calls among them of which all tasks were done in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls_held: Option<u64>,
}

/// The verdicts on all of the plan's objectives, in their order.
pub fn verdicts(plan: &Plan, summary: &RunSummary, bill: &Bill) -> Vec<ObjectiveVerdict> {
    let nothing = ObjectiveSummary::default();
    let judged = |(index, objective): (usize, &ObjectivePlan)| {
        let observed = summary.objectives.get(index).unwrap_or(&nothing);
        match objective.scope {
            Scope::Run => of_run(
                objective,
                run_value((plan, objective), observed, (summary, bill)),
                run_weight(objective, summary),
            ),
            Scope::Minutes(share) => of_minutes(objective, share, observed),
            Scope::Calls(share) => of_calls(objective, share, observed),
        }
    };
    plan.objectives.iter().enumerate().map(judged).collect()
}

/// Costs come from the bill, shares from the counts of the whole run, all else from what was
/// observed.
fn run_value(
    (plan, objective): (&Plan, &ObjectivePlan),
    observed: &ObjectiveSummary,
    (summary, bill): (&RunSummary, &Bill),
) -> Option<f64> {
    match objective.metric {
        ObjectiveMetric::FailedRequests => {
            let of_service = objective
                .service
                .map(|id| &summary.services[id.index()].load);
            let percent = match of_service {
                Some(load) => load.as_ref()?.failed_percent,
                None => summary.total.failed_percent,
            };
            percent.map(|percent| percent / 100.0)
        }
        ObjectiveMetric::Cost { per_month } => {
            let name = objective.service.map(|id| &plan.services[id.index()].name);
            let (run, month) = match name {
                None => (bill.total, bill.total_month),
                Some(name) => {
                    let owners = bill.by_owner();
                    let is_it = |it: &&Subtotal| it.kind == "service" && it.name == *name;
                    let its = owners.iter().find(is_it);
                    its.map_or((MicroUsd::ZERO, MicroUsd::ZERO), |it| {
                        (it.cost, it.cost_month)
                    })
                }
            };
            Some(if per_month { month.usd() } else { run.usd() })
        }
        ObjectiveMetric::InterruptedTasks => {
            let tasks = tasks_of(objective, summary);
            let (taken, all) = (tasks.interruptions, tasks.ran);
            (0 < all).then(|| taken as f64 / all as f64)
        }
        ObjectiveMetric::LostWork => {
            let tasks = tasks_of(objective, summary);
            let hours = hours_of(objective, summary);
            (0.0 < hours).then(|| tasks.lost_work_s / (hours * 3_600.0))
        }
        ObjectiveMetric::CompletedAt => None,
        ObjectiveMetric::TargetResponseTime
        | ObjectiveMetric::CpuUtilization
        | ObjectiveMetric::MemoryUtilization
        | ObjectiveMetric::OldestMessage
        | ObjectiveMetric::RunningTaskCount
        | ObjectiveMetric::LaunchDelay
        | ObjectiveMetric::Interruptions => observed.value,
    }
}

/// What a share of the whole run is of; 1 for what is no share.
fn run_weight(objective: &ObjectivePlan, summary: &RunSummary) -> f64 {
    match objective.metric {
        ObjectiveMetric::FailedRequests => {
            let of_service = |at: usize| summary.services[at].load.as_ref();
            let loads = match objective.service {
                Some(id) => id.index()..id.index() + 1,
                None => 0..summary.services.len(),
            };
            let loads = loads.filter_map(of_service);
            // Not `sum`, which makes a negative zero of nothing.
            loads
                .map(|load| load.first_tries)
                .fold(0.0, |sum, it| sum + it)
        }
        ObjectiveMetric::InterruptedTasks => tasks_of(objective, summary).ran as f64,
        ObjectiveMetric::LostWork => hours_of(objective, summary),
        ObjectiveMetric::CompletedAt
        | ObjectiveMetric::Cost { .. }
        | ObjectiveMetric::TargetResponseTime
        | ObjectiveMetric::CpuUtilization
        | ObjectiveMetric::MemoryUtilization
        | ObjectiveMetric::OldestMessage
        | ObjectiveMetric::RunningTaskCount
        | ObjectiveMetric::LaunchDelay
        | ObjectiveMetric::Interruptions => 1.0,
    }
}

/// Hours in which tasks ran, added up.
fn hours_of(objective: &ObjectivePlan, summary: &RunSummary) -> f64 {
    match objective.service {
        Some(id) => {
            summary.services[id.index()].running_count.mean * summary.measured_s() / 3_600.0
        }
        None => {
            let hours = summary.providers.iter().map(|it| it.task_hours);
            hours.fold(0.0, |sum, it| sum + it)
        }
    }
}

fn tasks_of<'a>(objective: &ObjectivePlan, summary: &'a RunSummary) -> &'a TaskSummary {
    match objective.service {
        Some(id) => &summary.services[id.index()].tasks,
        None => &summary.total.tasks,
    }
}

/// What an objective's value is compared with, and on which side of it the value is to be.
pub fn wanted(objective: &ObjectivePlan) -> (f64, &'static str) {
    match (objective.scope, objective.bound) {
        (Scope::Minutes(share) | Scope::Calls(share), _) => (share, "at_least"),
        (Scope::Run, Bound::Below(bound)) => (bound, "below"),
        (Scope::Run, Bound::Above(bound)) => (bound, "above"),
    }
}

/// The unit of an objective's value.
pub fn unit(objective: &ObjectivePlan) -> &'static str {
    match objective.scope {
        Scope::Minutes(_) | Scope::Calls(_) => "share",
        Scope::Run => unit_of(objective.metric),
    }
}

fn of_run(objective: &ObjectivePlan, value: Option<f64>, weight: f64) -> ObjectiveVerdict {
    let (bound, wanted) = wanted(objective);
    let margin = value.map(|value| match objective.bound {
        Bound::Below(bound) => bound - value,
        Bound::Above(bound) => value - bound,
    });
    ObjectiveVerdict {
        text: objective.text.clone(),
        held: margin.map(|margin| 0.0 < margin),
        value,
        bound,
        wanted,
        unit: unit(objective),
        margin,
        weight,
        minutes_judged: None,
        minutes_held: None,
        calls_judged: None,
        calls_held: None,
    }
}

fn of_minutes(
    objective: &ObjectivePlan,
    share: f64,
    observed: &ObjectiveSummary,
) -> ObjectiveVerdict {
    let (judged, held) = (observed.minutes_judged, observed.minutes_held);
    ObjectiveVerdict {
        minutes_judged: Some(judged),
        minutes_held: Some(held),
        ..of_share(objective, share, (judged, held))
    }
}

fn of_calls(
    objective: &ObjectivePlan,
    share: f64,
    observed: &ObjectiveSummary,
) -> ObjectiveVerdict {
    let judged = observed.calls_judged.unwrap_or(0);
    let held = observed.calls_held.unwrap_or(0);
    ObjectiveVerdict {
        calls_judged: Some(judged),
        calls_held: Some(held),
        ..of_share(objective, share, (judged, held))
    }
}

/// `held` of `judged` are to be at least `share`.
fn of_share(objective: &ObjectivePlan, share: f64, (judged, held): (u64, u64)) -> ObjectiveVerdict {
    let value = (0 < judged).then(|| held as f64 / judged as f64);
    ObjectiveVerdict {
        text: objective.text.clone(),
        held: value.map(|value| share <= value),
        value,
        bound: share,
        wanted: "at_least",
        unit: "share",
        margin: value.map(|value| value - share),
        weight: judged as f64,
        minutes_judged: None,
        minutes_held: None,
        calls_judged: None,
        calls_held: None,
    }
}

fn unit_of(metric: ObjectiveMetric) -> &'static str {
    match metric {
        ObjectiveMetric::TargetResponseTime
        | ObjectiveMetric::OldestMessage
        | ObjectiveMetric::LaunchDelay => "seconds",
        ObjectiveMetric::CpuUtilization | ObjectiveMetric::MemoryUtilization => "percent",
        ObjectiveMetric::FailedRequests
        | ObjectiveMetric::InterruptedTasks
        | ObjectiveMetric::LostWork
        | ObjectiveMetric::CompletedAt => "share",
        ObjectiveMetric::RunningTaskCount | ObjectiveMetric::Interruptions => "tasks",
        ObjectiveMetric::Cost { per_month: true } => "usd_per_month",
        ObjectiveMetric::Cost { per_month: false } => "usd",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::plan::Statistic;

    fn objective(metric: ObjectiveMetric, bound: Bound, scope: Scope) -> ObjectivePlan {
        let text = "an objective".to_owned();
        ObjectivePlan {
            text,
            metric,
            service: None,
            statistic: Statistic::Average,
            bound,
            scope,
            completion: None,
            probability: None,
        }
    }

    /// Bounds are strict: a value on the bound does not hold.
    #[test]
    fn a_bound_holds_strictly_and_the_margin_is_positive_on_the_good_side() {
        let cpu = ObjectiveMetric::CpuUtilization;
        for (bound, value, held, margin) in [
            (Bound::Below(60.0), Some(45.0), Some(true), Some(15.0)),
            (Bound::Below(60.0), Some(60.0), Some(false), Some(0.0)),
            (Bound::Above(60.0), Some(45.0), Some(false), Some(-15.0)),
            (Bound::Above(60.0), None, None, None),
        ] {
            let verdict = of_run(&objective(cpu, bound, Scope::Run), value, 1.0);
            assert_eq!(
                (verdict.held, verdict.margin),
                (held, margin),
                "{bound:?} {value:?}"
            );
        }
    }

    /// 999 of 1,000 minutes are 99.9 %: "in 99.9 % of minutes" holds; 998 do not suffice.
    #[test]
    fn a_share_of_minutes_is_reached_by_exactly_that_share() {
        let response = ObjectiveMetric::TargetResponseTime;
        let objective = objective(response, Bound::Below(0.5), Scope::Minutes(0.999));
        let held = |minutes_held, minutes_judged| {
            let observed = ObjectiveSummary {
                minutes_held,
                minutes_judged,
                ..Default::default()
            };
            of_minutes(&objective, 0.999, &observed).held
        };
        assert_eq!(held(999, 1_000), Some(true));
        assert_eq!(held(998, 1_000), Some(false));
        assert_eq!(held(0, 0), None);
    }
}
