//! Futures of a shared past, over random scenarios: each is what it would have been by itself.

use fleetcast::engine::SimTime;
use fleetcast::experiment::futures::fork;
use fleetcast::experiment::run::{PlayedRun, play};

use super::{limits, run, swarm};

#[test]
fn a_run_that_goes_on_from_a_copy_of_its_past_is_the_same_run() {
    swarm("futures", 40, |draft| {
        let whole = run(draft);
        let plan = &whole.loaded.plan;
        let limits = limits(plan);
        // Any instant will do; that of an entry is the narrowest.
        let middle = SimTime::from_micros(plan.horizon().as_micros() / 3);
        let entries = plan.timeline.iter().map(|entry| entry.at);
        let entry = entries.filter(|at| SimTime::ZERO < *at).min();
        for at in [Some(middle), entry].into_iter().flatten() {
            let mut cut = plan.clone();
            cut.timeline.retain(|entry| entry.at < at);
            // Who calls whom depends on what the timeline deploys later: such plans share no past,
            // and `fork` knows it.
            let forked = fork(&[&cut, plan], (0, at), &limits).unwrap();
            let alone = [&play(&cut, 0, &limits), &whole.played];
            for (future, alone) in forked.futures.iter().zip(alone) {
                check_same(future, alone, at);
            }
        }
    });
}

fn check_same(future: &PlayedRun, alone: &PlayedRun, at: SimTime) {
    let [future, alone] = [future, alone].map(|it| &it.outcome);
    assert_eq!(future.event_hash, alone.event_hash, "from {at} on");
    assert_eq!(future.events, alone.events);
    let told = [future, alone].map(|it| format!("{:?}", it.observed.summary));
    assert_eq!(told[0], told[1], "from {at} on");
}
