//! State, plain data: what the simulated cluster is at an instant. Nothing here knows what comes
//! next.

pub mod account;
pub mod alarm;
pub mod arena;
pub mod audit;
pub mod beside;
pub mod calls;
pub mod capacity;
pub mod counts_watch;
pub mod deployment;
pub mod groups;
pub mod instance;
pub mod jobs;
mod loads;
pub mod memory_growth;
pub mod pipeline;
pub mod placement;
pub mod scaling;
pub mod service;
mod services;
pub mod spot_market;
pub mod spot_prices;
pub mod task;

pub use loads::{load_spec, open_spec};
use loads::{new_loads, new_rate};
pub use services::begins_rolling;
use services::new_service;

use std::collections::{BinaryHeap, VecDeque};
use std::iter::Peekable;
use std::ops::Range;
use std::sync::Arc;

use crate::demand::cursor::RateCursor;
use crate::demand::fine_meter::FineMeter;
use crate::demand::load::Load;
use crate::demand::period::MetricClock;
use crate::demand::scheduled::ScheduleCursor;
use crate::demand::source::{ArrivalCursor, SourceKey, WorkQuantile};
use crate::demand::split_load::Side;
use crate::engine::SimTime;
use crate::engine::random::{NameHash, Streams};
use crate::ids::{JobSourceId, ServiceId};
use crate::policy::launch_rate::{Limit, TokenBucket};
use crate::scenario::plan::{ArrivalPlan, JobSourcePlan, Plan, ProviderKind};
use crate::world::account::ProviderAccount;
use crate::world::alarm::Alarm;
use crate::world::arena::TaskArena;
use crate::world::beside::Beside;
use crate::world::calls::Calls;
use crate::world::capacity::Capacity;
use crate::world::counts_watch::CountsWatch;
use crate::world::groups::TaskGroups;
use crate::world::jobs::JobSource;
use crate::world::memory_growth::Growth;
use crate::world::pipeline::Pipeline;
use crate::world::scaling::ScalableTarget;
use crate::world::service::Service;
use crate::world::spot_market::{Behaviour, MarketPlan, SpotMarket};
use crate::world::task::Owner;

/// The whole simulated world at an instant.
#[derive(Clone)]
pub struct World {
    /// All tasks that are not gone.
    pub tasks: TaskArena,
    /// The services, as in the plan.
    pub services: Vec<Service>,
    /// Each service's load; `None`: nobody asks of it, and what its tasks use matters to nobody
    /// (`Plan::has_idle_load`).
    pub loads: Vec<Option<Load>>,
    /// The memory that each service's tasks keep; `None`: they keep none.
    pub growths: Vec<Option<Box<Growth>>>,
    /// Each service's further changes of demand.
    pub rates: Vec<Option<RateCursor>>,
    /// The job sources, as in the plan.
    pub jobs: Vec<JobSource>,
    /// The account's side of each provider.
    pub accounts: Vec<ProviderAccount>,
    /// Free addresses of each subnet of the boundary.
    pub addresses: Vec<u32>,
    /// Until when each zone is out.
    pub zones_out: Vec<SimTime>,
    /// Notices that Fargate's platform revision retires so far: key their draws.
    pub retirements: u64,
    /// The cluster's own instances.
    pub capacity: Capacity,
    /// Fargate Spot's market, where the cluster has FARGATE_SPOT.
    pub spot: Option<SpotMarket>,
    /// Reclaims so far: keys their draws.
    pub reclaims: u64,
    /// RunTask calls, of the whole account.
    pub run_task_calls: [TokenBucket; 2],
    /// The scalable targets, as in the plan.
    pub targets: Vec<ScalableTarget>,
    /// The scalable target of each service, by position.
    pub target_of: Vec<Option<usize>>,
    /// When each service's alarms and policies are looked at.
    pub clocks: Vec<MetricClock>,
    /// What reads a service's metrics within the minute; `None`: nobody looks at them.
    pub fine: Vec<Option<Box<FineMeter>>>,
    /// The alarms, as in the plan.
    pub alarms: Vec<Alarm>,
    /// The alarms of each service, by position.
    pub alarms_of: Vec<Range<usize>>,
    /// The newest minute that each service's alarms have seen.
    pub alarms_seen: Vec<i64>,
    /// What is counted of each service beside its load; `None`: nobody looks at it.
    pub counted: Vec<Option<Box<CountsWatch>>>,
    /// What DAEMON services serve; `None`: nobody looks at their CPU while the run goes on.
    pub beside: Option<Box<Beside>>,
    /// Services that call one another.
    pub calls: Calls,
}

impl World {
    /// The world of a plan before anything has happened.
    pub fn new(plan: &Plan, streams: Streams) -> Self {
        let mut target_of = vec![None; plan.services.len()];
        for (index, target) in plan.scalable_targets.iter().enumerate() {
            target_of[target.service.index()] = Some(index);
        }
        let clocks = plan.metric_clocks();
        let mut calls = Calls::new(plan);
        let loads = new_loads(plan, &mut calls, streams);
        let mut definitions = plan.task_definitions.iter();
        let is_kept = definitions.any(|it| it.work.memory_growth.is_some());
        let growths = loads
            .iter()
            .map(|it| (is_kept && it.is_some()).then(Box::default));
        let growths = growths.collect();
        World {
            tasks: TaskArena::default(),
            services: (0..plan.services.len())
                .map(|index| new_service(plan, index))
                .collect(),
            loads,
            growths,
            rates: plan
                .services
                .iter()
                .map(|service| new_rate(plan, service, streams))
                .collect(),
            jobs: plan
                .job_sources
                .iter()
                .map(|s| new_source(plan, s, streams))
                .collect(),
            accounts: plan
                .providers
                .iter()
                .map(|p| new_account(plan, p.kind))
                .collect(),
            retirements: 0,
            addresses: plan
                .boundary
                .subnets
                .iter()
                .map(|subnet| subnet.addresses.unwrap_or(u32::MAX))
                .collect(),
            zones_out: vec![SimTime::ZERO; plan.zones.len()],
            capacity: Capacity::new(plan, streams),
            spot: new_market(plan, streams),
            reclaims: 0,
            run_task_calls: run_task_calls(plan),
            targets: plan
                .scalable_targets
                .iter()
                .map(|target| ScalableTarget::new(target, task_size(plan, target.service)))
                .collect(),
            target_of,
            fine: clocks
                .iter()
                .map(|clock| clock.is_fine().then(Box::default))
                .collect(),
            clocks,
            alarms: plan.alarms.iter().map(Alarm::new).collect(),
            alarms_of: alarms_of(plan),
            alarms_seen: vec![i64::MIN; plan.services.len()],
            counted: (0..plan.services.len())
                .map(|index| CountsWatch::of(plan, ServiceId::from_index(index)))
                .collect(),
            beside: Beside::of(plan),
            calls,
        }
    }

    /// The tasks of a service on a side that run, and those that answer as far as callers know.
    pub fn asked_on(&self, service: ServiceId, side: Side) -> (u32, u32) {
        let (running, serving) = self.services[service.index()].counts_on(side);
        let by_addresses = self.calls.member(service).is_some_and(|it| it.by_addresses);
        if !by_addresses {
            return (running, serving);
        }
        let callers = self.calls.callers_of(service);
        let callers = callers.map(|caller| self.asking(caller)).sum();
        let member = self.calls.member(service);
        (
            running,
            member.map_or(serving, |it| it.seen(serving, callers)),
        )
    }

    /// What is known of a service's minutes ahead: its load, and what is counted beside it.
    pub fn minutes_of(&self, service: ServiceId) -> (Option<&Load>, Option<&CountsWatch>) {
        let index = service.index();
        // What others do decides on those of a daemon that serves them.
        let load = self.loads[index].as_ref();
        let load = load.filter(|_| !self.serves_others(service));
        (load, self.counted[index].as_deref())
    }

    /// Whether it is a DAEMON service that serves the tasks beside it, and has a load.
    pub fn serves_others(&self, service: ServiceId) -> bool {
        self.beside.as_ref().is_some_and(|it| it.is_of(service))
    }

    /// Tasks of a service that make calls.
    pub fn asking(&self, service: ServiceId) -> u32 {
        let state = &self.services[service.index()];
        let serving = Side::BOTH.map(|side| state.counts_on(side).1);
        match self.is_asked(service) {
            true => serving.iter().sum(),
            false => 0,
        }
    }

    /// Whether somebody asks a service; of others the load is what their tasks use while idle.
    pub fn is_asked(&self, service: ServiceId) -> bool {
        self.rates[service.index()].is_some()
    }

    /// The groups that a task of an owner, and of a service's deployment, belongs to.
    ///
    /// # Panics
    /// If its deployment is gone: a deployment outlives its tasks.
    pub fn groups_mut(&mut self, owner: Owner, deployment: u32) -> &mut TaskGroups {
        match owner {
            Owner::Job(source) => &mut self.jobs[source.index()].groups,
            Owner::Service(service) => {
                let deployment = self.services[service.index()].deployment_mut(deployment);
                &mut deployment.expect("a deployment outlives its tasks").groups
            }
        }
    }
}

/// What a task of a service has at the start: vCPUs, and MiB.
fn task_size(plan: &Plan, service: ServiceId) -> (f64, f64) {
    let definition = plan.task_definition(plan.service(service).task_definition);
    (definition.cpu.vcpus(), f64::from(definition.memory.0))
}

/// The alarms of each service: they stand in the order of services.
fn alarms_of(plan: &Plan) -> Vec<Range<usize>> {
    let services = 0..plan.services.len();
    let first_of = |index: usize| plan.alarms.partition_point(|it| it.service.index() < index);
    services
        .map(|index| first_of(index)..first_of(index + 1))
        .collect()
}

fn new_source(plan: &Plan, source: &JobSourcePlan, streams: Streams) -> JobSource {
    JobSource {
        arrivals: new_arrivals(plan, source, streams),
        jobs: Vec::new(),
        free: Vec::new(),
        ready: vec![VecDeque::new(); plan.job_items(&source.strategy)],
        delayed: BinaryHeap::new(),
        queued: 0,
        groups: TaskGroups::new(plan.providers.len(), plan.zones.len()),
        live: 0,
        started: 0,
        attempts: 0,
        further_tries: 0,
        arrived: 0,
        pipeline: new_pipeline(plan, source),
        over: VecDeque::new(),
        wake_tick: 0,
        wake_at: SimTime::MAX,
    }
}

fn new_pipeline(plan: &Plan, source: &JobSourcePlan) -> Pipeline {
    let all = plan.job_sources.iter().enumerate();
    let comes_after = |other: &JobSourcePlan| {
        let mut before = other.after.iter().map(|id| &plan.job_sources[id.index()]);
        before.any(|it| it.name == source.name)
    };
    let next = all.filter(|(_, other)| comes_after(other));
    let next = next.map(|(at, _)| JobSourceId::from_index(at)).collect();
    Pipeline::new(next, source.after.len() as u32)
}

fn new_account(plan: &Plan, kind: ProviderKind) -> ProviderAccount {
    let quotas = &plan.quotas;
    let vcpus = match kind {
        ProviderKind::Fargate => quotas.fargate_vcpus,
        ProviderKind::FargateSpot => quotas.fargate_spot_vcpus,
        ProviderKind::AutoScalingGroup(_)
        | ProviderKind::ManagedInstances(_)
        | ProviderKind::Ec2
        | ProviderKind::External => None,
    };
    ProviderAccount {
        bucket: TokenBucket::full(
            Limit::per_second(quotas.launch_burst.max(1), quotas.launch_rate_per_s.max(1)),
            SimTime::ZERO,
        ),
        cpu_units: 0,
        cpu_units_max: 0,
        quota_vcpus: vcpus,
        is_waited_for: false,
    }
}

fn run_task_calls(plan: &Plan) -> [TokenBucket; 2] {
    let (fargate, instances) = (
        plan.quotas.run_task_calls,
        plan.quotas.run_task_calls_on_instances,
    );
    [fargate, instances].map(|limit| TokenBucket::full(limit, SimTime::ZERO))
}

fn new_market(plan: &Plan, streams: Streams) -> Option<SpotMarket> {
    plan.providers
        .iter()
        .find(|provider| provider.kind == ProviderKind::FargateSpot)?;
    let zones: Vec<NameHash> = plan.zones.iter().map(|zone| zone.key).collect();
    let behaviour = Behaviour {
        parameters: plan.spot.parameters,
        rates: plan.spot.rates,
    };
    let mut market = MarketPlan::fargate_spot(behaviour, &zones, plan.spot.start_hour);
    // What a trace has not does not happen.
    let mut replayed = behaviour;
    replayed.rates.isolated_per_hour = 0.0;
    market.behaviours.push(replayed);
    for (pool, replay) in market.pools.iter_mut().zip(&plan.spot.replays) {
        if replay.is_some() {
            pool.behaviour = market.behaviours.len() - 1;
        }
    }
    market.replays.clone_from(&plan.spot.replays);
    Some(SpotMarket::new(&market, streams))
}

fn new_arrivals(
    plan: &Plan,
    source: &JobSourcePlan,
    streams: Streams,
) -> Option<Peekable<ArrivalCursor>> {
    let cursor = match source.arrivals.as_ref()? {
        ArrivalPlan::Trace(trace) => ArrivalCursor::of_trace(trace),
        ArrivalPlan::Generated {
            rate,
            process,
            work,
        } => {
            let rate = RateCursor::new(rate, &plan.calendar(), &streams, source.key)
                .expect("the loader has checked the rate");
            let work: Option<WorkQuantile> =
                work.map(|law| Arc::new(move |u| law.quantile(u)) as WorkQuantile);
            let key = SourceKey {
                streams,
                name: source.key,
                work,
            };
            ArrivalCursor::generated(rate, *process, plan.horizon(), key)
        }
        ArrivalPlan::Schedule(times) => {
            let run = (plan.run.start, plan.horizon());
            let key = (streams, source.key);
            ArrivalCursor::scheduled(ScheduleCursor::new(Arc::clone(times), run, key))
        }
    };
    Some(cursor.peekable())
}
