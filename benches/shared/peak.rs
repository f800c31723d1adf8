//! The most memory that something takes, as Linux counts it.

use std::fs;

/// Resident memory in bytes: before something was done, and the most that there was meanwhile.
#[derive(Clone, Copy)]
pub struct Peak {
    pub before: u64,
    pub most: u64,
}

/// Does something and measures it; `None` where the kernel does not say (not Linux).
///
/// What the process had already freed and the allocator kept counts as `before`, so that of several
/// measurements in one process the larger ones come last.
pub fn peak_of(work: impl FnOnce()) -> Option<Peak> {
    // 5: the peak begins anew at what is resident now (proc_pid_clear_refs(5)).
    let is_reset = fs::write("/proc/self/clear_refs", "5").is_ok();
    let before = of_status("VmRSS:");
    work();
    let most = of_status("VmHWM:");
    let peak = Peak {
        before: before?,
        most: most?,
    };
    is_reset.then_some(peak)
}

fn of_status(key: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    let kib = line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?;
    Some(kib * 1024)
}
