use super::*;

/// The smallest scenario there is.
pub(super) const HELLO: &str = "\
fleetcast: 1
run: { duration: 1h }
aws:
  taskDefinitions:
    - { family: web, cpu: 256, memory: 512 }
  services:
    - { serviceName: web, taskDefinition: web, desiredCount: 2, launchType: FARGATE }
";

fn loaded(text: &str) -> Loaded {
    match load_text("a.yaml", text, &LoadOptions::default()) {
        Ok(loaded) => loaded,
        Err(failure) => panic!("{}", failure.diagnostics.render(&failure.sources, false)),
    }
}

#[test]
fn the_smallest_scenario_loads() {
    let plan = loaded(HELLO).plan;
    assert_eq!(plan.services[0].desired_count, 2);
    assert_eq!(plan.providers.len(), 2);
}
