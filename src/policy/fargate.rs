//! Fargate's own rules: spread over zones, the end of a Spot task, and the interval that is billed.

use crate::engine::time::{SimDuration, SimTime};

/// The shortest `stopTimeout` on Fargate (API ContainerDefinition, 2026-11).
pub const STOP_TIMEOUT_MIN_S: u64 = 2;
/// The longest `stopTimeout` on Fargate: Spot's two minutes of notice (API ContainerDefinition,
/// 2026-11).
pub const STOP_TIMEOUT_MAX_S: u64 = 120;
/// From the notice that Spot takes a task back until it is gone, however many of its containers
/// wait for each other to stop (ECS developer guide, fargate-capacity-providers, 2026-11).
pub const SPOT_NOTICE: SimDuration = SimDuration::from_secs(120);
/// The least a Linux task is billed for (AWS Fargate pricing, 2026-10).
pub const BILLED_SECONDS_MIN: u64 = 60;

/// A container that does not end by itself is killed `stopTimeout` after SIGTERM, also when Spot
/// takes it back.
///
/// Source: ECS developer guide, fargate-capacity-providers: reclaimed at t, SIGTERM comes at t and
/// SIGKILL at t + 30 s by default, at t + 120 s at most; not after the two minutes of notice.
pub fn sigkill_at(sigterm_at: SimTime, stop_timeout: SimDuration) -> SimTime {
    sigterm_at.saturating_add(stop_timeout)
}

/// When a container's process is gone: when it ends by itself after SIGTERM, or when it is killed.
pub fn execution_stopped_at(
    sigterm_at: SimTime,
    ends_in: SimDuration,
    stop_timeout: SimDuration,
) -> SimTime {
    sigterm_at
        .saturating_add(ends_in)
        .min(sigkill_at(sigterm_at, stop_timeout))
}

/// A task is billed from the start of its image pull until it has stopped, by the second, rounded
/// up, for a minute at least; waiting for capacity is free, the grace before SIGKILL is not.
///
/// Source: AWS Fargate pricing: a task that ran 20 s, pull included, is billed 60 s.
pub fn billed_seconds(pull_started_at: SimTime, stopped_at: SimTime) -> u64 {
    let micros = stopped_at.since(pull_started_at).as_micros();
    micros.div_ceil(1_000_000).max(BILLED_SECONDS_MIN)
}

/// What a task does whose zone has no capacity at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum WhenZoneRefuses {
    /// It is placed in another zone that has capacity. ASSUMPTION: the spread over zones is best
    /// effort.
    #[default]
    TryOthers,
    /// It waits for the zone that the spread picked.
    Wait,
}

/// The zone of the next task, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct ZoneChoice {
    /// The index of the zone among the counts.
    pub zone: usize,
    /// Tasks of the service on this provider it has already.
    pub tasks: u32,
    /// How many zones with fewer tasks, or as many and earlier in order, refused.
    pub refused: u32,
}

/// A task goes to the zone with the fewest tasks of its service on the same provider; a zone that
/// refuses is passed over, or waited for, as `when_refused` says.
///
/// Source: ECS developer guide, service-rebalancing: Fargate spreads tasks over zones by itself,
/// On-Demand and Spot apart: `[2, 1, 1]` gets its next one in the second zone. Ties go by the order
/// of the zones (ASSUMPTION). `None`: no zone takes it now.
///
/// # Panics
/// If the two slices differ in length.
pub fn zone_for_task(
    counts_by_zone: &[u32],
    refuses: &[bool],
    when_refused: WhenZoneRefuses,
) -> Option<ZoneChoice> {
    assert_eq!(counts_by_zone.len(), refuses.len(), "one answer per zone");
    let fewest = |open_only: bool| {
        (0..counts_by_zone.len())
            .filter(|&zone| !open_only || !refuses[zone])
            .min_by_key(|&zone| counts_by_zone[zone])
    };
    let zone = match when_refused {
        WhenZoneRefuses::Wait => fewest(false).filter(|&zone| !refuses[zone])?,
        WhenZoneRefuses::TryOthers => fewest(true)?,
    };
    let before = |&other: &usize| (counts_by_zone[other], other) < (counts_by_zone[zone], zone);
    Some(ZoneChoice {
        zone,
        tasks: counts_by_zone[zone],
        refused: (0..counts_by_zone.len()).filter(before).count() as u32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_reclaimed_task_is_killed_after_its_stop_timeout() {
        // CAP-E30, fargate-capacity-providers.
        let t = SimTime::from_secs(1_000);
        let default = SimDuration::from_secs(30);
        let longest = SimDuration::from_secs(STOP_TIMEOUT_MAX_S);
        assert_eq!(sigkill_at(t, default), SimTime::from_secs(1_030));
        assert_eq!(sigkill_at(t, longest), SimTime::from_secs(1_120));
        let ended = |seconds| execution_stopped_at(t, SimDuration::from_secs(seconds), default);
        assert_eq!(ended(3), SimTime::from_secs(1_003));
        assert_eq!(ended(300), SimTime::from_secs(1_030));
    }

    #[test]
    fn seconds_are_billed_rounded_up_and_a_minute_at_least() {
        let table = [
            (20_000_000, 60, "CAP-E29, AWS Fargate pricing"),
            (60_000_000, 60, "exactly the minimum"),
            (60_000_001, 61, "rounded up"),
            (3_600_000_000, 3_600, "an hour"),
        ];
        for (micros, expected, source) in table {
            let start = SimTime::from_micros(123);
            let stop = start + SimDuration::from_micros(micros);
            assert_eq!(billed_seconds(start, stop), expected, "{source}");
        }
    }

    #[test]
    fn tasks_spread_to_the_emptiest_zone_that_takes_them() {
        let pick = |counts: &[u32], refuses: &[bool], when| {
            zone_for_task(counts, refuses, when).map(|choice| (choice.zone, choice.refused))
        };
        let (others, wait) = (WhenZoneRefuses::TryOthers, WhenZoneRefuses::Wait);
        assert_eq!(
            pick(&[2, 1, 1], &[false; 3], others),
            Some((1, 0)),
            "service-rebalancing"
        );
        assert_eq!(
            pick(&[2, 1, 1], &[false, true, false], others),
            Some((2, 1))
        );
        assert_eq!(pick(&[2, 1, 1], &[false, true, true], others), Some((0, 2)));
        assert_eq!(pick(&[2, 1, 1], &[false, true, false], wait), None);
        assert_eq!(pick(&[2, 1, 1], &[true; 3], others), None);
    }

    proptest! {
        #[test]
        fn open_zones_stay_within_one_task_of_each_other(zones in 1_usize..7, tasks in 0_u32..60) {
            let mut counts = vec![0; zones];
            for _ in 0..tasks {
                let open = vec![false; zones];
                let choice = zone_for_task(&counts, &open, WhenZoneRefuses::TryOthers);
                counts[choice.unwrap().zone] += 1;
            }
            let (fewest, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            prop_assert!(most - fewest <= 1);
        }
    }
}
