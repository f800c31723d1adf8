//! What a task needs before its containers run, and how it fails without: ECS's words for each.
//!
//! Sources: ECS developer guide, task execution IAM role, cannot pull image and service throttle
//! logic (2023-06; 2026-11), and messages that users of AWS report: umotif-public's
//! terraform-aws-ecs-fargate issue 50, aws/copilot-cli issues 4504 and 5752, GiamPy5's
//! terraform-aws-directus issue 10, Releem's releem-agent issue 195, and Rayraegah's
//! terraform-aws-hasura issue 25. All of it comes before RUNNING: a task that failed to start.

use super::life_cycle::StopCause;

/// How far a start gets before something is missing, in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum StartPhase {
    /// ECS can't assume a role of the task: nothing is created.
    Role,
    /// The network interface is created.
    Network,
    /// Secrets and registry authentication are fetched, log drivers are checked.
    Resources,
    /// The image is pulled.
    Pull,
    /// The containers are started.
    Containers,
}

/// What a start calls over the network.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Endpoint {
    /// `ecr.api`: registry authentication.
    EcrApi,
    /// `secretsmanager`.
    SecretsManager,
    /// `ssm`.
    Ssm,
    /// `logs`.
    Logs,
    /// `ecr.dkr`: manifests of images.
    EcrDkr,
    /// `s3`: the layers of images in ECR.
    S3,
    /// A registry that is not AWS's, or is a public one.
    Internet,
}

impl Endpoint {
    /// All of them, in the order in which a start calls them.
    pub const ALL: [Endpoint; 7] = [
        Endpoint::EcrApi,
        Endpoint::SecretsManager,
        Endpoint::Ssm,
        Endpoint::Logs,
        Endpoint::EcrDkr,
        Endpoint::S3,
        Endpoint::Internet,
    ];

    /// How a VPC endpoint's `ServiceName` ends; none is for the internet.
    pub const fn service(self) -> &'static str {
        match self {
            Endpoint::EcrApi => "ecr.api",
            Endpoint::SecretsManager => "secretsmanager",
            Endpoint::Ssm => "ssm",
            Endpoint::Logs => "logs",
            Endpoint::EcrDkr => "ecr.dkr",
            Endpoint::S3 => "s3",
            Endpoint::Internet => "internet",
        }
    }

    /// What it is for, in words.
    pub const fn purpose(self) -> &'static str {
        match self {
            Endpoint::EcrApi => "ECR's API",
            Endpoint::SecretsManager => "Secrets Manager",
            Endpoint::Ssm => "Parameter Store",
            Endpoint::Logs => "CloudWatch Logs",
            Endpoint::EcrDkr => "ECR's registry",
            Endpoint::S3 => "S3, where ECR keeps its layers",
            Endpoint::Internet => "the image's registry",
        }
    }

    /// How far a start gets that can't reach it.
    pub const fn phase(self) -> StartPhase {
        match self {
            Endpoint::EcrApi | Endpoint::SecretsManager | Endpoint::Ssm | Endpoint::Logs => {
                StartPhase::Resources
            }
            Endpoint::EcrDkr | Endpoint::S3 | Endpoint::Internet => StartPhase::Pull,
        }
    }
}

/// A set of endpoints.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Endpoints(u8);

impl Endpoints {
    /// None.
    pub const NONE: Endpoints = Endpoints(0);
    /// All.
    pub const ALL: Endpoints = Endpoints(0x7f);

    /// The set with one more.
    #[must_use]
    pub const fn with(self, endpoint: Endpoint) -> Self {
        Endpoints(self.0 | 1 << endpoint as u8)
    }

    /// Whether it has one.
    pub const fn has(self, endpoint: Endpoint) -> bool {
        self.0 & (1 << endpoint as u8) != 0
    }

    /// The first that a start calls and that is not among those that can be reached.
    pub fn first_out_of(self, reach: Endpoints) -> Option<Endpoint> {
        Endpoint::ALL
            .into_iter()
            .find(|endpoint| self.has(*endpoint) && !reach.has(*endpoint))
    }
}

/// Where an image is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Registry {
    /// A private repository of ECR: its authentication needs a role.
    Ecr,
    /// Anywhere else: ECR's public gallery, Docker Hub, one's own.
    Elsewhere,
}

impl Registry {
    /// The registry in an image's name: `<account>.dkr.ecr.<region>.amazonaws.com/<name>`.
    pub fn of(image: &str) -> Registry {
        let host = image.split('/').next().unwrap_or_default();
        match host.contains(".dkr.ecr.") && host.contains(".amazonaws.com") {
            true => Registry::Ecr,
            false => Registry::Elsewhere,
        }
    }
}

/// The addresses of a subnet that AWS leaves to its user: all but the first four and the last.
///
/// Source: VPC user guide, "Subnet CIDR reservations and sizing" (2026-11): blocks of /28 to /16,
/// five addresses reserved in each. A /28 has 11.
pub const fn usable_addresses(prefix_length: u32) -> u32 {
    match prefix_length {
        16..=28 => (1 << (32 - prefix_length)) - 5,
        _ => 0,
    }
}

/// The words for a start that can't reach an endpoint.
pub fn unreachable(endpoint: Endpoint, region: &str) -> (StopCause, String) {
    let hangs = "RequestCanceled: request context canceled caused by: context deadline exceeded. \
                 Please check your task network configuration.";
    let pulls = "unable to pull secrets or registry auth: execution resource retrieval failed";
    let retried = "service call has been retried 5 time(s)";
    match endpoint {
        Endpoint::EcrApi => (
            StopCause::ResourceInitialization,
            format!(
                "{pulls}: unable to retrieve ecr registry auth: service call has been retried 3 \
                 time(s): RequestError: send request failed caused by: Post \
                 \"https://api.ecr.{region}.amazonaws.com/\": dial tcp: i/o timeout. Please check \
                 your task network configuration."
            ),
        ),
        Endpoint::SecretsManager => (
            StopCause::ResourceInitialization,
            format!("{pulls}: unable to retrieve secret from asm: {retried}: {hangs}"),
        ),
        Endpoint::Ssm => (
            StopCause::ResourceInitialization,
            format!("{pulls}: unable to retrieve secrets from ssm: {retried}: {hangs}"),
        ),
        Endpoint::Logs => (
            StopCause::ResourceInitialization,
            format!(
                "failed to validate logger args: create stream has been retried 5 times: failed \
                 to create Cloudwatch log stream: {hangs}"
            ),
        ),
        Endpoint::EcrDkr | Endpoint::S3 | Endpoint::Internet => (
            StopCause::CannotPullContainer,
            format!(
                "pull image manifest has been retried 5 time(s): request canceled while waiting \
                 for connection to {}",
                endpoint.purpose()
            ),
        ),
    }
}

/// The words for a call that a role may not make; `what` names the call's kind.
pub fn not_authorized(role: &str, (action, resource): (&str, &str)) -> String {
    format!(
        "AccessDeniedException: User: arn:aws:sts::{ACCOUNT}:assumed-role/{role} is not authorized \
         to perform: {action} on resource: {resource} because no identity-based policy allows the \
         {action} action status code: 400"
    )
}

/// The account in ARNs that the scenario does not give.
const ACCOUNT: &str = "012345678901";

/// The words for a role that can't be assumed.
pub fn role_not_assumed(role: &str) -> String {
    format!(
        "ECS was unable to assume the role 'arn:aws:iam::{ACCOUNT}:role/{role}' that was provided \
         for this task. Please verify that the role being passed has the proper trust relationship \
         and permissions and that your IAM user has permissions to pass this role."
    )
}

/// The words for a subnet without a free address.
///
/// ASSUMPTION: from memory of the ECS developer guide's TaskFailedToStart errors; the error code is
/// EC2's (API CreateNetworkInterface). The same on Fargate and on instances: ECS creates the
/// interface for both.
pub fn no_address(subnet: &str, has_public_ip: bool) -> String {
    let word = if has_public_ip { "enabled" } else { "disabled" };
    format!(
        "Unexpected EC2 error while attempting to Create Network Interface with public IP \
         assignment {word} in subnet '{subnet}': InsufficientFreeAddressesInSubnet"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_keeps_five_addresses_of_each_subnet() {
        let rows = [(28, 11), (27, 27), (24, 251), (20, 4_091), (16, 65_531)];
        for (prefix, usable) in rows {
            assert_eq!(usable_addresses(prefix), usable, "/{prefix}");
        }
        assert_eq!((usable_addresses(29), usable_addresses(15)), (0, 0));
    }

    #[test]
    fn an_image_of_ecr_is_known_by_its_host() {
        let ecr = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/api:1";
        assert_eq!(Registry::of(ecr), Registry::Ecr);
        for image in ["shop/api:1", "public.ecr.aws/nginx/nginx:1", "nginx", ""] {
            assert_eq!(Registry::of(image), Registry::Elsewhere, "{image}");
        }
    }

    #[test]
    fn a_start_stops_at_the_first_thing_that_it_cannot_reach() {
        let calls = Endpoints::NONE
            .with(Endpoint::S3)
            .with(Endpoint::SecretsManager);
        assert_eq!(calls.first_out_of(Endpoints::ALL), None);
        let none = calls.first_out_of(Endpoints::NONE);
        assert_eq!(none, Some(Endpoint::SecretsManager));
        let secrets = Endpoints::NONE.with(Endpoint::SecretsManager);
        assert_eq!(calls.first_out_of(secrets), Some(Endpoint::S3));
        for endpoint in Endpoint::ALL {
            assert!(Endpoints::ALL.has(endpoint));
            assert!(!Endpoints::NONE.has(endpoint));
        }
    }

    #[test]
    fn the_words_are_those_that_aws_prints() {
        // umotif-public/terraform-aws-ecs-fargate issue 50.
        let (cause, detail) = unreachable(Endpoint::SecretsManager, "us-east-1");
        let reason = cause.stopped_reason(&detail);
        let begins = "ResourceInitializationError: unable to pull secrets or registry auth: \
                      execution resource retrieval failed: unable to retrieve secret from asm: \
                      service call has been retried 5 time(s)";
        assert!(reason.starts_with(begins), "{reason}");
        // aws/copilot-cli issue 4504.
        let call = ("ssm:GetParameters", "arn:aws:ssm:eu-west-2:1:parameter/ID");
        let denied = not_authorized("exec", call);
        let has = "is not authorized to perform: ssm:GetParameters on resource: \
                   arn:aws:ssm:eu-west-2:1:parameter/ID because no identity-based policy allows \
                   the ssm:GetParameters action status code: 400";
        assert!(denied.ends_with(has), "{denied}");
        assert!(no_address("subnet-a", true).ends_with(
            "with public IP assignment enabled in subnet 'subnet-a': \
                 InsufficientFreeAddressesInSubnet"
        ));
    }

    #[test]
    fn what_comes_before_the_pull_is_told_from_the_pull() {
        let phases = Endpoint::ALL.map(Endpoint::phase);
        assert!(phases.is_sorted());
        for endpoint in Endpoint::ALL {
            let (cause, _) = unreachable(endpoint, "us-east-1");
            let is_pull = cause == StopCause::CannotPullContainer;
            assert_eq!(is_pull, endpoint.phase() == StartPhase::Pull);
        }
    }
}
