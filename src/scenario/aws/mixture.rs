//! Strategies of one kind of capacity: what AWS does not let stand in one.

use crate::scenario::arn::arn_name;
use crate::scenario::plan::ProviderKind;
use crate::scenario::reader::Field;

use super::cluster::{Known, Providers, kind_of};

impl Providers {
    /// AWS: a strategy has Fargate's providers only, or those of Auto Scaling groups only
    /// (CreateService, `capacityProviderStrategy`); that those of Managed Instances stand alone as
    /// well is an ASSUMPTION.
    pub(super) fn refuse_mixture(&self, field: &Field<'_>, items: &[Field<'_>]) -> Option<()> {
        let name = |item: &Field<'_>| {
            let name = item.node().get("capacityProvider")?.as_text()?;
            Some(arn_name(name).to_owned())
        };
        let names: Vec<String> = items.iter().filter_map(name).collect();
        let fargate = names.iter().find(|name| kind_of(name).is_some());
        let managed = names.iter().find(|name| self.is_managed(name));
        let group = names
            .iter()
            .find(|name| self.is_group(name) && !self.is_managed(name));
        let (kinds, first, second) = match (fargate, managed, group) {
            (Some(fargate), None, Some(group)) => (
                "Fargate's providers or those of Auto Scaling groups",
                fargate,
                group,
            ),
            (Some(other), Some(managed), _) => (
                "Fargate's providers or those of Managed Instances",
                other,
                managed,
            ),
            (None, Some(managed), Some(group)) => (
                "providers of Managed Instances or of Auto Scaling groups",
                managed,
                group,
            ),
            _ => return Some(()),
        };
        let message = format!("a strategy has {kinds}, not both: {first} and {second}");
        let help = "keep one of the two kinds, or make a service of each";
        let wrong = field.error("invalid-strategy", message);
        wrong.help(help).report();
        None
    }

    fn is_group(&self, name: &str) -> bool {
        let of_group = |known: &&Known| known.kind.group().is_some() && known.name == name;
        self.known.iter().any(|known| of_group(&known))
            || self.refused.iter().any(|refused| refused == name)
    }

    fn is_managed(&self, name: &str) -> bool {
        let is_it = |known: &Known| {
            matches!(known.kind, ProviderKind::ManagedInstances(_)) && known.name == name
        };
        self.known.iter().any(is_it)
    }
}
