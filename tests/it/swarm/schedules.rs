//! Schedules and rules of EventBridge: runs that overlap, that no quota lets start, that a window
//! carries over the next one; and that each task of a call is started, given up or lost.

use super::Run;
use super::generator::Scene;

/// Adds some, with a task of their own that ends.
pub(super) fn add(scene: &mut Scene) {
    if !scene.dice.percent(30) {
        return;
    }
    scene.draft.add(
        "aws.taskDefinitions",
        "- { family: cron, cpu: 512, memory: 1024 }",
    );
    let length = scene.dice.pick(&[
        "1s",
        "90s",
        "{ distribution: lognormal, mean: 40m, cv: 1.5 }",
    ]);
    let exit = scene
        .dice
        .pick(&["", ", exit: { codes: { 0: 50 %, 1: 50 % } }"]);
    let work = format!("cron: {{ duration: {length}{exit} }}");
    scene.draft.add("world.work", work);
    for at in 0..scene.dice.pick(&[1, 1, 2, 3]) {
        let line = schedule(scene, at);
        scene.draft.add("aws.schedules", line);
    }
    if scene.dice.percent(40) {
        let every = expression(scene);
        scene.draft.add(
            "aws.rules",
            format!("- {{ Name: rule, ScheduleExpression: \"{every}\" }}"),
        );
        let targets: Vec<String> = (0..scene.dice.pick(&[1, 2]))
            .map(|id| format!("{{ Id: t{id}, {} }}", target(scene, "")))
            .collect();
        let line = format!("- {{ Rule: rule, Targets: [{}] }}", targets.join(", "));
        scene.draft.add("aws.ruleTargets", line);
    }
    if scene.dice.percent(30) {
        let delay = scene.dice.pick(&["0s", "1s", "2h"]);
        let backoff = scene.dice.pick(&["0s", "1s", "3m"]);
        scene.draft.add(
            "world.schedules",
            format!("default: {{ delay: {delay}, backoff: {backoff}, backoffMax: 5m }}"),
        );
    }
}

fn expression(scene: &mut Scene) -> &'static str {
    // The first would be too many in a year.
    let all = [
        "rate(1 minute)",
        "cron(0/7 * * * ? *)",
        "rate(1 hour)",
        "cron(30 2 * * ? *)",
        "cron(0 0 ? 3 1L 2026-2030)",
    ];
    let from = match scene.seconds {
        0..=21_600 => 0,
        21_601..=700_000 => 2,
        _ => 3,
    };
    scene.dice.pick(&all[from..])
}

fn schedule(scene: &mut Scene, at: usize) -> String {
    let expression = expression(scene);
    let zone = scene
        .dice
        .pick(&["", ", ScheduleExpressionTimezone: Europe/Berlin"]);
    let state = scene.dice.pick(&["", "", "", ", State: DISABLED"]);
    let window = scene.dice.pick(&[
        "Mode: \"OFF\"",
        "Mode: FLEXIBLE, MaximumWindowInMinutes: 3",
        "Mode: FLEXIBLE, MaximumWindowInMinutes: 1440",
    ]);
    let retry = scene.dice.pick(&[
        "",
        ", RetryPolicy: { MaximumRetryAttempts: 0 }",
        ", RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60 }",
    ]);
    let dead = scene.dice.pick(&["", ", DeadLetterConfig: { Arn: dead }"]);
    let target = target(scene, &format!("{retry}{dead}"));
    format!(
        "- {{ Name: cron{at}, ScheduleExpression: \"{expression}\"{zone}{state}, \
         FlexibleTimeWindow: {{ {window} }}, Target: {{ {target} }} }}"
    )
}

fn target(scene: &mut Scene, more: &str) -> String {
    let count = scene.dice.pick(&[1, 1, 3, 10]);
    let strategy = match scene.has_spot && scene.dice.percent(50) {
        true => "CapacityProviderStrategy: [{ capacityProvider: FARGATE_SPOT, weight: 1 }]",
        false => "LaunchType: FARGATE",
    };
    let input = scene.dice.pick(&[
        "",
        "",
        ", Input: '{\"cpu\": \"1024\", \"memory\": \"2048\"}'",
    ]);
    format!(
        "EcsParameters: {{ TaskDefinitionArn: cron, TaskCount: {count}, {strategy} \
         }}{more}{input}"
    )
}

/// What a schedule's calls add up to.
pub(super) fn check(run: &Run) {
    let (summary, plan) = (&run.played.outcome.observed.summary, &run.loaded.plan);
    for (source, planned) in summary.job_sources.iter().zip(&plan.job_sources) {
        assert_eq!(source.schedule.is_some(), planned.target.is_some());
        let Some(schedule) = &source.schedule else {
            continue;
        };
        assert!(schedule.overlapping < schedule.runs.max(1));
        let asked = schedule.runs * u64::from(planned.count);
        let lost: u64 = schedule.lost.values().sum();
        let settled = source.starts + schedule.given_up + lost;
        assert!(settled <= asked, "{settled} of {asked} tasks asked for");
        // The others wait for their next try when the run ends.
        let waiting = asked - settled;
        assert!(
            waiting <= schedule.retries,
            "{waiting} wait for a further try"
        );
        assert!(source.failed >= schedule.given_up + lost);
    }
}
