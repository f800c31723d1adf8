//! CPU and memory as ECS writes them.

use super::ValueError;
use crate::scenario::node::quote;
use crate::units::{CpuUnits, MiB};

/// ECS's CPU: `256`, `"256"` (CPU units), `"1 vCPU"`, `".25 vCPU"`; at most 1,024 vCPUs.
///
/// RegisterTaskDefinition's `cpu`: "as an integer using CPU units (for example, 1024) or as a
/// string using vCPUs (for example, 1 vCPU or 1 vcpu)" (AWS's API model in botocore 1.44.5).
pub fn aws_cpu(text: &str) -> Result<CpuUnits, ValueError> {
    let units = amount(text, "vcpu", 1024.0, 1_048_576.0).ok_or_else(|| {
        let message = format!("{} is no amount of CPU", quote(text));
        ValueError::new(
            message,
            "write CPU units like 256, or vCPUs like \"0.25 vCPU\"",
        )
    })?;
    Ok(CpuUnits(units))
}

/// ECS's memory: `512`, `"512"` (MiB), `"2 GB"`, `"0.5GB"`; at most 64 TiB.
///
/// RegisterTaskDefinition's `memory`: "as an integer using MiB (for example ,1024) or as a string
/// using GB (for example, 1GB or 1 GB)"; its table has "512 (0.5 GB), 1024 (1 GB)", so that 1 GB is
/// 1,024 MiB there (same source).
pub fn aws_memory(text: &str) -> Result<MiB, ValueError> {
    let mebibytes = amount(text, "gb", 1024.0, 67_108_864.0).ok_or_else(|| {
        let message = format!("{} is no amount of memory", quote(text));
        ValueError::new(message, "write MiB like 512, or GB like \"0.5 GB\"")
    })?;
    Ok(MiB(mebibytes))
}

fn amount(text: &str, unit: &str, factor: f64, max: f64) -> Option<u32> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let (number, factor) = match lower.strip_suffix(unit) {
        Some(number) => (number.trim_end(), factor),
        None => (lower.as_str(), 1.0),
    };
    let digits = number
        .chars()
        .all(|letter| letter.is_ascii_digit() || letter == '.');
    let value = number.parse::<f64>().ok().filter(|_| digits)? * factor;
    (value.fract() == 0.0 && value <= max).then_some(value as u32)
}
