//! The same scenario is the same run: in one process and in two, on one thread and on four, in
//! whatever order the file names its things; and what is changed changes what it should, no more.

use fleetcast::observe::summary::ServiceSummary;

use super::home::{Home, Played, played, root};

/// Two services and a program on Spot and on demand, with all of the world's chances, for two days.
const SHOP: &str = "\
fleetcast: 1
name: shop
run: { duration: 2d, start: 2026-03-05T00:00:00Z }
record: { events: all, decisions: all }
aws:
  taskDefinitions:
    - { family: web, cpu: 512, memory: 1024 }
    - { family: job, cpu: 256, memory: 512 }
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 4
      capacityProviderStrategy:
        - { capacityProvider: FARGATE, base: 1, weight: 1 }
        - { capacityProvider: FARGATE_SPOT, weight: 3 }
    - serviceName: api
      taskDefinition: web
      desiredCount: 3
      capacityProviderStrategy: [{ capacityProvider: FARGATE_SPOT, weight: 1 }]
  scalableTargets: [{ ResourceId: service/default/web, MinCapacity: 2, MaxCapacity: 20 }]
  scalingPolicies:
    - ResourceId: service/default/web
      PolicyName: cpu
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration:
        TargetValue: 50
        PredefinedMetricSpecification: { PredefinedMetricType: ECSServiceAverageCPUUtilization }
  runTasks:
    - { name: jobs, taskDefinition: job, capacityProviderStrategy: [{ capacityProvider: FARGATE_SPOT, weight: 1 }] }
world:
  spot: { preset: pessimistic }
  demand:
    web: { rate: { sum: [{ daily: { low: 10/s, high: 120/s, peak: \"14:00\" } }, { noise: { cv: 0.2, every: 1m } }] } }
    api: { rate: 20/s, timeout: 5s, retries: { attempts: 1, backoff: 1s } }
    jobs: { arrivals: { rate: 20/h, work: 40m } }
  work:
    web: { cpu: 20ms, wait: 40ms, crashes: { mttf: 1d } }
    job: { duration: { distribution: lognormal, mean: 40m, cv: 0.6 } }
timeline: [{ at: 30h, deploy: { service: web, forceNewDeployment: true } }]
";

fn hash(run: &Played) -> u64 {
    run.run.outcome.event_hash
}

/// What a service did, without its position in the file: its summary and its tasks.
fn of_service(run: &Played, name: &str) -> String {
    let summaries = &run.run.outcome.observed.summary.services;
    let mut summary = summaries.iter().find(|it| it.name == name).unwrap().clone();
    summary.name.clear();
    let tasks = run.tasks.only(&[("group", &format!("service:{name}"))]);
    assert!(0 < tasks.len());
    let times = [
        "createdAt",
        "startedAt",
        "stoppingAt",
        "stoppedAt",
        "availabilityZone",
    ];
    let times = times.map(|column| tasks.texts(column).join(" "));
    let providers = tasks.texts("capacityProviderName").join(" ");
    format!("{summary:?}\n{}\n{providers}", times.join("\n"))
}

fn check_same_service(name: &str, one: &Played, other: &Played) {
    let (one, other) = (of_service(one, name), of_service(other, name));
    let differs = one
        .lines()
        .zip(other.lines())
        .find(|(one, other)| one != other);
    assert!(one == other, "{name}: {differs:?}");
}

#[test]
fn it_plays_the_same_twice_in_one_process() {
    let (one, other) = (played(SHOP), played(SHOP));
    assert_eq!(hash(&one), hash(&other));
    let shown = |run: &Played| format!("{:?}", run.run.outcome.observed.summary);
    assert_eq!(shown(&one), shown(&other));
    let seeded = played(&SHOP.replace("duration: 2d", "duration: 2d, seed: 43"));
    assert_ne!(hash(&one), hash(&seeded), "the hash sees the draws");
}

#[test]
fn two_processes_write_the_same_bytes() {
    let home = Home::new();
    home.write("shop.yaml", SHOP);
    for out in ["one", "other"] {
        home.run_well(&["run", "shop.yaml", "--out", out]);
    }
    let (one, other) = (home.files("one"), home.files("other"));
    assert!(one.contains_key("events.ndjson") && one.contains_key("charts/cost.svg"));
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        other.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &one {
        assert!(*bytes == other[name], "{name} differs");
    }
}

#[test]
fn a_sweep_writes_the_same_bytes_on_one_thread_and_on_four() {
    let home = Home::new();
    let sweep = "sweep:
  replications: 3
  parameters:
    tasks: { path: aws.services.api.desiredCount, values: [2, 3] }
    weight: { path: \"aws.services.web.capacityProviderStrategy.FARGATE_SPOT.weight\", values: [0, 3] }
";
    home.write("shop.yaml", &format!("{SHOP}{sweep}"));
    for (out, jobs) in [("one", "1"), ("four", "4")] {
        home.run_well(&["sweep", "shop.yaml", "--jobs", jobs, "--out", out]);
    }
    let (one, four) = (home.files("one"), home.files("four"));
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        four.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &one {
        assert!(*bytes == four[name], "{name} differs");
    }
    let runs = home.table("one/runs.csv");
    assert_eq!(runs.len(), 2 * 2 * 3);
    // A sweep's first replication of the scenario's own values is the scenario's own run.
    let own = runs.only(&[("tasks", "3"), ("weight", "3"), ("replication", "0")]);
    home.run_well(&["run", "shop.yaml", "--out", "own", "--no-charts"]);
    let own_hash = home.json("own/summary.json")["event_hash"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(own.texts("event_hash"), [own_hash]);
}

#[test]
fn the_order_of_things_in_the_file_does_not_matter() {
    let web = &SHOP[SHOP.find("    - serviceName: web").unwrap()
        ..SHOP.find("    - serviceName: api").unwrap()];
    let services = SHOP.replacen(web, "", 1);
    let services = services.replace("  scalableTargets:", &format!("{web}  scalableTargets:"));
    let job = "    - { family: job, cpu: 256, memory: 512 }\n";
    let shuffled = services.replace(job, "");
    let shuffled = shuffled.replace("taskDefinitions:\n", &format!("taskDefinitions:\n{job}"));
    let (one, other) = (played(SHOP), played(&shuffled));
    assert_eq!(
        other.plan.task_definitions[0].family, "job",
        "another order"
    );
    check_same_service("web", &one, &other);
    check_same_service("api", &one, &other);
    assert_eq!(one.run.bill.total, other.run.bill.total);
    let jobs = |run: &Played| format!("{:?}", run.run.outcome.observed.summary.job_sources);
    assert_eq!(jobs(&one), jobs(&other));
}

#[test]
fn a_renamed_service_draws_alike_when_its_stream_is_pinned() {
    let renamed = SHOP
        .replace("serviceName: api", "serviceName: www-api")
        .replace("    api: {", "    www-api: {");
    let pinned = renamed.replace("world:\n", "world:\n  streams: { www-api: api }\n");
    let (one, other) = (played(SHOP), played(&pinned));
    let moved = of_service(&other, "www-api");
    assert_eq!(of_service(&one, "api"), moved);
    assert_ne!(
        of_service(&played(&renamed), "www-api"),
        moved,
        "unpinned it draws anew"
    );
}

#[test]
fn a_service_that_nobody_asks_changes_nothing_for_the_others() {
    let idle =
        "    - { serviceName: idle, taskDefinition: job, desiredCount: 2, launchType: FARGATE }\n";
    let more = SHOP.replace("  scalableTargets:", &format!("{idle}  scalableTargets:"));
    let (one, other) = (played(SHOP), played(&more));
    check_same_service("web", &one, &other);
    check_same_service("api", &one, &other);
    assert!(
        one.run.bill.total < other.run.bill.total,
        "it has a price all the same"
    );
}

#[test]
fn twice_the_prices_are_twice_the_bill() {
    let one = played(SHOP);
    let mut prices = String::new();
    for line in &one.run.bill.lines {
        let (name, usd) = (line.item.name(), line.price.amount.usd());
        if !prices.contains(name) {
            prices += &format!("{name}: {} USD, ", 2.0 * usd);
        }
    }
    let doubled = played(&SHOP.replace("world:\n", &format!("world:\n  prices: {{ {prices} }}\n")));
    assert_eq!(
        hash(&one),
        hash(&doubled),
        "prices move nothing but the bill"
    );
    for (one, doubled) in one.run.bill.lines.iter().zip(&doubled.run.bill.lines) {
        let off = (2.0 * one.cost.usd() - doubled.cost.usd()).abs();
        assert!(off < 2.5e-6, "{}: {off}", one.item.name());
    }
    let half = played(&SHOP.replace(
        "world:\n",
        "world:\n  prices: { discount: { all: 50 % } }\n",
    ));
    for (one, half) in one.run.bill.lines.iter().zip(&half.run.bill.lines) {
        let off = (0.5 * one.cost.usd() - half.cost.usd()).abs();
        assert!(off < 2.5e-6, "{}: {off}", one.item.name());
    }
}

#[test]
fn without_demand_nothing_scales_out() {
    let quiet = SHOP
        .lines()
        .filter(|line| !line.starts_with("    web: { rate"));
    let quiet: Vec<&str> = quiet.collect();
    let web = web_of(&played(&quiet.join("\n")));
    assert_eq!((web.scale_outs, web.desired_count.max), (0, 4));
    let zero = SHOP.replace("low: 10/s, high: 120/s", "low: 0/s, high: 0/s");
    let web = web_of(&played(&zero));
    assert_eq!((web.scale_outs, web.desired_count.max), (0, 4));
    assert_eq!(web.desired_count.min, 2, "it scales in to its minimum");
    let busy = web_of(&played(SHOP));
    assert!(0 < busy.scale_outs, "with demand it does");
}

fn web_of(run: &Played) -> ServiceSummary {
    let services = &run.run.outcome.observed.summary.services;
    services.iter().find(|it| it.name == "web").unwrap().clone()
}

#[test]
fn a_longer_run_has_the_same_past() {
    let (short, long) = (
        played(SHOP),
        played(&SHOP.replace("duration: 2d", "duration: 3d")),
    );
    let end = "2026-03-07T00:00:00";
    // What the short run knows of each task is what the long run knew by then.
    let (columns, times) = (
        [
            "taskArn",
            "capacityProviderName",
            "availabilityZone",
            "group",
            "startedBy",
        ],
        [
            "createdAt",
            "connectivityAt",
            "startedAt",
            "stoppingAt",
            "executionStoppedAt",
            "stoppedAt",
        ],
    );
    let rows = |run: &Played| -> Vec<String> {
        let tasks = &run.tasks;
        let by_then = |text: &str| match text < end {
            true => text.to_owned(),
            false => String::new(),
        };
        let row = |row: usize| {
            let mut cells = columns
                .map(|column| tasks.texts(column)[row].to_owned())
                .to_vec();
            cells.extend(times.map(|column| by_then(tasks.texts(column)[row])));
            cells.join(",")
        };
        let created = tasks.texts("createdAt");
        (0..tasks.len())
            .filter(|at| created[*at] < end)
            .map(row)
            .collect()
    };
    let (short_rows, long_rows) = (rows(&short), rows(&long));
    assert!(100 < short_rows.len());
    for (short, long) in short_rows.iter().zip(&long_rows) {
        assert_eq!(short, long);
    }
    assert_eq!(short_rows.len(), long_rows.len());
}

/// A service that scales, a program and a group of instances: every kind of series.
const SERIES: &str = "\
fleetcast: 1
run: { duration: 1d, start: 2026-03-05T00:00:00Z, begin: empty }
record: { metrics: 60s }
aws:
  cluster: { clusterName: shop, capacityProviders: [machines, FARGATE] }
  launchTemplates: [{ LaunchTemplateName: ecs, LaunchTemplateData: { InstanceType: m6i.large } }]
  autoScalingGroups:
    - { AutoScalingGroupName: machines, MinSize: 1, MaxSize: 3, LaunchTemplate: { LaunchTemplateName: ecs } }
  capacityProviders: [{ name: machines, autoScalingGroupProvider: { autoScalingGroupArn: machines } }]
  loadBalancers: [{ LoadBalancerName: lb, Type: application }]
  targetGroups: [{ TargetGroupName: tg, LoadBalancerArns: [lb] }]
  taskDefinitions:
    - { family: web, cpu: 512, memory: 1024 }
    - { family: job, cpu: 256, memory: 512 }
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 2
      launchType: FARGATE
      loadBalancers: [{ targetGroupArn: tg, containerName: web, containerPort: 80 }]
    - serviceName: hosted
      taskDefinition: web
      desiredCount: 1
      capacityProviderStrategy: [{ capacityProvider: machines, weight: 1 }]
  runTasks: [{ name: jobs, taskDefinition: job, launchType: FARGATE }]
world:
  demand:
    web: { rate: { daily: { low: 1/s, high: 30/s, peak: \"14:00\", every: 3h } } }
    jobs: { arrivals: { rate: 1/h, work: 10m } }
  work: { web: { cpu: 20ms, wait: 40ms } }
timeline: [{ at: 80m, update: { service: web, desiredCount: 3 } }]
";

/// The charts' columns of fifteen days are two minutes wide; the periods of metrics are not.
#[test]
fn a_longer_run_has_the_same_past_in_every_row_of_its_metrics() {
    let rows = |text: &str| -> Vec<String> {
        let run = played(text);
        let metrics = run.run.outcome.observed.metrics.unwrap();
        let mut bytes = Vec::new();
        metrics.write_csv(&run.plan, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let past = text.lines().filter(|line| *line < "2026-03-06");
        past.map(str::to_owned).collect()
    };
    let short = rows(SERIES);
    let long = rows(&SERIES.replace("duration: 1d", "duration: 15d"));
    for (short, long) in short.iter().zip(&long) {
        assert_eq!(short, long);
    }
    assert_eq!(short.len(), long.len());
    let of_cluster = |row: &&String| row.contains(",TaskCount,");
    assert_eq!(short.iter().filter(of_cluster).count(), 1_440);
}

#[test]
fn with_every_sink_off_the_run_is_the_same() {
    let all = "record: { events: all, decisions: all }";
    let none = SHOP.replace(
        all,
        "record: { metrics: none, tasks: none, events: none, decisions: none }",
    );
    let (one, other) = (played(SHOP), played(&none));
    assert_eq!(other.tasks.len(), 0);
    assert_eq!(hash(&one), hash(&other));
    assert_eq!(one.run.outcome.events, other.run.outcome.events);
    assert_eq!(one.run.bill.total, other.run.bill.total);
    let shown = |run: &Played| format!("{:?}", run.run.outcome.observed.summary);
    assert_eq!(shown(&one), shown(&other));
}

#[test]
fn the_kept_scenario_plays_the_same_run_again() {
    let home = Home::new();
    let file = root().join("scenarios/web-api.yaml").display().to_string();
    home.run_well(&[
        "run",
        &file,
        "--set",
        "run.duration=1d",
        "--out",
        "one",
        "--no-charts",
    ]);
    home.run_well(&["run", "one/scenario.yaml", "--out", "again", "--no-charts"]);
    let (one, again) = (home.files("one"), home.files("again"));
    assert!(one.contains_key("traces/elb-requests-5min.csv"));
    for (name, bytes) in &one {
        assert!(*bytes == again[name], "{name} differs");
    }
}
