//! Response times in fine bins: a truth's percentiles must not be coarser than what is held to it.

/// The first bin begins at 2^-24, the last ends at 2^24: 60 ns to half a year.
const FIRST: u64 = 1_023 - 24;
const OCTAVES: u64 = 48;
/// Bins of an octave are equally wide: 0.1 to 0.2 % of their value.
const BITS: u32 = 9;
const SHIFT: u32 = 52 - BITS;
const BINS: usize = (OCTAVES << BITS) as usize;

/// Half of the widest bin, percent of its value.
pub(super) const HALF_BIN: f64 = 0.1;

/// How many values lie in each bin, and their sum; counts may be weighted.
#[derive(Clone, Debug)]
pub(super) struct FineHistogram {
    bins: Vec<f64>,
    pub(super) count: f64,
    pub(super) sum: f64,
}

impl Default for FineHistogram {
    fn default() -> Self {
        FineHistogram::new()
    }
}

impl FineHistogram {
    pub(super) fn new() -> Self {
        FineHistogram {
            bins: vec![0.0; BINS],
            count: 0.0,
            sum: 0.0,
        }
    }

    /// One value more.
    #[inline]
    pub(super) fn add(&mut self, value: f64) {
        let bin = (value.to_bits() >> SHIFT).saturating_sub(FIRST << BITS) as usize;
        self.bins[bin.min(BINS - 1)] += 1.0;
        self.count += 1.0;
        self.sum += value;
    }

    /// All values of another one, each as many times as `weight`.
    pub(super) fn merge(&mut self, other: &FineHistogram, weight: f64) {
        for (bin, more) in self.bins.iter_mut().zip(&other.bins) {
            *bin += weight * more;
        }
        self.count += weight * other.count;
        self.sum += weight * other.sum;
    }

    /// The value that this share of all lies below, within a bin as if spread evenly; 0 of nothing.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let wanted = share * self.count;
        let mut below = 0.0;
        for (bin, count) in self.bins.iter().enumerate() {
            if 0.0 < *count && wanted <= below + count {
                let part = ((wanted - below) / count).clamp(0.0, 1.0);
                return lower(bin) + part * (lower(bin + 1) - lower(bin));
            }
            below += count;
        }
        0.0
    }

    /// How many lie above `value`, within a bin as if spread evenly.
    pub(super) fn above(&self, value: f64) -> f64 {
        let bin = (value.to_bits() >> SHIFT).saturating_sub(FIRST << BITS) as usize;
        let bin = bin.min(BINS - 1);
        let (from, to) = (lower(bin), lower(bin + 1));
        let part = ((to - value) / (to - from)).clamp(0.0, 1.0);
        part * self.bins[bin] + self.bins[bin + 1..].iter().sum::<f64>()
    }
}

/// Where a bin begins.
fn lower(bin: usize) -> f64 {
    f64::from_bits(((FIRST << BITS) + bin as u64) << SHIFT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_within_a_bin_and_weights_count() {
        let (mut one, mut two) = (FineHistogram::new(), FineHistogram::new());
        for index in 0..100_000 {
            one.add(0.05 + f64::from(index) * 1e-6);
        }
        two.add(1e9);
        two.add(0.0);
        assert!((one.quantile(0.5) / 0.1 - 1.0).abs() < 1e-3);
        assert!((one.above(0.14) - 1e4).abs() < 200.0, "{}", one.above(0.14));
        let mut both = FineHistogram::new();
        both.merge(&one, 0.5);
        both.merge(&two, 25_000.0);
        assert_eq!(both.count, 100_000.0);
        // A quarter is 0, a half is one's, a quarter is off the scale.
        assert!((both.quantile(0.5) / 0.1 - 1.0).abs() < 1e-3);
        assert!(both.quantile(0.9) > 1e6 && both.quantile(0.1) < 1e-6);
    }
}
