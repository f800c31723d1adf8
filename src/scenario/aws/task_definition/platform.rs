//! `runtimePlatform`: the architecture and the operating system of tasks.

use crate::catalog::fargate::FargatePlatform;
use crate::scenario::plan::Architecture;
use crate::scenario::reader::MapReader;

const ARCHITECTURES: [(&str, Architecture); 2] =
    [("X86_64", Architecture::X86), ("ARM64", Architecture::Arm)];

/// Operating systems (API OSFamily, 2026-11), and whether they are Windows.
const SYSTEMS: [(&str, bool); 9] = [
    ("LINUX", false),
    ("WINDOWS_SERVER_2019_FULL", true),
    ("WINDOWS_SERVER_2019_CORE", true),
    ("WINDOWS_SERVER_2022_FULL", true),
    ("WINDOWS_SERVER_2022_CORE", true),
    ("WINDOWS_SERVER_2025_FULL", true),
    ("WINDOWS_SERVER_2025_CORE", true),
    ("WINDOWS_SERVER_2016_FULL", true),
    ("WINDOWS_SERVER_20H2_CORE", true),
];

/// The architecture, and whether it is Windows: on x86 only (ECS developer guide, task definition
/// parameters for Fargate, 2026-11).
pub(super) fn platform(map: &mut MapReader<'_>) -> (Option<Architecture>, bool) {
    let Some(mut platform) = map.map("runtimePlatform") else {
        return (None, false);
    };
    let architecture = platform.field("cpuArchitecture");
    let chosen = architecture.as_ref();
    let chosen = chosen.and_then(|field| field.choice(&ARCHITECTURES));
    let system = platform.field("operatingSystemFamily");
    platform.finish_aws("ecs.RuntimePlatform");
    let system = system.and_then(|field| field.choice(&SYSTEMS));
    let is_windows = system.unwrap_or(false);
    if let Some(field) = architecture.filter(|_| is_windows && chosen == Some(Architecture::Arm)) {
        let message = "AWS has Windows on X86_64 only";
        field.error("invalid-value", message).report();
    }
    (chosen, is_windows)
}

/// What that is on Fargate, as far as prices and sizes differ.
pub(super) fn fargate_platform(
    architecture: Option<Architecture>,
    is_windows: bool,
) -> FargatePlatform {
    match architecture {
        _ if is_windows => FargatePlatform::Windows,
        Some(Architecture::Arm) => FargatePlatform::LinuxArm,
        Some(Architecture::X86) | None => FargatePlatform::LinuxX86,
    }
}
