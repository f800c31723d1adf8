//! The replay's events: that a click on each kind of them says why it happened.

use fleetcast::experiment::run::replay;
use fleetcast::observe::trail::Trail;
use fleetcast::report::replay as shown;
use fleetcast::scenario::{LoadOptions, load};
use fleetcast::simulation::outcome::RunLimits;
use serde_json::Value;

use super::home::root;

/// An event as the reader of the page has it: its text, and the lines that say why.
#[derive(Debug)]
struct Told {
    text: String,
    why: Vec<String>,
}

/// A sentence of the data, put together as the page's script does.
fn line(data: &Value, number: &Value) -> String {
    let words = &data["words"];
    let line = words["lines"][number.as_u64().unwrap() as usize]
        .as_array()
        .unwrap();
    let template = &words["templates"][line[1].as_u64().unwrap() as usize];
    let mut fills = line[2..].iter().map(|fill| match fill.as_i64().unwrap() {
        text if text < 0 => words["fills"][(-1 - text) as usize]
            .as_str()
            .unwrap()
            .to_owned(),
        number => number.to_string(),
    });
    let letters = template.as_str().unwrap().chars();
    let letters = letters.map(|letter| match letter {
        '\u{1}' => fills.next().unwrap(),
        letter => letter.to_string(),
    });
    letters.collect()
}

/// The events of a scenario's run.
fn events(name: &str, sets: &[(&str, &str)]) -> Vec<Told> {
    let file = root().join("scenarios").join(format!("{name}.yaml"));
    let set = sets.iter();
    let options = LoadOptions {
        set: set
            .map(|(path, value)| (path.to_string(), value.to_string()))
            .collect(),
        ..LoadOptions::default()
    };
    let mut plan = load(&file, &options).unwrap().plan;
    plan.record = shown::record();
    let outcome = replay(&plan, 0, &RunLimits::default(), Trail::of(None));
    let again = shown::PlayedAgain {
        name: "a-run",
        ended_at: outcome.stopped_at,
        is_reproduced: true,
        cut_from: None,
    };
    let text = shown::json(&plan, &outcome.observed, again);
    let data: Value = serde_json::from_str(&text).unwrap();
    let events = &data["events"];
    let texts = events["text"].as_array().unwrap().iter();
    let stories = events["story"].as_array().unwrap().iter();
    let told = texts.zip(stories).map(|(text, story)| {
        let lines = match story.as_i64().unwrap() {
            none if none < 0 => &Value::Null,
            story => &data["stories"]["lines"][story as usize],
        };
        let lines = lines.as_array().into_iter().flatten();
        Told {
            text: line(&data, text),
            why: lines.map(|number| line(&data, number)).collect(),
        }
    });
    told.collect()
}

/// The events that have these words.
fn with<'e>(events: &'e [Told], words: &str) -> Vec<&'e Told> {
    let found: Vec<&Told> = events.iter().filter(|it| it.text.contains(words)).collect();
    assert!(!found.is_empty(), "no event has {words:?}: {events:?}");
    found
}

fn says(told: &Told, words: &str) {
    assert!(
        told.why.iter().any(|line| line.contains(words)),
        "{words:?} is not said of {told:?}"
    );
}

#[test]
fn a_change_of_spots_regime_says_what_it_means_and_how_long_it_lasts() {
    let all = events("nightly-jobs", &[("run.duration", "13d")]);
    let changes = with(&all, "Fargate Spot");
    let changes: Vec<&Told> = changes
        .into_iter()
        .filter(|it| it.text.contains("tight") || it.text.contains("empty"))
        .collect();
    assert!(!changes.is_empty(), "{all:?}");
    for told in changes {
        says(told, "It lasts ");
        says(told, "launch");
        says(told, "calm capacity grants every launch");
    }
    let by_hand = all.iter().filter(|it| {
        let mut lines = it.why.iter();
        lines.any(|line| line.starts_with("The timeline's `drought` leaves"))
    });
    assert_eq!(by_hand.count(), 3, "the drought, in each zone");
}

#[test]
fn an_instance_that_never_became_active_says_why_it_came_and_went() {
    let fails = ("world.instances.default.launchFailures", "50 %");
    let all = events("ec2-autoscaling", &[("run.duration", "12h"), fails]);
    for told in with(&all, "never became ACTIVE") {
        says(told, "never ACTIVE");
        says(told, "Why was it launched?");
        says(told, "It never registered with the cluster");
        says(told, "launchFailures 0");
    }
}

#[test]
fn a_capacity_set_by_hand_says_so_and_what_would_have_been_without() {
    let set = "[{ at: 2h, setDesiredCapacity: { AutoScalingGroupName: machines, \
               DesiredCapacity: 12 } }]";
    let sets = [("run.duration", "3h"), ("timeline", set)];
    let all = events("ec2-autoscaling", &sets);
    let told = with(&all, "SetDesiredCapacity 12")[0];
    says(told, "nothing in the cluster decided it");
    says(told, "managed scaling goes on from there");
    says(
        told,
        "With no `setDesiredCapacity` in the timeline: its desired capacity",
    );
    let launched = all.iter().filter(|it| it.text.contains("launched"));
    let mut by_it = launched.filter(|it| {
        let mut lines = it.why.iter();
        lines.any(|line| line.contains("SetDesiredCapacity 12 asked for it"))
    });
    let first = by_it.next().expect("instances follow");
    says(first, "it would not have been launched at that moment");
}
