//! What is said of demand that there is none of, and of what therefore does nothing.

use crate::engine::SimDuration;
use crate::policy::predictive_scaling::HISTORY_LEAST;
use crate::scenario::aws::Aws;
use crate::scenario::context::Context;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::plan::{RunPlan, ServicePlan};
use crate::scenario::reader::Field;

/// Says of each service that nobody asks it: it may be meant, and it may be forgotten.
pub(in crate::scenario) fn note_unasked(cx: &Context<'_>, aws: &Aws, run: &RunPlan) {
    note_unforeseen(cx, aws, run);
    let serves_others = |service: &ServicePlan| {
        let definition = aws.task_definitions.get(service.task_definition);
        service.is_daemon && definition.work.beside.is_some()
    };
    let unasked = aws.services.iter().filter(|it| it.demand.is_none());
    let unasked = unasked.filter(|it| !serves_others(it));
    for service in unasked {
        let name = &service.name;
        let message = format!(
            "nobody asks service {name}: world.demand has no entry for it, so it has no load"
        );
        cx.say_diagnostic(Diagnostic::note("no-demand", message));
    }
    for alarm in &aws.alarms {
        let service = &aws.services[alarm.service.index()];
        if service.demand.is_none() && !serves_others(service) {
            let message = format!(
                "alarm {} watches service {}, which nobody asks: it sees idle tasks, and no \
                 requests",
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
pub(super) fn note_silence(cx: &Context<'_>, rate: &Field<'_>, is_silent: bool) {
    if is_silent {
        let message = format!("nobody asks: {} is 0 for the whole run", rate.path());
        cx.say_diagnostic(Diagnostic::note("no-demand", message).at(rate.span()));
    }
}
