//! What coming events will read, fetched into the cache before they are fired: where tens of
//! thousands of tasks live, the end of one is a dozen far reads one after another. A hint moves no
//! result.

use crate::engine::prefetch::prefetch;
use crate::engine::queue::FORESEEN;
use crate::ids::{InstanceId, TaskId};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::task::Owner;

impl Simulation<'_> {
    /// Has fetched what coming events will read: of the third one the task, of the second one what
    /// the task names, of the first one what that names.
    #[inline]
    pub(super) fn fetch(&self, coming: [Event; FORESEEN]) {
        let [first, second, third] = coming.map(task_of);
        if let Some(task) = third {
            self.world.tasks.prefetch(task);
        }
        if let Some(task) = second {
            self.fetch_named(task);
        }
        if let Some(task) = first {
            self.fetch_lists(task);
        }
    }

    /// The job, the instance, and its place in the list of its group.
    fn fetch_named(&self, id: TaskId) {
        let Some(task) = self.world.tasks.get(id) else {
            return;
        };
        let (record, position) = (&task.record, self.world.tasks.position(id));
        if let Owner::Job(source) = record.owner {
            let source = &self.world.jobs[source.index()];
            if let Some(job) = task.job.and_then(|job| source.jobs.get(job as usize)) {
                prefetch(job);
            }
            let (groups, phase) = (&source.groups, task.phase());
            let last = groups.prefetch(record.provider, record.zone, phase, position);
            if let Some(last) = last {
                self.world.tasks.prefetch_position(last);
            }
        }
        if let Some(instance) = record.instance {
            self.fetch_instance(instance);
        }
    }

    /// What stands elsewhere of its instance: the tasks and the image.
    fn fetch_lists(&self, id: TaskId) {
        let record = self.world.tasks.get(id).map(|task| &task.record);
        if let Some((record, instance)) = record.and_then(|it| Some((it, it.instance?))) {
            let host = &self.world.capacity.instances[instance.index()];
            prefetch(&host.tasks[..]);
            if let Some(image) = host.images.get(record.definition.index()) {
                prefetch(image);
            }
        }
    }

    /// Has what is known of an instance fetched, but for what that keeps elsewhere.
    #[inline]
    pub(super) fn fetch_instance(&self, instance: InstanceId) {
        prefetch(&self.world.capacity.instances[instance.index()]);
        self.world.capacity.index.prefetch(instance);
    }
}

fn task_of(event: Event) -> Option<TaskId> {
    if let Event::TaskFate { task, .. } | Event::TaskStep { task, .. } = event {
        return Some(task);
    }
    None
}
