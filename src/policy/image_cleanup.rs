//! When the ECS agent removes the image of tasks that are over from an instance.
//!
//! Source: amazon-ecs-agent's README, "automated task and image cleanup" (2026-11): containers of
//! stopped tasks are kept for `ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION`; every
//! `ECS_IMAGE_CLEANUP_INTERVAL` images go that no container uses and that were pulled at least
//! `ECS_IMAGE_MINIMUM_CLEANUP_AGE` ago. Without effect under `prefer-cached`, and with
//! `ECS_DISABLE_IMAGE_CLEANUP`. ASSUMPTION: the intervals are counted from the instance's
//! registration, and all such images go at once (the agent takes five at a time).

use crate::engine::time::{SimDuration, SimTime};

/// `ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION` where it is not set.
pub const TASK_CLEANUP_WAIT: SimDuration = SimDuration::from_secs(3 * 3_600);
/// `ECS_IMAGE_CLEANUP_INTERVAL` where it is not set.
pub const INTERVAL: SimDuration = SimDuration::from_secs(1_800);
/// `ECS_IMAGE_MINIMUM_CLEANUP_AGE` where it is not set.
pub const MINIMUM_AGE: SimDuration = SimDuration::from_secs(3_600);

/// When an image goes that was pulled on an instance whose agent runs since `began`, if the last
/// task with it stopped at `left` and none comes.
pub fn removed_at(began: SimTime, pulled: SimTime, left: SimTime) -> SimTime {
    let unused = left.saturating_add(TASK_CLEANUP_WAIT);
    let earliest = unused.max(pulled.saturating_add(MINIMUM_AGE)).max(began);
    let interval = INTERVAL.as_micros();
    let passed = earliest.since(began).as_micros().div_ceil(interval);
    began.saturating_add(SimDuration::from_micros(passed.saturating_mul(interval)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_goes_at_the_half_hour_after_its_containers() {
        let at = |minutes: u64| SimTime::from_secs(60 * minutes);
        let check = |pulled, left, expected| {
            assert_eq!(removed_at(at(10), at(pulled), at(left)), at(expected));
        };
        // The container goes at 195, the next half hour after registration is 220.
        check(12, 15, 220);
        // At 190 to the minute.
        check(9, 10, 190);
        // Pulled too lately: at 260, the next one is 280.
        check(200, 12, 280);
    }
}
