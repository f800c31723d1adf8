//! How numbers and names are put for people: one value one way, everywhere.

use std::borrow::Cow;

use crate::report::axis::Unit;

/// An item of the bill in words; items without words of their own keep their name.
pub fn item(name: &str) -> Cow<'_, str> {
    for (prefix, how) in [
        ("ec2_on_demand_hour_", "on demand"),
        ("ec2_spot_hour_", "Spot"),
        ("ecs_managed_instances_fee_hour_", "management"),
    ] {
        if let Some(instance_type) = name.strip_prefix(prefix) {
            return format!("{instance_type} {how}").into();
        }
    }
    let words = of_fargate(name).or_else(|| of_traffic(name));
    words.or_else(|| of_others(name)).unwrap_or(name).into()
}

/// Items of Fargate in words.
fn of_fargate(name: &str) -> Option<&'static str> {
    Some(match name {
        "ecs_anywhere_instance_hour" => "ECS Anywhere",
        "fargate_vcpu_hour_x86" => "Fargate vCPU",
        "fargate_gb_hour_x86" => "Fargate memory",
        "fargate_vcpu_hour_arm" => "Fargate vCPU (ARM)",
        "fargate_gb_hour_arm" => "Fargate memory (ARM)",
        "fargate_vcpu_hour_windows" => "Fargate vCPU (Windows)",
        "fargate_gb_hour_windows" => "Fargate memory (Windows)",
        "fargate_windows_licence_vcpu_hour" => "Windows licence, a vCPU",
        "fargate_spot_vcpu_hour_x86" => "Fargate Spot vCPU",
        "fargate_spot_gb_hour_x86" => "Fargate Spot memory",
        "fargate_spot_vcpu_hour_arm" => "Fargate Spot vCPU (ARM)",
        "fargate_spot_gb_hour_arm" => "Fargate Spot memory (ARM)",
        "fargate_ephemeral_gb_hour" => "ephemeral storage",
        _ => return None,
    })
}

/// Items of load balancers, of monitoring and of data that goes somewhere in words.
fn of_traffic(name: &str) -> Option<&'static str> {
    Some(match name {
        "alb_hour" => "load balancer hours",
        "alb_lcu_hour" => "load balancer capacity (LCU)",
        "nlb_hour" => "Network Load Balancer hours",
        "nlb_nlcu_hour" => "Network Load Balancer capacity (NLCU)",
        "clb_hour" => "Classic Load Balancer hours",
        "clb_data_processed" => "data through Classic Load Balancers",
        "cloudwatch_logs_ingestion" => "CloudWatch Logs",
        "cloudwatch_logs_ingestion_infrequent_access" => "CloudWatch Logs (infrequent access)",
        "cloudwatch_logs_storage" => "CloudWatch Logs kept",
        "cloudwatch_logs_insights_query" => "CloudWatch Logs searched",
        "cloudwatch_api_request" => "CloudWatch API requests",
        "cloudwatch_dashboard" => "CloudWatch dashboards",
        "cloudwatch_custom_metric_first_10000"
        | "cloudwatch_custom_metric_next_240000"
        | "cloudwatch_custom_metric_next_750000"
        | "cloudwatch_custom_metric_over_1000000" => "CloudWatch custom metrics",
        "container_insights_enhanced_ecs_metric" => "Container Insights (enhanced)",
        "data_transfer_cross_az_each_direction" => "data between zones",
        "data_transfer_out_internet_first_10tb" | "data_transfer_out_internet_next_40tb" => {
            "data to the internet"
        }
        "data_transfer_out_other_region" => "data to other regions",
        "sqs_standard_requests_after_1m_free" => "SQS requests",
        "eventbridge_scheduler_invocations_after_14m_free" => "EventBridge Scheduler calls",
        "eventbridge_custom_events" => "EventBridge events",
        "ecr_storage" => "images in ECR",
        "public_ipv4_idle_hour" => "public IPv4 addresses (idle)",
        _ => return None,
    })
}

/// All other items in words.
fn of_others(name: &str) -> Option<&'static str> {
    Some(match name {
        "secretsmanager_secret_month" => "secrets",
        "secretsmanager_api" => "secrets read",
        "kms_key_month" => "KMS keys",
        "kms_requests_symmetric" => "KMS requests",
        "cloud_map_discover_instances" => "Cloud Map lookups",
        "cloud_map_resource_month" => "Cloud Map registrations",
        "nat_gateway_hour" => "NAT gateway hours",
        "nat_gateway_data_processed" => "data through NAT gateways",
        "interface_vpc_endpoint_hour" => "VPC endpoint hours",
        "interface_vpc_endpoint_data_first_1pb" => "data through VPC endpoints",
        "cloudwatch_alarm_standard" => "CloudWatch alarms",
        "cloudwatch_alarm_high_resolution" => "high-resolution alarms",
        "public_ipv4_in_use_hour" => "public IPv4 addresses",
        "ebs_gp3_storage" | "ebs_gp2_storage" | "ebs_io1_storage" | "ebs_io2_storage"
        | "ebs_st1_storage" | "ebs_sc1_storage" => "EBS volumes",
        "ebs_gp3_iops_over_3000" | "ebs_io1_iops" | "ebs_io2_iops_first_32000" => "EBS IOPS",
        "ebs_gp3_throughput_over_125" => "EBS throughput",
        "efs_standard_storage" => "EFS storage",
        "ec2_cpu_credits_vcpu_hour" => "CPU credits",
        "commitment_unused" => "committed and not used",
        _ => return None,
    })
}

/// What containers beside the code reserve, in words.
pub const SIDECARS: &str = "containers beside the code, by what they reserve";

/// A class of waste in words.
pub fn waste(class: &str) -> &str {
    match class {
        "start_up" => "starting tasks",
        "interrupted" => "work lost with interrupted tasks",
        "idle" => "reserved and not used",
        "unreserved" => "instances that no task reserved",
        "empty" => "instances without a task",
        "fragmented" => "room of no use to the tasks that waited",
        _ => class,
    }
}

/// US dollars, thousands separated: `$1,234.56`.
pub fn usd(amount: f64) -> String {
    usd_to(amount, CENTS)
}

/// US dollars with as many digits as a small amount needs: `$0.0007`, `$0.0712`, `$12.30`.
pub fn small_usd(amount: f64) -> String {
    usd_to(amount, usd_decimals(amount, None))
}

/// Decimals of an amount in US dollars, and of half of its interval, so that neither is shown as
/// nothing where it is something: three digits of an amount below ten cents, one of a half below a
/// cent, no more than two of any half; a millionth of a dollar at most.
pub fn usd_decimals(amount: f64, half_width: Option<f64>) -> usize {
    let needed = |value: f64, digits: i32| {
        let decimals = digits - 1 - libm::floor(libm::log10(value.abs())) as i32;
        decimals.clamp(CENTS as i32, MICRO as i32) as usize
    };
    let is_small = |value: f64, most: f64| (5e-7..most).contains(&value.abs());
    let of_amount = match is_small(amount, 0.1) {
        true => {
            let text = format!("{:.*}", needed(amount, 3), amount);
            let digits = text.trim_end_matches('0').split_once('.');
            digits.map_or(CENTS, |it| it.1.len().max(CENTS))
        }
        false => CENTS,
    };
    let half = half_width.filter(|half| is_small(*half, 0.005));
    let decimals = of_amount.max(half.map_or(CENTS, |half| needed(half, 1)));
    match half_width.filter(|half| 5e-7 < *half) {
        Some(half) => decimals.min(needed(half, 2)),
        None => decimals,
    }
}

/// A width, with as many digits as it takes to be something: `$0.0007`, `0.003`, `0.0004 %`.
pub fn width(width: f64, unit: &Unit) -> String {
    let shown = match unit {
        Unit::Usd => return small_usd(width),
        Unit::Count | Unit::Percent | Unit::Seconds => unit.show(width),
    };
    let is_nothing = !shown.contains(|it: char| ('1'..='9').contains(&it));
    if !is_nothing || width <= 0.0 || *unit == Unit::Seconds {
        return shown;
    }
    let decimals = (-libm::floor(libm::log10(width))).min(12.0) as usize;
    let behind = if *unit == Unit::Percent { " %" } else { "" };
    format!("{width:.decimals$}{behind}")
}

/// Decimals of cents.
const CENTS: usize = 2;
/// Decimals of what AWS counts in.
const MICRO: usize = 6;

/// US dollars with so many decimals.
pub fn usd_to(amount: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", amount.abs());
    let (whole, rest) = text.split_once('.').unwrap_or((&text, "00"));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if 0 < place && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let is_nothing = text.chars().all(|it| matches!(it, '0' | '.'));
    let sign = if amount < 0.0 && !is_nothing { "-" } else { "" };
    format!("{sign}${grouped}.{rest}")
}

/// Seconds: `52 ms`, `1.2 s`, `7 min`; `–` without a value.
pub fn seconds(value: Option<f64>) -> String {
    shown(value, &Unit::Seconds)
}

/// Percent: `37.5 %`; `–` without a value.
pub fn percent(value: Option<f64>) -> String {
    shown(value, &Unit::Percent)
}

/// A share of 1 in percent, with enough digits that a small one is not nothing.
pub fn share(value: f64) -> String {
    let percent = 100.0 * value;
    match percent {
        _ if percent == 0.0 => "0 %".to_owned(),
        _ if percent < 0.001 => "under 0.001 %".to_owned(),
        _ if percent < 1.0 => format!("{percent:.3} %"),
        // What is not quite 99 % is not told as 99.0 %.
        _ if (98.95..99.0).contains(&percent) => format!("{percent:.2} %"),
        _ if 99.0 < percent && percent < 100.0 => format!("{percent:.2} %"),
        _ => format!("{percent:.1} %"),
    }
}

/// Things counted: `1,234`, `47.2 M`.
pub fn count(value: f64) -> String {
    Unit::Count.show(value)
}

/// `1 job`, `2 jobs`.
pub fn counted(count: u64, one: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {one}{plural}", Unit::Count.show(count as f64))
}

/// How many times as many: `2.5`; of a thousand and more nobody needs to know the digits.
pub fn times(ratio: f64) -> String {
    match ratio < 1_000.0 {
        true => format!("{ratio:.1}"),
        false => "over 1,000".to_owned(),
    }
}

/// A length of simulated time: `7 d`, `90 min`, `2.5 h`.
pub fn length(seconds: f64) -> String {
    let (value, unit) = match seconds {
        _ if 172_800.0 <= seconds => (seconds / 86_400.0, "d"),
        _ if 7_200.0 <= seconds => (seconds / 3_600.0, "h"),
        _ if 120.0 <= seconds => (seconds / 60.0, "min"),
        _ => (seconds, "s"),
    };
    let text = format!("{value:.1}");
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}

fn shown(value: Option<f64>, unit: &Unit) -> String {
    value.map_or_else(|| "–".to_owned(), |value| unit.show(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_and_shares_keep_what_is_small() {
        assert_eq!(usd(1_234_567.891), "$1,234,567.89");
        assert_eq!(usd(-0.001), "$0.00");
        for (amount, text) in [
            (0.000_7, "$0.0007"),
            (0.071_23, "$0.0712"),
            (0.07, "$0.07"),
            (0.38, "$0.38"),
            (12.3, "$12.30"),
            (-0.004, "-$0.004"),
            (0.0, "$0.00"),
            (1e-9, "$0.00"),
        ] {
            assert_eq!(small_usd(amount), text);
        }
        for (part, text) in [
            (0.989_8, "98.98 %"),
            (0.99, "99.0 %"),
            (0.990_1, "99.01 %"),
            (0.989, "98.9 %"),
        ] {
            assert_eq!(share(part), text);
        }
        assert_eq!(width(0.002_9, &Unit::Count), "0.003");
        assert_eq!(width(0.000_4, &Unit::Percent), "0.0004 %");
        assert_eq!(width(0.1, &Unit::Count), "0.1");
        assert_eq!(width(0.000_7, &Unit::Usd), "$0.0007");
        assert_eq!(usd_decimals(684.57, Some(0.51)), 2);
        assert_eq!(usd_decimals(684.57, Some(0.000_4)), 4);
        assert_eq!(usd_decimals(684.57, Some(1e-13)), 2);
        assert_eq!(usd_decimals(0.000_485, Some(0.006_4)), 4);
        assert_eq!(usd_decimals(0.061_1, Some(0.139_9)), 2);
        assert_eq!(share(0.000_02), "0.002 %");
        assert_eq!(share(0.000_000_1), "under 0.001 %");
        assert_eq!(share(0.999_5), "99.95 %");
        assert_eq!(share(1.0), "100.0 %");
    }

    #[test]
    fn a_length_of_time_is_told_in_its_unit() {
        assert_eq!(length(604_800.0), "7 d");
        assert_eq!(length(86_400.0), "24 h");
        assert_eq!(length(5_400.0), "90 min");
    }
}
