//! What of a run is to be explained, by what the user wrote; and what was meant where nothing is.

use super::ExplainArguments;
use crate::cli::exit::Stop;
use crate::explain::{Explanation, InstanceFound, Replay};
use crate::ids::{JobSourceId, ProviderId, ServiceId};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::plan::{Caller, JobSourcePlan, Plan};
use crate::world::task::Owner;

/// What is explained.
#[derive(Debug)]
pub(super) enum About {
    /// A task, by its id.
    Task(String),
    /// An instance, by its id.
    Instance(String),
    /// A service.
    Service(ServiceId),
    /// A capacity provider.
    Provider(ProviderId),
    /// A schedule or rule.
    Schedule(JobSourceId),
}

impl About {
    /// Whose decisions are kept alone; `None`: all.
    pub(super) fn owner(&self) -> Option<Owner> {
        match self {
            About::Service(service) => Some(Owner::Service(*service)),
            About::Schedule(source) => Some(Owner::Job(*source)),
            About::Task(_) | About::Instance(_) | About::Provider(_) => None,
        }
    }
}

/// What is to be explained.
pub(super) fn whom(arguments: &ExplainArguments, plan: &Plan) -> Result<About, Stop> {
    if let Some(id) = &arguments.task {
        return Ok(About::Task(id.clone()));
    }
    if let Some(id) = &arguments.instance {
        return Ok(About::Instance(id.clone()));
    }
    if let Some(name) = &arguments.service {
        return find_service(plan, name).map(About::Service);
    }
    if let Some(name) = &arguments.capacity_provider {
        return find_provider(plan, name).map(About::Provider);
    }
    match &arguments.schedule {
        Some(name) => find_schedule(plan, name).map(About::Schedule),
        None => Err(Stop::Mistake(what_to_explain(plan))),
    }
}

fn what_to_explain(plan: &Plan) -> String {
    let mut ways = vec!["--task ID (as in its tasks.csv)".to_owned()];
    let mut named = |flag: &str, names: Vec<&str>| {
        if !names.is_empty() {
            ways.push(format!("{flag} NAME ({})", names.join(", ")));
        }
    };
    let services = plan.services.iter().map(|service| service.name.as_str());
    let has_services = services.clone().next().is_some();
    named("--service", services.collect());
    let providers = plan.providers.iter().filter(|it| it.kind.group().is_some());
    named(
        "--capacity-provider",
        providers.map(|it| it.name.as_str()).collect(),
    );
    let schedules = plan.job_sources.iter().filter(|it| it.target.is_some());
    named("--schedule", schedules.map(|it| it.name.as_str()).collect());
    if !plan.groups.is_empty() {
        ways.push("--instance ID (as in its instances.csv)".to_owned());
    }
    let services = if has_services {
        ""
    } else {
        "; it has no service"
    };
    let last = ways.pop().unwrap_or_default();
    let ways = match ways.is_empty() {
        true => last,
        false => format!("{} or {last}", ways.join(", ")),
    };
    format!("say what of the run to explain: {ways}{services}")
}

fn find_service(plan: &Plan, name: &str) -> Result<ServiceId, Stop> {
    let mut services = plan.services.iter();
    let found = services.position(|service| service.name == name);
    found
        .map(ServiceId::from_index)
        .ok_or_else(|| Stop::Mistake(no_service(plan, name)))
}

fn kind_name(source: &JobSourcePlan) -> &'static str {
    match source.target.as_ref().map(|target| target.caller) {
        None => "a program",
        Some(Caller::Rule) => "a rule",
        Some(Caller::Scheduler) => "a schedule",
    }
}

/// Why there is no service of a name, and which is meant.
fn no_service(plan: &Plan, name: &str) -> String {
    if let Some(source) = plan.job_sources.iter().find(|source| source.name == name) {
        let kind = kind_name(source);
        let own = match source.target.is_some() {
            true => format!("; its calls are explained with --schedule {name}"),
            false => String::new(),
        };
        return format!(
            "{name:?} is {kind} of the run, not a service: it has no count to explain{own}; one \
             of its tasks is explained with --task ID (as in the run's tasks.csv, startedBy and \
             group)"
        );
    }
    let names = plan.services.iter().map(|service| service.name.as_str());
    none_named("service", name, &names.collect::<Vec<_>>())
}

fn find_provider(plan: &Plan, name: &str) -> Result<ProviderId, Stop> {
    let mut providers = plan.providers.iter();
    if let Some(found) = providers.position(|it| it.name == name) {
        return Ok(ProviderId::from_index(found));
    }
    // Groups have names of their own, and people mean them.
    let group = plan.groups.iter().position(|it| it.name == name);
    let of_group = group.and_then(|at| plan.provider_of(crate::ids::GroupId::from_index(at)));
    of_group.ok_or_else(|| {
        let names = plan.providers.iter().map(|it| it.name.as_str());
        Stop::Mistake(none_named(
            "capacity provider",
            name,
            &names.collect::<Vec<_>>(),
        ))
    })
}

fn find_schedule(plan: &Plan, name: &str) -> Result<JobSourceId, Stop> {
    let sources = &plan.job_sources;
    match sources.iter().position(|source| source.name == name) {
        Some(found) if sources[found].target.is_some() => Ok(JobSourceId::from_index(found)),
        Some(_) => Err(Stop::Mistake(format!(
            "{name:?} is a program of the run, not a schedule: nobody calls it; one of its tasks \
             is explained with --task ID (as in the run's tasks.csv)"
        ))),
        None => {
            let called = sources.iter().filter(|source| source.target.is_some());
            let names = called.map(|source| source.name.as_str());
            let names = names.collect::<Vec<_>>();
            Err(Stop::Mistake(none_named("schedule or rule", name, &names)))
        }
    }
}

/// That there is none of a name, and which is meant.
fn none_named(what: &str, name: &str, names: &[&str]) -> String {
    let hint = match (names, suggestion(name, names.iter().copied())) {
        ([], _) => "it has none at all".to_owned(),
        (_, Some(hint)) => hint,
        ([first, ..], None) => format!(
            "it has {} of other names, like {first:?}; its scenario.yaml lists them",
            names.len()
        ),
    };
    format!("the run has no {what} {name:?}; {hint}")
}

/// The explanation of an instance.
pub(super) fn instance(replay: &Replay<'_>, id: &str) -> Result<Explanation, Stop> {
    match replay.find_instance(id) {
        InstanceFound::One(record) => Ok(replay.explain_instance(record)),
        InstanceFound::Several(ids) => Err(Stop::Mistake(format!(
            "{} instances have an id that begins with {id:?}; write more of it, like {}",
            ids.len(),
            ids[..ids.len().min(3)].join(", ")
        ))),
        InstanceFound::None(None) => Err(Stop::Mistake(
            "the run has no container instances that were ACTIVE".to_owned(),
        )),
        InstanceFound::None(Some(any)) => Err(Stop::Mistake(format!(
            "the run has no instance {id:?} that was ACTIVE; an id is one like {any}, and \
             instances.csv lists them"
        ))),
    }
}
