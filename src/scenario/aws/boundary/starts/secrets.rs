//! Secrets and parameters that a start reads, and the keys that encrypt them.

use crate::policy::iam::Resource;
use crate::policy::life_cycle::StopCause;
use crate::policy::task_start::{Endpoint, StartPhase, not_authorized};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::reader::Field;

use super::super::stored::Reference;
use super::Look;

impl<'a> Look<'_, 'a> {
    pub(super) fn secret(&mut self, field: &Field<'a>) {
        let Some(value) = field.str() else { return };
        let boundary = self.boundary;
        let reference = boundary.stores.reference(value);
        let (endpoint, action, failed) = match reference.is_parameter {
            true => (
                Endpoint::Ssm,
                "ssm:GetParameters",
                "unable to retrieve secrets from ssm: service call has been retried 1 time(s)"
                    .to_owned(),
            ),
            false => (
                Endpoint::SecretsManager,
                "secretsmanager:GetSecretValue",
                format!(
                    "unable to retrieve secret from asm: service call has been retried 1 time(s): \
                     failed to fetch secret {} from secrets manager",
                    reference.shown()
                ),
            ),
        };
        self.calls = self.calls.with(endpoint);
        self.secret_reads += u32::from(!reference.is_parameter);
        let failed = format!(
            "unable to pull secrets or registry auth: execution resource retrieval failed: {failed}"
        );
        let resource = reference.resource();
        let resources = (StopCause::ResourceInitialization, StartPhase::Resources);
        let shown = reference.shown();
        self.ask(field, (action, &resource), (resources, true), |role| {
            format!("{failed}: {}", not_authorized(role, (action, shown)))
        });
        if reference.is_listed && reference.stored.is_none() {
            let word = match reference.is_parameter {
                true => format!("invalid ssm parameters: {}", reference.name),
                false => "ResourceNotFoundException: Secrets Manager can't find the specified \
                          secret."
                    .to_owned(),
            };
            self.warn_unlisted(field, &reference);
            self.miss(resources, format!("{failed}: {word}"));
        }
        self.key(field, &reference, &failed);
    }

    /// A secret that a customer's key encrypts needs that key too (ASSUMPTION: standard AWS
    /// guidance; the words are those of GiamPy5/terraform-aws-directus issue 10).
    fn key(&mut self, field: &Field<'a>, reference: &Reference<'_>, failed: &str) {
        let Some(key) = reference.stored.and_then(|it| it.key.as_deref()) else {
            return;
        };
        self.key_uses += 1;
        let resources = (StopCause::ResourceInitialization, StartPhase::Resources);
        let denied = format!(
            "{failed}: AccessDeniedException: Access to KMS is not allowed status code: 400"
        );
        if !self.boundary.stores.has_key(key) {
            let (kind, name) = (reference.kind(), &reference.name);
            let message = format!(
                "the {kind} {name} is encrypted with the key {key}, which is not there or not \
                 enabled: no task of {} will start",
                self.name
            );
            let help = "add the key to aws.keys, with KeyState: Enabled";
            let warning = field.warning("missing-key", message);
            warning.help(help).report();
            self.miss(resources, denied);
            return;
        }
        let resource = Resource {
            service: "kms",
            arn: key.starts_with("arn:").then(|| key.to_owned()),
            ends: vec![format!("key/{key}"), key.to_owned()],
        };
        self.ask(field, ("kms:Decrypt", &resource), (resources, true), |_| {
            denied
        });
    }

    fn warn_unlisted(&self, field: &Field<'a>, reference: &Reference<'_>) {
        let (kind, name) = (reference.kind(), &reference.name);
        let stores = &self.boundary.stores;
        let listed = match reference.is_parameter {
            true => stores.parameters.iter(),
            false => stores.secrets.iter(),
        };
        let message = format!(
            "there is no {kind} {name}: no task of {} will start",
            self.name
        );
        let help = suggestion(name, listed.flatten().map(|it| it.name.as_str()))
            .unwrap_or_else(|| format!("add it to aws.{kind}s"));
        let warning = field.warning("missing-secret", message);
        warning.help(help).report();
    }
}
