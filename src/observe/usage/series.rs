//! The quantity of one key over time.

/// The quantity of each part, as its change against the part before.
///
/// A year has 8,760 hours, a service some ten keys: so a change has 64 bits, until one is too large
/// for them (100,000 of the largest tasks use 2⁴² CPU unit seconds in an hour).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Series {
    Narrow(Vec<i64>),
    Wide(Vec<i128>),
}

impl Default for Series {
    fn default() -> Self {
        Series::Narrow(Vec::new())
    }
}

impl Series {
    /// Adds `quantity` to each of the parts `[from, to)`.
    #[inline]
    pub(super) fn add(&mut self, from: u32, to: u32, quantity: i128) {
        if to <= from || quantity == 0 {
            return;
        }
        let (from, to) = (from as usize, to as usize);
        // Most of it comes to an hour that is known already.
        if let Series::Narrow(changes) = self
            && let Some(changes) = changes.get_mut(from..=to)
            && let Ok(narrow) = i64::try_from(quantity)
            && let Some(first) = changes[0].checked_add(narrow)
            && let Some(last) = changes[to - from].checked_sub(narrow)
        {
            (changes[0], changes[to - from]) = (first, last);
            return;
        }
        self.add_wherever(from, to, quantity);
    }

    fn add_wherever(&mut self, from: usize, to: usize, quantity: i128) {
        if let Series::Narrow(changes) = self {
            grow(changes, to);
            let narrow = i64::try_from(quantity).ok().and_then(|quantity| {
                let first = changes[from].checked_add(quantity)?;
                Some((first, changes[to].checked_sub(quantity)?))
            });
            if let Some((first, last)) = narrow {
                (changes[from], changes[to]) = (first, last);
                return;
            }
            *self = Series::Wide(changes.iter().map(|change| i128::from(*change)).collect());
        }
        if let Series::Wide(changes) = self {
            grow(changes, to);
            changes[from] += quantity;
            changes[to] -= quantity;
        }
    }

    /// The quantity of each part. Changes never take one below zero: each one that is added ends
    /// later.
    pub(super) fn parts(&self) -> impl Iterator<Item = u128> + '_ {
        let (narrow, wide) = match self {
            Series::Narrow(changes) => (&changes[..], &[][..]),
            Series::Wide(changes) => (&[][..], &changes[..]),
        };
        let changes = narrow.iter().map(|change| i128::from(*change));
        changes
            .chain(wide.iter().copied())
            .scan(0i128, |quantity, change| {
                *quantity += change;
                Some(u128::try_from(*quantity).expect("quantities are only added"))
            })
    }
}

/// Makes room for a change at `to`. Long series grow by an eighth, not to twice their length: there
/// are thousands of them.
fn grow<T: Copy + Default>(changes: &mut Vec<T>, to: usize) {
    if changes.len() <= to {
        let more = to + 1 - changes.len();
        if changes.capacity() <= to {
            changes.reserve_exact(more.max(changes.len() / 8).max(16));
        }
        changes.resize(to + 1, T::default());
    }
}
