//! Services that call services: what a caller feels of those that it calls, how far requests
//! multiply along calls, and which tasks a caller knows.
//!
//! A caller's slot is held while its calls run, one after the other: its requests take longer by
//! what its calls take, and fail where a call fails that it cannot do without.

/// What one try of a call meets, or all that a request's calls meet together.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Felt {
    /// Mean time it takes, seconds.
    pub mean_s: f64,
    /// The variance of that time, square seconds.
    pub variance_s2: f64,
    /// The share that fails, 0 to 1.
    pub failed_share: f64,
}

/// How one service calls another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CallTerms {
    /// Calls of a request, mean: the whole part always, the rest as a chance of one more.
    pub per_request: f64,
    /// After how many seconds the caller gives a try up; `None`: never.
    pub timeout_s: Option<f64>,
    /// Tries after one that failed.
    pub retries: u32,
    /// Whether the caller's own request fails with it.
    pub is_vital: bool,
}

impl CallTerms {
    /// Tries that a call takes, on average, if each fails with this chance: `(1 − pⁿ)/(1 − p)`.
    ///
    /// ```
    /// # use fleetcast::policy::calls::CallTerms;
    /// let terms = CallTerms { per_request: 1.0, timeout_s: None, retries: 2, is_vital: true };
    /// assert_eq!(terms.tries_mean(0.0), 1.0);
    /// assert_eq!(terms.tries_mean(0.5), 1.75);
    /// assert_eq!(terms.tries_mean(1.0), 3.0);
    /// ```
    #[must_use]
    pub fn tries_mean(&self, failed_share: f64) -> f64 {
        let failed = failed_share.clamp(0.0, 1.0);
        let (mut chance, mut mean) = (1.0, 0.0);
        for _ in 0..=self.retries {
            mean += chance;
            chance *= failed;
        }
        mean
    }

    /// What a request feels of all its calls of this kind.
    ///
    /// Time: Wald's identities over the tries (mean `E[N]·m`, variance `E[N]·v + Var[N]·m²`) and
    /// over the calls. A call that fails ends the request, if it cannot do without.
    #[must_use]
    pub fn felt(&self, each: Felt) -> Felt {
        let failed = each.failed_share.clamp(0.0, 1.0);
        let mean_s = self.timeout_s.map_or(each.mean_s, |it| it.min(each.mean_s));
        let tries = self.tries_mean(failed);
        let (mut chance, mut square) = (1.0, 0.0);
        for made in 0..=self.retries {
            // E[N²] = Σ (2n + 1)·P(N > n)
            square += chance * f64::from(2 * made + 1);
            chance *= failed;
        }
        let call_mean = tries * mean_s;
        let spread = (square - tries * tries).max(0.0) * mean_s * mean_s;
        // Between 0 and the time-out no law of this mean varies more (Bhatia and Davis).
        let room = self
            .timeout_s
            .map_or(f64::INFINITY, |it| mean_s * (it - mean_s));
        let call_variance = tries * each.variance_s2.min(room) + spread;
        let part = self.per_request - libm::floor(self.per_request);
        let lost = self.lost_share(failed);
        let (made, reached) = self.made(lost);
        let intact = reached * (1.0 - part * lost);
        Felt {
            mean_s: made * call_mean,
            variance_s2: made * call_variance + part * (1.0 - part) * call_mean * call_mean,
            failed_share: 1.0 - intact,
        }
    }

    /// The chance that one call ends its request.
    fn lost_share(&self, failed: f64) -> f64 {
        let all_failed = libm::pow(failed, f64::from(self.retries + 1));
        if self.is_vital { all_failed } else { 0.0 }
    }

    /// Calls that a request makes, each ending it with the chance `lost`; and the chance that it
    /// gets through those that it makes always.
    fn made(&self, lost: f64) -> (f64, f64) {
        let whole = libm::floor(self.per_request);
        let (mut made, mut reached, mut left) = (0.0, 1.0, whole);
        while 0.0 < left && 1e-12 < reached {
            made += reached;
            reached *= 1.0 - lost;
            left -= 1.0;
        }
        (made + (self.per_request - whole) * reached, reached)
    }

    /// Tries that a request makes at the service it calls, on average, each failing with this
    /// chance.
    #[must_use]
    pub fn tries_per_request(&self, failed_share: f64) -> f64 {
        let failed = failed_share.clamp(0.0, 1.0);
        self.made(self.lost_share(failed)).0 * self.tries_mean(failed)
    }
}

impl Felt {
    /// Both one after the other: times add up, and a failure of either is one of both.
    #[must_use]
    pub fn then(self, next: Felt) -> Felt {
        Felt {
            mean_s: self.mean_s + next.mean_s,
            variance_s2: self.variance_s2 + next.variance_s2,
            failed_share: 1.0 - (1.0 - self.failed_share) * (1.0 - next.failed_share),
        }
    }

    /// The coefficient of variation of a request that works for `own_s` itself, with `own_cv`, and
    /// feels this beside it.
    #[must_use]
    pub fn cv_with(&self, own_s: f64, own_cv: f64) -> f64 {
        let mean = own_s + self.mean_s;
        if mean <= 0.0 {
            return own_cv;
        }
        let own = own_cv * own_s;
        libm::sqrt(own * own + self.variance_s2) / mean
    }
}

/// The most addresses that Cloud Map answers with, MULTIVALUE.
///
/// Source: AWS Cloud Map API reference, DnsConfig, `RoutingPolicy` ("up to eight healthy
/// instances").
pub const ANSWER_MAX: u32 = 8;

/// How many addresses an answer has (SVC-E26: ten healthy instances, eight addresses).
#[must_use]
pub fn answered(healthy: u32) -> u32 {
    healthy.min(ANSWER_MAX)
}

/// How many of `healthy` tasks at least one of `callers` knows, each with an answer of its own:
/// `N·(1 − (1 − a/N)^C)`, rounded.
#[must_use]
pub fn reached(healthy: u32, callers: u32) -> u32 {
    if healthy <= ANSWER_MAX || callers == 0 {
        return healthy;
    }
    let all = f64::from(healthy);
    let unknown = 1.0 - f64::from(answered(healthy)) / all;
    let known = all * (1.0 - libm::pow(unknown, f64::from(callers)));
    (libm::round(known) as u32).clamp(ANSWER_MAX, healthy)
}

/// How unevenly the load of `callers`, each with an answer of its own, lies on those of `healthy`
/// tasks that at least one of them knows: the coefficient of variation over these.
///
/// A task is known to K callers, binomial of `callers` tries with chance `8/N`, given that it is
/// known at all. ASSUMPTION: all callers ask as much, and a time to live is long against how long
/// a queue takes to build up.
///
/// ```
/// # use fleetcast::policy::calls::unevenness;
/// // Who gets all addresses, asks all alike; a single caller's eight are asked alike as well.
/// assert_eq!(unevenness(8, 2), 0.0);
/// assert!(unevenness(20, 1) < 1e-6);
/// // Two callers: of 20 tasks 3.2 know both, 9.6 one of them.
/// assert!((unevenness(20, 2) - 0.3464).abs() < 1e-4);
/// ```
#[must_use]
pub fn unevenness(healthy: u32, callers: u32) -> f64 {
    if healthy <= ANSWER_MAX || callers == 0 {
        return 0.0;
    }
    let chance = f64::from(answered(healthy)) / f64::from(healthy);
    let callers = f64::from(callers);
    let known = 1.0 - libm::pow(1.0 - chance, callers);
    let square = known * (1.0 + (1.0 - chance) / (callers * chance)) - 1.0;
    libm::sqrt(square.max(0.0))
}

/// Fewer callers than this renew their answers too unevenly for a mean: what n of them go by
/// old answers for, each for a uniform part of the time to live, varies by `1/√(3n)`.
const CALLERS_FEW: u32 = 34;

/// Whether what callers meet while their answers are old is chance: within 10 %.
#[must_use]
pub fn is_chance_while_old(callers: u32) -> bool {
    0 < callers && callers < CALLERS_FEW
}

/// How far above the mean the load of those goes who get the most: two standard deviations.
pub const PEAK_DEVIATIONS: f64 = 2.0;
/// Load that is uneven is felt where it makes responses this much longer at its peak.
pub const UNEVEN_FELT: f64 = 1.05;

/// After so many seconds a Service Connect proxy gives a request up, unless told otherwise.
/// ASSUMPTION: a public repository that cites the ECS developer guide, 2026-11.
pub const PROXY_TIMEOUT_S: f64 = 15.0;
/// So often it tries a request again. ASSUMPTION: as [`PROXY_TIMEOUT_S`].
pub const PROXY_RETRIES: u32 = 2;

/// Memory that a Service Connect proxy takes of its task, MiB.
/// Source: Amazon ECS developer guide, "Service Connect", task definitions ("at least 64 MiB").
pub const PROXY_MEMORY_MIB: f64 = 64.0;

/// An address at which nobody answers any more takes so many seconds to fail, where a call has no
/// time-out. ASSUMPTION: clients' usual time-outs of a connection are 1 to 10 s.
pub const CONNECT_S: f64 = 3.0;

/// One service calls another so often a request: positions of both, and the mean.
pub type Edge = (usize, usize, f64);

/// Rounds after which requests that still multiply are taken to do so for ever.
const ROUNDS_MAX: usize = 10_000;
/// A rest of further calls this small is none.
const REST_MIN: f64 = 1e-12;

/// A way from a service back to itself along which a request makes one call or more of itself: the
/// services on it, each once; `None` if there is none.
///
/// Bellman and Ford on the logarithms: a cycle whose product is 1 or more is one of length 0 or
/// more.
#[must_use]
pub fn amplifying_cycle(count: usize, edges: &[Edge]) -> Option<Vec<usize>> {
    let live = edges.iter().filter(|edge| 0.0 < edge.2);
    let live: Vec<Edge> = live.copied().collect();
    // So that a product of exactly 1 is found as well, for all the rounding.
    let gain = |edge: &Edge| libm::log(edge.2) + 1e-12;
    let mut best = vec![0.0; count];
    let mut from: Vec<Option<usize>> = vec![None; count];
    let mut improved = None;
    for _ in 0..=count {
        improved = None;
        for edge in &live {
            let reached = best[edge.0] + gain(edge);
            if best[edge.1] + 1e-15 < reached {
                best[edge.1] = reached;
                from[edge.1] = Some(edge.0);
                improved = Some(edge.1);
            }
        }
        improved?;
    }
    // As many steps back as there are services end on the cycle.
    let mut at = improved?;
    for _ in 0..count {
        at = from[at]?;
    }
    let mut cycle = vec![at];
    let mut before = from[at]?;
    while before != at && cycle.len() <= count {
        cycle.push(before);
        before = from[before]?;
    }
    cycle.reverse();
    Some(cycle)
}

/// Requests a second at each service if `own` are asked from outside and every call is made once;
/// `None` if they multiply without end, which several cycles can do together.
#[must_use]
pub fn visits(own: &[f64], edges: &[Edge]) -> Option<Vec<f64>> {
    let mut total = own.to_vec();
    let mut newest = own.to_vec();
    for _ in 0..ROUNDS_MAX {
        let mut next = vec![0.0; own.len()];
        for (caller, callee, per_request) in edges {
            next[*callee] += newest[*caller] * per_request;
        }
        let rest: f64 = next.iter().sum();
        if rest <= REST_MIN {
            return Some(total);
        }
        for (sum, more) in total.iter_mut().zip(&next) {
            *sum += more;
        }
        newest = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(per_request: f64, retries: u32) -> CallTerms {
        CallTerms {
            per_request,
            timeout_s: None,
            retries,
            is_vital: true,
        }
    }

    #[test]
    fn two_calls_and_a_half_take_as_long_and_fail_as_often() {
        let each = Felt {
            mean_s: 0.1,
            variance_s2: 0.01,
            failed_share: 0.0,
        };
        let felt = terms(2.5, 0).felt(each);
        assert!((felt.mean_s - 0.25).abs() < 1e-12);
        // 2.5 calls of variance 0.01, and whether there is a third: 0.25 · 0.1².
        assert!((felt.variance_s2 - 0.0275).abs() < 1e-12);
        assert_eq!(felt.failed_share, 0.0);
        let each = Felt {
            failed_share: 0.1,
            ..each
        };
        let felt = terms(2.5, 0).felt(each);
        assert!((felt.failed_share - (1.0 - 0.81 * 0.95)).abs() < 1e-12);
        // A request that has failed calls nobody any more: 1 + 0.9 + 0.5 · 0.81.
        assert!((felt.mean_s - 0.2305).abs() < 1e-12);
        let spared = CallTerms {
            is_vital: false,
            ..terms(2.5, 0)
        };
        assert_eq!(spared.felt(each).failed_share, 0.0);
    }

    #[test]
    fn further_tries_make_failures_rarer_and_longer() {
        let each = Felt {
            mean_s: 0.1,
            variance_s2: 0.0,
            failed_share: 0.1,
        };
        let felt = terms(1.0, 2).felt(each);
        assert!((felt.failed_share - 0.001).abs() < 1e-12);
        assert!((felt.mean_s - 0.111).abs() < 1e-12);
        let impatient = CallTerms {
            timeout_s: Some(0.05),
            ..terms(1.0, 0)
        };
        let felt = impatient.felt(each);
        assert_eq!((felt.mean_s, felt.variance_s2), (0.05, 0.0));
        let varied = Felt {
            mean_s: 0.02,
            variance_s2: 1.0,
            ..each
        };
        assert!((impatient.felt(varied).variance_s2 - 0.02 * 0.03).abs() < 1e-12);
    }

    #[test]
    fn what_is_felt_adds_up_and_smooths_the_own_work() {
        let one = Felt {
            mean_s: 0.3,
            variance_s2: 0.09,
            failed_share: 0.5,
        };
        let both = one.then(one);
        assert_eq!((both.mean_s, both.failed_share), (0.6, 0.75));
        // Exponential own work and one exponential call of the same length: Erlang-2.
        let cv = one.cv_with(0.3, 1.0);
        assert!((cv - std::f64::consts::FRAC_1_SQRT_2).abs() < 1e-12);
        assert_eq!(Felt::default().cv_with(0.0, 1.2), 1.2);
    }

    /// SVC-E26 (API servicediscovery, DnsConfig): ten healthy instances, eight addresses.
    #[test]
    fn an_answer_has_eight_addresses_at_most() {
        assert_eq!(answered(10), 8);
        assert_eq!(answered(3), 3);
        // One caller knows those eight; of two, each knows eight of its own: 10·(1 − 0.2²).
        assert_eq!(reached(10, 1), 8);
        assert_eq!(reached(10, 2), 10);
        assert_eq!(reached(100, 1), 8);
        assert_eq!(reached(100, 5), 34);
        assert_eq!(reached(4, 1), 4);
    }

    /// Drawn answers: what each known task gets, against the formula.
    #[test]
    fn answers_lie_as_unevenly_as_draws_of_them() {
        use rand::SeedableRng;
        use rand::seq::index::sample;
        let mut rng = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(8);
        for (healthy, callers) in [(20, 2), (20, 6), (12, 3), (50, 40)] {
            let (mut count, mut sum, mut square) = (0.0, 0.0, 0.0);
            for _ in 0..2_000 {
                let mut known = vec![0.0f64; healthy];
                for _ in 0..callers {
                    sample(&mut rng, healthy, 8)
                        .iter()
                        .for_each(|at| known[at] += 1.0);
                }
                for times in known.into_iter().filter(|times| 0.0 < *times) {
                    (count, sum, square) = (count + 1.0, sum + times, square + times * times);
                }
            }
            let drawn = (square * count / (sum * sum) - 1.0f64).sqrt();
            let found = unevenness(healthy as u32, callers);
            assert!(
                (found - drawn).abs() < 0.01,
                "{healthy}, {callers}: {found} {drawn}"
            );
        }
    }

    #[test]
    fn a_cycle_that_multiplies_requests_is_found_and_named() {
        let chain = [(0, 1, 2.0), (1, 2, 3.0)];
        assert_eq!(amplifying_cycle(3, &chain), None);
        let mut around = chain.to_vec();
        around.push((2, 0, 0.1));
        assert_eq!(amplifying_cycle(3, &around), None, "0.6 a round");
        around.push((2, 1, 0.4));
        let cycle = amplifying_cycle(3, &around).unwrap();
        assert!(cycle == [1, 2] || cycle == [2, 1], "{cycle:?}");
        assert_eq!(amplifying_cycle(1, &[(0, 0, 1.0)]), Some(vec![0]));
        assert_eq!(
            amplifying_cycle(2, &[(0, 1, 0.5), (1, 0, 2.0)])
                .unwrap()
                .len(),
            2
        );
        assert_eq!(amplifying_cycle(2, &[(0, 1, 0.0), (1, 0, 9.0)]), None);
    }

    #[test]
    fn requests_are_counted_along_all_calls() {
        let diamond = [(0, 1, 1.0), (0, 2, 2.0), (1, 3, 1.0), (2, 3, 0.5)];
        let rates = visits(&[10.0, 0.0, 0.0, 1.0], &diamond).unwrap();
        assert_eq!(rates, [10.0, 10.0, 20.0, 21.0]);
        // A round of 0.5 doubles what comes.
        let half = visits(&[1.0, 0.0], &[(0, 1, 1.0), (1, 0, 0.5)]).unwrap();
        assert!((half[0] - 2.0).abs() < 1e-9, "{half:?}");
        // Two rounds of 0.6 through one service are too much, though neither is alone.
        let two = [(0, 1, 1.0), (1, 0, 0.6), (0, 2, 1.0), (2, 0, 0.6)];
        assert_eq!(amplifying_cycle(3, &two), None);
        assert_eq!(visits(&[1.0, 0.0, 0.0], &two), None);
    }
}
