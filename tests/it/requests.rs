//! `run.fidelity: requests` from the scenario's text on: it agrees with the fluid where that is to be
//! trusted, loses no request whatever befalls the tasks, and ends when it is told to.

use std::sync::atomic::AtomicBool;

use fleetcast::observe::summary::{LoadSummary, ServiceSummary};
use fleetcast::simulation::Simulation;
use fleetcast::simulation::outcome::{RunEnd, RunLimits, RunOutcome};

use super::home::{Home, Played, Table, loaded, played};

/// A service `web` of tasks of 1 vCPU behind a balancer; `FIDELITY` and the rest are to be filled in.
const WEB: &str = "\
fleetcast: 1
name: web
run: { duration: DURATION, fidelity: FIDELITY, begin: steady }
aws:
  taskDefinitions:
    - { family: web, cpu: 1024, memory: 8192,
        containerDefinitions: [{ name: web, portMappings: [{ containerPort: 80 }] }] }
  targetGroups:
    - { TargetGroupName: web, attributes: { load_balancing.algorithm.type: ROUTING } }
  services:
    - { serviceName: web, taskDefinition: web, desiredCount: TASKS, launchType: FARGATE,
        loadBalancers: [{ targetGroupArn: web, containerName: web, containerPort: 80 }] }
world:
  demand: { web: { DEMAND } }
  work: { web: { WORK } }
";

#[derive(Clone, Copy)]
struct Web<'a> {
    duration: &'a str,
    routing: &'a str,
    tasks: u32,
    demand: &'a str,
    work: &'a str,
}

impl Web<'_> {
    fn text(&self, fidelity: &str) -> String {
        WEB.replace("FIDELITY", fidelity)
            .replace("DURATION", self.duration)
            .replace("ROUTING", self.routing)
            .replace("TASKS", &self.tasks.to_string())
            .replace("DEMAND", self.demand)
            .replace("WORK", self.work)
    }

    /// What it does in the fluid model, and request by request.
    fn both(&self) -> [ServiceSummary; 2] {
        ["fluid", "requests"].map(|fidelity| service(&played(&self.text(fidelity)).run.outcome))
    }
}

fn service(outcome: &RunOutcome) -> ServiceSummary {
    outcome.observed.summary.services[0].clone()
}

fn load(service: &ServiceSummary) -> &LoadSummary {
    service.load.as_ref().unwrap()
}

fn check_near(what: &str, found: f64, expected: f64, share: f64) {
    let off = (found - expected).abs() / expected.abs();
    assert!(
        off < share,
        "{what}: {found} is not {expected}: off by {off}"
    );
}

/// The rows of a metric.
fn metric(run: &Played, name: &str) -> Table {
    let mut bytes = Vec::new();
    let store = run.run.outcome.observed.metrics.as_ref().unwrap();
    store.write_csv(&run.plan, &mut bytes).unwrap();
    Table::read(&bytes).only(&[("metric", name)])
}

#[test]
fn at_moderate_load_both_fidelities_agree() {
    let table = [
        // routing, tasks, demand, work; tolerance of the mean, of p99
        (
            "least_outstanding_requests",
            6,
            "rate: 300/s",
            "cpu: 10ms, wait: 40ms, slots: 32",
            0.05,
            0.1,
        ),
        (
            "round_robin",
            6,
            "rate: 300/s",
            "cpu: 10ms, wait: 40ms, slots: 32",
            0.06,
            0.1,
        ),
        (
            "weighted_random",
            6,
            "rate: 300/s",
            "cpu: 10ms, wait: 40ms, slots: 32",
            0.06,
            0.1,
        ),
        // A slot for each vCPU: nobody shares one.
        (
            "round_robin",
            4,
            "rate: 24/s",
            "cpu: 100ms, slots: 1, cv: 0.5",
            0.05,
            0.1,
        ),
        (
            "least_outstanding_requests",
            4,
            "rate: 24/s",
            "cpu: 100ms, slots: 1, cv: 0.5",
            0.1,
            0.15,
        ),
    ];
    for (routing, tasks, demand, work, of_mean, of_p99) in table {
        let duration = if tasks == 6 { "20m" } else { "6h" };
        let [fluid, exact] = Web {
            duration,
            routing,
            tasks,
            demand,
            work,
        }
        .both();
        let percent = |it: &ServiceSummary| it.cpu.mean_percent.unwrap();
        let (fluid_response, response) = (&load(&fluid).response, &load(&exact).response);
        let what = format!("{routing}, {demand}, {work}");
        check_near(
            &format!("utilization of {what}"),
            percent(&exact),
            percent(&fluid),
            0.01,
        );
        let (found, expected) = (response.mean_s.unwrap(), fluid_response.mean_s.unwrap());
        check_near(&format!("mean of {what}"), found, expected, of_mean);
        let (found, expected) = (response.p99_s.unwrap(), fluid_response.p99_s.unwrap());
        check_near(&format!("p99 of {what}"), found, expected, of_p99);
        assert_eq!(load(&exact).distrust_any_s, 0.0, "it is what it simulates");
    }
}

/// Two hours in which everything happens that can: a spike, scale-out and scale-in, deployments,
/// Spot interruptions, crashes, time-outs, retries, a full queue. Nobody asks in the last minutes.
const BUSY: &str = "\
fleetcast: 1
name: busy
run: { duration: 2h, fidelity: requests, start: 2026-03-05T00:00:00Z }
record: { events: all, decisions: all }
aws:
  taskDefinitions:
    - { family: web, cpu: 512, memory: 1024, containerDefinitions: [{ name: web,
        portMappings: [{ containerPort: 80 }] }] }
  targetGroups:
    - { TargetGroupName: web, attributes: { load_balancing.algorithm.type: ROUTING,
        deregistration_delay.timeout_seconds: 30 } }
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 4
      capacityProviderStrategy:
        - { capacityProvider: FARGATE, base: 1, weight: 1 }
        - { capacityProvider: FARGATE_SPOT, weight: 3 }
      loadBalancers: [{ targetGroupArn: web, containerName: web, containerPort: 80 }]
  scalableTargets: [{ ResourceId: service/default/web, MinCapacity: 3, MaxCapacity: 12 }]
  scalingPolicies:
    - ResourceId: service/default/web
      PolicyName: cpu
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration:
        TargetValue: 50
        PredefinedMetricSpecification: { PredefinedMetricType: ECSServiceAverageCPUUtilization }
world:
  spot: { FARGATE_SPOT: { interruptionsPerSlotMonth: 1000, advanced: { isolatedShare: 90 % } } }
  demand:
    web:
      rate: { sum: [{ step: { at: 115m, from: 30/s, to: 0/s } }, { spike: { at: 20m, for: 25m, times: 4 } }] }
      timeout: 500ms
      retries: { attempts: 2, backoff: 3s }
  work: { web: { cpu: 15ms, wait: 60ms, cv: 0, slots: 8, queue: 20, crashes: { mttf: 40m } } }
timeline:
  - { at: 10m, deploy: { service: web, forceNewDeployment: true } }
  - { at: 35m, deploy: { service: web, forceNewDeployment: true } }
";

fn busy(routing: &str) -> String {
    BUSY.replace("ROUTING", routing)
}

#[test]
fn no_request_is_lost_whatever_befalls_the_tasks() {
    for routing in ["least_outstanding_requests", "round_robin"] {
        let plan = loaded(&busy(routing)).plan;
        // The audit recounts every request after every event of the cluster.
        let outcome = Simulation::new(&plan, 0)
            .audited()
            .run(&RunLimits::default());
        let web = service(&outcome);
        assert!(0 < web.scale_outs && 0 < web.scale_ins, "{web:?}");
        assert!(0 < web.deployments_completed, "{web:?}");
        assert!(0 < web.tasks.interruptions, "{:?}", web.tasks);
        assert!(
            web.tasks.stopped.contains_key("EssentialContainerExited"),
            "{:?}",
            web.tasks
        );
        let load = load(&web);
        assert!(0.0 < load.timed_out && 0.0 < load.elb_5xx && 0.0 < load.failed_requests);
        // Nobody asks any more and every back-off is over: each try that failed was tried again,
        // or its user's request has failed. Whole numbers: exact.
        let again = load.timed_out + load.elb_5xx - load.failed_requests;
        assert_eq!(load.requests - load.first_tries, again, "{load:?}");
        // What was served took 15 ms of CPU each. The balancer's 5xx never finished; those that
        // timed out may have. Tasks that drain or were killed have worked too: a hundredth.
        let served =
            web.cpu.mean_percent.unwrap() / 100.0 * web.running_count.mean * 7_200.0 * 0.5 / 0.015;
        let most = load.requests - load.elb_5xx;
        assert!(served < 1.01 * most, "{served} served of {most}");
        assert!(
            0.99 * (most - load.timed_out) < served,
            "{served} served of {most}, {load:?}"
        );
        let expected = 30.0 * 115.0 * 60.0 + 90.0 * 25.0 * 60.0;
        check_near(
            "first tries",
            load.first_tries,
            expected,
            5.0 / f64::sqrt(expected),
        );
    }
}

#[test]
fn it_plays_the_same_twice_and_with_every_sink_off() {
    let text = busy("least_outstanding_requests");
    let none = text.replace(
        "record: { events: all, decisions: all }",
        "record: { metrics: none, tasks: none, events: none, decisions: none }",
    );
    let [one, other, quiet] = [&text, &text, &none].map(|text| played(text));
    let seeded = played(&text.replace("duration: 2h", "duration: 2h, seed: 43"));
    let shown = |run: &Played| format!("{:?}", run.run.outcome.observed.summary);
    for same in [&other, &quiet] {
        assert_eq!(one.run.outcome.event_hash, same.run.outcome.event_hash);
        assert_eq!(shown(&one), shown(same));
        assert_eq!(one.run.bill.total, same.run.bill.total);
    }
    assert_ne!(shown(&one), shown(&seeded), "the draws follow the seed");
}

#[test]
fn two_processes_write_the_same_bytes() {
    let home = Home::new();
    home.write(
        "busy.yaml",
        &busy("round_robin").replace("duration: 2h", "duration: 40m"),
    );
    for out in ["one", "other"] {
        home.run_well(&["run", "busy.yaml", "--out", out]);
    }
    let (one, other) = (home.files("one"), home.files("other"));
    assert!(one.contains_key("metrics.csv") && one.len() == other.len());
    for (name, bytes) in &one {
        assert!(*bytes == other[name], "{name} differs");
    }
}

#[test]
fn in_a_rollout_each_task_costs_what_its_own_revision_costs() {
    let text = Web {
        // Each round waits for the one before to drain for 5 minutes.
        duration: "75m",
        routing: "round_robin",
        tasks: 8,
        demand: "rate: 100/s",
        work: "cpu: 10ms, cv: 0, slots: 50",
    }
    .text("requests")
    .replace("  targetGroups:", "    - { family: web, cpu: 1024, memory: 8192,
        containerDefinitions: [{ name: web, portMappings: [{ containerPort: 80 }] }] }\n  targetGroups:")
    .replace("taskDefinition: web,", "taskDefinition: \"web:1\", deploymentConfiguration: {
        minimumHealthyPercent: 87, maximumPercent: 100 },")
    .replace("slots: 50 }", "slots: 50 }, \"web:2\": { cpu: 40ms, cv: 0, slots: 50 }")
        + "timeline: [{ at: 5m, deploy: { service: web, taskDefinition: \"web:2\" } }]\n";
    // CPU of a request by the minute: with k of n tasks on web:2, (40 k + 10 (n − k)) / n ms.
    let cost_ms = |text: &str| -> Vec<f64> {
        let run = played(text);
        let requests = metric(&run, "RequestCount").numbers("Sum");
        let units = metric(&run, "CpuUtilized").numbers("Average");
        let ms = |(units, requests): (&f64, &f64)| units / 1_024.0 * 60_000.0 / requests;
        units.iter().zip(&requests).map(ms).collect()
    };
    let is_between = |ms: &&f64| 12.0 < **ms && **ms < 38.0;
    let exact = cost_ms(&text);
    check_near("before", exact[3], 10.0, 0.01);
    check_near("after", exact[73], 40.0, 0.01);
    let between = exact.iter().filter(is_between).count();
    assert!(5 <= between, "one task after the other: {exact:?}");
    for pair in exact.windows(2) {
        assert!(pair[0] < pair[1] + 1.0, "it only rises: {exact:?}");
    }
    let fluid = cost_ms(&text.replace("fidelity: requests", "fidelity: fluid"));
    // Its requests cost the mean of both revisions, by the tasks that answer.
    for (minute, (fluid, exact)) in fluid.iter().zip(&exact).enumerate() {
        let off = (fluid - exact).abs();
        assert!(off < 2.0, "minute {minute}: {fluid} ms, exact {exact} ms");
    }
}

#[test]
fn a_full_queue_turns_requests_away_in_both_fidelities() {
    let queue = Web {
        duration: "30m",
        routing: "round_robin",
        tasks: 2,
        demand: "rate: 40/s",
        work: "cpu: 100ms, slots: 1, queue: 10",
    };
    let [fluid, exact] = queue.both();
    for service in [&fluid, &exact] {
        // Two tasks answer 20 requests a second, the other half is turned away.
        let load = load(service);
        check_near("turned away", load.elb_5xx, 20.0 * 1_800.0, 0.03);
        assert_eq!(load.failed_requests, load.elb_5xx);
        // Ten wait 100 ms each and the eleventh has its own.
        assert!(load.response.mean_s.unwrap() < 1.3, "{:?}", load.response);
    }
    let rows = metric(&played(&queue.text("requests")), "HTTPCode_ELB_5XX_Count");
    let counted: f64 = rows.numbers("Sum").iter().sum();
    assert_eq!(counted, load(&exact).elb_5xx, "503s of the balancer");
    let unbound = Web {
        work: "cpu: 100ms, slots: 1, queue: none",
        ..queue
    };
    for service in unbound.both() {
        // All of them wait, and the balancer gives up those that wait for longer than a minute.
        assert_eq!(load(&service).elb_503, 0.0);
        assert_eq!(load(&service).elb_5xx, load(&service).elb_504);
        assert!(20.0 * 1_700.0 < load(&service).elb_504);
    }
}

#[test]
fn a_run_ends_within_one_minute_of_very_many_requests() {
    static CANCELLED: AtomicBool = AtomicBool::new(true);
    let text = Web {
        duration: "1h",
        routing: "least_outstanding_requests",
        tasks: 3,
        demand: "rate: 10000000/s",
        work: "cpu: 10ms",
    };
    let plan = loaded(&text.text("requests")).plan;
    let limits = [
        (
            RunLimits {
                request_events: 200_000,
                ..RunLimits::default()
            },
            RunEnd::EventLimit,
        ),
        (
            RunLimits {
                requests: 100_000,
                ..RunLimits::default()
            },
            RunEnd::RequestLimit,
        ),
        (
            RunLimits {
                cancelled: &CANCELLED,
                ..RunLimits::default()
            },
            RunEnd::Cancelled,
        ),
    ];
    for (limits, end) in limits {
        let outcome = Simulation::new(&plan, 0).audited().run(&limits);
        assert_eq!(outcome.end, end);
        // Nearly all events of requests are arrivals; they are told, though their minute is not over.
        let requests = load(&service(&outcome)).requests;
        assert!(50_000.0 < requests && requests <= 200_000.0, "{requests}");
    }
}

#[test]
fn a_steady_run_begins_in_the_middle_of_requests() {
    let run = played(
        &Web {
            duration: "10m",
            routing: "round_robin",
            tasks: 2,
            demand: "rate: 50/s",
            work: "cpu: 0ms, wait: 20s, slots: 2000, memory: { base: 0B, perRequest: 1MiB }",
        }
        .text("requests"),
    );
    // 50 a second for 20 seconds each are 1,000 in slots, with 1 MiB each, from the start on; five
    // standard deviations of their number at a time are 160.
    let mib = metric(&run, "MemoryUtilized").numbers("Average");
    assert!((mib[0] - 1_000.0).abs() < 160.0, "{mib:?}");
    let mean = mib.iter().sum::<f64>() / mib.len() as f64;
    assert!((mean - 1_000.0).abs() < 80.0, "{mib:?}");
}

#[test]
fn it_is_said_how_many_requests_are_about_to_be_played() {
    let web = Web {
        duration: "7d",
        routing: "round_robin",
        tasks: 2,
        demand: "rate: { daily: { low: 100/s, high: 300/s, peak: \"14:00\" } }, retries: { attempts: 1 }",
        work: "cpu: 1ms",
    };
    let home = Home::new();
    home.write("web.yaml", &web.text("requests"));
    let said = home.run_well(&["check", "web.yaml"]);
    // 200 a second on average for 604,800 s.
    let note = "note[many-requests]: about 121 million requests are played one by one, further tries \
                not counted: 24 s at 5 million a second and core (ASSUMPTION)";
    assert!(said.err.contains(note), "{}", said.err);
    assert!(said.err.contains("web.yaml:3:"), "{}", said.err);
    let notes = |text: &str| loaded(text).plan.notes;
    let backoff = "retries.backoff of requests has no effect: the fluid model repeats them at once";
    let exact = notes(&web.text("requests"));
    assert!(
        exact.iter().any(|it| it.starts_with("about 121 million")),
        "{exact:?}"
    );
    assert!(!exact.iter().any(|it| it == backoff), "{exact:?}");
    let fluid = notes(&web.text("fluid"));
    assert!(fluid.iter().any(|it| it == backoff), "{fluid:?}");
    assert!(
        !fluid.iter().any(|it| it.contains("one by one")),
        "{fluid:?}"
    );
    let day = Web {
        duration: "1d",
        ..web
    };
    assert!(
        !notes(&day.text("requests"))
            .iter()
            .any(|it| it.contains("one by one"))
    );
}

#[test]
fn what_is_played_inside_of_events_is_counted() {
    let web = Web {
        duration: "5m",
        routing: "round_robin",
        tasks: 4,
        demand: "rate: 24/s",
        work: "cpu: 100ms, slots: 1",
    };
    let of = |fidelity| played(&web.text(fidelity)).run.outcome.request_events;
    let [fluid, exact] = ["fluid", "requests"].map(of);
    // Some 7,200 requests come and end.
    assert!(fluid == 0 && 14_000 < exact && exact < 30_000, "{exact}");
}

/// Minutes of an overload behind a balancer that waits for 60 s, in both fidelities: what came is
/// answered, refused or given up, each counted once.
#[test]
fn the_balancers_own_answers_are_told_apart() {
    // 100 requests a second at 2 tasks of 40 a second: they are late within minutes.
    let late = Web {
        duration: "10m",
        routing: "round_robin",
        tasks: 2,
        demand: "rate: 100/s",
        work: "wait: 100ms, slots: 4",
    };
    for service in late.both() {
        let load = load(&service);
        assert_eq!(load.timed_out, 0.0, "no client gave up");
        assert!(0.05 * load.requests < load.elb_504, "{load:?}");
        assert_eq!((load.elb_502, load.elb_503), (0.0, 0.0));
        assert!((load.elb_5xx - load.elb_504).abs() < 1e-6 * load.elb_5xx);
        assert!(
            (load.failed_requests - load.elb_504).abs() < 0.02 * load.elb_504,
            "{load:?}"
        );
    }
    // Nobody to ask.
    let none = Web { tasks: 0, ..late };
    for service in none.both() {
        let load = load(&service);
        assert_eq!(load.elb_503, load.requests);
    }
    // A client that gives up first is no 504.
    let hasty = Web {
        demand: "rate: 100/s, timeout: 5s",
        ..late
    };
    for service in hasty.both() {
        let load = load(&service);
        assert!(
            0.05 * load.requests < load.timed_out && load.elb_5xx == 0.0,
            "{load:?}"
        );
    }
}

/// How long an answer took that came after the balancer had answered 504, or after its client had
/// left, is in no response time: nobody saw it.
#[test]
fn who_was_answered_too_late_is_in_no_response_time() {
    let slow = Web {
        duration: "1h",
        routing: "round_robin",
        tasks: 2,
        demand: "rate: 20/s",
        work: "cpu: 1ms, wait: 40s, cv: 1, slots: 4000",
    };
    // Lognormal of mean 40 s and CV 1, cut at 60 s: 18.3 % are late, the mean of the others is
    // 25.9 s, their p99 58.5 s. Cut at 50 s: 24.7 %, 23.4 s, 49.0 s.
    let hasty = Web {
        demand: "rate: 20/s, timeout: 50s",
        ..slow
    };
    for (web, late, mean_s, p99_s) in [(slow, 0.183, 25.9, 58.5), (hasty, 0.247, 23.4, 49.0)] {
        for service in web.both() {
            let load = load(&service);
            let gone = (load.elb_504 + load.timed_out) / load.requests;
            check_near("late", gone, late, 0.03);
            check_near("mean", load.response.mean_s.unwrap(), mean_s, 0.02);
            check_near("p99", load.response.p99_s.unwrap(), p99_s, 0.02);
            assert!(load.response.p99_max_minute_s.unwrap() < 60.5, "{load:?}");
        }
    }
    // Constant work: no percentile is beyond what every request took.
    let constant = Web {
        work: "cpu: 0ms, wait: 7001ms, cv: 0, slots: 4000",
        ..slow
    };
    for service in constant.both() {
        let response = load(&service).response;
        for of_all in [response.p50_s, response.p99_s, response.p99_max_minute_s] {
            assert!((of_all.unwrap() - 7.001).abs() < 1e-4, "{response:?}");
        }
    }
    // Nobody is answered in time: there is no response time at all.
    let never = Web {
        work: "cpu: 1ms, wait: 70s, cv: 0, slots: 4000",
        ..hasty
    };
    for service in never.both() {
        assert_eq!(load(&service).response.mean_s, None);
        assert_eq!(load(&service).response.p99_s, None);
    }
}
