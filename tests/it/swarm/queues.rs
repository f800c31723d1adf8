//! Services whose tasks pull messages from a queue.

use super::generator::{Scene, ServiceFacts};

/// Adds one or two.
pub(super) fn add(scene: &mut Scene) {
    let mut dice = scene.dice_of("queues");
    if !dice.percent(15) {
        return;
    }
    for at in 0..dice.pick(&[1, 1, 2]) {
        let (name, queue) = (format!("pulls{at}"), format!("queue-{at}"));
        let visibility = dice.pick(&[
            "",
            ", Attributes: { VisibilityTimeout: \"1\" }",
            ", Attributes: { VisibilityTimeout: \"60\" }",
            ", Attributes: { VisibilityTimeout: \"43200\" }",
        ]);
        let line = format!("- {{ QueueName: {queue}{visibility} }}");
        scene.draft.add("aws.queues", line);
        let family = scene.a_family();
        let count = dice.pick(&[0, 1, 2, 6, 30]);
        let line = format!(
            "- {{ serviceName: {name}, taskDefinition: {family}, desiredCount: {count}, {} }}",
            scene.strategy()
        );
        scene.draft.add("aws.services", line);
        scene.services.push(ServiceFacts {
            name,
            family: family.trim_matches('"').trim_end_matches(":1").to_owned(),
            moves: true,
            queue: Some(queue),
            ..ServiceFacts::default()
        });
    }
}
