//! The half of a scenario that nobody controls: demand, work, latencies, Spot, prices.

use super::generator::Scene;

/// Adds `world:`.
pub(super) fn add(scene: &mut Scene) {
    for at in 0..scene.services.len() {
        let queue = scene.services[at].queue.clone();
        if scene.dice.percent(75) || queue.is_some() {
            let line = match queue {
                Some(queue) => format!("queue: {queue}, rate: {}", rate(scene, 0)),
                None => service_demand(scene, scene.services[at].has_group),
            };
            let name = &scene.services[at].name;
            scene
                .draft
                .add("world.demand", format!("{name}: {{ {line} }}"));
        }
    }
    for at in 0..scene.programs.len() {
        if scene.dice.percent(80) {
            let name = scene.programs[at].clone();
            let line = program_demand(scene, &name);
            scene
                .draft
                .add("world.demand", format!("{name}: {{ {line} }}"));
        }
    }
    work(scene);
    latencies(scene);
    spot(scene);
    prices(scene);
    if let [one, .., other] = scene.services.as_slice()
        && scene.dice.percent(20)
    {
        // Two services with one chance.
        let line = format!("{}: {}", one.name, other.name);
        scene.draft.add("world.streams", line);
    }
}

fn service_demand(scene: &mut Scene, has_group: bool) -> String {
    let rate = rate(scene, 0);
    // With every request played a thousand tries of each are too many.
    let many = match scene.is_exact {
        true => ", retries: { attempts: 2, backoff: 1ms }",
        false => ", retries: { attempts: 1000 }",
    };
    let dice = &mut scene.dice;
    let mut line = format!("rate: {rate}");
    line += dice.pick(&["", "", "", ", scale: 0", ", scale: 2.5"]);
    line += dice.pick(&[
        "",
        ", timeout: none",
        ", timeout: 1ms",
        ", timeout: 1s",
        ", timeout: 1us",
    ]);
    line += dice.pick(&["", "", ", onTimeout: staysInQueue"]);
    line += dice.pick(&["", "", ", retries: { attempts: 2 }", many]);
    line += dice.pick(&["", "", ", connections: 0", ", connections: 1"]);
    line += dice.pick(&["", "", ", connectionLength: 0s", ", connectionLength: 1h"]);
    line += dice.pick(&[
        "",
        "",
        ", bytes: { in: 0B, out: 0B }",
        ", bytes: { in: 1GiB, out: 1B }",
    ]);
    if has_group && scene.load_dice.percent(40) {
        let share = scene.load_dice.pick(&["0 %", "10 %", "90 %", "100 %"]);
        let length = scene.load_dice.pick(&["1s", "10m", "30d"]);
        line += &format!(", sessions: {{ share: {share}, length: {length} }}");
    }
    line
}

/// Requests a second, from none to a thousand million.
const RATES: [&str; 12] = [
    "0/s",
    "0/s",
    "1/h",
    "0.001/s",
    "1/s",
    "7.5/s",
    "40/s",
    "300/s",
    "2000/s",
    "100000/s",
    "1000000000/s",
    "60/min",
];

/// The first of them, where each request is played.
const FEW: usize = 6;

fn rate(scene: &mut Scene, depth: u32) -> String {
    let dice = &mut scene.dice;
    let rates = if scene.is_exact {
        &RATES[..FEW]
    } else {
        &RATES
    };
    let (one, other) = (dice.pick(rates), dice.pick(rates));
    let step = dice.pick(&["60s", "5m", "1h", "37s"]);
    // Enough changes to be strange, few enough to be quick.
    let step = if 86_400 < scene.seconds { "6h" } else { step };
    match dice.between(0, 9) {
        0..=2 => one.to_owned(),
        3 => format!("{{ daily: {{ low: 0/s, high: {one}, peak: \"02:30\", every: {step} }} }}"),
        4 => {
            let at = scene.moment();
            format!("{{ step: {{ at: {at}, from: {one}, to: {other} }} }}")
        }
        5 => {
            let at = scene.moment();
            let over = scene.dice.pick(&["1us", "1s", "10m", "3h"]);
            format!("{{ ramp: {{ at: {at}, over: {over}, from: {one}, to: {other} }} }}")
        }
        6 => rate_trace(scene),
        _ if 1 < depth => one.to_owned(),
        _ => {
            let inner = rate(scene, depth + 1);
            let at = scene.moment();
            let dice = &mut scene.dice;
            let lasts = dice.pick(&["1us", "60s", "1h"]);
            let cv = dice.pick(&["0", "0.2", "3", "100"]);
            let times = if scene.is_exact { 3 } else { 100 };
            let more = [
                format!("{{ noise: {{ cv: {cv}, every: {step} }} }}"),
                format!("{{ spike: {{ at: {at}, for: {lasts}, times: {times} }} }}"),
                format!("{{ spike: {{ at: {at}, for: {lasts}, to: {other} }} }}"),
                "{ weekly: [0, 1, 1, 1, 1, 0.5, 2] }".to_owned(),
                format!("{{ constant: {one} }}"),
            ];
            let more = &more[dice.between(0, 4) as usize];
            let inner = match inner.starts_with('{') {
                true => inner,
                false => format!("{{ constant: {inner} }}"),
            };
            format!("{{ sum: [{inner}, {more}] }}")
        }
    }
}

/// A trace, of the two rows that make a step at least.
fn rate_trace(scene: &mut Scene) -> String {
    let dice = &mut scene.dice;
    let mut text = "time,value\n".to_owned();
    for row in 0..dice.pick(&[2, 2, 3, 12]) {
        let most = if scene.is_exact { 300 } else { 90_000 };
        text += &format!("{},{}\n", row * 300, dice.pick(&[0, 0, 1, 200, most]));
    }
    let repeat = dice.percent(50);
    let file = scene.draft.add_trace(text);
    let end = match repeat {
        true => "repeat: true",
        false => scene.dice.pick(&["gaps: hold", "gaps: zero"]),
    };
    format!(
        "{{ trace: {file}, time: time, timeUnit: s, value: value, unit: requests/5min, {end} }}"
    )
}

fn program_demand(scene: &mut Scene, name: &str) -> String {
    let arrivals = match scene.dice.percent(40) {
        true => job_trace(scene),
        false => {
            // Few enough for the run's length.
            let long = 86_400 < scene.seconds;
            let dice = &mut scene.dice;
            let rate = match long {
                true => dice.pick(&["0/s", "1/d", "1/w"]),
                false => dice.pick(&["0/s", "1/h", "20/h", "2/min", "1/s"]),
            };
            let process = dice.pick(&["poisson", "regular"]);
            let work = law(scene);
            format!("{{ rate: {rate}, process: {process}, work: {work} }}")
        }
    };
    let dice = &mut scene.dice;
    let first = scene
        .programs
        .first()
        .filter(|first| *first != name)
        .cloned();
    let follows = scene.shift_dice.percent(60);
    let mut line = match first.filter(|_| follows) {
        Some(first) => format!("after: {first}"),
        None => format!("arrivals: {arrivals}"),
    };
    line += dice.pick(&["", ", concurrency: 1", ", concurrency: 3"]);
    line += dice.pick(&["", ", onInterruption: restart", ", onInterruption: fail"]);
    line += dice.pick(&["", ", providerChoice: weightedRandom"]);
    let retries = [
        "",
        ", retries: { attempts: 1, backoff: 0s }",
        ", retries: { attempts: 3 }",
    ];
    line += dice.pick(&retries);
    line
}

/// Calls of a trace, all at one instant sometimes, some too large for any task.
fn job_trace(scene: &mut Scene) -> String {
    let dice = &mut scene.dice;
    let mut text = "time,work,cpu\n".to_owned();
    let apart = dice.pick(&[0, 0, 1, 60, 1_000]);
    for row in 0..dice.pick(&[1, 2, 15]) {
        let work = dice.pick(&["0", "0.000001", "30", "4000"]);
        let cpu = dice.pick(&["0.25", "1", "3", "16", "17"]);
        text += &format!("{},{work},{cpu}\n", row * apart);
    }
    let file = scene.draft.add_trace(text);
    let cpu = scene.dice.pick(&["", ", cpu: cpu"]);
    format!("{{ trace: {file}, time: time, timeUnit: s, work: work, workUnit: s{cpu} }}")
}

/// A law of a random length.
fn law(scene: &mut Scene) -> String {
    let dice = &mut scene.dice;
    let length = dice.pick(&["0s", "1us", "200ms", "1s", "20s", "5m", "2h"]);
    let cv = dice.pick(&["0", "0.01", "0.5", "1", "4", "100"]);
    let family = dice.pick(&["lognormal", "weibull", "gamma", "pareto"]);
    match dice.between(0, 5) {
        0 | 1 => length.to_owned(),
        2 => format!("{{ distribution: exponential, mean: {length} }}"),
        3 => format!("{{ distribution: uniform, low: 0s, high: {length} }}"),
        _ => format!("{{ distribution: {family}, mean: {length}, cv: {cv} }}"),
    }
}

fn work(scene: &mut Scene) {
    let mut names = scene.families.clone();
    names.push("default".to_owned());
    for name in names {
        if !scene.dice.percent(70) {
            continue;
        }
        let duration = law(scene);
        let dice = &mut scene.dice;
        let choices: [(&str, &[&str]); 19] = [
            ("cpu", &["0ms", "1us", "1ms", "20ms", "1s"]),
            ("wait", &["0s", "1us", "50ms", "10s"]),
            ("cv", &["0", "0.3", "1", "5"]),
            ("queue", &["0", "1", "100", "none"]),
            ("slots", &["1", "2", "16", "1000"]),
            ("errors", &["0 %", "1 %", "50 %", "100 %"]),
            (
                "memory",
                &[
                    "{ base: 100MiB, perRequest: 10MiB }",
                    "{ base: 64GiB }",
                    "0B",
                ],
            ),
            ("idle", &["0 vCPU", "0.1 vCPU", "20 vCPU"]),
            (
                "logs",
                &["0B", "1KiB", "{ perRequest: 1B, perSecond: 1KiB }"],
            ),
            ("crossZone", &["0B", "1MiB"]),
            ("image", &["0B", "1MiB", "5GiB"]),
            ("start", &["0s", "1us", "30s", "20m"]),
            ("duration", &["", ""]),
            (
                "exit",
                &[
                    "{ codes: { 0: 50 %, 1: 50 % } }",
                    "{ codes: { 137: 100 % } }",
                ],
            ),
            (
                "crashes",
                &[
                    "{ mttf: 10s }",
                    "{ mttf: 10m }",
                    "{ mttf: 30d }",
                    "{ after: 7m }",
                    "{ mttf: 1h, after: 0s }",
                ],
            ),
            (
                "health",
                &[
                    "{ fails: 0 % }",
                    "{ fails: 100 % }",
                    "{ fails: 30 %, after: 10m }",
                    "{ fails: 100 %, after: 3s }",
                ],
            ),
            ("startFailures", &["0 %", "30 %", "100 %"]),
            ("stopsIn", &["0s", "1s", "10m"]),
            (
                "onInterruption",
                &["{ checkpointEvery: 0s }", "{ checkpointEvery: 7s }"],
            ),
        ];
        let mut fields = Vec::new();
        for (field, values) in choices {
            if !dice.percent(30) {
                continue;
            }
            match field {
                "duration" => fields.push(format!("duration: {duration}")),
                field => fields.push(format!("{field}: {}", dice.pick(values))),
            }
        }
        let line = format!("{name}: {{ {} }}", fields.join(", "));
        scene.draft.add("world.work", line);
    }
    calls(scene);
}

/// The first service's code calls the second, if that is other code, and known, and can be reached.
fn calls(scene: &mut Scene) {
    let [caller, callee, ..] = scene.services.as_slice() else {
        return;
    };
    let is_known = |family: &str| {
        let lines = scene.draft.lines("world.work");
        lines
            .iter()
            .any(|line| line.starts_with(&format!("{family}: ")))
    };
    let can = caller.family != callee.family
        && callee.has_group
        && is_known(&caller.family)
        && (is_known(&callee.family) || is_known("default"));
    // Request by request nobody calls a service whose traffic shifts, that keeps zones apart or has
    // metrics of 20 s, and none of those calls.
    let is_apart = |name: &str| {
        let own_group = format!("TargetGroupName: {name},");
        let groups = scene.draft.lines("aws.targetGroups");
        let mut own = groups.iter().filter(|line| line.contains(&own_group));
        own.any(|line| line.contains("cross_zone"))
    };
    let is_split = scene.services.iter().any(|facts| {
        facts.shifts || facts.is_network || !facts.fine.is_empty() || is_apart(&facts.name)
    });
    if !can || (scene.is_exact && is_split) {
        return;
    }
    let (from, to) = (format!("{}: {{ ", caller.family), callee.name.clone());
    let dice = &mut scene.load_dice;
    if !dice.percent(60) {
        return;
    }
    let each = dice.pick(&["0.1", "1", "3"]);
    let more = dice.pick(&[
        "",
        ", timeout: 200ms",
        ", timeout: 1s, retries: 1",
        ", onFailure: ignore",
    ]);
    let calls = format!("{from}calls: [{{ service: {to}, perRequest: {each}{more} }}], ");
    scene.draft = scene.draft.map(|block, line| match block {
        "world.work" => line.replacen(&from, &calls, 1),
        _ => line.to_owned(),
    });
}

/// A service that runs the code which calls it, later or in a task set, calls itself: less than once a
/// request, or it would never end.
pub(super) fn end_calls(scene: &mut Scene) {
    let [caller, callee, ..] = scene.services.as_slice() else {
        return;
    };
    let (family, begin) = (caller.family.clone(), format!("{}: {{ ", caller.family));
    let of_callee = format!("service: {},", callee.name);
    let to_family = ["", "\""].map(|quote| format!("taskDefinition: {quote}{family}"));
    let blocks = ["timeline", "aws.taskSets"];
    let lines = blocks.map(|block| scene.draft.lines(block)).concat();
    let mut deploys = lines.iter().filter(|line| line.contains(&of_callee));
    if deploys.any(|line| to_family.iter().any(|it| line.contains(it))) {
        scene.draft = scene.draft.map(|block, line| match block {
            "world.work" if line.starts_with(&begin) => {
                let line = line.replace("perRequest: 1,", "perRequest: 0.1,");
                let line = line.replace("perRequest: 1 }", "perRequest: 0.1 }");
                line.replace("perRequest: 3", "perRequest: 0.1")
            }
            _ => line.to_owned(),
        });
    }
}

fn latencies(scene: &mut Scene) {
    for provider in ["default", "FARGATE", "FARGATE_SPOT"] {
        if !scene.dice.percent(40) {
            continue;
        }
        let mut fields = Vec::new();
        for phase in ["eni", "prepare", "create", "deprovision", "registration"] {
            if scene.dice.percent(40) {
                fields.push(format!("{phase}: {}", law(scene)));
            }
        }
        if scene.dice.percent(30) {
            let (base, each) = (law(scene), scene.dice.pick(&["0s", "1us", "1s"]));
            fields.push(format!("pull: {{ base: {base}, perMiB: {each} }}"));
        }
        if provider == "default" {
            let dice = &mut scene.dice;
            if dice.percent(40) {
                let late = dice.pick(&["0s", "1us", "60s", "150s", "30m"]);
                fields.push(format!("metrics: {late}"));
            }
            if dice.percent(30) {
                fields.push(format!("checksToHealthy: {}", dice.pick(&[1, 2, 10])));
            }
        }
        let line = format!("{provider}: {{ {} }}", fields.join(", "));
        scene.draft.add("world.latencies", line);
    }
}

fn spot(scene: &mut Scene) {
    let dice = &mut scene.dice;
    if dice.percent(60) {
        let preset = dice.pick(&["optimistic", "default", "pessimistic"]);
        scene.draft.add("world.spot", format!("preset: {preset}"));
    }
    if dice.percent(40) {
        let times = dice.pick(&["0", "0.1", "1", "10", "60"]);
        let line = format!("interruptionsPerSlotMonth: {times}");
        scene.draft.add("world.spot", line);
    }
    if scene.dice.percent(25) {
        let line = "EC2: { prices: { process: meanReverting } }";
        scene.draft.add("world.spot", line);
    }
    for line in [
        "otherZones: false",
        "retry: 1s",
        "retry: 1d",
        "reclaimAll: 100 %",
    ] {
        let has_retry = scene
            .draft
            .lines("world.spot")
            .iter()
            .any(|it| it.starts_with("retry"));
        if scene.dice.percent(15) && !(has_retry && line.starts_with("retry")) {
            scene.draft.add("world.spot", line);
        }
    }
}

fn prices(scene: &mut Scene) {
    let dice = &mut scene.dice;
    if dice.percent(20) {
        let usd = dice.pick(&["0", "0.000001", "1000"]);
        let line = format!("fargate_vcpu_hour_x86: {usd} USD");
        scene.draft.add("world.prices", line);
    }
    if dice.percent(20) {
        let share = dice.pick(&["0 %", "33.3 %", "100 %"]);
        let line = format!("discount: {{ all: {share} }}");
        scene.draft.add("world.prices", line);
    }
    if dice.percent(15) {
        let per_hour = dice.pick(&["0.01", "1", "500"]);
        let line = format!(
            "commitments: [{{ plan: compute, commitment: {per_hour} USD/h, savings: 20 % }}]"
        );
        scene.draft.add("world.prices", line);
    }
}

/// Prices that change, at instants that are no hours and no seconds too.
pub(super) fn add_price_changes(scene: &mut Scene) {
    let what = |scene: &mut Scene| {
        let share = scene
            .dice
            .pick(&["5 %", "-100 %", "-3.3 %", "1000 %", "0 %"]);
        let of = [
            "all",
            "fargate_vcpu_hour_x86",
            "alb_lcu_hour",
            "ec2_on_demand_hour",
            "ec2_spot_hour_m6i.large",
            "ec2_cpu_credits_vcpu_hour",
            "ecs_managed_instances_fee_hour",
            "ecs_managed_instances_fee_hour_m6i.large",
            "ecs_managed_instances_fee_fraction_of_on_demand",
        ];
        match scene.dice.between(0, 11) {
            0 => "instanceTypes: { m6i.large: 7 % }".to_owned(),
            1 => "capacityProviders: { FARGATE: 12 % }".to_owned(),
            2 => "cloudwatch_logs_ingestion: 0.9 USD, alb_hour: 0 USD".to_owned(),
            at => format!("{}: {share}", of[at as usize - 3]),
        }
    };
    if scene.dice.percent(20) {
        let (at, change) = (scene.moment(), what(scene));
        let line = format!("changes: [{{ at: {at}, {change} }}]");
        scene.draft.add("world.prices", line);
    }
    for _ in 0..scene.dice.pick(&[0, 0, 0, 0, 1, 2]) {
        let (at, change) = (scene.moment(), what(scene));
        let line = format!("- {{ at: {at}, priceChange: {{ {change} }} }}");
        scene.draft.add("timeline", line);
    }
}

/// Platform revisions that retire, so often that several do in a run.
pub(super) fn add_retirement(scene: &mut Scene) {
    if scene.dice.percent(20) {
        // Notices of a year are few enough to be quick.
        let every = match scene.seconds <= 86_400 {
            true => scene.dice.pick(&["10m", "1h", "5d"]),
            false => scene.dice.pick(&["5d", "20d"]),
        };
        let line = format!("every: {every}");
        scene.draft.add("world.fargateRetirement", line);
        if scene.dice.percent(50) {
            let days = scene.dice.pick(&[0, 7, 14]);
            let line = format!("fargateTaskRetirementWaitPeriod: {days}");
            scene.draft.add("aws.settings", line);
        }
    }
}

/// A trace of Spot's capacity: none, one and many instances, in stretches that follow each other.
pub(super) fn add_spot_trace(scene: &mut Scene) {
    let has_pools = scene
        .draft
        .lines("world.spot")
        .iter()
        .any(|line| line.starts_with("EC2"));
    if has_pools || scene.groups.is_empty() || !scene.dice.percent(40) {
        return;
    }
    let mut text = "instance_type,zone,start_s,duration_s,available,target\n".to_owned();
    let (region, step) = (scene.region.clone(), scene.dice.pick(&[1, 60, 1_800]));
    for zone in ["a", "b"] {
        for row in 0..scene.dice.pick(&[1, 3, 20]) {
            let available = scene.dice.pick(&[0, 0, 1, 5]);
            let start = row * step;
            text += &format!("m6i.large,{region}{zone},{start},{step},{available},5\n");
        }
    }
    let file = scene.draft.add_trace(text);
    let end = scene.dice.pick(&["hold", "loop"]);
    let line = format!("EC2: {{ trace: {{ file: {file}, end: {end} }} }}");
    scene.draft.add("world.spot", line);
}
