//! The state of an Auto Scaling group.

use std::collections::{BTreeSet, BinaryHeap};

use crate::engine::random::Stream;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{InstanceId, ProviderId};
use crate::policy::auto_scaling_group::Sizes;
use crate::world::instance::GroupCounts;

/// An Auto Scaling group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its capacity provider, if the cluster has one for it.
    pub provider: Option<ProviderId>,
    /// `MinSize` as it is now: scheduled actions change it.
    pub min: u32,
    /// `MaxSize` as it is now.
    pub max: u32,
    /// Its counts.
    pub counts: GroupCounts,
    /// Its instances that are launching or ACTIVE.
    pub members: Vec<InstanceId>,
    /// When instances became members, the youngest first; those that are none any more go when
    /// they come to the front ([`Capacity::youngest`](super::Capacity::youngest)).
    pub entries: BinaryHeap<(SimTime, InstanceId)>,
    /// Of the members, by zone of the group.
    pub by_zone: Vec<u32>,
    /// Of these, by type and zone as the group's classes are, on demand and Spot.
    pub by_pool: Vec<[u32; 2]>,
    /// Of these, those without a task.
    pub empty: BTreeSet<InstanceId>,
    /// Its warm pool, those that have not booted yet too.
    pub warm: BTreeSet<InstanceId>,
    /// Those that are DRAINING: the group counts them no more, Spot may still take them.
    pub leaving: BTreeSet<InstanceId>,
    /// Instances asked for so far: key their draws.
    pub launches: u64,
    /// Instances given up so far: key the draws of which.
    pub terminations: u64,
    /// The tick of its live wake-up after a launch that failed.
    pub retry_tick: u32,
    /// Whether such a wake-up is pending.
    pub is_retrying: bool,
    /// The tick of its live look at whom `whatIf.repacking` may empty.
    pub repack_tick: u32,
    /// Whether such a look is pending.
    pub is_repack_due: bool,
    /// Instances launched in place of others that have not ended yet: so many the group has more
    /// than it desires.
    pub replacements: Vec<Replacement>,
    /// Since when it looks for a Spot Instance in vain.
    pub without_spot_since: Option<SimTime>,
    /// The instance refresh that runs.
    pub refresh: Option<Refresh>,
    /// Instance refreshes that have begun: the version of the launch template.
    pub template_version: u32,
    /// Of Managed Instances: the one whose tasks are moved to others.
    pub consolidating: Option<InstanceId>,
    /// What managed scaling remembers.
    pub scaling: ScalingMemory,
    /// On-demand capacity that runs short, by class of the group.
    pub shortages: Vec<Shortage>,
}

impl Group {
    /// Its size and bounds.
    pub fn sizes(&self) -> Sizes {
        Sizes {
            min: self.min,
            max: self.max,
            desired: self.counts.desired,
        }
    }

    /// The same from now on.
    pub fn set_sizes(&mut self, sizes: Sizes) {
        (self.min, self.max) = (sizes.min, sizes.max);
        self.counts.desired = sizes.desired;
    }
}

/// An instance launched before the one that it replaces ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Replacement {
    /// The new one, not ACTIVE yet.
    pub new: InstanceId,
    /// The old one; `None`: whichever the termination policies choose, to balance zones.
    pub old: Option<InstanceId>,
}

/// An instance refresh.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refresh {
    /// Instances that were launched before it began are replaced.
    pub launched_before: SimTime,
    /// `MinHealthyPercentage`.
    pub min_healthy_percent: u32,
}

/// What managed scaling remembers of a provider.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScalingMemory {
    /// The minute since which the reservation is below its target.
    pub below_since: Option<u64>,
    /// The last scale-out.
    pub scaled_out: Option<SimTime>,
    /// The published metric.
    pub published: Option<f64>,
    /// The tick of its live minute.
    pub minute_tick: u32,
    /// Whether a minute is pending.
    pub is_awake: bool,
}

/// A pool's on-demand capacity over time: there, not there, in turn. Played up to now when asked.
#[derive(Clone, Debug)]
pub struct Shortage {
    stream: Stream,
    is_short: bool,
    until: SimTime,
}

impl Shortage {
    /// A pool with capacity from the start on.
    pub fn new(mut stream: Stream, every: SimDuration) -> Self {
        let until = SimTime::ZERO.saturating_add(exponential(&mut stream, every));
        Shortage {
            stream,
            is_short: false,
            until,
        }
    }

    /// Whether there is none at `now`; instants may not go back.
    pub fn is_short(&mut self, now: SimTime, every: SimDuration, lasts: SimDuration) -> bool {
        while self.until <= now {
            self.is_short = !self.is_short;
            let mean = if self.is_short { lasts } else { every };
            let length = exponential(&mut self.stream, mean);
            self.until = self
                .until
                .saturating_add(length)
                .saturating_add(SimDuration::from_micros(1));
        }
        self.is_short
    }
}

fn exponential(stream: &mut Stream, mean: SimDuration) -> SimDuration {
    SimDuration::from_secs_f64(-mean.as_secs_f64() * libm::log(stream.uniform()))
}
