//! Containers beside the one that does the work: each condition that one may wait for of another.

use super::generator::Scene;

/// What the container `app` of the next definition waits for, and the containers beside it, each
/// with `size`.
pub(super) fn others(scene: &Scene, head: &str, size: &str) -> (String, String) {
    let at = scene.draft.lines("aws.taskDefinitions").len();
    let mut dice = scene.dice_of(&format!("containers {at} {head}"));
    if !dice.percent(20) {
        return (String::new(), String::new());
    }
    let (mut waits, mut others) = (Vec::new(), String::new());
    let has_init = dice.percent(60);
    if has_init {
        let condition = dice.pick(&["START", "COMPLETE", "SUCCESS", "SUCCESS"]);
        let timeout = dice.pick(&["", ", startTimeout: 2", ", startTimeout: 120"]);
        let wait = format!("{{ containerName: init, condition: {condition} }}");
        if dice.percent(80) {
            waits.push(wait);
        }
        others += &format!(", {{ name: init, essential: false{timeout}{size} }}");
    }
    if dice.percent(60) {
        let condition = dice.pick(&["START", "HEALTHY", "HEALTHY"]);
        if dice.percent(80) {
            waits.push(format!(
                "{{ containerName: proxy, condition: {condition} }}"
            ));
        }
        let essential = dice.pick(&["", ", essential: false"]);
        let check = dice.pick(&[
            "interval: 5, retries: 1",
            "interval: 30, retries: 10, startPeriod: 300",
            "interval: 300",
        ]);
        let timeout = dice.pick(&["", ", startTimeout: 2", ", startTimeout: 60"]);
        let stop = dice.pick(&["", "", ", stopTimeout: 120"]);
        let after = match has_init {
            true => dice.pick(&[
                "",
                ", dependsOn: [{ containerName: init, condition: COMPLETE }]",
                ", dependsOn: [{ containerName: init, condition: START }]",
            ]),
            false => "",
        };
        others += &format!(
            ", {{ name: proxy{essential}{timeout}{stop}{after}, healthCheck: {{ command: [CMD, \
             /ready], {check} }}{size} }}"
        );
    }
    let waits = match waits.is_empty() {
        true => String::new(),
        false => format!(", dependsOn: [{}]", waits.join(", ")),
    };
    (waits, others)
}

/// What they do, of a family that has them: the block of `world.work`; empty without any.
pub(super) fn work(scene: &Scene, family: &str) -> String {
    let mut dice = scene.dice_of(&format!("work of containers of {family}"));
    let own = format!("family: {family},");
    let has = |name: &str| {
        let container = format!("{{ name: {name},");
        let lines = scene.draft.lines("aws.taskDefinitions");
        let mut its = lines.iter().filter(|line| line.contains(&own));
        its.any(|line| line.contains(&container))
    };
    let mut all = Vec::new();
    if has("init") && dice.percent(80) {
        let length = dice.pick(&[
            "0s",
            "1us",
            "20s",
            "10m",
            "{ distribution: lognormal, mean: 12s, cv: 2 }",
        ]);
        let exit = dice.pick(&[
            "",
            ", exit: { codes: { 0: 80 %, 1: 20 % } }",
            ", exit: { codes: { 1: 100 % } }",
        ]);
        all.push(format!("init: {{ duration: {length}{exit} }}"));
    }
    if has("proxy") && dice.percent(80) {
        let start = dice.pick(&["0s", "3s", "5m"]);
        let stops = dice.pick(&["0s", "5s", "10m"]);
        all.push(format!("proxy: {{ start: {start}, stopsIn: {stops} }}"));
    }
    match all.is_empty() {
        true => String::new(),
        false => format!("containers: {{ {} }}", all.join(", ")),
    }
}
