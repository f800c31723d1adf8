//! What a user gets wrong with files: too large, endless, in circles, in the way; and dates and
//! lengths of time that do not exist. Each is refused in little time and memory.

use std::fs::{self, File};
use std::path::Path;

use super::bad_input::{FINE, refused, refused_in, refused_trace, refused_with};
use super::home::Home;
use super::run_time::run_in;

/// The word of `run` on the first of these files.
fn refused_files(files: &[(&str, &str)]) -> String {
    let home = Home::new();
    for (name, text) in files {
        home.write(name, text);
    }
    refused_in(&home, &["run", files[0].0, "--no-charts"])
}

/// The small scenario with these includes.
fn including(names: &str) -> String {
    FINE.replace("aws:", &format!("aws:\n  include: [{names}]"))
}

/// A file of so many bytes of which the disk holds none.
fn sparse(path: &Path, bytes: u64) {
    File::create(path).unwrap().set_len(bytes).unwrap();
}

#[test]
fn a_file_that_extends_itself() {
    let itself = format!("extends: ./shop.yaml\n{FINE}");
    insta::assert_snapshot!("extends_itself", refused(&itself));
    let first = format!("extends: base.yaml\n{FINE}");
    insta::assert_snapshot!(
        "extends_in_a_circle",
        refused_files(&[("shop.yaml", &first), ("base.yaml", "extends: shop.yaml\n")])
    );
}

#[test]
fn variants_in_a_circle_lack_nothing_else() {
    let files = [
        ("shop.yaml", "extends: base.yaml\n"),
        ("base.yaml", "extends: shop.yaml\n"),
    ];
    insta::assert_snapshot!("extends_in_a_circle_alone", refused_files(&files));
}

#[test]
fn a_file_that_includes_itself_or_another_scenario() {
    let itself = including("./shop.yaml");
    insta::assert_snapshot!("includes_itself", refused(&itself));
    let other = including("base.yaml");
    insta::assert_snapshot!(
        "includes_a_scenario",
        refused_files(&[("shop.yaml", &other), ("base.yaml", FINE)])
    );
}

#[test]
fn two_clusters() {
    let two = r#"{ "clusters": [{ "clusterName": "a" }, { "clusterName": "b" }] }"#;
    let one = r#"{ "clusters": [{ "clusterName": "a" }] }"#;
    let other = r#"{ "clusters": [{ "clusterName": "b" }] }"#;
    let without = |text: String| {
        text.replace(
            "  cluster: { capacityProviders: [FARGATE, FARGATE_SPOT] }\n",
            "",
        )
    };
    let text = without(including("two.json"));
    insta::assert_snapshot!(
        "two_clusters_in_a_file",
        refused_files(&[("shop.yaml", &text), ("two.json", two)])
    );
    let text = without(including("a.json, b.json"));
    let files = [("shop.yaml", &text[..]), ("a.json", one), ("b.json", other)];
    insta::assert_snapshot!("two_clusters_in_two_files", refused_files(&files));
    let text = including("a.json").replace("cluster: {", "cluster: { clusterName: b,");
    insta::assert_snapshot!(
        "two_clusters_here_and_included",
        refused_files(&[("shop.yaml", &text), ("a.json", one)])
    );
    insta::assert_snapshot!(
        "two_clusters_in_a_list",
        refused_with("cluster: {", "clusters: [a, b]\n  cluster: {")
    );
}

#[test]
fn a_base_whose_name_is_nearly_right() {
    let text = format!("extends: bas.yaml\n{FINE}");
    insta::assert_snapshot!(refused_files(&[("shop.yaml", &text), ("base.yaml", FINE)]));
}

#[test]
fn an_arn_of_what_was_not_included() {
    let groups = r#"{ "TargetGroups": [{ "TargetGroupName": "web", "Protocol": "HTTP",
  "LoadBalancerArns": ["arn:aws:elasticloadbalancing:us-east-1:012345678901:loadbalancer/app/front/0123456789abcdef"]
}] }
"#;
    let text = including("groups.json");
    insta::assert_snapshot!(refused_files(&[
        ("shop.yaml", &text),
        ("groups.json", groups)
    ]));
}

#[test]
fn a_bomb_of_aliases_and_a_well_of_brackets() {
    let ten = |item: &str| [item; 10].join(", ");
    let mut bomb = format!("a0: &a0 [{}]\n", ten("x"));
    for level in 1..10 {
        let items = ten(&format!("*a{}", level - 1));
        bomb += &format!("a{level}: &a{level} [{items}]\n");
    }
    insta::assert_snapshot!("bomb", refused(&bomb));
    insta::assert_snapshot!("alias_of_itself", refused("a: &a [1, *a]\n"));
    let (open, close) = ("[".repeat(200), "]".repeat(200));
    insta::assert_snapshot!("deep_in_brackets", refused(&format!("a: {open}{close}\n")));
    let block: String = (0..200).map(|level| " ".repeat(level) + "a:\n").collect();
    insta::assert_snapshot!("deep_in_lines", refused(&block));
}

#[test]
fn a_hundred_thousand_mistakes_are_not_as_many_messages() {
    let fields: String = (0..100_000)
        .map(|index| format!("      field{index}: 1\n"))
        .collect();
    let said = refused(&FINE.replace("      desiredCount: 2\n", &fields));
    assert_eq!(said.matches("error[unknown-field]").count(), 100);
    let end: String = said.lines().rev().take(1).collect();
    assert_eq!(
        end,
        "error[and-more]: 99900 more of this kind are not shown"
    );
}

#[test]
fn a_gigabyte_is_refused_unread() {
    let home = Home::new();
    sparse(&home.path("shop.yaml"), 1_000_000_000);
    insta::assert_snapshot!("scenario_1gb", refused_in(&home, &["run", "shop.yaml"]));
    let home = Home::new();
    home.write("shop.yaml", &including("service.json"));
    sparse(&home.path("service.json"), 1_000_000_000);
    insta::assert_snapshot!("include_1gb", refused_in(&home, &["run", "shop.yaml"]));
}

/// The word on the small scenario with a trace that `make` puts in place.
fn refused_trace_file(make: impl Fn(&Path)) -> String {
    let home = Home::new();
    let trace = "rate: { trace: load.csv, value: value, unit: requests/5min }";
    home.write("shop.yaml", &FINE.replace("rate: 10/s", trace));
    make(&home.path("load.csv"));
    refused_in(&home, &["run", "shop.yaml"])
}

#[test]
fn a_trace_with_a_number_that_is_none() {
    let trace = |value: &str| {
        refused_trace(&format!(
            "timestamp,value\n2026-01-01T00:00:00Z,1\n2026-01-01T00:05:00Z,{value}\n"
        ))
    };
    insta::assert_snapshot!("trace_nan", trace("NaN"));
    insta::assert_snapshot!("trace_infinite", trace("1e999"));
    insta::assert_snapshot!("trace_negative", trace("-4"));
}

#[test]
fn a_trace_with_a_date_that_does_not_exist() {
    insta::assert_snapshot!(refused_trace(
        "timestamp,value\n2026-01-01T00:00:00Z,1\n2026-02-30T00:05:00Z,2\n"
    ));
}

#[test]
fn a_directory_as_a_trace() {
    insta::assert_snapshot!(refused_trace_file(|path| fs::create_dir(path).unwrap()));
}

#[test]
fn a_trace_of_a_thousand_million_rows() {
    // 30 bytes a row; the disk holds none of them.
    let said = refused_trace_file(|path| sparse(path, 30_000_000_000));
    insta::assert_snapshot!("trace_30gb", said);
    // Small enough to be read, and without an end of a row.
    let said = refused_trace_file(|path| {
        fs::write(path, "timestamp,value\n2026-01-01T00:00:00Z,1\n").unwrap();
        let file = File::options().write(true).open(path).unwrap();
        file.set_len(3_000_000_000).unwrap();
    });
    insta::assert_snapshot!("trace_without_an_end", said);
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_device_is_no_file() {
    let home = Home::new();
    let made = std::process::Command::new("mkfifo")
        .arg(home.path("pipe"))
        .status();
    assert!(made.unwrap().success());
    let trace = |path: &str| format!("rate: {{ trace: {path}, value: value, unit: requests/s }}");
    let said = |text: String| {
        home.write("shop.yaml", &text);
        refused_in(&home, &["run", "shop.yaml"])
    };
    insta::assert_snapshot!(
        "trace_pipe",
        said(FINE.replace("rate: 10/s", &trace("pipe")))
    );
    let endless = FINE.replace("rate: 10/s", &trace("/dev/zero"));
    insta::assert_snapshot!("trace_device", said(endless));
    insta::assert_snapshot!(
        "extends_device",
        said(format!("extends: /dev/zero\n{FINE}"))
    );
    insta::assert_snapshot!("scenario_pipe", refused_in(&home, &["run", "pipe"]));
}

#[test]
fn a_date_that_does_not_exist() {
    let start = |text: &str| refused_with("duration: 1h", &format!("duration: 1h, start: {text}"));
    insta::assert_snapshot!("start_on_30_february", start("2026-02-30T00:00:00Z"));
    let gap = start("\"2026-03-29T02:30:00[Europe/Berlin]\"");
    insta::assert_snapshot!("start_in_a_gap_of_clocks", gap);
    insta::assert_snapshot!("start_without_zone", start("2026-03-29T02:30:00"));
    let at = |when: &str| {
        let entry = format!("{when}, deploy: {{ service: web, forceNewDeployment: true }}");
        refused(&format!("{FINE}timeline: [{{ {entry} }}]\n"))
    };
    insta::assert_snapshot!("action_on_30_february", at("at: 2026-02-30T00:00:00Z"));
    insta::assert_snapshot!("action_at_25_hours", at("every: 1d, at: \"25:00\""));
}

#[test]
fn a_start_that_nobody_means() {
    let start = |text: &str| refused_with("duration: 1h", &format!("duration: 1h, start: {text}"));
    insta::assert_snapshot!("start_in_the_year_0", start("0000-01-01T00:00:00Z"));
    insta::assert_snapshot!("start_before_1970", start("1969-12-31T23:59:59Z"));
    let long = "duration: 365d, start: 2261-06-01T00:00:00Z";
    let said = refused_with("duration: 1h", long);
    insta::assert_snapshot!("end_after_2261", said);
}

#[test]
fn a_length_of_time_that_is_none() {
    let run = |text: &str| refused_with("duration: 1h", &format!("duration: {text}"));
    insta::assert_snapshot!("duration_zero", run("0s"));
    insta::assert_snapshot!("duration_of_ten_thousand_years", run("3652500d"));
    insta::assert_snapshot!("duration_in_years", run("10000y"));
    insta::assert_snapshot!("duration_negative", run("-1h"));
    let every = "{ every: 0s, deploy: { service: web, forceNewDeployment: true } }";
    insta::assert_snapshot!(
        "every_zero",
        refused(&format!("{FINE}timeline: [{every}]\n"))
    );
}

#[test]
fn a_strategy_of_fargate_and_an_auto_scaling_group() {
    let text = FINE
        .replace("FARGATE, FARGATE_SPOT]", "FARGATE, machines]")
        .replace(
            "aws:\n",
            "aws:
  launchTemplates: [{ LaunchTemplateName: ecs, LaunchTemplateData: { InstanceType: m6i.large } }]
  autoScalingGroups:
    - { AutoScalingGroupName: machines, MinSize: 1, MaxSize: 9, LaunchTemplate: { LaunchTemplateName: ecs } }
  capacityProviders:
    - { name: machines, autoScalingGroupProvider: { autoScalingGroupArn: machines } }
",
        )
        .replace(
            "launchType: FARGATE",
            "capacityProviderStrategy:
        - { capacityProvider: FARGATE, weight: 1 }
        - { capacityProvider: machines, weight: 1 }",
        );
    insta::assert_snapshot!(refused(&text));
}

#[test]
fn a_file_in_the_way_of_the_results() {
    let home = Home::new();
    home.write("shop.yaml", FINE);
    home.write("taken", "");
    let out = |place: &str| refused_in(&home, &["run", "shop.yaml", "--out", place]);
    insta::assert_snapshot!("out_is_a_file", out("taken"));
    insta::assert_snapshot!("out_below_a_file", out("taken/here"));
    home.write("results", "mine");
    let said = home.run(&["run", "shop.yaml"]);
    assert_eq!((said.code, &said.out[..]), (Some(2), ""));
    let run = run_in(&said.err);
    insta::assert_snapshot!("results_is_a_file", said.err.replace(&run, "[run]"));
    assert_eq!(fs::read(home.path("results")).unwrap(), b"mine");
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    let home = Home::new();
    home.write("shop.yaml", FINE);
    fs::create_dir(home.path("locked")).unwrap();
    let allow = |name: &str, mode| {
        fs::set_permissions(home.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    allow("locked", 0o555);
    let mut command = home.command(&["run", "shop.yaml", "--out", "locked/here"]);
    // Root may write anywhere: the program is run as somebody else, from where he can reach it.
    if File::create(home.path("locked/probe")).is_ok() {
        fs::remove_file(home.path("locked/probe")).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_fleetcast"), home.path("program")).unwrap();
        let arguments = ["run", "shop.yaml", "--out", "locked/here"];
        command = std::process::Command::new(home.path("program"));
        command.args(arguments).current_dir(home.path(""));
        command.uid(NOBODY).gid(NOBODY);
        for name in ["", "program"] {
            allow(name, 0o755);
        }
    }
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        (output.status.code(), &output.stdout[..]),
        (Some(2), &b""[..]),
        "{said}"
    );
    insta::assert_snapshot!("a_folder_that_may_not_be_written", said);
    allow("locked", 0o755);
    assert_eq!(home.names("locked"), Vec::<String>::new());
}

#[test]
fn what_is_wrong_under_set_is_shown_at_its_own_word() {
    let home = Home::new();
    home.write("shop.yaml", FINE);
    let set = |assignment: &str| refused_in(&home, &["run", "shop.yaml", "--set", assignment]);
    insta::assert_snapshot!("set_block", set("world.wrok.web.cpu=3ms"));
    insta::assert_snapshot!("set_value", set("aws.services.web.desiredCount=three"));
    insta::assert_snapshot!("set_yaml", set("aws.services.web.desiredCount=[3"));
    insta::assert_snapshot!("set_path", set("aws.services[web.desiredCount=3"));
}

#[test]
fn tabs_are_shown_where_they_stand() {
    let tab = |from: &str, to: &str| refused_with(from, to);
    insta::assert_snapshot!("tab_behind_a_value", tab("      timeout", "\t\ttimeout"));
    insta::assert_snapshot!("tab_behind_a_key", tab("  cluster", "\tcluster"));
    insta::assert_snapshot!("tab_before_a_dash", tab("    - family", "\t- family"));
}

#[test]
fn a_file_that_is_no_text() {
    let home = Home::new();
    // An o with two dots in Latin-1.
    let latin = FINE
        .bytes()
        .map(|byte| if byte == b'h' { 0xf6 } else { byte });
    fs::write(home.path("latin.yaml"), latin.collect::<Vec<u8>>()).unwrap();
    insta::assert_snapshot!("latin_1", refused_in(&home, &["run", "latin.yaml"]));
    fs::write(home.path("zeros.yaml"), [0; 100]).unwrap();
    insta::assert_snapshot!("zeros", refused_in(&home, &["run", "zeros.yaml"]));
}
