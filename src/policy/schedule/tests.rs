use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::{Occurrence, ScheduleExpression, in_words, occurrence};

fn parse(text: &str) -> ScheduleExpression {
    match ScheduleExpression::parse(text) {
        Ok(expression) => expression,
        Err(wrong) => panic!("{text}: {wrong}"),
    }
}

/// The next local times from one on.
fn after(text: &str, from: &str, count: usize) -> Vec<String> {
    let expression = parse(text);
    let mut at: DateTime = from.parse().unwrap();
    let mut found = Vec::new();
    for _ in 0..count {
        let Some(next) = expression.next_local(at) else {
            break;
        };
        found.push(next.strftime("%a %Y-%m-%d %H:%M").to_string());
        at = next.checked_add(jiff::Span::new().minutes(1)).unwrap();
    }
    found
}

/// The next instants in a zone, as its clocks show them.
fn runs(text: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
    let (expression, zone) = (parse(text), TimeZone::get(zone).unwrap());
    let begun: Timestamp = from.parse().unwrap();
    let mut at = begun;
    let mut found = Vec::new();
    for _ in 0..count {
        let Some(next) = expression.next(begun, at, &zone) else {
            break;
        };
        found.push(
            next.to_zoned(zone.clone())
                .strftime("%m-%d %H:%M %:z")
                .to_string(),
        );
        at = next + jiff::SignedDuration::from_micros(1);
    }
    found
}

fn said(text: &str) -> String {
    let wrong = ScheduleExpression::parse(text).unwrap_err();
    format!(
        "{} | {} | {}",
        &text[wrong.at.clone()],
        wrong.message,
        wrong.help
    )
}

/// SVC-E21 (EB, eb-create-rule-schedule): daily 10:00; daily 12:15; every 15 minutes; 08:00 on the 1st; 14:05 and 14:35.
#[test]
fn svc_e21_the_guide_s_expressions_mean_what_it_says() {
    let from = "2026-03-05T00:00";
    assert_eq!(
        after("cron(0 10 * * ? *)", from, 2),
        ["Thu 2026-03-05 10:00", "Fri 2026-03-06 10:00"]
    );
    assert_eq!(
        after("cron(15 12 * * ? *)", from, 2),
        ["Thu 2026-03-05 12:15", "Fri 2026-03-06 12:15"]
    );
    assert_eq!(
        after("cron(0/15 * * * ? *)", "2026-03-05T23:31", 3),
        [
            "Thu 2026-03-05 23:45",
            "Fri 2026-03-06 00:00",
            "Fri 2026-03-06 00:15"
        ]
    );
    assert_eq!(
        after("cron(0 8 1 * ? *)", from, 2),
        ["Wed 2026-04-01 08:00", "Fri 2026-05-01 08:00"]
    );
    assert_eq!(
        after("cron(5,35 14 * * ? *)", from, 3),
        [
            "Thu 2026-03-05 14:05",
            "Thu 2026-03-05 14:35",
            "Fri 2026-03-06 14:05"
        ]
    );
    let words = |text: &str| in_words(&parse(text));
    assert_eq!(words("cron(0 10 * * ? *)"), "at 10:00 every day");
    assert_eq!(words("cron(0/15 * * * ? *)"), "every 15 minutes every day");
    assert_eq!(words("cron(0 8 1 * ? *)"), "at 08:00 on day 1 of the month");
    assert_eq!(
        words("cron(5,35 14 * * ? *)"),
        "at 14:05 and 14:35 every day"
    );
}

/// SVC-E22 (pitchblack408/pyawscron's tests): the last Friday of each month.
#[test]
fn svc_e22_the_last_friday() {
    let text = "15 10 ? * 6L 2002-2025";
    assert_eq!(
        after(text, "2020-05-09T22:30:57", 4),
        [
            "Fri 2020-05-29 10:15",
            "Fri 2020-06-26 10:15",
            "Fri 2020-07-31 10:15",
            "Fri 2020-08-28 10:15"
        ]
    );
    assert_eq!(
        in_words(&parse(text)),
        "at 10:15 on the last Friday of the month, in 2002 to 2025"
    );
    assert_eq!(
        after(text, "2025-12-26T10:16", 1),
        [""; 0],
        "its years are over"
    );
}

/// SVC-E23 (pitchblack408/pyawscron's tests).
#[test]
fn svc_e23_steps_of_hours_and_days() {
    assert_eq!(
        after("0 */3 */1 * ? *", "2020-12-07T15:57:37", 4),
        [
            "Mon 2020-12-07 18:00",
            "Mon 2020-12-07 21:00",
            "Tue 2020-12-08 00:00",
            "Tue 2020-12-08 03:00"
        ]
    );
}

/// SVC-E24 (beemhq/aws-cron-parser): the weekday nearest the third.
#[test]
fn svc_e24_the_nearest_weekday() {
    assert_eq!(
        after("19 4 3W 9 ? 2019,2020", "2020-05-09T22:30:57", 2),
        ["Thu 2020-09-03 04:19"]
    );
    // Sundays and Saturdays go to the nearest day of the same month.
    let days = |text: &str, from: &str| after(text, from, 1).concat();
    assert_eq!(
        days("0 0 1W 8 ? 2026", "2026-01-01T00:00"),
        "Mon 2026-08-03 00:00"
    );
    assert_eq!(
        days("0 0 15W 8 ? 2026", "2026-01-01T00:00"),
        "Fri 2026-08-14 00:00"
    );
    assert_eq!(
        days("0 0 16W 8 ? 2026", "2026-01-01T00:00"),
        "Mon 2026-08-17 00:00"
    );
    assert_eq!(
        days("0 0 31W 5 ? 2026", "2026-01-01T00:00"),
        "Fri 2026-05-29 00:00"
    );
    assert_eq!(
        days("0 0 31W 2,3 ? 2026", "2026-01-01T00:00"),
        "Tue 2026-03-31 00:00"
    );
}

#[test]
fn last_and_nth_days_are_those_of_the_calendar() {
    assert_eq!(
        after("0 0 L 2 ? *", "2026-01-01T00:00", 3),
        [
            "Sat 2026-02-28 00:00",
            "Sun 2027-02-28 00:00",
            "Tue 2028-02-29 00:00"
        ]
    );
    assert_eq!(
        after("30 9 ? * 3#2 *", "2026-03-05T00:00", 2),
        ["Tue 2026-03-10 09:30", "Tue 2026-04-14 09:30"]
    );
    assert_eq!(
        after("30 9 ? * TUE#5 *", "2026-03-05T00:00", 2),
        ["Tue 2026-03-31 09:30", "Tue 2026-06-30 09:30"]
    );
    // L alone is the week's last day, Saturday.
    assert_eq!(
        after("0 0 ? * L *", "2026-03-05T00:00", 1),
        ["Sat 2026-03-07 00:00"]
    );
    assert_eq!(
        after("0 0 1,L 3,4 ? *", "2026-03-05T00:00", 3),
        [
            "Tue 2026-03-31 00:00",
            "Wed 2026-04-01 00:00",
            "Thu 2026-04-30 00:00"
        ]
    );
}

#[test]
fn ranges_may_go_over_their_end() {
    assert_eq!(
        after("0 22-2/2 * * ? *", "2026-03-05T03:00", 4),
        [
            "Thu 2026-03-05 22:00",
            "Fri 2026-03-06 00:00",
            "Fri 2026-03-06 02:00",
            "Fri 2026-03-06 22:00"
        ]
    );
    assert_eq!(
        after("0 0 ? * FRI-MON *", "2026-03-05T00:00", 4),
        [
            "Fri 2026-03-06 00:00",
            "Sat 2026-03-07 00:00",
            "Sun 2026-03-08 00:00",
            "Mon 2026-03-09 00:00"
        ]
    );
    assert_eq!(
        after("0 0 1 NOV-FEB ? *", "2026-03-05T00:00", 4),
        [
            "Sun 2026-11-01 00:00",
            "Tue 2026-12-01 00:00",
            "Fri 2027-01-01 00:00",
            "Mon 2027-02-01 00:00"
        ]
    );
}

/// EBS-DST: what clocks leave out is skipped, what they show twice runs once.
#[test]
fn clocks_that_change_skip_a_run_or_have_it_once() {
    let berlin = "Europe/Berlin";
    assert_eq!(
        runs("cron(30 2 * * ? *)", berlin, "2026-03-27T12:00:00Z", 3),
        [
            "03-28 02:30 +01:00",
            "03-30 02:30 +02:00",
            "03-31 02:30 +02:00"
        ]
    );
    assert_eq!(
        runs("cron(30 2 * * ? *)", berlin, "2026-10-24T12:00:00Z", 2),
        ["10-25 02:30 +02:00", "10-26 02:30 +01:00"]
    );
    assert_eq!(
        runs("cron(0/30 * * * ? *)", berlin, "2026-10-25T00:10:00Z", 3),
        [
            "10-25 02:30 +02:00",
            "10-25 03:00 +01:00",
            "10-25 03:30 +01:00"
        ]
    );
    // In the middle of the second pass over the hour.
    assert_eq!(
        runs("cron(0/30 * * * ? *)", berlin, "2026-10-25T01:10:00Z", 1),
        ["10-25 03:00 +01:00"]
    );
    let skipped = "2026-03-29T02:30".parse().unwrap();
    let zone = TimeZone::get(berlin).unwrap();
    assert_eq!(occurrence(skipped, &zone), Occurrence::Skipped(skipped));
    assert_eq!(
        runs("at(2026-03-29T02:30:00)", berlin, "2026-03-01T00:00:00Z", 1),
        [""; 0]
    );
    // A day of a rate has 24 hours.
    assert_eq!(
        runs("rate(1 day)", berlin, "2026-03-28T11:00:00Z", 2),
        ["03-28 12:00 +01:00", "03-29 13:00 +02:00"]
    );
}

#[test]
fn what_clocks_leave_out_is_told_of_a_stretch() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let skipped = |text: &str, until: &str, most| {
        let span = (
            "2026-03-01T00:00:00Z".parse().unwrap(),
            until.parse().unwrap(),
        );
        let found = parse(text).skipped(span, &zone, most);
        found.iter().map(DateTime::to_string).collect::<Vec<_>>()
    };
    // Berlin goes from 02:00 to 03:00 on 29 March 2026, at 01:00 UTC, and on 28 March 2027.
    let (before, after) = ("2026-03-29T01:00:00Z", "2026-03-29T01:00:01Z");
    assert_eq!(skipped("cron(30 2 * * ? *)", before, 9), [""; 0]);
    assert_eq!(
        skipped("cron(30 2 * * ? *)", after, 9),
        ["2026-03-29T02:30:00"]
    );
    let half_hours = skipped("cron(0/30 * * * ? *)", "2028-01-01T00:00:00Z", 3);
    let expected = [
        "2026-03-29T02:00:00",
        "2026-03-29T02:30:00",
        "2027-03-28T02:00:00",
    ];
    assert_eq!(half_hours, expected);
    assert_eq!(
        skipped("at(2026-03-29T02:00:07)", after, 9),
        ["2026-03-29T02:00:07"]
    );
    assert_eq!(skipped("rate(1 minute)", after, 9), [""; 0]);
}

#[test]
fn application_auto_scaling_takes_seconds_before_the_six_fields() {
    // Application Auto Scaling user guide, scheduled-scaling-using-cron-expressions.
    let scaling = ScheduleExpression::parse_scaling;
    let six = parse("cron(30 2 * * ? *)");
    assert_eq!(scaling("cron(0 30 2 * * ? *)"), Ok(six.clone()));
    assert_eq!(scaling("15 30 2 * * ? *"), Ok(six.clone()));
    assert_eq!(scaling("cron(30 2 * * ? *)"), Ok(six));
    let wrong = scaling("cron(61 30 2 * * ? *)").unwrap_err();
    assert_eq!(
        (wrong.message.as_str(), wrong.at),
        ("the seconds field \"61\" is out of range", 5..7)
    );
    let wrong = ScheduleExpression::parse("cron(0 30 2 * * ? *)").unwrap_err();
    assert_eq!(
        wrong.message,
        "7 fields, a cron expression of AWS's has six"
    );
    // What it suggests is legal.
    assert_eq!(
        wrong.help,
        "only scheduledActions of Application Auto Scaling take a field of seconds first; minutes \
         hours day-of-month month day-of-week year: write cron(30 2 * * ? *)"
    );
    let wrong = ScheduleExpression::parse("cron(10 ? * ? *)").unwrap_err();
    assert!(!wrong.help.contains("write cron"), "{}", wrong.help);
}

#[test]
fn rates_and_single_times_are_read() {
    assert_eq!(
        parse("rate(1 minute)"),
        ScheduleExpression::Rate { every_s: 60 }
    );
    assert_eq!(
        parse(" rate(12 hours) "),
        ScheduleExpression::Rate { every_s: 43_200 }
    );
    assert_eq!(
        runs("at(2026-03-05T14:00:07)", "UTC", "2026-03-01T00:00:00Z", 2),
        ["03-05 14:00 +00:00"]
    );
    assert_eq!(
        in_words(&parse("rate(7 days)")),
        "every 7 days of 24 hours, counted from its start"
    );
    assert_eq!(
        in_words(&parse("at(2026-03-05T14:00:00)")),
        "once, at 14:00:00 on Thursday 5 March 2026"
    );
}

#[test]
fn words_say_what_the_fields_do() {
    let words = |text: &str| in_words(&parse(text));
    assert_eq!(words("0 18 ? * MON-FRI *"), "at 18:00 on Monday to Friday");
    assert_eq!(
        words("0/10 8-17 ? * MON-FRI *"),
        "every 10 minutes of the hours 08:00 to 17:00 on Monday to Friday"
    );
    assert_eq!(words("0 * * * ? *"), "every hour every day");
    assert_eq!(
        words("7 * * * ? *"),
        "at 7 minutes past every hour every day"
    );
    assert_eq!(words("* * * * ? *"), "every minute every day");
    assert_eq!(
        words("0 0/2 * * ? *"),
        "every 2 hours from midnight every day"
    );
    assert_eq!(
        words("0 9 3W * ? *"),
        "at 09:00 on the day from Monday to Friday that is nearest day 3 of the month"
    );
    assert_eq!(
        words("0 9 ? JUN-AUG 7,1 2027"),
        "at 09:00 on Saturday and Sunday in June to August, in 2027"
    );
    assert_eq!(
        words("0 9 L JAN ? *"),
        "at 09:00 on the last day of the month in January"
    );
    assert_eq!(
        words("0 9 ? * 2#1 *"),
        "at 09:00 on the first Monday of the month"
    );
    assert_eq!(
        words("0/7 5 * * ? *"),
        "at minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 past 05:00 every day"
    );
}

#[test]
fn what_is_no_expression_says_what_and_where() {
    assert_eq!(
        said("cron(0 10 * * * *)"),
        "* * * | both day fields are set (\"*\" and \"*\"): one has to be ? | write ? for the \
         day-of-week"
    );
    assert!(said("cron(0 10 1 * MON *)").contains("both day fields are set (\"1\" and \"MON\")"));
    assert!(said("cron(0 10 ? * ? *)").contains("both days are ?"));
    assert!(said("cron(0 24 * * ? *)").starts_with("24 | the hours field \"24\" is out of range"));
    assert!(said("cron(60 2 * * ? *)").starts_with("60 | the minutes field"));
    assert!(said("cron(0 2 ? * 0 *)").contains("day-of-week: 1 to 7 or SUN to SAT"));
    assert!(said("cron(0 2 ? * MOM *)").contains("did you mean \"MON\""));
    assert!(said("cron(0 2 * * ? 2019-2018)").contains("ends before it begins"));
    assert!(said("cron(0 2 * * ? 1969)").contains("1970 to 2199"));
    assert!(said("cron(0 2 ? * 3#6 *)").contains("# goes from 1 to 5"));
    assert!(said("cron(0 2 ? * 3#1,6#3 *)").contains("more than one #"));
    assert!(said("cron(0 2 1,15W * ? *)").contains("is not one day and W"));
    assert!(said("cron(*/0 2 * * ? *)").contains("no positive step"));
    assert!(said("cron(0 2 30 2 ? *)").contains("no date is ever like this"));
    assert!(said("0 9 * * *").contains("5 fields"));
    assert!(said("0 9 * * *").contains("write cron(0 9 * * ? *)"));
    assert!(said("0 9 * * 1").contains("Sunday is 1 and not 0"));
    assert!(said("cron(0 9 * * ? *").contains("never closed"));
    assert!(said("Cron(0 9 * * ? *)").contains("small letters"));
    assert!(said("rate(1 minutes)").contains("write rate(1 minute)"));
    assert!(said("rate(5 minute)").contains("write rate(5 minutes)"));
    assert!(said("rate(0 minutes)").contains("no positive whole number"));
    assert!(said("rate(5 seconds)").contains("minute(s), hour(s) and day(s)"));
    assert!(said("at(2026-02-30T10:00:00)").contains("no time that exists"));
    assert!(said("at(2026-02-28)").contains("its zone is"));
    assert!(said("").contains("there is no expression"));
    assert!(said("tomorrow").contains("no schedule expression"));
}

/// Whether a field names a value: read again, the plain way.
fn names(field: &str, value: i64) -> bool {
    field.split(',').any(|item| {
        let (range, step) = item.split_once('/').unwrap_or((item, "1"));
        let step: i64 = step.parse().unwrap();
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (first.parse().unwrap(), last.parse().unwrap()),
            None if range == "*" => (0, 1 << 20),
            None => {
                let first: i64 = range.parse().unwrap();
                (first, if item.contains('/') { 1 << 20 } else { first })
            }
        };
        (first..=last).contains(&value) && (value - first) % step == 0
    })
}

proptest! {
    /// The next time is the first that the fields name: minute by minute none before it is.
    #[test]
    fn the_next_time_is_the_first(
        minute in 0u8..60, step in 1u8..40, hour in 0u8..24, day in 1u8..29, weekday in 1u8..8,
        of_week: bool, start in 0i32..400_000,
    ) {
        let minutes = format!("{minute},0/{step}");
        let hours = format!("{hour}-23/5");
        let days = format!("{day},{}", day % 7 + 1);
        let text = match of_week {
            true => format!("{minutes} {hours} ? * {weekday} *"),
            false => format!("{minutes} {hours} {days} * ? *"),
        };
        let expression = parse(&text);
        let first: DateTime = "2026-01-01T00:00".parse().unwrap();
        let from = first.checked_add(jiff::Span::new().minutes(start)).unwrap();
        let found = expression.next_local(from).unwrap();
        let mut at = from;
        loop {
            let is_day = match of_week {
                true => i64::from(at.weekday().to_sunday_one_offset()) == i64::from(weekday),
                false => names(&days, at.day().into()),
            };
            if is_day && names(&hours, at.hour().into()) && names(&minutes, at.minute().into()) {
                break;
            }
            at = at.checked_add(jiff::Span::new().minutes(1)).unwrap();
        }
        prop_assert_eq!(found, at, "{}", text);
    }

    /// Whatever is read again from a run's own instant is that run.
    #[test]
    fn a_run_is_its_own_next(start in 0i64..200_000_000, minute in 0u8..60, hour in 0u8..24) {
        let zone = TimeZone::get("America/New_York").unwrap();
        let expression = parse(&format!("{minute} {hour},1,2 * * ? *"));
        let from = Timestamp::from_second(1_700_000_000 + start).unwrap();
        let at = expression.next(from, from, &zone).unwrap();
        prop_assert!(from <= at);
        prop_assert_eq!(expression.next(from, at, &zone), Some(at));
        let local = zone.to_datetime(at);
        prop_assert_eq!(local.minute(), minute as i8);
    }

    #[test]
    fn no_text_panics(text in "(cron|rate|at)?[(]?[-0-9*?,/#LWa-zé ]{0,24}[)]?") {
        if let Err(wrong) = ScheduleExpression::parse(&text) {
            prop_assert!(text.get(wrong.at).is_some());
        }
    }
}
