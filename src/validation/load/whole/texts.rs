//! The scenarios that are played: everything that is no load takes a constant time, so that tasks
//! come and go at the same instants in every replication.

use crate::validation::Effort;

/// Slots of a task, if nothing else is said.
pub(super) const SLOTS: f64 = 16.0;
/// A task's memory, and which share of it requests in all slots use: what `MemoryUtilization` shows
/// is slots taken.
const TASK_MIB: f64 = 8192.0;
pub(super) const SLOTS_OF_MEMORY: f64 = 0.5;
const SLOT_MIB: f64 = TASK_MIB * SLOTS_OF_MEMORY / SLOTS;

/// A service `web` behind a balancer.
#[derive(Clone, Debug)]
pub(super) struct Web<'t> {
    pub(super) minutes: u32,
    /// Its balancer's fields.
    pub(super) balancer: &'t str,
    /// Its target group's fields beside the attributes.
    pub(super) group: &'t str,
    pub(super) attributes: &'t str,
    /// Further fields of the service.
    pub(super) service: &'t str,
    pub(super) tasks: u32,
    pub(super) slots: u32,
    /// Load before and after, of the tasks at the start, and the minute of the change.
    pub(super) loads: [f64; 2],
    /// Further fields of its demand.
    pub(super) demand: &'t str,
    pub(super) cv: f64,
    /// How many times as long as usual a request takes.
    pub(super) longer: f64,
    /// The times as much that a request costs on its second revision.
    pub(super) second: f64,
    pub(super) timeline: &'t str,
}

/// When something changes.
pub(super) const CHANGE_AT: &str = "5m";

impl Default for Web<'_> {
    fn default() -> Self {
        Web {
            minutes: 16,
            balancer: "Type: application",
            group: "Protocol: HTTP",
            attributes: "",
            service: "",
            tasks: 4,
            slots: SLOTS as u32,
            loads: [0.6, 0.6],
            demand: "",
            cv: 1.0,
            longer: 1.0,
            second: 1.0,
            timeline: "",
        }
    }
}

/// Seconds that a request holds its slot: a minute has 300 of them, 60 in a quick run.
pub(super) fn holding_s(effort: &Effort) -> f64 {
    effort.choose(0.2, 1.0)
}

const LATENCIES: &str = "\
{ eni: 1s, prepare: 1s, pull: { base: 1s, perMiB: 0ms }, create: 1s, deprovision: 1s,
      registration: 1s, networkShift: 3m }";

/// A rate of so many a second, another from [`CHANGE_AT`] on.
pub(super) fn rate([before, after]: [f64; 2]) -> String {
    if before == after {
        return format!("{before:.4}/s");
    }
    format!("{{ step: {{ at: {CHANGE_AT}, from: {before:.4}/s, to: {after:.4}/s }} }}")
}

/// What a service needs besides for its traffic to be shifted.
const GREEN: &str = ", advancedConfiguration: { alternateTargetGroupArn: green,
          productionListenerRule: \
          \"arn:aws:elasticloadbalancing:us-east-1:1:listener-rule/app/lb/1/2/3\",
          roleArn: \"arn:aws:iam::111122223333:role/ecs\" }";

impl Web<'_> {
    pub(super) fn text(&self, effort: &Effort) -> String {
        let wait_s = holding_s(effort) * self.longer;
        let full_per_s = f64::from(self.tasks * self.slots) / wait_s;
        let slot_mib = TASK_MIB * SLOTS_OF_MEMORY / f64::from(self.slots);
        let rate = rate(self.loads.map(|load| load * full_per_s));
        let Web {
            minutes,
            balancer,
            group,
            attributes,
            service,
            tasks,
            slots,
            demand,
            cv,
            timeline,
            ..
        } = self;
        let target = |name: &str| {
            format!(
                "{{ TargetGroupName: {name}, HealthCheckIntervalSeconds: 5, \
                 HealthCheckTimeoutSeconds: 2, LoadBalancerArns: [lb], {group}, attributes: {{ \
                 {attributes} }} }}"
            )
        };
        let shifts = service.contains("strategy");
        let mut targets = vec![target("web")];
        targets.extend(shifts.then(|| target("green")));
        let (targets, green) = (targets.join(", "), if shifts { GREEN } else { "" });
        let (wait_ms, second_ms) = (1e3 * wait_s, 1e3 * wait_s * self.second);
        format!(
            "\
fleetcast: 1
name: validation
run: {{ duration: {minutes}m, fidelity: FIDELITY, begin: steady }}
aws:
  cluster: {{ clusterName: shop, capacityProviders: [FARGATE] }}
  taskDefinitions:
    - {{ family: web, cpu: 2048, memory: {TASK_MIB} }}
    - {{ family: web, cpu: 2048, memory: {TASK_MIB} }}
  loadBalancers: [{{ LoadBalancerName: lb, Scheme: internal, {balancer} }}]
  targetGroups: [{targets}]
  services:
    - {{ serviceName: web, taskDefinition: \"web:1\", desiredCount: {tasks}, launchType: FARGATE,
        loadBalancers: [{{ targetGroupArn: web, containerName: web, containerPort: 80 {green} }}]
        {service} }}
world:
  latencies:
    default: {LATENCIES}
  demand: {{ web: {{ rate: {rate} {demand} }} }}
  work:
    web: {{ cpu: 0s, wait: {wait_ms:.0}ms, cv: {cv}, slots: {slots}, start: 0s, stopsIn: 0s,
      memory: {{ perRequest: {slot_mib}MiB }} }}
    \"web:2\": {{ wait: {second_ms:.0}ms }}
timeline: [{timeline}]
"
        )
    }
}

/// Services that call one another, found by Service Connect: `edge` calls `one`, and what else its
/// calls say.
#[derive(Clone, Debug)]
pub(super) struct Shop<'t> {
    pub(super) minutes: u32,
    /// Tasks of `edge`, `one`, `two`.
    pub(super) tasks: [u32; 3],
    /// Slot-holding times of their own work, of the usual ones.
    pub(super) work: [f64; 3],
    pub(super) cv: f64,
    /// Calls of `edge`, and of `one`.
    pub(super) calls: [&'t str; 2],
    /// Users' requests in a usual slot-holding time.
    pub(super) rates: [f64; 2],
    /// The times as much that a request costs on the second revision of `one`.
    pub(super) second: f64,
    pub(super) timeline: &'t str,
}

impl Shop<'_> {
    pub(super) fn text(&self, effort: &Effort) -> String {
        let holding_s = holding_s(effort);
        let [edge, one, two] = self.work.map(|times| 1e3 * holding_s * times);
        let second = one * self.second;
        let rate = rate(self.rates.map(|it| it / holding_s));
        let Shop {
            minutes,
            tasks: [of_edge, of_one, of_two],
            calls: [of_edge_calls, of_one_calls],
            cv,
            timeline,
            ..
        } = self;
        let patience = holding_s * 5.0;
        let common = format!(
            "cpu: 0s, cv: {cv}, slots: {SLOTS}, start: 0s, stopsIn: 0s, \
             memory: {{ perRequest: {SLOT_MIB}MiB }}"
        );
        let text = format!(
            "\
fleetcast: 1
name: validation
run: {{ duration: {minutes}m, fidelity: FIDELITY, begin: steady }}
aws:
  cluster: {{ clusterName: shop, capacityProviders: [FARGATE] }}
  taskDefinitions:
    - {{ family: edge, cpu: 2048, memory: {TASK_MIB} }}
    - {{ family: one, cpu: 2048, memory: {TASK_MIB} }}
    - {{ family: one, cpu: 2048, memory: {TASK_MIB} }}
    - {{ family: two, cpu: 2048, memory: {TASK_MIB} }}
  services:
    - {{ serviceName: edge, taskDefinition: edge, desiredCount: {of_edge}, launchType: FARGATE }}
    - {{ serviceName: one, taskDefinition: \"one:1\", desiredCount: {of_one}, launchType: FARGATE,
        serviceConnectConfiguration: {{ enabled: true }} }}
    - {{ serviceName: two, taskDefinition: two, desiredCount: {of_two}, launchType: FARGATE,
        serviceConnectConfiguration: {{ enabled: true }} }}
world:
  latencies:
    default: {LATENCIES}
  demand: {{ edge: {{ rate: {rate} }} }}
  work:
    edge: {{ wait: {edge:.0}ms, {common}, calls: [{of_edge_calls}] }}
    one: {{ wait: {one:.0}ms, {common}, calls: [{of_one_calls}] }}
    \"one:2\": {{ wait: {second:.0}ms }}
    two: {{ wait: {two:.0}ms, {common} }}
timeline: [{timeline}]
"
        );
        text.replace("PATIENCE", &format!("{:.0}ms", 1e3 * patience))
    }
}
