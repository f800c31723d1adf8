//! EventBridge's schedules and rules: what loads, and the message of each thing that does not.

use super::*;
use crate::policy::schedule::delivery::RetryPolicy;
use plan::{Caller, JobSourcePlan, OnInterruption};

const TASK: &str = "EcsParameters: { TaskDefinitionArn: etl, LaunchType: FARGATE }";

fn around(blocks: &str) -> String {
    format!(
        "fleetcast: 1\nrun: {{ start: 2026-03-27T00:00:00Z, duration: 5d }}\naws:\n  \
         taskDefinitions:\n    - {{ family: etl, cpu: 256, memory: 512 }}\n{blocks}world:\n  work: \
         {{ etl: {{ duration: 10min }} }}\n"
    )
}

/// A schedule of the task.
fn schedule(fields: &str) -> String {
    around(&format!(
        "  schedules:\n    - {{ Name: nightly, {fields} }}\n"
    ))
}

/// One with an expression and further fields.
fn nightly(fields: &str) -> String {
    schedule(&format!(
        "ScheduleExpression: \"cron(30 2 * * ? *)\", FlexibleTimeWindow: {{ Mode: \"OFF\" }}, \
         Target: {{ {TASK} }}{fields}"
    ))
}

fn rule(fields: &str, target: &str) -> String {
    around(&format!(
        "  rules:\n    - {{ Name: hourly, {fields} }}\n  ruleTargets:\n    - {{ Rule: hourly, \
         Targets: [{{ Id: one, {TASK}{target} }}] }}\n"
    ))
}

fn source(text: &str) -> JobSourcePlan {
    loaded(text).plan.job_sources[0].clone()
}

/// What is said of a text, each message with its help, by lines.
fn said(text: &str) -> String {
    let found = match load_text("a.yaml", text, &LoadOptions::default()) {
        Ok(loaded) => loaded.diagnostics,
        Err(failure) => failure.diagnostics,
    };
    let told = found.items().iter().map(|item| {
        let help = item.help.iter().map(|help| format!(" ({help})"));
        let place = item.span.map(|span| span.start);
        let place = place.map_or_else(String::new, |at| format!("{}:{}: ", at.line, at.column));
        format!("{place}{}{}", item.message, help.collect::<String>())
    });
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_schedule_calls_run_task_and_takes_the_defaults_of_its_api() {
    let plan = source(&nightly(""));
    assert_eq!((plan.name.as_str(), plan.count), ("nightly", 1));
    assert_eq!(plan.on_interruption, OnInterruption::Fail);
    let target = plan.target.unwrap();
    assert_eq!(target.caller, Caller::Scheduler);
    assert_eq!(target.retry, RetryPolicy::DEFAULT);
    assert!(!target.has_dead_letters);
    let Some(ArrivalPlan::Schedule(times)) = &plan.arrivals else {
        panic!("it runs by its times");
    };
    assert_eq!(times.delay.mean(), 30.0);
    let first = times.next("2026-03-27T00:00:00Z".parse().unwrap());
    assert_eq!(first.unwrap().to_string(), "2026-03-27T02:30:00Z");
}

#[test]
fn everything_that_a_schedule_says_is_taken() {
    let text = schedule(
        "GroupName: reports, ScheduleExpression: rate(2 days), StartDate: 2026-03-28T06:00:00Z, \
         EndDate: 2026-03-31T00:00:00Z, FlexibleTimeWindow: { Mode: FLEXIBLE, \
         MaximumWindowInMinutes: 30 }, Target: { Input: '{\"cpu\": \"1024\", \"memory\": \
         \"2 GB\"}', RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 600 }, \
         DeadLetterConfig: { Arn: dead }, EcsParameters: { TaskDefinitionArn: etl, TaskCount: \
         7, Group: night, LaunchType: FARGATE, NetworkConfiguration: { awsvpcConfiguration: { \
         AssignPublicIp: ENABLED } } } }",
    );
    let plan = source(&text);
    assert_eq!((plan.name.as_str(), plan.count), ("reports/nightly", 7));
    assert_eq!(plan.group, "night");
    assert!(plan.assign_public_ip);
    assert_eq!(plan.cpu.map(|it| it.0), Some(1024));
    assert_eq!(plan.memory.map(|it| it.0), Some(2048));
    let target = plan.target.unwrap();
    let retry = RetryPolicy {
        attempts: 2,
        age: SimDuration::from_secs(600),
    };
    assert_eq!((target.retry, target.has_dead_letters), (retry, true));
    let Some(ArrivalPlan::Schedule(times)) = &plan.arrivals else {
        panic!("it runs by its times");
    };
    assert_eq!(times.window, SimDuration::from_secs(1_800));
    let next = |from: &str| Some(times.next(from.parse().unwrap())?.to_string());
    let first = next("2026-03-27T00:00:00Z");
    assert_eq!(first.as_deref(), Some("2026-03-28T06:00:00Z"));
    let second = next("2026-03-28T06:00:01Z");
    assert_eq!(second.as_deref(), Some("2026-03-30T06:00:00Z"));
    assert_eq!(next("2026-03-30T06:00:01Z"), None);
}

#[test]
fn punctuality_is_by_name_or_by_default() {
    let text = nightly("").replace(
        "world:\n",
        "world:\n  schedules: { default: { delay: 20s, backoff: 5s }, nightly: { delay: 3s } }\n",
    );
    let plan = source(&text);
    let Some(ArrivalPlan::Schedule(times)) = &plan.arrivals else {
        panic!("it runs by its times");
    };
    assert_eq!(times.delay.mean(), 3.0);
    let backoff = plan.target.unwrap().backoff;
    assert_eq!(backoff.first, SimDuration::from_secs(5));
    assert_eq!(backoff.longest, SimDuration::from_secs(480));
    let wrong = text.replace("nightly: { delay: 3s }", "nightli: { delay: 3s }");
    insta::assert_snapshot!(said(&wrong));
}

#[test]
fn a_rule_runs_each_of_its_targets_in_utc() {
    let text = rule("ScheduleExpression: rate(1 hour)", "");
    let plan = source(&text);
    assert_eq!(plan.name, "hourly");
    assert_eq!(plan.target.unwrap().caller, Caller::Rule);
    let two = text.replace("Targets: [", &format!("Targets: [{{ Id: two, {TASK} }}, "));
    let sources = loaded(&two).plan.job_sources;
    let mut names: Vec<&str> = sources.iter().map(|it| it.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["hourly/one", "hourly/two"]);
}

#[test]
fn run_tasks_overrides_change_a_call_s_size() {
    let text = around(
        "  runTasks: [{ name: job, taskDefinition: etl, launchType: FARGATE, overrides: { cpu: \
         \"512\", memory: \"1024\", containerOverrides: [] } }]\n",
    );
    let plan = source(&text);
    assert_eq!(plan.cpu.map(|it| it.0), Some(512));
    assert_eq!(plan.memory.map(|it| it.0), Some(1024));
    let wrong = text.replace("\"1024\"", "\"700\"");
    insta::assert_snapshot!(said(&wrong));
}

/// On instances a task without a size of its own reserves what its containers do (API
/// ContainerOverride): 256 and 512 CPU units, of which the first is overridden.
#[test]
fn containers_of_another_size_make_a_task_of_another_size_on_instances() {
    let of = |level: &str, input: &str| {
        let text = schedule(&format!(
            "ScheduleExpression: rate(1 hour), FlexibleTimeWindow: {{ Mode: \"OFF\" }}, Target: {{ \
             Input: '{input}', EcsParameters: {{ TaskDefinitionArn: etl, LaunchType: EC2 }} }}"
        ));
        let containers = format!(
            "{{ family: etl, {level}requiresCompatibilities: [EC2], networkMode: bridge, \
             containerDefinitions: [{{ name: etl, image: etl, cpu: 256, memory: 1024, \
             memoryReservation: 512 }}, {{ name: log, image: log, cpu: 512, memory: 300 }}] }}"
        );
        let text = text.replace("{ family: etl, cpu: 256, memory: 512 }", &containers);
        let groups = "aws:
  launchTemplates: [{ LaunchTemplateName: ecs, LaunchTemplateData: { InstanceType: m6i.xlarge } }]
  autoScalingGroups: [{ AutoScalingGroupName: m, MinSize: 1, MaxSize: 1, LaunchTemplate: { \
                      LaunchTemplateName: ecs } }]
  capacityProviders: [{ name: m, autoScalingGroupProvider: { autoScalingGroupArn: m } }]
  cluster: { capacityProviders: [m] }
";
        let plan = source(&text.replacen("aws:\n", groups, 1));
        (
            plan.cpu.map(|it| it.0),
            plan.memory.map(|it| it.0),
            plan.beside,
        )
    };
    let cpu = r#"{"containerOverrides": [{"name": "etl", "cpu": 1024}]}"#;
    assert_eq!(of("", cpu), (Some(1536), None, Some([512, 300])));
    let hard = r#"{"containerOverrides": [{"name": "etl", "memory": 2048}]}"#;
    assert_eq!(
        of("", hard),
        (None, None, Some([512, 300])),
        "its reservation stays"
    );
    let soft = r#"{"containerOverrides": [{"name": "etl", "memoryReservation": 700}]}"#;
    assert_eq!(of("", soft), (None, Some(1000), Some([512, 300])));
    // A task with a size of its own keeps it, and the call's own goes before.
    assert_eq!(
        of("cpu: 1024, memory: 2048, ", cpu),
        (None, None, Some([512, 300]))
    );
    let both = r#"{"cpu": "2048", "containerOverrides": [{"name": "etl", "cpu": 1024}]}"#;
    assert_eq!(of("", both), (Some(2048), None, Some([512, 300])));
    // What a sidecar reserves is on the bill as it is.
    let sidecar = r#"{"containerOverrides": [{"name": "log", "cpu": 128, "memory": 400}]}"#;
    let own_size = of("cpu: 1024, memory: 2048, ", sidecar);
    assert_eq!(own_size, (None, None, Some([128, 400])));
    assert_eq!(of("", r#"{"cpu": "2048"}"#), (Some(2048), None, None));
}

#[test]
fn what_is_wrong_with_a_schedule_is_told_at_its_place() {
    let off = "FlexibleTimeWindow: { Mode: \"OFF\" }";
    let every = "ScheduleExpression: rate(1 day)";
    let target = format!("Target: {{ {TASK} }}");
    let cases = [
        format!("ScheduleExpression: \"cron(0 2 * * * *)\", {off}, {target}"),
        format!("ScheduleExpression: rate(1 days), {off}, {target}"),
        format!("ScheduleExpression: \"cron(0 2 * * ? 2019)\", {off}, {target}"),
        format!("{every}, ScheduleExpressionTimezone: Europe/Berlim, {off}, {target}"),
        format!("{every}, {target}"),
        format!("{every}, FlexibleTimeWindow: {{ Mode: FLEXIBLE }}, {target}"),
        format!(
            "{every}, FlexibleTimeWindow: {{ Mode: \"OFF\", MaximumWindowInMinutes: 5 }}, {target}"
        ),
        format!(
            "{every}, StartDate: 2026-04-02T00:00:00Z, EndDate: 2026-04-01T00:00:00Z, {off}, \
             {target}"
        ),
        format!("{every}, {off}, Target: {{ SqsParameters: {{ MessageGroupId: a }} }}"),
        format!("{every}, {off}, Target: {{ Arn: elsewhere, {TASK} }}"),
        format!("{every}, {off}, Target: {{ {TASK}, Input: \"cpu=512\" }}"),
        format!("{every}, {off}, Target: {{ {TASK}, Input: '{{\"cpu\": \"300\"}}' }}"),
        format!("{every}, {off}, Target: {{ {TASK}, Input: '{{\"cpus\": \"512\"}}' }}"),
        format!("{every}, {off}, Target: {{ {TASK}, Input: '{{\"taskRoleArn\": \"a\"}}' }}"),
        format!(
            "{every}, {off}, Target: {{ {TASK}, Input: '{{\"containerOverrides\": [{{\"name\": \
             \"elt\", \"cpu\": 512}}]}}' }}"
        ),
        format!(
            "{every}, {off}, Target: {{ {TASK}, Input: '{{\"containerOverrides\": [{{\"name\": \
             \"etl\", \"cpu\": \"a\"}}]}}' }}"
        ),
        format!(
            "{every}, {off}, Target: {{ {TASK}, RetryPolicy: {{ MaximumRetryAttempts: 186 }} }}"
        ),
        format!(
            "{every}, {off}, Target: {{ EcsParameters: {{ TaskDefinitionArn: elt, TaskCount: 11, \
             LaunchType: FARGATE }} }}"
        ),
        format!("{every}, State: DISABLED, {off}, {target}"),
        format!("{every}, StartDate: 2026-04-02T00:00:00Z, {off}, {target}"),
        format!(
            "ScheduleExpression: \"cron(30 2 * * ? *)\", ScheduleExpressionTimezone: \
             Europe/Berlin, {off}, {target}"
        ),
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|case| format!("{case}\n{}\n", said(&schedule(case))))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn what_is_wrong_with_a_rule_is_told_at_its_place() {
    let every = "ScheduleExpression: rate(1 hour)";
    let lonely = around("  rules: [{ Name: hourly, ScheduleExpression: rate(1 hour) }]\n");
    let cases = [
        rule("ScheduleExpression: \"at(2026-03-28T00:00:00)\"", ""),
        rule("State: ENABLED", ""),
        rule(&format!("{every}, EventPattern: \"{{}}\""), ""),
        rule(&format!("{every}, State: DISABLED"), ""),
        rule(every, "").replace("Rule: hourly", "Rule: hourli"),
        rule(every, "").replace("Targets: [", "Targets: [], Nothing: ["),
        rule(every, ", Input: '[]'"),
        lonely,
        format!(
            "{}  demand: {{ hourly: {{ arrivals: {{ rate: 1/h }} }} }}\n",
            rule(every, "")
        ),
        rule(every, "").replace("{ duration: 10min }", "{}"),
    ];
    let told: Vec<String> = cases.iter().map(|case| said(case) + "\n").collect();
    insta::assert_snapshot!(told.join("\n"));
}
