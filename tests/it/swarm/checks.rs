//! What must hold of every run, whatever the scenario: conservation of requests, of task time and
//! of money; sane numbers; a folder that says the same; the same run again.

use std::collections::BTreeMap;

use fleetcast::billing::Bill;
use fleetcast::demand::cursor::RateCursor;
use fleetcast::demand::service_load::ServiceLoad;
use fleetcast::engine::SimTime;
use fleetcast::engine::random::Streams;
use fleetcast::observe::summary::{CountSummary, LoadSummary, ResponseSummary};
use fleetcast::observe::usage::{Meter, UsageClass};
use fleetcast::policy::life_cycle::StopCause;
use fleetcast::scenario::plan::{Begin, DemandPlan, Fidelity, Plan, ProviderKind, ServicePlan};
use fleetcast::units::MicroUsd;
use fleetcast::world::load_spec;
use fleetcast::world::task::{Owner, TaskRecord};

use super::draft::Draft;
use super::folder;
use super::{Run, run};

/// Plays a draft and checks all that must hold of it.
pub(super) fn check(draft: &Draft) {
    let run = run(draft);
    check_numbers(&run);
    check_requests(&run);
    check_tasks(&run);
    check_counts(&run);
    check_usage(&run);
    super::schedules::check(&run);
    check_bill(&run.played.bill);
    folder::check(&run);
}

/// Sums of floats over many minutes, compared.
fn check_near(what: &str, found: f64, expected: f64) {
    let off = (found - expected).abs();
    assert!(
        off <= 1e-9 + 1e-6 * expected.abs(),
        "{what}: {found} is not {expected}"
    );
}

fn check_at_most(what: &str, found: f64, bound: f64) {
    assert!(
        found <= bound + 1e-9 + 1e-6 * bound.abs(),
        "{what}: {found} is more than {bound}"
    );
}

/// No number is none, infinite or negative; shares lie in their range.
fn check_numbers(run: &Run) {
    let summary = &run.played.outcome.observed.summary;
    let text = format!("{summary:?} {:?}", run.played.objectives);
    for wrong in ["NaN", ": inf", ": -", "(inf", "(-"] {
        let at = text.find(wrong);
        // Only an objective's margin may be negative.
        let is_margin = at.is_some_and(|at| text[..at].ends_with("margin: Some"));
        if let (Some(at), false) = (at, is_margin) {
            panic!(
                "{wrong} in {}",
                &text[at.saturating_sub(80)..(at + 20).min(text.len())]
            );
        }
    }
    let total: f64 = summary
        .providers
        .iter()
        .map(|it| it.task_hours_percent)
        .sum();
    let has_run = summary.providers.iter().any(|it| 0.0 < it.task_hours);
    check_near(
        "shares of providers",
        total,
        if has_run { 100.0 } else { 0.0 },
    );
    for zone in &summary.spot_zones {
        let total = zone.calm_percent + zone.tight_percent + zone.empty_percent;
        check_near("shares of a Spot zone's time", total, 100.0);
    }
    for service in &summary.services {
        for percents in [&service.cpu, &service.memory] {
            check_at_most(
                "a mean utilisation",
                percents.mean_percent.unwrap_or(0.0),
                100.0,
            );
            let most = percents.max_minute_percent.unwrap_or(0.0);
            check_at_most("a minute's utilisation", most, 100.0);
        }
        for counts in [
            service.desired_count,
            service.running_count,
            service.pending_count,
        ] {
            check_mean(&counts);
        }
        let seconds = run.played.outcome.stopped_at.as_secs_f64();
        check_at_most("time short of tasks", service.short_of_desired_s, seconds);
    }
    for objective in &summary.objectives {
        assert!(
            objective.minutes_held <= objective.minutes_judged,
            "minutes of an objective"
        );
    }
}

fn check_mean(counts: &CountSummary) {
    check_at_most("the least of a count", f64::from(counts.min), counts.mean);
    check_at_most("the mean of a count", counts.mean, f64::from(counts.max));
}

/// First tries are the demand; every request is answered, refused or given up on at most once.
fn check_requests(run: &Run) {
    let outcome = &run.played.outcome;
    let plan = &run.loaded.plan;
    let mut total = 0.0;
    for (service, summary) in plan.services.iter().zip(&outcome.observed.summary.services) {
        let (Some(demand), Some(load)) = (&service.demand, &summary.load) else {
            assert!(service.demand.is_none() && summary.load.is_none());
            continue;
        };
        let asked = asked(plan, demand, outcome.stopped_at);
        // What other services ask comes on top of the demand.
        let mut calls = plan.calls.iter();
        let is_called = calls.any(|call| plan.service(call.callee).name == service.name);
        match plan.run.fidelity {
            Fidelity::Fluid if is_called => check_at_most("the demand", asked, load.first_tries),
            Fidelity::Requests if is_called => {}
            Fidelity::Fluid => check_near("first tries", load.first_tries, asked),
            Fidelity::Requests if run.played.is_complete() => {
                // Poisson: six standard deviations come once in 10⁹ scenarios.
                let off = (load.first_tries - asked).abs();
                assert!(
                    off <= 6.0 * asked.sqrt() + 10.0,
                    "{off} of {asked} first tries"
                );
            }
            Fidelity::Requests => {}
        }
        check_load(load, in_flight_at_begin(plan, service));
        total += load.requests;
    }
    let whole = &outcome.observed.summary.total;
    check_near("requests of all services", whole.requests, total);
}

/// Requests of the demand on a service up to `end`: the integral of its rate.
fn asked(plan: &Plan, demand: &DemandPlan, end: SimTime) -> f64 {
    let streams = Streams::new(plan.run.seed, 0);
    let cursor = RateCursor::new(&demand.rate, &plan.calendar(), &streams, demand.key);
    let mut cursor = cursor.unwrap();
    let (mut since, mut rate, mut sum) = (SimTime::ZERO, 0.0, 0.0);
    while let Some((at, next)) = cursor.next_change() {
        if end <= at {
            break;
        }
        sum += rate * at.since(since).as_secs_f64();
        (since, rate) = (at, next);
    }
    sum + rate * end.since(since).as_secs_f64()
}

/// Requests that a steady run begins with: they came before it, and may fail in it.
fn in_flight_at_begin(plan: &Plan, service: &ServicePlan) -> f64 {
    if service.demand.is_none() || plan.run.begin != Begin::Steady {
        return 0.0;
    }
    let spec = load_spec(plan, service, service.task_definition);
    let mut load = ServiceLoad::new(spec);
    // No more than this are in flight at any rate.
    load.set_rate(1e9);
    load.set_tasks(service.desired_count, service.desired_count);
    load.settle();
    load.in_flight()
}

/// Of `before` requests, which came before the run, any may fail in it.
fn check_load(load: &LoadSummary, before: f64) {
    // A try that the balancer gave up (504) may end in an error of its target all the same.
    let failures = load.target_5xx + load.elb_5xx - load.elb_504;
    let given_up = load.elb_5xx + load.timed_out;
    // Each stretch may be off by 1e-6 of its requests, and there are hundreds of them.
    let came = (load.requests + before) * (1.0 + 1e-4);
    check_at_most("first tries", load.first_tries, load.requests);
    check_at_most("requests answered with a 5xx", failures, came);
    check_at_most("refused and given up", given_up, came);
    let first_tries = load.first_tries + before;
    check_at_most("failed for good", load.failed_requests, first_tries);
    check_at_most(
        "the busiest minute",
        load.requests_max_minute,
        load.requests,
    );
    check_at_most("failed per cent", load.failed_percent.unwrap_or(0.0), 100.0);
    check_response(&load.response);
}

fn check_response(response: &ResponseSummary) {
    let quantiles = [
        response.p50_s,
        response.p90_s,
        response.p95_s,
        response.p99_s,
    ];
    let known: Vec<f64> = quantiles.into_iter().flatten().collect();
    assert!(
        known.is_sorted(),
        "percentiles of response times: {known:?}"
    );
    assert_eq!(known.is_empty(), response.mean_s.is_none());
}

/// The length of a task's time RUNNING up to `end`, in microseconds.
fn running_us(task: &TaskRecord, end: SimTime) -> u64 {
    let Some(started) = task.times.started else {
        return 0;
    };
    task.times
        .stopping
        .unwrap_or(end)
        .since(started)
        .as_micros()
}

/// Every task's timestamps are in order, and task time is counted by everyone alike.
fn check_tasks(run: &Run) {
    let outcome = &run.played.outcome;
    let (summary, end) = (&outcome.observed.summary, outcome.stopped_at);
    let mut by_provider = vec![0; summary.providers.len()];
    let mut by_service = vec![0; summary.services.len()];
    let mut by_program = vec![0; summary.job_sources.len()];
    for task in &outcome.observed.tasks {
        let times = &task.times;
        let order = [
            Some(times.created),
            times.connectivity,
            times.pull_started,
            times.pull_stopped,
            times.started,
            times.in_service,
            times.stopping,
            times.sigterm,
            times.execution_stopped,
            times.stopped,
        ];
        let known: Vec<SimTime> = order.into_iter().flatten().collect();
        assert!(known.is_sorted(), "timestamps in order: {times:?}");
        assert!(
            task.wanted_at <= times.created,
            "wanted before it was created"
        );
        assert!(
            known.iter().all(|at| *at <= end),
            "no timestamp beyond the end"
        );
        let micros = running_us(task, end);
        by_provider[task.provider.index()] += micros;
        match task.owner {
            Owner::Service(service) => by_service[service.index()] += micros,
            Owner::Job(source) => by_program[source.index()] += 1,
        }
    }
    for (provider, micros) in summary.providers.iter().zip(by_provider) {
        check_near(
            "task hours of a provider",
            provider.task_hours,
            micros as f64 / 3.6e9,
        );
    }
    for (service, micros) in summary.services.iter().zip(by_service) {
        let counted = service.running_count.mean * end.as_secs_f64();
        check_near("task seconds of a service", counted, micros as f64 / 1e6);
    }
    for (source, starts) in summary.job_sources.iter().zip(by_program) {
        assert_eq!(source.starts, starts, "starts of {}", source.name);
    }
}

/// What the summary counts is what the tasks show.
fn check_counts(run: &Run) {
    let outcome = &run.played.outcome;
    let summary = &outcome.observed.summary;
    let tasks = &outcome.observed.tasks;
    let mut codes: BTreeMap<String, u64> = BTreeMap::new();
    for stop in tasks.iter().filter_map(|task| task.stop) {
        *codes.entry(stop.code.to_string()).or_default() += 1;
    }
    let interruptions = codes.get("SpotInterruption").copied().unwrap_or(0);
    let total = &summary.total.tasks;
    // Of the tasks that ended with their instance, or drained, those that Spot took back.
    let with_instance = tasks.iter().filter(|task| {
        let cause = task.stop.map(|stop| stop.cause);
        let is_end = |cause| {
            matches!(
                cause,
                StopCause::HostTerminated | StopCause::InstanceDraining
            )
        };
        cause.is_some_and(is_end)
    });
    let at_most = interruptions + with_instance.count() as u64;
    let counted = total.interruptions;
    assert!(
        interruptions <= counted && counted <= at_most,
        "{counted} interruptions of {interruptions} to {at_most}"
    );
    let by_provider: u64 = summary.providers.iter().map(|it| it.interruptions).sum();
    assert_eq!(by_provider, counted, "interruptions by provider");
    // Stops are counted when the task is gone, which may be after the run.
    for (code, count) in &total.stopped {
        assert!(*count <= codes[code], "stops with {code}");
    }
    let by_provider: u64 = summary.providers.iter().map(|it| it.started).sum();
    assert_eq!(by_provider, total.started, "starts by provider");
    let reached = tasks.iter().filter(|task| task.times.started.is_some());
    assert!(
        total.started <= reached.count() as u64,
        "tasks that started"
    );
    for source in &summary.job_sources {
        assert!(
            source.succeeded <= source.starts,
            "each success takes a start"
        );
    }
}

/// What is billed of a task's size are its seconds from the pull on.
fn check_usage(run: &Run) {
    let (outcome, plan) = (&run.played.outcome, &run.loaded.plan);
    if !run.played.is_complete() {
        return;
    }
    let end = outcome.stopped_at;
    let run_seconds = end.as_micros().div_ceil(1_000_000);
    let mut own: BTreeMap<(bool, bool), u128> = BTreeMap::new();
    for task in &outcome.observed.tasks {
        let Some(pulled) = task.times.pull_started else {
            continue;
        };
        let seconds = match task.times.stopped {
            Some(stopped) => stopped
                .since(pulled)
                .as_micros()
                .div_ceil(1_000_000)
                .max(60),
            None => end.since(pulled).as_micros().div_ceil(1_000_000),
        };
        let seconds = seconds.min(run_seconds - pulled.as_micros() / 1_000_000);
        let kind = plan.provider(task.provider).kind;
        if kind.is_hosted() {
            // What is paid are the instances.
            continue;
        }
        let is_spot = kind == ProviderKind::FargateSpot;
        for (is_memory, size) in [(false, task.cpu.0), (true, task.memory.0)] {
            let sum = own.entry((is_spot, is_memory)).or_default();
            *sum += u128::from(seconds) * u128::from(size);
        }
    }
    let mut billed: BTreeMap<(bool, bool), u128> = BTreeMap::new();
    for key in outcome.observed.usage.keys() {
        let kind = match key.meter {
            Meter::FargateVcpu(_) => (false, false),
            Meter::FargateMemory(_) => (false, true),
            Meter::FargateSpotVcpu(_) => (true, false),
            Meter::FargateSpotMemory(_) => (true, true),
            _ => continue,
        };
        let total = outcome.observed.usage.total(key);
        if key.class == UsageClass::Billed {
            *billed.entry(kind).or_default() += total;
        } else {
            let billed = fleetcast::observe::usage::UsageKey {
                class: UsageClass::Billed,
                ..key
            };
            let paid = outcome.observed.usage.total(billed);
            assert!(total <= paid, "waste is a part of what is paid: {key:?}");
        }
    }
    own.retain(|_, sum| 0 < *sum);
    assert_eq!(billed, own, "seconds of CPU and memory, by Spot and kind");
}

/// The bill is the sum of its lines, whichever way it is cut.
fn check_bill(bill: &Bill) {
    let lines: MicroUsd = bill.lines.iter().map(|line| line.cost).sum();
    assert_eq!(bill.total, lines, "the bill is the sum of its lines");
    for line in &bill.lines {
        assert!(
            MicroUsd::default() <= line.cost,
            "a negative line: {line:?}"
        );
        assert!(
            MicroUsd::default() <= line.cost_month,
            "a negative line: {line:?}"
        );
    }
    for parts in [bill.by_owner(), bill.by_provider(), bill.by_item()] {
        let sum: MicroUsd = parts.iter().map(|part| part.cost).sum();
        assert_eq!(bill.total, sum, "the bill is the sum of its parts");
        let sum: MicroUsd = parts.iter().map(|part| part.cost_month).sum();
        assert_eq!(
            bill.total_month, sum,
            "the month's bill is the sum of its parts"
        );
    }
}
