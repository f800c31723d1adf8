//! A service: what it should have, what it has, and its deployments.

mod stopping;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::demand::split_load::Side;
use crate::engine::SimTime;
use crate::ids::{ProviderId, TaskDefinitionId, TaskId, ZoneId};
use crate::policy::circuit_breaker::Failures;
use crate::policy::deployment_alarms::Watch;
use crate::policy::launch_rate::TokenBucket;
use crate::policy::strategy::Strategy;
use crate::policy::task_set::{Scale, computed_desired_count, is_steady};
use crate::policy::throttle::StartOutcome;
use crate::policy::traffic_shift::{HookResult, Stage, TrafficShare};

use crate::scenario::plan::DeploymentRules;

pub use crate::world::deployment::{Deployment, RolloutState, TaskSetState};

/// Counts of a service, ECS's words.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ServiceCounts {
    /// `desiredCount`.
    pub desired: u32,
    /// Tasks on their way to RUNNING.
    pub pending: u32,
    /// Tasks RUNNING.
    pub running: u32,
    /// Running tasks that answer requests.
    pub serving: u32,
    /// Running tasks that ECS has found UNHEALTHY.
    pub unhealthy: u32,
    /// Deployments, or task sets.
    pub deployments: u32,
}

/// Whether a deployment that is rolled out is watched for a while before it is complete.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Baking {
    /// It is not rolled out yet.
    NotYet,
    /// Until this instant.
    Until(SimTime),
    /// It was watched for as long as it has to be.
    Done,
}

/// A blue/green deployment that is under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ShiftState {
    /// The place of how it shifts among what its service says.
    pub plan: u32,
    /// Where it is.
    pub stage: Stage,
    /// Steps of production traffic so far.
    pub steps: u32,
    /// What of it the new revision has.
    pub share: TrafficShare,
    /// When the stage ends at the latest; never, if other things end it.
    pub until: SimTime,
    /// The hook (by its place) that decides how the stage ends, and what it will say.
    pub hook: Option<(u32, HookResult)>,
    /// Of CodeDeploy, after the desired count has changed: when the new revision has to have all of
    /// its tasks again.
    pub steady_by: Option<SimTime>,
}

impl ShiftState {
    /// Whether the older revision is to have all of its tasks still.
    pub fn keeps_blue(&self) -> bool {
        self.stage < Stage::CleanUp
    }
}

/// A task more than desired, until one of a richer zone stops for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moving {
    /// Its provider; one of the same is stopped.
    pub provider: ProviderId,
    /// The task.
    pub task: TaskId,
    /// `desiredCount` when it was started.
    pub desired: u32,
}

/// A service of the cluster.
#[derive(Clone, Debug)]
pub struct Service {
    /// `desiredCount`.
    pub desired: u32,
    /// The deployments with tasks left, and the last completed one; the last of them is PRIMARY.
    pub deployments: Vec<Deployment>,
    /// Deployments so far, that of its creation left out.
    pub deployed: u32,
    /// Running tasks on draining instances.
    pub draining: Vec<TaskId>,
    /// Whether the PRIMARY deployment is still rolling out.
    pub rolling: bool,
    /// Whether the scheduler is at it: what it stops by itself is no loss to look into again.
    pub is_reconciled: bool,
    /// What the alarms are to it.
    pub watch: Watch,
    /// The place of these alarms (`ServicePlan::watched`), as the rules had it when the deployment
    /// began.
    pub watched: Option<u32>,
    /// What its deployments keep to.
    pub rules: DeploymentRules,
    /// How far it bakes.
    pub baking: Baking,
    /// Whether the PRIMARY deployment was a success while older ones had tasks, which still go.
    pub defers_cleanup: bool,
    /// The tick of its live end of baking.
    pub bake_tick: u32,
    /// How far the traffic of a blue/green deployment is; `None` of a rolling one, and of none.
    pub shift: Option<ShiftState>,
    /// The tick of its live end of a stage.
    pub shift_tick: u32,
    /// The task that rebalancing has started in a poorer zone, one more than desired.
    pub moving: Option<Moving>,
    /// Until when rebalancing waits after a zone had no room.
    pub rebalance_from: SimTime,
    /// Whether it was said that it can't.
    pub is_stuck: bool,
    /// Tasks started so far: the next one's ordinal.
    pub started: u64,
    /// Launches tried so far: keys the draws of Spot's grants.
    pub attempts: u64,
    /// Tasks stopped by choice so far: keys the draws of who is stopped.
    pub stopped: u64,
    /// When the containers of the tasks that were told to stop will have stopped, the next first,
    /// and the ordinals of their deployments; those that have are taken off when it is looked at
    /// (`Service::stopping_at`).
    pub leaving: BinaryHeap<Reverse<(SimTime, u32)>>,
    /// Its own launch rate.
    pub launch_bucket: TokenBucket,
    /// Pauses in a row because the cluster had as many tasks in PROVISIONING as it may.
    pub provisioning_pauses: u32,
    /// The end of the last of them.
    pub provisioning_paused_until: SimTime,
    /// The tick of its live wake-up.
    pub wake_tick: u32,
    /// When that wake-up falls due.
    pub wake_at: SimTime,
    /// The tick of its live load wake-up (see `simulation::autoscaler`).
    pub load_tick: u32,
    /// UNHEALTHY tasks of each target group that are asked all the same, as no healthy one is
    /// there: the load balancer fails open.
    pub open: [Vec<TaskId>; 2],
}

impl Service {
    /// The PRIMARY deployment.
    ///
    /// # Panics
    /// Never: a service has a deployment from its creation on.
    pub fn primary(&self) -> &Deployment {
        self.deployments
            .last()
            .expect("a service has a deployment from its creation on")
    }

    /// The PRIMARY deployment.
    ///
    /// # Panics
    /// Never: a service has a deployment from its creation on.
    pub fn primary_mut(&mut self) -> &mut Deployment {
        self.deployments
            .last_mut()
            .expect("a service has a deployment from its creation on")
    }

    /// The deployment of this ordinal.
    ///
    /// # Panics
    /// If it has no tasks left and is gone.
    pub fn deployment(&self, ordinal: u32) -> &Deployment {
        let mut deployments = self.deployments.iter();
        let found = deployments.find(|deployment| deployment.ordinal == ordinal);
        found.expect("a deployment outlives its tasks")
    }

    /// The deployment of this ordinal, if it still has tasks.
    pub fn deployment_mut(&mut self, ordinal: u32) -> Option<&mut Deployment> {
        self.deployments
            .iter_mut()
            .find(|deployment| deployment.ordinal == ordinal)
    }

    /// Its counts over all deployments.
    pub fn counts(&self) -> ServiceCounts {
        let mut counts = ServiceCounts {
            desired: self.desired,
            deployments: self.deployments.len() as u32,
            ..ServiceCounts::default()
        };
        for deployment in &self.deployments {
            counts.pending += deployment.pending;
            counts.running += deployment.running;
            counts.serving += deployment.serving;
            counts.unhealthy += deployment.unhealthy;
        }
        counts
    }

    /// Its tasks in one target group that run and those that are asked.
    pub fn counts_on(&self, side: Side) -> (u32, u32) {
        let here = self.deployments.iter().filter(|it| it.side == side);
        let open = self.open[side as usize].len() as u32;
        here.fold((0, open), |sum, it| {
            (sum.0 + it.running, sum.1 + it.serving)
        })
    }

    /// Its healthy tasks in one target group.
    pub fn serving_on(&self, side: Side) -> u32 {
        let here = self.deployments.iter().filter(|it| it.side == side);
        here.map(|it| it.serving).sum()
    }

    /// Its RUNNING tasks in one target group and zone.
    pub fn running_in(&self, side: Side, zone: ZoneId) -> u32 {
        let here = self.deployments.iter().filter(|it| it.side == side);
        here.map(|it| it.groups.running_in(zone)).sum()
    }

    /// Whether it is healthy and at its desired count, with one deployment that is complete: what
    /// ECS calls a steady state (ECS developer guide, ecs_cwe_events; the waiter `services-stable`
    /// of the AWS CLI asks for the one deployment).
    pub fn is_steady(&self) -> bool {
        if self.has_task_sets() {
            return (0..self.deployments.len()).all(|position| self.is_steady_set(position));
        }
        let primary = self.primary();
        let has_all = primary.live() == self.desired && primary.healthy == self.desired;
        has_all && !self.rolling && self.deployments.len() == 1
    }

    /// Tasks whose desired status is RUNNING, over all deployments.
    pub fn live(&self) -> u32 {
        self.deployments.iter().map(Deployment::live).sum()
    }

    /// A new deployment becomes PRIMARY. The one before keeps the tasks that it has; what it still
    /// waited for, it is the new one's to wait for.
    pub fn deploy(&mut self, definition: TaskDefinitionId, strategy: Strategy, now: SimTime) {
        self.deployed += 1;
        let ordinal = self.deployed;
        let before = self.primary_mut();
        before.let_lost_go();
        let new = Deployment {
            ordinal,
            side: before.side,
            wanted: std::mem::take(&mut before.wanted),
            failed_starts: before.failed_starts.after(StartOutcome::NewDeployment),
            throttled_until: now,
            ..Deployment::new(definition, strategy, before.groups.emptied())
        };
        self.deployments.push(new);
        self.begin_rollout();
    }

    fn begin_rollout(&mut self) {
        self.rolling = true;
        self.defers_cleanup = false;
        self.is_stuck = false;
        self.watch = Watch::Off;
        self.baking = Baking::NotYet;
        self.bake_tick += 1;
    }

    /// Whether a deployment is being rolled out (or back) that has not failed.
    pub fn is_in_progress(&self) -> bool {
        self.rolling && self.primary().rollout == RolloutState::InProgress
    }

    /// The deployment that a failed one gives way to: the last completed one before the PRIMARY
    /// one, by its position.
    pub fn to_go_back_to(&self) -> Option<usize> {
        let (_, old) = self.deployments.split_last()?;
        old.iter().rposition(|deployment| deployment.was_completed)
    }

    /// The deployment that has the traffic while a later one is shifted in, by its position: the
    /// last completed one, or the one before, where none was yet.
    pub fn blue(&self) -> Option<usize> {
        self.to_go_back_to()
            .or_else(|| self.deployments.len().checked_sub(2))
    }

    /// Whether it has task sets, which others than ECS deploy.
    pub fn has_task_sets(&self) -> bool {
        self.primary().task_set.is_some()
    }

    /// Whether each deployment has a count of its own: task sets have, and both sides while traffic
    /// is shifted.
    pub fn keeps_all(&self) -> bool {
        self.has_task_sets() || self.shift.is_some_and(|shift| shift.keeps_blue())
    }

    /// Whether a task set, by its position, is steady.
    pub fn is_steady_set(&self, position: usize) -> bool {
        let set = &self.deployments[position];
        let is_deleted = set.task_set.is_some_and(|it| it.is_deleted);
        !is_deleted && is_steady(set.as_task_set(self.target_of(position)))
    }

    /// How many of the healthy tasks on draining instances may stop, while each deployment has a
    /// count of its own and so many others are healthy. Of task sets as many stay as the service
    /// desires: with EXTERNAL `minimumHealthyPercent` is 100, and for draining only (API
    /// DeploymentConfiguration).
    pub fn drained_away(&self, healthy: u32, draining_healthy: u32) -> u32 {
        if self.has_task_sets() {
            let wanted: u32 = (0..self.deployments.len())
                .map(|it| self.target_of(it))
                .sum();
            let spare = (healthy + draining_healthy).saturating_sub(self.desired.min(wanted));
            return draining_healthy.min(spare);
        }
        match 2 * self.desired <= healthy {
            true => draining_healthy,
            false => 0,
        }
    }

    /// A task set is created; it stands before the PRIMARY one.
    pub fn create_task_set(
        &mut self,
        (definition, strategy, scale): (TaskDefinitionId, Strategy, Scale),
        now: SimTime,
    ) {
        self.deployed += 1;
        let primary = self.deployments.len() - 1;
        let groups = self.primary().groups.emptied();
        let set = Deployment {
            ordinal: self.deployed,
            throttled_until: now,
            rollout: RolloutState::Completed,
            was_completed: true,
            task_set: Some(TaskSetState::new(scale)),
            ..Deployment::new(definition, strategy, groups)
        };
        self.deployments.insert(primary, set);
    }

    /// The tasks that a deployment, by its position, is to have: of task sets, and while traffic is
    /// shifted.
    pub fn target_of(&self, position: usize) -> u32 {
        if let Some(set) = self.deployments[position].task_set {
            return computed_desired_count(self.desired, set.scale);
        }
        let scales_up = self.shift.is_some_and(|it| Stage::ScaleUp <= it.stage);
        let is_green = position + 1 == self.deployments.len();
        if Some(position) == self.blue() || is_green && scales_up {
            self.desired
        } else {
            0
        }
    }

    /// The PRIMARY deployment has failed: it starts no tasks any more.
    pub fn fail(&mut self, now: SimTime) {
        let primary = self.primary_mut();
        primary.rollout = RolloutState::Failed;
        primary.want(0, now);
        self.baking = Baking::NotYet;
        self.bake_tick += 1;
        self.shift_tick += 1;
        if let Some(shift) = &mut self.shift {
            shift.until = SimTime::MAX;
        }
    }

    /// The deployment at this position becomes PRIMARY again, with the tasks that it still has.
    pub fn roll_back(&mut self, to: usize, now: SimTime) {
        let failed = self.primary_mut();
        failed.let_lost_go();
        let mut back = self.deployments.remove(to);
        back.rollout = RolloutState::InProgress;
        back.added = 0;
        back.failures = Failures::default();
        back.failed_starts = back.failed_starts.after(StartOutcome::NewDeployment);
        back.throttled_until = now;
        self.deployments.push(back);
        self.begin_rollout();
    }
}
