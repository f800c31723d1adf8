//! What the commands say, as golden texts, and what they leave on disk.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use tempfile::TempDir;

use super::{Console, Exit, run_command};
use crate::report::summary_text::InlineCharts;

/// One service of three tasks for two hours.
const TINY: &str = "\
fleetcast: 1
name: tiny
run: { duration: 2h, start: 2026-03-05T00:00:00Z }
aws:
  taskDefinitions:
    - { family: web, cpu: \"256\", memory: \"512\", requiresCompatibilities: [FARGATE] }
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 3, launchType: FARGATE }]
world:
  demand: { web: { rate: 10/s } }
  work: { web: { cpu: 10ms, wait: 20ms } }
objectives:
  - { metric: Cost, of: total, per: month, below: 20 USD }
  - { metric: TargetResponseTime, service: web, stat: p99, below: 500ms, in: 99 % of minutes }
";

struct Home(TempDir);

/// How a command ended and what it said, the test's folder shown as `[home]`.
struct Said {
    exit: Exit,
    out: String,
    err: String,
}

impl Home {
    fn new() -> Self {
        let home = Home(tempfile::tempdir().unwrap());
        fs::write(home.path("tiny.yaml"), TINY).unwrap();
        home
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// Runs a command line; `@name` is a path in the test's folder.
    fn run(&self, line: &str) -> Said {
        self.run_showing(line, InlineCharts::Few)
    }

    /// The same on a terminal that can show these.
    fn run_showing(&self, line: &str, inline: InlineCharts) -> Said {
        self.run_on(line, inline, crate::report::table::COLUMNS)
    }

    /// The same on a terminal of so many columns.
    fn run_on(&self, line: &str, inline: InlineCharts, columns: usize) -> Said {
        let at = |word: &str| match word.strip_prefix('@') {
            Some(name) => self.path(name).display().to_string(),
            None => word.to_owned(),
        };
        let arguments: Vec<String> = std::iter::once("fleetcast")
            .chain(line.split_whitespace())
            .map(at)
            .collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console::plain(&mut out, &mut err)
            .showing(inline)
            .of_columns(columns);
        let exit = run_command(arguments, &mut console);
        drop(console);
        let shown = |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            text.replace(&self.0.path().display().to_string(), "[home]")
        };
        Said {
            exit,
            out: shown(out),
            err: shown(err),
        }
    }
}

impl Said {
    fn all(&self) -> String {
        format!(
            "exit {}\n--- out\n{}--- err\n{}",
            self.exit.code(),
            self.out,
            self.err
        )
    }
}

/// The text without the lines that tell how long it took and how many defaults there are by now.
fn untimed(text: &str) -> String {
    let is_steady =
        |line: &&str| !line.starts_with("Played in ") && !line.contains("manifest.json lists");
    let lines = text.lines().filter(is_steady);
    lines.map(|line| format!("{line}\n")).collect()
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_that_is_not_there_is_named() {
    insta::assert_snapshot!(Home::new().run("run @missing.yaml").all());
}

#[test]
fn two_files_do_not_share_a_folder() {
    insta::assert_snapshot!(
        Home::new()
            .run("run @tiny.yaml @tiny.yaml --out @out")
            .all()
    );
}

#[test]
fn a_folder_with_something_else_in_it_is_left_alone() {
    let home = Home::new();
    fs::create_dir(home.path("mine")).unwrap();
    fs::write(home.path("mine/notes.txt"), "keep").unwrap();
    insta::assert_snapshot!(home.run("run @tiny.yaml --out @mine").all());
    assert_eq!(files(&home.path("mine")), ["notes.txt"]);
}

#[test]
fn an_assignment_without_a_value_is_explained() {
    insta::assert_snapshot!(Home::new().run("run @tiny.yaml --set run.duration").all());
}

#[test]
fn a_run_says_what_it_costs_and_how_it_behaved() {
    let home = Home::new();
    let said = home.run("run @tiny.yaml --out @out --no-charts");
    assert_eq!(said.exit, Exit::Done);
    insta::assert_snapshot!(untimed(&said.out));
    assert_eq!(
        files(&home.path("out")),
        [
            "cost.csv",
            "manifest.json",
            "metrics.csv",
            "scenario.yaml",
            "summary.json",
            "tasks.csv",
            "usage.csv"
        ]
    );
}

#[test]
fn the_json_is_the_summary_and_where_it_stands() {
    let home = Home::new();
    let said = home.run("run @tiny.yaml --out @out --no-charts --json");
    let mut json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    insta::assert_snapshot!(format!("{keys:#?}"));
    assert_eq!(json["results"], "[home]/out");
    for key in ["results", "replaced", "kept"] {
        json.as_object_mut().unwrap().remove(key);
    }
    let written = fs::read(home.path("out/summary.json")).unwrap();
    assert_eq!(
        json,
        serde_json::from_slice::<serde_json::Value>(&written).unwrap()
    );
}

#[test]
fn the_same_run_has_the_same_bytes_and_replaces_its_folder() {
    let home = Home::new();
    let quiet = "run @tiny.yaml --out @out --no-charts --quiet";
    assert_eq!(home.run(quiet).out, "[home]/out\n");
    let read = |name: &String| fs::read(home.path("out").join(name)).unwrap();
    let names = files(&home.path("out"));
    let first: Vec<Vec<u8>> = names.iter().map(read).collect();
    let said = home.run("run @tiny.yaml --out @out --no-charts");
    assert!(
        said.out
            .contains("the same run's earlier results were replaced"),
        "{}",
        said.out
    );
    assert_eq!(first, names.iter().map(read).collect::<Vec<_>>());
    let other = home.run("run @tiny.yaml --out @out --seed 7 --no-charts");
    assert_eq!(other.exit, Exit::Mistake);
    assert_eq!(first, names.iter().map(read).collect::<Vec<_>>());
}

#[test]
fn a_run_can_be_played_again_from_its_folder_alone() {
    let home = Home::new();
    home.run("run @tiny.yaml --out @out --no-charts");
    let again = home.run("run @out/scenario.yaml --out @again --no-charts");
    assert_eq!(again.exit, Exit::Done, "{}", again.err);
    for name in ["usage.csv", "cost.csv", "metrics.csv", "tasks.csv"] {
        let [first, second] =
            ["out", "again"].map(|folder| fs::read(home.path(folder).join(name)).unwrap());
        assert_eq!(first, second, "{name}");
    }
}

#[test]
fn a_limit_ends_the_run_whole_as_far_as_it_went() {
    let home = Home::new();
    let said =
        home.run("run @tiny.yaml --out @out --set run.begin=empty --no-charts --max-events 1");
    assert_eq!(said.exit, Exit::Limit);
    assert!(
        said.out
            .contains("not complete: the limit of events was reached"),
        "{}",
        said.out
    );
    let manifest = fs::read(home.path("out/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!(manifest["complete"], false);
    assert_eq!(manifest["events"], 1);
}

#[test]
fn charts_are_drawn_as_svg_and_png() {
    let home = Home::new();
    home.run("run @tiny.yaml --out @out --quiet");
    let charts = files(&home.path("out/charts"));
    for name in [
        "capacity-web",
        "cost",
        "latency-web",
        "tasks",
        "utilization",
    ] {
        for ending in ["png", "svg"] {
            assert!(
                charts.contains(&format!("{name}.{ending}")),
                "{name} {ending} {charts:?}"
            );
        }
    }
}

#[test]
fn a_scenario_is_checked_without_being_played() {
    let home = Home::new();
    let said = home.run("check @tiny.yaml");
    assert_eq!(
        said.out,
        "[home]/tiny.yaml: fine: tiny, 2 h: 1 service, 2 objectives\n"
    );
    fs::write(
        home.path("wrong.yaml"),
        TINY.replace("desiredCount", "desireCount"),
    )
    .unwrap();
    insta::assert_snapshot!(home.run("check @wrong.yaml").all());
    let json = home.run("check @wrong.yaml --json");
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["fine"], false);
    assert_eq!(json["diagnostics"][0]["line"], 7);
}

#[test]
fn the_schema_is_json_that_refuses_what_the_reader_refuses() {
    let said = Home::new().run("schema");
    assert_eq!(said.exit, Exit::Done);
    let schema: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let scenario = &schema["$defs"]["scenario"];
    assert_eq!(scenario["additionalProperties"], false);
    assert!(scenario["properties"]["world"].is_object());
    assert!(said.out.ends_with("}\n"));
}

#[test]
fn a_terminal_shows_what_the_run_looked_like_and_a_pipe_what_it_always_did() {
    let home = Home::new();
    let sum = "rate: { sum: [{ constant: 10/s }, { spike: { at: 1h, for: 20m, times: 6 } }] }";
    fs::write(home.path("crowd.yaml"), TINY.replace("rate: 10/s", sum)).unwrap();
    let crowd = "run @crowd.yaml --out @kept --no-charts";
    let all = home.run_showing(crowd, InlineCharts::All).out;
    let charts: Vec<&str> = all
        .lines()
        .skip_while(|line| *line != "Over the run")
        .take_while(|line| !line.is_empty())
        .collect();
    insta::assert_snapshot!(charts.join("\n"));
    let blocks = |text: &str| text.chars().filter(|c| ('▁'..='█').contains(c)).count();
    assert_eq!(
        blocks(&all),
        blocks(&charts.join("")),
        "each chart once: {all}"
    );
    let few = home.run_showing(crowd, InlineCharts::Few).out;
    assert!(!few.contains("Over the run") && 0 < blocks(&few), "{few}");
    let none = home.run_showing(crowd, InlineCharts::None).out;
    assert_eq!(blocks(&none), 0, "{none}");
}

#[test]
fn what_a_run_tells_keeps_to_the_terminals_width() {
    let home = Home::new();
    let told = home.run_on(
        "run @tiny.yaml --out @kept --no-charts",
        InlineCharts::All,
        50,
    );
    let (steady, _) = told.out.split_once("\nBefore you rely on it").unwrap();
    insta::assert_snapshot!(steady);
}

#[test]
fn a_report_is_made_of_a_scenarios_sweep_where_it_has_no_run() {
    let home = Home::new();
    let sweep =
        "sweep: { parameters: { n: { path: aws.services.web.desiredCount, values: [1, 2] } } }\n";
    fs::write(home.path("two.yaml"), format!("{TINY}{sweep}")).unwrap();
    let swept = home.run("sweep @two.yaml --out @results/two/first --replications 2 --no-charts");
    assert_eq!(swept.exit, Exit::Done, "{}", swept.err);
    let made = home.run("report @results/two --quiet");
    assert_eq!(
        made.out, "[home]/results/two/first/report.html\n",
        "{}",
        made.err
    );
}

#[test]
fn every_command_has_help_with_examples() {
    let mut seen = 0;
    let mut open = vec![(String::from("fleetcast"), super::Arguments::command())];
    while let Some((path, command)) = open.pop() {
        seen += 1;
        let help = command.get_after_help().map(ToString::to_string);
        let help = help.unwrap_or_default();
        let examples = help.split_once("Examples:\n").map(|(_, examples)| examples);
        let mut lines = examples.unwrap_or_default().lines();
        assert!(
            lines.any(|line| line.starts_with(&format!("  {path}"))),
            "{path} --help has no example of it: {help}"
        );
        // Those that are written for the parser itself.
        let own = command
            .get_subcommands()
            .filter(|it| it.get_name() != "help");
        open.extend(own.map(|it| (format!("{path} {}", it.get_name()), it.clone())));
    }
    assert!(20 < seen, "{seen} commands");
    let alone = Home::new().run("");
    assert!(
        alone.err.contains("Usage: fleetcast <COMMAND>"),
        "{}",
        alone.err
    );
    assert!(alone.err.contains("Examples:"), "{}", alone.err);
}

#[test]
fn a_flag_or_command_that_is_not_there_is_a_mistake() {
    for line in ["run @tiny.yaml --no-such-flag", "play @tiny.yaml", "run"] {
        assert_eq!(Home::new().run(line).exit, Exit::Mistake, "{line}");
    }
    let version = Home::new().run("--version");
    assert_eq!(version.exit, Exit::Done);
    assert_eq!(
        version.out,
        format!("fleetcast {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn the_catalog_sums_up_what_it_has() {
    let said = Home::new().run("catalog").all();
    let (counts, sources) = said.split_once("Sources\n").unwrap();
    insta::assert_snapshot!(counts);
    assert!(sources.contains("spotinfo: AWS Spot Instance Advisor"));
}

#[test]
fn the_catalog_lists_types_like_these() {
    let line = "catalog ec2 --region eu-central-1 --arch arm64 --vcpu 4..8 --memory 16GiB.. \
                --current --sort price --limit 12";
    insta::assert_snapshot!(Home::new().run(line).all());
}

#[test]
fn the_catalog_lists_a_family() {
    insta::assert_snapshot!(Home::new().run("catalog ec2 t3").all());
}

#[test]
fn the_catalog_explains_a_type() {
    insta::assert_snapshot!(Home::new().run("catalog ec2 m6i.large").all());
}

#[test]
fn the_catalog_explains_a_burstable_type() {
    let said = Home::new()
        .run("catalog ec2 t4g.small --region eu-west-1")
        .out;
    let facts = said.split("\n\n").next().unwrap();
    insta::assert_snapshot!(facts);
}

#[test]
fn the_catalog_shows_fargate() {
    insta::assert_snapshot!(Home::new().run("catalog fargate").all());
}

#[test]
fn the_catalog_knows_the_nearest_right_thing() {
    let home = Home::new();
    let lines = [
        "catalog ec2 m6i.3xlarge",
        "catalog ec2 c5.lagre",
        "catalog ec2 m6i.large --region eu-centrall-1",
        "catalog ec2 m6i.large --gpu",
        "catalog ec2 --memory 16 --vcpu 4",
        "catalog ec2 --vcpu 3 --gpu",
        "catalog ec2 mac2.metal",
        "catalog fargate --region frankfurt",
    ];
    let said = lines.map(|line| format!("$ fleetcast {line}\n{}", home.run(line).all()));
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn the_catalog_speaks_json() {
    let json = |line: &str| -> serde_json::Value {
        let said = Home::new().run(line);
        assert_eq!((said.exit, said.err.as_str()), (Exit::Done, ""), "{line}");
        serde_json::from_str(&said.out).unwrap()
    };
    let listed = json("catalog ec2 --gpu --sort price --limit 2 --json");
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert!(0.0 < listed[0]["onDemand"]["usd"].as_f64().unwrap());
    let one = json("catalog --json ec2 c5.large");
    assert_eq!(one["awsvpcTasksTrunked"], 10);
    assert_eq!(one["onDemand"]["usd"], 0.085);
    assert!(30 < one["regions"].as_array().unwrap().len());
    assert_eq!(json("catalog fargate --json")["sizes"][0]["cpu"], 256);
    assert_eq!(json("catalog --json")["ec2"]["types"], 1383);
    assert_eq!(json("catalog ec2 --vcpu 3 --json"), serde_json::json!([]));
}
