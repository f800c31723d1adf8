//! What a user gets wrong of a sweep, of its providers, rates and moments: found by reviewers.

use super::bad_input::{FINE, refused, refused_in, refused_trace, refused_with};
use super::home::Home;

fn swept(parameters: &str) -> String {
    format!("{FINE}sweep: {{ parameters: {{ {parameters} }} }}\n")
}

#[test]
fn check_and_sweep_say_the_same_of_a_cell_that_cannot_be_run() {
    for (parameters, line, words) in [
        (
            "a: { path: aws.services.web.desiredCout, values: [1] }",
            "shop.yaml:21:",
            "desiredCount",
        ),
        (
            "a: { path: aws.services.web.desiredCount, values: [1, -1] }",
            "shop.yaml:21:",
            "-1",
        ),
    ] {
        let home = Home::new();
        home.write("shop.yaml", &swept(parameters));
        for command in ["check", "sweep"] {
            let said = refused_in(&home, &[command, "shop.yaml"]);
            assert!(said.contains(line), "{said}");
            assert!(said.contains(words) && said.contains("cell a="), "{said}");
        }
    }
}

#[test]
fn a_sweep_without_parameters_is_said_at_its_place() {
    let home = Home::new();
    home.write(
        "shop.yaml",
        &format!("{FINE}sweep: {{ replications: 2 }}\n"),
    );
    for command in ["check", "sweep"] {
        let said = refused_in(&home, &[command, "shop.yaml"]);
        assert!(
            said.contains("error[empty-sweep]: the sweep has no"),
            "{said}"
        );
        assert!(said.contains("shop.yaml:21:"), "{said}");
    }
}

#[test]
fn two_parameters_of_one_path() {
    let said = refused(&swept(
        "a: { path: aws.services.web.desiredCount, values: [1, 2] }, \
         b: { path: aws.services.web.desiredCount, values: [3] }",
    ));
    assert!(
        said.contains("the parameter a sets aws.services.web.desiredCount already"),
        "{said}"
    );
}

/// Without a word the service was left out of the run, and of its bill.
#[test]
fn a_strategy_of_a_provider_that_the_cluster_does_not_list() {
    let provider = "aws:
  launchTemplates: [{ LaunchTemplateName: t, LaunchTemplateData: { InstanceType: m6i.large } }]
  autoScalingGroups: [{ AutoScalingGroupName: g, MinSize: 1, MaxSize: 1, LaunchTemplate: { LaunchTemplateName: t } }]
  capacityProviders: [{ name: m, autoScalingGroupProvider: { autoScalingGroupArn: g } }]
";
    let text = FINE
        .replace("aws:\n", provider)
        .replace("[FARGATE, FARGATE_SPOT]", "[FARGATE]");
    let on_m = "capacityProviderStrategy: [{ capacityProvider: m, weight: 1 }]";
    let said = refused(&text.replace("launchType: FARGATE", on_m));
    assert!(
        said.contains("the cluster has no capacity provider m")
            && said.contains("add it to aws.cluster.capacityProviders"),
        "{said}"
    );
}

#[test]
fn a_strategy_in_a_cluster_without_providers() {
    let text = FINE.replace("[FARGATE, FARGATE_SPOT]", "[]");
    let on_fargate = "capacityProviderStrategy: [{ capacityProvider: FARGATE, weight: 1 }]";
    let said = refused(&text.replace("launchType: FARGATE", on_fargate));
    assert!(
        said.contains("the cluster has no capacity provider FARGATE"),
        "{said}"
    );
    // A launch type asks for none.
    let home = Home::new();
    home.write("shop.yaml", &text);
    assert_eq!(home.run(&["check", "shop.yaml"]).code, Some(0));
}

#[test]
fn a_trace_beyond_the_highest_rate() {
    let said = refused_trace(
        "timestamp,value\n2026-03-01T00:00:00Z,1\n2026-03-01T00:05:00Z,1e300\n\
         2026-03-01T00:10:00Z,1\n",
    );
    assert!(said.contains("a rate is at most 1e9"), "{said}");
}

#[test]
fn a_product_beyond_the_highest_rate_is_cut_and_said() {
    let home = Home::new();
    let rate = "rate: { sum: [1000000000/s, { spike: { at: 10m, for: 10m, times: 1000 } }] }";
    home.write("shop.yaml", &FINE.replace("rate: 10/s", rate));
    let said = home.run(&["check", "shop.yaml"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.err.contains("it is cut to 1e9"), "{}", said.err);
}

#[test]
fn an_offset_that_no_clock_has() {
    let said = refused_with(
        "duration: 1h",
        "duration: 1h, start: \"2026-03-05T00:00:00+25:00\"",
    );
    assert!(said.contains("no clock is +25:00 from UTC"), "{said}");
}

#[test]
fn arrivals_for_a_service() {
    let said = refused_with("timeout: 5s", "arrivals: { rate: 1/min }");
    assert!(said.contains("arrivals is for programs"), "{said}");
}

#[test]
fn a_base_that_is_not_there_hides_what_may_stand_in_it() {
    let said = refused("extends: webapi.yaml\nname: shop\n");
    assert!(said.contains("webapi.yaml"), "{said}");
    assert!(!said.contains("\"run\" is missing"), "{said}");
}

#[test]
fn a_limit_of_tasks_that_the_start_is_beyond() {
    let home = Home::new();
    home.write("shop.yaml", FINE);
    let said = home.run(&["run", "shop.yaml", "--no-charts", "-q", "--max-tasks", "1"]);
    assert_eq!(said.code, Some(4), "{}", said.err);
}

#[test]
fn probabilities_that_are_none() {
    let of = |values: &str, probabilities: &str| {
        swept(&format!(
            "a: {{ path: aws.services.web.desiredCount, {values}, probabilities: {probabilities} }}"
        ))
    };
    let three = "values: { few: 1, some: 2, many: 3 }";
    for (values, probabilities, words) in [
        (
            three,
            "{ few: 60 %, some: 50 %, many: 0 % }",
            "add up to 110 % instead of 100 %",
        ),
        (three, "{ few: 60 %, some: 50 % }", "add up to 110 %"),
        (three, "{ few: 60 % }", "2 values have no probability"),
        (three, "{ few: 60 %, som: 20 % }", "did you mean \"some\"?"),
        (
            "range: { from: 1, to: 3 }",
            "{ 1: 20 % }",
            "probabilities are of values",
        ),
    ] {
        let said = refused(&of(values, probabilities));
        assert!(
            said.contains(words) && said.contains("shop.yaml:21:"),
            "{words}: {said}"
        );
    }
    let said = refused(
        &of(three, "{ few: 1 %, some: 1 % }")
            .replace("{ parameters", "{ design: tornado, parameters"),
    );
    assert!(said.contains("this design has neither"), "{said}");
}

/// The sequence has no more points; in a debug build the library would stop the program.
#[test]
fn more_points_than_a_sobol_sequence_has() {
    let parameters = "a: { path: aws.services.web.desiredCount, range: { from: 1, to: 3 } }";
    for design in ["sobol", "sobolIndices"] {
        let asked = format!("{{ design: {design}, points: 100000, parameters");
        let said = refused(&swept(parameters).replace("{ parameters", &asked));
        assert!(said.contains("65536"), "{said}");
    }
}

/// Tables have columns by these names: with a second one of the same, whoever reads them takes the
/// wrong one.
#[test]
fn a_parameter_with_the_name_of_a_column() {
    for (name, free) in [
        ("cell", "desiredCount"),
        ("replication", "desiredCount"),
        ("event_hash", "desiredCount"),
        ("cost_month_usd", "desiredCount"),
        ("cost_month_usd_p95", "desiredCount"),
        ("objective_1_held", "desiredCount"),
        ("largest_under", "desiredCount"),
    ] {
        let home = Home::new();
        let path = "{ path: aws.services.web.desiredCount, values: [1, 2] }";
        home.write("shop.yaml", &swept(&format!("{name}: {path}")));
        for command in ["check", "sweep"] {
            let said = refused_in(&home, &[command, "shop.yaml"]);
            let words = format!("a parameter can't be named {name}: the tables of results have");
            assert!(
                said.contains(&words) && said.contains(&format!("like {free}")),
                "{said}"
            );
            assert!(said.contains("shop.yaml:21:"), "{said}");
        }
    }
}

/// What speaks of the block's names is not wrong: one mistake is one message, and says what to do.
#[test]
fn a_single_value_in_place_of_a_block_is_one_error() {
    let text = format!(
        "{FINE}objectives: [{{ metric: FailedRequests, service: web, below: 1 % }}]\n\
         sweep: {{ parameters: {{ a: {{ path: aws.services.web.desiredCount, values: [1, 2] }} }} }}\n"
    );
    let home = Home::new();
    home.write("shop.yaml", &text);
    for (set, words) in [
        (
            "aws.services.web=3",
            "aws.services.web is a block; set one of its values, like \
             aws.services.web.desiredCount=3 (3 errors about names that may stand in it are left",
        ),
        (
            "aws.services=3",
            "write it as a block; 3 errors about names that may stand in it are left out",
        ),
        (
            "sweep.parameters.a.values=5",
            "found \"5\", expected a list in sweep.parameters.a.values",
        ),
    ] {
        let said = refused_in(&home, &["check", "shop.yaml", "--set", set]);
        assert_eq!(said.matches("error[").count(), 1, "{set}: {said}");
        assert!(
            said.contains("error[wrong-type]") && said.contains(words),
            "{said}"
        );
    }
    // The same of a sweep's value.
    let whole = text.replace("aws.services.web.desiredCount", "aws.services.web");
    home.write("shop.yaml", &whole.replace("[1, 2]", "[5]"));
    let said = refused_in(&home, &["sweep", "shop.yaml"]);
    assert_eq!(said.matches("error[").count(), 1, "{said}");
    assert!(
        said.contains("found \"5\", expected a mapping") && said.contains("shop.yaml:22:"),
        "{said}"
    );
}
