//! A queue that tasks pull from, in both fidelities: against closed forms, against each other, and
//! where nobody pulls.

use proptest::prelude::*;

use crate::demand::load::{Fidelity, Leaving, Load};
use crate::demand::period::ServicePeriod;
use crate::demand::requests::{Answer, Clients, Fleet, RequestWork, Watch, WorkLaw};
use crate::demand::service_load::LoadSpec;
use crate::demand::split_load::Side;
use crate::engine::SimTime;
use crate::engine::random::{NameHash, Streams};
use crate::ids::{TaskId, ZoneId};
use crate::policy::load::{Routing, WorkShape, erlang};
use crate::policy::message_queue::copies;

/// A queue is in one part.
const HERE: (Side, ZoneId) = (Side::First, ZoneId(0));
const BOTH: [Fidelity; 2] = [Fidelity::Fluid, Fidelity::Requests];

/// Messages of `wait_s` on average, one at a time, hidden for so long.
fn spec(wait_s: f64, cv: f64, visibility_s: f64) -> LoadSpec {
    let shape = WorkShape {
        cpu_s: 0.0,
        wait_s,
        cv,
        slots: 1,
        vcpus: 1.0,
    };
    LoadSpec {
        visibility_s: Some(visibility_s),
        ..LoadSpec::plain(shape, Routing::Pooled)
    }
}

/// A queue and the tasks that pull from it.
struct Pulled {
    load: Load,
    spec: LoadSpec,
    tasks: Vec<TaskId>,
    now_s: u64,
    minutes: Vec<ServicePeriod>,
}

fn task(index: usize) -> TaskId {
    TaskId {
        index: index as u32,
        generation: 0,
    }
}

impl Pulled {
    fn new(fidelity: Fidelity, spec: LoadSpec) -> Self {
        let key = (Streams::new(7, 0), NameHash::of("jobs"));
        Pulled {
            load: Load::new(fidelity, spec, key.0, key.1),
            spec,
            tasks: Vec::new(),
            now_s: 0,
            minutes: Vec::new(),
        }
    }

    fn tasks(&mut self, count: usize, leaving: Option<Leaving>) {
        while self.tasks.len() < count {
            let id = task(self.tasks.len());
            self.tasks.push(id);
            self.load.join(HERE, id, (&self.spec, &[]));
        }
        while count < self.tasks.len() {
            let serving = self.tasks.len() as u32;
            let now = SimTime::from_secs(self.now_s);
            let leaving = leaving.unwrap_or(Leaving::Drains(now));
            if let Some(id) = self.tasks.pop() {
                self.load.leave(HERE, id, leaving, serving);
            }
        }
        self.load.set_tasks(Side::First, count as u32, count as u32);
    }

    fn play(&mut self, minutes: u64) {
        self.now_s += 60 * minutes;
        let now = SimTime::from_secs(self.now_s);
        let (load, kept) = (&mut self.load, &mut self.minutes);
        let closed = |(_, count, minute): (u64, u64, &ServicePeriod)| {
            kept.extend(std::iter::repeat_n(*minute, count as usize));
        };
        assert!(load.advance_to(now, u64::MAX, closed));
        let count = self.tasks.len() as u32;
        self.load.audit([(count, count), (0, 0)], now);
    }

    fn mean(&self, from: usize, of: impl Fn(&ServicePeriod) -> f64) -> f64 {
        let minutes = &self.minutes[from..];
        minutes.iter().map(of).sum::<f64>() / minutes.len() as f64
    }
}

fn near(what: &str, value: f64, expected: f64, off: f64) {
    let error = (value / expected - 1.0).abs();
    assert!(error <= off, "{what}: {value}, expected {expected}");
}

#[test]
fn the_age_of_the_oldest_is_the_wait_of_erlang() {
    // M/M/4 at a load of 0.9: the wait is C(4, 3.6)·S/(4·(1 − 0.9)), the queue the rate times it.
    // A lognormal law of CV 1 has the first two moments of an exponential one.
    let (slots, load, wait_s) = (4.0, 0.9, 1.0);
    let rate = slots * load / wait_s;
    let expected_s = erlang::delay_share(slots, load) * wait_s / (slots * (1.0 - load));
    for (fidelity, off) in [(Fidelity::Fluid, 0.05), (Fidelity::Requests, 0.12)] {
        let mut pulled = Pulled::new(fidelity, spec(wait_s, 1.0, 3_600.0));
        pulled.tasks(4, None);
        pulled.load.set_rate(rate);
        pulled.play(3_000);
        near("age", pulled.mean(100, |it| it.oldest_s), expected_s, off);
        let visible = pulled.mean(100, |it| it.queued);
        near("visible", visible, rate * expected_s, off);
        let not_visible = pulled.mean(100, ServicePeriod::not_visible);
        near("not visible", not_visible, rate * wait_s, 0.03);
        let received = pulled.mean(100, |it| it.received);
        near("received", received, 60.0 * rate, 0.02);
    }
}

#[test]
fn a_queue_that_nobody_pulls_from_grows_and_loses_nothing() {
    for fidelity in BOTH {
        let mut pulled = Pulled::new(fidelity, spec(1.0, 1.0, 30.0));
        pulled.load.set_rate(10.0);
        pulled.play(10);
        let last = pulled.minutes[9];
        near("backlog", last.queued, 5_700.0, 0.03);
        near("age", last.oldest_s, 570.0, 0.03);
        assert_eq!((last.elb_5xx, last.failed, last.received), (0.0, 0.0, 0.0));
        assert!(!pulled.load.is_settled());
        // Twenty tasks take 20 a second: 6,000 messages are gone after 10 minutes.
        pulled.tasks(20, None);
        pulled.play(5);
        let half = pulled.minutes[14];
        near("half of it", half.queued, 3_300.0, 0.08);
        // The head came when as many had come since as stand behind it.
        near("their age", half.oldest_s, 330.0, 0.08);
        pulled.play(10);
        assert!(pulled.minutes[24].queued < 30.0);
        let done: f64 = pulled.minutes.iter().map(|it| it.received).sum();
        near("all are done", done, 15_000.0, 0.03);
        // Away again: what was in work is not lost either.
        pulled.tasks(0, Some(Leaving::Killed));
        pulled.play(2);
        let failed: f64 = pulled.minutes.iter().map(|it| it.failed + it.elb_5xx).sum();
        assert_eq!(failed, 0.0);
        near("the new backlog", pulled.minutes[26].queued, 910.0, 0.06);
    }
}

#[test]
fn work_that_outlasts_the_visibility_timeout_is_done_again() {
    // Slots in plenty, so that a message is received again at once: 4.1 % of a lognormal law of CV 1
    // are longer than three means (`policy::message_queue`), some of them than six.
    let law = copies(10.0, 1.0, 30.0);
    for (fidelity, off) in [(Fidelity::Fluid, 0.01), (Fidelity::Requests, 0.01)] {
        let mut pulled = Pulled::new(fidelity, spec(10.0, 1.0, 30.0));
        pulled.tasks(100, None);
        pulled.load.set_rate(4.0);
        pulled.play(2_000);
        let received = pulled.mean(100, |it| it.received);
        let sent = pulled.mean(100, |it| it.first_tries);
        near("receives", received / sent, law.receives, off);
        // Copies keep slots busy.
        let busy = pulled.mean(100, |it| it.memory_used) / 60.0;
        near("work", busy / (sent / 60.0 * 10.0), law.work, 0.05);
    }
}

#[test]
fn a_killed_task_gives_its_message_back_when_its_timeout_is_over() {
    let mut pulled = Pulled::new(Fidelity::Requests, spec(600.0, 0.0, 120.0));
    pulled.spec.visibility_s = Some(7_200.0);
    let mut long = Pulled::new(Fidelity::Requests, pulled.spec);
    long.tasks(1, None);
    long.load.set_rate(1.0);
    long.play(1);
    long.load.set_rate(0.0);
    long.tasks(0, Some(Leaving::Killed));
    // One message was in work. It is in flight until two hours after it was received.
    long.play(1);
    let hidden = long.minutes[1].not_visible();
    near("the hidden one", hidden, 1.0, 1e-9);
    let visible = long.minutes[1].queued;
    long.play(125);
    near("all of them", long.minutes[125].queued, visible + 1.0, 1e-9);
    assert_eq!(long.minutes[125].failed, 0.0);
}

#[derive(Default)]
struct Nobody;

impl Watch for Nobody {
    fn answered(&mut self, _: &Answer) {}
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Join,
    Drain(usize, u8),
    Kill(usize),
    Rate(u8),
    Play(u8),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Join),
        (any::<usize>(), 0u8..64).prop_map(|(at, after)| Act::Drain(at, after)),
        any::<usize>().prop_map(Act::Kill),
        (0u8..40).prop_map(Act::Rate),
        (1u8..80).prop_map(Act::Play),
    ]
}

proptest! {
    /// Whatever tasks do: no message is lost, and each is answered once.
    #[test]
    fn every_message_is_answered_once(
        acts in proptest::collection::vec(act(), 1..60),
        visibility_s in prop_oneof![Just(0.2), Just(1.0), Just(3.0)],
        cpu_s in prop_oneof![Just(0.0), Just(0.3)],
        (seed, slots) in (any::<u64>(), 1u32..5),
    ) {
        let clients = Clients { visibility_s: Some(visibility_s), ..Clients::default() };
        let key = (Streams::new(seed, 0), NameHash::of("jobs"));
        let mut fleet = Fleet::new(Routing::Pooled, clients, key, 0.0);
        let code = RequestWork {
            cpu_s,
            wait_s: 1.0 - cpu_s,
            law: WorkLaw::lognormal(1.0),
            slots,
            vcpus: 1.0,
            errors: 0.0,
            places: u32::MAX,
        };
        let mut tasks = Vec::new();
        for act in acts {
            match act {
                Act::Join => tasks.push(fleet.join(&code)),
                Act::Drain(at, after) if !tasks.is_empty() => {
                    let task = tasks.swap_remove(at % tasks.len());
                    fleet.drain(task, fleet.now_s() + f64::from(after) / 16.0);
                }
                Act::Kill(at) if !tasks.is_empty() => {
                    fleet.kill(tasks.swap_remove(at % tasks.len()));
                }
                Act::Drain(..) | Act::Kill(_) => {}
                Act::Rate(rate) => fleet.set_rate(f64::from(rate) / 8.0),
                Act::Play(sixteenths) => {
                    let until_s = fleet.now_s() + f64::from(sixteenths) / 16.0;
                    prop_assert!(fleet.advance(until_s, u64::MAX, &mut Nobody));
                }
            }
            fleet.audit();
        }
        // Whoever sends stops, and enough tasks come: every message is answered in the end.
        fleet.set_rate(0.0);
        for _ in 0..200 {
            fleet.join(&code);
        }
        fleet.advance(fleet.now_s() + 1e4, u64::MAX, &mut Nobody);
        fleet.audit();
        let totals = fleet.totals();
        prop_assert_eq!(totals.answered, totals.first_tries);
        prop_assert!(fleet.is_idle());
        prop_assert_eq!((totals.failed, totals.elb_5xx), (0, 0));
    }
}
