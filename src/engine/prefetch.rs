//! Hints to the processor of what is read soon. The one module with `unsafe`: an instruction that
//! reads nothing, writes nothing and cannot fault, wherever its address points.
#![allow(unsafe_code)]

/// Bytes that a cache fetches at once.
const LINE: usize = 64;

/// Has the cache fetch `value` (of what it owns elsewhere nothing) while something else goes on.
/// Where that is not known how to be said it does nothing: a hint moves no result.
#[inline]
pub fn prefetch<T: ?Sized>(value: &T) {
    let (start, size) = ((&raw const *value).cast::<i8>(), size_of_val(value));
    let mut offset = 0;
    while offset < size {
        fetch_line(start.wrapping_add(offset));
        offset += LINE;
    }
    // The end may lie in a line that no step from the start reaches.
    if align_of_val(value) < LINE {
        fetch_line(start.wrapping_add(size.saturating_sub(1)));
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn fetch_line(at: *const i8) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: PREFETCHT0 is part of SSE, which every x86-64 has; it is a hint, which accesses no
    // memory as far as a program can tell and raises no exception for any address.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(at) }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn fetch_line(_at: *const i8) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_takes_values_of_every_size_and_changes_nothing() {
        prefetch(&());
        prefetch::<[u64]>(&[]);
        prefetch("abc");
        let values: Vec<u64> = (0..1_000).collect();
        prefetch(&values);
        prefetch(&values[..]);
        prefetch(&values[999]);
        assert_eq!(values.iter().sum::<u64>(), 499_500);
    }
}
