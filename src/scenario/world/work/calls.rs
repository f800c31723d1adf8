//! `calls` of `world.work`: which services the code of a task calls, how often, and what it does
//! where no answer comes.

mod cycles;

use crate::demand::load::Fidelity;
use crate::engine::SimDuration;
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::policy::calls::{CallTerms, PROXY_RETRIES, PROXY_TIMEOUT_S};
use crate::scenario::aws::Aws;
use crate::scenario::context::{Context, unknown_name};
use crate::scenario::plan::{CallPlan, RunPlan, ServicePlan, TargetGroupPlan, Via};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::demand::of_called;

use super::WorkEntries;

const RETRIES_MAX: u32 = 10;
const PER_REQUEST_MAX: f64 = 1_000.0;
const ON_FAILURE: [(&str, bool); 2] = [("fail", true), ("ignore", false)];

/// How the file says that a task is found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    LoadBalancer,
    ServiceConnect,
    CloudMap,
}

const WAYS: [(&str, Way); 3] = [
    ("loadBalancer", Way::LoadBalancer),
    ("serviceConnect", Way::ServiceConnect),
    ("cloudMap", Way::CloudMap),
];

/// One call as read.
#[derive(Clone)]
pub(super) struct Call<'a> {
    service: Option<(Field<'a>, &'a str)>,
    per_request: Option<f64>,
    via: Option<(Field<'a>, Way)>,
    /// `Some(None)`: `none`.
    timeout: Option<Option<SimDuration>>,
    retries: Option<u32>,
    ttl: Option<(Field<'a>, SimDuration)>,
    is_vital: Option<bool>,
}

/// Reads the list.
pub(super) fn read<'a>(maps: Vec<MapReader<'a>>) -> Vec<Call<'a>> {
    maps.into_iter().map(read_one).collect()
}

fn read_one(mut map: MapReader<'_>) -> Call<'_> {
    let service = map.required("service");
    let ttl = map.field("ttl");
    let way = map.field("via");
    let call = Call {
        service: service.and_then(|field| field.str().map(|name| (field, name))),
        per_request: map.f64("perRequest", 0.0..=PER_REQUEST_MAX),
        via: way.and_then(|field| field.choice(&WAYS).map(|way| (field, way))),
        timeout: map.field("timeout").and_then(|field| timeout(&field)),
        retries: map.u32("retries", 0..=RETRIES_MAX),
        ttl: ttl.and_then(|field| field.duration().map(|ttl| (field, ttl))),
        is_vital: map.choice("onFailure", &ON_FAILURE),
    };
    map.finish();
    call
}

fn timeout(field: &Field<'_>) -> Option<Option<SimDuration>> {
    if field.node().as_text() == Some("none") {
        return Some(None);
    }
    let timeout = field.duration()?;
    if timeout.is_zero() {
        let message = "a time-out of 0 lets no call through";
        field.error("out-of-range", message).report();
        return None;
    }
    Some(Some(timeout))
}

impl WorkEntries<'_> {
    /// What each revision calls, in the order of revisions; a service that is called has a load
    /// from then on, whether or not others ask it.
    pub(in crate::scenario) fn calls(
        &self,
        cx: &Context<'_>,
        run: &RunPlan,
        aws: &mut Aws<'_>,
    ) -> Vec<CallPlan> {
        let mut found: Vec<(&str, Vec<CallPlan>)> = Vec::new();
        for (name, (work, _)) in &self.entries {
            if let Some(calls) = &work.calls {
                let calls = calls.iter();
                let plans = calls.filter_map(|call| self.call(cx, run, call, aws));
                found.push((name, plans.collect()));
            }
        }
        let mut all = Vec::new();
        for (at, definition) in aws.task_definitions.plans().iter().enumerate() {
            let (revision, family) = (definition.name(), &definition.family);
            let names = [revision.as_str(), family.as_str(), "default"];
            let nearest = names
                .iter()
                .find_map(|name| found.iter().find(|(known, _)| known == name));
            for call in nearest.map_or(&[][..], |(_, calls)| calls) {
                all.push(CallPlan {
                    caller: TaskDefinitionId::from_index(at),
                    ..call.clone()
                });
            }
        }
        all
    }

    /// One call, its caller still open.
    fn call(
        &self,
        cx: &Context<'_>,
        run: &RunPlan,
        call: &Call<'_>,
        aws: &mut Aws<'_>,
    ) -> Option<CallPlan> {
        let (field, name) = call.service.as_ref()?;
        let Some(callee) = aws.service_named(name) else {
            if !aws.is_refused(name) {
                let known: Vec<&str> = aws.services.iter().map(|it| it.name.as_str()).collect();
                unknown_name(field, "service", name, known);
            }
            return None;
        };
        self.check_callee(field, aws, callee);
        let way = way_to(field, call.via.as_ref(), &aws.services[callee.index()])?;
        let via = via(cx, call, way);
        if run.fidelity == Fidelity::Requests
            && let Some(why) = parts_of(&aws.services[callee.index()], &aws.target_groups)
        {
            refuse_parts(field, (name, why), "calls to");
        }
        let service = &mut aws.services[callee.index()];
        if service.demand.is_none() {
            service.demand = Some(of_called(cx, service.key));
        }
        let of_proxy = way == Way::ServiceConnect;
        Some(CallPlan {
            caller: TaskDefinitionId::from_index(0),
            callee,
            terms: CallTerms {
                per_request: call.per_request.unwrap_or(1.0),
                timeout_s: timeout_of(cx, call, of_proxy),
                retries: retries_of(cx, call, of_proxy),
                is_vital: call.is_vital.unwrap_or_else(|| {
                    cx.default_text("world.work.*.calls.*.onFailure");
                    true
                }),
            },
            via,
        })
    }

    /// A service that cannot be called.
    fn check_callee(&self, field: &Field<'_>, aws: &Aws<'_>, callee: ServiceId) {
        let service = &aws.services[callee.index()];
        let name = &service.name;
        if service.demand.as_ref().is_some_and(|it| it.queue.is_some()) {
            let message = format!("{name} pulls from a queue: nobody calls it");
            let help = "send to its queue instead: that is a rate of its own under world.demand";
            field.error("invalid-value", message).help(help).report();
        }
        let definition = aws.task_definitions.get(service.task_definition);
        let of_revision = definition.name();
        let names = [of_revision.as_str(), &definition.family, "default"];
        if !names.iter().any(|name| self.entries.contains_key(*name)) {
            let family = &definition.family;
            let message = format!(
                "{name} is called, and nothing says what a call costs it: world.work has no entry \
                 for {family}"
            );
            let help = format!("add world.work: {{ {family}: {{ cpu: 20ms }} }}");
            field.error("missing-field", message).help(help).report();
        }
    }
}

/// Why a service's requests are in parts that know nothing of each other, with what they would not
/// be; `None`: they are not.
fn parts_of(
    service: &ServicePlan,
    groups: &[TargetGroupPlan],
) -> Option<(&'static str, &'static str)> {
    let group = service.target_group.map(|group| &groups[group.index()]);
    if 0 < service.fine_metrics.count() {
        return Some(("has metrics of 20 s", "leave its monitoring out"));
    }
    let is_zonal = group.is_some_and(|group| !group.cross_zone);
    let without = "leave cross-zone load balancing on";
    is_zonal.then_some(("has a load balancer that keeps zones apart", without))
}

/// A service whose parts each have requests of their own.
fn refuse_parts(
    place: &Field<'_>,
    (name, (why, without)): (&str, (&'static str, &'static str)),
    what: &str,
) {
    let message =
        format!("{name} {why}: {what} such a service are not simulated request by request yet");
    let help = format!("run.fidelity: fluid can, or {without}");
    place.error("not-built-yet", message).help(help).report();
}

/// How a service is found: as the call says, if the service has that, else in the way it has.
fn way_to(field: &Field<'_>, said: Option<&(Field<'_>, Way)>, callee: &ServicePlan) -> Option<Way> {
    let name = &callee.name;
    let has = |way: Way| match way {
        Way::LoadBalancer => callee.target_group.is_some(),
        Way::ServiceConnect => callee.service_connect,
        Way::CloudMap => 0 < callee.registries,
    };
    let lacks = |way: Way| match way {
        Way::LoadBalancer => "loadBalancers",
        Way::ServiceConnect => "serviceConnectConfiguration: { enabled: true }",
        Way::CloudMap => "serviceRegistries",
    };
    let Some((place, way)) = said else {
        let all = WAYS.map(|(_, way)| way);
        let found = all.into_iter().find(|way| has(*way));
        if found.is_none() {
            let message = format!(
                "nothing leads to {name}: it has no loadBalancers, no serviceConnectConfiguration \
                 and no serviceRegistries"
            );
            let help = format!("give aws.services.{name} one of the three");
            field.error("missing-field", message).help(help).report();
        }
        return found;
    };
    if !has(*way) {
        let message = format!("{name} has no {}: nobody finds it this way", lacks(*way));
        let other = WAYS.iter().find(|(_, way)| has(*way));
        let help = match other {
            Some((word, _)) => format!("via: {word} is what it has"),
            None => format!("give aws.services.{name} {}", lacks(*way)),
        };
        place.error("invalid-value", message).help(help).report();
        return None;
    }
    if *way != Way::LoadBalancer && callee.target_group.is_some() {
        let message = format!(
            "{name} has a load balancer: calls to it that pass the balancer by are not simulated \
             yet"
        );
        let help = "via: loadBalancer, or leave its loadBalancers out";
        place.error("not-built-yet", message).help(help).report();
        return None;
    }
    Some(*way)
}

fn via(cx: &Context<'_>, call: &Call<'_>, way: Way) -> Via {
    if let (Some((field, _)), true) = (&call.ttl, way != Way::CloudMap) {
        let message = "only who asks Cloud Map keeps addresses: ttl has no effect on this call";
        field.warning("no-effect", message).report();
    }
    match way {
        Way::LoadBalancer => Via::LoadBalancer,
        Way::ServiceConnect => Via::ServiceConnect,
        Way::CloudMap => Via::CloudMap {
            ttl: call.ttl.as_ref().map_or_else(
                || cx.default_duration("world.work.*.calls.*.ttl"),
                |(_, ttl)| *ttl,
            ),
        },
    }
}

fn timeout_of(cx: &Context<'_>, call: &Call<'_>, of_proxy: bool) -> Option<f64> {
    let seconds = |timeout: SimDuration| timeout.as_secs_f64();
    match call.timeout {
        Some(timeout) => timeout.map(seconds),
        None if of_proxy => {
            assume_proxy(cx, call, "timeout", format!("{PROXY_TIMEOUT_S}s"));
            Some(PROXY_TIMEOUT_S)
        }
        None => {
            cx.default_text("world.work.*.calls.*.timeout");
            None
        }
    }
}

fn retries_of(cx: &Context<'_>, call: &Call<'_>, of_proxy: bool) -> u32 {
    call.retries.unwrap_or_else(|| {
        if of_proxy {
            assume_proxy(cx, call, "retries", PROXY_RETRIES.to_string());
            return PROXY_RETRIES;
        }
        cx.default_u32("world.work.*.calls.*.retries")
    })
}

/// What a Service Connect proxy does of itself.
fn assume_proxy(cx: &Context<'_>, call: &Call<'_>, field: &str, value: String) {
    let place = call.service.as_ref().map_or("", |(field, _)| field.path());
    let path = format!("{}.{field}", place.trim_end_matches(".service"));
    let source = "ASSUMPTION: a public repository that cites the ECS developer guide, 2026-11";
    cx.assume(path, value, source);
}
