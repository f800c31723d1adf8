//! The load of a service is moved on to now; minutes that are over, and data points of fine
//! metrics, go to whom they concern.

use crate::demand::fine_meter::Over;
use crate::demand::load::Load;
use crate::demand::period::FINE_PERIOD;
use crate::demand::service_load::Closed;
use crate::engine::SimTime;
use crate::ids::ServiceId;
use crate::observe::Observer;
use crate::observe::inputs::DecisionInputs;
use crate::observe::observation::Observation;
use crate::scenario::plan::{Fidelity, Plan};
use crate::simulation::Simulation;
use crate::world::alarm::Alarm;
use crate::world::beside::Beside;
use crate::world::counts_watch::CountsWatch;
use crate::world::memory_growth::Growth;
use crate::world::scaling::ScalableTarget;

/// Who hears of a service's minutes.
struct Hearers<'a> {
    service: ServiceId,
    now: SimTime,
    target: Option<&'a mut ScalableTarget>,
    alarms: &'a mut [Alarm],
    growth: Option<&'a mut Growth>,
    counted: Option<&'a mut CountsWatch>,
    beside: Option<&'a mut Beside>,
    plan: &'a Plan,
    observer: &'a mut Observer,
}

impl Hearers<'_> {
    fn hear(&mut self, over: Over<'_>) {
        match over {
            Over::Points(points) => self.points(points),
            Over::Minutes((first, count, period)) if self.growth.is_some() => {
                for minute in first..first + count {
                    let Some(growth) = &mut self.growth else {
                        return;
                    };
                    let grown = growth.close(minute, period);
                    self.minutes((minute, 1, &grown));
                }
            }
            Over::Minutes(minutes) => self.minutes(minutes),
        }
    }

    fn minutes(&mut self, minutes: Closed<'_>) {
        match self.counted.take() {
            None => self.told(minutes),
            Some(watch) => {
                watch.tell(minutes, |minutes| self.told(minutes));
                self.counted = Some(watch);
            }
        }
    }

    fn told(&mut self, (first, count, period): Closed<'_>) {
        let service = self.service;
        match &mut self.beside {
            Some(beside) if beside.is_of(service) => {
                for minute in first..first + count {
                    let Some(beside) = &self.beside else {
                        return;
                    };
                    let period = beside.minute_of(service, minute, period);
                    self.heard((minute, 1, &period));
                }
                return;
            }
            Some(beside) => beside.answered(self.plan, service, (first, count, period)),
            None => {}
        }
        self.heard((first, count, period));
    }

    fn heard(&mut self, (first, count, period): Closed<'_>) {
        if let Some(target) = &mut self.target {
            target.push(first, count, period);
        }
        for alarm in self.alarms.iter_mut().filter(|alarm| !alarm.is_fine) {
            alarm.push(first, count, period);
        }
        let minutes = (first, count, period);
        self.observer
            .service_periods(self.now, self.service, minutes);
    }

    fn points(&mut self, (first, count, point): Closed<'_>) {
        let grown = self.growth.as_ref().map(|growth| {
            let middle = FINE_PERIOD.as_micros() * first + FINE_PERIOD.as_micros() / 2;
            growth.during(SimTime::from_micros(middle), FINE_PERIOD, point)
        });
        let period = grown.as_ref().unwrap_or(point);
        if let Some(target) = &mut self.target {
            target.push_points(first, count, period);
        }
        for alarm in self.alarms.iter_mut().filter(|alarm| alarm.is_fine) {
            alarm.push_points(first, count, period);
        }
        let service = self.service;
        let points = DecisionInputs::FinePoints {
            service,
            first,
            count,
            period,
        };
        self.observer.note(self.now, &points);
    }
}

impl Simulation<'_> {
    /// Before a daemon's minute is told: those of all whom it serves are.
    fn catch_up_beside(&mut self) {
        let now = self.now;
        let beside = self.world.beside.as_deref_mut();
        if beside.is_some_and(|it| it.asks_others(now)) {
            for service in self.service_ids() {
                if !self.world.serves_others(service) {
                    self.catch_up(service);
                }
            }
        }
    }

    /// Advances a service's load to now; minutes that are over go to the alarms' windows and the
    /// observers.
    pub(super) fn catch_up(&mut self, service: ServiceId) {
        let index = service.index();
        if self.plan.run.fidelity == Fidelity::Requests
            && let Some(place) = self.world.calls.place_of[index]
        {
            return self.catch_up_together(place.group);
        }
        if self.world.serves_others(service) {
            self.catch_up_beside();
        }
        let Some(load) = &mut self.world.loads[index] else {
            return;
        };
        let now = self.now;
        let target = self.world.target_of[index];
        let mut hearers = Hearers {
            service,
            now,
            target: target.map(|at| &mut self.world.targets[at]),
            alarms: &mut self.world.alarms[self.world.alarms_of[index].clone()],
            growth: self.world.growths[index].as_deref_mut(),
            counted: self.world.counted[index].as_deref_mut(),
            beside: self.world.beside.as_deref_mut(),
            plan: self.plan,
            observer: &mut self.observer,
        };
        let meter = &mut self.world.fine[index];
        if let (Load::Fluid(load), None) = (&mut *load, &meter) {
            // It plays no events of requests, and gets there at once.
            if self.patience.lasts() {
                load.advance_to(now, |minutes| hearers.hear(Over::Minutes(minutes)));
            }
            return;
        }
        while self.patience.lasts() {
            let before = load.events();
            let most = self.patience.next();
            let reached = match meter {
                None => load.advance_to(now, most, |minutes| hearers.hear(Over::Minutes(minutes))),
                Some(meter) => meter.advance(load, (now, most), &mut |over| hearers.hear(over)),
            };
            let played = load.events() - before;
            self.patience.spend(service, played, load.at_once());
            if reached {
                return;
            }
        }
    }

    /// The end of a service's load: what the minute that is under way has seen so far.
    pub(super) fn end_load(&mut self, service: ServiceId) {
        self.catch_up(service);
        let Some(load) = &mut self.world.loads[service.index()] else {
            return;
        };
        if let Some((first, mut period)) = load.last_minute() {
            if let Some(beside) = &mut self.world.beside {
                beside.advance(self.now);
                period = beside.minute_of(service, first, &period);
                beside.answered(self.plan, service, (first, 1, &period));
            }
            let (count, period) = (1, &period);
            let minute = Observation::ServicePeriods {
                service,
                first,
                count,
                period,
            };
            self.observer.observe(self.now, &minute);
        }
        let distrust_s = load.distrust_s().to_vec();
        self.observer
            .load_totals(service, load.responses(), &distrust_s);
    }
}
