//! The AppSpec of a CodeDeploy deployment, as far as it holds a deployment up: its hooks.

use crate::policy::app_spec::{APP_SPEC_HOOK_TIMEOUT, APP_SPEC_HOOKS};
use crate::policy::traffic_shift::{Stage, TimeoutAction};
use crate::scenario::arn::function_name;
use crate::scenario::context::Context;
use crate::scenario::diagnostic::{Diagnostic, Diagnostics, suggestion};
use crate::scenario::node::{self, Node};
use crate::scenario::plan::HookPlan;
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::hooks::Hooks;

/// Reads `targetRevision` of a deployment group: the hooks of its AppSpec.
pub(super) fn hooks(cx: &Context<'_>, mut map: MapReader<'_>, world: &Hooks<'_>) -> Vec<HookPlan> {
    let _ = map.field("revisionType");
    let mut contents = Vec::new();
    for (key, shape) in [
        ("appSpecContent", "codedeploy.AppSpecContent"),
        ("string", "codedeploy.RawString"),
    ] {
        let Some(mut inner) = map.map(key) else {
            continue;
        };
        contents.extend(inner.field("content"));
        let _ = inner.field("sha256");
        inner.finish_aws(shape);
    }
    for key in ["s3Location", "gitHubLocation"] {
        if let Some(field) = map.field(key) {
            let message = "an AppSpec that lies elsewhere is not read: its hooks do not run here";
            let help = "appSpecContent: { content: \"…\" } holds it";
            field.note("no-effect", message).help(help).report();
        }
    }
    map.finish_aws("codedeploy.RevisionLocation");
    let read = contents.iter().flat_map(|field| of_content(field));
    let hook = |(stage, function): (Stage, String)| {
        let name = function_name(&function);
        let (takes, fails) = world.of(cx, name);
        HookPlan {
            name: name.to_owned(),
            stages: vec![stage],
            timeout: APP_SPEC_HOOK_TIMEOUT,
            action: TimeoutAction::Rollback,
            takes,
            fails,
        }
    };
    read.map(hook).collect()
}

/// The hooks of an AppSpec, which is a text of YAML or JSON, or stands there as it is.
fn of_content(field: &Field<'_>) -> Vec<(Stage, String)> {
    if field.is_mapping() {
        return listed(field, (field.node(), true));
    }
    let Some(text) = field.str() else {
        return Vec::new();
    };
    let mut wrong = Diagnostics::default();
    let parsed = node::parse_text(text, field.span().file, &mut wrong);
    if let Some(first) = wrong.items().first() {
        let message = format!("this is neither YAML nor JSON: {}", first.message);
        field.error("invalid-value", message).report();
        return Vec::new();
    }
    parsed.map_or_else(Vec::new, |root| listed(field, (&root, false)))
}

/// The hooks of a tree; `has_places`: it stands in the scenario itself.
fn listed(field: &Field<'_>, (root, has_places): (&Node, bool)) -> Vec<(Stage, String)> {
    let wrong = |at: &Node, message: String, help: Option<String>| {
        let span = if has_places { at.span } else { field.span() };
        let told = Diagnostic::error("invalid-value", message).at(span);
        field.push(told.path(field.path()).maybe_help(help));
    };
    let Some(hooks) = root.get("Hooks").or_else(|| root.get("hooks")) else {
        return Vec::new();
    };
    let example = || Some("Hooks: [{ BeforeAllowTraffic: smoke-test }]".to_owned());
    let Some(items) = hooks.as_sequence() else {
        wrong(
            hooks,
            "the hooks of an AppSpec are a list".to_owned(),
            example(),
        );
        return Vec::new();
    };
    let mut found: Vec<(Stage, String)> = Vec::new();
    for item in items {
        let Some(entries) = item.as_mapping() else {
            let message = "a hook is the name of an event and that of a function";
            wrong(item, message.to_owned(), example());
            continue;
        };
        for (key, function) in entries {
            let events = APP_SPEC_HOOKS.iter();
            let Some((_, stage)) = events.clone().find(|(name, _)| *name == key.text) else {
                let message = format!(
                    "{} is no event at which a hook runs",
                    node::quote(&key.text)
                );
                let known = events.map(|(name, _)| *name);
                wrong(function, message, suggestion(&key.text, known));
                continue;
            };
            if found.iter().any(|(known, _)| known == stage) {
                let message = format!("{} has a function already", key.text);
                wrong(function, message, None);
            }
            match function.as_text() {
                Some(function) => found.push((*stage, function.to_owned())),
                None => wrong(
                    function,
                    format!("{} names no function", key.text),
                    example(),
                ),
            }
        }
    }
    found
}
