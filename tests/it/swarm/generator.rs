//! Legal scenarios at random, small and strange on purpose: what nobody writes, and nothing forbids.

use super::boundary;
use super::containers;
use super::deployers;
use super::dice::Dice;
use super::draft::Draft;
use super::metrics;
use super::pipelines;
use super::queues;
use super::schedules;
use super::volumes;
use super::work;
use super::world;

/// Legal sizes of tasks.
const SIZES: [(u32, u32); 8] = [
    (256, 512),
    (256, 2_048),
    (512, 1_024),
    (1_024, 2_048),
    (1_024, 8_192),
    (2_048, 4_096),
    (4_096, 30_720),
    (16_384, 32_768),
];

/// What stands after the bounds of a deployment.
pub(super) const BREAKERS: [&str; 6] = [
    "",
    "",
    ", deploymentCircuitBreaker: { enable: true, rollback: true }",
    ", deploymentCircuitBreaker: { enable: true, rollback: false }",
    ", deploymentCircuitBreaker: { enable: true, rollback: true, resetOnHealthyTask: false, \
     thresholdConfiguration: { type: COUNT, value: 1 } }",
    ", deploymentCircuitBreaker: { enable: true, rollback: true, \
     thresholdConfiguration: { type: UNBOUNDED_PERCENT, value: 20 } }",
];
/// What stands after a container's name.
pub(super) const CHECKS: [&str; 4] = [
    "",
    "",
    ", healthCheck: { command: [CMD, /check] }",
    ", healthCheck: { command: [CMD, /check], interval: 5, retries: 1, startPeriod: 20 }",
];

/// What stands after that.
const RESTARTS: [&str; 5] = [
    "",
    "",
    "",
    ", restartPolicy: { enabled: true }",
    ", restartPolicy: { enabled: true, ignoredExitCodes: [1], restartAttemptPeriod: 60 }",
];

/// A scenario under construction.
pub(super) struct Scene {
    seed: u64,
    pub(super) dice: Dice,
    /// Those of step policies, alarms and scheduled actions.
    pub(super) alarm_dice: Dice,
    /// Those of traffic that shifts, of hours foretold and of programs that come after others.
    pub(super) shift_dice: Dice,
    /// Those of what balancers, sessions, calls and restarts add.
    pub(super) load_dice: Dice,
    pub(super) draft: Draft,
    /// The length of the run, seconds.
    pub(super) seconds: u64,
    /// Whether every request is played: there may be few of them only.
    pub(super) is_exact: bool,
    pub(super) services: Vec<ServiceFacts>,
    pub(super) programs: Vec<String>,
    pub(super) families: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) region: String,
    /// A desired capacity that the first group may be set to.
    pub(super) capacity_of_first: u32,
    /// Whether the region's zone `a` is in use, whatever is.
    pub(super) zones_known: bool,
    pub(super) has_spot: bool,
    /// Whether there are Managed Instances.
    pub(super) has_managed: bool,
    pub(super) subnets: Vec<String>,
    /// Whether there is a Network Load Balancer beside the other one.
    pub(super) has_network: bool,
}

/// Who deploys a service.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum By {
    #[default]
    Ecs,
    CodeDeploy,
    TaskSets,
}

/// What later blocks need to know of a service.
#[derive(Clone, Default)]
pub(super) struct ServiceFacts {
    pub(super) name: String,
    pub(super) has_group: bool,
    /// Its tasks' family.
    pub(super) family: String,
    /// Whether its deployments shift traffic.
    pub(super) shifts: bool,
    /// Whether its target group is a Network Load Balancer's.
    pub(super) is_network: bool,
    /// Whether it has several target groups.
    pub(super) has_several: bool,
    /// Who deploys it.
    pub(super) by: By,
    /// Of a service with a family of its own: that one, which no other may take the place of.
    pub(super) own_family: Option<&'static str>,
    /// Whether its tasks may go anywhere on Fargate.
    pub(super) moves: bool,
    /// The queue that it pulls from.
    pub(super) queue: Option<String>,
    /// Metrics that it has every 20 s.
    pub(super) fine: Vec<&'static str>,
}

/// The scenario of a seed.
pub(super) fn scenario(seed: u64) -> Draft {
    let mut scene = Scene {
        seed,
        dice: Dice::new(seed),
        alarm_dice: Dice::of("alarms", seed),
        shift_dice: Dice::of("shifts", seed),
        load_dice: Dice::of("loads", seed),
        draft: Draft::default(),
        seconds: 0,
        is_exact: false,
        services: Vec::new(),
        programs: Vec::new(),
        families: Vec::new(),
        groups: Vec::new(),
        region: String::new(),
        capacity_of_first: 0,
        zones_known: true,
        has_spot: false,
        has_managed: false,
        subnets: Vec::new(),
        has_network: false,
    };
    scene.run();
    scene.account();
    scene.task_definitions();
    scene.services();
    scene.programs();
    scene.hosted();
    scene.machines();
    scene.managed();
    volumes::add(&mut scene);
    deployers::add(&mut scene);
    queues::add(&mut scene);
    boundary::add(&mut scene);
    metrics::add(&mut scene);
    scene.scaling();
    world::add(&mut scene);
    scene.timeline();
    world::end_calls(&mut scene);
    scene.what_if();
    scene.objectives();
    // What came last to the generator draws last: seeds of before keep what they had.
    world::add_price_changes(&mut scene);
    world::add_retirement(&mut scene);
    world::add_spot_trace(&mut scene);
    scene.what_ifs_of_instances();
    schedules::add(&mut scene);
    pipelines::add(&mut scene);
    work::add(&mut scene);
    deployers::stop(&mut scene);
    scene.draft
}

impl Scene {
    /// Choices of their own, which leave all others as they are.
    pub(super) fn dice_of(&self, what: &str) -> Dice {
        Dice::of(what, self.seed)
    }

    /// What ECS does not do.
    fn what_if(&mut self) {
        if self.dice.percent(15) {
            let after = self.dice.pick(&["0s", "1s", "10m"]);
            let line = format!("spotFallback: {{ after: {after} }}");
            self.draft.add("whatIf", line);
        }
    }

    /// What ECS does not do with instances, and with sizes.
    fn what_ifs_of_instances(&mut self) {
        if !self.groups.is_empty() && self.dice.percent(30) {
            let every = self.dice.pick(&["60s", "10m", "3h"]);
            let below = self.dice.pick(&["0 %", "50 %", "100 %"]);
            let tasks = self.dice.pick(&["", ", tasks: 1", ", tasks: 1000"]);
            let line = format!("repacking: {{ every: {every}, reservedBelow: {below}{tasks} }}");
            self.draft.add("whatIf", line);
        }
        // Tasks of instances may not be able to run on Fargate: only where there are none.
        let has_instances = self.has_managed || !self.groups.is_empty();
        if !has_instances && self.draft.lines("aws.externalInstances").is_empty() {
            let provider = match self.has_spot {
                true => "FARGATE_SPOT",
                false => "FARGATE",
            };
            if self.dice.percent(20) {
                let cpu = self
                    .dice
                    .pick(&["0 vCPU", "0.25 vCPU", "1 vCPU", "64 vCPU"]);
                let line = format!(
                    "providerBySize: [{{ upTo: {{ cpu: {cpu} }}, capacityProviderStrategy: [{{ \
                     capacityProvider: {provider}, weight: 1 }}] }}]"
                );
                self.draft.add("whatIf", line);
            }
        }
    }

    fn run(&mut self) {
        let hour = 3_600;
        let lengths = [
            1,
            59,
            60,
            61,
            119,
            300,
            hour,
            hour,
            2 * hour,
            5_401,
            6 * hour,
            24 * hour,
            31 * 24 * hour,
            365 * 24 * hour,
        ];
        self.seconds = self.dice.pick(&lengths);
        let odd = self.dice.pick(&["", "", " 1us", " 999ms"]);
        self.draft
            .add("run", format!("duration: {}s{odd}", self.seconds));
        let seed = self.dice.between(0, 1 << 40);
        self.draft.add("run", format!("seed: {seed}"));
        self.is_exact = self.dice.percent(20) && self.seconds <= 2 * hour;
        if self.is_exact {
            self.draft.add("run", "fidelity: requests");
        }
        if self.dice.percent(50) {
            self.draft.add("run", "begin: empty");
        }
        if self.dice.percent(20) {
            // The clocks change in this run, or are about to.
            self.draft.add("run", "start: 2026-03-28T23:30:00.5Z");
            self.draft.add("run", "timeZone: Europe/Berlin");
        }
        // A year of minutes is too much for a small test.
        let period = match (self.seconds <= 86_400, self.dice.percent(70)) {
            (true, true) => "60s",
            (true, false) => "7m",
            (false, true) => "1d",
            (false, false) => "none",
        };
        self.draft.add("record", format!("metrics: {period}"));
        for kind in ["events", "decisions"] {
            if self.dice.percent(40) {
                self.draft.add("record", format!("{kind}: all"));
            }
        }
    }

    fn account(&mut self) {
        self.has_spot = self.dice.percent(70);
        let regions = ["us-east-1", "us-east-1", "eu-central-1", "ap-south-1"];
        let region = self.dice.pick(&regions);
        self.region = region.to_owned();
        let dice = &mut self.dice;
        self.draft.add("aws", format!("region: {region}"));
        if dice.percent(30) {
            let value = dice.pick(&["disabled", "enabled", "enhanced"]);
            let line = format!("settings: [{{ name: containerInsights, value: {value} }}]");
            self.draft.add("aws.cluster", line);
        }
        let quotas = [
            ("L-3032A538", ["0", "1", "2", "6", "raised"]),
            ("L-36FBB829", ["0", "1", "2", "6", "raised"]),
            ("fargateLaunchBurst", ["1", "2", "5", "100", "1000"]),
            ("fargateLaunchRate", ["1", "1", "2", "20", "500"]),
            ("serviceLaunchesPerMinute", ["1", "2", "5", "60", "500"]),
            ("runTaskCallRate", ["1", "2", "5", "100", "100000"]),
        ];
        for (quota, values) in quotas {
            if dice.percent(25) {
                let value = dice.pick(&values);
                self.draft.add("aws.quotas", format!("{quota}: {value}"));
            }
        }
        if dice.percent(50) {
            let zones = dice.between(1, 4);
            for at in 0..zones {
                let letter = ["a", "b", "c", "d"][at as usize];
                let line =
                    format!("- {{ SubnetId: sub-{at}, AvailabilityZone: {region}{letter} }}");
                self.draft.add("aws.subnets", line);
                self.subnets.push(format!("sub-{at}"));
            }
        }
        self.balancers();
        self.groups = self.groups();
        boundary::add_subnets(self);
        let mut providers = match self.has_spot {
            true => "[FARGATE, FARGATE_SPOT".to_owned(),
            false => "[FARGATE".to_owned(),
        };
        for group in &self.groups {
            providers += &format!(", {group}");
        }
        self.has_managed = self.dice.percent(25);
        if self.has_managed {
            providers += ", managed";
        }
        providers += "]";
        self.draft
            .add("aws.cluster", format!("capacityProviders: {providers}"));
    }

    fn task_definitions(&mut self) {
        for at in 0..self.dice.between(1, 3) {
            let family = format!("family{at}");
            for _ in 0..self.dice.pick(&[1, 1, 2]) {
                let dice = &mut self.dice;
                let (cpu, memory) = dice.pick(&SIZES);
                let mut line = format!("- {{ family: {family}, cpu: {cpu}, memory: {memory}");
                if dice.percent(20) {
                    line += ", runtimePlatform: { cpuArchitecture: ARM64 }";
                }
                if dice.percent(15) {
                    let gib = dice.pick(&[21, 200]);
                    line += &format!(", ephemeralStorage: {{ sizeInGiB: {gib} }}");
                }
                let stop = dice.pick(&["", ", stopTimeout: 2", ", stopTimeout: 120"]);
                let check = dice.pick(&CHECKS);
                let restart = self.load_dice.pick(&RESTARTS);
                let (mount, volumes) = volumes::shared(self, &line);
                let (waits, others) = containers::others(self, &line, "");
                line += &format!(
                    "{volumes}, containerDefinitions: [{{ name: app, portMappings: [{{ \
                     containerPort: 80 }}]{stop}{check}{restart}{mount}{waits} }}{others}] }}"
                );
                self.draft.add("aws.taskDefinitions", line);
            }
            self.families.push(family);
        }
    }

    fn services(&mut self) {
        let count = self.dice.pick(&[0, 1, 1, 1, 2, 2, 3, 7]);
        for at in 0..count {
            // Some names sort in the order of the file, some against it.
            let name = match self.dice.percent(50) {
                true => format!("s{at}"),
                false => format!("a{}", 9 - at),
            };
            let has_group = self.dice.percent(50);
            if has_group {
                self.target_group(&name);
            }
            let family = self.a_family();
            let desired = self.dice.pick(&[0, 0, 1, 1, 2, 3, 5, 8, 13, 40]);
            let strategy = self.strategy();
            let mut line = format!(
                "- {{ serviceName: {name}, taskDefinition: {family}, desiredCount: {desired}, \
                 {strategy}"
            );
            let shift = match has_group && self.shift_dice.percent(40) {
                true => self.shift(&name),
                false => String::new(),
            };
            let is_bounded = self.dice.percent(50);
            if !is_bounded && !shift.is_empty() {
                let shift = shift.trim_start_matches(", ");
                line += &format!(", deploymentConfiguration: {{ {shift} }}");
            }
            if is_bounded {
                let bounds = [
                    (100, 200),
                    (100, 101),
                    (50, 100),
                    (0, 100),
                    (0, 200),
                    (99, 150),
                    (100, 100),
                    (100, 10_000),
                ];
                let (low, high) = self.dice.pick(&bounds);
                let breaker = self.dice.pick(&BREAKERS);
                line += &format!(
                    ", deploymentConfiguration: {{ minimumHealthyPercent: {low}, maximumPercent: \
                     {high}{breaker}{shift} }}"
                );
            }
            let mut has_several = false;
            if has_group {
                let second = match shift.is_empty() {
                    true => String::new(),
                    false => format!(
                        ", advancedConfiguration: {{ alternateTargetGroupArn: {name}-two }}"
                    ),
                };
                line += self.dice.pick(&["", ", healthCheckGracePeriodSeconds: 90"]);
                let also = match shift.is_empty() && self.dice_of(&name).percent(30) {
                    true => self.one_more_group(&name),
                    false => String::new(),
                };
                has_several = !also.is_empty();
                line += &format!(
                    ", loadBalancers: [{{ targetGroupArn: {name}, containerName: app, \
                     containerPort: 80{second} }}{also}]"
                );
            }
            line += &self.network();
            self.draft.add("aws.services", line + " }");
            self.services.push(ServiceFacts {
                is_network: self.is_network(&name),
                name,
                has_group,
                has_several,
                family: family.trim_matches('"').trim_end_matches(":1").to_owned(),
                shifts: !shift.is_empty(),
                moves: true,
                ..ServiceFacts::default()
            });
        }
    }

    /// How a service's traffic shifts, with hooks that never wait for long or wait for ever.
    fn shift(&mut self, name: &str) -> String {
        self.second_group(name);
        let dice = &mut self.shift_dice;
        let strategy = dice.pick(&[
            "BLUE_GREEN",
            "LINEAR, linearConfiguration: { stepPercent: 33.4, stepBakeTimeInMinutes: 1 }",
            "LINEAR, linearConfiguration: { stepPercent: 100.0, stepBakeTimeInMinutes: 0 }",
            "CANARY, canaryConfiguration: { canaryPercent: 0.1, canaryBakeTimeInMinutes: 0 }",
            "CANARY, canaryConfiguration: { canaryPercent: 50.0, canaryBakeTimeInMinutes: 3 }",
        ]);
        let bake = dice.pick(&[0, 0, 1, 7]);
        let hooks = dice.pick(&[
            "",
            "",
            ", lifecycleHooks: [{ hookTargetArn: test, lifecycleStages: [PRE_SCALE_UP, \
             PRODUCTION_TRAFFIC_SHIFT] }]",
            ", lifecycleHooks: [{ targetType: PAUSE, lifecycleStages: [POST_SCALE_UP], \
             timeoutConfiguration: { timeoutInMinutes: 2 } }]",
        ]);
        format!(", strategy: {strategy}, bakeTimeInMinutes: {bake}{hooks}")
    }

    /// A Network Load Balancer beside the other one, in some scenarios.
    fn balancers(&mut self) {
        let mut dice = self.dice_of("balancers");
        self.has_network = dice.percent(20);
        if !self.has_network {
            return;
        }
        let idle = dice.pick(&[
            "",
            ", attributes: { idle_timeout.timeout_seconds: 1 }",
            ", attributes: { idle_timeout.timeout_seconds: 4000 }",
        ]);
        let crosses = dice.pick(&[
            "",
            ", attributes: { load_balancing.cross_zone.enabled: true }",
        ]);
        for line in [
            format!("- {{ LoadBalancerName: alb, Scheme: internal{idle} }}"),
            format!("- {{ LoadBalancerName: nlb, Type: network{crosses} }}"),
        ] {
            self.draft.add("aws.loadBalancers", line);
        }
    }

    /// Whether a service's target group is the Network Load Balancer's.
    pub(super) fn is_network(&self, name: &str) -> bool {
        let begin = format!("- {{ TargetGroupName: {name}, LoadBalancerArns: [nlb]");
        let groups = self.draft.lines("aws.targetGroups");
        groups.iter().any(|line| line.starts_with(&begin))
    }

    /// What a target group says of the balancer before it, if there are two of them.
    fn balancer_of(&self, protocol: Option<&str>) -> String {
        match protocol {
            Some(protocol) => format!(", LoadBalancerArns: [nlb], Protocol: {protocol}"),
            None if self.has_network => ", LoadBalancerArns: [alb]".to_owned(),
            None => String::new(),
        }
    }

    pub(super) fn target_group(&mut self, name: &str) {
        let dice = &mut self.dice;
        let routing = dice.pick(&["round_robin", "least_outstanding_requests"]);
        let delay = dice.pick(&[0, 1, 60, 300, 3_600]);
        let interval = dice.pick(&[5, 30, 300]);
        let more = self.balancing(routing);
        let mut dice = self.dice_of(&format!("group {name}"));
        let is_network = self.has_network && dice.percent(50);
        let protocol = is_network.then(|| dice.pick(&["TCP", "TCP", "TLS", "UDP"]));
        let balancer = self.balancer_of(protocol);
        let of_http = match is_network {
            true => dice.pick(&["", ", stickiness.enabled: true"]).to_owned(),
            false => format!(", load_balancing.algorithm.type: {routing}{more}"),
        };
        let line = format!(
            "- {{ TargetGroupName: {name}{balancer}, HealthCheckIntervalSeconds: {interval}, \
             HealthCheckTimeoutSeconds: 2, \
             attributes: {{ deregistration_delay.timeout_seconds: {delay}{of_http} }} }}"
        );
        self.draft.add("aws.targetGroups", line);
    }

    /// The target group that a service's traffic is shifted to.
    pub(super) fn second_group(&mut self, name: &str) {
        let protocol = self.is_network(name).then_some("TCP");
        let balancer = self.balancer_of(protocol);
        let line = format!("- {{ TargetGroupName: {name}-two{balancer} }}");
        self.draft.add("aws.targetGroups", line);
    }

    /// A service's further target group, which looks at its tasks otherwise; its part of
    /// `loadBalancers`.
    fn one_more_group(&mut self, name: &str) -> String {
        let protocol = self.is_network(name).then_some("TCP");
        let balancer = self.balancer_of(protocol);
        let checks = self.dice_of(&format!("checks of {name}")).pick(&[
            "",
            ", HealthCheckIntervalSeconds: 15, UnhealthyThresholdCount: 3",
            ", HealthCheckIntervalSeconds: 60, UnhealthyThresholdCount: 2",
        ]);
        let line = format!("- {{ TargetGroupName: {name}-also{balancer}{checks} }}");
        self.draft.add("aws.targetGroups", line);
        format!(", {{ targetGroupArn: {name}-also, containerName: app, containerPort: 80 }}")
    }

    /// What makes a balancer send more to one task than to another.
    fn balancing(&mut self, routing: &str) -> String {
        let dice = &mut self.load_dice;
        let mut more = String::new();
        if dice.percent(25) {
            more += ", stickiness.enabled: true";
        }
        let slow = dice.pick(&["", "", ", slow_start.duration_seconds: 30"]);
        if routing == "round_robin" {
            more += slow;
        }
        let apart = dice.pick(&["", "", "", ", load_balancing.cross_zone.enabled: false"]);
        if !more.contains("stickiness") {
            more += apart;
        }
        more
    }

    pub(super) fn a_family(&mut self) -> String {
        let index = self.dice.between(0, self.families.len() as u64 - 1) as usize;
        let family = self.families[index].clone();
        match self.dice.percent(20) {
            true => format!("\"{family}:1\""),
            false => family,
        }
    }

    /// A strategy, or the launch type.
    pub(super) fn strategy(&mut self) -> String {
        if self.dice.percent(20) {
            return "launchType: FARGATE".to_owned();
        }
        format!("capacityProviderStrategy: {}", self.items())
    }

    fn items(&mut self) -> String {
        let dice = &mut self.dice;
        let base = dice.pick(&["", "", ", base: 1", ", base: 3", ", base: 100000"]);
        let weight = dice.pick(&[1, 1, 2, 3, 1_000]);
        if !self.has_spot {
            return format!("[{{ capacityProvider: FARGATE, weight: {weight}{base} }}]");
        }
        let (mut first, mut second) = ("FARGATE", "FARGATE_SPOT");
        if dice.percent(50) {
            (first, second) = (second, first);
        }
        if dice.percent(30) {
            return format!("[{{ capacityProvider: {first}, weight: {weight}{base} }}]");
        }
        let other = dice.pick(&[0, 0, 1, 2, 5]);
        format!(
            "[{{ capacityProvider: {first}, weight: {weight} }}, {{ capacityProvider: {second}, \
             weight: {other}{base} }}]"
        )
    }

    pub(super) fn network(&mut self) -> String {
        if !self.dice.percent(30) {
            return String::new();
        }
        let subnet = match self.subnets.as_slice() {
            [] => "somewhere".to_owned(),
            known => known[self.dice.between(0, known.len() as u64 - 1) as usize].clone(),
        };
        let public = self.dice.pick(&["ENABLED", "DISABLED"]);
        format!(
            ", networkConfiguration: {{ awsvpcConfiguration: {{ subnets: [{subnet}], \
             assignPublicIp: {public} }} }}"
        )
    }

    fn programs(&mut self) {
        for at in 0..self.dice.pick(&[0, 0, 0, 1, 1, 2]) {
            let name = format!("jobs{at}");
            let family = self.a_family();
            let (count, strategy) = (self.dice.pick(&[1, 1, 1, 2, 10]), self.strategy());
            let network = self.network();
            let line = format!(
                "- {{ name: {name}, taskDefinition: {family}, count: {count}, \
                 {strategy}{network} }}"
            );
            self.draft.add("aws.runTasks", line);
            self.programs.push(name);
        }
    }

    fn scaling(&mut self) {
        for at in 0..self.services.len() {
            if !self.dice.percent(50) {
                continue;
            }
            let facts = self.services[at].clone();
            let name = facts.name.clone();
            let suspended = self.alarmed(&facts);
            let custom = metrics::policy(self, &facts);
            let counts = facts.has_group
                && !facts.is_network
                && !facts.has_several
                && facts.by != By::CodeDeploy;
            let dice = &mut self.dice;
            let min = dice.pick(&[0, 0, 1, 2, 5]);
            let max = min + dice.pick(&[0, 0, 1, 3, 30]);
            let resource = format!("ResourceId: service/default/{name}");
            let line =
                format!("- {{ {resource}, MinCapacity: {min}, MaxCapacity: {max}{suspended} }}");
            self.draft.add("aws.scalableTargets", line);
            if self.shift_dice.percent(25) {
                let (mode, buffer, behind) = (
                    self.shift_dice.pick(&["ForecastOnly", "ForecastAndScale"]),
                    self.shift_dice.pick(&[0, 300, 3_599]),
                    self.shift_dice.pick(&[
                        "",
                        ", MaxCapacityBreachBehavior: IncreaseMaxCapacity, MaxCapacityBuffer: 10",
                    ]),
                );
                let line = format!(
                    "- {{ {resource}, PolicyName: hours, PolicyType: PredictiveScaling, \
                     PredictiveScalingPolicyConfiguration: {{ Mode: {mode}, SchedulingBufferTime: \
                     {buffer}{behind}, MetricSpecifications: [{{ TargetValue: 50, \
                     PredefinedMetricPairSpecification: {{ PredefinedMetricType: \
                     ECSServiceCPUUtilization }} }}] }} }}"
                );
                self.draft.add("aws.scalingPolicies", line);
            }
            if let Some(line) = custom {
                self.draft.add("aws.scalingPolicies", line);
            }
            for policy in 0..dice.pick(&[0, 1, 1, 1, 2, 3]) {
                let metrics = [
                    "ECSServiceAverageCPUUtilization",
                    "ECSServiceAverageMemoryUtilization",
                    "ALBRequestCountPerTarget",
                ];
                let metric = dice.pick(&metrics[..2 + usize::from(counts)]);
                let metric = match metric.trim_start_matches("ECSServiceAverage") {
                    name if facts.fine.contains(&name) => format!("{metric}HighResolution"),
                    _ => metric.to_owned(),
                };
                let target = dice.pick(&["0.000001", "1", "40", "70", "100", "1000000000"]);
                let mut line = format!(
                    "- {{ {resource}, PolicyName: p{policy}, PolicyType: TargetTrackingScaling, \
                     TargetTrackingScalingPolicyConfiguration: {{ TargetValue: {target}, \
                     PredefinedMetricSpecification: {{ PredefinedMetricType: {metric} }}"
                );
                for cooldown in ["ScaleOutCooldown", "ScaleInCooldown"] {
                    if dice.percent(50) {
                        let seconds = dice.pick(&[0, 0, 1, 60, 3_600]);
                        line += &format!(", {cooldown}: {seconds}");
                    }
                }
                line += dice.pick(&["", "", "", ", DisableScaleIn: true"]);
                self.draft.add("aws.scalingPolicies", line + " } }");
            }
        }
    }

    /// A moment of the run, or the same few ones again and again.
    pub(super) fn moment(&mut self) -> String {
        let within = self.dice.between(0, self.seconds);
        match self.dice.between(0, 4) {
            0 => "0s".to_owned(),
            1 => "60s".to_owned(),
            2 => "300s".to_owned(),
            3 => format!("{within}s"),
            _ => format!("{within}s {}us", self.dice.between(0, 999_999)),
        }
    }

    fn timeline(&mut self) {
        for _ in 0..self.dice.pick(&[0, 0, 1, 2, 4, 9]) {
            let when = match self.dice.percent(20) && self.seconds <= 6 * 3_600 {
                true => format!("every: {}", self.dice.pick(&["1m", "61s", "1h"])),
                false => format!("at: {}", self.moment()),
            };
            if self.dice.percent(15) {
                let what = self.disaster();
                self.draft
                    .add("timeline", format!("- {{ {when}, {what} }}"));
                continue;
            }
            let is_call = self.services.is_empty() || self.dice.percent(20);
            let what = match is_call {
                true if self.programs.is_empty() => {
                    let (family, strategy) = (self.a_family(), self.strategy());
                    let count = self.dice.pick(&[1, 3, 25]);
                    format!("run: {{ taskDefinition: {family}, count: {count}, {strategy} }}")
                }
                true => {
                    let source = self.programs[0].clone();
                    format!("run: {{ source: {source}, count: 2 }}")
                }
                false => self.update(),
            };
            self.draft
                .add("timeline", format!("- {{ {when}, {what} }}"));
        }
    }

    fn update(&mut self) -> String {
        let at = self.dice.between(0, self.services.len() as u64 - 1) as usize;
        let facts = self.services[at].clone();
        let mut fields = format!("service: {}", facts.name);
        if self.dice.percent(50) || facts.by == By::TaskSets {
            let desired = self.dice.pick(&[0, 0, 1, 2, 7, 30]);
            fields += &format!(", desiredCount: {desired}");
        }
        if facts.by == By::TaskSets {
            return format!("update: {{ {fields} }}");
        }
        if self.dice.percent(30) {
            let family = match facts.own_family {
                Some(family) => family.to_owned(),
                None => self.a_family(),
            };
            fields += &format!(", taskDefinition: {family}");
        }
        if self.dice.percent(30) && facts.moves {
            fields += &format!(", capacityProviderStrategy: {}", self.items());
        }
        let kind = self.dice.pick(&["deploy", "update"]);
        fields += self.dice.pick(&["", "", ", forceNewDeployment: true"]);
        // UpdateService starts no deployment of CodeDeploy's.
        let kind = match facts.by == By::CodeDeploy {
            true => "deploy",
            false => kind,
        };
        format!("{kind}: {{ {fields} }}")
    }

    fn objectives(&mut self) {
        let kinds = [
            ("TargetResponseTime", "below: 100ms"),
            ("CPUUtilization", "below: 70 %"),
            ("MemoryUtilization", "above: 0 %"),
            ("FailedRequests", "below: 0.1 %"),
            ("RunningTaskCount", "above: 0"),
            ("LaunchDelay", "below: 1m"),
            ("Interruptions", "below: 1"),
            ("Cost", "below: 1 USD"),
        ];
        for _ in 0..self.dice.pick(&[0, 0, 1, 3]) {
            let (metric, bound) = self.dice.pick(&kinds);
            let mut line = format!("- {{ metric: {metric}, {bound}");
            if metric != "Cost" {
                let stat =
                    self.dice
                        .pick(&["", ", stat: p99", ", stat: Maximum", ", stat: Minimum"]);
                let minutes =
                    self.dice
                        .pick(&["", ", in: 99 % of minutes", ", in: 100 % of minutes"]);
                line += match metric {
                    // One number of a run.
                    "FailedRequests" | "Interruptions" => "",
                    // No percentile of a count.
                    "RunningTaskCount" if stat.ends_with("p99") => "",
                    _ => stat,
                };
                if !["LaunchDelay", "Interruptions"].contains(&metric) {
                    line += minutes;
                }
                if let Some(service) = self.services.first()
                    && self.dice.percent(50)
                {
                    line += &format!(", service: {}", service.name);
                }
            }
            self.draft.add("objectives", line + " }");
        }
    }
}
