//! Calls of EventBridge Scheduler are counted for the bill; those of a rule of EventBridge are free
//! (AWS, EventBridge pricing).

use super::home::Home;

const HOUR: &str = "\
fleetcast: 1
run: { start: 2026-03-04T10:00:00Z, duration: 1h }
aws:
  region: us-east-1
  cluster: { capacityProviders: [FARGATE] }
  taskDefinitions:
    - { family: job, cpu: 256, memory: 512, containerDefinitions: [{ name: job }] }
  schedules:
    - Name: often
      ScheduleExpression: rate(1 minute)
      FlexibleTimeWindow: { Mode: \"OFF\" }
      Target: { Arn: default, EcsParameters: { TaskDefinitionArn: job, LaunchType: FARGATE } }
  rules:
    - { Name: seldom, ScheduleExpression: cron(*/5 * * * ? *) }
  ruleTargets:
    - Rule: seldom
      Targets:
        - { Id: job, Arn: default, EcsParameters: { TaskDefinitionArn: job, LaunchType: FARGATE } }
world: { work: { job: { duration: 20s } } }
";

#[test]
fn each_call_of_the_scheduler_is_metered_and_none_of_a_rule() {
    let home = Home::new();
    home.write("hour.yaml", HOUR);
    home.run_well(&["run", "hour.yaml", "--out", "out"]);
    let usage = home
        .table("out/usage.csv")
        .only(&[("meter", "scheduler_invocations")]);
    let calls: f64 = usage.numbers("quantity").iter().sum();
    assert_eq!(calls, 60.0, "one a minute");
    assert_eq!(usage.counts("owner").keys().collect::<Vec<_>>(), [&"often"]);
}
