//! Targets that come back and targets that go: what is at a task when its connections are closed,
//! how long one takes to recover, and zones where no balancer is.

use super::home::{Home, Played, played};

/// A service `web` whose tasks wait only; capitals are to be filled in.
const WEB: &str = "\
fleetcast: 1
name: web
run: { duration: 30m, fidelity: FIDELITY }
aws:
  cluster: { clusterName: shop, capacityProviders: [FARGATE] }
  taskDefinitions:
    - { family: web, cpu: 1024, memory: 8192 }
    - { family: web, cpu: 1024, memory: 8192 }
  loadBalancers: [{ LoadBalancerName: lb, Scheme: internal, BALANCER }]
  targetGroups: [{ TargetGroupName: web, HealthCheckIntervalSeconds: 10, GROUP }]
  services:
    - { serviceName: web, taskDefinition: \"web:1\", desiredCount: TASKS, launchType: FARGATE, SERVICE
        loadBalancers: [{ targetGroupArn: web, containerName: web, containerPort: 80 }] }
world:
  demand: { web: { rate: RATE } }
  work:
    web: { cpu: 1ms, WORK }
    \"web:2\": { SECOND }
TIMELINE
";

#[derive(Clone, Copy)]
struct Web<'a> {
    balancer: &'a str,
    group: &'a str,
    service: &'a str,
    tasks: u32,
    rate: &'a str,
    work: &'a str,
    second: &'a str,
    timeline: &'a str,
}

const DEPLOY: &str = "timeline: [{ at: 10m, deploy: { service: web, taskDefinition: \"web:2\" } }]";
const SHRINK: &str = "timeline: [{ at: 10m, update: { service: web, desiredCount: 2 } }]";

impl Default for Web<'_> {
    fn default() -> Self {
        Web {
            balancer: "Type: application",
            group: "UnhealthyThresholdCount: 2",
            service: "",
            tasks: 4,
            rate: "40/s",
            work: "wait: 30ms, slots: 200",
            second: "errors: 0 %",
            timeline: DEPLOY,
        }
    }
}

impl Web<'_> {
    fn text(&self, fidelity: &str) -> String {
        WEB.replace("FIDELITY", fidelity)
            .replace("BALANCER", self.balancer)
            .replace("GROUP", self.group)
            .replace("TASKS", &self.tasks.to_string())
            .replace("SERVICE", self.service)
            .replace("RATE", self.rate)
            .replace("WORK", self.work)
            .replace("SECOND", self.second)
            .replace("TIMELINE", self.timeline)
    }

    fn play(&self) -> Played {
        played(&self.text("fluid"))
    }

    /// Requests that were cut off with a 502, in both fidelities.
    fn cut_off(&self) -> [f64; 2] {
        ["fluid", "requests"].map(|fidelity| {
            let run = played(&self.text(fidelity));
            let service = &run.run.outcome.observed.summary.services[0];
            service.load.as_ref().unwrap().elb_502
        })
    }
}

/// Connections that are open when the deregistration delay is over are closed: as many in the fluid
/// as request by request, but for that run's chance.
#[test]
fn requests_that_outlast_their_task_are_cut_off_in_both_fidelities() {
    let delay =
        |seconds| format!("attributes: {{ deregistration_delay.timeout_seconds: {seconds} }}");
    let cases = [
        // All that is in flight: of 40 a second for 3 s each, and for 0.3 s.
        (
            0,
            "40/s",
            "wait: 3s, cv: 0.1, slots: 200, stopsIn: 0s",
            DEPLOY,
        ),
        (
            0,
            "40/s",
            "wait: 300ms, cv: 0.1, slots: 200, stopsIn: 0s",
            DEPLOY,
        ),
        // 20 s each, of which 6 are granted: 80 · (1 − 6/20) = 56, a little fewer as each stops in
        // its turn.
        (
            5,
            "4/s",
            "wait: 20s, cv: 0.1, slots: 200, stopsIn: 1s",
            DEPLOY,
        ),
        // Few that are very long, two of four tasks.
        (
            4,
            "40/s",
            "wait: 2s, cv: 2, slots: 200, stopsIn: 0s",
            SHRINK,
        ),
        // One holding time, of half the slots: 24 · 0.32 at each of two.
        (1, "95/s", "wait: 1s, cv: 1, slots: 50, stopsIn: 0s", SHRINK),
    ];
    for (seconds, rate, work, timeline) in cases {
        let group = delay(seconds);
        let web = Web {
            group: &group,
            rate,
            work,
            timeline,
            ..Web::default()
        };
        let [fluid, exact] = web.cut_off();
        println!("{seconds} s, {work}: {fluid} {exact}");
        let chance = 3.0 * exact.max(1.0).sqrt();
        assert!((fluid - exact).abs() < chance, "{work}: {fluid} {exact}");
    }
    // Whoever has five minutes is answered.
    let group = delay(300);
    let web = Web {
        group: &group,
        ..Web::default()
    };
    assert_eq!(web.cut_off(), [0.0, 0.0]);
}

/// The last task of a service finishes what is at it, too.
#[test]
fn a_service_that_ends_finishes_its_requests() {
    let web = Web {
        work: "wait: 3s, cv: 0.1, slots: 200",
        timeline: "timeline: [{ at: 10m, update: { service: web, desiredCount: 0 } }]",
        ..Web::default()
    };
    assert_eq!(web.cut_off(), [0.0, 0.0]);
}

/// A task that takes 50 s to answer is unhealthy after two checks of 10 s, within its grace period;
/// how many checks it then has to pass is HealthyThresholdCount's.
#[test]
fn an_unhealthy_target_recovers_after_as_many_checks_as_its_threshold_says() {
    let replaced = |threshold: u32| {
        let group = format!("HealthyThresholdCount: {threshold}");
        let run = Web {
            group: &group,
            service: "healthCheckGracePeriodSeconds: 600,",
            tasks: 1,
            second: "start: 50s",
            ..Web::default()
        }
        .play();
        run.seconds("stoppingAt")[0].unwrap()
    };
    let two = replaced(2);
    for (threshold, later) in [(3, 10.0), (5, 30.0), (10, 80.0)] {
        let found = replaced(threshold) - two;
        assert!((found - later).abs() < 1e-3, "{threshold}: {found}");
    }
}

#[test]
fn a_threshold_that_targets_do_not_have_is_refused() {
    for threshold in ["1", "11"] {
        let home = Home::new();
        let group = format!("HealthyThresholdCount: {threshold}");
        let web = Web {
            group: &group,
            ..Web::default()
        };
        home.write("web.yaml", &web.text("fluid"));
        let found = home.run(&["check", "web.yaml"]);
        assert_eq!(found.code, Some(2));
        assert!(found.err.contains("HealthyThresholdCount"), "{}", found.err);
        assert!(found.err.contains("between 2 and 10"), "{}", found.err);
        assert!(found.err.contains("web.yaml:10:"), "{}", found.err);
    }
    let home = Home::new();
    let web = Web {
        group: "HealthyThresholdCount: 3",
        ..Web::default()
    };
    home.write("web.yaml", &web.text("fluid"));
    let found = home.run(&["check", "web.yaml"]);
    assert!(
        !found.err.contains("no effect here: HealthyThresholdCount"),
        "{}",
        found.err
    );
}

/// A balancer with a node in one of three zones: tasks in the others are never healthy, and are
/// replaced again and again; `check` says so.
#[test]
fn tasks_in_zones_without_a_node_are_replaced_over_and_over() {
    let web = Web {
        balancer: "AvailabilityZones: [{ ZoneName: us-east-1a }]",
        tasks: 3,
        timeline: "",
        ..Web::default()
    };
    let run = web.play();
    let (zones, stopped) = (
        run.tasks.texts("availabilityZone"),
        run.tasks.texts("stoppedReason"),
    );
    let of = |zone: &str| -> Vec<&str> {
        let both = zones.iter().zip(&stopped);
        both.filter(|(at, _)| **at == zone)
            .map(|(_, why)| *why)
            .collect()
    };
    assert!(
        of("us-east-1a").iter().all(|why| why.is_empty()),
        "one that is reached stays"
    );
    let elsewhere = [of("us-east-1b"), of("us-east-1c")].concat();
    let failed = elsewhere
        .iter()
        .filter(|why| why.contains("failed ELB health checks"));
    assert!(10 < failed.count(), "{elsewhere:?}");
    let home = Home::new();
    home.write("web.yaml", &web.text("fluid"));
    let found = home.run(&["check", "web.yaml"]);
    assert_eq!(found.code, Some(0), "{}", found.err);
    assert!(found.err.contains("warning[no-node]"), "{}", found.err);
    assert!(
        found.err.contains("no node in us-east-1b, us-east-1c"),
        "{}",
        found.err
    );
    let whole = Web {
        balancer: "Type: application",
        ..web
    };
    home.write("whole.yaml", &whole.text("fluid"));
    assert!(!home.run(&["check", "whole.yaml"]).err.contains("no-node"));
}
