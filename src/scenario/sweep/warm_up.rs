//! `sweep.warmUp`: the part of each run that is not reported, found by pilot runs.

use super::super::context::Context;
use super::super::reader::{Field, MapReader};
use super::super::source::Span;

/// The most pilot runs of a cell.
const PILOTS_MAX: u32 = 1_000;

/// How the warm-up of a sweep's runs is found. The one method is MSER-5.
#[derive(Clone, PartialEq, Debug)]
pub struct WarmUpPlan {
    /// Pilot runs of each cell.
    pub pilots: u32,
    /// What has to settle.
    pub metrics: Vec<PilotMetric>,
    /// Where it stands in the file.
    pub place: Span,
}

/// What is looked at, minute by minute.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PilotMetric {
    /// RUNNING tasks of the whole cluster.
    TaskCount,
    /// RUNNING tasks of each service.
    RunningTaskCount,
    /// The mean response time of each service.
    TargetResponseTime,
    /// Messages that wait in each queue.
    VisibleMessages,
}

impl PilotMetric {
    /// All of them by their names.
    pub const ALL: [(&'static str, PilotMetric); 4] = [
        ("TaskCount", PilotMetric::TaskCount),
        ("RunningTaskCount", PilotMetric::RunningTaskCount),
        ("TargetResponseTime", PilotMetric::TargetResponseTime),
        (
            "ApproximateNumberOfMessagesVisible",
            PilotMetric::VisibleMessages,
        ),
    ];

    /// CloudWatch's name.
    pub fn name(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|it| it.1 == self).map_or("", |it| it.0)
    }
}

/// Reads `warmUp`: the method's name, or a block.
pub(super) fn read(cx: &Context<'_>, map: &mut MapReader<'_>) -> Option<WarmUpPlan> {
    let field = map.field("warmUp")?;
    let mut plan = WarmUpPlan {
        pilots: 0,
        metrics: PilotMetric::ALL.iter().map(|it| it.1).collect(),
        place: field.span(),
    };
    let given = match field.is_mapping() {
        true => block(&field, &mut plan)?,
        false => {
            method(&field)?;
            None
        }
    };
    plan.pilots = given.unwrap_or_else(|| cx.default_u32("sweep.warmUp.pilots"));
    Some(plan)
}

/// The pilots that a block asks for, if it does.
fn block(field: &Field<'_>, plan: &mut WarmUpPlan) -> Option<Option<u32>> {
    let mut map = field.map()?;
    let chosen = map.required("method");
    let pilots = map.u32("pilots", 1..=PILOTS_MAX);
    let metrics = map.list("metrics");
    map.finish();
    method(&chosen?)?;
    let chosen = metrics.iter().map(|it| it.choice(&PilotMetric::ALL));
    let mut chosen: Vec<PilotMetric> = chosen.collect::<Option<_>>()?;
    if !chosen.is_empty() {
        chosen.sort();
        chosen.dedup();
        plan.metrics = chosen;
    }
    Some(pilots)
}

/// There is one method; a time belongs to `run`.
fn method(field: &Field<'_>) -> Option<()> {
    field.choice(&[("mser5", ())])
}
