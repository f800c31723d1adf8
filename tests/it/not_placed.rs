//! Tasks that no container instance takes and for which none will come: the summary, `explain`, the
//! bill and the charts say so, whether or not decisions are recorded.

use serde_json::Value;

use super::home::Home;

/// Two m6i.xlarge (4 vCPU, 15,710 MiB) at a fixed size. `ALONE` has one task of 12,000 MiB on each,
/// and wants four.
const ALONE: &str = r#"
fleetcast: 1
name: alone
run: { duration: 2h, start: 2026-03-02T00:00:00Z, begin: empty }
aws:
  region: us-east-1
  cluster: { clusterName: c, capacityProviders: [cp] }
  launchTemplates:
    - { LaunchTemplateName: lt, LaunchTemplateData: { InstanceType: m6i.xlarge } }
  autoScalingGroups:
    - AutoScalingGroupName: g
      MinSize: 2
      MaxSize: 2
      AvailabilityZones: [us-east-1a]
      LaunchTemplate: { LaunchTemplateName: lt }
  capacityProviders:
    - name: cp
      autoScalingGroupProvider:
        autoScalingGroupArn: g
        managedScaling: { status: DISABLED }
  taskDefinitions:
    - family: large
      requiresCompatibilities: [EC2]
      containerDefinitions: [{ name: large, cpu: 1024, memory: 12000 }]
  services:
    - serviceName: s
      taskDefinition: large
      desiredCount: 4
      capacityProviderStrategy: [{ capacityProvider: cp, weight: 1 }]
world:
  demand: { s: { rate: 1/s } }
  work: { large: { cpu: 5ms } }
"#;

/// The same instances with 3 of 4 vCPU taken of each, and a task of 2 vCPU that finds 1 and 1.
const PIECES: &str = r#"
    - family: three
      requiresCompatibilities: [EC2]
      containerDefinitions: [{ name: three, cpu: 3072, memory: 1024 }]
    - family: two
      requiresCompatibilities: [EC2]
      containerDefinitions: [{ name: two, cpu: 2048, memory: 512 }]
  services:
    - serviceName: s
      taskDefinition: three
      desiredCount: 2
      capacityProviderStrategy: [{ capacityProvider: cp, weight: 1 }]
    - serviceName: u
      taskDefinition: two
      desiredCount: 1
      capacityProviderStrategy: [{ capacityProvider: cp, weight: 1 }]
world:
  demand: { s: { rate: 1/s }, u: { rate: 1/s } }
  work: { three: { cpu: 5ms }, two: { cpu: 1ms } }
"#;

fn in_pieces() -> String {
    let head = ALONE.split("    - family: large").next().unwrap();
    let head = head.replace("begin: empty", "begin: steady");
    format!("{}{PIECES}", head.trim_end())
}

fn run(home: &Home, text: &str, out: &str) -> String {
    home.write("a.yaml", text);
    let arguments = ["run", "a.yaml", "--no-charts", "--out", out];
    // Lines are broken at the width of a terminal.
    let said = home.run_well(&arguments).out;
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn service<'a>(summary: &'a Value, name: &str) -> &'a Value {
    let services = summary["services"].as_array().unwrap();
    services.iter().find(|it| it["name"] == name).unwrap()
}

#[test]
fn the_summary_says_what_the_closest_instance_lacks_though_nothing_is_recorded() {
    let by_type = ALONE.replace(
        "capacityProviderStrategy: [{ capacityProvider: cp, weight: 1 }]",
        "launchType: EC2",
    );
    for text in [ALONE, &by_type] {
        let home = Home::new();
        let text = text.replace("world:", "record: summary\nworld:");
        let said = run(&home, &text, "out");
        assert!(said.contains("not placed tried 1"), "{said}");
        // 15,710 MiB less the task that is there: 3,710 of 12,000.
        let lacks = "of g: 8290 of 12000 MiB short (RESOURCE:MEMORY)";
        assert!(said.contains(lacks), "{said}");
        let summary = home.json("out/summary.json");
        let service = service(&summary, "s");
        let none = &service["tasks"]["no_instance"];
        assert_eq!(none["reason"], "RESOURCE:MEMORY");
        assert_eq!(none["tries"], service["tasks"]["refusals"]["no_instance"]);
        assert_eq!(
            service["unplaced_count"]["max"], 4,
            "before they were ACTIVE"
        );
        assert!(7_000.0 < none["last_s"].as_f64().unwrap());
        let mean = service["unplaced_count"]["mean"].as_f64().unwrap();
        assert!(
            (2.0..2.1).contains(&mean),
            "two are missing all along: {mean}"
        );
    }
}

#[test]
fn the_summary_is_the_same_whatever_is_recorded() {
    let home = Home::new();
    let all = "record: { decisions: all, events: all }\nworld:";
    run(&home, &ALONE.replace("world:", all), "all");
    run(
        &home,
        &ALONE.replace("world:", "record: summary\nworld:"),
        "none",
    );
    let said = |out: &str| {
        let mut summary = home.json(&format!("{out}/summary.json"));
        // The files are two.
        for key in ["run", "defaults_applied"] {
            summary.as_object_mut().unwrap().remove(key);
        }
        summary
    };
    assert_eq!(said("all"), said("none"));
}

#[test]
fn explain_says_of_a_service_why_it_has_fewer_tasks_than_desired() {
    let home = Home::new();
    run(&home, ALONE, "out");
    let said = home.run_well(&["explain", "out", "--service", "s", "--json"]);
    let told: Value = serde_json::from_str(&said.out).unwrap();
    let facts = told["facts"].to_string();
    assert!(
        facts.contains("fewer RUNNING than desired for 2 h, at the end 2 of 4"),
        "{facts}"
    );
    let findings = told["findings"].as_array().unwrap();
    let answers: Vec<&str> = findings
        .iter()
        .map(|it| it["answer"].as_str().unwrap())
        .collect();
    assert_eq!(
        findings[0]["question"],
        "Why had s fewer tasks than desired?"
    );
    // Nothing is ACTIVE at first; then nothing has the room.
    assert!(
        answers[0].ends_with("there is no ACTIVE instance"),
        "{answers:?}"
    );
    let short = "8290 of 12000 MiB short (RESOURCE:MEMORY)";
    let lacking = answers.iter().find(|it| it.ends_with(short)).unwrap();
    assert!(lacking.contains(" times from 2026-03-02 00:0"), "{lacking}");
    assert!(lacking.contains(" to 01:59:"), "{lacking}");
    // Where all are there nothing is said of it.
    let enough = ALONE
        .replace("desiredCount: 4", "desiredCount: 2")
        .replace("empty", "steady");
    run(&home, &enough, "enough");
    let said = home.run_well(&["explain", "enough", "--service", "s"]).out;
    assert!(!said.contains("fewer"), "{said}");
}

#[test]
fn room_that_a_missing_task_cannot_use_is_fragmented_with_and_without_managed_scaling() {
    let home = Home::new();
    let without = in_pieces();
    let with = without.replace("status: DISABLED", "status: ENABLED");
    let waste = "room of no use to the tasks that waited: $";
    let fragmented = |text: &str, out: &str| {
        let said = run(&home, text, out);
        let summary = home.json(&format!("{out}/summary.json"));
        let group = &summary["groups"][0];
        let is_fragmented = group["fragmented_vcpu_hours"].as_f64() != Some(0.0);
        assert_eq!(
            said.contains(waste),
            is_fragmented,
            "the bill knows it: {said}"
        );
        (
            group["fragmented_vcpu_hours"].as_f64().unwrap(),
            group["fragmented_gib_hours"].as_f64().unwrap(),
        )
    };
    let (cpu, memory) = fragmented(&without, "without");
    // 1 of 4 vCPU free on each of two instances, for two hours.
    assert!((cpu - 4.0).abs() < 0.05, "{cpu}");
    assert!(50.0 < memory);
    let (same, _) = fragmented(&with, "with");
    assert!((cpu - same).abs() < 0.05, "{cpu} and {same}");
    // With the task gone the room is only free.
    let served = without.replace("desiredCount: 1", "desiredCount: 0");
    assert_eq!(fragmented(&served, "served"), (0.0, 0.0));
}

#[test]
fn what_managed_scaling_decides_is_among_the_decisions() {
    let home = Home::new();
    let text = ALONE
        .replace("status: DISABLED", "status: ENABLED")
        .replace("MinSize: 2", "MinSize: 0")
        .replace("world:", "record: { decisions: all }\nworld:");
    run(&home, &text, "out");
    let folder = home.files("out");
    let lines = String::from_utf8(folder["decisions.ndjson"].clone()).unwrap();
    let scaling: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|it| it["kind"] == "managed_scaling")
        .collect();
    let first = scaling.iter().find(|it| it["inputs"]["to"] == 2).unwrap();
    assert_eq!(first["subject"], "capacity provider cp");
    assert_eq!(
        first["decision"],
        "desired capacity 0 to 2: the first two of an empty group"
    );
    // Two hold two of the four; MaxSize is 2.
    let last = scaling.last().unwrap();
    assert_eq!(last["inputs"]["reason"], "bounded", "{last}");
    assert!(
        scaling.len() < 20,
        "what stays as it is is said once: {}",
        scaling.len()
    );
}

#[test]
fn a_task_that_never_scales_out_is_said_when_it_is_read_and_in_the_summary() {
    let home = Home::new();
    let text = ALONE
        .replace("status: DISABLED", "status: ENABLED")
        .replace("MinSize: 2", "MinSize: 0")
        .replace("memory: 12000", "memory: 1200")
        .replace("cpu: 1024", "cpu: 4096")
        .replace(
            "LaunchTemplate: { LaunchTemplateName: lt }",
            "MixedInstancesPolicy: { LaunchTemplate: { LaunchTemplateSpecification: \
             { LaunchTemplateName: lt }, Overrides: [{ InstanceType: m5.large }, { InstanceType: \
             m5.4xlarge }] } }",
        );
    home.write("a.yaml", &text);
    let said = home.run(&["check", "a.yaml"]);
    assert!(
        said.err.contains("warning[never-scales-out]"),
        "{}",
        said.err
    );
    let said = run(&home, &text, "out");
    let stuck = "only tasks waited that exceed the smallest of its types, for which managed \
                 scaling launches nothing";
    assert!(said.contains(stuck), "{said}");
    let hours = home.json("out/summary.json")["groups"][0]["stuck_s"]
        .as_f64()
        .unwrap()
        / 3_600.0;
    assert!((1.9..2.0).contains(&hours), "{hours}");
}

#[test]
fn groups_of_tasks_that_need_two_and_three_instances_bring_three_and_then_two() {
    // CAP-E13 (DG-managed-scaling; that the maximum counts is an assumption): four full instances
    // of 2 vCPU; waiting tasks that need two and three: M is 7, and the loop repeats until all are
    // placed.
    let service = |name: &str, count: u32| {
        format!(
            "    - {{ serviceName: {name}, taskDefinition: {name}, desiredCount: {count}, \
             capacityProviderStrategy: [{{ capacityProvider: cp, weight: 1 }}], \
             placementStrategy: [{{ type: binpack, field: cpu }}] }}\n"
        )
    };
    let definition = |name: &str, cpu: u32| {
        format!(
            "    - {{ family: {name}, requiresCompatibilities: [EC2], containerDefinitions: \
             [{{ name: {name}, cpu: {cpu}, memory: 512 }}] }}\n"
        )
    };
    let head = ALONE.split("    - family: large").next().unwrap();
    let head = head
        .replace("begin: empty", "begin: steady")
        .replace("m6i.xlarge", "m6i.large")
        .replace("MinSize: 2", "MinSize: 4")
        .replace("MaxSize: 2", "MaxSize: 20")
        .replace("status: DISABLED", "status: ENABLED");
    let text = format!(
        "{head}{}{}  services:\n{}{}timeline:\n  - {{ at: 20m, update: {{ service: s, \
         desiredCount: 22 }} }}\n  - {{ at: 20m, update: {{ service: u, desiredCount: 7 }} }}\n\
         world: {{ demand: {{ s: {{ rate: 0/s }}, u: {{ rate: 0/s }} }} }}\n",
        definition("s", 512),
        definition("u", 1_024),
        service("s", 14),
        service("u", 1)
    );
    let home = Home::new();
    run(&home, &text, "out");
    let launched = home.table("out/instances.csv");
    let at = launched.micros_since("launchedAt", "2026-03-02T00:00:00Z");
    let mut later: Vec<i64> = at
        .into_iter()
        .flatten()
        .map(|micros| micros / 1_000_000)
        .filter(|second| 1_200 <= *second)
        .collect();
    later.sort_unstable();
    assert_eq!(later.len(), 5, "{later:?}");
    let first = later[0];
    let at_first = later.iter().filter(|at| **at < first + 60).count();
    assert_eq!(at_first, 3, "the maximum of two and three: {later:?}");
    // The warm-up of 300 s is between the two.
    assert!(first + 300 <= later[3], "{later:?}");
    let group = &home.json("out/summary.json")["groups"][0];
    assert_eq!(
        (
            group["desired_capacity"]["max"].as_u64(),
            group["scale_outs"].as_u64()
        ),
        (Some(9), Some(2))
    );
}
