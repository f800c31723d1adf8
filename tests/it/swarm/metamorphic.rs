//! What must come out alike when a scenario is changed in what should not matter, each over random
//! scenarios. `determinism` has the same for one scenario that is not strange.

use std::collections::BTreeSet;

use fleetcast::billing::BillLine;
use fleetcast::catalog::instances;
use fleetcast::engine::SimTime;
use fleetcast::observe::summary::ServiceSummary;
use fleetcast::observe::tasks::owner_name;
use fleetcast::simulation::outcome::RunLimits;
use fleetcast::world::task::{Owner, TaskRecord};

use super::deployers;
use super::draft::Draft;
use super::{Run, run, run_within, swarm};

/// Scenarios of each property.
const SEEDS: u64 = 100;

fn hash(run: &Run) -> u64 {
    run.played.outcome.event_hash
}

/// A service's summary and tasks as text, without its name.
fn of_service(run: &Run, name: &str) -> String {
    let (plan, observed) = (&run.loaded.plan, &run.played.outcome.observed);
    let summaries = &observed.summary.services;
    let mut summary: ServiceSummary = summaries.iter().find(|it| it.name == name).unwrap().clone();
    summary.name.clear();
    let is_own = |task: &&TaskRecord| match task.owner {
        Owner::Service(_) => owner_name(plan, task.owner) == name,
        Owner::Job(_) => false,
    };
    let tasks = observed.tasks.iter().filter(is_own);
    let tasks = tasks.map(|task| {
        let (provider, zone) = (plan.provider(task.provider), plan.zone_name(task.zone));
        let definition = plan.task_definition(task.definition).name();
        let (times, stop) = (&task.times, task.stop);
        format!("{definition} {} {zone} {times:?} {stop:?}", provider.name)
    });
    let tasks: Vec<String> = tasks.collect();
    format!("{summary:?}\n{}", tasks.join("\n"))
}

/// Each service of `one` did the same in `other`, where it may have another name. Of the text of
/// the first that did not, the line.
fn check_same_services(one: &Run, other: &Run, renamed: impl Fn(&str) -> String) {
    for service in &one.loaded.plan.services {
        let (before, after) = (
            of_service(one, &service.name),
            of_service(other, &renamed(&service.name)),
        );
        let mut lines = before.lines().zip(after.lines());
        let differs = lines.find(|(before, after)| before != after);
        assert!(
            before == after,
            "{} does otherwise: {differs:?}",
            service.name
        );
    }
}

/// Services share the account: where a quota or a launch rate binds, one more makes others wait.
fn is_apart(run: &Run) -> bool {
    let refusals = &run.played.outcome.observed.summary.total.tasks.refusals;
    !refusals
        .keys()
        .any(|reason| reason == "vcpu_quota" || reason == "launch_rate")
}

#[test]
fn twice_the_price_is_twice_the_bill() {
    swarm("prices", SEEDS, |draft| {
        // Prices of Spot that move are rounded every hour, and a group buys what is cheaper then:
        // twice as much may be another choice.
        let spot = draft.lines("world.spot");
        if spot.iter().any(|line| line.contains("prices:")) {
            return;
        }
        // A commitment is an amount of money, and goes less far where prices are higher.
        let prices = draft.lines("world.prices");
        let is_money = |line: &&str| line.contains("commitments") || line.contains("changes");
        let commits = prices.iter().any(is_money);
        let without = draft.without("world.prices");
        let draft = if commits { &without } else { draft };
        // A price may change to an amount, which stays what it is.
        let timeline = draft.lines("timeline");
        let changes = timeline.iter().any(|line| line.contains("priceChange"));
        let without = draft.without("timeline");
        let draft = if changes { &without } else { draft };
        let one = run(draft);
        let mut doubled = draft.without("world.prices");
        let mut doubled_names = BTreeSet::new();
        for line in one.played.bill.lines.iter() {
            let (name, usd) = (line.item.name(), line.price.amount.usd());
            // One that moves, of which a line has the mean paid.
            let is_derived = name.starts_with("ec2_spot_hour");
            if !is_derived && doubled_names.insert(name.to_owned()) {
                doubled.add("world.prices", format!("{name}: {} USD", 2.0 * usd));
            }
        }
        // Allocation strategies compare the types of a group: all of them cost twice as much.
        let plan = &one.loaded.plan;
        let bought = plan.groups.iter().filter(|group| !group.is_external());
        for kind in bought.flat_map(|group| &group.types) {
            let id = kind.instance_type;
            let (on_demand, spot) = (
                plan.prices.on_demand_instance(id),
                plan.prices.spot_instance(id),
            );
            for (how, price) in [("on_demand", on_demand), ("spot", spot)] {
                let name = format!("ec2_{how}_hour_{}", instances::get(id).name);
                if doubled_names.insert(name.clone()) {
                    let usd = 2.0 * price.amount.usd();
                    doubled.add("world.prices", format!("{name}: {usd} USD"));
                }
            }
        }
        let doubled = run(&doubled);
        assert_eq!(
            hash(&one),
            hash(&doubled),
            "prices move nothing but the bill"
        );
        check_twice_the_bill(&one, &doubled);
    });
}

fn check_twice_the_bill(one: &Run, two: &Run) {
    let (one, two) = (&one.played.bill.lines, &two.played.bill.lines);
    let names =
        |lines: &[BillLine]| -> Vec<&str> { lines.iter().map(|line| line.item.name()).collect() };
    assert_eq!(names(one), names(two), "the same lines");
    for (one, two) in one.iter().zip(two) {
        // Each line is rounded once, to the millionth, and its price to a million millionth at each
        // change.
        let off = (2.0 * one.cost.usd() - two.cost.usd()).abs();
        let units = one.quantity as f64 / one.base_units as f64;
        assert!(
            off <= 2e-6 + 1e-12 * (two.cost.usd() + 4.0 * units),
            "{}: off by {off}",
            one.item.name()
        );
    }
}

#[test]
fn prices_that_double_at_the_start_double_the_bill() {
    swarm("doubled", SEEDS, |draft| {
        // As above.
        let spot = draft.lines("world.spot");
        if spot.iter().any(|line| line.contains("prices:")) {
            return;
        }
        let one = run(&without_commitments(draft));
        let doubled = run(&doubled_at_the_start(draft));
        assert_eq!(hash(&one), hash(&doubled), "the same events");
        check_twice_the_bill(&one, &doubled);
    });
}

/// Commitments are amounts of money, which buy less where prices are higher.
fn without_commitments(draft: &Draft) -> Draft {
    let mut without = draft.without("world.prices");
    let prices = draft.lines("world.prices").into_iter();
    for line in prices.filter(|line| !line.starts_with("commitments")) {
        without.add("world.prices", line);
    }
    without
}

/// All prices change to twice as much at the start of the run, before all other changes, and the
/// amounts that others change to are twice as much.
fn doubled_at_the_start(draft: &Draft) -> Draft {
    const ALL: &str = "{ at: 0s, all: 100 % }";
    let draft = without_commitments(draft);
    let prices = draft.lines("world.prices");
    let has_changes = prices.iter().any(|line| line.starts_with("changes"));
    let mut doubled = draft.map(|block, line| match block {
        "world.prices" if line.starts_with("changes") => {
            let line = line.replace("changes: [", &format!("changes: [{ALL}, "));
            line.replace("0.9 USD", "1.8 USD")
        }
        "timeline" if line.contains("priceChange") => line.replace("0.9 USD", "1.8 USD"),
        _ => line.to_owned(),
    });
    if !has_changes {
        doubled.add("world.prices", format!("changes: [{ALL}]"));
    }
    doubled
}

#[test]
fn without_demand_nothing_scales_out_for_its_cpu() {
    swarm("no-demand", SEEDS, |draft| {
        // Memory in use by idle tasks may call for more of them, and so may their idle CPU; what is
        // scheduled comes in any case, and an alarm may go off for want of anything.
        let quiet = draft
            .without("world.demand")
            .without("aws.scheduledActions")
            .without("aws.alarms")
            // Without demand nobody pulls from a queue, and nothing is measured there.
            .filtered(|block, line| block != "aws.scalingPolicies" || !line.contains("AWS/SQS"))
            .map(|block, line| match block {
                "aws.services" | "aws.deploymentGroups" => deployers::without_alarms(line),
                "aws.scalingPolicies" => line
                    .replace("AverageMemoryUtilization", "AverageCPUUtilization")
                    .replace("HighResolution", ""),
                "world.work" => line
                    .replace("idle: 0.1 ", "idle: 0 ")
                    .replace("idle: 0.01 ", "idle: 0 ")
                    .replace("idle: 20 ", "idle: 0 "),
                _ => line.to_owned(),
            });
        let run = run(&quiet);
        for service in &run.played.outcome.observed.summary.services {
            assert_eq!(service.scale_outs, 0, "{} scales out", service.name);
        }
    });
}

#[test]
fn a_longer_run_has_the_same_past() {
    swarm("longer", SEEDS, |draft| {
        let longer = draft.map(|block, line| match (block, line.split_once("duration: ")) {
            ("run", Some((before, rest))) => format!("{before}duration: 1h {rest}"),
            _ => line.to_owned(),
        });
        let one = run(draft);
        if !one.played.is_complete() {
            return;
        }
        let other = run_within(&longer, |_| RunLimits::default());
        check_same_past(&one, &other);
    });
}

/// What the shorter run knows at its end is what the longer one knew then.
fn check_same_past(short: &Run, long: &Run) {
    let end = short.loaded.plan.horizon();
    let known = |run: &Run| -> Vec<String> {
        let tasks = run.played.outcome.observed.tasks.iter();
        let tasks = tasks.filter(|task| task.times.created < end);
        let past = |task: &TaskRecord| {
            let mut times = task.times;
            times.cut_after(before(end));
            let stop = task.stop.filter(|_| times.stopping.is_some());
            format!("{:?} {:?} {times:?} {stop:?}", task.owner, task.provider)
        };
        tasks.map(past).collect()
    };
    let (one, other) = (known(short), known(long));
    assert_eq!(one.len(), other.len(), "as many tasks");
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one, other, "the past of a task");
    }
    check_same_events(short, long);
    check_same_metrics(short, long);
}

/// The rows of `metrics.csv` whose period is over at the end of the shorter run, series by series.
fn check_same_metrics(short: &Run, long: &Run) {
    let lines = |run: &Run| {
        let plan = &run.loaded.plan;
        let mut bytes = Vec::new();
        let Some(metrics) = &run.played.outcome.observed.metrics else {
            return Vec::new();
        };
        metrics.write_csv(plan, &mut bytes).unwrap();
        let period = metrics.period.as_micros();
        let whole = short.loaded.plan.horizon().as_micros() / period * period;
        let end = plan.run.start + std::time::Duration::from_micros(whole);
        let is_past = |line: &&str| {
            let (time, _) = line.split_once(',').unwrap();
            let time: jiff::Timestamp = time.parse().unwrap();
            // Rows show whole seconds.
            time + std::time::Duration::from_micros(period) <= end
        };
        let text = String::from_utf8(bytes).unwrap();
        let past = text.lines().skip(1).filter(is_past);
        past.map(str::to_owned).collect::<Vec<String>>()
    };
    let (one, other) = (lines(short), lines(long));
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one, other, "the past of metrics");
    }
    assert_eq!(one.len(), other.len(), "as many rows of metrics");
}

/// The last instant of a half-open run.
fn before(end: SimTime) -> SimTime {
    SimTime::from_micros(end.as_micros() - 1)
}

/// The lines of `events.ndjson` and `decisions.ndjson` up to the end of the shorter run.
fn check_same_events(short: &Run, long: &Run) {
    let lines = |run: &Run| {
        let (plan, observed) = (&run.loaded.plan, &run.played.outcome.observed);
        let mut bytes = Vec::new();
        if let Some(events) = &observed.events {
            events
                .write_ndjson(plan, &observed.tasks, &mut bytes)
                .unwrap();
        }
        if let Some(decisions) = &observed.decisions {
            decisions.write_ndjson(plan, &mut bytes).unwrap();
        }
        // EventBridge's times are whole seconds.
        let end = plan.run.start + std::time::Duration::from_secs(short_end_s(short));
        let end = jiff::Timestamp::from_second(end.as_second()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let past = text.lines().filter(|line| time_of(line) < end);
        past.map(str::to_owned).collect::<Vec<String>>()
    };
    let (one, other) = (lines(short), lines(long));
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one, other, "the past of events and decisions");
    }
    assert_eq!(one.len(), other.len(), "as many events and decisions");
}

fn short_end_s(short: &Run) -> u64 {
    short.loaded.plan.horizon().as_micros() / 1_000_000
}

fn time_of(line: &str) -> jiff::Timestamp {
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    let time = line.get("time").or_else(|| line.get("at"));
    time.unwrap().as_str().unwrap().parse().unwrap()
}

#[test]
fn with_every_sink_off_the_run_is_the_same() {
    swarm("sinks", SEEDS, |draft| {
        let mut none = draft.without("record").without("objectives");
        for sink in ["metrics", "tasks", "events", "decisions"] {
            none.add("record", format!("{sink}: none"));
        }
        let (one, other) = (run(draft), run(&none));
        assert_eq!(hash(&one), hash(&other));
        assert_eq!(one.played.outcome.events, other.played.outcome.events);
        assert_eq!(one.played.bill.total, other.played.bill.total);
        let (mut one, mut other) = (one, other);
        let (one, other) = (
            &mut one.played.outcome.observed.summary,
            &mut other.played.outcome.observed.summary,
        );
        one.objectives.clear();
        other.objectives.clear();
        assert_eq!(format!("{one:?}"), format!("{other:?}"));
    });
}

#[test]
fn a_service_that_nobody_asks_of_changes_nothing_for_the_others() {
    swarm("idle", SEEDS, |draft| {
        let mut more = draft.clone();
        let line = "- { serviceName: idle, taskDefinition: family0, desiredCount: 1, launchType: \
                    FARGATE }";
        more.add("aws.services", line);
        let (one, other) = (run(draft), run(&more));
        if is_apart(&one) && is_apart(&other) && is_whole(&one, &other) {
            check_same_services(&one, &other, str::to_owned);
        }
    });
}

/// A run that a limit ended has another end with more events in it.
fn is_whole(one: &Run, other: &Run) -> bool {
    one.played.is_complete() && other.played.is_complete()
}

#[test]
fn the_order_of_things_in_the_file_does_not_matter() {
    swarm("order", 2 * SEEDS, |draft| {
        let draft = &with_tight_quotas(draft);
        let mut turned = draft.clone();
        for block in [
            "aws.services",
            "aws.runTasks",
            "aws.schedules",
            "aws.scalableTargets",
            "aws.targetGroups",
            "world.demand",
            "world.work",
        ] {
            turned = turned.reversed(block);
        }
        let (one, other) = (run(draft), run(&turned));
        check_same_services(&one, &other, str::to_owned);
        assert_eq!(hash(&one), hash(&other), "the same events");
        assert_eq!(one.played.bill.total, other.played.bill.total);
        let shown = |run: &Run| format!("{:?}", run.played.outcome.observed.summary);
        assert_eq!(shown(&one), shown(&other));
    });
}

#[test]
fn a_renamed_service_is_the_same_when_its_stream_is_pinned() {
    swarm("renamed", 2 * SEEDS, |draft| {
        let draft = &with_tight_quotas(draft);
        let one = run(draft);
        let services = &one.loaded.plan.services;
        if services.is_empty() || !draft.lines("world.streams").is_empty() {
            return;
        }
        // Names that sort where the old ones did, before all and behind all.
        let chosen = draft.text().len() % services.len();
        let service = services[chosen].name.clone();
        for new in [
            format!("{service}-new"),
            format!("0-{service}"),
            format!("zz-{service}"),
        ] {
            let mut renamed = draft.map(|_, line| rename(line, &service, &new));
            renamed.add("world.streams", format!("{new}: {service}"));
            let other = run(&renamed);
            assert_eq!(hash(&one), hash(&other), "names are in no event");
            let by_name = |name: &str| match name == service {
                true => new.clone(),
                false => name.to_owned(),
            };
            check_same_services(&one, &other, by_name);
            assert_eq!(one.played.bill.total, other.played.bill.total);
        }
    });
}

#[test]
fn a_renamed_program_is_the_same_when_its_stream_is_pinned() {
    swarm("renamed-program", 2 * SEEDS, |draft| {
        let draft = &with_tight_quotas(draft);
        let one = run(draft);
        let programs = draft.lines("aws.runTasks");
        let is_there = programs.iter().any(|line| line.contains("name: jobs0"));
        if !is_there || !draft.lines("world.streams").is_empty() {
            return;
        }
        let mut renamed = draft.map(|_, line| rename(line, "jobs0", "zz"));
        renamed.add("world.streams", "zz: jobs0");
        let other = run(&renamed);
        assert_eq!(hash(&one), hash(&other), "names are in no event");
        check_same_services(&one, &other, str::to_owned);
        assert_eq!(one.played.bill.total, other.played.bill.total);
    });
}

/// The same with quotas that most clusters meet, for about every second draft.
fn with_tight_quotas(draft: &Draft) -> Draft {
    if draft.text().len().is_multiple_of(2) {
        return draft.clone();
    }
    let mut tight = draft.without("aws.quotas");
    for quota in ["L-3032A538", "L-36FBB829"] {
        tight.add("aws.quotas", format!("{quota}: 3"));
    }
    tight
}

/// Every whole word that is the name.
fn rename(line: &str, old: &str, new: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '-';
    let mut renamed = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(old) {
        let (before, after) = (&rest[..at], &rest[at + old.len()..]);
        renamed += before;
        let is_inside = renamed.ends_with(is_part) || after.starts_with(is_part);
        renamed += if is_inside { old } else { new };
        rest = after;
    }
    renamed + rest
}
