//! The services by name.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::ServiceId;
use crate::scenario::context::unknown_name;
use crate::scenario::plan::ServicePlan;
use crate::scenario::reader::Field;

/// The services by name, and the names of those that were refused: who names these has done nothing
/// wrong.
pub(in crate::scenario) struct ServiceNames {
    pub(super) ids: BTreeMap<String, ServiceId>,
    pub(super) refused: BTreeSet<String>,
}

impl ServiceNames {
    pub(super) fn of(services: &[ServicePlan], refused: BTreeSet<String>) -> Self {
        let services = services.iter().enumerate();
        let id = |(index, service): (usize, &ServicePlan)| {
            (service.name.clone(), ServiceId::from_index(index))
        };
        let ids = services.map(id).collect();
        ServiceNames { ids, refused }
    }

    /// The service of this name; reports at `field` if there is none.
    pub(in crate::scenario) fn resolve(&self, field: &Field<'_>, name: &str) -> Option<ServiceId> {
        let found = self.ids.get(name).copied();
        if found.is_none() && !self.refused.contains(name) {
            unknown_name(field, "service", name, self.ids.keys().map(String::as_str));
        }
        found
    }
}
