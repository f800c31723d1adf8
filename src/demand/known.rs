//! The load model's last answers for one service. Its stretches are mostly alike (a minute that has
//! settled, the minute foreseen after it), so the same questions come again; an answer from here
//! has the same bits as a new one.

use crate::policy::load::{
    Bounded, Curve, Distrust, Limits, PercentileLaw, Piece, Reading, Response, ResponseTable,
};

/// What a rate means to a curve: the settled state, and whether to trust it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KnownTarget {
    /// 0 as long as nothing was asked: no curve has so few.
    slots: f64,
    rate_per_s: f64,
    dt_s: f64,
    answer: (Option<Reading>, Distrust),
    /// The distrust whatever `dt_s`.
    always: Distrust,
}

impl KnownTarget {
    /// The last settled state asked about, if there is one, and the distrust in it.
    pub(crate) fn last(&self) -> Option<(Reading, Distrust)> {
        let (target, distrust) = self.answer;
        Some((target?, distrust))
    }

    /// The settled state that a rate leads to, if there is one, and the distrust in it over `dt_s`
    /// seconds. All curves asked with are of one shape; a new shape needs a new memory.
    #[inline]
    pub(crate) fn of(
        &mut self,
        curve: &Curve,
        rate_per_s: f64,
        dt_s: f64,
    ) -> &(Option<Reading>, Distrust) {
        if (self.slots, self.rate_per_s) != (curve.slots(), rate_per_s) {
            (self.slots, self.rate_per_s) = (curve.slots(), rate_per_s);
            self.dt_s = dt_s;
            self.work_out(curve);
        } else if self.dt_s != dt_s {
            self.dt_s = dt_s;
            self.answer.1 = self.always | curve.distrust_of_interval(dt_s);
        }
        &self.answer
    }

    #[inline(never)]
    fn work_out(&mut self, curve: &Curve) {
        let target = curve.settled(self.rate_per_s);
        self.always = curve.distrust(self.rate_per_s, &target);
        let distrust = self.always | curve.distrust_of_interval(self.dt_s);
        self.answer = (target, distrust);
    }
}

/// What a rate does to a queue that clients leave.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KnownBound {
    slots: f64,
    rate_per_s: f64,
    answer: Option<Bounded>,
}

impl KnownBound {
    /// The settled state under a rate. All curves asked with are of one shape, all limits the same;
    /// others need a new memory.
    pub(crate) fn of(&mut self, limits: &Limits, curve: &Curve, rate_per_s: f64) -> &Bounded {
        let slots = curve.slots();
        if (self.slots, self.rate_per_s) != (slots, rate_per_s) {
            self.answer = None;
            (self.slots, self.rate_per_s) = (slots, rate_per_s);
        }
        self.answer
            .get_or_insert_with(|| limits.settled(curve, rate_per_s))
    }
}

/// What of the clients' doings lay outside the validated range when it was last worked out, for
/// these slots, tries and first tries a second. All is of one spec; another needs a new memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownClients {
    asked: [f64; 3],
    answer: Distrust,
}

impl Default for KnownClients {
    fn default() -> Self {
        KnownClients {
            // No question equals it.
            asked: [f64::NAN; 3],
            answer: Distrust::NONE,
        }
    }
}

impl KnownClients {
    /// What was kept for the same.
    pub(crate) fn of(&self, asked: [f64; 3]) -> Option<Distrust> {
        (self.asked == asked).then_some(self.answer)
    }

    /// Keeps an answer.
    pub(crate) fn keep(&mut self, asked: [f64; 3], answer: Distrust) {
        (self.asked, self.answer) = (asked, answer);
    }
}

/// What the law of response times of a stretch depends on, and what is read from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownLaw {
    asked: [f64; 6],
    answer: (Response, f64),
}

impl Default for KnownLaw {
    fn default() -> Self {
        KnownLaw {
            // No question equals it.
            asked: [f64::NAN; 6],
            answer: Default::default(),
        }
    }
}

impl KnownLaw {
    /// The variance of the wait and of the work in the piece asked about last, its work having this
    /// coefficient of variation; square seconds.
    pub(crate) fn variance_s2(&self, work_cv: f64) -> f64 {
        let [wait_share, wait_mean_s, kappa, holding_s, ..] = self.asked;
        let mean_s = wait_share * wait_mean_s;
        let wait = mean_s * wait_mean_s * (1.0 + kappa) - mean_s * mean_s;
        let work = work_cv * holding_s;
        let variance = wait.max(0.0) + work * work;
        if variance.is_finite() { variance } else { 0.0 }
    }

    /// The law of a piece's requests that are answered within a time-out, and the share that
    /// outlasts it. All pieces are asked about with one table and one time-out; others need a new
    /// memory.
    pub(crate) fn of(
        &mut self,
        table: &ResponseTable,
        timeout_s: Option<f64>,
        piece: &Piece,
    ) -> &(Response, f64) {
        let asked = [
            piece.wait_share,
            piece.wait_mean_s,
            piece.kappa,
            piece.holding_s,
            piece.holding_full_s,
            piece.slowing,
        ];
        if self.asked != asked {
            self.asked = asked;
            let (response, timed_out_share) = &mut self.answer;
            *response = table.response(piece);
            *timed_out_share = 0.0;
            if let Some(limit_s) = timeout_s {
                *timed_out_share = felt(response.share_above(limit_s));
                *response = response.within(limit_s, *timed_out_share);
            }
        }
        &self.answer
    }
}

/// The quantiles of a law of response times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownQuantiles {
    asked: PercentileLaw,
    quantiles_s: [f64; 4],
}

impl Default for KnownQuantiles {
    fn default() -> Self {
        let asked = PercentileLaw::of(&Response::default());
        KnownQuantiles {
            quantiles_s: asked.percentiles_s(),
            asked,
        }
    }
}

impl KnownQuantiles {
    /// Response times at [`QUANTILES`](crate::demand::period::QUANTILES), seconds.
    pub(crate) fn of(&mut self, response: &Response) -> [f64; 4] {
        let asked = PercentileLaw::of(response);
        if !self.asked.is_same(&asked) {
            self.quantiles_s = asked.percentiles_s();
            self.asked = asked;
        }
        self.quantiles_s
    }
}

/// A share of the answers that come too late, where it is one: what is left of a tail is nobody.
/// Every service behind a balancer has its idle time-out, which nearly all are far from.
pub(crate) fn felt(share: f64) -> f64 {
    const FELT: f64 = 1e-8;
    if share < FELT { 0.0 } else { share }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::policy::load::{FluidQueue, Percentile, Routing, Task, WorkShape};

    /// Pieces of several loads, every one of them asked about twice, then all again.
    #[test]
    fn what_is_remembered_has_the_bits_of_what_is_worked_out() {
        let shape = WorkShape {
            cpu_s: 0.03,
            wait_s: 0.05,
            cv: 1.2,
            slots: 16,
            vcpus: 1.0,
        };
        let task = Arc::new(Task::new(shape));
        let table = ResponseTable::new(shape.cv);
        let limits = Limits {
            patience_s: 0.5,
            ..Limits::default()
        };
        let (mut target, mut bound) = (KnownTarget::default(), KnownBound::default());
        let (mut law, mut quantiles) = (KnownLaw::default(), KnownQuantiles::default());
        for _ in 0..2 {
            for (tasks, load) in [(2, 0.5), (2, 0.8), (3, 0.8), (3, 1.2)] {
                let curve = Curve::new(Routing::LeastOutstanding, tasks, &task);
                let rate = load * curve.capacity_per_s();
                for _ in 0..2 {
                    let (state, distrust) = target.of(&curve, rate, 60.0);
                    assert_eq!(*state, curve.settled(rate));
                    assert_eq!(*distrust, curve.distrust_within(rate, 60.0, state));
                    let bounded = bound.of(&limits, &curve, rate);
                    assert_eq!(*bounded, limits.settled(&curve, rate));
                    FluidQueue::empty().advance(&curve, rate, 60.0, |piece| {
                        let (response, timed_out_share) = law.of(&table, Some(0.2), &piece);
                        let all = table.response(&piece);
                        assert_eq!(*timed_out_share, felt(all.share_above(0.2)));
                        assert_eq!(*response, all.within(0.2, *timed_out_share));
                        let p99 = response.percentile_s(Percentile::P99);
                        assert_eq!(quantiles.of(response)[3], p99);
                    });
                }
            }
        }
    }
}
