//! Ids that stay the same from run to run.

/// Returns a URN that depends on the parts alone: a UUID of version 8 (RFC 9562 section 5.8) from
/// their BLAKE3 hash.
pub(crate) fn urn(parts: &[&str]) -> String {
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&hash(parts).as_bytes()[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let number = format!("{:032x}", u128::from_be_bytes(bytes));
    format!(
        "urn:uuid:{}-{}-{}-{}-{}",
        &number[..8],
        &number[8..12],
        &number[12..16],
        &number[16..20],
        &number[20..]
    )
}

/// Returns 32 hexadecimal digits that depend on the parts alone.
pub(crate) fn token(parts: &[&str]) -> String {
    hash(parts).to_hex()[..32].to_owned()
}

/// Hashes parts so that no two lists of parts run together.
fn hash(parts: &[&str]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new_derive_key("kindred digest identity 1");
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_and_differ_by_every_part() {
        let id = urn(&["a", "bc"]);
        assert_eq!(id, urn(&["a", "bc"]));
        assert_ne!(id, urn(&["ab", "c"]));
        assert_eq!(id.len(), "urn:uuid:".len() + 36);
        assert_eq!(&id[23..24], "8", "{id}");
    }
}
