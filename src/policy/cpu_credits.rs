//! CPU credits of a burstable instance over time: what it earns, spends and owes.
//!
//! Source: EC2 user guide (EC2-UG), "Unlimited mode for burstable performance instances" and
//! "Standard mode". A credit is a vCPU at 100 % for a minute. What is earned first pays back what
//! was spent ahead (surplus credits); those beyond what the instance can earn in 24 hours are
//! charged at once, the rest when it ends.

/// Credits of an instance.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Credits {
    /// Earned and not spent.
    pub balance: f64,
    /// Spent ahead and neither paid back nor charged.
    pub surplus: f64,
}

/// What an instance earns.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Earning {
    /// In the time looked at.
    pub earned: f64,
    /// The most it holds, and the most it may owe uncharged: what it earns in 24 hours.
    pub most: f64,
}

impl Credits {
    /// Unlimited mode: some time in which it used so many credits; how many of them are charged.
    pub fn spend_unlimited(&mut self, earning: Earning, used: f64) -> f64 {
        let lacking = self.take(earning, used);
        self.surplus += lacking;
        let charged = (self.surplus - earning.most).max(0.0);
        self.surplus -= charged;
        charged
    }

    /// Standard mode: how many of the credits that it wanted there were none for; its CPU is slowed
    /// down to its baseline instead.
    pub fn spend_standard(&mut self, earning: Earning, wanted: f64) -> f64 {
        self.take(earning, wanted)
    }

    /// What the balance and the time's earnings do not pay for.
    fn take(&mut self, earning: Earning, used: f64) -> f64 {
        let net = earning.earned - used;
        if 0.0 <= net {
            let paid_back = net.min(self.surplus);
            self.surplus -= paid_back;
            self.balance = (self.balance + net - paid_back).min(earning.most);
            return 0.0;
        }
        let from_balance = self.balance.min(-net);
        self.balance -= from_balance;
        -net - from_balance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A t3.nano earns 6 credits an hour and holds 144; at 1 % of its two vCPUs it uses 1.2 an hour.
    fn hours(credits: &mut Credits, count: u32, percent: f64) -> f64 {
        let earning = Earning {
            earned: 6.0,
            most: 144.0,
        };
        let charged = (0..count).map(|_| credits.spend_unlimited(earning, 1.2 * percent));
        charged.sum()
    }

    /// EC2-UG, "Examples: unlimited mode", credit use with T3 Unlimited: idle for a day, 12 hours at
    /// 2.5 %, 24 at 7 %, which take 57.6 credits of 144. Then, by its rule, 72 hours at 20 % from a
    /// full balance: 8 hours of credits, 1,152 ahead, of which 144 may be owed: 1,008 are charged.
    #[test]
    fn the_guide_s_t3_nano_pays_for_what_it_can_not_earn_in_a_day() {
        let mut credits = Credits::default();
        assert_eq!(hours(&mut credits, 24, 0.0), 0.0);
        assert_eq!(credits.balance, 144.0);
        assert_eq!(hours(&mut credits, 12, 2.5), 0.0);
        assert_eq!(credits.balance, 144.0);
        assert_eq!(hours(&mut credits, 24, 7.0), 0.0);
        assert!((credits.balance - 86.4).abs() < 1e-9);
        assert_eq!(hours(&mut credits, 72, 2.0), 0.0);
        assert_eq!(credits.balance, 144.0);
        let charged = hours(&mut credits, 72, 20.0);
        assert!((charged - 1_008.0).abs() < 1e-6, "{charged}");
        assert!((charged / 60.0 * 0.05 - 0.84).abs() < 1e-9);
        assert!((credits.surplus - 144.0).abs() < 1e-9);
        // At the baseline nothing changes; below it, what was spent ahead is paid back first.
        assert_eq!(hours(&mut credits, 48, 5.0), 0.0);
        assert!((credits.surplus - 144.0).abs() < 1e-9);
        hours(&mut credits, 24, 0.0);
        assert!(credits.surplus.abs() < 1e-9 && credits.balance.abs() < 1e-9);
    }

    /// A t2.micro by the figures of EC2-UG: 30 launch credits, 6 an hour; an hour at 100 % wants 60.
    #[test]
    fn without_credits_a_standard_instance_is_slowed_down() {
        let mut credits = Credits {
            balance: 30.0,
            surplus: 0.0,
        };
        let earning = Earning {
            earned: 6.0,
            most: 144.0,
        };
        let lacking = credits.spend_standard(earning, 60.0);
        assert_eq!((lacking, credits.balance), (24.0, 0.0));
        assert_eq!(credits.spend_standard(earning, 6.0), 0.0);
    }
}
