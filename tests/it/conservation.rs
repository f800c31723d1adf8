//! What must add up whatever happens: requests, task time, billed seconds, requests in flight.

use super::home::{Home, Table, played, root};

/// The web API of `scenarios/` for a week, played by the program.
fn web_api() -> Home {
    let home = Home::new();
    let file = root().join("scenarios/web-api.yaml");
    let file = file.display().to_string();
    home.run_well(&["run", &file, "--out", "out", "--no-charts", "--quiet"]);
    home
}

/// The start of `scenarios/web-api.yaml`.
const START: &str = "2026-03-05T00:00:00Z";
const RUN_SECONDS: i64 = 7 * 86_400;

fn metric(metrics: &Table, name: &str) -> Table {
    metrics.only(&[("metric", name)])
}

fn sum(numbers: &[f64]) -> f64 {
    numbers.iter().sum()
}

/// Checks that two numbers differ by less than this share of the second.
fn check_near(what: &str, found: f64, expected: f64, share: f64) {
    let off = (found - expected).abs() / expected.abs();
    assert!(
        off < share,
        "{what}: {found} is not {expected} (off by {off})"
    );
}

#[test]
fn every_request_of_the_web_api_is_served_failed_or_still_there() {
    let home = web_api();
    let metrics = home.table("out/metrics.csv");
    let summary = home.json("out/summary.json");
    let load = &summary["services"][0]["load"];
    let number = |key: &str| load[key].as_f64().unwrap();
    // A request that is served takes 30 ms of CPU, nothing else does: CpuUtilized (CPU units, the
    // mean of a minute) counts the served ones by another road than the counters.
    let of_service = [("dimensions", "ClusterName=shop;ServiceName=api")];
    let used = metric(&metrics, "CpuUtilized").only(&of_service);
    let cpu_seconds = sum(&used.numbers("Average")) * 60.0 / 1_024.0;
    let served = cpu_seconds / 0.030;
    // Those that nobody served: refused by the balancer, or gone from the queue at the time-out.
    // Those answered late are in `timed_out` and were served, so this is a bound only.
    let tries = number("requests");
    let unserved = tries - number("elb_5xx") - served;
    assert!(-1e-3 * tries < unserved, "{served} were served of {tries}");
    assert!(
        unserved < number("timed_out") + 1e-3 * tries,
        "{unserved} got lost"
    );
    // Each try that failed is tried again, unless it was the last one.
    let failed_tries = number("target_5xx") + number("elb_5xx") + number("timed_out");
    let again = failed_tries - number("failed_requests");
    // Answers count in the minute in which they are given, further tries by that minute's share.
    check_near("tries", tries, number("first_tries") + again, 2e-3);
    let counted = sum(&metric(&metrics, "RequestCount").numbers("Sum"));
    check_near("RequestCount", counted, tries, 1e-6);
    assert_eq!(summary["total"]["requests"], load["requests"]);
}

#[test]
fn the_web_api_s_first_tries_are_its_trace() {
    let home = web_api();
    // Requests of 5 minutes, times 400, from the time in the row on; the trace's Thursday
    // 2014-04-17 00:00 UTC is the start. Rows before that are not read, so the first one that is
    // read (00:04) holds from midnight on; the last one (23:59) counts by its minute in the week.
    let from: jiff::Timestamp = "2014-04-17T00:00:00Z".parse().unwrap();
    let since = |at: &jiff::Timestamp| at.duration_since(from).as_secs();
    let trace = trace();
    let mut rows = trace.iter().filter(|(at, _)| 0 <= since(at)).peekable();
    let (first_at, first_value) = rows.peek().unwrap();
    let mut requests = since(first_at) as f64 * first_value;
    for (at, value) in rows {
        let seconds = (since(at) + 300).min(RUN_SECONDS) - since(at);
        requests += seconds.max(0) as f64 * value;
    }
    let requests = requests / 300.0 * 400.0;
    let summary = home.json("out/summary.json");
    let first = summary["services"][0]["load"]["first_tries"]
        .as_f64()
        .unwrap();
    check_near("first tries", first, requests, 1e-6);
}

/// The rows of the trace; steps that are missing lie on the line between their neighbours.
fn trace() -> Vec<(jiff::Timestamp, f64)> {
    let text = std::fs::read_to_string(root().join("scenarios/traces/elb-requests-5min.csv"));
    let text = text.unwrap();
    let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    let mut filled: Vec<(jiff::Timestamp, f64)> = Vec::new();
    for row in rows {
        let (at, value) = row.split_once(',').unwrap();
        let (at, value): (jiff::Timestamp, f64) = (at.parse().unwrap(), value.parse().unwrap());
        if let Some((before, from)) = filled.last().copied() {
            let steps = at.duration_since(before).as_secs() / 300;
            for step in 1..steps {
                let part = step as f64 / steps as f64;
                let between = before + jiff::SignedDuration::from_secs(300 * step);
                filled.push((between, from + (value - from) * part));
            }
        }
        filled.push((at, value));
    }
    filled
}

/// The CPU-unit-seconds that a provider's tasks are billed for, from their timestamps alone.
fn billed_by_timestamps(tasks: &Table) -> u64 {
    let pulled = tasks.micros_since("pullStartedAt", START);
    let stopped = tasks.micros_since("stoppedAt", START);
    let cpu = tasks.numbers("cpu");
    let mut total = 0;
    for ((pulled, stopped), cpu) in pulled.into_iter().zip(stopped).zip(cpu) {
        let Some(pulled) = pulled else { continue };
        // From the pull to STOPPED, a part second counted full, a minute at least; a task that
        // outlives the run is billed up to its end, by whole seconds of the run's clock.
        let seconds = match stopped {
            Some(stopped) => ((stopped - pulled + 999_999) / 1_000_000).max(60),
            None => (RUN_SECONDS * 1_000_000 - pulled + 999_999) / 1_000_000,
        };
        let seconds = seconds.min(RUN_SECONDS - pulled / 1_000_000);
        total += u64::try_from(seconds).unwrap() * cpu as u64;
    }
    total
}

#[test]
fn the_bill_s_vcpu_seconds_are_those_of_the_tasks() {
    let home = web_api();
    let tasks = home.table("out/tasks.csv");
    let usage = home.table("out/usage.csv").only(&[("class", "billed")]);
    for (provider, meter) in [
        ("FARGATE", "fargate_vcpu_x86"),
        ("FARGATE_SPOT", "fargate_spot_vcpu_x86"),
    ] {
        let billed = usage.only(&[("meter", meter)]);
        let billed: u64 = billed
            .texts("quantity")
            .iter()
            .map(|text| text.parse::<u64>().unwrap())
            .sum();
        let own = tasks.only(&[("capacityProviderName", provider)]);
        assert!(50 < own.len());
        assert_eq!(billed, billed_by_timestamps(&own), "{provider}");
    }
}

#[test]
fn the_bill_s_lines_are_usage_times_price_and_add_up() {
    let home = web_api();
    let cost = home.table("out/cost.csv");
    let total = home.json("out/summary.json")["cost"]["total_usd"]
        .as_f64()
        .unwrap();
    let lines = cost.numbers("cost_usd");
    assert!(
        (sum(&lines) - total).abs() < 1e-6,
        "{} is not {total}",
        sum(&lines)
    );
    let (quantities, prices) = (cost.numbers("quantity"), cost.numbers("price_usd"));
    let items = cost.texts("item");
    for (((line, quantity), price), item) in lines.iter().zip(quantities).zip(prices).zip(items) {
        // Data out has a free amount each month, and so have logs.
        if !item.starts_with("data_transfer") && !item.starts_with("cloudwatch") {
            assert!((line - quantity * price).abs() < 2e-6, "{item}: {line}");
        }
    }
}

#[test]
fn running_task_count_is_the_time_that_tasks_were_running() {
    let home = web_api();
    let metrics = home.table("out/metrics.csv");
    let counted = sum(&metric(&metrics, "RunningTaskCount").numbers("Average")) * 60.0;
    let cluster = sum(&metric(&metrics, "TaskCount").numbers("Average")) * 60.0;
    let tasks = home.table("out/tasks.csv");
    let started = tasks.micros_since("startedAt", START);
    let stopping = tasks.micros_since("stoppingAt", START);
    let micros: i64 = started
        .into_iter()
        .zip(stopping)
        .filter_map(|(started, stopping)| {
            let until = stopping.unwrap_or(RUN_SECONDS * 1_000_000);
            Some((until - started?).max(0))
        })
        .sum();
    check_near("RunningTaskCount", counted, micros as f64 / 1e6, 1e-6);
    check_near("TaskCount", cluster, micros as f64 / 1e6, 1e-6);
    let hours: f64 = home.json("out/summary.json")["providers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|provider| provider["task_hours"].as_f64().unwrap())
        .sum();
    check_near("task hours", hours * 3_600.0, micros as f64 / 1e6, 1e-6);
}

#[test]
fn requests_in_flight_are_the_rate_times_the_response_time() {
    // Memory is 1 MiB for each request that is worked on and nothing else, so MemoryUtilized is
    // the mean number in flight where nobody queues: Little's law against response times that the
    // model makes by another road.
    let table = [
        // rate, tasks, cpu, wait, routing
        (10.0, 1, "10ms", "0ms", "round_robin"),
        (50.0, 2, "20ms", "100ms", "round_robin"),
        (50.0, 2, "20ms", "100ms", "least_outstanding_requests"),
        (300.0, 8, "5ms", "1s", "round_robin"),
        (60.0, 4, "40ms", "0ms", "least_outstanding_requests"),
    ];
    for (rate, tasks, cpu, wait, routing) in table {
        let run = played(&format!(
            "fleetcast: 1
run: {{ duration: 2h }}
aws:
  taskDefinitions:
    - {{ family: web, cpu: 1024, memory: 8192, containerDefinitions: [{{ name: web,
        portMappings: [{{ containerPort: 80 }}] }}] }}
  targetGroups: [{{ TargetGroupName: web, attributes: {{
      load_balancing.algorithm.type: {routing} }} }}]
  services:
    - {{ serviceName: web, taskDefinition: web, desiredCount: {tasks}, launchType: FARGATE,
        loadBalancers: [{{ targetGroupArn: web, containerName: web, containerPort: 80 }}] }}
world:
  demand: {{ web: {{ rate: {rate}/s }} }}
  work: {{ web: {{ cpu: {cpu}, wait: {wait}, slots: 2000, memory: {{ base: 0B, perRequest: 1MiB }}
         }} }}
"
        ));
        let service = &run.run.outcome.observed.summary.services[0];
        let response = service.load.as_ref().unwrap().response.mean_s.unwrap();
        let reserved_mib = 8_192.0 * f64::from(tasks);
        let in_flight = service.memory.mean_percent.unwrap() / 100.0 * reserved_mib;
        let what = format!("{rate}/s on {tasks}, {cpu} + {wait}, {routing}");
        check_near(&what, in_flight, rate * response, 0.01);
    }
}

#[test]
fn every_job_of_the_batch_queue_ends_once_and_never_too_many_run_at_once() {
    let home = Home::new();
    let file = root().join("scenarios/batch-queue.yaml");
    let file = file.display().to_string();
    home.run_well(&["run", &file, "--out", "out", "--no-charts", "--quiet"]);
    let trace = std::fs::read_to_string(root().join("scenarios/traces/batch-jobs.csv")).unwrap();
    let rows = trace.lines().filter(|line| !line.starts_with('#')).count() - 1;
    let jobs = &home.json("out/summary.json")["job_sources"][0];
    let number = |key: &str| jobs[key].as_u64().unwrap() as usize;
    // Ten days are enough for the week's jobs: nothing waits or runs at the end.
    assert_eq!(number("succeeded") + number("failed"), rows);
    let tasks = home.table("out/tasks.csv");
    assert_eq!(number("starts"), tasks.len());
    // Each start ends its job, is tried again, or was taken back.
    let ends = tasks.counts("stopCode");
    let tried_again = tasks.len() - rows;
    let interrupted = ends["SpotInterruption"];
    let failed = ends["EssentialContainerExited"] - rows;
    assert_eq!(tried_again, interrupted + failed);
    // One in a hundred exits with 1: of n tries, 0.01 n and four times the root of that around it.
    let expected = 0.01 * ends["EssentialContainerExited"] as f64;
    assert!(
        (failed as f64 - expected).abs() < 4.0 * expected.sqrt(),
        "{failed}"
    );
    // A job holds its place from RunTask until its task is on its way out.
    let start = "2026-03-01T22:00:00Z";
    let ends = tasks.micros_since("stoppingAt", start).into_iter();
    let mut changes: Vec<(i64, i32)> = ends.flatten().map(|at| (at, -1)).collect();
    let starts = tasks.micros_since("createdAt", start).into_iter();
    changes.extend(starts.flatten().map(|at| (at, 1)));
    changes.sort_unstable();
    let at_once = changes.iter().scan(0, |count, (_, change)| {
        *count += change;
        Some(*count)
    });
    assert_eq!(at_once.max(), Some(150), "the limit is used and kept");
}
