//! The agent of a container instance: pulls a task's image, or finds it there, and starts it.

use crate::engine::distribution::Distribution;
use crate::engine::queue::Queue;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{InstanceId, TaskDefinitionId, TaskId};
use crate::scenario::plan::{ImagePull, NetworkMode};
use crate::simulation::Simulation;
use crate::simulation::boundary::Foreseen;
use crate::simulation::event::Event;
use crate::simulation::task_agent::{LAUNCH, seconds};

impl Simulation<'_> {
    /// The agent of an instance begins with a task: its image is pulled, or is there already.
    pub(super) fn start_on_host(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        let record = &self.world.tasks.live(id).record;
        let (owner, provider, ordinal) = (record.owner, record.provider, record.ordinal);
        let (definition_id, instance) = (record.definition, record.instance);
        let definition = self.plan.task_definition(definition_id);
        let latencies = &self.plan.provider(provider).latencies;
        let failures = definition.work.start_failures;
        // Where nothing is drawn no stream is needed.
        let is_drawn = 0.0 < failures || !latencies.is_fixed_on_hosts();
        let key = self.owner_key(owner);
        let mut draws = is_drawn.then(|| self.streams.stream(LAUNCH, key, ordinal));
        let mut sample = |law: &Distribution| match &mut draws {
            Some(draws) => law.sample(draws),
            None => law.mean(),
        };
        let eni = sample(&latencies.eni);
        let has_own = definition.hosting.network == NetworkMode::Awsvpc;
        let connectivity = self.now + seconds(if has_own { eni } else { 0.0 });
        let pull_started = connectivity + seconds(sample(&latencies.prepare));
        let per_mib = latencies.pull_per_mib * definition.work.image_mib;
        let full = sample(&latencies.pull_base) + per_mib;
        let (cached, create) = (sample(&latencies.pull_cached), sample(&latencies.create));
        let fails = draws.is_some_and(|mut draws| draws.uniform() < failures);
        let pull_stopped = match instance {
            Some(instance) => self.pulled_at(
                (instance, definition_id),
                pull_started,
                (seconds(full), seconds(cached)),
            ),
            None => pull_started + seconds(full),
        };
        let foreseen = Foreseen {
            connectivity,
            pull_started,
            pull_stopped,
            started: pull_stopped + seconds(create),
        };
        if !self.plan.boundary.is_open() {
            let mut record = self.world.tasks.live(id).record.clone();
            self.meet_boundary(&mut record);
            self.world.tasks.live_mut(id).record = record;
        }
        let record = &self.world.tasks.live(id).record;
        let foreseen = foreseen.later(self.attach_time(record));
        let next = self.next_of_start(record, &foreseen, fails);
        let record = &mut self.world.tasks.live_mut(id).record;
        let (step, at) = next.take_place(record);
        self.schedule_step(queue, id, step, at);
    }

    /// When a pull on an instance is over, by the agent's pull behaviour (ECS agent,
    /// `ECS_IMAGE_PULL_BEHAVIOR`): an image that is there costs a look at the registry at most, one
    /// that is on its way for another task comes with that.
    fn pulled_at(
        &mut self,
        (instance, definition): (InstanceId, TaskDefinitionId),
        from: SimTime,
        (full, cached): (SimDuration, SimDuration),
    ) -> SimTime {
        let definitions = self.plan.task_definitions.len();
        let host = &mut self.world.capacity.instances[instance.index()];
        let behaviour = self.plan.group(host.record.group).agent.image_pull;
        host.images.resize(definitions, None);
        let image = &mut host.images[definition.index()];
        let Some(there_at) = *image else {
            *image = Some(from + full);
            return from + full;
        };
        let look = match behaviour {
            ImagePull::Default | ImagePull::Always => cached.min(full),
            ImagePull::Once | ImagePull::PreferCached => SimDuration::ZERO,
        };
        there_at.max(from + look)
    }
}
