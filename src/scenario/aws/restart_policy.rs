//! `restartPolicy` of a container.

use crate::engine::SimDuration;
use crate::ids::TaskDefinitionId;
use crate::policy::restart::{
    IGNORED_MAX, PERIOD_DEFAULT_S, PERIOD_MAX_S, PERIOD_MIN_S, RestartPolicy,
};
use crate::scenario::reader::Field;

use super::container::Container;
use super::task_definition::TaskDefinitions;

/// Reads a policy; `None`: it is not enabled.
pub(super) fn read(field: &Field<'_>) -> Option<RestartPolicy> {
    let mut map = field.map()?;
    let enabled = map.required("enabled").and_then(|field| field.bool());
    let period = map.u64("restartAttemptPeriod", PERIOD_MIN_S..=PERIOD_MAX_S);
    let codes = map.list("ignoredExitCodes");
    if let Some(first_too_many) = codes.get(IGNORED_MAX) {
        let count = codes.len();
        let message = format!("{count} exit codes are ignored, {IGNORED_MAX} may be");
        first_too_many.error("out-of-range", message).report();
    }
    let codes: Vec<u8> = codes
        .iter()
        .filter_map(|code| u8::try_from(code.u64(0..=255)?).ok())
        .collect();
    map.finish_aws("ecs.ContainerRestartPolicy");
    let period = SimDuration::from_secs(period.unwrap_or(PERIOD_DEFAULT_S));
    (enabled == Some(true)).then(|| RestartPolicy::new(period, codes))
}

/// Policies of containers that never end here: only the code of the first essential one does, by
/// `crashes`, `duration` or for want of memory.
pub(super) fn warn_of_idle(containers: &[Container<'_>]) {
    let main = containers.iter().position(|it| it.plan.essential);
    let Some(main) = main else { return };
    for (at, container) in containers.iter().enumerate() {
        let Some(field) = container.restart_policy.as_ref().filter(|_| at != main) else {
            continue;
        };
        let message = format!(
            "{} never ends here that would be started again: crashes befall {}, the first \
             essential container",
            container.plan.name, containers[main].plan.name
        );
        field.warning("no-effect", message).report();
    }
}

/// A task that is to end when its work is done is started again where its policy does not ignore
/// that exit code: it never ends.
pub(super) fn warn_of_jobs(definitions: &TaskDefinitions, id: TaskDefinitionId, place: &Field<'_>) {
    let definition = definitions.get(id);
    let policy = definition.main_container().and_then(|it| it.restart);
    if let Some(policy) = policy.filter(|policy| !policy.ignores(0)) {
        let message = format!(
            "{} is started again when its work is done after {} s or more: its restartPolicy does \
             not ignore exit code 0",
            definition.name(),
            policy.period.as_secs_f64()
        );
        let help = "add ignoredExitCodes: [0]";
        place.warning("never-ends", message).help(help).report();
    }
}
