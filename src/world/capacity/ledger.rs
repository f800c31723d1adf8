//! ECS's ledger: what is placed where, and what every count makes of it.

use std::collections::BTreeSet;

use super::{Capacity, need_of, ports_of};
use crate::engine::SimTime;
use crate::ids::{InstanceId, ServiceId};
use crate::scenario::plan::Plan;
use crate::world::instance::InstanceStatus;
use crate::world::task::{Owner, TaskRecord};

impl Capacity {
    /// A task is placed on an instance: ECS's ledger.
    pub fn take(
        &mut self,
        plan: &Plan,
        record: &TaskRecord,
        (instance, now): (InstanceId, SimTime),
    ) {
        let (need, ports) = (need_of(plan, record), ports_of(plan, record));
        self.index.take(instance, &need, ports);
        self.count(plan, record.owner, instance, 1);
        let host = &mut self.instances[instance.index()];
        let group = &mut self.groups[host.record.group.index()];
        group.counts.reserved.add(&need);
        if let Some(missing) = self.missing_daemons(record.owner) {
            missing.remove(&instance);
            return;
        }
        let host = &mut self.instances[instance.index()];
        host.live += 1;
        let (is_first, group) = (host.live == 1, host.record.group);
        if is_first {
            host.end_empty(now);
        }
        let group = &mut self.groups[group.index()];
        if is_first && group.empty.remove(&instance) {
            group.counts.empty -= 1;
        }
    }

    /// A task is to stop: its share is free for placement at once.
    pub fn give(
        &mut self,
        plan: &Plan,
        record: &TaskRecord,
        (instance, now): (InstanceId, SimTime),
    ) {
        let (need, ports) = (need_of(plan, record), ports_of(plan, record));
        self.index.give(instance, &need, ports);
        self.count(plan, record.owner, instance, -1);
        let host = &mut self.instances[instance.index()];
        let group = &mut self.groups[host.record.group.index()];
        group.counts.reserved.remove(&need);
        let is_active = host.status == InstanceStatus::Active;
        if let Some(missing) = self.missing_daemons(record.owner) {
            if is_active {
                missing.insert(instance);
            }
            return;
        }
        let host = &mut self.instances[instance.index()];
        host.live -= 1;
        let (is_last, is_member) = (host.live == 0, host.is_member());
        if is_last {
            host.empty_since = now;
        }
        let group = &mut self.groups[host.record.group.index()];
        if is_last && is_member && group.empty.insert(instance) {
            group.counts.empty += 1;
        }
    }

    /// Of a DAEMON service: the instances where it misses a task.
    fn missing_daemons(&mut self, owner: Owner) -> Option<&mut BTreeSet<InstanceId>> {
        let is_its = |daemon: &&mut (ServiceId, _)| Owner::Service(daemon.0) == owner;
        let found = self.daemons.iter_mut().find(is_its);
        found.map(|(_, missing)| missing)
    }

    fn count(&mut self, plan: &Plan, owner: Owner, instance: InstanceId, by: i32) {
        let class = self.instances[instance.index()].class;
        let hosting = match owner {
            Owner::Service(service) => &mut self.services[service.index()],
            Owner::Job(source) => &mut self.jobs[source.index()],
        };
        let class = &self.classes[class.0 as usize];
        hosting.change(instance, (class.zone_place(plan), &class.values), by);
    }
}
