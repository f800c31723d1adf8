//! The account: its quotas, and the ECS setting that instances feel.

use crate::catalog::instances::EniTrunking;
use crate::engine::SimDuration;
use crate::policy::launch_rate::{Limit, RUN_TASK_CALLS, RUN_TASK_CALLS_ON_INSTANCES};
use crate::scenario::context::Context;
use crate::scenario::node::quote;
use crate::scenario::plan::{QuotaPlan, RetirementPlan};
use crate::scenario::reader::{Field, MapReader};

/// What the account says.
pub(super) struct Account {
    pub(super) quotas: QuotaPlan,
    /// The setting `awsvpcTrunking`, where it is given.
    trunking: Option<EniTrunking>,
    /// The setting `fargateTaskRetirementWaitPeriod`, where it is given.
    retirement_wait: Option<SimDuration>,
}

/// The days that AWS waits from the notice of a retirement (ECS developer guide, "task
/// retirement").
const WAITS: [(&str, u64); 3] = [("0", 0), ("7", 7), ("14", 14)];
const DAY_S: u64 = 86_400;

const SWITCH: [(&str, EniTrunking); 2] =
    [("enabled", EniTrunking::On), ("disabled", EniTrunking::Off)];

impl Account {
    /// Whether instances have trunk interfaces.
    pub(super) fn trunking(&self, cx: &Context<'_>) -> EniTrunking {
        self.trunking.unwrap_or_else(|| {
            cx.default_text("aws.account.settings.awsvpcTrunking");
            EniTrunking::Off
        })
    }
}

impl Account {
    /// Retirement of Fargate tasks, where the world has it: so often.
    pub(super) fn retirement(
        &self,
        cx: &Context<'_>,
        every: Option<SimDuration>,
    ) -> Option<RetirementPlan> {
        let path = "aws.account.settings.fargateTaskRetirementWaitPeriod";
        let wait = || SimDuration::from_secs(u64::from(cx.default_u32(path)) * DAY_S);
        every.map(|every| RetirementPlan {
            every,
            wait: self.retirement_wait.unwrap_or_else(wait),
        })
    }
}

/// Reads `aws.account`.
pub(super) fn read(cx: &Context<'_>, aws: &mut MapReader<'_>) -> Account {
    let mut account = aws.map("account");
    let settings = account.as_mut().and_then(|map| map.field("settings"));
    let (trunking, retirement_wait) = settings.map_or((None, None), |it| settings_of(&it));
    let mut quotas = account.as_mut().and_then(|map| map.map("quotas"));
    let account_quotas = read_quotas(cx, quotas.as_mut());
    for map in [quotas, account].into_iter().flatten() {
        map.finish();
    }
    Account {
        quotas: account_quotas,
        trunking,
        retirement_wait,
    }
}

/// `{ awsvpcTrunking: enabled }`, or the list that `aws ecs list-account-settings` prints.
fn settings_of(field: &Field<'_>) -> (Option<EniTrunking>, Option<SimDuration>) {
    let (mut trunking, mut retirement_wait) = (None, None);
    let mut others: Vec<String> = Vec::new();
    let mut setting = |name: &str, value: Option<Field<'_>>| match name {
        "awsvpcTrunking" => trunking = value.and_then(|field| field.choice(&SWITCH)),
        "fargateTaskRetirementWaitPeriod" => {
            let days = value.and_then(|field| field.choice(&WAITS));
            retirement_wait = days.map(|days| SimDuration::from_secs(days * DAY_S));
        }
        other => others.push(other.to_owned()),
    };
    if field.is_list() {
        for item in field.list().unwrap_or_default() {
            let Some(mut map) = item.map() else { continue };
            let name = map.str("name").unwrap_or_default();
            setting(name, map.field("value"));
            map.finish_aws("ecs.Setting");
        }
    } else if let Some(mut map) = field.map() {
        for (key, value) in map.entries() {
            setting(&key.text, Some(value));
        }
        map.finish();
    }
    if !others.is_empty() {
        let message = format!("no effect here: account settings {}", others.join(", "));
        field.note("no-effect", message).report();
    }
    (trunking, retirement_wait)
}

/// The quotas: by AWS's quota codes, or by names.
fn read_quotas(cx: &Context<'_>, mut quotas: Option<&mut MapReader<'_>>) -> QuotaPlan {
    let mut number = |keys: &[&'static str], default: &str| {
        let map = quotas.as_mut();
        let fields = map.map(|map| keys.iter().filter_map(|key| map.field(key)).collect());
        let found = only_one(cx, fields.unwrap_or_default());
        if found.is_none() {
            cx.default_text(default);
        }
        found
    };
    let vcpus = |field: Field<'_>| match field.node().as_text() {
        Some("raised") => None,
        _ => field.u32(0..=10_000_000),
    };
    let on_demand = ["L-3032A538", "fargateOnDemandVcpus"];
    let spot = ["L-36FBB829", "fargateSpotVcpus"];
    let fargate_vcpus = number(&on_demand, "aws.account.quotas.L-3032A538").and_then(vcpus);
    let fargate_spot_vcpus = number(&spot, "aws.account.quotas.L-36FBB829").and_then(vcpus);
    let calls_path = "aws.account.quotas.runTaskCallRate";
    let calls = number(&["runTaskCallRate"], calls_path).and_then(|it| it.u32(1..=100_000));
    if calls.is_none() {
        cx.default_text(calls_path);
    }
    let calls = calls.map(|calls| Limit::per_second(calls, calls));
    let mut rate = |key: &'static str, path: &str| {
        let given = number(&[key], path).and_then(|field| field.u32(1..=100_000));
        given.unwrap_or_else(|| cx.default_u32(path))
    };
    QuotaPlan {
        run_task_calls: calls.unwrap_or(RUN_TASK_CALLS),
        run_task_calls_on_instances: calls.unwrap_or(RUN_TASK_CALLS_ON_INSTANCES),
        fargate_vcpus,
        fargate_spot_vcpus,
        launch_burst: rate(
            "fargateLaunchBurst",
            "aws.account.quotas.fargateLaunchBurst",
        ),
        launch_rate_per_s: rate("fargateLaunchRate", "aws.account.quotas.fargateLaunchRate"),
        service_launches_per_minute: rate(
            "serviceLaunchesPerMinute",
            "aws.account.quotas.serviceLaunchesPerMinute",
        ),
    }
}

/// The first of fields that are names of one quota; refuses any other with both places.
fn only_one<'a>(cx: &Context<'_>, fields: Vec<Field<'a>>) -> Option<Field<'a>> {
    let mut fields = fields.into_iter();
    let first = fields.next()?;
    let name = |field: &Field<'_>| quote(field.path().rsplit('.').next().unwrap_or_default());
    for other in fields {
        let (file, line) = (first.span().file, first.span().start.line);
        let place = match file == other.span().file {
            true => format!("in line {line}"),
            false => format!("in {}:{line}", cx.sources.name(file)),
        };
        let message = format!(
            "{} here and {} {place} are two names of one quota",
            name(&other),
            name(&first)
        );
        let error = other.error("duplicate-key", message);
        error.help("keep one of the two").report();
    }
    Some(first)
}
