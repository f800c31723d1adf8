//! Usage meters: what was used, by whom, in which hour, in integers; prices are applied afterwards
//! by `billing`.
//!
//! A meter that runs for a time is added as a whole (`add_span`): each key keeps the *changes* of
//! its quantity from hour to hour, so a year-long task costs as much to add as a short one. Sums
//! are exact: a span's seconds are split at the hours and none is lost. An hour in which a price
//! changes is kept in parts (`parts`): each part has one price.

use std::collections::BTreeMap;

use crate::catalog::fargate::FargatePlatform;
use crate::engine::time::{SimDuration, SimTime};
use crate::ids::{JobSourceId, LoadBalancerId, ProviderId, ServiceId};
use crate::policy::fargate;

mod class;
mod csv;
mod meter;
mod parts;
mod series;

pub use class::UsageClass;
pub use csv::{Names, UsageFileError, read_csv, write_csv};
pub use meter::{InstanceKind, Meter, VCPU_WEIGHT, weighted};
use series::Series;

/// Seconds of an hour.
pub const SECONDS_PER_HOUR: u64 = 3_600;

/// The same for Windows. ASSUMPTION: five minutes; not sourced.
pub const FARGATE_WINDOWS_SECONDS_MIN: u64 = 300;

const MICROS_PER_SECOND: u64 = 1_000_000;

/// Who used something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Owner {
    /// A service's tasks.
    Service(ServiceId),
    /// Tasks that a program started with RunTask.
    Job(JobSourceId),
    /// A load balancer.
    LoadBalancer(LoadBalancerId),
    /// Nobody in particular.
    Cluster,
}

/// What a quantity is of: one series of hours in the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UsageKey {
    /// Who used it.
    pub owner: Owner,
    /// The capacity provider of the task, for a task's meters.
    pub provider: Option<ProviderId>,
    /// Billed, or said once more as waste.
    pub class: UsageClass,
    /// What was used.
    pub meter: Meter,
}

impl UsageKey {
    /// What `owner` is billed for.
    pub const fn billed(meter: Meter, owner: Owner, provider: Option<ProviderId>) -> Self {
        UsageKey {
            owner,
            provider,
            class: UsageClass::Billed,
            meter,
        }
    }

    /// The same usage said once more as waste.
    pub const fn as_waste(self, class: UsageClass) -> Self {
        UsageKey { class, ..self }
    }
}

/// The usage of a run's reported part, by key and hour, hour 0 starting where the reported part
/// starts.
#[derive(Clone, Debug)]
pub struct UsageTable {
    from: SimTime,
    until: SimTime,
    parts: parts::Parts,
    places: BTreeMap<UsageKey, usize>,
    series: Vec<Series>,
}

/// Where the series of the key asked for last is kept: who adds to one key again and again need not
/// look for it each time.
#[derive(Clone, Copy, Default, Debug)]
pub struct KnownPlace(Option<(UsageKey, usize)>);

/// A quantity of one key in one hour, or in a part of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UsageRow {
    /// Parts since the start of the reported time: hours, where no price changes within one.
    pub part: u32,
    /// What was used, and by whom.
    pub key: UsageKey,
    /// How much, in the meter's base unit.
    pub quantity: u128,
}

impl UsageTable {
    /// An empty table for the reported part `[from, until)` of a run: what lies outside is not
    /// counted. A start within a second is that second's start.
    ///
    /// # Panics
    /// If the part ends before it starts.
    pub fn new(from: SimTime, until: SimTime) -> Self {
        assert!(from <= until, "the reported part ends after its start");
        let from = SimTime::from_secs(from.as_micros() / MICROS_PER_SECOND);
        UsageTable {
            from,
            until,
            parts: parts::Parts::default(),
            places: BTreeMap::new(),
            series: Vec::new(),
        }
    }

    /// When the reported part starts.
    pub fn from(&self) -> SimTime {
        self.from
    }

    /// The length of the reported part.
    pub fn reported(&self) -> SimDuration {
        self.until.since(self.from)
    }

    /// The same table, cut where the run really ended (a limit, Ctrl-C); nothing later may have
    /// been added.
    pub fn set_end(&mut self, until: SimTime) {
        self.until = until.max(self.from);
    }

    /// The last hour of the reported part, or the last part of it, and what it lacks of an hour,
    /// seconds; `None`: nothing, or nothing is reported.
    pub fn rest_of_hour(&self) -> Option<(u32, u64)> {
        let reported = self.reported().as_micros().div_ceil(MICROS_PER_SECOND);
        let lacking = reported.next_multiple_of(SECONDS_PER_HOUR) - reported;
        (0 < lacking).then(|| (self.part_at(reported - 1), lacking))
    }

    /// Adds a quantity to one hour, or a part of it.
    pub fn add(&mut self, part: u32, key: UsageKey, quantity: u128) {
        self.add_known(part, key, quantity, &mut KnownPlace::default());
    }

    /// The same, with the key's place remembered.
    pub fn add_known(&mut self, part: u32, key: UsageKey, quantity: u128, known: &mut KnownPlace) {
        if 0 < quantity {
            let quantity = i128::try_from(quantity).unwrap_or(i128::MAX);
            self.series_of(key, known).add(part, part + 1, quantity);
        }
    }

    /// Adds a quantity at an instant; nothing if it lies outside of the reported part.
    #[inline]
    pub fn add_at(&mut self, time: SimTime, key: UsageKey, quantity: u64) {
        if 0 < quantity
            && let Some(part) = self.part_of(time)
        {
            self.add(part, key, u128::from(quantity));
        }
    }

    /// Adds `rate_per_second` for each second from `start` to `end`, the last part second counted
    /// full.
    pub fn add_span(&mut self, key: UsageKey, start: SimTime, end: SimTime, rate_per_second: u64) {
        self.add_seconds(key, start, whole_seconds(start, end), rate_per_second);
    }

    /// Adds `rate_per_second` for `seconds` seconds from `start` on (see [`billed_seconds`]), as
    /// far as they lie in the reported part. A second belongs to the hour in which it starts.
    pub fn add_seconds(
        &mut self,
        key: UsageKey,
        start: SimTime,
        seconds: u64,
        rate_per_second: u64,
    ) {
        let known = &mut KnownPlace::default();
        self.add_seconds_known(key, (start, seconds), rate_per_second, known);
    }

    /// The same, with the key's place remembered.
    pub fn add_seconds_known(
        &mut self,
        key: UsageKey,
        (start, seconds): (SimTime, u64),
        rate_per_second: u64,
        known: &mut KnownPlace,
    ) {
        // Instants as whole seconds since the start of the reported part; the first may lie before
        // it.
        let second = |time: SimTime| time.as_micros() / MICROS_PER_SECOND;
        let (origin, start) = (second(self.from), second(start));
        let reported = self.reported().as_micros().div_ceil(MICROS_PER_SECOND);
        let end = start.saturating_add(seconds).saturating_sub(origin);
        let (start, end) = (start.saturating_sub(origin), end.min(reported));
        if end <= start || rate_per_second == 0 {
            return;
        }
        let mut at = start;
        while at < end {
            let until = self.parts.next_cut(at).map_or(end, |cut| cut.min(end));
            self.add_uncut(key, (at, until), rate_per_second, known);
            at = until;
        }
    }

    /// The same for seconds since the start of the reported time that no cut lies between.
    fn add_uncut(
        &mut self,
        key: UsageKey,
        (start, end): (u64, u64),
        rate_per_second: u64,
        known: &mut KnownPlace,
    ) {
        let (first, last) = (self.part_at(start), self.part_at(end - 1));
        let series = self.series_of(key, known);
        let rate = i128::from(rate_per_second);
        let seconds_in = |from: u64, to: u64| i128::from(to - from) * rate;
        if first == last {
            series.add(first, first + 1, seconds_in(start, end));
            return;
        }
        let hour_start = |second: u64| second - second % SECONDS_PER_HOUR;
        let next_hour = hour_start(start) + SECONDS_PER_HOUR;
        series.add(first, first + 1, seconds_in(start, next_hour));
        series.add(first + 1, last, seconds_in(0, SECONDS_PER_HOUR));
        series.add(last, last + 1, seconds_in(hour_start(end - 1), end));
    }

    /// Adds `rate_per_second` from `start` to `end`, a part second at its share: for what is not
    /// billed by the second.
    pub fn add_exact(
        &mut self,
        key: UsageKey,
        (start, end): (SimTime, SimTime),
        rate_per_second: u64,
        known: &mut KnownPlace,
    ) {
        // What lies before is cut off to the microsecond, as all of it is counted.
        let start = start.max(self.from);
        let length_us = match start < end {
            true => end.since(start).as_micros(),
            false => 0,
        };
        if length_us == 0 {
            return;
        }
        let (whole, rest_us) = (length_us / MICROS_PER_SECOND, length_us % MICROS_PER_SECOND);
        // A part second times a rate of CPU units and MiB is far below 2^64.
        let rest = rest_us.saturating_mul(rate_per_second);
        let rest = rest.saturating_add(MICROS_PER_SECOND / 2) / MICROS_PER_SECOND;
        if let Some(hour) = self.hour_of_all((start, end), whole) {
            let rate = u128::from(rate_per_second);
            let quantity = u128::from(whole) * rate + u128::from(rest);
            return self.add_known(hour, key, quantity, known);
        }
        self.add_seconds_known(key, (start, whole), rate_per_second, known);
        let at = SimTime::from_micros(end.as_micros() - rest_us);
        if let Some(part) = self.part_of(at) {
            self.add_known(part, key, u128::from(rest), known);
        }
    }

    /// The hour in which all of a time lies that has so many whole seconds, if it lies in one and
    /// in the reported time, and no price changes within an hour.
    fn hour_of_all(&self, (start, end): (SimTime, SimTime), whole: u64) -> Option<u32> {
        if !self.parts.are_hours() || start < self.from || self.until < end {
            return None;
        }
        let first =
            start.as_micros() / MICROS_PER_SECOND - self.from.as_micros() / MICROS_PER_SECOND;
        let hour = first / SECONDS_PER_HOUR;
        (hour == (first + whole) / SECONDS_PER_HOUR).then(|| self.part_at(first))
    }

    /// The keys with any usage, in order of owner, provider, class and meter.
    pub fn keys(&self) -> impl Iterator<Item = UsageKey> + '_ {
        self.places.keys().copied()
    }

    /// The quantity of each hour of a key, from hour 0; empty if it has none.
    pub fn hours(&self, key: UsageKey) -> Vec<u128> {
        if self.parts.are_hours() {
            return self.parts(key).collect();
        }
        let mut hours = Vec::new();
        for (part, quantity) in self.parts(key).enumerate() {
            let hour = self.hour_of_part(part as u32) as usize;
            hours.resize(hours.len().max(hour + 1), 0);
            hours[hour] += quantity;
        }
        hours
    }

    /// The quantity of each part of a key, from part 0; empty if it has none.
    pub fn parts(&self, key: UsageKey) -> impl Iterator<Item = u128> + '_ {
        let place = self.places.get(&key).into_iter();
        place.flat_map(|place| self.series[*place].parts())
    }

    /// The sum of a key over the whole time.
    pub fn total(&self, key: UsageKey) -> u128 {
        self.parts(key).sum()
    }

    /// All quantities but zeros, by key, then part.
    pub fn rows(&self) -> impl Iterator<Item = UsageRow> + '_ {
        self.places.iter().flat_map(|(key, place)| {
            let parts = self.series[*place].parts().enumerate();
            parts.filter_map(|(part, quantity)| {
                (0 < quantity).then_some(UsageRow {
                    part: part as u32,
                    key: *key,
                    quantity,
                })
            })
        })
    }

    #[inline]
    fn series_of(&mut self, key: UsageKey, known: &mut KnownPlace) -> &mut Series {
        match &known.0 {
            Some((of, place)) if *of == key => &mut self.series[*place],
            Some(_) | None => self.look_for_series(key, known),
        }
    }

    fn look_for_series(&mut self, key: UsageKey, known: &mut KnownPlace) -> &mut Series {
        let place = *self.places.entry(key).or_insert(self.series.len());
        if place == self.series.len() {
            self.series.push(Series::default());
        }
        known.0 = Some((key, place));
        &mut self.series[place]
    }
}

/// Tables are equal if they say the same, whatever came first.
impl PartialEq for UsageTable {
    fn eq(&self, other: &Self) -> bool {
        let reported = |table: &UsageTable| (table.from, table.until);
        reported(self) == reported(other)
            && self.parts == other.parts
            && self.rows().eq(other.rows())
    }
}

impl Eq for UsageTable {}

/// The whole seconds from `start` to `end`, a part second counted full.
pub fn whole_seconds(start: SimTime, end: SimTime) -> u64 {
    end.since(start).as_micros().div_ceil(MICROS_PER_SECOND)
}

/// The seconds a Fargate task is billed for: from the start of the image pull until it has stopped,
/// rounded up to the second, a minute at least (AWS Fargate pricing, 2026; CAP-E29: 20 s are billed
/// as 60), five for Windows.
pub fn billed_seconds(pull_started: SimTime, stopped: SimTime, platform: FargatePlatform) -> u64 {
    let seconds = fargate::billed_seconds(pull_started, stopped);
    match platform {
        FargatePlatform::LinuxX86 | FargatePlatform::LinuxArm => seconds,
        FargatePlatform::Windows => seconds.max(FARGATE_WINDOWS_SECONDS_MIN),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: u64 = SECONDS_PER_HOUR;

    fn key() -> UsageKey {
        let meter = Meter::FargateVcpu(FargatePlatform::LinuxX86);
        UsageKey::billed(meter, Owner::Service(ServiceId(0)), Some(ProviderId(0)))
    }

    fn table(from: u64, until: u64) -> UsageTable {
        UsageTable::new(SimTime::from_secs(from), SimTime::from_secs(until))
    }

    fn check_span(from_to: (u64, u64), micros: (u64, u64), hours: &[u128]) {
        let mut table = table(from_to.0, from_to.1);
        let start = SimTime::from_micros(micros.0);
        table.add_span(key(), start, SimTime::from_micros(micros.1), 1);
        let shown: Vec<u128> = table.rows().map(|row| row.quantity).collect();
        assert_eq!(shown, hours);
    }

    #[test]
    fn a_span_is_split_at_the_hours_and_rounded_up_to_the_second() {
        let day = (0, 24 * HOUR);
        check_span(day, (0, 1), &[1]);
        check_span(day, (500_000, 1_500_000), &[1]);
        check_span(day, (500_000, 1_500_001), &[2]);
        check_span(day, (3_599_000_000, 3_601_000_000), &[1, 1]);
        check_span(day, (1_800_000_000, 9_000_000_000), &[1800, 3600, 1800]);
        check_span(day, (0, 7_200_000_000), &[3600, 3600]);
    }

    #[test]
    fn usage_outside_of_the_reported_part_is_cut_off() {
        let part = (HOUR, 3 * HOUR);
        check_span(part, (0, 3_600_000_000), &[]);
        check_span(part, (0, 3_610_000_000), &[10]);
        check_span(part, (10_790_000_000, 20_000_000_000), &[10]);
        check_span(part, (0, 20_000_000_000), &[3600, 3600]);
        let mut table = table(part.0, part.1);
        table.add_at(SimTime::from_secs(HOUR - 1), key(), 5);
        table.add_at(SimTime::from_secs(HOUR), key(), 7);
        table.add_at(SimTime::from_secs(3 * HOUR), key(), 9);
        let rows: Vec<(u32, u128)> = table.rows().map(|row| (row.part, row.quantity)).collect();
        assert_eq!(rows, [(0, 7)]);
    }

    /// CAP-E29, AWS Fargate pricing: 20 s including the pull are billed as 60 s.
    #[test]
    fn a_task_is_billed_a_minute_at_least() {
        let at = SimTime::from_micros;
        let linux = FargatePlatform::LinuxX86;
        assert_eq!(billed_seconds(at(0), at(20_000_000), linux), 60);
        assert_eq!(billed_seconds(at(5), at(60_000_006), linux), 61);
        let windows = FargatePlatform::Windows;
        assert_eq!(billed_seconds(at(0), at(20_000_000), windows), 300);
    }

    #[test]
    fn an_instant_and_a_span_agree_on_the_hour_when_the_part_starts_within_a_second() {
        let mut table = UsageTable::new(SimTime::from_micros(1_500_000), SimTime::from_secs(9_000));
        let boundary = SimTime::from_secs(HOUR + 1);
        assert_eq!(table.part_of(boundary), Some(1));
        table.add_seconds(key(), boundary, 1, 1);
        assert_eq!(table.rows().map(|row| row.part).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_hundred_thousand_large_tasks_for_a_year_fit() {
        let year = 365 * 24 * HOUR;
        let mut table = table(0, year);
        let rate = 100_000 * 16_384;
        table.add_span(key(), SimTime::ZERO, SimTime::from_secs(year), rate);
        assert_eq!(table.total(key()), u128::from(year) * u128::from(rate));
    }

    #[test]
    fn a_series_whose_changes_outgrow_64_bits_goes_on() {
        let (mut table, hour) = (table(0, 10 * HOUR), 1 << 62);
        for _ in 0..4 {
            table.add(3, key(), hour);
            table.add(4, key(), hour);
        }
        table.add_span(key(), SimTime::ZERO, SimTime::from_secs(9 * HOUR), 1);
        let hours = table.hours(key());
        assert_eq!(hours[2..5], [3_600, (1 << 64) + 3_600, (1 << 64) + 3_600]);
    }

    proptest! {
        /// A time within an hour is added at once, where no hour of the run is cut; else in parts.
        #[test]
        fn an_exact_time_is_the_same_at_once_and_in_parts(
            start_us in 0..8 * HOUR * 1_000_000,
            length_us in prop_oneof![0..3_000_000u64, 0..2 * HOUR * 1_000_000],
            rate in 0..100_000u64,
        ) {
            let start = SimTime::from_micros(start_us);
            let end = SimTime::from_micros(start_us + length_us);
            let hours = |mut table: UsageTable| {
                table.add_exact(key(), (start, end), rate, &mut KnownPlace::default());
                let mut hours = table.hours(key());
                let used = hours.iter().rposition(|hour| 0 < *hour).map_or(0, |last| last + 1);
                hours.truncate(used);
                hours
            };
            let mut cut = table(0, 10 * HOUR);
            cut.cut_at(&[SimTime::from_secs(9 * HOUR + 7)]);
            prop_assert_eq!(hours(table(0, 10 * HOUR)), hours(cut));
        }

        #[test]
        fn splitting_over_hours_loses_and_invents_nothing(
            spans in prop::collection::vec((0..9u64 << 33, 0..9u64 << 33, 1..20_000u64), 1..20),
        ) {
            let mut table = table(0, 100 * HOUR);
            let mut expected = 0u128;
            for (start, length, rate) in spans {
                let end = SimTime::from_micros(start + length);
                let start = SimTime::from_micros(start);
                table.add_span(key(), start, end, rate);
                expected += u128::from(length.div_ceil(1_000_000)) * u128::from(rate);
            }
            prop_assert_eq!(table.total(key()), expected);
        }

        #[test]
        fn a_long_span_is_its_seconds_added_one_by_one(
            from in 0..5_000u64, start in 0..8_000u64, seconds in 0..12_000u64,
        ) {
            let (mut whole, mut single) = (table(from, 15_000), table(from, 15_000));
            whole.add_seconds(key(), SimTime::from_secs(start), seconds, 3);
            for second in start..start + seconds {
                single.add_at(SimTime::from_secs(second), key(), 3);
            }
            prop_assert_eq!(whole.rows().collect::<Vec<_>>(), single.rows().collect::<Vec<_>>());
        }
    }
}
