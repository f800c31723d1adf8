use super::table::{COLUMNS, header};
use super::*;
use crate::catalog::prices::source_description;

fn known(name: &str) -> &'static InstanceType {
    get(find(name).unwrap())
}

fn check_tasks(name: &str, plain: u32, trunked: u32) {
    let found = known(name);
    assert_eq!(found.awsvpc_tasks(EniTrunking::Off), Some(plain), "{name}");
    assert_eq!(found.awsvpc_tasks(EniTrunking::On), Some(trunked), "{name}");
}

/// CAP-E25: ECS developer guide 2023, elastic network interface trunking.
#[test]
fn a_c5_large_holds_two_awsvpc_tasks_and_ten_with_trunking() {
    check_tasks("c5.large", 2, 10);
}

/// The same guide's tables.
#[test]
fn tasks_are_those_of_the_developer_guide() {
    check_tasks("m5.xlarge", 3, 20);
    check_tasks("m6i.2xlarge", 3, 40);
    check_tasks("c6g.4xlarge", 7, 60);
    check_tasks("c6i.12xlarge", 7, 120);
    check_tasks("m6g.medium", 1, 4);
    check_tasks("c5.18xlarge", 14, 120);
    check_tasks("p3.2xlarge", 3, 40);
    check_tasks("x2iedn.xlarge", 3, 13);
    // Where EC2's limits give another figure, the guide's counts.
    check_tasks("i4i.16xlarge", 14, 248);
}

/// The same guide: families and types that are not supported; its tables list m5n all the same.
#[test]
fn trunking_changes_nothing_where_the_guide_refuses_it() {
    check_tasks("c5n.large", 2, 2);
    check_tasks("m5n.large", 2, 2);
    check_tasks("inf1.xlarge", 3, 3);
    check_tasks("r5.8xlarge", 7, 7);
    assert!(known("m5n.large").task_enis.is_trunking_refused);
    // T types are not in the guide, nor in EC2's table of branch interfaces.
    check_tasks("t3.medium", 2, 2);
    assert!(!known("t3.medium").task_enis.is_trunking_refused);
}

#[test]
fn specifications_are_those_of_ec2() {
    let m5_large = known("m5.large");
    assert_eq!((m5_large.vcpus, m5_large.memory), (2, MiB(8192)));
    assert_eq!(
        (m5_large.max_enis, m5_large.ipv4_per_eni),
        (Some(3), Some(10))
    );
    assert_eq!(m5_large.cpu(), CpuUnits(2048));
    assert_eq!(known("c7g.large").architecture, Architecture::Arm64);
    let p4d = known("p4d.24xlarge");
    assert_eq!((p4d.gpus, p4d.gpu_memory), (8, MiB(40960)));
    assert_eq!(p4d.nvme_gb, 8000);
    assert!(known("m5.metal").is_bare_metal && known("m4.large").is_previous_generation);
}

#[test]
fn types_stand_once_by_name_and_their_numbers_are_sane() {
    assert_eq!(header(), COLUMNS);
    assert_eq!(all().len(), 1383);
    assert!(all().is_sorted_by(|a, b| a.name < b.name));
    let mut without_limits = Vec::new();
    for (index, found) in all().iter().enumerate() {
        let name = found.name;
        assert_eq!(found.id.index(), index);
        assert_eq!(find(name), Ok(found.id));
        assert!((1..=1920).contains(&found.vcpus), "{name}");
        assert!((500..=33_554_432).contains(&found.memory.0), "{name}");
        assert!(found.gpus <= 16 && found.gpu_memory.0 < 400_000, "{name}");
        assert!((30..=7_000_000).contains(&found.network_mbps), "{name}");
        let ebs = found.ebs_baseline_mbps.zip(found.ebs_max_mbps);
        assert!(ebs.is_none_or(|(base, max)| base <= max), "{name}");
        assert!(found.nvme_gb <= 500_000, "{name}");
        assert!(source_description(found.source).is_some());
        assert!(source_description(found.task_enis.source.source()).is_some());
        match found.task_enis.plain {
            Some(tasks) => assert!((1..=100).contains(&tasks), "{name}"),
            None => without_limits.push(name),
        }
        assert!(
            found.task_enis.trunked.is_none_or(|tasks| tasks <= 500),
            "{name}"
        );
    }
    let hpc = [
        "hpc7a.12xlarge",
        "hpc7a.24xlarge",
        "hpc7a.48xlarge",
        "hpc7a.96xlarge",
    ];
    assert_eq!(
        without_limits,
        [&hpc[..], &["hpc8a.96xlarge", "trn2.48xlarge"]].concat()
    );
}

#[test]
fn a_family_is_listed_from_its_smallest_size() {
    let sizes: Vec<&str> = family("c5").iter().map(|found| found.size()).collect();
    assert_eq!(
        sizes,
        [
            "large", "xlarge", "2xlarge", "4xlarge", "9xlarge", "12xlarge", "18xlarge", "24xlarge",
            "metal"
        ]
    );
    assert!(family("c").is_empty());
}
