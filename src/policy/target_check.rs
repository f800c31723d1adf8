//! Which health checks AWS lets a target group have: the protocol and the success codes that go
//! with its load balancer.
//!
//! Source: Elastic Load Balancing API, CreateTargetGroup and Matcher; user guides of Application
//! and Network Load Balancers, health checks for target groups (2026-11).

use std::ops::RangeInclusive;

/// How a target is checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CheckProtocol {
    /// A request, and the code of its answer.
    Http,
    /// The same, encrypted.
    Https,
    /// A connection, and nothing more.
    Tcp,
}

/// What is wrong with success codes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CodesError {
    /// A part of the list is neither a code nor a range of them.
    NoCode(String),
    /// A range ends before it begins.
    Backwards(String),
    /// A code that the balancer does not take.
    Outside {
        /// The code.
        code: u16,
        /// Those that it takes.
        legal: RangeInclusive<u16>,
    },
}

impl CheckProtocol {
    /// Those of health checks, by AWS's names.
    pub const ALL: [(&'static str, CheckProtocol); 3] = [
        ("HTTP", CheckProtocol::Http),
        ("HTTPS", CheckProtocol::Https),
        ("TCP", CheckProtocol::Tcp),
    ];

    /// What a group has that says nothing: HTTP, or TCP behind a Network Load Balancer.
    #[must_use]
    pub fn default_of(is_network: bool) -> Self {
        match is_network {
            true => CheckProtocol::Tcp,
            false => CheckProtocol::Http,
        }
    }

    /// How long a check waits for an answer if a group does not say it, seconds.
    ///
    /// Source: user guides of Application and Network Load Balancers, target-group-health-checks:
    /// 5 s; 6 s by HTTP and 10 s by TCP and HTTPS of a Network Load Balancer.
    #[must_use]
    pub fn timeout_s(self, is_network: bool) -> u64 {
        match self {
            _ if !is_network => 5,
            CheckProtocol::Http => 6,
            CheckProtocol::Https | CheckProtocol::Tcp => 10,
        }
    }

    /// Whether a balancer checks targets so: TCP is not for target groups of HTTP and HTTPS.
    #[must_use]
    pub fn goes_with(self, is_network: bool) -> bool {
        is_network || self != CheckProtocol::Tcp
    }

    /// Whether a check reads an answer, so that it has a path and success codes.
    #[must_use]
    pub fn has_answer(self) -> bool {
        self != CheckProtocol::Tcp
    }
}

/// `HttpCode`: the codes of answers that pass, as ranges. An Application Load Balancer takes 200 to
/// 499 (default 200), a Network Load Balancer 200 to 599 (default 200 to 399).
///
/// ```
/// use fleetcast::policy::target_check::success_codes;
/// assert_eq!(success_codes("200,302", false), Ok(vec![200..=200, 302..=302]));
/// assert_eq!(success_codes("200-299", true), Ok(vec![200..=299]));
/// assert!(success_codes("503", false).is_err() && success_codes("503", true).is_ok());
/// ```
///
/// # Errors
/// If the list is none, or a code is none of the balancer's.
pub fn success_codes(text: &str, is_network: bool) -> Result<Vec<RangeInclusive<u16>>, CodesError> {
    let legal = 200..=if is_network { 599 } else { 499 };
    let code = |text: &str| {
        let code = text.trim().parse::<u16>().ok();
        code.ok_or_else(|| CodesError::NoCode(text.trim().to_owned()))
    };
    let mut found = Vec::new();
    for part in text.split(',') {
        let (low, high) = match part.split_once('-') {
            Some((low, high)) => (code(low)?, code(high)?),
            None => (code(part)?, code(part)?),
        };
        if high < low {
            return Err(CodesError::Backwards(part.trim().to_owned()));
        }
        if let Some(code) = [low, high].into_iter().find(|code| !legal.contains(code)) {
            return Err(CodesError::Outside { code, legal });
        }
        found.push(low..=high);
    }
    Ok(found)
}

/// Whether AWS takes this time-out with this interval of a target group's checks, both in seconds:
/// "Health check interval must be greater than the timeout" (its message); of a Network Load
/// Balancer it may be as long, whose defaults by TCP were 10 s and 10 s for years. ASSUMPTION: no
/// page of AWS's says it.
#[must_use]
pub fn timeout_fits((timeout_s, interval_s): (u64, u64), is_network: bool) -> bool {
    timeout_s < interval_s || is_network && timeout_s == interval_s
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_protocols_of_checks_by_balancer() {
        let legal = |is_network| {
            let all = CheckProtocol::ALL.into_iter();
            let legal = all.filter(|(_, protocol)| protocol.goes_with(is_network));
            legal.map(|(name, _)| name).collect::<Vec<_>>()
        };
        assert_eq!(legal(false), ["HTTP", "HTTPS"]);
        assert_eq!(legal(true), ["HTTP", "HTTPS", "TCP"]);
        assert!(CheckProtocol::default_of(false).has_answer());
        assert!(!CheckProtocol::default_of(true).has_answer());
    }

    /// An interval of 5 s with the default time-out of an Application Load Balancer, 5 s, is refused
    /// (tflint-ruleset-aws, issue 404); one of 10 s by TCP with its 10 s is a Network Load
    /// Balancer's own pair.
    #[test]
    fn a_time_out_goes_with_the_interval() {
        let usual = |it: CheckProtocol, is_network| it.timeout_s(is_network);
        let (http, tcp) = (CheckProtocol::Http, CheckProtocol::Tcp);
        assert_eq!(
            [usual(http, false), usual(http, true), usual(tcp, true)],
            [5, 6, 10]
        );
        assert!(!timeout_fits((5, 5), false) && timeout_fits((4, 5), false));
        assert!(timeout_fits((10, 10), true) && !timeout_fits((10, 5), true));
    }

    #[test]
    fn codes_are_numbers_and_ranges_within_what_the_balancer_takes() {
        let no = |text: &str| Err(CodesError::NoCode(text.to_owned()));
        let outside = |code, legal| Err(CodesError::Outside { code, legal });
        let table = [
            ("200", false, Ok(vec![200..=200])),
            ("200-499", false, Ok(vec![200..=499])),
            ("200-599", true, Ok(vec![200..=599])),
            (" 200 , 301-302", false, Ok(vec![200..=200, 301..=302])),
            ("200-500", false, outside(500, 200..=499)),
            ("199", true, outside(199, 200..=599)),
            ("2xx", false, no("2xx")),
            ("200,", false, no("")),
            ("", false, no("")),
            (
                "299-200",
                false,
                Err(CodesError::Backwards("299-200".to_owned())),
            ),
        ];
        for (text, is_network, expected) in table {
            assert_eq!(success_codes(text, is_network), expected, "{text:?}");
        }
    }
}
