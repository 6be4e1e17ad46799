//! The secret that tells this server's own pages and clients from others.

use std::io::Write as _;
use std::path::Path;

use fs_err::OpenOptions;
use rand::TryRngCore as _;
use rand::rngs::OsRng;

use crate::error::ServeError;

/// File of the token, in the data directory.
pub(crate) const FILE: &str = "page.token";
/// Bytes of randomness.
const BYTES: usize = 24;

/// A token, as hexadecimal digits.
#[derive(Clone)]
pub(crate) struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Token")
    }
}

impl Token {
    /// Reads the token of a data directory and makes it where there is none, readable for its
    /// owner alone.
    ///
    /// # Errors
    /// [`ServeError::Token`] if the file can be neither read nor made.
    pub(crate) fn of(folder: &Path) -> Result<Self, ServeError> {
        let path = folder.join(FILE);
        let failed = |source: std::io::Error| ServeError::Token {
            path: path.clone(),
            source,
        };
        match fs_err::read_to_string(&path) {
            Ok(text) if is_token(text.trim()) => return Ok(Self(text.trim().to_owned())),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let mut bytes = [0_u8; BYTES];
        OsRng
            .try_fill_bytes(&mut bytes)
            .map_err(|error| failed(std::io::Error::other(error)))?;
        let text = hexadecimal(&bytes);
        let new = folder.join(format!("{FILE}.new"));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use fs_err::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(&new).map_err(failed)?;
        writeln!(file, "{text}")
            .and_then(|()| file.sync_all())
            .map_err(failed)?;
        fs_err::rename(&new, &path).map_err(failed)?;
        Ok(Self(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` is the token; takes the same time wherever they differ.
    pub(crate) fn is(&self, text: &str) -> bool {
        let (own, other) = (self.0.as_bytes(), text.as_bytes());
        let difference = own
            .iter()
            .zip(other)
            .fold(own.len() ^ other.len(), |sum, (left, right)| {
                sum | usize::from(left ^ right)
            });
        difference == 0
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a string takes all text");
    }
    text
}

fn is_token(text: &str) -> bool {
    text.len() == BYTES * 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_stays_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let token = Token::of(folder.path()).unwrap();
        assert!(is_token(token.as_str()));
        assert!(token.is(Token::of(folder.path()).unwrap().as_str()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs_err::metadata(folder.path().join(FILE))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let other = tempfile::tempdir().unwrap();
        assert!(!token.is(Token::of(other.path()).unwrap().as_str()));
        assert!(!token.is("") && !token.is(&token.as_str()[1..]));
        assert!(!token.is(&format!("{}0", token.as_str())));
    }

    #[test]
    fn damaged_token_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join(FILE), "short").unwrap();
        assert!(is_token(Token::of(folder.path()).unwrap().as_str()));
    }
}
