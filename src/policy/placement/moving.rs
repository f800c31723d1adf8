//! Whether the tasks of an instance that is to go have room on others.

use super::Need;

/// Whether tasks fit on instances with so much free, all together: the largest first, each where it
/// leaves least room; `may` says whether a task may be on an instance. They come from one instance,
/// so that they are in no other's way but for the room.
///
/// ASSUMPTION: what AWS says of consolidation and what users do by script is "if its tasks fit
/// elsewhere", not how that is found; the scheduler may place them otherwise.
pub fn fit_together(
    mut free: Vec<Need>,
    tasks: &[Need],
    may: impl Fn(usize, usize) -> bool,
) -> bool {
    let size = |need: &Need| u64::from(need.cpu) + u64::from(need.memory);
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    order.sort_by_key(|task| (std::cmp::Reverse(size(&tasks[*task])), *task));
    order.into_iter().all(|task| {
        let need = &tasks[task];
        let takes = |at: &usize| need.fits(&free[*at]) && may(task, *at);
        let to = (0..free.len()).filter(takes);
        let Some(to) = to.min_by_key(|at| (size(&free[*at]), *at)) else {
            return false;
        };
        free[to] = free[to].less(need);
        true
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(memory: u32) -> Need {
        Need {
            memory,
            ..Need::default()
        }
    }

    /// 5 and 3 go on the instance of 8, 4 on that of 4; as they come, 3 would have gone on the
    /// one of 4 and left no room for 4.
    #[test]
    fn the_largest_goes_first_and_where_it_leaves_least() {
        let free = || vec![memory(8), memory(4)];
        let tasks = [memory(3), memory(5), memory(4)];
        assert!(fit_together(free(), &tasks, |_, _| true));
        assert!(!fit_together(free(), &[memory(9)], |_, _| true));
        assert!(!fit_together(free(), &tasks, |task, at| (task, at) != (1, 0)));
        assert!(fit_together(Vec::new(), &[], |_, _| true));
    }
}
