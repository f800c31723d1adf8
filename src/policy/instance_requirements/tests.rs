use super::*;
use crate::catalog::instances::{all, find, get};
use crate::units::PicoUsd;

/// Everything but bare metal and burstable types, which have tests of their own.
fn anything() -> Requirements {
    Requirements {
        bare_metal: Kind::Included,
        burstable: Kind::Included,
        on_demand_over: 999_999,
        spot: SpotLimit::OverLowest(999_999),
        ..Requirements::default()
    }
}

/// That a field lets these types pass and leaves those out, by itself.
fn check(
    field: Requirement,
    ask: impl Fn(&mut Requirements),
    (passed, left_out): (&[&str], &[&str]),
) {
    let mut asked = anything();
    for name in passed.iter().chain(left_out) {
        let it = get(find(name).unwrap());
        assert_eq!(asked.refusal(it), None, "{name} before {field:?}");
    }
    ask(&mut asked);
    for name in passed {
        assert_eq!(asked.refusal(get(find(name).unwrap())), None, "{name}");
    }
    for name in left_out {
        let found = asked.refusal(get(find(name).unwrap()));
        assert_eq!(found, Some(field), "{name}");
    }
}

fn within(min: f64, max: f64) -> Within {
    Within { min, max }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// API-ir, AllowedInstanceTypes: c5* is the whole C5 family with C5a and C5n, m5a.* not M5n.
#[test]
fn allowed_types_are_patterns() {
    check(
        Requirement::AllowedInstanceTypes,
        |it| it.allowed = texts(&["c5*", "m5a.*", "r5.large"]),
        (
            &[
                "c5.large",
                "c5a.large",
                "c5n.large",
                "m5a.large",
                "r5.large",
            ],
            &["m5n.large", "m5.large", "r5.xlarge", "c6i.large"],
        ),
    );
}

/// The same of ExcludedInstanceTypes.
#[test]
fn excluded_types_are_patterns() {
    check(
        Requirement::ExcludedInstanceTypes,
        |it| it.excluded = texts(&["c5*.*", "*3*"]),
        (
            &["m5.large", "c6i.large"],
            &[
                "c5.large",
                "c5n.large",
                "t3.large",
                "p3.2xlarge",
                "c6i.32xlarge",
            ],
        ),
    );
}

#[test]
fn vcpus_are_within_both_ends() {
    check(
        Requirement::VCpuCount,
        |it| it.vcpus = within(4.0, 8.0),
        (&["m5.xlarge", "m5.2xlarge"], &["m5.large", "m5.4xlarge"]),
    );
}

#[test]
fn memory_is_within_both_ends() {
    check(
        Requirement::MemoryMiB,
        |it| it.memory_mib = within(8_192.0, 16_384.0),
        (&["m5.large", "r5.large"], &["c5.large", "m5.2xlarge"]),
    );
}

/// A C type has 2 GiB a vCPU, an M 4, an R 8.
#[test]
fn memory_for_each_vcpu_tells_families_apart() {
    check(
        Requirement::MemoryGiBPerVCpu,
        |it| it.memory_gib_per_vcpu = within(3.5, 4.0),
        (&["m5.large", "m6i.4xlarge"], &["c5.large", "r5.large"]),
    );
}

/// g5 has AMD's processors, though its name has no letter for that; the first Mac Intel's.
#[test]
fn the_maker_is_that_of_the_processor() {
    check(
        Requirement::CpuManufacturers,
        |it| it.cpu_makers = vec![CpuMaker::Amd, CpuMaker::Aws],
        (
            &["m5a.large", "g5.xlarge", "m6g.large"],
            &["m5.large", "g4dn.xlarge", "mac1.metal", "mac2.metal"],
        ),
    );
}

#[test]
fn generations_are_current_or_previous() {
    check(
        Requirement::InstanceGenerations,
        |it| it.previous = false,
        (&["m5.large"], &["m4.large", "c3.large"]),
    );
    check(
        Requirement::InstanceGenerations,
        |it| it.current = false,
        (&["m4.large"], &["m5.large"]),
    );
}

/// API-ir, BareMetal and BurstablePerformance: excluded where nothing is said.
#[test]
fn bare_metal_and_burstable_types_are_left_out_unless_asked_for() {
    let refused = |name: &str| Requirements::default().refusal(get(find(name).unwrap()));
    assert_eq!(refused("m5.metal"), Some(Requirement::BareMetal));
    assert_eq!(refused("t3.large"), Some(Requirement::BurstablePerformance));
    assert_eq!(refused("i3.large"), None);
    check(
        Requirement::BareMetal,
        |it| it.bare_metal = Kind::Required,
        (&["m5.metal"], &["m5.large"]),
    );
    check(
        Requirement::BurstablePerformance,
        |it| it.burstable = Kind::Required,
        (&["t3.large", "t4g.micro"], &["m5.large"]),
    );
}

#[test]
fn local_storage_is_included_excluded_or_required() {
    check(
        Requirement::LocalStorage,
        |it| it.local_storage = Kind::Required,
        (&["m5d.large", "d3.xlarge", "c3.large"], &["m5.large"]),
    );
    check(
        Requirement::LocalStorage,
        |it| it.local_storage = Kind::Excluded,
        (&["m5.large"], &["m5d.large", "d3.xlarge"]),
    );
}

#[test]
fn the_kind_of_volumes_is_asked_of_types_that_have_some() {
    check(
        Requirement::LocalStorageTypes,
        |it| it.disks = vec![Disk::Ssd],
        (&["m5d.large", "m5.large"], &["d3.xlarge", "h1.2xlarge"]),
    );
    check(
        Requirement::LocalStorageTypes,
        |it| it.disks = vec![Disk::Hdd],
        (&["d3.xlarge", "m5.large"], &["m5d.large"]),
    );
}

/// i3en.large has one volume of 1,250 GB, m5d.large one of 75 GB.
#[test]
fn the_size_of_volumes_is_that_of_all_together() {
    check(
        Requirement::TotalLocalStorageGB,
        |it| it.storage_gb = within(1_000.0, 1_250.0),
        (&["i3en.large"], &["m5d.large", "i3en.xlarge", "m5.large"]),
    );
}

/// Instance types guide: m5.large has 3 interfaces, m5.xlarge 4, m5.4xlarge 8.
#[test]
fn network_interfaces_are_counted() {
    check(
        Requirement::NetworkInterfaceCount,
        |it| it.network_interfaces = within(4.0, 7.0),
        (&["m5.xlarge"], &["m5.large", "m5.4xlarge"]),
    );
}

/// API-ir, NetworkBandwidthGbps: the baseline. m5.large has 0.75 Gbit/s of up to 10.
#[test]
fn network_bandwidth_is_what_a_type_sustains() {
    check(
        Requirement::NetworkBandwidthGbps,
        |it| it.network_gbps = within(5.0, 12.0),
        (&["m5.4xlarge", "m5.8xlarge"], &["m5.large", "c5n.18xlarge"]),
    );
}

/// m5.large sustains 650 Mbit/s, m5.xlarge 1,150; t2 has no bandwidth of its own for EBS.
#[test]
fn bandwidth_to_ebs_is_what_a_type_sustains() {
    check(
        Requirement::BaselineEbsBandwidthMbps,
        |it| it.ebs_mbps = within(1_000.0, 2_000.0),
        (&["m5.xlarge"], &["m5.large", "m5.2xlarge", "t2.large"]),
    );
}

/// API-ir, AcceleratorCount: GPUs, FPGAs or Inferentia chips; a most of 0 leaves all of them out.
#[test]
fn accelerators_are_counted() {
    check(
        Requirement::AcceleratorCount,
        |it| it.accelerators = within(1.0, 4.0),
        (
            &["g5.xlarge", "g5.12xlarge", "inf1.6xlarge", "f1.2xlarge"],
            &["p4d.24xlarge", "m5.large", "g6f.large"],
        ),
    );
    check(
        Requirement::AcceleratorCount,
        |it| it.accelerators = within(0.0, 0.0),
        (&["m5.large"], &["g5.xlarge", "trn1.2xlarge", "g6f.large"]),
    );
}

#[test]
fn accelerators_are_of_a_kind() {
    check(
        Requirement::AcceleratorTypes,
        |it| it.accelerator_kinds = vec![AcceleratorKind::Gpu, AcceleratorKind::Fpga],
        (
            &["g5.xlarge", "g6f.large", "f1.2xlarge"],
            &["inf2.xlarge", "trn1.2xlarge", "vt1.3xlarge", "m5.large"],
        ),
    );
}

#[test]
fn accelerators_have_makers() {
    check(
        Requirement::AcceleratorManufacturers,
        |it| it.accelerator_makers = vec![AcceleratorMaker::Amd, AcceleratorMaker::Aws],
        (
            &["g4ad.xlarge", "inf1.xlarge", "trn1.2xlarge"],
            &["g4dn.xlarge", "dl1.24xlarge", "f2.6xlarge", "m5a.large"],
        ),
    );
}

#[test]
fn accelerators_have_names() {
    check(
        Requirement::AcceleratorNames,
        |it| it.accelerator_names = texts(&["t4", "radeon-pro-v520", "vu9p"]),
        (
            &["g4dn.xlarge", "g4ad.xlarge", "f1.2xlarge"],
            &["g5g.xlarge", "g5.xlarge", "m5.large"],
        ),
    );
}

/// An A10G has 22,888 MiB as EC2 says; four of them are together 91,552.
#[test]
fn memory_of_accelerators_is_that_of_all_together() {
    check(
        Requirement::AcceleratorTotalMemoryMiB,
        |it| it.accelerator_memory_mib = within(20_000.0, 92_000.0),
        (
            &["g5.xlarge", "g5.12xlarge"],
            &["g4dn.xlarge", "g5.48xlarge", "m5.large"],
        ),
    );
}

#[test]
fn hibernation_can_be_asked_for() {
    check(
        Requirement::RequireHibernateSupport,
        |it| it.must_hibernate = true,
        (&["m5.large", "c5.large"], &["g5.xlarge", "m5.metal"]),
    );
}

#[test]
fn encryption_in_transit_can_be_asked_for() {
    check(
        Requirement::RequireEncryptionInTransit,
        |it| it.must_encrypt = true,
        (&["m6i.large", "i3en.large"], &["m5.large", "t3.large"]),
    );
}

fn offer(name: &str, on_demand: f64, spot: f64) -> Offer {
    Offer {
        it: get(find(name).unwrap()),
        on_demand: PicoUsd::from_usd(on_demand),
        spot: PicoUsd::from_usd(spot),
    }
}

const ON_DEMAND: Buys = Buys {
    on_demand: true,
    spot: false,
};
const SPOT: Buys = Buys {
    on_demand: false,
    spot: true,
};

fn chosen(asked: &Requirements, offers: &[Offer], (per, buys): (Per, Buys)) -> Vec<&'static str> {
    let chosen = asked.choose(offers, (per, buys)).unwrap();
    chosen.iter().map(|it| get(it.id).name).collect()
}

/// API-ir, OnDemandMaxPricePercentageOverLowestPrice: 20 % above the lowest of C, M and R.
#[test]
fn on_demand_prices_are_protected_by_twenty_percent() {
    let offers = [
        offer("m5.large", 0.10, 0.05),
        offer("i3.large", 0.12, 0.05),
        offer("r5.large", 0.121, 0.05),
        // Cheaper, but no C, M or R type: no measure.
        offer("d3.xlarge", 0.02, 0.01),
        // Nor is one of a previous generation.
        offer("m4.large", 0.09, 0.01),
    ];
    let asked = Requirements::default();
    let expected = ["d3.xlarge", "m4.large", "m5.large", "i3.large"];
    assert_eq!(
        chosen(&asked, &offers, (Per::Instance, ON_DEMAND)),
        expected
    );
    let wider = Requirements {
        on_demand_over: 21,
        ..asked.clone()
    };
    assert_eq!(chosen(&wider, &offers, (Per::Instance, ON_DEMAND)).len(), 5);
}

/// API-ir: without a C, M or R type the lowest current one, without that the lowest previous one.
#[test]
fn the_measure_is_what_there_is() {
    let asked = anything();
    let asked = Requirements {
        on_demand_over: 20,
        ..asked
    };
    let current = [
        offer("g5.xlarge", 1.0, 0.5),
        offer("g4dn.xlarge", 0.5, 0.2),
        offer("i2.xlarge", 0.1, 0.1),
    ];
    let found = chosen(&asked, &current, (Per::Instance, ON_DEMAND));
    assert_eq!(found, ["i2.xlarge", "g4dn.xlarge"]);
    let previous = [
        offer("i2.xlarge", 1.0, 0.5),
        offer("m4.large", 0.5, 0.2),
        offer("c4.large", 0.6, 0.2),
    ];
    let found = chosen(&asked, &previous, (Per::Instance, ON_DEMAND));
    assert_eq!(found, ["m4.large", "c4.large"]);
    // A Mac is no M type.
    let macs = [offer("mac2.metal", 0.1, 0.1), offer("m5.metal", 4.6, 2.0)];
    assert_eq!(chosen(&asked, &macs, (Per::Instance, ON_DEMAND)).len(), 2);
}

/// API-ir, SpotMaxPricePercentageOverLowestPrice: 100 % above the lowest Spot price; what a type
/// costs on demand does not matter then.
#[test]
fn spot_prices_are_protected_by_a_hundred_percent() {
    let offers = [
        offer("m5.large", 0.10, 0.03),
        offer("i3.large", 0.50, 0.06),
        offer("r5.large", 0.11, 0.061),
    ];
    let asked = Requirements::default();
    let found = chosen(&asked, &offers, (Per::Instance, SPOT));
    assert_eq!(found, ["m5.large", "i3.large"]);
    let both = Buys {
        on_demand: true,
        spot: true,
    };
    let found = asked.choose(&offers, (Per::Instance, both)).unwrap();
    let said: Vec<(bool, bool)> = found
        .iter()
        .map(|it| (it.buys.on_demand, it.buys.spot))
        .collect();
    assert_eq!(said, [(true, true), (true, false), (false, true)]);
}

/// API-ir, MaxSpotPriceAsPercentageOfOptimalOnDemandPrice: of the lowest price on demand.
#[test]
fn spot_can_be_held_to_prices_on_demand() {
    let offers = [
        offer("m5.large", 0.10, 0.03),
        offer("i3.large", 0.50, 0.05),
        offer("r5.large", 0.11, 0.051),
    ];
    let asked = Requirements {
        spot: SpotLimit::OfOnDemand(50),
        ..Requirements::default()
    };
    let found = chosen(&asked, &offers, (Per::Instance, SPOT));
    assert_eq!(found, ["m5.large", "i3.large"]);
    let none = Requirements {
        spot: SpotLimit::OfOnDemand(10),
        ..asked
    };
    let none = none.choose(&offers, (Per::Instance, SPOT)).unwrap_err();
    let by = Requirement::MaxSpotPriceAsPercentageOfOptimalOnDemandPrice;
    assert_eq!((none.by, none.types.len()), (by, 3));
}

/// Twice the size at twice the price is as dear for what it has.
#[test]
fn sizes_compare_for_what_they_have() {
    let offers = [
        offer("m5.large", 0.10, 0.03),
        offer("m5.2xlarge", 0.40, 0.12),
        offer("m5.xlarge", 0.30, 0.1),
    ];
    let asked = Requirements::default();
    let found = chosen(&asked, &offers, (Per::Capacity, ON_DEMAND));
    assert_eq!(found, ["m5.large", "m5.2xlarge"]);
    let found = chosen(&asked, &offers, (Per::Instance, ON_DEMAND));
    assert_eq!(found, ["m5.large"]);
}

#[test]
fn what_left_the_last_types_out_is_told() {
    let offers: Vec<Offer> = all()
        .iter()
        .filter(|it| it.family() == "m5" || it.family() == "g5")
        .map(|it| offer(it.name, 0.1, 0.05))
        .collect();
    let asked = Requirements {
        allowed: texts(&["m5.*", "g5.*"]),
        vcpus: within(4.0, 4.0),
        accelerators: within(1.0, 8.0),
        accelerator_names: texts(&["t4"]),
        ..Requirements::default()
    };
    let none = asked
        .choose(&offers, (Per::Instance, ON_DEMAND))
        .unwrap_err();
    assert_eq!(none.by, Requirement::AcceleratorNames);
    assert_eq!(none.types, ["g5.xlarge"]);
}

#[test]
fn a_star_is_any_text() {
    for (pattern, name, is_it) in [
        ("m5.large", "m5.large", true),
        ("m5.large", "m5.xlarge", false),
        ("m5", "m5.large", false),
        ("*", "m5.large", true),
        ("*.large", "m5.large", true),
        ("*.large", "m5.xlarge", false),
        ("m*.*large", "m5.2xlarge", true),
        ("*5*5*", "m5.large", false),
        ("r*", "m5.large", false),
    ] {
        assert_eq!(fits(pattern, name), is_it, "{pattern} {name}");
    }
}
