//! Whole scenarios: what loads, and the message of each thing that does not.

mod commitments;
mod custom_metrics;
mod external;
mod files;
mod fine;
mod groups;
mod hosting;
mod instances;
mod later_rollouts;
mod managed;
mod messages;
mod queues;
mod ranges;
mod requirements;
mod rollout_groups;
mod rollouts;
mod scaling;
mod schedules;
mod spot_history;
mod unasked;

use super::sweep::Replications;
use super::*;
use crate::engine::SimDuration;
use crate::policy::load::Routing;
use plan::{
    ArrivalPlan, Begin, Bound, ObjectiveMetric, Scope, Statistic, TimelineAction, TrackedMetric,
};

/// The smallest scenario there is.
const HELLO: &str = "\
fleetcast: 1
run: { duration: 1h }
aws:
  taskDefinitions:
    - { family: web, cpu: 256, memory: 512 }
  services:
    - { serviceName: web, taskDefinition: web, desiredCount: 2, launchType: FARGATE }
";

/// The first example of the design, with a job from the second, without what is not built yet.
const DESIGN: &str = include_str!("tests/design.yaml");

fn loaded_with(text: &str, options: &LoadOptions) -> Loaded {
    match load_text("a.yaml", text, options) {
        Ok(loaded) => loaded,
        Err(failure) => panic!("{}", failure.diagnostics.render(&failure.sources, false)),
    }
}

fn loaded(text: &str) -> Loaded {
    loaded_with(text, &LoadOptions::default())
}

/// A week of five-minute rows from a Monday on.
fn week_of_rows(folder: &std::path::Path) {
    let start: jiff::Timestamp = "2014-04-07T00:00:00Z".parse().unwrap();
    let mut text = "timestamp,value\n".to_owned();
    for row in 0..7 * 288 {
        let at = start + jiff::SignedDuration::from_mins(5 * row);
        text += &format!("{at},{}\n", 50 + row % 288);
    }
    std::fs::write(folder.join("elb.csv"), text).unwrap();
}

#[test]
fn the_smallest_scenario_loads_and_lists_its_defaults() {
    let plan = loaded(HELLO).plan;
    let web = &plan.services[0];
    assert_eq!((web.desired_count, web.minimum_healthy_percent), (2, 100));
    assert_eq!(web.strategy.items().len(), 1);
    assert!(web.demand.is_none());
    let zones: Vec<&str> = plan.zones.iter().map(|zone| zone.name.as_str()).collect();
    assert_eq!(zones, ["us-east-1a", "us-east-1b", "us-east-1c"]);
    assert_eq!(plan.task_definitions[0].name(), "web:1");
    assert_eq!(plan.task_definitions[0].containers[0].name, "web");
    // 19:00 in New York, where us-east-1's customers are, is midnight UTC.
    assert_eq!(plan.spot.start_hour, 19.0);
    let applied = |path: &str| plan.assumptions.iter().find(|applied| applied.path == path);
    assert_eq!(applied("run.seed").unwrap().value, "42");
    let eni = applied("world.latencies.*.eni").unwrap();
    assert_eq!(eni.value, "lognormal, mean 4.9s, cv 0.4");
    assert!(eni.source.starts_with("ASSUMPTION"));
    assert!(applied("run.duration").is_none());
    assert!(applied("world.demand.*.timeout").is_none(), "nobody asks");
}

#[test]
fn what_a_dashboard_shows_becomes_what_the_code_costs() {
    let work = "world: { work: { default: { idle: 0.025 vCPU, wait: { from: { responseTime: 120ms } } }, \
                web: { cpu: { from: { cpuUtilization: 45 %, requestsPerTarget: 800/min } } } } }\n";
    let plan = loaded(
        &format!("{}{work}", HELLO.replace("cpu: 256", "cpu: 512"))
            .replace("memory: 512", "memory: 1024"),
    )
    .plan;
    let web = &plan.task_definitions[0].work;
    // (0.45 * 0.5 - 0.025) vCPU over 13.333 requests a second; alone, 15 ms take 30 on half a vCPU.
    assert!((web.cpu_s - 0.015).abs() < 1e-12, "{}", web.cpu_s);
    assert!((web.wait_s - 0.090).abs() < 1e-12, "{}", web.wait_s);
    let said = [
        "cpu of web: 15.0 ms, from 45 % at 800/min on 0.5 vCPU, less 0.025 idle; holds for tasks \
         of that size",
        "wait of web: 90.0 ms, from a response after 120ms on 0.5 vCPU; holds if it was measured \
         at low load",
        "nobody asks service web: world.demand has no entry for it, so it has no load",
    ];
    assert_eq!(plan.notes, said);
    let applied = |path: &str| plan.assumptions.iter().find(|applied| applied.path == path);
    let cpu = applied("world.work.web.cpu").unwrap();
    assert_eq!(cpu.value, "15.0 ms");
    assert!(
        cpu.source.starts_with("DERIVED: from 45 %"),
        "{}",
        cpu.source
    );
    assert!(
        applied("world.work.*.cpu").is_none(),
        "the default does not apply"
    );
}

#[test]
fn the_design_s_example_loads() {
    let folder = tempfile::tempdir().unwrap();
    week_of_rows(folder.path());
    let options = LoadOptions {
        base: folder.path().to_path_buf(),
        ..LoadOptions::default()
    };
    let Loaded {
        plan,
        sweep,
        trace_files,
        resolved,
        ..
    } = loaded_with(DESIGN, &options);
    assert_eq!(
        (plan.name.as_str(), plan.run.begin),
        ("web-api", Begin::Steady)
    );
    assert_eq!(plan.cluster.name, "shop");
    let api = &plan.services[0];
    let bases: Vec<(u32, u32)> = api
        .strategy
        .items()
        .iter()
        .map(|it| (it.base, it.weight))
        .collect();
    assert_eq!(bases, [(2, 1), (0, 2)]);
    let demand = api.demand.as_ref().unwrap();
    assert_eq!(demand.timeout, Some(SimDuration::from_secs(10)));
    assert_eq!((demand.retry_attempts, demand.bytes_out), (2, 20_480.0));
    let group = &plan.target_groups[api.target_group.unwrap().index()];
    assert_eq!(group.deregistration_delay, SimDuration::from_secs(60));
    assert_eq!(group.routing, Routing::RoundRobin);
    assert!(plan.load_balancers[0].internet_facing);
    let work = &plan.task_definitions[0].work;
    assert_eq!(
        (work.cpu_s, work.memory_base_mib, work.image_mib),
        (0.03, 220.0, 180.0)
    );
    let etl = &plan.task_definitions[1].work;
    assert_eq!(etl.duration.unwrap().mean(), 2_400.0);
    assert_eq!(etl.exit_codes, [(0, 0.99), (1, 0.01)]);
    let target = &plan.scalable_targets[0];
    assert_eq!((target.min, target.max), (4, 100));
    assert_eq!(target.policies[0].metric, TrackedMetric::Cpu);
    assert!(matches!(
        plan.job_sources[0].arrivals,
        Some(ArrivalPlan::Generated { .. })
    ));
    assert_eq!(plan.job_sources[0].concurrency, Some(50));
    check_timeline(&plan);
    check_objectives(&plan);
    let sweep = sweep.unwrap();
    assert_eq!(
        (
            sweep.replications.at_least,
            sweep.parameters[0].values.len()
        ),
        (20, 4)
    );
    assert_eq!(trace_files[0].name_in_run, "traces/elb.csv");
    assert!(resolved.contains("\"trace\": \"traces/elb.csv\""));
}

fn check_timeline(plan: &plan::Plan) {
    // Berlin's 03:00 is 02:00 UTC, seven times in seven days from 01:00 local on.
    let hours: Vec<f64> = plan
        .timeline
        .iter()
        .map(|entry| entry.at.as_secs_f64() / 3_600.0)
        .collect();
    assert_eq!(hours, [2.0, 26.0, 50.0, 62.0, 74.0, 98.0, 122.0, 146.0]);
    let is_run = |entry: &&plan::TimelineEntry| {
        matches!(entry.action, TimelineAction::RunTask { count: 8, .. })
    };
    assert_eq!(plan.timeline.iter().filter(is_run).count(), 1);
}

fn check_objectives(plan: &plan::Plan) {
    let [response, cost] = plan.objectives.as_slice() else {
        panic!("two objectives");
    };
    assert_eq!(
        response.text,
        "TargetResponseTime of api p99 below 500ms in 99.9 % of minutes"
    );
    assert_eq!(response.statistic, Statistic::Quantile(0.99));
    assert_eq!(response.bound, Bound::Below(0.5));
    assert!(matches!(response.scope, Scope::Minutes(share) if (share - 0.999).abs() < 1e-12));
    assert_eq!(cost.text, "Cost below 1200 USD per month");
    assert_eq!(cost.metric, ObjectiveMetric::Cost { per_month: true });
}

#[test]
fn a_resolved_scenario_loads_to_the_same_plan() {
    let folder = tempfile::tempdir().unwrap();
    week_of_rows(folder.path());
    std::fs::create_dir(folder.path().join("traces")).unwrap();
    std::fs::copy(
        folder.path().join("elb.csv"),
        folder.path().join("traces/elb.csv"),
    )
    .unwrap();
    let options = LoadOptions {
        base: folder.path().to_path_buf(),
        ..LoadOptions::default()
    };
    let first = loaded_with(DESIGN, &options);
    let second = loaded_with(&first.resolved, &options);
    assert_eq!(second.resolved, first.resolved);
    assert_eq!(format!("{:?}", second.plan), format!("{:?}", first.plan));
}

#[test]
fn a_revision_inherits_its_family_s_work_and_the_family_that_of_default() {
    let text = HELLO.replace(
        "services:",
        "  - { family: web, cpu: 512, memory: 1024 }\n  services:",
    ) + "world: { work: { default: { slots: 4, cpu: 1ms }, web: { cpu: 2ms }, \"web:2\": { wait: 3ms } } }\n";
    let plan = loaded(&text).plan;
    let costs = |index: usize| {
        let work = &plan.task_definitions[index].work;
        (work.slots, work.cpu_s, work.wait_s)
    };
    assert_eq!(costs(0), (4, 0.002, 0.0));
    assert_eq!(costs(1), (4, 0.002, 0.003));
    // A family alone is its latest revision.
    assert_eq!(plan.services[0].task_definition.index(), 1);
}

#[test]
fn the_values_of_a_sweep_may_have_names() {
    let text = HELLO.to_owned()
        + "sweep: { parameters: { size: { paths: [aws.taskDefinitions.web.cpu, \
           aws.taskDefinitions.web.memory], values: { small: [256, 512], large: [1024, 2048] } } \
           }, baseline: { size: large } }";
    let sweep = loaded(&text).sweep.unwrap();
    let labels: Vec<&str> = sweep.parameters[0]
        .values
        .iter()
        .map(|value| value.label.as_str())
        .collect();
    assert_eq!(labels, ["small", "large"]);
    let large = &sweep.parameters[0].values[1];
    assert_eq!(sweep.parameters[0].set(large)[1].1, "2048");
    assert_eq!(sweep.baseline, Some(vec![large.clone()]));
}

#[test]
fn a_cell_of_a_sweep_is_the_tree_with_its_paths_set() {
    let text = HELLO.to_owned()
        + "sweep: { parameters: { size: { paths: [aws.taskDefinitions.web.cpu, \
           aws.taskDefinitions.web.memory], values: [[256, 512], [1024, 2048]] } } }\n";
    let whole = loaded(&text);
    let sweep = whole.sweep.as_ref().unwrap();
    assert_eq!(sweep.replications, Replications::fixed(10));
    assert_eq!(sweep.parameters[0].values[1].label, "[1024,2048]");
    let options = LoadOptions {
        set: sweep.parameters[0].set(&sweep.parameters[0].values[1]),
        ..LoadOptions::default()
    };
    let cell = load_tree(&whole.tree, &whole.sources, "a", &options).unwrap();
    assert_eq!(cell.plan.task_definitions[0].cpu.0, 1_024);
    assert_eq!(cell.plan.task_definitions[0].memory.0, 2_048);
}

#[test]
fn set_and_seed_of_the_caller_win() {
    let options = LoadOptions {
        set: vec![("aws.services.web.desiredCount".into(), "7".into())],
        seed: Some(3),
        ..LoadOptions::default()
    };
    let plan = loaded_with(HELLO, &options).plan;
    assert_eq!((plan.services[0].desired_count, plan.run.seed), (7, 3));
}

#[test]
fn a_direction_of_scaling_can_be_suspended() {
    let suspended = |state: &str| {
        let target = format!(
            "aws:\n  scalableTargets: [{{ ResourceId: service/default/web, MinCapacity: 1, \
             MaxCapacity: 9, SuspendedState: {state} }}]\n"
        );
        let plan = loaded(&HELLO.replace("aws:\n", &target)).plan;
        let target = &plan.scalable_targets[0];
        (target.scale_out_suspended, target.scale_in_suspended)
    };
    assert_eq!(suspended("{}"), (false, false));
    assert_eq!(
        suspended("{ DynamicScalingInSuspended: true }"),
        (false, true)
    );
    assert_eq!(
        suspended("{ DynamicScalingOutSuspended: true }"),
        (true, false)
    );
}

#[test]
fn a_pinned_stream_draws_under_the_other_name() {
    let plan = loaded(&(HELLO.to_owned() + "world: { streams: { web: api } }\n")).plan;
    assert_eq!(
        plan.services[0].key,
        crate::engine::random::NameHash::of("api")
    );
}

#[test]
fn prices_can_be_set_and_strict_ones_want_to_be_known() {
    let text = HELLO.to_owned()
        + "world: { prices: { fargate_vcpu_hour_x86: 0.05 USD, discount: { all: 10 % } } }\n";
    let plan = loaded(&text).plan;
    let price = |item| plan.prices.price(item).amount.usd();
    use crate::catalog::item::Item;
    assert!((price(Item::FargateVcpuHourX86) - 0.045).abs() < 1e-12);
    let listed = loaded(HELLO)
        .plan
        .prices
        .price(Item::FargateGbHourX86)
        .amount
        .usd();
    assert!((price(Item::FargateGbHourX86) - 0.9 * listed).abs() < 1e-12);
}

#[test]
fn prices_change_in_the_order_of_time_whoever_says_so() {
    let text = HELLO.to_owned()
        + "world: { prices: { changes: [{ at: 30m, all: 10 % }, { at: 10m, FARGATE: 0 % }] } }\n";
    let text = text.replace("FARGATE: 0 %", "capacityProviders: { FARGATE: -50 % }")
        + "timeline: [{ at: 20m, priceChange: { fargate_vcpu_hour_x86: 0.05 USD } }]\n";
    let plan = loaded(&text).plan;
    use crate::catalog::item::Item;
    let price = |minutes: u64| {
        let book = plan
            .prices
            .in_force(crate::engine::SimTime::from_secs(minutes * 60));
        book.price(Item::FargateVcpuHourX86).amount.usd()
    };
    assert_eq!([0, 10, 20, 30].map(price), [0.04048, 0.02024, 0.05, 0.055]);
    assert!(plan.timeline.is_empty(), "nothing happens to the cluster");
}

/// Services have the strategy of the rule for their tasks' size, from the start and when a
/// deployment changes the size; programs keep theirs in the plan, as each job has a size of its own.
#[test]
fn sizes_choose_strategies_where_a_what_if_asks_for_it() {
    let definition = |cpu, memory| {
        format!(
            "{{ family: hello, cpu: {cpu}, memory: {memory}, requiresCompatibilities: [FARGATE] }}"
        )
    };
    let definitions = [definition(256, 512), definition(1_024, 2_048)].join(", ");
    let spot = "[{ capacityProvider: FARGATE_SPOT, weight: 1 }]";
    let on_demand = "[{ capacityProvider: FARGATE, weight: 1 }]";
    let text = format!(
        "fleetcast: 1\nrun: {{ duration: 1h }}\naws:\n  cluster: {{ capacityProviders: [FARGATE, \
         FARGATE_SPOT] }}\n  taskDefinitions: [{definitions}]\n  services: [{{ serviceName: a, \
         taskDefinition: hello:1, capacityProviderStrategy: {on_demand} }}]\n  runTasks: [{{ name: \
         j, taskDefinition: hello:1, capacityProviderStrategy: {on_demand} }}]\ntimeline: [{{ at: \
         30m, update: {{ service: a, taskDefinition: hello:2 }} }}]\nwhatIf: {{ providerBySize: [{{ \
         upTo: {{ cpu: 0.5 vCPU, memory: 1GiB }}, capacityProviderStrategy: {spot} }}] }}\n"
    );
    let plan = loaded(&text).plan;
    let named = |strategy: &crate::policy::strategy::Strategy| {
        let provider = strategy.items()[0].provider;
        plan.provider(provider).name.clone()
    };
    assert_eq!(named(&plan.services[0].strategy), "FARGATE_SPOT");
    assert_eq!(named(&plan.job_sources[0].strategy), "FARGATE");
    let plan::TimelineAction::UpdateService(update) = &plan.timeline[0].action else {
        panic!("{:?}", plan.timeline);
    };
    assert_eq!(
        update.strategy.as_ref().map(named).as_deref(),
        Some("FARGATE")
    );
    assert!(
        plan.notes
            .iter()
            .any(|note| note.contains("not AWS's behaviour"))
    );
}

#[test]
fn a_plan_may_cross_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<plan::Plan>();
    is_shared::<LoadOptions>();
}
