//! When the ECS agent removes the image of tasks that are over from an instance.
//!
//! Source: amazon-ecs-agent's README, "automated task and image cleanup" (2026-11): containers of
//! stopped tasks are kept for `ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION`; every
//! `ECS_IMAGE_CLEANUP_INTERVAL` images go that no container uses and that were pulled at least
//! `ECS_IMAGE_MINIMUM_CLEANUP_AGE` ago. Without effect under `prefer-cached`, and with
//! `ECS_DISABLE_IMAGE_CLEANUP`. ASSUMPTION: the intervals are counted from the instance's
//! registration, and all such images go at once (the agent takes five at a time).

use crate::engine::time::{SimDuration, SimTime};

/// The agent's settings for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ImageCleanup {
    /// `ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION`: how long containers of a stopped task are kept.
    pub task_wait: SimDuration,
    /// `ECS_IMAGE_CLEANUP_INTERVAL`: how often the agent looks for images that may go.
    pub interval: SimDuration,
    /// `ECS_IMAGE_MINIMUM_CLEANUP_AGE`: how long ago an image was pulled that may go.
    pub minimum_age: SimDuration,
}

impl ImageCleanup {
    /// Where nothing is set.
    pub const DEFAULT: ImageCleanup = ImageCleanup {
        task_wait: SimDuration::from_secs(3 * 3_600),
        interval: SimDuration::from_secs(1_800),
        minimum_age: SimDuration::from_secs(3_600),
    };
    /// The least that the agent takes; below it, its default applies (amazon-ecs-agent's
    /// configuration, 2026-11).
    pub const LEAST: ImageCleanup = ImageCleanup {
        task_wait: SimDuration::from_secs(60),
        interval: SimDuration::from_secs(600),
        minimum_age: SimDuration::from_micros(1),
    };

    /// When an image goes that was pulled on an instance whose agent runs since `began`, if the
    /// last task with it stopped at `left` and none comes.
    pub fn removed_at(&self, began: SimTime, pulled: SimTime, left: SimTime) -> SimTime {
        let unused = left.saturating_add(self.task_wait);
        let old = pulled.saturating_add(self.minimum_age);
        let earliest = unused.max(old).max(began);
        let interval = self.interval.max(Self::LEAST.interval).as_micros();
        let passed = earliest.since(began).as_micros().div_ceil(interval);
        began.saturating_add(SimDuration::from_micros(passed.saturating_mul(interval)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: u64) -> SimTime {
        SimTime::from_secs(60 * minutes)
    }

    #[test]
    fn an_image_goes_at_the_half_hour_after_its_containers() {
        let check = |pulled, left, expected| {
            let removed = ImageCleanup::DEFAULT.removed_at(at(10), at(pulled), at(left));
            assert_eq!(removed, at(expected));
        };
        // The container goes at 195, the next half hour after registration is 220.
        check(12, 15, 220);
        // At 190 to the minute.
        check(9, 10, 190);
        // Pulled too lately: at 260, the next one is 280.
        check(200, 12, 280);
    }

    #[test]
    fn every_setting_moves_it() {
        let minutes = |minutes: u64| SimDuration::from_secs(60 * minutes);
        let settings = |wait, interval, age| ImageCleanup {
            task_wait: minutes(wait),
            interval: minutes(interval),
            minimum_age: minutes(age),
        };
        let removed = |it: ImageCleanup| it.removed_at(at(10), at(12), at(15));
        // Containers go at 16, images from 13 on: the first look after it is at 20.
        assert_eq!(removed(settings(1, 10, 1)), at(20));
        assert_eq!(removed(settings(10, 10, 1)), at(30));
        assert_eq!(removed(settings(1, 25, 1)), at(35));
        assert_eq!(removed(settings(1, 10, 40)), at(60));
    }
}
