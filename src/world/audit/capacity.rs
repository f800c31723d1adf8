//! The audit of container instances: both ledgers, the groups' counts, where each owner's tasks
//! are, who waits.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{InstanceId, ServiceId, TaskId, ZoneId};
use crate::policy::auto_scaling_group::Purchase;
use crate::policy::placement::Need;
use crate::scenario::plan::Plan;
use crate::world::World;
use crate::world::capacity::{Group, need_of};
use crate::world::instance::{GroupCounts, Instance, InstanceStatus};
use crate::world::task::{HostingState, Owner, TaskState};

/// What one pass over all tasks finds on the instances.
struct Recount {
    /// What live tasks have of each instance, and how many they are.
    placed: Vec<(Need, u32)>,
    /// What tasks have of each host.
    on_host: Vec<Need>,
    /// Tasks of each owner by instance.
    owners: BTreeMap<(Owner, InstanceId), u32>,
    /// Waiting tasks, by provider.
    waiting: Vec<u32>,
    /// Of these, those that wait for an instance that was launched for them, by that.
    bound: BTreeMap<InstanceId, Vec<TaskId>>,
}

/// Checks the cluster's own capacity.
///
/// # Panics
/// If something does not add up: a defect of ours.
pub(super) fn audit(world: &World, plan: &Plan) {
    if plan.groups.is_empty() {
        return;
    }
    let recount = recount(world, plan);
    let capacity = &world.capacity;
    let mut counts: Vec<GroupCounts> = vec![GroupCounts::default(); capacity.groups.len()];
    for (index, instance) in capacity.instances.iter().enumerate() {
        if instance.status == InstanceStatus::Terminated {
            assert_eq!(
                recount.placed[index].1, 0,
                "no live task on a host that is gone"
            );
            continue;
        }
        let of = &mut counts[instance.record.group.index()];
        audit_instance(world, plan, (index, instance), &recount);
        count(of, instance, plan);
        of.reserved.add(&recount.placed[index].0);
    }
    for (index, group) in capacity.groups.iter().enumerate() {
        let waiting = group
            .provider
            .map_or(0, |provider| recount.waiting[provider.index()]);
        let counted = GroupCounts {
            waiting,
            ..counts[index]
        };
        audit_group(world, plan, (index, group), counted);
    }
    audit_bound(world, plan, &recount);
    audit_owners(world, &recount);
    for (service, missing) in &capacity.daemons {
        audit_daemon(world, (*service, missing), &recount);
    }
}

/// Where each owner's tasks are.
fn audit_owners(world: &World, recount: &Recount) {
    let capacity = &world.capacity;
    let mut hosted = BTreeMap::new();
    let services = capacity.services.iter().enumerate();
    let services =
        services.map(|(at, it)| (Owner::Service(crate::ids::ServiceId::from_index(at)), it));
    let jobs = capacity.jobs.iter().enumerate();
    let jobs = jobs.map(|(at, it)| (Owner::Job(crate::ids::JobSourceId::from_index(at)), it));
    for (owner, hosting) in services.chain(jobs) {
        let by_zone: u32 = hosting.zones.iter().sum();
        let all: u32 = hosting.instances().map(|it| it.1).sum();
        assert_eq!(by_zone, all, "an owner's tasks by zone and by instance");
        hosted.extend(hosting.instances().map(|it| ((owner, it.0), it.1)));
    }
    assert_eq!(hosted, recount.owners, "where each owner's tasks are");
}

/// A group's counts, members and sizes, beside what was counted of its instances.
fn audit_group(world: &World, plan: &Plan, (index, group): (usize, &Group), counted: GroupCounts) {
    let capacity = &world.capacity;
    let expected = GroupCounts {
        desired: group.counts.desired,
        ..counted
    };
    assert_eq!(group.counts, expected, "counts of a group");
    let by_hand = capacity
        .instances
        .iter()
        .filter(|it| it.is_draining_member && it.record.group.index() == index);
    let members = (expected.launching + expected.active) as usize + by_hand.count();
    assert_eq!(group.members.len(), members, "members of a group");
    let entered = |id: &InstanceId| capacity.instances[id.index()].entered;
    let known = group.entries.iter().filter(|(at, id)| {
        let instance = &capacity.instances[id.index()];
        instance.is_member() && instance.entered == *at
    });
    let youngest = group.members.iter().map(entered).max();
    assert_eq!(known.map(|it| it.0).max(), youngest, "the youngest member");
    for replacement in &group.replacements {
        let new = &capacity.instances[replacement.new.index()];
        assert_eq!(new.status, InstanceStatus::Launching, "a replacement");
        let old = replacement.old.map(|old| &capacity.instances[old.index()]);
        assert!(old.is_none_or(Instance::is_member), "what is replaced");
    }
    assert_eq!(group.warm.len(), expected.warm as usize, "the warm pool");
    let by_zone: u32 = group.by_zone.iter().sum();
    assert_eq!(by_zone as usize, members, "members by zone");
    let mut by_pool = vec![[0; 2]; group.by_pool.len()];
    for id in &group.members {
        let record = &capacity.instances[id.index()].record;
        let zones = &plan.groups[index].zones;
        if let Some(zone) = zones.iter().position(|zone| *zone == record.zone) {
            let pool = record.type_index as usize * zones.len() + zone;
            by_pool[pool][record.purchase as usize] += 1u32;
        }
    }
    assert_eq!(group.by_pool, by_pool, "members by pool");
    if plan.groups[index].managed.is_some() {
        assert_eq!(expected.desired as usize, members, "it desires what it has");
    }
    let sizes = group.sizes();
    assert!(
        sizes.min <= sizes.desired && sizes.desired <= sizes.max,
        "the desired capacity is between the bounds"
    );
}

/// What waits for an instance that was launched for it: both know of it, and it fits there.
fn audit_bound(world: &World, plan: &Plan, recount: &Recount) {
    let capacity = &world.capacity;
    let mut bound = vec![0; plan.providers.len()];
    for (id, tasks) in &recount.bound {
        let instance = &capacity.instances[id.index()];
        assert_eq!(
            instance.status,
            InstanceStatus::Launching,
            "it is launching"
        );
        let mut known = instance.intended.clone();
        known.sort_unstable();
        assert_eq!(&known, tasks, "an instance knows whom it was launched for");
        let record = &instance.record;
        let has = plan.group(record.group).types[record.type_index as usize].registered;
        let needs = tasks.iter().map(|task| &world.tasks.live(*task).record);
        let all = needs.fold(Need::default(), |sum, record| {
            sum.plus(&need_of(plan, record))
        });
        assert!(all.fits(&has), "no more waits for an instance than it has");
        for task in tasks {
            bound[world.tasks.live(*task).record.provider.index()] += 1;
        }
    }
    for (waiting, bound) in capacity.waiting.iter().zip(bound) {
        assert_eq!(
            waiting.bound, bound,
            "tasks that wait for what is launching"
        );
    }
    for instance in &capacity.instances {
        let is_known = recount.bound.contains_key(&instance.record.id);
        assert!(
            is_known || instance.intended.is_empty(),
            "nobody else is expected"
        );
    }
    for group in &capacity.groups {
        if let Some(id) = group.consolidating {
            let status = capacity.instances[id.index()].status;
            assert_eq!(
                status,
                InstanceStatus::Draining,
                "what is consolidated drains"
            );
        }
    }
}

/// A DAEMON service is desired once on each ACTIVE instance that it may go to, and where it still
/// is on one that is on its way out.
fn audit_daemon(
    world: &World,
    (service, missing): (ServiceId, &BTreeSet<InstanceId>),
    recount: &Recount,
) {
    let owner = Owner::Service(service);
    let is_its = |key: &&(Owner, InstanceId)| key.0 == owner;
    let has = recount.owners.keys().filter(is_its).count();
    let desired = world.services[service.index()].desired;
    assert_eq!(
        desired as usize,
        has + missing.len(),
        "wanted where it is, and where it is missing"
    );
    for id in missing {
        let status = world.capacity.instances[id.index()].status;
        assert_eq!(status, InstanceStatus::Active, "missed on ACTIVE instances");
        assert!(
            !recount.owners.contains_key(&(owner, *id)),
            "missed where there is none"
        );
    }
    let one_each = recount.owners.iter().filter(|it| it.0.0 == owner);
    for (_, tasks) in one_each {
        assert_eq!(*tasks, 1, "one task on each instance");
    }
}

fn recount(world: &World, plan: &Plan) -> Recount {
    let instances = world.capacity.instances.len();
    let mut recount = Recount {
        placed: vec![(Need::default(), 0); instances],
        on_host: vec![Need::default(); instances],
        owners: BTreeMap::new(),
        waiting: vec![0; plan.providers.len()],
        bound: BTreeMap::new(),
    };
    for (id, task) in world.tasks.iter() {
        let record = &task.record;
        if !plan.provider(record.provider).kind.is_hosted() {
            continue;
        }
        let is_live = task.state() != TaskState::Stopping;
        let Some(instance) = record.instance else {
            assert_eq!(
                record.zone,
                ZoneId::NOWHERE,
                "a task without an instance has no zone"
            );
            recount.waiting[record.provider.index()] += u32::from(is_live);
            if let Some(host) = task.intended {
                recount.bound.entry(host).or_default().push(id);
            }
            continue;
        };
        let need = need_of(plan, record);
        if is_live {
            let (sum, tasks) = &mut recount.placed[instance.index()];
            *sum = sum.plus(&need);
            *tasks += u32::from(!record.owner.is_daemon(plan));
            *recount.owners.entry((record.owner, instance)).or_insert(0) += 1;
        }
        if task.hosting == HostingState::OnHost {
            let sum = &mut recount.on_host[instance.index()];
            *sum = sum.plus(&need);
        }
    }
    recount
        .bound
        .values_mut()
        .for_each(|tasks| tasks.sort_unstable());
    recount
}

fn audit_instance(
    world: &World,
    plan: &Plan,
    (index, instance): (usize, &Instance),
    recount: &Recount,
) {
    let record = &instance.record;
    let kind = &plan.group(record.group).types[record.type_index as usize];
    let (placed, live) = recount.placed[index];
    assert_eq!(instance.live, live, "live tasks of an instance");
    assert!(
        placed.fits(&kind.registered),
        "no more is placed than there is"
    );
    let host = instance.host_free.plus(&recount.on_host[index]);
    assert_eq!(host, kind.registered, "the host's ledger");
    if instance.status.is_registered() {
        let free = world.capacity.index.free(record.id);
        assert_eq!(free, Some(kind.registered.less(&placed)), "ECS's ledger");
    }
    assert_eq!(
        world.capacity.index.is_open(record.id),
        instance.status == InstanceStatus::Active && instance.is_connected,
        "who takes tasks"
    );
    assert!(
        !instance.is_draining_member || instance.status == InstanceStatus::Draining,
        "what drains by hand drains"
    );
    let group = &world.capacity.groups[record.group.index()];
    if instance.is_member() {
        let there = group.members.get(instance.position as usize);
        assert_eq!(
            there,
            Some(&record.id),
            "a member stands in its group's list"
        );
    }
    assert_eq!(
        group.warm.contains(&record.id),
        instance.status.is_warm(),
        "the warm pool"
    );
    let is_leaving = instance.status == InstanceStatus::Draining;
    assert_eq!(
        group.leaving.contains(&record.id),
        is_leaving,
        "draining instances"
    );
    let is_empty = instance.is_member() && live == 0;
    assert_eq!(
        group.empty.contains(&record.id),
        is_empty,
        "empty instances"
    );
}

fn count(counts: &mut GroupCounts, instance: &Instance, plan: &Plan) {
    let record = &instance.record;
    counts.launching += u32::from(instance.status == InstanceStatus::Launching);
    counts.active += u32::from(instance.status == InstanceStatus::Active);
    counts.warm += u32::from(instance.status.is_warm());
    counts.draining += u32::from(instance.status == InstanceStatus::Draining);
    if instance.is_member() {
        counts.on_demand += u32::from(record.purchase == Purchase::OnDemand);
        counts.spot += u32::from(record.purchase == Purchase::Spot);
        counts.empty += u32::from(instance.live == 0);
    }
    if instance.status.is_registered() {
        let kind = &plan.group(record.group).types[record.type_index as usize];
        counts.registered.add(&kind.registered);
    }
}
