//! The order in which a task's containers start: what each does is drawn, and when each may start
//! follows.

use crate::engine::random::Purpose;
use crate::engine::{SimDuration, SimTime};
use crate::policy::container_order::{Behaviour, CONTAINERS_MAX, Starts, starts};
use crate::simulation::Simulation;
use crate::simulation::task_agent::seconds;
use crate::simulation::task_end::drawn_code;
use crate::world::task::TaskRecord;

/// Draws of how long a container runs that ends by itself, and with which exit code.
const CONTAINERS: Purpose = Purpose::new("container order");

impl Simulation<'_> {
    /// When the containers of a task start, from the instant on at which the first may. The same
    /// at every call: nothing of it is remembered.
    #[inline]
    pub(super) fn starts(&self, record: &TaskRecord) -> Starts {
        let definition = self.plan.task_definition(record.definition);
        if definition.order.is_empty() {
            return Starts::AT_ONCE;
        }
        self.starts_in_order(record)
    }

    fn starts_in_order(&self, record: &TaskRecord) -> Starts {
        let definition = self.plan.task_definition(record.definition);
        let key = self.owner_key(record.owner);
        let mut draws = self.streams.stream(CONTAINERS, key, record.ordinal);
        // Where its checks fail from its start on, none of its containers is ever HEALTHY.
        let never_healthy = self.fails_after(record) == Some(SimDuration::ZERO);
        let mut behaviours = [Behaviour::default(); CONTAINERS_MAX];
        for (at, container) in definition.containers.iter().enumerate() {
            let ends = container.code.ends.as_ref().map(|ends| {
                let after = seconds(ends.duration.sample(&mut draws));
                (after, drawn_code(&ends.exit_codes, || draws.uniform()))
            });
            let check = container.health_check.filter(|_| !never_healthy);
            let ready = SimTime::ZERO + container.code.start;
            let healthy = check.map(|check| check.healthy_at(SimTime::ZERO, ready));
            behaviours[at] = Behaviour {
                ends,
                healthy: healthy.map(|at| at.since(SimTime::ZERO)),
                start_timeout: container.start_timeout,
            };
        }
        let depends_on = |at: usize| &definition.containers[at].depends_on[..];
        starts(&definition.order, depends_on, &behaviours)
    }
}
