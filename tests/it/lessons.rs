//! The lessons of `fleetcast learn`: their answers are what their runs give, they are told as they
//! were, and what is wrong with one is said.

use fleetcast::cli::{Console, Exit, run_command};
use fleetcast::experiment::run::replay;
use fleetcast::explain::Replay;
use fleetcast::lesson::shipped::LESSONS;
use fleetcast::lesson::{PlayedLesson, TEXT, open, tell};
use fleetcast::observe::trail::Trail;
use fleetcast::simulation::outcome::RunLimits;

use super::home::{Home, Said, root};
use super::scenarios::lessons;

/// Opens the lesson of a folder in `scenarios/lessons`, plays and tells it.
fn check(name: &str) {
    let folder = root().join("scenarios/lessons").join(name);
    let opened = match open(&folder) {
        Ok(opened) => opened,
        Err(failure) => panic!("{}", failure.diagnostics.render(&failure.sources, false)),
    };
    let played = PlayedLesson::of(&opened.loaded.plan, &RunLimits::default());
    if let Err(diagnostics) = tell(&opened.lesson, &played) {
        panic!("{}", diagnostics.render(&opened.sources, false));
    }
}

macro_rules! answered_by_its_run {
    ($($test:ident: $name:literal),* $(,)?) => {
        $(#[test]
        fn $test() {
            check($name);
        })*
        const CHECKED: &[&str] = &[$($name),*];
    };
}

answered_by_its_run! {
    cluster: "01-cluster",
    task: "02-task",
    service: "03-service",
    scheduled_task: "04-scheduled-task",
    how_a_task_is_born: "05-how-a-task-is-born",
    weights: "06-weights",
    base: "07-base",
    fargate_spot: "08-fargate-spot",
    managed_scaling: "09-managed-scaling",
    placement: "10-placement",
    deployment: "11-deployment",
    auto_scaling: "12-auto-scaling",
    roles: "13-roles",
    monitoring: "14-monitoring",
    which_when: "15-which-when",
}

#[test]
fn each_folder_is_shipped_and_checked() {
    let folders: Vec<String> = lessons().into_iter().map(|(name, _)| name).collect();
    let shipped: Vec<String> = LESSONS
        .iter()
        .map(|lesson| format!("lessons/{}", lesson.name))
        .collect();
    assert_eq!(folders, shipped);
    let checked: Vec<String> = CHECKED
        .iter()
        .map(|name| format!("lessons/{name}"))
        .collect();
    assert_eq!(folders, checked);
}

#[test]
fn what_lessons_explain_is_what_the_rules_say_when_they_are_asked_again() {
    for (name, path) in lessons() {
        let loaded = super::scenarios::loaded(&path, &[]);
        let outcome = replay(&loaded.plan, 0, &RunLimits::default(), Trail::of(None));
        let replay = Replay {
            plan: &loaded.plan,
            trail: outcome.observed.trail.as_deref().unwrap(),
            ended_at: outcome.stopped_at,
        };
        assert_eq!(replay.disagreements(), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_list_has_every_lesson() {
    let said = Home::new().run_well(&["learn"]);
    insta::assert_snapshot!("list", said.out);
    let json = Home::new().run_well(&["learn", "--json"]).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["lessons"].as_array().unwrap().len(), LESSONS.len());
    assert_eq!(
        json["lessons"][5]["question"],
        "Where does the fifth task go?"
    );
}

#[test]
fn a_piped_lesson_is_told_whole() {
    let home = Home::new();
    let said = home.run_well(&["learn", "6"]);
    insta::assert_snapshot!("weights", said.out);
    assert_eq!(said.err, "");
    assert_eq!(
        home.names(""),
        Vec::<String>::new(),
        "a lesson leaves nothing behind"
    );
    for same in [["learn", "weights"], ["learn", "06-weights"]] {
        assert_eq!(home.run_well(&same).out, said.out);
    }
    assert_eq!(home.run_well(&["learn", "6", "--answers"]).out, said.out);
}

#[test]
fn a_lesson_as_data_has_its_answer_and_the_words_of_its_run() {
    let home = Home::new();
    let said = home
        .run_well(&["learn", "base", "--json", "--out", "kept"])
        .out;
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&json["number"], &json["name"]),
        (&7.into(), &"base".into())
    );
    let parts = json["parts"].as_array().unwrap();
    let part = |kind: &str| parts.iter().find_map(|part| part.get(kind)).unwrap();
    assert_eq!(part("question")["facts"][0]["value"], 4);
    let why = part("explain")[0]["findings"][0]["question"].as_str();
    assert_eq!(why, Some("Why FARGATE?"));
    assert_eq!(json["results"], "kept");
    assert_eq!(
        home.json("kept/summary.json")["event_hash"],
        json["event_hash"]
    );
    home.run_well(&["explain", "kept", "--service", "api"]);
}

#[test]
fn a_copied_lesson_is_a_lesson_and_is_not_overwritten() {
    let home = Home::new();
    home.run_well(&["learn", "6", "--copy", "mine"]);
    let told = home.run_well(&["learn", "mine"]).out;
    assert!(
        told.starts_with("Capacity providers and weights\n"),
        "{told}"
    );
    assert!(told.contains("Answer: a) To FARGATE\n"), "{told}");
    let again = home.run(&["learn", "7", "--copy", "mine"]);
    assert_eq!(again.code, Some(2));
    assert!(
        again.err.contains("mine/lesson.md is there already"),
        "{}",
        again.err
    );
}

/// What is said of lesson 6 after a change of its text.
fn changed(from: &str, to: &str) -> Said {
    let home = Home::new();
    home.run_well(&["learn", "6", "--copy", "mine"]);
    let text = std::fs::read_to_string(home.path("mine").join(TEXT)).unwrap();
    assert!(text.contains(from), "{from}");
    home.write("mine/lesson.md", &text.replacen(from, to, 1));
    home.run(&["learn", "mine"])
}

fn refused(name: &str, said: &Said) {
    assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{name}");
    insta::assert_snapshot!(format!("bad_{name}"), said.err);
}

#[test]
fn a_broken_lesson_is_refused_at_its_line() {
    refused("block", &changed("```show", "```shows"));
    refused(
        "answer",
        &changed("task 5 of api = FARGATE", "task 5 of api = FARGATE_SPOT"),
    );
    refused(
        "figure",
        &changed("provider of task 5", "provder of task 5"),
    );
    refused(
        "explain",
        &changed("task 6 of api: why", "task 9 of api: why"),
    );
    refused("no_answer", &changed("```answer", "```text"));
}

#[test]
fn a_folder_that_lacks_a_file_or_has_a_broken_scenario_is_refused() {
    let home = Home::new();
    home.run_well(&["learn", "6", "--copy", "mine"]);
    let scenario = std::fs::read_to_string(home.path("mine/scenario.yaml")).unwrap();
    std::fs::remove_file(home.path("mine/scenario.yaml")).unwrap();
    refused("no_scenario", &home.run(&["learn", "mine"]));
    home.write(
        "mine/scenario.yaml",
        &scenario.replace("desiredCount", "desiredCont"),
    );
    refused("scenario", &home.run(&["learn", "mine"]));
    home.write("mine/scenario.yaml", &scenario);
    std::fs::remove_file(home.path("mine/lesson.md")).unwrap();
    refused("no_text", &home.run(&["learn", "mine"]));
}

#[test]
fn a_lesson_that_is_not_there_is_told_what_is() {
    for (name, hint) in [
        ("0", "there is no lesson 0: they are 1 to 15"),
        ("16", "there is no lesson 16: they are 1 to 15"),
        ("wieghts", "did you mean \"weights\"?"),
        ("no/such/folder", "is no lesson and no folder of one"),
    ] {
        let said = Home::new().run(&["learn", name]);
        assert_eq!(said.code, Some(2), "{name}");
        assert!(said.err.contains(hint), "{name}: {}", said.err);
    }
}

/// What a learner sees who types `answers`.
fn asked(lesson: &str, answers: &str) -> String {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console::plain(&mut out, &mut err).answered(answers.as_bytes());
    let exit = run_command(["fleetcast", "learn", lesson], &mut console);
    drop(console);
    assert_eq!(exit, Exit::Done, "{}", String::from_utf8_lossy(&err));
    String::from_utf8(out).unwrap()
}

#[test]
fn somebody_who_answers_is_told_whether_it_was_right() {
    let right = asked("6", "a\n");
    assert!(
        right.contains("(Enter to be told): \nRight: a) To FARGATE\n"),
        "{right}"
    );
    let wrong = asked("6", "b)\n");
    assert!(
        wrong.contains("Not quite. It is a) To FARGATE\n"),
        "{wrong}"
    );
    assert!(asked("6", "\n").contains("Answer: a) To FARGATE\n"));
    assert!(asked("6", "").contains("Answer: a) To FARGATE\n"));
    let strange = asked("6", "z\nA\n");
    assert!(
        strange.contains("That is none of the choices a to b.\n"),
        "{strange}"
    );
    assert!(strange.contains("Right: a) To FARGATE\n"), "{strange}");
    assert!(asked("7", "4\n").contains("Right: 4\n"));
    assert!(asked("7", "four\n").contains("Not quite. It is 4\n"));
    let all = asked("10", "1\n");
    assert!(
        all.contains("Right: 1\n") && all.contains("Answer: a) Yes"),
        "{all}"
    );
    let no_ask = Home::new().run_well(&["learn", "6"]).out;
    assert!(!no_ask.contains("Your answer"), "{no_ask}");
}
