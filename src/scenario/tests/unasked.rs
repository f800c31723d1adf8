//! What is said of services that nobody asks, by who looks at them.

use super::loaded;

const TEXT: &str = "\
fleetcast: 1
run: { duration: 1d }
aws:
  cluster: { clusterName: shop }
  taskDefinitions: [{ family: web, cpu: \"256\", memory: \"512\" }]
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 2, launchType: FARGATE }]
";

const ALARM: &str = "  \
  alarms:
    - { AlarmName: busy, Namespace: AWS/ECS, MetricName: CPUUtilization, Statistic: Average,
        Period: 60, EvaluationPeriods: 1, Threshold: 50, ComparisonOperator: GreaterThanThreshold,
        Dimensions: [{ Name: ClusterName, Value: shop }, { Name: ServiceName, Value: web }] }
";

const POLICY: &str = "  \
  scalableTargets: [{ ResourceId: service/shop/web, MinCapacity: 1, MaxCapacity: 4 }]
  scalingPolicies:
    - { PolicyName: half, PolicyType: TargetTrackingScaling, ResourceId: service/shop/web,
        TargetTrackingScalingPolicyConfiguration: { TargetValue: 50, PredefinedMetricSpecification:
          { PredefinedMetricType: ECSServiceAverageCPUUtilization } } }
";

const OBJECTIVE: &str = "\
objectives:
  - { metric: CPUUtilization, service: web, stat: Average, below: 50 % }
  - { metric: FailedRequests, service: web, below: 1 % }
  - { metric: RunningTaskCount, service: web, stat: Minimum, above: 1 }
";

#[test]
fn who_looks_at_a_service_that_nobody_asks_is_said() {
    let begins = "nobody asks service web: world.demand has no entry for it, so ";
    let idle = "sees idle tasks, and no requests";
    for (more, said) in [
        (&[][..], "it has no load".to_owned()),
        (&[ALARM], format!("alarm busy {idle}")),
        (&[POLICY], format!("scaling policy half {idle}")),
        (&[OBJECTIVE], "it has no load".to_owned()),
        (
            &[ALARM, POLICY],
            "alarm busy and 1 more see idle tasks, and no requests".to_owned(),
        ),
    ] {
        let plan = loaded(&format!("{TEXT}{}", more.concat())).plan;
        let notes = plan.notes.iter().filter(|it| it.contains("service web:"));
        assert_eq!(notes.collect::<Vec<_>>(), [&format!("{begins}{said}")]);
    }
}

/// What a DAEMON service does for the tasks beside it may begin with a later revision.
#[test]
fn a_daemon_that_serves_others_later_is_no_service_that_nobody_asks() {
    let text = "\
fleetcast: 1
run: { duration: 1h }
aws:
  cluster: { clusterName: shop, capacityProviders: [machines] }
  launchTemplates: [{ LaunchTemplateName: ecs, LaunchTemplateData: { InstanceType: m6i.large } }]
  autoScalingGroups:
    - AutoScalingGroupName: machines
      MinSize: 2
      MaxSize: 2
      AvailabilityZones: [us-east-1a]
      LaunchTemplate: { LaunchTemplateName: ecs, Version: \"1\" }
  capacityProviders: [{ name: machines, autoScalingGroupProvider: { autoScalingGroupArn: machines } }]
  taskDefinitions:
    - { family: router, requiresCompatibilities: [EC2], containerDefinitions: [{ name: router, cpu: 64, memory: 64 }] }
    - { family: router, requiresCompatibilities: [EC2], containerDefinitions: [{ name: router, cpu: 64, memory: 64 }] }
  services: [{ serviceName: router, taskDefinition: \"router:1\", schedulingStrategy: DAEMON, launchType: EC2 }]
world: { work: { \"router:2\": { beside: { perTask: 0.01 vCPU } } } }
";
    let notes = |text: &str| {
        let notes = loaded(text).plan.notes;
        notes.iter().filter(|it| it.contains("nobody asks")).count()
    };
    assert_eq!(notes(text), 1);
    let later =
        "timeline: [{ at: 10m, deploy: { service: router, taskDefinition: \"router:2\" } }]\n";
    assert_eq!(notes(&format!("{text}{later}")), 0);
}

/// An objective moves nothing: what nobody watches has no metrics to judge.
#[test]
fn an_objective_that_is_not_judged_is_said() {
    let of_use = "objective CPUUtilization of web Average below 50 % is not judged: nobody asks \
                  web, and no alarm or scaling policy looks at what it uses";
    let of_requests = "objective FailedRequests of web below 1 % is not judged: nobody asks web";
    let both = [of_use, of_requests];
    for (more, told) in [("", &both[..]), (ALARM, &both[1..])] {
        let plan = loaded(&format!("{TEXT}{more}{OBJECTIVE}")).plan;
        let notes = plan.notes.iter().filter(|it| it.contains("is not judged"));
        assert_eq!(notes.collect::<Vec<_>>(), told);
    }
}
