use super::*;
use crate::scenario::path::{Path, assign};
use crate::scenario::{LoadOptions, diagnostic::Diagnostics, load_tree, node, source::Sources};

/// A scenario with every block of the table, by the path where the block stands.
pub(super) const EVERYTHING: &str = "\
fleetcast: 1
run: { duration: 1h }
record: { tasks: all }
aws:
  account: { quotas: { fargateLaunchRate: 40 }, settings: {} }
  taskDefinitions: [{ family: web, cpu: 256, memory: 512 }]
  services: [{ serviceName: web, taskDefinition: web, launchType: FARGATE}, { serviceName: shop, deploymentController: { type: EXTERNAL }, taskSets: [{ externalId: blue, taskDefinition: web, launchType: FARGATE, scale: { value: 100 } }, { externalId: green, taskDefinition: web, launchType: FARGATE }, { externalId: red, taskDefinition: web, launchType: FARGATE }] }]
  runTasks: [{ name: job, taskDefinition: web, launchType: FARGATE }]
  schedules: [{ Name: nightly, ScheduleExpression: \"cron(0 2 * * ? *)\", FlexibleTimeWindow: { Mode: \"OFF\" }, Target: { EcsParameters: { TaskDefinitionArn: web, LaunchType: FARGATE } } }]
  launchTemplates: [{ LaunchTemplateName: ecs, LaunchTemplateData: { InstanceType: m6i.large }, ecsConfig: { ECS_RESERVED_MEMORY: 0 } }]
  autoScalingGroups: [{ AutoScalingGroupName: machines, MinSize: 1, MaxSize: 9, LaunchTemplate: { LaunchTemplateName: ecs } }]
  externalInstances: [{ name: rack, registeredResources: [{ name: CPU, integerValue: 4096 }, { name: MEMORY, integerValue: 8192 }] }]
  capacityProviders: [{ name: machines, autoScalingGroupProvider: { autoScalingGroupArn: machines } }, { name: managed, managedInstancesProvider: { instanceLaunchTemplate: { capacityOptionType: SPOT }, infrastructureOptimization: { scaleInAfter: 60 } } }]
world:
  demand:
    web:
      rate:
        sum:
          - constant: 1/s
          - daily: { low: 1/s, high: 2/s, peak: \"14:00\" }
          - step: { at: 1m, to: 2/s }
          - ramp: { at: 1m, over: 1m, to: 2/s }
          - spike: { at: 1m, for: 1m, times: 2 }
          - noise: { cv: 0.1, every: 1m }
      retries: { attempts: 1 }
      bytes: { in: 1B }
      sessions: { share: 1 % }
    job: { arrivals: { rate: 1/h, work: { distribution: lognormal, mean: 1m, cv: 1 } } }
  work:
    web: { cpu: { from: { cpuUtilization: 45 %, requestsPerTarget: 800/min } }, wait: { from: { responseTime: 1s } }, memory: { base: 1B, growth: { perHour: 1B } }, logs: { perRequest: 1B }, exit: { codes: { 0: 100 % } }, containers: { web: { start: 1s } }, crashes: { mttf: 1d }, health: { fails: 1 % }, sidecars: { proxy: { cpu: 1ms } }, beside: { cpu: 1ms }, onInterruption: { checkpointEvery: 1m } }
  latencies: { default: { pull: { base: 1s } } }
  schedules: { default: { delay: 1s } }
  hooks: { default: { takes: 1m } }
  fileSystems: { fs-1: { stored: 1GiB } }
  customMetrics: [{ namespace: Shop, metricName: Busy, metrics: [{ Id: m1, MetricStat: { Metric: { Namespace: AWS/ECS, MetricName: CPUUtilization, Dimensions: [{ Name: ServiceName, Value: web }] }, Stat: Average } }] }]
  fargateRetirement: { every: 20d }
  spot: { preset: default, advanced: { hold: 80 % }, EC2: { preset: default, prices: { process: meanReverting } } }
  prices: { commitments: [{ plan: compute, commitment: 1 USD/h, savings: 27 % }], changes: [{ at: 1m, all: 5 % }] }
  instances: { types: { own.large: { vcpus: 2, memory: 8GiB, price: 0.1 USD } }, default: { launch: { boot: 1s }, shortages: { every: 1d, lasts: 1h }, waitForCapacity: { min: 1m }, managedScaling: { combining: sum }, managedInstances: { gathering: 2s } } }
timeline:
  - { at: 1m, run: { source: job, count: 1 } }
  - { at: 1m, setDesiredCapacity: { AutoScalingGroupName: machines, DesiredCapacity: 2 } }
  - { at: 1m, instanceRefresh: { AutoScalingGroupName: machines } }
  - { at: 1m, drain: { AutoScalingGroupName: machines } }
  - { at: 1m, agentDisconnect: { AutoScalingGroupName: machines, for: 1m } }
  - { at: 1m, drought: { capacityProvider: FARGATE_SPOT, for: 1m } }
  - { at: 1m, priceChange: { all: 5 % } }
  - { at: 1m, updateTaskSet: { service: shop, taskSet: blue, scale: { value: 50 } } }
  - { at: 2m, deleteTaskSet: { service: shop, taskSet: red, force: true } }
  - { at: 1m, updateServicePrimaryTaskSet: { service: shop, primaryTaskSet: blue } }
  - { at: 1m, stopServiceDeployment: { service: web } }
objectives: [{ metric: Cost, below: 3 USD }]
sweep: { warmUp: { method: mser5 }, replications: { until: { measure: cost_run_usd, within: 5 % } }, parameters: { a: { path: run.seed, values: [1] }, b: { path: run.duration, range: { from: 1d, to: 2d } } } }
optimize: { minimize: cost_run_usd, search: { candidates: 20 } }
whatIf: { spotFallback: { after: 10m }, repacking: { every: 10m }, providerBySize: [{ upTo: { cpu: 0.1 vCPU }, capacityProviderStrategy: [{ capacityProvider: FARGATE, weight: 1 }] }] }
";

/// Where the blocks of the table stand in [`EVERYTHING`].
pub(super) const PLACES: [(&str, &str); 79] = [
    ("scenario", ""),
    ("whatIf", "whatIf"),
    ("spotFallback", "whatIf.spotFallback"),
    ("repacking", "whatIf.repacking"),
    ("sizeRule", "whatIf.providerBySize[0]"),
    ("sizeUpTo", "whatIf.providerBySize[0].upTo"),
    ("run", "run"),
    ("record", "record"),
    ("aws", "aws"),
    ("account", "aws.account"),
    ("quotas", "aws.account.quotas"),
    ("world", "world"),
    ("demand", "world.demand.web"),
    ("retries", "world.demand.web.retries"),
    ("bytes", "world.demand.web.bytes"),
    ("sessions", "world.demand.web.sessions"),
    ("arrivals", "world.demand.job.arrivals"),
    ("rate", "world.demand.web.rate"),
    ("daily", "world.demand.web.rate.sum[1].daily"),
    ("step", "world.demand.web.rate.sum[2].step"),
    ("ramp", "world.demand.web.rate.sum[3].ramp"),
    ("spike", "world.demand.web.rate.sum[4].spike"),
    ("noise", "world.demand.web.rate.sum[5].noise"),
    ("work", "world.work.web"),
    ("cpu", "world.work.web.cpu"),
    ("cpuFrom", "world.work.web.cpu.from"),
    ("wait", "world.work.web.wait"),
    ("waitFrom", "world.work.web.wait.from"),
    ("memory", "world.work.web.memory"),
    ("growth", "world.work.web.memory.growth"),
    ("logs", "world.work.web.logs"),
    ("exit", "world.work.web.exit"),
    ("crashes", "world.work.web.crashes"),
    ("container", "world.work.web.containers.web"),
    ("health", "world.work.web.health"),
    ("checkpoints", "world.work.web.onInterruption"),
    ("sidecar", "world.work.web.sidecars.proxy"),
    ("beside", "world.work.web.beside"),
    ("law", "world.demand.job.arrivals.work"),
    ("schedule", "world.schedules.default"),
    ("hook", "world.hooks.default"),
    ("phases", "world.latencies.default"),
    ("pull", "world.latencies.default.pull"),
    ("fileSystem", "world.fileSystems.fs-1"),
    ("customMetric", "world.customMetrics[0]"),
    ("fargateRetirement", "world.fargateRetirement"),
    ("spot", "world.spot"),
    ("spotAdvanced", "world.spot.advanced"),
    ("spotPools", "world.spot.EC2"),
    ("spotPrices", "world.spot.EC2.prices"),
    ("commitment", "world.prices.commitments[0]"),
    ("ecsConfig", "aws.launchTemplates[0].ecsConfig"),
    ("instance", "world.instances.default"),
    ("instanceType", "world.instances.types[own.large]"),
    ("launch", "world.instances.default.launch"),
    ("shortages", "world.instances.default.shortages"),
    ("waitForCapacity", "world.instances.default.waitForCapacity"),
    ("scalingReading", "world.instances.default.managedScaling"),
    (
        "managedInstances",
        "world.instances.default.managedInstances",
    ),
    ("timelineEntry", "timeline[0]"),
    ("runSource", "timeline[0].run"),
    ("timelineCapacity", "timeline[1].setDesiredCapacity"),
    ("timelineRefresh", "timeline[2].instanceRefresh"),
    ("timelineDrain", "timeline[3].drain"),
    ("timelineDisconnect", "timeline[4].agentDisconnect"),
    ("timelineDrought", "timeline[5].drought"),
    ("timelineTaskSet", "timeline[7].updateTaskSet"),
    ("timelineDeleteTaskSet", "timeline[8].deleteTaskSet"),
    (
        "timelinePrimaryTaskSet",
        "timeline[9].updateServicePrimaryTaskSet",
    ),
    ("timelineStop", "timeline[10].stopServiceDeployment"),
    ("objective", "objectives[0]"),
    ("sweep", "sweep"),
    ("sweepParameter", "sweep.parameters.a"),
    ("optimize", "optimize"),
    ("optimizeSearch", "optimize.search"),
    ("sweepRange", "sweep.parameters.b.range"),
    ("sweepReplications", "sweep.replications"),
    ("sweepWarmUp", "sweep.warmUp"),
    ("sweepUntil", "sweep.replications.until"),
];

/// Fields that the reader asks for only beside others: a trace's, a uniform law's, a program's.
const BESIDE_OTHERS: [(&str, &[&str]); 7] = [
    ("commitment", &["family", "instanceType", "count", "price"]),
    ("spotPrices", &["file", "align", "instanceType", "offset"]),
    (
        "rate",
        &[
            "unit", "metric", "period", "time", "timeUnit", "value", "scale", "align", "repeat",
            "resample", "gaps", "from", "to",
        ],
    ),
    (
        "arrivals",
        &[
            "time",
            "timeUnit",
            "workUnit",
            "cpu",
            "memory",
            "memoryUnit",
            "timeScale",
            "workScale",
            "align",
        ],
    ),
    ("law", &["low", "high"]),
    (
        "demand",
        &[
            "arrivals",
            "concurrency",
            "onInterruption",
            "providerChoice",
        ],
    ),
    ("scenario", &["extends"]),
];

/// What loading says when `field` with `value` is put into the block at `place`.
fn said(place: &str, field: &str, value: &str) -> Diagnostics {
    let mut sources = Sources::new();
    let mut diagnostics = Diagnostics::new();
    let file = sources.add("a.yaml", EVERYTHING);
    let mut tree = node::parse(&sources, file, &mut diagnostics).unwrap();
    let path = match place {
        "" => field.to_owned(),
        _ => format!("{place}.{field}"),
    };
    assert!(
        assign(
            &mut tree,
            &mut sources,
            &format!("{path}={value}"),
            &mut diagnostics
        ),
        "{path}: {:?}",
        diagnostics.items()
    );
    match load_tree(&tree, &sources, "a", &LoadOptions::default()) {
        Ok(loaded) => loaded.diagnostics,
        Err(failure) => failure.diagnostics,
    }
}

#[test]
fn the_reader_asks_for_every_field_of_the_schema() {
    for (name, place) in PLACES {
        let block = BLOCKS.iter().find(|block| block.name == name).unwrap();
        let beside = BESIDE_OTHERS.iter().find(|(block, _)| *block == name);
        let beside = beside.map_or(&[][..], |(_, fields)| *fields);
        for field in block
            .fields
            .iter()
            .filter(|field| !beside.contains(&field.name))
        {
            if (name, field.name) == ("aws", "include") {
                continue;
            }
            let message = format!("unknown field \"{}\"", field.name);
            let found = said(place, field.name, "zzz");
            let unknown = found.items().iter().any(|item| item.message == message);
            assert!(
                !unknown,
                "{name}.{} is in the schema and not read",
                field.name
            );
        }
    }
}

#[test]
fn the_schema_has_every_field_that_the_reader_asks_for() {
    for (name, place) in PLACES {
        let block = BLOCKS.iter().find(|block| block.name == name).unwrap();
        let found = said(place, "zzzzzzzzzzzzzzzz", "1");
        let unknown = "unknown field \"zzzzzzzzzzzzzzzz\"";
        let Some(wrong) = found.items().iter().find(|item| item.message == unknown) else {
            panic!(
                "{name}: an unknown field goes unnoticed at {place}: {:?}",
                found.items()
            );
        };
        // With more than twenty names the message lists none; the other direction holds all the
        // same.
        let Some(known) = wrong
            .help
            .as_ref()
            .and_then(|help| help.strip_prefix("known here: "))
        else {
            continue;
        };
        for field in known.split(", ") {
            let has = block.fields.iter().any(|row| row.name == field);
            assert!(has, "{name}.{field} is read and not in the schema");
        }
    }
}

#[test]
fn every_reference_of_the_schema_leads_somewhere() {
    fn walk(json: &Json, found: &mut Vec<String>) {
        match json {
            Json::Object(entries) => {
                for (key, value) in entries {
                    match value.as_str().filter(|_| key == "$ref") {
                        Some(text) => found.push(text.to_owned()),
                        None => walk(value, found),
                    }
                }
            }
            Json::Array(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let schema = json_schema();
    let mut references = Vec::new();
    walk(&schema, &mut references);
    assert!(30 < references.len());
    for reference in references {
        let name = reference.strip_prefix("#/$defs/").unwrap();
        assert!(schema["$defs"].get(name).is_some(), "{reference}");
    }
}

#[test]
fn defaults_stand_at_paths_that_exist() {
    let mut sources = Sources::new();
    let mut diagnostics = Diagnostics::new();
    let file = sources.add("a.yaml", EVERYTHING);
    let tree = node::parse(&sources, file, &mut diagnostics).unwrap();
    for row in crate::scenario::defaults::TABLE {
        assert!(Path::parse(row.path).is_ok(), "{}", row.path);
        let top = row.path.split('.').next().unwrap();
        assert!(tree.get(top).is_some(), "{}", row.path);
        assert!(
            !row.source.is_empty() && !row.value.is_empty(),
            "{}",
            row.path
        );
    }
}

/// The paths of all scalars below a node.
fn scalars(node: &node::Node, path: &str, found: &mut Vec<String>) {
    use crate::scenario::path::join;
    match &node.value {
        node::Value::Scalar(_) => found.push(path.to_owned()),
        node::Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                scalars(item, &format!("{path}[{index}]"), found);
            }
        }
        node::Value::Mapping(entries) => {
            let mut inner = |(key, item): &(node::Key, node::Node)| {
                scalars(item, &join(path, &key.text), found);
            };
            entries.iter().for_each(&mut inner);
        }
    }
}

#[test]
fn no_value_anywhere_makes_the_loader_panic() {
    let mut sources = Sources::new();
    let mut diagnostics = Diagnostics::new();
    let file = sources.add("a.yaml", EVERYTHING);
    let tree = node::parse(&sources, file, &mut diagnostics).unwrap();
    let mut paths = Vec::new();
    scalars(&tree, "", &mut paths);
    assert!(40 <= paths.len(), "{}", paths.len());
    let values = [
        "-1",
        "0",
        "0s",
        "1us",
        "1e400",
        "nan",
        "99999999999999999999",
        "[]",
        "[1]",
        "{}",
        "{ a: 1 }",
        "50000w",
        "1e308/s",
        "\"\"",
        "null",
        "100 %",
        "9999-12-31T23:59:59Z",
        "0.000001 USD",
    ];
    for path in &paths {
        let path = Path::parse(path).unwrap();
        for value in values {
            let mut sources = sources.clone();
            let mut copy = tree.clone();
            if assign(
                &mut copy,
                &mut sources,
                &format!("{path}={value}"),
                &mut diagnostics,
            ) {
                let _ = load_tree(&copy, &sources, "a", &LoadOptions::default());
            }
        }
    }
}
