//! Services that call services, in both fidelities: against closed forms, against each other, and
//! what a slow one does to those that call it.

use fleetcast::observe::summary::LoadSummary;

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

/// Jackson: departures of M/M/c are Poisson again, so the mean response of a tandem of two is the sum
/// of both. The edge has a slot for everybody and does nothing itself.
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
    for (what, run, share) in [("fluid", &fluid, 0.01), ("requests", &exact, 0.02)] {
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

/// M/M/c again, and one hop behind it, called 2.5 times a request: its load is 2.5 times the rate, and
/// each request takes 2.5 of its response times longer.
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
    // 20 a second too many for ten minutes: 12,000 wait, 400 of them at the callee.
    for (at, share) in [(0, 0.1), (1, 0.1), (2, 0.1), (3, 0.15), (4, 0.01)] {
        check_near(&format!("figure {at}"), fluid[at], exact[at], share);
    }
    // 400 slots' worth of the callee's 100 a second.
    check_near("the callee's p99", exact[3], 4.0, 0.1);
    assert!(60.0 < exact[1], "the caller's p99 is {} s", exact[1]);
    assert_eq!((fluid[5], exact[5]), (0.0, 0.0));
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
    for run in shop("1s") {
        let edge = load(&run, "edge");
        // 120 a second for 100: a sixth and a little more gets no answer in time.
        let share = edge.target_5xx / edge.requests;
        println!("{share} {:?}", edge.response);
        assert!((0.15..0.45).contains(&share), "{share}");
        assert!(edge.response.p99_s.unwrap() < 1.2, "{:?}", edge.response);
    }
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
            timeline: "timeline: [{ at: 30m, update: { service: two, desiredCount: 2 } }]",
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
    }
}
