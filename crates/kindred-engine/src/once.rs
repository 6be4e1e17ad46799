//! What is loaded when it is first needed.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Something that is loaded once, however many threads ask for it at the same time.
#[derive(Debug)]
pub(crate) struct Once<T> {
    value: OnceLock<T>,
    loading: Mutex<()>,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self {
            value: OnceLock::new(),
            loading: Mutex::new(()),
        }
    }
}

impl<T> From<T> for Once<T> {
    fn from(value: T) -> Self {
        Self {
            value: OnceLock::from(value),
            loading: Mutex::new(()),
        }
    }
}

impl<T> Once<T> {
    /// Returns it if it has been loaded.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// Returns it, loading it first if need be; others that ask meanwhile wait. After an error the
    /// next one tries again.
    ///
    /// # Errors
    /// As `load` does.
    pub(crate) fn get_or_load<E>(&self, load: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        let _loading = held(&self.loading);
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        let value = load()?;
        Ok(self.value.get_or_init(|| value))
    }
}

/// Locks what is replaced whole, so that a panic leaves nothing half done behind it.
pub(crate) fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn threads_that_ask_at_once_load_it_once_and_an_error_is_tried_again() {
        let once = Once::default();
        assert_eq!(once.get_or_load(|| Err::<u8, _>("no file")), Err("no file"));
        assert_eq!(once.get(), None);
        let (loads, start) = (AtomicUsize::new(0), Barrier::new(8));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    let load = || {
                        loads.fetch_add(1, Ordering::SeqCst);
                        std::thread::sleep(std::time::Duration::from_millis(20));
                        Ok::<u8, ()>(7)
                    };
                    assert_eq!(once.get_or_load(load), Ok(&7));
                });
            }
        });
        assert_eq!(loads.load(Ordering::SeqCst), 1);
    }
}
