//! What the Spot Instance Advisor says of a type in a region: how often Spot took instances back
//! in the past month, and how much cheaper they were.
//!
//! AWS's file, Linux only, 33 regions, July 2025: both figures are of the month before. What a
//! bucket means for one's own instances rests on how the advisor's share is read; that is the spot
//! model's business.

use std::sync::OnceLock;

use super::table::ByRegion;
use crate::ids::InstanceTypeId;

const SPOT: &str = include_str!("../ec2_spot.csv");

/// The advisor's line of a type in a region.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Advice {
    /// "Frequency of interruption" a month: 0 is under 5 %, 1 is 5 to 10 %, 2 is 10 to 15 %, 3 is
    /// 15 to 20 %, 4 is over 20 %; the place in `policy::spot`'s `InterruptionBucket::ALL`.
    pub bucket: u8,
    /// Savings against on demand, in per cent; negative where Spot was dearer.
    pub savings_percent: i8,
    /// The month of the figures.
    pub date: &'static str,
    /// The short name of their source.
    pub source: &'static str,
}

/// What the advisor says; none where it says nothing.
pub fn advice(id: InstanceTypeId, region: &str) -> Option<Advice> {
    let column = table().column(region)?;
    let (bucket, savings_percent) = table().get(id, column)?;
    Some(Advice {
        bucket,
        savings_percent,
        date: column.date,
        source: column.source,
    })
}

/// How many lines the advisor has, and in how many regions.
pub fn counts() -> (usize, usize) {
    table().counts()
}

/// Bucket and savings.
type Figures = (u8, i8);

fn table() -> &'static ByRegion<Figures> {
    static TABLE: OnceLock<ByRegion<Figures>> = OnceLock::new();
    TABLE.get_or_init(|| ByRegion::read(SPOT, figures))
}

/// `487`: bucket 4, savings of 87 %; none for an empty cell.
fn figures(text: &str) -> Option<Figures> {
    let (bucket, savings) = text.split_at_checked(1)?;
    Some((bucket.parse().ok()?, savings.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::instances::{all, find};
    use crate::catalog::prices::source_description;
    use crate::catalog::regions::Region;

    #[test]
    fn a_cell_is_a_bucket_and_savings() {
        assert_eq!(figures("487"), Some((4, 87)));
        assert_eq!(figures("0-62"), Some((0, -62)));
        assert_eq!(figures("40"), Some((4, 0)));
        assert_eq!(figures(""), None);
        let c5 = find("c5.12xlarge").unwrap();
        let advice = advice(c5, "af-south-1").unwrap();
        assert_eq!((advice.bucket, advice.savings_percent), (4, 87));
    }

    /// As many as the spot model's buckets were fitted to: 14,962, shared out 21.6, 19.3, 13.5,
    /// 12.5 and 33.0 %.
    #[test]
    fn every_line_of_the_advisor_is_there() {
        let mut counts = [0; 5];
        for column in table().columns() {
            assert!(Region::from_name(column.region).is_some());
            assert!(source_description(column.source).is_some());
            for known in all() {
                if let Some((bucket, savings)) = table().get(known.id, column) {
                    counts[usize::from(bucket)] += 1;
                    assert!((-100..100).contains(&savings));
                }
            }
        }
        assert_eq!(counts.iter().sum::<i32>(), 14_962);
        let shares = counts.map(|count| (f64::from(count) / 14.962).round() / 10.0);
        assert_eq!(shares, [21.6, 19.3, 13.5, 12.5, 33.0]);
    }
}
