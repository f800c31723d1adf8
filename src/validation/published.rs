//! Simulated beside published: timings, rates and bills that AWS or others have written down.

use super::section::Section;
use super::{Effort, SectionSpec, Watch};

/// The section, before it is computed.
pub const SPEC: SectionSpec = SectionSpec {
    name: "published",
    about: "timings, rates and bills that AWS and others published, simulated beside them",
    steps: |_| 0,
    compute,
};

fn compute(_: &Effort, watch: &Watch<'_>) -> Option<Section> {
    (!watch.is_cancelled()).then(|| Section {
        name: SPEC.name.to_owned(),
        title: "Published figures".to_owned(),
        intro: Vec::new(),
        tables: Vec::new(),
        verdicts: Vec::new(),
        notes: Vec::new(),
    })
}
