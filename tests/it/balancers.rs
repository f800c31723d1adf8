//! Load balancers from the scenario's text on, in both fidelities: who is asked, what is answered,
//! what it costs, and what AWS would refuse.

use fleetcast::observe::summary::LoadSummary;

use super::home::{Home, Played, Table, played};

/// A service `web`; capitals are to be filled in.
const WEB: &str = "\
fleetcast: 1
name: web
run: { duration: DURATION, fidelity: FIDELITY }
aws:
  taskDefinitions:
    - { family: web, cpu: 512, memory: 1024,
        containerDefinitions: [{ name: web, portMappings: [{ containerPort: 80 }] }] }
  loadBalancers: [{ LoadBalancerName: lb, BALANCER }]
  targetGroups: [{ TargetGroupName: web, GROUP }]
  services:
    - { serviceName: web, taskDefinition: web, desiredCount: TASKS, launchType: FARGATE,
        loadBalancers: [{ targetGroupArn: web, containerName: web, containerPort: 80 }] }
world:
  demand: { web: { DEMAND } }
  work: { web: { cpu: 20ms, wait: 30ms, slots: 16, WORK } }
TIMELINE
";

#[derive(Clone, Copy)]
struct Web<'a> {
    duration: &'a str,
    balancer: &'a str,
    group: &'a str,
    tasks: u32,
    demand: &'a str,
    work: &'a str,
    timeline: &'a str,
}

impl Default for Web<'_> {
    fn default() -> Self {
        Web {
            duration: "20m",
            balancer: "Scheme: internal",
            group: "Port: 80",
            tasks: 4,
            demand: "rate: 40/s",
            work: "errors: 0 %",
            timeline: "",
        }
    }
}

impl Web<'_> {
    fn text(&self, fidelity: &str) -> String {
        WEB.replace("FIDELITY", fidelity)
            .replace("DURATION", self.duration)
            .replace("BALANCER", self.balancer)
            .replace("GROUP", self.group)
            .replace("TASKS", &self.tasks.to_string())
            .replace("DEMAND", self.demand)
            .replace("WORK", self.work)
            .replace("TIMELINE", self.timeline)
    }

    fn both(&self) -> [Played; 2] {
        ["fluid", "requests"].map(|fidelity| played(&self.text(fidelity)))
    }

    fn loads(&self) -> [LoadSummary; 2] {
        self.both().map(|run| load(&run))
    }

    /// What the program says of it.
    fn said(&self) -> String {
        let home = Home::new();
        home.write("web.yaml", &self.text("fluid"));
        let said = home.run(&["check", "web.yaml"]);
        assert_eq!(said.code, Some(2), "{}", said.err);
        said.err
    }
}

fn load(run: &Played) -> LoadSummary {
    let summary = &run.run.outcome.observed.summary;
    summary.services[0].load.clone().unwrap()
}

fn metrics(run: &Played) -> Table {
    let mut bytes = Vec::new();
    let store = run.run.outcome.observed.metrics.as_ref().unwrap();
    store.write_csv(&run.plan, &mut bytes).unwrap();
    Table::read(&bytes)
}

fn check_near(what: &str, found: f64, expected: f64, share: f64) {
    let off = (found - expected).abs() / expected.abs();
    assert!(
        off < share,
        "{what}: {found} is not {expected}: off by {off}"
    );
}

#[test]
fn all_unhealthy_tasks_are_asked_where_none_is_healthy() {
    for (errors, of_tasks) in [("0 %", 0.0), ("100 %", 1.0)] {
        let work = format!("health: {{ fails: 100 %, after: 5m, errors: {errors} }}");
        let web = Web {
            work: &work,
            ..Web::default()
        };
        for load in web.loads() {
            // They fail for good from minute 6 or so on: replacements come, and fail in their turn.
            assert!(load.elb_503 < 0.1 * load.requests, "{load:?}");
            if of_tasks == 0.0 {
                assert_eq!(load.target_5xx, 0.0);
                assert!(load.failed_requests < 0.1 * load.requests, "{load:?}");
            } else {
                assert!(0.03 * load.requests < load.target_5xx, "{load:?}");
            }
        }
    }
}

#[test]
fn a_balancer_that_keeps_zones_apart_gives_each_zone_as_much() {
    const OFF: &str = "attributes: { load_balancing.cross_zone.enabled: false }";
    // Four tasks in three zones: two of them get a sixth each, two a third.
    let [together, apart] = ["Port: 80", OFF].map(|group| {
        let web = Web {
            group,
            demand: "rate: 60/s",
            ..Web::default()
        };
        web.loads().map(|load| load.response.mean_s.unwrap())
    });
    for at in [0, 1] {
        assert!(1.2 * together[at] < apart[at], "{together:?} {apart:?}");
    }
    check_near("mean, zones apart", apart[1], apart[0], 0.25);
    // Two tasks: the third zone's clients find nobody.
    let two = Web {
        group: OFF,
        tasks: 2,
        demand: "rate: 20/s",
        ..Web::default()
    };
    for load in two.loads() {
        check_near("503", load.elb_503, load.requests / 3.0, 0.05);
    }
    // A zone in an outage has no node that DNS would name.
    let out = Web {
        group: OFF,
        tasks: 6,
        timeline: "timeline: [{ at: 5m, outage: { availabilityZone: us-east-1c, for: 5m } }]",
        ..Web::default()
    };
    for load in out.loads() {
        // Its clients found nobody only from its return until a task was moved there: a third of
        // them for the whole outage would be 8 % of all.
        assert!(load.elb_503 < 0.05 * load.requests, "{load:?}");
    }
}

/// 24 a second at six tasks, of which two have begun to be in slow start, or lack sessions.
#[test]
fn both_fidelities_see_who_gets_more() {
    let scaled = "scalableTargets: [{ ResourceId: service/default/web, MinCapacity: 4, MaxCapacity: \
                  9 }]\n  scheduledActions: [{ ResourceId: service/default/web, \
                  ScheduledActionName: more, Schedule: \"at(2026-01-01T00:10:00)\", \
                  ScalableTargetAction: { MinCapacity: 8 } }]\n  services:";
    for (group, demand) in [
        (
            "attributes: { slow_start.duration_seconds: 600 }",
            "rate: 70/s",
        ),
        (
            "attributes: { stickiness.enabled: true }",
            "rate: 70/s, sessions: { share: 90 %, length: 30m }",
        ),
    ] {
        let web = Web {
            duration: "30m",
            group,
            demand,
            ..Web::default()
        };
        let p90 = ["fluid", "requests"].map(|fidelity| {
            let text = web.text(fidelity).replacen("services:", scaled, 1);
            load(&played(&text)).response.p90_s.unwrap()
        });
        // Sessions overload the old tasks for a while: the quantile stands on the edge of that.
        let within = if group.contains("stickiness") {
            0.4
        } else {
            0.15
        };
        check_near(group, p90[1], p90[0], within);
        // Without either, the new tasks have their part at once.
        let plain = web.text("fluid").replacen("services:", scaled, 1);
        let plain = plain
            .replace(group, "Port: 80")
            .replace(demand, "rate: 70/s");
        let plain = load(&played(&plain)).response.p90_s.unwrap();
        assert!(plain < p90[0], "{group}: {plain} {p90:?}");
    }
}

#[test]
fn a_network_balancer_sends_flows_and_pays_for_them() {
    let web = Web {
        balancer: "Type: network",
        group: "Protocol: TCP",
        tasks: 6,
        demand: "rate: 60/s, connections: 0.5, connectionLength: 2m, bytes: { in: 1MiB, out: 3MiB }",
        ..Web::default()
    };
    let runs = web.both();
    let [fluid, exact] = [0, 1].map(|at| load(&runs[at]).response.mean_s.unwrap());
    check_near("mean response", exact, fluid, 0.1);
    for run in &runs {
        let lines = run.run.bill.by_item();
        let cost = |name: &str| {
            let mut lines = lines.iter().filter(|line| line.name == name);
            lines.next().map(|line| line.cost.usd())
        };
        assert_eq!((cost("alb_hour"), cost("alb_lcu_hour")), (None, None));
        assert_eq!(cost("nlb_hour"), Some(0.0225));
        // 72,000 requests of 4 MiB are 281.25 GB in the hour.
        check_near(
            "NLCUs",
            cost("nlb_nlcu_hour").unwrap(),
            281.25 * 0.006,
            0.02,
        );
        let table = metrics(run);
        let named = |namespace: &str, metric: &str| {
            let only = table.only(&[("namespace", namespace), ("metric", metric)]);
            only.len()
        };
        assert_eq!(named("AWS/ApplicationELB", "RequestCount"), 0);
        assert!(0 < named("AWS/NetworkELB", "NewFlowCount"));
        assert!(0 < named("AWS/NetworkELB", "HealthyHostCount"));
        assert!(0 < named("fleetcast", "TargetResponseTime"));
    }
}

#[test]
fn what_aws_refuses_is_refused_with_the_way_out() {
    let group = |group: &'static str| Web {
        group,
        ..Web::default()
    };
    let lor = "load_balancing.algorithm.type: least_outstanding_requests";
    let random = "load_balancing.algorithm.type: weighted_random";
    let table: [(Web<'_>, &str); 9] = [
        (
            group("attributes: { slow_start.duration_seconds: 20 }"),
            "a slow start of 20 s: AWS takes 30 to 900, or 0 for none",
        ),
        (
            Web {
                group: &format!("attributes: {{ {lor}, slow_start.duration_seconds: 60 }}"),
                ..Web::default()
            },
            "slow start does not go with least_outstanding_requests",
        ),
        (
            Web {
                group: &format!("attributes: {{ {random}, stickiness.enabled: true }}"),
                ..Web::default()
            },
            "sticky sessions do not go with weighted_random",
        ),
        (
            group("attributes: { load_balancing.algorithm.anomaly_mitigation: on }"),
            "anomaly mitigation does not go with round_robin",
        ),
        (
            group(
                "attributes: { stickiness.enabled: true, load_balancing.cross_zone.enabled: false }",
            ),
            "sticky sessions need cross-zone load balancing",
        ),
        (
            group("Protocol: TCP"),
            "lb is an Application Load Balancer: the protocol of its target groups is HTTP or HTTPS",
        ),
        (
            Web {
                balancer: "Type: network, attributes: { idle_timeout.timeout_seconds: 30 }",
                group: "Protocol: TCP",
                ..Web::default()
            },
            "a Network Load Balancer waits for no answer",
        ),
        (
            Web {
                balancer: "Type: network",
                group: "Protocol: TCP, attributes: { slow_start.duration_seconds: 60 }",
                ..Web::default()
            },
            "slow_start.duration_seconds is of target groups of HTTP and HTTPS",
        ),
        (
            Web {
                balancer: "attributes: { idle_timeout.timeout_secs: 30 }",
                ..Web::default()
            },
            "did you mean \"idle_timeout.timeout_seconds\"?",
        ),
    ];
    for (web, message) in table {
        let said = web.said();
        assert!(said.contains(message), "{message}:\n{said}");
        assert!(said.contains("web.yaml:"), "it names the place:\n{said}");
    }
}
