//! A task's CPU, shared evenly by the requests that compute: each gets at most one vCPU.
//!
//! All of them progress alike, so one number (`done`, the work that a request present all along
//! would have got) orders their ends: a request that enters ends when `done` has grown by its work.

/// The CPU of one task.
#[derive(Clone, Debug, Default)]
pub(super) struct Processor {
    vcpus: f64,
    /// What each gets of a vCPU, while there is one.
    share: f64,
    /// How many vCPUs work.
    busy: f64,
    done: f64,
    at_s: f64,
    used_s: f64,
    /// A binary heap: at what `done` each ends, and who it is.
    ends: Vec<(f64, u32)>,
}

impl Processor {
    /// An idle CPU of `vcpus`.
    pub(super) fn reset(&mut self, vcpus: f64, now_s: f64) {
        self.vcpus = vcpus;
        (self.done, self.at_s, self.used_s) = (0.0, now_s, 0.0);
        self.ends.clear();
        self.divide();
    }

    /// To be called when the number of requests has changed.
    #[inline]
    fn divide(&mut self) {
        let number = self.ends.len() as f64;
        self.share = (self.vcpus / number).min(1.0);
        self.busy = self.vcpus.min(number);
    }

    /// vCPU-seconds worked until `now_s`.
    pub(super) fn used_s(&mut self, now_s: f64) -> f64 {
        self.progress(now_s);
        self.used_s
    }

    /// When the next one ends, if none enters before; infinite if idle.
    #[inline]
    pub(super) fn next_s(&self) -> f64 {
        match self.ends.first() {
            Some((end, _)) => self.at_s + (end - self.done).max(0.0) / self.share,
            None => f64::INFINITY,
        }
    }

    /// A request with `work_s` seconds of CPU enters.
    #[inline]
    pub(super) fn push(&mut self, now_s: f64, work_s: f64, request: u32) {
        self.progress(now_s);
        let key = self.done + work_s;
        let mut at = self.ends.len();
        self.ends.push((key, request));
        while 0 < at {
            let above = (at - 1) / 2;
            if self.ends[above].0 <= key {
                break;
            }
            self.ends[at] = self.ends[above];
            at = above;
        }
        self.ends[at] = (key, request);
        self.divide();
    }

    /// Takes the request that ends now.
    #[inline]
    pub(super) fn pop(&mut self, now_s: f64) -> Option<u32> {
        self.progress(now_s);
        let (end, request) = *self.ends.first()?;
        let last = self.ends.pop()?;
        let length = self.ends.len();
        if 0 < length {
            let mut at = 0;
            loop {
                let mut below = 2 * at + 1;
                if length <= below {
                    break;
                }
                if below + 1 < length && self.ends[below + 1].0 < self.ends[below].0 {
                    below += 1;
                }
                if last.0 <= self.ends[below].0 {
                    break;
                }
                self.ends[at] = self.ends[below];
                at = below;
            }
            self.ends[at] = last;
            // Rounding may leave it a hair short of its end.
            self.done = self.done.max(end);
        } else {
            self.done = 0.0;
        }
        self.divide();
        Some(request)
    }

    #[inline]
    fn progress(&mut self, now_s: f64) {
        if !self.ends.is_empty() {
            let passed_s = now_s - self.at_s;
            self.done += passed_s * self.share;
            self.used_s += passed_s * self.busy;
        }
        self.at_s = now_s;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_requests_share_one_vcpu() {
        let mut cpu = Processor::default();
        cpu.reset(1.0, 0.0);
        cpu.push(0.0, 1.0, 7);
        cpu.push(0.5, 1.0, 8);
        // Half a second alone, then both at half speed: 7 has 0.5 left, which takes 1 s.
        assert_eq!(cpu.next_s(), 1.5);
        assert_eq!(cpu.pop(1.5), Some(7));
        assert_eq!(cpu.next_s(), 2.0);
        assert_eq!(cpu.pop(2.0), Some(8));
        assert_eq!(cpu.next_s(), f64::INFINITY);
        assert_eq!(cpu.used_s(5.0), 2.0);
    }

    #[test]
    fn nobody_uses_more_than_one_vcpu_nor_more_than_there_is() {
        let mut cpu = Processor::default();
        cpu.reset(4.0, 0.0);
        cpu.push(0.0, 1.0, 1);
        assert_eq!(cpu.next_s(), 1.0);
        cpu.reset(0.5, 0.0);
        cpu.push(0.0, 1.0, 1);
        assert_eq!(cpu.next_s(), 2.0);
    }
}
