//! Simulated beside published: timings, rates and bills that AWS or others have written down.
//! Everything is played from scenario text by the program itself.

mod measured;
mod play;
mod recorded;
mod stated;

pub(super) use play::plan;

use super::section::Section;
use super::{Effort, SectionSpec, Watch};

/// The section, before it is computed.
pub const SPEC: SectionSpec = SectionSpec {
    name: "published",
    about: "timings, rates and bills that AWS and others published, simulated beside them",
    steps,
    compute,
};

fn steps(effort: &Effort) -> u64 {
    recorded::steps(effort) + measured::steps(effort) + stated::STEPS
}

fn compute(effort: &Effort, watch: &Watch<'_>) -> Option<Section> {
    let mut section = Section {
        name: SPEC.name.to_owned(),
        title: "Published figures".to_owned(),
        intro: vec![intro(effort)],
        tables: Vec::new(),
        cells: Vec::new(),
        verdicts: Vec::new(),
        notes: Vec::new(),
    };
    recorded::add(&mut section, effort, watch)?;
    measured::add(&mut section, effort, watch)?;
    stated::add(&mut section, watch)?;
    Some(section)
}

fn intro(effort: &Effort) -> String {
    format!(
        "What people and AWS wrote down of ECS on Fargate, beside the same thing played by \
         fleetcast from scenario text with its default laws, unless a row says otherwise. {} \
         replications of each scenario with chance; ± is half of Student's 95 % interval of the \
         mean over replications. The difference is simulated to published. AWS publishes no \
         distribution of start times, so these few tasks are all there is to hold the defaults to; \
         measure your own.",
        replications(effort)
    )
}

/// Replications of each scenario that has chance in it.
fn replications(effort: &Effort) -> u32 {
    effort.choose(100, 10)
}
