//! Usage that grows with requests. Fractions of bytes and connections are summed by hour as floats,
//! in the order of time, and rounded once, when the hour is over; then only what was idle is kept,
//! until the hour's tasks are known.

use std::collections::BTreeMap;

use super::idle::{CreditKey, Idle, write_idle, write_used};
use crate::demand::period::{PERIOD, ServicePeriod};
use crate::engine::SimTime;
use crate::ids::{LoadBalancerId, ServiceId, TaskDefinitionId};
use crate::observe::usage::{KnownPlace, Meter, Owner, UsageKey, UsageTable};
use crate::policy::balancing::FlowKind;
use crate::scenario::plan::{LoadBalancerPlan, Plan, ServicePlan, TargetGroupPlan};
use crate::units::CpuUnits;

/// Seconds of a minute of load.
const PERIOD_S: u64 = PERIOD.as_micros() / 1_000_000;

/// Requests to a queue of each message that is received: ReceiveMessage and DeleteMessage.
/// ASSUMPTION: messages are of 64 KB at most and travel alone, not in batches of ten, and polls
/// that find nothing (three a minute and poller with long polling) are not counted.
const REQUESTS_OF_RECEIVED: f64 = 2.0;

/// What is summed by hour, or by part of one.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Part {
    new_connections: f64,
    connection_seconds: f64,
    processed_bytes: f64,
    evaluations: f64,
    bytes_out: f64,
    log_bytes: f64,
    cross_zone_bytes: f64,
    queue_requests: f64,
    idle_cpu_unit_seconds: f64,
    idle_mib_seconds: f64,
    used_cpu_unit_seconds: f64,
}

/// What a request uses, beyond the time of tasks.
#[derive(Clone, Copy, Debug, Default)]
struct PerRequest {
    connections: f64,
    connection_s: f64,
    bytes_in: f64,
    bytes_out: f64,
    evaluations: f64,
    log_bytes: f64,
    cross_zone_bytes: f64,
    /// Request and response between zones, at a Network Load Balancer that asks all of them.
    balanced_cross_zone_bytes: f64,
}

/// A target group's part of what a service's requests use at its load balancer.
#[derive(Clone, Debug)]
struct GroupMeters {
    balancer: LoadBalancerId,
    /// What its flows are, behind a Network Load Balancer.
    flows: Option<FlowKind>,
    is_internet_facing: bool,
    /// Of the service's requests.
    part: f64,
    /// Of the evaluations of rules that they take.
    evaluations_part: f64,
    /// Where the table keeps what is summed, in the order of [`Part::balanced`].
    places: [KnownPlace; 4],
}

#[derive(Clone, Debug)]
struct ServiceMeters {
    /// Those of its target groups.
    groups: Vec<GroupMeters>,
    /// The part of its requests that comes by balancers that face the internet.
    internet_part: f64,
    pulls: bool,
    /// Whether what its tasks do is given: else it is not known what they leave unused, whoever
    /// watches them.
    is_given: bool,
    per_request: PerRequest,
    /// The hour, or part of one, that is not over: its index, the second of the table at which it
    /// ends (0 before the first), and its sums so far.
    open: (u32, u64, Part),
    /// Where the table keeps what is summed, in the order of [`Part::metered`].
    places: [KnownPlace; 4],
    /// Of each that is over.
    idle: Vec<Idle>,
}

/// Usage that grows with requests, by service and hour.
#[derive(Clone, Debug)]
pub(super) struct LoadMeters {
    /// The second of the run from which on is metered, the start of a minute: hours of the table
    /// begin there.
    from: u64,
    services: Vec<ServiceMeters>,
    /// Log bytes and cross-zone bytes of a request, by task definition.
    definitions: Vec<(f64, f64)>,
}

/// Bytes of a request and its response between zones. Behind an Application Load Balancer they are
/// free; a Network Load Balancer's are paid where cross-zone load balancing is on (its user guide,
/// target groups, cross-zone). ASSUMPTION: tasks are as many in each of the balancer's zones.
fn balanced_cross_zone(
    group: &TargetGroupPlan,
    balancer: &LoadBalancerPlan,
    per_request: &PerRequest,
) -> f64 {
    let zones = balancer.zones.len().max(1) as f64;
    match balancer.is_network && group.cross_zone {
        true => (1.0 - 1.0 / zones) * (per_request.bytes_in + per_request.bytes_out),
        false => 0.0,
    }
}

impl LoadMeters {
    /// Nothing used yet.
    pub(super) fn new(plan: &Plan) -> Self {
        let definitions = plan.task_definitions.iter().map(|definition| {
            let work = &definition.work;
            let cross_zone = work.cross_zone_bytes_per_request;
            (work.log_bytes_per_request, cross_zone)
        });
        let ids = (0..plan.services.len()).map(ServiceId::from_index);
        let services = ids.map(|id| ServiceMeters::new(plan, id));
        let mut meters = LoadMeters {
            from: 0,
            services: services.collect(),
            definitions: definitions.collect(),
        };
        for (index, service) in plan.services.iter().enumerate() {
            meters.deployed(ServiceId::from_index(index), service.task_definition);
        }
        meters
    }

    /// Meters from `at`, the start of a minute, on, into a table that begins there.
    pub(super) fn restart(&mut self, at: SimTime) {
        self.from = at.as_micros() / 1_000_000;
        for meters in &mut self.services {
            meters.open = (0, 0, Part::default());
            meters.places = Default::default();
            for group in &mut meters.groups {
                group.places = Default::default();
            }
            meters.idle.clear();
        }
    }

    /// A service's requests are those of this revision from now on. ASSUMPTION: also while the one
    /// before still answers some.
    pub(super) fn deployed(&mut self, service: ServiceId, definition: TaskDefinitionId) {
        let (logs, cross_zone) = self.definitions[definition.index()];
        let per_request = &mut self.services[service.index()].per_request;
        per_request.log_bytes = logs;
        per_request.cross_zone_bytes = cross_zone;
    }

    /// Adds `count` minutes from the `first` on, all like `minute`. A service's minutes come in
    /// order; hours that are over go into the table.
    pub(super) fn add(
        &mut self,
        usage: &mut UsageTable,
        service: ServiceId,
        (first, count): (u64, u64),
        minute: &ServicePeriod,
    ) {
        let meters = &mut self.services[service.index()];
        let one = meters.minute(minute);
        // A minute of the warm-up may be told after its end.
        let since = |second: u64| second.saturating_sub(self.from);
        let (mut at, end) = (since(first * PERIOD_S), since((first + count) * PERIOD_S));
        while at < end {
            if meters.open.1 <= at {
                meters.open_part(usage, service, at);
            }
            let until = meters.open.1.min(end);
            let times = (until - at) as f64 / PERIOD_S as f64;
            meters.open.2.add(&one, times);
            at = until;
        }
    }

    /// Writes what is left into the table, which has all tasks' usage already.
    pub(super) fn write(&mut self, usage: &mut UsageTable, credit: &BTreeMap<CreditKey, Meter>) {
        for (index, meters) in self.services.iter_mut().enumerate() {
            let service = ServiceId::from_index(index);
            meters.close_part(usage, service);
            write_idle(usage, Owner::Service(service), &meters.idle);
            write_used(usage, (Owner::Service(service), credit), &meters.idle);
        }
    }
}

impl GroupMeters {
    /// What a service's requests use at each of its target groups' balancers, with the evaluations
    /// that each takes there.
    fn of(plan: &Plan, service: &ServicePlan) -> (Vec<GroupMeters>, f64) {
        let (mut groups, mut evaluations) = (Vec::new(), 0.0);
        for (id, part) in service.group_parts() {
            let group = &plan.target_groups[id.index()];
            let balancer = &plan.load_balancers[group.load_balancer.index()];
            let each = match balancer.is_network {
                true => 0.0,
                false => Meter::counted_rules(u64::from(balancer.rules)) as f64,
            };
            evaluations += part * each;
            groups.push(GroupMeters {
                balancer: group.load_balancer,
                flows: group.flows,
                is_internet_facing: balancer.internet_facing,
                part,
                evaluations_part: part * each,
                places: Default::default(),
            });
        }
        for group in groups.iter_mut().filter(|_| 0.0 < evaluations) {
            group.evaluations_part /= evaluations;
        }
        (groups, evaluations)
    }
}

impl ServiceMeters {
    fn new(plan: &Plan, id: ServiceId) -> Self {
        let service = plan.service(id);
        let mut per_request = PerRequest::default();
        if let Some(demand) = &service.demand {
            per_request.connections = demand.connections_per_request;
            per_request.connection_s = demand.connection_length.as_secs_f64();
            per_request.bytes_in = demand.bytes_in;
            per_request.bytes_out = demand.bytes_out;
        }
        let (groups, evaluations) = GroupMeters::of(plan, service);
        per_request.evaluations = evaluations;
        for (id, part) in service.group_parts() {
            let group = &plan.target_groups[id.index()];
            let balancer = &plan.load_balancers[group.load_balancer.index()];
            per_request.balanced_cross_zone_bytes +=
                part * balanced_cross_zone(group, balancer, &per_request);
        }
        let facing = groups.iter().filter(|group| group.is_internet_facing);
        ServiceMeters {
            internet_part: facing.map(|group| group.part).sum(),
            groups,
            pulls: service.demand.as_ref().is_some_and(|it| it.queue.is_some()),
            is_given: plan.is_given(id),
            per_request,
            open: (0, 0, Part::default()),
            places: Default::default(),
            idle: Vec::new(),
        }
    }

    /// Makes the part of the table that a second of it lies in the open one.
    fn open_part(&mut self, usage: &mut UsageTable, service: ServiceId, second: u64) {
        let part = usage.part_at(second);
        if self.open.0 != part {
            self.close_part(usage, service);
            self.open = (part, 0, Part::default());
        }
        self.open.1 = usage.part_start(part + 1);
    }

    /// Writes the open part's sums into the table, but for what was idle in it.
    fn close_part(&mut self, usage: &mut UsageTable, service: ServiceId) {
        let (part, _, sums) = self.open;
        let service = Owner::Service(service);
        let pulls = self.pulls;
        let own = sums.metered().into_iter().zip(&mut self.places);
        let is_its = |meter: Meter| pulls || meter != Meter::QueueRequests;
        for ((meter, sum), place) in own.filter(|((meter, _), _)| is_its(*meter)) {
            let key = UsageKey::billed(meter, service, None);
            usage.add_known(part, key, sum.round() as u128, place);
        }
        for group in &mut self.groups {
            let balancer = Owner::LoadBalancer(group.balancer);
            let balanced = sums.balanced(group).into_iter().zip(&mut group.places);
            for ((meter, sum), place) in balanced {
                let key = UsageKey::billed(meter, balancer, None);
                usage.add_known(part, key, sum.round() as u128, place);
            }
        }
        if !self.is_given {
            return;
        }
        self.idle.resize(part as usize, Idle::default());
        self.idle.push(Idle {
            cpu_unit_seconds: sums.idle_cpu_unit_seconds,
            mib_seconds: sums.idle_mib_seconds,
            used_cpu_unit_seconds: sums.used_cpu_unit_seconds,
        });
    }

    /// What a minute uses. Requests that no task answered write no log and send no body.
    fn minute(&self, minute: &ServicePeriod) -> Part {
        let per_request = &self.per_request;
        let requests = minute.requests;
        let answered = (requests - minute.elb_5xx).max(0.0);
        let bytes_out = answered * per_request.bytes_out;
        let connections = requests * per_request.connections;
        let idle_vcpus = (minute.cpu_reserved - minute.cpu_used).max(0.0);
        Part {
            new_connections: connections,
            connection_seconds: connections * per_request.connection_s,
            processed_bytes: requests * per_request.bytes_in + bytes_out,
            evaluations: requests * per_request.evaluations,
            bytes_out: bytes_out * self.internet_part,
            log_bytes: answered * per_request.log_bytes,
            // Out of the one zone and into the other: both are charged.
            cross_zone_bytes: answered
                * (per_request.cross_zone_bytes + per_request.balanced_cross_zone_bytes)
                * 2.0,
            queue_requests: match self.pulls {
                true => minute.first_tries + REQUESTS_OF_RECEIVED * minute.received,
                false => 0.0,
            },
            idle_cpu_unit_seconds: idle_vcpus * f64::from(CpuUnits::PER_VCPU),
            idle_mib_seconds: (minute.memory_reserved - minute.memory_used).max(0.0),
            used_cpu_unit_seconds: minute.cpu_used * f64::from(CpuUnits::PER_VCPU),
        }
    }
}

impl Part {
    /// The sums of the service's own that go into the table when the hour is over.
    fn metered(&self) -> [(Meter, f64); 4] {
        [
            (Meter::LogsIngested, self.log_bytes),
            (Meter::DataCrossZone, self.cross_zone_bytes),
            (Meter::DataOutInternet, self.bytes_out),
            (Meter::QueueRequests, self.queue_requests),
        ]
    }

    /// Those of a target group's part at its load balancer.
    fn balanced(&self, group: &GroupMeters) -> [(Meter, f64); 4] {
        let [new, active, bytes] = match group.flows {
            None => [
                Meter::NewConnections,
                Meter::ActiveConnections,
                Meter::ProcessedBytes,
            ],
            Some(kind) => [
                Meter::NewFlows(kind),
                Meter::ActiveFlows(kind),
                Meter::FlowBytes(kind),
            ],
        };
        [
            (new, self.new_connections * 1_000.0 * group.part),
            (active, self.connection_seconds * group.part),
            (bytes, self.processed_bytes * group.part),
            (
                Meter::RuleEvaluations,
                self.evaluations * group.evaluations_part,
            ),
        ]
    }

    fn add(&mut self, minute: &Part, times: f64) {
        self.new_connections += minute.new_connections * times;
        self.connection_seconds += minute.connection_seconds * times;
        self.processed_bytes += minute.processed_bytes * times;
        self.evaluations += minute.evaluations * times;
        self.bytes_out += minute.bytes_out * times;
        self.log_bytes += minute.log_bytes * times;
        self.cross_zone_bytes += minute.cross_zone_bytes * times;
        self.queue_requests += minute.queue_requests * times;
        self.idle_cpu_unit_seconds += minute.idle_cpu_unit_seconds * times;
        self.idle_mib_seconds += minute.idle_mib_seconds * times;
        self.used_cpu_unit_seconds += minute.used_cpu_unit_seconds * times;
    }
}
