//! `CompletedAt`: a schedule's tasks that are to be done by a time of day.

use super::super::aws::Aws;
use super::super::context::unknown_name;
use super::super::plan::{CompletionPlan, ObjectiveMetric, RunPlan};
use super::super::reader::MapReader;
use super::super::timeline::daily;

/// A completion with its words.
pub(super) struct Read {
    pub(super) plan: CompletionPlan,
    pub(super) words: String,
}

/// Reads `schedule` and `before`; `None` where the metric is another one, `Some(None)` where
/// something is wrong, which is reported.
pub(super) fn read(
    map: &mut MapReader<'_>,
    metric: ObjectiveMetric,
    (run, aws): (&RunPlan, &Aws),
) -> Option<Option<Read>> {
    let (schedule, before) = (map.field("schedule"), map.field("before"));
    if metric != ObjectiveMetric::CompletedAt {
        for field in [schedule, before].into_iter().flatten() {
            let message = "schedule and before are for the metric CompletedAt";
            field.error_at_key("unused-field", message).report();
        }
        return None;
    }
    let (Some(schedule), Some(before)) = (schedule, before) else {
        let message = "CompletedAt says of which schedule, and before what time of day";
        let help = "write it like { metric: CompletedAt, schedule: nightly, before: \"06:00\", in: \
                    95 % of runs }";
        map.error("missing-field", message).help(help).report();
        return Some(None);
    };
    let is_called = |source: &&super::super::plan::JobSourcePlan| source.target.is_some();
    let read = || {
        let name = schedule.str()?;
        let found = aws.job_source_named(name);
        let source = found.filter(|id| is_called(&&aws.job_sources[id.index()]));
        let Some(source) = source else {
            let known = aws.job_sources.iter().filter(is_called);
            unknown_name(
                &schedule,
                "schedule",
                name,
                known.map(|it| it.name.as_str()),
            );
            return None;
        };
        let time = before.time_of_day()?;
        Some(Read {
            words: format!("of {name} before {}", before.str()?),
            plan: CompletionPlan {
                source,
                tasks: aws.job_sources[source.index()].count,
                deadlines: daily(run, time, 1),
            },
        })
    };
    Some(read())
}
