//! `fleetcast cron`: a schedule expression in words, and when it runs.

use clap::Args;
use clap::builder::TypedValueParser;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Console;
use super::exit::{Exit, Stop};
use crate::policy::schedule::{ScheduleExpression, in_words};
use crate::scenario::zone_named;

/// The most runs that are listed.
const RUNS_MAX: u32 = 100_000;
/// Runs that clocks leave out are told up to this many.
const SKIPPED_MAX: usize = 20;

/// Explain a schedule expression of AWS's in words, and list when it runs next
///
/// Reads what EventBridge rules, EventBridge Scheduler and Application Auto Scaling take: cron(…)
/// with its six fields, rate(…) and at(…). A local time that clocks leave out is skipped, one that
/// they show twice runs once, as EventBridge Scheduler does it; rules know UTC only.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast cron 'cron(0 10 * * ? *)'
  fleetcast cron '0 18 ? * MON-FRI *' --zone Europe/Berlin --next 3
  fleetcast cron 'cron(30 2 * * ? *)' --zone America/New_York --from 2026-03-07
  fleetcast cron 'rate(7 days)' --json | jq -r '.runs[].utc'")]
pub(super) struct CronArguments {
    /// The expression; in quotes, so that the shell leaves its * alone
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    expression: String,

    /// The time zone whose clocks count, such as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    zone: String,

    /// How many runs to list
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = runs())]
    next: u32,

    /// From when on: a date, a local time of the zone (2026-03-05T14:00) or an instant
    /// (2026-03-05T14:00:00Z); now by default. A rate begins then
    #[arg(long, value_name = "TIME")]
    from: Option<String>,

    /// Print the words and the runs as JSON
    #[arg(long)]
    json: bool,
}

fn runs() -> impl TypedValueParser<Value = u32> {
    clap::value_parser!(u32).range(0..=i64::from(RUNS_MAX))
}

/// What is said of an expression.
#[derive(Serialize)]
struct Answer<'a> {
    expression: &'a str,
    words: String,
    zone: &'a str,
    from: String,
    runs: Vec<Run>,
    /// Local times that clocks leave out.
    skipped: Vec<String>,
    /// Whether it has fewer runs than were asked for.
    ends: bool,
}

/// A run.
#[derive(Serialize)]
struct Run {
    local: String,
    utc: String,
    #[serde(skip)]
    line: String,
}

pub(super) fn cron(arguments: &CronArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let text = arguments.expression.as_str();
    let expression = ScheduleExpression::parse(text).map_err(|wrong| {
        let (before, marked) = (&text[..wrong.at.start], &text[wrong.at.clone()]);
        let marks = "^".repeat(marked.chars().count().max(1));
        let blank = " ".repeat(before.chars().count());
        let help = &wrong.help;
        Stop::Mistake(format!(
            "{wrong}\n  {text}\n  {blank}{marks}\n  help: {help}"
        ))
    })?;
    let zone = zone(&arguments.zone)?;
    let from = match &arguments.from {
        None => Timestamp::now(),
        Some(text) => instant(text, &zone)?,
    };
    let answer = answer(arguments, &expression, (from, &zone));
    let said = match arguments.json {
        true => serde_json::to_string_pretty(&answer).unwrap_or_default() + "\n",
        false => in_text(&answer, arguments.next),
    };
    console.say(&said)?;
    Ok(Exit::Done)
}

fn answer<'a>(
    arguments: &'a CronArguments,
    expression: &ScheduleExpression,
    (from, zone): (Timestamp, &TimeZone),
) -> Answer<'a> {
    let mut runs = Vec::new();
    let mut at = from;
    while (runs.len() as u32) < arguments.next
        && let Some(next) = expression.next(from, at, zone)
    {
        let local = next.to_zoned(zone.clone());
        runs.push(Run {
            local: local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            utc: next.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            line: local.strftime("%a %Y-%m-%d %H:%M:%S %:z").to_string(),
        });
        let Ok(later) = next.checked_add(SignedDuration::from_micros(1)) else {
            break;
        };
        at = later;
    }
    let ends = (runs.len() as u32) < arguments.next;
    let until = if ends { Timestamp::MAX } else { at };
    let skipped = expression.skipped((from, until), zone, SKIPPED_MAX);
    let shown = |local: &DateTime| local.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    Answer {
        expression: arguments.expression.trim(),
        words: in_words(expression),
        zone: &arguments.zone,
        from: from
            .to_zoned(zone.clone())
            .strftime("%Y-%m-%dT%H:%M:%S%:z")
            .to_string(),
        skipped: skipped.iter().map(shown).collect(),
        runs,
        ends,
    }
}

fn in_text(answer: &Answer<'_>, asked: u32) -> String {
    use std::fmt::Write;
    let mut said = format!("{}\n{}\n", answer.expression, capital(&answer.words));
    let Answer { zone, from, .. } = answer;
    if 0 < asked && answer.runs.is_empty() {
        let _ = writeln!(said, "\nIt never runs from {from} on.");
    } else if 0 < asked {
        let _ = writeln!(said, "\nNext runs from {from}, {zone}:");
    }
    for run in &answer.runs {
        let utc = if *zone == "UTC" {
            String::new()
        } else {
            format!("   {}", run.utc)
        };
        let _ = writeln!(said, "  {}{utc}", run.line);
    }
    if answer.ends && !answer.runs.is_empty() {
        let _ = writeln!(said, "Then never again.");
    }
    if !answer.skipped.is_empty() {
        let times = answer.skipped.join(", ");
        let _ = writeln!(said, "\nNot run, as clocks leave these times out: {times}");
    }
    said
}

/// A sentence of words.
fn capital(words: &str) -> String {
    let mut chars = words.chars();
    let first = chars.next().map(|it| it.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

fn zone(name: &str) -> Result<TimeZone, Stop> {
    zone_named(name).map_err(|help| {
        Stop::Mistake(format!(
            "--zone {name}: there is no such time zone\n  help: {help}"
        ))
    })
}

fn instant(text: &str, zone: &TimeZone) -> Result<Timestamp, Stop> {
    let trimmed = text.trim();
    if let Ok(at) = trimmed.parse::<Timestamp>() {
        return Ok(at);
    }
    let local = trimmed.parse::<DateTime>().ok();
    local
        .and_then(|local| zone.to_timestamp(local).ok())
        .ok_or_else(|| {
            let help = "write a date (2026-03-05), a local time (2026-03-05T14:00) or an instant \
                    (2026-03-05T14:00:00Z)";
            Stop::Mistake(format!(
                "--from {text:?}: no time that exists\n  help: {help}"
            ))
        })
}

#[cfg(test)]
mod tests {
    use crate::cli::{Console, Exit, run_command};

    fn run(arguments: &[&str]) -> (Exit, String, String) {
        let (mut said, mut warned) = (Vec::new(), Vec::new());
        let line = ["fleetcast", "cron"].iter().chain(arguments);
        let exit = run_command(line, &mut Console::plain(&mut said, &mut warned));
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (exit, text(said), text(warned))
    }

    #[test]
    fn an_expression_is_explained_and_its_runs_listed() {
        let arguments = ["cron(30 2 * * ? *)", "--zone", "America/New_York"];
        let from = ["--from", "2026-03-07", "--next", "3"];
        let (exit, said, warned) = run(&[&arguments[..], &from].concat());
        assert_eq!((exit, warned.as_str()), (Exit::Done, ""));
        insta::assert_snapshot!(said, @"
        cron(30 2 * * ? *)
        At 02:30 every day.

        Next runs from 2026-03-07T00:00:00-05:00, America/New_York:
          Sat 2026-03-07 02:30:00 -05:00   2026-03-07T07:30:00Z
          Mon 2026-03-09 02:30:00 -04:00   2026-03-09T06:30:00Z
          Tue 2026-03-10 02:30:00 -04:00   2026-03-10T06:30:00Z

        Not run, as clocks leave these times out: 2026-03-08T02:30:00
        ");
    }

    #[test]
    fn an_expression_that_ends_says_so() {
        let run = |text: &str, from: &str| run(&[text, "--from", from]).1;
        let text = "cron(0 9 1 1 ? 2026,2027)";
        assert!(
            run(text, "2026-06-01").ends_with("2027-01-01 09:00:00 +00:00\nThen never again.\n")
        );
        assert!(
            run(text, "2028-01-01").contains("It never runs from 2028-01-01T00:00:00+00:00 on.")
        );
    }

    #[test]
    fn json_has_the_words_and_the_runs() {
        let (_, said, _) = run(&[
            "rate(7 days)",
            "--from",
            "2026-01-01",
            "--next",
            "2",
            "--json",
        ]);
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said["runs"][1]["utc"], "2026-01-08T00:00:00Z");
        assert_eq!(
            said["words"],
            "every 7 days of 24 hours, counted from its start"
        );
        assert_eq!(said["ends"], false);
    }

    #[test]
    fn a_mistake_is_marked_where_it_is() {
        let (exit, said, warned) = run(&["cron(0 24 * * ? *)"]);
        assert_eq!((exit, said.as_str()), (Exit::Mistake, ""));
        insta::assert_snapshot!(warned, @r#"
        error: the hours field "24" is out of range
          cron(0 24 * * ? *)
                 ^^
          help: hours: 0 to 23, lists (,), ranges (-), steps (/), *
        "#);
        let (exit, _, warned) = run(&["rate(1 day)", "--zone", "Europa/Berlin"]);
        assert_eq!(exit, Exit::Mistake);
        assert!(
            warned.contains("did you mean \"Europe/Berlin\"?"),
            "{warned}"
        );
        let (exit, _, warned) = run(&["rate(1 day)", "--from", "2026-02-30"]);
        assert_eq!(exit, Exit::Mistake);
        assert!(warned.contains("no time that exists"), "{warned}");
    }
}
