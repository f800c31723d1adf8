//! Which capacity provider the next task goes to: base first, then the ratio of the weights. A
//! strategy is no priority list: a provider without capacity keeps its task waiting, no other takes
//! it over.

use crate::engine::time::SimDuration;
use crate::ids::ProviderId;
use std::cmp::Ordering;
use thiserror::Error;

/// The most providers in one strategy (API CapacityProviderStrategyItem, 2026-11).
pub const PROVIDERS_MAX: usize = 20;
/// The largest weight of an item (API CapacityProviderStrategyItem, 2026-11).
pub const WEIGHT_MAX: u32 = 1_000;
/// The largest base of an item (API CapacityProviderStrategyItem, 2026-11).
pub const BASE_MAX: u32 = 100_000;

/// One provider of a capacity provider strategy, with AWS's field names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StrategyItem {
    /// The provider.
    pub provider: ProviderId,
    /// How many tasks of each service run on it before the weights count.
    pub base: u32,
    /// Its share of the tasks beyond the base; 0 (the API's default) means none of them.
    pub weight: u32,
}

/// A capacity provider strategy that CreateService and RunTask accept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Strategy {
    items: Vec<StrategyItem>,
    is_launch_type: bool,
}

/// Why a strategy is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum StrategyError {
    /// No provider at all.
    #[error("a capacity provider strategy names at least one provider")]
    Empty,
    /// More providers than a strategy may have.
    #[error("a strategy names at most {PROVIDERS_MAX} providers, this one {0}")]
    TooManyProviders(usize),
    /// Several providers, none of which may take weighted tasks: CreateService and RunTask fail.
    #[error("all weights are 0: at least one provider needs a weight of 1 or more")]
    NoWeight,
    /// More than one item has a base.
    #[error("only one provider of a strategy may have a base, items {first} and {second} have one")]
    SecondBase {
        /// The index of the first item with a base.
        first: usize,
        /// The index of the second.
        second: usize,
    },
    /// A weight beyond the range.
    #[error("item {item} has weight {weight}, the largest is {WEIGHT_MAX}")]
    WeightTooLarge {
        /// The item's index.
        item: usize,
        /// Its weight.
        weight: u32,
    },
    /// A base beyond the range.
    #[error("item {item} has base {base}, the largest is {BASE_MAX}")]
    BaseTooLarge {
        /// The item's index.
        item: usize,
        /// Its base.
        base: u32,
    },
    /// A provider named twice. ASSUMPTION: AWS's text names no rule, and two shares of one provider
    /// have no meaning.
    #[error("items {first} and {second} name the same provider")]
    RepeatedProvider {
        /// The index of the first item.
        first: usize,
        /// The index of the second.
        second: usize,
    },
}

/// The provider of the next task, and why.
#[derive(Clone, Copy, PartialEq, Debug)]
#[must_use]
pub struct Choice {
    /// The index of the item in the strategy.
    pub item: usize,
    /// Why this one.
    pub reason: ChoiceReason,
}

/// Why a provider is next.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum ChoiceReason {
    /// Its base is not met yet.
    Base {
        /// Tasks it has.
        have: u32,
        /// Tasks its base asks for.
        of: u32,
    },
    /// It is the furthest behind its weight: no other provider has fewer weighted tasks per weight.
    Weight {
        /// Its weighted tasks, the base's not counted.
        weighted: u32,
        /// Its weight.
        weight: u32,
        /// The next best provider, if the strategy has more than one with a weight.
        rival: Option<Share>,
    },
    /// Its own provider had no Spot capacity for so long, and `whatIf.spotFallback` holds: not
    /// AWS's behaviour.
    Fallback {
        /// How long it waited.
        waited: SimDuration,
        /// The provider whose turn it was.
        instead_of: ProviderId,
        /// The draw, from (0, 1), where that provider was drawn.
        uniform: Option<f64>,
    },
    /// It was drawn, in proportion to the weights.
    Drawn {
        /// Its weight.
        weight: u32,
        /// The sum of all weights.
        of: u32,
        /// The draw, from (0, 1).
        uniform: f64,
    },
}

/// A provider's weighted tasks beside its weight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    /// The index of the item in the strategy.
    pub item: usize,
    /// Its tasks beyond the base.
    pub weighted: u32,
    /// Its weight.
    pub weight: u32,
}

impl Strategy {
    /// Checks the items against the API's rules.
    ///
    /// A sole provider may have weight 0: the API refuses all-zero weights only "if you specify
    /// multiple capacity providers". ASSUMPTION: it then takes every task, as with weight 1.
    pub fn new(items: Vec<StrategyItem>) -> Result<Self, StrategyError> {
        if items.is_empty() {
            return Err(StrategyError::Empty);
        }
        if PROVIDERS_MAX < items.len() {
            return Err(StrategyError::TooManyProviders(items.len()));
        }
        for (item, &StrategyItem { base, weight, .. }) in items.iter().enumerate() {
            if WEIGHT_MAX < weight {
                return Err(StrategyError::WeightTooLarge { item, weight });
            }
            if BASE_MAX < base {
                return Err(StrategyError::BaseTooLarge { item, base });
            }
        }
        check_pairs(&items)?;
        if 1 < items.len() && items.iter().all(|item| item.weight == 0) {
            return Err(StrategyError::NoWeight);
        }
        Ok(Strategy {
            items,
            is_launch_type: false,
        })
    }

    /// All tasks on one provider.
    pub fn only(provider: ProviderId) -> Self {
        Strategy {
            items: vec![StrategyItem {
                provider,
                base: 0,
                weight: 1,
            }],
            is_launch_type: false,
        }
    }

    /// No strategy at all: all tasks go to a launch type.
    pub fn of_launch_type(provider: ProviderId) -> Self {
        Strategy {
            is_launch_type: true,
            ..Strategy::only(provider)
        }
    }

    /// Whether it stands for a launch type: AWS asks no strategy then.
    pub fn is_launch_type(&self) -> bool {
        self.is_launch_type
    }

    /// The items, in the order of the strategy.
    pub fn items(&self) -> &[StrategyItem] {
        &self.items
    }

    /// The index of this provider's item.
    pub fn position(&self, provider: ProviderId) -> Option<usize> {
        self.items.iter().position(|item| item.provider == provider)
    }

    /// The share of an item: its tasks beyond the base, and the weight that counts.
    pub fn share(&self, item: usize, count: u32) -> Share {
        let StrategyItem { base, weight, .. } = self.items[item];
        Share {
            item,
            weighted: count.saturating_sub(base),
            weight: if self.items.len() == 1 {
                weight.max(1)
            } else {
                weight
            },
        }
    }
}

impl Share {
    /// Orders by weighted tasks per weight, in whole numbers; a weight of 0 is beyond any ratio.
    pub(super) fn compare_ratio(self, other: Share) -> Ordering {
        let left = u64::from(self.weighted) * u64::from(other.weight);
        let right = u64::from(other.weighted) * u64::from(self.weight);
        left.cmp(&right)
    }
}

fn check_pairs(items: &[StrategyItem]) -> Result<(), StrategyError> {
    for (second, b) in items.iter().enumerate() {
        for (first, a) in items[..second].iter().enumerate() {
            if 0 < a.base && 0 < b.base {
                return Err(StrategyError::SecondBase { first, second });
            }
            if a.provider == b.provider {
                return Err(StrategyError::RepeatedProvider { first, second });
            }
        }
    }
    Ok(())
}

/// The next task goes to the provider whose base is not met, and after that to the one with the
/// fewest weighted tasks per weight; the base's tasks do not count toward the ratio.
///
/// Source: API CapacityProviderStrategyItem; that base tasks are not counted follows from AWS's
/// spot workshop: on-demand {base 2, weight 1} and Spot {weight 3} put 10 tasks 4 and 6. Ties go by
/// the order in the strategy (ASSUMPTION: AWS publishes no rule).
///
/// `counts` are the tasks of this service (or of this RunTask call) by item of the strategy,
/// without those whose desired status is STOPPED.
///
/// # Panics
/// If `counts` and the strategy differ in length.
pub fn next_provider(strategy: &Strategy, counts: &[u32]) -> Choice {
    assert_eq!(
        strategy.items.len(),
        counts.len(),
        "one count per item of the strategy"
    );
    let unmet = |(item, &have): (usize, &u32)| {
        let of = strategy.items[item].base;
        (have < of).then_some(Choice {
            item,
            reason: ChoiceReason::Base { have, of },
        })
    };
    if let Some(choice) = counts.iter().enumerate().find_map(unmet) {
        return choice;
    }
    let mut best: Option<Share> = None;
    let mut rival: Option<Share> = None;
    for (item, &count) in counts.iter().enumerate() {
        let share = strategy.share(item, count);
        if share.weight == 0 {
            continue;
        }
        if best.is_none_or(|best| share.compare_ratio(best).is_lt()) {
            rival = best;
            best = Some(share);
        } else if rival.is_none_or(|rival| share.compare_ratio(rival).is_lt()) {
            rival = Some(share);
        }
    }
    let best = best.expect("a checked strategy has a provider that takes weighted tasks");
    Choice {
        item: best.item,
        reason: ChoiceReason::Weight {
            weighted: best.weighted,
            weight: best.weight,
            rival,
        },
    }
}

/// The next task of a RunTask call goes to a provider whose base is not met, and after that to one
/// drawn in proportion to the weights.
///
/// ASSUMPTION: AWS does not say how calls of one task each are spread; [`next_provider`] sends all
/// of them to the same provider. `uniform` is a draw from (0, 1): with weights 1 and 3, up to 0.25
/// it is the first.
///
/// # Panics
/// If `counts` and the strategy differ in length.
pub fn drawn_provider(strategy: &Strategy, counts: &[u32], uniform: f64) -> Choice {
    let next = next_provider(strategy, counts);
    let of: u32 = strategy.items.iter().map(|item| item.weight).sum();
    if of == 0 || matches!(next.reason, ChoiceReason::Base { .. }) {
        return next;
    }
    let mut left = uniform * f64::from(of);
    for (item, entry) in strategy.items.iter().enumerate() {
        left -= f64::from(entry.weight);
        if left < 0.0 {
            let weight = entry.weight;
            return Choice {
                item,
                reason: ChoiceReason::Drawn {
                    weight,
                    of,
                    uniform,
                },
            };
        }
    }
    next
}

/// How many of `tasks` tasks, started one after the other from nothing, each item of the strategy
/// gets.
///
/// The workshop's example: on-demand {base 2, weight 1}, Spot {weight 3}, 10 tasks: `[4, 6]`.
pub fn split(strategy: &Strategy, tasks: u32) -> Vec<u32> {
    let mut counts = vec![0; strategy.items.len()];
    for _ in 0..tasks {
        let next = next_provider(strategy, &counts);
        counts[next.item] += 1;
    }
    counts
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};
    use proptest::strategy::Strategy as Generator;

    /// A strategy from (base, weight) pairs, providers numbered in order.
    pub(in crate::policy) fn strategy(items: &[(u32, u32)]) -> Strategy {
        Strategy::new(raw(items)).unwrap()
    }

    /// Legal strategies: up to six providers, a base on one of them or none.
    pub(in crate::policy) fn any_strategy() -> impl Generator<Value = Strategy> {
        (
            prop::collection::vec(0_u32..8, 1..6),
            any::<prop::sample::Index>(),
            0_u32..6,
        )
            .prop_filter_map("at least one weight", |(weights, at, base)| {
                let base_at = at.index(weights.len());
                let item = |(index, weight)| (if index == base_at { base } else { 0 }, weight);
                Strategy::new(raw(&weights
                    .into_iter()
                    .enumerate()
                    .map(item)
                    .collect::<Vec<_>>()))
                .ok()
            })
    }

    fn raw(items: &[(u32, u32)]) -> Vec<StrategyItem> {
        let item = |(index, &(base, weight))| StrategyItem {
            provider: ProviderId::from_index(index),
            base,
            weight,
        };
        items.iter().enumerate().map(item).collect()
    }

    #[test]
    fn tasks_split_as_aws_publishes() {
        type Row<'a> = (&'a [(u32, u32)], u32, &'a [u32], &'a str);
        let table: &[Row] = &[
            (&[(2, 1), (0, 3)], 10, &[4, 6], "CAP-E1, spot workshop"),
            (&[(0, 3), (0, 1)], 4, &[3, 1], "CAP-E2, spot workshop"),
            (
                &[(0, 1), (0, 1)],
                12,
                &[6, 6],
                "CAP-E3, API CapacityProviderStrategyItem",
            ),
            (
                &[(0, 1), (0, 4)],
                5,
                &[1, 4],
                "CAP-E4, API CapacityProviderStrategyItem",
            ),
            (&[(3, 1), (0, 3)], 7, &[4, 3], "CAP-E5, AWS Korea's session"),
            (
                &[(2, 0), (0, 1)],
                5,
                &[2, 3],
                "Copilot: a base with weight 0",
            ),
            (
                &[(0, 0)],
                3,
                &[3],
                "API: all-zero is refused for several only",
            ),
        ];
        for &(items, tasks, expected, source) in table {
            assert_eq!(split(&strategy(items), tasks), expected, "{source}");
        }
    }

    #[test]
    fn the_reason_carries_the_numbers() {
        let mixed = strategy(&[(2, 1), (0, 3)]);
        let reason = |counts: &[u32]| next_provider(&mixed, counts).reason;
        assert_eq!(reason(&[1, 0]), ChoiceReason::Base { have: 1, of: 2 });
        let on_demand = Share {
            item: 0,
            weighted: 1,
            weight: 1,
        };
        assert_eq!(
            reason(&[3, 2]),
            ChoiceReason::Weight {
                weighted: 2,
                weight: 3,
                rival: Some(on_demand)
            }
        );
    }

    #[test]
    fn what_the_api_refuses_is_refused() {
        let table: &[(&[(u32, u32)], StrategyError)] = &[
            (&[], StrategyError::Empty),
            (&[(0, 1); 21], StrategyError::TooManyProviders(21)),
            (&[(0, 0), (0, 0)], StrategyError::NoWeight),
            (
                &[(1, 1), (0, 1), (1, 1)],
                StrategyError::SecondBase {
                    first: 0,
                    second: 2,
                },
            ),
            (
                &[(0, 1_001)],
                StrategyError::WeightTooLarge {
                    item: 0,
                    weight: 1_001,
                },
            ),
            (
                &[(0, 1), (100_001, 1)],
                StrategyError::BaseTooLarge {
                    item: 1,
                    base: 100_001,
                },
            ),
        ];
        for (items, error) in table {
            assert_eq!(Strategy::new(raw(items)), Err(*error));
        }
        let mut twice = raw(&[(0, 1), (0, 1)]);
        twice[1].provider = twice[0].provider;
        assert_eq!(
            Strategy::new(twice),
            Err(StrategyError::RepeatedProvider {
                first: 0,
                second: 1
            })
        );
    }

    proptest! {
        #[test]
        fn each_provider_stays_within_one_task_of_its_share(
            strategy in any_strategy(),
            n in 0_u32..200,
        ) {
            let counts = split(&strategy, n);
            prop_assert_eq!(counts.iter().sum::<u32>(), n);
            let shares: Vec<Share> =
                (0..counts.len()).map(|item| strategy.share(item, counts[item])).collect();
            let weights: u32 = shares.iter().map(|share| share.weight).sum();
            let weighted: u32 = shares.iter().map(|share| share.weighted).sum();
            for share in shares {
                let exact = f64::from(weighted) * f64::from(share.weight) / f64::from(weights);
                prop_assert!(f64::from(share.weighted) < exact + 1.0 + 1e-9);
            }
        }

        #[test]
        fn the_base_is_met_before_any_weighted_task(strategy in any_strategy(), n in 0_u32..20) {
            let counts = split(&strategy, n);
            let base: u32 = strategy.items().iter().map(|item| item.base).sum();
            let at_base = strategy.items().iter().position(|item| 0 < item.base);
            if let Some(at) = at_base {
                prop_assert!(n.min(base) <= counts[at]);
            }
        }
    }

    #[test]
    fn drawn_providers_follow_the_weights_after_the_base() {
        // DERIVED from weights 1 and 3: a quarter of the draws, and base 1 on the second first.
        let weighted = strategy(&[(0, 1), (0, 3)]);
        for (uniform, item) in [(0.1, 0), (0.24, 0), (0.26, 1), (0.99, 1)] {
            assert_eq!(drawn_provider(&weighted, &[0, 0], uniform).item, item);
        }
        let based = strategy(&[(0, 1), (1, 0)]);
        assert_eq!(drawn_provider(&based, &[0, 0], 0.1).item, 1);
        assert_eq!(drawn_provider(&based, &[0, 1], 0.9).item, 0);
    }
}
