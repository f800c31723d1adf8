//! The hooks of an AppSpec: functions that CodeDeploy runs in the course of a deployment of ECS.

use crate::engine::time::SimDuration;
use crate::policy::traffic_shift::Stage;

/// The events of a CodeDeploy deployment at which functions of its AppSpec run, in order, each as
/// the stage that it belongs to: before the new task set is made, when it is up, when the test
/// listener asks it, before production traffic goes over, and when all of it has.
///
/// Source: AWS CodeDeploy user guide, "AppSpec 'hooks' section for an Amazon ECS deployment"
/// (2026-11).
pub const APP_SPEC_HOOKS: [(&str, Stage); 5] = [
    ("BeforeInstall", Stage::PreScaleUp),
    ("AfterInstall", Stage::PostScaleUp),
    ("AfterAllowTestTraffic", Stage::PostTestTrafficShift),
    ("BeforeAllowTraffic", Stage::PreProductionTrafficShift),
    ("AfterAllowTraffic", Stage::PostProductionTrafficShift),
];
/// How long CodeDeploy waits for what a function of an AppSpec says. ASSUMPTION: an hour, as for
/// the new task set.
pub const APP_SPEC_HOOK_TIMEOUT: SimDuration = SimDuration::from_secs(3_600);

/// Whether hooks of a stage run now, after so many steps of production traffic: those of ECS
/// before and at every step, those of an AppSpec once in a deployment.
///
/// Source: as [`APP_SPEC_HOOKS`] ("each hook is executed once per deployment"); for ECS's own,
/// AWS's sample-apex-skills, deployment-strategies (2026-11).
///
/// ```
/// # use fleetcast::policy::{app_spec::runs_hooks, traffic_shift::Stage};
/// let before = Stage::PreProductionTrafficShift;
/// assert!(runs_hooks((before, 3), false));
/// assert!(runs_hooks((before, 0), true) && !runs_hooks((before, 3), true));
/// ```
#[must_use]
pub fn runs_hooks((stage, steps): (Stage, u32), by_code_deploy: bool) -> bool {
    !by_code_deploy || steps == 0 || stage != Stage::PreProductionTrafficShift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_the_order_of_the_stages_and_hooks_may_stand_at_each() {
        let stages = APP_SPEC_HOOKS.map(|(_, stage)| stage);
        assert!(stages.is_sorted(), "{stages:?}");
        assert!(stages.iter().all(|stage| stage.may_have_hooks()));
        // A LINEAR deployment of ten steps passes the stage before production traffic ten times.
        let before =
            (0..10).filter(|steps| runs_hooks((Stage::PreProductionTrafficShift, *steps), true));
        assert_eq!(before.count(), 1);
    }
}
