//! What a fork changes: paths and values, as the calls and entries that change them while the
//! cluster runs. What is no call of the operator's can't be changed in mid-run.

use jiff::{SignedDuration, Timestamp};

use super::diagnostic::{Diagnostic, Diagnostics, nearest};
use super::node::{Node, quote};
use super::path::{Path, assign};
use super::resolved::one_line;
use super::source::Sources;
use crate::engine::SimTime;

/// When futures part.
#[derive(Clone, Copy, Debug)]
pub struct ForkMoment {
    /// Since the start of the run.
    pub at: SimTime,
    /// The start of the run.
    pub start: Timestamp,
}

/// What of a service UpdateService changes while it runs.
const OF_SERVICE: [&str; 4] = [
    "desiredCount",
    "capacityProviderStrategy",
    "taskDefinition",
    "deploymentConfiguration",
];
/// What of a scalable target a scheduled action changes.
const OF_TARGET: [&str; 2] = ["MinCapacity", "MaxCapacity"];
/// What of an Auto Scaling group a scheduled action changes.
const OF_GROUP: [&str; 3] = ["DesiredCapacity", "MinSize", "MaxSize"];

impl ForkMoment {
    /// The entry of the timeline that does what `doing` says at this moment, as an assignment:
    /// `outage: { availabilityZone: us-east-1a, for: 1h }`, with or without braces round it.
    pub fn entry(&self, doing: &str) -> (String, String) {
        let bare = doing.trim();
        let inside = bare.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
        let at = self.at.as_micros();
        let value = format!("{{ at: {at}us, {} }}", inside.unwrap_or(bare).trim());
        ("timeline[+]".to_owned(), value)
    }

    /// The assignment that makes the scenario of `tree` change a value at this moment.
    ///
    /// # Errors
    /// If the path leads nowhere, or to what nobody can change in mid-run.
    pub fn change(
        &self,
        tree: &Node,
        (path, value): (&str, &str),
    ) -> Result<(String, String), String> {
        let mut changed = tree.clone();
        let (mut sources, mut wrong) = (Sources::default(), Diagnostics::new());
        if !assign(
            &mut changed,
            &mut sources,
            &format!("{path}={value}"),
            &mut wrong,
        ) {
            let first = wrong.items().first().map(words);
            return Err(first.unwrap_or_else(|| format!("--set {path}={value} can't be read")));
        }
        let steps = Path::parse(path).map_err(|wrong| words(&wrong))?;
        let steps: Vec<&str> = steps.steps().iter().map(String::as_str).collect();
        let [block @ "aws", list, entry, key, ..] = steps[..] else {
            return Err(self.fixed(path));
        };
        let entry = Path::parse(&super::path::join(&super::path::join(block, list), entry))
            .and_then(|path| path.get(&changed).cloned())
            .map_err(|wrong| words(&wrong))?;
        let name = |field: &str| entry.get(field).map(one_line).unwrap_or_default();
        let new = entry.get(key).map(one_line).unwrap_or_default();
        match list {
            "services" if OF_SERVICE.contains(&key) => Ok(self.entry(&format!(
                "update: {{ service: {}, {key}: {new} }}",
                text(&name("serviceName"))
            ))),
            "scalableTargets" if OF_TARGET.contains(&key) => Ok((
                "aws.scheduledActions[+]".to_owned(),
                format!(
                    "{{ ScheduledActionName: {}, ResourceId: {}, Schedule: \"at({})\", \
                     ScalableTargetAction: {{ {key}: {new} }} }}",
                    text(&self.action_name(key)),
                    text(&name("ResourceId")),
                    self.instant().strftime("%Y-%m-%dT%H:%M:%S")
                ),
            )),
            "autoScalingGroups" if OF_GROUP.contains(&key) => Ok((
                "aws.scheduledUpdateGroupActions[+]".to_owned(),
                format!(
                    "{{ ScheduledActionName: {}, AutoScalingGroupName: {}, StartTime: \"{}\", \
                     {key}: {new} }}",
                    text(&self.action_name(key)),
                    text(&name("AutoScalingGroupName")),
                    self.instant().strftime("%Y-%m-%dT%H:%M:%SZ")
                ),
            )),
            _ => Err(self.fixed(path)),
        }
    }

    fn instant(&self) -> Timestamp {
        self.start + SignedDuration::from_micros(self.at.as_micros() as i64)
    }

    fn action_name(&self, key: &str) -> String {
        format!("fork-{}-{key}", self.at.as_micros() / 1_000_000)
    }

    /// Why a value can't be changed while the cluster runs, and what can.
    fn fixed(&self, path: &str) -> String {
        let with = |list: &str, keys: &[&str]| {
            let path = |key: &&str| format!("aws.{list}.NAME.{key}");
            keys.iter().map(path).collect::<Vec<_>>()
        };
        let mut known = with("services", &OF_SERVICE);
        known.extend(with("scalableTargets", &OF_TARGET));
        known.extend(with("autoScalingGroups", &OF_GROUP));
        let key = path.rsplit(['.', ']']).next().unwrap_or(path);
        let keys = OF_SERVICE.iter().chain(&OF_TARGET).chain(&OF_GROUP);
        let near = nearest(key, keys.copied());
        let hint = match near.is_empty() {
            true => String::new(),
            false => format!("; did you mean {}?", near.join(" or ")),
        };
        format!(
            "{} is no value that can be changed while the cluster runs{hint}\n  these can: {}\n  \
             what else happens then goes with --do, like --do 'outage: {{ availabilityZone: \
             us-east-1a, for: 1h }}'; what was otherwise from the start is another scenario: \
             fleetcast compare",
            quote(path),
            known.join(", ")
        )
    }
}

fn words(wrong: &Diagnostic) -> String {
    match &wrong.help {
        Some(help) => format!("{}; {help}", wrong.message),
        None => wrong.message.clone(),
    }
}

/// A text as flow YAML.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
