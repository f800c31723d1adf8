//! What is said of demand that there is none of, and of what therefore does nothing.

use std::collections::BTreeMap;

use crate::engine::SimDuration;
use crate::ids::ServiceId;
use crate::policy::predictive_scaling::HISTORY_LEAST;
use crate::scenario::aws::Aws;
use crate::scenario::context::Context;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::plan::{ObjectivePlan, RunPlan, ServicePlan};
use crate::scenario::reader::Field;

/// Says of each service that nobody asks it: it may be meant, and it may be forgotten.
pub(in crate::scenario) fn note_unasked(
    cx: &Context<'_>,
    aws: &Aws,
    (run, objectives): (&RunPlan, &[ObjectivePlan]),
) {
    note_unforeseen(cx, aws, run);
    let is_given = |service: &ServicePlan| {
        let definition = aws.task_definitions.get(service.task_definition);
        let serves_others = service.is_daemon && definition.work.beside.is_some();
        service.demand.is_some() || serves_others
    };
    let watchers = watchers(aws);
    for (index, service) in aws.services.iter().enumerate() {
        if is_given(service) {
            continue;
        }
        let what = match watchers.get(&ServiceId::from_index(index)) {
            None => "it has no load".to_owned(),
            Some((first, 1)) => format!("{first} sees idle tasks, and no requests"),
            Some((first, all)) => {
                let others = all - 1;
                format!("{first} and {others} more see idle tasks, and no requests")
            }
        };
        let name = &service.name;
        let message =
            format!("nobody asks service {name}: world.demand has no entry for it, so {what}");
        cx.say_diagnostic(Diagnostic::note("no-demand", message));
    }
    for objective in objectives {
        let Some(id) = objective.service else {
            continue;
        };
        let service = &aws.services[id.index()];
        if is_given(service) {
            continue;
        }
        let of_requests = objective.metric.is_of_requests();
        let of_use = objective.metric.is_of_use() && !watchers.contains_key(&id);
        if of_requests || of_use {
            let unseen = match of_use {
                true => ", and no alarm or scaling policy looks at what it uses",
                false => "",
            };
            let message = format!(
                "objective {} is not judged: nobody asks {}{unseen}",
                objective.text, service.name
            );
            cx.say_diagnostic(Diagnostic::note("no-demand", message));
        }
    }
}

/// The alarms and policies of each service: the first of them, and how many.
fn watchers(aws: &Aws) -> BTreeMap<ServiceId, (String, usize)> {
    let alarms = aws.alarms.iter();
    let alarms = alarms.map(|it| (it.service, format!("alarm {}", it.name)));
    let policies = aws.scalable_targets.iter().flat_map(|target| {
        let steps = target.step_policies.iter().map(|it| &it.name);
        let tracking = target.policies.iter().map(|it| &it.name);
        let foretelling = target.predictive.iter().map(|it| &it.name);
        let names = tracking.chain(steps).chain(foretelling);
        names.map(|name| (target.service, format!("scaling policy {name}")))
    });
    let mut watchers = BTreeMap::new();
    for (service, words) in alarms.chain(policies) {
        let (_, count) = watchers.entry(service).or_insert((words, 0));
        *count += 1;
    }
    watchers
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
pub(super) fn note_silence(cx: &Context<'_>, rate: &Field<'_>, is_silent: bool) {
    if is_silent {
        let message = format!("nobody asks: {} is 0 for the whole run", rate.path());
        cx.say_diagnostic(Diagnostic::note("no-demand", message).at(rate.span()));
    }
}
