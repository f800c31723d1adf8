//! Values that AWS refuses, or that do nothing together, wherever they are written.

use super::messages::said;

const SHOP: &str = "\
fleetcast: 1
run: { duration: 1h }
aws:
  cluster: { clusterName: shop, capacityProviders: [FARGATE] }
  taskDefinitions: [{ family: web, cpu: \"256\", memory: \"512\" }]
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 4
      launchType: FARGATE
      deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 200 }
";

/// What is said of an UpdateService with this `deploymentConfiguration`.
fn said_of_update(configuration: &str) -> Vec<String> {
    said(&format!(
        "{SHOP}timeline: [{{ at: 10m, deploy: {{ service: web, forceNewDeployment: true, \
         deploymentConfiguration: {configuration} }} }}]\n"
    ))
}

#[test]
fn the_maximum_of_an_update_is_judged_whatever_else_it_says() {
    let place = "timeline[0].deploy.deploymentConfiguration.maximumPercent";
    let help = "(write 100 or more (200 is the default))";
    let expected = format!("error {place}: maximumPercent 90 is less than 100 {help}");
    assert_eq!(said_of_update("{ maximumPercent: 90 }"), [expected]);
    let expected = format!(
        "error {place}: maximumPercent 60 is less than minimumHealthyPercent 75: more tasks would \
         have to be healthy than may be there (write 100 or more (200 is the default), or less \
         minimumHealthyPercent)"
    );
    let both = "{ minimumHealthyPercent: 75, maximumPercent: 60 }";
    assert_eq!(said_of_update(both), [expected]);
    assert!(said_of_update("{ maximumPercent: 125 }").is_empty());
    assert!(said_of_update("{ minimumHealthyPercent: 100 }").is_empty());
}

#[test]
fn more_than_all_tasks_cannot_have_to_be_healthy() {
    let place = "aws.services.web.deploymentConfiguration.minimumHealthyPercent";
    let ends = "no more tasks than are desired can have to be healthy (write 100 (the default) or \
                less)";
    let of = |least: u32, most: u32| {
        let from = "minimumHealthyPercent: 50, maximumPercent: 200";
        let to = format!("minimumHealthyPercent: {least}, maximumPercent: {most}");
        said(&SHOP.replace(from, &to))
    };
    let expected = format!(
        "error {place}: minimumHealthyPercent 150 is more than 100, and than maximumPercent 120: \
         {ends}"
    );
    assert_eq!(of(150, 120), [expected]);
    let expected = format!("error {place}: minimumHealthyPercent 150 is more than 100: {ends}");
    assert_eq!(of(150, 200), [expected]);
    let negative = said(&SHOP.replace("minimumHealthyPercent: 50", "minimumHealthyPercent: -5"));
    let expected = format!("error {place}: -5 is not a whole number between 0 and 100");
    assert_eq!(negative, [expected]);
    let place = place.replace("aws.services.web", "timeline[0].deploy");
    let expected = format!("error {place}: minimumHealthyPercent 101 is more than 100: {ends}");
    assert_eq!(said_of_update("{ minimumHealthyPercent: 101 }"), [expected]);
}

#[test]
fn a_container_check_takes_no_longer_than_the_time_between_two() {
    let of = |check: &str| {
        let containers = format!(
            "memory: \"512\", containerDefinitions: [{{ name: web, healthCheck: {{ command: \
             [CMD, ok], {check} }} }}]"
        );
        said(&SHOP.replace("memory: \"512\"", &containers))
    };
    let place = "aws.taskDefinitions.web.containerDefinitions.web.healthCheck.timeout";
    let begins = format!("warning {place}: a check may take 45 s, and one is made every");
    let help = "(write interval: 45 or more, or a shorter timeout)";
    let expected = [format!("{begins} 30s (the default) {help}")];
    assert_eq!(of("timeout: 45"), expected);
    let expected = [format!("{begins} 20s {help}")];
    assert_eq!(of("interval: 20, timeout: 45"), expected);
    for right in [
        "timeout: 30",
        "interval: 45, timeout: 45",
        "interval: 10",
        "retries: 2",
    ] {
        assert!(of(right).is_empty(), "{right}");
    }
}
