//! Savings Plans and Reserved Instances: what a scenario says of them, and what is wrong with it.

use super::*;
use crate::catalog::instances::find;
use crate::catalog::prices::{Covers, Saving};
use crate::units::PicoUsd;

const WEB: &str = "fleetcast: 1
run: { duration: 1h }
aws:
  region: us-east-1
  taskDefinitions: [{ family: web, cpu: 256, memory: 512 }]
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 1, launchType: FARGATE }]
world: { demand: { web: { rate: 1/s } }, prices: { commitments: [{ SAID }] } }
";

fn text(said: &str) -> String {
    WEB.replace("SAID", said)
}

#[test]
fn commitments_are_kept_in_the_order_of_their_application() {
    let all = "plan: compute, commitment: 4.00 USD/h, savings: { ec2: 27 %, m6i.large: 30 % } }, \
               { plan: ec2Instance, family: m6i, commitment: 24 USD/d, savings: 40 % }, \
               { plan: reserved, instanceType: m6i.large, count: 4, price: 0.048 USD";
    let plan = loaded(&text(all)).plan;
    let [reserved, family, compute] = plan.prices.commitments() else {
        panic!("{:?}", plan.prices.commitments());
    };
    let large = find("m6i.large").unwrap();
    assert_eq!(reserved.covers, Covers::Type(large));
    assert_eq!(reserved.per_hour, PicoUsd::from_usd(0.192));
    assert_eq!(reserved.savings_ppm(Some(large)), Some(500_000));
    assert_eq!(reserved.savings_ppm(None), None);
    assert_eq!(family.per_hour, PicoUsd::from_usd(1.0));
    assert_eq!(
        family.savings_ppm(Some(find("m6i.xlarge").unwrap())),
        Some(400_000)
    );
    assert_eq!(family.savings_ppm(Some(find("m5.large").unwrap())), None);
    assert_eq!(compute.savings[0].0, Saving::Type(large));
    assert_eq!(compute.savings_ppm(Some(large)), Some(300_000));
    assert_eq!(
        compute.savings_ppm(Some(find("m5.large").unwrap())),
        Some(270_000)
    );
    // No savings are said of Fargate: it stays on demand.
    assert_eq!(compute.savings_ppm(None), None);
}

/// What stands beside a mistake is known all the same.
#[test]
fn a_wrong_plan_or_family_brings_no_further_message() {
    for (said, error) in [
        (
            "plan: ec2Instance, family: m7, commitment: 0.10 USD/h, savings: 20 %",
            "error[unknown-name]: there is no instance family \"m7\"",
        ),
        (
            "plan: compte, commitment: 1 USD/h, savings: 20 %",
            "error[unknown-value]",
        ),
        (
            "plan: compute, commitment: 1 USD/h, savings: 100 %",
            "error[out-of-range]: savings of 100 % leave nothing to pay",
        ),
        (
            "plan: compute, commitment: 1 USD/h, savings: { ec2: 100 % }",
            "error[out-of-range]: savings of 100 % leave nothing to pay",
        ),
    ] {
        let failure = load_text("a.yaml", &text(said), &LoadOptions::default()).unwrap_err();
        let told = failure.diagnostics.render(&failure.sources, false);
        assert!(told.contains(error), "{told}");
        assert_eq!(told.matches("error[").count(), 1, "{told}");
    }
}

macro_rules! golden {
    ($($name:ident: $said:expr,)*) => {
        $(#[test]
        fn $name() {
            let said = match load_text("a.yaml", &text($said), &LoadOptions::default()) {
                Ok(loaded) => loaded.diagnostics.render(&loaded.sources, false),
                Err(failure) => failure.diagnostics.render(&failure.sources, false),
            };
            insta::assert_snapshot!(said);
        })*
    };
}

golden! {
    a_plan_that_is_none: "plan: compte, commitment: 1 USD/h, savings: 20 %",
    a_commitment_without_a_period: "plan: compute, commitment: 1 USD, savings: 20 %",
    savings_of_nobody: "plan: compute, commitment: 1 USD/h, savings: { m6: 20 % }",
    a_family_that_is_none: "plan: ec2Instance, family: m6ii, commitment: 1 USD/h, savings: 20 %",
    reserved_instances_without_a_price: "plan: reserved, instanceType: m6i.large, count: 4",
}
