//! The replay's JSON: that it shows what the run did, in order, within its bounds, and as text.

use std::collections::BTreeMap;

use fleetcast::engine::SimTime;
use fleetcast::experiment::run::replay;
use fleetcast::ids::ServiceId;
use fleetcast::observe::picture::PictureLimits;
use fleetcast::observe::series::ServiceSeries;
use fleetcast::observe::trail::Trail;
use fleetcast::report::replay as shown;
use fleetcast::scenario::plan::Plan;
use fleetcast::scenario::{LoadOptions, load};
use fleetcast::simulation::outcome::{RunLimits, RunOutcome};
use serde_json::Value;

use super::explain::STEP;
use super::home::{loaded, root};

/// The codes of states that the JSON has.
const RUNNING: u8 = 3;

fn scenario(name: &str, sets: &[(&str, &str)]) -> Plan {
    let file = root().join("scenarios").join(format!("{name}.yaml"));
    let set = sets.iter();
    let options = LoadOptions {
        set: set
            .map(|(path, value)| (path.to_string(), value.to_string()))
            .collect(),
        ..LoadOptions::default()
    };
    load(&file, &options).unwrap().plan
}

fn played(mut plan: Plan) -> (Plan, RunOutcome) {
    let period = plan.record.metrics;
    plan.record = shown::record();
    plan.record.metrics = period;
    let outcome = replay(&plan, 0, &RunLimits::default(), Trail::of(None));
    (plan, outcome)
}

fn text((plan, outcome): &(Plan, RunOutcome), limits: PictureLimits) -> String {
    let again = shown::PlayedAgain {
        name: "a-run",
        ended_at: outcome.stopped_at,
        is_reproduced: true,
        cut_from: None,
    };
    shown::json_within(plan, &outcome.observed, again, limits)
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn numbers(column: &Value) -> Vec<i64> {
    let cells = column.as_array().unwrap().iter();
    cells.map(|cell| cell.as_i64().unwrap()).collect()
}

/// The sums of a column of differences.
fn summed(column: &Value) -> Vec<i64> {
    let mut sum = 0;
    let sums = numbers(column).into_iter().map(|more| {
        sum += more;
        sum
    });
    sums.collect()
}

/// Each task's states with the seconds at which they were entered, and its owner.
fn tasks(data: &Value) -> Vec<(i64, Vec<(u8, i64)>)> {
    let tasks = &data["tasks"];
    let mut times = numbers(&tasks["times"]).into_iter();
    let columns = summed(&tasks["created"]).into_iter();
    let columns = columns.zip(numbers(&tasks["pattern"]));
    let columns = columns.zip(numbers(&tasks["owner"]));
    let read = columns.map(|((created, pattern), owner)| {
        let pattern = tasks["patterns"][pattern as usize].as_str().unwrap();
        let mut second = created;
        let states = pattern.bytes().enumerate().map(|(at, digit)| {
            if at != 0 {
                second += times.next().unwrap();
            }
            (digit - b'0', second)
        });
        (owner, states.collect())
    });
    let all = read.collect();
    assert_eq!(times.next(), None, "every time is of a task");
    all
}

/// The tasks of an owner that are RUNNING, and that are on their way there, at a second.
fn counted(tasks: &[(i64, Vec<(u8, i64)>)], owner: i64, second: i64) -> (u32, u32) {
    let (mut running, mut pending) = (0, 0);
    for (_, states) in tasks.iter().filter(|task| task.0 == owner) {
        let entered = states.iter().rev().find(|(_, at)| *at <= second);
        match entered {
            Some((state, _)) if *state == RUNNING => running += 1,
            Some((state, _)) if *state < RUNNING => pending += 1,
            _ => {}
        }
    }
    (running, pending)
}

/// The counts that the metrics give for the middle of a minute, where they did not move in it.
fn of_metrics(series: &ServiceSeries, minute: u32) -> Option<(u32, u32)> {
    let run = series.counts.iter();
    let mut run = run.filter(|run| run.first <= minute && minute < run.first + run.count);
    let counts = run.next()?.counts;
    let is_still = |it: fleetcast::observe::gauge::CountStatistics| it.min == it.max;
    (is_still(counts.running) && is_still(counts.pending))
        .then_some((counts.running.min, counts.pending.min))
}

/// Holds the tasks of a replay to the run's metrics and to its counts, at sampled seconds.
fn shows_what_the_run_did(played: &(Plan, RunOutcome)) {
    let (plan, outcome) = played;
    let data = read(&text(played, shown::LIMITS));
    let tasks = tasks(&data);
    assert_eq!(data["tasks"]["total"], tasks.len(), "all tasks are shown");
    let metrics = outcome.observed.metrics.as_ref().unwrap();
    let trail = outcome.observed.trail.as_deref().unwrap();
    let end = data["end"].as_i64().unwrap();
    let mut compared = 0;
    for (index, service) in plan.services.iter().enumerate() {
        let series = &metrics.services[index];
        for minute in (0..end / 60).step_by(7) {
            let known = counted(&tasks, index as i64, 60 * minute + 30);
            if let Some(metric) = of_metrics(series, minute as u32) {
                assert_eq!(known, metric, "{} in minute {minute}", service.name);
                compared += 1;
            }
        }
        // In the midst of changes too: the counts of the service's own arithmetic.
        let counts = trail.counts.iter().filter(|it| it.1.index() == index);
        let mut by_second: BTreeMap<i64, (u32, u32)> = BTreeMap::new();
        for (at, _, counts) in counts {
            let second = at.as_micros().div_ceil(1_000_000) as i64;
            by_second.insert(second, (counts.running, counts.pending));
        }
        for (second, counts) in by_second.into_iter().filter(|it| it.0 <= end).step_by(5) {
            assert_eq!(
                counted(&tasks, index as i64, second),
                counts,
                "{} at second {second}",
                service.name
            );
            compared += 1;
        }
    }
    assert!(50 < compared, "{compared}");
}

#[test]
fn the_blocks_on_fargate_are_those_that_the_metrics_count() {
    shows_what_the_run_did(&played(loaded(STEP).plan));
}

#[test]
fn the_blocks_on_instances_are_those_that_the_metrics_count() {
    let plan = scenario("ec2-autoscaling", &[("run.duration", "10h")]);
    let played = played(plan);
    shows_what_the_run_did(&played);
    let data = read(&text(&played, shown::LIMITS));
    // A task is on an instance only while that is there.
    let gone = numbers(&data["instances"]["gone"]);
    let placed = numbers(&data["tasks"]["placed"]);
    let tasks = tasks(&data);
    let hosts = numbers(&data["tasks"]["instance"]);
    let mut on_instances = 0;
    for ((host, (_, states)), placed) in hosts.iter().zip(&tasks).zip(placed) {
        if let Ok(host) = usize::try_from(*host) {
            let from = states[0].1 + placed.max(0);
            let active = data["instances"]["active"][host].as_i64().unwrap();
            assert!(active <= from, "{active} {from}");
            assert!(gone[host] < 0 || from <= gone[host]);
            on_instances += 1;
        }
    }
    assert!(20 < on_instances, "{on_instances}");
}

#[test]
fn states_are_in_order_and_within_the_run() {
    for plan in [
        loaded(STEP).plan,
        scenario("zone-outage", &[]),
        scenario("blue-green", &[]),
    ] {
        let data = read(&text(&played(plan), shown::LIMITS));
        let end = data["end"].as_i64().unwrap();
        for (_, states) in tasks(&data) {
            assert_eq!(states[0].0, 0, "it begins in PROVISIONING");
            assert!(
                states.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1),
                "{states:?}"
            );
            assert!(states.iter().all(|state| state.1 <= end), "{states:?}");
        }
        let events = summed(&data["events"]["t"]);
        assert!(events.is_sorted() && !events.is_empty());
    }
}

#[test]
fn a_replay_that_leaves_out_tasks_says_so_and_is_the_same_each_time() {
    let played = played(loaded(STEP).plan);
    let limits = PictureLimits {
        tasks: 10,
        instances: 10,
        points: 40,
    };
    let thinned = text(&played, limits);
    assert_eq!(thinned, text(&played, limits));
    let data = read(&thinned);
    assert_eq!(tasks(&data).len(), 10);
    let total = data["tasks"]["total"].as_u64().unwrap();
    let notes = data["notes"].to_string();
    assert!(
        notes.contains(&format!("Shows 10 of {total} tasks, evenly chosen")),
        "{notes}"
    );
    // The tasks that are left are those of the whole replay, to the second.
    let whole = tasks(&read(&text(&played, shown::LIMITS)));
    assert!(tasks(&data).iter().all(|task| whole.contains(task)));
    // The lines are of all tasks still, and exact where they have a point.
    let lines = &data["series"][0];
    for (second, running) in summed(&lines["t"])
        .into_iter()
        .zip(numbers(&lines["running"]))
    {
        assert_eq!(i64::from(counted(&whole, 0, second).0), running, "{second}");
    }
}

#[test]
fn a_run_that_goes_another_way_is_told_so() {
    let (plan, outcome) = played(loaded(STEP).plan);
    let told = |is_reproduced| {
        let again = shown::PlayedAgain {
            name: "a-run",
            ended_at: outcome.stopped_at,
            is_reproduced,
            cut_from: None,
        };
        read(&shown::json(&plan, &outcome.observed, again))["notes"].to_string()
    };
    assert!(told(false).contains("plays the run another way"));
    assert!(!told(true).contains("another way"));
}

#[test]
fn what_spot_takes_is_told_when_it_goes() {
    let data = read(&text(
        &played(scenario("ec2-spot-replay", &[])),
        shown::LIMITS,
    ));
    let texts = data["words"]["templates"].to_string();
    // The digit of EC2 stands in a gap.
    assert!(texts.contains(" takes back "), "{texts}");
}

/// What each pool column says at a second: its zone and group with how many pools are empty.
fn empty_pools(data: &Value, second: i64) -> BTreeMap<(i64, i64), i64> {
    let spot = &data["spot"];
    let (zone, group) = (numbers(&spot["zone"]), numbers(&spot["group"]));
    let rows = summed(&spot["t"]).into_iter().zip(numbers(&spot["empty"]));
    let rows = rows.zip(zone.into_iter().zip(group));
    let before = rows.take_while(|((at, _), _)| *at <= second);
    before.map(|((_, empty), place)| (place, empty)).collect()
}

#[test]
fn a_drought_of_spot_is_a_state_of_its_zones() {
    let data = read(&text(&played(scenario("nightly-jobs", &[])), shown::LIMITS));
    // The drought is from 11 days and half an hour on for three hours.
    let day = 86_400;
    let during = empty_pools(&data, 11 * day + 3_600);
    assert_eq!(during.len(), 3, "one a zone: {during:?}");
    assert!(during.values().all(|empty| *empty == 1), "{during:?}");
    let before = empty_pools(&data, 11 * day);
    assert!(before.values().any(|empty| *empty == 0), "{before:?}");
    // Of groups there are pools of several types.
    let plan = scenario("ec2-spot-mixed", &[("run.duration", "1d")]);
    let data = read(&text(&played(plan), shown::LIMITS));
    let of = numbers(&data["spot"]["of"]);
    assert_eq!(of.iter().max(), Some(&3), "three types buy on Spot: {of:?}");
    assert!(
        numbers(&data["spot"]["group"])
            .iter()
            .all(|group| *group == 0)
    );
}

#[test]
fn events_of_capacity_and_schedules_have_their_words() {
    let told = |name: &str, kind: i64| -> usize {
        let plan = scenario(name, &[("run.duration", "12d")]);
        let data = read(&text(&played(plan), shown::LIMITS));
        let events = &data["events"];
        let about = numbers(&events["about"]).into_iter();
        let about = about.zip(numbers(&events["story"]));
        about
            .filter(|(about, story)| *about == kind && 0 <= *story)
            .count()
    };
    let (provider, call, instance) = (2, 3, 4);
    assert!(20 < told("ec2-autoscaling", provider));
    assert!(20 < told("nightly-jobs", call));
    assert!(1 < told("ec2-spot-mixed", instance));
}

#[test]
fn hostile_names_are_text() {
    let name = r#"</script><script>alert(\"x\")</script>&\u202e"#;
    let hostile = format!("PolicyName: \"{name}{}\"", "n".repeat(10_000));
    let played = played(loaded(&STEP.replace("PolicyName: cpu", &hostile)).plan);
    let text = text(&played, shown::LIMITS);
    assert!(!text.contains(['<', '>', '&']));
    let data = read(&text);
    let templates = data["words"]["templates"].as_array().unwrap().iter();
    let templates: Vec<&str> = templates.map(|text| text.as_str().unwrap()).collect();
    let as_written = "</script><script>alert(\"x\")</script>&\u{202e}nnn";
    assert!(templates.iter().any(|text| text.contains(as_written)));
    let longest = templates.iter().map(|text| text.chars().count()).max();
    assert_eq!(longest, Some(601), "cut, with an ellipsis");
    assert!(text.len() < 2_000_000, "{}", text.len());
}

#[test]
fn a_week_of_the_web_api_takes_less_than_two_megabytes() {
    let played = played(scenario("web-api", &[]));
    let text = text(&played, shown::LIMITS);
    assert!(text.len() < 2_000_000, "{} bytes", text.len());
    assert!(shown::SCRIPT.len() + shown::style().len() < 100_000);
    let data = read(&text);
    // What a click shows is what explain says, its alternatives with it.
    let words = data["words"]["templates"].to_string();
    assert!(words.contains("With TargetValue"), "{words}");
    let stories = data["stories"]["tasks"][0].as_array().unwrap();
    assert!(500 < stories.len(), "{}", stories.len());
}

/// Three services that scale and are deployed, the first of which is asked most.
const THREE: &str = "
fleetcast: 1
name: three
run: { duration: 3h, seed: 1 }
record: { metrics: none }
aws:
  taskDefinitions: [{ family: f, cpu: 256, memory: 512 }]
  services:
    - { serviceName: a, taskDefinition: f, desiredCount: 2, launchType: FARGATE }
    - { serviceName: b, taskDefinition: f, desiredCount: 3, launchType: FARGATE }
    - { serviceName: c, taskDefinition: f, desiredCount: 5, launchType: FARGATE }
world:
  demand:
    a: { rate: 40/s }
    b: { rate: 20/s }
    c: { rate: { sum: [ { constant: 10/s }, { step: { at: 1h, to: 25/s } } ] } }
  work: { f: { cpu: 10ms } }
timeline:
  - { at: 1h, deploy: { service: a } }
  - { at: 2h, deploy: { service: c } }
";

#[test]
fn services_without_reasons_are_shown_together_and_change_nothing() {
    let mut plan = loaded(THREE).plan;
    plan.record = shown::record();
    let limits = RunLimits::default();
    let all = replay(&plan, 0, &limits, Trail::of(None));
    let one = replay(&plan, 0, &limits, Trail::of_some(&plan, &[ServiceId(0)]));
    assert_eq!(all.event_hash, one.event_hash);
    let all = read(&text(&(plan.clone(), all), shown::LIMITS));
    let some = read(&text(&(plan, one), shown::LIMITS));
    let names = |data: &Value| -> Vec<String> {
        let owners = data["owners"].as_array().unwrap().iter();
        owners
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&all), ["a", "b", "c"]);
    assert_eq!(names(&some), ["a", "2 other services"]);
    let notes = some["notes"].to_string();
    assert!(
        notes.contains("are of 1 services of 3, the dearest"),
        "{notes}"
    );
    // The blocks are the same ones.
    assert_eq!(tasks(&some).len(), tasks(&all).len());
    assert_eq!(some["series"][0], all["series"][0]);
    // What two wanted and had together is the sum of what each did.
    let at = |data: &Value, series: usize, of: &str, second: i64| -> i64 {
        let (t, column) = match of {
            "load" => ("loadT", "load"),
            column => ("t", column),
        };
        let series = &data["series"][series];
        let known = summed(&series[t]).into_iter().zip(numbers(&series[column]));
        known
            .take_while(|it| it.0 <= second)
            .last()
            .map_or(0, |it| it.1)
    };
    for second in [0, 60, 3_590, 3_660, 7_205, 7_300, 10_700] {
        for of in ["desired", "running", "pending", "load"] {
            let each = at(&all, 1, of, second) + at(&all, 2, of, second);
            assert_eq!(at(&some, 1, of, second), each, "{of} at {second}");
        }
    }
    // Events and reasons are of the one service only.
    let owners = numbers(&some["events"]["owner"]);
    assert!(
        // Those of the cluster have no owner.
        owners.contains(&0) && owners.iter().all(|it| *it <= 0),
        "{owners:?}"
    );
    let told = numbers(&some["stories"]["tasks"][0]);
    let of_task = numbers(&some["tasks"]["owner"]);
    assert!(!told.is_empty() && told.iter().all(|it| of_task[*it as usize] == 0));
}

#[test]
fn of_a_long_run_the_beginning_is_played_and_said() {
    let mut plan = loaded(THREE).plan;
    plan.record = shown::record();
    let limits = RunLimits {
        events: 40,
        ..RunLimits::default()
    };
    let outcome = replay(&plan, 0, &limits, Trail::of(None));
    let again = shown::PlayedAgain {
        name: "a-run",
        ended_at: outcome.stopped_at,
        is_reproduced: true,
        cut_from: Some(SimTime::from_secs(10_800)),
    };
    let data = read(&shown::json(&plan, &outcome.observed, again));
    let end = data["end"].as_i64().unwrap();
    assert!(0 < end && end < 10_800, "{end}");
    let notes = data["notes"].to_string();
    assert!(
        notes.contains("of 3 h: a replay has at most 10 M events."),
        "{notes}"
    );
}
