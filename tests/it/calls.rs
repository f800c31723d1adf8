//! Services that call services, in both fidelities: against closed forms, against each other, and
//! what a slow one does to those that call it.

use fleetcast::observe::summary::LoadSummary;
use proptest::prelude::*;

use super::home::{Played, played};

/// Services `edge`, `one` and `two`, found by Service Connect, `two` by Cloud Map if `TWO` says so.
const SHOP: &str = "\
fleetcast: 1
name: shop
run: { duration: DURATION, fidelity: FIDELITY, begin: steady }
aws:
  cluster: { clusterName: shop, capacityProviders: [FARGATE] }
  taskDefinitions:
    - { family: edge, cpu: 1024, memory: 8192 }
    - { family: one, cpu: 1024, memory: 8192 }
    - { family: two, cpu: 1024, memory: 8192 }
  services:
    - { serviceName: edge, taskDefinition: edge, desiredCount: 1, launchType: FARGATE }
    - { serviceName: one, taskDefinition: one, desiredCount: ONE, launchType: FARGATE,
        serviceConnectConfiguration: { enabled: true } }
    - { serviceName: two, taskDefinition: two, desiredCount: TWO, launchType: FARGATE,
        serviceRegistries: [{ registryArn: two }] }
world:
  demand: { edge: { rate: RATE } }
  work:
    WORK
TIMELINE
";

struct Shop<'a> {
    duration: &'a str,
    tasks: [u32; 2],
    rate: &'a str,
    work: &'a [&'a str],
    timeline: &'a str,
}

impl Shop<'_> {
    fn text(&self, fidelity: &str) -> String {
        SHOP.replace("FIDELITY", fidelity)
            .replace("DURATION", self.duration)
            .replace("ONE", &self.tasks[0].to_string())
            .replace("TWO", &self.tasks[1].to_string())
            .replace("RATE", self.rate)
            .replace("WORK", &self.work.join("\n    "))
            .replace("TIMELINE", self.timeline)
    }

    fn play(&self, fidelity: &str) -> Played {
        played(&self.text(fidelity))
    }

    fn both(&self) -> [Played; 2] {
        ["fluid", "requests"].map(|fidelity| self.play(fidelity))
    }
}

fn load<'r>(run: &'r Played, name: &str) -> &'r LoadSummary {
    let services = &run.run.outcome.observed.summary.services;
    let at = run.plan.services.iter().position(|it| it.name == name);
    services[at.unwrap()].load.as_ref().unwrap()
}

fn mean_s(run: &Played, name: &str) -> f64 {
    load(run, name).response.mean_s.unwrap()
}

fn check_near(what: &str, found: f64, expected: f64, share: f64) {
    let off = (found - expected).abs() / expected.abs();
    assert!(
        off < share,
        "{what}: {found} is not {expected}: off by {off}"
    );
}

/// Mean response of M/M/c: Erlang C over `c` servers of mean `holding_s` at `rate` a second.
fn mmc(servers: u32, holding_s: f64, rate: f64) -> f64 {
    let offered = rate * holding_s;
    let mut blocked = 1.0;
    for n in 1..=servers {
        blocked = offered * blocked / (f64::from(n) + offered * blocked);
    }
    let load = offered / f64::from(servers);
    let waits = blocked / (1.0 - load * (1.0 - blocked));
    holding_s + waits * holding_s / (f64::from(servers) * (1.0 - load))
}

#[test]
fn mmc_is_right_where_one_knows_it() {
    // One server: 1/(μ − λ). Two at a load of 0.5: S/(1 − ρ²).
    check_near("M/M/1", mmc(1, 0.1, 5.0), 0.2, 1e-12);
    check_near("M/M/2", mmc(2, 0.1, 10.0), 0.1 / 0.75, 1e-12);
}

/// Jackson: departures of M/M/c are Poisson again, so the mean response of a tandem of two is the
/// sum of both. The edge has a slot for everybody and does nothing itself.
#[test]
fn a_tandem_takes_as_long_as_both_of_its_queues() {
    let shop = Shop {
        duration: "6h",
        tasks: [1, 1],
        rate: "24/s",
        work: &[
            "edge: { cpu: 0s, wait: 1us, slots: 100000, calls: [{ service: one }, { service: two }] }",
            "one: { cpu: 0s, wait: 100ms, cv: 1, slots: 4 }",
            "two: { cpu: 0s, wait: 50ms, cv: 1, slots: 2 }",
        ],
        timeline: "",
    };
    let (one, two) = (mmc(4, 0.1, 24.0), mmc(2, 0.05, 24.0));
    let [fluid, exact] = shop.both();
    // Work is lognormal here, of an exponential's mean and variance: request by request within 3 %.
    for (what, run, share) in [("fluid", &fluid, 0.01), ("requests", &exact, 0.03)] {
        check_near(&format!("{what}, one"), mean_s(run, "one"), one, share);
        check_near(&format!("{what}, two"), mean_s(run, "two"), two, share);
        check_near(
            &format!("{what}, edge"),
            mean_s(run, "edge"),
            one + two,
            share,
        );
        for name in ["one", "two"] {
            check_near(name, load(run, name).requests, 24.0 * 21_600.0, 0.01);
        }
    }
    // The spread of the sum is that of both.
    let p99 = |run: &Played| load(run, "edge").response.p99_s.unwrap();
    check_near("p99", p99(&fluid), p99(&exact), 0.08);
}

/// One hop, called 2.5 times a request: its load is 2.5 times the rate, and each request takes 2.5 of
/// its response times longer.
#[test]
fn calls_multiply_load_and_time() {
    let shop = Shop {
        duration: "4h",
        tasks: [4, 2],
        rate: "20/s",
        work: &[
            "edge: { cpu: 0s, wait: 20ms, slots: 1000, calls: [{ service: one, perRequest: 2.5 }] }",
            "one: { cpu: 0s, wait: 40ms, cv: 1, slots: 16, calls: [{ service: two, perRequest: 0.2 }] }",
            "two: { cpu: 0s, wait: 30ms, slots: 16 }",
        ],
        timeline: "",
    };
    for run in shop.both() {
        // Nobody waits for a slot: 20 ms + 2.5 · (40 ms + 0.2 · 30 ms).
        check_near(
            "one",
            load(&run, "one").requests,
            2.5 * 20.0 * 14_400.0,
            0.01,
        );
        check_near("two", load(&run, "two").requests, 10.0 * 14_400.0, 0.01);
        check_near("one", mean_s(&run, "one"), 0.046, 0.02);
        check_near("edge", mean_s(&run, "edge"), 0.135, 0.02);
    }
}

/// A callee that has less capacity than it is asked for holds its callers' slots until all of them
/// are taken; then it gets no more than it can serve, and the callers' queue grows instead.
#[test]
fn a_slow_callee_is_felt_by_its_caller() {
    let shop = Shop {
        duration: "40m",
        tasks: [2, 1],
        rate: "{ sum: [60/s, { spike: { at: 10m, for: 10m, times: 2 } }] }",
        work: &[
            "edge: { cpu: 0s, wait: 10ms, slots: 400, calls: [{ service: one }] }",
            "one: { cpu: 0s, wait: 200ms, slots: 10 }",
            "two: { cpu: 0s }",
        ],
        timeline: "",
    };
    let runs = shop.both();
    let seen = |run: &Played| {
        let (edge, one) = (load(run, "edge"), load(run, "one"));
        [
            edge.response.mean_s.unwrap(),
            edge.response.p99_s.unwrap(),
            one.response.mean_s.unwrap(),
            one.response.p99_s.unwrap(),
            one.requests,
            edge.failed_requests,
        ]
    };
    let [fluid, exact] = runs.each_ref().map(seen);
    println!("fluid {fluid:?}\nexact {exact:?}");
    // 20 a second too many for ten minutes: 12,000 wait, 400 of them at the callee. Its two tasks
    // share them unevenly, which the fluid has not.
    for (at, share) in [(0, 0.1), (1, 0.05), (2, 0.05), (3, 0.35), (4, 0.01)] {
        check_near(&format!("figure {at}"), fluid[at], exact[at], share);
    }
    assert!(exact[3] < 10.0, "the callee's p99 is {} s", exact[3]);
    assert!(100.0 < exact[1], "the caller's p99 is {} s", exact[1]);
    assert_eq!(exact[5], 0.0);
    assert!(fluid[5] < 10.0, "{}", fluid[5]);
    let [fluid, exact] = runs.each_ref().map(|run| load(run, "edge"));
    let flag = "calls to a service that falls behind";
    assert!(600.0 < fluid.distrust_s[flag]);
    assert!(exact.distrust_s.get(flag).is_none_or(|it| *it == 0.0));
}

/// A callee's errors are its callers', unless these can do without; a further try makes them rarer.
#[test]
fn errors_are_passed_on() {
    let failed = |call: &str| {
        let edge = format!("edge: {{ cpu: 0s, wait: 10ms, slots: 400, calls: [{call}] }}");
        let shop = Shop {
            duration: "2h",
            tasks: [2, 1],
            rate: "50/s",
            work: &[
                &edge,
                "one: { cpu: 0s, wait: 20ms, slots: 16, errors: 10 % }",
                "two: { cpu: 0s }",
            ],
            timeline: "",
        };
        shop.both().map(|run| {
            let edge = load(&run, "edge");
            edge.target_5xx / edge.requests
        })
    };
    for (call, share) in [
        ("{ service: one, retries: 0 }", 0.1),
        ("{ service: one, retries: 1 }", 0.01),
        ("{ service: one, retries: 0, perRequest: 2 }", 0.19),
    ] {
        for found in failed(call) {
            check_near(call, found, share, 0.06);
        }
    }
    for found in failed("{ service: one, retries: 0, onFailure: ignore }") {
        assert_eq!(found, 0.0);
    }
}

/// A call that is given up frees its caller: the slow callee is felt for the time-out at most.
#[test]
fn a_time_out_bounds_what_is_felt() {
    let shop = |timeout: &str| {
        let edge = format!(
            "edge: {{ cpu: 0s, wait: 10ms, slots: 400, calls: [{{ service: one, retries: 0, \
             timeout: {timeout} }}] }}"
        );
        let shop = Shop {
            duration: "20m",
            tasks: [2, 1],
            rate: "120/s",
            work: &[
                &edge,
                "one: { cpu: 0s, wait: 200ms, slots: 10 }",
                "two: { cpu: 0s }",
            ],
            timeline: "",
        };
        shop.both()
    };
    let seen = shop("1s").map(|run| {
        let edge = load(&run, "edge");
        (edge.target_5xx / edge.requests, edge.response)
    });
    println!("{seen:?}");
    let [(fluid, fluid_s), (exact, exact_s)] = &seen;
    // 120 a second for 100: who gets a slot has waited so long that most answers come too late.
    assert!(
        0.5 < *exact && (fluid - exact).abs() < 0.12,
        "{fluid} {exact}"
    );
    check_near(
        "mean",
        fluid_s.mean_s.unwrap(),
        exact_s.mean_s.unwrap(),
        0.1,
    );
    assert!(exact_s.p99_s.unwrap() < 1.2, "{exact_s:?}");
    assert!(fluid_s.p99_s.unwrap() < 1.7, "{fluid_s:?}");
}

/// Tasks that come and go are known to callers when their answer of Cloud Map's is over.
#[test]
fn callers_go_on_with_addresses_for_a_ttl() {
    let shop = |ttl: &str| {
        let edge = format!(
            "edge: {{ cpu: 0s, wait: 10ms, slots: 4000, calls: [{{ service: two, timeout: 1s, \
             ttl: {ttl} }}] }}"
        );
        let shop = Shop {
            duration: "1h",
            tasks: [1, 4],
            rate: "50/s",
            work: &[
                &edge,
                "one: { cpu: 0s }",
                "two: { cpu: 0s, wait: 20ms, slots: 64, stopsIn: 0s }",
            ],
            timeline: "timeline: [{ at: 31m 17s, update: { service: two, desiredCount: 2 } }]",
        };
        shop.both().map(|run| load(&run, "edge").target_5xx)
    };
    for (ttl, seconds) in [("60s", 30.0), ("300s", 150.0)] {
        let [fluid, exact] = shop(ttl);
        // Half of four addresses, half a TTL long: 50 a second.
        println!("{ttl}: {fluid} {exact}");
        check_near(&format!("fluid, {ttl}"), fluid, 25.0 * seconds, 0.15);
        // One caller: its answer is over at any time within the TTL.
        assert!(exact <= 25.0 * 2.2 * seconds, "{exact}");
        assert!(25.0 < exact, "{exact}");
    }
}

/// Newcomers help those who find them by Cloud Map only when the answers that these have are over.
#[test]
fn newcomers_are_known_after_a_ttl() {
    let late = |ttl: &str| {
        let edge = format!(
            "edge: {{ cpu: 0s, wait: 10ms, slots: 4000, calls: [{{ service: two, ttl: {ttl} }}] }}"
        );
        let shop = Shop {
            duration: "40m",
            tasks: [1, 1],
            rate: "110/s",
            work: &[
                &edge,
                "one: { cpu: 0s }",
                "two: { cpu: 0s, wait: 100ms, slots: 10 }",
            ],
            timeline: "timeline: [{ at: 5m, update: { service: two, desiredCount: 3 } }]",
        };
        shop.both().map(|run| mean_s(&run, "edge"))
    };
    let (soon, later) = (late("1s"), late("600s"));
    println!("{soon:?} {later:?}");
    for (soon, later) in soon.iter().zip(later) {
        // 10 a second too many until then.
        assert!(*soon * 1.5 < later, "{soon} {later}");
    }
}

/// A callee behind a load balancer that is deployed blue/green: the slow revision is felt when it
/// gets the traffic; and each call is paid at the callee's own balancer.
#[test]
fn a_callee_that_shifts_its_traffic_is_felt_in_both_halves() {
    let text = "\
fleetcast: 1
name: shop
run: { duration: 2h }
aws:
  cluster: { clusterName: shop, capacityProviders: [FARGATE] }
  taskDefinitions:
    - { family: edge, cpu: 1024, memory: 2048 }
    - { family: one, cpu: 1024, memory: 2048 }
    - { family: one, cpu: 1024, memory: 2048 }
  loadBalancers: [{ LoadBalancerName: inside, Scheme: internal }]
  targetGroups: [{ TargetGroupName: blue }, { TargetGroupName: green }]
  services:
    - { serviceName: edge, taskDefinition: edge, desiredCount: 2, launchType: FARGATE }
    - serviceName: one
      taskDefinition: one:1
      desiredCount: 4
      launchType: FARGATE
      loadBalancers:
        - targetGroupArn: blue
          containerName: one
          containerPort: 80
          advancedConfiguration:
            alternateTargetGroupArn: green
            productionListenerRule: arn:aws:elasticloadbalancing:us-east-1:1:listener-rule/app/a/1/2/3
            roleArn: arn:aws:iam::111122223333:role/ecsInfrastructureRole
      deploymentConfiguration: { strategy: BLUE_GREEN, bakeTimeInMinutes: 10 }
world:
  demand: { edge: { rate: 50/s } }
  work:
    edge: { cpu: 1ms, wait: 10ms, slots: 64, calls: [{ service: one, perRequest: 2 }] }
    one: { cpu: 1ms, wait: 40ms }
    \"one:2\": { wait: 140ms }
timeline: [{ at: 1h, deploy: { service: one, taskDefinition: \"one:2\" } }]
";
    let run = played(text);
    let edge = load(&run, "edge");
    // Two calls of 41 ms, then of 141 ms.
    let p50 = edge.response.p50_s.unwrap();
    assert!((0.1..0.3).contains(&p50), "{p50}");
    let mean = edge.response.mean_s.unwrap();
    let (before, after) = (0.011 + 2.0 * 0.041, 0.011 + 2.0 * 0.141);
    assert!(before * 1.3 < mean && mean < after * 0.95, "{mean}");
    check_near("calls", load(&run, "one").requests, 100.0 * 7_200.0, 0.001);
    let items = run.run.bill.by_item();
    let capacity = items.iter().find(|line| line.name.contains("lcu"));
    assert!(0.0 < capacity.unwrap().cost.usd());
}

/// A callee whose new revision answers with errors only, deployed after 10 of 60 minutes.
fn shifted(found: &str, via: &str, (strategy, fidelity): (&str, &str)) -> Played {
    let balanced = "      loadBalancers:
        - targetGroupArn: blue
          containerName: one
          containerPort: 80
          advancedConfiguration:
            alternateTargetGroupArn: green
            productionListenerRule: arn:aws:elasticloadbalancing:us-east-1:1:listener-rule/app/a/1/2/3
            roleArn: arn:aws:iam::111122223333:role/ecsInfrastructureRole";
    let text = "\
fleetcast: 1
name: shop
run: { duration: 1h, fidelity: FIDELITY }
aws:
  cluster: { clusterName: shop, capacityProviders: [FARGATE] }
  taskDefinitions:
    - { family: edge, cpu: 1024, memory: 2048 }
    - { family: one, cpu: 1024, memory: 2048 }
    - { family: one, cpu: 1024, memory: 2048 }
  loadBalancers: [{ LoadBalancerName: inside, Scheme: internal }]
  targetGroups: [{ TargetGroupName: blue }, { TargetGroupName: green }]
  services:
    - { serviceName: edge, taskDefinition: edge, desiredCount: 2, launchType: FARGATE }
    - serviceName: one
      taskDefinition: one:1
      desiredCount: 4
      launchType: FARGATE
FOUND
      deploymentConfiguration: STRATEGY
world:
  demand: { edge: { rate: 40/s } }
  work:
    edge: { cpu: 1ms, wait: 10ms, slots: 64, calls: [{ service: one, retries: 0, VIA }] }
    one: { cpu: 1ms, wait: 20ms }
    \"one:2\": { errors: 100 % }
timeline: [{ at: 10m, deploy: { service: one, taskDefinition: \"one:2\" } }]
";
    let found = if found == "balancer" { balanced } else { found };
    let text = text.replace("FOUND", found).replace("VIA", via);
    played(
        &text
            .replace("STRATEGY", strategy)
            .replace("FIDELITY", fidelity),
    )
}

/// What callers meet follows every step of the traffic, the last one too: each call that fails is a
/// request that fails, and from the last step to the end all of them do.
#[test]
fn callers_meet_each_step_of_a_callees_traffic() {
    let connect = "      serviceConnectConfiguration: { enabled: true }";
    let linear = "{ strategy: LINEAR, bakeTimeInMinutes: 20, linearConfiguration: { stepPercent: 50, \
                  stepBakeTimeInMinutes: 15 } }";
    let at_once = "{ strategy: BLUE_GREEN, bakeTimeInMinutes: 30 }";
    // Up after one to three minutes. From then on half of 2,400 a minute for 15 minutes, all of
    // them for the rest of the hour; at once: all of them.
    let (balancer, proxies) = (
        ("balancer", "via: loadBalancer"),
        (connect, "via: serviceConnect"),
    );
    let halves = 15.0 * 1_200.0 + 30.0 * 2_400.0;
    for ((found, via), strategy, least, fidelity) in [
        (balancer, linear, halves, "fluid"),
        (balancer, linear, halves, "requests"),
        (balancer, at_once, 45.0 * 2_400.0, "fluid"),
        (proxies, linear, halves, "fluid"),
        (proxies, linear, halves, "requests"),
        (proxies, at_once, 45.0 * 2_400.0, "fluid"),
    ] {
        let run = shifted(found, via, (strategy, fidelity));
        let [edge, one] = ["edge", "one"].map(|name| load(&run, name).target_5xx);
        println!("{via}, {strategy}, {fidelity}: {edge} {one}");
        assert!(least < one, "{one}");
        // Half of the traffic is not all of it; green is up within five minutes.
        assert!(one < least + 5.0 * 2_400.0, "{fidelity}: {one}");
        check_near(via, edge, one, 0.02);
    }
}

/// Nothing weighs the addresses of Cloud Map: green is asked as its tasks come up, step or not.
#[test]
fn addresses_are_asked_before_any_step_of_the_traffic() {
    let registered = "      serviceRegistries: [{ registryArn: one }]";
    let bakes = "{ strategy: BLUE_GREEN, bakeTimeInMinutes: 20 }";
    let run = shifted(registered, "via: cloudMap, ttl: 10s", (bakes, "fluid"));
    let [edge, one] = ["edge", "one"].map(|name| load(&run, name).target_5xx);
    println!("{edge} {one}");
    // Four of eight tasks for 20 minutes, though the stage is at 100 %; then all for the rest, about
    // 28.
    check_near("addresses", one, 20.0 * 1_200.0 + 28.5 * 2_400.0, 0.04);
    check_near("callers", edge, one, 0.02);
}

/// Each caller knows eight of twenty callees of its own: those whom both know have twice the load
/// of the others. The fluid has all of them alike, and says that it may not be trusted.
#[test]
fn a_result_says_where_few_callers_know_eight_of_many_callees() {
    let flag = "callers know eight addresses each, or old ones";
    let shop = |tasks: u32, rate: &str, callee: &str| {
        let work = format!("{callee}: {{ cpu: 0s, wait: 60ms, cv: 1, slots: 2 }}");
        let other = if callee == "one" {
            "two: { cpu: 0s }"
        } else {
            "one: { cpu: 0s }"
        };
        let edge = format!(
            "edge: {{ cpu: 0s, wait: 10ms, slots: 400, calls: [{{ service: {callee} }}] }}"
        );
        let shop = Shop {
            duration: "30m",
            tasks: [tasks, tasks],
            rate,
            work: &[&edge, &work, other],
            timeline: "",
        };
        let text = shop.text("fluid").replace(
            "taskDefinition: edge, desiredCount: 1",
            "taskDefinition: edge, desiredCount: 2",
        );
        let run = played(&text);
        ["edge", callee].map(|name| {
            load(&run, name)
                .distrust_s
                .get(flag)
                .copied()
                .unwrap_or(0.0)
        })
    };
    // Of 20 tasks 12.8 are known, and 3.2 of them by both callers: loads of 0.59 and 0.94.
    assert_eq!(shop(20, "250/s", "two"), [1_800.0, 1_800.0]);
    // Nobody waits at twice the load, all addresses are known, or proxies know all tasks.
    assert_eq!(shop(20, "10/s", "two"), [0.0, 0.0]);
    assert_eq!(shop(8, "100/s", "two"), [0.0, 0.0]);
    assert_eq!(shop(20, "250/s", "one"), [0.0, 0.0]);
}

/// What a sidecar takes of each request, and anyway, is the task's.
#[test]
fn a_sidecar_takes_its_part() {
    let used = |sidecars: &str| {
        let edge = format!("edge: {{ cpu: 10ms, slots: 64, {sidecars} }}");
        let shop = Shop {
            duration: "1h",
            tasks: [1, 1],
            rate: "20/s",
            work: &[&edge, "one: { cpu: 0s }", "two: { cpu: 0s }"],
            timeline: "",
        };
        let run = shop.play("fluid");
        let service = &run.run.outcome.observed.summary.services[0];
        assert_eq!(run.plan.services[0].name, "edge");
        service.cpu.mean_percent.unwrap()
    };
    check_near("alone", used("cv: 1"), 20.0, 0.001);
    let both = "sidecars: { proxy: { cpu: 2ms }, agent: { cpu: 0.5ms, idle: 0.03 vCPU } }";
    check_near("with both", used(both), 28.0, 0.001);
}

/// A random shop: services that call those behind them, now and then one before them.
#[derive(Clone, Debug)]
struct Random {
    rate: f64,
    is_steady: bool,
    services: Vec<RandomService>,
    /// From, to, calls a request, time-out, retries, and whether a failure is ignored.
    calls: Vec<(usize, usize, f64, u32, u32, bool)>,
    /// Of which service, to how many tasks, and whether it is deployed anew.
    changes: Vec<(usize, u32, bool)>,
}

#[derive(Clone, Copy, Debug)]
struct RandomService {
    tasks: u32,
    cpu_ms: u32,
    wait_ms: u32,
    slots: u32,
    way: usize,
    errors: u32,
}

impl Random {
    fn text(&self, fidelity: &str) -> String {
        let mut text = format!(
            "fleetcast: 1\nname: shop\nrun: {{ duration: 20m, fidelity: {fidelity}, begin: {} }}\n\
             aws:\n  cluster: {{ clusterName: shop, capacityProviders: [FARGATE] }}\n  taskDefinitions:\n",
            if self.is_steady { "steady" } else { "empty" }
        );
        for at in 0..self.services.len() {
            let container = "{ name: app, portMappings: [{ containerPort: 80 }] }";
            text += &format!(
                "    - {{ family: s{at}, cpu: 512, memory: 1024, containerDefinitions: [{container}] }}\n"
            );
        }
        let balanced = self.services.iter().enumerate().filter(|it| it.1.way == 0);
        let groups = balanced.map(|(at, _)| format!("{{ TargetGroupName: s{at} }}"));
        let groups: Vec<String> = groups.collect();
        text += &format!("  targetGroups: [{}]\n  services:\n", groups.join(", "));
        for (at, service) in self.services.iter().enumerate() {
            let way = match service.way {
                0 => format!(
                    "loadBalancers: [{{ targetGroupArn: s{at}, containerName: app, containerPort: 80 }}]"
                ),
                1 => "serviceConnectConfiguration: { enabled: true }".to_owned(),
                _ => "serviceRegistries: [{ registryArn: any }]".to_owned(),
            };
            text += &format!(
                "    - {{ serviceName: s{at}, taskDefinition: s{at}, desiredCount: {}, launchType: \
                 FARGATE, {way} }}\n",
                service.tasks
            );
        }
        text += &format!(
            "world:\n  demand: {{ s0: {{ rate: {}/s, timeout: 8s, retries: {{ attempts: 1 }} }} }}\n  \
             work:\n",
            self.rate
        );
        for (at, service) in self.services.iter().enumerate() {
            let its = self.calls.iter().filter(|call| call.0 == at);
            let its = its.map(|(_, to, calls, timeout, retries, ignores)| {
                let word = if *ignores { "ignore" } else { "fail" };
                let timeout = match timeout {
                    0 => "none".to_owned(),
                    ms => format!("{ms}ms"),
                };
                format!(
                    "{{ service: s{to}, perRequest: {calls}, timeout: {timeout}, retries: {retries}, \
                     onFailure: {word} }}"
                )
            });
            let its: Vec<String> = its.collect();
            text += &format!(
                "    s{at}: {{ cpu: {}ms, wait: {}ms, slots: {}, errors: {} %, calls: [{}] }}\n",
                service.cpu_ms,
                service.wait_ms,
                service.slots,
                service.errors,
                its.join(", ")
            );
        }
        let changes = self.changes.iter().enumerate().map(|(at, change)| {
            let (service, tasks, anew) = change;
            format!(
                "{{ at: {}m, update: {{ service: s{service}, desiredCount: {tasks}, \
                 forceNewDeployment: {anew} }} }}",
                3 + 5 * at
            )
        });
        let changes: Vec<String> = changes.collect();
        text + &format!("timeline: [{}]\n", changes.join(", "))
    }
}

fn random() -> impl Strategy<Value = Random> {
    let service = (1u32..4, 0u32..20, 1u32..60, 1u32..40, 0usize..3, 0u32..4);
    let service = service.prop_map(
        |(tasks, cpu_ms, wait_ms, slots, way, errors)| RandomService {
            tasks,
            cpu_ms,
            wait_ms,
            slots,
            way,
            errors,
        },
    );
    prop::collection::vec(service, 2..5).prop_flat_map(|services| {
        let count = services.len();
        let calls = prop_oneof![Just(0.3), Just(1.0), Just(2.5)];
        let timeout = prop_oneof![Just(0u32), Just(50), Just(700)];
        let call = (0..count, 0..count, calls, timeout, 0u32..3, any::<bool>());
        let forth = call.prop_map(|(from, to, calls, timeout, retries, ignores)| {
            // Back is rarer than forth is often: 2.5 · 2.5 · 2.5 · 0.05 < 1.
            let (from, to, calls) = match from < to {
                true => (from, to, calls),
                false => (from, to, 0.01),
            };
            (from, to, calls, timeout, retries, ignores)
        });
        let change = (0..count, 0u32..5, any::<bool>());
        (
            (1.0..60.0f64, any::<bool>()),
            Just(services),
            prop::collection::vec(forth, 1..5),
            prop::collection::vec(change, 0..3),
        )
            .prop_map(|((rate, is_steady), services, calls, changes)| Random {
                rate: rate.round(),
                is_steady,
                services,
                calls,
                changes,
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever shop: no request is lost (the audit looks on), and requests go where calls lead.
    #[test]
    fn any_shop_plays_and_adds_up(shop in random()) {
        for fidelity in ["fluid", "requests"] {
            let run = played(&shop.text(fidelity));
            for at in 0..shop.services.len() {
                let seen = load_of(&run, &format!("s{at}"));
                let Some(seen) = seen else { continue };
                prop_assert!(seen.first_tries <= seen.requests + 1e-6 * seen.requests);
                // A try that the balancer gave up may end in an error of the target all the same.
                let bad = seen.target_5xx.max(seen.elb_5xx);
                prop_assert!(bad <= seen.requests * (1.0 + 1e-6) + 500.0, "{seen:?}");
                let is_asked = at == 0 || shop.calls.iter().any(|call| call.1 == at);
                prop_assert!(is_asked || seen.requests == 0.0);
            }
            if fidelity == "requests" {
                let again = played(&shop.text(fidelity));
                let hash = |run: &Played| run.run.outcome.event_hash;
                prop_assert_eq!(hash(&run), hash(&again));
                prop_assert_eq!(
                    load(&run, "s0").response.mean_s.map(f64::to_bits),
                    load(&again, "s0").response.mean_s.map(f64::to_bits)
                );
            }
        }
    }
}

fn load_of<'r>(run: &'r Played, name: &str) -> Option<&'r LoadSummary> {
    let services = &run.run.outcome.observed.summary.services;
    let at = run.plan.services.iter().position(|it| it.name == name);
    services[at?].load.as_ref()
}
