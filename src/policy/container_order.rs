//! The order of a task's containers: when each starts, by what it depends on, and when all have
//! stopped, in reverse.
//!
//! Sources: API ContainerDependency and ContainerDefinition (2026-11); what resolves a dependency
//! and what never can, and whose `startTimeout` counts: amazon-ecs-agent,
//! `engine/dependencygraph` (2026-06).

use crate::engine::time::SimDuration;

/// The most containers of a task definition (service quotas, 2026-11).
pub const CONTAINERS_MAX: usize = 10;

/// How long ECS leaves a task whose containers wait for what never comes.
///
/// ASSUMPTION: users of AWS report three hours in PENDING (aws/containers-roadmap issues 1532 and
/// 2379); AWS does not publish it.
pub const GIVES_UP_AFTER: SimDuration = SimDuration::from_secs(3 * 3_600);

/// A `condition` of `dependsOn`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Condition {
    /// `START`: it has started.
    Start,
    /// `COMPLETE`: it has ended, whatever its exit code.
    Complete,
    /// `SUCCESS`: it has ended with exit code 0.
    Success,
    /// `HEALTHY`: its health check has passed.
    Healthy,
}

impl Condition {
    /// All of them, by AWS's names.
    pub const ALL: [(&'static str, Condition); 4] = [
        ("START", Condition::Start),
        ("COMPLETE", Condition::Complete),
        ("SUCCESS", Condition::Success),
        ("HEALTHY", Condition::Healthy),
    ];

    /// AWS's name of it.
    pub fn name(self) -> &'static str {
        let mut all = Condition::ALL.iter();
        let its = all.find(|(_, condition)| *condition == self);
        its.map_or("", |(name, _)| name)
    }

    /// Whether it waits for the other's end: not allowed of an essential container, whose end ends
    /// the task (API ContainerDependency).
    pub fn waits_for_end(self) -> bool {
        matches!(self, Condition::Complete | Condition::Success)
    }
}

/// An entry of `dependsOn`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dependency {
    /// The position of the container that it waits for.
    pub on: usize,
    /// What it waits for.
    pub condition: Condition,
}

/// What a container does from its own start on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Behaviour {
    /// After how long it ends by itself, with which exit code; `None`: it runs on.
    pub ends: Option<(SimDuration, i32)>,
    /// After how long its health check passes; `None`: never.
    pub healthy: Option<SimDuration>,
    /// `startTimeout`: how long others wait for it.
    pub start_timeout: Option<SimDuration>,
}

/// Why a container can't start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OrderReason {
    /// The other did not come so far within its `startTimeout`.
    TimedOut,
    /// The other ended with an exit code other than 0.
    NotSuccessful,
    /// The other never comes so far and has no `startTimeout`: ECS gives the task up after hours.
    Never,
}

/// A container that can't start, which stops its task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unresolved {
    /// Its position.
    pub container: usize,
    /// What it waited for.
    pub dependency: Dependency,
    /// Why that does not come.
    pub reason: OrderReason,
}

/// When the containers of a task start, counted from the instant at which the first may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct Starts {
    /// By position; of those after a failure, what they would have been.
    of: [SimDuration; CONTAINERS_MAX],
    /// When the last has started: the task is RUNNING.
    pub all: SimDuration,
    /// What keeps the task from RUNNING, and when: the first such thing.
    pub fails: Option<(SimDuration, Unresolved)>,
}

impl Starts {
    /// All at once.
    pub const AT_ONCE: Starts = Starts {
        of: [SimDuration::ZERO; CONTAINERS_MAX],
        all: SimDuration::ZERO,
        fails: None,
    };

    /// When a container starts.
    pub fn of(&self, container: usize) -> SimDuration {
        self.of[container]
    }

    /// How long before RUNNING a container has started.
    pub fn before_running(&self, container: usize) -> SimDuration {
        let started = self.of[container].as_micros();
        SimDuration::from_micros(self.all.as_micros().saturating_sub(started))
    }
}

/// An order in which every container comes after what it depends on, or a container of a cycle.
/// `depends_on` are the dependencies by position.
pub fn sequence(depends_on: &[&[Dependency]]) -> Result<Vec<usize>, usize> {
    let mut order: Vec<usize> = Vec::new();
    while order.len() < depends_on.len() {
        let is_free = |container: &usize| {
            let mut its = depends_on[*container].iter();
            !order.contains(container) && its.all(|it| order.contains(&it.on))
        };
        match (0..depends_on.len()).find(is_free) {
            Some(next) => order.push(next),
            None => return Err(in_cycle(depends_on, &order)),
        }
    }
    Ok(order)
}

/// A container of a cycle, where those not in `done` all wait: from the first of them as often on
/// to what it waits for as there are containers.
fn in_cycle(depends_on: &[&[Dependency]], done: &[usize]) -> usize {
    let waits = |container: usize| {
        let mut its = depends_on[container].iter().map(|it| it.on);
        its.find(|on| !done.contains(on)).unwrap_or(container)
    };
    let first = (0..depends_on.len()).find(|it| !done.contains(it));
    (0..depends_on.len()).fold(first.unwrap_or(0), |at, _| waits(at))
}

/// A container starts when all that it depends on have come so far as it asks; a task is RUNNING
/// when its last container has started. What never comes, or not within the other's
/// `startTimeout`, stops the task before.
///
/// Source: API ContainerDependency and ContainerDefinition.startTimeout: B with a startTimeout that
/// does not reach COMPLETE within it keeps A from starting, and the task goes to STOPPED. A
/// dependency that exited with another code than 0 never is a SUCCESS: the agent gives up at once.
/// ASSUMPTION: images are pulled and containers made before the first starts, so that a dependency
/// alone costs its own time (the agent pulls a dependant's image after it, which takes as long).
///
/// `order` is one by [`sequence`], `depends_on` the dependencies by position.
pub fn starts<'a>(
    order: &[usize],
    depends_on: impl Fn(usize) -> &'a [Dependency],
    behaviours: &[Behaviour],
) -> Starts {
    let mut starts = Starts::AT_ONCE;
    for &container in order {
        let mut begin = SimDuration::ZERO;
        for &dependency in depends_on(container) {
            let since = starts.of[dependency.on];
            match resolved_after(dependency.condition, &behaviours[dependency.on]) {
                Ok(after) => begin = begin.max(since + after),
                Err((after, reason)) => {
                    let unresolved = Unresolved {
                        container,
                        dependency,
                        reason,
                    };
                    starts.fail(since + after, unresolved);
                }
            }
        }
        starts.of[container] = begin;
        starts.all = starts.all.max(begin);
    }
    starts
}

impl Starts {
    fn fail(&mut self, at: SimDuration, unresolved: Unresolved) {
        if self.fails.is_none_or(|(known, _)| at < known) {
            self.fails = Some((at, unresolved));
        }
    }
}

/// How long after its start a container has come as far as another asks, or after how long it is
/// sure that it will not.
fn resolved_after(
    condition: Condition,
    of: &Behaviour,
) -> Result<SimDuration, (SimDuration, OrderReason)> {
    let ended = of.ends.map(|(after, _)| after);
    let comes = match condition {
        // `startTimeout` is for what comes after the start.
        Condition::Start => return Ok(SimDuration::ZERO),
        Condition::Complete => ended,
        Condition::Success => match of.ends {
            Some((after, code)) if code != 0 => {
                return Err(match of.start_timeout {
                    Some(timeout) if timeout < after => (timeout, OrderReason::TimedOut),
                    Some(_) | None => (after, OrderReason::NotSuccessful),
                });
            }
            Some(_) | None => ended,
        },
        Condition::Healthy => {
            let healthy = of.healthy;
            healthy.filter(|at| ended.is_none_or(|ended| *at <= ended))
        }
    };
    match (comes, of.start_timeout) {
        (Some(after), Some(timeout)) if timeout < after => Err((timeout, OrderReason::TimedOut)),
        (Some(after), _) => Ok(after),
        (None, Some(timeout)) => Err((timeout, OrderReason::TimedOut)),
        (None, None) => Err((GIVES_UP_AFTER, OrderReason::Never)),
    }
}

/// How long a task takes to stop: a container is stopped when all that depend on it have stopped.
///
/// Source: API ContainerDependency: the order is reversed for container shutdown. `takes` says how
/// long each takes from its SIGTERM; those that have ended take none.
pub fn stops_in<'a>(
    order: &[usize],
    depends_on: impl Fn(usize) -> &'a [Dependency],
    takes: &[SimDuration],
) -> SimDuration {
    let mut told = [SimDuration::ZERO; CONTAINERS_MAX];
    let mut all = SimDuration::ZERO;
    for &container in order.iter().rev() {
        let stopped = told[container] + takes[container];
        all = all.max(stopped);
        for dependency in depends_on(container) {
            told[dependency.on] = told[dependency.on].max(stopped);
        }
    }
    all
}

/// From SIGTERM to SIGKILL: a container's own `stopTimeout`, else `ECS_CONTAINER_STOP_TIMEOUT` of its
/// instance's agent, else 30 s.
///
/// Source: API ContainerDefinition: stopTimeout (2026-11).
///
/// ```
/// # use fleetcast::engine::SimDuration;
/// # use fleetcast::policy::container_order::stop_timeout;
/// let s = |seconds| Some(SimDuration::from_secs(seconds));
/// let usual = SimDuration::from_secs(30);
/// assert_eq!(stop_timeout(s(5), s(60), usual), SimDuration::from_secs(5));
/// assert_eq!(stop_timeout(None, s(60), usual), SimDuration::from_secs(60));
/// assert_eq!(stop_timeout(None, None, usual), usual);
/// ```
#[must_use]
pub fn stop_timeout(
    own: Option<SimDuration>,
    by_agent: Option<SimDuration>,
    usual: SimDuration,
) -> SimDuration {
    own.or(by_agent).unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> SimDuration {
        SimDuration::from_secs(seconds)
    }

    const RUNS_ON: Behaviour = Behaviour {
        ends: None,
        healthy: None,
        start_timeout: None,
    };

    fn on(on: usize, condition: Condition) -> Dependency {
        Dependency { on, condition }
    }

    /// The starts of an application (1) that waits for a sidecar (0).
    fn app_waits(condition: Condition, sidecar: Behaviour) -> Starts {
        let depends_on = [vec![], vec![on(0, condition)]];
        starts(&[0, 1], |it| &depends_on[it], &[sidecar, RUNS_ON])
    }

    #[test]
    fn a_container_starts_when_the_condition_holds() {
        let ends = |code| Behaviour {
            ends: Some((s(40), code)),
            ..RUNS_ON
        };
        let healthy = Behaviour {
            healthy: Some(s(30)),
            ..RUNS_ON
        };
        // API ContainerDependency: START, COMPLETE (any code), SUCCESS (0), HEALTHY.
        let table = [
            (Condition::Start, RUNS_ON, 0),
            (Condition::Complete, ends(0), 40),
            (Condition::Complete, ends(3), 40),
            (Condition::Success, ends(0), 40),
            (Condition::Healthy, healthy, 30),
        ];
        for (condition, sidecar, expected) in table {
            let found = app_waits(condition, sidecar);
            assert_eq!(
                (found.all, found.fails),
                (s(expected), None),
                "{condition:?}"
            );
            assert_eq!(found.of(1), s(expected));
            assert_eq!(found.before_running(0), s(expected));
        }
    }

    #[test]
    fn what_never_comes_or_not_in_time_stops_the_task() {
        let with = |ends, healthy, timeout: Option<u64>| Behaviour {
            ends,
            healthy,
            start_timeout: timeout.map(s),
        };
        let three_hours = 10_800;
        let table = [
            // API ContainerDefinition.startTimeout.
            (
                Condition::Complete,
                with(Some((s(40), 0)), None, Some(30)),
                (30, OrderReason::TimedOut),
            ),
            (
                Condition::Healthy,
                with(None, Some(s(40)), Some(30)),
                (30, OrderReason::TimedOut),
            ),
            (
                Condition::Healthy,
                with(None, None, Some(30)),
                (30, OrderReason::TimedOut),
            ),
            // The agent gives up at once.
            (
                Condition::Success,
                with(Some((s(20), 1)), None, Some(30)),
                (20, OrderReason::NotSuccessful),
            ),
            (
                Condition::Success,
                with(Some((s(20), 1)), None, None),
                (20, OrderReason::NotSuccessful),
            ),
            (
                Condition::Success,
                with(Some((s(40), 1)), None, Some(30)),
                (30, OrderReason::TimedOut),
            ),
            // Nothing bounds the wait but ECS.
            (
                Condition::Complete,
                RUNS_ON,
                (three_hours, OrderReason::Never),
            ),
            (
                Condition::Healthy,
                with(Some((s(5), 0)), Some(s(9)), None),
                (three_hours, OrderReason::Never),
            ),
        ];
        for (condition, sidecar, (at, reason)) in table {
            let (when, unresolved) = app_waits(condition, sidecar).fails.unwrap();
            assert_eq!((when, unresolved.reason), (s(at), reason), "{condition:?}");
            assert_eq!((unresolved.container, unresolved.dependency.on), (1, 0));
        }
        // A startTimeout is no bound on START.
        let slow = with(None, None, Some(1));
        assert_eq!(app_waits(Condition::Start, slow).fails, None);
    }

    #[test]
    fn chains_add_up_and_the_longest_branch_counts() {
        // 0 ends after 20 s; 1 waits for it and is healthy after 30 s more; 2 waits for both.
        let depends_on = [
            vec![],
            vec![on(0, Condition::Success)],
            vec![on(1, Condition::Healthy), on(0, Condition::Start)],
        ];
        let of = [
            Behaviour {
                ends: Some((s(20), 0)),
                ..RUNS_ON
            },
            Behaviour {
                healthy: Some(s(30)),
                ..RUNS_ON
            },
            RUNS_ON,
        ];
        let lists: Vec<&[Dependency]> = depends_on.iter().map(Vec::as_slice).collect();
        let order = sequence(&lists).unwrap();
        let found = starts(&order, |it| &depends_on[it], &of);
        assert_eq!([0, 1, 2].map(|it| found.of(it)), [s(0), s(20), s(50)]);
        assert_eq!(found.all, s(50));
        // In reverse: 2 takes 4 s, then 1 takes 7 s; 0 has ended.
        let takes = [s(0), s(7), s(4)];
        assert_eq!(stops_in(&order, |it| &depends_on[it], &takes), s(11));
    }

    #[test]
    fn a_cycle_is_found() {
        let cycle: [&[Dependency]; 4] = [
            &[on(1, Condition::Start)],
            &[on(2, Condition::Start)],
            &[on(1, Condition::Healthy)],
            &[],
        ];
        let inside = sequence(&cycle).unwrap_err();
        assert!([1, 2].contains(&inside), "{inside}: 0 only waits for it");
        assert_eq!(sequence(&[&[on(0, Condition::Start)]]), Err(0));
        assert_eq!(sequence(&[&[on(1, Condition::Start)], &[]]), Ok(vec![1, 0]));
    }
}
