//! Which revisions a service runs in a plan, and what DAEMON services find beside them.

use crate::ids::{ServiceId, TaskDefinitionId};
use crate::scenario::plan::{
    Plan, ServicePlan, ServiceUpdate, TaskSetPlan, TaskSetStep, TimelineAction, WorkPlan,
};

impl Plan {
    /// The revisions that a service starts with or changes to.
    pub fn revisions_of(&self, id: ServiceId) -> Vec<TaskDefinitionId> {
        let service = self.service(id);
        let mut all = vec![service.task_definition];
        all.extend(self.updates_of(id).filter_map(|it| it.task_definition));
        let sets = service.task_sets.iter().chain(self.created_sets(id));
        all.extend(sets.map(|set| set.task_definition));
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The UpdateService calls of a service, as the timeline has them.
    pub fn updates_of(&self, id: ServiceId) -> impl Iterator<Item = &ServiceUpdate> {
        let actions = self.timeline.iter().map(|entry| &entry.action);
        actions.filter_map(move |action| match action {
            TimelineAction::UpdateService(update) => (update.service == id).then_some(update),
            _ => None,
        })
    }

    /// The task sets that the operator gives a service.
    fn created_sets(&self, id: ServiceId) -> impl Iterator<Item = &TaskSetPlan> {
        let actions = self.timeline.iter().map(|entry| &entry.action);
        actions.filter_map(move |action| match action {
            TimelineAction::TaskSet(of) if of.service == id => match &of.step {
                TaskSetStep::Create(set) => Some(set.as_ref()),
                TaskSetStep::Scale(_) | TaskSetStep::MakePrimary | TaskSetStep::Delete => None,
            },
            _ => None,
        })
    }

    /// The DAEMON services that have work for the tasks beside them, in any of their revisions.
    pub fn daemons_beside(&self) -> impl Iterator<Item = ServiceId> {
        let ids = (0..self.services.len()).map(ServiceId::from_index);
        ids.filter(|id| self.serves_beside(*id))
    }

    /// Whether a service is one of these.
    pub fn serves_beside(&self, id: ServiceId) -> bool {
        let has_work = |it: &TaskDefinitionId| self.task_definition(*it).work.beside.is_some();
        self.service(id).is_daemon && self.revisions_of(id).iter().any(has_work)
    }

    /// Whether an alarm or a scaling policy looks at a service's metrics. An objective does not: it
    /// moves nothing, and judges what is known.
    pub fn watches(&self, id: ServiceId) -> bool {
        let mut targets = self.scalable_targets.iter();
        let is_scaled = targets.any(|it| it.service == id && it.has_policies());
        is_scaled || self.alarms.iter().any(|it| it.service == id)
    }

    /// Whether a service that nobody asks has a load all the same, which is what its tasks use:
    /// somebody watches it, or it serves the tasks beside it and keeps memory, which is on the bill
    /// whoever looks.
    pub fn has_idle_load(&self, id: ServiceId) -> bool {
        let keeps = |it: &TaskDefinitionId| self.task_definition(*it).work.memory_growth.is_some();
        self.watches(id) || (self.serves_beside(id) && self.revisions_of(id).iter().any(keeps))
    }

    /// Whether it is given what the tasks of a service do: of others what they leave unused, and
    /// what they use in the mean of all, is not known, whoever watches them.
    pub fn is_given(&self, id: ServiceId) -> bool {
        self.service(id).demand.is_some() || self.serves_beside(id)
    }

    /// Log bytes of a request of a service whose tasks run on instances; `None`: they don't, or it
    /// is a DAEMON.
    pub fn logged_on_instances(&self, service: &ServicePlan) -> Option<f64> {
        let mut items = service.strategy.items().iter();
        let is_on_instances = items.any(|item| self.provider(item.provider).kind.is_hosted());
        let work = &self.task_definition(service.task_definition).work;
        (is_on_instances && !service.is_daemon).then(|| work.logged_per_request())
    }
}

impl WorkPlan {
    /// Log bytes of a request, wherever they go.
    pub fn logged_per_request(&self) -> f64 {
        self.log_bytes_per_request + self.logged_elsewhere[0]
    }

    /// Log bytes of a task's second, wherever they go.
    pub fn logged_per_second(&self) -> f64 {
        self.log_bytes_per_second + self.logged_elsewhere[1]
    }
}
