//! Alarms on DAEMON services: what one costs that serves the tasks beside it is summed while the run
//! goes on where somebody looks at it, and else when the run is over. Both are the same.

use fleetcast::ids::ServiceId;
use fleetcast::observe::series::Metric;

use super::home::played;

/// A log router beside services, programs and an instance refresh; its second revision costs twice
/// as much, the third is the first again.
const TEXT: &str = "\
fleetcast: 1
name: routed
run: { duration: 5h, seed: 7, BEGIN }
record: { metrics: 1m, tasks: none }
aws:
  region: us-east-1
  cluster: { clusterName: shop, capacityProviders: [machines] }
  launchTemplates: [{ LaunchTemplateName: ecs, LaunchTemplateData: { InstanceType: c6i.xlarge } }]
  autoScalingGroups:
    - AutoScalingGroupName: machines
      MinSize: 1
      MaxSize: 20
      AvailabilityZones: [us-east-1a, us-east-1b]
      LaunchTemplate: { LaunchTemplateName: ecs, Version: \"1\" }
  capacityProviders:
    - name: machines
      autoScalingGroupProvider: { autoScalingGroupArn: machines, managedScaling: { status: ENABLED }, managedTerminationProtection: DISABLED }
  taskDefinitions:
    - family: web
      requiresCompatibilities: [EC2]
      networkMode: bridge
      containerDefinitions: [{ name: web, cpu: 512, memory: 768, stopTimeout: 90, logConfiguration: { logDriver: fluentd } }]
    - family: report
      requiresCompatibilities: [EC2]
      networkMode: bridge
      containerDefinitions: [{ name: report, cpu: 256, memory: 256, logConfiguration: { logDriver: fluentd } }]
    - &router
      family: router
      requiresCompatibilities: [EC2]
      networkMode: bridge
      containerDefinitions: [{ name: router, cpu: 128, memory: 256 }]
    - *router
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 12
      capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }]
    - { serviceName: router, taskDefinition: \"router:1\", schedulingStrategy: DAEMON, launchType: EC2, deploymentConfiguration: { minimumHealthyPercent: 50 } }
  scalableTargets: [{ ResourceId: service/shop/web, MinCapacity: 4, MaxCapacity: 60 }]
  scalingPolicies:
    - ResourceId: service/shop/web
      PolicyName: cpu
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 50, PredefinedMetricSpecification: { PredefinedMetricType: ECSServiceAverageCPUUtilization } }
ALARMS
  rules:
    - Name: report
      ScheduleExpression: rate(20 minutes)
  ruleTargets:
    - Rule: report
      Targets: [{ Id: report, Arn: shop, EcsParameters: { TaskDefinitionArn: report, TaskCount: 3, CapacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }] } }]
world:
  demand:
    web: { rate: { daily: { low: 60/s, high: 400/s, peak: \"04:00\" } }, timeout: 10s }
  work:
    report: { duration: 7m, logs: { perSecond: 2KiB } }
    web: { cpu: 20ms, wait: 20ms, slots: 32, logs: { perRequest: 4KiB } }
    router: { idle: 0.005 vCPU, memory: { base: 80MiB }, beside: { cpu: 0.4ms, perLogMiB: 60ms, perTask: 0.001 vCPU } }
    \"router:2\": { beside: { cpu: 0.8ms, perLogMiB: 120ms, perTask: 0.002 vCPU } }
timeline:
  - { at: 1h 10s, deploy: { service: router, taskDefinition: \"router:2\" } }
  - { at: 2h 20m, instanceRefresh: { AutoScalingGroupName: machines } }
  - { at: 3h 7m 33s, deploy: { service: router, taskDefinition: \"router:1\" } }
";

const ALARM: &str = "  alarms:
    - AlarmName: router-busy
      Namespace: AWS/ECS
      MetricName: CPUUtilization
      Dimensions: [{ Name: ClusterName, Value: shop }, { Name: ServiceName, Value: router }]
      Statistic: Average
      Period: 60
      EvaluationPeriods: 3
      Threshold: 60
      ComparisonOperator: GreaterThanThreshold";

/// The router's CPU by minute, percent, and the times at which the alarm went off.
fn cpu(begin: &str, alarms: &str) -> (Vec<(u32, f64)>, u64) {
    let text = TEXT.replace("BEGIN", begin).replace("ALARMS", alarms);
    of_router(&text, Metric::CpuUtilization)
}

fn of_router(text: &str, metric: Metric) -> (Vec<(u32, f64)>, u64) {
    let played = played(text);
    let mut services = played.plan.services.iter();
    let router = services.position(|it| it.name == "router").unwrap();
    let store = played.run.outcome.observed.metrics.as_ref().unwrap();
    let runs = store.service(ServiceId::from_index(router), metric);
    let minutes = runs.flat_map(|run| {
        let average = run.statistics.average.unwrap();
        (run.first..run.first + run.count).map(move |minute| (minute, average))
    });
    let alarms = &played.run.outcome.observed.summary.alarms;
    (minutes.collect(), alarms.first().map_or(0, |it| it.alarms))
}

#[test]
fn what_a_daemon_costs_is_the_same_while_somebody_looks() {
    // Only the second revision takes more than 60 %, and the first instances of a cluster that
    // begins empty, which have all the load to themselves.
    for (begin, expected) in [("begin: steady", 1), ("begin: empty", 2)] {
        let (watched, alarms) = cpu(begin, ALARM);
        let (unwatched, _) = cpu(begin, "");
        assert_eq!(watched.len(), unwatched.len(), "{begin}");
        for (one, other) in watched.iter().zip(&unwatched) {
            assert_eq!(one.0, other.0, "{begin}");
            let off = (one.1 - other.1).abs();
            assert!(
                off < 1e-6,
                "{begin}, minute {}: {} or {}",
                one.0,
                one.1,
                other.1
            );
        }
        assert_eq!(alarms, expected, "{begin}");
    }
}

/// The memory that a router's code keeps, and its kills, are there whoever looks.
#[test]
fn what_a_daemon_keeps_is_the_same_while_somebody_looks() {
    let grows = "memory: { base: 80MiB, growth: { perHour: 70MiB, cv: 0.2 } }";
    let text = TEXT.replace("BEGIN", "begin: steady");
    let text = text.replace("memory: { base: 80MiB }", grows);
    let of = |alarms: &str| of_router(&text.replace("ALARMS", alarms), Metric::MemoryUtilization).0;
    let unwatched = of("");
    assert_eq!(unwatched, of(ALARM));
    let mean = unwatched.iter().map(|it| it.1).sum::<f64>() / unwatched.len() as f64;
    // Those that stand have kept half of their headroom in the mean, new ones begin at 31 %.
    assert!((45.0..75.0).contains(&mean), "{mean}");
}
