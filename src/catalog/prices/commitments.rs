//! Hourly commitments of a scenario: Savings Plans and Reserved Instances.

use super::PriceBook;
use crate::catalog::instances::get;
use crate::ids::InstanceTypeId;
use crate::units::PicoUsd;

const WHOLE_PPM: u32 = 1_000_000;

/// What a commitment applies to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Covers {
    /// One instance type, so many at a time: Reserved Instances.
    Type(InstanceTypeId),
    /// The types of a family: an EC2 Instance Savings Plan.
    Family(String),
    /// Instances and Fargate: a Compute Savings Plan.
    Compute,
}

/// Money that is owed for each hour, used or not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commitment {
    /// What it is called: `compute`, `m6i`, `4 reserved m6i.large`.
    pub name: String,
    /// What it applies to.
    pub covers: Covers,
    /// USD an hour, at its own rates, before a negotiated discount.
    pub per_hour: PicoUsd,
    /// What its rates take off on demand, millionths: the first that fits.
    pub savings: Vec<(Saving, u32)>,
    /// What an hour of a reserved instance costs instead, before a negotiated discount.
    pub rate: Option<PicoUsd>,
}

/// What a savings percentage is of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Saving {
    /// Fargate.
    Fargate,
    /// A type.
    Type(InstanceTypeId),
    /// A family.
    Family(String),
    /// All instances.
    Ec2,
    /// Anything.
    All,
}

impl Commitment {
    /// What the plan takes off on demand for an instance type, or for Fargate (none), millionths;
    /// none if it does not apply to it.
    pub fn savings_ppm(&self, of: Option<InstanceTypeId>) -> Option<u32> {
        let family = of.map(|id| get(id).family());
        let applies = match (&self.covers, of) {
            (Covers::Compute, _) => true,
            (Covers::Family(name), _) => family == Some(name),
            (Covers::Type(id), of) => of == Some(*id),
        };
        let fits = |saving: &Saving| match saving {
            Saving::Fargate => of.is_none(),
            Saving::Type(id) => of == Some(*id),
            Saving::Family(name) => family == Some(name),
            Saving::Ec2 => of.is_some(),
            Saving::All => true,
        };
        let found = self.savings.iter().find(|(saving, _)| fits(saving));
        found
            .filter(|_| applies)
            .map(|(_, ppm)| (*ppm).min(WHOLE_PPM))
    }
}

impl Commitment {
    /// What AWS calls it: `Compute Savings Plan`.
    pub fn words(&self) -> String {
        match &self.covers {
            Covers::Compute => "Compute Savings Plan".to_owned(),
            Covers::Family(family) => format!("EC2 Instance Savings Plan for {family}"),
            Covers::Type(_) => self.name.clone(),
        }
    }

    /// What a scenario says it is, a Savings Plan: `plan: ec2Instance, family: m6i`.
    pub fn in_scenario(&self) -> String {
        match &self.covers {
            Covers::Family(family) => format!("plan: ec2Instance, family: {family}"),
            Covers::Compute | Covers::Type(_) => "plan: compute".to_owned(),
        }
    }

    /// What its rates take off on demand, percent, each with what a scenario says it is of: none
    /// for anything.
    pub fn savings_percent(&self) -> Vec<(Option<String>, f64)> {
        let named = self.savings.iter().map(|(of, ppm)| {
            let name = match of {
                Saving::Fargate => Some("fargate".to_owned()),
                Saving::Ec2 => Some("ec2".to_owned()),
                Saving::Family(family) => Some(family.clone()),
                Saving::Type(id) => Some(get(*id).name.to_string()),
                Saving::All => None,
            };
            (name, f64::from(*ppm) * 100.0 / f64::from(WHOLE_PPM))
        });
        named.collect()
    }
}

impl PriceBook {
    /// Adds a commitment. They are kept in the order in which AWS applies them: Reserved Instances,
    /// EC2 Instance Savings Plans, Compute Savings Plans.
    pub fn add_commitment(&mut self, commitment: Commitment) {
        self.commitments.push(commitment);
        self.commitments.sort_by_key(|it| match it.covers {
            Covers::Type(_) => 0,
            Covers::Family(_) => 1,
            Covers::Compute => 2,
        });
    }

    /// The same prices with another amount an hour of a commitment, by its place in the order of
    /// application, before a negotiated discount.
    pub fn with_commitment(&self, at: usize, per_hour: PicoUsd) -> PriceBook {
        let mut prices = self.clone();
        if let Some(commitment) = prices.commitments.get_mut(at) {
            commitment.per_hour = per_hour;
        }
        prices
    }

    /// The commitments, in the order in which they apply.
    pub fn commitments(&self) -> &[Commitment] {
        &self.commitments
    }

    /// What an hour of a reserved instance costs, a negotiated discount taken off.
    pub fn reserved_rate(&self, commitment: &Commitment) -> Option<PicoUsd> {
        commitment.rate.map(|rate| self.less_negotiated(rate))
    }

    /// What an hour of a commitment costs, a negotiated discount taken off.
    pub fn commitment_per_hour(&self, commitment: &Commitment) -> PicoUsd {
        self.less_negotiated(commitment.per_hour)
    }
}
