//! `aws.queues`: SQS queues that services pull from.

use std::collections::BTreeMap;

use crate::engine::SimDuration;
use crate::scenario::context::{
    Context, bounded, check_name, duplicate_name, not_built, unknown_name,
};
use crate::scenario::plan::QueuePlan;
use crate::scenario::reader::{Field, MapReader};

const TABLE_MAX: usize = 10_000;
/// The longest visibility time-out, seconds (SQS API reference, CreateQueue: 12 hours).
const VISIBILITY_MAX: u64 = 43_200;

/// Attributes that SQS has and the simulation has no use for (SQS API reference, CreateQueue).
/// ASSUMPTION: whoever pulls polls without a pause, and no message is given up or expires.
const WITHOUT_EFFECT: [&str; 13] = [
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "Policy",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoThroughputLimit",
    "QueueArn",
];

/// The queues, and who pulls from each.
#[derive(Default)]
pub(in crate::scenario) struct Queues {
    plans: Vec<QueuePlan>,
    /// Names of queues that were refused.
    refused: Vec<String>,
    /// Services by the name of the queue that `world.demand` has them pull from.
    pulled_by: BTreeMap<String, String>,
}

/// Reads `aws.queues`; `pulls` has services and their queues.
pub(super) fn read(
    cx: &Context<'_>,
    aws: &mut MapReader<'_>,
    pulls: &[(String, String)],
) -> Queues {
    let mut queues = Queues::default();
    for (service, queue) in pulls {
        queues.pulled_by.insert(queue.clone(), service.clone());
    }
    let names = aws.names_in("queues", "QueueName", |_| true);
    for field in bounded(aws, "queues", TABLE_MAX) {
        let Some(plan) = queue(cx, &field) else {
            continue;
        };
        if queues.plans.iter().any(|other| other.name == plan.name) {
            duplicate_name(&field, "queue", &plan.name);
        }
        if !queues.pulled_by.contains_key(&plan.name) {
            let message = format!("nobody pulls from queue \"{}\"", plan.name);
            let help = format!(
                "let a service do: world.demand.<service>: {{ queue: {}, rate: … }}",
                plan.name
            );
            field.warning("never-happens", message).help(help).report();
        }
        queues.plans.push(plan);
    }
    let has = |name: &String| queues.plans.iter().any(|it| it.name == *name);
    queues.refused = names.into_iter().filter(|name| !has(name)).collect();
    queues
}

fn queue(cx: &Context<'_>, field: &Field<'_>) -> Option<QueuePlan> {
    let mut map = field.map()?;
    let name_field = map.required("QueueName");
    let visibility = match map.map("Attributes") {
        Some(attributes) => visibility(cx, attributes),
        None => Some(default_visibility(cx)),
    };
    map.finish_aws("sqs.CreateQueueRequest");
    let name_field = name_field?;
    let name = name_field.str()?;
    if name.ends_with(".fifo") {
        not_built(&name_field);
        return None;
    }
    check_name(&name_field, name, 80);
    Some(QueuePlan {
        name: name.to_owned(),
        visibility: visibility?,
    })
}

fn default_visibility(cx: &Context<'_>) -> SimDuration {
    cx.default_duration("aws.queues.*.Attributes.VisibilityTimeout")
}

fn visibility(cx: &Context<'_>, mut map: MapReader<'_>) -> Option<SimDuration> {
    let visibility = match map.field("VisibilityTimeout") {
        Some(field) => seconds(&field),
        None => Some(default_visibility(cx)),
    };
    if let Some(field) = map.field("DelaySeconds")
        && !matches!(field.str(), Some("0") | None)
    {
        not_built(&field);
    }
    if let Some(field) = map.field("FifoQueue")
        && field.bool() == Some(true)
    {
        not_built(&field);
    }
    for key in WITHOUT_EFFECT {
        if let Some(field) = map.field(key) {
            let message = format!("no effect here: {key}");
            field.note("no-effect", message).report();
        }
    }
    map.finish();
    visibility
}

/// `VisibilityTimeout`: 0 would show a message to others while it is worked on.
fn seconds(field: &Field<'_>) -> Option<SimDuration> {
    if field.node().as_text() == Some("0") {
        let message = "with a visibility time-out of 0 a message is received again at once, by \
                       everybody, for as long as it is worked on";
        let help = "write the time that work takes at most, in seconds, such as 30";
        field.error("out-of-range", message).help(help).report();
        return None;
    }
    field.u64(1..=VISIBILITY_MAX).map(SimDuration::from_secs)
}

impl Queues {
    /// The queue that a field names; reports if there is none.
    pub(in crate::scenario) fn named(&self, field: &Field<'_>) -> Option<&QueuePlan> {
        let name = field.str()?;
        let found = self.plans.iter().find(|queue| queue.name == name);
        if found.is_none() && !self.refused.iter().any(|it| it == name) {
            let known = self.plans.iter().map(|queue| queue.name.as_str());
            unknown_name(field, "queue", name, known);
        }
        found
    }

    /// The service that pulls from the queue that a dimension names.
    pub(super) fn service_of(&self, field: &Field<'_>) -> Option<&str> {
        let queue = self.named(field)?;
        let service = self.pulled_by.get(&queue.name);
        if service.is_none() {
            let message = format!(
                "nobody pulls from queue \"{}\", so nothing is measured",
                queue.name
            );
            field.error("invalid-value", message).report();
        }
        service.map(String::as_str)
    }
}
