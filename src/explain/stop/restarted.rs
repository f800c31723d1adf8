//! Tasks that failed their health checks because a container was started again in them, and did not
//! answer in time.

use super::cause::Ended;
use super::memory;
use crate::engine::{SimDuration, SimTime};
use crate::explain::{Difference, Replay, changes, rules, words};
use crate::observe::trail::Restarted;
use crate::policy::life_cycle::StopCause;
use crate::scenario::plan::TargetGroupPlan;
use crate::world::task::TaskRecord;

/// The largest `UnhealthyThresholdCount` (ELB user guide, target-group-health-checks).
const CHECKS_MAX: u32 = 10;

/// The restart after which a task was found UNHEALTHY; `None`: it failed for another reason.
pub(in crate::explain) fn found<'t>(
    replay: &Replay<'t>,
    record: &TaskRecord,
) -> Option<&'t Restarted> {
    let until = record.times.stopping.or(record.times.stopped)?;
    let mut restarts = replay.trail.restarts.iter().rev();
    restarts.find(|it| {
        let is_its = (it.owner, it.ordinal) == (record.owner, record.ordinal);
        is_its && it.noticed.is_some_and(|noticed| noticed <= until)
    })
}

/// Why the container was started again, and that it answered too late.
pub(super) fn words_of(
    replay: &Replay<'_>,
    record: &TaskRecord,
    restart: &Restarted,
) -> (String, Vec<Difference>) {
    let end = memory::last_end(replay, record, restart.at);
    let grown = end
        .filter(|(_, end)| end.cause == StopCause::OutOfMemory)
        .and_then(|end| memory::grown_words(replay, record, end));
    let why = match (&grown, end) {
        (Some((grown, _)), _) => format!("out of memory with {grown}"),
        (None, Some((_, end))) => format!(
            "{}, exit code {}",
            changes::cause_word(end.cause),
            end.exit_code
        ),
        (None, None) => "why is not known".to_owned(),
    };
    let told = format!(
        "its container ended at {} ({why}) and was started again in its task (restartPolicy); its \
         code answers {} later, too late for them",
        replay.clock().show(restart.at),
        words::length(restart.ready.since(restart.at))
    );
    (told, grown.map_or_else(Vec::new, |(_, longer)| longer))
}

/// With what checks that were noticed would have passed in time, or not have been asked.
pub(super) fn ended(
    mut ended: Ended,
    (restart, longer): (&Restarted, Vec<Difference>),
    group: Option<&TargetGroupPlan>,
) -> Ended {
    let takes = restart.ready.since(restart.at);
    let noticed = restart.noticed.unwrap_or(restart.ready);
    let within = noticed.since(restart.at);
    ended.rules.push(rules::RESTART);
    if !longer.is_empty() {
        ended
            .rules
            .extend([rules::MEMORY_LIMIT, rules::MEMORY_GROWTH]);
    }
    ended = ended
        .input("restartedInPlaceAfter_s", restart.at.as_secs_f64())
        .input("answersAgainAfter_s", takes.as_secs_f64())
        .input("foundUnhealthyAfter_s", within.as_secs_f64());
    if let Some(group) = group
        && let Some(checks) = patient(group, (noticed, restart.ready))
    {
        ended = ended.or_with(
            format!("an UnhealthyThresholdCount of {checks}"),
            "its target would have recovered before so many checks had failed",
        );
    }
    let whole = within.as_micros() / 1_000_000;
    if 0 < whole {
        ended = ended.or_with(
            format!("a `work.start` of {whole} s"),
            "it would have answered again before",
        );
    }
    ended.otherwise.extend(longer);
    ended.or_with(
        "no restartPolicy",
        "the task itself would have stopped when its container ended",
    )
}

/// The least `UnhealthyThresholdCount` with which a target is not found unhealthy that answers at
/// `ready`, and was found so at `noticed`.
fn patient(group: &TargetGroupPlan, (noticed, ready): (SimTime, SimTime)) -> Option<u32> {
    let had = group.checks_to_unhealthy;
    let at = |checks: u32| {
        let more = u64::from(checks - had) * group.health_check_interval.as_micros();
        noticed.saturating_add(SimDuration::from_micros(more))
    };
    (had + 1..=CHECKS_MAX).find(|checks| ready <= at(*checks))
}
