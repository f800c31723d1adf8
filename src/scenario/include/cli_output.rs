//! Files as the AWS CLI prints and takes them, to blocks of `aws:`.

use crate::scenario::diagnostic::{Diagnostic, Diagnostics};
use crate::scenario::node::{Key, Node, Value};

/// A list in an answer of the AWS CLI and its block.
const LISTS: [(&str, &str); 23] = [
    ("services", "services"),
    ("capacityProviders", "capacityProviders"),
    ("taskSets", "taskSets"),
    ("AutoScalingGroups", "autoScalingGroups"),
    ("LaunchTemplateVersions", "launchTemplates"),
    ("Subnets", "subnets"),
    ("SecurityGroups", "securityGroups"),
    ("RouteTables", "routeTables"),
    ("NatGateways", "natGateways"),
    ("VpcEndpoints", "vpcEndpoints"),
    ("RoleDetailList", "roles"),
    ("SecretList", "secrets"),
    ("Parameters", "parameters"),
    ("logGroups", "logGroups"),
    ("LoadBalancers", "loadBalancers"),
    ("Listeners", "listeners"),
    ("Rules", "listenerRules"),
    ("TargetGroups", "targetGroups"),
    ("ScalableTargets", "scalableTargets"),
    ("ScalingPolicies", "scalingPolicies"),
    ("ScheduledActions", "scheduledActions"),
    ("ScheduledUpdateGroupActions", "scheduledUpdateGroupActions"),
    ("MetricAlarms", "alarms"),
];

/// One resource in an answer and its block: the key of the resource, or, where the file is the
/// input of a create command, the field that only this resource has.
const ANSWERS: [(&str, &str); 5] = [
    ("KeyMetadata", "keys"),
    ("taskDefinition", "taskDefinitions"),
    ("service", "services"),
    ("capacityProvider", "capacityProviders"),
    ("taskSet", "taskSets"),
];
const INPUTS: [(&str, &str); 2] = [
    ("containerDefinitions", "taskDefinitions"),
    ("serviceName", "services"),
];

const HELP: &str = "include what aws ecs describe-task-definition, describe-services or \
                    describe-clusters print, or the input of register-task-definition";

/// The blocks of `aws:` that a file's content makes; what it is not goes to `diagnostics`.
pub(super) fn blocks(content: Node, diagnostics: &mut Diagnostics) -> Vec<(Key, Node)> {
    let mut blocks = Blocks {
        found: Vec::new(),
        diagnostics,
    };
    match content.value {
        Value::Sequence(items) => items.into_iter().for_each(|item| blocks.answer(item)),
        Value::Scalar(_) | Value::Mapping(_) => blocks.answer(content),
    }
    blocks.found
}

fn is_scenario(content: &Node) -> bool {
    let keys = ["fleetcast", "aws", "extends"];
    keys.iter().any(|key| content.get(key).is_some())
}

struct Blocks<'a> {
    found: Vec<(Key, Node)>,
    diagnostics: &'a mut Diagnostics,
}

impl Blocks<'_> {
    fn answer(&mut self, content: Node) {
        if content.as_mapping().is_none() || is_scenario(&content) {
            return self.refuse(&content);
        }
        self.warn_incomplete(&content);
        let span = content.span;
        // An input's own `taskDefinition` or `capacityProviders` are fields of it, so it comes
        // first.
        if let Some((_, block)) = INPUTS
            .iter()
            .find(|(field, _)| content.get(field).is_some())
        {
            return self.add(block, content);
        }
        if content.get("clusterName").is_some() {
            return self.cluster(content);
        }
        let Value::Mapping(entries) = content.value else {
            return;
        };
        let mut tags = None;
        let mut recognised = false;
        for (key, node) in entries {
            let one = ANSWERS.iter().find(|(name, _)| *name == key.text);
            let list = LISTS.iter().find(|(name, _)| *name == key.text);
            match (key.text.as_str(), one, list, node.value) {
                (_, Some((_, block)), _, value @ Value::Mapping(_)) => {
                    recognised = true;
                    self.add(
                        block,
                        Node {
                            value,
                            span: node.span,
                        },
                    );
                }
                (_, _, Some((_, block)), Value::Sequence(items)) => {
                    recognised = true;
                    items.into_iter().for_each(|item| self.add(block, item));
                }
                ("cluster", _, _, value @ Value::Mapping(_)) => {
                    recognised = true;
                    self.cluster(Node {
                        value,
                        span: node.span,
                    });
                }
                ("clusters", _, _, Value::Sequence(items)) => {
                    recognised = true;
                    items.into_iter().for_each(|item| self.cluster(item));
                }
                ("tags", _, _, value) => {
                    tags = Some((
                        key,
                        Node {
                            value,
                            span: node.span,
                        },
                    ))
                }
                _ => {}
            }
        }
        match tags {
            // describe-task-definition prints the tags beside the task definition.
            Some(tags) if recognised => self.add_tags(tags),
            _ if recognised => {}
            _ => self.refuse(&Node::empty_mapping(span)),
        }
    }

    fn refuse(&mut self, content: &Node) {
        let message = "the file is nothing that the AWS CLI prints about a cluster";
        let wrong = Diagnostic::error("unknown-include", message).at(content.span);
        let help = match is_scenario(content) {
            true => "this is a scenario: draw it in with extends",
            false => HELP,
        };
        self.diagnostics.push(wrong.path("aws.include").help(help));
    }

    fn warn_incomplete(&mut self, content: &Node) {
        let failures = content
            .get("failures")
            .filter(|node| node.as_sequence() != Some(&[]));
        if let Some(failures) = failures.filter(|node| !node.is_null()) {
            let message = "AWS could not describe everything that was asked for";
            let warning = Diagnostic::warning("include-failures", message).at(failures.span);
            self.diagnostics.push(warning.path("aws.include"));
        }
        for token in ["nextToken", "NextToken", "NextMarker"] {
            if let Some(token) = content.get(token).filter(|node| !node.is_null()) {
                let message = "the file is one page of several";
                let warning = Diagnostic::warning("include-page", message).at(token.span);
                let help = "print all pages into it, without --no-paginate or --max-items";
                self.diagnostics
                    .push(warning.path("aws.include").help(help));
            }
        }
    }

    fn add(&mut self, block: &str, resource: Node) {
        let span = resource.span;
        match self.found.iter_mut().find(|(key, _)| key.text == block) {
            Some((
                _,
                Node {
                    value: Value::Sequence(items),
                    ..
                },
            )) => items.push(resource),
            _ => {
                let list = Node {
                    value: Value::Sequence(vec![resource]),
                    span,
                };
                self.found.push((
                    Key {
                        text: block.to_owned(),
                        span,
                    },
                    list,
                ));
            }
        }
    }

    fn add_tags(&mut self, tags: (Key, Node)) {
        let is_target = |(key, _): &&mut (Key, Node)| key.text == "taskDefinitions";
        let Some((_, list)) = self.found.iter_mut().find(is_target) else {
            return;
        };
        let Value::Sequence(items) = &mut list.value else {
            return;
        };
        let Some(last) = items.last_mut().filter(|last| last.get("tags").is_none()) else {
            return;
        };
        if let Value::Mapping(entries) = &mut last.value {
            entries.push(tags);
        }
    }

    fn cluster(&mut self, cluster: Node) {
        let span = cluster.span;
        if self.found.iter().any(|(key, _)| key.text == "cluster") {
            let message = "a second cluster stands here, a scenario has one";
            let wrong = Diagnostic::error("two-clusters", message).at(span);
            let help = "include one of them";
            self.diagnostics.push(wrong.path("aws.include").help(help));
            return;
        }
        self.found.push((
            Key {
                text: "cluster".to_owned(),
                span,
            },
            cluster,
        ));
    }
}
