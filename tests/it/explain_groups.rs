//! `fleetcast explain` of groups, their instances, and schedules: the decisions' words, and that
//! what would have made the difference does when it is played.

use fleetcast::engine::SimTime;
use fleetcast::experiment::run::replay;
use fleetcast::explain::{ChangeKind, Finding, InstanceFound, Replay};
use fleetcast::ids::{JobSourceId, ProviderId};
use fleetcast::observe::trail::Trail;
use fleetcast::scenario::plan::Plan;
use fleetcast::scenario::{LoadOptions, load};
use fleetcast::simulation::outcome::RunLimits;

use super::home::{loaded, root};

const GROUP: ProviderId = ProviderId(0);

fn plan_of(name: &str, sets: &[(&str, &str)]) -> Plan {
    let file = root().join("scenarios").join(format!("{name}.yaml"));
    let set = sets.iter();
    let options = LoadOptions {
        set: set
            .map(|(path, value)| (path.to_string(), value.to_string()))
            .collect(),
        ..LoadOptions::default()
    };
    load(&file, &options).unwrap().plan
}

fn played<T>(plan: &Plan, look: impl FnOnce(&Replay<'_>) -> T) -> T {
    let outcome = replay(plan, 0, &RunLimits::default(), Trail::of(None));
    let trail = outcome.observed.trail.as_deref().unwrap();
    let replay = Replay {
        plan,
        trail,
        ended_at: outcome.stopped_at,
    };
    assert_eq!(replay.disagreements(), Vec::<String>::new());
    look(&replay)
}

fn otherwise(finding: &Finding) -> Vec<String> {
    let told = finding.otherwise.iter();
    told.map(|it| format!("{}: {}", it.with, it.then)).collect()
}

fn hours(hours: u64) -> SimTime {
    SimTime::from_secs(3_600 * hours)
}

#[test]
fn a_groups_size_is_told_and_its_alternatives_hold_when_played() {
    let plan = plan_of("ec2-autoscaling", &[("run.duration", "6h")]);
    let (at, told) = played(&plan, |replay| {
        let all = replay.explain_provider(GROUP, usize::MAX);
        assert_eq!(all.subject, "capacity provider machines");
        let first = &all.changes[0];
        assert_eq!(first.kind, ChangeKind::ScaledOut);
        assert_eq!(first.what, "desired capacity 2 to 3");
        let finding = replay.explain_provider_at(GROUP, first.instant()).findings;
        assert_eq!(
            finding[0].question,
            "Why did the desired capacity of machines go up from 2 to 3?"
        );
        assert!(
            finding[0]
                .answer
                .starts_with("1 task waited for room that 2 instances did not have"),
            "{}",
            finding[0].answer
        );
        (first.instant(), otherwise(&finding[0]))
    });
    let max = "MaxSize 2 instead of 30: it would have stayed at 2 at that moment";
    assert!(told.contains(&max.to_owned()), "{told:?}");
    let bounded = plan_of(
        "ec2-autoscaling",
        &[
            ("run.duration", "6h"),
            ("aws.autoScalingGroups.machines.MaxSize", "2"),
        ],
    );
    played(&bounded, |replay| {
        assert_eq!(replay.explain_provider(GROUP, usize::MAX).changes, []);
        let then = replay.explain_provider_at(GROUP, at);
        assert_eq!(then.findings.len(), 1, "{then:?}");
        assert_eq!(then.findings[0].question, "Why was it not changed since?");
    });
}

#[test]
fn an_instance_tells_why_it_came_where_it_stands_and_why_it_went() {
    let plan = plan_of("ec2-autoscaling", &[("run.duration", "6h")]);
    played(&plan, |replay| {
        let records = replay.trail.instances.iter();
        let mut went = records.filter(|it| !it.stood && it.cause.is_some());
        let record = went.next().unwrap();
        let told = replay.explain_instance(record);
        let questions = told.findings.iter().map(|it| it.question.as_str());
        let questions: Vec<&str> = questions.collect();
        assert_eq!(questions[0], "Why was it launched?");
        assert!(
            questions[1].starts_with("Why m6i.large, on-demand, in "),
            "{questions:?}"
        );
        assert_eq!(questions[2], "Why did it go?");
        assert!(
            questions[3].starts_with("Why did the desired capacity"),
            "{questions:?}"
        );
        assert!(told.findings[0].answer.starts_with("managed scaling: "));
        assert!(!told.findings[0].otherwise.is_empty());
        let id = told.subject.split(' ').nth(1).unwrap();
        match replay.find_instance(&id[..8]) {
            InstanceFound::One(found) => assert_eq!(found.id, record.id),
            other => panic!("{other:?}"),
        }
        assert!(matches!(
            replay.find_instance("i-"),
            InstanceFound::Several(_)
        ));
        assert!(matches!(
            replay.find_instance("x"),
            InstanceFound::None(Some(_))
        ));
    });
}

#[test]
fn an_instance_that_is_taken_back_tells_its_draw() {
    let drought = "{ at: 2h, drought: { capacityProvider: mixed, for: 1h, reclaims: 100 % } }";
    let file = root().join("scenarios/ec2-spot-mixed.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    let text = text.replace("duration: 14d", "duration: 5h");
    let plan = loaded(&format!("{text}\ntimeline:\n  - {drought}\n")).plan;
    played(&plan, |replay| {
        let taken: Vec<_> = replay.trail.instance_reclaims.iter().collect();
        let (at, id, severity, _) = taken.first().unwrap();
        assert_eq!((*at, *severity), (hours(2), 1.0));
        let mut records = replay.trail.instances.iter();
        let record = records.find(|it| it.id == *id).unwrap();
        let told = replay.explain_instance(record).findings;
        let why = told
            .iter()
            .find(|it| it.question == "Why did it go?")
            .unwrap();
        assert!(
            why.answer.contains("was taken back by 100 %"),
            "{}",
            why.answer
        );
        let told = otherwise(why);
        assert!(told.contains(&"an instance bought on demand: nothing takes it back".to_owned()));
    });
}

#[test]
fn a_schedule_tells_its_calls_those_that_were_lost_and_those_that_clocks_left_out() {
    let plan = plan_of("nightly-jobs", &[]);
    let backup = plan.job_sources.iter().position(|it| it.name == "backup");
    let backup = JobSourceId::from_index(backup.unwrap());
    played(&plan, |replay| {
        let all = replay.explain_schedule(backup, 3);
        assert_eq!(
            all.facts[0],
            "at 02:00 every day, Europe/Berlin; 4 tasks a call"
        );
        assert!(
            all.facts[1].starts_with("2026-03-29 02:00 is not on its clocks"),
            "{all:?}"
        );
        assert_eq!(
            all.facts[2],
            "29 calls in the run; 1 with tasks that were not started"
        );
        assert_eq!((all.changes.len(), all.changes_left_out), (3, 26));
        let lost = all
            .changes
            .iter()
            .find(|it| it.kind == ChangeKind::Failed)
            .unwrap();
        assert_eq!(lost.what, "4 tasks not started");
        let told = replay.explain_schedule_at(backup, lost.instant()).findings;
        assert!(
            told[2].answer.contains("names 2026-03-12 02:00:00"),
            "{}",
            told[2].answer
        );
        assert_eq!(told[0].question, "Why were 4 of its tasks not started?");
        let no_capacity = told[1].answer.contains("Fargate Spot had no capacity");
        assert!(no_capacity, "{}", told[1].answer);
        let on_demand = "a task on FARGATE: no capacity refuses it";
        assert!(otherwise(&told[1]).contains(&on_demand.to_owned()));
        let before = replay.explain_schedule_at(backup, SimTime::ZERO);
        assert!(
            before.facts[1].starts_with("it had not called yet"),
            "{before:?}"
        );
    });
}
