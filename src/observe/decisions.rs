//! The sink of decisions: what was decided for whom, and why, for `decisions.ndjson`.
//!
//! Kept as the values that the rules returned, put into words only when the file is written.

mod capacity;
mod deployment;
mod scaling;

use std::io;
use std::mem::Discriminant;

use serde_json::{Value, json};

use crate::engine::SimTime;
use crate::ids::{
    AlarmId, JobSourceId, PoolId, ProviderId, ScalableTargetId, ServiceId, TaskDefinitionId,
};
use crate::observe::instances::ec2_instance_id;
use crate::observe::observation::{CapacityObservation, DeploymentStep, Observation, Refusal};
use crate::observe::placements::{Closest, Nearest};
use crate::observe::tally::counts::refusal_name;
use crate::observe::tasks::owner_name;
use crate::observe::times::iso8601;
use crate::policy::alarm::{AlarmState, Verdict};
use crate::policy::managed_scaling::ScalingReason as GroupReason;
use crate::policy::schedule::delivery::Delivery;
use crate::policy::spot::Regime;
use crate::policy::strategy::{ChoiceReason, Share};
use crate::policy::target_tracking::ScalingReason;
use crate::scenario::plan::Plan;
use crate::world::task::Owner;
use scaling::{told_alarm, told_scaling};

/// The decisions of a run, in order of time.
#[derive(Clone, Debug, Default)]
pub struct DecisionLog {
    /// When, and what.
    pub decisions: Vec<(SimTime, Decision)>,
    /// The last word of managed scaling, by provider: what it says again is kept once.
    last: Vec<(ProviderId, Discriminant<GroupReason>)>,
}

/// A decision with its reason.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Decision {
    /// A provider was picked for a task.
    ProviderPicked(Owner, ProviderId, ChoiceReason),
    /// A launch was refused.
    LaunchRefused(Owner, Option<ProviderId>, Refusal, Option<Nearest>),
    /// Service auto scaling looked at a target: the desired count before and after.
    Scaling(ScalableTargetId, [u32; 2], ScalingReason),
    /// Managed scaling looked at a provider's group: its desired capacity before and after.
    ManagedScaling(ProviderId, [u32; 2], GroupReason),
    /// An alarm changed its state, the newest data point being this.
    Alarm(AlarmId, AlarmState, Verdict, Option<f64>),
    /// A deployment began or ended.
    Deployment(ServiceId, TaskDefinitionId, DeploymentStep),
    /// A task of a call of EventBridge was not started.
    CallFailed(JobSourceId, Refusal, Delivery),
    /// Fargate Spot's market changed in a zone, with the severity of a reclaim.
    SpotRegime(PoolId, Regime, Option<f64>),
}

impl DecisionLog {
    /// No decision yet.
    pub fn new() -> Self {
        DecisionLog::default()
    }

    /// Takes what happened.
    pub fn observe(&mut self, at: SimTime, what: &Observation<'_>) {
        let decision = match *what {
            Observation::ProviderPicked {
                owner,
                provider,
                reason,
            } => Decision::ProviderPicked(owner, provider, reason),
            Observation::LaunchRefused {
                owner,
                provider,
                reason,
                nearest,
                ..
            } => Decision::LaunchRefused(owner, provider, reason, nearest),
            Observation::Scaling {
                target,
                from,
                to,
                reason,
            } => Decision::Scaling(target, [from, to], reason),
            Observation::AlarmState {
                alarm,
                from,
                verdict,
                newest,
            } if from != verdict.state => Decision::Alarm(alarm, from, verdict, newest),
            Observation::Deployment {
                service,
                definition,
                step,
                ..
            } => Decision::Deployment(service, definition, step),
            Observation::SpotRegime {
                pool,
                regime,
                reclaim,
            } => Decision::SpotRegime(pool, regime, reclaim),
            Observation::CallFailed {
                source,
                reason,
                delivery,
            } => Decision::CallFailed(source, reason, delivery),
            Observation::Capacity(CapacityObservation::GroupScaling {
                provider,
                from,
                to,
                reason,
            }) if self.is_news(provider, (from, to), reason) => {
                Decision::ManagedScaling(provider, [from, to], reason)
            }
            Observation::AlarmState { .. }
            | Observation::TaskGone(_)
            | Observation::TaskStarted { .. }
            | Observation::TaskInterrupted { .. }
            | Observation::ServiceCounts { .. }
            | Observation::ServicePeriods { .. }
            | Observation::JobFinished { .. }
            | Observation::Called { .. }
            | Observation::ContainerRestarted { .. }
            | Observation::JobsWaiting { .. }
            | Observation::Capacity(_) => return,
        };
        self.decisions.push((at, decision));
    }

    /// Whether managed scaling says something else than the minute before: it looks each minute.
    fn is_news(
        &mut self,
        provider: ProviderId,
        (from, to): (u32, u32),
        reason: GroupReason,
    ) -> bool {
        let now = std::mem::discriminant(&reason);
        match self.last.iter_mut().find(|(known, _)| *known == provider) {
            Some((_, last)) => std::mem::replace(last, now) != now || from != to,
            None => {
                self.last.push((provider, now));
                true
            }
        }
    }

    /// Writes one JSON object a line: `at`, `subject`, `decision` in words, and its `inputs`.
    pub fn write_ndjson<W: io::Write>(&self, plan: &Plan, mut out: W) -> io::Result<()> {
        for (at, decision) in &self.decisions {
            writeln!(out, "{}", decision_value(plan, *at, decision))?;
        }
        out.flush()
    }
}

/// A decision as a line of `decisions.ndjson`.
pub fn decision_value(plan: &Plan, at: SimTime, decision: &Decision) -> Value {
    let told = match *decision {
        Decision::ProviderPicked(owner, provider, reason) => {
            told_pick(plan, owner, provider, reason)
        }
        Decision::LaunchRefused(owner, provider, reason, nearest) => {
            told_refusal(plan, (owner, provider), reason, nearest)
        }
        Decision::Scaling(target, counts, reason) => told_scaling(plan, target, counts, reason),
        Decision::ManagedScaling(provider, counts, reason) => {
            capacity::told_scaling(plan, provider, counts, reason)
        }
        Decision::Alarm(alarm, from, verdict, newest) => {
            told_alarm(plan, alarm, (from, verdict), newest)
        }
        Decision::Deployment(service, definition, step) => {
            deployment::told(plan, service, definition, step)
        }
        Decision::CallFailed(source, reason, delivery) => told_call(plan, source, reason, delivery),
        Decision::SpotRegime(pool, regime, reclaim) => told_regime(plan, pool, regime, reclaim),
    };
    json!({
        "at": iso8601(plan.run.start, at),
        "kind": told.kind,
        "subject": told.subject,
        "decision": told.words,
        "inputs": told.inputs,
    })
}

/// A decision put into words.
struct Told {
    kind: &'static str,
    subject: String,
    words: String,
    inputs: Value,
}

fn told_pick(plan: &Plan, owner: Owner, provider: ProviderId, reason: ChoiceReason) -> Told {
    let name = &plan.provider(provider).name;
    let (words, inputs) = match reason {
        ChoiceReason::Base { have, of } => (
            format!("{name} for the next task: its base has {have} of {of} tasks"),
            json!({ "clause": "base", "have": have, "of": of }),
        ),
        ChoiceReason::Fallback { waited, .. } => (
            format!("{name} for the next task: {waited} without Spot capacity (whatIf)"),
            json!({ "clause": "fallback", "waited_s": waited.as_secs_f64() }),
        ),
        ChoiceReason::Drawn {
            weight,
            of,
            uniform,
        } => (
            format!("{name} for the next task: drawn, weight {weight} of {of}"),
            json!({ "clause": "drawn", "weight": weight, "of": of, "draw": uniform }),
        ),
        ChoiceReason::Weight {
            weighted,
            weight,
            rival,
        } => {
            let than = rival.map_or_else(String::new, |rival| {
                let (tasks, weight) = (rival.weighted, rival.weight);
                format!(", the next best {tasks} for weight {weight}")
            });
            let inputs = json!({
                "clause": "weight",
                "weighted": weighted,
                "weight": weight,
                "rival": rival.map(rival_value),
            });
            (
                format!("{name} for the next task: {weighted} tasks for weight {weight}{than}"),
                inputs,
            )
        }
    };
    Told {
        kind: "provider_picked",
        subject: subject(plan, owner),
        words,
        inputs,
    }
}

fn rival_value(rival: Share) -> Value {
    json!({ "item": rival.item, "weighted": rival.weighted, "weight": rival.weight })
}

fn told_refusal(
    plan: &Plan,
    (owner, provider): (Owner, Option<ProviderId>),
    reason: Refusal,
    nearest: Option<Nearest>,
) -> Told {
    let provider = provider.map(|provider| plan.provider(provider).name.as_str());
    let place = provider.map_or_else(String::new, |name| format!(" on {name}"));
    let why = refusal_words(reason);
    let named = |it: &Closest| ec2_instance_id(plan, it.group, it.instance);
    let closest = nearest.map_or_else(String::new, |it| format!("; {}", it.words(named)));
    let mut inputs = json!({ "capacityProvider": provider, "reason": refusal_name(reason) });
    if let Some(nearest) = nearest {
        inputs["failure"] = nearest.reason().into();
        inputs["activeInstances"] = nearest.instances.into();
        inputs["closest"] = nearest.closest.as_ref().map(named).into();
    }
    Told {
        kind: "launch_refused",
        subject: subject(plan, owner),
        words: format!("no launch{place} now: {why}{closest}"),
        inputs,
    }
}

/// What refused a launch, in words.
pub const fn refusal_words(reason: Refusal) -> &'static str {
    match reason {
        Refusal::LaunchRate => "the account's launch rate is used up",
        Refusal::ServiceRate => "the service's tasks of this minute are used up",
        Refusal::VcpuQuota => "the account's quota of concurrent vCPUs is used up",
        Refusal::SpotCapacity => "Fargate Spot has no capacity in any zone tried",
        Refusal::Throttled => "its tasks keep failing to start",
        Refusal::ZoneOut => "every zone of its subnets is out",
        Refusal::NoInstance => "no container instance has room for it and meets its constraints",
        Refusal::ProvisioningLimit => "as many tasks wait in PROVISIONING as a cluster may have",
    }
}

fn told_call(plan: &Plan, source: JobSourceId, reason: Refusal, delivery: Delivery) -> Told {
    let target = plan.job_sources[source.index()].target;
    let (what, words) = match delivery {
        Delivery::Retry(wait) => ("retry", format!("EventBridge tries again in {wait}")),
        Delivery::UsedUp | Delivery::TooOld => {
            let left = match delivery {
                Delivery::UsedUp => "its attempts are used up",
                _ => "the event is too old for another try",
            };
            match target.is_some_and(|it| it.has_dead_letters) {
                true => ("dead_letter", format!("{left}: to the dead-letter queue")),
                false => ("dropped", format!("{left}: dropped")),
            }
        }
        Delivery::Lost => {
            let words = "RunTask answered and names it in failures: nobody tries again";
            ("lost", words.to_owned())
        }
    };
    Told {
        kind: "call_failed",
        subject: subject(plan, Owner::Job(source)),
        words: format!("a task was not started, {}; {words}", refusal_words(reason)),
        inputs: json!({ "reason": refusal_name(reason), "then": what }),
    }
}

fn told_regime(plan: &Plan, pool: PoolId, regime: Regime, reclaim: Option<f64>) -> Told {
    // Pools of instances come after the zones.
    let zone = plan.zones.get(pool.index());
    let zone = zone.map_or_else(|| format!("of pool {}", pool.0), |zone| zone.name.clone());
    let word = regime.word();
    let words = match reclaim {
        None => format!("Fargate Spot is {word}"),
        Some(severity) => format!(
            "Fargate Spot is {word}, and {:.0} % of its tasks are taken back",
            100.0 * severity
        ),
    };
    Told {
        kind: "spot",
        subject: format!("availability zone {zone}"),
        words,
        inputs: json!({ "regime": word, "severity": reclaim }),
    }
}

fn subject(plan: &Plan, owner: Owner) -> String {
    let kind = match owner {
        Owner::Service(_) => "service",
        Owner::Job(_) => "runTasks",
    };
    format!("{kind} {}", owner_name(plan, owner))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::fixture::{self, API, SPOT};
    use crate::policy::target_tracking::{Proposal, Proposer};

    fn told(decision: Decision) -> Value {
        decision_value(&fixture::plan(), SimTime::from_secs(60), &decision)
    }

    #[test]
    fn a_scaling_decision_says_its_policy_metric_and_target() {
        let proposal = Proposal {
            by: Proposer::Tracking(0),
            metric: 90.0,
            from: 4,
            wanted: 6,
        };
        let target = ScalableTargetId(0);
        let out = told(Decision::Scaling(
            target,
            [4, 6],
            ScalingReason::ScaledOut(proposal),
        ));
        assert_eq!(out["at"], "2026-03-05T00:01:00.000000Z");
        assert_eq!(out["subject"], "service api");
        assert_eq!(
            out["decision"],
            "desired count 4 to 6: policy cpu asks for 6 tasks: 90.0% CPU of 60 with 4"
        );
        assert_eq!(out["inputs"]["proposal"]["target"], 60.0);
        let stays = told(Decision::Scaling(target, [4, 4], ScalingReason::AtMaximum));
        assert_eq!(
            stays["decision"],
            "desired count stays 4: MaxCapacity is 10"
        );
    }

    #[test]
    fn a_pick_says_its_clause() {
        let owner = Owner::Service(API);
        let reason = ChoiceReason::Base { have: 1, of: 2 };
        assert_eq!(
            told(Decision::ProviderPicked(owner, SPOT, reason))["decision"],
            "FARGATE_SPOT for the next task: its base has 1 of 2 tasks"
        );
        let reason = ChoiceReason::Weight {
            weighted: 3,
            weight: 2,
            rival: None,
        };
        assert_eq!(
            told(Decision::ProviderPicked(owner, SPOT, reason))["decision"],
            "FARGATE_SPOT for the next task: 3 tasks for weight 2"
        );
    }

    #[test]
    fn what_only_happened_is_no_decision() {
        let mut log = DecisionLog::new();
        let refused = Observation::LaunchRefused {
            owner: Owner::Service(API),
            provider: None,
            reason: Refusal::Throttled,
            nearest: None,
            until: SimTime::ZERO,
        };
        log.observe(SimTime::ZERO, &refused);
        let waiting = Observation::JobsWaiting {
            source: crate::ids::JobSourceId(0),
            waiting: 1,
        };
        log.observe(SimTime::ZERO, &waiting);
        let mut bytes = Vec::new();
        log.write_ndjson(&fixture::plan(), &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains("no launch now: its tasks keep failing to start"));
    }
}
