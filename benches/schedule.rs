//! The next runs of schedule expressions: local times, and instants of a zone with daylight saving.

mod shared;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fleetcast::policy::schedule::ScheduleExpression;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use shared::{Checksum, hashes, size};

/// What people write: often, daily, weekdays, the month's last day, a weekday near a day, rarely.
const EXPRESSIONS: [&str; 6] = [
    "cron(0/5 * * * ? *)",
    "cron(0 10 * * ? *)",
    "cron(30 18 ? * MON-FRI *)",
    "cron(0 3 L * ? *)",
    "cron(15 9 1W 1,4,7,10 ? *)",
    "cron(0 0 ? 2 6#5 *)",
];

fn expression(text: &str) -> ScheduleExpression {
    ScheduleExpression::parse(text).expect("it is one of AWS's")
}

/// Run after run of an expression on local clocks, from 2026 on, again when its years are over.
fn local(expression: &ScheduleExpression, count: u32) -> Checksum {
    let start = DateTime::constant(2026, 1, 1, 0, 0, 0, 0);
    let (mut at, mut sum) = (start, Checksum::default());
    for _ in 0..count {
        match expression.next_local(at) {
            Some(next) => {
                sum.add(next.date().day_of_year() as u64 * 1_440 + next.time().minute() as u64);
                at = next + Span::new().minutes(1);
            }
            None => at = start,
        }
    }
    sum
}

/// The same as instants.
fn instants(expression: &ScheduleExpression, zone: &TimeZone, count: u32) -> Checksum {
    let start = Timestamp::constant(1_767_225_600, 0);
    let (mut at, mut sum) = (start, Checksum::default());
    for _ in 0..count {
        match expression.next(start, at, zone) {
            Some(next) => {
                sum.add(next.as_second() as u64);
                at = next + SignedDuration::from_secs(1);
            }
            None => at = start,
        }
    }
    sum
}

fn next_runs(c: &mut Criterion) {
    let count = size(10_000, 100);
    let zone = TimeZone::get("Europe/Berlin").expect("it is in the bundled database");
    let mut group = c.benchmark_group("next_run");
    group.throughput(Throughput::Elements(u64::from(count)));
    for text in EXPRESSIONS {
        let read = expression(text);
        hashes::hold(&format!("next_run/local {text}"), local(&read, count));
        group.bench_function(format!("local {text}"), |b| {
            b.iter(|| black_box(local(&read, count)));
        });
        hashes::hold(
            &format!("next_run/zone {text}"),
            instants(&read, &zone, count),
        );
        group.bench_function(format!("zone {text}"), |b| {
            b.iter(|| black_box(instants(&read, &zone, count)));
        });
    }
    group.finish();
}

criterion_group!(benches, next_runs);
criterion_main!(benches);
