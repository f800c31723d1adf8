//! Programs that call RunTask: arrivals of work, their queue, their further tries.

mod calls;
mod pipeline;

use std::cmp::Reverse;

use crate::catalog::fargate::{TaskSize, covering};
use crate::demand::arrivals::Arrival;
use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{JobSourceId, TaskId};
use crate::observe::inputs::{DecisionInputs, JobStart};
use crate::observe::observation::{Observation, Refusal};
use crate::policy::launch_rate::RUN_TASK_COUNT_MAX;
use crate::policy::life_cycle::StopCause;
use crate::policy::strategy::{ChoiceReason, PROVIDERS_MAX, StrategyItem};
use crate::scenario::plan::OnInterruption;
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::simulation::launch::{LaunchRequest, Refused};
use crate::world::jobs::Job;
use crate::world::task::Owner;

/// Where the ordinals of further tries begin, beyond those of arrivals.
const FURTHER_TRIES: u64 = 1 << 40;
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
        let plan = &self.plan.job_sources[source.index()];
        let count = plan.count;
        if let Some(target) = plan.target {
            self.tell_call(source, target.caller);
        }
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
        let definition = self.plan.task_definition(plan.task_definition);
        let asked = TaskSize {
            cpu: arrival.cpu.or(plan.cpu).unwrap_or(definition.cpu),
            memory: arrival.memory.or(plan.memory).unwrap_or(definition.memory),
        };
        let rule = self.plan.what_if.rule_of_size((asked.cpu, asked.memory));
        let rule = rule.map(|rule| rule as u32);
        let (strategy, first_item) = self.plan.job_strategy(source, rule);
        // On instances a task has the size it asks for.
        let is_hosted = |item: &StrategyItem| {
            let kind = self.plan.provider(item.provider).kind;
            kind.is_hosted()
        };
        let size = match strategy.items().iter().any(is_hosted) {
            true => Some(asked),
            false => covering(asked),
        };
        let Some(size) = size else {
            // No Fargate task is that large: RunTask refuses it, and no further try helps.
            self.never_start((source, count), false, queue);
            return;
        };
        let batch = self.world.jobs[source.index()].pipeline.open(count);
        let mut in_call = [0; PROVIDERS_MAX];
        let in_call = &mut in_call[..strategy.items().len()];
        for position in 0..count {
            let before_in_call = position % RUN_TASK_COUNT_MAX;
            if before_in_call == 0 {
                in_call.fill(0);
            }
            let ordinal = self.world.jobs[source.index()].arrived;
            let choice = self.provider_of_call((source, strategy), in_call, ordinal);
            in_call[choice.item] += 1;
            let work = arrival.work.or_else(|| self.drawn_work(source, ordinal));
            let state = &mut self.world.jobs[source.index()];
            let index = state.add(Job {
                number: ordinal,
                batch,
                arrived: self.now,
                work,
                done: SimDuration::ZERO,
                size,
                rule,
                item: (first_item + choice.item) as u32,
                reason: choice.reason,
                in_call: before_in_call,
                first_tried: None,
                order: 0,
                starts: 0,
                failures: 0,
                refused_calls: 0,
            });
            state.enqueue(index);
        }
        self.start_jobs(source, queue);
    }

    /// How long a job works by `work.duration`, where its arrival does not say.
    fn drawn_work(&self, source: JobSourceId, ordinal: u64) -> Option<SimDuration> {
        let plan = &self.plan.job_sources[source.index()];
        let law = self
            .plan
            .task_definition(plan.task_definition)
            .work
            .duration
            .as_ref()?;
        let mut draws = self.streams.stream(WORK, plan.key, ordinal);
        Some(SimDuration::from_secs_f64(law.sample(&mut draws)))
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

    /// Starts waiting jobs in order, as far as the concurrency and the account allow: it is the
    /// scenario's `concurrency`: AWS has no such limit.
    #[inline]
    pub(super) fn start_jobs(&mut self, source: JobSourceId, queue: &mut Queue<Event>) {
        let before = self.world.jobs[source.index()].waiting();
        if 0 < before {
            self.start_waiting((source, before), queue);
        }
    }

    fn start_waiting(&mut self, (source, before): (JobSourceId, usize), queue: &mut Queue<Event>) {
        let limit = self.plan.job_sources[source.index()]
            .concurrency
            .unwrap_or(u32::MAX);
        self.world.jobs[source.index()].release_delayed(self.now);
        // When those that were refused may be tried again, by item.
        let mut blocked = std::mem::take(&mut self.blocked);
        blocked.clear();
        blocked.resize(self.world.jobs[source.index()].ready.len(), None);
        while self.world.jobs[source.index()].live < limit {
            let state = &mut self.world.jobs[source.index()];
            let Some(item) = state.next_item(|item| blocked[item].is_some()) else {
                break;
            };
            let job = *state.ready[item]
                .front()
                .expect("the next item has a ready job");
            match self.start_job(source, job, queue) {
                Ok(()) => {
                    self.world.jobs[source.index()].ready[item].pop_front();
                }
                Err(refused) => {
                    let provider = Some(self.plan.job_provider(source, item));
                    let cpu = self.world.jobs[source.index()].job_mut(job).size.cpu;
                    self.note_held((Owner::Job(source), provider), (cpu, 0), refused);
                    match self.plan.job_sources[source.index()].target {
                        Some(target) => {
                            self.world.jobs[source.index()].ready[item].pop_front();
                            self.call_failed((source, job), refused.reason, &target);
                        }
                        None => blocked[item] = Some(refused.retry_at),
                    }
                }
            }
        }
        for retry_at in blocked.iter().flatten() {
            self.wake_jobs(source, *retry_at, queue);
        }
        self.blocked = blocked;
        if let Some(Reverse((at, _))) = self.world.jobs[source.index()].delayed.peek().copied() {
            self.wake_jobs(source, at, queue);
        }
        let waiting = self.world.jobs[source.index()].waiting();
        if waiting != before || 0 < waiting {
            self.observe_often(&Observation::JobsWaiting {
                source,
                waiting: waiting as u32,
            });
        }
        // What EventBridge has given up is over too.
        self.pass_on(source, queue);
    }

    fn start_job(
        &mut self,
        source: JobSourceId,
        index: u32,
        queue: &mut Queue<Event>,
    ) -> Result<(), Refused> {
        let plan = &self.plan.job_sources[source.index()];
        let now = self.now;
        let state = &mut self.world.jobs[source.index()];
        let job = state.job_mut(index);
        let wanted_at = *job.first_tried.get_or_insert(now);
        let (item, size, mut reason) = (job.item, job.size, job.reason);
        let in_call = job.in_call;
        let mut provider = self.plan.job_provider(source, item as usize);
        let cpu = size.cpu;
        self.check_quota(provider, cpu)?;
        self.take_call(source, in_call)?;
        let owner = Owner::Job(source);
        let mut request = LaunchRequest {
            owner,
            deployment: 0,
            provider,
            zone: None,
            definition: plan.task_definition,
            cpu,
            memory: size.memory,
        };
        let mut granted = self.grant_launch(request);
        if granted.is_err_and(|refused| refused.reason == Refusal::SpotCapacity)
            && let Some((on_demand, waited)) = self.job_falls_back((source, index), queue)
        {
            let uniform = match reason {
                ChoiceReason::Drawn { uniform, .. } => Some(uniform),
                _ => None,
            };
            reason = ChoiceReason::Fallback {
                waited,
                instead_of: provider,
                uniform,
            };
            (provider, request.provider) = (on_demand, on_demand);
            granted = self.grant_launch(request);
        }
        let granted = granted.inspect_err(|refused| {
            let refused = Observation::LaunchRefused {
                owner,
                provider: Some(provider),
                reason: refused.reason,
                nearest: refused.nearest,
                until: refused.retry_at,
            };
            self.observer.observe(now, &refused);
        })?;
        self.observe_often(&Observation::ProviderPicked {
            owner,
            provider,
            reason,
        });
        let ordinal = self.next_ordinal(owner);
        if self.observer.follows() {
            let job = *self.world.jobs[source.index()].job_mut(index);
            self.note_job_pick(source, &Job { reason, ..job }, ordinal);
        }
        let state = &mut self.world.jobs[source.index()];
        state.job_mut(index).starts += 1;
        state.started += 1;
        let record = request.record((ordinal, granted.zone), (wanted_at, now));
        self.launch_task(record, (Some(index), granted.placing), queue);
        Ok(())
    }

    /// Tells what the provider of a job's task was picked from. A call that is drawn by weight is
    /// told as if no task went before, as the draw does not look at them.
    fn note_job_pick(&mut self, source: JobSourceId, job: &Job, ordinal: u64) {
        let plan = self.plan;
        let (strategy, _) = plan.job_strategy(source, job.rule);
        self.note(&DecisionInputs::Pick {
            owner: Owner::Job(source),
            ordinal,
            strategy,
            counts: &[],
            reason: job.reason,
            job: Some(JobStart {
                arrived: job.arrived,
                number: job.number,
                starts: job.starts,
                in_call: job.in_call,
                work: job.work.map(|work| {
                    let left = work.as_micros().saturating_sub(job.done.as_micros());
                    SimDuration::from_micros(left)
                }),
            }),
        });
    }

    pub(super) fn wake_jobs(&mut self, source: JobSourceId, at: SimTime, queue: &mut Queue<Event>) {
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
        let started = task.record.last_start();
        let succeeded = cause == StopCause::EssentialContainerExited
            && task
                .record
                .stop
                .is_some_and(|stop| stop.exit_code == Some(0));
        let until = task.lost_at.unwrap_or(self.now);
        let worked = started.map_or(SimDuration::ZERO, |started| until.since(started));
        let again = if cause.is_interruption() && plan.on_interruption == OnInterruption::Restart {
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
            let backoff = if cause.is_interruption() {
                SimDuration::ZERO
            } else {
                plan.retry_backoff
            };
            let none = [0; PROVIDERS_MAX];
            let rule = self.world.jobs[source.index()].job_mut(index).rule;
            let (strategy, first_item) = self.plan.job_strategy(source, rule);
            let none = &none[..strategy.items().len()];
            let state = &mut self.world.jobs[source.index()];
            state.further_tries += 1;
            let draw = state.further_tries + FURTHER_TRIES;
            let choice = self.provider_of_call((source, strategy), none, draw);
            let state = &mut self.world.jobs[source.index()];
            let job = state.job_mut(index);
            let ready = self.now + backoff;
            job.item = (first_item + choice.item) as u32;
            (job.reason, job.in_call) = (choice.reason, 0);
            state.delayed.push(Reverse((ready, index)));
        } else {
            let job = state.finish(index, succeeded);
            self.observe_often(&Observation::JobFinished {
                source,
                sojourn: self.now.since(job.arrived),
                succeeded,
                starts: job.starts,
                skipped: false,
            });
        }
        self.start_jobs(source, queue);
        self.pass_on(source, queue);
    }
}
