use proptest::prelude::*;

use super::*;
use crate::engine::time::SimDuration;
use crate::units::{CpuUnits, MiB, MicroUsd};

fn wrong<T: std::fmt::Debug>(result: Result<T, ValueError>) -> String {
    result.unwrap_err().message
}

#[test]
fn durations_are_numbers_with_units() {
    let rows = [
        ("10s", 10_000_000),
        ("200ms", 200_000),
        ("7d", 604_800_000_000),
        ("2d 14h", 223_200_000_000),
        ("1h30m", 5_400_000_000),
        ("45m", 2_700_000_000),
        ("30µs", 30),
        ("1.5h", 5_400_000_000),
        ("0.1 s", 100_000),
        ("1w", 604_800_000_000),
        ("0", 0),
        ("365000d", 31_536_000_000_000_000),
    ];
    for (text, micros) in rows {
        assert_eq!(
            duration(text),
            Ok(SimDuration::from_micros(micros)),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_duration_says_why() {
    let message = |text| wrong(duration(text));
    assert_eq!(message("90"), "\"90\" has no unit, a duration needs one");
    assert_eq!(message("-5s"), "\"-5s\" is negative, a duration is not");
    assert_eq!(message("365001d"), "\"365001d\" is longer than 1,000 years");
    assert_eq!(
        message("5 parsecs"),
        "\"5 parsecs\" has the unit \"parsecs\", which is no unit of time"
    );
    assert_eq!(
        message("10%"),
        "\"10%\" has the unit \"%\", which is no unit of time"
    );
    assert_eq!(message("10 %"), message("10%").replace("10%", "10 %"));
    assert_eq!(
        message("1h 10"),
        "\"1h 10\" has no unit, a duration needs one"
    );
    for text in ["1e400s", "1e20s"] {
        assert_eq!(
            message(text),
            format!("the number of \"{text}\" is too large")
        );
    }
    assert_eq!(
        wrong(rate("1e400/s")),
        "the number of \"1e400/s\" is too large"
    );
    let order = "\"30m 1h\" names its units out of order, the largest comes first";
    assert_eq!(message("30m 1h"), order);
    for text in ["", "s", "soon", "1..5s", "."] {
        assert_eq!(message(text), format!("\"{text}\" is no duration"));
    }
    assert_eq!(message("1e3s"), "the number of \"1e3s\" is not written out");
    let help = duration("90").unwrap_err().help;
    assert_eq!(
        help.as_deref(),
        Some("write it with units, like 200ms, 10s, 1h 30m or 7d")
    );
}

#[test]
fn sizes_are_decimal_or_binary_as_written() {
    let rows = [
        ("220MiB", 230_686_720),
        ("1KiB", 1_024),
        ("400B", 400),
        ("3GB", 3_000_000_000),
        ("20 GiB", 21_474_836_480),
        ("0", 0),
    ];
    for (text, bytes) in rows {
        assert_eq!(size(text), Ok(bytes), "{text}");
    }
    assert_eq!(wrong(size("220")), "\"220\" has no unit, a size needs one");
    assert_eq!(
        wrong(size("3 Mb")),
        "\"3 Mb\" has the unit \"Mb\", which is no unit of size"
    );
    assert_eq!(wrong(size("-1KiB")), "\"-1KiB\" is no size");
    assert_eq!(wrong(size("9999TiB")), "\"9999TiB\" is more than 8 PiB");
}

#[test]
fn rates_have_a_period() {
    let per_second = |text| rate(text).unwrap().per_second;
    assert_eq!(per_second("20/s"), 20.0);
    assert_eq!(per_second("900/min"), 15.0);
    assert_eq!(per_second("1500/5min"), 5.0);
    assert_eq!(per_second("7200 requests / h"), 2.0);
    assert_eq!(wrong(rate("20")), "\"20\" has no period, a rate needs one");
    assert_eq!(wrong(rate("20/x")), "\"20/x\" is no rate");
    assert_eq!(wrong(rate("20/0s")), "\"20/0s\" is no rate");
    let unit = rate_unit("requests/5min").unwrap();
    assert_eq!(
        (unit.what.as_str(), unit.period),
        ("requests", SimDuration::from_secs(300))
    );
    assert_eq!(
        wrong(rate_unit("requests")),
        "\"requests\" is no unit of a rate"
    );
}

#[test]
fn shares_have_a_per_cent_sign() {
    assert_eq!(share("0.1 %"), Ok(0.001));
    assert_eq!(share("98%"), Ok(0.98));
    assert_eq!(
        wrong(share("0.98")),
        "\"0.98\" has no per cent sign, a share needs one"
    );
    assert_eq!(wrong(share("101 %")), "\"101 %\" is more than 100 %");
    assert_eq!(wrong(share("-1 %")), "\"-1 %\" is no share");
}

#[test]
fn money_is_in_us_dollars() {
    assert_eq!(money("1200 USD"), Ok(MicroUsd(1_200_000_000)));
    let hourly = money_rate("4.00 USD/h").unwrap();
    assert_eq!(
        (hourly.amount, hourly.usd_per_hour()),
        (MicroUsd(4_000_000), 4.0)
    );
    assert_eq!(
        wrong(money("5")),
        "\"5\" has no currency, an amount of money needs one"
    );
    let euros = "\"5 EUR\" is not in US dollars, the currency of AWS's prices";
    assert_eq!(wrong(money("5 EUR")), euros);
    assert_eq!(
        wrong(money_rate("4 USD")),
        "\"4 USD\" is no amount a period"
    );
}

#[test]
fn times_of_day_have_two_digits_each() {
    let seconds = |text| time_of_day(text).unwrap().since_midnight.as_secs_f64();
    assert_eq!(seconds("14:00"), 50_400.0);
    assert_eq!(seconds("00:00:30"), 30.0);
    for text in [
        "24:00",
        "9:00",
        "12:60",
        "noon",
        "12",
        "12:00:00:00",
        "+1:00",
    ] {
        assert_eq!(
            wrong(time_of_day(text)),
            format!("\"{text}\" is no time of day")
        );
    }
}

#[test]
fn instants_have_a_zone_and_exist() {
    let epoch = |text| instant(text).unwrap().as_second();
    assert_eq!(epoch("2026-03-05T00:00:00Z"), 1_772_668_800);
    assert_eq!(epoch("2026-03-05T01:00:00+01:00"), 1_772_668_800);
    assert_eq!(
        epoch("2026-03-05T01:00:00+01:00[Europe/Berlin]"),
        1_772_668_800
    );
    assert_eq!(
        wrong(instant("2026-02-30T00:00:00Z")),
        "the date \"2026-02-30\" does not exist"
    );
    let zone = "\"2026-03-05T00:00:00\" has no zone, an instant needs one";
    assert_eq!(wrong(instant("2026-03-05T00:00:00")), zone);
    assert_eq!(wrong(instant("tomorrow")), "\"tomorrow\" is no instant");
}

#[test]
fn cpu_and_memory_are_written_as_ecs_writes_them() {
    // RegisterTaskDefinition, memory: "512 (0.5 GB) … Available cpu values: 256 (.25 vCPU)".
    for text in ["256", ".25 vCPU", "0.25vcpu", "0.25 VCPU"] {
        assert_eq!(aws_cpu(text), Ok(CpuUnits(256)), "{text}");
    }
    for text in ["2048", "2 GB", "2GB", "2 gb"] {
        assert_eq!(aws_memory(text), Ok(MiB(2048)), "{text}");
    }
    assert_eq!(aws_memory("0.5GB"), Ok(MiB(512)));
    for text in [
        "",
        "vCPU",
        "-1",
        "1e3",
        "0.3333 vCPU",
        "one",
        "99999999 vCPU",
        "1 GB",
    ] {
        assert_eq!(
            wrong(aws_cpu(text)),
            format!("\"{text}\" is no amount of CPU")
        );
    }
    assert_eq!(
        wrong(aws_memory("2 GiB")),
        "\"2 GiB\" is no amount of memory"
    );
}

#[test]
fn numbers_are_finite_and_without_unit() {
    assert_eq!(number("0.4"), Ok(0.4));
    assert_eq!(number("-3"), Ok(-3.0));
    assert_eq!(number("1e3"), Ok(1000.0));
    for text in ["", "inf", "NaN", "1 %", "0x10", "1e999", "--1"] {
        assert_eq!(wrong(number(text)), format!("\"{text}\" is no number"));
    }
}

proptest! {
    #[test]
    fn a_duration_reads_back_as_it_is_shown(micros in 0..31_536_000_000_000_000u64) {
        // Shown to the microsecond: below 2^53 the sum of floats is exact to half of one.
        let shown = SimDuration::from_micros(micros).to_string();
        let read = duration(&shown).unwrap().as_micros();
        prop_assert!(read.abs_diff(micros) <= 4, "{shown}");
    }

    #[test]
    fn no_text_makes_a_value_panic(text in "[0-9a-zµ%/: .+éZT\\[\\]-]{0,24}") {
        let _ = (duration(&text), size(&text), rate(&text), share(&text), money(&text));
        let _ = (money_rate(&text), time_of_day(&text), instant(&text), number(&text));
        let _ = (aws_cpu(&text), aws_memory(&text), rate_unit(&text));
    }
}

/// Every parser of amounts, with what stands behind its number.
type Amounts = [(&'static str, &'static str, fn(&str) -> bool); 14];
const AMOUNTS: Amounts = [
    ("duration", "s", |text| duration(text).is_ok()),
    ("duration", " h", |text| duration(text).is_ok()),
    ("size", "MiB", |text| size(text).is_ok()),
    ("size", " B", |text| size(text).is_ok()),
    ("rate", "/s", |text| rate(text).is_ok()),
    ("rate", "/5min", |text| rate(text).is_ok()),
    ("rate", " requests/s", |text| rate(text).is_ok()),
    ("share", "%", |text| share(text).is_ok()),
    ("share", " %", |text| share(text).is_ok()),
    ("money", " USD", |text| money(text).is_ok()),
    ("money rate", " USD/h", |text| money_rate(text).is_ok()),
    ("CPU", " vCPU", |text| aws_cpu(text).is_ok()),
    ("memory", " GB", |text| aws_memory(text).is_ok()),
    ("memory", "", |text| aws_memory(text).is_ok()),
];

#[test]
fn no_odd_number_is_read_as_another_one() {
    let nines = "9".repeat(400);
    let odd = [
        "1k",
        "1K",
        "1M",
        "1 k",
        "1 M",
        "1 mio",
        "1,000",
        "1_000",
        "1'000",
        "1 000",
        "1\u{a0}000",
        "1\u{202f}000",
        "1,5",
        "1.000.000",
        "1e3",
        "1E3",
        "1e+3",
        "1e-3",
        "1e300",
        "1e",
        "0x10",
        "0o7",
        "0b1",
        "0X1F",
        "+1",
        "-1",
        "−1",
        "1..5",
        ".",
        "..5",
        "1.5.2",
        "１",
        "½",
        "1/2",
        "1:2",
        "~1",
        "<1",
        "1-2",
        "1..2",
        "inf",
        "nan",
        "NaN",
        "Infinity",
        "one",
        "1 foo",
        "1 1",
        "#1",
        "$1",
        "1$",
        "1*2",
        "1;2",
        &nines,
    ];
    for (name, unit, is_read) in AMOUNTS {
        for number in odd {
            let text = format!("{number}{unit}");
            assert!(!is_read(&text), "{text} is read as a {name}");
        }
        for number in ["1", "1.0", "01", "1.", " 1"] {
            let text = format!("{number}{unit}");
            assert!(is_read(&text), "{text} is no {name}");
        }
    }
}

#[test]
fn a_number_that_is_not_written_out_comes_with_its_plain_form() {
    let help = |text: &str| rate(text).unwrap_err().help.unwrap();
    for (text, plain) in [
        ("10k/s", "10000/s"),
        ("1.5M requests/s", "1500000 requests/s"),
        ("1,000/s", "1000/s"),
        ("1,234,567/s", "1234567/s"),
        ("1,5/s", "1.5/s"),
        ("1 000 jobs/h", "1000 jobs/h"),
        ("2.5e-1/min", "0.25/min"),
        ("0x10/s", "16/s"),
    ] {
        let said = help(text);
        assert!(said.ends_with(&format!(": {plain}")), "{text}: {said}");
    }
    assert_eq!(
        wrong(rate("10k/s")),
        "the number of \"10k/s\" is not written out"
    );
    // What can't be written out, or is wrong as well, gets the usual help.
    for text in ["1e300/s", "1,000/x", "1,00,0/s", "1 00/s", "10 foo/s"] {
        assert!(help(text).contains("like 20/s"), "{text}");
    }
    let ends = |help: Option<String>, plain: &str| assert!(help.unwrap().ends_with(plain));
    ends(duration("1e3s").unwrap_err().help, ": 1000s");
    ends(size("1,024 MiB").unwrap_err().help, ": 1024 MiB");
    ends(money("10k USD").unwrap_err().help, ": 10000 USD");
    ends(money_rate("1_000 USD/h").unwrap_err().help, ": 1000 USD/h");
    ends(share("1e1 %").unwrap_err().help, ": 10 %");
}

proptest! {
    #[test]
    fn only_plain_numbers_are_read(number in "[0-9][0-9a-fkKMxX_,.' +-]{0,6}") {
        let mut parts = number.trim().splitn(2, '.');
        let is_plain = parts.all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
        for (name, unit, is_read) in AMOUNTS {
            // `1k` and `B` are a kilobyte, `1 d` and ` h` a list of two; those are meant.
            let text = format!("{number}{unit}");
            prop_assume!(!(number.contains(['d', 'k', 'K', 'M'])
                && ["size", "duration"].contains(&name)));
            prop_assert!(is_plain || !is_read(&text), "{} is read as a {}", text, name);
        }
    }
}

#[test]
fn a_noun_is_suggested_only_where_it_may_be_meant() {
    let help = |text: &str| rate(text).unwrap_err().help.unwrap();
    assert!(help("10 reqests/s").ends_with("; did you mean requests?"));
    assert!(help("10 foo/s").ends_with("before the slash"));
}

#[test]
fn a_period_is_read_as_it_is_written() {
    assert_eq!(rate("10/.5s").unwrap().per_second, 20.0);
    assert!(rate("10/h30m").is_err());
}
