//! The rules of a placement strategy.

/// One rule of a `placementStrategy`; at most five, each narrowing the ties of the one before.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PlacementRule {
    /// `binpack`: the least remaining of a resource that still fits (API PlacementStrategy).
    Binpack(Binpack),
    /// `spread`: the value with the fewest tasks of the same service, or group (DG-2023).
    Spread(Spread),
    /// `random`.
    Random,
}

/// The resource that `binpack` looks at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Binpack {
    /// `field: cpu`.
    Cpu,
    /// `field: memory`.
    Memory,
}

/// What tasks are spread over.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Spread {
    /// `field: instanceId`, or `host`.
    Instance,
    /// `field: attribute:ecs.availability-zone`.
    Zone,
    /// Another attribute, by the position its values have among a candidate's
    /// [`values`](super::Candidate::values). Instances without it count as one value.
    Attribute(usize),
}

/// Where a service names no strategy: over zones, then the instance with the fewest of its tasks
/// (DG-2023, "replica").
pub const SERVICE_DEFAULT: [PlacementRule; 2] = [
    PlacementRule::Spread(Spread::Zone),
    PlacementRule::Spread(Spread::Instance),
];

/// How ECS places on Managed Instances, whose tasks have no strategy of their own: over zones, then
/// packed (DG-mi-scaling: spreading over zones goes before packing).
pub const MANAGED_INSTANCES: [PlacementRule; 2] = [
    PlacementRule::Spread(Spread::Zone),
    PlacementRule::Binpack(Binpack::Memory),
];

impl PlacementRule {
    /// The most rules of a strategy (API RunTask).
    pub const COUNT_MAX: usize = 5;
}
