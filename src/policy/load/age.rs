//! How long those who are answered now have waited: the age of the head of the line.
//!
//! A balancer's response time is known when the answer starts, not when the request arrives (AWS
//! counts `TargetResponseTime` so). Settled, that is the same law. With a backlog it is not: those
//! who arrive will wait for `queue/capacity`, of a capacity that may still change; those who are
//! answered have waited since as many arrivals ago as stand in line now, whatever the capacity was
//! since. First come, first served, so only the rates of the last arrivals are needed (DERIVED).

use std::collections::VecDeque;

/// The rates at which those came who may still stand in line.
#[derive(Clone, Debug, Default)]
pub struct Arrivals {
    rate_per_s: f64,
    for_s: f64,
    /// Earlier rates and how long each held, the last one last; empty unless the line is longer
    /// than what came at the present rate.
    earlier: VecDeque<(f64, f64)>,
}

/// Arrivals at one rate, without earlier ones.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ArrivalsMark {
    rate_per_s: f64,
    for_s: f64,
}

impl Arrivals {
    /// True if nobody is in line who came at an earlier rate.
    #[inline]
    pub fn is_calm(&self) -> bool {
        self.earlier.is_empty()
    }

    /// Where calm arrivals stand.
    #[inline]
    pub fn mark(&self) -> ArrivalsMark {
        ArrivalsMark {
            rate_per_s: self.rate_per_s,
            for_s: self.for_s,
        }
    }

    /// Goes to where calm arrivals stood, or will stand.
    #[inline]
    pub fn return_to(&mut self, mark: ArrivalsMark) {
        self.earlier.clear();
        (self.rate_per_s, self.for_s) = (mark.rate_per_s, mark.for_s);
    }

    /// `arrived` requests came over `dt_s`, `queued` stand in line in the middle of it; how long
    /// the first of them has waited then, seconds.
    #[inline]
    pub fn pass(&mut self, arrived: f64, dt_s: f64, queued: f64) -> f64 {
        if dt_s <= 0.0 {
            return 0.0;
        }
        let rate_per_s = arrived / dt_s;
        if libm::fabs(rate_per_s - self.rate_per_s) <= 1e-9 * self.rate_per_s {
            self.for_s += dt_s;
        } else {
            if 0.0 < self.for_s {
                self.earlier.push_back((self.rate_per_s, self.for_s));
            }
            (self.rate_per_s, self.for_s) = (rate_per_s, dt_s);
        }
        if queued <= 0.0 {
            self.earlier.clear();
            return 0.0;
        }
        let since_s = self.for_s - 0.5 * dt_s;
        if queued <= self.rate_per_s * since_s {
            self.earlier.clear();
            return queued / self.rate_per_s;
        }
        self.age_beyond(queued - self.rate_per_s * since_s, since_s)
    }

    /// As many of them as `share` of the line.
    pub fn scale(&mut self, share: f64) {
        self.rate_per_s *= share;
        self.earlier.iter_mut().for_each(|it| it.0 *= share);
    }

    /// The head came before the present rate: `left` of the line came at earlier ones.
    fn age_beyond(&mut self, mut left: f64, mut age_s: f64) -> f64 {
        for at in (0..self.earlier.len()).rev() {
            let (rate_per_s, for_s) = self.earlier[at];
            if left <= rate_per_s * for_s {
                // Whoever came before the head has been answered.
                self.earlier.drain(..at);
                return age_s + left / rate_per_s;
            }
            left -= rate_per_s * for_s;
            age_s += for_s;
        }
        // Before the beginning it was as at the beginning.
        let first = self.earlier.front().map_or(self.rate_per_s, |it| it.0);
        age_s + if 0.0 < first { left / first } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_steady_line_has_waited_as_little_says() {
        let mut arrivals = Arrivals::default();
        assert_eq!(arrivals.pass(100.0, 10.0, 30.0), 3.0);
        assert_eq!(arrivals.pass(1_000.0, 100.0, 30.0), 3.0);
        // Nobody comes and nobody stands there.
        assert_eq!(arrivals.pass(0.0, 100.0, 0.0), 0.0);
        assert_eq!(Arrivals::default().pass(0.0, 1.0, 0.0), 0.0);
    }

    #[test]
    fn a_line_is_as_old_as_its_arrivals_whatever_comes_now() {
        // 10/s for 100 s, then 2/s for 20 s; 120 stand in line 10 s into it: 20 of them came since,
        // the other 100 in the last 10 s before.
        let mut arrivals = Arrivals::default();
        arrivals.pass(1_000.0, 100.0, 0.0);
        assert_eq!(arrivals.pass(40.0, 20.0, 120.0), 20.0);
        // Nobody comes for 10 s more; 65 are left in the middle: 40 and the last 25 of before.
        assert_eq!(arrivals.pass(0.0, 10.0, 65.0), 5.0 + 20.0 + 2.5);
        assert_eq!(arrivals.pass(0.0, 10.0, 10.0), 15.0 + 5.0);
    }
}
