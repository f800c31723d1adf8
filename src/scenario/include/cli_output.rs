//! Files as the AWS CLI prints and takes them, to blocks of `aws:`.

use crate::scenario::diagnostic::{Diagnostic, Diagnostics, suggestion};
use crate::scenario::node::{Key, Node, Value, quote};

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

/// What stands beside them in answers of the AWS CLI and says nothing of a cluster, or was looked
/// at for itself (`warn_incomplete`).
const BESIDE: [&str; 12] = [
    "failures",
    "nextToken",
    "NextToken",
    "NextMarker",
    "Marker",
    "IsTruncated",
    "ResponseMetadata",
    // describe-alarms
    "CompositeAlarms",
    // get-account-authorization-details
    "UserDetailList",
    "GroupDetailList",
    "Policies",
    // get-parameters
    "InvalidParameters",
];

/// What other answers of the AWS CLI have, which say nothing of what is simulated: not misspelt.
const OF_OTHERS: [&str; 7] = [
    "tasks",
    "taskArns",
    "serviceArns",
    "clusterArns",
    "taskDefinitionArns",
    "containerInstances",
    "containerInstanceArns",
];

/// Keys of a file that is no answer which are compared with those of answers.
const KEYS_READ: usize = 20;

const HELP: &str = "include what aws ecs describe-task-definition, describe-services or \
                    describe-clusters print, or the input of register-task-definition";

/// The blocks of `aws:` that a file's content makes; what it is not goes to `diagnostics`.
pub(super) fn blocks(content: Node, diagnostics: &mut Diagnostics) -> Vec<(Key, Node)> {
    let span = content.span;
    let mut blocks = Blocks {
        found: Vec::new(),
        says_something: false,
        diagnostics,
    };
    match content.value {
        Value::Sequence(items) => items.into_iter().for_each(|item| blocks.answer(item)),
        Value::Scalar(_) | Value::Mapping(_) => blocks.answer(content),
    }
    if blocks.found.is_empty() && !blocks.says_something {
        let message = "the file has nothing to draw in: its lists are empty";
        let note = Diagnostic::note("include-empty", message).at(span);
        blocks.say(note.path("aws.include"));
    }
    blocks.found
}

/// The keys that an answer may have.
fn known_keys() -> impl Iterator<Item = &'static str> {
    let lists = LISTS.iter().chain(&ANSWERS).map(|(name, _)| *name);
    lists.chain(["cluster", "clusters", "tags"])
}

fn is_known(key: &str) -> bool {
    known_keys().any(|known| known == key)
}

fn suggested(key: &Key) -> Option<String> {
    if OF_OTHERS.contains(&key.text.as_str()) {
        return None;
    }
    suggestion(&key.text, known_keys())
}

fn is_scenario(content: &Node) -> bool {
    let keys = ["fleetcast", "aws", "extends"];
    keys.iter().any(|key| content.get(key).is_some())
}

struct Blocks<'a> {
    found: Vec<(Key, Node)>,
    /// Whether something was said of the file.
    says_something: bool,
    diagnostics: &'a mut Diagnostics,
}

impl Blocks<'_> {
    fn say(&mut self, said: Diagnostic) {
        self.says_something = true;
        self.diagnostics.push(said);
    }

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
        let mut unknown = Vec::new();
        for (key, node) in entries {
            match key.text.as_str() {
                "tags" => tags = Some((key, node)),
                beside if BESIDE.contains(&beside) => {}
                _ if !is_known(&key.text) => unknown.push(key),
                _ => {
                    recognised = true;
                    self.entry(&key, node);
                }
            }
        }
        let is_near = |key: &Key| key.text == "include" || suggested(key).is_some();
        if recognised || unknown.iter().take(KEYS_READ).any(is_near) {
            unknown.iter().for_each(|key| self.unknown(key));
        } else {
            self.refuse(&Node::empty_mapping(span));
        }
        // describe-task-definition prints the tags beside the task definition.
        if let Some(tags) = tags {
            self.add_tags(tags);
        }
    }

    /// What stands under a key that is known.
    fn entry(&mut self, key: &Key, node: Node) {
        if node.is_null() {
            return;
        }
        let name = key.text.as_str();
        let one = ANSWERS.iter().find(|(known, _)| *known == name);
        let list = LISTS.iter().find(|(known, _)| *known == name);
        let is_mapping = node.as_mapping().is_some();
        match (one, list, node.value) {
            (Some((_, block)), _, value) if is_mapping => {
                let span = node.span;
                self.add(block, Node { value, span });
            }
            (_, Some((_, block)), Value::Sequence(items)) => {
                items.into_iter().for_each(|item| self.add(block, item));
            }
            (_, _, value) if name == "cluster" && is_mapping => {
                let span = node.span;
                self.cluster(Node { value, span });
            }
            (_, _, Value::Sequence(items)) if name == "clusters" => {
                items.into_iter().for_each(|item| self.cluster(item));
            }
            (one, _, value) => {
                let found = Node {
                    value,
                    span: node.span,
                };
                let expected = match one.is_some() || name == "cluster" {
                    true => "a mapping",
                    false => "a list",
                };
                let message = format!("found {}, expected {expected}", found.describe());
                let wrong = Diagnostic::error("wrong-type", message).at(found.span);
                self.say(wrong.path(format!("aws.include.{name}")));
            }
        }
    }

    fn unknown(&mut self, key: &Key) {
        let message = format!("unknown field {}", quote(&key.text));
        let mut wrong = Diagnostic::error("unknown-field", message).at(key.span);
        let help = match key.text.as_str() {
            "include" => Some(
                "a file that is included includes no others: name them all in the scenario's \
                 aws.include"
                    .to_owned(),
            ),
            _ if self.diagnostics.is_full() => None,
            _ => suggested(key),
        };
        if let Some(help) = help {
            wrong = wrong.help(help);
        }
        self.say(wrong.path("aws.include"));
    }

    fn refuse(&mut self, content: &Node) {
        let message = "the file is nothing that the AWS CLI prints about a cluster";
        let wrong = Diagnostic::error("unknown-include", message).at(content.span);
        let help = match is_scenario(content) {
            true => "this is a scenario: draw it in with extends",
            false => HELP,
        };
        self.say(wrong.path("aws.include").help(help));
    }

    fn warn_incomplete(&mut self, content: &Node) {
        let failures = content
            .get("failures")
            .filter(|node| node.as_sequence() != Some(&[]));
        if let Some(failures) = failures.filter(|node| !node.is_null()) {
            let message = "AWS could not describe everything that was asked for";
            let warning = Diagnostic::warning("include-failures", message).at(failures.span);
            self.say(warning.path("aws.include"));
        }
        for token in ["nextToken", "NextToken", "NextMarker"] {
            if let Some(token) = content.get(token).filter(|node| !node.is_null()) {
                let message = "the file is one page of several";
                let warning = Diagnostic::warning("include-page", message).at(token.span);
                let help = "print all pages into it, without --no-paginate or --max-items";
                self.say(warning.path("aws.include").help(help));
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
            self.say(wrong.path("aws.include").help(help));
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
