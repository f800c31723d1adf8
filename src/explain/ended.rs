//! Containers that ended of themselves: why they were not started again.

use super::{Replay, words};
use crate::policy::life_cycle::StopCause;
use crate::policy::restart::{RestartReason, restart};
use crate::world::task::TaskRecord;

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
