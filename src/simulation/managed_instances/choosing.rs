//! Which Managed Instance is launched: its zone, its type, its pool.

use super::{Bin, Kind, Room};
use crate::engine::queue::Queue;
use crate::engine::random::Stream;
use crate::ids::{GroupId, InstanceId, ProviderId, TaskDefinitionId, TaskId};
use crate::observe::inputs::{DecisionInputs, TypeChoice};
use crate::observe::observation::{CapacityObservation, Observation};
use crate::policy::auto_scaling_group::Purchase;
use crate::policy::managed_instances::{Batch, Offer, types_in_order};
use crate::policy::placement::Need;
use crate::simulation::Simulation;
use crate::simulation::auto_scaling_group::{GRANT, Granted};
use crate::simulation::event::Event;
use crate::world::capacity::placement_of;
use crate::world::task::Owner;

impl Simulation<'_> {
    /// Launches an instance for tasks of a kind, `left` of which wait, in the first of these zones
    /// that has one.
    pub(super) fn launch_for(
        &mut self,
        (kind, left, at): (Kind, usize, usize),
        order: &[usize],
        bins: &mut Vec<Bin>,
        queue: &mut Queue<Event>,
    ) -> Option<Room> {
        let group = self.managed_group(kind.provider);
        let waiting = self.batches(kind, (left, at), order.len());
        let granted = self.grant_managed(group, kind, (order, &waiting))?;
        let id = self.launch_granted(group, granted.0, queue);
        self.note_type(id, kind.owner, &granted.1);
        let plan = self.plan.group(group);
        bins.push(Bin {
            id,
            zone: granted.0.zone,
            class: self.world.capacity.instances[id.index()].class,
            room: plan.types[granted.0.kind].registered,
            ports: plan.agent.reserved_ports.clone(),
            owners: Vec::new(),
        });
        Some(Room::In(bins.len() - 1))
    }

    /// What waits that one instance may take: of this kind first, then of those after it, a
    /// service's share of one of its zones.
    pub(super) fn batches(
        &self,
        kind: Kind,
        (left, at): (usize, usize),
        zones: usize,
    ) -> Vec<Batch> {
        let plan = self.plan;
        let batch = |owner: Owner, definition: TaskDefinitionId, need: Need, tasks: u32| {
            let ports = &plan.task_definition(definition).hosting.ports;
            let is_alone = placement_of(plan, owner).distinct_instance || !ports.is_empty();
            let tasks = match owner {
                Owner::Service(_) => tasks.div_ceil(zones.max(1) as u32),
                Owner::Job(_) => tasks,
            };
            Batch {
                need,
                tasks: if is_alone { 1 } else { tasks },
            }
        };
        let first = batch(kind.owner, kind.definition, kind.need, left as u32);
        let shapes = &self.world.capacity.waiting[kind.provider.index()].shapes;
        let after = shapes.get(at + 1..).unwrap_or_default().iter();
        let after = after.map(|shape| {
            let is_unbound = |id: &&TaskId| {
                let task = self.world.tasks.get(**id);
                task.is_some_and(|task| task.intended.is_none() && task.record.instance.is_none())
            };
            let tasks = shape.tasks.iter().filter(is_unbound).count() as u32;
            batch(shape.owner, shape.definition, shape.need, tasks)
        });
        std::iter::once(first).chain(after).collect()
    }

    /// The pool of the next instance: in the first of the zones that has one, the types in the
    /// order of the rule.
    pub(super) fn grant_managed(
        &mut self,
        group: GroupId,
        kind: Kind,
        (order, waiting): (&[usize], &[Batch]),
    ) -> Option<(Granted, TypeChoice)> {
        let plan = self.plan.group(group);
        let state = &mut self.world.capacity.groups[group.index()];
        if plan.max_size as usize <= state.members.len() {
            return None;
        }
        let launch = state.launches;
        state.launches += 1;
        let mut draws = self.streams.stream(GRANT, plan.key, launch);
        let purchase = match plan.buys_spot() {
            true => Purchase::Spot,
            false => Purchase::OnDemand,
        };
        let mut signals = self.signals_of(group, (launch, purchase));
        let mut refused = Vec::new();
        for zone in order {
            let mut choice = self.offers(group, kind, (*zone, purchase, signals.as_mut()));
            choice.waiting = waiting.to_vec();
            for taken in types_in_order(&choice.offers, waiting) {
                let uniform = match purchase {
                    Purchase::Spot => draws.uniform(),
                    Purchase::OnDemand => 0.0,
                };
                let at = choice.kinds[taken.offer] as usize;
                if self.grants(group, (at, *zone), (purchase, uniform)) {
                    choice.chosen = taken.offer;
                    let granted = Granted {
                        kind: at,
                        zone: *zone,
                        purchase,
                    };
                    return Some((granted, choice));
                }
                refused.push((at as u32, *zone as u32));
            }
        }
        self.note(&DecisionInputs::PoolsRefused {
            group,
            pools: &refused,
        });
        None
    }

    /// The types that may be launched in a zone for tasks of a kind; without `signals` their pools
    /// all seem alike.
    pub(super) fn offers(
        &mut self,
        group: GroupId,
        kind: Kind,
        (zone, purchase, mut signals): (usize, Purchase, Option<&mut Stream>),
    ) -> TypeChoice {
        let plan = self.plan;
        let key = (kind.owner, kind.definition, kind.provider);
        let eligible = self.world.capacity.find_eligible(plan, key);
        let classes = self.world.capacity.eligible(eligible);
        let of = plan.group(group);
        let mut choice = TypeChoice::default();
        for (at, it) in of.types.iter().enumerate() {
            let class = self.world.capacity.class_of(plan, group, (at, zone));
            if !classes.contains(&class) {
                continue;
            }
            choice.kinds.push(at as u32);
            choice.offers.push(Offer {
                room: it.registered,
                price: match purchase {
                    Purchase::OnDemand => it.on_demand_micro_usd,
                    Purchase::Spot => self.spot_price(group, at, zone),
                },
                signal: self
                    .capacity_signal(self.world.capacity.pool(class), signals.as_deref_mut()),
            });
        }
        choice
    }

    /// What an hour of an instance costs, and what one of the cheapest type costs that holds so
    /// much for tasks of this kind.
    pub(in crate::simulation) fn price_and_cheapest(
        &mut self,
        id: InstanceId,
        owners: &[(Owner, TaskDefinitionId)],
        has: &Need,
    ) -> (u64, Option<u64>) {
        let record = &self.world.capacity.instances[id.index()].record;
        let (group, at) = (record.group, record.type_index as usize);
        let (zone, purchase) = (record.zone, record.purchase);
        let plan = self.plan.group(group);
        let place = plan.zones.iter().position(|it| *it == zone).unwrap_or(0);
        let price = match purchase {
            Purchase::OnDemand => plan.types[at].on_demand_micro_usd,
            Purchase::Spot => self.spot_price(group, at, place),
        };
        let provider = self.world.capacity.groups[group.index()].provider;
        let Some(provider) = provider else {
            return (price, None);
        };
        let mut cheapest: Option<Vec<(u32, u64)>> = None;
        for (owner, definition) in owners {
            let kind = Kind {
                owner: *owner,
                definition: *definition,
                provider,
                need: *has,
            };
            let choice = self.offers(group, kind, (place, purchase, None));
            let all = choice.kinds.iter().zip(&choice.offers);
            let fitting = all.filter(|(_, offer)| has.fits(&offer.room));
            let fitting: Vec<(u32, u64)> = fitting.map(|(at, it)| (*at, it.price)).collect();
            cheapest = Some(match cheapest {
                None => fitting,
                Some(known) => {
                    let both = known.into_iter().filter(|it| fitting.contains(it));
                    both.collect()
                }
            });
        }
        let cheapest = cheapest.unwrap_or_default().into_iter().map(|it| it.1);
        (price, cheapest.min())
    }

    /// Says why an instance is of its type.
    pub(super) fn note_type(&mut self, instance: InstanceId, owner: Owner, choice: &TypeChoice) {
        self.note(&DecisionInputs::TypeChosen {
            owner,
            instance,
            choice,
        });
    }

    pub(super) fn say_launch_failed(&mut self, provider: ProviderId, queue: &mut Queue<Event>) {
        let group = self.managed_group(provider);
        let purchase = match self.plan.group(group).buys_spot() {
            true => Purchase::Spot,
            false => Purchase::OnDemand,
        };
        let failed = CapacityObservation::InstanceLaunchFailed { group, purchase };
        self.observe(&Observation::Capacity(failed));
        self.retry_later(group, queue);
    }
}
