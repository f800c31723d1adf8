//! How a load balancer divides requests among targets that are not alike to it: new ones that are
//! warmed up slowly, and those that sessions are bound to; and what a Network Load Balancer's
//! flows are.

/// What a Network Load Balancer counts its flows by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FlowKind {
    /// TCP.
    Tcp,
    /// TLS, which it ends.
    Tls,
    /// UDP.
    Udp,
}

impl FlowKind {
    /// All kinds.
    pub const ALL: [FlowKind; 3] = [FlowKind::Tcp, FlowKind::Tls, FlowKind::Udp];

    /// The end of a meter's name.
    pub const fn name(self) -> &'static str {
        match self {
            FlowKind::Tcp => "tcp",
            FlowKind::Tls => "tls",
            FlowKind::Udp => "udp",
        }
    }
}

/// What makes a balancer send more to one target than to another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spread {
    /// `slow_start.duration_seconds`; 0: none.
    pub slow_start_s: f64,
    /// The share of requests that belong to a session bound to its target, 0 to 1.
    pub sticky_share: f64,
    /// How long a session lasts, mean, seconds.
    pub session_s: f64,
}

impl Spread {
    /// All targets are alike.
    pub const EVEN: Spread = Spread {
        slow_start_s: 0.0,
        sticky_share: 0.0,
        session_s: 1.0,
    };

    /// Whether all targets are alike.
    pub fn is_even(&self) -> bool {
        self.slow_start_s <= 0.0 && self.sticky_share <= 0.0
    }
}

impl Default for Spread {
    fn default() -> Self {
        Spread::EVEN
    }
}

/// The share of a full one's requests that a target gets which has been in slow start for `age_s`:
/// it rises linearly to 1 over the duration.
///
/// Source: Application Load Balancer user guide, target group attributes, slow start mode
/// (2026-11): "linearly increases the number of requests". That it begins at nothing is ASSUMPTION.
#[must_use]
pub fn slow_start_share(age_s: f64, duration_s: f64) -> f64 {
    if duration_s <= age_s || duration_s <= 0.0 {
        1.0
    } else {
        (age_s / duration_s).max(0.0)
    }
}

/// Since when a target that becomes healthy at `now_s` is in slow start; long since over, if it
/// does not enter it: there has to be a healthy target that is not in it.
///
/// Source: as above, considerations.
#[must_use]
pub fn slow_start_since(now_s: f64, has_full_target: bool) -> f64 {
    if has_full_target {
        now_s
    } else {
        f64::NEG_INFINITY
    }
}

/// How many sessions are bound to a target, over the mean of all, `after_s` later: sessions end and
/// others begin, which go where new requests go (`fair`, over the mean as well).
///
/// ASSUMPTION: sessions are many and last exponentially long.
#[must_use]
pub fn sessions_after(bound: f64, fair: f64, (after_s, session_s): (f64, f64)) -> f64 {
    fair + (bound - fair) * libm::exp(-after_s / session_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_target_gets_a_linearly_rising_share() {
        let table = [
            (0.0, 0.0),
            (15.0, 0.25),
            (30.0, 0.5),
            (60.0, 1.0),
            (600.0, 1.0),
        ];
        for (age_s, share) in table {
            assert_eq!(slow_start_share(age_s, 60.0), share, "after {age_s} s");
        }
        assert_eq!(slow_start_share(0.0, 0.0), 1.0, "without slow start");
    }

    #[test]
    fn targets_of_an_empty_group_do_not_start_slowly() {
        let since_s = slow_start_since(100.0, false);
        assert_eq!(slow_start_share(100.0 - since_s, 900.0), 1.0);
        assert_eq!(slow_start_since(100.0, true), 100.0);
    }

    #[test]
    fn sessions_even_out_within_their_length() {
        assert_eq!(sessions_after(0.0, 1.0, (0.0, 600.0)), 0.0);
        let later = sessions_after(0.0, 1.0, (600.0, 600.0));
        assert!((later - 0.632).abs() < 1e-3, "{later}");
    }
}
