//! Volumes of tasks: what a task definition declares, and what a service or a RunTask call says of
//! the one that is configured at launch.

use crate::ids::TaskDefinitionId;
use crate::policy::volume::{VolumeError, VolumeKind, VolumeRequest};
use crate::scenario::arn::arn_name;
use crate::scenario::context::{Context, unknown_name};
use crate::scenario::plan::TaskVolumePlan;
use crate::scenario::reader::{Field, MapReader};

use super::container::Container;
use super::task_definition::TaskDefinitions;

/// `volumes` of a task definition.
#[derive(Default)]
pub(super) struct Declared {
    /// Configured at launch.
    pub(super) at_launch: Vec<String>,
    /// File systems of EFS.
    pub(super) mounts: Vec<String>,
    all: Vec<String>,
}

/// Reads `volumes`, and looks at who mounts them.
pub(super) fn declared(map: &mut MapReader<'_>, containers: &[Container<'_>]) -> Declared {
    let mut declared = Declared::default();
    for mut volume in map.maps("volumes") {
        let name = volume.required("name");
        let at_launch = volume.field("configuredAtLaunch");
        let efs = volume.map("efsVolumeConfiguration").map(file_system);
        volume.finish_aws("ecs.Volume");
        let Some(name) = name.and_then(|field| field.str()) else {
            continue;
        };
        declared.all.push(name.to_owned());
        let is_at_launch = at_launch.as_ref().and_then(|field| field.bool()) == Some(true);
        match (is_at_launch, efs.flatten()) {
            (true, Some(_)) => {
                let message = format!("{name} is an EFS volume, which no launch configures");
                at_launch
                    .expect("it is true")
                    .error("invalid-value", message)
                    .report();
            }
            (true, None) => declared.at_launch.push(name.to_owned()),
            (false, efs) => declared.mounts.extend(efs),
        }
    }
    declared.check(containers);
    declared
}

/// `sourceVolume` of the mount points of a container.
pub(super) fn mount_points<'a>(map: &mut MapReader<'a>) -> Vec<Field<'a>> {
    let mut mounts = Vec::new();
    for mut mount in map.maps("mountPoints") {
        mounts.extend(mount.field("sourceVolume"));
        mount.finish_aws("ecs.MountPoint");
    }
    mounts
}

fn file_system(mut map: MapReader<'_>) -> Option<String> {
    let id = map.required("fileSystemId");
    map.finish_aws("ecs.EFSVolumeConfiguration");
    Some(arn_name(id?.str()?).to_owned())
}

impl Declared {
    /// Mount points of volumes that are not declared.
    fn check(&self, containers: &[Container<'_>]) {
        for source in containers.iter().flat_map(|container| &container.mounts) {
            let Some(name) = source.str() else { continue };
            if !self.all.iter().any(|known| known == name) {
                let known = self.all.iter().map(String::as_str);
                unknown_name(source, "volume", name, known);
            }
        }
    }
}

/// Whose volumes are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Service,
    RunTask,
}

impl Owner {
    fn shapes(self) -> (&'static str, &'static str) {
        match self {
            Owner::Service => (
                "ecs.ServiceVolumeConfiguration",
                "ecs.ServiceManagedEBSVolumeConfiguration",
            ),
            Owner::RunTask => (
                "ecs.TaskVolumeConfiguration",
                "ecs.TaskManagedEBSVolumeConfiguration",
            ),
        }
    }
}

/// Reads `volumeConfigurations`: one volume, of the name that the task definition declares; one
/// that it declares and nobody configures is an error at `place`.
pub(super) fn at_launch(
    cx: &Context<'_>,
    (map, owner): (&mut MapReader<'_>, Owner),
    (definitions, id): (&TaskDefinitions, Option<TaskDefinitionId>),
    place: Option<&Field<'_>>,
) -> Option<TaskVolumePlan> {
    let entries = map.list("volumeConfigurations");
    let declared = id.map(|id| &definitions.get(id).launch_volumes[..]);
    if let Some(second) = entries.get(1) {
        let message = "a task gets one volume at its launch at most";
        second.error("out-of-range", message).report();
    }
    let Some(first) = entries.first() else {
        if let Some([name, ..]) = declared {
            let message = format!("volume {name} is configured at launch, and nothing does it");
            let help = "add volumeConfigurations with its name and a managedEBSVolume";
            let wrong = match place {
                Some(place) => place.error("missing-field", message),
                None => map.error("missing-field", message),
            };
            wrong.help(help).report();
        }
        return None;
    };
    let mut entry = first.map()?;
    let name = entry.required("name");
    let volume = entry.required("managedEBSVolume");
    entry.finish_aws(owner.shapes().0);
    if let (Some(declared), Some(field)) = (declared, &name)
        && let Some(name) = field.str()
        && !declared.iter().any(|known| known == name)
    {
        let known = declared.iter().map(String::as_str);
        unknown_name(field, "volume that is configured at launch", name, known);
    }
    managed(cx, volume?.map()?, (owner, definitions))
}

/// A name that a volume gives and that nothing has, where the scenario has such things at all.
fn check_known(field: Option<&Field<'_>>, (known, what): (Option<&[String]>, &str)) {
    let (Some(field), Some(known)) = (field, known) else {
        return;
    };
    if let Some(name) = field.str().map(arn_name)
        && !known.iter().any(|it| it == name)
    {
        unknown_name(field, what, name, known.iter().map(String::as_str));
    }
}

fn managed(
    cx: &Context<'_>,
    mut map: MapReader<'_>,
    (owner, definitions): (Owner, &TaskDefinitions),
) -> Option<TaskVolumePlan> {
    let role = map.required("roleArn");
    check_known(role.as_ref(), (definitions.roles.as_deref(), "role"));
    let key = map.field("kmsKeyId");
    check_known(key.as_ref(), (definitions.keys.as_deref(), "enabled key"));
    let kind_field = map.field("volumeType");
    let size = map.field("sizeInGiB");
    let snapshot = map.field("snapshotId").is_some();
    let (iops, throughput) = (map.field("iops"), map.field("throughput"));
    let is_deleted = match owner {
        Owner::Service => true,
        Owner::RunTask => {
            let mut policy = map.map("terminationPolicy");
            let kept = policy
                .as_mut()
                .and_then(|it| it.bool("deleteOnTermination"));
            if let Some(policy) = policy {
                policy.finish_aws("ecs.TaskManagedEBSVolumeTerminationPolicy");
            }
            kept.unwrap_or(true)
        }
    };
    let place = size.clone().or_else(|| role.clone());
    if size.is_none() {
        let message = match snapshot {
            true => "the size of a snapshot is not known here",
            false => "a volume has a size",
        };
        let help = "add sizeInGiB";
        map.error("missing-field", message).help(help).report();
    }
    map.finish_aws(owner.shapes().1);
    let number = |field: &Option<Field<'_>>| field.as_ref().and_then(|it| it.u32(0..=u32::MAX));
    let request = VolumeRequest {
        kind: kind(cx, kind_field.as_ref())?,
        gib: number(&size)?,
        iops: number(&iops),
        throughput: number(&throughput),
    };
    match request.paid() {
        Ok(paid) => Some(TaskVolumePlan {
            kind: request.kind,
            paid,
            is_deleted,
        }),
        Err(error) => {
            let at = match error {
                VolumeError::Size { .. } => size,
                VolumeError::Iops { .. }
                | VolumeError::IopsUnpriced { .. }
                | VolumeError::NoIops => iops,
                VolumeError::Throughput { .. } | VolumeError::NoThroughput => throughput,
                VolumeError::IopsMissing => kind_field,
            };
            let message = told(request, error);
            let at = at.or(place)?;
            at.error("invalid-value", message).report();
            None
        }
    }
}

/// `volumeType`; types without a known price are refused.
fn kind(cx: &Context<'_>, field: Option<&Field<'_>>) -> Option<VolumeKind> {
    let Some(field) = field else {
        cx.default_text("aws.services.*.volumeConfigurations.*.managedEBSVolume.volumeType");
        return Some(VolumeKind::Gp3);
    };
    if let Some(name) = field.str()
        && VolumeKind::MAGNETIC == name
    {
        let message =
            format!("{name} volumes are paid by request, and requests to them are not known");
        let help = "known here: gp2, gp3, io1, io2, sc1, st1";
        field.error("not-built-yet", message).help(help).report();
        return None;
    }
    field.choice(&VolumeKind::ALL)
}

fn told(request: VolumeRequest, error: VolumeError) -> String {
    let name = request.kind.name();
    match error {
        VolumeError::Size { min, max } => format!("{name} volumes have {min} to {max} GiB"),
        VolumeError::Iops { min, max } => format!("{name} volumes have {min} to {max} IOPS"),
        VolumeError::IopsUnpriced { max } => {
            format!("what more than {max} IOPS of {name} volumes cost is not known here")
        }
        VolumeError::NoIops => format!("{name} volumes take no iops: they follow the size"),
        VolumeError::IopsMissing => format!("{name} volumes need iops"),
        VolumeError::Throughput { min, max } => {
            format!("{name} volumes have {min} to {max} MiB/s")
        }
        VolumeError::NoThroughput => format!("{name} volumes take no throughput"),
    }
}
