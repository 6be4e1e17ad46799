//! Named values of the library.

use rusqlite::OptionalExtension;

use crate::connection::Store;
use crate::error::{At, StoreError};

impl Store {
    /// Returns the value of a setting.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.connection
            .prepare_cached("SELECT value FROM settings WHERE name = ?1")
            .and_then(|mut statement| statement.query_row([name], |row| row.get(0)).optional())
            .at(&self.path)
    }

    /// Sets a value, over the one that is there.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn set_setting(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        self.write(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO settings (name, value) VALUES (?1, ?2)
                     ON CONFLICT (name) DO UPDATE SET value = ?2",
                )?
                .execute([name, value])?;
            Ok(())
        })
    }

    /// Removes a setting; says whether it was there.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn remove_setting(&mut self, name: &str) -> Result<bool, StoreError> {
        self.write(|connection| {
            let removed = connection
                .prepare_cached("DELETE FROM settings WHERE name = ?1")?
                .execute([name])?;
            Ok(removed > 0)
        })
    }
}
