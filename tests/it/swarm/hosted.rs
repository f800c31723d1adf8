//! Instances of one's own: groups, providers, what is placed on them.

use super::containers;
use super::generator::{BREAKERS, CHECKS, Scene, ServiceFacts};

/// Instance types with room for every hosted task.
const TYPES: [&str; 7] = [
    "t3.xlarge",
    "m6i.large",
    "m5.xlarge",
    "c5.2xlarge",
    "r5.large",
    "m6i.4xlarge",
    OWN_TYPE,
];

/// A type of the scenario's own.
const OWN_TYPE: &str = "own.host";

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
        // Those of the subnets, where there are any.
        let known = match self.subnets.len() {
            0 => 3,
            some => some as u64,
        };
        let letters = ["a", "b", "c", "d"];
        let zones = (0..dice.between(1, known)).map(|at| letters[at as usize]);
        let zones: Vec<String> = zones.map(|letter| format!("{region}{letter}")).collect();
        let zones = format!("[{}]", zones.join(", "));
        if name == "group0" {
            self.capacity_of_first = dice.pick(&[min, max]);
        }
        let is_protected = dice.percent(50);
        let rebalances = dice.percent(40);
        let mut line = format!(
            "- {{ AutoScalingGroupName: {name}, MinSize: {min}, MaxSize: {max}, AvailabilityZones: \
             {zones}, NewInstancesProtectedFromScaleIn: {is_protected}, CapacityRebalance: {rebalances}"
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
                    "capacity-optimized-prioritized",
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
            false => {
                line += ", LaunchTemplate: { LaunchTemplateName: t, Version: \"1\" }";
                if dice.percent(40) {
                    let state = dice.pick(&["Stopped", "Running", "Hibernated"]);
                    let least = dice.pick(&[0, 0, 1]).min(max);
                    line += &format!(
                        ", WarmPoolConfiguration: {{ PoolState: {state}, MinSize: {least} }}"
                    );
                }
            }
        }
        if line.contains(OWN_TYPE) && self.draft.lines("world.instances").is_empty() {
            let spot = self.dice.pick(&["", ", spotPrice: 0.01 USD"]);
            let said = format!("vcpus: 3, memory: 9GiB, tasks: 2, price: 0.05 USD{spot}");
            let types = format!("types: {{ {OWN_TYPE}: {{ {said} }} }}");
            self.draft.add("world.instances", types);
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
        if self.dice.percent(25) {
            self.scheduled_action(name, (min, max));
        }
    }

    /// What a group does to itself, AWS's refusals included.
    fn scheduled_action(&mut self, group: &str, (min, max): (u32, u32)) {
        let dice = &mut self.dice;
        let when = dice.pick(&[
            "\"*/7 * * * *\"",
            "\"0 * * * *\", TimeZone: Europe/Berlin",
            "\"59 23 * * MON-FRI\"",
        ]);
        let sizes = match dice.between(0, 3) {
            0 => format!("MinSize: {}, MaxSize: {}", min + 1, max + 2),
            1 => format!("MaxSize: {}", max / 2),
            2 => format!("DesiredCapacity: {}", (min + max) / 2),
            _ => "MinSize: 5".to_owned(),
        };
        let line = format!(
            "- {{ ScheduledActionName: s, AutoScalingGroupName: {group}, Recurrence: {when}, \
             {sizes} }}"
        );
        self.draft.add("aws.scheduledUpdateGroupActions", line);
    }

    /// What the world or the operator does to capacity.
    pub(super) fn disaster(&mut self) -> String {
        let zone = format!("{}a", self.region);
        let length = self.dice.pick(&["1s", "61s", "1h"]);
        let group = self.groups.first().cloned();
        if !self.draft.lines("aws.externalInstances").is_empty() && self.dice.percent(40) {
            return match self.dice.percent(50) {
                true => "drain: { externalInstances: rack, count: 2 }".to_owned(),
                false => format!("agentDisconnect: {{ externalInstances: rack, for: {length} }}"),
            };
        }
        match (self.dice.between(0, 5), group) {
            (4, Some(group)) => {
                let first = self.dice.pick(&["oldest", "newest"]);
                let count = self.dice.pick(&[1, 2, 9]);
                format!(
                    "drain: {{ AutoScalingGroupName: {group}, count: {count}, first: {first} }}"
                )
            }
            (5, Some(group)) => {
                let share = self.dice.pick(&["50 %", "100 %"]);
                format!(
                    "agentDisconnect: {{ AutoScalingGroupName: {group}, for: {length}, share: \
                     {share} }}"
                )
            }
            (0, Some(group)) => {
                let percent = self.dice.pick(&[0, 50, 90, 100]);
                format!(
                    "instanceRefresh: {{ AutoScalingGroupName: {group}, MinHealthyPercentage: \
                     {percent} }}"
                )
            }
            (1, Some(group)) => {
                let capacity = self.capacity_of_first;
                format!(
                    "setDesiredCapacity: {{ AutoScalingGroupName: {group}, DesiredCapacity: \
                     {capacity} }}"
                )
            }
            (2, group) if self.has_spot || group.is_some() => {
                let provider = match group {
                    Some(group) => group,
                    None => "FARGATE_SPOT".to_owned(),
                };
                let share = self.dice.pick(&["0 %", "50 %", "100 %"]);
                format!(
                    "drought: {{ capacityProvider: {provider}, for: {length}, reclaims: {share} }}"
                )
            }
            _ if self.zones_known => {
                format!("outage: {{ availabilityZone: {zone}, for: {length} }}")
            }
            _ => format!(
                "run: {{ taskDefinition: {}, launchType: FARGATE }}",
                self.families[0]
            ),
        }
    }

    /// Definitions, services and programs on the groups.
    pub(super) fn hosted(&mut self) {
        if self.groups.is_empty() {
            return;
        }
        // Beside a DAEMON task of the same size there has to be room for one.
        let mut fits_twice = true;
        for at in 0..self.dice.pick(&[1, 2]) {
            let dice = &mut self.dice;
            let mode = dice.pick(&["bridge", "bridge", "awsvpc"]);
            let (cpu, memory) = dice.pick(&[(128, 64), (256, 512), (512, 3_000), (2_048, 1_024)]);
            let port = match mode {
                "bridge" => dice.pick(&["hostPort: 0", "hostPort: 0", "hostPort: 80"]),
                _ => "name: http",
            };
            if at == 0 {
                fits_twice = cpu <= 256 && port != "hostPort: 80";
            }
            let check = dice.pick(&CHECKS);
            let head = format!(
                "- {{ family: machine{at}, requiresCompatibilities: [EC2], networkMode: {mode}"
            );
            let (waits, others) = containers::others(self, &head, ", memory: 6");
            let line = format!(
                "{head}, containerDefinitions: [{{ name: app, cpu: {cpu}, memory: {memory}, \
                 portMappings: [{{ containerPort: 80, {port} }}]{check}{waits} }}{others}] }}"
            );
            self.draft.add("aws.taskDefinitions", line);
        }
        if self.dice.percent(30) {
            let percent = self.dice.pick(&[0, 50]);
            let breaker = match self.dice.percent(50) {
                true => ", deploymentCircuitBreaker: { enable: true, rollback: true }",
                false => "",
            };
            let line = format!(
                "- {{ serviceName: daemon, taskDefinition: machine0, schedulingStrategy: DAEMON, \
                 deploymentConfiguration: {{ minimumHealthyPercent: {percent}{breaker} }} }}"
            );
            if fits_twice {
                self.draft.add("aws.services", line);
            }
        }
        for at in 0..self.dice.pick(&[1, 1, 2]) {
            let name = format!("hosted{at}");
            let has_group = self.dice.percent(40);
            if has_group {
                self.target_group(&name);
            }
            let desired = self.dice.pick(&[0, 1, 2, 5, 13, 60]);
            let mut line = format!(
                "- {{ serviceName: {name}, taskDefinition: machine0, desiredCount: {desired}, {}",
                self.placement()
            );
            let bounds = self
                .dice
                .pick(&[(100, 200), (0, 100), (50, 150), (100, 100)]);
            let breaker = self.dice.pick(&BREAKERS);
            line += &format!(
                ", deploymentConfiguration: {{ minimumHealthyPercent: {}, maximumPercent: \
                 {}{breaker} }}",
                bounds.0, bounds.1
            );
            if has_group {
                line += &format!(
                    ", loadBalancers: [{{ targetGroupArn: {name}, containerName: app, \
                     containerPort: 80 }}]"
                );
            }
            self.draft.add("aws.services", line + " }");
            self.services.push(ServiceFacts {
                is_network: self.is_network(&name),
                name,
                has_group,
                family: "machine".to_owned(),
                own_family: Some("machine0"),
                ..ServiceFacts::default()
            });
        }
        if self.dice.percent(50) {
            let name = "hostedjobs".to_owned();
            let line = format!(
                "- {{ name: {name}, taskDefinition: machine0, count: {}, {} }}",
                self.dice.pick(&[1, 1, 7]),
                self.placement()
            );
            self.draft.add("aws.runTasks", line);
            self.programs.push(name);
        }
    }

    /// Machines that no group launched, what befalls them, a service and a program on them.
    pub(super) fn machines(&mut self) {
        if !self.dice.percent(25) {
            return;
        }
        let dice = &mut self.dice;
        let count = dice.pick(&[1, 2, 5]);
        let (cpu, memory) = dice.pick(&[(256, 600), (1_024, 2_000), (8_192, 31_000)]);
        self.draft.add(
            "aws.externalInstances",
            format!(
                "- {{ name: rack, count: {count}, registeredResources: [{{ name: CPU, \
                 integerValue: {cpu} }}, {{ name: MEMORY, integerValue: {memory} }}], attributes: \
                 [{{ name: room, value: cellar }}] }}"
            ),
        );
        self.draft.add(
            "aws.taskDefinitions",
            "- { family: anywhere, requiresCompatibilities: [EXTERNAL], networkMode: host, \
             containerDefinitions: [{ name: app, cpu: 128, memory: 300 }] }",
        );
        if self.dice.percent(70) {
            let failures = self.dice.pick(&["1s", "7m", "3h"]);
            let disconnects = self.dice.pick(&["1s", "10m", "1d"]);
            let line = format!(
                "rack: {{ failures: {{ every: {failures}, lasts: 5m }}, disconnects: {{ every: \
                 {disconnects}, lasts: 61s }} }}"
            );
            // A machine that fails every second of a year is no small test.
            if self.seconds <= 6 * 3_600 {
                self.draft.add("world.instances", line);
            }
        }
        let is_daemon = self.dice.percent(20);
        let scheduling = match is_daemon {
            true => "schedulingStrategy: DAEMON".to_owned(),
            false => format!("desiredCount: {}", self.dice.pick(&[0, 1, 3, 40])),
        };
        let line = format!(
            "- {{ serviceName: onmachines, taskDefinition: anywhere, launchType: EXTERNAL, \
             {scheduling} }}"
        );
        self.draft.add("aws.services", line);
        if !is_daemon {
            self.services.push(ServiceFacts {
                name: "onmachines".to_owned(),
                family: "anywhere".to_owned(),
                own_family: Some("anywhere"),
                ..ServiceFacts::default()
            });
        }
        if self.dice.percent(60) {
            let rule = self.dice.pick(&[
                "",
                ", placementStrategy: [{ type: spread, field: \"attribute:room\" }]",
                ", placementConstraints: [{ type: distinctInstance }]",
            ]);
            let line = format!(
                "- {{ name: machinejobs, taskDefinition: anywhere, launchType: EXTERNAL{rule} }}"
            );
            self.draft.add("aws.runTasks", line);
            self.programs.push("machinejobs".to_owned());
        }
    }

    /// A constraint about what changes with every task, now and then.
    fn live_constraint(&mut self) -> String {
        if self.dice.percent(75) {
            return String::new();
        }
        let expression = self.dice.pick(&[
            "not(task:group == service:hosted0)",
            "task:group == service:hosted0",
            "task:group in [service:hosted0, family:machine0] or attribute:ecs.os-type == windows",
            "runningTasksCount < 2",
            "runningTasksCount > 0 and attribute:ecs.os-type == linux",
            "agentConnected == true and agentVersion >= 1.80.0",
            "ec2InstanceId =~ i-[0-7].*",
            "registeredAt > 2026-01-02",
        ]);
        format!(", placementConstraints: [{{ type: memberOf, expression: \"{expression}\" }}]")
    }

    /// ECS Managed Instances, a service and a program on them.
    pub(super) fn managed(&mut self) {
        if !self.has_managed {
            return;
        }
        let dice = &mut self.dice;
        let option = dice.pick(&[
            "",
            ", capacityOptionType: ON_DEMAND",
            ", capacityOptionType: SPOT",
        ]);
        let types = dice.pick(&[
            "",
            ", instanceRequirements: { vCpuCount: { min: 2, max: 8 }, memoryMiB: { min: 4096 } }",
            ", instanceRequirements: { vCpuCount: { min: 2 }, memoryMiB: { min: 8192 }, \
             allowedInstanceTypes: [m6i.large, \"m5.*large\", t3.xlarge], burstablePerformance: \
             included }",
        ]);
        let after = dice.pick(&[
            "",
            ", infrastructureOptimization: { scaleInAfter: -1 }",
            ", infrastructureOptimization: { scaleInAfter: 0 }",
            ", infrastructureOptimization: { scaleInAfter: 61 }",
        ]);
        let line = format!(
            "- {{ name: managed, managedInstancesProvider: {{ instanceLaunchTemplate: {{ \
             storageConfiguration: {{ storageSizeGiB: 30 }}{option}{types} }}{after} }} }}"
        );
        self.draft.add("aws.capacityProviders", line);
        let (mode, cpu, memory) = self.dice.pick(&[
            ("awsvpc", 128, 64),
            ("awsvpc", 512, 3_000),
            ("host", 256, 512),
            ("host", 1_024, 1_024),
        ]);
        let line = format!(
            "- {{ family: managed, requiresCompatibilities: [MANAGED_INSTANCES], networkMode: \
             {mode}, containerDefinitions: [{{ name: app, cpu: {cpu}, memory: {memory}, \
             portMappings: [{{ containerPort: 80 }}] }}] }}"
        );
        self.draft.add("aws.taskDefinitions", line);
        if self.dice.percent(60) {
            let launch = self.dice.pick(&[
                "",
                ", launchFailures: 50 %",
                ", shortages: { every: 1h, lasts: 1h }",
            ]);
            let ages = self.dice.pick(&["any", "new"]);
            let gathering = self.dice.pick(&["0s", "1s", "2m"]);
            let line = format!(
                "managed: {{ managedInstances: {{ gathering: {gathering}, drainsFrom: 1h, endsAt: \
                 2h, agesAtStart: {ages} }}{launch} }}"
            );
            self.draft.add("world.instances", line);
        }
        let desired = self.dice.pick(&[0, 1, 2, 5, 13, 40]);
        let (least, most) = self
            .dice
            .pick(&[(100, 200), (0, 100), (50, 150), (100, 100)]);
        let constraint = self.dice.pick(&[
            "",
            "",
            ", placementConstraints: [{ type: distinctInstance }]",
        ]);
        let strategy = "capacityProviderStrategy: [{ capacityProvider: managed, weight: 1 }]";
        let line = format!(
            "- {{ serviceName: onmanaged, taskDefinition: managed, desiredCount: {desired}, \
             {strategy}{constraint}, deploymentConfiguration: {{ minimumHealthyPercent: {least}, \
             maximumPercent: {most} }} }}"
        );
        self.draft.add("aws.services", line);
        if self.dice.percent(50) {
            let count = self.dice.pick(&[1, 1, 7]);
            let line = format!(
                "- {{ name: managedjobs, taskDefinition: managed, count: {count}, {strategy} }}"
            );
            self.draft.add("aws.runTasks", line);
            self.programs.push("managedjobs".to_owned());
        }
    }

    /// A strategy on the groups, and how tasks are placed on their instances.
    pub(super) fn placement(&mut self) -> String {
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
            true => ", placementConstraints: [{ type: distinctInstance }]".to_owned(),
            false => self.live_constraint(),
        };
        match self.dice.percent(20) {
            true => format!("launchType: EC2{strategy}{constraint}"),
            false => format!("capacityProviderStrategy: [{items}]{strategy}{constraint}"),
        }
    }
}
