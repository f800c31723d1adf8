//! What the simulation does with AWS's fields of deployments, and of the health that they go by.

use super::{AwsReads, LAUNCH_TYPE, NETWORK, STRATEGY, row};

/// The shapes, by API and the order of a scenario.
pub const TABLE: &[AwsReads] = &[
    row(
        "ecs.HealthCheck",
        &[
            ("interval", "from one check to the next"),
            ("retries", "failing ones in a row that make it UNHEALTHY"),
            ("startPeriod", "how long failing ones are not counted"),
        ],
        &["command", "timeout"],
    ),
    row(
        "ecs.DeploymentController",
        &[(
            "type",
            "ECS, CODE_DEPLOY: aws.deploymentGroups, or EXTERNAL: aws.taskSets",
        )],
        &[],
    ),
    row(
        "ecs.TaskSet",
        &[
            ("service", "which service it is of"),
            ("externalId", "its name in the timeline"),
            ("status", "PRIMARY: the one at the start"),
            ("taskDefinition", "family, family:revision, or an ARN"),
            ("scale", "what it is to have of the service's desired count"),
            STRATEGY,
            LAUNCH_TYPE,
            NETWORK,
            ("loadBalancers", "the target group of its tasks"),
            ("serviceRegistries", "services of Cloud Map, which are paid"),
        ],
        &["cluster", "clusterArn", "serviceArn", "id"],
    ),
    row(
        "ecs.Scale",
        &[("value", "the share, rounded up to whole tasks")],
        &["unit"],
    ),
    row(
        "codedeploy.DeploymentGroupInfo",
        &[
            ("deploymentGroupName", "its name"),
            ("deploymentConfigName", "how traffic goes over"),
            ("ecsServices", "the service that it deploys"),
            (
                "blueGreenDeploymentConfiguration",
                "how long the old task set is kept",
            ),
            ("loadBalancerInfo", "the two target groups"),
            ("alarmConfiguration", "which alarms stop a deployment"),
            ("autoRollbackConfiguration", "what is rolled back"),
            ("targetRevision", "the AppSpec, for its hooks"),
        ],
        &[
            "applicationName",
            "computePlatform",
            "deploymentStyle",
            "serviceRoleArn",
        ],
    ),
    row(
        "codedeploy.RevisionLocation",
        &[
            ("appSpecContent", "the AppSpec"),
            ("string", "the AppSpec, as it was written once"),
        ],
        &["revisionType", "s3Location", "gitHubLocation"],
    ),
    row(
        "codedeploy.AppSpecContent",
        &[(
            "content",
            "YAML or JSON; what the functions of its Hooks say stands under world.hooks",
        )],
        &["sha256"],
    ),
    row(
        "codedeploy.RawString",
        &[("content", "YAML or JSON, as in appSpecContent")],
        &["sha256"],
    ),
    row(
        "codedeploy.ECSService",
        &[("serviceName", "the service")],
        &["clusterName"],
    ),
    row(
        "codedeploy.BlueGreenDeploymentConfiguration",
        &[(
            "terminateBlueInstancesOnDeploymentSuccess",
            "when the old task set ends",
        )],
        &["deploymentReadyOption", "greenFleetProvisioningOption"],
    ),
    row(
        "codedeploy.BlueInstanceTerminationOption",
        &[("terminationWaitTimeInMinutes", "how long it is kept")],
        &["action"],
    ),
    row(
        "codedeploy.DeploymentReadyOption",
        &[],
        &["actionOnTimeout", "waitTimeInMinutes"],
    ),
    row(
        "codedeploy.LoadBalancerInfo",
        &[("targetGroupPairInfoList", "the two target groups")],
        &[],
    ),
    row(
        "codedeploy.TargetGroupPairInfo",
        &[("targetGroups", "the two target groups")],
        &["prodTrafficRoute", "testTrafficRoute"],
    ),
    row(
        "codedeploy.TargetGroupInfo",
        &[("name", "a target group")],
        &[],
    ),
    row(
        "codedeploy.AlarmConfiguration",
        &[
            ("enabled", "whether alarms are watched"),
            ("alarms", "alarms of aws.alarms"),
        ],
        &["ignorePollAlarmFailure"],
    ),
    row(
        "codedeploy.Alarm",
        &[("name", "an alarm of aws.alarms")],
        &[],
    ),
    row(
        "codedeploy.AutoRollbackConfiguration",
        &[
            ("enabled", "whether anything is rolled back"),
            ("events", "what is: a failure, an alarm"),
        ],
        &[],
    ),
    row(
        "ecs.DeploymentConfiguration",
        &[
            (
                "minimumHealthyPercent",
                "the least healthy tasks, of the desired count",
            ),
            ("maximumPercent", "the most tasks, of the desired count"),
            (
                "deploymentCircuitBreaker",
                "how many failed tasks fail a deployment",
            ),
            ("alarms", "which alarms fail a deployment"),
            ("strategy", "ROLLING, or how traffic is shifted"),
            (
                "bakeTimeInMinutes",
                "how long both revisions run when the new one has all traffic",
            ),
            ("linearConfiguration", "the steps of LINEAR"),
            ("canaryConfiguration", "the first step of CANARY"),
            (
                "lifecycleHooks",
                "what may hold a deployment up, or fail it",
            ),
            (
                "earlySuccessCriteria",
                "when a ROLLING deployment is a success before all of its tasks are healthy",
            ),
        ],
        &[],
    ),
    row(
        "ecs.LinearConfiguration",
        &[
            ("stepPercent", "traffic that goes over at a time"),
            ("stepBakeTimeInMinutes", "from one step to the next"),
        ],
        &[],
    ),
    row(
        "ecs.CanaryConfiguration",
        &[
            ("canaryPercent", "traffic of the first step"),
            ("canaryBakeTimeInMinutes", "how long before the rest"),
        ],
        &[],
    ),
    row(
        "ecs.DeploymentLifecycleHook",
        &[
            (
                "hookTargetArn",
                "the function; what it says stands under world.hooks",
            ),
            ("targetType", "AWS_LAMBDA, or PAUSE: it waits for somebody"),
            ("lifecycleStages", "at which stages it runs"),
            ("timeoutConfiguration", "what if it says nothing"),
        ],
        &["roleArn", "hookDetails"],
    ),
    row(
        "ecs.DeploymentLifecycleHookTimeoutConfiguration",
        &[
            ("timeoutInMinutes", "how long it may take"),
            ("action", "ROLLBACK, or CONTINUE"),
        ],
        &[],
    ),
    row(
        "ecs.AdvancedConfiguration",
        &[("alternateTargetGroupArn", "the second target group")],
        &["productionListenerRule", "testListenerRule", "roleArn"],
    ),
    row(
        "ecs.DeploymentCircuitBreaker",
        &[
            ("enable", "whether failed tasks are counted"),
            (
                "rollback",
                "whether a failed deployment gives way to the last completed one",
            ),
            (
                "resetOnHealthyTask",
                "whether a healthy task sets the count back",
            ),
            ("thresholdConfiguration", "how many failed tasks it takes"),
        ],
        &[],
    ),
    row(
        "ecs.DeploymentEarlySuccessCriteria",
        &[
            ("enable", "whether fewer tasks are enough"),
            ("healthyPercent", "how many, of the desired count"),
            (
                "sourceServiceRevisionCleanup",
                "whether the old tasks go before (BLOCKING) or may go after (DEFERRED)",
            ),
        ],
        &[],
    ),
    row(
        "ecs.ThresholdConfiguration",
        &[
            (
                "type",
                "a share of the desired count (bounded: 3 to 200), or a count",
            ),
            ("value", "percent, or tasks"),
        ],
        &[],
    ),
    row(
        "ecs.DeploymentAlarms",
        &[
            ("enable", "whether alarms are watched"),
            (
                "rollback",
                "whether a failed deployment gives way to the last completed one",
            ),
            ("alarmNames", "alarms of aws.alarms: one in ALARM fails it"),
        ],
        &[],
    ),
];
