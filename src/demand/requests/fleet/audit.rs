//! What must hold of a service's requests at all times.

use super::Fleet;
use crate::demand::requests::server::Standing;

impl Fleet {
    /// Recounts what is counted on the way.
    ///
    /// # Panics
    /// If a counter is not what recounting gives: a defect of ours.
    pub fn audit(&self) {
        let returning = self.messages.returning() as u64;
        let (mut in_system, mut serving) = (u64::from(self.common.length) + returning, 0);
        let mut busy = vec![0u32; self.classes.len()];
        for server in &self.servers {
            let slots = self.classes[server.class as usize].work.slots;
            assert!(server.in_slots <= slots, "more requests than slots");
            assert!(
                server.line.length == 0 || server.in_slots == slots,
                "a request queues beside a free slot"
            );
            in_system += u64::from(server.outstanding());
            if server.standing == Standing::Serving {
                serving += 1;
                busy[server.class as usize] += server.in_slots;
            }
        }
        assert_eq!(self.in_system, in_system, "requests in system");
        assert_eq!(self.serving, serving, "serving tasks");
        for (class, busy) in self.classes.iter().zip(busy) {
            assert_eq!(class.busy, busy, "slots taken");
        }
        if let Some(calling) = &self.calling {
            let calls = self.arena.calling();
            assert_eq!(calling.live(), calls, "requests that call");
        }
        let totals = &self.totals;
        let over = totals.answered + totals.elb_5xx + totals.gave_up_queued + totals.dropped;
        assert_eq!(
            totals.arrived + totals.copied,
            over + totals.duplicates + self.in_system,
            "every try is over or still there"
        );
    }
}
