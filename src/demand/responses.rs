//! All response times of a service: requests of one law are added up before they go into the
//! histogram, as a load that has settled answers minute after minute by one law. Several laws go
//! there together: where many services take turns, none finds its bins in a near cache, and a law
//! needs a dozen lines of them.

use crate::policy::load::{Histogram, PlacedLaw, Response};

/// Laws that wait to go into the histogram together.
const TOGETHER: usize = 16;

/// Response times so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Responses {
    histogram: Histogram,
    /// Laws that are not in it yet, in their order: sums of floats depend on it.
    placed: Vec<PlacedLaw>,
    newest: Option<Response>,
    /// Requests of the newest law that are not in the histogram yet.
    waiting: f64,
}

impl Responses {
    /// `requests` were answered with this law.
    #[inline]
    pub(crate) fn add(&mut self, response: &Response, requests: f64) {
        let is_newest = |newest: &Response| newest.is_same(response);
        if !self.newest.as_ref().is_some_and(is_newest) {
            self.flush();
            self.newest = Some(*response);
        }
        self.waiting += requests;
    }

    /// Further `requests` were answered with the law added last.
    pub(crate) fn add_more(&mut self, requests: f64) {
        self.waiting += requests;
    }

    /// Requests of several laws.
    pub(crate) fn merge(&mut self, histogram: &Histogram) {
        self.empty();
        self.histogram.merge(histogram);
    }

    /// All of them.
    pub(crate) fn histogram(&mut self) -> &Histogram {
        self.flush();
        self.empty();
        &self.histogram
    }

    fn flush(&mut self) {
        if let Some(newest) = self.newest.as_ref().filter(|_| 0.0 < self.waiting) {
            self.placed.push(PlacedLaw::of(newest, self.waiting));
            if self.placed.len() == TOGETHER {
                self.empty();
            }
        }
        self.waiting = 0.0;
    }

    /// What was put aside goes into the histogram.
    fn empty(&mut self) {
        for law in &self.placed {
            self.histogram.add_placed(law);
        }
        self.placed.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::load::{Piece, ResponseTable};

    #[test]
    fn nothing_is_lost_between_laws() {
        let table = ResponseTable::new(1.0);
        let law = |holding_s: f64| {
            table.response(&Piece {
                holding_s,
                ..Piece::default()
            })
        };
        let (quick, slow) = (law(0.1), law(1.0));
        let (mut responses, mut plain) = (Responses::default(), Histogram::new());
        for (response, requests) in [(&quick, 3.0), (&quick, 4.0), (&slow, 5.0), (&quick, 1.0)] {
            responses.add(response, requests);
            plain.add(response, requests);
        }
        assert_eq!(responses.histogram().count(), 13.0);
        let close = |found: Option<f64>, expected: Option<f64>| {
            assert!((found.unwrap() - expected.unwrap()).abs() < 1e-12);
        };
        close(responses.histogram().mean_s(), plain.mean_s());
        close(responses.histogram().quantile_s(0.4), plain.quantile_s(0.4));
        // Asking is no adding.
        assert_eq!(responses.histogram().count(), 13.0);
    }

    #[test]
    fn laws_that_wait_have_the_bits_of_laws_added_at_once() {
        let table = ResponseTable::new(1.2);
        let mut mixed = Histogram::new();
        mixed.add_value(0.3, 7.1);
        let (mut responses, mut plain) = (Responses::default(), Histogram::new());
        for index in 0..3 * TOGETHER + 1 {
            let law = table.response(&Piece {
                holding_s: 0.1 + 0.013 * index as f64,
                ..Piece::default()
            });
            let requests = 3.3 + index as f64 / 7.0;
            responses.add(&law, requests);
            if index == TOGETHER + 2 {
                // The newest law waits for more of it, and comes after what is merged.
                responses.merge(&mixed);
                plain.merge(&mixed);
            }
            plain.add(&law, requests);
        }
        assert_eq!(responses.histogram(), &plain);
    }
}
