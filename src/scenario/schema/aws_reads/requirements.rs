//! What the simulation does with the fields of InstanceRequirements, which three APIs have.

use super::{AwsReads, row};

macro_rules! requirements {
    ($($pascal:literal | $camel:literal: $effect:literal;)*) => {
        const OF_AUTO_SCALING: &[(&str, &str)] = &[$(($pascal, $effect)),*];
        const OF_EC2: &[(&str, &str)] = &[
            $(($pascal, $effect),)*
            (
                "RequireEncryptionInTransit",
                "only types that encrypt what goes to other instances",
            ),
        ];
        const OF_ECS: &[(&str, &str)] = &[$(($camel, $effect)),*];
    };
}

requirements! {
    "VCpuCount" | "vCpuCount": "vCPUs of a type";
    "MemoryMiB" | "memoryMiB": "nominal memory of a type";
    "MemoryGiBPerVCpu" | "memoryGiBPerVCpu": "that memory for each vCPU";
    "CpuManufacturers" | "cpuManufacturers": "intel, amd, amazon-web-services or apple";
    "AllowedInstanceTypes" | "allowedInstanceTypes": "these only; * is any text";
    "ExcludedInstanceTypes" | "excludedInstanceTypes": "not these; * is any text";
    "InstanceGenerations" | "instanceGenerations": "current, previous";
    "BareMetal" | "bareMetal": "included, excluded or required";
    "BurstablePerformance" | "burstablePerformance": "included, excluded or required";
    "LocalStorage" | "localStorage":
        "types with instance store volumes: included, excluded or required";
    "LocalStorageTypes" | "localStorageTypes": "hdd, ssd: of such volumes, where a type has some";
    "TotalLocalStorageGB" | "totalLocalStorageGB": "all such volumes of a type";
    "NetworkInterfaceCount" | "networkInterfaceCount": "network interfaces of a type";
    "NetworkBandwidthGbps" | "networkBandwidthGbps": "network bandwidth that a type sustains";
    "BaselineEbsBandwidthMbps" | "baselineEbsBandwidthMbps":
        "bandwidth to EBS that a type sustains";
    "AcceleratorCount" | "acceleratorCount": "GPUs, FPGAs and the like of a type";
    "AcceleratorTypes" | "acceleratorTypes": "gpu, fpga, inference or media";
    "AcceleratorManufacturers" | "acceleratorManufacturers":
        "nvidia, amd, amazon-web-services, xilinx or habana";
    "AcceleratorNames" | "acceleratorNames": "EC2's names: t4, a10g, inferentia";
    "AcceleratorTotalMemoryMiB" | "acceleratorTotalMemoryMiB":
        "the memory of all accelerators of a type";
    "RequireHibernateSupport" | "requireHibernateSupport": "only types that can hibernate";
    "OnDemandMaxPricePercentageOverLowestPrice" | "onDemandMaxPricePercentageOverLowestPrice":
        "how much dearer than the cheapest C, M or R type";
    "SpotMaxPricePercentageOverLowestPrice" | "spotMaxPricePercentageOverLowestPrice":
        "the same, of Spot prices";
    "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice"
        | "maxSpotPriceAsPercentageOfOptimalOnDemandPrice":
        "how dear Spot may be, of the cheapest C, M or R type on demand";
}

const MIN_MAX: &[(&str, &str)] = &[("Min", "the least"), ("Max", "the most")];
const SMALL_MIN_MAX: &[(&str, &str)] = &[("min", "the least"), ("max", "the most")];

/// The shapes, by API.
pub const TABLE: &[AwsReads] = &[
    row(
        "autoscaling.InstanceRequirements",
        OF_AUTO_SCALING,
        &["BaselinePerformanceFactors"],
    ),
    row("autoscaling.VCpuCountRequest", MIN_MAX, &[]),
    row("autoscaling.MemoryMiBRequest", MIN_MAX, &[]),
    row("autoscaling.MemoryGiBPerVCpuRequest", MIN_MAX, &[]),
    row("autoscaling.TotalLocalStorageGBRequest", MIN_MAX, &[]),
    row("autoscaling.NetworkInterfaceCountRequest", MIN_MAX, &[]),
    row("autoscaling.NetworkBandwidthGbpsRequest", MIN_MAX, &[]),
    row("autoscaling.BaselineEbsBandwidthMbpsRequest", MIN_MAX, &[]),
    row("autoscaling.AcceleratorCountRequest", MIN_MAX, &[]),
    row("autoscaling.AcceleratorTotalMemoryMiBRequest", MIN_MAX, &[]),
    row(
        "ec2.InstanceRequirements",
        OF_EC2,
        &["BaselinePerformanceFactors"],
    ),
    row("ec2.VCpuCountRange", MIN_MAX, &[]),
    row("ec2.MemoryMiB", MIN_MAX, &[]),
    row("ec2.MemoryGiBPerVCpu", MIN_MAX, &[]),
    row("ec2.TotalLocalStorageGB", MIN_MAX, &[]),
    row("ec2.NetworkInterfaceCount", MIN_MAX, &[]),
    row("ec2.NetworkBandwidthGbps", MIN_MAX, &[]),
    row("ec2.BaselineEbsBandwidthMbps", MIN_MAX, &[]),
    row("ec2.AcceleratorCount", MIN_MAX, &[]),
    row("ec2.AcceleratorTotalMemoryMiB", MIN_MAX, &[]),
    row("ecs.InstanceRequirementsRequest", OF_ECS, &[]),
    row("ecs.VCpuCountRangeRequest", SMALL_MIN_MAX, &[]),
    row("ecs.MemoryMiBRequest", SMALL_MIN_MAX, &[]),
    row("ecs.MemoryGiBPerVCpuRequest", SMALL_MIN_MAX, &[]),
    row("ecs.TotalLocalStorageGBRequest", SMALL_MIN_MAX, &[]),
    row("ecs.NetworkInterfaceCountRequest", SMALL_MIN_MAX, &[]),
    row("ecs.NetworkBandwidthGbpsRequest", SMALL_MIN_MAX, &[]),
    row("ecs.BaselineEbsBandwidthMbpsRequest", SMALL_MIN_MAX, &[]),
    row("ecs.AcceleratorCountRequest", SMALL_MIN_MAX, &[]),
    row("ecs.AcceleratorTotalMemoryMiBRequest", SMALL_MIN_MAX, &[]),
];
