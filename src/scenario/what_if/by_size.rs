//! `whatIf.providerBySize`: strategies by the size of tasks.

use crate::ids::TaskDefinitionId;
use crate::policy::strategy::Strategy;
use crate::policy::what_if::UpTo;
use crate::scenario::aws::{Aws, Hosted};
use crate::scenario::context::Context;
use crate::scenario::plan::{
    ArrivalPlan, JOB_ITEMS_MAX, SizeRule, TaskSetStep, TimelineAction, TimelineEntry, WhatIfPlan,
};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::work::vcpus;
use crate::units::{CpuUnits, MiB};

/// The most rules.
const RULES_MAX: usize = 10;
const BYTES_PER_MIB: u64 = 1 << 20;

/// Reads the rules, and checks that the tasks which each is for can run where it sends them.
pub(super) fn read(cx: &Context<'_>, field: &Field<'_>, aws: &Aws<'_>) -> Vec<SizeRule> {
    let entries = field.list().unwrap_or_default();
    if RULES_MAX < entries.len() {
        let count = entries.len();
        let message = format!("{count} rules are too many, at most {RULES_MAX} are read");
        field.error("too-many", message).report();
        return Vec::new();
    }
    let mut rules: Vec<SizeRule> = Vec::new();
    let mut places = Vec::new();
    for entry in entries {
        let Some(mut map) = entry.map() else { continue };
        let up_to = map.map("upTo").map(up_to).unwrap_or_default();
        let strategy = map.required("capacityProviderStrategy");
        let strategy = strategy.and_then(|field| {
            let strategy = aws.provider_names.strategy(&field)?;
            places.push(field);
            Some(strategy)
        });
        map.finish();
        if let Some(strategy) = strategy {
            rules.push(SizeRule { up_to, strategy });
        }
    }
    let own = aws.job_sources.iter().map(|it| it.strategy.items().len());
    let items = rules.iter().map(|it| it.strategy.items().len());
    if JOB_ITEMS_MAX < own.max().unwrap_or(0) + items.sum::<usize>() {
        let message = format!(
            "the strategies of all rules and of a program have more than {JOB_ITEMS_MAX} items"
        );
        field.error("too-many", message).report();
        return Vec::new();
    }
    let plan = WhatIfPlan {
        by_size: rules,
        ..WhatIfPlan::default()
    };
    check(cx, (&plan, &places), aws);
    if !plan.by_size.is_empty() {
        cx.note(
            "whatIf.providerBySize: tasks have the strategy of the first rule for their size in \
             place of their own; this is not AWS's behaviour"
                .to_owned(),
        );
    }
    plan.by_size
}

fn up_to(mut map: MapReader<'_>) -> UpTo {
    let cpu = map
        .field("cpu")
        .and_then(|field| field.value("vCPUs", vcpus));
    let memory = map.size("memory");
    map.finish();
    let units = |vcpus: f64| (vcpus * f64::from(CpuUnits::PER_VCPU)).round() as u32;
    let mib = |bytes: u64| u32::try_from(bytes / BYTES_PER_MIB).unwrap_or(u32::MAX);
    UpTo {
        cpu: cpu.map(|vcpus| CpuUnits(units(vcpus))),
        memory: memory.map(|bytes| MiB(mib(bytes))),
    }
}

/// Gives services the strategies of the rules, also where a deployment changes their tasks' size.
/// Jobs have theirs when they come.
pub(super) fn apply(plan: &WhatIfPlan, aws: &mut Aws<'_>, timeline: &mut [TimelineEntry]) {
    let services = aws.services.iter();
    let own = services.map(|service| (service.task_definition, service.strategy.clone()));
    let mut states: Vec<(TaskDefinitionId, Strategy)> = own.collect();
    for (index, (definition, own)) in states.iter().enumerate() {
        if !aws.services[index].is_daemon {
            let effective = of_definition(plan, aws, *definition).unwrap_or(own);
            aws.services[index].strategy = effective.clone();
        }
        for at in 0..aws.services[index].task_sets.len() {
            let definition = aws.services[index].task_sets[at].task_definition;
            if let Some(effective) = of_definition(plan, aws, definition) {
                aws.services[index].task_sets[at].strategy = effective.clone();
            }
        }
    }
    for entry in timeline {
        let update = match &mut entry.action {
            TimelineAction::UpdateService(update) => update,
            TimelineAction::TaskSet(action) => {
                if let TaskSetStep::Create(set) = &mut action.step
                    && let Some(effective) = of_definition(plan, aws, set.task_definition)
                {
                    set.strategy = effective.clone();
                }
                continue;
            }
            _ => continue,
        };
        let at = update.service.index();
        let (definition, own) = &mut states[at];
        if let Some(strategy) = &update.strategy {
            own.clone_from(strategy);
        }
        if let Some(next) = update.task_definition {
            *definition = next;
        }
        let changes = update.strategy.is_some() || update.task_definition.is_some();
        if changes && !aws.services[at].is_daemon {
            let effective = of_definition(plan, aws, *definition).unwrap_or(own);
            update.strategy = Some(effective.clone());
        }
    }
}

fn of_definition<'p>(
    plan: &'p WhatIfPlan,
    aws: &Aws<'_>,
    definition: TaskDefinitionId,
) -> Option<&'p Strategy> {
    let definition = aws.task_definitions.get(definition);
    let rule = plan.rule_of_size((definition.cpu, definition.memory))?;
    Some(&plan.by_size[rule].strategy)
}

/// Reports tasks that can't run where their rule sends them. Jobs of a trace may have any size.
fn check(cx: &Context<'_>, (plan, places): (&WhatIfPlan, &[Field<'_>]), aws: &Aws<'_>) {
    let of = |definition: TaskDefinitionId| {
        let definition = aws.task_definitions.get(definition);
        plan.rule_of_size((definition.cpu, definition.memory))
    };
    for service in aws.services.iter().filter(|service| !service.is_daemon) {
        if let Some(rule) = of(service.task_definition) {
            let hosted = Hosted {
                task_definition: service.task_definition,
                strategy: &plan.by_size[rule].strategy,
                placement: &service.placement,
                zones: &service.zones,
            };
            aws.fit().check(cx, &places[rule], &hosted);
        }
    }
    for program in &aws.job_sources {
        let sizes_vary = matches!(program.arrivals, Some(ArrivalPlan::Trace(_)));
        let its = of(program.task_definition);
        for rule in (0..places.len()).filter(|rule| sizes_vary || its == Some(*rule)) {
            let hosted = Hosted {
                task_definition: program.task_definition,
                strategy: &plan.by_size[rule].strategy,
                placement: &program.placement,
                zones: &program.zones,
            };
            aws.fit().check(cx, &places[rule], &hosted);
        }
    }
}
