//! What the kernel counts of this process.

use anyhow::{Context as _, Result};

/// Returns processor seconds of this process, all threads, user and system, in steps of 10 ms.
///
/// # Errors
/// If the kernel does not tell.
pub fn cpu_seconds() -> Result<f64> {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = fs_err::read_to_string("/proc/self/stat")?;
    let after_name = stat
        .rsplit(')')
        .next()
        .context("reading the process's times")?;
    let ticks: f64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|t| t.parse::<f64>().ok())
        .sum();
    Ok(ticks / TICKS_PER_SECOND)
}

/// Returns the largest resident memory of this process so far, in KiB.
///
/// # Errors
/// If the kernel does not tell.
pub fn peak_memory_kib() -> Result<u64> {
    let status = fs_err::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .context("no VmHWM")?;
    line.split_whitespace()
        .nth(1)
        .context("no number")?
        .parse()
        .context("not a number")
}
