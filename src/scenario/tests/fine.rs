//! Metrics of 20 s, and DAEMON services with work for the tasks beside them: what loads, and the
//! message of each thing that does not.

use super::messages::said;
use super::*;
use crate::demand::period::{ALARM_PART, FINE_PERIOD, MetricClock};
use crate::policy::daemon_load::BesideWork;

const FINE: &str = "\
fleetcast: 1
run: { duration: 1h }
aws:
  cluster: { clusterName: shop }
  taskDefinitions: [{ family: api, cpu: 256, memory: 512 }]
  services:
    - serviceName: api
      taskDefinition: api
      launchType: FARGATE
      monitoring: { metricConfigurations: [{ metricNames: [CPUUtilization], resolutionSeconds: 20 }] }
  scalableTargets: [{ ResourceId: service/shop/api, MinCapacity: 1, MaxCapacity: 9 }]
  scalingPolicies:
    - ResourceId: service/shop/api
      PolicyName: cpu
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 60, PredefinedMetricSpecification: { PredefinedMetricType: ECSServiceAverageCPUUtilizationHighResolution } }
  alarms:
    - { AlarmName: busy, Namespace: AWS/ECS, MetricName: CPUUtilization, Dimensions: [{ Name: ServiceName, Value: api }], Statistic: Average, Period: 30, EvaluationPeriods: 2, Threshold: 60, ComparisonOperator: GreaterThanThreshold }
world: { demand: { api: { rate: 2/s } } }
";

#[test]
fn policies_and_alarms_on_metrics_of_20_s_have_their_clocks() {
    let plan = loaded(FINE).plan;
    let fine = MetricClock {
        period: FINE_PERIOD,
        delay: SimDuration::from_secs(16),
    };
    let target = &plan.scalable_targets[0];
    assert_eq!((target.clock, target.policies[0].clock), (fine, fine));
    let alarm = &plan.alarms[0];
    assert_eq!((alarm.clock.period, alarm.period_units), (ALARM_PART, 3));
    assert_eq!(alarm.asked_at(), fine);
    // One on minutes beside it keeps its own.
    let minutes = loaded(&FINE.replace("Period: 30", "Period: 60")).plan;
    let slow = MetricClock::of_minutes(SimDuration::from_secs(150));
    assert_eq!(minutes.alarms[0].clock, slow);
    assert_eq!(minutes.metric_clocks(), [fine]);
}

#[test]
fn metrics_of_20_s_are_there_only_where_a_service_asks_for_them() {
    let metric = "ECSServiceAverageCPUUtilizationHighResolution";
    for (from, to, expected) in [
        (
            metric,
            "ECSServiceAverageMemoryUtilizationHighResolution",
            "ECS publishes MemoryUtilization of api once a minute (give api monitoring: { \
             metricConfigurations: [{ metricNames: [MemoryUtilization], resolutionSeconds: 20 }] })",
        ),
        (
            "MetricName: CPUUtilization",
            "MetricName: MemoryUtilization",
            "MemoryUtilization of api has one data point a minute, not one in 30 s (give api",
        ),
        (
            "resolutionSeconds: 20",
            "resolutionSeconds: 30",
            "a resolution of 30 s is none of ECS's (write 20, or 60, which is the default)",
        ),
        ("[CPUUtilization]", "[CPUReservation]", "CPUReservation"),
        (
            "Period: 30",
            "Period: 10",
            "the metric has a data point every 20 s: every second period has none (write 20)",
        ),
    ] {
        let all = said(&FINE.replace(from, to)).join("\n");
        assert!(all.contains(expected), "{all}");
    }
}

#[test]
fn work_for_the_tasks_beside_it_is_a_daemons() {
    let text = "\
fleetcast: 1
run: { duration: 1h }
aws:
  launchTemplates: [{ LaunchTemplateName: ecs, LaunchTemplateData: { InstanceType: m6i.large } }]
  autoScalingGroups: [{ AutoScalingGroupName: machines, MinSize: 1, MaxSize: 1, LaunchTemplate: { LaunchTemplateName: ecs } }]
  taskDefinitions: [{ family: router, memory: 128, containerDefinitions: [{ name: router, cpu: 128 }] }]
  services: [{ serviceName: router, taskDefinition: router, launchType: EC2, schedulingStrategy: DAEMON }]
world: { work: { router: { beside: { cpu: 1ms, perLogMiB: 50ms, perTask: 0.01 vCPU } } } }
";
    let work = BesideWork {
        cpu_s: 0.001,
        cpu_s_per_log_mib: 0.05,
        vcpus_per_task: 0.01,
    };
    let loaded = loaded(text);
    assert_eq!(loaded.plan.task_definitions[0].work.beside, Some(work));
    let all = said(&text.replace("DAEMON", "REPLICA")).join("\n");
    assert!(
        all.contains("router has work for the tasks beside it, and no DAEMON service runs it"),
        "{all}"
    );
}
