//! What a fork changes: paths and values, as the calls and entries that change them while the
//! cluster runs. What is no call of the operator's can't be changed in mid-run.

use jiff::{SignedDuration, Timestamp};

use super::Failure;
use super::diagnostic::{Diagnostic, Diagnostics, nearest};
use super::node::{Node, quote};
use super::path::{Path, assign};
use super::resolved::one_line;
use super::source::{FileId, Position, Sources, Span};
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

/// What an entry ends with.
const END: &str = " }";

/// What is done, without braces round it.
fn bare(doing: &str) -> &str {
    let bare = doing.trim();
    let inside = bare.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    inside.unwrap_or(bare).trim()
}

/// A change as it was written, and the assignment that was made of it.
#[derive(Clone, Debug)]
pub struct Written {
    /// The option: `--set`, `--do`.
    pub option: &'static str,
    /// What stood behind it.
    pub text: String,
    /// The assignment.
    pub set: (String, String),
}

impl Written {
    /// Where a place in the assignment stands in what was written; all of it where it is of what
    /// was added.
    fn place(&self, place: Position) -> Option<Position> {
        let (path, value) = &self.set;
        let inside = bare(&self.text);
        if self.option != "--do" || !value.ends_with(&format!("{inside}{END}")) {
            return None;
        }
        let added = path.chars().count() + 1 + value.chars().count();
        let added = added - END.len() - inside.chars().count();
        let before = &self.text[..inside.as_ptr() as usize - self.text.as_ptr() as usize];
        let lines = before.matches('\n').count() as u32;
        let last = before.rsplit('\n').next().unwrap_or_default();
        let column = match place.line {
            1 => place.column.checked_sub(added as u32)? + last.chars().count() as u32,
            _ => place.column,
        };
        (0 < column).then_some(Position {
            line: place.line + lines,
            column,
        })
    }
}

/// The same failure, pointing at what was written instead of at what was made of it.
pub fn as_written(mut failure: Failure, all: &[Written]) -> Failure {
    let mut diagnostics = Diagnostics::new();
    let mut files: Vec<Option<FileId>> = vec![None; all.len()];
    for item in failure.diagnostics.items() {
        let mut item = item.clone();
        let of = item.span.and_then(|span| {
            let text = failure.sources.text(span.file);
            all.iter()
                .position(|it| text == format!("{}={}", it.set.0, it.set.1))
        });
        if let (Some(span), Some(of)) = (item.span, of) {
            let written = &all[of];
            let add = || failure.sources.add(written.option, written.text.clone());
            let file = *files[of].get_or_insert_with(add);
            let whole = Span::of_line(file, written.text.lines().next().unwrap_or_default());
            let placed = written.place(span.start).zip(written.place(span.end));
            item.span = Some(placed.map_or(whole, |(start, end)| Span { file, start, end }));
            item.path = without_entry(&item.path, written);
        }
        diagnostics.push(item);
    }
    Failure {
        diagnostics,
        ..failure
    }
}

/// A path without the entry that nobody has written: `timeline[3].outage.for` is `outage.for`.
fn without_entry(path: &str, written: &Written) -> String {
    let Some((list, _)) = written.set.0.split_once("[+]") else {
        return path.to_owned();
    };
    let inside = path.strip_prefix(list).and_then(|it| it.split_once(']'));
    let inside = inside.map(|it| it.1.trim_start_matches('.'));
    match (inside, written.option) {
        (None, _) => path.to_owned(),
        (Some(inside), "--do") => inside.to_owned(),
        // A value that is set has the path that it was set at.
        (Some(_), _) => written
            .text
            .split_once('=')
            .map_or(written.text.as_str(), |it| it.0)
            .to_owned(),
    }
}

impl ForkMoment {
    /// The entry of the timeline that does what `doing` says at this moment, as an assignment:
    /// `outage: { availabilityZone: us-east-1a, for: 1h }`, with or without braces round it.
    pub fn entry(&self, doing: &str) -> (String, String) {
        let at = self.at.as_micros();
        let value = format!("{{ at: {at}us, {}{END}", bare(doing));
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
