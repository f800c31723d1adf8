//! How far a rolling deployment may go at this moment: how many tasks to start, how many old ones
//! to stop. The same bounds govern the replacement of tasks on a draining instance and of unhealthy
//! tasks.

mod percentages;

pub use percentages::{Bounds, MAXIMUM_PERCENT, MINIMUM_HEALTHY_PERCENT, Percentages, bounds};

/// Tasks of the old or of the new side, without those whose desired status is STOPPED.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Side {
    /// Tasks on the way to RUNNING.
    pub pending: u32,
    /// RUNNING tasks, healthy or not.
    pub running: u32,
    /// RUNNING tasks that count as healthy (see `policy::task_health::HealthSigns`).
    pub healthy: u32,
}

impl Side {
    /// So many tasks, all of them healthy.
    pub fn healthy(tasks: u32) -> Self {
        Side {
            pending: 0,
            running: tasks,
            healthy: tasks,
        }
    }

    /// All tasks of this side.
    pub fn total(self) -> u32 {
        self.pending + self.running
    }
}

/// What a deployment step depends on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rollout {
    /// The service's desired count, at this moment.
    pub desired: u32,
    /// Tasks to be replaced: of the older revision, on a draining instance, or UNHEALTHY.
    pub old: Side,
    /// Tasks of the revision being rolled out.
    pub new: Side,
    /// Of the old side's RUNNING tasks, those that ECS has found UNHEALTHY, of either revision.
    pub unhealthy: u32,
    /// Tasks of the older revisions that were lost, or are UNHEALTHY, and have no task of their own
    /// revision in their place yet.
    pub lost: u32,
    /// Of the tasks that scale-outs have added since this rollout began, those of the older
    /// revisions.
    pub added: u32,
    /// Tasks that were told to stop and whose containers still run.
    pub stopping: u32,
    /// Whether a deployment is under way (or has failed); else the service replaces what it must.
    pub is_rolling: bool,
    /// Whether it has failed (`rolloutState` FAILED).
    pub has_failed: bool,
}

impl Rollout {
    /// All tasks of the service.
    pub fn total(self) -> u32 {
        self.old.total() + self.new.total()
    }

    /// What the upper bound counts: tasks that were told to stop are RUNNING until they have.
    ///
    /// Source: API UpdateContainerInstancesState: at 100 % no replacement starts until the draining
    /// tasks have stopped. That this is when their containers have (before the network interface is
    /// detached) is ASSUMPTION.
    pub fn occupied(self) -> u32 {
        self.total() + self.stopping
    }

    /// All healthy tasks of the service.
    pub fn healthy(self) -> u32 {
        self.old.healthy + self.new.healthy
    }

    /// Whether the rollout is done: the new side complete and healthy, the old one gone.
    pub fn is_complete(self) -> bool {
        self.old.total() == 0
            && self.new.total() == self.desired
            && self.new.healthy == self.desired
    }
}

/// How many tasks to start, and what set the number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct Start {
    /// Tasks of the new side to start.
    pub tasks: u32,
    /// What set the number.
    pub reason: StartReason,
}

/// What sets the number of tasks to start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StartReason {
    /// As many as are missing.
    Missing {
        /// New tasks there are.
        have: u32,
        /// Tasks desired.
        of: u32,
    },
    /// Fewer than are missing: `maximumPercent` leaves no more room.
    Upper {
        /// Old and new tasks there are, with those that still stop.
        have: u32,
        /// The upper bound.
        upper: u32,
        /// New tasks still missing.
        missing: u32,
    },
    /// None: the deployment has failed.
    Failed,
}

/// How many lost tasks of the old side to replace, and what set the number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct Replace {
    /// Tasks of the old side to start.
    pub tasks: u32,
    /// What set the number.
    pub reason: ReplaceReason,
}

/// What sets the number of lost tasks to replace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReplaceReason {
    /// As many as were lost.
    Lost {
        /// Old tasks that were lost.
        lost: u32,
    },
    /// Fewer: `maximumPercent` leaves no more room.
    Upper {
        /// Old and new tasks there are, with those that still stop.
        have: u32,
        /// The upper bound.
        upper: u32,
        /// Old tasks that were lost.
        lost: u32,
    },
    /// None: as many are healthy as have to be, and lost ones are let go.
    Enough {
        /// Healthy tasks there are.
        healthy: u32,
        /// The lower bound.
        lower: u32,
    },
}

/// How many tasks to stop, and what set the number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct Stop {
    /// UNHEALTHY tasks to stop; these go first.
    pub unhealthy: u32,
    /// UNHEALTHY tasks that stay until healthy ones are in their place.
    pub unhealthy_kept: u32,
    /// Other old tasks to stop that are not healthy (pending, or not healthy yet).
    pub old_not_healthy: u32,
    /// Healthy old tasks to stop.
    pub old_healthy: u32,
    /// Surplus tasks of the new side to stop, after the desired count fell.
    pub new_surplus: u32,
    /// What set the number of old ones.
    pub reason: StopReason,
}

impl Stop {
    /// How many tasks of the old side are to be stopped.
    pub fn old(self) -> u32 {
        self.unhealthy + self.old_not_healthy + self.old_healthy
    }
}

/// What sets the number of old tasks to stop, UNHEALTHY ones left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StopReason {
    /// All of them: nothing stands against it.
    AllOld,
    /// Fewer: `minimumHealthyPercent` keeps the rest.
    Lower {
        /// Healthy tasks there are.
        healthy: u32,
        /// The lower bound.
        lower: u32,
        /// Old tasks that stay for now.
        kept: u32,
    },
}

/// New tasks are started until the desired count is reached, as long as old and new together stay
/// within the upper bound; whether there is capacity for them is not this rule's business. What a
/// scale-out has added to the older side keeps its room. A failed deployment starts none.
///
/// Source: ECS developer guide, deployment-type-ecs: 4 tasks at 200 % may start 4 before stopping
/// any; API Deployment.rolloutState: FAILED; AWS announcement of November 2025 on rolling
/// deployments: a scale-out is of both revisions. (The bound grows by as many tasks as are added at
/// least, so that the new side loses no room by it.)
pub fn tasks_to_start(rollout: Rollout, bounds: Bounds) -> Start {
    if rollout.has_failed {
        return Start {
            tasks: 0,
            reason: StartReason::Failed,
        };
    }
    let missing = rollout.desired.saturating_sub(rollout.new.total());
    let room = bounds.upper.saturating_sub(rollout.occupied());
    let room = room.saturating_sub(owed(rollout, bounds).min(rollout.added));
    if missing <= room {
        let (have, of) = (rollout.new.total(), rollout.desired);
        return Start {
            tasks: missing,
            reason: StartReason::Missing { have, of },
        };
    }
    Start {
        tasks: room,
        reason: StartReason::Upper {
            have: rollout.occupied(),
            upper: bounds.upper,
            missing,
        },
    }
}

/// Old tasks are stopped as long as the healthy ones, old and new, do not fall below the lower
/// bound; tasks that are not healthy yet go before them and cost nothing, but wait as well while
/// the service is below its bound, unless missing tasks have no room and the older side more than a
/// scale-out has added to it. An UNHEALTHY task costs nothing either: it stays until a healthy one
/// is in its place, where the upper bound lets that start first, and makes room for it where it
/// does not: one at a time, but during a deployment all at once. What replaces it and is UNHEALTHY
/// too is one too many. Of a deployment that has failed nothing will replace it, and it goes.
///
/// Source: API DeploymentConfiguration, UpdateService: 4 tasks at 50 % may stop 2 before starting
/// 2; ECS developer guide, ecs_services, on unhealthy tasks (since October 2023). That starts come
/// before stops where both are allowed, which old tasks go first, that the next UNHEALTHY task
/// waits until what replaces the last is healthy (or UNHEALTHY too), and that none waits during a
/// deployment, is ASSUMPTION. Call it after the starts.
pub fn tasks_to_stop(rollout: Rollout, bounds: Bounds) -> Stop {
    let (healthy, lower, old) = (rollout.healthy(), bounds.lower, rollout.old);
    let spare = healthy.saturating_sub(lower);
    let shortage = shortage(rollout, bounds);
    let too_many = (healthy + rollout.unhealthy).saturating_sub(rollout.desired);
    let unhealthy = match rollout.has_failed {
        true => rollout.unhealthy,
        false => {
            let makes_room = shortage.min(unhealthy_at_once(rollout));
            rollout.unhealthy.min(too_many.max(makes_room))
        }
    };
    let not_healthy = old.total() - old.healthy - rollout.unhealthy;
    let old_not_healthy = match lower <= healthy {
        true => not_healthy,
        false => {
            let makes_room = shortage.saturating_sub(rollout.unhealthy);
            makes_room.min(not_healthy.saturating_sub(rollout.added))
        }
    };
    let old_healthy = old.healthy.min(spare);
    let kept = old.total() - rollout.unhealthy - old_not_healthy - old_healthy;
    let reason = match kept {
        0 => StopReason::AllOld,
        _ => StopReason::Lower {
            healthy,
            lower,
            kept,
        },
    };
    Stop {
        unhealthy,
        unhealthy_kept: rollout.unhealthy - unhealthy,
        old_not_healthy,
        old_healthy,
        new_surplus: new_surplus(rollout, spare - old_healthy),
        reason,
    }
}

/// How many UNHEALTHY tasks may stop now to make room for what replaces them.
fn unhealthy_at_once(rollout: Rollout) -> u32 {
    let on_the_way = rollout.new.total() - rollout.new.healthy + rollout.stopping;
    match (rollout.is_rolling, on_the_way) {
        (true, _) => u32::MAX,
        (false, 0) => 1,
        (false, _) => 0,
    }
}

/// How many lost tasks of the older side are to be replaced, room or not.
fn owed(rollout: Rollout, bounds: Bounds) -> u32 {
    match bounds.lower <= rollout.healthy() {
        true => 0,
        false => rollout.lost,
    }
}

/// How many of the tasks that are missing the upper bound has no room for, nor will have when what
/// still stops has stopped.
fn shortage(rollout: Rollout, bounds: Bounds) -> u32 {
    let missing = match rollout.has_failed {
        true => 0,
        false => rollout.desired.saturating_sub(rollout.new.total()),
    };
    let room = bounds.upper.saturating_sub(rollout.total());
    let wanted = missing.saturating_add(owed(rollout, bounds));
    wanted.saturating_sub(room)
}

/// Tasks of the older revision that are lost during a deployment are replaced by ones of their own
/// revision, within the upper bound and as long as the lower one is not reached without them, where
/// [`tasks_to_stop`] would stop them at once.
///
/// Source: AWS announcement of November 2025 on rolling deployments: of 4 old tasks one crashes, at
/// 200 % and with 4 new ones: 1. Call it after the new side's starts, which come first where room
/// is short (but for what a scale-out added), so that old tasks that crash again and again can't
/// hold up their own replacement (ASSUMPTION).
pub fn old_tasks_to_replace(rollout: Rollout, bounds: Bounds) -> Replace {
    let lost = rollout.lost;
    let (have, upper) = (rollout.occupied(), bounds.upper);
    let (healthy, lower) = (rollout.healthy(), bounds.lower);
    if lower <= healthy {
        return Replace {
            tasks: 0,
            reason: ReplaceReason::Enough { healthy, lower },
        };
    }
    let room = upper.saturating_sub(have);
    if lost <= room {
        return Replace {
            tasks: lost,
            reason: ReplaceReason::Lost { lost },
        };
    }
    Replace {
        tasks: room,
        reason: ReplaceReason::Upper { have, upper, lost },
    }
}

/// The new side's tasks beyond the desired count, as far as `spare` healthy ones allow.
fn new_surplus(rollout: Rollout, spare: u32) -> u32 {
    let surplus = rollout.new.total().saturating_sub(rollout.desired);
    let not_healthy = rollout.new.total() - rollout.new.healthy;
    surplus.min(not_healthy + spare)
}

/// A deployment is stuck when all its tasks are as healthy as they will be and the bounds allow
/// neither a start nor a stop: ECS says it "was unable to stop or start tasks during a deployment
/// because of the service deployment configuration".
///
/// Source: ECS developer guide, service-event-messages and container-instance-draining: at 100 %
/// and 100 % nothing is ever replaced. Tasks that may still become healthy are for the caller to
/// rule out.
pub fn is_stuck(rollout: Rollout, bounds: Bounds) -> bool {
    let stop = tasks_to_stop(rollout, bounds);
    !rollout.is_complete()
        && !rollout.has_failed
        && rollout.old.pending + rollout.new.pending + rollout.stopping == 0
        && tasks_to_start(rollout, bounds).tasks == 0
        && stop.old() + stop.new_surplus == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn up(tasks: u32) -> Side {
        Side::healthy(tasks)
    }

    fn rollout(desired: u32, old: Side, new: Side) -> Rollout {
        Rollout {
            desired,
            old,
            new,
            unhealthy: 0,
            lost: 0,
            added: 0,
            stopping: 0,
            is_rolling: true,
            has_failed: false,
        }
    }

    /// A service of `healthy` tasks of its revision, `starting` ones and UNHEALTHY ones.
    fn ailing(desired: u32, (healthy, starting, unhealthy): (u32, u32, u32)) -> Rollout {
        let new = Side {
            pending: starting,
            ..up(healthy)
        };
        let old = Side {
            healthy: 0,
            ..up(unhealthy)
        };
        Rollout {
            unhealthy,
            is_rolling: false,
            ..rollout(desired, old, new)
        }
    }

    fn percent(minimum_healthy: u32, maximum: u32) -> Percentages {
        Percentages {
            minimum_healthy,
            maximum,
        }
    }

    #[test]
    fn bounds_and_first_steps_are_as_aws_prints_them() {
        let table = [
            // desired, percentages, bounds, started first, stopped first
            (
                4,
                percent(50, 100),
                (2, 4),
                0,
                2,
                "SVC-E1, API DeploymentConfiguration; CAP-E21, UpdateContainerInstancesState",
            ),
            (
                4,
                percent(100, 200),
                (4, 8),
                4,
                0,
                "SVC-E2, deployment-type-ecs; CAP-E22, UpdateContainerInstancesState",
            ),
            (
                3,
                percent(100, 125),
                (3, 3),
                0,
                0,
                "SVC-E3, deployment-type-ecs",
            ),
            (
                4,
                percent(100, 100),
                (4, 4),
                0,
                0,
                "CAP-E23, container-instance-draining",
            ),
            (
                4,
                percent(0, 100),
                (0, 4),
                0,
                4,
                "SVC-E25, API UpdateContainerInstancesState: stop first",
            ),
        ];
        for (desired, percentages, (lower, upper), started, stopped, source) in table {
            let bounds = bounds(desired, percentages);
            assert_eq!(bounds, Bounds { lower, upper }, "{source}");
            let rollout = rollout(desired, up(desired), Side::default());
            assert_eq!(tasks_to_start(rollout, bounds).tasks, started, "{source}");
            assert_eq!(
                tasks_to_stop(rollout, bounds).old_healthy,
                stopped,
                "{source}"
            );
            assert_eq!(
                is_stuck(rollout, bounds),
                started + stopped == 0,
                "{source}"
            );
        }
    }

    #[test]
    fn six_tasks_in_a_cluster_for_eight_roll_over_by_twos() {
        // SVC-E4, service-options: 6+2, 4+2, 4+4, 2+4, 2+6, 0+6.
        let bounds = bounds(6, Percentages::default());
        let mut rollout = rollout(6, up(6), up(0));
        let mut seen = Vec::new();
        for _ in 0..4 {
            let room = 8 - rollout.total();
            let started = tasks_to_start(rollout, bounds).tasks.min(room);
            rollout.new = up(rollout.new.total() + started);
            if 0 < started {
                seen.push((rollout.old.total(), rollout.new.total()));
            }
            let stopped = tasks_to_stop(rollout, bounds).old_healthy;
            rollout.old = up(rollout.old.total() - stopped);
            if 0 < stopped {
                seen.push((rollout.old.total(), rollout.new.total()));
            }
        }
        assert!(rollout.is_complete());
        assert_eq!(seen, [(6, 2), (4, 2), (4, 4), (2, 4), (2, 6), (0, 6)]);
    }

    #[test]
    fn old_tasks_that_are_not_healthy_yet_wait_while_the_service_is_below_its_bound() {
        let bounds = bounds(4, Percentages::default());
        let starting = Side {
            pending: 1,
            running: 3,
            healthy: 0,
        };
        let step = |new| tasks_to_stop(rollout(4, starting, new), bounds).old_not_healthy;
        assert_eq!(step(up(3)), 0);
        assert_eq!(step(up(4)), 4);
    }

    #[test]
    fn old_tasks_that_are_not_healthy_yet_make_room_where_there_is_none() {
        // Eight old ones that no instance can hold, and a third revision at last: 8 at most.
        let old = Side {
            pending: 8,
            ..Side::default()
        };
        let (rollout, bounds) = (rollout(4, old, up(0)), bounds(4, Percentages::default()));
        assert_eq!(tasks_to_start(rollout, bounds).tasks, 0);
        assert_eq!(tasks_to_stop(rollout, bounds).old_not_healthy, 4);
    }

    /// What is started, and then stopped of UNHEALTHY tasks.
    fn mend(rollout: Rollout, percentages: Percentages) -> (u32, u32) {
        let bounds = bounds(rollout.desired, percentages);
        let start = tasks_to_start(rollout, bounds).tasks;
        let mut after = rollout;
        after.new.pending += start;
        (start, tasks_to_stop(after, bounds).unhealthy)
    }

    #[test]
    fn an_unhealthy_task_stays_until_a_healthy_one_is_in_its_place() {
        // ecs_services: the replacement is started first where maximumPercent has the room.
        let of = |healthy, starting, unhealthy| {
            mend(ailing(4, (healthy, starting, unhealthy)), percent(50, 200))
        };
        assert_eq!(of(3, 0, 1), (1, 0), "although 2 of 4 are enough");
        assert_eq!(of(3, 1, 1), (0, 0), "it is on its way");
        assert_eq!(of(4, 0, 1), (0, 1), "it is healthy");
        // Is the replacement UNHEALTHY, either goes, down to the desired count; the next one comes.
        assert_eq!(of(3, 0, 2), (1, 1));
    }

    #[test]
    fn an_unhealthy_task_makes_room_where_the_upper_bound_has_none() {
        // ecs_services: it is stopped, and then its replacement is started.
        for minimum_healthy in [0, 50, 100] {
            let percentages = percent(minimum_healthy, 100);
            assert_eq!(mend(ailing(4, (3, 0, 1)), percentages), (0, 1));
            assert_eq!(mend(ailing(4, (0, 2, 2)), percentages), (0, 0));
            let deployed = Rollout {
                is_rolling: true,
                ..ailing(4, (0, 2, 2))
            };
            assert_eq!(mend(deployed, percentages), (0, 2), "all at once");
        }
        let full = ailing(4, (3, 0, 1));
        let bounds = bounds(4, percent(100, 100));
        assert!(
            !is_stuck(full, bounds),
            "nothing else ever moves at 100 % and 100 %"
        );
    }

    #[test]
    fn unhealthy_tasks_make_room_one_at_a_time() {
        // ecs_services: stop one at random, start its replacement, and so on: five at 100 % each.
        let percentages = percent(100, 100);
        let bounds = bounds(5, percentages);
        let mut rollout = ailing(5, (0, 0, 5));
        for done in 0..5 {
            assert_eq!(mend(rollout, percentages), (0, 1), "{done} are replaced");
            rollout.unhealthy -= 1;
            rollout.old.running -= 1;
            rollout.stopping = 1;
            assert_eq!(mend(rollout, percentages), (0, 0), "it has not stopped");
            rollout.stopping = 0;
            assert_eq!(tasks_to_start(rollout, bounds).tasks, 1);
            rollout.new.pending = 1;
            assert_eq!(mend(rollout, percentages), (0, 0), "it is on its way");
            rollout.new = up(done + 1);
        }
        assert!(rollout.is_complete());
        // Where two have room, two start, and the others wait for them.
        assert_eq!(mend(ailing(4, (0, 0, 4)), percent(100, 150)), (2, 0));
        assert_eq!(mend(ailing(4, (2, 0, 4)), percent(100, 150)), (0, 2));
    }

    #[test]
    fn replacements_start_when_what_they_replace_has_stopped() {
        // SVC-E25, API UpdateContainerInstancesState: 4 tasks at 100 % at most. CAP-E21: at 50 %
        // two of them stop first.
        for (minimum_healthy, stopped) in [(0, 4), (50, 2)] {
            let bounds = bounds(4, percent(minimum_healthy, 100));
            let stopping = Rollout {
                stopping: stopped,
                ..rollout(4, up(4 - stopped), up(0))
            };
            let (have, upper, missing) = (4, 4, 4);
            let start = tasks_to_start(stopping, bounds);
            assert_eq!(start.tasks, 0);
            assert_eq!(
                start.reason,
                StartReason::Upper {
                    have,
                    upper,
                    missing
                }
            );
            assert_eq!(tasks_to_stop(stopping, bounds).old(), 0);
            assert!(!is_stuck(stopping, bounds), "it waits for them");
            let gone = Rollout {
                stopping: 0,
                ..stopping
            };
            assert_eq!(tasks_to_start(gone, bounds).tasks, stopped);
        }
    }

    #[test]
    fn what_a_scale_out_adds_to_the_older_side_has_room_and_keeps_it() {
        // Of 4 tasks at 150 % two new ones never become healthy; 4 to 8 desired, 3 of the added
        // ones old (`older_share`). Room for 12: 3 are the old side's, whatever the new one lacks.
        let bounds = bounds(8, percent(100, 150));
        let on_the_way = Side {
            running: 2,
            ..Side::default()
        };
        let mut scaled = Rollout {
            lost: 3,
            added: 3,
            ..rollout(8, up(4), on_the_way)
        };
        let start = tasks_to_start(scaled, bounds).tasks;
        assert_eq!(start, 3);
        scaled.new.pending += start;
        assert_eq!(old_tasks_to_replace(scaled, bounds).tasks, 3);
        (scaled.old.pending, scaled.lost) = (3, 0);
        // They are not stopped again for what the new side still lacks.
        let stop = tasks_to_stop(scaled, bounds);
        assert_eq!((stop.old_not_healthy, stop.old_healthy), (0, 0));
        // Other old ones that are not healthy are, as without a scale-out.
        (scaled.old.pending, scaled.new.pending) = (5, 1);
        assert_eq!(tasks_to_stop(scaled, bounds).old_not_healthy, 2);
    }

    #[test]
    fn a_service_without_a_healthy_task_goes_on_trying() {
        let default = Percentages::default();
        // A bad first revision: four more are tried, and then the first four go.
        assert_eq!(mend(ailing(4, (0, 0, 4)), default), (4, 0));
        assert_eq!(mend(ailing(4, (0, 0, 8)), default), (0, 4));
        // A bad second one of four, scaled out to six meanwhile: 6 have to be healthy and 4 are.
        let mut scaled = ailing(6, (0, 0, 8));
        scaled.old.running += 4;
        scaled.old.healthy += 4;
        assert_eq!(mend(scaled, default), (0, 6));
    }

    #[test]
    fn unhealthy_tasks_of_a_failed_deployment_go_at_once() {
        let mut failed = ailing(4, (0, 0, 3));
        failed.has_failed = true;
        assert_eq!(mend(failed, Percentages::default()), (0, 3));
    }

    #[test]
    fn a_lost_old_task_is_replaced_by_its_own_revision_as_far_as_there_is_room() {
        // AWS announcement, November 2025: the new ones are on their way.
        let new = Side {
            pending: 4,
            ..Side::default()
        };
        let rollout = Rollout {
            lost: 1,
            ..rollout(4, up(3), new)
        };
        let replace = |percentages| old_tasks_to_replace(rollout, bounds(4, percentages));
        let at_200 = replace(percent(100, 200));
        assert_eq!(at_200.tasks, 1);
        assert_eq!(at_200.reason, ReplaceReason::Lost { lost: 1 });
        let at_175 = replace(percent(100, 175));
        let (have, upper, lost) = (7, 7, 1);
        assert_eq!(at_175.tasks, 0);
        assert_eq!(at_175.reason, ReplaceReason::Upper { have, upper, lost });
    }

    #[test]
    fn a_lost_old_task_that_would_be_stopped_at_once_is_let_go() {
        let rollout = Rollout {
            lost: 1,
            ..rollout(4, up(1), up(3))
        };
        let replace = old_tasks_to_replace(rollout, bounds(4, Percentages::default()));
        let (healthy, lower) = (4, 4);
        assert_eq!(replace.tasks, 0);
        assert_eq!(replace.reason, ReplaceReason::Enough { healthy, lower });
    }

    #[test]
    fn a_failed_deployment_starts_nothing_and_is_not_stuck() {
        // API Deployment.rolloutState.
        let rollout = Rollout {
            has_failed: true,
            ..rollout(4, up(4), up(0))
        };
        let bounds = bounds(4, Percentages::default());
        let start = tasks_to_start(rollout, bounds);
        assert_eq!((start.tasks, start.reason), (0, StartReason::Failed));
        assert!(!is_stuck(rollout, bounds));
        let lost = Rollout {
            old: up(3),
            lost: 1,
            ..rollout
        };
        // What still serves is kept up, by its own revision.
        assert_eq!(old_tasks_to_replace(lost, bounds).tasks, 1);
    }

    #[test]
    fn a_fallen_desired_count_leaves_a_surplus_to_stop() {
        let rollout = rollout(2, up(0), up(5));
        let stop = tasks_to_stop(rollout, bounds(2, Percentages::default()));
        assert_eq!(stop.new_surplus, 3);
    }

    proptest! {
        #[test]
        fn steps_keep_the_bounds_and_end(
            desired in 1_u32..40,
            minimum_healthy in 0_u32..=100,
            maximum in 100_u32..=200,
        ) {
            let bounds = bounds(desired, percent(minimum_healthy, maximum));
            let mut rollout = rollout(desired, up(desired), up(0));
            for _ in 0..=2 * desired {
                rollout.new = up(rollout.new.total() + tasks_to_start(rollout, bounds).tasks);
                prop_assert!(rollout.total() <= bounds.upper.max(desired));
                rollout.old = up(rollout.old.total() - tasks_to_stop(rollout, bounds).old_healthy);
                prop_assert!(bounds.lower <= rollout.healthy());
            }
            prop_assert_eq!(rollout.is_complete(), !is_stuck(rollout, bounds));
            let is_rigid = bounds.lower == desired && bounds.upper == desired;
            prop_assert_eq!(is_stuck(rollout, bounds), is_rigid);
        }

        #[test]
        fn unhealthy_tasks_never_hold_a_service_up(
            desired in 1_u32..40,
            (healthy, starting, unhealthy) in (0_u32..40, 0_u32..40, 1_u32..80),
            minimum_healthy in 0_u32..=100,
            maximum in 100_u32..=200,
            is_rolling in any::<bool>(),
        ) {
            let percentages = percent(minimum_healthy, maximum);
            let mut rollout = ailing(desired, (healthy, starting, unhealthy));
            rollout.is_rolling = is_rolling;
            let bounds = bounds(desired, percentages);
            rollout.new.pending += tasks_to_start(rollout, bounds).tasks;
            let stop = tasks_to_stop(rollout, bounds);
            prop_assert_eq!(stop.unhealthy + stop.unhealthy_kept, unhealthy);
            // What is left of them has others on their way in their place.
            let tried = rollout.new.total() - rollout.new.healthy;
            prop_assert!(stop.unhealthy_kept <= desired.saturating_sub(healthy));
            prop_assert!(0 < tried || 0 < stop.unhealthy);
            let is_first = stop.unhealthy <= (healthy + unhealthy).saturating_sub(desired);
            let has_room = rollout.total() < bounds.upper;
            prop_assert!(is_first || !has_room, "start first where there is room");
        }
    }
}
