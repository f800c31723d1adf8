//! Instances and their classes, in the orders that answer the rules.

use std::cell::RefCell;

use crate::engine::prefetch::prefetch;
use crate::ids::InstanceId;
use crate::policy::placement::{Need, PlacementRule, Ports};
use crate::world::placement::order::Order;
use crate::world::placement::place::Room;
use crate::world::placement::sorting::{SORTINGS, Sorting, place};

/// Instances of one zone with the same lasting attributes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClassId(pub u32);

#[derive(Clone, Debug)]
pub(super) struct Class {
    pub(super) zone: usize,
    /// Values of the attributes that rules spread over.
    pub(super) values: Vec<Option<usize>>,
    /// By [`SORTINGS`]; those that no strategy needs are not kept.
    pub(super) orders: [Option<Order>; SORTINGS.len()],
}

#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) class: ClassId,
    pub(super) free: Need,
    /// The same, as orders know it.
    room: Room,
    pub(super) ports: Ports,
    /// Whether it takes tasks: ACTIVE, its agent connected.
    pub(super) is_open: bool,
}

/// Container instances by what is free on them.
#[derive(Clone, Debug, Default)]
pub struct PlacementIndex {
    pub(super) classes: Vec<Class>,
    pub(super) hosts: Vec<Option<Host>>,
    /// The orders that are kept, each once.
    pub(super) sortings: Vec<Sorting>,
    /// Room for the classes that a search has left; reused.
    pub(super) scratch: RefCell<Vec<ClassId>>,
}

impl PlacementIndex {
    /// No instances; orders for these strategies.
    pub fn new<'a>(strategies: impl Iterator<Item = &'a [PlacementRule]>) -> Self {
        let mut index = PlacementIndex::default();
        for rules in strategies {
            let sorting = Sorting::of(&[], rules);
            if !index.sortings.contains(&sorting) {
                index.sortings.push(sorting);
            }
        }
        index
    }

    /// A class of instances of a zone, with the values of the attributes that rules spread over.
    pub fn add_class(&mut self, zone: usize, values: Vec<Option<usize>>) -> ClassId {
        let order = |sorting: Sorting| {
            let is_kept = self.sortings.contains(&sorting);
            is_kept.then(|| Order::new(sorting))
        };
        let orders = SORTINGS.map(order);
        self.classes.push(Class {
            zone,
            values,
            orders,
        });
        ClassId((self.classes.len() - 1) as u32)
    }

    /// An instance registers with this much free; it takes tasks from [`PlacementIndex::open`] on.
    pub fn register(&mut self, instance: InstanceId, class: ClassId, free: Need, ports: Ports) {
        if self.hosts.len() <= instance.index() {
            self.hosts.resize(instance.index() + 1, None);
        }
        self.hosts[instance.index()] = Some(Host {
            class,
            free,
            room: Room::of(&free),
            ports,
            is_open: false,
        });
    }

    /// An instance takes tasks from now on.
    pub fn open(&mut self, instance: InstanceId) {
        self.change(instance, |host| host.is_open = true);
    }

    /// An instance takes no further tasks: draining, or its agent is gone.
    pub fn close(&mut self, instance: InstanceId) {
        self.change(instance, |host| host.is_open = false);
    }

    /// Whether an instance takes tasks.
    pub fn is_open(&self, instance: InstanceId) -> bool {
        self.host(instance).is_some_and(|host| host.is_open)
    }

    /// An instance is gone.
    pub fn deregister(&mut self, instance: InstanceId) {
        self.close(instance);
        self.hosts[instance.index()] = None;
    }

    /// A task is placed on an instance.
    pub fn take(&mut self, instance: InstanceId, need: &Need, ports: &Ports) {
        self.change(instance, |host| {
            host.free = host.free.less(need);
            host.ports.take(ports);
        });
    }

    /// A task's share is free for placement again.
    pub fn give(&mut self, instance: InstanceId, need: &Need, ports: &Ports) {
        self.change(instance, |host| {
            host.free = host.free.plus(need);
            host.ports.free(ports);
        });
    }

    /// What an instance has free for placement.
    pub fn free(&self, instance: InstanceId) -> Option<Need> {
        self.host(instance).map(|host| host.free)
    }

    /// One more than the highest id that ever registered.
    pub fn len(&self) -> usize {
        self.hosts.len()
    }

    /// Whether no instance ever registered.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }

    /// The host ports that are taken on an instance.
    pub fn ports(&self, instance: InstanceId) -> Option<&Ports> {
        self.host(instance).map(|host| &host.ports)
    }

    /// Has what is known of an instance fetched into the cache.
    pub fn prefetch(&self, instance: InstanceId) {
        if let Some(host) = self.hosts.get(instance.index()) {
            prefetch(host);
        }
    }

    pub(super) fn host(&self, instance: InstanceId) -> Option<&Host> {
        self.hosts.get(instance.index()).and_then(Option::as_ref)
    }

    fn change(&mut self, instance: InstanceId, change: impl FnOnce(&mut Host)) {
        let Some(host) = self
            .hosts
            .get_mut(instance.index())
            .and_then(Option::as_mut)
        else {
            return;
        };
        let class = &mut self.classes[host.class.0 as usize];
        let (was_open, before, room) = (host.is_open, host.free, host.room);
        change(host);
        host.room = Room::of(&host.free);
        let rooms = (room, host.room);
        for sorting in &self.sortings {
            let Some(order) = &mut class.orders[*sorting as usize] else {
                continue;
            };
            let old = (place(*sorting, instance, &before), rooms.0);
            let new = (place(*sorting, instance, &host.free), rooms.1);
            match (was_open, host.is_open) {
                (true, true) => order.change(old, new),
                (true, false) => order.remove(old),
                (false, true) => order.insert(new),
                (false, false) => {}
            }
        }
    }
}
