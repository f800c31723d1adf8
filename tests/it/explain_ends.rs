//! `fleetcast explain`: waits for an instance, ends of tasks and what holds a service, each with its
//! rule, in numbers that the run's files have too.

use fleetcast::engine::SimTime;
use fleetcast::experiment::run::replay;
use fleetcast::explain::{Explanation, Finding, Replay};
use fleetcast::ids::ServiceId;
use fleetcast::observe::observation::DeploymentStep;
use fleetcast::observe::trail::Trail;
use fleetcast::report::explain_text::render;
use fleetcast::report::table::Colour;
use fleetcast::scenario::plan::Plan;
use fleetcast::scenario::{LoadOptions, load};
use fleetcast::simulation::outcome::RunLimits;

use super::explain::{
    FULL_QUOTAS, STEP, TOO_LARGE, at_all_minutes, explain_all, explain_tasks, finding,
};
use super::home::{Home, loaded, root};

const WAIT: &str = "Why did it wait for an instance?";
const STOP: &str = "Why did it stop?";

/// A shipped scenario.
pub(super) fn plan_of(name: &str, sets: &[(&str, &str)]) -> Plan {
    let path = root().join("scenarios").join(format!("{name}.yaml"));
    let set = sets
        .iter()
        .map(|(path, to)| (path.to_string(), to.to_string()));
    let options = LoadOptions {
        set: set.collect(),
        ..LoadOptions::default()
    };
    load(&path, &options).unwrap().plan
}

/// What is said of a service at an instant of a plan that is played.
fn at_instants(plan: &Plan, service: usize, instants_s: &[u64]) -> Vec<Explanation> {
    let outcome = replay(plan, 0, &RunLimits::default(), Trail::of(None));
    let replay = Replay {
        plan,
        trail: outcome.observed.trail.as_deref().unwrap(),
        ended_at: outcome.stopped_at,
    };
    let service = ServiceId::from_index(service);
    let at = |second: &u64| replay.explain_service_at(service, SimTime::from_secs(*second));
    instants_s.iter().map(at).collect()
}

/// The length after a word: `for 12.1 min, in vain` after `for`.
fn length_after(text: &str, word: &str) -> String {
    let rest = text
        .split_once(word)
        .unwrap_or_else(|| panic!("{word} in {text}"))
        .1;
    let words: Vec<&str> = rest.split_whitespace().take(2).collect();
    words.join(" ").trim_end_matches([',', ':', ';']).to_owned()
}

#[test]
fn a_task_waited_for_its_instance_as_long_as_its_start_says() {
    let (mut waited, mut behind) = (0, 0);
    explain_all("ec2-autoscaling", &[("run.duration", "1d")], |told| {
        let (Some(wait), Some(start)) = (
            finding(told, WAIT),
            finding(told, "How long did its start take?"),
        ) else {
            return;
        };
        waited += 1;
        behind += u32::from(wait.answer.contains("of its kind until"));
        let by_start = length_after(&start.answer, "waited for an instance");
        let by_wait = length_after(&wait.answer, "in PROVISIONING for");
        assert_eq!(by_wait, by_start, "{}", told.subject);
        for other in &wait.otherwise {
            assert!(
                !other.with.starts_with("1024 CPU units less"),
                "a task of nothing: {other:?}"
            );
        }
    });
    assert!(3 < waited && 0 < behind, "{waited} {behind}");
}

#[test]
fn a_task_that_is_given_up_waited_as_long_as_its_end_says() {
    let mut waited = 0;
    explain_all("fragmentation", &[("run.duration", "12h")], |told| {
        let end = finding(told, STOP).unwrap();
        if !end.answer.starts_with("no instance came for it") {
            return;
        }
        waited += 1;
        let by_end = length_after(&end.answer, "it did for");
        let wait = finding(told, WAIT).unwrap_or_else(|| panic!("{told:#?}"));
        assert_eq!(
            length_after(&wait.answer, "in PROVISIONING for"),
            by_end,
            "{}",
            told.subject
        );
        assert!(!end.otherwise.is_empty() && 2 <= end.rules.len(), "{end:?}");
    });
    assert!(3 < waited, "{waited}");
}

/// Every end has its rule, and what would have made the difference, in sentences.
fn ends_of(name: &str, told: &Explanation, ends: &mut std::collections::BTreeSet<String>) {
    let end = finding(told, STOP).unwrap();
    if end.answer.starts_with("it had not stopped") {
        return;
    }
    assert!(!end.rules.is_empty(), "{name}: {end:?}");
    assert!(!end.otherwise.is_empty(), "{name}: {end:?}");
    for rule in &end.rules {
        ends.insert(rule.function.to_owned());
    }
    let text = render(told, "UTC", Colour::Plain);
    let (_, answer) = text.split_once(STOP).unwrap();
    let first = answer.trim_start().chars().next().unwrap();
    assert!(first.is_uppercase(), "{name}: {answer}");
}

#[test]
fn every_end_of_a_task_has_its_rule_and_what_would_have_made_the_difference() {
    let mut ends = std::collections::BTreeSet::new();
    let scenarios: [(&str, &[(&str, &str)]); 6] = [
        ("circuit-breaker", &[("run.duration", "2h")]),
        ("missing-role", &[("run.duration", "2h")]),
        ("zone-outage", &[]),
        ("ec2-spot-mixed", &[("run.duration", "1d")]),
        ("fragmentation", &[("run.duration", "6h")]),
        ("fargate-retirement", &[("run.duration", "11d")]),
    ];
    for (name, sets) in scenarios {
        explain_all(name, sets, |told| ends_of(name, told, &mut ends));
    }
    for text in [TOO_LARGE, FULL_QUOTAS] {
        explain_tasks(&loaded(text).plan, &mut |told: &Explanation| {
            ends_of("text", told, &mut ends);
        });
    }
    for rule in [
        "policy::health_check::unhealthy_at",
        "policy::task_start::StartPhase",
        "policy::life_cycle::stop_code",
        "policy::life_cycle::OutOfMemory",
        "policy::life_cycle::EssentialContainerExited",
        "policy::managed_scaling::WAIT_FOR_CAPACITY",
        "policy::retirement::concerns",
        "policy::auto_scaling_group::balance::zones_to_balance",
        "simulation::draining::drain",
    ] {
        assert!(ends.contains(rule), "{rule}: {ends:#?}");
    }
}

#[test]
fn failed_checks_say_whose_they_were_and_what_they_take() {
    let mut failed = 0;
    explain_all("circuit-breaker", &[("run.duration", "2h")], |told| {
        let end = finding(told, STOP).unwrap();
        if !end
            .answer
            .starts_with("it failed the load balancer's health checks")
        {
            return;
        }
        failed += 1;
        let said = "those of 100 % of the tasks of api:2 never pass (`work.health`)";
        assert!(end.answer.contains(said), "{}", end.answer);
        for key in [
            "HealthCheckIntervalSeconds",
            "UnhealthyThresholdCount",
            "healthCheckGracePeriodSeconds",
            "failingShare",
        ] {
            assert!(end.inputs[key].is_number(), "{key}: {}", end.inputs);
        }
    });
    assert!(3 < failed, "{failed}");
}

#[test]
fn a_retirement_says_its_notice_and_that_a_service_replaced_first() {
    let plan = plan_of("fargate-retirement", &[("run.duration", "11d")]);
    let told = at_instants(&plan, 0, &[10 * 86_400 + 9 * 3_600 + 58 * 60]);
    let lost = finding(&told[0], "Which tasks were lost?").unwrap();
    let said = "each was replaced before it stopped: 4 of 4 desired ran by then";
    assert!(lost.answer.ends_with(said), "{}", lost.answer);
    let notice = "Fargate retired the platform revision under it at";
    assert!(
        lost.details.iter().any(|it| it.contains(notice)),
        "{:?}",
        lost.details
    );
    let later = lost
        .otherwise
        .iter()
        .find(|it| it.with.starts_with("fargateTaskRetirement"));
    let later = later.unwrap_or_else(|| panic!("{lost:#?}"));
    assert_eq!(later.with, "fargateTaskRetirementWaitPeriod 14");
    assert_eq!(later.then, "AWS would have acted 7 d later");
}

#[test]
fn a_service_whose_tasks_wait_for_instances_says_what_holds_them() {
    let plan = plan_of("zone-outage", &[("run.duration", "15h")]);
    let service = plan.services.iter().position(|it| it.name == "instances");
    let told = at_instants(&plan, service.unwrap(), &[14 * 3_600 + 60]);
    let wait = finding(&told[0], WAIT).unwrap_or_else(|| panic!("{told:#?}"));
    let said = "4 tasks stood in PROVISIONING, the oldest for ";
    assert!(wait.answer.starts_with(said), "{}", wait.answer);
    assert!(wait.answer.contains("RESOURCE:"), "{}", wait.answer);
    let got = wait
        .details
        .iter()
        .any(|it| it.starts_with("they got theirs"));
    assert!(got && !wait.otherwise.is_empty(), "{wait:#?}");
}

/// Auto scaling is asked about the count that there is, whatever changed it last.
#[test]
fn auto_scaling_is_asked_about_the_count_of_the_instant() {
    let text = STEP.replace(
        "timeline:\n",
        "timeline:\n  - { at: 3h, update: { service: web, desiredCount: 5 } }\n",
    );
    let (mut asked, mut updated) = (0, 0);
    at_all_minutes(&loaded(&text).plan, |minute, told| {
        let desired = told.facts[0].split(',').next().unwrap();
        let desired = desired.strip_prefix("desired ").unwrap();
        for finding in &told.findings {
            let left = "Why did auto scaling leave web at ";
            if let Some(count) = finding.question.strip_prefix(left) {
                asked += 1;
                assert_eq!(count, format!("{desired}?"), "{minute}");
            }
            let set = "an UpdateService of the timeline set desiredCount";
            if finding.answer == set {
                updated += 1;
                assert_eq!(
                    finding.rules[0].source,
                    "API DeploymentConfiguration, UpdateService"
                );
                assert_eq!(
                    finding.otherwise[0].then,
                    "it would have stayed at 9 at that moment"
                );
            }
        }
    });
    assert!(100 < asked && 0 < updated, "{asked} {updated}");
}

/// The alarm that failed a deployment, and the threshold with which it had not.
#[test]
fn the_threshold_that_is_told_of_a_deployments_alarm_keeps_it_silent_when_it_is_played() {
    let short = ("run.duration", "70m");
    let look = |plan: &Plan| -> (Option<SimTime>, Explanation) {
        let outcome = replay(plan, 0, &RunLimits::default(), Trail::of(None));
        let trail = outcome.observed.trail.as_deref().unwrap();
        let mut steps = trail.deployments.iter();
        let failed = steps.find(|it| matches!(it.3, DeploymentStep::Failed(_)));
        let replay = Replay {
            plan,
            trail,
            ended_at: outcome.stopped_at,
        };
        let told = replay.explain_service(ServiceId(0), 20);
        (failed.map(|it| it.0), told)
    };
    let (failed, told) = look(&plan_of("deployment-alarm", &[short]));
    let why: &Finding = &told.findings[0];
    let details = why.details.join("\n");
    assert!(details.contains("it takes 1"), "{details}");
    assert!(details.contains("data points of alarm errors"), "{details}");
    let other = |begins: &str| {
        let mut all = why.otherwise.iter();
        let found = all.find(|it| it.with.starts_with(begins));
        let with = &found.unwrap_or_else(|| panic!("{begins}: {why:#?}")).with;
        with.split(' ').nth(1).unwrap().to_owned()
    };
    for (begins, path) in [
        ("Threshold", "aws.alarms.errors.Threshold"),
        ("EvaluationPeriods", "aws.alarms.errors.EvaluationPeriods"),
    ] {
        let value = other(begins);
        let (then, _) = look(&plan_of("deployment-alarm", &[short, (path, &value)]));
        assert!(
            then.is_none_or(|at| failed.unwrap() < at),
            "{begins} {value}: {then:?}"
        );
    }
}

#[test]
fn a_formula_that_counts_from_before_a_cooldown_says_so() {
    let plan = plan_of("queue-workers", &[("run.duration", "9h")]);
    let told = at_instants(&plan, 0, &[8 * 3_600]);
    let beyond = |it: &&Finding| {
        let counts = "is the capacity before the scale-out cooldown that runs until";
        it.details.iter().any(|detail| detail.contains(counts))
    };
    let found: Vec<_> = told[0].findings.iter().filter(beyond).collect();
    assert!(!found.is_empty(), "{told:#?}");
    for finding in found {
        let of_cooldown = |it: &&fleetcast::explain::Rule| it.says.contains("cooldown");
        assert!(
            finding.rules.iter().any(|it| of_cooldown(&it)),
            "{finding:#?}"
        );
    }
}

#[test]
fn a_quota_is_told_in_parts_of_a_vcpu() {
    let text = FULL_QUOTAS
        .replace("cpu: 1024, memory: 2048", "cpu: 256, memory: 512")
        .replace(
            "L-3032A538: 4, L-36FBB829: 4",
            "L-3032A538: 1, L-36FBB829: 1",
        )
        .replace("desiredCount: 8", "desiredCount: 12")
        .replace("duration: 3d", "duration: 1h");
    let told = at_instants(&loaded(&text).plan, 0, &[1_800]);
    let mut answers = told[0].findings.iter().map(|it| it.answer.as_str());
    let said = "the quota of 1 vCPU at once had no room for 0.25: 1 was in use";
    let found = answers.find(|it| it.contains("the quota of"));
    let found = found.unwrap_or_else(|| panic!("{told:#?}"));
    assert!(found.contains(said), "{found}");
}

#[test]
fn a_program_is_no_service_and_many_services_are_not_none() {
    let home = Home::new();
    let services: String = (0..25)
        .map(|index| {
            format!(
                "    - {{ serviceName: s{index:02}x, taskDefinition: f, desiredCount: 1, \
                 launchType: FARGATE }}\n"
            )
        })
        .collect();
    let text = format!(
        "fleetcast: 1
name: many
run: {{ duration: 1m }}
record: {{ metrics: none }}
aws:
  taskDefinitions: [{{ family: f, cpu: 256, memory: 512 }}]
  services:
{services}  runTasks: [{{ name: nightly, taskDefinition: f, launchType: FARGATE }}]
world: {{ demand: {{ nightly: {{ arrivals: {{ rate: 6/h, work: 1m }} }} }} }}
"
    );
    home.write("many.yaml", &text);
    home.run_well(&["run", "many.yaml", "--no-charts", "--quiet", "--out", "run"]);
    let said = |name: &str| {
        let said = home.run(&["explain", "run", "--service", name]);
        assert_eq!(said.code, Some(2), "{}", said.out);
        said.err
    };
    let none = said("something-else-altogether");
    assert!(
        none.contains("it has 25 of other names, like \"s00x\""),
        "{none}"
    );
    let program = said("nightly");
    assert!(
        program.contains("\"nightly\" is a program of the run, not a service"),
        "{program}"
    );
    home.write("run/manifest.json", "[]");
    let list = said("s00x");
    assert!(
        list.contains("it holds no object of names and values"),
        "{list}"
    );
    assert!(!list.contains("struct"), "{list}");
}

/// The first change by a step policy says a threshold with which it had come to something else.
#[test]
fn the_threshold_that_is_told_of_a_step_policy_leads_to_its_count_when_it_is_played() {
    let on = ("aws.alarms.flooded.ActionsEnabled", "true");
    let short = ("run.duration", "2d");
    let look = |sets: &[(&str, &str)], at: Option<SimTime>| {
        let plan = plan_of("flash-crowd", sets);
        let outcome = replay(&plan, 0, &RunLimits::default(), Trail::of(None));
        let trail = outcome.observed.trail.as_deref().unwrap();
        let steps = trail.scalings.iter().find(|it| {
            let is_step = |reading: &fleetcast::policy::step_scaling::StepReading| {
                reading.wanted(it.input.desired) == it.decision.desired
            };
            it.steps.iter().any(is_step)
        });
        let at = at.unwrap_or_else(|| steps.unwrap().at);
        let replay = Replay {
            plan: &plan,
            trail,
            ended_at: outcome.stopped_at,
        };
        (at, replay.explain_service_at(ServiceId(0), at))
    };
    let (at, told) = look(&[on, short], None);
    let mut others = told.findings.iter().flat_map(|it| &it.otherwise);
    let other = others.find(|it| it.with.starts_with("Threshold "));
    let other = other.unwrap_or_else(|| panic!("{told:#?}"));
    let threshold = other.with.split(' ').nth(1).unwrap();
    let set = ("aws.alarms.flooded.Threshold", threshold);
    let (_, played) = look(&[on, short, set], Some(at));
    let count = other
        .then
        .trim_start_matches("it would have stayed at ")
        .trim_end_matches(" at that moment");
    let count = count.split(' ').next().unwrap();
    let fact = &played.facts[0];
    assert!(
        fact.starts_with(&format!("desired {count},")),
        "{other:?}: {fact}"
    );
}
