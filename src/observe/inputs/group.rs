//! What was decided of groups of instances, and from what: their size, where they launch, which of
//! theirs ends.

use crate::ids::{GroupId, InstanceId};
use crate::policy::auto_scaling_group::{PoolView, Purchase, Terminable};
use crate::policy::managed_instances::{Batch, Offer};
use crate::policy::managed_scaling::{Group, History, Scaling, WaitingGroup};
use crate::policy::placement::Need;
use crate::policy::spot::Regime;

/// The choice of an instance type for tasks that wait.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TypeChoice {
    /// The types, by position in the group.
    pub kinds: Vec<u32>,
    /// What each has, and costs an hour, micro-USD.
    pub offers: Vec<Offer>,
    /// What waited.
    pub waiting: Vec<Batch>,
    /// The one that was granted, by its place among the offers.
    pub chosen: usize,
}

/// What became of groups' instances.
#[derive(Clone, Copy, Debug)]
pub enum GroupInputs<'a> {
    /// Managed scaling looked at a provider's group.
    Scaling(&'a GroupLook<'a>),
    /// A pool was found for an instance of a group, which may follow as launched.
    PoolFound(GroupId, &'a PoolSearch<'a>),
    /// An instance is launched.
    Launched(GroupId, InstanceId),
    /// An instance was launched to take the place of another, or of one of the fullest zone.
    Replaces {
        /// The new one.
        new: InstanceId,
        /// The one that ends; `None`: one of the fullest zone.
        old: Option<InstanceId>,
    },
    /// An instance was chosen to end, among others.
    Chosen {
        /// The one.
        instance: InstanceId,
        /// Those that might have been, it among them.
        among: &'a [Terminable],
        /// Its position.
        position: usize,
        /// The draw between those that the policies leave equal.
        uniform: f64,
    },
    /// A reclaim of its Spot pool takes an instance: its own draw is below the severity.
    Reclaimed {
        /// The one.
        instance: InstanceId,
        /// The share of the pool that is taken.
        severity: f64,
        /// Its draw.
        uniform: f64,
    },
    /// A Spot pool offers this from now on.
    Regime {
        /// A group that buys there.
        group: GroupId,
        /// The type, by position in the group.
        kind: u32,
        /// The zone, by position in the group.
        zone: u32,
        /// What it offers.
        regime: Regime,
    },
}

/// A minute of managed scaling.
#[derive(Clone, Copy, Debug)]
pub struct GroupLook<'a> {
    /// The group.
    pub group: GroupId,
    /// What waited.
    pub waiting: &'a [WaitingGroup],
    /// What is left for tasks on each of the group's types.
    pub types: &'a [Need],
    /// What was measured.
    pub measured: Group,
    /// What came before.
    pub history: History,
    /// What was decided.
    pub decided: Scaling,
}

/// A search for a pool that found one.
#[derive(Clone, Copy, Debug)]
pub struct PoolSearch<'a> {
    /// How the instance is bought.
    pub purchase: Purchase,
    /// The group's instances on demand and on Spot that were counted for that.
    pub bought: [u32; 2],
    /// Its instances by zone.
    pub by_zone: &'a [u32],
    /// The zones that were no place for it; those that had no capacity among them.
    pub closed: &'a [bool],
    /// The zone, by position in the group.
    pub zone: usize,
    /// The pools of the zone.
    pub pools: &'a [PoolView],
    /// The types that were tried there, the one that granted it last.
    pub tried: &'a [usize],
}
