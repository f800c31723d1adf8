use super::*;
use crate::engine::SimTime;
use crate::ids::GroupId;
use crate::policy::managed_scaling::{Group, History, WaitingGroup};
use crate::policy::placement::Need;

/// A type of 1,024 CPU units and 4,096 MiB, of which tasks of this size take half each.
fn need(cpu: u32, memory: u32) -> Need {
    Need {
        cpu,
        memory,
        ..Need::default()
    }
}

/// Ten instances of which `empty` have no task, `tasks` wait that each take half of one.
fn question(tasks: u32, empty: u32) -> Question {
    let waiting = WaitingGroup {
        tasks,
        need: need(512, 2_048),
        is_alone: false,
    };
    let history = History {
        desired: 10,
        min: 2,
        max: 14,
        youngest: Some(SimDuration::from_secs(600)),
        minutes_below: SCALE_IN_MINUTES,
        since_scale_out: None,
    };
    let at = GroupScaled {
        at: SimTime::from_secs(3_600),
        group: GroupId::from_index(0),
        waiting: if tasks == 0 {
            Vec::new()
        } else {
            vec![waiting]
        },
        types: vec![need(1_024, 4_096)],
        measured: Group {
            instances: 10,
            empty,
            waiting: tasks,
            wanted: crate::policy::managed_scaling::Wanted::default(),
        },
        history,
        decided: Scaling {
            desired: 0,
            reason: ScalingReason::Nothing,
        },
    };
    let mut question = Question {
        settings: ManagedScaling::default(),
        at,
    };
    question.at.decided = question.answer();
    question
}

fn told(differences: Vec<Difference>) -> Vec<String> {
    let lines = differences.into_iter();
    lines
        .map(|it| format!("{}: {}", it.with, it.then))
        .collect()
}

/// BLOG-cas: N instances run, the tasks that wait need more of them: M is their sum, and the group
/// goes to M at a target of 100.
#[test]
fn a_scale_out_would_have_been_smaller_with_fewer_tasks_steps_or_room() {
    let five = question(5, 0);
    assert_eq!(five.at.decided.desired, 13, "two tasks fit one instance");
    assert_eq!(
        told(out_differences(&five)),
        [
            "1 task fewer waiting: 12",
            "targetCapacity 99 instead of 100: 14",
            "maximumScalingStepSize 2 instead of 10000: 12",
            "MaxSize 12 instead of 14: 12",
            "instanceWarmupPeriod longer than the 10 min that its youngest instance is old: it \
             would have stayed at 10 at that moment",
        ]
    );
    assert_eq!(
        answer_words(&five, 130.0),
        "5 tasks waited for room that 10 instances did not have, and ask for 3 more: a reservation \
         of 130 %, the target is 100 %"
    );
}

#[test]
fn a_bound_that_kept_it_is_told_with_what_it_would_have_come_to() {
    let many = question(20, 0);
    assert_eq!(many.at.decided.desired, 14, "MaxSize");
    assert_eq!(details(&many), ["MaxSize 14 kept it from 20"]);
    let differences = told(out_differences(&many));
    assert!(
        differences.contains(&"MaxSize above 14: 20".to_owned()),
        "{differences:?}"
    );
}

#[test]
fn a_scale_in_would_not_have_been_with_a_busier_minute_or_a_scale_out_before() {
    let quiet = question(0, 4);
    assert_eq!(quiet.at.decided.desired, 6);
    assert_eq!(
        told(in_differences(&quiet)),
        [
            "a task on 1 instance more: 7",
            "one minute at its target within the last 15: it would have stayed at 10 at that moment",
            "targetCapacity 99 instead of 100: 7",
            "MinSize 7 instead of 2: 7",
            "a scale-out within the last 15 min: it would have stayed at 10 at that moment",
        ]
    );
}
