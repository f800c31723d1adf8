//! A service that pulls from a queue, scaled by its backlog: runs worked out by hand.

use super::fixture::{cpu_target, demand, plan, s};
use super::outcome::{RunLimits, RunOutcome};
use super::*;
use crate::demand::generator::RateSpec;
use crate::demand::period::ServicePeriod;
use crate::ids::ServiceId;
use crate::observe::series::Metric;
use crate::policy::metric_math::Expression;
use crate::policy::target_tracking::{
    Cooldown, Reading, ScalableTarget, ScalingReason, Signals, decide,
};
use crate::scenario::plan::{AlarmMetric, Fidelity, QueuePlan, TrackedMetric, WatchedMetric};
use crate::world::scaling::ScalableTarget as Target;

fn play(plan: &Plan) -> RunOutcome {
    Simulation::new(plan, 0)
        .audited()
        .run(&RunLimits::default())
}

/// Ten tasks that take a message a minute each, without a load balancer; `per_s` come.
fn pulled(per_s: f64, fidelity: Fidelity) -> Plan {
    let mut plan = plan();
    plan.run.duration = s(3_600);
    plan.run.fidelity = fidelity;
    let work = &mut plan.task_definitions[0].work;
    (work.cpu_s, work.wait_s, work.cv, work.slots) = (0.0, 60.0, 0.5, 1);
    let service = &mut plan.services[0];
    service.desired_count = 10;
    service.target_group = None;
    service.demand = Some(demand(RateSpec::Constant(per_s)));
    if let Some(demand) = &mut service.demand {
        demand.queue = Some(QueuePlan {
            name: "jobs".into(),
            visibility: s(600),
        });
    }
    plan
}

/// With a target of 100 messages a task.
fn scaled(fidelity: Fidelity) -> Plan {
    let mut plan = pulled(1.0, fidelity);
    let mut target = cpu_target(10, 99);
    let policy = &mut target.policies[0];
    policy.metric = TrackedMetric::Custom;
    policy.target = 100.0;
    policy.custom = Some(WatchedMetric {
        name: "m1 / m2".into(),
        expression: Expression::parse("m1 / m2", &["m1", "m2"]).unwrap(),
        is_published: false,
        metrics: vec![
            (AlarmMetric::MessagesVisible, 1.0),
            (AlarmMetric::RunningTaskCount, 1.0),
        ],
    });
    plan.scalable_targets = vec![target];
    plan
}

/// The means of a metric of the service, by minute.
fn means(outcome: &RunOutcome, metric: Metric) -> Vec<f64> {
    let store = outcome.observed.metrics.as_ref().unwrap();
    let mut values = Vec::new();
    for run in store.service(ServiceId(0), metric) {
        let value = run.statistics.average.unwrap();
        values.extend(std::iter::repeat_n(value, run.count as usize));
    }
    values
}

#[test]
fn ten_tasks_are_scaled_by_the_messages_of_each() {
    for fidelity in [Fidelity::Fluid, Fidelity::Requests] {
        let outcome = play(&scaled(fidelity));
        // 60 a minute come and 10 are done: the backlog passes 1,000, 100 a task, after 20 minutes
        // (a little sooner, as the run begins in the middle of a busy service). Three minutes' data
        // points have to breach, and they come 150 s late: at the 25th to 26th minute there are
        // 1,100 to 1,200 in the newest of them, which is 11 to 12 tasks.
        let desired = means(&outcome, Metric::DesiredTaskCount);
        let first = desired.iter().position(|count| 10.0 < *count).unwrap();
        // The third of them is minute 22 in the fluid: its data point is there in minute 25.
        let is_right = match fidelity {
            Fidelity::Fluid => first == 25,
            Fidelity::Requests => (24..=26).contains(&first),
        };
        assert!(is_right, "{fidelity:?}: minute {first}");
        let after = desired[first + 1];
        assert!((11.0..=13.0).contains(&after), "{fidelity:?}: {after}");
        let backlog = means(&outcome, Metric::MessagesVisible);
        let seen = backlog[first - 3];
        let error = (seen / 1_100.0 - 1.0).abs();
        assert!(error < 0.15, "{fidelity:?}: {seen}");
        // The head has waited since as many came as stand there.
        let age = means(&outcome, Metric::OldestMessage)[20];
        assert!((age / backlog[20] - 1.0).abs() < 0.1, "{fidelity:?}: {age}");
        let load = outcome.observed.summary.services[0].load.as_ref().unwrap();
        assert_eq!((load.failed_requests, load.elb_5xx), (0.0, 0.0));
        assert!(2_000.0 < load.queue.as_ref().unwrap().visible_max_minute);
    }
}

#[test]
fn without_a_task_messages_wait_and_nobody_answers_503() {
    for fidelity in [Fidelity::Fluid, Fidelity::Requests] {
        let mut plan = pulled(1.0, fidelity);
        plan.services[0].desired_count = 0;
        let outcome = play(&plan);
        let load = outcome.observed.summary.services[0].load.as_ref().unwrap();
        assert_eq!((load.failed_requests, load.elb_5xx), (0.0, 0.0));
        let queue = load.queue.as_ref().unwrap();
        assert_eq!(queue.received, 0.0);
        let off = (queue.visible_last_minute / 3_570.0 - 1.0).abs();
        assert!(off < 0.05, "{}", queue.visible_last_minute);
        let oldest = queue.oldest_max_minute_s;
        assert!((oldest / 3_570.0 - 1.0).abs() < 0.01, "{oldest}");
    }
}

/// SVC-E10: ten tasks have 1,500 messages, 150 each; a target of 100 makes them 15.
/// Source: EC2 Auto Scaling user guide, as-using-sqs-queue.
#[test]
fn ten_tasks_with_150_messages_each_become_15() {
    let plan = scaled(Fidelity::Fluid);
    let mut target = Target::new(&plan.scalable_targets[0], (1.0, 1.0));
    let minute = ServicePeriod {
        queued: 1_500.0,
        running: 10.0,
        ..ServicePeriod::default()
    };
    target.push(0, 3, &minute);
    target.see_up_to(2);
    let window = &target.windows[0];
    assert_eq!(window.at(2), Some(150.0));
    let reading = Reading {
        policy: window.policy,
        signal: window.lengths.signal(&window.alarms),
        metric: 150.0,
    };
    let input = ScalableTarget {
        desired: 10,
        current: 10,
        min: target.bounds.min,
        max: target.bounds.max,
        cooldown: Cooldown::None,
        is_deploying: false,
        scale_out_suspended: false,
        scale_in_suspended: false,
    };
    let signals = Signals {
        tracking: &[reading],
        steps: &[],
    };
    let decision = decide(&input, signals, SimTime::from_secs(210));
    assert_eq!(decision.desired, 15);
    assert!(matches!(decision.reason, ScalingReason::ScaledOut(_)));
    // Without running tasks there is no data point, and nothing happens.
    assert_eq!(
        window.value_of(&ServicePeriod {
            running: 0.0,
            ..minute
        }),
        None
    );
}
