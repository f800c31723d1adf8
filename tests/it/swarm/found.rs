//! Defects that the swarm found, each by its smallest scenario.

use fleetcast::experiment::run::{PlayedRun, replay};
use fleetcast::explain::Replay;
use fleetcast::observe::trail::Trail;
use fleetcast::scenario::{LoadOptions, load};
use fleetcast::simulation::outcome::RunLimits;

use crate::home::played;

/// A service on one definition; `run`, `demand` and `work` as given.
fn service(run: &str, desired: u32, [demand, work]: [&str; 2]) -> String {
    format!(
        "fleetcast: 1
run: {{ {run} }}
aws:
  taskDefinitions: [{{ family: f, cpu: 256, memory: 512 }}]
  services:
    - {{ serviceName: s, taskDefinition: f, desiredCount: {desired}, launchType: FARGATE }}
world:
  demand: {{ s: {{ {demand} }} }}
  work: {{ f: {{ {work} }} }}
"
    )
}

#[test]
fn an_idle_task_uses_no_more_cpu_than_it_has() {
    let text = service("duration: 1h", 3, ["rate: 1/s", "idle: 20 vCPU"]);
    let run = played(&text);
    let cpu = run.run.outcome.observed.summary.services[0].cpu;
    assert_eq!(cpu.mean_percent, Some(100.0));
}

#[test]
fn requests_that_fail_anyway_fail_once_when_their_task_crashes() {
    // Every request takes 10 s and is given up on after 1 s, and tasks crash with them inside.
    let demand = "rate: 40/s, timeout: 1s";
    let work = "wait: 10s, crashes: { mttf: 1m }";
    let run = played(&service("duration: 1h, begin: empty", 9, [demand, work]));
    let load = run.run.outcome.observed.summary.services[0].load.clone();
    let load = load.unwrap();
    assert!(0.0 < load.elb_5xx);
    assert!(load.elb_5xx + load.timed_out <= load.requests, "{load:?}");
    assert!(load.failed_requests <= load.first_tries, "{load:?}");
}

#[test]
fn tries_that_die_with_the_last_task_are_of_fewer_first_tries() {
    // Nobody answers at first, so that every request is tried a thousand times; those tries pile up
    // when there is a task, until there is none again.
    let demand = "rate: { step: { at: 60s, from: 100/s, to: 0/s } }, retries: { attempts: 1000 }";
    let text = service("duration: 2h, begin: empty", 1, [demand, "cpu: 20ms"]);
    let update = "timeline: [{ at: 300s, update: { service: s, desiredCount: 0 } }]\n";
    let run = played(&(text + update));
    let load = run.run.outcome.observed.summary.services[0].load.clone();
    let load = load.unwrap();
    assert!(6_000.0 < load.requests, "{load:?}");
    assert!(load.failed_requests <= load.first_tries, "{load:?}");
}

#[test]
fn requests_from_before_the_run_make_no_more_fail_than_all() {
    // A steady run begins with requests in flight; its tasks are stopped at once.
    let text = service("duration: 1h", 5, ["rate: 1/s", "wait: 10s"]);
    let update = "timeline: [{ at: 0s, update: { service: s, desiredCount: 0 } }]\n";
    let run = played(&(text + update));
    let load = run.run.outcome.observed.summary.services[0].load.clone();
    let load = load.unwrap();
    assert!(load.first_tries < load.failed_requests, "{load:?}");
    assert_eq!(load.failed_percent, Some(100.0));
}

#[test]
fn a_bill_of_many_trillions_is_not_negative() {
    // 10⁹ requests of 8 TiB a second are 8·10¹² LCUs.
    let text = service(
        "duration: 1h",
        1,
        [
            "rate: 1000000000/s, bytes: { in: 8TiB, out: 1B }",
            "cpu: 20ms",
        ],
    );
    let text = text.replace(
        "cpu: 256, memory: 512",
        "cpu: 256, memory: 512, containerDefinitions: [{ name: c, portMappings: [{ \
         containerPort: 80 }] }]",
    );
    let text = text.replace(
        "launchType: FARGATE",
        "launchType: FARGATE, loadBalancers: [{ targetGroupArn: t, containerName: c, \
         containerPort: 80 }]",
    );
    let text = text.replace(
        "  services:",
        "  targetGroups: [{ TargetGroupName: t }]\n  services:",
    );
    let bill = played(&text).run.bill;
    assert!(1e13 < bill.total_month.usd(), "{}", bill.total_month);
    assert!(bill.total < bill.total_month);
}

#[test]
fn requests_to_the_task_with_the_fewest_go_to_one_of_them() {
    // Tasks crash and start under a backlog: behind least outstanding requests two of them got all
    // requests, one after the other.
    let text = service(
        "duration: 2h",
        8,
        [
            "rate: 300/s, timeout: 1s, onTimeout: staysInQueue",
            "cpu: 20ms, crashes: { mttf: 1m }",
        ],
    );
    let text = text.replace(
        "cpu: 256, memory: 512",
        "cpu: 256, memory: 512, containerDefinitions: [{ name: c, portMappings: [{ \
         containerPort: 80 }] }]",
    );
    let text = text.replace(
        "launchType: FARGATE",
        "launchType: FARGATE, loadBalancers: [{ targetGroupArn: t, containerName: c, \
         containerPort: 80 }]",
    );
    let groups = "  targetGroups: [{ TargetGroupName: t, attributes: { \
                  load_balancing.algorithm.type: least_outstanding_requests } }]\n  services:";
    let load = played(&text.replace("  services:", groups)).run.outcome;
    let load = load.observed.summary.services[0].load.clone().unwrap();
    assert!(load.timed_out + load.elb_5xx <= load.requests, "{load:?}");
}

#[test]
fn a_group_that_no_pool_has_an_instance_for_still_desires_its_least() {
    // Spot is out at the start, or was when the steady state was sought.
    for seed in 0..40 {
        let text = format!(
            "fleetcast: 1
run: {{ duration: 2h, seed: {seed} }}
aws:
  launchTemplates:
    - {{ LaunchTemplateName: t, LaunchTemplateData: {{ InstanceType: m6i.large }} }}
  autoScalingGroups:
    - AutoScalingGroupName: g
      MinSize: 1
      MaxSize: 9
      AvailabilityZones: [us-east-1a]
      MixedInstancesPolicy:
        LaunchTemplate:
          LaunchTemplateSpecification: {{ LaunchTemplateName: t }}
          Overrides: [{{ InstanceType: c5.2xlarge }}]
        InstancesDistribution: {{ OnDemandPercentageAboveBaseCapacity: 0 }}
  capacityProviders:
    - name: p
      autoScalingGroupProvider:
        autoScalingGroupArn: g
        managedScaling: {{ status: ENABLED }}
world: {{ spot: {{ interruptionsPerSlotMonth: 10 }} }}
"
        );
        // Test builds audit after every event.
        played(&text);
    }
}

#[test]
fn a_lost_task_is_wanted_while_another_moves() {
    // One starts in a poorer zone for as long as its pull takes, and Spot takes others meanwhile.
    for seed in 0..40 {
        let text = format!(
            "fleetcast: 1
run: {{ duration: 1d, seed: {seed}, begin: empty }}
aws:
  taskDefinitions: [{{ family: f, cpu: 256, memory: 512 }}]
  services:
    - serviceName: s
      taskDefinition: f
      desiredCount: 3
      capacityProviderStrategy:
        - {{ capacityProvider: FARGATE, weight: 3 }}
        - {{ capacityProvider: FARGATE_SPOT, weight: 5 }}
world:
  latencies: {{ default: {{ prepare: {{ distribution: lognormal, mean: 2h, cv: 9 }} }} }}
  spot: {{ interruptionsPerSlotMonth: 60 }}
"
        );
        played(&text);
    }
}

#[test]
fn a_steady_run_does_not_begin_with_more_than_its_tasks_can_do() {
    // Every try fails and is made again twice: three a second, where half of that can be served.
    let demand = "rate: 1/s, timeout: 1s, onTimeout: staysInQueue, retries: { attempts: 2 }";
    let work = "wait: 10s, cv: 1, slots: 15, errors: 100 %";
    let text = service("duration: 1m, fidelity: requests", 1, [demand, work]);
    let run = played(&text);
    let load = run.run.outcome.observed.summary.services[0].load.clone();
    let in_flight = load.unwrap().in_flight_last_minute;
    // Of a service at 95 % of its capacity, not of one whose queue grew for half an hour by 1.5
    // requests a second.
    assert!(in_flight < 400.0, "{in_flight}");
}

/// Three daemons with work for the tasks beside them; `record` as given.
fn daemon(record: &str) -> String {
    format!(
        "fleetcast: 1
run: {{ duration: 1h }}
record: {{ {record} }}
aws:
  cluster: {{ capacityProviders: [group] }}
  launchTemplates: [{{ LaunchTemplateName: t, LaunchTemplateData: {{ InstanceType: m6i.large }} }}]
  autoScalingGroups:
    - {{ AutoScalingGroupName: group, MinSize: 3, MaxSize: 3, AvailabilityZones: [us-east-1a], \
         LaunchTemplate: {{ LaunchTemplateName: t, Version: \"1\" }} }}
  capacityProviders: [{{ name: group, autoScalingGroupProvider: {{ autoScalingGroupArn: group }} }}]
  taskDefinitions:
    - {{ family: d, requiresCompatibilities: [EC2], networkMode: bridge, \
         containerDefinitions: [{{ name: d, cpu: 256, memory: 512 }}] }}
  services: [{{ serviceName: d, taskDefinition: d, schedulingStrategy: DAEMON }}]
world: {{ work: {{ d: {{ beside: {{ perTask: 1 vCPU }}, idle: 0.1 vCPU }} }} }}
"
    )
}

#[test]
fn a_run_that_records_nothing_knows_what_daemons_do() {
    let all = played(&daemon("metrics: 60s"));
    let none = played(&daemon(
        "metrics: none, tasks: none, events: none, decisions: none",
    ));
    let (all, none) = (all.run, none.run);
    let daemon = |run: &PlayedRun| run.outcome.observed.summary.services[0].clone();
    assert!(daemon(&all).cpu.mean_percent.is_some());
    assert_eq!(daemon(&all), daemon(&none));
    assert_eq!(all.bill.by_item(), none.bill.by_item());
}

#[test]
fn who_begins_with_a_deployment_that_is_watched_is_deploying() {
    // No task is healthy before 20 min, and until then nothing scales in for its memory. Nobody was
    // told of the deployment's start, and explain took it for none.
    let text = "fleetcast: 1
run: { duration: 1h, begin: empty }
aws:
  taskDefinitions: [{ family: f, cpu: 512, memory: 4096 }]
  targetGroups: [{ TargetGroupName: g }]
  services:
    - { serviceName: s, taskDefinition: f, desiredCount: 5, launchType: FARGATE, healthCheckGracePeriodSeconds: 1800, \
        loadBalancers: [{ targetGroupArn: g, containerName: f, containerPort: 80 }], \
        deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } }
  scalableTargets: [{ ResourceId: service/default/s, MinCapacity: 1, MaxCapacity: 9 }]
  scalingPolicies:
    - { ResourceId: service/default/s, PolicyName: p, PolicyType: TargetTrackingScaling, \
        TargetTrackingScalingPolicyConfiguration: { TargetValue: 70, \
        PredefinedMetricSpecification: { PredefinedMetricType: ECSServiceAverageMemoryUtilization } } }
world:
  demand: { s: { rate: 1/s } }
  work: { f: { start: 20m } }
";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.yaml");
    std::fs::write(&path, text).unwrap();
    let plan = load(&path, &LoadOptions::default()).ok().unwrap().plan;
    let outcome = replay(&plan, 0, &RunLimits::default(), Trail::of(None));
    let replay = Replay {
        plan: &plan,
        trail: outcome.observed.trail.as_deref().unwrap(),
        ended_at: outcome.stopped_at,
    };
    assert!(!replay.trail.scalings.is_empty());
    assert_eq!(replay.disagreements(), Vec::<String>::new());
}
