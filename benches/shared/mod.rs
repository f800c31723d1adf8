//! What the benches share: small inputs under `cargo test`, the checksum of a result, two ways of
//! one thing measured in turn.

#![allow(dead_code, reason = "each bench uses a part of it")]

pub mod fleet;
pub mod hashes;
pub mod machines;
pub mod peak;
pub mod replay;

use std::time::Duration;

use criterion::measurement::{Measurement, WallTime};

/// Whether this is `cargo test`, which runs every bench once so that none can rot: inputs are then
/// small.
pub fn is_test() -> bool {
    !std::env::args().any(|argument| argument == "--bench")
}

/// Whether the benches are only listed, as cargo-nextest does first: what is printed then is the
/// list and nothing else.
pub fn is_listing() -> bool {
    std::env::args().any(|argument| argument == "--list")
}

/// `large` under `cargo bench`, `small` under `cargo test`.
pub fn size<T>(large: T, small: T) -> T {
    if is_test() { small } else { large }
}

/// A checksum over numbers in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Checksum(u64);

impl Checksum {
    /// Adds a number.
    pub fn add(&mut self, number: u64) {
        self.0 = self.0.wrapping_mul(1_000_003).wrapping_add(number);
    }

    /// The checksum of all numbers that were added.
    pub fn value(self) -> u64 {
        self.0
    }
}

/// Runs `ours` and `theirs` in turn, so that a machine that slows down slows both, and prints the
/// middle of the ratios of their times with its quartiles. Both must give the same result, and in
/// the first round the committed one.
pub fn in_turn(
    (name, beside): (&str, &str),
    rounds: usize,
    mut ours: impl FnMut() -> Checksum,
    mut theirs: impl FnMut() -> Checksum,
) {
    if is_listing() {
        return;
    }
    let timed = |work: &mut dyn FnMut() -> Checksum| -> (Duration, Checksum) {
        let start = WallTime.start();
        let sum = work();
        (WallTime.end(start), sum)
    };
    let mut first = None;
    let mut ratios: Vec<f64> = (0..rounds)
        .map(|_| {
            let ((our_time, our_sum), (their_time, their_sum)) =
                (timed(&mut ours), timed(&mut theirs));
            assert_eq!(our_sum, their_sum, "{name}: both have the same result");
            first.get_or_insert(our_sum);
            our_time.as_secs_f64() / their_time.as_secs_f64()
        })
        .collect();
    hashes::hold(name, first.expect("there is a round"));
    ratios.sort_by(f64::total_cmp);
    let at = |share: usize| ratios[(rounds - 1) * share / 4];
    println!(
        "{name}: {:.2} of {beside} (quartiles {:.2} and {:.2} of {rounds} rounds in turn)",
        at(2),
        at(1),
        at(3)
    );
}
