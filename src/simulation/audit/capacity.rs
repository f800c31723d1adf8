//! The timers of container instances and their groups.

use crate::engine::SimTime;
use crate::ids::InstanceId;
use crate::simulation::event::{Event, HostFate, HostStep};
use crate::world::World;
use crate::world::instance::InstanceStatus;
use crate::world::spot_market::SpotEvent;

/// Live timers of the cluster's own capacity.
#[derive(Default)]
pub(super) struct CapacityTimers {
    steps: Vec<InstanceId>,
    watched: Vec<InstanceId>,
    minutes: Vec<u32>,
    placings: Vec<u32>,
    retries: Vec<u32>,
    repackings: Vec<u32>,
    pools: Vec<u32>,
    shocks: Vec<u32>,
}

impl CapacityTimers {
    pub(super) fn add(&mut self, world: &World, (at, event): (SimTime, Event)) {
        let capacity = &world.capacity;
        match event {
            Event::InstanceStep {
                instance,
                tick,
                step,
            } => {
                let host = &capacity.instances[instance.index()];
                if host.tick == tick {
                    let expected = match step {
                        HostStep::Active | HostStep::Failed => InstanceStatus::Launching,
                        HostStep::Warm => InstanceStatus::Warming,
                        HostStep::DrainedLongEnough => InstanceStatus::Draining,
                    };
                    let is_failing = step == HostStep::Failed && host.status.is_warm();
                    assert!(
                        host.status == expected || is_failing,
                        "{step:?} of an instance"
                    );
                    self.steps.push(instance);
                }
            }
            Event::CapacityMinute { provider, tick } => {
                let group = capacity.groups.iter();
                let mut group = group.filter(|group| group.provider == Some(provider));
                let memory = group.next().expect("its provider has a group").scaling;
                if memory.minute_tick == tick {
                    assert!(memory.is_awake, "a minute that pends is known");
                    let is_whole = at.as_micros().is_multiple_of(60_000_000);
                    assert!(is_whole, "minutes are those of the run");
                    self.minutes.push(provider.0);
                }
            }
            Event::PlaceWaiting { provider, tick } => {
                let waiting = &capacity.waiting[provider.index()];
                if waiting.tick == tick {
                    assert!(waiting.is_awake, "a placing that pends is known");
                    self.placings.push(provider.0);
                }
            }
            Event::GroupRetry { group, tick }
                if capacity.groups[group.index()].retry_tick == tick =>
            {
                self.retries.push(group.0);
            }
            Event::Repack { group, tick } => {
                let state = &capacity.groups[group.index()];
                if state.repack_tick == tick {
                    assert!(state.is_repack_due, "a look that pends is known");
                    self.repackings.push(group.0);
                }
            }
            Event::InstanceSpot(SpotEvent::Pool { pool, tick }) => {
                let market = capacity.market.as_ref();
                if market.is_some_and(|market| market.is_live(pool, tick)) {
                    self.pools.push(pool.0);
                }
            }
            Event::InstanceFate {
                instance,
                fate: HostFate::Quiet,
            } if capacity.instances[instance.index()].is_watched => {
                self.watched.push(instance);
            }
            Event::InstanceSpot(SpotEvent::Shock { source }) => self.shocks.push(source),
            // What befalls an instance that is gone is dropped.
            _ => {}
        }
    }

    /// Each pends once at most.
    pub(super) fn audit(&mut self, world: &World) {
        let instances = world.capacity.instances.iter();
        let watched = instances.filter(|it| it.is_watched);
        let watched: Vec<InstanceId> = watched.map(|it| it.record.id).collect();
        self.watched.sort_unstable();
        assert_eq!(
            self.watched, watched,
            "each that is watched has its timer once"
        );
        let lists = [
            (&mut self.minutes, "a provider's minute"),
            (&mut self.placings, "a provider's placing"),
            (&mut self.retries, "a group's next try"),
            (&mut self.repackings, "a group's next look"),
            (&mut self.pools, "a Spot pool's change"),
            (&mut self.shocks, "a shared stress"),
        ];
        for (list, what) in lists {
            list.sort_unstable();
            assert!(list.is_sorted_by(|a, b| a < b), "{what} pends once");
        }
        self.steps.sort_unstable();
        assert!(
            self.steps.is_sorted_by(|a, b| a < b),
            "an instance's step pends once"
        );
    }
}
