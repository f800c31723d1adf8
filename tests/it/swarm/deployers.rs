//! Services that others than ECS deploy: task sets that a program makes, and CodeDeploy; and what
//! stops a deployment of ECS's own: alarms, and the operator.

use super::generator::{By, Scene, ServiceFacts};

/// How CodeDeploy shifts traffic.
const CONFIGURATIONS: [&str; 4] = [
    "ECSAllAtOnce",
    "ECSLinear10PercentEvery1Minutes",
    "ECSCanary10Percent5Minutes",
    "ECSCanary10Percent15Minutes",
];
/// A task set's scale.
const SCALES: [&str; 5] = ["0", "0.4", "33.3", "50", "100"];

/// Adds them.
pub(super) fn add(scene: &mut Scene) {
    let alarmed: Vec<String> = scene
        .services
        .iter()
        .filter(|facts| scene.dice_of(&format!("stop {}", facts.name)).percent(10))
        .map(|facts| facts.name.clone())
        .collect();
    for name in alarmed {
        fails_by_alarm(scene, &name);
    }
    by_code_deploy(scene);
    by_task_sets(scene);
}

/// An alarm that fails the deployments of a service.
fn fails_by_alarm(scene: &mut Scene, name: &str) {
    let mut dice = scene.dice_of(&format!("alarm that stops {name}"));
    let rollback = dice.pick(&["true", "false"]);
    let begin = format!("- {{ serviceName: {name},");
    let alarms = format!(
        "deploymentConfiguration: {{ alarms: {{ alarmNames: [{name}-stop], enable: true, rollback: \
         {rollback} }}, "
    );
    let has = |line: &&str| line.starts_with(&begin) && line.contains("deploymentConfiguration: {");
    let services = scene.draft.lines("aws.services");
    if !services.iter().any(has) {
        return;
    }
    scene.draft = scene.draft.map(|block, line| match block {
        "aws.services" if line.starts_with(&begin) => {
            line.replacen("deploymentConfiguration: { ", &alarms, 1)
        }
        _ => line.to_owned(),
    });
    let line = alarm(scene, name);
    scene.draft.add("aws.alarms", line);
}

fn alarm(scene: &Scene, name: &str) -> String {
    let mut dice = scene.dice_of(&format!("stops {name}"));
    let threshold = dice.pick(&["0", "30", "90"]);
    let comparison = dice.pick(&["GreaterThanThreshold", "LessThanThreshold"]);
    let periods = dice.pick(&[1, 1, 3]);
    format!(
        "- {{ AlarmName: {name}-stop, Namespace: AWS/ECS, MetricName: CPUUtilization, Dimensions: \
         [{{ Name: ServiceName, Value: {name} }}], Statistic: Average, Period: 60, \
         EvaluationPeriods: {periods}, Threshold: {threshold}, ComparisonOperator: {comparison} }}"
    )
}

/// A line of a service or a deployment group without the alarms that it names.
pub(super) fn without_alarms(line: &str) -> String {
    let mut line = line.to_owned();
    for block in ["alarms: {", "alarmConfiguration: {"] {
        if let Some((before, rest)) = line.split_once(block) {
            let (_, after) = rest.split_once(" }, ").expect("something follows");
            line = format!("{before}{after}");
        }
    }
    line
}

fn by_code_deploy(scene: &mut Scene) {
    let mut dice = scene.dice_of("CodeDeploy");
    if !dice.percent(12) {
        return;
    }
    let name = "bydeploy";
    scene.target_group(name);
    scene.second_group(name);
    let is_network = scene.is_network(name);
    let how = match is_network {
        true => CONFIGURATIONS[0],
        false => dice.pick(&CONFIGURATIONS),
    };
    let wait = dice.pick(&[0, 5, 2_880]);
    let rollback = dice.pick(&["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]);
    let alarms = match dice.percent(40) {
        true => {
            let line = alarm(scene, name);
            scene.draft.add("aws.alarms", line);
            "alarmConfiguration: { enabled: true, alarms: [{ name: bydeploy-stop }] }, "
        }
        false => "",
    };
    let line = format!(
        "- {{ deploymentGroupName: {name}, deploymentConfigName: CodeDeployDefault.{how}, \
         ecsServices: [{{ serviceName: {name} }}], {alarms}loadBalancerInfo: {{ \
         targetGroupPairInfoList: [{{ targetGroups: [{{ name: {name} }}, {{ name: {name}-two }}] \
         }}] }}, blueGreenDeploymentConfiguration: {{ terminateBlueInstancesOnDeploymentSuccess: \
         {{ action: TERMINATE, terminationWaitTimeInMinutes: {wait} }} }}, \
         autoRollbackConfiguration: {{ enabled: true, events: [{rollback}] }} }}"
    );
    scene.draft.add("aws.deploymentGroups", line);
    let (family, count) = (scene.a_family(), dice.pick(&[0, 1, 3, 9]));
    let line = format!(
        "- {{ serviceName: {name}, taskDefinition: {family}, desiredCount: {count}, \
         deploymentController: {{ type: CODE_DEPLOY }}, {}, loadBalancers: [{{ targetGroupArn: \
         {name}, containerName: app, containerPort: 80 }}] }}",
        scene.strategy()
    );
    scene.draft.add("aws.services", line);
    for _ in 0..dice.pick(&[0, 1, 2]) {
        let (when, family) = (scene.moment(), scene.a_family());
        let deploy = format!("deploy: {{ service: {name}, taskDefinition: {family} }}");
        scene
            .draft
            .add("timeline", format!("- {{ at: {when}, {deploy} }}"));
    }
    scene.services.push(ServiceFacts {
        name: name.to_owned(),
        has_group: true,
        is_network,
        family: "bydeploy".to_owned(),
        shifts: true,
        by: By::CodeDeploy,
        ..ServiceFacts::default()
    });
}

/// Task sets, and calls for them in the order in which they may be made.
fn by_task_sets(scene: &mut Scene) {
    let mut dice = scene.dice_of("task sets");
    if !dice.percent(12) {
        return;
    }
    let name = "bysets";
    let has_group = dice.percent(60);
    if has_group {
        scene.target_group(name);
    }
    let network = scene.network();
    let group = match has_group {
        true => {
            ", loadBalancers: [{ targetGroupArn: bysets, containerName: app, containerPort: 80 }]"
        }
        false => "",
    };
    let set = |scene: &mut Scene, id: &str, scale: &str| {
        let (family, strategy) = (scene.a_family(), scene.strategy());
        format!(
            "service: {name}, externalId: {id}, taskDefinition: {family}, \
             {strategy}{network}{group}, scale: {{ value: {scale}, unit: PERCENT }}"
        )
    };
    let count = dice.pick(&[0, 1, 7, 20]);
    let line = format!(
        "- {{ serviceName: {name}, desiredCount: {count}, deploymentController: {{ type: EXTERNAL \
         }} }}"
    );
    scene.draft.add("aws.services", line);
    let blue = set(scene, "blue", dice.pick(&["100", "100", "50"]));
    scene
        .draft
        .add("aws.taskSets", format!("- {{ {blue}, status: PRIMARY }}"));
    if dice.percent(30) {
        let red = set(scene, "red", dice.pick(&SCALES));
        scene
            .draft
            .add("aws.taskSets", format!("- {{ {red}, status: ACTIVE }}"));
    }
    let green = set(scene, "green", dice.pick(&SCALES));
    let scale = |of: &str, value: &str| {
        format!("updateTaskSet: {{ service: {name}, taskSet: {of}, scale: {{ value: {value} }} }}")
    };
    let calls = [
        format!("createTaskSet: {{ {green} }}"),
        scale("blue", dice.pick(&SCALES)),
        scale("green", dice.pick(&SCALES)),
        format!("updateServicePrimaryTaskSet: {{ service: {name}, primaryTaskSet: green }}"),
        scale("green", "100"),
        format!("deleteTaskSet: {{ service: {name}, taskSet: blue, force: true }}"),
    ];
    let count = dice.between(0, calls.len() as u64) as usize;
    let mut times: Vec<u64> = (0..count)
        .map(|_| dice.between(0, scene.seconds - 1))
        .collect();
    if dice.percent(20) {
        times.fill(scene.seconds / 2);
    }
    times.sort_unstable();
    for (at, call) in times.into_iter().zip(calls) {
        scene
            .draft
            .add("timeline", format!("- {{ at: {at}s, {call} }}"));
    }
    scene.services.push(ServiceFacts {
        is_network: scene.is_network(name),
        name: name.to_owned(),
        has_group,
        family: "bysets".to_owned(),
        by: By::TaskSets,
        ..ServiceFacts::default()
    });
}

/// The operator stops deployments.
pub(super) fn stop(scene: &mut Scene) {
    let mut dice = scene.dice_of("stops");
    let by_ecs = scene.services.iter().filter(|facts| facts.by == By::Ecs);
    let names: Vec<String> = by_ecs.map(|facts| facts.name.clone()).collect();
    if names.is_empty() || !dice.percent(15) {
        return;
    }
    for _ in 0..dice.pick(&[1, 1, 3]) {
        let name = &names[dice.between(0, names.len() as u64 - 1) as usize];
        let kind = dice.pick(&["", ", stopType: ABORT", ", stopType: ROLLBACK"]);
        let at = scene.moment();
        let line = format!("- {{ at: {at}, stopServiceDeployment: {{ service: {name}{kind} }} }}");
        scene.draft.add("timeline", line);
    }
}
