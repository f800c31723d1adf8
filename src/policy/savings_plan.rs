//! How hourly commitments are applied to an hour's usage.
//!
//! Source: Savings Plans user guide (SP-UG), "Understanding how Savings Plans apply to your AWS
//! usage": Reserved Instances first, then EC2 Instance Savings Plans, then Compute Savings Plans;
//! within a plan the usage with the highest savings percentage first, of equal ones that with the
//! lowest rate; until no usage or no commitment is left. The rest is on demand.

use std::cmp::Reverse;

/// What is left of an hour's usage of one thing, as a plan sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Eligible {
    /// What it costs at the plan's rates, in any unit that the commitment has too.
    pub at_plan_rates: u128,
    /// What the plan takes off on demand, millionths.
    pub savings_ppm: u32,
    /// The plan's rate of a unit: breaks ties.
    pub rate: u128,
}

/// How much of an hour's commitment goes to each usage, in the order given.
pub fn apply(commitment: u128, usages: &[Eligible]) -> Vec<u128> {
    let mut order: Vec<usize> = (0..usages.len()).collect();
    order.sort_by_key(|at| (Reverse(usages[*at].savings_ppm), usages[*at].rate));
    let mut left = commitment;
    let mut spent = vec![0; usages.len()];
    for at in order {
        spent[at] = usages[at].at_plan_rates.min(left);
        left -= spent[at];
    }
    spent
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thousandths of a dollar.
    fn usage(count: u128, rate: u128, savings_percent: u32) -> Eligible {
        Eligible {
            at_plan_rates: count * rate,
            savings_ppm: savings_percent * 10_000,
            rate,
        }
    }

    /// SP-UG, the example's hour under a Compute Savings Plan: four r5.4xlarge at 0.70 (30 % off), an
    /// m5.24xlarge at 8.20 (18 %), 400 vCPU at 0.03 and 1,600 GB at 0.003 of Fargate (25 %).
    fn example() -> [Eligible; 4] {
        [
            usage(4, 700, 30),
            usage(1, 8_200, 18),
            usage(400, 30, 25),
            usage(1_600, 3, 25),
        ]
    }

    /// SP-UG, scenario 1: 50.00 USD an hour cover all.
    #[test]
    fn a_commitment_beyond_the_usage_covers_all() {
        assert_eq!(apply(50_000, &example()), [2_800, 8_200, 12_000, 4_800]);
    }

    /// SP-UG, scenario 2: 19.60 USD an hour go to the r5 (30 %), then to Fargate (25 %); the
    /// m5.24xlarge stays on demand.
    #[test]
    fn a_smaller_one_goes_to_what_saves_most() {
        assert_eq!(apply(19_600, &example()), [2_800, 0, 12_000, 4_800]);
        // One cent more buys a part of the next.
        assert_eq!(apply(19_610, &example()), [2_800, 10, 12_000, 4_800]);
        // Of equal savings the lowest rate comes first: memory.
        assert_eq!(apply(7_600, &example()), [2_800, 0, 0, 4_800]);
    }

    /// SP-UG, scenario 3: two of the r5 are reserved, 18.20 USD an hour cover what is left of it and
    /// Fargate.
    #[test]
    fn reserved_instances_leave_less_to_cover() {
        let mut left = example();
        left[0] = usage(2, 700, 30);
        assert_eq!(apply(18_200, &left), [1_400, 0, 12_000, 4_800]);
    }

    #[test]
    fn nothing_committed_or_nothing_used() {
        assert_eq!(apply(0, &example()), [0; 4]);
        assert_eq!(apply(5, &[]), [0; 0]);
    }
}
