//! Searches for an instance, as the plain scan of the rule sees them: for whoever asks why.

use crate::engine::SimTime;
use crate::ids::{InstanceId, ProviderId};
use crate::policy::placement::{
    Binpack, Candidate, Chosen, Lacking, Missing, Need, PlacementRule, Ports, SERVICE_DEFAULT,
    closest, first_lacking, place,
};
use crate::world::task::Owner;

/// A search for an instance, borrowed where it is made.
#[derive(Clone, Copy, Debug)]
pub struct PlacementSearch<'a> {
    /// What the task needs.
    pub need: Need,
    /// Its static host ports.
    pub ports: &'a Ports,
    /// Its strategy.
    pub rules: &'a [PlacementRule],
    /// All instances; those of its provider's group that are ACTIVE are connected.
    pub candidates: &'a [Candidate],
    /// Their ids.
    pub instances: &'a [InstanceId],
    /// ACTIVE instances of the group whose agents are disconnected: no candidates.
    pub lost: &'a [InstanceId],
    /// What the index found.
    pub found: Option<InstanceId>,
    /// The seed of the search's chance: uniform numbers that the scan draws again.
    pub draws: &'a [f64],
}

/// A search that was made.
#[derive(Clone, PartialEq, Debug)]
pub struct Placement {
    /// When.
    pub at: SimTime,
    /// For whom.
    pub owner: Owner,
    /// Which of its tasks.
    pub ordinal: u64,
    /// On which provider.
    pub provider: ProviderId,
    /// What the task needs.
    pub need: Need,
    /// Its strategy.
    pub rules: Vec<PlacementRule>,
    /// What the index found.
    pub found: Option<InstanceId>,
    /// What the scan of all instances finds.
    pub scanned: Option<InstanceId>,
    /// ACTIVE instances of the group.
    pub instances: u32,
    /// Of these, those with room that met all constraints.
    pub possible: u32,
    /// How many the rules left equal.
    pub tied: u32,
    /// What the chosen one had free before, and its tasks of the same owner.
    pub chosen: Option<(Need, u32)>,
    /// What most others lacked first, with how many did.
    pub lacking: Vec<(&'static str, u32)>,
    /// If none was found: the one that came closest, what it lacked, in how many ways.
    pub closest: Option<(InstanceId, Lacking, u32)>,
    /// Other strategies, and the instance that each would have led to.
    pub otherwise: Vec<(&'static str, InstanceId)>,
}

/// Strategies that are compared with a task's own.
const OTHERS: [(&str, &[PlacementRule]); 3] = [
    (
        "binpack on memory",
        &[PlacementRule::Binpack(Binpack::Memory)],
    ),
    ("binpack on CPU", &[PlacementRule::Binpack(Binpack::Cpu)]),
    ("spread over zones, then instances", &SERVICE_DEFAULT),
];

impl Placement {
    /// The search looked at by the plain scan.
    pub fn of(
        at: SimTime,
        (owner, ordinal, provider): (Owner, u64, ProviderId),
        search: &PlacementSearch<'_>,
    ) -> Self {
        let PlacementSearch {
            need,
            ports,
            candidates,
            ..
        } = *search;
        let ask = |rules: &[PlacementRule]| -> Option<Chosen> {
            let mut draws = search.draws.iter().copied();
            place(&need, ports, candidates, rules, || {
                draws.next().unwrap_or(0.0)
            })
        };
        let answer = ask(search.rules);
        let id = |chosen: &Chosen| search.instances[chosen.instance];
        let mut lacking: Vec<(&'static str, u32)> = Vec::new();
        let active = candidates.iter().filter(|it| it.is_connected);
        for candidate in active.clone() {
            let Some(lack) = first_lacking(&need, ports, candidate) else {
                continue;
            };
            match lacking.iter_mut().find(|it| it.0 == lack.reason()) {
                Some((_, count)) => *count += 1,
                None => lacking.push((lack.reason(), 1)),
            }
        }
        // ACTIVE instances whose agents ECS hears nothing of.
        if !search.lost.is_empty() {
            lacking.push((Lacking::Agent.reason(), search.lost.len() as u32));
        }
        lacking.sort_by_key(|it| std::cmp::Reverse(it.1));
        let nearest = match answer {
            Some(_) => None,
            None => closest_active(&need, ports, candidates),
        };
        let nearest =
            nearest.map(|it: Missing| (search.instances[it.instance], it.lacking, it.count));
        let lost = search.lost.first().filter(|_| answer.is_none());
        let unheard = lost.map(|id| (*id, Lacking::Agent, 1));
        let others = OTHERS.iter().filter(|(_, rules)| *rules != search.rules);
        let otherwise = others.filter_map(|(name, rules)| {
            let other = ask(rules)?;
            (Some(other.instance) != answer.map(|it| it.instance)).then(|| (*name, id(&other)))
        });
        Placement {
            at,
            owner,
            ordinal,
            provider,
            need,
            rules: search.rules.to_vec(),
            found: search.found,
            scanned: answer.as_ref().map(id),
            instances: active.count() as u32 + search.lost.len() as u32,
            possible: answer.map_or(0, |it| it.possible),
            tied: answer.map_or(0, |it| it.tied),
            chosen: answer.map(|it| {
                let chosen = &candidates[it.instance];
                (chosen.free, chosen.same)
            }),
            lacking,
            closest: nearest.or(unheard),
            otherwise: otherwise.collect(),
        }
    }
}

/// The ACTIVE instance that comes closest.
fn closest_active(need: &Need, ports: &Ports, candidates: &[Candidate]) -> Option<Missing> {
    let active: Vec<usize> = (0..candidates.len())
        .filter(|at| candidates[*at].is_connected)
        .collect();
    let of: Vec<Candidate> = active.iter().map(|at| candidates[*at].clone()).collect();
    closest(need, ports, &of).map(|it| Missing {
        instance: active[it.instance],
        ..it
    })
}
