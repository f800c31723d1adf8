//! What a strategy or a constraint says and nobody makes use of.

use crate::policy::cluster_query::Expression;
use crate::scenario::reader::{Field, MapReader};

/// Managed Instances look at what tasks need and at their constraints (ECS developer guide, "task
/// placement").
pub(super) fn note_placed_by_ecs(map: &mut MapReader<'_>) {
    if let Some(field) = map.field("placementStrategy")
        && field.node().as_sequence() != Some(&[])
    {
        let message = "no effect here: ECS places tasks on Managed Instances by itself, spread \
                       over zones, then packed";
        let warning = field.warning("no-effect", message);
        warning.help("remove placementStrategy").report();
    }
}

/// AWS takes none with `distinctInstance` (API PlacementConstraint).
pub(super) fn refuse_expression(expression: Option<&Field<'_>>) {
    if let Some(field) = expression {
        let message = "distinctInstance has no expression, AWS refuses one";
        let help = "remove it, or write it in a constraint of its own with type: memberOf";
        field.error("invalid-value", message).help(help).report();
    }
}

/// `random` uses no field (API PlacementStrategy).
pub(super) fn note_field_of_random(field: &Field<'_>) {
    if field.node().as_text() != Some("") {
        let message = "no effect here: random uses no field";
        let warning = field.warning("no-effect", message);
        warning.help("remove it").report();
    }
}

/// Says that attributes are compared as text where an expression asks for a number.
pub(super) fn warn_of_numbers(field: &Field<'_>, expression: &Expression) {
    for (name, than) in expression.numbers_as_text() {
        let message = format!(
            "attributes are text: {name} is compared with {than} character by character, so that \
             10 is less than 9"
        );
        let help = "give all values as many digits (09, 10), or use in [...] or =~";
        let warning = field.warning("compared-as-text", message);
        warning.help(help).report();
    }
}
