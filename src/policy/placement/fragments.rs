//! Room that is there in sum and in no piece large enough.

use super::Need;

/// Whether free capacity is of no use to who waits: tasks of a shape wait, because no single
/// instance takes one, though what is free on all of them together would. Not a rule of AWS's: what
/// planners call fragmentation. Constraints and ports that keep a task off an instance with room
/// count as well: that room is of no use either.
pub fn is_fragmented(free: &Need, waiting: impl IntoIterator<Item = Need>) -> bool {
    let would_fit =
        |need: Need| need.cpu <= free.cpu && need.memory <= free.memory && need.gpus <= free.gpus;
    waiting.into_iter().any(would_fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(cpu: u32, memory: u32) -> Need {
        Need {
            cpu,
            memory,
            gpus: 0,
            enis: 0,
        }
    }

    /// Three instances with 1 vCPU free each: a task of 2 vCPU waits beside 3 free ones; one of 4
    /// would not fit into them together either.
    #[test]
    fn room_in_pieces_is_of_no_use() {
        let free = need(3 * 1_024, 3 * 2_048);
        assert!(is_fragmented(&free, [need(2_048, 2_048)]));
        assert!(!is_fragmented(&free, [need(4_096, 2_048)]));
        assert!(is_fragmented(&free, [need(4_096, 2_048), need(512, 6_000)]));
        assert!(!is_fragmented(&free, []));
    }
}
