use proptest::prelude::*;

use super::*;

fn slots(slots: u32) -> Need {
    Need {
        cpu: 1024 * slots,
        memory: 1024 * slots,
        gpus: 0,
        enis: 0,
    }
}

fn group(instances: u32, empty: u32) -> Group {
    Group {
        instances,
        empty,
        waiting: 0,
        wanted: Wanted::default(),
    }
}

/// A group on whose one instance type `per_instance` tasks fit, with tasks waiting.
fn waiting(instances: u32, tasks: &[u32], per_instance: u32) -> Group {
    let groups: Vec<WaitingGroup> = tasks
        .iter()
        .map(|tasks| WaitingGroup {
            tasks: *tasks,
            need: slots(1),
            is_alone: false,
        })
        .collect();
    Group {
        instances,
        empty: 0,
        waiting: tasks.iter().sum(),
        wanted: wanted(&groups, &[slots(per_instance)], Combining::Maximum),
    }
}

/// Long ago warmed up and scaled, the alarm's minutes full.
fn history(desired: u32) -> History {
    History {
        desired,
        min: 0,
        max: 100,
        youngest: Some(SimDuration::from_secs(3600)),
        minutes_below: SCALE_IN_MINUTES,
        since_scale_out: None,
    }
}

/// Published percent and desired capacity.
fn play(scaling: &ManagedScaling, group: &Group) -> (u32, u32) {
    let at = reservation(scaling, group);
    let percent = at.percent(scaling.target_capacity) as u32;
    let history = History {
        youngest: (0 < group.instances).then_some(SimDuration::from_secs(3600)),
        ..history(group.instances)
    };
    (percent, decide(scaling, at, &history).desired)
}

#[test]
fn the_metric_and_the_group_follow_the_worked_examples() {
    let plain = ManagedScaling::default();
    let steps = |minimum_step, maximum_step| ManagedScaling {
        minimum_step,
        maximum_step,
        ..plain
    };
    let table = [
        ("CAP-E6, AWS-KR", plain, group(3, 0), (100, 3)),
        // Raised to ten tasks: one waits.
        ("CAP-E7, AWS-KR", plain, waiting(3, &[1], 3), (133, 4)),
        ("CAP-E8, BLOG-cas", plain, group(3, 1), (66, 2)),
        ("CAP-E9, WS-spot", plain, group(0, 0), (100, 0)),
        (
            "CAP-E10, DG-managed-scaling",
            plain,
            waiting(0, &[1], 3),
            (200, 2),
        ),
        (
            "CAP-E10, DG-managed-scaling",
            plain,
            waiting(0, &[50], 3),
            (200, 2),
        ),
        (
            "CAP-E11, DG-managed-scaling",
            steps(1, 3),
            waiting(5, &[20], 4),
            (160, 8),
        ),
        (
            "CAP-E12, DG-managed-scaling",
            steps(4, 10_000),
            waiting(5, &[1], 4),
            (180, 9),
        ),
        // Groups that need 2 and 3 instances; that the maximum counts is ours.
        (
            "CAP-E13, DG-managed-scaling",
            plain,
            waiting(4, &[8, 12], 4),
            (175, 7),
        ),
        ("CAP-E15, DG-managed-scaling", plain, group(10, 4), (60, 6)),
        ("CAP-E16, DG-managed-scaling", plain, group(10, 10), (0, 5)),
        ("CAP-E16, DG-managed-scaling", plain, group(5, 5), (0, 3)),
        ("CAP-E16, DG-managed-scaling", plain, group(3, 3), (0, 2)),
        ("CAP-E16, DG-managed-scaling", plain, group(2, 2), (0, 1)),
        ("CAP-E16, DG-managed-scaling", plain, group(1, 1), (0, 0)),
    ];
    for (name, scaling, group, expected) in table {
        assert_eq!(play(&scaling, &group), expected, "{name}");
    }
}

/// 20 tasks of one slot on instances of four need five.
#[test]
fn a_scale_out_is_cut_to_the_largest_step() {
    assert_eq!(waiting(5, &[20], 4).wanted.instances, 5);
    let sum = wanted(
        &[
            WaitingGroup {
                tasks: 8,
                need: slots(1),
                is_alone: false,
            },
            WaitingGroup {
                tasks: 3,
                need: slots(1),
                is_alone: true,
            },
        ],
        &[slots(4)],
        Combining::Sum,
    );
    assert_eq!(sum.instances, 2 + 3);
}

/// CAP-E14: m5.large and m5.4xlarge, a task of 4 vCPU (DG-managed-scaling).
#[test]
fn tasks_above_the_smallest_type_never_scale_out() {
    let large = Need {
        cpu: 2 * 1024,
        memory: 7_800,
        gpus: 0,
        enis: 2,
    };
    let four_times = Need {
        cpu: 16 * 1024,
        memory: 62_000,
        gpus: 0,
        enis: 7,
    };
    let need = Need {
        cpu: 4 * 1024,
        memory: 1024,
        gpus: 0,
        enis: 1,
    };
    let groups = [WaitingGroup {
        tasks: 1,
        need,
        is_alone: false,
    }];
    let wanted = wanted(&groups, &[large, four_times], Combining::Maximum);
    assert_eq!((wanted.counted, wanted.dropped), (0, 1));
    let scaling = ManagedScaling {
        target_capacity: 90,
        ..ManagedScaling::default()
    };
    for instances in [0, 3] {
        let group = Group {
            instances,
            empty: 0,
            waiting: 1,
            wanted,
        };
        let at = reservation(&scaling, &group);
        assert_eq!(at, Reservation::Stuck);
        assert_eq!(at.percent(scaling.target_capacity), 90.0);
        let decision = decide(&scaling, at, &history(instances));
        assert_eq!(decision.desired, instances);
        assert_eq!(decision.reason, ScalingReason::Stuck);
    }
}

/// CAP-E17: target tracking that wants +1.5 or -1.5 instances (EC2 Auto Scaling user guide,
/// ASG-UG).
#[test]
fn fractions_of_instances_are_rounded_up_both_ways() {
    // 9 needed at 60 %: 15. 9 at 62 %: 14.52, so 15. Of 16.5 there are 1.5 to remove: one goes.
    assert_eq!(instances_for(9, 60), 15);
    assert_eq!(instances_for(9, 62), 15);
    // From 10: 11.5 wanted adds two, 8.5 wanted removes one.
    assert_eq!(instances_for(23, 200), 12);
    assert_eq!(instances_for(17, 200), 9);
}

#[test]
fn a_second_scale_out_waits_for_the_warm_up() {
    // After the first two instances the next step comes only after 300 s (GH-961).
    let scaling = ManagedScaling::default();
    let at = reservation(&scaling, &waiting(2, &[50], 3));
    let after = |seconds| {
        let history = History {
            youngest: Some(SimDuration::from_secs(seconds)),
            ..history(2)
        };
        decide(&scaling, at, &history)
    };
    assert_eq!(after(299).reason, ScalingReason::WarmingUp);
    assert_eq!(after(300).desired, 2 + 17);
}

#[test]
fn scale_in_waits_for_its_alarm_and_for_the_last_scale_out() {
    let scaling = ManagedScaling::default();
    let at = reservation(&scaling, &group(3, 1));
    let early = History {
        minutes_below: 14,
        ..history(3)
    };
    assert_eq!(
        decide(&scaling, at, &early).reason,
        ScalingReason::Quiet { minutes: 14 }
    );
    let after = |seconds| History {
        since_scale_out: Some(SimDuration::from_secs(seconds)),
        ..history(3)
    };
    assert_eq!(
        decide(&scaling, at, &after(899)).reason,
        ScalingReason::AfterScaleOut
    );
    assert_eq!(decide(&scaling, at, &after(900)).desired, 2);
    let bounded = History {
        min: 3,
        ..history(3)
    };
    assert_eq!(
        decide(&scaling, at, &bounded).reason,
        ScalingReason::Bounded
    );
}

/// Finding of a shortage: a group whose launches fail has asked for what it wants already, whatever
/// its bounds; only beyond them it is they that hold it.
#[test]
fn what_is_desired_already_is_not_held_by_the_groups_bounds() {
    let scaling = ManagedScaling::default();
    let reason = |at: Reservation, history: &History| decide(&scaling, at, history).reason;
    let asked = History {
        youngest: None,
        ..history(2)
    };
    assert_eq!(
        reason(Reservation::Start, &asked),
        ScalingReason::AlreadyDesired
    );
    let full = History {
        max: 1,
        desired: 1,
        ..asked
    };
    assert_eq!(reason(Reservation::Start, &full), ScalingReason::Bounded);
    // Three there, one needed, one desired: two are on their way out.
    let fewer = Reservation::Ratio {
        needed: 1,
        instances: 3,
    };
    assert_eq!(
        reason(fewer, &history(2)),
        ScalingReason::AlreadyDesired,
        "half of three at once"
    );
}

#[test]
fn a_target_below_100_keeps_instances_spare_and_an_empty_group_rests() {
    let scaling = ManagedScaling {
        target_capacity: 90,
        ..ManagedScaling::default()
    };
    // Nine busy ones: a tenth is kept.
    assert_eq!(play(&scaling, &group(9, 0)), (100, 10));
    assert_eq!(play(&scaling, &group(10, 1)), (90, 10));
    assert_eq!(play(&scaling, &group(0, 0)), (100, 0));
    let literal = ManagedScaling {
        empty_group: EmptyGroup::Literal,
        ..scaling
    };
    assert_eq!(play(&literal, &group(0, 0)), (100, 2));
}

proptest! {
    /// Wherever it starts, without changes a group comes to rest, within its bounds, with what is
    /// needed at the target.
    #[test]
    fn a_group_comes_to_rest(busy in 0u32..40, empty in 0u32..40, target in 1u32..=100) {
        let scaling = ManagedScaling { target_capacity: target, ..ManagedScaling::default() };
        let mut instances = busy + empty;
        for _ in 0..200 {
            let at = reservation(&scaling, &group(instances, instances - busy));
            let history = History { max: 10_000, ..history(instances) };
            let decision = decide(&scaling, at, &history);
            prop_assert!(busy <= decision.desired, "never below what is busy");
            if decision.desired == instances {
                break;
            }
            instances = decision.desired;
        }
        prop_assert_eq!(instances, instances_for(busy, target));
    }
}

#[test]
fn pauses_for_want_of_room_in_provisioning_double_up_to_sixteen_times_the_first() {
    let first = SimDuration::from_secs(60);
    let minutes = |refused| provisioning_pause(first, refused).as_secs_f64() / 60.0;
    let pauses = [1, 2, 3, 4, 5, 6, 1_000, u32::MAX].map(minutes);
    assert_eq!(pauses, [1.0, 2.0, 4.0, 8.0, 16.0, 16.0, 16.0, 16.0]);
}
