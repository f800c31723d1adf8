//! `world.demand`: who asks, by service or program.

mod queue;

use std::collections::BTreeSet;

use crate::catalog::fargate::{TaskSize, covering};
use crate::demand::arrivals::ArrivalTrace;
use crate::demand::generator::RateSpec;
use crate::demand::load::Fidelity;
use crate::engine::SimDuration;
use crate::engine::random::NameHash;
use crate::ids::{JobSourceId, ServiceId};
use crate::policy::predictive_scaling::HISTORY_LEAST;
use crate::scenario::aws::Aws;
use crate::scenario::context::{Context, duplicate_name, refuse_not_built, unknown_name};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::plan::{
    ArrivalPlan, DemandPlan, OnInterruption, OnTimeout, ProviderChoice, RunPlan, TaskDefinitionPlan,
};
use crate::scenario::reader::{Field, MapReader};

use super::{arrivals, rate};
pub(in crate::scenario) use queue::pulls;
use queue::refuse_of_clients;

const NO_BACKOFF: &str =
    "retries.backoff of requests has no effect: the fluid model repeats them at once";
const PROVIDER_CHOICE: [(&str, ProviderChoice); 2] = [
    ("perCall", ProviderChoice::PerCall),
    ("weightedRandom", ProviderChoice::WeightedRandom),
];
const ON_TIMEOUT: [(&str, OnTimeout); 2] = [
    ("leavesQueue", OnTimeout::LeavesQueue),
    ("staysInQueue", OnTimeout::StaysInQueue),
];

const RETRIES_MAX: u32 = 1_000;
const ON_INTERRUPTION: [(&str, OnInterruption); 2] = [
    ("restart", OnInterruption::Restart),
    ("fail", OnInterruption::Fail),
];

/// Reads the block into the services and programs of `aws`.
pub(in crate::scenario) fn read(
    cx: &Context<'_>,
    world: &mut MapReader<'_>,
    run: &RunPlan,
    aws: &mut Aws,
) {
    let Some(mut block) = world.map("demand") else {
        return;
    };
    for (key, field) in block.entries() {
        match (
            aws.service_named(&key.text),
            aws.job_source_named(&key.text),
        ) {
            (Some(id), _) => {
                let key = aws.services[id.index()].key;
                let demand = of_service(cx, &field, run, (key, Some((aws, id))));
                let service = &mut aws.services[id.index()];
                service.demand = demand;
                if service.traffic_shift.is_some() && service.target_group.is_none() {
                    let message = format!(
                        "{} is deployed by shifting traffic, and has no target group whose traffic \
                         could be shifted",
                        service.name
                    );
                    let help = "give the service loadBalancers with two target groups";
                    field.error("missing-field", message).help(help).report();
                }
            }
            (None, Some(id)) if aws.job_sources[id.index()].target.is_some() => {
                let message = format!("{} says itself when it runs", key.text);
                let help = "what its tasks do stands in world.work, how punctual it is in \
                            world.schedules";
                field.error("no-effect", message).help(help).report();
            }
            (None, Some(id)) => of_program(cx, &field, run, (aws, id)),
            (None, None) if aws.is_refused(&key.text) => {
                // Its demand may be wrong as well, and all problems are told at once.
                let _ = of_service(cx, &field, run, (NameHash::of(&key.text), None));
            }
            (None, None) => {
                let services = aws.services.iter().map(|it| it.name.as_str());
                let programs = aws.job_sources.iter().map(|it| it.name.as_str());
                let known: Vec<&str> = services.chain(programs).collect();
                unknown_name(&field, "service or program", &key.text, known);
            }
        }
    }
    block.finish();
}

/// Says of each service that nobody asks it: it may be meant, and it may be forgotten.
pub(in crate::scenario) fn note_unasked(cx: &Context<'_>, aws: &Aws, run: &RunPlan) {
    note_unforeseen(cx, aws, run);
    let unasked = aws.services.iter().filter(|it| it.demand.is_none());
    for service in unasked {
        let name = &service.name;
        let message = format!(
            "nobody asks service {name}: world.demand has no entry for it, so it has no load"
        );
        cx.say_diagnostic(Diagnostic::note("no-demand", message));
    }
    for alarm in &aws.alarms {
        let service = &aws.services[alarm.service.index()];
        if service.demand.is_none() {
            let message = format!(
                "alarm {} watches service {}, which has no load: it stays in INSUFFICIENT_DATA",
                alarm.name, service.name
            );
            cx.say_diagnostic(Diagnostic::note("no-demand", message));
        }
    }
}

/// Says of predictive policies that a run is too short for any forecast.
fn note_unforeseen(cx: &Context<'_>, aws: &Aws, run: &RunPlan) {
    let least = SimDuration::from_secs(3_600 * HISTORY_LEAST as u64);
    let policies = aws.scalable_targets.iter().flat_map(|it| &it.predictive);
    for policy in policies.filter(|_| run.duration <= least) {
        let message = format!(
            "predictive policy {} foretells nothing: it needs {HISTORY_LEAST} hours of data, and \
             the run has no more",
            policy.name
        );
        cx.say_diagnostic(Diagnostic::note("no-effect", message));
    }
}

/// Says of a rate that it is none: it may be meant, and it may be forgotten.
fn note_silence(cx: &Context<'_>, rate: &Field<'_>, is_silent: bool) {
    if is_silent {
        let message = format!("nobody asks: {} is 0 for the whole run", rate.path());
        cx.say_diagnostic(Diagnostic::note("no-demand", message).at(rate.span()));
    }
}

fn of_service(
    cx: &Context<'_>,
    field: &Field<'_>,
    run: &RunPlan,
    (key, service): (NameHash, Option<(&Aws<'_>, ServiceId)>),
) -> Option<DemandPlan> {
    let mut map = field.map()?;
    let queue_field = map.field("queue");
    if queue_field.is_some() {
        refuse_of_clients(&mut map);
    }
    let queue = queue_field.as_ref().zip(service);
    let queue = queue.and_then(|(field, (aws, id))| queue::of(field, aws, id));
    let rate_field = map.required("rate");
    let rate = rate_field
        .as_ref()
        .and_then(|field| rate::rate(cx, field, run));
    let scale = map.f64("scale", 0.0..=1e6);
    let clients = match &queue_field {
        Some(_) => clients_of_queue(),
        None => clients(cx, &mut map, run),
    };
    refuse_not_built(&mut map, &["zones", "arrivals", "concurrency"]);
    map.finish();
    let (rate, rate_field) = (rate?, rate_field?);
    note_silence(cx, &rate_field, scale == Some(0.0) || rate.is_silent());
    if queue_field.is_some() != queue.is_some() {
        return None;
    }
    Some(DemandPlan {
        key,
        queue,
        rate: match scale {
            Some(scale) if scale != 1.0 => RateSpec::Scale(scale, Box::new(rate)),
            Some(_) | None => rate,
        },
        ..clients
    })
}

/// Nobody waits for an answer of a queue's messages.
fn clients_of_queue() -> DemandPlan {
    DemandPlan {
        key: NameHash::of(""),
        queue: None,
        rate: RateSpec::Constant(0.0),
        timeout: None,
        on_timeout: OnTimeout::LeavesQueue,
        retry_attempts: 0,
        retry_backoff: SimDuration::ZERO,
        bytes_in: 0.0,
        bytes_out: 0.0,
        connections_per_request: 0.0,
        connection_length: SimDuration::ZERO,
    }
}

/// What those are like who ask: all but their rate.
fn clients(cx: &Context<'_>, map: &mut MapReader<'_>, run: &RunPlan) -> DemandPlan {
    let timeout = timeout(cx, map);
    let on_timeout = map.choice("onTimeout", &ON_TIMEOUT).unwrap_or_else(|| {
        cx.default_text("world.demand.*.onTimeout");
        OnTimeout::LeavesQueue
    });
    let (retry_attempts, retry_backoff) = retries(cx, map);
    if 0 < retry_attempts && run.fidelity == Fidelity::Fluid {
        cx.note(NO_BACKOFF.to_owned());
    }
    let (bytes_in, bytes_out) = bytes(cx, map);
    let connections = map.f64("connections", 0.0..=1.0);
    let connection_length = map.duration("connectionLength");
    DemandPlan {
        timeout,
        on_timeout,
        retry_attempts,
        retry_backoff,
        bytes_in,
        bytes_out,
        connections_per_request: connections
            .unwrap_or_else(|| cx.default_f64("world.demand.*.connections")),
        connection_length: connection_length
            .unwrap_or_else(|| cx.default_duration("world.demand.*.connectionLength")),
        ..clients_of_queue()
    }
}

fn timeout(cx: &Context<'_>, map: &mut MapReader<'_>) -> Option<SimDuration> {
    let Some(field) = map.field("timeout") else {
        cx.default_text("world.demand.*.timeout");
        return None;
    };
    if field.node().as_text() == Some("none") {
        return None;
    }
    let timeout = field.duration()?;
    if timeout.is_zero() {
        let message = "a time-out of 0 lets no request through";
        field.error("out-of-range", message).report();
    }
    Some(timeout)
}

fn retries(cx: &Context<'_>, map: &mut MapReader<'_>) -> (u32, SimDuration) {
    let mut retries = map.map("retries");
    let attempts = retries
        .as_mut()
        .and_then(|map| map.u32("attempts", 0..=RETRIES_MAX));
    let backoff = retries.as_mut().and_then(|map| map.duration("backoff"));
    if let Some(retries) = retries {
        retries.finish();
    }
    let attempts = attempts.unwrap_or_else(|| cx.default_u32("world.demand.*.retries.attempts"));
    let backoff = backoff.unwrap_or_else(|| cx.default_duration("world.demand.*.retries.backoff"));
    (attempts, backoff)
}

fn bytes(cx: &Context<'_>, map: &mut MapReader<'_>) -> (f64, f64) {
    let mut bytes = map.map("bytes");
    let mut size = |key: &'static str, path: &str| {
        let given = bytes.as_mut().and_then(|map| map.size(key));
        given.map_or_else(|| cx.default_bytes(path), |bytes| bytes as f64)
    };
    let sizes = (
        size("in", "world.demand.*.bytes.in"),
        size("out", "world.demand.*.bytes.out"),
    );
    if let Some(bytes) = bytes {
        bytes.finish();
    }
    sizes
}

fn of_program(
    cx: &Context<'_>,
    field: &Field<'_>,
    run: &RunPlan,
    (aws, id): (&mut Aws, JobSourceId),
) {
    let Some(mut map) = field.map() else { return };
    let after_field = map.field("after");
    let after = after_field.as_ref().and_then(|it| after(it, aws, id));
    let arrivals_field = match &after_field {
        None => map.required("arrivals"),
        Some(_) => map.field("arrivals"),
    };
    if let (Some(field), Some(_)) = (&arrivals_field, &after_field) {
        let message = "a program that comes after others calls when they have ended: it takes no \
                       arrivals of its own";
        field.error("invalid-value", message).report();
    }
    let arrivals = arrivals_field
        .as_ref()
        .and_then(|field| arrivals::read(cx, field, run));
    let concurrency = map.u32("concurrency", 1..=1_000_000);
    let (retry_attempts, retry_backoff) = retries(cx, &mut map);
    let on_interruption = map.choice("onInterruption", &ON_INTERRUPTION);
    let choice = map.choice("providerChoice", &PROVIDER_CHOICE);
    refuse_not_built(&mut map, &["rate"]);
    map.finish();
    let source = &mut aws.job_sources[id.index()];
    let has_work = match &arrivals {
        Some(ArrivalPlan::Trace(trace)) => trace.arrivals().iter().all(|it| it.work.is_some()),
        Some(ArrivalPlan::Generated { work, .. }) => work.is_some(),
        Some(ArrivalPlan::Schedule(_)) => false,
        None => true,
    };
    let definition = aws.task_definitions.get(source.task_definition);
    if let (Some(field), Some(ArrivalPlan::Trace(trace))) = (&arrivals_field, &arrivals) {
        note_sizes(cx, field, trace, definition);
    }
    match (&arrivals_field, &after_field) {
        (Some(field), _) if !has_work => {
            warn_endless(field, definition, ", or work beside the arrivals");
        }
        (None, Some(field)) => warn_endless(field, definition, ""),
        _ => {}
    }
    source.after = after.unwrap_or_default();
    source.arrivals = arrivals;
    source.concurrency = concurrency;
    source.provider_choice = choice.unwrap_or_else(|| {
        cx.default_text("world.demand.*.providerChoice");
        ProviderChoice::PerCall
    });
    source.retry_attempts = retry_attempts;
    source.retry_backoff = retry_backoff;
    source.on_interruption = on_interruption.unwrap_or_else(|| {
        cx.default_text("world.demand.*.onInterruption");
        OnInterruption::Restart
    });
}

/// `after`: the names of what a program comes after.
fn after(field: &Field<'_>, aws: &Aws, id: JobSourceId) -> Option<Vec<JobSourceId>> {
    let own = &aws.job_sources[id.index()].name;
    let mut found: Vec<JobSourceId> = Vec::new();
    let mut add = |field: &Field<'_>| {
        let Some(name) = field.str() else { return };
        let message = match aws.job_source_named(name) {
            None => {
                let known = aws.job_sources.iter().map(|it| it.name.as_str());
                return unknown_name(field, "program, schedule or rule", name, known);
            }
            Some(other) if found.contains(&other) => {
                return duplicate_name(field, "program", name);
            }
            Some(other) if other == id => format!("{name} can't come after itself"),
            Some(other) if comes_after(aws, other, id) => {
                format!("{name} itself comes after {own}: neither would ever begin")
            }
            Some(other) => return found.push(other),
        };
        field.error("invalid-value", message).report();
    };
    if !field.is_list() {
        add(field);
        return Some(found);
    }
    let names = field.list()?;
    names.iter().for_each(&mut add);
    if names.is_empty() {
        let message = format!("{own} comes after nothing: nobody would ever call it");
        let help = "name a program, a schedule or a rule, or give it arrivals in place of after";
        field.error("invalid-value", message).help(help).report();
    }
    Some(found)
}

/// Whether a program comes after another, maybe by way of others.
fn comes_after(aws: &Aws, source: JobSourceId, other: JobSourceId) -> bool {
    let (mut open, mut seen) = (vec![source], BTreeSet::new());
    while let Some(at) = open.pop() {
        for before in &aws.job_sources[at.index()].after {
            if *before == other {
                return true;
            }
            if seen.insert(*before) {
                open.push(*before);
            }
        }
    }
    false
}

/// Says of tasks that nothing says when they end. `or`: where else it could stand.
pub(in crate::scenario) fn warn_endless(
    place: &Field<'_>,
    definition: &TaskDefinitionPlan,
    or: &str,
) {
    if definition.work.duration.is_some() {
        return;
    }
    let message = format!(
        "tasks of {} never end: nothing says how long they work",
        definition.name()
    );
    let help = format!("set world.work.{}.duration{or}", definition.family);
    place.warning("endless-tasks", message).help(help).report();
}

/// Rows of a trace whose size Fargate does not have, once for all of them.
fn note_sizes(
    cx: &Context<'_>,
    field: &Field<'_>,
    trace: &ArrivalTrace,
    definition: &TaskDefinitionPlan,
) {
    let (mut raised, mut refused) = (0, 0);
    for row in trace.arrivals() {
        let asked = TaskSize {
            cpu: row.cpu.unwrap_or(definition.cpu),
            memory: row.memory.unwrap_or(definition.memory),
        };
        match covering(asked) {
            Some(size) if size == asked => {}
            Some(_) => raised += 1,
            None => refused += 1,
        }
    }
    let rows = trace.arrivals().len();
    if 0 < raised {
        cx.note(format!(
            "{raised} of {rows} rows ask for a size that Fargate does not have; each gets the \
             next larger one"
        ));
    }
    if 0 < refused {
        let message =
            format!("{refused} of {rows} rows are larger than any Fargate task: they fail");
        field.warning("no-such-size", message).report();
    }
}
