//! `aws.roles`: IAM roles with their policies, as `aws iam get-account-authorization-details`
//! prints them.

use crate::policy::iam::{self, Patterns, Resource, Statement};
use crate::scenario::arn::arn_name;
use crate::scenario::context::{bounded, duplicate_name};
use crate::scenario::reader::{Field, MapReader};

use super::ENTRIES_MAX;

/// The roles of `aws.roles`.
pub(in crate::scenario::aws) struct Roles {
    all: Vec<Role>,
    /// Roles that were refused: who names them has done nothing wrong.
    refused: Vec<String>,
}

/// A role.
pub(in crate::scenario::aws) struct Role {
    pub(super) name: String,
    statements: Vec<Statement>,
    /// Managed policies whose text is not known.
    pub(super) unknown: Vec<String>,
    /// Whether tasks may assume it.
    pub(super) trusts_tasks: bool,
}

impl Role {
    /// Whether its policies allow a call.
    pub(super) fn allows(&self, action: &str, resource: &Resource) -> bool {
        iam::is_allowed(&self.statements, action, resource)
    }
}

impl Roles {
    /// The role of this name.
    pub(super) fn find(&self, name: &str) -> Option<&Role> {
        self.all.iter().find(|role| role.name == name)
    }

    /// Whether a role of this name was refused.
    pub(super) fn is_refused(&self, name: &str) -> bool {
        self.refused.iter().any(|refused| refused == name)
    }

    /// The names of all roles.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|role| role.name.as_str())
    }
}

/// Reads the block; `None` where there is none.
pub(super) fn read(aws: &mut MapReader<'_>) -> Option<Roles> {
    aws.field("roles")?;
    let mut roles = Roles {
        all: Vec::new(),
        refused: Vec::new(),
    };
    for field in bounded(aws, "roles", ENTRIES_MAX) {
        let name = field.node().get("RoleName").and_then(|node| node.as_text());
        let Some(role) = field.map().and_then(role) else {
            roles.refused.extend(name.map(str::to_owned));
            continue;
        };
        if roles.find(&role.name).is_some() {
            duplicate_name(&field, "role", &role.name);
        }
        roles.all.push(role);
    }
    Some(roles)
}

fn role(mut map: MapReader<'_>) -> Option<Role> {
    let name = map.required("RoleName");
    let trust = map.field("AssumeRolePolicyDocument");
    let (mut own, mut statements, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for mut policy in map.maps("RolePolicyList") {
        let _ = policy.field("PolicyName");
        let document = policy.required("PolicyDocument");
        policy.finish_aws("iam.PolicyDetail");
        own.push(document.as_ref().and_then(document_statements));
    }
    for mut attached in map.maps("AttachedManagedPolicies") {
        let (name, arn) = (attached.str("PolicyName"), attached.str("PolicyArn"));
        attached.finish_aws("iam.AttachedPolicy");
        let Some(name) = name.or(arn.map(arn_name)) else {
            let message = "a policy has a PolicyName or a PolicyArn";
            attached_error(&map, message);
            continue;
        };
        match iam::managed_policy(name) {
            Some(statement) => statements.push(statement),
            None => unknown.push(name.to_owned()),
        }
    }
    map.finish_aws("iam.RoleDetail");
    // What a wrong policy allows nobody knows.
    let own: Option<Vec<Vec<Statement>>> = own.into_iter().collect();
    statements.extend(own?.into_iter().flatten());
    Some(Role {
        name: name?.str()?.to_owned(),
        statements,
        unknown,
        trusts_tasks: trust.is_none_or(|trust| trusts_tasks(&trust)),
    })
}

fn attached_error(map: &MapReader<'_>, message: &str) {
    map.error("missing-field", message).report();
}

/// The statements of a policy's document.
fn document_statements(document: &Field<'_>) -> Option<Vec<Statement>> {
    let found = statements_of(document)?.into_iter().map(statement);
    found.collect()
}

/// A document has a list of statements, or one.
fn statements_of<'a>(document: &Field<'a>) -> Option<Vec<MapReader<'a>>> {
    let mut map = document.map()?;
    let _ = (map.field("Version"), map.field("Id"));
    let all = map.required("Statement");
    map.finish();
    let all = all?;
    let each = match all.is_mapping() {
        true => vec![all],
        false => all.list()?,
    };
    each.into_iter().map(|field| field.map()).collect()
}

const EFFECTS: [(&str, bool); 2] = [("Allow", true), ("Deny", false)];

fn statement(mut map: MapReader<'_>) -> Option<Statement> {
    let effect = map.required("Effect");
    let _ = map.field("Sid");
    let actions = patterns(&mut map, ("Action", "NotAction"));
    let resources = patterns(&mut map, ("Resource", "NotResource"));
    let is_conditional = map.field("Condition").is_some();
    map.finish();
    Some(Statement {
        allows: effect?.choice(&EFFECTS)?,
        actions: actions?,
        resources: resources?,
        is_conditional,
    })
}

fn patterns(map: &mut MapReader<'_>, (of, but): (&'static str, &'static str)) -> Option<Patterns> {
    let (any, all_but) = (map.field(of), map.field(but));
    match (any, all_but) {
        (Some(any), _) => texts(&any).map(Patterns::Any),
        (None, Some(but)) => texts(&but).map(Patterns::AllBut),
        (None, None) => {
            let message = format!("\"{of}\" is missing");
            map.error("missing-field", message).report();
            None
        }
    }
}

/// One text or a list of them.
fn texts(field: &Field<'_>) -> Option<Vec<String>> {
    let fields = match field.is_list() {
        true => field.list()?,
        false => vec![field.clone()],
    };
    let all = fields.iter().map(|field| field.str().map(str::to_owned));
    all.collect()
}

/// Whether a trust policy lets ECS's tasks assume its role.
fn trusts_tasks(trust: &Field<'_>) -> bool {
    let mut trusts = false;
    for mut map in statements_of(trust).unwrap_or_default() {
        let effect = map.required("Effect");
        let _ = (map.field("Sid"), map.field("Condition"));
        let actions = patterns(&mut map, ("Action", "NotAction"));
        let principal = map.field("Principal");
        map.finish();
        let allows = effect.and_then(|it| it.choice(&EFFECTS)) == Some(true);
        let is_assume = actions.is_some_and(|it| match it {
            Patterns::Any(all) => all
                .iter()
                .any(|it| ["sts:assumerole", "sts:*", "*"].contains(&&*it.to_ascii_lowercase())),
            Patterns::AllBut(_) => false,
        });
        let service = principal.as_ref().and_then(|it| match it.is_mapping() {
            true => texts(&it.map()?.field("Service")?),
            false => texts(it),
        });
        let is_tasks = |it: &String| it == "ecs-tasks.amazonaws.com" || it == "*";
        trusts |= allows && is_assume && service.is_some_and(|all| all.iter().any(is_tasks));
    }
    trusts
}
