//! The page of all fields is the one that the program prints, and each field can be asked for.

use std::fs;

use super::home::{Home, root};

#[test]
fn the_page_of_fields_is_as_the_program_prints_it() {
    let printed = Home::new().run_well(&["fields", "--markdown"]).out;
    let page = fs::read_to_string(root().join("docs/fields.md")).unwrap_or_default();
    let differs = page
        .lines()
        .zip(printed.lines())
        .find(|(old, new)| old != new);
    assert!(
        page == printed,
        "docs/fields.md is stale, write it anew: cargo run --release -- fields --markdown > \
         docs/fields.md\nfirst difference: {differs:?}"
    );
}

#[test]
fn every_default_of_a_run_can_be_asked_for_by_its_path() {
    let home = Home::new();
    let scenario = root().join("scenarios/web-api.yaml").display().to_string();
    let day = [
        "--set",
        "run.duration=1h",
        "--set",
        "world.demand.api.rate=10/s",
    ];
    let run = ["run", &scenario, "--out", "run", "--no-charts", "--quiet"];
    home.run_well(&[&run[..], &day].concat());
    let manifest = home.json("run/manifest.json");
    let defaults = manifest["defaults"].as_array().unwrap();
    assert!(20 < defaults.len());
    for default in defaults {
        let path = default["path"].as_str().unwrap();
        // Prices are derived, and have no field of their own.
        if path.starts_with("world.prices.") {
            continue;
        }
        let said = home.run_well(&["fields", path]).out;
        let value = default["value"].as_str().unwrap();
        assert!(said.contains(value), "{path}: {said}");
    }
}

#[test]
fn a_field_that_is_not_there_is_a_mistake_with_the_nearest() {
    let said = Home::new().run(&["fields", "world.work.api.slotz"]);
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""));
    let message = "error: the path \"world.work.api.slotz\" leads nowhere: world.work.* has no \
                   field \"slotz\"\n  help: did you mean \"slots\"?";
    assert_eq!(said.err.trim_end(), message);
}

#[test]
fn a_name_alone_is_found_wherever_it_stands() {
    let home = Home::new();
    let said = home.run_well(&["fields", "slots"]).out;
    assert!(said.contains("world.work.*.slots"), "{said}");
    let said = home.run_well(&["fields", "cpu"]).out;
    for path in ["world.work.*.cpu", "aws.taskDefinitions.*.cpu"] {
        assert!(said.contains(path), "{path}: {said}");
    }
    let said = home.run(&["fields", "slotz"]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("did you mean \"slots\""), "{}", said.err);
}

#[test]
fn what_is_said_of_a_field_is_json_too() {
    let said = Home::new()
        .run_well(&["fields", "world.work.cpu", "--json"])
        .out;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["field"]["path"], "world.work.*.cpu");
    assert_eq!(said["field"]["default"]["value"], "20ms");
    assert_eq!(said["fields"][0]["name"], "from");
}
