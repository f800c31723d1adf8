//! Whether usage is what the bill has, or a part of it that says what it was for.

/// Whether a quantity is on the bill, or says a part of what is on it once more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum UsageClass {
    /// On the bill.
    Billed,
    /// Paid from the start of the image pull until the task ran (and was healthy).
    StartUp,
    /// Paid, and the work lost to an interruption.
    Interrupted,
    /// Reserved and not used.
    Idle,
    /// Of instances: paid and reserved by no task.
    Unreserved,
    /// Of that: of instances without any task.
    Empty,
    /// Of what no task reserved: free, and of no use to the tasks that waited meanwhile.
    Fragmented,
    /// Reserved by containers beside the code: collectors, proxies, log routers.
    Sidecars,
}

impl UsageClass {
    /// All classes; the first is the bill's.
    pub const ALL: [UsageClass; 8] = [
        UsageClass::Billed,
        UsageClass::StartUp,
        UsageClass::Interrupted,
        UsageClass::Idle,
        UsageClass::Unreserved,
        UsageClass::Empty,
        UsageClass::Fragmented,
        UsageClass::Sidecars,
    ];

    /// Whether it bought nothing: what is on the bill did, and what sidecars reserve has a use.
    pub fn is_waste(self) -> bool {
        !matches!(self, UsageClass::Billed | UsageClass::Sidecars)
    }

    /// The name in `usage.csv`.
    pub const fn name(self) -> &'static str {
        match self {
            UsageClass::Billed => "billed",
            UsageClass::StartUp => "start_up",
            UsageClass::Interrupted => "interrupted",
            UsageClass::Idle => "idle",
            UsageClass::Unreserved => "unreserved",
            UsageClass::Empty => "empty",
            UsageClass::Fragmented => "fragmented",
            UsageClass::Sidecars => "sidecars",
        }
    }
}
