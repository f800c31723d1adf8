//! Choice of capacity providers by a task's size.

use crate::units::{CpuUnits, MiB};

/// The sizes that a rule is for: up to so much of each.
///
/// By itself ECS has no such choice, and one strategy can't make it: "a capacity provider strategy
/// can only contain Auto Scaling group or Fargate capacity providers, but not both" (ECS developer
/// guide, asg-capacity-providers). The rules choose among strategies that ECS takes, so that small
/// tasks may go to Fargate and large ones to instances, or the other way round.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct UpTo {
    /// The most CPU; `None`: any.
    pub cpu: Option<CpuUnits>,
    /// The most memory; `None`: any.
    pub memory: Option<MiB>,
}

impl UpTo {
    /// Whether a size is within it.
    pub fn holds(self, cpu: CpuUnits, memory: MiB) -> bool {
        self.cpu.is_none_or(|most| cpu <= most) && self.memory.is_none_or(|most| memory <= most)
    }
}

/// The first of the rules that is for a size; `None`: the task keeps the strategy that it has.
pub fn rule_of_size(
    rules: impl IntoIterator<Item = UpTo>,
    (cpu, memory): (CpuUnits, MiB),
) -> Option<usize> {
    rules.into_iter().position(|rule| rule.holds(cpu, memory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_holds_a_size_is_its() {
        let small = UpTo {
            cpu: Some(CpuUnits(512)),
            memory: Some(MiB(1_024)),
        };
        let thin = UpTo {
            cpu: Some(CpuUnits(1_024)),
            memory: None,
        };
        let of = |cpu, memory| rule_of_size([small, thin], (CpuUnits(cpu), MiB(memory)));
        assert_eq!(of(512, 1_024), Some(0));
        assert_eq!(of(512, 1_025), Some(1));
        assert_eq!(of(1_024, 30_720), Some(1));
        assert_eq!(of(1_025, 512), None);
        let rest = UpTo::default();
        assert_eq!(
            rule_of_size([small, rest], (CpuUnits(9_999), MiB(1))),
            Some(1)
        );
    }
}
