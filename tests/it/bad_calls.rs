//! What a user gets wrong of services that call services.

use super::bad_input::refused;
use super::home::Home;

/// Services `web`, `cart` (by Cloud Map) and `hidden` (that nothing leads to), and this work.
fn shop(work: &str) -> String {
    format!(
        "\
fleetcast: 1
name: shop
run: {{ duration: 1h }}
aws:
  cluster: {{ capacityProviders: [FARGATE] }}
  taskDefinitions:
    - {{ family: web, cpu: 256, memory: 512 }}
    - {{ family: cart, cpu: 256, memory: 512 }}
    - {{ family: hidden, cpu: 256, memory: 512 }}
  services:
    - {{ serviceName: web, taskDefinition: web, launchType: FARGATE, serviceRegistries: [{{ registryArn: web }}] }}
    - {{ serviceName: cart, taskDefinition: cart, launchType: FARGATE, serviceRegistries: [{{ registryArn: cart }}] }}
    - {{ serviceName: hidden, taskDefinition: hidden, launchType: FARGATE }}
world:
  demand: {{ web: {{ rate: 10/s }} }}
  work:
{work}
"
    )
}

#[test]
fn a_service_that_nobody_has() {
    insta::assert_snapshot!(refused(&shop(
        "    web: { calls: [{ service: carts }] }\n    cart: {}"
    )));
}

#[test]
fn a_cycle_that_never_ends() {
    insta::assert_snapshot!(refused(
        &shop(
            "    web: { calls: [{ service: cart, perRequest: 4 }] }\n    \
         cart: { calls: [{ service: web, perRequest: 25 % }] }"
        )
        .replace("25 %", "0.25")
    ));
}

#[test]
fn two_cycles_that_never_end_together() {
    insta::assert_snapshot!(refused(&shop(
        "    web: { calls: [{ service: cart, perRequest: 0.6 }, { service: web, perRequest: 0.5 }] }\n    \
         cart: { calls: [{ service: web }] }"
    )));
}

#[test]
fn a_cycle_that_a_later_revision_closes() {
    let work = "    web: { calls: [{ service: cart, perRequest: 1 }] }
    cart: { calls: [{ service: web, perRequest: 0.1 }] }
    \"cart:2\": { calls: [{ service: web, perRequest: 2 }] }";
    let two = "{ family: cart, cpu: 256, memory: 512 }";
    let text = shop(work).replace(two, &format!("{two}\n    - {two}"));
    let text = text.replace("taskDefinition: cart,", "taskDefinition: \"cart:1\",");
    let later = "{ at: 10m, deploy: { service: cart, taskDefinition: \"cart:2\" } }";
    insta::assert_snapshot!(refused(&format!("{text}timeline:\n  - {later}\n")));
}

/// Whose tasks another family's code takes over calls itself: by UpdateService, or by a task set.
#[test]
fn cycles_that_the_code_of_another_family_closes() {
    let work = "    web: { calls: [{ service: cart, perRequest: 1 }] }
    cart: {}
    basket: { calls: [{ service: web, perRequest: 2 }] }";
    let (two, second) = (
        "{ family: hidden, cpu: 256, memory: 512 }",
        "{ family: basket, cpu: 256, memory: 512 }",
    );
    let text = shop(work).replace(two, &format!("{two}\n    - {second}"));
    let later = "{ at: 10m, deploy: { service: cart, taskDefinition: basket } }";
    let said = refused(&format!("{text}timeline:\n  - {later}\n"));
    assert!(said.contains("endless-calls"), "{said}");
    let place = "world.work.basket.calls[0].service";
    assert!(said.contains(place), "{said}");

    let own = "{ serviceName: cart, taskDefinition: cart, launchType: FARGATE, serviceRegistries: \
               [{ registryArn: cart }] }";
    assert!(text.contains(own));
    let by_sets =
        "{ serviceName: cart, desiredCount: 2, deploymentController: { type: EXTERNAL } }";
    let set = |id: &str, family: &str| {
        format!(
            "externalId: {id}, service: cart, taskDefinition: {family}, launchType: FARGATE, scale: \
             {{ value: 100, unit: PERCENT }}, serviceRegistries: [{{ registryArn: cart }}]"
        )
    };
    let text = text.replace(own, by_sets).replace(
        "world:",
        &format!("  taskSets: [{{ {} }}]\nworld:", set("blue", "cart")),
    );
    let later = format!(
        "{{ at: 3m, createTaskSet: {{ {} }} }}",
        set("green", "basket")
    );
    let said = refused(&format!("{text}timeline:\n  - {later}\n"));
    assert!(
        said.contains("endless-calls") && said.contains(place),
        "{said}"
    );
}

#[test]
fn a_callee_whose_cost_nobody_says() {
    insta::assert_snapshot!(refused(&shop("    web: { calls: [{ service: cart }] }")));
}

#[test]
fn a_callee_that_nothing_leads_to() {
    insta::assert_snapshot!(refused(&shop(
        "    web: { calls: [{ service: hidden }] }\n    hidden: {}"
    )));
}

#[test]
fn a_way_that_the_callee_has_not() {
    insta::assert_snapshot!(refused(&shop(
        "    web: { calls: [{ service: cart, via: loadBalancer }] }\n    cart: {}"
    )));
}

#[test]
fn a_way_and_a_field_with_slips() {
    insta::assert_snapshot!(refused(&shop(
        "    web: { calls: [{ service: cart, via: cloudmap, perRequests: 2, timeout: 0s, ttl: 60 }] }\n    \
         cart: {}"
    )));
}

#[test]
fn a_caller_whose_zones_are_kept_apart_request_by_request() {
    let balanced = "launchType: FARGATE, loadBalancers: [{ targetGroupArn: web, containerName: \
                    web, containerPort: 80 }], ";
    let text = shop("    web: { calls: [{ service: cart }] }\n    cart: {}");
    let text = text.replacen("launchType: FARGATE, ", balanced, 1);
    let text = text.replace("duration: 1h", "duration: 1h, fidelity: requests");
    let groups = "  targetGroups: [{ TargetGroupName: web, attributes: { \
                  load_balancing.cross_zone.enabled: false } }]\nworld:\n";
    insta::assert_snapshot!(refused(&text.replace("world:\n", groups)));
}

#[test]
fn sidecars_with_slips() {
    insta::assert_snapshot!(refused(&shop(
        "    web: { sidecars: { proxy: { cpus: 1ms, idle: 0.1, memory: -1MiB } } }"
    )));
}

#[test]
fn a_worker_of_a_queue_that_is_called() {
    let text = shop("    web: { calls: [{ service: hidden }] }\n    hidden: {}").replace(
        "demand: { web: { rate: 10/s } }",
        "demand: { web: { rate: 10/s }, hidden: { queue: jobs, rate: 1/s } }",
    );
    let text = text.replace("world:\n", "  queues: [{ QueueName: jobs }]\nworld:\n");
    insta::assert_snapshot!(refused(&text));
}

#[test]
fn a_cycle_that_ends_is_fine() {
    let home = Home::new();
    home.write(
        "shop.yaml",
        &shop(
            "    web: { cpu: 1ms, calls: [{ service: cart }] }\n    \
             cart: { cpu: 1ms, calls: [{ service: web, perRequest: 0.5 }] }",
        ),
    );
    home.run_well(&["run", "shop.yaml", "--no-charts", "--quiet"]);
}

/// With too little CPU for all of it both end up waiting for each other, for ever.
#[test]
fn a_cycle_that_locks_up_plays_to_its_end() {
    let home = Home::new();
    home.write(
        "shop.yaml",
        &shop(
            "    web: { calls: [{ service: cart }] }\n    \
             cart: { calls: [{ service: web, perRequest: 0.5 }] }",
        ),
    );
    for fidelity in ["fluid", "requests"] {
        let set = format!("run.fidelity={fidelity}");
        home.run_well(&["run", "shop.yaml", "--no-charts", "--quiet", "--set", &set]);
    }
}
