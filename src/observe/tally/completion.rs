//! A schedule's calls, and whether their tasks were done in time.

use crate::engine::SimTime;
use crate::ids::JobSourceId;
use crate::scenario::plan::CompletionPlan;

/// The calls of a schedule so far.
#[derive(Clone, Debug)]
pub struct CompletionTally {
    plan: CompletionPlan,
    /// Calls before it are not judged.
    from: SimTime,
    /// Each call's instant, and how many of its tasks were done in time.
    calls: Vec<(SimTime, u32)>,
}

impl CompletionTally {
    /// No call yet.
    pub fn new(plan: &CompletionPlan) -> Self {
        CompletionTally {
            plan: plan.clone(),
            from: SimTime::ZERO,
            calls: Vec::new(),
        }
    }

    /// Judges calls from `at` on; those before are kept, as their tasks may still end.
    pub fn restart(&mut self, at: SimTime) {
        self.from = at;
    }

    /// A call of `source` at `at`.
    pub fn called(&mut self, source: JobSourceId, at: SimTime) {
        if source == self.plan.source {
            self.calls.push((at, 0));
        }
    }

    /// A task of `source`, called for at `arrived`, succeeded at `at`.
    pub fn done(&mut self, source: JobSourceId, arrived: SimTime, at: SimTime) {
        if source != self.plan.source {
            return;
        }
        let call = self.calls.partition_point(|(called, _)| *called <= arrived);
        let Some(call) = call.checked_sub(1) else {
            return;
        };
        let called = self.calls[call].0;
        // In time is before the deadline, not at it.
        if self.deadline(called).is_none_or(|deadline| at < deadline) {
            self.calls[call].1 += 1;
        }
    }

    /// Calls whose time was over at `ended_at`, and how many of them had all tasks done in time.
    pub fn judged(&self, ended_at: SimTime) -> (u64, u64) {
        let mut judged = (0, 0);
        for (called, done) in &self.calls {
            let is_over = self.deadline(*called).is_some_and(|it| it <= ended_at);
            let is_over = is_over && self.from <= *called;
            judged.0 += u64::from(is_over);
            judged.1 += u64::from(is_over && self.plan.tasks <= *done);
        }
        judged
    }

    /// The first deadline after a call.
    fn deadline(&self, called: SimTime) -> Option<SimTime> {
        let deadlines = &self.plan.deadlines;
        let next = deadlines.partition_point(|deadline| *deadline <= called);
        deadlines.get(next).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: u64) -> SimTime {
        SimTime::from_secs(hours * 3_600)
    }

    /// Two tasks a night at 2, to be done by 6: the first night both are, the second one is late,
    /// the third one's time is not over.
    #[test]
    fn a_call_is_in_time_when_all_its_tasks_are() {
        let nightly = JobSourceId::from_index(0);
        let mut tally = CompletionTally::new(&CompletionPlan {
            source: nightly,
            tasks: 2,
            deadlines: vec![hours(6), hours(30), hours(54)],
        });
        for night in 0..3 {
            tally.called(nightly, hours(24 * night + 2));
        }
        tally.done(nightly, hours(2), hours(3));
        tally.done(nightly, hours(2), hours(5));
        tally.done(nightly, hours(26), hours(29));
        tally.done(nightly, hours(26), hours(30));
        tally.done(JobSourceId::from_index(1), hours(26), hours(29));
        tally.done(nightly, hours(50), hours(51));
        assert_eq!(tally.judged(hours(53)), (2, 1));
        assert_eq!(tally.judged(hours(54)), (3, 1));
        assert_eq!(tally.judged(hours(1)), (0, 0));
    }
}
