//! What is said of demand that there is none of, and of what therefore does nothing.

use std::collections::BTreeMap;

use crate::engine::SimDuration;
use crate::ids::ServiceId;
use crate::policy::predictive_scaling::HISTORY_LEAST;
use crate::scenario::context::Context;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::plan::Plan;
use crate::scenario::reader::Field;

/// Says of each service that nobody asks it: it may be meant, and it may be forgotten.
pub(in crate::scenario) fn note_unasked(cx: &Context<'_>, plan: &Plan) {
    note_unforeseen(cx, plan);
    let watchers = watchers(plan);
    for (index, service) in plan.services.iter().enumerate() {
        let id = ServiceId::from_index(index);
        if plan.is_given(id) {
            continue;
        }
        let what = match watchers.get(&id) {
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
    for objective in &plan.objectives {
        let Some(id) = objective.service else {
            continue;
        };
        if plan.is_given(id) {
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
                objective.text,
                plan.service(id).name
            );
            cx.say_diagnostic(Diagnostic::note("no-demand", message));
        }
    }
}

/// The alarms and policies of each service: the first of them, and how many.
fn watchers(plan: &Plan) -> BTreeMap<ServiceId, (String, usize)> {
    let alarms = plan.alarms.iter();
    let alarms = alarms.map(|it| (it.service, format!("alarm {}", it.name)));
    let policies = plan.scalable_targets.iter().flat_map(|target| {
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
fn note_unforeseen(cx: &Context<'_>, plan: &Plan) {
    let least = SimDuration::from_secs(3_600 * HISTORY_LEAST as u64);
    let policies = plan.scalable_targets.iter().flat_map(|it| &it.predictive);
    for policy in policies.filter(|_| plan.run.duration <= least) {
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
