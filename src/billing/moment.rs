//! Spot at the price of the moment: what instances cost hour by hour is metered, and the bill shows
//! the average of each provider and type.

use crate::catalog::prices::{Price, PriceBook};
use crate::observe::usage::{Meter, Owner, UsageKey, UsageTable};
use crate::units::PicoUsd;

/// What is assumed of the price of Spot instances where it stays.
const STAYS: &str = "Spot instances cost the same all along the run: on demand less the savings \
    that the Spot Instance Advisor states, unless the scenario says otherwise; AWS's price moves";
/// What is said of it where it moves.
const MOVES: &str = "the price of a Spot instance is that of the beginning of each of its hours \
    (EC2 FAQ); the bill shows the average, which all who shared the instances pay";
const PICO_PER_MICRO: u128 = 1_000_000;

/// The average price of the instances that a key's usage is a share of; none where prices stay.
pub(super) fn price(table: &UsageTable, prices: &PriceBook, key: UsageKey) -> Option<Price> {
    let Meter::Ec2Spot(id) = key.meter else {
        return None;
    };
    let total = |meter| table.total(UsageKey::billed(meter, Owner::Cluster, key.provider));
    let (spend, seconds) = (total(Meter::SpotSpend(id)), total(Meter::Ec2Spot(id)));
    if spend == 0 || seconds == 0 {
        return None;
    }
    let average = (spend * PICO_PER_MICRO + seconds / 2) / seconds;
    let average = i128::try_from(average).unwrap_or(i128::MAX);
    Some(prices.spot_at_moment(id, PicoUsd(average)))
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
    use crate::engine::SimTime;
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
        assert_eq!(price(&table, &book, key(Meter::Ec2Spot(id))), None);
        assert_eq!(spot_note(&table).as_deref(), Some(STAYS));
        table.add(0, key(Meter::SpotSpend(id)), 3_600 * 40_000);
        table.add(1, key(Meter::SpotSpend(id)), 600 * 50_000);
        let average = |book: &PriceBook| {
            let price = price(&table, book, key(Meter::Ec2Spot(id))).unwrap();
            price.amount.usd()
        };
        assert!((average(&book) - 0.29 / 7.0).abs() < 1e-12);
        book.discount_instances(10.0);
        assert!((average(&book) - 0.9 * 0.29 / 7.0).abs() < 1e-12);
        assert_eq!(spot_note(&table).as_deref(), Some(MOVES));
    }
}
