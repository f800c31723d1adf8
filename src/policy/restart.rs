//! Restart policies: whether a container that ended is started again within its task.

use crate::engine::time::SimDuration;

/// `restartAttemptPeriod` where a policy gives none, in seconds (API ContainerRestartPolicy,
/// 2026-11).
pub const PERIOD_DEFAULT_S: u64 = 300;
/// The shortest `restartAttemptPeriod`, in seconds (API ContainerRestartPolicy, 2026-11).
pub const PERIOD_MIN_S: u64 = 60;
/// The longest `restartAttemptPeriod`, in seconds (API ContainerRestartPolicy, 2026-11).
pub const PERIOD_MAX_S: u64 = 1_800;
/// The most `ignoredExitCodes` (API ContainerRestartPolicy, 2026-11).
pub const IGNORED_MAX: usize = 50;

/// A container's `restartPolicy` that is enabled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RestartPolicy {
    /// `restartAttemptPeriod`.
    pub period: SimDuration,
    /// `ignoredExitCodes`: a bit for each of 0 to 255.
    ignored: [u64; 4],
}

/// What becomes of a container that ended, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RestartReason {
    /// It is started again in its task.
    Restarts,
    /// It has no policy, or one that is not enabled.
    NoPolicy,
    /// Its exit code is one that the policy ignores.
    IgnoredExitCode,
    /// It had not run for the policy's period since it was last started.
    TooSoon,
}

impl RestartPolicy {
    /// A policy with this period that leaves these exit codes, 0 to 255, alone.
    pub fn new(period: SimDuration, codes: impl IntoIterator<Item = u8>) -> Self {
        let mut ignored = [0; 4];
        for code in codes {
            ignored[usize::from(code / 64)] |= 1 << (code % 64);
        }
        RestartPolicy { period, ignored }
    }

    /// Whether it leaves an exit code alone.
    pub fn ignores(&self, code: i32) -> bool {
        u8::try_from(code)
            .is_ok_and(|code| self.ignored[usize::from(code / 64)] >> (code % 64) & 1 == 1)
    }
}

/// A container that ends is started again in its task, whatever its exit code, unless the policy
/// ignores that, or it had not run for the policy's period: so it is restarted once a period at
/// most.
///
/// Source: API ContainerRestartPolicy: a container that exits before restartAttemptPeriod (300 s by
/// default) is not restarted. `ran` is how long it ran since it was last started.
pub fn restart(policy: Option<&RestartPolicy>, exit_code: i32, ran: SimDuration) -> RestartReason {
    match policy {
        None => RestartReason::NoPolicy,
        Some(policy) if policy.ignores(exit_code) => RestartReason::IgnoredExitCode,
        Some(policy) if ran < policy.period => RestartReason::TooSoon,
        Some(_) => RestartReason::Restarts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_restarted_once_a_period_unless_its_exit_code_is_ignored() {
        let s = SimDuration::from_secs;
        let by_default = RestartPolicy::new(s(PERIOD_DEFAULT_S), []);
        let ignoring = RestartPolicy::new(s(60), [0, 3, 255]);
        // API ContainerRestartPolicy: no exit code is ignored by default.
        let rows = [
            (Some(&by_default), 1, 300, RestartReason::Restarts),
            (Some(&by_default), 0, 301, RestartReason::Restarts),
            (Some(&by_default), 137, 299, RestartReason::TooSoon),
            (Some(&ignoring), 0, 900, RestartReason::IgnoredExitCode),
            (Some(&ignoring), 255, 900, RestartReason::IgnoredExitCode),
            (Some(&ignoring), 3, 10, RestartReason::IgnoredExitCode),
            (Some(&ignoring), 1, 60, RestartReason::Restarts),
            (Some(&ignoring), -1, 60, RestartReason::Restarts),
            (None, 1, 900, RestartReason::NoPolicy),
        ];
        for (policy, code, ran, expected) in rows {
            assert_eq!(
                restart(policy, code, s(ran)),
                expected,
                "{code} after {ran} s"
            );
        }
    }
}
