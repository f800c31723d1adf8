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
    ("elbv2.TargetGroup", "attributes", Any),
    ("ecs.RunTaskRequest", "name", Text),
    ("ecs.UpdateServiceRequest", "service", Text),
];

const DURATION: Kind = Value("duration");
const SIZE: Kind = Value("size");
const SHARE: Kind = Value("share");
const RATE_PER_TIME: Kind = Value("ratePerTime");
const MOMENT: Kind = Value("moment");
const LAW: Kind = Or(&DURATION, &Kind::Block("law"));
const RATE: Kind = Or(&RATE_PER_TIME, &Kind::Block("rate"));
const ALL_OR_NONE: Kind = Words(&["all", "none"]);
const ALIGN: Kind = Words(&["none", "start", "weekday", "timeOfDay"]);
const COUNT: Kind = Integer {
    min: 0,
    max: 100_000,
};
const COUNT_OR_RAISED: Kind = Or(&COUNT, &Words(&["raised"]));

/// The blocks, the whole scenario first.
pub const BLOCKS: &[Block] = &[
    Block {
        required: &["fleetcast", "run", "aws"],
        ..block(
            "scenario",
            &[
                row(
                    "fleetcast",
                    Integer { min: 1, max: 1 },
                    "the version of the format",
                ),
                row(
                    "name",
                    Text,
                    "the folder of the results; the file's name by default",
                ),
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
                row("whatIf", Later, ""),
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
                row("timeZone", Text, "the zone of charts and daily profiles"),
                row(
                    "begin",
                    Words(&["steady", "empty"]),
                    "whether services are up at the start",
                ),
                row(
                    "seed",
                    Integer {
                        min: 0,
                        max: u64::MAX,
                    },
                    "the seed of all chance",
                ),
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
            row("format", Words(&["csv"]), "of tables"),
        ],
    ),
    block(
        "aws",
        &[
            row("region", Text, "the region's name"),
            row("include", TextOrTexts, "files as the AWS CLI prints them"),
            row("account", Kind::Block("account"), "quotas"),
            row("cluster", Aws("ecs.Cluster"), "the one cluster"),
            row(
                "capacityProviders",
                AwsList("ecs.CapacityProvider"),
                "Fargate's, as the CLI prints them",
            ),
            row("taskDefinitions", AwsList("ecs.TaskDefinition"), ""),
            row("services", AwsList("ecs.Service"), ""),
            row(
                "runTasks",
                AwsList("ecs.RunTaskRequest"),
                "programs that call RunTask",
            ),
            row(
                "subnets",
                AwsList("ec2.Subnet"),
                "which subnet lies in which zone",
            ),
            row(
                "securityGroups",
                AwsList("ec2.SecurityGroup"),
                "no effect here",
            ),
            row("loadBalancers", AwsList("elbv2.LoadBalancer"), ""),
            row("listeners", AwsList("elbv2.Listener"), ""),
            row("listenerRules", AwsList("elbv2.Rule"), ""),
            row("targetGroups", AwsList("elbv2.TargetGroup"), ""),
            row(
                "scalableTargets",
                AwsList("application-autoscaling.ScalableTarget"),
                "",
            ),
            row(
                "scalingPolicies",
                AwsList("application-autoscaling.ScalingPolicy"),
                "",
            ),
            row("autoScalingGroups", Later, ""),
            row("launchTemplates", Later, ""),
            row("taskSets", Later, ""),
            row("scheduledActions", Later, ""),
            row("alarms", Later, ""),
            row("schedules", Later, ""),
            row("rules", Later, ""),
            row("ruleTargets", Later, ""),
            row("queues", Later, ""),
            row("namespaces", Later, ""),
        ],
    ),
    block(
        "account",
        &[
            row("quotas", Kind::Block("quotas"), ""),
            row("settings", Any, "no effect here"),
        ],
    ),
    block(
        "quotas",
        &[
            row(
                "L-3032A538",
                COUNT_OR_RAISED,
                "Fargate On-Demand vCPU resource count",
            ),
            row(
                "fargateOnDemandVcpus",
                COUNT_OR_RAISED,
                "the same as L-3032A538",
            ),
            row(
                "L-36FBB829",
                COUNT_OR_RAISED,
                "Fargate Spot vCPU resource count",
            ),
            row(
                "fargateSpotVcpus",
                COUNT_OR_RAISED,
                "the same as L-36FBB829",
            ),
            row("fargateLaunchBurst", COUNT, "tasks that may launch at once"),
            row("fargateLaunchRate", COUNT, "tasks a second after that"),
            row(
                "serviceLaunchesPerMinute",
                COUNT,
                "tasks that one service may launch a minute",
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
            row("spot", Kind::Block("spot"), "Fargate Spot's market"),
            row("prices", Kind::Block("prices"), "overrides and discounts"),
            row(
                "streams",
                ByName("streamName"),
                "pins a thing's chance to another name",
            ),
            row("capacity", Later, ""),
            row("failures", Later, ""),
        ],
    ),
    block(
        "demand",
        &[
            row("rate", RATE, "requests to a service"),
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
            row("arrivals", Kind::Block("arrivals"), "calls of a program"),
            row(
                "concurrency",
                COUNT,
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
        &[row("attempts", COUNT, ""), row("backoff", DURATION, "")],
    ),
    block("bytes", &[row("in", SIZE, ""), row("out", SIZE, "")]),
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
            row("timeScale", Number, ""),
            row("workScale", Number, ""),
            row("align", ALIGN, ""),
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
            row("constant", RATE_PER_TIME, ""),
            row(
                "daily",
                Kind::Block("daily"),
                "a raised cosine by local time",
            ),
            row("weekly", Any, "seven factors, Monday first"),
            row("step", Kind::Block("step"), ""),
            row("ramp", Kind::Block("ramp"), ""),
            row("spike", Kind::Block("spike"), ""),
            row("noise", Kind::Block("noise"), ""),
            row("trace", Or(&Text, &Kind::Block("trace")), "a CSV file"),
            row("sum", Blocks("rate"), ""),
            row("unit", Text, "of a trace: requests/5min"),
            row("metric", Text, "of CloudWatch's JSON"),
            row("period", DURATION, "of a trace"),
            row("time", Text, "of a trace: its column of times"),
            row("timeUnit", Text, "of a trace"),
            row("value", Text, "of a trace: its column of values"),
            row("scale", Number, "of a trace"),
            row("align", ALIGN, "of a trace"),
            row("repeat", Switch, "of a trace"),
            row("resample", DURATION, "of a trace"),
            row(
                "gaps",
                Words(&["interpolate", "hold", "zero", "error"]),
                "of a trace",
            ),
            row("from", MOMENT, "of a trace"),
            row("to", MOMENT, "of a trace"),
        ],
    ),
    block(
        "trace",
        &[
            row("file", Text, "a CSV file"),
            row("unit", Text, "requests/5min"),
            row("metric", Text, "of CloudWatch's JSON"),
            row("period", DURATION, "the length of a step"),
            row("time", Text, "its column of times"),
            row("timeUnit", Text, "their unit, if they are numbers"),
            row("value", Text, "its column of values"),
            row("scale", Number, ""),
            row("align", ALIGN, ""),
            row("repeat", Switch, ""),
            row("resample", DURATION, ""),
            row("gaps", Words(&["interpolate", "hold", "zero", "error"]), ""),
            row("from", MOMENT, ""),
            row("to", MOMENT, ""),
        ],
    ),
    block(
        "daily",
        &[
            row("low", RATE_PER_TIME, ""),
            row("high", RATE_PER_TIME, ""),
            row("peak", Value("timeOfDay"), ""),
            row("every", DURATION, "the length of a step"),
        ],
    ),
    block(
        "step",
        &[
            row("at", MOMENT, ""),
            row("from", RATE_PER_TIME, ""),
            row("to", RATE_PER_TIME, ""),
        ],
    ),
    block(
        "ramp",
        &[
            row("at", MOMENT, ""),
            row("over", DURATION, ""),
            row("from", RATE_PER_TIME, ""),
            row("to", RATE_PER_TIME, ""),
        ],
    ),
    block(
        "spike",
        &[
            row("at", MOMENT, ""),
            row("for", DURATION, ""),
            row("times", Number, ""),
            row("to", RATE_PER_TIME, ""),
        ],
    ),
    block(
        "noise",
        &[row("cv", Number, ""), row("every", DURATION, "")],
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
            row("cv", Number, "variation of the service time"),
            row("slots", COUNT, "requests that a task works on at once"),
            row(
                "queue",
                Or(
                    &Integer {
                        min: 0,
                        max: 1_000_000_000,
                    },
                    &Words(&["none"]),
                ),
                "requests that may wait at a task; further ones are turned away",
            ),
            row("errors", SHARE, "requests answered with a 5xx"),
            row("memory", Or(&SIZE, &Kind::Block("memory")), ""),
            row("idle", Value("vcpus"), "vCPUs that an idle task uses"),
            row("logs", Or(&SIZE, &Kind::Block("logs")), "per request"),
            row(
                "crossZone",
                SIZE,
                "bytes a request exchanges with other zones, each direction",
            ),
            row("image", SIZE, "compressed size of all images"),
            row(
                "start",
                DURATION,
                "from the containers' start to the first answer",
            ),
            row("duration", LAW, "how long a task works that ends by itself"),
            row("exit", Kind::Block("exit"), ""),
            row("crashes", Kind::Block("crashes"), ""),
            row("startFailures", SHARE, "tasks that fail before RUNNING"),
            row("stopsIn", DURATION, "from SIGTERM to the exit"),
            row("onInterruption", Kind::Block("checkpoints"), ""),
            row("health", Later, ""),
            row("gpu", Later, ""),
            row("calls", Later, ""),
        ],
    ),
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
            row("perRequest", SIZE, ""),
        ],
    ),
    block(
        "logs",
        &[row("perRequest", SIZE, ""), row("perSecond", SIZE, "")],
    ),
    block(
        "exit",
        &[row(
            "codes",
            ByName("share"),
            "exit codes with their shares",
        )],
    ),
    block("crashes", &[row("mttf", DURATION, "mean time to a crash")]),
    block("checkpoints", &[row("checkpointEvery", DURATION, "")]),
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
                "",
            ),
            row("mean", DURATION, ""),
            row("cv", Number, "standard deviation over mean"),
            row("low", DURATION, "of uniform"),
            row("high", DURATION, "of uniform"),
        ],
    ),
    block(
        "latencies",
        &[
            row("default", Kind::Block("phases"), ""),
            row("FARGATE", Kind::Block("phases"), ""),
            row("FARGATE_SPOT", Kind::Block("phases"), ""),
        ],
    ),
    block(
        "phases",
        &[
            row("eni", LAW, "createdAt to connectivityAt"),
            row("prepare", LAW, "connectivityAt to pullStartedAt"),
            row("pull", Kind::Block("pull"), ""),
            row("create", LAW, "pullStoppedAt to startedAt"),
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
                "checksToHealthy",
                COUNT,
                "passing checks of a new target; under default only",
            ),
        ],
    ),
    block("pull", &[row("base", LAW, ""), row("perMiB", DURATION, "")]),
    block(
        "spot",
        &[
            row("default", Kind::Block("spot"), ""),
            row("FARGATE_SPOT", Kind::Block("spot"), ""),
            row(
                "preset",
                Words(&["optimistic", "default", "pessimistic"]),
                "",
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
            row("advanced", Kind::Block("spotAdvanced"), ""),
            row("trace", Later, ""),
            row("prices", Later, ""),
        ],
    ),
    block(
        "spotAdvanced",
        &[
            row("shareEmpty", SHARE, ""),
            row("reclaimsPerShortage", SHARE, ""),
            row("isolatedShare", SHARE, ""),
            row("emptyChance", SHARE, ""),
            row("tightGrant", SHARE, ""),
            row("familyShare", SHARE, ""),
            row("zoneShare", SHARE, ""),
            row("hold", SHARE, ""),
            row("dailyAmplitude", SHARE, ""),
            row("tight", DURATION, ""),
            row("empty", DURATION, ""),
            row("shock", DURATION, ""),
            row("join", DURATION, ""),
            row("noticeSpread", DURATION, ""),
            row("peakHour", Value("timeOfDay"), ""),
        ],
    ),
    Block {
        any_key: Some(Value("money")),
        ..block(
            "prices",
            &[
                row("discount", ByName("share"), "by price, or all"),
                row("savingsPlan", Later, ""),
                row("commitments", Later, ""),
                row("changes", Later, ""),
            ],
        )
    },
    block(
        "timelineEntry",
        &[
            row(
                "at",
                MOMENT,
                "an offset, an instant, or with every a time of day",
            ),
            row("every", DURATION, ""),
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
            row("outage", Later, ""),
            row("drought", Later, ""),
            row("drain", Later, ""),
            row("priceChange", Later, ""),
        ],
    ),
    block(
        "runSource",
        &[
            row("source", Text, "an entry of aws.runTasks"),
            row("count", COUNT, ""),
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
                        "FailedRequests",
                        "RunningTaskCount",
                        "LaunchDelay",
                        "Interruptions",
                        "Cost",
                    ]),
                    "",
                ),
                row("service", Text, ""),
                row("stat", Text, "Average, Minimum, Maximum, Sum, p99"),
                row("below", Text, ""),
                row("above", Text, ""),
                row("in", Text, "99.9 % of minutes"),
                row("of", Words(&["total"]), "of a cost"),
                row("per", Words(&["month", "run"]), "of a cost"),
            ],
        )
    },
    block(
        "sweep",
        &[
            row("replications", COUNT, "runs a cell"),
            row("parameters", ByName("sweepParameter"), ""),
            row("baseline", Any, "the cell that others are compared with"),
        ],
    ),
    block(
        "sweepParameter",
        &[
            row("path", Text, ""),
            row("paths", TextOrTexts, ""),
            row("values", Any, "a list"),
        ],
    ),
];
