//! Tasks that ran out of memory: at their start, by what they work on at once, or by what their
//! code never gives back.

use super::cause::Ended;
use crate::catalog::fargate::{TaskSize, covering};
use crate::engine::{SimDuration, SimTime};
use crate::explain::{Difference, Replay, rules, words};
use crate::observe::inputs::{ContainerEnd, KeptMemory};
use crate::policy::restart::PERIOD_DEFAULT_S;
use crate::scenario::plan::{GrowthPlan, TaskDefinitionPlan};
use crate::units::MiB;
use crate::world::task::TaskRecord;

/// A container that ended because it had kept too much.
#[derive(Clone, Copy, Debug)]
struct Grown<'p> {
    plan: &'p GrowthPlan,
    definition: &'p TaskDefinitionPlan,
    kept: KeptMemory,
    limit_mib: f64,
    ran: SimDuration,
}

/// The last end of the essential container of a task up to an instant.
pub(super) fn last_end(
    replay: &Replay<'_>,
    record: &TaskRecord,
    until: SimTime,
) -> Option<(SimTime, ContainerEnd)> {
    let mut ends = replay.trail.ends.iter().rev();
    let is_its = |owner, ordinal| (owner, ordinal) == (record.owner, record.ordinal);
    ends.find(|(at, owner, ordinal, _)| *at <= until && is_its(*owner, *ordinal))
        .map(|(at, _, _, end)| (*at, *end))
}

/// It used more memory than it may.
pub(super) fn out_of_memory(replay: &Replay<'_>, record: &TaskRecord) -> Ended {
    let definition = replay.plan.task_definition(record.definition);
    let (work, idle) = (&definition.work, definition.work.memory_base_mib);
    let limit = definition.memory_limit(record.memory);
    let has = limit.map_or(f64::INFINITY, |limit| f64::from(limit.0));
    let each = work.memory_per_request_mib;
    let used = format!("it used more than its {} MiB of memory", words::number(has));
    let with_inputs = |why: String| {
        Ended::new(why, &[rules::MEMORY_LIMIT])
            .input("memory_mib", has)
            .input("idle_mib", idle)
            .input("perRequest_mib", each)
    };
    let idle_words = format!("idle: {} MiB", words::number(idle));
    // Where idle is too much already, the memory that it takes is known.
    if has < idle {
        let with = enough_memory(replay, record, idle).0;
        return with_inputs(format!("{used} ({idle_words})"))
            .or_with(with, "it would not have been killed at its start");
    }
    let until = record.times.stopping.unwrap_or(SimTime::MAX);
    if let Some(plan) = &work.memory_growth {
        let end = last_end(replay, record, until);
        let grown = end.and_then(|(at, end)| grown(replay, record, (plan, at, end)));
        return match grown {
            Some(grown) => by_growth(replay, record, (with_inputs, &grown, &used)),
            None => with_inputs(format!(
                "{used} ({idle_words}; what its code had kept by work.memory.growth is not known)"
            )),
        };
    }
    let ended = with_inputs(format!("{used} ({idle_words})"));
    if each <= 0.0 {
        return ended;
    }
    // No task works on more requests than it has slots.
    let most = idle + each * f64::from(work.slots);
    ended
        .detail(format!(
            "each request that it works on takes {} MiB more (`work.memory.perRequest`): more \
             than {} of them, on average over the service's tasks, are too many",
            words::number(each),
            words::number(libm::floor(10.0 * (has - idle) / each) / 10.0)
        ))
        .or_with(
            enough_memory(replay, record, most).0,
            format!(
                "{} requests at once, all its slots, would have fitted",
                work.slots
            ),
        )
}

/// How a container ended that had kept too much; `None`: what it had kept is not known.
fn grown<'p>(
    replay: &Replay<'p>,
    record: &TaskRecord,
    (plan, at, end): (&'p GrowthPlan, SimTime, ContainerEnd),
) -> Option<Grown<'p>> {
    let definition = replay.plan.task_definition(record.definition);
    Some(Grown {
        plan,
        definition,
        kept: end.kept?,
        limit_mib: f64::from(definition.memory_limit(record.memory)?.0),
        ran: at.since(end.since?),
    })
}

/// What an in-place restart was for, if its container had kept too much: in words, with the memory
/// that would have kept it longer.
pub(super) fn grown_words(
    replay: &Replay<'_>,
    record: &TaskRecord,
    (at, end): (SimTime, ContainerEnd),
) -> Option<(String, Vec<Difference>)> {
    let definition = replay.plan.task_definition(record.definition);
    let plan = definition.work.memory_growth.as_ref()?;
    let grown = grown(replay, record, (plan, at, end))?;
    let longer = grown.longer(replay, record);
    Some((grown.words(), longer.into_iter().collect()))
}

impl Grown<'_> {
    /// `400 MiB idle, 1,640 MiB that it had kept in the 21.7 h that it ran (work.memory.growth) and
    /// 8 MiB of the requests that it worked on`.
    fn words(&self) -> String {
        let idle = self.definition.work.memory_base_mib;
        let KeptMemory {
            kept_mib, busy_mib, ..
        } = self.kept;
        let mut parts = vec![
            format!("{} MiB idle", words::number(idle)),
            format!(
                "{} MiB that it had kept when it had run {} (work.memory.growth)",
                words::number(kept_mib),
                words::length(self.ran)
            ),
        ];
        if 0.05 <= busy_mib {
            let busy = words::number(busy_mib);
            parts.push(format!("{busy} MiB for the requests that it worked on"));
        }
        words::listed(&parts)
    }

    /// For how long it would have run with another limit, as fast as it had kept memory.
    fn lasts(&self, limit_mib: f64) -> Option<SimDuration> {
        let idle = self.definition.work.memory_base_mib;
        let while_it_ran = self.kept.kept_mib - self.kept.before_mib;
        let headroom = limit_mib - idle - self.kept.busy_mib - self.kept.before_mib;
        let times = headroom / while_it_ran;
        let is_known = 0.0 < while_it_ran && 0.0 < headroom;
        is_known.then(|| SimDuration::from_secs_f64(times * self.ran.as_secs_f64()))
    }

    /// The memory with which it would have lasted twice as long.
    fn longer(&self, replay: &Replay<'_>, record: &TaskRecord) -> Option<Difference> {
        let while_it_ran = self.kept.kept_mib - self.kept.before_mib;
        let needs = self.limit_mib + while_it_ran;
        let (with, has) = enough_memory(replay, record, needs);
        let lasts = self.lasts(f64::from(has.0))?;
        let then = format!(
            "as fast as it kept memory it would have run {}, not {}",
            words::length(lasts),
            words::length(self.ran)
        );
        Some(Difference::new(with, then))
    }
}

fn by_growth(
    replay: &Replay<'_>,
    record: &TaskRecord,
    (with_inputs, grown, used): (impl Fn(String) -> Ended, &Grown<'_>, &str),
) -> Ended {
    let KeptMemory {
        pace,
        kept_mib,
        before_mib,
        busy_mib,
    } = grown.kept;
    let growth = grown.plan.growth;
    let mut ended = with_inputs(format!("{used}: {}", grown.words()))
        .detail(format!(
            "its code keeps {} MiB an hour and {} KiB a request, this task {pace:.2} times that",
            words::number(growth.per_hour_mib),
            words::number(1_024.0 * growth.per_request_mib),
        ))
        .input("kept_mib", kept_mib)
        .input("keptBeforeTheRun_mib", before_mib)
        .input("ofRequests_mib", busy_mib)
        .input("pace", pace)
        .input("growthPerHour_mib", growth.per_hour_mib)
        .input("growthPerRequest_mib", growth.per_request_mib)
        .input("ran_s", grown.ran.as_secs_f64());
    if 0.05 <= before_mib {
        ended = ended.detail(format!(
            "of it {} MiB from before the run began (begin: steady)",
            words::number(before_mib)
        ));
    }
    ended.rules.push(rules::MEMORY_GROWTH);
    ended.otherwise.extend(grown.longer(replay, record));
    let free = grown.limit_mib - grown.definition.work.memory_base_mib - busy_mib;
    let policy = grown.definition.main_container();
    let policy = policy.and_then(|container| container.restart);
    let mut ended = ended.or_with(
        "no `work.memory.growth`",
        format!("{} MiB would still have been free", words::number(free)),
    );
    if policy.is_none() && SimDuration::from_secs(PERIOD_DEFAULT_S) <= grown.ran {
        ended.rules.push(rules::RESTART);
        return ended.or_with(
            "a restartPolicy of its container",
            "it would have been started again in its task, with nothing kept",
        );
    }
    ended
}

/// The least task size that has so much memory, on Fargate one that it runs: in words, and the
/// memory. Of a container with a limit of its own, that limit.
fn enough_memory(replay: &Replay<'_>, record: &TaskRecord, needs: f64) -> (String, MiB) {
    let memory = MiB(libm::ceil(needs) as u32);
    let definition = replay.plan.task_definition(record.definition);
    if definition.memory_limit(record.memory) != Some(record.memory) {
        let with = format!("a `memory` of its container of {} MiB or more", memory.0);
        return (with, memory);
    }
    let asked = TaskSize {
        cpu: record.cpu,
        memory,
    };
    let is_hosted = replay.plan.provider(record.provider).kind.is_hosted();
    match covering(asked).filter(|_| !is_hosted) {
        None => (format!("a `memory` of {} MiB or more", memory.0), memory),
        Some(size) if size.cpu == record.cpu => {
            (format!("a `memory` of {} MiB", size.memory.0), size.memory)
        }
        Some(size) => {
            let with = format!(
                "a `cpu` of {} and a `memory` of {} MiB",
                size.cpu.0, size.memory.0
            );
            (with, size.memory)
        }
    }
}
