//! A service of a comparison, as both models take it.

use crate::demand::requests::{Clients, RequestWork, WorkLaw};
use crate::demand::service_load::{LoadSpec, ServiceLoad};
use crate::policy::load::{Routing, Task, WorkShape};

/// A service whose tasks are all alike.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) routing: Routing,
    pub(super) tasks: u32,
    pub(super) shape: WorkShape,
    /// The law of the work, where it is not the lognormal one of the shape's CV.
    pub(super) law: Option<WorkLaw>,
    pub(super) clients: Clients,
    /// Requests that may queue at a task.
    pub(super) places: u32,
    pub(super) errors: f64,
}

impl Service {
    /// Patient clients, endless queues; `computing` is the share of a lone request's time that is
    /// CPU, on tasks of one vCPU, and the whole is `holding_s` seconds.
    pub(super) fn new(
        routing: Routing,
        [tasks, slots]: [u32; 2],
        cv: f64,
        [computing, holding_s]: [f64; 2],
    ) -> Self {
        Service {
            routing,
            tasks,
            shape: WorkShape {
                cpu_s: computing * holding_s,
                wait_s: (1.0 - computing) * holding_s,
                cv,
                slots,
                vcpus: 1.0,
            },
            law: None,
            clients: Clients::default(),
            places: u32::MAX,
            errors: 0.0,
        }
    }

    /// Requests a second that `tasks` tasks can answer at most.
    pub(super) fn capacity_per_s(&self, tasks: u32) -> f64 {
        f64::from(tasks) * Task::new(self.shape).capacity_per_s
    }

    /// Whether requests slow each other down.
    pub(super) fn is_shared(&self) -> bool {
        0.0 < self.shape.cpu_s && self.shape.vcpus.max(1.0) < f64::from(self.shape.slots)
    }

    /// The code as the exact model wants it.
    pub(super) fn work(&self) -> RequestWork {
        let law = self.law.clone();
        RequestWork {
            cpu_s: self.shape.cpu_s,
            wait_s: self.shape.wait_s,
            law: law.unwrap_or_else(|| WorkLaw::lognormal(self.shape.cv)),
            slots: self.shape.slots,
            vcpus: self.shape.vcpus,
            errors: self.errors,
            places: self.places,
        }
    }

    /// The fluid model of it, its tasks up. A request in a slot uses a MiB: memory is busy slots.
    pub(super) fn fluid(&self) -> ServiceLoad {
        let clients = self.clients;
        let mut load = ServiceLoad::new(LoadSpec {
            memory_mib: f64::from(self.shape.slots),
            errors: self.errors,
            timeout_s: Some(clients.timeout_s).filter(|timeout_s| timeout_s.is_finite()),
            leaves_queue: clients.leaves_queue,
            retry_attempts: clients.retry_attempts,
            backoff_s: clients.backoff_s,
            places: self.places,
            visibility_s: clients.visibility_s,
            ..LoadSpec::plain(self.shape, self.routing)
        });
        load.set_tasks(self.tasks, self.tasks);
        load
    }
}

/// How the page calls an algorithm.
pub(super) fn routing_name(routing: Routing) -> &'static str {
    match routing {
        Routing::Pooled => "one queue",
        Routing::RoundRobin => "round robin",
        Routing::LeastOutstanding => "least outstanding",
        Routing::Random => "random",
    }
}
