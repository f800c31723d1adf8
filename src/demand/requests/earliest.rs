//! Which task's CPU has a request ready next: a tournament over the tasks.

/// The least of one time per task; a change costs one comparison a level.
#[derive(Clone, Debug, Default)]
pub(super) struct Earliest {
    /// Times by task; a power of two of them.
    times: Vec<f64>,
    /// Winners by node, 1 the root; from `times.len()` on the leaves, each its own task.
    winners: Vec<u32>,
}

impl Earliest {
    /// Makes room for `count` tasks; new ones have nothing ready.
    pub(super) fn grow(&mut self, count: usize) {
        let width = count.next_power_of_two();
        if width <= self.times.len() {
            return;
        }
        self.times.resize(width, f64::INFINITY);
        self.winners = vec![0; width];
        self.winners.extend(0..width as u32);
        for node in (1..width).rev() {
            self.winners[node] = self.winner(node);
        }
    }

    /// The earliest time; infinite if nothing is ready.
    #[inline]
    pub(super) fn next_s(&self) -> f64 {
        match self.times.get(self.first() as usize) {
            Some(at_s) => *at_s,
            None => f64::INFINITY,
        }
    }

    /// The task of the earliest time.
    #[inline]
    pub(super) fn first(&self) -> u32 {
        self.winners.get(1).copied().unwrap_or(0)
    }

    /// A task's time is another now.
    #[inline]
    pub(super) fn set(&mut self, task: u32, at_s: f64) {
        self.times[task as usize] = at_s;
        let mut node = (task as usize + self.times.len()) / 2;
        while 0 < node {
            self.winners[node] = self.winner(node);
            node /= 2;
        }
    }

    #[inline]
    fn winner(&self, node: usize) -> u32 {
        let (left, right) = (self.winners[2 * node], self.winners[2 * node + 1]);
        if self.times[right as usize] < self.times[left as usize] {
            right
        } else {
            left
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_is_found_through_changes_and_growth() {
        let mut earliest = Earliest::default();
        let mut plain: Vec<f64> = Vec::new();
        let mut state = 7u64;
        for step in 0..2_000u64 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            if plain.len() < 40 && step % 37 == 0 {
                plain.push(f64::INFINITY);
                earliest.grow(plain.len());
            }
            let task = (state >> 33) as usize % plain.len();
            let at_s = if state & 4 == 0 {
                f64::INFINITY
            } else {
                (state >> 40) as f64
            };
            plain[task] = at_s;
            earliest.set(task as u32, at_s);
            let least = plain.iter().copied().fold(f64::INFINITY, f64::min);
            assert_eq!(earliest.next_s(), least);
            if least.is_finite() {
                assert_eq!(plain[earliest.first() as usize], least);
            }
        }
    }
}
