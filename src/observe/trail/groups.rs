//! What was decided of groups of instances: their size, where each was launched, which one ended.

use super::Trail;
use crate::engine::SimTime;
use crate::ids::{GroupId, InstanceId};
use crate::observe::inputs::{GroupInputs, GroupLook, PoolSearch};
use crate::policy::auto_scaling_group::{PoolView, Purchase, Terminable};
use crate::policy::managed_scaling::{Group, History, Scaling, WaitingGroup};
use crate::policy::placement::Need;
use crate::policy::spot::Regime;

/// Of more instances than this that one was chosen from, the others are not kept.
const AMONG_MAX: usize = 200;

/// A change of a group's desired capacity by managed scaling.
#[derive(Clone, PartialEq, Debug)]
pub struct GroupScaled {
    /// When.
    pub at: SimTime,
    /// The group.
    pub group: GroupId,
    /// What waited.
    pub waiting: Vec<WaitingGroup>,
    /// What was left for tasks on each of the group's types.
    pub types: Vec<Need>,
    /// What was measured.
    pub measured: Group,
    /// What came before.
    pub history: History,
    /// What was decided.
    pub decided: Scaling,
}

/// A launch of an instance.
#[derive(Clone, PartialEq, Debug)]
pub struct Launched {
    /// When.
    pub at: SimTime,
    /// The instance.
    pub instance: InstanceId,
    /// The search that found its pool, where one was made.
    pub pool: Option<PoolFound>,
    /// What it is to replace; an inner `None`: one of the fullest zone.
    pub replaces: Option<Option<InstanceId>>,
}

/// A search for a pool (see [`PoolSearch`](crate::observe::inputs::PoolSearch)).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PoolFound {
    /// How the instance is bought.
    pub purchase: Purchase,
    /// The group's instances on demand and on Spot that were counted for that.
    pub bought: [u32; 2],
    /// Its instances by zone.
    pub by_zone: Vec<u32>,
    /// The zones that were no place for it.
    pub closed: Vec<bool>,
    /// The zone.
    pub zone: usize,
    /// The pools of the zone.
    pub pools: Vec<PoolView>,
    /// The types that were tried there, the one that granted it last.
    pub tried: Vec<usize>,
}

/// An instance that was chosen to end.
#[derive(Clone, PartialEq, Debug)]
pub struct EndChosen {
    /// When.
    pub at: SimTime,
    /// The instance.
    pub instance: InstanceId,
    /// How many might have been.
    pub count: usize,
    /// These, where they are not too many.
    pub among: Vec<Terminable>,
    /// Its position.
    pub position: usize,
    /// The draw between equals.
    pub uniform: f64,
}

/// What a Spot pool offers to a group from an instant on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolRegime {
    /// When.
    pub at: SimTime,
    /// The group.
    pub group: GroupId,
    /// The type, by position in the group.
    pub kind: u32,
    /// The zone, by position in the group.
    pub zone: u32,
    /// What it offers.
    pub regime: Regime,
}

/// What is remembered of a search until its instance is launched.
pub(super) type Pending = Option<(GroupId, PoolFound)>;

impl Trail {
    /// Takes what became of a group's instances.
    pub(super) fn note_group(&mut self, at: SimTime, inputs: &GroupInputs<'_>) {
        match *inputs {
            GroupInputs::Scaling(look) => self.note_look(at, look),
            GroupInputs::PoolFound(group, search) => {
                self.pool_found = Some((group, PoolFound::of(search)));
            }
            GroupInputs::Launched(group, instance) => {
                let pool = self.pool_found.take().filter(|(of, _)| *of == group);
                self.launched.push(Launched {
                    at,
                    instance,
                    pool: pool.map(|(_, pool)| pool),
                    replaces: None,
                });
            }
            GroupInputs::Replaces { new, old } => {
                let last = self.launched.iter_mut().rev().find(|it| it.instance == new);
                if let Some(launched) = last {
                    launched.replaces = Some(old);
                }
            }
            GroupInputs::Chosen {
                instance,
                among,
                position,
                uniform,
            } => self.ends_chosen.push(EndChosen {
                at,
                instance,
                count: among.iter().filter(|it| !it.is_protected).count(),
                among: match among.len() <= AMONG_MAX {
                    true => among.to_vec(),
                    false => Vec::new(),
                },
                position,
                uniform,
            }),
            GroupInputs::Reclaimed {
                instance,
                severity,
                uniform,
            } => self
                .instance_reclaims
                .push((at, instance, severity, uniform)),
            GroupInputs::Regime {
                group,
                kind,
                zone,
                regime,
            } => self.pool_regimes.push(PoolRegime {
                at,
                group,
                kind,
                zone,
                regime,
            }),
        }
    }

    /// A look that changed nothing is told by its reason alone ([`Trail::managed`]).
    fn note_look(&mut self, at: SimTime, look: &GroupLook<'_>) {
        if look.decided.desired == look.history.desired {
            return;
        }
        self.group_scalings.push(GroupScaled {
            at,
            group: look.group,
            waiting: look.waiting.to_vec(),
            types: look.types.to_vec(),
            measured: look.measured,
            history: look.history,
            decided: look.decided,
        });
    }

    /// What was remembered of an instance's launch.
    pub fn launch_of(&self, instance: InstanceId) -> Option<&Launched> {
        // Ids grow with the launches.
        let at = self
            .launched
            .binary_search_by_key(&instance, |it| it.instance);
        self.launched.get(at.ok()?)
    }

    /// The last change of a group at or before an instant.
    pub fn group_scaled_until(&self, group: GroupId, at: SimTime) -> Option<&GroupScaled> {
        let all = &self.group_scalings;
        let until = all.partition_point(|it| it.at <= at);
        all[..until].iter().rev().find(|it| it.group == group)
    }
}

impl PoolFound {
    fn of(search: &PoolSearch<'_>) -> Self {
        PoolFound {
            purchase: search.purchase,
            bought: search.bought,
            by_zone: search.by_zone.to_vec(),
            closed: search.closed.to_vec(),
            zone: search.zone,
            pools: search.pools.to_vec(),
            tried: search.tried.to_vec(),
        }
    }
}
