//! What to know before believing the numbers: quotas, caveats, how much was assumed.

use super::Text;
use crate::report::results::Results;
use crate::report::wording::{count, counted};

/// Caveats that are told; the manifest has all.
const CAVEATS_SHOWN: usize = 5;

pub(super) fn tell(results: &Results<'_>, text: &mut Text) {
    let played = results.played;
    text.section("Before you rely on it");
    for need in played.quotas.iter().filter(|need| need.is_above_default) {
        text.wrapped(
            "  - ",
            4,
            &format!(
                "{} needs {} vCPUs at once; a new account has {} (ask for more of quota {})",
                need.provider,
                count(need.vcpus_max),
                need.aws_default_vcpus,
                need.quota_code
            ),
        );
    }
    for caveat in played.caveats.iter().take(CAVEATS_SHOWN) {
        text.wrapped("  - ", 4, caveat);
    }
    let more = played.caveats.len().saturating_sub(CAVEATS_SHOWN);
    let mut said = Vec::new();
    if 0 < more {
        said.push(counted(more as u64, "more caveat"));
    }
    if !results.plan.notes.is_empty() {
        said.push(counted(results.plan.notes.len() as u64, "note"));
    }
    said.push(format!(
        "{} applied",
        counted(results.plan.assumptions.len() as u64, "default")
    ));
    text.wrapped(
        "  - ",
        4,
        &format!("manifest.json lists {}", said.join(", ")),
    );
}
