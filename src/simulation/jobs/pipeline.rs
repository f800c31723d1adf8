//! Programs that start when others have ended.

use crate::demand::arrivals::Arrival;
use crate::engine::SimDuration;
use crate::engine::queue::Queue;
use crate::ids::JobSourceId;
use crate::observe::observation::Observation;
use crate::simulation::Simulation;
use crate::simulation::event::Event;

impl Simulation<'_> {
    /// What is over of a program's batches starts those that come after it; where a job failed for
    /// good, they are not started, and neither is what comes after them.
    #[inline]
    pub(super) fn pass_on(&mut self, source: JobSourceId, queue: &mut Queue<Event>) {
        if !self.world.jobs[source.index()].over.is_empty() {
            self.pass_all_on(source, queue);
        }
    }

    fn pass_all_on(&mut self, source: JobSourceId, queue: &mut Queue<Event>) {
        while let Some((batch, has_failed)) = self.world.jobs[source.index()].over.pop_front() {
            for at in 0..self.world.jobs[source.index()].pipeline.next.len() {
                let next = self.world.jobs[source.index()].pipeline.next[at];
                let heard = &mut self.world.jobs[next.index()].pipeline;
                match heard.hear(batch, has_failed) {
                    Some(false) => self.start_after(next, queue),
                    Some(true) => {
                        let count = self.plan.job_sources[next.index()].count;
                        self.never_start((next, count), true, queue);
                    }
                    None => {}
                }
            }
        }
    }

    fn start_after(&mut self, source: JobSourceId, queue: &mut Queue<Event>) {
        let count = self.plan.job_sources[source.index()].count;
        let arrival = Arrival {
            at: self.now,
            work: None,
            cpu: None,
            memory: None,
        };
        self.add_jobs(source, arrival, count, queue);
    }

    /// A batch that is never started: all of its jobs have failed, or are skipped, as what they
    /// come after has failed.
    pub(super) fn never_start(
        &mut self,
        (source, count): (JobSourceId, u32),
        skipped: bool,
        queue: &mut Queue<Event>,
    ) {
        let state = &mut self.world.jobs[source.index()];
        let batch = state.pipeline.open(count);
        for _ in 0..count {
            self.world.jobs[source.index()].close(batch, false);
            self.observe(&Observation::JobFinished {
                source,
                sojourn: SimDuration::ZERO,
                succeeded: false,
                starts: 0,
                skipped,
            });
        }
        self.pass_on(source, queue);
    }
}
