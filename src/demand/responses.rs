//! All response times of a service: requests of one law are added up before they go into the
//! histogram, as a load that has settled answers minute after minute by one law.

use crate::policy::load::{Histogram, Response};

/// Response times so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Responses {
    histogram: Histogram,
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
        self.histogram.merge(histogram);
    }

    /// All of them.
    pub(crate) fn histogram(&mut self) -> &Histogram {
        self.flush();
        &self.histogram
    }

    fn flush(&mut self) {
        if let Some(newest) = &self.newest {
            self.histogram.add(newest, self.waiting);
        }
        self.waiting = 0.0;
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
}
