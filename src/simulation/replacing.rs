//! Instances that a group launches before it ends what they replace: zones that have too few, and
//! Spot Instances at risk (capacity rebalancing).

use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::ids::{GroupId, InstanceId, PoolId};
use crate::observe::inputs::{DecisionInputs, GroupInputs};
use crate::observe::observation::{CapacityObservation, Observation};
use crate::policy::auto_scaling_group::{
    Purchase, is_as_good, most_while_balancing, most_while_rebalancing, zones_to_balance,
};
use crate::policy::spot::Regime;
use crate::simulation::Simulation;
use crate::simulation::auto_scaling_group::Search;
use crate::simulation::event::Event;
use crate::world::capacity::Replacement;
use crate::world::instance::{InstanceStatus, TerminationCause};
use crate::world::spot_market::PoolChange;

/// Draws of whether an instance gets a rebalance recommendation when its pool becomes tight.
const RECOMMENDATION: Purpose = Purpose::new("rebalance recommendation");

impl Simulation<'_> {
    /// The market of a pool changed: groups that wait for room in it, or whose instances are at
    /// risk there, look.
    pub(super) fn pool_changed(&mut self, change: &PoolChange, queue: &mut Queue<Event>) {
        if change.from == Regime::Calm && change.to == Regime::Tight {
            self.recommend_rebalancing(change.pool, queue);
        }
        if change.from == Regime::Empty {
            for group in 0..self.plan.groups.len() {
                self.balance_zones(GroupId::from_index(group), queue);
            }
        }
    }

    /// Each Spot Instance of the pool gets a recommendation with the pool's chance, by a draw of
    /// its own. Only groups with CapacityRebalance heed it.
    fn recommend_rebalancing(&mut self, pool: PoolId, queue: &mut Queue<Event>) {
        let capacity = &self.world.capacity;
        let Some(market) = &capacity.market else {
            return;
        };
        let share = market.behaviour(pool).parameters.rebalance_share;
        let ordinal = capacity.recommendations;
        let mut chosen: Vec<InstanceId> = Vec::new();
        for (group, plan) in capacity.groups.iter().zip(&self.plan.groups) {
            if !plan.capacity_rebalance {
                continue;
            }
            for id in &group.members {
                let instance = &capacity.instances[id.index()];
                let class = capacity.instances[id.index()].class;
                if instance.status != InstanceStatus::Active
                    || instance.record.purchase != Purchase::Spot
                    || capacity.pool(class) != Some(pool)
                {
                    continue;
                }
                let ordinal = u64::from(id.0)
                    .wrapping_mul(1_000_003)
                    .wrapping_add(ordinal);
                let mut draws = self.streams.stream(RECOMMENDATION, plan.key, ordinal);
                if draws.uniform() < share {
                    chosen.push(*id);
                }
            }
        }
        self.world.capacity.recommendations += 1;
        chosen.sort_unstable();
        for id in chosen {
            let group = self.world.capacity.instances[id.index()].record.group;
            let recommended = CapacityObservation::RebalanceRecommended { group };
            self.observe(&Observation::Capacity(recommended));
            self.replace_at_risk(id, false, queue);
        }
    }

    /// Launches what is to replace an instance at risk, if another pool is as good or better, or
    /// one that is taken. One that none replaces at once is not tried again (ASSUMPTION: AWS does
    /// not say).
    pub(super) fn replace_at_risk(
        &mut self,
        id: InstanceId,
        is_taken: bool,
        queue: &mut Queue<Event>,
    ) {
        let capacity = &self.world.capacity;
        let record = &capacity.instances[id.index()].record;
        let (group, zone) = (record.group, record.zone);
        let plan = self.plan.group(group);
        let state = &capacity.groups[group.index()];
        let is_replaced = state.replacements.iter().any(|it| it.old == Some(id));
        let most = most_while_rebalancing(state.max, state.counts.desired);
        if is_replaced || most as usize <= state.members.len() {
            return;
        }
        let old = capacity.instances[id.index()].class;
        let counts = &state.counts;
        // As if the old one were gone.
        let spot = counts.spot.saturating_sub(1);
        let mut by_zone = state.by_zone.clone();
        if let Some(at) = plan.zones.iter().position(|it| *it == zone) {
            by_zone[at] = by_zone[at].saturating_sub(1);
        }
        let search = Search {
            purchase: plan.distribution.next(counts.on_demand, spot),
            bought: [counts.on_demand, spot],
            closed: self.closed_zones(group),
            by_zone,
        };
        let Ok(granted) = self.find_pool(group, search) else {
            return;
        };
        let capacity = &self.world.capacity;
        let new = capacity.class_of(self.plan, group, (granted.kind, granted.zone));
        let is_good = is_taken
            || granted.purchase == Purchase::OnDemand
            || is_as_good(
                capacity.pool(old) == capacity.pool(new),
                self.tightness(capacity.pool(old)),
                self.tightness(capacity.pool(new)),
            );
        if is_good {
            let new = self.launch_granted(group, granted, queue);
            self.begin_replacement(group, Replacement { new, old: Some(id) }, queue);
        }
    }

    /// Brings a group's zones closer together by one instance, where they are two or more apart:
    /// first it is launched where fewest are, then one ends where most are.
    pub(super) fn balance_zones(&mut self, group: GroupId, queue: &mut Queue<Event>) {
        let plan = self.plan.group(group);
        let state = &self.world.capacity.groups[group.index()];
        let is_at_rest = state.replacements.is_empty()
            && state.refresh.is_none()
            && state.counts.launching == 0
            && !state.is_retrying;
        if !plan.balances_zones || !is_at_rest {
            return;
        }
        let members = state.members.len() as u32;
        let closed = self.closed_zones(group);
        let Some((fullest, emptiest)) = zones_to_balance(&state.by_zone, &closed) else {
            return;
        };
        let may_end = |it: &crate::policy::auto_scaling_group::Terminable| {
            it.zone == fullest && !it.is_protected
        };
        if members != state.counts.desired
            || most_while_balancing(state.max) <= members
            || !self.terminable(group).1.iter().any(may_end)
        {
            return;
        }
        let state = &self.world.capacity.groups[group.index()];
        let purchase = plan
            .distribution
            .next(state.counts.on_demand, state.counts.spot);
        let zones = plan.zones.len();
        let search = Search {
            purchase,
            bought: [state.counts.on_demand, state.counts.spot],
            closed: (0..zones).map(|zone| zone != emptiest).collect(),
            by_zone: state.by_zone.clone(),
        };
        match self.find_pool(group, search) {
            Ok(granted) => {
                let new = self.launch_granted(group, granted, queue);
                self.begin_replacement(group, Replacement { new, old: None }, queue);
            }
            // Spot pools tell when they have capacity again, on demand is tried again.
            Err(Purchase::OnDemand) => self.retry_later(group, queue),
            Err(Purchase::Spot) => {}
        }
    }

    fn begin_replacement(
        &mut self,
        group: GroupId,
        replacement: Replacement,
        queue: &mut Queue<Event>,
    ) {
        let Replacement { new, old } = replacement;
        let inputs = DecisionInputs::Group(GroupInputs::Replaces { new, old });
        self.observer.note(self.now, &inputs);
        let state = &mut self.world.capacity.groups[group.index()];
        state.replacements.push(replacement);
        self.group_counts_changed(group);
        self.capacity_changed(group, queue);
    }

    /// An instance is ACTIVE: what it replaces ends.
    pub(super) fn end_replaced(&mut self, new: InstanceId, queue: &mut Queue<Event>) {
        let group = self.world.capacity.instances[new.index()].record.group;
        let state = &mut self.world.capacity.groups[group.index()];
        let Some(at) = state.replacements.iter().position(|it| it.new == new) else {
            return;
        };
        match state.replacements.remove(at).old {
            Some(old) => self.end_instance(old, TerminationCause::Rebalance, queue),
            None => {
                let by_zone = &state.by_zone;
                let fullest = (0..by_zone.len()).rev().max_by_key(|zone| by_zone[*zone]);
                let what = (TerminationCause::ZoneBalance, fullest);
                self.give_up_instance(group, what, queue);
            }
        }
        self.follow_desired(group, queue);
    }

    /// The zones of a group where nothing can be launched now.
    pub(super) fn closed_zones(&self, group: GroupId) -> Vec<bool> {
        let zones = &self.plan.group(group).zones;
        zones.iter().map(|zone| self.is_out(*zone)).collect()
    }
}
