//! The end of a task: what ends it, its last timestamps, and whom it leaves.

use std::cmp::Reverse;

use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{ServiceId, TaskId};
use crate::observe::observation::Observation;
use crate::policy::circuit_breaker::TaskOutcome;
use crate::policy::fargate::{SPOT_NOTICE, execution_stopped_at};
use crate::policy::life_cycle::{EXIT_SIGKILL, StopCause};
use crate::scenario::plan::NetworkMode;
use crate::simulation::Simulation;
use crate::simulation::event::{Event, TaskFate, TaskStep};
use crate::simulation::task_agent::seconds;
use crate::world::instance::TerminationCause;
use crate::world::task::{Owner, TaskRecord, TaskState, TaskStop, TaskTimes};

/// Draws of a task's end.
const STOP: Purpose = Purpose::new("task stop");
/// Draws of the exit code of a task that ends by itself.
const EXIT: Purpose = Purpose::new("task exit");
/// Exit code of a process that ends on SIGTERM: 128 + 15.
const EXIT_SIGTERM: i32 = 143;

/// How a task's life is brought to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ending {
    /// What ends it.
    pub(super) cause: StopCause,
    /// The exit code of a process that has ended by itself; `None`: it is told to stop.
    pub(super) exit: Option<i32>,
}

/// A task that its service has no longer, as it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Lost {
    /// How far it had come.
    pub(super) state: TaskState,
    /// Whether it counted as healthy.
    pub(super) was_healthy: bool,
    /// What ended it.
    pub(super) cause: StopCause,
    /// When it was created.
    pub(super) created: SimTime,
}

impl Ending {
    /// It is told to stop.
    pub(super) fn of(cause: StopCause) -> Self {
        Ending { cause, exit: None }
    }
}

impl Lost {
    /// What it is to the circuit breaker and to the throttle; `None`: nothing.
    pub(super) fn outcome(self, is_checked: bool) -> Option<TaskOutcome> {
        match self.cause {
            cause if cause.is_failed_check() => Some(TaskOutcome::FailedChecks),
            cause if cause.is_interruption() => None,
            StopCause::ScalingActivity => None,
            _ if self.state == TaskState::Launching => Some(TaskOutcome::NeverRan),
            StopCause::EssentialContainerExited | StopCause::OutOfMemory => {
                Some(TaskOutcome::Ended {
                    is_checked,
                    was_healthy: self.was_healthy,
                })
            }
            _ => None,
        }
    }
}

impl Simulation<'_> {
    /// Something befalls a task.
    pub(super) fn on_task_fate(&mut self, id: TaskId, fate: TaskFate, queue: &mut Queue<Event>) {
        match self.world.tasks.get(id) {
            Some(task) if task.state() == TaskState::Stopping => return,
            Some(task) if task.lost_at.is_none() || fate == TaskFate::Heard => {}
            Some(_) | None => return,
        }
        let ending = match fate {
            TaskFate::Crash | TaskFate::WorkDone | TaskFate::OutOfMemory | TaskFate::Grown => {
                let Some((cause, exit)) = self.exit_of(id, fate) else {
                    return;
                };
                self.note_container_end(id, (cause, exit));
                if self.restarts_in_place(id, exit, queue)
                    || self.ends_unheard(id, (cause, exit), queue)
                {
                    return;
                }
                Ending {
                    cause,
                    exit: Some(exit),
                }
            }
            TaskFate::Restarted => return self.on_restarted(id, queue),
            TaskFate::Heard => {
                let Some((cause, exit)) = self.heard_of(id, queue) else {
                    return;
                };
                Ending {
                    cause,
                    exit: Some(exit),
                }
            }
            TaskFate::Reclaim => Ending::of(StopCause::SpotInterruption),
            TaskFate::CapacityTimeout => {
                if self.world.tasks.live(id).record.instance.is_some() {
                    return;
                }
                Ending::of(self.given_up(id))
            }
            TaskFate::Unhealthy | TaskFate::ContainersUnhealthy => {
                if fate == TaskFate::ContainersUnhealthy && self.is_said_later(id, fate, queue) {
                    return;
                }
                return self.on_unhealthy(id, fate, queue);
            }
        };
        self.stop_task(id, ending, queue);
    }

    /// Ends a task's life as `cause` has it: leaves its groups and counts now, is gone when its ENI
    /// is.
    pub(super) fn stop_task(&mut self, id: TaskId, ending: Ending, queue: &mut Queue<Event>) {
        let cause = ending.cause;
        let task = self.world.tasks.live(id);
        let (owner, deployment) = (task.record.owner, task.record.deployment);
        let (state, lost_at, was_serving) = (task.state(), task.lost_at, task.is_serving());
        let was_healthy = task.healthy;
        self.load_is_about_to_change(owner);
        self.leave_group(id);
        match owner {
            Owner::Job(source) => self.world.jobs[source.index()].live -= 1,
            Owner::Service(service) => self.leave_service((service, id), state),
        }
        self.leave_placement(id, queue);
        let record = &self.world.tasks.live(id).record;
        let (times, mut stop) = self.stop_times((record, lost_at), state, ending);
        stop.is_by_spot =
            cause == StopCause::SpotInterruption || self.is_on_taken_instance(record, cause);
        let task = self.world.tasks.live_mut(id);
        let _ = task.transition(TaskState::Stopping);
        task.record.times = times;
        task.record.stop = Some(stop);
        if let Some(beside) = &mut self.world.beside
            && state != TaskState::Launching
        {
            beside.task_stops(self.plan, self.now, &task.record);
        }
        let (provider, zone) = (task.record.provider, task.record.zone);
        self.schedule_step(queue, id, TaskStep::Gone, times.stopped.unwrap_or(self.now));
        if stop.is_by_spot {
            self.observe(&Observation::TaskInterrupted {
                owner,
                provider,
                zone,
            });
        }
        self.counts_changed(owner);
        match owner {
            Owner::Service(service) => {
                let lost = Lost {
                    state,
                    was_healthy,
                    cause,
                    created: times.created,
                };
                let of = (service, deployment);
                self.left_service(of, (id, times, was_serving), lost, queue);
            }
            Owner::Job(source) => self.job_lost_its_task(source, id, cause, queue),
        }
    }

    /// What a service makes of it that it has a task less.
    fn left_service(
        &mut self,
        (service, deployment): (ServiceId, u32),
        (id, times, was_serving): (TaskId, TaskTimes, bool),
        lost: Lost,
        queue: &mut Queue<Event>,
    ) {
        self.is_leaving((service, deployment), times);
        if was_serving {
            self.serving_lost((service, id), lost.cause, queue);
        }
        if lost.state != TaskState::Launching {
            self.load_changed(service, queue);
        }
        self.service_lost_a_task((service, deployment), lost, queue);
    }

    /// The containers of a service's task run for a while yet: it holds a place under
    /// `maximumPercent` until then.
    fn is_leaving(&mut self, (service, deployment): (ServiceId, u32), times: TaskTimes) {
        let until = times.execution_stopped.filter(|until| self.now < *until);
        if let Some(until) = until {
            let state = &mut self.world.services[service.index()];
            state.stopping_at(self.now);
            state.leaving.push(Reverse((until, deployment)));
        }
    }

    /// The instance under a task that is stopping is gone: nothing of the task is left there.
    pub(super) fn cut_short(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        let task = self.world.tasks.live_mut(id);
        let foreseen = task.cut_short(self.now);
        if let (Some(foreseen), Some(beside)) = (foreseen, &mut self.world.beside) {
            beside.task_is_cut(self.plan, (self.now, foreseen), &task.record);
        }
        if let (Some(foreseen), Owner::Service(service)) = (foreseen, task.record.owner) {
            self.world.services[service.index()].leaves_early(foreseen);
            self.reconcile(service, queue);
        }
        self.schedule_step(queue, id, TaskStep::Gone, self.now);
    }

    /// Whether a task ends because EC2 takes its Spot instance back.
    fn is_on_taken_instance(&self, record: &TaskRecord, cause: StopCause) -> bool {
        let is_its_end = matches!(
            cause,
            StopCause::HostTerminated | StopCause::InstanceDraining
        );
        let taken = Some(TerminationCause::SpotInterruption);
        let instance = record.instance.filter(|_| is_its_end);
        instance.is_some_and(|id| self.world.capacity.instances[id.index()].record.cause == taken)
    }

    /// A service's task is none of its counts, and keeps no memory.
    fn leave_service(&mut self, (service, id): (ServiceId, TaskId), state: TaskState) {
        self.grows_no_longer(id, service);
        let task = self.world.tasks.live(id);
        let (ordinal, healthy) = (task.record.deployment, task.healthy);
        let (is_draining, was_serving) = (task.is_draining, task.is_serving());
        let is_unhealthy = task.is_unhealthy;
        let deployment = self.world.services[service.index()].deployment_mut(ordinal);
        let deployment = deployment.expect("a task's deployment outlives it");
        if state == TaskState::Launching {
            deployment.pending -= 1;
        } else {
            deployment.running -= 1;
        }
        deployment.serving -= u32::from(was_serving);
        deployment.healthy -= u32::from(healthy);
        deployment.draining -= u32::from(is_draining);
        deployment.draining_healthy -= u32::from(is_draining && healthy);
        deployment.unhealthy -= u32::from(is_unhealthy);
        if is_draining {
            let draining = &mut self.world.services[service.index()].draining;
            draining.retain(|task| *task != id);
        }
    }

    /// The timestamps of a task's end, and how DescribeTasks words it.
    fn stop_times(
        &self,
        (record, lost_at): (&TaskRecord, Option<SimTime>),
        state: TaskState,
        ending: Ending,
    ) -> (TaskTimes, TaskStop) {
        let cause = ending.cause;
        let definition = self.plan.task_definition(record.definition);
        // A network interface that there is none of, or that is gone with its host, is not
        // detached.
        let has_own = definition.hosting.network == NetworkMode::Awsvpc;
        let is_gone = matches!(
            cause,
            StopCause::HostTerminated | StopCause::InfrastructureHealth
        );
        let deprovision = if has_own && !is_gone {
            let key = self.owner_key(record.owner);
            let mut draws = self.streams.stream(STOP, key, record.ordinal);
            let law = &self.plan.provider(record.provider).latencies.deprovision;
            seconds(law.sample(&mut draws))
        } else {
            SimDuration::ZERO
        };
        let mut times = record.times;
        times.cut_after(lost_at.unwrap_or(self.now));
        times.stopping = Some(self.now);
        let mut exit_code = None;
        let execution_stopped = if is_gone || lost_at.is_some() {
            // Of a machine that failed ECS hears it now.
            let killed = (state != TaskState::Launching).then_some(EXIT_SIGKILL);
            exit_code = ending.exit.or(killed);
            self.now
        } else if state == TaskState::Launching {
            self.now
        } else if ending.exit.is_some() {
            exit_code = ending.exit;
            self.now
        } else {
            let sigterm = self.now + self.drain_time(record, state, cause);
            // An agent that is disconnected is told when it is back.
            let heard = self.silent_until(record.instance);
            let sigterm = heard.map_or(sigterm, |heard| sigterm.max(heard));
            let group = record.group.map(|group| &self.plan.groups[group.index()]);
            let by_agent = group.and_then(|group| group.agent.stop_timeout);
            let (takes, is_killed) = definition.stops(by_agent);
            let notice = match cause {
                StopCause::SpotInterruption => SPOT_NOTICE,
                _ => SimDuration::MAX,
            };
            times.sigterm = Some(sigterm);
            exit_code = Some(if is_killed || notice < takes {
                EXIT_SIGKILL
            } else {
                EXIT_SIGTERM
            });
            execution_stopped_at(sigterm, takes, notice)
        };
        times.execution_stopped = Some(execution_stopped);
        times.stopped = Some(execution_stopped + deprovision);
        (
            times,
            TaskStop {
                code: cause.stop_code(),
                cause,
                exit_code,
                is_by_spot: false,
            },
        )
    }

    /// DEACTIVATING: how long the target groups drain before SIGTERM, as long as the slowest. An
    /// interruption does not wait for it.
    fn drain_time(&self, record: &TaskRecord, state: TaskState, cause: StopCause) -> SimDuration {
        let Owner::Service(service) = record.owner else {
            return SimDuration::ZERO;
        };
        if state != TaskState::Serving || cause == StopCause::SpotInterruption {
            return SimDuration::ZERO;
        }
        let groups = self.plan.service(service).groups();
        let delays = groups.map(|it| self.plan.target_groups[it.index()].deregistration_delay);
        delays.max().unwrap_or(SimDuration::ZERO)
    }

    /// How the essential container of a task ends by itself; `None`: what was to end it was of a
    /// time before it was started again.
    fn exit_of(&self, id: TaskId, fate: TaskFate) -> Option<(StopCause, i32)> {
        let task = self.world.tasks.live(id);
        let exited = StopCause::EssentialContainerExited;
        match fate {
            TaskFate::Crash => (task.crash_at == Some(self.now)).then_some((exited, 1)),
            TaskFate::WorkDone => {
                let is_done = self.work_done_at(task).is_none_or(|at| at <= self.now);
                is_done.then(|| (exited, self.drawn_exit_code(&task.record)))
            }
            TaskFate::Grown if task.out_of_memory_at != Some(self.now) => None,
            _ => Some((StopCause::OutOfMemory, EXIT_SIGKILL)),
        }
    }

    /// The exit code of a task that ends by itself, by the shares of `work.exit.codes`.
    fn drawn_exit_code(&self, record: &TaskRecord) -> i32 {
        let codes = &self.plan.task_definition(record.definition).work.exit_codes;
        let key = self.owner_key(record.owner);
        drawn_code(codes, || {
            self.streams.stream(EXIT, key, record.life()).uniform()
        })
    }
}

/// An exit code by the shares of each; nothing is drawn where there is one.
pub(super) fn drawn_code(codes: &[(i32, f64)], uniform: impl FnOnce() -> f64) -> i32 {
    if codes.len() <= 1 {
        return codes.first().map_or(0, |(code, _)| *code);
    }
    let mut left = uniform();
    for (code, share) in codes {
        left -= share;
        if left < 0.0 {
            return *code;
        }
    }
    codes.last().map_or(0, |(code, _)| *code)
}
