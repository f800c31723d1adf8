//! Closed forms of queues with an end, work of mean 1.

/// M/M/c with places: the share of arrivals that finds all of them taken.
pub(super) fn turned_away(slots: u32, places: u32, load: f64) -> f64 {
    let offered = load * f64::from(slots);
    let (mut weight, mut sum) = (1.0, 1.0);
    for number in 1..=slots + places {
        weight *= offered / f64::from(number.min(slots));
        sum += weight;
    }
    weight / sum
}

/// M/M/c with constant patience: the share that gives up (Boots and Tijms 1999, exact here).
pub(super) fn gives_up(slots: u32, patience: f64, load: f64) -> f64 {
    let c = f64::from(slots);
    let y = patience * c;
    let d = (1.0 - load) * y;
    let e = libm::exp(-d);
    let mid = (1.0 - e) / (1.0 - load);
    let mut inverse_loss = 1.0;
    for number in 1..slots {
        inverse_loss = 1.0 + inverse_loss * f64::from(number) / (load * c);
    }
    load * e / (inverse_loss + load * mid + load * e)
}
