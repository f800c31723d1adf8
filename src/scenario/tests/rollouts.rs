//! Deployments that can never move, said when the scenario is read.

use super::loaded;
use super::messages::said;
use crate::ids::{AlarmId, ServiceId};
use crate::scenario::plan::TimelineAction;

/// A service on Fargate with room for more below its quota.
pub(super) const FARGATE: &str = "\
fleetcast: 1
run: { duration: 1d }
aws:
  account: { quotas: { fargateOnDemandVcpus: 10 } }
  taskDefinitions: [{ family: web, cpu: \"1024\", memory: \"2048\" }]
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 9
      launchType: FARGATE
      deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 }
";

/// The same on two instances of 2 vCPU, with a port of theirs.
pub(super) const INSTANCES: &str = "\
fleetcast: 1
run: { duration: 1d }
aws:
  cluster: { clusterName: shop, capacityProviders: [machines] }
  launchTemplates: [{ LaunchTemplateName: ecs, LaunchTemplateData: { InstanceType: m6i.large } }]
  autoScalingGroups:
    - AutoScalingGroupName: machines
      MinSize: 2
      MaxSize: 2
      AvailabilityZones: [us-east-1a]
      LaunchTemplate: { LaunchTemplateName: ecs, Version: \"1\" }
  capacityProviders:
    - name: machines
      autoScalingGroupProvider: { autoScalingGroupArn: machines, managedScaling: { status: ENABLED } }
  taskDefinitions:
    - family: web
      requiresCompatibilities: [EC2]
      networkMode: bridge
      containerDefinitions: [{ name: web, cpu: 512, memory: 512, portMappings: [{ containerPort: 80, hostPort: 80 }] }]
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 2
      capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }]
";

/// What is said of rollouts with these parts replaced.
pub(super) fn stuck(text: &str, replaced: &[(&str, &str)]) -> Vec<String> {
    let mut text = text.to_owned();
    for (from, to) in replaced {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let mut told = said(&text);
    let wrong: Vec<&String> = told.iter().filter(|it| it.starts_with("error")).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    told.retain(|it| it.contains("a deployment"));
    told
}

#[test]
fn a_quota_without_room_for_one_more_task_is_said() {
    assert_eq!(stuck(FARGATE, &[]), [""; 0]);
    let ten = ("desiredCount: 9", "desiredCount: 10");
    let told = "warning aws.services.web.taskDefinition: as it stands, a deployment of web can \
                start no task: 10 tasks of 1 vCPU leave no room for another within 10 vCPUs \
                (fargateOnDemandVcpus), and minimumHealthyPercent 100 lets none of its 10 stop \
                first (raise the quota, or less minimumHealthyPercent)";
    assert_eq!(stuck(FARGATE, &[ten]), [told]);
    // One may stop first, or the quota was raised.
    let less = ("minimumHealthyPercent: 100", "minimumHealthyPercent: 90");
    assert_eq!(stuck(FARGATE, &[ten, less]), [""; 0]);
    let raised = ("fargateOnDemandVcpus: 10", "fargateOnDemandVcpus: raised");
    assert_eq!(stuck(FARGATE, &[ten, raised]), [""; 0]);
}

#[test]
fn instances_without_room_for_one_more_task_are_said() {
    let told = "warning aws.services.web.taskDefinition: as it stands, a deployment of web can \
                start no task: the 2 instances that there may be take 2 tasks of web:1 (its host port is \
                there once on each), and minimumHealthyPercent 100 lets none of its 2 stop first \
                (write hostPort: 0, raise MaxSize, or less minimumHealthyPercent)";
    assert_eq!(stuck(INSTANCES, &[]), [told]);
    assert_eq!(stuck(INSTANCES, &[("MaxSize: 2", "MaxSize: 3")]), [""; 0]);
    // A port of Docker's choice: each instance takes four.
    let dynamic = ("hostPort: 80", "hostPort: 0");
    assert_eq!(stuck(INSTANCES, &[dynamic]), [""; 0]);
    let eight = ("desiredCount: 2", "desiredCount: 8");
    let told = "warning aws.services.web.taskDefinition: as it stands, a deployment of web can \
                start no task: the 2 instances that there may be take 8 tasks of web:1, and \
                minimumHealthyPercent 100 lets none of its 8 stop first (raise MaxSize, or less \
                minimumHealthyPercent)";
    assert_eq!(stuck(INSTANCES, &[dynamic, eight]), [told]);
    let daemon = (
        "desiredCount: 2\n      capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }]",
        "schedulingStrategy: DAEMON\n      launchType: EC2",
    );
    assert_eq!(stuck(INSTANCES, &[daemon]), [""; 0]);
    // Of those 100 % is the most, written out or not.
    let all = (
        "schedulingStrategy: DAEMON\n",
        "schedulingStrategy: DAEMON\n      deploymentConfiguration: { minimumHealthyPercent: 100 }\n",
    );
    let told = stuck(INSTANCES, &[daemon, all]);
    assert!(told.is_empty(), "{told:?}");
    let mut text = INSTANCES.to_owned();
    for (from, to) in [daemon, all] {
        text = text.replace(from, to);
    }
    assert!(
        said(&text)
            .iter()
            .any(|it| it.contains("no deployment gets ahead")),
        "{:?}",
        said(&text)
    );
}

#[test]
fn counts_that_a_service_may_come_to_are_looked_at() {
    let narrow = (
        "minimumHealthyPercent: 100, maximumPercent: 200",
        "minimumHealthyPercent: 95, maximumPercent: 109",
    );
    let many = ("desiredCount: 9", "desiredCount: 60");
    let raised = ("fargateOnDemandVcpus: 10", "fargateOnDemandVcpus: raised");
    assert_eq!(stuck(FARGATE, &[narrow, many, raised]), [""; 0]);
    let scaled = format!(
        "{FARGATE}  scalableTargets: [{{ ResourceId: service/default/web, MinCapacity: 2, \
         MaxCapacity: 100 }}]\n"
    );
    let at_least = "warning aws.scalableTargets.web.MinCapacity: scaled in to 2 \
                    tasks a deployment of web can neither start a task nor stop one: \
                    minimumHealthyPercent 95 keeps 2 healthy and maximumPercent 109 allows 2 \
                    (minimumHealthyPercent 50 stops first, maximumPercent 150 starts first)";
    assert_eq!(stuck(&scaled, &[narrow, many, raised]), [at_least]);
    let enough = ("MinCapacity: 2", "MinCapacity: 20");
    assert_eq!(stuck(&scaled, &[narrow, many, raised, enough]), [""; 0]);
    let updated =
        format!("{FARGATE}timeline: [{{ at: 1h, update: {{ service: web, desiredCount: 5 }} }}]\n");
    let [told] = &stuck(&updated, &[narrow, many, raised])[..] else {
        panic!()
    };
    assert!(
        told.starts_with(
            "warning timeline[0].update.desiredCount: with 5 tasks a deployment of web can \
             neither start a task nor stop one"
        ),
        "{told}"
    );
}

/// `alarms` that UpdateService names stand beside those of the start, and know the service.
#[test]
fn an_update_names_alarms() {
    let alarm = "{ AlarmName: busy, Namespace: AWS/ECS, MetricName: CPUUtilization, Dimensions: \
                 [{ Name: ServiceName, Value: web }], Statistic: Average, Period: 60, \
                 EvaluationPeriods: 2, Threshold: 90, ComparisonOperator: GreaterThanThreshold }";
    let with = |alarms: &str| {
        format!(
            "{FARGATE}  alarms: [{alarm}]\ntimeline: [{{ at: 1h, deploy: {{ service: web, \
             deploymentConfiguration: {{ alarms: {{ {alarms} }} }} }} }}]\n"
        )
    };
    let update = |alarms: &str| {
        let plan = loaded(&with(alarms)).plan;
        let TimelineAction::UpdateService(update) = &plan.timeline[0].action else {
            panic!()
        };
        (update.deployment.alarms, plan)
    };
    let (place, plan) = update("enable: true, rollback: true, alarmNames: [busy]");
    assert_eq!(place, Some(Some(1)));
    let watched = plan.services[0].watched(1).unwrap();
    assert_eq!(
        (&watched.alarms[..], watched.rollback),
        (&[AlarmId(0)][..], true)
    );
    assert_eq!(plan.alarms[0].fails_deployments_of, [ServiceId(0)]);
    assert_eq!(plan.services[0].deployment_rules().alarms, None);
    assert_eq!(update("enable: false").0, Some(None));
    let told = said(&with("rollback: true, alarmNames: [busy]"));
    assert!(
        told.iter()
            .any(|it| it.contains("without enable nothing of this is done")),
        "{told:?}"
    );
    let told = said(&with("enable: true, alarmNames: [bussy]"));
    assert!(
        told.iter()
            .any(|it| it.contains("there is no alarm \"bussy\"")),
        "{told:?}"
    );
}
