//! ECS's own blue/green, linear and canary deployments: the stages that a new (green) revision goes
//! through beside the present (blue) one, and which share of the traffic it has when.
//!
//! Percentages are of traffic: both revisions have all of their tasks from SCALE_UP to CLEAN_UP.

use crate::engine::time::SimDuration;

/// A share of production traffic, in tenths of a percent: as fine as AWS takes them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct TrafficShare(pub u16);

impl TrafficShare {
    /// Nothing.
    pub const NONE: TrafficShare = TrafficShare(0);
    /// Everything.
    pub const ALL: TrafficShare = TrafficShare(1_000);

    /// As a part of 1.
    pub fn part(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }

    /// In percent, with the one decimal that it has.
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 10.0
    }
}

/// `stepPercent` of LINEAR by default (API LinearConfiguration, 2026-11).
pub const LINEAR_STEP: TrafficShare = TrafficShare(100);
/// The least `stepPercent` (API LinearConfiguration, 2026-11).
pub const LINEAR_STEP_LEAST: TrafficShare = TrafficShare(30);
/// `stepBakeTimeInMinutes` by default (API LinearConfiguration, 2026-11).
pub const LINEAR_BAKE: SimDuration = SimDuration::from_secs(6 * 60);
/// `canaryPercent` by default (API CanaryConfiguration, 2026-11).
pub const CANARY_SHARE: TrafficShare = TrafficShare(50);
/// `canaryBakeTimeInMinutes` by default (API CanaryConfiguration, 2026-11).
pub const CANARY_BAKE: SimDuration = SimDuration::from_secs(10 * 60);
/// The longest of all bake times, minutes (API DeploymentConfiguration, 2026-11).
pub const BAKE_MAX_MINUTES: u64 = 1_440;
/// How long a stage may take before ECS rolls back (ECS developer guide, blue/green deployments,
/// 2026-11).
pub const STAGE_TIMEOUT: SimDuration = SimDuration::from_secs(24 * 3_600);
/// How long a hook may take by default, and at the least and most, minutes (API
/// DeploymentLifecycleHookTimeoutConfiguration, 2026-11).
pub const HOOK_TIMEOUT_MINUTES: u64 = 1_440;
/// Bounds of a hook's time-out, minutes.
pub const HOOK_TIMEOUT_RANGE: std::ops::RangeInclusive<u64> = 1..=20_160;

/// How much longer a stage takes for a Network Load Balancer, `each` time: where ECS shifts
/// traffic, test or production, it waits until the balancer is known to have done so. CodeDeploy
/// does not.
///
/// Source: AWS's sample-apex-skills, deployment-strategies (2026-11): about 10 minutes at each of
/// the two. That traffic goes over when the stage begins, and at every step anew: ASSUMPTION.
///
/// ```
/// # use fleetcast::engine::SimDuration;
/// # use fleetcast::policy::traffic_shift::{Stage, network_wait};
/// let ten = SimDuration::from_secs(600);
/// assert_eq!(network_wait(Stage::TestTrafficShift, false, ten), ten);
/// assert_eq!(network_wait(Stage::BakeTime, false, ten), SimDuration::ZERO);
/// ```
#[must_use]
pub fn network_wait(stage: Stage, by_code_deploy: bool, each: SimDuration) -> SimDuration {
    match stage {
        Stage::TestTrafficShift | Stage::ProductionTrafficShift if !by_code_deploy => each,
        _ => SimDuration::ZERO,
    }
}

/// How long CodeDeploy goes on with a deployment whose desired count has changed, and whose new
/// task set is not steady (ECS developer guide, deployment-type-bluegreen).
pub const CODE_DEPLOY_UNSTEADY: SimDuration = SimDuration::from_secs(300);

/// How long CodeDeploy waits for the new task set to be steady (ECS developer guide,
/// deployment-type-bluegreen, 2026-11).
pub const CODE_DEPLOY_SCALE_UP: SimDuration = SimDuration::from_secs(3_600);
/// The longest `terminationWaitTimeInMinutes` (API CodeDeploy BlueInstanceTerminationOption).
pub const TERMINATION_WAIT_MAX_MINUTES: u64 = 2_880;
/// CodeDeploy's predefined configurations for ECS.
///
/// Source: CodeDeploy user guide, deployment-configurations (2026-11).
pub const CODE_DEPLOY: [(&str, Shift); 5] = [
    (
        "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
        Shift::Linear {
            step: TrafficShare(100),
            bake: SimDuration::from_secs(60),
        },
    ),
    (
        "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
        Shift::Linear {
            step: TrafficShare(100),
            bake: SimDuration::from_secs(180),
        },
    ),
    (
        "CodeDeployDefault.ECSCanary10Percent5Minutes",
        Shift::Canary {
            share: TrafficShare(100),
            bake: SimDuration::from_secs(300),
        },
    ),
    (
        "CodeDeployDefault.ECSCanary10Percent15Minutes",
        Shift::Canary {
            share: TrafficShare(100),
            bake: SimDuration::from_secs(900),
        },
    ),
    ("CodeDeployDefault.ECSAllAtOnce", Shift::AllAtOnce),
];

/// How traffic goes over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shift {
    /// `BLUE_GREEN`: all at once.
    AllAtOnce,
    /// `LINEAR`: in equal steps.
    Linear {
        /// `stepPercent`.
        step: TrafficShare,
        /// `stepBakeTimeInMinutes`: after each step but the last.
        bake: SimDuration,
    },
    /// `CANARY`: a small part, then the rest.
    Canary {
        /// `canaryPercent`.
        share: TrafficShare,
        /// `canaryBakeTimeInMinutes`.
        bake: SimDuration,
    },
}

impl Shift {
    /// The green share after so many steps, and how long it stays so before the next one (nothing
    /// after the last).
    ///
    /// Source: API LinearConfiguration, CanaryConfiguration: LINEAR by 20 % with 10 minutes has 20,
    /// 40, 60, 80 and 100 % at 0, 10, 20, 30 and 40 minutes (AWS's sample-apex-skills); there
    /// is no bake of a step at 100 %.
    #[must_use]
    pub fn after(self, steps: u32) -> (TrafficShare, SimDuration) {
        let (share, bake) = match self {
            Shift::AllAtOnce => (TrafficShare::ALL, SimDuration::ZERO),
            Shift::Linear { step, bake } => {
                let share = u32::from(step.0).saturating_mul(steps).min(1_000);
                // Bounded above.
                (TrafficShare(share as u16), bake)
            }
            Shift::Canary { share, bake } if steps == 1 => (share, bake),
            Shift::Canary { bake, .. } => (TrafficShare::ALL, bake),
        };
        let is_last = TrafficShare::ALL <= share;
        match steps {
            0 => (TrafficShare::NONE, SimDuration::ZERO),
            _ if is_last => (TrafficShare::ALL, SimDuration::ZERO),
            _ => (share, bake),
        }
    }

    /// How long traffic takes to go over and be watched: from the first step to the end of
    /// BAKE_TIME, `bake`, without hooks.
    #[must_use]
    pub fn length(self, bake: SimDuration) -> SimDuration {
        let mut sum = bake;
        for steps in 1.. {
            let (share, hold) = self.after(steps);
            sum = sum + hold;
            if share == TrafficShare::ALL {
                break;
            }
        }
        sum
    }
}

/// Whether production traffic goes over in the steps of a deployment. A listener's rule has
/// weights, and so have Service Connect's proxies; users that come by a way nobody names are taken
/// to follow them too (ASSUMPTION). Whom callers find by Cloud Map alone is headless: nothing
/// weighs addresses, so each task of green is asked from the moment it answers, long before the
/// first step.
///
/// Source: Amazon ECS developer guide, "Required resources for Amazon ECS blue/green deployments":
/// without a load balancer or Service Connect traffic is not shifted for one (2026-11).
#[must_use]
pub fn is_steered(by_addresses_alone: bool) -> bool {
    !by_addresses_alone
}

/// Whether a strategy goes with a service that has no target groups: Service Connect's proxies
/// weigh revisions as listeners do; where nothing does, only BLUE_GREEN deploys: it shifts nothing.
///
/// Source: AWS's sample-apex-skills, deployment-strategies (2026-11): LINEAR and CANARY need an
/// Application or a Network Load Balancer or Service Connect; BLUE_GREEN also does without.
///
/// ```
/// # use fleetcast::policy::traffic_shift::{CANARY_BAKE, CANARY_SHARE, Shift, is_shifted};
/// let canary = Shift::Canary { share: CANARY_SHARE, bake: CANARY_BAKE };
/// assert!(is_shifted(canary, true) && !is_shifted(canary, false));
/// assert!(is_shifted(Shift::AllAtOnce, false));
/// ```
#[must_use]
pub fn is_shifted(shift: Shift, service_connect: bool) -> bool {
    service_connect || shift == Shift::AllAtOnce
}

/// A revision's part of a service's requests: of each target group with its part of the traffic,
/// the share of those tasks that answer there which are the revision's (`its`, `all`).
///
/// ```
/// # use fleetcast::policy::traffic_shift::revision_part;
/// // Blue and green, four tasks each; green has 10 % of the traffic.
/// assert_eq!(revision_part([(0.9, 4, 4), (0.1, 0, 4)]), 0.9);
/// // Both in one target group, two of three tasks being the older ones.
/// assert!((revision_part([(1.0, 2, 3), (0.0, 0, 0)]) - 2.0 / 3.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn revision_part(groups: [(f64, u32, u32); 2]) -> f64 {
    let asked = groups.into_iter().filter(|(_, _, all)| 0 < *all);
    let of = |(part, its, all): (f64, u32, u32)| part * f64::from(its) / f64::from(all);
    asked.map(of).sum()
}

/// `lifecycleStage` of a service deployment, in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Stage {
    /// `RECONCILE_SERVICE`: another revision was being deployed.
    ReconcileService,
    /// `PRE_SCALE_UP`.
    PreScaleUp,
    /// `SCALE_UP`: green comes to 100 % of the desired count; no traffic.
    ScaleUp,
    /// `POST_SCALE_UP`.
    PostScaleUp,
    /// `TEST_TRAFFIC_SHIFT`: the test listener goes to green.
    TestTrafficShift,
    /// `POST_TEST_TRAFFIC_SHIFT`.
    PostTestTrafficShift,
    /// `PRE_PRODUCTION_TRAFFIC_SHIFT`: before every step.
    PreProductionTrafficShift,
    /// `PRODUCTION_TRAFFIC_SHIFT`: a step.
    ProductionTrafficShift,
    /// `POST_PRODUCTION_TRAFFIC_SHIFT`.
    PostProductionTrafficShift,
    /// `BAKE_TIME`: both revisions run, green has all traffic.
    BakeTime,
    /// `CLEAN_UP`: blue goes to 0.
    CleanUp,
}

impl Stage {
    /// All, in order, with AWS's names.
    pub const ALL: [(&'static str, Stage); 11] = [
        ("RECONCILE_SERVICE", Stage::ReconcileService),
        ("PRE_SCALE_UP", Stage::PreScaleUp),
        ("SCALE_UP", Stage::ScaleUp),
        ("POST_SCALE_UP", Stage::PostScaleUp),
        ("TEST_TRAFFIC_SHIFT", Stage::TestTrafficShift),
        ("POST_TEST_TRAFFIC_SHIFT", Stage::PostTestTrafficShift),
        (
            "PRE_PRODUCTION_TRAFFIC_SHIFT",
            Stage::PreProductionTrafficShift,
        ),
        ("PRODUCTION_TRAFFIC_SHIFT", Stage::ProductionTrafficShift),
        (
            "POST_PRODUCTION_TRAFFIC_SHIFT",
            Stage::PostProductionTrafficShift,
        ),
        ("BAKE_TIME", Stage::BakeTime),
        ("CLEAN_UP", Stage::CleanUp),
    ];

    /// AWS's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Stage::ALL[self as usize].0
    }

    /// Whether hooks may run at it: not at SCALE_UP, BAKE_TIME and CLEAN_UP.
    ///
    /// Source: API DeploymentLifecycleHook.lifecycleStages.
    #[must_use]
    pub fn may_have_hooks(self) -> bool {
        !matches!(self, Stage::ScaleUp | Stage::BakeTime | Stage::CleanUp)
    }

    /// Whether a `PAUSE` hook may stand at it: not where traffic is shifted.
    ///
    /// Source: API DeploymentLifecycleHook.
    #[must_use]
    pub fn may_pause(self) -> bool {
        let shifts = matches!(
            self,
            Stage::TestTrafficShift | Stage::ProductionTrafficShift
        );
        self.may_have_hooks() && !shifts
    }

    /// The stage after this one, when green has this share after its last step.
    ///
    /// Source: API ServiceDeployment.lifecycleStage; LINEAR and CANARY go through
    /// PRE_PRODUCTION_TRAFFIC_SHIFT and PRODUCTION_TRAFFIC_SHIFT at every step.
    #[must_use]
    pub fn next(self, share: TrafficShare) -> Option<Stage> {
        let next = match self {
            Stage::ReconcileService => Stage::PreScaleUp,
            Stage::PreScaleUp => Stage::ScaleUp,
            Stage::ScaleUp => Stage::PostScaleUp,
            Stage::PostScaleUp => Stage::TestTrafficShift,
            Stage::TestTrafficShift => Stage::PostTestTrafficShift,
            Stage::PostTestTrafficShift => Stage::PreProductionTrafficShift,
            Stage::PreProductionTrafficShift => Stage::ProductionTrafficShift,
            Stage::ProductionTrafficShift if share < TrafficShare::ALL => {
                Stage::PreProductionTrafficShift
            }
            Stage::ProductionTrafficShift => Stage::PostProductionTrafficShift,
            Stage::PostProductionTrafficShift => Stage::BakeTime,
            Stage::BakeTime => Stage::CleanUp,
            Stage::CleanUp => return None,
        };
        Some(next)
    }
}

/// What a lifecycle hook says in the end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HookResult {
    /// `SUCCEEDED`, or `CONTINUE`.
    Succeeds,
    /// `FAILED`, or `ROLLBACK`: the deployment is rolled back.
    Fails,
    /// Nothing in time, and the time-out's action is `CONTINUE`.
    TimedOutContinues,
    /// Nothing in time, and the time-out's action is `ROLLBACK`, the default.
    TimedOutRollsBack,
}

impl HookResult {
    /// `status` of a lifecycle hook (API DeploymentLifecycleHookDetail).
    #[must_use]
    pub fn status(self) -> &'static str {
        match self {
            HookResult::Succeeds => "SUCCEEDED",
            HookResult::Fails => "FAILED",
            HookResult::TimedOutContinues | HookResult::TimedOutRollsBack => "TIMED_OUT",
        }
    }

    /// Whether the deployment goes on.
    #[must_use]
    pub fn goes_on(self) -> bool {
        matches!(self, HookResult::Succeeds | HookResult::TimedOutContinues)
    }
}

/// What `timeoutConfiguration.action` asks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum TimeoutAction {
    /// `ROLLBACK`, the default.
    #[default]
    Rollback,
    /// `CONTINUE`.
    Continue,
}

/// When a hook is over and what it says, if its answer takes `takes` and is `fails`.
///
/// Source: API DeploymentLifecycleHookTimeoutConfiguration.
#[must_use]
pub fn hook(
    takes: SimDuration,
    fails: bool,
    (timeout, action): (SimDuration, TimeoutAction),
) -> (SimDuration, HookResult) {
    match (takes <= timeout, action) {
        (true, _) if fails => (takes, HookResult::Fails),
        (true, _) => (takes, HookResult::Succeeds),
        (false, TimeoutAction::Continue) => (timeout, HookResult::TimedOutContinues),
        (false, TimeoutAction::Rollback) => (timeout, HookResult::TimedOutRollsBack),
    }
}

/// How long a stage lasts whose hooks take `hooks` and go on, or not: what fails rolls back at
/// once, without the bake of a step.
///
/// Source: ECS developer guide, blue/green deployments: a hook that fails rolls the deployment
/// back. That the bake of a step begins when its hooks have succeeded is ASSUMPTION, and that a
/// stage waits for a hook as long as its own time-out lets it (14 days at the most, API
/// DeploymentLifecycleHookTimeoutConfiguration), though stages have 24 hours else.
#[must_use]
pub fn stage_length((hooks, goes_on): (SimDuration, bool), bake: SimDuration) -> SimDuration {
    match goes_on {
        true => hooks + bake,
        false => hooks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: SimDuration = SimDuration::from_secs(60);

    fn minutes(count: u64) -> SimDuration {
        SimDuration::from_secs(60 * count)
    }

    #[test]
    fn a_hook_that_fails_ends_its_stage_without_the_bake() {
        // A LINEAR step that bakes 4 minutes, and a hook of one minute.
        assert_eq!(stage_length((MINUTE, true), minutes(4)), minutes(5));
        assert_eq!(stage_length((MINUTE, false), minutes(4)), minutes(1));
        // Somebody answers a PAUSE after two and a half days, within its time-out of a week.
        let long = minutes(60 * 60);
        let (after, said) = hook(long, false, (minutes(10_080), TimeoutAction::Rollback));
        assert_eq!(said, HookResult::Succeeds);
        assert_eq!(stage_length((after, true), minutes(4)), long + minutes(4));
    }

    /// Green's share over time, from the first step on: (minute, tenths of a percent).
    fn course(shift: Shift) -> Vec<(u64, u16)> {
        let (mut at, mut course) = (SimDuration::ZERO, Vec::new());
        for steps in 1.. {
            let (share, hold) = shift.after(steps);
            course.push((at.as_micros() / MINUTE.as_micros(), share.0));
            at = at + hold;
            if share == TrafficShare::ALL {
                break;
            }
        }
        course
    }

    #[test]
    fn svc_e19_linear_by_20_percent_takes_40_minutes_and_blue_ends_after_55() {
        // SVC-E19, sample-apex-skills: 20 to 100 % at 0, 10, 20, 30 and 40 minutes.
        let shift = Shift::Linear {
            step: TrafficShare(200),
            bake: minutes(10),
        };
        let expected = [(0, 200), (10, 400), (20, 600), (30, 800), (40, 1_000)];
        assert_eq!(course(shift), expected);
        assert_eq!(shift.length(minutes(15)), minutes(55));
    }

    #[test]
    fn the_defaults_of_linear_and_canary_take_what_the_api_says() {
        let linear = Shift::Linear {
            step: LINEAR_STEP,
            bake: LINEAR_BAKE,
        };
        // (ceil(100 / 10) - 1) x 6 minutes.
        assert_eq!(linear.length(SimDuration::ZERO), minutes(54));
        let canary = Shift::Canary {
            share: CANARY_SHARE,
            bake: CANARY_BAKE,
        };
        assert_eq!(course(canary), [(0, 50), (10, 1_000)]);
        assert_eq!(canary.length(minutes(5)), minutes(15));
        assert_eq!(Shift::AllAtOnce.length(minutes(5)), minutes(5));
    }

    #[test]
    fn codedeploys_configurations_shift_as_their_names_say() {
        // CodeDeploy user guide, deployment-configurations: linear ones shift at the start of each
        // increment.
        let of = |name: &str| {
            let name = format!("CodeDeployDefault.ECS{name}");
            let found = CODE_DEPLOY.iter().find(|(known, _)| *known == name);
            found.unwrap().1.length(SimDuration::ZERO)
        };
        assert_eq!(of("Linear10PercentEvery1Minutes"), minutes(9));
        assert_eq!(of("Linear10PercentEvery3Minutes"), minutes(27));
        assert_eq!(of("Canary10Percent5Minutes"), minutes(5));
        assert_eq!(of("Canary10Percent15Minutes"), minutes(15));
        assert_eq!(of("AllAtOnce"), minutes(0));
    }

    #[test]
    fn weights_steer_traffic_and_addresses_do_not() {
        assert!(is_steered(false));
        assert!(!is_steered(true));
        // After the last step nothing is blue's, though all its tasks are still there.
        assert_eq!(revision_part([(0.0, 4, 4), (1.0, 0, 4)]), 0.0);
        assert_eq!(revision_part([(0.0, 0, 4), (1.0, 4, 4)]), 1.0);
        assert_eq!(revision_part([(1.0, 0, 0), (0.0, 0, 0)]), 0.0);
    }

    #[test]
    fn a_step_that_does_not_divide_a_hundred_ends_at_a_hundred() {
        let shift = Shift::Linear {
            step: TrafficShare(333),
            bake: minutes(1),
        };
        let expected = [(0, 333), (1, 666), (2, 999), (3, 1_000)];
        assert_eq!(course(shift), expected);
        let all = Shift::Linear {
            step: TrafficShare::ALL,
            bake: minutes(1),
        };
        assert_eq!(course(all), [(0, 1_000)]);
    }

    #[test]
    fn stages_come_in_the_apis_order_and_each_step_passes_two_of_them() {
        let (mut stage, mut share, mut seen) = (Stage::ReconcileService, 0, Vec::new());
        loop {
            seen.push(stage.name());
            if stage == Stage::ProductionTrafficShift {
                share += 500;
            }
            let Some(next) = stage.next(TrafficShare(share)) else {
                break;
            };
            stage = next;
        }
        let twice = [
            "PRE_PRODUCTION_TRAFFIC_SHIFT",
            "PRODUCTION_TRAFFIC_SHIFT",
            "PRE_PRODUCTION_TRAFFIC_SHIFT",
            "PRODUCTION_TRAFFIC_SHIFT",
        ];
        assert_eq!(seen[6..10], twice);
        assert_eq!(seen.len(), Stage::ALL.len() + 2);
        assert_eq!(
            seen[10..],
            ["POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"]
        );
        for (name, stage) in Stage::ALL {
            assert_eq!(stage.name(), name);
        }
    }

    #[test]
    fn hooks_may_not_stand_everywhere_and_pauses_at_fewer_stages() {
        let without: Vec<&str> = Stage::ALL
            .into_iter()
            .filter_map(|(name, stage)| (!stage.may_have_hooks()).then_some(name))
            .collect();
        assert_eq!(without, ["SCALE_UP", "BAKE_TIME", "CLEAN_UP"]);
        assert!(!Stage::ProductionTrafficShift.may_pause() && Stage::PostScaleUp.may_pause());
    }

    #[test]
    fn a_hook_that_answers_too_late_rolls_back_unless_told_otherwise() {
        let of = |takes, fails, action| hook(minutes(takes), fails, (minutes(10), action));
        let rolls_back = TimeoutAction::default();
        assert_eq!(
            of(10, false, rolls_back),
            (minutes(10), HookResult::Succeeds)
        );
        assert_eq!(of(3, true, rolls_back), (minutes(3), HookResult::Fails));
        let late = (minutes(10), HookResult::TimedOutRollsBack);
        assert_eq!(of(11, false, rolls_back), late);
        let (after, result) = of(11, true, TimeoutAction::Continue);
        assert_eq!(after, minutes(10));
        assert!(result.goes_on());
    }
}
