//! What was decided of groups of instances and of EventBridge's calls, asked again.

use super::super::{Replay, group, launch, schedule};
use crate::observe::trail::Launched;
use crate::policy::auto_scaling_group::{Purchase, on_demand_order, spot_order, zone_to_launch};

/// The decisions that come out otherwise.
pub(super) fn disagreements(replay: &Replay<'_>) -> Vec<String> {
    let trail = replay.trail;
    let scalings = trail.group_scalings.iter();
    let scalings = scalings.filter(|it| group::answer(replay, it) != Some(it.decided));
    let mut found: Vec<String> = scalings.map(|it| format!("not so again: {it:?}")).collect();
    let launched = trail.launched.iter();
    found.extend(launched.filter_map(|it| of_launch(replay, it)));
    let records = trail.instances.iter();
    for record in records {
        let chosen = trail.ends_chosen.iter();
        let mut chosen = chosen.filter(|it| it.instance == record.id && !it.among.is_empty());
        found.extend(chosen.find_map(|it| {
            let again = launch::chosen_again(replay, record, it, None);
            (again != Some(it.position)).then(|| format!("another ends again: {it:?}"))
        }));
    }
    for (at, asked) in &trail.failed_calls {
        let target = replay.plan.job_sources[asked.source.index()].target;
        let again = target.map(|target| schedule::lost::ask_again(asked, *at, &target));
        if again != Some(asked.delivery) {
            found.push(format!("{again:?} where {asked:?}"));
        }
    }
    found
}

/// The zone and the order of the types of a launch.
fn of_launch(replay: &Replay<'_>, launched: &Launched) -> Option<String> {
    let pool = launched.pool.as_ref()?;
    let records = replay.trail.instances.iter();
    let record = records.into_iter().find(|it| it.id == launched.instance)?;
    let group = replay.plan.group(record.group);
    let order = match pool.purchase {
        Purchase::OnDemand => on_demand_order(group.on_demand_allocation, &pool.pools),
        Purchase::Spot => spot_order(group.spot_allocation, &pool.pools),
    };
    let mut order = order.into_iter();
    let is_in_order = pool.tried.iter().all(|kind| order.any(|it| it == *kind));
    let zone = zone_to_launch(&pool.by_zone, &pool.closed);
    let is_there = zone == Some(pool.zone) && group.zones[pool.zone] == record.zone;
    let is_type = pool.tried.last() == Some(&(record.type_index as usize));
    (!is_in_order || !is_there || !is_type).then(|| format!("launched elsewhere: {launched:?}"))
}
