//! Hours, and the parts of those hours in which a price changes.

use super::{MICROS_PER_SECOND, SECONDS_PER_HOUR, UsageTable};
use crate::engine::time::SimTime;

/// The instants within hours at which a price changes, in seconds since the start of the reported
/// time, in order: each begins a part of its own. A change at the turn of an hour needs none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Parts {
    cuts: Vec<u64>,
}

impl Parts {
    /// Whether every part is a whole hour.
    pub(super) fn are_hours(&self) -> bool {
        self.cuts.is_empty()
    }

    /// The first cut after a second.
    pub(super) fn next_cut(&self, second: u64) -> Option<u64> {
        let next = self.cuts.partition_point(|cut| *cut <= second);
        self.cuts.get(next).copied()
    }

    /// The part that a second lies in.
    fn at(&self, second: u64) -> u32 {
        let cuts = self.cuts.partition_point(|cut| *cut <= second) as u64;
        let part = second / SECONDS_PER_HOUR + cuts;
        u32::try_from(part).expect("runs are shorter than 490,000 years")
    }

    /// How many cuts lie before the end of a part, and the last of them if the part begins there.
    fn before(&self, part: u32) -> (u32, Option<u64>) {
        let begun = self.cuts.partition_point(|cut| self.at(*cut) <= part);
        let last = begun.checked_sub(1).map(|last| self.cuts[last]);
        (begun as u32, last.filter(|cut| self.at(*cut) == part))
    }
}

impl UsageTable {
    /// Begins a part of its own at each of `times`, from the first whole second that begins there
    /// on: a second is billed at the price that it begins with. The table must be empty.
    ///
    /// # Panics
    /// If something has been added already.
    pub fn cut_at(&mut self, times: &[SimTime]) {
        assert!(self.places.is_empty(), "quantities are never split again");
        let reported = times.iter().filter(|time| self.from < **time);
        let seconds = reported.map(|time| {
            let micros = time.since(self.from).as_micros();
            micros.div_ceil(MICROS_PER_SECOND)
        });
        let cuts = &mut self.parts.cuts;
        cuts.extend(seconds.filter(|second| second % SECONDS_PER_HOUR != 0));
        cuts.sort_unstable();
        cuts.dedup();
    }

    /// The hour, or the part of it, that holds `time`, if it lies in the reported time.
    pub fn part_of(&self, time: SimTime) -> Option<u32> {
        if time < self.from || self.until <= time {
            return None;
        }
        let seconds = time.since(self.from).as_micros() / MICROS_PER_SECOND;
        Some(self.part_at(seconds))
    }

    /// The part that a second since the start of the reported time lies in.
    pub fn part_at(&self, second: u64) -> u32 {
        self.parts.at(second)
    }

    /// The hour that a part lies in.
    pub fn hour_of_part(&self, part: u32) -> u32 {
        part - self.parts.before(part).0
    }

    /// The first part of an hour.
    pub fn first_part_of(&self, hour: u32) -> u32 {
        self.part_at(u64::from(hour) * SECONDS_PER_HOUR)
    }

    /// How many parts the reported time has.
    pub fn part_count(&self) -> u32 {
        let seconds = self.reported().as_micros().div_ceil(MICROS_PER_SECOND);
        seconds
            .checked_sub(1)
            .map_or(0, |last| self.part_at(last) + 1)
    }

    /// The second, since the start of the reported time, at which a part starts.
    pub fn part_start(&self, part: u32) -> u64 {
        let hour = u64::from(self.hour_of_part(part)) * SECONDS_PER_HOUR;
        self.parts.before(part).1.unwrap_or(hour)
    }

    /// When a part starts.
    pub fn part_starts_at(&self, part: u32) -> SimTime {
        let micros = self.part_start(part).saturating_mul(MICROS_PER_SECOND);
        SimTime::from_micros(self.from.as_micros().saturating_add(micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ProviderId, ServiceId};
    use crate::observe::usage::{Meter, Owner, UsageKey};

    fn at(second: u64) -> SimTime {
        SimTime::from_secs(second)
    }

    /// Cuts at 00:10 and 00:30, at the turn of 01:00, and half a second after 01:20.
    fn table() -> UsageTable {
        let mut table = UsageTable::new(SimTime::ZERO, at(4 * 3_600));
        let half = SimTime::from_micros(4_800_500_000);
        table.cut_at(&[at(1_800), at(600), at(3_600), half, at(600)]);
        table
    }

    #[test]
    fn an_hour_has_a_part_for_each_price() {
        let table = table();
        let parts = [0, 599, 600, 1_799, 1_800, 3_599, 3_600, 4_800, 4_801, 7_200];
        let found = parts.map(|second| table.part_at(second));
        assert_eq!(found, [0, 0, 1, 1, 2, 2, 3, 3, 4, 5]);
        let starts: Vec<(u32, u64)> = (0..7)
            .map(|part| (table.hour_of_part(part), table.part_start(part)))
            .collect();
        let expected = [
            (0, 0),
            (0, 600),
            (0, 1_800),
            (1, 3_600),
            (1, 4_801),
            (2, 7_200),
            (3, 10_800),
        ];
        assert_eq!(starts, expected);
        assert_eq!((table.part_count(), table.first_part_of(1)), (7, 3));
    }

    #[test]
    fn seconds_are_split_at_the_cuts_and_none_is_lost() {
        let mut table = table();
        let owner = Owner::Service(ServiceId(0));
        let key = UsageKey::billed(Meter::PublicIpv4, owner, Some(ProviderId(0)));
        table.add_seconds(key, at(500), 12_000, 2);
        let parts: Vec<u128> = table.parts(key).filter(|it| 0 < *it).collect();
        assert_eq!(parts, [200, 2_400, 3_600, 2_402, 4_798, 7_200, 3_400]);
        let hours: Vec<u128> = table.hours(key).into_iter().filter(|it| 0 < *it).collect();
        assert_eq!(hours, [6_200, 7_200, 7_200, 3_400]);
        assert_eq!(table.total(key), 24_000);
        table.add_at(at(1_799), key, 5);
        assert_eq!(table.parts(key).nth(1), Some(2_405));
    }
}
