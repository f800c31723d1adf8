//! What ended a task that ended by itself, could not start or was taken: the rule, what it was
//! decided from, and with what it would have gone on.

use serde_json::{Map, Value, json};

use super::{checks, memory, taken, under};
use crate::engine::{SimDuration, SimTime};
use crate::explain::{Difference, Finding, Replay, Rule, changes, ended, order, rules, words};
use crate::observe::tasks::stopped_reason;
use crate::policy::life_cycle::StopCause;
use crate::policy::task_start::StartPhase;
use crate::scenario::plan::{StartProblemPlan, WorkPlan};
use crate::world::task::{Owner, TaskRecord};

/// The end of a task, told.
#[derive(Debug, Default)]
pub(in crate::explain) struct Ended {
    /// Why.
    pub(in crate::explain) why: String,
    /// Further sentences.
    pub(in crate::explain) details: Vec<String>,
    /// What it was decided from.
    pub(in crate::explain) inputs: Map<String, Value>,
    /// The rules.
    pub(in crate::explain) rules: Vec<Rule>,
    /// With what it would have gone on.
    pub(in crate::explain) otherwise: Vec<Difference>,
}

impl Ended {
    pub(in crate::explain) fn new(why: impl Into<String>, rules: &[Rule]) -> Self {
        Ended {
            why: why.into(),
            rules: rules.to_vec(),
            ..Ended::default()
        }
    }

    pub(in crate::explain) fn input(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.inputs.insert(key.to_owned(), value.into());
        self
    }

    pub(in crate::explain) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }

    pub(in crate::explain) fn or_with(
        mut self,
        with: impl Into<String>,
        then: impl Into<String>,
    ) -> Self {
        self.otherwise.push(Difference::new(with, then));
        self
    }

    /// As a finding, with what is known of every end.
    pub(in crate::explain) fn finding(
        self,
        replay: &Replay<'_>,
        record: &TaskRecord,
        at: SimTime,
    ) -> Finding {
        let stop = record.stop;
        let mut inputs = self.inputs;
        let known = [
            ("stopCode", json!(stop.map(|stop| stop.code.as_str()))),
            ("stoppedReason", json!(stopped_reason(replay.plan, record))),
            ("exitCode", json!(stop.and_then(|stop| stop.exit_code))),
            ("lostWork_s", json!(record.lost_work.as_secs_f64())),
        ];
        inputs.extend(known.map(|(key, value)| (key.to_owned(), value)));
        Finding::new("Why did it stop?", self.why, Value::Object(inputs))
            .decided(replay.plan, at)
            .details(self.details)
            .by(&self.rules)
            .otherwise(self.otherwise)
    }
}

/// What ended a task, by its cause.
pub(in crate::explain) fn told(
    replay: &Replay<'_>,
    record: &TaskRecord,
    cause: StopCause,
) -> Ended {
    let problem = record.problem.map(|id| replay.plan.boundary.problem(id));
    if let Some(problem) = problem.filter(|problem| problem.cause == cause) {
        return not_started(problem);
    }
    let cannot_start = cause == StopCause::CannotStartContainer;
    if let Some(unresolved) = record.unresolved.filter(|_| cannot_start) {
        let (why, otherwise) = order::unresolved(replay, record, unresolved);
        let mut told = Ended::new(why, &[rules::START]);
        told.otherwise.extend(otherwise);
        return told;
    }
    let mut told = by_cause(replay, record, cause);
    if let Some(stayed) = ended::not_restarted(replay, record, cause) {
        told.why.push_str(&stayed);
        told.rules.push(rules::RESTART);
    }
    told
}

fn by_cause(replay: &Replay<'_>, record: &TaskRecord, cause: StopCause) -> Ended {
    match cause {
        StopCause::EssentialContainerExited => exited(replay, record),
        StopCause::OutOfMemory => memory::out_of_memory(replay, record),
        StopCause::CannotPullContainer => failed_start(replay, record),
        StopCause::HostTerminated | StopCause::InstanceDraining => {
            under::ended(replay, record, cause)
        }
        StopCause::InfrastructureHealth => taken::host_failed(replay, record),
        StopCause::Maintenance => taken::retired(replay, record),
        StopCause::FailedElbHealthChecks => checks::of_target(replay, record),
        StopCause::FailedContainerHealthChecks => checks::of_containers(replay, record),
        StopCause::CapacityUnavailable | StopCause::NoInstanceHadRoom(_) => {
            taken::given_up(replay, record)
        }
        StopCause::StoppedByUser => Ended::new("somebody called StopTask", &[rules::STOP_TASK])
            .or_with("no such call", "it would have gone on"),
        StopCause::ScalingActivity => {
            Ended::new("the service had more tasks than desired", &[rules::TO_STOP]).or_with(
                "as many tasks desired as there were",
                "it would have stayed",
            )
        }
        StopCause::SpotInterruption => Ended::new(
            changes::cause_word(cause),
            &[rules::RECLAIM, rules::SIGKILL],
        )
        .or_with("a task on FARGATE", "nothing takes it back"),
        StopCause::ResourceInitialization
        | StopCause::CannotStartContainer
        | StopCause::RoleNotAssumed
        | StopCause::NetworkInterface => Ended::new(changes::cause_word(cause), &[rules::START]),
    }
}

/// Something that its start needs is missing.
fn not_started(problem: &StartProblemPlan) -> Ended {
    let told = problem.cause.stopped_reason(&problem.detail);
    let (stage, with) = match problem.phase {
        StartPhase::Role => (
            "its roles",
            "a role that ecs-tasks.amazonaws.com may assume",
        ),
        StartPhase::Network => ("its network interface", "a free address in its subnet"),
        StartPhase::Resources => (
            "its secrets, its registry's authentication and its log driver",
            "the permission, the route or the thing that this message names",
        ),
        StartPhase::Pull => (
            "its image",
            "an image, a route and a permission with which it can be pulled",
        ),
        StartPhase::Containers => ("its containers", "containers that can be started"),
    };
    let tried = match problem.lasts.is_zero() {
        true => "at once".to_owned(),
        false => format!("after {} of trying", words::length(problem.lasts)),
    };
    Ended::new(format!("it could not start: {told}"), &[rules::START])
        .detail(format!(
            "its start got as far as {stage}, and gave up {tried}"
        ))
        .input("startPhase", stage)
        .input("triedFor_s", problem.lasts.as_secs_f64())
        .or_with(with, "its start would have gone on from there")
}

/// How long it ran.
fn ran(record: &TaskRecord) -> SimDuration {
    let times = &record.times;
    let ended = times.stopping.or(times.stopped);
    match (times.started, ended) {
        (Some(started), Some(ended)) => ended.since(started),
        _ => SimDuration::ZERO,
    }
}

fn exited(replay: &Replay<'_>, record: &TaskRecord) -> Ended {
    let work = &replay.plan.task_definition(record.definition).work;
    let exit = record.stop.and_then(|stop| stop.exit_code);
    let ran = ran(record);
    if exit == Some(0) {
        let ended = Ended::new("its work was done (exit code 0)", &[rules::ESSENTIAL])
            .input("worked_s", ran.as_secs_f64());
        if ran.is_zero() {
            return ended;
        }
        let half = SimDuration::from_micros(ran.as_micros() / 2);
        return ended.or_with(
            format!("half as much work left, {}", words::length(half)),
            format!("it would have ended {} earlier", words::length(half)),
        );
    }
    let code = exit.map_or_else(String::new, |code| format!(" with exit code {code}"));
    match record.owner {
        Owner::Service(_) => crashed(work, ran, &code),
        Owner::Job(_) => {
            let its = work.exit_codes.iter().find(|it| Some(it.0) == exit);
            let share = its.map_or(1.0, |it| it.1);
            let percent = words::number(100.0 * share);
            let why = format!(
                "its essential container exited{code}, as {percent} % of its kind do (`work.exit`)"
            );
            let ended = Ended::new(why, &[rules::ESSENTIAL])
                .input("worked_s", ran.as_secs_f64())
                .input("shareOfThisCode", share);
            match (share < 1.0, exit) {
                (true, Some(code)) => ended.or_with(
                    format!("no exit code {code} in `work.exit.codes`"),
                    "it would have ended then all the same, with another code",
                ),
                _ => ended.or_with("exit code 0 in `work.exit.codes`", "its job would be done"),
            }
        }
    }
}

/// A crash of a service's task: at its time, or by chance.
fn crashed(work: &WorkPlan, ran: SimDuration, code: &str) -> Ended {
    let by = &[rules::ESSENTIAL];
    let exited = format!("its essential container exited{code}");
    match (work.crash_after, work.mttf) {
        (Some(after), _) if after == ran => {
            let after = words::length(after);
            let why = format!(
                "{exited}: a crash, to which every task of its revision comes {after} after \
                 RUNNING (`work.crashes.after`)"
            );
            let told = Ended::new(why, by).input("crashesAfter_s", ran.as_secs_f64());
            told.or_with("no `work.crashes.after`", "it would have gone on")
        }
        (_, Some(mttf)) => {
            let twice = SimDuration::from_micros(mttf.as_micros().saturating_mul(2));
            let mttf_words = words::length(mttf);
            let why = format!("{exited}: a crash, one in {mttf_words} of running (`work.crashes`)");
            let later = SimDuration::from_micros(ran.as_micros().saturating_mul(2));
            Ended::new(why, by)
                .input("mttf_s", mttf.as_secs_f64())
                .input("ran_s", ran.as_secs_f64())
                .or_with(
                    format!("an `mttf` of {}, twice as long", words::length(twice)),
                    format!(
                        "the same draw would have crashed it after {}, not {}",
                        words::length(later),
                        words::length(ran)
                    ),
                )
        }
        (_, None) => Ended::new(exited, by).input("ran_s", ran.as_secs_f64()),
    }
}

fn failed_start(replay: &Replay<'_>, record: &TaskRecord) -> Ended {
    let work = &replay.plan.task_definition(record.definition).work;
    let share = words::number(100.0 * work.start_failures);
    let why = format!("it failed before RUNNING, as {share} % of its kind do (`work`)");
    Ended::new(why, &[rules::START])
        .input("startFailures", work.start_failures)
        .or_with("no `work.startFailures`", "it would have reached RUNNING")
}
