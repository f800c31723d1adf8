//! How it behaved: tasks, requests, jobs, launches, interruptions.

use std::collections::BTreeMap;

use super::{InlineCharts, Text, chosen, instances, requests};
use crate::ids::ProviderId;
use crate::observe::alarms::AlarmSummary;
use crate::observe::states::StateGroup;
use crate::observe::summary::{
    DelaySummary, JobSourceSummary, NoInstanceSummary, ScheduleSummary, ServiceSummary, TaskSummary,
};
use crate::report::results::Results;
use crate::report::spark::spark;
use crate::report::table::{Align, Table};
use crate::report::wording::{count, counted, length, percent, seconds};

pub(super) fn tell(results: &Results<'_>, text: &mut Text) {
    let summary = &results.played.outcome.observed.summary;
    tasks(results, text);
    instances::tell(results, text);
    let told = chosen::services(results);
    for service in told.iter().map(|at| &summary.services[*at]) {
        text.section(&format!("Service {}", service.name));
        tell_service(service, text);
        let alarms = summary.alarms.iter();
        for alarm in alarms.filter(|alarm| alarm.service == service.name) {
            tell_alarm(alarm, text);
        }
    }
    let untold = summary.services.len() - told.len();
    if 0 < untold {
        text.blank();
        let more = counted(untold as u64, "more service");
        text.line(&format!("{more}, see summary.json and the report"));
    }
    for source in &summary.job_sources {
        text.section(&format!("Jobs of {}", source.name));
        tell_jobs(source, text);
    }
}

/// Running tasks by provider.
fn tasks(results: &Results<'_>, text: &mut Text) {
    let observed = &results.played.outcome.observed;
    let running = |index: usize| -> Vec<f64> {
        observed
            .states
            .means(ProviderId::from_index(index), StateGroup::Running)
            .collect()
    };
    let mut table = Table::new(&[
        ("", Align::Left),
        ("mean", Align::Right),
        ("min", Align::Right),
        ("max", Align::Right),
        ("task hours", Align::Right),
        ("started", Align::Right),
        ("interrupted", Align::Right),
    ]);
    let column_s = observed.states.column().as_secs_f64();
    let skipped = (observed.summary.warm_up_s / column_s).ceil() as usize;
    let mut all: Vec<f64> = Vec::new();
    for (index, provider) in observed.summary.providers.iter().enumerate() {
        let values = running(index);
        if provider.started == 0 && values.iter().all(|value| *value <= 0.0) {
            continue;
        }
        all.resize(all.len().max(values.len()), 0.0);
        all.iter_mut()
            .zip(&values)
            .for_each(|(sum, value)| *sum += value);
        let hours = observed.summary.measured_s() / 3_600.0;
        let measured = values.get(skipped..).unwrap_or_default();
        let least = measured.iter().copied().fold(f64::INFINITY, f64::min);
        let most = measured.iter().copied().fold(0.0, f64::max);
        let share = format!(
            "{} ({})",
            count(libm::round(provider.task_hours)),
            percent(Some(provider.task_hours_percent))
        );
        table.row([
            provider.name.clone(),
            format!("{:.1}", provider.task_hours / hours),
            format!("{least:.0}"),
            format!("{most:.0}"),
            share,
            count(provider.started as f64),
            count(provider.interruptions as f64),
        ]);
    }
    text.section("Running tasks");
    if 1 < all.len() && text.inline == InlineCharts::Few {
        let most = all.iter().copied().fold(0.0, f64::max);
        text.line(&format!("  {}  up to {most:.0}", spark(&all, text.spark())));
    }
    text.table(&table);
}

fn tell_service(service: &ServiceSummary, text: &mut Text) {
    let desired = &service.desired_count;
    text.fact(
        "desired",
        &format!(
            "{:.1} on average, {} to {}; {}, {}; fewer running than desired for {}",
            desired.mean,
            desired.min,
            desired.max,
            counted(service.scale_outs, "scale-out"),
            counted(service.scale_ins, "scale-in"),
            length(service.short_of_desired_s),
        ),
    );
    if let Some(load) = &service.load {
        requests::tell(load, text);
    }
    if service.load.is_some() || service.daemon.is_some() {
        let used = |name: &str, used: &crate::observe::summary::UtilizationSummary| {
            format!(
                "{name} {} on average, {} in the busiest 5 % of minutes, at most {}",
                percent(used.mean_percent),
                percent(used.p95_minute_percent),
                percent(used.max_minute_percent)
            )
        };
        text.fact("CPU", used("", &service.cpu).trim_start());
        text.fact("memory", used("", &service.memory).trim_start());
    }
    if let Some(daemon) = &service.daemon {
        let asked = format!(
            "CPU for the tasks beside it: {} of what it reserves, {} in the worst minute; not \
             enough in {}",
            percent(Some(daemon.asked_percent)),
            percent(Some(daemon.asked_max_percent)),
            counted(daemon.saturated_minutes, "minute"),
        );
        text.fact("serves", &asked);
    }
    tell_tasks(&service.tasks, text);
    tell_deployments(service, text);
}

/// What became of its deployments; of its first one only that it failed.
fn tell_deployments(service: &ServiceSummary, text: &mut Text) {
    let begun = service.deployments_started + u64::from(service.first_deployment_failed);
    if begun == 0 {
        return;
    }
    let deployments = match service.first_deployment_failed {
        true => format!("{}, its first among them", counted(begun, "deployment")),
        false => counted(begun, "deployment"),
    };
    let completed = service.deployments_completed;
    let failed = failed_deployments(service);
    let ignored = match service.deployment_alarms_ignored {
        0 => String::new(),
        1 => "; the alarms of 1 were ignored, as one was in ALARM when it began".to_owned(),
        many => format!("; the alarms of {many} were ignored, as one was in ALARM when they began"),
    };
    let under_way = match service.deployment_under_way.as_deref() {
        None => String::new(),
        Some("IN_PROGRESS") => ", 1 in progress at the end".to_owned(),
        Some(stage) => format!(", 1 at {stage} at the end"),
    };
    text.fact(
        "deployed",
        &format!("{deployments}, {completed} completed{failed}{under_way}{ignored}"),
    );
}

/// What the circuit breaker and alarms failed.
fn failed_deployments(service: &ServiceSummary) -> String {
    let (failed, back) = (service.deployments_failed, service.deployments_rolled_back);
    match (failed, back) {
        (0, _) => String::new(),
        (_, 0) => format!(", {failed} failed"),
        (_, back) if back == failed => {
            format!(", {failed} failed and rolled back")
        }
        (_, back) => format!(", {failed} failed, {back} rolled back"),
    }
}

fn tell_alarm(alarm: &AlarmSummary, text: &mut Text) {
    let times = match alarm.alarms {
        1 => "once".to_owned(),
        times => format!("{} times", count(times as f64)),
    };
    let told = match (alarm.alarms, alarm.in_alarm_s) {
        (0, spent) if spent <= 0.0 => format!("{} never went off", alarm.name),
        (_, spent) => format!(
            "{} went off {times}, in ALARM for {}",
            alarm.name,
            length(spent)
        ),
    };
    text.fact("alarm", &format!("{told}; at the end {}", alarm.state));
}

fn tell_jobs(source: &JobSourceSummary, text: &mut Text) {
    let over = counted(source.succeeded + source.failed, "job");
    let skipped = match source.skipped {
        0 => String::new(),
        many => format!(
            "; {} skipped, as what they come after failed",
            count(many as f64)
        ),
    };
    text.fact(
        "jobs",
        &format!(
            "{over} over, {} of them failed{skipped}; {}; at most {} waited at once",
            count(source.failed as f64),
            counted(source.starts, "task start"),
            count(f64::from(source.waiting_max)),
        ),
    );
    if let Some(schedule) = &source.schedule {
        tell_schedule(schedule, text);
    }
    let sojourn = delays(&source.sojourn);
    text.fact("took", &format!("{sojourn}, from arrival to end"));
    tell_tasks(&source.tasks, text);
}

fn tell_schedule(schedule: &ScheduleSummary, text: &mut Text) {
    let runs = counted(schedule.runs, "run");
    let overlapping = match schedule.overlapping {
        0 => "none began before the last one was over".to_owned(),
        some => format!("{} began before the last one was over", count(some as f64)),
    };
    text.fact("schedule", &format!("{runs}; {overlapping}"));
    let mut lost = Vec::new();
    if 0 < schedule.retries {
        let tries = match schedule.retries {
            1 => "1 further try".to_owned(),
            many => format!("{} further tries", count(many as f64)),
        };
        lost.push(format!("{tries} after errors of RunTask"));
    }
    if 0 < schedule.given_up {
        let to = match schedule.has_dead_letters {
            true => "sent to the dead-letter queue",
            false => "dropped",
        };
        lost.push(format!(
            "{} given up and {to}",
            counted(schedule.given_up, "task")
        ));
    }
    for (reason, tasks) in &schedule.lost {
        let tasks = counted(*tasks, "task");
        lost.push(format!("{tasks} lost, nobody tried again ({reason})"));
    }
    if !lost.is_empty() {
        text.fact("failed calls", &lost.join("; "));
    }
}

fn tell_tasks(tasks: &TaskSummary, text: &mut Text) {
    if 0 < tasks.started {
        let launches = counted(tasks.started, "task");
        let delay = delays(&tasks.launch_delay);
        text.fact(
            "launches",
            &format!("{launches}; from wanted to RUNNING {delay}"),
        );
    }
    if let Some(wait) = &tasks.instance_wait {
        let tasks = counted(wait.tasks, "task");
        let told = format!("{tasks} for an instance; {}", delays(&wait.delay));
        text.fact("waited", &told);
    }
    if let Some(asked) = &tasks.instance_searches {
        let told = format!(
            "{} for an instance asked instances {}, one by one: constraints about what changes \
             with every task",
            match asked.searches {
                1 => "1 search".to_owned(),
                many => format!("{} searches", count(many as f64)),
            },
            counted(asked.instances, "time"),
        );
        text.fact("searched", &told);
    }
    if 0 < tasks.restarts {
        let restarts = counted(tasks.restarts, "container");
        let told = format!("{restarts} started again in their tasks (restartPolicy)");
        text.fact("restarted", &told);
    }
    if 0 < tasks.interruptions {
        let lost = match tasks.lost_work_s {
            lost if lost <= 0.0 => String::new(),
            lost => format!(", {} of work lost", length(lost)),
        };
        let tasks = counted(tasks.interruptions, "task");
        text.fact("interrupted", &format!("{tasks} taken back by Spot{lost}"));
    }
    if !tasks.refusals.is_empty() {
        text.fact(
            "refused",
            &format!(
                "launches, each further try counted: {}",
                list(&tasks.refusals)
            ),
        );
    }
    if let Some(none) = &tasks.no_instance {
        text.fact("not placed", &not_placed(none));
    }
    if !tasks.stopped.is_empty() {
        text.fact("stopped", &list(&tasks.stopped));
    }
}

/// Why no container instance took launches: from when to when, and what the closest lacked.
fn not_placed(none: &NoInstanceSummary) -> String {
    let when = match none.first_s < none.last_s {
        true => format!(
            "tried {} times, {} to {} into the run",
            count(none.tries as f64),
            length(none.first_s),
            length(none.last_s)
        ),
        false => format!("tried {} into the run", length(none.first_s)),
    };
    let nearest = &none.nearest;
    format!("{when}; after {}: {nearest}", length(none.nearest_s))
}

fn delays(delay: &DelaySummary) -> String {
    format!(
        "p50 {}, p95 {}, at most {}",
        seconds(delay.p50_s),
        seconds(delay.p95_s),
        seconds(delay.max_s)
    )
}

fn list(counts: &BTreeMap<String, u64>) -> String {
    let counts = counts
        .iter()
        .map(|(name, times)| format!("{name} {}", count(*times as f64)));
    counts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::table::Colour;

    #[test]
    fn a_first_deployment_that_failed_and_alarms_that_were_ignored_are_said() {
        let told = |service: &ServiceSummary| {
            let mut text = Text {
                out: String::new(),
                colour: Colour::Plain,
                columns: 100,
                inline: InlineCharts::Few,
            };
            tell_deployments(service, &mut text);
            text.out.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let mut service = ServiceSummary::default();
        assert_eq!(told(&service), "");
        service.deployments_failed = 1;
        service.first_deployment_failed = true;
        let first = "deployed 1 deployment, its first among them, 0 completed, 1 failed";
        assert_eq!(told(&service), first);
        service = ServiceSummary {
            deployments_started: 2,
            deployments_completed: 2,
            deployment_alarms_ignored: 1,
            ..ServiceSummary::default()
        };
        let ignored = "deployed 2 deployments, 2 completed; the alarms of 1 were ignored, as one \
                       was in ALARM when it began";
        assert_eq!(told(&service), ignored);
        service = ServiceSummary {
            deployments_started: 1,
            deployment_under_way: Some("BAKE_TIME".to_owned()),
            ..ServiceSummary::default()
        };
        let under_way = "deployed 1 deployment, 0 completed, 1 at BAKE_TIME at the end";
        assert_eq!(told(&service), under_way);
    }
}
