//! What a user gets wrong: each thing in a small file, played by the program itself. It ends with
//! code 2, writes nothing, and says where, what, and what would be right.

use std::fs;

use super::home::Home;

/// A small scenario that is fine; tests break one thing of it.
pub const FINE: &str = "\
fleetcast: 1
name: shop
run: { duration: 1h }
aws:
  cluster: { capacityProviders: [FARGATE, FARGATE_SPOT] }
  taskDefinitions:
    - family: web
      cpu: 256
      memory: 512
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 2
      launchType: FARGATE
world:
  demand:
    web:
      rate: 10/s
      timeout: 5s
  work: { web: { cpu: 10ms } }
";

/// The program's word on a scenario in a folder; it must refuse it and write nothing.
pub fn refused_in(home: &Home, arguments: &[&str]) -> String {
    let before = home.names("");
    let said = home.run(arguments);
    assert_eq!(said.code, Some(2), "{}\n{}", said.out, said.err);
    assert_eq!(said.out, "", "results are for stdout, messages are not");
    assert_eq!(home.names(""), before, "nothing is written");
    assert!(!home.path("results").exists());
    said.err
}

pub fn refused(text: &str) -> String {
    let home = Home::new();
    home.write("shop.yaml", text);
    refused_in(&home, &["run", "shop.yaml", "--no-charts"])
}

/// The word on the small scenario with `from` replaced by `to`.
pub fn refused_with(from: &str, to: &str) -> String {
    assert!(FINE.contains(from), "{from}");
    refused(&FINE.replace(from, to))
}

/// The word on the small scenario with a trace of this content as its rate.
pub fn refused_trace(csv: &str) -> String {
    let home = Home::new();
    let trace = "rate: { trace: load.csv, value: value, unit: requests/5min }";
    home.write("shop.yaml", &FINE.replace("rate: 10/s", trace));
    home.write("load.csv", csv);
    refused_in(&home, &["run", "shop.yaml"])
}

#[test]
fn the_small_scenario_is_fine() {
    let home = Home::new();
    home.write("shop.yaml", FINE);
    let said = home.run_well(&["run", "shop.yaml", "--no-charts", "--quiet"]);
    assert_eq!(said.err, "");
    assert!(home.path("results/shop").is_dir());
}

#[test]
fn a_misspelt_field() {
    insta::assert_snapshot!(refused_with("desiredCount", "desiredCout"));
}

#[test]
fn a_field_that_aws_does_not_have() {
    insta::assert_snapshot!(refused_with("desiredCount: 2", "replicas: 2"));
}

#[test]
fn a_wrong_unit() {
    insta::assert_snapshot!(refused_with("timeout: 5s", "timeout: 5GiB"));
}

#[test]
fn a_bare_number_where_a_unit_is_needed() {
    insta::assert_snapshot!(refused_with("timeout: 5s", "timeout: 5"));
}

#[test]
fn a_task_size_that_fargate_does_not_have() {
    insta::assert_snapshot!(refused_with("memory: 512", "memory: 5000"));
}

#[test]
fn weights_that_are_all_zero() {
    let zero = "capacityProviderStrategy:
        - { capacityProvider: FARGATE, weight: 0 }
        - { capacityProvider: FARGATE_SPOT, base: 1 }";
    insta::assert_snapshot!(refused_with("launchType: FARGATE", zero));
}

#[test]
fn two_bases() {
    let two = "capacityProviderStrategy:
        - { capacityProvider: FARGATE, base: 1, weight: 1 }
        - { capacityProvider: FARGATE_SPOT, base: 2, weight: 1 }";
    insta::assert_snapshot!(refused_with("launchType: FARGATE", two));
}

#[test]
fn a_default_strategy_that_is_wrong_is_not_missing_too() {
    let wrong = "FARGATE_SPOT], defaultCapacityProviderStrategy: [
      { capacityProvider: FARGATE, base: 1, weight: 1 },
      { capacityProvider: FARGATE_SPOT, base: 2, weight: 1 }] }";
    let text = FINE.replace("FARGATE_SPOT] }", wrong);
    let text = text.replace("      launchType: FARGATE\n", "");
    assert_ne!(text.len(), FINE.len() + wrong.len());
    insta::assert_snapshot!(refused(&text));
}

#[test]
fn an_unknown_provider() {
    let unknown = "capacityProviderStrategy: [{ capacityProvider: FARGATE_SPOTS, weight: 1 }]";
    insta::assert_snapshot!(refused_with("launchType: FARGATE", unknown));
}

#[test]
fn a_trace_that_is_not_there() {
    let missing = "rate: { trace: laod.csv, value: value, unit: requests/5min }";
    insta::assert_snapshot!(refused_with("rate: 10/s", missing));
}

#[test]
fn an_empty_trace() {
    insta::assert_snapshot!("no_byte", refused_trace(""));
    insta::assert_snapshot!("no_row", refused_trace("timestamp,value\n"));
}

#[test]
fn a_trace_out_of_order_with_its_line() {
    insta::assert_snapshot!(refused_trace(
        "timestamp,value
2026-01-01T00:00:00Z,1
2026-01-01T00:10:00Z,2
2026-01-01T00:05:00Z,3
"
    ));
}

#[test]
fn a_trace_without_the_column() {
    insta::assert_snapshot!(refused_trace(
        "timestamp,values\n2026-01-01T00:00:00Z,1\n2026-01-01T00:05:00Z,2\n"
    ));
}

#[test]
fn a_key_that_stands_twice() {
    insta::assert_snapshot!(refused_with("cpu: 256", "cpu: 256\n      cpu: 512"));
}

#[test]
fn a_quota_under_both_of_its_names() {
    let quotas = "aws:\n  account:\n    quotas:\n      fargateOnDemandVcpus: 12\n      \
                  fargateSpotVcpus: 5\n      L-3032A538: 24\n      L-36FBB829: null\n";
    insta::assert_snapshot!("quota_twice", refused_with("aws:\n", quotas));
    let home = Home::new();
    let base = FINE.replace("aws:\n", "aws:\n  account: { quotas: { L-36FBB829: 6 } }\n");
    home.write("shop.yaml", &base);
    let variant = "extends: shop.yaml\naws: { account: { quotas: { fargateSpotVcpus: 12 } } }\n";
    home.write("more.yaml", variant);
    let said = refused_in(&home, &["run", "more.yaml", "--no-charts"]);
    insta::assert_snapshot!("quota_twice_in_two_files", said);
}

#[test]
fn no_essential_container() {
    let none = "memory: 512\n      containerDefinitions: [{ name: a, essential: false }]";
    insta::assert_snapshot!(refused_with("memory: 512", none));
}

#[test]
fn a_service_of_an_unknown_family() {
    insta::assert_snapshot!(refused_with("taskDefinition: web", "taskDefinition: wep"));
}

#[test]
fn a_path_of_set_that_leads_nowhere() {
    let home = Home::new();
    home.write("shop.yaml", FINE);
    let set = |assignment: &str| refused_in(&home, &["run", "shop.yaml", "--set", assignment]);
    insta::assert_snapshot!("no_service", set("aws.services.api.desiredCount=3"));
    insta::assert_snapshot!("no_field", set("aws.services.web.desiredCout=3"));
    insta::assert_snapshot!("no_block", set("awss.region=us-east-1"));
    insta::assert_snapshot!("no_assignment", set("run.duration"));
}

#[test]
fn two_files_for_one_folder() {
    let home = Home::new();
    home.write("shop.yaml", FINE);
    home.write("more.yaml", FINE);
    let said = refused_in(&home, &["run", "shop.yaml", "more.yaml", "--out", "both"]);
    insta::assert_snapshot!(said);
}

#[test]
fn a_folder_that_holds_something_else() {
    let home = Home::new();
    home.write("shop.yaml", FINE);
    home.write("mine/notes.txt", "keep me");
    insta::assert_snapshot!(refused_in(&home, &["run", "shop.yaml", "--out", "mine"]));
    assert_eq!(fs::read(home.path("mine/notes.txt")).unwrap(), b"keep me");
}

#[test]
fn a_folder_as_the_scenario() {
    let home = Home::new();
    home.write("shop/shop.yaml", FINE);
    insta::assert_snapshot!(refused_in(&home, &["run", "shop"]));
}

/// The word on the small scenario with a file of CloudWatch's as its rate.
fn refused_metrics(options: &str, json: &str) -> String {
    let home = Home::new();
    let trace = format!("rate: {{ trace: load.json{options} }}");
    home.write("shop.yaml", &FINE.replace("rate: 10/s", &trace));
    home.write("load.json", json);
    refused_in(&home, &["run", "shop.yaml"])
}

#[test]
fn metrics_of_cloudwatch_that_are_no_rate() {
    let metric = |id: &str, label: &str| {
        format!(
            "{{\"Id\": \"{id}\", \"Label\": \"{label}\",\n \"Timestamps\": \
             [\"2026-01-01T00:05:00Z\", \"2026-01-01T00:00:00Z\"],\n \"Values\": [5, 3]}}"
        )
    };
    let (count, targets) = (
        metric("m1", "RequestCount"),
        metric("m2", "RequestCountPerTarget"),
    );
    let both = format!("{{\"MetricDataResults\": [{count}, {targets}]}}");
    insta::assert_snapshot!("metric_none_chosen", refused_metrics("", &both));
    insta::assert_snapshot!(
        "metric_misspelt",
        refused_metrics(", metric: RequestCuont", &both)
    );
    let broken = both.replace("[5, 3]", "[5, 3,]");
    insta::assert_snapshot!("metric_no_json", refused_metrics(", metric: m1", &broken));
}

#[test]
fn a_cost_that_contradicts_itself() {
    let work = |work: &str| refused_with("web: { cpu: 10ms }", &format!("web: {{ {work} }}"));
    insta::assert_snapshot!(
        "cost_above_the_task",
        work("cpu: { from: { cpuUtilization: 14500 %, requestsPerTarget: 800/min } }")
    );
    insta::assert_snapshot!(
        "cost_idle_takes_all",
        work("idle: 0.2 vCPU, cpu: { from: { cpuUtilization: 45 %, requestsPerTarget: 800/min } }")
    );
}

#[test]
fn a_file_that_is_not_there() {
    insta::assert_snapshot!(refused_in(&Home::new(), &["run", "shop.yaml"]));
}

#[test]
fn text_that_is_no_yaml() {
    insta::assert_snapshot!("indent", refused_with("      cpu: 256", "     cpu: 256"));
    insta::assert_snapshot!("tab", refused_with("      cpu: 256", "\tcpu: 256"));
    insta::assert_snapshot!(
        "unclosed",
        refused_with("{ duration: 1h }", "{ duration: 1h")
    );
    insta::assert_snapshot!("empty", refused(""));
}

/// A scenario in JSON with these brackets at the end of its services.
fn json_ending(end: &str) -> Home {
    let home = Home::new();
    let text = r#"{
  "fleetcast": 1,
  "run": { "duration": "1h" },
  "aws": {
    "taskDefinitions": [{ "family": "web", "cpu": "256", "memory": "512" }],
    "services": [
      { "serviceName": "web", "taskDefinition": "web", "launchType": "FARGATE" }END
    ]
  }
}
"#;
    home.write("shop.json", &text.replace("END", end));
    home
}

#[test]
fn json_with_a_comma_too_many() {
    let home = json_ending(",,");
    insta::assert_snapshot!(refused_in(&home, &["run", "shop.json"]));
    // Scenarios are YAML, which allows one comma after the last entry, in a file of any name.
    json_ending(",").run_well(&["check", "shop.json"]);
    json_ending("").run_well(&["check", "shop.json"]);
}

#[test]
fn an_include_that_the_aws_cli_did_not_print() {
    let home = Home::new();
    home.write(
        "shop.yaml",
        &FINE.replace("aws:", "aws:\n  include: [notes.json]"),
    );
    home.write("notes.json", "{ \"todo\": [\"buy milk\"] }\n");
    insta::assert_snapshot!(refused_in(&home, &["run", "shop.yaml"]));
}

#[test]
fn an_include_that_is_not_there() {
    insta::assert_snapshot!(refused_with("aws:", "aws:\n  include: [service.json]"));
}

#[test]
fn several_problems_are_said_at_once() {
    let text = FINE
        .replace("duration: 1h", "duration: 1 fortnight")
        .replace("memory: 512", "memory: 100")
        .replace("desiredCount", "desiredCout")
        .replace("timeout: 5s", "timeout: 5")
        .replace("work: { web: {", "work: { wbe: {");
    let said = refused(&text);
    assert_eq!(said.matches("error[").count(), 5, "{said}");
    insta::assert_snapshot!(said);
}

#[test]
fn the_same_is_said_by_check() {
    let home = Home::new();
    home.write("shop.yaml", &FINE.replace("desiredCount", "desiredCout"));
    let by_run = refused_in(&home, &["run", "shop.yaml"]);
    assert_eq!(refused_in(&home, &["check", "shop.yaml"]), by_run);
}
