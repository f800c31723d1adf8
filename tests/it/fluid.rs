//! The fluid model from the scenario's text on, where it once said something else than the model
//! that plays every request; the numbers of that one are in the comments.

use fleetcast::observe::summary::LoadSummary;

use super::home::{Played, played};

/// A service `w`; capitals are to be filled in.
const ONE: &str = "\
fleetcast: 1
name: w
run: { duration: DURATION, begin: steady }
aws:
  taskDefinitions: [{ family: w, cpu: 1024, memory: 2048 }]
MORE
  services:
    - { serviceName: w, taskDefinition: w, desiredCount: TASKS, launchType: FARGATE, SERVICE }
world:
  demand: { w: { DEMAND } }
  work: { w: { WORK } }
TIMELINE
";

#[derive(Clone, Copy)]
struct One<'a> {
    duration: &'a str,
    more: &'a str,
    tasks: u32,
    service: &'a str,
    demand: &'a str,
    work: &'a str,
    timeline: &'a str,
}

const PLAIN: One<'static> = One {
    duration: "1h",
    more: "",
    tasks: 3,
    service: "",
    demand: "rate: 10/s",
    work: "cpu: 10ms",
    timeline: "",
};

impl One<'_> {
    fn text(&self) -> String {
        ONE.replace("DURATION", self.duration)
            .replace("MORE", self.more)
            .replace("TASKS", &self.tasks.to_string())
            .replace("SERVICE", self.service)
            .replace("DEMAND", self.demand)
            .replace("WORK", self.work)
            .replace("TIMELINE", self.timeline)
    }

    fn load(&self) -> LoadSummary {
        load(&played(&self.text()))
    }
}

fn load(run: &Played) -> LoadSummary {
    let summary = &run.run.outcome.observed.summary;
    summary.services[0].load.clone().unwrap()
}

fn check_near(what: &str, found: f64, expected: f64, share: f64) {
    let off = (found / expected - 1.0).abs();
    assert!(off < share, "{what}: {found} is not {expected}");
}

fn distrust_s(load: &LoadSummary, words: &str) -> f64 {
    load.distrust_s.get(words).copied().unwrap_or(0.0)
}

const COPIES: &str = "work outlasts the visibility time-out while slots are taken";
const CHANGES: &str = "rate changes faster than 10 service times";

/// Twelve slots of 20 s, a visibility time-out of 30 s.
fn pulls(rate: &str) -> LoadSummary {
    let one = One {
        duration: "48h",
        more: "  queues: [{ QueueName: u }]",
        demand: &format!("queue: u, rate: {rate}"),
        work: "cpu: 0ms, wait: 20s, cv: 1, slots: 4",
        ..PLAIN
    };
    one.load()
}

/// Every message that outlasts its time-out was worked on as often as that fits into its work, even
/// with all slots taken: 5,855 waited after two days at 0.36/s.
#[test]
fn copies_of_messages_wait_for_slots_too() {
    // Request by request 25,525 received of 20,588, answered after 20.4 s; the oldest 8.1 s.
    let light = pulls("0.12/s");
    let queue = light.queue.as_ref().unwrap();
    check_near("receives", queue.received / light.requests, 1.2398, 0.01);
    check_near("response", light.response.mean_s.unwrap(), 20.35, 0.02);
    check_near("oldest", queue.oldest_mean_s, 8.05, 0.1);
    // A rate that never changes does not change too fast.
    assert_eq!(light.distrust_s.len(), 0);
    // 70,872 of 62,078, 5.5 visible; 95,314 of 93,425, 46 visible.
    for (rate, receives, visible) in [("0.36/s", 1.1417, 5.51), ("0.54/s", 1.0202, 46.4)] {
        let load = pulls(rate);
        let queue = load.queue.as_ref().unwrap();
        check_near("receives", queue.received / load.requests, receives, 0.01);
        let off = queue.visible_mean / visible;
        assert!((0.5..2.5).contains(&off), "{rate}: {}", queue.visible_mean);
        assert_eq!(distrust_s(&load, COPIES), 172_800.0);
        assert_eq!(distrust_s(&load, CHANGES), 0.0);
    }
}

/// Ten tasks with hardly anything to do: who outlasts the time-out does so by its work alone.
#[test]
fn a_further_try_is_the_same_work() {
    // Request by request 744 time-outs, 0.0229 % failed; with 800 ms 8,430 and 0.2597 %.
    for (timeout, timed_out, failed) in [("2s", 744.0, 0.0229), ("800ms", 8_430.0, 0.2597)] {
        let one = One {
            tasks: 10,
            demand: &format!("rate: 300/s, timeout: {timeout}, retries: {{ attempts: 2 }}"),
            work: "cpu: 2ms, wait: 50ms, cv: 2, slots: 16",
            ..PLAIN
        };
        let load = one.load();
        check_near("timed out", load.timed_out, timed_out, 0.12);
        check_near("failed", load.failed_percent.unwrap(), failed, 0.12);
    }
}

const ZONES: &str = "  loadBalancers: [{ LoadBalancerName: l, Type: network, Scheme: internal }]
  targetGroups: [{ TargetGroupName: t, Protocol: TCP, LoadBalancerArns: [l],
      attributes: { deregistration_delay.timeout_seconds: 10 } }]";

/// Behind a Network Load Balancer a zone without tasks is not asked: its load knows of no failures,
/// and what it gets when it has a task again are no further tries. Minute 42 had 20,804.
#[test]
fn a_zone_that_gets_its_first_task_repeats_nothing() {
    let one = One {
        more: ZONES,
        tasks: 2,
        service: "loadBalancers: [{ targetGroupArn: t, containerName: w, containerPort: 80 }],
        deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 100 }",
        demand: "rate: 200/s, connections: 1, connectionLength: 10s, timeout: 10s,
      retries: { attempts: 2 }",
        work: "cpu: 2ms, slots: 32, start: 5s",
        timeline: "timeline: [{ at: 40m, deploy: { service: w, forceNewDeployment: true } }]",
        ..PLAIN
    };
    let load = one.load();
    assert_eq!((load.failed_requests, load.timed_out), (0.0, 0.0));
    check_near("tries", load.requests, 720_000.0, 1e-6);
}

/// Two tasks, three zones with a node: a third of the users finds nobody, three times, from the
/// first minute on.
#[test]
fn further_tries_come_as_soon_as_tries_fail() {
    let zonal = ZONES.replace("Type: network, ", "");
    let zonal = zonal.replace("Protocol: TCP", "Protocol: HTTP").replace(
        "attributes: {",
        "attributes: { load_balancing.cross_zone.enabled: false,",
    );
    let one = One {
        more: &zonal,
        tasks: 2,
        service: "loadBalancers: [{ targetGroupArn: t, containerName: w, containerPort: 80 }]",
        demand: "rate: 200/s, retries: { attempts: 2 }",
        work: "cpu: 2ms, slots: 32",
        duration: "10m",
        ..PLAIN
    };
    let load = one.load();
    check_near("503", load.elb_503, 120_000.0, 1e-6);
}

/// One task in a set of the first revision, three in one of the second.
const SETS: &str = "\
fleetcast: 1
name: w
run: { duration: 1h, begin: steady }
aws:
  taskDefinitions:
    - { family: w, cpu: 1024, memory: 2048 }
    - { family: w, cpu: 1024, memory: 2048 }
  targetGroups: [{ TargetGroupName: t, attributes: {
      load_balancing.algorithm.type: weighted_random,
      load_balancing.algorithm.anomaly_mitigation: MITIGATION } }]
  services:
    - { serviceName: w, desiredCount: 4, deploymentController: { type: EXTERNAL } }
  taskSets:
    - { service: w, externalId: blue, taskDefinition: \"w:1\", launchType: FARGATE,
        scale: { value: 25, unit: PERCENT },
        loadBalancers: [{ targetGroupArn: t, containerName: w, containerPort: 80 }] }
    - { service: w, externalId: green, taskDefinition: \"w:2\", launchType: FARGATE,
        scale: { value: 75, unit: PERCENT },
        loadBalancers: [{ targetGroupArn: t, containerName: w, containerPort: 80 }] }
world:
  demand: { w: { rate: RATE } }
  work: { w: { cpu: 10ms }, \"w:2\": { SECOND } }
";

fn sets(mitigation: &str, second: &str, rate: &str) -> LoadSummary {
    let text = SETS.replace("MITIGATION", &format!("\"{mitigation}\""));
    let text = text.replace("RATE", rate).replace("SECOND", second);
    load(&played(&text))
}

/// One task of the first revision, three of a second that answers 30 % with errors.
#[test]
fn a_steady_run_has_the_revisions_of_all_task_sets() {
    let load = sets("off", "errors: 30 %", "100/s");
    // 22.46 % request by request: 3 of 4 tasks × 30 %.
    check_near("failed", load.failed_percent.unwrap(), 22.5, 0.01);
    let dear = sets("off", "cpu: 30ms", "100/s");
    let words = "revisions that differ in their work serve together";
    assert_eq!(distrust_s(&dear, words), 3_600.0);
    assert_eq!(distrust_s(&load, words), 0.0);
}

/// With mitigation the three get a tenth each of what the first task does: 1/1.3 of the requests is
/// at one task, and waits as M/M/1 has it. Request by request 36.2 ms, 22.6 ms and 14.95 ms.
#[test]
fn the_usual_tasks_beside_anomalous_ones_are_asked_as_much_as_they_are() {
    for (rate, mean_s) in [("100/s", 0.0362), ("80/s", 0.0226), ("50/s", 0.01495)] {
        let load = sets("on", "errors: 30 %", rate);
        check_near(rate, load.response.mean_s.unwrap(), mean_s, 0.06);
        check_near("failed", load.failed_percent.unwrap(), 6.92, 0.06);
    }
}

/// `b` answers 5 % with errors after an hour, and is called with a time-out and one further try:
/// of `w`'s requests 1.05 % fail, in the fluid half as many. `b` says that it is not sure, and so
/// does who calls it.
#[test]
fn who_calls_a_service_that_is_not_sure_says_so() {
    let text = "\
fleetcast: 1
name: w
run: { duration: 1h, begin: steady }
aws:
  taskDefinitions: [{ family: w, cpu: 1024, memory: 2048 }, { family: b, cpu: 1024, memory: 2048 }]
  services:
    - { serviceName: w, taskDefinition: w, desiredCount: 3, launchType: FARGATE }
    - { serviceName: b, taskDefinition: b, desiredCount: 4, launchType: FARGATE,
        serviceConnectConfiguration: { enabled: true } }
world:
  demand: { w: { rate: 60/s, timeout: 5s } }
  work:
    w: { cpu: 5ms, wait: 20ms, slots: 32,
         calls: [{ service: b, perRequest: 2, timeout: 300ms, retries: 1 }] }
    b: { cpu: 22ms, wait: 30ms, slots: 8, errors: 5 % }
";
    let run = played(text);
    let services = &run.run.outcome.observed.summary.services;
    let [w, b] = ["w", "b"].map(|name| {
        let service = services.iter().find(|it| it.name == name).unwrap();
        service.load.clone().unwrap()
    });
    let words = "calls to a service whose load is not sure";
    assert!(3_000.0 < b.distrust_any_s, "{:?}", b.distrust_s);
    assert_eq!(distrust_s(&b, words), 0.0);
    assert!(0.9 * b.distrust_any_s < distrust_s(&w, words), "{w:?}");
}
