//! The fields of the format's own blocks, and what they hold.

/// A block of the format.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// Its name in the schema.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [Row],
    /// What stands under keys of the user's, if it has such keys.
    pub any_key: Option<Kind>,
    /// The fields that have to be there.
    pub required: &'static [&'static str],
}

/// A field of a block.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it says, for editors.
    pub doc: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Integer {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// A number without a unit.
    Number,
    /// `true` or `false`.
    Switch,
    /// One of some words.
    Words(&'static [&'static str]),
    /// A value with a unit, by its name in the schema.
    Value(&'static str),
    /// A block.
    Block(&'static str),
    /// A list of blocks.
    Blocks(&'static str),
    /// Blocks by names of the user's.
    ByName(&'static str),
    /// A block of AWS's.
    Aws(&'static str),
    /// A list of AWS's blocks.
    AwsList(&'static str),
    /// A text, or a list of them.
    TextOrTexts,
    /// One of two.
    Or(&'static Kind, &'static Kind),
    /// Anything.
    Any,
    /// Known to the format, not simulated yet: the reader refuses it, the schema leaves it out.
    Later,
}

use Kind::{
    Any, Aws, AwsList, Blocks, ByName, Integer, Later, Number, Or, Switch, Text, TextOrTexts,
    Value, Words,
};

const fn row(name: &'static str, kind: Kind, doc: &'static str) -> Row {
    Row { name, kind, doc }
}

const fn block(name: &'static str, fields: &'static [Row]) -> Block {
    Block {
        name,
        fields,
        any_key: None,
        required: &[],
    }
}

/// Fields that the scenario has beside AWS's own: block, field, kind.
pub const BESIDE_AWS: &[(&str, &str, Kind)] = &[
    ("elbv2.TargetGroup", "attributes", Kind::Block("attributes")),
    (
        "elbv2.LoadBalancer",
        "attributes",
        Kind::Block("balancerAttributes"),
    ),
    ("ec2.LaunchTemplate", "ecsConfig", Kind::Block("ecsConfig")),
    ("ecs.RunTaskRequest", "name", Text),
    ("ecs.ContainerInstance", "name", Text),
    ("ecs.ContainerInstance", "count", whole(1, 100_000)),
    ("ecs.UpdateServiceRequest", "service", Text),
];

const DURATION: Kind = Value("duration");
const SIZE: Kind = Value("size");
const SHARE: Kind = Value("share");
const PRICE_STEP: Kind = Value("priceStep");
const RATE_PER_TIME: Kind = Value("ratePerTime");
const MOMENT: Kind = Value("moment");
const LAW: Kind = Or(&DURATION, &Kind::Block("law"));
const RATE: Kind = Or(&RATE_PER_TIME, &Kind::Block("rate"));
const ALL_OR_NONE: Kind = Words(&["all", "none"]);
const ALIGN: Kind = Words(&["none", "start", "weekday", "timeOfDay"]);
const VCPUS_OR_RAISED: Kind = Or(&whole(0, 10_000_000), &Words(&["raised"]));
const LAUNCHES: Kind = whole(1, 100_000);

/// Whose prices change, beside single ones by their names.
const PRICE_STEPS: [Row; 3] = [
    row("all", PRICE_STEP, "of everything but commitments"),
    row(
        "capacityProviders",
        ByName("priceStep"),
        "of what providers run on",
    ),
    row(
        "instanceTypes",
        ByName("priceStep"),
        "of types, on demand and on Spot",
    ),
];

const fn whole(min: u64, max: u64) -> Kind {
    Integer { min, max }
}

/// The blocks, the whole scenario first.
pub const BLOCKS: &[Block] = &[
    Block {
        required: &["fleetcast", "run", "aws"],
        ..block(
            "scenario",
            &[
                row("fleetcast", whole(1, 1), "the version of the format"),
                row("name", Text, "the folder of the results"),
                row(
                    "extends",
                    TextOrTexts,
                    "base files that this one is the difference to",
                ),
                row("run", Kind::Block("run"), "when, how long, with which seed"),
                row(
                    "record",
                    Or(&Words(&["summary"]), &Kind::Block("record")),
                    "what is kept of the run",
                ),
                row(
                    "aws",
                    Kind::Block("aws"),
                    "what you control, in AWS's own shapes",
                ),
                row("world", Kind::Block("world"), "what you do not control"),
                row(
                    "timeline",
                    Blocks("timelineEntry"),
                    "what the operator does",
                ),
                row("objectives", Blocks("objective"), "what is to hold"),
                row("sweep", Kind::Block("sweep"), "what is varied"),
                row(
                    "optimize",
                    Kind::Block("optimize"),
                    "which of the sweep's cells is wanted",
                ),
                row(
                    "whatIf",
                    Kind::Block("whatIf"),
                    "what ECS does not do and you want to price",
                ),
            ],
        )
    },
    Block {
        required: &["duration"],
        ..block(
            "run",
            &[
                row("start", Value("instant"), "the instant of the start"),
                row("duration", DURATION, "how long is simulated"),
                row(
                    "warmUp",
                    DURATION,
                    "the first part, simulated and not reported",
                ),
                row("timeZone", Text, "the zone of charts and daily profiles"),
                row(
                    "begin",
                    Words(&["steady", "empty"]),
                    "whether services are up at the start",
                ),
                row("seed", whole(0, u64::MAX), "the seed of all chance"),
                row(
                    "fidelity",
                    Words(&["fluid", "requests"]),
                    "how load is modelled: as a fluid, or request by request",
                ),
            ],
        )
    },
    block(
        "record",
        &[
            row(
                "metrics",
                Or(&DURATION, &Words(&["none"])),
                "the period of kept series",
            ),
            row("tasks", ALL_OR_NONE, "a row for each task"),
            row("events", ALL_OR_NONE, "EventBridge's events"),
            row("decisions", ALL_OR_NONE, "every decision with its reason"),
            row(
                "packing",
                Blocks("moment"),
                "moments at which a chart shows how full each instance is, beside that of the peak",
            ),
            row("format", Words(&["csv"]), "of tables"),
        ],
    ),
    block(
        "aws",
        &[
            row("region", Text, "the region's name"),
            row("include", TextOrTexts, "files as the AWS CLI prints them"),
            row("account", Kind::Block("account"), "quotas and settings"),
            row("cluster", Aws("ecs.Cluster"), "the one cluster"),
            row(
                "capacityProviders",
                AwsList("ecs.CapacityProvider"),
                "those of Auto Scaling groups; Fargate's may stand there too",
            ),
            row(
                "autoScalingGroups",
                AwsList("autoscaling.AutoScalingGroup"),
                "instances of your own: how many, which types, where",
            ),
            row(
                "externalInstances",
                AwsList("ecs.ContainerInstance"),
                "machines of your own, registered with the cluster (ECS Anywhere)",
            ),
            row(
                "scheduledUpdateGroupActions",
                AwsList("autoscaling.ScheduledUpdateGroupAction"),
                "when groups change their sizes by themselves",
            ),
            row(
                "launchTemplates",
                AwsList("ec2.LaunchTemplate"),
                "what groups launch, with the ECS agent's settings",
            ),
            row(
                "taskDefinitions",
                AwsList("ecs.TaskDefinition"),
                "sizes, containers, revisions",
            ),
            row(
                "services",
                AwsList("ecs.Service"),
                "what keeps tasks running",
            ),
            row(
                "deploymentGroups",
                AwsList("codedeploy.DeploymentGroupInfo"),
                "what CodeDeploy deploys, and how",
            ),
            row(
                "runTasks",
                AwsList("ecs.RunTaskRequest"),
                "programs that call RunTask",
            ),
            row(
                "schedules",
                AwsList("scheduler.CreateScheduleInput"),
                "schedules of EventBridge Scheduler that run tasks",
            ),
            row(
                "rules",
                AwsList("events.Rule"),
                "rules of EventBridge with a schedule",
            ),
            row(
                "ruleTargets",
                AwsList("events.PutTargetsRequest"),
                "the tasks that rules run",
            ),
            row(
                "subnets",
                AwsList("ec2.Subnet"),
                "which subnet lies in which zone",
            ),
            row(
                "securityGroups",
                AwsList("ec2.SecurityGroup"),
                "whether starts of tasks may call out",
            ),
            row(
                "routeTables",
                AwsList("ec2.RouteTable"),
                "where subnets lead: without any, to everything",
            ),
            row(
                "natGateways",
                AwsList("ec2.NatGateway"),
                "gateways of private subnets to the internet",
            ),
            row(
                "vpcEndpoints",
                AwsList("ec2.VpcEndpoint"),
                "what private subnets reach without the internet",
            ),
            row(
                "roles",
                AwsList("iam.RoleDetail"),
                "what tasks may call to start: without any, all that they need",
            ),
            row(
                "secrets",
                AwsList("secretsmanager.SecretListEntry"),
                "the secrets of Secrets Manager that there are",
            ),
            row(
                "parameters",
                AwsList("ssm.ParameterMetadata"),
                "the parameters of Parameter Store that there are",
            ),
            row(
                "keys",
                AwsList("kms.KeyMetadata"),
                "the KMS keys that there are",
            ),
            row(
                "logGroups",
                AwsList("logs.LogGroup"),
                "the log groups that there are",
            ),
            row(
                "loadBalancers",
                AwsList("elbv2.LoadBalancer"),
                "Application Load Balancers; one is assumed where target groups have none",
            ),
            row(
                "listeners",
                AwsList("elbv2.Listener"),
                "which balancer sends to which target group",
            ),
            row(
                "listenerRules",
                AwsList("elbv2.Rule"),
                "each counts toward its balancer's evaluations per request",
            ),
            row(
                "targetGroups",
                AwsList("elbv2.TargetGroup"),
                "where services register their tasks",
            ),
            row(
                "scalableTargets",
                AwsList("application-autoscaling.ScalableTarget"),
                "the least and most tasks of a service",
            ),
            row(
                "scalingPolicies",
                AwsList("application-autoscaling.ScalingPolicy"),
                "target tracking and step scaling",
            ),
            row(
                "scheduledActions",
                AwsList("application-autoscaling.ScheduledAction"),
                "when the bounds of a service change by themselves",
            ),
            row(
                "alarms",
                AwsList("cloudwatch.MetricAlarm"),
                "CloudWatch alarms on metrics of services, and the step policies they trigger",
            ),
            row(
                "taskSets",
                AwsList("ecs.TaskSet"),
                "task sets of services that others than ECS deploy",
            ),
            row(
                "queues",
                AwsList("sqs.CreateQueueRequest"),
                "SQS queues that services pull from",
            ),
            row("namespaces", Later, ""),
        ],
    ),
    Block {
        any_key: Some(Any),
        ..block(
            "attributes",
            &[
                row(
                    "deregistration_delay.timeout_seconds",
                    whole(0, 3_600),
                    "how long a leaving task still finishes its requests, in seconds",
                ),
                row(
                    "load_balancing.algorithm.type",
                    Words(&[
                        "round_robin",
                        "least_outstanding_requests",
                        "weighted_random",
                    ]),
                    "which task gets a request",
                ),
                row(
                    "slow_start.duration_seconds",
                    Or(&whole(30, 900), &whole(0, 0)),
                    "over how long a new task's share of requests rises, in seconds",
                ),
                row(
                    "load_balancing.cross_zone.enabled",
                    Or(&Switch, &Words(&["use_load_balancer_configuration"])),
                    "whether the balancer's nodes ask the tasks of all zones, not of their own",
                ),
                row(
                    "load_balancing.algorithm.anomaly_mitigation",
                    Words(&["on", "off"]),
                    "whether weighted random sends less to tasks with many errors",
                ),
                row(
                    "stickiness.enabled",
                    Switch,
                    "whether sessions are bound to the task that they began at",
                ),
            ],
        )
    },
    Block {
        any_key: Some(Any),
        ..block(
            "balancerAttributes",
            &[
                row(
                    "idle_timeout.timeout_seconds",
                    whole(1, 4_000),
                    "an answer that takes longer is a 504, in seconds",
                ),
                row(
                    "load_balancing.cross_zone.enabled",
                    Switch,
                    "whether a network balancer's nodes ask the tasks of all zones",
                ),
            ],
        )
    },
    block(
        "account",
        &[
            row(
                "quotas",
                Kind::Block("quotas"),
                "what the account may launch",
            ),
            row(
                "settings",
                Or(&Kind::Block("settings"), &Any),
                "awsvpcTrunking: enabled gives instances more task interfaces; \
                 fargateTaskRetirementWaitPeriod; others have no effect",
            ),
        ],
    ),
    Block {
        any_key: Some(Any),
        ..block(
            "settings",
            &[
                row(
                    "awsvpcTrunking",
                    Words(&["enabled", "disabled"]),
                    "whether instances hold more tasks with network interfaces",
                ),
                row(
                    "fargateTaskRetirementWaitPeriod",
                    Or(&Words(&["0", "7", "14"]), &whole(0, 14)),
                    "days from the notice of a retirement until AWS replaces the tasks",
                ),
            ],
        )
    },
    block(
        "quotas",
        &[
            row(
                "L-3032A538",
                VCPUS_OR_RAISED,
                "Fargate On-Demand vCPU resource count",
            ),
            row(
                "fargateOnDemandVcpus",
                VCPUS_OR_RAISED,
                "the same as L-3032A538",
            ),
            row(
                "L-36FBB829",
                VCPUS_OR_RAISED,
                "Fargate Spot vCPU resource count",
            ),
            row(
                "fargateSpotVcpus",
                VCPUS_OR_RAISED,
                "the same as L-36FBB829",
            ),
            row(
                "fargateLaunchBurst",
                LAUNCHES,
                "tasks that may launch at once",
            ),
            row("fargateLaunchRate", LAUNCHES, "tasks a second after that"),
            row(
                "serviceLaunchesPerMinute",
                LAUNCHES,
                "tasks that one service may launch a minute",
            ),
            row(
                "runTaskCallRate",
                LAUNCHES,
                "RunTask calls a second, and as many at once",
            ),
        ],
    ),
    block(
        "world",
        &[
            row(
                "demand",
                ByName("demand"),
                "who asks, by service or program",
            ),
            row(
                "work",
                ByName("work"),
                "what the code costs, by family or family:revision",
            ),
            row(
                "latencies",
                Kind::Block("latencies"),
                "the phases of a task's life",
            ),
            row(
                "schedules",
                ByName("schedule"),
                "how punctual EventBridge is, by schedule or rule, or by default",
            ),
            row(
                "instances",
                Kind::Block("instances"),
                "how instances start and fail, by Auto Scaling group",
            ),
            row(
                "spot",
                Kind::Block("spot"),
                "Fargate Spot's market and the Spot pools of instances",
            ),
            row("prices", Kind::Block("prices"), "overrides and discounts"),
            row(
                "streams",
                ByName("streamName"),
                "pins a thing's chance to another name",
            ),
            row(
                "fileSystems",
                ByName("fileSystem"),
                "EFS file systems that task definitions mount, by id",
            ),
            row(
                "customMetrics",
                Kind::Blocks("customMetric"),
                "what the code publishes to CloudWatch, as it would say it in PutMetricData",
            ),
            row(
                "fargateRetirement",
                Or(&Words(&["none"]), &Kind::Block("fargateRetirement")),
                "AWS retires the platform revision under Fargate's tasks",
            ),
            row(
                "hooks",
                ByName("hook"),
                "what lifecycle hooks of deployments say, by function, PAUSE, or default",
            ),
            row("capacity", Later, ""),
            row("failures", Later, ""),
        ],
    ),
    block(
        "hook",
        &[
            row("takes", DURATION, "how long its answer takes"),
            row("fails", SHARE, "the share of answers that are FAILED"),
        ],
    ),
    block(
        "schedule",
        &[
            row("delay", LAW, "how long after its time a call is made"),
            row("backoff", DURATION, "the mean wait before the second try"),
            row(
                "backoffMax",
                DURATION,
                "the longest mean wait: each is twice the one before",
            ),
        ],
    ),
    block(
        "demand",
        &[
            row(
                "rate",
                RATE,
                "requests to a service, or messages to its queue",
            ),
            row(
                "queue",
                Text,
                "the queue of aws.queues that its tasks pull from",
            ),
            row("scale", Number, "a factor on the rate"),
            row(
                "timeout",
                Or(&DURATION, &Words(&["none"])),
                "when clients give up",
            ),
            row(
                "onTimeout",
                Words(&["leavesQueue", "staysInQueue"]),
                "whether a queued request whose client gave up is still worked on",
            ),
            row(
                "retries",
                Kind::Block("retries"),
                "what clients do after a failure",
            ),
            row(
                "bytes",
                Kind::Block("bytes"),
                "of a request and its response",
            ),
            row(
                "providerChoice",
                Words(&["perCall", "weightedRandom"]),
                "how a program's calls find the providers of their strategy",
            ),
            row("connections", Number, "new connections per request"),
            row(
                "connectionLength",
                DURATION,
                "how long a connection stays open",
            ),
            row(
                "sessions",
                Kind::Block("sessions"),
                "requests that sticky sessions bind to a task",
            ),
            row(
                "targetGroups",
                ByName("share"),
                "which part of the requests comes by which of the service's target groups",
            ),
            row("arrivals", Kind::Block("arrivals"), "calls of a program"),
            row(
                "after",
                TextOrTexts,
                "programs, schedules or rules after whose end a program calls",
            ),
            row(
                "concurrency",
                whole(1, 1_000_000),
                "tasks that a program keeps running at most",
            ),
            row(
                "onInterruption",
                Words(&["restart", "fail"]),
                "of an interrupted task's work",
            ),
            row("zones", Later, ""),
        ],
    ),
    block(
        "retries",
        &[
            row(
                "attempts",
                whole(0, 1_000),
                "tries after the first one that failed",
            ),
            row(
                "backoff",
                DURATION,
                "the pause before a further try; requests as a fluid have none",
            ),
        ],
    ),
    block(
        "bytes",
        &[
            row("in", SIZE, "of a request"),
            row("out", SIZE, "of its response"),
        ],
    ),
    block(
        "sessions",
        &[
            row("share", SHARE, "of requests that belong to a session"),
            row("length", DURATION, "how long a session lasts, mean"),
        ],
    ),
    block(
        "arrivals",
        &[
            row("trace", Text, "a CSV file"),
            row("time", Text, "its column of times"),
            row("timeUnit", Text, "their unit, if they are numbers"),
            row("work", Or(&Text, &LAW), "its column of work, or a law"),
            row("workUnit", Text, "the unit of the column of work"),
            row("cpu", Text, "its column of vCPUs"),
            row("memory", Text, "its column of memory"),
            row("memoryUnit", Text, "the unit of the column of memory"),
            row(
                "timeScale",
                Number,
                "a factor on distances in time, from the run's start",
            ),
            row("workScale", Number, "a factor on the work"),
            row("align", ALIGN, "where the trace lies in the run"),
            row("rate", RATE, "instead of a trace"),
            row(
                "process",
                Words(&["poisson", "regular"]),
                "how generated calls are spaced",
            ),
        ],
    ),
    block(
        "rate",
        &[
            row("constant", RATE_PER_TIME, "the same all the time"),
            row(
                "daily",
                Kind::Block("daily"),
                "a raised cosine by local time",
            ),
            row(
                "weekly",
                Any,
                "seven factors, Monday first; in a sum they scale the rest",
            ),
            row("step", Kind::Block("step"), "another rate from a moment on"),
            row(
                "ramp",
                Kind::Block("ramp"),
                "a rate that rises or falls in a straight line",
            ),
            row("spike", Kind::Block("spike"), "a rate for a while"),
            row(
                "noise",
                Kind::Block("noise"),
                "a factor drawn anew every so often",
            ),
            row(
                "trace",
                Or(&Text, &Kind::Block("trace")),
                "a CSV file, or CloudWatch's JSON",
            ),
            row(
                "sum",
                Blocks("rate"),
                "several of these together; weekly factors and noise scale the rest",
            ),
            row(
                "unit",
                Text,
                "of a trace: what a value counts; of CloudWatch's JSON requests a period",
            ),
            row(
                "metric",
                Text,
                "of CloudWatch's JSON: the Id or Label of the metric",
            ),
            row("period", DURATION, "of a trace: the length of a step"),
            row("time", Text, "of a trace: its column of times"),
            row(
                "timeUnit",
                Text,
                "of a trace: the unit of its times, if they are numbers",
            ),
            row(
                "value",
                Text,
                "of a trace: its column of values; of get-metric-statistics the statistic",
            ),
            row("scale", Number, "of a trace: a factor on its values"),
            row("align", ALIGN, "of a trace: where it lies in the run"),
            row(
                "repeat",
                Switch,
                "of a trace: whether it starts over at its end",
            ),
            row(
                "resample",
                DURATION,
                "of a trace: longer steps, each with the mean of what it covers",
            ),
            row(
                "gaps",
                Words(&["interpolate", "hold", "zero", "error"]),
                "of a trace: how missing rows are filled",
            ),
            row("from", MOMENT, "of a trace: the first moment taken"),
            row(
                "to",
                MOMENT,
                "of a trace: the first moment not taken any more",
            ),
        ],
    ),
    block(
        "trace",
        &[
            row("file", Text, "a CSV file, or CloudWatch's JSON"),
            row(
                "unit",
                Text,
                "what a value counts; of CloudWatch's JSON requests a period",
            ),
            row(
                "metric",
                Text,
                "of CloudWatch's JSON: the Id or Label of the metric",
            ),
            row("period", DURATION, "the length of a step"),
            row("time", Text, "its column of times"),
            row("timeUnit", Text, "their unit, if they are numbers"),
            row(
                "value",
                Text,
                "its column of values; of get-metric-statistics the statistic",
            ),
            row("scale", Number, "a factor on its values"),
            row("align", ALIGN, "where it lies in the run"),
            row("repeat", Switch, "whether it starts over at its end"),
            row(
                "resample",
                DURATION,
                "longer steps, each with the mean of what it covers",
            ),
            row(
                "gaps",
                Words(&["interpolate", "hold", "zero", "error"]),
                "how missing rows are filled",
            ),
            row("from", MOMENT, "the first moment taken"),
            row("to", MOMENT, "the first moment not taken any more"),
        ],
    ),
    block(
        "daily",
        &[
            row("low", RATE_PER_TIME, "the rate 12 hours from the peak"),
            row("high", RATE_PER_TIME, "the rate at the peak"),
            row(
                "peak",
                Value("timeOfDay"),
                "the local time of the highest rate",
            ),
            row("every", DURATION, "the length of a step"),
        ],
    ),
    block(
        "step",
        &[
            row("at", MOMENT, "when"),
            row("from", RATE_PER_TIME, "the rate before"),
            row("to", RATE_PER_TIME, "the rate from then on"),
        ],
    ),
    block(
        "ramp",
        &[
            row("at", MOMENT, "when it begins"),
            row("over", DURATION, "how long it takes"),
            row("from", RATE_PER_TIME, "the rate before"),
            row("to", RATE_PER_TIME, "the rate after it"),
        ],
    ),
    block(
        "spike",
        &[
            row("at", MOMENT, "when it begins"),
            row("for", DURATION, "how long it lasts"),
            row("times", Number, "a factor on the rest; or to"),
            row("to", RATE_PER_TIME, "the rate meanwhile; or times"),
        ],
    ),
    block(
        "noise",
        &[
            row("cv", Number, "standard deviation over mean of the factor"),
            row("every", DURATION, "how long one factor holds"),
        ],
    ),
    block(
        "work",
        &[
            row(
                "cpu",
                Or(&DURATION, &Kind::Block("cpu")),
                "time on one core per request",
            ),
            row(
                "wait",
                Or(&DURATION, &Kind::Block("wait")),
                "time per request without CPU",
            ),
            row(
                "cv",
                Number,
                "variation of a request's work, standard deviation over mean",
            ),
            row(
                "slots",
                whole(1, 1_000_000),
                "requests that a task works on at once",
            ),
            row(
                "queue",
                Or(&whole(0, 1_000_000_000), &Words(&["none"])),
                "requests that may wait at a task; further ones are turned away",
            ),
            row("errors", SHARE, "requests answered with a 5xx"),
            row(
                "memory",
                Or(&SIZE, &Kind::Block("memory")),
                "of an idle task and per request; a size alone is an idle task's",
            ),
            row("idle", Value("vcpus"), "vCPUs that an idle task uses"),
            row("logs", Or(&SIZE, &Kind::Block("logs")), "per request"),
            row(
                "crossZone",
                SIZE,
                "bytes a request exchanges with other zones, each direction",
            ),
            row(
                "customMetrics",
                whole(0, 1_000_000),
                "metrics that a service's code sends to CloudWatch, all tasks together",
            ),
            row("image", SIZE, "compressed size of all images"),
            row(
                "start",
                DURATION,
                "from the containers' start to the first answer",
            ),
            row("duration", LAW, "how long a task works that ends by itself"),
            row(
                "exit",
                Kind::Block("exit"),
                "how tasks end that end by themselves",
            ),
            row(
                "crashes",
                Kind::Block("crashes"),
                "tasks that end though they should not",
            ),
            row("startFailures", SHARE, "tasks that fail before RUNNING"),
            row("stopsIn", DURATION, "from SIGTERM to the exit"),
            row(
                "onInterruption",
                Kind::Block("checkpoints"),
                "what an interruption costs",
            ),
            row(
                "health",
                Kind::Block("health"),
                "tasks that fail their health checks",
            ),
            row(
                "containers",
                ByName("container"),
                "single containers by name, where they differ from the rest",
            ),
            row("gpu", Later, ""),
            row(
                "calls",
                Kind::Blocks("call"),
                "services that the code calls while a request holds its slot",
            ),
            row(
                "sidecars",
                Kind::ByName("sidecar"),
                "containers beside the code, by name: what they take of the task",
            ),
            row(
                "beside",
                Kind::Block("beside"),
                "of a DAEMON service: what the tasks beside it on its instance cost it",
            ),
        ],
    ),
    block(
        "beside",
        &[
            row(
                "cpu",
                DURATION,
                "CPU time a request that they answer takes there, on one core",
            ),
            row("perLogMiB", DURATION, "CPU time of each MiB that they log"),
            row(
                "perTask",
                Value("vcpus"),
                "vCPUs for each of them, whatever it does",
            ),
        ],
    ),
    block(
        "sidecar",
        &[
            row(
                "cpu",
                DURATION,
                "CPU time a request takes there, on one core; of cpu.from it is a part already",
            ),
            row("idle", Value("vcpus"), "vCPUs, whatever the code does"),
            row("memory", SIZE, "memory"),
        ],
    ),
    Block {
        required: &["service"],
        ..block(
            "call",
            &[
                row("service", Text, "the service that is called"),
                row(
                    "perRequest",
                    Kind::Number,
                    "calls of a request, one after the other; a part of one is a chance",
                ),
                row(
                    "via",
                    Words(&["loadBalancer", "serviceConnect", "cloudMap"]),
                    "how a task is found; else in the first of these ways that the service has",
                ),
                row(
                    "timeout",
                    Or(&DURATION, &Words(&["none"])),
                    "after how long a try is given up",
                ),
                row("retries", whole(0, 10), "tries after one that failed"),
                row(
                    "ttl",
                    DURATION,
                    "how long a caller keeps Cloud Map's addresses: the record's TTL, or longer",
                ),
                row(
                    "onFailure",
                    Words(&["fail", "ignore"]),
                    "whether the caller's request then fails too",
                ),
            ],
        )
    },
    Block {
        required: &["from"],
        ..block(
            "cpu",
            &[row("from", Kind::Block("cpuFrom"), "what CloudWatch shows")],
        )
    },
    Block {
        required: &["cpuUtilization", "requestsPerTarget"],
        ..block(
            "cpuFrom",
            &[
                row("cpuUtilization", SHARE, "CPUUtilization, average"),
                row(
                    "requestsPerTarget",
                    RATE_PER_TIME,
                    "RequestCountPerTarget over the same time",
                ),
                row("taskCpu", Text, "the cpu of the task that was measured"),
            ],
        )
    },
    Block {
        required: &["from"],
        ..block(
            "wait",
            &[row(
                "from",
                Kind::Block("waitFrom"),
                "what CloudWatch shows",
            )],
        )
    },
    Block {
        required: &["responseTime"],
        ..block(
            "waitFrom",
            &[
                row(
                    "responseTime",
                    DURATION,
                    "TargetResponseTime, average, at low load",
                ),
                row("taskCpu", Text, "the cpu of the task that was measured"),
            ],
        )
    },
    block(
        "memory",
        &[
            row("base", SIZE, "of an idle task"),
            row("perRequest", SIZE, "further memory per request in a slot"),
            row(
                "growth",
                Kind::Block("growth"),
                "memory that is never given back: at its limit the task is killed",
            ),
        ],
    ),
    block(
        "growth",
        &[
            row("perHour", SIZE, "kept for every hour that a task serves"),
            row("perRequest", SIZE, "kept for every request that it answers"),
            row(
                "cv",
                Number,
                "how much tasks differ in it, standard deviation over mean",
            ),
        ],
    ),
    block(
        "logs",
        &[
            row("perRequest", SIZE, "log bytes of a request"),
            row("perSecond", SIZE, "log bytes of a task, whatever it does"),
        ],
    ),
    block(
        "exit",
        &[row(
            "codes",
            ByName("share"),
            "exit codes with their shares",
        )],
    ),
    block(
        "container",
        &[
            row("start", DURATION, "from its start to its first answer"),
            row(
                "duration",
                LAW,
                "how long it runs that ends by itself, and is not essential",
            ),
            row("exit", Kind::Block("exit"), "how it ends then"),
            row("stopsIn", DURATION, "from SIGTERM to its exit"),
        ],
    ),
    block(
        "crashes",
        &[
            row("mttf", DURATION, "mean time to a crash"),
            row(
                "after",
                DURATION,
                "from RUNNING to the crash of every task: a defective revision",
            ),
        ],
    ),
    block(
        "health",
        &[
            row(
                "fails",
                SHARE,
                "tasks whose health checks at the load balancer fail",
            ),
            row(
                "after",
                DURATION,
                "from RUNNING until they begin to fail: before, they pass",
            ),
            row(
                "errors",
                SHARE,
                "of requests, on tasks that fail their checks: asked where all tasks do",
            ),
        ],
    ),
    block(
        "checkpoints",
        &[row(
            "checkpointEvery",
            DURATION,
            "a restarted task begins at its last checkpoint",
        )],
    ),
    block(
        "law",
        &[
            row(
                "distribution",
                Words(&[
                    "constant",
                    "uniform",
                    "exponential",
                    "lognormal",
                    "weibull",
                    "gamma",
                    "pareto",
                ]),
                "its family",
            ),
            row("mean", DURATION, "its mean"),
            row("cv", Number, "standard deviation over mean"),
            row("low", DURATION, "of uniform: the least"),
            row("high", DURATION, "of uniform: the most"),
        ],
    ),
    Block {
        any_key: Some(Kind::Block("phases")),
        ..block(
            "latencies",
            &[
                row("default", Kind::Block("phases"), "of all providers"),
                row(
                    "FARGATE",
                    Kind::Block("phases"),
                    "of FARGATE, where it differs",
                ),
                row(
                    "FARGATE_SPOT",
                    Kind::Block("phases"),
                    "of FARGATE_SPOT, where it differs",
                ),
                row(
                    "EC2",
                    Kind::Block("phases"),
                    "of Auto Scaling groups' providers; under the name of one, of it alone",
                ),
            ],
        )
    },
    Block {
        required: &["namespace", "metricName", "metrics"],
        ..block(
            "customMetric",
            &[
                row("namespace", Text, "its Namespace"),
                row("metricName", Text, "its MetricName"),
                row(
                    "dimensions",
                    AwsList("cloudwatch.Dimension"),
                    "its Dimensions: each set of them is a metric of its own",
                ),
                row(
                    "metrics",
                    AwsList("cloudwatch.MetricDataQuery"),
                    "what it is made of, as Metrics of an alarm",
                ),
            ],
        )
    },
    Block {
        required: &["stored"],
        ..block(
            "fileSystem",
            &[row("stored", SIZE, "what it stores: paid by the month")],
        )
    },
    block(
        "phases",
        &[
            row("eni", LAW, "createdAt to connectivityAt"),
            row("prepare", LAW, "connectivityAt to pullStartedAt"),
            row(
                "pull",
                Kind::Block("pull"),
                "pullStartedAt to pullStoppedAt",
            ),
            row("create", LAW, "pullStoppedAt to startedAt"),
            row(
                "volume",
                LAW,
                "further time before the pull for a task with an EBS volume",
            ),
            row("deprovision", LAW, "executionStoppedAt to stoppedAt"),
            row(
                "registration",
                LAW,
                "RUNNING to registered at the target group",
            ),
            row(
                "metrics",
                DURATION,
                "how late metrics reach alarms; under default only",
            ),
            row(
                "highResolutionMetrics",
                DURATION,
                "the same of metrics of 20 s; under default only",
            ),
            row(
                "checksToHealthy",
                whole(1, 10),
                "passing checks of a new target; under default only",
            ),
            row(
                "networkShift",
                DURATION,
                "how much longer a Network Load Balancer makes each shift of traffic by ECS; \
                 under default only",
            ),
            row(
                "bake",
                DURATION,
                "how long a deployment's alarms are watched after it; under default only",
            ),
            row(
                "unreachable",
                DURATION,
                "how long a start tries what its subnet does not reach; under default only",
            ),
            row(
                "startThrottle",
                DURATION,
                "a service's wait after the first round of failed starts, doubled each time up to \
                 27min; under default only",
            ),
            row(
                "provisioningRetry",
                DURATION,
                "a service's first pause while 500 tasks of the cluster are PROVISIONING, doubled \
                 each time up to 16 times; under default only",
            ),
        ],
    ),
    block(
        "pull",
        &[
            row("base", LAW, "of any image"),
            row("perMiB", DURATION, "per MiB of work's image"),
            row(
                "cached",
                LAW,
                "on instances: of an image that is there already",
            ),
        ],
    ),
    Block {
        any_key: Some(Any),
        ..block(
            "ecsConfig",
            &[
                row("ECS_CLUSTER", Text, "no effect here: there is one cluster"),
                row(
                    "ECS_RESERVED_MEMORY",
                    Number,
                    "MiB of an instance that tasks do not get",
                ),
                row(
                    "ECS_RESERVED_PORTS",
                    Any,
                    "ports that tasks do not get: a list, or JSON text",
                ),
                row(
                    "ECS_RESERVED_PORTS_UDP",
                    Any,
                    "the same of UDP; none where it is left out",
                ),
                row(
                    "ECS_ENABLE_SPOT_INSTANCE_DRAINING",
                    Switch,
                    "whether a Spot instance drains at its notice",
                ),
                row(
                    "ECS_IMAGE_PULL_BEHAVIOR",
                    Words(&["default", "always", "once", "prefer-cached"]),
                    "whether an image that is there is pulled again",
                ),
                row(
                    "ECS_DISABLE_IMAGE_CLEANUP",
                    Switch,
                    "whether images stay that no task has used for long",
                ),
                row(
                    "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION",
                    DURATION,
                    "how long an image counts as used after the last task with it stopped; at \
                     least 1m",
                ),
                row(
                    "ECS_IMAGE_CLEANUP_INTERVAL",
                    DURATION,
                    "how often images go that nothing uses, from the instance's registration on; \
                     at least 10m",
                ),
                row(
                    "ECS_IMAGE_MINIMUM_CLEANUP_AGE",
                    DURATION,
                    "how long after its pull an image stays at least",
                ),
                row(
                    "ECS_INSTANCE_ATTRIBUTES",
                    Any,
                    "custom attributes: a map, or JSON text",
                ),
                row(
                    "ECS_CONTAINER_STOP_TIMEOUT",
                    DURATION,
                    "from SIGTERM to SIGKILL where a container has no stopTimeout",
                ),
                row(
                    "ECS_WARM_POOLS_CHECK",
                    Switch,
                    "whether the agent waits until its instance leaves a warm pool",
                ),
            ],
        )
    },
    Block {
        any_key: Some(Kind::Block("instance")),
        ..block(
            "instances",
            &[
                row(
                    "default",
                    Kind::Block("instance"),
                    "of all groups; under the name of one, of it alone",
                ),
                row(
                    "types",
                    ByName("instanceType"),
                    "instance types that EC2 does not sell, by name",
                ),
            ],
        )
    },
    Block {
        required: &["vcpus", "memory", "price"],
        ..block(
            "instanceType",
            &[
                row("vcpus", whole(1, 100_000), "vCPUs"),
                row("memory", SIZE, "nominal memory, whole MiB"),
                row(
                    "registeredMemory",
                    SIZE,
                    "what of it tasks can have; by the rule of thumb of EC2's types if left out",
                ),
                row(
                    "architecture",
                    Words(&["x86_64", "arm64"]),
                    "the processor's; x86_64 if left out",
                ),
                row("gpus", whole(0, 1_000), "GPUs"),
                row(
                    "tasks",
                    whole(0, 10_000),
                    "tasks of network mode awsvpc on an instance; 0 if left out",
                ),
                row(
                    "trunkedTasks",
                    whole(0, 10_000),
                    "the same with the account setting awsvpcTrunking",
                ),
                row("price", Value("money"), "of an hour on demand"),
                row("spotPrice", Value("money"), "of an hour on Spot"),
            ],
        )
    },
    block(
        "instance",
        &[
            row(
                "launch",
                Kind::Block("launch"),
                "the phases of an instance's start, and its end",
            ),
            row(
                "launchFailures",
                SHARE,
                "instances that start and never register",
            ),
            row(
                "launchRetry",
                DURATION,
                "after a launch that was refused everywhere",
            ),
            row(
                "shortages",
                Or(&Words(&["none"]), &Kind::Block("shortages")),
                "capacity on demand that runs short, in each type and zone",
            ),
            row(
                "failures",
                Or(&Words(&["none"]), &Kind::Block("shortages")),
                "of machines of your own: each fails, and what runs there is lost",
            ),
            row(
                "disconnects",
                Or(&Words(&["none"]), &Kind::Block("shortages")),
                "of machines of your own: each one's agent is disconnected, what runs goes on",
            ),
            row(
                "agentVersion",
                Text,
                "the ECS agent's version, which constraints may ask for",
            ),
            row(
                "placementRetry",
                DURATION,
                "how long waiting tasks wait before they are placed again",
            ),
            row(
                "waitForCapacity",
                Kind::Block("waitForCapacity"),
                "how long a task waits for an instance before it is given up",
            ),
            row(
                "managedScaling",
                Kind::Block("scalingReading"),
                "what AWS does not say of managed scaling",
            ),
            row(
                "managedInstances",
                Kind::Block("managedInstances"),
                "what AWS does not say of ECS Managed Instances",
            ),
        ],
    ),
    block(
        "managedInstances",
        &[
            row(
                "gathering",
                DURATION,
                "for how long waiting tasks are gathered before instances are launched",
            ),
            row(
                "scaleInAfter",
                DURATION,
                "AWS's own delay, where a provider's scaleInAfter is not given",
            ),
            row(
                "replaceBelow",
                SHARE,
                "a type at most so dear takes the place of an under-used instance",
            ),
            row(
                "drainsFrom",
                DURATION,
                "the age at which an instance drains",
            ),
            row(
                "endsAt",
                DURATION,
                "the age at which one ends with what runs on it",
            ),
            row(
                "agesAtStart",
                Words(&["any", "new"]),
                "how old what stands at the start of a run is",
            ),
        ],
    ),
    block(
        "launch",
        &[
            row("request", LAW, "from the decision to pending"),
            row(
                "pending",
                LAW,
                "from pending to running, when the bill begins",
            ),
            row("boot", LAW, "from running to the agent's start"),
            row("register", LAW, "from the agent's start to ACTIVE"),
            row("terminate", Later, ""),
            row(
                "start",
                LAW,
                "out of a warm pool, where it was stopped, to the agent's start",
            ),
            row("resume", LAW, "the same where it was hibernated"),
        ],
    ),
    Block {
        required: &["every"],
        ..block(
            "fargateRetirement",
            &[row(
                "every",
                DURATION,
                "mean time from one notice to the next",
            )],
        )
    },
    Block {
        required: &["every", "lasts"],
        ..block(
            "shortages",
            &[
                row("every", DURATION, "mean time from one to the next"),
                row("lasts", DURATION, "mean length"),
            ],
        )
    },
    block(
        "waitForCapacity",
        &[
            row("min", DURATION, "the shortest wait"),
            row("max", DURATION, "the longest wait"),
        ],
    ),
    block(
        "scalingReading",
        &[
            row(
                "combining",
                Words(&["maximum", "sum"]),
                "how the needs of several kinds of waiting tasks become one number",
            ),
            row(
                "emptyGroup",
                Words(&["rests", "literal"]),
                "what an empty group does while nothing waits",
            ),
        ],
    ),
    Block {
        any_key: Some(Kind::Block("spotPools")),
        ..block(
            "spot",
            &[
                row(
                    "default",
                    Kind::Block("spot"),
                    "the same fields, for all Spot capacity",
                ),
                row(
                    "FARGATE_SPOT",
                    Kind::Block("spot"),
                    "the same fields, for FARGATE_SPOT",
                ),
                row(
                    "EC2",
                    Kind::Block("spotPools"),
                    "of instances; under the name of a group, a family or a type, of it alone",
                ),
                row(
                    "preset",
                    Words(&["optimistic", "default", "pessimistic"]),
                    "which reading of what AWS does not publish",
                ),
                row(
                    "frequency",
                    Text,
                    "share interrupted in a month, or a bucket such as <5%",
                ),
                row("interruptionsPerSlotMonth", Number, "your own record"),
                row(
                    "lifetime",
                    Or(&DURATION, &Words(&["none"])),
                    "behind the monthly share",
                ),
                row("reclaimAll", SHARE, "reclaims that take all of a zone"),
                row("otherZones", Switch, "whether another zone is tried"),
                row("retry", DURATION, "after a refused launch"),
                row(
                    "advanced",
                    Kind::Block("spotAdvanced"),
                    "the market's other parameters",
                ),
                row(
                    "trace",
                    Kind::Block("spotTrace"),
                    "capacity of FARGATE_SPOT to replay instead of the process",
                ),
                row("prices", Later, ""),
            ],
        )
    },
    block(
        "spotPools",
        &[
            row(
                "preset",
                Words(&["optimistic", "default", "pessimistic", "scarce"]),
                "which reading of what AWS does not publish",
            ),
            row(
                "frequency",
                Text,
                "share interrupted in a month, or a bucket of Spot's advisor such as <5%",
            ),
            row("interruptionsPerSlotMonth", Number, "your own record"),
            row(
                "lifetime",
                Or(&DURATION, &Words(&["none"])),
                "behind the monthly share",
            ),
            row("reclaimAll", SHARE, "reclaims that take all of a pool"),
            row(
                "advanced",
                Kind::Block("spotAdvanced"),
                "the pools' other parameters",
            ),
            row(
                "trace",
                Kind::Block("spotTrace"),
                "capacity to replay instead of the process",
            ),
            row(
                "prices",
                Or(&Words(&["constant"]), &Kind::Block("spotPrices")),
                "what an hour costs over time; constant if left out",
            ),
        ],
    ),
    Block {
        required: &["file"],
        ..block(
            "spotTrace",
            &[
                row(
                    "file",
                    Text,
                    "a CSV of spans: instance_type, zone, start_s and duration_s (or start and \
                     end), available, target",
                ),
                row(
                    "only",
                    Any,
                    "rows with this text in this column; all if left out",
                ),
                row(
                    "instanceType",
                    Text,
                    "whose rows stand for the pools; their own if left out",
                ),
                row("offset", DURATION, "where in the file the run begins"),
                row(
                    "end",
                    Words(&["error", "hold", "loop"]),
                    "what comes after the last row; an error if left out",
                ),
                row(
                    "scale",
                    whole(1, 1_000_000),
                    "how many instances the trace's target stands for; no limit if left out",
                ),
            ],
        )
    },
    block(
        "spotPrices",
        &[
            row(
                "file",
                Text,
                "what aws ec2 describe-spot-price-history prints (.json), or a CSV: timestamp, \
                 instance_type, zone, usd_per_hour",
            ),
            row(
                "instanceType",
                Text,
                "whose rows stand for the pools; their own if left out",
            ),
            row(
                "align",
                Words(&["start", "none"]),
                "whether the file's first time is the run's start (if left out), or times are \
                 taken as they are",
            ),
            row(
                "offset",
                DURATION,
                "how much later in the file the run begins",
            ),
            row(
                "process",
                Words(&["meanReverting"]),
                "prices drawn around a level",
            ),
            row(
                "level",
                Value("money"),
                "of the process; the type's price if left out",
            ),
            row("changesPerDay", Number, "of a pool"),
            row("revert", DURATION, "in which a deviation falls to 1/e"),
            row("step", SHARE, "standard deviation of a change"),
            row(
                "shared",
                SHARE,
                "of a change's variance, what the zones of a type share",
            ),
        ],
    ),
    block(
        "spotAdvanced",
        &[
            row(
                "shareEmpty",
                SHARE,
                "share of time without launches; shortages then follow from it",
            ),
            row(
                "reclaimsPerShortage",
                SHARE,
                "chance that a shortage also takes back what runs",
            ),
            row(
                "isolatedShare",
                SHARE,
                "share of interruptions that come alone",
            ),
            row(
                "emptyChance",
                SHARE,
                "chance that a tight pool empties instead of recovering",
            ),
            row(
                "tightGrant",
                SHARE,
                "chance that a tight pool grants a launch",
            ),
            row("familyShare", SHARE, "share of stresses that hit all zones"),
            row(
                "rebalanceShare",
                SHARE,
                "Spot Instances that get a rebalance recommendation when their pool becomes tight",
            ),
            row(
                "noticeMissing",
                SHARE,
                "Spot Instances that are taken back without their two minutes' notice",
            ),
            row(
                "signal",
                SHARE,
                "chance that allocation strategies see a pool's regime rightly",
            ),
            row(
                "depthNoise",
                Number,
                "error of what they know of its stresses: standard deviation of the logarithm",
            ),
            row(
                "zoneShare",
                SHARE,
                "share of stresses that hit everything in one zone",
            ),
            row(
                "hold",
                SHARE,
                "share of recoveries that fail while a shared stress lasts",
            ),
            row(
                "dailyAmplitude",
                SHARE,
                "amplitude of the daily cycle of stresses",
            ),
            row("tight", DURATION, "mean stay in tight"),
            row("empty", DURATION, "mean length of a shortage"),
            row(
                "shock",
                DURATION,
                "mean length of a stress that pools share",
            ),
            row(
                "join",
                DURATION,
                "mean time until a shared stress makes a calm pool tight",
            ),
            row(
                "noticeSpread",
                DURATION,
                "mean time from a reclaim to each notice",
            ),
            row(
                "peakHour",
                Value("timeOfDay"),
                "local time at which stresses are most frequent",
            ),
        ],
    ),
    Block {
        required: &["plan"],
        ..block(
            "commitment",
            &[
                row(
                    "plan",
                    Words(&["compute", "ec2Instance", "reserved"]),
                    "a Compute or an EC2 Instance Savings Plan, or Reserved Instances",
                ),
                row(
                    "commitment",
                    Value("moneyRate"),
                    "of a Savings Plan: what is owed for each hour, at its rates",
                ),
                row(
                    "savings",
                    Or(&SHARE, &Any),
                    "of a Savings Plan: what its rates take off on demand; by fargate, ec2, family \
                     or type",
                ),
                row("family", Text, "of an EC2 Instance Savings Plan"),
                row("instanceType", Text, "of Reserved Instances"),
                row("count", whole(1, 1_000_000), "of Reserved Instances"),
                row(
                    "price",
                    Value("money"),
                    "of Reserved Instances: of an hour of each, used or not",
                ),
            ],
        )
    },
    Block {
        any_key: Some(Value("money")),
        ..block(
            "prices",
            &[
                row(
                    "discount",
                    ByName("share"),
                    "by price, all, or ec2_on_demand_hour and ec2_spot_hour of all types",
                ),
                row(
                    "commitments",
                    Blocks("commitment"),
                    "Savings Plans and Reserved Instances",
                ),
                row(
                    "changes",
                    Blocks("priceChangeAt"),
                    "prices that change in the run",
                ),
            ],
        )
    },
    Block {
        any_key: Some(PRICE_STEP),
        required: &["at"],
        ..block(
            "priceChangeAt",
            &[
                row("at", MOMENT, "from when on: an offset, or an instant"),
                PRICE_STEPS[0],
                PRICE_STEPS[1],
                PRICE_STEPS[2],
            ],
        )
    },
    Block {
        any_key: Some(PRICE_STEP),
        ..block("priceChange", &PRICE_STEPS)
    },
    block(
        "timelineEntry",
        &[
            row(
                "at",
                MOMENT,
                "an offset, an instant, or with every a time of day",
            ),
            row("every", DURATION, "again and again, from at on"),
            row("update", Aws("ecs.UpdateServiceRequest"), "UpdateService"),
            row(
                "deploy",
                Aws("ecs.UpdateServiceRequest"),
                "UpdateService that replaces the tasks",
            ),
            row(
                "run",
                Or(&Kind::Block("runSource"), &Aws("ecs.RunTaskRequest")),
                "RunTask",
            ),
            row(
                "setDesiredCapacity",
                Kind::Block("timelineCapacity"),
                "SetDesiredCapacity of an Auto Scaling group",
            ),
            row(
                "instanceRefresh",
                Kind::Block("timelineRefresh"),
                "StartInstanceRefresh: every instance of a group is replaced",
            ),
            row(
                "outage",
                Kind::Block("timelineOutage"),
                "the world's: an Availability Zone fails",
            ),
            row(
                "drought",
                Kind::Block("timelineDrought"),
                "the world's: Spot pools have nothing",
            ),
            row(
                "stopServiceDeployment",
                Kind::Block("timelineStop"),
                "StopServiceDeployment: the deployment in progress ends",
            ),
            row(
                "createTaskSet",
                Aws("ecs.TaskSet"),
                "CreateTaskSet, of a service with deploymentController EXTERNAL",
            ),
            row(
                "updateTaskSet",
                Kind::Block("timelineTaskSet"),
                "UpdateTaskSet: its share of the service's desired count",
            ),
            row(
                "updateServicePrimaryTaskSet",
                Kind::Block("timelinePrimaryTaskSet"),
                "UpdateServicePrimaryTaskSet",
            ),
            row(
                "deleteTaskSet",
                Kind::Block("timelineDeleteTaskSet"),
                "DeleteTaskSet",
            ),
            row(
                "drain",
                Kind::Block("timelineDrain"),
                "UpdateContainerInstancesState: instances take no further tasks",
            ),
            row(
                "agentDisconnect",
                Kind::Block("timelineDisconnect"),
                "the world's: ECS hears nothing of agents",
            ),
            row(
                "priceChange",
                Kind::Block("priceChange"),
                "the world's: prices change, those named as in cost.csv by a share or to a price",
            ),
        ],
    ),
    Block {
        required: &["service"],
        ..block(
            "timelineStop",
            &[
                row("service", Text, "whose deployment is stopped"),
                row(
                    "stopType",
                    Words(&["ROLLBACK", "ABORT"]),
                    "whether the last completed deployment comes back",
                ),
            ],
        )
    },
    Block {
        required: &["service", "taskSet", "scale"],
        ..block(
            "timelineTaskSet",
            &[
                row("service", Text, "the service"),
                row("taskSet", Text, "the externalId of its task set"),
                row(
                    "scale",
                    Aws("ecs.Scale"),
                    "what the task set is to have of the service's desired count",
                ),
            ],
        )
    },
    Block {
        required: &["service", "primaryTaskSet"],
        ..block(
            "timelinePrimaryTaskSet",
            &[
                row("service", Text, "the service"),
                row("primaryTaskSet", Text, "the externalId of its task set"),
            ],
        )
    },
    Block {
        required: &["service", "taskSet"],
        ..block(
            "timelineDeleteTaskSet",
            &[
                row("service", Text, "the service"),
                row("taskSet", Text, "the externalId of its task set"),
                row("force", Switch, "though it is not scaled to 0"),
            ],
        )
    },
    Block {
        required: &["AutoScalingGroupName", "DesiredCapacity"],
        ..block(
            "timelineCapacity",
            &[
                row("AutoScalingGroupName", Text, "the group"),
                row(
                    "DesiredCapacity",
                    whole(0, 100_000),
                    "instances, between the group's MinSize and MaxSize",
                ),
            ],
        )
    },
    Block {
        required: &["AutoScalingGroupName"],
        ..block(
            "timelineRefresh",
            &[
                row("AutoScalingGroupName", Text, "the group"),
                row(
                    "MinHealthyPercentage",
                    whole(0, 100),
                    "share of the desired capacity that stays in service, percent",
                ),
            ],
        )
    },
    Block {
        required: &["availabilityZone", "for"],
        ..block(
            "timelineOutage",
            &[
                row(
                    "availabilityZone",
                    Text,
                    "the zone: all that runs in it is gone",
                ),
                row("for", DURATION, "how long nothing starts there"),
            ],
        )
    },
    block(
        "whatIf",
        &[
            row(
                "spotFallback",
                Kind::Block("spotFallback"),
                "what waits for Spot for too long goes on demand",
            ),
            row(
                "repacking",
                Kind::Block("repacking"),
                "instances of which little is reserved are drained, if their tasks fit on others",
            ),
            row(
                "providerBySize",
                Blocks("sizeRule"),
                "strategies by the size of tasks, the first that is for it in place of their own",
            ),
        ],
    ),
    Block {
        required: &["capacityProviderStrategy"],
        ..block(
            "sizeRule",
            &[
                row(
                    "upTo",
                    Kind::Block("sizeUpTo"),
                    "for tasks up to this size; of any size where it is left out",
                ),
                row(
                    "capacityProviderStrategy",
                    AwsList("ecs.CapacityProviderStrategyItem"),
                    "where they go",
                ),
            ],
        )
    },
    block(
        "sizeUpTo",
        &[
            row("cpu", Value("vcpus"), "the most CPU of a task"),
            row("memory", SIZE, "the most memory of a task"),
        ],
    ),
    block(
        "repacking",
        &[
            row("every", DURATION, "how often a group is looked at, at most"),
            row(
                "reservedBelow",
                SHARE,
                "only instances of which a smaller share is reserved, of CPU and of memory",
            ),
            row(
                "tasks",
                whole(1, 1_000),
                "only instances with so many tasks to move at most",
            ),
        ],
    ),
    Block {
        required: &["after"],
        ..block(
            "spotFallback",
            &[row("after", DURATION, "how long it waits for Spot first")],
        )
    },
    block(
        "timelineDrain",
        &[
            row("AutoScalingGroupName", Text, "whose instances"),
            row(
                "externalInstances",
                Text,
                "the same of machines of your own: the name of their entry",
            ),
            row("count", whole(1, 100_000), "how many"),
            row(
                "first",
                Words(&["oldest", "newest"]),
                "which of them, by their launch",
            ),
        ],
    ),
    Block {
        required: &["for"],
        ..block(
            "timelineDisconnect",
            &[
                row(
                    "AutoScalingGroupName",
                    Text,
                    "of which group, all where none is named",
                ),
                row(
                    "externalInstances",
                    Text,
                    "of machines of your own: the name of their entry",
                ),
                row(
                    "availabilityZone",
                    Text,
                    "in which zone, all where none is named",
                ),
                row("for", DURATION, "how long"),
                row("share", SHARE, "of the agents there"),
            ],
        )
    },
    Block {
        required: &["capacityProvider", "for"],
        ..block(
            "timelineDrought",
            &[
                row(
                    "capacityProvider",
                    Text,
                    "FARGATE_SPOT, or the provider of a group that buys Spot",
                ),
                row("availabilityZone", Text, "in one zone only"),
                row("for", DURATION, "how long the pools have nothing"),
                row(
                    "reclaims",
                    SHARE,
                    "share of what runs there that is taken back at the beginning",
                ),
            ],
        )
    },
    block(
        "runSource",
        &[
            row("source", Text, "an entry of aws.runTasks"),
            row("count", whole(1, 10_000), "tasks to start"),
        ],
    ),
    Block {
        required: &["metric"],
        ..block(
            "objective",
            &[
                row(
                    "metric",
                    Words(&[
                        "TargetResponseTime",
                        "CPUUtilization",
                        "MemoryUtilization",
                        "ApproximateAgeOfOldestMessage",
                        "FailedRequests",
                        "RunningTaskCount",
                        "LaunchDelay",
                        "Interruptions",
                        "InterruptedTasks",
                        "LostWork",
                        "Cost",
                        "CompletedAt",
                    ]),
                    "what is judged",
                ),
                row(
                    "service",
                    Text,
                    "of which service; all where it is left out",
                ),
                row(
                    "stat",
                    Text,
                    "Average, Minimum, Maximum, Sum, or a percentile",
                ),
                row("below", Text, "the bound, with its unit; or above"),
                row("above", Text, "the bound, with its unit; or below"),
                row(
                    "schedule",
                    Text,
                    "of CompletedAt: of which schedule or rule",
                ),
                row(
                    "before",
                    Text,
                    "of CompletedAt: the time of day, by the run's clocks, before which all tasks \
                     of a call are to be done: the first such time after the call",
                ),
                row(
                    "probability",
                    SHARE,
                    "in what share of replications it is to hold; in each of them where it is \
                     left out",
                ),
                row(
                    "in",
                    Text,
                    "in how many minutes it is to hold; the whole run where it is left out",
                ),
                row("of", Words(&["total"]), "of a cost: which"),
                row(
                    "per",
                    Words(&["month", "run"]),
                    "of a cost: of the run, or of a month of such runs",
                ),
            ],
        )
    },
    block(
        "sweep",
        &[
            row(
                "design",
                Words(&[
                    "grid",
                    "oneAtATime",
                    "tornado",
                    "sobolIndices",
                    "random",
                    "sobol",
                    "latinHypercube",
                ]),
                "which points are tried: every combination; the baseline and each other value, or \
                 each end, by itself; points that are drawn; those of Sobol indices",
            ),
            row(
                "points",
                whole(2, 1_000_000),
                "how many points are drawn, of random, sobol and latinHypercube; rows of \
                 sobolIndices, of which each is as many cells as there are parameters, and two; \
                 Sobol sequences have 65,536 at most",
            ),
            row(
                "replications",
                Or(&whole(1, 10_000), &Kind::Block("sweepReplications")),
                "runs a cell, or when they are enough",
            ),
            row(
                "warmUp",
                Or(&Words(&["mser5"]), &Kind::Block("sweepWarmUp")),
                "how much of each run is not reported, found by pilot runs of stationary demand",
            ),
            row(
                "parameters",
                ByName("sweepParameter"),
                "what is varied, by names of yours",
            ),
            row("baseline", Any, "the cell that others are compared with"),
        ],
    ),
    Block {
        required: &["method"],
        ..block(
            "sweepWarmUp",
            &[
                row("method", Words(&["mser5"]), "the rule that finds the cut"),
                row("pilots", whole(1, 1_000), "pilot runs of each cell"),
                row(
                    "metrics",
                    TextOrTexts,
                    "what has to settle: TaskCount (of the cluster), RunningTaskCount, \
                     TargetResponseTime, ApproximateNumberOfMessagesVisible (of each service); \
                     without it all of them",
                ),
            ],
        )
    },
    block(
        "sweepParameter",
        &[
            row("path", Text, "what is set"),
            row("paths", TextOrTexts, "several paths that move together"),
            row(
                "values",
                Any,
                "what it is set to, perhaps by names; lists where several paths move together",
            ),
            row(
                "range",
                Kind::Block("sweepRange"),
                "values between two ends, in even steps, instead of a list",
            ),
            row(
                "logRange",
                Kind::Block("sweepRange"),
                "values between two ends, by even factors",
            ),
            row(
                "probabilities",
                ByName("share"),
                "how likely the values are that nobody chooses; one may be left out",
            ),
        ],
    ),
    block(
        "optimize",
        &[
            row(
                "minimize",
                Text,
                "what is to be least among cells that keep all objectives: a column of runs.csv",
            ),
            row(
                "indifference",
                Text,
                "differences below it are no matter: a share of the least mean, or a number",
            ),
            row("confidence", SHARE, "the probability of selecting the best"),
            row("runs", whole(1, 1_000_000_000), "runs at most"),
            row(
                "time",
                DURATION,
                "time at most, by the clock on the wall: what is played then depends on the \
                 machine",
            ),
            row(
                "search",
                Kind::Block("optimizeSearch"),
                "not every cell is played: points are proposed where they promise most",
            ),
        ],
    ),
    block(
        "optimizeSearch",
        &[row(
            "candidates",
            whole(10, 10_000),
            "points that are proposed at most",
        )],
    ),
    block(
        "sweepRange",
        &[
            row("from", Text, "the lower end, with its unit"),
            row("to", Text, "the upper end, in the same unit"),
            row("step", Text, "the distance of values; not of a logRange"),
            row(
                "count",
                whole(2, 10_000),
                "how many values; 5 without a step",
            ),
        ],
    ),
    block(
        "sweepReplications",
        &[
            row(
                "atLeast",
                whole(10, 10_000),
                "runs a cell before the first look",
            ),
            row("atMost", whole(10, 10_000), "runs a cell at most"),
            row(
                "until",
                Kind::Block("sweepUntil"),
                "the interval that is to be narrow",
            ),
        ],
    ),
    block(
        "sweepUntil",
        &[
            row("measure", Text, "of which number: a column of runs.csv"),
            row(
                "within",
                Text,
                "half of its 95 % interval at most: a share of the mean, or a number in its unit",
            ),
        ],
    ),
];
