//! What is done to the TeX of a formula before the converter reads it.

/// Prepares.
pub(crate) fn prepare(tex: &str) -> Result<String, String> {
    Ok(tex.to_owned())
}
