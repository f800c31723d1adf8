//! What matters most in a run, by ranked rules over its `summary.json`. Each rule says one thing
//! with its figures and how much it weighs; the heaviest three of different subjects are told.

use serde_json::Value;

use super::answer;

mod requests;

use crate::report::wording::{self, count, length, seconds, share, usd};
use requests::failed_requests;
pub use requests::tells_failures;

/// How many are told.
const TOLD: usize = 3;

/// What a finding is about: of each subject one is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// Requests that failed.
    Requests,
    /// What costs most.
    Cost,
    /// What was paid for nothing.
    Waste,
    /// Tasks that were missing or waited.
    Capacity,
    /// What Spot took back or refused.
    Spot,
    /// Deployments that failed.
    Deployments,
    /// What an account must be allowed first.
    Quota,
    /// How far the figures carry.
    Trust,
}

/// One thing that matters.
#[derive(Clone, PartialEq, Debug)]
pub struct Finding {
    /// What it is about.
    pub subject: Subject,
    /// How much it matters, 0 to 100: above 60 what users of the services feel, below what costs
    /// money or trust.
    pub weight: f64,
    /// The sentence.
    pub says: String,
}

/// The three that matter most, the heaviest first; of each subject one.
pub fn three_most(summary: &Value) -> Vec<Finding> {
    let mut all = Vec::new();
    for rule in RULES {
        rule(summary, &mut all);
    }
    // Stable: of two that weigh the same, the earlier rule comes first.
    all.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let mut told: Vec<Finding> = Vec::new();
    for finding in all {
        if told.len() < TOLD && told.iter().all(|it| it.subject != finding.subject) {
            told.push(finding);
        }
    }
    told
}

/// A rule: adds what it finds.
type Rule = fn(&Value, &mut Vec<Finding>);

const RULES: &[Rule] = &[
    failed_requests,
    missing_tasks,
    unplaced_tasks,
    long_waits,
    lost_jobs,
    failed_deployments,
    interruptions,
    largest_cost,
    largest_waste,
    quotas,
    distrust,
    foreign_prices,
];

fn each<'a>(summary: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    summary[key].as_array().into_iter().flatten()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(0.0)
}

fn name(value: &Value) -> &str {
    value["name"].as_str().unwrap_or("")
}

/// A share of 1 as a weight: `least` for next to nothing, `most` for `much` and more.
fn weight(part: f64, much: f64, least: f64, most: f64) -> f64 {
    least + (most - least) * (part / much).clamp(0.0, 1.0)
}

/// Whether it says how many tasks Spot took back.
pub fn tells_interruptions(summary: &Value) -> bool {
    let mut told = three_most(summary).into_iter();
    told.any(|finding| finding.subject == Subject::Spot && finding.says.starts_with(TOOK))
}

/// How what Spot took back is told.
const TOOK: &str = "Spot took back";

/// The time that figures are of, seconds.
fn measured_s(summary: &Value) -> f64 {
    number(&summary["simulated_s"]) - number(&summary["warm_up_s"])
}

fn missing_tasks(summary: &Value, found: &mut Vec<Finding>) {
    let all_s = measured_s(summary).max(1.0);
    for service in each(summary, "services") {
        let short_s = number(&service["short_of_desired_s"]);
        let part = short_s / all_s;
        if part < 0.001 {
            continue;
        }
        found.push(Finding {
            subject: Subject::Capacity,
            weight: weight(part, 0.2, 35.0, 85.0),
            says: format!(
                "{} had fewer tasks running than it wanted for {} ({} of the time).",
                name(service),
                length(short_s),
                share(part)
            ),
        });
    }
}

fn unplaced_tasks(summary: &Value, found: &mut Vec<Finding>) {
    for service in each(summary, "services") {
        let most = number(&service["unplaced_count"]["max"]);
        if 0.0 < most {
            found.push(Finding {
                subject: Subject::Capacity,
                weight: 88.0,
                says: format!(
                    "Up to {} of {} fitted on no container instance, and none was to come.",
                    wording::counted(most as u64, "task"),
                    name(service)
                ),
            });
        }
    }
}

fn long_waits(summary: &Value, found: &mut Vec<Finding>) {
    let wait = &summary["total"]["tasks"]["instance_wait"];
    let longest = number(&wait["max_s"]);
    if 60.0 <= longest {
        found.push(Finding {
            subject: Subject::Capacity,
            weight: weight(longest, 1_800.0, 40.0, 80.0),
            says: format!(
                "{} waited for an instance: {} on average, {} at most.",
                wording::counted(number(&wait["tasks"]) as u64, "task"),
                seconds(wait["mean_s"].as_f64()),
                length(longest)
            ),
        });
    }
}

fn lost_jobs(summary: &Value, found: &mut Vec<Finding>) {
    for source in each(summary, "job_sources") {
        let (failed, done) = (number(&source["failed"]), number(&source["succeeded"]));
        if 0.0 < failed {
            let part = failed / (failed + done);
            // Those that were never launched are the launches that were refused.
            let why = match refused_for_good(source) == failed {
                true => ": their launches were refused for want of capacity or quota",
                false => "",
            };
            found.push(Finding {
                subject: Subject::Requests,
                weight: weight(part, 0.2, 60.0, 95.0),
                says: format!(
                    "{} of {} did not succeed ({} of all){why}.",
                    wording::counted(failed as u64, "task"),
                    name(source),
                    share(part)
                ),
            });
        }
    }
}

/// Tasks of a schedule's calls that were refused until its last try.
fn refused_for_good(source: &Value) -> f64 {
    let lost = source["schedule"]["lost"].as_object();
    lost.into_iter()
        .flatten()
        .map(|(_, count)| number(count))
        .sum()
}

fn failed_deployments(summary: &Value, found: &mut Vec<Finding>) {
    for service in each(summary, "services") {
        let failed = number(&service["deployments_failed"]);
        if 0.0 < failed {
            found.push(Finding {
                subject: Subject::Deployments,
                weight: 75.0,
                says: format!(
                    "{} of {} failed; {} rolled back.",
                    wording::counted(failed as u64, "deployment"),
                    name(service),
                    number(&service["deployments_rolled_back"])
                ),
            });
        } else if service["first_deployment_failed"] == true {
            found.push(Finding {
                subject: Subject::Deployments,
                weight: 90.0,
                says: format!("The first deployment of {} failed.", name(service)),
            });
        }
    }
}

fn interruptions(summary: &Value, found: &mut Vec<Finding>) {
    let tasks = &summary["total"]["tasks"];
    let (taken, started) = (number(&tasks["interruptions"]), number(&tasks["started"]));
    if 0.0 < taken {
        let again = match number(&tasks["lost_work_s"]) {
            0.0 => String::new(),
            lost => format!("; {} of work was done again", length(lost)),
        };
        found.push(Finding {
            subject: Subject::Spot,
            weight: weight(taken / started.max(taken), 0.2, 40.0, 80.0),
            says: format!(
                "{TOOK} {} of the {} that were started{again}.",
                wording::counted(taken as u64, "task"),
                count(started),
            ),
        });
    }
    let refusals = tasks["refusals"].as_object().into_iter().flatten();
    let refused: f64 = refusals.map(|(_, count)| number(count)).sum();
    // What was lost by them is told already.
    let told = each(summary, "job_sources")
        .map(refused_for_good)
        .sum::<f64>();
    let refused = refused - told;
    if 0.0 < refused {
        found.push(Finding {
            subject: Subject::Spot,
            weight: weight(refused / (started + refused), 0.5, 35.0, 75.0),
            says: match refused {
                1.0 => "1 launch of a task was refused for want of capacity or quota.".to_owned(),
                _ => format!(
                    "{} launches of tasks were refused for want of capacity or quota.",
                    count(refused)
                ),
            },
        });
    }
}

/// What the parts of a bill are told by: the entry of each, the whole, and what follows an amount.
fn of_bill(cost: &Value) -> (&'static str, f64, &'static str) {
    match answer::tells_month(cost) {
        true => (
            "usd_per_month",
            number(&cost["total_usd_per_month"]),
            " a month",
        ),
        false => ("usd", number(&cost["total_usd"]), ""),
    }
}

fn largest_cost(summary: &Value, found: &mut Vec<Finding>) {
    let cost = &summary["cost"];
    let (key, total, word) = of_bill(cost);
    let price = |value: &Value| number(&value[key]);
    let items = cost["by_item"].as_array().into_iter().flatten();
    let largest = items.max_by(|a, b| price(a).total_cmp(&price(b)));
    if let Some(item) = largest
        && 0.0 < total
    {
        let part = price(item) / total;
        found.push(Finding {
            subject: Subject::Cost,
            weight: weight(part, 1.0, 25.0, 70.0),
            says: format!(
                "The largest part of the bill is {}: {} of {}{word} ({}).",
                wording::item(item["item"].as_str().unwrap_or("")),
                usd(price(item)),
                usd(total),
                share(part)
            ),
        });
    }
}

fn largest_waste(summary: &Value, found: &mut Vec<Finding>) {
    let cost = &summary["cost"];
    let (key, total, word) = of_bill(cost);
    let price = |value: &Value| number(&value[key]);
    let waste = cost["waste"].as_array().into_iter().flatten();
    let largest = waste.max_by(|a, b| price(a).total_cmp(&price(b)));
    if let Some(waste) = largest
        && 0.01 * total < price(waste)
    {
        let part = price(waste) / total;
        found.push(Finding {
            subject: Subject::Waste,
            weight: weight(part, 0.6, 20.0, 65.0),
            says: format!(
                "{}{word} ({}) bought nothing: {}.",
                usd(price(waste)),
                share(part),
                wording::waste(name(waste))
            ),
        });
    }
}

fn quotas(summary: &Value, found: &mut Vec<Finding>) {
    let above = each(summary, "quotas").filter(|quota| quota["is_above_default"] == true);
    let worst = above.max_by(|a, b| number(&a["vcpus_max"]).total_cmp(&number(&b["vcpus_max"])));
    if let Some(quota) = worst {
        found.push(Finding {
            subject: Subject::Quota,
            weight: 42.0,
            says: format!(
                "{} needs {} vCPUs at once, a new account has {}: ask for more of quota {} first.",
                quota["provider"].as_str().unwrap_or(""),
                count(number(&quota["vcpus_max"])),
                count(number(&quota["aws_default_vcpus"])),
                quota["quota_code"].as_str().unwrap_or("")
            ),
        });
    }
}

fn distrust(summary: &Value, found: &mut Vec<Finding>) {
    let all_s = measured_s(summary).max(1.0);
    for service in each(summary, "services") {
        let outside_s = number(&service["load"]["distrust_any_s"]);
        let part = outside_s / all_s;
        if part < 0.001 {
            continue;
        }
        found.push(Finding {
            subject: Subject::Trust,
            weight: weight(part, 0.3, 30.0, 78.0),
            says: format!(
                "Trust the figures of {} less for {} ({} of the time): its load model was outside \
                 of the range it is validated for.",
                name(service),
                length(outside_s),
                share(part)
            ),
        });
    }
}

fn foreign_prices(summary: &Value, found: &mut Vec<Finding>) {
    let cost = &summary["cost"];
    let total = number(&cost["total_usd_per_month"]);
    let items = cost["by_item"].as_array().into_iter().flatten();
    let foreign = items.filter(|item| {
        let sureness = item["price_sureness"].as_str();
        !matches!(sureness, Some("primary" | "scenario") | None)
    });
    let usd_of: f64 = foreign.map(|item| number(&item["usd_per_month"])).sum();
    if 0.05 * total < usd_of {
        let part = usd_of / total;
        found.push(Finding {
            subject: Subject::Trust,
            weight: weight(part, 1.0, 20.0, 45.0),
            says: format!(
                "{} of the cost rests on prices that are not AWS's own figures; the assumptions \
                 below name their sources.",
                share(part)
            ),
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(summary: &Value) -> Vec<String> {
        three_most(summary).into_iter().map(|it| it.says).collect()
    }

    fn cost() -> Value {
        json!({
            "reported_hours": 168.0,
            "total_usd_per_month": 751.01,
            "by_item": [
                { "item": "cloudwatch_logs_ingestion", "usd_per_month": 36.1,
                  "price_sureness": "primary" },
                { "item": "data_transfer_out_internet_first_10tb", "usd_per_month": 346.8,
                  "price_sureness": "secondary" },
            ],
            "waste": [
                { "name": "start_up", "usd_per_month": 0.96 },
                { "name": "idle", "usd_per_month": 255.0 },
            ],
        })
    }

    #[test]
    fn a_web_service_tells_what_failed_what_costs_and_what_is_wasted() {
        let summary = json!({
            "simulated_s": 604_800.0,
            "cost": cost(),
            "services": [{
                "name": "api",
                "short_of_desired_s": 4_895.0,
                "load": {
                    "failed_percent": 0.928, "failed_requests": 435_494.6,
                    "first_tries": 46_920_360.0, "distrust_any_s": 3_564.4,
                    "response": { "p99_max_minute_s": 14.0 },
                },
            }],
        });
        assert_eq!(
            told(&summary),
            [
                "Of the requests to api, 0.928 % failed for good (435 k of 46.9 M).",
                "The largest part of the bill is data to the internet: $346.80 of $751.01 a month \
                 (46.2 %).",
                "$255.00 a month (34.0 %) bought nothing: reserved and not used.",
            ]
        );
    }

    #[test]
    fn what_stands_above_is_not_told_again() {
        let service = json!({ "name": "api", "load": {
            "failed_percent": 0.928, "failed_requests": 435_494.6, "first_tries": 46_920_360.0,
        } });
        let broken = |text: &str| json!({ "text": text, "held": false });
        let services = [service];
        let with = |objectives: Value| {
            let mut summary = json!({ "simulated_s": 3_600.0, "services": services });
            summary["objectives"] = objectives;
            summary
        };
        let only = with(json!([broken("FailedRequests of api below 0.5 %")]));
        let short = "435 k of 46.9 M requests to api failed for good.";
        assert_eq!(told(&only), [short]);
        // Of several broken ones none is told by its value.
        let text = "FailedRequests of api2 below 0.5 %";
        let several = with(json!([
            broken("FailedRequests of api below 0.5 %"),
            broken(text)
        ]));
        let whole = "Of the requests to api, 0.928 % failed for good (435 k of 46.9 M).";
        assert_eq!(told(&several), [whole]);
        assert_eq!(told(&with(json!([broken(text)]))), [whole]);
        assert!(tells_failures(&only, "api") && tells_failures(&several, "api"));
        assert!(!tells_failures(&only, "web"));
    }

    #[test]
    fn a_job_lost_to_a_refusal_is_told_once() {
        let lost = |failed: u32, refused: u32| {
            let source = json!({ "name": "backup", "failed": failed, "succeeded": 112,
                                 "schedule": { "lost": { "spot_capacity": refused } } });
            told(&json!({
                "total": { "tasks": { "started": 112, "refusals": { "spot_capacity": refused } } },
                "job_sources": [source],
            }))
        };
        let why = "4 tasks of backup did not succeed (3.4 % of all): their launches were refused \
                   for want of capacity or quota.";
        assert_eq!(lost(4, 4), [why]);
        assert_eq!(
            lost(5, 4),
            ["5 tasks of backup did not succeed (4.3 % of all)."]
        );
    }

    #[test]
    fn a_run_too_short_to_tell_a_month_tells_none() {
        let cost = json!({
            "reported_hours": 0.5,
            "total_usd": 0.5,
            "total_usd_per_month": 730.0,
            "by_item": [
                { "item": "fargate_vcpu_hour_x86", "usd": 0.4, "usd_per_month": 584.0 },
            ],
            "waste": [{ "name": "idle", "usd": 0.2, "usd_per_month": 292.0 }],
        });
        let told = told(&json!({ "simulated_s": 1_800.0, "cost": cost }));
        assert_eq!(told.len(), 2);
        assert!(told.iter().all(|it| !it.contains("month")), "{told:?}");
        assert!(
            told.iter().any(|it| it.contains("$0.40 of $0.50 (80.0 %)")),
            "{told:?}"
        );
    }

    #[test]
    fn what_users_feel_comes_before_what_costs() {
        let summary = json!({
            "simulated_s": 86_400.0,
            "cost": cost(),
            "total": { "tasks": { "started": 100, "interruptions": 40, "lost_work_s": 7_200.0,
                                  "refusals": {} } },
            "services": [
                { "name": "web", "unplaced_count": { "max": 3 } },
                { "name": "app", "deployments_failed": 1, "deployments_rolled_back": 1 },
            ],
        });
        assert_eq!(
            told(&summary),
            [
                "Up to 3 tasks of web fitted on no container instance, and none was to come.",
                "Spot took back 40 tasks of the 100 that were started; 2 h of work was done again.",
                "1 deployment of app failed; 1 rolled back.",
            ]
        );
    }

    #[test]
    fn of_each_subject_one_is_told_the_heaviest() {
        let service = |name: &str, failed: f64| {
            json!({ "name": name, "load": { "failed_percent": failed, "failed_requests": 5.0,
                                            "first_tries": 10.0 } })
        };
        let summary = json!({
            "simulated_s": 3_600.0,
            "services": [service("a", 0.5), service("b", 1.5), service("c", 0.001)],
        });
        let told = told(&summary);
        assert_eq!(
            told,
            ["Of the requests to b, 1.5 % failed for good (5 of 10)."]
        );
    }

    #[test]
    fn a_run_of_which_nothing_is_known_says_nothing() {
        assert!(told(&json!({})).is_empty());
    }
}
