//! Volumes of tasks, and file systems that they share.

use crate::policy::volume::{PaidVolume, VolumeKind};

/// An EBS volume that each task of an owner gets at its launch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaskVolumePlan {
    /// `volumeType`.
    pub kind: VolumeKind,
    /// What is paid of it.
    pub paid: PaidVolume,
    /// Whether it is deleted with its task; those of services always are.
    pub is_deleted: bool,
}

/// A file system of EFS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FileSystemPlan {
    /// `FileSystemId`.
    pub id: String,
    /// What it stores, MiB.
    pub stored_mib: u64,
}
