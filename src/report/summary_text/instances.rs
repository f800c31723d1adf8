//! How the cluster's own instances did: how many, how full, what they cost.

use super::Text;
use crate::billing::{ANYWHERE_HOUR, Bill, Subtotal};
use crate::observe::summary::{CountSummary, ExternalSummary, GroupSummary};
use crate::report::results::Results;
use crate::report::table::{Align, Table};
use crate::report::wording::{count, counted, length, percent, usd};

/// Nothing without Auto Scaling groups.
pub(super) fn tell(results: &Results<'_>, text: &mut Text) {
    let groups = &results.played.outcome.observed.summary.groups;
    if groups.is_empty() {
        return;
    }
    text.section("Instances");
    let mut table = Table::new(&[
        ("", Align::Left),
        ("on demand", Align::Right),
        ("Spot", Align::Right),
        ("hours", Align::Right),
        ("launched", Align::Right),
        ("failed", Align::Right),
        ("taken back", Align::Right),
        ("CPU", Align::Right),
        ("memory", Align::Right),
        ("this run", Align::Right),
    ]);
    let costs = Costs::of(&results.played.bill, groups);
    for group in groups {
        table.row([
            match group.external {
                Some(_) => format!("{} (EXTERNAL)", group.name),
                None => group.name.clone(),
            },
            match group.spot.max {
                0 => range_or(&group.on_demand, "0"),
                _ => range(&group.on_demand),
            },
            range(&group.spot),
            count(libm::round(group.instance_hours)),
            count(group.launches as f64),
            count(group.failed_launches as f64),
            count(group.interruptions as f64),
            percent(group.cpu_reserved_percent),
            percent(group.memory_reserved_percent),
            usd(costs.usd(group)),
        ]);
    }
    text.table(&table);
    text.line("  mean (least to most); CPU and memory: reserved by tasks of what is registered");
    for (group, plan) in groups.iter().zip(&results.plan.groups) {
        match &group.external {
            Some(external) => text.fact(&group.name, &befell(external)),
            None => text.fact(&group.name, &scaling(group, plan.managed.is_some())),
        }
        for (what, times) in &group.refused_requests {
            text.fact(&group.name, &refused(what, *times));
        }
    }
}

/// What groups cost: that of their providers; of one's own machines their share of what ECS
/// Anywhere costs, by their hours.
struct Costs {
    providers: Vec<Subtotal>,
    anywhere_usd: f64,
    external_hours: f64,
}

impl Costs {
    fn of(bill: &Bill, groups: &[GroupSummary]) -> Self {
        let external = groups.iter().filter(|group| group.external.is_some());
        let is_anywhere = |it: &&Subtotal| it.name == ANYWHERE_HOUR;
        let items = bill.by_item();
        Costs {
            providers: bill.by_provider(),
            anywhere_usd: items
                .iter()
                .find(is_anywhere)
                .map_or(0.0, |it| it.cost.usd()),
            external_hours: external.map(|group| group.instance_hours).sum(),
        }
    }

    fn usd(&self, group: &GroupSummary) -> f64 {
        if group.external.is_some() {
            let share = group.instance_hours / self.external_hours;
            return if share.is_finite() {
                self.anywhere_usd * share
            } else {
                0.0
            };
        }
        let name = group.provider.as_deref();
        let mut its = self.providers.iter();
        let its = its.find(|it| Some(it.name.as_str()) == name);
        its.map_or(0.0, |it| it.cost.usd())
    }
}

fn scaling(group: &GroupSummary, is_managed: bool) -> String {
    let waiting = match group.waiting_tasks.max {
        0 => String::new(),
        most => format!(
            "; up to {} waited for one",
            counted(u64::from(most), "task")
        ),
    };
    let warm = group.warm.as_ref();
    let warm = warm.map_or_else(String::new, |warm| format!("; warm pool {}", range(warm)));
    let at_risk = match group.rebalance_recommendations {
        0 => String::new(),
        some => format!("; {}", counted(some, "rebalance recommendation")),
    };
    let fragments = match group.fragmented_vcpu_hours {
        hours if hours < 0.05 => String::new(),
        hours => format!(
            "; {hours:.1} vCPU hours and {:.1} GiB hours free in pieces too small for who waited",
            group.fragmented_gib_hours
        ),
    };
    let stuck = match group.stuck_s {
        seconds if seconds <= 0.0 => String::new(),
        seconds => format!(
            "; for {} only tasks waited that exceed the smallest of its types, for which managed \
             scaling launches nothing",
            length(seconds)
        ),
    };
    let size = match is_managed {
        // Managed Instances have no desired capacity that somebody would scale.
        true => "Managed Instances".to_owned(),
        false => format!(
            "desired {}; {}, {}",
            range_or(&group.desired_capacity, "0"),
            counted(group.scale_outs, "scale-out"),
            counted(group.scale_ins, "scale-in"),
        ),
    };
    let empty = group.empty.mean;
    format!(
        "{size}; {empty:.1} without a task on average{warm}{at_risk}{waiting}{stuck}{fragments}"
    )
}

fn befell(external: &ExternalSummary) -> String {
    format!(
        "{} with the tasks on the machine, {} of an agent",
        counted(external.failures, "failure"),
        counted(external.disconnects, "disconnect"),
    )
}

/// What AWS refused, and so did not happen.
fn refused(what: &str, times: u64) -> String {
    let words = match what {
        "instance_refresh_in_progress" => {
            "AWS refuses an instance refresh while one runs (InstanceRefreshInProgress)"
        }
        "scheduled_action_min_above_max" => {
            "AWS refuses a scheduled action whose MinSize is above the group's MaxSize of then"
        }
        _ => "AWS refuses a scheduled action whose DesiredCapacity is outside the bounds of then",
    };
    format!("warning: {words}: {}", counted(times, "time"))
}

/// `2.3 (1 to 4)`; a count that never was is left out.
fn range(of: &CountSummary) -> String {
    range_or(of, "–")
}

/// The same, with a word for a count that never was anything but 0.
fn range_or(of: &CountSummary, none: &str) -> String {
    match (of.min, of.max) {
        (_, 0) => none.to_owned(),
        (min, max) if min == max => max.to_string(),
        (min, max) => format!("{:.1} ({min} to {max})", of.mean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_over_time_is_told_with_its_range() {
        let range = |mean, min, max| range(&CountSummary { mean, min, max });
        assert_eq!(range(2.25, 1, 4), "2.2 (1 to 4)");
        assert_eq!(range(3.0, 3, 3), "3");
        assert_eq!(range(0.0, 0, 0), "–");
        assert_eq!(range_or(&CountSummary::default(), "0"), "0");
    }
}
