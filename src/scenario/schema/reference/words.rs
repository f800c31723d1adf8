//! What fields hold, in words.

use super::place::block;
use crate::catalog::fields;
use crate::scenario::schema::table::Kind;

/// Paths of the table of defaults, as results list them, that are shorter than where the field
/// stands.
pub(super) const SHORT: [(&str, &str); 8] = [
    (
        "aws.queues.*.Attributes.VisibilityTimeout",
        "aws.queues.*.Attributes",
    ),
    (
        "aws.cluster.settings.containerInsights",
        "aws.cluster.settings",
    ),
    (
        "aws.targetGroups.*.attributes.deregistration_delay.timeout_seconds",
        "aws.targetGroups.*.attributes[deregistration_delay.timeout_seconds]",
    ),
    (
        "aws.loadBalancers.*.attributes.idle_timeout.timeout_seconds",
        "aws.loadBalancers.*.attributes[idle_timeout.timeout_seconds]",
    ),
    (
        "aws.loadBalancers.*.attributes.load_balancing.cross_zone.enabled",
        "aws.loadBalancers.*.attributes[load_balancing.cross_zone.enabled]",
    ),
    (
        "aws.targetGroups.*.attributes.load_balancing.algorithm.type",
        "aws.targetGroups.*.attributes[load_balancing.algorithm.type]",
    ),
    (
        "aws.scalingPolicies.*.ScaleOutCooldown",
        "aws.scalingPolicies.*.TargetTrackingScalingPolicyConfiguration.ScaleOutCooldown",
    ),
    (
        "aws.scalingPolicies.*.ScaleInCooldown",
        "aws.scalingPolicies.*.TargetTrackingScalingPolicyConfiguration.ScaleInCooldown",
    ),
];

/// What a field holds, in words.
pub(super) fn holds(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Integer { min, max } if min == max => format!("`{min}`"),
        Kind::Integer { max: u64::MAX, .. } => "whole number".to_owned(),
        Kind::Integer { min, max } => format!("whole number, {min} to {max}"),
        Kind::Number => "number".to_owned(),
        Kind::Switch => "`true` or `false`".to_owned(),
        Kind::Words(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            words.join(", ")
        }
        Kind::Value(name) => value_name(name).to_owned(),
        Kind::Block(name) => format!("block {}", in_words(name)),
        Kind::Blocks(name) => match block(name) {
            Some(_) => format!("list of blocks {}", in_words(name)),
            None => format!("list of {}s", value_name(name)),
        },
        Kind::ByName(name) => match block(name) {
            Some(_) => format!("blocks {} by name", in_words(name)),
            None => format!("{} by name", value_name(name)),
        },
        Kind::Aws(shape) => format!("AWS's {shape}"),
        Kind::AwsList(shape) => format!("list of AWS's {shape}"),
        Kind::TextOrTexts => "text, or a list of texts".to_owned(),
        Kind::Or(first, second) => format!("{}, or {}", holds(*first), holds(*second)),
        Kind::Any => "any value".to_owned(),
        Kind::Later => "not simulated yet".to_owned(),
    }
}

pub(super) fn value_name(name: &str) -> &str {
    match name {
        "ratePerTime" => "rate",
        "vcpus" => "vCPUs",
        "priceStep" => "change of a price",
        "moneyRate" => "money an hour",
        "timeOfDay" => "time of day",
        "streamName" => "name",
        other => other,
    }
}

pub(super) fn in_words(block: &str) -> String {
    format!("[{block}]")
}

pub(super) fn holds_aws(kind: fields::Kind) -> String {
    match kind {
        fields::Kind::Scalar(of) => of.to_owned(),
        fields::Kind::Structure(shape) => shape.to_owned(),
        fields::Kind::Structures(shape) => format!("list of {shape}"),
        fields::Kind::Other(of) => of.to_owned(),
    }
}
