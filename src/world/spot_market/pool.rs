//! One pool's course: where it goes at the end of a stay, and what a shortage takes.

use super::plan::{Behaviour, PoolPlan};
use super::replay::Replay;
use super::{FAMILY, Reclaim, ZONE};
use crate::engine::distribution::normal_quantile;
use crate::engine::random::{Purpose, Stream, Streams};
use crate::policy::spot::{self, Place};

#[derive(Clone, Debug)]
pub(super) struct Pool {
    pub(super) behaviour: usize,
    pub(super) place: Place,
    /// How often EC2 takes it to be under stress, thousandths of a logarithm.
    pub(super) seen_stress: i32,
    /// Moves on with every plan, so that an older pending event is known to be stale.
    pub(super) tick: u32,
    pub(super) is_forced: bool,
    /// The trace that it follows instead of the process.
    pub(super) replay: Option<Replay>,
    /// Whether a family's and a zone's shock lie on the pool.
    pub(super) pressed: [bool; 2],
    /// The chance that a shock of the family and of the zone reaches the pool.
    pub(super) reach: [f64; 2],
    pub(super) regimes: Stream,
    /// Apart from `regimes`: how hard reclaims are must not shift when shortages come.
    reclaims: Stream,
}

impl Pool {
    pub(super) fn new(plan: &PoolPlan, behaviour: &Behaviour, streams: &Streams) -> Self {
        let Behaviour { parameters, rates } = behaviour;
        let normal = normal_quantile(streams.stream(DEPTH, plan.name, 0).uniform());
        Pool {
            behaviour: plan.behaviour,
            seen_stress: spot::seen_stress(rates.stress_per_hour, parameters.depth_noise, normal),
            place: Place::Calm,
            tick: 0,
            is_forced: false,
            replay: None,
            pressed: [false; 2],
            reach: [0.0; 2],
            regimes: streams.stream(REGIMES, plan.name, 0),
            reclaims: streams.stream(RECLAIMS, plan.name, 0),
        }
    }

    /// A shock of this kind begins: whether it reaches the pool.
    pub(super) fn meet_shock(&mut self, kind: usize) {
        let reach = self.reach[kind];
        self.pressed[kind] = 1.0 <= reach || (0.0 < reach && self.regimes.uniform() < reach);
    }

    fn is_pressed(&self) -> bool {
        self.pressed[FAMILY] || self.pressed[ZONE]
    }

    /// The pool's own stresses an hour at the peak of the day; thinning brings them down to the
    /// hour's rate.
    fn own_per_hour(&self, behaviour: &Behaviour) -> f64 {
        let Behaviour { parameters, rates } = behaviour;
        rates.stress_per_hour * parameters.own_share() * (1.0 + parameters.daily_amplitude)
    }

    fn join_per_hour(&self, behaviour: &Behaviour) -> f64 {
        if self.is_pressed() {
            1.0 / behaviour.parameters.join_hours
        } else {
            0.0
        }
    }

    pub(super) fn leave_per_hour(&self, behaviour: &Behaviour) -> f64 {
        match self.place {
            Place::Calm => self.own_per_hour(behaviour) + self.join_per_hour(behaviour),
            Place::Tight => 1.0 / behaviour.parameters.tight_hours,
            Place::EmptyShort => 1.0 / behaviour.parameters.empty_phase_hours(false),
            Place::EmptyLong => 1.0 / behaviour.parameters.empty_phase_hours(true),
        }
    }

    /// Where the pool goes at the end of its stay; calm again where no stress was behind it.
    pub(super) fn next_place(&mut self, behaviour: &Behaviour, hour_local: f64) -> Place {
        let parameters = &behaviour.parameters;
        match self.place {
            // The end of an imposed calm is no stress.
            Place::Calm if self.is_forced => Place::Calm,
            Place::Calm => {
                let own = self.own_per_hour(behaviour);
                let rate = own + self.join_per_hour(behaviour);
                let is_own = self.regimes.uniform() * rate < own;
                let kept = spot::is_kept_by_hour(parameters, hour_local, self.regimes.uniform());
                if is_own && !kept {
                    Place::Calm
                } else {
                    Place::Tight
                }
            }
            Place::Tight => {
                let fall = parameters.empty_chance_under(self.is_pressed());
                let falls = self.regimes.uniform() < fall;
                spot::place_after_tight(falls, self.regimes.uniform())
            }
            Place::EmptyShort | Place::EmptyLong => Place::Tight,
        }
    }

    /// Whether a shortage reclaims, and how much. Always three draws, so that none shifts the next
    /// shortage's.
    pub(super) fn draw_reclaim(&mut self, behaviour: &Behaviour) -> Option<Reclaim> {
        let [happens, all, share] = [(); 3].map(|()| self.reclaims.uniform());
        (happens < behaviour.rates.reclaims_per_shortage).then(|| Reclaim {
            severity: behaviour.parameters.severity(all, share),
        })
    }
}

const REGIMES: Purpose = Purpose::new("spot regimes of a pool");
const DEPTH: Purpose = Purpose::new("what is known of a pool's depth");
const RECLAIMS: Purpose = Purpose::new("spot reclaims of a pool");
