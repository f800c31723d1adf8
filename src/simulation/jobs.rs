//! Programs that call RunTask: arrivals of work, their queue, their further tries.

use crate::demand::arrivals::Arrival;
use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{JobSourceId, TaskId};
use crate::observe::observation::{Observation, Refusal};
use crate::policy::life_cycle::StopCause;
use crate::policy::strategy::next_provider;
use crate::scenario::plan::OnInterruption;
use crate::simulation::Simulation;
use crate::simulation::event::{Event, TaskFate};
use crate::simulation::launch::{LaunchRequest, Refused};
use crate::world::jobs::Job;
use crate::world::task::{Owner, TaskRecord, TaskTimes};

/// Draws of how long a job works, where its arrival does not say.
const WORK: Purpose = Purpose::new("job work");

impl Simulation<'_> {
    /// A piece of work arrives; the next arrival is scheduled, no further one.
    pub(super) fn on_job_arrival(&mut self, source: JobSourceId, queue: &mut Queue<Event>) {
        let Some(cursor) = &mut self.world.jobs[source.index()].arrivals else {
            return;
        };
        let Some(arrival) = cursor.next() else { return };
        self.schedule_arrival(source, queue);
        let count = self.plan.job_sources[source.index()].count;
        self.add_jobs(source, arrival, count, queue);
    }

    /// Schedules the next arrival of a source, if it falls into the run.
    pub(super) fn schedule_arrival(&mut self, source: JobSourceId, queue: &mut Queue<Event>) {
        let Some(cursor) = &mut self.world.jobs[source.index()].arrivals else {
            return;
        };
        if let Some(next) = cursor.peek()
            && next.at < self.plan.horizon()
        {
            queue.schedule_at(next.at.max(self.now), Event::JobArrival { source });
        }
    }

    /// Adds `count` jobs of an arrival and starts what may start.
    pub(super) fn add_jobs(
        &mut self,
        source: JobSourceId,
        arrival: Arrival,
        count: u32,
        queue: &mut Queue<Event>,
    ) {
        let plan = &self.plan.job_sources[source.index()];
        let duration = self
            .plan
            .task_definition(plan.task_definition)
            .work
            .duration
            .as_ref();
        for _ in 0..count {
            let ordinal = self.world.jobs[source.index()].arrived;
            let drawn = duration.map(|distribution| {
                let mut draws = self.streams.stream(WORK, plan.key, ordinal);
                SimDuration::from_secs_f64(distribution.sample(&mut draws))
            });
            let job = Job {
                arrived: self.now,
                ready: self.now,
                work: arrival.work.or(drawn),
                done: SimDuration::ZERO,
                cpu: arrival.cpu,
                memory: arrival.memory,
                starts: 0,
                failures: 0,
            };
            let state = &mut self.world.jobs[source.index()];
            let index = state.add(job);
            state.waiting.push_back(index);
        }
        self.start_jobs(source, queue);
    }

    /// A source looks at its queue again.
    pub(super) fn on_job_wake(&mut self, source: JobSourceId, tick: u32, queue: &mut Queue<Event>) {
        let state = &mut self.world.jobs[source.index()];
        if state.wake_tick != tick {
            return;
        }
        state.wake_at = SimTime::MAX;
        self.start_jobs(source, queue);
    }

    /// Starts waiting jobs in order, as far as the concurrency and the account allow.
    pub(super) fn start_jobs(&mut self, source: JobSourceId, queue: &mut Queue<Event>) {
        let limit = self.plan.job_sources[source.index()]
            .concurrency
            .unwrap_or(u32::MAX);
        let before = self.world.jobs[source.index()].waiting.len();
        while self.world.jobs[source.index()].live < limit {
            let Some(job) = self.next_ready(source, queue) else {
                break;
            };
            if let Err(refused) = self.start_job(source, job, queue) {
                self.job_refused(source, refused, queue);
                break;
            }
            self.world.jobs[source.index()].waiting.pop_front();
        }
        let waiting = self.world.jobs[source.index()].waiting.len();
        if waiting != before || 0 < waiting {
            self.observe(&Observation::JobsWaiting {
                source,
                waiting: waiting as u32,
            });
        }
    }

    /// The first waiting job, if its wait before a further try is over; else looks again when it
    /// is.
    fn next_ready(&mut self, source: JobSourceId, queue: &mut Queue<Event>) -> Option<u32> {
        let state = &mut self.world.jobs[source.index()];
        let now = self.now;
        // A job that waits for a further try lets the others pass.
        let position = (0..state.waiting.len()).find(|at| {
            let job = state.waiting[*at];
            state.jobs[job as usize].is_some_and(|job| job.ready <= now)
        });
        match position {
            Some(0) => {}
            Some(at) => {
                let job = state.waiting.remove(at)?;
                state.waiting.push_front(job);
            }
            None => {
                let ready = state
                    .waiting
                    .iter()
                    .filter_map(|job| state.jobs[*job as usize].map(|job| job.ready))
                    .min()?;
                self.wake_jobs(source, ready, queue);
                return None;
            }
        }
        self.world.jobs[source.index()].waiting.front().copied()
    }

    fn start_job(
        &mut self,
        source: JobSourceId,
        index: u32,
        queue: &mut Queue<Event>,
    ) -> Result<(), Refused> {
        let plan = &self.plan.job_sources[source.index()];
        let definition = self.plan.task_definition(plan.task_definition);
        let state = &mut self.world.jobs[source.index()];
        let job = *state.job_mut(index);
        let items = plan.strategy.items();
        let counts: Vec<u32> = items
            .iter()
            .map(|item| state.groups.provider_count(item.provider))
            .collect();
        let choice = next_provider(&plan.strategy, &counts);
        let provider = items[choice.item].provider;
        let cpu = job.cpu.unwrap_or(definition.cpu);
        let attempt = state.attempts;
        state.attempts += 1;
        let owner = Owner::Job(source);
        let request = LaunchRequest {
            owner,
            provider,
            cpu,
            attempt,
        };
        let zone = match self.grant_launch(request) {
            Ok(zone) => zone,
            Err(refused) => {
                let (provider, reason) = (Some(provider), refused.reason);
                self.observe(&Observation::LaunchRefused {
                    owner,
                    provider,
                    reason,
                });
                return Err(refused);
            }
        };
        self.observe(&Observation::ProviderPicked {
            owner,
            provider,
            reason: choice.reason,
        });
        let state = &mut self.world.jobs[source.index()];
        state.job_mut(index).starts += 1;
        let ordinal = state.started;
        state.started += 1;
        let record = TaskRecord {
            owner,
            ordinal,
            deployment: 0,
            definition: plan.task_definition,
            provider,
            zone,
            cpu,
            memory: job.memory.unwrap_or(definition.memory),
            times: TaskTimes {
                created: self.now,
                ..TaskTimes::default()
            },
            wanted_at: job.ready,
            stop: None,
            lost_work: SimDuration::ZERO,
        };
        self.launch_task(record, Some(index), queue);
        Ok(())
    }

    fn job_refused(&mut self, source: JobSourceId, refused: Refused, queue: &mut Queue<Event>) {
        if refused.reason != Refusal::VcpuQuota {
            self.wake_jobs(source, refused.retry_at, queue);
        }
    }

    fn wake_jobs(&mut self, source: JobSourceId, at: SimTime, queue: &mut Queue<Event>) {
        let state = &mut self.world.jobs[source.index()];
        if state.wake_at <= at {
            return;
        }
        state.wake_at = at;
        state.wake_tick += 1;
        let tick = state.wake_tick;
        if at < self.plan.horizon() {
            queue.schedule_at(at, Event::JobWake { source, tick });
        }
    }

    /// A job's task whose code needs more memory than it has is killed when it starts to work.
    pub(super) fn check_job_memory(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        let record = &self.world.tasks.live(id).record;
        let needed = self
            .plan
            .task_definition(record.definition)
            .work
            .memory_base_mib;
        if f64::from(record.memory.0) < needed {
            self.schedule_fate(queue, id, TaskFate::OutOfMemory, SimDuration::ZERO);
        }
    }

    /// A job's task ends: the job is over, or it is tried again.
    pub(super) fn job_lost_its_task(
        &mut self,
        source: JobSourceId,
        id: TaskId,
        cause: StopCause,
        queue: &mut Queue<Event>,
    ) {
        let plan = &self.plan.job_sources[source.index()];
        let task = self.world.tasks.live(id);
        let index = task.job.expect("a job's task knows its job");
        let started = task.record.times.started;
        let succeeded = cause == StopCause::EssentialContainerExited
            && task
                .record
                .stop
                .is_some_and(|stop| stop.exit_code == Some(0));
        let worked = started.map_or(SimDuration::ZERO, |started| self.now.since(started));
        let again = if cause == StopCause::SpotInterruption
            && plan.on_interruption == OnInterruption::Restart
        {
            true
        } else if succeeded {
            false
        } else {
            let job = self.world.jobs[source.index()].job_mut(index);
            job.failures += 1;
            job.failures <= plan.retry_attempts
        };
        if !succeeded {
            self.keep_checkpoint(source, index, id, worked);
        }
        let state = &mut self.world.jobs[source.index()];
        if again {
            let backoff = if cause == StopCause::SpotInterruption {
                SimDuration::ZERO
            } else {
                plan.retry_backoff
            };
            state.job_mut(index).ready = self.now + backoff;
            state.waiting.push_back(index);
        } else {
            let job = state.finish(index);
            self.observe(&Observation::JobFinished {
                source,
                sojourn: self.now.since(job.arrived),
                succeeded,
                starts: job.starts,
            });
        }
        self.start_jobs(source, queue);
    }

    /// What a checkpoint saved is kept, the rest of the work is lost with the task.
    fn keep_checkpoint(
        &mut self,
        source: JobSourceId,
        index: u32,
        id: TaskId,
        worked: SimDuration,
    ) {
        let plan = &self.plan.job_sources[source.index()];
        let every = self
            .plan
            .task_definition(plan.task_definition)
            .work
            .checkpoint_every;
        let kept = match every {
            Some(every) if !every.is_zero() => {
                SimDuration::from_micros(worked.as_micros() / every.as_micros() * every.as_micros())
            }
            Some(_) | None => SimDuration::ZERO,
        };
        let job = self.world.jobs[source.index()].job_mut(index);
        job.done = job.done + kept;
        let lost = SimDuration::from_micros(worked.as_micros() - kept.as_micros());
        self.world.tasks.live_mut(id).record.lost_work = lost;
    }
}
