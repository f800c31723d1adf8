//! Loads that are played request by request learn who calls them.

use super::Calls;
use crate::demand::load::{Fidelity, Load};
use crate::engine::random::Streams;
use crate::scenario::plan::Plan;

impl Calls {
    /// Tells the loads of a run that is played request by request who calls them.
    pub fn connect(&mut self, plan: &Plan, loads: &mut [Option<Load>], streams: Streams) {
        if plan.run.fidelity != Fidelity::Requests {
            return;
        }
        for group in &mut self.groups {
            // Alternate target groups stand after all services.
            let mut alternates = group.members.len() as u32;
            for (at, member) in group.members.iter().enumerate() {
                let key = plan.service(member.service).key;
                match &mut loads[member.service.index()] {
                    Some(Load::Requests(load)) => load.connect(at as u32, (streams, key)),
                    Some(Load::Split(load)) => {
                        if let Some([first, alternate]) = load.requests_mut() {
                            let other = key.part(" (alternate target group)");
                            first.connect(at as u32, (streams, key));
                            alternate.connect(alternates, (streams, other));
                            group.requests.draw_sides((streams, key));
                            alternates += 1;
                        }
                    }
                    Some(Load::Fluid(_) | Load::Zonal(_)) | None => {}
                }
            }
        }
    }
}
