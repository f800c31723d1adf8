//! A plan by hand, for tests of the simulation alone.

use crate::catalog::prices::PriceBook;
use crate::demand::generator::RateSpec;
use crate::demand::source::ArrivalProcess;
use crate::engine::SimDuration;
use crate::engine::distribution::Distribution;
use crate::engine::random::NameHash;
use crate::ids::{
    AlarmId, LoadBalancerId, ProviderId, ServiceId, TargetGroupId, TaskDefinitionId, ZoneId,
};
use crate::policy::alarm::{AlarmRule, Comparison, TreatMissingData};
use crate::policy::load::Routing;
use crate::policy::spot::{Preset, SpotParameters, calibrate};
use crate::policy::strategy::{Strategy, StrategyItem};
use crate::scenario::plan::*;
use crate::units::{CpuUnits, MiB};

/// Seconds as a duration.
pub(super) fn s(seconds: u64) -> SimDuration {
    SimDuration::from_secs(seconds)
}

/// A distribution that is always the same.
pub(super) fn always(seconds: f64) -> Distribution {
    Distribution::constant(seconds).unwrap()
}

/// FARGATE and FARGATE_SPOT with these bases and weights.
pub(super) fn strategy(items: &[(u32, u32, u32)]) -> Strategy {
    let item = |&(provider, base, weight): &(u32, u32, u32)| StrategyItem {
        provider: ProviderId(provider),
        base,
        weight,
    };
    Strategy::new(items.iter().map(item).collect()).unwrap()
}

/// One service of 1 vCPU / 2 GiB tasks on FARGATE behind a balancer, without demand; all phases
/// constant: created, +5 s connected, +8 s pull, +10 s pulled, +2 s running; 20 s to deprovision.
pub(super) fn plan() -> Plan {
    let zones = ["a", "b", "c"].map(|letter| ZonePlan {
        name: format!("us-east-1{letter}"),
        key: NameHash::of(letter),
    });
    let provider = |name: &str, kind| ProviderPlan {
        name: name.into(),
        kind,
        group: None,
        latencies: LatencyPlan {
            eni: always(5.0),
            prepare: always(8.0),
            pull_cached: always(1.0),
            pull_base: always(1.0),
            pull_per_mib: 0.09,
            volume: always(2.0),
            create: always(2.0),
            deprovision: always(20.0),
            registration: always(10.0),
        },
    };
    let parameters = SpotParameters::fargate_spot(Preset::Default).unwrap();
    Plan {
        name: "test".into(),
        run: RunPlan {
            warm_up: SimDuration::ZERO,
            start: "2026-03-05T00:00:00Z".parse().unwrap(),
            duration: s(86_400),
            time_zone: jiff::tz::TimeZone::UTC,
            begin: Begin::Steady,
            seed: 42,
            fidelity: crate::scenario::plan::Fidelity::Fluid,
        },
        record: RecordPlan {
            metrics: Some(s(60)),
            tasks: true,
            events: false,
            decisions: false,
            packing: Vec::new(),
        },
        region: "us-east-1".into(),
        zones: zones.to_vec(),
        published_metrics: Vec::new(),
        file_systems: Vec::new(),
        boundary: Default::default(),
        cluster: ClusterPlan {
            name: "shop".into(),
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
        job_sources: vec![],
        load_balancers: vec![LoadBalancerPlan {
            name: "api".into(),
            is_network: false,
            internet_facing: true,
            zones: vec![ZoneId(0), ZoneId(1), ZoneId(2)],
            rules: 0,
            cross_zone: true,
            idle_timeout: Some(s(60)),
        }],
        target_groups: vec![TargetGroupPlan {
            name: "api".into(),
            load_balancer: LoadBalancerId(0),
            flows: None,
            routing: Routing::LeastOutstanding,
            cross_zone: true,
            slow_start: SimDuration::ZERO,
            mitigates: false,
            is_sticky: false,
            deregistration_delay: s(60),
            health_check_interval: s(30),
            checks_to_unhealthy: 2,
            checks_to_recover: 5,
            checks_to_healthy: 1,
            shift_wait: SimDuration::ZERO,
        }],
        alarms: vec![],
        scalable_targets: vec![],
        spot: SpotPlan {
            parameters,
            rates: calibrate(&parameters).unwrap(),
            other_zones: true,
            retry: s(60),
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
        timeline: vec![],
        prices: PriceBook::for_region("us-east-1").0,
        objectives: vec![],
        assumptions: vec![],
        notes: vec![],
    }
}

/// An alarm on more 5xx answers of tasks a minute than `most`, two minutes in a row, fails the
/// first service's deployments and rolls them back; its data points come so late.
pub(super) fn watch_errors(plan: &mut Plan, (most, late): (f64, SimDuration), bake: SimDuration) {
    plan.alarms = vec![AlarmPlan {
        name: "errors".into(),
        service: ServiceId(0),
        metric: WatchedMetric::of(AlarmMetric::Target5xx, 1.0),
        period_units: 1,
        rule: AlarmRule {
            comparison: Comparison::GreaterThan,
            threshold: most,
            evaluation_periods: 2,
            datapoints_to_alarm: 2,
            treat_missing_data: TreatMissingData::NotBreaching,
        },
        clock: crate::demand::period::MetricClock::of_minutes(late),
        fails_deployments_of: vec![ServiceId(0)],
    }];
    plan.services[0].deployment_alarms = Some(DeploymentAlarmsPlan {
        alarms: vec![AlarmId(0)],
        rollback: true,
        bake,
    });
}

fn definition() -> TaskDefinitionPlan {
    TaskDefinitionPlan {
        family: "api".into(),
        revision: 1,
        cpu: CpuUnits(1024),
        memory: MiB(2048),
        memory_is_reserved: false,
        architecture: Architecture::X86,
        is_windows: false,
        ephemeral_gib: 20,
        log_group: "/ecs/api".into(),
        stop_timeout: s(30),
        containers: vec![],
        order: vec![],
        launch_volumes: Vec::new(),
        mounts: Vec::new(),
        hosting: HostingPlan::of_fargate(),
        start: Default::default(),
        work: WorkPlan {
            cpu_s: 0.03,
            wait_s: 0.05,
            cv: 1.2,
            slots: 16,
            queue: None,
            errors: 0.0,
            memory_base_mib: 220.0,
            memory_per_request_mib: 3.0,
            memory_growth: None,
            idle_vcpus: 0.0,
            beside: None,
            logged_elsewhere: [0.0; 2],
            log_bytes_per_request: 0.0,
            log_bytes_per_second: 0.0,
            custom_metrics: 0,
            cross_zone_bytes_per_request: 0.0,
            image_mib: 100.0,
            start: s(0),
            duration: None,
            exit_codes: vec![],
            mttf: None,
            crash_after: None,
            unhealthy: None,
            errors_unhealthy: 1.0,
            start_failures: 0.0,
            stops_in: s(4),
            checkpoint_every: None,
        },
    }
}

fn service() -> ServicePlan {
    ServicePlan {
        volume: None,
        name: "api".into(),
        key: NameHash::of("api"),
        task_definition: TaskDefinitionId(0),
        is_daemon: false,
        desired_count: 3,
        strategy: strategy(&[(0, 0, 1)]),
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
        zones: vec![ZoneId(0), ZoneId(1), ZoneId(2)],
        subnets: vec![],
        assign_public_ip: false,
        registries: 0,
        service_connect: false,
        fine_metrics: Default::default(),
        demand: None,
    }
}

/// Requests at a constant rate.
pub(super) fn demand(rate: RateSpec) -> DemandPlan {
    DemandPlan {
        key: NameHash::of("api"),
        queue: None,
        rate,
        timeout: None,
        on_timeout: OnTimeout::LeavesQueue,
        retry_attempts: 0,
        retry_backoff: s(0),
        bytes_in: 0.0,
        bytes_out: 0.0,
        connections_per_request: 0.0,
        connection_length: s(60),
        sessions: None,
    }
}

/// A target of CPU 50 %.
pub(super) fn cpu_target(min: u32, max: u32) -> ScalableTargetPlan {
    ScalableTargetPlan {
        service: ServiceId(0),
        min,
        max,
        policies: vec![ScalingPolicyPlan {
            name: "cpu".into(),
            part: 1.0,
            metric: TrackedMetric::Cpu,
            custom: None,
            target: 50.0,
            scale_out_cooldown: s(300),
            scale_in_cooldown: s(300),
            disable_scale_in: false,
            clock: crate::demand::period::MetricClock::of_minutes(s(150)),
        }],
        scale_out_suspended: false,
        scale_in_suspended: false,
        scheduled_suspended: false,
        step_policies: vec![],
        predictive: vec![],
        scheduled: vec![],
        clock: crate::demand::period::MetricClock::of_minutes(s(150)),
    }
}

/// A source of jobs on FARGATE that arrive regularly, `per_s` a second, and work for `work_s`
/// seconds each.
pub(super) fn jobs(per_s: f64, work_s: f64) -> JobSourcePlan {
    JobSourcePlan {
        volume: None,
        name: "jobs".into(),
        key: NameHash::of("jobs"),
        task_definition: TaskDefinitionId(0),
        count: 1,
        group: "family:api".into(),
        started_by: "scheduler".into(),
        strategy: strategy(&[(0, 0, 1)]),
        zones: vec![ZoneId(0), ZoneId(1), ZoneId(2)],
        subnets: vec![],
        placement: PlacementPlan::default(),
        assign_public_ip: false,
        arrivals: Some(ArrivalPlan::Generated {
            rate: RateSpec::Constant(per_s),
            process: ArrivalProcess::Regular,
            work: Some(always(work_s)),
        }),
        after: Vec::new(),
        concurrency: None,
        retry_attempts: 0,
        retry_backoff: s(30),
        on_interruption: OnInterruption::Restart,
        provider_choice: ProviderChoice::PerCall,
        cpu: None,
        memory: None,
        beside: None,
        target: None,
    }
}
