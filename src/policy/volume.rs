//! EBS volumes that ECS attaches to tasks: which sizes and speeds there are, and what of a speed is
//! paid beside the size.

/// A type of volume whose prices are known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum VolumeKind {
    /// `gp2`.
    Gp2,
    /// `gp3`.
    Gp3,
    /// `io1`.
    Io1,
    /// `io2`.
    Io2,
    /// `sc1`.
    Sc1,
    /// `st1`.
    St1,
}

/// IOPS that a gp3 volume has without paying for them.
pub const GP3_IOPS_INCLUDED: u32 = 3_000;
/// IOPS of an io2 volume that have one price; what more costs is not known here.
pub const IO2_IOPS_PRICED: u32 = 32_000;
/// MiB/s that a gp3 volume has without paying for them.
pub const GP3_THROUGHPUT_INCLUDED: u32 = 125;

/// What is asked of a volume.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VolumeRequest {
    /// `volumeType`.
    pub kind: VolumeKind,
    /// `sizeInGiB`.
    pub gib: u32,
    /// `iops`.
    pub iops: Option<u32>,
    /// `throughput`, MiB/s.
    pub throughput: Option<u32>,
}

/// What is paid of a volume while it exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PaidVolume {
    /// GiB.
    pub gib: u32,
    /// IOPS.
    pub iops: u32,
    /// MiB/s.
    pub throughput: u32,
}

/// A request that AWS refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VolumeError {
    /// The size is none of the type.
    Size {
        /// GiB at least.
        min: u32,
        /// GiB at most.
        max: u32,
    },
    /// The IOPS are none of the type.
    Iops {
        /// At least.
        min: u32,
        /// At most.
        max: u32,
    },
    /// What so many IOPS cost is not known.
    IopsUnpriced {
        /// The most with a known price.
        max: u32,
    },
    /// The type takes no IOPS.
    NoIops,
    /// The type has to be told its IOPS.
    IopsMissing,
    /// The throughput is none of the type.
    Throughput {
        /// MiB/s at least.
        min: u32,
        /// MiB/s at most.
        max: u32,
    },
    /// The type takes no throughput.
    NoThroughput,
}

impl VolumeKind {
    /// Those with known prices, by AWS's names.
    pub const ALL: [(&'static str, VolumeKind); 6] = [
        ("gp2", VolumeKind::Gp2),
        ("gp3", VolumeKind::Gp3),
        ("io1", VolumeKind::Io1),
        ("io2", VolumeKind::Io2),
        ("sc1", VolumeKind::Sc1),
        ("st1", VolumeKind::St1),
    ];
    /// The type that is paid by request, which nothing here counts.
    pub const MAGNETIC: &'static str = "standard";

    /// Whether its IOPS are paid beside its size.
    pub const fn has_paid_iops(self) -> bool {
        match self {
            VolumeKind::Gp3 | VolumeKind::Io1 | VolumeKind::Io2 => true,
            VolumeKind::Gp2 | VolumeKind::Sc1 | VolumeKind::St1 => false,
        }
    }

    /// AWS's name of it.
    pub fn name(self) -> &'static str {
        let mut all = VolumeKind::ALL.iter();
        all.find(|(_, kind)| *kind == self).map_or("", |it| it.0)
    }

    /// The least and the most GiB.
    const fn sizes(self) -> (u32, u32) {
        match self {
            VolumeKind::Gp2 | VolumeKind::Gp3 => (1, 16_384),
            VolumeKind::Io1 | VolumeKind::Io2 => (4, 16_384),
            VolumeKind::Sc1 | VolumeKind::St1 => (125, 16_384),
        }
    }
}

impl VolumeRequest {
    /// What is paid of it: of gp3 the IOPS over 3,000 and the MiB/s over 125, of io1 and io2 all
    /// IOPS, of the others their size alone.
    ///
    /// Source: API ServiceManagedEBSVolumeConfiguration (sizes; gp3 3,000 to 16,000 IOPS, io1 100
    /// to 64,000, io2 100 to 256,000, the others take none) and AWS EBS pricing (gp3: 3,000 IOPS
    /// and 125 MiB/s included; io2 is paid in tiers, the first to 32,000 IOPS).
    ///
    /// # Errors
    /// If AWS refuses it.
    pub fn paid(self) -> Result<PaidVolume, VolumeError> {
        let (min, max) = self.kind.sizes();
        if !(min..=max).contains(&self.gib) {
            return Err(VolumeError::Size { min, max });
        }
        let iops = self.paid_iops()?;
        let throughput = match (self.kind, self.throughput) {
            (_, None) => 0,
            (VolumeKind::Gp3, Some(it @ GP3_THROUGHPUT_INCLUDED..=1_000)) => {
                it - GP3_THROUGHPUT_INCLUDED
            }
            (VolumeKind::Gp3, Some(_)) => {
                let (min, max) = (GP3_THROUGHPUT_INCLUDED, 1_000);
                return Err(VolumeError::Throughput { min, max });
            }
            (_, Some(_)) => return Err(VolumeError::NoThroughput),
        };
        Ok(PaidVolume {
            gib: self.gib,
            iops,
            throughput,
        })
    }

    fn paid_iops(self) -> Result<u32, VolumeError> {
        let within = |iops: u32, min: u32, max: u32| match (min..=max).contains(&iops) {
            true => Ok(iops),
            false => Err(VolumeError::Iops { min, max }),
        };
        match (self.kind, self.iops) {
            (VolumeKind::Gp2 | VolumeKind::Sc1 | VolumeKind::St1, Some(_)) => {
                Err(VolumeError::NoIops)
            }
            (VolumeKind::Gp2 | VolumeKind::Gp3 | VolumeKind::Sc1 | VolumeKind::St1, None) => Ok(0),
            (VolumeKind::Gp3, Some(iops)) => {
                Ok(within(iops, GP3_IOPS_INCLUDED, 16_000)? - GP3_IOPS_INCLUDED)
            }
            (VolumeKind::Io1, Some(iops)) => within(iops, 100, 64_000),
            (VolumeKind::Io2, Some(iops)) => match within(iops, 100, 256_000)? {
                iops if iops <= IO2_IOPS_PRICED => Ok(iops),
                _ => Err(VolumeError::IopsUnpriced {
                    max: IO2_IOPS_PRICED,
                }),
            },
            (VolumeKind::Io1 | VolumeKind::Io2, None) => Err(VolumeError::IopsMissing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_volume_is_paid_for_and_what_aws_refuses() {
        use VolumeKind::{Gp2, Gp3, Io1, Io2, Sc1, St1};
        let rows = [
            ((Gp3, 200, None, None), Ok((200, 0, 0))),
            ((Gp3, 200, Some(6_000), Some(250)), Ok((200, 3_000, 125))),
            ((Gp2, 16_384, None, None), Ok((16_384, 0, 0))),
            ((Io1, 4, Some(100), None), Ok((4, 100, 0))),
            ((Io2, 30, Some(300), None), Ok((30, 300, 0))),
            ((St1, 500, None, None), Ok((500, 0, 0))),
            ((Sc1, 125, None, None), Ok((125, 0, 0))),
            (
                (Sc1, 124, None, None),
                Err(VolumeError::Size {
                    min: 125,
                    max: 16_384,
                }),
            ),
            ((St1, 500, Some(500), None), Err(VolumeError::NoIops)),
            ((St1, 500, None, Some(250)), Err(VolumeError::NoThroughput)),
            (
                (Io2, 100, Some(50_000), None),
                Err(VolumeError::IopsUnpriced { max: 32_000 }),
            ),
            (
                (Gp3, 0, None, None),
                Err(VolumeError::Size {
                    min: 1,
                    max: 16_384,
                }),
            ),
            (
                (Io1, 3, Some(100), None),
                Err(VolumeError::Size {
                    min: 4,
                    max: 16_384,
                }),
            ),
            ((Gp2, 8, Some(100), None), Err(VolumeError::NoIops)),
            ((Io1, 8, None, None), Err(VolumeError::IopsMissing)),
            (
                (Gp3, 8, Some(100), None),
                Err(VolumeError::Iops {
                    min: 3_000,
                    max: 16_000,
                }),
            ),
            (
                (Io1, 8, Some(100), Some(125)),
                Err(VolumeError::NoThroughput),
            ),
            (
                (Gp3, 8, None, Some(1_001)),
                Err(VolumeError::Throughput {
                    min: 125,
                    max: 1_000,
                }),
            ),
        ];
        for ((kind, gib, iops, throughput), expected) in rows {
            let asked = VolumeRequest {
                kind,
                gib,
                iops,
                throughput,
            };
            let paid = asked.paid().map(|it| (it.gib, it.iops, it.throughput));
            assert_eq!(paid, expected, "{asked:?}");
        }
    }
}
