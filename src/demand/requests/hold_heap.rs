//! The ends of waits to come, earliest first; equal times in the order they were set.

/// A 4-ary heap of (time, order, request).
#[derive(Clone, Debug, Default)]
pub(super) struct HoldHeap {
    keys: Vec<u128>,
    order: u32,
}

/// Non-negative floats order as their bits do; times before zero (a warm-up) are never held over.
fn key(at_s: f64, order: u32, request: u32) -> u128 {
    // Flipped so that negative times order as well.
    let bits = at_s.to_bits();
    let ordered = if bits >> 63 == 1 {
        !bits
    } else {
        bits | (1 << 63)
    };
    (u128::from(ordered) << 64) | (u128::from(order) << 32) | u128::from(request)
}

fn time_s(key: u128) -> f64 {
    let ordered = (key >> 64) as u64;
    let bits = if ordered >> 63 == 1 {
        ordered & !(1 << 63)
    } else {
        !ordered
    };
    f64::from_bits(bits)
}

impl HoldHeap {
    /// The earliest end; infinite if there is none.
    #[inline]
    pub(super) fn next_s(&self) -> f64 {
        self.keys.first().map_or(f64::INFINITY, |key| time_s(*key))
    }

    #[inline]
    pub(super) fn push(&mut self, at_s: f64, request: u32) {
        self.order = self.order.wrapping_add(1);
        let key = key(at_s, self.order, request);
        let mut at = self.keys.len();
        self.keys.push(key);
        while 0 < at {
            let above = (at - 1) / 4;
            if self.keys[above] <= key {
                break;
            }
            self.keys[at] = self.keys[above];
            at = above;
        }
        self.keys[at] = key;
    }

    /// Takes the request whose end is the earliest.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<u32> {
        let first = *self.keys.first()?;
        let last = self.keys.pop()?;
        let keys = &mut self.keys[..];
        if !keys.is_empty() {
            let mut at = 0;
            loop {
                let below = 4 * at + 1;
                let Some(children) = keys.get(below..(below + 4).min(keys.len())) else {
                    break;
                };
                let Some((offset, least)) = least(children) else {
                    break;
                };
                if last <= least {
                    break;
                }
                keys[at] = least;
                at = below + offset;
            }
            keys[at] = last;
        }
        Some(first as u32)
    }
}

#[inline]
fn least(children: &[u128]) -> Option<(usize, u128)> {
    if let [a, b, c, d] = *children {
        let (i, x) = if b < a { (1, b) } else { (0, a) };
        let (j, y) = if d < c { (3, d) } else { (2, c) };
        return Some(if y < x { (j, y) } else { (i, x) });
    }
    children.iter().copied().enumerate().min_by_key(|it| it.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_come_in_order_of_time_then_of_setting() {
        let mut heap = HoldHeap::default();
        let times = [3.0, -1.0, 2.0, 3.0, 0.0, -2.5, 2.0, 7.0, 1.0];
        for (request, at_s) in times.iter().enumerate() {
            heap.push(*at_s, request as u32);
        }
        let mut taken = Vec::new();
        while heap.next_s().is_finite() {
            let at_s = heap.next_s();
            taken.push((at_s, heap.pop().unwrap()));
        }
        let expected = [
            (-2.5, 5),
            (-1.0, 1),
            (0.0, 4),
            (1.0, 8),
            (2.0, 2),
            (2.0, 6),
            (3.0, 0),
            (3.0, 3),
            (7.0, 7),
        ];
        assert_eq!(taken, expected);
    }
}
