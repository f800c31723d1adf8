//! Containers that ended of themselves: what they had kept of memory, and why they were not started
//! again.

use super::{Replay, words};
use crate::engine::SimDuration;
use crate::policy::life_cycle::StopCause;
use crate::policy::restart::{RestartReason, restart};
use crate::scenario::plan::WorkPlan;
use crate::world::task::TaskRecord;

/// What a code keeps that never gives memory back, and for how long this one had.
pub(super) fn kept(record: &TaskRecord, work: &WorkPlan) -> String {
    let Some(plan) = work.memory_growth else {
        return String::new();
    };
    let ran = record.last_start().zip(record.times.stopping);
    let ran = ran.map_or(SimDuration::ZERO, |(from, to)| to.since(from));
    format!(
        ", and it kept {} MiB an hour and {} KiB a request of the {} that it ran: \
         work.memory.growth",
        words::number(plan.growth.per_hour_mib),
        words::number(1_024.0 * plan.growth.per_request_mib),
        words::length(ran)
    )
}

/// Why a container with a restart policy was not started again.
pub(super) fn not_restarted(
    replay: &Replay<'_>,
    record: &TaskRecord,
    cause: StopCause,
) -> Option<String> {
    let ended = StopCause::EssentialContainerExited;
    let definition = replay.plan.task_definition(record.definition);
    let policy = definition.main_container()?.restart?;
    let code = record.stop?.exit_code?;
    let until = record.times.stopping?;
    let ran = until.since(record.last_start()?);
    let of_itself = cause == ended || cause == StopCause::OutOfMemory;
    match restart(Some(&policy), code, ran) {
        _ if !of_itself => None,
        RestartReason::Restarts | RestartReason::NoPolicy => None,
        RestartReason::IgnoredExitCode => Some(format!(
            ", which its restartPolicy ignores (ignoredExitCodes has {code})"
        )),
        RestartReason::TooSoon => Some(format!(
            ", and was not started again: it had run {} of the {} of its restartPolicy",
            words::length(ran),
            words::length(policy.period)
        )),
    }
}
