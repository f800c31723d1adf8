//! A run as a moving picture with its reasons, as one JSON text, and the script and style that draw
//! it. A page embeds all three and calls `window.fleetcastReplay(element, data)`.
//!
//! The run is played again for it with its trail kept (`experiment::run::replay`) and what
//! [`record`] asks for. What the JSON holds, and what is left out of a long or large run, is said
//! in `docs/replay.md`.

mod columns;
mod events;
mod fleet;
mod phrases;
mod stories;

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::engine::SimTime;
use crate::explain::{Change, Replay};
use crate::ids::ServiceId;
use crate::observe::Observed;
use crate::observe::picture::{Picture, PictureLimits};
use crate::report::palette;
use crate::scenario::plan::{Plan, RecordPlan};

pub use fleet::{events_played, trail};
use phrases::Phrases;
use stories::Explained;

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

/// What is said of a run that was played without a trail.
const NO_TRAIL: &str = "the run was played without what its decisions were made from";

/// A run that was played again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlayedAgain<'a> {
    /// What `fleetcast explain` calls it.
    pub name: &'a str,
    /// The instant up to which it was played.
    pub ended_at: SimTime,
    /// Whether it went as the run did.
    pub is_reproduced: bool,
    /// The end of the run, of which the beginning was played only; `None`: all of it was.
    pub cut_from: Option<SimTime>,
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

/// The JSON in place of a replay: only why there is none.
pub fn without(why: &str) -> String {
    inert(&json!({ "version": VERSION, "without": why }))
}

/// The replay of a run that was played with its trail. The text may stand in a
/// `<script type="application/json">` as it is.
pub fn json(plan: &Plan, observed: &Observed, again: PlayedAgain<'_>) -> String {
    let Some(mut replayed) = Replayed::of(plan, observed, again) else {
        return without(NO_TRAIL);
    };
    let mut limits = LIMITS;
    loop {
        let text = replayed.json(limits);
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
    match Replayed::of(plan, observed, again) {
        Some(mut replayed) => replayed.json(limits),
        None => without(NO_TRAIL),
    }
}

/// A run that was played again, and what is known of it whatever the limits are.
struct Replayed<'r> {
    observed: &'r Observed,
    again: PlayedAgain<'r>,
    replay: Replay<'r>,
    changes: Vec<(ServiceId, Vec<Change>)>,
    explained: Explained,
}

impl<'r> Replayed<'r> {
    fn of(plan: &'r Plan, observed: &'r Observed, again: PlayedAgain<'r>) -> Option<Self> {
        let replay = Replay {
            plan,
            trail: observed.trail.as_deref()?,
            ended_at: again.ended_at,
        };
        Some(Replayed {
            observed,
            again,
            changes: replay.changes_of_services(),
            replay,
            explained: Explained::new(),
        })
    }

    fn json(&mut self, limits: PictureLimits) -> String {
        let (replay, observed, again) = (&self.replay, self.observed, self.again);
        let played = (observed, replay.trail);
        let picture = Picture::of(replay.plan, played, replay.ended_at, limits);
        let mut phrases = Phrases::default();
        let mut told = events::of(replay, observed, &picture, &self.changes);
        let words = (&mut phrases, &mut self.explained);
        let stories = stories::of(replay, &picture, &mut told, words);
        let other = (!again.is_reproduced).then(|| OTHER_WAY.to_owned());
        let notes = other.into_iter().chain(fleet::notes(replay, again));
        let notes = notes.chain(notes_of(&picture, &told, &stories));
        let mut value = columns::of(replay, &picture);
        value["version"] = VERSION.into();
        value["run"] = cut(again.name).into();
        value["notes"] = notes.collect::<Vec<String>>().into();
        value["events"] = told.columns(&picture, &mut phrases);
        value["stories"] = stories.columns();
        value["words"] = phrases.columns();
        inert(&value)
    }
}

/// What is left out, a sentence each.
fn notes_of(picture: &Picture<'_>, told: &events::Told, stories: &stories::Stories) -> Vec<String> {
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
    fn long_names_end_in_an_ellipsis() {
        assert_eq!(cut("short"), "short");
        let long = cut(&"ä".repeat(10_000));
        assert_eq!(long.chars().count(), NAME_LETTERS_MAX + 1);
        assert!(long.ends_with('…'));
    }
}
