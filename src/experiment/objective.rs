//! Objectives judged: what a run says about each thing that is to hold.

use serde::Serialize;

use crate::billing::Bill;
use crate::observe::summary::{ObjectiveSummary, RunSummary};
use crate::scenario::plan::{Bound, ObjectiveMetric, ObjectivePlan, Plan, Scope};

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
    /// Minutes in which there was a value, for an objective about minutes.
    pub minutes_judged: Option<u64>,
    /// Minutes among them in which the bound held.
    pub minutes_held: Option<u64>,
}

/// The verdicts on all of the plan's objectives, in their order.
pub fn verdicts(plan: &Plan, summary: &RunSummary, bill: &Bill) -> Vec<ObjectiveVerdict> {
    let nothing = ObjectiveSummary::default();
    let judged = |(index, objective): (usize, &ObjectivePlan)| {
        let observed = summary.objectives.get(index).unwrap_or(&nothing);
        match objective.scope {
            Scope::Run => of_run(objective, run_value(objective, observed, (summary, bill))),
            Scope::Minutes(share) => of_minutes(objective, share, observed),
        }
    };
    plan.objectives.iter().enumerate().map(judged).collect()
}

/// Costs come from the bill, failed requests as their share of all, all else from what was
/// observed.
fn run_value(
    objective: &ObjectivePlan,
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
        ObjectiveMetric::Cost { per_month: true } => Some(bill.total_month.usd()),
        ObjectiveMetric::Cost { per_month: false } => Some(bill.total.usd()),
        ObjectiveMetric::TargetResponseTime
        | ObjectiveMetric::CpuUtilization
        | ObjectiveMetric::MemoryUtilization
        | ObjectiveMetric::OldestMessage
        | ObjectiveMetric::RunningTaskCount
        | ObjectiveMetric::LaunchDelay
        | ObjectiveMetric::Interruptions => observed.value,
    }
}

fn of_run(objective: &ObjectivePlan, value: Option<f64>) -> ObjectiveVerdict {
    let (bound, wanted) = match objective.bound {
        Bound::Below(bound) => (bound, "below"),
        Bound::Above(bound) => (bound, "above"),
    };
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
        unit: unit(objective.metric),
        margin,
        minutes_judged: None,
        minutes_held: None,
    }
}

fn of_minutes(
    objective: &ObjectivePlan,
    share: f64,
    observed: &ObjectiveSummary,
) -> ObjectiveVerdict {
    let (judged, held) = (observed.minutes_judged, observed.minutes_held);
    let value = (0 < judged).then(|| held as f64 / judged as f64);
    ObjectiveVerdict {
        text: objective.text.clone(),
        held: value.map(|value| share <= value),
        value,
        bound: share,
        wanted: "at_least",
        unit: "share",
        margin: value.map(|value| value - share),
        minutes_judged: Some(judged),
        minutes_held: Some(held),
    }
}

fn unit(metric: ObjectiveMetric) -> &'static str {
    match metric {
        ObjectiveMetric::TargetResponseTime
        | ObjectiveMetric::OldestMessage
        | ObjectiveMetric::LaunchDelay => "seconds",
        ObjectiveMetric::CpuUtilization | ObjectiveMetric::MemoryUtilization => "percent",
        ObjectiveMetric::FailedRequests => "share",
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
            let verdict = of_run(&objective(cpu, bound, Scope::Run), value);
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
