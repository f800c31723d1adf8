//! Volumes of tasks: what they cost, and what a user gets wrong of them.

use super::bad_input::refused;
use super::home::Home;

/// A service of one task for a month of 730 hours.
fn month(volumes: &str, configurations: &str, more: &str) -> String {
    format!(
        "\
fleetcast: 1
name: stateful
run: {{ start: 2026-03-01T00:00:00Z, duration: 730h }}
aws:
  region: us-east-1
  cluster: {{ capacityProviders: [FARGATE] }}
  taskDefinitions:
    - family: db
      cpu: 256
      memory: 512
      volumes: [{volumes}]
      containerDefinitions: [{{ name: db, mountPoints: [{{ sourceVolume: data, containerPath: /data }}] }}]
  services:
    - serviceName: db
      taskDefinition: db
      desiredCount: 1
      launchType: FARGATE
      volumeConfigurations: [{configurations}]
{more}"
    )
}

const DATA: &str = "{ name: data, configuredAtLaunch: true }";

fn ebs(fields: &str) -> String {
    format!("{{ name: data, managedEBSVolume: {{ roleArn: ecsInfrastructureRole, {fields} }} }}")
}

#[test]
fn a_month_of_a_volume_and_of_a_file_system_costs_what_aws_lists() {
    let volumes =
        format!("{DATA}, {{ name: all, efsVolumeConfiguration: {{ fileSystemId: fs-1 }} }}");
    let gp3 = ebs("sizeInGiB: 100, iops: 6000, throughput: 250");
    let world = "world: { fileSystems: { fs-1: { stored: 10GiB } } }\n";
    let home = Home::new();
    home.write("db.yaml", &month(&volumes, &gp3, world));
    let said = home.run_well(&["run", "db.yaml"]).out;
    // us-east-1: 0.08 a GB-month, 0.005 an IOPS over 3,000, 0.04 a MiB/s over 125; EFS 0.30.
    for (what, usd) in [
        ("EBS volumes", "$8.00"),
        ("EBS IOPS", "$15.00"),
        ("EBS throughput", "$5.00"),
        ("EFS storage", "$3.00"),
    ] {
        let line = said.lines().find(|line| line.contains(what)).expect(what);
        assert!(line.contains(usd), "{line}");
    }
}

#[test]
fn volumes_that_aws_refuses() {
    let rows = [
        ("size", ebs("sizeInGiB: 20000")),
        ("iops", ebs("sizeInGiB: 10, iops: 100")),
        ("no_iops", ebs("sizeInGiB: 10, volumeType: io1")),
        (
            "gp2",
            ebs("sizeInGiB: 10, volumeType: gp2, throughput: 200"),
        ),
        ("unpriced", ebs("sizeInGiB: 10, volumeType: standard")),
        (
            "unpriced_iops",
            ebs("sizeInGiB: 100, volumeType: io2, iops: 40000"),
        ),
        ("too_small", ebs("sizeInGiB: 100, volumeType: st1")),
        ("unsized", ebs("volumeType: gp3")),
        (
            "other",
            ebs("sizeInGiB: 10").replace("name: data", "name: dat"),
        ),
        (
            "twice",
            format!("{}, {}", ebs("sizeInGiB: 10"), ebs("sizeInGiB: 10")),
        ),
        ("nobody", String::new()),
        (
            "no_role",
            "{ name: data, managedEBSVolume: { sizeInGiB: 10 } }".to_owned(),
        ),
    ];
    for (name, configurations) in rows {
        let text = month(DATA, &configurations, "");
        insta::assert_snapshot!(format!("volume_{name}"), refused(&text));
    }
}

#[test]
fn mounts_roles_and_keys_that_are_not_there() {
    let text = month("{ name: date, configuredAtLaunch: true }", "", "");
    insta::assert_snapshot!("volume_mount", refused(&text));
    let roles = "  roles: [{ RoleName: ecsInfrastructureRoles }]\n  keys: [{ KeyId: key-1 }]\n";
    let text = month(DATA, &ebs("sizeInGiB: 10, kmsKeyId: key-2"), roles);
    insta::assert_snapshot!("volume_role", refused(&text));
}
