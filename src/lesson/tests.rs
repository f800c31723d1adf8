//! What is wrong with a lesson's text is said at its line.

use super::*;
use crate::simulation::outcome::RunLimits;

const TWO: &str = "\
fleetcast: 1
name: two
run: { duration: 10m, begin: empty }
aws:
  taskDefinitions:
    - { family: web, cpu: \"256\", memory: \"512\", requiresCompatibilities: [FARGATE] }
  services:
    - { serviceName: web, taskDefinition: web, desiredCount: 2, launchType: FARGATE }
world:
  demand: { web: { rate: { constant: 1/s } } }
  work: { web: { cpu: 5ms, wait: 20ms } }
";
const HEAD: &str = "---\ntitle: Two\n---\nText.\n";
const ASKED: &str = "```question\nHow many?\n```\n```answer\ntasks of web = 2\n```\n";

/// What is said of a lesson with this text; nothing if it is fine.
fn said(text: &str) -> String {
    let opened = match open_texts("mine", text, TWO) {
        Ok(opened) => opened,
        Err(failure) => return failure.diagnostics.render(&failure.sources, false),
    };
    let played = PlayedLesson::of(&opened.loaded.plan, &RunLimits::default());
    match tell(&opened.lesson, &played) {
        Ok(_) => String::new(),
        Err(diagnostics) => diagnostics.render(&opened.sources, false),
    }
}

/// Expects the message at a line of the text.
fn check(text: &str, line: u32, message: &str) {
    let said = said(text);
    assert!(said.contains(message), "{said}");
    assert!(said.contains(&format!("mine/lesson.md:{line}:")), "{said}");
}

fn answered(answer: &str) -> String {
    format!("{HEAD}```question\nHow many?\n```\n```answer\n{answer}\n```\n")
}

#[test]
fn a_lesson_that_its_run_answers_is_fine() {
    assert_eq!(said(&format!("{HEAD}{ASKED}")), "");
    for answer in [
        "tasks of web on FARGATE = 2",
        "tasks of web in RUNNING at 0m = 0",
        "tasks of web in RUNNING with web:1 at 5m = 2",
        "tasks of web in us-east-1a at 5m = 1",
        "desired of web at 5m = 2",
        "provider of task 2 of web = FARGATE",
        "zone of task 2 of web = us-east-1b",
        "instance of task 2 of web = none",
        "definition of task 2 of web = web:1",
        "stopCode of task 1 of web = none",
        "time to RUNNING of task 1 of web > 10s",
        "time in STOPPED of task 1 of web = none",
        "instances at 5m = 0",
        "cost > 0",
        "summary services.web.desired_count.max = 2",
        "summary services.0.name = web",
    ] {
        assert_eq!(said(&answered(answer)), "", "{answer}");
    }
}

#[test]
fn an_answer_that_the_run_does_not_give_is_refused() {
    check(
        &answered("tasks of web = 3"),
        9,
        "the run does not give this answer: it is 2",
    );
    check(
        &answered("time to RUNNING of task 1 of web < 1s"),
        9,
        "which is not < that",
    );
}

#[test]
fn a_figure_is_called_as_its_author_does() {
    let text = format!(
        "{HEAD}```question\nHow many?\n```\n```answer\n\
         those that were wanted: tasks of web = 2\n```\n\
         ```show\nwanted: desired of web at 0m, 5m\ntasks of web\n```\n"
    );
    let opened = open_texts("mine", &text, TWO).unwrap();
    let played = PlayedLesson::of(&opened.loaded.plan, &RunLimits::default());
    let told = tell(&opened.lesson, &played).unwrap();
    let [
        ToldPart::Text(_),
        ToldPart::Question(asked),
        ToldPart::Show(lines),
    ] = &told.parts[..]
    else {
        panic!("{told:?}");
    };
    assert_eq!(asked.facts[0].figure, "those that were wanted");
    assert_eq!(lines[0].said(), "wanted: 2 at 0m, 2 at 5m");
    assert_eq!(lines[1].said(), "tasks of web: 2");
    check(
        &answered("wanted: tasks of wep = 2"),
        9,
        "did you mean \"web\"?",
    );
}

#[test]
fn what_the_run_has_not_is_named_with_what_it_has() {
    check(&answered("tasks of wep = 2"), 9, "did you mean \"web\"?");
    check(
        &answered("provider of task 9 of web = FARGATE"),
        9,
        "it has 2 tasks",
    );
    check(&answered("desired of web at 11m = 2"), 9, "it is 10m long");
    check(
        &answered("tasks of web on FARGAT = 2"),
        9,
        "did you mean \"FARGATE\"?",
    );
    check(
        &answered("summary services.web.desird = 2"),
        9,
        "summary.json has no \"desird\"",
    );
    check(
        &answered("summary services.web = 2"),
        9,
        "is no single figure",
    );
    let explained = format!("{HEAD}{ASKED}```explain\ntask 1 of web: why Spot\n```\n");
    check(
        &explained,
        12,
        "no question with \"why Spot\"; it answers Why FARGATE?",
    );
}

#[test]
fn a_line_that_asks_nothing_is_refused_with_what_can_be_asked() {
    check(&answered("two"), 9, "states nothing of the run");
    check(
        &answered("colour of task 1 of web = red"),
        9,
        "is nothing that a task has",
    );
    check(
        &answered("time in RUNING of task 1 of web = 1s"),
        9,
        "did you mean \"RUNNING\"?",
    );
    check(
        &answered("tasks of web in RUNNING = 2"),
        9,
        "is asked at a time",
    );
    check(
        &answered("tasks of web near FARGATE = 2"),
        9,
        "\"near\" says nothing of tasks",
    );
    check(
        &answered("tasks of web at noon = 2"),
        9,
        "is no time since the start",
    );
    check(
        &answered("cost < cheap"),
        9,
        "is no number to be compared with",
    );
    let shown = format!("{HEAD}{ASKED}```show\nprovider of task 3..1 of web\n```\n");
    check(&shown, 12, "3..1 is no range");
    let explained = format!("{HEAD}{ASKED}```explain\nwhy web\n```\n");
    check(&explained, 12, "is nothing that can be explained");
}

#[test]
fn a_text_that_is_no_lesson_is_refused_at_its_line() {
    check("Text.\n", 1, "a lesson begins with its title");
    check(
        &format!("---\ntitel: Two\n---\n{ASKED}"),
        2,
        "says nothing of a lesson",
    );
    check(HEAD, 4, "the lesson asks nothing");
    check(
        &format!("{HEAD}```qestion\nHow?\n```\n"),
        5,
        "did you mean \"question\"?",
    );
    check(
        &format!("{HEAD}```question\nHow?\n"),
        5,
        "the block has no end",
    );
    check(&format!("{HEAD}```question\n```\n"), 5, "is empty");
    check(
        &format!("{HEAD}```question\nHow?\n```\n"),
        5,
        "the question has no answer",
    );
    check(
        &format!("{HEAD}```answer\ntasks of web = 2\n```\n"),
        5,
        "follows its question at once",
    );
    let choices = format!("{HEAD}```question\nHow?\na) One\nb) Two\n```\n```answer\n");
    check(
        &format!("{choices}tasks of web = 2\n```\n"),
        10,
        "which choice is right?",
    );
    check(
        &format!("{choices}right: c\ntasks of web = 2\n```\n"),
        11,
        "there is no choice \"c\"",
    );
    check(
        &format!("{choices}right: b\n```\n"),
        10,
        "says nothing of the run",
    );
    let one = format!("{HEAD}```question\nHow?\na) One\n```\n```answer\nright: a\ncost > 0\n```\n");
    check(&one, 5, "has no choices, or 2 to 8");
    check(
        &answered("right: a\ncost > 0"),
        9,
        "has no choices, of which one could be right",
    );
}

#[test]
fn a_folder_lacks_what_it_lacks() {
    let home = tempfile::tempdir().unwrap();
    let said = |home: &std::path::Path| {
        let failure = open(home).expect_err("it is no lesson");
        failure.diagnostics.render(&failure.sources, false)
    };
    let both = said(home.path());
    assert!(
        both.contains("has no lesson.md") && both.contains("has no scenario.yaml"),
        "{both}"
    );
    std::fs::write(home.path().join(TEXT), format!("{HEAD}{ASKED}")).unwrap();
    let one = said(home.path());
    assert!(
        !one.contains("has no lesson.md") && one.contains("has no scenario.yaml"),
        "{one}"
    );
    std::fs::write(home.path().join(SCENARIO), TWO).unwrap();
    assert!(open(home.path()).is_ok());
}

#[test]
fn every_shipped_lesson_is_answered_by_its_run() {
    for shipped in shipped::LESSONS {
        let opened = match open_texts(shipped.name, shipped.text, shipped.scenario) {
            Ok(opened) => opened,
            Err(failure) => panic!("{}", failure.diagnostics.render(&failure.sources, false)),
        };
        let played = PlayedLesson::of(&opened.loaded.plan, &RunLimits::default());
        if let Err(diagnostics) = tell(&opened.lesson, &played) {
            panic!("{}", diagnostics.render(&opened.sources, false));
        }
    }
}

/// Docs of lessons, "show": with `run.warmUp` money and summaries are of the time after it, and say
/// so; tasks are of the whole run.
#[test]
fn figures_that_leave_out_the_warm_up_say_so() {
    let text = format!(
        "{HEAD}{ASKED}```show\ncost\nsummary total.requests\nsummary simulated_s\ntasks of web\ndesired of web at 1m, 5m\n```\n"
    );
    let scenario = TWO.replace("duration: 10m", "duration: 10m, warmUp: 4m");
    let opened = open_texts("mine", &text, &scenario).unwrap();
    let played = PlayedLesson::of(&opened.loaded.plan, &RunLimits::default());
    let told = tell(&opened.lesson, &played).unwrap();
    let lines = told.parts.iter().find_map(|part| match part {
        ToldPart::Show(lines) => Some(lines),
        _ => None,
    });
    let labels: Vec<&str> = lines.unwrap().iter().map(|it| it.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "cost, after the warm-up of 4m",
            "summary total.requests, after the warm-up of 4m",
            "summary simulated_s",
            "tasks of web",
            "desired of web"
        ]
    );
}
