//! The load of each service before anything has happened, and what requests cost.

use super::calls::Calls;
use crate::demand::cursor::RateCursor;
use crate::demand::load::{Fidelity, Load};
use crate::demand::service_load::LoadSpec;
use crate::demand::split_load::SplitLoad;
use crate::demand::zonal_load::ZonalLoad;
use crate::engine::SimDuration;
use crate::engine::random::{NameHash, Streams};
use crate::ids::{ServiceId, TaskDefinitionId, ZoneId};
use crate::policy::balancing::Spread;
use crate::policy::calls::PROXY_MEMORY_MIB;
use crate::policy::load::{Routing, WorkShape};
use crate::scenario::plan::{
    DemandPlan, OnTimeout, Plan, ServicePlan, SessionsPlan, TargetGroupPlan, WorkPlan,
};

/// What a request costs where nobody asks: it decides nothing.
const OF_NOBODY: WorkShape = WorkShape {
    cpu_s: 0.001,
    wait_s: 0.0,
    cv: 1.0,
    slots: 1,
    vcpus: 1.0,
};

/// The loads of all services.
pub(super) fn new_loads(plan: &Plan, calls: &mut Calls, streams: Streams) -> Vec<Option<Load>> {
    let load = |(index, service): (usize, &ServicePlan)| {
        let id = ServiceId::from_index(index);
        // Who calls and is called has its load together with them.
        let has_one = || plan.has_idle_load(id) && calls.member(id).is_none();
        (service.demand.is_some() || has_one()).then(|| new_load(plan, service, streams))
    };
    let services = plan.services.iter().enumerate();
    let mut loads: Vec<Option<Load>> = services.map(load).collect();
    calls.connect(plan, &mut loads, streams);
    loads
}

/// The load of a service that somebody asks, or that has one all the same: what its tasks use while
/// idle is a load too.
fn new_load(plan: &Plan, service: &ServicePlan, streams: Streams) -> Load {
    let spec = load_spec(plan, service, service.task_definition);
    let key = service.demand.as_ref().map_or(service.key, |it| it.key);
    let load = new_side(plan, service, &spec, (streams, key));
    if !service.may_shift() {
        return load;
    }
    // The alternate target group's requests have draws of their own.
    let key = key.part(" (alternate target group)");
    let alternate = new_side(plan, service, &spec, (streams, key));
    Load::Split(Box::new(SplitLoad::new([load, alternate])))
}

/// The load of a target group with the draws of a name, in parts where its balancer keeps zones
/// apart.
fn new_side(
    plan: &Plan,
    service: &ServicePlan,
    spec: &LoadSpec,
    (streams, key): (Streams, NameHash),
) -> Load {
    // Where nobody asks there is no request to be played.
    let fidelity = match service.demand {
        Some(_) => plan.run.fidelity,
        None => Fidelity::Fluid,
    };
    let group = service
        .target_group
        .map(|group| &plan.target_groups[group.index()]);
    let Some(group) = group.filter(|group| !group.cross_zone) else {
        return Load::new(fidelity, *spec, streams, key);
    };
    let balancer = &plan.load_balancers[group.load_balancer.index()];
    let zones = (0..plan.zones.len()).map(ZoneId::from_index).map(|zone| {
        let key = key.part(&format!(" (zone {})", plan.zones[zone.index()].name));
        let load = Load::new(fidelity, *spec, streams, key);
        (load, balancer.zones.contains(&zone))
    });
    Load::Zonal(Box::new(ZonalLoad::new(zones, !balancer.is_network)))
}

/// What requests cost on tasks of `definition` that fail their health checks and are asked all the
/// same.
pub fn open_spec(plan: &Plan, service: &ServicePlan, definition: TaskDefinitionId) -> LoadSpec {
    let mut spec = load_spec(plan, service, definition);
    spec.is_open = true;
    let failing = plan.task_definition(definition).work.errors_unhealthy;
    spec.errors = 1.0 - (1.0 - spec.errors) * (1.0 - failing);
    spec
}

/// What the requests of a service cost on tasks of `definition`, and what those use while idle.
pub fn load_spec(plan: &Plan, service: &ServicePlan, definition: TaskDefinitionId) -> LoadSpec {
    match &service.demand {
        Some(demand) => asked_spec(plan, service, demand, definition),
        None => idle_spec(plan, service, definition),
    }
}

fn idle_spec(plan: &Plan, service: &ServicePlan, definition: TaskDefinitionId) -> LoadSpec {
    let definition = plan.task_definition(definition);
    let work = &definition.work;
    LoadSpec {
        memory_mib: f64::from(definition.memory.0),
        memory_limit_mib: definition
            .memory_limit(definition.memory)
            .map_or(f64::INFINITY, |limit| f64::from(limit.0)),
        memory_base_mib: base_mib(service, work),
        memory_grows: work.memory_growth.is_some(),
        idle_vcpus: work.idle_vcpus,
        is_asked: false,
        ..LoadSpec::plain(
            WorkShape {
                vcpus: definition.cpu.vcpus(),
                ..OF_NOBODY
            },
            Routing::RoundRobin,
        )
    }
}

/// Memory of a task that works on nothing, MiB.
fn base_mib(service: &ServicePlan, work: &WorkPlan) -> f64 {
    let proxy_mib = match service.service_connect {
        true => PROXY_MEMORY_MIB,
        false => 0.0,
    };
    work.memory_base_mib + proxy_mib
}

fn asked_spec(
    plan: &Plan,
    service: &ServicePlan,
    demand: &DemandPlan,
    definition: TaskDefinitionId,
) -> LoadSpec {
    let visibility = demand.queue.as_ref().map(|queue| queue.visibility);
    let definition = plan.task_definition(definition);
    let work = &definition.work;
    let group = service
        .target_group
        .map(|group| &plan.target_groups[group.index()]);
    let gives_up = gives_up(plan, demand, group.filter(|_| visibility.is_none()));
    LoadSpec {
        shape: WorkShape {
            cpu_s: work.cpu_s,
            wait_s: work.wait_s,
            cv: work.cv,
            slots: work.slots,
            vcpus: definition.cpu.vcpus(),
        },
        routing: match &demand.queue {
            Some(_) => Routing::Pooled,
            None => group.map_or(Routing::RoundRobin, |group| group.routing),
        },
        spread: spread(demand, group.filter(|_| visibility.is_none())),
        anomalous: 0.0,
        revisions_differ: false,
        is_open: false,
        memory_mib: f64::from(definition.memory.0),
        memory_limit_mib: definition
            .memory_limit(definition.memory)
            .map_or(f64::INFINITY, |limit| f64::from(limit.0)),
        memory_base_mib: base_mib(service, work),
        memory_per_request_mib: work.memory_per_request_mib,
        memory_grows: work.memory_growth.is_some(),
        idle_vcpus: work.idle_vcpus,
        errors: work.errors,
        timeout_s: gives_up.map(|(after, _)| after.as_secs_f64()),
        balancer_gives_up: gives_up.is_some_and(|(_, by_balancer)| by_balancer),
        leaves_queue: demand.on_timeout == OnTimeout::LeavesQueue,
        retry_attempts: demand.retry_attempts,
        backoff_s: demand.retry_backoff.as_secs_f64(),
        // A queue of its own has room for all messages.
        places: work
            .queue
            .filter(|_| visibility.is_none())
            .unwrap_or(u32::MAX),
        visibility_s: visibility.map(SimDuration::as_secs_f64),
        calls_are_unsure: false,
        callees_are_unsure: false,
        address_cv: 0.0,
        is_asked: true,
    }
}

/// Which tasks a balancer sends more to than to others.
fn spread(demand: &DemandPlan, group: Option<&TargetGroupPlan>) -> Spread {
    let Some(group) = group else {
        return Spread::EVEN;
    };
    let sessions = demand.sessions.filter(|_| group.is_sticky);
    // A connection stays with its target, and so do the requests that come over it.
    let connections = group.flows.map(|_| SessionsPlan {
        share: 1.0 - demand.connections_per_request.min(1.0),
        length: demand.connection_length,
    });
    let bound = sessions.or(connections);
    let bound = bound.filter(|it| 0.0 < it.share && !it.length.is_zero());
    Spread {
        slow_start_s: group.slow_start.as_secs_f64(),
        sticky_share: bound.map_or(0.0, |sessions| sessions.share),
        session_s: bound.map_or(1.0, |sessions| sessions.length.as_secs_f64()),
        mitigates: group.mitigates,
    }
}

/// Who gives up first on an answer that does not come, the client or the load balancer, and when.
fn gives_up(
    plan: &Plan,
    demand: &DemandPlan,
    group: Option<&TargetGroupPlan>,
) -> Option<(SimDuration, bool)> {
    let client = demand.timeout.map(|after| (after, false));
    let balancer = group.and_then(|group| {
        let balancer = &plan.load_balancers[group.load_balancer.index()];
        balancer.idle_timeout.map(|after| (after, true))
    });
    client.into_iter().chain(balancer).min()
}

pub(super) fn new_rate(plan: &Plan, service: &ServicePlan, streams: Streams) -> Option<RateCursor> {
    let demand = service.demand.as_ref()?;
    let cursor = RateCursor::new(&demand.rate, &plan.calendar(), &streams, demand.key);
    Some(cursor.expect("the loader has checked the rate"))
}
