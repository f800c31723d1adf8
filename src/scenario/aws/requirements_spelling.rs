//! How EC2 Auto Scaling, EC2 and ECS spell the fields of InstanceRequirements: alike, but that ECS
//! begins them with a small letter.

use crate::policy::instance_requirements::Requirement;
use crate::policy::instance_requirements::Requirement as R;

/// How an API spells the fields.
pub(super) struct Spelling {
    /// The API, as blocks of `catalog::fields` begin.
    api: &'static str,
    /// The block in it.
    block: &'static str,
    /// What the blocks of ranges end with.
    suffix: &'static str,
    /// The block of the range of vCPUs, which is named unlike the others.
    vcpus: &'static str,
    is_camel: bool,
    /// Where the block stands, as the table of defaults has it.
    path: &'static str,
    /// Where the architecture of the image comes from if the fields do not say it: a path and what
    /// stands with it.
    pub(super) architecture: [&'static str; 2],
}

/// A field as EC2 and as ECS have it.
const NAMES: [(Requirement, &str, &str); 25] = [
    (
        R::AllowedInstanceTypes,
        "AllowedInstanceTypes",
        "allowedInstanceTypes",
    ),
    (
        R::ExcludedInstanceTypes,
        "ExcludedInstanceTypes",
        "excludedInstanceTypes",
    ),
    (R::VCpuCount, "VCpuCount", "vCpuCount"),
    (R::MemoryMiB, "MemoryMiB", "memoryMiB"),
    (R::MemoryGiBPerVCpu, "MemoryGiBPerVCpu", "memoryGiBPerVCpu"),
    (R::CpuManufacturers, "CpuManufacturers", "cpuManufacturers"),
    (
        R::InstanceGenerations,
        "InstanceGenerations",
        "instanceGenerations",
    ),
    (R::BareMetal, "BareMetal", "bareMetal"),
    (
        R::BurstablePerformance,
        "BurstablePerformance",
        "burstablePerformance",
    ),
    (R::LocalStorage, "LocalStorage", "localStorage"),
    (
        R::LocalStorageTypes,
        "LocalStorageTypes",
        "localStorageTypes",
    ),
    (
        R::TotalLocalStorageGB,
        "TotalLocalStorageGB",
        "totalLocalStorageGB",
    ),
    (
        R::NetworkInterfaceCount,
        "NetworkInterfaceCount",
        "networkInterfaceCount",
    ),
    (
        R::NetworkBandwidthGbps,
        "NetworkBandwidthGbps",
        "networkBandwidthGbps",
    ),
    (
        R::BaselineEbsBandwidthMbps,
        "BaselineEbsBandwidthMbps",
        "baselineEbsBandwidthMbps",
    ),
    (R::AcceleratorCount, "AcceleratorCount", "acceleratorCount"),
    (R::AcceleratorTypes, "AcceleratorTypes", "acceleratorTypes"),
    (
        R::AcceleratorManufacturers,
        "AcceleratorManufacturers",
        "acceleratorManufacturers",
    ),
    (R::AcceleratorNames, "AcceleratorNames", "acceleratorNames"),
    (
        R::AcceleratorTotalMemoryMiB,
        "AcceleratorTotalMemoryMiB",
        "acceleratorTotalMemoryMiB",
    ),
    (
        R::RequireHibernateSupport,
        "RequireHibernateSupport",
        "requireHibernateSupport",
    ),
    (
        R::RequireEncryptionInTransit,
        "RequireEncryptionInTransit",
        "requireEncryptionInTransit",
    ),
    (
        R::OnDemandMaxPricePercentageOverLowestPrice,
        "OnDemandMaxPricePercentageOverLowestPrice",
        "onDemandMaxPricePercentageOverLowestPrice",
    ),
    (
        R::SpotMaxPricePercentageOverLowestPrice,
        "SpotMaxPricePercentageOverLowestPrice",
        "spotMaxPricePercentageOverLowestPrice",
    ),
    (
        R::MaxSpotPriceAsPercentageOfOptimalOnDemandPrice,
        "MaxSpotPriceAsPercentageOfOptimalOnDemandPrice",
        "maxSpotPriceAsPercentageOfOptimalOnDemandPrice",
    ),
];

impl Spelling {
    /// EC2 Auto Scaling's, of an override.
    pub(super) const AUTO_SCALING: Spelling = Spelling {
        api: "autoscaling",
        block: "InstanceRequirements",
        suffix: "Request",
        vcpus: "VCpuCountRequest",
        is_camel: false,
        path: "aws.autoScalingGroups.*.MixedInstancesPolicy.LaunchTemplate.Overrides.*.\
               InstanceRequirements",
        architecture: OF_IMAGE,
    };

    /// EC2's, of a launch template.
    pub(super) const EC2: Spelling = Spelling {
        api: "ec2",
        block: "InstanceRequirements",
        suffix: "",
        vcpus: "VCpuCountRange",
        is_camel: false,
        path: "aws.launchTemplates.*.LaunchTemplateData.InstanceRequirements",
        architecture: OF_IMAGE,
    };

    /// ECS's, of Managed Instances.
    pub(super) const ECS: Spelling = Spelling {
        api: "ecs",
        block: "InstanceRequirementsRequest",
        suffix: "Request",
        vcpus: "VCpuCountRangeRequest",
        is_camel: true,
        path: "aws.capacityProviders.*.managedInstancesProvider.instanceLaunchTemplate.\
               instanceRequirements",
        architecture: [
            "aws.capacityProviders.*.managedInstancesProvider.instanceLaunchTemplate.\
             instanceRequirements.cpuManufacturers",
            "ASSUMPTION: the instances have the architecture of the task definitions",
        ],
    };

    /// The name of a field.
    pub(super) fn key(&self, field: Requirement) -> &'static str {
        let row = NAMES.iter().find(|(known, ..)| *known == field);
        let (_, pascal, camel) = row.expect("every field has a name");
        match self.is_camel {
            true => camel,
            false => pascal,
        }
    }

    /// A field's path in the table of defaults.
    pub(super) fn path(&self, field: Requirement) -> String {
        format!("{}.{}", self.path, self.key(field))
    }

    /// The least and the most of a range.
    pub(super) fn ends(&self) -> [&'static str; 2] {
        match self.is_camel {
            true => ["min", "max"],
            false => ["Min", "Max"],
        }
    }

    /// The whole block.
    pub(super) fn block(&self) -> String {
        format!("{}.{}", self.api, self.block)
    }

    /// The block of a field's range.
    pub(super) fn block_of(&self, field: Requirement) -> String {
        let row = NAMES.iter().find(|(known, ..)| *known == field);
        let (_, pascal, _) = row.expect("every field has a name");
        match field {
            R::VCpuCount => format!("{}.{}", self.api, self.vcpus),
            _ => format!("{}.{pascal}{}", self.api, self.suffix),
        }
    }

    /// Whether the API asks for encryption in transit.
    pub(super) fn has_encryption(&self) -> bool {
        self.api == "ec2"
    }

    /// Whether the API has `BaselinePerformanceFactors`.
    pub(super) fn has_performance_factors(&self) -> bool {
        !self.is_camel
    }
}

const OF_IMAGE: [&str; 2] = [
    "aws.launchTemplates.*.LaunchTemplateData.ImageId",
    "ASSUMPTION: the image's, which the scenario does not say: that of the task definitions",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::fields::Block;

    #[test]
    fn the_names_are_those_of_the_apis() {
        for spelling in [Spelling::AUTO_SCALING, Spelling::EC2, Spelling::ECS] {
            let block = Block::new(&spelling.block()).unwrap();
            let mut known = block.names();
            known.retain(|name| *name != "BaselinePerformanceFactors");
            let is_of_api = |field: &Requirement| {
                *field != R::RequireEncryptionInTransit || spelling.has_encryption()
            };
            let fields = NAMES.iter().map(|(field, ..)| *field).filter(is_of_api);
            let mut ours: Vec<&str> = fields.map(|field| spelling.key(field)).collect();
            known.sort_unstable();
            ours.sort_unstable();
            assert_eq!(ours, known);
        }
    }
}
