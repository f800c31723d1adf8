//! What the simulation does with AWS's fields: which have an effect, and which are looked at only
//! to refuse or warn. All others are accepted without effect. A test holds this to the reader.

pub mod boundary;
pub mod containers;
pub mod deployments;
pub mod instances;
pub mod managed_instances;
pub mod queues;
pub mod requirements;
pub mod scaling;
pub mod schedules;

/// A shape of AWS's that the scenario reads.
#[derive(Clone, Copy, Debug)]
pub struct AwsReads {
    /// The shape as the catalogue names it.
    pub shape: &'static str,
    /// Fields with an effect, and which.
    pub effects: &'static [(&'static str, &'static str)],
    /// Fields that change nothing but are looked at, to refuse what they ask for or to warn.
    pub checks: &'static [&'static str],
}

/// The row of a shape, if the scenario reads it field by field.
pub fn reads(shape: &str) -> Option<&'static AwsReads> {
    rows().find(|row| row.shape == shape)
}

/// All rows.
pub fn rows() -> impl Iterator<Item = &'static AwsReads> {
    let more = instances::TABLE.iter().chain(managed_instances::TABLE);
    let more = more.chain(requirements::TABLE).chain(scaling::TABLE);
    let more = more.chain(schedules::TABLE).chain(deployments::TABLE);
    let more = more.chain(boundary::TABLE);
    let more = more.chain(queues::TABLE).chain(containers::TABLE);
    TABLE.iter().chain(more)
}

const fn row(
    shape: &'static str,
    effects: &'static [(&'static str, &'static str)],
    checks: &'static [&'static str],
) -> AwsReads {
    AwsReads {
        shape,
        effects,
        checks,
    }
}

const STRATEGY: (&str, &str) = (
    "capacityProviderStrategy",
    "which share of the tasks goes to which capacity provider",
);
const PLACEMENT_STRATEGY: (&str, &str) = (
    "placementStrategy",
    "which instance takes a task, of those with room",
);
const PLACEMENT_CONSTRAINTS: (&str, &str) =
    ("placementConstraints", "which instances may take a task");
const LAUNCH_TYPE: (&str, &str) = (
    "launchType",
    "FARGATE, EC2 or EXTERNAL, instead of a strategy",
);
const NETWORK: (&str, &str) = ("networkConfiguration", "zones and public addresses");

/// The shapes, by API and the order of a scenario.
pub const TABLE: &[AwsReads] = &[
    row(
        "ecs.Cluster",
        &[
            ("clusterName", "its name in ARNs and results"),
            (
                "capacityProviders",
                "which capacity providers strategies may name",
            ),
            ("settings", "containerInsights: what it costs"),
            (
                "defaultCapacityProviderStrategy",
                "for services and calls without strategy and launch type",
            ),
        ],
        &[],
    ),
    row(
        "ecs.ClusterSetting",
        &[
            ("name", "containerInsights is the one with an effect"),
            ("value", "disabled, enabled or enhanced"),
        ],
        &[],
    ),
    row(
        "ecs.CapacityProviderStrategyItem",
        &[
            ("capacityProvider", "FARGATE, FARGATE_SPOT or a group's"),
            ("base", "tasks that go here first"),
            ("weight", "the share of the others"),
        ],
        &[],
    ),
    row(
        "ecs.TaskDefinition",
        &[
            (
                "family",
                "its name; revisions of a family count up in the order of the file",
            ),
            ("revision", "its number, if it is to be another one"),
            (
                "cpu",
                "the task's CPU, which requests share and which is paid; on instances the sum of \
                 its containers' where it is left out",
            ),
            (
                "memory",
                "the task's memory, beyond which it is killed, and which is paid; on instances the \
                 sum of its containers' where it is left out",
            ),
            (
                "runtimePlatform",
                "the price of X86_64 or ARM64, and which instances may take it",
            ),
            (
                "networkMode",
                "on instances: whether each task has a network interface, or ports of the host",
            ),
            PLACEMENT_CONSTRAINTS,
            ("ephemeralStorage", "paid beyond 20 GiB"),
            ("volumes", "EBS volumes of its tasks, and EFS file systems"),
            (
                "executionRoleArn",
                "what its tasks may call to start: images of ECR, secrets, logs",
            ),
            ("taskRoleArn", "has to be there for its tasks to start"),
            (
                "containerDefinitions",
                "names, and how long they may take to stop",
            ),
        ],
        &["requiresCompatibilities"],
    ),
    row(
        "ecs.RuntimePlatform",
        &[
            ("cpuArchitecture", "X86_64 or ARM64: the price"),
            (
                "operatingSystemFamily",
                "LINUX, or a Windows, whose licence is paid; on Fargate",
            ),
        ],
        &[],
    ),
    row(
        "ecs.EphemeralStorage",
        &[("sizeInGiB", "21 to 200; what is beyond 20 is paid")],
        &[],
    ),
    row(
        "ecs.Service",
        &[
            (
                "serviceName",
                "its name in paths, in world.demand and in results",
            ),
            ("taskDefinition", "family, family:revision, or an ARN"),
            ("desiredCount", "tasks that it keeps running at the start"),
            ("schedulingStrategy", "REPLICA, or DAEMON"),
            ("availabilityZoneRebalancing", "zones evened out"),
            STRATEGY,
            LAUNCH_TYPE,
            (
                "deploymentConfiguration",
                "how many tasks may be up during a deployment",
            ),
            NETWORK,
            ("loadBalancers", "the target group of its tasks"),
            (
                "healthCheckGracePeriodSeconds",
                "how long after RUNNING failing checks do not count",
            ),
            PLACEMENT_STRATEGY,
            PLACEMENT_CONSTRAINTS,
            (
                "volumeConfigurations",
                "the EBS volume of each of its tasks",
            ),
            (
                "serviceRegistries",
                "services of Cloud Map: its running tasks are paid there",
            ),
            (
                "serviceConnectConfiguration",
                "a proxy beside each task: how other services call it",
            ),
            ("monitoring", "its metrics that ECS publishes every 20 s"),
            ("taskSets", "with EXTERNAL: as aws.taskSets"),
        ],
        &["cluster", "clusterArn", "deploymentController"],
    ),
    row(
        "ecs.NetworkConfiguration",
        &[("awsvpcConfiguration", "zones and public addresses")],
        &[],
    ),
    row(
        "ecs.AwsVpcConfiguration",
        &[
            ("subnets", "their zones are those of the tasks"),
            (
                "assignPublicIp",
                "ENABLED: each task pays for an IPv4 address",
            ),
            ("securityGroups", "whether they let out what a start calls"),
        ],
        &[],
    ),
    row(
        "ecs.LoadBalancer",
        &[
            ("targetGroupArn", "the target group's name or ARN"),
            (
                "advancedConfiguration",
                "the second target group of deployments that shift traffic",
            ),
        ],
        &["containerName", "containerPort", "loadBalancerName"],
    ),
    row(
        "ecs.MonitoringConfiguration",
        &[("metricConfigurations", "metrics of another period")],
        &[],
    ),
    row(
        "ecs.MetricConfiguration",
        &[
            ("metricNames", "CPUUtilization, MemoryUtilization"),
            ("resolutionSeconds", "20, or 60"),
        ],
        &[],
    ),
    row(
        "ecs.RunTaskRequest",
        &[
            ("taskDefinition", "family, family:revision, or an ARN"),
            ("count", "tasks a call"),
            ("group", "the task group in events"),
            ("startedBy", "as in tasks.csv"),
            STRATEGY,
            LAUNCH_TYPE,
            NETWORK,
            PLACEMENT_STRATEGY,
            PLACEMENT_CONSTRAINTS,
            (
                "volumeConfigurations",
                "the EBS volume of each of its tasks",
            ),
            ("overrides", "sizes other than the definition's"),
        ],
        &["cluster"],
    ),
    row(
        "ecs.UpdateServiceRequest",
        &[
            ("service", "which service"),
            ("desiredCount", "its new count"),
            STRATEGY,
            ("taskDefinition", "its new revision"),
            (
                "forceNewDeployment",
                "replaces the tasks though nothing changed",
            ),
            (
                "deploymentConfiguration",
                "what later deployments keep to; percentages hold at once",
            ),
            (
                "loadBalancers",
                "the second target group that a new strategy shifts traffic to",
            ),
        ],
        &["placementConstraints", "placementStrategy"],
    ),
    row(
        "ec2.Subnet",
        &[
            ("SubnetId", "its name where a service lists it"),
            ("AvailabilityZone", "its zone"),
            ("VpcId", "attribute ecs.vpc-id of instances in it"),
            (
                "CidrBlock",
                "how many tasks with an interface it has addresses for",
            ),
            (
                "AvailableIpAddressCount",
                "the same, of a subnet that others use too",
            ),
        ],
        &[],
    ),
    row(
        "elbv2.LoadBalancer",
        &[
            ("LoadBalancerName", "its name in results"),
            ("Type", "application, or network for TCP, TLS and UDP"),
            (
                "Scheme",
                "internet-facing: public addresses and data out are paid",
            ),
            ("Subnets", "its zones"),
            ("AvailabilityZones", "its zones, as the CLI prints them"),
            (
                "SecurityGroups",
                "what its targets' security groups have to let in",
            ),
        ],
        &[],
    ),
    row(
        "elbv2.AvailabilityZone",
        &[("ZoneName", "a zone of the balancer")],
        &[],
    ),
    row(
        "elbv2.Listener",
        &[
            (
                "LoadBalancerArn",
                "whose it is; the only balancer where it is left out",
            ),
            ("DefaultActions", "the target groups that it sends to"),
        ],
        &[],
    ),
    row(
        "elbv2.Rule",
        &[
            ("ListenerArn", "names the load balancer"),
            ("RuleArn", "names it too, where ListenerArn is left out"),
            ("IsDefault", "default rules are not counted for the bill"),
            ("Actions", "the target groups that it sends to"),
        ],
        &[],
    ),
    row(
        "elbv2.TargetGroup",
        &[
            ("TargetGroupName", "its name"),
            (
                "Protocol",
                "HTTP and HTTPS, or TCP, TLS and UDP behind a network balancer",
            ),
            (
                "HealthCheckIntervalSeconds",
                "how long a new task waits for its first check",
            ),
            (
                "UnhealthyThresholdCount",
                "failing checks until a target is unhealthy",
            ),
            (
                "HealthyThresholdCount",
                "passing checks until an unhealthy target is healthy again; a new one needs one",
            ),
            ("LoadBalancerArns", "its balancer, by name or ARN"),
        ],
        &[
            "HealthCheckEnabled",
            "HealthCheckPath",
            "HealthCheckPort",
            "HealthCheckProtocol",
            "HealthCheckTimeoutSeconds",
            "Matcher",
            "ProtocolVersion",
            "TargetType",
        ],
    ),
    row("elbv2.Matcher", &[], &["HttpCode", "GrpcCode"]),
];
