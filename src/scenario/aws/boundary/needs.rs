//! What a container needs of the boundary before it starts: its image, secrets, log driver.

use crate::scenario::reader::{Field, MapReader};

/// What one container asks for.
#[derive(Default)]
pub(in crate::scenario::aws) struct ContainerNeeds<'a> {
    pub(super) image: Option<Field<'a>>,
    /// The `valueFrom` of its secrets, of those of its log driver, and the credentials of its
    /// registry.
    pub(super) secrets: Vec<Field<'a>>,
    pub(super) logs: Option<Logs<'a>>,
    /// Whether its log driver may send to CloudWatch; `None`: nobody says.
    pub(in crate::scenario::aws) logs_to_aws: Option<bool>,
}

impl<'a> ContainerNeeds<'a> {
    /// The log group that its log driver names.
    pub(in crate::scenario::aws) fn log_group(&self) -> Option<&'a str> {
        self.logs.as_ref()?.group.as_ref()?.str()
    }
}

/// Logs to CloudWatch.
pub(super) struct Logs<'a> {
    pub(super) place: Field<'a>,
    pub(super) group: Option<Field<'a>>,
    /// `awslogs-create-group`.
    pub(super) creates_group: bool,
}

/// Log drivers by name (API LogConfiguration, 2026-11): only one calls CloudWatch by itself.
const DRIVERS: [(&str, bool); 8] = [
    ("awslogs", true),
    ("awsfirelens", false),
    ("splunk", false),
    ("fluentd", false),
    ("gelf", false),
    ("journald", false),
    ("json-file", false),
    ("syslog", false),
];

/// Reads `secrets`, `repositoryCredentials` and `logConfiguration` of a container.
pub(in crate::scenario::aws) fn read<'a>(
    map: &mut MapReader<'a>,
    image: Option<Field<'a>>,
) -> ContainerNeeds<'a> {
    let mut needs = ContainerNeeds {
        image,
        secrets: secrets(map, "secrets"),
        logs: None,
        logs_to_aws: None,
    };
    if let Some(mut credentials) = map.map("repositoryCredentials") {
        let parameter = credentials.required("credentialsParameter");
        credentials.finish_aws("ecs.RepositoryCredentials");
        needs.secrets.extend(parameter);
    }
    if let Some(field) = map.field("logConfiguration")
        && let Some(mut logging) = field.map()
    {
        let driver = logging.required("logDriver");
        let options = logging.field("options");
        needs.secrets.extend(secrets(&mut logging, "secretOptions"));
        logging.finish_aws("ecs.LogConfiguration");
        let is_awslogs = driver.as_ref().and_then(|driver| driver.choice(&DRIVERS));
        if is_awslogs == Some(true) {
            needs.logs = Some(logs(field, options));
        }
        // FireLens may route there too: nobody says.
        let is_routed = driver.and_then(|driver| driver.str()) == Some("awsfirelens");
        needs.logs_to_aws = is_awslogs.filter(|_| !is_routed);
    }
    needs
}

fn logs<'a>(place: Field<'a>, options: Option<Field<'a>>) -> Logs<'a> {
    let mut options = options.and_then(|options| options.map());
    let group = options.as_mut().and_then(|map| map.field("awslogs-group"));
    let creates = options
        .as_mut()
        .and_then(|map| map.bool("awslogs-create-group"));
    if let Some(options) = options {
        options.finish_open();
    }
    Logs {
        place,
        group,
        creates_group: creates.unwrap_or(false),
    }
}

fn secrets<'a>(map: &mut MapReader<'a>, key: &'static str) -> Vec<Field<'a>> {
    let mut found = Vec::new();
    for mut secret in map.maps(key) {
        secret.required("name");
        let value = secret.required("valueFrom");
        secret.finish_aws("ecs.Secret");
        found.extend(value);
    }
    found
}
