//! Futures of a shared past, over random scenarios: each is what it would have been by itself.

use fleetcast::engine::SimTime;
use fleetcast::simulation::Simulation;
use fleetcast::simulation::course::Course;

use super::{limits, run, swarm};

#[test]
fn a_run_that_goes_on_from_a_copy_of_its_past_is_the_same_run() {
    swarm("futures", 40, |draft| {
        let whole = run(draft);
        let plan = &whole.loaded.plan;
        let limits = limits(plan);
        // Any instant will do; that of an entry is the narrowest.
        let middle = SimTime::from_micros(plan.horizon().as_micros() / 3);
        let at = plan
            .timeline
            .iter()
            .map(|entry| entry.at)
            .find(|at| SimTime::ZERO < *at);
        for at in [Some(middle), at].into_iter().flatten() {
            let mut cut = plan.clone();
            cut.timeline.retain(|entry| entry.at < at);
            let past = Course::past(&cut, 0, at, &limits);
            let future = past.future(plan, &limits);
            let outcome = &whole.played.outcome;
            assert_eq!(future.event_hash, outcome.event_hash, "from {at} on");
            assert_eq!(future.events, outcome.events);
            let summaries = [&future.observed.summary, &outcome.observed.summary];
            let [future, alone] = summaries.map(|it| format!("{it:?}"));
            assert_eq!(future, alone, "from {at} on");
            // The past is played as if nothing of the timeline came later.
            let again = Simulation::new(&cut, 0).run(&limits);
            assert_eq!(past.future(&cut, &limits).event_hash, again.event_hash);
        }
    });
}
