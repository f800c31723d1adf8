//! What the swarm plays: each of these stands in so many of its scenarios, or a change of the
//! generator has lost it.

use super::{SEEDS, generator};

/// Scenarios that have a knob at least, of [`SEEDS`].
const LEAST: usize = 10;

/// What stands in a scenario that has a knob.
const KNOBS: [&str; 59] = [
    // Volumes.
    "configuredAtLaunch: true",
    "efsVolumeConfiguration:",
    "volumeType: gp2",
    "volumeType: io1",
    "deleteOnTermination: false",
    // Who deploys.
    "type: EXTERNAL",
    "status: ACTIVE",
    "createTaskSet:",
    "updateServicePrimaryTaskSet:",
    "deleteTaskSet:",
    "type: CODE_DEPLOY",
    "ECSAllAtOnce",
    "ECSCanary10Percent5Minutes",
    "alarmConfiguration:",
    "alarmNames:",
    "stopServiceDeployment:",
    "strategy: BLUE_GREEN",
    "strategy: LINEAR",
    "strategy: CANARY",
    "lifecycleHooks:",
    // Queues and programs after others.
    "aws.queues",
    "Namespace: AWS/SQS",
    "Namespace: ECS/ContainerInsights",
    "MetricName: UnHealthyHostCount",
    "Expression: m1",
    "after: [",
    // What a start needs.
    "executionRoleArn:",
    "RoleName: exec",
    "KeyState: Disabled",
    "Effect: Deny",
    "secrets: [{",
    "routeTables:",
    "vpcEndpoints:",
    "securityGroups:",
    "SubnetId: small",
    // Containers.
    "condition: START",
    "condition: COMPLETE",
    "condition: SUCCESS",
    "condition: HEALTHY",
    "startTimeout:",
    "sidecars:",
    "containers: {",
    // Balancers.
    "Protocol: TCP",
    "Protocol: TLS",
    "Protocol: UDP",
    "networkShift:",
    "Namespace: AWS/NetworkELB",
    // Metrics.
    "resolutionSeconds: 20",
    "UtilizationHighResolution",
    "Period: 10,",
    "ExtendedStatistic:",
    "CustomizedMetricSpecification:",
    "PolicyType: StepScaling",
    "PolicyType: PredictiveScaling",
    "aws.scheduledActions",
    // The rest.
    "startThrottle:",
    "beside:",
    "growth:",
    "Mode: FLEXIBLE",
];

#[test]
fn each_knob_is_turned_in_some_scenarios() {
    let mut counts = [0; KNOBS.len()];
    for seed in 0..SEEDS {
        let draft = generator::scenario(seed);
        let text = draft.text();
        for (count, knob) in counts.iter_mut().zip(KNOBS) {
            let is_turned = match knob.starts_with("aws.") {
                true => !draft.lines(knob).is_empty(),
                false => text.contains(knob),
            };
            *count += usize::from(is_turned);
        }
    }
    for (count, knob) in counts.iter().zip(KNOBS) {
        println!("{count:4} {knob}");
    }
    let rare = counts
        .iter()
        .zip(KNOBS)
        .filter(|(count, _)| **count < LEAST);
    let rare: Vec<&str> = rare.map(|(_, knob)| knob).collect();
    assert!(rare.is_empty(), "in fewer than {LEAST} scenarios: {rare:?}");
}
