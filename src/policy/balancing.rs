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
    /// `load_balancing.algorithm.anomaly_mitigation`: targets with many errors get less.
    pub mitigates: bool,
}

impl Spread {
    /// All targets are alike.
    pub const EVEN: Spread = Spread {
        slow_start_s: 0.0,
        sticky_share: 0.0,
        session_s: 1.0,
        mitigates: false,
    };

    /// Whether all targets are alike.
    pub fn is_even(&self) -> bool {
        self.slow_start_s <= 0.0 && self.sticky_share <= 0.0 && !self.mitigates
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

/// Healthy targets that anomaly detection needs at least (Application Load Balancer user guide,
/// Automatic Target Weights, 2026-11).
pub const ANOMALY_TARGETS_MIN: u32 = 3;
/// A target is anomalous whose share of errors is so many times that of its peers, and so much
/// above it. ASSUMPTION: AWS says "significantly higher".
const ANOMALY_TIMES: f64 = 3.0;
const ANOMALY_POINTS: f64 = 0.01;
/// What an anomalous target still gets, of a normal one's requests. ASSUMPTION: AWS says "the
/// minimum amount required", and moves it every five seconds.
pub const ANOMALOUS_SHARE: f64 = 0.1;

/// Whether a target that answers this share of requests with errors is anomalous among so many
/// healthy ones, whose others have that share of errors, mean.
///
/// Source: Application Load Balancer user guide, Automatic Target Weights, anomaly detection.
#[must_use]
pub fn is_anomalous(errors: f64, of_others: f64, healthy: u32) -> bool {
    ANOMALY_TARGETS_MIN <= healthy
        && (ANOMALY_TIMES * of_others).max(of_others + ANOMALY_POINTS) <= errors
}

/// A load balancer's node in a zone, where each node asks the targets of its own zone only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Node {
    /// Whether the balancer is enabled in the zone.
    pub exists: bool,
    /// Targets of the zone, healthy or not.
    pub tasks: u32,
    /// Healthy ones.
    pub healthy: u32,
}

/// The share of the clients that each node has, with cross-zone load balancing off: all nodes that
/// DNS names have the same. A zone whose targets are all unhealthy is taken out of DNS. One without
/// any target stays there behind an Application Load Balancer (`asks_empty`), and its clients get
/// a 503; a Network Load Balancer's is taken out. If none is left, all are named; where no node
/// exists, the clients are divided all the same, and find nobody.
///
/// Source: Application Load Balancer user guide, target group attributes, cross-zone load
/// balancing, best practices (2026-11); Network Load Balancer user guide, zonal DNS. That clients
/// follow DNS at once, and evenly, is ASSUMPTION.
pub fn shares_of_nodes(
    nodes: impl Iterator<Item = Node> + Clone,
    asks_empty: bool,
) -> impl Iterator<Item = f64> {
    let is_named =
        move |node: &Node| node.exists && (0 < node.healthy || (asks_empty && node.tasks == 0));
    let any_healthy = nodes.clone().any(|node| node.exists && 0 < node.healthy);
    let any_exists = nodes.clone().any(|node| node.exists);
    let is_asked = move |node: &Node| match any_healthy {
        true => is_named(node),
        false => node.exists || !any_exists,
    };
    let count = nodes.clone().filter(is_asked).count().max(1) as f64;
    nodes.map(move |node| if is_asked(&node) { 1.0 / count } else { 0.0 })
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

    #[test]
    fn zones_share_the_clients_as_dns_names_them() {
        let node = |tasks, healthy| Node {
            exists: true,
            tasks,
            healthy,
        };
        let nowhere = Node {
            exists: false,
            ..node(3, 3)
        };
        let table = [
            // nodes, an Application Load Balancer's shares, a Network Load Balancer's
            (
                [node(4, 4), node(1, 1), nowhere],
                [0.5, 0.5, 0.0],
                [0.5, 0.5, 0.0],
            ),
            // All of a zone unhealthy: out of DNS.
            (
                [node(2, 2), node(2, 0), nowhere],
                [1.0, 0.0, 0.0],
                [1.0, 0.0, 0.0],
            ),
            // An empty zone: its clients find nobody.
            (
                [node(2, 2), node(0, 0), nowhere],
                [0.5, 0.5, 0.0],
                [1.0, 0.0, 0.0],
            ),
            // Nobody anywhere.
            (
                [node(1, 0), node(0, 0), nowhere],
                [0.5, 0.5, 0.0],
                [0.5, 0.5, 0.0],
            ),
            // No node anywhere.
            ([nowhere; 3], [1.0 / 3.0; 3], [1.0 / 3.0; 3]),
        ];
        for (nodes, application, network) in table {
            for (asks_empty, expected) in [(true, application), (false, network)] {
                let shares: Vec<f64> = shares_of_nodes(nodes.into_iter(), asks_empty).collect();
                assert_eq!(shares, expected, "{nodes:?}");
            }
        }
    }

    #[test]
    fn a_target_is_anomalous_among_peers_that_do_better() {
        let table = [
            // errors, of the others, healthy targets
            (0.08, 0.001, 4, true),
            (0.08, 0.001, 2, false),
            (0.08, 0.06, 10, false),
            (0.005, 0.0, 10, false),
            (0.01, 0.0, 3, true),
        ];
        for (errors, of_others, healthy, expected) in table {
            let found = is_anomalous(errors, of_others, healthy);
            assert_eq!(found, expected, "{errors} among {of_others}, {healthy}");
        }
    }
}
