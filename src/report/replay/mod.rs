//! A run as a moving picture with its reasons, as one JSON text, and the script and style that draw
//! it. A page embeds all three and calls `window.fleetcastReplay(element, data)`.
//!
//! The run is played again for it with its trail kept (`experiment::run::replay`) and what
//! [`record`] asks for. What the JSON holds, and what is left out of a long or large run, is said
//! in `docs/replay.md`.

mod columns;
mod events;
mod phrases;
mod stories;

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::engine::SimTime;
use crate::explain::Replay;
use crate::observe::Observed;
use crate::observe::picture::{Picture, PictureLimits};
use crate::report::palette;
use crate::scenario::plan::{Plan, RecordPlan};

use phrases::Phrases;

/// The script: plain JavaScript that needs nothing else; defines `window.fleetcastReplay`.
pub const SCRIPT: &str = concat!(
    "(function () {\n\"use strict\";\n",
    include_str!("assets/data.js"),
    include_str!("assets/states.js"),
    include_str!("assets/layout.js"),
    include_str!("assets/paint.js"),
    include_str!("assets/ground.js"),
    include_str!("assets/blocks.js"),
    include_str!("assets/picture.js"),
    include_str!("assets/timeline.js"),
    include_str!("assets/panel.js"),
    include_str!("assets/paper.js"),
    include_str!("assets/replay.js"),
    "})();\n"
);

/// The style of what the script makes.
pub fn style() -> &'static str {
    static STYLE: LazyLock<String> = LazyLock::new(|| {
        let pairs = palette::on_pages().enumerate();
        let colours = pairs.map(|(index, (light, dark))| {
            format!("--r-c{index}: var(--fc-c{index}, light-dark({light}, {dark}));")
        });
        let colours: Vec<String> = colours.collect();
        let own = include_str!("assets/replay.css");
        format!(".fcr-root {{ {} }}\n{own}", colours.join(" "))
    });
    &STYLE
}

/// The version of the JSON, which the script asks for.
const VERSION: u32 = 1;
/// Events of a run beyond which it is not played again for a picture: what its decisions were made
/// from would not fit into the memory of a laptop (some hundred bytes an event).
pub const EVENTS_PLAYED_MAX: u64 = 10_000_000;
/// Letters of a name at most; what is longer ends in an ellipsis.
const NAME_LETTERS_MAX: usize = 120;

/// What a replay holds at most, beside the events' and stories' own limits.
pub const LIMITS: PictureLimits = PictureLimits {
    tasks: 16_000,
    instances: 2_000,
    points: 30_000,
};
/// How large the JSON may be. Of a run whose tasks have many states, or whose series have large
/// numbers, half as many are taken until it is not larger.
pub const BYTES_MAX: usize = 2_000_000;

/// What is said where the run does not go as it went.
const OTHER_WAY: &str = "This version of fleetcast plays the run another way: the replay shows it \
                         as it goes now, not as the numbers of its results say.";

/// A run that was played again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlayedAgain<'a> {
    /// What `fleetcast explain` calls it.
    pub name: &'a str,
    /// The instant up to which it was played.
    pub ended_at: SimTime,
    /// Whether it went as the run did.
    pub is_reproduced: bool,
}

/// What a run has to record to be shown; with its other sinks off, it is the same run.
pub fn record() -> RecordPlan {
    RecordPlan {
        metrics: None,
        tasks: true,
        events: false,
        decisions: true,
        packing: Vec::new(),
    }
}

/// Why a run of so many events is not replayed; `None`: it is.
pub fn too_large(events: u64) -> Option<String> {
    (EVENTS_PLAYED_MAX < events).then(|| {
        format!(
            "this run has {events} events; a replay is made of at most {EVENTS_PLAYED_MAX}. A \
             shorter run of the scenario (--set run.duration=1d) has one"
        )
    })
}

/// The JSON in place of a replay: only why there is none.
pub fn without(why: &str) -> String {
    inert(&json!({ "version": VERSION, "without": why }))
}

/// The replay of a run that was played with its trail. The text may stand in a
/// `<script type="application/json">` as it is.
pub fn json(plan: &Plan, observed: &Observed, again: PlayedAgain<'_>) -> String {
    let mut limits = LIMITS;
    loop {
        let text = json_within(plan, observed, again, limits);
        if text.len() <= BYTES_MAX || limits.tasks < 2 {
            return text;
        }
        limits = PictureLimits {
            tasks: limits.tasks / 2,
            instances: limits.instances / 2,
            points: limits.points / 2,
        };
    }
}

/// The same within other limits.
pub fn json_within(
    plan: &Plan,
    observed: &Observed,
    again: PlayedAgain<'_>,
    limits: PictureLimits,
) -> String {
    let Some(trail) = observed.trail.as_deref() else {
        return without("the run was played without what its decisions were made from");
    };
    let replay = Replay {
        plan,
        trail,
        ended_at: again.ended_at,
    };
    let picture = Picture::of(plan, (observed, trail), again.ended_at, limits);
    let mut phrases = Phrases::default();
    let mut told = events::of(&replay, observed, &picture);
    let stories = stories::of(&replay, &picture, &mut told, &mut phrases);
    let other = (!again.is_reproduced).then(|| OTHER_WAY.to_owned());
    let notes = other.into_iter().chain(notes(&picture, &told, &stories));
    let mut value = columns::of(&replay, &picture);
    value["version"] = VERSION.into();
    value["run"] = cut(again.name).into();
    value["notes"] = notes.collect::<Vec<String>>().into();
    value["events"] = told.columns(&picture, &mut phrases);
    value["stories"] = stories.columns();
    value["words"] = phrases.columns();
    inert(&value)
}

/// What is left out, a sentence each.
fn notes(picture: &Picture<'_>, told: &events::Told, stories: &stories::Stories) -> Vec<String> {
    let part = |shown: usize, total: usize, of: &str, how: &str| {
        (shown < total).then(|| format!("Shows {shown} of {total} {of}{how}."))
    };
    let is_thinned = picture.series.iter().any(|series| series.is_thinned);
    let notes = [
        part(
            picture.tasks.len(),
            picture.tasks_total,
            "tasks",
            ", evenly chosen over the run; counts and lines are of all of them",
        ),
        part(
            picture.instances.len(),
            picture.instances_total,
            "instances",
            " and what ran on them, evenly chosen over the run",
        ),
        is_thinned.then(|| {
            "The lines leave out points between; where they have one it is exact.".to_owned()
        }),
        part(
            picture.spot.len(),
            picture.spot_total,
            "changes of Spot's pools",
            ", the first",
        ),
        part(told.len(), told.total, "events", ", the weightiest"),
        stories.note(picture.tasks.len()),
    ];
    notes.into_iter().flatten().collect()
}

/// A name of the user's, cut where it is longer than anybody reads.
fn cut(name: &str) -> String {
    cut_to(name, NAME_LETTERS_MAX)
}

fn cut_to(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// The JSON as a text that means nothing to a browser that reads it within a page: no letter of it
/// can end a `<script>` or begin a comment.
fn inert(value: &Value) -> String {
    let text = value.to_string();
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", letter as u32));
            }
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_json_is_markup() {
        let name = "</script><!-- & \u{2028} \"x\" \u{202e}";
        let text = without(name);
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["without"], name);
    }

    #[test]
    fn the_style_has_the_colours_of_all_charts() {
        for (index, (light, dark)) in palette::on_pages().enumerate() {
            let said = format!("--r-c{index}: var(--fc-c{index}, light-dark({light}, {dark}));");
            assert!(style().contains(&said), "{said}");
        }
        assert!(style().ends_with(include_str!("assets/replay.css")));
    }

    #[test]
    fn a_run_of_too_many_events_is_told_so() {
        assert_eq!(too_large(EVENTS_PLAYED_MAX), None);
        let why = too_large(EVENTS_PLAYED_MAX + 1).unwrap();
        assert!(why.contains("10000001 events"), "{why}");
    }

    #[test]
    fn long_names_end_in_an_ellipsis() {
        assert_eq!(cut("short"), "short");
        let long = cut(&"ä".repeat(10_000));
        assert_eq!(long.chars().count(), NAME_LETTERS_MAX + 1);
        assert!(long.ends_with('…'));
    }
}
