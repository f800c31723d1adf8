//! Why: the words of `explain` for tasks, instances and events, as many as there is room for.
//!
//! What `explain` says of a task looks through the whole run's decisions, so it is asked for a
//! bounded number of things, and fewer of a larger run; the others name the command that says it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::events::{About, Event, EventKind, Told};
use super::phrases::{Kind, Phrases};
use crate::engine::SimTime;
use crate::explain::{Explanation, Finding, Replay};
use crate::observe::picture::{Owner, Picture, PictureTask, in_even_order};
use crate::report::explain_text::capital;

/// Tasks whose words are kept at most.
const TASKS_MAX: usize = 2_000;
/// Instances whose words are kept at most.
const INSTANCES_MAX: usize = 500;
/// Events whose words are kept at most.
const EVENTS_MAX: usize = 1_000;
/// Bytes of all words together, about.
const BYTES_MAX: usize = 700_000;
/// Of them, what events may take, so that tasks have theirs.
const EVENT_BYTES_MAX: usize = 250_000;
/// Records that may be looked at for all stories together: about two seconds.
const LOOKS_MAX: usize = 200_000_000;

/// What was explained already: a replay that comes out too large is made again.
pub(super) type Explained = BTreeMap<(About, SimTime), Explanation>;

/// The stories of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Stories {
    /// The numbers of each story's sentences.
    stories: Vec<Vec<usize>>,
    /// Which task has which.
    of_tasks: Vec<(usize, usize)>,
    /// Which instance has which.
    of_instances: Vec<(usize, usize)>,
}

/// The stories of a run's events, instances and tasks; events are given theirs.
pub(super) fn of(
    replay: &Replay<'_>,
    picture: &Picture<'_>,
    told: &mut Told,
    (phrases, known): (&mut Phrases, &mut Explained),
) -> Stories {
    let mut stories = Stories::default();
    let most = (LOOKS_MAX / looks(replay)).max(10);
    of_events(replay, told, (phrases, known, most), &mut stories);
    for at in in_even_order(picture.instances.len()).take(INSTANCES_MAX.min(most)) {
        let record = picture.instances[at];
        let key = (About::Instance(record.id), SimTime::MAX);
        let explained = known.entry(key);
        let explained = explained.or_insert_with(|| replay.explain_instance(record));
        let story = stories.add(explained, phrases);
        stories.of_instances.push((at, story));
    }
    let tellable = tellable(replay, &picture.tasks);
    let tellable = by_interest(&picture.tasks, tellable);
    for at in tellable.take(TASKS_MAX.min(most)) {
        if BYTES_MAX < phrases.bytes() + stories.bytes() {
            break;
        }
        let position = picture.tasks[at].position;
        let explained = known.entry((About::Task(position), SimTime::MAX));
        let explained = explained.or_insert_with(|| replay.explain_task(position));
        let story = stories.add(explained, phrases);
        stories.of_tasks.push((at, story));
    }
    stories.of_tasks.sort_unstable();
    stories.of_instances.sort_unstable();
    stories
}

/// The positions of tasks of which all is known that explains them, in order: whose reasons are
/// kept, and whose search for an instance was looked at where they had one.
fn tellable(replay: &Replay<'_>, tasks: &[PictureTask<'_>]) -> Vec<usize> {
    let (plan, trail) = (replay.plan, replay.trail);
    let searches = trail.placements.iter().filter(|it| it.found.is_some());
    let found: BTreeSet<(Owner, u64)> = searches.map(|it| (it.owner, it.ordinal)).collect();
    let is_tellable = |at: &usize| {
        let record = tasks[*at].record;
        let searches = plan.provider(record.provider).kind.is_hosted()
            && !record.owner.is_daemon(plan)
            && trail.leaves_searches_out();
        trail.has_reasons_of(record.owner)
            && (!searches || found.contains(&(record.owner, record.ordinal)))
    };
    (0..tasks.len()).filter(is_tellable).collect()
}

/// Records that one story may look at.
fn looks(replay: &Replay<'_>) -> usize {
    let trail = replay.trail;
    let lists = [
        trail.tasks.len(),
        trail.picks.len(),
        trail.placements.len(),
        trail.held.len(),
        trail.steps.len(),
        trail.stops.len(),
        trail.counts.len(),
        trail.minutes.len(),
        trail.managed.len(),
    ];
    lists.iter().sum::<usize>() + 1
}

/// What happened, as many as there is room for: what comes often last.
fn of_events(
    replay: &Replay<'_>,
    told: &mut Told,
    (phrases, known, most): (&mut Phrases, &mut Explained, usize),
    stories: &mut Stories,
) {
    let mut asked: Vec<usize> = in_even_order(told.events.len()).collect();
    asked.retain(|at| told.events[*at].about != About::Nobody);
    asked.sort_by_key(|at| {
        let kind = told.events[*at].kind;
        matches!(kind, EventKind::Schedule | EventKind::Refused)
    });
    for at in asked.into_iter().take(EVENTS_MAX.min(most)) {
        if EVENT_BYTES_MAX < phrases.bytes() + stories.bytes() {
            break;
        }
        let event = &told.events[at];
        let key = (event.about, event.at);
        if !known.contains_key(&key)
            && let Some(explained) = explained(replay, event)
        {
            known.insert(key, explained);
        }
        if let Some(explained) = known.get(&key) {
            told.events[at].story = Some(stories.add(explained, phrases));
        }
    }
}

fn explained(replay: &Replay<'_>, event: &Event) -> Option<Explanation> {
    Some(match event.about {
        About::Nobody => return None,
        About::Service(service) => replay.explain_service_at(service, event.at),
        About::Provider(provider) => replay.explain_provider_at(provider, event.at),
        About::Call(source, at) => replay.explain_schedule_at(source, at),
        About::Instance(id) => replay.explain_instance(replay.trail.instance(id)?),
        About::Pool(pool) => replay.explain_regime_at(pool, event.at),
        About::Task(position) => replay.explain_task(position),
    })
}

/// Positions of tasks: first those that were taken back or failed, then those that waited for long
/// in turn with the others.
fn by_interest(tasks: &[PictureTask<'_>], of: Vec<usize>) -> impl Iterator<Item = usize> {
    let (lost, others): (Vec<usize>, Vec<usize>) =
        of.into_iter().partition(|at| is_lost(&tasks[*at]));
    let (waited, others): (Vec<usize>, Vec<usize>) =
        others.into_iter().partition(|at| has_waited(&tasks[*at]));
    let spread = |all: Vec<usize>| in_even_order(all.len()).map(move |at| all[at]);
    let (mut waited, mut others) = (spread(waited), spread(others));
    let mut turn = false;
    let rest = std::iter::from_fn(move || {
        turn = !turn;
        match turn {
            true => waited.next().or_else(|| others.next()),
            false => others.next().or_else(|| waited.next()),
        }
    });
    spread(lost).chain(rest)
}

fn is_lost(task: &PictureTask<'_>) -> bool {
    let Some(stop) = task.record.stop else {
        return false;
    };
    // A program's task ends when its work is done, and nobody asks why.
    let code = stop.code.as_str();
    let is_wanted = [
        "ServiceSchedulerInitiated",
        "UserInitiated",
        "EssentialContainerExited",
    ];
    stop.is_by_spot || task.record.problem.is_some() || !is_wanted.contains(&code)
}

fn has_waited(task: &PictureTask<'_>) -> bool {
    let times = &task.record.times;
    let until = times.placed.unwrap_or(times.created);
    60.0 < until.since(task.record.wanted_at).as_secs_f64()
}

impl Stories {
    fn add(&mut self, explained: &Explanation, phrases: &mut Phrases) -> usize {
        let mut lines = vec![phrases.line(Kind::Subject, &capital(&explained.subject))];
        let facts = explained.facts.iter();
        lines.extend(facts.map(|fact| phrases.line(Kind::Fact, fact)));
        for finding in &explained.findings {
            lines.extend(finding_lines(finding, phrases));
        }
        self.stories.push(lines);
        self.stories.len() - 1
    }

    /// How large it is as JSON, about.
    fn bytes(&self) -> usize {
        // A number of some digits and a comma for each sentence.
        5 * self.stories.iter().map(Vec::len).sum::<usize>()
    }

    /// What to say of tasks without words.
    pub(super) fn note(&self, tasks: usize) -> Option<String> {
        let known = self.of_tasks.len();
        (known < tasks).then(|| {
            format!(
                "Holds the reasons of {known} tasks of {tasks}; those of the others are told by \
                 fleetcast explain."
            )
        })
    }

    /// As columns: the stories, and which task and which instance has which.
    pub(super) fn columns(&self) -> Value {
        let first = |pairs: &[(usize, usize)]| pairs.iter().map(|it| it.0).collect::<Vec<_>>();
        let second = |pairs: &[(usize, usize)]| pairs.iter().map(|it| it.1).collect::<Vec<_>>();
        json!({
            "lines": self.stories,
            "tasks": [first(&self.of_tasks), second(&self.of_tasks)],
            "instances": [first(&self.of_instances), second(&self.of_instances)],
        })
    }
}

fn finding_lines(finding: &Finding, phrases: &mut Phrases) -> Vec<usize> {
    let mut lines = vec![
        phrases.line(Kind::Question, &finding.question),
        phrases.line(Kind::Answer, &capital(&finding.answer)),
    ];
    let details = finding.details.iter();
    lines.extend(details.map(|detail| phrases.line(Kind::Detail, &capital(detail))));
    for other in &finding.otherwise {
        let text = format!("With {}: {}", other.with, other.then);
        lines.push(phrases.line(Kind::Otherwise, &text));
    }
    for rule in &finding.rules {
        let text = format!("{} [{}]", rule.says, rule.source);
        lines.push(phrases.line(Kind::Rule, &text));
    }
    lines
}
