//! Two finished runs beside one another.

use super::home::Home;

const SHOP: &str = "\
fleetcast: 1
name: shop
run: { duration: 6h, start: 2026-03-05T00:00:00Z }
aws:
  taskDefinitions:
    - { family: web, cpu: 256, memory: 512, requiresCompatibilities: [FARGATE] }
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 4, launchType: FARGATE }]
world:
  demand: { web: { rate: 40/s } }
  work: { web: { cpu: 10ms } }
objectives:
  - { metric: Cost, of: total, per: month, below: 40 USD }
";

fn home() -> Home {
    let home = Home::new();
    home.write("shop.yaml", SHOP);
    home.run_well(&["run", "shop.yaml", "--out", "before", "-q", "--no-charts"]);
    let more = "aws.services.web.desiredCount=8";
    home.run_well(&[
        "run",
        "shop.yaml",
        "--set",
        more,
        "--seed",
        "7",
        "--out",
        "after",
        "-q",
        "--no-charts",
    ]);
    home
}

#[test]
fn what_was_changed_stands_beside_what_came_of_it() {
    let said = home().run_well(&["diff", "before", "after"]);
    insta::assert_snapshot!(said.out);
}

#[test]
fn requests_and_tries_are_told_apart() {
    let home = home();
    let tried = SHOP.replace(
        "web: { rate: 40/s }",
        "web: { rate: 40/s, timeout: 200ms, retries: { attempts: 2 } }",
    );
    home.write("tried.yaml", &tried);
    let name = "a-folder-with-a-name-that-is-longer-than-most";
    home.run_well(&["run", "tried.yaml", "--out", name, "-q", "--no-charts"]);
    let said = home.run_well(&["diff", "before", name, "--json"]);
    let told: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let figures = &told["figures"];
    assert_eq!(figures["total.first_tries"]["difference"], 0.0, "{figures}");
    let more = figures["total.requests"]["difference"].as_f64().unwrap();
    assert!(1.0 < more, "{figures}");
    let text = home.run_well(&["diff", "before", name]).out;
    assert!(
        text.contains("\nrequests ") && text.contains("\ntries of them "),
        "{text}"
    );
}

#[test]
fn a_run_does_not_differ_from_itself() {
    let home = home();
    let said = home.run_well(&["diff", "before", "before", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(told["scenario"], serde_json::json!([]));
    assert_eq!(told["apart"], serde_json::json!([]));
    assert_eq!(told["same_events"], true);
    let figures = told["figures"].as_object().unwrap();
    assert!(
        figures.values().all(|it| it["difference"] == 0.0),
        "{figures:?}"
    );
    assert!(!figures.is_empty());
}

#[test]
fn what_is_no_run_as_it_was_written_is_refused() {
    let home = home();
    let refused = |arguments: &[&str], words: &str| {
        let said = home.run(arguments);
        assert_eq!(said.code, Some(2), "{}", said.out);
        assert!(said.err.contains(words), "{}", said.err);
    };
    refused(&["diff", "before", "afetr"], "no run is at afetr");
    let path = home.path("after/summary.json");
    let edited = std::fs::read_to_string(&path)
        .unwrap()
        .replace("web", "wed");
    std::fs::write(&path, edited).unwrap();
    refused(
        &["diff", "before", "after"],
        "summary.json (it was changed)",
    );
}
