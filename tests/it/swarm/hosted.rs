//! Instances of one's own: groups, providers, what is placed on them.

use super::generator::{Scene, ServiceFacts};

/// Instance types with room for every hosted task.
const TYPES: [&str; 5] = [
    "m6i.large",
    "m5.xlarge",
    "c5.2xlarge",
    "r5.large",
    "m6i.4xlarge",
];

impl Scene {
    /// Groups and their providers; their names.
    pub(super) fn groups(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        for at in 0..self.dice.pick(&[0, 0, 0, 1, 1, 2]) {
            let name = format!("group{at}");
            self.group(&name);
            names.push(name);
        }
        names
    }

    fn group(&mut self, name: &str) {
        let region = self.region.clone();
        let dice = &mut self.dice;
        if self.draft.lines("aws.launchTemplates").is_empty() {
            let config = dice.pick(&[
                "",
                ", ecsConfig: { ECS_ENABLE_SPOT_INSTANCE_DRAINING: true }",
                ", ecsConfig: { ECS_RESERVED_MEMORY: 200, ECS_IMAGE_PULL_BEHAVIOR: once }",
            ]);
            let line = format!(
                "- {{ LaunchTemplateName: t, LaunchTemplateData: {{ InstanceType: m6i.large \
                 }}{config} }}"
            );
            self.draft.add("aws.launchTemplates", line);
        }
        let min = dice.pick(&[0, 0, 1, 3]);
        let max = min + dice.pick(&[0, 1, 4, 30]);
        let zones = ["a", "a, {}b", "a, {}b, {}c"];
        let zones = format!("[{region}{}]", dice.pick(&zones).replace("{}", &region));
        let is_protected = dice.percent(50);
        let mut line = format!(
            "- {{ AutoScalingGroupName: {name}, MinSize: {min}, MaxSize: {max}, AvailabilityZones: \
             {zones}, NewInstancesProtectedFromScaleIn: {is_protected}"
        );
        match dice.percent(60) {
            true => {
                let (one, other) = (dice.pick(&TYPES), dice.pick(&TYPES));
                let overrides = match one == other {
                    true => format!("[{{ InstanceType: {one} }}]"),
                    false => format!("[{{ InstanceType: {one} }}, {{ InstanceType: {other} }}]"),
                };
                let base = dice.pick(&[0, 0, 1]).min(max);
                let percent = dice.pick(&[0, 0, 50, 100]);
                let strategy = dice.pick(&[
                    "lowest-price",
                    "capacity-optimized",
                    "price-capacity-optimized",
                ]);
                line += &format!(
                    ", MixedInstancesPolicy: {{ LaunchTemplate: {{ LaunchTemplateSpecification: {{ \
                     LaunchTemplateName: t, Version: \"1\" }}, Overrides: {overrides} }}, \
                     InstancesDistribution: {{ OnDemandBaseCapacity: {base}, \
                     OnDemandPercentageAboveBaseCapacity: {percent}, SpotAllocationStrategy: \
                     {strategy} }} }}"
                );
            }
            false => line += ", LaunchTemplate: { LaunchTemplateName: t, Version: \"1\" }",
        }
        self.draft.add("aws.autoScalingGroups", line + " }");
        let dice = &mut self.dice;
        let scales = dice.percent(75);
        let scaling = match scales {
            true => {
                let target = dice.pick(&[1, 50, 90, 100, 100]);
                let warm_up = dice.pick(&["", ", instanceWarmupPeriod: 0"]);
                format!("{{ status: ENABLED, targetCapacity: {target}{warm_up} }}")
            }
            false => "{ status: DISABLED }".to_owned(),
        };
        let protection = match scales && is_protected && dice.percent(70) {
            true => "ENABLED",
            false => "DISABLED",
        };
        let draining = dice.pick(&["ENABLED", "ENABLED", "DISABLED"]);
        let line = format!(
            "- {{ name: {name}, autoScalingGroupProvider: {{ autoScalingGroupArn: {name}, \
             managedScaling: {scaling}, managedTerminationProtection: {protection}, \
             managedDraining: {draining} }} }}"
        );
        self.draft.add("aws.capacityProviders", line);
    }

    /// Definitions, services and programs on the groups.
    pub(super) fn hosted(&mut self) {
        if self.groups.is_empty() {
            return;
        }
        for at in 0..self.dice.pick(&[1, 2]) {
            let dice = &mut self.dice;
            let mode = dice.pick(&["bridge", "bridge", "awsvpc"]);
            let (cpu, memory) = dice.pick(&[(128, 64), (256, 512), (512, 3_000), (2_048, 1_024)]);
            let port = match mode {
                "bridge" => dice.pick(&["hostPort: 0", "hostPort: 0", "hostPort: 80"]),
                _ => "protocol: tcp",
            };
            let line = format!(
                "- {{ family: hosted{at}, requiresCompatibilities: [EC2], networkMode: {mode}, \
                 containerDefinitions: [{{ name: app, cpu: {cpu}, memory: {memory}, portMappings: \
                 [{{ containerPort: 80, {port} }}] }}] }}"
            );
            self.draft.add("aws.taskDefinitions", line);
        }
        for at in 0..self.dice.pick(&[1, 1, 2]) {
            let name = format!("hosted{at}");
            let has_group = self.dice.percent(40);
            if has_group {
                self.target_group(&name);
            }
            let desired = self.dice.pick(&[0, 1, 2, 5, 13, 60]);
            let mut line = format!(
                "- {{ serviceName: {name}, taskDefinition: hosted0, desiredCount: {desired}, {}",
                self.placement()
            );
            let bounds = self
                .dice
                .pick(&[(100, 200), (0, 100), (50, 150), (100, 100)]);
            line += &format!(
                ", deploymentConfiguration: {{ minimumHealthyPercent: {}, maximumPercent: {} }}",
                bounds.0, bounds.1
            );
            if has_group {
                line += &format!(
                    ", loadBalancers: [{{ targetGroupArn: {name}, containerName: app, \
                     containerPort: 80 }}]"
                );
            }
            self.draft.add("aws.services", line + " }");
            self.services.push(ServiceFacts { name, has_group });
        }
        if self.dice.percent(50) {
            let name = "hostedjobs".to_owned();
            let line = format!(
                "- {{ name: {name}, taskDefinition: hosted0, count: {}, {} }}",
                self.dice.pick(&[1, 1, 7]),
                self.placement()
            );
            self.draft.add("aws.runTasks", line);
            self.programs.push(name);
        }
    }

    /// A strategy on the groups, and how tasks are placed on their instances.
    fn placement(&mut self) -> String {
        let at = self.dice.between(0, self.groups.len() as u64 - 1) as usize;
        let mut items = format!("{{ capacityProvider: {}, weight: 1 }}", self.groups[at]);
        if let [first, second] = self.groups.as_slice()
            && self.dice.percent(30)
        {
            items = format!(
                "{{ capacityProvider: {first}, weight: 1, base: 1 }}, {{ capacityProvider: \
                 {second}, weight: 2 }}"
            );
        }
        let strategy = self.dice.pick(&[
            "",
            ", placementStrategy: [{ type: binpack, field: memory }]",
            ", placementStrategy: [{ type: spread, field: instanceId }, { type: binpack, field: \
             cpu }]",
            ", placementStrategy: [{ type: spread, field: \"attribute:ecs.availability-zone\" }]",
            ", placementStrategy: [{ type: random }]",
        ]);
        let constraint = match self.dice.percent(20) {
            true => ", placementConstraints: [{ type: distinctInstance }]",
            false => "",
        };
        format!("capacityProviderStrategy: [{items}]{strategy}{constraint}")
    }
}
