//! What the code of the families costs that no other block speaks of, what stands beside it, and
//! latencies that few scenarios have a use for.

use super::containers;
use super::generator::Scene;

/// Adds it.
pub(super) fn add(scene: &mut Scene) {
    families(scene);
    latencies(scene);
    hooks(scene);
}

/// The families that `world.work` may name.
fn known(scene: &Scene) -> Vec<String> {
    let lines = scene.draft.lines("aws.taskDefinitions");
    let named = lines.iter().filter_map(|line| {
        let rest = line.strip_prefix("- { family: ")?;
        rest.split([',', ' ']).next()
    });
    let mut names: Vec<String> = named.map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

fn families(scene: &mut Scene) {
    for family in known(scene) {
        let mut dice = scene.dice_of(&format!("work of {family}"));
        let mut fields = Vec::new();
        if family == "machine0" && dice.percent(50) {
            let beside = dice.pick(&[
                "cpu: 0.4ms",
                "perLogMiB: 60ms, cpu: 1s",
                "perTask: 0.1 vCPU",
                "perTask: 64 vCPU, perLogMiB: 10m",
            ]);
            fields.push(format!("beside: {{ {beside} }}"));
        }
        if dice.percent(15) {
            let sidecar = dice.pick(&[
                "cpu: 0.4ms, idle: 0.01 vCPU, memory: 64MiB",
                "cpu: 1s",
                "memory: 64GiB",
                "idle: 20 vCPU",
            ]);
            fields.push(format!("sidecars: {{ agent: {{ {sidecar} }} }}"));
        }
        if dice.percent(10) {
            let growth = dice.pick(&["perHour: 1GiB", "perHour: 20MiB, cv: 0", "perRequest: 1KiB"]);
            fields.push(format!(
                "customMetrics: 3, memory: {{ growth: {{ {growth} }} }}"
            ));
        }
        let containers = containers::work(scene, &family);
        if !containers.is_empty() {
            fields.push(containers);
        }
        join(scene, ("world.work", &family), fields);
    }
}

/// Adds fields to the entry of a name, but for those that it has.
fn join(scene: &mut Scene, (block, name): (&'static str, &str), fields: Vec<String>) {
    let begin = format!("{name}: {{ ");
    let lines = scene.draft.lines(block);
    let own = lines.iter().find(|line| line.starts_with(&begin));
    let own = own.map(|line| (*line).to_owned());
    let has = |field: &String| {
        let key = field.split(", ").next().unwrap_or(field);
        let keys = [key.split(':').next().unwrap_or(key), "memory"];
        let it = own.as_deref().unwrap_or_default();
        keys.iter()
            .any(|key| field.contains(&format!("{key}: ")) && it.contains(&format!(" {key}: ")))
    };
    let fields: Vec<String> = fields.iter().filter(|field| !has(field)).cloned().collect();
    if fields.is_empty() {
        return;
    }
    let fields = fields.join(", ");
    if own.is_none() {
        scene.draft.add(block, format!("{begin}{fields} }}"));
        return;
    }
    let more = format!("{begin}{fields}, ");
    scene.draft = scene.draft.map(|of, line| match of == block {
        true if line.starts_with(&begin) => line.replacen(&begin, &more, 1),
        _ => line.to_owned(),
    });
}

fn latencies(scene: &mut Scene) {
    let mut dice = scene.dice_of("latencies");
    let choices: [(&str, &[&str]); 6] = [
        ("networkShift", &["0s", "1s", "10m"]),
        ("startThrottle", &["1s", "10s", "27m"]),
        ("unreachable", &["0s", "1s", "20m"]),
        ("highResolutionMetrics", &["0s", "16s", "10m"]),
        ("bake", &["0s", "5m"]),
        ("volume", &["0s", "1h"]),
    ];
    let mut fields = Vec::new();
    for (field, values) in choices {
        if dice.percent(10) {
            fields.push(format!("{field}: {}", dice.pick(values)));
        }
    }
    join(scene, ("world.latencies", "default"), fields);
}

fn hooks(scene: &mut Scene) {
    let mut dice = scene.dice_of("hooks");
    let services = scene.draft.lines("aws.services");
    let has = |what: &str| services.iter().any(|line| line.contains(what));
    let (calls, pauses) = (has("hookTargetArn: test"), has("targetType: PAUSE"));
    for (is_there, name) in [(calls, "test"), (pauses, "PAUSE")] {
        if is_there && dice.percent(50) {
            let takes = dice.pick(&["0s", "5s", "3m"]);
            let fails = dice.pick(&["0 %", "50 %", "100 %"]);
            let line = format!("{name}: {{ takes: {takes}, fails: {fails} }}");
            scene.draft.add("world.hooks", line);
        }
    }
}
