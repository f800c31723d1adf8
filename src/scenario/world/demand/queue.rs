//! Services whose tasks pull messages from a queue: `world.demand.<service>: { queue, rate }`.

use crate::ids::ServiceId;
use crate::scenario::aws::Aws;
use crate::scenario::plan::QueuePlan;
use crate::scenario::reader::{Field, MapReader};

/// What only those have who are asked by clients.
const OF_CLIENTS: [&str; 7] = [
    "timeout",
    "onTimeout",
    "retries",
    "bytes",
    "connections",
    "connectionLength",
    "sessions",
];

/// The services that pull, each with its queue's name: metrics of a queue are its service's, and
/// they are read before the block is.
pub(in crate::scenario) fn pulls(world: &mut MapReader<'_>) -> Vec<(String, String)> {
    let demand = world.field("demand");
    let entries = demand.as_ref().and_then(|field| field.node().as_mapping());
    let entries = entries.unwrap_or_default().iter();
    let pulls = entries.filter_map(|(key, node)| {
        let queue = node.get("queue")?.as_text()?;
        Some((key.text.clone(), queue.to_owned()))
    });
    pulls.collect()
}

/// Says of what clients do that there are none.
pub(super) fn refuse_of_clients(map: &mut MapReader<'_>) {
    for name in OF_CLIENTS {
        if let Some(field) = map.field(name) {
            let message = format!("{name} is of clients that are answered; a queue has none");
            let help = "leave it out, or leave queue out";
            field.error("no-effect", message).help(help).report();
        }
    }
}

/// The queue that a service pulls from.
pub(super) fn of(field: &Field<'_>, aws: &Aws<'_>, id: ServiceId) -> Option<QueuePlan> {
    let service = &aws.services[id.index()];
    let queue = aws.queues.named(field)?;
    if service.target_group.is_some() {
        let message = format!(
            "{} has a load balancer, which asks it; it cannot pull from a queue as well",
            service.name
        );
        let help = "leave its loadBalancers out, or give the queue to a service of its own";
        field.error("invalid-value", message).help(help).report();
    }
    let mut others = aws
        .services
        .iter()
        .filter(|other| other.name != service.name);
    let same = others.find(|other| {
        let demand = other.demand.as_ref();
        demand.is_some_and(|demand| {
            demand
                .queue
                .as_ref()
                .is_some_and(|it| it.name == queue.name)
        })
    });
    if let Some(other) = same {
        let message = format!(
            "{} pulls from queue \"{}\" already: two services at one queue are not simulated yet",
            other.name, queue.name
        );
        field.error("not-built-yet", message).report();
    }
    Some(queue.clone())
}
