//! The agent of a container instance: pulls a task's image, or finds it there, and starts it.

use crate::engine::distribution::Distribution;
use crate::engine::queue::Queue;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{InstanceId, ProviderId, TaskDefinitionId, TaskId};
use crate::policy::image_cleanup::ImageCleanup;
use crate::scenario::plan::{ImagePull, NetworkMode};
use crate::simulation::Simulation;
use crate::simulation::boundary::Foreseen;
use crate::simulation::event::Event;
use crate::simulation::task_agent::{LAUNCH, seconds};
use crate::world::instance::Image;

/// How long the phases of a start on an instance take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lengths {
    /// Until its own network interface is attached.
    connectivity: SimDuration,
    prepare: SimDuration,
    /// Until its image is pulled, where nobody has pulled it.
    full: SimDuration,
    /// And where somebody has.
    cached: SimDuration,
    create: SimDuration,
}

/// What is known of the starts of a definition's tasks on a provider.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known {
    /// Nobody has asked.
    Not,
    /// How long their phases take; `None`: that is drawn.
    Is(Option<Lengths>),
}

impl Simulation<'_> {
    /// The agent of an instance begins with a task: its image is pulled, or is there already.
    pub(super) fn start_on_host(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        let record = &self.world.tasks.live(id).record;
        let (owner, provider, ordinal) = (record.owner, record.provider, record.ordinal);
        let (definition_id, instance) = (record.definition, record.instance);
        let (lengths, fails) = match self.fixed_lengths(provider, definition_id) {
            Some(lengths) => (lengths, false),
            None => {
                let key = self.owner_key(owner);
                let mut draws = self.streams.stream(LAUNCH, key, ordinal);
                let lengths = self.lengths((provider, definition_id), |law| law.sample(&mut draws));
                let failures = self.plan.task_definition(definition_id).work.start_failures;
                (lengths, draws.uniform() < failures)
            }
        };
        // Who waited for the host without an interface of its own is PENDING already.
        let known = self.world.tasks.live(id).record.times.connectivity;
        let connectivity = known.unwrap_or(self.now + lengths.connectivity);
        let pull_started = connectivity.max(self.now) + lengths.prepare;
        let pull_stopped = match instance {
            Some(instance) => self.pulled_at(
                (instance, definition_id),
                pull_started,
                (lengths.full, lengths.cached),
            ),
            None => pull_started + lengths.full,
        };
        let foreseen = Foreseen {
            connectivity,
            pull_started,
            pull_stopped,
            started: pull_stopped + lengths.create,
        };
        if !self.plan.boundary.is_open() {
            self.meet_boundary_with(id);
        }
        let record = &self.world.tasks.live(id).record;
        let foreseen = foreseen.later(self.attach_time(record));
        let next = self.next_of_start(record, &foreseen, fails);
        let record = &mut self.world.tasks.live_mut(id).record;
        let (step, at) = next.take_place(record);
        self.schedule_step(queue, id, step, at.max(self.now));
    }

    #[inline(never)]
    fn meet_boundary_with(&mut self, id: TaskId) {
        let mut record = self.world.tasks.live(id).record.clone();
        self.meet_boundary(&mut record);
        self.world.tasks.live_mut(id).record = record;
    }

    /// How long the phases of a start take on a provider's instances; laws are asked in a fixed
    /// order.
    fn lengths(
        &self,
        (provider, definition): (ProviderId, TaskDefinitionId),
        mut of: impl FnMut(&Distribution) -> f64,
    ) -> Lengths {
        let definition = self.plan.task_definition(definition);
        let latencies = &self.plan.provider(provider).latencies;
        let eni = of(&latencies.eni);
        let has_own = definition.hosting.network == NetworkMode::Awsvpc;
        let prepare = of(&latencies.prepare);
        let per_mib = latencies.pull_per_mib * definition.work.image_mib;
        Lengths {
            connectivity: seconds(if has_own { eni } else { 0.0 }),
            prepare: seconds(prepare),
            full: seconds(of(&latencies.pull_base) + per_mib),
            cached: seconds(of(&latencies.pull_cached)),
            create: seconds(of(&latencies.create)),
        }
    }

    /// The same where nothing of a start is drawn: worked out when first asked for.
    #[inline]
    fn fixed_lengths(
        &mut self,
        provider: ProviderId,
        definition: TaskDefinitionId,
    ) -> Option<Lengths> {
        let known = self.fixed_starts[provider.index()].get(definition.index());
        match known {
            Some(Known::Is(lengths)) => *lengths,
            Some(Known::Not) | None => self.look_for_lengths(provider, definition),
        }
    }

    #[cold]
    fn look_for_lengths(
        &mut self,
        provider: ProviderId,
        definition: TaskDefinitionId,
    ) -> Option<Lengths> {
        let failures = self.plan.task_definition(definition).work.start_failures;
        let is_fixed = self.plan.provider(provider).latencies.is_fixed_on_hosts();
        let is_drawn = 0.0 < failures || !is_fixed;
        let lengths = (!is_drawn).then(|| self.lengths((provider, definition), Distribution::mean));
        let row = &mut self.fixed_starts[provider.index()];
        row.resize(self.plan.task_definitions.len(), Known::Not);
        row[definition.index()] = Known::Is(lengths);
        lengths
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
        let is_gone = self.is_removed((instance, definition), from);
        let host = &mut self.world.capacity.instances[instance.index()];
        let behaviour = self.plan.group(host.record.group).agent.image_pull;
        host.images.resize(definitions, None);
        let image = &mut host.images[definition.index()];
        let Some(Image { there, .. }) = image.filter(|_| !is_gone) else {
            *image = Some(Image::at(from + full));
            return from + full;
        };
        let look = match behaviour {
            ImagePull::Default | ImagePull::Always => cached.min(full),
            ImagePull::Once | ImagePull::PreferCached => SimDuration::ZERO,
        };
        there.max(from + look)
    }

    /// Whether the agent has removed an image by then that an earlier task pulled.
    fn is_removed(
        &self,
        (instance, definition): (InstanceId, TaskDefinitionId),
        by: SimTime,
    ) -> bool {
        let host = &self.world.capacity.instances[instance.index()];
        let Some(Some(image)) = host.images.get(definition.index()) else {
            return false;
        };
        let began = host.record.times.active.unwrap_or(SimTime::ZERO);
        let cleanup = self.plan.group(host.record.group).agent.image_cleanup;
        let goes_at = |it: &ImageCleanup| it.removed_at(began, image.there, image.left);
        if cleanup.as_ref().is_none_or(|it| by < goes_at(it)) {
            return false;
        }
        // The task that asks is one of them.
        let has_it = |id: &&TaskId| self.world.tasks.live(**id).record.definition == definition;
        host.tasks.iter().filter(has_it).count() <= 1
    }
}
