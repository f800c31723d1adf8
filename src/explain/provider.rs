//! Why a task went to its capacity provider, and when it would have gone to another.

use serde_json::{Value, json};

use super::{Difference, Finding, rules, words};
use crate::observe::trail::Pick;
use crate::policy::strategy::{
    BASE_MAX, Choice, ChoiceReason, Share, Strategy, StrategyItem, WEIGHT_MAX, drawn_provider,
    next_provider, split,
};
use crate::scenario::plan::Plan;

/// Differences that are told of one choice.
const TOLD_MAX: usize = 3;

/// A choice that can be made again.
#[derive(Clone, Debug)]
pub(super) struct ProviderQuestion {
    /// The strategy.
    pub(super) strategy: Strategy,
    /// The tasks by item.
    pub(super) counts: Vec<u32>,
    /// The draw, where it was drawn.
    pub(super) uniform: Option<f64>,
}

impl ProviderQuestion {
    /// The question that a pick answered.
    pub(super) fn of(pick: &Pick) -> Self {
        let strategy = pick.strategy.clone();
        let uniform = match pick.reason {
            ChoiceReason::Drawn { uniform, .. } => Some(uniform),
            ChoiceReason::Fallback { uniform, .. } => uniform,
            ChoiceReason::Base { .. } | ChoiceReason::Weight { .. } => None,
        };
        let counts = match pick.job {
            // A call counts its own tasks only, one after the other from nothing.
            Some(job) => split(&strategy, job.in_call),
            None => pick.counts.clone(),
        };
        ProviderQuestion {
            strategy,
            counts,
            uniform,
        }
    }

    /// The rule's answer.
    pub(super) fn answer(&self) -> Choice {
        match self.uniform {
            Some(uniform) => drawn_provider(&self.strategy, &self.counts, uniform),
            None => next_provider(&self.strategy, &self.counts),
        }
    }

    /// The answer with one item of the strategy changed; `None` if AWS would refuse the strategy.
    fn with_item(&self, item: usize, change: impl Fn(&mut StrategyItem)) -> Option<usize> {
        let mut items = self.strategy.items().to_vec();
        change(&mut items[item]);
        let strategy = Strategy::new(items).ok()?;
        let changed = ProviderQuestion {
            strategy,
            ..self.clone()
        };
        Some(changed.answer().item)
    }

    /// The answer with another number of tasks on one item.
    fn with_count(&self, item: usize, count: u32) -> usize {
        let mut changed = self.clone();
        changed.counts[item] = count;
        changed.answer().item
    }
}

/// Why this provider.
pub(super) fn finding(plan: &Plan, pick: &Pick) -> Finding {
    let question = ProviderQuestion::of(pick);
    let choice = question.answer();
    let names = names(plan, &question.strategy);
    let name = &names[choice.item];
    if let ChoiceReason::Fallback {
        waited, instead_of, ..
    } = pick.reason
    {
        let name = &plan.provider(instead_of).name;
        let answer = format!(
            "{name} was its turn and had no capacity for {}: whatIf.spotFallback, which is not \
             AWS's behaviour, takes it on demand",
            words::length(waited)
        );
        let inputs = json!({ "instead_of": name, "waited_s": waited.as_secs_f64() });
        return Finding::new("Why on demand?".to_owned(), answer, inputs)
            .decided(plan, pick.at)
            .by(&[rules::SPOT_FALLBACK]);
    }
    let rule = match choice.reason {
        ChoiceReason::Drawn { .. } => rules::DRAWN_PROVIDER,
        ChoiceReason::Base { .. } | ChoiceReason::Weight { .. } | ChoiceReason::Fallback { .. } => {
            rules::NEXT_PROVIDER
        }
    };
    if question.strategy.is_launch_type() {
        let answer = format!("its launch type is {name}: no strategy is asked");
        return Finding::new(
            format!("Why {name}?"),
            answer,
            json!({ "launchType": name }),
        )
        .decided(plan, pick.at);
    }
    let answer = match question.strategy.items() {
        [_] => format!("its strategy names no provider but {name}"),
        _ => reason_words(&names, &question, choice),
    };
    let mut by_size = plan.what_if.by_size.iter();
    let is_by_size = by_size.any(|it| it.strategy == question.strategy);
    let (answer, by) = match is_by_size {
        true => (
            format!(
                "{answer}; the strategy is that of its size (whatIf.providerBySize, which is not \
                 AWS's behaviour)"
            ),
            vec![rules::BY_SIZE, rule],
        ),
        false => (answer, vec![rule]),
    };
    Finding::new(
        format!("Why {name}?"),
        answer,
        inputs(&names, &question, choice),
    )
    .decided(plan, pick.at)
    .by(&by)
    .otherwise(differences(&names, &question))
}

fn names(plan: &Plan, strategy: &Strategy) -> Vec<String> {
    let items = strategy.items().iter();
    items
        .map(|item| plan.provider(item.provider).name.clone())
        .collect()
}

fn inputs(names: &[String], question: &ProviderQuestion, choice: Choice) -> Value {
    let items = question.strategy.items().iter().enumerate();
    let item = |(index, item): (usize, &StrategyItem)| {
        json!({
            "capacityProvider": names[index],
            "base": item.base,
            "weight": item.weight,
            "tasks": question.counts[index],
        })
    };
    json!({
        "picked": names[choice.item],
        "strategy": items.map(item).collect::<Vec<_>>(),
        "draw": question.uniform,
    })
}

fn reason_words(names: &[String], question: &ProviderQuestion, choice: Choice) -> String {
    let name = &names[choice.item];
    match choice.reason {
        ChoiceReason::Fallback { .. } => "it fell back from Spot".to_owned(),
        ChoiceReason::Base { have, of } => {
            format!("the base of {name} had {have} of {}", words::tasks(of))
        }
        ChoiceReason::Drawn {
            weight,
            of,
            uniform,
        } => {
            let from: u32 = question.strategy.items()[..choice.item]
                .iter()
                .map(|item| item.weight)
                .sum();
            format!(
                "it was drawn by weight: {:.2} of {of} falls to {name}, which has {from} to {}",
                uniform * f64::from(of),
                from + weight
            )
        }
        ChoiceReason::Weight {
            weighted,
            weight,
            rival,
        } => {
            let own = Share {
                item: choice.item,
                weighted,
                weight,
            };
            let rival = rival.map_or_else(
                || "; no other provider takes tasks beyond its base".to_owned(),
                |rival| rival_words(names, question, own, rival),
            );
            format!("{name} had {}{rival}", share_words(question, own))
        }
    }
}

fn rival_words(names: &[String], question: &ProviderQuestion, own: Share, rival: Share) -> String {
    let (name, said) = (&names[rival.item], share_words(question, rival));
    let per_weight = |share: Share| u64::from(share.weighted);
    let is_tie =
        per_weight(own) * u64::from(rival.weight) == per_weight(rival) * u64::from(own.weight);
    match is_tie {
        true => format!("; {name}, with {said}, is level and comes later in the strategy"),
        false => format!("; {name}, the next, had {said}"),
    }
}

fn share_words(question: &ProviderQuestion, share: Share) -> String {
    let base = question.strategy.items()[share.item].base;
    let beyond = match base {
        0 => String::new(),
        base => format!(" beyond its base of {base}"),
    };
    let (tasks, weight) = (words::tasks(share.weighted), share.weight);
    let per = f64::from(share.weighted) / f64::from(weight.max(1));
    format!("{tasks}{beyond} for weight {weight} ({per:.2} per weight)")
}

/// The nearest changes that send the task elsewhere, as many as are told.
fn differences(names: &[String], question: &ProviderQuestion) -> Vec<Difference> {
    let mut found = nearest_changes(names, question);
    found.truncate(TOLD_MAX);
    found
}

/// Of each kind of change the nearest that sends the task elsewhere, found by asking the rule
/// again.
pub(super) fn nearest_changes(names: &[String], question: &ProviderQuestion) -> Vec<Difference> {
    let chosen = question.answer().item;
    let items = question.strategy.items();
    let others = || (0..items.len()).filter(|item| *item != chosen);
    let mut found = Vec::new();
    found.extend(others().filter_map(|other| more_weight(names, question, other)));
    found.extend(less(names, question, chosen));
    found.extend(others().filter_map(|other| larger_base(names, question, other)));
    found.extend(others().filter_map(|other| fewer_tasks(names, question, other)));
    found
}

/// The smallest larger weight with which another provider is picked.
fn more_weight(names: &[String], question: &ProviderQuestion, other: usize) -> Option<Difference> {
    let had = question.strategy.items()[other].weight;
    let is_picked =
        |weight: &u32| question.with_item(other, |item| item.weight = *weight) == Some(other);
    let weight = (had + 1..=WEIGHT_MAX).find(is_picked)?;
    let with = format!("weight {weight} instead of {had} on {}", names[other]);
    Some(Difference::new(with, &names[other]))
}

/// The smallest larger base with which another provider is picked; where one provider has a base,
/// no other may have one. It is at most one more than the tasks there are: with that, the base is
/// not met.
fn larger_base(names: &[String], question: &ProviderQuestion, other: usize) -> Option<Difference> {
    // A drawn call counts from nothing each time, so that a base would take every call.
    if question.uniform.is_some() {
        return None;
    }
    let had = question.strategy.items()[other].base;
    let most = had.max(question.counts[other]).saturating_add(1);
    let is_picked = |base: &u32| question.with_item(other, |item| item.base = *base) == Some(other);
    let base = (had + 1..=most.min(BASE_MAX)).find(is_picked)?;
    let with = format!("a base of {base} instead of {had} on {}", names[other]);
    Some(Difference::new(with, &names[other]))
}

/// So many fewer tasks on another provider that it is picked.
fn fewer_tasks(names: &[String], question: &ProviderQuestion, other: usize) -> Option<Difference> {
    let have = question.counts[other];
    let is_picked = |count: &u32| question.with_count(other, *count) == other;
    let count = (0..have).rev().find(is_picked)?;
    let with = format!("{} fewer on {}", words::tasks(have - count), names[other]);
    Some(Difference::new(with, &names[other]))
}

/// The largest smaller weight and base of the picked provider with which it is not.
fn less(names: &[String], question: &ProviderQuestion, chosen: usize) -> Vec<Difference> {
    let StrategyItem { weight, base, .. } = question.strategy.items()[chosen];
    let unless = |change: &dyn Fn(&mut StrategyItem)| {
        let picked = question.with_item(chosen, change)?;
        (picked != chosen).then_some(picked)
    };
    let name = &names[chosen];
    let lighter = (0..weight)
        .rev()
        .find_map(|weight| Some((weight, unless(&|item| item.weight = weight)?)));
    let lighter = lighter.map(|(to, picked)| {
        Difference::new(
            format!("weight {to} instead of {weight} on {name}"),
            &names[picked],
        )
    });
    let smaller = (0..base)
        .rev()
        .find_map(|base| Some((base, unless(&|item| item.base = base)?)));
    let smaller = smaller.map(|(to, picked)| {
        Difference::new(
            format!("a base of {to} instead of {base} on {name}"),
            &names[picked],
        )
    });
    smaller.into_iter().chain(lighter).collect()
}
