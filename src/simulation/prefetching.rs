//! What the next event will read, fetched into the cache before it is fired: where tens of
//! thousands of tasks live, the end of one is a dozen far reads one after another. A hint moves no
//! result.

use crate::engine::prefetch::prefetch;
use crate::ids::{InstanceId, TaskId};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::task::Owner;

impl Simulation<'_> {
    /// Has the task of the next event fetched, before the present one is handled.
    #[inline]
    pub(super) fn fetch_next(&mut self, next: Event) {
        if let Event::TaskFate { task, .. } | Event::TaskStep { task, .. } = next {
            self.world.tasks.prefetch(task);
            self.coming = Some(task);
        }
    }

    /// Has what that task names fetched, once the present event is handled: there has been time.
    #[inline]
    pub(super) fn fetch_further(&mut self) {
        if let Some(task) = self.coming.take() {
            self.fetch_named(task);
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

    /// Has what is known of an instance fetched, but for what that keeps elsewhere.
    #[inline]
    pub(super) fn fetch_instance(&self, instance: InstanceId) {
        prefetch(&self.world.capacity.instances[instance.index()]);
        self.world.capacity.index.prefetch(instance);
    }
}
