//! CPU credits of the burstable families T2, T3, T3a and T4g.
//!
//! A credit is one vCPU at 100 % for a minute; an instance earns them all the time and holds at
//! most what it earns in 24 hours (EC2 user guide, June 2023, source `ec2-docs-2023`). In unlimited
//! mode, what it uses beyond is paid for by the vCPU-hour (EC2's price page, source
//! `ec2-pricing-page`: the same for all sizes, purchase options and regions).

use super::InstanceType;
use crate::units::PicoUsd;

/// The short name of the source of credits and baselines.
pub const CREDITS_SOURCE: &str = "ec2-docs-2023";
/// The short name of the source of the surcharge.
pub const SURCHARGE_SOURCE: &str = "ec2-pricing-page";
/// When the surcharge was gathered, as its source says (a test holds it to that).
pub const SURCHARGE_DATE: &str = "2026-09-29";

/// Credits of one vCPU at 100 % for an hour.
const CREDITS_PER_VCPU_HOUR: f64 = 60.0;
/// Launch credits of a T2 in standard mode, for each vCPU.
const T2_LAUNCH_CREDITS_PER_VCPU: u32 = 30;
/// USD a vCPU-hour of surplus credits, Linux: T2 and T3 (T3a is billed as T3; Windows pays 0.096).
const SURPLUS_USD: PicoUsd = PicoUsd(50_000_000_000);
/// The same for T4g.
const SURPLUS_USD_T4G: PicoUsd = PicoUsd(40_000_000_000);

/// Baselines of T2 by size, in thousandths of each vCPU.
const T2_BASELINES: [(&str, u32); 7] = [
    ("nano", 50),
    ("micro", 100),
    ("small", 200),
    ("medium", 200),
    ("large", 300),
    ("xlarge", 225),
    ("2xlarge", 170),
];
/// Baselines of T3, T3a and T4g by size, in thousandths of each vCPU.
const T3_BASELINES: [(&str, u32); 7] = [
    ("nano", 50),
    ("micro", 100),
    ("small", 200),
    ("medium", 200),
    ("large", 300),
    ("xlarge", 400),
    ("2xlarge", 400),
];

/// What a burstable instance earns, and what it pays beyond.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Burst {
    /// The share of its vCPUs that it may use for ever, in thousandths.
    pub baseline_per_mille: u32,
    /// CPU credits earned an hour.
    pub credits_per_hour: f64,
    /// The most earned credits that it holds: those of 24 hours.
    pub credits_max: f64,
    /// Credits at launch: T2 in standard mode only.
    pub launch_credits: u32,
    /// Whether it starts in unlimited mode where nobody says.
    pub is_unlimited_by_default: bool,
    /// USD a vCPU-hour used beyond its credits in unlimited mode, Linux.
    pub surplus_usd_per_vcpu_hour: PicoUsd,
}

impl InstanceType {
    /// The CPU credits of a burstable type. T1, of which AWS publishes no rates, has none here
    /// (ASSUMPTION: it runs as if it were not burstable).
    pub fn burst(&self) -> Option<Burst> {
        let baselines = match self.family() {
            "t2" => &T2_BASELINES,
            "t3" | "t3a" | "t4g" => &T3_BASELINES,
            _ => return None,
        };
        let (_, baseline_per_mille) = *baselines.iter().find(|(size, _)| *size == self.size())?;
        let baseline_vcpus = f64::from(baseline_per_mille * self.vcpus) / 1000.0;
        let credits_per_hour = baseline_vcpus * CREDITS_PER_VCPU_HOUR;
        let is_t2 = self.family() == "t2";
        Some(Burst {
            baseline_per_mille,
            credits_per_hour,
            credits_max: credits_per_hour * 24.0,
            launch_credits: u32::from(is_t2) * T2_LAUNCH_CREDITS_PER_VCPU * self.vcpus,
            is_unlimited_by_default: !is_t2,
            surplus_usd_per_vcpu_hour: match self.family() {
                "t4g" => SURPLUS_USD_T4G,
                _ => SURPLUS_USD,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::instances::{all, find, get};
    use crate::catalog::prices::source_description;

    fn check(name: &str, per_hour: f64, most: f64, baseline_percent: f64) {
        let burst = get(find(name).unwrap()).burst().unwrap();
        assert!((burst.credits_per_hour - per_hour).abs() < 1e-9, "{name}");
        assert!((burst.credits_max - most).abs() < 1e-9, "{name}");
        assert_eq!(
            f64::from(burst.baseline_per_mille) / 10.0,
            baseline_percent,
            "{name}"
        );
    }

    /// EC2 user guide, burstable-credits-baseline-concepts: the table of credits.
    #[test]
    fn credits_are_those_of_the_user_guide() {
        check("t2.nano", 3.0, 72.0, 5.0);
        check("t2.micro", 6.0, 144.0, 10.0);
        check("t2.small", 12.0, 288.0, 20.0);
        check("t2.medium", 24.0, 576.0, 20.0);
        check("t2.large", 36.0, 864.0, 30.0);
        check("t2.xlarge", 54.0, 1296.0, 22.5);
        check("t2.2xlarge", 81.6, 1958.4, 17.0);
        for family in ["t3", "t3a", "t4g"] {
            check(&format!("{family}.nano"), 6.0, 144.0, 5.0);
            check(&format!("{family}.micro"), 12.0, 288.0, 10.0);
            check(&format!("{family}.small"), 24.0, 576.0, 20.0);
            check(&format!("{family}.medium"), 24.0, 576.0, 20.0);
            check(&format!("{family}.large"), 36.0, 864.0, 30.0);
            check(&format!("{family}.xlarge"), 96.0, 2304.0, 40.0);
            check(&format!("{family}.2xlarge"), 192.0, 4608.0, 40.0);
        }
    }

    /// The same guide, standard mode: a t2.micro gets 30 launch credits, a t2.xlarge 120.
    #[test]
    fn only_t2_has_launch_credits() {
        let launch = |name: &str| get(find(name).unwrap()).burst().unwrap().launch_credits;
        assert_eq!((launch("t2.micro"), launch("t2.xlarge")), (30, 120));
        assert_eq!(launch("t3.large"), 0);
    }

    #[test]
    fn every_burstable_type_but_t1_has_credits_and_nobody_else() {
        for known in all() {
            let expected = known.is_burstable && known.name != "t1.micro";
            assert_eq!(known.burst().is_some(), expected, "{}", known.name);
        }
        assert!(source_description(CREDITS_SOURCE).is_some());
        let surcharge = source_description(SURCHARGE_SOURCE).unwrap();
        assert!(surcharge.contains(SURCHARGE_DATE), "{surcharge}");
    }
}
