//! `aws.secrets`, `parameters`, `keys` and `logGroups`: what task definitions refer to, as Secrets
//! Manager, Parameter Store, KMS and CloudWatch Logs list them.

use crate::policy::iam::Resource;
use crate::scenario::arn::arn_name;
use crate::scenario::context::{bounded, duplicate_name};
use crate::scenario::reader::{Field, MapReader};

use super::ENTRIES_MAX;

/// The lists; `None`: the scenario has no such block.
#[derive(Default)]
pub(in crate::scenario::aws) struct Stores {
    pub(in crate::scenario::aws) secrets: Option<Vec<Stored>>,
    pub(super) parameters: Option<Vec<Stored>>,
    /// The customer's keys.
    pub(in crate::scenario::aws) keys: Option<Vec<Key>>,
    pub(super) log_groups: Option<Vec<String>>,
}

/// A secret or a parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::scenario::aws) struct Stored {
    pub(super) name: String,
    pub(super) arn: Option<String>,
    /// The customer's key that it is encrypted with.
    pub(super) key: Option<String>,
}

/// A KMS key of the customer's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::scenario::aws) struct Key {
    /// Its id or ARN.
    pub(super) id: String,
    pub(super) is_usable: bool,
    pub(super) is_billed: bool,
}

/// What a `valueFrom` refers to.
pub(super) struct Reference<'s> {
    pub(super) is_parameter: bool,
    pub(super) name: String,
    arn: Option<String>,
    /// `None`: it is in no list.
    pub(super) stored: Option<&'s Stored>,
    /// Whether there is a list that it could be in.
    pub(super) is_listed: bool,
}

impl Stores {
    pub(super) fn read(aws: &mut MapReader<'_>) -> Self {
        Stores {
            secrets: entries(aws, "secrets", secret),
            parameters: entries(aws, "parameters", parameter),
            keys: keys(aws),
            log_groups: log_groups(aws),
        }
    }

    pub(super) fn names_something(&self) -> bool {
        self.secrets.is_some()
            || self.parameters.is_some()
            || self.keys.is_some()
            || self.log_groups.is_some()
    }

    /// What a `valueFrom` refers to: a secret's ARN, a parameter's, or a name. A name is a
    /// parameter's for AWS; here it may be a listed secret's too.
    pub(super) fn reference(&self, value: &str) -> Reference<'_> {
        let parts: Vec<&str> = value.split(':').collect();
        let is_arn = value.starts_with("arn:") && 6 < parts.len();
        if is_arn && parts[2] == "secretsmanager" {
            // …:secret:<name>-<six letters>[:<key>:<stage>:<version>]
            let (arn, name) = (parts[..7].join(":"), parts[6]);
            return self.secret(name, Some(arn));
        }
        if value.starts_with("arn:") && parts.get(2) == Some(&"ssm") {
            let end = parts[5..].join(":");
            let name = end.strip_prefix("parameter").unwrap_or(&end);
            return self.parameter(name, Some(value.to_owned()));
        }
        let is_secret = self.secrets.iter().flatten().any(|it| it.name == value);
        match is_secret {
            true => self.secret(value, None),
            false => self.parameter(value, None),
        }
    }

    fn secret(&self, name: &str, arn: Option<String>) -> Reference<'_> {
        let bare = without_suffix(name);
        let is = |it: &&Stored| {
            it.name == name || it.name == bare || (it.arn.is_some() && it.arn == arn)
        };
        let stored = self.secrets.iter().flatten().find(is);
        Reference {
            is_parameter: false,
            name: stored.map_or(bare, |it| &it.name).to_owned(),
            arn: arn.or_else(|| stored.and_then(|it| it.arn.clone())),
            stored,
            is_listed: self.secrets.is_some(),
        }
    }

    fn parameter(&self, name: &str, arn: Option<String>) -> Reference<'_> {
        let plain = |name: &str| name.trim_start_matches('/').to_owned();
        let is = |it: &&Stored| plain(&it.name) == plain(name);
        let stored = self.parameters.iter().flatten().find(is);
        Reference {
            is_parameter: true,
            name: plain(name),
            arn: arn.or_else(|| stored.and_then(|it| it.arn.clone())),
            stored,
            is_listed: self.parameters.is_some(),
        }
    }

    /// How many of the customer's keys are paid for.
    pub(super) fn billed_keys(&self) -> u32 {
        let keys = self.keys.iter().flatten();
        keys.filter(|it| it.is_billed).count() as u32
    }

    /// Whether a customer's key may be used; those that no list has may.
    pub(super) fn has_key(&self, key: &str) -> bool {
        let same = |known: &str| known == key || arn_name(known) == arn_name(key);
        let mut keys = self.keys.iter().flatten();
        self.keys.is_none() || keys.any(|known| same(&known.id) && known.is_usable)
    }
}

impl Reference<'_> {
    /// What IAM is asked about.
    pub(super) fn resource(&self) -> Resource {
        let name = &self.name;
        Resource {
            service: if self.is_parameter {
                "ssm"
            } else {
                "secretsmanager"
            },
            arn: self.arn.clone(),
            ends: match self.is_parameter {
                true => vec![format!("parameter/{name}")],
                // Secrets Manager adds six letters of its own.
                false => vec![format!("secret:{name}"), format!("secret:{name}-000000")],
            },
        }
    }

    /// Its ARN, or its name where nobody gave one.
    pub(super) fn shown(&self) -> &str {
        self.arn.as_deref().unwrap_or(&self.name)
    }

    /// What it is.
    pub(super) fn kind(&self) -> &'static str {
        match self.is_parameter {
            true => "parameter",
            false => "secret",
        }
    }
}

/// A secret's name without the hyphen and the six letters that its ARN ends with.
fn without_suffix(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((bare, suffix))
            if suffix.len() == 6 && suffix.bytes().all(|it| it.is_ascii_alphanumeric()) =>
        {
            bare
        }
        _ => name,
    }
}

fn entries(
    aws: &mut MapReader<'_>,
    block: &'static str,
    read: fn(MapReader<'_>) -> Option<Stored>,
) -> Option<Vec<Stored>> {
    aws.field(block)?;
    let mut all: Vec<Stored> = Vec::new();
    for field in bounded(aws, block, ENTRIES_MAX) {
        let Some(stored) = field.map().and_then(read) else {
            continue;
        };
        if all.iter().any(|known| known.name == stored.name) {
            let what = block.strip_suffix('s').unwrap_or(block);
            duplicate_name(&field, what, &stored.name);
        }
        all.push(stored);
    }
    Some(all)
}

/// A key of the customer's: AWS's own need no permission of their own.
fn customers(key: Option<&str>) -> Option<String> {
    let is_aws = |key: &&str| key.contains("alias/aws/");
    key.filter(|key| !is_aws(key)).map(str::to_owned)
}

fn secret(mut map: MapReader<'_>) -> Option<Stored> {
    let name = map.required("Name");
    let (arn, key) = (map.str("ARN"), map.str("KmsKeyId"));
    map.finish_aws("secretsmanager.SecretListEntry");
    Some(Stored {
        name: name?.str()?.to_owned(),
        arn: arn.map(str::to_owned),
        key: customers(key),
    })
}

const TYPES: [(&str, bool); 3] = [
    ("String", false),
    ("StringList", false),
    ("SecureString", true),
];

fn parameter(mut map: MapReader<'_>) -> Option<Stored> {
    let name = map.required("Name");
    let (arn, key) = (map.str("ARN"), map.str("KeyId"));
    let is_secure = map.choice("Type", &TYPES).unwrap_or(true);
    map.finish_aws("ssm.ParameterMetadata");
    Some(Stored {
        name: name?.str()?.to_owned(),
        arn: arn.map(str::to_owned),
        key: customers(key).filter(|_| is_secure),
    })
}

/// The customer's keys; AWS's own are left out.
fn keys(aws: &mut MapReader<'_>) -> Option<Vec<Key>> {
    aws.field("keys")?;
    let managers = [("CUSTOMER", true), ("AWS", false)];
    // Whether it decrypts, and whether it is paid for: AWS KMS pricing, not while it waits for its
    // deletion.
    let states = [
        ("Enabled", (true, true)),
        ("Disabled", (false, true)),
        ("Creating", (false, true)),
        ("Updating", (true, true)),
        ("PendingDeletion", (false, false)),
        ("PendingImport", (false, true)),
        ("PendingReplicaDeletion", (false, false)),
        ("Unavailable", (false, true)),
    ];
    let mut all: Vec<Key> = Vec::new();
    for field in bounded(aws, "keys", ENTRIES_MAX) {
        let Some(mut map) = field.map() else { continue };
        let id = map.required("KeyId");
        let is_customers = map.choice("KeyManager", &managers).unwrap_or(true);
        let state = map.choice("KeyState", &states);
        let (is_usable, is_billed) = state.unwrap_or((true, true));
        map.finish_aws("kms.KeyMetadata");
        let Some(id) = id.and_then(|field| field.str()) else {
            continue;
        };
        if all.iter().any(|known| known.id == id) {
            duplicate_name(&field, "key", id);
        }
        if is_customers {
            all.push(Key {
                id: id.to_owned(),
                is_usable,
                is_billed,
            });
        }
    }
    Some(all)
}

fn log_groups(aws: &mut MapReader<'_>) -> Option<Vec<String>> {
    aws.field("logGroups")?;
    let name = |field: Field<'_>| {
        let mut map = field.map()?;
        let name = map.required("logGroupName");
        map.finish_aws("logs.LogGroup");
        Some(name?.str()?.to_owned())
    };
    let fields = bounded(aws, "logGroups", ENTRIES_MAX).into_iter();
    Some(fields.filter_map(name).collect())
}
