use super::*;
use crate::demand::period::ServicePeriod;
use crate::engine::SimDuration;
use crate::engine::distribution::Distribution;
use crate::ids::JobSourceId;
use crate::observe::fixture::WEB;
use crate::observe::fixture::{self, API, FARGATE, ON_WEB, SPOT};
use crate::observe::usage::InstanceKind;
use crate::policy::auto_scaling_group::{PoolState, Purchase};
use crate::policy::life_cycle::StopCause;
use crate::scenario::plan::{
    ContainerPlan, EndPlan, ProviderPlan, ScalingPolicyPlan, TrackedMetric,
};
use crate::units::{CpuUnits, MiB};
use crate::world::instance::{Amounts, GroupCounts, InstanceRecord, TerminationCause, WarmTimes};
use crate::world::task::TaskStop;

const X86: FargatePlatform = FargatePlatform::LinuxX86;
const SERVICE: UsageOwner = UsageOwner::Service(API);
const BALANCER: UsageOwner = UsageOwner::LoadBalancer(LoadBalancerId(0));

/// The usage of these tasks after two hours.
fn metered(tasks: &[TaskRecord]) -> UsageTable {
    let plan = fixture::plan();
    let mut meters = Meters::new(&plan);
    for task in tasks {
        let at = task.times.stopped.unwrap_or(plan.horizon());
        meters.observe(at, &Observation::TaskGone(task));
    }
    meters.finish(&plan, plan.horizon())
}

fn total(usage: &UsageTable, meter: Meter, provider: ProviderId, class: UsageClass) -> u128 {
    let key = UsageKey::billed(meter, SERVICE, Some(provider));
    usage.total(key.as_waste(class))
}

#[test]
fn a_task_is_billed_from_its_pull_until_it_has_stopped() {
    let usage = metered(&[fixture::task(FARGATE, StopCause::ScalingActivity)]);
    let of = |meter, class| total(&usage, meter, FARGATE, class);
    // 70 to 1,070 s, of 512 CPU units, 1,024 MiB and 10 GiB over the 20.
    assert_eq!(of(Meter::FargateVcpu(X86), UsageClass::Billed), 512_000);
    assert_eq!(of(Meter::FargateMemory(X86), UsageClass::Billed), 1_024_000);
    assert_eq!(of(Meter::FargateEphemeral, UsageClass::Billed), 10_000);
    // The address is there from its creation at 60 s.
    assert_eq!(of(Meter::PublicIpv4, UsageClass::Billed), 1_010);
    // 70 to 130 s bought no answer.
    assert_eq!(of(Meter::FargateVcpu(X86), UsageClass::StartUp), 512 * 60);
    assert_eq!(of(Meter::FargateVcpu(X86), UsageClass::Interrupted), 0);
    // 10 bytes a second from 100 to 1,063 s.
    let logs = UsageKey::billed(Meter::LogsIngested, SERVICE, None);
    assert_eq!(usage.total(logs), 9_630);
}

#[test]
fn a_short_task_pays_a_minute_unless_the_run_ends_first() {
    let mut task = fixture::task(FARGATE, StopCause::EssentialContainerExited);
    task.times.stopped = Some(SimTime::from_secs(90));
    let vcpu = |task: &TaskRecord| {
        let usage = metered(std::slice::from_ref(task));
        total(&usage, Meter::FargateVcpu(X86), FARGATE, UsageClass::Billed)
    };
    assert_eq!(vcpu(&task), 512 * 60);
    task.times.pull_started = Some(SimTime::from_secs(7_180));
    task.times.stopped = None;
    assert_eq!(vcpu(&task), 512 * 20);
    task.times.pull_started = None;
    assert_eq!(vcpu(&task), 0, "waiting is free");
}

#[test]
fn interruptions_waste_lost_work_and_what_never_served() {
    let mut early = fixture::task(SPOT, StopCause::SpotInterruption);
    early.times.in_service = None;
    let served = fixture::task(SPOT, StopCause::SpotInterruption);
    let usage = metered(&[early, served.clone()]);
    let meter = Meter::FargateSpotVcpu(X86);
    // The whole stay of the one that never answered.
    let wasted = total(&usage, meter, SPOT, UsageClass::Interrupted);
    assert_eq!(wasted, 512_000);
    let job = TaskRecord {
        owner: Owner::Job(JobSourceId(0)),
        lost_work: SimDuration::from_secs(300),
        ..served
    };
    let usage = metered(&[job]);
    let owner = UsageOwner::Job(JobSourceId(0));
    let key = UsageKey::billed(meter, owner, Some(SPOT));
    assert_eq!(
        usage.total(key.as_waste(UsageClass::Interrupted)),
        512 * 300
    );
}

#[test]
fn requests_use_the_balancer_logs_and_bytes_by_the_hour() {
    let plan = fixture::plan();
    let mut meters = Meters::new(&plan);
    let minute = ServicePeriod {
        requests: 600.0,
        elb_5xx: 100.0,
        ..ServicePeriod::default()
    };
    let periods = Observation::ServicePeriods {
        service: API,
        first: 30,
        count: 60,
        period: &minute,
    };
    meters.observe(plan.horizon(), &periods);
    let usage = meters.finish(&plan, plan.horizon());
    let hours = |meter, owner| -> Vec<u128> {
        let key = UsageKey::billed(meter, owner, None);
        usage.hours(key).into_iter().take(2).collect()
    };
    // Half an hour in each of the two hours: 18,000 requests, 15,000 answered.
    assert_eq!(hours(Meter::NewConnections, BALANCER), [1_800_000; 2]);
    assert_eq!(hours(Meter::ActiveConnections, BALANCER), [108_000; 2]);
    let bytes = 18_000 * 1_024 + 15_000 * 20_480;
    assert_eq!(hours(Meter::ProcessedBytes, BALANCER), [bytes; 2]);
    // Two of twelve rules are above the free ten.
    assert_eq!(hours(Meter::RuleEvaluations, BALANCER), [36_000; 2]);
    assert_eq!(hours(Meter::LogsIngested, SERVICE), [6_000_000; 2]);
    assert_eq!(hours(Meter::DataCrossZone, SERVICE), [1_500_000; 2]);
    assert_eq!(hours(Meter::DataOutInternet, SERVICE), [15_000 * 20_480; 2]);
    assert_eq!(hours(Meter::LoadBalancerTime, BALANCER), [3_600; 2]);
    assert_eq!(hours(Meter::PublicIpv4, BALANCER), [7_200; 2]);
}

#[test]
fn idle_size_is_split_as_the_billed_size_is() {
    let plan = fixture::plan();
    let mut meters = Meters::new(&plan);
    let minute = ServicePeriod {
        cpu_reserved: 60.0,
        cpu_used: 30.0,
        ..ServicePeriod::default()
    };
    let periods = Observation::ServicePeriods {
        service: API,
        first: 2,
        count: 10,
        period: &minute,
    };
    meters.observe(SimTime::from_secs(720), &periods);
    for provider in [FARGATE, SPOT] {
        let task = fixture::task(provider, StopCause::ScalingActivity);
        meters.observe(SimTime::from_secs(1_070), &Observation::TaskGone(&task));
    }
    let usage = meters.finish(&plan, plan.horizon());
    // 300 vCPU-seconds, half on each.
    for (meter, provider) in [
        (Meter::FargateVcpu(X86), FARGATE),
        (Meter::FargateSpotVcpu(X86), SPOT),
    ] {
        let idle = total(&usage, meter, provider, UsageClass::Idle);
        assert_eq!(idle, 150 * 1_024);
    }
}

#[test]
fn container_insights_counts_metrics_of_cluster_families_and_services() {
    let mut plan = fixture::plan();
    plan.cluster.container_insights = ContainerInsights::Enabled;
    let usage = Meters::new(&plan).finish(&plan, plan.horizon());
    let of = |owner| {
        usage.total(UsageKey::billed(
            Meter::ContainerInsightsStandard,
            owner,
            None,
        ))
    };
    assert_eq!(of(UsageOwner::Cluster), (13 + 10) * 7_200);
    assert_eq!(of(SERVICE), 15 * 7_200);
}

/// The usage after two hours on instances.
/// Alarms of a plan over its day.
fn alarms(plan: &Plan, owner: UsageOwner) -> u128 {
    let usage = Meters::new(plan).finish(plan, plan.horizon());
    let key = UsageKey::billed(Meter::CloudwatchAlarms, owner, None);
    let seconds = u128::from(plan.run.duration.as_micros() / 1_000_000);
    usage.total(key) / seconds
}

#[test]
fn target_tracking_makes_two_alarms_a_policy_and_managed_scaling_too() {
    let mut plan = fixture::plan();
    let before = alarms(&plan, SERVICE);
    let policy = ScalingPolicyPlan {
        name: "cpu".into(),
        custom: None,
        part: 1.0,
        metric: TrackedMetric::Cpu,
        target: 50.0,
        scale_out_cooldown: SimDuration::ZERO,
        scale_in_cooldown: SimDuration::ZERO,
        disable_scale_in: false,
        clock: crate::demand::period::MetricClock::of_minutes(SimDuration::ZERO),
    };
    let target = &mut plan.scalable_targets[0];
    target.policies.push(policy.clone());
    assert_eq!(alarms(&plan, SERVICE), before + 2);
    let target = &mut plan.scalable_targets[0];
    target.policies.push(ScalingPolicyPlan {
        disable_scale_in: true,
        clock: crate::demand::period::MetricClock::of_minutes(SimDuration::ZERO),
        ..policy
    });
    assert_eq!(alarms(&plan, SERVICE), before + 3);
    let on_instances = fixture::plan_on_instances();
    let scales = |provider: &ProviderPlan| {
        let settings = provider.group.as_ref();
        settings.is_some_and(|it| it.managed_scaling.is_some())
    };
    let scaled = on_instances.providers.iter().filter(|it| scales(it));
    let expected = 2 * scaled.count() as u128;
    assert_eq!(alarms(&on_instances, UsageOwner::Cluster), expected);
    assert_eq!(alarms(&fixture::plan(), UsageOwner::Cluster), 0);
}

fn metered_on_instances(what: &[(u64, Observation<'_>)]) -> UsageTable {
    let plan = fixture::plan_on_instances();
    let mut meters = Meters::new(&plan);
    for (at, what) in what {
        meters.observe(SimTime::from_secs(*at), what);
    }
    meters.finish(&plan, plan.horizon())
}

fn gone(record: &InstanceRecord) -> Observation<'_> {
    Observation::Capacity(CapacityObservation::Instance(record, InstanceStep::Gone))
}

fn active(record: &InstanceRecord) -> Observation<'_> {
    Observation::Capacity(CapacityObservation::Instance(record, InstanceStep::Active))
}

/// What tasks reserved on m6i.large on demand.
fn reserved(usage: &UsageTable, class: UsageClass) -> u128 {
    let id = fixture::instance(0, Purchase::OnDemand, 0, None).instance_type;
    let kind = InstanceKind::OnDemand(id);
    total(usage, Meter::InstanceReserved(kind), ON_WEB, class)
}

fn of_cluster(usage: &UsageTable, meter: Meter, class: UsageClass) -> u128 {
    let key = UsageKey::billed(meter, UsageOwner::Cluster, Some(ON_WEB));
    usage.total(key.as_waste(class))
}

#[test]
fn an_instance_is_billed_a_minute_at_least_unless_the_run_ends_first() {
    let record = fixture::instance(0, Purchase::OnDemand, 100, Some(150));
    let meter = Meter::Ec2OnDemand(record.instance_type);
    let billed = |usage: &UsageTable, meter| of_cluster(usage, meter, UsageClass::Billed);
    // Running from 130 to 150 s.
    let usage = metered_on_instances(&[(150, gone(&record))]);
    assert_eq!(billed(&usage, meter), 60);
    assert_eq!(billed(&usage, Meter::EbsStorage), 30 * 60);
    let kind = InstanceKind::OnDemand(record.instance_type);
    assert_eq!(
        billed(&usage, Meter::InstanceCapacity(kind)),
        60 * (9 * 2_048 + 7_680)
    );
    // Running for the last 20 s of the run, and on.
    let living = fixture::instance(0, Purchase::OnDemand, 7_150, None);
    assert_eq!(
        billed(&metered_on_instances(&[(7_200, gone(&living))]), meter),
        20
    );
    // It is told at the end that it will be gone later.
    let ending = fixture::instance(0, Purchase::OnDemand, 7_150, Some(7_300));
    assert_eq!(
        billed(&metered_on_instances(&[(7_200, gone(&ending))]), meter),
        20
    );
    let mut refused = record.clone();
    refused.times.running = None;
    assert_eq!(
        billed(&metered_on_instances(&[(150, gone(&refused))]), meter),
        0
    );
}

/// EC2 user guide, "Billing for interrupted Spot Instances": no charge in the first hour if EC2
/// interrupts, by the second after it, and by the second if the owner ends it.
#[test]
fn a_spot_instance_that_ec2_takes_back_within_an_hour_is_free() {
    let billed = |ended: u64, cause| {
        let mut record = fixture::instance(0, Purchase::Spot, 0, Some(ended));
        record.cause = Some(cause);
        let usage = metered_on_instances(&[(ended, gone(&record))]);
        let meter = Meter::Ec2Spot(record.instance_type);
        let of = |meter| of_cluster(&usage, meter, UsageClass::Billed);
        (of(meter), of(Meter::EbsStorage) / 30)
    };
    let interrupted = TerminationCause::SpotInterruption;
    assert_eq!(billed(3_629, interrupted), (0, 3_599));
    assert_eq!(billed(3_630, interrupted), (3_600, 3_600));
    assert_eq!(billed(3_629, TerminationCause::ScaleIn), (3_599, 3_599));
}

/// What stands when a steady run begins is older than an hour: no part of it is given away, and it
/// had its minimum before.
#[test]
fn a_spot_instance_that_stood_before_the_run_is_paid_from_its_start() {
    let billed = |ended: u64| {
        let mut record = fixture::instance(0, Purchase::Spot, 0, Some(ended));
        record.cause = Some(TerminationCause::SpotInterruption);
        record.stood = true;
        let usage = metered_on_instances(&[(ended, gone(&record))]);
        let meter = Meter::Ec2Spot(record.instance_type);
        of_cluster(&usage, meter, UsageClass::Billed)
    };
    assert_eq!(billed(3_629), 3_599);
    assert_eq!(billed(50), 20);
}

#[test]
fn a_task_reserves_its_share_from_its_placement_until_it_is_told_to_stop() {
    let instance = fixture::instance(0, Purchase::OnDemand, 0, None);
    let task = fixture::placed_task(Owner::Service(API), 0, 500, 4_000);
    let usage = metered_on_instances(&[
        (60, active(&instance)),
        (4_010, Observation::TaskGone(&task)),
    ]);
    let weight = 9 * 512 + 1_024;
    assert_eq!(reserved(&usage, UsageClass::Billed), 3_500 * weight);
    assert_eq!(reserved(&usage, UsageClass::StartUp), 40 * weight);
    let vcpu = Meter::FargateVcpu(X86);
    assert_eq!(total(&usage, vcpu, ON_WEB, UsageClass::Billed), 0);
    let mut waiting = task.clone();
    waiting.times.placed = None;
    waiting.instance = None;
    let waiting = Observation::TaskGone(&waiting);
    let usage = metered_on_instances(&[(60, active(&instance)), (4_010, waiting)]);
    assert_eq!(reserved(&usage, UsageClass::Billed), 0);
}

/// A task of launch type EC2, or of a DAEMON service, names no provider: it is on the bill of the
/// instances' provider all the same, or their cost would be nobody's.
#[test]
fn what_a_task_reserves_stands_under_the_provider_of_its_instance() {
    let mut plan = fixture::plan_on_instances();
    let ec2 = ProviderId::from_index(plan.providers.len());
    plan.providers.push(ProviderPlan {
        kind: ProviderKind::Ec2,
        ..plan.providers[ON_WEB.index()].clone()
    });
    let instance = fixture::instance(0, Purchase::OnDemand, 0, None);
    let task = TaskRecord {
        provider: ec2,
        ..fixture::placed_task(Owner::Service(API), 0, 500, 4_000)
    };
    let mut meters = Meters::new(&plan);
    meters.observe(SimTime::from_secs(60), &active(&instance));
    meters.observe(SimTime::from_secs(4_010), &Observation::TaskGone(&task));
    let usage = meters.finish(&plan, plan.horizon());
    assert_eq!(
        reserved(&usage, UsageClass::Billed),
        3_500 * (9 * 512 + 1_024)
    );
}

/// Spot takes the instance, and with it what its tasks had not saved: ECS words the end of the
/// task as that of its host.
#[test]
fn work_lost_with_a_spot_instance_is_wasted() {
    let instance = fixture::instance(0, Purchase::OnDemand, 0, None);
    let lost = |is_by_spot| {
        let mut task = TaskRecord {
            lost_work: SimDuration::from_secs(300),
            ..fixture::placed_task(Owner::Job(JobSourceId(0)), 0, 500, 4_000)
        };
        task.stop = Some(TaskStop {
            code: StopCause::HostTerminated.stop_code(),
            cause: StopCause::HostTerminated,
            exit_code: None,
            is_by_spot,
        });
        let usage = metered_on_instances(&[
            (60, active(&instance)),
            (4_010, Observation::TaskGone(&task)),
        ]);
        let kind = InstanceKind::OnDemand(instance.instance_type);
        let owner = UsageOwner::Job(JobSourceId(0));
        let key = UsageKey::billed(Meter::InstanceReserved(kind), owner, Some(ON_WEB));
        usage.total(key.as_waste(UsageClass::Interrupted))
    };
    assert_eq!(lost(true), 300 * (9 * 512 + 1_024));
    assert_eq!(lost(false), 0, "the machine failed by itself");
}

#[test]
fn parts_of_seconds_of_reservations_are_not_lost() {
    let instance = fixture::instance(0, Purchase::OnDemand, 0, None);
    let mut task = fixture::placed_task(Owner::Service(API), 0, 60, 100);
    task.times.stopping = Some(SimTime::from_micros(60_250_000));
    let usage =
        metered_on_instances(&[(60, active(&instance)), (110, Observation::TaskGone(&task))]);
    assert_eq!(reserved(&usage, UsageClass::Billed), (9 * 512 + 1_024) / 4);
}

#[test]
fn what_is_reserved_on_instances_and_not_used_is_idle() {
    let instance = fixture::instance(0, Purchase::OnDemand, 0, None);
    let task = fixture::placed_task(Owner::Service(API), 0, 0, 7_200);
    let minute = ServicePeriod {
        cpu_used: 15.0,
        cpu_reserved: 30.0,
        memory_used: 61_440.0 / 4.0,
        memory_reserved: 61_440.0,
        ..ServicePeriod::default()
    };
    let periods = Observation::ServicePeriods {
        service: API,
        first: 60,
        count: 60,
        period: &minute,
    };
    let task_gone = Observation::TaskGone(&task);
    let usage =
        metered_on_instances(&[(0, active(&instance)), (7_200, periods), (7_200, task_gone)]);
    // Half of 512 CPU units and three quarters of 1,024 MiB for an hour.
    assert_eq!(reserved(&usage, UsageClass::Idle), 3_600 * (9 * 256 + 768));
}

#[test]
fn an_instances_empty_time_is_told_once_more_unless_it_was_free() {
    let empty = |cause| {
        let mut record = fixture::instance(0, Purchase::Spot, 0, Some(1_000));
        record.empty = SimDuration::from_secs(400);
        record.cause = Some(cause);
        let usage = metered_on_instances(&[(1_000, gone(&record))]);
        of_cluster(
            &usage,
            Meter::Ec2Spot(record.instance_type),
            UsageClass::Empty,
        )
    };
    assert_eq!(empty(TerminationCause::ScaleIn), 400);
    assert_eq!(empty(TerminationCause::SpotInterruption), 0);
}

#[test]
fn a_stopped_instance_of_a_warm_pool_pays_its_volumes_alone() {
    let at = |seconds| Some(SimTime::from_secs(seconds));
    let warm = |state, taken| WarmTimes {
        state,
        ready: at(100),
        taken,
    };
    let billed = |warm| {
        let mut record = fixture::instance(0, Purchase::OnDemand, 20, Some(3_000));
        record.warm = Some(warm);
        let usage = metered_on_instances(&[(3_000, gone(&record))]);
        let of = |meter| of_cluster(&usage, meter, UsageClass::Billed);
        let kind = InstanceKind::OnDemand(record.instance_type);
        let capacity = of(Meter::InstanceCapacity(kind)) / (9 * 2_048 + 7_680);
        assert_eq!(of(kind.time()), capacity);
        (of(kind.time()), of(Meter::EbsStorage) / 30)
    };
    // Running from 50 to 100 s (a minute at least), stopped, and from 2,000 to 3,000 s.
    assert_eq!(
        billed(warm(PoolState::Stopped, at(2_000))),
        (60 + 1_000, 2_950)
    );
    assert_eq!(billed(warm(PoolState::Hibernated, None)), (60, 2_950));
    assert_eq!(billed(warm(PoolState::Running, at(2_000))), (2_950, 2_950));
    // What stands stopped when the run begins has never run in it.
    let mut record = fixture::instance(0, Purchase::OnDemand, 0, None);
    record.times.running = at(0);
    record.warm = Some(WarmTimes {
        ready: at(0),
        ..warm(PoolState::Stopped, None)
    });
    let usage = metered_on_instances(&[(7_200, gone(&record))]);
    let of = |meter| of_cluster(&usage, meter, UsageClass::Billed);
    assert_eq!(of(Meter::Ec2OnDemand(record.instance_type)), 0);
    assert_eq!(of(Meter::EbsStorage), 30 * 7_200);
}

/// Half of what an instance has is free for half an hour while somebody waits whom it does not fit.
#[test]
fn room_of_no_use_to_who_waits_is_told() {
    let record = fixture::instance(0, Purchase::OnDemand, 0, None);
    let counts = |cpu| GroupCounts {
        waiting: 1,
        fragmented: Amounts {
            cpu,
            memory: 1_000,
            gpus: 0,
        },
        ..GroupCounts::default()
    };
    let (some, none) = (counts(512), GroupCounts::default());
    let told = |counts| {
        let what = CapacityObservation::GroupCounts { group: WEB, counts };
        Observation::Capacity(what)
    };
    let usage = metered_on_instances(&[
        (0, active(&record)),
        (600, told(&some)),
        (2_400, told(&none)),
        (3_600, told(&some)),
        (3_700, gone(&record)),
    ]);
    let kind = InstanceKind::OnDemand(record.instance_type);
    let meter = Meter::InstanceReserved(kind);
    let fragmented = of_cluster(&usage, meter, UsageClass::Fragmented);
    assert_eq!(fragmented, (1_800 + 100) * (9 * 512 + 1_000));
}

/// What a collector of 128 units and 256 MiB reserves of each task, on the provider that it is
/// on; a container that ends by itself, and the code's own, are none of it.
#[test]
fn containers_beside_the_code_are_told_by_what_they_reserve() {
    let mut plan = fixture::plan();
    let container = |name: &str, essential: bool| ContainerPlan {
        name: name.to_owned(),
        essential,
        cpu: Some(CpuUnits(128)),
        memory: Some(MiB(512)),
        memory_reservation: Some(MiB(256)),
        ..plan.task_definitions[0].containers[0].clone()
    };
    let mut migration = container("migration", false);
    migration.code.ends = Some(EndPlan {
        duration: Distribution::constant(5.0).unwrap(),
        exit_codes: vec![(0, 1.0)],
    });
    plan.task_definitions[0].containers =
        vec![container("app", true), container("adot", true), migration];
    let mut meters = Meters::new(&plan);
    let task = fixture::task(FARGATE, StopCause::ScalingActivity);
    meters.observe(SimTime::from_secs(1_080), &Observation::TaskGone(&task));
    let usage = meters.finish(&plan, plan.horizon());
    let of = |meter| total(&usage, meter, FARGATE, UsageClass::Sidecars);
    // 1,000 s are billed.
    assert_eq!(of(Meter::FargateVcpu(X86)), 128_000);
    assert_eq!(of(Meter::FargateMemory(X86)), 256_000);
    // A job's call says another size of its own.
    plan.job_sources[0].beside = Some([64, 100]);
    let mut meters = Meters::new(&plan);
    let job = TaskRecord {
        owner: Owner::Job(JobSourceId(0)),
        ..task
    };
    meters.observe(SimTime::from_secs(1_080), &Observation::TaskGone(&job));
    let usage = meters.finish(&plan, plan.horizon());
    let of = |meter| {
        let key = UsageKey::billed(meter, UsageOwner::Job(JobSourceId(0)), Some(FARGATE));
        usage.total(key.as_waste(UsageClass::Sidecars))
    };
    assert_eq!(of(Meter::FargateVcpu(X86)), 64_000);
    assert_eq!(of(Meter::FargateMemory(X86)), 100_000);
}
