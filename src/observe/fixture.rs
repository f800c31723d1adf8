//! A small plan and its tasks, for the sinks' tests.

use crate::catalog::instances;
use crate::catalog::prices::PriceBook;
use crate::engine::distribution::Distribution;
use crate::engine::random::NameHash;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{
    GroupId, InstanceId, LoadBalancerId, ProviderId, ServiceId, TargetGroupId, TaskDefinitionId,
    ZoneId,
};
use crate::policy::auto_scaling_group::Purchase;
use crate::policy::image_cleanup::ImageCleanup;
use crate::policy::life_cycle::StopCause;
use crate::policy::load::Routing;
use crate::policy::placement::Need;
use crate::policy::spot::{Preset, SpotParameters, calibrate};
use crate::policy::strategy::Strategy;
use crate::scenario::plan::*;
use crate::units::{CpuUnits, MiB};
use crate::world::instance::{InstanceRecord, InstanceTimes, TerminationCause};
use crate::world::task::{Owner, TaskRecord, TaskStop, TaskTimes};

pub(crate) const FARGATE: ProviderId = ProviderId(0);
pub(crate) const SPOT: ProviderId = ProviderId(1);
pub(crate) const API: ServiceId = ServiceId(0);

/// A cluster `shop` with the service `api` behind a load balancer and the program `etl`; two hours
/// from 2026-03-05T00:00:00Z.
pub(crate) fn plan() -> Plan {
    let parameters = SpotParameters::fargate_spot(Preset::Default).unwrap();
    let rates = calibrate(&parameters).unwrap();
    let (prices, _) = PriceBook::for_region("us-east-1");
    let zone = |name: &str| ZonePlan {
        name: name.to_owned(),
        key: NameHash::of(name),
    };
    Plan {
        name: "web-api".to_owned(),
        run: RunPlan {
            warm_up: SimDuration::ZERO,
            start: "2026-03-05T00:00:00Z".parse().unwrap(),
            duration: SimDuration::from_secs(7_200),
            time_zone: jiff::tz::TimeZone::UTC,
            begin: Begin::Empty,
            seed: 1,
            fidelity: crate::scenario::plan::Fidelity::Fluid,
        },
        record: RecordPlan {
            metrics: Some(SimDuration::from_secs(60)),
            tasks: true,
            events: true,
            decisions: true,
            packing: Vec::new(),
        },
        region: "us-east-1".to_owned(),
        zones: vec![zone("us-east-1a"), zone("us-east-1b")],
        published_metrics: Vec::new(),
        file_systems: Vec::new(),
        boundary: Default::default(),
        cluster: ClusterPlan {
            name: "shop".to_owned(),
            container_insights: ContainerInsights::Disabled,
            start_throttle: SimDuration::from_secs(60),
            provisioning_retry: SimDuration::from_secs(60),
        },
        providers: vec![
            provider("FARGATE", ProviderKind::Fargate),
            provider("FARGATE_SPOT", ProviderKind::FargateSpot),
        ],
        groups: vec![],
        spread_attributes: vec![],
        task_definitions: vec![definition()],
        services: vec![service()],
        calls: vec![],
        job_sources: vec![job_source()],
        load_balancers: vec![LoadBalancerPlan {
            name: "front".to_owned(),
            is_network: false,
            internet_facing: true,
            zones: vec![ZoneId(0), ZoneId(1)],
            rules: 12,
            cross_zone: true,
            idle_timeout: Some(SimDuration::from_secs(60)),
        }],
        target_groups: vec![TargetGroupPlan {
            name: "api".to_owned(),
            load_balancer: LoadBalancerId(0),
            flows: None,
            routing: Routing::RoundRobin,
            cross_zone: true,
            slow_start: SimDuration::ZERO,
            mitigates: false,
            is_sticky: false,
            deregistration_delay: SimDuration::from_secs(60),
            health_check_interval: SimDuration::from_secs(30),
            checks_to_unhealthy: 2,
            checks_to_recover: 5,
            checks_to_healthy: 1,
            shift_wait: SimDuration::ZERO,
        }],
        alarms: vec![],
        scalable_targets: vec![ScalableTargetPlan {
            service: API,
            min: 1,
            max: 10,
            policies: vec![ScalingPolicyPlan {
                name: "cpu".to_owned(),
                part: 1.0,
                metric: TrackedMetric::Cpu,
                custom: None,
                target: 60.0,
                scale_out_cooldown: SimDuration::from_secs(300),
                scale_in_cooldown: SimDuration::from_secs(300),
                disable_scale_in: false,
                clock: crate::demand::period::MetricClock::of_minutes(SimDuration::ZERO),
            }],
            scale_out_suspended: false,
            scale_in_suspended: false,
            scheduled_suspended: false,
            step_policies: vec![],
            predictive: vec![],
            scheduled: vec![],
            clock: crate::demand::period::MetricClock::of_minutes(SimDuration::ZERO),
        }],
        spot: SpotPlan {
            parameters,
            rates,
            other_zones: true,
            retry: SimDuration::from_secs(30),
            start_hour: 0.0,
            replays: Vec::new(),
        },
        quotas: QuotaPlan {
            fargate_vcpus: None,
            fargate_spot_vcpus: None,
            launch_burst: 100,
            launch_rate_per_s: 20,
            service_launches_per_minute: 500,
            run_task_calls: crate::policy::launch_rate::RUN_TASK_CALLS,
            run_task_calls_on_instances: crate::policy::launch_rate::RUN_TASK_CALLS_ON_INSTANCES,
        },
        what_if: WhatIfPlan::default(),
        retirement: None,
        timeline: Vec::new(),
        prices,
        objectives: Vec::new(),
        assumptions: Vec::new(),
        notes: Vec::new(),
    }
}

/// The group `web` of [`plan_on_instances`], and its provider.
pub(crate) const WEB: GroupId = GroupId(0);
pub(crate) const ON_WEB: ProviderId = ProviderId(2);

/// The same plan with an Auto Scaling group `web` of m6i.large (2 vCPU, 7,680 MiB for tasks; 96,000
/// and 40,000 micro-USD) and m6i.xlarge (4 vCPU, 15,360 MiB; 192,000 and 80,000), each with 30 GiB,
/// behind the capacity provider `web`.
pub(crate) fn plan_on_instances() -> Plan {
    let of_type = |name: &str, times: u32| GroupTypePlan {
        instance_type: instances::find(name).unwrap(),
        registered: Need {
            cpu: 2_048 * times,
            memory: 7_680 * times,
            gpus: 0,
            enis: 4,
        },
        only: None,
        on_demand_micro_usd: 96_000 * u64::from(times),
        spot_micro_usd: 40_000 * u64::from(times),
        spot: None,
        pools: Vec::new(),
    };
    let second = || Distribution::constant(1.0).unwrap();
    let mut plan = plan();
    plan.providers
        .push(provider("web", ProviderKind::AutoScalingGroup(WEB)));
    plan.groups.push(GroupPlan {
        name: "web".to_owned(),
        key: NameHash::of("web"),
        min_size: 0,
        max_size: 10,
        desired_capacity: 2,
        zones: vec![ZoneId(0), ZoneId(1)],
        types: vec![of_type("m6i.large", 1), of_type("m6i.xlarge", 2)],
        distribution: Default::default(),
        on_demand_allocation: OnDemandAllocation::Prioritized,
        spot_allocation: SpotAllocation::PriceCapacityOptimized,
        spot_max_micro_usd: None,
        protects_new_instances: false,
        termination_policies: Vec::new(),
        warm_pool: None,
        capacity_rebalance: false,
        balances_zones: true,
        latencies: InstanceLatencyPlan {
            request: second(),
            pending: second(),
            boot: second(),
            register: second(),
        },
        subnets: Vec::new(),
        agent: AgentPlan {
            stop_timeout: None,
            reserved_ports: Default::default(),
            spot_draining: false,
            image_pull: ImagePull::Default,
            image_cleanup: Some(ImageCleanup::DEFAULT),
            attributes: Vec::new(),
        },
        agent_version: "1.90.0".into(),
        is_unlimited: None,
        volumes: vec![VolumePlan { gib: 30 }],
        shortages: None,
        launch_failures: 0.0,
        launch_retry: SimDuration::from_secs(60),
        external: None,
        managed: None,
    });
    plan.with_instance_prices()
}

/// The `id`-th instance of the group `web`, an m6i.large in us-east-1a: `running` 30 s after its
/// launch at `launched`, ACTIVE 60 s after it, ended by scale-in where it ends.
pub(crate) fn instance(
    id: u32,
    purchase: Purchase,
    launched: u64,
    terminated: Option<u64>,
) -> InstanceRecord {
    let at = |seconds| Some(SimTime::from_secs(seconds));
    InstanceRecord {
        id: InstanceId(id),
        group: WEB,
        type_index: 0,
        instance_type: instances::find("m6i.large").unwrap(),
        zone: ZoneId(0),
        purchase,
        times: InstanceTimes {
            launched: SimTime::from_secs(launched),
            running: at(launched + 30),
            active: at(launched + 60),
            draining: None,
            terminated: terminated.map(SimTime::from_secs),
        },
        warm: None,
        cause: terminated.map(|_| TerminationCause::ScaleIn),
        empty: SimDuration::ZERO,
        stood: false,
    }
}

/// A task of `owner`, 512 CPU units and 1,024 MiB, placed on the `id`-th instance at `placed`,
/// RUNNING and in service 40 s later, told to stop at `stopping`, gone 10 s after that.
pub(crate) fn placed_task(owner: Owner, id: u32, placed: u64, stopping: u64) -> TaskRecord {
    let at = |seconds| Some(SimTime::from_secs(seconds));
    let mut task = task(ON_WEB, StopCause::ScalingActivity);
    task.owner = owner;
    task.zone = ZoneId(0);
    task.instance = Some(InstanceId(id));
    task.group = Some(WEB);
    task.times = TaskTimes {
        created: SimTime::from_secs(placed),
        placed: at(placed),
        connectivity: at(placed + 1),
        pull_started: at(placed + 2),
        pull_stopped: at(placed + 20),
        started: at(placed + 40),
        in_service: at(placed + 40),
        stopping: at(stopping),
        sigterm: at(stopping),
        execution_stopped: at(stopping + 5),
        stopped: at(stopping + 10),
    };
    task
}

/// A task of the service `api` on `provider`: created at 60 s, pulled from 70 s, RUNNING from
/// 100 s, in service from 130 s, told to stop at 1,000 s, gone at 1,070 s.
pub(crate) fn task(provider: ProviderId, cause: StopCause) -> TaskRecord {
    let at = |seconds| Some(SimTime::from_secs(seconds));
    TaskRecord {
        owner: Owner::Service(API),
        ordinal: 7,
        deployment: 0,
        definition: TaskDefinitionId(0),
        provider,
        zone: ZoneId(1),
        cpu: CpuUnits(512),
        memory: MiB(1_024),
        instance: None,
        group: None,
        times: TaskTimes {
            placed: None,
            created: SimTime::from_secs(60),
            connectivity: at(68),
            pull_started: at(70),
            pull_stopped: at(95),
            started: at(100),
            in_service: at(130),
            stopping: at(1_000),
            sigterm: at(1_060),
            execution_stopped: at(1_063),
            stopped: at(1_070),
        },
        wanted_at: SimTime::from_secs(60),
        stop: Some(TaskStop {
            code: cause.stop_code(),
            cause,
            exit_code: Some(0),
            is_by_spot: cause == StopCause::SpotInterruption,
        }),
        subnet: None,
        problem: None,
        unresolved: None,
        restarts: 0,
        restarted: None,
        unhealthy_in: None,
        lost_work: SimDuration::ZERO,
    }
}

fn provider(name: &str, kind: ProviderKind) -> ProviderPlan {
    let second = || Distribution::constant(1.0).unwrap();
    ProviderPlan {
        name: name.to_owned(),
        kind,
        group: None,
        latencies: LatencyPlan {
            eni: second(),
            prepare: second(),
            pull_cached: second(),
            pull_base: second(),
            pull_per_mib: 0.0,
            volume: second(),
            create: second(),
            deprovision: second(),
            registration: second(),
        },
    }
}

fn definition() -> TaskDefinitionPlan {
    TaskDefinitionPlan {
        family: "api".to_owned(),
        revision: 1,
        cpu: CpuUnits(512),
        memory: MiB(1_024),
        memory_is_reserved: false,
        architecture: Architecture::X86,
        is_windows: false,
        ephemeral_gib: 30,
        log_group: "/ecs/api".to_owned(),
        stop_timeout: SimDuration::from_secs(30),
        containers: vec![ContainerPlan {
            health_check: None,
            name: "app".to_owned(),
            essential: true,
            image: "shop/api:1".to_owned(),
            depends_on: Vec::new(),
            start_timeout: None,
            stop_timeout: SimDuration::from_secs(30),
            has_stop_timeout: false,
            code: Default::default(),
            restart: None,
            cpu: None,
            memory: None,
            memory_reservation: None,
        }],
        order: Vec::new(),
        launch_volumes: Vec::new(),
        mounts: Vec::new(),
        hosting: HostingPlan::of_fargate(),
        start: Default::default(),
        work: WorkPlan {
            cpu_s: 0.03,
            wait_s: 0.05,
            cv: 1.0,
            slots: 16,
            queue: None,
            errors: 0.0,
            memory_base_mib: 200.0,
            memory_per_request_mib: 3.0,
            memory_growth: None,
            idle_vcpus: 0.0,
            beside: None,
            logged_elsewhere: [0.0; 2],
            log_bytes_per_request: 400.0,
            log_bytes_per_second: 10.0,
            custom_metrics: 0,
            cross_zone_bytes_per_request: 50.0,
            image_mib: 180.0,
            start: SimDuration::from_secs(8),
            duration: None,
            exit_codes: vec![(0, 1.0)],
            mttf: None,
            crash_after: None,
            unhealthy: None,
            errors_unhealthy: 1.0,
            start_failures: 0.0,
            stops_in: SimDuration::from_secs(3),
            checkpoint_every: None,
        },
    }
}

fn service() -> ServicePlan {
    ServicePlan {
        volume: None,
        name: "api".to_owned(),
        key: NameHash::of("api"),
        task_definition: TaskDefinitionId(0),
        is_daemon: false,
        desired_count: 2,
        strategy: Strategy::only(FARGATE),
        placement: PlacementPlan::default(),
        rebalances: false,
        minimum_healthy_percent: 100,
        maximum_percent: 200,
        circuit_breaker: None,
        deployment_alarms: None,
        early_success: None,
        traffic_shift: None,
        later_shifts: Vec::new(),
        later_alarms: Vec::new(),
        task_sets: Vec::new(),
        health_check_grace: SimDuration::ZERO,
        target_group: Some(TargetGroupId(0)),
        further_groups: Vec::new(),
        group_parts: Vec::new(),
        alternate_group: None,
        is_cut_off: false,
        zones: vec![ZoneId(0), ZoneId(1)],
        subnets: Vec::new(),
        assign_public_ip: true,
        registries: 0,
        service_connect: false,
        fine_metrics: Default::default(),
        demand: Some(DemandPlan {
            key: NameHash::of("api"),
            queue: None,
            rate: RateSpec::Constant(10.0),
            timeout: None,
            on_timeout: crate::scenario::plan::OnTimeout::LeavesQueue,
            retry_attempts: 0,
            retry_backoff: SimDuration::ZERO,
            bytes_in: 1_024.0,
            bytes_out: 20_480.0,
            connections_per_request: 0.1,
            connection_length: SimDuration::from_secs(60),
            sessions: None,
        }),
    }
}

fn job_source() -> JobSourcePlan {
    JobSourcePlan {
        volume: None,
        name: "etl".to_owned(),
        key: NameHash::of("etl"),
        task_definition: TaskDefinitionId(0),
        count: 1,
        group: "family:api".to_owned(),
        started_by: "etl".to_owned(),
        strategy: Strategy::only(SPOT),
        zones: vec![ZoneId(0)],
        subnets: Vec::new(),
        placement: PlacementPlan::default(),
        assign_public_ip: false,
        arrivals: None,
        after: Vec::new(),
        concurrency: None,
        retry_attempts: 0,
        retry_backoff: SimDuration::ZERO,
        on_interruption: OnInterruption::Restart,
        provider_choice: crate::scenario::plan::ProviderChoice::PerCall,
        cpu: None,
        memory: None,
        beside: None,
        target: None,
    }
}
