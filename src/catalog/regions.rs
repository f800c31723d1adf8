//! AWS's regions: name, the local time of its customers, the zones a cluster spreads over by
//! default.
//!
//! The names are those of AWS's Fargate price feed (published 2025-10-27; China is not in it).

use thiserror::Error;

use crate::catalog::names;

/// A region of AWS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    /// AWS's name: `eu-central-1`.
    pub name: &'static str,
    /// The IANA zone of the region's local time, for daily peaks. ASSUMPTION: the zone of the place
    /// in the region's AWS name (US East (Ohio), Europe (Frankfurt), ...).
    pub time_zone: &'static str,
}

/// The letters of the zones where a scenario names none. ASSUMPTION: three zones a, b, c
/// everywhere; real regions have two to six, and an account's letters are its own.
pub const DEFAULT_ZONE_LETTERS: [char; 3] = ['a', 'b', 'c'];

/// All regions with a Fargate price, by name.
///
/// Launch rates are not told apart: newer regions start with lower Fargate rates (25 burst, 5/s
/// instead of 100, 20/s; a third party's copy of the quota pages), but which these are is not
/// published. ASSUMPTION: the standard rates everywhere; a scenario may set others.
pub const REGIONS: &[Region] = &[
    region("af-south-1", "Africa/Johannesburg"),
    region("ap-east-1", "Asia/Hong_Kong"),
    region("ap-east-2", "Asia/Taipei"),
    region("ap-northeast-1", "Asia/Tokyo"),
    region("ap-northeast-2", "Asia/Seoul"),
    region("ap-northeast-3", "Asia/Tokyo"),
    region("ap-south-1", "Asia/Kolkata"),
    region("ap-south-2", "Asia/Kolkata"),
    region("ap-southeast-1", "Asia/Singapore"),
    region("ap-southeast-2", "Australia/Sydney"),
    region("ap-southeast-3", "Asia/Jakarta"),
    region("ap-southeast-4", "Australia/Melbourne"),
    region("ap-southeast-5", "Asia/Kuala_Lumpur"),
    region("ap-southeast-6", "Pacific/Auckland"),
    region("ap-southeast-7", "Asia/Bangkok"),
    region("ca-central-1", "America/Toronto"),
    region("ca-west-1", "America/Edmonton"),
    region("eu-central-1", "Europe/Berlin"),
    region("eu-central-2", "Europe/Zurich"),
    region("eu-north-1", "Europe/Stockholm"),
    region("eu-south-1", "Europe/Rome"),
    region("eu-south-2", "Europe/Madrid"),
    region("eu-west-1", "Europe/Dublin"),
    region("eu-west-2", "Europe/London"),
    region("eu-west-3", "Europe/Paris"),
    region("il-central-1", "Asia/Jerusalem"),
    region("me-central-1", "Asia/Dubai"),
    region("me-south-1", "Asia/Bahrain"),
    region("mx-central-1", "America/Mexico_City"),
    region("sa-east-1", "America/Sao_Paulo"),
    region("us-east-1", "America/New_York"),
    region("us-east-2", "America/New_York"),
    region("us-gov-east-1", "America/New_York"),
    region("us-gov-west-1", "America/Los_Angeles"),
    region("us-west-1", "America/Los_Angeles"),
    region("us-west-2", "America/Los_Angeles"),
];

/// There is no region of this name.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("there is no region \"{0}\"")]
pub struct UnknownRegion(pub String);

impl UnknownRegion {
    /// The regions whose names are nearest, or all of them.
    pub fn help(&self) -> String {
        let known: Vec<&str> = REGIONS.iter().map(|region| region.name).collect();
        names::suggestion(&self.0, known.iter().copied())
            .unwrap_or_else(|| format!("known here: {}", known.join(", ")))
    }
}

impl Region {
    /// The region of this name, or which one may have been meant.
    pub fn find(name: &str) -> Result<&'static Region, UnknownRegion> {
        Region::from_name(name).ok_or_else(|| UnknownRegion(name.to_owned()))
    }

    /// The region of this name.
    pub fn from_name(name: &str) -> Option<&'static Region> {
        REGIONS.iter().find(|region| region.name == name)
    }

    /// The names of the zones where a scenario names none: `us-east-1a`, `us-east-1b`,
    /// `us-east-1c`.
    pub fn default_zones(&self) -> [String; 3] {
        DEFAULT_ZONE_LETTERS.map(|letter| format!("{}{letter}", self.name))
    }
}

const fn region(name: &'static str, time_zone: &'static str) -> Region {
    Region { name, time_zone }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_zone_is_known_to_the_time_zone_library() {
        for region in REGIONS {
            jiff::tz::TimeZone::get(region.time_zone).unwrap();
        }
    }

    #[test]
    fn regions_stand_once_and_by_name() {
        assert_eq!(REGIONS.len(), 36);
        assert!(REGIONS.is_sorted_by(|a, b| a.name < b.name));
        let virginia = Region::from_name("us-east-1").unwrap();
        assert_eq!(virginia.default_zones()[2], "us-east-1c");
    }
}
