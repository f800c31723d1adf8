//! Alarms over a run: how often each went off and for how long, and their states in words.

use std::io;

use serde::{Deserialize, Serialize};

use crate::engine::SimTime;
use crate::ids::AlarmId;
use crate::observe::observation::Observation;
use crate::observe::times::iso8601;
use crate::policy::alarm::{AlarmRule, AlarmState, Comparison, Verdict, VerdictReason};
use crate::scenario::plan::{AlarmPlan, Plan};

/// An alarm in numbers.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct AlarmSummary {
    /// `AlarmName`.
    pub name: String,
    /// The service whose metric it watches.
    pub service: String,
    /// `MetricName`; of metric math, the result's `Label`, or its expression.
    pub metric: String,
    /// Its state when the run ended: `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
    /// How often its state changed.
    pub state_changes: u64,
    /// How often it went to ALARM.
    pub alarms: u64,
    /// Time in ALARM, seconds.
    pub in_alarm_s: f64,
    /// Time in INSUFFICIENT_DATA, seconds.
    pub insufficient_data_s: f64,
}

/// An alarm while the run is played.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AlarmTally {
    state: AlarmState,
    since: SimTime,
    state_changes: u64,
    alarms: u64,
    in_alarm_us: u64,
    insufficient_us: u64,
}

impl AlarmTally {
    /// Takes a change of state, or the state that it stands in.
    pub(super) fn changed(&mut self, at: SimTime, from: AlarmState, to: AlarmState) {
        self.spend(at);
        self.state = to;
        let is_change = from != to;
        self.state_changes += u64::from(is_change);
        self.alarms += u64::from(is_change && to == AlarmState::Alarm);
    }

    /// Counts from `at` on; its state stays.
    pub(super) fn restart(&mut self, at: SimTime) {
        *self = AlarmTally {
            state: self.state,
            since: at,
            ..AlarmTally::default()
        };
    }

    fn spend(&mut self, at: SimTime) {
        let spent = at.since(self.since).as_micros();
        match self.state {
            AlarmState::Ok => {}
            AlarmState::Alarm => self.in_alarm_us += spent,
            AlarmState::InsufficientData => self.insufficient_us += spent,
        }
        self.since = at;
    }

    /// The alarm in numbers.
    pub(super) fn summary(
        mut self,
        (plan, alarm): (&Plan, &AlarmPlan),
        ended_at: SimTime,
    ) -> AlarmSummary {
        self.spend(ended_at);
        AlarmSummary {
            name: alarm.name.clone(),
            service: plan.service(alarm.service).name.clone(),
            metric: alarm.metric.name().to_owned(),
            state: state_name(self.state).to_owned(),
            state_changes: self.state_changes,
            alarms: self.alarms,
            in_alarm_s: self.in_alarm_us as f64 / 1e6,
            insufficient_data_s: self.insufficient_us as f64 / 1e6,
        }
    }
}

/// The changes of alarms' states, in order of time.
#[derive(Clone, Debug, Default)]
pub struct AlarmHistory {
    changes: Vec<AlarmChange>,
}

/// A change of an alarm's state.
#[derive(Clone, Copy, Debug)]
struct AlarmChange {
    at: SimTime,
    alarm: AlarmId,
    from: AlarmState,
    verdict: Verdict,
    newest: Option<f64>,
}

/// The columns of `alarms.csv`.
const COLUMNS: [&str; 8] = [
    "at", "alarm", "service", "metric", "from", "to", "value", "reason",
];

impl AlarmHistory {
    /// Takes what happened.
    pub fn observe(&mut self, at: SimTime, what: &Observation<'_>) {
        if let Observation::AlarmState {
            alarm,
            from,
            verdict,
            newest,
        } = *what
            && from != verdict.state
        {
            self.changes.push(AlarmChange {
                at,
                alarm,
                from,
                verdict,
                newest,
            });
        }
    }

    /// Writes `alarms.csv`: a row a change, with the newest data point then.
    pub fn write_csv<W: io::Write>(&self, plan: &Plan, out: W) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(COLUMNS)?;
        for change in &self.changes {
            let alarm = &plan.alarms[change.alarm.index()];
            let newest = change
                .newest
                .map_or_else(String::new, |value| value.to_string());
            table.write_record([
                iso8601(plan.run.start, change.at).as_str(),
                &alarm.name,
                &plan.service(alarm.service).name,
                alarm.metric.name(),
                state_name(change.from),
                state_name(change.verdict.state),
                &newest,
                &verdict_words(alarm, &change.verdict),
            ])?;
        }
        table.flush()
    }
}

/// `StateValue`.
pub const fn state_name(state: AlarmState) -> &'static str {
    match state {
        AlarmState::Ok => "OK",
        AlarmState::Alarm => "ALARM",
        AlarmState::InsufficientData => "INSUFFICIENT_DATA",
    }
}

/// `above 60`: where a data point breaches.
pub fn side_words(rule: &AlarmRule) -> String {
    let side = match rule.comparison {
        Comparison::GreaterThan => "above",
        Comparison::GreaterThanOrEqualTo => "at or above",
        Comparison::LessThan => "below",
        Comparison::LessThanOrEqualTo => "at or below",
    };
    format!("{side} {}", rule.threshold)
}

/// Why an alarm is in its state.
pub fn verdict_words(alarm: &AlarmPlan, verdict: &Verdict) -> String {
    let side = side_words(&alarm.rule);
    match verdict.reason {
        VerdictReason::Datapoints {
            breaching,
            of,
            filled,
        } => {
            let all = alarm.rule.evaluation_periods;
            let filled = match filled {
                0 => String::new(),
                filled => format!(" ({filled} missing)"),
            };
            format!("{breaching} of {all} data points are {side}{filled}; it takes {of}")
        }
        VerdictReason::NoData => "no data point in its evaluation range".to_owned(),
        VerdictReason::TooFresh { .. } => {
            format!("the few data points are {side}, but too fresh")
        }
        VerdictReason::Premature { oldest } => {
            format!("the few data points are {side}, the oldest {oldest} periods old")
        }
        VerdictReason::Ignored => "too few data points, which are ignored".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::SimDuration;
    use crate::observe::decisions::{Decision, decision_value};
    use crate::observe::events::EventLog;
    use crate::observe::fixture::{self, API};
    use crate::policy::alarm::TreatMissingData;
    use crate::policy::scheduled_scaling::{Bounds, BoundsUpdate, ScheduledOutcome};
    use crate::policy::target_tracking::ScalingReason;
    use crate::scenario::plan::{AlarmMetric, ScheduledScalingPlan, WatchedMetric};
    use AlarmState::{Alarm, InsufficientData, Ok};

    #[test]
    fn time_is_spent_in_the_state_before_each_change() {
        let at = SimTime::from_secs;
        let mut tally = AlarmTally::default();
        tally.changed(at(0), InsufficientData, InsufficientData);
        tally.changed(at(60), InsufficientData, Ok);
        tally.changed(at(100), Ok, Alarm);
        tally.changed(at(130), Alarm, Ok);
        tally.changed(at(200), Ok, Alarm);
        tally.spend(at(250));
        assert_eq!((tally.state_changes, tally.alarms), (4, 2));
        assert_eq!(tally.in_alarm_us, 80_000_000);
        assert_eq!(tally.insufficient_us, 60_000_000);
    }

    /// A plan with an alarm above 60 % for 2 of 3 minutes.
    fn plan() -> Plan {
        let mut plan = fixture::plan();
        plan.alarms.push(AlarmPlan {
            fails_deployments_of: Vec::new(),
            name: "busy".to_owned(),
            service: API,
            metric: WatchedMetric::of(AlarmMetric::CpuUtilization, 1.0),
            period_units: 1,
            rule: AlarmRule {
                comparison: Comparison::GreaterThan,
                threshold: 60.0,
                evaluation_periods: 3,
                datapoints_to_alarm: 2,
                treat_missing_data: TreatMissingData::Missing,
            },
            clock: crate::demand::period::MetricClock::of_minutes(SimDuration::ZERO),
        });
        plan
    }

    fn verdict(state: AlarmState, reason: VerdictReason) -> Verdict {
        Verdict { state, reason }
    }

    fn changes() -> [(u64, Observation<'static>); 3] {
        let change = |from, verdict, newest| Observation::AlarmState {
            alarm: AlarmId(0),
            from,
            verdict,
            newest,
        };
        let points = |breaching, filled| VerdictReason::Datapoints {
            breaching,
            of: 2,
            filled,
        };
        [
            (0, change(Ok, verdict(Ok, points(0, 0)), None)),
            (60, change(Ok, verdict(Alarm, points(2, 1)), Some(75.5))),
            (
                300,
                change(
                    Alarm,
                    verdict(InsufficientData, VerdictReason::NoData),
                    None,
                ),
            ),
        ]
    }

    #[test]
    fn a_change_is_a_row_and_how_it_stands_at_the_start_is_none() {
        let mut history = AlarmHistory::default();
        for (at, change) in &changes() {
            history.observe(SimTime::from_secs(*at), change);
        }
        let mut bytes = Vec::new();
        history.write_csv(&plan(), &mut bytes).unwrap();
        let expected = "\
at,alarm,service,metric,from,to,value,reason
2026-03-05T00:01:00.000000Z,busy,api,CPUUtilization,OK,ALARM,75.5,\
2 of 3 data points are above 60 (1 missing); it takes 2
2026-03-05T00:05:00.000000Z,busy,api,CPUUtilization,ALARM,INSUFFICIENT_DATA,,\
no data point in its evaluation range
";
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }

    /// CloudWatch user guide, cloudwatch-and-eventbridge: source and names.
    #[test]
    fn a_change_is_an_event_of_cloudwatch() {
        let mut log = EventLog::new();
        for (at, change) in &changes() {
            log.observe(SimTime::from_secs(*at), change);
        }
        let plan = plan();
        let events: Vec<_> = log.envelopes(&plan, &[]).collect();
        assert_eq!(events.len(), 2);
        assert_eq!(events[0]["source"], "aws.cloudwatch");
        assert_eq!(events[0]["detail-type"], "CloudWatch Alarm State Change");
        let arn = "arn:aws:cloudwatch:us-east-1:012345678901:alarm:busy";
        assert_eq!(events[0]["resources"][0], arn);
        assert_eq!(events[0]["detail"]["state"]["value"], "ALARM");
        assert_eq!(events[1]["detail"]["previousState"]["value"], "ALARM");
    }

    #[test]
    fn alarms_and_scheduled_actions_are_decisions_in_words() {
        let mut plan = plan();
        plan.scalable_targets[0]
            .scheduled
            .push(ScheduledScalingPlan {
                name: "morning".to_owned(),
                update: BoundsUpdate::default(),
            });
        let told = |decision| {
            let value = decision_value(&plan, SimTime::ZERO, &decision);
            let text = |key: &str| value[key].as_str().unwrap().to_owned();
            format!("{}: {}", text("subject"), text("decision"))
        };
        let reason = VerdictReason::TooFresh { oldest: 1 };
        let alarm = Decision::Alarm(AlarmId(0), Ok, verdict(Alarm, reason), Some(75.0));
        assert_eq!(
            told(alarm),
            "alarm busy: OK to ALARM: the few data points are above 60, but too fresh"
        );
        let scheduled = |outcome| {
            let reason = ScalingReason::Scheduled { action: 0, outcome };
            Decision::Scaling(crate::ids::ScalableTargetId(0), [2, 4], reason)
        };
        let bounds = Bounds { min: 4, max: 10 };
        assert_eq!(
            told(scheduled(ScheduledOutcome::Set(bounds))),
            "service api: desired count 2 to 4: scheduled action morning sets MinCapacity 4, \
             MaxCapacity 10"
        );
        assert!(told(scheduled(ScheduledOutcome::Suspended)).contains("is suspended"));
        let refused = told(scheduled(ScheduledOutcome::MinAboveMax(bounds)));
        assert!(refused.contains("is refused: MinCapacity would be 4"));
    }
}
