//! The things that AWS charges for: one name and one unit each, the same in every file and
//! override.

macro_rules! items {
    ($($(#[$doc:meta])* $item:ident = $name:literal, $unit:literal;)*) => {
        /// A priced thing: what stands on one line of a price list.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Item {
            $($(#[$doc])* $item,)*
        }

        impl Item {
            /// All items, in the order of [`Item::index`].
            pub const ALL: &'static [Item] = &[$(Item::$item,)*];

            /// The name in scenario files, price tables and `cost.csv`; it never changes.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Item::$item => $name,)*
                }
            }

            /// What one price buys: `vCPU-hour`, `GB`, `1000 requests`.
            pub const fn unit(self) -> &'static str {
                match self {
                    $(Item::$item => $unit,)*
                }
            }
        }
    };
}

items! {
    /// A vCPU of Fargate, Linux on x86.
    FargateVcpuHourX86 = "fargate_vcpu_hour_x86", "vCPU-hour";
    /// A GB of memory of Fargate, Linux on x86.
    FargateGbHourX86 = "fargate_gb_hour_x86", "GB-hour";
    /// A vCPU of Fargate, Linux on ARM.
    FargateVcpuHourArm = "fargate_vcpu_hour_arm", "vCPU-hour";
    /// A GB of memory of Fargate, Linux on ARM.
    FargateGbHourArm = "fargate_gb_hour_arm", "GB-hour";
    /// A vCPU of Fargate, Windows.
    FargateVcpuHourWindows = "fargate_vcpu_hour_windows", "vCPU-hour";
    /// A GB of memory of Fargate, Windows.
    FargateGbHourWindows = "fargate_gb_hour_windows", "GB-hour";
    /// A vCPU of Fargate Spot, Linux on x86.
    FargateSpotVcpuHourX86 = "fargate_spot_vcpu_hour_x86", "vCPU-hour";
    /// A GB of memory of Fargate Spot, Linux on x86.
    FargateSpotGbHourX86 = "fargate_spot_gb_hour_x86", "GB-hour";
    /// A vCPU of Fargate Spot, Linux on ARM.
    FargateSpotVcpuHourArm = "fargate_spot_vcpu_hour_arm", "vCPU-hour";
    /// A GB of memory of Fargate Spot, Linux on ARM.
    FargateSpotGbHourArm = "fargate_spot_gb_hour_arm", "GB-hour";
    /// The Windows licence of a vCPU of Fargate, on top of the vCPU.
    FargateWindowsLicenceVcpuHour = "fargate_windows_licence_vcpu_hour", "vCPU-hour";
    /// A GB of Fargate's ephemeral storage over the 20 included.
    FargateEphemeralGbHour = "fargate_ephemeral_gb_hour", "GB-hour";
    /// An Application Load Balancer, each hour or part of one.
    AlbHour = "alb_hour", "hour";
    /// A load balancer capacity unit of an Application Load Balancer.
    AlbLcuHour = "alb_lcu_hour", "LCU-hour";
    /// Data through a Classic Load Balancer.
    ClbDataProcessed = "clb_data_processed", "GB";
    /// A Classic Load Balancer.
    ClbHour = "clb_hour", "hour";
    /// Cloud Map's DiscoverInstances calls.
    CloudMapDiscoverInstances = "cloud_map_discover_instances", "1 million calls";
    /// A resource registered in Cloud Map.
    CloudMapResourceMonth = "cloud_map_resource_month", "registered resource-month";
    /// A CloudWatch alarm with periods under a minute.
    CloudwatchAlarmHighResolution = "cloudwatch_alarm_high_resolution", "alarm-metric-month";
    /// A CloudWatch alarm.
    CloudwatchAlarmStandard = "cloudwatch_alarm_standard", "alarm-metric-month";
    /// CloudWatch API requests.
    CloudwatchApiRequest = "cloudwatch_api_request", "1000 requests";
    /// A custom metric, the first 10,000 of a month.
    CloudwatchCustomMetricFirst10000 = "cloudwatch_custom_metric_first_10000", "metric-month";
    /// A custom metric, the next 240,000 of a month.
    CloudwatchCustomMetricNext240000 = "cloudwatch_custom_metric_next_240000", "metric-month";
    /// A custom metric, the next 750,000 of a month.
    CloudwatchCustomMetricNext750000 = "cloudwatch_custom_metric_next_750000", "metric-month";
    /// A custom metric over the first million of a month.
    CloudwatchCustomMetricOver1000000 = "cloudwatch_custom_metric_over_1000000", "metric-month";
    /// A CloudWatch dashboard.
    CloudwatchDashboard = "cloudwatch_dashboard", "dashboard-month";
    /// CloudWatch Logs, standard class: data taken in.
    CloudwatchLogsIngestion = "cloudwatch_logs_ingestion", "GB";
    /// CloudWatch Logs, infrequent access class: data taken in.
    CloudwatchLogsIngestionInfrequentAccess = "cloudwatch_logs_ingestion_infrequent_access", "GB";
    /// CloudWatch Logs Insights: data scanned.
    CloudwatchLogsInsightsQuery = "cloudwatch_logs_insights_query", "GB scanned";
    /// CloudWatch Logs: data kept.
    CloudwatchLogsStorage = "cloudwatch_logs_storage", "GB-month (compressed)";
    /// A metric of Container Insights with enhanced observability; that the price feed's
    /// unnamed row is this one is an inference.
    ContainerInsightsEnhancedEcsMetric = "container_insights_enhanced_ecs_metric", "metric-month";
    /// EKS observations of Container Insights; not for ECS.
    ContainerInsightsEnhancedEksObservationFirst1e9 =
        "container_insights_enhanced_eks_observation_first_1e9",
        "1 million observations";
    /// Data from one zone to another: charged out of the one and into the other.
    DataTransferCrossAzEachDirection = "data_transfer_cross_az_each_direction", "GB";
    /// Data out to the internet, the first 10 TB of a month.
    DataTransferOutInternetFirst10tb = "data_transfer_out_internet_first_10tb", "GB";
    /// Data out to the internet, the next 40 TB of a month.
    DataTransferOutInternetNext40tb = "data_transfer_out_internet_next_40tb", "GB";
    /// Data out to another region.
    DataTransferOutOtherRegion = "data_transfer_out_other_region", "GB";
    /// An EBS gp2 volume.
    EbsGp2Storage = "ebs_gp2_storage", "GB-month";
    /// IOPS of an EBS gp3 volume over 3,000.
    EbsGp3IopsOver3000 = "ebs_gp3_iops_over_3000", "provisioned IOPS-month";
    /// An EBS gp3 volume.
    EbsGp3Storage = "ebs_gp3_storage", "GB-month";
    /// Throughput of an EBS gp3 volume over 125 MiB/s.
    EbsGp3ThroughputOver125 = "ebs_gp3_throughput_over_125", "MiB/s-month";
    /// IOPS of an EBS io1 volume.
    EbsIo1Iops = "ebs_io1_iops", "provisioned IOPS-month";
    /// An EBS io1 volume.
    EbsIo1Storage = "ebs_io1_storage", "GB-month";
    /// IOPS of an EBS io2 volume, the first 32,000.
    EbsIo2IopsFirst32000 = "ebs_io2_iops_first_32000", "provisioned IOPS-month";
    /// An EBS io2 volume.
    EbsIo2Storage = "ebs_io2_storage", "GB-month";
    /// An EBS sc1 volume.
    EbsSc1Storage = "ebs_sc1_storage", "GB-month";
    /// An EBS st1 volume.
    EbsSt1Storage = "ebs_st1_storage", "GB-month";
    /// Images kept in ECR.
    EcrStorage = "ecr_storage", "GB-month";
    /// An ECS Anywhere instance.
    EcsAnywhereInstanceHour = "ecs_anywhere_instance_hour", "instance-hour";
    /// The ECS Managed Instances fee of a c6a.2xlarge, as AWS's page quotes it.
    EcsManagedInstancesFeeC6a2xlarge = "ecs_managed_instances_fee_c6a_2xlarge", "instance-hour";
    /// The ECS Managed Instances fee as a fraction of the on-demand price: no amount in
    /// dollars.
    EcsManagedInstancesFeeFractionOfOnDemand =
        "ecs_managed_instances_fee_fraction_of_on_demand",
        "fraction of the EC2 on-demand hourly price";
    /// EFS standard storage.
    EfsStandardStorage = "efs_standard_storage", "GB-month";
    /// Custom events of EventBridge.
    EventbridgeCustomEvents = "eventbridge_custom_events", "1 million events";
    /// Invocations of EventBridge Scheduler over the free 14 million of a month.
    EventbridgeSchedulerInvocationsAfter14mFree =
        "eventbridge_scheduler_invocations_after_14m_free",
        "1 million invocations";
    /// Data through an interface VPC endpoint, the first PB of a month.
    InterfaceVpcEndpointDataFirst1pb = "interface_vpc_endpoint_data_first_1pb", "GB";
    /// An interface VPC endpoint in one zone.
    InterfaceVpcEndpointHour = "interface_vpc_endpoint_hour", "endpoint-AZ-hour";
    /// A KMS key.
    KmsKeyMonth = "kms_key_month", "key-month";
    /// KMS requests with a symmetric key.
    KmsRequestsSymmetric = "kms_requests_symmetric", "10000 requests";
    /// Data through a NAT gateway.
    NatGatewayDataProcessed = "nat_gateway_data_processed", "GB";
    /// A NAT gateway.
    NatGatewayHour = "nat_gateway_hour", "hour";
    /// A Network Load Balancer, each hour or part of one.
    NlbHour = "nlb_hour", "hour";
    /// A capacity unit of a Network Load Balancer.
    NlbNlcuHour = "nlb_nlcu_hour", "NLCU-hour";
    /// A public IPv4 address that is not in use.
    PublicIpv4IdleHour = "public_ipv4_idle_hour", "address-hour";
    /// A public IPv4 address in use.
    PublicIpv4InUseHour = "public_ipv4_in_use_hour", "address-hour";
    /// Secrets Manager requests.
    SecretsmanagerApi = "secretsmanager_api", "10000 requests";
    /// A secret in Secrets Manager.
    SecretsmanagerSecretMonth = "secretsmanager_secret_month", "secret-month";
    /// Requests to standard queues of SQS over the free million of a month.
    SqsStandardRequestsAfter1mFree =
        "sqs_standard_requests_after_1m_free",
        "1 million requests";
}

impl Item {
    /// The position in [`Item::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The item of this name.
    pub fn from_name(name: &str) -> Option<Item> {
        Item::ALL.iter().copied().find(|item| item.name() == name)
    }

    /// Whether it is a share of another price, with which it changes, and no amount of money.
    pub const fn is_share(self) -> bool {
        matches!(self, Item::EcsManagedInstancesFeeFractionOfOnDemand)
    }

    /// The on-demand item that a Fargate Spot item is a discount of.
    pub const fn on_demand(self) -> Option<Item> {
        match self {
            Item::FargateSpotVcpuHourX86 => Some(Item::FargateVcpuHourX86),
            Item::FargateSpotGbHourX86 => Some(Item::FargateGbHourX86),
            Item::FargateSpotVcpuHourArm => Some(Item::FargateVcpuHourArm),
            Item::FargateSpotGbHourArm => Some(Item::FargateGbHourArm),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_found_by_its_name_and_its_index() {
        for (index, item) in Item::ALL.iter().enumerate() {
            assert_eq!(Item::from_name(item.name()), Some(*item));
            assert_eq!(item.index(), index);
        }
        assert_eq!(Item::from_name("fargate_vcpu_hour"), None);
    }
}
