use std::collections::BTreeSet;
use std::path::Path as FilePath;

use super::place::effect;
use super::*;
use crate::catalog::fields;
use crate::scenario::defaults::{TABLE, neutral};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::node::{self, Node, Value};
use crate::scenario::path::{assign, join};
use crate::scenario::schema::aws_reads;
use crate::scenario::schema::examples::{self, example};
use crate::scenario::schema::table::{BESIDE_AWS, BLOCKS, Kind};
use crate::scenario::schema::tests::{EVERYTHING, PLACES};
use crate::scenario::source::Sources;
use crate::scenario::{Failure, LoadOptions, Loaded, load, load_tree};

/// Blocks that [`EVERYTHING`] has not, and where they would stand.
const FURTHER_PLACES: [(&str, &str); 13] = [
    ("call", "world.work.web.calls[0]"),
    ("priceChange", "timeline[6].priceChange"),
    ("priceChangeAt", "world.prices.changes[0]"),
    ("spotTrace", "world.spot.EC2.trace"),
    ("timelineOutage", "timeline"),
    ("trace", "world.demand.web.rate.trace"),
    ("latencies", "world.latencies"),
    ("instances", "world.instances"),
    ("settings", "aws.account.settings"),
    ("prices", "world.prices"),
    ("discount", "world.prices.discount"),
    ("attributes", "aws.targetGroups"),
    ("balancerAttributes", "aws.loadBalancers"),
];
/// Blocks whose example is all of them: their fields exclude or need one another.
const WHOLE: [&str; 34] = [
    "timelineStop",
    "timelineTaskSet",
    "timelinePrimaryTaskSet",
    "timelineDeleteTaskSet",
    "sizeRule",
    "priceChange",
    "priceChangeAt",
    "commitment",
    "spotTrace",
    "spotPrices",
    "rate",
    "trace",
    "daily",
    "step",
    "ramp",
    "spike",
    "noise",
    "arrivals",
    "law",
    "cpuFrom",
    "waitFrom",
    "timelineEntry",
    "timelineCapacity",
    "timelineRefresh",
    "timelineOutage",
    "timelineDrought",
    "timelineDrain",
    "timelineDisconnect",
    "runSource",
    "objective",
    "sweepParameter",
    "sweepRange",
    "sweepReplications",
    "sweepUntil",
];
/// Fields that draw in files, which only a file can do.
const OF_FILES: [(&str, &str); 2] = [("scenario", "extends"), ("aws", "include")];

/// A tree with some paths set on it.
struct Scenario {
    tree: Node,
    sources: Sources,
    base: tempfile::TempDir,
}

impl Scenario {
    fn new(text: &str) -> Self {
        let mut sources = Sources::new();
        let mut diagnostics = Diagnostics::new();
        let file = sources.add("a.yaml", text);
        let tree = node::parse(&sources, file, &mut diagnostics).expect("the text is YAML");
        let base = tempfile::tempdir().unwrap();
        let traces = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/traces");
        std::fs::create_dir(base.path().join("traces")).unwrap();
        for entry in std::fs::read_dir(traces).unwrap() {
            let from = entry.unwrap().path();
            let to = base.path().join("traces").join(from.file_name().unwrap());
            std::fs::copy(from, to).unwrap();
        }
        let jobs = "time,vcpus,ram\n2026-01-01T00:00:00Z,0.25,1\n";
        std::fs::write(base.path().join("jobs.csv"), jobs).unwrap();
        let load = "second,value\n0,10\n60,20\n3600,10\n";
        std::fs::write(base.path().join("load.csv"), load).unwrap();
        Scenario {
            tree,
            sources,
            base,
        }
    }

    fn set(&mut self, path: &str, value: &str) {
        let assignment = format!("{path}={value}");
        let mut diagnostics = Diagnostics::new();
        let done = assign(
            &mut self.tree,
            &mut self.sources,
            &assignment,
            &mut diagnostics,
        );
        assert!(done, "{assignment}: {:?}", diagnostics.items());
    }

    fn load(&self) -> Result<Loaded, Failure> {
        let options = LoadOptions {
            base: self.base.path().to_path_buf(),
            ..LoadOptions::default()
        };
        load_tree(&self.tree, &self.sources, "a", &options)
    }

    fn loaded(&self, what: &str) -> Loaded {
        match self.load() {
            Ok(loaded) => loaded,
            Err(failure) => {
                panic!(
                    "{what}:\n{}",
                    failure.diagnostics.render(&failure.sources, false)
                )
            }
        }
    }
}

/// The keys and values of an example.
fn parts(example: &str) -> Vec<(String, String)> {
    let mut sources = Sources::new();
    let mut diagnostics = Diagnostics::new();
    let file = sources.add("example", format!("{{ {example} }}"));
    let tree = node::parse(&sources, file, &mut diagnostics);
    assert!(
        diagnostics.items().is_empty(),
        "{example}: {:?}",
        diagnostics.items()
    );
    let Some(Value::Mapping(entries)) = tree.map(|tree| tree.value) else {
        panic!("{example}: no fields of a block");
    };
    let part = |(key, node): &(node::Key, Node)| (key.text.clone(), node.to_json().to_string());
    entries.iter().map(part).collect()
}

#[test]
fn every_field_says_what_it_is_and_has_an_example() {
    for block in BLOCKS {
        let built = block.fields.iter().filter(|row| row.kind != Kind::Later);
        for row in built {
            let name = format!("{}.{}", block.name, row.name);
            assert!(!row.doc.is_empty(), "{name} does not say what it is");
            let Some(example) = examples::example(block.name, row.name) else {
                panic!("{name} has no example");
            };
            let shows = example.contains(&format!("{}:", row.name));
            assert!(shows, "{name}: its example {example} does not show it");
        }
    }
    for (block, field, _) in examples::rows() {
        let known = super::place::block(block).expect(block);
        let is_there = known.fields.iter().any(|row| row.name == field);
        assert!(is_there, "{block}.{field} has an example and is no field");
    }
}

/// A scenario in which an example stands where its block does.
fn with_example(block: &str, field: &str, example: &str) -> Scenario {
    let mut places = PLACES.iter().chain(&FURTHER_PLACES);
    let place = places.find(|(name, _)| *name == block).expect(block).1;
    let mut scenario = Scenario::new(EVERYTHING);
    if block == "container" || (block, field) == ("work", "containers") {
        let containers = "[{ name: web }, { name: init, essential: false }]";
        scenario.set("aws.taskDefinitions.web.containerDefinitions", containers);
    }
    let place = place.replace("containers.web", "containers.init");
    let place = place.as_str();
    if block == "sweep" {
        // A search has no design.
        scenario.set("optimize", "{ minimize: cost_run_usd }");
    }
    if ["aws", "scenario"].contains(&block) {
        // Which groups there are is the example's.
        scenario.set("timeline", "[{ at: 1m, run: { source: job, count: 1 } }]");
    }
    match block {
        "trace" => scenario.set(
            "world.demand.web.rate",
            &format!("{{ trace: {{ {example} }} }}"),
        ),
        "discount" => scenario.set("world.prices", &format!("{{ discount: {{ {example} }} }}")),
        "attributes" => {
            let group = format!("[{{ TargetGroupName: web, attributes: {{ {example} }} }}]");
            scenario.set(place, &group);
        }
        "balancerAttributes" => {
            let is_network = field.starts_with("load_balancing");
            let kind = if is_network { "network" } else { "application" };
            let balancer =
                format!("[{{ LoadBalancerName: web, Type: {kind}, attributes: {{ {example} }} }}]");
            scenario.set(place, &balancer);
        }
        "demand" if field == "queue" => {
            scenario.set("aws.queues", "[{ QueueName: jobs }]");
            scenario.set("world.demand.web", &format!("{{ {example} }}"));
        }
        "demand" if field == "targetGroups" => {
            let service = "{ serviceName: web, taskDefinition: web, launchType: FARGATE, \
                           loadBalancers: [{ targetGroupArn: web, containerName: web }] }";
            scenario.set("aws.targetGroups", "[{ TargetGroupName: web }]");
            scenario.set("aws.services", &format!("[{service}]"));
            scenario.set("timeline", "[]");
            scenario.set("world.demand.web", &format!("{{ {example} }}"));
        }
        "demand" if field == "after" => {
            let program = |name: &str| {
                format!("{{ name: {name}, taskDefinition: web, launchType: FARGATE }}")
            };
            let both = [program("job"), program("load")].join(", ");
            scenario.set("aws.runTasks", &format!("[{both}]"));
            scenario.set("world.demand.load", &format!("{{ {example} }}"));
        }
        "demand" if example.starts_with("arrivals") => {
            scenario.set("world.demand.job", &format!("{{ {example} }}"));
        }
        "call" | "work" if block == "call" || field == "calls" => {
            let service = |name: &str, more: &str| {
                format!("{{ serviceName: {name}, taskDefinition: web, launchType: FARGATE{more} }}")
            };
            let connected = ", serviceConnectConfiguration: { enabled: true }";
            let both = [service("web", ""), service("stock", connected)].join(", ");
            scenario.set("aws.services", &format!("[{both}]"));
            scenario.set("timeline", "[]");
            let called = "[{ service: stock, perRequest: 0.5 }]";
            scenario.set("world.work.web.calls", called);
            for (key, value) in parts(example) {
                scenario.set(&join(place, &key), &value);
            }
        }
        "scenario" if ["run", "aws", "world"].contains(&field) => {
            let (_, inside) = example.split_once(": {").expect("a block");
            for (key, value) in parts(inside.trim_end_matches('}')) {
                scenario.set(&join(field, &key), &value);
            }
        }
        "timelineOutage" => {
            // Which zones there are is the region's.
            scenario.set(
                "timeline",
                &format!("[{{ at: 1m, outage: {{ {example} }} }}]"),
            );
        }
        _ if WHOLE.contains(&block) => scenario.set(place, &format!("{{ {example} }}")),
        _ => {
            for (key, value) in parts(example) {
                scenario.set(&join(place, &key), &value);
            }
        }
    }
    scenario
}

#[test]
fn every_example_is_accepted() {
    for (block, field, example) in examples::rows() {
        if OF_FILES.contains(&(block, field)) {
            continue;
        }
        let scenario = with_example(block, field, example);
        scenario.loaded(&format!("{block}.{field}: {example}"));
    }
}

/// The least and the most that a field of whole numbers holds.
fn bounds(kind: Kind) -> Option<(u64, u64)> {
    match kind {
        Kind::Integer { min, max } => Some((min, max)),
        Kind::Or(first, second) => bounds(*first).or_else(|| bounds(*second)),
        _ => None,
    }
}

#[test]
fn whole_numbers_are_accepted_as_far_as_the_reference_says_and_no_further() {
    let mut fields = 0;
    for block in BLOCKS {
        for row in block.fields {
            let Some((min, max)) = bounds(row.kind) else {
                continue;
            };
            // A second name of a quota, read where the first is not there.
            if row.doc.starts_with("the same as") {
                continue;
            }
            fields += 1;
            let mut example = parts(examples::example(block.name, row.name).unwrap());
            let at = example.iter().position(|(key, _)| key == row.name).unwrap();
            let mut refusals = |number: u64| {
                example[at].1 = number.to_string();
                let text = example.iter().map(|(key, value)| format!("{key}: {value}"));
                let text = text.collect::<Vec<_>>().join(", ");
                match with_example(block.name, row.name, &text).load() {
                    Ok(_) => String::new(),
                    Err(failure) => failure.diagnostics.render(&failure.sources, false),
                }
            };
            let name = format!("{}.{}", block.name, row.name);
            for inside in [min, max] {
                let said = refusals(inside);
                assert!(said.is_empty(), "{name}: {inside} is refused:\n{said}");
            }
            for outside in [min.checked_sub(1), max.checked_add(1)]
                .into_iter()
                .flatten()
            {
                let said = refusals(outside);
                assert!(
                    said.contains(row.name),
                    "{name}: {outside} is accepted: {said}"
                );
            }
        }
    }
    assert!(10 < fields, "only {fields} fields");
}

#[test]
fn the_examples_that_draw_in_files_are_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let service = "{ \"services\": [{ \"serviceName\": \"web\", \"taskDefinition\": \"web\", \
                   \"launchType\": \"FARGATE\" }] }";
    write("service.json", service);
    let includes = example("aws", "include").unwrap();
    let definition = "taskDefinitions: [{ family: web, cpu: 256, memory: 512 }]";
    let base =
        format!("fleetcast: 1\nrun: {{ duration: 1h }}\naws: {{ {definition}, {includes} }}\n");
    write("base.yaml", &base);
    write("variant.yaml", example("scenario", "extends").unwrap());
    let load = |name: &str| {
        load(
            &FilePath::new(folder.path()).join(name),
            &LoadOptions::default(),
        )
    };
    for name in ["base.yaml", "variant.yaml"] {
        match load(name) {
            Ok(loaded) => assert_eq!(loaded.plan.services.len(), 1),
            Err(failure) => {
                panic!(
                    "{name}: {}",
                    failure.diagnostics.render(&failure.sources, false)
                )
            }
        }
    }
}

/// Everything that has defaults, and none of them set.
const BARE: &str = "\
fleetcast: 1
run: { duration: 1h }
record: {}
aws:
  account: { quotas: {}, settings: {} }
  cluster: {}
  launchTemplates:
    - { LaunchTemplateName: web, LaunchTemplateData: { InstanceType: m6i.large, BlockDeviceMappings: [{ Ebs: {} }] }, ecsConfig: {} }
    - { LaunchTemplateName: asked, LaunchTemplateData: { InstanceRequirements: { VCpuCount: { Min: 2, Max: 4 }, MemoryMiB: { Min: 4096 } } } }
  autoScalingGroups:
    - { AutoScalingGroupName: web, MinSize: 1, MaxSize: 9, LaunchTemplate: { LaunchTemplateName: web }, WarmPoolConfiguration: {} }
    - AutoScalingGroupName: mixed
      MinSize: 1
      MaxSize: 9
      MixedInstancesPolicy:
        LaunchTemplate:
          LaunchTemplateSpecification: { LaunchTemplateName: web }
          Overrides: [{ InstanceRequirements: { VCpuCount: { Min: 2, Max: 4 }, MemoryMiB: { Min: 4096 } } }]
        InstancesDistribution: {}
  externalInstances:
    - { name: rack, registeredResources: [{ name: CPU, integerValue: 2048 }, { name: MEMORY, integerValue: 4096 }] }
  scheduledUpdateGroupActions:
    - { ScheduledActionName: web, AutoScalingGroupName: web, Recurrence: \"0 7 * * *\", MinSize: 1 }
  capacityProviders:
    - { name: web, autoScalingGroupProvider: { autoScalingGroupArn: web, managedScaling: {} } }
    - { name: mixed, autoScalingGroupProvider: { autoScalingGroupArn: mixed } }
    - { name: managed, managedInstancesProvider: { instanceLaunchTemplate: { storageConfiguration: {} } } }
    - name: chosen
      managedInstancesProvider:
        instanceLaunchTemplate: { instanceRequirements: { vCpuCount: { min: 2, max: 4 }, memoryMiB: { min: 4096 } } }
  taskDefinitions:
    - { family: web, cpu: 256, memory: 512, runtimePlatform: {}, containerDefinitions: [{ name: web }] }
    - { family: job, cpu: 256, memory: 512, containerDefinitions: [{ name: job }] }
  queues: [{ QueueName: web, Attributes: {} }]
  loadBalancers: [{ LoadBalancerName: web, attributes: {} }]
  targetGroups: [{ TargetGroupName: web, attributes: {} }]
  services:
    - serviceName: web
      taskDefinition: web
      launchType: FARGATE
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true } }
      networkConfiguration: { awsvpcConfiguration: {} }
      loadBalancers: [{ targetGroupArn: web, containerName: web }]
  runTasks: [{ name: job, taskDefinition: job, launchType: FARGATE }]
  schedules:
    - Name: nightly
      ScheduleExpression: rate(10 minutes)
      FlexibleTimeWindow: { Mode: \"OFF\" }
      Target: { RetryPolicy: {}, EcsParameters: { TaskDefinitionArn: job, LaunchType: FARGATE } }
  rules: [{ Name: hourly, ScheduleExpression: rate(10 minutes) }]
  ruleTargets: [{ Rule: hourly, Targets: [{ Id: one, RetryPolicy: {}, EcsParameters: { TaskDefinitionArn: job, LaunchType: FARGATE } }] }]
  scalableTargets: [{ ResourceId: service/default/web, MinCapacity: 1, MaxCapacity: 9 }]
  scalingPolicies:
    - ResourceId: service/default/web
      PolicyName: cpu
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration:
        TargetValue: 45
        PredefinedMetricSpecification: { PredefinedMetricType: ECSServiceAverageCPUUtilization }
    - ResourceId: service/default/web
      PolicyName: steps
      PolicyType: StepScaling
      StepScalingPolicyConfiguration: { AdjustmentType: ChangeInCapacity, StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 2 }] }
    - ResourceId: service/default/web
      PolicyName: hours
      PolicyType: PredictiveScaling
      PredictiveScalingPolicyConfiguration: { MetricSpecifications: [{ TargetValue: 60, PredefinedMetricPairSpecification: { PredefinedMetricType: ECSServiceCPUUtilization } }] }
  scheduledActions:
    - { ScheduledActionName: web, ResourceId: service/default/web, Schedule: rate(10 minutes), ScalableTargetAction: { MinCapacity: 2 } }
  alarms:
    - AlarmName: web
      Namespace: AWS/ECS
      MetricName: CPUUtilization
      Dimensions: [{ Name: ServiceName, Value: web }]
      Statistic: Average
      Period: 60
      EvaluationPeriods: 3
      Threshold: 60
      ComparisonOperator: GreaterThanThreshold
      AlarmActions: [steps]
world:
  demand: { web: { rate: 2/s, retries: {}, bytes: {}, sessions: {} }, job: { arrivals: { rate: 60/h }, retries: {} } }
  work: { web: { memory: {}, logs: {}, crashes: {}, health: {}, onInterruption: {} }, job: { duration: 2min } }
  latencies: { default: { pull: {} }, FARGATE: { pull: {} }, EC2: { pull: {} } }
  instances: { default: { launch: {}, waitForCapacity: {}, managedScaling: {}, managedInstances: {} } }
  spot: { default: {}, EC2: {} }
timeline: [{ at: 1m, run: { source: job } }]
objectives: [{ metric: Cost, below: 3 USD }]
sweep: { parameters: { a: { path: run.seed, values: [1] } } }
optimize: {}
whatIf: { repacking: {} }
";

/// Defaults that are words about what is taken, and no value that could stand in a scenario.
const WORDS: [&str; 37] = [
    "name",
    "aws.subnets",
    "aws.taskDefinitions.*.containerDefinitions",
    "aws.services.*.networkConfiguration.awsvpcConfiguration.subnets",
    "aws.services.*.deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration",
    "aws.loadBalancers",
    "aws.taskDefinitions.*.ephemeralStorage.sizeInGiB",
    "world.demand.*.concurrency",
    "world.demand.*.rate.unit",
    "world.demand.*.rate.metric",
    "world.demand.*.rate.period",
    "world.demand.*.rate.time",
    "world.demand.*.rate.timeUnit",
    "world.demand.*.rate.value",
    "world.demand.*.rate.resample",
    "world.demand.*.rate.from",
    "world.demand.*.rate.to",
    "world.demand.*.arrivals.time",
    "world.demand.*.arrivals.timeUnit",
    "world.demand.*.arrivals.work",
    "world.demand.*.arrivals.cpu",
    "world.demand.*.arrivals.memory",
    "world.work.*.cpu.from.taskCpu",
    "world.work.*.wait.from.taskCpu",
    "world.work.*.duration",
    "world.work.*.crashes.mttf",
    "world.work.*.crashes.after",
    "world.latencies.default.bake",
    "world.work.*.onInterruption.checkpointEvery",
    "world.spot.*.frequency",
    "world.spot.*.interruptionsPerSlotMonth",
    "world.spot.*.lifetime",
    "world.spot.*.reclaimAll",
    "world.spot.*.advanced",
    "world.prices",
    "timeline.*.run.count",
    "objectives.*.service",
];
/// Further words.
const MORE_WORDS: [&str; 24] = [
    "aws.roles",
    "aws.account.quotas.runTaskCallRate",
    "aws.capacityProviders.*.managedInstancesProvider.instanceLaunchTemplate.\
     networkConfiguration",
    "aws.capacityProviders.*.managedInstancesProvider.instanceLaunchTemplate.\
     instanceRequirements",
    "aws.externalInstances.*.attributes",
    "world.instances.types.*.registeredMemory",
    "world.instances.types.*.trunkedTasks",
    "world.instances.types.*.spotPrice",
    "world.work.*.queue",
    "objectives.*.stat",
    "objectives.*.in",
    "sweep.baseline",
    "aws.cluster.capacityProviders",
    "aws.taskDefinitions.*.runtimePlatform.cpuArchitecture",
    "aws.autoScalingGroups.*.DesiredCapacity",
    "aws.autoScalingGroups.*.WarmPoolConfiguration.MaxGroupPreparedCapacity",
    "aws.autoScalingGroups.*.VPCZoneIdentifier",
    "aws.autoScalingGroups.*.MixedInstancesPolicy.InstancesDistribution.OnDemandAllocationStrategy",
    "aws.capacityProviders.*.autoScalingGroupProvider.managedScaling",
    "aws.taskDefinitions.*.networkMode",
    "aws.services.*.placementStrategy",
    "aws.runTasks.*.placementStrategy",
    "world.spot.EC2.frequency",
    "world.spot.EC2.lifetime",
];

/// What has to stand around a field for its default to be one, and where it stands then.
fn around(scenario: &mut Scenario, path: &str) -> String {
    let rate = "world.demand.web.rate";
    if path.contains(".rate.daily.") {
        scenario.set(rate, "{ daily: { low: 1/s, high: 2/s, peak: \"14:00\" } }");
    } else if path.contains(".rate.step.") {
        scenario.set(rate, "{ step: { at: 1m, to: 2/s } }");
    } else if path.contains(".rate.ramp.") {
        scenario.set(rate, "{ ramp: { at: 1m, over: 1m, to: 2/s } }");
    } else if path.contains(".rate.") {
        let trace = "{ trace: traces/elb-requests-5min.csv, unit: requests/5min }";
        scenario.set(rate, trace);
    }
    if path.ends_with("cross_zone.enabled") {
        scenario.set("aws.loadBalancers.web.Type", "network");
        scenario.set("aws.targetGroups.web.Protocol", "TCP");
    }
    if path.ends_with("health.errors") {
        scenario.set("world.work.web.health.fails", "1 %");
    }
    if path.contains(".sessions.") {
        scenario.set(
            "aws.targetGroups.web.attributes[stickiness.enabled]",
            "true",
        );
    }
    if path.starts_with("world.spot.EC2.prices") {
        scenario.set("world.spot.EC2.prices", "{ process: meanReverting }");
    }
    if path.starts_with("world.instances.types") {
        let said = "{ own.large: { vcpus: 2, memory: 8GiB, price: 1 USD } }";
        scenario.set("world.instances.types", said);
        let template = "aws.launchTemplates.web.LaunchTemplateData.InstanceType";
        scenario.set(template, "own.large");
    }
    let of_program = ["arrivals", "onInterruption", "providerChoice"];
    let who = match of_program.iter().any(|field| path.contains(field)) {
        true => "job",
        false => "web",
    };
    if path.contains(".arrivals.") && !path.ends_with("process") {
        let trace = "{ trace: traces/batch-jobs.csv, time: submit_time_s, timeUnit: s }";
        scenario.set("world.demand.job.arrivals", trace);
    }
    if path.ends_with("exit.codes") {
        scenario.set("world.work.web.exit", "{ codes: { 0: 50 %, 1: 50 % } }");
    }
    if path.contains(".sidecars.") {
        scenario.set("world.work.web.sidecars", "{ web: {} }");
    }
    if path.contains(".calls.") {
        scenario.set("world.work.web", "{}");
        scenario.set("world.work.job.calls", "[{ service: web }]");
    }
    if path.contains(".containers.") {
        let waits = "dependsOn: [{ containerName: init, condition: SUCCESS }]";
        let both = format!("[{{ name: web, {waits} }}, {{ name: init, essential: false }}]");
        scenario.set("aws.taskDefinitions.web.containerDefinitions", &both);
    }
    if path.contains(".volumeConfigurations.") {
        let declared = "[{ name: data, configuredAtLaunch: true }]";
        scenario.set("aws.taskDefinitions.web.volumes", declared);
        let volume = "[{ name: data, managedEBSVolume: { sizeInGiB: 10, roleArn: ecs } }]";
        scenario.set("aws.services.web.volumeConfigurations", volume);
    }
    if path == "sweep.points" {
        scenario.set("sweep.design", "random");
    }
    if path == "sweep.warmUp.pilots" {
        scenario.set("sweep.warmUp", "{ method: mser5 }");
    }
    if path == "optimize.search.candidates" {
        scenario.set("optimize.search", "{}");
    }
    if path == "sweep.replications.atMost" {
        let until = "{ until: { measure: cost_run_usd, within: 5 % } }";
        scenario.set("sweep.replications", until);
    }
    if path.ends_with("growth.cv") {
        scenario.set("world.work.web.memory", "{ growth: { perHour: 1MiB } }");
    }
    let mut place = path.to_owned();
    for (from, to) in [
        ("work.*.calls.*", "work.job.calls[0]".to_owned()),
        (
            "autoScalingGroups.*.MixedInstancesPolicy",
            "autoScalingGroups.mixed.MixedInstancesPolicy".to_owned(),
        ),
        ("externalInstances.*", "externalInstances.rack".to_owned()),
        (
            "launchTemplates.*.LaunchTemplateData.InstanceRequirements",
            "launchTemplates.asked.LaunchTemplateData.InstanceRequirements".to_owned(),
        ),
        (
            "capacityProviders.*.managedInstancesProvider.instanceLaunchTemplate.\
             instanceRequirements.",
            "capacityProviders.chosen.managedInstancesProvider.instanceLaunchTemplate.\
             instanceRequirements."
                .to_owned(),
        ),
        (
            "capacityProviders.*.managedInstancesProvider",
            "capacityProviders.managed.managedInstancesProvider".to_owned(),
        ),
        ("Overrides.*", "Overrides[0]".to_owned()),
        ("BlockDeviceMappings.*", "BlockDeviceMappings[0]".to_owned()),
        (
            "world.instances.types.*",
            "world.instances.types[own.large]".to_owned(),
        ),
        ("world.instances.*", "world.instances.default".to_owned()),
        ("world.demand.*", format!("world.demand.{who}")),
        (
            "volumeConfigurations.*",
            "volumeConfigurations[0]".to_owned(),
        ),
        (
            "world.work.*.containers.*",
            "world.work.web.containers.init".to_owned(),
        ),
        ("world.work.*", "world.work.web".to_owned()),
        // What stands under default is for instances too, whose own defaults differ.
        ("world.latencies.*", "world.latencies.FARGATE".to_owned()),
        ("world.spot.*", "world.spot.default".to_owned()),
        (
            "scalingPolicies.*.Step",
            "scalingPolicies.steps.Step".to_owned(),
        ),
        (
            "scalingPolicies.*.Predictive",
            "scalingPolicies.hours.Predictive".to_owned(),
        ),
        ("scalingPolicies.*", {
            "scalingPolicies.cpu.TargetTrackingScalingPolicyConfiguration".to_owned()
        }),
        ("runTasks.*", "runTasks.job".to_owned()),
        ("aws.schedules.*", "aws.schedules.nightly".to_owned()),
        ("ruleTargets.*.Targets.*", {
            "ruleTargets[0].Targets[0]".to_owned()
        }),
        ("world.schedules.*", "world.schedules.default".to_owned()),
        ("objectives.*", "objectives[0]".to_owned()),
        ("attributes.deregistration_delay.timeout_seconds", {
            "attributes[deregistration_delay.timeout_seconds]".to_owned()
        }),
        ("attributes.load_balancing.algorithm.type", {
            "attributes[load_balancing.algorithm.type]".to_owned()
        }),
        ("attributes.load_balancing.cross_zone.enabled", {
            "attributes[load_balancing.cross_zone.enabled]".to_owned()
        }),
        ("attributes.idle_timeout.timeout_seconds", {
            "attributes[idle_timeout.timeout_seconds]".to_owned()
        }),
        ("*", "web".to_owned()),
    ] {
        place = place.replace(from, &to);
    }
    place
}

/// The value of a default as a scenario would write it at its place.
fn written(path: &str, value: &str) -> String {
    if path.ends_with("containerInsights") {
        return format!("[{{ name: containerInsights, value: {value} }}]");
    }
    if path == "aws.cluster.capacityProviders" {
        return format!("[{value}]");
    }
    if let Some((family, rest)) = value.split_once(", low ") {
        let (low, high) = rest.split_once(", high ").unwrap();
        return format!("{{ distribution: {family}, low: {low}, high: {high} }}");
    }
    if let Some((family, rest)) = value.split_once(", mean ") {
        let (mean, cv) = rest.split_once(", cv ").unwrap();
        return match family {
            "constant" => mean.to_owned(),
            family => format!("{{ distribution: {family}, mean: {mean}, cv: {cv} }}"),
        };
    }
    // AWS writes lengths of time as numbers of seconds.
    match value.strip_suffix('s').filter(|_| path.starts_with("aws.")) {
        Some(number) if number.parse::<u32>().is_ok() => number.to_owned(),
        _ => value.to_owned(),
    }
}

/// A plan's values, without the list of what was assumed and said.
fn values_of(mut loaded: Loaded) -> String {
    loaded.plan.assumptions.clear();
    loaded.plan.notes.clear();
    let sweep = loaded.sweep.as_mut();
    if let Some(optimize) = sweep.and_then(|sweep| sweep.optimize.as_mut()) {
        optimize.place = None;
    }
    let values = format!("{:?} {:?}", loaded.plan, loaded.sweep);
    // The agent has a time-out for those that have none of their own.
    values.replace("has_stop_timeout: true", "has_stop_timeout: false")
}

#[test]
fn a_default_that_is_written_out_changes_nothing() {
    for row in TABLE.iter().chain(neutral::NEUTRAL) {
        if WORDS.contains(&row.path) || MORE_WORDS.contains(&row.path) {
            continue;
        }
        // An entry of the timeline has no name.
        if row.path.starts_with("timeline.") {
            continue;
        }
        let mut scenario = Scenario::new(BARE);
        let place = around(&mut scenario, row.path);
        let place = place.replace(
            "aws.cluster.settings.containerInsights",
            "aws.cluster.settings",
        );
        if row.path.ends_with("exit.codes") {
            scenario.set("world.work.web.exit", "null");
        }
        let plain = values_of(scenario.loaded(row.path));
        if row.path.ends_with("exit.codes") {
            scenario.set("world.work.web.exit", "{}");
        }
        scenario.set(&place, &written(row.path, row.value));
        let written_out = values_of(scenario.loaded(row.path));
        assert!(
            plain == written_out,
            "{}: {} is not the default",
            row.path,
            row.value
        );
    }
}

#[test]
fn every_default_is_found_at_a_field() {
    for row in TABLE.iter().chain(neutral::NEUTRAL) {
        let path = row.path;
        let found = find(path).unwrap_or_else(|miss| panic!("{path}: {}", miss.message));
        let field = found.field.expect("a field");
        assert!(field.default.is_some(), "{path} does not show its default");
    }
}

/// Shapes of EventBridge, and where they stand in [`OF_AWS`].
const OF_SCHEDULES: [(&str, &str); 14] = [
    ("scheduler.CreateScheduleInput", "aws.schedules[0]"),
    (
        "scheduler.FlexibleTimeWindow",
        "aws.schedules[0].FlexibleTimeWindow",
    ),
    ("scheduler.Target", "aws.schedules[0].Target"),
    (
        "scheduler.EcsParameters",
        "aws.schedules[0].Target.EcsParameters",
    ),
    (
        "scheduler.RetryPolicy",
        "aws.schedules[0].Target.RetryPolicy",
    ),
    (
        "scheduler.DeadLetterConfig",
        "aws.schedules[0].Target.DeadLetterConfig",
    ),
    (
        "scheduler.AwsVpcConfiguration",
        "aws.schedules[0].Target.EcsParameters.NetworkConfiguration.awsvpcConfiguration",
    ),
    ("events.Target", "aws.ruleTargets[0].Targets[0]"),
    (
        "events.EcsParameters",
        "aws.ruleTargets[0].Targets[0].EcsParameters",
    ),
    (
        "events.RetryPolicy",
        "aws.ruleTargets[0].Targets[0].RetryPolicy",
    ),
    (
        "events.DeadLetterConfig",
        "aws.ruleTargets[0].Targets[0].DeadLetterConfig",
    ),
    (
        "events.AwsVpcConfiguration",
        "aws.ruleTargets[0].Targets[0].EcsParameters.NetworkConfiguration.awsvpcConfiguration",
    ),
    ("events.Rule", "aws.rules[0]"),
    ("events.PutTargetsRequest", "aws.ruleTargets[0]"),
];

/// A scenario with every shape of AWS's that is read, and where each stands.
const OF_AWS: &str = "\
fleetcast: 1
run: { duration: 1h }
aws:
  cluster:
    clusterName: shop
    settings: [{ name: containerInsights }]
    defaultCapacityProviderStrategy: [{ capacityProvider: FARGATE, weight: 1 }]
  taskDefinitions:
    - family: web
      cpu: 256
      memory: 512
      runtimePlatform: {}
      ephemeralStorage: { sizeInGiB: 30 }
      executionRoleArn: exec
      volumes: [{ name: data, configuredAtLaunch: true }, { name: shared, efsVolumeConfiguration: { fileSystemId: fs-1 } }]
      containerDefinitions:
        - name: web
          mountPoints: [{ sourceVolume: data }]
          portMappings: [{ containerPort: 80 }]
          healthCheck: { command: [CMD, /check] }
          restartPolicy: { enabled: true, ignoredExitCodes: [0] }
          dependsOn: [{ containerName: init, condition: START }]
          secrets: [{ name: PASSWORD, valueFrom: db }]
          repositoryCredentials: { credentialsParameter: db }
          logConfiguration: { logDriver: awslogs }
        - { name: init, essential: false }
    - family: batch
      memory: 512
      placementConstraints: [{ type: memberOf, expression: \"attribute:ecs.instance-type =~ m6i.*\" }]
      containerDefinitions: [{ name: batch, cpu: 256, resourceRequirements: [{ type: GPU, value: 0 }] }]
    - { family: blue, cpu: 256, memory: 512, requiresCompatibilities: [FARGATE], networkMode: awsvpc, containerDefinitions: [{ name: web, portMappings: [{ containerPort: 80 }] }] }
  launchTemplates:
    - LaunchTemplateName: ecs
      LaunchTemplateData:
        InstanceType: m6i.large
        BlockDeviceMappings: [{ Ebs: { VolumeSize: 30 } }]
    - { LaunchTemplateName: mixed, LaunchTemplateData: { InstanceType: m6i.large } }
    - LaunchTemplateName: spot
      LaunchTemplateData: { InstanceType: m6i.large, InstanceMarketOptions: { MarketType: spot }, CreditSpecification: { CpuCredits: standard } }
    - LaunchTemplateName: asked
      LaunchTemplateData:
        InstanceRequirements:
          { VCpuCount: { Min: 2 }, MemoryMiB: { Min: 4096 }, MemoryGiBPerVCpu: { Min: 0 }, TotalLocalStorageGB: { Min: 0 }, NetworkInterfaceCount: { Min: 0 }, NetworkBandwidthGbps: { Min: 0 }, BaselineEbsBandwidthMbps: { Min: 0 }, AcceleratorCount: { Min: 0 }, AcceleratorTotalMemoryMiB: { Min: 0 } }
  autoScalingGroups:
    - { AutoScalingGroupName: machines, MinSize: 1, MaxSize: 9, LaunchTemplate: { LaunchTemplateName: ecs } }
    - AutoScalingGroupName: mixed
      MinSize: 1
      MaxSize: 9
      MixedInstancesPolicy:
        LaunchTemplate:
          LaunchTemplateSpecification: { LaunchTemplateName: mixed }
          Overrides:
            - { InstanceType: m6i.large }
            - InstanceRequirements:
                { VCpuCount: { Min: 2 }, MemoryMiB: { Min: 4096 }, MemoryGiBPerVCpu: { Min: 0 }, TotalLocalStorageGB: { Min: 0 }, NetworkInterfaceCount: { Min: 0 }, NetworkBandwidthGbps: { Min: 0 }, BaselineEbsBandwidthMbps: { Min: 0 }, AcceleratorCount: { Min: 0 }, AcceleratorTotalMemoryMiB: { Min: 0 } }
        InstancesDistribution: { OnDemandBaseCapacity: 1 }
    - AutoScalingGroupName: warm
      MinSize: 1
      MaxSize: 9
      LaunchTemplate: { LaunchTemplateName: mixed }
      AvailabilityZoneDistribution: { CapacityDistributionStrategy: balanced-best-effort }
      SuspendedProcesses: [{ ProcessName: AZRebalance }]
      WarmPoolConfiguration: { InstanceReusePolicy: { ReuseOnScaleIn: false } }
  externalInstances:
    - name: rack
      count: 2
      registeredResources: [{ name: CPU, integerValue: 2048 }, { name: MEMORY, integerValue: 4096 }]
      attributes: [{ name: room, value: cellar }]
  scheduledUpdateGroupActions:
    - { ScheduledActionName: morning, AutoScalingGroupName: machines, Recurrence: \"0 7 * * *\", MinSize: 2 }
  capacityProviders:
    - name: machines
      autoScalingGroupProvider: { autoScalingGroupArn: machines, managedScaling: { status: ENABLED } }
    - name: managed
      managedInstancesProvider:
        instanceLaunchTemplate:
          networkConfiguration: { subnets: [subnet-a] }
          storageConfiguration: { storageSizeGiB: 80 }
          localStorageConfiguration: { useLocalStorage: false }
          instanceRequirements:
            { vCpuCount: { min: 2 }, memoryMiB: { min: 4096 }, memoryGiBPerVCpu: { min: 0 }, totalLocalStorageGB: { min: 0 }, networkInterfaceCount: { min: 0 }, networkBandwidthGbps: { min: 0 }, baselineEbsBandwidthMbps: { min: 0 }, acceleratorCount: { min: 0 }, acceleratorTotalMemoryMiB: { min: 0 } }
        infrastructureOptimization: { scaleInAfter: 60 }
  subnets: [{ SubnetId: subnet-a, AvailabilityZone: us-east-1a }]
  securityGroups: [{ GroupId: sg-web, IpPermissionsEgress: [{ IpProtocol: \"-1\", UserIdGroupPairs: [{ GroupId: sg-lb }] }] }]
  routeTables: [{ RouteTableId: rtb-private, Associations: [{ Main: true }], Routes: [{ DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: nat-a }] }]
  natGateways: [{ NatGatewayId: nat-a }]
  vpcEndpoints: [{ ServiceName: com.amazonaws.us-east-1.logs }]
  roles:
    - RoleName: exec
      RolePolicyList: [{ PolicyName: all, PolicyDocument: { Statement: { Effect: Allow, Action: \"*\", Resource: \"*\" } } }]
      AttachedManagedPolicies: [{ PolicyName: AmazonECSTaskExecutionRolePolicy }]
  secrets: [{ Name: db }]
  parameters: [{ Name: /shop/token }]
  keys: [{ KeyId: 1234abcd-12ab-34cd-56ef-1234567890ab }]
  logGroups: [{ logGroupName: /ecs/web }]
  loadBalancers: [{ LoadBalancerName: web, AvailabilityZones: [{ ZoneName: us-east-1a }] }]
  listeners: [{ Port: 80 }]
  listenerRules: [{ Priority: 1 }]
  targetGroups: [{ TargetGroupName: web, Matcher: {} }, { TargetGroupName: green }]
  services:
    - serviceName: web
      taskDefinition: web
      launchType: FARGATE
      deploymentController: {}
      deploymentConfiguration:
        deploymentCircuitBreaker: { thresholdConfiguration: {} }
        alarms: {}
        linearConfiguration: {}
        canaryConfiguration: {}
        earlySuccessCriteria: {}
        lifecycleHooks: [{ hookTargetArn: check, timeoutConfiguration: {} }]
      networkConfiguration: { awsvpcConfiguration: {} }
      loadBalancers: [{ targetGroupArn: web, containerName: web, advancedConfiguration: { alternateTargetGroupArn: green } }]
      serviceRegistries: [{ registryArn: srv-1 }]
      serviceConnectConfiguration: { enabled: true }
      monitoring: { metricConfigurations: [{ metricNames: [CPUUtilization], resolutionSeconds: 20 }] }
      volumeConfigurations: [{ name: data, managedEBSVolume: { sizeInGiB: 10, roleArn: exec } }]
    - serviceName: batch
      taskDefinition: batch
      capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }]
      placementStrategy: [{ type: binpack, field: memory }]
      placementConstraints: [{ type: memberOf, expression: \"attribute:ecs.instance-type =~ m6i.*\" }]
    - { serviceName: outside, desiredCount: 2, deploymentController: { type: EXTERNAL } }
  taskSets: [{ service: outside, externalId: blue, taskDefinition: blue, launchType: FARGATE, scale: {} }]
  deploymentGroups:
    - deploymentGroupName: shop
      deploymentConfigName: CodeDeployDefault.ECSAllAtOnce
      ecsServices: [{ serviceName: web }]
      blueGreenDeploymentConfiguration: { terminateBlueInstancesOnDeploymentSuccess: {}, deploymentReadyOption: {} }
      loadBalancerInfo: { targetGroupPairInfoList: [{ targetGroups: [{ name: web }, { name: green }] }] }
      alarmConfiguration: { alarms: [{ name: high }] }
      autoRollbackConfiguration: {}
      targetRevision: { appSpecContent: {}, string: {} }
  runTasks:
    - name: job
      taskDefinition: web
      launchType: FARGATE
      overrides: { containerOverrides: [{ name: web }] }
      volumeConfigurations: [{ name: data, managedEBSVolume: { sizeInGiB: 10, roleArn: exec, terminationPolicy: {} } }]
  schedules:
    - Name: nightly
      ScheduleExpression: cron(0 2 * * ? *)
      FlexibleTimeWindow: { Mode: \"OFF\" }
      Target:
        RetryPolicy: {}
        DeadLetterConfig: {}
        EcsParameters: { TaskDefinitionArn: web, LaunchType: FARGATE, NetworkConfiguration: { awsvpcConfiguration: {} } }
  rules: [{ Name: hourly, ScheduleExpression: rate(1 hour) }]
  ruleTargets:
    - Rule: hourly
      Targets:
        - Id: web
          RetryPolicy: {}
          DeadLetterConfig: {}
          EcsParameters: { TaskDefinitionArn: web, LaunchType: FARGATE, NetworkConfiguration: { awsvpcConfiguration: {} } }
  queues: [{ QueueName: jobs, Attributes: {} }]
  scalableTargets:
    - { ResourceId: service/shop/web, MinCapacity: 1, MaxCapacity: 9, SuspendedState: {} }
  scalingPolicies:
    - ResourceId: service/shop/web
      PolicyName: cpu
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration:
        TargetValue: 45
        PredefinedMetricSpecification: { PredefinedMetricType: ECSServiceAverageCPUUtilization }
    - ResourceId: service/shop/web
      PolicyName: named
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration:
        TargetValue: 45
        CustomizedMetricSpecification: { Namespace: AWS/ECS, MetricName: CPUUtilization, Statistic: Average, Dimensions: [{ Name: ServiceName, Value: web }] }
    - ResourceId: service/shop/web
      PolicyName: math
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration:
        TargetValue: 45
        CustomizedMetricSpecification:
          Metrics:
            - { Id: m1, MetricStat: { Metric: { Namespace: AWS/ECS, MetricName: CPUUtilization, Dimensions: [{ Name: ServiceName, Value: web }] }, Stat: Average }, ReturnData: false }
            - { Id: e1, Expression: m1 * 2 }
    - ResourceId: service/shop/web
      PolicyName: steps
      PolicyType: StepScaling
      StepScalingPolicyConfiguration:
        AdjustmentType: PercentChangeInCapacity
        StepAdjustments: [{ MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 20, ScalingAdjustment: 2 }, { MetricIntervalLowerBound: 20, ScalingAdjustment: 5 }, { MetricIntervalUpperBound: 0, ScalingAdjustment: -2 }]
    - ResourceId: service/shop/web
      PolicyName: hours
      PolicyType: PredictiveScaling
      PredictiveScalingPolicyConfiguration: { MetricSpecifications: [{ TargetValue: 60, PredefinedMetricPairSpecification: { PredefinedMetricType: ECSServiceCPUUtilization } }] }
  scheduledActions:
    - { ScheduledActionName: morning, ResourceId: service/shop/web, Schedule: rate(10 minutes), ScalableTargetAction: { MinCapacity: 2, MaxCapacity: 9 } }
  alarms:
    - AlarmName: high
      Namespace: AWS/ECS
      MetricName: CPUUtilization
      Dimensions: [{ Name: ServiceName, Value: web }]
      Statistic: Average
      Period: 60
      EvaluationPeriods: 3
      Threshold: 60
      ComparisonOperator: GreaterThanThreshold
      AlarmActions: [steps]
    - AlarmName: twice
      Metrics:
        - { Id: m1, MetricStat: { Metric: { Namespace: AWS/ECS, MetricName: CPUUtilization, Dimensions: [{ Name: ServiceName, Value: web }] }, Period: 60, Stat: Average }, ReturnData: false }
        - { Id: e1, Expression: m1 * 2 }
      EvaluationPeriods: 3
      Threshold: 60
      ComparisonOperator: GreaterThanThreshold
timeline: [{ at: 1m, update: { service: web, desiredCount: 2 } }]
";
const TRACKING: &str = "aws.scalingPolicies.cpu.TargetTrackingScalingPolicyConfiguration";
/// Shapes of step and scheduled scaling, of alarms, and of CodeDeploy.
const OF_SCALING: [(&str, &str); 28] = [
    ("ecs.MonitoringConfiguration", "aws.services[0].monitoring"),
    (
        "ecs.MetricConfiguration",
        "aws.services[0].monitoring.metricConfigurations[0]",
    ),
    ("codedeploy.DeploymentGroupInfo", "aws.deploymentGroups[0]"),
    (
        "codedeploy.ECSService",
        "aws.deploymentGroups[0].ecsServices[0]",
    ),
    (
        "codedeploy.BlueGreenDeploymentConfiguration",
        "aws.deploymentGroups[0].blueGreenDeploymentConfiguration",
    ),
    (
        "codedeploy.BlueInstanceTerminationOption",
        "aws.deploymentGroups[0].blueGreenDeploymentConfiguration.terminateBlueInstancesOnDeploymentSuccess",
    ),
    (
        "codedeploy.DeploymentReadyOption",
        "aws.deploymentGroups[0].blueGreenDeploymentConfiguration.deploymentReadyOption",
    ),
    (
        "codedeploy.LoadBalancerInfo",
        "aws.deploymentGroups[0].loadBalancerInfo",
    ),
    (
        "codedeploy.TargetGroupPairInfo",
        "aws.deploymentGroups[0].loadBalancerInfo.targetGroupPairInfoList[0]",
    ),
    (
        "codedeploy.TargetGroupInfo",
        "aws.deploymentGroups[0].loadBalancerInfo.targetGroupPairInfoList[0].targetGroups[1]",
    ),
    (
        "codedeploy.AlarmConfiguration",
        "aws.deploymentGroups[0].alarmConfiguration",
    ),
    (
        "codedeploy.Alarm",
        "aws.deploymentGroups[0].alarmConfiguration.alarms[0]",
    ),
    (
        "codedeploy.AutoRollbackConfiguration",
        "aws.deploymentGroups[0].autoRollbackConfiguration",
    ),
    (
        "codedeploy.RevisionLocation",
        "aws.deploymentGroups[0].targetRevision",
    ),
    (
        "codedeploy.AppSpecContent",
        "aws.deploymentGroups[0].targetRevision.appSpecContent",
    ),
    (
        "codedeploy.RawString",
        "aws.deploymentGroups[0].targetRevision.string",
    ),
    (
        "application-autoscaling.PredictiveScalingPolicyConfiguration",
        "aws.scalingPolicies[4].PredictiveScalingPolicyConfiguration",
    ),
    (
        "application-autoscaling.PredictiveScalingMetricSpecification",
        "aws.scalingPolicies[4].PredictiveScalingPolicyConfiguration.MetricSpecifications[0]",
    ),
    (
        "application-autoscaling.PredictiveScalingPredefinedMetricPairSpecification",
        "aws.scalingPolicies[4].PredictiveScalingPolicyConfiguration.MetricSpecifications[0].\
         PredefinedMetricPairSpecification",
    ),
    (
        "application-autoscaling.StepScalingPolicyConfiguration",
        "aws.scalingPolicies.steps.StepScalingPolicyConfiguration",
    ),
    (
        "application-autoscaling.StepAdjustment",
        "aws.scalingPolicies.steps.StepScalingPolicyConfiguration.StepAdjustments[0]",
    ),
    (
        "application-autoscaling.ScheduledAction",
        "aws.scheduledActions[0]",
    ),
    (
        "application-autoscaling.ScalableTargetAction",
        "aws.scheduledActions[0].ScalableTargetAction",
    ),
    ("cloudwatch.MetricAlarm", "aws.alarms[0]"),
    ("cloudwatch.Dimension", "aws.alarms[0].Dimensions[0]"),
    ("cloudwatch.MetricDataQuery", "aws.alarms[1].Metrics[1]"),
    (
        "cloudwatch.MetricStat",
        "aws.alarms[1].Metrics[0].MetricStat",
    ),
    (
        "cloudwatch.Metric",
        "aws.alarms[1].Metrics[0].MetricStat.Metric",
    ),
];
const NAMED: &str = "aws.scalingPolicies.named.TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification";
/// Shapes of queues, and of metrics of a policy's own making.
fn of_queues() -> impl Iterator<Item = (&'static str, String)> {
    let math = format!("{}.Metrics", NAMED.replace(".named.", ".math."));
    let metric = format!("{math}[0].MetricStat.Metric");
    [
        ("sqs.CreateQueueRequest", "aws.queues[0]".to_owned()),
        (
            "application-autoscaling.CustomizedMetricSpecification",
            NAMED.to_owned(),
        ),
        (
            "application-autoscaling.MetricDimension",
            format!("{NAMED}.Dimensions[0]"),
        ),
        (
            "application-autoscaling.TargetTrackingMetricDataQuery",
            format!("{math}[1]"),
        ),
        (
            "application-autoscaling.TargetTrackingMetricStat",
            format!("{math}[0].MetricStat"),
        ),
        (
            "application-autoscaling.TargetTrackingMetricDimension",
            format!("{metric}.Dimensions[0]"),
        ),
        ("application-autoscaling.TargetTrackingMetric", metric),
    ]
    .into_iter()
}
const LAUNCH: &str = "aws.autoScalingGroups[1].MixedInstancesPolicy.LaunchTemplate";
/// Where InstanceRequirements stand.
const REQUIREMENTS: [(&str, &str); 3] = [
    (
        "autoscaling.InstanceRequirements",
        "aws.autoScalingGroups[1].MixedInstancesPolicy.LaunchTemplate.Overrides[1].\
         InstanceRequirements",
    ),
    (
        "ec2.InstanceRequirements",
        "aws.launchTemplates[3].LaunchTemplateData.InstanceRequirements",
    ),
    (
        "ecs.InstanceRequirementsRequest",
        "aws.capacityProviders[1].managedInstancesProvider.instanceLaunchTemplate.\
         instanceRequirements",
    ),
];
/// Shapes of Managed Instances.
const OF_MANAGED: [(&str, &str); 6] = [
    (
        "ecs.ManagedInstancesProvider",
        "aws.capacityProviders[1].managedInstancesProvider",
    ),
    (
        "ecs.InfrastructureOptimization",
        "aws.capacityProviders[1].managedInstancesProvider.infrastructureOptimization",
    ),
    (
        "ecs.InstanceLaunchTemplate",
        "aws.capacityProviders[1].managedInstancesProvider.instanceLaunchTemplate",
    ),
    (
        "ecs.ManagedInstancesNetworkConfiguration",
        "aws.capacityProviders[1].managedInstancesProvider.instanceLaunchTemplate.\
         networkConfiguration",
    ),
    (
        "ecs.ManagedInstancesStorageConfiguration",
        "aws.capacityProviders[1].managedInstancesProvider.instanceLaunchTemplate.\
         storageConfiguration",
    ),
    (
        "ecs.ManagedInstancesLocalStorageConfiguration",
        "aws.capacityProviders[1].managedInstancesProvider.instanceLaunchTemplate.\
         localStorageConfiguration",
    ),
];
const OF_INSTANCES: [(&str, &str); 29] = [
    ("ecs.ContainerInstance", "aws.externalInstances[0]"),
    (
        "ecs.Resource",
        "aws.externalInstances[0].registeredResources[0]",
    ),
    ("ecs.Attribute", "aws.externalInstances[0].attributes[0]"),
    (
        "ecs.TaskDefinitionPlacementConstraint",
        "aws.taskDefinitions[1].placementConstraints[0]",
    ),
    (
        "ecs.ResourceRequirement",
        "aws.taskDefinitions[1].containerDefinitions[0].resourceRequirements[0]",
    ),
    (
        "ecs.PlacementStrategy",
        "aws.services[1].placementStrategy[0]",
    ),
    (
        "ecs.PlacementConstraint",
        "aws.services[1].placementConstraints[0]",
    ),
    ("ecs.CapacityProvider", "aws.capacityProviders[0]"),
    (
        "ecs.AutoScalingGroupProvider",
        "aws.capacityProviders[0].autoScalingGroupProvider",
    ),
    (
        "ecs.ManagedScaling",
        "aws.capacityProviders[0].autoScalingGroupProvider.managedScaling",
    ),
    ("ec2.LaunchTemplate", "aws.launchTemplates[0]"),
    (
        "ec2.ResponseLaunchTemplateData",
        "aws.launchTemplates[0].LaunchTemplateData",
    ),
    (
        "ec2.LaunchTemplateBlockDeviceMapping",
        "aws.launchTemplates[0].LaunchTemplateData.BlockDeviceMappings[0]",
    ),
    (
        "ec2.LaunchTemplateEbsBlockDevice",
        "aws.launchTemplates[0].LaunchTemplateData.BlockDeviceMappings[0].Ebs",
    ),
    (
        "ec2.CreditSpecification",
        "aws.launchTemplates[2].LaunchTemplateData.CreditSpecification",
    ),
    (
        "ec2.LaunchTemplateInstanceMarketOptions",
        "aws.launchTemplates[2].LaunchTemplateData.InstanceMarketOptions",
    ),
    ("autoscaling.AutoScalingGroup", "aws.autoScalingGroups[0]"),
    (
        "autoscaling.AvailabilityZoneDistribution",
        "aws.autoScalingGroups[2].AvailabilityZoneDistribution",
    ),
    (
        "autoscaling.SuspendedProcess",
        "aws.autoScalingGroups[2].SuspendedProcesses[0]",
    ),
    (
        "autoscaling.WarmPoolConfiguration",
        "aws.autoScalingGroups[2].WarmPoolConfiguration",
    ),
    (
        "autoscaling.InstanceReusePolicy",
        "aws.autoScalingGroups[2].WarmPoolConfiguration.InstanceReusePolicy",
    ),
    (
        "autoscaling.ScheduledUpdateGroupAction",
        "aws.scheduledUpdateGroupActions[0]",
    ),
    (
        "autoscaling.LaunchTemplateSpecification",
        "aws.autoScalingGroups[0].LaunchTemplate",
    ),
    (
        "autoscaling.MixedInstancesPolicy",
        "aws.autoScalingGroups[1].MixedInstancesPolicy",
    ),
    ("autoscaling.LaunchTemplate", LAUNCH),
    (
        "autoscaling.LaunchTemplateOverrides",
        "aws.autoScalingGroups[1].MixedInstancesPolicy.LaunchTemplate.Overrides[0]",
    ),
    (
        "autoscaling.InstancesDistribution",
        "aws.autoScalingGroups[1].MixedInstancesPolicy.InstancesDistribution",
    ),
    ("ecs.Cluster", "aws.cluster"),
    ("ecs.ClusterSetting", "aws.cluster.settings[0]"),
];
const SHAPES: [(&str, &str); 50] = [
    (
        "ecs.DeploymentEarlySuccessCriteria",
        "aws.services[0].deploymentConfiguration.earlySuccessCriteria",
    ),
    ("ecs.TaskSet", "aws.taskSets[0]"),
    ("ecs.Scale", "aws.taskSets[0].scale"),
    (
        "ecs.CapacityProviderStrategyItem",
        "aws.cluster.defaultCapacityProviderStrategy[0]",
    ),
    ("ecs.TaskDefinition", "aws.taskDefinitions[0]"),
    (
        "ecs.RuntimePlatform",
        "aws.taskDefinitions[0].runtimePlatform",
    ),
    (
        "ecs.EphemeralStorage",
        "aws.taskDefinitions[0].ephemeralStorage",
    ),
    (
        "ecs.ContainerDefinition",
        "aws.taskDefinitions[0].containerDefinitions[0]",
    ),
    (
        "ecs.HealthCheck",
        "aws.taskDefinitions[0].containerDefinitions[0].healthCheck",
    ),
    (
        "ecs.ContainerRestartPolicy",
        "aws.taskDefinitions[0].containerDefinitions[0].restartPolicy",
    ),
    (
        "ecs.ContainerDependency",
        "aws.taskDefinitions[0].containerDefinitions[0].dependsOn[0]",
    ),
    (
        "ecs.PortMapping",
        "aws.taskDefinitions[0].containerDefinitions[0].portMappings[0]",
    ),
    ("ecs.Volume", "aws.taskDefinitions[0].volumes[1]"),
    (
        "ecs.EFSVolumeConfiguration",
        "aws.taskDefinitions[0].volumes[1].efsVolumeConfiguration",
    ),
    (
        "ecs.MountPoint",
        "aws.taskDefinitions[0].containerDefinitions[0].mountPoints[0]",
    ),
    (
        "ecs.ServiceVolumeConfiguration",
        "aws.services[0].volumeConfigurations[0]",
    ),
    (
        "ecs.ServiceManagedEBSVolumeConfiguration",
        "aws.services[0].volumeConfigurations[0].managedEBSVolume",
    ),
    (
        "ecs.TaskVolumeConfiguration",
        "aws.runTasks[0].volumeConfigurations[0]",
    ),
    (
        "ecs.TaskManagedEBSVolumeConfiguration",
        "aws.runTasks[0].volumeConfigurations[0].managedEBSVolume",
    ),
    (
        "ecs.TaskManagedEBSVolumeTerminationPolicy",
        "aws.runTasks[0].volumeConfigurations[0].managedEBSVolume.terminationPolicy",
    ),
    ("ecs.Service", "aws.services[0]"),
    (
        "ecs.DeploymentController",
        "aws.services[0].deploymentController",
    ),
    (
        "ecs.DeploymentConfiguration",
        "aws.services[0].deploymentConfiguration",
    ),
    (
        "ecs.DeploymentCircuitBreaker",
        "aws.services[0].deploymentConfiguration.deploymentCircuitBreaker",
    ),
    (
        "ecs.ThresholdConfiguration",
        "aws.services[0].deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration",
    ),
    (
        "ecs.DeploymentAlarms",
        "aws.services[0].deploymentConfiguration.alarms",
    ),
    (
        "ecs.LinearConfiguration",
        "aws.services[0].deploymentConfiguration.linearConfiguration",
    ),
    (
        "ecs.CanaryConfiguration",
        "aws.services[0].deploymentConfiguration.canaryConfiguration",
    ),
    (
        "ecs.DeploymentLifecycleHook",
        "aws.services[0].deploymentConfiguration.lifecycleHooks[0]",
    ),
    (
        "ecs.DeploymentLifecycleHookTimeoutConfiguration",
        "aws.services[0].deploymentConfiguration.lifecycleHooks[0].timeoutConfiguration",
    ),
    (
        "ecs.AdvancedConfiguration",
        "aws.services[0].loadBalancers[0].advancedConfiguration",
    ),
    (
        "ecs.NetworkConfiguration",
        "aws.services[0].networkConfiguration",
    ),
    (
        "ecs.AwsVpcConfiguration",
        "aws.services[0].networkConfiguration.awsvpcConfiguration",
    ),
    ("ecs.LoadBalancer", "aws.services[0].loadBalancers[0]"),
    ("ecs.RunTaskRequest", "aws.runTasks[0]"),
    ("ecs.TaskOverride", "aws.runTasks[0].overrides"),
    (
        "ecs.ContainerOverride",
        "aws.runTasks[0].overrides.containerOverrides[0]",
    ),
    ("ecs.UpdateServiceRequest", "timeline[0].update"),
    ("ec2.Subnet", "aws.subnets[0]"),
    ("elbv2.LoadBalancer", "aws.loadBalancers[0]"),
    (
        "elbv2.AvailabilityZone",
        "aws.loadBalancers[0].AvailabilityZones[0]",
    ),
    ("elbv2.Listener", "aws.listeners[0]"),
    ("elbv2.Rule", "aws.listenerRules[0]"),
    ("elbv2.TargetGroup", "aws.targetGroups[0]"),
    ("elbv2.Matcher", "aws.targetGroups[0].Matcher"),
    (
        "application-autoscaling.ScalableTarget",
        "aws.scalableTargets[0]",
    ),
    (
        "application-autoscaling.SuspendedState",
        "aws.scalableTargets[0].SuspendedState",
    ),
    (
        "application-autoscaling.ScalingPolicy",
        "aws.scalingPolicies[0]",
    ),
    (
        "application-autoscaling.TargetTrackingScalingPolicyConfiguration",
        TRACKING,
    ),
    (
        "application-autoscaling.PredefinedMetricSpecification",
        "aws.scalingPolicies[0].TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification",
    ),
];

/// Shapes of the security boundary, and where they stand in [`OF_AWS`].
const OF_BOUNDARY: [(&str, &str); 20] = [
    (
        "ec2.UserIdGroupPair",
        "aws.securityGroups[0].IpPermissionsEgress[0].UserIdGroupPairs[0]",
    ),
    (
        "ecs.ServiceRegistry",
        "aws.services[0].serviceRegistries[0]",
    ),
    (
        "ecs.ServiceConnectConfiguration",
        "aws.services[0].serviceConnectConfiguration",
    ),
    ("iam.RoleDetail", "aws.roles[0]"),
    ("iam.PolicyDetail", "aws.roles[0].RolePolicyList[0]"),
    (
        "iam.AttachedPolicy",
        "aws.roles[0].AttachedManagedPolicies[0]",
    ),
    ("secretsmanager.SecretListEntry", "aws.secrets[0]"),
    ("ssm.ParameterMetadata", "aws.parameters[0]"),
    ("kms.KeyMetadata", "aws.keys[0]"),
    ("logs.LogGroup", "aws.logGroups[0]"),
    ("ec2.RouteTable", "aws.routeTables[0]"),
    (
        "ec2.RouteTableAssociation",
        "aws.routeTables[0].Associations[0]",
    ),
    ("ec2.Route", "aws.routeTables[0].Routes[0]"),
    ("ec2.NatGateway", "aws.natGateways[0]"),
    ("ec2.VpcEndpoint", "aws.vpcEndpoints[0]"),
    ("ec2.SecurityGroup", "aws.securityGroups[0]"),
    (
        "ec2.IpPermission",
        "aws.securityGroups[0].IpPermissionsEgress[0]",
    ),
    (
        "ecs.Secret",
        "aws.taskDefinitions[0].containerDefinitions[0].secrets[0]",
    ),
    (
        "ecs.RepositoryCredentials",
        "aws.taskDefinitions[0].containerDefinitions[0].repositoryCredentials",
    ),
    (
        "ecs.LogConfiguration",
        "aws.taskDefinitions[0].containerDefinitions[0].logConfiguration",
    ),
];

fn all_shapes() -> impl Iterator<Item = (&'static str, String)> {
    let places = SHAPES.into_iter().chain(OF_INSTANCES).chain(OF_MANAGED);
    let places = places.chain(REQUIREMENTS).chain(OF_SCALING);
    let places = places.chain(OF_SCHEDULES).chain(OF_BOUNDARY);
    let places = places.map(|(shape, place)| (shape, place.to_owned()));
    let places = places.chain(of_queues());
    places.chain(REQUIREMENTS.into_iter().flat_map(ranges_of))
}

/// The ranges in a block of InstanceRequirements.
fn ranges_of((block, place): (&'static str, &'static str)) -> Vec<(&'static str, String)> {
    let api = block.split_once('.').unwrap().0;
    let names = fields::names(block).into_iter();
    let names = names.filter(|name| *name != "BaselinePerformanceFactors");
    let ranges = names.filter_map(|name| match fields::field(block, name)?.kind {
        fields::Kind::Structure(inner) => Some((format!("{api}.{inner}"), join(place, name))),
        _ => None,
    });
    ranges
        .map(|(shape, place)| (aws_reads::reads(&shape).expect(&shape).shape, place))
        .collect()
}

#[test]
fn the_reader_asks_for_the_fields_of_aws_that_the_reference_says_it_does() {
    let shapes: BTreeSet<&str> = all_shapes().map(|(shape, _)| shape).collect();
    let table: BTreeSet<&str> = aws_reads::rows().map(|row| row.shape).collect();
    assert_eq!(shapes, table);
    for (shape, place) in all_shapes() {
        let row = aws_reads::reads(shape).unwrap();
        let short = shape.split_once('.').unwrap().1;
        let known = fields::names(shape);
        for (name, effect) in row.effects {
            assert!(known.contains(name) && !effect.is_empty(), "{shape}.{name}");
        }
        for name in known {
            let mut scenario = Scenario::new(OF_AWS);
            scenario.set(&join(&place, name), "zzz");
            let said = match scenario.load() {
                Ok(loaded) => loaded.diagnostics,
                Err(failure) => failure.diagnostics,
            };
            let note = |fields: &str| {
                let fields: Vec<&str> = fields.split(", ").collect();
                fields.contains(&name)
            };
            let is_unread = said.items().iter().any(|item| {
                let inside = item.message.strip_prefix("no effect here: ");
                let fields = inside.and_then(|it| it.strip_suffix(&format!(" ({short})")));
                fields.is_some_and(note)
            });
            let is_read = effect(row, name).is_some() || row.checks.contains(&name);
            assert_eq!(is_unread, !is_read, "{shape}.{name}: {:?}", said.items());
        }
    }
}

#[test]
fn every_field_of_aws_that_has_an_effect_has_a_unit_or_none_and_an_example() {
    let beside = BESIDE_AWS.iter().map(|(shape, name, _)| (*shape, *name));
    let effects = aws_reads::rows().flat_map(|row| {
        let names = row.effects.iter();
        names.map(|(name, _)| (row.shape, *name))
    });
    let expected: BTreeSet<(&str, &str)> = effects.chain(beside).collect();
    let rows = || examples::aws_rows();
    let shown: BTreeSet<(&str, &str)> = rows().map(|row| (row.shape, row.field)).collect();
    assert_eq!(shown, expected);
    assert_eq!(rows().count(), shown.len(), "each once");
    for row in rows() {
        let kind = fields::field(row.shape, row.field).map(|field| field.kind);
        let is_number = matches!(
            kind,
            Some(fields::Kind::Scalar(
                "integer" | "long" | "double" | "float"
            ))
        );
        // Names and ratios.
        let is_plain = ["revision", "weight", "VersionNumber"].contains(&row.field);
        let name = format!("{}.{}", row.shape, row.field);
        assert!(
            !is_number || is_plain || row.unit.is_some(),
            "{name} has no unit"
        );
        assert!(
            row.example.starts_with(&format!("{}: ", row.field)),
            "{name}"
        );
    }
    let page = page();
    let (_, aws) = page.split_once("## AWS's blocks").unwrap();
    let rows: Vec<&str> = aws.lines().filter(|line| line.starts_with("| `")).collect();
    assert!(80 < rows.len(), "{}", rows.len());
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [_, effect, holds, unit, _, example] = cells[..] else {
            panic!("{row}")
        };
        assert!(
            [effect, holds, unit, example]
                .iter()
                .all(|cell| !cell.is_empty()),
            "{row}"
        );
    }
}

#[test]
fn every_example_of_aws_is_accepted() {
    let others = [
        ("capacityProviderStrategy", "launchType"),
        ("Subnets", "AvailabilityZones"),
        ("MixedInstancesPolicy", "LaunchTemplate"),
        ("InstanceRequirements", "InstanceType"),
        ("ExtendedStatistic", "Statistic"),
        ("CapacityProviderStrategy", "LaunchType"),
    ];
    for row in examples::aws_rows() {
        let name = format!("{}.{}", row.shape, row.field);
        let mut places = all_shapes();
        let place = places.find(|(shape, _)| *shape == row.shape);
        let place = match row.field {
            // A provider is of one kind.
            "managedInstancesProvider" => "aws.capacityProviders[1]".to_owned(),
            _ => place.expect(row.shape).1,
        };
        let place = place.as_str();
        let mut scenario = Scenario::new(OF_AWS);
        if row.field.starts_with("placement") && row.shape != "ecs.TaskDefinition" {
            scenario.set(&join(place, "launchType"), "null");
            let machines = "[{ capacityProvider: machines, weight: 1 }]";
            scenario.set(&join(place, "capacityProviderStrategy"), machines);
        }
        if row.field.starts_with("Placement") {
            scenario.set(&join(place, "LaunchType"), "null");
            let machines = "[{ capacityProvider: machines, weight: 1 }]";
            scenario.set(&join(place, "CapacityProviderStrategy"), machines);
            scenario.set(&join(place, "TaskDefinitionArn"), "batch");
        }
        for (key, value) in parts(row.example) {
            scenario.set(&join(place, &key), &value);
        }
        for (field, other) in others {
            if field == row.field && row.shape != "ecs.UpdateServiceRequest" {
                scenario.set(&join(place, other), "null");
            }
        }
        let loaded = scenario.loaded(&format!("{name}: {}", row.example));
        let said = loaded
            .diagnostics
            .items()
            .iter()
            .map(|item| item.message.as_str());
        let unread: Vec<&str> = said
            .filter(|said| said.starts_with("no effect here"))
            .collect();
        assert!(
            !unread
                .iter()
                .any(|said| said.contains(&format!(" {}", row.field))),
            "{unread:?}"
        );
    }
}

fn path_of(query: &str) -> String {
    let answer = find(query).unwrap_or_else(|miss| panic!("{query}: {}", miss.message));
    answer.field.map_or(String::new(), |field| field.path)
}

#[test]
fn a_path_is_found_with_names_of_the_user_s_without_them_and_with_stars() {
    for query in [
        "world.work.cpu",
        "world.work.api.cpu",
        "world.work.*.cpu",
        "world.work[a.b].cpu",
    ] {
        assert_eq!(path_of(query), "world.work.*.cpu");
    }
    assert_eq!(
        path_of("aws.services.desiredCount"),
        "aws.services.*.desiredCount"
    );
    assert_eq!(
        path_of("aws.services.api.deploymentConfiguration.maximumPercent"),
        "aws.services.*.deploymentConfiguration.maximumPercent"
    );
    assert_eq!(path_of("objectives[0].below"), "objectives.*.below");
    assert_eq!(
        path_of("world.work.cpu.from.taskCpu"),
        "world.work.*.cpu.from.taskCpu"
    );
    let deep = "world.demand.api.rate.sum[1].sum.spike.times";
    assert_eq!(path_of(deep), "world.demand.*.rate.sum.*.sum.*.spike.times");
    let attribute = "aws.targetGroups.web.attributes[load_balancing.algorithm.type]";
    assert_eq!(
        path_of(attribute),
        "aws.targetGroups.*.attributes[load_balancing.algorithm.type]"
    );
    assert_eq!(path_of(""), "");
}

#[test]
fn a_path_that_leads_nowhere_names_the_nearest() {
    let miss = |query: &str| {
        let miss = find(query).unwrap_err();
        format!("{}: {}", miss.message, miss.help.unwrap_or_default())
    };
    assert_eq!(
        miss("world.work.api.sltos"),
        "the path \"world.work.api.sltos\" leads nowhere: world.work.* has no field \"sltos\": did \
         you mean \"slots\"?"
    );
    assert_eq!(
        miss("wolrd.work"),
        "the path \"wolrd.work\" leads nowhere: a scenario has no field \"wolrd\": did you mean \
         \"world\"?"
    );
    assert_eq!(
        miss("aws.services.desiredCuont"),
        "the path \"aws.services.desiredCuont\" leads nowhere: aws.services.* has no field \
         \"desiredCuont\": did you mean \"desiredCount\"?"
    );
}

#[test]
fn one_field_is_explained_on_a_few_lines() {
    let texts = [
        "world.work.cpu",
        "aws.services.desiredCount",
        "run",
        "aws.services.tags",
    ];
    let texts = texts.map(|path| explain(path).unwrap());
    insta::assert_snapshot!(texts.join("\n"));
}
