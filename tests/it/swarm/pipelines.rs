//! Programs after several others: after programs, schedules and rules, and after such ones again.

use super::generator::Scene;

/// Adds some.
pub(super) fn add(scene: &mut Scene) {
    let mut dice = scene.dice_of("pipelines");
    let mut before = scene.programs.clone();
    for at in 0..scene.draft.lines("aws.schedules").len() {
        before.push(format!("cron{at}"));
    }
    for line in scene.draft.lines("aws.ruleTargets") {
        // A rule with several targets is as many programs.
        let name = match line.contains("Id: t1") {
            true => "rule/t1",
            false => "rule",
        };
        before.push(name.to_owned());
    }
    if before.is_empty() || !dice.percent(30) {
        return;
    }
    for at in 0..dice.pick(&[1, 1, 2, 3]) {
        let name = format!("after{at}");
        let mut sources: Vec<String> = Vec::new();
        for _ in 0..dice.pick(&[1, 1, 2, 3]) {
            let source = before[dice.between(0, before.len() as u64 - 1) as usize].clone();
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        let (family, count) = (scene.a_family(), dice.pick(&[1, 1, 4]));
        let line = format!(
            "- {{ name: {name}, taskDefinition: {family}, count: {count}, {} }}",
            scene.strategy()
        );
        scene.draft.add("aws.runTasks", line);
        let more = dice.pick(&["", ", concurrency: 1", ", onInterruption: fail"]);
        let retries = dice.pick(&["", ", retries: { attempts: 2, backoff: 1s }"]);
        let line = format!(
            "{name}: {{ after: [{}]{more}{retries} }}",
            sources.join(", ")
        );
        scene.draft.add("world.demand", line);
        before.push(name);
    }
}
