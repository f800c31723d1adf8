//! Spot at the price of the moment: what instances cost hour by hour is metered, and the bill shows
//! the average of each provider and type. What is said of prices that change.

use super::charge::Charge;
use super::eras::{Era, Eras};
use crate::catalog::prices::{Price, PriceBook};
use crate::engine::time::{SimDuration, SimTime};
use crate::observe::usage::{Meter, Owner, UsageKey, UsageTable};
use crate::units::PicoUsd;

/// What is assumed of the price of Spot instances where it stays.
const STAYS: &str = "Spot instances cost the same all along the run: on demand less the savings \
    that the Spot Instance Advisor states, unless the scenario says otherwise; AWS's price moves";
/// What is said of it where it moves.
const MOVES: &str = "the price of a Spot instance is that of the beginning of each of its hours \
    (EC2 FAQ); the bill shows the average, which all who shared the instances pay";
const PICO_PER_MICRO: u128 = 1_000_000;

/// The average price in an era of the instances that a key's usage is a share of; none where prices
/// stay.
pub(super) fn price(eras: &Eras<'_>, key: UsageKey, era: Era) -> Option<Price> {
    let Meter::Ec2Spot(id) = key.meter else {
        return None;
    };
    let since = eras.since(&[Charge::Spot(id)]);
    let total = |meter| {
        let key = UsageKey::billed(meter, Owner::Cluster, key.provider);
        let mut sums = since.quantities(key).into_iter();
        sums.find(|sum| sum.0 == era).map_or(0, |sum| sum.1)
    };
    let (spend, seconds) = (total(Meter::SpotSpend(id)), total(Meter::Ec2Spot(id)));
    if spend == 0 || seconds == 0 {
        return None;
    }
    let average = (spend * PICO_PER_MICRO + seconds / 2) / seconds;
    let average = i128::try_from(average).unwrap_or(i128::MAX);
    Some(eras.prices(era).spot_at_moment(id, PicoUsd(average)))
}

/// What has to be said of prices that change, if some do within the run.
pub(super) fn change_note(
    prices: &PriceBook,
    (from, reported): (SimTime, SimDuration),
) -> Option<String> {
    let times = prices.change_times();
    let happen = times
        .iter()
        .filter(|at| from <= **at && **at < from + reported);
    let count = happen.count();
    let times = match count {
        0 => return None,
        1 => "once".to_owned(),
        many => format!("{many} times"),
    };
    Some(format!(
        "prices change {times} in the run: usage is paid at the price of its second, what is paid \
         by the hour at that of the hour's beginning; a month is one of such runs, at their mix of \
         prices"
    ))
}

/// What has to be said of the price of Spot instances, if there were any.
pub(super) fn spot_note(table: &UsageTable) -> Option<String> {
    let mut meters = table.keys().map(|key| key.meter);
    if meters.any(|meter| matches!(meter, Meter::SpotSpend(_))) {
        return Some(MOVES.to_owned());
    }
    let mut meters = table.keys().map(|key| key.meter);
    let has_spot = meters.any(|meter| matches!(meter, Meter::Ec2Spot(_)));
    has_spot.then(|| STAYS.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::instances::find;
    use crate::ids::ProviderId;

    /// An hour at 4 cents, ten minutes at 5: 4.1428… cents an hour on average.
    #[test]
    fn the_bill_shows_the_average_of_the_hours() {
        let (id, provider) = (find("m6i.large").unwrap(), Some(ProviderId(0)));
        let mut table = UsageTable::new(SimTime::ZERO, SimTime::from_secs(7_200));
        let key = |meter| UsageKey::billed(meter, Owner::Cluster, provider);
        let (mut book, _) = PriceBook::for_region("us-east-1");
        table.add(0, key(Meter::Ec2Spot(id)), 3_600);
        table.add(1, key(Meter::Ec2Spot(id)), 600);
        let eras = Eras::of(&table, &book);
        assert_eq!(price(&eras, key(Meter::Ec2Spot(id)), 0), None);
        assert_eq!(spot_note(&table).as_deref(), Some(STAYS));
        table.add(0, key(Meter::SpotSpend(id)), 3_600 * 40_000);
        table.add(1, key(Meter::SpotSpend(id)), 600 * 50_000);
        let average = |book: &PriceBook| {
            let price = price(&Eras::of(&table, book), key(Meter::Ec2Spot(id)), 0).unwrap();
            price.amount.usd()
        };
        assert!((average(&book) - 0.29 / 7.0).abs() < 1e-12);
        book.discount_instances(10.0);
        assert!((average(&book) - 0.9 * 0.29 / 7.0).abs() < 1e-12);
        assert_eq!(spot_note(&table).as_deref(), Some(MOVES));
    }
}
