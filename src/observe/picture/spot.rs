//! What Spot offers by zone over a run: Fargate's pools, and those of groups together.

use std::collections::BTreeMap;

use super::second_of;
use crate::engine::SimTime;
use crate::ids::{GroupId, ZoneId};
use crate::observe::trail::Trail;
use crate::policy::spot::Regime;
use crate::scenario::plan::{Plan, ProviderKind};

/// What the pools of a zone offer from a second on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpotState {
    /// From this second on.
    pub second: u32,
    /// The zone.
    pub zone: ZoneId,
    /// Whose pools; `None`: Fargate's.
    pub group: Option<GroupId>,
    /// How many of them are tight.
    pub tight: u32,
    /// How many are empty.
    pub empty: u32,
    /// How many there are.
    pub of: u32,
}

/// The first `most` states in order of time, and how many there are.
pub(super) fn of(plan: &Plan, trail: &Trail, most: usize) -> (Vec<SpotState>, usize) {
    let mut changes: Vec<(SimTime, ZoneId, Option<GroupId>, u32, Regime)> = Vec::new();
    let has_fargate = plan
        .providers
        .iter()
        .any(|provider| provider.kind == ProviderKind::FargateSpot);
    if has_fargate {
        let regimes = trail.regimes.iter();
        let zones = plan.zones.len();
        let regimes = regimes.filter(|(_, pool, ..)| pool.index() < zones);
        changes.extend(regimes.map(|(at, pool, regime, _)| {
            let zone = ZoneId::from_index(pool.index());
            (*at, zone, None, 0, *regime)
        }));
    }
    changes.extend(trail.pool_regimes.iter().filter_map(|it| {
        let group = plan.group(it.group);
        let zone = group.zones.get(it.zone as usize)?;
        group
            .buys_spot()
            .then_some((it.at, *zone, Some(it.group), it.kind, it.regime))
    }));
    // A sort that is stable: of one instant the last change holds.
    changes.sort_by_key(|(at, ..)| *at);
    let mut pools: BTreeMap<(ZoneId, Option<GroupId>), BTreeMap<u32, Regime>> = BTreeMap::new();
    let mut states: Vec<SpotState> = Vec::new();
    for (at, zone, group, kind, regime) in changes {
        let pools = pools.entry((zone, group)).or_default();
        pools.insert(kind, regime);
        let count = |which: Regime| pools.values().filter(|it| **it == which).count() as u32;
        let state = SpotState {
            second: second_of(at),
            zone,
            group,
            tight: count(Regime::Tight),
            empty: count(Regime::Empty),
            of: pools.len() as u32,
        };
        let mut before = states.iter_mut().rev();
        let before = before.find(|it| (it.zone, it.group) == (zone, group));
        match before {
            Some(before) if before.second == state.second => *before = state,
            Some(before) if (before.tight, before.empty) == (state.tight, state.empty) => {}
            _ => states.push(state),
        }
    }
    let total = states.len();
    states.truncate(most);
    (states, total)
}
