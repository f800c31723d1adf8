//! Whether calls that go round would make one request endlessly many.

use std::collections::BTreeMap;

use crate::demand::load::Fidelity;
use crate::policy::calls::{Edge, amplifying_cycle, visits};
use crate::scenario::plan::{
    CallPlan, RunPlan, ServicePlan, TargetGroupPlan, TaskDefinitionPlan, TimelineEntry, call_links,
};
use crate::scenario::reader::Field;
use crate::scenario::world::work::WorkEntries;

use super::{parts_of, refuse_parts};

/// By caller and callee: how often at the most, and by which revision.
type Most = BTreeMap<(usize, usize), (f64, usize)>;

impl WorkEntries<'_> {
    /// Refuses calls that lead back to their caller more than once a request: one request would
    /// become endlessly many.
    pub(in crate::scenario) fn check_cycles(
        &self,
        run: &RunPlan,
        calls: &[CallPlan],
        (services, definitions): (&[ServicePlan], &[TaskDefinitionPlan]),
        (groups, timeline): (&[TargetGroupPlan], &[TimelineEntry]),
    ) {
        let links = call_links(calls, (services, definitions), timeline);
        let in_parts = |link: &(usize, &CallPlan)| {
            let why = parts_of(&services[link.0], groups)?;
            Some((link.0, why))
        };
        if run.fidelity == Fidelity::Requests
            && let Some((caller, why)) = links.iter().find_map(in_parts)
            && let Some(place) = self.place_of_calls(&[caller], (services, definitions))
        {
            refuse_parts(place, (&services[caller].name, why), "calls of");
        }
        let mut of_revision: BTreeMap<(usize, usize, usize), f64> = BTreeMap::new();
        for (caller, call) in links {
            let key = (caller, call.callee.index(), call.caller.index());
            *of_revision.entry(key).or_default() += call.terms.per_request;
        }
        // Of several revisions the one that calls most often.
        let mut most: Most = BTreeMap::new();
        for ((caller, callee, revision), per_request) in of_revision {
            let most = most.entry((caller, callee)).or_insert((0.0, revision));
            if most.0 < per_request {
                *most = (per_request, revision);
            }
        }
        let edge = |(of, most): (&(usize, usize), &(f64, usize))| (of.0, of.1, most.0);
        let edges: Vec<Edge> = most.iter().map(edge).collect();
        let names = |cycle: &[usize]| -> String {
            let around = cycle.iter().chain(cycle.first());
            let names = around.map(|at| services[*at].name.as_str());
            names.collect::<Vec<&str>>().join(" -> ")
        };
        let help = "let fewer of the requests call back (perRequest below 1), or leave a call out";
        let all: Vec<usize> = (0..services.len()).collect();
        let cycle = amplifying_cycle(services.len(), &edges);
        let (message, on_it) = if let Some(cycle) = cycle {
            let message = format!(
                "calls go round: {}; one request makes {} of itself on the way, so that it would \
                 never end",
                names(&cycle),
                gain(&cycle, &edges)
            );
            (message, cycle)
        } else if visits(&vec![1.0; services.len()], &edges).is_none() {
            let message = "calls go round on several ways which together make one more of each \
                           request, or more: they would never end";
            (message.to_owned(), all)
        } else {
            return;
        };
        let place = self.place_of_ring(&on_it, &most, (services, definitions));
        if let Some(place) = place {
            place.error("endless-calls", message).help(help).report();
        }
    }

    /// The call that closes the ring of these services: one that its service's first revision does
    /// not make, or else of the last to the first, or any from one to another.
    fn place_of_ring(
        &self,
        on_it: &[usize],
        most: &Most,
        of: (&[ServicePlan], &[TaskDefinitionPlan]),
    ) -> Option<&Field<'_>> {
        let place = |from: &usize, to: &usize| {
            let (_, revision) = most.get(&(*from, *to))?;
            self.place_of_call(*revision, *to, of)
        };
        let (first, last) = (on_it.first()?, on_it.last()?);
        let is_later = |(from, to): &(&usize, &usize)| {
            let began = of.0[**from].task_definition.index();
            let edge = most.get(&(**from, **to));
            edge.is_some_and(|(_, revision)| *revision != began)
        };
        let mut steps = on_it.iter().zip(on_it.iter().cycle().skip(1));
        let later = steps.find(is_later);
        let mut others = on_it.iter();
        later
            .and_then(|(from, to)| place(from, to))
            .or_else(|| place(last, first))
            .or_else(|| others.find_map(|from| on_it.iter().find_map(|to| place(from, to))))
    }

    /// Where a revision calls a service: the nearest entry that says what it calls.
    fn place_of_call(
        &self,
        revision: usize,
        callee: usize,
        (services, definitions): (&[ServicePlan], &[TaskDefinitionPlan]),
    ) -> Option<&Field<'_>> {
        let definition = &definitions[revision];
        let (name, family) = (definition.name(), definition.family.as_str());
        let nearest = [name.as_str(), family, "default"]
            .into_iter()
            .find_map(|of| {
                let found = self.entries.iter().find(|(known, _)| *known == of);
                found.and_then(|(_, (work, _))| work.calls.as_ref())
            });
        let is_meant = |name: &str| services[callee].name == name;
        let mut places = nearest?.iter().filter_map(|call| call.service.as_ref());
        let meant = places.find(|(_, name)| is_meant(name));
        meant.map(|(field, _)| field)
    }

    /// The first entry with calls of one of these services.
    fn place_of_calls(
        &self,
        of: &[usize],
        (services, definitions): (&[ServicePlan], &[TaskDefinitionPlan]),
    ) -> Option<&Field<'_>> {
        let families = of.iter().map(|at| {
            let definition = services[*at].task_definition;
            definitions[definition.index()].family.as_str()
        });
        let families: Vec<&str> = families.chain(["default"]).collect();
        let is_one = |name: &str| {
            let family = name.split(':').next().unwrap_or_default();
            families.contains(&family)
        };
        let mut entries = self.entries.iter();
        let found = entries.find(|(name, (work, _))| {
            is_one(name) && work.calls.as_ref().is_some_and(|it| !it.is_empty())
        });
        found.map(|(_, (_, field))| field)
    }
}

/// How many of itself a request makes on its way round.
fn gain(cycle: &[usize], edges: &[Edge]) -> f64 {
    let steps = cycle.iter().zip(cycle.iter().cycle().skip(1));
    let per_step = steps.map(|(from, to)| {
        let edge = edges.iter().find(|it| (it.0, it.1) == (*from, *to));
        edge.map_or(0.0, |it| it.2)
    });
    per_step.product()
}
