//! Step policies with the alarms that trigger them, alarms that trigger nothing, scheduled actions
//! and suspended scaling; and that every state of an alarm comes out as it is when each minute is
//! looked at by itself.

use fleetcast::experiment::run::replay;
use fleetcast::explain::Replay;
use fleetcast::observe::trail::Trail;

use super::dice::Dice;
use super::generator::{Scene, ServiceFacts};
use super::{limits, loaded, swarm};

/// Scenarios that are asked again.
const SEEDS: u64 = 100;

impl Scene {
    /// What scales a service beside target tracking; the end of its scalable target's line.
    pub(super) fn alarmed(&mut self, facts: &ServiceFacts) -> String {
        let name = &facts.name;
        let resource = format!("ResourceId: service/default/{name}");
        let policies = self.alarm_dice.pick(&[0, 0, 1, 1, 2]);
        for policy in 0..policies {
            let configuration = self.steps();
            let line = format!(
                "- {{ {resource}, PolicyName: s{policy}, PolicyType: StepScaling, \
                 StepScalingPolicyConfiguration: {{ {configuration} }} }}"
            );
            self.draft.add("aws.scalingPolicies", line);
        }
        for alarm in 0..self.alarm_dice.pick(&[0, policies, 1, 2]) {
            let line = self.alarm(facts, alarm, policies);
            self.draft.add("aws.alarms", line);
        }
        for action in 0..self.alarm_dice.pick(&[0, 0, 1, 2]) {
            // The first three would be too many in a year.
            let schedules = [
                "rate(1 minute)",
                "rate(7 minutes)",
                "cron(0/5 * * * ? *)",
                "rate(1 hour)",
                "cron(30 2 * * ? *)",
                "cron(0 0 1 1 ? 2020)",
            ];
            let is_long = 6 * 3_600 < self.seconds;
            let schedule = self
                .alarm_dice
                .pick(&schedules[if is_long { 3 } else { 0 }..]);
            let bounds = self.alarm_dice.pick(&[
                "MinCapacity: 1",
                "MaxCapacity: 3",
                "MinCapacity: 0, MaxCapacity: 2",
                "MinCapacity: 4, MaxCapacity: 9",
            ]);
            let zone = self.alarm_dice.pick(&["", ", Timezone: Europe/Berlin"]);
            let line = format!(
                "- {{ {resource}, ScheduledActionName: a{action}, Schedule: \"{schedule}\"{zone}, \
                 ScalableTargetAction: {{ {bounds} }} }}"
            );
            self.draft.add("aws.scheduledActions", line);
        }
        self.alarm_dice
            .pick(&[
                "",
                "",
                "",
                ", SuspendedState: { DynamicScalingOutSuspended: true }",
                ", SuspendedState: { DynamicScalingInSuspended: true }",
                ", SuspendedState: { ScheduledScalingSuspended: true }",
            ])
            .to_owned()
    }

    fn steps(&mut self) -> String {
        let dice = &mut self.alarm_dice;
        let kind = dice.pick(&[
            "ChangeInCapacity",
            "PercentChangeInCapacity",
            "ExactCapacity",
        ]);
        // Steps on both sides, so that any alarm has some on its own.
        let by: Vec<i64> = (0..4)
            .map(|_| match kind {
                "ExactCapacity" => dice.between(0, 9) as i64,
                _ => dice.pick(&[-100, -10, -1, 0, 1, 3, 50, 300]),
            })
            .collect();
        let mut line = format!(
            "AdjustmentType: {kind}, StepAdjustments: [{{ MetricIntervalUpperBound: -10, \
             ScalingAdjustment: {} }}, {{ MetricIntervalLowerBound: -10, MetricIntervalUpperBound: \
             0, ScalingAdjustment: {} }}, {{ MetricIntervalLowerBound: 0, \
             MetricIntervalUpperBound: 20, ScalingAdjustment: {} }}, {{ MetricIntervalLowerBound: \
             20, ScalingAdjustment: {} }}]",
            by[0], by[1], by[2], by[3]
        );
        if dice.percent(50) {
            let seconds = dice.pick(&[0, 1, 60, 120, 3_600]);
            line += &format!(", Cooldown: {seconds}");
        }
        if kind == "PercentChangeInCapacity" && dice.percent(50) {
            line += ", MinAdjustmentMagnitude: 2";
        }
        line += dice.pick(&[
            "",
            ", MetricAggregationType: Minimum",
            ", MetricAggregationType: Maximum",
        ]);
        line
    }

    fn alarm(&mut self, facts: &ServiceFacts, alarm: u64, policies: u64) -> String {
        let name = &facts.name;
        let mut own = self.dice_of(&format!("alarm {alarm} of {name}"));
        let dice = &mut self.alarm_dice;
        let of_ecs = [
            ("CPUUtilization", "Statistic: Average", "50"),
            ("CPUUtilization", "Statistic: Average", "0"),
            ("MemoryUtilization", "Statistic: Average", "30"),
        ];
        let of_insights = [
            ("RunningTaskCount", "Statistic: Average", "1"),
            ("DesiredTaskCount", "Statistic: Average", "2"),
            ("PendingTaskCount", "Statistic: Average", "0"),
            ("DeploymentCount", "Statistic: Average", "1"),
            ("TaskSetCount", "Statistic: Average", "0"),
            ("CpuUtilized", "Statistic: Average", "64"),
        ];
        let of_balancer = [
            ("RequestCount", "Statistic: Sum", "100"),
            ("RequestCountPerTarget", "Statistic: Sum", "60"),
            ("TargetResponseTime", "Statistic: Average", "0.2"),
            ("HealthyHostCount", "Statistic: Average", "1"),
            ("UnHealthyHostCount", "Statistic: Average", "0"),
            ("HTTPCode_ELB_5XX_Count", "Statistic: Sum", "0"),
            ("HTTPCode_Target_5XX_Count", "Statistic: Sum", "1"),
            ("HTTPCode_ELB_502_Count", "Statistic: Sum", "0"),
            ("HTTPCode_ELB_503_Count", "Statistic: Sum", "0"),
            ("HTTPCode_ELB_504_Count", "Statistic: Sum", "0"),
            ("TargetResponseTime", "ExtendedStatistic: p99", "0.5"),
        ];
        let of_network = [
            ("HealthyHostCount", "Statistic: Average", "1"),
            ("UnHealthyHostCount", "Statistic: Average", "0"),
            ("TCP_ELB_Reset_Count", "Statistic: Sum", "0"),
        ];
        let of_queue = [
            (
                "ApproximateNumberOfMessagesVisible",
                "Statistic: Average",
                "10",
            ),
            (
                "ApproximateNumberOfMessagesNotVisible",
                "Statistic: Average",
                "1",
            ),
            ("NumberOfMessagesSent", "Statistic: Sum", "100"),
            ("NumberOfMessagesReceived", "Statistic: Sum", "100"),
            ("ApproximateAgeOfOldestMessage", "Statistic: Average", "60"),
        ];
        let is_balancers = facts.has_group && dice.percent(50);
        let mut value = name.clone();
        let (namespace, dimension, (metric, statistic, threshold)) = match &facts.queue {
            Some(queue) if own.percent(60) => {
                value = queue.clone();
                ("AWS/SQS", "QueueName", dice.pick(&of_queue))
            }
            _ if is_balancers && facts.is_network => {
                ("AWS/NetworkELB", "TargetGroup", dice.pick(&of_network))
            }
            _ if is_balancers => ("AWS/ApplicationELB", "TargetGroup", dice.pick(&of_balancer)),
            _ if facts.fine.is_empty() && own.percent(40) => (
                "ECS/ContainerInsights",
                "ServiceName",
                own.pick(&of_insights),
            ),
            _ => ("AWS/ECS", "ServiceName", dice.pick(&of_ecs)),
        };
        let comparison = dice.pick(&[
            "GreaterThanThreshold",
            "GreaterThanOrEqualToThreshold",
            "LessThanThreshold",
            "LessThanOrEqualToThreshold",
        ]);
        let period = dice.pick(&[60, 60, 60, 120, 300]);
        let period = match facts.fine.contains(&metric) {
            true if own.percent(70) => own.pick(&[10, 20, 20, 30]),
            _ if statistic.starts_with("Extended") => 60,
            _ => period,
        };
        let periods = dice.pick(&[1, 1, 2, 3, 5, 15]);
        let datapoints = dice.between(1, periods);
        let missing = dice.pick(&["missing", "ignore", "breaching", "notBreaching"]);
        let action = match policies {
            0 => String::new(),
            _ => {
                let policy = dice.between(0, policies - 1);
                format!(", AlarmActions: [service/default/{name}/s{policy}]")
            }
        };
        let watched = format!(
            "Namespace: {namespace}, MetricName: {metric}, Dimensions: [{{ Name: {dimension}, \
             Value: {value} }}]"
        );
        let source = match 60 <= period && own.percent(30) {
            true => self::math(&mut own, name, (&watched, statistic), period),
            false => format!("{watched}, {statistic}, Period: {period}"),
        };
        format!(
            "- {{ AlarmName: {name}-{alarm}, {source}, EvaluationPeriods: {periods}, \
             DatapointsToAlarm: {datapoints}, Threshold: {threshold}, \
             ComparisonOperator: {comparison}, TreatMissingData: {missing}{action} }}"
        )
    }
}

/// Metric math over a metric and the CPU utilization of its service.
fn math(own: &mut Dice, service: &str, (watched, statistic): (&str, &str), period: u64) -> String {
    let stat = statistic.rsplit(' ').next().unwrap_or_default();
    let words = own.pick(&[
        "100 * m1 / m2",
        "FILL(m1, 0) + m2 / 2",
        "-(m1 - 3) * FILL(m2, 1.5)",
    ]);
    let entry = |id: &str, metric: &str, stat: &str| {
        format!(
            "{{ Id: {id}, ReturnData: false, MetricStat: {{ Metric: {{ {metric} }}, Stat: {stat}, \
             Period: {period} }} }}"
        )
    };
    let cpu = format!(
        "Namespace: AWS/ECS, MetricName: CPUUtilization, Dimensions: [{{ Name: ServiceName, Value: \
         {service} }}]"
    );
    format!(
        "Metrics: [{}, {}, {{ Id: e1, Expression: \"{words}\" }}]",
        entry("m1", watched, stat),
        entry("m2", &cpu, "Average")
    )
}

#[test]
fn alarms_and_policies_come_out_the_same_when_each_minute_is_asked_again() {
    swarm("alarms", SEEDS, |draft| {
        if draft.lines("aws.alarms").is_empty() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let plan = loaded(draft, folder.path()).unwrap().plan;
        let outcome = replay(&plan, 0, &limits(&plan), Trail::of(None));
        if outcome.stopped_at != plan.horizon() {
            return;
        }
        let replay = Replay {
            plan: &plan,
            trail: outcome.observed.trail.as_deref().unwrap(),
            ended_at: outcome.stopped_at,
        };
        assert_eq!(replay.disagreements(), Vec::<String>::new());
    });
}
