//! Clients that try again: how failures turn into more requests.

/// What retries make of one request of a user.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retried {
    /// Attempts that reach the service, per request of a user: `1 + f + f² + …`.
    pub attempts_mean: f64,
    /// The share of users' requests whose last attempt failed as well: `f^attempts_max`.
    pub failed_share: f64,
}

/// Closes the loop for attempts that fail independently with `failed_share` and are given up
/// after `attempts_max` (1: no retries). DERIVED: the retry comes within the same stretch of time.
///
/// ```
/// let r = fleetcast::policy::load::retried(0.5, 3);
/// assert_eq!(r.attempts_mean, 1.75);
/// assert_eq!(r.failed_share, 0.125);
/// ```
pub fn retried(failed_share: f64, attempts_max: u32) -> Retried {
    let failed = failed_share.clamp(0.0, 1.0);
    let (mut attempts_mean, mut reach) = (0.0, 1.0);
    for _ in 0..attempts_max.max(1) {
        attempts_mean += reach;
        reach *= failed;
    }
    Retried {
        attempts_mean,
        failed_share: reach,
    }
}

/// The same where a share of requests, `hopeless`, fails in every try, and only what else there is
/// of `failed_share` is chance: request by request a further try is the same work, so that one that
/// outlasts its time-out alone does so again.
///
/// ```
/// let r = fleetcast::policy::load::retried_same(0.01, 0.01, 3);
/// assert!((r.failed_share - 0.01).abs() < 1e-12 && (r.attempts_mean - 1.02).abs() < 1e-12);
/// ```
pub fn retried_same(failed_share: f64, hopeless: f64, attempts_max: u32) -> Retried {
    if hopeless <= 0.0 {
        return retried(failed_share, attempts_max);
    }
    let others = (1.0 - hopeless).max(1e-12);
    let chance = retried(1.0 - (1.0 - failed_share) / others, attempts_max);
    Retried {
        attempts_mean: hopeless * f64::from(attempts_max.max(1)) + others * chance.attempts_mean,
        failed_share: hopeless + others * chance.failed_share,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_failures_no_more_attempts() {
        assert_eq!(
            retried(0.0, 5),
            Retried {
                attempts_mean: 1.0,
                failed_share: 0.0
            }
        );
    }

    #[test]
    fn total_failure_uses_every_attempt() {
        assert_eq!(
            retried(1.0, 4),
            Retried {
                attempts_mean: 4.0,
                failed_share: 1.0
            }
        );
        assert_eq!(
            retried(0.3, 0),
            Retried {
                attempts_mean: 1.0,
                failed_share: 0.3
            }
        );
    }
}
