//! What keeps the tasks of a definition from starting: its roles asked for every call of a start.

use crate::ids::StartProblemId;
use crate::policy::iam::{self, Resource};
use crate::policy::life_cycle::StopCause;
use crate::policy::task_start::{
    Endpoint, Endpoints, Registry, StartPhase, not_authorized, role_not_assumed,
};
use crate::scenario::arn::arn_name;
use crate::scenario::context::Context;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::plan::StartPlan;
use crate::scenario::reader::{Field, MapReader};

use super::Boundary;

mod secrets;
use super::needs::{ContainerNeeds, Logs};
use super::roles::Role;

/// The roles that a definition names.
pub(in crate::scenario::aws) struct RoleFields<'a> {
    execution: Option<Field<'a>>,
    task: Option<Field<'a>>,
}

impl<'a> RoleFields<'a> {
    /// Reads `executionRoleArn` and `taskRoleArn`.
    pub(in crate::scenario::aws) fn read(map: &mut MapReader<'a>) -> Self {
        RoleFields {
            execution: map.field("executionRoleArn"),
            task: map.field("taskRoleArn"),
        }
    }
}

/// A thing that is missing.
struct Missing {
    problem: (StopCause, StartPhase),
    detail: String,
    /// Whether container instances miss it too, where the image and the logs are a matter of the
    /// instance's role.
    everywhere: bool,
}

/// A definition's start, as it is looked at.
struct Look<'b, 'a> {
    boundary: &'b Boundary,
    name: &'b str,
    on_fargate: bool,
    /// The execution role, where roles are known.
    role: Option<(&'b Role, &'b Field<'a>)>,
    missing: Vec<Missing>,
    calls: Endpoints,
    secret_reads: u32,
    key_uses: u32,
}

impl Boundary {
    /// What keeps tasks of the definition `name` from starting; warns of each thing that is
    /// missing, and refuses what AWS does not register.
    pub(in crate::scenario::aws) fn start<'a>(
        &self,
        cx: &Context<'_>,
        (name, on_fargate): (&str, bool),
        (roles, containers): (&RoleFields<'a>, &[&ContainerNeeds<'a>]),
    ) -> StartPlan {
        let asks = |it: &&ContainerNeeds<'_>| !it.secrets.is_empty();
        let names_role = roles.execution.is_some() || roles.task.is_some();
        if !self.names_something() && (names_role || containers.iter().any(asks)) {
            cx.default_text("aws.roles");
        }
        let mut look = Look {
            boundary: self,
            name,
            on_fargate,
            role: None,
            missing: Vec::new(),
            calls: Endpoints::NONE,
            secret_reads: 0,
            key_uses: 0,
        };
        for field in [&roles.task, &roles.execution].into_iter().flatten() {
            look.role = look.assumed(field).map(|role| (role, field));
        }
        if roles.execution.is_none() {
            look.role = None;
            look.refuse_without_role(containers);
        }
        let execution = look.role;
        if let Some((role, field)) = execution {
            look.warn_of_unknown(role, field);
        }
        for container in containers {
            look.container(container);
        }
        look.plan()
    }
}

impl<'b, 'a> Look<'b, 'a> {
    fn plan(self) -> StartPlan {
        let first = |everywhere: bool| -> Option<StartProblemId> {
            let missing = self.missing.iter();
            let missing = missing.filter(|it| it.everywhere || !everywhere);
            let first = missing.min_by_key(|it| it.problem.1)?;
            Some(self.boundary.problem(first.problem, first.detail.clone()))
        };
        StartPlan {
            on_fargate: first(false),
            on_instances: first(true),
            calls: self.calls,
            secret_reads: self.secret_reads,
            key_uses: self.key_uses,
        }
    }

    /// The role that a field names, if tasks may assume it.
    fn assumed(&mut self, field: &Field<'a>) -> Option<&'b Role> {
        let roles = self.boundary.roles.as_ref()?;
        let name = arn_name(field.str()?);
        let found = roles.find(name);
        if found.is_none() && roles.is_refused(name) {
            return None;
        }
        let why = match found {
            Some(role) if role.trusts_tasks => return Some(role),
            Some(_) => format!("the role {name} does not let ecs-tasks.amazonaws.com assume it"),
            None => format!("there is no role {name}"),
        };
        let help = match found {
            Some(_) => "allow it sts:AssumeRole in AssumeRolePolicyDocument".to_owned(),
            None => {
                suggestion(name, roles.names()).unwrap_or_else(|| "add it to aws.roles".to_owned())
            }
        };
        let message = format!("{why}: no task of {} will start", self.name);
        let warning = field.warning("missing-role", message);
        warning.help(help).report();
        self.missing.push(Missing {
            problem: (StopCause::RoleNotAssumed, StartPhase::Role),
            detail: role_not_assumed(name),
            everywhere: true,
        });
        None
    }

    /// AWS does not register a definition that needs an execution role and has none.
    fn refuse_without_role(&self, containers: &[&ContainerNeeds<'a>]) {
        if self.boundary.roles.is_none() {
            return;
        }
        let help = "add executionRoleArn to the task definition";
        let refuse = |field: &Field<'_>, what: &str| {
            let message = format!("AWS registers {} with {what} only with a role", self.name);
            field.error("missing-role", message).help(help).report();
        };
        for container in containers {
            if let Some(secret) = container.secrets.first() {
                refuse(secret, "secrets");
            }
            if !self.on_fargate {
                continue;
            }
            if let Some(image) = &container.image
                && image.str().map(Registry::of) == Some(Registry::Ecr)
            {
                refuse(image, "an image of ECR on Fargate");
            }
            if let Some(logs) = &container.logs {
                refuse(&logs.place, "the log driver awslogs on Fargate");
            }
        }
    }

    /// A policy whose text nobody knows allows nothing here.
    fn warn_of_unknown(&self, role: &Role, field: &Field<'_>) {
        let Some(first) = role.unknown.first() else {
            return;
        };
        let message = format!(
            "what the policy {first} of the role {} allows is not known here: it is taken to allow \
             nothing",
            role.name
        );
        let known: Vec<&str> = iam::managed_policies().collect();
        let help = suggestion(first, known).unwrap_or_else(|| {
            "write its document under RolePolicyList of the role in aws.roles".to_owned()
        });
        field.warning("unknown-policy", message).help(help).report();
    }

    fn container(&mut self, needs: &ContainerNeeds<'a>) {
        if let Some(image) = &needs.image {
            self.image(image);
        }
        for secret in &needs.secrets {
            self.secret(secret);
        }
        if let Some(logs) = &needs.logs {
            self.logs(logs);
        }
    }

    fn image(&mut self, field: &Field<'a>) {
        let Some(image) = field.str() else { return };
        if Registry::of(image) == Registry::Elsewhere {
            self.calls = self.calls.with(Endpoint::Internet);
            return;
        }
        for endpoint in [Endpoint::EcrApi, Endpoint::EcrDkr, Endpoint::S3] {
            self.calls = self.calls.with(endpoint);
        }
        let everything = Resource::all("ecr");
        let auth = ("ecr:GetAuthorizationToken", "*");
        let detail = "unable to pull secrets or registry auth: execution resource retrieval \
                      failed: unable to retrieve ecr registry auth: service call has been retried \
                      1 time(s)";
        let resources = (StopCause::ResourceInitialization, StartPhase::Resources);
        self.ask(field, (auth.0, &everything), (resources, false), |role| {
            format!("{detail}: {}", not_authorized(role, auth))
        });
        let path = image.split_once('/').map_or("", |(_, path)| path);
        let repository = path.split([':', '@']).next().unwrap_or(path);
        let resource = Resource {
            service: "ecr",
            arn: None,
            ends: vec![format!("repository/{repository}")],
        };
        let pull = (StopCause::CannotPullContainer, StartPhase::Pull);
        for action in ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] {
            self.ask(field, (action, &resource), (pull, false), |role| {
                let denied = not_authorized(role, (action, repository));
                format!(
                    "pull image manifest has been retried 1 time(s): failed to resolve ref \
                         {image}: {denied}"
                )
            });
        }
    }

    fn logs(&mut self, logs: &Logs<'a>) {
        self.calls = self.calls.with(Endpoint::Logs);
        let group = logs.group.as_ref().and_then(|group| group.str());
        let group = group.unwrap_or("*");
        let resource = Resource {
            service: "logs",
            arn: None,
            ends: vec![
                format!("log-group:{group}"),
                format!("log-group:{group}:*"),
                format!("log-group:{group}:log-stream:ecs"),
            ],
        };
        let resources = (StopCause::ResourceInitialization, StartPhase::Resources);
        let streams = ("logs:CreateLogStream", false);
        let groups = ("logs:CreateLogGroup", true);
        for (action, is_group) in [groups, streams] {
            if is_group && !logs.creates_group {
                continue;
            }
            let what = if is_group { "group" } else { "stream" };
            self.ask(
                &logs.place,
                (action, &resource),
                (resources, false),
                |role| {
                    let denied = not_authorized(role, (action, group));
                    format!(
                        "failed to validate logger args: create stream has been retried 1 times: \
                     failed to create Cloudwatch log {what}: {denied} : exit status 1"
                    )
                },
            );
        }
        let known = self.boundary.stores.log_groups.as_ref();
        let is_there = known.is_none_or(|all| all.iter().any(|it| it == group));
        if let Some(place) = logs
            .group
            .as_ref()
            .filter(|_| !is_there && !logs.creates_group)
        {
            let message = format!(
                "there is no log group {group}: no task of {} will start",
                self.name
            );
            let help = suggestion(group, known.into_iter().flatten().map(String::as_str))
                .unwrap_or_else(|| "add it to aws.logGroups, or awslogs-create-group".to_owned());
            let warning = place.warning("missing-log-group", message);
            warning.help(help).report();
            self.miss(
                (StopCause::CannotStartContainer, StartPhase::Containers),
                "Error response from daemon: failed to initialize logging driver: failed to \
                 create Cloudwatch log stream: ResourceNotFoundException: The specified log group \
                 does not exist."
                    .to_owned(),
            );
        }
    }

    /// Asks the execution role for a call of a start.
    fn ask(
        &mut self,
        field: &Field<'a>,
        (action, resource): (&str, &Resource),
        (problem, everywhere): ((StopCause, StartPhase), bool),
        detail: impl FnOnce(&str) -> String,
    ) {
        let Some((role, _)) = self.role else { return };
        let matters = everywhere || self.on_fargate;
        if !matters || role.allows(action, resource) {
            return;
        }
        let what = resource
            .arn
            .as_deref()
            .or(resource.ends.first().map(String::as_str));
        let what = what.map_or(String::new(), |what| format!(" on {what}"));
        let message = format!(
            "the role {} does not allow {action}{what}: no task of {} will start",
            role.name, self.name
        );
        let help = format!("allow {action} in a policy of the role in aws.roles");
        let warning = field.warning("missing-permission", message);
        warning.help(help).report();
        self.missing.push(Missing {
            problem,
            detail: detail(&role.name),
            everywhere,
        });
    }

    fn miss(&mut self, problem: (StopCause, StartPhase), detail: String) {
        self.missing.push(Missing {
            problem,
            detail,
            everywhere: true,
        });
    }
}
