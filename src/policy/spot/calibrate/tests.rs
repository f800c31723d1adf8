//! The chain against the published tables of the model's reference (docs/spot.md repeats their key
//! rows).

use super::super::Place;
use super::super::parameters::InterruptionBucket;
use super::super::presets::Preset;
use super::*;

fn bucket_facts(change: impl Fn(&mut SpotParameters), preset: Preset) -> [Facts; 5] {
    InterruptionBucket::ALL.map(|bucket| {
        let mut parameters = SpotParameters::ec2(preset, bucket);
        change(&mut parameters);
        facts(&parameters, &calibrate(&parameters).unwrap())
    })
}

fn fargate_facts(preset: Preset) -> Facts {
    let parameters = SpotParameters::fargate_spot(preset).unwrap();
    facts(&parameters, &calibrate(&parameters).unwrap())
}

/// Holds `got` to a figure printed with so many decimals, or to 1 % where that is coarser.
#[track_caller]
fn check(what: &str, got: f64, printed: &str) {
    let wanted: f64 = printed.parse().unwrap();
    let decimals = printed.split_once('.').map_or(0, |(_, tail)| tail.len());
    let rounding = 0.501 * libm::pow(10.0, -(decimals as f64));
    let margin = rounding.max(0.01 * wanted);
    assert!(
        (got - wanted).abs() <= margin,
        "{what}: {got}, table {printed}"
    );
}

#[test]
fn the_default_preset_gives_the_tables_stresses_and_shortages() {
    let got = bucket_facts(|_| (), Preset::Default);
    for (bucket, stresses, shortages, empty_percent) in [
        (0, "0.048", "0.15", "0.016"),
        (1, "0.123", "0.39", "0.040"),
        (2, "0.216", "0.69", "0.071"),
        (3, "0.322", "1.03", "0.105"),
        (4, "0.905", "2.88", "0.296"),
    ] {
        check("stresses a month", got[bucket].stresses_per_month, stresses);
        check(
            "shortages a month",
            got[bucket].shortages_per_month,
            shortages,
        );
        check(
            "% of time empty",
            100.0 * got[bucket].share_empty,
            empty_percent,
        );
    }
    check("shortages a stress", got[1].shortages_per_stress, "3.19");
}

#[test]
fn a_day_long_life_behind_the_share_gives_the_tables_rates() {
    let got = bucket_facts(|p| p.lifetime_hours = Some(24.0), Preset::Default);
    for (bucket, stresses, shortages, empty_percent) in [
        (0, "1.50", "4.8", "0.49"),
        (1, "3.91", "12.3", "1.26"),
        (2, "6.93", "21.5", "2.21"),
        (3, "10.5", "32.1", "3.29"),
        (4, "31.4", "89.0", "9.14"),
    ] {
        check("stresses a month", got[bucket].stresses_per_month, stresses);
        check(
            "shortages a month",
            got[bucket].shortages_per_month,
            shortages,
        );
        check(
            "% of time empty",
            100.0 * got[bucket].share_empty,
            empty_percent,
        );
    }
    check("shortages a stress", got[0].shortages_per_stress, "3.18");
    check("shortages a stress", got[4].shortages_per_stress, "2.83");
}

#[test]
fn the_other_presets_give_the_tables_stresses_and_shortages() {
    let optimistic = bucket_facts(|_| (), Preset::Optimistic);
    let pessimistic = bucket_facts(|_| (), Preset::Pessimistic);
    for (bucket, stresses, shortages, empty_percent) in [
        (0, ["0.015", "1.51"], ["0.03", "6.8"], ["0.002", "1.4"]),
        (1, ["0.097", "3.41"], ["0.20", "15.1"], ["0.011", "3.1"]),
        (2, ["0.188", "5.59"], ["0.38", "24.3"], ["0.021", "5.0"]),
        (3, ["0.290", "8.13"], ["0.58", "34.5"], ["0.032", "7.1"]),
        (4, ["0.481", "75.1"], ["0.97", "199"], ["0.053", "40.9"]),
    ] {
        for (at, got) in [optimistic[bucket], pessimistic[bucket]]
            .into_iter()
            .enumerate()
        {
            check("stresses a month", got.stresses_per_month, stresses[at]);
            check("shortages a month", got.shortages_per_month, shortages[at]);
            check(
                "% of time empty",
                100.0 * got.share_empty,
                empty_percent[at],
            );
        }
    }
    check(
        "optimistic, shortages a stress",
        optimistic[0].shortages_per_stress,
        "2.02",
    );
    check(
        "pessimistic, shortages a stress",
        pessimistic[0].shortages_per_stress,
        "4.50",
    );
    check(
        "pessimistic, shortages a stress",
        pessimistic[4].shortages_per_stress,
        "2.65",
    );
}

#[test]
fn fargate_spot_and_scarce_give_the_tables_figures() {
    for (preset, per_stress, stresses, shortages, empty_percent) in [
        (Preset::Optimistic, "2.42", "0.071", "0.17", "0.012"),
        (Preset::Default, "3.19", "0.150", "0.48", "0.033"),
        (Preset::Pessimistic, "4.41", "3.61", "15.9", "3.28"),
    ] {
        let got = fargate_facts(preset);
        check("shortages a stress", got.shortages_per_stress, per_stress);
        check("stresses a month", got.stresses_per_month, stresses);
        check("shortages a month", got.shortages_per_month, shortages);
        check("% of time empty", 100.0 * got.share_empty, empty_percent);
    }
    let scarce = bucket_facts(|_| (), Preset::Scarce)[0];
    check("share empty", scarce.share_empty, "0.3761");
}

#[test]
fn the_two_readings_of_a_share_differ_by_thirty_one() {
    let month_long = bucket_facts(|_| (), Preset::Default);
    let day_long = bucket_facts(|p| p.lifetime_hours = Some(24.0), Preset::Default);
    check(
        "F = 3 %",
        month_long[0].interruptions_per_slot_month,
        "0.031",
    );
    check(
        "F = 37 %",
        month_long[4].interruptions_per_slot_month,
        "0.59",
    );
    check(
        "F = 3 %, a day",
        day_long[0].interruptions_per_slot_month,
        "0.97",
    );
    check(
        "F = 37 %, a day",
        day_long[4].interruptions_per_slot_month,
        "18.5",
    );
    for (month, day) in month_long.into_iter().zip(day_long) {
        let factor = day.interruptions_per_slot_month / month.interruptions_per_slot_month;
        assert!((factor - (1.0 + 730.0 / 24.0)).abs() < 1e-6);
    }
}

#[test]
fn the_level_comes_back_from_the_rates_it_gave() {
    for preset in [Preset::Optimistic, Preset::Default, Preset::Pessimistic] {
        for bucket in InterruptionBucket::ALL {
            let parameters = SpotParameters::ec2(preset, bucket);
            let got = facts(&parameters, &calibrate(&parameters).unwrap());
            let wanted = preset.monthly_share(bucket).unwrap();
            assert!(
                (got.monthly_share - wanted).abs() < 1e-9,
                "{preset:?} {bucket:?} {got:?}"
            );
            assert!(bucket.contains(got.monthly_share));
        }
    }
    let mut parameters = SpotParameters::ec2(Preset::Default, InterruptionBucket::Under5);
    parameters.level = Level::InterruptionsPerSlotMonth(1.5);
    let got = facts(&parameters, &calibrate(&parameters).unwrap());
    assert!((got.interruptions_per_slot_month - 1.5).abs() < 1e-9);
}

#[test]
fn a_stated_share_of_time_without_launches_is_met_and_keeps_the_level() {
    let mut parameters = SpotParameters::ec2(Preset::Default, InterruptionBucket::From5To10);
    let plain = calibrate(&parameters).unwrap();
    // The share that the default gives itself must give the default's rates back.
    parameters.share_empty = Some(facts(&parameters, &plain).share_empty);
    let same = calibrate(&parameters).unwrap();
    assert!((same.stress_per_hour / plain.stress_per_hour - 1.0).abs() < 1e-9);
    assert!((same.reclaims_per_shortage - 0.25).abs() < 1e-9);
    // More time without launches at the same level: more shortages, fewer of them reclaim.
    parameters.share_empty = Some(0.02);
    let rates = calibrate(&parameters).unwrap();
    let got = facts(&parameters, &rates);
    assert!((got.share_empty - 0.02).abs() < 1e-9);
    assert!((got.monthly_share - 0.074).abs() < 1e-9);
    assert!(rates.reclaims_per_shortage < 0.01);
    parameters.share_empty = Some(0.00005);
    let error = calibrate(&parameters).unwrap_err();
    assert!(matches!(error, CalibrationError::TooFewShortages { needed, .. } if 1.0 < needed));
}

#[test]
fn levels_out_of_reach_say_what_is_reachable_and_what_to_do() {
    let mut parameters = SpotParameters::ec2(Preset::Default, InterruptionBucket::From5To10);
    parameters.reclaims_per_shortage = 0.0;
    let message = calibrate(&parameters).unwrap_err().to_string();
    assert_eq!(
        message,
        "0.07 interruptions a slot-month can't be reached, at most 0.00: raise \
         reclaims_per_shortage or reclaim_all, or shorten empty_hours"
    );
    parameters = SpotParameters::ec2(Preset::Default, InterruptionBucket::From5To10);
    parameters.share_empty = Some(0.99);
    let message = calibrate(&parameters).unwrap_err().to_string();
    assert!(
        message.starts_with("share_empty 0.99 can't be reached, at most 0."),
        "{message}"
    );
}

#[test]
fn every_wrong_parameter_is_named_at_once() {
    let mut parameters = SpotParameters::ec2(Preset::Default, InterruptionBucket::From5To10);
    parameters.level = Level::MonthlyShare(1.0);
    parameters.reclaim_all = -0.1;
    parameters.zone_share = 0.5;
    parameters.tight_hours = 0.0;
    parameters.peak_hour_local = 24.0;
    parameters.lifetime_hours = Some(f64::NAN);
    assert_eq!(
        calibrate(&parameters).unwrap_err().to_string(),
        "frequency is 1; a share lies from 0 to 0.999; reclaim_all is -0.1; a share lies from 0 \
         to 1; lifetime_hours is NaN; it must be a number above 0; tight_hours is 0; it must be a \
         number above 0; family_share and zone_share add up to 1.1; at most 1 is possible; \
         peak_hour_local is 24; an hour of the day lies from 0 to under 24"
    );
}

#[test]
fn no_interruptions_need_no_stress() {
    let mut parameters = SpotParameters::ec2(Preset::Default, InterruptionBucket::Under5);
    parameters.level = Level::MonthlyShare(0.0);
    let rates = calibrate(&parameters).unwrap();
    assert_eq!((rates.stress_per_hour, rates.isolated_per_hour), (0.0, 0.0));
    let law = stationary_law(&parameters, 0.0);
    assert_eq!((law.share_calm, law.share_empty), (1.0, 0.0));
}

#[test]
fn the_law_is_a_law_and_its_conditional_draw_follows_it() {
    let parameters = SpotParameters::ec2(Preset::Pessimistic, InterruptionBucket::Over20);
    let rates = calibrate(&parameters).unwrap();
    let law = stationary_law(&parameters, rates.stress_per_hour);
    assert!((law.share_calm + law.share_tight + law.share_empty - 1.0).abs() < 1e-12);
    for place in Place::ALL {
        assert!(0.0 <= law.share(place, false, true) && 0.0 <= law.share(place, true, true));
    }
    let draws = 100_000;
    let tight = (0..draws)
        .filter(|k| law.place_by(true, false, (*k as f64 + 0.5) / draws as f64) == Place::Tight)
        .count() as f64;
    let given: f64 = Place::ALL
        .into_iter()
        .map(|place| law.share(place, true, false))
        .sum();
    let wanted = law.share(Place::Tight, true, false) / given;
    assert!((tight / draws as f64 - wanted).abs() < 2e-5);
}
