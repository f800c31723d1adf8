//! DAEMON services: one task on each ACTIVE instance that meets their constraints, the first to
//! start there and the last to stop (ECS developer guide, "service scheduler concepts").

use std::collections::BTreeSet;

use crate::engine::queue::Queue;
use crate::ids::{InstanceId, ServiceId, TaskId};
use crate::observe::inputs::DecisionInputs;
use crate::policy::life_cycle::StopCause;
use crate::policy::placement::Need;
use crate::policy::strategy::next_provider;
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::simulation::task_end::Ending;
use crate::world::instance::InstanceStatus;
use crate::world::placement::ClassId;
use crate::world::task::{Owner, TaskState, TaskTimes};

impl Simulation<'_> {
    /// An instance is ACTIVE: every DAEMON service that may go there wants a task on it.
    pub(super) fn daemons_want(&mut self, id: InstanceId) {
        let class = self.world.capacity.instances[id.index()].class;
        for at in 0..self.world.capacity.daemons.len() {
            let service = self.world.capacity.daemons[at].0;
            if self.is_wanted_on(service, class) {
                self.world.capacity.daemons[at].1.insert(id);
                self.world.services[service.index()].desired += 1;
            }
        }
    }

    /// Whether a DAEMON service goes to the instances of a class.
    fn is_wanted_on(&self, service: ServiceId, class: ClassId) -> bool {
        let primary = self.world.services[service.index()].primary();
        let provider = primary.strategy.items()[0].provider;
        let key = (Owner::Service(service), primary.definition, provider);
        self.world.capacity.class(class).meets(self.plan, key)
    }

    /// A DAEMON service has another revision, whose constraints other instances may meet: it is
    /// wanted there, and no longer where it misses a task in vain. What runs on an instance that
    /// does not meet them is wanted until it stops (`leave_placement`). An update looks at all
    /// instances once.
    pub(super) fn daemon_redefined(&mut self, service: ServiceId) {
        let mut daemons = self.world.capacity.daemons.iter();
        let Some(at) = daemons.position(|it| it.0 == service) else {
            return;
        };
        for index in 0..self.world.capacity.instances.len() {
            let instance = &self.world.capacity.instances[index];
            if instance.status != InstanceStatus::Active {
                continue;
            }
            let (id, class) = (instance.record.id, instance.class);
            let has_one = 0 < self.world.capacity.hosting(Owner::Service(service)).on(id);
            let is_wanted = self.is_wanted_on(service, class);
            let missing = &mut self.world.capacity.daemons[at].1;
            let desired = &mut self.world.services[service.index()].desired;
            if is_wanted && !has_one && missing.insert(id) {
                *desired += 1;
            } else if !is_wanted && missing.remove(&id) {
                *desired -= 1;
            }
        }
    }

    /// A DAEMON service's task leaves an ACTIVE instance: whether one is to come in its place.
    pub(super) fn is_to_be_replaced(&mut self, service: ServiceId, id: InstanceId) -> bool {
        let class = self.world.capacity.instances[id.index()].class;
        if self.is_wanted_on(service, class) {
            return true;
        }
        let mut daemons = self.world.capacity.daemons.iter_mut();
        if let Some((_, missing)) = daemons.find(|it| it.0 == service) {
            missing.remove(&id);
        }
        false
    }

    /// What DAEMON services reserve of each instance of a class.
    pub(super) fn daemons_need(&self, class: ClassId) -> Need {
        let daemons = self.world.capacity.daemons.iter();
        let wanted = daemons.filter(|(service, _)| self.is_wanted_on(*service, class));
        let need = |(service, _): &(ServiceId, _)| {
            let definition = self.world.services[service.index()].primary().definition;
            let definition = self.plan.task_definition(definition);
            let size = (definition.cpu.0, definition.memory.0);
            crate::world::capacity::need(size, &definition.hosting)
        };
        wanted
            .map(need)
            .fold(Need::default(), |sum, need| sum.plus(&need))
    }

    /// An instance takes no further tasks: DAEMON services without a task there want none. One that
    /// is there is wanted until it stops.
    pub(super) fn daemons_give_up(&mut self, id: InstanceId) {
        for (service, missing) in &mut self.world.capacity.daemons {
            if missing.remove(&id) {
                self.world.services[service.index()].desired -= 1;
            }
        }
    }

    /// DAEMON services are wanted on more instances, or on fewer: their tasks start before whoever
    /// waits for the room.
    pub(super) fn daemons_changed(&mut self, queue: &mut Queue<Event>) {
        for at in 0..self.world.capacity.daemons.len() {
            self.reconcile(self.world.capacity.daemons[at].0, queue);
        }
    }

    /// On an instance that stands from the start DAEMON services have their tasks.
    pub(super) fn stand_daemons(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        for at in 0..self.world.capacity.daemons.len() {
            let (service, missing) = &self.world.capacity.daemons[at];
            let service = *service;
            if !missing.contains(&id) {
                continue;
            }
            let primary = self.world.services[service.index()].primary();
            let (deployment, strategy) = (primary.ordinal, primary.strategy.clone());
            let definition = self.plan.task_definition(primary.definition);
            let size = (definition.cpu.0, definition.memory.0);
            let need = crate::world::capacity::need(size, &definition.hosting);
            let of = (Owner::Service(service), primary.definition);
            let zone = self.world.capacity.instances[id.index()].record.zone;
            if !self.has_room(id, (service, need)) || !self.could_start(of, (true, zone)) {
                continue;
            }
            let zone = self.world.capacity.instances[id.index()].record.zone;
            let provider = strategy.items()[0].provider;
            let mut record = self.new_record((service, deployment), provider, zone);
            self.note(&DecisionInputs::Pick {
                owner: Owner::Service(service),
                ordinal: record.ordinal,
                strategy: &strategy,
                counts: &[0],
                reason: next_provider(&strategy, &[0]).reason,
                job: None,
            });
            record.times = TaskTimes::standing();
            self.admit_running(record, Some(id), queue);
        }
    }

    /// The instance that a DAEMON service's next task goes to: the first that misses one and has
    /// the room.
    pub(super) fn instance_without_daemon(
        &self,
        service: ServiceId,
        need: Need,
    ) -> Option<InstanceId> {
        let mut missing = self.misses_daemon(service)?.iter();
        missing
            .find(|id| self.has_room(**id, (service, need)))
            .copied()
    }

    /// The instances where a DAEMON service misses a task; `None`: it is none.
    pub(super) fn misses_daemon(&self, service: ServiceId) -> Option<&BTreeSet<InstanceId>> {
        let mut daemons = self.world.capacity.daemons.iter();
        daemons.find(|it| it.0 == service).map(|it| &it.1)
    }

    fn has_room(&self, id: InstanceId, (service, need): (ServiceId, Need)) -> bool {
        let index = &self.world.capacity.index;
        let is_connected = self.world.capacity.instances[id.index()].is_connected;
        let definition = self.world.services[service.index()].primary().definition;
        let wanted = &self.plan.task_definition(definition).hosting.ports;
        let has_ports = index
            .ports(id)
            .is_some_and(|used| wanted.clash(used).is_none());
        is_connected
            && index.is_open(id)
            && has_ports
            && index.free(id).is_some_and(|free| need.fits(&free))
    }

    /// Of a draining instance the DAEMON services' tasks stop when they are alone.
    pub(super) fn stop_daemons_if_alone(&mut self, id: InstanceId, queue: &mut Queue<Event>) {
        let tasks = &self.world.capacity.instances[id.index()].tasks;
        let is_daemon = |task: &TaskId| {
            let task = self.world.tasks.get(*task);
            task.is_some_and(|task| task.record.owner.is_daemon(self.plan))
        };
        if self.world.capacity.daemons.is_empty() || !tasks.iter().all(is_daemon) {
            return;
        }
        for task in tasks.clone() {
            if self.world.tasks.live(task).state() != TaskState::Stopping {
                self.stop_task(task, Ending::of(StopCause::InstanceDraining), queue);
            }
        }
    }
}
