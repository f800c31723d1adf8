//! What Savings Plans take off on demand, where a scenario does not say it.
//!
//! Source: Vantage, "What is an AWS Savings Plan?" (vantage.sh/blog/what-is-an-aws-savings-plan):
//! Compute Savings Plans for Fargate, Linux/X86, US East (Ohio), No Upfront: about 20 % for one
//! year, about 45 % for three. ASSUMPTION: the same in every region and for every platform. What
//! they take off EC2 differs by instance type, from a few percent to 72; no one figure stands for
//! it.

/// How long a Savings Plan is bought for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Term {
    /// One year.
    OneYear,
    /// Three years.
    ThreeYears,
}

/// Who said it.
pub const SOURCE: &str = "Vantage: Fargate, Linux/X86, US East (Ohio), No Upfront";

impl Term {
    /// What a Compute Savings Plan without upfront payment takes off Fargate, percent.
    pub fn fargate_percent(self) -> u32 {
        match self {
            Term::OneYear => 20,
            Term::ThreeYears => 45,
        }
    }

    /// The term in words: `1 year`.
    pub fn words(self) -> &'static str {
        match self {
            Term::OneYear => "1 year",
            Term::ThreeYears => "3 years",
        }
    }
}
