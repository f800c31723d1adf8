//! Percentiles from the table and from histograms.

use super::settled::CELLS;
use super::*;
use crate::policy::load::response::LATE_MIN;
use crate::policy::load::stationary::Pool;
use crate::policy::load::{Histogram, Percentile, Response, ResponseTable};

fn response_of(cell: usize) -> (Response, [f64; 4]) {
    let (routing, tasks, slots, cv, load, expected) = CELLS[cell];
    let point =
        Pool::new(routing, tasks, Arc::new(Task::new(pure_wait(slots, cv)))).stationary(load);
    // The validated model's own mean: ours waits less where work varies much.
    let wait_s = if cv <= 1.0 {
        point.wait_s
    } else {
        expected[0] - 1.0
    };
    let piece = Piece {
        wait_share: point.wait_share,
        wait_mean_s: wait_s / point.wait_share.max(1e-12),
        kappa: point.kappa,
        holding_s: 1.0,
        ..Piece::default()
    };
    (ResponseTable::shared(cv).response(&piece), expected)
}

#[test]
fn percentiles_are_those_of_the_validated_model() {
    for cell in 0..CELLS.len() {
        let (response, expected) = response_of(cell);
        near(response.mean_s, expected[0], 1e-4);
        near(response.percentile_s(Percentile::P50), expected[1], 1e-3);
        near(response.percentile_s(Percentile::P95), expected[2], 1e-3);
        near(response.percentile_s(Percentile::P99), expected[3], 1e-3);
    }
}

#[test]
fn an_idle_constant_service_takes_its_service_time() {
    let table = ResponseTable::shared(0.0);
    let piece = Piece {
        holding_s: 0.25,
        kappa: 1.0,
        ..Piece::default()
    };
    let response = table.response(&piece);
    near(response.percentile_s(Percentile::P99), 0.25, 1e-6);
    assert_eq!(response.share_above(0.3), 0.0);
    assert_eq!(response.share_above(0.2), 1.0);
}

#[test]
fn the_share_over_a_limit_inverts_the_percentiles() {
    for (cell, (_, _, _, cv, _, _)) in CELLS.iter().enumerate() {
        if *cv == 0.0 {
            continue;
        }
        let (response, _) = response_of(cell);
        for (percentile, share) in [
            (Percentile::P50, 0.5),
            (Percentile::P90, 0.1),
            (Percentile::P99, 0.01),
        ] {
            near(
                response.share_above(response.percentile_s(percentile)),
                share,
                0.1,
            );
        }
        assert_eq!(response.share_above(0.0), 1.0);
        assert!(response.share_above(1e4) < 1e-4);
    }
}

#[test]
fn a_narrow_backlog_has_all_its_percentiles_near_the_wait() {
    let table = ResponseTable::shared(1.0);
    let piece = Piece {
        wait_share: 1.0,
        wait_mean_s: 2e4,
        kappa: 0.002,
        holding_s: 1.0,
        ..Piece::default()
    };
    let response = table.response(&piece);
    near(response.percentile_s(Percentile::P50), 2e4, 0.02);
    near(response.percentile_s(Percentile::P99), 2e4, 0.2);
}

#[test]
fn a_histogram_gives_back_what_went_in() {
    for cell in [4, 7, 13] {
        let (response, expected) = response_of(cell);
        let mut histogram = Histogram::new();
        histogram.add(&response, 1000.0);
        near(histogram.quantile_s(0.5).unwrap(), expected[1], 0.04);
        near(histogram.quantile_s(0.99).unwrap(), expected[3], 0.04);
        near(histogram.mean_s().unwrap(), expected[0], 1e-4);
        near(histogram.count(), 1000.0, 1e-12);
    }
}

#[test]
fn merged_histograms_are_one_histogram() {
    let (quick, slow) = (response_of(6).0, response_of(1).0);
    let (mut together, mut a, mut b) = (Histogram::new(), Histogram::new(), Histogram::new());
    together.add(&quick, 900.0);
    together.add(&slow, 100.0);
    a.add(&quick, 900.0);
    b.add(&slow, 100.0);
    a.merge(&b);
    a.merge(&Histogram::new());
    assert_eq!(a.quantile_s(0.95), together.quantile_s(0.95));
    let levels = [0.0, 0.5, 0.5, 0.95, 1.0];
    let one_by_one = levels.map(|level| a.quantile_s(level).unwrap());
    assert_eq!(a.quantiles_s(levels), Some(one_by_one));
    near(a.share_above(10.0), 0.1 * slow.share_above(10.0), 0.1);
    near(
        a.mean_s().unwrap(),
        0.9 * quick.mean_s + 0.1 * slow.mean_s,
        1e-12,
    );
    a.clear();
    assert_eq!(a.quantile_s(0.5), None);
}

#[test]
fn out_of_range_values_land_in_the_outer_bins() {
    let mut histogram = Histogram::new();
    histogram.add_value(0.0, 1.0);
    histogram.add_value(1e12, 1.0);
    near(histogram.quantile_s(0.0).unwrap(), 1e-5, 0.03);
    near(histogram.quantile_s(1.0).unwrap(), 1e9, 0.05);
}

#[test]
fn nobody_sees_how_long_those_took_who_came_too_late() {
    let table = ResponseTable::shared(1.0);
    let piece = Piece {
        holding_s: 40.0,
        kappa: 1.0,
        ..Piece::default()
    };
    let all = table.response(&piece);
    let late = all.share_above(60.0);
    let within = all.within(60.0, late);
    // Lognormal of mean 40 and CV 1, cut at 60: spread s = 0.83255.
    // P(X ≤ 60) = Φ(0.90329) = 0.81681; p50 at Φ⁻¹(0.40841), p99 at Φ⁻¹(0.80865) = 0.87308;
    // mean = 40 Φ(0.90329 − s)/0.81681 = 40 × 0.52820/0.81681.
    near(late, 1.0 - 0.81681, 0.01);
    near(within.percentile_s(Percentile::P50), 23.32, 0.01);
    near(within.percentile_s(Percentile::P99), 58.50, 0.01);
    near(within.mean_s, 25.866, 0.02);
    assert!(within.percentile_s(Percentile::P99) <= 60.0);
    assert_eq!(all.within(60.0, 0.0), all);
    // So few that the law is the same: cut, it is no other one.
    assert_eq!(all.within(900.0, 0.99 * LATE_MIN), all);
    let cut = all.within(900.0, LATE_MIN);
    assert!(cut != all);
    near(cut.mean_s, all.mean_s, 2e-4);
    for (cut, all) in cut.percentiles_s().into_iter().zip(all.percentiles_s()) {
        near(cut, all, 1e-3);
    }
}

#[test]
fn percentiles_of_those_in_time_fall_with_the_late_and_keep_their_order() {
    for (cv, wait_share, wait_mean_s) in [(0.0, 0.0, 0.0), (0.5, 0.6, 0.4), (2.0, 0.9, 9.0)] {
        let piece = Piece {
            holding_s: 1.0,
            kappa: 1.0,
            wait_share,
            wait_mean_s,
            ..Piece::default()
        };
        let all = ResponseTable::shared(cv).response(&piece);
        let mut before = all.percentiles_s();
        for step in 0..=100 {
            let above = LATE_MIN * libm::pow(1.0 / LATE_MIN, f64::from(step) / 100.0);
            let limit_s = all.holding_s * libm::exp(f64::from(all.ln_quantiles[19]));
            let cut = all.within(limit_s, above);
            let percentiles_s = cut.percentiles_s();
            assert!(percentiles_s.is_sorted(), "{cv} {above}: {percentiles_s:?}");
            for (less, more) in percentiles_s.iter().zip(before) {
                assert!(*less <= more * (1.0 + 1e-6), "{cv} {above}: {less} {more}");
                // No step, either, while most are in time: the next share is an eighth more.
                let steps_s = if above < 0.3 { 0.25 * more } else { more };
                assert!(more - less <= steps_s, "{cv} {above}: {less} {more}");
            }
            before = percentiles_s;
        }
    }
}

#[test]
fn where_all_are_too_late_nobody_is_slower_than_the_limit() {
    let piece = Piece {
        holding_s: 70.0,
        kappa: 1.0,
        ..Piece::default()
    };
    for cv in [0.0, 1.0] {
        let within = ResponseTable::shared(cv).response(&piece).within(60.0, 1.0);
        assert!(within.mean_s <= 60.0, "{within:?}");
        assert!(within.percentile_s(Percentile::P99) <= 60.001, "{within:?}");
    }
}
