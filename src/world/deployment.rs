//! A deployment of a service: a revision, the tasks that it started, and those that it lacks.

use std::collections::VecDeque;

use crate::demand::split_load::Side;
use crate::engine::SimTime;
use crate::ids::TaskDefinitionId;
use crate::policy::circuit_breaker::Failures;
use crate::policy::strategy::Strategy;
use crate::policy::task_set::{Scale, TaskSetCounts};
use crate::policy::throttle::FailedStarts;
use crate::world::groups::TaskGroups;

/// A deployment's `rolloutState`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RolloutState {
    /// `IN_PROGRESS`.
    InProgress,
    /// `COMPLETED`: its tasks are healthy, and it had the service for itself.
    Completed,
    /// `FAILED`: it starts no tasks.
    Failed,
}

/// A deployment of a service: a revision, and the tasks that it started.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The how-manieth of its service, from 0.
    pub ordinal: u32,
    /// What it runs.
    pub definition: TaskDefinitionId,
    /// Where its new tasks go.
    pub strategy: Strategy,
    /// Which target group its tasks are in.
    pub side: Side,
    /// Its live tasks.
    pub groups: TaskGroups,
    /// Its live tasks that are on their way to RUNNING.
    pub pending: u32,
    /// Its live tasks that are RUNNING.
    pub running: u32,
    /// Its live tasks that answer requests.
    pub serving: u32,
    /// Its live tasks that count as healthy.
    pub healthy: u32,
    /// Of its running tasks, those on draining instances: they are to be replaced.
    pub draining: u32,
    /// Of these, the healthy ones.
    pub draining_healthy: u32,
    /// Of these, the UNHEALTHY ones.
    pub unhealthy: u32,
    /// Of an older deployment: the tasks that it is left, live or lost and to be replaced, as
    /// UNHEALTHY ones are. (What the PRIMARY one is to have is the desired count.)
    pub kept: u32,
    /// Of an older deployment: of these, those that scale-outs have added to it.
    pub added: u32,
    /// Since when Fargate Spot refuses its tasks, and when it did last.
    pub without_spot: Option<(SimTime, SimTime)>,
    /// Since when how many tasks are wanted that are not launched, oldest first.
    pub wanted: VecDeque<(SimTime, u32)>,
    /// Its failed starts in a row.
    pub failed_starts: FailedStarts,
    /// Until when the back-off holds.
    pub throttled_until: SimTime,
    /// How far it came.
    pub rollout: RolloutState,
    /// Whether it was ever completed: it is one to go back to.
    pub was_completed: bool,
    /// What the circuit breaker counts.
    pub failures: Failures,
    /// Of a task set: how it stands; `None` of what ECS or CodeDeploy deploy.
    pub task_set: Option<TaskSetState>,
}

/// How a task set stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaskSetState {
    /// Its `scale`; none once it is deleted.
    pub scale: Scale,
    /// Whether it was deleted: it is gone with its last task.
    pub is_deleted: bool,
    /// Whether it was said to be steady.
    pub is_steady: bool,
}

impl TaskSetState {
    /// A new task set.
    pub fn new(scale: Scale) -> Self {
        TaskSetState {
            scale,
            is_deleted: false,
            is_steady: false,
        }
    }
}

impl Deployment {
    /// Its tasks whose desired status is RUNNING.
    pub fn live(&self) -> u32 {
        self.pending + self.running
    }

    /// Those of them that are not UNHEALTHY.
    pub fn sound(&self) -> u32 {
        self.live() - self.unhealthy
    }

    /// What it has, as a task set that is to have so many tasks.
    pub fn as_task_set(&self, computed: u32) -> TaskSetCounts {
        TaskSetCounts {
            computed,
            pending: self.pending,
            running: self.running,
            healthy: self.healthy,
            draining: self.draining,
        }
    }

    /// An older deployment is left what it has.
    pub fn let_lost_go(&mut self) {
        self.kept = self.sound();
    }
}

impl Deployment {
    /// A service's first deployment, without tasks.
    pub fn new(definition: TaskDefinitionId, strategy: Strategy, groups: TaskGroups) -> Self {
        Deployment {
            ordinal: 0,
            definition,
            strategy,
            side: Side::First,
            groups,
            pending: 0,
            running: 0,
            serving: 0,
            healthy: 0,
            draining: 0,
            draining_healthy: 0,
            unhealthy: 0,
            kept: 0,
            added: 0,
            without_spot: None,
            wanted: VecDeque::new(),
            failed_starts: FailedStarts::default(),
            throttled_until: SimTime::ZERO,
            rollout: RolloutState::InProgress,
            was_completed: false,
            failures: Failures::default(),
            task_set: None,
        }
    }

    /// Of an older deployment: its tasks that were lost, or are UNHEALTHY, and are to be replaced.
    /// One that has failed starts none.
    pub fn lost(&self) -> u32 {
        match self.rollout {
            RolloutState::Failed => 0,
            RolloutState::InProgress | RolloutState::Completed => {
                self.kept.saturating_sub(self.sound())
            }
        }
    }

    /// Brings the list of wanted tasks to `missing`: what is newly wanted is wanted from `now` on,
    /// what is no longer wanted is the latest wish.
    pub fn want(&mut self, missing: u32, now: SimTime) {
        let mut listed: u32 = self.wanted.iter().map(|(_, count)| count).sum();
        if listed < missing {
            match self.wanted.back_mut() {
                Some((since, count)) if *since == now => *count += missing - listed,
                Some(_) | None => self.wanted.push_back((now, missing - listed)),
            }
            return;
        }
        while missing < listed {
            let Some((_, count)) = self.wanted.back_mut() else {
                return;
            };
            let less = (*count).min(listed - missing);
            *count -= less;
            listed -= less;
            if *count == 0 {
                self.wanted.pop_back();
            }
        }
    }

    /// Takes the oldest wish off the list: since when it stood there (`now` if there was none).
    pub fn fulfil(&mut self, now: SimTime) -> SimTime {
        let Some((since, count)) = self.wanted.front_mut() else {
            return now;
        };
        let since = *since;
        *count -= 1;
        if *count == 0 {
            self.wanted.pop_front();
        }
        since
    }
}
