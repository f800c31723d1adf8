use super::*;
use crate::engine::SimTime;
use crate::observe::fixture::{self, API};
use crate::observe::metrics::MetricSink;
use crate::observe::observation::{CapacityObservation, Observation};
use crate::scenario::plan::ContainerInsights;
use crate::world::instance::{Amounts, GroupCounts};
use crate::world::service::ServiceCounts;

/// Two minutes of a service with one task, in the second of which a second task starts half-way.
pub(super) fn store(period_s: u64) -> (Plan, MetricStore) {
    let plan = fixture::plan();
    let mut sink = MetricSink::new(&plan, SimDuration::from_secs(period_s));
    let counts = |running| ServiceCounts {
        desired: 2,
        pending: 2 - running,
        running,
        serving: running,
        ..ServiceCounts::default()
    };
    for (at, running) in [(0, 1), (90, 2)] {
        let counts = Observation::ServiceCounts {
            service: API,
            counts: counts(running),
            is_steady: false,
        };
        sink.observe(SimTime::from_secs(at), &counts);
    }
    let minute = |requests: f64, elb_5xx: f64| ServicePeriod {
        requests,
        elb_5xx,
        cpu_used: 15.0,
        cpu_reserved: 30.0,
        memory_used: 12_288.0,
        memory_reserved: 61_440.0,
        serving: 1.0,
        capacity: 12.5,
        failed: elb_5xx / 2.0,
        response_mean: 0.25,
        response_quantiles: [0.2, 0.4, 0.5, 1.0],
        ..ServicePeriod::default()
    };
    for (first, minute) in [
        (0, minute(600.0, 0.0)),
        (1, minute(0.0, 0.0)),
        (2, minute(8.0, 4.0)),
    ] {
        let periods = Observation::ServicePeriods {
            service: API,
            first,
            count: 1,
            period: &minute,
        };
        sink.observe(SimTime::from_secs(60 * (first + 1)), &periods);
    }
    let ended = SimTime::from_secs(180);
    let store = sink.finish(ended);
    (plan, store)
}

pub(super) fn rows(plan: &Plan, store: &MetricStore, metric: &str) -> Vec<String> {
    let mut bytes = Vec::new();
    store.write_csv(plan, &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(METRIC_COLUMNS.join(",").as_str()));
    let named = lines.filter(|line| line.split(',').nth(2) == Some(metric));
    named.map(str::to_owned).collect()
}

/// The values of a metric with these dimensions: its unit, `SampleCount` and on.
pub(super) fn values(of: &(Plan, MetricStore), metric: &str, dimensions: &str) -> Vec<String> {
    let rows = rows(&of.0, &of.1, metric).into_iter();
    let within = |row: &String| row.split(',').nth(3) == Some(dimensions);
    let columns = |row: String| row.split(',').skip(4).collect::<Vec<_>>().join(",");
    rows.filter(within).map(columns).collect()
}

/// [`store`], with this setting of Container Insights.
pub(super) fn insights(setting: ContainerInsights) -> (Plan, MetricStore) {
    let (mut plan, store) = store(60);
    plan.cluster.container_insights = setting;
    (plan, store)
}

#[test]
fn rows_have_cloudwatchs_names_dimensions_and_statistics() {
    let (plan, store) = store(60);
    let of_ecs = "ClusterName=shop;ServiceName=api";
    assert_eq!(
        rows(&plan, &store, "CPUUtilization")[0],
        format!("2026-03-05T00:00:00Z,AWS/ECS,CPUUtilization,{of_ecs},Percent,1,,50,50,50,,,,")
    );
    // 1 for 30 s and 2 for 30 s.
    assert_eq!(
        rows(&plan, &store, "RunningTaskCount")[1],
        format!(
            "2026-03-05T00:01:00Z,ECS/ContainerInsights,RunningTaskCount,{of_ecs},Count,,,1.5,1,2,\
             ,,,"
        )
    );
    // 15 of 60 vCPU-seconds are a quarter of a vCPU.
    assert_eq!(
        rows(&plan, &store, "CpuUtilized")[0],
        format!(
            "2026-03-05T00:00:00Z,ECS/ContainerInsights,CpuUtilized,{of_ecs},None,1,,256,,,,,,"
        )
    );
    let behind = format!(
        "LoadBalancer={};TargetGroup={}",
        load_balancer_value(&plan.load_balancers[0]),
        target_group_value("api")
    );
    assert_eq!(
        rows(&plan, &store, "TargetResponseTime"),
        [
            format!(
                "2026-03-05T00:00:00Z,AWS/ApplicationELB,TargetResponseTime,{behind},Seconds,\
                 600,150,0.25,,,0.2,0.4,0.5,1"
            ),
            format!(
                "2026-03-05T00:02:00Z,AWS/ApplicationELB,TargetResponseTime,{behind},Seconds,\
                 4,1,0.25,,,0.2,0.4,0.5,1"
            )
        ]
    );
}

#[test]
fn counts_of_requests_appear_only_when_they_are_not_zero() {
    let (plan, store) = store(60);
    assert_eq!(rows(&plan, &store, "RequestCount").len(), 2);
    assert_eq!(rows(&plan, &store, "HTTPCode_Target_5XX_Count").len(), 0);
    let elb = rows(&plan, &store, "HTTPCode_ELB_5XX_Count");
    let dimension = format!(
        "LoadBalancer={}",
        load_balancer_value(&plan.load_balancers[0])
    );
    assert_eq!(
        elb,
        [format!(
            "2026-03-05T00:02:00Z,AWS/ApplicationELB,HTTPCode_ELB_5XX_Count,{dimension},Count,\
             4,4,,,,,,,"
        )]
    );
}

#[test]
fn what_aws_does_not_count_of_a_service_stands_apart() {
    let (plan, store) = store(60);
    let row = |metric, unit, values| {
        let of_ecs = "ClusterName=shop;ServiceName=api";
        format!("2026-03-05T00:02:00Z,fleetcast,{metric},{of_ecs},{unit},{values}")
    };
    // At every minute: quiet ones could have answered as much.
    let capacity = rows(&plan, &store, "RequestCapacity");
    assert_eq!(capacity.len(), 3);
    assert_eq!(
        capacity[2],
        row("RequestCapacity", "Count/Second", "1,,12.5,,,,,,")
    );
    assert_eq!(
        rows(&plan, &store, "BalancerErrors"),
        [row("BalancerErrors", "Count", "4,4,,,,,,,")]
    );
    assert_eq!(
        rows(&plan, &store, "FailedRequests"),
        [row("FailedRequests", "Count", "2,2,,,,,,,")]
    );
    assert!(rows(&plan, &store, "TimedOutRequests").is_empty());
}

#[test]
fn nobody_knows_a_capacity_request_by_request_but_that_of_no_task() {
    let asked = LoadSample {
        requests: 10.0,
        minutes: 1,
        serving: 2.0,
        ..LoadSample::default()
    };
    assert_eq!(Metric::RequestCapacity.of_load(&asked), None);
    let alone = LoadSample {
        serving: 0.0,
        ..asked
    };
    let none = Metric::RequestCapacity.of_load(&alone).unwrap();
    assert_eq!(none.average, Some(0.0));
}

#[test]
fn a_longer_period_adds_its_minutes_up() {
    let (plan, store) = store(180);
    let requests = rows(&plan, &store, "RequestCount");
    assert_eq!(requests.len(), 1);
    assert!(
        requests[0].ends_with(",Count,608,608,,,,,,,"),
        "{requests:?}"
    );
    // 1 for 90 s and 2 for 90 s.
    let hosts = rows(&plan, &store, "HealthyHostCount");
    assert!(hosts[0].ends_with(",Count,,,1.5,1,2,,,,"), "{hosts:?}");
}

/// Rows as `dimensions`, average, least, most.
fn levels(plan: &Plan, store: &MetricStore, metric: &str) -> Vec<String> {
    let shown = |row: String| {
        let cells: Vec<&str> = row.split(',').collect();
        [1, 3, 7, 8, 9].map(|at| cells[at]).join(" ")
    };
    rows(plan, store, metric).into_iter().map(shown).collect()
}

#[test]
fn groups_and_instances_have_cloudwatchs_metrics() {
    let plan = fixture::plan_on_instances();
    let mut sink = MetricSink::new(&plan, SimDuration::from_secs(60));
    let mut tell = |at: u64, what: CapacityObservation<'_>| {
        sink.observe(SimTime::from_secs(at), &Observation::Capacity(what));
    };
    let amounts = |cpu, memory, gpus| Amounts { cpu, memory, gpus };
    let launching = GroupCounts {
        desired: 2,
        launching: 2,
        ..GroupCounts::default()
    };
    let active = GroupCounts {
        desired: 2,
        active: 1,
        draining: 1,
        registered: amounts(4_096, 16_384, 4),
        reserved: amounts(1_024, 12_288, 3),
        ..GroupCounts::default()
    };
    let set = |counts| CapacityObservation::GroupCounts {
        group: fixture::WEB,
        counts,
    };
    let percent = |percent| CapacityObservation::Reservation {
        provider: fixture::ON_WEB,
        percent,
    };
    tell(0, set(&launching));
    tell(60, percent(200.0));
    tell(90, set(&active));
    tell(120, percent(100.0));
    let ended = SimTime::from_secs(180);
    let store = sink.finish(ended);
    let shown = |metric| levels(&plan, &store, metric);
    let group = "AWS/AutoScaling AutoScalingGroupName=web";
    assert_eq!(shown("GroupDesiredCapacity").len(), 3);
    assert_eq!(shown("GroupPendingInstances")[1], format!("{group} 1 0 2"));
    assert_eq!(
        shown("GroupInServiceInstances")[1],
        format!("{group} 0.5 0 1")
    );
    assert_eq!(
        shown("GroupTerminatingInstances")[2],
        format!("{group} 1 1 1")
    );
    assert_eq!(shown("GroupTotalInstances")[0], format!("{group} 2 2 2"));
    // Nothing before the provider's first minute.
    let provider = "AWS/ECS/ManagedScaling CapacityProviderName=web;ClusterName=shop";
    assert_eq!(
        shown("CapacityProviderReservation"),
        [
            format!("{provider} 200 200 200"),
            format!("{provider} 100 100 100")
        ]
    );
    // Nor a reservation before an instance is registered.
    let of_ecs = "AWS/ECS ClusterName=shop";
    let cpu = format!("{of_ecs} 25 25 25");
    assert_eq!(shown("CPUReservation"), [cpu.clone(), cpu]);
    assert_eq!(shown("MemoryReservation")[1], format!("{of_ecs} 75 75 75"));
    assert_eq!(shown("GPUReservation")[1], format!("{of_ecs} 75 75 75"));
    let count = "ECS/ContainerInsights ClusterName=shop";
    assert_eq!(shown("ContainerInstanceCount")[1], format!("{count} 1 0 2"));
    // Nothing runs, of what was registered for a minute and a half.
    let used: Vec<String> = shown("CPUUtilization");
    let used: Vec<&String> = used.iter().filter(|it| it.ends_with("shop 0  ")).collect();
    assert_eq!(used.len(), 2);
}

/// What the cluster uses is what its services do, and all that jobs reserve.
#[test]
fn the_cluster_shows_what_all_its_tasks_use() {
    let (plan, store) = store(60);
    let of_cluster = |metric| -> Vec<String> {
        let all = levels(&plan, &store, metric).into_iter();
        let its = all.filter_map(|row| {
            let row = row.strip_prefix("ECS/ContainerInsights ClusterName=shop ")?;
            Some(row.trim().to_owned())
        });
        its.collect()
    };
    // 15 of 30 vCPU-seconds a minute.
    assert_eq!(of_cluster("CpuUtilized"), ["256"; 3]);
    assert_eq!(of_cluster("CpuReserved"), ["512"; 3]);
    assert_eq!(of_cluster("MemoryUtilized"), ["204.8"; 3]);
    assert_eq!(of_cluster("MemoryReserved"), ["1024"; 3]);
    let jobs = JobsRunning {
        definition: crate::ids::TaskDefinitionId(0),
        cpu_units: 512.0,
        memory_mib: 100.0,
        is_hosted: true,
        tasks: vec![0.0, 0.5, 2.0],
    };
    let store = MetricStore {
        jobs: vec![jobs],
        ..store
    };
    let with_jobs = levels(&plan, &store, "CpuUtilized").into_iter();
    let with_jobs: Vec<String> = with_jobs.filter(|it| !it.contains("ServiceName")).collect();
    assert!(
        with_jobs[1].ends_with("ClusterName=shop 512  "),
        "{with_jobs:?}"
    );
    assert!(
        with_jobs[2].ends_with("ClusterName=shop 1280  "),
        "{with_jobs:?}"
    );
}

#[test]
fn a_run_without_groups_has_none_of_their_series() {
    let (plan, store) = store(60);
    for metric in Metric::OF_A_GROUP.into_iter().chain(Metric::OF_INSTANCES) {
        assert!(rows(&plan, &store, metric.name()).is_empty(), "{metric:?}");
    }
}
