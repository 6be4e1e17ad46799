//! The clock of the processor.

use std::error::Error;

/// CPU time of all threads of this process, as the Linux scheduler counts it.
pub(crate) fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let mut nanoseconds = 0.0;
    for task in fs_err::read_dir("/proc/self/task")? {
        let line = fs_err::read_to_string(task?.path().join("schedstat"))?;
        let first = line.split(' ').next().unwrap_or_default();
        nanoseconds += first.parse::<f64>()?;
    }
    Ok(nanoseconds / 1e9)
}
