//! How fast tasks may be launched: AWS's token buckets, exact to the microsecond, and the vCPU
//! quota.

use crate::engine::time::{SimDuration, SimTime};
use crate::units::CpuUnits;

/// Tokens that come in at a steady rate and are held up to a capacity: a value, kept by whoever it
/// limits.
///
/// The level counts tokens times the refill's period in microseconds, so that no rate is rounded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TokenBucket {
    capacity: u32,
    refill: Rate,
    level: u64,
    updated: SimTime,
}

/// A number of tokens each period.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    /// Tokens that come in.
    pub tokens: u32,
    /// The time in which they come in, evenly.
    pub per: SimDuration,
}

/// A bucket's capacity and refill.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// The most tokens it holds: the burst.
    pub burst: u32,
    /// How it is refilled.
    pub refill: Rate,
}

impl Limit {
    /// A bucket that refills so many tokens a second.
    pub const fn per_second(burst: u32, tokens: u32) -> Self {
        Limit {
            burst,
            refill: Rate {
                tokens,
                per: SimDuration::from_secs(1),
            },
        }
    }
}

/// On-demand Fargate tasks of an account and Region (ECS developer guide, throttling, 2026-11;
/// newer Regions: 25, 5/s).
pub const FARGATE_ON_DEMAND: Limit = Limit::per_second(100, 20);
/// Fargate Spot tasks of an account and Region (ECS developer guide, throttling, 2026-11).
pub const FARGATE_SPOT: Limit = Limit::per_second(100, 20);
/// RunTask calls against Fargate, of up to ten tasks each (ECS developer guide, throttling,
/// 2026-11).
pub const RUN_TASK_CALLS: Limit = Limit::per_second(20, 20);
/// RunTask calls against instances: the bucket of calls that change a cluster's resources (ECS
/// developer guide, API request throttling, 2026-11).
pub const RUN_TASK_CALLS_ON_INSTANCES: Limit = Limit::per_second(100, 40);
/// Tasks that one service's scheduler launches: 500 a minute (service quotas, 2026-11; 125 in newer
/// Regions). ASSUMPTION: a bucket as the others, full at first.
pub const SERVICE_LAUNCHES: Limit = Limit {
    burst: 500,
    refill: Rate {
        tokens: 500,
        per: SimDuration::from_secs(60),
    },
};
/// The most tasks of one RunTask call (API RunTask, 2026-11).
pub const RUN_TASK_COUNT_MAX: u32 = 10;
/// vCPUs on Fargate On-Demand, and as many on Fargate Spot, that a new account may run at once
/// (service quotas, 2026).
pub const FARGATE_VCPU_QUOTA: u32 = 6;

impl TokenBucket {
    /// A full bucket.
    ///
    /// # Panics
    /// If nothing ever comes in.
    pub fn full(limit: Limit, now: SimTime) -> Self {
        assert!(0 < limit.refill.tokens, "a bucket needs a refill");
        assert!(!limit.refill.per.is_zero(), "a refill needs a period");
        TokenBucket {
            capacity: limit.burst,
            refill: limit.refill,
            level: u64::from(limit.burst) * limit.refill.per.as_micros(),
            updated: now,
        }
    }

    /// Tokens that come in each period.
    pub fn refill(&self) -> Rate {
        self.refill
    }

    /// The most tokens it holds.
    pub fn burst(&self) -> u32 {
        self.capacity
    }

    /// The same tokens in a bucket that refills so many each period: what else a rate would mean.
    #[must_use]
    pub fn with_refill(mut self, tokens: u32) -> Self {
        assert!(0 < tokens, "a bucket needs a refill");
        self.refill.tokens = tokens;
        self
    }

    /// Whole tokens there are at `now`.
    pub fn available(&self, now: SimTime) -> u32 {
        (self.level_at(now) / self.token()) as u32
    }

    /// A launch takes a token, and of `n` launches as many go ahead as there are tokens; the rest
    /// waits.
    ///
    /// Source: ECS developer guide, throttling: of a full bucket of 100 that refills 20 a second,
    /// ten RunTask calls of ten tasks launch all 100 in one second; after that 20 tasks a second.
    #[must_use = "only the granted launches may go ahead"]
    pub fn take_up_to(&mut self, now: SimTime, n: u32) -> u32 {
        let (level, token) = (self.level_at(now), self.token());
        let all = u64::from(n).saturating_mul(token);
        let (granted, taken) = match all <= level {
            true => (n, all),
            false => ((level / token) as u32, level - level % token),
        };
        self.level = level - taken;
        self.updated = self.updated.max(now);
        granted
    }

    /// When the next token is there: `now` if there is one.
    pub fn time_of_next(&self, now: SimTime) -> SimTime {
        self.time_of(now, 1)
    }

    /// When `n` tokens are there at once: `now` if they are, [`SimTime::MAX`] if the bucket never
    /// holds so many.
    pub fn time_of(&self, now: SimTime, n: u32) -> SimTime {
        if self.capacity < n {
            return SimTime::MAX;
        }
        let missing = (u64::from(n) * self.token()).saturating_sub(self.level_at(now));
        let wait = missing.div_ceil(u64::from(self.refill.tokens));
        now.max(self.updated)
            .saturating_add(SimDuration::from_micros(wait))
    }

    /// Tokens that would be there at `until` had all of them been taken as they came, beyond those
    /// there are at `now`: however small the bucket is.
    pub fn come_in(&self, now: SimTime, until: SimTime) -> u64 {
        let rest = self.level_at(now) % self.token();
        let more = until.since(now).as_micros();
        let more = more.saturating_mul(u64::from(self.refill.tokens));
        rest.saturating_add(more) / self.token()
    }

    /// When so many tokens have come in after `now`, all of them taken as they came.
    pub fn after(&self, now: SimTime, tokens: u64) -> SimTime {
        let rest = self.level_at(now) % self.token();
        let missing = tokens.saturating_mul(self.token()).saturating_sub(rest);
        let wait = missing.div_ceil(u64::from(self.refill.tokens));
        now.saturating_add(SimDuration::from_micros(wait))
    }

    /// Level units that make one token.
    fn token(&self) -> u64 {
        self.refill.per.as_micros()
    }

    fn level_at(&self, now: SimTime) -> u64 {
        let elapsed = now.since(self.updated).as_micros();
        let come_in = elapsed.saturating_mul(u64::from(self.refill.tokens));
        let full = u64::from(self.capacity) * self.token();
        self.level.saturating_add(come_in).min(full)
    }
}

/// What the vCPU quota says to one more task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub struct VcpuAnswer {
    /// Whether the task may be launched.
    pub is_allowed: bool,
    /// CPU units in use if it is: what the quota has to be at least.
    pub needed_cpu_units: u64,
    /// Whether that is more than the default quota of a new account.
    pub exceeds_default: bool,
}

/// A Fargate task may be launched while the vCPUs of all, with it, are within the account's quota;
/// a quota that is `None` counts as raised, and only the need is told.
///
/// Source: service quotas: 6 vCPUs by default, On-Demand and Spot apart; the seventh task of 1 vCPU
/// waits.
pub fn vcpu_quota(quota_vcpus: Option<u32>, in_use_cpu_units: u64, task: CpuUnits) -> VcpuAnswer {
    let units = |vcpus: u32| u64::from(vcpus) * u64::from(CpuUnits::PER_VCPU);
    let needed_cpu_units = in_use_cpu_units + u64::from(task.0);
    VcpuAnswer {
        is_allowed: quota_vcpus.is_none_or(|quota| needed_cpu_units <= units(quota)),
        needed_cpu_units,
        exceeds_default: units(FARGATE_VCPU_QUOTA) < needed_cpu_units,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn millis(millis: u64) -> SimTime {
        SimTime::from_micros(millis * 1_000)
    }

    #[test]
    fn a_full_fargate_bucket_launches_100_at_once_and_then_20_a_second() {
        // CAP-E20, developer guide, throttling.
        let mut bucket = TokenBucket::full(FARGATE_ON_DEMAND, SimTime::ZERO);
        let first: Vec<u32> = (0..10)
            .map(|call| bucket.take_up_to(millis(call * 50), RUN_TASK_COUNT_MAX))
            .collect();
        assert_eq!(first, [10; 10], "ten calls within one second");
        let mut bucket = TokenBucket::full(FARGATE_ON_DEMAND, SimTime::ZERO);
        assert_eq!(bucket.take_up_to(SimTime::ZERO, 1_000), 100);
        let later: Vec<u32> = (1..5)
            .map(|second| bucket.take_up_to(SimTime::from_secs(second), 1_000))
            .collect();
        assert_eq!(later, [20; 4]);
    }

    #[test]
    fn the_next_token_comes_when_it_is_due_to_the_microsecond() {
        let mut bucket = TokenBucket::full(SERVICE_LAUNCHES, SimTime::ZERO);
        assert_eq!(bucket.time_of_next(SimTime::ZERO), SimTime::ZERO);
        assert_eq!(bucket.take_up_to(SimTime::ZERO, 500), 500);
        assert_eq!(bucket.time_of_next(SimTime::ZERO), millis(120));
        assert_eq!(bucket.time_of(SimTime::ZERO, 500), SimTime::from_secs(60));
        assert_eq!(bucket.time_of(SimTime::ZERO, 501), SimTime::MAX);
        assert_eq!(bucket.take_up_to(SimTime::from_micros(119_999), 1), 0);
        assert_eq!(bucket.take_up_to(millis(120), 1), 1);
    }

    #[test]
    fn the_vcpu_quota_counts_the_need_even_where_it_is_raised() {
        let vcpu = CpuUnits(1_024);
        let table = [
            (Some(6), 5 * 1_024, (true, false)),
            (Some(6), 6 * 1_024, (false, true)),
            (None, 6 * 1_024, (true, true)),
        ];
        for (quota, in_use, (is_allowed, exceeds_default)) in table {
            let expected = VcpuAnswer {
                is_allowed,
                needed_cpu_units: in_use + 1_024,
                exceeds_default,
            };
            assert_eq!(vcpu_quota(quota, in_use, vcpu), expected);
        }
    }

    proptest! {
        #[test]
        fn grants_never_exceed_burst_and_refill(
            steps in prop::collection::vec((0_u64..5_000_000, 0_u32..200), 1..40),
            burst in 1_u32..150,
            tokens in 1_u32..50,
        ) {
            let mut bucket = TokenBucket::full(Limit::per_second(burst, tokens), SimTime::ZERO);
            let (mut now, mut granted) = (0, 0_u64);
            for (wait, wanted) in steps {
                now += wait;
                granted += u64::from(bucket.take_up_to(SimTime::from_micros(now), wanted));
                let most = u64::from(burst) * 1_000_000 + now * u64::from(tokens);
                prop_assert!(granted * 1_000_000 <= most);
            }
        }

        #[test]
        fn the_announced_time_is_the_first_with_a_token(
            at in 0_u64..10_000_000,
            tokens in 1_u32..50,
        ) {
            let mut bucket = TokenBucket::full(Limit::per_second(7, tokens), SimTime::ZERO);
            let now = SimTime::from_micros(at);
            prop_assert_eq!(bucket.take_up_to(now, 7), 7);
            let next = bucket.time_of_next(now);
            prop_assert_eq!(bucket.available(next), 1);
            prop_assert_eq!(bucket.available(SimTime::from_micros(next.as_micros() - 1)), 0);
        }
    }
}
