//! `world.demand`: who asks, by service or program.

mod after;
mod group_parts;
mod notes;
mod queue;
mod sessions;

use crate::catalog::fargate::{TaskSize, covering};
use crate::demand::arrivals::ArrivalTrace;
use crate::demand::generator::RateSpec;
use crate::demand::load::Fidelity;
use crate::engine::SimDuration;
use crate::engine::random::NameHash;
use crate::ids::{JobSourceId, ServiceId};
use crate::policy::traffic_shift::Shift;
use crate::scenario::aws::Aws;
use crate::scenario::context::{Context, refuse_not_built, unknown_name};
use crate::scenario::plan::{
    ArrivalPlan, DemandPlan, OnInterruption, OnTimeout, ProviderChoice, RunPlan, TaskDefinitionPlan,
};
use crate::scenario::reader::{Field, MapReader};

use super::{arrivals, rate};
use after::after;
pub(in crate::scenario) use group_parts::group_parts;
use notes::note_silence;
pub(in crate::scenario) use notes::note_unasked;
pub(in crate::scenario) use queue::pulls;
use queue::refuse_of_clients;
use sessions::sessions;

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
                aws.services[id.index()].demand = demand;
            }
            (None, Some(id)) if aws.job_sources[id.index()].target.is_some() => {
                let message = format!("{} says itself when it runs", key.text);
                let help = "what its tasks do stands in world.work, how punctual it is in \
                            world.schedules";
                field.error("no-effect", message).help(help).report();
            }
            (None, Some(id)) => of_program(cx, &field, run, (aws, id)),
            (None, None) if aws.is_refused(&key.text) => {
                if is_of_program(&field) {
                    continue;
                }
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

/// Refuses to shift the traffic of services that nobody could steer, where their strategy stands;
/// one that goes in steps is refused already.
pub(in crate::scenario) fn check_shifted(aws: &Aws, strategies: &[(&str, Field<'_>)]) {
    for service in aws.services.iter().filter(|it| it.demand.is_some()) {
        let is_steered = service.target_group.is_some() || service.service_connect;
        let shift = service.traffic_shift.as_ref().filter(|_| !is_steered);
        let all_at_once = shift.is_some_and(|it| it.shift == Shift::AllAtOnce);
        let place = strategies.iter().find(|(name, _)| *name == service.name);
        if let (true, Some((_, field))) = (all_at_once, place) {
            let message = format!(
                "{} is deployed by shifting traffic, and has no target group whose traffic could \
                 be shifted",
                service.name
            );
            let help = "give the service loadBalancers with two target groups, or \
                        serviceConnectConfiguration: { enabled: true }";
            field.error("missing-field", message).help(help).report();
        }
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
        None => {
            let is_sticky = service.is_some_and(|(aws, id)| aws.is_sticky(id));
            DemandPlan {
                sessions: sessions(cx, &mut map, is_sticky),
                ..clients(cx, &mut map, run)
            }
        }
    };
    refuse_not_built(&mut map, &["zones"]);
    refuse_of_programs(&mut map);
    group_parts::check(&mut map, service);
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
        sessions: None,
    }
}

/// The load of a service that only other services ask.
pub(in crate::scenario) fn of_called(cx: &Context<'_>, key: NameHash) -> DemandPlan {
    DemandPlan {
        key,
        bytes_in: cx.default_bytes("world.demand.*.bytes.in"),
        bytes_out: cx.default_bytes("world.demand.*.bytes.out"),
        connections_per_request: cx.default_f64("world.demand.*.connections"),
        connection_length: cx.default_duration("world.demand.*.connectionLength"),
        ..clients_of_queue()
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
/// Whether a demand is that of a program, whose entry in `aws:` was refused.
fn is_of_program(field: &Field<'_>) -> bool {
    let mut keys = ["arrivals", "after"].iter();
    keys.any(|key| field.node().get(key).is_some())
}

/// What only programs have: a service is asked, and starts no task for it.
fn refuse_of_programs(map: &mut MapReader<'_>) {
    for key in ["arrivals", "after", "concurrency"] {
        if let Some(field) = map.field(key) {
            let message = format!("{key} is for programs (aws.runTasks, schedules), not services");
            let help = "the demand of a service is a rate of requests, or a queue";
            field
                .error_at_key("invalid-value", message)
                .help(help)
                .report();
        }
    }
}
