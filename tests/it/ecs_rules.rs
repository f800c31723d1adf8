//! The rules of ECS from end to end: a scenario as text in, tasks and bills out, the expected
//! numbers worked out by hand. `CAP-E…` and `SVC-E…` are the worked examples of AWS's own pages
//! that the policies' tests name too.

use std::collections::BTreeMap;

use fleetcast::catalog::item::Item;
use fleetcast::observe::summary::ServiceSummary;
use fleetcast::policy::life_cycle::StopCode;
use fleetcast::world::task::TaskRecord;

use super::home::{Home, Played, played};

/// Phases without chance: 5 s to connect, 5 s to prepare, 10 s of pulling, 2 s to create (RUNNING
/// 22 s after the call), 20 s to deprovision.
const STEADY_PHASES: &str = "latencies: { default: { eni: 5s, prepare: 5s, \
                             pull: { base: 10s, perMiB: 0ms }, create: 2s, deprovision: 20s } }";

/// A service `web` of 1 vCPU and 2 GB with these fields, for so long, and more at the end.
fn service(fields: &str, duration: &str, more: &str) -> String {
    format!(
        "fleetcast: 1
run: {{ duration: {duration}, start: 2026-03-05T00:00:00Z }}
aws:
  taskDefinitions: [{{ family: web, cpu: 1024, memory: 2048 }}]
  services: [{{ serviceName: web, taskDefinition: web, {fields} }}]
{more}
"
    )
}

/// `FARGATE` and `FARGATE_SPOT` as (base, weight).
fn strategy(fargate: (u32, u32), spot: (u32, u32)) -> String {
    let item = |name: &str, (base, weight): (u32, u32)| {
        format!("{{ capacityProvider: {name}, base: {base}, weight: {weight} }}")
    };
    format!(
        "capacityProviderStrategy: [{}, {}]",
        item("FARGATE", fargate),
        item("FARGATE_SPOT", spot)
    )
}

/// How many tasks stand on FARGATE and on FARGATE_SPOT.
fn by_provider(run: &Played) -> (usize, usize) {
    let counts = run.tasks.counts("capacityProviderName");
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    (count("FARGATE"), count("FARGATE_SPOT"))
}

/// The tasks that ended with this code after they had run.
fn ended(run: &Played, code: StopCode) -> Vec<&TaskRecord> {
    let tasks = run.run.outcome.observed.tasks.iter();
    tasks
        .filter(|task| task.stop.is_some_and(|stop| stop.code == code))
        .filter(|task| task.times.started <= task.times.stopping && task.times.started.is_some())
        .collect()
}

#[test]
fn a_strategy_s_base_goes_first_and_its_weights_share_the_rest() {
    let table = [
        // CAP-E1, spot workshop: base 2, then 8 tasks at 1:3 are 2 and 6.
        ((2, 1), (0, 3), 10, (4, 6)),
        // CAP-E2, spot workshop: 3:1 of 4.
        ((0, 3), (0, 1), 4, (3, 1)),
        // CAP-E3, API CapacityProviderStrategyItem: 1:1 of an even count.
        ((0, 1), (0, 1), 12, (6, 6)),
        // CAP-E4, API CapacityProviderStrategyItem: 1:4 of 5.
        ((0, 1), (0, 4), 5, (1, 4)),
        // CAP-E5, AWS Korea's session: base 3, then 4 tasks at 1:3 are 1 and 3.
        ((3, 1), (0, 3), 7, (4, 3)),
        // All weight on the other: the base still stands.
        ((2, 0), (0, 1), 6, (2, 4)),
    ];
    for (fargate, spot, count, expected) in table {
        let strategy = strategy(fargate, spot);
        let fields = format!("desiredCount: {count}, {strategy}");
        for begin in ["steady", "empty"] {
            let text = service(&fields, "1m", "world: { spot: { preset: optimistic } }");
            let text = text.replace("run: {", &format!("run: {{ begin: {begin},"));
            assert_eq!(by_provider(&played(&text)), expected, "{begin} {strategy}");
        }
        let run_task = format!(
            "fleetcast: 1
run: {{ duration: 1m }}
aws: {{ taskDefinitions: [{{ family: job, cpu: 1024, memory: 2048 }}] }}
world: {{ spot: {{ preset: optimistic }} }}
timeline: [{{ at: 5s, run: {{ taskDefinition: job, count: {count}, {strategy} }} }}]
"
        );
        assert_eq!(
            by_provider(&played(&run_task)),
            expected,
            "RunTask {strategy}"
        );
    }
}

#[test]
fn a_hundred_tasks_start_at_once_and_twenty_a_second_after_them() {
    let run = played(
        "fleetcast: 1
run: { duration: 1m }
aws: { taskDefinitions: [{ family: job, cpu: 256, memory: 512 }] }
timeline: [{ at: 10s, run: { taskDefinition: job, count: 140, launchType: FARGATE } }]
",
    );
    // CAP-E20, developer guide, throttling: the bucket holds 100 and refills 20 a second: the k-th
    // task after it waits k/20 s.
    let expected: Vec<Option<f64>> = (0..140)
        .map(|task: i32| Some(10.0 + f64::from((task - 99).max(0)) / 20.0))
        .collect();
    assert_eq!(run.seconds("createdAt"), expected);
}

#[test]
fn a_launch_that_the_account_s_rate_holds_back_costs_the_service_none_of_its_own() {
    let fields = "desiredCount: 600, launchType: FARGATE";
    let text = service(fields, "1m", "").replace("run: {", "run: { begin: empty,");
    // The service's 500 a minute allow 500 + 25 x 8.3 by second 25, the account's 20 a second
    // 100 + 25 x 20.
    let last = played(&text).seconds("createdAt").last().copied().flatten();
    assert_eq!(last, Some(25.0));
}

/// The bill's lines in micro-dollars.
fn bill(run: &Played) -> BTreeMap<&'static str, i64> {
    let lines = run.run.bill.lines.iter();
    lines
        .map(|line| (line.item.name(), (line.cost.usd() * 1e6).round() as i64))
        .collect()
}

#[test]
fn a_month_of_one_vcpu_and_four_gigabytes_costs_what_aws_says() {
    let text = service("desiredCount: 1, launchType: FARGATE", "730h", "");
    let run = played(&text.replace("memory: 2048", "memory: 4096"));
    // CAP-E28, AWS Fargate pricing: 730 x 0.04048 = 29.5504 and 730 x 4 x 0.004445 = 12.9794; 42.53 together.
    let expected = [
        (Item::FargateVcpuHourX86.name(), 29_550_400),
        (Item::FargateGbHourX86.name(), 12_979_400),
    ];
    assert_eq!(bill(&run), BTreeMap::from(expected));
    assert_eq!(run.run.bill.total, run.run.bill.total_month);
}

#[test]
fn a_job_of_twenty_seconds_is_billed_for_a_minute() {
    let job = |work: &str| {
        played(&format!(
            "fleetcast: 1
run: {{ duration: 1h }}
aws: {{ taskDefinitions: [{{ family: job, cpu: 1024, memory: 2048 }}] }}
world:
  work: {{ job: {{ duration: {work} }} }}
  latencies: {{ default: {{ eni: 5s, prepare: 5s, pull: {{ base: 5s, perMiB: 0ms }},
                            create: 2s, deprovision: 3s }} }}
timeline: [{{ at: 1m, run: {{ taskDefinition: job, launchType: FARGATE }} }}]
"
        ))
    };
    // CAP-E29, AWS Fargate pricing: pulled 5 s, created 2 s, worked 10 s, deprovisioned 3 s: 20 s
    // from the start of the pull, billed as 60: 60 x 0.04048 / 3600 = 674.67 and 60 x 2 x 0.004445 / 3600 = 148.17
    // micro-dollars.
    let run = job("10s");
    assert_eq!(run.seconds("stoppedAt"), [Some(90.0)]);
    let expected = |vcpu, memory| {
        BTreeMap::from([
            (Item::FargateVcpuHourX86.name(), vcpu),
            (Item::FargateGbHourX86.name(), memory),
        ])
    };
    assert_eq!(bill(&run), expected(675, 148));
    // 80.5 s of work: 90.5 s, billed as 91: 1023.24 and 224.72.
    assert_eq!(bill(&job("80500ms")), expected(1023, 225));
}

#[test]
fn a_reclaimed_spot_task_has_its_stop_timeout_and_no_longer() {
    // CAP-E30, fargate-capacity-providers, and what comes between: the code that leaves by itself in
    // 4 s.
    let table = [
        ("", "10m", 30.0, 137),
        ("stopTimeout: 120", "10m", 120.0, 137),
        ("stopTimeout: 120", "4s", 4.0, 143),
        ("stopTimeout: 2", "4s", 2.0, 137),
    ];
    for (timeout, stops_in, seconds, exit_code) in table {
        let text = service(
            "desiredCount: 20, capacityProviderStrategy: [{ capacityProvider: FARGATE_SPOT, \
             weight: 1 }]",
            "30d",
            &format!(
                "world: {{ spot: {{ preset: pessimistic }}, work: {{ web: {{ stopsIn: {stops_in} \
                 }} }} }}"
            ),
        );
        let run = played(&text.replace(
            "memory: 2048",
            &format!("memory: 2048, containerDefinitions: [{{ name: web, {timeout} }}]"),
        ));
        let interrupted = ended(&run, StopCode::SpotInterruption);
        assert!(10 < interrupted.len(), "a month sees interruptions");
        for task in interrupted {
            let times = &task.times;
            assert_eq!(
                times.sigterm, times.stopping,
                "SIGTERM comes with the notice"
            );
            let (Some(stopping), Some(stopped)) = (times.stopping, times.execution_stopped) else {
                continue; // The run ended in between.
            };
            assert_eq!(stopped.since(stopping).as_secs_f64(), seconds, "{timeout}");
            assert_eq!(task.stop.unwrap().exit_code, Some(exit_code));
        }
    }
}

#[test]
fn target_tracking_acts_at_the_third_high_and_the_fifteenth_low_minute() {
    let text = service(
        "desiredCount: 2, launchType: FARGATE",
        "1h",
        &format!(
            "  scalableTargets: [{{ ResourceId: service/default/web, MinCapacity: 2, MaxCapacity: \
             9 }}]
  scalingPolicies:
    - ResourceId: service/default/web
      PolicyName: cpu
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration:
        TargetValue: 70
        PredefinedMetricSpecification: {{ PredefinedMetricType: ECSServiceAverageCPUUtilization }}
world:
  demand: {{ web: {{ rate: {{ sum: [{{ constant: 20/s }}, {{ spike: {{ at: 10m 40s, for: 9m 20s,
                                     times: 3 }} }}, {{ step: {{ at: 20m, to: 20/s }} }}] }} }} }}
  work: {{ web: {{ cpu: 30ms }} }}
  {STEADY_PHASES}"
        ),
    );
    let run = played(&text);
    // SVC-E12, a dump of real alarms: in alarm above 70 % for 3 of 3 minutes. 2 vCPU at 30 ms a request: 20/s are 30 %,
    // 60/s are 90 %. The minute from 10:00 on has 40 s of the one and 20 s of the other: 50 %. The
    // next three are high; the last of them ends at 14:00 and reaches the alarm 150 s later, at
    // 16:30 = 990 s. ceil(2 x 90 / 70) = 3 tasks.
    let created = run.seconds("createdAt");
    assert_eq!(created[2..], [Some(990.0)]);
    // The third task is RUNNING at 990 + 22 s. From 17:00 on, 60/s on 3 vCPU are 60 %, from 20:00
    // on, 40/s are 40 %: all below 63 %. The fifteenth such minute ends at 32:00 and is seen at
    // 34:30 = 2070 s, with its own 40 %: ceil(3 x 40 / 70) = 2.
    let stopping: Vec<f64> = run.seconds("stoppingAt").into_iter().flatten().collect();
    assert_eq!(stopping, [2070.0]);
}

#[test]
fn without_a_load_balancer_old_tasks_stay_until_new_ones_have_run_for_40_s() {
    let text = service(
        "desiredCount: 2, launchType: FARGATE",
        "10m",
        &format!(
            "world: {{ {STEADY_PHASES}, work: {{ web: {{ start: 1s, stopsIn: 3s }} }} }}
timeline: [{{ at: 2m, deploy: {{ service: web, forceNewDeployment: true }} }}]"
        ),
    );
    let run = played(&text);
    // 200 % of 2 leave room for two more at 120 s; they are RUNNING at 142 s, healthy at 182 s, and
    // 100 % of 2 let the old ones go then; 3 s to exit, 20 s to deprovision.
    let new = [Some(120.0), Some(120.0)];
    assert_eq!(run.seconds("createdAt")[2..], new);
    assert_eq!(
        run.seconds("startedAt")[2..],
        new.map(|at| at.map(|at| at + 22.0))
    );
    let old = |column: &str| run.seconds(column)[..2].to_vec();
    assert_eq!(old("stoppingAt"), [Some(182.0); 2]);
    assert_eq!(old("executionStoppedAt"), [Some(185.0); 2]);
    assert_eq!(old("stoppedAt"), [Some(205.0); 2]);
    assert_eq!(run.seconds("stoppingAt")[2..], [None; 2]);
    let by = run.tasks.texts("startedBy");
    assert!(
        by[0] == by[1] && by[1] != by[2] && by[2] == by[3],
        "a deployment each: {by:?}"
    );
}

/// UpdateService with the revision that is there deploys nothing unless it is forced to; `deploy` is
/// one that is forced, unless it says that it is not.
#[test]
fn a_deploy_to_the_revision_that_is_there_replaces_the_tasks() {
    let tasks = |call: &str| {
        let text = service(
            "desiredCount: 2, launchType: FARGATE",
            "10m",
            &format!("timeline: [{{ at: 2m, {call} }}]"),
        );
        played(&text).seconds("createdAt").len()
    };
    let same = "service: web, taskDefinition: \"web:1\"";
    assert_eq!(tasks(&format!("update: {{ {same} }}")), 2);
    assert_eq!(tasks(&format!("deploy: {{ {same} }}")), 4);
    let not_forced = format!("deploy: {{ {same}, forceNewDeployment: false }}");
    assert_eq!(tasks(&not_forced), 2);
}

#[test]
fn a_deployment_starts_and_stops_as_many_tasks_at_once_as_its_percentages_allow() {
    // New tasks are RUNNING 22 s after their start and count 40 s later; those that stop have their
    // place until they have, a second later: rounds are 62 or 63 s apart.
    let table: [(_, u32, &str, &[f64], &[f64]); 4] = [
        (
            "SVC-E1, API DeploymentConfiguration: of 4 at 50 % two stop first",
            4,
            "minimumHealthyPercent: 50, maximumPercent: 100",
            &[121.0, 121.0, 184.0, 184.0],
            &[120.0, 120.0, 183.0, 183.0],
        ),
        (
            "SVC-E2, deployment-type-ecs: of 4 at 200 % four start first",
            4,
            "minimumHealthyPercent: 100, maximumPercent: 200",
            &[120.0, 120.0, 120.0, 120.0],
            &[182.0, 182.0, 182.0, 182.0],
        ),
        (
            "SVC-E3, deployment-type-ecs: 3 at 125 % are 3: none can start first",
            3,
            "minimumHealthyPercent: 100, maximumPercent: 125",
            &[],
            &[],
        ),
        (
            "CAP-E23, container-instance-draining: at 100 % and 100 % nothing is replaced",
            4,
            "minimumHealthyPercent: 100, maximumPercent: 100",
            &[],
            &[],
        ),
    ];
    for (source, desired, percentages, started, stopped) in table {
        let text = service(
            &format!(
                "desiredCount: {desired}, launchType: FARGATE, deploymentConfiguration: {{ \
                 {percentages} }}"
            ),
            "20m",
            &format!(
                "world: {{ {STEADY_PHASES} }}
timeline: [{{ at: 2m, deploy: {{ service: web, forceNewDeployment: true }} }}]"
            ),
        );
        let run = played(&text);
        let times = |column| run.seconds(column).into_iter().flatten();
        let created: Vec<f64> = times("createdAt").filter(|at| 0.0 < *at).collect();
        assert_eq!(created, started, "{source}");
        let mut stopping: Vec<f64> = times("stoppingAt").collect();
        stopping.sort_by(f64::total_cmp);
        assert_eq!(stopping, stopped, "{source}");
        let of_service = &run.run.outcome.observed.summary.services[0];
        let completed = u64::from(!started.is_empty());
        assert_eq!(of_service.deployments_completed, completed, "{source}");
    }
}

/// A service whose demand falls after an hour, with this timeline.
fn falling_demand(timeline: &str) -> ServiceSummary {
    let run = played(&service(
        "desiredCount: 4, launchType: FARGATE",
        "6h",
        &format!(
            "  scalableTargets: [{{ ResourceId: service/default/web, MinCapacity: 1, MaxCapacity: \
             9 }}]
  scalingPolicies:
    - ResourceId: service/default/web
      PolicyName: cpu
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration:
        TargetValue: 50
        PredefinedMetricSpecification: {{ PredefinedMetricType: ECSServiceAverageCPUUtilization }}
world:
  demand: {{ web: {{ rate: {{ sum: [{{ constant: 10/s }}, {{ spike: {{ at: 0s, for: 1h, times: 6 \
             }} }}] }} }} }}
  work: {{ web: {{ cpu: 30ms }} }}
timeline: [{timeline}]"
        ),
    ));
    run.run.outcome.observed.summary.services[0].clone()
}

#[test]
fn a_deployment_that_is_over_lets_the_service_scale_in() {
    // 10/s are 30 % of a vCPU: ceil(4 x 7.5 / 50) = 1 task once the spike is over.
    let plain = falling_demand("");
    assert_eq!((plain.scale_ins, plain.desired_count.min), (1, 1));
    let deployed =
        falling_demand("{ at: 10m, deploy: { service: web, forceNewDeployment: true } }");
    let of_deployments = (deployed.deployments_started, deployed.deployments_completed);
    assert_eq!(of_deployments, (1, 1));
    assert_eq!((deployed.scale_ins, deployed.desired_count.min), (1, 1));
}

#[test]
fn a_target_is_deregistered_before_its_task_gets_sigterm() {
    let balanced = "loadBalancers: [{ targetGroupArn: web, containerName: web, containerPort: 80 \
                    }]";
    let text = service(
        &format!("desiredCount: 2, launchType: FARGATE, {balanced}"),
        "10m",
        &format!(
            "  targetGroups: [{{ TargetGroupName: web, attributes: {{ \
             deregistration_delay.timeout_seconds: 45 }} }}]
world: {{ {STEADY_PHASES}, work: {{ web: {{ stopsIn: 3s }} }} }}
timeline: [{{ at: 2m, update: {{ service: web, desiredCount: 1 }} }}]"
        ),
    );
    let text = text.replace(
        "memory: 2048",
        "memory: 2048, containerDefinitions: [{ name: web, portMappings: [{ containerPort: 80 }] }]",
    );
    let run = played(&text);
    let [task] = ended(&run, StopCode::ServiceSchedulerInitiated)[..] else {
        panic!("one task stops");
    };
    // DEACTIVATING at 120 s for 45 s, then SIGTERM, 3 s to exit, 20 s to deprovision.
    let times = &task.times;
    let at = [
        times.stopping,
        times.sigterm,
        times.execution_stopped,
        times.stopped,
    ];
    let at = at.map(|at| at.unwrap().as_secs_f64());
    assert_eq!(at, [120.0, 165.0, 168.0, 188.0]);
}

#[test]
fn tasks_say_who_started_them_and_in_which_group() {
    let run = played(
        "fleetcast: 1
run: { duration: 10m }
aws:
  taskDefinitions: [{ family: job, cpu: 256, memory: 512 }]
  services: [{ serviceName: web, taskDefinition: job, desiredCount: 1, launchType: FARGATE }]
timeline:
  - { at: 1m, run: { taskDefinition: job, launchType: FARGATE, group: nightly, startedBy: cron } }
  - { at: 2m, run: { taskDefinition: job, launchType: FARGATE } }
",
    );
    assert_eq!(
        run.tasks.texts("group"),
        ["service:web", "nightly", "family:job"]
    );
    let by = run.tasks.texts("startedBy");
    assert!(by[0].starts_with("ecs-svc/"), "a deployment: {by:?}");
    assert_eq!(by[1], "cron");
    assert_eq!(run.tasks.texts("launchType"), ["FARGATE"; 3]);
    assert_eq!(run.tasks.texts("lastStatus"), ["RUNNING"; 3]);
}

/// Jobs of five days, one every six hours, on Spot.
fn spot_jobs(on_interruption: &str) -> Played {
    played(&format!(
        "fleetcast: 1
run: {{ duration: 60d }}
aws:
  taskDefinitions: [{{ family: job, cpu: 256, memory: 512 }}]
  runTasks:
    - {{ name: jobs, taskDefinition: job,
         capacityProviderStrategy: [{{ capacityProvider: FARGATE_SPOT, weight: 1 }}] }}
world:
  spot: {{ preset: pessimistic }}
  demand:
    jobs:
      arrivals: {{ rate: 4/d, process: regular, work: 5d }}
      onInterruption: {on_interruption}
"
    ))
}

#[test]
fn interrupted_jobs_start_again_or_fail_as_their_program_wants() {
    let restarting = spot_jobs("restart");
    let interrupted = ended(&restarting, StopCode::SpotInterruption);
    assert!(10 < interrupted.len(), "two months see interruptions");
    let jobs = &restarting.run.outcome.observed.summary.job_sources[0];
    assert_eq!(jobs.failed, 0);
    assert!(jobs.succeeded < jobs.starts, "some took two starts");
    // The program calls RunTask the moment its task goes; a market without room makes it wait.
    let created: Vec<_> = restarting.run.outcome.observed.tasks.iter().collect();
    let follows = |task: &&&TaskRecord| {
        created
            .iter()
            .any(|other| Some(other.times.created) == task.times.stopping)
    };
    let at_once = interrupted.iter().filter(follows).count();
    assert!(
        interrupted.len() / 2 < at_once,
        "{at_once} of {}",
        interrupted.len()
    );

    let failing = spot_jobs("fail");
    let jobs = &failing.run.outcome.observed.summary.job_sources[0];
    assert_eq!(
        jobs.failed, jobs.tasks.interruptions,
        "each interruption ends its job"
    );
    let tasks = &failing.run.outcome.observed.tasks;
    let still_there = tasks.iter().filter(|task| task.stop.is_none()).count() as u64;
    let ended = jobs.succeeded + jobs.failed;
    assert_eq!(jobs.starts, ended + still_there, "one start a job");
}

#[test]
fn what_describe_commands_print_plays_like_the_same_thing_written_out() {
    let home = Home::new();
    home.write("definition.json", DEFINITION);
    home.write("services.json", SERVICES);
    let rest = "world: { demand: { web: { rate: 20/s } } }\n";
    let run = "fleetcast: 1\nname: shop\nrun: { duration: 6h }\n";
    home.write(
        "included.yaml",
        &format!("{run}aws:\n  include: [definition.json, services.json]\n  cluster: {{ clusterName: shop }}\n{rest}"),
    );
    home.write(
        "written.yaml",
        &format!(
            "{run}aws:
  cluster: {{ clusterName: shop }}
  taskDefinitions: [{{ family: web, revision: 3, cpu: 512, memory: 1024 }}]
  services:
    - serviceName: web
      taskDefinition: web:3
      desiredCount: 3
      capacityProviderStrategy:
        - {{ capacityProvider: FARGATE, base: 1, weight: 1 }}
        - {{ capacityProvider: FARGATE_SPOT, weight: 1 }}
      deploymentConfiguration: {{ maximumPercent: 150, minimumHealthyPercent: 50 }}
{rest}"
        ),
    );
    for name in ["included", "written"] {
        home.run_well(&["run", &format!("{name}.yaml"), "--out", name, "--no-charts"]);
    }
    let (mut included, mut written) = (home.files("included"), home.files("written"));
    for name in ["scenario.yaml", "manifest.json", "summary.json"] {
        included.remove(name);
        written.remove(name);
    }
    assert_eq!(
        included.keys().collect::<Vec<_>>(),
        written.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &included {
        assert!(*bytes == written[name], "{name} differs");
    }
    let hash = |name: &str| home.json(&format!("{name}/summary.json"))["event_hash"].clone();
    assert_eq!(hash("included"), hash("written"));
    // What has no effect is named, once.
    let notes = home.json("included/manifest.json")["notes"].to_string();
    for ignored in ["registeredAt", "runningCount", "roleArn"] {
        assert_eq!(notes.matches(ignored).count(), 1, "{ignored} in {notes}");
    }
}

/// As `aws ecs describe-task-definition --task-definition web` prints it.
const DEFINITION: &str = r#"{
    "taskDefinition": {
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:012345678901:task-definition/web:3",
        "containerDefinitions": [
            { "name": "web", "image": "shop/web:3", "cpu": 0, "essential": true,
              "portMappings": [{ "containerPort": 80, "hostPort": 80, "protocol": "tcp" }],
              "environment": [], "mountPoints": [], "volumesFrom": [] }
        ],
        "family": "web", "networkMode": "awsvpc", "revision": 3, "volumes": [],
        "status": "ACTIVE", "placementConstraints": [],
        "requiresAttributes": [{ "name": "ecs.capability.task-eni" }],
        "compatibilities": ["EC2", "FARGATE"], "requiresCompatibilities": ["FARGATE"],
        "cpu": "512", "memory": "1024", "registeredAt": "2026-01-02T03:04:05.678000+00:00"
    },
    "tags": []
}
"#;

/// As `aws ecs describe-services --cluster shop --services web` prints it.
const SERVICES: &str = r#"{
    "services": [
        {
            "serviceArn": "arn:aws:ecs:us-east-1:012345678901:service/shop/web",
            "serviceName": "web",
            "clusterArn": "arn:aws:ecs:us-east-1:012345678901:cluster/shop",
            "loadBalancers": [], "serviceRegistries": [], "status": "ACTIVE",
            "desiredCount": 3, "runningCount": 3, "pendingCount": 0,
            "capacityProviderStrategy": [
                { "capacityProvider": "FARGATE", "weight": 1, "base": 1 },
                { "capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0 }
            ],
            "platformVersion": "LATEST", "platformFamily": "Linux",
            "taskDefinition": "arn:aws:ecs:us-east-1:012345678901:task-definition/web:3",
            "deploymentConfiguration": {
                "deploymentCircuitBreaker": { "enable": false, "rollback": false },
                "maximumPercent": 150, "minimumHealthyPercent": 50
            },
            "deployments": [],
            "roleArn": "arn:aws:iam::012345678901:role/aws-service-role/ecs.amazonaws.com/x",
            "events": [], "createdAt": "2026-01-02T03:04:05.678000+00:00",
            "placementConstraints": [], "placementStrategy": [],
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": [], "securityGroups": [], "assignPublicIp": "DISABLED"
                }
            },
            "schedulingStrategy": "REPLICA", "deploymentController": { "type": "ECS" },
            "enableECSManagedTags": true, "propagateTags": "NONE", "enableExecuteCommand": false
        }
    ],
    "failures": []
}
"#;

/// A service of four tasks whose second revision takes ten minutes to be ready, while tasks of the
/// first one crash every five minutes each.
fn slow_rollout(percentages: &str) -> Played {
    let text = service(
        &format!(
            "desiredCount: 4, launchType: FARGATE, deploymentConfiguration: {{ {percentages} }}"
        ),
        "20m",
        &format!(
            "world: {{ {STEADY_PHASES}, work: {{ \"web:1\": {{ crashes: {{ mttf: 5m }} }}, \
             \"web:2\": {{ start: 10m }} }} }}
timeline: [{{ at: 2m, deploy: {{ service: web, taskDefinition: \"web:2\" }} }}]"
        ),
    );
    let web = "{ family: web, cpu: 1024, memory: 2048 }";
    let text = text.replace(web, &format!("{web}, {web}"));
    played(&text.replace("taskDefinition: web,", "taskDefinition: \"web:1\","))
}

/// When tasks of a revision were created, and when the first one's crashed, within the rollout.
fn created_and_crashed(run: &Played, revision: &str) -> (Vec<f64>, Vec<f64>) {
    let ended = run.tasks.texts("stopCode");
    let of = |column| -> Vec<(f64, &str)> {
        let times = run.seconds(column).into_iter().map(|at| at.unwrap_or(0.0));
        let definitions = run.tasks.texts("taskDefinitionArn").into_iter().zip(&ended);
        let all = times
            .zip(definitions)
            .filter(|(at, _)| 120.0 < *at || column == "createdAt");
        all.filter(|(_, (definition, _))| definition.ends_with(revision))
            .map(|(at, (_, code))| (at, *code))
            .collect()
    };
    let mut created: Vec<f64> = of("createdAt").into_iter().map(|it| it.0).collect();
    created.retain(|at| 120.0 <= *at);
    let crashed = of("stoppingAt").into_iter();
    let mut crashed: Vec<f64> = crashed
        .filter(|it| it.1 == "EssentialContainerExited")
        .map(|it| it.0)
        .collect();
    crashed.sort_by(f64::total_cmp);
    (created, crashed)
}

#[test]
fn in_a_rollout_a_task_that_is_lost_is_replaced_by_one_of_its_own_revision() {
    // Announcement of November 2025, rolling deployments. 200 % of 4: four new tasks at 120 s, ready
    // ten minutes after they are RUNNING at 142 s: until 742 s every lost old task comes again.
    let run = slow_rollout("minimumHealthyPercent: 100, maximumPercent: 200");
    let (new, _) = created_and_crashed(&run, ":2");
    assert_eq!(new, [120.0; 4], "no new task replaces an old one");
    let (again, crashed) = created_and_crashed(&run, ":1");
    assert!(3 <= crashed.len(), "{crashed:?}");
    assert!(crashed.iter().all(|at| *at < 742.0), "{crashed:?}");
    assert_eq!(
        again, crashed,
        "each at once, whatever it is the replacement of"
    );
    // 25 % more than 4 is one: the new side takes what room there is, until it lacks none.
    let run = slow_rollout("minimumHealthyPercent: 100, maximumPercent: 125");
    let (again, crashed) = created_and_crashed(&run, ":1");
    let (new, _) = created_and_crashed(&run, ":2");
    assert_eq!(new[..4], [&[120.0], &crashed[..3]].concat());
    assert!(again.iter().all(|at| new[3] < *at), "{again:?} {new:?}");
    // 50 % of 4: two of the old stop, and the two that stay are kept at two.
    let run = slow_rollout("minimumHealthyPercent: 50, maximumPercent: 200");
    let (again, crashed) = created_and_crashed(&run, ":1");
    assert!(!crashed.is_empty());
    assert_eq!(again, crashed);
}
