//! Searches for an instance, as the plain scan of the rule sees them: for whoever asks why.

use crate::engine::SimTime;
use crate::ids::{GroupId, InstanceId, ProviderId};
use crate::policy::placement::{
    Binpack, Candidate, Chosen, Lacking, Need, PlacementRule, Ports, SERVICE_DEFAULT, closest,
    first_lacking, place,
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
        let all = (candidates, search.instances, search.lost);
        let nearest = match answer {
            Some(_) => None,
            None => closest_active(&need, ports, all),
        };
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
            closest: nearest,
            otherwise: otherwise.collect(),
        }
    }
}

/// The instance that came closest where none took a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Nearest {
    /// What the task needs.
    pub need: Need,
    /// ACTIVE instances that its provider's tasks may go to.
    pub instances: u32,
    /// The closest of them; `None`: there are none.
    pub closest: Option<Closest>,
}

/// What the closest instance lacks for a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Closest {
    /// Which it is.
    pub instance: InstanceId,
    /// Whose it is.
    pub group: GroupId,
    /// What it lacks first.
    pub lacking: Lacking,
    /// In how many ways it falls short.
    pub count: u32,
}

impl Nearest {
    /// Of all candidates, those that are connected and then those that are lost, the closest;
    /// `group` says whose an instance is.
    pub fn of(
        need: &Need,
        ports: &Ports,
        all @ (candidates, _, lost): (&[Candidate], &[InstanceId], &[InstanceId]),
        group: impl Fn(InstanceId) -> GroupId,
    ) -> Self {
        let active = candidates.iter().filter(|it| it.is_connected).count();
        let closest = closest_active(need, ports, all);
        Nearest {
            need: *need,
            instances: (active + lost.len()) as u32,
            closest: closest.map(|(instance, lacking, count)| Closest {
                instance,
                group: group(instance),
                lacking,
                count,
            }),
        }
    }

    /// The reason in the API's words.
    pub fn reason(&self) -> &'static str {
        self.closest
            .map_or(NO_INSTANCES, |closest| closest.lacking.reason())
    }

    /// Why none took it: `the closest, i-0123…, has 512 of 1024 CPU units too few`; `named` names
    /// an instance.
    pub fn words(&self, named: impl Fn(&Closest) -> String) -> String {
        let Some(closest) = self.closest else {
            return "there is no ACTIVE instance".to_owned();
        };
        let lacks = lack_words(closest.lacking, &self.need);
        let more = more_words(closest.count);
        let reason = self.reason();
        format!(
            "the closest is {}: {lacks}{more} ({reason})",
            named(&closest)
        )
    }
}

/// The reason where a cluster has no instance (the service event's words).
const NO_INSTANCES: &str = "No Container Instances were found in your cluster";

/// What an instance lacks, in words.
pub fn lack_words(lacking: Lacking, need: &Need) -> String {
    match lacking {
        // It has none at all left.
        Lacking::Cpu(short) if need.cpu <= short => {
            format!("no CPU units left, of the {} needed", need.cpu)
        }
        Lacking::Memory(short) if need.memory <= short => {
            format!("no memory left, of the {} MiB needed", need.memory)
        }
        Lacking::Cpu(short) => format!("{short} of {} CPU units short", need.cpu),
        Lacking::Memory(short) => format!("{short} of {} MiB short", need.memory),
        Lacking::Gpu(short) => format!("{short} of {} GPUs short", need.gpus),
        Lacking::Eni(_) => "no network interface left for a task".to_owned(),
        Lacking::Port(port) => format!("host port {port} is taken"),
        Lacking::Agent => "its agent is not connected".to_owned(),
        Lacking::Location => "it stands in a zone that the task's subnets do not reach".to_owned(),
        Lacking::Attribute => "it has another architecture".to_owned(),
        Lacking::MemberOf => "it does not meet a constraint".to_owned(),
        Lacking::Distinct => "it has one of its tasks already (distinctInstance)".to_owned(),
        Lacking::Constraint => {
            "it did not meet, at that moment, a constraint about its tasks, its agent, its id or \
             its age"
                .to_owned()
        }
    }
}

/// ` (and 2 further shortages)`, of so many in all.
pub fn more_words(count: u32) -> String {
    match count {
        0 | 1 => String::new(),
        2 => " (and 1 further shortage)".to_owned(),
        more => format!(" (and {} further shortages)", more - 1),
    }
}

/// The ACTIVE instance that comes closest, what it lacks first, in how many ways: one that ECS
/// hears nothing of where there is no other.
fn closest_active(
    need: &Need,
    ports: &Ports,
    (candidates, instances, lost): (&[Candidate], &[InstanceId], &[InstanceId]),
) -> Option<(InstanceId, Lacking, u32)> {
    let active: Vec<usize> = (0..candidates.len())
        .filter(|at| candidates[*at].is_connected)
        .collect();
    let of: Vec<Candidate> = active.iter().map(|at| candidates[*at].clone()).collect();
    let nearest = closest(need, ports, &of);
    let nearest = nearest.map(|it| (instances[active[it.instance]], it.lacking, it.count));
    let unheard = lost.first().map(|id| (*id, Lacking::Agent, 1));
    nearest.or(unheard)
}
